//! Sums, and rows of sums as input.

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
    /// Adds; `None`, and unchanged, if that is too much for 64 bits.
    #[inline]
    pub fn add(&mut self, more: Sum) -> Option<()> {
        let messages = self.messages.checked_add(more.messages)?;
        let bytes = self.bytes.checked_add(more.bytes)?;
        *self = Sum { messages, bytes };
        Some(())
    }
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
