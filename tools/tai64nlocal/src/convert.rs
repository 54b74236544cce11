//! Labels to times, in blocks of whole lines.

use common::scan::{Level, Vectors, bits_of, dispatch};
use common::time::label::{self, LENGTH};
use common::time::{Clock, Zone, clock};
use memchr::memchr;

use crate::{Form, Opts};

/// No time is longer: a year of ten digits, a fraction, an offset with seconds.
const LONGEST: usize = 64;

/// Bytes that are copied at once.
const STEP: usize = 64;

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
    length: usize,
    /// Where in `time` the fraction stands.
    fraction: usize,
}

impl Converter {
    /// A converter that has seen no label.
    pub fn new(opts: &Opts) -> Self {
        let zone = if opts.utc { Zone::utc() } else { Zone::local() };
        Converter {
            level: Level::new(),
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
    /// end of the line. Writes the converted block over `text` and returns how long it is.
    pub fn convert_starts(&mut self, block: &[u8], text: &mut Vec<u8>) -> usize {
        let room = room_for(block.len());
        if text.len() < room {
            *text = vec![0; room];
        }
        dispatch!(self.level, vectors => self.convert_lines(vectors, block, text))
    }

    #[inline(always)]
    fn convert_lines<V: Vectors>(&mut self, vectors: V, block: &[u8], text: &mut [u8]) -> usize {
        let (mut rest, mut length) = (block, 0);
        while !rest.is_empty() {
            if let [b'@', after @ ..] = rest
                && let Some((digits, after)) = after.split_first_chunk()
                && matches!(after.first(), None | Some(b' ' | b'\t' | b'\n'))
                && let Some(place) = text[length..].first_chunk_mut()
                && self.convert(digits, place)
            {
                length += self.length;
                rest = after;
            }
            let line = copy_line(vectors, rest, &mut text[length..]);
            length += line;
            rest = &rest[line..];
        }
        length
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
                    buffer.extend_from_slice(&time[..self.length]);
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
        if let Some(fraction) = place[self.fraction..].first_chunk_mut() {
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

/// Room for the text of any block of this length, and for what [`copy_line`] copies too far.
fn room_for(block: usize) -> usize {
    block + (block / LENGTH + 2) * (LONGEST - LENGTH) + STEP
}

/// Copies a line with its newline to `place`, and returns how long it is.
///
/// Most lines end within a step: so many bytes are copied and searched at once. What is copied too
/// far is overwritten by what comes next.
#[inline(always)]
fn copy_line<V: Vectors>(vectors: V, text: &[u8], place: &mut [u8]) -> usize {
    let mut length = 0;
    while let (Some(from), Some(to)) =
        (text[length..].first_chunk::<STEP>(), place[length..].first_chunk_mut::<STEP>())
    {
        *to = *from;
        let newlines = bits_of(vectors, from, *b"\n");
        if newlines != 0 {
            return length + newlines.trailing_zeros() as usize + 1;
        }
        length += STEP;
    }
    let rest = &text[length..];
    let rest = &rest[..memchr(b'\n', rest).map_or(rest.len(), |end| end + 1)];
    place[length..length + rest.len()].copy_from_slice(rest);
    length + rest.len()
}

#[cfg(test)]
mod tests {
    use common::scan::levels;

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
        const PIECES: [&[u8]; 12] = [
            b"@400000006b0276da00000005",
            b"@400000006b0276da3b9ac9ff",
            b"@400000006b0276db3b9aca00",
            b"@400000006B0276DC0000000A",
            b"@",
            b" ",
            b"\n",
            b"\n",
            b"\t",
            b"text",
            b"a piece of a line that is a good deal longer than one step of the copying loop is",
            b"@ffffffffffffffffffffffff",
        ];
        let mut dice = 1_u64;
        let mut text = Vec::new();
        let mut converters: Vec<_> = levels()
            .into_iter()
            .map(|level| Converter { level, ..converter(Form::Local) })
            .collect();
        for _ in 0..20_000 {
            let mut block = Vec::new();
            for _ in 0..(dice >> 33) % 12 {
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let pick = usize::try_from(dice >> 33).unwrap_or(0) % PIECES.len();
                block.extend_from_slice(PIECES[pick]);
            }
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let expected = naive(&block);
            for one in &mut converters {
                let length = one.convert_starts(&block, &mut text);
                assert_eq!(text[..length], expected, "{:?}", String::from_utf8_lossy(&block));
            }
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
