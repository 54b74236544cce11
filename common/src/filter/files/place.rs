//! Where a file is that the command line names, and which links lead there.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;

use super::folder::{Folder, has_no_links, is, temporary};
use super::owner::{Owner, new_like};
use crate::bytes::regular::{AT_ONCE, NOT_REGULAR};

/// A longer chain of links is a circle, as the kernel has it.
const MOST_LINKS: usize = 40;

/// The folder in which the file is, open, and the file's name there.
///
/// A link is followed if it belongs to root or to the user who runs the tool: in a folder in which
/// others may write, they could put one that leads to any file of ours.
pub fn place(path: &Path) -> io::Result<(Folder, OsString)> {
    let us = rustix::process::geteuid();
    let mut path = path.to_owned();
    for _ in 0..=MOST_LINKS {
        let (Some(name), Some(parent)) = (path.file_name(), path.parent()) else {
            return Err(io::Error::other(NOT_REGULAR));
        };
        let folder = Folder::open(parent)?;
        match folder.link_of(name)? {
            None => return Ok((folder, name.to_owned())),
            Some((_, owner)) if owner != 0 && owner != us.as_raw() => {
                return Err(io::Error::other("a link of another user, which is not followed"));
            }
            Some((target, _)) => path = parent.join(target),
        }
    }
    Err(Errno::LOOP.into())
}

/// Sees to it that a library may open a file by its path: that it is regular, and that no link of
/// another user leads to it. If `make`, it is made if it is not there.
pub fn prepare(path: &Path, make: bool) -> io::Result<()> {
    let (folder, name) = place(path)?;
    match folder.stat_of(&name)? {
        Some(there) if !is(&there, FileType::RegularFile) => {
            return Err(io::Error::other(NOT_REGULAR));
        }
        None if make => make_empty(&folder, &name)?,
        Some(_) | None => {}
    }
    if make {
        // now it is there, nobody needs these
        folder.sweep(&temporary(&name));
    }
    Ok(())
}

/// Makes an empty file, whole with its owner, unless another copy has made it meanwhile.
fn make_empty(folder: &Folder, name: &OsStr) -> io::Result<()> {
    let (new, ..) = new_like(folder, &temporary(name), None)?;
    match new.link(name) {
        // the library makes it
        Err(error) if has_no_links(&error) => {}
        // another copy has made it, and swept ours
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {}
        linked => linked?,
    }
    Ok(())
}

/// Opens a file to write it, as it is; makes it if it is not there. It may be a device, or a FIFO
/// that somebody reads; nothing is waited for.
pub fn open_to_write(path: &Path) -> io::Result<File> {
    let (folder, name) = place(path)?;
    // what root makes belongs to the owner of the folder
    if Owner::of_new(&folder, None)?.is_some() {
        if folder.stat_of(&name)?.is_none() {
            make_empty(&folder, &name)?;
        }
        folder.sweep(&temporary(&name));
    }
    let mode = Mode::from_raw_mode(0o666);
    let opened = folder.open_with(&name, OFlags::WRONLY | OFlags::CREATE, mode);
    let file = match opened {
        // an open file, such as /dev/stdout leads to
        Err(_) if folder.is_of_processes()? => {
            File::from(rustix::fs::open(path, OFlags::WRONLY | AT_ONCE, mode)?)
        }
        opened => opened?,
    };
    if !file.metadata()?.is_file() {
        let flags = rustix::fs::fcntl_getfl(&file)?;
        rustix::fs::fcntl_setfl(&file, flags - OFlags::NONBLOCK)?;
    }
    Ok(file)
}
