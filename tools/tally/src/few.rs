//! Counts of values that come again and again, such as dispositions: one addition for each row, and no
//! look-up in the table of groups, which takes as long as all that is done with a row.

use common::bytes::span::Span;

/// How many values are counted here at most.
const SLOTS: usize = 64;
/// After this many values without a place here it is decided whether to go on.
const TRIAL: u64 = 4096;

/// A short value: its bytes, zeros, and its length.
type Short = u128;
const LENGTH_BITS: u32 = 120;
/// What no value is.
const NONE: Short = Short::MAX;

/// Short values that came first, each in a place of its own, and how often they came again.
#[derive(Debug)]
pub struct Few {
    slots: [(Short, u64); SLOTS],
    missed: u64,
}

impl Few {
    /// No value yet.
    pub fn new() -> Self {
        Few { slots: [(NONE, 0); SLOTS], missed: 0 }
    }

    /// Counts a value; `false` if it is to be counted elsewhere, as is each one the first time.
    #[inline]
    pub fn count(&mut self, value: Span<'_>) -> bool {
        if let Some(short) = short(value) {
            let (known, count) = &mut self.slots[slot(short)];
            if *known == short {
                *count += 1;
                return true;
            }
            if *known == NONE {
                *known = short;
            }
        }
        self.missed += 1;
        false
    }

    /// Are most values counted elsewhere? To be asked when one is to be.
    #[inline]
    pub fn is_useless(&self) -> bool {
        self.missed.is_multiple_of(TRIAL) && self.counted() < 4 * self.missed
    }

    fn counted(&self) -> u64 {
        self.slots.iter().map(|(_, count)| count).sum()
    }

    /// Hands out what was counted.
    pub fn for_each(&self, mut each: impl FnMut(&[u8], u64)) {
        for (short, count) in self.slots.iter().filter(|(_, count)| *count > 0) {
            let bytes = short.to_le_bytes();
            each(&bytes[..usize::from(bytes[15])], *count);
        }
    }
}

/// A value of up to 15 bytes; `None` for others, and near the end of the text.
#[inline]
fn short(value: Span<'_>) -> Option<Short> {
    let (chunk, length) = (value.chunk()?, value.len());
    let others = |length| Short::MAX << (8 * length);
    (length < 16)
        .then(|| Short::from_le_bytes(*chunk) & !others(length) | (length as Short) << LENGTH_BITS)
}

/// Where a value stands: strangers may choose values of one place, and gain nothing by it.
#[inline]
fn slot(short: Short) -> usize {
    let bytes = short.to_le_bytes();
    let (halves, _) = bytes.as_chunks();
    let mixed =
        halves.iter().fold(0, |mixed: u64, half| mixed.rotate_left(32) ^ u64::from_le_bytes(*half));
    usize::from(mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0]) % SLOTS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Whatever the values and what stands behind them, all are counted, here or elsewhere.
    #[test]
    fn counts_of_any_values() {
        for period in 1..200_usize {
            let (mut few, mut elsewhere, mut plain) =
                (Few::new(), BTreeMap::<Vec<u8>, u64>::new(), BTreeMap::<Vec<u8>, u64>::new());
            for number in (0..period).cycle().take(1000) {
                let text = [[b'a', b'b', 0, 0xff][number * period / 21 % 4]; 40];
                let value = Span::new(&text, 20..20 + number * period % 21);
                *plain.entry(value.bytes().to_vec()).or_default() += 1;
                if !few.count(value) {
                    *elsewhere.entry(value.bytes().to_vec()).or_default() += 1;
                }
            }
            assert!(period < 3 || few.counted() > 0);
            few.for_each(|value, count| *elsewhere.entry(value.to_vec()).or_default() += count);
            assert_eq!(plain, elsewhere, "{period}");
        }
    }

    #[test]
    fn it_pays_or_not() {
        let (mut few, mut useless) = (Few::new(), 0);
        for number in 0..3 * TRIAL {
            let text = format!("{number} and more text");
            for _ in 0..8 {
                few.count(Span::from(&b"one of few      "[..]).first(10));
            }
            let missed = !few.count(Span::from(text.as_bytes()).first(5));
            useless += u64::from(missed && few.is_useless());
        }
        assert_eq!(useless, 0);
        let mut few = Few::new();
        for number in 0..2 * TRIAL {
            let text = format!("{number} and more text");
            let missed = !few.count(Span::from(text.as_bytes()).first(5));
            useless += u64::from(missed && few.is_useless());
        }
        assert!(useless > 0);
    }
}
