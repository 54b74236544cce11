//! What costs much to read, read so seldom that it stays cheap.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Reading a value takes at most this part of a processor's time: one in so many.
const SHARE: u32 = 1000;

/// A value that is read again only after [`SHARE`] times as long as its reading took.
#[derive(Debug, Default)]
pub struct Paced {
    value: Option<u64>,
    due: Option<Instant>,
}

impl Paced {
    /// The value: read now, or as it was when it was last read.
    pub fn get(&mut self, read: impl FnOnce() -> Option<u64>) -> Option<u64> {
        if self.due.is_none_or(|due| due <= Instant::now()) {
            let before = processor_time();
            self.value = read();
            let cost = processor_time().saturating_sub(before);
            self.due = Instant::now().checked_add(cost * SHARE);
        }
        self.value
    }
}

/// The processor time that this program has used.
fn processor_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_long_is_not_read_again_soon() {
        let mut paced = Paced::default();
        let busy = || {
            let end = processor_time() + Duration::from_millis(20);
            while processor_time() < end {}
            Some(1)
        };
        assert_eq!([paced.get(busy), paced.get(|| Some(2))], [Some(1); 2]);
        paced.due = Some(Instant::now());
        assert_eq!([paced.get(|| Some(3)), paced.value], [Some(3); 2]);
    }
}
