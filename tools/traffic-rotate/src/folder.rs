//! A folder held open: its files are reached through the handle, so nobody can put another folder
//! in its place, and never through a symlink.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{AtFlags, Dir, Mode, OFlags};
use rustix::io::Errno;

/// An open folder.
#[derive(Debug)]
pub struct Folder(File);

/// All that tells one state of a file from another. Every write shows in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct State {
    device: u64,
    inode: u64,
    /// In bytes.
    pub size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl State {
    /// The state of an open file.
    pub fn of(file: &File) -> io::Result<Self> {
        let data = file.metadata()?;
        Ok(State {
            device: data.dev(),
            inode: data.ino(),
            size: data.size(),
            modified: (data.mtime(), data.mtime_nsec()),
            changed: (data.ctime(), data.ctime_nsec()),
        })
    }
}

impl Folder {
    /// Opens a folder.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = if path == "" { Path::new(".") } else { path };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Folder(rustix::fs::open(path, flags, Mode::empty())?.into()))
    }

    /// Opens a folder, made if it is not there.
    pub fn open_or_make(path: &Path) -> io::Result<Self> {
        match fs::create_dir(path) {
            Ok(()) => Self::open(path.parent().unwrap_or(Path::new("/")))?.sync()?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        Self::open(path)
    }

    /// Keeps other copies out until this process ends; they are told at once.
    pub fn lock(&self) -> io::Result<()> {
        self.0.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::other("another program has locked this folder"),
            TryLockError::Error(error) => error,
        })
    }

    /// Opens a regular file in the folder; a symlink, a FIFO and the like are refused.
    pub fn open_file(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        match rustix::fs::openat(&self.0, name, flags | OFlags::CLOEXEC, Mode::empty()) {
            Ok(handle) => {
                let file = File::from(handle);
                let regular = file.metadata()?.is_file();
                if regular { Ok(file) } else { Err(io::Error::other("not a regular file")) }
            }
            Err(Errno::LOOP) => Err(io::Error::other("a symbolic link")),
            Err(error) => Err(error.into()),
        }
    }

    /// The same, or `None` if there is nothing of that name.
    pub fn find_file(&self, name: &OsStr) -> io::Result<Option<File>> {
        match self.open_file(name) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a file that only its owner can read, to be written and read.
    pub fn make_file(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.0, name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    /// Gives a file a second name. An error of the kind `AlreadyExists` if that name is taken.
    pub fn link(&self, name: &OsStr, second: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::linkat(&self.0, name, &self.0, second, AtFlags::empty())?)
    }

    /// Removes a file's name.
    pub fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// The names of all that is in the folder, sorted.
    pub fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            names.push(OsStr::from_bytes(entry?.file_name().to_bytes()).to_owned());
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Sees to it that the names are on disk.
    pub fn sync(&self) -> io::Result<()> {
        self.0.sync_all()
    }

    /// Is it the same folder, by whatever path it was opened?
    pub fn is(&self, other: &Folder) -> io::Result<bool> {
        let (one, other) = (State::of(&self.0)?, State::of(&other.0)?);
        Ok((one.device, one.inode) == (other.device, other.inode))
    }
}
