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
    MailBouncesIn = "mail.bounces_in",
    MailFailedIn = "mail.failed_in",
    MailDeferredIn = "mail.deferred_in",
    MailOut = "mail.out",
    MailOutBytes = "mail.out_bytes",
    MailFailedOut = "mail.failed_out",
    MailDeferredOut = "mail.deferred_out",
    MailReceivedBytes = "mail.received_bytes",
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
    ActiveMs = ".active_ms",
    InBytes = ".in_bytes",
    OutBytes = ".out_bytes",
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

/// A set of metrics, a bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Set(u64);

impl Set {
    /// This one too.
    pub fn insert(&mut self, metric: Metric) {
        self.0 |= 1 << metric as u32;
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
        all.filter(move |metric| self.0 & 1 << *metric as u32 != 0)
    }
}
