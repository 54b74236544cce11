//! A line on the terminal that says how far long work is.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

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
        write(&format!("\r{name}: {}\x1b[K", far(now - self.begun)));
    }

    /// Takes the line away.
    pub fn wipe(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            write("\r\x1b[K");
        }
    }
}

fn write(text: &str) {
    // nobody to tell if it fails
    let _ = io::stderr().write_all(text.as_bytes());
}
