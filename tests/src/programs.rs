//! Programs: our own, those that the tests compare with, and how they are called so that nothing of
//! the machine shows in their output.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::{root, run, tools};

/// The folder of the tools' binaries, built first, in the profile of the tests.
pub fn bin_dir() -> &'static Path {
    static BIN_DIR: OnceLock<PathBuf> = OnceLock::new();
    BIN_DIR.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(root()).args(["build", "--workspace", "--bins"]);
        cargo.arg("--message-format=json-render-diagnostics").stderr(Stdio::inherit());
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        let built = cargo.output().unwrap();
        assert!(built.status.success(), "the tools cannot be built");
        // cargo says where they are: the folder depends on several variables and on its version
        let messages = String::from_utf8(built.stdout).unwrap();
        let binary = messages
            .lines()
            .filter_map(|line| line.split_once(r#""executable":""#))
            .find_map(|(_, path)| Path::new(path.split('"').next()?).parent());
        binary.expect("there is no tool yet").to_owned()
    })
}

/// A command that finds our binaries first, and knows no variable but these three.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = [bin_dir().to_owned()].into_iter().chain(std::env::split_paths(&path));
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::join_paths(folders).unwrap());
    command.env("TZ", "UTC").env("LC_ALL", "C");
    command
}

/// One of our tools.
pub fn tool(name: &str) -> Command {
    command(bin_dir().join(name))
}

/// Makes a file that can be run, by another process: while this one has it open for writing, so has
/// each program that another test starts meanwhile, and nobody can run it.
pub fn make_program(file: &Path, content: &[u8]) {
    let mut make = command("sh");
    make.args(["-c", "cat >\"$0\" && chmod 755 \"$0\""]).arg(file);
    assert_eq!(run(&mut make, content).code, Some(0), "{}", file.display());
}

/// A script for `sh`, run in `folder`.
pub fn sh(script: &str, folder: &Path) -> Command {
    let mut sh = command("sh");
    sh.args(["-c", script]).current_dir(folder);
    sh
}

/// A program that the tests compare with. Where it is not installed `what` is left out, loudly; the
/// automatic run has every peer, so there its absence is a failure.
pub fn peer(name: &str, what: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/usr/lib/nagios/plugins".into()])
        .chain(postgres_folders())
        .map(|folder| folder.join(name))
        .find(|program| program.is_file() && !is_ours(program, name));
    if found.is_none() {
        let missing = format!("SKIPPED: {name} is not installed: {what} is not compared");
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{missing}");
        eprintln!("{missing}");
    }
    found
}

/// May the tests act as root? Elsewhere `what` is left out, loudly.
pub fn is_root(what: &str) -> bool {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if !is_root {
        eprintln!("SKIPPED: not root: {what} is not tried");
    }
    is_root
}

/// The same for a program that pip installed: `tests/peers.sh` has none where pip reaches no registry,
/// so nowhere is its absence a failure.
pub fn python_peer(name: &str, what: &str) -> Option<PathBuf> {
    let program = root().join("target/peers/venv/bin").join(name);
    if program.is_file() {
        return Some(program);
    }
    eprintln!(
        "SKIPPED: {} is not there (tests/peers.sh): {what} is not compared",
        program.display()
    );
    None
}

/// Where Debian has the programs of each version of `PostgreSQL`'s server.
fn postgres_folders() -> impl Iterator<Item = PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    versions.map(|version| version.path().join("bin"))
}

/// Does a script call a peer that is not there? Then it cannot be run, and that has been said.
pub fn lacks_peer(script: &str, what: &str) -> bool {
    let list = fs::read_to_string(root().join("tests/peers.sh")).unwrap();
    let list = list.split("peers='\n").nth(1).unwrap().split('\'').next().unwrap();
    let words: Vec<&str> =
        script.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '/').collect();
    list.lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|program| words.contains(program) && !tools().iter().any(|tool| tool == program))
        .any(|program| peer(program, what).is_none())
}

/// Is this our own program? It has the name of the one that it replaces, and is no peer.
fn is_ours(program: &Path, name: &str) -> bool {
    tools().iter().any(|tool| tool == name) && {
        let said = run(command(program).arg("-V"), b"");
        said.out.starts_with(format!("{name} (maillog-tools)").as_bytes())
    }
}
