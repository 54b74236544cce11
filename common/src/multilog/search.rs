//! Finds lines by their times in the text of a file, at any place and without reading it whole.

use std::io::{self, Read};

use bstr::ByteSlice;
use memchr::{memchr, memchr_iter};

use super::labels::{Label, label_at_start};
use super::position::TAIL;
use super::text::Text;
use crate::filter::{BLOCK_BYTES, LineBuffer};

/// The first bytes of a file: a label at least, if the file is that long.
pub fn head_of(text: &mut Text<'_>) -> io::Result<Vec<u8>> {
    let mut head = vec![0; TAIL];
    let length = text.read_at(&mut head, 0)?;
    head.truncate(length);
    Ok(head)
}

/// The place after the first line, if that has an end.
pub fn end_of_first_line(text: &mut Text<'_>) -> io::Result<Option<u64>> {
    let mut block = vec![0; BLOCK_BYTES];
    let mut at = 0;
    loop {
        let length = text.read_at(&mut block, at)?;
        if let Some(newline) = memchr(b'\n', &block[..length]) {
            return Ok(Some(at + newline as u64 + 1));
        }
        if length == 0 {
            return Ok(None);
        }
        at += length as u64;
    }
}

/// The start of a line from `low` on, itself the start of one, before which nothing has the label
/// `since` or a later one, and not many bytes before the first that has. `label_of` gives the label
/// of a line. Labels are in order; lines without one are passed over. In a compressed file there is
/// no way but to read on from `low`.
pub fn offset_before(
    text: &mut Text<'_>,
    mut low: u64,
    since: Label,
    mut label_of: impl FnMut(&[u8]) -> Option<Label>,
) -> io::Result<u64> {
    let Some(mut high) = text.length()? else { return Ok(low) };
    while high.saturating_sub(low) > BLOCK_BYTES as u64 {
        let middle = low + (high - low) / 2;
        match first_with(text, middle, high, &mut label_of)? {
            Some((start, label)) if label < since => low = start,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// The earliest label of the first two lines that have one: the first may be the rest of a line, and
/// its label a client's.
pub fn first_time(text: &mut Text<'_>) -> io::Result<Option<Label>> {
    let head = label_at_start(&head_of(text)?);
    let second = first_labelled(text, 0, u64::MAX)?.map(|(_, label)| label);
    Ok(head.into_iter().chain(second).min())
}

/// Where the first line with this label begins. Labels are in order.
pub fn first_of(text: &mut Text<'_>, label: Label) -> io::Result<Option<u64>> {
    if label_at_start(&head_of(text)?) == Some(label) {
        return Ok(Some(0));
    }
    let from = offset_before(text, 0, label, label_at_start)?;
    let reached = |line: &[u8]| label_at_start(line).filter(|found| *found >= label);
    let next = first_with(text, from, u64::MAX, reached)?;
    Ok(next.filter(|(_, found)| *found == label).map(|(start, _)| start))
}

/// Hands the lines with this label, and those without one behind them, to `each` with the places
/// after them; one that has no end is left out. Reads the whole text, so labels need not be in order.
pub fn lines_of(
    text: &mut Text<'_>,
    label: Label,
    mut each: impl FnMut(&[u8], u64),
) -> io::Result<()> {
    let (mut rest, mut end, mut has_label) = (Rest { text, at: 0 }, 0, false);
    let mut lines = LineBuffer::new(BLOCK_BYTES);
    while lines.read(&mut rest)? > 0 {
        for line in lines.lines().lines_with_terminator() {
            end += line.len() as u64;
            has_label = label_at_start(line).map_or(has_label, |found| found == label);
            if has_label {
                each(line, end);
            }
        }
        lines.consume(lines.lines().len());
        lines.forget_consumed();
    }
    Ok(())
}

/// A text from a place on.
struct Rest<'a, 'b> {
    text: &'a mut Text<'b>,
    at: u64,
}

impl Read for Rest<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.text.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// The first line that starts with a label after `from` and before `end`.
pub fn first_labelled(
    text: &mut Text<'_>,
    from: u64,
    end: u64,
) -> io::Result<Option<(u64, Label)>> {
    first_with(text, from, end, label_at_start)
}

/// Has a line behind the first of a file a later label than this?
pub fn has_line_after(text: &mut Text<'_>, label: Label) -> io::Result<bool> {
    let later = |line: &[u8]| label_at_start(line).filter(|found| *found > label);
    first_with(text, 0, u64::MAX, later).map(|found| found.is_some())
}

/// The first line for which `label_of` gives a label after `from` and before `end`.
fn first_with(
    text: &mut Text<'_>,
    from: u64,
    end: u64,
    mut label_of: impl FnMut(&[u8]) -> Option<Label>,
) -> io::Result<Option<(u64, Label)>> {
    /// A stamp takes no more, with what may stand before it.
    const STAMP_BYTES: usize = 64;
    let mut block = vec![0; 4096];
    let mut at = from;
    while at < end {
        let length = text.read_at(&mut block, at)?;
        let bytes = &block[..length];
        for newline in memchr_iter(b'\n', bytes) {
            let rest = &bytes[newline + 1..];
            if rest.len() < STAMP_BYTES && length == block.len() {
                // it is whole in the next block
                break;
            }
            let line = &rest[..memchr(b'\n', rest).unwrap_or(rest.len())];
            if let Some(label) = label_of(line) {
                let start = at + newline as u64 + 1;
                return Ok((start < end).then_some((start, label)));
            }
        }
        match length.checked_sub(STAMP_BYTES) {
            Some(step) if step > 0 => at += step as u64,
            _ => break,
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::multilog::label_of;
    use crate::time::Instant;

    /// The search skips most of what comes before a time, and nothing of what does not.
    #[test]
    fn the_search_stops_before_the_first_line() {
        const LINES: i64 = 40_000;
        let at_second = |seconds| label_of(Instant { seconds, nanos: None });
        let (mut text, mut starts) = (Vec::new(), Vec::new());
        for second in 0..LINES {
            starts.push(text.len() as u64);
            text.extend_from_slice(&at_second(second));
            text.extend_from_slice(b" text\nwithout a label\n");
        }
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&text).unwrap();
        for second in [0, 1, 999, 20_000, LINES - 1, LINES] {
            let mut looks = Text::plain(&file);
            let found = offset_before(&mut looks, 0, at_second(second), label_at_start).unwrap();
            let place = usize::try_from(second).unwrap();
            let first = starts.get(place).copied().unwrap_or(text.len() as u64);
            assert!(starts.contains(&found) && found <= first, "{second}: {found} {first}");
            assert!(first - found <= 2 * BLOCK_BYTES as u64, "{second}: {found} {first}");
        }
    }
}
