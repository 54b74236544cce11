//! Why an attempt failed, and which server said so: the class of a report.
//!
//! ```text
//! 192.0.2.1_does_not_like_recipient./Remote_host_said:_550_5.1.1_no_such_user/Giving_up_on_192.0.2.1./
//! ^ words of qmail-remote            ^ the reply of the server
//! ```
//!
//! qmail-send has written `_` for blanks and `/` for ends of lines. What a server or a program in a
//! .qmail file says is a stranger's text: it can choose its class, but neither the relay nor that of
//! another report.

use bstr::ByteSlice;

use super::event::{Channel, Outcome};
use crate::rows::reason::Reason;

/// What a report tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told<'a> {
    /// The class; `None` for a success.
    pub reason: Option<Reason>,
    /// The same, but where the message is too old what the last attempt failed by.
    pub cause: Option<Reason>,
    /// The address of the server that the report names; empty if there is none.
    pub relay: &'a [u8],
}

/// An attempt, as far as a report repeats it.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// Where it went.
    pub channel: Channel,
    /// The envelope sender; empty if it is not known.
    pub sender: &'a [u8],
    /// The envelope recipient.
    pub recipient: &'a [u8],
}

/// What qmail-send adds to the report when it gives up.
const TOO_OLD: &[u8] = b"I'm_not_going_to_try_again;_this_message_has_been_in_the_queue_too_long./";

/// Before the reply of a server.
const REPLY: &[u8] = b"Remote_host_said:_";

/// What qmail-remote says where no server has answered, or none to the end.
const REMOTE: [(&[u8], Reason); 6] = [
    (b"Sorry,_I_couldn't_find_any_host_", Reason::Dns),
    (b"Sorry,_I_couldn't_find_a_mail_exchanger", Reason::Dns),
    (b"CNAME_lookup_failed", Reason::Dns),
    (b"Sorry,_I_wasn't_able_to_establish_an_SMTP_connection", Reason::Connect),
    (b"TLS_connect_failed", Reason::Connect),
    (b"TLS_not_available", Reason::Connect),
];

/// How reports begin that are of trouble on this host: those of qmail-remote, qmail-local,
/// qmail-lspawn, qmail-rspawn and spawn.
const LOCAL: [&[u8]; 24] = [
    b"Sorry._Although_I'm_listed_as_a_best-preference_MX_or_A",
    b"SMTP_cannot_transfer_messages_with_partial_final_lines",
    b"I_(qmail-remote)_was_invoked_improperly",
    b"This_message_is_looping:",
    b"System_resources_temporarily_unavailable",
    b"Out_of_memory",
    b"Unable_to_",
    b"Temporary_error_on_maildir_delivery",
    b"Temporary_failure_in_qmail-lspawn",
    b"Timeout_on_maildir_delivery",
    b"File_has_been_locked_for_30_seconds",
    b"Aack,_child_crashed",
    b"Uh-oh:_",
    b"Home_directory_is_sticky",
    b"Trouble_reading_users/cdb",
    b"Not_allowed_to_perform_deliveries_as_root",
    b"Internal_qmail-lspawn_bug",
    b"Internal_error:_",
    b"NFS_failure_in_qmail-local",
    b"Sorry,_message_has_wrong_",
    b"qmail-local",
    b"qmail-remote",
    b"qmail-spawn",
    b"preline:_",
];

/// Words, in small letters, of what programs say of a mailbox that takes no more.
const FULL: [&[u8]; 7] = [
    b"quota",
    b"disk_full",
    b"disk_is_full",
    b"mailbox_full",
    b"mailbox_is_full",
    b"mailfolder_is_full",
    b"no_space_left_on_device",
];

/// Reads the report of an attempt.
pub fn read<'a>(attempt: &Attempt<'_>, outcome: Outcome, report: &'a [u8]) -> Told<'a> {
    let (report, too_old) = match report.strip_suffix(TOO_OLD) {
        Some(before) if outcome == Outcome::Failure => (before, true),
        _ => (report, false),
    };
    let remote = match attempt.channel {
        Channel::Remote => Some(without_parties(attempt, report)),
        Channel::Local => None,
    };
    let cause = match (outcome, remote) {
        (Outcome::Success, _) => None,
        (Outcome::Mangled, _) => Some(Reason::Local),
        (Outcome::Failure | Outcome::Deferral, Some(report)) => Some(of_remote(report)),
        (Outcome::Failure | Outcome::Deferral, None) => Some(of_any(report)),
    };
    Told {
        reason: if too_old { Some(Reason::TooOld) } else { cause },
        cause,
        relay: remote.and_then(relay).unwrap_or_default(),
    }
}

/// Some builds of qmail-remote begin a report with `<From:SENDER_To:RECIPIENT>_`. It is removed only
/// if both addresses are those of the attempt, so that a sender cannot forge the rest of the report.
fn without_parties<'a>(attempt: &Attempt<'_>, report: &'a [u8]) -> &'a [u8] {
    let rest = || {
        let rest = report.strip_prefix(b"<From:")?.strip_prefix(attempt.sender)?;
        rest.strip_prefix(b"_To:")?.strip_prefix(attempt.recipient)?.strip_prefix(b">_")
    };
    rest().unwrap_or(report)
}

/// The address that qmail-remote names first: `192.0.2.1_accepted_message./`, or behind
/// `Connected_to_`.
fn relay(report: &[u8]) -> Option<&[u8]> {
    let rest = report.strip_prefix(b"Connected_to_").unwrap_or(report);
    let word = &rest[..rest.find_byte(b'_')?];
    let address: Option<std::net::IpAddr> = word.to_str().ok()?.parse().ok();
    address.map(|_| word)
}

fn of_remote(report: &[u8]) -> Reason {
    if let Some(at) = report.find(REPLY).filter(|_| relay(report).is_some()) {
        return of_reply(&report[at + REPLY.len()..]);
    }
    if let Some((_, reason)) = REMOTE.iter().find(|(opening, _)| report.starts_with(opening)) {
        return *reason;
    }
    if relay(report).is_some() && report.contains_str("_but_connection_died") {
        return Reason::Lost;
    }
    of_any(report)
}

/// The class of a server's reply.
fn of_reply(reply: &[u8]) -> Reason {
    let code = reply.get(..3).filter(|code| code.iter().all(u8::is_ascii_digit));
    let by_code = match code {
        Some(b"452" | b"552") => Reason::Full,
        Some([b'4', ..]) => Reason::Temporary,
        Some([b'5', ..]) => Reason::Refused,
        _ => return Reason::Other,
    };
    // behind the code, or as qmail writes it
    let enhanced = reply.get(4..).and_then(enhanced_code).or_else(|| bracketed_code(reply));
    match enhanced {
        None => by_code,
        Some(enhanced) => by_enhanced(enhanced).unwrap_or(match code {
            Some([b'4', ..]) => Reason::Temporary,
            _ => Reason::Refused,
        }),
    }
}

/// The class of words that no server said.
fn of_any(report: &[u8]) -> Reason {
    let small = report.to_ascii_lowercase();
    if FULL.iter().any(|words| small.contains_str(words)) {
        return Reason::Full;
    }
    if LOCAL.iter().any(|opening| report.starts_with(opening)) {
        return Reason::Local;
    }
    bracketed_code(report).and_then(by_enhanced).unwrap_or(Reason::Other)
}

/// A class of status, RFC 3463: subject and detail.
type Enhanced = (u16, u16);

fn by_enhanced(code: Enhanced) -> Option<Reason> {
    match code {
        (1, _) => Some(Reason::Refused),
        (2, 2) => Some(Reason::Full),
        (7, _) => Some(Reason::Policy),
        _ => None,
    }
}

/// The first code between `(#` and `)`.
fn bracketed_code(text: &[u8]) -> Option<Enhanced> {
    text.find_iter("(#").find_map(|at| enhanced_code(&text[at + 2..]))
}

/// The code that a text begins with, such as `5.1.1`.
fn enhanced_code(text: &[u8]) -> Option<Enhanced> {
    let text = text.strip_prefix(b"4.").or_else(|| text.strip_prefix(b"5."))?;
    let (subject, rest) = number(text)?;
    let (detail, _) = number(rest.strip_prefix(b".")?)?;
    Some((subject, detail))
}

/// A number of one to three digits at the start, and what follows it.
fn number(text: &[u8]) -> Option<(u16, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(length);
    let value = std::str::from_utf8(digits).ok()?.parse().ok();
    value.filter(|_| length <= 3).map(|value| (value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENDER: &[u8] = b"a>_9.9.9.9_accepted_message./@x.example";

    fn told(channel: Channel, outcome: Outcome, report: &str) -> (&'static str, String) {
        let attempt = Attempt { channel, sender: SENDER, recipient: b"r@y" };
        let told = read(&attempt, outcome, report.as_bytes());
        let relay = String::from_utf8(told.relay.to_vec()).unwrap();
        (told.reason.map_or("", Reason::name), relay)
    }

    #[test]
    fn reports_of_qmail_remote() {
        for (report, reason, relay) in [
            ("Sorry,_I_couldn't_find_any_host_by_that_name._(#4.1.2)/", "dns", ""),
            ("Sorry,_I_couldn't_find_any_host_named_quota.example._(#5.1.2)/", "dns", ""),
            ("Sorry,_I_couldn't_find_a_mail_exchanger_or_IP_address._(#5.4.4)/", "dns", ""),
            ("CNAME_lookup_failed_temporarily._(#4.4.3)/", "dns", ""),
            ("Sorry,_I_wasn't_able_to_establish_an_SMTP_connection._(#4.4.1)/", "connect", ""),
            ("Connected_to_192.0.2.1_but_connection_died._(#4.4.2)/", "lost", "192.0.2.1"),
            (
                "Connected_to_192.0.2.1_but_connection_died._Possible_duplicate!_(#4.4.2)/",
                "lost",
                "192.0.2.1",
            ),
            ("Connected_to_2001:db8::1_but_connection_died._(#4.4.2)/", "lost", "2001:db8::1"),
            ("Connected_to_nowhere_but_connection_died._(#4.4.2)/", "other", ""),
            ("Sorry._Although_I'm_listed_as_a_best-preference_MX_or_A_for_it,/x/", "local", ""),
            ("Unable_to_read_control_files._(#4.3.0)/", "local", ""),
            ("qmail-remote_crashed./", "local", ""),
            ("Sorry,_address_must_include_host_name._(#5.1.3)/", "refused", ""),
            ("192.0.2.1_failed_on_DATA_command./", "other", "192.0.2.1"),
            ("nothing_known/", "other", ""),
            ("", "other", ""),
        ] {
            let found = told(Channel::Remote, Outcome::Deferral, report);
            assert_eq!(found, (reason, relay.into()), "{report}");
        }
    }

    #[test]
    fn replies_of_servers() {
        for (reply, reason) in [
            ("550_5.1.1_no_such_user", "refused"),
            ("550-5.1.1_no_such/550_5.1.1_user", "refused"),
            ("553_sender_refused", "refused"),
            ("554-no_service/554_go_away", "refused"),
            ("450_4.1.8_Sender_address_rejected", "refused"),
            ("552_5.2.2_over_quota", "full"),
            ("452_too_much", "full"),
            ("552_message_too_big_(#5.3.4)", "refused"),
            ("452_4.3.1_later", "temporary"),
            ("451_4.2.1_mailbox_busy", "temporary"),
            ("421_too_busy", "temporary"),
            ("451_greylisted_(#4.7.1)", "policy"),
            ("554_5.7.1_spam", "policy"),
            ("550_blocked_(#x)_(#5.7.1)", "policy"),
            ("550_5.1234.1_odd", "refused"),
            ("200_what", "other"),
            ("5", "other"),
            ("", "other"),
        ] {
            let report = format!("192.0.2.1_does_not_like_recipient./Remote_host_said:_{reply}/");
            let found = told(Channel::Remote, Outcome::Failure, &report);
            assert_eq!(found, (reason, "192.0.2.1".into()), "{report}");
        }
    }

    #[test]
    fn reports_of_local_deliveries() {
        for (report, reason) in [
            ("Sorry,_no_mailbox_here_by_that_name._(#5.1.1)/", "refused"),
            ("Sorry,_no_mailbox_here_by_that_name._vpopmail_(#5.1.1)/", "refused"),
            ("user_is_over_quota//", "full"),
            ("Mailbox_full._(#5.2.2)/", "full"),
            ("Unable_to_write_./Mailbox:_No_space_left_on_device._(#4.3.0)/", "full"),
            ("Unable_to_chdir_to_maildir._(#4.2.1)/", "local"),
            ("Uh-oh:_home_directory_is_writable._(#4.7.0)/", "local"),
            ("This_message_is_looping:_it_already_has_my_Delivered-To_line._(#5.4.6)/", "local"),
            ("spam_(#5.7.1)/", "policy"),
            // what a program says is no reply of a server
            ("192.0.2.1_said/Remote_host_said:_550_5.1.1_no/", "other"),
            ("this_address_is_closed/", "other"),
        ] {
            let found = told(Channel::Local, Outcome::Failure, report);
            assert_eq!(found, (reason, String::new()), "{report}");
        }
    }

    #[test]
    fn what_is_too_old_and_what_arrived() {
        let too_old = std::str::from_utf8(TOO_OLD).unwrap();
        let attempt = Attempt { channel: Channel::Remote, sender: b"s@x", recipient: b"r@y" };
        let report = format!("Connected_to_192.0.2.1_but_connection_died._(#4.4.2)/{too_old}");
        let found = read(&attempt, Outcome::Failure, report.as_bytes());
        let (reason, cause) = (Some(Reason::TooOld), Some(Reason::Lost));
        assert_eq!(found, Told { reason, cause, relay: b"192.0.2.1" });
        // only a failure ends so
        let (reason, _) = told(Channel::Remote, Outcome::Deferral, too_old);
        assert_eq!(reason, "other");
        let accepted = "192.0.2.1_accepted_message./Remote_host_said:_250_ok/";
        let found = told(Channel::Remote, Outcome::Success, accepted);
        assert_eq!(found, ("", "192.0.2.1".into()));
        assert_eq!(told(Channel::Local, Outcome::Success, "did_1+0+0/"), ("", String::new()));
        assert_eq!(told(Channel::Local, Outcome::Mangled, "x").0, "local");
    }

    #[test]
    fn nobody_chooses_the_relay() {
        let sender = std::str::from_utf8(SENDER).unwrap();
        let report = "192.0.2.1_does_not_like_recipient./Remote_host_said:_550_5.7.1_no/";
        let whole = format!("<From:{sender}_To:r@y>_{report}");
        let expected = ("policy", String::from("192.0.2.1"));
        assert_eq!(told(Channel::Remote, Outcome::Failure, &whole), expected);
        let other = format!("<From:other@x_To:r@y>_{report}");
        assert_eq!(told(Channel::Remote, Outcome::Failure, &other), ("other", String::new()));
    }

    #[test]
    fn any_bytes_have_a_class() {
        #[expect(clippy::needless_pass_by_value, reason = "quickcheck gives vectors away")]
        fn holds(picks: Vec<u8>, outcome: u8, remote: bool) -> bool {
            const WORDS: [&str; 14] = [
                "Remote_host_said:_",
                "550",
                "_",
                "5.1.1",
                "(#",
                "5.",
                "7.",
                "1",
                "192.0.2.1_",
                "Connected_to_",
                "\u{e9}",
                "/",
                "<From:",
                ">_",
            ];
            let report: String =
                picks.iter().map(|pick| WORDS[usize::from(*pick) % WORDS.len()]).collect();
            let channel = if remote { Channel::Remote } else { Channel::Local };
            let outcome = [Outcome::Success, Outcome::Failure, Outcome::Deferral, Outcome::Mangled]
                [usize::from(outcome) % 4];
            let (reason, _) = told(channel, outcome, &report);
            reason.is_empty() == (outcome == Outcome::Success)
        }
        quickcheck::QuickCheck::new()
            .tests(20_000)
            .max_tests(20_000)
            .quickcheck(holds as fn(Vec<u8>, u8, bool) -> bool);
    }
}
