//! `maillog-compare ROUNDS BYTES NAME=COMMAND ...` times commands in turn, round after round, and
//! prints a Markdown table: per command the median of the wall time, the least and the greatest,
//! processor time and peak memory of the median round, gigabytes of input per second, and how many
//! times as long it takes as the first.
//!
//! Commands are given to `sh -c` and must write to /dev/null themselves. A round that is not
//! counted comes first. Processor time and memory are those that GNU time tells; without it they
//! are left empty.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// One run: seconds of wall time, seconds of processor time, peak memory in KiB.
#[derive(Clone, Copy)]
struct Run {
    wall: f64,
    processor: Option<f64>,
    memory: Option<f64>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match compare(&arguments) {
        Ok(table) => {
            let written = io::stdout().write_all(table.as_bytes());
            if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(2) }
        }
        Err(what) => {
            let _ = writeln!(io::stderr(), "maillog-compare: {what}");
            ExitCode::from(2)
        }
    }
}

fn compare(arguments: &[String]) -> Result<String, String> {
    let [rounds, bytes, commands @ ..] = arguments else {
        return Err("usage: maillog-compare ROUNDS BYTES NAME=COMMAND ...".into());
    };
    let rounds: usize = rounds.parse().map_err(|_| "ROUNDS is no number")?;
    let bytes: f64 = bytes.parse().map_err(|_| "BYTES is no number")?;
    let commands: Vec<(&str, &str)> = commands
        .iter()
        .map(|command| command.split_once('=').ok_or(format!("{command}: not NAME=COMMAND")))
        .collect::<Result<_, _>>()?;
    let mut runs = vec![Vec::new(); commands.len()];
    for round in 0..=rounds {
        for ((name, command), runs) in commands.iter().zip(&mut runs) {
            let run = run(command).map_err(|what| format!("{name}: {what}"))?;
            if round > 0 {
                runs.push(run);
            }
        }
    }
    let mut table = String::from(
        "| command | median s | min-max s | cpu s | peak MiB | GB/s | times |\n|---|---|---|---|---|---|---|\n",
    );
    let mut first = None;
    for ((name, _), runs) in commands.iter().zip(&mut runs) {
        runs.sort_by(|a, b| a.wall.total_cmp(&b.wall));
        let (Some(least), Some(greatest)) = (runs.first(), runs.last()) else {
            return Err("no ROUNDS".into());
        };
        let median = runs[runs.len() / 2];
        let base = *first.get_or_insert(median.wall);
        let known = |value: Option<f64>, scale: f64, digits: usize| {
            value.map_or(String::new(), |value| format!("{:.digits$}", value / scale))
        };
        let _ = writeln!(
            table,
            "| {name} | {:.3} | {:.3}-{:.3} | {} | {} | {:.2} | {:.1} |",
            median.wall,
            least.wall,
            greatest.wall,
            known(median.processor, 1.0, 2),
            known(median.memory, 1024.0, 1),
            bytes / median.wall / 1e9,
            median.wall / base,
        );
    }
    Ok(table)
}

fn run(command: &str) -> Result<Run, String> {
    let has_time = Command::new("/usr/bin/time").arg("--version").output().is_ok();
    let mut shell = if has_time {
        let mut timed = Command::new("/usr/bin/time");
        timed.args(["-f", "%U %S %M", "sh"]);
        timed
    } else {
        Command::new("sh")
    };
    let start = Instant::now();
    let output = shell
        .args(["-c", command])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let wall = start.elapsed().as_secs_f64();
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{}: {told}", output.status));
    }
    let numbers: Vec<f64> = told
        .lines()
        .last()
        .unwrap_or_default()
        .split(' ')
        .filter_map(|number| number.parse().ok())
        .collect();
    let (processor, memory) = match *numbers {
        [user, system, memory] if has_time => (Some(user + system), Some(memory)),
        _ => (None, None),
    };
    Ok(Run { wall, processor, memory })
}
