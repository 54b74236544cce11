//! Random bits that nobody can guess: the system's, fetched many at a time.

use rustix::rand::{GetRandomFlags, getrandom};

/// How many bytes are fetched at once.
const POOL: usize = 1024;

/// Bits for ids, for the case of letters, and for choices.
#[derive(Debug)]
pub struct Random {
    pool: [u8; POOL],
    used: usize,
}

impl Random {
    /// Nothing is fetched yet.
    pub fn new() -> Self {
        Random { pool: [0; POOL], used: POOL }
    }

    /// Sixteen bits.
    pub fn next(&mut self) -> u16 {
        if self.used == POOL {
            self.fill();
        }
        let bits = [self.pool[self.used], self.pool[self.used + 1]];
        self.used += 2;
        u16::from_be_bytes(bits)
    }

    fn fill(&mut self) {
        let mut filled = 0;
        while filled < POOL {
            // it can only be interrupted; there is no system without it that runs this program
            filled += getrandom(&mut self.pool[filled..], GetRandomFlags::empty()).unwrap_or(0);
        }
        self.used = 0;
    }

    /// Makes each letter of a name upper or lower case.
    pub fn shake(&mut self, name: &mut [u8]) {
        let (mut bits, mut left) = (0, 0);
        for byte in name.iter_mut().filter(|byte| byte.is_ascii_alphabetic()) {
            if left == 0 {
                (bits, left) = (self.next(), 16);
            }
            *byte ^= u8::from(bits & 1 == 1) << 5;
            bits >>= 1;
            left -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_change_their_case_only() {
        let mut random = Random::new();
        let name = b"\x012\x02bl\x07Example\x03org\0[@`{".repeat(8);
        let mut shaken = name.clone();
        random.shake(&mut shaken);
        assert!(shaken.eq_ignore_ascii_case(&name));
        // 96 letters: the same by chance once in 2^96
        assert_ne!(shaken, name);
    }

    #[test]
    fn numbers_differ() {
        let mut random = Random::new();
        let numbers: std::collections::HashSet<u16> = (0..2000).map(|_| random.next()).collect();
        assert!(numbers.len() > 1800, "{}", numbers.len());
    }
}
