//! The frames of a file of Zstandard, one after the other.

use std::io::{self, BufRead, ErrorKind, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::archive::MOST_MEMORY_BYTES;

/// The text of all frames.
pub struct ZstdFrames<R> {
    file: R,
    frame: FrameDecoder,
    /// The frame has text that was not read.
    within: bool,
    /// Bytes of its text that were read.
    length: u64,
    /// What is behind that text.
    damage: Option<io::Error>,
}

impl<R: BufRead> ZstdFrames<R> {
    /// The frames of a file.
    pub fn new(file: R) -> Self {
        let mut frame = FrameDecoder::new();
        frame.set_max_window_size(MOST_MEMORY_BYTES.into());
        ZstdFrames { file, frame, within: false, length: 0, damage: None }
    }

    /// Begins the next frame; `false` at the end of the file.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.file.fill_buf()?.is_empty() {
            match self.frame.init(&mut self.file) {
                Ok(()) => {
                    (self.within, self.length) = (true, 0);
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let skipped = self.file.by_ref().take(length.into());
                    if io::copy(&mut { skipped }, &mut io::sink())? < length.into() {
                        return Err(ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(reason(&error)),
            }
        }
        Ok(false)
    }

    /// Decompresses until there is text, or the frame is at its end.
    fn decompress(&mut self) -> io::Result<()> {
        let one = || BlockDecodingStrategy::UptoBlocks(1);
        while self.frame.can_collect() == 0 && !self.frame.is_finished() {
            if let Err(error) = self.frame.decode_blocks(&mut self.file, one()) {
                self.damage = Some(reason(&error));
                // the decoder keeps its last text until the frame ends: an empty block and a checksum
                let end = [1, 0, 0, 0, 0, 0, 0];
                self.frame.decode_blocks(end.as_slice(), one()).map_err(|error| reason(&error))?;
            }
        }
        Ok(())
    }
}

impl<R: BufRead> Read for ZstdFrames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.within && !self.begin()? {
                return Ok(0);
            }
            self.decompress()?;
            let count = self.frame.read(buffer)?;
            self.length += count as u64;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.within = false;
            if let Some(damage) = self.damage.take() {
                return Err(damage);
            }
            // 0 stands for a length that was not known
            let (length, checksum) =
                (self.frame.content_size(), self.frame.get_checksum_from_data());
            if ![0, self.length].contains(&length)
                || ![None, self.frame.get_calculated_checksum()].contains(&checksum)
            {
                return Err(ErrorKind::InvalidData.into());
            }
        }
    }
}

/// What went wrong, in the terms of [`Archive`](super::archive::Archive).
fn reason(error: &FrameDecoderError) -> io::Error {
    match error {
        FrameDecoderError::WindowSizeTooBig { .. } => ErrorKind::OutOfMemory,
        _ => ErrorKind::InvalidData,
    }
    .into()
}
