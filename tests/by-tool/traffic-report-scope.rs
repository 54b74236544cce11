//! Reports of one domain or user: nothing of another is in them, in any format. And those of each
//! domain: they are what xfer-sum bills.

use std::collections::BTreeMap;
use std::path::PathBuf;

use maillog_tests::logs::capture;
use maillog_tests::{Test, peer, run, same, tests, tool};

use crate::traffic_report_week::{WEEKS, ZONE, cells, metrics, only, report};

pub const TESTS: &[Test] = tests![
    nothing_of_another_domain_is_shown,
    nothing_of_another_user_is_shown,
    mail_is_what_is_billed
];

const FORMATS: [&str; 7] = ["text", "html", "mail", "tsv", "csv", "json", "prometheus"];

/// A report without the moment at which it was made, and without what a mail makes of it.
fn timeless(report: &str) -> String {
    let starts =
        ["Date: ", "Message-ID: ", " boundary=", "--=", "maillog_report_timestamp_seconds "];
    let is_moment = |line: &&str| starts.iter().any(|start| line.starts_with(start));
    let lines: Vec<&str> = report.lines().filter(|line| !is_moment(line)).collect();
    lines.join("\n")
}

/// The rows, where those of others have other names and other numbers.
fn with_other_others(metrics: &str, is_ours: impl Fn(&[&str]) -> bool) -> String {
    let mut all = String::new();
    for line in metrics.lines() {
        let mut fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
        if !is_ours(&line.split('\t').collect::<Vec<_>>()) {
            // a zero says that something was counted, and for whom
            let number: u64 = fields[8].parse().unwrap();
            fields[8] = (number * 7).to_string();
            for column in [3, 4] {
                fields[column] = fields[column].replace("marker", "changed").replace("net", "com");
            }
        }
        all.push_str(&fields.join("\t"));
        all.push('\n');
    }
    all
}

/// All reports in all formats, in the scope of `option`: nothing changes with the rows of others.
fn assert_closed(interpreter: &PathBuf, option: &str, column: usize, name: &str) {
    for (week, days) in WEEKS {
        let all = metrics(interpreter, week, &["mail1", "mail2"], "-b hour,domain,user");
        let is_ours = |row: &[&str]| row[column] == name;
        assert!(only(&all, is_ours).lines().count() > 100);
        let changed = with_other_others(&all, is_ours);
        assert!(all.contains("markeruser@marker.example") && !changed.contains("markeruser"));
        for format in FORMATS {
            let options = format!("{days} {option} --compare=5 --limit=messages_out/day/user=1");
            let address = if format == "mail" { "--to=postmaster@example.net" } else { "" };
            let flags = format!("-f {format} {address} {options}");
            let [is, other] = [&all, &changed].map(|rows| report(&flags, rows));
            assert!(is.lines().count() > 5, "{flags}: too little: {is}");
            assert!(!is.contains("marker"), "{flags}: {is}");
            same(&timeless(&is), &timeless(&other))
                .unwrap_or_else(|place| panic!("{flags}: with other others {place}"));
        }
    }
}

fn nothing_of_another_domain_is_shown() {
    let Some(interpreter) = peer("python3", "the scope of traffic-report") else { return };
    assert_closed(&interpreter, "--domain=example.org", 3, "example.org");
}

fn nothing_of_another_user_is_shown() {
    let Some(interpreter) = peer("python3", "the scope of traffic-report") else { return };
    assert_closed(&interpreter, "--user=cy@sub.example.org", 4, "cy@sub.example.org");
}

/// Messages and bytes of each domain and direction, as they are billed. Those of no domain, such as
/// the null sender's, are together.
fn billed(rows: &[u8], direction: &str) -> BTreeMap<String, [u64; 2]> {
    let mut bill: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    let mut command = tool("xfer-sum");
    command.args(["--status=success", "--direction", direction]);
    for row in run(&mut command, rows).succeeded().rows() {
        let domain = if row[0] == "(null)" { "(none)" } else { &row[0] };
        let sum = bill.entry(domain.to_owned()).or_default();
        *sum = [0, 1].map(|at| sum[at] + row[at + 1].parse::<u64>().unwrap());
    }
    bill
}

fn mail_is_what_is_billed() {
    let generated = run(tool("maillog-generate").args(["stats-odd", "300000", "40"]), b"").out;
    let log = |name| run(tool("multilog-cat").arg("-q").arg(capture(name)), b"").succeeded().out;
    for (parser, log) in [
        ("qmsend-parse", log("qmail-send")),
        ("qmsend-parse", log("qmail-sagredo-send")),
        ("qmstat-parse", generated),
    ] {
        let rows = run(tool(parser).arg("-q").env("TZ", ZONE), &log).out;
        let mut sum = tool("metric-sum");
        let sum =
            run(sum.args(["-qr", "message", "-b", "domain", "--host=mx"]).env("TZ", ZONE), &rows);
        let metrics = sum.succeeded().text();
        let mut bills = BTreeMap::new();
        for (items, direction) in [(["incoming", "received"], "in"), (["outgoing", "sent"], "out")]
        {
            for (domain, [messages, bytes]) in billed(&rows, direction) {
                for (item, number) in items.iter().zip([messages, (bytes + 500) / 1000]) {
                    bills.insert((domain.clone(), (*item).to_owned()), number.to_string());
                }
            }
        }
        assert!(bills.len() > 10, "{parser}: too little to compare");
        let first = &metrics[..10];
        let flags = "-f tsv -r message-traffic,message-data --per=domain --kb=1000 --since";
        let mut compared = 0;
        for ([_, _, domain, item, _], cell) in cells(&report(&format!("{flags} {first}"), &metrics))
        {
            if domain.is_empty() || item.ends_with("spam") {
                continue;
            }
            // who has no mail of one direction is not in its bill
            let none = "0".to_owned();
            let bill = bills.get(&(domain.clone(), item.clone())).unwrap_or(&none);
            assert_eq!(&cell.value, bill, "{parser}: {domain} {item}");
            compared += usize::from(bill != &none);
        }
        assert_eq!(compared, bills.values().filter(|number| *number != "0").count(), "{parser}");
    }
}
