//! TAI64N labels as they stand in logs, which compare as bytes.

use memchr::{memchr_iter, memrchr};

use crate::time::{Instant, label};

/// A TAI64N label with its `@`, in lower case: labels compare as bytes.
pub type Label = [u8; label::LENGTH];

/// The label that `text` begins with.
#[inline]
pub fn label_at_start(text: &[u8]) -> Option<Label> {
    label::at_start(text)?;
    let mut found: Label = *text.first_chunk()?;
    found.make_ascii_lowercase();
    Some(found)
}

/// The label of a moment.
pub fn label_of(instant: Instant) -> Label {
    let mut text = Vec::with_capacity(label::LENGTH);
    label::write(instant, &mut text);
    text.try_into().unwrap_or([b'@'; label::LENGTH])
}

/// The label of the moment a minute before that of another.
pub fn a_minute_before(label: Label) -> Label {
    let moment = label::at_start(&label);
    let before = |at: Instant| Instant { seconds: at.seconds - 60, ..at };
    moment.map_or(label, |moment| label_of(before(moment)))
}

/// Where the lines begin that have a label, and which; the first line is left out.
pub fn labelled_lines(text: &[u8]) -> impl Iterator<Item = (usize, Label)> {
    let starts = memchr_iter(b'\n', text).map(|newline| newline + 1);
    starts.filter_map(|at| Some((at, label_at_start(&text[at..])?)))
}

/// The label of the last line that has one.
pub fn last_label(block: &[u8]) -> Option<Label> {
    labels_from_end(block).next().map(|(_, label)| label)
}

/// Where the lines begin that have a label, and which, the last line first.
pub fn labels_from_end(block: &[u8]) -> impl Iterator<Item = (usize, Label)> {
    let mut end = block.len().checked_sub(1);
    std::iter::from_fn(move || {
        loop {
            let before = end?;
            let start = memrchr(b'\n', &block[..before]).map_or(0, |newline| newline + 1);
            end = start.checked_sub(1);
            if let Some(found) = label_at_start(&block[start..]) {
                return Some((start, found));
            }
        }
    })
}
