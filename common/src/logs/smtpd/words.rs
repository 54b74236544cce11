//! What the formats have in common.

use std::net::IpAddr;

use crate::bytes::marks::Marks;
pub use crate::logs::fields::{Broken, CUT_SHORT, plain_ip, words_of};
pub use crate::logs::prefix::is_number;

/// The reason for a line in which a client may have said words of the format.
pub const TWICE: Broken = "words of its program occur in it twice; a client may have sent them";

/// The reason for an address that is none.
pub const NO_ADDRESS: Broken = "the client's address is malformed";

/// What stands before and after a mark, which must be there once.
#[inline(always)]
pub fn split<'a>(text: &'a [u8], mark: &[u8]) -> Result<(&'a [u8], &'a [u8]), Broken> {
    match text.first_two_marks(mark) {
        [None, _] => Err(CUT_SHORT),
        [Some(at), None] => Ok((&text[..at], &text[at + mark.len()..])),
        [Some(_), Some(_)] => Err(TWICE),
    }
}

/// The same for a mark that may be missing: then all stands before it.
#[inline(always)]
pub fn split_optional<'a>(text: &'a [u8], mark: &[u8]) -> Result<(&'a [u8], &'a [u8]), Broken> {
    if text.has_mark(mark) { split(text, mark) } else { Ok((text, b"")) }
}

/// Is it an address of IPv4 or IPv6?
pub fn is_ip(text: &[u8]) -> bool {
    is_ipv4(text) || std::str::from_utf8(text).is_ok_and(|text| text.parse::<IpAddr>().is_ok())
}

/// Is it an address of IPv4? As the standard library has it, and sooner.
fn is_ipv4(text: &[u8]) -> bool {
    let (mut dots, mut digits, mut value) = (0, 0, 0_u32);
    for byte in text {
        match byte {
            b'.' if digits > 0 => (dots, digits, value) = (dots + 1, 0, 0),
            // a number of more digits begins with no 0
            b'0'..=b'9' if digits == 0 || value > 0 => {
                (digits, value) = (digits + 1, value * 10 + u32::from(byte - b'0'));
                if value > 255 {
                    return false;
                }
            }
            _ => return false,
        }
    }
    dots == 3 && digits > 0
}

/// The name of a client; empty for the word that stands for none.
pub fn known(name: &[u8]) -> &[u8] {
    if name == b"unknown" { b"" } else { name }
}

/// The null sender as rows have it.
pub fn or_null(sender: &[u8]) -> &[u8] {
    if sender.is_empty() { b"<>" } else { sender }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_ipv4() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(picks: Vec<u8>) -> bool {
            let words =
                ["0", "1", "25", "255", "256", "9", ".", ".", ".", ".", ":", " ", "a", "00"];
            let picks = picks.iter().take(9);
            let text: String = picks.map(|at| words[usize::from(*at) % words.len()]).collect();
            is_ipv4(text.as_bytes()) == text.parse::<std::net::Ipv4Addr>().is_ok()
        }
        quickcheck::QuickCheck::new()
            .tests(100_000)
            .max_tests(100_000)
            .quickcheck(holds as fn(Vec<u8>) -> bool);
        assert!(is_ipv4(b"192.0.2.255") && is_ipv4(b"0.0.0.0") && !is_ipv4(b"192.0.2.256"));
    }
}
