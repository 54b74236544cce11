//! DNS messages: a query is written, and an answer taken only if it is the answer to that query.

use std::net::Ipv4Addr;

use crate::subject::is_name;
use crate::verdict::{Code, NOERROR};
use crate::wire::{self, Data, HEAD, Message, Name, Record};

/// The type of record that a query is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordType {
    /// Addresses: is it listed?
    A,
    /// Texts: why?
    Txt,
}

/// What an answer says.
#[derive(Debug, Default)]
pub struct Reply {
    /// The response code.
    pub code: Code,
    /// The A records of the name.
    pub addresses: Vec<Ipv4Addr>,
    /// Its TXT records, the strings of each put together.
    pub texts: Vec<Vec<u8>>,
    /// How many seconds it holds.
    pub ttl: u32,
}

/// How a message that came in relates to a query.
#[derive(Debug, PartialEq, Eq)]
pub enum Match {
    /// It answers it.
    Answer,
    /// It answers it, but there was no room.
    Truncated,
    /// It answers it but for upper and lower case in the name.
    OtherCase,
    /// It is something else.
    Foreign,
}

const MALFORMED: &str = "malformed answer";
/// How many names a name may stand for, one after the other.
const MOST_ALIASES: usize = 16;

/// Writes a query; nothing if there is no such name.
pub fn query(id: u16, name: &str, record: RecordType) -> Option<Vec<u8>> {
    const RECURSION_DESIRED: u8 = 1;
    let kind = match record {
        RecordType::A => wire::A,
        RecordType::Txt => wire::TXT,
    };
    let mut query = Vec::with_capacity(HEAD + name.len() + 6);
    query.extend(id.to_be_bytes());
    query.extend([RECURSION_DESIRED, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    if !is_name(name) {
        return None;
    }
    for label in name.split('.') {
        query.push(u8::try_from(label.len()).ok()?);
        query.extend(label.as_bytes());
    }
    query.push(0);
    query.extend(kind.to_be_bytes());
    query.extend(wire::IN.to_be_bytes());
    Some(query)
}

/// The id of a message.
pub fn id(message: &[u8]) -> Option<u16> {
    message.first_chunk().map(|id| u16::from_be_bytes(*id))
}

/// Compares a message with the query that has its id: a response, of the same operation, with one
/// question, and that to the letter the one that was asked.
pub fn compare(message: &[u8], query: &[u8]) -> Match {
    let (Some([_, _, flags, _, questions @ ..]), Some(question)) =
        (message.first_chunk::<6>(), message.get(HEAD..query.len()))
    else {
        return Match::Foreign;
    };
    let expected = &query[HEAD..];
    if message[..2] != query[..2] || flags & 0xf8 != 0x80 || *questions != [0, 1] {
        return Match::Foreign;
    }
    match (question == expected, question.eq_ignore_ascii_case(expected)) {
        (true, _) if flags & 2 != 0 => Match::Truncated,
        (true, _) => Match::Answer,
        (_, true) => Match::OtherCase,
        (_, false) => Match::Foreign,
    }
}

/// Reads an answer; if it cannot be used, why.
pub fn read(message: &[u8]) -> Result<Reply, &'static str> {
    let message = Message::read(message).ok_or(MALFORMED)?;
    if message.is_cut {
        return Err("truncated answer");
    }
    let mut reply = Reply { code: message.code, ttl: u32::MAX, ..Reply::default() };
    let chain = aliases(&message.name, &message.answers)?;
    for record in &message.answers {
        // a record of another name has no business here, and no meaning
        if record.class != wire::IN || !chain.contains(&&record.name) {
            return Err(MALFORMED);
        }
        reply.ttl = reply.ttl.min(record.ttl);
        match &record.data {
            _ if Some(&&record.name) != chain.last() => {}
            Data::Address(address) => reply.addresses.push(*address),
            Data::Text(text) => reply.texts.push(text.clone()),
            Data::Alias(_) | Data::Authority { .. } | Data::NameServer | Data::Other => {}
        }
    }
    let says_something = !message.answers.is_empty();
    // no address is an answer only without any record
    if message.kind == wire::A
        && says_something
        && reply.code == NOERROR
        && reply.addresses.is_empty()
    {
        let is_alias = chain.len() > 1;
        return Err(if is_alias { "alias without an address" } else { "records but no address" });
    }
    if reply.addresses.is_empty() && reply.texts.is_empty() {
        let soa = message.authority.iter().find_map(|record| match record.data {
            Data::Authority { minimum } => Some(record.ttl.min(minimum)),
            _ => None,
        });
        let names_servers = message.authority.iter().any(|it| it.data == Data::NameServer);
        if reply.code == NOERROR && soa.is_none() && names_servers {
            return Err("referral: the server does not know the list");
        }
        reply.ttl = reply.ttl.min(soa.unwrap_or(0));
    }
    Ok(reply)
}

/// The name that was asked for and those that it stands for, in order; none may
/// come twice, nor stand for two.
fn aliases<'a>(name: &'a Name, answers: &'a [Record]) -> Result<Vec<&'a Name>, &'static str> {
    let mut chain = vec![name];
    loop {
        let last = chain[chain.len() - 1];
        let mut targets = answers.iter().filter_map(|record| match &record.data {
            Data::Alias(alias) if record.name == *last => Some(alias),
            _ => None,
        });
        let Some(next) = targets.next() else { return Ok(chain) };
        if targets.any(|other| other != next) {
            return Err(MALFORMED);
        }
        if chain.contains(&next) {
            return Err("alias in a circle");
        }
        if chain.len() > MOST_ALIASES {
            return Err("alias of an alias, and so on");
        }
        chain.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "2.0.0.127.bl.example.org";

    fn a_query() -> Vec<u8> {
        query(0x1234, NAME, RecordType::A).unwrap()
    }

    /// An answer with these bytes behind the question.
    fn answer(answers: u8, authority: u8, tail: &[u8]) -> Vec<u8> {
        let mut message = a_query();
        message[2] |= 0x80;
        message[7] = answers;
        message[9] = authority;
        message.extend_from_slice(tail);
        message
    }

    /// A record of the name that was asked for.
    fn record(kind: u8, data: &[u8]) -> Vec<u8> {
        let length = u8::try_from(data.len()).unwrap();
        [&[0xc0, 12, 0, kind, 0, 1, 0, 0, 1, 44, 0, length], data].concat()
    }

    #[test]
    fn a_query_to_the_byte() {
        let expected = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x012\x010\x010\x03127\x02bl\x07example\
            \x03org\0\0\x01\0\x01";
        assert_eq!(a_query(), expected);
    }

    #[test]
    fn only_its_answer_is_an_answer() {
        let query = a_query();
        let fine = answer(0, 0, b"");
        assert_eq!(compare(&fine, &query), Match::Answer);
        // any other bit of the id, the operation, the number of questions and the question
        for at in [0, 1, 2, 4, 5].into_iter().chain(HEAD..query.len()) {
            for bit in 0..8 {
                let mut other = fine.clone();
                other[at] ^= 1 << bit;
                let found = compare(&other, &query);
                let letter = at >= HEAD && bit == 5 && query[at].is_ascii_alphabetic();
                // AA, TC and RD say nothing of what is answered
                let expected = match (at, bit) {
                    (2, 1) => Match::Truncated,
                    (2, 0 | 2) => Match::Answer,
                    _ if letter => Match::OtherCase,
                    _ => Match::Foreign,
                };
                assert_eq!(found, expected, "byte {at}, bit {bit}");
            }
        }
        for end in 0..fine.len() {
            assert_eq!(compare(&fine[..end], &query), Match::Foreign);
        }
        assert_eq!(compare(&query, &query), Match::Foreign);
    }

    #[test]
    fn records() {
        let two = [record(1, &[127, 0, 0, 2]), record(1, &[127, 0, 0, 9])].concat();
        let reply = read(&answer(2, 0, &two)).unwrap();
        assert_eq!(reply.addresses, [Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 9)]);
        assert_eq!((reply.code, reply.ttl), (0, 300));
        let texts = [record(16, b"\x03one\x06=\xff two"), record(16, b"\0")].concat();
        let mut message = answer(2, 0, &texts);
        message[a_query().len() - 3] = 16;
        assert_eq!(read(&message).unwrap().texts, [&b"one=\xff two"[..], b""]);
        assert!(read(&answer(0, 0, b"")).unwrap().addresses.is_empty());
    }

    #[test]
    fn an_alias_is_followed() {
        let alias = record(5, b"\x01x\x07example\x03org\0");
        let target = b"\x01x\x07example\x03org\0\0\x01\0\x01\0\0\0\x09\0\x04\x7f\0\0\x02";
        let reply = read(&answer(2, 0, &[&alias[..], target].concat())).unwrap();
        assert_eq!((reply.addresses.len(), reply.ttl), (1, 9));
        // the same without the alias: a record of a name that nobody asked for
        assert_eq!(read(&answer(1, 0, target)).unwrap_err(), "malformed answer");
    }

    #[test]
    fn an_alias_must_lead_to_an_address() {
        const SOA: &[u8] = b"\x02ns\xc0\x0c\0\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x3c";
        let fault = |message: &[u8]| read(message).unwrap_err();
        let alias = record(5, b"\x01x\x07example\x03org\0");
        assert_eq!(fault(&answer(1, 0, &alias)), "alias without an address");
        let with_soa = [&alias[..], &record(6, SOA)].concat();
        assert_eq!(fault(&answer(1, 1, &with_soa)), "alias without an address");
        // from the name to itself, and back over another
        let round = record(5, b"\xc0\x0c");
        assert_eq!(fault(&answer(1, 0, &round)), "alias in a circle");
        let back = b"\x01x\x07example\x03org\0\0\x05\0\x01\0\0\0\x09\0\x02\xc0\x0c";
        assert_eq!(fault(&answer(2, 0, &[&alias[..], back].concat())), "alias in a circle");
        // a text where an address was asked for
        assert_eq!(fault(&answer(1, 0, &record(16, b"\x03one"))), "records but no address");
        // nothing at all is an answer, and so is that what the alias stands for is not there
        assert!(read(&answer(0, 1, &record(6, SOA))).unwrap().addresses.is_empty());
        assert!(read(&answer(0, 0, b"")).unwrap().addresses.is_empty());
        let mut gone = answer(1, 0, &alias);
        gone[3] = 3;
        assert_eq!(read(&gone).unwrap().code, 3);
    }

    #[test]
    fn a_referral_is_no_answer() {
        assert!(read(&answer(0, 1, &record(2, b"\x02ns\xc0\x0c"))).is_err());
        let soa = record(6, b"\x02ns\xc0\x0c\0\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x3c");
        assert_eq!(read(&answer(0, 1, &soa)).unwrap().ttl, 60);
    }

    #[test]
    fn damage_does_no_harm() {
        let loops = b"\xc0\x20\0\x01\0\x01\0\0\0\0\0\x04\x7f\0\0\x02";
        for at in 0..=255_u8 {
            let mut tail = loops.to_vec();
            tail[1] = at;
            let _ = read(&answer(1, 0, &tail));
        }
        let itself = u8::try_from(a_query().len()).unwrap();
        assert!(read(&answer(1, 0, &[&[0xc0, itself][..], &loops[2..]].concat())).is_err());
        let whole = answer(1, 0, &record(1, &[127, 0, 0, 2]));
        for end in 0..whole.len() {
            assert!(read(&whole[..end]).is_err());
            for bit in 0..8 {
                let mut other = whole.clone();
                other[end] ^= 1 << bit;
                let _ = read(&other);
            }
        }
        assert!(read(&answer(9, 0, &record(1, &[127, 0, 0, 2]))).is_err());
    }
}
