//! The text of a file of xz.

use std::io::{self, BufRead, Read};

use lzma_rust2::{Action, Status, XzStream};

use super::archive::MOST_MEMORY_BYTES;

/// The text of all streams of a file, as far as there is any before damage.
pub struct XzText<R> {
    file: R,
    stream: XzStream,
    at_end: bool,
}

impl<R: BufRead> XzText<R> {
    /// That of a file.
    pub fn new(file: R) -> Self {
        let stream = XzStream::new_mem_limit(true, MOST_MEMORY_BYTES / 1024);
        XzText { file, stream, at_end: false }
    }
}

impl<R: BufRead> Read for XzText<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.at_end && !buffer.is_empty() {
            let input = self.file.fill_buf()?;
            let action = if input.is_empty() { Action::Finish } else { Action::Run };
            let done = self.stream.process(input, buffer, action)?;
            let stuck = done.bytes_consumed == 0 && done.bytes_produced == 0;
            self.at_end = done.status == Status::StreamEnd;
            if stuck && !self.at_end {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.file.consume(done.bytes_consumed);
            if done.bytes_produced > 0 {
                return Ok(done.bytes_produced);
            }
        }
        Ok(0)
    }
}
