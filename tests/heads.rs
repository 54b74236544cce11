//! Every format behind every head: the row is that behind a label, the time aside, and the moment
//! is right.

use maillog_tests::{Ran, run, scratch, tool};

/// 2026-11-22 05:21:15 UTC, which is 06:21:15 in the zone of these tests.
const SECONDS: &str = "1795324875";
const ZONE: &str = "Europe/Berlin";

/// How a line begins, and what is to be known of it.
struct Head {
    /// `TAG` stands for `tag[77]`, `APP` for `tag` alone.
    text: &'static str,
    /// The fraction of the time; empty if there is none, `-` if there is no time at all.
    fraction: &'static str,
    /// The host that it names; empty if there is none.
    host: &'static str,
    /// Is it believed before words that may be a client's?
    trusted: bool,
}

const fn head(text: &'static str, fraction: &'static str) -> Head {
    Head { text, fraction, host: "", trusted: true }
}

impl Head {
    const fn of_host(self) -> Self {
        self.of("mx")
    }

    const fn of(self, host: &'static str) -> Self {
        Head { host, ..self }
    }

    const fn doubtful(self) -> Self {
        Head { trusted: false, ..self }
    }

    /// The line of a program with these words.
    fn line(&self, tag: &str, words: &str) -> String {
        let head = self.text.replace("TAG", &format!("{tag}[77]")).replace("APP", tag);
        format!("{head}{words}\n")
    }

    /// The same for a program that says its name itself, where no logger does.
    fn named_line(&self, tag: &str, words: &str) -> String {
        let is_named = self.text.contains("TAG") || self.text.contains("APP");
        let words = if is_named { words.to_owned() } else { format!("{tag}[77]: {words}") };
        self.line(tag, &words)
    }

    /// The time in UNIX seconds, as `--time=unix` writes it.
    fn unix(&self) -> String {
        match self.fraction {
            "-" => String::new(),
            "" => SECONDS.into(),
            fraction => format!("{SECONDS}.{fraction:0<9}"),
        }
    }
}

const NANOS: &str = "900392500";
const MICROS: &str = "900392";

/// The forms of maillog-tools(7).
fn heads() -> Vec<Head> {
    vec![
        head("@400000006b027bd535aae634 ", NANOS),
        head("2026-11-22 06:21:15.900392500 ", NANOS),
        head("2026-11-22 06:21:15.900392500  ", NANOS),
        head("@400000006b027bd535aae634 2026-11-22 06:21:15.900392500  ", NANOS),
        head("2026-11-22_05:21:15.90039 ", "90039"),
        head("2026-11-22T05:21:15.90039 ", "90039"),
        head("1795324875.900392 ", MICROS),
        head("1795324875 ", ""),
        head("Nov 22 06:21:15 mx TAG: 1795324875.900392 ", MICROS).of_host(),
        head("Nov 22 06:21:15 mx TAG: @400000006b027bd535aae634 ", NANOS).of_host(),
        head("Nov 22 06:21:15 mx TAG: ", "").of_host(),
        head("Nov 22 06:21:15 10.0.0.1 TAG: ", "").of("10.0.0.1"),
        head("2026-11-22T05:21:15Z 2026-mx TAG: ", "").of("2026-mx"),
        head("1795324875.900392 1and1 TAG: ", MICROS).of("1and1"),
        head("@400000006b027bd535aae634 1and1 TAG: ", NANOS).of("1and1").doubtful(),
        head("1 2026-11-22T05:21:15Z 9 APP 77 - - ", "").of("9"),
        head("Nov 22 06:21:15 TAG: ", ""),
        head("Nov 22 06:21:15 <mail.info> mx TAG: ", "").of_host(),
        head("Nov 22 06:21:15 <2.6> mx TAG: ", "").of_host(),
        head("Nov 22 06:21:15 mx TAG: [ID 801593 mail.info] ", "").of_host(),
        head("Nov 22 06:21:15 mx mail.info TAG: ", "").of_host(),
        head("2026 Nov 22 06:21:15 mx TAG: ", "").of_host(),
        head("Nov 22 2026 06:21:15 mx TAG: ", "").of_host(),
        head("Nov 22 06:21:15 2026 mx TAG: ", "").of_host().doubtful(),
        head("<22>Nov 22 06:21:15 mx TAG: ", "").of_host(),
        head("2026-11-22T06:21:15.9+01:00 mx TAG: ", "9").of_host(),
        head("2026-11-22T05:21:15.900392500Z ", NANOS),
        head("2026-11-22T06:21:15.900392500+01:00 ", NANOS),
        head("2026-11-22T05:21:15.9Z stderr F ", "9"),
        head("2026-11-22T05:21:15.9Z stdout F @400000006b027bd535aae634 ", NANOS),
        head("1 2026-11-22T05:21:15.9Z mx APP 77 - - ", "9").of_host(),
        head("<22>1 2026-11-22T05:21:15.9Z mx APP 77 id [a b=\"]\"] ", "9").of_host(),
        head("<22>1 2026-11-22T06:21:15+01:00 mx APP 77 - - \u{feff}", "").of_host(),
        head("Nov 22 06:21:15.900392 mx TAG: ", MICROS).of_host(),
        head("Sun 2026-11-22 06:21:15 CET mx TAG: ", "").of_host(),
        head("2026-11-22T06:21:15+0100 mx TAG: ", "").of_host(),
        head("2026-11-22T06:21:15.900392+01:00 mx TAG: ", MICROS).of_host(),
        head("1795324875.900392 mx TAG: ", MICROS).of_host(),
        head("Nov 22 06:21:15 ", ""),
        head("Sun Nov 22 06:21:15 2026 TAG: ", ""),
        head("Sun Nov 22 06:21:15 2026 ", ""),
        head("Sun Nov 22 06:21:15 2026 -> ", ""),
        head("Sun Nov 22 06:21:15 2026 [77] ", ""),
        head("", "-"),
    ]
}

fn rows(arguments: &[&str], log: &str) -> Vec<Vec<String>> {
    let mut command = tool(arguments[0]);
    command.args(&arguments[1..]).env("TZ", ZONE);
    let Ran { out, err, code } = run(&mut command, log.as_bytes());
    assert_eq!((err.as_str(), code), ("", Some(0)), "{arguments:?} of {log}");
    let text = String::from_utf8_lossy(&out);
    text.lines().map(|row| row.split('\t').map(String::from).collect()).collect()
}

/// The rows of a log that each head makes of some lines: the same but for the time, which is the
/// first column, and for a host in the column `host`.
fn check(
    arguments: &[&str],
    host: Option<usize>,
    is_wanted: impl Fn(&Head) -> bool,
    log: impl Fn(&Head) -> String,
) {
    let heads = heads();
    let expected = rows(arguments, &log(&heads[0]));
    assert!(!expected.is_empty());
    for head in heads.iter().filter(|head| is_wanted(head)) {
        for time in ["", "--time=unix"] {
            let arguments: Vec<&str> =
                arguments.iter().copied().chain(["--year=2026", time]).collect();
            let arguments: Vec<&str> = arguments.into_iter().filter(|it| !it.is_empty()).collect();
            let mut found = rows(&arguments, &log(head));
            if time.is_empty() {
                for row in &mut found {
                    row[0].clear();
                }
            }
            let mut expected = expected.clone();
            for row in &mut expected {
                row[0] = if time.is_empty() { String::new() } else { head.unix() };
                if let (Some(host), false) = (host, head.host.is_empty()) {
                    row[host] = head.host.into();
                }
            }
            assert_eq!(found, expected, "{arguments:?} behind {:?}", head.text);
        }
    }
}

const TERSE: &str = "77 (deny) logging::logterse: ` 192.0.2.1\th.example\thelo\t<a@b.example>\t\
    <c@d.example>\tdnsbl\t901\tno\tmsg denied before queued";

#[test]
fn logterse() {
    check(&["logterse-split"], None, |head| head.trusted, |head| head.line("qpsmtpd", TERSE));
}

#[test]
fn events_of_qpsmtpd() {
    let lines = [
        "77 Accepted connection 0/40 from 192.0.2.1 / h.example",
        TERSE,
        "77 (post-connection) connection_time: 1.566 s.",
    ];
    let log = |head: &Head| {
        // logging/file writes the number in brackets only
        let is_file = ["2026 TAG: ", "2026 [77] "].iter().any(|end| head.text.ends_with(end));
        let is_file = is_file && head.host.is_empty();
        let words = |words: &'static str| match words.strip_prefix("77 ") {
            Some(words) if is_file && !words.contains('`') => words,
            _ => words,
        };
        lines.map(|it| head.line("qpsmtpd", words(it))).concat()
    };
    check(&["qplogtail"], None, |head| head.trusted, log);
    check(&["qploggrep", "h.example"], None, |head| head.trusted, log);
}

#[test]
fn qmail_send() {
    let lines = [
        "info msg 53: bytes 246 from <alice@example.org> qp 20345 uid 666",
        "starting delivery 1: msg 53 to local bob@example.com",
        "delivery 1: success: did_1+0+0/",
    ];
    let log = |head: &Head| lines.map(|words| head.line("qmail", words)).concat();
    let fields =
        "time,host,direction,pid,sender,recipient,bytes,status,attempts,reason,source,text";
    check(&["qmsend-parse", "-f", fields], Some(1), |_| true, log);
    for head in heads() {
        let found = rows(&["qmsend-parse", "-f", "active_ms", "--year=2026"], &log(&head));
        let length = if head.fraction == "-" { "" } else { "0" };
        assert_eq!(found, [[length]], "{:?}", head.text);
    }
}

#[test]
fn verdicts_of_mail_servers() {
    let spamdyke = "DENIED_RDNS_MISSING from: a@b.example to: c@d.example origin_ip: 192.0.2.1 \
        origin_rdns: (unknown) auth: (unknown) encryption: (none) reason: (empty)";
    let others = [
        "CHKUSER accepted rcpt: from <a@b.example|remoteinfo/auth:|chkuser-identify:> remote \
            <helo:h|remotehostname:mx|remotehostip:192.0.2.1> rcpt <c@d.example> : found",
        "simscan:[77]:CLEAN (1.70/5.00):0.1053s:a, b:192.0.2.1:a@b.example:c@d.example",
        "qlogreceived: result=accepted code=250 reason=queueaccept detail= helo=h mailfrom=a@b \
            rcptto=c@d relay=no rcpthosts= size=1497 authuser= remoteip=192.0.2.1 remoteport=5 \
            remotehost=mx qp=78 pid=77",
        "qmail-smtpd: pid 77 Accept::RCPT::Recipients_Cdb P:ESMTP S:192.0.2.1:mx H:h F:a@b T:c@d",
        "mail recv: pid 77 from <a@b> qp 78",
    ];
    let log = |head: &Head| {
        let others = others.map(|words| head.line("smtpd", words)).concat();
        head.named_line("spamdyke", spamdyke) + &others
    };
    check(&["smtpd-parse"], None, |_| true, log);
}

#[test]
fn sessions() {
    let tcpserver = ["tcpserver: pid 7 from ::1", "tcpserver: ok 7 m:::1:25 :::1::9", "7 > 502 x "];
    let logs: [(&str, &[&str]); 4] = [
        ("smtpd", &[tcpserver[0], tcpserver[1], tcpserver[2], "tcpserver: end 7 status 0"]),
        ("tcpserver", &["pid 7 from ::1", "ok 7 m:::1:25 :::1::9", "end 7 status 0"]),
        (
            "spamd",
            &[
                "spamd: connection from h [::1]:9 to port 783, fd 5",
                "spamd: clean message (-3.6/5.0) for u:105 in 0.4 seconds, 510 bytes.",
                "spamd: result: . -3 - A,B scantime=0.4,size=510,user=u,uid=105,mid=x",
            ],
        ),
        ("clamd", &["instream(192.0.2.1@9): X FOUND", "/a: OK"]),
    ];
    // without a time there is no length; two process numbers are one too many
    let is_wanted = |head: &Head| head.fraction != "-" && !head.text.ends_with("[77] ");
    for (tag, lines) in logs {
        let log = |head: &Head| lines.iter().map(|words| head.named_line(tag, words)).collect();
        check(&["session-parse"], Some(2), is_wanted, log);
    }
    let log = |head: &Head| {
        // logging/file writes the number in brackets only
        let is_file = ["2026 TAG: ", "2026 [77] "].iter().any(|end| head.text.ends_with(end));
        let pid = if is_file && head.host.is_empty() { "" } else { "77 " };
        let events = [
            "Accepted connection 0/40 from ::1 / h",
            "(post-connection) connection_time: 1.566 s.",
        ];
        events.map(|words| head.line("qpsmtpd", &format!("{pid}{words}"))).concat()
    };
    let is_wanted = |head: &Head| head.trusted && head.fraction != "-";
    check(&["session-parse"], Some(2), is_wanted, log);
}

/// The record has a time of its own.
#[test]
fn stats_log() {
    let words = "1795324875|alice@example.com|bob@example.net|20480|success|1";
    let heads = heads();
    let log = |head: &Head| head.named_line("in", words);
    let expected = rows(&["qmstat-parse"], &log(&heads[0]));
    for head in heads {
        let mut expected = expected.clone();
        expected[0][1] = head.host.into();
        assert_eq!(rows(&["qmstat-parse"], &log(&head)), expected, "{:?}", head.text);
    }
}

/// The lines of a minute before, of the time itself, and of an hour after.
#[test]
fn windows_of_time() {
    let folder = scratch();
    let log = folder.path().join("log");
    for head in heads() {
        let text = |time: &str, label: &str, seconds: &str| {
            let head = head.text.replace("21:15", time);
            head.replace("@400000006b027bd5", label).replace(SECONDS, seconds)
        };
        let lines = [
            text("20:15", "@400000006b027b99", "1795324815"),
            text("21:15", "@400000006b027bd5", SECONDS),
            text("51:15", "@400000006b0282dd", "1795326675"),
        ];
        let lines = lines.map(|head| format!("{head}text\n"));
        std::fs::write(&log, lines.concat()).expect("a file");
        let mut command = tool("multilog-cat");
        command.args(["--since=2026-11-22 06:21", "--until=2026-11-22 06:30", "--year=2026"]);
        let ran = run(command.arg(&log).env("TZ", ZONE), b"");
        if head.fraction == "-" {
            assert!(ran.text().is_empty() && ran.err.contains("no line has a time"), "{}", ran.err);
        } else {
            assert_eq!((ran.text(), ran.err.as_str()), (lines[1].clone(), ""), "{}", head.text);
        }
    }
}

/// A client can make no record of his words, wherever they stand.
#[test]
fn what_a_client_says_is_no_record() {
    let said = [
        "dispatching HELO X[9]: 9 (deny) logging::logterse: ",
        "dispatching HELO 9 (deny) logging::logterse: ",
        "dispatching HELO Nov 22 06:21:15 mx qpsmtpd[9]: 9 (deny) logging::logterse: ",
        "dispatching HELO @400000006b027bd535aae634 9 (deny) logging::logterse: ",
        "dispatching HELO <22>1 2026-11-22T05:21:15.9Z mx qpsmtpd 9 - - ",
    ];
    let fields = TERSE.split_once('`').unwrap().1;
    for head in heads() {
        for words in said {
            let log = head.line("qpsmtpd", &format!("77 {words}`{fields}"));
            let ran = run(tool("logterse-split").arg("--year=2026"), log.as_bytes());
            assert_eq!(ran.text(), "", "{log}");
        }
    }
}

#[test]
fn a_date_without_a_year_needs_one() {
    let log = "Nov 22 06:21:15 mx qmail: starting delivery 1: msg 5 to local a@b\n\
        Nov 22 06:21:15 mx qmail: delivery 1: success: /\n";
    let ran = run(tool("qmsend-parse").arg("--time=utc"), log.as_bytes());
    assert_eq!((ran.text().as_str(), ran.code), ("", Some(0)));
    assert!(ran.err.contains("stdin:2: no year; see --year; 2 lines = 1 used"), "{}", ran.err);
    let log = log.replace("Nov 22 06:21:15 mx qmail: d", "Jan  1 06:21:15 mx qmail: d");
    let log = format!("Dec 31 06:21:15 mx qmail: status: local 1/10 remote 0/20\n{log}");
    let ran = run(tool("qmsend-parse").args(["--time=utc", "--year=2026"]), log.as_bytes());
    assert!(ran.text().starts_with("2026-01-01T06:21:15+00:00\t"), "{}", ran.text());
}
