//! The events of logs, for tools that show them.

use super::event::Said;
use super::words::parse;
use crate::filter::{Fault, Ledger, Line, Out, Policy, Stop, name_of};
use crate::logs::repeats::Repeats;
use crate::multilog::FirstLine;

/// Reads the events of logs. It says so if there are none at all.
#[derive(Debug)]
pub struct Reader {
    repeats: Repeats,
    ledger: Ledger,
}

impl Reader {
    /// Has read nothing yet.
    pub fn new() -> Result<Self, Stop> {
        Ok(Reader { repeats: Repeats::default(), ledger: Ledger::open(Policy::quiet())? })
    }

    /// Hands what a line says to `each`, with the line: once, or as often as syslog repeated it.
    ///
    /// The rest of a line that was cut is passed over, with a message if it looks like an event: it
    /// may be all that a client said.
    pub fn read<F>(
        &mut self,
        line: Line<'_>,
        first: FirstLine,
        out: &mut Out,
        mut each: F,
    ) -> Result<(), Stop>
    where
        F: FnMut(&[u8], Said<'_>, &mut Out),
    {
        let fault = match (parse(line.text), first) {
            (Ok(_), FirstLine::Rest) => {
                out.note(name_of(line.file), "an event in the rest of a cut line is left out");
                Fault::Skip("an event in the rest of a cut line")
            }
            (Ok(said), FirstLine::Whole | FirstLine::Unknown) => {
                each(line.text, said, out);
                self.repeats.remember(line.text);
                return Ok(());
            }
            (Err(fault), _) => fault,
        };
        let fault = match self.repeats.unfold(line.text) {
            None => {
                self.repeats.remember(line.text);
                fault
            }
            Some(Err(fault)) => fault,
            Some(Ok(again)) => {
                for _ in 0..again.times {
                    match parse(&again.line) {
                        Ok(said) => each(&again.line, said, out),
                        Err(fault) => return self.ledger.report(line, fault),
                    }
                    out.flush_if_full()?;
                }
                return Ok(());
            }
        };
        self.ledger.report(line, fault)
    }

    /// Says what became of all `lines` if none of them was an event, or if some may have been.
    pub fn close(self, lines: u64, out: &mut Out) -> Result<(), Stop> {
        self.ledger.close(lines, out)
    }
}
