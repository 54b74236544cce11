//! What the formats have in common.

use std::net::Ipv6Addr;

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
    // nearly all texts that are no address are names, which have other letters
    let may_be_ipv6 =
        || text.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'));
    let is_ipv6 = |text: &str| text.parse::<Ipv6Addr>().is_ok();
    is_ipv4(text) || may_be_ipv6() && std::str::from_utf8(text).is_ok_and(is_ipv6)
}

/// Is it an address of IPv4? As the standard library has it, and sooner.
fn is_ipv4(text: &[u8]) -> bool {
    let mut octets = text.split(|byte| *byte == b'.');
    octets.try_fold(0, |count, octet| is_octet(octet).then_some(count + 1)) == Some(4)
}

/// Is it a number from 0 to 255, without a zero in front?
fn is_octet(text: &[u8]) -> bool {
    matches!(
        text,
        [b'0'..=b'9']
            | [b'1'..=b'9', b'0'..=b'9']
            | [b'1', b'0'..=b'9', b'0'..=b'9']
            | [b'2', b'0'..=b'4', b'0'..=b'9']
            | [b'2', b'5', b'0'..=b'5']
    )
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
    fn addresses() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(picks: Vec<u8>) -> bool {
            let words = [
                "0", "1", "25", "255", "256", "9", ".", ".", ".", ".", ":", "::", " ", "a", "00",
                "g", "ffff:", "\u{e9}",
            ];
            let picks = picks.iter().take(9);
            let text: String = picks.map(|at| words[usize::from(*at) % words.len()]).collect();
            is_ipv4(text.as_bytes()) == text.parse::<std::net::Ipv4Addr>().is_ok()
                && is_ip(text.as_bytes()) == text.parse::<std::net::IpAddr>().is_ok()
        }
        quickcheck::QuickCheck::new()
            .tests(100_000)
            .max_tests(100_000)
            .quickcheck(holds as fn(Vec<u8>) -> bool);
        for number in 0..1200 {
            let text = number.to_string();
            assert_eq!(is_octet(text.as_bytes()), number < 256, "{text}");
            assert!(!is_octet(format!("0{text}").as_bytes()));
        }
        assert!(is_ipv4(b"192.0.2.255") && is_ipv4(b"0.0.0.0") && !is_ipv4(b"192.0.2.256"));
    }
}
