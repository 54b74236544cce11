//! What every filter has: a command line, input, output, messages, a ledger of its lines, and files
//! that survive a kill.

mod begin;
mod byte_range;
pub mod cli;
mod compression;
mod fault;
pub mod files;
mod input;
mod ledger;
mod line;
mod line_buffer;
mod out;
pub mod pending;
mod progress;
mod row_buffer;
mod side_file;
mod stop;

pub use begin::begin_with;
pub use byte_range::{ByteRange, Ties};
pub use compression::Compression;
pub use fault::Fault;
pub use input::Input;
pub use ledger::{Ledger, Policy};
pub use line::{Block, Line, OwnedLine};
pub(crate) use line_buffer::LineBuffer;
pub(crate) use out::BLOCK_BYTES;
pub use out::Out;
pub use row_buffer::RowBuffer;
pub use side_file::{SideFile, SideName};
pub use stop::{Stop, counted, name_of, reason};
