//! Finds short marks in lines. A general search spends more on getting ready than on such a text.

use fearless_simd::{prelude::*, u8x16};

use crate::bytes::scan::{Level, dispatch};

/// Texts in which marks are found. A mark has one byte at least.
pub trait Marks {
    /// Where the first such mark begins.
    fn find_mark(&self, mark: &[u8]) -> Option<usize>;

    /// Where the last such mark begins.
    fn rfind_mark(&self, mark: &[u8]) -> Option<usize>;

    /// Is there such a mark?
    fn has_mark(&self, mark: &[u8]) -> bool {
        self.find_mark(mark).is_some()
    }

    /// What stands before the first such mark, and behind it.
    fn split_at_mark(&self, mark: &[u8]) -> Option<(&[u8], &[u8])>;

    /// What stands before the last such mark, and behind it.
    fn rsplit_at_mark(&self, mark: &[u8]) -> Option<(&[u8], &[u8])>;
}

/// The byte of a mark that is likely to be the rarest in a line, and its place.
#[inline(always)]
fn rarest(mark: &[u8]) -> (usize, u8) {
    if let [only] = *mark {
        return (0, only);
    }
    let rank = |byte: u8| match byte {
        b' ' => 3,
        b'=' | b',' | b':' | b'.' | b'-' => 1,
        _ if byte.is_ascii_alphanumeric() => 2,
        _ => 0,
    };
    let bytes = mark.iter().copied().enumerate();
    bytes.min_by_key(|(_, byte)| rank(*byte)).unwrap_or((0, 0))
}

/// A bit for each of sixteen bytes that is `byte`.
#[inline(always)]
fn bits(chunk: &[u8; 16], byte: u8) -> u64 {
    dispatch!(Level::baseline(), vectors => {
        u8x16::load_array_ref(vectors, chunk).simd_eq(byte).to_bitmask()
    })
}

/// Where the first such byte stands.
#[inline(always)]
fn first(text: &[u8], byte: u8) -> Option<usize> {
    let (chunks, _) = text.as_chunks();
    for (chunk, base) in chunks.iter().zip((0..).step_by(16)) {
        let bits = bits(chunk, byte);
        if bits != 0 {
            return Some(base + bits.trailing_zeros() as usize);
        }
    }
    match text.last_chunk() {
        Some(last) => {
            let bits = bits(last, byte);
            (bits != 0).then(|| text.len() - 16 + bits.trailing_zeros() as usize)
        }
        None => text.iter().position(|it| *it == byte),
    }
}

/// Where the last such byte stands.
#[inline(always)]
fn last(text: &[u8], byte: u8) -> Option<usize> {
    let (_, chunks) = text.as_rchunks();
    for (chunk, back) in chunks.iter().rev().zip((16..).step_by(16)) {
        let bits = bits(chunk, byte);
        if bits != 0 {
            return Some(text.len() - back + bits.ilog2() as usize);
        }
    }
    match text.first_chunk() {
        Some(first) => bits(first, byte).checked_ilog2().map(|at| at as usize),
        None => text.iter().rposition(|it| *it == byte),
    }
}

impl Marks for [u8] {
    #[inline(always)]
    fn find_mark(&self, mark: &[u8]) -> Option<usize> {
        let (at, byte) = rarest(mark);
        let mut start = 0;
        loop {
            start += first(self.get(start + at..)?, byte)?;
            if self[start..].starts_with(mark) {
                return Some(start);
            }
            start += 1;
        }
    }

    #[inline(always)]
    fn rfind_mark(&self, mark: &[u8]) -> Option<usize> {
        let (at, byte) = rarest(mark);
        let mut end = self.len();
        loop {
            let start = last(self.get(at..end)?, byte)?;
            if self[start..].starts_with(mark) {
                return Some(start);
            }
            end = start + at;
        }
    }

    #[inline(always)]
    fn split_at_mark(&self, mark: &[u8]) -> Option<(&[u8], &[u8])> {
        let at = self.find_mark(mark)?;
        Some((&self[..at], &self[at + mark.len()..]))
    }

    #[inline(always)]
    fn rsplit_at_mark(&self, mark: &[u8]) -> Option<(&[u8], &[u8])> {
        let at = self.rfind_mark(mark)?;
        Some((&self[..at], &self[at + mark.len()..]))
    }
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;

    use super::*;

    #[test]
    fn marks_are_found_where_a_general_search_finds_them() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(text: Vec<u8>, mark: Vec<u8>) -> bool {
            let few = |byte: &u8| b"a= <:,"[usize::from(byte % 6)];
            let text: Vec<u8> = text.iter().map(few).collect();
            let mark: Vec<u8> = mark.iter().take(4).map(few).chain([b'=']).collect();
            let (found, last) = (text.find(&mark), text.rfind(&mark));
            text.find_mark(&mark) == found
                && text.rfind_mark(&mark) == last
                && text.has_mark(&mark) == found.is_some()
                && text.split_at_mark(&mark) == text.split_once_str(&mark)
                && text.rsplit_at_mark(&mark) == text.rsplit_once_str(&mark)
        }
        quickcheck::QuickCheck::new()
            .tests(20_000)
            .max_tests(20_000)
            .quickcheck(holds as fn(Vec<u8>, Vec<u8>) -> bool);
    }
}
