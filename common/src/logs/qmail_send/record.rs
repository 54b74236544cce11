//! How the lines of qmail-send are read.

use bstr::ByteSlice;

use super::event::{Channel, Event, Outcome};

/// Why a line that begins like one of qmail-send's is none.
pub type Broken = &'static str;

/// A line, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// What the line says.
    pub event: Event<'a>,
    /// The queue that it names, where several write to one log, as those of `IndiMail`; else empty.
    pub queue: &'a [u8],
}

impl<'a> Record<'a> {
    /// Reads what qmail-send wrote; an error if it begins as qmail-send's lines do, but is broken.
    pub fn read(text: &'a [u8]) -> Result<Self, Broken> {
        let mut words = Words { rest: text, queue: b"" };
        let event = event(&mut words)?;
        Ok(Record { event, queue: words.queue })
    }
}

fn event<'a>(words: &mut Words<'a>) -> Result<Event<'a>, Broken> {
    // One by one, the frequent ones first: a comparison with a text of known length is a few
    // instructions, one with an entry of a table is a call.
    if words.skip(b"status: ") {
        let exiting = words.rest.starts_with(b"exiting");
        return Ok(if exiting { Event::Exiting } else { Event::Status });
    }
    if words.skip(b"starting delivery ") {
        return start(words);
    }
    if words.skip(b"delivery ") {
        return end(words);
    }
    if words.skip(b"new msg ") {
        return Ok(Event::NewMessage { message: words.last_number()? });
    }
    if words.skip(b"info msg ") {
        return info(words);
    }
    if words.skip(b"end msg ") {
        return Ok(Event::MessageDone { message: words.last_number()? });
    }
    if words.skip(b"bounce msg ") {
        return bounce(words);
    }
    if words.skip(b"triple bounce: discarding ") {
        words.literal(b"bounce/")?;
        return Ok(Event::TripleBounce { message: words.last_number()? });
    }
    // the last is that of the patch spamcontrol
    let remarks = [&b"warning: "[..], b"alert: ", b"double bounce: discarding "];
    Ok(match words.rest {
        b"running" => Event::Running,
        b"exiting" => Event::Exiting,
        text if remarks.iter().any(|remark| text.starts_with(remark)) => Event::Remark,
        _ => Event::Other,
    })
}

fn bounce<'a>(words: &mut Words<'a>) -> Result<Event<'a>, Broken> {
    let message = words.number()?;
    words.literal(b" qp ")?;
    Ok(Event::Bounce { message, qp: words.last_number()? })
}

fn info<'a>(words: &mut Words<'a>) -> Result<Event<'a>, Broken> {
    let message = words.number()?;
    words.literal(b": bytes ")?;
    let bytes = words.number()?;
    words.literal(b" from <")?;
    // a sender may hold anything, so its end is sought from the right
    let end = words.rest.rfind(b"> qp ").ok_or(CUT_SHORT)?;
    let sender = &words.rest[..end];
    words.rest = &words.rest[end..];
    words.literal(b"> qp ")?;
    let qp = words.number()?;
    words.literal(b" uid ")?;
    Ok(Event::Info { message, bytes, sender, qp, uid: words.last_number()? })
}

fn start<'a>(words: &mut Words<'a>) -> Result<Event<'a>, Broken> {
    let delivery = words.delivery_number()?;
    words.literal(b": msg ")?;
    let message = words.number()?;
    words.literal(b" to ")?;
    let channel = Channel::named(words.word()).ok_or("neither to local nor to remote")?;
    words.rest = without_blanks(words.rest);
    let recipient = words.word();
    if recipient.is_empty() {
        return Err(CUT_SHORT);
    }
    words.queue_name();
    Ok(Event::Start { delivery, message, channel, recipient })
}

fn end<'a>(words: &mut Words<'a>) -> Result<Event<'a>, Broken> {
    let delivery = words.delivery_number()?;
    words.literal(b": ")?;
    for (word, outcome) in [
        (&b"success:"[..], Outcome::Success),
        (b"failure:", Outcome::Failure),
        (b"deferral:", Outcome::Deferral),
    ] {
        if words.skip(word) {
            return Ok(Event::End { delivery, outcome, report: words.report() });
        }
    }
    let report = b"report mangled, will defer";
    if words.rest.starts_with(b"report mangled") {
        if words.skip(report) {
            words.queue_name();
        }
        return Ok(Event::End { delivery, outcome: Outcome::Mangled, report });
    }
    Err("neither success, failure nor deferral")
}

const CUT_SHORT: Broken = "cut short, or not as qmail-send writes it";
const NO_NUMBER: Broken = "a number is missing";
const TOO_LARGE: Broken = "a number has more than 64 bits";

/// What is left to read of a line, and the queue that it named so far.
struct Words<'a> {
    rest: &'a [u8],
    queue: &'a [u8],
}

impl<'a> Words<'a> {
    fn skip(&mut self, word: &[u8]) -> bool {
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn literal(&mut self, word: &[u8]) -> Result<(), Broken> {
        if self.skip(word) { Ok(()) } else { Err(CUT_SHORT) }
    }

    fn number(&mut self) -> Result<u64, Broken> {
        let mut value = 0_u64;
        let mut length = 0;
        for byte in self.rest.iter().take_while(|byte| byte.is_ascii_digit()) {
            let digit = u64::from(byte - b'0');
            value =
                value.checked_mul(10).and_then(|ten| ten.checked_add(digit)).ok_or(TOO_LARGE)?;
            length += 1;
        }
        self.rest = &self.rest[length..];
        if length > 0 { Ok(value) } else { Err(NO_NUMBER) }
    }

    /// The number of a delivery, which the queue's number may follow: `7.2`.
    fn delivery_number(&mut self) -> Result<u64, Broken> {
        let number = self.number()?;
        if self.skip(b".") {
            let of_queue = self.rest;
            self.number()?;
            self.queue = &of_queue[..of_queue.len() - self.rest.len()];
        }
        Ok(number)
    }

    /// A number after which nothing follows but, from a patched qmail-send, further words.
    fn last_number(&mut self) -> Result<u64, Broken> {
        let number = self.number()?;
        self.queue_name();
        if matches!(self.rest.first(), None | Some(b' ')) { Ok(number) } else { Err(CUT_SHORT) }
    }

    /// Everything up to the next blank.
    fn word(&mut self) -> &'a [u8] {
        let (word, rest) = self.rest.split_at(self.rest.find_byte(b' ').unwrap_or(self.rest.len()));
        self.rest = rest;
        word
    }

    /// A report is one word. What has more, and no queue's name at the end, is taken whole.
    fn report(&mut self) -> &'a [u8] {
        let all = self.rest.trim_ascii();
        self.rest = all;
        let word = self.word();
        if self.queue_name() { word } else { all }
    }

    /// Takes the last word for the queue's name if it looks like one, and nothing else is left.
    fn queue_name(&mut self) -> bool {
        let name = without_blanks(self.rest.strip_prefix(b" ").unwrap_or_default());
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        let is_name = name.first().is_some_and(u8::is_ascii_alphabetic) && name.iter().all(is_part);
        if is_name {
            self.queue = name;
        }
        is_name
    }
}

/// A text without the blanks round it; a TAB, say, is part of a recipient.
fn without_blanks(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] | [rest @ .., b' '] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::reference::read as reference;
    use super::*;
    use crate::logs::edits::edited;

    const LINES: [&[&str]; 17] = [
        &["new msg ", "1"],
        &["info msg ", "1", ": bytes ", "2", " from <", "s@x", "> qp ", "3", " uid ", "4"],
        &["starting delivery ", "5", ": msg ", "1", " to ", "local", " ", "r@y"],
        &["starting delivery ", "5", ": msg ", "1", " to ", "remote", " ", "r@y"],
        &["delivery ", "5", ": ", "success: ", "did_1+0+0/"],
        &["delivery ", "5", ": ", "failure: ", "no/"],
        &["delivery ", "5", ": ", "deferral: ", "later/"],
        &["delivery ", "5", ": ", "report mangled, will defer"],
        &["bounce msg ", "1", " qp ", "6"],
        &["triple bounce: discarding ", "bounce/", "1"],
        &["end msg ", "1"],
        &["status: ", "local 0/10 remote 0/20"],
        &["warning: ", "trouble"],
        &["exiting", ""],
        &["starting delivery ", "5", ".2", ": msg ", "1", " to ", "suppl0", " ", "r@y", " queue2"],
        &["delivery ", "5", ".2", ": ", "failure: ", "no/", " queue2"],
        &["info msg ", "1", ": bytes ", "2", " from <> qp ", "3", " uid ", "4", " queue2"],
    ];

    const ODD: [&str; 20] = [
        ".5",
        " queue5",
        " two words",
        " -name  ",
        "",
        " ",
        "  ",
        "x",
        "> qp ",
        "<",
        ">",
        ": ",
        "0",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999",
        "exiting",
        "success:",
        "\u{e9}",
        "report mangled",
    ];

    #[test]
    fn a_line_is_what_the_reference_says() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(line: u8, edits: Vec<(u8, u8)>) -> bool {
            let text = edited(LINES[usize::from(line) % LINES.len()], &ODD, &edits).concat();
            Record::read(text.as_bytes()).ok() == reference(text.as_bytes())
        }
        quickcheck::QuickCheck::new()
            .tests(50_000)
            .max_tests(50_000)
            .quickcheck(holds as fn(u8, Vec<(u8, u8)>) -> bool);
        for line in LINES {
            assert!(
                reference(line.concat().as_bytes())
                    .is_some_and(|found| found.event != Event::Other)
            );
        }
    }

    fn event_of(text: &[u8]) -> Result<Event<'_>, Broken> {
        Record::read(text).map(|record| record.event)
    }

    /// From the comments of `AWStats` and from fehcom.de's pages.
    #[test]
    fn published_lines() {
        let text = b"info msg 28857444: bytes 7816 from <feh@fehcom.de> qp 17808 uid 7005";
        let (message, bytes, sender) = (28_857_444, 7816, &b"feh@fehcom.de"[..]);
        let info = Event::Info { message, bytes, sender, qp: 17_808, uid: 7005 };
        assert_eq!(event_of(text), Ok(info));
        let text = b"starting delivery 3714: msg 163844 to local name@maildomain.com";
        let recipient = &b"name@maildomain.com"[..];
        let channel = Channel::Local;
        let start = Event::Start { delivery: 3714, message: 163_844, channel, recipient };
        assert_eq!(event_of(text), Ok(start));
        let (delivery, outcome, report) = (251, Outcome::Success, &b"did_0+0+1/"[..]);
        let end = Event::End { delivery, outcome, report };
        assert_eq!(event_of(b"delivery 251: success: did_0+0+1/"), Ok(end));
    }

    #[test]
    fn reasons() {
        for (text, why) in [
            ("new msg x", NO_NUMBER),
            ("new msg 18446744073709551616", TOO_LARGE),
            ("new msg 12x", CUT_SHORT),
            ("info msg 1: bytes 2 from <a@b> qp", CUT_SHORT),
            ("starting delivery 1: msg 2 to nowhere x", "neither to local nor to remote"),
            ("delivery 1: maybe", "neither success, failure nor deferral"),
        ] {
            assert_eq!(event_of(text.as_bytes()), Err(why), "{text}");
        }
    }

    #[test]
    fn senders_hold_anything() {
        let text = b"info msg 1: bytes 2 from <> qp 3 uid 4> qp 5 uid 6";
        let sender = &b"> qp 3 uid 4"[..];
        let info = Event::Info { message: 1, bytes: 2, sender, qp: 5, uid: 6 };
        assert_eq!(event_of(text), Ok(info));
    }
}
