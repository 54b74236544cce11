//! traffic-load: metric rows come out of a database, of either kind, as metric-sum adds them up, whatever
//! the files.

use std::fmt::Write;
use std::fs;
use std::io::{Read, Write as _};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use maillog_tests::postgres::Postgres;
use maillog_tests::{
    Random, Test, bin_dir, command, make_program, peer, run, same, scratch, sh, tests, tool,
};
use tempfile::TempDir;

use crate::metric_sum::{captured, metrics};

pub const TESTS: &[Test] = tests![
    printed_rows_are_those_of_metric_sum,
    any_text_comes_back,
    days_and_columns_are_those_of_awk,
    who_may_only_read_prints_the_same,
];

/// A new database, and a folder for files.
struct Scene {
    folder: TempDir,
    /// As `--db` takes it.
    database: String,
    /// Its server, if it has one.
    _server: Option<Postgres>,
}

impl Scene {
    /// One with a file, and one with a server if there can be one.
    fn both() -> Vec<Self> {
        let server = Postgres::start("metric rows in it");
        let address = server.as_ref().map(|server| server.database("metrics"));
        let file = Scene { folder: scratch(), database: "traffic.db".into(), _server: None };
        let with_server =
            address.map(|database| Scene { folder: scratch(), database, _server: server });
        [file].into_iter().chain(with_server).collect()
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn tool(&self) -> Command {
        let mut command = tool("traffic-load");
        command.args(["--db", &self.database]).current_dir(self.path());
        command
    }

    fn printed(&self, flags: &str) -> String {
        let mut command = self.tool();
        command.arg("--print=metrics").args(flags.split_whitespace());
        run(&mut command, b"").succeeded().text()
    }

    /// Loads metric rows as a file of this name; every third one is compressed.
    fn load(&self, number: usize, name: &str, rows: &str) {
        let folder = self.path();
        fs::write(folder.join(name), rows).unwrap();
        let packed = number.is_multiple_of(3);
        let name = if packed { format!("{name}.gz") } else { name.to_owned() };
        if packed {
            run(&mut sh("gzip -n *.metrics", folder), b"").succeeded();
        }
        let ran = run(self.tool().arg(&name), b"");
        // parts of one log have counted the same, which is told
        assert_eq!((ran.code, ran.rows()[0][1].as_str()), (Some(0), "loaded"), "{}", ran.err);
        fs::remove_file(folder.join(name)).unwrap();
    }
}

fn last_day(rows: &str) -> &str {
    rows.lines().filter_map(|row| row.split('\t').next()).max().unwrap_or("2026-11-20")
}

/// Metric rows of all captures, each of them cut somewhere: of each part its metrics.
fn parts(folder: &Path, by: &str, random: &mut Random) -> Vec<String> {
    let mut parts = Vec::new();
    for (kind, _, rows) in captured() {
        let lines: Vec<&[u8]> = rows.split_inclusive(|byte| *byte == b'\n').collect();
        for range in random.ranges(lines.len(), 3) {
            let flags = format!("-r {kind} --host=mail1 --year=2026 {by}");
            parts.push(metrics(folder, &flags, &lines[range].concat()));
        }
    }
    parts
}

fn printed_rows_are_those_of_metric_sum() {
    let mut random = Random::new(0x10AD);
    for by in ["", "-b domain", "-b user", "-b hour,domain,user"] {
        let scenes = Scene::both();
        let parts = parts(scenes[0].path(), by, &mut random);
        let expected = metrics(scenes[0].path(), "--merge", parts.concat().as_bytes());
        assert!(expected.lines().count() > 200, "{by}: too few rows");
        for scene in &scenes {
            let mut order: Vec<usize> = (0..parts.len()).collect();
            while !order.is_empty() {
                let number = order.swap_remove(random.below(order.len()));
                let part = &parts[number];
                scene.load(number, &format!("{}.part{number}.metrics", last_day(part)), part);
            }
            same(&scene.printed(by), &expected)
                .unwrap_or_else(|place| panic!("{} {by}: {place}", scene.database));
        }
    }
}

/// Rows whose fields hold any bytes but those that end a field.
fn any_text_comes_back() {
    let mut random = Random::new(0x7E87);
    let scenes = Scene::both();
    let mut all = Vec::new();
    for number in 0..4 {
        let mut rows = Vec::new();
        for _ in 0..500 {
            let mut row = b"2026-11-2".to_vec();
            row.push(b'0' + u8::try_from(random.below(3)).unwrap());
            row.extend_from_slice(format!("\t{:02}", random.below(24)).as_bytes());
            for _ in 0..6 {
                row.push(b'\t');
                let length = [0, 1, 2, 40][random.below(4)];
                let mut field = random.bytes(length);
                // bytes that mean something to one of those who read them
                let telling = b"\\\\\\nN.tx'\"\xC3\xA4";
                let from = telling.len() - length.min(telling.len());
                field.extend_from_slice(&telling[from..random.below(telling.len() - from) + from]);
                row.extend(field.iter().filter(|byte| !matches!(byte, b'\t' | b'\n')));
            }
            row.extend_from_slice(format!("\t{}\n", random.below(1000)).as_bytes());
            rows.extend(row);
        }
        for scene in &scenes {
            fs::write(scene.path().join("2026-11-22.text.metrics"), &rows).unwrap();
            let mut command = scene.tool();
            command.args([&format!("--host={number}"), "2026-11-22.text.metrics"]);
            run(&mut command, b"").succeeded();
        }
        all.extend(rows);
    }
    let expected = metrics(scenes[0].path(), "--merge", &all);
    assert!(expected.lines().count() > 1900);
    for scene in &scenes {
        same(&scene.printed("-b hour,domain,user"), &expected).unwrap();
    }
}

/// Each choice of days and columns, against awk, which blanks columns and leaves days out.
fn days_and_columns_are_those_of_awk() {
    let scenes = Scene::both();
    let folder = scenes[0].path();
    let mut random = Random::new(0xDA75);
    let mut all = String::new();
    for day in 10..16 {
        let mut rows = String::new();
        for _ in 0..400 {
            // some of it is late
            let day = day - [0, 0, 0, 1, 4][random.below(5)];
            let [hour, domain, user, metric] = [24, 9, 9, 5].map(|end| random.below(end));
            let value = random.below(1 << 40);
            writeln!(
                rows,
                "2026-11-{day:02}\t{hour:02}\tmail1\td{domain}.example\tu{user}@d{domain}.example\
                 \tdovecot\timap.m{metric}\t\t{value}"
            )
            .unwrap();
        }
        for scene in &scenes {
            scene.load(day, &format!("2026-11-{day}.mail.metrics"), &rows);
        }
        all += &rows;
    }
    fs::write(folder.join("all"), all).unwrap();
    for by in ["", "hour", "domain", "user", "hour,user", "domain,user", "hour,domain,user"] {
        for (since, until) in
            [("", ""), ("2026-11-11", ""), ("", "2026-11-13"), ("2026-11-09", "2026-11-12")]
        {
            let script = format!(
                "awk -F'\\t' -v OFS='\\t' -v by={by} -v since={since} -v until={until} '
                    $1 >= since && (until == \"\" || $1 < until) {{
                        if (by !~ /hour/) $2 = \"\"
                        if (by !~ /domain/) $4 = \"\"
                        if (by !~ /user/) $5 = \"\"
                        value = $9
                        NF = 8
                        sum[$0] += value
                    }}
                    END {{ for (key in sum) printf \"%s\\t%d\\n\", key, sum[key] }}' all | sort"
            );
            let expected = run(&mut sh(&script, folder), b"").succeeded().text();
            assert!(expected.lines().count() > 5);
            let flag = |name, value: &str| match value {
                "" => String::new(),
                value => format!(" --{name}={value}"),
            };
            let flags = [flag("by", by), flag("since", since), flag("until", until)].concat();
            for scene in &scenes {
                same(&scene.printed(&flags), &expected)
                    .unwrap_or_else(|place| panic!("{flags}: {place}"));
            }
        }
    }
}

/// A user who may write neither the file nor its directory prints all rows, both when no program has
/// the database open and when a writer's newest rows are still in the log.
fn who_may_only_read_prints_the_same() {
    const NOBODY: u32 = 65_534;
    let own = fs::metadata(scratch().path()).unwrap().uid();
    let Some(sqlite) = peer("sqlite3", "a database that is open elsewhere") else { return };
    if own != 0 {
        eprintln!("SKIPPED: the tests do not run as root: no other user is tried");
        return;
    }
    let scene = Scene { folder: scratch(), database: "traffic.db".into(), _server: None };
    scene.load(
        1,
        "2026-11-21.mail.metrics",
        "2026-11-21\t\t\ta.example\t\tqmail-send\tmail.in\t\t4\n",
    );
    let program = scene.path().join("traffic-load");
    make_program(&program, &fs::read(bin_dir().join("traffic-load")).unwrap());
    fs::set_permissions(scene.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let file = scene.path().join("traffic.db");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let read = || {
        let mut reader = command(&program);
        reader.args(["--db=traffic.db", "--print=metrics", "-b", "domain"]);
        run(reader.current_dir(scene.path()).uid(NOBODY).gid(NOBODY), b"").succeeded().text()
    };
    let row = |value: u32| format!("2026-11-21\t\t\ta.example\t\tqmail-send\tmail.in\t\t{value}\n");
    assert_eq!(read(), row(4));
    let mut writer = command(sqlite);
    writer.arg(&file).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut writer = writer.spawn().unwrap();
    let mut statements = writer.stdin.take().unwrap();
    statements.write_all(b"UPDATE metric SET value = 5;\nSELECT 'done';\n").unwrap();
    let mut answer = [0; 5];
    writer.stdout.take().unwrap().read_exact(&mut answer).unwrap();
    assert!(fs::exists(scene.path().join("traffic.db-wal")).unwrap());
    assert_eq!(read(), row(5));
    drop(statements);
    writer.wait().unwrap();
    assert!(!fs::exists(scene.path().join("traffic.db-wal")).unwrap());
    assert_eq!(read(), row(5));
}
