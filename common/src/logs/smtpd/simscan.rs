//! simscan, which scans messages in place of qmail-queue and then calls it.
//!
//! ```text
//! simscan:[35261]:CLEAN (1.70/5.00/5.00):0.1053s:SUBJECT:192.0.2.1:a@b:c@d,e@f
//! simscan:[35917]:VIRUS:0.0416s:NAME:192.0.2.1:a@b:c@d
//! ```
//!
//! The process is tcpserver's. What stands behind the seconds is chosen by strangers: so the
//! client's address is taken only where nothing else between colons is an address, and only a
//! sender and the recipients follow it.

use super::record::{QUEUED, Record, Said};
use super::words::{Broken, CUT_SHORT, NO_ADDRESS, TWICE, is_ip, is_number, or_null, plain_ip};
use crate::bytes::marks::Marks;
use crate::logs::prefix::Prefix;

/// What a reading of a line says, if its words are simscan's.
pub fn judge<'a>(prefix: &Prefix<'a>) -> Option<Result<Said<'a>, Broken>> {
    let text = match prefix.text.strip_prefix(b"simscan: ") {
        // a tag, and no head before it
        Some(rest) if prefix.tag.is_empty() => rest,
        _ => prefix.text,
    };
    let (pid, rest) = text.strip_prefix(b"simscan:[")?.split_at_mark(b"]:")?;
    is_number(pid).then(|| {
        // its remarks begin with a blank
        if rest.starts_with(b" ") { Ok(Said::Nothing) } else { read(pid, rest) }
    })
}

fn read<'a>(pid: &'a [u8], text: &'a [u8]) -> Result<Said<'a>, Broken> {
    let (state, rest) = text.split_at_mark(b":").ok_or(CUT_SHORT)?;
    let (seconds, rest) = rest.split_at_mark(b":").ok_or(CUT_SHORT)?;
    if !is_seconds(seconds) {
        return Err(CUT_SHORT);
    }
    let (state, scores) = match state.split_at_mark(b" (") {
        Some((state, scores)) => (state, scores.strip_suffix(b")").ok_or(CUT_SHORT)?),
        None => (state, &b""[..]),
    };
    let (name, mail) = rest.split_at(start_of_address(rest)?);
    let name = name.strip_suffix(b":").unwrap_or(name);
    let (rest, recipient) = mail.rsplit_at_mark(b":").ok_or(CUT_SHORT)?;
    let (ip, sender) = rest.rsplit_at_mark(b":").ok_or(CUT_SHORT)?;
    let (disposition, is_spam, message) = match state {
        b"CLEAN" => (QUEUED, Some(false), &b""[..]),
        b"PASSTHRU" | b"SPAM PASS" => (QUEUED, Some(true), &b""[..]),
        b"RELAYCLIENT" => (QUEUED, None, &b""[..]),
        b"SPAM REJECT" | b"SPAM DROPPED" => (state, Some(true), &b""[..]),
        // here it is no subject
        b"VIRUS" | b"VIRUS DROPPED" | b"ATTACH" | b"ATTACH DROPPED" | b"REGEX"
        | b"REGEX DROPPED" => (state, None, name),
        _ => return Err("a state that is not known"),
    };
    let mut numbers = scores.split(|byte| *byte == b'/').map(hundredths);
    let (score, required) = (numbers.next().flatten(), numbers.next().flatten());
    // a threshold of 0 says that spamd was not asked
    let asked = required.is_some_and(|required| required != 0);
    let record = Record {
        pid,
        ip: plain_ip(ip),
        sender: or_null(sender),
        recipient,
        disposition,
        message,
        is_spam: is_spam.filter(|_| asked),
        score_centi: score.filter(|_| asked),
        required_centi: required.filter(|_| asked),
        ..Record::default()
    };
    Ok(Said::Scanned { record, mail })
}

/// `0.1053s`.
fn is_seconds(text: &[u8]) -> bool {
    let number = text.strip_suffix(b"s").and_then(|text| text.split_at_mark(b"."));
    number.is_some_and(|(whole, rest)| is_number(whole.trim_ascii_start()) && is_number(rest))
}

/// Where the client's address begins in `NAME:IP:SENDER:RECIPIENTS`.
fn start_of_address(text: &[u8]) -> Result<usize, Broken> {
    /// An address of IPv6 has seven, and the others three.
    const MOST_COLONS: usize = 64;
    let colons: Vec<usize> = memchr::memchr_iter(b':', text).collect();
    if colons.len() < 3 {
        return Err(CUT_SHORT);
    }
    if colons.len() > MOST_COLONS {
        return Err(TWICE);
    }
    let (mut found, mut first) = (None, 0);
    while first < colons.len() {
        let start = colons[first] + 1;
        // the longest, since an address of IPv6 may end in another
        let ends = (first + 1..colons.len()).rev();
        let end = { ends }.find(|end| is_ip(&text[start..colons[*end]]));
        if let Some(end) = end
            && found.replace((start, end)).is_some()
        {
            return Err(TWICE);
        }
        first = end.unwrap_or(first + 1);
    }
    let (start, end) = found.ok_or(NO_ADDRESS)?;
    let ip = &text[start..colons[end]];
    let is_odd = ip.contains(&b':') && ip.contains(&b'.') && plain_ip(ip) == ip;
    // a sender with a colon would move the columns
    if end + 2 != colons.len() || is_odd { Err(TWICE) } else { Ok(start) }
}

/// Hundredths of a number with two decimals.
fn hundredths(text: &[u8]) -> Option<i64> {
    /// Far more digits than a score has, and few enough for 64 bits.
    const MOST_DIGITS: usize = 12;
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let (whole, decimals) = unsigned.split_at_mark(b".")?;
    let fits = is_number(whole) && is_number(decimals) && decimals.len() == 2;
    if !fits || whole.len() > MOST_DIGITS {
        return None;
    }
    let digits = whole.iter().chain(decimals);
    let value = digits.fold(0, |value, byte| value * 10 + i64::from(byte - b'0'));
    Some(if unsigned.len() < text.len() { -value } else { value })
}
