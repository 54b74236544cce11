//! TAI64N labels: `@`, sixteen hex digits of seconds, eight of nanoseconds.
//!
//! multilog, tai64n and svlogd write the seconds as 2^62 + 10 + UNIX time, without leap seconds;
//! s6-log counts those too. See <https://cr.yp.to/libtai/tai64.html>.

use tai64::Tai64N;

use super::instant::Instant;

/// How many bytes a label has, the `@` included.
pub const LENGTH: usize = 25;

/// 2^62 + 10: the label's seconds of 1970-01-01 00:00:00 UTC.
const EPOCH: u64 = (1 << 62) + 10;

/// Reads the 24 hex digits of a label, of either case.
///
/// `None` if a byte is not a hex digit, the nanoseconds exceed 999,999,999, or the second is so far
/// off that its year does not fit 32 bits (the original tai64nlocal dies of those).
pub fn parse(digits: &[u8; 24]) -> Option<Instant> {
    let (parts, _) = digits.as_chunks();
    let [high, low, nanos] = parts else { return None };
    let (high, low, nanos) = (hex(high)?, hex(low)?, hex(nanos)?);
    // until 2106 the upper half is always the same
    if u64::from(high) == EPOCH >> 32 {
        let seconds = i64::from(low) - (EPOCH & u64::from(u32::MAX)).cast_signed();
        return Instant::new(seconds, Some(nanos));
    }
    at_any_time(high, low, nanos)
}

/// The moment of a label with these halves of its seconds.
fn at_any_time(high: u32, low: u32, nanos: u32) -> Option<Instant> {
    // the crate would overflow beyond 2^63
    if high >> 31 != 0 {
        return None;
    }
    let mut bytes = [0; 12];
    for (place, part) in bytes.chunks_exact_mut(4).zip([high, low, nanos]) {
        place.copy_from_slice(&part.to_be_bytes());
    }
    let label = Tai64N::from_slice(&bytes).ok()?;
    Instant::new(label.0.to_unix(), Some(label.1))
}

/// Are these the hex digits of a label, of either case?
#[inline(always)]
pub fn is_hex(digits: &[u8; 24]) -> bool {
    let (eights, _) = digits.as_chunks();
    // their order does not matter here
    let odd = eights.iter().map(|eight| hex_in_word(u64::from_ne_bytes(*eight)).1);
    odd.fold(0, |any, odd| any | odd) == 0
}

/// Reads a label at the very start of `text`.
pub fn at_start(text: &[u8]) -> Option<Instant> {
    parse(text.strip_prefix(b"@")?.first_chunk()?)
}

/// Appends the label of a moment: the inverse of [`parse`], in lower case.
pub fn write(instant: Instant, buffer: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let seconds = EPOCH.wrapping_add_signed(instant.seconds);
    let nanos = instant.nanos.unwrap_or(0);
    buffer.push(b'@');
    for byte in seconds.to_be_bytes().into_iter().chain(nanos.to_be_bytes()) {
        buffer.push(DIGITS[usize::from(byte >> 4)]);
        buffer.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// The UNIX time behind a label of s6-log that [`parse`] read as one of multilog.
///
/// A leap second itself repeats the second before it, as UNIX time does.
pub fn without_leap_seconds(instant: Instant) -> Instant {
    // the n-th leap second (from 0) begins n seconds later in the label's count
    let passed = LEAP_SECONDS.iter().zip(0..).take_while(|(at, n)| **at + *n <= instant.seconds);
    let passed = i64::try_from(passed.count()).unwrap_or(0);
    Instant { seconds: instant.seconds - passed, ..instant }
}

/// The moment whose label, as [`write()`] writes it, is what s6-log writes at `instant`: the inverse
/// of [`without_leap_seconds`], save for the leap seconds themselves.
pub fn with_leap_seconds(instant: Instant) -> Instant {
    let passed = LEAP_SECONDS.iter().take_while(|at| **at <= instant.seconds).count();
    let seconds = instant.seconds.saturating_add(i64::try_from(passed).unwrap_or(0));
    Instant { seconds, ..instant }
}

/// The UNIX time of the midnight after each leap second, from the IERS bulletins (the list that
/// ships as `leap-seconds.list`).
const LEAP_SECONDS: [i64; 27] = [
    78_796_800,
    94_694_400,
    126_230_400,
    157_766_400,
    189_302_400,
    220_924_800,
    252_460_800,
    283_996_800,
    315_532_800,
    362_793_600,
    394_329_600,
    425_865_600,
    489_024_000,
    567_993_600,
    631_152_000,
    662_688_000,
    709_948_800,
    741_484_800,
    773_020_800,
    820_454_400,
    867_715_200,
    915_148_800,
    1_136_073_600,
    1_230_768_000,
    1_341_100_800,
    1_435_708_800,
    1_483_228_800,
];

/// The number that eight hex digits of either case write.
#[inline]
pub fn hex(digits: &[u8; 8]) -> Option<u32> {
    match hex_in_word(u64::from_be_bytes(*digits)) {
        (number, 0) => u32::try_from(number).ok(),
        _ => None,
    }
}

/// [`hex`] for digits that fill a word, the first the highest: the number, below 2^32, and 0 if they
/// are digits indeed. Without a branch, so that vectors can decode several words at once.
#[inline(always)]
pub fn hex_in_word(word: u64) -> (u64, u64) {
    /// Eight times the same byte.
    const fn each(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }
    /// The top bit of each byte of `word` that is at least `least`, for bytes below 0x80.
    #[inline(always)]
    const fn at_least(word: u64, least: u8) -> u64 {
        (word + each(0x80 - least)) & each(0x80)
    }
    let ascii = word & each(0x7f);
    let lower = ascii | each(0x20);
    let decimal = at_least(ascii, b'0') & !at_least(ascii, b'9' + 1);
    let letter = at_least(lower, b'a') & !at_least(lower, b'f' + 1);
    let odd = ((decimal | letter) ^ each(0x80)) | (word & each(0x80));
    // 'a' and 'A' end in 1, and stand for 10; then four, two and one pair of halves move together.
    let nibbles = (ascii & each(0x0f)) + (letter >> 7) * 9;
    let bytes = (nibbles | (nibbles >> 4)) & 0x00ff_00ff_00ff_00ff;
    let words = (bytes | (bytes >> 8)) & 0x0000_ffff_0000_ffff;
    ((words | (words >> 16)) & 0xffff_ffff, odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The naive twin of [`hex`].
    fn naive(digits: [u8; 8]) -> Option<u32> {
        digits.iter().try_fold(0, |sum, byte| Some((sum << 4) | (*byte as char).to_digit(16)?))
    }

    fn holds(number: u32, upper: bool) -> bool {
        let text = if upper { format!("{number:08X}") } else { format!("{number:08x}") };
        hex(text.as_bytes().first_chunk().unwrap()) == Some(number)
    }

    #[test]
    fn hex_is_what_its_twin_says() {
        for place in 0..8 {
            for byte in 0..=255 {
                let mut digits = *b"09afAF5c";
                digits[place] = byte;
                assert_eq!(hex(&digits), naive(digits), "{digits:?}");
            }
        }
        quickcheck::quickcheck(holds as fn(u32, bool) -> bool);
    }

    fn is_the_same_at_once(low: u32, nanos: u32) -> bool {
        let digits = format!("40000000{low:08x}{nanos:08x}");
        parse(digits.as_bytes().first_chunk().unwrap()) == at_any_time(0x4000_0000, low, nanos)
    }

    #[test]
    fn labels_of_today_are_read_at_once() {
        quickcheck::quickcheck(is_the_same_at_once as fn(u32, u32) -> bool);
        for low in [0, 9, 10, 11, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
            for nanos in [0, 999_999_999, 1_000_000_000, u32::MAX] {
                assert!(is_the_same_at_once(low, nanos), "{low} {nanos}");
            }
        }
    }

    /// The vectors are those of djb's manual and of logs that other people published.
    #[test]
    fn labels_and_back() {
        for (label, seconds, nanos) in [
            ("@400000000000000a00000000", 0, 0),
            ("@40000000000000093b9ac9ff", -1, 999_999_999),
            ("@4000000037c219bf2ef02e94", 935_467_445, 787_492_500),
            ("@4000000042b6deb800000000", 1_119_280_814, 0),
            ("@40000000582033e43560d92c", 1_478_505_434, 895_539_500),
            ("@400000008000000a00000000", 2_147_483_648, 0),
        ] {
            let instant = Instant { seconds, nanos: Some(nanos) };
            assert_eq!(at_start(label.as_bytes()), Some(instant), "{label}");
            assert_eq!(at_start(label.to_uppercase().as_bytes()), Some(instant), "{label}");
            let mut written = Vec::new();
            write(instant, &mut written);
            assert_eq!(written, label.as_bytes());
        }
    }

    #[test]
    fn what_is_no_label() {
        for text in [
            "@400000006b0276da3b9aca00",
            "@400000006b0276da0000000",
            "@40000000 6b0276da000000000",
            "@ffffffffffffffffffffffff",
            "@000000000000000000000000",
            "@444444444444444444444444",
            "400000006b0276da00000000",
            "@",
            "",
        ] {
            assert_eq!(at_start(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn leap_seconds() {
        let at = |seconds| without_leap_seconds(Instant { seconds, nanos: None }).seconds;
        assert_eq!(at(0), 0);
        // 2016-12-31 23:59:59, the leap second, 2017-01-01 00:00:00
        let midnight = 1_483_228_800;
        assert_eq!(
            [at(midnight + 25), at(midnight + 26), at(midnight + 27)],
            [-1, -1, 0].map(|s| midnight + s)
        );
        for around in LEAP_SECONDS {
            for seconds in around - 2..around + 2 {
                let instant = Instant { seconds, nanos: Some(7) };
                assert_eq!(without_leap_seconds(with_leap_seconds(instant)), instant);
            }
        }
        // since 2017 TAI is 37 seconds ahead of UTC, of which a label of multilog has 10
        let now = Instant { seconds: 1_700_000_000, nanos: None };
        assert_eq!(with_leap_seconds(now).seconds + 10, now.seconds + 37);
    }
}
