//! What the lines of each log say.

pub mod address;
pub mod day_file;
pub mod logterse;
pub mod prefix;
pub mod qmail_send;
pub mod qpsmtpd;
pub mod repeats;
pub mod smtpd;
pub mod stats;
