//! A server of `MariaDB`: on a socket in a folder of its own, for as long as it is needed.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, Stdio};

use maillog_tests::{command, peer, run, scratch, wait_until};
use tempfile::TempDir;

/// A server, ended when it is dropped.
pub struct MariaDb {
    folder: TempDir,
    server: Child,
}

impl MariaDb {
    /// Starts a server. Where it is not installed `what` is left out, loudly.
    pub fn start(what: &str) -> Option<Self> {
        let program = peer("mariadbd", what)?;
        let folder = scratch();
        let path = folder.path();
        fs::create_dir(path.join("data")).unwrap();
        // it ends when we do
        let mut server = command("setpriv");
        server.args(["--pdeathsig=KILL", "--"]).arg(program).arg("--no-defaults");
        for (flag, file) in [("datadir", "data"), ("socket", "socket"), ("pid-file", "pid")] {
            server.arg(format!("--{flag}={}", path.join(file).display()));
        }
        // an empty folder will do where nobody has to log in
        server.args(["--skip-networking", "--skip-grant-tables", "--local-infile=1"]);
        server.args(["--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M"]);
        server.args(["--innodb-flush-log-at-trx-commit=0", "--skip-log-bin"]);
        if fs::metadata(path).unwrap().uid() == 0 {
            server.arg("--user=root");
        }
        let log = fs::File::create(path.join("log")).unwrap();
        server.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let settings = format!("[client]\nsocket={}\n", path.join("socket").display());
        fs::write(path.join(".my.cnf"), settings).unwrap();
        let server = MariaDb { server: server.spawn().unwrap(), folder };
        wait_until("MariaDB starts", || {
            let mut make = command("mariadb");
            server.tell(make.args(["-e", "CREATE DATABASE IF NOT EXISTS mail"]));
            run(&mut make, b"").code == Some(0)
        });
        Some(server)
    }

    /// Tells a command where the server is.
    pub fn tell(&self, command: &mut Command) {
        command.env("HOME", self.folder.path());
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
