//! The rows of a pending file, described in the manual page.

use std::collections::BTreeSet;

use common::bytes::percent::{decoded, encoded};
use common::bytes::tsv::{self, Row};
use common::filter::{Line, Stop, pending};
use common::rows::session::End;
use common::time::{Instant, label};

use crate::open::Open;
use crate::sources::{Listener, Port, Source};

/// The first row: whose file this is, and which version of the format.
pub const FIRST: &[u8] = b"session-parse\tpending\t1\n";

/// What a file holds.
#[derive(Debug, Default)]
pub struct State {
    /// The sessions under way, in the order in which they are given up.
    pub open: Vec<Open>,
    /// What is known of those who take connections, by source.
    pub listeners: [Listener; Source::ALL.len()],
    /// Hosts and programs whose last line syslog cut in two.
    pub cut: BTreeSet<[Vec<u8>; 2]>,
    /// The last whole line, which the next may repeat.
    pub last: Vec<u8>,
    /// The last line, as far as it was written.
    pub unfinished: Vec<u8>,
}

/// The rows of a file; the same for the same state.
pub fn write(state: &State) -> Vec<u8> {
    let mut content = Vec::new();
    for (source, listener) in Source::ALL.iter().zip(&state.listeners) {
        if *listener != Listener::default() {
            write_listener(*source, listener, &mut content);
        }
    }
    for session in &state.open {
        write_open(session, &mut content);
    }
    for [host, program] in &state.cut {
        Row::new(&mut content).field(b"cut").field(&encoded(host)).field(&encoded(program)).end();
    }
    for (kind, line) in [(&b"last"[..], &state.last), (b"unfinished", &state.unfinished)] {
        if !line.is_empty() {
            Row::new(&mut content).field(kind).field(&encoded(line)).end();
        }
    }
    content
}

fn write_listener(source: Source, listener: &Listener, content: &mut Vec<u8>) {
    let mut row = Row::new(content);
    row.field(b"listener").field(source.name().as_bytes()).field(&encoded(&listener.host));
    match listener.port {
        Port::None => row.field(b"none"),
        Port::One(port) => row.number(port),
        Port::Many => row.field(b"many"),
    };
    row.field(&written(listener.full)).end();
}

fn write_open(session: &Open, content: &mut Vec<u8>) {
    let mut row = Row::new(content);
    row.field(b"session").field(session.source.name().as_bytes());
    row.field(&encoded(&session.host)).field(&encoded(&session.key));
    row.field(&encoded(&session.service)).maybe(session.pid).field(&encoded(&session.ip));
    row.maybe(session.port).field(&encoded(&session.user));
    row.field(&written(session.start)).field(&written(session.deadline));
    row.field(session.silence.name().as_bytes());
    row.field(session.end.map_or("", End::name).as_bytes());
    row.field(&encoded(&session.detail)).field(&encoded(&session.reply)).maybe(session.lasted_ms);
    row.maybe(session.in_bytes).maybe(session.out_bytes).end();
}

/// A moment as a label, or nothing.
fn written(moment: Option<Instant>) -> Vec<u8> {
    let mut text = Vec::new();
    if let Some(moment) = moment {
        label::write(moment, &mut text);
    }
    text
}

/// Reads the rows of a file.
pub fn read<'a>(rows: impl Iterator<Item = Line<'a>>) -> Result<State, Stop> {
    let mut state = State::default();
    for row in rows {
        let read = if row.ended { read_row(row.text, &mut state) } else { None };
        read.ok_or_else(|| pending::broken(&row))?;
    }
    Ok(state)
}

fn read_row(row: &[u8], state: &mut State) -> Option<()> {
    let fields: Vec<&[u8]> = tsv::fields(row).collect();
    match *fields.as_slice() {
        [b"listener", source, host, port, full] => {
            let listener = &mut state.listeners[Source::named(source)? as usize];
            let port = match port {
                b"none" => Port::None,
                b"many" => Port::Many,
                one => Port::One(number(one)??),
            };
            let is_new = *listener == Listener::default();
            *listener = Listener { host: decoded(host)?, port, full: moment(full)? };
            is_new.then_some(())
        }
        [b"session", ref fields @ ..] => {
            state.open.push(read_open(fields)?);
            Some(())
        }
        [b"cut", host, program] => {
            state.cut.insert([decoded(host)?, decoded(program)?]).then_some(())
        }
        [b"last", line] => {
            state.last = decoded(line)?;
            Some(())
        }
        [b"unfinished", line] => {
            state.unfinished = decoded(line)?;
            Some(())
        }
        _ => None,
    }
}

fn read_open(fields: &[&[u8]]) -> Option<Open> {
    let fields: [&[u8]; 17] = fields.try_into().ok()?;
    let [
        source,
        host,
        key,
        service,
        pid,
        ip,
        port,
        user,
        start,
        deadline,
        silence,
        end,
        detail,
        reply,
        ..,
    ] = fields;
    let [.., lasted, in_bytes, out_bytes] = fields;
    Some(Open {
        source: Source::named(source)?,
        host: decoded(host)?,
        key: decoded(key)?,
        service: decoded(service)?,
        pid: number(pid)?,
        ip: decoded(ip)?,
        port: number(port)?,
        user: decoded(user)?,
        start: moment(start)?,
        deadline: moment(deadline)?,
        silence: End::named(silence)?,
        end: if end.is_empty() { None } else { Some(End::named(end)?) },
        detail: decoded(detail)?,
        reply: decoded(reply)?,
        lasted_ms: number(lasted)?,
        in_bytes: number(in_bytes)?,
        out_bytes: number(out_bytes)?,
    })
}

/// A number, or nothing; `None` if it is neither.
#[expect(clippy::option_option, reason = "broken, or whole and not known")]
fn number<T: std::str::FromStr>(field: &[u8]) -> Option<Option<T>> {
    if field.is_empty() {
        return Some(None);
    }
    Some(Some(std::str::from_utf8(field).ok()?.parse().ok()?))
}

/// A moment, or nothing; `None` if it is neither.
#[expect(clippy::option_option, reason = "broken, or whole and not known")]
fn moment(field: &[u8]) -> Option<Option<Instant>> {
    if field.is_empty() {
        return Some(None);
    }
    (field.len() == label::LENGTH).then_some(Some(label::at_start(field)?))
}
