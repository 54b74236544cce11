//! The text of compressed files.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::os::unix::fs::FileExt;

use bzip2::bufread::MultiBzDecoder;

use super::gzip_members::GzipMembers;
use super::labels::labelled_lines;
use super::xz_text::XzText;
use super::zstd_frames::ZstdFrames;
use crate::filter::Compression;

/// The most memory that a file may need to be decompressed: as much as one of `zstd --long`, and
/// twice as much as one of `xz -9`.
pub const MOST_MEMORY_BYTES: u32 = 128 * 1024 * 1024;

/// How much of a compressed file is read at once.
const READ_BYTES: usize = 64 * 1024;

/// The text of a compressed file, from its beginning.
///
/// Where the file is damaged, all text before that place is read, then an error names the place.
pub struct Archive {
    kind: Compression,
    /// Where to begin again, unless it is a pipe.
    origin: Option<FileFrom>,
    text: Box<dyn Read>,
    /// Bytes of text that were read.
    offset: u64,
    /// Damage is near: text is decompressed byte by byte.
    near_damage: bool,
    /// What came behind the bytes that were read last.
    damage: Option<io::Error>,
}

/// A file from a place on; its own place stays.
struct FileFrom {
    file: File,
    place: u64,
}

impl Read for FileFrom {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.place)?;
        self.place += count as u64;
        Ok(count)
    }
}

impl FileFrom {
    fn try_clone(&self) -> io::Result<Self> {
        Ok(FileFrom { file: self.file.try_clone()?, place: self.place })
    }
}

impl Archive {
    /// What an open file holds from a place on, if that is compressed.
    ///
    /// The rest of a line that multilog cut may begin as a compressed file does, if a client wants
    /// it to. So what has lines with labels as they stand must be decompressed to its end; else it
    /// is text.
    pub fn at(file: &File, place: u64) -> io::Result<Option<Self>> {
        let Some(kind) = Compression::at(file, place)? else { return Ok(None) };
        let origin = FileFrom { file: file.try_clone()?, place };
        let text = || Ok::<_, io::Error>(decoder(kind, Box::new(origin.try_clone()?)));
        if has_labels(file, place)? && io::copy(&mut text()?, &mut io::sink()).is_err() {
            return Ok(None);
        }
        let text = text()?;
        Ok(Some(Archive { origin: Some(origin), ..Archive::new(kind, text) }))
    }

    /// What a pipe holds.
    pub fn of_pipe(kind: Compression, pipe: impl Read + 'static) -> Self {
        Archive::new(kind, decoder(kind, Box::new(pipe)))
    }

    fn new(kind: Compression, text: Box<dyn Read>) -> Self {
        Archive { kind, origin: None, text, offset: 0, near_damage: false, damage: None }
    }

    /// Passes over `length` bytes of text; gives how many there were.
    pub fn skip(&mut self, length: u64) -> io::Result<u64> {
        io::copy(&mut self.take(length), &mut io::sink())
    }

    /// Passes over all text up to a place; an error if there is not so much.
    pub fn skip_to(&mut self, place: u64) -> io::Result<u64> {
        self.skip(place.saturating_sub(self.offset))?;
        if self.offset == place { Ok(place) } else { Err(ErrorKind::UnexpectedEof.into()) }
    }

    /// Passes over all text but its last byte, and gives that, if there is one.
    pub fn last_byte(&mut self) -> io::Result<Option<u8>> {
        let (mut block, mut last) = ([0; 4096], None);
        loop {
            match self.read(&mut block) {
                Ok(0) => return Ok(last),
                Ok(count) => last = Some(block[count - 1]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads once, or byte by byte near damage.
    fn read_on(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.near_damage {
            return self.text.read(buffer);
        }
        for count in 0..buffer.len() {
            match self.damage.take().map_or_else(|| self.text.read(&mut buffer[count..=count]), Err)
            {
                Ok(1) => {}
                Ok(_) => return Ok(count),
                Err(error) if count == 0 => return Err(error),
                Err(error) => {
                    self.damage = Some(error);
                    return Ok(count);
                }
            }
        }
        Ok(buffer.len())
    }

    /// Begins again, to come as near to damage as can be; `false` if it cannot.
    fn begin_again(&mut self) -> io::Result<bool> {
        let Some(origin) = self.origin.as_ref().filter(|_| !self.near_damage) else {
            return Ok(false);
        };
        self.text = decoder(self.kind, Box::new(origin.try_clone()?));
        self.near_damage = true;
        let again = io::copy(&mut self.text.by_ref().take(self.offset), &mut io::sink());
        Ok(again.is_ok_and(|again| again == self.offset))
    }

    fn told(&self, error: &io::Error) -> io::Error {
        let (kind, offset) = (self.kind.name(), self.offset);
        io::Error::other(match error.kind() {
            ErrorKind::Unsupported => self.kind.complaint(),
            ErrorKind::OutOfMemory => {
                let most = MOST_MEMORY_BYTES / (1024 * 1024);
                format!("takes more than {most} MiB of memory to decompress ({kind})")
            }
            _ => format!("damaged after {offset} bytes of its text ({kind})"),
        })
    }
}

impl Read for Archive {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.read_on(buffer) {
                Ok(count) => {
                    self.offset += count as u64;
                    return Ok(count);
                }
                // the file cannot be read
                Err(error) if error.raw_os_error().is_some() => return Err(error),
                Err(error) if error.kind() == ErrorKind::Interrupted => return Err(error),
                Err(error) => {
                    if !self.begin_again()? {
                        return Err(self.told(&error));
                    }
                }
            }
        }
    }
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Archive");
        shown.field("kind", &self.kind).field("offset", &self.offset).finish_non_exhaustive()
    }
}

/// Does the first block from a place on, as it is in the file, have a line with a label, behind its
/// first?
fn has_labels(file: &File, place: u64) -> io::Result<bool> {
    let mut block = vec![0; READ_BYTES];
    let length = file.read_at(&mut block, place)?;
    Ok(labelled_lines(&block[..length]).next().is_some())
}

/// One type of file for all, so that each decoder is in the binary once.
fn decoder(kind: Compression, file: Box<dyn Read>) -> Box<dyn Read> {
    let file = BufReader::with_capacity(READ_BYTES, file);
    match kind {
        Compression::Gzip => Box::new(GzipMembers::new(file)),
        Compression::Bzip2 => Box::new(MultiBzDecoder::new(file)),
        Compression::Xz => Box::new(XzText::new(file)),
        Compression::Zstd => Box::new(ZstdFrames::new(file)),
        Compression::Compress | Compression::Lz4 | Compression::Lzip | Compression::Lzma => {
            Box::new(NoDecoder)
        }
    }
}

/// What stands for the text of a file that nothing here can decompress.
struct NoDecoder;

impl Read for NoDecoder {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use bzip2::Compression as Level;
    use bzip2::write::BzEncoder;

    use super::*;

    const LINES: &[u8] = b"@400000006b0278a000000001 a\n@400000006b0278a000000002 b\n";

    fn compressed(text: &[u8]) -> Vec<u8> {
        let mut encoder = BzEncoder::new(Vec::new(), Level::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn archive(bytes: &[u8]) -> Option<Archive> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Archive::at(&file, 0).unwrap()
    }

    #[test]
    fn the_last_byte() {
        let last = |text| archive(&compressed(text)).unwrap().last_byte().unwrap();
        assert_eq!(
            ["", "a", "a\n"].map(|text| last(text.as_bytes())),
            [None, Some(b'a'), Some(b'\n')]
        );
    }

    /// Also where it is a whole file, as a client may send it.
    #[test]
    fn a_line_that_begins_as_an_archive_is_text() {
        let whole = compressed(LINES);
        assert!(archive(&whole).is_some());
        for rest in [&whole[..], &whole[..20], b"BZh91AY&SY", b"\x1f\x8b\x08", b"LZIP\x01"] {
            assert!(archive(&[rest, b"\n", LINES].concat()).is_none());
        }
        // a file that was damaged has no lines as they stand
        assert!(archive(&whole[..20]).is_some());
    }

    /// What does not get shorter is stored as it is.
    #[test]
    fn an_archive_may_hold_lines_as_they_stand() {
        let lines = [b"\n".as_slice(), LINES].concat();
        let length = u16::try_from(lines.len()).unwrap();
        let mut stored = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01".to_vec();
        stored.extend([length.to_le_bytes(), (!length).to_le_bytes()].concat());
        stored.extend(&lines);
        let mut crc = flate2::Crc::new();
        crc.update(&lines);
        stored.extend([crc.sum().to_le_bytes(), crc.amount().to_le_bytes()].concat());
        let mut text = Vec::new();
        archive(&stored).unwrap().read_to_end(&mut text).unwrap();
        assert_eq!(text, lines);
    }
}
