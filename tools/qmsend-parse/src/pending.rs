//! The rows of a pending file, described in the manual page.

use std::cell::Cell;
use std::rc::Rc;

use common::bytes::percent::{decoded, encoded};
use common::bytes::tsv::{self, Row};
use common::filter::{Line, OwnedLine, Stop, pending};
use common::logs::qmail_send::{self, Channel};

use crate::message::{Delivery, Info, Message, Moment};
use crate::queue::Queue;
use crate::sources::{Source, Sources};

/// The first row: whose file this is, and which version of the format.
pub const FIRST: &[u8] = b"qmsend-parse\tpending\t2\n";
/// That of the version before, whose rows have no moments, no user numbers and no queues.
pub const OLDER: &[u8] = b"qmsend-parse\tpending\t1\n";

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

fn write_source(source: &Source, content: &mut Vec<u8>) {
    let is_open = |queue: &Queue| !queue.messages.is_empty() || !queue.deliveries.is_empty();
    let mut queues = source.queues();
    queues.retain(|(_, queue)| is_open(queue));
    if queues.is_empty() && source.held.is_empty() {
        return;
    }
    let mut row = Row::new(content);
    row.field(b"source").field(&encoded(&source.host)).field(&encoded(&source.tag)).end();
    for (name, queue) in queues {
        write_queue(name, queue, content);
    }
    for line in &source.held {
        Row::new(content).field(b"held").field(&encoded(&line.text)).end();
    }
}

fn write_queue(name: &[u8], queue: &Queue, content: &mut Vec<u8>) {
    // it only matters for what is under way
    let last = if queue.deliveries.is_empty() { 0 } else { queue.last };
    Row::new(content).field(b"queue").field(&encoded(name)).number(last).end();
    for (number, message) in queue.messages() {
        let mut row = Row::new(content);
        row.field(b"message").number(number);
        write_about(message, &mut row);
        row.maybe(message.counted.get()).maybe(message.seen.get()).end();
        for (channel, recipient, attempts) in message.waiting.borrow().sorted() {
            let mut row = Row::new(content);
            row.field(b"waiting").field(channel.name().as_bytes());
            row.field(&encoded(recipient)).number(attempts).end();
        }
    }
    for (number, delivery) in queue.deliveries() {
        let mut row = Row::new(content);
        row.field(b"delivery").number(number).field(delivery.channel.name().as_bytes());
        row.field(&encoded(&delivery.recipient)).number(delivery.attempt);
        row.maybe(delivery.start).maybe(delivery.counted.get());
        let message = &delivery.message;
        if queue.messages.get(&message.number).is_some_and(|open| Rc::ptr_eq(open, message)) {
            row.number(message.number).as_written(NO_ABOUT);
        } else {
            write_about(message, row.field(b""));
        }
        row.end();
    }
}

/// The five fields of a message of which nothing is known.
const NO_ABOUT: &[u8] = b"\t\t\t\t";

/// Size, sender, process number, user number and first line: five fields, empty where they are not
/// known.
fn write_about(message: &Message, row: &mut Row<'_>) {
    match &message.info {
        // between brackets the null sender is not empty
        Some(Info { bytes, sender, qp, uid }) => row
            .number(*bytes)
            .field(&[b"<", &*encoded(sender), b">"].concat())
            .number(*qp)
            .maybe(*uid),
        None => row.as_written(b"\t\t\t"),
    };
    row.maybe(message.first);
}

/// Reads the rows of a file.
pub fn read<'a>(rows: impl Iterator<Item = Line<'a>>) -> Result<State, Stop> {
    let mut reader =
        Reader { state: State::default(), place: None, queue: Vec::new(), message: None };
    for row in rows {
        let read = if row.ended { reader.row(row) } else { None };
        read.ok_or_else(|| pending::broken(&row))?;
    }
    Ok(reader.state)
}

/// What was read so far, and the source, the queue and the message that further rows belong to.
struct Reader {
    state: State,
    place: Option<usize>,
    queue: Vec<u8>,
    message: Option<Rc<Message>>,
}

impl Reader {
    /// Reads a row; `None` if it is broken.
    fn row(&mut self, row: Line<'_>) -> Option<()> {
        let fields: Vec<&[u8]> = tsv::fields(row.text).collect();
        match *fields.as_slice() {
            [b"source", host, tag] => self.source(&decoded(host)?, &decoded(tag)?),
            // as the older version has it: a source has one queue
            [b"source", host, tag, last] => {
                self.source(&decoded(host)?, &decoded(tag)?)?;
                self.queue(b"", last)
            }
            [b"queue", name, last] => self.queue(&decoded(name)?, last),
            [b"message", message, bytes, sender, qp, ref times @ ..] => {
                let [uid, first, counted, seen] = or_none(times)?;
                let about = about([bytes, sender, qp, uid])?;
                let message = Message::new(number(message)?, about, moment(first)?);
                message.counted.set(moment(counted)?);
                message.seen.set(moment(seen)?);
                self.message(message)
            }
            [b"waiting", channel, recipient, attempts] => {
                let (channel, recipient) = (Channel::named(channel)?, decoded(recipient)?);
                let mut waiting = self.message.as_ref()?.waiting.borrow_mut();
                waiting.put(channel, &recipient, number(attempts)?);
                Some(())
            }
            // of the older version
            [b"delivery", delivery, channel, recipient, attempt, message, bytes, sender, qp] => {
                let of = self.message_of(message, [bytes, sender, qp, b"", b""])?;
                self.delivery([delivery, channel, recipient, attempt, b"", b""], of)
            }
            [b"delivery", ref all @ ..] => {
                let (delivery, [message, about @ ..]) = all.split_first_chunk::<6>()? else {
                    return None;
                };
                let of = self.message_of(message, about.try_into().ok()?)?;
                self.delivery(*delivery, of)
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

    fn source(&mut self, host: &[u8], tag: &[u8]) -> Option<()> {
        if self.state.sources.find(host, tag).is_some() {
            return None;
        }
        self.place = Some(self.state.sources.add(host, tag));
        self.queue.clear();
        self.message = None;
        Some(())
    }

    /// The queue that rows belong to now.
    fn of_queue(&mut self) -> Option<&mut Queue> {
        let place = self.place?;
        Some(self.state.sources.at(place).queue(&self.queue))
    }

    fn queue(&mut self, name: &[u8], last: &[u8]) -> Option<()> {
        if self.of()?.has_queue(name) {
            return None;
        }
        self.queue = name.to_vec();
        self.message = None;
        self.of_queue()?.last = number(last)?;
        Some(())
    }

    fn message(&mut self, message: Message) -> Option<()> {
        let message = Rc::new(message);
        self.message = Some(Rc::clone(&message));
        let queue = self.of_queue()?;
        queue.expect(message.seen.get());
        let replaced = queue.messages.insert(message.number, message);
        replaced.is_none().then_some(())
    }

    /// The message of an attempt: in the queue, or else what is known about it.
    fn message_of(&mut self, open: &[u8], fields: [&[u8]; 5]) -> Option<Rc<Message>> {
        let [bytes, sender, qp, uid, first] = fields;
        if open.is_empty() {
            let about = about([bytes, sender, qp, uid])?;
            return Some(Rc::new(Message::new(0, about, moment(first)?)));
        }
        let is_empty = fields.iter().all(|field| field.is_empty());
        self.of_queue()?.messages.get(&number(open)?).filter(|_| is_empty).map(Rc::clone)
    }

    fn delivery(&mut self, fields: [&[u8]; 6], message: Rc<Message>) -> Option<()> {
        let [delivery, channel, recipient, attempt, start, counted] = fields;
        let (channel, recipient) = (Channel::named(channel)?, decoded(recipient)?);
        let (attempt, start) = (number(attempt)?, moment(start)?);
        let counted = Cell::new(moment(counted)?);
        let queue = self.of_queue()?;
        let (delivery, last) = (number(delivery)?, queue.last);
        queue.expect(start);
        let of = Delivery { message, channel, recipient, attempt, start, counted };
        let replaced = queue.deliveries.insert(delivery, of);
        (replaced.is_none() && delivery <= last).then_some(())
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

/// A moment, or an empty field; `None` if it is broken.
fn moment(field: &[u8]) -> Option<Moment> {
    if field.is_empty() {
        return Some(None);
    }
    std::str::from_utf8(field).ok()?.parse().ok().map(Some)
}

/// Four fields, or none as in the older version; `None` if there are others.
fn or_none<'a>(fields: &[&'a [u8]]) -> Option<[&'a [u8]; 4]> {
    if fields.is_empty() { Some([b""; 4]) } else { fields.try_into().ok() }
}

/// What four fields tell about a message; `None` if they are broken.
#[expect(clippy::option_option, reason = "broken, or whole and not known")]
fn about(fields: [&[u8]; 4]) -> Option<Option<Info>> {
    let [bytes, sender, qp, uid] = fields;
    if fields.iter().all(|field| field.is_empty()) {
        return Some(None);
    }
    let sender = sender.strip_prefix(b"<")?.strip_suffix(b">")?;
    let uid = if uid.is_empty() { None } else { Some(number(uid)?) };
    Some(Some(Info { bytes: number(bytes)?, sender: decoded(sender)?, qp: number(qp)?, uid }))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    const WHOLE: &str = "qmsend-parse\tpending\t2\n\
        source\t\t\n\
        queue\t\t9\n\
        message\t7\t263\t<>\t43\t0\t-5\t8\t9\n\
        waiting\tlocal\ta\t2\n\
        waiting\tlocal\ta\t1\n\
        waiting\tremote\t%25%22%27%5C%00%FF b@c\t1\n\
        message\t8\t\t\t\t\t\t\t\n\
        delivery\t5\tlocal\tr\t1\t7\t8\t7\t\t\t\t\t\n\
        delivery\t6\tlocal\tr\t1\t\t\t\t12\t<s@x>\t44\t\t3\n\
        delivery\t9\tremote\tr\t3\t\t\t\t\t\t\t\t\n\
        queue\tqueue2\t0\n\
        message\t7\t1\t<q@x>\t2\t3\t\t\t\n\
        source\thost\tqmail\n\
        held\tSep 14 09:58:09 host qmail: 1.500000 new msg 9\n\
        unfinished\tSep%09\n\
        end\n";

    /// The same in the older version, which knew less.
    const OLD: &str = "qmsend-parse\tpending\t1\n\
        source\t\t\t9\n\
        message\t7\t263\t<>\t43\n\
        waiting\tlocal\ta\t2\n\
        message\t8\t\t\t\n\
        delivery\t5\tlocal\tr\t1\t7\t\t\t\n\
        delivery\t6\tlocal\tr\t1\t\t12\t<s@x>\t44\n\
        source\thost\tqmail\t0\n\
        held\tSep 14 09:58:09 host qmail: 1.500000 new msg 9\n\
        unfinished\tSep%09\n\
        end\n";

    const OF_OLD: &str = "qmsend-parse\tpending\t2\n\
        source\t\t\n\
        queue\t\t9\n\
        message\t7\t263\t<>\t43\t\t\t\t\n\
        waiting\tlocal\ta\t2\n\
        message\t8\t\t\t\t\t\t\t\n\
        delivery\t5\tlocal\tr\t1\t\t\t7\t\t\t\t\t\n\
        delivery\t6\tlocal\tr\t1\t\t\t\t12\t<s@x>\t44\t\t\n\
        source\thost\tqmail\n\
        held\tSep 14 09:58:09 host qmail: 1.500000 new msg 9\n\
        unfinished\tSep%09\n\
        end\n";

    fn state(content: &str) -> Result<State, Stop> {
        let first = if content.as_bytes().starts_with(OLDER) { OLDER } else { FIRST };
        read(pending::rows(first, OsStr::new("state"), content.as_bytes())?)
    }

    fn read_back(content: &str) -> Option<String> {
        let rows = String::from_utf8(write(&mut state(content).ok()?)).unwrap();
        Some(["qmsend-parse\tpending\t2\n", &rows, "end\n"].concat())
    }

    #[test]
    fn a_file_is_written_as_it_was_read() {
        assert_eq!(read_back(WHOLE).unwrap(), WHOLE);
        assert_eq!(read_back(OLD).unwrap(), OF_OLD);
        let nothing = "qmsend-parse\tpending\t2\nend\n";
        assert_eq!(read_back(nothing).unwrap(), nothing);
        assert_eq!(read_back("").unwrap(), nothing);
    }

    /// Each field in its turn: it is not the same to leave it out or to break it.
    #[test]
    fn broken_files_are_refused() {
        for whole in [WHOLE, OLD] {
            for end in 1..whole.len() {
                assert_eq!(read_back(&whole[..end]), None, "{end}");
            }
        }
        for (good, bad) in [
            ("pending\t2\n", "pending\t3\n"),
            ("source\t\t\n", ""),
            ("queue\t\t9\n", ""),
            ("queue\t\t9\n", "queue\t\t8\n"),
            ("queue\t\t9\n", "queue\t\t\n"),
            ("queue\tqueue2\t", "queue\t\t"),
            ("queue\tqueue2\t0\n", ""),
            ("source\thost\tqmail\n", ""),
            ("source\thost\tqmail\n", "source\t\t\n"),
            ("source\thost\tqmail\n", "source\thost\tsmtpd\n"),
            ("message\t7\t263\t<>\t43\t0\t-5\t8\t9\n", ""),
            ("<>", ""),
            ("\t263\t", "\t\t"),
            ("\t-5\t", "\tx\t"),
            ("\t0\t-5\t8\t9\n", "\t0\t-5\t8\n"),
            ("message\t8\t", "message\t7\t"),
            ("waiting\tlocal", "waiting\tnowhere"),
            ("%25", "%2"),
            ("%25", "%"),
            ("%25", "%zz"),
            ("%25", "\\"),
            ("delivery\t6", "delivery\t5"),
            ("delivery\t6", "delivery\t18446744073709551616"),
            ("\t44\t\t3\n", "\t44\t\n"),
            ("\t44\t\t3\n", "\t44\t\t3\t\n"),
            ("\t7\t8\t7\t\t", "\t7\t8\t6\t\t"),
            ("\t7\t8\t7\t\t", "\t7\t8\t7\t1\t"),
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
            Err(Stop::Usage(subject, _)) => assert_eq!(subject, "state:5"),
            other => panic!("{other:?}"),
        }
    }
}
