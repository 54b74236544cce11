//! Standard output of a filter, its messages and its exit status.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, ErrorKind, IsTerminal, Seek, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::process::ExitCode;
use std::time::Duration;

use crate::bytes::json::Described;
use crate::bytes::tsv;
use crate::filter::progress::Progress;
use crate::filter::row_buffer::RowBuffer;
use crate::filter::stop::{Stop, reason};

/// How much is read or written at once.
pub(crate) const BLOCK_BYTES: usize = 256 * 1024;
/// What a pipe is asked to hold: the most that Linux gives to an ordinary user.
const PIPE_BYTES: usize = 1024 * 1024;

/// Widens a pipe, if it is one and the system allows it.
pub(crate) fn widen(fd: impl AsFd) {
    let _ = rustix::pipe::fcntl_setpipe_size(fd, PIPE_BYTES);
}

/// Standard output in large blocks, complaints on standard error, and the exit status.
#[derive(Debug)]
pub struct Out {
    name: &'static str,
    file: io::Result<File>,
    buffer: RowBuffer,
    progress: Option<Progress>,
    status: u8,
}

impl Out {
    /// Standard output of the tool `name`.
    pub fn stdout(name: &'static str) -> Self {
        let file = io::stdout().as_fd().try_clone_to_owned().map(File::from);
        if let Ok(file) = &file {
            widen(file);
        }
        let mut out = Out { name, file, buffer: RowBuffer::default(), progress: None, status: 0 };
        out.buffer.rows.reserve_exact(2 * BLOCK_BYTES);
        out
    }

    /// The rows to come are written as JSON objects.
    pub(crate) fn write_json(&mut self) {
        self.buffer = RowBuffer::new(true);
    }

    /// The bytes that wait to be written; append to it.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer.rows
    }

    /// Starts a TSV row at the end of the buffer.
    pub fn row(&mut self) -> tsv::Row<'_> {
        tsv::Row::new(self.buffer())
    }

    /// Names the columns, by names written as fields, before the first row: in a header if one is
    /// wanted. JSON objects have the names in any case, and no header.
    pub fn name_columns<N: AsRef<[u8]>>(
        &mut self,
        header: bool,
        columns: impl IntoIterator<Item = Described<N>>,
    ) {
        self.buffer.name(header, columns);
    }

    /// What is said of an input that the output goes to.
    pub(crate) const IS_INPUT: &str = "input file is output file";

    /// Would what is written be read again? Yes if the input is the same regular file as the output
    /// and has bytes left to read, or is followed as it grows.
    pub(crate) fn is_input(&self, input: &File, followed: bool) -> bool {
        let regular = |file: &File| file.metadata().ok().filter(fs::Metadata::is_file);
        let Some(data) = regular(input) else { return false };
        let output = self.file.as_ref().ok().and_then(regular);
        let same = |output: fs::Metadata| (output.dev(), output.ino()) == (data.dev(), data.ino());
        let has_more = || (&*input).stream_position().is_ok_and(|at| at < data.len());
        output.is_some_and(same) && (followed || has_more())
    }

    /// Writes all that waits.
    pub fn flush(&mut self) -> Result<(), Stop> {
        if self.buffer.rows.is_empty() {
            return Ok(());
        }
        self.end_progress_on_terminal();
        let written = write_all(&mut self.file, self.buffer.text());
        self.buffer.rows.clear();
        written
    }

    /// Writes a large block as it is, after what waits.
    pub fn write(&mut self, block: &[u8]) -> Result<(), Stop> {
        self.flush()?;
        self.end_progress_on_terminal();
        write_all(&mut self.file, block)
    }

    /// Takes rows of TSV that were put together elsewhere: many are written as they are, after what
    /// waits; few wait, too.
    pub fn take_rows(&mut self, rows: &[u8]) -> Result<(), Stop> {
        if rows.len() >= BLOCK_BYTES / 4 && !self.buffer.are_objects() {
            return self.write(rows);
        }
        self.buffer.rows.extend_from_slice(rows);
        Ok(())
    }

    /// Writes what waits if it is enough for one large write.
    pub fn flush_if_full(&mut self) -> Result<(), Stop> {
        if self.buffer.rows.len() < BLOCK_BYTES { Ok(()) } else { self.flush() }
    }

    /// From now on [`progress`](Self::progress) is shown, if standard error is a terminal.
    pub fn begin_progress(&mut self) {
        self.progress = Progress::on_terminal();
    }

    /// Says how far the work is, now and then: what `far` makes of the time since it began, within a
    /// line.
    pub fn progress(&mut self, far: impl FnOnce(Duration) -> String) {
        if let Some(progress) = &mut self.progress {
            progress.tell(self.name, far);
        }
    }

    /// Output on a terminal shows by itself how far the work is.
    fn end_progress_on_terminal(&mut self) {
        if let Some(progress) = &mut self.progress
            && self.file.as_ref().is_ok_and(File::is_terminal)
        {
            progress.wipe();
            self.progress = None;
        }
    }

    /// Says `NAME: SUBJECT: what` on standard error, without a change of status.
    pub fn note(&mut self, subject: impl Display, what: impl Display) {
        let text = match subject.to_string() {
            subject if subject.is_empty() => format!("{}: {what}", self.name),
            subject => format!("{}: {subject}: {what}", self.name),
        };
        self.progress.iter_mut().for_each(Progress::wipe);
        // Standard error may be closed or full; there is nobody left to tell.
        let _ = io::stderr().write_all(format!("{}\n", tsv::visible(text.as_bytes())).as_bytes());
    }

    /// Says what failed; the work goes on, the status will be 2.
    pub fn complain(&mut self, subject: impl Display, what: impl Display) {
        self.note(subject, what);
        self.status = 2;
    }

    /// Did something fail so far?
    pub fn failed(&self) -> bool {
        self.status == 2
    }

    /// The answer is no, or input was refused: the status will be 1 unless something failed.
    pub fn answer_no(&mut self) {
        self.status = self.status.max(1);
    }

    /// Flushes, says how it ended and gives the exit status.
    pub fn finish(mut self, end: Result<(), Stop>) -> ExitCode {
        if let Err(Stop::Show(text)) = &end {
            self.buffer().extend_from_slice(text.as_bytes());
        }
        self.progress.iter_mut().for_each(Progress::wipe);
        // Rows that were done before an error are still good.
        let flushed = if matches!(end, Err(Stop::Closed)) { Ok(()) } else { self.flush() };
        for stop in [end, flushed] {
            match stop {
                Ok(()) | Err(Stop::Show(_) | Stop::Closed) => {}
                Err(Stop::No) => self.answer_no(),
                Err(Stop::Usage(subject, what)) => self.complain(subject, what),
                Err(Stop::Io(subject, error)) => self.complain(subject, reason(&error)),
            }
        }
        ExitCode::from(self.status)
    }
}

fn write_all(file: &mut io::Result<File>, bytes: &[u8]) -> Result<(), Stop> {
    let written = match file {
        Ok(file) => file.write_all(bytes),
        Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
    };
    written.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Stop::Closed,
        _ => Stop::Io("stdout".into(), error),
    })
}
