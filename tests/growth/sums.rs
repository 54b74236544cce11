//! What sums and reports are made of: groups, columns, labels, days.

use std::fs;
use std::path::Path;

use super::{Call, Dimension, each};

pub const DIMENSIONS: &[Dimension] = &[
    ("tally: groups", 2000, |n, _| {
        Call::new("tally", "-g 1").on(each(n, |at| format!("a key of a group {at}\n")))
    }),
    ("tally: groups with long keys", 1000, |n, _| {
        let long = "x".repeat(60);
        Call::new("tally", "-g 1").on(each(n, |at| format!("{long}{at}\n")))
    }),
    ("tally: groups that are written otherwise", 1000, |n, _| {
        Call::new("tally", "-g 1").on(each(n, |at| format!("\"a key {at}\n")))
    }),
    ("tally: sub-totals", 1000, |n, _| {
        Call::new("tally", "-g 1,2 --subtotal").on(each(n, |at| format!("key {at}\tx\n")))
    }),
    ("tally: groups of a merge", 1000, |n, _| {
        Call::new("tally", "--merge -g 1").on(each(n, |at| format!("7\tkey {at}\n")))
    }),
    ("tally: columns of -g", 600, |n, _| {
        let list = each(n, |at| format!(",{}", at + 2));
        Call::new("tally", &format!("-g 1{list}")).on(["\tx".repeat(n + 1), "\n".into()].concat())
    }),
    ("tally: names of -g", 600, |n, _| {
        let names = each(n, |at| format!(",name{at}"));
        let header = names.replace(',', "\t");
        let row = "\tx".repeat(n);
        let input = format!("a{header}\nx{row}\n");
        Call::new("tally", &format!("-H -g a{names}")).on(input)
    }),
    ("tally: columns that are not looked at", 20_000, |n, _| {
        Call::new("tally", "-g 1").on(format!("a{}\n", "\tx".repeat(n)))
    }),
    ("tally: names that are not looked at", 5000, |n, _| {
        let names = each(n, |at| format!("\tname{at}"));
        Call::new("tally", "-H -g a").on(format!("a{names}\nx{}\n", "\tx".repeat(n)))
    }),
    ("tally: operands", 200, |n, folder| {
        let names = files(n, folder, |at| format!("key {at}\n"));
        Call::new("tally", "-g 1").with(names)
    }),
    ("xfer-sum: domains", 1000, |n, _| Call::new("xfer-sum", "").on(each(n, message))),
    ("xfer-sum: all by all", 1000, |n, _| Call::new("xfer-sum", "--full").on(each(n, message))),
    ("xfer-sum: labels of a domain", 3000, |n, folder| {
        fs::write(folder.join("hosted"), ".example.com\n.b.a\n").unwrap();
        let domain = format!("{}example.net", "a.".repeat(n));
        let row = message(0).replace("example0.net", &domain);
        Call::new("xfer-sum", "--domains=hosted").on(row)
    }),
    ("xfer-sum: hosted domains", 2000, |n, folder| {
        let names = each(n, |at| format!("example{at}.net\n"));
        fs::write(folder.join("hosted"), names).unwrap();
        Call::new("xfer-sum", "--domains=hosted --zero-fill").on(message(0))
    }),
    ("xfer-sum: files of hosted domains", 100, |n, folder| {
        let names = files(n, folder, |at| format!("example{at}.net\n"));
        let names = names.into_iter().map(|name| format!("--domains={name}"));
        Call::new("xfer-sum", "").with(names).on(message(0))
    }),
    ("xfer-sum: days", 500, |n, _| {
        Call::new("xfer-sum", "-b day,hour,domain").on(each(n, message_of_day))
    }),
    ("xfer-sum: day files", 100, |n, _| {
        Call::new("xfer-sum", "--out-dir=.").on(each(n, message_of_day))
    }),
    ("xfer-sum: groups of a merge", 1000, |n, _| {
        Call::new("xfer-sum", "--merge").on(each(n, |at| format!("example{at}.net\t1\t2\n")))
    }),
    ("xfer-sum: statuses of --status", 500, |n, _| {
        let list = each(n, |at| format!(",status{at}"));
        Call::new("xfer-sum", &format!("--status=success{list}")).on(message(0))
    }),
    ("metric-sum: domains and users", 1000, |n, _| {
        Call::new("metric-sum", "-r message -b domain,user,hour").on(each(n, message))
    }),
    ("metric-sum: labels of a domain", 3000, |n, folder| {
        fs::write(folder.join("hosted"), ".example.com\n.b.a\n").unwrap();
        let domain = format!("{}example.net", "a.".repeat(n));
        let row = message(0).replace("example0.net", &domain);
        Call::new("metric-sum", "-r message -b domain --domains=hosted").on(row)
    }),
    ("metric-sum: hosts", 500, |n, _| {
        let row =
            |at: usize| message(0).replace("mail.example.com", &format!("mail{at}.example.com"));
        Call::new("metric-sum", "-r message").on(each(n, row))
    }),
    ("metric-sum: services", 500, |n, _| {
        Call::new("metric-sum", "-r session").on(each(n, |at| session(&format!("s{at}"), "x")))
    }),
    ("metric-sum: words of a detail", 2000, |n, _| {
        let tests = each(n, |at| format!(",RULE_{at}"));
        Call::new("metric-sum", "-r session").on(session("spamd", &format!("5.0 A{tests}")))
    }),
    ("metric-sum: groups of a merge", 1000, |n, _| {
        Call::new("metric-sum", "--merge").on(each(n, |at| metric(0, at, "mail.in", at)))
    }),
    ("metric-sum: hosts of a merge", 1000, |n, _| {
        let row = |at| metric(0, 1, "mail.in", 1).replace("\tmx\t", &format!("\tmx{at}\t"));
        Call::new("metric-sum", "--merge").on(each(n, row))
    }),
    ("metric-sum: recipients of a verdict", 1000, |n, _| {
        let all = each(n, |at| format!(",user{at}@example{at}.net"));
        let row = format!(
            "1119225600\t1\tqueue\t192.0.2.1\t\th\th\ta@b.example\tc@d.example{all}\tqueued\t\tx\t\t\t\t\texample\t\t\tqpsmtpd\n"
        );
        Call::new("metric-sum", "-r transaction -b domain,user").on(row)
    }),
    ("traffic-report: days", 200, |n, _| {
        let rows = each(n, |at| metric(at, 0, "mail.in", 7));
        Call::new(
            "traffic-report",
            "--since=2000-01-01 --until=2009-01-01 -r message-traffic,message-data -b day",
        )
        .on(["2000-01-02\t\tmx\t\t\tqmail-send\tmail.in\t\t1\n".to_owned(), rows].concat())
    }),
    ("traffic-report: domains", 500, |n, _| {
        let rows = each(n + 1, |at| metric(0, at, "mail.in", 7));
        Call::new("traffic-report", "--day=2000-01-01 -r message-traffic --per=domain -f tsv")
            .on(rows)
    }),
    ("traffic-report: pages", 200, |n, _| {
        let rows = each(n + 1, |at| metric(0, at, "mail.in", 7));
        Call::new("traffic-report", "--day=2000-01-01 -r message-traffic --per=domain --out-dir=.")
            .on(rows)
    }),
    ("traffic-report: all reports of domains", 300, |n, _| {
        let rows = each(n + 1, |at| metric(0, at, "mail.in", 7));
        Call::new("traffic-report", "--day=2000-01-01").on(rows)
    }),
    ("traffic-report: hosts", 300, |n, _| {
        let row = |at| metric(0, 1, "mail.in", 1).replace("\tmx\t", &format!("\tmx{at}\t"));
        Call::new("traffic-report", "--day=2000-01-01").on(each(n + 1, row))
    }),
    ("traffic-report: sources", 300, |n, _| {
        let row = |at| metric(0, 1, "mail.in", 1).replace("\tqmail-send\t", &format!("\ts{at}\t"));
        Call::new("traffic-report", "--day=2000-01-01").on(each(n + 1, row))
    }),
    ("traffic-report: labels", 500, |n, _| {
        let row = |at| {
            let row = metric(0, 0, "verdict.denied", 1)
                .replace("\t\t1\n", &format!("\tplugin{at} deny\t1\n"));
            row.replace("qmail-send", "qpsmtpd")
        };
        Call::new("traffic-report", "--day=2000-01-01").on(each(n + 1, row))
    }),
    ("traffic-report: days that are compared", 100, |n, _| {
        let rows = each(n + 2, |at| metric(at, 0, "mail.in", 7) + &metric(at, 1, "mail.out", 7));
        let day = date(n + 1);
        Call::new("traffic-report", &format!("--day={day} -r changes --compare={}", n + 1)).on(rows)
    }),
    ("traffic-report: users above a limit", 500, |n, _| {
        let row = |at| metric(0, at, "mail.out", 7).replace("2000-01-01\t\t", "2000-01-01\t05\t");
        Call::new(
            "traffic-report",
            "--day=2000-01-01 -r throttle-violations --limit=messages_out/hour/user=2",
        )
        .on(each(n + 1, row))
    }),
    ("traffic-report: numbers of --smtp-uid", 500, |n, _| {
        let list = each(n, |at| format!(",{at}"));
        Call::new("traffic-report", &format!("--day=2000-01-01 --smtp-uid=7{list}"))
            .on(metric(0, 0, "mail.in", 7))
    }),
];

/// Writes a file for each number, and gives their names.
pub fn files(count: usize, folder: &Path, content: impl Fn(usize) -> String) -> Vec<String> {
    let write = |at| {
        let name = format!("file{at}");
        fs::write(folder.join(&name), content(at)).unwrap();
        name
    };
    (0..count).map(write).collect()
}

/// A message row to another domain each time.
fn message(number: usize) -> String {
    format!(
        "1119225600\tmail.example.com\tin\t1\talice@example.com\tbob{number}@example{number}.net\t20480\tsuccess\t1\t5\t6\t\t\tqmail-send\t\n"
    )
}

/// A message row of another day each time.
fn message_of_day(number: usize) -> String {
    message(0).replace("1119225600", &(1_119_225_600 + 86_400 * number).to_string())
}

/// A session row.
fn session(service: &str, detail: &str) -> String {
    format!(
        "1119225600\t{service}\tmx\t1\t192.0.2.1\t25\tann\t5000\t10\t20\tok\ttcpserver\t{detail}\n"
    )
}

/// A day, from the first of 2000 on.
fn date(day: usize) -> String {
    let (year, day) = (2000 + day / 336, day % 336);
    format!("{year}-{:02}-{:02}", day / 28 + 1, day % 28 + 1)
}

/// A metric row of a day, a domain and its user.
fn metric(day: usize, domain: usize, name: &str, value: usize) -> String {
    let owner = format!("example{domain}.net\tann@example{domain}.net");
    format!("{}\t\tmx\t{owner}\tqmail-send\t{name}\t\t{value}\n", date(day))
}
