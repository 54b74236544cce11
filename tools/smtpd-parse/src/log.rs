//! From lines to rows.

use common::filter::{Fault, Ledger, Line, Out, Stop};
use common::logs::repeats::{Repeated, Repeats};
use common::logs::smtpd::{self, Reading, Record, Said, Source};

use crate::open::Open;
use crate::rows::{Origin, Rows};

/// A log that is being read.
#[derive(Debug)]
pub struct Log {
    rows: Rows,
    /// The only source that is read, if there is one.
    only: Option<Source>,
    open: Open,
    repeats: Repeats,
    ledger: Ledger,
}

const OTHER_SOURCE: Fault = Fault::Skip("a line of another source");

impl Log {
    /// Nothing read yet.
    pub fn new(rows: Rows, only: Option<Source>, ledger: Ledger) -> Self {
        Log { rows, only, open: Open::default(), repeats: Repeats::default(), ledger }
    }

    /// Reads a line of the input.
    pub fn line(&mut self, line: Line<'_>, out: &mut Out) -> Result<(), Stop> {
        let mut said = self.take(line.without_cr(), out.buffer());
        match self.repeats.unfold(line.text) {
            Some(repeated) if said.is_err() => said = self.again(repeated, out)?,
            _ => self.repeats.remember(line.text),
        }
        said.or_else(|fault| self.ledger.report(line, fault))
    }

    /// Writes what is held; says what became of the lines.
    pub fn close(self, lines: u64, out: &mut Out) -> Result<(), Stop> {
        self.open.finish(out.buffer());
        self.ledger.close(lines, out)
    }

    /// Takes a line as often as it came again.
    fn again(
        &mut self,
        repeated: Result<Repeated, Fault>,
        out: &mut Out,
    ) -> Result<Result<(), Fault>, Stop> {
        let Repeated { line, times } = match repeated {
            Ok(repeated) => repeated,
            Err(fault) => return Ok(Err(fault)),
        };
        for _ in 0..times {
            if let Err(fault) = self.take(&line, out.buffer()) {
                return Ok(Err(fault));
            }
            out.flush_if_full()?;
        }
        Ok(Ok(()))
    }

    /// Takes in what a line says, and appends the rows that are complete.
    fn take(&mut self, line: &[u8], rows: &mut Vec<u8>) -> Result<(), Fault> {
        smtpd::read(line, |reading| self.hear(reading, rows))
    }

    fn hear(&mut self, reading: &Reading<'_>, rows: &mut Vec<u8>) -> Result<(), Fault> {
        let Reading { prefix, source, said } = reading;
        let host = prefix.host;
        let Some(source) = *source else {
            if let Ok(Said::Server(event)) = said {
                self.open.server(host, event, rows);
            }
            return Err(Fault::Skip("a line of tcpserver, which knows of no mail"));
        };
        if self.only.is_some_and(|only| only != source) {
            return Err(OTHER_SOURCE);
        }
        let origin = Origin { stamp: prefix.stamp, source };
        match said.as_ref().map_err(|broken| Fault::Reject(broken))? {
            Said::Verdict(record) => {
                if source == Source::Qlog {
                    self.open.settle(host, record.pid, rows);
                }
                let client = client_of(&self.open, host, record);
                self.rows.write(origin, record, client, rows)
            }
            Said::Scanned { record, mail } => {
                let passed = record.is_queued();
                let client = client_of(&self.open, host, record);
                let mut row = Vec::with_capacity(2 * prefix.text.len());
                self.rows.write(origin, record, client, &mut row)?;
                if !passed {
                    self.open.refuse(host, record.pid, mail);
                }
                self.open.settle(host, record.pid, rows);
                if passed {
                    self.open.hold(host, record.pid, row, mail, rows);
                } else {
                    rows.append(&mut row);
                }
                Ok(())
            }
            Said::Asked(record) => {
                self.open.ask(record);
                Ok(())
            }
            Said::Decided(disposition) => {
                let asked = self.open.decide().ok_or(Fault::Skip("decides on nothing seen"))?;
                self.rows.write(origin, &asked.with(disposition), [b"", b""], rows)
            }
            Said::Server(_) | Said::Nothing => Ok(()),
        }
    }
}

/// The client's address and port: those that tcpserver named, where the line does not.
fn client_of<'a>(open: &'a Open, host: &[u8], record: &Record<'a>) -> [&'a [u8]; 2] {
    if record.pid.is_empty() || !record.port.is_empty() {
        return [record.ip, record.port];
    }
    let [ip, port] = open.client(host, record.pid);
    if record.ip.is_empty() || record.ip == ip { [ip, port] } else { [record.ip, record.port] }
}
