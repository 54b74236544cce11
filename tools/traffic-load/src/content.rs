//! What stands in one day file: read once, checked whole, before anything is loaded.

use std::fmt::Write;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use common::bytes::tsv;
use common::filter::{Stop, reason};
use common::logs::day_file::{Kind, Line, Name};
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::metrics::Metrics;

/// Longer lines are malformed; so a file that is none of ours does not fill the memory.
const LONGEST_LINE: usize = 64 * 1024;
/// More text is no file of one day: its lines are kept in memory, and a few bytes may decompress to
/// any number of them.
const MOST_TEXT_BYTES: usize = 512 << 20;

/// A file's lines and what identifies them.
#[derive(Debug)]
pub struct Content {
    /// SHA-256 of the uncompressed bytes, in hexadecimal, as `sha256sum` prints it.
    pub sha256: String,
    /// What its lines say.
    pub lines: Lines,
}

/// What the lines of a file say.
#[derive(Debug)]
pub enum Lines {
    /// Of a traffic file.
    Traffic(Traffic),
    /// Of a file of metric rows.
    Metrics(Box<Metrics>),
}

/// The lines of a traffic file, without the header.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Each of them.
    pub entries: Vec<Entry>,
    /// The sum over the lines.
    pub kilobytes: i64,
}

/// One line of a traffic file.
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
    pub fn read(file: impl Read, name: &Name) -> Result<Self, NotLoaded> {
        let file = BufReader::new(file);
        if name.compressed {
            Self::read_lines(MultiGzDecoder::new(file), name, MOST_TEXT_BYTES)
        } else {
            Self::read_lines(file, name, MOST_TEXT_BYTES)
        }
    }

    fn read_lines(file: impl Read, name: &Name, most_bytes: usize) -> Result<Self, NotLoaded> {
        let mut file = BufReader::new(Hashed { file, hash: Sha256::new() });
        let mut lines = match name.kind {
            Kind::Mail | Kind::Web | Kind::UserFtp | Kind::VirtualFtp => {
                Lines::Traffic(Traffic::default())
            }
            Kind::Metrics(_) => Lines::Metrics(Box::new(Metrics::new(name.day))),
        };
        let (mut line, mut text_bytes) = (Vec::new(), 0);
        for number in 1.. {
            text_bytes += line.len();
            if text_bytes > most_bytes {
                return Err(refused("has more than 512 MiB of text"));
            }
            line.clear();
            let mut whole = file.by_ref().take(LONGEST_LINE as u64);
            if whole.read_until(b'\n', &mut line).map_err(|error| failed(&error))? == 0 {
                break;
            }
            lines.take(&line).map_err(|what| NotLoaded::Refused(Some(number), what.into()))?;
        }
        if let Lines::Metrics(metrics) = &mut lines {
            metrics.finish().map_err(refused)?;
        }
        let mut sha256 = String::new();
        for byte in file.into_inner().hash.finalize() {
            let _ = write!(sha256, "{byte:02x}");
        }
        Ok(Content { sha256, lines })
    }

    /// How many lines there are, without headers.
    pub fn lines(&self) -> usize {
        match &self.lines {
            Lines::Traffic(traffic) => traffic.entries.len(),
            Lines::Metrics(metrics) => metrics.lines,
        }
    }

    /// The sum over the lines, where these have kilobytes.
    pub fn kilobytes(&self) -> Option<i64> {
        match &self.lines {
            Lines::Traffic(traffic) => Some(traffic.kilobytes),
            Lines::Metrics(_) => None,
        }
    }

    /// Is everything in it 0, so that it makes no difference how often it is loaded?
    pub fn adds_nothing(&self) -> bool {
        match &self.lines {
            Lines::Traffic(traffic) => traffic.kilobytes == 0,
            Lines::Metrics(metrics) => metrics.add_nothing,
        }
    }
}

impl Lines {
    fn take(&mut self, line: &[u8]) -> Result<(), &'static str> {
        if line.len() == LONGEST_LINE && !line.ends_with(b"\n") {
            return Err("the line is longer than 64 KiB");
        }
        let ended = line.strip_suffix(b"\n");
        let line = ended.unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match self {
            Lines::Traffic(traffic) => traffic.take(line),
            // cut short, the number in it is another one
            Lines::Metrics(_) if ended.is_none() => {
                Err("the row does not end in a newline; it may be cut short")
            }
            Lines::Metrics(metrics) => metrics.take(line),
        }
    }
}

impl Traffic {
    fn take(&mut self, line: &[u8]) -> Result<(), &'static str> {
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

/// A file whose bytes are added to a checksum as they are read.
struct Hashed<R> {
    file: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}

/// A damaged archive is the content's fault, not the disk's.
fn failed(error: &io::Error) -> NotLoaded {
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
        Content::read(bytes, &Name::parse(b"20.06.2005.txt").unwrap())
    }

    fn read_packed(bytes: &[u8]) -> Result<Content, NotLoaded> {
        Content::read(bytes, &Name::parse(b"20.06.2005.txt.gz").unwrap())
    }

    #[test]
    fn the_longest_line_and_one_more() {
        let line = |length: usize| {
            let mut line = b"||1|1|1|".to_vec();
            line.splice(1..1, vec![b'a'; length - line.len()]);
            line
        };
        let ended = |length| [line(length).as_slice(), b"\n"].concat();
        assert_eq!(read(&ended(LONGEST_LINE - 1)).unwrap().lines(), 1);
        for long in [ended(LONGEST_LINE), line(LONGEST_LINE)] {
            let refusal = read(&[ended(100), long].concat()).unwrap_err();
            assert!(matches!(refusal, NotLoaded::Refused(Some(2), _)), "{refusal:?}");
        }
    }

    #[test]
    fn text_has_a_limit() {
        let name = Name::parse(b"20.06.2005.qml.txt").unwrap();
        let line = b"|a.example|1|1|0|\n";
        let all = line.repeat(10);
        assert!(Content::read_lines(&all[..], &name, all.len()).is_ok());
        let refusal = Content::read_lines(&all[..], &name, all.len() - 1).unwrap_err();
        assert!(matches!(refusal, NotLoaded::Refused(None, _)), "{refusal:?}");
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
            let refusal = read_packed(&packed[..length]).unwrap_err();
            assert!(matches!(refusal, NotLoaded::Refused(None, _)), "{length}: {refusal:?}");
        }
        assert_eq!(read_packed(&packed).unwrap().kilobytes(), Some(11));
        assert_eq!(read_packed(&packed.repeat(2)).unwrap().kilobytes(), Some(22));
        let trailing = [packed.as_slice(), b"garbage"].concat();
        assert!(read_packed(&trailing).is_err());
    }
}
