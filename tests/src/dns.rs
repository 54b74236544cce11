//! DNS servers on loopback that answer as a test wants, rightly or wrongly.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

use crate::Random;

/// What an address that is on a list resolves to.
const LISTED: [u8; 4] = [127, 0, 0, 2];

/// The key that some queries hold, before the name of their list.
pub const KEY: &str = "abcdefghijklmnopqrstuvwxyz";

/// A server that answers until the end of the tests.
#[derive(Debug)]
pub struct Server {
    /// Its port on 127.0.0.1.
    pub port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts a server; `answers` makes the datagrams that answer a query from that address.
    pub fn start(
        mut answers: impl FnMut(&[u8], SocketAddr) -> Vec<Vec<u8>> + Send + 'static,
    ) -> Self {
        let socket = socket();
        let port = port(&socket);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let names = asked.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let query = &buffer[..length];
                names.lock().unwrap().push(labels(query).join("."));
                for answer in answers(query, from) {
                    socket.send_to(&answer, from).unwrap();
                }
            }
        });
        Server { port, asked }
    }

    /// Starts a server that behaves as [`behave`] says, and forges answers for the list `forged`.
    pub fn misbehaving() -> Self {
        let forger = socket();
        let mut random = Random::new(0x5EED);
        let mut last: HashMap<Vec<String>, Vec<u8>> = HashMap::new();
        Server::start(move |query, from| {
            let labels = labels(query);
            let answers = behave(query, last.get(&labels), &mut random);
            if labels[4] == "forged" {
                forger.send_to(&listing(query), from).unwrap();
            }
            last.insert(labels, query.to_vec());
            answers
        })
    }

    /// Starts a server that lists every name.
    pub fn of_the_whole_world() -> Self {
        Server::start(|query, _| vec![listing(query)])
    }

    /// The names that were asked for since the last call.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

/// A socket on a free port.
pub fn socket() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").unwrap()
}

/// The port of a socket.
pub fn port(socket: &UdpSocket) -> u16 {
    socket.local_addr().unwrap().port()
}

/// A port on which nobody listens.
pub fn closed_port() -> u16 {
    port(&socket())
}

/// An answer to a query: its response code, the number of its records, and the records.
pub fn reply(query: &[u8], code: u8, records: u8, tail: &[u8]) -> Vec<u8> {
    let mut message = query.to_vec();
    message[2] |= 0x80;
    message[3] = 0x80 | code;
    message[7] = records;
    message.extend_from_slice(tail);
    message
}

/// The answer with an address.
pub fn answer(query: &[u8], address: [u8; 4]) -> Vec<u8> {
    reply(query, 0, 1, &a_record(address))
}

/// The answer that the name is on the list.
pub fn listing(query: &[u8]) -> Vec<u8> {
    answer(query, LISTED)
}

/// The answer of a list that has every address as one in 127.0.0.0/24, but 127.0.0.1, which no list
/// has. There are no texts.
pub fn last_number(query: &[u8]) -> Vec<Vec<u8>> {
    let labels = labels(query);
    let has_none = asks_for_text(query) || labels[..4] == ["1", "0", "0", "127"];
    vec![if has_none {
        reply(query, 3, 0, b"")
    } else {
        answer(query, [127, 0, 0, labels[0].parse().unwrap()])
    }]
}

/// An answer that is cut, so that the whole one must be fetched over TCP.
pub fn truncated(mut answer: Vec<u8>) -> Vec<u8> {
    answer[2] |= 2;
    answer
}

/// Does a query ask for the text, and not for the address? The type is before the class, at the end.
pub fn asks_for_text(query: &[u8]) -> bool {
    query[query.len() - 3] == 16
}

/// An A record for the name of the query.
fn a_record(address: [u8; 4]) -> Vec<u8> {
    [&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4][..], &address].concat()
}

/// A TXT record for the name of the query; each of the texts has at most 255 bytes.
pub fn txt_record(texts: &[&[u8]]) -> Vec<u8> {
    let length = |text: &[u8]| u8::try_from(text.len()).unwrap();
    let data: Vec<u8> = texts.iter().flat_map(|text| [&[length(text)], *text].concat()).collect();
    let total = u16::try_from(data.len()).unwrap().to_be_bytes();
    [&[0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60][..], &total, &data].concat()
}

/// The labels of the name that is asked for.
fn labels(query: &[u8]) -> Vec<String> {
    let mut labels = Vec::new();
    let mut rest = &query[12..];
    while let [length, tail @ ..] = rest
        && *length > 0
    {
        let (label, tail) = tail.split_at(usize::from(*length));
        labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
        rest = tail;
    }
    labels
}

/// What a server sends that behaves as the first label of the list says; `last` is the query that
/// it had before for the same name.
pub fn behave(query: &[u8], last: Option<&Vec<u8>>, random: &mut Random) -> Vec<Vec<u8>> {
    let labels = labels(query);
    let nothing = || vec![reply(query, 3, 0, b"")];
    let tail = |bytes: &[u8]| vec![reply(query, 0, 1, bytes)];
    let changed = |change: fn(&mut Vec<u8>)| {
        let mut message = listing(query);
        change(&mut message);
        vec![message]
    };
    let has_key = labels[4] == KEY;
    match labels[if has_key { 5 } else { 4 }].as_str() {
        // the name as it was asked for, in upper and lower case
        "echo" if asks_for_text(query) => {
            let text = query[13..query.len() - 5].escape_ascii().to_string();
            tail(&txt_record(&[text.as_bytes()]))
        }
        // a text that is longer than its record
        "bad-text" if asks_for_text(query) => tail(b"\xc0\x0c\0\x10\0\x01\0\0\0\x3c\0\x03\x0aab"),
        "echo" | "bad-text" => vec![listing(query)],
        _ if asks_for_text(query) => nothing(),
        "good" if labels[0].parse::<u8>().unwrap() % 2 == 0 => vec![listing(query)],
        "good" => nothing(),
        "twice" => [nothing(), vec![listing(query); 2]].concat(),
        "refuses" => vec![reply(query, 5, 0, b"")],
        "limits" => tail(&a_record([127, 255, 255, 254])),
        "rewrites" => tail(&a_record([192, 0, 2, 1])),
        "fails" => vec![reply(query, 2, 1, &a_record(LISTED))],
        "contradicts" => vec![reply(query, 3, 1, &a_record(LISTED))],
        "truncates" => vec![truncated(listing(query))],
        // an answer to the first try when the second comes: the first was given up
        "late" => last.map(|last| listing(last)).into_iter().collect(),
        "wrong-id" => changed(|message| message[1] ^= 1),
        "wrong-name" => changed(|message| message[13] ^= 1),
        "lower-case" => changed(|message| message[12..].make_ascii_lowercase()),
        "no-question" => changed(|message| message[5] = 0),
        "no-response" => changed(|message| message[2] &= 0x7f),
        "other-owner" => tail(b"\x05other\0\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\x02"),
        "alias-round" => tail(b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x02\xc0\x0c"),
        "alias-nowhere" => tail(b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x04\x01x\xc0\x0c"),
        // an address of three bytes, and of five; bytes behind the last record; the class of mDNS
        "three-bytes" => tail(b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x03\x7f\0\0"),
        "five-bytes" => tail(b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x05\x7f\0\0\x02\0"),
        "more-behind" => changed(|message| message.push(0)),
        "other-class" => tail(b"\xc0\x0c\0\x01\x80\x01\0\0\0\x3c\0\x04\x7f\0\0\x02"),
        "other-operation" => changed(|message| message[2] |= 0x08),
        "two-questions" => changed(|message| message[5] = 2),
        "more-records" => changed(|message| message[7] = 2),
        "two-aliases" => {
            let alias =
                |to| [&b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x04\x01"[..], to, b"\xc0\x0c"].concat();
            vec![reply(query, 0, 2, &[alias(b"x"), alias(b"y")].concat())]
        }
        // as if it lasted for 68 years and more
        "endless" => tail(b"\xc0\x0c\0\x01\0\x01\x80\0\0\0\0\x04\x7f\0\0\x02"),
        "remarks" => last_number(query),
        "other-type" => tail(b"\xc0\x0c\0\x10\0\x01\0\0\0\x3c\0\x02\x01x"),
        "no-data" => vec![reply(query, 0, 0, b"")],
        "garbage" => (0..3).map(|_| random.bytes(36)).collect(),
        "cut" => changed(|message| message.truncate(message.len() - 3)),
        "loop" => {
            let at = u8::try_from(query.len()).unwrap();
            tail(&[&[0xc0, at][..], &a_record(LISTED)[2..]].concat())
        }
        // "never", and "forged", which is answered from another port
        _ => Vec::new(),
    }
}
