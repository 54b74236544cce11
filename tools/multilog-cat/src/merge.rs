//! Several logs as one, in the order of their labels.

use std::ffi::OsStr;

use common::io::{Out, name_of};
use common::multilog::{Label, Log, label_at_start};
use common::stop::Stop;
use memchr::memchr_iter;

use crate::totals::Totals;

/// From this size on lines are written as they stand in the input's buffer.
const LARGE: usize = 64 * 1024;

/// The logs, and what was written of them.
#[derive(Debug)]
pub struct Merge {
    sources: Vec<Source>,
    /// Also the beginnings of lines that are at the very end.
    with_rest: bool,
    /// The last line that was written has no end.
    unended: bool,
}

#[derive(Debug)]
struct Source {
    log: Log,
    totals: Totals,
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
        let source =
            |log| Source { log, totals: Totals::default(), key: [0; _], stage: Stage::Waiting };
        Merge { sources: logs.into_iter().map(source).collect(), with_rest, unended: false }
    }

    /// The logs.
    pub fn logs(&mut self) -> impl Iterator<Item = &mut Log> {
        self.sources.iter_mut().map(|source| &mut source.log)
    }

    /// The logs in which there were lines of qplogsumm, and how many.
    pub fn left_out(&self) -> impl Iterator<Item = (&OsStr, u64)> {
        let counts = self.sources.iter().map(|source| (source.log.name(), source.totals.left_out));
        counts.filter(|(_, count)| *count > 0)
    }

    /// Writes what there is now; `true` if there will be no more.
    pub fn write(&mut self, out: &mut Out) -> Result<bool, Stop> {
        loop {
            for source in &mut self.sources {
                source.refill(self.with_rest, out)?;
            }
            // the first line at hand, and the one before which more of its log may be written
            let (mut first, mut second) = (None, None);
            for (at, source) in self.sources.iter().enumerate() {
                if matches!(source.stage, Stage::Lines | Stage::Rest) {
                    let found = Some((source.key, at));
                    if first.is_none() || found < first {
                        (first, second) = (found, first);
                    } else if second.is_none() || found < second {
                        second = found;
                    }
                }
            }
            let Some((_, first)) = first else {
                return Ok(self.sources.iter().all(|source| source.stage == Stage::Over));
            };
            self.sources[first].write(first, second, &mut self.unended, out)?;
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
        let text = if self.stage == Stage::Rest { self.log.rest() } else { self.log.block() };
        self.key = label_at_start(text).unwrap_or(self.key);
        Ok(())
    }

    /// Writes the lines at hand that come before those of the source at `until`.
    fn write(
        &mut self,
        place: usize,
        until: Option<(Label, usize)>,
        unended: &mut bool,
        out: &mut Out,
    ) -> Result<(), Stop> {
        let rest = self.stage == Stage::Rest;
        let text = if rest { self.log.rest() } else { self.log.block() };
        let end = match until.filter(|_| !rest) {
            None => text.len(),
            Some(until) => {
                let starts = memchr_iter(b'\n', text).map(|newline| newline + 1);
                let key_at = |at: usize| label_at_start(&text[at..]);
                let later = starts
                    .filter_map(|at| Some((at, key_at(at)?)))
                    .find(|(_, key)| (*key, place) > until);
                self.key = later.map_or(self.key, |(_, key)| key);
                later.map_or(text.len(), |(at, _)| at)
            }
        };
        self.totals.take_out(&text[..end], |lines| {
            if std::mem::replace(unended, !lines.ends_with(b"\n")) {
                out.buffer().push(b'\n');
            }
            if lines.len() < LARGE {
                out.buffer().extend_from_slice(lines);
                return out.flush_if_full();
            }
            out.write(lines)
        })?;
        if rest {
            self.stage = Stage::Over;
        } else {
            self.log.consume(end);
        }
        Ok(())
    }
}
