//! `--bytes=LO-HI`: the lines of a file that begin in a range of its bytes.
//!
//! ```text
//! a line\nanother\nlast message repeated 2 times\nthe next\n
//! |       |  LO                                  |  HI
//! ```
//!
//! A range begins with the first line that begins at LO or later, and ends before the first that begins
//! at HI or later. A line that is read only together with the line before it counts for neither: in the
//! picture the range is empty, and the range before it has three lines. Both ends follow one rule, so
//! ranges that follow each other have each line once.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;

use bstr::ByteSlice;
use memchr::memchr;

use crate::bytes::digits::number;
use crate::bytes::regular::open_regular;
use crate::filter::cli::Args;
use crate::filter::compression::Compression;
use crate::filter::line_buffer::LineBuffer;
use crate::filter::stop::Stop;

/// How much is read at once to find where a range begins: a few lines.
const STEP_BYTES: usize = 8 * 1024;

/// No file is so long, and the kernel reads at no place much behind it.
const FARTHEST_BYTE: u64 = 1 << 62;

/// A range of the bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// The first byte, from 0.
    from: u64,
    /// The byte behind the last; `None` is the end of the file.
    to: Option<u64>,
}

/// Which lines of a log are read only together with the line before.
#[derive(Clone, Copy, Debug)]
pub struct Ties {
    /// Is this line read only with the one before it?
    pub goes_on: fn(&[u8]) -> bool,
    /// Does the second line of a file decide what the first one is?
    pub second: bool,
}

/// The lines of a range.
#[derive(Debug)]
pub(super) struct Excerpt {
    /// Stands where the first line begins.
    pub file: File,
    /// How many bytes the lines have; up to the end of the file if it is as large as can be.
    pub bytes: u64,
    /// How many line ends stand before the first line, from the byte before the range on.
    pub ends_before: u64,
}

impl ByteRange {
    /// The range that [`BYTES`](crate::filter::cli::BYTES) names, of the one operand.
    pub fn new(args: &Args) -> Result<Option<Self>, Stop> {
        let what = "a range of bytes such as 0-4096, or 4096- for all that follows";
        let range = args.parsed("bytes", what, ByteRange::parse)?;
        match args.operands.as_slice() {
            [file] if file != "-" => Ok(range),
            _ if range.is_none() => Ok(range),
            _ => Err(Stop::usage("--bytes", "needs one FILE")),
        }
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let (from, to) = text.split_once_str(b"-")?;
        let to = if to.is_empty() { None } else { Some(number(to)?.min(FARTHEST_BYTE)) };
        let from = number(from)?;
        to.is_none_or(|to| from.min(FARTHEST_BYTE) <= to).then_some(ByteRange { from, to })
    }

    /// What a message calls this range of a file.
    pub(super) fn name_in(self, file: &OsStr) -> OsString {
        let to = self.to.map(|to| to.to_string()).unwrap_or_default();
        let mut name = file.to_owned();
        name.push(format!(" bytes {}-{to}", self.from));
        name
    }

    /// Opens a regular file where the first line of the range begins.
    pub(super) fn open(self, name: &OsStr, ties: Ties) -> io::Result<Excerpt> {
        let file = open_regular(Path::new(name))?;
        let size = file.metadata()?.len();
        if let Some(kind) = Compression::at(&file, 0)? {
            return Err(io::Error::other(kind.complaint()));
        }
        if self.from > size {
            let what = format!("has only {size} bytes: the range begins after its end");
            return Err(io::Error::other(what));
        }
        let Some(start) = Cut::find(&file, self, ties)? else {
            return Ok(Excerpt { file, bytes: 0, ends_before: 0 });
        };
        let bytes = match self.to.map(|to| ByteRange { from: to, to: None }) {
            Some(rest) => {
                Cut::find(&file, rest, ties)?.map_or(0, |end| end.place.saturating_sub(start.place))
            }
            None => u64::MAX,
        };
        (&file).seek(SeekFrom::Start(start.place))?;
        Ok(Excerpt { file, bytes, ends_before: start.ends })
    }
}

/// A place between two lines that are read without each other.
#[derive(Clone, Copy, Debug)]
struct Cut {
    place: u64,
    /// How many line ends stand before it, from the byte before the range on.
    ends: u64,
}

impl Cut {
    /// Where the first line of a range begins; `None` if none does.
    ///
    /// It reads no more than the range and the lines that go on with its last.
    fn find(file: &File, range: ByteRange, ties: Ties) -> io::Result<Option<Self>> {
        let is_in_range = |cut: &Cut| range.to.is_none_or(|to| cut.place < to);
        let mut cut = Cut { place: range.from, ends: 0 };
        let Some(before) = range.from.checked_sub(1) else {
            return Ok(Some(cut).filter(is_in_range));
        };
        cut.place = before;
        let mut block = [0; STEP_BYTES];
        while cut.ends == 0 {
            let count = read_at(file, &mut block, cut.place)?;
            let end = memchr(b'\n', &block[..count]);
            cut.place += end.map_or(count, |end| end + 1) as u64;
            if count == 0 || !is_in_range(&cut) {
                return Ok(Some(cut).filter(is_in_range));
            }
            cut.ends = u64::from(end.is_some());
        }
        let mut lines = LinesFrom::new(file, cut.place)?;
        while let Some(line) = lines.next_line()? {
            let is_second = ties.second && cut.ends == 1 && is_second_line(file, cut.place)?;
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            if !is_in_range(&cut) || !is_second && !(ties.goes_on)(text) {
                break;
            }
            cut = Cut { place: cut.place + line.len() as u64, ends: cut.ends + 1 };
        }
        Ok(Some(cut).filter(is_in_range))
    }
}

/// Is the line that begins at a place the second of its file?
fn is_second_line(file: &File, place: u64) -> io::Result<bool> {
    let mut block = [0; STEP_BYTES];
    // the line end that stands right before it is that of the first
    let mut to = place.saturating_sub(1);
    while to > 0 {
        let length = usize::try_from(to).map_or(STEP_BYTES, |to| to.min(STEP_BYTES));
        to -= length as u64;
        file.read_exact_at(&mut block[..length], to)?;
        if memchr(b'\n', &block[..length]).is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Reads once from a place on.
fn read_at(file: &File, block: &mut [u8], place: u64) -> io::Result<usize> {
    loop {
        match file.read_at(block, place) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Lines of a file, one by one.
struct LinesFrom<'a> {
    file: &'a File,
    buffer: LineBuffer,
}

impl<'a> LinesFrom<'a> {
    fn new(mut file: &'a File, place: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(place))?;
        Ok(LinesFrom { file, buffer: LineBuffer::new(STEP_BYTES) })
    }

    /// The next line, with its end if it has one.
    fn next_line(&mut self) -> io::Result<Option<&[u8]>> {
        while self.buffer.lines().is_empty() {
            self.buffer.forget_consumed();
            match self.buffer.read(self.file) {
                Ok(0) if self.buffer.unfinished().is_empty() => return Ok(None),
                Ok(0) => self.buffer.finish_line(false),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let (start, lines) = (self.buffer.consumed().len(), self.buffer.lines());
        self.buffer.consume(memchr(b'\n', lines).map_or(lines.len(), |end| end + 1));
        Ok(self.buffer.consumed().get(start..))
    }
}
