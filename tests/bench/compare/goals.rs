//! Goals: how many times as long a command takes as another, by pairs of runs.

use std::fmt::Write as _;

use crate::measure::{Run, Times};
use crate::{Command, Kind};

/// What is to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Want {
    /// The peer takes at least so many times our time.
    Faster,
    /// The peer takes at least so many times our processor time.
    Cheaper,
    /// We take at most so many times the peer's time.
    AtMost,
    /// We take at most so many seconds.
    Seconds,
}

/// A line of the file of goals: four fields with TABs between.
#[derive(Debug)]
pub struct Goal {
    want: Want,
    word: String,
    number: f64,
    /// Empty for seconds.
    peer: String,
    /// Empty for the first command.
    ours: String,
}

impl Goal {
    /// Reads a line.
    pub fn parse(line: &str) -> Result<Self, String> {
        let fields: Vec<&str> = line.split('\t').collect();
        let [word, number, peer, ours] = *fields else {
            return Err(format!("{line}: not four fields"));
        };
        let want = match word {
            "faster" => Want::Faster,
            "cheaper" => Want::Cheaper,
            "at-most" => Want::AtMost,
            "seconds" => Want::Seconds,
            _ => return Err(format!("{word}: no kind of goal")),
        };
        let number = number.parse().map_err(|_| format!("{number}: no number"))?;
        let (word, peer, ours) = (word.to_owned(), peer.to_owned(), ours.to_owned());
        Ok(Goal { want, word, number, peer, ours })
    }

    /// What a pair of runs makes; `None` where GNU time is missing.
    fn measured(&self, ours: &Run, peer: &Run) -> Option<f64> {
        match self.want {
            Want::Faster => Some(peer.wall / ours.wall),
            Want::Cheaper => Some(peer.processor? / ours.processor?),
            Want::AtMost => Some(ours.wall / peer.wall),
            Want::Seconds => Some(ours.wall),
        }
    }

    fn is_met(&self, measured: f64) -> bool {
        match self.want {
            Want::Faster | Want::Cheaper => measured >= self.number,
            Want::AtMost | Want::Seconds => measured <= self.number,
        }
    }

    /// Its row: title, ours, kind, number, peer, then what was measured (median and quartiles of the
    /// pairs), seconds of ours and of the peer (median), and `yes`, `no` or `not measured`.
    fn row(&self, title: &str, commands: &[Command], times: &[Times]) -> String {
        let find = |kind: fn(Kind) -> bool, name: &str| {
            let same = |command: &&Command| {
                kind(command.kind) && (name.is_empty() || command.name == name)
            };
            commands.iter().zip(times).find(|(command, _)| same(command))
        };
        let ours = find(|kind| kind == Kind::Ours, &self.ours);
        // without a peer it is a goal of seconds, and a pair is a run beside itself
        let peer = if self.peer.is_empty() { ours } else { find(|_| true, &self.peer) };
        let name = ours.map_or(self.ours.as_str(), |(command, _)| command.name.as_str());
        let head = format!("{title}\t{name}\t{}\t{}\t{}", self.word, self.number, self.peer);
        let pairs = ours.zip(peer).and_then(|((_, ours), (_, peer))| {
            let pairs = ours.by_round().iter().zip(peer.by_round());
            let mut all = pairs.map(|(a, b)| self.measured(a, b)).collect::<Option<Vec<_>>>()?;
            all.sort_by(f64::total_cmp);
            Some((all, ours.median().wall, peer.median().wall))
        });
        let Some((all, ours, peer)) = pairs else {
            return format!("{head}\t\t\t\t\t\tnot measured\n");
        };
        let at = |quarter: usize| all[(all.len() - 1) * quarter / 4];
        let met = if self.is_met(at(2)) { "yes" } else { "no" };
        let peer = if self.peer.is_empty() { String::new() } else { format!("{peer:.3}") };
        format!("{head}\t{:.2}\t{:.2}\t{:.2}\t{ours:.3}\t{peer}\t{met}\n", at(2), at(1), at(3))
    }
}

/// A row for each goal.
pub fn rows(title: &str, goals: &[Goal], commands: &[Command], times: &[Times]) -> String {
    goals.iter().fold(String::new(), |mut rows, goal| {
        // writing to a String cannot fail
        let _ = write!(rows, "{}", goal.row(title, commands, times));
        rows
    })
}
