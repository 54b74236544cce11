//! What qpsmtpd's log tells of its connections: six kinds of events, in the words of every version
//! from 0.29 to 1.0, and which events belong together.
//!
//! Only lines whose words follow the process number at once are events. What a client said stands
//! after words of the server, so no client can write one.

use bstr::ByteSlice;
use hashbrown::HashMap;

use crate::bytes::tsv::Row;
use crate::filter::{Out, name_of};
use crate::logs::logterse::{self, Record};
use crate::logs::prefix::{self, Opening, Prefix};
use crate::multilog::LogLine;
use crate::rows::TimeColumn;
use crate::time::Stamp;
use crate::time::stamp::Form;

/// Something that happened to a connection, or to all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// When.
    pub stamp: Option<Stamp<'a>>,
    /// The process number. That of the listening process for what comes before a connection.
    pub pid: &'a [u8],
    /// The client's address; empty where the line does not name it.
    pub ip: &'a [u8],
    /// What happened.
    pub kind: Kind<'a>,
}

/// What may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time, on the stack")]
pub enum Kind<'a> {
    /// A connection was accepted, besides so many others.
    Connect(Load<'a>),
    /// No connection is accepted for a second, since there are too many.
    Limit(Load<'a>),
    /// A connection was refused, since its address has too many.
    LimitIp(Load<'a>),
    /// A plugin refused, or a message was queued.
    Verdict(Record<'a>),
    /// A connection ended; how long it lasted: seconds and three decimals.
    Time(&'a [u8]),
}

/// How many connections there were, and how many are allowed: decimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load<'a> {
    /// So many.
    pub running: &'a [u8],
    /// Of so many.
    pub most: &'a [u8],
}

/// What a line of the log says about connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time, on the stack")]
pub enum Said<'a> {
    /// An event.
    Event(Event<'a>),
    /// The process of this number is gone, and so is its connection.
    Gone(&'a [u8]),
}

/// Reads a line of a log. The rest of one that was cut is passed over, with a word if it looks like
/// an event: it may be all that a client said.
pub fn parse_line<'a>(line: LogLine<'a>, out: &mut Out) -> Option<Said<'a>> {
    let said = parse(line.text);
    if line.rest && said.is_some() {
        out.note(name_of(line.log), "an event in the rest of a cut line is left out");
    }
    said.filter(|_| !line.rest)
}

/// Reads a line; `None` if it tells of no event.
pub fn parse(line: &[u8]) -> Option<Said<'_>> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (stamp, pid, words) = origin(line)?;
    let event = |ip, kind| Some(Said::Event(Event { stamp, pid, ip, kind }));
    let (plugin, text) = match words.first()? {
        b'A' => {
            let (load, rest) =
                split(words.strip_prefix(b"Accepted connection ")?, b"/", b" from ")?;
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

/// When, which process, and its words. The process stands before them, or in brackets before a
/// colon, as syslog has it.
fn origin(line: &[u8]) -> Option<(Option<Stamp<'_>>, &[u8], &[u8])> {
    prefix::find(line, Opening::ProcessNumber, |prefix| {
        let Prefix { stamp, pid, text, .. } = *prefix;
        // logging/file writes no other number
        let is_file = stamp.is_some_and(|stamp| stamp.form == Form::Ctime) && !pid.is_empty();
        let (pid, words) = numbered(text)
            .filter(|_| !is_file)
            .or_else(|| (!pid.is_empty()).then_some((pid, text)))?;
        Some((stamp, pid, words))
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
fn plugin(words: &[u8]) -> Option<(&[u8], &[u8])> {
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

impl Event<'_> {
    /// Does it concern no connection, or one that is over with it?
    pub fn stands_alone(&self) -> bool {
        match self.kind {
            Kind::Limit(_) | Kind::LimitIp(_) => true,
            // refused by the listening process
            Kind::Verdict(_) => self.ip.is_empty(),
            Kind::Connect(_) | Kind::Time(_) => false,
        }
    }

    /// The word of its kind.
    pub fn word(&self) -> &'static str {
        match &self.kind {
            Kind::Connect(_) => "connect",
            Kind::Limit(_) => "limit",
            Kind::LimitIp(_) => "limit-ip",
            Kind::Verdict(record) if record.disposition == b"queued" => "queued",
            Kind::Verdict(_) => "denied",
            Kind::Time(_) => "time",
        }
    }

    /// Writes the row. `ip` is that of the connection.
    ///
    /// A time that names no moment, such as a date without a year, stays as logged.
    pub fn write(&self, ip: &[u8], time: &mut TimeColumn, buffer: &mut Vec<u8>) {
        let mut row = Row::new(buffer);
        if time.write(self.stamp, &mut row).is_err() {
            row.field(self.stamp.map_or(b"", |stamp| stamp.text));
        }
        self.write_rest(ip, &mut row);
    }

    fn write_rest(&self, ip: &[u8], row: &mut Row<'_>) {
        row.field(self.pid).field(ip).field(self.word().as_bytes());
        match &self.kind {
            Kind::Connect(load) | Kind::Limit(load) | Kind::LimitIp(load) => {
                row.field(&[load.running, b"/", load.most].concat());
            }
            Kind::Time(seconds) => {
                row.field(&[seconds, &b" sec."[..]].concat());
            }
            Kind::Verdict(record) => {
                row.field(record.disposition).field(record.status.unwrap_or_default());
                row.field(record.message).field(logterse::bare(record.sender));
                let recipients: Vec<&[u8]> =
                    logterse::recipients(record.recipients).map(logterse::bare).collect();
                row.field(&recipients.join(&b","[..])).field(record.host).field(record.helo).end();
                return;
            }
        }
        for _ in 0..6 {
            row.field(b"");
        }
        row.end();
    }
}

/// A connection of which there may be more events.
#[derive(Debug, Default)]
pub struct Connection<T> {
    /// The client's address; empty as long as no event named it.
    pub ip: Vec<u8>,
    /// What is kept of it.
    pub kept: T,
}

/// The connections that are open. They are told apart by start and process number: a number that
/// begins again, or goes on with another address, is another connection.
#[derive(Debug, Default)]
pub struct Connections<T> {
    open: HashMap<Vec<u8>, Connection<T>>,
}

impl<T: Default> Connections<T> {
    /// No connection yet.
    pub fn new() -> Self {
        Connections { open: HashMap::new() }
    }

    /// The connection that must be over, since this event is of another with the same number.
    pub fn over(&mut self, event: &Event<'_>) -> Option<Connection<T>> {
        let other = match event.kind {
            _ if event.stands_alone() => false,
            Kind::Connect(_) => true,
            _ => {
                let open = self.open.get(event.pid)?;
                !event.ip.is_empty() && !open.ip.is_empty() && open.ip != event.ip
            }
        };
        if other { self.end(event.pid) } else { None }
    }

    /// The connection that the event is of, opened if need be.
    pub fn of(&mut self, event: &Event<'_>) -> &mut Connection<T> {
        let connection = self.open.entry_ref(event.pid).or_default();
        if connection.ip.is_empty() {
            connection.ip.extend_from_slice(event.ip);
        }
        connection
    }

    /// Takes out the connection of a process that has ended it.
    pub fn end(&mut self, pid: &[u8]) -> Option<Connection<T>> {
        self.open.remove(pid)
    }

    /// All that are open, in no order.
    pub fn into_open(self) -> impl Iterator<Item = Connection<T>> {
        self.open.into_values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        match parse(line.as_bytes()) {
            None => "-".into(),
            Some(Said::Gone(pid)) => format!("gone {}", pid.as_bstr()),
            Some(Said::Event(event)) => {
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
            parse(&line);
            true
        }
        quickcheck::QuickCheck::new().tests(20_000).quickcheck(holds as fn(u8, Vec<u8>) -> bool);
    }

    #[test]
    fn connections_are_told_apart() {
        let mut open = Connections::<()>::new();
        let mut step = |line: &str| {
            let Some(Said::Event(event)) = parse(line.as_bytes()) else { panic!("{line}") };
            let over = open.over(&event).map(|over| over.ip.to_str().unwrap().to_owned());
            let ip = if event.stands_alone() { "alone".into() } else { open.of(&event).ip.clone() };
            if matches!(event.kind, Kind::Time(_)) {
                open.end(event.pid);
            }
            (over, String::from_utf8(ip).unwrap())
        };
        let verdict = |pid, ip| {
            format!("{pid} logging::logterse plugin: ` {ip}\th\th\t<a@b>\t\tdnsbl\t903\tno")
        };
        assert_eq!(
            step("7 Accepted connection 0/9 from 192.0.2.1 / x"),
            (None, "192.0.2.1".into())
        );
        assert_eq!(step(&verdict(7, "192.0.2.1")), (None, "192.0.2.1".into()));
        assert_eq!(step(&verdict(8, "192.0.2.2")), (None, "192.0.2.2".into()));
        assert_eq!(step(&verdict(7, "")), (None, "alone".into()));
        assert_eq!(
            step("7 (post-connection) connection_time: 1.566 s."),
            (None, "192.0.2.1".into())
        );
        assert_eq!(step("7 (post-connection) connection_time: 1.566 s."), (None, String::new()));
        assert_eq!(
            step("8 Accepted connection 0/9 from 192.0.2.2 / x"),
            (Some("192.0.2.2".into()), "192.0.2.2".into())
        );
        assert_eq!(step(&verdict(8, "192.0.2.3")), (Some("192.0.2.2".into()), "192.0.2.3".into()));
        assert_eq!(open.into_open().count(), 1);
    }
}
