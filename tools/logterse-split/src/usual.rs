//! The rows of nearly all records, written in a few copies: all columns, every byte plain, one
//! recipient. What is otherwise is left to the way that knows all cases, of which this is a part
//! made fast.

use common::logterse::{self, Record, Status};
use common::tsv::Row;

/// Appends the row of a record; false, and nothing, if it is not usual.
#[inline]
pub fn write(record: &Record<'_>, buffer: &mut Vec<u8>) -> bool {
    let Some(stamp) = record.head.stamp else { return false };
    let (sender, recipient) = (logterse::bare(record.sender), logterse::bare(record.recipients));
    let tld = logterse::tld(sender);
    let quoted = |field: &[u8]| matches!(field, [b'"' | b'\'', ..]);
    let odd = !record.plain
        || !record.port.is_empty()
        || recipient.contains(&b',')
        || quoted(record.ip)
        || quoted(record.host)
        || quoted(record.helo)
        || quoted(sender)
        || quoted(recipient)
        || quoted(record.disposition)
        || quoted(record.message)
        || quoted(tld);
    if odd {
        return false;
    }
    // what needs no change stands side by side in the line too
    let host = record.ip.len() + 1;
    let after_helo = host + record.host.len() + record.helo.len() + 2;
    let disposition = after_helo + record.sender.len() + record.recipients.len() + 2;
    let end = disposition + record.disposition.len() + record.code.len() + record.message.len() + 2;
    push(buffer, stamp.text, b'\t');
    push(buffer, record.head.pid, b'\t');
    push(buffer, record.head.hook, b'\t');
    push(buffer, record.ip, b'\t');
    push(buffer, b"", b'\t');
    buffer.extend_from_slice(&record.fields[host..after_helo]);
    push(buffer, sender, b'\t');
    push(buffer, recipient, b'\t');
    push(buffer, &record.fields[disposition..end], b'\t');
    let status = record.status.map(Status::read).unwrap_or_default();
    if status == Status::default() {
        buffer.extend_from_slice(b"\t\t\t");
    } else {
        for value in [status.is_spam.map(i64::from), status.score_centi, status.required_centi] {
            if let Some(value) = value {
                Row::new(buffer).number(value);
            }
            buffer.push(b'\t');
        }
    }
    push(buffer, logterse::block_list(record), b'\t');
    let start = buffer.len();
    push(buffer, tld, b'\n');
    buffer[start..].make_ascii_lowercase();
    true
}

#[inline]
fn push(buffer: &mut Vec<u8>, bytes: &[u8], end: u8) {
    buffer.extend_from_slice(bytes);
    buffer.push(end);
}
