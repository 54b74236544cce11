//! The sessions under way, and the rows of those that end.

use common::filter::Fault;
use common::rows::session::{End, Session, SessionRows, active_ms};
use common::time::{Instant, Stamp, label};

use crate::open::Open;
use crate::sources::Source;
use crate::table::Table;

/// So many sessions are open at once at most.
pub const MOST_OPEN: usize = 100_000;

/// When a line was logged, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Now<'a> {
    /// As logged; `None` where the line has no time.
    pub stamp: Option<Stamp<'a>>,
    /// The moment of the stamp.
    pub moment: Option<Instant>,
    /// The server; empty where the line names none.
    pub host: &'a [u8],
}

/// What became of sessions that did not end by a line of their own, and of clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities {
    /// Nothing was heard of them for two weeks.
    pub silent: u64,
    /// There were too many at once.
    pub crowded_out: u64,
    /// Their end is before their start.
    pub set_back: u64,
}

/// The sessions under way.
#[derive(Debug)]
pub struct Sessions {
    tables: [Table; Source::ALL.len()],
    /// How many were put here so far.
    number: u64,
    /// When the last session began that had no name, and how many began then in a row.
    moment: (Vec<u8>, u64),
    /// No session is given up before this moment; `None` where that is not known.
    earliest: Option<Instant>,
    /// Sessions that have ended, whose memory the next ones get.
    #[expect(clippy::vec_box, reason = "they come and go in their boxes")]
    ended: Vec<Box<Open>>,
    rows: SessionRows,
    /// Rows that were not handed out yet.
    pub written: Vec<u8>,
    /// What must be told at the end.
    pub oddities: Oddities,
}

impl Sessions {
    /// None yet.
    pub fn new(rows: SessionRows) -> Self {
        Sessions {
            tables: Default::default(),
            number: 0,
            moment: (Vec::new(), 0),
            earliest: None,
            ended: Vec::new(),
            rows,
            written: Vec::new(),
            oddities: Oddities::default(),
        }
    }

    /// The form of times, and the zone and year of those that name none.
    #[inline(always)]
    pub fn moment(&mut self, stamp: Stamp<'_>) -> Result<Instant, Fault> {
        self.rows.time.moment(stamp).map_err(|why| Fault::Reject(why.reason()))
    }

    /// A session of which only the program is known.
    pub fn new_session(&mut self, source: Source) -> Box<Open> {
        match self.ended.pop() {
            Some(mut session) => {
                session.renew(source);
                session
            }
            None => Box::new(Open::new(source)),
        }
    }

    /// Lets a session begin. One with the same key is lost by that.
    pub fn start(&mut self, now: &Now<'_>, session: Box<Open>) -> Result<(), Fault> {
        let table = &mut self.tables[session.source as usize];
        let hash = table.hash(now.host, &session.key);
        if let Some(older) = table.take(hash, now.host, &session.key) {
            self.end(now, older, End::Lost)?;
        }
        self.start_hashed(now, hash, session)
    }

    /// The same for a session whose key none has.
    pub fn start_only(&mut self, now: &Now<'_>, session: Box<Open>) -> Result<(), Fault> {
        let hash = self.tables[session.source as usize].hash(now.host, &session.key);
        self.start_hashed(now, hash, session)
    }

    fn start_hashed(
        &mut self,
        now: &Now<'_>,
        hash: u64,
        mut session: Box<Open>,
    ) -> Result<(), Fault> {
        if self.tables.iter().map(Table::len).sum::<usize>() >= MOST_OPEN {
            self.earliest = None;
            let firsts = self.tables.iter_mut().filter_map(|table| Some((table.first()?, table)));
            let oldest = firsts.min_by_key(|((place, _), _)| *place);
            if let Some(oldest) = oldest.and_then(|((_, at), table)| table.remove(at)) {
                self.oddities.crowded_out += 1;
                self.end(now, oldest, End::Lost)?;
            }
        }
        now.host.clone_into(&mut session.host);
        self.put_hashed(hash, session);
        Ok(())
    }

    /// How many sessions in a row have begun at this moment before this one.
    pub fn of_moment(&mut self, start: &[u8]) -> u64 {
        if self.moment.0 != start {
            self.moment = (start.to_vec(), 0);
        }
        self.moment.1 += 1;
        self.moment.1 - 1
    }

    /// Puts a session among the open ones.
    pub fn put(&mut self, session: Box<Open>) {
        let hash = self.tables[session.source as usize].hash(&session.host, &session.key);
        self.put_hashed(hash, session);
    }

    fn put_hashed(&mut self, hash: u64, session: Box<Open>) {
        self.number += 1;
        self.earliest = self.earliest.min(Some(session.due()));
        self.tables[session.source as usize].put(self.number, hash, session);
    }

    /// An open session, to be changed.
    pub fn get(&mut self, now: &Now<'_>, source: Source, key: &[u8]) -> Option<&mut Open> {
        self.tables[source as usize].get(now.host, key)
    }

    /// The same for one that counts as put there now.
    pub fn get_as_last(&mut self, now: &Now<'_>, source: Source, key: &[u8]) -> Option<&mut Open> {
        self.number += 1;
        self.tables[source as usize].get_as_last(self.number, now.host, key)
    }

    /// Takes a session out of the open ones, since it has ended.
    pub fn take(&mut self, now: &Now<'_>, source: Source, key: &[u8]) -> Option<Box<Open>> {
        let table = &mut self.tables[source as usize];
        table.take(table.hash(now.host, key), now.host, key)
    }

    /// Takes the first session out of the open ones whose key begins with `start` and that `is_it`.
    pub fn take_first(
        &mut self,
        now: &Now<'_>,
        source: Source,
        start: &[u8],
        is_it: impl Fn(&Open) -> bool,
    ) -> Option<Box<Open>> {
        self.tables[source as usize].take_first(now.host, start, is_it)
    }

    /// Ends the oldest sessions of a program until no more than `running` are open.
    pub fn lose_all_but(
        &mut self,
        running: usize,
        source: Source,
        now: &Now<'_>,
    ) -> Result<(), Fault> {
        let at = source as usize;
        self.earliest = None;
        while self.tables[at].len() > running
            && let Some((_, slot)) = self.tables[at].first()
            && let Some(oldest) = self.tables[at].remove(slot)
        {
            self.end(now, oldest, End::Lost)?;
        }
        Ok(())
    }

    /// Ends the sessions of which nothing was heard for too long before `moment`.
    #[inline]
    pub fn expire(&mut self, moment: Instant) -> Result<(), Fault> {
        match self.earliest {
            Some(earliest) if moment.seconds < earliest.seconds || moment <= earliest => Ok(()),
            _ => self.expire_now(moment),
        }
    }

    #[inline(never)]
    fn expire_now(&mut self, moment: Instant) -> Result<(), Fault> {
        for at in 0..self.tables.len() {
            while self.tables[at].earliest().is_some_and(|due| due < moment)
                && let Some(((due, _), slot)) = self.tables[at].first()
                && due < moment
                && let Some(session) = self.tables[at].remove(slot)
            {
                self.give_up(session, due)?;
            }
        }
        self.earliest = self.tables.iter_mut().filter_map(Table::earliest).min();
        Ok(())
    }

    /// Ends a session at a moment that no line has.
    fn give_up(&mut self, session: Box<Open>, moment: Instant) -> Result<(), Fault> {
        self.oddities.silent += u64::from(session.silence == End::Lost);
        let mut text = Vec::new();
        label::write(moment, &mut text);
        let stamp = Stamp::at_start(&text).map(|(stamp, _)| stamp);
        let host = session.host.clone();
        let then = Now { stamp, moment: Some(moment), host: &host };
        let end = session.silence;
        self.end(&then, session, end)
    }

    /// Writes the row of a session that is over: it ended as was known before, or else as `end`
    /// says.
    pub fn end(&mut self, now: &Now<'_>, session: Box<Open>, end: End) -> Result<(), Fault> {
        let active_ms = match (session.lasted_ms, session.start, now.moment) {
            (Some(lasted), ..) => Some(lasted),
            (None, Some(start), Some(end)) => active_ms(start, end).or_else(|| {
                self.oddities.set_back += 1;
                Some(0)
            }),
            (None, ..) => None,
        };
        let written = self.write(now, &session, active_ms, session.end.unwrap_or(end));
        self.ended.push(session);
        written
    }

    fn write(
        &mut self,
        now: &Now<'_>,
        session: &Open,
        active_ms: Option<u64>,
        end: End,
    ) -> Result<(), Fault> {
        let row = Session {
            time: now.stamp,
            host: now.host,
            service: &session.service,
            pid: session.pid,
            ip: &session.ip,
            port: session.port,
            user: &session.user,
            active_ms,
            in_bytes: session.in_bytes,
            out_bytes: session.out_bytes,
            end,
            source: session.source.name(),
            detail: &session.detail,
        };
        self.rows.write(&row, &mut self.written)
    }

    /// Writes, for each session under way, how long it lasted since its last row. `now` is the last
    /// line of the input.
    pub fn write_open(&mut self, now: &Now<'_>) -> Result<(), Fault> {
        let Some(moment) = now.moment else { return Ok(()) };
        self.expire(moment)?;
        for source in Source::ALL.into_iter().filter(|source| !source.tells_lengths()) {
            let mut table = std::mem::take(&mut self.tables[source as usize]);
            for session in table.by_place().filter(|session| session.is_known()) {
                let Some(lasted) = session.start.and_then(|start| active_ms(start, moment)) else {
                    continue;
                };
                let of_session = Now { host: &session.host, ..*now };
                self.write(&of_session, session, Some(lasted), End::Open)?;
                session.start = Some(moment);
            }
            self.tables[source as usize] = table;
        }
        Ok(())
    }

    /// The sessions under way, those of a program in the order in which they are given up.
    pub fn open(&self) -> impl Iterator<Item = &Open> {
        self.tables.iter().flat_map(Table::by_due)
    }
}
