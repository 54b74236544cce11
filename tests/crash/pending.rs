//! The pending files of the parsers: whatever happens to a run, the file is the old one, or the new
//! one and all rows were written.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use maillog_tests::logs::{capture, read_log};
use maillog_tests::{Random, command, run, scratch, tool};

/// The tools, each with a log for it.
const TOOLS: [(&str, &str); 2] = [("qmsend-parse", "qmail-send"), ("session-parse", "tcpserver")];

/// A night: the lines of it, what the night before left, and what must come of both.
struct Night {
    tool: &'static str,
    log: Vec<u8>,
    before: Vec<u8>,
    after: Vec<u8>,
    rows: Vec<u8>,
}

impl Night {
    fn new(name: &'static str, log: &str) -> Self {
        let log = read_log(&capture(log));
        let (first, second) = log.split_at(log.len() / 2 - 10);
        let folder = scratch();
        let state = folder.path().join("state");
        let night = |log: &[u8]| {
            let ran = run(tool(name).arg("-qp").arg(&state), log).succeeded();
            (ran.out, fs::read(&state).unwrap())
        };
        let (_, before) = night(first);
        let (rows, after) = night(second);
        assert!(before != after && before.len() > 200 && rows.len() > 1000);
        Night { tool: name, log: second.to_vec(), before, after, rows }
    }

    fn prepare(&self, folder: &Path) {
        fs::write(folder.join("state"), &self.before).unwrap();
        fs::write(folder.join("log"), &self.log).unwrap();
    }

    /// What a run with this status left in the folder must be sound.
    fn check(&self, folder: &Path, code: Option<i32>, what: &str) {
        let state = fs::read(folder.join("state")).unwrap();
        let all = fs::read(folder.join("rows")).unwrap() == self.rows;
        let (old, new) = (state == self.before, state == self.after);
        assert!(old || new && all, "{what}: neither the old file nor the new one with all rows");
        assert!(code != Some(0) || new, "{what}: status 0 and the old file");
        if old {
            // the next run brings all
            let mut again = tool(self.tool);
            let again = run(again.args(["-qp", "state", "log"]).current_dir(folder), b"");
            assert!(again.succeeded().out == self.rows, "{what}: other rows");
            assert!(fs::read(folder.join("state")).unwrap() == self.after, "{what}: other file");
        }
    }
}

/// Kills the tools at random moments.
pub fn killed_at_random() {
    const KILLS: usize = 100;
    for (name, log) in TOOLS {
        let night = Night::new(name, log);
        let (mut random, mut kills, mut runs) = (Random::new(2026), 0, 0);
        while kills < KILLS {
            runs += 1;
            assert!(runs < 2000, "{name}: only {kills} kills hit a running job");
            let folder = scratch();
            night.prepare(folder.path());
            let mut job = tool(name);
            let rows = fs::File::create(folder.path().join("rows")).unwrap();
            job.args(["-qp", "state", "log"]).current_dir(folder.path()).stdout(rows);
            let mut job = job.spawn().unwrap();
            sleep(Duration::from_micros(random.below(8_000) as u64));
            job.kill().unwrap();
            let code = job.wait().unwrap().code();
            kills += usize::from(code.is_none());
            night.check(folder.path(), code, &format!("{name}: run {runs}"));
        }
        eprintln!("{name}: {kills} kills in {runs} runs");
    }
}

/// Two copies at once: the second waits, and goes on from what the first left.
pub fn two_at_once() {
    for (name, log) in TOOLS {
        let night = Night::new(name, log);
        let folder = scratch();
        night.prepare(folder.path());
        let start = || {
            let mut job = command("sh");
            let script =
                format!("exec {} -qp state log >rows.$$", tool(name).get_program().display());
            job.args(["-c", &script]).current_dir(folder.path()).spawn().unwrap()
        };
        for mut job in [start(), start()] {
            assert!(job.wait().unwrap().success(), "{name}");
        }
        let outputs = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let outputs: Vec<Vec<u8>> = outputs
            .filter(|path| path.to_string_lossy().contains("rows."))
            .map(|path| fs::read(path).unwrap())
            .collect();
        assert_eq!(outputs.len(), 2, "{name}");
        assert!(outputs.contains(&night.rows), "{name}: neither gave the rows of the night");
    }
}
