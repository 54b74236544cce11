//! The addresses of a record.

use memchr::memchr;

/// The address and the port of `1.2.3.4:5555`. Only a dotted quad has a port: other addresses have
/// colons of their own.
#[inline]
pub fn without_port(client: &[u8]) -> (&[u8], &[u8]) {
    let colon = memchr(b':', client).unwrap_or(client.len());
    let (ip, port) = client.split_at(colon);
    match port.split_first() {
        Some((_, digits))
            if !digits.is_empty()
                && digits.iter().all(u8::is_ascii_digit)
                && ip.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.'))
                && memchr::memchr_iter(b'.', ip).count() == 3 =>
        {
            (ip, digits)
        }
        _ => (client, b""),
    }
}

/// The recipients in a record's field, each as logged.
pub fn recipients(field: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bracketed = field.starts_with(b"<");
    let mut rest = (!field.is_empty()).then_some(field);
    std::iter::from_fn(move || {
        let all = rest?;
        let is_end = |comma: &usize| match (bracketed, *comma) {
            (true, at) => all[..at].ends_with(b">") && all[at + 1..].starts_with(b"<"),
            (false, at) => !all[..at].ends_with(b"\\"),
        };
        let end = memchr::memchr_iter(b',', all).find(is_end);
        rest = end.map(|comma| &all[comma + 1..]);
        Some(&all[..end.unwrap_or(all.len())])
    })
}

/// An address without the brackets round it; the null sender `<>` stays.
#[inline]
pub fn bare(address: &[u8]) -> &[u8] {
    match address {
        [b'<', bare @ .., b'>'] if !bare.is_empty() => bare,
        _ => address,
    }
}

/// The top-level domain of an address, as written there; empty for the null sender, for an address
/// without a domain and for one whose domain is an IP address in brackets.
#[inline]
pub fn tld(address: &[u8]) -> &[u8] {
    let bare = bare(address);
    let bare = bare.strip_suffix(b".").unwrap_or(bare);
    // in the domain, and not before: a quoted local part may hold anything
    let start = bare.iter().rposition(|byte| matches!(byte, b'.' | b'@' | b'>' | b']'));
    match start {
        Some(at) if bare[at] == b'@' => &bare[at + 1..],
        Some(at) if bare[at] == b'.' && memchr(b'@', &bare[..at]).is_some() => &bare[at + 1..],
        _ => b"",
    }
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;

    use super::*;

    #[test]
    fn addresses() {
        let split = |field: &'static str| {
            recipients(field.as_bytes()).map(|one| bare(one).to_str().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(split(""), Vec::<&str>::new());
        assert_eq!(split("<a@b>"), ["a@b"]);
        assert_eq!(split("<a@b>,<\"x\\,y\"@h>,<c@d>"), ["a@b", "\"x\\,y\"@h", "c@d"]);
        assert_eq!(split("a@b,x\\,y@h,c@d"), ["a@b", "x\\,y@h", "c@d"]);
        for (address, expected) in [
            ("<a@b.Example.COM>", "COM"),
            ("<a.b@localhost>", "localhost"),
            ("<a@example.com.>", "com"),
            ("<\"a@b.c\"@d.org>", "org"),
            ("<a@[127.0.0.5]>", ""),
            ("<a.b>", ""),
            ("<>", ""),
            ("", ""),
        ] {
            assert_eq!(tld(address.as_bytes()), expected.as_bytes(), "{address}");
        }
    }
}
