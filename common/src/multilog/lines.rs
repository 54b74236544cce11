//! The lines of logs one by one, for tools that read what they say.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::Path;

use bstr::ByteSlice;

use super::first_line::FirstLine;
use super::merge::{Merge, Run};
use super::wait::{At, pause};
use crate::filter::{Line, Out, OwnedLine, Stop};

/// The lines of operands: files in turn; if a directory is among them, all merged by label.
///
/// A line is handed out with what it is, [`FirstLine::Whole`] unless it is the first of its file.
/// Such a line waits for the next one if that decides what it is.
#[derive(Debug)]
pub struct Lines {
    merge: Merge,
    /// For each log of it, how far it was handed out.
    numbered: Vec<Numbered>,
    later: VecDeque<OsString>,
    count: u64,
}

#[derive(Debug)]
struct Numbered {
    operand: OsString,
    /// Lines so far.
    number: u64,
    /// A first line that waits for the second.
    waiting: Option<OwnedLine>,
}

impl Lines {
    /// Opens the operands; no operand at all is standard input. A follower reads all of them at
    /// once.
    pub fn new(operands: &[OsString], at: At) -> Self {
        let stdin = [OsString::from("-")];
        let operands = if operands.is_empty() { &stdin } else { operands };
        let at_once = at == At::Follow || operands.iter().any(|name| Path::new(name).is_dir());
        let (now, later) = operands.split_at(if at_once { operands.len() } else { 1 });
        let later = later.iter().cloned().collect();
        Lines { merge: Merge::of(now, at), numbered: numbered(now), later, count: 0 }
    }

    /// How many lines were handed out so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Hands out what there is now; `true` if there will be no more.
    pub fn hand_out<F>(&mut self, out: &mut Out, mut each: F) -> Result<bool, Stop>
    where
        F: FnMut(Line<'_>, FirstLine, &mut Out) -> Result<(), Stop>,
    {
        let Lines { merge, numbered, later, count } = self;
        let mut each = |line: Line<'_>, first: FirstLine, out: &mut Out| {
            *count += 1;
            each(line, first, out)
        };
        loop {
            let over = merge.hand_out(out, |run, out| {
                numbered[run.place].split(run, out, &mut each)?;
                out.flush_if_full()
            })?;
            if !over {
                return Ok(false);
            }
            for waiting in numbered.iter_mut().filter_map(|log| log.waiting.take()) {
                each(waiting.line(), FirstLine::Unknown, out)?;
            }
            let Some(next) = later.pop_front() else { return Ok(true) };
            let next = [next];
            (*merge, *numbered) = (Merge::of(&next, At::End), self::numbered(&next));
        }
    }

    /// Hands out all lines there will ever be.
    pub fn for_each<F>(&mut self, out: &mut Out, mut each: F) -> Result<(), Stop>
    where
        F: FnMut(Line<'_>, FirstLine, &mut Out) -> Result<(), Stop>,
    {
        while !self.hand_out(out, &mut each)? {
            pause(out)?;
        }
        Ok(())
    }
}

fn numbered(operands: &[OsString]) -> Vec<Numbered> {
    let numbered =
        |operand: &OsString| Numbered { operand: operand.clone(), number: 0, waiting: None };
    operands.iter().map(numbered).collect()
}

impl Numbered {
    /// Hands out the lines of a run, save one that waits.
    fn split<F>(&mut self, run: Run<'_>, out: &mut Out, each: &mut F) -> Result<(), Stop>
    where
        F: FnMut(Line<'_>, FirstLine, &mut Out) -> Result<(), Stop>,
    {
        let mut first = run.first;
        for text in run.text.lines_with_terminator() {
            let (text, ended) = text.strip_suffix(b"\n").map_or((text, false), |text| (text, true));
            if let Some(waiting) = self.waiting.take() {
                each(waiting.line(), FirstLine::Unknown.before(text), out)?;
            }
            self.number += 1;
            let line = Line { text, ended, file: &self.operand, number: self.number };
            if first == FirstLine::Unknown {
                self.waiting = Some(line.into());
            } else {
                each(line, first, out)?;
            }
            first = FirstLine::Whole;
        }
        Ok(())
    }
}
