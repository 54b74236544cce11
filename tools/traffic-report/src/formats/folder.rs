//! A folder of pages that others may look at, or write in, at any moment.

use std::fs::{File, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use common::filter::Stop;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

/// Files that are not done yet; no page has a name that begins with a dot.
const TEMPORARY: &str = ".traffic-report.tmp.";

/// Files that take the place of others all at once. What is not done when this is dropped never
/// was.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Locked, so that a second copy waits.
    handle: File,
    /// The names that the temporary files will have.
    names: Vec<String>,
}

impl Folder {
    /// Opens it, and removes what a killed run left in it.
    pub fn open(path: &Path) -> Result<Self, Stop> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = rustix::fs::open(path, flags, Mode::empty()).map_err(Stop::io(path))?;
        let handle = File::from(handle);
        handle.lock().map_err(Stop::io(path))?;
        let folder = Folder { path: path.to_owned(), handle, names: Vec::new() };
        for entry in Dir::read_from(&folder.handle).map_err(Stop::io(path))? {
            let entry = entry.map_err(Stop::io(path))?;
            if entry.file_name().to_bytes().starts_with(TEMPORARY.as_bytes()) {
                rustix::fs::unlinkat(&folder.handle, entry.file_name(), AtFlags::empty())
                    .map_err(Stop::io(path))?;
            }
        }
        Ok(folder)
    }

    /// Writes a file under a temporary name, unless there is one with the same content. A link or
    /// anything else but a regular file in its place is refused.
    pub fn write(&mut self, name: &str, content: &[u8]) -> Result<(), Stop> {
        let path = self.path.join(name);
        let mode = match rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(there) if FileType::from_raw_mode(there.st_mode) != FileType::RegularFile => {
                return Err(Stop::usage(path.display(), "not a regular file"));
            }
            Ok(there) => Some(there.st_mode & 0o777),
            Err(Errno::NOENT) => None,
            Err(error) => return Err(Stop::io(&path)(error)),
        };
        if mode.is_some() && self.holds(name, content) {
            return Ok(());
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let temporary = temporary(self.names.len());
        let file = rustix::fs::openat(&self.handle, &temporary, flags, Mode::from(0o666));
        let mut file = File::from(file.map_err(Stop::io(&path))?);
        self.names.push(name.to_owned());
        if let Some(mode) = mode {
            file.set_permissions(Permissions::from_mode(mode)).map_err(Stop::io(&path))?;
        }
        file.write_all(content).map_err(Stop::io(&path))
    }

    fn holds(&self, name: &str, content: &[u8]) -> bool {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let Ok(file) = rustix::fs::openat(&self.handle, name, flags, Mode::empty()) else {
            return false;
        };
        let mut there = Vec::with_capacity(content.len() + 1);
        let limit = content.len() as u64 + 1;
        File::from(file).take(limit).read_to_end(&mut there).is_ok() && there == content
    }

    /// Puts all files in their places, each in one step, after all of them are on disk.
    pub fn finish(mut self) -> Result<(), Stop> {
        if self.names.is_empty() {
            return Ok(());
        }
        rustix::fs::syncfs(&self.handle).map_err(Stop::io(&self.path))?;
        while let Some(name) = self.names.pop() {
            let temporary = temporary(self.names.len());
            rustix::fs::renameat(&self.handle, temporary, &self.handle, &name)
                .map_err(Stop::io(self.path.join(name)))?;
        }
        self.handle.sync_all().map_err(Stop::io(&self.path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        for at in 0..self.names.len() {
            // the next run removes what stays
            let _ = rustix::fs::unlinkat(&self.handle, temporary(at), AtFlags::empty());
        }
    }
}

fn temporary(at: usize) -> String {
    format!("{TEMPORARY}{at}")
}
