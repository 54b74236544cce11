//! Pages of traffic-report in a browser, under the eyes of python, and in a folder.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use maillog_tests::{Ran, Test, command, names_in, peer, root, run, scratch, sh, tests, tool};

pub const TESTS: &[Test] = tests![
    a_browser_shows_every_number,
    a_browser_obeys_no_name,
    ten_thousand_domains_fit_a_phone,
    pages_are_well_formed_and_always_the_same,
    a_gap_is_no_bar,
    a_page_has_its_own_domain_alone,
    names_of_pages_stay_in_the_folder,
    what_is_in_the_way_is_left_alone,
    pages_take_their_places_together,
];

/// A metric row of mail1.
pub fn row(day: &str, domain: &str, metric: &str, value: u64) -> String {
    format!("{day}\t\tmail1\t{domain}\t\tqmail-send\t{metric}\t\t{value}\n")
}

/// A day's rows that say that mail was counted.
pub fn counted(day: &str) -> String {
    ["mail.in", "mail.out"].map(|metric| row(day, "", metric, 0)).concat()
}

/// traffic-report, with options as one would type them.
pub fn report(options: &str, metrics: &str) -> Ran {
    let mut report = tool("traffic-report");
    report.args(options.split(' '));
    run(&mut report, metrics.as_bytes())
}

fn script(name: &str) -> PathBuf {
    root().join("tests/by-tool/traffic-report").join(name)
}

/// The rows of a page's tables as python reads them, once it has found no fault with the page.
pub fn rows_of(page: &str, options: &[&str]) -> Option<Vec<String>> {
    let python = peer("python3", "a page")?;
    let folder = scratch();
    let file = folder.path().join("page.html");
    fs::write(&file, page).unwrap();
    let mut check = command(python);
    check.env("PYTHONUTF8", "1").arg(script("page.py")).args(options).arg(file);
    Some(run(&mut check, b"").succeeded().text().lines().map(str::to_owned).collect())
}

/// What a browser says of a page, and the rows that it shows; after what holds for every page.
fn seen(page: &str) -> Option<Vec<String>> {
    let (said, rows) = browse(page, &[])?;
    let facts: Vec<Vec<&str>> = said.iter().map(|line| line.split('\t').collect()).collect();
    let of =
        |name: &str| -> Vec<&Vec<&str>> { facts.iter().filter(|fact| fact[0] == name).collect() };
    for fact in of("contrast") {
        assert!(fact[3].parse::<u32>().unwrap() >= 450, "{fact:?}");
    }
    let light = |fact: &&Vec<&str>| {
        let digits = fact[3].trim_matches(|c: char| !c.is_ascii_digit());
        digits.split(", ").map(|part| part.parse::<u32>().unwrap()).sum::<u32>()
    };
    let background: Vec<u32> = of("background").iter().map(light).collect();
    assert!(background[0] > 700 && background[1] < 100 && background[2] == 765, "{background:?}");
    assert_eq!((of("contrast").len(), of("width").len()), (3, 3));
    assert!(of("pages")[0][1].parse::<u32>().unwrap() >= 1);
    Some(rows)
}

/// The same of a page of any length, and all that the browser said but the rows.
fn browse(page: &str, options: &[&str]) -> Option<(Vec<String>, Vec<String>)> {
    let (python, chromium) = (peer("python3", "a page")?, peer("chromium", "a page")?);
    let folder = scratch();
    let file = folder.path().join("page.html");
    fs::write(&file, page).unwrap();
    let mut browser = command(python);
    browser.env("PYTHONUTF8", "1").arg(script("browser.py")).arg(chromium).arg(&file).args(options);
    let said = run(&mut browser, b"").succeeded().text();
    let facts: Vec<Vec<&str>> = said.lines().map(|line| line.split('\t').collect()).collect();
    let of =
        |name: &str| -> Vec<&Vec<&str>> { facts.iter().filter(|fact| fact[0] == name).collect() };
    assert_eq!(of("request"), [&vec!["request", &format!("file://{}", file.display())]]);
    assert!(of("said").is_empty() && of("ran").is_empty(), "{:?} {:?}", of("said"), of("ran"));
    for fact in of("width") {
        let [screen, page] = [1, 2].map(|at| fact[at].parse::<u32>().unwrap());
        assert!(page <= screen, "{fact:?}");
    }
    let is_row = |line: &&str| line.starts_with("row\t");
    let (rows, other): (Vec<&str>, Vec<&str>) = said.lines().partition(is_row);
    let rows = rows.into_iter().map(|row| row["row\t".len()..].to_owned());
    Some((other.into_iter().map(str::to_owned).collect(), rows.collect()))
}

/// 70 days, of which one was not counted: a page of them, and its rows.
fn days() -> (String, Vec<String>) {
    let days = (1..=31).map(|day| format!("2026-01-{day:02}"));
    let days = days.chain((1..=28).map(|day| format!("2026-02-{day:02}")));
    let days = days.chain((1..=11).map(|day| format!("2026-03-{day:02}")));
    let (mut metrics, mut rows) = (String::new(), Vec::new());
    for (day, at) in days.zip(0..) {
        if at == 5 {
            rows.push(format!("{day}\tn/a\tn/a\tn/a\tn/a"));
            continue;
        }
        metrics += &counted(&day);
        metrics += &row(&day, "example.com", "mail.in", 100 + 7 * at);
        metrics += &row(&day, "example.com", "mail.out", 3 * at);
        rows.push(format!("{day}\t{}\t{}\tn/a\tn/a", 100 + 7 * at, 3 * at));
    }
    assert_eq!(rows.len(), 70);
    let options = "-r message-traffic -f html --since=2026-01-01 --until=2026-03-12";
    (report(options, &metrics).succeeded().text(), rows)
}

fn a_browser_shows_every_number() {
    let (page, rows) = days();
    if let Some(seen) = seen(&page) {
        assert_eq!(seen, rows);
    }
}

/// Names, and how a row has them.
const HOSTILE: [(&str, &str); 9] = [
    ("<script>obeyed=1</script>", "<script>obeyed=1</script>"),
    ("\"><img src=x onerror=obeyed=1>", "\\\"><img src=x onerror=obeyed=1>"),
    ("' onmouseover='obeyed=1", "\\' onmouseover='obeyed=1"),
    ("</title></style><script>obeyed=1</script>", "</title></style><script>obeyed=1</script>"),
    ("&lt;b&gt;&#0;", "&lt;b&gt;&#0;"),
    ("a\u{202e}moc.b", "a\\\\xE2\\\\x80\\\\xAEmoc.b"),
    ("\u{5e9}\u{5dc}\u{5d5}\u{5dd}.example", "\u{5e9}\u{5dc}\u{5d5}\u{5dd}.example"),
    ("\x1b[31mred", "\\\\x1B[31mred"),
    ("javascript:obeyed=1", "javascript:obeyed=1"),
];

fn a_browser_obeys_no_name() {
    let mut metrics = counted("2026-11-21");
    let mut rows = Vec::new();
    for ((name, shown), at) in HOSTILE.iter().zip(0_u64..) {
        metrics += &row("2026-11-21", name, "mail.in", 100 - at);
        rows.push(format!("{}\t{shown}\t{}\t0\tn/a\tn/a", at + 1, 100 - at));
    }
    rows.push("\ttotal\t864\t0\tn/a\tn/a".into());
    let options = "-r message-traffic -f html --per=domain --day=2026-11-21";
    let page = report(options, &metrics).succeeded().text();
    if let Some(read) = rows_of(&page, &[]) {
        assert_eq!(read[1..], rows);
    }
    if let Some(seen) = seen(&page) {
        assert_eq!(seen, rows);
    }
}

fn ten_thousand_domains_fit_a_phone() {
    let mut metrics = counted("2026-11-21");
    for at in 0..10_000 {
        metrics += &row("2026-11-21", &format!("customer-{at:05}.example"), "mail.in", 20_000 - at);
    }
    let long = "l".repeat(100_000);
    metrics += &row("2026-11-21", &long, "mail.in", 1);
    metrics += &row("2026-11-21", &format!("{}.example", "word ".repeat(100)), "mail.in", 2);
    let options = "-r message-traffic -f html --per=domain --day=2026-11-21";
    let page = report(options, &metrics).succeeded().text();
    if let Some((_, seen)) = browse(&page, &["long"]) {
        assert_eq!(seen.len(), 10_003);
        assert_eq!(seen[4_999], "5000\tcustomer-04999.example\t15001\t0\tn/a\tn/a");
        assert_eq!(seen[10_001], format!("10002\t{long}\t1\t0\tn/a\tn/a"));
    }
}

fn pages_are_well_formed_and_always_the_same() {
    let (page, rows) = days();
    assert_eq!(page, days().0);
    if let Some(read) = rows_of(&page, &[]) {
        assert_eq!(read[1..], rows);
    }
    // every report, with and without numbers
    let metrics = counted("2026-11-21") + &row("2026-11-21", "example.com", "mail.in", 5);
    for options in ["", " --by=hour", " --domain=example.com", " --per=domain", " --per=user"] {
        let options = format!("-f html --day=2026-11-21{options}");
        rows_of(&report(&options, &metrics).succeeded().text(), &[]);
    }
    let empty = report("-f html --day=2026-11-21", "");
    assert_eq!(empty.code, Some(1));
    assert!(empty.text().contains("<p>no row of Saturday 2026-11-21</p>"));
    rows_of(&empty.text(), &[]);
}

fn a_gap_is_no_bar() {
    let (page, _) = days();
    let count = |text: &str| page.matches(text).count();
    assert_eq!(count("<g>"), 70);
    // of the day without rows: in both directions
    assert_eq!(count("class=\"gap\""), 2);
    assert!(page.contains("<title>2026-01-06: incoming n/a (no delivery log), outgoing n/a"));
    // each other day came something in, and on all but the first went something out; one is the key
    assert_eq!((count("class=\"s1\""), count("class=\"s2\"")), (69 + 1, 68 + 1));
    assert!(page.contains("<title>2026-01-01: incoming 100, outgoing 0</title>"));
}

/// Writes pages, each a name and its text, of these metrics.
fn pages(folder: &Path, options: &str, metrics: &str) -> Ran {
    let mut report = tool("traffic-report");
    report.args(["--per=domain", "--out-dir"]).arg(folder).args(options.split(' '));
    run(&mut report, metrics.as_bytes())
}

fn a_page_has_its_own_domain_alone() {
    let folder = scratch();
    let mut metrics = String::new();
    for (day, amount) in [("2026-11-20", 5), ("2026-11-21", 0), ("2026-11-22", 7)] {
        metrics += &counted(day);
        metrics += &row(day, "marker.example", "mail.in", 7_654_321);
        if amount > 0 {
            metrics += &row(day, "example.com", "mail.in", amount);
        }
    }
    let options = "--by=day --since=2026-11-20 --until=2026-11-23 -r message-traffic";
    let ran = pages(folder.path(), options, &metrics).succeeded();
    assert!(ran.out.is_empty());
    assert_eq!(names_in(folder.path()), ["example.com.html", "marker.example.html"]);
    let page = fs::read_to_string(folder.path().join("example.com.html")).unwrap();
    assert!(page.contains("<title>Mail of example.com, 2026-11-20 to 2026-11-22</title>"));
    assert!(!page.contains("marker") && !page.contains("7654"), "{page}");
    if let Some(rows) = rows_of(&page, &[]) {
        // a day without rows of its own is 0, as it is with --domain
        let number = |day: u32, amount: u32| format!("2026-11-{day}\t{amount}\t0\tn/a\tn/a");
        assert_eq!(rows[1..], [number(20, 5), number(21, 0), number(22, 7)]);
        let alone = report(&format!("{options} --domain=example.com -f html"), &metrics);
        assert_eq!(rows_of(&alone.succeeded().text(), &[]).unwrap()[1..], rows[1..]);
    }
}

fn names_of_pages_stay_in_the_folder() {
    let top = scratch();
    let folder = top.path().join("a/pages");
    fs::create_dir_all(&folder).unwrap();
    let long = "x".repeat(201);
    let mut metrics = counted("2026-11-21");
    let names = ["..", "../x", "a/b", ".x", "A", "a", "/etc/x", "a_b", "%41", "\u{e4}", "(other)"];
    for name in names.into_iter().chain([long.as_str(), &"y".repeat(100_000), &"z".repeat(200)]) {
        metrics += &row("2026-11-21", name, "mail.in", 1);
    }
    metrics += &row("2026-11-21", "", "mail.out", 1);
    let ran = pages(&folder, "--day=2026-11-21 -r message-traffic", &metrics);
    assert_eq!(ran.code, Some(0));
    let start = "x".repeat(40);
    assert_eq!(
        ran.err,
        format!(
            "traffic-report: (none): is not a domain and has no page\n\
             traffic-report: (other): is not a domain and has no page\n\
             traffic-report: 2 names are too long for a page; one begins {start}\n"
        )
    );
    let long = "z".repeat(200);
    let expected = [
        "%2541",
        "%2E.",
        "%2E.%2Fx",
        "%2Ex",
        "%2Fetc%2Fx",
        "%41",
        "%C3%A4",
        "a",
        "a%2Fb",
        "a%5Fb",
        &long,
    ];
    let mut expected: Vec<String> = expected.iter().map(|name| format!("{name}.html")).collect();
    expected.sort_unstable();
    assert_eq!(names_in(&folder), expected);
    assert_eq!(
        (names_in(top.path()), names_in(&top.path().join("a"))),
        (vec!["a".into()], vec!["pages".into()])
    );
    for options in ["", "--per=user", "--per=domain -f tsv", "--per=domain --top=5"] {
        let ran = report(&format!("--out-dir={} {options} -q", folder.display()), &metrics);
        assert_eq!((ran.code, ran.text().as_str()), (Some(2), ""), "{}", ran.err);
    }
    // a page that is missing is said with -q too
    let quiet = pages(&folder, "--day=2026-11-21 -q", &metrics);
    let missing = format!("traffic-report: 2 names are too long for a page; one begins {start}\n");
    assert_eq!((quiet.code, quiet.err), (Some(0), missing));
}

fn what_is_in_the_way_is_left_alone() {
    let top = scratch();
    let (folder, victim) = (top.path().join("pages"), top.path().join("victim"));
    fs::create_dir(&folder).unwrap();
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, folder.join("link.example.html")).unwrap();
    symlink(top.path().join("new"), folder.join("dangling.example.html")).unwrap();
    fs::create_dir(folder.join("folder.example.html")).unwrap();
    run(&mut sh("mkfifo pipe.example.html", &folder), b"").succeeded();
    let mut metrics = counted("2026-11-21");
    for name in ["link", "dangling", "folder", "pipe", "sound"] {
        metrics += &row("2026-11-21", &format!("{name}.example"), "mail.in", 1);
    }
    let ran = pages(&folder, "--day=2026-11-21", &metrics);
    assert_eq!(ran.code, Some(2));
    for name in ["dangling", "folder", "link", "pipe"] {
        let path = folder.join(format!("{name}.example.html"));
        assert!(
            ran.err.contains(&format!("{}: not a regular file\n", path.display())),
            "{}",
            ran.err
        );
    }
    assert_eq!(ran.err.lines().count(), 4);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(names_in(top.path()), ["pages", "victim"]);
    assert!(fs::read_to_string(folder.join("sound.example.html")).unwrap().ends_with("</html>"));
    // no folder, or none that is one
    for folder in [top.path().join("none"), victim] {
        let ran = pages(&folder, "--day=2026-11-21", &metrics);
        assert_eq!(ran.code, Some(2), "{}", ran.err);
    }
}

fn pages_take_their_places_together() {
    let folder = scratch();
    let page = folder.path().join("example.com.html");
    let data = || fs::metadata(&page).map(|data| (data.ino(), data.mode() & 0o777)).unwrap();
    let metrics = |amount| {
        let other = row("2026-11-21", "example.net", "mail.in", 1);
        counted("2026-11-21") + &row("2026-11-21", "example.com", "mail.in", amount) + &other
    };
    let write = |amount| pages(folder.path(), "--day=2026-11-21", &metrics(amount));
    // what a killed run left behind goes
    fs::write(folder.path().join(".traffic-report.tmp.7"), "half").unwrap();
    write(5).succeeded();
    assert_eq!(names_in(folder.path()), ["example.com.html", "example.net.html"]);
    fs::set_permissions(&page, fs::Permissions::from_mode(0o640)).unwrap();
    let first = data();
    // the same content is not written again, other content takes its place and its mode
    write(5).succeeded();
    assert_eq!(data(), first);
    write(6).succeeded();
    assert_ne!(data().0, first.0);
    assert_eq!(data().1, 0o640);
    // a page that cannot be written leaves all of them as they are
    let limited =
        "ulimit -f 1; trap '' XFSZ; traffic-report --per=domain --out-dir=. --day=2026-11-21";
    let before = fs::read(&page).unwrap();
    let ran = run(&mut sh(limited, folder.path()), metrics(7).as_bytes());
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert_eq!(fs::read(&page).unwrap(), before);
    assert_eq!(names_in(folder.path()), ["example.com.html", "example.net.html"]);
    // two at once
    let twice = "for n in 1 2; do traffic-report --per=domain --out-dir=. --day=2026-11-21 <in & done; wait";
    let input = scratch();
    fs::write(input.path().join("in"), metrics(8)).unwrap();
    let twice = twice.replace("<in", &format!("<{}/in", input.path().display()));
    run(&mut sh(&twice, folder.path()), b"").succeeded();
    assert_eq!(names_in(folder.path()), ["example.com.html", "example.net.html"]);
}
