//! What the black-box tests share: where the binaries are, which tools there are, and how a
//! command is run so that nothing of the machine shows in its output.
//!
//! No tool is named here. A tool is a folder of `tools/`; what it accepts is read from its
//! `--help`, what it is fed from its golden cases.
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test stops where its ground is missing, and says why"
)]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

pub mod cases;
pub mod completions;
pub mod console;
pub mod help;
pub mod man;

/// Long enough for any command of the tests; one that still runs then is stuck.
pub const STUCK: Duration = Duration::from_secs(120);

/// The top of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

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
        // asked, not guessed: the folder depends on several variables and on cargo's version
        let messages = String::from_utf8(built.stdout).unwrap();
        let binary = messages
            .lines()
            .filter_map(|line| line.split_once(r#""executable":""#))
            .find_map(|(_, path)| Path::new(path.split('"').next()?).parent());
        binary.expect("there is no tool yet").to_owned()
    })
}

/// The names of all tools: the folders of `tools/`.
pub fn tools() -> Vec<String> {
    names_in(&root().join("tools"))
}

/// The names in a folder, sorted; none if it is not there.
pub fn names_in(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A program that the tests compare with. Where it is not installed `what` is left out, loudly; the
/// automatic run has every peer, so there its absence is a failure.
pub fn peer(name: &str, what: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .map(|folder| folder.join(name))
        .find(|program| program.is_file() && !is_ours(program, name));
    if found.is_none() {
        let missing = format!("SKIPPED: {name} is not installed: {what} is not compared");
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{missing}");
        eprintln!("{missing}");
    }
    found
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

/// A replacement that stands in PATH under the name of what it replaces is no peer.
fn is_ours(program: &Path, name: &str) -> bool {
    tools().iter().any(|tool| tool == name) && {
        let said = run(command(program).arg("-V"), b"");
        said.out.starts_with(format!("{name} (maillog-tools)").as_bytes())
    }
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

/// A script for `sh`, run in `folder`.
pub fn sh(script: &str, folder: &Path) -> Command {
    let mut sh = command("sh");
    sh.args(["-c", script]).current_dir(folder);
    sh
}

/// How a command ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    /// Standard output.
    pub out: Vec<u8>,
    /// Standard error; a byte that is not UTF-8 shows as U+FFFD.
    pub err: String,
    /// The exit status; `None` if a signal ended it.
    pub code: Option<i32>,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        Ran { out: output.stdout, err, code: output.status.code() }
    }
}

impl Ran {
    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }
}

/// Feeds `input` to a command and waits for its end. One that is stuck is killed.
pub fn run(command: &mut Command, input: &[u8]) -> Ran {
    let taken = std::mem::replace(command, Command::new("true"));
    let mut command = assert_cmd::Command::from_std(taken);
    command.write_stdin(input).timeout(STUCK).output().unwrap().into()
}

/// An empty folder that is gone when it is dropped.
pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Copies the files of a folder, and those of the folders in it.
pub fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in names_in(from) {
        let (source, target) = (from.join(&name), to.join(&name));
        if source.is_dir() {
            copy_files(&source, &target);
        } else {
            fs::copy(&source, &target).unwrap();
        }
    }
}

/// Must files that hold expected output be written anew? `UPDATE=1` says so.
pub fn update() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

/// Compares a file of the project with what it should be, or writes it under `UPDATE=1`.
pub fn up_to_date(file: &Path, should_be: &str) -> Result<(), String> {
    if update() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, should_be).unwrap();
    }
    let shown = file.strip_prefix(root()).unwrap_or(file).display();
    let is = fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
    same(&is, should_be).map_err(|place| format!("{shown} is not up to date (UPDATE=1): {place}"))
}

/// Compares two texts; the error shows the first line that differs.
pub fn same(is: &str, should_be: &str) -> Result<(), String> {
    if is == should_be {
        return Ok(());
    }
    let is: Vec<&str> = is.split_inclusive('\n').collect();
    let should_be: Vec<&str> = should_be.split_inclusive('\n').collect();
    let at = is.iter().zip(&should_be).take_while(|(one, other)| one == other).count();
    let line = |lines: &[&str]| lines.get(at).map_or("the end".into(), |line| format!("{line:?}"));
    Err(format!("line {}: is {}, should be {}", at + 1, line(&is), line(&should_be)))
}
