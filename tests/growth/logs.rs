//! What is in logs: open messages, connections and sessions, recipients, hosts.

use std::fs;
use std::path::Path;

use maillog_tests::{run, tool};

use super::sums::files;
use super::{Call, Dimension, each};

pub const DIMENSIONS: &[Dimension] = &[
    ("qmsend-parse: open messages", 1000, |n, _| {
        Call::new("qmsend-parse", "-q --sessions=sessions --open").on(each(n, info))
    }),
    ("qmsend-parse: messages", 1000, |n, _| {
        let all = |at| info(at) + &start(at, at) + &done(at) + &line(&format!("end msg {at}"));
        Call::new("qmsend-parse", "-q").on(each(n, all))
    }),
    ("qmsend-parse: messages that are open together", 1000, |n, _| {
        let ends = each(n, |at| done(at) + &line(&format!("end msg {at}")));
        let log = each(n, info) + &each(n, |at| start(at, at)) + &ends;
        Call::new("qmsend-parse", "-q --sessions=sessions").on(log)
    }),
    ("qmsend-parse: recipients of a message", 1000, |n, _| {
        let all = each(n, |at| start(at, 1)) + &each(n, done);
        Call::new("qmsend-parse", "-q").on(info(1) + &all + &line("end msg 1"))
    }),
    ("qmsend-parse: deliveries that a restart cuts off", 1000, |n, _| {
        let log = info(1)
            + &each(n, |at| start(at, 1))
            + &line("running")
            + &line("status: local 0/10 remote 0/20");
        Call::new("qmsend-parse", "-q").on(log)
    }),
    ("qmsend-parse: restarts", 500, |n, _| {
        let again = |at| info(at) + &start(at, at) + &line("status: exiting") + &line("running");
        Call::new("qmsend-parse", "-q").on(each(n, again))
    }),
    ("qmsend-parse: hosts", 500, |n, _| {
        let line = |at: usize| format!("2026-11-22T05:21:15Z mx{at} qmail: new msg {at}\n");
        Call::new("qmsend-parse", "-q --sessions=sessions --open").on(each(n, line))
    }),
    ("qmsend-parse: queues", 500, |n, _| {
        let info = |at: usize| {
            line(&format!("info msg 7: bytes 10 from <a@b> qp {at} uid 5 queue{at}"))
                + &line(&format!("starting delivery 1.{at}: msg 7 to local a@b queue{at}"))
        };
        Call::new("qmsend-parse", "-q --sessions=sessions --open").on(each(n, info))
    }),
    ("qmsend-parse: logs", 100, |n, folder| {
        let name = |at: usize| {
            let name = "x".repeat(at + 1);
            fs::write(folder.join(&name), info(at)).unwrap();
            name
        };
        Call::new("qmsend-parse", "-q --sessions=sessions --open").with((0..n).map(name))
    }),
    ("qmsend-parse: a pending file", 1000, |n, folder| {
        pend("qmsend-parse", folder, &each(n, |at| info(at) + &start(at, at)));
        Call::new("qmsend-parse", "-q -p pending").on(line("running"))
    }),
    ("qmsend-parse: a message's bounces", 500, |n, _| {
        let bounce = |at: usize| line(&format!("bounce msg 1 qp {at}"));
        Call::new("qmsend-parse", "-q").on(info(1) + &each(n, bounce))
    }),
    ("session-parse: open sessions of tcpserver", 1000, |n, _| {
        Call::new("session-parse", "-q --open").on(each(n, ok))
    }),
    ("session-parse: sessions of tcpserver that are open together", 1000, |n, _| {
        let end = |at: usize| line(&format!("tcpserver: end {at} status 0"));
        Call::new("session-parse", "-q").on(each(n, ok) + &each(n, end))
    }),
    ("session-parse: sessions of tcpserver that end the other way round", 1000, |n, _| {
        let end = |at: usize| line(&format!("tcpserver: end {} status 0", n - at - 1));
        Call::new("session-parse", "-q").on(each(n, ok) + &each(n, end))
    }),
    ("session-parse: one number again and again", 1000, |n, _| {
        Call::new("session-parse", "-q").on(each(n, |_| ok(7)))
    }),
    ("session-parse: sessions of qpsmtpd", 1000, |n, _| {
        let begin =
            |at: usize| line(&format!("{at} Accepted connection 0/40 from 192.0.2.1 / mx.example"));
        let end = |at: usize| line(&format!("{at} click, disconnecting"));
        Call::new("session-parse", "-q").on(each(n, begin) + &each(n, end))
    }),
    ("session-parse: sessions of dovecot", 1000, |n, _| {
        let begin = |at: usize| {
            stamped(&format!(
                "dovecot: imap-login: Login: user=<ann{at}>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, mpid={at}, session=<s{at}>"
            ))
        };
        let end = |at: usize| {
            stamped(&format!(
                "dovecot: imap(ann{at})<{at}><s{at}>: Disconnected: Logged out in=60 out=600"
            ))
        };
        Call::new("session-parse", "-q").on(each(n, begin) + &each(n, end))
    }),
    ("session-parse: sessions of dovecot of one user", 1000, |n, _| {
        let begin = |at: usize| {
            stamped(&format!(
                "dovecot: imap-login: Login: user=<ann>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, mpid={at}"
            ))
        };
        let end = |_| stamped("dovecot: imap(ann): Disconnected: Logged out in=60 out=600");
        Call::new("session-parse", "-q").on(each(n, begin) + &each(n, end))
    }),
    ("session-parse: sessions of courier from one address", 1000, |n, _| {
        let begin =
            |at: usize| stamped(&format!("imapd: Connection, ip=[::ffff:192.0.2.1], port=[{at}]"));
        let login = |at: usize| {
            stamped(&format!(
                "imapd: LOGIN, user=ann, ip=[::ffff:192.0.2.1], port=[{at}], protocol=IMAP"
            ))
        };
        let end =
            |_| stamped("imapd: LOGOUT, user=ann, ip=[::ffff:192.0.2.1], rcvd=10, sent=20, time=5");
        Call::new("session-parse", "-q").on(each(n, begin) + &each(n, login) + &each(n, end))
    }),
    ("session-parse: scans of spamd", 1000, |n, _| {
        let begin = |at: usize| {
            stamped(&format!(
                "spamd[{at}]: spamd: connection from localhost [127.0.0.1]:4000 to port 783, fd 5"
            ))
        };
        let end = |at: usize| {
            stamped(&format!(
                "spamd[{at}]: spamd: result: Y 8 - A,B scantime=1.2,size=5,user=ann,uid=5,required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=4000,mid=<a@b>"
            ))
        };
        Call::new("session-parse", "-q").on(each(n, begin) + &each(n, end))
    }),
    ("session-parse: hosts", 500, |n, _| {
        let line = |at: usize| {
            format!(
                "2026-11-22T05:21:15Z mx{at} tcpserver: ok 7 mx:192.0.2.9:25 :192.0.2.1::4001\n"
            )
        };
        Call::new("session-parse", "-q --open").on(each(n, line))
    }),
    ("session-parse: a pending file", 1000, |n, folder| {
        pend("session-parse", folder, &each(n, ok));
        Call::new("session-parse", "-q -p pending").on(ok(1))
    }),
    ("smtpd-parse: refusals of qlog without their end", 1000, |n, _| {
        let reject = |at: usize| {
            line(&format!(
                "CHKUSER rejected rcpt: from <a@b|remoteinfo/auth:|chkuser-identify:> remote <helo:h{at}|remotehostname:mx|remotehostip:192.0.2.7> rcpt <c{at}@example.org> : not existing recipient"
            ))
        };
        Call::new("smtpd-parse", "-q").on(each(n, reject))
    }),
    ("smtpd-parse: verdicts of spamdyke", 1000, |n, _| {
        let allow = |at: usize| {
            stamped(&format!(
                "spamdyke[{at}]: ALLOWED from: a@b.example to: c@example.net origin_ip: 192.0.2.1 origin_rdns: mx.example auth: (unknown) encryption: (none) reason: 250_ok_1795664264_qp_{at}"
            ))
        };
        Call::new("smtpd-parse", "-q").on(each(n, allow))
    }),
    ("smtpd-parse: recipients of a message", 1000, |n, _| {
        let all = each(n, |at| format!(",erin{at}@example.net"));
        let queued = line(&format!(
            "qlogreceived: result=accepted code=250 reason=queueaccept detail= helo=mx3.example.net mailfrom= rcptto=dave@example.net{all} relay=no rcpthosts= size=1497 authuser= authtype= encrypted= sslverified= localport=25 remoteip=192.0.2.1 remoteport=4 remotehost=mx qp=5 pid=7"
        ));
        Call::new("smtpd-parse", "-q").on(queued)
    }),
    ("smtpd-parse: connections of a toaster", 1000, |n, _| {
        let policy = |at: usize| {
            line(&format!(
                "policy_check: remote a@b.example -> local c{at}@example.net (UNAUTHENTICATED SENDER)"
            ))
        };
        Call::new("smtpd-parse", "-q").on(each(n, |at| ok(at) + &policy(at)))
    }),
    ("logterse-split: recipients of a message", 1000, |n, _| {
        Call::new("logterse-split", "-q").on(queued(7, n))
    }),
    ("logterse-split: a row for each recipient", 500, |n, _| {
        Call::new("logterse-split", "-q --each-recipient").on(queued(7, n))
    }),
    ("logterse-split: a text of many lines", 1000, |n, _| {
        let first =
            line("8 (deny) logging::logterse: ` 192.0.2.2\th\th\t<a@b>\t<c@d>\tdnsbl\t903\tone");
        Call::new("logterse-split", "-q").on(first + &each(n, |at| line(&format!("and more {at}"))))
    }),
    ("qplogtail: connections", 1000, |n, _| {
        let begin = |at: usize| {
            line(&format!("{at} Accepted connection {at}/40 from 192.0.2.1 / mx.example"))
        };
        let end = |at: usize| line(&format!("{at} click, disconnecting"));
        Call::new("qplogtail", "").on(each(n, begin) + &each(n, |at| queued(at, 1)) + &each(n, end))
    }),
    ("qploggrep: connections", 1000, |n, _| {
        let begin = |at: usize| {
            line(&format!("{at} Accepted connection {at}/40 from 192.0.2.1 / mx.example"))
        };
        Call::new("qploggrep", "mx.example")
            .on(line("x") + &begin(7) + &each(n, begin) + &each(n, |at| queued(at, 1)))
    }),
    ("qploggrep: connections that do not match", 1000, |n, _| {
        let begin = |at: usize| {
            line(&format!("{at} Accepted connection {at}/40 from 192.0.2.1 / mx.example"))
        };
        Call::new("qploggrep", "nobody").on(each(n, begin) + &each(n, |at| queued(at, 1)))
    }),
    ("qploggrep: files", 100, |n, folder| {
        let log =
            |at: usize| line(&format!("{at} Accepted connection 1/40 from 192.0.2.1 / mx.example"));
        let names = files(n + 1, folder, log);
        Call::new("qploggrep", "mx.example").with(names)
    }),
    ("qplogsumm: dispositions", 500, |n, _| {
        let queued = |at| queued(at, 1).replace("queued", &format!("plugin{at}"));
        Call::new("qplogsumm", "--state=state").on(each(n, queued))
    }),
    ("qplogsumm: logs", 100, |n, folder| {
        let log = |at: usize| {
            each(3, |line| queued(at, 1).replace("000000 ", &format!("{at:03}{line:03} ")))
        };
        Call::new("qplogsumm", "--state=state").with(files(n, folder, log))
    }),
    ("qplogsumm: logs of one time", 100, |n, folder| {
        let log = |at: usize| each(3, |_| queued(at, 1));
        Call::new("qplogsumm", "--state=state").with(files(n, folder, log))
    }),
    ("qmstat-parse: hosts", 1000, |n, _| {
        let line = |at: usize| {
            format!("Jun 20 18:20:14 mail{at} in[{at}]: 1119280814|a@x|b@y|10|success|1\n")
        };
        Call::new("qmstat-parse", "").on(each(n, line))
    }),
    ("qmstat-parse: repeated lines", 500, |n, _| {
        let line = "Jun 20 18:20:14 mail in[7]: 1119280814|a@x|b@y|10|success|1\n";
        Call::new("qmstat-parse", "")
            .on(format!("{line}Jun 20 18:20:44 mail last message repeated {} times\n", n + 1))
    }),
    ("tai64nlocal: labels", 1000, |n, _| {
        Call::new("tai64nlocal", "-a")
            .on(each(n, |at| format!("@400000006b0278{:02x}00000000 ", at % 256)))
    }),
];

/// A line of multilog.
fn line(text: &str) -> String {
    format!("@400000006b027b6b00000000 {text}\n")
}

/// A line of syslog.
fn stamped(text: &str) -> String {
    format!("2026-11-22T05:21:15Z mx {text}\n")
}

fn info(number: usize) -> String {
    line(&format!("info msg {number}: bytes 10 from <ann@example.org> qp {number} uid 5"))
}

fn start(delivery: usize, message: usize) -> String {
    line(&format!(
        "starting delivery {delivery}: msg {message} to remote bob{delivery}@example.net"
    ))
}

fn done(delivery: usize) -> String {
    line(&format!("delivery {delivery}: success: 192.0.2.1_accepted_message./"))
}

fn ok(number: usize) -> String {
    line(&format!("tcpserver: ok {number} mx:192.0.2.9:25 :192.0.2.1::{}", number % 60_000 + 1))
}

/// A message that qpsmtpd queued.
fn queued(pid: usize, recipients: usize) -> String {
    let all = each(recipients, |at| format!(",<user{at}@example.net>"));
    line(&format!(
        "{pid} (queue) logging::logterse: ` 192.0.2.1\th\th\t<a@b.example>\t<c@d.example>{all}\tqueued\t\t<{pid}@b>\tNo, hits=1.0 required=5.0"
    ))
}

/// Leaves what is open in a pending file.
fn pend(name: &str, folder: &Path, log: &str) {
    let mut first = tool(name);
    first.args(["-q", "-p", "pending"]).current_dir(folder);
    assert_eq!(run(&mut first, log.as_bytes()).code, Some(0));
}
