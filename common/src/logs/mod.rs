//! What the lines of each log say.

pub mod address;
pub mod clamd;
pub mod courier;
pub mod day_file;
pub mod dovecot;
#[cfg(test)]
mod edits;
pub mod fields;
pub mod hosted;
pub mod logterse;
pub mod prefix;
pub mod qmail_send;
pub mod qpsmtpd;
pub mod repeats;
pub mod smtpd;
pub mod spamd;
pub mod stats;
pub mod tcpserver;
pub mod vchkpw;
