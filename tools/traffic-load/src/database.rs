//! The database: its schema, its ledger of files, and how a file gets in exactly once.

use std::fs;
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::filter::{Stop, name_of};
use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params,
};

use crate::content::{Content, Entry};

/// How long a loader waits for another one.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);
/// Marks the database as one of ours, next to the version: `mltr` in ASCII.
const APPLICATION: i32 = 0x6D6C_7472;
const VERSION: i32 = 1;

const SCHEMA: &str = "
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

/// Whose traffic a file holds.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its name without folders.
    pub name: &'a str,
    /// The day in its name, `YYYY-MM-DD`.
    pub day: &'a str,
    /// The word for the kind in its name.
    pub kind: &'static str,
    /// The server it is from.
    pub host: &'a str,
}

/// What became of a file.
#[derive(Debug)]
pub enum Outcome {
    /// It is in the database since now.
    Loaded,
    /// It was there before.
    Already,
    /// Something else is there; says what.
    Conflict(String),
}

/// An open database with our schema.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    name: String,
}

impl Database {
    /// Opens the database; makes it if there is none.
    pub fn open(path: &Path) -> Result<Self, Stop> {
        let name = name_of(path.as_os_str());
        // A name such as `:memory:` or `file:x` is a file's name all the same.
        let path = Path::new(".").join(path);
        let start = Instant::now();
        let mut prepared = prepare(&path);
        // Loaders that make the database at the same time can be in each other's way such that no
        // waiting helps: SQLite then tells one of them at once to begin anew.
        while is_busy(&prepared) && start.elapsed() < PATIENCE {
            sleep(PAUSE);
            prepared = prepare(&path);
        }
        match prepared {
            Ok((connection, State::Ours)) => {
                sync_log(&path).map_err(Stop::io(&name))?;
                Ok(Database { connection, name })
            }
            Ok(_) => Err(Stop::usage(name, "not a database of this version of traffic-load")),
            Err(error) => Err(failed(&name, error)),
        }
    }

    /// Loads a file in one transaction, which is on disk when this returns.
    ///
    /// `replace` allows to load it in place of what is there for its day, kind and host, and
    /// `same_content` to load what is there already for another.
    pub fn load(
        &mut self,
        file: &File,
        content: &Content,
        replace: bool,
        same_content: bool,
    ) -> Result<Outcome, Stop> {
        self.try_load(file, content, replace, same_content)
            .map_err(|error| failed(&self.name, error))
    }

    fn try_load(
        &mut self,
        file: &File,
        content: &Content,
        replace: bool,
        same_content: bool,
    ) -> rusqlite::Result<Outcome> {
        let behavior = TransactionBehavior::Immediate;
        let change = self.connection.transaction_with_behavior(behavior)?;
        match in_place(&change, file)? {
            Some(held) if held.sha256 == content.sha256 => return Ok(Outcome::Already),
            Some(held) if !replace => {
                return Ok(Outcome::Conflict(format!(
                    "other content is loaded for this day, kind and host, from {}",
                    held.name
                )));
            }
            _ => {}
        }
        // Days without traffic are all alike, and loading one twice adds nothing.
        if !same_content
            && content.kilobytes > 0
            && let Some(twin) = twin(&change, file, content)?
        {
            return Ok(Outcome::Conflict(twin));
        }
        remove(&change, file)?;
        insert(&change, file, content)?;
        change.commit()?;
        Ok(Outcome::Loaded)
    }
}

/// Opens a database and makes its schema if it is empty.
fn prepare(path: &Path) -> rusqlite::Result<(Connection, State)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    // Looked at first, so that the file of another program is not even touched.
    let mut state = State::of(&connection.transaction()?)?;
    if state == State::Foreign {
        return Ok((connection, state));
    }
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    if state == State::Empty {
        let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another loader may have been faster.
        if State::of(&change)? == State::Empty {
            create(&change)?;
        }
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
            _ => State::Foreign,
        })
    }
}

/// Puts on disk what a loader left that was killed in the middle of a commit: it can be read, so
/// its file counts as loaded, but it is not safe yet.
fn sync_log(path: &Path) -> io::Result<()> {
    // beside the file itself, not beside a symlink to it
    let mut log = fs::canonicalize(path)?.into_os_string();
    log.push("-wal");
    match fs::File::open(log) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        log => log?.sync_all(),
    }
}

fn is_busy<T>(result: &rusqlite::Result<T>) -> bool {
    let code = result.as_ref().err().and_then(rusqlite::Error::sqlite_error_code);
    code == Some(ErrorCode::DatabaseBusy)
}

fn create(change: &Transaction) -> rusqlite::Result<()> {
    change.execute_batch(SCHEMA)?;
    change.pragma_update(None, "application_id", APPLICATION)?;
    change.pragma_update(None, "user_version", VERSION)
}

/// What the ledger holds in a file's place.
struct Held {
    name: String,
    sha256: String,
}

fn in_place(change: &Transaction, file: &File) -> rusqlite::Result<Option<Held>> {
    change
        .prepare_cached("SELECT name, sha256 FROM ledger WHERE day = ? AND kind = ? AND host = ?")?
        .query_row(params![file.day, file.kind, file.host], |row| {
            Ok(Held { name: row.get(0)?, sha256: row.get(1)? })
        })
        .optional()
}

/// Says where else the same content is.
fn twin(change: &Transaction, file: &File, content: &Content) -> rusqlite::Result<Option<String>> {
    let query = "SELECT name, day, kind, host FROM ledger
        WHERE sha256 = ? AND (day, kind, host) <> (?, ?, ?) ORDER BY day, kind, host LIMIT 1";
    change
        .prepare_cached(query)?
        .query_row(params![content.sha256, file.day, file.kind, file.host], |row| {
            let [name, day, kind, host]: [String; 4] =
                [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
            let host = if host.is_empty() { host } else { format!(" of {host}") };
            Ok(format!("the same content is loaded as {kind}{host} on {day}, from {name}"))
        })
        .optional()
}

fn remove(change: &Transaction, file: &File) -> rusqlite::Result<()> {
    for table in ["translog", "ledger"] {
        let delete = format!("DELETE FROM {table} WHERE day = ? AND kind = ? AND host = ?");
        change.prepare_cached(&delete)?.execute(params![file.day, file.kind, file.host])?;
    }
    Ok(())
}

fn insert(change: &Transaction, file: &File, content: &Content) -> rusqlite::Result<()> {
    let File { name, day, kind, host } = file;
    let mut insert =
        change.prepare_cached("INSERT INTO translog VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?;
    for Entry { domain, kilobytes, hits_all, hits_html } in &content.entries {
        insert.execute(params![day, kind, host, domain, kilobytes, hits_all, hits_html, name])?;
    }
    let Content { sha256, kilobytes, .. } = content;
    let lines = content.entries.len().cast_signed();
    let now = common::time::Instant::now().seconds;
    change
        .prepare_cached("INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?
        .execute(params![name, sha256, day, kind, host, lines, kilobytes, now])?;
    Ok(())
}

fn failed(name: &str, error: rusqlite::Error) -> Stop {
    Stop::Io(name.to_owned(), io::Error::other(error))
}
