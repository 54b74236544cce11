//! smtpd-parse on the captured logs of real mail servers, beside what their clients saw, and what
//! qmail-send took from them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use maillog_tests::logs::{capture, read_log};
use maillog_tests::{Test, root, run, scratch, tests, tool};

pub const TESTS: &[Test] = tests![
    qlog_and_the_clients,
    simscan_and_the_clients,
    spamdyke_and_the_clients,
    the_queue_has_what_was_queued,
    two_lines_of_simscan_are_one_row,
    an_envelope_is_no_message,
    every_line_is_accounted_for,
    recipes_for_qpsmtpd_work_here,
];

/// A row by the names of its columns.
type Row = BTreeMap<String, String>;

/// The rows that some flags give of a log.
fn rows(flags: &[&str], log: &[u8]) -> Vec<Row> {
    let ran = run(tool("smtpd-parse").arg("-qH").args(flags), log);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let mut rows = ran.rows().into_iter();
    let names = rows.next().unwrap();
    rows.map(|row| names.iter().cloned().zip(row).collect()).collect()
}

fn log(name: &str) -> Vec<u8> {
    read_log(&capture(name))
}

/// What a client asked for, and the codes of the answers.
struct Session {
    /// The port of the server.
    server: String,
    client: [String; 2],
    /// The codes of AUTH and of the first MAIL; empty where there was none.
    codes: [String; 2],
    user: String,
    mails: Vec<Mail>,
    kind: String,
    ended: String,
}

/// Recipients with the codes of the answers, and that of the answer to the message.
struct Mail {
    recipients: Vec<[String; 2]>,
    code: String,
}

impl Mail {
    fn new(words: &str, code: &str) -> Self {
        let pairs = words.split_whitespace().map(|word| word.rsplit_once('=').unwrap());
        let (data, recipients): (Vec<_>, Vec<_>) = pairs.partition(|(name, _)| *name == "data");
        let code = data.first().map_or(code, |(_, code)| code).to_owned();
        let recipients = recipients.into_iter().map(|(name, code)| [name, code].map(String::from));
        Mail { recipients: recipients.collect(), code }
    }

    /// The recipients that were accepted.
    fn accepted(&self) -> Vec<&str> {
        let accepted = self.recipients.iter().filter(|[_, code]| code == "250");
        accepted.map(|[name, _]| name.as_str()).collect()
    }

    fn is_queued(&self) -> bool {
        self.code == "250"
    }
}

/// The clients' own record.
fn sessions(capture_name: &str) -> Vec<Session> {
    let file = capture("expected").join(format!("{capture_name}.clients.tsv"));
    let text = fs::read_to_string(file).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let read = |line: Vec<&str>| {
        let field = |name: &str| line[names.iter().position(|it| *it == name).unwrap()];
        let (first, second) = match field("rcpt_results").split_once("|second ") {
            Some((first, second)) => (first, Some(Mail::new(second, ""))),
            None => (field("rcpt_results"), None),
        };
        Session {
            server: field("dport").to_owned(),
            client: ["src", "sport"].map(|name| field(name).to_owned()),
            codes: ["authresult", "mailcode"].map(|name| field(name).to_owned()),
            user: field("authuser").to_owned(),
            mails: [Mail::new(first, field("datacode"))].into_iter().chain(second).collect(),
            kind: field("kind").to_owned(),
            ended: field("ended").to_owned(),
        }
    };
    lines.map(read).collect()
}

/// The rows of a session.
fn of_session<'a>(rows: &'a [Row], session: &Session) -> Vec<&'a Row> {
    let is_its = |row: &&Row| row["ip"] == session.client[0] && row["port"] == session.client[1];
    rows.iter().filter(is_its).collect()
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names
}

/// The words of the rows of a disposition.
fn with<'a>(rows: &[&'a Row], disposition: &str, column: &str) -> Vec<String> {
    let of = |row: &&&'a Row| row["disposition"] == disposition;
    sorted(rows.iter().filter(of).map(|row| row[column].clone()).collect())
}

fn is_refusal(code: &str) -> bool {
    code.starts_with(['4', '5'])
}

/// Do the rows tell what the client saw: who was accepted, what was queued, and for whom, with
/// which codes the rest was refused?
fn qlog_agrees(session: &Session, rows: &[&Row]) -> bool {
    let mails = &session.mails;
    let accepted = mails.iter().flat_map(Mail::accepted).map(String::from).collect();
    let queued = mails.iter().filter(|mail| mail.is_queued());
    let queued: Vec<String> = queued.map(|mail| mail.accepted().join(",")).collect();
    let codes = mails
        .iter()
        .flat_map(|mail| mail.recipients.iter().map(|[_, code]| code).chain([&mail.code]));
    let codes = codes.chain(&session.codes).filter(|code| is_refusal(code));
    // 503 is the answer to a command in the wrong place, as RCPT is after a refused MAIL
    let codes = codes.filter(|code| *code != "503").cloned().collect();
    let user = if session.codes[0] == "235" { session.user.as_str() } else { "" };
    let logged = rows.iter().filter(|row| !row["code"].is_empty());
    with(rows, "accepted", "recipient") == sorted(accepted)
        && with(rows, "queued", "recipient") == sorted(queued.clone())
        && with(rows, "queued", "auth_user") == vec![user.to_owned(); queued.len()]
        && sorted(logged.map(|row| row["code"].clone()).collect()) == sorted(codes)
}

/// The table of the page says so too.
fn in_the_page(what: &str, sessions: usize, agree: usize) {
    let page = fs::read_to_string(root().join("man/smtpd-parse.1")).unwrap();
    let line = format!(".It {what} Ta {sessions} Ta {agree}");
    assert!(page.lines().any(|it| it.starts_with(&line)), "{line}");
}

fn qlog_and_the_clients() {
    for (what, name, agree) in [
        ("qlog, port 25", "qmail-sagredo-smtpd", 142),
        ("qlog, port 587", "qmail-sagredo-submission", 53),
        ("qlog before simscan", "simscan-smtpd", 75),
    ] {
        let (log, folder) = (log(name), scratch());
        let rejects = folder.path().join("rejects");
        let flag = format!("--rejects={}", rejects.display());
        let rows = rows(&["--source=qlog", &flag], &log);
        let rejected = fs::read_to_string(rejects).unwrap();
        let sessions = sessions(name);
        let (same, other): (Vec<_>, Vec<_>) =
            sessions.iter().partition(|session| qlog_agrees(session, &of_session(&rows, session)));
        for session in other {
            // the server's 451 came when the client no longer read, or two processes wrote their
            // lines into one
            let line_is_lost = rejected.contains(&format!("remoteport={} ", session.client[1]));
            assert!(session.kind == "timeout" || line_is_lost, "{:?}", session.client);
        }
        assert_eq!(same.len(), agree, "{name}");
        let known = rows.iter().filter(|row| {
            sessions.iter().any(|it| it.client == [row["ip"].as_str(), row["port"].as_str()])
        });
        assert_eq!(known.count(), rows.len(), "{name}");
        in_the_page(what, sessions.len(), agree);
    }
}

fn simscan_and_the_clients() {
    let rows = rows(&["--source=simscan"], &log("simscan-smtpd"));
    let sessions = sessions("simscan-smtpd");
    for session in &sessions {
        // only what is sent is scanned
        let sent = session
            .mails
            .iter()
            .filter(|mail| !mail.code.is_empty() && !mail.accepted().is_empty());
        let seen: Vec<_> = sent.map(|mail| (mail.accepted().join(","), mail.is_queued())).collect();
        let its = of_session(&rows, session);
        let told = its.iter().map(|row| (row["recipient"].clone(), row["disposition"] == "queued"));
        assert_eq!(told.collect::<Vec<_>>(), seen, "{:?}", session.client);
    }
    in_the_page("simscan", sessions.len(), sessions.len());
}

/// What became of the recipients of a session: was the message taken for them, as far as spamdyke
/// can know it? One for whom no message was sent to the end is only known to version 4.
fn fates(session: &Session, is_5: bool) -> Vec<(String, bool)> {
    let mut fates = Vec::new();
    for mail in &session.mails {
        for [name, code] in &mail.recipients {
            let refused = is_refusal(code) || is_refusal(&mail.code);
            let left = !refused && !mail.is_queued();
            if !(code.is_empty() || is_5 && left) {
                fates.push((name.clone(), !refused));
            }
        }
    }
    fates.sort_unstable();
    fates
}

fn spamdyke_and_the_clients() {
    let of_4 = rows(&["--source=spamdyke"], &log("spamdyke-smtpd4"));
    // the clients of version 5 stand in tcpserver's log; of an IPv6 client it knows no address
    let mut of_5 = rows(&[], &fs::read(capture("spamdyke/maillog")).unwrap());
    let tcpserver = String::from_utf8(log("spamdyke-smtpd5")).unwrap();
    for client in tcpserver.lines().filter_map(|line| Some(line.split_once(" tcpserver: ok ")?.1)) {
        let (pid, client) = client.split_once(' ').unwrap();
        let (client, port) = client.rsplit_once("::").unwrap();
        for row in of_5.iter_mut().filter(|row| row["pid"] == pid) {
            let ip = if row["ip"].is_empty() { "::1".to_owned() } else { row["ip"].clone() };
            assert!(client.ends_with(&format!(":{ip}")), "{client}");
            row.extend([("ip".to_owned(), ip), ("port".to_owned(), port.to_owned())]);
        }
    }
    let sessions = sessions("spamdyke");
    let mut counts = [0, 0];
    for session in &sessions {
        let [four, five] = [&of_4, &of_5].map(|rows| of_session(rows, session));
        let is_5 = session.server == "2525";
        let rows = if is_5 { five } else { four };
        let rows = rows.iter().filter(|row| row["disposition"] != "TIMEOUT");
        let told = rows.map(|row| {
            let taken = matches!(row["disposition"].as_str(), "queued" | "accepted");
            (row["recipient"].clone(), taken)
        });
        let mut told: Vec<_> = told.collect();
        told.sort_unstable();
        assert_eq!(told, fates(session, is_5), "{:?} {}", session.client, session.ended);
        counts[usize::from(is_5)] += 1;
    }
    in_the_page("spamdyke 4.1.0", counts[0], counts[0]);
    in_the_page("spamdyke 5.0.1", counts[1], counts[1]);
}

/// What qmail-send took: size and sender by the number of qmail-queue.
fn queue() -> BTreeMap<String, Vec<(u64, String)>> {
    let log = String::from_utf8(log("qmail-sagredo-send")).unwrap();
    let mut queue = BTreeMap::<_, Vec<_>>::new();
    for line in log.lines().filter_map(|line| Some(line.split_once(": bytes ")?.1)) {
        let words: Vec<&str> = line.split(' ').collect();
        let [bytes, "from", sender, "qp", qp, "uid", _] = words[..] else { panic!("{line}") };
        queue.entry(qp.to_owned()).or_default().push((bytes.parse().unwrap(), sender.to_owned()));
    }
    queue
}

fn the_queue_has_what_was_queued() {
    let queue = queue();
    let mut sizes = BTreeSet::new();
    for (name, queued, found) in [
        ("qmail-sagredo-smtpd", 74, 74),
        ("qmail-sagredo-submission", 20, 20),
        ("spamdyke-smtpd4", 31, 31),
        ("spamdyke-smtpd5", 31, 31),
        // simscan stands between, and its number is not qmail-queue's
        ("simscan-smtpd", 59, 0),
    ] {
        let rows = rows(&["--source=qlog"], &log(name));
        let rows: Vec<_> = rows.iter().filter(|row| row["disposition"] == "queued").collect();
        let in_queue = rows.iter().filter(|row| {
            let Some(mails) = queue.get(row["message"].strip_prefix("qp ").unwrap()) else {
                return false;
            };
            let size: u64 = row["bytes"].parse().unwrap();
            // qmail-send writes `_` for some bytes of a sender
            let sender = format!("<{}>", row["sender"].trim_matches(['<', '>'])).replace('%', "_");
            let mail = mails.iter().find(|(bytes, from)| *from == sender && *bytes > size);
            sizes.extend(mail.map(|(bytes, _)| bytes - size));
            mail.is_some()
        });
        assert_eq!((in_queue.count(), rows.len()), (found, queued), "{name}");
    }
    // qmail-queue adds a header, and qmail-smtpd's own is not in its size
    assert!(sizes.first() >= Some(&157) && sizes.last() <= Some(&529), "{sizes:?}");

    let rows = rows(&[], &fs::read(capture("spamdyke/maillog")).unwrap());
    let queued = rows.iter().filter(|row| row["disposition"] == "queued");
    let found = queued.clone().filter(|row| {
        let (_, qp) = row["message"].rsplit_once("_qp_").unwrap();
        queue.contains_key(qp)
    });
    assert_eq!((found.count(), queued.count()), (41, 41));
}

/// simscan says of a mail that it is clean, and then that it has a virus or a file that is not let
/// in.
fn two_lines_of_simscan_are_one_row() {
    let log = log("simscan-smtpd");
    let text = String::from_utf8_lossy(&log).into_owned();
    let count = |word: &str| text.lines().filter(|line| line.contains(word)).count();
    let [clean, relay] = ["]:CLEAN (", "]:RELAYCLIENT:"].map(count);
    let twice = count("]:VIRUS:") + count("]:ATTACH:");
    assert_eq!((clean, relay, twice), (56, 11, 8));
    let without_qlog: String = text
        .lines()
        .filter(|line| line.contains("simscan:["))
        .flat_map(|line| [line, "\n"])
        .collect();
    for log in [log.as_slice(), without_qlog.as_bytes()] {
        let rows = rows(&["--source=simscan"], log);
        let queued = rows.iter().filter(|row| row["disposition"] == "queued").count();
        assert_eq!(queued, clean + relay - twice);
        assert_eq!(rows.len(), queued + twice + count("]:SPAM REJECT ("));
        // a subject of the capture is in no row, the name of a file is
        let fields = || rows.iter().flat_map(|row| row.values());
        assert!(text.contains("note ") && !fields().any(|field| field.contains("note ")));
        assert_eq!(rows.iter().filter(|row| row["message"] == "run.exe").count(), 3);
    }
}

/// An envelope shows size and number of the message before; only a received message counts.
fn an_envelope_is_no_message() {
    for name in ["qmail-sagredo-smtpd", "qmail-sagredo-submission", "simscan-smtpd"] {
        let log = log(name);
        let text = String::from_utf8_lossy(&log).into_owned();
        let stale = |line: &&str| line.contains("qlogenvelope:") && !line.contains(" size= ");
        assert!(text.lines().filter(stale).count() > 0 || name.ends_with("submission"));
        let received = text.lines().filter(|line| line.contains("qlogreceived: result=accepted"));
        let rows = rows(&["--source=qlog"], &log);
        let queued = rows.iter().filter(|row| row["disposition"] == "queued");
        assert_eq!(queued.count(), received.count());
        for row in rows.iter().filter(|row| row["disposition"] == "accepted") {
            assert_eq!((row["bytes"].as_str(), row["message"].contains("qp")), ("", false));
        }
    }
}

/// Lines of tcpserver, empty ones and those of vchkpw are of no source; three lines hold what two
/// processes wrote at once.
fn every_line_is_accounted_for() {
    for (name, rejected) in [
        ("qmail-sagredo-smtpd", 1),
        ("qmail-sagredo-submission", 2),
        ("simscan-smtpd", 0),
        ("spamdyke-smtpd4", 0),
        ("spamdyke-smtpd5", 0),
    ] {
        let log = log(name);
        let text = String::from_utf8_lossy(&log).into_owned();
        let is_foreign = |line: &&str| line.len() <= 26 || line[26..].starts_with("tcpserver: ");
        let skipped = text.lines().filter(is_foreign).count();
        let lines = text.lines().count();
        let used = lines - skipped - rejected;
        let ran = run(&mut tool("smtpd-parse"), &log);
        let sum =
            format!("{lines} lines = {used} used + {skipped} skipped + {rejected} rejected\n");
        assert!(ran.err.ends_with(&sum), "{name}: {} and not {sum}", ran.err);
    }
}

/// The pipelines that count qpsmtpd's verdicts count these.
fn recipes_for_qpsmtpd_work_here() {
    let rows = run(tool("smtpd-parse").arg("-qH"), &fs::read(capture("spamdyke/maillog")).unwrap());
    let rows = rows.succeeded().out;
    let tally = run(tool("tally").args(["-H", "-g", "disposition", "--top=1"]), &rows).succeeded();
    assert_eq!(tally.text(), "count\tdisposition\n41\tqueued\n");
    let denied = String::from_utf8(rows).unwrap().replace("DENIED_IP_IN_RDNS", "DENIED_RBL_MATCH");
    let flags = ["-qH", "--skip-denied", "--no-self-test", "--private", "-l", "bl.invalid"];
    let server = ["--server=127.0.0.1:9", "--timeout=1", "--tries=1"];
    let ran = run(tool("dnsbl-check").args(flags).args(server), denied.as_bytes());
    assert!(!ran.text().contains("DENIED_RBL_MATCH") && ran.text().contains("DENIED_RDNS_MISSING"));
}
