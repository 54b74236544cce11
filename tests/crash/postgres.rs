//! traffic-load with a server of `PostgreSQL`, disturbed: the server goes on, and has to make the same
//! of the next run as if nothing had happened.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use maillog_tests::postgres::Postgres;
use maillog_tests::strace::{noted, places, strace};
use maillog_tests::{Random, peer, run, scratch, sh, tool};

use super::Scene;

/// What is looked at in the end, in the SQL of both.
const QUERIES: [&str; 4] = [
    "SELECT * FROM translog ORDER BY day, kind, domain",
    "SELECT name, sha256, day, kind, host, lines, kilobytes FROM ledger ORDER BY day, kind",
    "SELECT * FROM metric_row ORDER BY day, domain",
    "SELECT day, kind, host FROM file ORDER BY day",
];
/// What must not be there: rows of no file, and a series that is there twice.
const ORPHANS: &str = "
    SELECT (SELECT count(*) FROM metric WHERE file NOT IN (SELECT id FROM file)),
        (SELECT count(*) FROM translog WHERE (day, kind, host) NOT IN (SELECT day, kind, host FROM ledger)),
        (SELECT count(*) - count(DISTINCT (host, source, metric, label)) FROM series)";

/// Files to be loaded in a database with a server.
struct Night<'a> {
    scene: &'a Scene,
    server: &'a Postgres,
    address: String,
}

impl<'a> Night<'a> {
    /// With a fresh database.
    fn new(scene: &'a Scene, server: &'a Postgres) -> Self {
        Night { scene, server, address: server.database("night") }
    }

    fn load(&self, program: Command) -> Command {
        self.scene.job(program, ["--db", &self.address])
    }

    /// Runs the job, undisturbed, and tells what is there at its end.
    fn end(&self) -> String {
        run(&mut self.load(tool("traffic-load")), b"").succeeded();
        let said = |query| self.server.psql("night", query).succeeded().text();
        assert_eq!(said(ORPHANS), "0|0|0\n");
        QUERIES.map(said).concat()
    }
}

/// The end that every run must reach: that of a file of `SQLite`.
fn end_with_sqlite(scene: &Scene) -> String {
    let folder = scratch();
    let copy = scene.copy(folder.path());
    run(&mut copy.load(tool("traffic-load")), b"").succeeded();
    let queries = QUERIES.map(|query| format!("'{query}'")).join(" ");
    run(&mut sh(&format!("sqlite3 traffic.db {queries}"), folder.path()), b"").succeeded().text()
}

/// A server, and the two programs without which nothing can be seen.
fn server() -> Option<Postgres> {
    let what = "traffic-load with a server, disturbed,";
    peer("sqlite3", what)?;
    peer("strace", what)?;
    Postgres::start(what)
}

/// Kills the loader each time it sends or writes something, or breaks its connection there.
pub fn disturbed() {
    let Some(server) = server() else { return };
    let folder = scratch();
    let scene = Scene::new(folder.path(), 2);
    let end = end_with_sqlite(&scene);
    let notes = scratch();
    let trace = notes.path().join("trace");
    let traced = |night: &Night, inject: &[&str]| {
        let only = "-etrace=?write,?writev,?sendto,?sendmsg";
        let options = [&[only], inject].concat();
        let ran = run(&mut night.load(strace("traffic-load", &trace, &options)), b"");
        (ran, noted(&trace))
    };
    let night = Night::new(&scene, &server);
    let (ran, calls) = traced(&night, &[]);
    ran.succeeded();
    assert_eq!(night.end(), end);
    let places = places(&calls);
    assert!(places.len() > 30, "strace saw too little: {calls:#?}");
    for (call, when) in &places {
        for harm in ["signal=KILL", "error=ECONNRESET"] {
            let what = format!("-einject={call}:{harm}:when={when}");
            let night = Night::new(&scene, &server);
            let (ran, log) = traced(&night, &[&what]);
            let happened = ran.code.is_none() || log.iter().any(|it| it.contains("(INJECTED)"));
            assert!(happened, "{what}: did not happen: {log:#?}");
            assert_eq!(night.end(), end, "{what}");
        }
    }
    eprintln!("traffic-load: {} calls that send or write, each disturbed", places.len());
}

/// Kills the loader at random moments.
pub fn killed_at_random() {
    const KILLS: usize = 100;
    let Some(server) = server() else { return };
    let folder = scratch();
    let scene = Scene::new(folder.path(), 12);
    let end = end_with_sqlite(&scene);
    let mut random = Random::new(2026);
    let (mut kills, mut nights) = (0, 0);
    while kills < KILLS {
        nights += 1;
        assert!(nights < 1000, "only {kills} kills hit a running job");
        let night = Night::new(&scene, &server);
        for _ in 0..=random.below(4) {
            let mut job = night.load(tool("traffic-load"));
            let mut job = job.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            sleep(Duration::from_micros(random.below(150_000) as u64));
            job.kill().unwrap();
            kills += usize::from(job.wait().unwrap().code().is_none());
        }
        assert_eq!(night.end(), end, "night {nights}");
    }
    eprintln!("{kills} kills in {nights} nights");
}

/// Two loaders begin with an empty database at the same time.
pub fn two_at_once() {
    let Some(server) = server() else { return };
    let folder = scratch();
    let scene = Scene::new(folder.path(), 12);
    let end = end_with_sqlite(&scene);
    for round in 0..10 {
        let night = Night::new(&scene, &server);
        let mut jobs = [0, 1].map(|_| {
            let mut job = night.load(tool("traffic-load"));
            job.stdout(Stdio::null()).spawn().unwrap()
        });
        let codes = jobs.each_mut().map(|job| job.wait().unwrap().code());
        assert_eq!(codes, [Some(0); 2], "round {round}");
        assert_eq!(night.end(), end, "round {round}");
    }
}
