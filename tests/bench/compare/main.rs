//! Times the commands of a job in turn, round after round, and prints a Markdown table.
//!
//! ```text
//! maillog-compare ROUNDS INPUT SMALL FULL    commands on standard input
//! maillog-compare growth ROUNDS INPUT FOLDER ...
//! maillog-compare goals ROUNDS TITLE GOALS FOLDER
//! ```
//!
//! A command is a line of five fields with TABs between: `ours`, `peer` or `limit`; its name; the
//! versions of the programs in it; a list of words of which `slow` keeps it to the small input and
//! `one-core` to one processor; and a line for `sh`. It is run in the folder SMALL and in the
//! folder FULL, where the same file INPUT is found in two sizes, with its output to /dev/null.
//!
//! The first form writes a row per command: median of the wall time, least and greatest, processor
//! time and peak memory of the median round, gigabytes of input per second, and how many times as
//! long it takes as the first command. The second writes how time and memory grow from folder to
//! folder, without a head, so that the rows of several inputs make one table. The third writes a row of
//! TSV for each line of the file GOALS, whose two commands it runs in turn in FOLDER.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

mod goals;
mod measure;
mod table;

use goals::Goal;
use measure::Times;

/// What a command is to the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// One of the suite; the first of them is what all are compared with.
    Ours,
    /// A program that people would take instead.
    Peer,
    /// What the machine can do.
    Limit,
}

/// A line of the list.
#[derive(Debug)]
pub struct Command {
    kind: Kind,
    name: String,
    version: String,
    slow: bool,
    one_core: bool,
    shell: String,
}

impl Command {
    fn parse(line: &str) -> Result<Self, String> {
        let fields: Vec<&str> = line.splitn(5, '\t').collect();
        let [kind, name, version, words, shell] = *fields else {
            return Err(format!("{line}: not five fields"));
        };
        let kind = match kind {
            "ours" => Kind::Ours,
            "peer" => Kind::Peer,
            "limit" => Kind::Limit,
            _ => return Err(format!("{kind}: no kind of command")),
        };
        let has = |word| words.split(' ').any(|other| other == word);
        let (name, version, shell) = (name.to_owned(), version.to_owned(), shell.to_owned());
        Ok(Command { kind, name, version, slow: has("slow"), one_core: has("one-core"), shell })
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let table = match *arguments {
        ["growth", rounds, input, ref folders @ ..] if !folders.is_empty() => {
            growth(rounds, input, folders)
        }
        ["goals", rounds, title, goals, folder] => reached(rounds, title, goals, folder),
        [rounds, input, small, full] => job(rounds, input, small, full),
        _ => Err("usage: maillog-compare [growth|goals] ROUNDS ...".into()),
    };
    let written = match table {
        Ok(table) => io::stdout().write_all(table.as_bytes()),
        Err(what) => Err(io::Error::other(what)),
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "maillog-compare: {error}");
            ExitCode::from(2)
        }
    }
}

fn job(rounds: &str, input: &str, small: &str, full: &str) -> Result<String, String> {
    let commands = commands()?;
    let rounds = number(rounds)?;
    let in_small = measure::rounds(rounds, small, &commands.iter().collect::<Vec<_>>())?;
    let fast: Vec<&Command> = commands.iter().filter(|command| !command.slow).collect();
    let mut in_full = measure::rounds(rounds, full, &fast)?.into_iter();
    let rows: Vec<(&Command, Times, Option<Times>)> = commands
        .iter()
        .zip(in_small)
        .map(|(command, small)| (command, small, (!command.slow).then(|| in_full.next()).flatten()))
        .collect();
    Ok(table::job(rows, bytes(full, input)?))
}

fn growth(rounds: &str, input: &str, folders: &[&str]) -> Result<String, String> {
    let commands = commands()?;
    let all: Vec<&Command> = commands.iter().collect();
    let rounds = number(rounds)?;
    let (mut sizes, mut times) = (Vec::new(), Vec::new());
    for folder in folders {
        sizes.push(bytes(folder, input)?);
        times.push(measure::rounds(rounds, folder, &all)?);
    }
    Ok(table::growth(&all, &sizes, &times))
}

fn reached(rounds: &str, title: &str, goals: &str, folder: &str) -> Result<String, String> {
    let lines = fs::read_to_string(goals).map_err(|error| format!("{goals}: {error}"))?;
    let (commands, rounds) = (commands()?, number(rounds)?);
    lines.lines().map(|line| Goal::parse(line)?.row(title, &commands, rounds, folder)).collect()
}

fn commands() -> Result<Vec<Command>, String> {
    let mut list = String::new();
    io::stdin().read_to_string(&mut list).map_err(|error| error.to_string())?;
    list.lines().map(Command::parse).collect()
}

fn number(rounds: &str) -> Result<usize, String> {
    match rounds.parse() {
        Ok(0) | Err(_) => Err(format!("{rounds}: no number of rounds")),
        Ok(rounds) => Ok(rounds),
    }
}

/// How many bytes the input has.
fn bytes(folder: &str, input: &str) -> Result<u64, String> {
    let path = Path::new(folder).join(input);
    path.metadata().map(|found| found.len()).map_err(|error| format!("{}: {error}", path.display()))
}
