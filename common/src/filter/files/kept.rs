//! A file that is replaced as a whole: a state, what is pending, a cache, a day's sums.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FileType, fstat};

use super::LONGEST_STATE_BYTES;
use super::folder::{Folder, is, same, temporary};
use super::lock::Lock;
use super::owner::new_like;
use super::place::place;
use crate::bytes::regular::{NOT_REGULAR, read_at_most};
use crate::filter::out::Out;
use crate::filter::stop::{Stop, name_of};

/// A file that is replaced, locked until this is dropped.
///
/// Afterwards it is the old one or the new one as a whole, on disk, whenever the program is killed;
/// and it is the old one whenever there was an error.
#[derive(Debug)]
pub struct Kept {
    /// As it was named.
    path: PathBuf,
    folder: Folder,
    name: OsString,
    _lock: Lock,
}

impl Kept {
    /// Locks a file, which need not be there; another copy may take until `wait` is over. A link
    /// that belongs to us or to root stays, and the file is replaced that it leads to.
    pub fn open(path: &Path, wait: Duration) -> Result<Self, Stop> {
        let (folder, name) = place(path).map_err(Stop::io(path))?;
        Self::lock(path, folder, name, wait, &[FileType::RegularFile])
    }

    /// Does the same for a file whose name others know beforehand, in the folder of its path: a link
    /// of this name is what is replaced.
    pub fn open_in(folder: &Folder, path: &Path, wait: Duration) -> Result<Self, Stop> {
        let Some(name) = path.file_name() else {
            return Err(Stop::usage(name_of(path.as_os_str()), NOT_REGULAR));
        };
        let kinds = [FileType::RegularFile, FileType::Symlink];
        Self::lock(path, folder.clone(), name.to_owned(), wait, &kinds)
    }

    fn lock(
        path: &Path,
        folder: Folder,
        name: OsString,
        wait: Duration,
        kinds: &[FileType],
    ) -> Result<Self, Stop> {
        let there = folder.stat_of(&name).map_err(Stop::io(path))?;
        if there.is_some_and(|there| !kinds.iter().any(|kind| is(&there, *kind))) {
            return Err(Stop::Io(name_of(path.as_os_str()), io::Error::other(NOT_REGULAR)));
        }
        // replacing it would throw away what is written there
        let outputs = [fstat(io::stdout()), fstat(io::stderr())];
        if there.is_some_and(|there| outputs.iter().flatten().any(|output| same(&there, output))) {
            return Err(Stop::usage(name_of(path.as_os_str()), "is standard output or error"));
        }
        let lock = Lock::take(&folder, &name, wait).map_err(Stop::io(path))?;
        Ok(Kept { path: path.to_owned(), folder, name, _lock: lock })
    }

    /// How messages call it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds; nothing if it is not there.
    pub fn content(&self) -> Result<Vec<u8>, Stop> {
        content(&self.folder, &self.name).map_err(Stop::io(&self.path))
    }

    /// What such a file holds, without a lock; nothing if it is not there.
    pub fn look(path: &Path) -> Result<Vec<u8>, Stop> {
        let look = || place(path).and_then(|(folder, name)| content(&folder, &name));
        look().map_err(Stop::io(path))
    }

    /// Replaces it after the output has gone out, so that both count or none. If something failed
    /// so far it is left, and a message says so.
    pub fn keep(&self, content: &[u8], out: &mut Out) -> Result<(), Stop> {
        out.flush()?;
        if out.failed() {
            out.note(name_of(self.path.as_os_str()), "left as it was");
            return Ok(());
        }
        self.replace(content, out)
    }

    /// Replaces it, whatever has failed before. Mode, owner and group stay. Left-over temporary
    /// files of killed runs are removed first.
    pub fn replace(&self, content: &[u8], out: &mut Out) -> Result<(), Stop> {
        self.put(content, out).map_err(Stop::io(&self.path))?;
        self.folder.sync_or_say(&self.path, "replaced", out);
        Ok(())
    }

    fn put(&self, content: &[u8], out: &mut Out) -> io::Result<()> {
        let prefix = temporary(&self.name);
        self.folder.sweep(&prefix);
        let there = self.folder.stat_of(&self.name)?;
        let there = there.filter(|there| is(there, FileType::RegularFile));
        let (new, mut file, failed) = new_like(&self.folder, &prefix, there.as_ref())?;
        if let Some(failed) = failed {
            out.note(name_of(self.path.as_os_str()), failed);
        }
        file.write_all(content)?;
        file.sync_all()?;
        new.replace(&self.name)
    }
}

fn content(folder: &Folder, name: &OsString) -> io::Result<Vec<u8>> {
    match folder.find_file(name)? {
        Some(file) => read_at_most(file, LONGEST_STATE_BYTES),
        None => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::super::WAIT;
    use super::*;

    fn replace(path: &Path, content: &[u8]) -> Result<(), Stop> {
        Kept::open(path, Duration::ZERO)?.replace(content, &mut Out::stdout("test"))
    }

    #[test]
    fn the_content_is_replaced_and_left_overs_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let names = || fs::read_dir(&folder).unwrap().count();
        fs::write(folder.path().join(".state.tmp.dead"), "half").unwrap();
        fs::write(folder.path().join(".state.lock"), "").unwrap();
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!((fs::read(&path).unwrap().as_slice(), names()), (b"two".as_slice(), 1));
        let there = Folder::open(folder.path()).unwrap();
        fs::write(folder.path().join(".other.tmp.dead"), "half").unwrap();
        there.sweep(OsStr::new(".state.tmp."));
        assert_eq!(names(), 2);
        there.sweep(OsStr::new(".other.tmp."));
        assert_eq!(names(), 1);
        fs::create_dir(folder.path().join(".state.tmp.mine")).unwrap();
        replace(&path, b"three").unwrap();
        assert_eq!((Kept::look(&path).unwrap().as_slice(), names()), (b"three".as_slice(), 2));
    }

    #[test]
    fn our_links_and_modes_stay_and_devices_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("state"), folder.path().join("link"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        symlink("state", &link).unwrap();
        replace(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let there = Folder::open(folder.path()).unwrap();
        let itself = Kept::open_in(&there, &link, Duration::ZERO).unwrap();
        itself.replace(b"newer", &mut Out::stdout("test")).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
        assert_eq!(fs::read(&path).unwrap(), b"new");
        symlink("loop", folder.path().join("loop")).unwrap();
        for bad in [Path::new("/dev/null"), Path::new(".."), &folder.path().join("loop")] {
            assert!(replace(bad, b"").is_err(), "{bad:?}");
        }
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn who_waited_gets_the_new_one_and_waiting_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let first = Kept::open(&path, WAIT).unwrap();
        let refused = replace(&path, b"lost").unwrap_err();
        assert!(matches!(refused, Stop::Io(_, error) if error.to_string().contains("another")));
        let waiting = std::thread::spawn({
            let path = path.clone();
            move || Kept::open(&path, WAIT).unwrap().content().unwrap()
        });
        first.replace(b"new", &mut Out::stdout("test")).unwrap();
        drop(first);
        assert_eq!(waiting.join().unwrap(), b"new");
    }

    #[test]
    fn errors_name_the_file() {
        let failed = replace(Path::new("/nonexistent/state"), b"");
        assert!(matches!(failed, Err(Stop::Io(name, _)) if name == "/nonexistent/state"));
    }
}
