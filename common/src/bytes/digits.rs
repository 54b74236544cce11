//! Decimal numbers.

/// The number that the last `length` of eight bytes write, all digits at once; 1 to 8 of them.
#[inline]
pub(crate) fn eight_digits(bytes: [u8; 8], length: usize) -> Option<u64> {
    // what stands before the digits becomes zero, as do all digits that are 0
    let other = 64 - 8 * length;
    let digits = (u64::from_le_bytes(bytes) ^ 0x3030_3030_3030_3030) >> other << other;
    // what is no digit has its highest bit now, or gets it from what is more than 9
    if (digits | digits.wrapping_add(0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    // neighbours become one, three times: the one before counts ten times, 100 times, 10000 times
    let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours * 10_000 + (fours >> 32)) & 0xffff_ffff)
}

/// The number below 2^64 that decimal digits write; `None` for anything else.
pub fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    let (start, rest) = match digits.split_first_chunk() {
        Some((first, rest)) => (eight_digits(*first, 8)?, rest),
        None => (0, digits),
    };
    rest.iter().try_fold(start, |sum, byte| match byte.wrapping_sub(b'0') {
        digit @ ..=9 => sum.checked_mul(10)?.checked_add(digit.into()),
        _ => None,
    })
}

/// A whole number from 1 on.
pub fn positive(digits: &[u8]) -> Option<usize> {
    usize::try_from(number(digits)?).ok().filter(|number| *number > 0)
}

/// A decimal number in units of its last of `places` decimals; further decimals are cut off. `None`
/// for anything else, and for what has more than 63 bits.
pub fn decimal(text: &[u8], places: usize) -> Option<i64> {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let point = unsigned.iter().position(|byte| *byte == b'.').unwrap_or(unsigned.len());
    let (whole, fraction) = (&unsigned[..point], unsigned.get(point + 1..).unwrap_or_default());
    if whole.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let decimals = fraction.iter().copied().chain(std::iter::repeat(b'0')).take(places);
    let value = decimals.fold(number(whole), |value, digit| {
        value?.checked_mul(10)?.checked_add((digit - b'0').into())
    });
    let value = i64::try_from(value?).ok()?;
    Some(if unsigned.len() < text.len() { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

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
