//! What qmail's SMTP servers, and the filters before and behind them, log of their verdicts.
//!
//! ```text
//! spamdyke[36545]: ALLOWED from: a@b to: c@d origin_ip: 192.0.2.1 origin_rdns: ...
//! CHKUSER accepted rcpt: from <a@b|...> remote <helo:h|...> rcpt <c@d> : found existing recipient
//! simscan:[35261]:CLEAN (1.70/5.00/5.00):0.1053s:SUBJECT:192.0.2.1:a@b:c@d
//! qlogreceived: result=accepted code=250 reason=queueaccept ... qp=29077 pid=29073
//! qmail-smtpd: pid 4711 Accept::RCPT::Recipients_Cdb P:ESMTP S:192.0.2.1:mx H:h F:a@b T:c@d
//! mail recv: pid 4711 from <a@b> qp 4715
//! ```
//!
//! Clients choose much of these lines: HELO, addresses, names. Where words of the format stand
//! twice in a line, nothing tells which are the program's, so the line is broken.

mod chkuser;
mod fast;
#[cfg(test)]
mod hostile;
mod qlog;
mod record;
mod simscan;
mod spamdyke;
mod sqmail;
#[cfg(test)]
mod tests;
mod toaster;
mod words;

pub use record::{Record, Said, Source};

use bstr::ByteSlice;

use crate::filter::Fault;
use crate::logs::fields::Broken;
use crate::logs::prefix::{self, Opening, Prefix};
use crate::logs::tcpserver;

/// A line that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading<'a> {
    /// What loggers wrote.
    pub prefix: Prefix<'a>,
    /// Who wrote the rest; `None` for tcpserver, which passes no verdict on a mail.
    pub source: Option<Source>,
    /// What the rest says, or why it is broken.
    pub said: Result<Said<'a>, Broken>,
}

/// Reads a line of any of the sources, or of tcpserver, and hands it to `take` where it stands: it
/// is large, and no copy of it is made.
#[inline(always)]
pub fn read<'a, T>(
    line: &'a [u8],
    take: impl FnOnce(&Reading<'a>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    match &fast::read(line) {
        Some(reading) => take(reading),
        None => take(&plain(line)?),
    }
}

/// The same for any line.
fn plain(line: &[u8]) -> Result<Reading<'_>, Fault> {
    prefix::find(line, Opening::OwnWords, judge).ok_or_else(|| {
        if own_words(line) {
            Fault::UnknownHead("words of a mail server follow an unknown head")
        } else {
            Fault::Skip("no line of a known source")
        }
    })
}

/// What a reading of a line says, if its words are of one of the sources.
fn judge<'a>(prefix: &Prefix<'a>) -> Option<Reading<'a>> {
    // a subject behind `simscan:[1]:VIRUS:0.1s:Re: ` would be words behind a tag
    if prefix.continues || prefix.tag.contains(&b':') {
        return None;
    }
    let (source, said) = None
        .or_else(|| Some((Some(Source::Qlog), qlog::judge(prefix)?)))
        .or_else(|| Some((Some(Source::Chkuser), chkuser::judge(prefix)?)))
        .or_else(|| Some((Some(Source::Simscan), simscan::judge(prefix)?)))
        .or_else(|| Some((Some(Source::Spamdyke), spamdyke::judge(prefix)?)))
        .or_else(|| Some((Some(Source::Sqmail), sqmail::judge(prefix)?)))
        .or_else(|| Some((Some(Source::Qmailtoaster), toaster::judge(prefix)?)))
        .or_else(|| Some((Some(Source::Qlog), qlog::remark(prefix)?)))
        .or_else(|| Some((None, tcpserver::judge(prefix)?.map(Said::Server))))?;
    Some(Reading { prefix: *prefix, source, said })
}

/// Is a verdict somewhere in the line?
fn own_words(line: &[u8]) -> bool {
    let marks: [&[u8]; 7] = [
        b"qlogreceived: ",
        b"qlogenvelope: ",
        b"CHKUSER ",
        b"simscan:[",
        b"spamdyke[",
        b"qmail-smtpd: pid ",
        b"mail recv: pid ",
    ];
    marks.iter().any(|mark| {
        let Some(at) = line.find(mark) else { return false };
        let reading = judge(&Prefix { text: &line[at..], ..Prefix::default() });
        matches!(reading, Some(Reading { said: Ok(Said::Verdict(_) | Said::Scanned { .. }), .. }))
    })
}
