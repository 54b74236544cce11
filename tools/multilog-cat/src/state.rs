//! The file that remembers how far each log was read.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use common::bytes::tsv::Row;
use common::filter::files::{self, Kept};
use common::filter::{Out, Stop, begin_with, name_of};
use common::multilog::{Log, Position};

/// Which files were named.
#[derive(Debug)]
pub struct Named {
    /// The one that is replaced at the end.
    pub to: Option<PathBuf>,
    /// The one to begin with, if it is another.
    pub from: Option<PathBuf>,
}

/// One row for each log: its name as it was typed, and a position.
#[derive(Debug)]
pub struct State {
    /// The file that is replaced; a second run waits until this is dropped.
    to: Option<Kept>,
    rows: Rows,
}

/// A position for each name, with the number of its row, in whose order they are written.
type Rows = HashMap<Vec<u8>, (usize, Position)>;

impl State {
    /// Reads the file to begin with; one that is not there, or empty, says that nothing was read so
    /// far. `None` if no file was named. `strict`: a file to begin with that is missing is a no.
    pub fn open(named: &Named, strict: bool, out: &mut Out) -> Result<Option<Self>, Stop> {
        if named.to.is_none() && named.from.is_none() {
            return Ok(None);
        }
        let mut state = State { to: None, rows: Rows::new() };
        if let Some(path) = &named.to {
            let kept = Kept::open(path, files::WAIT)?;
            // what is none of ours is not replaced either
            state.rows = rows(path, &kept.content()?)?;
            state.to = Some(kept);
        }
        if let Some(path) = &named.from {
            let content = begin_with(path, "the oldest lines", strict, out)?;
            state.rows = rows(path, &content.unwrap_or_default())?;
        }
        Ok(Some(state))
    }

    /// How far a log was read.
    pub fn position_of(&self, log: &OsStr) -> Option<Position> {
        self.rows.get(&name_field(log)).map(|(_, position)| position.clone())
    }

    /// Notes how far these logs were read, after all that was read has gone out; what is known of
    /// others stays. If something failed so far, nothing is noted: what could not be read is still
    /// to come, and what was written does not count.
    pub fn keep<'a>(
        &mut self,
        logs: impl Iterator<Item = &'a mut Log>,
        out: &mut Out,
    ) -> Result<(), Stop> {
        let Some(kept) = &self.to else { return out.flush() };
        let last = self.rows.values().map(|(number, _)| *number).max().unwrap_or(0);
        for (log, number) in logs.filter(|log| log.name() != "-").zip(last + 1..) {
            self.rows.insert(name_field(log.name()), (number, log.position(out).clone()));
        }
        let mut rows: Vec<_> = self.rows.iter().collect();
        rows.sort_unstable_by_key(|(_, (number, _))| *number);
        let mut text = Vec::new();
        for (name, (_, position)) in rows {
            text.extend_from_slice(name);
            text.push(b'\t');
            let mut row = Row::new(&mut text);
            position.write(&mut row);
            row.end();
        }
        kept.keep(&text, out)
    }
}

fn rows(path: &Path, text: &[u8]) -> Result<Rows, Stop> {
    let row = |(line, number): (&[u8], usize)| {
        let row = line.strip_suffix(b"\n").and_then(read_row);
        row.map(|(name, position)| (name, (number, position))).ok_or_else(|| {
            let place = format!("{}:{number}", name_of(path.as_os_str()));
            Stop::usage(place, "not a row of a state file")
        })
    };
    text.split_inclusive(|byte| *byte == b'\n').zip(1..).map(row).collect()
}

fn read_row(row: &[u8]) -> Option<(Vec<u8>, Position)> {
    let tab = row.iter().position(|byte| *byte == b'\t')?;
    Some((row[..tab].to_vec(), Position::read(&row[tab + 1..])?))
}

/// A name as it stands in a row.
fn name_field(name: &OsStr) -> Vec<u8> {
    let mut text = Vec::new();
    let mut row = Row::new(&mut text);
    row.field(name.as_bytes());
    row.end();
    text.pop();
    text
}
