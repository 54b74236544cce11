//! Labels to times, in blocks of whole lines.

use common::scan::Places;
use common::time::label::{self, LENGTH};
use common::time::{Clock, Zone, clock};
use memchr::memchr;

use crate::{Form, Opts};

/// No time is longer: a year of ten digits, a fraction, an offset with seconds.
const LONGEST: usize = 64;

/// Writes labels as times. The time of the last label is kept: the next differs mostly in its
/// fraction.
#[derive(Debug)]
pub struct Converter {
    form: Form,
    s6: bool,
    clock: Clock,
    /// The sixteen digits of the second that `time` was made for.
    second: [u8; 16],
    time: [u8; LONGEST],
    length: usize,
    /// Where in `time` the fraction stands.
    fraction: usize,
}

impl Converter {
    /// A converter that has seen no label.
    pub fn new(opts: &Opts) -> Self {
        let zone = if opts.utc { Zone::utc() } else { Zone::local() };
        Converter {
            form: opts.form,
            s6: opts.s6,
            clock: Clock::new(zone),
            second: [0; 16],
            time: [0; LONGEST],
            length: 0,
            fraction: 0,
        }
    }

    /// Converts the labels that lines begin with: `@`, 24 hex digits, then a blank, a TAB or the
    /// end of the line.
    pub fn convert_starts(&mut self, block: &[u8], buffer: &mut Vec<u8>) {
        let mut start = 0;
        for newline in Places::new(block, *b"\n") {
            self.convert_start(&block[start..=newline], buffer);
            start = newline + 1;
        }
        // the last line of the input may lack its end, and be a label and nothing more
        let last = &block[start..];
        let alone = last.strip_prefix(b"@").and_then(|digits| digits.try_into().ok());
        if !alone.is_some_and(|digits| self.convert(digits, buffer)) {
            self.convert_start(last, buffer);
        }
    }

    #[inline]
    fn convert_start(&mut self, line: &[u8], buffer: &mut Vec<u8>) {
        let rest = match line.split_first_chunk() {
            Some((head, rest)) if self.convert_head(head, buffer) => rest,
            _ => line,
        };
        buffer.extend_from_slice(rest);
    }

    /// Converts a label and the byte that must follow it.
    #[inline]
    fn convert_head(&mut self, head: &[u8; LENGTH + 1], buffer: &mut Vec<u8>) -> bool {
        let [b'@', digits @ .., end @ (b' ' | b'\t' | b'\n')] = head else { return false };
        let converted = self.convert(digits, buffer);
        if converted {
            buffer.push(*end);
        }
        converted
    }

    /// Converts every `@` and 24 hex digits that no further hex digit follows.
    pub fn convert_anywhere(&mut self, block: &[u8], buffer: &mut Vec<u8>) {
        let mut rest = block;
        while let Some(at) = memchr(b'@', rest) {
            buffer.extend_from_slice(&rest[..at]);
            rest = &rest[at + 1..];
            let converted = match rest.split_first_chunk() {
                Some((_, [after, ..])) if after.is_ascii_hexdigit() => None,
                Some((digits, after)) => self.convert(digits, buffer).then_some(after),
                None => None,
            };
            match converted {
                Some(after) => rest = after,
                None => buffer.push(b'@'),
            }
        }
        buffer.extend_from_slice(rest);
    }

    /// Appends the time of the label with these digits, if it is one.
    #[inline]
    fn convert(&mut self, digits: &[u8; LENGTH - 1], buffer: &mut Vec<u8>) -> bool {
        let (Some(second), Some(nanos)) = (digits.first_chunk(), digits.last_chunk()) else {
            return false;
        };
        let Some(nanos) = label::hex(nanos).filter(|nanos| *nanos < 1_000_000_000) else {
            return false;
        };
        if *second != self.second && !self.turn_to(digits) {
            return false;
        }
        // a fixed size is copied in a few instructions; what is too much is taken back
        let start = buffer.len();
        buffer.extend_from_slice(&self.time);
        let place = buffer.get_mut(start + self.fraction..).and_then(|rest| rest.first_chunk_mut());
        if let Some(place) = place {
            *place = clock::fraction(nanos);
        }
        buffer.truncate(start + self.length);
        true
    }

    /// Prepares for labels of another second.
    #[cold]
    fn turn_to(&mut self, digits: &[u8; LENGTH - 1]) -> bool {
        let Some(mut instant) = label::parse(digits) else { return false };
        if self.s6 {
            instant = label::without_leap_seconds(instant);
        }
        let mut time = Vec::with_capacity(LONGEST);
        match self.form {
            Form::Local => self.clock.write(instant.seconds, &mut time),
            Form::Iso => self.clock.write_iso(instant.seconds, Some(0), &mut time),
            Form::Unix => time.extend_from_slice(instant.seconds.to_string().as_bytes()),
        }
        self.fraction = memchr(b'.', &time).unwrap_or(time.len());
        if self.form != Form::Iso {
            time.extend_from_slice(&clock::fraction(0));
        }
        let Some(place) = self.time.get_mut(..time.len()) else { return false };
        place.copy_from_slice(&time);
        self.length = time.len();
        self.second.copy_from_slice(&digits[..16]);
        true
    }
}
