//! What spamd says of a message that it checked, twice.

use std::ops::Range;

use crate::bytes::digits::{decimal, number};
use crate::bytes::marks::Marks;
use crate::logs::fields::{Broken, CUT_SHORT, NO_NUMBER, plain_ip, single};

/// `clean message` or `identified spam`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked<'a> {
    /// Is it spam?
    pub is_spam: bool,
    /// Hundredths of a point.
    pub score_centi: i64,
    /// For whom; any bytes.
    pub user: &'a [u8],
    /// How long it took, from the connection on.
    pub active_ms: u64,
    /// The size of the message.
    pub bytes: u64,
}

/// `result:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report<'a> {
    /// Is it spam?
    pub is_spam: bool,
    /// Points, cut to a whole number.
    pub score: i64,
    /// The names of the tests that hit, with commas between them.
    pub tests: &'a [u8],
    /// What else it says, from `scantime=` on. The lines before have most of it.
    values: &'a [u8],
}

/// What else a [`Report`] says. What strangers could have forged is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Values<'a> {
    /// How long it took, from the connection on.
    pub active_ms: Option<u64>,
    /// The size of the message.
    pub bytes: Option<u64>,
    /// For whom; any bytes.
    pub user: Option<&'a [u8]>,
    /// The address of the client; 127.0.0.1 for one on a UNIX socket.
    pub ip: Option<&'a [u8]>,
    /// Its port.
    pub port: Option<u16>,
}

/// `-3.6/5.0) for USER:105 in 0.4 seconds, 510 bytes.` The user may hold all of it, so the end is
/// read from the right.
pub fn checked(is_spam: bool, rest: &[u8]) -> Result<Checked<'_>, Broken> {
    let (score, rest) = rest.split_at_mark(b"/").ok_or(CUT_SHORT)?;
    let (_, rest) = rest.split_at_mark(b") for ").ok_or(CUT_SHORT)?;
    let rest = rest.strip_suffix(b" bytes.").ok_or(CUT_SHORT)?;
    let (rest, bytes) = rest.rsplit_at_mark(b" seconds, ").ok_or(CUT_SHORT)?;
    let (rest, seconds) = rest.rsplit_at_mark(b" in ").ok_or(CUT_SHORT)?;
    let (user, _) = rest.rsplit_at_mark(b":").ok_or(CUT_SHORT)?;
    let score_centi = decimal(score, 2).ok_or(NO_NUMBER)?;
    let (active_ms, bytes) = milliseconds(seconds).zip(number(bytes)).ok_or(NO_NUMBER)?;
    Ok(Checked { is_spam, score_centi, user, active_ms, bytes })
}

/// `Y 12 - TEST,TEST scantime=0.4,size=510,user=U,uid=105,...,rhost=H,raddr=IP,rport=PORT,mid=...`.
/// What stands before the user, nobody but spamd has written.
pub fn report(rest: &[u8]) -> Result<Report<'_>, Broken> {
    let (is_spam, rest) = match rest {
        [b'Y', b' ', rest @ ..] => (true, rest),
        [b'.', b' ', rest @ ..] => (false, rest),
        _ => return Err(CUT_SHORT),
    };
    let (score, rest) = rest.split_at_mark(b" - ").ok_or(CUT_SHORT)?;
    let score = decimal(score.trim_ascii_start(), 0).ok_or(NO_NUMBER)?;
    let (tests, values) = rest.split_at_mark(b" ").ok_or(CUT_SHORT)?;
    Ok(Report { is_spam, score, tests, values })
}

impl<'a> Report<'a> {
    /// Reads the rest.
    pub fn values(&self) -> Values<'a> {
        let values = self.values;
        let first =
            values.strip_prefix(b"scantime=").and_then(|rest| rest.split_at_mark(b",size="));
        let first = first.and_then(|(seconds, rest)| Some((seconds, rest.split_at_mark(b",")?.0)));
        let marks = [&b",user="[..], b",uid=", b",raddr=", b",rport=", b",mid="];
        let [user, uid, ip, port, message] = single(values, marks);
        let between = |before: Option<&Range<usize>>, after: Option<&Range<usize>>| {
            values.get(before?.end..after?.start)
        };
        Values {
            active_ms: first.and_then(|(seconds, _)| milliseconds(seconds)),
            bytes: first.and_then(|(_, bytes)| number(bytes)),
            user: between(user.as_ref(), uid.as_ref()),
            ip: between(ip.as_ref(), port.as_ref()).map(plain_ip),
            port: between(port.as_ref(), message.as_ref())
                .and_then(|port| number(port).and_then(|port| u16::try_from(port).ok())),
        }
    }
}

fn milliseconds(seconds: &[u8]) -> Option<u64> {
    decimal(seconds, 3).and_then(|ms| u64::try_from(ms).ok())
}
