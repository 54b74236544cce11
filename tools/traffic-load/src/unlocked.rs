//! A database in a file that its reader may not write. `SQLite` locks such a file by writing beside it,
//! or reads it without locks, if it is told that nothing changes it: that is seen to here.

use std::fmt::Write;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use rustix::fs::{Access, access};

use crate::engine::Failure;

/// The file of what is not in the database's own file yet: beside that itself, not beside a symlink
/// to it.
pub fn log_of(path: &Path) -> io::Result<PathBuf> {
    beside(path, "-wal")
}

/// The file of what a change that has no end yet has replaced: others than traffic-load may have
/// set the database to that.
fn journal_of(path: &Path) -> io::Result<PathBuf> {
    beside(path, "-journal")
}

fn beside(path: &Path, ending: &str) -> io::Result<PathBuf> {
    let mut name = fs::canonicalize(path)?.into_os_string();
    name.push(ending);
    Ok(name.into())
}

/// May we write the file, and files beside it?
pub fn may_write(path: &Path) -> bool {
    let may_write = |path: &Path| access(path, Access::WRITE_OK).is_ok();
    let real = fs::canonicalize(path);
    real.is_ok_and(|real| may_write(&real) && real.parent().is_none_or(may_write))
}

/// A file that is read without locks.
#[derive(Debug)]
pub struct Unlocked {
    path: PathBuf,
    /// While one of these is there, the file alone is not the database.
    others: [PathBuf; 2],
    before: Stamp,
}

/// Which file it is, how long, and when it was changed.
type Stamp = [i64; 7];

impl Unlocked {
    /// Opens a database to read it: with locks if somebody has it open or left it so, and otherwise
    /// without.
    pub fn open(path: &Path) -> Result<(Connection, Option<Self>), Failure> {
        let (real, others) = (fs::canonicalize(path)?, [log_of(path)?, journal_of(path)?]);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let unlocked = Unlocked { before: stamp(&real)?, path: real, others };
        if unlocked.has_others()? {
            return Ok((Connection::open_with_flags(path, flags)?, None));
        }
        let flags = flags | OpenFlags::SQLITE_OPEN_URI;
        Ok((Connection::open_with_flags(unlocked.uri(), flags)?, Some(unlocked)))
    }

    /// Its address, with the word that it does not change.
    fn uri(&self) -> String {
        let mut uri = String::from("file://");
        for byte in self.path.as_os_str().as_bytes() {
            if byte.is_ascii_alphanumeric() || b"/-._".contains(byte) {
                uri.push((*byte).into());
            } else {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
        uri + "?immutable=1"
    }

    fn has_others(&self) -> io::Result<bool> {
        let [log, journal] = &self.others;
        Ok(log.try_exists()? || journal.try_exists()?)
    }

    /// An error if it may have changed since it was opened.
    pub fn check(&self) -> Result<(), Failure> {
        if stamp(&self.path)? == self.before && !self.has_others()? {
            return Ok(());
        }
        Err(Failure::Io(io::Error::other("was changed while it was read; try again")))
    }
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    let data = fs::metadata(path)?;
    let [device, inode, size] = [data.dev(), data.ino(), data.size()].map(u64::cast_signed);
    let times = [data.mtime(), data.mtime_nsec(), data.ctime(), data.ctime_nsec()];
    let [mtime, mtime_nsec, ctime, ctime_nsec] = times;
    Ok([device, inode, size, mtime, mtime_nsec, ctime, ctime_nsec])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is in its name, the file is found; and what changes it, or is about to, is seen.
    #[test]
    fn a_change_is_seen() {
        let folder = std::env::temp_dir().join(format!("unlocked ?%41#{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let path = folder.join("a?b%20c#d\u{e4}.db");
        let make = Connection::open(&path).unwrap();
        make.execute_batch("PRAGMA journal_mode = wal; CREATE TABLE made (number)").unwrap();
        drop(make);
        let open = || {
            let (connection, unlocked) = Unlocked::open(&path).unwrap();
            let count = connection.query_row("SELECT count(*) FROM made", [], |row| row.get(0));
            (count.unwrap(), unlocked)
        };
        let (count, unlocked): (i64, _) = open();
        let unlocked = unlocked.unwrap();
        assert_eq!(count, 0);
        assert!(unlocked.check().is_ok());
        let writer = Connection::open(&path).unwrap();
        writer.execute_batch("INSERT INTO made VALUES (1)").unwrap();
        assert!(unlocked.check().is_err());
        // with locks while the writer is there
        assert!(matches!(open(), (1, None)));
        drop(writer);
        assert!(unlocked.check().is_err());
        let (count, unlocked) = open();
        assert_eq!(count, 1);
        let unlocked = unlocked.unwrap();
        assert!(unlocked.check().is_ok());
        let writer = Connection::open(&path).unwrap();
        writer.execute_batch("PRAGMA journal_mode = delete; PRAGMA cache_size = 2").unwrap();
        writer.execute_batch("BEGIN IMMEDIATE; INSERT INTO made VALUES (2)").unwrap();
        assert!(unlocked.check().is_err());
        assert!(matches!(open(), (1, None)));
        drop(writer);
        fs::remove_dir_all(&folder).unwrap();
    }
}
