//! Every command of the manuals that has a state, run in 24 steps while the log grows: together they
//! give what one run over the whole log gives.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use maillog_tests::logs::{capture, read_log};
use maillog_tests::{Random, Running, Test, peer, root, run, scratch, sh, tests, tool};

pub const TESTS: &[Test] = tests![
    none_is_left_out,
    lines_to_a_file,
    rows_through_a_pipe,
    a_log_in_pieces,
    files_one_after_the_other,
    days_of_sessions,
    a_processor_and_what_it_left,
    closed_logs_by_hand,
];

const STEPS: usize = 24;
const LABEL: usize = 25;

/// The commands, as the manuals have them, each with its page.
const TO_FILE: [&str; 2] =
    ["multilog-cat.1", "multilog-cat --state=/var/lib/qmail.place /var/log/qmail >new"];
const THROUGH_PIPE: [&str; 2] = [
    "multilog-cat.1",
    "multilog-cat --state-from=last/place --state=next/place /var/log/qmail |\n    \
     qmsend-parse --pending-from=last/pending -p next/pending >next/rows",
];
const FIRST_PIECE: [&str; 2] =
    ["qmsend-parse.1", "head -c 500 qmail | qmsend-parse --pending=state | wc -l"];
const SECOND_PIECE: [&str; 2] =
    ["qmsend-parse.1", "tail -c +501 qmail | qmsend-parse --pending=state | wc -l"];
const DAYS: [&str; 2] = [
    "maillog-recipes.7",
    "multilog-cat --since=2026-11-22 --until=2026-11-23 /var/log/smtpd |\n    \
     session-parse --pending-from=2026-11-21.open --open \\\n    \
     -p 2026-11-22.open >2026-11-22.sessions",
];
const PROCESSOR: [&str; 2] = [
    "qplogsumm.1",
    "multilog t s5000000 n10 '!qplogsumm --state=/var/lib/totals' /var/log/qpsmtpd",
];
const UNPROCESSED: [&str; 2] =
    ["qplogsumm.1", "qplogsumm --state=/var/lib/totals /var/log/qpsmtpd/@*.u > /dev/null"];
const CLOSED: [&str; 2] = ["qplogsumm.1", "cat smtpd/*.s | qplogsumm --state=totals > copy"];
/// The same with a file that was added already.
const AGAIN: [&str; 2] = ["qplogsumm.1", "qplogsumm --state=totals smtpd/current > copy"];
/// A file for each day, read one after the other.
const CHAIN: [&str; 2] =
    ["maillog-scale.7", "for day in mon tue; do qmsend-parse -p pending $day; done | wc -l"];
/// Tested with the examples.
const JOB: [&str; 2] =
    ["maillog-recipes.7", "incremental.sh /var/lib/maillog/send /var/log/qmail/send"];

/// What is typed in a page: commands of displays, with the lines on which they go on.
fn commands(page: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let (mut display, mut goes_on) = (false, false);
    for line in page.lines() {
        display = (display || line.starts_with(".Bd -literal")) && line != ".Ed";
        let Some(text) = line.strip_prefix(".Dl ").or(display.then_some(line)) else { continue };
        let text = maillog_tests::man::unescape(text);
        match commands.last_mut() {
            Some(command) if goes_on => command.extend(["\n", &text]),
            _ => commands.push(text.strip_prefix("$ ").unwrap_or(&text).to_owned()),
        }
        goes_on = text.ends_with(['|', '\\']);
    }
    commands
}

fn none_is_left_out() {
    let tested = [
        TO_FILE,
        THROUGH_PIPE,
        FIRST_PIECE,
        SECOND_PIECE,
        DAYS,
        PROCESSOR,
        UNPROCESSED,
        CLOSED,
        AGAIN,
        CHAIN,
        JOB,
    ];
    let mut found = 0;
    for name in maillog_tests::names_in(&root().join("man")) {
        let page = fs::read_to_string(root().join("man").join(&name)).unwrap();
        for command in commands(&page) {
            let has_state = ["--state", "--pending", "-parse -p", "-parse -qp", "incremental.sh"];
            if has_state.iter().any(|word| command.contains(word)) {
                assert!(tested.contains(&[&name, &command]), "{name}: not tested here: {command}");
                found += 1;
            }
        }
    }
    // one is shown twice
    assert_eq!(found, tested.len() + 1, "a command that is tested here is in no manual");
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(!readme.contains("--state") && !readme.contains("--pending"));
}

/// A folder with a log that grows.
struct Ground {
    folder: tempfile::TempDir,
    whole: Vec<u8>,
    pieces: Vec<std::ops::Range<usize>>,
}

impl Ground {
    fn new(name: &str) -> Self {
        let whole = read_log(&capture(name));
        let pieces = Random::new(24).ranges(whole.len(), STEPS);
        let folder = scratch();
        fs::create_dir(folder.path().join("log")).unwrap();
        Ground { folder, whole, pieces }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command, which must end well; gives what it writes.
    fn run(&self, command: &str) -> Vec<u8> {
        let ran = run(&mut sh(command, self.path()), b"");
        assert_eq!(ran.code, Some(0), "{command}: {}", ran.err);
        ran.out
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap()
    }

    /// Adds a piece; now and then the file is ended, within a line too.
    fn grow(&self, step: usize) {
        let log = self.path().join("log");
        let current = log.join("current");
        let mut file = File::options().append(true).create(true).open(&current).unwrap();
        file.write_all(&self.whole[self.pieces[step].clone()]).unwrap();
        let text = fs::read(&current).unwrap();
        let mut lines = text.split(|byte| *byte == b'\n').rev();
        let last = lines.find(|line| line.len() > LABEL && line[0] == b'@');
        if let Some(last) = last.filter(|_| step % 5 == 4) {
            let name = format!("{}.s", std::str::from_utf8(&last[..LABEL]).unwrap());
            fs::rename(&current, log.join(name)).unwrap();
            fs::write(current, "").unwrap();
        }
    }
}

fn lines_to_a_file() {
    let ground = Ground::new("qmail-send");
    let command = TO_FILE[1].replace("/var/lib/", "").replace("/var/log/qmail", "log");
    let mut all = Vec::new();
    for step in 0..STEPS {
        ground.grow(step);
        ground.run(&command);
        all.extend(ground.read("new"));
    }
    assert!(all == ground.whole);
}

fn rows_through_a_pipe() {
    let ground = Ground::new("qmail-send");
    let command = THROUGH_PIPE[1].replace("/var/log/qmail", "log");
    let mut rows = Vec::new();
    for step in 0..STEPS {
        ground.grow(step);
        ground.run(&format!("mkdir next\n{command}\nrm -rf last; mv next last"));
        rows.extend(ground.read("last/rows"));
    }
    let once = run(tool("qmsend-parse").arg("-qp").arg(ground.path().join("one")), &ground.whole);
    assert!(rows == once.succeeded().out && rows.len() > 10_000);
}

fn a_log_in_pieces() {
    let ground = Ground::new("qmail-send");
    fs::write(ground.path().join("qmail"), &ground.whole).unwrap();
    let once = run(tool("qmsend-parse").arg("-qp").arg(ground.path().join("one")), &ground.whole);
    let mut rows = Vec::new();
    for piece in &ground.pieces {
        let (command, cut) = match piece.start {
            0 => (FIRST_PIECE[1].replace("500", &piece.end.to_string()), String::new()),
            start => {
                let cut = format!("head -c {} | ", piece.len());
                (SECOND_PIECE[1].replace("501", &(start + 1).to_string()), cut)
            }
        };
        let command = command.replace("| wc -l", "").replace("| qmsend", &format!("| {cut}qmsend"));
        rows.extend(ground.run(&command));
    }
    assert!(rows == once.succeeded().out && rows.len() > 10_000);
}

/// Time and bytes of rows of sessions, and how many have ended. (A time in which the server was full
/// is a row, and so is each part of it.)
fn sums(rows: &[u8]) -> ([u64; 3], usize) {
    let rows = String::from_utf8(rows.to_vec()).unwrap();
    let (mut sums, mut ended) = ([0; 3], 0);
    for row in rows.lines() {
        let fields: Vec<&str> = row.split('\t').collect();
        for (sum, at) in sums.iter_mut().zip([7, 8, 9]) {
            *sum += fields[at].parse::<u64>().unwrap_or(0);
        }
        ended += usize::from(!matches!(fields[10], "open" | "full"));
    }
    (sums, ended)
}

/// Of days whose log is read by time; a session that lasts is divided, and its parts add up.
fn files_one_after_the_other() {
    let ground = Ground::new("qmail-send");
    let names: Vec<String> = (0..STEPS).map(|number| number.to_string()).collect();
    for (name, piece) in names.iter().zip(&ground.pieces) {
        fs::write(ground.path().join(name), &ground.whole[piece.clone()]).unwrap();
    }
    let once = run(tool("qmsend-parse").arg("-qp").arg(ground.path().join("one")), &ground.whole);
    ground.run(&CHAIN[1].replace("mon tue", &names.join(" ")).replace("| wc -l", ">rows"));
    assert!(ground.read("rows") == once.succeeded().out);
}

fn days_of_sessions() {
    let ground = Ground::new("tcpserver");
    fs::write(ground.path().join("log/current"), &ground.whole).unwrap();
    let once = run(tool("session-parse").args(["-q", "--open"]), &ground.whole).succeeded().out;
    let first = read_seconds(&ground.whole, 0);
    let last = read_seconds(&ground.whole, ground.whole.len() - 100);
    let mut rows = Vec::new();
    for step in 0..STEPS {
        let at =
            |step: usize| (first + (last + 1 - first) * step as u64 / STEPS as u64).to_string();
        let command = DAYS[1]
            .replace("--since=2026-11-22", &format!("--since={}", at(step)))
            .replace("--until=2026-11-23", &format!("--until={}", at(step + 1)))
            .replace("2026-11-21.", &format!("{}.", at(step)))
            .replace("2026-11-22.", &format!("{}.", at(step + 1)))
            .replace("/var/log/smtpd", "log");
        ground.run(&command);
        rows.extend(ground.read(&format!("{}.sessions", at(step + 1))));
    }
    assert_eq!(sums(&rows), sums(&once));
    assert!(once.len() > 10_000);
}

/// The seconds of the label of the first line after a place.
fn read_seconds(log: &[u8], from: usize) -> u64 {
    let text = String::from_utf8_lossy(&log[from..]);
    let line = text.lines().skip(usize::from(from > 0)).find(|line| line.starts_with('@')).unwrap();
    u64::from_str_radix(&line[2..17], 16).unwrap() - 10
}

/// The dispositions of a log and their counts.
fn shown(ground: &Ground, state: &str) -> Vec<u8> {
    ground.run(&format!("qplogsumm --show {state} | cut -f 1,3"))
}

/// What the capture holds, counted by awk.
fn counted(ground: &Ground) -> Vec<u8> {
    fs::write(ground.path().join("whole"), &ground.whole).unwrap();
    ground.run(
        "grep -a 'logging::logterse' whole | awk -F'\\t' 'NF >= 8 { n[$6]++ } \
         END { for (d in n) print d \"\\t\" n[d] }' | LC_ALL=C sort -t '\t' -k2,2nr -k1,1",
    )
}

fn a_processor_and_what_it_left() {
    if peer("multilog", "totals of a processor").is_none() {
        return;
    }
    let ground = Ground::new("qpsmtpd-0.94");
    let paths =
        |command: &str| command.replace("/var/lib/", "../").replace("/var/log/qpsmtpd", "./log");
    // it runs its processor in the folder of the log
    let command = paths(PROCESSOR[1]).replace("s5000000 n10", "s16384 n1000").replace(" t ", " ");
    let mut fed = 0;
    for piece in &ground.pieces {
        // what ends within a line gets an end from multilog
        let rest = ground.whole[piece.end..].iter().position(|byte| *byte == b'\n');
        let end = rest.map_or(piece.end, |newline| piece.end + newline + 1).max(fed);
        let mut writer = Running::start(sh(&format!("exec {command}"), ground.path()));
        writer.feed(&ground.whole[fed..end]);
        assert!(writer.end().success());
        fed = end;
    }
    // as multilog does when it is started after a kill
    let last = "mv log/current log/@400000007000000000000000.u";
    ground.run(&format!("{last}; {}", paths(UNPROCESSED[1]).replace("../", "")));
    assert_eq!(
        String::from_utf8(shown(&ground, "totals")).unwrap(),
        String::from_utf8(counted(&ground)).unwrap()
    );
}

fn closed_logs_by_hand() {
    let ground = Ground::new("qpsmtpd-0.94");
    for step in 0..STEPS {
        fs::write(ground.path().join("piece"), &ground.whole[ground.pieces[step].clone()]).unwrap();
        let command = CLOSED[1].replace("smtpd/*.s", "piece");
        ground.run(&format!("{command}; cmp copy piece"));
    }
    assert_eq!(
        String::from_utf8(shown(&ground, "totals")).unwrap(),
        String::from_utf8(counted(&ground)).unwrap()
    );
}
