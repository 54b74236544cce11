//! `query FILE SQL` prints the rows of one query, fields separated by TABs: for machines that
//! lack the program sqlite3.

use std::error::Error;
use std::io::{self, Write};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(sql)) = (arguments.next(), arguments.next()) else {
        return Err("usage: query FILE SQL".into());
    };
    let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = database.prepare(&sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let mut out = io::stdout().lock();
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            let end = if column + 1 == columns { "\n" } else { "\t" };
            match row.get_ref(column)? {
                ValueRef::Null => write!(out, "{end}")?,
                ValueRef::Integer(number) => write!(out, "{number}{end}")?,
                ValueRef::Real(number) => write!(out, "{number}{end}")?,
                ValueRef::Text(text) | ValueRef::Blob(text) => {
                    out.write_all(text)?;
                    write!(out, "{end}")?;
                }
            }
        }
    }
    Ok(())
}
