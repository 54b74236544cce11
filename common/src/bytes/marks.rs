//! Finds short marks in lines. A general search spends more on getting ready than on such a text.

use fearless_simd::{prelude::*, u8x16};

use crate::bytes::scan::{Level, dispatch};

/// Texts in which marks are found. A mark has one byte at least.
pub trait Marks {
    /// Where the first such mark begins.
    fn find_mark(&self, mark: &[u8]) -> Option<usize>;

    /// Where the last such mark begins.
    fn rfind_mark(&self, mark: &[u8]) -> Option<usize>;

    /// Where the first two such marks begin; they may share bytes.
    fn first_two_marks(&self, mark: &[u8]) -> [Option<usize>; 2];

    /// Is there such a mark?
    fn has_mark(&self, mark: &[u8]) -> bool {
        self.find_mark(mark).is_some()
    }

    /// What stands before the first such mark, and behind it.
    fn split_at_mark(&self, mark: &[u8]) -> Option<(&[u8], &[u8])>;

    /// What stands before the last such mark, and behind it.
    fn rsplit_at_mark(&self, mark: &[u8]) -> Option<(&[u8], &[u8])>;
}

/// The byte of a mark that is likely to be the rarest in a line, and its place. A loop that is known
/// when the program is compiled, as the marks are.
#[inline(always)]
fn rarest(mark: &[u8]) -> (usize, u8) {
    let (mut place, mut least, mut at) = (0, u8::MAX, 0);
    while at < mark.len() {
        let rank = match mark[at] {
            b' ' => 3,
            b'=' | b',' | b':' | b'.' | b'-' => 1,
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => 2,
            _ => 0,
        };
        if rank < least {
            (place, least) = (at, rank);
        }
        at += 1;
    }
    (place, mark.get(place).copied().unwrap_or(0))
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
    fn first_two_marks(&self, mark: &[u8]) -> [Option<usize>; 2] {
        let Some(first) = self.find_mark(mark) else { return [None; 2] };
        let second = self[first + 1..].find_mark(mark);
        [Some(first), second.map(|second| first + 1 + second)]
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
            let mut starts = (0..text.len()).filter(|start| text[*start..].starts_with(&mark));
            let first_two = [starts.next(), starts.next()];
            text.find_mark(&mark) == found
                && text.rfind_mark(&mark) == last
                && text.has_mark(&mark) == found.is_some()
                && text.first_two_marks(&mark) == first_two
                && text.split_at_mark(&mark) == text.split_once_str(&mark)
                && text.rsplit_at_mark(&mark) == text.rsplit_once_str(&mark)
        }
        quickcheck::QuickCheck::new()
            .tests(20_000)
            .max_tests(20_000)
            .quickcheck(holds as fn(Vec<u8>, Vec<u8>) -> bool);
    }
}
