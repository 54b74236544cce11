//! Decimal numbers.

use crate::bytes::short;

/// The number that the last `length` of eight bytes write, all digits at once; 1 to 8 of them.
#[inline(always)]
pub(crate) fn eight_digits(bytes: [u8; 8], length: usize) -> Option<u64> {
    // what stands before the digits becomes zero, as do all digits that are 0
    let other = 64 - 8 * length;
    let digits = (u64::from_le_bytes(bytes) ^ 0x3030_3030_3030_3030) >> other << other;
    if others(digits) != 0 {
        return None;
    }
    // neighbours become one, three times: the one before counts ten times, 100 times, 10000 times
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours * 10_000 + (fours >> 32)) & 0xffff_ffff)
}

/// The highest bit of each of eight bytes that is no decimal digit.
#[inline(always)]
pub(crate) fn not_digits(bytes: u64) -> u64 {
    others(bytes ^ 0x3030_3030_3030_3030)
}

/// The highest bit of each byte that is more than 9; nothing is carried to the next.
#[inline(always)]
fn others(bytes: u64) -> u64 {
    (bytes | ((bytes & 0x7f7f_7f7f_7f7f_7f7f) + 0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080
}

/// The number that up to eight digits at the start of `text` write, and what stands behind them;
/// nothing where there are more digits, and for many a text of less than nine bytes.
#[inline(always)]
pub fn short_number_at_start(text: &[u8]) -> Option<(u64, &[u8])> {
    let eight = u64::from_le_bytes(*text.first_chunk()?);
    let length = not_digits(eight).trailing_zeros() as usize / 8;
    let (_, rest) = text.split_at(length);
    if length == 0 || rest.first()?.is_ascii_digit() {
        return None;
    }
    let number = eight_digits((eight << (64 - 8 * length)).to_le_bytes(), length)?;
    Some((number, rest))
}

/// How many decimal digits `text` begins with.
#[inline]
pub fn digits_at_start(text: &[u8]) -> usize {
    let (eights, rest) = text.as_chunks();
    for (eight, at) in eights.iter().zip((0..).step_by(8)) {
        let digits = u64::from_le_bytes(*eight) ^ 0x3030_3030_3030_3030;
        // as above; only bytes behind one that is no digit may get its bit too
        let others = (digits | digits.wrapping_add(0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080;
        if others != 0 {
            return at + others.trailing_zeros() as usize / 8;
        }
    }
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.len() - rest.len() + digits
}

/// The number below 2^64 that decimal digits write; `None` for anything else.
#[inline(always)]
pub fn number(digits: &[u8]) -> Option<u64> {
    match digits.len() {
        0 => None,
        length @ 1..=8 => {
            let last = short::word(digits) << (8 * (8 - length));
            eight_digits(last.to_le_bytes(), length)
        }
        length @ 9..=16 => {
            let (start, rest) = (eight_digits(*digits.first_chunk()?, 8)?, length - 8);
            Some(start * UNITS[rest] + eight_digits(*digits.last_chunk()?, rest)?)
        }
        _ => long_number(digits),
    }
}

fn long_number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |sum, byte| match byte.wrapping_sub(b'0') {
        digit @ ..=9 => sum.checked_mul(10)?.checked_add(digit.into()),
        _ => None,
    })
}

/// The powers of ten, by their number of zeros.
const UNITS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// A whole number from 1 on.
pub fn positive(digits: &[u8]) -> Option<usize> {
    usize::try_from(number(digits)?).ok().filter(|number| *number > 0)
}

/// A decimal number in units of its last of `places` decimals, eight at most; further decimals are cut
/// off. `None` for anything else, and for what has more than 63 bits.
pub fn decimal(text: &[u8], places: usize) -> Option<i64> {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let point = unsigned.iter().position(|byte| *byte == b'.').unwrap_or(unsigned.len());
    let (whole, fraction) = (&unsigned[..point], unsigned.get(point + 1..).unwrap_or_default());
    let (used, dropped) = fraction.split_at(fraction.len().min(places));
    if digits_at_start(dropped) < dropped.len() {
        return None;
    }
    let fraction = if used.is_empty() { 0 } else { number(used)? };
    let whole = number(whole)?.checked_mul(*UNITS.get(places)?)?;
    let value = whole.checked_add(fraction * UNITS[places - used.len()])?;
    let value = i64::try_from(value).ok()?;
    Some(if unsigned.len() < text.len() { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers() {
        for length in 0..=10 {
            let digits = &"1203456789"[..length];
            for rest in ["", " ", ": to bob", "x12345678", "/", "\u{b2}"] {
                let text = format!("{digits}{rest}");
                let found = short_number_at_start(text.as_bytes());
                let expected = digits.parse().ok().map(|number| (number, rest.as_bytes()));
                let is_short = (1..=8).contains(&length) && text.len() >= 8 && !rest.is_empty();
                assert_eq!(found, expected.filter(|_| is_short), "{text}");
            }
        }
    }

    #[test]
    fn decimals() {
        for (text, places, value) in [
            ("0.4", 3, Some(400)),
            ("12", 3, Some(12_000)),
            ("-3.6", 2, Some(-360)),
            ("-0.1", 2, Some(-10)),
            ("1.23456", 2, Some(123)),
            ("5.", 1, Some(50)),
            ("9223372036854775807", 0, Some(i64::MAX)),
            ("9223372036854775808", 0, None),
            ("9223372036854775807", 1, None),
            ("18446744073709551616", 0, None),
            ("", 2, None),
            ("-", 2, None),
            (".5", 2, None),
            ("1.2.3", 2, None),
            ("1.-2", 2, None),
            ("--1", 2, None),
            ("+1", 2, None),
            ("nan", 2, None),
            ("1e3", 2, None),
        ] {
            assert_eq!(decimal(text.as_bytes(), places), value, "{text}");
        }
    }

    #[test]
    fn numbers_of_any_length() {
        for length in 1..=22 {
            let digits = &b"9876543210123456789098"[..length];
            let text = std::str::from_utf8(digits).unwrap();
            assert_eq!(number(digits), text.parse().ok(), "{text}");
            for place in 0..length {
                for other in (0..=255).filter(|byte: &u8| !byte.is_ascii_digit()) {
                    let mut text = digits.to_vec();
                    text[place] = other;
                    assert_eq!(number(&text), None, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn digits_in_front() {
        for length in 0..20 {
            for place in 0..=length {
                for other in (0..=255).filter(|byte: &u8| !byte.is_ascii_digit()) {
                    let mut text = b"98765432109876543210"[..length].to_vec();
                    text.splice(place.., [other, b'7', other]);
                    assert_eq!(digits_at_start(&text), place, "{text:?}");
                    assert_eq!(digits_at_start(&text[..place]), place);
                }
            }
        }
    }

    #[test]
    fn numbers() {
        for (text, value) in [
            ("0", Some(0)),
            ("007", Some(7)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("9999999999999999999", Some(9_999_999_999_999_999_999)),
            ("000000000000000000000000000001", Some(1)),
            ("99999999999999999999x", None),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1 ", None),
            ("1.5", None),
        ] {
            assert_eq!(number(text.as_bytes()), value, "{text}");
        }
    }
}
