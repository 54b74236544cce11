//! What stands in `examples/`, run as it stands, on captured logs that are cut into two days.
#![allow(
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that cannot go on stops, and says why"
)]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::Duration;

use maillog_tests::logs::capture;
use maillog_tests::{
    Ran, Random, bin_dir, command, make_program, names_in, peer, root, run, run_trials, scratch,
    tool, trial,
};

#[path = "examples/incremental.rs"]
mod incremental;
#[path = "examples/monitoring.rs"]
mod monitoring;
#[path = "examples/parallel.rs"]
mod parallel;
#[path = "examples/services.rs"]
mod services;

/// Midnight is in the middle of the captures.
const ZONE: &str = "XXX3:36";
const DAYS: [&str; 2] = ["2026-11-25", "2026-11-26"];

fn main() -> ExitCode {
    let tests: [(&str, fn()); 17] = [
        ("examples: the nightly job, twice", nightly),
        ("examples: the nightly job killed at random", nightly_killed),
        ("examples: one nightly job at a time", nightly_locks),
        ("examples: the job that reads on, killed 300 times at random", incremental::killed),
        ("examples: the report of many hosts", merge_hosts),
        ("examples: the hourly limit", hourly_limit),
        ("examples: early warning", early_warning),
        ("examples: files by parallel", parallel::files),
        ("examples: hosts by parallel", parallel::hosts),
        ("examples: hosts by ssh", parallel::over_ssh),
        ("examples: node_exporter", monitoring::node_exporter),
        ("examples: munin", monitoring::munin),
        ("examples: Nagios", monitoring::nagios),
        ("examples: what cron, systemd and logrotate start", services::services),
        ("examples: server-sample under supervise", services::sampled),
        ("examples: qplogsumm under supervise, runit and s6", services::processors),
        ("examples: logrotate", services::rotated),
    ];
    run_trials(tests.into_iter().map(|(name, test)| trial(name, test)).collect())
}

/// A host whose logs are captures.
struct Host(tempfile::TempDir);

impl Host {
    fn new() -> Self {
        let host = Host(scratch());
        let captured = |name: &str| capture(name).display().to_string();
        let settings = format!(
            "host=mail1\nstate={}\nsend_log={}\nsmtp_logs='{} {}'\nmailbox_logs=imap={}/imapd\n\
             filter_logs=\nsamples=\nverdict_parser=smtpd-parse\ndomains={}\nby=hour,domain,user\n\
             smtp_uid=89\npostmaster=postmaster\n",
            host.path("state").display(),
            captured("qmail-sagredo-send"),
            captured("qmail-sagredo-smtpd"),
            captured("qmail-sagredo-submission"),
            captured("courier-1.4-multilog"),
            host.path("rcpthosts").display(),
        );
        fs::write(host.path("settings"), settings).unwrap();
        fs::write(host.path("rcpthosts"), "example.net\n").unwrap();
        fs::create_dir(host.path("bin")).unwrap();
        host.program("sendmail", "#!/bin/sh\n[ \"$*\" = -t ] && exec cat >>\"$MAILS\"\n");
        host.program("ssh", "#!/bin/sh\nshift\nexec \"$@\"\n");
        host
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn program(&self, name: &str, script: &str) {
        make_program(&self.path("bin").join(name), script.as_bytes());
    }

    /// An example without arguments.
    fn bare_example(&self, name: &str) -> Command {
        let mut example = command(root().join("examples").join(name));
        let path = env::var_os("PATH").unwrap();
        let path = [self.path("bin"), bin_dir().into()].into_iter().chain(env::split_paths(&path));
        example.env("PATH", env::join_paths(path).unwrap()).env("TZ", ZONE);
        example
    }

    /// An example with its settings and further arguments.
    fn example(&self, name: &str, arguments: &[&str]) -> Command {
        let mut example = self.bare_example(name);
        example.env("MAILS", self.path("mails")).env("settings", self.path("settings"));
        example.env("DAY", DAYS[1]);
        if name != "merge-hosts" && name != "munin/maillog" {
            example.arg(self.path("settings"));
        }
        example.args(arguments);
        example
    }

    fn run(&self, name: &str, arguments: &[&str]) -> Ran {
        run(&mut self.example(name, arguments), b"")
    }

    fn nightly(&self) {
        for day in DAYS {
            let ran = self.run("nightly", &[day]);
            assert_eq!((ran.code, ran.text()), (Some(0), String::new()), "{}", ran.err);
        }
    }

    /// A database with a week in which nothing changes.
    fn load_steady_days(&self) {
        fs::create_dir(self.path("state")).unwrap();
        for day in 18..=25 {
            let file = self.path(&format!("2026-11-{day}.mail.metrics"));
            let row = |domain: &str, user: &str, value: u32| {
                format!(
                    "2026-11-{day}\t\tmail1\t{domain}\t{user}\tqmail-send\tmail.out\t\t{value}\n"
                )
            };
            fs::write(&file, row("", "", 0) + &row("example.net", "bob@example.net", 20)).unwrap();
            let mut load = tool("traffic-load");
            load.arg(format!("--db={}", self.path("state/traffic.db").display())).arg(file);
            run(&mut load, b"").succeeded();
        }
    }

    /// All metric rows of the database.
    fn database(&self) -> Vec<u8> {
        let mut print = tool("traffic-load");
        print.arg(format!("--db={}", self.path("state/traffic.db").display()));
        run(print.args(["--print=metrics", "--by=hour,domain,user"]), b"").succeeded().out
    }

    /// What the job leaves behind, but for when and for the second time.
    fn result(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::from([("database".to_owned(), self.database())]);
        for day in DAYS {
            for name in names_in(&self.path("state").join(day)) {
                if name != "letter" && name != "loaded" {
                    let content = fs::read(self.path("state").join(day).join(&name)).unwrap();
                    files.insert(format!("{day}/{name}"), content);
                }
            }
        }
        for name in names_in(&self.path("state/pages")) {
            let content = fs::read(self.path("state/pages").join(&name)).unwrap();
            files.insert(name, content);
        }
        files
    }
}

fn lacks_flock() -> bool {
    peer("flock", "the nightly job").is_none()
}

/// The rows of both days together are those of the whole logs; a second run changes nothing.
fn nightly() {
    if lacks_flock() {
        return;
    }
    let host = Host::new();
    host.nightly();
    let once = host.result();
    let files = DAYS.map(|day| host.path(&format!("state/{day}/{day}.mail.metrics")));
    let merged = run(tool("metric-sum").arg("--merge").args(&files), b"").succeeded();
    assert_eq!(host.database(), merged.out);
    host.nightly();
    assert!(host.result() == once, "a second run changed something");
    let mails = fs::read_to_string(host.path("mails")).unwrap();
    assert_eq!(mails.lines().filter(|line| line.starts_with("Subject: ")).count(), 4);
    assert_eq!(names_in(&host.path("state/pages")), ["example.net.html"]);
    // qmail-send's deliveries, whose rows lie in one day or the other, by the log itself
    let log =
        run(command("sh").args(["-c", "cat \"$0\"/*"]).arg(capture("qmail-sagredo-send")), b"");
    let successes = log.text().lines().filter(|line| line.contains(": success: ")).count();
    let rows = String::from_utf8(merged.out).unwrap();
    let delivered = rows.lines().map(|row| row.split('\t').collect::<Vec<_>>());
    let delivered = delivered.filter(|row| matches!(row[6], "mail.in" | "mail.out"));
    assert_eq!(delivered.map(|row| row[8].parse::<usize>().unwrap()).sum::<usize>(), successes);
}

/// Killed with all that it started, and run again, it reaches the same end.
fn nightly_killed() {
    if lacks_flock() {
        return;
    }
    let undisturbed = Host::new();
    undisturbed.nightly();
    let expected = undisturbed.result();
    let host = Host::new();
    // the settings name the folder: rows do not
    let (mut random, mut kills) = (Random::new(11), 0);
    for day in DAYS {
        for _ in 0..25 {
            let moment = Duration::from_micros(random.below(120_000) as u64);
            kills += usize::from(kill_group(host.example("nightly", &[day]), moment));
        }
        // what it started may take a moment longer to die, and has the lock
        run(command("flock").arg(host.path("state/lock")).arg("true"), b"").succeeded();
        let ran = host.run("nightly", &[day]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
    }
    assert!(kills > 5, "only {kills} runs were killed");
    let found = host.result();
    for (name, content) in &expected {
        assert!(found.get(name) == Some(content), "{name} is another after {kills} kills");
    }
    assert_eq!(found.len(), expected.len(), "something was left over");
}

/// Starts a job and kills it with all that it started; `false` if it came to a good end before.
fn kill_group(mut job: Command, moment: Duration) -> bool {
    job.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut job = job.spawn().unwrap();
    sleep(moment);
    let group = rustix::process::Pid::from_raw(i32::try_from(job.id()).unwrap()).unwrap();
    let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    !job.wait().unwrap().success()
}

fn nightly_locks() {
    if lacks_flock() {
        return;
    }
    let host = Host::new();
    fs::create_dir(host.path("state")).unwrap();
    let mut other = command("flock");
    other.arg(host.path("state/lock")).args(["-c", "echo locked; exec sleep 60"]);
    let mut other = maillog_tests::Running::start(other);
    assert_eq!(other.line(), "locked");
    let ran = host.run("nightly", &[DAYS[0]]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(2), "nightly: another one is at work\n"));
    other.feed("");
}

/// Two hosts with the same rows have each number twice.
fn merge_hosts() {
    if lacks_flock() {
        return;
    }
    let host = Host::new();
    host.nightly();
    let state = host.path("state").display().to_string();
    let merged = host.run("merge-hosts", &[&state, DAYS[0], "one", "two"]).succeeded();
    let file = host.path(&format!("state/{0}/{0}.mail.metrics", DAYS[0]));
    let expected = run(tool("metric-sum").arg("--merge").args([&file, &file]), b"").succeeded();
    assert!(!expected.out.is_empty() && merged.out == expected.out);
    let missing = host.run("merge-hosts", &[&state, "2026-01-01", "one"]);
    assert!(missing.code != Some(0) && missing.out.is_empty(), "{missing:?}");
}

fn hourly_limit() {
    let host = Host::new();
    let above = host.run("hourly-limit", &["messages_out/hour/user=5"]);
    assert_eq!(above.code, Some(1), "{above:?}");
    assert!(above.text().contains("Above 5 messages_out in an hour, by user"), "{above:?}");
    let within = host.run("hourly-limit", &["messages_out/hour/user=1000"]);
    assert_eq!(within.code, Some(0), "{within:?}");
}

/// Nothing is said of a day like the others; a line of an account that sends far more.
fn early_warning() {
    let host = Host::new();
    host.load_steady_days();
    let quiet = host.run("early-warning", &[]);
    assert_eq!((quiet.code, quiet.text(), quiet.err.as_str()), (Some(0), String::new(), ""));
    // seconds of that day, in labels
    let mut log = String::new();
    for number in 0..150 {
        let label = format!("@40000000{:x}00000000", 0x6b07_a9af + number);
        for line in [
            format!("new msg {number}"),
            format!("info msg {number}: bytes 500 from <bob@example.net> qp 7 uid 89"),
            format!("starting delivery {number}: msg {number} to remote x@other.example"),
            format!("delivery {number}: success: 192.0.2.1_accepted_message./"),
            format!("end msg {number}"),
        ] {
            log.extend([label.as_str(), " ", &line, "\n"]);
        }
    }
    fs::write(host.path("log"), log).unwrap();
    let settings = fs::read_to_string(host.path("settings")).unwrap();
    let send_log = format!("send_log={}\n", host.path("log").display());
    fs::write(host.path("settings"), settings + &send_log).unwrap();
    let warning = host.run("early-warning", &[]);
    let mut lines: Vec<String> = warning.text().lines().map(str::to_owned).collect();
    lines.sort();
    let line =
        |name| format!("{name}: mail.out 150 messages today, second largest day 20 messages");
    assert_eq!(
        (warning.code, lines),
        (Some(1), vec![line("bob@example.net"), line("example.net")])
    );
}
