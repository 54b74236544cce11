//! Mail addresses, as far as accounts need them: whose domain is charged.

use std::borrow::Cow;

/// How the null sender's domain is called. No host name has brackets in it.
pub const NULL_SENDER: &[u8] = b"(null)";
/// How the domain of an address without `@` is called.
pub const NO_DOMAIN: &[u8] = b"(none)";

/// The domain of an address, in lower case (ASCII only: an internationalised domain stays as it
/// stands).
///
/// What follows the last `@`, since a quoted local part may hold one, less a dot at its end.
/// Empty, `<>` and qmail's `#@[]` (the sender of a double bounce) give [`NULL_SENDER`]; no `@`
/// gives [`NO_DOMAIN`]. Angle brackets round the whole are left out.
pub fn domain(address: &[u8]) -> Cow<'_, [u8]> {
    let bare = without_brackets(address);
    if bare.is_empty() || bare == b"#@[]" {
        return NULL_SENDER.into();
    }
    let Some(at) = memchr::memrchr(b'@', bare) else { return NO_DOMAIN.into() };
    let domain = &bare[at + 1..];
    match domain.strip_suffix(b".").unwrap_or(domain) {
        b"" => NO_DOMAIN.into(),
        domain => lower_case(domain),
    }
}

/// The whole address in lower case; [`NULL_SENDER`] as for [`domain`].
pub fn user(address: &[u8]) -> Cow<'_, [u8]> {
    match without_brackets(address) {
        b"" | b"#@[]" => NULL_SENDER.into(),
        bare => lower_case(bare),
    }
}

fn without_brackets(address: &[u8]) -> &[u8] {
    address.strip_prefix(b"<").and_then(|rest| rest.strip_suffix(b">")).unwrap_or(address)
}

fn lower_case(bytes: &[u8]) -> Cow<'_, [u8]> {
    if bytes.iter().any(u8::is_ascii_uppercase) {
        bytes.to_ascii_lowercase().into()
    } else {
        bytes.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains() {
        for (address, expected) in [
            ("bob@Example.COM", "example.com"),
            ("<bob@example.com>", "example.com"),
            ("\"a@b\"@example.net", "example.net"),
            ("bob@example.com.", "example.com"),
            ("bob@bücher.example", "bücher.example"),
            ("bob@[192.0.2.1]", "[192.0.2.1]"),
            ("", "(null)"),
            ("<>", "(null)"),
            ("#@[]", "(null)"),
            ("root", "(none)"),
            ("bob@", "(none)"),
            ("bob@.", "(none)"),
        ] {
            assert_eq!(domain(address.as_bytes()), expected.as_bytes(), "{address}");
        }
    }

    #[test]
    fn users() {
        assert_eq!(user(b"<Bob@Example.com>"), b"bob@example.com".as_slice());
        assert_eq!(user(b"<>"), NULL_SENDER);
    }
}
