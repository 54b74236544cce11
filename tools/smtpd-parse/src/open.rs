//! What is open: the connections under way, the verdict of simscan that another may replace, and
//! the recipients on which the policy has not decided.

use std::collections::{BTreeMap, VecDeque};

use common::logs::smtpd::Record;
use common::logs::tcpserver::Event;
use hashbrown::HashMap;

/// No more connections, and no more recipients, are remembered; the oldest gives way.
const MOST: usize = 1000;

/// A connection, as far as it is known.
#[derive(Debug, Default)]
struct Connection {
    /// The host that logged it, as syslog names it.
    host: Vec<u8>,
    /// The process.
    pid: Vec<u8>,
    /// The client's address and port, as tcpserver names them.
    ip: Vec<u8>,
    port: Vec<u8>,
    /// The row of a mail that simscan let pass, and the mail.
    held: Option<(Vec<u8>, Vec<u8>)>,
}

/// A recipient on which the policy has not decided.
#[derive(Debug)]
pub struct Asked {
    sender: Vec<u8>,
    recipient: Vec<u8>,
    auth_user: Vec<u8>,
}

impl Asked {
    /// The verdict on it.
    pub fn with<'a>(&'a self, disposition: &'a [u8]) -> Record<'a> {
        let Asked { sender, recipient, auth_user } = self;
        Record { sender, recipient, auth_user, disposition, ..Record::default() }
    }
}

/// All that is open.
#[derive(Debug, Default)]
pub struct Open {
    /// In the order in which they were first seen.
    connections: BTreeMap<u64, Connection>,
    /// Where each is, by host and process.
    places: HashMap<Vec<u8>, HashMap<Vec<u8>, u64>>,
    /// How many were seen.
    seen: u64,
    asked: VecDeque<Asked>,
}

impl Open {
    /// tcpserver says that a process serves a client, or has ended.
    pub fn server(&mut self, host: &[u8], event: &Event<'_>, rows: &mut Vec<u8>) {
        match event {
            Event::Client(client) if !client.denied => {
                let (mut pid, mut port) = (itoa::Buffer::new(), itoa::Buffer::new());
                let (pid, port) = (pid.format(client.pid), port.format(client.port));
                self.connect(host, pid.as_bytes(), [client.ip, port.as_bytes()], rows);
            }
            Event::End { pid, .. } => {
                self.end(host, itoa::Buffer::new().format(*pid).as_bytes(), rows);
            }
            _ => {}
        }
    }

    /// A process serves a client. Appends the row that an older one of that number held.
    fn connect(&mut self, host: &[u8], pid: &[u8], client: [&[u8]; 2], rows: &mut Vec<u8>) {
        self.end(host, pid, rows);
        let [ip, port] = client.map(<[u8]>::to_vec);
        self.add(Connection { ip, port, ..of(host, pid) }, rows);
    }

    /// A process ended. Appends the row that it held.
    fn end(&mut self, host: &[u8], pid: &[u8], rows: &mut Vec<u8>) {
        if let Some(at) = self.place(host, pid) {
            self.remove(at, rows);
        }
    }

    /// The address and the port of the client that a process serves; empty where not known.
    pub fn client(&self, host: &[u8], pid: &[u8]) -> [&[u8]; 2] {
        let known = self.place(host, pid).and_then(|at| self.connections.get(&at));
        known.map_or([b"", b""], |it| [&it.ip, &it.port])
    }

    /// Holds the row of a mail that simscan let pass.
    pub fn hold(&mut self, host: &[u8], pid: &[u8], row: Vec<u8>, mail: &[u8], rows: &mut Vec<u8>) {
        let held = Some((row, mail.to_vec()));
        match self.place(host, pid).and_then(|at| self.connections.get_mut(&at)) {
            Some(connection) => connection.held = held,
            None => self.add(Connection { held, ..of(host, pid) }, rows),
        }
    }

    /// simscan refuses a mail: forgets the row that let it pass.
    pub fn refuse(&mut self, host: &[u8], pid: &[u8], mail: &[u8]) {
        if let Some(connection) = self.place(host, pid).and_then(|at| self.connections.get_mut(&at))
        {
            connection.held.take_if(|(_, held)| held == mail);
        }
    }

    /// A mail is decided: appends the row that a process holds.
    pub fn settle(&mut self, host: &[u8], pid: &[u8], rows: &mut Vec<u8>) {
        let place = self.place(host, pid);
        if let Some((row, _)) = place.and_then(|at| self.connections.get_mut(&at)?.held.take()) {
            rows.extend_from_slice(&row);
        }
    }

    /// Appends all rows that are held.
    pub fn finish(self, rows: &mut Vec<u8>) {
        self.connections.into_values().for_each(|connection| connection.release(rows));
    }

    /// The policy is asked about a recipient.
    pub fn ask(&mut self, record: &Record<'_>) {
        if self.asked.len() == MOST {
            self.asked.pop_front();
        }
        let [sender, recipient, auth_user] =
            [record.sender, record.recipient, record.auth_user].map(<[u8]>::to_vec);
        self.asked.push_back(Asked { sender, recipient, auth_user });
    }

    /// The recipient on which the policy decides: it does so in the order in which it is asked.
    pub fn decide(&mut self) -> Option<Asked> {
        self.asked.pop_front()
    }

    fn place(&self, host: &[u8], pid: &[u8]) -> Option<u64> {
        self.places.get(host)?.get(pid).copied()
    }

    /// Adds a connection of which no other is known with its host and its process.
    fn add(&mut self, connection: Connection, rows: &mut Vec<u8>) {
        if self.connections.len() == MOST
            && let Some(oldest) = self.connections.keys().next()
        {
            self.remove(*oldest, rows);
        }
        let of_host = self.places.entry_ref(connection.host.as_slice()).or_default();
        of_host.insert(connection.pid.clone(), self.seen);
        self.connections.insert(self.seen, connection);
        self.seen += 1;
    }

    fn remove(&mut self, at: u64, rows: &mut Vec<u8>) {
        let Some(gone) = self.connections.remove(&at) else { return };
        if let Some(of_host) = self.places.get_mut(&gone.host) {
            of_host.remove(&gone.pid);
            if of_host.is_empty() {
                self.places.remove(&gone.host);
            }
        }
        gone.release(rows);
    }
}

fn of(host: &[u8], pid: &[u8]) -> Connection {
    Connection { host: host.to_vec(), pid: pid.to_vec(), ..Connection::default() }
}

impl Connection {
    fn release(self, rows: &mut Vec<u8>) {
        self.held.into_iter().for_each(|(row, _)| rows.extend_from_slice(&row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(open: &mut Open, host: &str, pid: &str, rows: &mut Vec<u8>) {
        let row = format!("{host}{pid}\n").into_bytes();
        open.hold(host.as_bytes(), pid.as_bytes(), row, b"mail", rows);
    }

    #[test]
    fn the_oldest_gives_way() {
        let (mut open, mut rows) = (Open::default(), Vec::new());
        for pid in 0..=MOST {
            hold(&mut open, "", &pid.to_string(), &mut rows);
        }
        assert_eq!(rows, b"0\n");
        for pid in 0..MOST {
            open.connect(b"mx", pid.to_string().as_bytes(), [b"::1", b"5"], &mut rows);
        }
        assert_eq!(rows.split(|byte| *byte == b'\n').count(), MOST + 2);
        assert!(open.connections.len() == MOST && rows.ends_with(b"\n1000\n"));
        for number in 0..=MOST {
            let recipient = number.to_string();
            let recipient = recipient.as_bytes();
            open.ask(&Record { recipient, ..Record::default() });
        }
        assert_eq!(open.decide().map(|asked| asked.recipient), Some(b"1".to_vec()));
    }

    #[test]
    fn hosts_have_numbers_of_their_own() {
        let (mut open, mut rows) = (Open::default(), Vec::new());
        hold(&mut open, "a", "1", &mut rows);
        hold(&mut open, "b", "1", &mut rows);
        open.refuse(b"a", b"1", b"another mail");
        open.refuse(b"b", b"1", b"mail");
        open.end(b"b", b"1", &mut rows);
        assert!(rows.is_empty());
        open.connect(b"a", b"1", [b"::1", b"5"], &mut rows);
        assert_eq!(rows, b"a1\n");
        assert_eq!(open.client(b"a", b"1"), [&b"::1"[..], b"5"]);
        open.end(b"a", b"1", &mut rows);
        assert_eq!(open.client(b"a", b"1"), [b"", b""]);
        hold(&mut open, "a", "1", &mut rows);
        open.finish(&mut rows);
        assert_eq!(rows, b"a1\na1\n");
    }
}
