//! The directories that multilog, s6-log and svlogd write, and single files, as sources of lines.
//!
//! A [`Log`] gives every line once, oldest first, while the writer goes on and its files are
//! renamed, processed and deleted. It keeps the file open that it reads and asks for its successor
//! only when that file is at its end, so no rotation in between can hide a line or show it twice.
//! [`for_each_line`] is all that most tools need; who merges logs or remembers how far it came
//! works with [`Log`]: [`fill`](Log::fill), [`block`](Log::block), [`consume`](Log::consume).

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use memchr::memchr_iter;

use crate::io::{Line, Out};
use crate::stop::Stop;

mod folders;
mod listing;
mod log;
mod position;
mod window;

pub use folders::PerFolder;
pub use log::Log;
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

/// Hands every line of these directories and files to `each`: one operand after the other, or,
/// following, whatever any of them has got. No operand at all is standard input.
///
/// A line is handed out once it is whole, and at the end the last one as it is. Numbers count the
/// lines of an operand. Who follows ends with the last pipe if there is nothing but pipes.
pub fn for_each_line<F>(
    operands: &[OsString],
    at: At,
    out: &mut Out,
    mut each: F,
) -> Result<(), Stop>
where
    F: FnMut(Line<'_>, &mut Out) -> Result<(), Stop>,
{
    let stdin = [OsString::from("-")];
    let operands = if operands.is_empty() { &stdin } else { operands };
    let logs = operands.iter().map(|name| (Log::open(name, at, Window::default()), 0));
    let mut logs: Vec<(Log, u64)> = logs.collect();
    loop {
        for (log, number) in &mut logs {
            while log.fill(out)? {
                let name = log.name().to_owned();
                hand_out(log.block(), &name, number, out, &mut each)?;
                log.consume(log.block().len());
                out.flush_if_full()?;
            }
            if log.is_over() && !log.rest().is_empty() {
                *number += 1;
                let line = Line { ended: false, ..Line::kept(log.rest(), log.name(), *number) };
                each(line, out)?;
            }
        }
        logs.retain(|(log, _)| !log.is_over());
        if logs.is_empty() {
            return Ok(());
        }
        pause(out)?;
    }
}

fn hand_out<F>(
    block: &[u8],
    name: &OsStr,
    number: &mut u64,
    out: &mut Out,
    each: &mut F,
) -> Result<(), Stop>
where
    F: FnMut(Line<'_>, &mut Out) -> Result<(), Stop>,
{
    let mut start = 0;
    for end in memchr_iter(b'\n', block) {
        *number += 1;
        each(Line::kept(&block[start..end], name, *number), out)?;
        start = end + 1;
    }
    Ok(())
}
