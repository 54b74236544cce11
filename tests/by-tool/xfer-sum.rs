//! xfer-sum against sums made by gawk, over generated logs with what strangers can put in them; and
//! the law that bills rest on: however the rows are split, the merged sums are the same.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use common::bytes::tsv;
use maillog_tests::{Random, Test, command, peer, run, same, scratch, tests, tool};
use tempfile::TempDir;

pub const TESTS: &[Test] = tests![
    sums_are_those_of_gawk,
    day_files_are_those_of_gawk,
    merged_sums_are_the_sums,
    full_sums_roll_up,
    the_columns_that_are_looked_at,
    explained_rows_make_the_sum,
    an_address_of_ten_megabytes_is_an_address,
];

/// Message rows of a generated log and of some more strange addresses, over the end of a summer
/// time.
fn rows() -> &'static [u8] {
    static ROWS: OnceLock<Vec<u8>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let log = run(tool("maillog-generate").args(["stats-odd", "2000000", "150"]), b"").out;
        // all that is looked at, and no more: rows that are explained are copied without the rest
        let columns = "time,host,direction,pid,sender,recipient,bytes,status,attempts";
        let mut rows = run(tool("qmstat-parse").args(["-q", "-f", columns]), &log).out;
        for (number, address) in STRANGE.iter().cycle().take(3 * STRANGE.len()).enumerate() {
            let [time, bytes] = [1_130_640_000 + 3_000 * number, 700 * number];
            let direction = if number % 2 == 0 { "in" } else { "out" };
            let other = "bob@Example.COM";
            let row = format!(
                "{time}\tmx\t{direction}\t1\t{address}\t{other}\t{bytes}\tsuccess\t1\n\
                 {time}\tmx\t{direction}\t1\t{other}\t{address}\t{bytes}\todd status\t\n"
            );
            rows.extend_from_slice(row.as_bytes());
        }
        rows
    })
}

/// Addresses as fields of a row.
const STRANGE: [&str; 24] = [
    "",
    "<>",
    "#@[]",
    "<Bob@Example.ORG>",
    "bob",
    "bob@",
    "bob@.",
    "bob@example.org.",
    "a|b@ex|ample.org",
    "\\\"quoted @ local\"@example.org",
    "bob@\"example.org",
    "bob@'example.org",
    "bob@tab\\tbed.example",
    "bob@line\\nfeed\\r.example",
    "bob@back\\\\slash.example",
    "bob@\\\\x1B[2J\\\\xFF.example",
    "BOB@BÜCHER.example",
    "bob@[IPv6:2001:DB8::1]",
    "list-return-5-@List.example.org-@[]",
    "-@[]",
    "bob-@[]",
    "Example.org-bob@example.ORG",
    "example.org-bob@example.net",
    "bob@a.very.long.name.that.is.longer.than.most.domains.in.the.world.example",
];

/// What a sum is, in gawk. It knows the rows' escapes only where lower case and a quote that
/// becomes first need it.
const FUNCTIONS: &str = r##"
function bare(a) {
    if (a ~ /^<.*>$/) a = substr(a, 2, length(a) - 2)
    if (a ~ /@.*-@\[\]$/) a = substr(a, 1, length(a) - 4)
    return a
}
function quoted(d) { return (d ~ /^["']/ ? "\\" : "") d }
function domain(a, d) {
    a = bare(a)
    if (a == "" || a == "#@[]") return "(null)"
    if (!match(a, /@[^@]*$/)) return "(none)"
    d = tolower(substr(a, RSTART + 1)); sub(/\.$/, "", d)
    return d == "" ? "(none)" : quoted(d)
}
function user(a, d) {
    a = tolower(bare(a)); d = a; sub(/^.*@/, "", d)
    if (d != "" && d != a && index(a, d "-") == 1) a = substr(a, length(d) + 2)
    return a == "" || a == "#@[]" ? "(null)" : quoted(a)
}
function day() { return strftime("%Y-%m-%d", $1) }
function hosted(d, rest, at) {
    if (d == "(null)" || d in HOSTED) return d
    for (rest = substr(d, 2); (at = index(rest, ".")) > 0; rest = substr(rest, at + 1))
        if (substr(rest, at) in HOSTED) return d
    return "(other)"
}
BEGIN {
    FS = "\t"
    while ((getline line < "hosted") > 0) HOSTED[line]
}
"##;

/// A folder with the file `hosted`: some of the generated domains, and subdomains of others.
fn folder_with_hosted() -> TempDir {
    let domains = run(&mut tool("xfer-sum"), rows()).text();
    let names = domains.lines().map(|row| row.split('\t').next().unwrap());
    let some: Vec<&str> = names.filter(|name| !name.contains(['(', '\\'])).step_by(7).collect();
    let hosted = some.join("\n") + "\n.uk.example\n.net.example\nexample.org\nquiet.example\n";
    let folder = scratch();
    fs::write(folder.path().join("hosted"), hosted).unwrap();
    folder
}

/// Runs gawk over the rows: sums of `key` for rows for which `counts` holds. `party` is the column
/// of the address that is charged.
fn by_gawk(gawk: &Path, folder: &Path, zone: &str, [party, counts, key]: [&str; 3]) -> String {
    let program = format!(
        "{FUNCTIONS}
        {{ charged = {party} }}
        {counts} {{ k = {key}; messages[k]++; bytes[k] += $7 }}
        END {{ for (k in messages) printf \"%s\\t%d\\t%d\\n\", k, messages[k], bytes[k] }}"
    );
    let mut command = command(gawk);
    command.arg(program).current_dir(folder).env("TZ", zone);
    let ran = run(&mut command, rows()).succeeded();
    // rows are sorted as the sums are: a TAB comes before any byte of a field
    let mut lines: Vec<&[u8]> = ran.out.split_inclusive(|byte| *byte == b'\n').collect();
    lines.sort_unstable();
    String::from_utf8(lines.concat()).unwrap()
}

fn sum(folder: &Path, zone: &str, flags: &[&str], input: &[u8]) -> String {
    let mut command = tool("xfer-sum");
    let ran = run(command.args(flags).current_dir(folder).env("TZ", zone), input);
    String::from_utf8(ran.succeeded().out).unwrap()
}

const OWN: &str = r#"($3 == "in" ? $6 : $5)"#;
const TRAFFIC: &str = r#"day() "\t" $2 "\t" domain(charged) "\t" $3 "\t" $8"#;

fn sums_are_those_of_gawk() {
    let Some(gawk) = peer("gawk", "xfer-sum") else { return };
    let folder = folder_with_hosted();
    let zones = ["UTC", "America/New_York", "Australia/Lord_Howe"];
    let local_day = r#"day() == "2005-10-30""#;
    let cases: [(&str, [&str; 3]); 13] = [
        ("", [OWN, "", "domain(charged)"]),
        ("--full", [OWN, "", TRAFFIC]),
        ("--by=user,status", [OWN, "", r#"user(charged) "\t" $8"#]),
        ("--by=peer_domain,host", [OWN, "", r#"domain($3 == "in" ? $5 : $6) "\t" $2"#]),
        ("--by=day,hour", [OWN, "", r#"strftime("%Y-%m-%d\t%H", $1)"#]),
        ("--charge=recipient", ["$6", "", "domain(charged)"]),
        ("--charge=sender --by=direction,domain", ["$5", "", r#"$3 "\t" domain(charged)"#]),
        ("--direction=out", [OWN, r#"$3 == "out""#, "domain(charged)"]),
        ("--status=success,rejspam --by=status", [OWN, "$8 ~ /^(success|rejspam)$/", "$8"]),
        ("--day=2005-10-30 --by=domain", [OWN, local_day, "domain(charged)"]),
        ("--day=2005-10-30 --by=hour", [OWN, local_day, r#"strftime("%H", $1)"#]),
        (
            "--since=1125000000 --until=@40000000436480860000000a --by=domain,day",
            [OWN, "$1 >= 1125000000 && $1 <= 1130659964", r#"domain(charged) "\t" day()"#],
        ),
        ("--domains=hosted --by=domain,day", [OWN, "", r#"hosted(domain(charged)) "\t" day()"#]),
    ];
    for zone in zones {
        for (flags, program) in cases {
            let flags: Vec<&str> = flags.split_whitespace().collect();
            let expected = by_gawk(&gawk, folder.path(), zone, program);
            assert!(expected.lines().count() > 1, "{flags:?}: too little to compare");
            same(&sum(folder.path(), zone, &flags, rows()), &expected)
                .unwrap_or_else(|place| panic!("{flags:?}, {zone}: {place}"));
        }
    }
}

fn day_files_are_those_of_gawk() {
    let Some(gawk) = peer("gawk", "xfer-sum --out-dir") else { return };
    let folder = folder_with_hosted();
    let by_day = by_gawk(
        &gawk,
        folder.path(),
        "Asia/Kolkata",
        [OWN, "", r#"day() "\t" hosted(domain(charged))"#],
    );
    for (kilobyte, half) in [("1024", 512), ("1000", 500)] {
        let files = folder.path().join(kilobyte);
        fs::create_dir(&files).unwrap();
        let flags = format!("--out-dir={kilobyte} --kb={kilobyte} --domains=hosted");
        let flags: Vec<&str> = flags.split(' ').collect();
        let written = sum(folder.path(), "Asia/Kolkata", &flags, rows());
        // lines of the files and the rows about them, from the sums, in whole numbers
        let program = format!(
            r#"BEGIN {{ FS = "\t" }}
            {{ name = $2; gsub(/\|/, "\\\\x7C", name); split($1, d, "-") }}
            {{ file = "{kilobyte}/" d[3] "." d[2] "." d[1] ".qml.txt" }}
            {{ kb = ($4 - $4 % {kilobyte}) / {kilobyte} + ($4 % {kilobyte} >= {half}) }}
            {{ lines[file] = lines[file] "|" name "|" kb "|" $3 "|0|\n" }}
            !(file in count) {{ order[++files] = file }}
            {{ count[file]++; messages[file] += $3; bytes[file] += $4 }}
            END {{
                for (i = 1; i <= files; i++) {{
                    f = order[i]; printf "%s", lines[f] > (f ".gawk")
                    printf "%s\t%d\t%d\t%d\n", f, count[f], messages[f], bytes[f]
                }}
            }}"#
        );
        let mut gawk = command(&gawk);
        gawk.arg(program).current_dir(folder.path());
        same(&written, &run(&mut gawk, by_day.as_bytes()).text()).unwrap();
        assert!(written.lines().count() > 100, "too few days");
        for row in written.lines() {
            let file = folder.path().join(row.split('\t').next().unwrap());
            let expected = fs::read(file.with_extension("txt.gawk")).unwrap();
            assert!(fs::read(&file).unwrap() == expected, "{row}");
        }
    }
}

/// `f(a + b) = merge(f(a), f(b))`, byte for byte, for splits at any line ends, and merges in any
/// order, of any number, nested in any way.
fn merged_sums_are_the_sums() {
    let folder = folder_with_hosted();
    let names = b"time\thost\tdirection\tpid\tsender\trecipient\tbytes\tstatus\tattempts\n";
    let lines: Vec<&[u8]> = rows().split_inclusive(|byte| *byte == b'\n').collect();
    let mut random = Random::new(0x5EED);
    for flags in [
        "",
        "-H",
        "--full",
        "--by=peer_domain,hour -H",
        "--by=user,status",
        "--domains=hosted",
        "--domains=hosted --zero-fill -H",
        "--domains=hosted --zero-fill --by=domain,day",
    ] {
        let flags: Vec<&str> = flags.split_whitespace().collect();
        let head: &[u8] = if flags.contains(&"-H") { names } else { b"" };
        let summed =
            |lines: &[&[u8]]| sum(folder.path(), "UTC", &flags, &[head, &lines.concat()].concat());
        let whole = summed(&lines);
        let merge = [&["--merge"], &flags[..]].concat();
        for _ in 0..3 {
            let ranges = random.ranges(lines.len(), 9).into_iter();
            let mut sums: Vec<String> = ranges.map(|range| summed(&lines[range])).collect();
            while sums.len() > 1 {
                let files = &["a", "b", "c"][..sums.len().min(1 + random.below(3))];
                for file in files {
                    let one = sums.swap_remove(random.below(sums.len()));
                    fs::write(folder.path().join(file), one).unwrap();
                }
                sums.push(sum(folder.path(), "UTC", &[&merge[..], files].concat(), b""));
            }
            same(&sums[0], &whole).unwrap_or_else(|place| panic!("{flags:?}: {place}"));
        }
    }
}

/// A roll-up of the finest sums is the coarse sum, where headers name the columns.
fn full_sums_roll_up() {
    let names = "time\thost\tdirection\tpid\tsender\trecipient\tbytes\tstatus\tattempts\n";
    let (folder, input) = (scratch(), [names.as_bytes(), rows()].concat());
    let full = sum(folder.path(), "UTC", &["-H", "--full"], &input);
    for by in ["domain", "day", "status,direction", "domain,day", "host"] {
        let by = format!("--by={by}");
        let rolled = sum(folder.path(), "UTC", &["-H", "--merge", &by], full.as_bytes());
        same(&rolled, &sum(folder.path(), "UTC", &["-H", &by], &input)).unwrap();
    }
}

/// Flags, and the columns that a sum with them cannot do without. The direction says who is charged, so
/// each row is to have one where `--charge` leaves that to it.
const LOOKED_AT: [(&str, &str); 17] = [
    ("", "direction sender recipient bytes"),
    ("--charge=sender", "sender bytes"),
    ("--charge=recipient", "recipient bytes"),
    ("--by=user", "direction sender recipient bytes"),
    ("--by=user --charge=sender", "sender bytes"),
    ("--by=peer_domain", "direction sender recipient bytes"),
    ("--by=peer_domain --charge=sender", "recipient bytes"),
    ("--by=peer_domain --charge=recipient", "sender bytes"),
    ("--by=day --charge=sender", "time bytes"),
    ("--by=hour --charge=sender", "time bytes"),
    ("--by=host --charge=sender", "host bytes"),
    ("--by=status --charge=sender", "bytes status"),
    ("--by=direction --charge=sender", "direction bytes"),
    ("--direction=in --charge=sender", "direction sender bytes"),
    ("--status=success --charge=sender", "sender bytes status"),
    ("--since=2005-07-01 --charge=sender", "time sender bytes"),
    ("--until=2005-07-01 --charge=sender", "time sender bytes"),
];

/// The columns of a message row.
const ALL: [&str; 9] =
    ["time", "host", "direction", "pid", "sender", "recipient", "bytes", "status", "attempts"];

/// The sum is the same without any other column, and there is none without one of these.
fn the_columns_that_are_looked_at() {
    let log = run(tool("maillog-generate").args(["stats", "20000", "60"]), b"").out;
    let rows = |columns: &[&str]| {
        run(tool("qmstat-parse").args(["-Hf", &columns.join(",")]), &log).succeeded().out
    };
    let folder = scratch();
    for (flags, columns) in LOOKED_AT {
        let flags: Vec<&str> = ["-H"].into_iter().chain(flags.split_whitespace()).collect();
        let mut columns: Vec<&str> = columns.split(' ').collect();
        let whole = sum(folder.path(), "UTC", &flags, &rows(&ALL));
        assert!(whole.lines().count() > 1, "{flags:?}");
        assert_eq!(sum(folder.path(), "UTC", &flags, &rows(&columns)), whole, "{flags:?}");
        for at in 0..columns.len() {
            let missing = columns.remove(at);
            let ran = run(tool("xfer-sum").args(&flags), &rows(&columns));
            assert_eq!(ran.code, Some(2), "{flags:?} without {missing}");
            assert!(ran.err.contains(missing), "{}", ran.err);
            columns.insert(at, missing);
        }
    }
}

fn explained_rows_make_the_sum() {
    let folder = folder_with_hosted();
    for flags in ["", "--charge=recipient --day=2005-10-30", "--domains=hosted --status=success"] {
        let flags: Vec<&str> = flags.split_whitespace().collect();
        let sums = sum(folder.path(), "UTC", &flags, rows());
        assert!(sums.lines().count() > 20, "{flags:?}: too little to explain");
        let step = sums.lines().count() / 20;
        // the first ones have names in brackets
        for (_, row) in sums.lines().enumerate().filter(|(at, _)| *at < 3 || at % step == 0) {
            let field = row.split('\t').next().unwrap();
            let domain = tsv::unescape(field.as_bytes()).into_owned();
            let explain = format!("--explain={}", String::from_utf8(domain).unwrap());
            let explained = sum(folder.path(), "UTC", &[&flags[..], &[&explain]].concat(), rows());
            // they are rows of the input, as they stand there
            let mut input = std::str::from_utf8(rows()).unwrap().lines();
            assert!(explained.lines().all(|row| input.any(|other| other == row)), "{explain}");
            same(&sum(folder.path(), "UTC", &flags, explained.as_bytes()), &format!("{row}\n"))
                .unwrap_or_else(|place| panic!("{flags:?} {explain}: {place}"));
        }
    }
}

fn an_address_of_ten_megabytes_is_an_address() {
    let long = "x".repeat(10_000_000);
    let row = |address: &str| format!("1\tmx\tin\t1\tbob@a.example\t{address}\t7\tsuccess\t1\n");
    let input =
        row(&format!("{long}@A.example")) + &row(&format!("bob@{long}")) + &row("a@a.example");
    let sums = sum(scratch().path(), "UTC", &[], input.as_bytes());
    assert!(sums == format!("a.example\t2\t14\n{long}\t1\t7\n"));
}
