//! Bytes without a meaning: where they are, in blocks and in files, and how they become fields.

pub mod digits;
pub mod fnv;
pub mod json;
pub mod marks;
pub mod percent;
pub mod plain;
pub mod regular;
pub mod scan;
mod short;
pub mod span;
pub mod tsv;
pub mod wide;
