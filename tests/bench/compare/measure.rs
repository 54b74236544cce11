//! Runs commands and says what they took.

use std::process::{Command as Process, Stdio};
use std::time::Instant;

use crate::Command;

const TIME: &str = "/usr/bin/time";

/// One run.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Seconds of wall time, with the start of the shell.
    pub wall: f64,
    /// Seconds of processor time of all processes together.
    pub processor: Option<f64>,
    /// Peak memory of the largest process, in KiB.
    pub memory: Option<f64>,
}

/// The runs of one command.
#[derive(Debug)]
pub struct Times {
    by_round: Vec<Run>,
    /// The shortest first.
    sorted: Vec<Run>,
}

impl Times {
    fn new(by_round: Vec<Run>) -> Self {
        let mut sorted = by_round.clone();
        sorted.sort_by(|a, b| a.wall.total_cmp(&b.wall));
        Times { by_round, sorted }
    }

    /// The runs in their order.
    pub fn by_round(&self) -> &[Run] {
        &self.by_round
    }

    /// The run in the middle.
    pub fn median(&self) -> Run {
        self.sorted[self.sorted.len() / 2]
    }

    /// Wall time of the shortest and of the longest run.
    pub fn range(&self) -> (f64, f64) {
        (self.sorted[0].wall, self.sorted[self.sorted.len() - 1].wall)
    }
}

/// Runs all commands in turn in a folder, `count` times after a round that is not counted.
pub fn rounds(count: usize, folder: &str, commands: &[&Command]) -> Result<Vec<Times>, String> {
    // Processor time and memory are those that GNU time tells; without it they stay empty.
    let has_time = Process::new(TIME).arg("--version").output().is_ok();
    let mut runs = vec![Vec::new(); commands.len()];
    for round in 0..=count {
        for (command, runs) in commands.iter().zip(&mut runs) {
            let run = run(command, folder, has_time)
                .map_err(|what| format!("{}: {what}", command.name))?;
            if round > 0 {
                runs.push(run);
            }
        }
    }
    Ok(runs.into_iter().map(Times::new).collect())
}

fn run(command: &Command, folder: &str, has_time: bool) -> Result<Run, String> {
    let mut words = Vec::new();
    if command.one_core {
        words.extend(["taskset", "-c", "0"]);
    }
    if has_time {
        words.extend([TIME, "-f", "%U %S %M"]);
    }
    words.extend(["sh", "-c", &command.shell]);
    let mut process = Process::new(words[0]);
    process.args(&words[1..]).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let output = process.output().map_err(|error| format!("{}: {error}", words[0]))?;
    let wall = start.elapsed().as_secs_f64();
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{}: {told}", output.status));
    }
    let last = told.lines().last().unwrap_or_default();
    let numbers: Vec<f64> = last.split(' ').filter_map(|number| number.parse().ok()).collect();
    let (processor, memory) = match *numbers {
        [user, system, memory] if has_time => (Some(user + system), Some(memory)),
        _ => (None, None),
    };
    Ok(Run { wall, processor, memory })
}
