//! The lines of qpsmtpd's plugin logterse: one for each message that was queued, and for each
//! refusal.
//!
//! A record begins at the first backquote of a line, and only if what stands before it is exactly
//! what one of qpsmtpd's loggers writes there. So nothing that a client says can pass for a
//! record: its words always come after words of the server.

use std::ops::Range;

use bstr::ByteSlice;
use memchr::memchr;

use crate::bytes::scan::Places;
use crate::bytes::tsv;
use crate::filter::Fault;
use crate::time::Stamp;
use crate::time::stamp::Form;

/// What begins a record, after the words of the logger.
pub const MARK: u8 = b'`';

/// Why a line is skipped that is nothing of logterse's.
pub const NO_RECORD: &str = "no line of logterse";

/// The words of each logger that names the plugin, between the process number and the backquote,
/// and the hook that they name; empty if they name none.
pub const LOGGERS: [(&[u8], &[u8]); 7] = [
    (b"(deny) logging::logterse: ", b"deny"),
    (b"(queue) logging::logterse: ", b"queue"),
    (b"logging::logterse plugin: ", b""),
    (b"logging::logterse plugin (deny): ", b"deny"),
    (b"logging::logterse plugin (queue): ", b"queue"),
    (b"logging::logterse: (deny): ", b"deny"),
    (b"logging::logterse: (queue): ", b"queue"),
];

/// The hook that the words of a logger name.
fn hook(words: &[u8]) -> Option<&'static [u8]> {
    LOGGERS.iter().find(|(logger, _)| *logger == words).map(|(_, hook)| *hook)
}

/// What SME's edition writes in place of the spam status of mail that it refused.
pub const DENIED: &[u8; 24] = b"msg denied before queued";

/// What stands before a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// When. A label or a UNIX stamp beats the date of syslog.
    pub stamp: Option<Stamp<'a>>,
    /// The process number.
    pub pid: &'a [u8],
    /// `deny` or `queue`; empty where the logger does not name it.
    pub hook: &'a [u8],
}

/// A record, as logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// What stands before it.
    pub head: Head<'a>,
    /// The client's address; empty if it was refused before it was known.
    pub ip: &'a [u8],
    /// The client's port, which hardly any log has.
    pub port: &'a [u8],
    /// The client's name by DNS, or `Unknown`.
    pub host: &'a [u8],
    /// The argument of HELO or EHLO.
    pub helo: &'a [u8],
    /// `<user@host>`, `<>`, or empty if no sender was accepted.
    pub sender: &'a [u8],
    /// The recipients accepted so far; see [`recipients`].
    pub recipients: &'a [u8],
    /// The plugin that refused, or `queued`.
    pub disposition: &'a [u8],
    /// qpsmtpd's number of the refusal, 901 to 904.
    pub code: &'a [u8],
    /// Why it was refused, or the message-id.
    pub message: &'a [u8],
    /// The field that only SME's edition writes; see [`Status`]. `None` where it is not there.
    pub status: Option<&'a [u8]>,
    /// The fields from the first on, as they stand in the line.
    pub fields: &'a [u8],
    /// All of it is plain, as [`tsv::is_plain`] says, and so is each part of a field.
    pub plain: bool,
}

/// The record of a line; why the line is none.
pub fn parse(line: &[u8]) -> Result<Record<'_>, Fault> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mark = memchr(MARK, line).ok_or(Fault::Skip(NO_RECORD))?;
    let head = head(&line[..mark])?;
    record(line, mark, head)
}

/// What the words before a line's first backquote say; why they are none of a logger.
#[inline]
pub fn head(words: &[u8]) -> Result<Head<'_>, Fault> {
    match Stamp::at_start(words) {
        Some((date, rest)) if is_date(date) => {
            after_host(date, rest).unwrap_or_else(|| named(Some(date), rest))
        }
        Some((stamp, rest)) => {
            // a process number without a time before it looks like one
            named(Some(stamp), rest).or_else(|fault| match stamp.form {
                Form::Unix => named(None, words),
                _ => Err(fault),
            })
        }
        None => named(None, words),
    }
}

/// May a host and a process number in brackets follow?
fn is_date(stamp: Stamp<'_>) -> bool {
    matches!(stamp.form, Form::Syslog | Form::Iso | Form::Ctime)
}

/// What a logger that names itself writes between a date and its words: `HOST TAG[PID]: ` or
/// `TAG[PID]: ` as syslog and the journal have it, `HOST[PID]: ` as logging/file. Gives the process
/// number, if there is one, and the words.
///
/// `None` if there is no such source. A number that stands where the host should is the number of
/// the process, and what follows it is its words: they may be a client's.
pub(crate) fn source<'a>(date: Stamp<'_>, rest: &'a [u8]) -> Option<(Option<&'a [u8]>, &'a [u8])> {
    let (source, words) = rest.split_once_str(b": ")?;
    let pid = pid_in_brackets(source);
    let sound = match source.split_once_str(b" ") {
        None => date.form != Form::Ctime || pid.is_some(),
        Some((_, tag)) => date.form != Form::Ctime && !tag.contains(&b' '),
    };
    let host = source.split(|byte| *byte == b' ').next().unwrap_or_default();
    (sound && !host.iter().all(u8::is_ascii_digit)).then_some((pid, words))
}

/// `PID WORDS`, the words being those of a logger that names the plugin.
#[inline]
fn named<'a>(stamp: Option<Stamp<'a>>, words: &'a [u8]) -> Result<Head<'a>, Fault> {
    const NONE: Fault = Fault::Skip(NO_RECORD);
    let digits = words.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (pid, rest) = words.split_at(digits);
    let rest = rest.strip_prefix(b" ").filter(|_| digits > 0).ok_or(NONE)?;
    if rest.is_empty() {
        // logging/adaptive marks the lines that it repeats; logterse's was logged before
        return Err(Fault::Skip("a line that logging/adaptive repeats"));
    }
    Ok(Head { stamp, pid, hook: hook(rest).ok_or(NONE)? })
}

/// The head of a line with a date and a [`source`], and perhaps a line as multilog would have it.
/// `None` if it is not of that kind at all.
fn after_host<'a>(date: Stamp<'a>, rest: &'a [u8]) -> Option<Result<Head<'a>, Fault>> {
    let (pid, inner) = source(date, rest)?;
    if inner.is_empty() {
        return Some(Ok(Head { stamp: Some(date), pid: pid?, hook: b"" }));
    }
    let stamped = Stamp::at_start(inner)
        .filter(|(stamp, _)| matches!(stamp.form, Form::Label | Form::Unix))
        .map(|(stamp, words)| named(Some(stamp), words));
    Some(match stamped {
        Some(Ok(head)) => Ok(head),
        _ => named(Some(date), inner),
    })
}

fn pid_in_brackets(source: &[u8]) -> Option<&[u8]> {
    let (_, pid) = source.strip_suffix(b"]")?.rsplit_once_str(b"[")?;
    (!pid.is_empty() && pid.iter().all(u8::is_ascii_digit)).then_some(pid)
}

/// The record at the first backquote of a line, before which `head` stands.
#[inline]
pub fn record<'a>(line: &'a [u8], mark: usize, head: Head<'a>) -> Result<Record<'a>, Fault> {
    let start = mark + 1 + usize::from(line.get(mark + 1) == Some(&b' '));
    let text = line.get(start..).unwrap_or_default();
    let mut tabs = [0; 8];
    let found = tabs.iter_mut().zip(Places::new(text, b'\t')).map(|(to, tab)| *to = tab).count();
    let ([ip, host, helo, sender, recipients, disposition, code, next], 7..) = (tabs, found) else {
        return Err(match found {
            0 => Fault::Skip(NO_RECORD),
            _ => Fault::Reject("fewer than eight fields"),
        });
    };
    let between = |from: usize, to: usize| &text[from + 1..to];
    let (client, port) = without_port(&text[..ip]);
    let mut record = Record {
        head,
        ip: client,
        port,
        host: between(ip, host),
        helo: between(host, helo),
        sender: between(helo, sender),
        recipients: between(sender, recipients),
        disposition: between(recipients, disposition),
        code: between(disposition, code),
        message: &text[code + 1..],
        status: None,
        fields: text,
        plain: tsv::is_plain_but_for(text, b'\t'),
    };
    if found > 7 {
        if let Some((message, status)) = split_status(record.disposition, record.message) {
            (record.message, record.status) = (message, Some(status));
        }
        // no TAB may be left in the message
        record.plain &= code + 1 + record.message.len() == next;
    }
    if record.disposition.is_empty() {
        return Err(Fault::Reject("no disposition"));
    }
    if !record.code.iter().all(u8::is_ascii_digit) {
        return Err(Fault::Reject("the code is no number"));
    }
    Ok(record)
}

/// The text, and the field of SME's edition after it. A TAB in a text or in a message-id must not
/// pass for the one between the two.
#[inline]
fn split_status<'a>(disposition: &[u8], message: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let tab = memchr::memrchr(b'\t', message)?;
    let (text, status) = (&message[..tab], &message[tab + 1..]);
    is_status(disposition, text, status).then_some((text, status))
}

/// Is a last field the one of SME's edition, or a part of the text? `message` is what stands before
/// it.
#[inline]
pub fn is_status(disposition: &[u8], message: &[u8], status: &[u8]) -> bool {
    match disposition {
        // logterse ends each message-id in a bracket; what ends in one is a message-id's end
        b"queued" => {
            message.ends_with(b">")
                && !status.ends_with(b">")
                && (status.is_empty() || says_spam(status) || score_in(status).is_some())
        }
        b"spamassassin" if says_spam(status) => true,
        _ => status.is_empty() || status == DENIED,
    }
}

/// Does it begin as `SpamAssassin`'s status does?
fn says_spam(status: &[u8]) -> bool {
    matches!(status, [b'Y' | b'y', b'e', b's', b',', ..] | [b'N' | b'n', b'o', b',', ..])
}

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

impl Record<'_> {
    /// Can the next line be the rest of this one? A reason for a refusal may hold line ends; a
    /// message-id is cut at the first.
    pub fn may_go_on(&self) -> bool {
        self.status.is_none() && self.disposition != b"queued"
    }
}

/// The text of a line that may go on a record: the line without its stamp. `None` for a line of
/// qpsmtpd, which begins with a process number; one that ends as a refusal does must also go on in
/// words of qpsmtpd.
///
/// If the record did not end in a carriage return, only a line that ends as SME's edition ends a
/// refusal can be the rest of it.
pub fn continuation(line: &[u8], after_cr: bool) -> Option<&[u8]> {
    let text = match Stamp::at_start(line) {
        Some((stamp, text)) if matches!(stamp.form, Form::Label | Form::Local | Form::Utc) => text,
        // these loggers do not break lines
        Some((stamp, _)) if stamp.form != Form::Unix => return None,
        _ => line,
    };
    let ends = || ends_as_refusal(text);
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_of_qpsmtpd = match text.get(digits..) {
        Some([]) => digits > 0,
        // a part of a text may begin with a number too
        Some([b' ', words @ ..]) => digits > 0 && (!ends() || are_of_qpsmtpd(words)),
        _ => false,
    };
    (!is_of_qpsmtpd && (after_cr || ends()) && parse(line).is_err()).then_some(text)
}

/// Does a line end as SME's edition ends a refusal? No other can go on a record that did not end in
/// a carriage return.
pub fn ends_as_refusal(line: &[u8]) -> bool {
    line.strip_suffix(DENIED).is_some_and(|text| text.ends_with(b"\t"))
}

/// Does qpsmtpd write words like these after a process number? Only those matter that a client's
/// words, or those of its name server, can follow: they must not go on another client's record.
fn are_of_qpsmtpd(words: &[u8]) -> bool {
    const CORE: [&[u8]; 12] = [
        b"Accepted connection ",
        b"Connection from ",
        b"Plugin ",
        b"Too many connections",
        b"deny mail ",
        b"dispatching ",
        b"from email address ",
        b"full from_parameter",
        b"full to_parameter",
        b"getting mail ",
        b"running plugin ",
        b"to email address ",
    ];
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
    let name = words.iter().position(|byte| !in_name(byte)).unwrap_or(words.len());
    let (name, rest) = words.split_at(name);
    let is_plugin = rest.starts_with(b" plugin:")
        || rest.starts_with(b" plugin (")
        || (name.ends_with(b":") && rest.starts_with(b" ("));
    // an answer to the client, such as `550 no` or `250-SIZE`
    let is_answer = name.len() == 3
        && name.iter().all(u8::is_ascii_digit)
        && matches!(rest.first(), Some(b' ' | b'-'));
    let is_repeated = words.starts_with(b"`");
    let is_hook = words.starts_with(b"(");
    is_hook || is_plugin || is_answer || is_repeated || CORE.iter().any(|it| words.starts_with(it))
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

/// What `SpamAssassin` said, as SME's edition logs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Is it spam by `SpamAssassin`'s own threshold? The mail may have been queued all the same.
    pub is_spam: Option<bool>,
    /// Hundredths of a point.
    pub score_centi: Option<i64>,
    /// The threshold, in hundredths of a point.
    pub required_centi: Option<i64>,
}

impl Status {
    /// Reads a record's status; nothing of what it does not say.
    #[inline]
    pub fn read(status: &[u8]) -> Self {
        if status == DENIED {
            return Status::default();
        }
        Status::usual(status).unwrap_or_else(|| Status::any(status))
    }

    /// `No, hits=-2.6 required=5.0`, as nearly all are.
    #[inline]
    fn usual(status: &[u8]) -> Option<Self> {
        let (is_spam, rest) = match status {
            [b'N', b'o', b',', b' ', rest @ ..] => (false, rest),
            [b'Y', b'e', b's', b',', b' ', rest @ ..] => (true, rest),
            _ => return None,
        };
        let score = rest.strip_prefix(b"hits=").or_else(|| rest.strip_prefix(b"score="))?;
        let (score, rest) = cents(score)?;
        let (required, rest) = cents(rest.strip_prefix(b" required=")?)?;
        matches!(rest, b"" | b"_" | b"_ ").then_some(Status {
            is_spam: Some(is_spam),
            score_centi: Some(score),
            required_centi: Some(required),
        })
    }

    #[cold]
    fn any(status: &[u8]) -> Self {
        let is = |word: &[u8]| {
            let said = status.get(..word.len()).is_some_and(|said| said.eq_ignore_ascii_case(word));
            said && !status.get(word.len()).is_some_and(u8::is_ascii_alphanumeric)
        };
        let is_spam = if is(b"no") { Some(false) } else { is(b"yes").then_some(true) };
        let required = value_of(b"required=", status);
        Status { is_spam, score_centi: score_in(status), required_centi: required }
    }
}

/// Hundredths of the number that `text` begins with, if it has one or two decimals, and what
/// follows it.
#[inline]
fn cents(text: &[u8]) -> Option<(i64, &[u8])> {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let digits = |text: &[u8]| text.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let (whole, rest) = unsigned.split_at(digits(unsigned));
    let rest = rest.strip_prefix(b".").filter(|_| (1..4).contains(&whole.len()))?;
    let (decimals, rest) = rest.split_at(digits(rest));
    let value = whole.iter().chain(decimals);
    let value = value.fold(0, |value, byte| value * 10 + i64::from(byte - b'0'));
    let value = match decimals.len() {
        1 => value * 10,
        2 => value,
        _ => return None,
    };
    Some((if unsigned.len() < text.len() { -value } else { value }, rest))
}

fn score_in(status: &[u8]) -> Option<i64> {
    value_of(b"hits=", status).or_else(|| value_of(b"score=", status))
}

/// The number after the first `name`.
fn value_of(name: &[u8], status: &[u8]) -> Option<i64> {
    hundredths(&status[status.find(name)? + name.len()..])
}

/// Hundredths of the decimal number that `text` begins with, rounded half away from zero.
fn hundredths(text: &[u8]) -> Option<i64> {
    /// Far more digits than a score has, and few enough for 64 bits.
    const MOST: usize = 12;
    let unsigned = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let count = |digits: &[u8]| digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let digit = |byte: &u8| i64::from(byte.wrapping_sub(b'0'));
    let whole = &unsigned[..count(unsigned)];
    if whole.is_empty() || whole.len() > MOST {
        return None;
    }
    let fraction = unsigned[whole.len()..].strip_prefix(b".").unwrap_or_default();
    let fraction = &fraction[..count(fraction)];
    let value = whole.iter().fold(0, |sum, byte| sum * 10 + digit(byte));
    let [tenths, cents, rest] = [0, 1, 2].map(|at| fraction.get(at).map_or(0, digit));
    let value = value * 100 + tenths * 10 + cents + i64::from(rest >= 5);
    Some(if text.starts_with(b"-") { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "192.0.2.1\tmx.example\thelo\t<a@b.example>\t<c@d.example>\tdnsbl\t901\tno\t";

    #[test]
    fn every_logger() {
        let text = format!("` {TEXT}msg denied before queued");
        for (words, stamp, pid, hook) in [
            ("26375 logging::logterse plugin: ", "", "26375", ""),
            ("26375 logging::logterse plugin (deny): ", "", "26375", "deny"),
            ("26375 logging::logterse: (deny): ", "", "26375", "deny"),
            ("26375 (deny) logging::logterse: ", "", "26375", "deny"),
            ("26375 (queue) logging::logterse: ", "", "26375", "queue"),
            (
                "@40000000582033e43560d92c 28003 logging::logterse plugin (deny): ",
                "@40000000582033e43560d92c",
                "28003",
                "deny",
            ),
            (
                "2016-04-21 15:02:29.006734500 26288 (deny) logging::logterse: ",
                "2016-04-21 15:02:29.006734500",
                "26288",
                "deny",
            ),
            ("Nov  8 06:35:41 mail qpsmtpd[26375]: ", "Nov  8 06:35:41", "26375", ""),
            (
                "2026-11-22T06:35:41+00:00 mail qpsmtpd[26375]: ",
                "2026-11-22T06:35:41+00:00",
                "26375",
                "",
            ),
            (
                "Nov  8 06:35:41 mail qpsmtpd[1]: 2 (deny) logging::logterse: ",
                "Nov  8 06:35:41",
                "2",
                "deny",
            ),
            ("Nov  8 06:35:41 qpsmtpd[26375]: ", "Nov  8 06:35:41", "26375", ""),
            ("Sun Nov 22 06:16:00 2026 mail[26375]: ", "Sun Nov 22 06:16:00 2026", "26375", ""),
            (
                "2023-11-14T22:13:20.000000000+00:00 7 (deny) logging::logterse: ",
                "2023-11-14T22:13:20.000000000+00:00",
                "7",
                "deny",
            ),
            ("Nov  8 06:35:41 7 logging::logterse plugin: ", "Nov  8 06:35:41", "7", ""),
        ] {
            for text in [text.as_str(), &text.replacen(' ', "", 1)] {
                let line = format!("{words}{text}");
                let record = parse(line.as_bytes()).unwrap();
                let found = record.head.stamp.map_or(&b""[..], |stamp| stamp.text);
                assert_eq!(found, stamp.as_bytes(), "{words}");
                assert_eq!((record.head.pid, record.head.hook), (pid.as_bytes(), hook.as_bytes()));
                assert_eq!(record.ip, b"192.0.2.1");
                assert_eq!(record.status, Some(&DENIED[..]));
            }
        }
    }

    #[test]
    fn what_only_looks_like_a_record() {
        for words in [
            "42 dispatching HELO logging::logterse plugin: ",
            "@40000000582033e43560d92c 42 dispatching HELO (deny) logging::logterse: ",
            "@40000000582033e43560d92c 42 dispatching HELO a[1]: ",
            "Nov  8 06:35:41 mail qpsmtpd[1]: dispatching HELO mail qpsmtpd[1]: ",
            "Nov  8 06:35:41 mail qpsmtpd[1]: dispatching HELO 2 (deny) logging::logterse: ",
            "Sun Nov 22 06:16:00 2026 mail[1]: dispatching HELO mail[1]: ",
            "Sun Nov 22 06:16:00 2026 mail [1]: ",
            "Sun Nov 22 06:16:00 2026 mail qpsmtpd[1]: ",
            "Sun Nov 22 06:16:00 2026 7 dispatching X[9]: ",
            "Nov  8 06:35:41 7 dispatching X[9]: ",
            "Nov  8 06:35:41 7 X[9]: ",
            "Nov  8 06:35:41 mail dispatching X[9]: ",
            "2023-11-14T22:13:20.000000000+00:00 7 dispatching X[9]: ",
            "2023-11-14T22:13:20.000000000+00:00 7 dispatching X[9]: 9 (deny) logging::logterse: ",
            "2023-11-14T22:13:20.000000000+00:00 7 dispatching: 9 (deny) logging::logterse: ",
            "42 logging::logterse plugin : ",
            "logging::logterse plugin: ",
            "",
        ] {
            let line = format!("{words}` {TEXT}");
            assert_eq!(parse(line.as_bytes()), Err(Fault::Skip(NO_RECORD)), "{words}");
        }
        let repeated = format!("42 ` logging::logterse plugin: ` {TEXT}");
        assert!(matches!(parse(repeated.as_bytes()), Err(Fault::Skip(why)) if why != NO_RECORD));
    }

    fn of(text: &str) -> String {
        format!("1 logging::logterse plugin: ` {text}")
    }

    #[test]
    fn fields() {
        let line = of("1.2.3.4:55\th\t\t<>\t\tqueued\t\t<a\tb@c>");
        let record = parse(line.as_bytes()).unwrap();
        assert_eq!((record.ip, record.port), (&b"1.2.3.4"[..], &b"55"[..]));
        assert_eq!((record.message, record.status), (&b"<a\tb@c>"[..], None));
        let line = of("2001:db8::1\th\t\t<>\t\tqueued\t\t<a\tb\tc>\tNo, hits=-2.6 required=5.0_\r");
        let record = parse(line.as_bytes()).unwrap();
        assert_eq!((record.ip, record.port), (&b"2001:db8::1"[..], &b""[..]));
        assert_eq!(record.message, b"<a\tb\tc>");
        assert_eq!(record.status, Some(&b"No, hits=-2.6 required=5.0_"[..]));
        let line = of("\t\t\t\t\thosts_allow\t901\tno\t");
        assert_eq!(parse(line.as_bytes()).unwrap().status, Some(&b""[..]));
        for broken in
            ["1.2.3.4\th\th\tdnsbl\t903\ttext", "1\t2\t3\t4\t5\t\t7\t8", "1\t2\t3\t4\t5\t6\tx\t8"]
        {
            assert!(matches!(parse(of(broken).as_bytes()), Err(Fault::Reject(_))), "{broken}");
        }
    }

    #[test]
    fn what_is_a_status() {
        for (fields, message, status) in [
            ("queued\t\t<id>\tNo, score=1", "<id>", Some("No, score=1")),
            ("queued\t\t<id>\tyes, x", "<id>", Some("yes, x")),
            ("queued\t\t<id>\thits=4", "<id>", Some("hits=4")),
            ("queued\t\t<id>\t", "<id>", Some("")),
            ("queued\t\t<a\tNo, hits=9>\tNo, hits=1", "<a\tNo, hits=9>", Some("No, hits=1")),
            ("queued\t\t<id\tNo, hits=999 required=1>", "<id\tNo, hits=999 required=1>", None),
            ("queued\t\t<id>\tNo, hits=999>", "<id>\tNo, hits=999>", None),
            ("queued\t\t<id>\thits=999>", "<id>\thits=999>", None),
            ("queued\t\t<id\tNo, hits=9", "<id\tNo, hits=9", None),
            ("queued\t\t<id>\tNot it", "<id>\tNot it", None),
            ("queued\t\t<id>\tmsg denied before queued", "<id>\tmsg denied before queued", None),
            ("rcpt_ok\t901\tfoo\tNot allowed", "foo\tNot allowed", None),
            ("rcpt_ok\t901\tfoo\tNo, hits=3", "foo\tNo, hits=3", None),
            ("rcpt_ok\t901\tfoo\tscore=3", "foo\tscore=3", None),
            ("rcpt_ok\t901\tfoo\t", "foo", Some("")),
            (
                "rcpt_ok\t901\ta\tb\tmsg denied before queued",
                "a\tb",
                Some("msg denied before queued"),
            ),
            ("spamassassin\t901\tfoo\tYes, hits=13.1", "foo", Some("Yes, hits=13.1")),
            ("spamassassin\t901\tfoo\tYesterday", "foo\tYesterday", None),
            ("spamassassin\t901\tfoo\thits=3", "foo\thits=3", None),
        ] {
            let line = of(&format!("1.2.3.4\th\th\t<a@b>\t<c@d>\t{fields}"));
            let record = parse(line.as_bytes()).unwrap();
            assert_eq!(record.message, message.as_bytes(), "{fields}");
            assert_eq!(record.status, status.map(str::as_bytes), "{fields}");
        }
    }

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

    #[test]
    fn statuses() {
        let status = |spam, score, required| Status {
            is_spam: spam,
            score_centi: score,
            required_centi: required,
        };
        for (text, expected) in [
            ("No, hits=-2.6 required=5.0_", status(Some(false), Some(-260), Some(500))),
            ("Yes, score=13.1 required=3.0_ ", status(Some(true), Some(1310), Some(300))),
            ("No, score=1", status(Some(false), Some(100), None)),
            ("Yes,score=+0.005,required=5", status(Some(true), Some(1), Some(500))),
            ("No, score=-0.004", status(Some(false), Some(0), None)),
            ("No, score=1234567890123", status(Some(false), None, None)),
            ("Yesterday, hits=x", Status::default()),
            ("msg denied before queued", Status::default()),
            ("", Status::default()),
        ] {
            assert_eq!(Status::read(text.as_bytes()), expected, "{text}");
        }
    }

    /// The short way gives what the long way gives.
    #[test]
    fn usual_statuses_are_statuses() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(words: Vec<u8>) -> bool {
            const PARTS: [&str; 16] = [
                "No, ",
                "Yes, ",
                "hits=",
                "score=",
                " required=",
                "-",
                "2",
                "3",
                "1",
                "0",
                ".",
                ".",
                "_",
                " ",
                "5.0",
                "x",
            ];
            let end: String = words.iter().map(|word| PARTS[usize::from(word % 16)]).collect();
            ["", "No, hits=", "Yes, score=-1", "No, hits=2.6 required="].iter().all(|start| {
                let text = format!("{start}{end}");
                Status::usual(text.as_bytes()).is_none_or(|it| it == Status::any(text.as_bytes()))
            })
        }
        quickcheck::QuickCheck::new().tests(20_000).quickcheck(holds as fn(Vec<u8>) -> bool);
        assert!(Status::usual(b"No, hits=-2.6 required=5.0_").is_some());
    }

    #[test]
    fn lines_that_go_on() {
        let line = of("1.2.3.4\th\th\t<a@b>\t<c@d>\tnaughty\t903\t(helo) first\r");
        assert!(parse(line.as_bytes()).unwrap().may_go_on());
        let rest = "(karma) bad\tmsg denied before queued";
        let labelled = format!("@40000000582033e43560d92c {rest}");
        assert_eq!(continuation(labelled.as_bytes(), false), Some(rest.as_bytes()));
        assert_eq!(continuation(rest.as_bytes(), true), Some(rest.as_bytes()));
        assert_eq!(continuation(b"second reason", false), None);
        assert_eq!(continuation(b"42 (deny) x: y\tmsg denied before queued", true), None);
        let labelled = format!("@40000000582033e43560d92c 42 {rest}");
        assert_eq!(continuation(labelled.as_bytes(), true), None);
        for text in [
            "2 days ago http://x.y/z\tmsg denied before queued",
            "42 plugins\tmsg denied before queued",
            "2 more plugins (or 3)\tmsg denied before queued",
            "2 days (or 3)\tmsg denied before queued",
            "127.0.0.2 listed\tmsg denied before queued",
        ] {
            let labelled = format!("@40000000582033e43560d92c {text}");
            for after_cr in [false, true] {
                assert_eq!(continuation(labelled.as_bytes(), after_cr), Some(text.as_bytes()));
                assert_eq!(continuation(text.as_bytes(), after_cr), Some(text.as_bytes()));
            }
        }
        assert_eq!(continuation(b"2 days ago", true), None);
        assert_eq!(continuation(b"2", true), None);
        for words in [
            "dispatching HELO x",
            "(helo) helo: x",
            "helo plugin: x",
            "helo plugin (helo): x",
            "queue::qmail_2dqueue: (queue): x",
            "Accepted connection 0/40 from 192.0.2.1 / x",
            "full from_parameter: x",
            "getting mail from x",
            "250 x",
            "250-x",
            "` logging::logterse plugin: x",
        ] {
            let line = format!("@40000000582033e43560d92c 42 {words}\tmsg denied before queued");
            for after_cr in [false, true] {
                assert_eq!(continuation(line.as_bytes(), after_cr), None, "{words}");
            }
        }
    }
}
