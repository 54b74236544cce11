//! session-parse on lines of vchkpw that hold a password: it is in no output.

use std::fs;
use std::path::Path;

use maillog_tests::{Test, run, scratch, tests, tool};

pub const TESTS: &[Test] = tests![whole_lines, lines_cut_anywhere, lines_that_come_again];

const HEAD: &str = "2026-11-22T05:22:01Z mail vpopmail[9]: vchkpw-pop3: password fail (pass: '";

/// What stands behind the password: a line as it should be, and broken ones, which are rejected.
const TAILS: [&str; 4] =
    ["') ann@a.example:192.0.2.1", "') ann@a.example", "') ann a:192.0.2.1x", ""];

/// Runs the tool on a log; gives all that it writes, also to files.
fn outputs(folder: &Path, log: &str) -> String {
    let mut command = tool("session-parse");
    command.current_dir(folder).args(["--rejects=rejects", "--pending=pending", "--open"]);
    let ran = run(&mut command, log.as_bytes());
    let files = ["rejects", "pending"].map(|file| fs::read(folder.join(file)).unwrap());
    let files = files.map(|file| String::from_utf8_lossy(&file).into_owned());
    [ran.text(), ran.err, files.concat()].concat()
}

fn whole_lines() {
    for password in [
        "SECRET",
        "SEC RET",
        "SE') CRET",
        "SECRET') bob@SECRET:192.0.2.9",
        "(pass: 'SECRET",
        "SECRET') (pass: 'SECRET') ",
        "'SECRET'",
    ] {
        for tail in TAILS {
            let line = format!("{HEAD}{password}{tail}");
            for log in [format!("{line}\n"), format!("{line}\nx\n"), line.clone()] {
                // what imitates the end of a password and a name is taken for them where the rest
                // of the line is missing
                let imitates = tail.is_empty() && password.contains("') ");
                let may_show = imitates && (password.contains("bob") || !log.ends_with('\n'));
                let outputs = outputs(scratch().path(), &log);
                let parts = if may_show { ["SECRET')"; 3] } else { ["SECRET", "CRET", "SEC"] };
                assert!(parts.iter().all(|it| !outputs.contains(it)), "{log}: {outputs}");
            }
        }
    }
}

/// Two runs, the second with what the first left: neither has any part of the password, and together
/// they give the row of the whole.
fn lines_cut_anywhere() {
    let (password, parts) = ("QZJ'XKW", ["Q", "Z", "J", "X", "K", "W"]);
    for tail in TAILS {
        let log = format!("{HEAD}{password}{tail}\n");
        let whole = outputs(scratch().path(), &log);
        for cut in 0..log.len() {
            let folder = scratch();
            let (first, second) = log.split_at(cut);
            for piece in [first, second] {
                let outputs = outputs(folder.path(), piece);
                let without_head = outputs.replace("05:22:01Z", "");
                assert!(parts.iter().all(|it| !without_head.contains(it)), "{piece}: {outputs}");
                assert!(piece == first || without_head == whole.replace("05:22:01Z", ""));
            }
        }
    }
}

/// A line that syslog folds is kept for the next run.
fn lines_that_come_again() {
    let folder = scratch();
    let line = format!("{HEAD}SECRET') ann@a.example:192.0.2.1\n");
    let first = outputs(folder.path(), &line);
    let again = "2026-11-22T05:22:05Z mail last message repeated 2 times\n";
    let second = outputs(folder.path(), again);
    assert!(!first.contains("SECRET") && !second.contains("SECRET"));
    assert_eq!(second.matches("ann@a.example\t\t\t\tauth-failed").count(), 2, "{second}");
}
