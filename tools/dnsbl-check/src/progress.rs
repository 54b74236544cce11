//! A line on the terminal that says how far it is.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often the line is written anew.
const PERIOD: Duration = Duration::from_millis(250);

/// Counts, and tells them on standard error where that is a terminal and the rows go elsewhere.
#[derive(Debug)]
pub struct Progress {
    shown: bool,
    start: Instant,
    last: Instant,
    /// Rows that were written or left out.
    pub rows: u64,
    /// Answers that are listings, and those that are none.
    pub listed: u64,
    /// Questions without an answer.
    pub failures: u64,
}

impl Progress {
    /// Begins to count.
    pub fn new() -> Self {
        let now = Instant::now();
        let shown = io::stderr().is_terminal() && !io::stdout().is_terminal();
        Progress { shown, start: now, last: now, rows: 0, listed: 0, failures: 0 }
    }

    /// Writes the line if it is time.
    pub fn tell(&mut self, queries: u64) {
        if !self.shown || self.last.elapsed() < PERIOD {
            return;
        }
        self.last = Instant::now();
        let milliseconds = self.start.elapsed().as_millis().max(1);
        let rate = u128::from(queries) * 1000 / milliseconds;
        let Progress { rows, listed, failures, .. } = self;
        let line =
            format!("\r{rows} rows, {rate} queries/s, {listed} listed, {failures} errors\x1b[K");
        // nobody to tell if it fails
        let _ = io::stderr().write_all(line.as_bytes());
    }

    /// Takes the line away.
    pub fn clear(&self) {
        if self.shown {
            let _ = io::stderr().write_all(b"\r\x1b[K");
        }
    }
}
