//! traffic-load with a server of `PostgreSQL`: all that holds for a file of `SQLite` holds there too.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use maillog_tests::cases;
use maillog_tests::postgres::Postgres;
use maillog_tests::{Test, run, same, scratch, sh, tests, tool, wait_until};

pub const TESTS: &[Test] = tests![
    golden_cases_hold_with_a_server,
    databases_of_others_are_refused,
    loaders_wait_for_each_other,
    addresses_and_passwords,
    a_password_is_read_from_a_file,
];

/// These are about the files that `SQLite` makes.
const OF_FILES: [&str; 4] = ["foreign-database", "not-regular", "print", "version-1"];

/// Runs sqlite3's queries by psql.
const QUERY: &str = r#"
query() {
    separator='|'
    if [ "$1" = -tabs ]; then separator='	'; shift; fi
    for statement; do
        psql -X -q -A -t -F "$separator" -d 'ADDRESS' -c "$statement"
    done
}
"#;

fn golden_cases_hold_with_a_server() {
    let Some(server) = Postgres::start("traffic-load's golden cases") else { return };
    let mut count = 0;
    for case in cases::of("traffic-load") {
        if OF_FILES.contains(&case.name.as_str()) {
            continue;
        }
        let address = server.database("golden");
        let script = case.script();
        let script = QUERY.to_owned()
            + &script
                .replace("sqlite3 -tabs traffic.db", "query -tabs")
                .replace("sqlite3 traffic.db", "query")
                .replace("--db=traffic.db", "--db='ADDRESS'")
                .replace("--db traffic.db", "--db 'ADDRESS'")
                .replace("made/traffic.db", "'ADDRESS'");
        let script = script.replace("ADDRESS", &address);
        let scratch = case.scratch();
        let ran = run(&mut sh(&script, scratch.path()), &case.read("in"));
        let text = |name| String::from_utf8_lossy(&case.read(name)).into_owned();
        let checked = same(&ran.err, &text("err")).and_then(|()| same(&ran.text(), &text("out")));
        checked.unwrap_or_else(|place| panic!("{}: {place}", case.name));
        assert_eq!(ran.code, Some(case.code()), "{}", case.name);
        count += 1;
    }
    assert!(count > 15, "only {count} cases");
}

/// Loads a day file in a database; gives the status, and what was said.
fn load(address: &str) -> (Option<i32>, String) {
    let folder = scratch();
    fs::write(folder.path().join("20.06.2005.txt"), "|example.com|1|1|0|\n").unwrap();
    let mut command = tool("traffic-load");
    command.args(["--db", address, "20.06.2005.txt"]).current_dir(folder.path());
    let ran = run(&mut command, b"");
    (ran.code, ran.err)
}

const REFUSED: &str = "traffic-load: --db: not a database of this version of traffic-load\n";

fn databases_of_others_are_refused() {
    let Some(server) = Postgres::start("a database of another program") else { return };
    let tables = |name| {
        let all =
            "SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
            WHERE nspname = 'public' ORDER BY 1";
        server.psql(name, all).succeeded().text()
    };
    let print = |address: &str| {
        let ran = run(tool("traffic-load").args(["--print=metrics", "--db", address]), b"");
        (ran.code, ran.err)
    };
    for statement in ["CREATE TABLE ledger (day TEXT)", "CREATE VIEW metric AS SELECT 1"] {
        let address = server.database("other");
        server.psql("other", statement).succeeded();
        let before = tables("other");
        assert_eq!(load(&address), (Some(2), REFUSED.into()), "{statement}");
        assert_eq!(print(&address), (Some(2), REFUSED.into()), "{statement}");
        assert_eq!(tables("other"), before, "{statement}");
    }
    // nothing is made to look at it
    let address = server.database("fresh");
    assert_eq!(print(&address), (Some(2), REFUSED.into()));
    assert_eq!(tables("fresh"), "");
    // tables of others do no harm, a newer version does
    server.psql("fresh", "CREATE TABLE mine (day TEXT)").succeeded();
    assert_eq!(load(&address), (Some(0), String::new()));
    server.psql("fresh", "UPDATE traffic_load SET version = 3").succeeded();
    assert_eq!(load(&address), (Some(2), REFUSED.into()));
    server
        .psql("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
        .succeeded();
    let refused = "traffic-load: --db: the encoding of the database is not UTF8\n";
    assert_eq!(load(&server.address("postgres", "latin")), (Some(2), refused.into()));
}

/// One loader is stopped before the end of its transaction; the next waits, and then finds its file.
fn loaders_wait_for_each_other() {
    let Some(server) = Postgres::start("two loaders with one server") else { return };
    let address = server.database("waiting");
    assert_eq!(load(&address).0, Some(0));
    let mut first = server.psql_with("waiting");
    let hold = "BEGIN; LOCK TABLE ledger IN SHARE ROW EXCLUSIVE MODE; DELETE FROM ledger;
        DELETE FROM translog; SELECT pg_sleep(1); COMMIT";
    let mut first = first.args(["-c", hold]).stdout(std::process::Stdio::null()).spawn().unwrap();
    let locks = "SELECT count(*) FROM pg_locks WHERE mode = 'ShareRowExclusiveLock' AND granted";
    wait_until("the first loader is at work", || server.psql("waiting", locks).text() == "1\n");
    // it is loaded again, after the first has removed it
    assert_eq!(load(&address), (Some(0), String::new()));
    assert!(first.wait().unwrap().success());
    assert_eq!(server.psql("waiting", "SELECT count(*) FROM translog").text(), "1\n");
}

/// What is refused is not repeated.
fn addresses_and_passwords() {
    let folder = scratch();
    let file = folder.path().join("password");
    fs::write(&file, "geheim\n").unwrap();
    let refused = |arguments: &[&str]| {
        let ran = run(tool("traffic-load").args(arguments).current_dir(folder.path()), b"");
        assert_eq!((ran.code, ran.text()), (Some(2), String::new()), "{arguments:?}");
        assert!(!ran.err.contains("geheim") && !ran.err.contains("192.0.2"), "{}", ran.err);
        assert!(ran.err.starts_with("traffic-load: ") && ran.err.lines().count() == 1);
        ran.err
    };
    for (address, what) in [
        ("postgresql://me:geheim@localhost/db", "a password"),
        ("postgres://me:geheim@/db", "a password"),
        ("postgresql://localhost/db?password=geheim", "a password"),
        ("postgresql://me@192.0.2.1/db", "neither a socket"),
        ("postgresql://me@[2001:db8::192.0.2.7]/db", "neither a socket"),
        ("postgresql://localhost,192.0.2.1/db", "neither a socket"),
        ("postgresql://db.geheim.example/db", "neither a socket"),
        ("postgresql://localhost/db?hostaddr=192.0.2.1", "neither a socket"),
        ("postgresql:///db?host=192.0.2.1", "neither a socket"),
        ("postgresql://localhost/db?geheim=1", "not an address"),
        ("postgresql://localhost:geheim/db", "not an address"),
    ] {
        let said = refused(&["--db", address]);
        assert!(said.contains(what), "{address}: {said}");
    }
    let nowhere = "postgresql://%2Fnowhere/db";
    assert!(refused(&["--db", nowhere]).contains("error connecting to server"));
    for mode in [0o644, 0o640, 0o604, 0o660] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let said = refused(&["--db", nowhere, "--password-file=password"]);
        assert!(said.contains("password: others can read it"), "{said}");
    }
    assert!(refused(&["--db", nowhere, "--password-file=none"]).contains("none: No such file"));
}

fn a_password_is_read_from_a_file() {
    let Some(server) = Postgres::start("a password") else { return };
    server.database("db");
    let user = "CREATE ROLE loader LOGIN PASSWORD 'ge\"h eim''; ALTER DATABASE db OWNER TO loader";
    for statement in user.replace("'';", "';").split("; ") {
        server.psql("postgres", statement).succeeded();
    }
    let rules = "local all postgres trust\nlocal all all scram-sha-256\n";
    fs::write(server.data().join("pg_hba.conf"), rules).unwrap();
    server.psql("postgres", "SELECT pg_reload_conf()").succeeded();
    let folder = scratch();
    fs::write(folder.path().join("20.06.2005.txt"), "|example.com|1|1|0|\n").unwrap();
    let address = server.address("loader", "db");
    let load = |password: Option<&str>| {
        let mut command = tool("traffic-load");
        command.args(["--db", &address, "20.06.2005.txt"]).current_dir(folder.path());
        if let Some(password) = password {
            let file = folder.path().join("password");
            fs::write(&file, password).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
            command.arg("--password-file=password");
        }
        run(&mut command, b"")
    };
    wait_until("the rules are read", || load(None).code == Some(2));
    for wrong in [Some("geheim\n"), Some(""), None] {
        let ran = load(wrong);
        assert_eq!((ran.code, ran.text()), (Some(2), String::new()));
        assert!(!ran.err.contains("geheim"), "{}", ran.err);
    }
    for right in ["ge\"h eim\n", "ge\"h eim", "ge\"h eim\r\nmore\n"] {
        let ran = load(Some(right)).succeeded();
        assert!(ran.text().starts_with("20.06.2005.txt\t"), "{}", ran.text());
    }
}
