//! What cron, systemd, supervisors and logrotate start.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use maillog_tests::logs::capture;
use maillog_tests::{
    Ran, command, copy_files, lacks_peer, make_program, names_in, peer, root, run, scratch, tool,
    wait_until,
};

use super::Host;

/// What is named by its installed place is in `examples/`, and systemd has no complaint.
pub fn services() {
    let examples = root().join("examples");
    let read = |name: &str| fs::read_to_string(examples.join(name)).unwrap();
    let units = names_in(&examples.join("systemd"));
    let mut texts = read("cron.d/maillog") + &read("logrotate/maillog");
    texts.extend(units.iter().map(|unit| read(&format!("systemd/{unit}"))));
    let named = texts.split_whitespace().filter_map(|word| word.split("/etc/maillog/").nth(1));
    let mut count = 0;
    for name in named {
        assert!(examples.join(name).is_file(), "{name} is not in examples/");
        count += 1;
    }
    assert!(count >= 14);
    if let Some(analyze) = peer("systemd-analyze", "the unit files") {
        let host = Host::new();
        for name in &units {
            let unit = read(&format!("systemd/{name}"));
            // what it starts is installed elsewhere
            let unit = unit.replace("/etc/maillog/", &format!("{}/", examples.display()));
            fs::write(host.path(name), unit).unwrap();
        }
        let units = units.iter().map(|name| host.path(name));
        let checked = run(command(analyze).args(["verify", "--man=no"]).args(units), b"");
        assert_eq!((checked.code, checked.err.as_str()), (Some(0), ""));
    }
}

/// The rows of server-sample come to multilog's files.
pub fn sampled() {
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

/// Each supervisor's logger has qplogsumm count what it rotates, all verdicts and each once.
pub fn processors() {
    let verdict = b"logging::logterse: `";
    let mut input = Vec::new();
    for name in names_in(&capture("qpsmtpd-0.94")).iter().filter(|name| name.starts_with('@')) {
        let log = fs::read(capture("qpsmtpd-0.94").join(name)).unwrap();
        // the logger sets the labels
        let lines = log.split_inclusive(|&byte| byte == b'\n');
        input.extend(lines.flat_map(|line| &line[26.min(line.len())..]));
    }
    let input = input.repeat(6_000_000 / input.len());
    for (service, logger, drops_root) in [
        ("supervise/qpsmtpd/log", "multilog", "setuidgid qpsmtpd "),
        ("runit/qpsmtpd/log", "svlogd", "chpst -u qpsmtpd "),
        ("s6/qpsmtpd-log", "s6-log execlineb", "s6-setuidgid qpsmtpd "),
    ] {
        if lacks_peer(logger, &format!("the example {service}")) {
            continue;
        }
        let folder = scratch();
        let top = folder.path();
        copy_files(&root().join("examples").join(service), top);
        for name in names_in(top) {
            let text = fs::read_to_string(top.join(&name)).unwrap().replace(drops_root, "");
            let text = text.replace("/var/log/qpsmtpd", &format!("{}/verdicts", top.display()));
            let text = text.replace("/var/lib/qpsmtpd", &top.display().to_string());
            make_program(&top.join(name), text.as_bytes());
        }
        fs::create_dir(top.join("verdicts")).unwrap();
        let ran = run(command(top.join("run")).current_dir(top), &input);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{service}");
        let names = names_in(&top.join("verdicts"));
        let rotated: Vec<_> = names.iter().filter(|name| name.starts_with('@')).collect();
        // that end shows that the processor is through
        let whole = |name: &&String| name.rsplit_once('.').is_some_and(|(_, end)| end == "s");
        assert!(!rotated.is_empty() && rotated.iter().all(whole), "{service}: {names:?}");
        let counted = rotated.iter().map(|name| {
            let log = fs::read(top.join("verdicts").join(name)).unwrap();
            memchr::memmem::find_iter(&log, verdict).count()
        });
        let totals = run(tool("qplogsumm").arg("--show").arg(top.join("totals")), b"").succeeded();
        let total = totals.rows().iter().map(|row| row[2].parse::<usize>().unwrap()).sum::<usize>();
        assert_eq!(total, counted.sum::<usize>(), "{service}");
        assert!(total > 500, "{service}: {total}");
    }
}

/// A day that two rotations share is counted as a whole, with what came late, and today not yet.
pub fn rotated() {
    let Some(logrotate) = peer("logrotate", "the example logrotate/maillog") else { return };
    let folder = scratch();
    let top = folder.path();
    for name in ["log", "state"] {
        fs::create_dir(top.join(name)).unwrap();
    }
    let state = top.join("state").display().to_string();
    let settings = format!("host=mx\nstate={state}\ndomains=\nby=domain\n");
    fs::write(top.join("settings"), settings).unwrap();
    let examples = root().join("examples");
    let configuration = fs::read_to_string(examples.join("logrotate/maillog")).unwrap();
    let configuration = configuration
        .replace("/var/log/mail", &top.join("log").display().to_string())
        .replace("/etc/maillog/settings", &top.join("settings").display().to_string())
        .replace("/etc/maillog", &examples.display().to_string())
        .replace("/usr/lib/rsyslog/rsyslog-rotate", ":")
        .replace(" root adm", "");
    fs::write(top.join("configuration"), configuration).unwrap();
    let rotate = |day: u32| -> Ran {
        let mut rotate = command(&logrotate);
        rotate.env("DAY", format!("2026-11-{day}"));
        rotate.args(["--force", "--state"]).arg(top.join("rotations"));
        run(rotate.arg(top.join("configuration")), b"").succeeded()
    };
    let log = |name: &str, lines: &[(u32, u32, u32)]| {
        let mut text = fs::read_to_string(top.join("log").join(name)).unwrap_or_default();
        for &(day, hour, bytes) in lines {
            // the 20th of November 2026 began at this second
            let time = 1_795_132_800 + (day - 20) * 86_400 + hour * 3600;
            let record = format!("{time}|a@b.example|c@d.example|{bytes}|success|1");
            writeln!(text, "Nov {day} {hour:02}:00:00 mx in[7]: {record}").unwrap();
        }
        fs::write(top.join("log").join(name), text).unwrap();
    };
    log("stats", &[(20, 1, 1), (20, 23, 2), (21, 0, 4)]);
    rotate(21);
    log("stats", &[(21, 1, 8), (22, 0, 16)]);
    rotate(22);
    // its writer had not yet opened the new file
    log("stats.1", &[(22, 0, 32)]);
    // the host was off at the next midnight
    log("stats", &[(22, 20, 64), (24, 0, 128)]);
    rotate(24);
    let mut print = tool("traffic-load");
    print.arg(format!("--db={state}/traffic.db")).arg("--print=metrics");
    let mut rows = run(&mut print, b"").succeeded().rows();
    rows.retain(|row| row[6] == "mail.in_bytes");
    let days: Vec<_> = rows.iter().map(|row| (row[0].as_str(), row[8].as_str())).collect();
    assert_eq!(days, [("2026-11-20", "3"), ("2026-11-21", "12"), ("2026-11-22", "112")]);
    assert_eq!(names_in(&top.join("log")), ["stats", "stats.1", "stats.2.gz", "stats.3.gz"]);
}
