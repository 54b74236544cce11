//! Heads of lines, and the logs of messages and verdicts.

use std::ffi::OsStr;

use common::bytes::plain;
use common::bytes::scan::{dispatch, levels};
use common::bytes::span::Span;
use common::bytes::tsv::{self, Row};
use common::filter::Fault;
use common::logs::logterse::fast::{Field, Found, LoggerTable, Skipped};
use common::logs::logterse::{self as terse, Status};
use common::logs::prefix::{self as heads, Opening, Prefix};
use common::logs::qmail_send::reason::{self, Attempt};
use common::logs::qmail_send::{self as send, Channel, Event, Record};
use common::logs::qpsmtpd as qp;
use common::logs::repeats::Repeats;
use common::logs::smtpd::{self as verdicts, Said, Source};
use common::logs::stats::{self as messages, Finder};
use common::logs::{address as addresses, day_file as day_files};
use common::rows::TimeColumn;
use common::rows::schema::{Column, MessageColumn};
use common::time::{Stamp, label};

use super::words::reference;
use super::{assert_row, choice, lines_of};

/// All readings of a line.
fn readings(line: &[u8], opening: Opening) -> Vec<Prefix<'_>> {
    let mut found = Vec::new();
    heads::find(line, opening, |prefix| {
        found.push(*prefix);
        None::<()>
    });
    found
}

/// A priority before a line, which is left to the plain reader, changes no reading of the finder;
/// what a reading names stands in the line, its text at the end.
pub fn prefix(input: &[u8]) {
    for line in lines_of(input) {
        let prioritised = [b"<22>", line].concat();
        for opening in [Opening::OwnWords, Opening::ProcessNumber] {
            let found = readings(line, opening);
            if line.first() != Some(&b'<') {
                assert_eq!(found, readings(&prioritised, opening), "{}", line.escape_ascii());
            }
            for prefix in found {
                assert!(line.ends_with(prefix.text));
                let inner = prefix.with_inner_stamp();
                assert!(prefix.text.ends_with(inner.text));
                assert!(prefix.pid.iter().all(u8::is_ascii_digit));
                for word in [prefix.host, prefix.tag] {
                    assert!(!word.contains(&b' '), "{}", line.escape_ascii());
                }
            }
        }
        let from = heads::from_time(line);
        assert!(line.ends_with(from));
        if let Some([first, nearest]) = heads::stamps(line) {
            assert!(from.starts_with(first.text));
            assert_eq!(Stamp::whole(nearest.text), Some(nearest));
        }
    }
}

/// The finder of a stats log writes the rows of the parser.
pub fn stats(input: &[u8]) {
    let (kind, text) = choice(input);
    let columns = match kind % 4 {
        0 => MessageColumn::ALL.to_vec(),
        1 => MessageColumn::ALL[..9].to_vec(),
        2 => MessageColumn::list(b"direction,sender,recipient,bytes,host,pid,reason").unwrap(),
        _ => MessageColumn::ALL.iter().rev().copied().collect(),
    };
    let row_of = |line: &[u8]| {
        let record = messages::parse(line).ok()?;
        let mut row = Vec::new();
        let mut fields = Row::new(&mut row);
        for column in &columns {
            fields.field(record.field(*column));
        }
        fields.end();
        assert_row(&row, columns.len());
        Some(row)
    };
    let mut room = text.to_vec();
    room.extend_from_slice(&[b'\n'; 600]);
    let mut finder = Finder::new(&columns);
    let mut at = 0;
    for line in lines_of(text) {
        let row = row_of(line);
        let found = finder.rows_of(&room[at..]);
        let read = lines_of(&room[at..at + found.length]);
        let rows: Vec<_> = read.map(|line| row_of(line).unwrap()).collect();
        assert_eq!((found.rows, found.lines), (&*rows.concat(), rows.len() as u64));
        if row.is_some() && found.lines == 0 {
            let record = messages::parse(line).unwrap();
            finder.expect(line, record.field(MessageColumn::Host));
        }
        at += line.len() + 1;
    }
}

/// qmail-send's words are read as word by word; a report's class and relay are of its own words.
pub fn qmail_send(input: &[u8]) {
    for line in lines_of(input) {
        let expected = reference::read(line);
        assert_eq!(Record::read(line).ok(), expected, "{}", line.escape_ascii());
        if let Ok((prefix, record)) = send::read(line) {
            assert!(line.ends_with(prefix.text));
            if !prefix.continues {
                assert_eq!(record.ok(), reference::read(prefix.text));
            }
            if let Ok(Record { event: Event::End { outcome, report, .. }, .. }) = record {
                told(outcome, report);
            }
        }
        if let Some(at) = send::second_label(line) {
            assert!(line.starts_with(b"@") && label::at_start(&line[at..]).is_some());
            assert_eq!(line.get(at + label::LENGTH), Some(&b' '));
        }
    }
}

fn told(outcome: send::Outcome, report: &[u8]) {
    for channel in [Channel::Local, Channel::Remote] {
        let attempt = Attempt { channel, sender: b"c@d.example", recipient: b"a@b.example" };
        let told = reason::read(&attempt, outcome, report);
        assert!(told.relay.iter().all(|byte| byte.is_ascii_hexdigit() || b".:".contains(byte)));
        assert_eq!(told.reason.is_none(), outcome == send::Outcome::Success);
    }
}

/// The finder of logterse's records finds those of the parser, and passes over lines without any.
pub fn logterse(input: &[u8]) {
    let loggers = LoggerTable::default();
    let mut at = 0;
    for line in lines_of(input) {
        let parsed = terse::parse(line);
        let mut room = input[at..].to_vec();
        room.extend_from_slice(&[b'x'; 600]);
        for level in levels() {
            let mut ends = [0; 48];
            let found = dispatch!(level, vectors => {
                Found::at(vectors, &loggers, &room, 0, &mut ends)
            });
            let Some(found) = found else { continue };
            let shown = line.escape_ascii();
            let Ok(record) = parsed else { panic!("{shown}") };
            let field = |field| found.field(field).of(found.text);
            let client = field(Field::Client);
            assert_eq!(terse::without_port(client), (record.ip, record.port), "{shown}");
            assert_eq!(field(Field::Host), record.host, "{shown}");
            assert_eq!(field(Field::Helo), record.helo, "{shown}");
            assert_eq!(field(Field::Sender), record.sender, "{shown}");
            assert_eq!(field(Field::Recipients), record.recipients, "{shown}");
            assert_eq!(field(Field::Disposition), record.disposition, "{shown}");
            assert_eq!(field(Field::Code), record.code, "{shown}");
            assert_eq!(field(Field::Message), record.message, "{shown}");
            let status = found.status.of(found.text);
            assert_eq!(status, record.status.unwrap_or_default(), "{shown}");
            assert_eq!(found.head.pid().of(found.line), record.head.pid, "{shown}");
            assert_eq!(found.next, line.len() + 1, "{shown}");
            assert!(plain::is_plain_but_for(record.fields, b'\t'), "{shown}");
        }
        if let Ok(record) = parsed {
            let joined: Vec<&[u8]> = terse::recipients(record.recipients).collect();
            assert_eq!(joined.join(&b","[..]), record.recipients);
            assert!(
                terse::bare(record.sender).ends_with(terse::tld(record.sender)) || {
                    terse::bare(record.sender).ends_with(b".")
                }
            );
            assert!(
                record.message.ends_with(terse::block_list(record.disposition, record.message))
                    || {
                        let list = terse::block_list(record.disposition, record.message);
                        record.message.windows(list.len().max(1)).any(|found| found == list)
                    }
            );
            let _ = Status::read(record.status.unwrap_or_default());
        }
        skipped(input, at);
        at += line.len() + 1;
    }
}

fn skipped(text: &[u8], at: usize) {
    let (mut lines, mut start) = (0, at);
    let mut next = None;
    for line in text[at..].split_inclusive(|byte| *byte == b'\n') {
        if let Some(mark) = line.iter().position(|byte| *byte == terse::MARK) {
            next = Some((start, start + mark));
            break;
        }
        lines += 1;
        start += line.len();
    }
    for level in levels() {
        let found = dispatch!(level, vectors => Skipped::at(vectors, text, at));
        assert_eq!(found, Skipped { lines, next });
    }
}

/// The verdicts of SMTP servers: every value is a field, and the head before one changes nothing.
pub fn smtpd(input: &[u8]) {
    for line in lines_of(input) {
        let Ok(reading) = verdicts::read(line, |it| Ok(*it)) else { continue };
        assert!(line.ends_with(reading.prefix.text));
        if let Ok(Said::Verdict(record)) = reading.said {
            let mut row = Vec::new();
            let mut fields = Row::new(&mut row);
            for field in [record.pid, record.ip, record.port, record.host, record.helo] {
                fields.field(field);
            }
            fields.field(record.sender).field(record.disposition).field(record.auth_user).end();
            assert_row(&row, 8);
            assert!(record.port.iter().all(u8::is_ascii_digit));
        }
        for source in Source::ALL {
            assert_eq!(Source::named(source.name().as_bytes()), Some(source));
        }
        let is_bare = reading.prefix == Prefix { text: line, ..Prefix::default() };
        if is_bare && Stamp::at_start(line).is_none() {
            let labelled = [b"@4000000042b6deb800000000 ", line].concat();
            let again = verdicts::read(&labelled, |again| Ok((again.source, again.said)));
            assert_eq!(again, Ok((reading.source, reading.said)), "{}", line.escape_ascii());
        }
    }
}

/// The events of qpsmtpd: each is a row of ten columns.
pub fn qpsmtpd(input: &[u8]) {
    for line in lines_of(input) {
        if let Some((prefix, pid, words)) = qp::origin(line) {
            assert!(pid.iter().all(u8::is_ascii_digit) && !pid.is_empty());
            assert!(line.ends_with(words) && prefix.text.ends_with(words));
        }
        if let Some((pid, _)) = qp::trouble(line) {
            assert!(pid.iter().all(u8::is_ascii_digit));
        }
        if let Ok(qp::Said::Event(event)) = qp::parse(line) {
            for form in ["", "utc"] {
                let mut row = Vec::new();
                event.write(event.ip, &mut TimeColumn::named(form), &mut row);
                assert_row(&row, 11);
            }
        }
    }
}

/// A line that repeats another is a line again, up to a million times.
pub fn repeats(input: &[u8]) {
    let mut repeats = Repeats::default();
    for line in lines_of(input) {
        match repeats.unfold(line) {
            None => repeats.remember(line),
            Some(Ok(again)) => {
                assert!((0..=1_000_000).contains(&again.times));
                assert!(!again.line.contains(&b'\n'));
            }
            Some(Err(fault)) => assert!(!matches!(fault, Fault::UnknownHead(_))),
        }
    }
    let mut behind = Repeats::default();
    let last = input.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let (lines, line) = input.split_at(last);
    let mut one_by_one = Repeats::default();
    one_by_one.remember_last(lines);
    assert_eq!(behind.unfold_behind(lines, line), one_by_one.unfold(line));
}

/// A line of a day file is written so that it is read again; a day has one name.
pub fn day_file(input: &[u8]) {
    for line in lines_of(input) {
        if let Some(name) = day_files::Name::parse(line) {
            let own = day_files::name(name.day);
            let again = day_files::Name::parse(own.as_bytes()).unwrap();
            assert_eq!((again.day, again.kind), (name.day, day_files::Kind::Mail));
            let _ = OsStr::new(&own);
        }
        let Ok(Some(read)) = day_files::Line::parse(line) else { continue };
        let mut written = Vec::new();
        read.write(&mut written);
        let text = written.strip_suffix(b"\n").unwrap();
        assert!(!text.contains(&b'\n') && !text.contains(&b'\t'));
        let again = day_files::Line::parse(text).unwrap().unwrap();
        let numbers = |line: &day_files::Line<'_>| (line.kilobytes, line.hits_all, line.hits_html);
        assert_eq!(numbers(&again), numbers(&read));
        let mut twice = Vec::new();
        again.write(&mut twice);
        assert_eq!(twice, written);
    }
}

/// The domain of an address is the same by the quick way and by the plain one; it is one field.
pub fn address(input: &[u8]) {
    let (at, text) = choice(input);
    let line: Vec<u8> =
        text.iter().map(|byte| if b"\t\n\r".contains(byte) { b'.' } else { *byte }).collect();
    let start = usize::from(at).min(line.len());
    // it is a field
    if start > 0 && line[start - 1] != b' ' {
        return;
    }
    let field = &line[start..];
    let (mut buffer, mut user) = (Vec::new(), Vec::new());
    let quick = addresses::domain_of(Span::new(&line, start..line.len()), &mut buffer).bytes();
    let plain = addresses::domain_field(field);
    assert_eq!(*quick, *plain, "{}", field.escape_ascii());
    let mut written = Vec::new();
    tsv::escape(&addresses::domain(&tsv::as_read(field)), &mut written);
    assert_eq!(*plain, *written, "{}", field.escape_ascii());
    let whole = addresses::user_of(Span::from(field), &mut user).bytes();
    assert_row(&[quick, b"\t", whole, b"\n"].concat(), 2);
    assert!(!addresses::is_null(field) || *plain == *addresses::NULL_SENDER);
}
