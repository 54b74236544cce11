//! The lines of logs one by one, for those who read what they say.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use memchr::memchr_iter;

use super::{At, First, Merge, Run, label_at_start, pause};
use crate::filter::{Out, Stop};

/// A line of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLine<'a> {
    /// The operand that the log was opened by.
    pub log: &'a OsStr,
    /// The line without its end.
    pub text: &'a [u8],
    /// It is the rest of a line whose beginning is gone, and may be all that a stranger said.
    pub rest: bool,
}

/// The lines of operands: files in turn; if a directory is among them, all merged by label.
///
/// A writer cuts a line that is longer than what is left of a file. What stands at the start of a
/// file behind nothing that is known is the rest of such a line if it has no label and the next
/// line has one, so it waits for the next line.
#[derive(Debug)]
pub struct Lines {
    now: Merge,
    /// For each log of it, a line that waits.
    waiting: Vec<Option<Vec<u8>>>,
    later: VecDeque<OsString>,
}

impl Lines {
    /// Opens the operands; no operand at all is standard input. Who follows reads all of them at
    /// once.
    pub fn new(operands: &[OsString], at: At) -> Self {
        let stdin = [OsString::from("-")];
        let operands = if operands.is_empty() { &stdin } else { operands };
        let at_once = at == At::Follow || operands.iter().any(|name| Path::new(name).is_dir());
        let (now, later) = operands.split_at(if at_once { operands.len() } else { 1 });
        let waiting = vec![None; now.len()];
        Lines { now: Merge::of(now, at), waiting, later: later.iter().cloned().collect() }
    }

    /// Hands out what there is now; `true` if there will be no more.
    pub fn hand_out<F>(&mut self, out: &mut Out, mut each: F) -> Result<bool, Stop>
    where
        F: FnMut(LogLine<'_>, &mut Out) -> Result<(), Stop>,
    {
        loop {
            let waiting = &mut self.waiting;
            let over = self.now.hand_out(out, |run, out| {
                split(run, &mut waiting[run.place], out, &mut each)?;
                out.flush_if_full()
            })?;
            if !over {
                return Ok(false);
            }
            for (place, log) in self.now.logs().enumerate() {
                if let Some(text) = waiting[place].take() {
                    each(LogLine { log: log.name(), text: &text, rest: false }, out)?;
                }
            }
            let Some(next) = self.later.pop_front() else { return Ok(true) };
            self.now = Merge::of(&[next], At::End);
        }
    }

    /// Hands out all lines there will ever be.
    pub fn for_each<F>(mut self, out: &mut Out, mut each: F) -> Result<(), Stop>
    where
        F: FnMut(LogLine<'_>, &mut Out) -> Result<(), Stop>,
    {
        while !self.hand_out(out, &mut each)? {
            pause(out)?;
        }
        Ok(())
    }
}

/// Hands out the lines of a run, save one that waits.
fn split<F>(
    run: Run<'_>,
    waiting: &mut Option<Vec<u8>>,
    out: &mut Out,
    each: &mut F,
) -> Result<(), Stop>
where
    F: FnMut(LogLine<'_>, &mut Out) -> Result<(), Stop>,
{
    let (log, mut start, mut first) = (run.name, 0, run.first);
    let ends =
        memchr_iter(b'\n', run.text).chain((!run.text.ends_with(b"\n")).then_some(run.text.len()));
    for end in ends {
        let text = &run.text[start..end];
        // only the first two lines of a log are looked at twice
        let labelled = || label_at_start(text).is_some();
        if let Some(before) = waiting.take() {
            each(LogLine { log, text: &before, rest: labelled() }, out)?;
        }
        if first == First::Unknown && !labelled() {
            *waiting = Some(text.to_vec());
        } else {
            each(LogLine { log, text, rest: first == First::Rest }, out)?;
        }
        (start, first) = (end + 1, First::Whole);
    }
    Ok(())
}
