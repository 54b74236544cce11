//! The scripts of `examples/parallel/` make of many processes what one makes.

use std::fs;
use std::process::Command;

use maillog_tests::logs::capture;
use maillog_tests::{Running, command, peer, root, run, sh, tool};

use crate::Host;

const SUMS: [[&str; 2]; 2] = [
    ["xfer-sum -q", "xfer-sum --merge"],
    ["metric-sum -q -r message -b domain", "metric-sum --merge"],
];

/// An example whose sums are these.
fn example(host: &Host, name: &str, [sum, merge]: [&str; 2]) -> Command {
    let mut example = host.bare_example(&format!("parallel/{name}"));
    // parallel keeps what it knows of its user there
    example.env("SUM", sum).env("MERGE", merge).env("HOME", host.0.path());
    example.current_dir(host.0.path());
    example
}

/// Puts two stats logs there: a large one with hostile lines, and one in which every line needs the one
/// before it.
fn stats_logs(host: &Host, names: [&str; 2]) {
    let hostile = run(tool("maillog-generate").args(["stats-hostile", "400000"]), b"").succeeded();
    let repeated = fs::read(root().join("tests/golden/qmstat-parse/repeated/in")).unwrap();
    for (name, text) in names.into_iter().zip([hostile.out, repeated]) {
        let path = host.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Fails unless the call has the output of the script, which is run in the folder of the host.
fn same_as(call: &mut Command, script: &str, host: &Host) {
    let once = run(sh(script, host.0.path()).env("TZ", crate::ZONE), b"");
    let many = run(call, b"");
    assert_eq!((many.code, once.code), (Some(0), Some(0)), "{}{}", many.err, once.err);
    assert!(!once.out.is_empty() && many.out == once.out, "{script}: {}", many.text());
}

/// Fails unless the call says what is wrong and ends with an error.
fn fails(call: &mut Command, says: &str) {
    let ran = run(call, b"");
    assert!(ran.code != Some(0) && ran.err.contains(says), "{ran:?}");
}

pub fn files() {
    if peer("parallel", "examples/parallel").is_none() {
        return;
    }
    let host = Host::new();
    stats_logs(&host, ["hostile log", "repeated"]);
    for sums in SUMS {
        let once = format!("qmstat-parse -q 'hostile log' repeated | {}", sums[0]);
        for (range_bytes, file) in [("50000", "hostile log"), ("40", "repeated")] {
            let once =
                once.replace(if file == "repeated" { "'hostile log'" } else { "repeated" }, "");
            let mut many = example(&host, "files.sh", sums);
            same_as(many.env("RANGE_BYTES", range_bytes).arg(file), &once, &host);
        }
        same_as(example(&host, "files.sh", sums).args(["hostile log", "repeated"]), &once, &host);
    }
    let missing = "none: No such file or directory";
    fails(example(&host, "files.sh", SUMS[0]).args(["repeated", "none"]), "none");
    fs::create_dir(host.path("directory")).unwrap();
    let no_file = "directory: not a regular file";
    fails(example(&host, "files.sh", SUMS[0]).args(["repeated", "directory"]), no_file);
    let no_log = example(&host, "hosts.sh", SUMS[0]).args(["none"]).output().unwrap();
    assert!(!no_log.status.success() && String::from_utf8_lossy(&no_log.stderr).contains(missing));
}

pub fn hosts() {
    if peer("parallel", "examples/parallel").is_none() {
        return;
    }
    let host = Host::new();
    let logs = ["qmail-send", "qmail-sagredo-send"].map(|name| capture(name).display().to_string());
    for sums in SUMS {
        let rows = logs.iter().map(|log| {
            let name = log.rsplit('/').next().unwrap();
            format!("multilog-cat -q {log} | qmsend-parse -q --host={name};")
        });
        let once = format!("({}) | {}", rows.collect::<String>(), sums[0]);
        same_as(example(&host, "hosts.sh", sums).args(&logs), &once, &host);
    }
}

pub fn over_ssh() {
    let peers = ["sshd", "ssh", "ssh-keygen", "parallel", "python3"];
    if peers.iter().any(|name| peer(name, "examples/parallel over ssh").is_none()) {
        return;
    }
    let host = Host::new();
    stats_logs(&host, ["mx1/stats", "mx2/stats"]);
    let mut server = command("sh");
    server.arg(root().join("tests/src/sshd.sh")).arg(host.0.path()).args(["mx1", "mx2"]);
    let server = Running::start({
        server.env("TZ", crate::ZONE);
        server
    });
    assert_eq!(server.line(), "ready");
    // a host at which nobody answers
    let config = host.path("ssh_config");
    let known = fs::read_to_string(&config).unwrap();
    fs::write(&config, known + "Host mx3\n    HostName 127.0.0.1\n    Port 1\n").unwrap();
    let ssh = peer("ssh", "examples/parallel over ssh").unwrap();
    let ssh = format!("{} -F {}", ssh.display(), config.display());
    for (name, sums) in ["ssh.sh", "sshlogin.sh"].into_iter().zip(SUMS) {
        let once = format!("qmstat-parse -q mx1/stats mx2/stats | {}", sums[0]);
        let mut many = example(&host, name, sums);
        same_as(many.env("SSH", &ssh).args(["st*", "mx1", "mx2"]), &once, &host);
        fs::write(host.path("mx1/one"), "").unwrap();
        let missing = "one: No such file or directory";
        fails(example(&host, name, SUMS[0]).env("SSH", &ssh).args(["one", "mx1", "mx2"]), missing);
        fails(
            example(&host, name, SUMS[0]).env("SSH", &ssh).args(["st*", "mx1", "mx3"]),
            "refused",
        );
    }
    server.end();
}
