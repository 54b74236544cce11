//! What the black-box tests share.
//!
//! No tool is named here. A tool is a folder of `tools/`; what it accepts is read from its
//! `--help`, what it is fed from its golden cases.
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that cannot go on stops, and says why"
)]

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

pub mod cases;
pub mod completions;
pub mod console;
pub mod dns;
pub mod help;
pub mod logs;
pub mod man;
pub mod postgres;
mod programs;
mod random;
mod running;
pub mod strace;

pub use programs::{
    bin_dir, command, is_root, lacks_peer, make_program, peer, python_peer, sh, tool,
};
pub use random::Random;
pub use running::{Ran, Running, STUCK, run, wait_until};

/// A test that takes nothing, with its name.
pub type Test = (&'static str, fn());

/// Lists the tests of a file by the names of their functions.
#[macro_export]
macro_rules! tests {
    ($($test:ident),+ $(,)?) => { &[$((stringify!($test), $test as fn())),+] };
}

/// Names the tests of one group, such as a tool.
pub fn trials(group: &str, tests: &[Test]) -> impl Iterator<Item = Trial> {
    tests
        .iter()
        .map(move |&(name, test)| trial(format!("{group}: {}", name.replace('_', " ")), test))
}

/// Names a test, which fails by a panic.
pub fn trial(name: impl Into<String>, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}

/// Runs those tests that the command line names.
pub fn run_trials(trials: Vec<Trial>) -> ExitCode {
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The top of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
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

/// An empty folder that is gone when this is dropped.
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
