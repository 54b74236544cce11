//! One question over TCP, for answers that have no room in a datagram. Nothing here waits.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};

/// A connection on which one query is sent and one answer is read.
#[derive(Debug)]
pub struct Call {
    stream: TcpStream,
    /// The query, its length before it, and how much of it is sent.
    query: Vec<u8>,
    sent: usize,
    /// What came: a length, and as many bytes.
    answer: Vec<u8>,
}

impl Call {
    /// Begins to connect.
    pub fn new(server: SocketAddr, query: &[u8]) -> io::Result<Self> {
        let family = if server.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = socket_with(family, SocketType::STREAM, flags, None)?;
        match connect(&socket, &server) {
            Ok(()) | Err(rustix::io::Errno::INPROGRESS) => {}
            Err(error) => return Err(error.into()),
        }
        let length = u16::try_from(query.len()).map_err(io::Error::other)?;
        let query = [&length.to_be_bytes(), query].concat();
        Ok(Call { stream: socket.into(), query, sent: 0, answer: Vec::new() })
    }

    /// The query as it was sent.
    pub fn query(&self) -> &[u8] {
        &self.query[2..]
    }

    /// Does it wait until it can write?
    pub fn writes(&self) -> bool {
        self.sent < self.query.len()
    }

    /// What to wait for.
    pub fn file(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    /// Goes on as far as it can without a wait; the whole answer if it is there.
    pub fn go_on(&mut self) -> io::Result<Option<&[u8]>> {
        while self.writes() {
            match self.stream.write(&self.query[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if is_early(&error) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        loop {
            let wanted = match self.answer.first_chunk() {
                Some(length) => 2 + usize::from(u16::from_be_bytes(*length)),
                None => 2,
            };
            let have = self.answer.len();
            if wanted > 2 && have == wanted {
                return Ok(Some(&self.answer[2..]));
            }
            if wanted == 2 && have == 2 {
                return Err(ErrorKind::InvalidData.into());
            }
            self.answer.resize(wanted, 0);
            let read = self.stream.read(&mut self.answer[have..]);
            self.answer.truncate(have + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if is_early(&error) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }
}

fn is_early(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted | ErrorKind::NotConnected)
}
