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
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::Duration;

use maillog_tests::logs::capture;
use maillog_tests::{
    Ran, Random, bin_dir, command, lacks_peer, make_program, names_in, peer, root, run, run_trials,
    scratch, tool, trial, wait_until,
};

#[path = "examples/incremental.rs"]
mod incremental;

/// Midnight is in the middle of the captures.
const ZONE: &str = "XXX3:36";
const DAYS: [&str; 2] = ["2026-11-25", "2026-11-26"];

fn main() -> ExitCode {
    let tests: [(&str, fn()); 11] = [
        ("examples: the nightly job, twice", nightly),
        ("examples: the nightly job killed at random", nightly_killed),
        ("examples: one nightly job at a time", nightly_locks),
        ("examples: the job that reads on, killed 300 times at random", incremental::killed),
        ("examples: the report of many hosts", merge_hosts),
        ("examples: the hourly limit", hourly_limit),
        ("examples: early warning", early_warning),
        ("examples: node_exporter", node_exporter),
        ("examples: munin", munin),
        ("examples: Nagios", nagios),
        ("examples: what cron, systemd and supervise start", services),
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
    fs::create_dir(host.path("state")).unwrap();
    for day in 18..=25 {
        let file = host.path(&format!("2026-11-{day}.mail.metrics"));
        let row = |domain: &str, user: &str, value: u32| {
            format!("2026-11-{day}\t\tmail1\t{domain}\t{user}\tqmail-send\tmail.out\t\t{value}\n")
        };
        fs::write(&file, row("", "", 0) + &row("example.net", "bob@example.net", 20)).unwrap();
        let mut load = tool("traffic-load");
        load.arg(format!("--db={}", host.path("state/traffic.db").display())).arg(file);
        run(&mut load, b"").succeeded();
    }
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

fn node_exporter() {
    let host = Host::new();
    let file = host.path("maillog.prom");
    let ran = host.run("node_exporter/maillog", &[file.to_str().unwrap()]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("maillog_mail_in_total{host=\"mail1\",source=\"qmail-send\"} 158\n"),
        "{text}"
    );
    assert_eq!(names_in(host.0.path()), ["bin", "maillog.prom", "rcpthosts", "settings"]);
    if let Some(promtool) = peer("promtool", "Prometheus' text format") {
        let checked = run(command(promtool).args(["check", "metrics"]), text.as_bytes());
        assert_eq!((checked.code, checked.err.as_str()), (Some(0), ""));
    }
}

fn munin() {
    if lacks_flock() {
        return;
    }
    let host = Host::new();
    host.nightly();
    let config = host.run("munin/maillog", &["config"]).succeeded();
    assert!(config.text().starts_with("graph_title "));
    let values = host.run("munin/maillog", &[]).succeeded();
    assert_eq!(values.text(), "in.value 158\nout.value 33\nfailed.value 6\n");
}

fn nagios() {
    if lacks_flock() {
        return;
    }
    let host = Host::new();
    let nothing = host.run("nagios/check_maillog", &[]);
    assert_eq!((nothing.code, nothing.text().lines().count()), (Some(3), 1), "{nothing:?}");
    host.nightly();
    let warning = host.run("nagios/check_maillog", &[]);
    assert_eq!((warning.code, warning.text().lines().count()), (Some(1), 1), "{warning:?}");
    assert!(warning.text().starts_with("MAILLOG WARNING: 2026-11-26: "), "{warning:?}");
}

/// What is named by its installed place is in `examples/`, and the services run.
fn services() {
    let examples = root().join("examples");
    let read = |name: &str| fs::read_to_string(examples.join(name)).unwrap();
    let texts = read("cron.d/maillog") + &read("systemd/maillog-nightly.service");
    let named = texts.split_whitespace().filter_map(|word| word.split("/etc/maillog/").nth(1));
    let mut count = 0;
    for name in named {
        assert!(examples.join(name).is_file(), "{name} is not in examples/");
        count += 1;
    }
    assert!(count >= 8);
    if let Some(analyze) = peer("systemd-analyze", "the unit files") {
        let host = Host::new();
        for name in names_in(&examples.join("systemd")) {
            let unit = read(&format!("systemd/{name}"));
            // what it starts is installed elsewhere
            let unit = unit.replace("/etc/maillog/", &format!("{}/", examples.display()));
            fs::write(host.path(&name), unit).unwrap();
        }
        let units =
            ["maillog-nightly.service", "maillog-nightly.timer"].map(|name| host.path(name));
        let checked = run(command(analyze).args(["verify", "--man=no"]).args(&units), b"");
        assert_eq!((checked.code, checked.err.as_str()), (Some(0), ""));
    }
    sampled();
}

/// The rows of server-sample come to multilog's files.
fn sampled() {
    if lacks_peer("command -v multilog", "the service of server-sample") {
        return;
    }
    let host = Host::new();
    let log = host.path("samples");
    let mut logger = host.example("supervise/server-sample/log/run", &[]);
    logger.env("LOG_DIR", &log).stdin(Stdio::piped());
    let mut logger = logger.spawn().unwrap();
    let input = Stdio::from(logger.stdin.take().unwrap());
    // the pipe's end must be nobody's but the sampler's
    let mut sampler =
        host.example("supervise/server-sample/run", &[]).stdout(input).spawn().unwrap();
    let current = log.join("current");
    wait_until("a row about the load", || is_filled(&current));
    sampler.kill().unwrap();
    sampler.wait().unwrap();
    logger.wait().unwrap();
    let rows = fs::read_to_string(&current).unwrap();
    let (label, row) = rows.lines().next().unwrap().split_once(' ').unwrap();
    assert!(label.starts_with('@') && row.split('\t').count() == 11, "{rows}");
}

fn is_filled(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|file| file.len() > 0)
}
