//! The header of a mail, read from the top down to the field that tells where it came from.

use common::filter::Compression;
use mailparse::parse_header;

use crate::hop::{self, Client, Step};

/// What the fields that our own servers wrote say about a mail.
#[derive(Debug, PartialEq, Eq)]
pub struct Origin {
    /// Who handed it to our servers; why not, if they do not say so.
    pub client: Result<Client, &'static str>,
    /// The sender as the delivery wrote it into Return-Path, without brackets; `<>` for the null sender.
    pub sender: Vec<u8>,
}

/// Why the fields of our servers do not say who handed a mail to them.
pub const NO_CLIENT: &str = "no field names a client from outside";
const FETCHED: &str = "fetched from elsewhere";
const COMPRESSED: &str = "the mail is compressed";
const OTHER_HOST: &str = "a Received field by another host";

/// Reads the header down to the first field that is not known to be ours.
///
/// Every server puts its field on top, so the fields of ours are above all that came with the mail.
/// They end with the one that names a client from outside. Of `hosts`, if there are any, one must
/// have written each field that names a client; without them the topmost field that names a client
/// from outside is taken for ours.
pub fn read(header: &[u8], hosts: &[Vec<u8>]) -> Origin {
    let mut origin = Origin { client: Err(NO_CLIENT), sender: Vec::new() };
    if Compression::of(header).is_some() {
        origin.client = Err(COMPRESSED);
        return origin;
    }
    let mut received = false;
    let mut rest = header;
    // an empty line is the end, also as the first
    while !matches!(rest, [] | [b'\n', ..] | [b'\r', b'\n', ..]) {
        // what cannot be read as a field ends the part that can be trusted
        let Ok((field, length)) = parse_header(rest) else { break };
        rest = rest.get(length..).unwrap_or_default();
        let name = field.get_key_ref();
        if name.eq_ignore_ascii_case("Return-Path") && !received && origin.sender.is_empty() {
            origin.sender = without_brackets(field.get_value_raw());
        }
        if !name.eq_ignore_ascii_case("Received") {
            continue;
        }
        received = true;
        match hop::read(field.get_value_raw()) {
            Step::Inside => continue,
            // whose fields follow only --host can tell
            Step::Fetched(by) if !hosts.is_empty() && is_ours(&by, hosts) => continue,
            Step::Fetched(_) => origin.client = Err(FETCHED),
            Step::From(client) if !is_ours(&client.by, hosts) => {
                origin.client = Err(OTHER_HOST);
            }
            Step::From(client) if hop::is_local(client.ip) => continue,
            Step::From(client) => origin.client = Ok(client),
            Step::Unknown(why) => origin.client = Err(why),
        }
        break;
    }
    origin
}

/// Names of hosts are the same in either case, and with or without the last dot.
fn is_ours(host: &[u8], hosts: &[Vec<u8>]) -> bool {
    let bare = |name: &[u8]| name.strip_suffix(b".").unwrap_or(name).to_ascii_lowercase();
    hosts.is_empty() || hosts.iter().any(|ours| bare(ours) == bare(host))
}

/// The address without its brackets; the null sender keeps them, to differ from no sender at all.
fn without_brackets(value: &[u8]) -> Vec<u8> {
    let value = value.trim_ascii();
    let inside = value.strip_prefix(b"<").and_then(|value| value.strip_suffix(b">"));
    inside.filter(|address| !address.is_empty()).unwrap_or(value).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Address and host of the header with these fields, believed to these hosts.
    fn origin(fields: &[&str], hosts: &[&str]) -> (String, String) {
        let header = fields.join("\n") + "\n";
        let hosts: Vec<Vec<u8>> = hosts.iter().map(|host| host.as_bytes().to_vec()).collect();
        let client = read(header.as_bytes(), &hosts).client;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        client.map_or_else(|_| Default::default(), |it| (it.ip.to_string(), text(&it.by)))
    }

    const QUEUE: &str = "Received: (qmail 7 invoked from network); 22 Nov 2026 05:10:01 -0000";
    const OURS: &str = "Received: from a.example (HELO a) (192.0.2.1)\n    by mx.example \
                        (qpsmtpd/0.94) with ESMTP; Sun, 22 Nov 2026 05:10:00 +0000";
    const INSIDE: &str = "Received: from mx.example (HELO mx.example) (10.0.0.1)\r\n\tby \
                          store.example with SMTP; 22 Nov 2026 05:10:01 -0000";
    const FORGED: &str = "Received: from b.example (203.0.113.9) by mx.example with SMTP; x";
    const FOREIGN: &str = "Received: from c.example (203.0.113.8) by relay.example with SMTP; x";

    fn is(ip: &str, by: &str) -> (String, String) {
        (ip.to_owned(), by.to_owned())
    }

    #[test]
    fn our_field_is_believed_and_none_below_it() {
        let ours = is("192.0.2.1", "mx.example");
        assert_eq!(origin(&[QUEUE, OURS, FORGED], &[]), ours);
        assert_eq!(origin(&[QUEUE, OURS, FORGED], &["MX.example."]), ours);
        assert_eq!(origin(&["Delivered-To: x", QUEUE, "Subject: x", OURS], &[]), ours);
        // a later client of ours than the one that is named
        assert_eq!(origin(&[FOREIGN, OURS], &["mx.example"]), is("", ""));
        assert_eq!(origin(&[FOREIGN, OURS], &[]), is("203.0.113.8", "relay.example"));
        assert_eq!(origin(&[QUEUE], &[]), is("", ""));
        assert_eq!(origin(&["", OURS], &[]), is("", ""));
    }

    #[test]
    fn steps_between_our_hosts_are_passed() {
        let hosts = ["mx.example", "store.example"];
        assert_eq!(origin(&[INSIDE, QUEUE, OURS], &[]), is("192.0.2.1", "mx.example"));
        assert_eq!(origin(&[INSIDE, QUEUE, OURS], &hosts), is("192.0.2.1", "mx.example"));
        assert_eq!(origin(&[INSIDE, QUEUE, OURS], &["store.example"]), is("", ""));
        assert_eq!(origin(&[INSIDE, QUEUE, OURS], &["mx.example"]), is("", ""));
    }

    #[test]
    fn what_cannot_be_read_ends_the_trust() {
        for broken in [
            "Received: from a b (192.0.2.7) by mx.example with SMTP; x",
            "Received: nonsense",
            "Received:",
        ] {
            assert_eq!(origin(&[QUEUE, broken, FORGED], &[]), is("", ""), "{broken}");
        }
        assert_eq!(origin(&[" no field", OURS], &[]), is("", ""));
    }

    #[test]
    fn the_sender_is_the_deliverys() {
        let sender = |fields: &[&str]| {
            let sender = read(fields.join("\n").as_bytes(), &[]).sender;
            String::from_utf8(sender).unwrap()
        };
        assert_eq!(sender(&["Return-Path: <a@b.example>", OURS]), "a@b.example");
        assert_eq!(
            sender(&["Return-Path: <a@b.example>", "return-path: <x@y>", OURS]),
            "a@b.example"
        );
        assert_eq!(sender(&["Return-Path: <>", OURS]), "<>");
        assert_eq!(sender(&[QUEUE, "Return-Path: <a@b.example>", OURS]), "");
    }

    #[test]
    fn any_bytes_are_a_header() {
        fn reads(mut header: Vec<u8>) -> bool {
            read(&header, &[]);
            header.splice(0..0, *b"Received: from ");
            read(&header, &[]);
            true
        }
        quickcheck::quickcheck(reads as fn(Vec<u8>) -> bool);
    }
}
