//! The tables of `examples/sql`, filled by the commands of maillog-tools(7) as they stand there, with
//! rows that hold whatever a log may hold: the same rows, columns, NULLs and bytes in every engine.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on stops, and says why"
)]

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use maillog_tests::postgres::Postgres;
use maillog_tests::{
    command, console, make_program, man, peer, python_peer, root, run, run_trials, scratch, sh,
    trial,
};
use tempfile::TempDir;

#[path = "engines/mariadb.rs"]
mod mariadb;
#[path = "engines/rows.rs"]
mod rows;

use mariadb::MariaDb;
use rows::{Kind, expected};

fn main() -> ExitCode {
    let tests: [(&str, fn()); 10] = [
        ("engines: the tables have the columns of the rows", tables),
        ("engines: every kind of rows has a table", kinds),
        ("engines: PostgreSQL", postgresql),
        ("engines: MariaDB", mariadb),
        ("engines: ClickHouse", clickhouse),
        ("engines: SQLite", sqlite),
        ("engines: DuckDB", duckdb),
        ("engines: DuckDB in Python", duckdb_in_python),
        ("engines: Polars", polars),
        ("engines: pandas", pandas),
    ];
    run_trials(tests.into_iter().map(|(name, test)| trial(name, test)).collect())
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The tables of a file of `examples/sql`, and the names of their columns.
fn tables_of(text: &str) -> Vec<(String, Vec<String>)> {
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
            tables.push((rest.trim_end_matches(" (").into(), Vec::new()));
            open = true;
        } else if line.starts_with(')') {
            open = false;
        } else if open {
            let name = line.split_whitespace().next().unwrap().trim_matches(['"', '`']);
            tables.last_mut().unwrap().1.push(name.into());
        }
    }
    tables
}

/// A new column is missing in five files, and this says so.
fn tables() {
    let kinds: Vec<_> =
        Kind::all().into_iter().map(|kind| (kind.table.to_owned(), kind.columns)).collect();
    for engine in ["postgresql", "sqlite", "duckdb", "clickhouse", "mariadb"] {
        let text = read(&format!("examples/sql/{engine}.sql"));
        assert_eq!(tables_of(&text), kinds, "{engine}");
    }
}

/// All kinds but one are in the schema; xfer-sum has its own.
fn kinds() {
    let schema = read("common/src/rows/schema.rs");
    assert_eq!(schema.matches("\ncolumns! {").count() + 1, Kind::all().len());
}

/// The display of maillog-tools(7) about loading that holds a word.
fn display(word: &str) -> String {
    let page = read("man/maillog-tools.7");
    let section = page.split(".Ss Loading rows\n").nth(1).unwrap().split("\n.Sh ").next().unwrap();
    let displays = console::displays(section).into_iter().map(|shown| man::unescape(&shown.text));
    let mut found = displays.filter(|text| text.contains(word));
    let display = found.next().unwrap_or_else(|| panic!("no display has {word}"));
    assert_eq!(found.next(), None, "two displays have {word}");
    display
}

/// A folder with the tables, a file of rows of each kind, and what the rows should become.
struct Scene {
    folder: TempDir,
    kinds: Vec<(Kind, Vec<Vec<String>>)>,
}

impl Scene {
    /// With the names of the columns at the head of each file, or without.
    fn new(header: bool) -> Self {
        let folder = scratch();
        maillog_tests::copy_files(&root().join("examples/sql"), folder.path());
        let kinds = Kind::all().into_iter().map(|kind| {
            let rows = kind.rows();
            let head = if header { kind.columns.join("\t") + "\n" } else { String::new() };
            let file = folder.path().join(format!("{}.tsv", kind.table));
            fs::write(file, [head.as_bytes(), &rows].concat()).unwrap();
            let expected = expected(&rows);
            (kind, expected)
        });
        Scene { kinds: kinds.collect(), folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A program of that name, for the commands.
    fn program(&self, name: &str, script: &str) {
        make_program(&self.path().join(name), script.as_bytes());
    }

    /// Runs commands, which may not complain.
    fn sh(&self, script: &str, tell: &dyn Fn(&mut Command)) -> String {
        let mut sh = sh(&format!("set -e\nPATH=$PWD:$PATH\n{script}"), self.path());
        tell(&mut sh);
        let ran = run(&mut sh, b"").succeeded();
        assert!(!ran.text().contains("Warning"), "{}", ran.text());
        ran.text()
    }

    /// Loads all by the display that holds `program`, whose first line makes the tables.
    fn load(&self, program: &str, tell: &dyn Fn(&mut Command)) {
        let display = display(program);
        let (make, load) = display.split_once('\n').unwrap();
        let mut script = format!("{make}\n");
        for (kind, _) in &self.kinds {
            script += &load.replace("messages", kind.table);
        }
        self.sh(&script, tell);
    }

    /// Compares with what is in the tables: `client` reads queries, and `hex` is for a column `x` and
    /// its bytes, or `NULL`.
    fn compare(&self, client: &str, tell: &dyn Fn(&mut Command), hex: &dyn Fn(&str) -> String) {
        let mut queries = String::new();
        for (kind, _) in &self.kinds {
            let texts: Vec<_> = kind.columns.iter().map(|column| hex(column)).collect();
            writeln!(queries, "SELECT '{0}', {1} FROM {0};", kind.table, texts.join(", ")).unwrap();
            for column in kind.numbers() {
                let below = format!("count(CASE WHEN {column} < 1000 THEN 1 END)");
                writeln!(queries, "SELECT '{0}.{column}', {below} FROM {0};", kind.table).unwrap();
            }
        }
        fs::write(self.path().join("queries"), queries).unwrap();
        let printed = self.sh(&format!("{client} <queries"), tell);
        self.compare_printed(&printed);
        for (kind, rows) in &self.kinds {
            for column in kind.numbers() {
                let at = kind.columns.iter().position(|name| name == column).unwrap();
                let is_below =
                    |row: &&Vec<String>| rows::number(&row[at]).is_some_and(|n| n < 1000);
                let below = rows.iter().filter(is_below).count().to_string();
                let head = format!("{}.{column}", kind.table);
                assert_eq!(printed_rows(&printed, &head), [[below]], "{head}: below 1000");
            }
        }
    }

    fn compare_printed(&self, printed: &str) {
        for (kind, rows) in &self.kinds {
            let mut should_be: Vec<Vec<&str>> =
                rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
            let mut are = printed_rows(printed, kind.table);
            // an engine need not keep the order
            should_be.sort_unstable();
            are.sort_unstable();
            let differing = should_be.iter().zip(&are).find(|(should_be, is)| should_be != is);
            if let Some((should_be, is)) = differing {
                let columns = should_be.iter().zip(is).zip(&kind.columns);
                for ((should_be, is), column) in columns {
                    let short = |text: &str| text.chars().take(100).collect::<String>();
                    let (should_be, is) = (short(should_be), short(is));
                    assert_eq!(should_be, is, "{}.{column}", kind.table);
                }
            }
            assert_eq!(are.len(), should_be.len(), "rows of {}", kind.table);
        }
    }
}

/// The rows that a client printed after a word.
fn printed_rows<'a>(printed: &'a str, head: &str) -> Vec<Vec<&'a str>> {
    let fields = |line: &'a str| line.split(['\t', '|']).collect::<Vec<_>>();
    let rows = printed.lines().map(fields).filter(|fields| fields[0] == head);
    rows.map(|fields| fields[1..].to_vec()).collect()
}

fn postgresql() {
    let Some(server) = Postgres::start("loading into PostgreSQL") else { return };
    server.database("mail");
    let tell = |command: &mut Command| server.tell(command);
    let scene = Scene::new(false);
    scene.load("psql", &tell);
    scene.compare("psql -At mail", &tell, &|column| {
        format!("coalesce('x' || encode(convert_to(\"{column}\"::text, 'UTF8'), 'hex'), 'NULL')")
    });
}

fn mariadb() {
    let Some(server) = MariaDb::start("loading into MariaDB") else { return };
    let tell = |command: &mut Command| server.tell(command);
    let scene = Scene::new(false);
    scene.load("mariadb mail", &tell);
    scene.compare("mariadb -BN mail", &tell, &|column| {
        format!("coalesce(concat('x', lower(hex(concat(`{column}`, '')))), 'NULL')")
    });
}

fn sqlite() {
    if peer("sqlite3", "loading into SQLite").is_none() {
        return;
    }
    let scene = Scene::new(false);
    scene.load("sqlite3", &|_| {});
    scene.compare("sqlite3 mail.db", &|_| {}, &|column| {
        format!("iif(\"{column}\" IS NULL, 'NULL', 'x' || lower(hex(CAST(\"{column}\" AS BLOB))))")
    });
}

fn duckdb_hex(column: &str) -> String {
    format!("coalesce('x' || lower(hex(\"{column}\"::VARCHAR)), 'NULL')")
}

fn duckdb() {
    let Some(program) = python_peer("duckdb", "loading into DuckDB") else { return };
    let scene = Scene::new(false);
    scene.program("duckdb", &format!("#!/bin/sh\nexec '{}' \"$@\"\n", program.display()));
    scene.load("duckdb", &|_| {});
    scene.compare("duckdb -list -noheader mail.db", &|_| {}, &duckdb_hex);
}

/// A client that only keeps the statements: its last argument, the file that this names, or standard
/// input.
const CLIENT: &str = r#"#!/bin/sh
for last; do :; done
case $*:$last in
mail.db:*) cat ;;
*--queries-file*) cat "$last" ;;
*) printf '%s;\n' "$last" ;;
esac >>statements
"#;

/// Runs what was kept, and then the queries, in a module of Python.
fn in_python(python: &Path, engine: &str) -> String {
    let script = root().join("tests/engines/statements.py");
    format!("'{}' '{}' {engine} statements", python.display(), script.display())
}

fn duckdb_in_python() {
    let Some(python) = python_peer("python3", "loading into DuckDB in Python") else { return };
    let scene = Scene::new(false);
    scene.program("duckdb", CLIENT);
    scene.load("duckdb", &|_| {});
    scene.compare(&in_python(&python, "duckdb"), &|_| {}, &duckdb_hex);
}

fn clickhouse() {
    let Some(python) = python_peer("python3", "loading into ClickHouse") else { return };
    let scene = Scene::new(false);
    scene.program("clickhouse-client", CLIENT);
    scene.load("clickhouse-client", &|_| {});
    scene.compare(&in_python(&python, "clickhouse"), &|_| {}, &|column| {
        format!("coalesce('x' || lower(hex(toString(\"{column}\"))), 'NULL')")
    });
}

fn polars() {
    frames("polars", "rows.iter_rows()", "value is None");
}

fn pandas() {
    frames("pandas", "rows.itertuples(index=False, name=None)", "pandas.isna(value)");
}

/// Reads all as the manual says for a module of Python, whose data frames give their rows, and say
/// that a value is missing, by these expressions.
fn frames(module: &str, rows: &str, is_missing: &str) {
    let Some(python) = python_peer("python3", &format!("reading by {module}")) else { return };
    let scene = Scene::new(true);
    let mut program = format!("import {module}\n{}", display("escapes = "));
    let read = display(&format!("{module}.read_csv"));
    let (read, cast) = read.trim_end().rsplit_once('\n').unwrap();
    for (kind, _) in &scene.kinds {
        writeln!(program, "{}", read.replace("messages", kind.table)).unwrap();
        for column in kind.numbers().filter(|column| !column.ends_with("_centi")) {
            writeln!(program, "{}", cast.replace("bytes", column)).unwrap();
        }
        writeln!(
            program,
            "for row in {rows}:
    texts = ['NULL' if {is_missing} else 'x' + str(value).encode().hex()
             for value in row]
    print('{}', *texts, sep='\\t')",
            kind.table
        )
        .unwrap();
    }
    let mut command = command(python);
    let ran = run(command.current_dir(scene.path()).arg("-"), program.as_bytes()).succeeded();
    scene.compare_printed(&ran.text());
}
