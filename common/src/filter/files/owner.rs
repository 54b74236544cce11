//! Whose a new file is that takes the place of another.

use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, fchown};

use rustix::fs::{Stat, fstat};

use super::folder::{Folder, Temporary};

/// Who owns a file: the numbers of a user and a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    user: u32,
    group: u32,
}

impl Owner {
    /// The owner of a file.
    pub fn of(stat: &Stat) -> Self {
        Owner { user: stat.st_uid, group: stat.st_gid }
    }

    /// The owner that a file must have that root makes for those who replace `file`: the owner of
    /// that one, or of the folder where that one is not there, or root's. `None` if we are not root,
    /// and a new file is ours.
    pub fn of_new(folder: &Folder, file: Option<&Stat>) -> io::Result<Option<Self>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        Ok(Some(match file.map(Owner::of).filter(|owner| owner.user != 0) {
            Some(owner) => owner,
            None => Owner::of(&folder.stat()?),
        }))
    }

    /// Makes a file his, with these permissions if they are known; gives what could not be done
    /// about owner and group.
    pub fn take(self, new: &File, mode: Option<u32>) -> io::Result<Option<&'static str>> {
        let Owner { user, group } = self;
        let ours = Owner::of(&fstat(new)?);
        let mut mode = mode;
        let mut failed = None;
        if ours != self && fchown(new, Some(user), Some(group)).is_err() {
            let has_group = group == ours.group || fchown(new, None, Some(group)).is_ok();
            if !has_group {
                // another group may do what everybody may
                mode = mode.map(|mode| mode & !0o070 | (mode & 0o007) << 3);
            }
            failed = Some(match (user == ours.user, has_group) {
                (true, _) => "its group could not be kept",
                (false, true) => "its owner could not be kept",
                (false, false) => "its owner and its group could not be kept",
            });
        }
        if let Some(mode) = mode {
            new.set_permissions(Permissions::from_mode(mode & 0o777))?;
        }
        Ok(failed)
    }
}

/// Makes a file that will take the place of an old one, if there is one: with its owner, group and
/// mode. Gives what could not be done about owner and group, if anything.
pub fn new_like(
    folder: &Folder,
    prefix: &OsStr,
    old: Option<&Stat>,
) -> io::Result<(Temporary, File, Option<&'static str>)> {
    let (temporary, file) = folder.temporary(prefix, 0o666)?;
    let failed = match old {
        Some(old) => take_after(&file, old)?,
        None => match Owner::of_new(folder, None)? {
            Some(owner) => owner.take(&file, None)?,
            None => None,
        },
    };
    Ok((temporary, file, failed))
}

/// Gives a new file owner, group and mode of an old one; what could not be done about owner and
/// group, if anything.
pub fn take_after(new: &File, old: &Stat) -> io::Result<Option<&'static str>> {
    Owner::of(old).take(new, Some(old.st_mode))
}
