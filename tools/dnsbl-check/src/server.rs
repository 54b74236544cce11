//! A server: the sockets to it, and how it has fared.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// How many queries a server may have before it at a time. With 128 and more, measured, the
/// receive buffer of rbldnsd overflows, and one query that is sent again costs more than is won.
pub const WINDOW: usize = 64;
/// From how many ports, each chosen by the system, a server is asked.
pub const SOCKETS: usize = 4;
/// A server that so many queries in a row were lost on is asked only if all are like it.
const LOST: u32 = 3;

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
    pub lost: u32,
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
        Ok(Server { address, sockets, in_flight: 0, lost: 0 })
    }

    /// Is there a way to it?
    pub fn is_reachable(&self) -> bool {
        !self.sockets.is_empty()
    }

    /// The one with the most room, by its place; rather none that fails, nor the one that `failed`
    /// this question. Nothing if all windows are full.
    pub fn choose(servers: &[Self], failed: Option<usize>) -> Option<usize> {
        let has_room = |server: &Server| server.in_flight < WINDOW && server.is_reachable();
        let room = servers.iter().enumerate().filter(|(_, server)| has_room(server));
        let best = room.min_by_key(|(at, server)| {
            (server.lost >= LOST, failed == Some(*at), server.in_flight)
        });
        best.map(|(at, _)| at)
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

    #[test]
    fn the_best_is_chosen() {
        let open = |_| Server::open((Ipv4Addr::LOCALHOST, 9).into()).unwrap();
        let mut servers: Vec<Server> = (0..3).map(open).collect();
        servers[0].in_flight = 2;
        servers[1].in_flight = 1;
        servers[2].lost = LOST;
        assert_eq!(Server::choose(&servers, None), Some(1));
        assert_eq!(Server::choose(&servers, Some(1)), Some(0));
        servers[0].in_flight = WINDOW;
        assert_eq!(Server::choose(&servers, Some(1)), Some(1));
        servers[1].sockets.clear();
        assert_eq!(Server::choose(&servers, Some(1)), Some(2));
        servers[2].in_flight = WINDOW;
        assert_eq!(Server::choose(&servers, None), None);
    }
}
