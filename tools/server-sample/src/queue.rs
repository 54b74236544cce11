//! The queue of qmail: files are counted as their folders list them, and no link is followed.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, openat, statat};
use rustix::path::Arg;

/// How many messages the queue holds: the files in the folders of `mess`.
pub fn messages(queue: &Path) -> io::Result<u64> {
    Ok(Count::of(queue, c"mess")?.below)
}

/// How many messages qmail-send has not yet taken up: the files in `todo`, and in the folders
/// there, which some patches add.
pub fn todo(queue: &Path) -> io::Result<u64> {
    let count = Count::of(queue, c"todo")?;
    Ok(count.inside + count.below)
}

/// Regular files in a folder, and in the folders of it.
struct Count {
    inside: u64,
    below: u64,
}

impl Count {
    /// Counts in a folder of the queue, which may itself be a link to where it is.
    fn of(queue: &Path, name: &CStr) -> io::Result<Self> {
        let queue = open(CWD, queue, OFlags::empty())?;
        let top = open(&queue, name, OFlags::NOFOLLOW)?;
        let (inside, folders) = list(&top)?;
        let mut below = 0;
        for folder in folders {
            below += list(&open(&top, folder, OFlags::NOFOLLOW)?)?.0;
        }
        Ok(Count { inside, below })
    }
}

fn open(parent: impl AsFd, name: impl Arg, more: OFlags) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | more;
    Ok(openat(parent, name, flags, Mode::empty())?)
}

/// How many regular files a folder has, and which folders.
fn list(folder: &OwnedFd) -> io::Result<(u64, Vec<CString>)> {
    let (mut files, mut folders) = (0, Vec::new());
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let kind = match entry.file_type() {
            // a few file systems do not list it
            FileType::Unknown => {
                let found = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
                FileType::from_raw_mode(found.st_mode)
            }
            kind => kind,
        };
        match kind {
            FileType::RegularFile => files += 1,
            FileType::Directory => folders.push(name.to_owned()),
            _ => {}
        }
    }
    Ok((files, folders))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_files_where_qmail_puts_them_count() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for folder in ["mess/0", "mess/22/deep", "todo/7", "elsewhere"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for file in ["mess/9", "mess/0/10", "mess/22/11", "mess/22/12", "mess/22/deep/13"] {
            fs::write(at(file), "").unwrap();
        }
        for file in ["todo/10", "todo/7/11", "elsewhere/14"] {
            fs::write(at(file), "").unwrap();
        }
        symlink(at("mess/0/10"), at("mess/0/15")).unwrap();
        symlink(at("elsewhere"), at("mess/1")).unwrap();
        symlink(at("elsewhere"), at("todo/1")).unwrap();
        rustix::fs::mkfifoat(CWD, at("mess/0/16"), Mode::RUSR).unwrap();
        assert_eq!(messages(folder.path()).unwrap(), 3);
        assert_eq!(todo(folder.path()).unwrap(), 2);
        symlink(folder.path(), at("link")).unwrap();
        assert_eq!(messages(&at("link")).unwrap(), 3);
    }

    #[test]
    fn a_folder_that_is_a_link_or_not_there_is_not_counted() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("elsewhere/0")).unwrap();
        symlink(at("elsewhere"), at("mess")).unwrap();
        assert!(messages(folder.path()).is_err());
        assert!(todo(folder.path()).is_err());
        assert!(messages(&at("nowhere")).is_err());
    }
}
