//! The block list that refused a client.

use std::ops::Range;

/// The block list that refused a client, by the words of the refusal; empty where they name none,
/// or where it was not dnsbl that refused.
///
/// It is the host of the first URL; else `ZONE` of `Blocked by ZONE`; else what follows four
/// numbers at the start, as in `4.3.2.1.zone.example`.
#[inline]
pub fn block_list<'a>(disposition: &[u8], message: &'a [u8]) -> &'a [u8] {
    &message[place_of_block_list(disposition, message)]
}

/// Where in the message the [`block_list`] stands.
#[inline]
pub fn place_of_block_list(disposition: &[u8], message: &[u8]) -> Range<usize> {
    let skipped = match disposition {
        b"dnsbl" => 0,
        b"naughty" if message.starts_with(BY_DNSBL) => BY_DNSBL.len(),
        _ => return 0..0,
    };
    let found = list_in(&message[skipped..]);
    skipped + found.start..skipped + found.end
}

/// What the plugin naughty writes before the text of dnsbl.
const BY_DNSBL: &[u8] = b"(dnsbl) ";

fn list_in(message: &[u8]) -> Range<usize> {
    let is_url = |slash: &usize| {
        let before = &message[..*slash];
        message[*slash..].starts_with(b"//")
            && (before.ends_with(b"http:") || before.ends_with(b"https:"))
    };
    let after_slashes = memchr::memchr_iter(b'/', message).find(is_url).map(|slash| slash + 2);
    let start = after_slashes.unwrap_or_else(|| {
        let words = message.strip_prefix(BY_DNSBL).unwrap_or(message);
        let name = words.strip_prefix(b"Blocked by ").or_else(|| after_four_numbers(words));
        message.len() - name.map_or(0, <[u8]>::len)
    });
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let name = &message[start..];
    let name = &name[..name.iter().position(|byte| !in_name(byte)).unwrap_or(name.len())];
    start..start + name.strip_suffix(b".").unwrap_or(name).len()
}

fn after_four_numbers(text: &[u8]) -> Option<&[u8]> {
    (0..4).try_fold(text, |rest, _| {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest[digits..].strip_prefix(b".").filter(|_| (1..=3).contains(&digits))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn block_lists() {
        for (message, expected) in [
            ("http://www.spamhaus.org/query/bl?ip=1.2.3.4", "www.spamhaus.org"),
            ("Blocked - see https://dyn.example:80/x", "dyn.example"),
            ("http://one.example", "one.example"),
            ("(dnsbl) http://two.example/", "two.example"),
            ("Blocked by zen.spamhaus.org", "zen.spamhaus.org"),
            ("4.3.2.1.psbl.surriel.com", "psbl.surriel.com"),
            ("ftp://three.example/", ""),
            ("listed as dial-up / cable / no URL here", ""),
            ("", ""),
        ] {
            for before in ["", "(dnsbl) "] {
                let naughty = format!("(dnsbl) {before}{message}");
                assert_eq!(block_list(b"naughty", naughty.as_bytes()), expected.as_bytes());
            }
            let unmarked = message.trim_start_matches("(dnsbl) ").as_bytes();
            assert_eq!(block_list(b"naughty", unmarked), b"", "{message}");
            assert_eq!(&message[list_in(message.as_bytes())], expected, "{message}");
        }
    }
}
