//! Transaction rows: what servers took and what they refused.

use common::bytes::span::Span;
use common::bytes::tsv;
use common::filter::Fault;
use common::rows::normal::normal;
use common::rows::schema::TransactionColumn::{
    self as Column, AuthUser, Bytes, Disposition, Dnsbl, IsSpam, Recipient, Sender, SenderTld,
    Source, Time,
};
use common::rows::table::InputRow;

use crate::book::{Book, NO_LABEL};
use crate::can::{Kind, SPAMDYKE};
use crate::metric::Metric;
use crate::rows::{filled, label, number};

/// The columns that are looked at; `host` is the client's.
pub const COLUMNS: &[Column] =
    &[Time, Sender, Recipient, Disposition, IsSpam, Dnsbl, SenderTld, Bytes, AuthUser, Source];

/// Counts a row.
pub fn count(row: &InputRow<'_>, book: &mut Book) -> Result<(), Fault> {
    let bytes = number(row, Bytes as usize)?;
    let source = row.field(Source as usize);
    book.begin(row.field(Time as usize), [NO_LABEL.into(), source], b"")?;
    book.of(None);
    let disposition = tsv::as_read(row.field(Disposition as usize).bytes());
    let tld = tsv::as_read(row.field(SenderTld as usize).bytes());
    book.add(Metric::Tld, label(&[&disposition, &tld]).as_slice().into(), 1);
    if let Some(bytes) = bytes {
        book.add(Metric::ReceivedBytes, NO_LABEL.into(), bytes);
    }
    match &*disposition {
        b"queued" => count_queued(row, source, book),
        b"accepted" => {}
        _ => count_denied(row, book),
    }
    book.end(Kind::Transaction, source, row);
    Ok(())
}

/// Counts a message that was taken.
fn count_queued(row: &InputRow<'_>, source: Span<'_>, book: &mut Book) {
    let is_spam = row.field(IsSpam as usize);
    let auth_user = filled(row, AuthUser as usize);
    let is_message = source.bytes() != SPAMDYKE.as_bytes();
    if is_message {
        let label: &[u8] = match is_spam.bytes() {
            b"1" => b"spam",
            b"0" => b"ham",
            _ => b"",
        };
        book.add(Metric::Queued, label.into(), 1);
    }
    let is_spam = is_spam.bytes() == b"1";
    let mut is_to_us = false;
    for recipient in recipients(row) {
        book.of(Some(recipient));
        book.add(Metric::Accepted, NO_LABEL.into(), 1);
        if is_spam {
            book.add(Metric::SpamIn, NO_LABEL.into(), 1);
        }
        is_to_us |= book.parties.is_ours(recipient);
    }
    let is_outgoing = auth_user.is_some() || book.parties.know_ours() && !is_to_us;
    if is_spam && is_outgoing {
        book.of(auth_user.or_else(|| filled(row, Sender as usize)));
        book.add(Metric::SpamOut, NO_LABEL.into(), 1);
    }
    if is_message && auth_user.is_some() {
        book.of(auth_user);
        book.add(Metric::Sent, NO_LABEL.into(), 1);
    }
}

/// Counts a refusal.
fn count_denied(row: &InputRow<'_>, book: &mut Book) {
    let mut written = Vec::new();
    book.of(recipients(row).next());
    book.add(Metric::Denied, normal(row.field(Disposition as usize), &mut written), 1);
    if let Some(list) = filled(row, Dnsbl as usize) {
        book.add(Metric::Dnsbl, normal(list, &mut written), 1);
    }
}

/// The recipients, each as a field.
fn recipients<'a>(row: &InputRow<'a>) -> impl Iterator<Item = Span<'a>> {
    let mut rest = Some(row.field(Recipient as usize));
    // each with what stands around it, so that its domain is found at once
    let all = std::iter::from_fn(move || {
        let list = rest?;
        let comma = list.bytes().iter().position(|byte| *byte == b',');
        rest = comma.map(|at| list.last(list.len() - at - 1));
        Some(comma.map_or(list, |at| list.first(at)))
    });
    all.filter(|recipient| !recipient.is_empty())
}
