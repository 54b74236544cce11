//! Tools under strace, which notes their system calls and lets some of them fail.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{bin_dir, command};

/// A tool under strace, with options of strace; its system calls are noted in `trace`.
pub fn strace(tool: &str, trace: &Path, options: &[&str]) -> Command {
    let mut strace = command("strace");
    strace.args(["-f", "-qq", "-o"]).arg(trace).args(options);
    strace.arg("--").arg(bin_dir().join(tool));
    strace
}

/// What strace noted: one line for each system call, without the process number.
pub fn noted(trace: &Path) -> Vec<String> {
    let text = fs::read_to_string(trace).unwrap();
    let calls = text.lines().filter_map(|line| Some(line.split_once(' ')?.1.trim_start()));
    calls.map(str::to_owned).collect()
}

/// Each system call with its number among those of the same name: where strace can inject a fault.
pub fn places(noted: &[String]) -> Vec<(&str, usize)> {
    let mut counts = HashMap::new();
    let names = noted.iter().filter_map(|line| Some(line.split_once('(')?.0));
    let number = |name| {
        let count = counts.entry(name).or_insert(0);
        *count += 1;
        (name, *count)
    };
    names.filter(|name| !name.contains(' ')).map(number).collect()
}
