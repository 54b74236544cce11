//! The file that remembers how far each log was read.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use common::bytes::tsv::Row;
use common::filter::files::{open_locked, replace};
use common::filter::{Stop, name_of};
use common::multilog::{Log, Position};

/// One row for each log: its name as it was typed, and a position.
#[derive(Debug)]
pub struct State {
    path: PathBuf,
    /// A second run waits until this is dropped.
    _lock: File,
    rows: Vec<(Vec<u8>, Position)>,
}

impl State {
    /// Reads the file; one that is not there, or empty, says that nothing was read so far.
    pub fn open(path: &Path) -> Result<Self, Stop> {
        let mut file = open_locked(path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(Stop::io(path))?;
        let mut rows = Vec::new();
        for (line, number) in text.split_inclusive(|byte| *byte == b'\n').zip(1..) {
            let row = line.strip_suffix(b"\n").and_then(read_row).ok_or_else(|| {
                let place = format!("{}:{number}", name_of(path.as_os_str()));
                Stop::usage(place, "no row of a state file")
            })?;
            rows.push(row);
        }
        Ok(State { path: path.to_owned(), _lock: file, rows })
    }

    /// How far a log was read.
    pub fn position_of(&self, log: &OsStr) -> Option<Position> {
        let name = name_field(log);
        let row = self.rows.iter().find(|(known, _)| *known == name);
        row.map(|(_, position)| position.clone())
    }

    /// Notes how far these logs were read; what is known of others stays.
    pub fn replace<'a>(&mut self, logs: impl Iterator<Item = &'a mut Log>) -> Result<(), Stop> {
        for log in logs.filter(|log| log.name() != "-") {
            let name = name_field(log.name());
            let position = log.position().clone();
            self.rows.retain(|(known, _)| *known != name);
            self.rows.push((name, position));
        }
        let mut text = Vec::new();
        for (name, position) in &self.rows {
            text.extend_from_slice(name);
            text.push(b'\t');
            let mut row = Row::new(&mut text);
            position.write(&mut row);
            row.end();
        }
        replace(&self.path, &text)
    }
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
