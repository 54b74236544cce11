//! The logs of sessions: whatever stands in a line, its event is read or refused, and what a client
//! chose stays in its fields.

use std::fmt::Debug;

use common::bytes::tsv::Row;
use common::logs::fields::Broken;
use common::logs::prefix::{self, Opening, Prefix};
use common::logs::{clamd as clam, courier as couriers, dovecot as doves, spamd as spam};
use common::logs::{tcpserver as servers, vchkpw as passwords};
use common::time::Stamp;

use super::{assert_row, lines_of};

/// The event of a program does not depend on the head before its words, where the words begin with
/// no time, host or tag of their own.
fn heads<'a, E: Debug + PartialEq>(
    input: &'a [u8],
    tag: &'a str,
    judge: impl for<'b> Fn(&Prefix<'b>) -> Option<Result<E, Broken>>,
) {
    for line in lines_of(input) {
        // any line is read by some head, or none
        prefix::find(line, Opening::OwnWords, |prefix| judge(prefix));
        let starts_plainly = line.first().is_some_and(u8::is_ascii_lowercase);
        if !starts_plainly || Stamp::at_start(line).is_some() {
            continue;
        }
        let bare =
            judge(&Prefix { tag: tag.as_bytes(), pid: b"77", text: line, ..Prefix::default() });
        let Some(expected) = bare else { continue };
        for head in ["Nov 22 00:10:13 mx ", "2026-11-22T00:10:13Z mx ", "<22>Nov  2 00:10:13 mx "] {
            let line = [head.as_bytes(), tag.as_bytes(), b"[77]: ", line].concat();
            let found = prefix::find(&line, Opening::OwnWords, |prefix| judge(prefix));
            assert_eq!(found.as_ref(), Some(&expected), "{}", line.escape_ascii());
        }
    }
}

/// What a line says, as text that outlives it.
fn shown<E: Debug>(event: Option<Result<E, Broken>>) -> Option<Result<String, Broken>> {
    event.map(|event| event.map(|event| format!("{event:?}")))
}

/// tcpserver, sslserver, rblsmtpd, recordio.
pub fn tcpserver(input: &[u8]) {
    heads(input, "tcpserver", |prefix| shown(servers::judge(prefix)));
}

/// dovecot's login and mail processes.
pub fn dovecot(input: &[u8]) {
    heads(input, "dovecot", |prefix| shown(doves::judge(prefix)));
}

/// courier's daemons.
pub fn courier(input: &[u8]) {
    heads(input, "imapd", |prefix| shown(couriers::judge(prefix)));
    lines_of(input).for_each(|line| {
        couriers::is_cut(line);
    });
}

/// spamd.
pub fn spamd(input: &[u8]) {
    let read = |line: spam::Line<'_>| match line.event {
        spam::Event::Report(report) => format!("{line:?} {:?}", report.values()),
        _ => format!("{line:?}"),
    };
    heads(input, "spamd", |prefix| spam::judge(prefix).map(|said| said.map(read)));
}

/// clamd.
pub fn clamd(input: &[u8]) {
    heads(input, "clamd", |prefix| shown(clam::judge(prefix)));
}

/// vchkpw; a password stands in no event, nor in a line from which it was taken.
pub fn vchkpw(input: &[u8]) {
    const MARK: &[u8] = b"(pass: '";
    heads(input, "vpopmail", |prefix| shown(passwords::judge(prefix)));
    for line in lines_of(input) {
        let Some(without) = passwords::without_password(line) else { continue };
        let at = line.windows(MARK.len()).position(|found| found == MARK).unwrap() + MARK.len();
        assert!(without.starts_with(&line[..at]) && without[at..].starts_with(b"***')"));
        let rest = &without[at + b"***')".len()..];
        assert!(line.ends_with(rest) && !rest.get(1..).is_some_and(|rest| rest.contains(&b' ')));
        assert_eq!(passwords::without_password(&without).as_ref(), Some(&without));
        for cut in at..=line.len() {
            let so_far = passwords::without_password_so_far(&line[..cut]).unwrap();
            let joined = [&so_far, &line[cut..]].concat();
            assert_eq!(passwords::without_password(&joined).as_ref(), Some(&without));
        }
        let mut row = Vec::new();
        Row::new(&mut row).field(&without).end();
        assert_row(&row, 1);
    }
}
