//! The columns of each row type, in their order. New columns go last.

/// One message to one recipient, or one attempt to deliver it.
pub const MESSAGE: [&str; 9] =
    ["time", "host", "direction", "pid", "sender", "recipient", "bytes", "status", "attempts"];
