//! The same reading word by word, to compare with.

use bstr::ByteSlice;

use super::event::{Channel, Event, Outcome};

/// What [`Event::read`] gives; an error is `None`.
pub fn read(text: &[u8]) -> Option<Event<'_>> {
    let digits = |word: &[u8]| {
        let all = !word.is_empty() && word.iter().all(u8::is_ascii_digit);
        all.then(|| std::str::from_utf8(word).unwrap().parse().ok())?
    };
    let before_colon = |word: &'_ [u8]| digits(word.strip_suffix(b":")?);
    let words: Vec<&[u8]> = text.split(|byte| *byte == b' ').collect();
    // from the start of one word to the end of another
    let span = |from: usize, to: usize| {
        let place = |word: &[u8]| word.as_ptr() as usize - text.as_ptr() as usize;
        &text[place(words[from])..place(words[to]) + words[to].len()]
    };
    let last = words.len() - 1;
    Some(match words.as_slice() {
        [b"status:", word, ..] if word.starts_with(b"exiting") => Event::Exiting,
        [b"status:", _, ..] => Event::Status,
        [b"new", b"msg", m, ..] => Event::NewMessage { message: digits(m)? },
        [b"end", b"msg", m, ..] => Event::MessageDone { message: digits(m)? },
        [b"bounce", b"msg", m, b"qp", q, ..] => {
            Event::Bounce { message: digits(m)?, qp: digits(q)? }
        }
        [b"triple", b"bounce:", b"discarding", file, ..] => {
            Event::TripleBounce { message: digits(file.strip_prefix(b"bounce/")?)? }
        }
        [b"info", b"msg", m, b"bytes", b, b"from", open, ..] if open.starts_with(b"<") => {
            let at = |i: &usize| words[*i].ends_with(b">") && words[*i + 1] == b"qp";
            let close = (6..last - 1).rev().find(at)?;
            let sender = span(6, close);
            let [q, b"uid", u] = words.get(close + 2..close + 5)? else { return None };
            Event::Info {
                message: before_colon(m)?,
                bytes: digits(b)?,
                sender: &sender[1..sender.len() - 1],
                qp: digits(q)?,
                uid: digits(u)?,
            }
        }
        [b"starting", b"delivery", d, b"msg", m, b"to", channel, _, ..] => Event::Start {
            delivery: before_colon(d)?,
            message: digits(m)?,
            channel: match *channel {
                b"local" => Channel::Local,
                b"remote" => Channel::Remote,
                _ => return None,
            },
            recipient: Some(span(7, last)).filter(|all| !all.is_empty())?,
        },
        [b"delivery", d, _, ..] => read_end(before_colon(d)?, span(2, last))?,
        [b"warning:" | b"alert:", _, ..] | [b"double", b"bounce:", b"discarding", _, ..] => {
            Event::Remark
        }
        [b"info" | b"bounce", b"msg", _, ..]
        | [b"starting", b"delivery", _, ..]
        | [b"delivery", _] => return None,
        [b"running"] => Event::Running,
        [b"exiting"] => Event::Exiting,
        _ => Event::Other,
    })
}

fn read_end(delivery: u64, words: &[u8]) -> Option<Event<'_>> {
    let (outcome, report) = match words.split_once_str(b":") {
        Some((b"success", report)) => (Outcome::Success, report),
        Some((b"failure", report)) => (Outcome::Failure, report),
        Some((b"deferral", report)) => (Outcome::Deferral, report),
        _ if words.starts_with(b"report mangled") => (Outcome::Mangled, &b""[..]),
        _ => return None,
    };
    Some(Event::End { delivery, outcome, report: report.trim_ascii_start() })
}
