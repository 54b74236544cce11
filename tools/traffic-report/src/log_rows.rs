//! How to see the rows of logs that a metric counts.

/// What reads the log of a source, and shows the rows that a metric counts; `None` if that is not
/// known. `year` is that of dates without one.
pub fn pipeline(source: &str, metric: &str, year: i64) -> Option<String> {
    let (service, name) = metric.split_once('.')?;
    let (tool, condition) = match service {
        "mail" => (of_messages(source, year)?, message(name)?.into()),
        "verdict" => (of_verdicts(source, year)?, verdict(name)?.into()),
        "system" => return None,
        _ if source == "qmail-send" => {
            // its sessions are a second output
            let condition = session(service, name)?;
            let parse = format!("qmsend-parse --year={year} --sessions=sessions >messages");
            return Some(format!("{parse}; awk -F'\\t' '{condition}' sessions"));
        }
        _ => (of_sessions(source, year)?, session(service, name)?),
    };
    Some(format!("{tool} | awk -F'\\t' '{condition}'"))
}

fn of_messages(source: &str, year: i64) -> Option<String> {
    match source {
        "qmail-send" => Some(format!("qmsend-parse --year={year}")),
        // its records have a time of their own
        "hsphere" => Some("qmstat-parse".into()),
        _ => None,
    }
}

fn of_verdicts(source: &str, year: i64) -> Option<String> {
    match source {
        "qpsmtpd" => Some(format!("logterse-split --year={year}")),
        "qlog" | "simscan" | "spamdyke" | "chkuser" | "sqmail" | "qmailtoaster" => {
            Some(format!("smtpd-parse --year={year} --source={source}"))
        }
        _ => None,
    }
}

fn of_sessions(source: &str, year: i64) -> Option<String> {
    match source {
        "tcpserver" | "qpsmtpd" | "dovecot" | "courier" | "vchkpw" | "spamd" | "clamd" => {
            Some(format!("session-parse --year={year} --source={source}"))
        }
        _ => None,
    }
}

/// By direction, sender and status.
fn message(name: &str) -> Option<&'static str> {
    match name {
        "in" | "in_bytes" => Some(r#"$3 == "in" && $8 == "success""#),
        "bounces_in" => Some(r##"$3 == "in" && $8 == "success" && ($5 == "" || $5 == "#@[]")"##),
        "failed_in" => Some(r#"$3 == "in" && $8 != "success" && $8 != "deferral""#),
        "deferred_in" => Some(r#"$3 == "in" && $8 == "deferral""#),
        "out" | "out_bytes" => Some(r#"$3 == "out" && $8 == "success""#),
        "failed_out" => Some(r#"$3 == "out" && $8 != "success" && $8 != "deferral""#),
        "deferred_out" => Some(r#"$3 == "out" && $8 == "deferral""#),
        "received_bytes" => Some(r#"$3 == "in""#),
        "spam_refused" => Some(r#"$8 == "rejspam""#),
        "virus_refused" => Some(r#"$8 == "rejclam""#),
        _ => None,
    }
}

/// By disposition, spam status, list and login.
fn verdict(name: &str) -> Option<&'static str> {
    match name {
        "queued" | "accepted" => Some(r#"$10 == "queued""#),
        "spam_in" | "spam_out" => Some(r#"$10 == "queued" && $13 == 1"#),
        "sent" => Some(r#"$10 == "queued" && $19 != """#),
        "denied" => Some(r#"$10 != "queued" && $10 != "accepted""#),
        "dnsbl" => Some(r#"$10 != "queued" && $16 != """#),
        "received_bytes" => Some(r#"$18 != """#),
        "tld" => Some(r#"$10 != """#),
        _ => None,
    }
}

/// By service and end.
fn session(service: &str, name: &str) -> Option<String> {
    let end = match name {
        "connections" | "messages" | "in_bytes" | "out_bytes" => {
            r#" && $11 != "open" && $11 != "full""#
        }
        "active_ms" => r#" && $11 != "full""#,
        "blocked" => r#" && $11 == "blocked""#,
        "bad_commands" => r#" && $11 == "bad-command""#,
        "terminations" => " && $11 ~ /^(timeout|lost|error)$/",
        "auth_failed" => r#" && $11 == "auth-failed""#,
        "failed" if service == "remote" => r#" && $11 == "failed""#,
        "failed" => r#" && $11 == "error""#,
        "full_ms" => r#" && $11 == "full""#,
        "virus" => r#" && $13 != """#,
        _ => return None,
    };
    Some(format!(r#"$2 == "{service}"{end}"#))
}
