//! Several logs as one, in the order of their labels.

use std::ffi::{OsStr, OsString};

use memchr::memchr_iter;

use super::{At, First, Label, Log, Window, label_at_start};
use crate::filter::{Out, Stop, name_of};

/// The logs, and how far they were handed out.
#[derive(Debug)]
pub struct Merge {
    sources: Vec<Source>,
    /// Also the beginnings of lines that are at the very end.
    with_rest: bool,
}

/// Lines of one log that come next, each with its end; only the very last one of a log may lack it.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// Which log, from 0.
    pub place: usize,
    /// The operand that it was opened by.
    pub name: &'a OsStr,
    /// The lines.
    pub text: &'a [u8],
    /// What the first of them is.
    pub first: First,
}

#[derive(Debug)]
struct Source {
    log: Log,
    /// The label of the line at hand, or of the last one before it that has one.
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
    Rest,
    /// There will be no more.
    Over,
}

impl Merge {
    /// Joins logs; `with_rest`: a last line that has no end is a line, too.
    pub fn new(logs: Vec<Log>, with_rest: bool) -> Self {
        let source = |log| Source { log, key: [0; _], stage: Stage::Waiting };
        Merge { sources: logs.into_iter().map(source).collect(), with_rest }
    }

    /// Joins the whole logs of these operands.
    pub fn of(operands: &[OsString], at: At) -> Self {
        let logs = operands.iter().map(|name| Log::open(name, at, Window::default()));
        Merge::new(logs.collect(), true)
    }

    /// The logs.
    pub fn logs(&mut self) -> impl Iterator<Item = &mut Log> {
        self.sources.iter_mut().map(|source| &mut source.log)
    }

    /// Hands out what there is now; `true` if there will be no more.
    pub fn hand_out<F>(&mut self, out: &mut Out, mut each: F) -> Result<bool, Stop>
    where
        F: FnMut(Run<'_>, &mut Out) -> Result<(), Stop>,
    {
        loop {
            for source in &mut self.sources {
                source.refill(self.with_rest, out)?;
            }
            // the first line at hand, and the one before which more of its log may come
            let (mut first, mut second) = (None, None);
            for (place, source) in self.sources.iter().enumerate() {
                if matches!(source.stage, Stage::Lines | Stage::Rest) {
                    let found = Some((source.key, place));
                    if first.is_none() || found < first {
                        (first, second) = (found, first);
                    } else if second.is_none() || found < second {
                        second = found;
                    }
                }
            }
            let Some((_, place)) = first else {
                return Ok(self.sources.iter().all(|source| source.stage == Stage::Over));
            };
            let source = &mut self.sources[place];
            let end = source.end_before(place, second);
            let (name, first) = (source.log.name(), source.log.first());
            each(Run { place, name, text: &source.text()[..end], first }, out)?;
            source.consume(end);
        }
    }
}

impl Source {
    /// Gets more lines if there are none at hand.
    fn refill(&mut self, with_rest: bool, out: &mut Out) -> Result<(), Stop> {
        if matches!(self.stage, Stage::Rest | Stage::Over) || !self.log.block().is_empty() {
            return Ok(());
        }
        self.stage = if self.log.fill(out)? {
            Stage::Lines
        } else if !self.log.is_over() {
            Stage::Waiting
        } else if with_rest && !self.log.rest().is_empty() {
            Stage::Rest
        } else {
            if self.log.is_missing() {
                out.complain(name_of(self.log.name()), "there is no log in this directory");
            }
            Stage::Over
        };
        if self.log.first() != First::Rest {
            self.key = label_at_start(self.text()).unwrap_or(self.key);
        }
        Ok(())
    }

    /// The lines at hand.
    fn text(&self) -> &[u8] {
        if self.stage == Stage::Rest { self.log.rest() } else { self.log.block() }
    }

    /// How much of the text comes before the source at `until`.
    fn end_before(&mut self, place: usize, until: Option<(Label, usize)>) -> usize {
        let text = if self.stage == Stage::Rest { self.log.rest() } else { self.log.block() };
        let Some(until) = until.filter(|_| self.stage != Stage::Rest) else { return text.len() };
        let starts = memchr_iter(b'\n', text).map(|newline| newline + 1);
        let labelled = starts.filter_map(|at| Some((at, label_at_start(&text[at..])?)));
        let later = labelled.into_iter().find(|(_, key)| (*key, place) > until);
        let Some((end, key)) = later else { return text.len() };
        self.key = key;
        end
    }

    fn consume(&mut self, count: usize) {
        if self.stage == Stage::Rest {
            self.stage = Stage::Over;
        } else {
            self.log.consume(count);
        }
    }
}
