//! Sums: by which columns they are, how they are added up, and rows of them as input.

use std::ops::RangeInclusive;

use common::bytes::json::{Described, Kind};
use common::bytes::span::Span;
use common::columns;
use common::filter::Fault;
use common::logs::hosted::Hosted;
use common::rows::groups::{Batch, Groups};
use common::rows::moments::is_hour;
use common::rows::normal::normal;
use common::rows::schema;
use common::rows::table::InputRow;
use common::time::Day;

columns! {
    /// A column that sums can be made by.
    KeyColumn {
        /// The local day.
        Day = "day",
        /// The hour of the local day.
        Hour = "hour",
        /// The mail server.
        Host = "host",
        /// `in` or `out`.
        Direction = "direction",
        /// The domain that is charged.
        Domain = "domain",
        /// The address that is charged.
        User = "user",
        /// The domain of the other party.
        PeerDomain = "peer_domain",
        /// How the attempt ended.
        Status = "status",
    }
}

/// The *traffic* row.
pub const FULL: [KeyColumn; 5] =
    [KeyColumn::Day, KeyColumn::Host, KeyColumn::Domain, KeyColumn::Direction, KeyColumn::Status];

/// Are these a day and a domain, in either order?
pub fn are_day_and_domain(columns: &[KeyColumn]) -> bool {
    use KeyColumn::{Day, Domain};
    [[Day, Domain], [Domain, Day]].iter().any(|pair| pair == columns)
}

/// What sums are made by.
#[derive(Debug)]
pub struct Keys {
    /// The columns of a key.
    pub columns: Vec<KeyColumn>,
    /// The domains that keep their name, if not all do.
    pub hosted: Option<Hosted>,
    /// The days that a sum can be of, if not all.
    pub days: Option<RangeInclusive<Day>>,
}

impl Keys {
    /// Are the sums by this column?
    pub fn have(&self, column: KeyColumn) -> bool {
        self.columns.contains(&column)
    }

    /// The field that stands for a domain, given as a field.
    #[inline]
    pub fn name_of<'a>(&self, domain: Span<'a>) -> Span<'a> {
        match &self.hosted {
            Some(hosted) => hosted.name_of(domain),
            None => domain,
        }
    }

    /// Can a sum be of this day?
    #[inline]
    pub fn allow(&self, day: Day) -> bool {
        self.days.as_ref().is_none_or(|days| days.contains(&day))
    }
}

/// What is wrong with a sum that 64 bits cannot hold.
pub const TOO_MUCH: &str = "the sum needs more than 64 bits";

/// How many messages, and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Messages.
    pub messages: u64,
    /// The sum of their sizes.
    pub bytes: u64,
}

impl Sum {
    /// Both together; `None` if 64 bits cannot hold that.
    #[inline]
    pub fn plus(self, more: Sum) -> Option<Sum> {
        let messages = self.messages.checked_add(more.messages)?;
        let bytes = self.bytes.checked_add(more.bytes)?;
        Some(Sum { messages, bytes })
    }
}

/// A sum for each key.
#[derive(Debug)]
pub struct Sums {
    groups: Groups<Sum>,
    /// Amounts that wait to be added; the key of the next one is put together here.
    pub batch: Batch<Sum>,
    /// The sum of all; 2^64 - 1 stands for more too.
    all: Sum,
}

impl Sums {
    /// No sum yet.
    pub fn new() -> Self {
        Sums { groups: Groups::new(), batch: Batch::new(), all: Sum::default() }
    }

    /// Adds to the sum of the key in the batch; `None` if that becomes too much for 64 bits.
    #[inline]
    pub fn add(&mut self, amount: Sum) -> Option<()> {
        self.all.messages = self.all.messages.saturating_add(amount.messages);
        self.all.bytes = self.all.bytes.saturating_add(amount.bytes);
        self.batch.push(amount);
        // no group can have too much as long as all together have not, so it may wait
        let may_be_too_much = self.all.messages == u64::MAX || self.all.bytes == u64::MAX;
        if may_be_too_much || self.batch.is_full() { self.settle() } else { Some(()) }
    }

    /// Adds what waits.
    #[inline(never)]
    fn settle(&mut self) -> Option<()> {
        let mut fits = true;
        self.batch.add_to(&mut self.groups, |sum, amount| match sum.plus(amount) {
            Some(more) => *sum = more,
            None => fits = false,
        });
        fits.then_some(())
    }

    /// The sums, when all is added.
    pub fn settled(&mut self) -> Option<&mut Groups<Sum>> {
        self.settle()?;
        Some(&mut self.groups)
    }
}

/// The names of the columns of sums by these columns.
pub fn names(columns: &[KeyColumn]) -> Vec<&'static str> {
    described(columns).map(|(name, _)| name).collect()
}

/// The same, and what their fields are.
pub fn described(columns: &[KeyColumn]) -> impl Iterator<Item = Described<&'static str>> {
    schema::described(columns).chain([("messages", Kind::Integer), ("bytes", Kind::Integer)])
}

/// The sum that a row of our own output is, and its key put together in `key`.
pub fn read(row: &InputRow<'_>, keys: &Keys, key: &mut Batch<Sum>) -> Result<Sum, Fault> {
    key.begin();
    let count = keys.columns.len();
    let [messages, bytes] = [count, count + 1].map(|column| row.field(column).number());
    let messages = messages.ok_or(Fault::Reject("the messages are not a number below 2^64"))?;
    let bytes = bytes.ok_or(Fault::Reject("the bytes are not a number below 2^64"))?;
    for (at, column) in keys.columns.iter().enumerate() {
        if at > 0 {
            key.separate();
        }
        let mut buffer = Vec::new();
        let field = normal(row.field(at), &mut buffer);
        check(*column, field, keys)?;
        key.append(if *column == KeyColumn::Domain { keys.name_of(field) } else { field });
    }
    Ok(Sum { messages, bytes })
}

/// Can the column of a sum hold this? A row of two that were mangled into one often cannot.
fn check(column: KeyColumn, field: Span<'_>, keys: &Keys) -> Result<(), Fault> {
    let wrong = match column {
        KeyColumn::Day => match Day::parse(field.bytes()) {
            None => "the day is not a date",
            Some(day) if !keys.allow(day) => "no day file has this day",
            Some(_) => return Ok(()),
        },
        KeyColumn::Hour if !is_hour(field) => "the hour is not 00 to 23",
        KeyColumn::Direction if !matches!(field.bytes(), b"in" | b"out") => {
            "the direction is neither in nor out"
        }
        KeyColumn::Hour
        | KeyColumn::Host
        | KeyColumn::Direction
        | KeyColumn::Domain
        | KeyColumn::User
        | KeyColumn::PeerDomain
        | KeyColumn::Status => return Ok(()),
    };
    Err(Fault::Reject(wrong))
}
