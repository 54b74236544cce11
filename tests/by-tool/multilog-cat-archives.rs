//! multilog-cat on compressed files: what it writes is what it writes of the same files as they were
//! before they were compressed.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use maillog_tests::strace::{noted, strace};
use maillog_tests::{
    Ran, Random, Running, Test, copy_files, lacks_peer, peer, run, scratch, sh, tests, tool,
};

pub const TESTS: &[Test] = tests![
    a_window_of_a_log,
    files_and_pipes,
    several_members_in_one_file,
    damage_is_told_with_its_place,
    no_line_runs_out_of_a_damaged_file,
    more_memory_than_there_is,
    files_before_the_window_are_not_opened,
    a_state_outlives_compression,
    a_file_that_is_being_compressed,
    followed_while_it_is_compressed,
];

/// The programs that compress, and what they add to a name.
const KINDS: [(&str, &str); 4] =
    [("gzip", ".gz"), ("bzip2", ".bz2"), ("xz", ".xz"), ("zstd", ".zst")];

/// Are all of them there?
fn lacks_programs() -> bool {
    KINDS.iter().any(|(program, _)| peer(program, "logs that it compresses").is_none())
}

/// A script in a folder, which must not fail.
#[track_caller]
fn script(script: &str, folder: &Path) -> Ran {
    run(&mut sh(script, folder), b"").succeeded()
}

fn cat(arguments: &[&str], folder: &Path) -> Ran {
    run(tool("multilog-cat").current_dir(folder).args(arguments), b"")
}

/// The label of a second.
fn label(second: u64) -> String {
    format!("@40000000{:08x}00000000", 0x6500_0000 + second)
}

fn line(number: u64) -> String {
    format!(
        "{} {number} {}\n",
        label(number),
        "word ".repeat(usize::try_from(number % 13).unwrap())
    )
}

fn lines(from: u64, to: u64) -> String {
    (from..to).map(line).collect()
}

/// Makes a log of four old files and `current`, of a thousand lines each. Each file but the last
/// ends in the middle of a line.
fn write_log(folder: &Path) {
    fs::create_dir(folder).unwrap();
    let text = lines(0, 5000);
    let mut rest = text.as_str();
    for number in 1..5 {
        let at = text.find(&label(number * 1000)).unwrap() - (text.len() - rest.len());
        let (file, next) = rest.split_at(at + 31);
        let path = folder.join(format!("{}.s", label(number * 1000)));
        fs::write(&path, file).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o744)).unwrap();
        rest = next;
    }
    fs::write(folder.join("current"), rest).unwrap();
}

/// Compresses the old files of a log, each by another program.
fn compress_each(folder: &Path) {
    for (number, (program, _)) in (1..).zip(KINDS) {
        script(
            &format!("{program} -q {}.s && rm -f {0}.s", label(number * 1000))
                .replace("{0}", &label(number * 1000)),
            folder,
        );
    }
}

/// The kind says nothing to `--since` and `--until`, nor do names that the relatives of multilog
/// give.
fn a_window_of_a_log() {
    if lacks_programs() {
        return;
    }
    let ground = scratch();
    let folder = ground.path();
    write_log(&folder.join("plain"));
    for log in ["packed", "unnamed", "coded"] {
        copy_files(&folder.join("plain"), &folder.join(log));
        compress_each(&folder.join(log));
    }
    for (number, (_, suffix)) in (1..).zip(KINDS) {
        let name = format!("{}.s", label(number * 1000));
        let move_to = |log: &str, to: &str| {
            let log = folder.join(log);
            fs::rename(log.join(name.clone() + suffix), log.join(to)).unwrap();
        };
        move_to("unnamed", &name);
        move_to("coded", &name.replace(".s", suffix));
    }
    let window = |since: u64, until: u64, log: &str| {
        let (since, until) = (label(since), label(until));
        cat(&["-q", "--since", &since, "--until", &until, log], folder).succeeded().text()
    };
    for (since, until) in
        [(0, 5000), (1, 999), (999, 1001), (1000, 1000), (1500, 4200), (3999, 4001), (4999, 5000)]
    {
        for log in ["plain", "packed", "unnamed", "coded"] {
            assert!(window(since, until, log) == lines(since, until), "{since} {until} {log}");
        }
    }
    assert!(cat(&["packed"], folder).succeeded().text() == lines(0, 5000));
}

/// As an operand, on standard input, and through a pipe that begins with a single byte.
fn files_and_pipes() {
    if lacks_programs() {
        return;
    }
    let ground = scratch();
    let folder = ground.path();
    fs::write(folder.join("log"), lines(0, 3000) + "no end").unwrap();
    for (program, _) in KINDS {
        script(&format!("{program} -c log >packed"), folder);
        for call in [
            "multilog-cat packed",
            "multilog-cat <packed",
            "(head -c 1 packed; sleep 0.1; tail -c +2 packed) | multilog-cat",
        ] {
            assert!(script(call, folder).text() == lines(0, 3000) + "no end", "{program}: {call}");
        }
        let twice = script("multilog-cat packed packed", folder).text();
        assert_eq!(twice.lines().count(), 6002, "{program}: lines run together");
    }
}

/// As `cat one.gz two.gz >both.gz` makes them, and programs that compress blocks in parallel.
fn several_members_in_one_file() {
    if lacks_programs() {
        return;
    }
    let ground = scratch();
    for (program, _) in KINDS {
        for part in ["head -n 1", "sed -n 2,1000p", "true", "tail -n +1001"] {
            fs::write(ground.path().join("log"), lines(0, 3000)).unwrap();
            script(&format!("<log {part} | {program} -c >>packed"), ground.path());
        }
        assert!(cat(&["packed"], ground.path()).succeeded().text() == lines(0, 3000), "{program}");
        if matches!(program, "gzip" | "xz") {
            script("head -c 100000 /dev/zero >>packed", ground.path());
            assert!(cat(&["packed"], ground.path()).text() == lines(0, 3000), "{program}");
        }
        fs::remove_file(ground.path().join("packed")).unwrap();
    }
}

/// What comes before the damage is written, and the files after it too.
fn damage_is_told_with_its_place() {
    if lacks_programs() {
        return;
    }
    let ground = scratch();
    let folder = ground.path();
    let mut random = Random::new(20_261_126);
    fs::create_dir(folder.join("log")).unwrap();
    let text = lines(0, 20_000);
    fs::write(folder.join("plain"), &text).unwrap();
    fs::write(folder.join("log/current"), line(99_999)).unwrap();
    for (program, _) in KINDS {
        script(&format!("{program} -c plain >whole"), folder);
        let whole = fs::read(folder.join("whole")).unwrap();
        let archive = format!("log/{}.s", label(50_000));
        for turn in 0..20 {
            let at = random.below(whole.len() - 20) + 12;
            let mut file = whole.clone();
            if turn % 2 == 0 {
                file.truncate(at);
            } else {
                file[at] ^= 1 << random.below(8);
            }
            fs::write(folder.join(&archive), &file).unwrap();
            let ran = cat(&["log"], folder);
            let what = format!("{program}, turn {turn}, byte {at} of {}", whole.len());
            let before = ran.out.strip_suffix(line(99_999).as_bytes());
            let before = before.unwrap_or_else(|| panic!("{what}"));
            if ran.code == Some(0) {
                // a bit that says nothing, such as one of the time in the head of gzip
                assert!(
                    turn % 2 == 1 && before == text.as_bytes() && ran.err.is_empty(),
                    "{what}: {}",
                    ran.err
                );
                continue;
            }
            let told = format!("multilog-cat: {archive}: damaged after ");
            let place = ran.err.strip_prefix(&told).and_then(|rest| rest.split(' ').next());
            let place = place.and_then(|place| place.parse().ok());
            let place: usize = place.unwrap_or_else(|| panic!("{what}: {}", ran.err));
            assert_eq!((ran.code, ran.err.lines().count()), (Some(2), 1), "{what}");
            // a line that was cut has got its end
            assert!([0, 1].contains(&(before.len() - place)), "{what}: {place}, {}", before.len());
            if turn % 2 == 0 {
                assert!(
                    before.trim_ascii_end() == text[..place].trim_ascii_end().as_bytes(),
                    "{what}"
                );
                // no less than the program itself writes of it
                let theirs = run(&mut sh(&format!("{program} -dcq <{archive}"), folder), b"");
                // but for a few bytes of xz that our decoder looks ahead
                let ahead = if program == "xz" { 4096 } else { 0 };
                let least = theirs.out.len().saturating_sub(ahead);
                assert!(place >= least, "{what}: {place} of {least}");
            }
        }
    }
}

/// Whatever the next file begins with.
fn no_line_runs_out_of_a_damaged_file() {
    if lacks_programs() {
        return;
    }
    let ground = scratch();
    let folder = ground.path();
    fs::create_dir(folder.join("log")).unwrap();
    let archive = format!("log/{}.s", label(1));
    script(&format!("seq -f 'line %g' 10000 | gzip | head -c 9000 >{archive}"), folder);
    fs::set_permissions(folder.join(archive), Permissions::from_mode(0o744)).unwrap();
    fs::write(folder.join("log/current"), "the next file\n").unwrap();
    let ran = cat(&["log"], folder);
    assert!(ran.text().ends_with("\nthe next file\n") && ran.code == Some(2), "{}", ran.err);
}

/// Files that decompress to far more than memory holds, in a process that gets little.
fn more_memory_than_there_is() {
    if lacks_programs() || lacks_peer("prlimit", "memory for compressed files") {
        return;
    }
    let ground = scratch();
    let folder = ground.path();
    let limited = |operand: &str| {
        let call = format!("prlimit --as={} multilog-cat {operand} | wc -lc", 256 << 20);
        run(&mut sh(&call, folder), b"")
    };
    for (program, _) in KINDS {
        // forty members of 32 MiB
        script(&format!("head -c 33554432 /dev/zero | {program} -c >zeros"), folder);
        script("for i in $(seq 40); do cat zeros; done >bomb", folder);
        let ran = limited("bomb");
        let told = "multilog-cat: bomb: a line has more than 16 MiB\n";
        assert_eq!((ran.text().trim(), ran.err.as_str()), ("0       0", told), "{program}");
        script(&format!("yes '' | head -c 33554432 | {program} -c >lines"), folder);
        script("for i in $(seq 40); do cat lines; done >bomb", folder);
        let (ran, bytes) = (limited("bomb"), 40_u64 << 25);
        let counts: Vec<u64> =
            ran.text().split_whitespace().map(|word| word.parse().unwrap()).collect();
        assert_eq!((counts, ran.err.as_str()), (vec![bytes, bytes], ""), "{program}");
    }
    let told =
        |ran: &Ran| ran.code == Some(2) && ran.err.contains(": takes more than 128 MiB of memory");
    fs::write(folder.join("log"), lines(0, 100)).unwrap();
    script("xz -c --lzma2=dict=1GiB log >log.xz; zstd -qc --ultra --long=31 <log >log.zst", folder);
    for log in ["log.xz", "log.zst"] {
        let ran = cat(&[log], folder);
        assert!(told(&ran), "{log}: {ran:?}");
    }
    script("xz -9 -c log >log.xz; zstd -qc --long=27 <log >log.zst", folder);
    for log in ["log.xz", "log.zst"] {
        assert_eq!(cat(&[log], folder).succeeded().text(), lines(0, 100), "{log}");
    }
}

/// The name says when a file was rotated, and that is enough.
fn files_before_the_window_are_not_opened() {
    if lacks_programs() || peer("strace", "what is opened").is_none() {
        return;
    }
    let ground = scratch();
    let (log, trace) = (ground.path().join("log"), ground.path().join("trace"));
    write_log(&log);
    compress_each(&log);
    let mut cat = strace("multilog-cat", &trace, &["-e", "trace=open,openat"]);
    let (since, until) = (label(2500), label(2600));
    cat.args(["--since", &since, "--until", &until]);
    assert_eq!(run(cat.arg(&log), b"").succeeded().text(), lines(2500, 2600));
    let opened = noted(&trace);
    for (number, (_, suffix)) in (1..).zip(KINDS) {
        let name = format!("{}.s{suffix}", label(number * 1000));
        assert_eq!(opened.iter().any(|call| call.contains(&name)), number == 3, "{name}");
    }
}

/// A log goes on, is rotated and compressed between runs, at random: all runs together write each
/// line once.
fn a_state_outlives_compression() {
    if lacks_programs() {
        return;
    }
    let mut random = Random::new(12);
    for turn in 0..10 {
        let ground = scratch();
        let log = ground.path().join("log");
        fs::create_dir(&log).unwrap();
        let text = lines(0, 5000);
        let (mut written, mut current, mut read) = (0, String::new(), String::new());
        let mut rotations = 0;
        while written < text.len() {
            let more = random.below(20_000).min(text.len() - written);
            current += &text[written..written + more];
            written += more;
            fs::write(log.join("current"), &current).unwrap();
            if random.below(3) == 0 {
                rotations += 1;
                let name = log.join(format!("{}.s", label(100_000 + rotations)));
                fs::rename(log.join("current"), &name).unwrap();
                fs::set_permissions(&name, Permissions::from_mode(0o744)).unwrap();
                current.clear();
                fs::write(log.join("current"), "").unwrap();
            }
            if random.below(2) == 0 {
                let (program, _) = KINDS[random.below(4)];
                script(
                    &format!(
                        "for f in @*.s; do [ ! -f $f ] || {{ {program} -q $f; rm -f $f; }}; done"
                    ),
                    &log,
                );
            }
            if random.below(2) == 0 {
                read += &cat(&["--state=state", "log"], ground.path()).succeeded().text();
            }
        }
        read += &cat(&["--state=state", "log"], ground.path()).succeeded().text();
        assert!(read == text, "turn {turn}: {} bytes, should be {}", read.len(), text.len());
    }
}

/// The program makes the compressed file, writes it, and removes the other one at the end.
fn a_file_that_is_being_compressed() {
    if lacks_programs() {
        return;
    }
    let ground = scratch();
    let (folder, log) = (ground.path(), ground.path().join("log"));
    write_log(&log);
    let name = format!("{}.s", label(2000));
    for (program, suffix) in KINDS {
        let packed = log.join(name.clone() + suffix);
        for part in ["head -c 0", "head -c 100", "cat"] {
            script(&format!("{program} -c log/{name} | {part} >log/{name}{suffix}"), folder);
            fs::set_permissions(&packed, Permissions::from_mode(0o600)).unwrap();
            assert!(cat(&["log"], folder).succeeded().text() == lines(0, 5000), "{program} {part}");
        }
        fs::remove_file(packed).unwrap();
    }
}

/// The file that is read gets its label, and is replaced by a compressed one.
fn followed_while_it_is_compressed() {
    if lacks_programs() {
        return;
    }
    let ground = scratch();
    let log = ground.path().join("log");
    fs::create_dir(&log).unwrap();
    fs::write(log.join("current"), lines(0, 10)).unwrap();
    let mut follow: Command = tool("multilog-cat");
    let follower = Running::start({
        follow.arg("-F").arg(&log);
        follow
    });
    let mut expected = 0;
    for (program, _) in KINDS {
        for _ in 0..10 {
            assert_eq!(follower.line() + "\n", line(expected));
            expected += 1;
        }
        let name = label(100_000 + expected);
        script(&format!("mv current {name}.s && {program} -q {name}.s && rm -f {name}.s"), &log);
        fs::write(log.join("current"), lines(expected, expected + 10)).unwrap();
    }
    for _ in 0..10 {
        assert_eq!(follower.line() + "\n", line(expected));
        expected += 1;
    }
    assert_eq!(follower.line_within(Duration::from_millis(500)), None);
}
