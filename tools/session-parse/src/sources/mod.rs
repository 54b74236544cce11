//! The programs whose lines are read: how each of them tells of sessions.

mod clamd;
mod courier;
mod dovecot;
mod fast;
mod qpsmtpd;
mod spamd;
mod tcpserver;
mod vchkpw;

use common::bytes::marks::Marks;
use common::filter::Fault;
use common::logs::clamd as clamd_log;
use common::logs::courier as courier_log;
use common::logs::dovecot as dovecot_log;
use common::logs::fields::Broken;
use common::logs::prefix::{self, Opening, Prefix};
use common::logs::spamd as spamd_log;
use common::logs::tcpserver as tcpserver_log;
use common::logs::vchkpw as vchkpw_log;
use common::rows::session::{End, active_ms, service_of};
use common::time::Instant;

use crate::open::Open;
use crate::sessions::{Now, Sessions};

/// A program whose lines are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// tcpserver, sslserver, rblsmtpd, recordio.
    Tcpserver,
    /// qpsmtpd.
    Qpsmtpd,
    /// dovecot.
    Dovecot,
    /// courier.
    Courier,
    /// vpopmail's vchkpw.
    Vchkpw,
    /// spamd.
    Spamd,
    /// clamd.
    Clamd,
}

impl Source {
    /// All of them, in the order of their values.
    pub const ALL: [Source; 7] = [
        Source::Tcpserver,
        Source::Qpsmtpd,
        Source::Dovecot,
        Source::Courier,
        Source::Vchkpw,
        Source::Spamd,
        Source::Clamd,
    ];

    /// The word of the `source` column.
    pub fn name(self) -> &'static str {
        match self {
            Source::Tcpserver => "tcpserver",
            Source::Qpsmtpd => "qpsmtpd",
            Source::Dovecot => "dovecot",
            Source::Courier => "courier",
            Source::Vchkpw => "vchkpw",
            Source::Spamd => "spamd",
            Source::Clamd => "clamd",
        }
    }

    /// The program of that name.
    pub fn named(name: &[u8]) -> Option<Self> {
        Source::ALL.into_iter().find(|source| source.name().as_bytes() == name)
    }

    /// Does the last line of a session say how long it lasted, so that it has no parts?
    pub fn tells_lengths(self) -> bool {
        match self {
            Source::Spamd | Source::Clamd | Source::Vchkpw => true,
            Source::Tcpserver | Source::Qpsmtpd | Source::Dovecot | Source::Courier => false,
        }
    }
}

/// The local ports that a log shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Port {
    /// None yet.
    #[default]
    None,
    /// One, so that counts of connections are of those to this port.
    One(u16),
    /// Several: a count does not say whose it is.
    Many,
}

/// What is known of those who take the connections of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listener {
    /// The server that logs.
    pub host: Vec<u8>,
    /// The ports.
    pub port: Port,
    /// Since when no further client can be taken, or when the last row of that ended.
    pub full: Option<Instant>,
}

impl Listener {
    /// A connection to a port of a host was seen.
    pub fn sees(&mut self, host: &[u8], port: u16) {
        match self.port {
            Port::None => {
                self.port = Port::One(port);
                host.clone_into(&mut self.host);
            }
            Port::One(one) if one != port || self.host != host => {
                self.port = Port::Many;
                self.full = None;
            }
            Port::One(_) | Port::Many => {}
        }
    }
}

/// What the sources work with: a line's time and host, and all that is open.
pub struct Desk<'a> {
    /// The line at hand.
    pub now: Now<'a>,
    /// What is open.
    pub sessions: &'a mut Sessions,
    /// Who takes the connections of this program.
    pub listener: &'a mut Listener,
    /// What is served at ports that do not say so.
    pub service: &'a [u8],
    /// Where a session's key is written to look it up.
    pub key: &'a mut Vec<u8>,
}

impl<'a> Desk<'a> {
    /// A session of which only the program and the service are known.
    fn new_session(&mut self, source: Source, service: &[u8]) -> Box<Open> {
        let mut session = self.sessions.new_session(source);
        service.clone_into(&mut session.service);
        session
    }

    /// What is served at a port.
    fn service_at(&self, port: u16) -> &'a [u8] {
        service_of(port).map_or(self.service, str::as_bytes)
    }

    /// What a program serves whose lines name no port.
    fn service_of(&self, source: Source) -> &'a [u8] {
        match source {
            Source::Spamd => b"spamd",
            Source::Clamd => b"clamd",
            Source::Qpsmtpd if self.service.is_empty() => b"smtp",
            _ => self.service,
        }
    }

    /// `running` of at most `most` connections are open, as the program says. There may be fewer than
    /// we know of, since ends are missing; and there may be no room for more.
    fn count(&mut self, source: Source, running: u64, most: u64) -> Result<(), Fault> {
        if self.listener.port == Port::Many {
            return Ok(());
        }
        self.fill(source, running >= most)?;
        let running = usize::try_from(running).unwrap_or(usize::MAX);
        self.sessions.lose_all_but(running, source, &self.now)
    }

    /// There is no room for a further client, or there is some again.
    fn fill(&mut self, source: Source, is_full: bool) -> Result<(), Fault> {
        match (self.listener.full, is_full) {
            (None, true) => self.listener.full = self.now.moment,
            (Some(_), false) => {
                self.write_full(source)?;
                self.listener.full = None;
            }
            (None, false) | (Some(_), true) => {}
        }
        Ok(())
    }

    /// Writes for how long there was no room, since the last row of that.
    pub fn write_full(&mut self, source: Source) -> Result<(), Fault> {
        let (Some(since), Some(moment)) = (self.listener.full, self.now.moment) else {
            return Ok(());
        };
        let service = match self.listener.port {
            Port::One(port) => self.service_at(port),
            Port::None | Port::Many => self.service_of(source),
        };
        let Some(lasted) = active_ms(since, moment) else { return Ok(()) };
        self.listener.full = Some(moment);
        let mut stretch = self.new_session(source, service);
        stretch.lasted_ms = Some(lasted);
        self.sessions.end(&self.now, stretch, End::Full)
    }
}

/// A line ends or continues something that is not open.
const UNSEEN: Fault = Fault::Skip("ends a session whose start was not seen");

/// What a line says, and which program says it.
#[derive(Clone, Copy)]
pub enum Said<'a> {
    /// tcpserver, sslserver, rblsmtpd, recordio.
    Tcpserver(&'a tcpserver_log::Event<'a>),
    /// qpsmtpd.
    Qpsmtpd(&'a qpsmtpd::Event<'a>),
    /// spamd.
    Spamd(&'a spamd_log::Line<'a>),
    /// clamd.
    Clamd(&'a clamd_log::Event<'a>),
    /// dovecot.
    Dovecot(&'a dovecot_log::Event<'a>),
    /// Courier.
    Courier(&'a courier_log::Event<'a>),
    /// vpopmail's vchkpw.
    Vchkpw(&'a vchkpw_log::Event<'a>),
}

impl Said<'_> {
    /// Which program it is.
    pub fn source(&self) -> Source {
        match self {
            Said::Tcpserver(_) => Source::Tcpserver,
            Said::Qpsmtpd(_) => Source::Qpsmtpd,
            Said::Spamd(_) => Source::Spamd,
            Said::Clamd(_) => Source::Clamd,
            Said::Dovecot(_) => Source::Dovecot,
            Said::Courier(_) => Source::Courier,
            Said::Vchkpw(_) => Source::Vchkpw,
        }
    }

    /// Takes in what the line says.
    #[inline(always)]
    pub fn take(self, desk: &mut Desk<'_>) -> Result<(), Fault> {
        match self {
            Said::Tcpserver(event) => tcpserver::take(event, desk),
            Said::Qpsmtpd(event) => qpsmtpd::take(event, desk),
            Said::Spamd(line) => spamd::take(line, desk),
            Said::Clamd(event) => clamd::take(event, desk),
            Said::Dovecot(event) => dovecot::take(event, desk),
            Said::Courier(event) => courier::take(event, desk),
            Said::Vchkpw(event) => vchkpw::take(event, desk),
        }
    }
}

/// Who takes in what a line says.
pub type Taker<'a> = &'a mut dyn FnMut(&Prefix<'_>, Said<'_>);

/// Reads a line, and hands what it says to `take`.
pub fn read(line: &[u8], take: Taker<'_>) -> Result<(), Fault> {
    let found = prefix::find(line, Opening::OwnWords, |prefix| {
        if prefix.tag.is_empty() && !fast::may_be_untagged(prefix.text) {
            debug_assert!(hear(prefix, &mut |_, _| ()).is_none(), "a program's words begin so");
            return None;
        }
        hear(prefix, take)
    });
    match found {
        Some(read) => read.map_err(Fault::Reject),
        // its words follow a number, and heads are believed less there
        None => match qpsmtpd::read(line) {
            Ok((prefix, event)) => {
                take(&prefix, Said::Qpsmtpd(&event));
                Ok(())
            }
            Err(Fault::Skip(_)) if is_behind_unknown_head(line) => {
                Err(Fault::UnknownHead("words of a program that is read follow an unknown head"))
            }
            Err(fault) => Err(fault),
        },
    }
}

/// Hands on what a reading of a line says, if its words are of one of the programs.
#[inline(never)]
fn hear(prefix: &Prefix<'_>, take: Taker<'_>) -> Option<Result<(), Broken>> {
    // a program's name may stand before it
    if prefix.text.starts_with(b"message repeated ") {
        return None;
    }
    // those that are known by their tags come first: the rest of a line that syslog cut may begin
    // with the name of another program
    told(dovecot_log::judge(prefix), |it| take(prefix, Said::Dovecot(it)))
        .or_else(|| told(courier_log::judge(prefix), |it| take(prefix, Said::Courier(it))))
        .or_else(|| told(vchkpw_log::judge(prefix), |it| take(prefix, Said::Vchkpw(it))))
        .or_else(|| told(tcpserver_log::judge(prefix), |it| take(prefix, Said::Tcpserver(it))))
        .or_else(|| told(spamd_log::judge(prefix), |it| take(prefix, Said::Spamd(it))))
        .or_else(|| told(clamd_log::judge(prefix), |it| take(prefix, Said::Clamd(it))))
}

/// Hands on what was read, where it stands: it is large, and no copy of it is made.
#[inline(always)]
fn told<E>(
    read: Option<Result<E, Broken>>,
    hand_on: impl FnOnce(&E),
) -> Option<Result<(), Broken>> {
    Some(match &read? {
        Ok(event) => {
            hand_on(event);
            Ok(())
        }
        Err(broken) => Err(*broken),
    })
}

/// Are words of these programs somewhere in a line without a time that is known? A client's words
/// that imitate them stand behind one.
fn is_behind_unknown_head(line: &[u8]) -> bool {
    const WORDS: [&[u8]; 6] = [
        b"tcpserver: pid ",
        b"-login: Login: user=<",
        b"-login: Logged in: user=<",
        b" LOGIN, user=",
        b" vchkpw-",
        b"spamd: result: ",
    ];
    prefix::stamps(line).is_none() && WORDS.iter().any(|words| line.has_mark(words))
}
