//! The metrics.

/// Declares the metrics and their names.
macro_rules! metrics {
    ($($metric:ident = $name:literal,)*) => {
        /// What is counted. A name that begins with a dot has the service before it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Metric { $(#[doc = concat!("`", $name, "`")] $metric,)* }

        impl Metric {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Metric::$metric,)*];

            /// The name, or what follows the service.
            pub fn name(self) -> &'static str {
                match self { $(Metric::$metric => $name,)* }
            }
        }
    };
}

metrics! {
    MailIn = "mail.in",
    MailInBytes = "mail.in_bytes",
    MailReceivedBytes = "mail.received_bytes",
    MailBouncesIn = "mail.bounces_in",
    MailFailedIn = "mail.failed_in",
    MailDeferredIn = "mail.deferred_in",
    MailOut = "mail.out",
    MailOutBytes = "mail.out_bytes",
    MailFailedOut = "mail.failed_out",
    MailDeferredOut = "mail.deferred_out",
    MailSpamRefused = "mail.spam_refused",
    MailVirusRefused = "mail.virus_refused",
    Queued = "verdict.queued",
    Accepted = "verdict.accepted",
    SpamIn = "verdict.spam_in",
    SpamOut = "verdict.spam_out",
    Sent = "verdict.sent",
    Denied = "verdict.denied",
    Dnsbl = "verdict.dnsbl",
    Tld = "verdict.tld",
    ReceivedBytes = "verdict.received_bytes",
    Connections = ".connections",
    InBytes = ".in_bytes",
    OutBytes = ".out_bytes",
    ActiveMs = ".active_ms",
    Blocked = ".blocked",
    BadCommands = ".bad_commands",
    Terminations = ".terminations",
    AuthFailed = ".auth_failed",
    Failed = ".failed",
    FullMs = ".full_ms",
    QueueMessages = "queue.messages",
    QueueInBytes = "queue.in_bytes",
    QueueActiveMs = "queue.active_ms",
    Spam = "spamd.spam",
    Rule = "spamd.rule",
    Virus = "clamd.virus",
    SampleMs = "system.sample_ms",
    CpuMs = "system.cpu_ms",
    MemoryKibMs = "system.memory_kib_ms",
    OpenFilesMs = "system.open_files_ms",
    ProcessesMs = "system.processes_ms",
    ThreadsMs = "system.threads_ms",
    ConnectionsMs = "system.connections_ms",
    QueueMs = "system.queue_ms",
    TodoMs = "system.todo_ms",
    // the whole name is in the place of the service
    Merged = "",
}

/// How many metrics may stand in one entry.
pub const MOST_TOGETHER: usize = 3;

/// Metrics that most rows count together, and so stand in one entry: the first, and how many follow
/// each other.
const TOGETHER: [(Metric, usize); 3] = [
    // in, in_bytes and received_bytes; out and out_bytes; connections, in_bytes and out_bytes
    (Metric::MailIn, MOST_TOGETHER),
    (Metric::MailOut, 2),
    (Metric::Connections, MOST_TOGETHER),
];

/// Of each metric the first of its entry, and its place there.
static PLACES: [(Metric, usize); Metric::ALL.len()] = {
    let mut places = [(Metric::Merged, 0); Metric::ALL.len()];
    let mut at = 0;
    while at < places.len() {
        places[at] = (Metric::ALL[at], 0);
        at += 1;
    }
    let mut entry = 0;
    while entry < TOGETHER.len() {
        let (first, count) = TOGETHER[entry];
        at = 0;
        while at < count {
            places[first as usize + at] = (first, at);
            at += 1;
        }
        entry += 1;
    }
    places
};

impl Metric {
    /// The first metric of the entry that holds its sum, and its place there.
    #[inline]
    pub fn place(self) -> (Metric, usize) {
        PLACES[self as usize]
    }

    /// The metric at a place of the entry of which this is the first.
    pub fn at(self, place: usize) -> Metric {
        Metric::ALL[self as usize + place]
    }
}

/// A set of metrics, a bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Set(u64);

impl Set {
    /// This one too.
    pub fn insert(&mut self, metric: Metric) {
        self.0 |= 1 << metric as u32;
    }

    /// Not this one.
    pub fn remove(&mut self, metric: Metric) {
        self.0 &= !(1 << metric as u32);
    }

    /// Is this one in it?
    #[inline]
    pub fn contains(self, metric: Metric) -> bool {
        self.0 & 1 << metric as u32 != 0
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Set) -> Set {
        Set(self.0 | other.0)
    }

    /// Those that are not in `other`.
    #[must_use]
    pub fn without(self, other: Set) -> Set {
        Set(self.0 & !other.0)
    }

    /// Is none in it?
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those in it.
    pub fn iter(self) -> impl Iterator<Item = Metric> {
        let all = Metric::ALL.iter().copied();
        all.filter(move |metric| self.contains(*metric))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_metric_has_its_place() {
        for metric in Metric::ALL {
            let (first, place) = metric.place();
            assert!(place < MOST_TOGETHER && first.at(place) == *metric && first.place().1 == 0);
        }
        assert_eq!(Metric::MailReceivedBytes.place(), (Metric::MailIn, 2));
        assert_eq!(Metric::MailOutBytes.place(), (Metric::MailOut, 1));
        assert_eq!(Metric::OutBytes.place(), (Metric::Connections, 2));
        assert_eq!(Metric::Merged.place(), (Metric::Merged, 0));
    }
}
