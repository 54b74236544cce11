//! A line on the terminal that says how far long work is.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use rustix::termios::tcgetwinsize;

/// Shorter work needs no line.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often the line is written anew.
const PERIOD: Duration = Duration::from_millis(250);

/// The line on standard error, if that is a terminal.
#[derive(Debug)]
pub struct Progress {
    begun: Instant,
    /// When the line is written next.
    due: Instant,
    is_shown: bool,
}

impl Progress {
    /// Begins now; `None` where nobody looks.
    pub fn on_terminal() -> Option<Self> {
        let begun = Instant::now();
        let progress = Progress { begun, due: begun + PATIENCE, is_shown: false };
        io::stderr().is_terminal().then_some(progress)
    }

    /// Writes the line if it is time: what `far` says of the time since the beginning.
    pub fn tell(&mut self, name: &str, far: impl FnOnce(Duration) -> String) {
        let now = Instant::now();
        if now < self.due {
            return;
        }
        self.due = now + PERIOD;
        self.is_shown = true;
        // a line that goes on in the next one could not be taken away
        let line = format!("{name}: {}", far(now - self.begun));
        let line: String = line.chars().take(columns().saturating_sub(1)).collect();
        write(&format!("\r{line}\x1b[K"));
    }

    /// Takes the line away.
    pub fn wipe(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            write("\r\x1b[K");
        }
    }
}

/// How many columns the terminal has, as far as it says.
fn columns() -> usize {
    let columns = tcgetwinsize(io::stderr()).map_or(0, |size| size.ws_col.into());
    if columns == 0 { usize::MAX } else { columns }
}

fn write(text: &str) {
    // nobody to tell if it fails
    let _ = io::stderr().write_all(text.as_bytes());
}
