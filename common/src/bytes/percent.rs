//! Any bytes as text of one word or more, for files that must give them back as they were.
//!
//! `%HH` stands for every byte that is not printable ASCII, for a quote, a backslash and `%`. So a
//! field of a row needs no escape.

/// The bytes as text.
pub fn encoded(bytes: &[u8]) -> Vec<u8> {
    encoded_but(bytes, is_literal)
}

/// The bytes as text in which only some stand for themselves; `%` must not be one of them.
pub fn encoded_but(bytes: &[u8], is_literal: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len());
    for byte in bytes {
        if is_literal(*byte) {
            text.push(*byte);
        } else {
            text.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    text
}

/// The bytes that a text stands for; `None` if it is broken.
pub fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match *byte {
            b'%' => {
                let mut digit = || char::from(*rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => Some(byte).filter(|byte| is_literal(*byte))?,
        });
    }
    Some(bytes)
}

fn is_literal(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) && !b"%\\\"'".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_come_back() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(bytes: Vec<u8>) -> bool {
            let text = encoded(&bytes);
            decoded(&text).as_ref() == Some(&bytes) && crate::bytes::plain::is_plain(&text)
        }
        quickcheck::quickcheck(holds as fn(Vec<u8>) -> bool);
        assert!(holds((0..=255).collect()));
        for broken in ["%", "%2", "%zz", "\\", "\"", "\t"] {
            assert_eq!(decoded(broken.as_bytes()), None, "{broken}");
        }
    }
}
