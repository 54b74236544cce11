//! Writes the rows of usual records: their parts are copied as they stand in the line, whatever
//! columns are wanted, and always so many bytes at once.

use common::bytes::scan::{Vectors, bits_of};
use common::logs::logterse::{self, Status};

use crate::head::{Head, Loggers};
use crate::span::{Span, place};
use crate::usual::{Ends, Field, Usual, Window};
use common::rows::schema::TransactionColumn as Column;

/// No row of a usual record is longer.
const ROW: usize = 1024;

/// So many bytes are copied at once.
const STEP: usize = 64;

/// Most rows are no longer.
const USUAL_ROW: usize = 256;

/// A top-level domain that is longer is not usual.
const LONGEST_TLD: usize = 32;

/// One or more columns of a row.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// The label.
    Time,
    /// The process number.
    Pid,
    /// The hook that the head names.
    Hook,
    /// The client's address.
    Ip,
    /// Its port, which a usual record has not.
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
}

impl Part {
    fn of(column: Column) -> Self {
        let one = |field| Part::Fields(field, field);
        match column {
            Column::Time => Part::Time,
            Column::Pid => Part::Pid,
            Column::Hook => Part::Hook,
            Column::Ip => Part::Ip,
            Column::Port => Part::Port,
            Column::Host => one(Field::Host),
            Column::Helo => one(Field::Helo),
            Column::Sender => Part::Sender,
            Column::Recipient => Part::Recipients,
            Column::Disposition => one(Field::Disposition),
            Column::Code => one(Field::Code),
            Column::Message => one(Field::Message),
            Column::IsSpam => Part::Numbers(0, 0),
            Column::ScoreCenti => Part::Numbers(1, 1),
            Column::RequiredCenti => Part::Numbers(2, 2),
            Column::Dnsbl => Part::BlockList,
            Column::SenderTld => Part::Tld,
        }
    }

    /// This part and the next as one, if they stand side by side and no more than two of them may
    /// begin with a quote.
    fn and(self, next: Part) -> Option<Self> {
        match (self, next) {
            (Part::Fields(first, last), Part::Fields(field, _))
                if last as usize + 1 == field as usize =>
            {
                Some(Part::Fields(first, field))
            }
            (Part::Numbers(first, last), Part::Numbers(number, _)) if last + 1 == number => {
                Some(Part::Numbers(first, number))
            }
            _ => None,
        }
    }
}

/// Writes rows of certain columns.
#[derive(Debug)]
pub struct Quick {
    loggers: Loggers,
    parts: Vec<Part>,
    has_numbers: bool,
    ends: Ends,
    row: [u8; ROW],
}

impl Quick {
    /// For rows of these columns, one for each record or for each recipient of it. `None` if the
    /// latter is asked without the column that has it: nothing tells then that there is only one.
    pub fn new(columns: &[Column], each_recipient: bool) -> Option<Self> {
        if each_recipient && !columns.contains(&Column::Recipient) {
            return None;
        }
        let mut parts: Vec<Part> = Vec::new();
        for column in columns {
            let part = match Part::of(*column) {
                Part::Recipients if each_recipient => Part::OneRecipient,
                part => part,
            };
            match parts.last_mut().and_then(|last| Some((last.and(part)?, last))) {
                Some((both, last)) => *last = both,
                None => parts.push(part),
            }
        }
        let has_numbers = parts.iter().any(|part| matches!(part, Part::Numbers(..)));
        let loggers = Loggers::new();
        Some(Quick { loggers, parts, has_numbers, ends: [0; _], row: [0; ROW] })
    }

    /// Appends the row of the record at `start` of a block, and gives the place after its line;
    /// nothing, and `None`, if it is not usual.
    #[inline(always)]
    pub fn write<V: Vectors>(
        &mut self,
        vectors: V,
        block: &[u8],
        start: usize,
        buffer: &mut Vec<u8>,
    ) -> Option<usize> {
        let usual = Usual::at(vectors, &self.loggers, block, start, &mut self.ends)?;
        let numbers = if self.has_numbers { numbers(&usual) } else { [None; 3] };
        let (row, mut at) = (&mut self.row, 0);
        for part in &self.parts {
            at = match *part {
                Part::Time => copy(row, at, usual.line, Head::LABEL)?,
                Part::Pid => copy(row, at, usual.line, usual.head.pid())?,
                Part::Hook => copy(row, at, usual.line, usual.head.hook())?,
                Part::Ip => copy_field(row, at, usual.text, client(vectors, &usual)?)?,
                Part::Port => client(vectors, &usual).map(|_| at)?,
                Part::Fields(first, last) => {
                    let (first, last) = (usual.field(first), usual.field(last));
                    if is_quoted(usual.text, last) {
                        return None;
                    }
                    copy_field(row, at, usual.text, Span { from: first.from, to: last.to })?
                }
                Part::Sender => copy_field(row, at, usual.text, usual.address(Field::Sender))?,
                Part::Recipients => match recipient(vectors, &usual) {
                    Some(one) => copy_field(row, at, usual.text, one)?,
                    None => copy_recipients(row, at, &usual)?,
                },
                Part::OneRecipient => copy_field(row, at, usual.text, recipient(vectors, &usual)?)?,
                Part::Numbers(first, last) => write_numbers(row, at, &numbers[first..=last])?,
                Part::BlockList => copy(row, at, usual.text, block_list(&usual))?,
                Part::Tld => copy_tld(row, at, usual.text, tld(vectors, &usual)?)?,
            };
            *row.get_mut(at)? = b'\t';
            at += 1;
        }
        row[at - 1] = b'\n';
        append(buffer, row, at);
        Some(usual.next)
    }
}

/// Copies a part of the text, and some of what follows it; gives the place after it.
#[inline(always)]
fn copy<const N: usize>(
    row: &mut [u8; ROW],
    at: usize,
    text: &[u8; N],
    span: Span,
) -> Option<usize> {
    let (start, length) = (usize::from(span.from), span.len());
    let mut done = 0;
    loop {
        let step: &[u8; STEP] = text.get(start + done..)?.first_chunk()?;
        *row.get_mut(at + done..)?.first_chunk_mut()? = *step;
        done += STEP;
        if done >= length {
            return Some(at + length);
        }
    }
}

/// The same for what may not begin with a quote.
#[inline(always)]
fn copy_field(row: &mut [u8; ROW], at: usize, text: &Window, span: Span) -> Option<usize> {
    if is_quoted(text, span) { None } else { copy(row, at, text, span) }
}

/// The same in lower case, for what is not long.
#[inline(always)]
fn copy_tld(row: &mut [u8; ROW], at: usize, text: &Window, span: Span) -> Option<usize> {
    let end = copy_field(row, at, text, span)?;
    let tld: &mut [u8; LONGEST_TLD] = row.get_mut(at..)?.first_chunk_mut()?;
    tld.make_ascii_lowercase();
    (span.len() <= tld.len()).then_some(end)
}

/// Copies all recipients, each without brackets.
#[inline(never)]
fn copy_recipients(row: &mut [u8; ROW], start: usize, usual: &Usual<'_>) -> Option<usize> {
    let all = logterse::recipients(usual.field(Field::Recipients).of(usual.text));
    let mut at = start;
    for (number, recipient) in all.map(logterse::bare).enumerate() {
        if number > 0 {
            at = copy_bytes(row, at, b",")?;
        }
        at = copy_bytes(row, at, recipient)?;
    }
    (!matches!(row[start], b'"' | b'\'')).then_some(at)
}

/// Copies any bytes; gives the place after them.
#[inline(always)]
fn copy_bytes(row: &mut [u8; ROW], at: usize, bytes: &[u8]) -> Option<usize> {
    row.get_mut(at..)?.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(at + bytes.len())
}

/// Appends the first `length` bytes of a row.
#[inline(always)]
fn append(buffer: &mut Vec<u8>, row: &[u8; ROW], length: usize) {
    let end = buffer.len() + length;
    if length <= USUAL_ROW {
        buffer.extend_from_slice(&row[..USUAL_ROW]);
        buffer.truncate(end);
    } else {
        buffer.extend_from_slice(&row[..length]);
    }
}

#[inline(always)]
fn is_quoted(text: &Window, span: Span) -> bool {
    matches!(text[usize::from(span.from)], b'"' | b'\'')
}

/// Does a part of the text hold the byte? `None` if it is too long for a quick answer.
#[inline(always)]
fn holds<V: Vectors>(vectors: V, text: &Window, span: Span, byte: u8) -> Option<bool> {
    let bits = bits_of(vectors, span.rest(text).first_chunk()?, [byte]);
    (span.len() <= STEP).then_some((bits.trailing_zeros() as usize) < span.len())
}

/// Where the client's address stands, if it has no port.
#[inline(always)]
fn client<V: Vectors>(vectors: V, usual: &Usual<'_>) -> Option<Span> {
    let span = usual.field(Field::Client);
    let has_port = holds(vectors, usual.text, span, b':')?
        && !logterse::without_port(span.of(usual.text)).1.is_empty();
    (!has_port).then_some(span)
}

/// Where the recipient stands, if there is no other.
#[inline(always)]
fn recipient<V: Vectors>(vectors: V, usual: &Usual<'_>) -> Option<Span> {
    let span = usual.address(Field::Recipients);
    (!holds(vectors, usual.text, span, b',')?).then_some(span)
}

/// Where the block list stands.
#[inline(always)]
fn block_list(usual: &Usual<'_>) -> Span {
    let message = usual.field(Field::Message);
    let name = usual.field(Field::Disposition).of(usual.text);
    let found = logterse::place_of_block_list(name, message.of(usual.text));
    let [from, to] = [found.start, found.end].map(|at| message.from.wrapping_add(place(at)));
    Span { from, to }
}

/// Where the top-level domain of the sender stands, if the sender is not long.
///
/// See [`logterse::tld`], which looks at one byte after the other.
#[inline(always)]
fn tld<V: Vectors>(vectors: V, usual: &Usual<'_>) -> Option<Span> {
    let sender = usual.address(Field::Sender);
    let dotted = (usual.last(sender) == b'.') & (sender.len() > 0);
    let domain = Span { to: sender.to.wrapping_sub(u8::from(dotted)), ..sender };
    if domain.len() >= STEP {
        return None;
    }
    let chunk = domain.rest(usual.text).first_chunk()?;
    let inside = (1 << domain.len()) - 1;
    let dots = bits_of(vectors, chunk, [b'.']) & inside;
    let ats = bits_of(vectors, chunk, [b'@']) & inside;
    let ends = bits_of(vectors, chunk, [b'>', b']']) & inside;
    // the last of them, and all before it
    let length = u64::BITS - (dots | ats | ends).leading_zeros();
    let last = (1_u64 << length) >> 1;
    let found = (last & ats != 0) | ((last & dots != 0) & (ats & last.wrapping_sub(1) != 0));
    let before = if found { place(length as usize) } else { place(domain.len()) };
    Some(Span { from: domain.from.wrapping_add(before), ..domain })
}

/// What the status says: is it spam, the score, the threshold.
#[inline(always)]
fn numbers(usual: &Usual<'_>) -> [Option<i64>; 3] {
    let status = Status::read(usual.status.of(usual.text));
    [status.is_spam.map(i64::from), status.score_centi, status.required_centi]
}

/// Writes numbers with TABs between.
#[inline(always)]
fn write_numbers(row: &mut [u8; ROW], mut at: usize, numbers: &[Option<i64>]) -> Option<usize> {
    for number in numbers {
        if let Some(number) = number {
            let mut digits = itoa::Buffer::new();
            let digits = digits.format(*number).as_bytes();
            at = copy_bytes(row, at, digits)?;
        }
        *row.get_mut(at)? = b'\t';
        at += 1;
    }
    Some(at - 1)
}
