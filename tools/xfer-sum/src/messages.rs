//! Message rows, as far as sums need them.

use std::borrow::Cow;

use common::bytes::span::{Span, short};
use common::bytes::tsv;
use common::logs::address;
use common::rows::groups::Batch;

use crate::filter::{Filter, Moments};
use crate::input::{Row, as_ours};
use crate::key::{Charge, Column, Keys};
use crate::sum::Sum;

// the numbers of the columns in `schema::MessageColumn`
const TIME: usize = 0;
const HOST: usize = 1;
/// The number of the column.
pub const DIRECTION: usize = 2;
const SENDER: usize = 4;
const RECIPIENT: usize = 5;
const BYTES: usize = 6;
/// The number of the column.
pub const STATUS: usize = 7;

/// Turns message rows into amounts and the keys that they are summed under.
#[derive(Debug)]
pub struct Messages {
    charge: Charge,
    filter: Filter,
    /// Does it let all pass?
    is_open: bool,
    /// `None` if no time matters.
    moments: Option<Moments>,
}

/// What is to be summed of a row.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    /// The amount.
    pub amount: Sum,
    /// The numbers of the columns of the charged address and of the other one.
    parties: [usize; 2],
}

impl Message {
    /// Is it charged to this domain, given as a field?
    pub fn is_charged_to(&self, domain: &[u8], row: &Row<'_>, keys: &Keys) -> bool {
        let (address, mut odd) = (row.part(self.parties[0]), Vec::new());
        keys.name_of(domain_of(address, &mut odd)).bytes() == domain
    }
}

impl Messages {
    /// Messages to be summed by these keys.
    pub fn new(charge: Charge, filter: Filter, keys: &Keys) -> Self {
        let timed = filter.has_time() || keys.have(Column::Day) || keys.have(Column::Hour);
        let is_open = filter.is_open();
        Messages { charge, filter, is_open, moments: timed.then(Moments::new) }
    }

    /// Is the column with this number looked at? `domain`: the domain in any case.
    pub fn need(&self, column: usize, keys: &Keys, domain: bool) -> bool {
        let charged = domain || keys.have(Column::Domain) || keys.have(Column::User);
        let peer = keys.have(Column::PeerDomain);
        match column {
            TIME => self.moments.is_some(),
            HOST => keys.have(Column::Host),
            DIRECTION => {
                self.charge == Charge::Own
                    || keys.have(Column::Direction)
                    || self.filter.has_direction()
            }
            SENDER => {
                charged && self.charge != Charge::Recipient || peer && self.charge != Charge::Sender
            }
            RECIPIENT => {
                charged && self.charge != Charge::Sender || peer && self.charge != Charge::Recipient
            }
            BYTES => true,
            STATUS => keys.have(Column::Status) || self.filter.has_status(),
            _ => false,
        }
    }

    /// What is to be summed of a row; `None` if it is filtered out; why it is broken.
    #[inline(always)]
    pub fn read(&mut self, row: &Row<'_>, keys: &Keys) -> Result<Option<Message>, &'static str> {
        let bytes = row.part(BYTES);
        let bytes = if bytes.is_empty() { Some(0) } else { bytes.number() };
        let bytes = bytes.ok_or("the bytes are no number below 2^64")?;
        let parties = self.parties(row).ok_or("the direction is neither in nor out")?;
        let mut moment = None;
        if let Some(moments) = &mut self.moments {
            let found = moments.read(row.field(TIME)).ok_or("the time cannot be read")?;
            if !keys.allow(found.day) {
                return Err("no day file has this year");
            }
            moment = Some(found);
        }
        let passes = self.is_open || self.filter.passes(row, moment);
        Ok(passes.then_some(Message { amount: Sum { messages: 1, bytes }, parties }))
    }

    /// The numbers of the columns of the charged address and of the other one; `None` if the
    /// direction does not tell which is which.
    #[inline(always)]
    fn parties(&self, row: &Row<'_>) -> Option<[usize; 2]> {
        const IN: Option<u64> = Some(short(b"in"));
        const OUT: Option<u64> = Some(short(b"out"));
        const PARTIES: [Option<[usize; 2]>; 3] =
            [None, Some([RECIPIENT, SENDER]), Some([SENDER, RECIPIENT])];
        match self.charge {
            Charge::Recipient => PARTIES[1],
            Charge::Sender => PARTIES[2],
            Charge::Own => {
                // looked up: the processor could only guess which of the two comes next
                let direction = row.part(DIRECTION).short();
                PARTIES[usize::from(direction == IN) + 2 * usize::from(direction == OUT)]
            }
        }
    }

    /// Puts the key of the row together, which is the one that was read last.
    #[inline(always)]
    pub fn key(&self, row: &Row<'_>, message: Message, keys: &Keys, key: &mut Batch<Sum>) {
        key.begin();
        for (at, column) in keys.columns.iter().enumerate() {
            if at > 0 {
                key.separate();
            }
            if *column == Column::Domain {
                let (address, mut odd) = (row.part(message.parties[0]), Vec::new());
                key.append(keys.name_of(domain_of(address, &mut odd)));
            } else {
                self.append_other(*column, row, message, key);
            }
        }
    }

    /// Appends a field that is not the domain. Never inlined: the compiler would then prepare for
    /// every column before it looks which one it is.
    #[inline(never)]
    fn append_other(
        &self,
        column: Column,
        row: &Row<'_>,
        Message { parties: [charged, peer], .. }: Message,
        key: &mut Batch<Sum>,
    ) {
        let mut odd = Vec::new();
        match (column, &self.moments) {
            (Column::PeerDomain, _) => key.append(domain_of(row.part(peer), &mut odd)),
            (Column::User, _) => {
                tsv::escape(&address::user(&tsv::as_read(row.field(charged))), &mut odd);
                key.append(odd.as_slice().into());
            }
            (Column::Host, _) => key.append(as_ours(row.part(HOST), &mut odd)),
            (Column::Direction, _) => key.append(as_ours(row.part(DIRECTION), &mut odd)),
            (Column::Status, _) => key.append(as_ours(row.part(STATUS), &mut odd)),
            (Column::Day, Some(moments)) => key.append(moments.day()),
            (Column::Hour, Some(moments)) => key.append(moments.hour().as_slice().into()),
            // never: the first is not for this function, and these columns make moments needed
            (Column::Domain, _) | (Column::Day | Column::Hour, None) => {}
        }
    }
}

/// The domain of an address, both as fields; in `odd` if it does not stand in the address.
#[inline(always)]
fn domain_of<'a>(address: Span<'a>, odd: &'a mut Vec<u8>) -> Span<'a> {
    match address.last_chunk().and_then(address::plain_domain_length) {
        Some(length) => address.last(length),
        None => domain_of_any(address, odd),
    }
}

/// The naive twin.
#[inline(never)]
fn domain_of_any<'a>(address: Span<'a>, odd: &'a mut Vec<u8>) -> Span<'a> {
    match address::domain_field(address.bytes()) {
        Cow::Borrowed(domain) => domain.into(),
        Cow::Owned(domain) => {
            *odd = domain;
            odd.as_slice().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use common::rows::schema::{Column as _, MessageColumn};

    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_columns() {
        let columns = [
            (TIME, "time"),
            (HOST, "host"),
            (DIRECTION, "direction"),
            (SENDER, "sender"),
            (RECIPIENT, "recipient"),
            (BYTES, "bytes"),
            (STATUS, "status"),
        ];
        for (number, name) in columns {
            assert_eq!(common::rows::schema::names(MessageColumn::ALL)[number], name);
        }
    }
}
