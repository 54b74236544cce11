//! DNS messages, byte for byte: whatever is not exactly as RFC 1035 has it makes all of it void.

use std::net::Ipv4Addr;

/// The length of a message's head; the question stands behind it.
pub const HEAD: usize = 12;
/// The longest name on the wire, with the lengths of its labels.
const LONGEST_NAME_BYTES: usize = 255;

/// How many pointers a name follows at most: more than it can have labels.
const MOST_POINTERS: usize = 127;

/// Types of records.
pub const A: u16 = 1;
pub const NS: u16 = 2;
pub const CNAME: u16 = 5;
pub const SOA: u16 = 6;
pub const TXT: u16 = 16;
/// The class of the Internet.
pub const IN: u16 = 1;

/// A name as labels with their lengths, in lower case; its last byte is 0.
pub type Name = Vec<u8>;

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    Address(Ipv4Addr),
    Alias(Name),
    /// The strings of the text put together.
    Text(Vec<u8>),
    /// How many seconds it holds that there is no such name.
    Authority {
        minimum: u32,
    },
    NameServer,
    /// Of a type or class that we do not ask for.
    Other,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub name: Name,
    pub class: u16,
    /// How many seconds it holds.
    pub ttl: u32,
    pub data: Data,
}

/// A whole message with one question.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// The response code.
    pub code: u16,
    /// Does it say that it is cut?
    pub is_cut: bool,
    /// The name that was asked for, and the type.
    pub name: Name,
    pub kind: u16,
    pub answers: Vec<Record>,
    pub authority: Vec<Record>,
}

impl Message {
    /// Reads a message; nothing if one byte of it is missing, too many or out of place.
    pub fn read(message: &[u8]) -> Option<Self> {
        let mut reader = Reader { message, at: 2 };
        let flags = reader.number()?;
        let counts = [reader.number()?, reader.number()?, reader.number()?, reader.number()?];
        let [1, answers, authority, additional] = counts else { return None };
        let (name, kind, _class) = (reader.name()?, reader.number()?, reader.number()?);
        let mut records =
            |count: u16| (0..count).map(|_| reader.record()).collect::<Option<Vec<_>>>();
        let (answers, authority, _) =
            (records(answers)?, records(authority)?, records(additional)?);
        let is_cut = flags & 0x0200 != 0;
        (reader.at == message.len()).then_some(Message {
            code: flags & 15,
            is_cut,
            name,
            kind,
            answers,
            authority,
        })
    }
}

/// A place in a message.
struct Reader<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let bytes = self.message.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(bytes)
    }

    fn number(&mut self) -> Option<u16> {
        self.take(2)?.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
    }

    /// Seconds. A number that does not fit into 31 bits is none (RFC 2181, section 8).
    fn seconds(&mut self) -> Option<u32> {
        let seconds = self.take(4)?.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))?;
        Some(if i32::try_from(seconds).is_ok() { seconds } else { 0 })
    }

    /// A name. A pointer in it leads backwards, before all that was read of it so far.
    fn name(&mut self) -> Option<Name> {
        let mut name = Name::new();
        let (mut at, mut start, mut end, mut pointers) = (self.at, self.at, None, 0);
        loop {
            let length = *self.message.get(at)?;
            match length >> 6 {
                0 => {
                    let next = at + 1 + usize::from(length);
                    // a length is no letter, and stays
                    name.extend(self.message.get(at..next)?.to_ascii_lowercase());
                    at = next;
                    if name.len() > LONGEST_NAME_BYTES {
                        return None;
                    }
                    if length == 0 {
                        break;
                    }
                }
                3 => {
                    let low = *self.message.get(at + 1)?;
                    let target = usize::from(length & 0x3f) << 8 | usize::from(low);
                    end.get_or_insert(at + 2);
                    pointers += 1;
                    if !(HEAD..start).contains(&target) || pointers > MOST_POINTERS {
                        return None;
                    }
                    (at, start) = (target, target);
                }
                _ => return None,
            }
        }
        self.at = end.unwrap_or(at);
        Some(name)
    }

    fn record(&mut self) -> Option<Record> {
        let (name, kind, class) = (self.name()?, self.number()?, self.number()?);
        let (ttl, length) = (self.seconds()?, self.number()?);
        let end = self.at + usize::from(length);
        let data = match (class, kind) {
            (IN, A) => Data::Address(Ipv4Addr::from(*self.take(4)?.first_chunk()?)),
            (IN, CNAME) => Data::Alias(self.name()?),
            (IN, NS) => self.name().map(|_| Data::NameServer)?,
            (IN, TXT) => Data::Text(self.text(end)?),
            (IN, SOA) => {
                let _ = (self.name()?, self.name()?, self.take(16)?);
                Data::Authority { minimum: self.seconds()? }
            }
            _ => self.take(length.into()).map(|_| Data::Other)?,
        };
        // the data fill the length that was said, to the byte
        (self.at == end).then_some(Record { name, class, ttl, data })
    }

    /// The strings up to `end`, of which there is one at least, put together.
    fn text(&mut self, end: usize) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        loop {
            let length = self.take(1)?[0];
            text.extend_from_slice(self.take(length.into())?);
            if self.at >= end {
                return Some(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use simple_dns::rdata::RData;
    use simple_dns::{CLASS, Packet, ResourceRecord};

    use super::*;

    /// A message that answers `x.y` with records of any kind.
    fn message(tail: &[u8], counts: [u8; 3]) -> Vec<u8> {
        let [answers, authority, additional] = counts;
        let head = [0, 7, 0x81, 0x80, 0, 1, 0, answers, 0, authority, 0, additional];
        [&head[..], b"\x01x\x01Y\0\0\x01\0\x01", tail].concat()
    }

    /// Behind 12 bytes, 5 of the name and 4 more.
    const RECORDS_AT: u8 = 21;

    fn answer(record: &[u8]) -> Option<Record> {
        Message::read(&message(record, [1, 0, 0]))?.answers.pop()
    }

    #[test]
    fn each_record() {
        let name = b"\x01x\x01y\0".to_vec();
        for (record, data) in [
            (
                &b"\xc0\x0c\0\x01\0\x01\0\0\0\x09\0\x04\x7f\0\0\x02"[..],
                Data::Address([127, 0, 0, 2].into()),
            ),
            (
                b"\x01X\xc0\x0e\0\x01\0\x01\0\0\0\x09\0\x04\x7f\0\0\x02",
                Data::Address([127, 0, 0, 2].into()),
            ),
            (
                b"\xc0\x0c\0\x05\0\x01\0\0\0\x09\0\x04\x01A\xc0\x0c",
                Data::Alias(b"\x01a\x01x\x01y\0".into()),
            ),
            (b"\xc0\x0c\0\x10\0\x01\0\0\0\x09\0\x05\x01a\x02bc", Data::Text(b"abc".into())),
            (b"\xc0\x0c\0\x10\0\x01\0\0\0\x09\0\x01\0", Data::Text(vec![])),
            (b"\xc0\x0c\0\x02\0\x01\0\0\0\x09\0\x02\xc0\x0c", Data::NameServer),
            (b"\xc0\x0c\0\x1c\0\x01\0\0\0\x09\0\x02ab", Data::Other),
            (b"\xc0\x0c\0\x01\0\x03\0\0\0\x09\0\x02ab", Data::Other),
        ] {
            let found = answer(record).unwrap();
            assert_eq!((found.name, found.ttl, found.data), (name.clone(), 9, data));
        }
        let soa = b"\xc0\x0c\0\x06\0\x01\0\0\0\x09\0\x17\0\xc0\x0c\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05";
        let soa = [&soa[..11], b"\x17", &soa[12..]].concat();
        assert_eq!(answer(&soa).unwrap().data, Data::Authority { minimum: 5 });
    }

    #[test]
    fn what_is_void() {
        let at = RECORDS_AT;
        for record in [
            // an address of another length than four bytes
            &b"\xc0\x0c\0\x01\0\x01\0\0\0\x09\0\x00"[..],
            b"\xc0\x0c\0\x01\0\x01\0\0\0\x09\0\x03\x7f\0\0",
            b"\xc0\x0c\0\x01\0\x01\0\0\0\x09\0\x05\x7f\0\0\x02\0",
            b"\xc0\x0c\0\x01\0\x01\0\0\0\x09\0\x10\x7f\0\0\x02aaaaaaaaaaaa",
            // less, and more, than there is
            b"\xc0\x0c\0\x01\0\x01\0\0\0\x09\0\x04\x7f\0\0",
            b"\xc0\x0c\0\x01\0\x01\0\0\0\x09\0\x04\x7f\0\0\x02\0",
            b"\xc0\x0c\0\x1c\0\x01\0\0\0\x09\xff\xffab",
            // a text without a string, with one that is longer than the record, or shorter
            b"\xc0\x0c\0\x10\0\x01\0\0\0\x09\0\x00",
            b"\xc0\x0c\0\x10\0\x01\0\0\0\x09\0\x03\x03ab",
            b"\xc0\x0c\0\x10\0\x01\0\0\0\x09\0\x02\x03abc",
            b"\xc0\x0c\0\x10\0\x01\0\0\0\x09\0\x04\x01a\x03bc",
            // an alias with something behind it, or that ends behind its record
            b"\xc0\x0c\0\x05\0\x01\0\0\0\x09\0\x03\xc0\x0c\0",
            b"\xc0\x0c\0\x05\0\x01\0\0\0\x09\0\x01\xc0\x0c",
            // labels that are none, and pointers to the head, to itself, forwards
            b"\x40\x0c\0\x01\0\x01\0\0\0\x09\0\x04\x7f\0\0\x02",
            b"\x80\x0c\0\x01\0\x01\0\0\0\x09\0\x04\x7f\0\0\x02",
            b"\xc0\x00\0\x01\0\x01\0\0\0\x09\0\x04\x7f\0\0\x02",
            b"\xc0\x0b\0\x01\0\x01\0\0\0\x09\0\x04\x7f\0\0\x02",
            &[&[0xc0, at][..], b"\0\x01\0\x01\0\0\0\x09\0\x04\x7f\0\0\x02"].concat(),
            &[&[0xc0, at + 2][..], b"\0\x01\0\x01\0\0\0\x09\0\x04\x7f\0\0\x02"].concat(),
            &[&[1, b'a', 0xc0, at][..], b"\0\x01\0\x01\0\0\0\x09\0\x04\x7f\0\0\x02"].concat(),
        ] {
            assert_eq!(answer(record), None, "{}", record.escape_ascii());
        }
    }

    #[test]
    fn long_times_are_none() {
        for (ttl, seconds) in
            [(0x7fff_ffff, 0x7fff_ffff), (0x8000_0000, 0), (u32::MAX, 0), (0_u32, 0)]
        {
            let ttl = ttl.to_be_bytes();
            let record = [&b"\xc0\x0c\0\x01\0\x01"[..], &ttl, b"\0\x04\x7f\0\0\x02"].concat();
            assert_eq!(answer(&record).unwrap().ttl, seconds);
        }
    }

    #[test]
    fn names_end() {
        // 63 * 4 is one byte too long with the lengths, 63 * 3 + 61 just fits
        let label = |length: u8| [&[length][..], &vec![b'a'; length.into()]].concat();
        for (last, fits) in [(61, true), (62, false)] {
            let name = [label(63), label(63), label(63), label(last), vec![0]].concat();
            let record = [&name[..], b"\0\x1c\0\x01\0\0\0\x09\0\0"].concat();
            assert_eq!(answer(&record).is_some(), fits);
        }
        // a row of pointers, each to the one before, in the data of a record; and one behind it
        let first = u16::from(RECORDS_AT) + 11;
        let pointer = |to: u16| (0xc000 | to).to_be_bytes();
        for (pointers, fits) in [(127, true), (128, false)] {
            let row = (1..pointers).map(|n| pointer(if n == 1 { 12 } else { first + 2 * (n - 2) }));
            let row: Vec<u8> = row.flatten().collect();
            let length = u16::try_from(row.len()).unwrap().to_be_bytes();
            let other = [&b"\0\0\x1c\0\x01\0\0\0\x09"[..], &length, &row].concat();
            let last = pointer(first + 2 * (pointers - 2));
            let tail = [&other[..], &last, b"\0\x1c\0\x01\0\0\0\x09\0\0"].concat();
            let read = Message::read(&message(&tail, [2, 0, 0]));
            assert_eq!(read.is_some(), fits, "{pointers}");
        }
    }

    /// Addresses and texts as simple-dns reads them.
    fn reference(message: &[u8]) -> Option<Vec<Data>> {
        // it takes the first bit of a class for something of mDNS
        let is_ours = |it: &ResourceRecord<'_>| it.class == CLASS::IN && !it.cache_flush;
        let data = |record: &ResourceRecord<'_>| match &record.rdata {
            RData::A(a) if is_ours(record) => Data::Address(a.address.into()),
            RData::TXT(text) if is_ours(record) => {
                Data::Text(match String::try_from(text.clone()) {
                    Ok(text) => text.into_bytes(),
                    Err(not_utf8) => not_utf8.into_bytes(),
                })
            }
            _ => Data::Other,
        };
        let packet = Packet::parse(message).ok()?;
        Some(packet.answers.iter().map(data).collect())
    }

    /// Why answers are not left to it.
    #[test]
    fn another_reader_takes_more() {
        for record in [
            &b"\xc0\x0c\0\x01\0\x01\0\0\0\x09\0\x05\x7f\0\0\x02\0"[..],
            b"\xc0\x0c\0\x01\0\x01\0\0\0\x09\0\x04\x7f\0\0\x02\0",
        ] {
            let message = message(record, [1, 0, 0]);
            assert_eq!(reference(&message), Some(vec![Data::Address([127, 0, 0, 2].into())]));
            assert_eq!(Message::read(&message), None);
        }
    }

    /// What is read here is what another reader reads, where that one can read it too.
    #[test]
    fn another_reader_reads_the_same() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(picks: Vec<u8>, changes: Vec<(u16, u8)>, additional: bool) -> bool {
            const RECORDS: [&[u8]; 6] = [
                b"\xc0\x0c\0\x01\0\x01\0\0\0\x09\0\x04\x7f\0\0\x02",
                b"\xc0\x0c\0\x10\0\x01\0\0\0\x09\0\x05\x01a\x02bc",
                b"\xc0\x0c\0\x05\0\x01\0\0\0\x09\0\x04\x01A\xc0\x0c",
                b"\x01X\xc0\x0e\0\x01\0\x01\0\0\0\x09\0\x04\x7f\0\0\x02",
                b"\xc0\x0c\0\x02\0\x01\0\0\0\x09\0\x02\xc0\x0c",
                b"\0\0\x29\x10\0\0\0\0\0\0\0",
            ];
            let picks = &picks[..picks.len().min(8)];
            let records = picks.iter().map(|pick| RECORDS[usize::from(*pick) % RECORDS.len()]);
            let count = u8::try_from(picks.len()).unwrap();
            let extra = u8::from(additional && count > 0);
            let tail = records.collect::<Vec<_>>().concat();
            let mut message = message(&tail, [count - extra, 0, extra]);
            for (at, byte) in changes.iter().take(2) {
                let at = usize::from(*at) % message.len();
                message[at] = *byte;
            }
            let (Some(ours), Some(theirs)) = (Message::read(&message), reference(&message)) else {
                return true;
            };
            let seen = |data: &Data| matches!(data, Data::Address(_) | Data::Text(_));
            ours.answers
                .iter()
                .map(|it| &it.data)
                .filter(|it| seen(it))
                .eq(theirs.iter().filter(|it| seen(it)))
        }
        quickcheck::QuickCheck::new()
            .tests(20_000)
            .max_tests(20_000)
            .quickcheck(holds as fn(Vec<u8>, Vec<(u16, u8)>, bool) -> bool);
    }
}
