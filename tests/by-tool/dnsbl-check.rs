//! dnsbl-check against servers that misbehave, on loopback.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use maillog_tests::dns::{
    Server, asks_for_text, behave, closed_port, listing, port, reply, socket, truncated, txt_record,
};
use maillog_tests::{Ran, Random, Running, Test, run, scratch, tests, tool};

pub const TESTS: &[Test] = tests![
    a_server_that_misbehaves_lists_and_clears_nothing,
    a_silent_list_is_given_up,
    a_port_where_nobody_listens_is_an_error_at_once,
    one_server_of_two_is_enough,
    one_server_that_refuses_is_not_enough,
    a_server_that_comes_back_is_waited_for,
    what_is_truncated_comes_over_tcp,
    a_row_passes_before_the_next_arrives,
    each_question_is_asked_once_and_kept_in_a_file,
    a_list_is_asked_no_faster_than_allowed,
    the_self_test_finds_out_what_is_wrong,
    a_list_of_the_whole_world_is_found_out,
    the_self_test_is_not_taken_from_a_file_nor_kept_there,
    hostile_rows_keep_their_columns_and_do_nothing,
];

/// What the tests look at in a line of output.
#[derive(Debug)]
pub struct Row {
    pub address: String,
    pub zone: String,
    pub verdict: String,
    pub a: String,
    pub txt: String,
}

pub fn rows(ran: &Ran) -> Vec<Row> {
    let read = |fields: Vec<String>| {
        let [address, zone, verdict, a, txt, _] = fields.try_into().unwrap();
        Row { address, zone, verdict, a, txt }
    };
    ran.rows().into_iter().map(read).collect()
}

pub fn check(port: u16, flags: &str, input: impl AsRef<[u8]>) -> Ran {
    let mut tool = tool("dnsbl-check");
    tool.arg(format!("--server=127.0.0.1:{port}")).args(flags.split_whitespace());
    run(&mut tool, input.as_ref())
}

/// UNIX seconds.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The number of addresses that are asked about.
pub const MANY: usize = 10_000;

/// Addresses that all differ.
pub fn addresses() -> Vec<Ipv4Addr> {
    let mut random = Random::new(0xB10C);
    let mut seen = HashSet::new();
    let fresh = std::iter::repeat_with(|| {
        let bits = u32::try_from(random.number() >> 32).unwrap();
        Ipv4Addr::from(bits | 0x8000_0000)
    });
    fresh.filter(|address| seen.insert(*address)).take(MANY).collect()
}

/// A line for each address.
pub fn lines(addresses: &[Ipv4Addr]) -> String {
    addresses.iter().fold(String::new(), |all, address| all + &format!("{address}\n"))
}

/// Twenty addresses.
fn few() -> String {
    lines(&(1..=20).map(|last| Ipv4Addr::new(192, 0, 2, last)).collect::<Vec<_>>())
}

fn a_server_that_misbehaves_lists_and_clears_nothing() {
    let server = Server::misbehaving();
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
        ("three-bytes", "error"),
        ("five-bytes", "error"),
        ("more-behind", "error"),
        ("other-class", "error"),
        ("other-operation", "error"),
        ("two-questions", "error"),
        ("more-records", "error"),
        ("two-aliases", "error"),
        ("bad-text", "listed"),
        ("endless", "listed"),
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
    let rows = rows(&check(server.port, &flags, few()).succeeded());
    assert_eq!(rows.len(), 20 * (1 + expected.len()));
    for row in &rows {
        let behaviour = row.zone.trim_end_matches(".example");
        let right = match expected.iter().find(|(zone, _)| *zone == behaviour) {
            Some((_, verdict)) => *verdict,
            None => of_good(row),
        };
        assert_eq!(row.verdict, right, "{row:?}");
        assert!(row.verdict != "error" || !row.txt.is_empty(), "no reason: {row:?}");
        assert!(behaviour != "bad-text" || row.txt.is_empty(), "{row:?}");
    }
}

/// The verdict of the list `good.example`: every other address is on it.
fn of_good(row: &Row) -> &'static str {
    if row.address.ends_with(['0', '2', '4', '6', '8']) { "listed" } else { "clean" }
}

/// Without an end to the waiting this would take minutes, and be stopped.
fn a_silent_list_is_given_up() {
    let server = Server::misbehaving();
    let input = lines(&addresses());
    let flags = "-l never.example --private --no-self-test --timeout=1 --tries=2";
    let found = rows(&check(server.port, flags, &input));
    assert!(found.len() == MANY && found.iter().all(|row| row.verdict == "error"));
    assert!(server.asked().len() < MANY, "every question was asked all the same");
    // a list that fails its test is not asked at all
    let ran = check(server.port, "-l never.example --private --timeout=1 --tries=2", &input);
    assert!(rows(&ran).iter().all(|row| row.verdict == "error"));
    assert_eq!(server.asked().len(), 4, "two questions, twice");
    assert_eq!(ran.err, "dnsbl-check: never.example: gives no answer (time-out)\n");
}

fn a_port_where_nobody_listens_is_an_error_at_once() {
    // with an hour to wait for each answer
    let flags = "-l bl.example --timeout=3600 --no-self-test";
    let found = rows(&check(closed_port(), flags, few()));
    assert_eq!(found.len(), 20);
    for row in found {
        assert_eq!((row.verdict.as_str(), row.txt.as_str()), ("error", "connection refused"));
    }
}

/// Asks the list `good.example`, and fails unless every verdict is right.
fn assert_good(port: u16, flags: &str, addresses: &[Ipv4Addr]) {
    let flags = format!("-l good.example --private --no-self-test {flags}");
    let found = rows(&check(port, &flags, lines(addresses)));
    assert_eq!(found.len(), addresses.len());
    let wrong: Vec<&Row> = found.iter().filter(|row| row.verdict != of_good(row)).collect();
    assert!(wrong.is_empty(), "{flags}: {}: {:?}", wrong.len(), wrong[0]);
}

fn one_server_of_two_is_enough() {
    let good = Server::misbehaving().port;
    let (closed, silent) = (closed_port(), socket());
    let addresses = addresses();
    for other in [closed, port(&silent)] {
        assert_good(good, &format!("--server=127.0.0.1:{other}"), &addresses[..4000]);
        assert_good(other, &format!("--server=127.0.0.1:{good}"), &addresses[..4000]);
    }
}

/// A server that has no answer for us is not the last word if there is another.
fn one_server_that_refuses_is_not_enough() {
    let good = Server::misbehaving().port;
    let refuses = Server::start(|query, _| vec![reply(query, 5, 0, b"")]).port;
    let flags = format!("--server=127.0.0.1:{refuses}");
    assert_good(good, &flags, &addresses()[..200]);
    let flags = format!("{flags} -l bl.example --no-self-test");
    let ran = check(refuses, &flags, "192.0.2.1\n");
    assert_eq!(rows(&ran)[0].verdict, "refused", "if both refuse");
}

/// A server is started anew while it is asked.
fn a_server_that_comes_back_is_waited_for() {
    let mut socket = socket();
    let port = port(&socket);
    spawn(move || {
        let mut random = Random::new(0x5EED);
        let mut buffer = [0; 512];
        for count in 0.. {
            if count == 20 {
                drop(socket);
                sleep(Duration::from_millis(300));
                socket = UdpSocket::bind(("127.0.0.1", port)).unwrap();
            }
            let Ok((length, from)) = socket.recv_from(&mut buffer) else { return };
            for answer in behave(&buffer[..length], None, &mut random) {
                socket.send_to(&answer, from).unwrap();
            }
        }
    });
    assert_good(port, "", &addresses()[..200]);
}

/// The datagram says that it is cut; the whole answer, with a long text, comes over TCP.
fn what_is_truncated_comes_over_tcp() {
    let server = Server::start(|query, _| vec![truncated(reply(query, 0, 0, b""))]);
    let listener = TcpListener::bind(("127.0.0.1", server.port)).unwrap();
    spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut length = [0; 2];
            stream.read_exact(&mut length).unwrap();
            let mut query = vec![0; u16::from_be_bytes(length).into()];
            stream.read_exact(&mut query).unwrap();
            let message = if asks_for_text(&query) {
                reply(&query, 0, 1, &txt_record(&[&[b'x'; 200], &[b'y'; 200]]))
            } else {
                listing(&query)
            };
            let length = u16::try_from(message.len()).unwrap().to_be_bytes();
            // in two writes, as a network may deliver it
            stream.write_all(&length).unwrap();
            stream.write_all(&message).unwrap();
        }
    });
    let found = rows(&check(server.port, "-l bl.example --no-self-test", few()));
    assert_eq!(found.len(), 20);
    for row in found {
        assert_eq!((row.verdict.as_str(), row.a.as_str()), ("listed", "127.0.0.2"));
        assert_eq!(row.txt, "x".repeat(200) + &"y".repeat(200));
    }
}

fn a_row_passes_before_the_next_arrives() {
    let server = Server::misbehaving();
    let mut command = tool("dnsbl-check");
    command.arg(format!("--server=127.0.0.1:{}", server.port));
    command.args(["--list=good.example", "--no-self-test"]);
    let mut check = Running::start(command);
    for (address, verdict) in [("192.0.2.2", "listed"), ("192.0.2.3", "clean")] {
        check.feed(format!("{address}\n"));
        let line = check.line();
        assert!(line.starts_with(&format!("{address}\tgood.example\t{verdict}\t")), "{line}");
    }
    assert!(check.end().success());
}

fn each_question_is_asked_once_and_kept_in_a_file() {
    let server = Server::misbehaving();
    let folder = scratch();
    let cache = format!("--cache={}", folder.path().join("cache").display());
    let flags = format!("-l good.example --no-self-test {cache}");
    let first = check(server.port, &flags, few().repeat(50));
    // twenty addresses, and the texts of the ten that are listed
    assert_eq!((rows(&first).len(), server.asked().len()), (1000, 30));
    let second = check(server.port, &flags, few());
    assert!(first.text().lines().take(20).eq(second.text().lines()));
    assert!(server.asked().is_empty());
    // and the file is a saved result
    let replay = cache.replace("--cache", "--replay");
    assert_eq!(check(1, &format!("-l good.example {replay}"), few()).out, second.out);
}

/// The queries, and so the run, cannot be over sooner than the limit allows.
fn a_list_is_asked_no_faster_than_allowed() {
    let server = Server::misbehaving();
    let begun = Instant::now();
    let found = rows(&check(server.port, "-l good.example --no-self-test --qps=50", few()));
    assert_eq!((found.len(), server.asked().len()), (20, 30));
    assert!(begun.elapsed() >= Duration::from_millis(29 * 20), "{:?}", begun.elapsed());
}

fn the_self_test_finds_out_what_is_wrong() {
    let port = Server::misbehaving().port;
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

/// What the self-test says of a list that has every address.
const WORLD: &str = "dnsbl-check: dead.example: lists 127.0.0.1, so perhaps everything: trust no \
    listing of it\n";

fn a_list_of_the_whole_world_is_found_out() {
    let port = Server::of_the_whole_world().port;
    assert_eq!(check(port, "-l dead.example", "192.0.2.1\n").err, WORLD);
}

/// An answer in the file says nothing of the list as it is now, and the test is not kept.
fn the_self_test_is_not_taken_from_a_file_nor_kept_there() {
    let port = Server::of_the_whole_world().port;
    let folder = scratch();
    let file = folder.path().join("cache");
    let times = format!("{}\t{}\n", now(), now() + 3600);
    let sound = format!(
        "127.0.0.2\tdead.example\tlisted\t127.0.0.2\t\t{times}\
        127.0.0.1\tdead.example\tclean\t\t\t{times}"
    );
    let flags = format!("-l dead.example --cache={}", file.display());
    fs::write(&file, sound).unwrap();
    assert_eq!(check(port, &flags, "192.0.2.1\n").err, WORLD);
    fs::remove_file(&file).unwrap();
    assert_eq!(check(port, &flags, "192.0.2.1\n2001:db8::1\n").code, Some(0));
    let kept = fs::read_to_string(&file).unwrap();
    let mut subjects: Vec<_> = kept.lines().map(|line| line.split('\t').next().unwrap()).collect();
    subjects.sort_unstable();
    assert_eq!(subjects, ["192.0.2.1", "2001:db8::1"]);
}

fn hostile_rows_keep_their_columns_and_do_nothing() {
    let server = Server::misbehaving();
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
        let ran = check(server.port, &format!("{flags} --no-self-test"), &input);
        let found = rows(&ran);
        assert_eq!((found.len(), ran.code), (lines.len(), Some(0)), "{flags}: {}", ran.err);
        for row in found {
            // one of them can be asked about as a name, and only so
            let name = flags.contains("--name") && row.address.starts_with("192.0.2.1.good");
            assert!(name || row.verdict == "invalid", "{flags}: {:.50}", row.address);
            assert!(!row.address.contains(char::is_control));
        }
    }
    assert!(!mark.exists());
    assert!(server.asked().iter().all(|name| name == "192.0.2.1.good.example.good.example"));
}
