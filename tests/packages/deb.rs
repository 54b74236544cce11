//! Debian's packages, and what becomes of daemontools beside them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use maillog_tests::{Ran, command, is_root, names_in, peer, run, scratch, sh};

use super::{APART, files_in, make, packaged, stripped};

/// The packages of the binaries of the tests, made once.
fn built() -> Option<&'static [PathBuf; 2]> {
    static BUILT: OnceLock<Option<[PathBuf; 2]>> = OnceLock::new();
    BUILT.get_or_init(build).as_ref()
}

fn build() -> Option<[PathBuf; 2]> {
    for program in ["dpkg-buildpackage", "dh"] {
        peer(program, "make deb")?;
    }
    let mut call = make("deb")?;
    // a third of the time
    call.env("DPKG_DEB_COMPRESSOR_LEVEL", "1");
    call.arg(format!("TARGET={}", stripped().join("made").display()));
    let made = run(&mut call, b"").succeeded();
    let files: Vec<PathBuf> = made.text().lines().map(PathBuf::from).collect();
    let [apart, all] = <[PathBuf; 2]>::try_from(files).unwrap();
    Some([all, apart])
}

/// They hold what they should, and lintian agrees.
pub fn complete() {
    let Some(packages) = built() else { return };
    let listed = packages.each_ref().map(|package| {
        let list = run(command("dpkg-deb").arg("--contents").arg(package), b"").succeeded().text();
        let names = list.lines().filter(|line| !line.starts_with('d')).map(|line| {
            let name = line.split("./usr/").nth(1).unwrap().split(" -> ").next().unwrap();
            name.strip_suffix(".gz").unwrap_or(name).to_owned()
        });
        let mut names: Vec<String> = names.filter(|name| !is_of_debian(name)).collect();
        names.sort();
        names
    });
    let mut expected = packaged("vendor-completions");
    expected[0].retain(|name| !is_of_debian(name));
    assert_eq!(listed, expected);
    let Some(lintian) = peer("lintian", "the form of Debian's packages") else { return };
    let mut check = command(lintian);
    check.args(["--allow-root", "--fail-on=error,warning"]).args(packages);
    let checked = run(&mut check, b"");
    assert_eq!((checked.code, checked.text()), (Some(0), String::new()), "{}", checked.err);
}

/// Is this a file that every package of Debian has in a form of its own?
fn is_of_debian(name: &str) -> bool {
    let ends = ["changelog", "changelog.Debian", "copyright", "CHANGELOG.md", "README.Debian"];
    ends.iter().any(|end| name.ends_with(&format!("/{end}")))
        || name.contains("/LICENSE-")
        || name.starts_with("share/lintian/")
}

/// Where dpkg keeps the lists of files of packages, and that of daemontools.
const INFO: &str = "/var/lib/dpkg/info";
const DAEMONTOOLS: &str = "/var/lib/dpkg/info/daemontools.list";

/// A root folder in which dpkg believes daemontools to be installed, as it is on this machine.
struct Elsewhere(tempfile::TempDir);

impl Elsewhere {
    fn new() -> Self {
        let folder = scratch();
        let database = folder.path().join("var/lib/dpkg");
        for name in ["info", "updates", "triggers"] {
            fs::create_dir_all(database.join(name)).unwrap();
        }
        // the last two are what binaries depend on that are not static
        let packages = ["daemontools", "libc6", "libgcc-s1"];
        let status = run(command("dpkg-query").arg("--status").args(packages), b"").succeeded();
        fs::write(database.join("status"), status.out).unwrap();
        for list in &names_in(Path::new(INFO)) {
            let package = list.strip_suffix(".list").and_then(|name| name.split(':').next());
            if package.is_some_and(|package| packages.contains(&package)) {
                fs::copy(Path::new(INFO).join(list), database.join("info").join(list)).unwrap();
            }
        }
        for file in fs::read_to_string(DAEMONTOOLS).unwrap().lines() {
            copy(file, folder.path());
        }
        Elsewhere(folder)
    }

    fn dpkg(&self, arguments: &[&str]) -> Ran {
        let mut dpkg = command("dpkg");
        let path = std::env::var("PATH").unwrap() + ":/usr/sbin:/sbin";
        dpkg.env("PATH", path).env("DEBIAN_FRONTEND", "noninteractive");
        dpkg.arg(format!("--root={}", self.0.path().display()));
        // images of containers leave out documentation
        dpkg.args(["--path-include=/*", "--log=/dev/null"]).args(arguments);
        run(&mut dpkg, b"")
    }

    /// All that is there but dpkg's own memory.
    fn files(&self) -> Vec<String> {
        let mut files = files_in(self.0.path());
        files.retain(|file| !file.starts_with("var/lib/dpkg/"));
        files
    }
}

/// Copies a file of this machine to its place in another root.
fn copy(file: &str, to: &Path) {
    let target = to.join(file.trim_start_matches('/'));
    if Path::new(file).is_dir() {
        fs::create_dir_all(target).unwrap();
    } else if Path::new(file).exists() {
        fs::copy(file, target).unwrap();
    }
}

/// Installed beside daemontools, used, and removed: nothing is left of it, daemontools is as it was. The
/// package of the program that both have is for those without daemontools.
pub fn beside_daemontools() {
    if !is_root("an installation of Debian's packages")
        || peer("multilog", "what is beside it").is_none()
    {
        return;
    }
    if !Path::new(DAEMONTOOLS).exists() {
        eprintln!("SKIPPED: daemontools is no package of Debian here");
        return;
    }
    let Some(packages) = built() else { return };
    let [all, apart] = packages.each_ref().map(|package| package.to_str().unwrap());
    let host = Elsewhere::new();
    let before = host.files();
    assert!(before.contains(&"usr/bin/tai64nlocal".to_owned()));

    host.dpkg(&["--install", all]).succeeded();
    host.dpkg(&["--verify"]).succeeded();
    let refused = host.dpkg(&["--install", apart]);
    assert!(refused.code != Some(0) && refused.err.contains("conflict"), "{refused:?}");
    // the log is written by their program, and read by ours
    let script = "echo hello | usr/bin/multilog t ./log
        usr/bin/multilog-cat log | usr/bin/tai64nlocal >theirs
        usr/bin/multilog-cat log | usr/libexec/maillog-tools/tai64nlocal >ours
        cmp theirs ours && test -s ours && rm -r log theirs ours";
    run(&mut sh(script, host.0.path()), b"").succeeded();
    assert!(!is_ours(&host));

    host.dpkg(&["--purge", "maillog-tools"]).succeeded();
    assert_eq!(host.files(), before);
    host.dpkg(&["--verify"]).succeeded();

    host.dpkg(&["--purge", "daemontools"]).succeeded();
    let without = host.files();
    host.dpkg(&["--install", all, apart]).succeeded();
    host.dpkg(&["--verify"]).succeeded();
    assert!(is_ours(&host));
    host.dpkg(&["--purge", "maillog-tools-tai64nlocal", "maillog-tools"]).succeeded();
    assert_eq!(host.files(), without);
}

fn is_ours(host: &Elsewhere) -> bool {
    let program = host.0.path().join("usr/bin").join(APART);
    run(command(program).arg("-V"), b"").text().contains("maillog-tools")
}
