//! Sums, and rows of sums as input.

use common::group::{Batch, Groups};
use common::time::Day;
use common::tsv;

use crate::input::{Row, number};
use crate::key::{Column, Keys};

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
    batch: Batch<Sum>,
    /// The sum of all, as long as 64 bits hold it.
    all: Option<Sum>,
}

impl Sums {
    /// No sum yet.
    pub fn new() -> Self {
        Sums { groups: Groups::new(), batch: Batch::new(), all: Some(Sum::default()) }
    }

    /// Adds to the sum of `key`; `None` if that becomes too much for 64 bits.
    #[inline]
    pub fn add(&mut self, key: &[u8], amount: Sum) -> Option<()> {
        self.all = self.all.and_then(|all| all.plus(amount));
        if self.all.is_some() {
            // no part can be too much yet, so this one may wait
            self.batch.take(key, amount, &mut self.groups, add_small);
        } else {
            let sum = self.settled().of(key);
            *sum = sum.plus(amount)?;
        }
        Some(())
    }

    /// The sums, when all is added.
    pub fn settled(&mut self) -> &mut Groups<Sum> {
        self.batch.add_to(&mut self.groups, add_small);
        &mut self.groups
    }
}

/// Adds where it is known that 64 bits hold it.
#[inline]
fn add_small(sum: &mut Sum, amount: Sum) {
    *sum = sum.plus(amount).unwrap_or(*sum);
}

/// The names of the columns of sums by these columns.
pub fn names(columns: &[Column]) -> Vec<&'static str> {
    columns.iter().map(|column| column.name()).chain(["messages", "bytes"]).collect()
}

/// The sum that a row of our own output is, with its key appended to `key`; why it is broken.
pub fn read(row: &Row<'_>, keys: &Keys, key: &mut Vec<u8>) -> Result<Sum, &'static str> {
    let count = keys.columns.len();
    let [messages, bytes] = [count, count + 1].map(|column| number(row.field(column)));
    let messages = messages.ok_or("the messages are no number below 2^64")?;
    let bytes = bytes.ok_or("the bytes are no number below 2^64")?;
    let mut fields = tsv::Row::new(key);
    let mut text = Vec::new();
    for (at, column) in keys.columns.iter().enumerate() {
        text.clear();
        tsv::escape(&tsv::unescape(row.field(at)), &mut text);
        match column {
            Column::Domain => fields.as_written(keys.name_of(&text)),
            Column::Day
                if keys.days.is_some() && !Day::parse(&text).is_some_and(|day| keys.allow(day)) =>
            {
                return Err("no day file has this day");
            }
            _ => fields.as_written(&text),
        };
    }
    Ok(Sum { messages, bytes })
}
