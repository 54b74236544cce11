//! The head of nearly all records: a label, a process number and the words of a logger that names the
//! plugin, with one blank after each and after the backquote. Found without a branch that one line
//! takes and the next does not.

use super::place::{ShortSpan, place};
use crate::bytes::scan::{Vectors, bits_of};
use crate::logs::logterse::MARK;
use crate::logs::logterse::head::LOGGERS;
use crate::time::label;
use fearless_simd::prelude::*;
use fearless_simd::{u8x16, u8x32};

/// Where the process number begins: after the label and a blank.
const PID: usize = label::LENGTH + 1;

/// As many bytes as the words of any logger have, or more.
const LONGEST: usize = 48;

// a line without a backquote seems to have words as long as this, or one byte less
const _: () = {
    let mut at = 0;
    while at < LOGGERS.len() {
        assert!(LOGGERS[at].0.len() + 1 < LONGEST);
        at += 1;
    }
};

/// How long a head is at least: with a process number of one digit, and the shortest words.
pub const LEAST_HEAD: usize = {
    let mut shortest = LONGEST;
    let mut at = 0;
    while at < LOGGERS.len() {
        if LOGGERS[at].0.len() < shortest {
            shortest = LOGGERS[at].0.len();
        }
        at += 1;
    }
    PID + b"1 ".len() + shortest + b"` ".len()
};

/// How many words the table has room for.
const TABLE: usize = 64;

/// A line from its start.
pub type LineStart = [u8; 512];

/// A head. Its label is at its start.
#[derive(Clone, Copy, Debug)]
pub struct FoundHead<'a> {
    words: &'a LoggerWords,
    /// Where the words begin.
    start: usize,
    /// The backquote after them.
    mark: usize,
}

impl FoundHead<'_> {
    /// Where the label stands.
    pub const LABEL: ShortSpan = ShortSpan { from: 0, to: place(label::LENGTH) };

    /// Where the process number stands.
    #[inline(always)]
    pub fn pid(self) -> ShortSpan {
        ShortSpan { from: place(PID), to: place(self.start - 1) }
    }

    /// Where the name of the hook stands in the words; empty if they name none.
    #[inline(always)]
    pub fn hook(self) -> ShortSpan {
        let ShortSpan { from, to } = self.words.hook;
        let start = place(self.start);
        ShortSpan { from: start.wrapping_add(from), to: start.wrapping_add(to) }
    }

    /// Where the fields begin.
    #[inline(always)]
    pub fn fields(self) -> usize {
        self.mark + 2
    }
}

/// The words of one logger; none where the length is 0.
#[derive(Clone, Copy, Debug)]
#[repr(align(128))]
struct LoggerWords {
    text: [u8; LONGEST],
    /// All ones for each byte of the words, 0 for those after them.
    mask: [u8; LONGEST],
    length: usize,
    /// Where they name the hook.
    hook: ShortSpan,
}

/// The words of all loggers, each at the place in a table that its length and its first byte give.
#[derive(Debug)]
pub struct LoggerTable {
    table: [LoggerWords; TABLE],
}

impl Default for LoggerTable {
    /// The table of the words of all loggers.
    fn default() -> Self {
        let none = LoggerWords {
            text: [0; LONGEST],
            mask: [0; LONGEST],
            length: 0,
            hook: ShortSpan::default(),
        };
        let mut table = [none; TABLE];
        for (text, hook) in LOGGERS {
            let words = &mut table[place_of(text.len(), text[0])];
            words.text[..text.len()].copy_from_slice(text);
            words.mask[..text.len()].fill(u8::MAX);
            words.length = text.len();
            let at = text.windows(hook.len().max(1)).position(|part| part == hook).unwrap_or(0);
            words.hook = ShortSpan { from: place(at), to: place(at + hook.len()) };
        }
        LoggerTable { table }
    }
}

impl LoggerTable {
    /// The head at the start of a line, if it is like that.
    #[inline(always)]
    pub fn head<V: Vectors>(&self, vectors: V, line: &LineStart) -> Option<FoundHead<'_>> {
        let after_label = line[PID..].first_chunk()?;
        let mark = PID + bits_of(vectors, after_label, [MARK]).trailing_zeros() as usize;
        let digits = digits(vectors, line[PID..].first_chunk()?);
        let start = PID + digits + 1;
        let found = line[start..].first_chunk::<LONGEST>()?;
        let length = mark.wrapping_sub(start);
        let words = &self.table[place_of(length, found[0])];
        let differs = (0..LONGEST)
            .fold(0, |differs, at| differs | ((found[at] ^ words.text[at]) & words.mask[at]));
        let sound = differs == 0
            && words.length == length
            && length > 0
            && digits > 0
            && line[start - 1] == b' '
            && line[PID - 1] == b' '
            && line[0] == b'@'
            && line[mark + 1] == b' '
            && are_hex(vectors, line.first_chunk()?);
        sound.then_some(FoundHead { words, start, mark })
    }
}

/// Where in the table the words with this length and first byte are.
#[inline(always)]
fn place_of(length: usize, first: u8) -> usize {
    (length.wrapping_mul(2) | usize::from(first == b'(')) % TABLE
}

/// Are the 24 bytes after the first all hex digits, as those of a label are?
#[inline(always)]
fn are_hex<V: Vectors>(vectors: V, label: &[u8; 32]) -> bool {
    const DIGITS: u32 = ((1 << (label::LENGTH - 1)) - 1) << 1;
    let bytes = u8x32::load_array_ref(vectors, label);
    let decimal = (bytes - b'0').simd_lt(10);
    let letter = ((bytes | 0x20) - b'a').simd_lt(6);
    !(decimal | letter).to_bitmask() & u64::from(DIGITS) == 0
}

/// How many digits the text begins with.
#[inline(always)]
pub fn digits<V: Vectors>(vectors: V, text: &[u8; 16]) -> usize {
    let digit = (u8x16::load_array_ref(vectors, text) - b'0').simd_lt(10);
    digit.to_bitmask().trailing_ones() as usize
}

#[cfg(test)]
mod tests {
    use crate::bytes::scan::{dispatch, levels};
    use crate::logs::logterse;

    use super::*;

    /// A head is found only where the way that knows all cases finds the same; for any byte of it
    /// changed, taken out or put in twice.
    #[test]
    fn heads_are_heads() {
        let loggers = LoggerTable::default();
        let mut found = 0;
        for (words, _) in LOGGERS {
            let head = [b"@40000000582033e43560d92c 28003 ", words, b"` "].concat();
            for at in 0..head.len() {
                let mut lines = vec![head.clone(), head.clone()];
                lines[0].remove(at);
                lines[1].insert(at, head[at]);
                for byte in b"@ afAFgG09:/`()ldq\t\n\\\xff" {
                    let mut line = head.clone();
                    line[at] = *byte;
                    lines.push(line);
                }
                for line in lines {
                    found += check(&loggers, &line);
                }
            }
        }
        assert!(found > 500, "{found}");
    }

    /// Words whose length differs from that of a logger's by the size of the table.
    #[test]
    fn words_of_another_length() {
        for more in 0..64 {
            for (words, _) in LOGGERS {
                let line = [b"@40000000582033e43560d92c 1 ", words, &b"x"[..].repeat(more), b"` "];
                assert_eq!(check(&LoggerTable::default(), &line.concat()), usize::from(more == 0));
            }
        }
    }

    fn check(loggers: &LoggerTable, text: &[u8]) -> usize {
        let mut line = [b' '; 512];
        line[..text.len()].copy_from_slice(text);
        let mark = text.iter().position(|byte| *byte == MARK).unwrap_or(0);
        let expected = logterse::head(&text[..mark]);
        let mut found = 0;
        for level in levels() {
            let head = dispatch!(level, vectors => loggers.head(vectors, &line));
            if let Some(head) = head {
                let expected = expected.unwrap();
                assert_eq!(FoundHead::LABEL.of(&line), expected.stamp.unwrap().text);
                assert_eq!(head.pid().of(&line), expected.pid);
                assert_eq!(head.hook().of(&line), expected.hook);
                assert_eq!((head.fields(), line[mark + 1]), (mark + 2, b' '));
                found += 1;
            }
        }
        assert!(found == 0 || found == levels().len());
        usize::from(found > 0)
    }
}
