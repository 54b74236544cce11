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

/// What rows end with that have some of these columns, and only these, at their end.
#[derive(Debug)]
pub struct Ends {
    without_reason: RowEnd,
    /// By the number of the reason.
    with_reason: [RowEnd; Reason::ALL.len()],
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
        Some(Ends {
            without_reason: end(None).filter(|_| !columns.is_empty())?,
            with_reason: Reason::ALL.map(|reason| end(Some(reason)).unwrap_or_default()),
        })
    }

    /// The end of the row of a record of this status.
    #[inline(always)]
    pub fn of(&self, status: &[u8]) -> &RowEnd {
        // nearly all are
        if status == b"success" { &self.without_reason } else { self.of_any(status) }
    }

    #[inline(never)]
    fn of_any(&self, status: &[u8]) -> &RowEnd {
        reason(status).map_or(&self.without_reason, |reason| &self.with_reason[reason as usize])
    }
}
