//! FNV-1a, a checksum that is the same in every version: for what is kept in files.

/// The checksum of the bytes so far.
#[derive(Clone, Copy, Debug)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    /// The checksum with more bytes.
    #[must_use]
    pub fn with(self, bytes: &[u8]) -> Self {
        Fnv(bytes
            .iter()
            .fold(self.0, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)))
    }

    /// The checksum as a number.
    pub fn sum(self) -> u64 {
        self.0
    }
}
