//! What has become of the rows so far.

use std::time::Duration;

/// Counts of rows and answers.
#[derive(Debug, Default)]
pub struct Counts {
    /// Rows that were written or left out.
    pub rows: u64,
    /// Answers that are listings.
    pub listed: u64,
    /// Questions without an answer.
    pub failures: u64,
}

impl Counts {
    /// How far it is, with so many queries sent in this time.
    pub fn far(&self, queries: u64, elapsed: Duration) -> String {
        let rate = u128::from(queries) * 1000 / elapsed.as_millis().max(1);
        let Counts { rows, listed, failures } = self;
        format!("{rows} rows, {rate} queries/s, {listed} listed, {failures} errors")
    }
}
