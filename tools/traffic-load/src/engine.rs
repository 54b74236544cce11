//! What a statement takes and gives.

use std::fmt;
use std::io;

use common::filter::Stop;
use rusqlite::Row;

/// A value of a statement.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// Text.
    Text(&'a str),
    /// A number.
    Number(i64),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(text)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Number(number)
    }
}

/// A row of an answer.
pub struct Record<'a>(pub &'a Row<'a>);

impl Record<'_> {
    /// The text in a column.
    pub fn text(&self, column: usize) -> Result<&str, Failure> {
        Ok(self.0.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?)
    }

    /// The number in a column.
    pub fn number(&self, column: usize) -> Result<i64, Failure> {
        Ok(self.0.get_ref(column)?.as_i64().map_err(rusqlite::Error::from)?)
    }
}

/// Why a statement failed.
#[derive(Debug)]
pub struct Failure(pub rusqlite::Error);

impl Failure {
    /// Is it that a sum is too large for the database?
    pub fn is_overflow(&self) -> bool {
        self.0.to_string().contains("integer overflow")
    }

    /// The database of this name failed.
    pub fn stop(self, name: &str) -> Stop {
        Stop::Io(name.to_owned(), io::Error::other(self.to_string()))
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Failure(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
