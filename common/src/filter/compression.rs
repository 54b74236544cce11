//! What compressed files begin with.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// How a file is compressed, by its first bytes, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// gzip.
    Gzip,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// Zstandard.
    Zstd,
    /// compress(1), which no tool reads; nor those that follow.
    Compress,
    /// lz4.
    Lz4,
    /// lzip.
    Lzip,
    /// The old format of xz.
    Lzma,
}

/// The first bytes of a kind of file.
struct Magic {
    kind: Compression,
    bytes: &'static [u8],
    /// The place of a byte of which only the upper four bits count.
    half: usize,
}

/// No byte counts by half.
const NONE: usize = usize::MAX;

/// bzip2: the level says nothing; a block follows, or the end. Zstandard and lz4 may begin with a
/// frame that is to be skipped; it counts as one of Zstandard. LZMA: `xz --format=lzma` writes the
/// usual properties and a dictionary of whole pages, whose size ends with two zeros.
const MAGICS: [Magic; 10] = [
    Magic { kind: Compression::Gzip, bytes: &[0x1f, 0x8b, 8], half: NONE },
    Magic { kind: Compression::Bzip2, bytes: b"BZh\x301AY&SY", half: 3 },
    Magic { kind: Compression::Bzip2, bytes: b"BZh\x30\x17\x72\x45\x38\x50\x90", half: 3 },
    Magic { kind: Compression::Xz, bytes: b"\xfd7zXZ\0", half: NONE },
    Magic { kind: Compression::Zstd, bytes: &[0x28, 0xb5, 0x2f, 0xfd], half: NONE },
    Magic { kind: Compression::Zstd, bytes: &[0x50, 0x2a, 0x4d, 0x18], half: 0 },
    Magic { kind: Compression::Compress, bytes: &[0x1f, 0x9d], half: NONE },
    Magic { kind: Compression::Lz4, bytes: &[0x04, 0x22, 0x4d, 0x18], half: NONE },
    Magic { kind: Compression::Lzip, bytes: b"LZIP\x01", half: NONE },
    Magic { kind: Compression::Lzma, bytes: &[0x5d, 0, 0], half: NONE },
];

impl Magic {
    /// Do these bytes agree with it as far as both go?
    fn agrees(&self, head: &[u8]) -> bool {
        let bytes = self.bytes.iter().zip(head).enumerate();
        bytes.into_iter().all(
            |(at, (known, byte))| {
                if at == self.half { known >> 4 == byte >> 4 } else { known == byte }
            },
        )
    }
}

impl Compression {
    /// The number of first bytes that show how a file is compressed.
    pub const MAGIC_BYTES: usize = 10;

    /// How a file that begins with these bytes is compressed, if it is.
    pub fn of(head: &[u8]) -> Option<Self> {
        let is = |magic: &&Magic| head.len() >= magic.bytes.len() && magic.agrees(head);
        MAGICS.iter().find(is).map(|magic| magic.kind)
    }

    /// How a file is compressed from a place on, if it is.
    pub fn at(file: &File, place: u64) -> io::Result<Option<Self>> {
        let mut head = [0; Compression::MAGIC_BYTES];
        let length = file.read_at(&mut head, place)?;
        Ok(Compression::of(&head[..length]))
    }

    /// May a file that begins with these bytes turn out to be compressed when more of it is there?
    pub fn may_follow(head: &[u8]) -> bool {
        MAGICS.iter().any(|magic| head.len() < magic.bytes.len() && magic.agrees(head))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Compression::Gzip => "gzip",
            Compression::Bzip2 => "bzip2",
            Compression::Xz => "xz",
            Compression::Zstd => "zstd",
            Compression::Compress => "compress",
            Compression::Lz4 => "lz4",
            Compression::Lzip => "lzip",
            Compression::Lzma => "lzma",
        }
    }

    /// What a tool says of such a file that does not decompress it.
    pub fn complaint(self) -> String {
        let cat = match self {
            Compression::Gzip | Compression::Compress => "zcat",
            Compression::Bzip2 => "bzcat",
            Compression::Xz | Compression::Lzma => "xzcat",
            Compression::Zstd => "zstdcat",
            Compression::Lz4 => "lz4cat",
            Compression::Lzip => "lzip -dc",
        };
        format!("is compressed ({}); pipe it through {cat}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes() {
        for (head, kind) in [
            (&b"\x1f\x8b\x08\0"[..], Some(Compression::Gzip)),
            (b"BZh91AY&SY", Some(Compression::Bzip2)),
            (b"BZh1\x17\x72\x45\x38\x50\x90\0\0\0\0", Some(Compression::Bzip2)),
            (b"\xfd7zXZ\0\0\x04", Some(Compression::Xz)),
            (b"\x28\xb5\x2f\xfd\x04", Some(Compression::Zstd)),
            (b"\x5e\x2a\x4d\x18", Some(Compression::Zstd)),
            (b"BZh9 is what the client said", None),
            (b"\x1f\x9d\x90", Some(Compression::Compress)),
            (b"\x04\x22\x4d\x18\x64", Some(Compression::Lz4)),
            (b"LZIP\x01\x0c", Some(Compression::Lzip)),
            (b"LZIP is what the client said", None),
            (b"\x5d\0\0\x80\0\xff", Some(Compression::Lzma)),
            (b"@4000000042b6deb8", None),
            (b"", None),
        ] {
            assert_eq!(Compression::of(head), kind, "{}", head.escape_ascii());
            for length in 0..head.len() {
                let (found, more) =
                    (Compression::of(&head[..length]), Compression::may_follow(&head[..length]));
                assert!(found.is_none() || found == kind, "{}", head.escape_ascii());
                assert!(kind.is_none() || found.is_some() || more, "{}", head.escape_ascii());
            }
            assert!(!Compression::may_follow(&[head, b" and more"].concat()));
        }
    }
}
