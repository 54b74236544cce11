//! The tools that write files beside their output, each with a scene in which it does.

use std::fs;
use std::path::Path;
use std::process::Command;

use maillog_tests::dns::{Server, listing};
use maillog_tests::{bin_dir, command, run, sh};

/// A tool, and a scene for it.
pub struct Writer {
    pub tool: &'static str,
    /// Makes the scene: what an earlier run left, and the input of this one.
    pub before: &'static str,
    /// The arguments and redirections with which a shell calls the tool.
    pub call: &'static str,
    /// What the tool writes beside its output: a file, or a folder of files.
    pub writes: &'static str,
    pub promise: Promise,
}

/// What holds whatever happens to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// The file is the new one if the status is 0, and the old one if it is 2.
    State,
    /// The same, but the status is 0 if only the file could not be replaced; a message says so.
    Totals,
    /// The totals are on a descriptor, as in multilog, which throws them away if the status is not 0.
    Processor,
    /// The file is the old one or the new one, whatever the status: all in it is true.
    Cache,
    /// Each file is the old one or the new one, and the new one if the status is 0.
    Results,
    /// The file is whole if the status is 0.
    Rejects,
}

const ROWS: &str = r"
    row() { printf '%s\th\tin\t1\ta@b\tc@%s\t%s\tsuccess\t1\t\t\t\t\tqmail-send\t\n' $1 $2 $3; }
    for at in 1119280814 1119370814 1119460814; do
        row $at one.example 3000; row $at two.example 5000
    done >rows
";
const LOGTERSE: &str = r"
    log() {
        for i in $(seq $1 $2); do
            printf '@400000006b0279%02x38f058ec %d logging::logterse plugin: ` 192.0.2.1\th\th\t<a@b.c>\t<d@e.f>\tqueued\t\t<1@x>\tNo\n' $i $i
        done
    }
    log 11 13 >first; log 21 25 >second
";

pub const WRITERS: &[Writer] = &[
    Writer {
        tool: "multilog-cat",
        before: r"
            lines() { for i in $(seq $1 $2); do printf '@4000000042b6deb8000000%02d line %d\n' $i $i; done; }
            lines 10 19 >log; multilog-cat --state=kept log; lines 20 29 >>log",
        call: "--state=kept log",
        writes: "kept",
        promise: Promise::State,
    },
    Writer {
        tool: "multilog-cat",
        before: r"
            lines() { for i in $(seq $1 $2); do printf '@4000000042b6deb8000000%02d line %d\n' $i $i; done; }
            mkdir dir; lines 10 19 >dir/current; lines 10 19 >log
            multilog-cat --state=kept dir log
            lines 20 21 >>dir/current; mv dir/current dir/@4000000042b6deb900000000.s
            lines 31 39 >dir/@4000000042b6deba00000000.s; lines 41 49 >dir/current; lines 20 29 >>log",
        call: "--state=kept dir log",
        writes: "kept",
        promise: Promise::State,
    },
    Writer {
        tool: "qmsend-parse",
        before: r"
            printf '@4000000042b6deb500000000 info msg 1: bytes 5 from <a@b> qp 1 uid 1\n@4000000042b6deb500000001 starting delivery 1: msg 1 to local u@x\n' >first
            printf '@4000000042b6deb600000000 delivery 1: success: did/\n@4000000042b6deb600000001 info msg 2: bytes 5 from <a@b> qp 1 uid 1\n@4000000042b6deb600000002 what\n' >second
            qmsend-parse -qp kept first",
        call: "-qp kept --rejects=rejects second",
        writes: "kept",
        promise: Promise::State,
    },
    Writer {
        tool: "session-parse",
        before: r"
            printf '@4000000042b6deb500000000 tcpserver: pid 7 from 192.0.2.1\n' >first
            printf '@4000000042b6deb600000000 tcpserver: end 7 status 0\n@4000000042b6deb600000001 tcpserver: pid 8 from 192.0.2.1\n' >second
            session-parse -qp kept first",
        call: "-qp kept second",
        writes: "kept",
        promise: Promise::State,
    },
    Writer {
        tool: "qplogsumm",
        before: "qplogsumm --state=kept first",
        call: "--state=kept second",
        writes: "kept",
        promise: Promise::State,
    },
    Writer {
        tool: "qplogsumm",
        before: "qplogsumm --state=kept first",
        call: "--state=kept <second",
        writes: "kept",
        promise: Promise::Totals,
    },
    Writer {
        tool: "dnsbl-check",
        before: "seq -f 192.0.2.%g 1 9 >first; seq -f 192.0.2.%g 5 14 >second
            dnsbl-check -ql bl.example --no-self-test --server=127.0.0.1:$PORT --cache=kept first",
        call: "-ql bl.example --no-self-test --server=127.0.0.1:$PORT --cache=kept second",
        writes: "kept",
        promise: Promise::Cache,
    },
    Writer {
        tool: "xfer-sum",
        before: "mkdir days; echo '|old.example|1|1|0|' >days/20.06.2005.qml.txt",
        call: "--out-dir=days rows",
        writes: "days",
        promise: Promise::Results,
    },
    Writer {
        tool: "traffic-report",
        before: "mkdir pages; echo old >pages/one.example.html
            metric-sum --rows=message --by=domain rows >metrics",
        call: "--per=domain --format=html --day=2005-06-20 --out-dir=pages metrics",
        writes: "pages",
        promise: Promise::Results,
    },
    Writer {
        tool: "xfer-sum",
        before: "echo broken >>rows; echo old >kept",
        call: "--rejects=kept rows",
        writes: "kept",
        promise: Promise::Rejects,
    },
];

/// A server that lists every name, for a day.
pub fn server() -> Server {
    Server::start(|query, _| {
        let mut answer = listing(query);
        // the TTL, before the length and the four bytes of the address
        let at = answer.len() - 10;
        answer[at..at + 4].copy_from_slice(&86_400_u32.to_be_bytes());
        vec![answer]
    })
}

/// Not a file that is replaced, but one that is written in its place.
pub const PROCESSOR: Writer = Writer {
    tool: "qplogsumm",
    before: "qplogsumm --state=old first; : >kept",
    call: "<second 4<old 5>kept",
    writes: "kept",
    promise: Promise::Processor,
};

impl Writer {
    /// Makes the scene in a folder.
    pub fn prepare(&self, folder: &Path, server: &Server) {
        let script = [ROWS, LOGTERSE, self.before].concat();
        let mut script = sh(&format!("set -e; {script}"), folder);
        let ran = run(script.env("PORT", server.port.to_string()), b"");
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", self.before);
    }

    /// The call, with another program such as strace before the tool; its rows are in `out`.
    pub fn command(&self, folder: &Path, server: &Server, before: &str) -> Command {
        let tool = bin_dir().join(self.tool);
        let script = format!("exec {before} {} {} >out", tool.display(), self.call);
        let mut sh = command("sh");
        sh.args(["-c", &script]).current_dir(folder).env("PORT", server.port.to_string());
        sh
    }

    /// What the tool wrote beside its output: names and contents.
    pub fn written(&self, folder: &Path) -> Vec<(String, Vec<u8>)> {
        let path = folder.join(self.writes);
        let Ok(names) = fs::read_dir(&path) else {
            return fs::read(&path)
                .map(|content| (self.writes.into(), content))
                .into_iter()
                .collect();
        };
        let mut names: Vec<_> = names.map(|entry| entry.unwrap().path()).collect();
        names.sort();
        let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
        names.iter().map(|path| (name(path), fs::read(path).unwrap_or_default())).collect()
    }
}
