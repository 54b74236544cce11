//! The same reading word by word, to compare with; the fuzz targets take this file too.

use bstr::ByteSlice;

use super::{Channel, Event, Outcome, Record};

/// What [`Record::read`] gives; an error is `None`.
pub fn read(text: &[u8]) -> Option<Record<'_>> {
    let before_colon = |word: &'_ [u8]| digits(word.strip_suffix(b":")?);
    let words: Vec<&[u8]> = text.split(|byte| *byte == b' ').collect();
    // from the start of one word to the end of another
    let span = |from: usize, to: usize| {
        let place = |word: &[u8]| word.as_ptr() as usize - text.as_ptr() as usize;
        &text[place(words[from])..place(words[to]) + words[to].len()]
    };
    let last = words.len() - 1;
    let mut queue = &b""[..];
    let event = match words.as_slice() {
        [b"status:", word, ..] if word.starts_with(b"exiting") => Event::Exiting,
        [b"status:", _, ..] => Event::Status,
        [b"new", b"msg", m, rest @ ..] => {
            queue = name(rest).unwrap_or(queue);
            Event::NewMessage { message: digits(m)? }
        }
        [b"end", b"msg", m, rest @ ..] => {
            queue = name(rest).unwrap_or(queue);
            Event::MessageDone { message: digits(m)? }
        }
        [b"bounce", b"msg", m, b"qp", q, rest @ ..] => {
            queue = name(rest).unwrap_or(queue);
            Event::Bounce { message: digits(m)?, qp: digits(q)? }
        }
        [b"triple", b"bounce:", b"discarding", file, rest @ ..] => {
            queue = name(rest).unwrap_or(queue);
            Event::TripleBounce { message: digits(file.strip_prefix(b"bounce/")?)? }
        }
        [b"info", b"msg", m, b"bytes", b, b"from", open, ..] if open.starts_with(b"<") => {
            let at = |i: &usize| words[*i].ends_with(b">") && words[*i + 1] == b"qp";
            let close = (6..last - 1).rev().find(at)?;
            let sender = span(6, close);
            let [q, b"uid", u, rest @ ..] = words.get(close + 2..)? else { return None };
            queue = name(rest).unwrap_or(queue);
            Event::Info {
                message: before_colon(m)?,
                bytes: digits(b)?,
                sender: &sender[1..sender.len() - 1],
                qp: digits(q)?,
                uid: digits(u)?,
            }
        }
        [b"starting", b"delivery", d, b"msg", m, b"to", channel, rest @ ..] => {
            return read_start(d, m, channel, rest);
        }
        [b"delivery", d, _, ..] => return read_end(d, span(2, last)),
        [b"warning:" | b"alert:", _, ..] | [b"double", b"bounce:", b"discarding", _, ..] => {
            Event::Remark
        }
        [b"info" | b"bounce", b"msg", _, ..]
        | [b"starting", b"delivery", _, ..]
        | [b"delivery", _] => return None,
        [b"running"] => Event::Running,
        [b"exiting"] => Event::Exiting,
        _ => Event::Other,
    };
    Some(Record { event, queue })
}

fn read_start<'a>(d: &'a [u8], m: &[u8], channel: &[u8], rest: &[&'a [u8]]) -> Option<Record<'a>> {
    let (delivery, of_queue) = delivery(d)?;
    let at = rest.iter().position(|word| !word.is_empty())?;
    let queue = name(&rest[at + 1..]).unwrap_or(of_queue);
    let channel = match channel {
        b"local" => Channel::Local,
        b"remote" => Channel::Remote,
        _ => digits(channel.strip_prefix(b"suppl")?).map(|_| Channel::Remote)?,
    };
    let event = Event::Start { delivery, message: digits(m)?, channel, recipient: rest[at] };
    Some(Record { event, queue })
}

fn read_end<'a>(d: &'a [u8], text: &'a [u8]) -> Option<Record<'a>> {
    let (delivery, of_queue) = delivery(d)?;
    let (outcome, report) = read_report(text)?;
    let words: Vec<&[u8]> = report.split(|byte| *byte == b' ').collect();
    let named = name(&words[1..]).filter(|_| outcome != Outcome::Mangled);
    let mangled = text.strip_prefix(MANGLED).and_then(|rest| {
        let words: Vec<&[u8]> = rest.strip_prefix(b" ")?.split_str(" ").collect();
        name(&words)
    });
    let queue = named.or(mangled).unwrap_or(of_queue);
    let report = if named.is_some() { words[0] } else { report };
    Some(Record { event: Event::End { delivery, outcome, report }, queue })
}

const MANGLED: &[u8] = b"report mangled, will defer";

fn digits(word: &[u8]) -> Option<u64> {
    let all = !word.is_empty() && word.iter().all(u8::is_ascii_digit);
    all.then(|| std::str::from_utf8(word).unwrap().parse().ok())?
}

/// The one word of `rest`, if it may be a name and nothing but blanks is besides.
fn name<'a>(rest: &[&'a [u8]]) -> Option<&'a [u8]> {
    let mut words: Vec<_> = rest.iter().copied().filter(|word| !word.is_empty()).collect();
    let name = words.pop().filter(|_| words.is_empty())?;
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    (name[0].is_ascii_alphabetic() && name.iter().all(is_part)).then_some(name)
}

/// The number of a delivery and that of its queue, before a colon.
fn delivery(word: &[u8]) -> Option<(u64, &[u8])> {
    let word = word.strip_suffix(b":")?;
    let Some((number, queue)) = word.split_once_str(b".") else {
        return Some((digits(word)?, b""));
    };
    digits(queue)?;
    Some((digits(number)?, queue))
}

fn read_report(words: &[u8]) -> Option<(Outcome, &[u8])> {
    let (outcome, report) = match words.split_once_str(b":") {
        Some((b"success", report)) => (Outcome::Success, report),
        Some((b"failure", report)) => (Outcome::Failure, report),
        Some((b"deferral", report)) => (Outcome::Deferral, report),
        _ if words.starts_with(b"report mangled") => (Outcome::Mangled, MANGLED),
        _ => return None,
    };
    Some((outcome, report.trim_ascii()))
}
