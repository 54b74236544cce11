//! session-parse on the logs of dovecot and vchkpw: what the clients recorded agrees with its rows,
//! and where it does not the log says something else.

use maillog_tests::{Test, run, tests, tool};

use crate::session_parse_clients::{
    Row, Truth, counts, moment, nearest, number, read, rows, truth,
};

pub const TESTS: &[Test] = tests![
    clients_of_dovecot,
    bytes_of_dovecot,
    lengths_of_dovecot,
    dovecot_without_names_of_sessions,
    clients_of_vchkpw,
    every_line_is_used,
];

fn dovecot() -> (Vec<Row>, Vec<Truth>) {
    (rows(&read("dovecot-2.4/dovecot.log")), truth("dovecot-2.4/truth.tsv"))
}

fn pairs_of_dovecot<'a>(rows: &'a [Row], truth: &'a [Truth]) -> Vec<(&'a Row, &'a Truth)> {
    let may_be = |row: &Row, one: &Truth| {
        let is_client = row.service == one["proto"] && row.ip == one["src"];
        is_client && (row.active_ms.is_none() || row.user == one["user"])
    };
    nearest(rows, truth, |one| moment(one, "end"), may_be)
}

/// Every client has its row. Ten more are of sessions that were open when the clients were stopped.
fn clients_of_dovecot() {
    let (rows, truth) = dovecot();
    let pairs = pairs_of_dovecot(&rows, &truth);
    assert_eq!((rows.len(), truth.len(), pairs.len()), (159, 149, 149));
    let words = pairs.iter().map(|(row, truth)| format!("{} {}", row.end, truth["result"]));
    // too many commands is said of clients whose logins failed too
    let expected = [
        "36 auth-failed failed",
        "5 auth-failed none",
        "2 bad-command failed",
        "2 bad-command none",
        "5 blocked none",
        "44 lost none",
        "16 lost ok",
        "3 ok none",
        "25 ok ok",
        "11 timeout none",
    ];
    assert_eq!(counts(words), expected);
}

/// `in=` is what the client sent after its login, less the end of its last line after LOGOUT; `out=`
/// has the reply to the login too. POP3 tells bytes of messages only.
fn bytes_of_dovecot() {
    let (rows, truth) = dovecot();
    let logged_in = pairs_of_dovecot(&rows, &truth);
    let logged_in = logged_in.into_iter().filter(|(_, truth)| truth["result"] == "ok");
    let mut kinds = [0; 3];
    for (row, truth) in logged_in {
        let [sent, received] = ["out_after_login", "in_after_login"].map(|it| number(truth, it));
        match (row.in_bytes, row.out_bytes) {
            (Some(in_bytes), Some(out_bytes)) => {
                assert!(out_bytes > received, "{row:?}");
                let less = sent - in_bytes;
                assert!(less == 0 || less == 2, "{row:?}");
                kinds[usize::from(less == 2)] += 1;
            }
            (None, Some(out_bytes)) => {
                assert!(out_bytes <= received || row.end == "lost", "{row:?}");
                kinds[2] += 1;
            }
            _ => panic!("{row:?}"),
        }
    }
    assert_eq!(kinds, [8, 12, 21]);
}

/// Sessions last from the login on; the log has whole seconds.
fn lengths_of_dovecot() {
    let (rows, truth) = dovecot();
    let mut sessions = 0;
    for (row, truth) in pairs_of_dovecot(&rows, &truth) {
        let Some(active) = row.active_ms else { continue };
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let active = active as f64 / 1000.0;
        let lasted = moment(truth, "end") - moment(truth, "login");
        assert!((active - lasted).abs() < 1.1, "{row:?}");
        sessions += 1;
    }
    assert_eq!(sessions, 41);
}

/// Before 2.3 the last line has the user only, and before 2.1 nothing names a session. The sum of all
/// lengths is the same then, and so are bytes.
fn dovecot_without_names_of_sessions() {
    for name in ["dovecot/dovecot.log", "dovecot-2.4/dovecot.log"] {
        let log = String::from_utf8(read(name)).unwrap();
        let mut old = String::new();
        for line in log.lines() {
            let line = line.split_once(", session=<").map_or(line, |(before, _)| before);
            let end = line.find(")<").zip(line.find(">: Info: Disconnected"));
            match end {
                Some((from, to)) => old.extend([&line[..=from], &line[to + 1..], "\n"]),
                None => old.extend([line, "\n"]),
            }
        }
        let (new, old) = (rows(log.as_bytes()), rows(old.as_bytes()));
        let sums = |rows: &[Row]| {
            let sum = |value: fn(&Row) -> Option<i64>| rows.iter().filter_map(value).sum::<i64>();
            let lengths = rows.iter().filter(|row| row.active_ms.is_some()).count();
            let of_all =
                [sum(|row| row.active_ms), sum(|row| row.in_bytes), sum(|row| row.out_bytes)];
            (rows.len(), lengths, of_all)
        };
        assert_eq!(sums(&old), sums(&new), "{name}");
    }
}

/// Each attempt to log in has its row. A client of IPv6 has no address there. On port 2110 a login
/// that vchkpw took failed afterwards, since it could not become the user.
fn clients_of_vchkpw() {
    let all = rows(&read("vchkpw/maillog"));
    for (ports, service, expected, without) in [
        (&["110", "995"][..], "pop3", ["21 auth-failed failed", "46 ok ok"], 2),
        (&["143"], "imap", ["9 auth-failed failed", "7 ok ok"], 0),
        (&["2110"], "", ["8 auth-failed failed", "13 ok failed"], 0),
    ] {
        let files = ports.iter().map(|port| truth(&format!("vchkpw/truth-{port}.tsv")));
        let mut truth: Vec<_> = files.flatten().collect();
        truth.retain(|one| one["result"] != "none");
        let time = |one: &Truth| one["login"].parse().unwrap_or_else(|_| moment(one, "end"));
        let may_be = |row: &Row, one: &Truth| {
            let is_client = row.ip == one["src"];
            let is_user = row.ip.is_empty() && one["src"].contains(':') && row.user == one["user"];
            row.service == service && (is_client || is_user)
        };
        let pairs = nearest(&all, &truth, time, may_be);
        let words = pairs.iter().map(|(row, one)| format!("{} {}", row.end, one["result"]));
        assert_eq!(counts(words), expected, "{ports:?}");
        assert_eq!(truth.len() - pairs.len(), without, "{ports:?}");
    }
    assert_eq!((all.len(), all.iter().filter(|row| row.end == "ok").count()), (139, 87));
}

/// No line of these logs is broken. The skipped are the end of the session without a beginning, a
/// text without a level, and the lines that syslog cut, with their rests.
fn every_line_is_used() {
    for (name, skipped) in [
        ("courier-1.0/maillog", 7),
        ("courier-1.4/maillog", 9),
        ("courier-1.0-multilog/imapd/current", 0),
        ("courier-1.0-multilog/pop3d/current", 0),
        ("courier-1.4-multilog/imapd/current", 1),
        ("courier-1.4-multilog/pop3d/current", 0),
        ("dovecot/dovecot.log", 0),
        ("dovecot-2.4/dovecot.log", 0),
        ("vchkpw/maillog", 0),
    ] {
        let ran = run(tool("session-parse").arg("--year=2026"), &read(name));
        let lines = read(name).split(|byte| *byte == b'\n').count() - 1;
        let sum = format!("= {} used + {skipped} skipped + 0 rejected\n", lines - skipped);
        assert_eq!(ran.err.contains(" skipped + "), skipped > 0, "{name}: {}", ran.err);
        assert!(skipped == 0 || ran.err.contains(&sum), "{name}: {}", ran.err);
    }
}
