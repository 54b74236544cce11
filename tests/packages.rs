//! What is installed: by make, by packages of Debian and RPM, from a tar; and nothing of it left when
//! it is removed. The binaries are those of the tests.
#![allow(
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that cannot go on stops, and says why"
)]

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::OnceLock;

use maillog_tests::{
    bin_dir, command, names_in, peer, root, run, run_trials, scratch, tools, trial,
};

#[path = "packages/deb.rs"]
mod deb;
#[path = "packages/release.rs"]
mod release;

/// That of daemontools is in the way: `packaging/README.md`.
const APART: &str = "tai64nlocal";

/// The binaries that `stripped` makes, and what is made of them for several tests.
static STRIPPED: OnceLock<tempfile::TempDir> = OnceLock::new();

/// The licences of what is in the binaries, which go with them.
const NOTICES: &str = "share/doc/maillog-tools/NOTICES";

fn main() -> ExitCode {
    let tests: [(&str, fn()); 7] = [
        ("packages: make install, make uninstall", install),
        ("packages: make dist", dist),
        ("packages: make dist wants static binaries", dist_refuses),
        ("packages: make deb", deb::complete),
        ("packages: make deb, installed beside daemontools and removed", deb::beside_daemontools),
        ("packages: make rpm", rpm),
        ("packages: make release-check", release::check),
    ];
    let code = run_trials(tests.into_iter().map(|(name, test)| trial(name, test)).collect());
    // a static is never dropped
    if let Some(folder) = STRIPPED.get() {
        fs::remove_dir_all(folder.path()).unwrap();
    }
    code
}

/// The binaries without what a debugger wants, which would be most of what is packed.
fn stripped() -> &'static Path {
    let made = STRIPPED.get_or_init(|| {
        let folder = scratch();
        for tool in tools() {
            fs::copy(bin_dir().join(&tool), folder.path().join(&tool)).unwrap();
        }
        if let Some(strip) = peer("strip", "nothing less, but in more time") {
            let files = tools().into_iter().map(|tool| folder.path().join(tool));
            run(command(strip).args(files), b"").succeeded();
        }
        folder
    });
    made.path()
}

/// `make TARGET` with the binaries of the tests.
fn make(target: &str) -> Option<Command> {
    let mut make = command(peer("make", &format!("make {target}"))?);
    make.current_dir(root()).args(["-s", target]);
    make.arg(format!("BIN={}", stripped().display()));
    // cargo is asked for the licences of crates
    for name in ["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
        if let Some(value) = env::var_os(name) {
            make.env(name, value);
        }
    }
    Some(make)
}

/// All files in a folder and those in it, by their paths from it, sorted; a link is a file.
fn files_in(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for path in names_in(&at).iter().map(|name| at.join(name)) {
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files.sort();
    files
}

/// What every form of the installation has of a tool, and of all, below the prefix.
fn of_tool(tool: &str, zsh: &str) -> [String; 5] {
    [
        format!("bin/{tool}"),
        format!("share/man/man1/{tool}.1"),
        format!("share/bash-completion/completions/{tool}"),
        format!("share/zsh/{zsh}/_{tool}"),
        format!("share/fish/vendor_completions.d/{tool}.fish"),
    ]
}

/// All that make puts below the prefix.
fn installed(zsh: &str) -> Vec<String> {
    let mut files: Vec<String> = tools().iter().flat_map(|tool| of_tool(tool, zsh)).collect();
    let named = |folder: &str, end: &str| {
        names_in(&root().join(folder)).into_iter().filter(|name| name.ends_with(end)).collect()
    };
    let pages: Vec<String> = named("man", ".7");
    files.extend(pages.iter().map(|page| format!("share/man/man7/{page}")));
    let doc = |name: &str| format!("share/doc/maillog-tools/{name}");
    let texts = ["README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE-MIT", "LICENSE-APACHE"];
    files.extend(texts.map(doc));
    files.extend(files_in(&root().join("examples")).iter().map(|name| doc("examples/") + name));
    files.sort();
    files
}

/// Exactly these files come, they run, and exactly they go.
fn install() {
    for (prefix, zsh) in [("/usr", "vendor-completions"), ("/usr/local", "site-functions")] {
        let scratch = scratch();
        let with = |target: &str| {
            let mut make = make(target)?;
            make.arg(format!("PREFIX={prefix}"));
            make.arg(format!("DESTDIR={}", scratch.path().display()));
            Some(make)
        };
        let Some(mut install) = with("install") else { return };
        let ran = run(&mut install, b"").succeeded();
        assert_eq!(ran.text(), "");
        let top = scratch.path().join(&prefix[1..]);
        assert_eq!(files_in(&top), installed(zsh));
        for tool in tools() {
            run(command(top.join("bin").join(tool)).arg("--version"), b"").succeeded();
        }
        // what others have put there stays
        let others = ["bin/another", "share/doc/maillog-tools/examples/settings.mine"];
        for other in others {
            fs::write(top.join(other), "").unwrap();
        }
        run(&mut with("uninstall").unwrap(), b"").succeeded();
        assert_eq!(files_in(&top), others);
        assert_eq!(names_in(&top.join("share/doc/maillog-tools")), ["examples"]);
        fs::remove_file(top.join(others[1])).unwrap();
        run(&mut with("uninstall").unwrap(), b"").succeeded();
        assert_eq!(names_in(&top.join("share/doc")), Vec::<String>::new());
    }
}

/// `make dist` of a folder to another.
fn make_dist(out: &Path) -> Option<Command> {
    let mut dist = make("dist")?;
    dist.arg(format!("TARGET={}", out.display()));
    Some(dist)
}

/// The tar holds what make installs, as a folder that runs where it is unpacked; again, the same bytes.
fn dist() {
    let pack = || {
        let out = scratch();
        let mut dist = make_dist(out.path())?;
        // those of the tests are not static
        run(dist.arg("STATIC="), b"").succeeded();
        let [tar] = &names_in(&out.path().join("dist"))[..] else { panic!("not one file") };
        let content = fs::read(out.path().join("dist").join(tar)).unwrap();
        Some((tar.clone(), content))
    };
    let Some((name, tar)) = pack() else { return };
    let folder = scratch();
    let mut unpack = command("tar");
    unpack.args(["-xzf", "-", "--strip-components=1", "-C"]).arg(folder.path());
    run(&mut unpack, &tar).succeeded();
    let mut expected = installed("site-functions");
    expected.push(NOTICES.to_owned());
    expected.sort();
    assert_eq!(files_in(folder.path()), expected);
    let notices = fs::read_to_string(folder.path().join(NOTICES)).unwrap();
    let names = ["memchr-", "rusqlite-", "Permission is hereby granted", "Apache License"];
    assert!(names.iter().all(|name| notices.contains(name)));
    for tool in tools() {
        let said = run(command(folder.path().join("bin").join(&tool)).arg("-V"), b"").succeeded();
        let version = said.text().rsplit(' ').next().unwrap().trim().to_owned();
        let stem = name.strip_prefix("maillog-tools-").and_then(|name| name.strip_prefix(&version));
        assert!(stem.is_some_and(|host| host.ends_with(".tar.gz")), "{name}: {version}");
    }
    let owner = run(command("tar").args(["-tvzf", "-"]), &tar).text();
    assert!(owner.lines().all(|line| line.contains(" 0/0 ") || line.contains(" root/root ")));
    assert!(pack().unwrap().1 == tar, "made again the tar is another");
}

fn dist_refuses() {
    let out = scratch();
    let Some(mut dist) = make_dist(out.path()) else { return };
    let ran = run(dist.arg("STATIC=yes"), b"");
    let said = "needs libraries: install libc.a";
    assert!(ran.code != Some(0) && ran.err.contains(said), "{ran:?}");
    assert_eq!(files_in(out.path()), Vec::<String>::new());
}

/// What the package of all has below `/usr`, and what that of the program apart has.
fn packaged(zsh: &str) -> [Vec<String>; 2] {
    let mut apart = of_tool(APART, zsh).to_vec();
    apart.retain(|name| !name.contains("/man/"));
    let mut all = installed(zsh);
    all.retain(|name| !apart.contains(name));
    all.push(format!("libexec/maillog-tools/{APART}"));
    all.push(NOTICES.to_owned());
    all.sort();
    apart.sort();
    [all, apart]
}

fn rpm() {
    let Some(builder) = peer("rpmbuild", "make rpm") else { return };
    let out = scratch();
    let Some(mut call) = make("rpm") else { return };
    let packages =
        run(call.arg(format!("TARGET={}", out.path().display())), b"").succeeded().text();
    let query = |package: &str, what: &str| {
        let mut rpm = command(builder.with_file_name("rpm"));
        let ran = run(rpm.args(["-qp", what, package]), b"").succeeded();
        ran.text().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut packages: Vec<&str> = packages.lines().collect();
    packages.sort_by_key(|package| package.contains(APART));
    let listed = packages.iter().map(|package| {
        let rows = query(package, "--queryformat=[%{FILEMODES:perms} %{FILENAMES}\n]");
        let files = rows.iter().filter(|row| !row.starts_with('d'));
        let names = files.map(|row| row.split_once(" /usr/").unwrap().1);
        // some distributions compress manuals
        let mut names: Vec<String> =
            names.map(|name| name.strip_suffix(".gz").unwrap_or(name).to_owned()).collect();
        names.sort();
        names
    });
    let listed: Vec<Vec<String>> = listed.collect();
    assert_eq!(listed, packaged("site-functions"));
    let conflicts = packages.iter().map(|package| query(package, "--conflicts").join(","));
    assert_eq!(conflicts.collect::<Vec<_>>(), ["", "daemontools"]);
}
