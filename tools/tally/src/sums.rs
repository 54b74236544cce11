//! The count and the sums of a group.

use std::ops::Range;
use std::ptr;

use common::bytes::span::Span;
use common::bytes::tsv::TOTAL;
use common::filter::{Fault, Stop};
use common::rows::groups::{self, Batch, Groups};
use common::rows::normal::normal;
use common::rows::table::InputRow;

use crate::columns::Request;
use crate::few::{Counted, Few};

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
    #[inline]
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

/// The sums of each group, and rows that wait to be added to them.
#[derive(Debug)]
pub struct Tally {
    groups: Groups<Sums>,
    /// Counts of rows whose values come often, if rows are counted by one column.
    few: Option<Few>,
    /// The keys that wait, how many rows each stands for, and its first amount.
    batch: Batch<(u64, usize)>,
    amounts: Vec<i64>,
    /// The columns of a row: first the groups, then the sums, then a count if it has one.
    group_columns: usize,
    sum_columns: Range<usize>,
    has_count: bool,
    /// All rows; 2^64 - 1 stands for more too.
    rows: u64,
    most_groups: usize,
}

impl Tally {
    /// No group yet.
    pub fn new(request: &Request, most_groups: usize) -> Self {
        let group_columns = request.groups.len();
        let only_counts = group_columns == 1 && request.sums.is_empty() && !request.merge;
        Tally {
            groups: Groups::new(),
            few: only_counts.then(Few::new),
            batch: Batch::new(),
            amounts: Vec::new(),
            group_columns,
            sum_columns: group_columns..group_columns + request.sums.len(),
            has_count: request.merge,
            rows: 0,
            most_groups,
        }
    }

    /// Counts a row, if rows are only counted and its value is short; all is done then, but to ask
    /// whether it [`is_full`](Tally::is_full) if the value did not come before.
    #[inline]
    pub fn count(&mut self, row: &InputRow<'_>) -> Counted {
        let Some(few) = &mut self.few else { return Counted::Not };
        let counted = few.count(row.field(0));
        if counted == Counted::Not && few.is_useless() {
            let wider = few.wider();
            self.add_few();
            self.few = wider;
        }
        counted
    }

    /// Takes a row, which waits then to be added; nothing of a broken one.
    #[inline]
    pub fn take(&mut self, row: &InputRow<'_>) -> Result<(), Fault> {
        let first = self.amounts.len();
        let count = self.read(row).inspect_err(|_| self.amounts.truncate(first))?;
        self.batch.begin();
        for column in 0..self.group_columns {
            if column > 0 {
                self.batch.separate();
            }
            self.batch.append(row.field(column));
        }
        self.batch.push((count, first));
        self.rows = self.rows.saturating_add(count);
        Ok(())
    }

    /// Reads the amounts of a row, and how many rows it stands for.
    #[inline]
    fn read(&mut self, row: &InputRow<'_>) -> Result<u64, Fault> {
        for column in self.sum_columns.clone() {
            let amount = number(row.field(column));
            self.amounts.push(amount.ok_or(Fault::Reject("a sum is not a whole number"))?);
        }
        if !self.has_count {
            return Ok(1);
        }
        if (0..self.group_columns.min(2)).any(|column| row.field(column).bytes() == TOTAL) {
            return Err(Fault::Reject("totals do not merge"));
        }
        let count = row.field(self.sum_columns.end).number();
        count.ok_or(Fault::Reject("the count is not a whole number"))
    }

    /// Must what waits be added before another row is taken? What may be too much is found at its
    /// row.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.batch.is_full() || self.may_be_too_many() || self.rows == u64::MAX
    }

    /// May there be too many groups? A value may be counted apart, and wait, and have a group.
    #[inline]
    fn may_be_too_many(&self) -> bool {
        let few = self.few.as_ref().map_or(0, Few::known);
        self.groups.count() + self.batch.count() + few > self.most_groups
    }

    /// Adds what waits; `place` is where the last row stands.
    #[inline(never)]
    pub fn settle(&mut self, place: impl Fn() -> String) -> Result<(), Stop> {
        if self.may_be_too_many() {
            self.add_few();
        }
        let (mut fit, width) = (true, self.sum_columns.len());
        self.batch.add_to(&mut self.groups, |sums, (count, first)| {
            fit &= sums.add(count, &self.amounts[first..first + width]).is_some();
        });
        self.amounts.clear();
        if !fit {
            return Err(too_much(place()));
        }
        if self.groups.count() > self.most_groups {
            return Err(groups::too_many(self.most_groups, &place()));
        }
        Ok(())
    }

    /// Adds what was counted apart. No count can be too much that was added up by ones.
    #[cold]
    fn add_few(&mut self) {
        if let Some(few) = self.few.take() {
            few.for_each(|value, count| self.groups.of(value).count += count);
        }
    }

    /// The groups by key, when all rows are taken.
    pub fn groups(mut self) -> Result<Vec<Group>, Stop> {
        self.settle(String::new)?;
        normal_groups(self.few, &self.groups)
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

/// All groups by key, each key written as our rows are: what is the same then is one group.
fn normal_groups(few: Option<Few>, groups: &Groups<Sums>) -> Result<Vec<Group>, Stop> {
    let count = few.as_ref().map_or(0, Few::known) + groups.count();
    let (mut all, mut buffer) = (Vec::<Group>::with_capacity(count), Vec::new());
    let mut is_done = few.is_none();
    let mut push = |key: &[u8], sums| {
        let normal = normal(key.into(), &mut buffer).bytes();
        is_done &= ptr::eq(normal, key);
        all.push((normal.to_vec(), sums));
    };
    if let Some(mut few) = few {
        few.sort();
        few.for_each(|value, count| push(value, Sums { count, ..Sums::default() }));
    }
    groups.sorted().into_iter().for_each(|(key, sums)| push(key, sums.clone()));
    if is_done {
        return Ok(all);
    }
    // mostly two sorted lists, of which this makes one
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut fits = true;
    all.dedup_by(|(key, sums), (same, total)| {
        let again = key == same;
        fits &= !again || total.add(sums.count, &sums.amounts).is_some();
        again
    });
    if fits { Ok(all) } else { Err(too_much(String::new())) }
}

/// The whole number in a field, with a sign perhaps; a missing value is 0.
#[inline]
fn number(field: Span<'_>) -> Option<i64> {
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
        assert_eq!(normal_groups(None, &groups).unwrap(), expected);
    }
}
