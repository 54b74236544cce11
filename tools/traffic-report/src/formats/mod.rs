//! How tables are written.

pub mod csv;
pub mod html;
pub mod json;
pub mod letter;
pub mod mail;
mod page_files;
pub mod pages;
pub mod prometheus;
pub mod text;
pub mod tsv;
