//! Bytes without a meaning: where they are, and how they become fields.

pub mod scan;
pub mod tsv;
