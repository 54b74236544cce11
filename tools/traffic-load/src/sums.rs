//! Many sums by key, small in memory: each text stands there once, and a key is the numbers of its
//! texts.

use std::array;
use std::ops::Range;

use common::rows::groups::Groups;

/// Texts, numbered in the order in which they came.
#[derive(Debug, Default)]
struct Words {
    /// The number of each text, plus one.
    numbers: Groups<u32>,
    /// All texts, one after the other, and where each of them stands.
    text: String,
    ranges: Vec<Range<usize>>,
    last: u32,
}

impl Words {
    fn get(&self, number: u32) -> &str {
        let range = self.ranges.get(number as usize).cloned();
        range.and_then(|range| self.text.get(range)).unwrap_or_default()
    }

    fn number(&mut self, word: &str) -> u32 {
        // mostly it is the one of the row before
        if !self.ranges.is_empty() && self.get(self.last) == word {
            return self.last;
        }
        let number = self.numbers.of(word.as_bytes());
        if *number == 0 {
            let start = self.text.len();
            self.text.push_str(word);
            self.ranges.push(start..self.text.len());
            // there are fewer texts than rows, and memory for fewer rows than 2^32
            *number = u32::try_from(self.ranges.len()).unwrap_or(u32::MAX);
        }
        self.last = *number - 1;
        self.last
    }

    /// Numbers the texts anew, bytewise; gives the new number of each.
    fn sort(&mut self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..).take(self.ranges.len()).collect();
        order.sort_unstable_by(|one, other| self.get(*one).cmp(self.get(*other)));
        let mut ranks = vec![0; order.len()];
        for (rank, number) in (0..).zip(&order) {
            ranks[*number as usize] = rank;
        }
        self.ranges = order.iter().map(|number| self.ranges[*number as usize].clone()).collect();
        self.numbers = Groups::new();
        ranks
    }
}

/// How many rows are kept before those of one key are added up for the first time.
const ROWS_AT_FIRST: usize = 1 << 22;

/// Sums, each by a key of `N` texts. Once sorted they are there for reading only.
#[derive(Debug)]
pub struct Sums<const N: usize> {
    /// What a sum may be at most.
    most: u64,
    words: [Words; N],
    rows: Vec<([u32; N], u64)>,
    /// How many rows there may be until they are added up.
    room: usize,
    /// The key of a sum that is too large.
    too_large: Option<[u32; N]>,
}

impl<const N: usize> Sums<N> {
    /// No sum yet; one may be `most` at most.
    pub fn new(most: u64) -> Self {
        let words = array::from_fn(|_| Words::default());
        Sums { most, words, rows: Vec::new(), room: ROWS_AT_FIRST, too_large: None }
    }

    /// Adds to the sum of a key. Memory is bounded by the number of keys, some 70 bytes for each, or
    /// by the first four million rows.
    pub fn add(&mut self, key: [&str; N], value: u64) {
        if self.rows.len() >= self.room {
            self.add_up();
            self.room = self.room.max(2 * self.rows.len());
        }
        let mut numbers = [0; N];
        for (number, (words, text)) in numbers.iter_mut().zip(self.words.iter_mut().zip(key)) {
            *number = words.number(text);
        }
        self.rows.push((numbers, value));
    }

    /// Adds up what has the same key.
    fn add_up(&mut self) {
        self.rows.sort_unstable();
        self.rows.dedup_by(|(key, value), (sum_key, sum)| {
            if key != sum_key {
                return false;
            }
            match sum.checked_add(*value).filter(|sum| *sum <= self.most) {
                Some(total) => *sum = total,
                None => self.too_large = self.too_large.or(Some(*key)),
            }
            true
        });
    }

    /// Adds up what has the same key, and sorts the sums by key, bytewise. An error is the key of a
    /// sum that is too large.
    pub fn sort(&mut self) -> Result<(), [&str; N]> {
        let ranks = self.words.each_mut().map(Words::sort);
        for key in self.rows.iter_mut().map(|(key, _)| key).chain(&mut self.too_large) {
            for (number, ranks) in key.iter_mut().zip(&ranks) {
                *number = ranks[*number as usize];
            }
        }
        self.add_up();
        self.too_large.map_or(Ok(()), |key| Err(self.texts(&key)))
    }

    fn texts(&self, key: &[u32; N]) -> [&str; N] {
        array::from_fn(|column| self.words[column].get(key[column]))
    }

    /// The texts that stand in a column, in order.
    pub fn column(&self, column: usize) -> impl ExactSizeIterator<Item = &str> {
        let words = &self.words[column];
        words.ranges.iter().map(|range| &words.text[range.clone()])
    }

    /// The sums, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = ([&str; N], u64)> {
        self.of_rows(&self.rows)
    }

    /// The same for each text of the first column.
    pub fn by_first(&self) -> impl Iterator<Item = impl Iterator<Item = ([&str; N], u64)>> {
        let same_first = |one: &([u32; N], u64), other: &([u32; N], u64)| one.0[0] == other.0[0];
        self.rows.chunk_by(same_first).map(|rows| self.of_rows(rows))
    }

    fn of_rows(&self, rows: &[([u32; N], u64)]) -> impl Iterator<Item = ([&str; N], u64)> {
        rows.iter().map(|(key, value)| (self.texts(key), *value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(most: u64, room: usize, rows: &[([&'static str; 2], u64)]) -> Sums<2> {
        let mut sums = Sums { room, ..Sums::new(most) };
        for (key, value) in rows {
            sums.add(*key, *value);
        }
        sums
    }

    #[test]
    fn sums_are_sorted_bytewise() {
        let rows =
            [(["b", "x"], 1), (["", "x"], 0), (["b", ""], 4), (["a.", "x"], 2), (["b", "x"], 8)];
        for room in 1..7 {
            let mut sums = sums(9, room, &rows);
            assert_eq!(sums.sort(), Ok(()));
            let rows: Vec<_> = sums.iter().collect();
            assert_eq!(rows, [(["", "x"], 0), (["a.", "x"], 2), (["b", ""], 4), (["b", "x"], 9)]);
            assert_eq!(sums.column(0).collect::<Vec<_>>(), ["", "a.", "b"]);
            let lengths: Vec<usize> = sums.by_first().map(Iterator::count).collect();
            assert_eq!(lengths, [1, 1, 2]);
        }
    }

    #[test]
    fn a_sum_that_is_too_large_is_named() {
        let rows = [(["b", "x"], 5), (["a", "x"], u64::MAX), (["b", "x"], 5), (["a", "x"], 1)];
        for room in 1..6 {
            assert_eq!(sums(u64::MAX, room, &rows).sort(), Err(["a", "x"]));
            assert_eq!(sums(9, room, &rows[..3]).sort(), Err(["b", "x"]));
            assert_eq!(sums(4, room, &rows[..1]).sort(), Ok(()));
        }
    }
}
