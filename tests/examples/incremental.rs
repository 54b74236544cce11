//! The job that reads on: killed at random with all that it started or only its reader or its writer,
//! while the log grows and is rotated, its runs together have the rows of the whole log.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use maillog_tests::logs::{capture, read_log};
use maillog_tests::{Random, bin_dir, command, names_in, run, sh};

use crate::{Host, kill_group, lacks_flock};

const KILLS: usize = 300;
const STEPS: usize = 24;
const LABEL: usize = 25;

/// The programs of the job, which live as long as their variables say, or until the job is killed.
fn mortal(host: &Host) {
    for name in ["multilog-cat", "qmsend-parse"] {
        let life = name.replace('-', "_");
        let real = bin_dir().join(name);
        let script = format!(
            "#!/bin/sh\nexec timeout --foreground -s KILL \"${life}\" {} \"$@\"\n",
            real.display()
        );
        host.program(name, &script);
    }
}

/// Adds a piece to the log; some files are ended after it, within a line, too.
fn grow(log: &Path, piece: &[u8], rotate: bool) {
    let current = log.join("current");
    let mut file = File::options().append(true).create(true).open(&current).unwrap();
    file.write_all(piece).unwrap();
    let text = fs::read(&current).unwrap();
    let last =
        text.split(|byte| *byte == b'\n').rfind(|line| line.len() > LABEL && line[0] == b'@');
    if let Some(last) = last.filter(|_| rotate) {
        let name = format!("{}.s", std::str::from_utf8(&last[..LABEL]).unwrap());
        fs::rename(&current, log.join(name)).unwrap();
        fs::write(current, "").unwrap();
    }
}

/// The job, and how it is killed.
struct Mortal<'a> {
    host: &'a Host,
    random: Random,
    /// How long it may live, at most.
    most_micros: usize,
    attempts: usize,
}

impl Mortal<'_> {
    /// The job, with programs that live for so many seconds.
    fn job(&self, reader: &str, writer: &str) -> Command {
        let mut job = self.host.bare_example("incremental.sh");
        job.arg(self.host.path("runs")).arg(self.host.path("log"));
        job.env("qmsend_parse", reader).env("multilog_cat", writer);
        job.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        job
    }

    /// Starts the job and kills it, or one of its programs; `false` if it came to a good end before.
    fn attempt(&mut self) -> bool {
        self.attempts += 1;
        let micros = self.random.below(self.most_micros);
        let life = format!("{}.{:06}", micros / 2_000_000, micros / 2 % 1_000_000);
        let killed = match self.attempts % 3 {
            0 => !self.job(&life, "60").status().unwrap().success(),
            1 => !self.job("60", &life).status().unwrap().success(),
            _ => kill_group(self.job("60", "60"), Duration::from_micros(micros as u64)),
        };
        // what outlives its job has the lock
        let lock = self.host.path("runs/lock");
        run(command("flock").arg(lock).arg("true"), b"").succeeded();
        killed
    }
}

pub fn killed() {
    if lacks_flock() {
        return;
    }
    let host = Host::new();
    mortal(&host);
    let (log, runs) = (host.path("log"), host.path("runs"));
    fs::create_dir(&log).unwrap();
    let whole = read_log(&capture("qmail-send"));
    let mut random = Random::new(53);
    let pieces = random.ranges(whole.len(), STEPS);
    let mut mortal = Mortal { host: &host, random, most_micros: 0, attempts: 0 };
    // most runs are killed, not all; the first is on a folder that is no log yet
    let begun = Instant::now();
    assert!(!mortal.job("60", "60").status().unwrap().success());
    mortal.most_micros = 3 * usize::try_from(begun.elapsed().as_micros()).unwrap();
    let (mut kills, mut step) = (0, 0);
    while step < STEPS || kills < KILLS {
        assert!(mortal.attempts < 20 * KILLS, "only {kills} kills hit a run");
        if kills * STEPS >= step * KILLS && step < STEPS {
            grow(&log, &whole[pieces[step].clone()], step % 4 == 3);
            step += 1;
        }
        kills += usize::from(mortal.attempt());
    }
    assert!(mortal.job("60", "60").status().unwrap().success());
    let folders = names_in(&runs).into_iter().filter(|name| name.starts_with("run.")).count();
    let read = |number| fs::read(runs.join(format!("run.{number}/rows"))).unwrap();
    let rows: Vec<u8> = (1..=folders).flat_map(read).collect();
    let once = "cat log/@*.s log/current | qmsend-parse -q -p pending";
    let once = run(&mut sh(once, &host.path("")), b"").succeeded().out;
    assert!(rows == once, "other rows after {kills} kills of {} runs", mortal.attempts);
    let lines = whole.split(|byte| *byte == b'\n').filter_map(|line| line.get(LABEL..));
    let ends = lines.filter(|text| text.starts_with(b" delivery ")).count();
    assert_eq!(String::from_utf8_lossy(&rows).lines().count(), ends);
    assert!(!runs.join("next").exists());
    eprintln!("{} runs, {kills} killed, {folders} that count", mortal.attempts);
}
