//! Message rows: what was delivered, what failed and what was put off.

use common::bytes::tsv;
use common::filter::Fault;
use common::logs::address::{self, NO_DOMAIN, NULL_SENDER};
use common::rows::schema::MessageColumn::{
    self as Column, Bytes, Direction, Host, Reason, Recipient, Sender, Source, Status, Time,
};
use common::rows::table::InputRow;

use crate::book::{Book, NO_LABEL};
use crate::can::{HSPHERE, Kind};
use crate::metric::Metric;
use crate::rows::{filled, label, number, text};

/// The columns that are looked at.
pub const COLUMNS: &[Column] =
    &[Time, Host, Direction, Sender, Recipient, Bytes, Status, Reason, Source];

/// The metrics of a direction: messages, bytes, failed, deferred.
const IN: [Metric; 4] =
    [Metric::MailIn, Metric::MailInBytes, Metric::MailFailedIn, Metric::MailDeferredIn];
const OUT: [Metric; 4] =
    [Metric::MailOut, Metric::MailOutBytes, Metric::MailFailedOut, Metric::MailDeferredOut];

/// Counts a row.
pub fn count(row: &InputRow<'_>, book: &mut Book) -> Result<(), Fault> {
    let is_in = match row.field(Direction as usize).bytes() {
        b"in" => true,
        b"out" => false,
        _ => return Err(Fault::Reject("the direction is neither in nor out")),
    };
    let bytes = number(row, Bytes as usize)?;
    let source = row.field(Source as usize);
    let place = [row.field(Host as usize), source];
    let is_hsphere = source.bytes() == HSPHERE.as_bytes();
    book.begin(row.field(Time as usize), place, b"")?;
    book.of(filled(row, if is_in { Recipient } else { Sender } as usize));
    let [messages, message_bytes, failed, deferred] = if is_in { IN } else { OUT };
    match row.field(Status as usize).bytes() {
        b"" => {}
        b"success" => {
            book.add(messages, NO_LABEL.into(), 1);
            if let Some(bytes) = bytes {
                book.add(message_bytes, NO_LABEL.into(), bytes);
            }
            if is_in && has_null_sender(row, is_hsphere) {
                book.add(Metric::MailBouncesIn, NO_LABEL.into(), 1);
            }
        }
        b"deferral" => book.add(deferred, reason(row, is_in).as_slice().into(), 1),
        _ => book.add(failed, reason(row, is_in).as_slice().into(), 1),
    }
    if is_in && is_hsphere {
        count_refused(row, bytes, book);
    }
    book.end(Kind::Message, source, row);
    Ok(())
}

/// Counts what the stats log alone says: how much came in, delivered or not, and what was refused.
fn count_refused(row: &InputRow<'_>, bytes: Option<u64>, book: &mut Book) {
    if let Some(bytes) = bytes {
        book.add(Metric::MailReceivedBytes, NO_LABEL.into(), bytes);
    }
    match row.field(Status as usize).bytes() {
        b"rejspam" => book.add(Metric::MailSpamRefused, NO_LABEL.into(), 1),
        b"rejclam" => book.add(Metric::MailVirusRefused, NO_LABEL.into(), 1),
        _ => {}
    }
}

/// Is it a bounce? In the stats log no sender is the null sender; in others it is not known then.
fn has_null_sender(row: &InputRow<'_>, is_hsphere: bool) -> bool {
    /// Each way to write it is shorter.
    const TOO_LONG_BYTES: usize = 8;
    if row.field(Sender as usize).len() >= TOO_LONG_BYTES {
        return false;
    }
    let sender = text(row, Sender as usize);
    let is_known = !sender.is_empty() || is_hsphere;
    is_known && address::is_null(&sender)
}

/// Why it did not arrive; of a message to elsewhere also where that is.
fn reason(row: &InputRow<'_>, is_in: bool) -> Vec<u8> {
    let reason = tsv::as_read(row.field(Reason as usize).bytes());
    if is_in {
        return label(&[&reason]);
    }
    let recipient = tsv::as_read(row.field(Recipient as usize).bytes());
    let domain = address::domain(&recipient);
    let is_one = *domain != *NULL_SENDER && *domain != *NO_DOMAIN;
    label(&[&reason, if is_one { &domain } else { b"" }])
}
