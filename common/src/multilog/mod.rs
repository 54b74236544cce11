//! The directories that multilog, s6-log and svlogd write, and single files, as sources of lines.
//!
//! A [`Log`] gives every line once, oldest first, while the writer goes on and its files are
//! renamed, processed and deleted. It keeps the file open that it reads and asks for its successor
//! only when that file is at its end, so no rotation in between can hide a line or show it twice.
//! [`Lines`] is all that most tools need; [`Merge`] hands out runs of lines of several logs in the
//! order of their labels, from each [`Log`] as it was opened.

use std::time::Duration;

use crate::filter::{Out, Stop};

mod lines;
mod listing;
mod log;
mod merge;
mod open;
mod per_log;
mod position;
mod window;

pub use lines::{Lines, LogLine};
pub use log::{First, Log};
pub use merge::{Merge, Run};
pub use per_log::PerLog;
pub use position::Position;
pub use window::{Label, Window, label_at_start, label_of, last_label};

/// How long one who follows waits before looking again.
const PAUSE: Duration = Duration::from_millis(100);

/// What to do at the end of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Stop.
    End,
    /// Wait for more.
    Follow,
}

/// Writes what waits, then waits a moment: what one who follows does between two looks.
pub fn pause(out: &mut Out) -> Result<(), Stop> {
    out.flush()?;
    std::thread::sleep(PAUSE);
    Ok(())
}
