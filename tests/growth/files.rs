//! What is in files and directories: logs cut into many, mails, day files, answers.

use std::fs;
use std::path::Path;

use maillog_tests::{run, tool};

use super::{Call, Dimension, each};

pub const DIMENSIONS: &[Dimension] = &[
    ("multilog-cat: files of a log", 200, |n, folder| {
        log(folder, n, |at| format!("{} line {at}\n", label(at)));
        Call::new("multilog-cat", "log")
    }),
    ("multilog-cat: files before a window", 200, |n, folder| {
        log(folder, n, |at| format!("{} line {at}\n", label(at)));
        Call::new("multilog-cat", "--since=2030-01-01 -q log")
    }),
    ("multilog-cat: files of a line", 200, |n, folder| {
        log(folder, n, |_| "a line that goes on and on".into());
        Call::new("multilog-cat", "log")
    }),
    ("multilog-cat: files that were read before", 200, |n, folder| {
        log(folder, n, |at| format!("{} line {at}\n", label(at)));
        let mut first = tool("multilog-cat");
        first.args(["--state=state", "log"]).current_dir(folder);
        assert_eq!(run(&mut first, b"").code, Some(0));
        Call::new("multilog-cat", "--state=state log")
    }),
    ("multilog-cat: lines of logs that take turns", 1000, |n, folder| {
        for (log, from) in [("one", 0), ("two", 1)] {
            fs::create_dir(folder.join(log)).unwrap();
            let lines = each(n, |at| format!("{} line\n", label(2 * at + from)));
            fs::write(folder.join(log).join("current"), lines).unwrap();
        }
        Call::new("multilog-cat", "one two")
    }),
    ("multilog-cat: logs that are merged", 60, |n, folder| {
        Call::new("multilog-cat", "").with(logs(n, folder, 40))
    }),
    ("multilog-cat: totals of a processor", 1000, |n, _| {
        let theirs = each(n, |at| format!("# plugin{at} 5 1%\n"));
        let line = format!("{} line\n", label(1));
        Call::new("multilog-cat", "-q -")
            .on(format!("{line}### CUMULATIVE TOTALS ###\n{theirs}{line}"))
    }),
    ("qploggrep: logs that are merged", 60, |n, folder| {
        fs::create_dir(folder.join("last")).unwrap();
        fs::write(folder.join("last/current"), "").unwrap();
        Call::new("qploggrep", "nobody last").with(logs(n, folder, 40))
    }),
    ("qmsend-parse: logs by directory", 100, |n, folder| {
        let file = |name: String| format!("{name}/current");
        Call::new("qmsend-parse", "-q --sessions=sessions --open")
            .with(logs(n, folder, 3).into_iter().map(file))
    }),
    ("maildir-received: lines of a header", 2000, |n, folder| {
        maildir(folder, 1, &each(n, |at| format!("X-Line-{at}: yes\n")));
        Call::new("maildir-received", "Maildir")
    }),
    ("maildir-received: lines of a field", 2000, |n, folder| {
        let lines = each(n, |at| format!("\tline {at}\n"));
        maildir(folder, 1, &format!("X-Long: a\n{lines}"));
        Call::new("maildir-received", "Maildir")
    }),
    ("maildir-received: hops", 500, |n, folder| {
        let hop = |at: usize| {
            format!("Received: (qmail {at} invoked by uid 5); 22 Nov 2026 05:10:01 -0000\n")
        };
        maildir(folder, 1, &each(n, hop));
        Call::new("maildir-received", "Maildir")
    }),
    ("maildir-received: comments in a hop", 500, |n, folder| {
        let comments = "(a (b) c)".repeat(n);
        let hop = format!(
            "Received: from h (HELO h) {comments} (192.0.2.2)\n by mx with SMTP; 22 Nov 2026 05:10:01 -0000\n"
        );
        maildir(folder, 1, &hop);
        Call::new("maildir-received", "Maildir")
    }),
    ("maildir-received: open comments in a hop", 500, |n, folder| {
        let hop = format!("Received: from h {}\n by mx with SMTP; x\n", "(".repeat(n));
        maildir(folder, 1, &hop);
        Call::new("maildir-received", "Maildir")
    }),
    ("maildir-received: mails", 200, |n, folder| {
        maildir(folder, n + 1, "");
        Call::new("maildir-received", "Maildir")
    }),
    ("maildir-received: maildirs", 100, |n, folder| {
        fs::create_dir(folder.join("users")).unwrap();
        for at in 0..=n {
            let user = folder.join("users").join(at.to_string());
            fs::create_dir(&user).unwrap();
            maildir(&user, 1, "");
        }
        Call::new("maildir-received", "users")
    }),
    ("maildir-received: hosts that are believed", 500, |n, folder| {
        maildir(folder, 1, "");
        let hosts = (0..n).map(|at| format!("--host=mx{at}.example.net"));
        Call::new("maildir-received", "Maildir --host=mx.example.com").with(hosts)
    }),
    ("traffic-load: rows of a day", 500, |n, folder| {
        let rows = each(n + 1, |at| metric("2026-11-22", at));
        fs::write(folder.join("2026-11-22.mail.metrics"), rows).unwrap();
        Call::new("traffic-load", "--db=db --host=mx 2026-11-22.mail.metrics")
    }),
    ("traffic-load: domains of a day file", 500, |n, folder| {
        let lines = each(n + 1, |at| format!("|example{at}.net|5|2|0|\n"));
        fs::write(folder.join("20.06.2005.qml.txt"), lines).unwrap();
        Call::new("traffic-load", "--db=db --host=mx 20.06.2005.qml.txt")
    }),
    ("traffic-load: day files", 50, |n, folder| {
        Call::new("traffic-load", "--db=db --host=mx").with(days(n + 1, folder))
    }),
    ("traffic-load: day files that are loaded already", 100, |n, folder| {
        let names = days(n + 1, folder);
        let mut first = tool("traffic-load");
        first.args(["--db=db", "--host=mx"]).args(&names).current_dir(folder);
        assert_eq!(run(&mut first, b"").code, Some(0));
        Call::new("traffic-load", "--db=db --host=mx").with(names)
    }),
    ("traffic-rotate: day files", 50, |n, folder| {
        Call::new("traffic-rotate", "--into=archive").with(days(n + 1, folder))
    }),
    ("traffic-rotate: archives", 100, |n, folder| {
        let mut first = tool("traffic-rotate");
        first.args(["--into=archive"]).args(days(n + 1, folder)).current_dir(folder);
        assert_eq!(run(&mut first, b"").code, Some(0));
        Call::new("traffic-rotate", "--into=archive --keep=36500").on("")
    }),
    ("dnsbl-check: addresses", 1000, |n, folder| {
        let saved = |at| format!("{}\tbl.example.org\tclean\t\t\t1795320001\n", address(at));
        fs::write(folder.join("saved"), each(n + 1, saved)).unwrap();
        let rows = each(n, |at| address(at) + "\n");
        Call::new("dnsbl-check", "--list=bl.example.org --replay=saved").on(rows)
    }),
    ("dnsbl-check: addresses that are not asked", 1000, |n, _| {
        let rows = each(n, |at| format!("10.0.{}.{}\n", at / 250, at % 250));
        Call::new("dnsbl-check", "--list=bl.example.org --no-self-test --server=127.0.0.1:1")
            .on(rows)
    }),
    ("dnsbl-check: lists", 100, |n, folder| {
        fs::write(folder.join("saved"), "192.0.2.1\tbl.example.org\tclean\t\t\t1795320001\n")
            .unwrap();
        let lists = (0..n).map(|at| format!("--list=bl{at}.example.org"));
        Call::new("dnsbl-check", "--list=bl.example.org --replay=saved")
            .with(lists)
            .on("192.0.2.1\n")
    }),
    ("dnsbl-check: rows of one address", 500, |n, folder| {
        fs::write(folder.join("saved"), "192.0.2.1\tbl.example.org\tclean\t\t\t1795320001\n")
            .unwrap();
        Call::new("dnsbl-check", "--list=bl.example.org --replay=saved").on("192.0.2.1\n".repeat(n))
    }),
    ("dnsbl-check: columns of one name, as JSON", 2000, |n, folder| {
        fs::write(folder.join("saved"), "192.0.2.1\tbl.example.org\tclean\t\t\t1795320001\n")
            .unwrap();
        let input = format!("ip{}\n192.0.2.1{}\n", "\tname".repeat(n), "\tx".repeat(n));
        Call::new("dnsbl-check", "-H --json --column=ip --list=bl.example.org --replay=saved")
            .on(input)
    }),
    ("dnsbl-check: labels of a name", 2000, |n, folder| {
        fs::write(folder.join("saved"), "").unwrap();
        Call::new("dnsbl-check", "--name --list=bl.example.org --replay=saved")
            .on(format!("{}example\nexample.net\n", "a.".repeat(n)))
    }),
];

/// A label, later for a larger number.
fn label(number: usize) -> String {
    format!("@400000006b0{number:05x}00000000")
}

/// A log of so many closed files.
fn log(folder: &Path, count: usize, content: impl Fn(usize) -> String) {
    let log = folder.join("log");
    fs::create_dir(&log).unwrap();
    for at in 0..count {
        let name = format!("{}.s", label(at + 1));
        fs::write(log.join(name), content(at)).unwrap();
    }
    fs::write(log.join("current"), "").unwrap();
}

/// So many logs, whose lines take turns.
fn logs(count: usize, folder: &Path, lines: usize) -> Vec<String> {
    let write = |number: usize| {
        let name = format!("log{number}");
        fs::create_dir(folder.join(&name)).unwrap();
        let text = |at| {
            let label = label(at * count + number);
            format!("{label} {at} Accepted connection 0/40 from 192.0.2.1 / mx.example\n")
        };
        fs::write(folder.join(&name).join("current"), each(lines, text)).unwrap();
        name
    };
    (0..count).map(write).collect()
}

/// A Maildir with so many mails, which begin so below the server's own line.
fn maildir(folder: &Path, mails: usize, header: &str) {
    for name in ["Maildir", "Maildir/new", "Maildir/cur", "Maildir/tmp"] {
        fs::create_dir(folder.join(name)).unwrap();
    }
    for at in 0..mails {
        let mail = format!(
            "{header}Received: (qmail 4711 invoked from network); 22 Nov 2026 05:10:01 -0000\nReceived: from client.example.net (HELO h) (192.0.2.2)\n by mx.example.com with SMTP; 22 Nov 2026 05:10:01 -0000\n\nbody\n"
        );
        fs::write(folder.join(format!("Maildir/new/17953242{at:04}.a.mx")), mail).unwrap();
    }
}

/// Day files of as many days.
fn days(count: usize, folder: &Path) -> Vec<String> {
    let write = |at: usize| {
        let name =
            format!("{:02}.{:02}.{}.qml.txt", at % 28 + 1, at / 28 % 12 + 1, 2005 + at / 336);
        fs::write(folder.join(&name), format!("|example.net|{}|2|0|\n", at + 1)).unwrap();
        name
    };
    (0..count).map(write).collect()
}

fn metric(day: &str, number: usize) -> String {
    format!("{day}\t\tmx\texample{number}.net\t\tqmail-send\tmail.in\t\t7\n")
}

fn address(number: usize) -> String {
    format!("192.0.{}.{}", number / 250, number % 250)
}
