//! Bytes that may stand in a field, and anywhere on a terminal, as they are.

use fearless_simd::{i8x16, i8x64, mask8x16, prelude::*, u8x16, u8x64};

use crate::bytes::scan::{Level, Vectors, dispatch};
use crate::bytes::short;

/// May these bytes stand in a field, and anywhere on a terminal, as they are?
///
/// True for printable ASCII without the backslash: a quick test that never errs on the unsafe side.
#[inline]
pub fn is_plain(bytes: &[u8]) -> bool {
    is_plain_but_for(bytes, b' ')
}

/// Are these bytes plain, leaving out one of them that separates fields or lines?
#[inline]
pub fn is_plain_but_for(bytes: &[u8], separator: u8) -> bool {
    if let Some(last) = bytes.last_chunk() {
        dispatch!(Level::baseline(), vectors => long_is_plain(vectors, bytes, last, separator))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        // some bytes may be there twice
        let [first, last] = [first, last].map(|eight| u64::from_le_bytes(*eight));
        let both = (u128::from(last) << 64 | u128::from(first)).to_le_bytes();
        dispatch!(Level::baseline(), vectors => long_is_plain(vectors, &[], &both, separator))
    } else {
        let text = u128::from(short::word(bytes)).to_le_bytes();
        is_short_plain(&text, bytes.len(), separator)
    }
}

/// Are the first `length` of these bytes plain?
#[inline(always)]
pub(super) fn is_short_plain(text: &[u8; 16], length: usize, separator: u8) -> bool {
    let odd =
        dispatch!(Level::baseline(), vectors => oddness(vectors, text, separator).to_bitmask());
    odd & ((1 << length) - 1) == 0
}

/// For sixteen bytes and more, of which `last` are the last.
#[inline(always)]
fn long_is_plain<V: Vectors>(vectors: V, bytes: &[u8], last: &[u8; 16], separator: u8) -> bool {
    // the last sixteen bytes may have been seen in part; that does no harm
    let mut odd = oddness(vectors, last, separator);
    for chunk in bytes.as_chunks().0 {
        odd |= oddness(vectors, chunk, separator);
    }
    odd.to_bitmask() == 0
}

/// The bytes that are neither plain nor the separator.
#[inline(always)]
fn oddness<V: Vectors>(vectors: V, chunk: &[u8; 16], separator: u8) -> mask8x16<V> {
    let bytes = u8x16::load_array_ref(vectors, chunk).bitcast::<i8x16<V>>();
    odd(bytes) & !bytes.simd_eq(separator.cast_signed())
}

/// A bit for each byte of `chunk` that is not plain as [`is_plain`] says, the first the lowest.
#[inline(always)]
pub fn odd_bits<V: Vectors>(vectors: V, chunk: &[u8; 64]) -> u64 {
    odd(u8x64::load_array_ref(vectors, chunk).bitcast::<i8x64<V>>()).to_bitmask()
}

/// The bytes that are not plain.
#[inline(always)]
fn odd<V: Vectors, B: SimdInt<V, Element = i8>>(bytes: B) -> B::Mask {
    // as signed numbers, all that is not ASCII is below the blank too, and DEL and 1 are
    (bytes + 1).simd_lt(0x21) | bytes.simd_eq(b'\\'.cast_signed())
}

#[cfg(test)]
fn is_plain_byte(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'\\'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::scan::levels;

    /// The quick test against its definition, at every place of short and long fields.
    #[test]
    fn plain_is_plain() {
        for byte in 0..=255 {
            let plain = (0x20..0x7f).contains(&byte) && byte != b'\\';
            for length in 1..40 {
                for place in 0..length {
                    let mut bytes = vec![b'~'; length];
                    bytes[place] = byte;
                    assert_eq!(is_plain(&bytes), plain, "{byte} at {place} of {length}");
                }
            }
        }
        assert!(
            is_plain(b"") && is_plain_but_for(b"a\nb", b'\n') && !is_plain_but_for(b"a\tb", b'\n')
        );
        for level in levels() {
            for place in 0..64 {
                for byte in 0..=255 {
                    let mut chunk = [b'a'; 64];
                    chunk[place] = byte;
                    let bits = dispatch!(level, vectors => odd_bits(vectors, &chunk));
                    assert_eq!(bits, u64::from(!is_plain_byte(byte)) << place, "{level:?}");
                }
            }
        }
        let long = b"0123456789abcdef\n0123456789abcdef\n";
        assert!(is_plain_but_for(long, b'\n') && !is_plain(long));
    }
}
