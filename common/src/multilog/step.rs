//! The steps from file to file of a log.

use std::path::PathBuf;

use super::first_line::FirstLine;
use super::listing::End;

/// What comes before the next file.
#[derive(Debug)]
pub enum Before {
    /// The open one.
    Open,
    /// One that was not opened, since all its lines are before the window.
    Passed { path: PathBuf, end: End },
    /// One that is gone or cannot be read, or none.
    Unknown,
}

/// What the end of a file has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is nothing more for now.
    Wait,
    /// The same file may have more.
    Again,
    /// The unfinished line will not be finished any more: it is to be ended before the next step.
    EndLine,
    /// The next file is open, and begins with this. The unfinished line goes on there.
    Opened(FirstLine),
}
