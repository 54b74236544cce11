//! Lines of `QMailToaster`'s qmail-smtpd, and of the policy patch (eMPF) that others have too.
//!
//! ```text
//! policy_check: local user@example.com -> remote c@d (AUTHENTICATED SENDER)
//! policy_check: policy allows transmission
//! mail recv: pid 4711 from <a@b> qp 4715
//! ```
//!
//! The first has no process number. Of who has logged in it has the user, of others the sender.

use super::record::{ACCEPTED, QUEUED, Record, Said};
use super::words::{Broken, CUT_SHORT, is_number, or_null, split, words_of};
use crate::bytes::marks::Marks;
use crate::logs::prefix::Prefix;

/// What a reading of a line says, if its words are of these.
pub fn judge<'a>(prefix: &Prefix<'a>) -> Option<Result<Said<'a>, Broken>> {
    if let Some(text) = words_of(prefix, b"mail recv") {
        return Some(received(text));
    }
    Some(policy(words_of(prefix, b"policy_check")?))
}

fn received(text: &[u8]) -> Result<Said<'_>, Broken> {
    let rest = text.strip_prefix(b"pid ").ok_or(CUT_SHORT)?;
    let (pid, rest) = rest.split_at_mark(b" from <").ok_or(CUT_SHORT)?;
    // a sender may hold anything, so its end is sought from the right
    let (sender, qp) = rest.rsplit_at_mark(b"> qp ").ok_or(CUT_SHORT)?;
    if !is_number(pid) || !is_number(qp) {
        return Err(CUT_SHORT);
    }
    let sender = or_null(sender);
    Ok(Said::Verdict(Record { pid, sender, qp, disposition: QUEUED, ..Record::default() }))
}

fn policy(text: &[u8]) -> Result<Said<'_>, Broken> {
    match text {
        b"policy allows transmission" => return Ok(Said::Decided(ACCEPTED)),
        b"policy forbids transmission"
        | b"policy_forbids failed"
        | b"policy_load failed"
        | b"sender not authenticated" => return Ok(Said::Decided(text)),
        _ => {}
    }
    let Some(rest) = address(text) else { return Ok(Said::Nothing) };
    let (rest, logged_in) = match rest.strip_suffix(b" (UNAUTHENTICATED SENDER)") {
        Some(rest) => (rest, false),
        None => (rest.strip_suffix(b" (AUTHENTICATED SENDER)").ok_or(CUT_SHORT)?, true),
    };
    let (from, to) = split(rest, b" -> ")?;
    let recipient = address(to).ok_or(CUT_SHORT)?;
    let record = Record { recipient, ..Record::default() };
    Ok(Said::Asked(if logged_in {
        Record { auth_user: from, ..record }
    } else {
        Record { sender: or_null(from), ..record }
    }))
}

/// What stands behind the word that says whose address it is.
fn address(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"local ").or_else(|| text.strip_prefix(b"remote "))
}
