//! Files beside the output: how they are opened, locked and replaced, so that they survive a kill at
//! any moment, a full disk, a second copy of the program and a stranger who may write in the folder.

mod folder;
mod kept;
mod lock;
mod named;
mod owner;
mod place;

pub use crate::bytes::regular::{
    NOT_REGULAR, checked, open_regular, open_regular_itself, read_at_most, read_regular,
};
pub use folder::{Folder, Temporary};
pub use kept::Kept;
pub use lock::{Lock, WAIT};
pub use named::read_named;
pub use owner::{new_like, take_after};
pub use place::{open_to_write, prepare};

/// Files that hold what a run begins with are longer than this only by accident: they are read into
/// memory.
pub const LONGEST_STATE_BYTES: u64 = 1 << 30;
