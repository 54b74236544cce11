//! A lock that keeps other copies of the program away.
//!
//! It is on a file of its own, which only its owner and root can open: a file that others may read
//! they may lock, too, for ever.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Permissions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::{FileType, Mode, OFlags, fstat};

use super::folder::{Folder, has_no_links, hidden, is, same, temporary};
use super::owner::Owner;
use crate::bytes::regular::NOT_REGULAR;
use crate::filter::stop::{name_of, reason};

/// How long a tool waits for another copy of itself.
pub const WAIT: Duration = Duration::from_secs(10);
/// How long it sleeps between two tries.
const PAUSE: Duration = Duration::from_millis(20);
/// How often the file may be made or removed under our eyes before we sleep.
const AT_ONCE: u32 = 100;
const ONLY_OWNER: u32 = 0o600;

/// The lock of a name in a folder, until it is dropped: a file `.NAME.lock`.
#[derive(Debug)]
pub struct Lock {
    folder: Folder,
    name: OsString,
    file: File,
}

impl Lock {
    /// Locks a name, for which another copy may take until `wait` is over.
    pub fn take(folder: &Folder, name: &OsStr, wait: Duration) -> io::Result<Self> {
        let (begun, lock) = (Instant::now(), hidden(name, ".lock"));
        let mut at_once = AT_ONCE;
        loop {
            let Some(file) = open_or_make(folder, name, &lock)? else {
                tried(&mut at_once, begun, wait)?;
                continue;
            };
            match file.try_lock() {
                // a copy that we waited for has removed it, and another has made a new one
                Ok(()) if is_there(folder, &lock, &file)? => {
                    return Ok(Lock { folder: folder.clone(), name: lock, file });
                }
                Ok(()) => tried(&mut at_once, begun, wait)?,
                Err(TryLockError::WouldBlock) => tried(&mut 0, begun, wait)?,
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }
}

/// Sleeps before the next try, unless that may be made at once; an error if the time is over.
fn tried(at_once: &mut u32, begun: Instant, wait: Duration) -> io::Result<()> {
    if *at_once > 0 {
        *at_once -= 1;
        return Ok(());
    }
    if begun.elapsed() < wait {
        sleep(PAUSE);
        return Ok(());
    }
    Err(io::Error::other(match wait.as_secs() {
        0 => "another copy is at work".to_owned(),
        1 => "another copy is at work; waited 1 second".to_owned(),
        seconds => format!("another copy is at work; waited {seconds} seconds"),
    }))
}

impl Drop for Lock {
    fn drop(&mut self) {
        // if it stays, the next run locks this one
        if is_there(&self.folder, &self.name, &self.file).is_ok_and(|is| is) {
            let _ = self.folder.remove(&self.name);
        }
    }
}

/// Does the name still stand for this file?
fn is_there(folder: &Folder, name: &OsStr, file: &File) -> io::Result<bool> {
    let there = folder.stat_of(name)?;
    Ok(there.is_some_and(|there| fstat(file).is_ok_and(|ours| same(&there, &ours))))
}

/// What is said of a file that has the name of the lock, and cannot be locked.
fn in_the_way(lock: &OsStr, why: &str) -> io::Error {
    io::Error::other(format!("{}: {why}", name_of(lock)))
}

/// Opens the file that is locked. It is made complete before it gets its name, so that root, if
/// killed, leaves none that the owner of `name` cannot open. `None` if it was made or removed
/// meanwhile.
fn open_or_make(folder: &Folder, name: &OsStr, lock: &OsStr) -> io::Result<Option<File>> {
    match folder.open_with(lock, OFlags::RDWR, Mode::empty()) {
        Ok(file) if is(&fstat(&file)?, FileType::RegularFile) => return Ok(Some(file)),
        Ok(_) => return Err(in_the_way(lock, NOT_REGULAR)),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(in_the_way(lock, &reason(&error))),
    }
    let (made, file) = folder.temporary(&temporary(name), ONLY_OWNER)?;
    file.set_permissions(Permissions::from_mode(ONLY_OWNER))?;
    if let Some(owner) = Owner::of_new(folder, folder.stat_of(name)?.as_ref())? {
        // root of another system may not; a lock that is not left over needs no owner
        owner.take(&file, None)?;
    }
    match made.link(lock) {
        // where there are no links there are no owners either
        Err(error) if has_no_links(&error) => {
            drop(folder.make_file(lock, ONLY_OWNER));
        }
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {}
        linked => linked?,
    }
    Ok(None)
}
