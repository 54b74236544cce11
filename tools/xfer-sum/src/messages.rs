//! Message rows, as far as sums need them.

use common::bytes::span::Span;
use common::filter::{Fault, Out};
use common::logs::address;
use common::rows::groups::Batch;
use common::rows::moments::Moments;
use common::rows::normal::normal;
use common::rows::schema::MessageColumn;
use common::rows::table::InputRow;

use crate::sum::{KeyColumn, Keys, Sum};
use crate::terms::{Parties, Terms};

/// Turns message rows into amounts and the keys that they are summed under.
#[derive(Debug)]
pub struct Messages<'a> {
    terms: &'a Terms,
    /// They let all messages pass.
    is_open: bool,
    keys: &'a Keys,
    /// `None` if no time matters.
    moments: Option<Moments>,
    /// The domain whose rows are written out instead of summed, as a field.
    explain: Option<Vec<u8>>,
}

impl<'a> Messages<'a> {
    /// Messages to be summed on these terms by these keys, or to be explained.
    pub fn new(terms: &'a Terms, keys: &'a Keys, explain: Option<Vec<u8>>) -> Self {
        let moments = terms.need(MessageColumn::Time, &keys.columns);
        let moments = moments.then(|| Moments::new(terms.year));
        Messages { terms, is_open: terms.are_open(), keys, moments, explain }
    }

    /// The amount of a row, and its key put together in `key`; `None` if the row does not count, or
    /// is explained: then it is written out if it is charged to the domain.
    #[inline]
    pub fn take(
        &mut self,
        row: &InputRow<'_>,
        key: &mut Batch<Sum>,
        out: &mut Out,
    ) -> Result<Option<Sum>, Fault> {
        let Some((bytes, parties)) = self.read(row)? else { return Ok(None) };
        if let Some(domain) = &self.explain {
            if self.name_of(row, parties[0], &mut Vec::new()).bytes() == domain {
                row.copy(out);
            }
            return Ok(None);
        }
        key.begin();
        for (at, column) in self.keys.columns.iter().enumerate() {
            if at > 0 {
                key.separate();
            }
            match column {
                KeyColumn::Domain => key.append(self.name_of(row, parties[0], &mut Vec::new())),
                other => self.append_other(*other, parties, row, key),
            }
        }
        Ok(Some(Sum { messages: 1, bytes }))
    }

    /// The bytes and the parties of a message; `None` if it does not count.
    #[inline]
    fn read(&mut self, row: &InputRow<'_>) -> Result<Option<(u64, Parties)>, Fault> {
        let bytes = row.field(MessageColumn::Bytes as usize);
        let bytes = if bytes.is_empty() { Some(0) } else { bytes.number() };
        let bytes = bytes.ok_or(Fault::Reject("the bytes are not a number below 2^64"))?;
        let parties = self.terms.parties(row);
        let parties = parties.ok_or(Fault::Reject("the direction is neither in nor out"))?;
        let mut moment = None;
        if let Some(moments) = &mut self.moments {
            let found = moments.read(row.field(MessageColumn::Time as usize).bytes());
            let found = found?;
            if !self.keys.allow(found.day) {
                return Err(Fault::Reject("no day file has this year"));
            }
            moment = Some(found);
        }
        let counts = self.is_open || self.terms.allow(row, moment);
        Ok(counts.then_some((bytes, parties)))
    }

    /// Appends a field that is not the domain. Never inlined: the compiler would then prepare for
    /// every column before it looks which one it is.
    #[inline(never)]
    fn append_other(
        &self,
        column: KeyColumn,
        [charged, peer]: Parties,
        row: &InputRow<'_>,
        key: &mut Batch<Sum>,
    ) {
        let field = |column| row.field(column as usize);
        let mut buffer = Vec::new();
        match (column, &self.moments) {
            (KeyColumn::Domain, _) => key.append(self.name_of(row, charged, &mut buffer)),
            (KeyColumn::PeerDomain, _) => key.append(address::domain_of(field(peer), &mut buffer)),
            (KeyColumn::User, _) => {
                key.append(address::user_of(field(charged), &mut buffer));
            }
            (KeyColumn::Host, _) => key.append(normal(field(MessageColumn::Host), &mut buffer)),
            (KeyColumn::Direction, _) => {
                key.append(normal(field(MessageColumn::Direction), &mut buffer));
            }
            (KeyColumn::Status, _) => key.append(normal(field(MessageColumn::Status), &mut buffer)),
            (KeyColumn::Day, Some(moments)) => key.append(moments.day()),
            (KeyColumn::Hour, Some(moments)) => key.append(moments.hour().as_slice().into()),
            // never: these columns make times matter
            (KeyColumn::Day | KeyColumn::Hour, None) => {}
        }
    }

    /// The name that the domain of an address is summed under.
    #[inline]
    fn name_of<'b>(
        &self,
        row: &InputRow<'b>,
        address: MessageColumn,
        buffer: &'b mut Vec<u8>,
    ) -> Span<'b> {
        self.keys.name_of(address::domain_of(row.field(address as usize), buffer))
    }
}
