//! server-sample against ps, ss and what awk reads in /proc, over processes that the tests start.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use maillog_tests::strace::{noted, strace};
use maillog_tests::{
    Ran, Running, Test, bin_dir, command, make_program, peer, run, scratch, sh, tests, tool,
    wait_until,
};

pub const TESTS: &[Test] = tests![
    processor_time_is_that_of_proc,
    children_count_once,
    a_control_group_misses_nothing,
    a_group_is_what_ps_and_proc_say,
    connections_are_those_of_ss,
    what_another_user_cannot_read_is_empty,
    no_message_of_the_queue_is_looked_at,
    a_row_comes_at_once_and_sigterm_ends_it,
];

/// A loop of the shell that takes some tenths of a second.
const BUSY: &str = "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done";

/// One of our own shells, under a name that no other program has.
fn shell(folder: &Path, name: &str) -> (PathBuf, String) {
    let name = format!("{name}-{}", std::process::id());
    assert!(name.len() <= 15, "{name}");
    let program = folder.join(&name);
    symlink("/bin/sh", &program).unwrap();
    (program, name)
}

/// A script that runs beside the test; its first line of output is its process number.
fn start(program: &Path, script: &str) -> (Running, String) {
    let mut command = command(program);
    command.args(["-c", &format!("echo $$; {script}")]);
    let running = Running::start(command);
    let pid = running.line();
    (running, pid)
}

fn text(script: &str) -> String {
    run(&mut sh(script, Path::new("/")), b"").succeeded().text().trim().to_owned()
}

fn number(script: &str) -> u64 {
    text(script).parse().unwrap_or_else(|_| panic!("{script}: {}", text(script)))
}

/// The fields of one row.
fn sample(flags: &[&str]) -> Vec<String> {
    let mut command = tool("server-sample");
    command.arg("--every=0").args(flags);
    run(&mut command, b"").succeeded().rows().remove(0)
}

/// Waits until a process does nothing but wait itself.
fn wait_for_rest(pid: &str) {
    let stat = format!("/proc/{pid}/stat");
    wait_until("rest", || fs::read_to_string(&stat).unwrap().contains(") S "));
}

/// What a process and the children that it waited for have used, in milliseconds.
fn used_ms(pid: &str) -> u64 {
    number(&format!(
        "awk -v second=$(getconf CLK_TCK) '{{
            sub(/.*\\) /, \"\"); print ($12 + $13 + $14 + $15) * 1000 / second }}' /proc/{pid}/stat"
    ))
}

/// A sampler that writes `cpu_ms` each second, and has begun.
fn processor_time(group: &str) -> Running {
    let mut command = tool("server-sample");
    command.args(["-H", "-f", "cpu_ms", "--every=1", "--count=0", group]);
    let running = Running::start(command);
    assert_eq!(running.line(), "cpu_ms");
    running
}

/// Fails unless the rows of a sampler come to this sum, and stay there.
fn assert_sum(sampler: &Running, expected: u64) {
    let mut sum = 0;
    let mut rows = Vec::new();
    while sum < expected && rows.len() < 60 {
        rows.push(sampler.line().parse::<u64>().unwrap());
        sum = rows.iter().sum();
    }
    let last: u64 = sampler.line().parse().unwrap();
    assert_eq!((sum, last), (expected, 0), "{rows:?}");
}

fn processor_time_is_that_of_proc() {
    let scratch = scratch();
    let (program, name) = shell(scratch.path(), "busy");
    let group = format!("--name={name}");
    let sampler = processor_time(&group);
    let (running, pid) = start(&program, &format!("{BUSY}; echo done; read end"));
    assert_eq!(running.line(), "done");
    wait_for_rest(&pid);
    let expected = used_ms(&pid);
    assert!(expected > 0);
    assert_sum(&sampler, expected);
    // what was used before the start is in no row
    let mut command = tool("server-sample");
    command.args(["--every=0", "--count=3", "-f", "cpu_ms,processes", &group]);
    assert_eq!(run(&mut command, b"").succeeded().text(), "0\t1\n".repeat(3));
}

/// Children of the same name are of the group; awk is not, and counts when it was waited for.
fn children_count_once() {
    let scratch = scratch();
    let (program, name) = shell(scratch.path(), "wait");
    let sampler = processor_time(&format!("--name={name}"));
    let script = format!(
        "for n in 1 2 3 4 5; do ({BUSY}); done
        awk 'BEGIN {{ while (i < 3000000) i++ }}'
        echo done; read end"
    );
    let (running, pid) = start(&program, &script);
    assert_eq!(running.line(), "done");
    wait_for_rest(&pid);
    assert_sum(&sampler, used_ms(&pid));
}

/// A group in the kernel's second tree of control groups, removed when this is dropped.
struct Cgroup(PathBuf);

impl Cgroup {
    fn new() -> Option<Self> {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
        let tree =
            mounts.lines().find_map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
                [_, folder, "cgroup2", ..] => Some(folder.to_owned()),
                _ => None,
            })?;
        let folder = Path::new(&tree).join(format!("maillog-tests-{}", std::process::id()));
        fs::create_dir(&folder).ok()?;
        Some(Cgroup(folder))
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        wait_until("an empty control group", || fs::remove_dir(&self.0).is_ok());
    }
}

/// The orphan that works here is nobody's child that waits for it: only the kernel counts its time.
fn a_control_group_misses_nothing() {
    let Some(cgroup) = Cgroup::new() else {
        eprintln!("SKIPPED: no control group can be made: its processor time is not compared");
        return;
    };
    let folder = cgroup.0.to_str().unwrap();
    let sampler = processor_time(&format!("--cgroup={folder}"));
    let script = format!(
        "echo $$ >{folder}/cgroup.procs
        (({BUSY}; echo done) &)
        read end"
    );
    let (running, pid) = start(Path::new("/bin/sh"), &script);
    assert_eq!(running.line(), "done");
    let procs = cgroup.0.join("cgroup.procs");
    wait_until("the orphan's end", || fs::read_to_string(&procs).unwrap().trim() == pid);
    wait_for_rest(&pid);
    let flags = ["-f", "processes,threads", &format!("--cgroup={folder}")];
    assert_eq!(sample(&flags), ["1", "1"]);
    let usage = number(&format!("awk '/^usage_usec/ {{ print $2 }}' {folder}/cpu.stat"));
    assert_sum(&sampler, usage / 1000);
}

fn a_group_is_what_ps_and_proc_say() {
    let (Some(python), Some(_)) =
        (peer("python3", "a process with threads"), peer("ps", "a group of processes"))
    else {
        return;
    };
    let scratch = scratch();
    let name = format!("group-{}", std::process::id());
    let program = scratch.path().join(&name);
    // the program itself, and not a script that looks for it
    let mut which = command(python);
    which.args(["-c", "import sys; print(sys.executable)"]);
    symlink(run(&mut which, b"").succeeded().text().trim(), &program).unwrap();
    let script = "import os, sys, threading
if os.fork() == 0:
    os._exit(0)  # has ended, and nobody waits for it
memory = bytearray(b'x') * 30000000
files = [open('/dev/null') for _ in range(10)]
stop = threading.Event()
for _ in range(4):
    threading.Thread(target=stop.wait, daemon=True).start()
print(os.getpid(), flush=True)
sys.stdin.read()";
    let all: Vec<_> = (0..2)
        .map(|_| {
            let mut command = command(&program);
            command.args(["-c", script]);
            let running = Running::start(command);
            let pid = running.line();
            wait_for_rest(&pid);
            (running, pid)
        })
        .collect();
    let pids: Vec<&str> = all.iter().map(|(_, pid)| pid.as_str()).collect();
    let columns = "processes,threads,open_files,memory_kib";
    let found = sample(&["-f", columns, &format!("--name={name}")]);
    let ps = |count| {
        let live = format!("!/^Z/ {{ n += {count} }} END {{ print n }}");
        text(&format!("ps -C {name} -o stat=,nlwp= | awk '{live}'"))
    };
    assert_eq!(found[..2], [ps("1"), ps("$2")]);
    assert_eq!(found[..2], ["2", "10"]);
    let files = |pid: &&str| number(&format!("ls /proc/{pid}/fd | wc -l"));
    assert_eq!(found[2], pids.iter().map(files).sum::<u64>().to_string());
    let pss =
        |pid: &&str| number(&format!("awk '/^Pss:/ {{ print $2 }}' /proc/{pid}/smaps_rollup"));
    // others come and go that share the libraries, and with each the share of ours changes
    let (memory, expected) = (found[3].parse::<u64>().unwrap(), pids.iter().map(pss).sum::<u64>());
    assert!(memory.abs_diff(expected) < expected / 10, "{memory}, should be {expected}");
    assert!(memory > 58_000, "{memory}");
}

/// Connects to a port of this machine; both ends.
fn connect(listener: &TcpListener, to: &str) -> (TcpStream, TcpStream) {
    let port = listener.local_addr().unwrap().port();
    let client = TcpStream::connect((to, port)).unwrap();
    (client, listener.accept().unwrap().0)
}

fn connections_are_those_of_ss() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut streams: Vec<_> = (0..3).map(|_| connect(&listener, "127.0.0.1")).collect();
    let mut ports = vec![listener.local_addr().unwrap().port()];
    // a machine without IPv6 has none of these
    let other = TcpListener::bind("[::]:0").ok();
    if let Some(other) = &other {
        streams.extend(["::1", "::1", "127.0.0.1"].map(|to| connect(other, to)));
        ports.push(other.local_addr().unwrap().port());
    }
    let list = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
    let count = || sample(&["-f", "connections", &format!("--ports={list}")]).remove(0);
    assert_eq!(count(), streams.len().to_string());
    if peer("ss", "the number of connections").is_some() {
        let filters: Vec<_> = ports.iter().map(|port| format!("sport = :{port}")).collect();
        let filter = filters.join(" or ");
        assert_eq!(count(), text(&format!("ss -tnH state established '( {filter} )' | wc -l")));
    }
    // our end of these connections has another port, and is none of a server
    let client = streams[0].0.local_addr().unwrap().port();
    assert_eq!(sample(&["-f", "connections", &format!("--ports={client}")]), ["1"]);
    drop(streams);
    // the kernel counts a connection until its other end has learnt that it is closed
    let are_gone = (0..100).any(|_| {
        count() == "0" || {
            sleep(Duration::from_millis(20));
            false
        }
    });
    assert!(are_gone, "{}", count());
}

/// The user without rights.
const NOBODY: u32 = 65_534;

fn what_another_user_cannot_read_is_empty() {
    if number("id -u") != 0 {
        eprintln!("SKIPPED: the tests do not run as root: no other user is tried");
        return;
    }
    let scratch = scratch();
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let (program, name) = shell(scratch.path(), "other");
    let (_running, pid) = start(&program, "read end");
    let queue = scratch.path().join("queue");
    fs::create_dir_all(queue.join("mess/0")).unwrap();
    fs::set_permissions(queue.join("mess"), fs::Permissions::from_mode(0o750)).unwrap();
    let copy = scratch.path().join("server-sample");
    make_program(&copy, &fs::read(bin_dir().join("server-sample")).unwrap());
    let as_nobody = |mut command: Command| run(command.uid(NOBODY).gid(NOBODY), b"");

    let mut sampler = command(&copy);
    sampler.args(["--every=0", "-f", "cpu_ms,memory_kib,processes,threads,queue,todo,open_files"]);
    sampler.arg(format!("--name={name}")).arg("--queue").arg(&queue);
    let row = as_nobody(sampler).succeeded().rows().remove(0);
    assert_eq!(row[..6], ["0", "", "1", "1", "", ""], "{row:?}");
    // since Linux 6.2 the size of the folder is the number, and anyone may see it
    let mut stat = command("stat");
    stat.args(["-c", "%s", &format!("/proc/{pid}/fd")]);
    let size = as_nobody(stat).text().trim().to_owned();
    assert_eq!(row[6], if size == "0" { String::new() } else { size });
}

fn no_message_of_the_queue_is_looked_at() {
    if peer("strace", "how the queue is read").is_none() {
        return;
    }
    let scratch = scratch();
    let queue = scratch.path().join("queue");
    for folder in ["mess/0", "mess/1", "todo"] {
        fs::create_dir_all(queue.join(folder)).unwrap();
        for number in 0..200 {
            fs::write(queue.join(folder).join(format!("message-{number}")), "").unwrap();
        }
    }
    let trace = scratch.path().join("trace");
    let mut command = strace("server-sample", &trace, &["-e", "trace=%file"]);
    command.args(["--every=0", "-f", "queue,todo", "--queue"]).arg(&queue);
    assert_eq!(run(&mut command, b"").succeeded().text(), "400\t200\n");
    let noted = noted(&trace);
    assert!(!noted.iter().any(|call| call.contains("message-")), "{noted:?}");
    let opened = |name: &str| noted.iter().filter(|call| call.contains(name)).collect::<Vec<_>>();
    for name in ["\"mess\"", "\"todo\"", "\"0\"", "\"1\""] {
        let calls = opened(name);
        assert!(!calls.is_empty(), "{name}: {noted:?}");
        let safe = |call: &&String| call.contains("O_NOFOLLOW") && call.contains("O_DIRECTORY");
        assert!(calls.iter().all(safe), "{calls:?}");
    }
}

fn a_row_comes_at_once_and_sigterm_ends_it() {
    let mut sampler = tool("server-sample");
    sampler.args(["-H", "--every=1", "--count=0", "-f", "interval_ms,host", "--host=mail1"]);
    let begun = std::time::Instant::now();
    let running = Running::start(sampler);
    assert_eq!(running.line(), "interval_ms\thost");
    let intervals: Vec<u128> =
        (0..3).map(|_| running.line().strip_suffix("\tmail1").unwrap().parse().unwrap()).collect();
    assert!(intervals.iter().sum::<u128>() <= begun.elapsed().as_millis(), "{intervals:?}");

    let mut sampler = tool("server-sample");
    sampler.args(["-H", "--every=3600", "-f", "host"]);
    let mut child = sampler.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut names = [0; 5];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut names).unwrap();
    text(&format!("kill {}", child.id()));
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.signal(), Some(15));
    assert_eq!(names, *b"host\n");
    assert_eq!(Ran::from(ended), Ran { out: Vec::new(), err: String::new(), code: None });
}
