//! TCP connections of the machine.

use common::bytes::digits::number;
use procfs::net::{TcpState, tcp, tcp6};
use procfs::{ProcError, ProcResult};

/// The ports of mail: SMTP, POP3, IMAP, submission, and all these with TLS.
pub const PORTS: &[u16] = &[25, 110, 143, 465, 587, 993, 995];

/// The ports of a list such as `25,587`.
pub fn ports(list: &[u8]) -> Option<Vec<u16>> {
    let port = |text| number(text).and_then(|number| u16::try_from(number).ok());
    list.split(|byte| *byte == b',').map(port).collect()
}

/// How many established connections there are to these ports of the machine.
pub fn established(ports: &[u16]) -> ProcResult<u64> {
    let mut sockets = tcp()?;
    match tcp6() {
        Ok(more) => sockets.extend(more),
        // a machine without IPv6
        Err(ProcError::NotFound(_)) => {}
        Err(error) => return Err(error),
    }
    let counts = sockets.iter().filter(|socket| {
        socket.state == TcpState::Established && ports.contains(&socket.local_address.port())
    });
    Ok(counts.count() as u64)
}
