//! Files that must survive a kill at any moment, a full disk and a second copy of the program.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::filter::stop::{Stop, name_of};

/// What is said of a device, a pipe or a folder.
pub(super) const NOT_REGULAR: &str = "not a regular file";

/// Replaces a file's content as a whole: afterwards it is the old one or the new one, on disk.
///
/// Writes `.NAME.tmp.*` in the same folder, syncs it, renames it, syncs the folder. A lock on the
/// folder makes a second copy wait; left-over temporary files of a killed run are removed first.
/// A link stays, and the file that it leads to is replaced; the mode stays. Anything but a regular
/// file, such as a device, is refused.
pub fn replace(path: &Path, content: &[u8]) -> Result<(), Stop> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mode = match fs::metadata(&target) {
        Ok(there) if !there.is_file() => {
            return Err(Stop::Io(name_of(path.as_os_str()), io::Error::other(NOT_REGULAR)));
        }
        Ok(there) => Some(there.permissions()),
        Err(_) => None,
    };
    let folder = folder_of(&target);
    let shown = folder_of(path);
    let handle = File::open(&folder).map_err(Stop::io(&shown))?;
    handle.lock().map_err(Stop::io(&shown))?;
    let prefix = temporary_prefix(&target);
    sweep(&folder, &prefix)?;
    let mut file = tempfile::Builder::new()
        .prefix(&prefix)
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(&folder)
        .map_err(Stop::io(&shown))?;
    if let Some(mode) = mode {
        file.as_file().set_permissions(mode).map_err(Stop::io(path))?;
    }
    file.write_all(content).map_err(Stop::io(path))?;
    file.as_file().sync_all().map_err(Stop::io(path))?;
    file.persist(&target).map_err(|failed| failed.error).map_err(Stop::io(path))?;
    handle.sync_all().map_err(Stop::io(&shown))
}

/// Opens a file, creates it empty if it does not exist, and locks it until the handle is dropped; a
/// second copy waits. Works together with [`replace`]: a copy that waited for a file that has been
/// replaced since opens the new one.
pub fn open_locked(path: &Path) -> Result<File, Stop> {
    loop {
        let file = File::options()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(Stop::io(path))?;
        file.lock().map_err(Stop::io(path))?;
        let held = file.metadata().map_err(Stop::io(path))?;
        if fs::metadata(path)
            .is_ok_and(|there| (there.dev(), there.ino()) == (held.dev(), held.ino()))
        {
            return Ok(file);
        }
    }
}

/// Opens a regular file to read it. Anything else, such as a FIFO, is refused at once.
pub fn open_regular(path: &Path) -> io::Result<File> {
    open_regular_with(path, OFlags::empty())
}

/// Opens a regular file as [`open_regular`] does, but not what a link leads to: for folders in
/// which others may put links.
pub fn open_regular_itself(path: &Path) -> io::Result<File> {
    open_regular_with(path, OFlags::NOFOLLOW)
}

fn open_regular_with(path: &Path, more: OFlags) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC | more;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other(NOT_REGULAR)) }
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != "" => parent.to_owned(),
        _ => ".".into(),
    }
}

fn temporary_prefix(path: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(path.file_name().unwrap_or(OsStr::new("")));
    prefix.push(".tmp.");
    prefix
}

/// Removes the files of `folder` whose names begin with `prefix`.
fn sweep(folder: &Path, prefix: &OsStr) -> Result<(), Stop> {
    for entry in fs::read_dir(folder).map_err(Stop::io(folder))? {
        let entry = entry.map_err(Stop::io(folder))?;
        if entry.file_name().as_bytes().starts_with(prefix.as_bytes()) {
            fs::remove_file(entry.path()).map_err(Stop::io(entry.path()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_is_replaced_and_left_overs_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let names = || fs::read_dir(&folder).unwrap().count();
        fs::write(folder.path().join(".state.tmp.dead"), "half").unwrap();
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!((fs::read(&path).unwrap().as_slice(), names()), (b"two".as_slice(), 1));
    }

    #[test]
    fn links_and_modes_stay_and_devices_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("state"), folder.path().join("link"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink("state", &link).unwrap();
        replace(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(replace(Path::new("/dev/null"), b"").is_err());
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn who_waited_for_a_replaced_file_gets_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let first = open_locked(&path).unwrap();
        let waiting = std::thread::spawn({
            let path = path.clone();
            move || std::io::read_to_string(open_locked(&path).unwrap()).unwrap()
        });
        replace(&path, b"new").unwrap();
        drop(first);
        assert_eq!(waiting.join().unwrap(), "new");
    }

    #[test]
    fn only_regular_files_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, Mode::RUSR).unwrap();
        for path in [pipe.as_path(), folder.path(), Path::new("/dev/null")] {
            assert_eq!(open_regular(path).unwrap_err().to_string(), "not a regular file");
        }
        assert!(open_regular(Path::new("/proc/self/status")).is_ok());
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert!(open_regular(&link).is_ok() && open_regular_itself(&file).is_ok());
        assert!(open_regular_itself(&link).is_err());
    }

    #[test]
    fn errors_name_the_file() {
        let failed = replace(Path::new("/nonexistent/state"), b"");
        assert!(matches!(failed, Err(Stop::Io(name, _)) if name == "/nonexistent"));
    }
}
