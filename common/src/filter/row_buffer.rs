//! Rows that wait to be written: as TSV, or as JSON objects.

use crate::bytes::json::{Described, Objects};
use crate::bytes::tsv::Row;

/// Rows of TSV, and what they are written as.
#[derive(Debug, Default)]
pub struct RowBuffer {
    /// The rows; append to them.
    pub rows: Vec<u8>,
    objects: Option<Objects>,
}

impl RowBuffer {
    /// Rows that are written as JSON objects, or as they are.
    pub fn new(json: bool) -> Self {
        RowBuffer { rows: Vec::new(), objects: json.then(Objects::default) }
    }

    /// Are they written as objects?
    pub fn are_objects(&self) -> bool {
        self.objects.is_some()
    }

    /// Names the columns before the first row, in a header if one is wanted. Objects need none.
    pub fn name<N: AsRef<[u8]>>(
        &mut self,
        header: bool,
        columns: impl IntoIterator<Item = Described<N>>,
    ) {
        if let Some(objects) = &mut self.objects {
            objects.name(columns);
        } else if header {
            let mut row = Row::new(&mut self.rows);
            for (name, _) in columns {
                row.as_written(name.as_ref());
            }
            row.end();
        }
    }

    /// What is to be written for the rows.
    pub fn text(&mut self) -> &[u8] {
        match &mut self.objects {
            Some(objects) => objects.of(&self.rows),
            None => &self.rows,
        }
    }
}
