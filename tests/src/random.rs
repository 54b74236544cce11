//! Numbers that look random and are the same in every run.

use std::ops::Range;

/// A source of numbers.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// Starts with a seed, which must not be 0.
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`; 0 if that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.number() >> 11).unwrap() % end.max(1)
    }

    /// Bytes of any value.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.number().to_le_bytes()[0]).collect()
    }

    /// Cuts `0..length` into ranges, some of which may be empty.
    pub fn ranges(&mut self, length: usize, count: usize) -> Vec<Range<usize>> {
        let mut cuts: Vec<usize> = (1..count).map(|_| self.below(length)).collect();
        cuts.extend([0, length]);
        cuts.sort_unstable();
        cuts.windows(2).map(|cut| cut[0]..cut[1]).collect()
    }
}
