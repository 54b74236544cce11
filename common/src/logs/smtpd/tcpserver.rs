//! What tcpserver says of a process: whom it serves, and that it ended.
//!
//! ```text
//! tcpserver: ok 4711 mail.example.com:192.0.2.10:25 mx.example.net:198.51.100.4::56124
//! tcpserver: end 4711 status 0
//! ```

use bstr::ByteSlice;

use super::record::Said;
use super::words::{Broken, is_ip, is_number, plain_ip, words_of};
use crate::logs::prefix::Prefix;

/// What a reading of a line says, if its words are tcpserver's.
pub fn judge<'a>(prefix: &Prefix<'a>) -> Option<Result<Said<'a>, Broken>> {
    let text = words_of(prefix, b"tcpserver").or_else(|| words_of(prefix, b"sslserver"))?;
    Some(Ok(connected(text).or_else(|| ended(text)).unwrap_or(Said::Nothing)))
}

fn connected(text: &[u8]) -> Option<Said<'_>> {
    let mut words = text.strip_prefix(b"ok ")?.splitn(3, |byte| *byte == b' ');
    let (pid, _, client) = (words.next()?, words.next()?, words.next()?);
    // NAME:IP:INFO:PORT, and a name has no colon
    let (_, rest) = client.split_once_str(b":")?;
    let (rest, port) = rest.rsplit_once_str(b":")?;
    let (ip, _) = rest.rsplit_once_str(b":")?;
    let found = is_number(pid) && is_number(port) && is_ip(ip);
    found.then_some(Said::Connected { pid, ip: plain_ip(ip), port })
}

fn ended(text: &[u8]) -> Option<Said<'_>> {
    let (pid, _) = text.strip_prefix(b"end ")?.split_once_str(b" status ")?;
    is_number(pid).then_some(Said::Ended { pid })
}
