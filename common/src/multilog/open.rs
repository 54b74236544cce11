//! One file of a log, open to be read.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::labels::{Label, a_minute_before, label_at_start};
use super::listing::{End, Identity, LogFile, identity_of};
use super::position::TAIL;
use super::search::{end_of_first_line, first_labelled, head_of, offset_before};
use super::text::Text;
use super::window::Window;
use crate::filter::files::open_regular;
use crate::filter::{BLOCK_BYTES, Compression, LineBuffer};

/// A file, and how far it was read.
#[derive(Debug)]
pub struct Open {
    /// Its path when it was opened.
    pub path: PathBuf,
    /// The file.
    pub file: File,
    /// Which file it is.
    pub id: Identity,
    /// When it was rotated, as far as that is known.
    pub label: Option<Label>,
    /// The files up to this label come before it.
    pub before: Option<Label>,
    /// How it ends, as far as that is known.
    pub end: End,
    /// It could not be read to its end.
    pub failed: bool,
    /// A read may have to wait.
    pub may_block: bool,
    /// Bytes of its text that were read so far.
    pub offset: u64,
    /// Its first bytes, as far as they were read for [`head`](Open::head).
    head: Vec<u8>,
    /// Its text, if the file is compressed.
    archive: Option<Archive>,
}

impl Open {
    /// Opens a file that was listed.
    pub fn new(file: LogFile) -> io::Result<Self> {
        let LogFile { path, label, end, is_text, file, .. } = file;
        let file = file.map_or_else(|| File::open(&path), Ok)?;
        let (id, may_block) = (identity_of(&file)?, !file.metadata()?.is_file());
        let archive = if may_block || is_text {
            None
        } else {
            Archive::at(&file, (&file).stream_position()?)?
        };
        let (before, failed, offset, head) = (None, false, 0, Vec::new());
        Ok(Open { path, file, id, label, before, end, failed, may_block, offset, head, archive })
    }

    /// Its text, to look into.
    pub fn text(&self) -> io::Result<Text<'_>> {
        if self.archive.is_some() { Text::of(&self.file) } else { Ok(Text::plain(&self.file)) }
    }

    /// Its first bytes, up to [`TAIL`].
    pub fn head(&mut self) -> io::Result<&[u8]> {
        if self.head.len() < TAIL {
            self.head = head_of(&mut self.text()?)?;
        }
        Ok(&self.head)
    }

    /// Reads once; gives the number of bytes, 0 at the end of the file.
    pub fn read(&mut self, lines: &mut LineBuffer) -> io::Result<usize> {
        let count = match &mut self.archive {
            Some(archive) => {
                let count = lines.read(archive)?;
                if self.offset == self.head.len() as u64 {
                    // to look for them later would be to decompress them again
                    let fresh = &lines.unread()[lines.unread().len() - count..];
                    self.head.extend(fresh.iter().take(TAIL - self.head.len()));
                }
                count
            }
            None if self.may_block && self.offset == 0 => self.begin_pipe(lines)?,
            None => lines.read(&self.file)?,
        };
        self.offset += count as u64;
        Ok(count)
    }

    /// Reads the first bytes of a pipe, and by them decides whether what comes is compressed.
    fn begin_pipe(&mut self, lines: &mut LineBuffer) -> io::Result<usize> {
        let mut head = [0; Compression::MAGIC_BYTES];
        let mut length = 0;
        while length == 0 || Compression::may_follow(&head[..length]) {
            match (&self.file).read(&mut head[length..]) {
                Ok(0) => break,
                Ok(count) => length += count,
                Err(error) if length > 0 && error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let head = &head[..length];
        let Some(kind) = Compression::of(head) else { return lines.read(head) };
        let pipe = io::Cursor::new(head.to_vec()).chain(self.file.try_clone()?);
        lines.read(self.archive.insert(Archive::of_pipe(kind, pipe)))
    }

    /// How it would be compressed by its first bytes, if it is read as text all the same: it is
    /// damaged, or begins with a client's words.
    pub fn imitated(&self) -> io::Result<Option<Compression>> {
        let is_text = self.archive.is_none() && !self.may_block;
        if is_text { Compression::at(&self.file, 0) } else { Ok(None) }
    }

    /// Is it compressed?
    pub fn is_compressed(&self) -> bool {
        self.archive.is_some()
    }

    /// Goes to a place.
    pub fn seek(&mut self, offset: u64) -> io::Result<()> {
        self.offset = match &mut self.archive {
            Some(archive) => archive.skip_to(offset)?,
            None => self.file.seek(SeekFrom::Start(offset))?,
        };
        Ok(())
    }

    /// Goes to its end.
    pub fn seek_end(&mut self) -> io::Result<()> {
        self.offset = match &mut self.archive {
            Some(archive) => archive.skip(u64::MAX)?,
            None => self.file.seek(SeekFrom::End(0))?,
        };
        Ok(())
    }

    /// Goes to a place from `low` on, itself the start of a line, before which nothing is in the
    /// window that begins at `since`; `true` if it is a later one.
    pub fn go_near(&mut self, since: Label, low: u64, window: &mut Window) -> io::Result<bool> {
        let mut text = self.text()?;
        let has_labels = label_at_start(&head_of(&mut text)?).is_some()
            || first_labelled(&mut text, 0, BLOCK_BYTES as u64)?.is_some();
        // syslog daemons write lines of several hosts, and not to the second in order
        let from = if has_labels { since } else { a_minute_before(since) };
        let label_of = |line: &[u8]| window.time_at_start(line, has_labels);
        let start = offset_before(&mut text, low, from, label_of)?;
        self.seek(start)?;
        Ok(start > low)
    }

    /// The place after the rest of a line with which it begins behind the file at `path`, all of
    /// whose lines are before `since`; `None` if the rest goes on in the next file. Asks only where
    /// the rest looks like a line from `since` on.
    pub fn end_of_rest(&self, path: &Path, since: Label) -> io::Result<Option<u64>> {
        let mut text = self.text()?;
        let looks_late = label_at_start(&head_of(&mut text)?) >= Some(since);
        if looks_late && is_cut(path) { end_of_first_line(&mut text) } else { Ok(Some(0)) }
    }

    /// Begins again with a file that has been emptied, as by logrotate's `copytruncate`; `false` if
    /// it has not.
    pub fn was_truncated(&mut self) -> io::Result<bool> {
        if self.is_compressed() || self.file.metadata()?.len() >= self.offset {
            return Ok(false);
        }
        // a file of /proc says that it is empty, but what was read of it is still there
        let gone = self.file.read_at(&mut [0], self.offset - 1)? == 0;
        if gone {
            self.seek(0)?;
            self.head.clear();
        }
        Ok(gone)
    }
}

/// Standard input.
pub fn stdin() -> io::Result<File> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

/// Does it end in the middle of a line?
fn is_cut(path: &Path) -> bool {
    let last = || {
        let file = open_regular(path)?;
        if let Some(mut archive) = Archive::at(&file, 0)? {
            return Ok(archive.last_byte()?.is_some_and(|last| last != b'\n'));
        }
        let Some(at) = file.metadata()?.len().checked_sub(1) else { return Ok(false) };
        let mut byte = [0];
        file.read_exact_at(&mut byte, at)?;
        Ok::<_, io::Error>(byte != *b"\n")
    };
    // one that cannot be read is not known to be
    last().unwrap_or(false)
}
