//! The head of a line, when day and host are known.

use std::ops::Range;

use super::{DATE_BYTES, ROOM_BYTES, is_quote};
use crate::bytes::plain::is_plain;
use crate::bytes::scan::{Vectors, differences, digits_in};
use crate::time::{Stamp, stamp::Form};

/// How many bytes the host has at most, with a blank.
pub(super) const HOST_BYTES: usize = 64;

const fn word(bytes: [u8; 8]) -> u64 {
    u64::from_le_bytes(bytes)
}

/// The day and the host of the lines.
#[derive(Debug)]
pub(super) struct Host {
    /// `Jun 20 00:00:00 `
    date: [u64; 2],
    /// With a blank behind it.
    bytes: [u8; HOST_BYTES],
    length: u8,
}

impl Host {
    /// `None` if lines like this one cannot be found, or their rows need an escape.
    pub(super) fn new(line: &[u8], name: &[u8]) -> Option<Self> {
        let (stamp, _) = Stamp::at_start(line)?;
        let has_date = stamp.form == Form::Syslog && stamp.text.len() + 1 == DATE_BYTES;
        let day: &[u8; 7] = line.first_chunk().filter(|_| has_date)?;
        let mut first = *b"Mmm dd 0";
        first[..day.len()].copy_from_slice(day);
        let date = [word(first), word(*b"0:00:00 ")];
        let mut host = Host { date, bytes: [b' '; _], length: u8::try_from(name.len() + 1).ok()? };
        host.bytes[..HOST_BYTES - 1].get_mut(..name.len())?.copy_from_slice(name);
        let begins_well = name.first().is_some_and(|byte| !is_quote(*byte));
        (begins_well && is_plain(name)).then_some(host)
    }

    /// Where it ends in a line: the direction begins there.
    #[inline(always)]
    pub(super) fn end(&self) -> usize {
        DATE_BYTES + usize::from(self.length)
    }

    /// Is it a time of this day, and a blank?
    #[inline(always)]
    fn is_date(&self, date: &[u8; DATE_BYTES]) -> bool {
        // all bytes of the day, the colons and the last blank; of digits what all have in common,
        // with and without six more
        const NEEDED: [u64; 2] = [
            word(*b"\xff\xff\xff\xff\xff\xff\xff\xf0"),
            word(*b"\xf0\xff\xf0\xf0\xff\xf0\xf0\xff"),
        ];
        const SIX: [u64; 2] = [word(*b"\0\0\0\0\0\0\0\x06"), word(*b"\x06\0\x06\x06\0\x06\x06\0")];
        let differs = |at: usize| {
            let found = u64::from_le_bytes(date.as_chunks().0[at]);
            (found ^ self.date[at] | found.wrapping_add(SIX[at]) ^ self.date[at]) & NEEDED[at]
        };
        differs(0) | differs(1) == 0
    }

    /// Where the process number stands, if all is as it must be up to the end of the time.
    #[inline(always)]
    pub(super) fn pid_in<V: Vectors>(
        &self,
        vectors: V,
        line: &[u8; ROOM_BYTES],
    ) -> Option<Range<usize>> {
        let differs = differences(vectors, line[DATE_BYTES..].first_chunk()?, &self.bytes);
        let is_host = differs << (64 - self.length) == 0;

        // no branch depends on the direction, which nobody can foretell
        let direction = u32::from_le_bytes(*line[self.end()..].first_chunk()?);
        let incoming = direction << 8 == u32::from_le_bytes(*b"\0in[");
        let outgoing = direction == u32::from_le_bytes(*b"out[");

        let pid = self.end() + b"in[".len() + usize::from(outgoing);
        let digits = digits_in(vectors, line[pid..].first_chunk()?);
        let length = digits.trailing_ones();
        let ten_digits = digits.wrapping_shr(length + 3) & 0x7ff == 0x3ff;
        let pid = pid..pid + length as usize;
        let is_head = is_host
            && (incoming || outgoing)
            && (1..8).contains(&length)
            && line[pid.end..].starts_with(b"]: ")
            && ten_digits
            && self.is_date(line.first_chunk()?);
        is_head.then_some(pid)
    }
}
