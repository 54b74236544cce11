//! Writes the rows of the records that the finder finds.
//!
//! It is a writer of its own beside `rows.rs` for the sake of speed: fields are copied from places
//! of one byte into a row of fixed size, 64 bytes at once, so that no length is guessed and no
//! place checked. The same records through the shared row writer took 1.05 to 1.25 times as long.

use std::ops::RangeInclusive;

use common::bytes::scan::{Vectors, bits_of};
use common::bytes::wide::RowRoom;
use common::logs::logterse::{self, Status};

use common::logs::logterse::fast::{
    Ends, Field, Found, FoundHead, LoggerTable, ShortSpan, ShortText, Window, has_no_scores,
    is_quote, place, scores,
};
use common::rows::schema::TransactionColumn as Column;

/// No row is longer.
pub const ROW_BYTES: usize = 1024;

/// So many bytes are copied at once.
const STEP_BYTES: usize = 64;

/// Room for all that is the same in each row, which ends in TABs here.
const SAME_BYTES: usize = 16;

/// A top-level domain that is longer is not found.
const LONGEST_TLD_BYTES: usize = 32;

/// One or more neighbouring columns of a row.
#[derive(Clone, Copy, Debug)]
enum Cells {
    /// The label.
    Time,
    /// The label, and the process number.
    TimeAndPid,
    /// The process number.
    Pid,
    /// The hook that the head names.
    Hook,
    /// The client's port, which no such record has.
    Port,
    /// The fields from the first of these to the last, as they stand side by side in the line.
    Fields(Field, Field),
    /// The sender without brackets.
    Sender,
    /// The recipients, likewise, with commas between.
    Recipients,
    /// The recipient, if there is no other.
    OneRecipient,
    /// The numbers of the status from one to another.
    Numbers(usize, usize),
    /// The block list.
    BlockList,
    /// The top-level domain of the sender.
    Tld,
    /// What is the same in each row: bytes, and how many of them count.
    Same([u8; SAME_BYTES], usize),
}

impl Cells {
    fn of(column: Column) -> Self {
        let one = |field| Cells::Fields(field, field);
        match column {
            Column::Time => Cells::Time,
            Column::Pid => Cells::Pid,
            Column::Hook => Cells::Hook,
            Column::Ip => one(Field::Client),
            Column::Port => Cells::Port,
            Column::Host => one(Field::Host),
            Column::Helo => one(Field::Helo),
            Column::Sender => Cells::Sender,
            Column::Recipient => Cells::Recipients,
            Column::Disposition => one(Field::Disposition),
            Column::Code => one(Field::Code),
            Column::Message => one(Field::Message),
            Column::IsSpam => Cells::Numbers(0, 0),
            Column::ScoreCenti => Cells::Numbers(1, 1),
            Column::RequiredCenti => Cells::Numbers(2, 2),
            Column::Dnsbl => Cells::BlockList,
            Column::SenderTld => Cells::Tld,
            // logterse logs neither
            Column::Bytes | Column::AuthUser => Cells::Same([b'\t'; _], 0),
            Column::Source => {
                let mut text = [b'\t'; SAME_BYTES];
                text[..logterse::SOURCE.len()].copy_from_slice(logterse::SOURCE);
                Cells::Same(text, logterse::SOURCE.len())
            }
        }
    }

    /// These cells and the next as one, if they stand side by side.
    fn and(self, next: Cells) -> Option<Self> {
        match (self, next) {
            (Cells::Fields(first, last), Cells::Fields(field, _))
                if last as usize + 1 == field as usize =>
            {
                Some(Cells::Fields(first, field))
            }
            (Cells::Numbers(first, last), Cells::Numbers(number, _)) if last + 1 == number => {
                Some(Cells::Numbers(first, number))
            }
            (Cells::Time, Cells::Pid) => Some(Cells::TimeAndPid),
            (Cells::Same(mut text, length), Cells::Same(next, more)) => {
                let length = length + 1;
                text.get_mut(length..length + more)?.copy_from_slice(&next[..more]);
                Some(Cells::Same(text, length + more))
            }
            _ => None,
        }
    }
}

/// Writes rows of certain columns.
#[derive(Debug)]
pub struct FastRows {
    loggers: LoggerTable,
    cells: Vec<Cells>,
    ends: Ends,
}

impl FastRows {
    /// For rows of these columns, one for each record or for each recipient of it. `None` if the
    /// latter is asked without the column that has it: nothing tells then that there is only one.
    pub fn new(columns: &[Column], each_recipient: bool) -> Option<Self> {
        if each_recipient && !columns.contains(&Column::Recipient) {
            return None;
        }
        let mut cells: Vec<Cells> = Vec::new();
        for column in columns {
            let next = match Cells::of(*column) {
                Cells::Recipients if each_recipient => Cells::OneRecipient,
                other => other,
            };
            match cells.last_mut().and_then(|last| Some((last.and(next)?, last))) {
                Some((both, last)) => *last = both,
                None => cells.push(next),
            }
        }
        let loggers = LoggerTable::default();
        Some(FastRows { loggers, cells, ends: [0; _] })
    }

    /// Appends the row of the record at `start` of a block, and gives the place after its line;
    /// nothing, and `None`, if it is not found.
    #[inline(always)]
    pub fn write<V: Vectors>(
        &mut self,
        vectors: V,
        block: &[u8],
        start: usize,
        rows: &mut RowRoom<ROW_BYTES>,
    ) -> Option<usize> {
        let found = Found::at(vectors, &self.loggers, block, start, &mut self.ends)?;
        let (row, mut at) = (rows.next_row()?, 0);
        for one in &self.cells {
            at = match *one {
                Cells::Time => copy(row, at, found.line, FoundHead::LABEL)?,
                Cells::TimeAndPid => {
                    let span = ShortSpan { to: found.head.pid().to, ..FoundHead::LABEL };
                    let end = copy(row, at, found.line, span)?;
                    *row.get_mut(at + FoundHead::LABEL.length())? = b'\t';
                    end
                }
                Cells::Pid => copy(row, at, found.line, found.head.pid())?,
                Cells::Hook => copy(row, at, found.line, found.head.hook())?,
                Cells::Port => no_port(vectors, &found).map(|()| at)?,
                Cells::Fields(first, last) => {
                    if first == Field::Client {
                        no_port(vectors, &found)?;
                    }
                    copy(row, at, found.text, found.fields(first, last)?)?
                }
                Cells::Sender => copy_field(row, at, found.text, found.address(Field::Sender))?,
                Cells::Recipients => match recipient(vectors, &found) {
                    Some(one) => copy_field(row, at, found.text, one)?,
                    None => {
                        copy_recipients(row, at, found.field(Field::Recipients).of(found.text))?
                    }
                },
                Cells::OneRecipient => {
                    copy_field(row, at, found.text, recipient(vectors, &found)?)?
                }
                Cells::Numbers(first, last) if has_no_scores(found.text, found.status) => {
                    *row.get_mut(at..)?.first_chunk_mut()? = [b'\t'; 2];
                    at + last - first
                }
                Cells::Numbers(first, last) => match scores(vectors, found.text, found.status) {
                    Some(scores) => copy_scores(row, at, &scores[first..=last])?,
                    None => write_numbers(row, at, found.status.of(found.text), first..=last)?,
                },
                Cells::BlockList => copy(row, at, found.text, block_list(&found))?,
                Cells::Tld => copy_tld(row, at, found.text, tld(vectors, &found)?)?,
                Cells::Same(text, length) => {
                    *row.get_mut(at..)?.first_chunk_mut()? = text;
                    at + length
                }
            };
            *row.get_mut(at)? = b'\t';
            at += 1;
        }
        *row.get_mut(at.checked_sub(1)?)? = b'\n';
        rows.keep(at);
        Some(found.next)
    }
}

/// Copies a part of the text, and some of what follows it; gives the place after it.
#[inline(always)]
fn copy<const N: usize>(
    row: &mut [u8; ROW_BYTES],
    at: usize,
    text: &[u8; N],
    span: ShortSpan,
) -> Option<usize> {
    let (start, length) = (usize::from(span.from), span.length());
    let mut done = 0;
    loop {
        let step: &[u8; STEP_BYTES] = text.get(start + done..)?.first_chunk()?;
        *row.get_mut(at + done..)?.first_chunk_mut()? = *step;
        done += STEP_BYTES;
        if done >= length {
            return Some(at + length);
        }
    }
}

/// The same for what may not begin with a quote.
#[inline(always)]
fn copy_field(
    row: &mut [u8; ROW_BYTES],
    at: usize,
    text: &Window,
    span: ShortSpan,
) -> Option<usize> {
    if is_quoted(text, span) { None } else { copy(row, at, text, span) }
}

/// The same in lower case, for what is not long.
#[inline(always)]
fn copy_tld(row: &mut [u8; ROW_BYTES], at: usize, text: &Window, span: ShortSpan) -> Option<usize> {
    let end = copy_field(row, at, text, span)?;
    let tld: &mut [u8; LONGEST_TLD_BYTES] = row.get_mut(at..)?.first_chunk_mut()?;
    tld.make_ascii_lowercase();
    (span.length() <= tld.len()).then_some(end)
}

/// Copies all recipients, each without brackets.
#[inline(never)]
fn copy_recipients(row: &mut [u8; ROW_BYTES], start: usize, all: &[u8]) -> Option<usize> {
    let mut at = start;
    for (number, recipient) in logterse::recipients(all).map(logterse::bare).enumerate() {
        if number > 0 {
            at = copy_bytes(row, at, b",")?;
        }
        at = copy_bytes(row, at, recipient)?;
    }
    (!is_quote(row[start])).then_some(at)
}

/// Copies any bytes; gives the place after them.
#[inline(always)]
fn copy_bytes(row: &mut [u8; ROW_BYTES], at: usize, bytes: &[u8]) -> Option<usize> {
    row.get_mut(at..)?.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(at + bytes.len())
}

#[inline(always)]
fn is_quoted(text: &Window, span: ShortSpan) -> bool {
    is_quote(text[usize::from(span.from)])
}

/// Does a part of the text hold the byte? `None` if it is too long for a fast answer.
#[inline(always)]
fn holds<V: Vectors>(vectors: V, text: &Window, span: ShortSpan, byte: u8) -> Option<bool> {
    let bits = bits_of(vectors, span.rest(text).first_chunk()?, [byte]);
    (span.length() <= STEP_BYTES).then_some((bits.trailing_zeros() as usize) < span.length())
}

/// `None` if the client's address has a port.
#[inline(always)]
fn no_port<V: Vectors>(vectors: V, found: &Found<'_>) -> Option<()> {
    let span = found.field(Field::Client);
    let has_port = holds(vectors, found.text, span, b':')?
        && !logterse::without_port(span.of(found.text)).1.is_empty();
    (!has_port).then_some(())
}

/// Where the recipient stands, if there is no other.
#[inline(always)]
fn recipient<V: Vectors>(vectors: V, found: &Found<'_>) -> Option<ShortSpan> {
    // in all of the field, whose place is known before that of the address in it
    let several = holds(vectors, found.text, found.field(Field::Recipients), b',')?;
    (!several).then_some(found.address(Field::Recipients))
}

/// Where the block list stands.
#[inline(always)]
fn block_list(found: &Found<'_>) -> ShortSpan {
    let message = found.field(Field::Message);
    let name = found.field(Field::Disposition).of(found.text);
    let found = logterse::place_of_block_list(name, message.of(found.text));
    let [from, to] = [found.start, found.end].map(|at| message.from.wrapping_add(place(at)));
    ShortSpan { from, to }
}

/// Where the top-level domain of the sender stands, if the sender is not long.
///
/// See [`logterse::tld`], which looks at one byte after the other.
#[inline(always)]
fn tld<V: Vectors>(vectors: V, found: &Found<'_>) -> Option<ShortSpan> {
    let sender = found.address(Field::Sender);
    let dotted = (found.last(sender) == b'.') & (sender.length() > 0);
    let domain = ShortSpan { to: sender.to.wrapping_sub(u8::from(dotted)), ..sender };
    if domain.length() >= STEP_BYTES {
        return None;
    }
    let chunk = domain.rest(found.text).first_chunk()?;
    let inside = (1 << domain.length()) - 1;
    let dots = bits_of(vectors, chunk, [b'.']) & inside;
    let ats = bits_of(vectors, chunk, [b'@']) & inside;
    let ends = bits_of(vectors, chunk, [b'>', b']']) & inside;
    // the last of them, and all before it
    let length = u64::BITS - (dots | ats | ends).leading_zeros();
    let last = (1_u64 << length) >> 1;
    let found = (last & ats != 0) | ((last & dots != 0) & (ats & last.wrapping_sub(1) != 0));
    let before = if found { place(length as usize) } else { place(domain.length()) };
    Some(ShortSpan { from: domain.from.wrapping_add(before), ..domain })
}

/// Copies texts with TABs between.
#[inline(always)]
fn copy_scores(row: &mut [u8; ROW_BYTES], mut at: usize, scores: &[ShortText]) -> Option<usize> {
    for score in scores {
        *row.get_mut(at..)?.first_chunk_mut()? = score.bytes;
        at += score.length;
        *row.get_mut(at)? = b'\t';
        at += 1;
    }
    Some(at - 1)
}

/// Writes those of these numbers with TABs between: is it spam, the score, the threshold.
#[inline(never)]
fn write_numbers(
    row: &mut [u8; ROW_BYTES],
    mut at: usize,
    status: &[u8],
    range: RangeInclusive<usize>,
) -> Option<usize> {
    let status = Status::read(status);
    let numbers = [status.is_spam.map(i64::from), status.score_centi, status.required_centi];
    for number in &numbers[range] {
        if let Some(number) = number {
            at = copy_bytes(row, at, itoa::Buffer::new().format(*number).as_bytes())?;
        }
        *row.get_mut(at)? = b'\t';
        at += 1;
    }
    Some(at - 1)
}
