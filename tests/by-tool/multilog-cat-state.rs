//! multilog-cat --state where the place is hard to find again: files cannot be read, inodes are used
//! again, files are gone. Nothing is lost without a word, and nothing comes twice.

use std::collections::{BTreeSet, VecDeque};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use maillog_tests::strace::{noted, places, strace};
use maillog_tests::{Ran, Random, Test, copy_files, peer, run, scratch, tests, tool};

pub const TESTS: &[Test] = tests![
    what_cannot_be_read_is_still_to_come,
    a_later_file_has_the_inode,
    any_rotations_between_runs,
    whatever_a_processor_leaves,
];

/// Line `number`; all end in the same bytes.
fn line(number: u64) -> String {
    format!("{} {}\n", label(number), "x".repeat(100))
}

fn label(number: u64) -> String {
    format!("@400000006b0278a0{number:08x}")
}

fn lines(numbers: impl IntoIterator<Item = u64>) -> String {
    numbers.into_iter().map(line).collect()
}

fn with_state(mut cat: Command, folder: &Path) -> Ran {
    run(cat.current_dir(folder).args(["--state=state", "log"]), b"")
}

/// The system calls by which a log is looked at; not every machine has all of them.
const READS: &str =
    "?openat,?open,?read,?pread64,?statx,?newfstatat,?fstat,?stat,?lseek,?getdents64";

/// A log of four lines of which nothing was read, or of which one is left in a file that was renamed
/// since, or copied, with two more behind it. Gives what is due.
fn make_scene(scene: &str, folder: &Path) -> String {
    let log = folder.join("log");
    fs::create_dir_all(&log).unwrap();
    for number in [0, 2] {
        fs::write(log.join(format!("{}.s", label(number + 1))), lines([number])).unwrap();
    }
    let current = log.join("current");
    if scene == "new" {
        fs::write(current, lines([4, 5])).unwrap();
        return lines([0, 2, 4, 5]);
    }
    fs::write(&current, lines([4])).unwrap();
    assert_eq!(with_state(tool("multilog-cat"), folder).code, Some(0));
    fs::write(&current, lines([4, 5])).unwrap();
    let rotated = log.join(format!("{}.s", label(6)));
    if scene == "renamed" {
        fs::rename(&current, rotated).unwrap();
    } else {
        fs::copy(&current, rotated).unwrap();
        fs::remove_file(&current).unwrap();
    }
    fs::write(current, lines([7, 8])).unwrap();
    lines([5, 7, 8])
}

/// Whatever cannot be read: after status 0 the next run goes on, after any other it writes all again.
fn what_cannot_be_read_is_still_to_come() {
    if peer("strace", "logs that cannot be read").is_none() {
        return;
    }
    let ground = scratch();
    for scene in ["new", "renamed", "copied"] {
        let start = ground.path().join(scene);
        let due = make_scene(scene, &start);
        let trace = ground.path().join("trace");
        let disturbed = |inject: &[&str]| {
            let folder = ground.path().join("disturbed");
            copy_files(&start, &folder);
            let only = format!("-etrace={READS}");
            let options = [&[only.as_str()], inject].concat();
            let first = with_state(strace("multilog-cat", &trace, &options), &folder);
            let second = with_state(tool("multilog-cat"), &folder).succeeded();
            fs::remove_dir_all(&folder).unwrap();
            (first, second.text(), noted(&trace))
        };
        let (ran, more, calls) = disturbed(&[]);
        assert_eq!((ran.text(), ran.err.as_str(), more.as_str()), (due.clone(), "", ""), "{scene}");
        let places = places(&calls);
        assert!(places.len() > 40, "{calls:#?}");
        let mut failed = 0;
        for (call, when) in &places {
            for error in ["EIO", "EACCES"] {
                let inject = format!("-einject={call}:error={error}:when={when}");
                let (ran, more, _) = disturbed(&[&inject]);
                let what = format!("{scene}: {inject}: {ran:?}, then {more:?}");
                let counts = if ran.code == Some(0) { ran.text() } else { String::new() };
                assert_eq!(counts + &more, due, "{what}");
                failed += usize::from(ran.code != Some(0));
            }
        }
        assert!(failed > 40, "{scene}: {failed} runs of {} failed", 2 * places.len());
        eprintln!("{scene}: {} calls with two errors each, {failed} runs failed", places.len());
    }
}

/// A rotation by copy leaves the inode to what is logged next, and its bytes are the same up to the
/// label of its first line.
fn a_later_file_has_the_inode() {
    for older_state in [false, true] {
        for copy_is_there in [true, false] {
            let scratch = scratch();
            let log = scratch.path().join("log");
            fs::create_dir(&log).unwrap();
            fs::write(log.join("current"), lines([1])).unwrap();
            let cat = || tool("multilog-cat");
            assert_eq!(with_state(cat(), scratch.path()).succeeded().text(), lines([1]));
            if older_state {
                let state = scratch.path().join("state");
                let row = fs::read_to_string(&state).unwrap();
                let older: Vec<&str> = row.split('\t').take(7).collect();
                fs::write(&state, older.join("\t") + "\n").unwrap();
            }
            if copy_is_there {
                fs::copy(log.join("current"), log.join(format!("{}.s", label(2)))).unwrap();
            }
            // in place, so with the same inode
            fs::write(log.join("current"), lines([3, 4])).unwrap();
            let ran = with_state(cat(), scratch.path());
            assert_eq!((ran.text(), ran.code), (lines([3, 4]), Some(0)));
            assert_eq!(ran.err.contains("may be missing"), !copy_is_there, "{}", ran.err);
            assert_eq!(with_state(cat(), scratch.path()).succeeded().text(), "");
        }
    }
}

/// A log that a test writes and rotates, and which of its lines are still due.
struct Writer {
    folder: PathBuf,
    /// The number of the next line or file.
    next: u64,
    /// The lines of each file, the newest last.
    files: VecDeque<Vec<u64>>,
    due: Vec<u64>,
}

impl Writer {
    fn write(&mut self) {
        let current = self.folder.join("current");
        let mut current = File::options().append(true).create(true).open(current).unwrap();
        current.write_all(line(self.next).as_bytes()).unwrap();
        self.files.back_mut().unwrap().push(self.next);
        self.due.push(self.next);
        self.next += 1;
    }

    /// By a new name, by a copy of another inode, or by a copy of which the original stays, emptied.
    fn rotate(&mut self, how: usize) {
        let (old, new) =
            (self.folder.join("current"), self.folder.join(format!("{}.s", label(self.next))));
        match how {
            0 => fs::rename(&old, new).unwrap(),
            1 => {
                fs::copy(&old, new).unwrap();
                fs::remove_file(&old).unwrap();
            }
            _ => {
                fs::copy(&old, new).unwrap();
            }
        }
        fs::write(old, "").unwrap();
        self.files.push_back(Vec::new());
        self.next += 1;
    }

    fn delete_oldest(&mut self) {
        let oldest = fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path());
        if let Some(oldest) = oldest.filter(|path| !path.ends_with("current")).min() {
            fs::remove_file(oldest).unwrap();
            self.files.pop_front();
        }
    }
}

/// Each run writes all that is due and still there, and says so if anything is not.
fn any_rotations_between_runs() {
    let (mut random, mut runs, mut gaps) = (Random::new(64), 0, 0);
    for _ in 0..60 {
        let scratch = scratch();
        let folder = scratch.path().join("log");
        fs::create_dir(&folder).unwrap();
        let (next, files, due) = (0, VecDeque::from([Vec::new()]), Vec::new());
        let mut writer = Writer { folder, next, files, due };
        writer.write();
        let mut has_place = false;
        for _ in 0..30 {
            match random.below(8) {
                0..=3 => writer.write(),
                4 | 5 if !writer.files.back().unwrap().is_empty() => writer.rotate(random.below(3)),
                6 => writer.delete_oldest(),
                _ => {
                    let ran = with_state(tool("multilog-cat"), scratch.path());
                    let there: Vec<u64> = writer.files.iter().flatten().copied().collect();
                    let all = std::mem::take(&mut writer.due);
                    let left = all.iter().copied().filter(|number| there.contains(number));
                    let left: Vec<u64> = left.collect();
                    let what = format!("{:?}: {}", writer.files, ran.err);
                    assert_eq!((ran.text(), ran.code), (lines(left.clone()), Some(0)), "{what}");
                    let said = ran.err.contains("may be missing");
                    assert!(said || left == all || !has_place, "nothing is said: {what}");
                    has_place |= !left.is_empty();
                    (runs, gaps) = (runs + 1, gaps + usize::from(said));
                }
            }
        }
    }
    assert!(runs > 200 && gaps > 10, "{runs} runs, {gaps} with a gap");
}

/// A log of numbered lines, four of each time, whose files a processor changes.
struct Processed {
    folder: PathBuf,
    lines: u64,
}

impl Processed {
    fn write(&mut self) {
        let mut current =
            File::options().append(true).create(true).open(self.folder.join("current")).unwrap();
        writeln!(current, "{} o {}", label(self.lines / 4 * 2), self.lines).unwrap();
        self.lines += 1;
    }

    /// Ends the file, if its name is free, and lets a processor leave what it will of each line.
    fn rotate(&self, mut leave: impl FnMut(&str) -> Option<String>) {
        let new = self.folder.join(format!("{}.s", label(self.lines / 4 * 2 + 1)));
        let current = self.folder.join("current");
        if new.exists() || !current.exists() {
            return;
        }
        let text = fs::read_to_string(&current).unwrap();
        fs::write(new, text.split_inclusive('\n').filter_map(&mut leave).collect::<String>())
            .unwrap();
        fs::remove_file(&current).unwrap();
        fs::write(&current, "").unwrap();
    }

    /// The numbers of the lines that are there.
    fn numbers(&self) -> BTreeSet<u64> {
        let files = fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path());
        files.flat_map(|path| numbers(&fs::read_to_string(path).unwrap())).collect()
    }
}

fn numbers(text: &str) -> Vec<u64> {
    text.lines().map(|line| line.rsplit(' ').next().unwrap().parse().unwrap()).collect()
}

/// No line comes twice, and none that is there is left out without a word.
fn whatever_a_processor_leaves() {
    let (mut random, mut runs, mut gaps) = (Random::new(12), 0, 0);
    for _ in 0..60 {
        let scratch = scratch();
        let mut log = Processed { folder: scratch.path().join("log"), lines: 0 };
        fs::create_dir(&log.folder).unwrap();
        log.write();
        let (mut known, mut all) = (BTreeSet::new(), Vec::<u64>::new());
        for _ in 0..40 {
            match random.below(8) {
                0..=3 => log.write(),
                4 => log.rotate(|line| Some(line.to_owned())),
                5 => log.rotate(|line| Some(line.replace('o', "changed"))),
                6 => log.rotate(|line| (random.below(3) > 0).then(|| line.to_owned())),
                _ => {
                    let ran = with_state(tool("multilog-cat"), scratch.path());
                    assert_eq!(ran.code, Some(0), "{ran:?}");
                    let written = numbers(&ran.text());
                    all.extend(&written);
                    known.extend(written);
                    let left: Vec<u64> = log.numbers().difference(&known).copied().collect();
                    assert!(
                        left.is_empty() || ran.err.contains("may be missing"),
                        "{left:?}: {}",
                        ran.err
                    );
                    (runs, gaps) = (runs + 1, gaps + usize::from(!left.is_empty()));
                    known.extend(left);
                }
            }
        }
        assert!(all.is_sorted_by(|one, next| one < next), "{all:?}");
    }
    assert!(runs > 200 && gaps > 3, "{runs} runs, {gaps} with a gap");
}
