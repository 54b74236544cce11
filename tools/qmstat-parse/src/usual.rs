//! The lines that a log mostly consists of, turned to rows in one step: syslog's head, the host of
//! the line before, a timestamp of ten digits, six plain fields. Whatever is otherwise is left to
//! the parser that knows all forms, of which this is a part made fast.

/// What a usual line begins with.
#[derive(Debug, Default)]
pub struct Usual {
    /// The host and the blank after it; empty before the first line.
    host: Vec<u8>,
    /// Host and direction as they stand in the row, with the TABs round them.
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
}

/// The length of `]: ` and a timestamp.
const TIME: usize = 13;

impl Usual {
    /// The next lines are expected from this host too. It must be plain.
    pub fn expect(&mut self, host: &[u8]) {
        let quoted = matches!(host, [b'"' | b'\'', ..]);
        if quoted || self.host.strip_suffix(b" ") == Some(host) {
            return;
        }
        self.host = [host, b" "].concat();
        self.incoming = [b"\t", host, b"\tin\t"].concat();
        self.outgoing = [b"\t", host, b"\tout\t"].concat();
    }

    /// Appends the row of a plain line with bars at these places; false, and nothing, if the line
    /// is not usual.
    #[inline]
    pub fn write(&self, line: &[u8], bars: &[usize], buffer: &mut Vec<u8>) -> bool {
        let [first, recipient, bytes, status, attempts] = *bars else { return false };
        let Some((date, rest)) = line.split_first_chunk() else { return false };
        let Some(rest) = rest.strip_prefix(self.host.as_slice()) else { return false };
        let (start, pid) = match rest {
            [b'i', b'n', b'[', pid @ ..] => (&self.incoming, pid),
            [b'o', b'u', b't', b'[', pid @ ..] => (&self.outgoing, pid),
            _ => return false,
        };
        // what is before the first bar: the pid, `]: `, ten digits
        let Some(length) = first.checked_sub(line.len() - pid.len() + TIME) else { return false };
        let (Some(digits), Some(time)) = (pid.first_chunk(), pid.get(length..)) else {
            return false;
        };
        let Some(time) = time.first_chunk::<TIME>() else { return false };
        let [b']', b':', b' ', time @ ..] = time else { return false };
        let numbers = is_syslog_date(*date)
            && begin_with_digits(*digits, length)
            && time.iter().fold(true, |all, byte| all & byte.is_ascii_digit())
            && ends_in_digits(&line[..status], bytes)
            && ends_in_digits(line, attempts);
        let quote = |bar: usize| matches!(line.get(bar + 1), Some(b'"' | b'\''));
        if !numbers || quote(first) || quote(recipient) || quote(status) {
            return false;
        }
        buffer.extend_from_slice(time);
        buffer.extend_from_slice(start);
        // a fixed size is copied in an instruction; what is too much is taken back
        let pid = buffer.len() + length;
        buffer.extend_from_slice(digits);
        buffer.truncate(pid);
        buffer.push(b'\t');
        let row = buffer.len();
        buffer.extend_from_slice(&line[first + 1..]);
        buffer.push(b'\n');
        let rest = &mut buffer[row..];
        for bar in [recipient, bytes, status, attempts] {
            rest[bar - first - 1] = b'\t';
        }
        true
    }
}

/// `Jun 20 18:20:14 `, and not the beginning of another stamp?
#[inline]
fn is_syslog_date(date: [u8; 16]) -> bool {
    date[0].is_ascii_alphabetic() && [date[3], date[6], date[9], date[12], date[15]] == *b"  :: "
}

/// Eight bytes of which those that are no digit have their top bit set.
#[inline]
fn no_digits(bytes: [u8; 8]) -> u64 {
    let values = u64::from_le_bytes(bytes) ^ 0x3030_3030_3030_3030;
    let odd = ((values & 0x7f7f_7f7f_7f7f_7f7f) + 0x7676_7676_7676_7676) | values;
    odd & 0x8080_8080_8080_8080
}

/// Are the first one to eight bytes decimal digits?
#[inline]
fn begin_with_digits(bytes: [u8; 8], length: usize) -> bool {
    (1..=8).contains(&length) && no_digits(bytes) << (64 - 8 * length) == 0
}

/// Are there one to eight bytes after this bar, all of them decimal digits?
#[inline]
fn ends_in_digits(text: &[u8], bar: usize) -> bool {
    let (length, Some(last)) = (text.len() - bar - 1, text.last_chunk()) else { return false };
    (1..=8).contains(&length) && no_digits(*last) >> (64 - 8 * length) == 0
}

#[cfg(test)]
mod tests {
    use common::mailstat;
    use common::tsv::{Row, is_plain};

    use super::*;

    /// The twin: the row by way of the parser that knows all forms.
    fn naive(line: &[u8], bars: &[usize]) -> Option<Vec<u8>> {
        let record = mailstat::parse(line, bars).ok()?;
        let mut row = Vec::new();
        Row::new(&mut row)
            .field(record.time)
            .field(record.host)
            .parts(record.process, [record.bracket])
            .parts(record.rest, record.bars)
            .end();
        Some(row)
    }

    fn usual(line: &[u8], bars: &[usize]) -> Option<Vec<u8>> {
        let mut usual = Usual::default();
        usual.expect(b"mail");
        let mut row = Vec::new();
        usual.write(line, bars, &mut row).then_some(row)
    }

    fn bars_of(line: &[u8]) -> Vec<usize> {
        (0..line.len()).filter(|at| line[*at] == b'|').collect()
    }

    const LINE: &[u8] =
        b"Jun 20 18:20:14 mail out[2345]: 1119280814|a@example.com|b@example.net|20480|success|12";

    #[test]
    fn the_usual_line_is_written() {
        let bars = bars_of(LINE);
        assert!(usual(LINE, &bars).is_some() && usual(LINE, &bars) == naive(LINE, &bars));
    }

    /// Any one or two bytes changed, and any one left out.
    #[test]
    fn what_is_written_is_what_the_parser_says() {
        let check = |line: &[u8]| {
            let bars = bars_of(line);
            if is_plain(line)
                && let Some(row) = usual(line, &bars)
            {
                assert_eq!(Some(row), naive(line, &bars), "{}", String::from_utf8_lossy(line));
            }
        };
        let others = b"|09 ]:[\"'@inaZ/;";
        for first in 0..LINE.len() {
            check(&[&LINE[..first], &LINE[first + 1..]].concat());
            for second in first..LINE.len() {
                for other in others {
                    let mut line = LINE.to_vec();
                    line[first] = *other;
                    line[second] = *other;
                    check(&line);
                }
            }
        }
        for end in 0..LINE.len() {
            check(&LINE[..end]);
        }
    }
}
