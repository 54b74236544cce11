//! Rows: their columns, as input and in sums.

pub mod columns;
pub mod fast;
pub mod groups;
pub mod metric;
pub mod moments;
pub mod names;
pub mod normal;
pub mod reason;
pub mod schema;
pub mod session;
pub mod table;
mod time;

pub use time::{TimeColumn, year};
