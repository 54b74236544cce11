//! The count and the sums of a group.

use common::bytes::span::Span;
use common::bytes::tsv;
use common::filter::Stop;
use common::rows::groups::{Batch, Groups};

/// How many rows, and what they sum up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Rows.
    pub count: u64,
    /// A sum for each column that is summed; empty before the first row. Wide enough for any rows in
    /// any order; what is shown has 64 bits, see [`Sums::check`].
    pub amounts: Box<[i128]>,
}

impl Sums {
    /// Adds; `None` if the count is too much for 64 bits, or a sum for 128.
    #[inline(always)]
    pub fn add<T: Copy + Into<i128>>(&mut self, count: u64, amounts: &[T]) -> Option<()> {
        self.count = self.count.checked_add(count)?;
        if self.amounts.len() != amounts.len() {
            self.amounts = zeros(amounts.len());
        }
        for (sum, amount) in self.amounts.iter_mut().zip(amounts) {
            *sum = sum.checked_add((*amount).into())?;
        }
        Some(())
    }

    /// Has every sum 64 bits, with its sign?
    pub fn check(&self) -> Result<(), Stop> {
        let fits = self.amounts.iter().all(|sum| i64::try_from(*sum).is_ok());
        if fits { Ok(()) } else { Err(too_much(String::new())) }
    }
}

/// What waits for a group: the rows, and which of the waiting amounts is the first.
pub type Amount = (u64, usize);

/// The sums of each group.
#[derive(Debug)]
pub struct Table {
    groups: Groups<Sums>,
    /// What is to be added: the key of the row at hand is put together there.
    pub batch: Batch<Amount>,
    /// The amounts of the batch.
    waiting: Vec<i64>,
    /// How many amounts a row has.
    width: usize,
    /// All rows; 2^64 - 1 stands for more too.
    rows: u64,
    /// How many groups there may be.
    most: usize,
}

impl Table {
    /// No group yet, and at most `most` with `width` sums each.
    pub fn new(width: usize, most: usize) -> Self {
        let (groups, batch) = (Groups::new(), Batch::new());
        Table { groups, batch, waiting: Vec::new(), width, rows: 0, most }
    }

    /// Adds to the group of the key in the batch. `place` is where the row stands.
    #[inline]
    pub fn add(
        &mut self,
        count: u64,
        amounts: &[i64],
        place: impl Fn() -> String,
    ) -> Result<(), Stop> {
        self.rows = self.rows.saturating_add(count);
        self.batch.push((count, self.waiting.len()));
        self.waiting.extend_from_slice(amounts);
        // what may be too much is found at its row
        let may_be_too_much =
            self.rows == u64::MAX || self.groups.len() + self.batch.len() > self.most;
        if may_be_too_much || self.batch.is_full() {
            return self.settle(place);
        }
        Ok(())
    }

    #[inline(never)]
    fn settle(&mut self, place: impl Fn() -> String) -> Result<(), Stop> {
        let mut fit = true;
        self.batch.add_to(&mut self.groups, |sums, (count, first)| {
            fit &= sums.add(count, &self.waiting[first..first + self.width]).is_some();
        });
        self.waiting.clear();
        if !fit {
            return Err(too_much(place()));
        }
        if self.groups.len() > self.most {
            let what = format!("there are more groups at {}", place());
            return Err(Stop::usage(format!("--max-groups={}", self.most), what));
        }
        Ok(())
    }

    /// The groups, when all is added.
    pub fn settled(mut self) -> Result<Groups<Sums>, Stop> {
        self.settle(String::new)?;
        Ok(self.groups)
    }
}

#[cold]
fn zeros(count: usize) -> Box<[i128]> {
    vec![0; count].into()
}

/// A key, its fields as our rows have them, and its sums.
pub type Group = (Vec<u8>, Sums);

/// The sum of all groups.
pub fn total(groups: &[Group]) -> Result<Sums, Stop> {
    let mut total = Sums::default();
    for (_, sums) in groups {
        total.add(sums.count, &sums.amounts).ok_or_else(|| too_much(String::new()))?;
    }
    Ok(total)
}

fn too_much(place: String) -> Stop {
    Stop::usage(place, "a sum needs more than 64 bits")
}

/// The groups by key, each key written as our rows are: what is the same then is one group.
pub fn normal(groups: &Groups<Sums>) -> Result<Vec<Group>, Stop> {
    if groups.iter().all(|(key, _)| tsv::is_plain_but_for(key, b'\t') && !has_quote(key)) {
        return Ok(owned(groups));
    }
    let mut normal = Groups::<Sums>::new();
    let mut written = Vec::new();
    for (key, sums) in groups.iter() {
        written.clear();
        let mut row = tsv::Row::new(&mut written);
        for field in tsv::fields(key) {
            row.field(&tsv::unescape(field));
        }
        normal
            .of(&written)
            .add(sums.count, &sums.amounts)
            .ok_or_else(|| too_much(String::new()))?;
    }
    Ok(owned(&normal))
}

fn owned(groups: &Groups<Sums>) -> Vec<Group> {
    groups.sorted().into_iter().map(|(key, sums)| (key.to_vec(), sums.clone())).collect()
}

/// Does a field begin with a quote?
fn has_quote(key: &[u8]) -> bool {
    tsv::fields(key).any(|field| matches!(field, [b'"' | b'\'', ..]))
}

/// The whole number in a field, with a sign perhaps; a missing value is 0.
#[inline]
pub fn number(field: Span<'_>) -> Option<i64> {
    match field.bytes() {
        [] => Some(0),
        [b'-', digits @ ..] => 0_i64.checked_sub_unsigned(field.last(digits.len()).number()?),
        _ => field.number()?.try_into().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (text, value) in [
            ("", Some(0)),
            ("0", Some(0)),
            ("-260", Some(-260)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("-9223372036854775808", Some(i64::MIN)),
            ("-9223372036854775809", None),
            ("-", None),
            ("--1", None),
            ("+1", None),
            ("1.5", None),
            (" 1", None),
        ] {
            assert_eq!(number(Span::from(text.as_bytes())), value, "{text}");
        }
    }

    #[test]
    fn no_order_is_too_much() {
        let amounts = [i64::MAX, 1, -1];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let mut sums = Sums::default();
            for at in order {
                sums.add(1, &[amounts[at]]).unwrap();
            }
            assert_eq!(sums, Sums { count: 3, amounts: [i64::MAX.into()].into() });
            assert!(sums.check().is_ok());
            sums.add(1, &[1_i64]).unwrap();
            assert!(sums.check().is_err());
        }
    }

    #[test]
    fn keys_that_are_written_alike_are_one() {
        let mut groups = Groups::<Sums>::new();
        for key in [&b"\"a\tb"[..], b"\\\"a\tb", b"c\x1b\t", b"c\\\\x1B\t"] {
            groups.of(key).add(1, &[2_i64]).unwrap();
        }
        let twice = Sums { count: 2, amounts: [4].into() };
        let expected = [(b"\\\"a\tb".to_vec(), twice.clone()), (b"c\\\\x1B\t".to_vec(), twice)];
        assert_eq!(normal(&groups).unwrap(), expected);
    }
}
