//! Times as mail logs write them, and back: all in integers, with days and hours by the zone of
//! `$TZ`.
//!
//! [`label`] reads and writes TAI64N labels, [`stamp`] finds any stamp at the head of a line,
//! [`zone`] knows the offset from UTC, [`clock`] writes dates, [`civil`] is the calendar.

mod calendar;
pub mod civil;
pub mod clock;
mod instant;
pub mod label;
pub mod stamp;
pub mod window;
pub mod zone;

pub use calendar::{Calendar, NoMoment};
pub use civil::Day;
pub use clock::Clock;
pub use instant::{FARTHEST, Instant};
pub use stamp::Stamp;
pub use zone::Zone;
