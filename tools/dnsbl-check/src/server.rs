//! A server: the sockets to it, and how it has fared.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// How many queries a server may have before it at a time. With 128 and more, measured, the
/// receive buffer of rbldnsd overflows, and one query that is sent again costs more than is won.
pub const WINDOW: usize = 64;
/// From how many ports, each chosen by the system, a server is asked.
pub const SOCKETS: usize = 4;
/// A server that lost this many queries in a row is asked only if all are like it.
const LOST: u32 = 3;
/// This long after its last loss such a server gets one query, to see if it is back.
const PROBE: Duration = Duration::from_secs(10);

/// One that is asked.
#[derive(Debug)]
pub struct Server {
    /// Where it is.
    pub address: SocketAddr,
    /// They take nothing but what it sends; none if there is no way to it.
    pub sockets: Vec<UdpSocket>,
    /// How many queries are before it.
    pub in_flight: usize,
    /// Queries lost in a row.
    lost: u32,
    /// When it may be tried again, if it is one that loses them.
    rests: Option<Instant>,
    /// Did it ever answer?
    pub answered: bool,
}

impl Server {
    /// Opens the sockets.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let any: SocketAddr = match address {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = || {
            let socket = UdpSocket::bind(any)?;
            socket.connect(address)?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        let sockets = match (0..SOCKETS).map(|_| socket()).collect() {
            Ok(sockets) => sockets,
            // another server may be in reach
            Err(error) if is_unreachable(&error) => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Server { address, sockets, in_flight: 0, lost: 0, rests: None, answered: false })
    }

    /// Is there a way to it?
    pub fn is_reachable(&self) -> bool {
        !self.sockets.is_empty()
    }

    /// Is there a way to it, and did it answer lately, as far as is known?
    pub fn is_sound(&self) -> bool {
        self.is_reachable() && self.lost < LOST
    }

    /// It answered.
    pub fn has_answered(&mut self) {
        (self.lost, self.rests, self.answered) = (0, None, true);
    }

    /// A query to it was lost.
    pub fn has_lost(&mut self, now: Instant) {
        self.lost = self.lost.saturating_add(1);
        if self.lost >= LOST {
            self.rests = Some(now + PROBE);
        }
    }

    fn is_due(&self, now: Instant) -> bool {
        let rested = self.rests.is_some_and(|until| until <= now);
        rested && self.in_flight == 0 && self.is_reachable()
    }

    /// The one with the most room, by its place. While any is sound only those count, but for one
    /// query now and then if the time for it is given as `probe`; never the one that `failed` this
    /// question if there is another. Nothing if the windows of those that count are full.
    pub fn choose(
        servers: &[Self],
        failed: Option<usize>,
        probe: Option<Instant>,
    ) -> Option<usize> {
        let any_sound = servers.iter().any(Server::is_sound);
        let others = || servers.iter().enumerate().filter(|(at, _)| failed != Some(*at));
        let due = |(_, server): &(usize, &Server)| probe.is_some_and(|now| server.is_due(now));
        if any_sound && let Some((at, _)) = others().find(due) {
            return Some(at);
        }
        let counts = |server: &Server| server.is_reachable() && (server.is_sound() || !any_sound);
        let several = others().any(|(_, server)| counts(server));
        let fit = servers.iter().enumerate().filter(|(at, server)| {
            counts(server) && server.in_flight < WINDOW && !(several && failed == Some(*at))
        });
        fit.min_by_key(|(_, server)| server.in_flight).map(|(at, _)| at)
    }
}

fn is_unreachable(error: &io::Error) -> bool {
    use ErrorKind::{AddrNotAvailable, HostUnreachable, NetworkUnreachable, PermissionDenied};
    matches!(
        error.kind(),
        NetworkUnreachable | HostUnreachable | AddrNotAvailable | PermissionDenied
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Vec<Server> {
        let open = |_| Server::open((Ipv4Addr::LOCALHOST, 9).into()).unwrap();
        (0..3).map(open).collect()
    }

    #[test]
    fn the_best_is_chosen() {
        let mut servers = three();
        servers[0].in_flight = 2;
        servers[1].in_flight = 1;
        servers[2].lost = LOST;
        assert_eq!(Server::choose(&servers, None, None), Some(1));
        assert_eq!(Server::choose(&servers, Some(1), None), Some(0));
        servers[0].in_flight = WINDOW;
        assert_eq!(Server::choose(&servers, None, None), Some(1));
        assert_eq!(Server::choose(&servers, Some(1), None), None, "the other will have room");
        servers[1].in_flight = WINDOW;
        assert_eq!(Server::choose(&servers, None, None), None, "not the one that loses them");
        servers[0].lost = LOST;
        servers[1].in_flight = 1;
        assert_eq!(Server::choose(&servers, Some(1), None), Some(1), "no other is sound");
        servers[1].sockets.clear();
        assert_eq!(Server::choose(&servers, Some(1), None), Some(2));
        servers[2].in_flight = WINDOW;
        assert_eq!(Server::choose(&servers, None, None), None);
    }

    #[test]
    fn one_that_loses_queries_is_probed_now_and_then() {
        let mut servers = three();
        let now = Instant::now();
        (servers[0].in_flight, servers[1].in_flight) = (1, 2);
        (0..LOST).for_each(|_| servers[2].has_lost(now));
        assert_eq!(Server::choose(&servers, None, Some(now)), Some(0));
        let later = now + PROBE;
        assert_eq!(Server::choose(&servers, None, None), Some(0));
        assert_eq!(Server::choose(&servers, Some(2), Some(later)), Some(0));
        assert_eq!(Server::choose(&servers, None, Some(later)), Some(2));
        servers[2].in_flight = 1;
        assert_eq!(Server::choose(&servers, None, Some(later)), Some(0), "one at a time");
        servers[2].has_answered();
        servers[2].in_flight = 0;
        assert_eq!(Server::choose(&servers, None, None), Some(2));
    }
}
