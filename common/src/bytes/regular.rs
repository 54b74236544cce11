//! Regular files, opened without waiting: a FIFO, a device or a folder is refused at once.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

/// What is said of a device, a pipe or a folder.
pub const NOT_REGULAR: &str = "not a regular file";
/// The flags with which no file makes its opener wait, or becomes its terminal.
pub const AT_ONCE: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// Opens a regular file to read it. Anything else is refused at once.
pub fn open_regular(path: &Path) -> io::Result<File> {
    open_regular_with(path, OFlags::empty())
}

/// Opens a regular file as [`open_regular`] does, but not what a link leads to: for folders in
/// which others may put links.
pub fn open_regular_itself(path: &Path) -> io::Result<File> {
    open_regular_with(path, OFlags::NOFOLLOW)
}

fn open_regular_with(path: &Path, more: OFlags) -> io::Result<File> {
    let flags = OFlags::RDONLY | AT_ONCE | more;
    checked(rustix::fs::open(path, flags, Mode::empty())?.into())
}

/// The file, if it is regular.
pub fn checked(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other(NOT_REGULAR)) }
}

/// The content of a regular file that has at most `most_bytes`; an error if it has more.
pub fn read_regular(path: &Path, most_bytes: u64) -> io::Result<Vec<u8>> {
    read_at_most(open_regular(path)?, most_bytes)
}

/// The rest of a file, at most `most_bytes`; an error if it is more.
pub fn read_at_most(file: File, most_bytes: u64) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::other("too large");
    // at once, where the length is known; a file of /proc says that it is empty
    let length = file.metadata()?.len();
    if length > most_bytes {
        return Err(too_large());
    }
    let mut content = Vec::new();
    // one byte more, so that the end is seen without another block
    content.reserve_exact(usize::try_from(length).unwrap_or(0) + 1);
    file.take(most_bytes.saturating_add(1)).read_to_end(&mut content)?;
    if content.len() as u64 > most_bytes { Err(too_large()) } else { Ok(content) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_regular_files_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, Mode::RUSR).unwrap();
        for path in [pipe.as_path(), folder.path(), Path::new("/dev/null")] {
            assert_eq!(open_regular(path).unwrap_err().to_string(), NOT_REGULAR);
        }
        assert!(open_regular(Path::new("/proc/self/status")).is_ok());
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert!(open_regular(&link).is_ok() && open_regular_itself(&file).is_ok());
        assert!(open_regular_itself(&link).is_err());
    }

    #[test]
    fn no_more_is_read_than_was_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "12345").unwrap();
        assert_eq!(read_regular(&file, 5).unwrap(), b"12345");
        assert!(read_regular(&file, 4).is_err());
        assert!(read_regular(Path::new("/dev/zero"), 4).is_err());
    }
}
