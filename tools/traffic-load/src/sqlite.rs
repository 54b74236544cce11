//! How a database of `SQLite` is opened, and how statements are run on it.

use std::array;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::filter::{Stop, files};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{
    Connection, ErrorCode, OpenFlags, Statement, Transaction, TransactionBehavior, params_from_iter,
};

use crate::database::{PATIENCE, VIEWS};
use crate::engine::{Failure, Record, Value};
use crate::unlocked::{Unlocked, log_of, may_write};

const PAUSE: Duration = Duration::from_millis(20);
/// Marks the database as one of ours, next to the version: `mltr` in ASCII.
const APPLICATION: i32 = 0x6D6C_7472;
/// The version that had no metrics.
const OLD_VERSION: i32 = 1;
const VERSION: i32 = 2;
/// How many rows one statement inserts: this halves the time of one by one.
const ROWS_AT_ONCE: usize = 32;
/// What is not on disk yet is kept in memory up to this size: a file of half a million rows.
const CACHE: &str = "PRAGMA cache_size = -65536";

const TRAFFIC: &str = "
CREATE TABLE ledger (
    name      TEXT    NOT NULL,
    sha256    TEXT    NOT NULL,
    day       TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    host      TEXT    NOT NULL,
    lines     INTEGER NOT NULL,
    kilobytes INTEGER NOT NULL,
    loaded_at INTEGER NOT NULL,
    PRIMARY KEY (day, kind, host)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_sha256 ON ledger (sha256);
CREATE TABLE translog (
    day       TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    host      TEXT    NOT NULL,
    domain    TEXT    NOT NULL,
    kilobytes INTEGER NOT NULL,
    hits_all  INTEGER NOT NULL,
    hits_html INTEGER NOT NULL,
    file      TEXT    NOT NULL
) STRICT;
CREATE INDEX translog_domain_day ON translog (domain, day);
CREATE INDEX translog_file ON translog (day, kind, host);
";

const METRICS: &str = r#"
CREATE TABLE file (
    id   INTEGER PRIMARY KEY,
    day  TEXT    NOT NULL,
    kind TEXT    NOT NULL,
    host TEXT    NOT NULL,
    UNIQUE (day, kind, host)
) STRICT;
CREATE TABLE series (
    id     INTEGER PRIMARY KEY,
    host   TEXT    NOT NULL,
    source TEXT    NOT NULL,
    metric TEXT    NOT NULL,
    label  TEXT    NOT NULL,
    UNIQUE (host, source, metric, label)
) STRICT;
CREATE TABLE metric (
    file   INTEGER NOT NULL,
    series INTEGER NOT NULL,
    day    TEXT    NOT NULL,
    domain TEXT    NOT NULL,
    "user" TEXT    NOT NULL,
    hour   TEXT    NOT NULL,
    value  INTEGER NOT NULL,
    PRIMARY KEY (file, series, day, domain, "user", hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX metric_of_nobody ON metric (series, day)
    WHERE domain = '' AND "user" = '' AND hour = '';
"#;

/// The series of a file on their way to their table.
const INCOMING: &str = "
CREATE TEMP TABLE incoming (
    number INTEGER PRIMARY KEY,
    host   TEXT NOT NULL,
    source TEXT NOT NULL,
    metric TEXT NOT NULL,
    label  TEXT NOT NULL
) STRICT;
";

/// An open database with our schema.
#[derive(Debug)]
pub struct Sqlite {
    connection: Connection,
    /// It is read without locks.
    unlocked: Option<Unlocked>,
}

impl Sqlite {
    /// Opens the database in a file, which messages call `name`; makes it if there is none and
    /// `create` is set.
    pub fn open(path: &Path, name: &str, create: bool) -> Result<Self, Stop> {
        // A name such as `:memory:` or `file:x` is a file's name all the same.
        let path = Path::new(".").join(path);
        files::prepare(&path, create).map_err(Stop::io(name))?;
        if !create && path.exists() && !may_write(&path) {
            return Self::open_to_read(&path, name);
        }
        let start = Instant::now();
        let mut prepared = prepare(&path, create);
        // Loaders that make the database at the same time can be in each other's way such that no
        // waiting helps: SQLite then tells one of them at once to begin anew.
        while is_busy(&prepared) && start.elapsed() < PATIENCE {
            sleep(PAUSE);
            prepared = prepare(&path, create);
        }
        match prepared {
            Ok((connection, State::Ours)) => {
                sync_log(&path).map_err(Stop::io(name))?;
                Ok(Sqlite { connection, unlocked: None })
            }
            Ok((_, State::Empty | State::Old | State::Foreign)) => Err(not_ours(name)),
            Err(error) => Err(Failure::Sqlite(error).stop(name)),
        }
    }

    /// Opens a database that we may not write.
    fn open_to_read(path: &Path, name: &str) -> Result<Self, Stop> {
        let look = || {
            let (mut connection, unlocked) = Unlocked::open(path)?;
            connection.busy_timeout(PATIENCE)?;
            let state = State::of(&connection.transaction()?)?;
            Ok((connection, unlocked, state))
        };
        let (connection, unlocked, state) =
            look().map_err(|failure: Failure| failure.stop(name))?;
        if state != State::Ours {
            return Err(not_ours(name));
        }
        sync_log(path).map_err(Stop::io(name))?;
        Ok(Sqlite { connection, unlocked })
    }

    /// An error if what was read may have been changed meanwhile.
    pub fn check(&self) -> Result<(), Failure> {
        self.unlocked.as_ref().map_or(Ok(()), Unlocked::check)
    }

    /// Begins a transaction that changes something; others wait for its end.
    pub fn begin_change(&self) -> Result<(), Failure> {
        self.run("BEGIN IMMEDIATE")
    }

    /// Begins a transaction that sees one state of the database.
    pub fn begin_view(&self) -> Result<(), Failure> {
        self.run("BEGIN")
    }

    /// Runs statements without values.
    pub fn run(&self, statements: &str) -> Result<(), Failure> {
        Ok(self.connection.execute_batch(statements)?)
    }

    /// Runs a statement that gives nothing.
    pub fn execute(&self, statement: &str, values: &[Value]) -> Result<(), Failure> {
        self.connection.prepare_cached(statement)?.execute(params_from_iter(values))?;
        Ok(())
    }

    /// Runs a statement, and hands each row that it gives to `each`.
    pub fn query(
        &self,
        statement: &str,
        values: &[Value],
        mut each: impl FnMut(&Record) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut statement = self.connection.prepare_cached(statement)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            each(&Record::Sqlite(row))?;
        }
        Ok(())
    }

    /// Inserts rows in a table.
    pub fn fill<'a, const N: usize>(
        &self,
        table: &str,
        rows: impl Iterator<Item = [Value<'a>; N]>,
    ) -> Result<(), Failure> {
        let mut whole: HashMap<[bool; N], Statement> = HashMap::new();
        let mut rows = rows.fuse();
        loop {
            let batch: Vec<_> = rows.by_ref().take(ROWS_AT_ONCE).collect();
            let Some((first, others)) = batch.split_first() else { return Ok(()) };
            let repeats: [bool; N] =
                array::from_fn(|column| others.iter().all(|row| row[column] == first[column]));
            let others = others.iter().flat_map(|row| {
                let values = row.iter().zip(repeats);
                values.filter_map(|(value, repeats)| (!repeats).then_some(*value))
            });
            let values = params_from_iter(first.iter().copied().chain(others));
            let prepare = || self.connection.prepare(&insert(table, batch.len(), repeats));
            if batch.len() < ROWS_AT_ONCE {
                prepare()?.execute(values)?;
            } else {
                match whole.entry(repeats) {
                    Entry::Occupied(statement) => statement.into_mut().execute(values)?,
                    Entry::Vacant(place) => place.insert(prepare()?).execute(values)?,
                };
            }
        }
    }
}

/// The statement that inserts `rows` rows. Values are bound for all columns of the first, and then
/// for those columns that do not repeat it: binding takes as long as inserting.
fn insert<const N: usize>(table: &str, rows: usize, repeats: [bool; N]) -> String {
    let mut bound = N;
    let mut all_values = Vec::new();
    for row in 0..rows {
        let values: [String; N] = array::from_fn(|column| {
            if row == 0 || repeats[column] {
                return format!("?{}", column + 1);
            }
            bound += 1;
            format!("?{bound}")
        });
        all_values.push(format!("({})", values.join(", ")));
    }
    format!("INSERT INTO {table} VALUES {}", all_values.join(", "))
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Number(number) => ValueRef::Integer(*number),
        }))
    }
}

/// Opens a database; makes its schema if it is empty, and adds to it what an old one lacks.
fn prepare(path: &Path, create: bool) -> rusqlite::Result<(Connection, State)> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, create);
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    // Looked at first, so that the file of another program is not even touched.
    let mut state = State::of(&connection.transaction()?)?;
    if state == State::Foreign {
        return Ok((connection, state));
    }
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.execute_batch(CACHE)?;
    connection.execute_batch(INCOMING)?;
    if state != State::Ours {
        let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another loader may have been faster.
        complete(&change, State::of(&change)?)?;
        state = State::of(&change)?;
        change.commit()?;
    }
    Ok((connection, state))
}

/// Whose a database is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Empty,
    Ours,
    /// Ours, without what came later.
    Old,
    Foreign,
}

impl State {
    /// In a transaction, since another loader may be making the schema.
    fn of(view: &Transaction) -> rusqlite::Result<Self> {
        let number = |query| view.query_row(query, [], |row| row.get::<_, i32>(0));
        let application = number("PRAGMA application_id")?;
        let version = number("PRAGMA user_version")?;
        let tables = number("SELECT count(*) FROM sqlite_schema")?;
        Ok(match (application, version, tables) {
            (0, 0, 0) => State::Empty,
            (APPLICATION, VERSION, _) => State::Ours,
            (APPLICATION, OLD_VERSION, _) => State::Old,
            _ => State::Foreign,
        })
    }
}

/// Makes the tables that a database in this state lacks.
fn complete(change: &Transaction, state: State) -> rusqlite::Result<()> {
    let missing: &[&str] = match state {
        State::Empty => &[TRAFFIC, METRICS, VIEWS],
        State::Old => &[METRICS, VIEWS],
        State::Ours | State::Foreign => return Ok(()),
    };
    for tables in missing {
        change.execute_batch(tables)?;
    }
    change.pragma_update(None, "application_id", APPLICATION)?;
    change.pragma_update(None, "user_version", VERSION)
}

/// Puts on disk what a loader left that was killed in the middle of a commit: it can be read, so
/// its file counts as loaded, but it is not safe yet.
fn sync_log(path: &Path) -> io::Result<()> {
    match files::open_regular(&log_of(path)?) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        log => log?.sync_all(),
    }
}

fn not_ours(name: &str) -> Stop {
    Stop::usage(name, "not a database of this version of traffic-load")
}

fn is_busy<T>(result: &rusqlite::Result<T>) -> bool {
    let code = result.as_ref().err().and_then(rusqlite::Error::sqlite_error_code);
    code == Some(ErrorCode::DatabaseBusy)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of which each column repeats the one before, or not, in every combination.
    #[test]
    fn rows_are_inserted_whatever_they_repeat() {
        let connection = Connection::open_in_memory().unwrap();
        let sqlite = Sqlite { connection, unlocked: None };
        sqlite.run("CREATE TABLE filled (one TEXT, number INTEGER, two TEXT)").unwrap();
        for (pattern, count) in
            (0..8).flat_map(|pattern| [1, 2, 31, 32, 33, 100].map(|n| (pattern, n)))
        {
            let texts: Vec<String> = (0..count).map(|row| format!("text {row}")).collect();
            let at = |row: usize, column: usize| if pattern >> column & 1 == 0 { 0 } else { row };
            let rows = (0..count).map(|row| {
                let number = i64::try_from(at(row, 1)).unwrap();
                [
                    texts[at(row, 0)].as_str().into(),
                    number.into(),
                    texts[at(row, 2)].as_str().into(),
                ]
            });
            let rows: Vec<[Value; 3]> = rows.collect();
            sqlite.run("DELETE FROM filled").unwrap();
            sqlite.fill("filled", rows.iter().copied()).unwrap();
            let mut expected = rows.iter();
            let each = |row: &Record| {
                let found = [row.text(0)?.into(), row.number(1)?.into(), row.text(2)?.into()];
                assert_eq!(Some(&found), expected.next(), "{pattern} {count}");
                Ok(())
            };
            sqlite.query("SELECT * FROM filled ORDER BY rowid", &[], each).unwrap();
            assert_eq!(expected.next(), None, "{pattern} {count}");
        }
    }
}
