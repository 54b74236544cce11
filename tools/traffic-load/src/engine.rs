//! What both databases can do: statements, which are the same for both, and their answers.

use std::error::Error;
use std::fmt;
use std::io;

use common::filter::Stop;
use postgres::error::SqlState;

use crate::place::Place;
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;

/// A value of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
pub enum Record<'a> {
    /// Of `SQLite`.
    Sqlite(&'a rusqlite::Row<'a>),
    /// Of `PostgreSQL`.
    Postgres(&'a postgres::Row),
}

impl Record<'_> {
    /// The text in a column.
    pub fn text(&self, column: usize) -> Result<&str, Failure> {
        match self {
            Record::Sqlite(row) => {
                Ok(row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?)
            }
            Record::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// The number in a column.
    pub fn number(&self, column: usize) -> Result<i64, Failure> {
        match self {
            Record::Sqlite(row) => {
                Ok(row.get_ref(column)?.as_i64().map_err(rusqlite::Error::from)?)
            }
            Record::Postgres(row) => Ok(row.try_get(column)?),
        }
    }
}

/// Why a statement failed.
#[derive(Debug)]
pub enum Failure {
    /// `SQLite` says so.
    Sqlite(rusqlite::Error),
    /// `PostgreSQL` says so, or cannot be reached.
    Postgres(postgres::Error),
    /// What is sent to `PostgreSQL` does not arrive.
    Io(io::Error),
}

impl Failure {
    /// Is it that a sum is too large for the database?
    pub fn is_overflow(&self) -> bool {
        match self {
            Failure::Sqlite(error) => error.to_string().contains("integer overflow"),
            Failure::Postgres(error) => error.code() == Some(&SqlState::NUMERIC_VALUE_OUT_OF_RANGE),
            Failure::Io(_) => false,
        }
    }

    /// The database of this name failed.
    pub fn stop(self, name: &str) -> Stop {
        Stop::Io(name.to_owned(), io::Error::other(self.to_string()))
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Failure::Sqlite(error)
    }
}

impl From<postgres::Error> for Failure {
    fn from(error: postgres::Error) -> Self {
        Failure::Postgres(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // what the server says of rows that are sent to it
        error.downcast().map_or_else(Failure::Io, Failure::Postgres)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Sqlite(error) => error.fmt(f),
            Failure::Io(error) => error.fmt(f),
            Failure::Postgres(error) => match (error.as_db_error(), error.source()) {
                (Some(error), _) => f.write_str(error.message()),
                (None, Some(cause)) => write!(f, "{error}: {cause}"),
                (None, None) => error.fmt(f),
            },
        }
    }
}

/// An open database.
#[derive(Debug)]
pub enum Engine {
    /// In a file.
    Sqlite(Box<Sqlite>),
    /// With a server.
    Postgres(Box<Postgres>),
}

/// Calls the same function of whichever database it is.
macro_rules! of_either {
    ($engine:expr, $function:ident($($argument:expr),*)) => {
        match $engine {
            Engine::Sqlite(engine) => engine.$function($($argument),*),
            Engine::Postgres(engine) => engine.$function($($argument),*),
        }
    };
}

impl Engine {
    /// Opens the database, which messages call `name`; makes its tables if there are none. It must
    /// be there unless `create` is set.
    pub fn open(place: &Place, name: &str, create: bool) -> Result<Self, Stop> {
        match place {
            Place::File(path) => Ok(Engine::Sqlite(Box::new(Sqlite::open(path, name, create)?))),
            Place::Server(server) => {
                Ok(Engine::Postgres(Box::new(Postgres::open(server, name, create)?)))
            }
        }
    }

    /// Begins a transaction that changes something; others wait for its end.
    pub fn begin_change(&mut self) -> Result<(), Failure> {
        of_either!(self, begin_change())
    }

    /// Begins a transaction that sees one state of the database.
    pub fn begin_view(&mut self) -> Result<(), Failure> {
        of_either!(self, begin_view())
    }

    /// Ends a transaction, with everything on disk.
    pub fn commit(&mut self) -> Result<(), Failure> {
        of_either!(self, run("COMMIT"))
    }

    /// Ends a transaction as if nothing had been.
    pub fn roll_back(&mut self) -> Result<(), Failure> {
        of_either!(self, run("ROLLBACK"))
    }

    /// An error if what was read may have been changed meanwhile.
    pub fn check(&self) -> Result<(), Failure> {
        match self {
            Engine::Sqlite(sqlite) => sqlite.check(),
            // a transaction sees one state
            Engine::Postgres(_) => Ok(()),
        }
    }

    /// Runs a statement that gives nothing.
    pub fn execute(&mut self, statement: &str, values: &[Value]) -> Result<(), Failure> {
        of_either!(self, execute(statement, values))
    }

    /// Runs a statement, and hands each row that it gives to `each`.
    pub fn query(
        &mut self,
        statement: &str,
        values: &[Value],
        each: impl FnMut(&Record) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        of_either!(self, query(statement, values, each))
    }

    /// Inserts rows in a table.
    pub fn fill<'a, const N: usize>(
        &mut self,
        table: &str,
        rows: impl Iterator<Item = [Value<'a>; N]>,
    ) -> Result<(), Failure> {
        of_either!(self, fill(table, rows))
    }
}
