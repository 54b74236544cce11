//! The columns that no line of a stats log holds. What they say follows from the status.

use crate::bytes::tsv::Row;
use crate::bytes::wide::RowEnd;
use crate::rows::reason::Reason;
use crate::rows::schema::MessageColumn as Column;

/// The class of a status; `None` for a success, and where there is no status.
pub fn reason(status: &[u8]) -> Option<Reason> {
    match status {
        b"success" | b"" => None,
        b"timeout" => Some(Reason::Lost),
        b"rejclam" | b"rejspam" => Some(Reason::Policy),
        b"bytestooverflow" | b"manyhops" => Some(Reason::Refused),
        b"partial" | b"readerr" => Some(Reason::Local),
        _ => Some(Reason::Other),
    }
}

/// The field of one of these columns.
pub fn field(column: Column, reason: Option<Reason>) -> &'static [u8] {
    match column {
        Column::Reason => reason.map_or("", Reason::name).as_bytes(),
        Column::Source => b"hsphere",
        Column::ActiveMs
        | Column::QueueMs
        | Column::Relay
        | Column::Text
        // these stand in the line
        | Column::Time
        | Column::Host
        | Column::Direction
        | Column::Pid
        | Column::Sender
        | Column::Recipient
        | Column::Bytes
        | Column::Status
        | Column::Attempts => b"",
    }
}

/// The statuses of seven letters that have a class or are a success. Nearly all lines have one.
const OF_SEVEN_LETTERS: [&[u8; 8]; 6] =
    [b"success|", b"timeout|", b"rejclam|", b"rejspam|", b"partial|", b"readerr|"];

/// Where the end for such a status is, by the status and its bar: two letters tell which it is.
#[inline(always)]
fn place_of(status: u64) -> usize {
    let [_, _, _, fourth, fifth, ..] = status.to_le_bytes();
    usize::from(fourth.wrapping_add(fifth)) % 8
}

/// What rows end with that have some of these columns, and only these, at their end.
#[derive(Debug)]
pub struct Ends {
    without_reason: RowEnd,
    /// By the number of the reason.
    with_reason: [RowEnd; Reason::ALL.len()],
    /// For statuses of seven letters, each with its bar.
    of_seven_letters: [(u64, RowEnd); 8],
}

impl Ends {
    /// The ends of rows with these columns at the end; `None` if there are none.
    pub fn new(columns: &[Column]) -> Option<Self> {
        let end = |reason| {
            let mut text = Vec::new();
            let mut row = Row::new(&mut text);
            row.as_written(b"");
            for column in columns {
                row.field(field(*column, reason));
            }
            row.end();
            RowEnd::new(&text)
        };
        let without_reason = end(None).filter(|_| !columns.is_empty())?;
        // no status begins so
        let mut of_seven_letters = std::array::from_fn(|_| (u64::MAX, RowEnd::default()));
        for status in OF_SEVEN_LETTERS {
            let word = u64::from_le_bytes(*status);
            let end = end(reason(&status[..7])).unwrap_or_default();
            of_seven_letters[place_of(word)] = (word, end);
        }
        Some(Ends {
            without_reason,
            of_seven_letters,
            with_reason: Reason::ALL.map(|reason| end(Some(reason)).unwrap_or_default()),
        })
    }

    /// The end of the row of a record of this status. `word` is the first eight bytes of it and what
    /// follows.
    #[inline(always)]
    pub fn of(&self, status: &[u8], word: u64) -> &RowEnd {
        // no branch on whether it is a success, which would often be guessed wrong
        let (known, end) = &self.of_seven_letters[place_of(word)];
        if *known == word { end } else { self.of_any(status) }
    }

    #[inline(never)]
    fn of_any(&self, status: &[u8]) -> &RowEnd {
        reason(status).map_or(&self.without_reason, |reason| &self.with_reason[reason as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each has a place of its own, and the end that any status would have.
    #[test]
    fn statuses_of_seven_letters_are_found() {
        let ends = Ends::new(&[Column::Reason, Column::Source]).unwrap();
        let others = [b"successx", b"rejspan|", b"manyhops", b"queued|1", b"\0\0\0\0\0\0\0\0"];
        for (words, are_found) in [(&OF_SEVEN_LETTERS[..], true), (&others, false)] {
            for text in words {
                let (status, word) = (&text[..7], u64::from_le_bytes(**text));
                let is_found = ends.of_seven_letters[place_of(word)].0 == word;
                let (found, expected) = (ends.of(status, word), ends.of_any(status));
                assert_eq!(is_found, are_found, "{}", text.escape_ascii());
                assert_eq!(format!("{found:?}"), format!("{expected:?}"));
            }
        }
    }
}
