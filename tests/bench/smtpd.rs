//! The `smtpd` of maillog-generate: what Sagredo's qmail-smtpd with chkuser, qlog, the policy patch and
//! simscan says behind tcpserver, in one log of multilog.

use std::collections::VecDeque;
use std::io::{self, Write};

use common::time::{Instant, label};

use super::{Dice, Log};

/// How many connections are open at once.
const OPEN: usize = 30;

/// The lines that are still to come of a connection, without their labels.
type Lines = VecDeque<String>;

/// Connections under way.
#[derive(Default)]
pub struct Smtpd {
    open: Vec<Lines>,
    /// Which spoke last.
    at: usize,
    /// tcpserver's line about how many there are.
    status: Option<String>,
    number: u64,
}

impl Smtpd {
    /// The next line, at this second and microsecond.
    pub fn write(&mut self, log: &mut Log, unix: i64, micros: i64) -> io::Result<()> {
        let line = self.status.take().unwrap_or_else(|| self.next(log));
        log.line.clear();
        let nanos = u32::try_from(micros * 1000).ok();
        label::write(Instant { seconds: unix, nanos }, &mut log.line);
        write!(log.line, " {line}")
    }

    fn next(&mut self, log: &mut Log) -> String {
        if self.open.len() < OPEN {
            self.number += 1;
            self.at = self.open.len();
            self.open.push(connection(log, self.number));
            return self.count();
        }
        // what one says of a recipient comes at once, most often
        if self.at >= self.open.len() || log.dice.below(4) == 0 {
            let bound = self.open.len() as u64;
            self.at = usize::try_from(log.dice.below(bound)).unwrap_or(0);
        }
        let line = self.open[self.at].pop_front().unwrap_or_default();
        if self.open[self.at].is_empty() {
            self.open.swap_remove(self.at);
            self.status = Some(self.count());
        }
        line
    }

    fn count(&self) -> String {
        format!("tcpserver: status: {}/40", self.open.len())
    }
}

/// A client, and the mail that it sends.
struct Client {
    pid: u64,
    ip: String,
    port: u64,
    /// Its name by DNS; empty if it has none.
    name: String,
    helo: String,
    sender: String,
    /// May it send to anywhere?
    relay: bool,
}

impl Client {
    fn new(log: &mut Log, number: u64) -> Self {
        let ip = format!("192.0.{}.{}", log.dice.below(256), log.dice.below(256));
        let name = match log.dice.below(5) {
            0 => String::new(),
            _ => format!("mx{}.{}", log.dice.below(9), log.domains.draw(&mut log.dice)),
        };
        let helo = match log.dice.below(5) {
            0 => format!("[{ip}]"),
            1 => "laptop".into(),
            _ => log.domains.draw(&mut log.dice).to_owned(),
        };
        Client {
            // no number comes again before its connection is over
            pid: 1_000 + number % 60_000,
            ip,
            port: 1_024 + log.dice.below(60_000),
            name,
            helo,
            sender: log.address(),
            relay: log.dice.below(10) == 0,
        }
    }

    /// A line of chkuser.
    fn chkuser(&self, title: &str, recipient: &str, text: &str) -> String {
        let Client { ip, name, helo, sender, .. } = self;
        let name = if name.is_empty() { "unknown" } else { name };
        format!(
            "CHKUSER {title}: from <{sender}|remoteinfo/auth:|chkuser-identify:> remote \
             <helo:{helo}|remotehostname:{name}|remotehostip:{ip}> rcpt <{recipient}> : {text}"
        )
    }

    /// A line of qlog, from the result to the detail and from the size to the number of qmail-queue.
    fn qlog(&self, verdict: &str, recipient: &str, [size, qp]: [&str; 2]) -> String {
        let Client { pid, ip, port, name, helo, sender, relay } = self;
        let relay = if *relay { "yes" } else { "no" };
        format!(
            "{verdict} helo={helo} mailfrom={sender} rcptto={recipient} relay={relay} \
             rcpthosts=yes size={size} authuser= authtype= encrypted= sslverified=no \
             localip=192.0.2.9 localport=25 remoteip={ip} remoteport={port} remotehost={name} \
             qp={qp} pid={pid}"
        )
    }

    /// A line of simscan.
    fn simscan(&self, state: &str, name: &str, recipients: &str) -> String {
        let Client { pid, ip, sender, .. } = self;
        format!("simscan:[{pid}]:{state}:0.{pid}s:{name}:{ip}:{sender}:{recipients}")
    }
}

const RECIPIENT_REFUSED: &str =
    "qlogenvelope: result=rejected code=550 reason=chkuser detail=nomailbox";

/// The lines of a connection.
fn connection(log: &mut Log, number: u64) -> Lines {
    let client = Client::new(log, number);
    let Client { pid, ip, port, name, helo, sender, .. } = &client;
    let mut lines = VecDeque::from([
        format!("tcpserver: pid {pid} from {ip}"),
        format!("tcpserver: ok {pid} mail.example.net:192.0.2.9:25 {name}:{ip}::{port}"),
    ]);
    let kind = log.dice.below(20);
    match kind {
        0 => lines.push_back(format!(
            "qmail-smtpd: read failed (connection closed by the client before the quit cmd): \
             (null) from {ip} to (null) helo {helo}"
        )),
        1 => {
            let verdict = "qlogenvelope: result=rejected code=554 reason=pregreet detail=";
            lines.push_back(format!(
                "qmail-smtpd[{pid}]: GREETDELAY from {ip}: client sent data before greeting"
            ));
            lines.push_back(client.qlog(verdict, "", [""; 2]));
        }
        2..=4 => {
            let (code, detail, text) = *log.dice.pick(&[
                (553, "senderformat", "invalid sender address format"),
                (550, "sendermxinvalid", "invalid sender MX domain"),
            ]);
            let verdict = format!(
                "qlogenvelope: result=rejected code={code} reason=chkusersender detail={detail}"
            );
            lines.push_back(client.chkuser("rejected sender", "", text));
            lines.push_back(client.qlog(&verdict, "", [""; 2]));
        }
        5..=7 => {
            let recipient = log.address();
            lines.push_back(client.chkuser("accepted sender", "", "sender accepted"));
            let title = "rejected rcpt";
            lines.push_back(client.chkuser(title, &recipient, "not existing recipient"));
            lines.push_back(client.qlog(RECIPIENT_REFUSED, &recipient, [""; 2]));
        }
        8 => {
            let recipient = log.address();
            let verdict = "qlogenvelope: result=rejected code=553 reason=qregexbmf detail=";
            lines.push_back(client.chkuser("accepted sender", "", "sender accepted"));
            lines.push_back(format!(
                "qmail-smtpd[{pid}]: badmailfrom: <{sender}> matches pattern: {sender}"
            ));
            let verdict = format!("{verdict}{sender}");
            lines.push_back(client.qlog(&verdict, &recipient, [""; 2]));
        }
        _ => mail(log, &client, &mut lines),
    }
    let status = if kind == 0 { 256 } else { 0 };
    lines.push_back(format!("tcpserver: end {pid} status {status}"));
    lines
}

/// The lines of a mail whose recipients are taken.
fn mail(log: &mut Log, client: &Client, lines: &mut Lines) {
    let (title, text, detail, where_to) = if client.relay {
        ("relaying rcpt", "client allowed to relay", "chkuserrelay", "remote")
    } else {
        ("accepted rcpt", "found existing recipient", "chkuser", "local")
    };
    let verdict = format!("qlogenvelope: result=accepted code=250 reason=rcptto detail={detail}");
    let count = *log.dice.pick(&[1, 1, 1, 1, 1, 2, 3]);
    let recipients: Vec<String> = (0..count).map(|_| log.address()).collect();
    lines.push_back(client.chkuser("accepted sender", "", "sender accepted"));
    for recipient in &recipients {
        let sender = &client.sender;
        lines.push_back(client.chkuser(title, recipient, text));
        lines.push_back(format!(
            "policy_check: remote {sender} -> {where_to} {recipient} (UNAUTHENTICATED SENDER)"
        ));
        lines.push_back("policy_check: policy allows transmission".into());
        lines.push_back(client.qlog(&verdict, recipient, [""; 2]));
    }
    let recipients = recipients.join(",");
    let (state, reply) = scan(&mut log.dice, client.relay);
    let subject = *log.dice.pick(&["note 9104_ a, b", "=?utf-8?q?gr=C3=BC=C3=9Fe?= 472_", "Re_ x"]);
    if state == "VIRUS" {
        lines.push_back(client.simscan("CLEAN (3.20/5.00/5.00)", subject, &recipients));
    }
    let name = if state == "VIRUS" { "Eicar-Test-Signature" } else { subject };
    lines.push_back(client.simscan(&state, name, &recipients));
    let verdict = format!("qlogreceived: result={reply}");
    let magnitude = 8 + log.dice.below(12);
    let size = (400 + log.dice.below(1 << magnitude)).to_string();
    let qp = (client.pid + 7).to_string();
    lines.push_back(client.qlog(&verdict, &recipients, [&size, &qp]));
}

/// What simscan says of a mail, and what qmail-smtpd answers.
fn scan(dice: &mut Dice, relay: bool) -> (String, String) {
    const ACCEPTED: &str = "accepted code=250 reason=queueaccept detail=";
    const REFUSED: &str = "rejected code=554 reason=queuereject detail=Your_email";
    let hundredths = dice.below(100);
    match dice.below(12) {
        _ if relay => ("RELAYCLIENT".into(), ACCEPTED.into()),
        0 => ("VIRUS".into(), format!("{REFUSED}_was_rejected_because_it_contains_the__virus")),
        1 | 2 => {
            let score = format!("{}.{hundredths:02}", 5 + dice.below(30));
            let state = format!("SPAM REJECT ({score}/5.00/5.00)");
            (state, format!("{REFUSED}_is_considered_spam_({score}_spam-hits)"))
        }
        _ => {
            let sign = *dice.pick(&["-", "", ""]);
            let (points, state) = (dice.below(5), "CLEAN");
            (format!("{state} ({sign}{points}.{hundredths:02}/5.00/5.00)"), ACCEPTED.into())
        }
    }
}
