//! Rows as JSON objects, for what cannot read TSV: one object on a line, a value for each column.
//!
//! The two dialects have their escapes in common: `\t \n \r \\ \"` mean the same in both, and a field
//! holds no control character and nothing but UTF-8. So a field is copied, but for `\'`, for quotes
//! in its middle, and for the backslash of `\(total)`.

use std::collections::HashMap;

use memchr::{memchr, memchr2};

use crate::bytes::{digits, tsv};

/// What the fields of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, and times in any form.
    Text,
    /// Whole numbers.
    Integer,
    /// Whole numbers, or numbers with decimals.
    Decimal,
}

/// The name of a column, written as a field, and what its fields are.
pub type Described<N> = (N, Kind);

/// What turns rows into objects.
#[derive(Debug, Default)]
pub struct Objects {
    /// What comes before the value of each column, such as `,"pid":`.
    columns: Vec<Described<Vec<u8>>>,
    text: Vec<u8>,
}

impl Objects {
    /// Names the columns of the rows to come. A name that is there again gets a number: `zone_2`.
    pub fn name<N: AsRef<[u8]>>(&mut self, columns: impl IntoIterator<Item = Described<N>>) {
        self.columns.clear();
        let mut taken = HashMap::new();
        for (name, kind) in columns {
            let name = unique(name.as_ref(), &mut taken);
            let mut before = if self.columns.is_empty() { b"{".to_vec() } else { b",".to_vec() };
            string(&name, &mut before);
            before.push(b':');
            self.columns.push((before, kind));
        }
    }

    /// The same rows as objects.
    pub fn of(&mut self, mut rows: &[u8]) -> &[u8] {
        self.text.clear();
        while let Some(end) = memchr(b'\n', rows) {
            self.row(&rows[..end]);
            rows = &rows[end + 1..];
        }
        debug_assert!(rows.is_empty(), "the last row has no end");
        &self.text
    }

    fn row(&mut self, row: &[u8]) {
        debug_assert_eq!(tsv::fields(row).count(), self.columns.len(), "a column has no name");
        for (field, (before, kind)) in tsv::fields(row).zip(&self.columns) {
            self.text.extend_from_slice(before);
            let is_number = match kind {
                Kind::Text => false,
                Kind::Integer => is_integer(field),
                Kind::Decimal => is_decimal(field),
            };
            if field.is_empty() {
                self.text.extend_from_slice(b"null");
            } else if is_number {
                self.text.extend_from_slice(field);
            } else {
                string(field, &mut self.text);
            }
        }
        self.text.extend_from_slice(b"}\n");
    }
}

/// The name, with the first number from 2 on behind it that no name has, if it is taken. `taken` has
/// for each name the number that is tried next, so that many columns of one name take no longer.
fn unique(name: &[u8], taken: &mut HashMap<Vec<u8>, usize>) -> Vec<u8> {
    let Some(mut number) = taken.get(name).copied() else {
        taken.insert(name.to_vec(), 2);
        return name.to_vec();
    };
    loop {
        let numbered = [name, format!("_{number}").as_bytes()].concat();
        number += 1;
        if !taken.contains_key(&numbered) {
            taken.insert(numbered.clone(), 2);
            taken.insert(name.to_vec(), number);
            return numbered;
        }
    }
}

/// Appends a field as a string.
fn string(mut field: &[u8], text: &mut Vec<u8>) {
    text.push(b'"');
    while let Some(at) = memchr2(b'\\', b'"', field) {
        text.extend_from_slice(&field[..at]);
        field = match &field[at..] {
            [b'\\', same @ (b't' | b'n' | b'r' | b'\\' | b'"'), rest @ ..] => {
                text.extend_from_slice(&[b'\\', *same]);
                rest
            }
            [b'"', rest @ ..] => {
                text.extend_from_slice(b"\\\"");
                rest
            }
            // a quote at the beginning, and a sum of others, as PostgreSQL reads them
            [_, rest @ ..] => rest,
            [] => &[],
        };
    }
    text.extend_from_slice(field);
    text.push(b'"');
}

/// Is it a number of 64 bits, with a sign or without, as JSON writes it? What reads it need not round.
fn is_integer(field: &[u8]) -> bool {
    const LEAST: u64 = i64::MIN.unsigned_abs();
    match field {
        [b'-', b'1'..=b'9', ..] => digits::number(&field[1..]).is_some_and(|size| size <= LEAST),
        [b'1'..=b'9', ..] => digits::number(field).is_some(),
        _ => field == b"0",
    }
}

fn is_decimal(field: &[u8]) -> bool {
    match memchr(b'.', field) {
        None => is_integer(field),
        Some(point) => is_integer(&field[..point]) && digits::number(&field[point + 1..]).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;

    use super::*;

    fn objects<const N: usize>(columns: [Described<&str>; N], rows: &str) -> String {
        let mut objects = Objects::default();
        objects.name(columns);
        objects.of(rows.as_bytes()).to_str().unwrap().to_owned()
    }

    #[test]
    fn fields_become_values() {
        use Kind::{Decimal, Integer, Text};
        for (kind, field, value) in [
            (Text, "", "null"),
            (Text, "7", r#""7""#),
            (Text, r#"a"b"c'"#, r#""a\"b\"c'""#),
            (Text, r#"\"a\t\n\r\\t"#, r#""\"a\t\n\r\\t""#),
            (Text, r"\'tis", r#""'tis""#),
            (Text, r"\\x1B\\xFF", r#""\\x1B\\xFF""#),
            (Text, r"\(total)", r#""(total)""#),
            (Text, r"\\(total)", r#""\\(total)""#),
            (Text, "käse", r#""käse""#),
            (Integer, "", "null"),
            (Integer, "0", "0"),
            (Integer, "-1", "-1"),
            (Integer, "18446744073709551615", "18446744073709551615"),
            (Integer, "-9223372036854775808", "-9223372036854775808"),
            (Integer, "18446744073709551616", r#""18446744073709551616""#),
            (Integer, "-9223372036854775809", r#""-9223372036854775809""#),
            (Integer, "007", r#""007""#),
            (Integer, "-0", r#""-0""#),
            (Integer, "+1", r#""+1""#),
            (Integer, "1.5", r#""1.5""#),
            (Integer, "-", r#""-""#),
            (Integer, "1x", r#""1x""#),
            (Decimal, "100.00", "100.00"),
            (Decimal, "7", "7"),
            (Decimal, "0.05", "0.05"),
            (Decimal, "1.", r#""1.""#),
            (Decimal, ".5", r#"".5""#),
            (Decimal, "1.5.5", r#""1.5.5""#),
        ] {
            let expected = format!("{{\"a\":{value}}}\n");
            assert_eq!(objects([("a", kind)], &format!("{field}\n")), expected);
        }
    }

    #[test]
    fn every_row_is_a_line() {
        let columns = [("a", Kind::Integer), ("b", Kind::Text)];
        let expected = "{\"a\":1,\"b\":\"x\"}\n{\"a\":null,\"b\":null}\n";
        assert_eq!(objects(columns, "1\tx\n\t\n"), expected);
        assert_eq!(objects(columns, ""), "");
    }

    #[test]
    fn no_name_is_there_twice() {
        let columns = ["a", "a", "a_2", "a", "", "\\\"", ""].map(|name| (name, Kind::Integer));
        let expected = r#"{"a":1,"a_2":2,"a_2_2":3,"a_3":4,"":5,"\"":6,"_2":7}"#.to_owned() + "\n";
        assert_eq!(objects(columns, "1\t2\t3\t4\t5\t6\t7\n"), expected);
    }
}
