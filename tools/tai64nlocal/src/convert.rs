//! Labels to times, in blocks of whole lines.

use common::bytes::scan::{Found, Level, PART, Vectors, dispatch};
use common::time::label::{self, LENGTH};
use common::time::{Clock, Zone, clock};
use memchr::memchr;

use crate::batch::{Batch, LINES, Line, PIECE};
use crate::{Form, Opts};

/// No time is longer: a year of ten digits, a fraction, an offset with seconds.
const LONGEST: usize = 64;
/// Most are no longer; a store less for each line counts.
const MOST: usize = 32;
/// Room for any line's first piece, wherever in 256 bytes a time may end.
const ROOM: usize = 256 + PIECE;

/// Writes labels as times. The time of the last label is kept: the next differs mostly in its
/// fraction.
#[derive(Debug)]
pub struct Converter {
    level: Level,
    form: Form,
    s6: bool,
    clock: Clock,
    /// The sixteen digits of the second that `time` was made for.
    second: [u8; 16],
    time: [u8; LONGEST],
    /// Where `time` is made.
    text: Vec<u8>,
    /// No larger than [`LONGEST`], but the compiler can see only that it fits a byte.
    length: u8,
    /// Where in `time` the fraction stands.
    fraction: u8,
}

impl Converter {
    /// A converter that starts out with the time of the epoch's label.
    pub fn new(opts: &Opts) -> Self {
        let zone = if opts.utc { Zone::utc() } else { Zone::local() };
        let mut converter = Converter {
            level: Level::new(),
            form: opts.form,
            s6: opts.s6,
            clock: Clock::new(zone),
            second: [0; 16],
            time: [0; LONGEST],
            text: Vec::new(),
            length: 0,
            fraction: 0,
        };
        converter.turn_to(b"400000000000000a00000000");
        converter
    }

    /// Converts the labels that lines begin with: `@`, 24 hex digits, then a blank, a TAB or the
    /// end of the line. Writes the converted block over `text` and returns how long it is.
    pub fn convert_starts(&mut self, block: &[u8], text: &mut Vec<u8>) -> usize {
        if text.len() < room_for(block.len()) {
            // blocks differ a little in length: made once, it is as the kernel hands it out
            *text = vec![0; room_for(block.len().next_power_of_two())];
        }
        let (mut from, mut to) =
            dispatch!(self.level, vectors => self.convert_batches(vectors, block, text));
        while from < block.len() {
            let rest = &block[from..];
            let line = &rest[..memchr(b'\n', rest).map_or(rest.len(), |end| end + 1)];
            to += self.convert_line(line, &mut text[to..]);
            from += line.len();
        }
        to
    }

    /// Converts a line, and returns how long it is then.
    fn convert_line(&mut self, line: &[u8], place: &mut [u8]) -> usize {
        let (mut length, mut rest) = (0, line);
        if let [b'@', after @ ..] = line
            && let Some((digits, after)) = after.split_first_chunk()
            && matches!(after.first(), None | Some(b' ' | b'\t' | b'\n'))
            && let Some(place) = place.first_chunk_mut()
            && self.convert(digits, place)
        {
            (length, rest) = (usize::from(self.length), after);
        }
        place[length..length + rest.len()].copy_from_slice(rest);
        length + rest.len()
    }

    /// Converts all lines but those near the end, many at once. Returns how much of the block was
    /// converted, and how long it is then.
    #[inline(always)]
    fn convert_batches<V: Vectors>(
        &mut self,
        vectors: V,
        block: &[u8],
        text: &mut [u8],
    ) -> (usize, usize) {
        let mut done = (0, 0);
        let (mut found, mut batch) = (Found::default(), Batch::default());
        for (base, part) in (0..).step_by(PART).zip(block.as_chunks().0) {
            for ends in found.of(vectors, part, b'\n').chunks(LINES) {
                let taken = batch.take(block, done.0, base, ends);
                for line in batch.lines() {
                    let Some(length) = self.convert_in_pieces(&line, block, text, done) else {
                        return done;
                    };
                    done = (line.end, done.1 + length);
                }
                if taken < ends.len() {
                    return done;
                }
            }
        }
        done
    }

    /// Writes a line, and up to a piece too much. `None` if there is no room for that.
    #[inline(always)]
    fn convert_in_pieces(
        &mut self,
        line: &Line<'_>,
        block: &[u8],
        text: &mut [u8],
        (from, to): (usize, usize),
    ) -> Option<usize> {
        let text = text.get_mut(to..)?;
        let place: &mut [u8; ROOM] = text.first_chunk_mut()?;
        let is_label = self.write_time(line, place);
        let (label, time) = if is_label { (LENGTH, usize::from(self.length)) } else { (0, 0) };
        let rest: &[u8; PIECE] = line.text.get(label..)?.first_chunk()?;
        let place: &mut [u8; PIECE] = place.get_mut(time..)?.first_chunk_mut()?;
        *place = *rest;
        let length = line.end - from - label;
        if length > PIECE {
            let rest = block.get(from + label + PIECE..line.end + PIECE)?.as_chunks::<PIECE>().0;
            let places = text.get_mut(time + PIECE..)?.as_chunks_mut::<PIECE>().0;
            for (place, piece) in places.iter_mut().zip(rest) {
                *place = *piece;
            }
        }
        Some(time + length)
    }

    /// Writes the time of a line of a batch, if it begins with a label.
    #[inline(always)]
    fn write_time(&mut self, line: &Line<'_>, place: &mut [u8; ROOM]) -> bool {
        let Some(digits) = line.label() else { return false };
        if digits.first_chunk() != Some(&self.second) && !self.turn_to(digits) {
            return false;
        }
        let (Some(start), Some(most)) = (place.first_chunk_mut::<MOST>(), self.time.first_chunk())
        else {
            return false;
        };
        *start = *most;
        if usize::from(self.length) > MOST {
            let Some(time) = place.first_chunk_mut() else { return false };
            *time = self.time;
        }
        let Some(nanos) = place[usize::from(self.fraction) + 1..].first_chunk_mut() else {
            return false;
        };
        *nanos = line.nanos();
        true
    }

    /// Converts every `@` and 24 hex digits that no further hex digit follows.
    pub fn convert_anywhere(&mut self, block: &[u8], buffer: &mut Vec<u8>) {
        let mut rest = block;
        while let Some(at) = memchr(b'@', rest) {
            buffer.extend_from_slice(&rest[..at]);
            rest = &rest[at + 1..];
            let mut time = [0; LONGEST];
            match rest.split_first_chunk() {
                Some((digits, after))
                    if !after.first().is_some_and(u8::is_ascii_hexdigit)
                        && self.convert(digits, &mut time) =>
                {
                    buffer.extend_from_slice(&time[..usize::from(self.length)]);
                    rest = after;
                }
                _ => buffer.push(b'@'),
            }
        }
        buffer.extend_from_slice(rest);
    }

    /// Writes the time of the label with these digits, if it is one: `self.length` bytes, and
    /// anything after them.
    #[inline(always)]
    fn convert(&mut self, digits: &[u8; LENGTH - 1], place: &mut [u8; LONGEST]) -> bool {
        let (Some(second), Some(nanos)) = (digits.first_chunk(), digits.last_chunk()) else {
            return false;
        };
        let Some(nanos) = label::hex(nanos).filter(|nanos| *nanos < 1_000_000_000) else {
            return false;
        };
        if *second != self.second && !self.turn_to(digits) {
            return false;
        }
        *place = self.time;
        if let Some(fraction) = place[usize::from(self.fraction)..].first_chunk_mut() {
            *fraction = clock::fraction(nanos);
        }
        true
    }

    /// Prepares for labels of another second.
    #[cold]
    fn turn_to(&mut self, digits: &[u8; LENGTH - 1]) -> bool {
        let Some(mut instant) = label::parse(digits) else { return false };
        if self.s6 {
            instant = label::without_leap_seconds(instant);
        }
        // most often only the second is another
        let fraction = usize::from(self.fraction);
        if self.form != Form::Unix
            && let Some(second) = self.clock.second_of_minute(instant.seconds)
            && let Some(place) = self.time[..fraction].last_chunk_mut()
        {
            *place = second;
            self.second.copy_from_slice(&digits[..16]);
            return true;
        }
        let Converter { clock, text, .. } = self;
        text.clear();
        match self.form {
            Form::Local => clock.write(instant.seconds, text),
            Form::Iso => clock.write_iso(instant.seconds, Some(0), text),
            Form::Unix => text.extend_from_slice(instant.seconds.to_string().as_bytes()),
        }
        let fraction = memchr(b'.', text).unwrap_or(text.len());
        if self.form != Form::Iso {
            text.extend_from_slice(&clock::fraction(0));
        }
        let Some(place) = self.time.get_mut(..text.len()) else { return false };
        place.copy_from_slice(text);
        let (Ok(length), Ok(fraction)) = (u8::try_from(text.len()), u8::try_from(fraction)) else {
            return false;
        };
        (self.length, self.fraction) = (length, fraction);
        self.second.copy_from_slice(&digits[..16]);
        true
    }
}

/// Room for the text of any block of this length, and for what is copied too far.
fn room_for(block: usize) -> usize {
    block + (block / LENGTH + 2) * (LONGEST - LENGTH) + ROOM
}

#[cfg(test)]
mod tests {
    use common::bytes::scan::levels;
    use quickcheck::{Arbitrary, Gen};

    use super::*;

    fn converter(form: Form) -> Converter {
        Converter::new(&Opts { utc: true, form, anywhere: false, s6: false, files: Vec::new() })
    }

    /// The twin: line by line, each with a clock of its own.
    fn naive(block: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        for line in block.split_inclusive(|byte| *byte == b'\n') {
            let ends = matches!(line.get(LENGTH), None | Some(b' ' | b'\t' | b'\n'));
            match label::at_start(line).filter(|_| ends) {
                Some(instant) => {
                    Clock::new(Zone::utc()).write(instant.seconds, &mut text);
                    text.extend_from_slice(
                        format!(".{:09}", instant.nanos.unwrap_or(0)).as_bytes(),
                    );
                    text.extend_from_slice(&line[LENGTH..]);
                }
                None => text.extend_from_slice(line),
            }
        }
        text
    }

    #[test]
    fn blocks_are_what_the_twin_makes_of_them() {
        const PIECES: [&[u8]; 15] = [
            b"@400000006b0276da00000005",
            b"\n",
            b"@400000006b0276da3b9ac9ff",
            b" ",
            b"@400000006b0276db3b9aca00",
            b"@400000006B0276DC0000000A",
            // of the minute before, and of the one after
            b"@400000006b0276d900000007",
            b"@400000006b02771600000008",
            b"\n@400000006b0276da0000000g ",
            b"@",
            b"\n",
            b"\t",
            b"text",
            b"a piece of a line that is a good deal longer than one step of the copying loop is",
            b"@ffffffffffffffffffffffff",
        ];
        let mut random = Gen::from_size_and_seed(0, 1);
        let mut text = Vec::new();
        let mut converters: Vec<_> = levels()
            .into_iter()
            .map(|level| Converter { level, ..converter(Form::Local) })
            .collect();
        for round in 0..8_000 {
            // whole batches, with lines of a few bytes or of many, or what a person types
            let most = if round % 8 == 0 { 3_000 } else { 12 };
            let pieces = usize::arbitrary(&mut random) % most;
            let kinds = 2 + usize::arbitrary(&mut random) % (PIECES.len() - 1);
            let mut block = Vec::new();
            for _ in 0..pieces {
                block.extend_from_slice(random.choose(&PIECES[..kinds]).unwrap());
            }
            let expected = naive(&block);
            for one in &mut converters {
                let length = one.convert_starts(&block, &mut text);
                assert_eq!(text[..length], expected, "{:?}", String::from_utf8_lossy(&block));
            }
        }
    }

    /// What looks like the label of a second that was never seen is none.
    #[test]
    fn no_second_is_known_before_the_first_label() {
        for byte in 0..=255 {
            let block = [&b"@"[..], &[byte; 16], b"00000005 text\n"].concat();
            let mut text = Vec::new();
            let length = converter(Form::Local).convert_starts(&block, &mut text);
            assert_eq!(text[..length], naive(&block), "{byte}");
        }
    }

    /// Nothing is as long, so nothing is cut.
    #[test]
    fn there_is_room_for_the_longest_time() {
        for form in [Form::Local, Form::Iso, Form::Unix] {
            let block = b"@3f0f3d627974028b00000000\n".repeat(100);
            let block = [b"@40f0c29d868bfd893b9ac9ff\n".repeat(100), block].concat();
            let mut text = Vec::new();
            let mut converter = converter(form);
            let length = converter.convert_starts(&block, &mut text);
            assert_eq!(text[..length].split(|byte| *byte == b'\n').count(), 201);
            assert!(text.starts_with(b"2147483647-12-31") || form == Form::Unix, "{form:?}");
        }
    }
}
