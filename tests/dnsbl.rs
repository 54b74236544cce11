//! dnsbl-check against the real rbldnsd, and against servers that misbehave; all on loopback.
#![allow(
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test stops where its ground is missing, and says why"
)]

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use maillog_tests::{Ran, command, peer, root, run, scratch, tool};

/// One of the lines of output, and what the tests look at in it.
#[derive(Debug)]
struct Row {
    address: String,
    zone: String,
    verdict: String,
    a: String,
    txt: String,
}

fn rows(ran: &Ran) -> Vec<Row> {
    let read = |line: &str| {
        let fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let [address, zone, verdict, a, txt, _] = fields.try_into().unwrap();
        Row { address, zone, verdict, a, txt }
    };
    ran.text().lines().map(read).collect()
}

fn check(port: u16, flags: &str, input: &str) -> Ran {
    let mut tool = tool("dnsbl-check");
    tool.arg(format!("--server=127.0.0.1:{port}")).args(flags.split_whitespace());
    run(&mut tool, input.as_bytes())
}

/// A daemon that is stopped when the test is over.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 >> 32).unwrap()
    }
}

/// How many addresses are asked about, besides those of the captured lists.
const MANY: usize = 10_000;

/// Different addresses, the first half of them for a list.
fn addresses() -> Vec<Ipv4Addr> {
    let mut numbers = Numbers(0xB10C);
    let mut seen = HashSet::new();
    let fresh = std::iter::repeat_with(|| Ipv4Addr::from(numbers.next() | 0x8000_0000));
    fresh.filter(|address| seen.insert(*address)).take(MANY).collect()
}

/// Starts rbldnsd with the captured lists, and one with half of `addresses`.
fn rbldnsd(folder: &Path, addresses: &[Ipv4Addr]) -> Option<(Daemon, u16)> {
    let program = peer("rbldnsd", "the verdicts of dnsbl-check")?;
    let captures = root().join("tests/data/captures/rbldnsd");
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    let mut zones = Vec::new();
    for (zone, kind, file) in [
        ("bl.qlogtest.org", "ip4set", "zone-bl.ip4set"),
        ("dyn.qlogtest.org", "ip4trie", "zone-dyn.ip4trie"),
        ("xbl.qlogtest.net", "ip4set", "zone-xbl.ip4set"),
        ("rhsbl.qlogtest.org", "dnset", "zone-rhsbl.dnset"),
    ] {
        fs::copy(captures.join(file), folder.join(file)).unwrap();
        zones.push(format!("{zone}:{kind}:{file}"));
    }
    let mut many = String::from(":127.0.0.2:Listed: $\n127.0.0.2\n");
    for address in &addresses[..addresses.len() / 2] {
        writeln!(many, "{address}").unwrap();
    }
    fs::write(folder.join("zone-many"), many).unwrap();
    zones.push("many.example.org:ip4set:zone-many".into());
    fs::write(folder.join("zone-six"), ":127.0.0.6:Six\n2001:db8:1::/48\n").unwrap();
    zones.push("six.example.org:ip6trie:zone-six".into());
    for name in ["zone-bl.ip4set", "zone-dyn.ip4trie", "zone-xbl.ip4set", "zone-rhsbl.dnset"] {
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut daemon = Command::new(program);
    daemon.args(["-n", "-b", &format!("127.0.0.1/{port}"), "-w"]).arg(folder).args(zones);
    let daemon = Daemon(daemon.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    for _ in 0..100 {
        let ran = check(port, "-l many.example.org --private --no-self-test", "127.0.0.2\n");
        if rows(&ran)[0].verdict == "listed" {
            return Some((daemon, port));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("rbldnsd does not answer on port {port}");
}

/// What the captured lists say of an address, read off their files: network, length, answer.
fn listed(zone: &str, address: Ipv4Addr) -> Option<&'static str> {
    const LISTS: [(&str, [u8; 4], u32, &str); 10] = [
        ("bl", [127, 0, 0, 2], 32, "127.0.0.2"),
        ("bl", [127, 0, 2, 0], 24, "127.0.0.2"),
        ("bl", [127, 8, 2, 0], 24, "127.0.0.2"),
        ("bl", [127, 0, 1, 64], 28, "127.0.0.4"),
        ("bl", [127, 9, 1, 64], 28, "127.0.0.4"),
        ("dyn", [127, 0, 3, 128], 25, "127.0.0.10"),
        ("dyn", [127, 9, 3, 128], 25, "127.0.0.10"),
        ("dyn", [127, 0, 1, 128], 27, "127.0.0.11"),
        ("dyn", [127, 9, 1, 128], 27, "127.0.0.11"),
        // the file says .200/30
        ("xbl", [127, 0, 1, 200], 30, "127.0.0.2"),
    ];
    if zone == "bl" && address == Ipv4Addr::new(127, 0, 2, 200) {
        return None;
    }
    let within = |network: [u8; 4], length: u32| {
        (u32::from(Ipv4Addr::from(network)) ^ u32::from(address)) >> (32 - length) == 0
    };
    let own = LISTS.iter().filter(|(list, ..)| *list == zone);
    let xbl = zone == "xbl" && within([127, 9, 1, 200], 30);
    let mut found = own.filter(|(_, network, length, _)| within(*network, *length));
    found.next().map(|(.., answer)| *answer).or(xbl.then_some("127.0.0.2"))
}

/// What dig gets for each name; nothing where it is not installed.
fn dig(port: u16, names: &[String]) -> Option<HashMap<String, Vec<String>>> {
    let dig = peer("dig", "the verdicts of dnsbl-check")?;
    let scratch = scratch();
    let file = scratch.path().join("names");
    fs::write(&file, names.join("\n")).unwrap();
    let mut command = command(dig);
    command.args(["@127.0.0.1", "-p", &port.to_string(), "+noall", "+answer", "-f"]).arg(&file);
    let ran = run(&mut command, b"");
    let mut answers: HashMap<String, Vec<String>> = HashMap::new();
    for line in ran.text().lines().filter(|line| !line.starts_with(';') && !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let name = words[0].trim_end_matches('.').to_owned();
        assert_eq!(words[3], "A", "{line}");
        answers.entry(name).or_default().push(words[4].into());
    }
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    Some(answers)
}

fn reversed(address: Ipv4Addr, zone: &str) -> String {
    let [a, b, c, d] = address.octets();
    format!("{d}.{c}.{b}.{a}.{zone}")
}

#[test]
fn every_verdict_of_the_real_server_is_right() {
    let folder = scratch();
    let addresses = addresses();
    let Some((_daemon, port)) = rbldnsd(folder.path(), &addresses) else { return };
    let mut input = String::new();
    for address in &addresses {
        writeln!(input, "{address}").unwrap();
    }
    let ran = check(port, "-l many.example.org --private", &input);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let names: Vec<_> = addresses.iter().map(|a| reversed(*a, "many.example.org")).collect();
    let by_dig = dig(port, &names);
    let rows = rows(&ran);
    assert_eq!(rows.len(), MANY);
    for (at, (row, address)) in rows.iter().zip(&addresses).enumerate() {
        let text = if at < MANY / 2 { format!("Listed: {address}") } else { String::new() };
        let (verdict, a) = if at < MANY / 2 { ("listed", "127.0.0.2") } else { ("clean", "") };
        assert_eq!(
            (row.address.as_str(), row.zone.as_str()),
            (&*address.to_string(), "many.example.org")
        );
        assert_eq!(
            (row.verdict.as_str(), row.a.as_str(), &row.txt),
            (verdict, a, &text),
            "{address}"
        );
        if let Some(by_dig) = &by_dig {
            let answers = by_dig.get(&names[at]).map(|all| all.join(",")).unwrap_or_default();
            assert_eq!(row.a, answers, "dig has another answer for {address}");
        }
    }
}

#[test]
fn every_verdict_of_the_captured_lists_is_right() {
    let folder = scratch();
    let Some((_daemon, port)) = rbldnsd(folder.path(), &addresses()) else { return };
    let mut input = String::new();
    for (second, third) in [(0, 0), (0, 1), (0, 2), (0, 3), (8, 2), (9, 1), (9, 3)] {
        for last in 0..=255 {
            writeln!(input, "127.{second}.{third}.{last}").unwrap();
        }
    }
    let lists = "-l bl.qlogtest.org -l dyn.qlogtest.org -l xbl.qlogtest.net";
    let ran = check(port, &format!("{lists} --private --no-self-test"), &input);
    let rows = rows(&ran);
    assert_eq!((rows.len(), ran.err.as_str()), (7 * 256 * 3, ""));
    for row in &rows {
        let list = row.zone.split('.').next().unwrap();
        let expected = listed(list, row.address.parse().unwrap());
        let verdict = if expected.is_some() { "listed" } else { "clean" };
        assert_eq!(
            (row.verdict.as_str(), row.a.as_str()),
            (verdict, expected.unwrap_or_default()),
            "{row:?}"
        );
    }
    let six = "2001:db8:1::9\n2001:db8:2::9\n2001:DB8:1:ffff:ffff:ffff:ffff:ffff\n";
    let ran = check(port, "-l six.example.org --no-self-test", six);
    let verdicts: Vec<String> = self::rows(&ran).into_iter().map(|row| row.verdict).collect();
    assert_eq!(verdicts, ["listed", "clean", "listed"], "{}", ran.text());
    let names = "bulk.qlogtest.top\nx.bulk.qlogtest.top\nx.offers.qlogtest.xyz\n\
        FRESH.qlogtest.cc.\nbob@spam.qlogtest.com\nexample.org\n";
    let ran = check(port, "-l rhsbl.qlogtest.org --name --no-self-test", names);
    let verdicts: Vec<String> =
        self::rows(&ran).iter().map(|row| format!("{} {}", row.verdict, row.a)).collect();
    let expected = [
        "listed 127.0.0.2",
        "clean ",
        "listed 127.0.0.2",
        "listed 127.0.0.3",
        "listed 127.0.0.2",
        "clean ",
    ];
    assert_eq!(verdicts, expected, "{}", ran.text());
}

/// The bytes behind the question of an answer with one A record.
fn a_record(address: [u8; 4]) -> Vec<u8> {
    [&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4][..], &address].concat()
}

/// An answer to a query: response code, number of records, the records.
fn reply(query: &[u8], code: u8, records: u8, tail: &[u8]) -> Vec<u8> {
    let mut message = query.to_vec();
    message[2] |= 0x80;
    message[3] = 0x80 | code;
    message[7] = records;
    message.extend_from_slice(tail);
    message
}

const LISTED: [u8; 4] = [127, 0, 0, 2];

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

const KEY: &str = "abcdefghijklmnopqrstuvwxyz";

/// What a server sends that behaves as the first label of the list says; `last` is the query that
/// it had before for the same name.
fn behave(query: &[u8], last: Option<&Vec<u8>>, numbers: &mut Numbers) -> Vec<Vec<u8>> {
    let labels = labels(query);
    let listing = |query: &[u8]| reply(query, 0, 1, &a_record(LISTED));
    // the type is before the class, at the end
    let is_text = query[query.len() - 3] == 16;
    let tail = |bytes: &[u8]| vec![reply(query, 0, 1, bytes)];
    let changed = |change: fn(&mut Vec<u8>)| {
        let mut message = listing(query);
        change(&mut message);
        vec![message]
    };
    let has_key = labels[4] == KEY;
    match labels[if has_key { 5 } else { 4 }].as_str() {
        "echo" if is_text => {
            // the name as it was asked, in upper and lower case
            let text = query[13..query.len() - 5].escape_ascii().to_string();
            let length = u8::try_from(text.len()).unwrap();
            let head = [0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, length + 1, length];
            tail(&[&head[..], text.as_bytes()].concat())
        }
        "echo" => vec![listing(query)],
        _ if is_text => vec![reply(query, 3, 0, b"")],
        "good" if labels[0].parse::<u8>().unwrap() % 2 == 0 => vec![listing(query)],
        "good" => vec![reply(query, 3, 0, b"")],
        "twice" => vec![reply(query, 3, 0, b""), listing(query), listing(query)],
        "refuses" => vec![reply(query, 5, 0, b"")],
        "limits" => tail(&a_record([127, 255, 255, 254])),
        "rewrites" => tail(&a_record([192, 0, 2, 1])),
        "fails" => vec![reply(query, 2, 1, &a_record(LISTED))],
        "contradicts" => vec![reply(query, 3, 1, &a_record(LISTED))],
        "truncates" => changed(|message| message[2] |= 2),
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
        "other-type" => tail(b"\xc0\x0c\0\x10\0\x01\0\0\0\x3c\0\x02\x01x"),
        "no-data" => vec![reply(query, 0, 0, b"")],
        "garbage" => (0..3).map(|_| numbers.next().to_be_bytes().repeat(9)).collect(),
        "cut" => changed(|message| message.truncate(message.len() - 3)),
        "loop" => {
            let at = u8::try_from(query.len()).unwrap();
            tail(&[&[0xc0, at][..], &a_record(LISTED)[2..]].concat())
        }
        // "never", and "forged", which another sees to
        _ => Vec::new(),
    }
}

/// A server that behaves as [`behave`] says, until the end of the tests. Keeps the names it saw.
fn server() -> (u16, Arc<Mutex<Vec<String>>>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let names = seen.clone();
    std::thread::spawn(move || {
        let forger = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut numbers = Numbers(0x5EED);
        let mut last: HashMap<String, Vec<u8>> = HashMap::new();
        let mut buffer = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let query = buffer[..length].to_vec();
            let labels = labels(&query);
            names.lock().unwrap().push(labels.join("."));
            for answer in behave(&query, last.get(&labels.join(".")), &mut numbers) {
                socket.send_to(&answer, from).unwrap();
            }
            if labels[4] == "forged" {
                forger.send_to(&reply(&query, 0, 1, &a_record(LISTED)), from).unwrap();
            }
            last.insert(labels.join("."), query);
        }
    });
    (port, seen)
}

/// Twenty addresses.
fn few() -> String {
    (1..=20).fold(String::new(), |all, last| all + &format!("192.0.2.{last}\n"))
}

#[test]
fn a_server_that_misbehaves_lists_and_clears_nothing() {
    let (port, _) = server();
    let expected = [
        ("twice", "clean"),
        ("refuses", "refused"),
        ("limits", "refused"),
        ("rewrites", "bogus"),
        ("fails", "error"),
        ("contradicts", "error"),
        ("truncates", "error"),
        ("late", "error"),
        ("wrong-id", "error"),
        ("wrong-name", "error"),
        ("lower-case", "error"),
        ("no-question", "error"),
        ("no-response", "error"),
        ("other-owner", "error"),
        ("alias-round", "error"),
        ("alias-nowhere", "error"),
        ("other-type", "error"),
        ("no-data", "clean"),
        ("garbage", "error"),
        ("cut", "error"),
        ("loop", "error"),
        ("forged", "error"),
        ("never", "error"),
    ];
    let mut flags = String::from("-l good.example --no-self-test --timeout=1 --tries=2");
    for (zone, _) in expected {
        write!(flags, " -l {zone}.example").unwrap();
    }
    let ran = check(port, &flags, &few());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let rows = rows(&ran);
    assert_eq!(rows.len(), 20 * (1 + expected.len()));
    for row in &rows {
        let behaviour = row.zone.trim_end_matches(".example");
        let right = match expected.iter().find(|(zone, _)| *zone == behaviour) {
            Some((_, verdict)) => *verdict,
            None if row.address.ends_with(['0', '2', '4', '6', '8']) => "listed",
            None => "clean",
        };
        assert_eq!(row.verdict, right, "{row:?}");
        assert!(row.verdict != "error" || !row.txt.is_empty(), "not told why: {row:?}");
    }
}

/// Without an end to the waiting this would take minutes, and be stopped.
#[test]
fn a_silent_list_is_given_up() {
    let (port, seen) = server();
    let mut input = String::new();
    for address in addresses() {
        writeln!(input, "{address}").unwrap();
    }
    let flags = "-l never.example --private --no-self-test --timeout=1 --tries=2";
    let found = rows(&check(port, flags, &input));
    assert!(found.len() == MANY && found.iter().all(|row| row.verdict == "error"));
    assert!(seen.lock().unwrap().len() < MANY, "every question was asked all the same");
    // a list that does not stand its test is not asked at all
    seen.lock().unwrap().clear();
    let ran = check(port, "-l never.example --private --timeout=1 --tries=2", &input);
    assert!(rows(&ran).iter().all(|row| row.verdict == "error"));
    assert_eq!(seen.lock().unwrap().len(), 4, "two questions, twice");
    assert_eq!(ran.err, "dnsbl-check: never.example: gives no answer (time-out)\n");
}

#[test]
fn a_port_where_nobody_listens_is_an_error_at_once() {
    let port = closed();
    // with an hour to wait for each answer
    let found = rows(&check(port, "-l bl.example --timeout=3600 --no-self-test", &few()));
    assert_eq!(found.len(), 20);
    for row in found {
        assert_eq!((row.verdict.as_str(), row.txt.as_str()), ("error", "connection refused"));
    }
}

/// Asks good.example, and says what is wrong.
fn mistakes(port: u16, flags: &str, addresses: &[Ipv4Addr]) -> Vec<Row> {
    let input = addresses.iter().fold(String::new(), |all, address| all + &format!("{address}\n"));
    let flags = format!("-l good.example --private --no-self-test {flags}");
    let mut found = rows(&check(port, &flags, &input));
    assert_eq!(found.len(), addresses.len());
    found.retain(|row| {
        let even = row.address.ends_with(['0', '2', '4', '6', '8']);
        row.verdict != if even { "listed" } else { "clean" }
    });
    found
}

/// A port where nobody listens.
fn closed() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn one_server_of_two_is_enough() {
    let (port, _) = server();
    let closed = closed();
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let addresses = addresses();
    for other in [closed, silent.local_addr().unwrap().port()] {
        let found = mistakes(port, &format!("--server=127.0.0.1:{other}"), &addresses[..4000]);
        assert!(found.is_empty(), "{} with {other}: {:?}", found.len(), found[0]);
        let found = mistakes(other, &format!("--server=127.0.0.1:{port}"), &addresses[..4000]);
        assert!(found.is_empty(), "{} with {other}: {:?}", found.len(), found[0]);
    }
}

/// A server that has no answer for us is not the last word if there is another.
#[test]
fn one_server_that_refuses_is_not_enough() {
    let (port, _) = server();
    let refuses = UdpSocket::bind("127.0.0.1:0").unwrap();
    let other = refuses.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((length, from)) = refuses.recv_from(&mut buffer) {
            refuses.send_to(&reply(&buffer[..length], 5, 0, b""), from).unwrap();
        }
    });
    let flags = format!("--server=127.0.0.1:{other}");
    let found = mistakes(port, &flags, &addresses()[..200]);
    assert!(found.is_empty(), "{}: {:?}", found.len(), found[0]);
    let ran = check(other, &format!("{flags} -l bl.example --no-self-test"), "192.0.2.1\n");
    assert_eq!(rows(&ran)[0].verdict, "refused", "if both refuse");
}

/// A server is started anew while it is asked.
#[test]
fn a_server_that_comes_back_is_waited_for() {
    let mut socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut numbers = Numbers(0x5EED);
        let mut buffer = [0; 512];
        for count in 0.. {
            if count == 20 {
                drop(socket);
                std::thread::sleep(Duration::from_millis(300));
                socket = UdpSocket::bind(("127.0.0.1", port)).unwrap();
            }
            let Ok((length, from)) = socket.recv_from(&mut buffer) else { return };
            for answer in behave(&buffer[..length], None, &mut numbers) {
                socket.send_to(&answer, from).unwrap();
            }
        }
    });
    let found = mistakes(port, "", &addresses()[..200]);
    assert!(found.is_empty(), "{}: {:?}", found.len(), found[0]);
}

/// The datagram says that it is cut; the whole answer, with a long text, comes over TCP.
#[test]
fn what_is_truncated_comes_over_tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket = UdpSocket::bind(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let mut message = reply(&buffer[..length], 0, 0, b"");
            message[2] |= 2;
            socket.send_to(&message, from).unwrap();
        }
    });
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut length = [0; 2];
            stream.read_exact(&mut length).unwrap();
            let mut query = vec![0; u16::from_be_bytes(length).into()];
            stream.read_exact(&mut query).unwrap();
            let message = if query[query.len() - 3] == 16 {
                let text = [&[200][..], &[b'x'; 200], &[200], &[b'y'; 200]].concat();
                let length = u16::try_from(text.len()).unwrap().to_be_bytes();
                let head = [0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60];
                reply(&query, 0, 1, &[&head[..], &length, &text].concat())
            } else {
                reply(&query, 0, 1, &a_record(LISTED))
            };
            let length = u16::try_from(message.len()).unwrap().to_be_bytes();
            // in two parts, as a network may hand it over
            stream.write_all(&length).unwrap();
            stream.write_all(&message).unwrap();
        }
    });
    let found = rows(&check(port, "-l bl.example --no-self-test", &few()));
    assert_eq!(found.len(), 20);
    for row in found {
        assert_eq!((row.verdict.as_str(), row.a.as_str()), ("listed", "127.0.0.2"));
        assert_eq!(row.txt, "x".repeat(200) + &"y".repeat(200));
    }
}

#[test]
fn a_row_passes_before_the_next_arrives() {
    let (port, _) = server();
    let mut command = tool("dnsbl-check");
    command.args([&format!("--server=127.0.0.1:{port}"), "--list=good.example", "--no-self-test"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut to = child.stdin.take().unwrap();
    let mut from = BufReader::new(child.stdout.take().unwrap());
    for (address, verdict) in [("192.0.2.2", "listed"), ("192.0.2.3", "clean")] {
        writeln!(to, "{address}").unwrap();
        let mut line = String::new();
        from.read_line(&mut line).unwrap();
        assert!(line.starts_with(&format!("{address}\tgood.example\t{verdict}\t")), "{line}");
    }
    drop(to);
    assert!(child.wait().unwrap().success());
}

#[test]
fn each_question_is_asked_once_and_kept_in_a_file() {
    let (port, seen) = server();
    let folder = scratch();
    let cache = format!("--cache={}", folder.path().join("cache").display());
    let flags = format!("-l good.example --no-self-test {cache}");
    let first = check(port, &flags, &few().repeat(50));
    // twenty addresses, and the texts of the ten that are listed
    assert_eq!((rows(&first).len(), seen.lock().unwrap().len()), (1000, 30));
    seen.lock().unwrap().clear();
    let second = check(port, &flags, &few());
    assert_eq!(
        first.text().lines().take(20).collect::<Vec<_>>(),
        second.text().lines().collect::<Vec<_>>()
    );
    assert!(seen.lock().unwrap().is_empty());
    // and the file is a saved result
    let replay = cache.replace("--cache", "--replay");
    assert_eq!(check(1, &format!("-l good.example {replay}"), &few()).out, second.out);
}

/// The queries, and so the run, cannot be over sooner than the limit allows.
#[test]
fn a_list_is_asked_no_faster_than_allowed() {
    let (port, seen) = server();
    let start = std::time::Instant::now();
    let found = rows(&check(port, "-l good.example --no-self-test --qps=50", &few()));
    assert_eq!((found.len(), seen.lock().unwrap().len()), (20, 30));
    assert!(start.elapsed() >= Duration::from_millis(29 * 20), "{:?}", start.elapsed());
}

#[test]
fn the_self_test_finds_out_what_is_wrong() {
    let (port, _) = server();
    for (zone, fault) in [
        ("rewrites", "answers 192.0.2.1: a resolver that rewrites, or a parked zone"),
        ("refuses", "refuses us (REFUSED)"),
        ("limits", "refuses us (127.255.255.254)"),
        ("twice", "does not list 127.0.0.2: it is empty, gone, or no list of this kind"),
        ("fails", "gives no answer (SERVFAIL)"),
    ] {
        let flags = format!("-l {zone}.example --timeout=1 --tries=1");
        let ran = check(port, &flags, "192.0.2.1\n");
        assert_eq!(ran.err, format!("dnsbl-check: {zone}.example: {fault}\n"));
        assert_eq!((ran.code, rows(&ran).len()), (Some(0), 1));
        let ran = check(port, &format!("{flags} --require-self-test"), "192.0.2.1\n");
        assert_eq!((ran.code, ran.text().as_str()), (Some(2), ""));
    }
    let ran = check(port, "-l never.example", "127.0.0.1\nnonsense\n");
    assert_eq!((ran.err.as_str(), rows(&ran).len()), ("", 2), "nothing to ask, nothing to test");
}

/// A server that lists whatever it is asked about.
fn world() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let message = reply(&buffer[..length], 0, 1, &a_record(LISTED));
            socket.send_to(&message, from).unwrap();
        }
    });
    port
}

#[test]
fn a_list_of_the_whole_world_is_found_out() {
    let port = world();
    let ran = check(port, "-l dead.example", "192.0.2.1\n");
    let fault = "lists 127.0.0.1, so perhaps everything: trust no listing of it";
    assert_eq!(ran.err, format!("dnsbl-check: dead.example: {fault}\n"));
}

/// What was kept says nothing of the list as it is now, and the test is nothing to keep.
#[test]
fn the_self_test_is_not_taken_from_a_file_nor_kept_there() {
    let port = world();
    let folder = scratch();
    let file = folder.path().join("cache");
    let sound = "127.0.0.2\tdead.example\tlisted\t127.0.0.2\t\t1\t9999999999\n\
        127.0.0.1\tdead.example\tclean\t\t\t1\t9999999999\n";
    let flags = format!("-l dead.example --cache={}", file.display());
    fs::write(&file, sound).unwrap();
    let fault = "dnsbl-check: dead.example: lists 127.0.0.1, so perhaps everything: \
        trust no listing of it\n";
    assert_eq!(check(port, &flags, "192.0.2.1\n").err, fault);
    fs::remove_file(&file).unwrap();
    assert_eq!(check(port, &flags, "192.0.2.1\n2001:db8::1\n").code, Some(0));
    let kept = fs::read_to_string(&file).unwrap();
    let mut subjects: Vec<_> = kept.lines().map(|line| line.split('\t').next().unwrap()).collect();
    subjects.sort_unstable();
    assert_eq!(subjects, ["192.0.2.1", "2001:db8::1"]);
}

#[test]
fn a_key_is_asked_with_and_never_told() {
    let (port, seen) = server();
    let folder = scratch();
    let file = folder.path().join("key");
    fs::write(&file, format!("{KEY}\n")).unwrap();
    let cache = folder.path().join("cache");
    let flags = format!(
        "-l good.dq.spamhaus.net -l echo.dq.spamhaus.net --timeout=1 --tries=1 --key-file={} --cache={}",
        file.display(),
        cache.display()
    );
    let ran = check(port, &flags, "192.0.2.2\n");
    let seen = seen.lock().unwrap();
    assert!(
        !seen.is_empty()
            && seen.iter().all(
                |name| name.contains(&format!(".{KEY}.")) && name.ends_with(".dq.spamhaus.net")
            )
    );
    let told = ran.text() + &ran.err + &fs::read_to_string(cache).unwrap();
    let told = told.to_ascii_lowercase();
    assert!(told.contains("good.dq.spamhaus.net") && !told.contains(KEY), "{told}");
    assert!(rows(&ran)[1].txt.contains("KEY"), "no text, so nothing is tested: {told}");
}

#[test]
fn hostile_rows_keep_their_columns_and_do_nothing() {
    let (port, seen) = server();
    let folder = scratch();
    let mark = folder.path().join("mark");
    let mut lines: Vec<Vec<u8>> = [
        format!("`touch {}`", mark.display()),
        format!("$(touch {})", mark.display()),
        format!("192.0.2.1; touch {}", mark.display()),
        "192.0.2.1\0".into(),
        "\x1b]0;title\x07".into(),
        "\u{202e}1.2.0.291".into(),
        "192.0.2.1.good.example".into(),
        "-l other.example".into(),
    ]
    .map(String::into_bytes)
    .into();
    lines.push(vec![b'1'; 1 << 20]);
    lines.push(vec![0xff; 1 << 20]);
    lines.push([b"192.0.2.".as_slice(), &vec![b'2'; 1 << 20]].concat());
    let input = lines.join(&b'\n');
    for flags in ["-l good.example", "-l good.example --name --timeout=1 --tries=1"] {
        let mut tool = tool("dnsbl-check");
        tool.arg(format!("--server=127.0.0.1:{port}")).args(flags.split(' '));
        let ran = run(tool.arg("--no-self-test"), &input);
        let found = rows(&ran);
        assert_eq!((found.len(), ran.code), (lines.len(), Some(0)), "{flags}: {}", ran.err);
        for row in found {
            // as a name, and only as a name, one of them is something to ask about
            let name = flags.contains("--name") && row.address.starts_with("192.0.2.1.good");
            assert!(name || row.verdict == "invalid", "{flags}: {:.50}", row.address);
            assert!(!row.address.contains(char::is_control));
        }
    }
    assert!(!mark.exists());
    assert!(seen.lock().unwrap().iter().all(|name| name == "192.0.2.1.good.example.good.example"));
}
