//! Who else can reach a file that a tool writes beside its output: other copies, root, readers with
//! locks, users who may write in the folder.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use maillog_tests::dns::Server;
use maillog_tests::{Running, copy_files, is_root, names_in, run, scratch, sh, tool, wait_until};

use super::writers::{Promise, WRITERS, Writer, server};

/// The user `nobody`, and a user of whom nobody has heard.
const NOBODY: u32 = 65_534;
const STRANGER: u32 = 65_533;

/// A folder that belongs to nobody, with the scene of a tool in it.
fn scene(writer: &Writer, server: &Server) -> tempfile::TempDir {
    let folder = scratch();
    writer.prepare(folder.path(), server);
    folder
}

/// A folder, and all that is in it.
pub fn everything(folder: &Path) -> Vec<PathBuf> {
    let mut all = vec![folder.to_owned()];
    for path in names_in(folder).into_iter().map(|name| folder.join(name)) {
        if path.is_dir() {
            all.extend(everything(&path));
        } else {
            all.push(path);
        }
    }
    all
}

/// The files that are replaced in a scene, as they are after it.
fn files(writer: &Writer, folder: &Path) -> Vec<PathBuf> {
    let path = folder.join(writer.writes);
    if !path.is_dir() {
        return vec![path];
    }
    names_in(&path).into_iter().map(|name| path.join(name)).collect()
}

/// Whoever can read a file or its folder can lock it.
pub fn locks() {
    let server = server();
    for writer in WRITERS {
        let folder = scene(writer, &server);
        let locked: Vec<File> = everything(folder.path())
            .into_iter()
            .map(|path| {
                let file = File::open(path).unwrap();
                file.lock().unwrap();
                file
            })
            .collect();
        let ran = run(&mut writer.command(folder.path(), &server, ""), b"");
        assert!(matches!(ran.code, Some(0 | 1)), "{}: {ran:?}", writer.call);
        drop(locked);
    }
}

/// The names of the lock that a tool takes for a file.
fn lock_of(writer: &Writer, file: &Path) -> Option<PathBuf> {
    match (writer.promise, writer.tool) {
        (Promise::Rejects, _) => None,
        (_, "traffic-report") => Some(file.with_file_name(".traffic-report.lock")),
        _ => {
            let name = file.file_name().unwrap().to_string_lossy();
            Some(file.with_file_name(format!(".{name}.lock")))
        }
    }
}

/// Another copy is waited for; when that takes too long a message says so, and nothing has changed.
pub fn copies() {
    let server = server();
    std::thread::scope(|scope| {
        for writer in WRITERS {
            let server = &server;
            scope.spawn(move || {
                let folder = scene(writer, server);
                let file = files(writer, folder.path()).remove(0);
                let Some(lock) = lock_of(writer, &file) else { return };
                let before = writer.written(folder.path());
                let held = File::create(&lock).unwrap();
                held.lock().unwrap();
                let ran = run(&mut writer.command(folder.path(), server, ""), b"");
                fs::remove_file(&lock).unwrap();
                let (status, waited) = match writer.promise {
                    Promise::Totals => (0, "waited 1 second\n"),
                    _ => (2, "waited 10 seconds\n"),
                };
                let told = format!("another copy is at work; {waited}");
                assert_eq!(ran.code, Some(status), "{}: {ran:?}", writer.call);
                assert!(ran.err.ends_with(&told), "{}: {ran:?}", writer.call);
                assert!(writer.written(folder.path()) == before, "{}", writer.call);
                drop(held);
                let ran = run(&mut writer.command(folder.path(), server, ""), b"");
                assert!(matches!(ran.code, Some(0 | 1)), "{}: {ran:?}", writer.call);
            });
        }
    });
}

/// What root replaces stays whose it was, so that the next run of its owner can replace it again.
pub fn owners() {
    if !is_root("what other users can do") {
        return;
    }
    let server = server();
    for writer in WRITERS {
        let folder = scene(writer, &server);
        for path in everything(folder.path()) {
            chown(&path, Some(NOBODY), Some(STRANGER)).unwrap();
        }
        let old = files(writer, folder.path());
        for path in &old {
            fs::set_permissions(path, PermissionsExt::from_mode(0o640)).unwrap();
        }
        let again = scratch();
        copy_files(folder.path(), again.path());
        let ran = run(&mut writer.command(folder.path(), &server, ""), b"");
        assert!(matches!(ran.code, Some(0 | 1)), "{}: {ran:?}", writer.call);
        // new files in nobody's folder are his, too
        for path in files(writer, folder.path()) {
            let data = fs::metadata(&path).unwrap();
            let is = (data.uid(), data.gid());
            assert!(is == (NOBODY, STRANGER), "{} {}: {is:?}", writer.call, path.display());
            assert!(!old.contains(&path) || data.mode() & 0o777 == 0o640, "{}", path.display());
        }
        let mut call = writer.command(folder.path(), &server, "");
        // the shell's, and so root's
        let _ = fs::remove_file(folder.path().join("out"));
        let ran = run(call.uid(NOBODY).gid(STRANGER), b"");
        assert!(matches!(ran.code, Some(0 | 1)), "{}: {ran:?}", writer.call);
    }
    the_lock_is_the_owners();
    a_file_of_another(&server);
    database();
    archives();
}

/// While root works, and when root is killed, the owner of the file can open the lock.
fn the_lock_is_the_owners() {
    let folder = scratch();
    chown(folder.path(), Some(STRANGER), Some(STRANGER)).unwrap();
    let state = folder.path().join("state");
    for owner in [STRANGER, NOBODY] {
        let mut parse = tool("qmsend-parse");
        parse.args(["-qp", "state", "-"]).current_dir(folder.path());
        let running = Running::start(parse);
        let lock = folder.path().join(".state.lock");
        wait_until("a lock", || lock.exists());
        let data = fs::metadata(&lock).unwrap();
        assert_eq!((data.uid(), data.mode() & 0o777), (owner, 0o600));
        // killed
        drop(running);
        fs::write(&state, "").unwrap();
        chown(&state, Some(NOBODY), Some(STRANGER)).unwrap();
        fs::remove_file(lock).unwrap();
    }
}

/// A user who may write in the folder, but not give a file to its owner, says so, and goes on.
fn a_file_of_another(server: &Server) {
    for writer in WRITERS.iter().filter(|writer| writer.promise == Promise::State) {
        let folder = scene(writer, server);
        for path in everything(folder.path()) {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        chown(folder.path().join(writer.writes), Some(STRANGER), Some(STRANGER)).unwrap();
        let mut call = writer.command(folder.path(), server, "");
        let ran = run(call.uid(NOBODY).gid(NOBODY), b"");
        assert!(ran.err.contains("kept: its owner and its group could not be kept\n"), "{ran:?}");
        assert!(matches!(ran.code, Some(0 | 1)), "{}: {ran:?}", writer.call);
    }
}

/// What root loads stays its owner's, and so do the files beside the database that root leaves when
/// it is killed.
fn database() {
    let folder = scratch();
    let day = folder.path().join("20.06.2005.qml.txt");
    fs::write(&day, "|d.example|1|1|0|\n").unwrap();
    fs::write(folder.path().join("21.06.2005.qml.txt"), "|d.example|2|2|0|\n").unwrap();
    for path in everything(folder.path()) {
        chown(&path, Some(NOBODY), Some(STRANGER)).unwrap();
    }
    let call = |day: &str| {
        let mut load = tool("traffic-load");
        load.args(["--db=db", day]).current_dir(folder.path());
        load
    };
    run(&mut call("20.06.2005.qml.txt"), b"").succeeded();
    let kill = "strace -qq -o/dev/null -einject=fsync,fdatasync:signal=KILL:when=1 \
        traffic-load --db=db 21.06.2005.qml.txt";
    run(&mut sh(kill, folder.path()), b"");
    for name in ["db", "db-wal", "db-shm"] {
        let data = fs::metadata(folder.path().join(name)).unwrap();
        assert_eq!((data.uid(), data.gid()), (NOBODY, STRANGER), "{name}");
    }
    run(call("21.06.2005.qml.txt").uid(NOBODY).gid(STRANGER), b"").succeeded();
}

/// An archive belongs to whom the file belonged, and its new folder to the owner of the one around.
fn archives() {
    let folder = scratch();
    chown(folder.path(), Some(NOBODY), Some(STRANGER)).unwrap();
    let day = folder.path().join("20.06.2005.qml.txt");
    fs::write(&day, "|d.example|1|1|0|\n").unwrap();
    chown(&day, Some(NOBODY), Some(STRANGER)).unwrap();
    let mut rotate = tool("traffic-rotate");
    let rotate = rotate.args(["--into=old", "20.06.2005.qml.txt"]).current_dir(folder.path());
    run(rotate, b"").succeeded();
    for name in ["old", "old/20.06.2005.qml.txt.gz"] {
        let data = fs::metadata(folder.path().join(name)).unwrap();
        assert_eq!((data.uid(), data.gid()), (NOBODY, STRANGER), "{name}");
    }
}

/// Others may write in a folder, and put links there.
pub fn links() {
    if !is_root("what other users can do") {
        return;
    }
    let server = server();
    for writer in WRITERS {
        // what an earlier run left is the victim, or there is none; root's own link is followed
        for (owner, is_there) in [(NOBODY, true), (NOBODY, false), (0, true), (0, false)] {
            let folder = scene(writer, &server);
            let others = scratch();
            let victim = others.path().join("victim");
            let old = files(writer, folder.path()).remove(0);
            let content = fs::read(&old).unwrap();
            fs::remove_file(&old).unwrap();
            if is_there {
                fs::write(&victim, &content).unwrap();
            }
            let place = old.parent().unwrap();
            fs::set_permissions(place, PermissionsExt::from_mode(0o1777)).unwrap();
            symlink(&victim, &old).unwrap();
            std::os::unix::fs::lchown(&old, Some(owner), Some(owner)).unwrap();
            let ran = run(&mut writer.command(folder.path(), &server, ""), b"");
            let after = fs::read(&victim).ok();
            let what = format!("{} {owner} {is_there}: {ran:?}", writer.call);
            let is_link = fs::symlink_metadata(&old).unwrap().is_symlink();
            match (writer.promise, owner) {
                (Promise::Results, _) => {
                    // pages refuse links, day files take their place
                    assert!(is_link == (writer.tool == "traffic-report"), "{what}");
                    assert!(after == is_there.then_some(content), "{what}");
                }
                (_, NOBODY) => {
                    let status = if writer.promise == Promise::Totals { 0 } else { 2 };
                    assert!(ran.err.contains("a link of another user"), "{what}");
                    assert!(ran.code == Some(status) && is_link, "{what}");
                    assert!(after == is_there.then_some(content), "{what}");
                }
                _ => {
                    assert!(matches!(ran.code, Some(0 | 1)) && is_link, "{what}");
                    assert!(after.is_some_and(|after| after != content), "{what}");
                }
            }
            assert_eq!(names_in(others.path()).len(), usize::from(victim.exists()));
        }
    }
}

/// A FIFO in the place of a file is refused at once; a folder with the name of a temporary file is
/// in nobody's way.
pub fn kinds() {
    let server = server();
    for writer in WRITERS {
        let folder = scene(writer, &server);
        let file = files(writer, folder.path()).remove(0);
        let name = file.file_name().unwrap().to_string_lossy();
        fs::create_dir(file.with_file_name(format!(".{name}.tmp.x"))).unwrap();
        fs::create_dir(file.with_file_name(".traffic-report.tmp.x")).unwrap();
        let ran = run(&mut writer.command(folder.path(), &server, ""), b"");
        assert!(matches!(ran.code, Some(0 | 1)), "{}: {ran:?}", writer.call);
        fs::remove_file(&file).unwrap();
        run(Command::new("mkfifo").arg(&file), b"").succeeded();
        let ran = run(&mut writer.command(folder.path(), &server, ""), b"");
        let told = ["not a regular file\n", "No such device or address\n"];
        let told = told[usize::from(writer.promise == Promise::Rejects)];
        assert!(ran.err.contains(told), "{}: {ran:?}", writer.call);
        let status = if writer.promise == Promise::Totals { 0 } else { 2 };
        assert_eq!(ran.code, Some(status), "{}: {ran:?}", writer.call);
    }
}

/// A file that is standard output, too, is not replaced: what was written there would be gone.
pub fn outputs() {
    let server = server();
    for writer in WRITERS.iter().filter(|writer| writer.writes == "kept") {
        let folder = scene(writer, &server);
        let file = folder.path().join(writer.writes);
        let before = fs::read(&file).unwrap();
        let call = format!("{} {} >>{}", writer.tool, writer.call, writer.writes);
        let ran = run(sh(&call, folder.path()).env("PORT", server.port.to_string()), b"");
        assert!(ran.err.contains(": is standard output or error"), "{call}: {ran:?}");
        let status = if writer.promise == Promise::Totals { 0 } else { 2 };
        assert_eq!(ran.code, Some(status), "{call}: {ran:?}");
        assert!(fs::read(&file).unwrap().starts_with(&before), "{call}");
    }
}

/// A FIFO in the place of a lock is named.
pub fn names_of_locks() {
    let server = server();
    for writer in WRITERS.iter().filter(|writer| writer.promise != Promise::Rejects) {
        let folder = scene(writer, &server);
        let file = files(writer, folder.path()).remove(0);
        let mut lock = format!(".{}.lock", file.file_name().unwrap().to_string_lossy());
        if writer.tool == "traffic-report" {
            lock = ".traffic-report.lock".into();
        }
        run(Command::new("mkfifo").arg(file.with_file_name(&lock)), b"").succeeded();
        let ran = run(&mut writer.command(folder.path(), &server, ""), b"");
        let told = format!(": {lock}: not a regular file\n");
        assert!(ran.err.contains(&told), "{}: {ran:?}", writer.call);
    }
}

/// `$TZ` may name any file.
pub fn zones() {
    let folder = scratch();
    let (fifo, huge) = (folder.path().join("fifo"), folder.path().join("huge"));
    run(Command::new("mkfifo").arg(&fifo), b"").succeeded();
    File::create(&huge).unwrap().set_len(1 << 40).unwrap();
    for zone in [fifo.as_path(), &huge, Path::new("/dev/zero"), folder.path()] {
        for colon in ["", ":"] {
            let mut local = tool("tai64nlocal");
            local.env("TZ", format!("{colon}{}", zone.display()));
            let ran = run(&mut local, b"@4000000042b6deb800000000 x\n").succeeded();
            assert_eq!(ran.text(), "2005-06-20 15:20:14.000000000 x\n", "{}", zone.display());
        }
    }
}

/// What is read whole has a limit: no name of a file takes all the memory.
pub fn lengths() {
    let folder = scratch();
    File::create(folder.path().join("long")).unwrap().set_len(1 << 40).unwrap();
    for call in [
        "qmsend-parse -p long",
        "qmsend-parse --pending-from=long -p new",
        "multilog-cat --state=long in",
        "metric-sum --rows=message --by=domain --domains=long",
        "metric-sum --rows=message --by=domain --domains=/dev/zero",
        "xfer-sum --domains=long",
        "dnsbl-check --list=bl.example --replay=long",
        "dnsbl-check --list=bl.example --cache=long",
        "dnsbl-check --list=bl.example --key-file=/dev/zero",
    ] {
        let mut words = call.split(' ');
        let mut command = tool(words.next().unwrap());
        let ran = run(command.args(words).current_dir(folder.path()), b"");
        assert!(ran.code == Some(2) && ran.err.ends_with(": too large\n"), "{call}: {ran:?}");
        assert!(ran.out.is_empty(), "{call}: {ran:?}");
    }
    // a line has no limit but the memory
    for tool in ["tally", "qmstat-parse", "logterse-split"] {
        let ran = run(&mut sh(&format!("ulimit -v 300000; {tool} /dev/zero"), folder.path()), b"");
        let told = format!("{tool}: /dev/zero: a line is too long for the memory\n");
        assert!(ran.code == Some(2) && ran.err == told, "{tool}: {ran:?}");
    }
    fs::write(folder.path().join("packed"), b"\x1f\x8b\x08\0").unwrap();
    for call in [
        "metric-sum --rows=message --by=domain --domains=packed",
        "xfer-sum --domains=packed",
        "dnsbl-check --list=bl.example --replay=packed",
        "dnsbl-check --list=bl.example --key-file=packed",
    ] {
        let ran = run(&mut sh(call, folder.path()), b"");
        let told = ": packed: is compressed (gzip); pipe it through zcat\n";
        assert!(ran.code == Some(2) && ran.err.ends_with(told), "{call}: {ran:?}");
    }
}
