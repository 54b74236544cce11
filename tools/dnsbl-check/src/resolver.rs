//! The loop that keeps queries in flight: few sockets, a window for each server, tries that wait
//! longer and longer, and no answer taken that was not asked for.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::lane::{Done, Lane, Patience, Question, SHORTEST_WAIT};
use crate::message::{self, Match};
use crate::random::Random;
use crate::server::{SOCKETS, Server, WINDOW};
use crate::tcp::Call;
use crate::verdict::{NOERROR, NXDOMAIN};
use crate::wire::HEAD;

#[derive(Debug)]
struct Flight<T> {
    question: Question<T>,
    query: Vec<u8>,
    server: usize,
    socket: usize,
    deadline: Instant,
    /// What it means that there is no answer by then.
    why: &'static str,
}

#[derive(Debug)]
struct PendingCall<T> {
    question: Question<T>,
    call: Call,
    server: usize,
    deadline: Instant,
}

/// Asks servers; generic over what the one who asks knows a question by.
#[derive(Debug)]
pub struct Resolver<T> {
    servers: Vec<Server>,
    lanes: Vec<Lane<T>>,
    /// The list that was last in turn.
    last_lane: usize,
    flights: Vec<Flight<T>>,
    calls: Vec<PendingCall<T>>,
    done: VecDeque<Done<T>>,
    patience: Patience,
    random: Random,
    /// Queries sent so far.
    pub sent: u64,
}

impl<T> Resolver<T> {
    /// Opens the sockets.
    pub fn new(servers: &[SocketAddr], lists: usize, patience: Patience) -> io::Result<Self> {
        let servers =
            servers.iter().map(|address| Server::open(*address)).collect::<io::Result<_>>()?;
        Ok(Resolver {
            servers,
            lanes: (0..lists).map(|_| Lane::new()).collect(),
            last_lane: 0,
            flights: Vec::with_capacity(WINDOW),
            calls: Vec::new(),
            done: VecDeque::new(),
            patience,
            random: Random::new(),
            sent: 0,
        })
    }

    /// Adds a question; it is sent when there is room.
    pub fn ask(&mut self, question: Question<T>) {
        self.lanes[question.list].push_back(question);
    }

    /// Adds a question that goes before those that wait.
    pub fn ask_next(&mut self, question: Question<T>) {
        self.lanes[question.list].push_front(question);
    }

    /// Is there no question that is not answered?
    pub fn is_idle(&self) -> bool {
        self.flights.is_empty()
            && self.calls.is_empty()
            && self.done.is_empty()
            && self.lanes.iter().all(Lane::is_empty)
    }

    /// The next question that is done with.
    pub fn next_done(&mut self) -> Option<Done<T>> {
        self.done.pop_front()
    }

    /// Sends what may be sent, waits until something happens, at most for `longest`, and sees to
    /// it. True if `other` can be read, false if only the resolver has gone on.
    pub fn turn(
        &mut self,
        other: Option<BorrowedFd<'_>>,
        longest: Option<Duration>,
    ) -> io::Result<Happened> {
        let now = Instant::now();
        self.send(now);
        let wake = if self.done.is_empty() { self.wake_up(now) } else { Some(now) };
        let wait = wake.map(|at| at.saturating_duration_since(now));
        let wait = [wait, longest].into_iter().flatten().min();
        let (other, ready) = self.poll(other, wait)?;
        let anything = other || !ready.is_empty();
        for (server, socket) in ready {
            self.receive(server, socket);
        }
        self.go_on_calling();
        self.expire(Instant::now());
        Ok(Happened { other, nothing: !anything && self.done.is_empty() })
    }

    fn poll(
        &self,
        other: Option<BorrowedFd<'_>>,
        wait: Option<Duration>,
    ) -> io::Result<(bool, Vec<(usize, usize)>)> {
        let busy = self.servers.iter().enumerate().filter(|(_, server)| server.in_flight > 0);
        let sockets: Vec<_> = busy
            .flat_map(|(at, server)| {
                server.sockets.iter().enumerate().map(move |(n, socket)| (at, n, socket))
            })
            .collect();
        let mut files: Vec<PollFd<'_>> =
            sockets.iter().map(|(_, _, socket)| PollFd::new(*socket, PollFlags::IN)).collect();
        for PendingCall { call, .. } in &self.calls {
            let event = if call.writes() { PollFlags::OUT } else { PollFlags::IN };
            files.push(PollFd::from_borrowed_fd(call.file(), event));
        }
        files.extend(other.map(|file| PollFd::from_borrowed_fd(file, PollFlags::IN)));
        let wait = wait.and_then(|wait| Timespec::try_from(wait).ok());
        match poll(&mut files, wait.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let happened = |file: &PollFd<'_>| !file.revents().is_empty();
        let other = other.is_some() && files.last().is_some_and(happened);
        let ready = sockets.iter().zip(&files).filter(|(_, file)| happened(file));
        Ok((other, ready.map(|((server, socket, _), _)| (*server, *socket)).collect()))
    }

    /// When something is to be done even if nothing comes.
    fn wake_up(&self, now: Instant) -> Option<Instant> {
        let flights = self.flights.iter().map(|flight| flight.deadline);
        let calls = self.calls.iter().map(|call| call.deadline);
        // a lane that waits for the window moves when an answer or a deadline comes
        let lanes = self.lanes.iter().filter_map(|lane| lane.wakes(now));
        flights.chain(calls).chain(lanes).min()
    }

    /// Sends as many queries as the windows and the lists' limits allow, the lists in turn.
    fn send(&mut self, now: Instant) {
        let reachable = self.servers.iter().any(Server::is_reachable);
        let mut idle = 0;
        while idle < self.lanes.len() {
            self.last_lane = (self.last_lane + 1) % self.lanes.len();
            let lane = &mut self.lanes[self.last_lane];
            self.done.extend(lane.give_up(now));
            let Some(question) = lane.take_next(now) else {
                idle += 1;
                continue;
            };
            idle = 0;
            if !reachable {
                self.done.push_back((question, Err("network unreachable")));
                continue;
            }
            // a probe may be lost, so there must be a try left
            let probe = (question.tries + 1 < self.patience.tries).then_some(now);
            let Some(server) = Server::choose(&self.servers, question.failed, probe) else {
                lane.push_front(question);
                return;
            };
            if let Some(gap) = self.patience.gap {
                lane.has_sent(now, gap);
            }
            self.send_one(question, server, now);
        }
    }

    fn send_one(&mut self, mut question: Question<T>, server: usize, now: Instant) {
        let Patience { timeout, tries, .. } = self.patience;
        let socket = usize::from(self.random.next()) % SOCKETS;
        let id = loop {
            let id = self.random.next();
            if self.find(server, socket, id).is_none() {
                break id;
            }
        };
        let Some(mut query) = message::query(id, &question.name, question.record) else {
            self.done.push_back((question, Err("no such name")));
            return;
        };
        self.random.shake(&mut query[HEAD..]);
        let until = *question.until.get_or_insert(now + timeout * tries);
        let wait = self.patience.wait(question.tries);
        question.tries += 1;
        self.sent += 1;
        let sent = self.servers[server].sockets[socket].send(&query);
        let no_room = matches!(&sent, Err(error) if error.kind() == ErrorKind::WouldBlock);
        // without room to send it is as good as lost, but soon tried again
        let wait = if no_room { Duration::from_millis(1) } else { wait };
        let deadline = (now + wait).min(until);
        self.servers[server].in_flight += 1;
        self.flights.push(Flight { question, query, server, socket, deadline, why: "time-out" });
        if let Err(error) = sent
            && !no_room
        {
            self.server_failed(server, socket, &error);
        }
    }

    fn find(&self, server: usize, socket: usize, id: u16) -> Option<usize> {
        self.flights.iter().position(|flight| {
            message::id(&flight.query) == Some(id)
                && (flight.server, flight.socket) == (server, socket)
        })
    }

    fn land(&mut self, at: usize) -> Flight<T> {
        let flight = self.flights.swap_remove(at);
        self.servers[flight.server].in_flight -= 1;
        flight
    }

    /// Reads all that came on a socket.
    fn receive(&mut self, server: usize, socket: usize) {
        let mut buffer = [0; 4096];
        loop {
            match self.servers[server].sockets[socket].recv(&mut buffer) {
                Ok(length) => self.take(server, socket, &buffer[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => return self.server_failed(server, socket, &error),
            }
        }
    }

    /// Takes a message for what it is worth: that of a stranger changes nothing.
    fn take(&mut self, server: usize, socket: usize, message: &[u8]) {
        let Some(at) = message::id(message).and_then(|id| self.find(server, socket, id)) else {
            return;
        };
        let found = message::compare(message, &self.flights[at].query);
        if found == Match::Foreign {
            return;
        }
        let flight = self.land(at);
        self.servers[server].has_answered();
        match found {
            Match::Answer => self.answered(flight.question, server, message),
            Match::Truncated => self.call(flight, "truncated, and no answer over TCP"),
            _ => self.call(flight, "another name in the answer, and no answer over TCP"),
        }
    }

    /// An answer came: it is the end of the question, unless another server may do better.
    fn answered(&mut self, mut question: Question<T>, server: usize, message: &[u8]) {
        self.lanes[question.list].has_answered();
        let reply = message::read(message);
        let usable = match &reply {
            Ok(reply) => matches!(reply.code, NOERROR | NXDOMAIN),
            Err(_) => false,
        };
        if !usable && self.servers.len() > 1 && question.tries < self.patience.tries {
            question.failed = Some(server);
            self.ask_next(question);
        } else {
            self.done.push_back((question, reply));
        }
    }

    /// Asks the same over TCP, for as long as the question has left.
    fn call(&mut self, flight: Flight<T>, why: &'static str) {
        let Flight { mut question, query, server, .. } = flight;
        question.why = why;
        let now = Instant::now();
        let until = question.until.unwrap_or(now);
        match Call::new(self.servers[server].address, &query) {
            Ok(call) => {
                self.servers[server].in_flight += 1;
                let deadline = (now + self.patience.timeout).min(until);
                self.calls.push(PendingCall { question, call, server, deadline });
            }
            Err(_) => self.done.push_back((question, Err(why))),
        }
    }

    fn go_on_calling(&mut self) {
        let now = Instant::now();
        let mut at = 0;
        while at < self.calls.len() {
            let PendingCall { call, deadline, .. } = &mut self.calls[at];
            let query = call.query().to_vec();
            let answer = match call.go_on() {
                Ok(None) if now < *deadline => {
                    at += 1;
                    continue;
                }
                Ok(Some(answer)) => {
                    // a connection cannot be forged from afar; servers that change the case may
                    let ours = message::compare(answer, &query);
                    matches!(ours, Match::Answer | Match::OtherCase).then(|| answer.to_vec())
                }
                _ => None,
            };
            let PendingCall { question, server, .. } = self.calls.swap_remove(at);
            self.servers[server].in_flight -= 1;
            if let Some(answer) = answer {
                self.answered(question, server, &answer);
            } else {
                let why = question.why;
                self.done.push_back((question, Err(why)));
            }
        }
    }

    /// The system says that nobody listens there: whatever is in flight on the socket is lost, and
    /// asked again at once if another server may answer. If none may, the next try waits as ever,
    /// so that a server may come back; the shortest time if it never was there.
    fn server_failed(&mut self, server: usize, socket: usize, error: &io::Error) {
        let why = match error.kind() {
            ErrorKind::ConnectionRefused => "connection refused",
            _ => "network unreachable",
        };
        let mut servers = self.servers.iter().enumerate();
        let another = servers.any(|(at, other)| at != server && other.is_sound());
        let soon = Instant::now() + SHORTEST_WAIT;
        let mut at = 0;
        while at < self.flights.len() {
            let flight = &self.flights[at];
            if (flight.server, flight.socket) != (server, socket) {
                at += 1;
                continue;
            }
            if !another && flight.question.tries < self.patience.tries {
                let flight = &mut self.flights[at];
                flight.why = why;
                if !self.servers[server].answered {
                    flight.deadline = flight.deadline.min(soon);
                }
                at += 1;
                continue;
            }
            let flight = self.land(at);
            self.lost(flight, why);
        }
    }

    /// Gives up the queries whose time is over.
    fn expire(&mut self, now: Instant) {
        let mut at = 0;
        while at < self.flights.len() {
            if self.flights[at].deadline <= now {
                let flight = self.land(at);
                let why = flight.why;
                self.lost(flight, why);
            } else {
                at += 1;
            }
        }
    }

    /// A query is lost: it is asked again, or that was the last try.
    fn lost(&mut self, flight: Flight<T>, why: &'static str) {
        let Flight { mut question, server, .. } = flight;
        self.servers[server].has_lost(Instant::now());
        if question.tries < self.patience.tries {
            (question.failed, question.why) = (Some(server), why);
            self.ask_next(question);
            return;
        }
        // what is lost on a server that answers nobody tells nothing of the list if others answer
        let any_sound = self.servers.iter().any(Server::is_sound);
        if self.servers[server].is_sound() || !any_sound {
            self.lanes[question.list].has_failed();
        }
        self.done.push_back((question, Err(why)));
    }

    /// Leaves a list alone for a time: its questions are errors at once.
    pub fn pause(&mut self, list: usize) {
        self.lanes[list].pause();
    }
}

/// What a turn has brought.
#[derive(Clone, Copy, Debug)]
pub struct Happened {
    /// The other file can be read.
    pub other: bool,
    /// Nothing came in the time given.
    pub nothing: bool,
}
