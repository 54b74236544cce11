//! session-parse on logs that do not tell the ends of sessions: neither memory nor a day is filled.

use std::fmt::Write;
use std::fs;

use maillog_tests::{Test, run, scratch, tests, tool};

pub const TESTS: &[Test] =
    tests![a_crowd, two_weeks_of_silence, silence_over_runs, a_process_number_that_comes_again];

/// 2026-11-22 05:07:28 UTC, as the labels below have it.
const START: u64 = 1_795_324_048;

fn line(seconds: u64, words: &str) -> String {
    let label = 0x4000_0000_0000_000a + START + seconds;
    format!("@{label:016x}00000000 tcpserver: {words}\n")
}

const COLUMNS: &str = "--fields=time,pid,active_ms,end";

/// More than 100,000 sessions: the oldest gives way, and that is told.
fn a_crowd() {
    let mut log = String::new();
    for pid in 0..100_002 {
        write!(log, "{}", line(pid / 1000, &format!("pid {pid} from 192.0.2.1"))).unwrap();
    }
    let ran = run(tool("session-parse").arg("--fields=pid,active_ms,end"), log.as_bytes());
    assert_eq!(ran.text(), "0\t100000\tlost\n1\t100000\tlost\n");
    let told = "session-parse: sessions: 2 lost, since more than 100000 were open\n\
        session-parse: sessions: 100000 open at the end; see --open and --pending\n";
    assert_eq!((ran.err.as_str(), ran.code), (told, Some(0)));
}

const TWO_WEEKS: u64 = 14 * 86_400;

fn two_weeks_of_silence() {
    let begin = line(0, "pid 7 from 192.0.2.7");
    let last = |seconds| begin.clone() + &line(seconds, "pid 8 from 192.0.2.8");
    let ran = run(tool("session-parse").arg(COLUMNS), last(TWO_WEEKS).as_bytes());
    let told = "session-parse: sessions: 2 open at the end; see --open and --pending\n";
    assert_eq!((ran.text().as_str(), ran.err.as_str()), ("", told));
    let ran = run(tool("session-parse").arg(COLUMNS), last(TWO_WEEKS + 1).as_bytes());
    // the moment at which it is given up, not that of the line that shows it
    let label = line(TWO_WEEKS, "");
    let expected = format!("{}\t7\t1209600000\tlost\n", &label[..25]);
    assert_eq!(ran.text(), expected);
    assert!(ran.err.contains("1 lost, since nothing was heard for 14 days"), "{}", ran.err);
}

/// Each day has 24 hours of a session whose end is missing, until it is given up.
fn silence_over_runs() {
    let folder = scratch();
    let (mut sum, mut rows) = (0, Vec::new());
    for day in 0..20 {
        let mut log = String::new();
        if day == 0 {
            log += &line(0, "pid 7 from 192.0.2.7");
            log += &line(0, "ok 7 mx:192.0.2.9:2525 :192.0.2.7::4007");
        }
        log += &line(day * 86_400 + 86_399, "status: 1/40");
        let mut command = tool("session-parse");
        command.args(["-q", "--open", "-p", "state", COLUMNS]).current_dir(folder.path());
        let ran = run(&mut command, log.as_bytes());
        // what is lost is said with -q too
        let lost = "session-parse: sessions: 1 lost, since nothing was heard for 14 days\n";
        let said = if day == 14 { lost } else { "" };
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), said), "day {day}");
        for row in ran.rows() {
            sum += row[2].parse::<u64>().unwrap();
            rows.push(row[3].clone());
        }
    }
    assert_eq!(sum, TWO_WEEKS * 1000);
    assert_eq!(rows.iter().filter(|end| *end == "open").count(), 14);
    assert_eq!(rows.last().map(String::as_str), Some("lost"));
    let state = fs::read_to_string(folder.path().join("state")).unwrap();
    assert!(!state.contains("session\t"), "{state}");
}

fn a_process_number_that_comes_again() {
    let log: String = (0..1000).map(|at| line(at, "pid 7 from 192.0.2.7")).collect();
    let ran = run(tool("session-parse").arg("-f=end,active_ms"), log.as_bytes());
    let rows = ran.rows();
    assert_eq!(rows.len(), 999);
    assert!(rows.iter().all(|row| *row == ["lost", "1000"]));
}
