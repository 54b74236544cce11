//! A server of `PostgreSQL` for the tests: on a socket in a folder of its own, for as long as it is
//! needed.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::{Ran, command, peer, run, scratch, wait_until};

/// A server, ended when it is dropped.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    server: Child,
}

impl Postgres {
    /// Starts a server. Where it is not installed `what` is left out, loudly.
    pub fn start(what: &str) -> Option<Self> {
        // the others are beside it, wherever a link to it may be
        let programs = fs::canonicalize(peer("initdb", what)?).unwrap().parent()?.to_owned();
        let folder = scratch();
        let path = folder.path();
        // it will not run as root
        let is_root = fs::metadata(path).unwrap().uid() == 0;
        let own = |program: &str| {
            let mut setpriv = command("setpriv");
            if is_root {
                setpriv.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
            }
            // it ends when we do
            setpriv.args(["--pdeathsig=INT", "--"]).arg(programs.join(program));
            setpriv.current_dir(path);
            setpriv
        };
        if is_root {
            run(command("chown").arg("65534:65534").arg(path), b"").succeeded();
        }
        let mut init = own("initdb");
        init.args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "-N", "-D"]);
        let made = run(init.arg(path.join("data")), b"");
        assert_eq!(made.code, Some(0), "initdb: {}", made.err);
        let mut server = own("postgres");
        // -F: no test cuts the power
        server.arg("-D").arg(path.join("data")).arg("-k").arg(path).args(["-h", "", "-F"]);
        let log = fs::File::create(path.join("log")).unwrap();
        let server = server.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let server = Postgres { server: server.spawn().unwrap(), programs, folder };
        wait_until("PostgreSQL starts", || server.psql("postgres", "SELECT 1").code == Some(0));
        Some(server)
    }

    /// Makes an empty database, in place of one of this name; gives its address.
    pub fn database(&self, name: &str) -> String {
        let mut psql = self.psql_with("postgres");
        // a loader that was killed may still be connected
        for statement in [
            "SET client_min_messages = error",
            &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            &format!("CREATE DATABASE {name}"),
        ] {
            psql.args(["-c", statement]);
        }
        run(&mut psql, b"").succeeded();
        self.address("postgres", name)
    }

    /// The address of a database, for a user.
    pub fn address(&self, user: &str, name: &str) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgresql://{user}@{folder}/{name}")
    }

    /// What a query gives: rows without head, with `|` between the columns.
    pub fn psql(&self, database: &str, statement: &str) -> Ran {
        run(self.psql_with(database).args(["-c", statement]), b"")
    }

    /// The program, told where the server is.
    pub fn psql_with(&self, database: &str) -> Command {
        let mut psql = command(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-U", "postgres", "-d", database, "-h"]);
        psql.arg(self.folder.path());
        psql
    }

    /// Tells a command where the server is, for programs of its own that find it as psql does.
    pub fn tell(&self, command: &mut Command) {
        command.env("PGHOST", self.folder.path()).env("PGUSER", "postgres");
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // it ends its other processes before itself, and gives up its shared memory
        let end = format!("kill -INT {}", self.server.id());
        run(command("sh").args(["-c", &end]), b"");
        let _ = self.server.wait();
    }
}
