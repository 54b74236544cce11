//! What the formats have in common.

use std::net::IpAddr;

use bstr::ByteSlice;

pub use crate::logs::fields::{Broken, CUT_SHORT, plain_ip, words_of};
pub use crate::logs::prefix::is_number;

/// The reason for a line in which a client may have said words of the format.
pub const TWICE: Broken = "words of its program occur in it twice; a client may have sent them";

/// The reason for an address that is none.
pub const NO_ADDRESS: Broken = "the client's address is malformed";

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

/// The name of a client; empty for the word that stands for none.
pub fn known(name: &[u8]) -> &[u8] {
    if name == b"unknown" { b"" } else { name }
}

/// The null sender as rows have it.
pub fn or_null(sender: &[u8]) -> &[u8] {
    if sender.is_empty() { b"<>" } else { sender }
}
