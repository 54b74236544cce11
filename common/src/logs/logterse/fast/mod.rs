//! Finds where the fields of nearly all records stand.
//!
//! ```text
//! @4000000048641d5c0951f6a4 28003 (deny) logging::logterse: ` 192.0.2.1<TAB>host<TAB>helo<TAB>...
//! label                     pid   words of a logger         ` fields
//! ```
//!
//! A head is a label, a process number and the words of one of seven loggers, which a table gives by
//! their length and first byte. All TABs and the first byte that is not plain, which must be the
//! line's end, are found 64 bytes at a time, from where the fields begin at the earliest: no vector
//! waits until the head is known. All places are single bytes in a window of 320 from there. A line
//! that differs in anything is left to [`parse`](super::parse).
//!
//! A line of eight columns takes 0.6 of the instructions that the parser and its rows take.

mod head;
mod place;
mod scores;
mod skipped;

pub use head::{FoundHead, LineStart, LoggerTable};
pub use place::{ShortSpan, place};
pub use scores::{ShortText, has_no_scores, scores};
pub use skipped::Skipped;

use fearless_simd::{prelude::*, u8x32};
use memchr::memchr;

use head::{LEAST_HEAD, digits};

use super::continuation::ends_as_refusal;
use super::status::{DENIED, is_status};
use crate::bytes::plain;
use crate::bytes::scan::{Vectors, bits_of};

/// The fields of a record end within this number of times 64 bytes of the window, or it is not
/// found.
const CHUNKS: usize = 4;

/// With more TABs in 64 bytes a record is not found.
const MOST_TABS: usize = 8;

/// The fields of a record and the last words of its head, and 64 bytes more.
pub type Window = [u8; 64 * (CHUNKS + 1)];

/// A field, in the order of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The client's address, perhaps with its port.
    Client,
    /// Its name.
    Host,
    /// What it said it is.
    Helo,
    /// The sender, as logged.
    Sender,
    /// The recipients, as logged.
    Recipients,
    /// `queued`, or the plugin that refused.
    Disposition,
    /// The number of the refusal.
    Code,
    /// Its text, or the message-id.
    Message,
}

/// The place before the first field, then the end of each.
pub type Ends = [u8; (CHUNKS + 2) * MOST_TABS];

/// A record that was found.
#[derive(Debug)]
pub struct Found<'a> {
    /// Its line from its start.
    pub line: &'a LineStart,
    /// What stands before the fields.
    pub head: FoundHead<'a>,
    /// The window of its line.
    pub text: &'a Window,
    /// The field that only SME's edition writes; empty if it is not there.
    pub status: ShortSpan,
    /// Where the next line begins.
    pub next: usize,
    ends: &'a Ends,
}

impl<'a> Found<'a> {
    /// The record that begins at `start` of a block, if it is found. `ends` is room for the ends of
    /// its fields.
    #[inline(always)]
    pub fn at<V: Vectors>(
        vectors: V,
        loggers: &'a LoggerTable,
        block: &'a [u8],
        start: usize,
        ends: &'a mut Ends,
    ) -> Option<Self> {
        let line: &LineStart = block.get(start..)?.first_chunk()?;
        let head = loggers.head(vectors, line)?;
        let text: &Window = line[LEAST_HEAD..].first_chunk()?;
        ends[0] = place(head.fields() - LEAST_HEAD).wrapping_sub(1);
        let (tabs, end) = find_ends(vectors, text, ends)?;
        let length = match text[usize::from(end)..] {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => return None,
        };
        let status = match tabs {
            7 => end,
            8 => ends[tabs].wrapping_add(1),
            _ => return None,
        };
        let (status, next) =
            (ShortSpan { from: status, to: end }, start + LEAST_HEAD + usize::from(end) + length);
        let found = Found { line, head, text, status, next, ends };
        let code = found.field(Field::Code);
        let sound = (found.is_plainly_whole(vectors)
            || is_whole(text, found.ends, tabs, (length, &block[next..])))
            && found.field(Field::Disposition).length() > 0
            && digits(vectors, code.rest(text).first_chunk()?) >= code.length();
        sound.then_some(found)
    }

    /// Where a field stands.
    #[inline(always)]
    pub fn field(&self, field: Field) -> ShortSpan {
        let at = field as usize;
        ShortSpan { from: self.ends[at].wrapping_add(1), to: self.ends[at + 1] }
    }

    /// Where up to three fields side by side stand. `None` if one of them begins with a quote.
    #[inline(always)]
    pub fn fields(&self, first: Field, last: Field) -> Option<ShortSpan> {
        let middle = (first as usize + 1).min(last as usize);
        for at in [first as usize, middle, last as usize] {
            if is_quote(self.text[usize::from(self.ends[at].wrapping_add(1))]) {
                return None;
            }
        }
        Some(ShortSpan { from: self.field(first).from, to: self.field(last).to })
    }

    /// Where an address stands without the brackets round it.
    #[inline(always)]
    pub fn address(&self, field: Field) -> ShortSpan {
        let field = self.field(field);
        let bracketed =
            self.begins(field, *b"<") & (self.last(field) == b'>') & (field.length() > 2);
        ShortSpan {
            from: field.from.wrapping_add(u8::from(bracketed)),
            to: field.to.wrapping_sub(u8::from(bracketed)),
        }
    }

    /// The last byte of a part of the text.
    #[inline(always)]
    pub fn last(&self, span: ShortSpan) -> u8 {
        self.text[usize::from(span.to.wrapping_sub(1))]
    }

    /// Does a part of the text begin with words, of eight bytes at most?
    #[inline(always)]
    fn begins<const N: usize>(&self, span: ShortSpan, words: [u8; N]) -> bool {
        let mut padded = [0; 8];
        padded[..N].copy_from_slice(&words);
        let others = 8 * (8 - N);
        span.rest(self.text).first_chunk().is_some_and(|eight| {
            u64::from_le_bytes(*eight) << others == u64::from_le_bytes(padded) << others
        })
    }

    /// Does it end in a status as nearly all do? Queued mail that was not checked, or refused mail
    /// that was, needs a longer look.
    #[expect(clippy::needless_bitwise_bool, reason = "a branch would often be guessed wrong")]
    #[inline(always)]
    fn is_plainly_whole<V: Vectors>(&self, vectors: V) -> bool {
        let status = self.status;
        let queued = self.begins(self.field(Field::Disposition), *b"queued\t");
        let denied = is_denied(vectors, self.text, status);
        let checked = self.begins(status, *b"No, ") | self.begins(status, *b"Yes,");
        let closed = (self.last(self.field(Field::Message)) == b'>') & (self.last(status) != b'>');
        (queued & checked & closed) | (!queued & denied)
    }
}

/// Is it the status of refused mail? It is looked for before the end of the line, which is known
/// sooner than the place of the TAB.
#[inline(always)]
fn is_denied<V: Vectors>(vectors: V, text: &Window, status: ShortSpan) -> bool {
    const WORDS: [u8; 32] = {
        let mut words = [0; 32];
        words.split_at_mut(DENIED.len()).0.copy_from_slice(DENIED);
        words
    };
    let words = ShortSpan { from: status.to.wrapping_sub(place(DENIED.len())), ..status };
    words.rest(text).first_chunk().is_some_and(|said| {
        let same = u8x32::load_array_ref(vectors, said).simd_eq(u8x32::load_array(vectors, WORDS));
        let others = 64 - DENIED.len();
        (words.from == status.from) & (same.to_bitmask() << others == u64::MAX << others)
    })
}

/// Is the last field a status, or can the record not go on in the `rest` of the block? `length` is
/// how many bytes end the line.
// no `Found` here: it would have to be in memory, which it need not be else
#[inline(never)]
fn is_whole(text: &Window, ends: &Ends, tabs: usize, (length, rest): (usize, &[u8])) -> bool {
    let field = |at: usize| ShortSpan { from: ends[at].wrapping_add(1), to: ends[at + 1] }.of(text);
    let name = field(Field::Disposition as usize);
    if tabs == 8 {
        let message = Field::Message as usize;
        return is_status(name, field(message), field(message + 1));
    }
    let line = || memchr(b'\n', rest).map(|end| &rest[..end]);
    name == b"queued" || (length == 1 && line().is_some_and(|line| !ends_as_refusal(line)))
}

/// Does a field that begins so need an escape?
#[inline(always)]
pub fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'')
}

/// How many TABs a line has, and where it ends; `None` if it has a byte that is not plain, or is
/// too long.
#[inline(always)]
fn find_ends<V: Vectors>(vectors: V, text: &Window, ends: &mut Ends) -> Option<(usize, u8)> {
    let mut tabs = 0;
    let (chunks, _) = text[..64 * CHUNKS].as_chunks();
    for (base, chunk) in (0..).step_by(64).zip(chunks) {
        let all = bits_of(vectors, chunk, [b'\t']);
        let odd = plain::odd_bits(vectors, chunk) & !all;
        // those before the end; all where there is none
        let mut bits = all & (odd & odd.wrapping_neg()).wrapping_sub(1);
        let count = bits.count_ones() as usize;
        let places: &mut [u8; MOST_TABS] = ends.get_mut(tabs + 1..)?.first_chunk_mut()?;
        let (first, rest) = places.split_at_mut(MOST_TABS / 2);
        // four at once, and hardly ever more: a branch for each would often be foreseen wrongly
        for at in first {
            *at = place(base + bits.trailing_zeros() as usize);
            bits &= bits.wrapping_sub(1);
        }
        if bits != 0 {
            for at in rest {
                *at = place(base + bits.trailing_zeros() as usize);
                bits &= bits.wrapping_sub(1);
            }
            if bits != 0 {
                return None;
            }
        }
        tabs += count;
        if odd != 0 {
            let end = place(base + odd.trailing_zeros() as usize);
            *ends.get_mut(tabs + 1)? = end;
            return Some((tabs, end));
        }
    }
    None
}
