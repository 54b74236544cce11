//! Goals: how many times as long a command takes as another, by pairs of runs.

use crate::measure::{self, Run, Times};
use crate::{Command, Kind};

/// What is to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Want {
    /// The peer takes at least this many times as long as we do.
    Faster,
    /// The peer takes at least this many times our processor time.
    Cheaper,
    /// We take at most this many times as long as the peer.
    AtMost,
    /// We take at most this many seconds.
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

    /// Runs both commands in turn in a folder and makes the row: title, ours, kind, number, peer, then
    /// what was measured (median and quartiles of the pairs), seconds of ours and of the peer (median),
    /// and `yes`, `no` or `not measured`.
    pub fn row(
        &self,
        title: &str,
        commands: &[Command],
        rounds: usize,
        folder: &str,
    ) -> Result<String, String> {
        let ours = commands.iter().find(|command| {
            command.kind == Kind::Ours && (self.ours.is_empty() || command.name == self.ours)
        });
        let peer = commands.iter().find(|command| command.name == self.peer);
        let name = ours.map_or(&self.ours, |command| &command.name);
        let head = format!("{title}\t{name}\t{}\t{}\t{}", self.word, self.number, self.peer);
        let missing = format!("{head}\t\t\t\t\t\tnot measured\n");
        let pair = match (ours, peer) {
            (Some(ours), Some(peer)) => vec![ours, peer],
            (Some(ours), None) if self.peer.is_empty() => vec![ours],
            _ => return Ok(missing),
        };
        let times = measure::rounds(rounds, folder, &pair)?;
        let (ours, peer) = (&times[0], times.get(1));
        let pairs = ours.by_round().iter().zip(peer.unwrap_or(ours).by_round());
        let all = pairs.map(|(ours, peer)| self.measured(ours, peer)).collect::<Option<Vec<_>>>();
        let Some(mut all) = all else { return Ok(missing) };
        all.sort_by(f64::total_cmp);
        let last = all.len() - 1;
        let (median, quarter) = (f64::midpoint(all[last / 2], all[last.div_ceil(2)]), last / 4);
        let met = if self.is_met(median) { "yes" } else { "no" };
        let seconds = |times: &Times| format!("{:.3}", times.median().wall);
        Ok(format!(
            "{head}\t{:.2}\t{:.2}\t{:.2}\t{}\t{}\t{met}\n",
            median,
            all[quarter],
            all[last - quarter],
            seconds(ours),
            peer.map(seconds).unwrap_or_default()
        ))
    }
}
