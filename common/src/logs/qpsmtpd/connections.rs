//! Which events belong together.

use hashbrown::HashMap;

use super::event::{Event, Kind};

/// A connection of which there may be more events.
#[derive(Debug, Default)]
pub struct Connection<T> {
    /// The client's address; empty as long as no event named it.
    pub ip: Vec<u8>,
    /// What is kept of it.
    pub kept: T,
}

/// The connections that are open. They are told apart by start and process number: a number that
/// begins again, or goes on with another address, is another connection.
#[derive(Debug, Default)]
pub struct Connections<T> {
    open: HashMap<Vec<u8>, Connection<T>>,
}

impl<T: Default> Connections<T> {
    /// No connection yet.
    pub fn new() -> Self {
        Connections { open: HashMap::new() }
    }

    /// The connection that must be over, since this event is of another with the same number.
    pub fn over(&mut self, event: &Event<'_>) -> Option<Connection<T>> {
        let other = match event.kind {
            _ if event.stands_alone() => false,
            Kind::Connect(_) => true,
            _ => {
                let open = self.open.get(event.pid)?;
                !event.ip.is_empty() && !open.ip.is_empty() && open.ip != event.ip
            }
        };
        if other { self.end(event.pid) } else { None }
    }

    /// The connection that the event is of, opened if need be.
    pub fn of(&mut self, event: &Event<'_>) -> &mut Connection<T> {
        let connection = self.open.entry_ref(event.pid).or_default();
        if connection.ip.is_empty() {
            connection.ip.extend_from_slice(event.ip);
        }
        connection
    }

    /// Takes out the connection of a process that has ended it.
    pub fn end(&mut self, pid: &[u8]) -> Option<Connection<T>> {
        self.open.remove(pid)
    }

    /// All that are open, in no order.
    pub fn into_open(self) -> impl Iterator<Item = Connection<T>> {
        self.open.into_values()
    }
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;

    use super::*;
    use crate::logs::qpsmtpd::{Said, parse};

    #[test]
    fn connections_are_told_apart() {
        let mut open = Connections::<()>::new();
        let mut step = |line: &str| {
            let Ok(Said::Event(event)) = parse(line.as_bytes()) else { panic!("{line}") };
            let over = open.over(&event).map(|over| over.ip.to_str().unwrap().to_owned());
            let ip = if event.stands_alone() { "alone".into() } else { open.of(&event).ip.clone() };
            if matches!(event.kind, Kind::Time(_)) {
                open.end(event.pid);
            }
            (over, String::from_utf8(ip).unwrap())
        };
        let verdict = |pid, ip| {
            format!("{pid} logging::logterse plugin: ` {ip}\th\th\t<a@b>\t\tdnsbl\t903\tno")
        };
        assert_eq!(
            step("7 Accepted connection 0/9 from 192.0.2.1 / x"),
            (None, "192.0.2.1".into())
        );
        assert_eq!(step(&verdict(7, "192.0.2.1")), (None, "192.0.2.1".into()));
        assert_eq!(step(&verdict(8, "192.0.2.2")), (None, "192.0.2.2".into()));
        assert_eq!(step(&verdict(7, "")), (None, "alone".into()));
        assert_eq!(
            step("7 (post-connection) connection_time: 1.566 s."),
            (None, "192.0.2.1".into())
        );
        assert_eq!(step("7 (post-connection) connection_time: 1.566 s."), (None, String::new()));
        assert_eq!(
            step("8 Accepted connection 0/9 from 192.0.2.2 / x"),
            (Some("192.0.2.2".into()), "192.0.2.2".into())
        );
        assert_eq!(step(&verdict(8, "192.0.2.3")), (Some("192.0.2.2".into()), "192.0.2.3".into()));
        assert_eq!(open.into_open().count(), 1);
    }
}
