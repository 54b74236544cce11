//! The nightly job, and parsers with a pending file, under kill -9, a full disk and a second copy of
//! itself: afterwards it is run again, undisturbed, and must reach the same end as if nothing had
//! happened.
#![allow(
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test that cannot go on stops, and says why"
)]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::Duration;

use maillog_tests::strace::{noted, places, strace};
use maillog_tests::{
    Random, command, copy_files, names_in, peer, root, run, run_trials, scratch, sh, tool, trial,
};

#[path = "crash/errors.rs"]
mod errors;
#[path = "crash/pending.rs"]
mod pending;
#[path = "crash/postgres.rs"]
mod postgres;
#[path = "crash/strangers.rs"]
mod strangers;
#[path = "crash/writers.rs"]
mod writers;

use errors::{CALLS, HARMS, share};

fn main() -> ExitCode {
    let tests: [(&str, fn()); 21] = [
        ("all that write files: each system call fails, or is the last", errors::every_call),
        ("all that write files: locks of others hold up nobody", strangers::locks),
        ("all that write files: another copy is waited for, not for ever", strangers::copies),
        ("all that write files: owner, group and mode stay", strangers::owners),
        ("all that write files: no link of another user is followed", strangers::links),
        ("all that write files: nothing but a regular file, nothing in the way", strangers::kinds),
        ("all that write files: what is standard output, too, stays", strangers::outputs),
        ("all that write files: a lock that cannot be taken is named", strangers::names_of_locks),
        ("tai64nlocal: only a regular file of a zone's size is a zone", strangers::zones),
        ("all that read a file whole: a longer or compressed one is refused", strangers::lengths),
        ("traffic-load disturbed at every system call", load_disturbed),
        ("traffic-rotate disturbed at every system call", rotate_disturbed),
        ("traffic-load, traffic-rotate: what is said or removed was synced before", order_of_syncs),
        (
            "traffic-load, traffic-rotate: the nightly job killed 300 times at random",
            killed_at_random,
        ),
        ("traffic-load, traffic-rotate: the nightly job on a full disk", full_disk),
        ("traffic-load, traffic-rotate: two of each at once", two_at_once),
        ("traffic-load with PostgreSQL disturbed wherever it sends or writes", postgres::disturbed),
        ("traffic-load with PostgreSQL killed 100 times at random", postgres::killed_at_random),
        ("traffic-load with PostgreSQL: two at once", postgres::two_at_once),
        ("qmsend-parse, session-parse: killed 100 times at random", pending::killed_at_random),
        ("qmsend-parse, session-parse: two copies at once", pending::two_at_once),
    ];
    run_trials(tests.into_iter().map(|(name, test)| trial(name, test)).collect())
}

/// The traffic of a few days in `in`, to be loaded in `traffic.db` and archived in `archive`.
struct Scene(PathBuf);

impl Scene {
    /// Makes the files; every fourth is compressed already.
    fn new(folder: &Path, files: usize) -> Self {
        let scene = Scene(folder.to_owned());
        fs::create_dir(folder.join("in")).unwrap();
        for number in 0..files {
            let kind = ["qml.txt", "txt", "gst.txt", "ftp.txt"][number % 4];
            let name = format!("in/{:02}.06.2005.{kind}", number / 4 + 1);
            let mut text = String::from("|name|xFer(kB)|Hits_All|Hits_HTML|\n");
            for domain in 0..3 + number {
                let kilobytes = number * 100 + domain;
                writeln!(text, "|d{domain}.example|{kilobytes}|{domain}|0|").unwrap();
            }
            fs::write(folder.join(&name), text).unwrap();
            if number % 4 == 3 {
                run(&mut sh(&format!("gzip -n {name}"), folder), b"").succeeded();
            }
        }
        for number in 0..files / 2 {
            let mut text = String::new();
            for row in 0..3 + number {
                let (day, value) = (number + 2 - row % 2, number * 100 + row);
                let row =
                    format!("2026-11-{day:02}\t\tmail1\td{row}.test\t\tsmtp\tm{row}\t\t{value}");
                writeln!(text, "{row}").unwrap();
            }
            fs::write(folder.join(format!("in/2026-11-{:02}.m.metrics", number + 2)), text)
                .unwrap();
        }
        scene
    }

    /// Puts a database of version 1 there.
    fn with_old_database(self) -> Self {
        let old = fs::read_to_string(root().join("tests/crash/version-1.sql")).unwrap();
        run(command("sqlite3").arg("traffic.db").current_dir(&self.0), old.as_bytes()).succeeded();
        self
    }

    fn copy(&self, folder: &Path) -> Self {
        copy_files(&self.0, folder);
        Scene(folder.to_owned())
    }

    /// A tool with the files that are still there as operands.
    fn job(&self, program: Command, arguments: [&str; 2]) -> Command {
        let mut program = program;
        program.current_dir(&self.0).args(arguments).arg("--");
        program.args(names_in(&self.0.join("in")).iter().map(|name| format!("in/{name}")));
        program
    }

    fn load(&self, program: Command) -> Command {
        self.job(program, ["--db", "traffic.db"])
    }

    fn rotate(&self, program: Command) -> Command {
        self.job(program, ["--into", "archive"])
    }

    /// Runs the whole job, undisturbed, and tells what is there at its end.
    fn end(&self) -> String {
        for mut step in [self.load(tool("traffic-load")), self.rotate(tool("traffic-rotate"))] {
            run(&mut step, b"").succeeded();
        }
        let look = "
            sqlite3 traffic.db 'PRAGMA integrity_check; PRAGMA user_version' \
                'SELECT * FROM translog ORDER BY day, kind, domain' \
                'SELECT name, sha256, day, kind, host, lines, kilobytes FROM ledger ORDER BY day, kind' \
                'SELECT * FROM metric_row ORDER BY day, domain' 'SELECT day, kind FROM file ORDER BY day'
            traffic-load --db=traffic.db --print=metrics -b domain
            for archive in archive/*; do echo $archive; gzip -dc $archive; done
            find . -type f ! -path './archive/*.gz' | sort";
        run(&mut sh(look, &self.0), b"").succeeded().text()
    }
}

/// The end that every run must reach; it is checked itself, against the files that went in.
fn undisturbed(scene: &Scene, files: usize) -> String {
    let folder = scratch();
    let copy = scene.copy(folder.path());
    let end = copy.end();
    assert_eq!(copy.end(), end, "the second run changed something");
    let rows = |files| -> usize { (0..files).map(|number| 3 + number).sum() };
    let count = |words: &str| end.lines().filter(|line| line.contains(words)).count();
    let (all, of_metrics) = (files + files / 2, files / 2);
    assert_eq!((count(".example|"), count("archive/")), (2 * rows(files), all), "{end}");
    // as they are in the database, as they are printed, and in the archives
    assert_eq!(count(".test"), 3 * rows(of_metrics), "{end}");
    assert!(end.starts_with("ok\n2\n") && end.ends_with("\n./traffic.db\n"), "{end}");
    let kilobytes = |line: &str| line.strip_prefix('|')?.split('|').nth(1)?.parse::<u64>().ok();
    let there: u64 = end.lines().filter_map(kilobytes).sum();
    let sum = "sqlite3 traffic.db 'SELECT sum(kilobytes) FROM translog'";
    assert_eq!(run(&mut sh(sum, &copy.0), b"").text(), format!("{there}\n"));
    end
}

/// Are these programs there, and those without which nothing can be seen?
fn peers_are_there(more: &[&str]) -> bool {
    let peers = ["sqlite3", "gzip"].iter().chain(more);
    peers.into_iter().all(|name| peer(name, "the end of a job that was disturbed").is_some())
}

/// Disturbs `step` of the job at each of its system calls that touch files: kills it there, and lets
/// the call fail in four ways.
fn disturb_every_call(start: &Scene, end: &str, name: &str, step: fn(&Scene, Command) -> Command) {
    let notes = scratch();
    let trace = notes.path().join("trace");
    let traced = |scene: &Scene, inject: &[&str]| {
        let only = format!("-etrace={CALLS}");
        let options = [&[only.as_str()], inject].concat();
        let ran = run(&mut step(scene, strace(name, &trace, &options)), b"");
        (ran, noted(&trace))
    };
    let folder = scratch();
    let (ran, calls) = traced(&start.copy(folder.path()), &[]);
    ran.succeeded();
    let places = places(&calls);
    assert!(places.len() > 20, "strace saw too little: {calls:#?}");
    let (mut random, mut runs) = (Random::new(0xD15C), 0);
    for (call, when) in &places {
        for harm in HARMS {
            if !share(&mut random, 16) {
                continue;
            }
            runs += 1;
            let what = format!("-einject={call}:{harm}:when={when}");
            let folder = scratch();
            let scene = start.copy(folder.path());
            let (ran, log) = traced(&scene, &[&what]);
            if harm == "signal=KILL" {
                assert_eq!(ran.code, None, "{what}: not killed: {log:#?}");
            } else {
                let injected = log.iter().any(|call| call.contains("(INJECTED)"));
                assert!(injected, "{what}: did not happen: {log:#?}");
                assert!(ran.code.is_some(), "{what}: died of it: {}", ran.err);
            }
            assert_eq!(scene.end(), end, "{what}");
        }
    }
    eprintln!("{name}: {runs} runs that were disturbed at {} system calls, 0 bad", places.len());
}

const FEW: usize = 4;

fn load_disturbed() {
    if !peers_are_there(&["strace"]) {
        return;
    }
    let folder = scratch();
    let scene = Scene::new(folder.path(), FEW);
    let end = undisturbed(&scene, FEW);
    disturb_every_call(&scene, &end, "traffic-load", Scene::load);
    disturb_every_call(&scene.with_old_database(), &end, "traffic-load", Scene::load);
}

fn rotate_disturbed() {
    if !peers_are_there(&["strace"]) {
        return;
    }
    let folder = scratch();
    let scene = Scene::new(folder.path(), FEW);
    let end = undisturbed(&scene, FEW);
    run(&mut scene.load(tool("traffic-load")), b"").succeeded();
    // one file was archived by a run that was killed before it removed the file, and one was begun
    let killed = "mkdir archive; gzip -nc in/01.06.2005.txt >archive/01.06.2005.txt.gz
        echo half >archive/.traffic-rotate.tmp.1";
    run(&mut sh(killed, &scene.0), b"").succeeded();
    disturb_every_call(&scene, &end, "traffic-rotate", Scene::rotate);
}

/// What a power cut would show and a kill does not: the order of the system calls.
fn order_of_syncs() {
    if !peers_are_there(&["strace"]) {
        return;
    }
    let folder = scratch();
    let scene = Scene::new(folder.path(), FEW);
    fs::create_dir(scene.0.join("archive")).unwrap();
    let trace = folder.path().join("trace");
    let calls = |step: fn(&Scene, Command) -> Command, name: &str, wanted: &[&str]| {
        run(&mut step(&scene, strace(name, &trace, &[])), b"").succeeded();
        let noted = noted(&trace);
        let name = |line: &String| line.split('(').next().unwrap_or_default().to_owned();
        noted.iter().map(name).filter(|name| wanted.contains(&name.as_str())).collect::<Vec<_>>()
    };
    let load = calls(Scene::load, "traffic-load", &["fsync", "write"]);
    // the database is written by pwrite64
    let said = load.iter().position(|call| call == "write").unwrap();
    assert!(said >= FEW + FEW / 2 && load.len() == said + 1, "{load:?}");
    // the archive, its name, the temporary name, the source, its folder
    let each = ["fsync", "linkat", "fsync", "unlinkat", "unlinkat", "fsync"];
    let wanted = ["fsync", "linkat", "unlinkat"];
    // around all the lock
    let all = [&wanted[1..], &each.repeat(FEW + FEW / 2), &wanted[2..]].concat();
    assert_eq!(calls(Scene::rotate, "traffic-rotate", &wanted), all);
}

/// Starts the two tools as the pipeline that cron runs.
fn pipeline(scene: &Scene) -> [Child; 2] {
    let quiet = |command: &mut Command| {
        command.stdout(Stdio::piped()).stderr(Stdio::null()).stdin(Stdio::null()).spawn().unwrap()
    };
    let mut load = quiet(&mut scene.load(tool("traffic-load")));
    let mut rotate = tool("traffic-rotate");
    rotate.current_dir(&scene.0).args(["--into", "archive"]).stdin(load.stdout.take().unwrap());
    let rotate = rotate.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    [load, rotate]
}

fn killed_at_random() {
    const MANY: usize = 40;
    if !peers_are_there(&[]) {
        return;
    }
    let folder = scratch();
    let start = Scene::new(folder.path(), MANY);
    let end = undisturbed(&start, MANY);
    let mut random = Random::new(2005);
    let (mut kills, mut nights) = (0, 0);
    while kills < 300 {
        nights += 1;
        assert!(nights < 1000, "only {kills} kills hit a running job");
        let folder = scratch();
        let scene = start.copy(folder.path());
        // up to four nights in a row go wrong
        for _ in 0..=random.below(4) {
            let victim = random.below(3);
            let mut job = pipeline(&scene);
            sleep(Duration::from_micros(random.below(40_000) as u64));
            for (number, process) in job.iter_mut().enumerate() {
                if victim != 1 - number && process.try_wait().unwrap().is_none() {
                    process.kill().unwrap();
                    kills += 1;
                }
            }
            for mut process in job {
                process.wait().unwrap();
            }
        }
        assert_eq!(scene.end(), end, "night {nights}");
    }
    eprintln!("{kills} kills in {nights} nights");
}

/// A small disk, gone when it is dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(folder: &Path, size: &str) -> Option<Self> {
        let mut mount = command("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(folder);
        (run(&mut mount, b"").code == Some(0)).then(|| Disk(folder.to_owned()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run(command("umount").arg(&self.0), b"");
    }
}

/// With no free block, with one, two and so on, until the job has room for all it does.
fn full_disk() {
    const PAGE: usize = 4096;
    if !peers_are_there(&[]) {
        return;
    }
    let folder = scratch();
    let Some(disk) = Disk::mount(folder.path(), "1m") else {
        eprintln!("SKIPPED: no tmpfs can be mounted: a full disk is not tried");
        return;
    };
    let ground = scratch();
    let start = Scene::new(ground.path(), FEW);
    let end = undisturbed(&start, FEW);
    let mut failures = [0, 0];
    for pages in 0..200 {
        let scene = start.copy(&disk.0.join("scene"));
        let ballast = disk.0.join("ballast");
        // fails when the disk is full, which is what is wanted
        let _ = fs::write(&ballast, vec![0; 1 << 20]);
        let full = fs::metadata(&ballast).unwrap().len();
        let left = full.saturating_sub((pages * PAGE) as u64);
        fs::File::options().write(true).open(&ballast).unwrap().set_len(left).unwrap();
        let load = run(&mut scene.load(tool("traffic-load")), b"");
        let mut archive = tool("traffic-rotate");
        let rotate = run(archive.current_dir(&scene.0).args(["--into", "archive"]), &load.out);
        for (failed, ran) in failures.iter_mut().zip([&load, &rotate]) {
            assert!(matches!(ran.code, Some(0 | 2)), "{pages} pages: {ran:?}");
            *failed += u32::from(ran.code == Some(2));
        }
        fs::remove_file(&ballast).unwrap();
        assert_eq!(scene.end(), end, "{pages} free pages");
        fs::remove_dir_all(&scene.0).unwrap();
        if load.code == Some(0) && rotate.code == Some(0) {
            assert!(failures.iter().all(|failed| *failed > 0), "never full: {failures:?}");
            eprintln!("runs that met a full disk: {failures:?}");
            return;
        }
    }
    panic!("it never had room: {failures:?}");
}

/// Two of each at once: loaders wait for each other, the second rotator gives up or finds nothing.
fn two_at_once() {
    const SOME: usize = 12;
    if !peers_are_there(&[]) {
        return;
    }
    let folder = scratch();
    let start = Scene::new(folder.path(), SOME);
    let end = undisturbed(&start, SOME);
    for round in 0..20 {
        let folder = scratch();
        let scene = start.copy(folder.path());
        let both = |step: fn(&Scene, Command) -> Command, name| {
            let mut jobs = [0, 1].map(|_| {
                let mut job = step(&scene, tool(name));
                job.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
            });
            jobs.each_mut().map(|job| job.wait().unwrap().code())
        };
        assert_eq!(both(Scene::load, "traffic-load"), [Some(0); 2], "round {round}");
        let codes = both(Scene::rotate, "traffic-rotate");
        assert!(codes.contains(&Some(0)), "round {round}: {codes:?}");
        assert_eq!(scene.end(), end, "round {round}");
    }
}
