//! Counts of short values that come again and again, such as dispositions or addresses: one addition
//! for each row, and no look-up in the table of groups, which takes as long as all that is done with a
//! row, or longer where the table is larger than the processor's caches.

use common::bytes::span::Span;

/// In how many places, side by side, a value may stand.
const WINDOW: usize = 4;
/// The first table is so small that it stays in the nearest cache; one that proves too small is
/// replaced by one of sixteen times as many places, up to 4 MiB.
const FIRST_BITS: u32 = 9;
const STEP_BITS: u32 = 4;
const MOST_BITS: u32 = 17;

/// A short value: its bytes, zeros, and its length plus one.
type Short = u128;
const LENGTH_BITS: u32 = 120;
/// What no value is.
const NONE: Short = 0;

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// It is counted, and so it was before.
    Again,
    /// It is counted for the first time here.
    First,
    /// It is to be counted elsewhere.
    Not,
}

/// A place for a value, and how often it came: 32 bytes, so that a line of the cache has two.
#[repr(align(32))]
#[derive(Clone, Copy, Debug)]
struct Slot {
    value: Short,
    count: u64,
}

const EMPTY: Slot = Slot { value: NONE, count: 0 };

/// Short values, each near the place that its bytes say, and how often they came.
#[derive(Debug)]
pub struct Few {
    slots: Vec<Slot>,
    bits: u32,
    known: usize,
    missed: u64,
}

impl Few {
    /// No value yet.
    pub fn new() -> Self {
        Few::with_bits(FIRST_BITS)
    }

    fn with_bits(bits: u32) -> Self {
        Few { slots: vec![EMPTY; (1 << bits) + WINDOW - 1], bits, known: 0, missed: 0 }
    }

    /// Counts a value, if it is short and has or finds a place.
    #[inline]
    pub fn count(&mut self, value: Span<'_>) -> Counted {
        if let Some(short) = short(value) {
            let place = place(short, self.bits);
            for slot in &mut self.slots[place..place + WINDOW] {
                if slot.value == short {
                    slot.count += 1;
                    return Counted::Again;
                }
                if slot.value == NONE {
                    *slot = Slot { value: short, count: 1 };
                    self.known += 1;
                    return Counted::First;
                }
            }
        }
        self.missed += 1;
        Counted::Not
    }

    /// How many values are counted here.
    pub fn known(&self) -> usize {
        self.known
    }

    /// Are too many values counted elsewhere? To be asked when one is to be.
    #[inline]
    pub fn is_useless(&self) -> bool {
        let trial = 1_u64 << (self.bits - 2);
        self.missed.is_multiple_of(trial) && self.counted() < 4 * self.missed
    }

    fn counted(&self) -> u64 {
        self.slots.iter().map(|slot| slot.count).sum()
    }

    /// What is to count instead, if this is useless; `None` if a larger one would be so, too: most
    /// values are long, or were chosen for one place.
    pub fn wider(&self) -> Option<Self> {
        let is_filled = self.known >= 1 << (self.bits - 2);
        (is_filled && self.bits < MOST_BITS).then(|| Few::with_bits(self.bits + STEP_BITS))
    }

    /// Hands out what was counted, in no order.
    pub fn for_each(&self, mut each: impl FnMut(&[u8], u64)) {
        for slot in self.slots.iter().filter(|slot| slot.value != NONE) {
            let bytes = slot.value.to_le_bytes();
            each(&bytes[..usize::from(bytes[15] - 1)], slot.count);
        }
    }

    /// Puts what was counted in the order of the values.
    pub fn sort(&mut self) {
        // a number that begins with the first byte and ends with the length has their order
        self.slots.sort_unstable_by_key(|slot| slot.value.swap_bytes());
    }
}

/// A value of up to 15 bytes; `None` for others, and near the end of the text.
#[inline]
fn short(value: Span<'_>) -> Option<Short> {
    let (chunk, length) = (value.chunk()?, value.len());
    let others = |length| Short::MAX << (8 * length);
    (length < 16).then(|| {
        Short::from_le_bytes(*chunk) & !others(length) | (length as Short + 1) << LENGTH_BITS
    })
}

/// Mixes bits: 2^64 divided by the golden ratio.
const MULTIPLIER: u128 = 0x9e37_79b9_7f4a_7c15;

/// Where a value stands at the earliest: strangers may choose values of one place, and gain nothing by
/// it.
#[inline]
fn place(short: Short, bits: u32) -> usize {
    const LOW: u128 = u64::MAX as u128;
    let (low, high) = (MULTIPLIER ^ short & LOW, MULTIPLIER ^ short >> 64);
    let product = low * high;
    let [_, _, _, _, a, b, c, d, ..] = (product ^ product >> 64).to_le_bytes();
    u32::from_le_bytes([a, b, c, d]) as usize >> (32 - bits)
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
                let known = plain.entry(value.bytes().to_vec()).or_default();
                *known += 1;
                match few.count(value) {
                    Counted::Not => *elsewhere.entry(value.bytes().to_vec()).or_default() += 1,
                    counted => assert_eq!(counted == Counted::First, *known == 1),
                }
            }
            assert!(period < 3 || few.counted() > 0);
            let mut found = Vec::new();
            few.sort();
            few.for_each(|value, count| found.push((value.to_vec(), count)));
            assert!(found.is_sorted() && found.len() == few.known());
            for (value, count) in found {
                *elsewhere.entry(value).or_default() += count;
            }
            assert_eq!(plain, elsewhere, "{period}");
        }
    }

    /// Values that come in turn, and whether most were counted in a table of this size.
    fn pays(few: &mut Few, values: u64) -> bool {
        (0..200_000).all(|number| {
            let text = format!("{:<16}", number % values);
            few.count(Span::from(text.as_bytes()).first(12)) != Counted::Not || !few.is_useless()
        })
    }

    #[test]
    fn it_pays_or_not() {
        for (values, sizes) in [(10, 1), (4_000, 2), (50_000, 3)] {
            for size in 1..=3 {
                let mut few = Few::with_bits(FIRST_BITS + STEP_BITS * (size - 1));
                let pays = pays(&mut few, values);
                assert_eq!(pays, size >= sizes, "{values} {size}");
                assert!(pays || few.wider().is_some(), "{values} {size}");
            }
        }
        assert!(Few::with_bits(MOST_BITS).wider().is_none());
    }

    /// No table of short values is made larger for long ones.
    #[test]
    fn long_values_need_no_more_room() {
        let mut few = Few::new();
        for _ in 0..1000 {
            assert_eq!(few.count(Span::from(&[b'a'; 40][..]).first(20)), Counted::Not);
        }
        assert!(few.counted() < 4 * few.missed && few.wider().is_none());
    }
}
