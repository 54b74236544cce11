//! The columns of each row type, in their order. New columns go last.

/// One message to one recipient, or one attempt to deliver it.
pub const MESSAGE: [&str; 9] =
    ["time", "host", "direction", "pid", "sender", "recipient", "bytes", "status", "attempts"];

/// One verdict of qpsmtpd on a message, a recipient or a client.
pub const TRANSACTION: [&str; 17] = [
    "time",
    "pid",
    "hook",
    "ip",
    "port",
    "host",
    "helo",
    "sender",
    "recipient",
    "disposition",
    "code",
    "message",
    "is_spam",
    "score_centi",
    "required_centi",
    "dnsbl",
    "sender_tld",
];

/// One event of a connection to qpsmtpd.
pub const EVENT: [&str; 11] = [
    "time",
    "pid",
    "ip",
    "kind",
    "detail",
    "status",
    "message",
    "sender",
    "recipient",
    "host",
    "helo",
];

/// One mail in a Maildir, and who handed it to our servers.
pub const RECEIVED: [&str; 7] = ["path", "time", "ip", "helo", "host", "by", "sender"];
