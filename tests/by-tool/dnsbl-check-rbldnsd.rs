//! dnsbl-check against the real rbldnsd, on loopback.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use maillog_tests::dns::closed_port;
use maillog_tests::logs::capture;
use maillog_tests::{Running, Test, command, peer, run, scratch, tests, wait_until};

use crate::dnsbl_check::{MANY, addresses, check, lines, rows};

pub const TESTS: &[Test] = tests![
    every_verdict_of_the_real_server_is_right,
    every_verdict_of_the_captured_lists_is_right,
    answers_that_say_several_things,
];

/// A list whose answers say several things, in the manner of hostkarma.
const COLOURS: &str = "127.0.0.2 :127.0.0.2:test\n192.0.2.1 :127.0.0.1:white\n\
    192.0.2.2 :127.0.0.2:black\n192.0.2.3 :127.0.0.3:yellow, says nothing\n\
    192.0.2.4 :127.0.0.4:brown\n192.0.2.5 :127.0.0.5:do not block\n\
    192.0.2.6 :127.0.0.3:\n192.0.2.6 :127.0.1.1:\n192.0.2.7 :127.0.1.1:age of the name\n";

/// Starts rbldnsd with the captured lists, and one with half of `addresses`; gives its port.
fn rbldnsd(folder: &Path, addresses: &[Ipv4Addr]) -> Option<(Running, u16)> {
    let program = peer("rbldnsd", "the verdicts of dnsbl-check")?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    let mut zones = Vec::new();
    for (zone, kind, file) in [
        ("bl.qlogtest.org", "ip4set", "zone-bl.ip4set"),
        ("dyn.qlogtest.org", "ip4trie", "zone-dyn.ip4trie"),
        ("xbl.qlogtest.net", "ip4set", "zone-xbl.ip4set"),
        ("rhsbl.qlogtest.org", "dnset", "zone-rhsbl.dnset"),
    ] {
        fs::copy(capture("rbldnsd").join(file), folder.join(file)).unwrap();
        fs::set_permissions(folder.join(file), fs::Permissions::from_mode(0o644)).unwrap();
        zones.push(format!("{zone}:{kind}:{file}"));
    }
    let half = lines(&addresses[..addresses.len() / 2]);
    fs::write(folder.join("zone-many"), format!(":127.0.0.2:Listed: $\n127.0.0.2\n{half}"))
        .unwrap();
    zones.push("many.example.org:ip4set:zone-many".into());
    fs::write(folder.join("zone-six"), ":127.0.0.6:Six\n2001:db8:1::/48\n").unwrap();
    zones.push("six.example.org:ip6trie:zone-six".into());
    fs::write(folder.join("zone-colours"), COLOURS).unwrap();
    for zone in ["colours.example.org", "hostkarma.junkemailfilter.com"] {
        zones.push(format!("{zone}:ip4set:zone-colours"));
    }
    let port = closed_port();
    let mut daemon = command(program);
    daemon.args(["-n", "-b", &format!("127.0.0.1/{port}"), "-w"]).arg(folder).args(zones);
    let daemon = Running::start(daemon);
    wait_until("an answer of rbldnsd", || {
        let ran = check(port, "-l many.example.org --private --no-self-test", "127.0.0.2\n");
        rows(&ran)[0].verdict == "listed"
    });
    Some((daemon, port))
}

/// What the captured lists say of an address, read off their files: network, length, answer.
fn listed(zone: &str, address: Ipv4Addr) -> Option<&'static str> {
    const LISTS: [(&str, [u8; 4], u32, &str); 11] = [
        ("bl", [127, 0, 0, 2], 32, "127.0.0.2"),
        ("bl", [127, 0, 2, 0], 24, "127.0.0.2"),
        ("bl", [127, 8, 2, 0], 24, "127.0.0.2"),
        ("bl", [127, 0, 1, 64], 28, "127.0.0.4"),
        ("bl", [127, 9, 1, 64], 28, "127.0.0.4"),
        ("dyn", [127, 0, 3, 128], 25, "127.0.0.10"),
        ("dyn", [127, 9, 3, 128], 25, "127.0.0.10"),
        ("dyn", [127, 0, 1, 128], 27, "127.0.0.11"),
        ("dyn", [127, 9, 1, 128], 27, "127.0.0.11"),
        ("xbl", [127, 0, 1, 200], 30, "127.0.0.2"),
        ("xbl", [127, 9, 1, 200], 30, "127.0.0.2"),
    ];
    if zone == "bl" && address == Ipv4Addr::new(127, 0, 2, 200) {
        return None;
    }
    let within = |network: [u8; 4], length: u32| {
        (u32::from(Ipv4Addr::from(network)) ^ u32::from(address)) >> (32 - length) == 0
    };
    let mut own = LISTS.iter().filter(|(list, ..)| *list == zone);
    own.find(|(_, network, length, _)| within(*network, *length)).map(|(.., answer)| *answer)
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

fn every_verdict_of_the_real_server_is_right() {
    const ZONE: &str = "many.example.org";
    let folder = scratch();
    let addresses = addresses();
    let Some((_daemon, port)) = rbldnsd(folder.path(), &addresses) else { return };
    let ran = check(port, &format!("-l {ZONE} --private"), lines(&addresses)).succeeded();
    let names: Vec<_> = addresses.iter().map(|address| reversed(*address, ZONE)).collect();
    let by_dig = dig(port, &names);
    let rows = rows(&ran);
    assert_eq!(rows.len(), MANY);
    for (at, (row, address)) in rows.iter().zip(&addresses).enumerate() {
        let address = address.to_string();
        let listed = at < MANY / 2;
        let text = if listed { format!("Listed: {address}") } else { String::new() };
        let (verdict, a) = if listed { ("listed", "127.0.0.2") } else { ("clean", "") };
        let found = [&row.address, &row.zone, &row.verdict, &row.a, &row.txt].map(String::as_str);
        assert_eq!(found, [&*address, ZONE, verdict, a, &text]);
        if let Some(by_dig) = &by_dig {
            let answers = by_dig.get(&names[at]).map(|all| all.join(",")).unwrap_or_default();
            assert_eq!(row.a, answers, "dig has another answer for {address}");
        }
    }
}

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
    let found = rows(&ran);
    assert_eq!((found.len(), ran.err.as_str()), (7 * 256 * 3, ""));
    for row in &found {
        let list = row.zone.split('.').next().unwrap();
        let expected = listed(list, row.address.parse().unwrap());
        let verdict = if expected.is_some() { "listed" } else { "clean" };
        let found = (row.verdict.as_str(), row.a.as_str());
        assert_eq!(found, (verdict, expected.unwrap_or_default()), "{row:?}");
    }
    let verdicts = |flags: &str, input: &str| {
        let found = rows(&check(port, &format!("{flags} --no-self-test"), input));
        found.iter().map(|row| format!("{} {}", row.verdict, row.a)).collect::<Vec<_>>()
    };
    let six = "2001:db8:1::9\n2001:db8:2::9\n2001:DB8:1:ffff:ffff:ffff:ffff:ffff\n";
    let expected = ["listed 127.0.0.6", "clean ", "listed 127.0.0.6"];
    assert_eq!(verdicts("-l six.example.org", six), expected);
    let names = "bulk.qlogtest.top\nx.bulk.qlogtest.top\nx.offers.qlogtest.xyz\n\
        FRESH.qlogtest.cc.\nbob@spam.qlogtest.com\nexample.org\n";
    let expected = [
        "listed 127.0.0.2",
        "clean ",
        "listed 127.0.0.2",
        "listed 127.0.0.3",
        "listed 127.0.0.2",
        "clean ",
    ];
    assert_eq!(verdicts("-l rhsbl.qlogtest.org --name", names), expected);
}

fn answers_that_say_several_things() {
    let folder = scratch();
    let Some((_daemon, port)) = rbldnsd(folder.path(), &addresses()) else { return };
    let asked = [1, 2, 3, 4, 5, 6, 7, 9].map(|last| Ipv4Addr::new(192, 0, 2, last));
    let input = lines(&asked);
    for (flags, expected) in [
        ("-l colours.example.org", "ollllllc"),
        ("-l colours.example.org=127.0.0.2", "oloooooc"),
        ("-l colours.example.org=127.0.0.2,+127.0.0.1", "wloooooc"),
        ("-l colours.example.org=127.0.0.2-4", "ollloloc"),
        ("-l hostkarma.junkemailfilter.com", "wloooooc"),
        ("-l hostkarma.junkemailfilter.com=127.0.0.4", "oooloooc"),
    ] {
        let found = rows(&check(port, flags, &input).succeeded());
        let letters: String = found.iter().map(|row| &row.verdict[..1]).collect();
        assert_eq!(letters, expected, "{flags}");
        let answers: Vec<&str> = found.iter().map(|row| row.a.as_str()).collect();
        assert_eq!(
            answers,
            [
                "127.0.0.1",
                "127.0.0.2",
                "127.0.0.3",
                "127.0.0.4",
                "127.0.0.5",
                "127.0.0.3,127.0.1.1",
                "127.0.1.1",
                ""
            ],
        );
    }
    let ran = check(port, "-l colours.example.org=127.0.0.2 --listed", &input).succeeded();
    assert_eq!(
        rows(&ran).iter().map(|row| row.address.as_str()).collect::<Vec<_>>(),
        ["192.0.2.2"]
    );
}
