//! The directories that multilog, s6-log and svlogd write, and single files, as sources of lines.
//!
//! A [`Log`] gives every line once, oldest first, while the writer goes on and its files are
//! renamed, processed and deleted. It keeps the file open that it reads and asks for its successor
//! only when that file is at its end, so no rotation in between can hide a line or show it twice.
//!
//! Most tools need only [`Lines`]. It reads runs of lines from a [`Merge`], which puts several logs
//! in the order of their labels. [`FirstLine`] decides whether a file begins with a line.

mod archive;
mod first_line;
mod gap;
mod gzip_members;
mod labels;
mod line_times;
mod lines;
mod listing;
mod log;
mod looks;
mod merge;
mod names;
mod open;
mod per_log;
mod position;
mod search;
mod step;
mod succession;
mod text;
mod wait;
mod window;
mod xz_text;
mod zstd_frames;

pub use first_line::FirstLine;
pub use gap::Gap;
pub use labels::{Label, label_at_start, label_of, last_label};
pub use line_times::LineTimes;
pub use lines::Lines;
pub use log::Log;
pub use merge::{Merge, Run};
pub use per_log::PerLog;
pub use position::Position;
pub use wait::{At, pause};
pub use window::Window;
