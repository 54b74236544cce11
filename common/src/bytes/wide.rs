//! Rows of fields that stand in longer texts, put together from copies of fixed length.

use std::ops::Range;

use super::plain::is_plain;

/// How long a row is at most.
pub const ROW_BYTES: usize = 256;

/// How much of a run is copied at once, whatever its length.
const COPY_STEP_BYTES: usize = 64;

/// How much room there is: twice as much as is read at once.
const ROOM_BYTES: usize = 512 * 1024;

/// How long what stands in no text is at most, at the end of a row.
const END_BYTES: usize = 32;

/// What a row ends with behind the fields of a text: a TAB, fields that stand in no text, a newline.
#[derive(Debug, Default)]
pub struct RowEnd {
    bytes: [u8; END_BYTES],
    length: usize,
}

impl RowEnd {
    /// `None` if it is too long.
    pub fn new(text: &[u8]) -> Option<Self> {
        let mut end = RowEnd { length: text.len(), ..RowEnd::default() };
        end.bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(end)
    }
}

/// Room for whole rows, of which none has more than `N` bytes. It is used again and again: room at
/// the end of a `Vec` would have to be cleared each time.
#[derive(Debug)]
pub struct RowRoom<const N: usize> {
    bytes: Vec<u8>,
    /// Where the rows end.
    end: usize,
}

impl<const N: usize> Default for RowRoom<N> {
    fn default() -> Self {
        // as the kernel hands it out: a few rows touch one page of it
        RowRoom { bytes: vec![0; ROOM_BYTES], end: 0 }
    }
}

impl<const N: usize> RowRoom<N> {
    /// Where the next row is to be written; `None` if there is no room left.
    #[inline(always)]
    pub fn next_row(&mut self) -> Option<&mut [u8; N]> {
        // of a known size: one comparison tells whether there is room
        let room: &mut [u8; ROOM_BYTES] = self.bytes.first_chunk_mut()?;
        room.get_mut(self.end..)?.first_chunk_mut()
    }

    /// Keeps the first `length` bytes of what was written there.
    #[inline(always)]
    pub fn keep(&mut self, length: usize) {
        self.end += length;
    }

    /// The rows, which are forgotten.
    pub fn take(&mut self) -> &[u8] {
        &self.bytes[..std::mem::take(&mut self.end)]
    }
}

/// Writes a row of fields that stand in `text`, and returns its length. No length is guessed.
/// `places` says where each field stands; a run of places is of fields side by side, with one byte
/// between two. No field may need an escape. Without an `end` the row ends with the last of these
/// fields.
///
/// `None` if the row is too long, or the text ends too early for that.
#[inline(always)]
pub fn copy_runs(
    text: &[u8],
    places: &[Range<usize>],
    runs: &[Range<usize>],
    end: Option<&RowEnd>,
    row: &mut [u8; ROW_BYTES],
) -> Option<usize> {
    let mut at = 0;
    for run in runs {
        let places = places.get(run.clone())?;
        let (start, end) = (places.first()?.start, places.last()?.end);
        debug_assert!(is_plain(&text[start..end]), "a field needs an escape");
        // what is copied too much is overwritten by what comes next
        let mut done = 0;
        loop {
            let step: &[u8; COPY_STEP_BYTES] = text.get(start + done..)?.first_chunk()?;
            *row.get_mut(at + done..)?.first_chunk_mut()? = *step;
            done += COPY_STEP_BYTES;
            if done >= end - start {
                break;
            }
        }
        for place in places {
            *row.get_mut(at + (place.end - start))? = b'\t';
        }
        at += end - start + 1;
    }
    end_row(row, at.checked_sub(1)?, end)
}

/// Ends a row after `length` bytes, and returns its length. `None` if it is too long for that.
#[inline(always)]
pub fn end_row(row: &mut [u8; ROW_BYTES], length: usize, end: Option<&RowEnd>) -> Option<usize> {
    match end {
        None => {
            *row.get_mut(length)? = b'\n';
            Some(length + 1)
        }
        Some(end) => {
            *row.get_mut(length..)?.first_chunk_mut()? = end.bytes;
            Some(length + end.length)
        }
    }
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;

    use super::*;
    use crate::bytes::tsv::Row;

    /// Runs of any length and anywhere, in a text that ends soon after them or not.
    #[test]
    fn fields_of_runs_are_fields() {
        let text: Vec<u8> = (0..300).map(|at| b"ab cd|"[at % 6]).collect();
        let mut rows = RowRoom::default();
        for start in 0..180 {
            for length in 0..100 {
                let (first, second) =
                    (start..start + length / 3, start + length / 3 + 1..start + length);
                if first.start > second.start || second.start > second.end {
                    continue;
                }
                let places = [7..9, first, second];
                for runs in [&[1..3, 0..1][..], &[0..1, 1..3], &[2..3, 0..1, 1..2]] {
                    let mut plain = Vec::new();
                    let mut row = Row::new(&mut plain);
                    for place in runs.iter().flat_map(|run| &places[run.clone()]) {
                        row.field(&text[place.clone()]);
                    }
                    let end = RowEnd::new(b"\tend\n").filter(|_| length % 2 == 0);
                    if end.is_some() {
                        row.field(b"end");
                    }
                    row.end();
                    let place = rows.next_row().unwrap();
                    if let Some(length) = copy_runs(&text, &places, runs, end.as_ref(), place) {
                        rows.keep(length);
                    } else {
                        assert!(start + length + COPY_STEP_BYTES > text.len());
                        plain.clear();
                    }
                    assert_eq!(rows.take().as_bstr(), plain.as_bstr(), "{places:?} {runs:?}");
                }
            }
        }
        let mut row = [0; ROW_BYTES];
        assert!(copy_runs(&text, &[0..250, 0..9], &[0..1, 1..2], None, &mut row).is_none());
        assert!(copy_runs(&text, &[], &[], None, &mut row).is_none());
        assert!(RowEnd::new(&[b'\t'; END_BYTES + 1]).is_none());
        while rows.next_row().is_some() {
            rows.keep(ROW_BYTES);
        }
        assert_eq!(rows.take().len(), ROOM_BYTES);
    }
}
