//! Every tool that writes a file beside its output, killed at each of its system calls that touch
//! files, and with each of these failing in four ways: status, file and rows agree, and the next run
//! reaches the same end.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use maillog_tests::dns::Server;
use maillog_tests::strace::{noted, places};
use maillog_tests::{Ran, Random, copy_files, names_in, peer, run, scratch};

use super::writers::{PROCESSOR, Promise, WRITERS, Writer, server};

/// The system calls that touch files, which are all disturbed.
pub const CALLS: &str = "?read,?pread64,?write,?pwrite64,?copy_file_range,?fsync,?fdatasync,?syncfs,\
    ?openat,?open,?stat,?lstat,?fstat,?newfstatat,?statx,?fstatfs,?lseek,?getdents64,?readlink,\
    ?readlinkat,?link,?linkat,?rename,?renameat,?renameat2,?unlink,?unlinkat,?ftruncate,\
    ?fallocate,?mkdir,?mkdirat,?fchmod,?fchmodat,?chmod,?chown,?fchown,?fchownat,?utimensat,\
    ?flock,?fcntl";
/// What becomes of a system call.
pub const HARMS: [&str; 5] =
    ["signal=KILL", "error=EIO", "error=ENOSPC", "error=EACCES", "error=EINVAL"];

/// Is this one of the disturbances that are tried? All are with `CRASH=all`, in many minutes;
/// without it one in so many, the same ones in each run.
pub fn share(random: &mut Random, one_in: usize) -> bool {
    std::env::var_os("CRASH").is_some_and(|value| value == "all") || random.below(one_in) == 0
}

/// What a folder holds at the end: what was written beside the output, and the rows.
#[derive(PartialEq, Eq)]
struct End {
    written: Vec<(String, Vec<u8>)>,
    rows: Vec<u8>,
}

impl End {
    fn of(writer: &Writer, folder: &Path) -> Self {
        let mut rows = fs::read(folder.join("out")).unwrap_or_default();
        let mut written = writer.written(folder);
        written.retain(|(name, _)| !name.starts_with('.'));
        if writer.promise == Promise::Cache {
            // these hold times of the clock
            rows = without_times(&rows);
            for (_, content) in &mut written {
                *content = without_times(content);
            }
        }
        End { written, rows }
    }
}

/// Answers without the moments of asking and of running out, in order.
fn without_times(rows: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(rows);
    let mut rows: Vec<String> =
        text.lines().map(|row| row.split('\t').take(5).collect::<Vec<_>>().join("\t")).collect();
    rows.sort();
    rows.join("\n").into_bytes()
}

/// Runs all, or under plain `cargo test` a share of them that is always the same.
pub fn every_call() {
    if peer("strace", "a tool whose system calls fail").is_none() {
        return;
    }
    let server = server();
    let mut random = Random::new(0xE110);
    let count = AtomicUsize::new(0);
    let all: Vec<String> = std::thread::scope(|scope| {
        let jobs: Vec<_> = WRITERS
            .iter()
            .chain([&PROCESSOR])
            .map(|writer| {
                let random = Random::new(random.number() | 1);
                let (server, count) = (&server, &count);
                scope.spawn(move || disturb(writer, server, random, count))
            })
            .collect();
        jobs.into_iter().flat_map(|job| job.join().unwrap()).collect()
    });
    eprintln!("{} runs that were disturbed, {} bad", count.load(Ordering::Relaxed), all.len());
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// Says of each disturbed run that was not sound what is wrong.
fn disturb(
    writer: &Writer,
    server: &Server,
    mut random: Random,
    count: &AtomicUsize,
) -> Vec<String> {
    let (before, start) = scene(writer, server);
    let traced = |folder: &Path, inject: &str| {
        let trace = folder.join("trace");
        let strace = format!("strace -f -qq -o trace -etrace={CALLS} {inject}");
        let ran = run(&mut writer.command(folder, server, &strace), b"");
        (ran, noted(&trace))
    };
    let folder = copy_of(writer, start.path());
    let (ran, calls) = traced(folder.path(), "");
    let after = End::of(writer, folder.path());
    assert!(matches!(ran.code, Some(0 | 1)) && after != before, "{}: {ran:?}", writer.call);
    let places = places(&calls);
    assert!(places.len() > 20, "{}: strace saw too little: {calls:#?}", writer.call);
    let mut bad = Vec::new();
    for (call, when) in &places {
        for harm in HARMS {
            if !share(&mut random, 6) {
                continue;
            }
            let folder = copy_of(writer, start.path());
            let inject = format!("-einject={call}:{harm}:when={when}");
            let (ran, log) = traced(folder.path(), &inject);
            if ran.code.is_some() && !log.iter().any(|call| call.contains("(INJECTED)")) {
                // how often a socket is read is not always the same
                assert!(writer.promise == Promise::Cache, "{inject} did not happen: {log:#?}");
                continue;
            }
            count.fetch_add(1, Ordering::Relaxed);
            let check = || {
                sound(writer, &ran, &before, &after, &End::of(writer, folder.path()))?;
                fs::remove_file(folder.path().join("trace")).unwrap();
                let is_done = End::of(writer, folder.path()).written == after.written;
                if writer.promise == Promise::State && is_done {
                    return Ok(());
                }
                let again = run(&mut writer.command(folder.path(), server, ""), b"");
                let end = End::of(writer, folder.path());
                let left = leavings(folder.path());
                match () {
                    () if !matches!(again.code, Some(0 | 1)) => Err(format!("again: {again:?}")),
                    () if end.written != after.written => Err("another end".to_owned()),
                    () if end.rows != after.rows => Err("other rows".to_owned()),
                    () if !left.is_empty() => Err(format!("left: {left:?}")),
                    () => Ok(()),
                }
            };
            if let Err(what) = check() {
                let line = log.iter().find(|call| call.contains("(INJECTED)"));
                bad.push(format!(
                    "{} {} {inject}: {what}: {ran:?} {line:?}",
                    writer.tool, writer.call
                ));
            }
        }
    }
    bad
}

/// A folder with the scene, and what an earlier run left in it.
fn scene(writer: &Writer, server: &Server) -> (End, tempfile::TempDir) {
    let folder = scratch();
    writer.prepare(folder.path(), server);
    (End::of(writer, folder.path()), folder)
}

/// The scene again, with the same numbers of files, which states hold: each has a second name.
fn copy_of(writer: &Writer, folder: &Path) -> tempfile::TempDir {
    let copy = scratch();
    if matches!(writer.promise, Promise::Rejects | Promise::Processor) {
        // not replaced, but written in its place
        copy_files(folder, copy.path());
    } else {
        link_files(folder, copy.path());
    }
    copy
}

fn link_files(from: &Path, to: &Path) {
    for name in names_in(from) {
        let (source, target) = (from.join(&name), to.join(&name));
        if source.is_dir() {
            fs::create_dir(&target).unwrap();
            link_files(&source, &target);
        } else {
            fs::hard_link(&source, &target).unwrap();
        }
    }
}

/// Does what is there agree with the status?
fn sound(
    writer: &Writer,
    ran: &Ran,
    before: &End,
    after: &End,
    end: &End,
) -> Result<(), &'static str> {
    let (old, new) = (end.written == before.written, end.written == after.written);
    let all_rows = end.rows == after.rows;
    let holds = |is: bool, what| if is { Ok(()) } else { Err(what) };
    match (writer.promise, ran.code) {
        (Promise::State, Some(0 | 1)) => holds(new && all_rows, "status 0, but not all new"),
        (Promise::Totals, Some(0 | 1)) => {
            let told = old && !ran.err.is_empty();
            holds(all_rows && (new || told), "status 0, but neither new nor told")
        }
        (Promise::State | Promise::Totals, Some(_)) => holds(old, "status 2, but not old"),
        (Promise::State | Promise::Totals, None) => {
            holds(old || new && all_rows, "killed, and neither old nor new")
        }
        (Promise::Results | Promise::Cache, _) => {
            let is_in = |all: &End, file| all.written.contains(file);
            let whole = end.written.iter().all(|file| is_in(before, file) || is_in(after, file));
            holds(whole, "a file that is neither old nor new")?;
            let counts = matches!(ran.code, Some(0 | 1));
            holds(!counts || all_rows, "status 0, but not all rows")?;
            let all = writer.promise == Promise::Cache || new;
            holds(!counts || all, "status 0, but not all files are new")
        }
        (Promise::Rejects, Some(0 | 1)) => holds(new && all_rows, "status 0, but not whole"),
        (Promise::Processor, Some(0)) => {
            holds(all_rows && (new || !ran.err.is_empty()), "status 0, but neither new nor told")
        }
        (Promise::Rejects | Promise::Processor, _) => Ok(()),
    }
}

/// Files that no run should leave behind when it has come to its end.
fn leavings(folder: &Path) -> Vec<String> {
    let hidden = |folder: &Path| names_in(folder).into_iter().filter(|name| name.starts_with('.'));
    let folders = names_in(folder).into_iter().map(|name| folder.join(name));
    let inner = folders.filter(|path| path.is_dir()).flat_map(|path| hidden(&path));
    hidden(folder).chain(inner.collect::<Vec<_>>()).collect()
}
