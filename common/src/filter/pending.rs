//! What is open at the end of a run, kept in a file for the run that reads on.
//!
//! The file is rows of our dialect between a first row, which names the tool and the version of the
//! format, and a last one, without which it is not whole.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use bstr::ByteSlice;

use crate::filter::cli::{Args, Flag};
use crate::filter::files::{self, Kept};
use crate::filter::{Line, Out, Stop, begin_with, name_of};

/// `-p`: what is open is kept.
pub const PENDING: Flag =
    Flag::value('p', "pending", "FILE", "keep what is open in FILE from run to run");
/// `--pending-from`: what an earlier run left open.
pub const PENDING_FROM: Flag =
    Flag::long_value("pending-from", "FILE", "begin with what FILE holds; do not change it");

/// The last row: nothing is missing.
const LAST: &[u8] = b"end\n";

/// Which files were named.
#[derive(Debug)]
pub struct Named {
    from: Option<PathBuf>,
    to: Option<PathBuf>,
    strict: bool,
    older: Option<&'static [u8]>,
}

impl Named {
    /// Reads the arguments.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let path = |flag| {
            let name = |name: &[u8]| (!name.is_empty()).then(|| OsStr::from_bytes(name).into());
            args.parsed(flag, "the name of a file", name)
        };
        let (from, to) = (path("pending-from")?, path("pending")?);
        Ok(Named { from, to, strict: args.has("strict"), older: None })
    }

    /// Files of an older version of the format, with this first row, can be read too.
    #[must_use]
    pub fn or_older(self, first: &'static [u8]) -> Self {
        Named { older: Some(first), ..self }
    }

    /// Opens the files. `first` is the first row of those that can be read.
    ///
    /// The file that will be replaced is locked; it may be missing. The run begins with what
    /// it holds, unless another file was named to begin with. That one is only read; if it is missing,
    /// a message says so.
    pub fn open(self, first: &'static [u8], out: &mut Out) -> Result<Pending, Stop> {
        let mut pending = Pending { first, older: self.older, begun: None, to: None };
        if let Some(path) = self.to {
            let kept = Kept::open(&path, files::WAIT)?;
            let content = kept.content()?;
            if !content.is_empty() && !content.starts_with(pending.first_of(&content)) {
                return Err(unknown(first, path.as_os_str()));
            }
            if self.from.is_none() {
                pending.begun = Some((path, content));
            }
            pending.to = Some(kept);
        }
        let Some(path) = self.from else { return Ok(pending) };
        let content = begin_with(&path, "nothing open", self.strict, out)?;
        pending.begun = content.map(|content| (path, content));
        Ok(pending)
    }
}

/// The files, open.
#[derive(Debug)]
pub struct Pending {
    first: &'static [u8],
    older: Option<&'static [u8]>,
    /// What the run begins with.
    begun: Option<(PathBuf, Vec<u8>)>,
    /// The file that is replaced at the end.
    to: Option<Kept>,
}

impl Pending {
    /// Is what is open kept?
    pub fn is_kept(&self) -> bool {
        self.to.is_some()
    }

    /// The first row that this content should have.
    fn first_of(&self, content: &[u8]) -> &'static [u8] {
        self.older.filter(|older| content.starts_with(older)).unwrap_or(self.first)
    }

    /// The rows that an earlier run left; none where there is no such run. An error if the file is
    /// not whole.
    pub fn rows(&self) -> Result<impl Iterator<Item = Line<'_>>, Stop> {
        let (path, content) = match &self.begun {
            Some((path, content)) => (path.as_os_str(), content.as_slice()),
            None => (OsStr::new(""), &b""[..]),
        };
        rows(self.first_of(content), path, content)
    }

    /// Replaces the file by `rows` after the output has gone out. If some of that went nowhere, the
    /// file is left, since the rows will be written again.
    pub fn keep(self, rows: &[u8], out: &mut Out) -> Result<(), Stop> {
        match self.to {
            Some(kept) => kept.keep(&[self.first, rows, LAST].concat(), out),
            None => out.flush(),
        }
    }
}

/// The rows of a file that holds `content`; an empty one has none. An error if it is not whole.
pub fn rows<'a>(
    first: &'static [u8],
    path: &'a OsStr,
    content: &'a [u8],
) -> Result<impl Iterator<Item = Line<'a>>, Stop> {
    let inside = content.strip_prefix(first).and_then(|rows| rows.strip_suffix(LAST));
    let rows = match inside {
        Some(rows) => rows,
        None if content.is_empty() => content,
        None => return Err(unknown(first, path)),
    };
    Ok(rows.split_inclusive(|byte| *byte == b'\n').zip(2..).map(move |(row, number)| {
        let (text, ended) = row.strip_suffix(b"\n").map_or((row, false), |text| (text, true));
        Line { text, ended, file: path, number }
    }))
}

fn unknown(first: &[u8], path: &OsStr) -> Stop {
    let tool = first.split(|byte| *byte == b'\t').next().unwrap_or_default().as_bstr();
    Stop::usage(name_of(path), format!("not a whole pending file of this version of {tool}"))
}

/// The error for a row that says nothing known.
pub fn broken(row: &Line<'_>) -> Stop {
    Stop::usage(row.place(), "a broken row of a pending file")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    const FIRST: &[u8] = b"tool\tpending\t2\n";
    const OLDER: &[u8] = b"tool\tpending\t1\n";

    fn open(folder: &Path, from: Option<&str>, to: Option<&str>) -> Result<Pending, Stop> {
        let path = |name: Option<&str>| name.map(|name| folder.join(name));
        let named = Named { from: path(from), to: path(to), strict: true, older: None };
        named.or_older(OLDER).open(FIRST, &mut Out::stdout("test"))
    }

    fn texts(pending: &Pending) -> Vec<Vec<u8>> {
        pending.rows().unwrap().map(|row| row.text.to_vec()).collect()
    }

    #[test]
    fn rows_go_from_run_to_run() {
        let folder = tempfile::tempdir().unwrap();
        let mut out = Out::stdout("test");
        let none = open(folder.path(), None, None).unwrap();
        assert!(texts(&none).is_empty() && !none.is_kept());
        let first = open(folder.path(), None, Some("a")).unwrap();
        assert!(texts(&first).is_empty() && first.is_kept());
        first.keep(b"one\ntwo\n", &mut out).unwrap();
        let second = open(folder.path(), None, Some("a")).unwrap();
        assert_eq!(texts(&second), [b"one", b"two"]);
        drop(second);
        // read from one, kept in another
        for _ in 0..2 {
            let third = open(folder.path(), Some("a"), Some("b")).unwrap();
            assert_eq!(texts(&third), [b"one", b"two"]);
            third.keep(b"three\n", &mut out).unwrap();
        }
        assert_eq!(texts(&open(folder.path(), Some("b"), None).unwrap()), [b"three"]);
        assert!(texts(&open(folder.path(), Some("missing"), Some("b")).unwrap()).is_empty());
    }

    #[test]
    fn an_older_version_is_read_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, [OLDER, b"one\n", LAST].concat()).unwrap();
        let first = open(folder.path(), None, Some("a")).unwrap();
        assert_eq!(texts(&first), [b"one"]);
        first.keep(b"two\n", &mut Out::stdout("test")).unwrap();
        assert_eq!(fs::read(path).unwrap(), [FIRST, b"two\n", LAST].concat());
    }

    #[test]
    fn what_is_no_pending_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mail"), "mine").unwrap();
        assert!(open(folder.path(), None, Some("mail")).is_err());
        assert!(open(folder.path(), Some("missing"), Some("mail")).is_err());
        assert!(open(folder.path(), Some("mail"), None).unwrap().rows().is_err());
        assert!(open(folder.path(), None, Some("no/folder")).is_err());
        assert!(open(folder.path(), Some("."), None).is_err());
        for half in [&b"tool\tpending\t2\none\n"[..], b"tool\tpending\t3\nend\n", b"end\n"] {
            fs::write(folder.path().join("half"), half).unwrap();
            assert!(open(folder.path(), Some("half"), None).unwrap().rows().is_err());
        }
    }
}
