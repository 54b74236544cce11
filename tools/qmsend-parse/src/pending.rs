//! The rows of a pending file, described in the manual page.

use std::rc::Rc;

use common::bytes::percent::{decoded, encoded};
use common::bytes::tsv::{self, Row};
use common::filter::{Line, OwnedLine, Stop, pending};
use common::logs::qmail_send::{self, Channel};
use hashbrown::HashMap;

use crate::queue::{Delivery, Info, Message, Queue};
use crate::sources::{Source, Sources};

/// The first row: whose file this is, and which version of the format.
pub const FIRST: &[u8] = b"qmsend-parse\tpending\t1\n";
/// What a file holds.
#[derive(Debug, Default)]
pub struct State {
    /// All that is open.
    pub sources: Sources,
    /// The last line, as far as it was written.
    pub unfinished: Vec<u8>,
}

/// The rows of a file; the same for the same state.
pub fn write(State { sources, unfinished }: &mut State) -> Vec<u8> {
    let mut content = Vec::new();
    for place in sources.sorted() {
        write_source(sources.at(place), &mut content);
    }
    if !unfinished.is_empty() {
        Row::new(&mut content).field(b"unfinished").field(&encoded(unfinished)).end();
    }
    content
}

fn write_source(Source { host, tag, queue, held }: &Source, content: &mut Vec<u8>) {
    let Queue { last, messages, deliveries } = queue;
    if messages.is_empty() && deliveries.is_empty() && held.is_empty() {
        return;
    }
    let mut row = Row::new(content);
    row.field(b"source").field(&encoded(host)).field(&encoded(tag));
    // it only matters for what is under way
    row.number(if deliveries.is_empty() { 0 } else { *last }).end();
    for (number, message) in sorted(messages) {
        let mut row = Row::new(content);
        row.field(b"message").number(number);
        write_info(message, &mut row);
        row.end();
        for (channel, recipient, attempts) in message.waiting.borrow().sorted() {
            let mut row = Row::new(content);
            row.field(b"waiting").field(channel.name().as_bytes());
            row.field(&encoded(recipient)).number(attempts).end();
        }
    }
    for (number, delivery) in sorted(deliveries) {
        let mut row = Row::new(content);
        row.field(b"delivery").number(number).field(delivery.channel.name().as_bytes());
        row.field(&encoded(&delivery.recipient)).number(delivery.attempt);
        let message = &delivery.message;
        if messages.get(&message.number).is_some_and(|open| Rc::ptr_eq(open, message)) {
            row.number(message.number).as_written(NO_INFO);
        } else {
            write_info(message, row.field(b""));
        }
        row.end();
    }
    for line in held {
        Row::new(content).field(b"held").field(&encoded(&line.text)).end();
    }
}

/// The three fields of a message whose info line was not seen.
const NO_INFO: &[u8] = b"\t\t";

/// Size, sender and process number: three fields, empty where they are not known.
fn write_info(message: &Message, row: &mut Row<'_>) {
    match &message.info {
        // between brackets the null sender is not empty
        Some(Info { bytes, sender, qp }) => {
            row.number(*bytes).field(&[b"<", &*encoded(sender), b">"].concat()).number(*qp)
        }
        None => row.as_written(NO_INFO),
    };
}

fn sorted<V>(numbered: &HashMap<u64, V>) -> Vec<(u64, &V)> {
    let mut all: Vec<(u64, &V)> = numbered.iter().map(|(number, value)| (*number, value)).collect();
    all.sort_unstable_by_key(|(number, _)| *number);
    all
}

/// Reads the rows of a file.
pub fn read<'a>(rows: impl Iterator<Item = Line<'a>>) -> Result<State, Stop> {
    let mut reader = Reader { state: State::default(), place: None, message: None };
    for row in rows {
        let read = if row.ended { reader.row(row) } else { None };
        read.ok_or_else(|| pending::broken(&row))?;
    }
    Ok(reader.state)
}

/// What was read so far, and the source and the message that further rows belong to.
struct Reader {
    state: State,
    place: Option<usize>,
    message: Option<Rc<Message>>,
}

impl Reader {
    /// Reads a row; `None` if it is broken.
    fn row(&mut self, row: Line<'_>) -> Option<()> {
        let fields: Vec<&[u8]> = tsv::fields(row.text).collect();
        match *fields.as_slice() {
            [b"source", host, tag, last] => self.source(&decoded(host)?, &decoded(tag)?, last),
            [b"message", message, bytes, sender, qp] => {
                let message = Message::new(number(message)?, info([bytes, sender, qp])?);
                self.message = Some(Rc::clone(&message));
                let replaced = self.of()?.queue.messages.insert(message.number, message);
                replaced.is_none().then_some(())
            }
            [b"waiting", channel, recipient, attempts] => {
                let (channel, recipient) = (Channel::named(channel)?, decoded(recipient)?);
                let mut waiting = self.message.as_ref()?.waiting.borrow_mut();
                waiting.put(channel, &recipient, number(attempts)?);
                Some(())
            }
            [b"delivery", delivery, channel, recipient, attempt, message, ref about @ ..] => {
                let queue = &mut self.of()?.queue;
                let message = match message {
                    b"" => Message::new(0, info(about.try_into().ok()?)?),
                    open => Rc::clone(queue.messages.get(&number(open)?)?),
                };
                let (channel, recipient) = (Channel::named(channel)?, decoded(recipient)?);
                let attempt = number(attempt)?;
                let (delivery, last) = (number(delivery)?, queue.last);
                let of = Delivery { message, channel, recipient, attempt };
                let replaced = queue.deliveries.insert(delivery, of);
                (replaced.is_none() && delivery <= last).then_some(())
            }
            [b"held", text] => self.hold(row, decoded(text)?),
            [b"unfinished", text] => {
                self.state.unfinished = decoded(text)?;
                Some(())
            }
            _ => None,
        }
    }

    /// The source that rows belong to now.
    fn of(&mut self) -> Option<&mut Source> {
        self.place.map(|place| self.state.sources.at(place))
    }

    fn source(&mut self, host: &[u8], tag: &[u8], last: &[u8]) -> Option<()> {
        if self.state.sources.find(host, tag).is_some() {
            return None;
        }
        self.place = Some(self.state.sources.add(host, tag));
        self.message = None;
        self.of()?.queue.last = number(last)?;
        Some(())
    }

    fn hold(&mut self, row: Line<'_>, text: Vec<u8>) -> Option<()> {
        let held = OwnedLine { text, file: row.file.to_owned(), number: row.number };
        let source = self.of()?;
        let of_this_source = qmail_send::read(held.line().without_cr())
            .is_ok_and(|(logged, _)| (logged.host, logged.tag) == (&source.host, &source.tag));
        source.held.push(held);
        of_this_source.then_some(())
    }
}

fn number(field: &[u8]) -> Option<u64> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// What three fields tell of a message; `None` if they are broken.
#[expect(clippy::option_option, reason = "broken, or whole and not known")]
fn info(fields: [&[u8]; 3]) -> Option<Option<Info>> {
    let [bytes, sender, qp] = fields;
    if fields.iter().all(|field| field.is_empty()) {
        return Some(None);
    }
    let sender = sender.strip_prefix(b"<")?.strip_suffix(b">")?;
    Some(Some(Info { bytes: number(bytes)?, sender: decoded(sender)?, qp: number(qp)? }))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    const WHOLE: &str = "qmsend-parse\tpending\t1\n\
        source\t\t\t9\n\
        message\t7\t263\t<>\t43\n\
        waiting\tlocal\ta\t2\n\
        waiting\tlocal\ta\t1\n\
        waiting\tremote\t%25%22%27%5C%00%FF b@c\t1\n\
        message\t8\t\t\t\n\
        delivery\t5\tlocal\tr\t1\t7\t\t\t\n\
        delivery\t6\tlocal\tr\t1\t\t12\t<s@x>\t44\n\
        delivery\t9\tremote\tr\t3\t\t\t\t\n\
        source\thost\tqmail\t0\n\
        held\tSep 14 09:58:09 host qmail: 1.500000 new msg 9\n\
        unfinished\tSep%09\n\
        end\n";

    fn state(content: &str) -> Result<State, Stop> {
        read(pending::rows(FIRST, OsStr::new("state"), content.as_bytes())?)
    }

    fn read_back(content: &str) -> Option<String> {
        let rows = String::from_utf8(write(&mut state(content).ok()?)).unwrap();
        Some(["qmsend-parse\tpending\t1\n", &rows, "end\n"].concat())
    }

    #[test]
    fn a_file_is_written_as_it_was_read() {
        assert_eq!(read_back(WHOLE).unwrap(), WHOLE);
        let nothing = "qmsend-parse\tpending\t1\nend\n";
        assert_eq!(read_back(nothing).unwrap(), nothing);
        assert_eq!(read_back("").unwrap(), nothing);
    }

    /// Each field in its turn: it is not the same to leave it out or to break it.
    #[test]
    fn broken_files_are_refused() {
        for end in 1..WHOLE.len() {
            assert_eq!(read_back(&WHOLE[..end]), None, "{end}");
        }
        for (good, bad) in [
            ("pending\t1\n", "pending\t2\n"),
            ("source\t\t\t9\n", ""),
            ("source\t\t\t9\n", "source\t\t\t8\n"),
            ("source\t\t\t9\n", "source\t\t\t\n"),
            ("source\thost\tqmail\t0\n", ""),
            ("source\thost\tqmail\t0\n", "source\t\t\t0\n"),
            ("source\thost\tqmail\t0\n", "source\thost\tsmtpd\t0\n"),
            ("message\t7\t263\t<>\t43\n", ""),
            ("<>", ""),
            ("\t263\t", "\t\t"),
            ("message\t8\t", "message\t7\t"),
            ("waiting\tlocal", "waiting\tnowhere"),
            ("%25", "%2"),
            ("%25", "%"),
            ("%25", "%zz"),
            ("%25", "\\"),
            ("delivery\t6", "delivery\t5"),
            ("delivery\t6", "delivery\t18446744073709551616"),
            ("\t44\n", "\n"),
            ("\t44\n", "\t44\t\n"),
            ("\t1\t7\t\t\t", "\t1\t6\t\t\t"),
            ("Sep 14", "Sep x"),
            ("end\n", "end\nend\n"),
        ] {
            let broken = WHOLE.replacen(good, bad, 1);
            assert_ne!(broken, WHOLE);
            assert_eq!(read_back(&broken), None, "{good} {bad}");
        }
    }

    #[test]
    fn errors_name_the_row() {
        let broken = WHOLE.replacen("waiting\tlocal", "waiting\tnowhere", 1);
        match state(&broken) {
            Err(Stop::Usage(subject, _)) => assert_eq!(subject, "state:4"),
            other => panic!("{other:?}"),
        }
    }
}
