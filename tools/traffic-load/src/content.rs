//! What stands in one day file: read once, checked whole, before anything is loaded.

use std::fmt::Write;
use std::io::{BufRead, BufReader, ErrorKind, Read};

use common::bytes::tsv;
use common::filter::{Stop, reason};
use common::logs::day_file::Line;
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

/// Longer lines are malformed; so a file that is none of ours does not fill the memory.
const LONGEST_LINE: usize = 64 * 1024;

/// A file's lines and what identifies them.
#[derive(Debug)]
pub struct Content {
    /// SHA-256 of the uncompressed bytes, in hexadecimal, as `sha256sum` prints it.
    pub sha256: String,
    /// The lines without the header.
    pub entries: Vec<Entry>,
    /// The sum over the lines.
    pub kilobytes: i64,
}

/// One line.
#[derive(Debug)]
pub struct Entry {
    /// The name in it, as text.
    pub domain: String,
    /// Rounded.
    pub kilobytes: i64,
    /// Hits.
    pub hits_all: i64,
    /// Hits on pages.
    pub hits_html: i64,
}

/// Why a file is not in the database.
#[derive(Debug)]
pub enum NotLoaded {
    /// Its name or its content is refused; with the number of a malformed line.
    Refused(Option<usize>, String),
    /// It cannot be read.
    Unreadable(String),
    /// The database failed, and so would it for the next file.
    Stopped(Stop),
}

/// A file that is refused as a whole.
pub fn refused(what: impl Into<String>) -> NotLoaded {
    NotLoaded::Refused(None, what.into())
}

impl From<Stop> for NotLoaded {
    fn from(stop: Stop) -> Self {
        NotLoaded::Stopped(stop)
    }
}

impl Content {
    /// Reads a whole file.
    pub fn read(file: impl Read, compressed: bool) -> Result<Self, NotLoaded> {
        let file = BufReader::new(file);
        if compressed {
            Self::read_lines(&mut BufReader::new(MultiGzDecoder::new(file)))
        } else {
            Self::read_lines(&mut { file })
        }
    }

    fn read_lines(file: &mut impl BufRead) -> Result<Self, NotLoaded> {
        let mut hash = Sha256::new();
        let mut content = Content { sha256: String::new(), entries: Vec::new(), kilobytes: 0 };
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let mut whole = file.by_ref().take(LONGEST_LINE as u64);
            if whole.read_until(b'\n', &mut line).map_err(|error| failed(&error))? == 0 {
                break;
            }
            hash.update(&line);
            content.take(&line).map_err(|what| NotLoaded::Refused(Some(number), what.into()))?;
        }
        for byte in hash.finalize() {
            let _ = write!(content.sha256, "{byte:02x}");
        }
        Ok(content)
    }

    fn take(&mut self, line: &[u8]) -> Result<(), &'static str> {
        if line.len() == LONGEST_LINE && !line.ends_with(b"\n") {
            return Err("the line is longer than 64 KiB");
        }
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some(line) = Line::parse(line)? else { return Ok(()) };
        let sum = self.kilobytes.checked_add(line.kilobytes);
        self.kilobytes = sum.ok_or("the sum of kilobytes is too large")?;
        self.entries.push(Entry {
            domain: tsv::visible(&line.name),
            kilobytes: line.kilobytes,
            hits_all: line.hits_all,
            hits_html: line.hits_html,
        });
        Ok(())
    }
}

/// A damaged archive is the content's fault, not the disk's.
fn failed(error: &std::io::Error) -> NotLoaded {
    match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
            refused(format!("damaged gzip data: {}", reason(error)))
        }
        _ => NotLoaded::Unreadable(reason(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Content, NotLoaded> {
        Content::read(bytes, false)
    }

    #[test]
    fn the_longest_line_and_one_more() {
        let line = |length: usize| {
            let mut line = b"||1|1|1|".to_vec();
            line.splice(1..1, vec![b'a'; length - line.len()]);
            line
        };
        let ended = |length| [line(length).as_slice(), b"\n"].concat();
        assert_eq!(read(&ended(LONGEST_LINE - 1)).unwrap().entries.len(), 1);
        for long in [ended(LONGEST_LINE), line(LONGEST_LINE)] {
            let refusal = read(&[ended(100), long].concat()).unwrap_err();
            assert!(matches!(refusal, NotLoaded::Refused(Some(2), _)), "{refusal:?}");
        }
    }

    #[test]
    fn sums_are_checked() {
        let line = b"|a|999999999999999999|1|1|\n";
        assert!(read(&line.repeat(9)).is_ok());
        assert!(matches!(read(&line.repeat(10)), Err(NotLoaded::Refused(Some(10), _))));
    }

    #[test]
    fn every_cut_of_a_compressed_file_is_refused() {
        use std::io::Write;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"|example.com|5|2|0|\n|example.net|6|3|0|\n").unwrap();
        let packed = gzip.finish().unwrap();
        for length in 0..packed.len() {
            let refusal = Content::read(&packed[..length], true).unwrap_err();
            assert!(matches!(refusal, NotLoaded::Refused(None, _)), "{length}: {refusal:?}");
        }
        assert_eq!(Content::read(packed.as_slice(), true).unwrap().kilobytes, 11);
        assert_eq!(Content::read(packed.repeat(2).as_slice(), true).unwrap().kilobytes, 22);
        let trailing = [packed.as_slice(), b"garbage"].concat();
        assert!(Content::read(trailing.as_slice(), true).is_err());
    }
}
