//! A session that is under way, as far as its log tells.

use common::rows::session::End;
use common::time::{FARTHEST, Instant};

use crate::sources::Source;

/// How long nothing is heard of a session before it counts as lost: two weeks.
const PATIENCE_SECONDS: i64 = 14 * 86_400;

/// A session that is under way. What is empty or `None` is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The program that logs it.
    pub source: Source,
    /// The server that it logs for.
    pub host: Vec<u8>,
    /// What tells it from the other open sessions of this program and host.
    pub key: Vec<u8>,
    /// What is served.
    pub service: Vec<u8>,
    /// The process number.
    pub pid: Option<u64>,
    /// The client's address.
    pub ip: Vec<u8>,
    /// The client's port.
    pub port: Option<u16>,
    /// Who logged in.
    pub user: Vec<u8>,
    /// When it began, or when its last row ended.
    pub start: Option<Instant>,
    /// When it counts as over, and how it ended then, if nothing more is heard.
    pub deadline: Option<Instant>,
    /// The same in words.
    pub silence: End,
    /// How it will end, if its last line does not say more.
    pub end: Option<End>,
    /// More about that.
    pub detail: Vec<u8>,
    /// How a line to the client begins whose end is still to come, as recordio shows it.
    pub reply: Vec<u8>,
    /// How long it lasted in milliseconds, where the last line says so.
    pub lasted_ms: Option<u64>,
    /// Bytes from the client.
    pub in_bytes: Option<u64>,
    /// Bytes to it.
    pub out_bytes: Option<u64>,
}

impl Open {
    /// A session of which only the program is known.
    pub fn new(source: Source) -> Self {
        Open {
            source,
            host: Vec::new(),
            key: Vec::new(),
            service: Vec::new(),
            pid: None,
            ip: Vec::new(),
            port: None,
            user: Vec::new(),
            start: None,
            deadline: None,
            silence: End::Lost,
            end: None,
            detail: Vec::new(),
            reply: Vec::new(),
            lasted_ms: None,
            in_bytes: None,
            out_bytes: None,
        }
    }

    /// Makes this a session of which only the program is known. Its memory stays.
    pub fn renew(&mut self, source: Source) {
        let Open {
            source: its_source,
            host,
            key,
            service,
            pid,
            ip,
            port,
            user,
            start,
            deadline,
            silence,
            end,
            detail,
            reply,
            lasted_ms,
            in_bytes,
            out_bytes,
        } = self;
        *its_source = source;
        for text in [host, key, service, ip, user, detail, reply] {
            text.clear();
        }
        (*pid, *port) = (None, None);
        (*start, *deadline) = (None, None);
        (*silence, *end) = (End::Lost, None);
        (*lasted_ms, *in_bytes, *out_bytes) = (None, None, None);
    }

    /// Something was heard of it: after `seconds` of silence it ends so.
    pub fn wait(&mut self, heard: Option<Instant>, seconds: i64, silence: End) {
        self.silence = silence;
        self.deadline =
            heard.and_then(|heard| Instant::new(heard.seconds.checked_add(seconds)?, heard.nanos));
    }

    /// Something was heard of it: after two weeks of silence it is lost.
    pub fn wait_long(&mut self, heard: Option<Instant>) {
        self.wait(heard, PATIENCE_SECONDS, End::Lost);
    }

    /// The order in which open sessions are given up. A pending file has all moments with nanoseconds,
    /// so a second without them must not come before itself.
    pub fn due(&self) -> Instant {
        let due = self.deadline.unwrap_or(Instant { seconds: FARTHEST, nanos: None });
        Instant { nanos: due.nanos.or(Some(0)), ..due }
    }

    /// Is it known what is served? A part of the session that is counted before belongs to nothing.
    pub fn is_known(&self) -> bool {
        !self.service.is_empty() || self.source == Source::Tcpserver && self.port.is_some()
    }
}
