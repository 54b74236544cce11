//! What qmail-send writes.

use bstr::ByteSlice;

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// To a mailbox of this host.
    Local,
    /// To another host.
    Remote,
}

impl Channel {
    /// The word of the log.
    pub fn name(self) -> &'static str {
        match self {
            Channel::Local => "local",
            Channel::Remote => "remote",
        }
    }

    /// The channel of that name.
    pub fn named(word: &[u8]) -> Option<Self> {
        [Channel::Local, Channel::Remote].into_iter().find(|one| one.name().as_bytes() == word)
    }
}

/// How an attempt to deliver ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The message arrived.
    Success,
    /// It will not be tried again.
    Failure,
    /// It will be tried again.
    Deferral,
    /// The report of the program that delivers made no sense; it will be tried again.
    Mangled,
}

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A message came into the queue. Its number is the inode of its file, and comes again.
    NewMessage {
        /// Its number.
        message: u64,
    },
    /// What the message is.
    Info {
        /// Its number.
        message: u64,
        /// Its size in the queue.
        bytes: u64,
        /// The envelope sender, without the `<>` around it; empty is the null sender.
        sender: &'a [u8],
        /// The process number of the qmail-queue that took it in.
        qp: u64,
        /// The user number of that.
        uid: u64,
    },
    /// An attempt to deliver begins.
    Start {
        /// The number of the attempt: 1 for the first of each run of qmail-send, then one more.
        delivery: u64,
        /// The message.
        message: u64,
        /// Where it goes.
        channel: Channel,
        /// The envelope recipient: the rest of the line.
        recipient: &'a [u8],
    },
    /// An attempt to deliver ended.
    End {
        /// The number that its start named.
        delivery: u64,
        /// How.
        outcome: Outcome,
        /// The report, made one word; empty for a mangled one.
        report: &'a [u8],
    },
    /// A bounce went into the queue.
    Bounce {
        /// The message that bounced.
        message: u64,
        /// The process number of the bounce's qmail-queue.
        qp: u64,
    },
    /// A bounce of a bounce of a bounce was thrown away.
    TripleBounce {
        /// The message that bounced.
        message: u64,
    },
    /// A message left the queue.
    MessageDone {
        /// Its number.
        message: u64,
    },
    /// How many deliveries are under way.
    Status,
    /// qmail-send ends; it waited for all its deliveries.
    Exiting,
    /// qmail-send begins.
    Running,
    /// A warning, an alert, or another remark about no single delivery.
    Remark,
    /// Nothing that qmail-send writes.
    Other,
}

/// Why a line that begins like one of qmail-send's is none.
pub type Broken = &'static str;

impl<'a> Event<'a> {
    /// Reads what qmail-send wrote; an error if it begins as qmail-send's lines do, but is broken.
    pub fn read(text: &'a [u8]) -> Result<Self, Broken> {
        // One by one, the frequent ones first: a comparison with a text of known length is a few
        // instructions, one with an entry of a table is a call.
        if let Some(rest) = text.strip_prefix(b"status: ") {
            return Ok(if rest.starts_with(b"exiting") { Event::Exiting } else { Event::Status });
        }
        if let Some(rest) = text.strip_prefix(b"starting delivery ") {
            return start(Words(rest));
        }
        if let Some(rest) = text.strip_prefix(b"delivery ") {
            return end(Words(rest));
        }
        if let Some(rest) = text.strip_prefix(b"new msg ") {
            return Ok(Event::NewMessage { message: Words(rest).last_number()? });
        }
        if let Some(rest) = text.strip_prefix(b"info msg ") {
            return info(Words(rest));
        }
        if let Some(rest) = text.strip_prefix(b"end msg ") {
            return Ok(Event::MessageDone { message: Words(rest).last_number()? });
        }
        if let Some(rest) = text.strip_prefix(b"bounce msg ") {
            return bounce(Words(rest));
        }
        if let Some(rest) = text.strip_prefix(b"triple bounce: discarding ") {
            return triple_bounce(Words(rest));
        }
        // the last is that of the patch spamcontrol
        let remarks = [&b"warning: "[..], b"alert: ", b"double bounce: discarding "];
        Ok(match text {
            b"running" => Event::Running,
            b"exiting" => Event::Exiting,
            _ if remarks.iter().any(|remark| text.starts_with(remark)) => Event::Remark,
            _ => Event::Other,
        })
    }
}

fn bounce(mut rest: Words<'_>) -> Result<Event<'_>, Broken> {
    let message = rest.number()?;
    rest.literal(b" qp ")?;
    Ok(Event::Bounce { message, qp: rest.last_number()? })
}

fn triple_bounce(mut rest: Words<'_>) -> Result<Event<'_>, Broken> {
    rest.literal(b"bounce/")?;
    Ok(Event::TripleBounce { message: rest.last_number()? })
}

fn info(mut rest: Words<'_>) -> Result<Event<'_>, Broken> {
    let message = rest.number()?;
    rest.literal(b": bytes ")?;
    let bytes = rest.number()?;
    rest.literal(b" from <")?;
    // a sender may hold anything, so its end is sought from the right
    let end = rest.0.rfind(b"> qp ").ok_or(CUT_SHORT)?;
    let sender = &rest.0[..end];
    let mut rest = Words(&rest.0[end..]);
    rest.literal(b"> qp ")?;
    let qp = rest.number()?;
    rest.literal(b" uid ")?;
    Ok(Event::Info { message, bytes, sender, qp, uid: rest.last_number()? })
}

fn start(mut rest: Words<'_>) -> Result<Event<'_>, Broken> {
    let delivery = rest.number()?;
    rest.literal(b": msg ")?;
    let message = rest.number()?;
    rest.literal(b" to ")?;
    let (channel, recipient) = rest.0.split_once_str(b" ").ok_or(CUT_SHORT)?;
    let channel = Channel::named(channel).ok_or("neither to local nor to remote")?;
    if recipient.is_empty() {
        return Err(CUT_SHORT);
    }
    Ok(Event::Start { delivery, message, channel, recipient })
}

fn end(mut rest: Words<'_>) -> Result<Event<'_>, Broken> {
    let delivery = rest.number()?;
    rest.literal(b": ")?;
    for (word, outcome) in [
        (&b"success:"[..], Outcome::Success),
        (b"failure:", Outcome::Failure),
        (b"deferral:", Outcome::Deferral),
    ] {
        if let Some(report) = rest.0.strip_prefix(word) {
            return Ok(Event::End { delivery, outcome, report: report.trim_ascii_start() });
        }
    }
    if rest.0.starts_with(b"report mangled") {
        return Ok(Event::End { delivery, outcome: Outcome::Mangled, report: b"" });
    }
    Err("neither success, failure nor deferral")
}

const CUT_SHORT: Broken = "cut short, or not as qmail-send writes it";
const NO_NUMBER: Broken = "a number is missing";
const TOO_LARGE: Broken = "a number has more than 64 bits";

/// What is left to read of a line.
#[derive(Clone, Copy)]
struct Words<'a>(&'a [u8]);

impl Words<'_> {
    fn literal(&mut self, word: &[u8]) -> Result<(), Broken> {
        self.0 = self.0.strip_prefix(word).ok_or(CUT_SHORT)?;
        Ok(())
    }

    fn number(&mut self) -> Result<u64, Broken> {
        let mut value = 0_u64;
        let mut length = 0;
        for byte in self.0.iter().take_while(|byte| byte.is_ascii_digit()) {
            let digit = u64::from(byte - b'0');
            value =
                value.checked_mul(10).and_then(|ten| ten.checked_add(digit)).ok_or(TOO_LARGE)?;
            length += 1;
        }
        self.0 = &self.0[length..];
        if length > 0 { Ok(value) } else { Err(NO_NUMBER) }
    }

    /// A number after which nothing follows but, from a patched qmail-send, further words.
    fn last_number(mut self) -> Result<u64, Broken> {
        let number = self.number()?;
        if matches!(self.0.first(), None | Some(b' ')) { Ok(number) } else { Err(CUT_SHORT) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::reference::read as reference;
    use super::*;

    const LINES: [&[&str]; 14] = [
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
    ];

    const ODD: [&str; 16] = [
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
        /// One of the lines, some of its parts replaced, followed or left out.
        fn holds(line: u8, edits: Vec<(u8, u8)>) -> bool {
            let mut parts = LINES[usize::from(line) % LINES.len()].to_vec();
            for (place, odd) in edits.into_iter().take(3) {
                let odd = usize::from(odd);
                let place = usize::from(place) % parts.len();
                match odd % 3 {
                    0 => parts[place] = ODD[odd / 3 % ODD.len()],
                    1 => parts.insert(place + 1, ODD[odd / 3 % ODD.len()]),
                    _ => parts.truncate(place + 1),
                }
            }
            let text = parts.concat();
            Event::read(text.as_bytes()).ok() == reference(text.as_bytes())
        }
        quickcheck::QuickCheck::new()
            .tests(50_000)
            .quickcheck(holds as fn(u8, Vec<(u8, u8)>) -> bool);
        for line in LINES {
            assert!(reference(line.concat().as_bytes()).is_some_and(|event| event != Event::Other));
        }
    }

    /// From the comments of `AWStats` and from fehcom.de's pages.
    #[test]
    fn published_lines() {
        let text = b"info msg 28857444: bytes 7816 from <feh@fehcom.de> qp 17808 uid 7005";
        let (message, bytes, sender) = (28_857_444, 7816, &b"feh@fehcom.de"[..]);
        let info = Event::Info { message, bytes, sender, qp: 17_808, uid: 7005 };
        assert_eq!(Event::read(text), Ok(info));
        let text = b"starting delivery 3714: msg 163844 to local name@maildomain.com";
        let recipient = &b"name@maildomain.com"[..];
        let channel = Channel::Local;
        let start = Event::Start { delivery: 3714, message: 163_844, channel, recipient };
        assert_eq!(Event::read(text), Ok(start));
        let (delivery, outcome, report) = (251, Outcome::Success, &b"did_0+0+1/"[..]);
        let end = Event::End { delivery, outcome, report };
        assert_eq!(Event::read(b"delivery 251: success: did_0+0+1/"), Ok(end));
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
            assert_eq!(Event::read(text.as_bytes()), Err(why), "{text}");
        }
    }

    #[test]
    fn senders_hold_anything() {
        let text = b"info msg 1: bytes 2 from <> qp 3 uid 4> qp 5 uid 6";
        let sender = &b"> qp 3 uid 4"[..];
        let info = Event::Info { message: 1, bytes: 2, sender, qp: 5, uid: 6 };
        assert_eq!(Event::read(text), Ok(info));
    }
}
