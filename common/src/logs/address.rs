//! Mail addresses, as far as accounts need them: whose domain is charged.

use std::borrow::Cow;

use fearless_simd::{i8x16, prelude::*, u8x16};

use crate::bytes::scan::{Level, Vectors, dispatch};
use crate::bytes::span::Span;
use crate::bytes::tsv;

/// How the null sender's domain is called. No host name has brackets in it.
pub const NULL_SENDER: &[u8] = b"(null)";
/// How the domain of an address without `@` is called.
pub const NO_DOMAIN: &[u8] = b"(none)";

/// The domain of an address, in lower case (ASCII only: an internationalised domain stays as it
/// stands).
///
/// What follows the last `@`, since a quoted local part may hold one, less a dot at its end.
/// Empty, `<>` and qmail's `#@[]` (the sender of a double bounce) give [`NULL_SENDER`]; no `@`
/// gives [`NO_DOMAIN`]. Angle brackets round the whole are left out, and so is `-@[]` behind a sender.
pub fn domain(address: &[u8]) -> Cow<'_, [u8]> {
    if is_null(address) {
        return NULL_SENDER.into();
    }
    let bare = bare(address);
    let Some(at) = memchr::memrchr(b'@', bare) else { return NO_DOMAIN.into() };
    let domain = &bare[at + 1..];
    match domain.strip_suffix(b".").unwrap_or(domain) {
        b"" => NO_DOMAIN.into(),
        domain => lower_case(domain),
    }
}

/// The [`domain`] of an address, both as fields of a row.
pub fn domain_field(address: &[u8]) -> Cow<'_, [u8]> {
    match plain_domain(address) {
        Some(domain) => domain.into(),
        None => odd_domain(address).into(),
    }
}

/// The domain of an address that stands as it should be written, both as fields: nearly all do.
pub fn plain_domain(address: &[u8]) -> Option<&[u8]> {
    let start = address.iter().rposition(|byte| !is_in_names(*byte))? + 1;
    (address[start - 1] == b'@' && !matches!(address[start..], [] | [.., b'.']))
        .then_some(&address[start..])
}

/// How long the [`plain_domain`] is of an address that ends where `tail` ends, and may be shorter
/// or longer; `None` also if the domain is longer than 31 bytes. Neither `@` nor a byte that may be in
/// a name may stand before the address.
#[inline]
pub fn plain_domain_length(tail: &[u8; 32]) -> Option<usize> {
    let (first, last) = (tail.first_chunk()?, tail.last_chunk()?);
    let inside = names_in(first) | names_in(last) << 16;
    // the lower half of the word is set, and so ends the count
    let length = (!(inside << 32)).leading_zeros() as usize;
    let before = tail.len().checked_sub(length + 1)?;
    (tail[before] == b'@' && length > 0 && tail[31] != b'.').then_some(length)
}

#[cold]
fn odd_domain(address: &[u8]) -> Vec<u8> {
    let mut field = Vec::new();
    tsv::escape(&domain(&tsv::as_read(address)), &mut field);
    field
}

/// A bit for each byte that may be in a name, the first the lowest.
#[inline]
fn names_in(chunk: &[u8; 16]) -> u64 {
    dispatch!(Level::baseline(), vectors => names(vectors, chunk))
}

#[inline(always)]
fn names<V: Vectors>(vectors: V, chunk: &[u8; 16]) -> u64 {
    let bytes = u8x16::load_array_ref(vectors, chunk).bitcast::<i8x16<V>>();
    let between = |first: u8, last: u8| {
        bytes.simd_gt(first.cast_signed() - 1) & bytes.simd_lt(last.cast_signed() + 1)
    };
    (between(b'-', b'9') | between(b'_', b'z')).to_bitmask()
}

/// Lower-case letters, digits, `-`, `.` and `_`, and two more that make the test quick and need no
/// escape either.
fn is_in_names(byte: u8) -> bool {
    matches!(byte, b'-'..=b'9' | b'_'..=b'z')
}

/// Is it the null sender: empty, `<>` or qmail's `#@[]`?
pub fn is_null(address: &[u8]) -> bool {
    matches!(without_brackets(address), b"" | b"#@[]")
}

/// The whole address in lower case, as its user logs in; [`NULL_SENDER`] as for [`domain`].
///
/// The `DOMAIN-` that qmail's virtualdomains puts before a local part is left out.
pub fn user(address: &[u8]) -> Cow<'_, [u8]> {
    if is_null(address) {
        return NULL_SENDER.into();
    }
    match lower_case(bare(address)) {
        Cow::Borrowed(user) => without_virtual_domain(user).into(),
        Cow::Owned(user) => without_virtual_domain(&user).to_vec().into(),
    }
}

/// `bob@example.net` for `example.net-bob@example.net`.
fn without_virtual_domain(user: &[u8]) -> &[u8] {
    let at = memchr::memrchr(b'@', user).unwrap_or(user.len());
    let Some(domain) = user.get(at + 1..).filter(|domain| !domain.is_empty()) else { return user };
    let local = user[..at].strip_prefix(domain).is_some_and(|rest| rest.starts_with(b"-"));
    if local { &user[domain.len() + 1..] } else { user }
}

/// The domain of an address, both as fields; in `buffer` if it does not stand in the address.
#[inline]
pub fn domain_of<'a>(address: Span<'a>, buffer: &'a mut Vec<u8>) -> Span<'a> {
    match address.last_chunk().and_then(plain_domain_length) {
        Some(length) => address.last(length),
        None => domain_of_any(address, buffer),
    }
}

/// The reference, for any address.
#[inline(never)]
fn domain_of_any<'a>(address: Span<'a>, buffer: &'a mut Vec<u8>) -> Span<'a> {
    match domain_field(address.bytes()) {
        Cow::Borrowed(domain) => domain.into(),
        Cow::Owned(domain) => {
            *buffer = domain;
            buffer.as_slice().into()
        }
    }
}

/// The [`user`] of an address, both as fields; written to `buffer`.
pub fn user_of<'a>(address: Span<'_>, buffer: &'a mut Vec<u8>) -> Span<'a> {
    buffer.clear();
    tsv::escape(&user(&tsv::as_read(address.bytes())), buffer);
    buffer.as_slice().into()
}

/// An address without brackets, and without the `-@[]` by which a mailing list asks qmail-send for a
/// sender of its own for each recipient; as there, an address must stand before that.
fn bare(address: &[u8]) -> &[u8] {
    let bare = without_brackets(address);
    match bare.strip_suffix(b"-@[]") {
        Some(sender) if sender.contains(&b'@') => sender,
        _ => bare,
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
            ("list-return-5-@List.example.com-@[]", "list.example.com"),
            ("<list-@list.example.com-@[]>", "list.example.com"),
            ("list-@[]", "[]"),
            ("-@[]", "[]"),
            ("root", "(none)"),
            ("bob@", "(none)"),
            ("bob@.", "(none)"),
        ] {
            assert_eq!(domain(address.as_bytes()), expected.as_bytes(), "{address}");
        }
    }

    #[test]
    fn users() {
        for (address, expected) in [
            ("<Bob@Example.com>", "bob@example.com"),
            ("<>", "(null)"),
            ("Example.net-bob@example.NET", "bob@example.net"),
            ("example.net-bob@example.com", "example.net-bob@example.com"),
            ("example.netbob@example.net", "example.netbob@example.net"),
            ("example.net@example.net", "example.net@example.net"),
            ("example.net-@example.net", "@example.net"),
            ("list-return-5-@list.example.com-@[]", "list-return-5-@list.example.com"),
            ("-bob@", "-bob@"),
            ("-bob", "-bob"),
        ] {
            assert_eq!(user(address.as_bytes()), expected.as_bytes(), "{address}");
        }
    }

    /// The short way gives what the long way gives.
    #[test]
    fn plain_domains_are_domains() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(seed: Vec<u8>, odd: bool) -> bool {
            // few different bytes, so that there are names, of any length
            let few = if odd { &b"ab1-_.@A<>[]\\\"\xc3\xa9 #/`"[..] } else { b"abcdefghijk.@" };
            let address: Vec<u8> =
                seed.iter().map(|byte| few[usize::from(*byte) % few.len()]).collect();
            let mut field = Vec::new();
            tsv::escape(&address, &mut field);
            // what stands before an address in a row
            let row = [&b"host\tin\t".repeat(5), &address[..]].concat();
            let long = |domain: &&[u8]| domain.len() < 32;
            plain_domain_length(row.last_chunk().unwrap())
                == plain_domain(&address).filter(long).map(<[u8]>::len)
                && *domain_field(&field) == *odd_domain(&field)
                && *domain_field(&address) == *odd_domain(&address)
        }
        quickcheck::QuickCheck::new()
            .tests(20_000)
            .max_tests(20_000)
            .quickcheck(holds as fn(Vec<u8>, bool) -> bool);
        for address in ["", "#@[]", "<>", "@", "a@", "a@.", "a@b.", "a@b", "a@B", "b", "<a@b>"] {
            assert_eq!(*domain_field(address.as_bytes()), *odd_domain(address.as_bytes()));
        }
        for byte in 0..=255 {
            assert_eq!(names_in(&[byte; 16]), if is_in_names(byte) { 0xffff } else { 0 });
        }
    }
}
