//! What syslog daemons write before a text.

use crate::bytes::marks::Marks;

use super::reading::{Opening, Prefix, is_number};
use crate::time::Stamp;
use crate::time::stamp::Form;

/// `HOST TAG[PID]: TEXT`, without the host or the number too; and what stands between these in
/// some logs. In the text a stamp of splogger or multilog, if there is one.
#[inline]
pub fn sourced<'a>(
    date: Option<Stamp<'a>>,
    rest: &'a [u8],
    opening: Opening,
) -> Option<Prefix<'a>> {
    let (source, text) = rest.split_at_mark(b": ")?;
    let mut words = source.split(|byte| *byte == b' ');
    let mut next = || words.next().filter(|word| !word.is_empty());
    let first = next()?;
    // FreeBSD's syslogd -v
    let first = if is_in_angles(first) { next()? } else { first };
    let (host, tag) = match (next(), next()) {
        (None, _) => (&b""[..], first),
        (Some(tag), None) => (first, tag),
        // BusyBox, and syslog-ng if it is set up so
        (Some(priority), Some(tag)) => (first, Some(tag).filter(|_| is_priority(priority))?),
    };
    let (tag, pid) = tag_and_pid(tag);
    let is_file = date.is_some_and(|date| date.form == Form::Ctime);
    let of_file = host.is_empty() && !pid.is_empty();
    // a word that is all digits may be the process number, or the year of the date
    let is_host = || opening == Opening::OwnWords && !pid.is_empty() && !ends_date(date, host);
    let is_named = if host.is_empty() { !is_number(tag) } else { !is_number(host) || is_host() };
    if next().is_some() || !is_named || is_file && opening == Opening::ProcessNumber && !of_file {
        return None;
    }
    let text = without_message_id(text);
    let prefix = Prefix { stamp: date, host, tag, pid, text, continues: false }.with_inner_stamp();
    Some(if prefix.stamp.is_none() { after_name(prefix) } else { prefix })
}

/// dovecot 1 writes its name before the date in its own log file.
fn after_name(prefix: Prefix<'_>) -> Prefix<'_> {
    match Stamp::at_start(prefix.text) {
        Some((stamp, text)) if stamp.form.is_date() => {
            Prefix { stamp: Some(stamp), text, ..prefix }
        }
        _ => prefix,
    }
}

/// May the word be the year of a date that has none before it?
fn ends_date(date: Option<Stamp<'_>>, word: &[u8]) -> bool {
    date.is_some_and(|date| date.form == Form::Syslog) && is_year(word)
}

fn is_year(word: &[u8]) -> bool {
    const YEAR_DIGITS: usize = 4;
    word.len() == YEAR_DIGITS && is_number(word)
}

/// The host alone, and what stands around it in some logs.
pub fn host_of(source: &[u8]) -> Option<&[u8]> {
    let mut words = source.split(|byte| *byte == b' ');
    let host = words.find(|word| !is_in_angles(word) && !is_year(word))?;
    let is_host = !host.is_empty() && words.next().is_none_or(is_priority);
    (is_host && words.next().is_none()).then_some(host)
}

/// `tag[pid]`, or a tag alone.
pub fn tag_and_pid(source: &[u8]) -> (&[u8], &[u8]) {
    let inside = source.strip_suffix(b"]").unwrap_or_default();
    match inside.iter().rposition(|byte| !byte.is_ascii_digit()) {
        Some(at) if inside[at] == b'[' && at + 1 < inside.len() => {
            (&inside[..at], &inside[at + 1..])
        }
        _ => (source, b""),
    }
}

/// `<22>` is facility and severity, as they go over the wire.
#[inline]
pub fn without_priority(line: &[u8]) -> &[u8] {
    match line {
        [b'<', rest @ ..] => match rest.split_at_mark(b">") {
            Some((number, rest)) if number.len() <= 3 && is_number(number) => rest,
            _ => line,
        },
        _ => line,
    }
}

/// Solaris' syslogd writes `[ID 748625 mail.info] ` before a text.
#[inline]
fn without_message_id(text: &[u8]) -> &[u8] {
    let id = text.strip_prefix(b"[ID ").and_then(|rest| rest.split_at_mark(b"] "));
    let is_id = |words: &[u8]| {
        words.split_at_mark(b" ").is_some_and(|(id, word)| is_number(id) && is_priority(word))
    };
    id.filter(|(words, _)| is_id(words)).map_or(text, |(_, text)| text)
}

/// `1 TIME HOST APP PID MSGID DATA TEXT`, where `-` stands for what is missing.
#[inline]
pub fn rfc_5424(line: &[u8]) -> Option<Prefix<'_>> {
    line.strip_prefix(b"1 ").and_then(of_version_1)
}

fn of_version_1(rest: &[u8]) -> Option<Prefix<'_>> {
    let (stamp, rest) = if let Some(rest) = rest.strip_prefix(b"- ") {
        (None, rest)
    } else {
        let (stamp, rest) = Stamp::at_start(rest).filter(|(stamp, _)| stamp.form == Form::Iso)?;
        (Some(stamp), rest)
    };
    let mut words = rest.splitn(5, |byte| *byte == b' ');
    let mut next = || words.next().map(|word| if word == b"-" { &b""[..] } else { word });
    let (host, tag, pid, _) = (next()?, next()?, next()?, next()?);
    let text = after_data(words.next()?)?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let pid = if is_number(pid) { pid } else { b"" };
    Some(Prefix { stamp, host, tag, pid, text, continues: false }.with_inner_stamp())
}

/// What follows the structured data: `-`, or one or more `[ID NAME="VALUE" ...]`. In a value a
/// backslash stands before a quote, a backslash and a bracket.
fn after_data(text: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = text.strip_prefix(b"-") {
        return rest.strip_prefix(b" ").or_else(|| rest.is_empty().then_some(rest));
    }
    let (mut in_value, mut escaped, mut open) = (false, false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_value => escaped = true,
            b'"' if open => in_value = !in_value,
            b'[' if !open => open = true,
            b']' if open && !in_value => open = false,
            b' ' if !open => return (at > 0).then(|| &text[at + 1..]),
            _ if open => {}
            _ => return None,
        }
    }
    (!open && !text.is_empty()).then_some(b"")
}

/// `<mail.info>`, or `<2.6>`.
fn is_in_angles(word: &[u8]) -> bool {
    let inside = word.strip_prefix(b"<").and_then(|word| word.strip_suffix(b">"));
    inside.is_some_and(is_priority)
}

/// `mail.info`, or numbers for both.
fn is_priority(word: &[u8]) -> bool {
    let name = |name: &[u8]| !name.is_empty() && name.iter().all(u8::is_ascii_alphanumeric);
    word.split_at_mark(b".").is_some_and(|(facility, level)| name(facility) && name(level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        for (source, tag, pid) in [
            ("qmail[7]", "qmail", "7"),
            ("qmail", "qmail", ""),
            ("qmail[]", "qmail[]", ""),
            ("qmail[7", "qmail[7", ""),
            ("qmail[x]", "qmail[x]", ""),
            ("7]", "7]", ""),
            ("[7]", "", "7"),
            ("", "", ""),
        ] {
            assert_eq!(
                tag_and_pid(source.as_bytes()),
                (tag.as_bytes(), pid.as_bytes()),
                "{source}"
            );
        }
    }
}
