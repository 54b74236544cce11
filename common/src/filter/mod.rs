//! What every filter has: a command line, input, output, messages, a ledger of its lines, and files
//! that survive a kill.

pub mod cli;
mod fault;
pub mod files;
mod input;
mod ledger;
mod out;
mod stop;

pub use fault::Fault;
pub use input::{Block, Input, Line};
pub use ledger::{Ledger, Policy};
pub(crate) use out::BLOCK_BYTES;
pub use out::Out;
pub use stop::{Stop, name_of, reason};
