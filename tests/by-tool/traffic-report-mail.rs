//! Mails of traffic-report: read by python, and given to a sendmail.

use std::fs;

use maillog_tests::{Ran, Test, command, make_program, peer, root, run, scratch, sh, tests};

use crate::traffic_report_html::{counted, report, row, rows_of};

pub const TESTS: &[Test] = tests![
    both_forms_are_those_of_python,
    a_subject_has_numbers_and_no_names,
    what_has_changed_is_in_the_subject,
    without_data_the_mail_still_goes_out,
    no_option_adds_a_header,
    sendmail_gets_the_whole_message,
];

/// A message as python reads it: its headers in order, its text, and its HTML.
struct Read {
    headers: Vec<(String, String)>,
    text: String,
    page: String,
}

impl Read {
    fn header(&self, name: &str) -> &str {
        let mut headers = self.headers.iter().filter(|(header, _)| header == name);
        let (_, value) = headers.next().unwrap_or_else(|| panic!("no {name}"));
        assert!(headers.next().is_none(), "two of {name}");
        value
    }
}

/// Reads a message; fails if a line is too long, or ends in a CR.
fn read(message: &Ran) -> Option<Read> {
    for line in message.out.split(|byte| *byte == b'\n') {
        assert!(line.len() < 998 && !line.contains(&b'\r') && line.is_ascii());
    }
    let python = peer("python3", "a mail")?;
    let folder = scratch();
    let script = root().join("tests/by-tool/traffic-report/mail.py");
    let mut parse = command(python);
    parse.env("PYTHONUTF8", "1").arg(script).arg(folder.path());
    run(&mut parse, &message.out).succeeded();
    let file = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.to_owned())
    };
    let headers = file("headers").lines().map(header).collect();
    Some(Read { headers, text: file("text"), page: file("page") })
}

fn metrics() -> String {
    let day = "2026-11-21";
    counted(day)
        + &row(day, "", "mail.failed_out", 0)
        + &row(day, "example.com", "mail.in", 1204)
        + &row(day, "example.com", "mail.out", 336)
        + &row(day, "m\u{f6}nch.example", "mail.failed_out", 2)
}

fn both_forms_are_those_of_python() {
    let options =
        "--day=2026-11-21 -f mail --to=postmaster --to=al@example.com --from=mta@example.net";
    let Some(mail) = read(&report(options, &metrics())) else { return };
    let names: Vec<&str> = mail.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Subject",
            "To",
            "From",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "MIME-Version",
            "Content-Type"
        ]
    );
    assert_eq!(mail.header("To"), "postmaster, al@example.com");
    assert_eq!(mail.header("From"), "mta@example.net");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    let id = mail.header("Message-ID").strip_suffix("@example.net>").unwrap();
    assert_eq!(id.len(), 1 + 32);
    // the text is that of a terminal, the page has its numbers and no drawing
    let text = report("--day=2026-11-21", &metrics()).succeeded().text();
    assert_eq!(mail.text.trim_end(), text.trim_end());
    assert!(mail.text.lines().all(|line| line.chars().count() <= 79));
    let rows = rows_of(&mail.page, &["--mail"]).unwrap();
    assert!(rows.contains(&"2026-11-21\t1204\t336\tn/a\tn/a".to_owned()), "{rows:?}");
    assert!(rows[0].starts_with("moved\t1204 messages in"), "{rows:?}");
    // another message is another message
    let again = read(&report(options, &metrics())).unwrap();
    assert_ne!(mail.header("Message-ID"), again.header("Message-ID"));
}

fn a_subject_has_numbers_and_no_names() {
    let subject = |options: &str, metrics: &str| {
        let options = format!("-f mail --to=postmaster --since=2026-11-21 {options}");
        let mail = read(&report(&options, metrics))?;
        // what the first line has is a subject, and all of it is in the header of that name
        Some(mail.header("Subject").to_owned())
    };
    let Some(day) = subject("--until=2026-11-22", &metrics()) else { return };
    assert_eq!(day, "Mail on mail1, 2026-11-21: 1204 in, 336 out, 2 failed");
    // what no log counted is left out
    let counted = counted("2026-11-21");
    let without = subject("--until=2026-11-22", &counted).unwrap();
    assert_eq!(without, "Mail on mail1, 2026-11-21: 0 in, 0 out");
    let days = subject("--until=2026-11-24", &metrics()).unwrap();
    assert!(days.starts_with("Mail on mail1, 2026-11-21 to 2026-11-23: "), "{days}");
    let one = subject("--until=2026-11-22 --domain=example.com", &metrics()).unwrap();
    assert!(one.starts_with("Mail, 2026-11-21: ") && !one.contains("example"), "{one}");
    let two = counted.replace("mail1", "mail2") + &counted;
    let two = subject("--until=2026-11-22", &two).unwrap();
    assert!(two.starts_with("Mail on 2 hosts, 2026-11-21: "), "{two}");
    // 64 bytes, but no half of a character
    let host = format!("{}\u{f6}\u{f6}", "h".repeat(63));
    let cut = subject("--until=2026-11-22", &counted.replace("mail1", &host)).unwrap();
    assert_eq!(cut, format!("Mail on {}, 2026-11-21: 0 in, 0 out", "h".repeat(63)));
    let own = subject("--until=2026-11-22 --subject=Gr\u{fc}\u{df}e", &counted).unwrap();
    assert_eq!(own, "Gr\u{fc}\u{df}e");
}

fn what_has_changed_is_in_the_subject() {
    let mut metrics = String::new();
    for day in 1..=20 {
        let day = format!("2026-11-{day:02}");
        metrics += &counted(&day);
        metrics += &row(&day, "example.com", "mail.out", 10);
        metrics += &row(&day, "example.net", "mail.out", 10);
    }
    metrics += &self::metrics();
    let options = "-f mail --to=postmaster --day=2026-11-21 --compare=20";
    let Some(one) = read(&report(options, &metrics)) else { return };
    assert!(one.header("Subject").ends_with(" failed, 1 jump"), "{}", one.header("Subject"));
    metrics += &row("2026-11-21", "example.net", "mail.out", 500);
    let two = read(&report(options, &metrics)).unwrap();
    assert!(two.header("Subject").ends_with(" failed, 2 jumps"), "{}", two.header("Subject"));
}

fn without_data_the_mail_still_goes_out() {
    let sent = report("-f mail --to=postmaster --day=2026-11-21", "");
    let told = "traffic-report: no row of Saturday 2026-11-21\n";
    assert_eq!((sent.code, sent.err.as_str()), (Some(1), told));
    let Some(mail) = read(&sent) else { return };
    assert_eq!(mail.header("Subject"), "Mail, 2026-11-21: no data");
    for form in [&mail.text, &mail.page] {
        assert!(form.contains("no row of Saturday 2026-11-21"), "{form}");
    }
}

fn no_option_adds_a_header() {
    let refused = |flags: &[&str], told: &str| {
        let mut report = maillog_tests::tool("traffic-report");
        report.args(["-f", "mail"]).args(flags);
        let ran = run(&mut report, b"");
        assert_eq!((ran.code, ran.text().as_str()), (Some(2), ""), "{flags:?}");
        assert_eq!(ran.err, format!("traffic-report: {told}\n"));
    };
    refused(&["--to=a\nBcc: b"], "--to=a\\x0ABcc: b: not an address");
    refused(&["--to=a", "--to="], "--to=: not an address");
    refused(&["--to=a,b"], "--to=a,b: not an address");
    refused(&["--to=a", "--from=a\rb"], "--from=a\\x0Db: not an address");
    refused(&["--to=a", "--from=<a>"], "--from=<a>: not an address");
    refused(&["--to=a", "--subject=a\nb"], "--subject=a\\x0Ab: not one line of text");
    refused(&[], "--to: is needed for a mail");
    let ran = report("-f html --to=a", "");
    assert_eq!(ran.err, "traffic-report: --to: only for a mail\n");
    let ran = report("--subject=a", "");
    assert_eq!(ran.err, "traffic-report: --subject: needs --to\n");
    // nor does a name in a log: a host's stands in the subject
    let host = "mail\\nBcc: b\\r\\n\\n\u{2028}x";
    let metrics = metrics().replace("mail1", host);
    let Some(mail) = read(&report("-f mail --to=a --day=2026-11-21", &metrics)) else { return };
    assert_eq!(mail.headers.len(), 8);
    assert!(mail.header("Subject").starts_with("Mail on mail\\nBcc: b\\r\\n\\n\\\\xE2"));
}

fn sendmail_gets_the_whole_message() {
    let folder = scratch();
    let stub = b"#!/bin/sh\n[ \"$*\" = -t ] && cat >sent\n";
    make_program(&folder.path().join("sendmail"), stub);
    fs::write(folder.path().join("metrics"), metrics()).unwrap();
    let script = "traffic-report --day=2026-11-21 --to=postmaster metrics | ./sendmail -t";
    run(&mut sh(script, folder.path()), b"").succeeded();
    let sent = fs::read_to_string(folder.path().join("sent")).unwrap();
    assert!(
        sent.starts_with("Subject: Mail on mail1, 2026-11-21: 1204 in, 336 out, 2 failed\nTo: ")
    );
    assert!(sent.ends_with("--\n"));
    // no line is the one that ends a message for some programs
    assert!(!sent.lines().any(|line| line == "."));
}
