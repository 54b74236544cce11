//! What the formats have in common.

use std::net::IpAddr;

use bstr::ByteSlice;

use crate::logs::prefix::Prefix;

/// Why a line that begins like one of a source's is none.
pub type Broken = &'static str;

/// The reason for a line whose end is missing, or that has another form.
pub const CUT_SHORT: Broken = "cut short, or not as its program writes it";

/// The reason for a line in which a client may have said words of the format.
pub const TWICE: Broken = "words of its program stand in it twice; a client may have said them";

/// The reason for an address that is none.
pub const NO_ADDRESS: Broken = "the client's address is none";

/// What a program of this name wrote: the name is the first word of the text, or the tag.
pub fn words_of<'a>(prefix: &Prefix<'a>, name: &[u8]) -> Option<&'a [u8]> {
    let named = prefix.text.strip_prefix(name).and_then(|rest| rest.strip_prefix(b": "));
    named.or_else(|| (prefix.tag == name).then_some(prefix.text))
}

/// What stands before and after a mark, which must be there once.
pub fn split<'a>(text: &'a [u8], mark: &[u8]) -> Result<(&'a [u8], &'a [u8]), Broken> {
    let (before, after) = text.split_once_str(mark).ok_or(CUT_SHORT)?;
    if text.rfind(mark) == Some(before.len()) { Ok((before, after)) } else { Err(TWICE) }
}

/// The same for a mark that may be missing: then all stands before it.
pub fn split_optional<'a>(text: &'a [u8], mark: &[u8]) -> Result<(&'a [u8], &'a [u8]), Broken> {
    if text.contains_str(mark) { split(text, mark) } else { Ok((text, b"")) }
}

/// Is it an address of IPv4 or IPv6?
pub fn is_ip(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| text.parse::<IpAddr>().is_ok())
}

/// An address of IPv4 without what stands before it on a socket for IPv6.
pub fn plain_ip(ip: &[u8]) -> &[u8] {
    ip.strip_prefix(b"::ffff:").filter(|rest| rest.contains(&b'.')).unwrap_or(ip)
}

/// The name of a client; empty for the word that stands for none.
pub fn known(name: &[u8]) -> &[u8] {
    if name == b"unknown" { b"" } else { name }
}

/// The null sender as rows have it.
pub fn or_null(sender: &[u8]) -> &[u8] {
    if sender.is_empty() { b"<>" } else { sender }
}

/// Decimal digits, one at least?
pub fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}
