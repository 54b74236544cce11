//! How a database of `PostgreSQL` is opened, and how statements are run on it.

use std::collections::HashMap;
use std::fmt;
use std::io::Write;

use common::filter::Stop;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::ToSql;
use postgres::{Client, NoTls, Statement};

use crate::database::{PATIENCE, VIEWS};
use crate::engine::{Failure, Record, Value};
use crate::place::Server;

/// The version of the tables, as in `SQLite`.
const VERSION: i64 = 2;
/// How much is sent at once.
const SEND_BYTES: usize = 64 * 1024;

/// An index has no room for names of any length, so it has none of the texts that strangers choose.
/// What is unique is so because loaders wait for each other.
const SCHEMA: &str = r#"
CREATE TABLE traffic_load (version BIGINT NOT NULL);
CREATE TABLE ledger (
    name      TEXT COLLATE "C" NOT NULL,
    sha256    TEXT COLLATE "C" NOT NULL,
    day       TEXT COLLATE "C" NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL,
    host      TEXT COLLATE "C" NOT NULL,
    lines     BIGINT NOT NULL,
    kilobytes BIGINT NOT NULL,
    loaded_at BIGINT NOT NULL,
    PRIMARY KEY (day, kind, host)
);
CREATE INDEX ledger_sha256 ON ledger (sha256);
CREATE TABLE translog (
    day       TEXT COLLATE "C" NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL,
    host      TEXT COLLATE "C" NOT NULL,
    domain    TEXT COLLATE "C" NOT NULL,
    kilobytes BIGINT NOT NULL,
    hits_all  BIGINT NOT NULL,
    hits_html BIGINT NOT NULL,
    file      TEXT COLLATE "C" NOT NULL
);
CREATE INDEX translog_domain ON translog USING hash (domain);
CREATE INDEX translog_file ON translog (day, kind, host);
CREATE TABLE file (
    id   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day  TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    host TEXT COLLATE "C" NOT NULL,
    UNIQUE (day, kind, host)
);
CREATE TABLE series (
    id     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    host   TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    metric TEXT COLLATE "C" NOT NULL,
    label  TEXT COLLATE "C" NOT NULL
);
CREATE TABLE metric (
    file   BIGINT NOT NULL,
    series BIGINT NOT NULL,
    day    TEXT COLLATE "C" NOT NULL,
    domain TEXT COLLATE "C" NOT NULL,
    "user" TEXT COLLATE "C" NOT NULL,
    hour   TEXT COLLATE "C" NOT NULL,
    value  BIGINT NOT NULL
);
CREATE INDEX metric_file ON metric USING brin (file) WITH (autosummarize = on);
CREATE INDEX metric_of_nobody ON metric (series, day)
    WHERE domain = '' AND "user" = '' AND hour = '';
"#;

/// The series of a file on their way to their table.
const INCOMING: &str = r#"
CREATE TEMP TABLE incoming (
    number BIGINT PRIMARY KEY,
    host   TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    metric TEXT COLLATE "C" NOT NULL,
    label  TEXT COLLATE "C" NOT NULL
);
"#;

/// Whoever makes the tables holds this lock, whose number is `mltr` in ASCII.
const LOCK_SCHEMA: &str =
    "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_catalog.pg_advisory_xact_lock(1835824242)";
/// Which tables of our names there are; the first is there if they are ours.
const TABLES: &str = "
    SELECT relname::text FROM pg_catalog.pg_class WHERE pg_catalog.pg_table_is_visible(oid)
        AND relname IN ('traffic_load', 'ledger', 'translog', 'file', 'series', 'metric',
            'metric_row', 'metric_day')";
const ENCODING: &str = "SELECT pg_catalog.current_setting('server_encoding')";

/// A connection to a database with our schema.
pub struct Postgres {
    client: Client,
    /// What the server has parsed, by its text.
    statements: HashMap<String, Statement>,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").finish_non_exhaustive()
    }
}

/// Whose a database is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// None of our tables is there.
    Empty,
    Ours,
    Foreign,
}

impl Postgres {
    /// Connects to the server, which messages call `name`; makes the tables if there are none and
    /// `create` is set.
    pub fn open(server: &Server, name: &str, create: bool) -> Result<Self, Stop> {
        let config = server.config()?;
        let client = config.connect(NoTls).map_err(|error| Failure::Postgres(error).stop(name))?;
        let mut postgres = Postgres { client, statements: HashMap::new() };
        let failed = |failure: Failure| failure.stop(name);
        if !postgres.is_utf8().map_err(failed)? {
            return Err(Stop::usage(name, "the encoding of the database is not UTF8"));
        }
        match postgres.prepare(create).map_err(failed)? {
            State::Ours => Ok(postgres),
            State::Empty | State::Foreign => {
                Err(Stop::usage(name, "not a database of this version of traffic-load"))
            }
        }
    }

    /// Can the database hold any text?
    fn is_utf8(&mut self) -> Result<bool, Failure> {
        let mut is_utf8 = false;
        self.query(ENCODING, &[], |row| {
            is_utf8 = row.text(0)? == "UTF8";
            Ok(())
        })?;
        Ok(is_utf8)
    }

    /// Makes the schema if the database is empty.
    fn prepare(&mut self, create: bool) -> Result<State, Failure> {
        let patience = PATIENCE.as_millis();
        self.run(&format!("SET lock_timeout = {patience}; SET synchronous_commit = on"))?;
        let mut state = self.state()?;
        if !create || state == State::Foreign {
            return Ok(state);
        }
        if state == State::Empty {
            self.run(LOCK_SCHEMA)?;
            // another loader may have been faster
            state = self.state()?;
            if state == State::Empty {
                self.run(SCHEMA)?;
                self.run(VIEWS)?;
                self.execute("INSERT INTO traffic_load VALUES ($1)", &[VERSION.into()])?;
                state = State::Ours;
            }
            self.run("COMMIT")?;
        }
        self.run(INCOMING)?;
        Ok(state)
    }

    fn state(&mut self) -> Result<State, Failure> {
        let mut tables = Vec::new();
        self.query(TABLES, &[], |row| {
            tables.push(row.text(0)?.to_owned());
            Ok(())
        })?;
        if tables.is_empty() {
            return Ok(State::Empty);
        }
        if !tables.iter().any(|table| table == "traffic_load") {
            return Ok(State::Foreign);
        }
        let mut version = None;
        self.query("SELECT version FROM traffic_load", &[], |row| {
            version = Some(row.number(0)?);
            Ok(())
        })?;
        Ok(if version == Some(VERSION) { State::Ours } else { State::Foreign })
    }

    /// Runs statements without values.
    pub fn run(&mut self, statements: &str) -> Result<(), Failure> {
        Ok(self.client.batch_execute(statements)?)
    }

    /// Begins a transaction that changes something; others wait for its end.
    pub fn begin_change(&mut self) -> Result<(), Failure> {
        self.run(
            "BEGIN ISOLATION LEVEL READ COMMITTED; LOCK TABLE ledger IN SHARE ROW EXCLUSIVE MODE",
        )
    }

    /// Begins a transaction that sees one state of the database.
    pub fn begin_view(&mut self) -> Result<(), Failure> {
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    /// Runs a statement that gives nothing.
    pub fn execute(&mut self, statement: &str, values: &[Value]) -> Result<(), Failure> {
        self.query(statement, values, |_| Ok(()))
    }

    /// Runs a statement, and hands each row that it gives to `each`.
    pub fn query(
        &mut self,
        statement: &str,
        values: &[Value],
        mut each: impl FnMut(&Record) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if !self.statements.contains_key(statement) {
            let parsed = self.client.prepare(statement)?;
            self.statements.insert(statement.to_owned(), parsed);
        }
        let parsed = &self.statements[statement];
        let values = values.iter().map(|value| match value {
            Value::Text(text) => text as &(dyn ToSql + Sync),
            Value::Number(number) => number,
        });
        let mut rows = self.client.query_raw(parsed, values)?;
        while let Some(row) = rows.next()? {
            each(&Record::Postgres(&row))?;
        }
        Ok(())
    }

    /// Inserts rows in a table.
    pub fn fill<'a, const N: usize>(
        &mut self,
        table: &str,
        rows: impl Iterator<Item = [Value<'a>; N]>,
    ) -> Result<(), Failure> {
        let mut copy = self.client.copy_in(&format!("COPY {table} FROM STDIN"))?;
        let mut buffer = Vec::with_capacity(2 * SEND_BYTES);
        for row in rows {
            for (at, value) in row.into_iter().enumerate() {
                if at > 0 {
                    buffer.push(b'\t');
                }
                match value {
                    Value::Text(text) => escape(text, &mut buffer),
                    Value::Number(number) => write!(buffer, "{number}")?,
                }
            }
            buffer.push(b'\n');
            if buffer.len() >= SEND_BYTES {
                copy.write_all(&buffer)?;
                buffer.clear();
            }
        }
        copy.write_all(&buffer)?;
        copy.finish()?;
        Ok(())
    }
}

/// Appends text as COPY takes it.
fn escape(text: &str, buffer: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'\\' => buffer.extend_from_slice(b"\\\\"),
            b'\t' => buffer.extend_from_slice(b"\\t"),
            b'\n' => buffer.extend_from_slice(b"\\n"),
            b'\r' => buffer.extend_from_slice(b"\\r"),
            _ => buffer.push(byte),
        }
    }
}
