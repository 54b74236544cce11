//! Short texts as numbers: two reads that overlap need neither a loop nor a call.

/// Up to eight bytes, the first the lowest, with zeros behind.
#[inline(always)]
pub(super) fn word(bytes: &[u8]) -> u64 {
    let length = bytes.len();
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => {
            let [first, last] = [first, last].map(|four| u64::from(u32::from_le_bytes(*four)));
            first | last << (8 * (length - 4))
        }
        _ => match *bytes {
            [one] => u64::from(one),
            [one, two] => u64::from(u16::from_le_bytes([one, two])),
            [one, two, three] => u64::from(u32::from_le_bytes([one, two, three, 0])),
            _ => 0,
        },
    }
}

/// Up to fifteen bytes, with `end` and zeros behind; `None` for more.
#[inline(always)]
pub(super) fn ended(bytes: &[u8], end: u8) -> Option<[u8; 16]> {
    let (length, end) = (bytes.len(), u64::from(end));
    let (low, high) = match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(_), Some(_)) if length > 15 => return None,
        (Some(first), Some(last)) => {
            // in two steps: no shift may be by 64 bits
            let rest = u64::from_le_bytes(*last) >> 1 >> (8 * (16 - length) - 1);
            (u64::from_le_bytes(*first), rest | end << (8 * (length - 8)))
        }
        _ => (word(bytes) | end << (8 * length), 0),
    };
    Some((u128::from(high) << 64 | u128::from(low)).to_le_bytes())
}

/// From 16 to 32 bytes, with `end` and zeros behind; `None` for less and for more.
#[inline(always)]
pub(super) fn longer_ended(bytes: &[u8], end: u8) -> Option<[u8; 33]> {
    let mut text = [0; 33];
    *text.first_chunk_mut::<16>()? = *bytes.first_chunk()?;
    *text.get_mut(bytes.len() - 16..)?.first_chunk_mut::<16>()? = *bytes.last_chunk()?;
    *text.get_mut(bytes.len())? = end;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_stand_behind() {
        let text = *b"abcdefghijklmnopqrstuvwxyz0123456789";
        for length in 0..text.len() {
            let bytes = &text[..length];
            let mut padded = [0; 48];
            padded[..length].copy_from_slice(bytes);
            if length <= 8 {
                assert_eq!(word(bytes).to_le_bytes(), padded[..8]);
            }
            padded[length] = b'|';
            let [is_short, is_longer] = [length < 16, (16..=32).contains(&length)];
            assert_eq!(ended(bytes, b'|').as_ref(), padded.first_chunk().filter(|_| is_short));
            let longer = longer_ended(bytes, b'|');
            assert_eq!(longer.as_ref(), padded.first_chunk().filter(|_| is_longer));
        }
    }
}
