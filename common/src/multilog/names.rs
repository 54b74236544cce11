//! What the names of the files in a log directory say.

use super::labels::{Label, label_at_start, label_of};
use crate::bytes::digits::number;
use crate::time::{Day, Instant, label};

/// What the programs that compress files add to their names; tinylog adds `.Z`.
const SUFFIXES: [&[u8]; 5] = [b".gz", b".bz2", b".xz", b".zst", b".Z"];

/// What the name of a rotated file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rotated {
    /// When it was rotated.
    pub label: Label,
    /// How it came to its name.
    pub state: Saved,
}

/// What a rotated file went through. Of several with one label the first is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Saved {
    /// `.s`: it is safe, and has been through the processor.
    Safe,
    /// The same under a code that the administrator chose, in daemontools-encore.
    Coded,
    /// `.u`: a killed writer left it, or its processor is at work.
    Unfinished,
}

impl Rotated {
    /// Reads `@LABEL.CODE` or `_STAMP.CODE`, and either with the suffix of a compressed file.
    pub fn parse(name: &[u8]) -> Option<Self> {
        let (label, rest) = labelled(name)?;
        let state = match without_suffix(rest.strip_prefix(b".")?) {
            b"s" => Saved::Safe,
            b"u" => Saved::Unfinished,
            code if code.is_empty() || rest == WRITING => return None,
            code => {
                let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
                code.iter().all(is_word).then_some(Saved::Coded)?
            }
        };
        Some(Rotated { label, state })
    }
}

/// What the processor of svlogd writes, until it is safe.
const WRITING: &[u8] = b".t";

/// Does a name look like that of an old log which is nevertheless not read?
pub fn looks_rotated(name: &[u8]) -> bool {
    let begins =
        (name.starts_with(b"@") && name.len() >= label::LENGTH) || labelled(name).is_some();
    let is_writing = labelled(name).is_some_and(|(_, rest)| rest == WRITING);
    (begins || without_suffix(name).len() < name.len())
        && !is_writing
        && Rotated::parse(name).is_none()
}

/// Is this the name of a file that only the writer of a directory makes?
pub fn is_of_directory(name: &[u8]) -> bool {
    matches!(name, b"" | b"previous" | b"current") || Rotated::parse(name).is_some()
}

/// A name without the suffix of a compressed file.
pub fn without_suffix(name: &[u8]) -> &[u8] {
    SUFFIXES.iter().find_map(|suffix| name.strip_suffix(*suffix)).unwrap_or(name)
}

/// The label or stamp that a name begins with, as a label, and what follows it.
fn labelled(name: &[u8]) -> Option<(Label, &[u8])> {
    if let Some(label) = label_at_start(name) {
        return Some((label, &name[label.len()..]));
    }
    let (stamp, rest) = name.strip_prefix(b"_")?.split_first_chunk()?;
    Some((label_of_stamp(stamp)?, rest))
}

/// The label of tinylog's `YYYYMMDDTHHMMSS.uuuuuu`, which is in UTC.
fn label_of_stamp(stamp: &[u8; 22]) -> Option<Label> {
    if stamp[8] != b'T' || stamp[15] != b'.' {
        return None;
    }
    let field = |from: usize, to: usize| i64::try_from(number(&stamp[from..to])?).ok();
    let day = Day::from_civil(field(0, 4)?, field(4, 6)?, field(6, 8)?)?;
    let seconds = day.0 * 86_400 + field(9, 11)? * 3600 + field(11, 13)? * 60 + field(13, 15)?;
    let micros = u32::try_from(field(16, 22)?).ok()?;
    Instant::new(seconds, Some(micros * 1000)).map(label_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABEL: &str = "@4000000042b6deb800000000";

    #[test]
    fn names_that_are_read() {
        let label = label_at_start(LABEL.as_bytes()).unwrap();
        for (rest, state) in [
            (".s", Saved::Safe),
            (".s.gz", Saved::Safe),
            (".s.Z", Saved::Safe),
            (".u", Saved::Unfinished),
            (".u.zst", Saved::Unfinished),
            (".gz", Saved::Coded),
            (".done.bz2", Saved::Coded),
            (".qmail-1_a", Saved::Coded),
        ] {
            let name = [LABEL, rest].concat();
            let found = Rotated::parse(name.as_bytes());
            assert_eq!(found, Some(Rotated { label, state }), "{name}");
            assert!(!looks_rotated(name.as_bytes()), "{name}");
        }
        // 0x42b6deb8 - 10 is 2005-06-20 15:20:14 UTC
        let tinylog = Rotated::parse(b"_20050620T152014.000000.s.Z");
        assert_eq!(tinylog, Some(Rotated { label, state: Saved::Safe }));
        let micros = Rotated::parse(b"_20050620T152014.123456.u").unwrap();
        assert_eq!(micros.label.as_slice(), b"@4000000042b6deb8075bca00");
    }

    #[test]
    fn names_that_are_not() {
        for (name, told) in [
            ("@4000000042b6deb800000000", true),
            ("@4000000042b6deb800000000.", true),
            ("@4000000042b6deb800000000.s.old", true),
            ("@4000000042b6deb800000000.s~", true),
            ("@4000000042b6deb80000000x.s", true),
            ("_20050620T152014.000000.s.tmp", true),
            ("current.gz", true),
            ("qmail.log.1.xz", true),
            ("@4000000042b6deb800000000.t", false),
            ("_20051320T152014.000000.s", false),
            ("state", false),
            ("lock", false),
            ("zipped", false),
            (".gitignore", false),
        ] {
            assert_eq!(Rotated::parse(name.as_bytes()), None, "{name}");
            assert_eq!(looks_rotated(name.as_bytes()), told, "{name}");
        }
    }
}
