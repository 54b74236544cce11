//! Why qpsmtpd ends a session, where no verdict says so.

use super::words::{origin, plugin};

/// Why a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The client said nothing for too long.
    TimedOut,
    /// The client said too much that is no command.
    BadCommands,
}

/// The process that a line is of, and why it ends its session, if it does.
pub fn trouble(line: &[u8]) -> Option<(&[u8], Trouble)> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (_, pid, words) = origin(line)?;
    if words == b"Connection Timed Out" {
        return Some((pid, Trouble::TimedOut));
    }
    // up to 0.84, and since; what the client said stands in quotes
    let (b"count_unrecognized_commands", text) = plugin(words)? else { return None };
    let starts =
        [&b"Closing connection. Too many unrecognized commands"[..], b"fail, '", b"fail: '"];
    let is_last = starts.iter().any(|start| text.starts_with(start));
    is_last.then_some((pid, Trouble::BadCommands))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wording() {
        let bad = Some(Trouble::BadCommands);
        for (words, expected) in [
            ("Connection Timed Out", Some(Trouble::TimedOut)),
            (
                "count_unrecognized_commands plugin: Closing connection. Too many unrecognized commands.",
                bad,
            ),
            (
                "count_unrecognized_commands plugin (unrecognized_command): Closing connection. Too many unrecognized commands.",
                bad,
            ),
            ("(unrecognized_command) count_unrecognized_commands: fail, 'qux' (4)", bad),
            ("(unrecognized_command) count_unrecognized_commands: fail: 'qux' (4)", bad),
            ("(unrecognized_command) count_unrecognized_commands: 'fail, ', (1)", None),
            (
                "count_unrecognized_commands plugin: Unrecognized command 'Closing connection.'",
                None,
            ),
            ("dispatching Connection Timed Out", None),
            ("dispatching count_unrecognized_commands: fail, 'x'", None),
            ("(unrecognized_command) other: fail, 'x'", None),
        ] {
            for head in ["46 ", "@400000006b02794d3ac422d4 46 ", "Nov 22 05:21:15 mx qpsmtpd[46]: "]
            {
                let line = [head, words].concat();
                let found = trouble(line.as_bytes());
                assert_eq!(found, expected.map(|it| (&b"46"[..], it)), "{head}{words}");
            }
        }
        assert_eq!(trouble(b"Connection Timed Out"), None);
    }
}
