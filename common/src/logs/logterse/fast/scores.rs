//! What a status says, as text, where it is as nearly all are:
//!
//! ```text
//! No, score=-2.6 required=5.0
//! ```
//!
//! Digits stay digits: a number in hundredths is the number without its point, with a zero after it
//! if it has one decimal. A row of all columns takes a seventh less of the instructions.

use super::Window;
use super::place::{ShortSpan, place};
use crate::bytes::scan::{Vectors, digits_in_half};
use crate::logs::logterse::status::DENIED;

/// At most eight bytes of text, the first the lowest; those after them are anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct ShortText {
    /// The bytes.
    pub bytes: [u8; 8],
    /// How many count.
    pub length: usize,
}

/// Is it a status without numbers, as all refusals have it?
#[inline(always)]
pub fn has_no_scores(text: &Window, status: ShortSpan) -> bool {
    let is_denied = status.length() == DENIED.len() && status.rest(text).starts_with(DENIED);
    status.length() == 0 || is_denied
}

/// Whether it is spam, the score and the threshold, as rows have them. `None` for a status that
/// must be read in full.
#[inline(always)]
pub fn scores<V: Vectors>(vectors: V, text: &Window, status: ShortSpan) -> Option<[ShortText; 3]> {
    let said = status.rest(text);
    // none of these words reaches beyond the end of the line
    let (is_spam, said) = match said.strip_prefix(b"No, ") {
        Some(rest) => (b'0', rest),
        None => (b'1', said.strip_prefix(b"Yes, ")?),
    };
    let said = said.strip_prefix(b"score=").or_else(|| said.strip_prefix(b"hits="))?;
    let (score, said) = cents(vectors, said)?;
    let (required, said) = cents(vectors, said.strip_prefix(b" required=")?)?;
    let at = place(text.len().checked_sub(said.len())?);
    let is_end = match status.to.wrapping_sub(at) {
        0 => true,
        1 => said.starts_with(b"_"),
        2 => said.starts_with(b"_ "),
        _ => false,
    };
    let is_spam = ShortText { bytes: [is_spam; 8], length: 1 };
    is_end.then_some([is_spam, score, required])
}

/// The hundredths of the number that `text` begins with, if it has one or two decimals, and what
/// follows it.
#[inline(always)]
fn cents<V: Vectors>(vectors: V, text: &[u8]) -> Option<(ShortText, &[u8])> {
    let minus = usize::from(text.first() == Some(&b'-'));
    let unsigned = text.get(minus..)?;
    let digits = digits_in_half(vectors, unsigned.first_chunk()?);
    let word = u64::from_le_bytes(*unsigned.first_chunk()?);
    let whole = digits.trailing_ones();
    let decimals = (digits >> 1 >> whole).trailing_ones();
    if !(1..4).contains(&whole) || word.to_le_bytes()[whole as usize] != b'.' {
        return None;
    }
    let below = |bytes: u32| (1_u64 << (8 * bytes)) - 1;
    let joined = word & below(whole) | word >> 8 & !below(whole);
    let hundredths = match decimals {
        1 => joined & below(whole + 1) | u64::from(b'0') << (8 * (whole + 1)),
        2 => joined & below(whole + 2),
        _ => return None,
    };
    let zeros = (hundredths ^ 0x3030_3030_3030_3030).trailing_zeros() / 8;
    // of zeros only, one stays, without a sign
    let is_zero = zeros == whole + 2;
    let zeros = zeros - u32::from(is_zero);
    let (number, length) = (hundredths >> (8 * zeros), whole + 2 - zeros);
    let (number, length) = if minus == 1 && !is_zero {
        (number << 8 | u64::from(b'-'), length + 1)
    } else {
        (number, length)
    };
    let score = ShortText { bytes: number.to_le_bytes(), length: length as usize };
    Some((score, unsigned.get((whole + 1 + decimals) as usize..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::scan::{dispatch, levels};
    use crate::logs::logterse::status::{Status, WORDS};

    /// What is found is what the reader of all statuses says.
    #[test]
    fn scores_are_those_of_the_status() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(words: Vec<u8>, before: u8) -> bool {
            let end: String = words.iter().map(|word| WORDS[usize::from(word % 16)]).collect();
            let starts = ["", "No, hits=", "Yes, score=-1", "No, hits=2.6 required=", "No, hits=-"];
            starts.iter().all(|start| check(&format!("{start}{end}"), before % 100).0)
        }
        quickcheck::QuickCheck::new()
            .tests(20_000)
            .max_tests(20_000)
            .quickcheck(holds as fn(Vec<u8>, u8) -> bool);
        for status in ["", "msg denied before queued", "No, hits=-2.6 required=5.0_"] {
            assert_eq!(check(status, 7), (true, true), "{status}");
        }
        for number in ["0.0", "-0.0", "-0.00", "0.01", "-0.1", "10.0", "-999.99", "100.00", "1.234"]
        {
            let (agrees, is_found) = check(&format!("Yes, score={number} required=5.0"), 0);
            assert_eq!((agrees, is_found), (true, number != "1.234"), "{number}");
        }
    }

    /// Is what is found right, at each level, and is it found?
    fn check(status: &str, before: u8) -> (bool, bool) {
        let status = &status.as_bytes()[..status.len().min(150)];
        let mut text = [b'1'; 320];
        let [from, to] = [0, status.len()].map(|at| usize::from(before) + at);
        text[from..to].copy_from_slice(status);
        text[to] = b'\n';
        let span = ShortSpan { from: before, to: place(to) };
        let Status { is_spam, score_centi, required_centi } = Status::read(span.of(&text));
        let numbers = [is_spam.map(i64::from), score_centi, required_centi];
        let expected = numbers.map(|it| it.map_or(String::new(), |number| number.to_string()));
        let found = levels().into_iter().map(|level| {
            let found = dispatch!(level, vectors => scores(vectors, &text, span))?;
            Some(found.map(|it| String::from_utf8_lossy(&it.bytes[..it.length]).into_owned()))
        });
        let found: Vec<_> = if has_no_scores(&text, span) {
            vec![Some([""; 3].map(String::from))]
        } else {
            found.collect()
        };
        let agrees = found.iter().all(|it| it.as_ref().is_none_or(|it| *it == expected));
        (agrees, found.iter().all(Option::is_some))
    }
}
