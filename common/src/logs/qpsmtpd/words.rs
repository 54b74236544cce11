//! The words of qpsmtpd, of every version from 0.29 to 1.0, that tell of events.

use bstr::ByteSlice;

use super::event::{Event, Kind, Load, Said};
use crate::filter::Fault;
use crate::logs::logterse;
use crate::logs::prefix::{self, Opening, Prefix};
use crate::time::stamp::Form;

/// Reads a line.
pub fn parse(line: &[u8]) -> Result<Said<'_>, Fault> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    said(line).ok_or_else(|| match logterse::parse(line) {
        Err(fault @ Fault::UnknownHead(_)) => fault,
        _ if is_behind_unknown_head(line) => {
            Fault::UnknownHead("qpsmtpd's words follow an unknown head")
        }
        _ => Fault::Skip("no event of qpsmtpd"),
    })
}

/// How the words of each connection begin.
const ACCEPTED: &[u8] = b"Accepted connection ";

/// Do the words of a connection follow a head that is unknown, or that can be read in two
/// ways?
fn is_behind_unknown_head(line: &[u8]) -> bool {
    let is_accepted = |text| numbered(text).is_some_and(|(_, words)| words.starts_with(ACCEPTED));
    let with_year = || prefix::with_year_at_end(line).map(|prefix| prefix.text);
    line.contains_str(ACCEPTED)
        && (origin(line).is_none_or(|(_, _, words)| is_accepted(words))
            || with_year().is_some_and(|text| text.starts_with(ACCEPTED) || is_accepted(text)))
}

/// What a line says; `None` if it tells of no event.
fn said(line: &[u8]) -> Option<Said<'_>> {
    let (Prefix { stamp, .. }, pid, words) = origin(line)?;
    let event = |ip, kind| Some(Said::Event(Event { stamp, pid, ip, kind }));
    let (plugin, text) = match words.first()? {
        b'A' => {
            let (load, rest) = split(words.strip_prefix(ACCEPTED)?, b"/", b" from ")?;
            let ip = rest.split_once_str(b" / ").map_or(rest, |(ip, _)| ip);
            return event(ip, Kind::Connect(load));
        }
        b'T' | b'C' | b'0'..=b'9' | b'f' => (&b""[..], words),
        b'c' if words.starts_with(b"cleaning up after ") => {
            return digits(&words[b"cleaning up after ".len()..]).map(Said::Gone);
        }
        _ => match plugin(words) {
            Some(named) => named,
            None => return verdict(line),
        },
    };
    match plugin {
        b"" | b"hosts_allow" => {
            limit(text).or_else(|| duration(text).filter(|_| plugin.is_empty()))
        }
        b"connection_time" => duration(text),
        _ => None,
    }
    .and_then(|(ip, kind)| event(ip, kind))
    .or_else(|| verdict(line))
}

fn verdict(line: &[u8]) -> Option<Said<'_>> {
    let record = logterse::parse(line).ok()?;
    let (stamp, pid, ip) = (record.head.stamp, record.head.pid, record.ip);
    Some(Said::Event(Event { stamp, pid, ip, kind: Kind::Verdict(record) }))
}

/// What loggers wrote, which process, and its words. The process stands before them, or in brackets
/// before a colon, as syslog has it.
pub fn origin(line: &[u8]) -> Option<(Prefix<'_>, &[u8], &[u8])> {
    prefix::find(line, Opening::ProcessNumber, |prefix| {
        let Prefix { stamp, pid, text, .. } = *prefix;
        // logging/file writes no other number
        let is_file = stamp.is_some_and(|stamp| stamp.form == Form::Ctime) && !pid.is_empty();
        let (pid, words) = numbered(text)
            .filter(|_| !is_file)
            .or_else(|| (!pid.is_empty()).then_some((pid, text)))?;
        Some((*prefix, pid, words))
    })
}

/// `PID WORDS`.
fn numbered(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let pid = digits(text)?;
    Some((pid, text[pid.len()..].strip_prefix(b" ")?))
}

fn digits(text: &[u8]) -> Option<&[u8]> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then(|| &text[..count])
}

/// `(HOOK) NAME: TEXT`, `NAME plugin: TEXT`, `NAME plugin (HOOK): TEXT`, `NAME: (HOOK): TEXT`.
pub fn plugin(words: &[u8]) -> Option<(&[u8], &[u8])> {
    let (named, text) = words.split_once_str(b": ")?;
    if let Some((_, name)) = named.strip_prefix(b"(").and_then(|rest| rest.split_once_str(b") ")) {
        return Some((name, text));
    }
    if let Some((name, hook)) = named.split_once_str(b" plugin") {
        let hooked = hook.starts_with(b" (") && hook.ends_with(b")");
        return (hook.is_empty() || hooked).then_some((name, text));
    }
    let (_, text) = text.strip_prefix(b"(")?.split_once_str(b"): ")?;
    Some((named, text))
}

/// The three wordings of a refusal for too many connections from one address, and that of the core
/// when there are too many at all.
fn limit(text: &[u8]) -> Option<(&[u8], Kind<'_>)> {
    if let Some(rest) = text.strip_prefix(b"Too many connections: ") {
        let (load, _) = split(rest, b" >= ", b".")?;
        return Some((b"", Kind::Limit(load)));
    }
    if let Some(rest) = text.strip_prefix(b"Too many connections from ") {
        let (ip, rest) = rest.split_once_str(b": ")?;
        let (load, rest) = split(rest, b" > ", b"")?;
        return rest
            .trim_start_with(|c| c == '.' || c == ' ')
            .starts_with(b"Denying")
            .then_some((ip, Kind::LimitIp(load)));
    }
    let rest = text.strip_prefix(b"fail").and_then(|rest| rest.get(2..))?;
    let (ip, rest) = rest.strip_prefix(b"too many connections from ")?.split_once_str(b" (")?;
    let (load, _) = split(rest, b" > ", b")")?;
    Some((ip, Kind::LimitIp(load)))
}

/// The two wordings of `connection_time`.
fn duration(text: &[u8]) -> Option<(&[u8], Kind<'_>)> {
    let (ip, rest) = match text.strip_prefix(b"Connection time from ") {
        Some(rest) => rest.rsplit_once_str(b": ")?,
        None => (&b""[..], text),
    };
    let seconds = rest.strip_suffix(b" sec.").or_else(|| rest.strip_suffix(b" s."))?;
    let (whole, decimals) = seconds.split_once_str(b".")?;
    let number = digits(whole) == Some(whole) && digits(decimals) == Some(decimals);
    number.then_some((ip, Kind::Time(seconds)))
}

/// Two numbers with `between` between them and `after` after them; and what follows.
fn split<'a>(text: &'a [u8], between: &[u8], after: &[u8]) -> Option<(Load<'a>, &'a [u8])> {
    let running = digits(text)?;
    let rest = text[running.len()..].strip_prefix(between)?;
    let most = digits(rest)?;
    let rest = rest[most.len()..].strip_prefix(after)?;
    Some((Load { running, most }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::TimeColumn;

    fn shown(line: &str) -> String {
        match parse(line.as_bytes()) {
            Err(_) => "-".into(),
            Ok(Said::Gone(pid)) => format!("gone {}", pid.as_bstr()),
            Ok(Said::Event(event)) => {
                let mut text = Vec::new();
                event.write(event.ip, &mut TimeColumn::named(""), &mut text);
                text.replace("\t", "|").to_str().unwrap().trim_end().trim_end_matches('|').into()
            }
        }
    }

    /// Words after the process number, and the row that comes of them.
    const WORDINGS: [(&str, &str); 13] = [
        ("Accepted connection 4/30 from 192.0.2.1 / mail.example.com", "192.0.2.1|connect|4/30"),
        ("Accepted connection 0/40 from 2001:db8::1 / Unknown", "2001:db8::1|connect|0/40"),
        ("Too many connections: 40 >= 40.  Waiting one second.", "|limit|40/40"),
        ("Too many connections: 40 >= 40. Waiting one second.", "|limit|40/40"),
        (
            "Too many connections from 192.0.2.1: 6 > 5. Denying connection.",
            "192.0.2.1|limit-ip|6/5",
        ),
        (
            "hosts_allow plugin: Too many connections from 192.0.2.1: 6 > 5Denying connection.",
            "192.0.2.1|limit-ip|6/5",
        ),
        (
            "hosts_allow plugin (pre-connection): Too many connections from 2001:db8::1: 6 > 5Denying connection.",
            "2001:db8::1|limit-ip|6/5",
        ),
        (
            "(pre-connection) hosts_allow: fail: too many connections from 192.0.2.1 (6 > 5)",
            "192.0.2.1|limit-ip|6/5",
        ),
        (
            "(pre-connection) hosts_allow: fail, too many connections from 192.0.2.1 (6 > 5)",
            "192.0.2.1|limit-ip|6/5",
        ),
        (
            "connection_time plugin: Connection time from 192.0.2.1: 1.566 sec.",
            "192.0.2.1|time|1.566 sec.",
        ),
        (
            "connection_time plugin (post-connection): Connection time from 2001:db8::1: 1.566 sec.",
            "2001:db8::1|time|1.566 sec.",
        ),
        ("(post-connection) connection_time: 1.566 s.", "|time|1.566 sec."),
        ("connection_time: (post-connection): 1.566 s.", "|time|1.566 sec."),
    ];

    #[test]
    fn every_wording() {
        for (words, event) in WORDINGS {
            assert_eq!(shown(&format!("15110 {words}")), format!("|15110|{event}"));
            for stamp in
                ["@4000000048641d5c0951f6a4", "2008-06-26 22:50:26.156366500", "1214520616.156366"]
            {
                assert_eq!(
                    shown(&format!("{stamp} 15110 {words}\r")),
                    format!("{stamp}|15110|{event}")
                );
            }
            let date = "Jun 26 22:50:26";
            for source in [
                "mail qpsmtpd[15110]:",
                "mail qpsmtpd[1]: 15110",
                "mail qpsmtpd: @4000000048641d5c0951f6a4 15110",
            ] {
                let line = format!("{date} {source} {words}");
                let time = if line.contains('@') { "@4000000048641d5c0951f6a4" } else { date };
                assert_eq!(shown(&line), format!("{time}|15110|{event}"), "{line}");
            }
        }
        assert_eq!(
            shown("Jun 26 22:50:26 mail qpsmtpd[15110]: 1.566 s."),
            "Jun 26 22:50:26|15110||time|1.566 sec."
        );
        for (words, event) in WORDINGS {
            let date = "Thu Jun 26 22:50:26 2008";
            assert_eq!(
                shown(&format!("{date} mail[15110]: {words}")),
                format!("{date}|15110|{event}")
            );
            let date = "2008-06-26T22:50:26.000000000+00:00";
            assert_eq!(shown(&format!("{date} 15110 {words}")), format!("{date}|15110|{event}"));
        }
        assert_eq!(shown("@4000000048641d5c0951f6a4 31 cleaning up after 46"), "gone 46");
    }

    #[test]
    fn verdicts() {
        for (line, event) in [
            (
                "7 (deny) logging::logterse: ` 192.0.2.1\th\thelo\t<a@b.example>\t<c@d>,<e@f>\trhsbl\t901\tno\tmsg denied before queued",
                "|7|192.0.2.1|denied|rhsbl|msg denied before queued|no|a@b.example|c@d,e@f|h|helo",
            ),
            (
                "7 logging::logterse plugin (queue): ` 192.0.2.1\th\thelo\t<>\t<c@d>\tqueued\t\t<id>\tNo, hits=-2.6 required=5.0_",
                "|7|192.0.2.1|queued|queued|No, hits=-2.6 required=5.0_|<id>|<>|c@d|h|helo",
            ),
            (
                "Jun 26 22:50:26 mail qpsmtpd[7]: ` 192.0.2.1\th\thelo\t\t\tdnsbl\t903\tno",
                "Jun 26 22:50:26|7|192.0.2.1|denied|dnsbl||no|||h|helo",
            ),
        ] {
            assert_eq!(shown(line), event);
        }
    }

    #[test]
    fn what_only_looks_like_an_event() {
        for words in [
            "dispatching HELO Accepted connection 4/30 from 192.0.2.1 / x",
            "dispatching HELO 9 Accepted connection 4/30 from 192.0.2.1 / x",
            "dispatching HELO (post-connection) connection_time: 1.566 s.",
            "dispatching HELO logging::logterse plugin: ` 1.2.3.4\th\th\t<a@b>\t\tdnsbl\t903\tno",
            "Accepted connection from 192.0.2.1",
            "Accepted connection 4/ from 192.0.2.1",
            "Too many connections from 192.0.2.1: 6 > 5",
            "count_unrecognized_commands plugin: Connection time from 192.0.2.1: 1.566 sec.",
            "(post-connection) connection_time: Start time not set?!",
            "(connect) hosts_allow: pass",
            "1.566 x.",
            "",
        ] {
            assert_eq!(shown(&format!("@4000000048641d5c0951f6a4 15110 {words}")), "-", "{words}");
        }
        for line in [
            "",
            "Accepted connection 4/30 from 192.0.2.1 / x",
            "@4000000048641d5c0951f6a4 Accepted connection 4/30 from 192.0.2.1 / x",
            "2023-11-14T22:13:20Z 7 dispatching X[9]: Accepted connection 4/30 from 192.0.2.1 / x",
            "2023-11-14T22:13:20Z 7 dispatching: 9 Accepted connection 4/30 from 192.0.2.1 / x",
            "Jun 26 22:50:26 7 X[9]: Accepted connection 4/30 from 192.0.2.1 / x",
            "Jun 26 22:50:26 mail dispatching X[9]: Accepted connection 4/30 from 192.0.2.1 / x",
            "Sun Nov 22 06:16:00 2026 7 X[9]: Accepted connection 4/30 from 192.0.2.1 / x",
            "Sun Nov 22 06:16:00 2026 m[7]: dispatching X[9]: Accepted connection 4/30 from 192.0.2.1 / x",
        ] {
            assert_eq!(shown(line), "-", "{line}");
        }
    }

    #[test]
    fn what_stands_behind_a_head_that_is_not_known() {
        let is_unknown = |line: &str| matches!(parse(line.as_bytes()), Err(Fault::UnknownHead(_)));
        for (head, expected) in [
            ("[  12.5] 46 ", true),
            // the year, or the process number?
            ("Nov 22 05:21:15 2026 mx q[77]: 46 ", true),
            ("Nov 22 05:21:15 2026 mx q[77]: ", true),
            // logging/file writes no number of its own
            ("Sun Nov 22 05:21:15 2026 mx[31]: 46 ", true),
            ("46 dispatching HELO ", false),
            ("Nov 22 05:21:15 2026 dispatching HELO ", false),
            ("Sun Nov 22 05:21:15 2026 mx[31]: dispatching HELO 46 ", false),
        ] {
            let line = format!("{head}Accepted connection 4/30 from 192.0.2.1 / x");
            assert_eq!(is_unknown(&line), expected, "{line}");
        }
        assert!(!is_unknown("46 Accepted connection of another program"));
    }

    /// Any numbers and any address, in every wording: what was put in comes out.
    #[test]
    fn numbers_and_addresses_come_through() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(pid: u32, running: u32, most: u32, ip: Vec<u8>) -> bool {
            let few = |byte: &u8| char::from(b"0123456789abcdef:."[usize::from(byte % 18)]);
            let ip: String = ip.iter().map(few).chain(['1']).collect();
            let decimals = most % 1000;
            WORDINGS.iter().all(|(words, expected)| {
                let kind = expected.split('|').nth(1).unwrap();
                let detail = if kind == "time" {
                    format!("{running}.{decimals:03} sec.")
                } else {
                    format!("{running}/{most}")
                };
                let named = if expected.starts_with('|') { "" } else { ip.as_str() };
                let words = words
                    .replace("192.0.2.1", "\u{1}")
                    .replace("2001:db8::1", "\u{1}")
                    .replace("1.566", &format!("{running}.{decimals:03}"));
                // in two steps: what was put in may look like a load of the wording
                let words = words.replace("4/30", "\u{2}").replace("0/40", "\u{2}");
                let words = words.replace('\u{2}', &format!("{running}/{most}"));
                let words = [("40 >= 40", " >= "), ("6 > 5", " > ")].iter().fold(
                    words,
                    |words, (load, between)| {
                        words.replace(load, &format!("{running}{between}{most}"))
                    },
                );
                shown(&format!("{pid} {}", words.replace('\u{1}', &ip)))
                    == format!("|{pid}|{named}|{kind}|{detail}")
            })
        }
        quickcheck::quickcheck(holds as fn(u32, u32, u32, Vec<u8>) -> bool);
    }

    #[test]
    fn any_bytes_are_a_line() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(head: u8, bytes: Vec<u8>) -> bool {
            let heads = [
                "",
                "1 ",
                "1 (a) ",
                "Jun 26 22:50:26 m q[1]: ",
                "1 Too many connections from ",
                "1 Accepted connection ",
            ];
            let line = [heads[usize::from(head) % heads.len()].as_bytes(), &bytes].concat();
            let _ = parse(&line);
            true
        }
        quickcheck::QuickCheck::new()
            .tests(20_000)
            .max_tests(20_000)
            .quickcheck(holds as fn(u8, Vec<u8>) -> bool);
    }
}
