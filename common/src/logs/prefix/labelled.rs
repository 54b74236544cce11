//! The lines of multilog.

use crate::time::label;
use crate::time::stamp::{Form, Stamp};

use super::reading::Prefix;

/// The first reading that [`find`](super::find) offers of a line with a label, one blank, and a text
/// that neither begins with a blank nor with a second stamp, which is for the caller to know.
#[inline(always)]
pub fn read(line: &[u8]) -> Option<Prefix<'_>> {
    let (head, text) = line.split_first_chunk::<{ label::LENGTH + 1 }>()?;
    let [b'@', digits @ .., b' '] = head else { return None };
    let stamp = Stamp { text: &line[..label::LENGTH], form: Form::Label };
    label::is_hex(digits).then_some(Prefix { stamp: Some(stamp), text, ..Prefix::default() })
}
