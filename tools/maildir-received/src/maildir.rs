//! The mails of Maildirs: found by name, sorted, and read while a mail server moves them about.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use common::filter::files::open_regular_itself;
use common::filter::{Out, name_of, reason};
use common::time::Instant;
use common::time::civil::digits;
use memchr::memmem;

/// The most of a file that is read to find the end of its header.
const LONGEST_HEADER: u64 = 1024 * 1024;
/// How much is read at once; most headers are shorter.
const BLOCK: u64 = 16 * 1024;

/// A mail as it was found.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mail {
    /// When it was delivered, in UNIX seconds.
    pub seconds: i64,
    /// Its file.
    pub path: OsString,
}

/// What came of reading a mail.
#[derive(Debug, PartialEq, Eq)]
pub enum Read {
    /// Where it is by now, and its header.
    Header(OsString, Vec<u8>),
    /// It was moved, and the place where it is now is in the list too.
    Again,
    /// It is not in its Maildir any more.
    Gone,
}

/// From the second `since` up to, not including, `until`.
#[derive(Clone, Copy, Debug)]
pub struct Period {
    /// The first second.
    pub since: Option<i64>,
    /// The first second after it.
    pub until: Option<i64>,
}

impl Period {
    fn holds(self, seconds: i64) -> bool {
        self.since.is_none_or(|since| seconds >= since)
            && self.until.is_none_or(|until| seconds < until)
    }
}

/// The mails that were found.
#[derive(Debug)]
pub struct Mails {
    period: Period,
    found: Vec<Mail>,
    /// Device and inode of every folder that was looked into.
    seen: HashSet<(u64, u64)>,
}

impl Mails {
    /// None so far; those of `period` will be kept.
    pub fn of(period: Period) -> Self {
        Mails { period, found: Vec::new(), seen: HashSet::new() }
    }

    /// Adds the mails of all Maildirs at and below `top`. Only `top` itself may be a link.
    pub fn find_below(&mut self, top: &Path, out: &mut Out) {
        let mut folders = vec![top.to_owned()];
        let mut found = false;
        while let Some(folder) = folders.pop() {
            match self.look_into(&folder, &mut folders, out) {
                Ok(is_maildir) => found |= is_maildir,
                Err(error) if error.kind() == ErrorKind::NotFound && folder != top => {
                    out.note(name_of(folder.as_os_str()), "gone before it was read");
                }
                Err(error) => {
                    out.complain(name_of(folder.as_os_str()), reason(&error));
                    found = true;
                }
            }
        }
        if !found {
            out.complain(name_of(top.as_os_str()), "no Maildir in it");
        }
    }

    /// Adds the mails of one folder, if it is a Maildir, and to `folders` the folders in it.
    fn look_into(
        &mut self,
        folder: &Path,
        folders: &mut Vec<PathBuf>,
        out: &mut Out,
    ) -> io::Result<bool> {
        let metadata = fs::metadata(folder)?;
        let mut inside = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                inside.push(entry.file_name());
            }
        }
        let is_maildir = ["new", "cur"].iter().all(|part| inside.iter().any(|name| name == part));
        if !self.seen.insert((metadata.dev(), metadata.ino())) {
            return Ok(true);
        }
        if is_maildir {
            inside.retain(|name| !["new", "cur", "tmp"].iter().any(|part| name == part));
            // in this order a mail that moves meanwhile is found twice rather than never
            for part in ["new", "cur"] {
                self.list(&folder.join(part), out)?;
            }
        }
        folders.extend(inside.iter().map(|name| folder.join(name)));
        Ok(is_maildir)
    }

    fn list(&mut self, folder: &Path, out: &mut Out) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let hidden = entry.file_name().as_bytes().starts_with(b".");
            if hidden || !entry.file_type()?.is_file() {
                continue;
            }
            match delivery(&entry) {
                Ok(seconds) if self.period.holds(seconds) => {
                    self.found.push(Mail { seconds, path: entry.path().into() });
                }
                Ok(_) => {}
                Err(error) => out.note(name_of(entry.path().as_os_str()), reason(&error)),
            }
        }
        Ok(())
    }

    /// Brings the mails in their order.
    pub fn sort(&mut self) {
        self.found.sort_unstable();
    }

    /// The mails, once they are [sorted](Mails::sort).
    pub fn iter(&self) -> impl Iterator<Item = &Mail> {
        self.found.iter()
    }

    /// The header of a mail, also if it was moved since it was found.
    pub fn read(&self, mail: &Mail) -> io::Result<Read> {
        match read_header(Path::new(&mail.path)) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            read => return read.map(|header| Read::Header(mail.path.clone(), header)),
        }
        let path = match moved_to(Path::new(&mail.path)) {
            Ok(Some(path)) => path,
            Ok(None) => return Ok(Read::Gone),
            // the whole Maildir
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Read::Gone),
            Err(error) => return Err(error),
        };
        let moved = Mail { seconds: mail.seconds, path: path.into() };
        if self.found.binary_search(&moved).is_ok() {
            return Ok(Read::Again);
        }
        match read_header(Path::new(&moved.path)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Read::Gone),
            read => read.map(|header| Read::Header(moved.path, header)),
        }
    }
}

/// When a mail was delivered: its name begins with it, and if not, the file was written then.
fn delivery(entry: &DirEntry) -> io::Result<i64> {
    let name = entry.file_name();
    match seconds_in(name.as_bytes()) {
        Some(seconds) => Ok(seconds),
        None => Ok(entry.metadata()?.mtime().max(0)),
    }
}

/// The UNIX seconds that the name of a mail begins with; nine digits at least, so since 1973.
fn seconds_in(name: &[u8]) -> Option<i64> {
    let (first, _) = name.split_at(name.iter().position(|byte| *byte == b'.')?);
    let seconds = digits(first).filter(|_| first.len() >= 9)?;
    Instant::new(seconds, None).map(|instant| instant.seconds)
}

/// What a mail is called as long as it is there: its name without the flags.
fn unique(name: &OsStr) -> &[u8] {
    name.as_bytes().split(|byte| *byte == b':').next().unwrap_or_default()
}

/// The same mail under its name of today.
fn moved_to(path: &Path) -> io::Result<Option<PathBuf>> {
    let (Some(name), Some(maildir)) = (path.file_name(), path.parent().and_then(Path::parent))
    else {
        return Ok(None);
    };
    for part in ["cur", "new"] {
        for entry in fs::read_dir(maildir.join(part))? {
            let entry = entry?;
            if unique(&entry.file_name()) == unique(name) && entry.file_type()?.is_file() {
                return Ok(Some(entry.path()));
            }
        }
    }
    Ok(None)
}

/// The header of the mail in a file: all before its first empty line.
fn read_header(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = open_regular_itself(path)?;
    let mut header = Vec::new();
    loop {
        let seen = header.len().saturating_sub(2);
        let room = LONGEST_HEADER - header.len() as u64;
        let read = file.by_ref().take(BLOCK.min(room)).read_to_end(&mut header)?;
        if let Some(end) = end_of_header(&header[seen..]) {
            header.truncate(seen + end);
            return Ok(header);
        }
        if read == 0 {
            return Ok(header);
        }
    }
}

/// Where the line before an empty line ends, behind its line end.
fn end_of_header(text: &[u8]) -> Option<usize> {
    let ends = [&b"\n\n"[..], b"\n\r\n"].map(|end| memmem::find(text, end));
    ends.into_iter().flatten().min().map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "Subject: x\n\nReceived: body\n";

    /// A Maildir with these files.
    fn maildir(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for part in ["new", "cur", "tmp"] {
            fs::create_dir(folder.path().join(part)).unwrap();
        }
        for file in files {
            fs::write(folder.path().join(file), MAIL).unwrap();
        }
        folder
    }

    fn found(folder: &Path) -> Mails {
        let mut mails = Mails::of(Period { since: None, until: None });
        mails.find_below(folder, &mut Out::stdout("test"));
        mails.sort();
        mails
    }

    #[test]
    fn a_mail_that_moves_is_read_once() {
        let folder = maildir(&["new/1119280814.a.host", "new/1119280815.b.host", "cur/.hidden"]);
        let at = |name: &str| folder.path().join(name);
        let mails = found(folder.path());
        fs::rename(at("new/1119280814.a.host"), at("cur/1119280814.a.host:2,S")).unwrap();
        fs::remove_file(at("new/1119280815.b.host")).unwrap();
        let [moved, gone] = mails.found.as_slice() else { panic!("{mails:?}") };
        let path = at("cur/1119280814.a.host:2,S").into_os_string();
        let header = b"Subject: x\n".to_vec();
        assert_eq!(mails.read(moved).unwrap(), Read::Header(path, header));
        assert_eq!(mails.read(gone).unwrap(), Read::Gone);
    }

    #[test]
    fn a_mail_that_moves_while_it_is_found_is_one() {
        let folder = maildir(&["cur/1119280814.a.host:2,"]);
        let mut mails = found(folder.path());
        let path = folder.path().join("new/1119280814.a.host").into_os_string();
        mails.found.push(Mail { seconds: 1_119_280_814, path });
        mails.sort();
        let ends: Vec<Read> = mails.iter().map(|mail| mails.read(mail).unwrap()).collect();
        assert!(matches!(&ends[..], [Read::Header(..), Read::Again]), "{ends:?}");
    }

    #[test]
    fn links_are_not_followed_and_folders_are_entered_once() {
        let folder = maildir(&["new/1119280814.a"]);
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at(".Sub/cur/deep")).unwrap();
        fs::create_dir_all(at(".Sub/new")).unwrap();
        fs::write(at(".Sub/cur/1119280813.b"), MAIL).unwrap();
        fs::write(at(".Sub/cur/deep/1119280812.c"), MAIL).unwrap();
        fs::write(at("tmp/1119280811.d"), MAIL).unwrap();
        std::os::unix::fs::symlink(at("tmp/1119280811.d"), at("new/1119280811.d")).unwrap();
        std::os::unix::fs::symlink(folder.path(), at(".Sub/loop")).unwrap();
        let mut mails = found(folder.path());
        mails.find_below(&at(".Sub"), &mut Out::stdout("test"));
        let names: Vec<&[u8]> = mails.iter().map(|mail| mail.path.as_bytes()).collect();
        let end = |at: usize, name: &str| names[at].ends_with(name.as_bytes());
        assert!(
            names.len() == 2 && end(0, "/.Sub/cur/1119280813.b") && end(1, "/new/1119280814.a")
        );
    }

    #[test]
    fn names_that_tell_the_time() {
        for (name, seconds) in [
            ("1119280814.M1P2.host:2,S", Some(1_119_280_814)),
            ("901967408.12345.host", Some(901_967_408)),
            ("1119280814", None),
            ("12345678.x", None),
            ("99999999999999999999.x", None),
            ("x1119280814.y", None),
        ] {
            assert_eq!(seconds_in(name.as_bytes()), seconds, "{name}");
        }
    }

    #[test]
    fn the_header_ends_at_the_first_empty_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail");
        let long = "x".repeat(usize::try_from(BLOCK).unwrap() - 3);
        for (mail, header) in [
            ("A: b\nC: d\n\nbody\n\n".to_owned(), "A: b\nC: d\n".to_owned()),
            ("A: b\r\n\r\nbody".into(), "A: b\r\n".into()),
            ("A: b\n".into(), "A: b\n".into()),
            (String::new(), String::new()),
            // the empty line lies across two blocks
            (format!("{long}\n\r\nbody"), format!("{long}\n")),
            (format!("{long}.\n\r\nbody"), format!("{long}.\n")),
            (format!("{long}..\n\r\nbody"), format!("{long}..\n")),
        ] {
            fs::write(&path, &mail).unwrap();
            assert_eq!(read_header(&path).unwrap(), header.as_bytes());
        }
        fs::write(&path, "x".repeat(3 << 20)).unwrap();
        assert_eq!(read_header(&path).unwrap().len(), 1 << 20);
    }
}
