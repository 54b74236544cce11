//! Writes moments as dates, quickly: the date up to the minute is kept from call to call.

use std::io::Write;

use super::civil::Day;
use super::zone::Zone;

/// A clock on the wall of one zone.
#[derive(Debug)]
pub struct Clock {
    zone: Zone,
    /// UNIX seconds for which `minute` holds, and what the clock's second is at the first.
    from: i64,
    until: i64,
    first_second: i64,
    offset: i32,
    /// `YYYY-MM-DD HH:MM:`
    minute: Vec<u8>,
}

impl Clock {
    /// A clock of this zone.
    pub fn new(zone: Zone) -> Self {
        Clock { zone, from: 0, until: 0, first_second: 0, offset: 0, minute: Vec::new() }
    }

    /// Appends `YYYY-MM-DD HH:MM:SS`. The year has four digits at least and a sign before year 0.
    pub fn write(&mut self, unix: i64, buffer: &mut Vec<u8>) {
        if !(self.from..self.until).contains(&unix) {
            self.turn_to(unix);
        }
        buffer.extend_from_slice(&self.minute);
        buffer.extend(self.second_of_minute(unix).iter().flatten());
    }

    /// The two digits of the second, if all else is the same as in the last time that was written.
    pub fn second_of_minute(&self, unix: i64) -> Option<[u8; 2]> {
        let is_same = (self.from..self.until).contains(&unix);
        is_same.then(|| two_digits(unix - self.from + self.first_second))
    }

    /// Appends `YYYY-MM-DDTHH:MM:SS`, the fraction if there is one, and `+HH:MM`.
    pub fn write_iso(&mut self, unix: i64, nanos: Option<u32>, buffer: &mut Vec<u8>) {
        let start = buffer.len();
        self.write(unix, buffer);
        if let Some(blank) = buffer[start..].iter().position(|byte| *byte == b' ') {
            buffer[start + blank] = b'T';
        }
        buffer.extend(nanos.map(fraction).iter().flatten());
        let minutes = i64::from(self.offset.abs() / 60);
        buffer.push(if self.offset < 0 { b'-' } else { b'+' });
        buffer.extend_from_slice(&two_digits(minutes / 60));
        buffer.push(b':');
        buffer.extend_from_slice(&two_digits(minutes % 60));
        // only in the days of local mean time
        if self.offset % 60 != 0 {
            buffer.push(b':');
            buffer.extend_from_slice(&two_digits(i64::from(self.offset.abs() % 60)));
        }
    }

    fn turn_to(&mut self, unix: i64) {
        let (from, until, offset) = self.zone.period_at(unix);
        let local = unix + i64::from(offset);
        let second = local.rem_euclid(60);
        self.offset = offset;
        self.from = from.max(unix - second);
        self.until = until.min(unix - second + 60);
        self.first_second = second - (unix - self.from);
        let (year, month, day) = Day(local.div_euclid(86_400)).civil();
        let minute_of_day = local.rem_euclid(86_400) / 60;
        self.minute.clear();
        // writing to a Vec cannot fail
        let _ = write!(self.minute, "{year:04}-");
        for (number, end) in
            [(month, b'-'), (day, b' '), (minute_of_day / 60, b':'), (minute_of_day % 60, b':')]
        {
            self.minute.extend_from_slice(&two_digits(number));
            self.minute.push(end);
        }
    }
}

/// Two decimal digits of a number from 0 to 99.
pub fn two_digits(number: i64) -> [u8; 2] {
    let digit = |value: i64| b'0' + value.rem_euclid(10).to_le_bytes()[0];
    [digit(number / 10), digit(number)]
}

/// How many bytes [`fraction`] gives.
pub const FRACTION: usize = 10;

/// `.` and the nine digits of a number of nanoseconds below 1,000,000,000.
#[inline]
pub fn fraction(nanos: u32) -> [u8; FRACTION] {
    let mut text = [b'.'; FRACTION];
    let (first, rest) = nine_digits(u64::from(nanos));
    text[1] = first.to_le_bytes()[0];
    text[2..].copy_from_slice(&rest.to_le_bytes());
    text
}

/// The nine digits of a number of nanoseconds below 1,000,000,000: the first, and the bytes of the
/// other eight from the lowest to the highest. Without a branch, so that vectors can do several
/// at once; any number below 2^32 gives something.
#[inline(always)]
pub fn nine_digits(nanos: u64) -> (u64, u64) {
    // these products, shifted, are quotients for all numbers as large as theirs: by 100,000,000
    // below 2^32, by 10,000 below 10^8, by 100 below 10^4, by 10 below 100
    let first = (nanos * 0x55e6_3b89) >> 57;
    let rest = nanos - first * 100_000_000;
    let high = (rest * 109_951_163) >> 40;
    // halves, pairs, digits: each step divides all parts of the word at once
    let halves = high | ((rest - high * 10_000) << 32);
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let pairs = hundreds | ((halves - hundreds * 100) << 16);
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    let digits = tens | ((pairs - tens * 10) << 8);
    (first | 0x30, digits | 0x3030_3030_3030_3030)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_what_format_says() {
        let mut nanos = 1_u32;
        for _ in 0..100_000 {
            nanos = nanos.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) % 1_000_000_000;
            assert_eq!(fraction(nanos), *format!(".{nanos:09}").as_bytes().first_chunk().unwrap());
        }
        for edge in [0, 9, 10, 99_999_999, 100_000_000, 999_999_999] {
            assert_eq!(fraction(edge), *format!(".{edge:09}").as_bytes().first_chunk().unwrap());
        }
    }

    fn iso(unix: i64, nanos: Option<u32>) -> String {
        let mut text = Vec::new();
        Clock::new(Zone::utc()).write_iso(unix, nanos, &mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn dates() {
        assert_eq!(iso(0, None), "1970-01-01T00:00:00+00:00");
        assert_eq!(iso(-1, Some(5)), "1969-12-31T23:59:59.000000005+00:00");
        assert_eq!(iso(253_402_300_800, None), "10000-01-01T00:00:00+00:00");
    }

    /// Whatever was asked before, the answer is that of a new clock.
    #[test]
    fn the_cache_changes_nothing() {
        let mut clock = Clock::new(Zone::utc());
        for unix in [59, 0, 60, 61, 119, 120, -1, -60, -61, 1_782_878_400, 59] {
            let (mut cached, mut fresh) = (Vec::new(), Vec::new());
            clock.write(unix, &mut cached);
            Clock::new(Zone::utc()).write(unix, &mut fresh);
            assert_eq!(cached, fresh, "{unix}");
        }
    }
}
