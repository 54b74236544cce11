//! The reports of traffic-report on verdicts: what the one-liners of the SME Server wiki, and mailstats
//! itself, say of the captures of qpsmtpd.

use std::collections::BTreeMap;

use maillog_tests::logs::{QPSMTPD, capture, expected_counts, logterse_records, read_log};
use maillog_tests::{Test, command, peer, run, tests};

use crate::traffic_report_lists::{DAY, cells, in_zone, qpsmtpd_metrics, report, rows};

pub const TESTS: &[Test] = tests![
    dispositions_are_those_of_the_wiki,
    the_text_is_the_table_of_the_wiki,
    block_lists_are_those_of_the_log,
    hours_are_those_of_mailstats,
    hours_are_those_of_awk,
];

/// Disposition and TLD, as we name it; count; what stands behind it.
type WikiRow = (String, String, u64, String);

/// The table that gawk printed, without the line whose disposition a client forged.
fn of_the_wiki(capture: &str) -> Vec<WikiRow> {
    let mut rows: Vec<WikiRow> = Vec::new();
    for line in expected_counts(capture, "tld").lines().skip(4) {
        // 35 places, 20 or more, 9, and a share behind sums
        let (name, rest) = line.split_at(35);
        let (rest, share) = rest.split_once(" (").unwrap_or((rest, ""));
        let Some((tld, count)) = rest.rsplit_once(' ') else { panic!("{line}") };
        let tld = match tld.trim() {
            // the null sender, and an address in brackets
            "<" | "5]" => "",
            tld => tld.rsplit('@').next().unwrap(),
        };
        let count = count.parse().unwrap();
        let name = name.trim();
        let share = share.trim_end_matches(['%', ')']);
        match rows.iter_mut().find(|(other, other_tld, ..)| other == name && other_tld == tld) {
            Some(row) => row.2 += count,
            None if name.is_empty() && tld != "{{Total}}" => {}
            None => rows.push((name.into(), tld.into(), count, share.into())),
        }
    }
    rows
}

fn dispositions_are_those_of_the_wiki() {
    for capture in QPSMTPD {
        let cells = cells("-r dispositions", "UTC", &qpsmtpd_metrics(capture, "UTC"));
        let is_of_tld = |item: &&String| !item.starts_with("qpsmtpd lists ");
        let counts = cells.keys().map(|(_, item)| item).filter(|item| item.ends_with(" count"));
        let theirs = of_the_wiki(capture);
        assert_eq!(counts.filter(is_of_tld).count(), theirs.len(), "{capture}");
        let forged = u64::from(capture.starts_with("qpsmtpd-0.94"));
        for (disposition, tld, count, share) in theirs {
            let words = ["qpsmtpd", &disposition, &tld].map(str::to_owned);
            let item = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>();
            let of = |column: &str| {
                let key = ("2026-11-22".to_owned(), format!("{} {column}", item.join(" ")));
                cells.get(&key).cloned().unwrap_or_default()
            };
            let is_all = tld == "{{Total}}";
            let count = if is_all { count - forged } else { count };
            assert_eq!(of("count"), count.to_string(), "{capture} {disposition} {tld}");
            if forged == 0 || is_all || share.is_empty() {
                assert_eq!(of("percent"), share, "{capture} {disposition} {tld}");
            }
        }
        // the page's own shares, which have no decimals to spare
        for line in expected_counts(capture, "percent").lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let [count, disposition, share] = fields[..] else { panic!("{line}") };
            if forged == 0 && disposition != "Total" {
                let share: f64 = share.trim_end_matches('%').parse().unwrap();
                let item = format!("qpsmtpd {disposition} {{Total}}");
                let of = |column| cells[&("2026-11-22".into(), format!("{item} {column}"))].clone();
                assert_eq!((of("count"), of("percent")), (count.into(), format!("{share:.1}")));
            }
        }
    }
}

/// Its order too, of a capture without the null sender's row, which gawk has apart.
fn the_text_is_the_table_of_the_wiki() {
    let capture = "qpsmtpd-0.84-summary";
    let text = report(&format!("{DAY} -r dispositions"), "UTC", &qpsmtpd_metrics(capture, "UTC"));
    let table = text.split("\n\n").nth(1).unwrap();
    let head = table.lines().nth(1).unwrap();
    let tld_at = head.find("TLD").unwrap();
    assert!(head.starts_with("Denying plugin or \"queued\"  "));
    let ours = table.lines().skip(2).map(|line| {
        let (name, rest) = line.split_at(tld_at);
        let (tld, numbers) =
            if rest.starts_with(' ') { ("", rest) } else { rest.split_once(' ').unwrap() };
        let mut numbers = numbers.split_whitespace();
        let count = numbers.next().unwrap().parse().unwrap();
        let share = numbers.next().unwrap_or("").to_owned();
        (name.trim().to_owned(), tld.to_owned(), count, share)
    });
    // theirs has some rows of no TLD where we have one
    let mut theirs = of_the_wiki(capture);
    theirs.sort_by_key(|(name, tld, ..)| (name.is_empty(), name.clone(), tld.clone()));
    assert_eq!(ours.collect::<Vec<WikiRow>>(), theirs);
}

fn block_lists_are_those_of_the_log() {
    let capture_name = "qpsmtpd-0.94";
    let rows = rows("logterse-split -H -f dnsbl", &read_log(&capture(capture_name)));
    let mut theirs: BTreeMap<String, u64> = BTreeMap::new();
    for list in String::from_utf8(rows).unwrap().lines().skip(1).filter(|list| !list.is_empty()) {
        *theirs.entry(list.to_owned()).or_default() += 1;
    }
    let all = theirs.values().sum();
    theirs.insert("{Total}".into(), all);
    let metrics = qpsmtpd_metrics(capture_name, "UTC");
    let cells = cells("-r dispositions,mailstats --top=100", "UTC", &metrics);
    for start in ["qpsmtpd lists ", "lists "] {
        let ours = cells.iter().filter_map(|((_, item), value)| {
            let list = item.strip_prefix(start)?.strip_suffix(" count")?;
            Some((list.to_owned(), value.parse().unwrap()))
        });
        assert_eq!(ours.collect::<BTreeMap<String, u64>>(), theirs, "{start}");
    }
    assert!(theirs.len() > 3);
}

/// mailstats' heading of a column, and its name here.
const COLUMNS: [(&str, &str); 18] = [
    ("Fetchmail", "fetchmail"),
    ("WebMail", "webmail"),
    ("Mailman", "mailman"),
    ("Local", "local"),
    ("Relay", "relay"),
    ("DMARC Rej.", "dmarc"),
    ("Virus", "virus"),
    ("RBL/DNS", "rbl-dns"),
    ("Execut.", "execut"),
    ("Geoip.", "geoip"),
    ("Non.Conf.", "non-conf"),
    ("Rej.Load", "rej-load"),
    ("Karma", "karma"),
    ("Del.Spam", "del-spam"),
    ("Qued.Spam?", "qued-spam"),
    ("Ham", "ham"),
    ("TOTALS", "totals"),
    ("PERCENT", "percent"),
];

/// What mailstats 0.7.13 printed, and what README of the captures says of it.
fn hours_are_those_of_mailstats() {
    for capture in ["qpsmtpd-0.84-summary", "qpsmtpd-0.94-summary"] {
        let ours = cells("-r mailstats --top=100", "UTC", &qpsmtpd_metrics(capture, "UTC"));
        let theirs = expected_counts(capture, "mailstats");
        let heading = theirs.lines().find(|line| line.contains("|TOTALS|")).unwrap();
        let headings = heading.trim_end_matches('|').split('|').map(str::trim).skip(1);
        assert!(headings.eq(COLUMNS.map(|(heading, _)| heading)));
        let mut compared = 0;
        for line in theirs.lines().filter(|line| {
            ["2026-", "TOTALS", "PERCENTAGES"].iter().any(|start| line.starts_with(start))
        }) {
            let (row, numbers) = line.split_at(15);
            let period = if row.starts_with("2026-") {
                (row.trim().replace(',', ""), String::new())
            } else {
                ("2026-11-22".to_owned(), format!("{} ", row.trim()))
            };
            let numbers = numbers.split_whitespace().map(|number| number.trim_end_matches('%'));
            for ((_, column), number) in COLUMNS.iter().zip(numbers) {
                let said = &ours[&(period.0.clone(), format!("{}{column}", period.1))];
                let is_not_known = said.contains(' ');
                assert!(if is_not_known { matches!(number, "0" | "0.0") } else { said == number });
                compared += 1;
            }
        }
        assert_eq!(compared, 26 * COLUMNS.len());
        // its league table
        let (_, league) = theirs.split_once("Count\tPercent\tReason\n").unwrap();
        let mut reasons = 0;
        for line in league.lines().filter(|line| line.contains('\t')) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [count, share, reason] = fields[..] else { panic!("{line}") };
            let of = |column: &str| {
                let item = format!("dispositions {reason} {column}");
                ours[&("2026-11-22".into(), item)].clone()
            };
            assert_eq!((of("count"), of("percent") + "%"), (count.into(), share.into()));
            reasons += 1;
        }
        let all = &ours[&("2026-11-22".into(), "dispositions {Total} count".into())];
        assert_eq!(*all, logterse_records(capture).to_string());
        assert!(reasons > 10);
    }
}

/// mailstats' table by hour, from the lines of the log.
const BY_HOUR: &str = r#"
BEGIN {
    FS = "\t"
    column["dmarc"] = "dmarc"
    column["virus::clamav"] = column["virus::clamdscan"] = "virus"
    column["dnsbl"] = column["rhsbl"] = column["uribl"] = "rbl-dns"
    column["pattern_filter"] = column["virus::pattern_filter"] = "execut"
    column["check_badcountries"] = "geoip"
    column["loadcheck"] = "rej-load"
    column["karma"] = "karma"
    column["spamassassin"] = "del-spam"
}
# a HELO can look like a record, but for its disposition
/logging::logterse/ && $6 != "" {
    label = substr($0, 2, 16)
    hour = strftime("%Y-%m-%d %H", strtonum("0x" substr(label, 2)) - 10)
    if ($6 == "queued") {
        is_spam = match($9, /(hits|score)=[-+0-9.]+/) &&
            substr($9, index($9, "=") + 1) + 0 >= 5
        what = is_spam ? "qued-spam" : "ham"
    } else
        what = ($6 in column) ? column[$6] : "non-conf"
    count[hour "\t" what]++
    count[hour "\ttotals"]++
}
END { for (key in count) print key "\t" count[key] }
"#;

fn hours_are_those_of_awk() {
    let Some(gawk) = peer("gawk", "traffic-report") else { return };
    // in these zones each capture is of two hours
    for (capture_name, zone) in [("qpsmtpd-0.84", "Asia/Kathmandu"), ("qpsmtpd-0.94", "XYZ-5:49")] {
        let log = read_log(&capture(capture_name));
        let mut awk = in_zone(command(&gawk), zone);
        let theirs = run(awk.env("LC_ALL", "C").arg(BY_HOUR), &log).succeeded().text();
        let ours = cells("-r mailstats", zone, &qpsmtpd_metrics(capture_name, zone));
        let is_number = |value: &str| value.bytes().all(|byte| byte.is_ascii_digit());
        let is_hour = |period: &str| period.contains(' ');
        let numbers = ours.iter().filter(|((period, item), value)| {
            is_hour(period) && item != "percent" && is_number(value) && *value != "0"
        });
        let mut numbers: Vec<String> =
            numbers.map(|((period, item), value)| format!("{period}\t{item}\t{value}")).collect();
        let mut theirs: Vec<String> = theirs.lines().map(str::to_owned).collect();
        theirs.sort();
        numbers.sort();
        assert_eq!(numbers, theirs, "{capture_name}");
        assert_eq!(theirs.iter().filter(|line| line.contains("\ttotals\t")).count(), 2);
    }
}
