//! The head of a line, when day and host are known.

use std::ops::Range;

use super::{DATE_BYTES, ROOM_BYTES, is_quote};
use crate::bytes::plain::is_plain;
use crate::bytes::scan::{Vectors, digits_in_half};
use crate::time::{Stamp, stamp::Form};

/// How many bytes the date and the host have at most, each with a blank.
pub(super) const HEAD_BYTES: usize = 64;

/// What stands before a process number, of incoming mail and of outgoing.
const WAYS: [&[u8; 4]; 2] = [b" in[", b"out["];

/// The day and the host of the lines.
#[derive(Debug)]
pub(super) struct Host {
    /// `Jun 20 00:00:00 mail.example.com `
    head: [u8; HEAD_BYTES],
    /// The bits that all lines have in common: all of each byte, but four of a digit of the time.
    needed: [u8; HEAD_BYTES],
    /// Where the time has digits, 6: with it, and without, a digit has the same four bits.
    six: [u8; HEAD_BYTES],
    length: u8,
}

impl Host {
    /// `None` if lines like this one cannot be found, or their rows need an escape.
    pub(super) fn new(line: &[u8], name: &[u8]) -> Option<Self> {
        const TIME: &[u8; 8] = b"00:00:00";
        const TIME_AT: usize = DATE_BYTES - TIME.len() - 1;
        let (stamp, _) = Stamp::at_start(line)?;
        let has_date = stamp.form == Form::Syslog && stamp.text.len() + 1 == DATE_BYTES;
        let day: &[u8; TIME_AT] = line.first_chunk().filter(|_| has_date)?;
        let end = DATE_BYTES + name.len() + 1;
        let length = u8::try_from(end).ok()?;
        let (mut head, mut needed, mut six) = ([b' '; _], [0; _], [0; _]);
        needed.get_mut(..end)?.fill(u8::MAX);
        head[..TIME_AT].copy_from_slice(day);
        head[TIME_AT..DATE_BYTES - 1].copy_from_slice(TIME);
        head[DATE_BYTES..end - 1].copy_from_slice(name);
        for at in (TIME_AT..DATE_BYTES).filter(|at| head[*at] == b'0') {
            (needed[at], six[at]) = (0xf0, 6);
        }
        let begins_well = name.first().is_some_and(|byte| !is_quote(*byte));
        (begins_well && is_plain(name)).then_some(Host { head, needed, six, length })
    }

    /// Where it ends in a line: the direction begins there.
    #[inline(always)]
    pub(super) fn end(&self) -> usize {
        usize::from(self.length)
    }

    /// Is it a time of this day, this host, and a blank?
    #[inline(always)]
    fn is_head(&self, head: &[u8; HEAD_BYTES]) -> bool {
        // the compiler makes vector instructions of it
        let differs = (0..HEAD_BYTES).fold(0, |differs, at| {
            let (found, known) = (head[at], self.head[at]);
            let with_six = found.wrapping_add(self.six[at]);
            differs | (found ^ known | with_six ^ known) & self.needed[at]
        });
        differs == 0
    }

    /// Where the process number stands, if all is as it must be up to the end of the time.
    #[inline(always)]
    pub(super) fn pid_in<V: Vectors>(
        &self,
        vectors: V,
        line: &[u8; ROOM_BYTES],
    ) -> Option<Range<usize>> {
        // no branch depends on the direction, which nobody can foretell: hence a table
        let outgoing = usize::from(line[self.end()] == b'o');
        let pid = self.end() + b"in[".len() + outgoing;
        let way = line[pid - 4..].first_chunk::<4>()? == WAYS[outgoing];
        let digits = digits_in_half(vectors, line[pid..].first_chunk()?);
        let length = digits.trailing_ones();
        let ten_digits = digits.wrapping_shr(length + 3) & 0x7ff == 0x3ff;
        let pid = pid..pid + length as usize;
        let after = u32::from_le_bytes(*line[pid.end..].first_chunk()?);
        let is_head = way
            && (1..8).contains(&length)
            && after << 8 == u32::from_le_bytes(*b"\0]: ")
            && ten_digits
            && self.is_head(line.first_chunk()?);
        is_head.then_some(pid)
    }
}
