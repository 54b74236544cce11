//! How tables are written.

pub mod csv;
mod folder;
pub mod html;
pub mod json;
pub mod letter;
pub mod mail;
pub mod pages;
pub mod prometheus;
pub mod text;
pub mod tsv;
