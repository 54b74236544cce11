//! A folder held open: its files are reached through the handle, so nobody can put another folder
//! in its place, and never through a link.

use std::cell::OnceCell;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, fstatfs};
use rustix::io::Errno;

use super::owner::Owner;
use crate::bytes::regular::{AT_ONCE, checked};
use crate::filter::out::Out;
use crate::filter::stop::{name_of, reason};

/// The type of the file system below `/proc`, whose links are no names.
const PROC_SUPER_MAGIC: i64 = 0x9fa0;

/// An open folder.
#[derive(Clone, Debug)]
pub struct Folder {
    handle: Rc<File>,
    /// The names that begin with a dot, sorted, as they were at the first sweep.
    hidden: Rc<OnceCell<Vec<OsString>>>,
}

impl Folder {
    /// Opens a folder; the empty path is the current one.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = if path == "" { Path::new(".") } else { path };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = Rc::new(rustix::fs::open(path, flags, Mode::empty())?.into());
        Ok(Folder { handle, hidden: Rc::default() })
    }

    /// Opens a folder, made if it is not there; one that root makes belongs to the owner of the
    /// folder in which it is.
    pub fn open_or_make(path: &Path) -> io::Result<Self> {
        match fs::create_dir(path) {
            Ok(()) => {
                let parent = Self::open(path.parent().unwrap_or(Path::new("/")))?;
                let made = Self::open(path)?;
                if let Some(owner) = Owner::of_new(&parent, None)? {
                    // root of another system may not
                    owner.take(&made.handle, None)?;
                }
                parent.sync()?;
                Ok(made)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::open(path),
            Err(error) => Err(error),
        }
    }

    /// Opens a regular file in the folder; a link, a FIFO and the like are refused.
    pub fn open_file(&self, name: &OsStr) -> io::Result<File> {
        self.open_with(name, OFlags::RDONLY, Mode::empty()).and_then(checked)
    }

    /// The same, or `None` if there is nothing of that name.
    pub fn find_file(&self, name: &OsStr) -> io::Result<Option<File>> {
        found(self.open_file(name))
    }

    /// Makes a file, to be written and read; an error of the kind `AlreadyExists` if the name is
    /// taken.
    pub fn make_file(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
        self.open_with(name, flags, Mode::from_raw_mode(mode))
    }

    /// Opens what has this name, without waiting and without following a link.
    pub(super) fn open_with(&self, name: &OsStr, flags: OFlags, mode: Mode) -> io::Result<File> {
        match rustix::fs::openat(&self.handle, name, flags | OFlags::NOFOLLOW | AT_ONCE, mode) {
            Ok(file) => Ok(file.into()),
            Err(Errno::LOOP) => Err(io::Error::other("a symbolic link")),
            Err(error) => Err(error.into()),
        }
    }

    /// What is known of a name, and not of what a link of this name leads to; `None` if there is
    /// nothing.
    pub fn stat_of(&self, name: &OsStr) -> io::Result<Option<Stat>> {
        found(rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW).map_err(Into::into))
    }

    /// What is known of the folder itself.
    pub fn stat(&self) -> io::Result<Stat> {
        Ok(rustix::fs::fstat(&self.handle)?)
    }

    /// Where a link leads, and whose it is; `None` if the name is not that of a link. Those below
    /// `/proc` are no names but open files, and count as none.
    pub(super) fn link_of(&self, name: &OsStr) -> io::Result<Option<(PathBuf, u32)>> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(&self.handle, name, flags, Mode::empty());
        let Some(link) = found(opened.map_err(Into::into))? else { return Ok(None) };
        let stat = rustix::fs::fstat(&link)?;
        if !is(&stat, FileType::Symlink) || self.is_of_processes()? {
            return Ok(None);
        }
        let target = rustix::fs::readlinkat(&link, "", Vec::new())?;
        Ok(Some((OsStr::from_bytes(target.to_bytes()).into(), stat.st_uid)))
    }

    /// Is it below `/proc`?
    pub(super) fn is_of_processes(&self) -> io::Result<bool> {
        Ok(fstatfs(&self.handle)?.f_type == PROC_SUPER_MAGIC)
    }

    /// Gives a file a second name; an error of the kind `AlreadyExists` if that is taken.
    pub fn link(&self, name: &OsStr, second: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::linkat(&self.handle, name, &self.handle, second, AtFlags::empty())?)
    }

    /// Removes a file's name.
    pub fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.handle, name, AtFlags::empty())?)
    }

    /// The names of all that is in the folder, sorted.
    pub fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.handle)? {
            names.push(OsStr::from_bytes(entry?.file_name().to_bytes()).to_owned());
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Makes a temporary file, whose name begins with `prefix`.
    pub fn temporary(&self, prefix: &OsStr, mode: u32) -> io::Result<(Temporary, File)> {
        let mut make = tempfile::Builder::new();
        let make = make.prefix(prefix).disable_cleanup(true);
        // only the name is taken from the path
        let name = |path: &Path| path.file_name().unwrap_or_default().to_owned();
        let new = make.make_in("/", |path| self.make_file(&name(path), mode))?;
        let (file, path) = new.into_parts();
        Ok((Temporary { folder: self.clone(), name: name(&path), is_done: false }, file))
    }

    /// Removes the temporary files that killed runs left before the first sweep: the folder is
    /// listed once, however many of its files are replaced. What cannot be removed, such as a folder
    /// of such a name, stays: it is in nobody's way.
    pub fn sweep(&self, prefix: &OsStr) {
        let hidden = self.hidden.get_or_init(|| {
            let mut names = self.names().unwrap_or_default();
            names.retain(|name| name.as_bytes().starts_with(b"."));
            names
        });
        let from = hidden.partition_point(|name| name.as_os_str() < prefix);
        let begins = |name: &&OsString| name.as_bytes().starts_with(prefix.as_bytes());
        for name in hidden.iter().skip(from).take_while(begins) {
            let _ = self.remove(name);
        }
    }

    /// Sees to it that the names are on disk, where the file system can do that.
    pub fn sync(&self) -> io::Result<()> {
        match self.handle.sync_all() {
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
            synced => synced,
        }
    }

    /// The same after something was done that cannot be undone: a failure is said, and is none of
    /// the run, whose output agrees with what is there.
    pub fn sync_or_say(&self, path: &Path, done: &str, out: &mut Out) {
        if let Err(error) = self.sync() {
            let reason = reason(&error);
            let what = format!(
                "{done}, but its directory could not be synced ({reason}); a power failure may undo it"
            );
            out.note(name_of(path.as_os_str()), what);
        }
    }

    /// Sees to it that all files of its file system are on disk.
    pub fn sync_all_files(&self) -> io::Result<()> {
        Ok(rustix::fs::syncfs(&self.handle)?)
    }

    /// Is it the same folder, by whatever path it was opened?
    pub fn is(&self, other: &Folder) -> io::Result<bool> {
        Ok(same(&self.stat()?, &other.stat()?))
    }
}

/// Are both of the same file?
pub(super) fn same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

/// Is it of this type?
pub(super) fn is(stat: &Stat, kind: FileType) -> bool {
    FileType::from_raw_mode(stat.st_mode) == kind
}

/// `.NAME` and an end.
pub(super) fn hidden(name: &OsStr, end: &str) -> OsString {
    [OsStr::new("."), name, OsStr::new(end)].into_iter().collect()
}

/// The prefix of the temporary files beside `name`.
pub(super) fn temporary(name: &OsStr) -> OsString {
    hidden(name, ".tmp.")
}

/// Is this what a file system says that has no second names for files, and so no owners either?
pub(super) fn has_no_links(error: &io::Error) -> bool {
    let none = [Errno::PERM, Errno::OPNOTSUPP, Errno::NOSYS];
    error.raw_os_error().is_some_and(|code| none.contains(&Errno::from_raw_os_error(code)))
}

fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The name of a temporary file, which is removed when this is dropped, if it did not become
/// another one.
#[derive(Debug)]
pub struct Temporary {
    folder: Folder,
    name: OsString,
    is_done: bool,
}

impl Temporary {
    /// Puts the file in the place of `name`, in one step.
    pub fn replace(mut self, name: &OsStr) -> io::Result<()> {
        rustix::fs::renameat(&self.folder.handle, &self.name, &self.folder.handle, name)?;
        self.is_done = true;
        Ok(())
    }

    /// Gives the file a second name; an error of the kind `AlreadyExists` if that is taken.
    pub fn link(&self, name: &OsStr) -> io::Result<()> {
        self.folder.link(&self.name, name)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_done {
            // if it stays, the next run sweeps it
            let _ = self.folder.remove(&self.name);
        }
    }
}
