//! Several logs as one, in the order of their labels.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ffi::OsString;

use super::first_line::FirstLine;
use super::labels::{Label, label_at_start, labelled_lines};
use super::log::Log;
use super::wait::At;
use super::window::Window;
use crate::filter::{Out, Stop, name_of};

/// In bytes.
const MEGABYTE: u64 = 1_000_000;

/// The logs, and how far they were handed out.
#[derive(Debug)]
pub struct Merge {
    logs: Vec<MergedLog>,
    /// Those that have lines, by the label of the next one and their places.
    ready: BinaryHeap<Reverse<(Label, usize)>>,
    /// The places of those that have none now.
    empty: Vec<usize>,
    /// A last line that has no end is a line, too.
    with_unfinished: bool,
    /// The bytes that were handed out.
    bytes: u64,
}

/// Lines of one log that come next, each with its end; only the very last one of a log may lack it.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// Which log, from 0.
    pub place: usize,
    /// The lines.
    pub text: &'a [u8],
    /// What the first of them is.
    pub first: FirstLine,
}

#[derive(Debug)]
struct MergedLog {
    log: Log,
    /// The label of the next line, or of the last one before it that has one.
    key: Label,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// There are lines.
    Lines,
    /// There are none for now.
    Waiting,
    /// Only the last line is left, which has no end.
    Unfinished,
    /// There will be no more.
    Over,
}

impl Merge {
    /// Joins logs; `with_unfinished`: a last line that has no end is a line, too.
    pub fn new(logs: Vec<Log>, with_unfinished: bool) -> Self {
        let merged = |log| MergedLog { log, key: [0; _], stage: Stage::Waiting };
        let logs: Vec<_> = logs.into_iter().map(merged).collect();
        let empty = (0..logs.len()).collect();
        Merge { logs, ready: BinaryHeap::new(), empty, with_unfinished, bytes: 0 }
    }

    /// Joins the whole logs of these operands.
    pub fn of(operands: &[OsString], at: At) -> Self {
        let logs = operands.iter().map(|name| Log::open(name, at, Window::default()));
        Merge::new(logs.collect(), true)
    }

    /// The logs.
    pub fn logs(&mut self) -> impl Iterator<Item = &mut Log> {
        self.logs.iter_mut().map(|merged| &mut merged.log)
    }

    /// Hands out what there is now, and shows progress; `true` if there will be no more.
    pub fn hand_out<F>(&mut self, out: &mut Out, mut each: F) -> Result<bool, Stop>
    where
        F: FnMut(Run<'_>, &mut Out) -> Result<(), Stop>,
    {
        loop {
            for place in std::mem::take(&mut self.empty) {
                let merged = &mut self.logs[place];
                merged.refill(self.with_unfinished, out)?;
                match merged.stage {
                    Stage::Lines | Stage::Unfinished => {
                        self.ready.push(Reverse((merged.key, place)));
                    }
                    Stage::Waiting => self.empty.push(place),
                    Stage::Over => {}
                }
            }
            // the log whose line comes first, and the one before whose line more of it may come
            let Some(Reverse((_, place))) = self.ready.pop() else {
                return Ok(self.empty.is_empty());
            };
            let second = self.ready.peek().map(|Reverse(second)| *second);
            let merged = &mut self.logs[place];
            let (end, first) = (merged.end_before(place, second), merged.log.first());
            each(Run { place, text: &merged.text()[..end], first }, out)?;
            merged.consume(end);
            self.bytes += end as u64;
            if merged.log.block().is_empty() || merged.stage == Stage::Over {
                self.empty.push(place);
            } else {
                self.ready.push(Reverse((merged.key, place)));
            }
            out.progress(|_| self.far());
        }
    }

    /// How far it is, in words.
    fn far(&self) -> String {
        let files: usize = self.logs.iter().map(|merged| merged.log.files_to_come()).sum();
        format!("{} MB, files to come: {files}", self.bytes / MEGABYTE)
    }
}

impl MergedLog {
    /// Reads more lines if there are none.
    fn refill(&mut self, with_unfinished: bool, out: &mut Out) -> Result<(), Stop> {
        if matches!(self.stage, Stage::Unfinished | Stage::Over) || !self.log.block().is_empty() {
            return Ok(());
        }
        self.stage = if self.log.fill(out)? {
            Stage::Lines
        } else if !self.log.is_over() {
            Stage::Waiting
        } else if with_unfinished && !self.log.unfinished().is_empty() {
            Stage::Unfinished
        } else {
            if self.log.is_missing() {
                out.complain(name_of(self.log.name()), "there is no log in this directory");
            }
            Stage::Over
        };
        if self.log.first() != FirstLine::Rest {
            let label = label_at_start(self.text());
            self.key = label.unwrap_or(self.key);
        }
        Ok(())
    }

    /// The lines that come next.
    fn text(&mut self) -> &[u8] {
        match self.stage {
            Stage::Unfinished => self.log.unfinished(),
            Stage::Lines | Stage::Waiting | Stage::Over => self.log.block(),
        }
    }

    /// How much of the text comes before the line of another log, given by its label and place.
    fn end_before(&mut self, place: usize, other: Option<(Label, usize)>) -> usize {
        let is_last = self.stage == Stage::Unfinished;
        let text = self.text();
        let Some(other) = other.filter(|_| !is_last) else {
            return text.len();
        };
        let later = |(_, key): &(usize, Label)| (*key, place) > other;
        let Some((end, key)) = labelled_lines(text).find(later) else {
            return text.len();
        };
        self.key = key;
        end
    }

    fn consume(&mut self, count: usize) {
        if self.stage == Stage::Unfinished {
            self.stage = Stage::Over;
        } else {
            self.log.consume(count);
        }
    }
}
