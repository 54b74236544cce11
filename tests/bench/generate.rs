//! Writes a made-up log for benchmarks and demonstrations: the same bytes each time.
//!
//! `maillog-generate KIND BYTES [DAYS [SEED]]` writes whole lines, at least BYTES of them, to standard
//! output. The times spread over DAYS days (default 1) from 2005-06-20 00:00:00 UTC. Another SEED
//! (default 0) gives other lines of the same domains.
//!
//! | KIND | what |
//! |---|---|
//! | `qpsmtpd` | a multilog of qpsmtpd: TAI64N labels, one logterse line in thirteen |
//! | `logterse` | only the logterse lines of such a log |
//! | `stats` | H-Sphere's stats log, 50,000 domains with Zipf's distribution |
//! | `stats-odd` | the same with what strangers can put in it, and lines that are none |
//! | `stats-hostile` | the same, and damaged: bare CRs, NULs, ends of lines of Unicode, lines of 1 MB |
//! | `sessions` | tcpserver, dovecot and spamd in one log, 200 sessions at a time |
//! | `qmail-send` | a multilog of qmail-send, about 160 messages in the queue at a time |
//! | `smtpd` | a multilog of tcpserver, Sagredo's qmail-smtpd and simscan, 30 connections at a time |

mod qmail_send;
mod sessions;
mod smtpd;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use common::time::{Clock, Instant, Zone, label};
use qmail_send::QmailSend;
use sessions::Sessions;
use smtpd::Smtpd;

/// 2005-06-20 00:00:00 UTC, the day of the manual's example.
const START: i64 = 1_119_225_600;
const DOMAINS: usize = 50_000;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A small generator of pseudo-random numbers (xorshift64*), so that no version of anything else
/// changes the bytes.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `bound`.
    fn below(&mut self, bound: u64) -> u64 {
        (self.roll() >> 11) % bound
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let at = self.below(from.len() as u64);
        &from[usize::try_from(at).unwrap_or(0)]
    }
}

/// Domains, the n-th drawn in proportion to 1/n.
struct Domains {
    names: Vec<String>,
    /// Sums of the weights up to and with each name.
    sums: Vec<u64>,
}

impl Domains {
    fn new(dice: &mut Dice) -> Self {
        const WORDS: [&str; 12] = [
            "north", "river", "stone", "lumen", "orchard", "pixel", "harbor", "cedar", "quartz",
            "velvet", "summit", "meadow",
        ];
        const ENDS: [&str; 8] = [
            "example",
            "test",
            "com.example",
            "net.example",
            "org.example",
            "de.example",
            "co.uk.example",
            "info.example",
        ];
        let (mut names, mut sums, mut sum) = (Vec::new(), Vec::new(), 0);
        for rank in 1..=DOMAINS {
            let (word, dash, end) = (*dice.pick(&WORDS), *dice.pick(&["-", ""]), *dice.pick(&ENDS));
            names.push(format!("{word}{dash}{rank}.{end}"));
            sum += 1_000_000_000 / rank as u64;
            sums.push(sum);
        }
        Domains { names, sums }
    }

    fn draw(&self, dice: &mut Dice) -> &str {
        let at = dice.below(*self.sums.last().unwrap_or(&1));
        &self.names[self.sums.partition_point(|sum| *sum <= at)]
    }
}

struct Log {
    dice: Dice,
    domains: Domains,
    clock: Clock,
    line: Vec<u8>,
}

impl Log {
    fn address(&mut self) -> String {
        const PEOPLE: [&str; 10] = [
            "alice",
            "bob",
            "carol",
            "info",
            "sales",
            "root",
            "j.smith",
            "news+list",
            "o'brien",
            "support",
        ];
        let (person, number) = (*self.dice.pick(&PEOPLE), self.dice.below(40));
        let domain = self.domains.draw(&mut self.dice);
        if number < 20 {
            format!("{person}@{domain}")
        } else {
            format!("{person}{number}@{domain}")
        }
    }

    /// One line of the stats log.
    fn stats(&mut self, unix: i64, odd: bool) -> io::Result<()> {
        self.line.clear();
        let date = &mut Vec::new();
        self.clock.write(unix, date);
        let date = String::from_utf8_lossy(date);
        let month = date[5..7].parse::<usize>().unwrap_or(1);
        let (day, time) = (date[8..10].trim_start_matches('0').to_owned(), date[11..19].to_owned());
        let direction = *self.dice.pick(&["in", "in", "in", "out", "out"]);
        let status = match (direction, self.dice.below(20)) {
            (_, 0) => "timeout",
            ("in", 1 | 2) => "rejspam",
            ("in", 3) => "rejclam",
            ("out", 1) => "partial",
            _ => "success",
        };
        let (sender, recipient) = (self.address(), self.address());
        let magnitude = 8 + self.dice.below(12);
        let bytes = 400 + self.dice.below(1 << magnitude);
        let (pid, attempts) = (300 + self.dice.below(32_000), 1 + self.dice.below(3));
        let head =
            format!("{} {day:>2} {time} mail.example.com {direction}[{pid}]:", MONTHS[month - 1]);
        if !odd {
            return write!(
                self.line,
                "{head} {unix}|{sender}|{recipient}|{bytes}|{status}|{attempts}"
            );
        }
        match self.dice.below(16) {
            0 => write!(self.line, "{head} {unix}||{recipient}|{bytes}|{status}|{attempts}"),
            1 => write!(self.line, "{head} {unix}|<>|{recipient}|{bytes}|{status}"),
            2 => write!(
                self.line,
                "{head} {unix}|a|b{sender}|c|d{recipient}|{bytes}|{status}|{attempts}"
            ),
            3 => write!(
                self.line,
                "{head} {unix}|{}|{recipient}|{bytes}|{status}",
                sender.to_uppercase()
            ),
            4 => write!(
                self.line,
                "{head} {unix}|`id`;\\x$(id)\t{sender}|{recipient}|{bytes}|{status}|1"
            ),
            5 => write!(self.line, "{head} connection from 192.0.2.{attempts}"),
            6 => write!(self.line, "{head} {unix}|{sender}|{recipient}|lots|{status}|1"),
            7 => {
                write!(self.line, "{head} {unix}|")?;
                self.line.extend_from_slice(b"\xff\xe9\x1b[2J");
                write!(self.line, "{sender}|{recipient}|{bytes}|{status}|1")
            }
            _ => {
                write!(self.line, "{head} {unix}|{sender}|{recipient}|{bytes}|{status}|{attempts}")
            }
        }
    }

    /// Damages one line in sixteen.
    fn damage(&mut self) {
        const STRANGE: [&[u8]; 7] =
            [b"\r", b"\0", b"\r\r", b"\x0b", b"\x0c", b"\xc2\x85", b"\xe2\x80\xa8"];
        const LONG_BYTES: usize = 1_000_000;
        let length = self.line.len() as u64;
        let at = usize::try_from(self.dice.below(length + 1)).unwrap_or(0);
        match self.dice.below(1 << 16) {
            0 => drop(self.line.splice(at..at, std::iter::repeat_n(b'x', LONG_BYTES))),
            1..=16 => self.line.truncate(at),
            17..=2048 => self.line.push(b'\r'),
            2049..=4096 => {
                let bytes = *self.dice.pick(&STRANGE);
                drop(self.line.splice(at..at, bytes.iter().copied()));
            }
            _ => {}
        }
    }

    /// One line of qpsmtpd's log.
    fn qpsmtpd(&mut self, unix: i64, only_logterse: bool) -> io::Result<()> {
        self.line.clear();
        let nanos = u32::try_from(self.dice.below(2_000_000) * 500).ok();
        label::write(Instant { seconds: unix, nanos }, &mut self.line);
        let pid = 1000 + self.dice.below(30_000);
        write!(self.line, " {pid} ")?;
        let address = self.address();
        let ip = format!("192.0.{}.{}", self.dice.below(256), self.dice.below(256));
        match if only_logterse { 0 } else { self.dice.below(13) } {
            0 => self.logterse(&ip),
            1 => write!(
                self.line,
                "Accepted connection {}/40 from {ip} / Unknown",
                self.dice.below(40)
            ),
            2 => write!(self.line, "Connection from Unknown [{ip}]"),
            3 => write!(self.line, "dispatching MAIL FROM:<{address}>"),
            4 | 5 => write!(self.line, "dispatching RCPT TO:<{address}>"),
            6 => write!(self.line, "250 <{address}>, recipient ok"),
            7 => write!(self.line, "dispatching EHLO {}", self.domains.draw(&mut self.dice)),
            8 => write!(self.line, "(connect) relay: skip, no match"),
            9 => write!(self.line, "(mail) resolvable_fromhost: pass, {ip} has MX"),
            10 => write!(self.line, "dispatching DATA"),
            11 => write!(
                self.line,
                "(post-connection) connection_time: 1.{} s.",
                self.dice.below(1000)
            ),
            _ => write!(self.line, "cleaning up after {pid}"),
        }
    }

    fn logterse(&mut self, ip: &str) -> io::Result<()> {
        const REFUSED: [(&str, &str); 5] = [
            ("dnsbl", "http://www.spamhaus.org/query/bl?ip=192.0.2.1"),
            ("earlytalker", "Connecting host started transmitting before SMTP greeting"),
            ("check_goodrcptto", "invalid recipient"),
            ("spamassassin", "spam score exceeded threshold (#5.6.1)"),
            ("rhsbl", "Not supporting null originator (DSN)"),
        ];
        let (sender, recipient) = (self.address(), self.address());
        let helo = self.domains.draw(&mut self.dice).to_owned();
        let fields = format!("` {ip}\tUnknown\t{helo}\t<{sender}>\t<{recipient}>");
        let queued = self.dice.below(5) < 2;
        let hook = if queued { "queue" } else { "deny" };
        // as qpsmtpd has it since 0.93, in 0.84, and before
        match self.dice.below(4) {
            0 | 1 => write!(self.line, "({hook}) logging::logterse: {fields}")?,
            2 => write!(self.line, "logging::logterse plugin ({hook}): {fields}")?,
            _ => write!(self.line, "logging::logterse plugin: {fields}")?,
        }
        if queued {
            let (hits, id) = (self.dice.below(60), self.dice.below(1_000_000_000));
            return write!(self.line, "\tqueued\t\t<{id}@{helo}>\tNo, score=0.{hits} required=5.0");
        }
        let (plugin, text) = self.dice.pick(&REFUSED);
        write!(self.line, "\t{plugin}\t901\t{text}\tmsg denied before queued")
    }
}

fn main() -> ExitCode {
    const KINDS: [&str; 8] = [
        "qpsmtpd",
        "logterse",
        "stats",
        "stats-odd",
        "stats-hostile",
        "sessions",
        "qmail-send",
        "smtpd",
    ];
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number =
        |at: usize, default| arguments.get(at).map_or(Some(default), |text| text.parse().ok());
    let kind = arguments.first().map(String::as_str).unwrap_or_default();
    let (Some(bytes), Some(days), Some(seed), true) =
        (number(1, 0), number(2, 1), number(3, 0), KINDS.contains(&kind))
    else {
        let kinds = KINDS.join("|");
        let _ = writeln!(io::stderr(), "usage: maillog-generate {kinds} BYTES [DAYS [SEED]]");
        return ExitCode::from(2);
    };
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let domains = Domains::new(&mut dice);
    // it must not become 0
    dice.0 = (dice.0 ^ u64::wrapping_mul(seed, 0x9E37_79B9_7F4A_7C15)).max(1);
    let mut log = Log { dice, domains, clock: Clock::new(Zone::utc()), line: Vec::new() };
    match write_log(&mut log, kind, bytes, days) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "maillog-generate: stdout: {error}");
            ExitCode::from(2)
        }
    }
}

fn write_log(log: &mut Log, kind: &str, bytes: u64, days: u64) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(256 * 1024, io::stdout().lock());
    let (seconds, mut written) = (days.max(1) * 86_400, 0);
    let (mut sessions, mut qmail_send, mut smtpd) =
        (Sessions::default(), QmailSend::default(), Smtpd::default());
    while written < bytes {
        let since = u128::from(written) * u128::from(seconds) * 1_000_000 / u128::from(bytes);
        let since = i64::try_from(since).unwrap_or(0);
        let (unix, micros) = (START + since / 1_000_000, since % 1_000_000);
        match kind {
            "qpsmtpd" | "logterse" => log.qpsmtpd(unix, kind == "logterse")?,
            "sessions" => sessions.write(log, unix, micros)?,
            "qmail-send" => qmail_send.write(log, unix, micros)?,
            "smtpd" => smtpd.write(log, unix, micros)?,
            _ => log.stats(unix, kind != "stats")?,
        }
        if kind == "stats-hostile" {
            log.damage();
        }
        log.line.push(b'\n');
        out.write_all(&log.line)?;
        written += log.line.len() as u64;
    }
    out.flush()
}
