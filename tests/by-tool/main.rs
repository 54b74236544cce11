//! What is particular to one tool.
//!
//! A file is of the tool whose name it begins with. It lists its tests in `TESTS`; there is no
//! `#[test]` here, so that a test is called by its tool, as in the other programs of tests:
//! `cargo test -p maillog-tests tally` runs all that is about tally.
#![allow(
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that cannot go on stops, and says why"
)]

use std::process::ExitCode;

use libtest_mimic::Arguments;
use maillog_tests::{Test, names_in, root, tools, trial, trials};

#[path = "dnsbl-check.rs"]
mod dnsbl_check;
#[path = "dnsbl-check-answers.rs"]
mod dnsbl_check_answers;
#[path = "dnsbl-check-rbldnsd.rs"]
mod dnsbl_check_rbldnsd;
#[path = "logterse-split.rs"]
mod logterse_split;
#[path = "metric-sum.rs"]
mod metric_sum;
#[path = "multilog-cat.rs"]
mod multilog_cat;
#[path = "multilog-cat-archives.rs"]
mod multilog_cat_archives;
#[path = "multilog-cat-files.rs"]
mod multilog_cat_files;
#[path = "multilog-cat-recipes.rs"]
mod multilog_cat_recipes;
#[path = "multilog-cat-state.rs"]
mod multilog_cat_state;
#[path = "multilog-cat-strace.rs"]
mod multilog_cat_strace;
#[path = "qmsend-parse.rs"]
mod qmsend_parse;
mod qploggrep;
mod qplogsumm;
mod qplogtail;
#[path = "server-sample.rs"]
mod server_sample;
#[path = "session-parse/clients.rs"]
mod session_parse_clients;
#[path = "session-parse-courier.rs"]
mod session_parse_courier;
#[path = "session-parse-filters.rs"]
mod session_parse_filters;
#[path = "session-parse-limits.rs"]
mod session_parse_limits;
#[path = "session-parse-mailboxes.rs"]
mod session_parse_mailboxes;
#[path = "session-parse-passwords.rs"]
mod session_parse_passwords;
#[path = "session-parse-qpsmtpd.rs"]
mod session_parse_qpsmtpd;
#[path = "session-parse-tcpserver.rs"]
mod session_parse_tcpserver;
#[path = "smtpd-parse.rs"]
mod smtpd_parse;
mod tally;
#[path = "traffic-load.rs"]
mod traffic_load;
#[path = "traffic-load-postgres.rs"]
mod traffic_load_postgres;
#[path = "traffic-report.rs"]
mod traffic_report;
#[path = "traffic-report-books.rs"]
mod traffic_report_books;
#[path = "traffic-report-explain.rs"]
mod traffic_report_explain;
#[path = "traffic-report-html.rs"]
mod traffic_report_html;
#[path = "traffic-report-lists.rs"]
mod traffic_report_lists;
#[path = "traffic-report-mail.rs"]
mod traffic_report_mail;
#[path = "traffic-report-scope.rs"]
mod traffic_report_scope;
#[path = "traffic-report-verdicts.rs"]
mod traffic_report_verdicts;
#[path = "traffic-report/week.rs"]
mod traffic_report_week;
#[path = "traffic-report-year.rs"]
mod traffic_report_year;
#[path = "xfer-sum.rs"]
mod xfer_sum;

/// The files, without `.rs`. What takes longest is first, so that the others run beside it.
const FILES: &[(&str, &[Test])] = &[
    ("dnsbl-check", dnsbl_check::TESTS),
    ("dnsbl-check-answers", dnsbl_check_answers::TESTS),
    ("dnsbl-check-rbldnsd", dnsbl_check_rbldnsd::TESTS),
    ("logterse-split", logterse_split::TESTS),
    ("metric-sum", metric_sum::TESTS),
    ("multilog-cat", multilog_cat::TESTS),
    ("multilog-cat-archives", multilog_cat_archives::TESTS),
    ("multilog-cat-files", multilog_cat_files::TESTS),
    ("multilog-cat-recipes", multilog_cat_recipes::TESTS),
    ("multilog-cat-state", multilog_cat_state::TESTS),
    ("multilog-cat-strace", multilog_cat_strace::TESTS),
    ("qmsend-parse", qmsend_parse::TESTS),
    ("qploggrep", qploggrep::TESTS),
    ("qplogsumm", qplogsumm::TESTS),
    ("qplogtail", qplogtail::TESTS),
    ("server-sample", server_sample::TESTS),
    ("session-parse-courier", session_parse_courier::TESTS),
    ("session-parse-filters", session_parse_filters::TESTS),
    ("session-parse-limits", session_parse_limits::TESTS),
    ("session-parse-mailboxes", session_parse_mailboxes::TESTS),
    ("session-parse-passwords", session_parse_passwords::TESTS),
    ("session-parse-qpsmtpd", session_parse_qpsmtpd::TESTS),
    ("session-parse-tcpserver", session_parse_tcpserver::TESTS),
    ("smtpd-parse", smtpd_parse::TESTS),
    ("tally", tally::TESTS),
    ("traffic-load", traffic_load::TESTS),
    ("traffic-load-postgres", traffic_load_postgres::TESTS),
    ("traffic-report", traffic_report::TESTS),
    ("traffic-report-books", traffic_report_books::TESTS),
    ("traffic-report-explain", traffic_report_explain::TESTS),
    ("traffic-report-html", traffic_report_html::TESTS),
    ("traffic-report-lists", traffic_report_lists::TESTS),
    ("traffic-report-mail", traffic_report_mail::TESTS),
    ("traffic-report-scope", traffic_report_scope::TESTS),
    ("traffic-report-verdicts", traffic_report_verdicts::TESTS),
    ("traffic-report-year", traffic_report_year::TESTS),
    ("xfer-sum", xfer_sum::TESTS),
];

fn main() -> ExitCode {
    let mut all: Vec<_> = FILES.iter().flat_map(|(file, tests)| trials(file, tests)).collect();
    all.push(trial("every file is of a tool, and none is left out", files_are_of_tools));
    let mut arguments = Arguments::from_args();
    // most tests wait: for a program that writes at a given rate, or for an answer that never comes
    arguments.test_threads.get_or_insert(8);
    libtest_mimic::run(&arguments, all).exit_code()
}

/// A file that is not listed above would not run, and nothing else would say so.
fn files_are_of_tools() {
    let folder = root().join("tests/by-tool");
    let tools = tools();
    for name in names_in(&folder).iter().filter_map(|name| name.strip_suffix(".rs")) {
        if name != "main" {
            assert!(FILES.iter().any(|(file, _)| *file == name), "{name} is not listed");
            assert!(tools.iter().any(|tool| name.starts_with(tool)), "{name} is of no tool");
        }
        let text = std::fs::read_to_string(folder.join(format!("{name}.rs"))).unwrap();
        let attribute = text.lines().any(|line| line.trim() == "#[test]");
        assert!(!attribute, "{name}: #[test] has no effect here: list the test in TESTS");
    }
}
