//! The members of a file of gzip, one after the other.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// The text of all members. Zeros after one of them are padding, as gzip(1) has it: tapes and file
/// systems put them there.
pub struct GzipMembers<R> {
    /// `None` after the last.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> GzipMembers<R> {
    /// The members of a file.
    pub fn new(file: R) -> Self {
        GzipMembers { member: Some(GzDecoder::new(file)) }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let has_more = skip_zeros(member.get_mut())?;
            let file = self.member.take().map(GzDecoder::into_inner);
            self.member = file.filter(|_| has_more).map(GzDecoder::new);
        }
        Ok(0)
    }
}

/// Passes over zeros; `false` if nothing follows them.
fn skip_zeros(file: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let block = file.fill_buf()?;
        let zeros = block.iter().take_while(|byte| **byte == 0).count();
        let (is_end, all) = (block.is_empty(), zeros == block.len());
        file.consume(zeros);
        if is_end || !all {
            return Ok(!is_end);
        }
    }
}
