//! Where the database is: the value of `--db`.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::str::{self, FromStr};
use std::time::Duration;

use common::filter::cli::Args;
use common::filter::files::open_regular;
use common::filter::{Stop, name_of};
use postgres::Config;
use postgres::config::Host;

/// How an address begins. Anything else is the name of a file.
const SCHEMES: [&[u8]; 2] = [b"postgresql://", b"postgres://"];
/// Where the server's socket is, if the address does not say.
const SOCKET_FOLDER: &str = "/var/run/postgresql";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);
/// Longer passwords are not read.
const LONGEST_PASSWORD: u64 = 4096;

/// Where the database is.
#[derive(Debug)]
pub enum Place {
    /// In a file.
    File(PathBuf),
    /// With a server.
    Server(Box<Server>),
}

/// A server's address, and the file with the password for it.
#[derive(Debug)]
pub struct Server {
    config: Config,
    password_file: Option<PathBuf>,
}

impl Place {
    /// What the command line says. No message repeats an address, since there may be a password in
    /// it.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let place = args.value("db").unwrap_or_default();
        if SCHEMES.iter().any(|scheme| place.as_bytes().starts_with(scheme)) {
            let password_file = args.value("password-file").map(PathBuf::from);
            return Ok(Place::Server(Box::new(Server { config: config(place)?, password_file })));
        }
        Ok(Place::File(place.into()))
    }
}

impl Server {
    /// The address, with the password if there is a file with one.
    pub fn config(&self) -> Result<Config, Stop> {
        let mut config = self.config.clone();
        if let Some(path) = &self.password_file {
            config.password(password(path)?);
        }
        Ok(config)
    }
}

fn config(address: &OsStr) -> Result<Config, Stop> {
    let parsed =
        str::from_utf8(address.as_bytes()).ok().and_then(|text| Config::from_str(text).ok());
    let not_one = || Stop::usage("--db", "not an address of a PostgreSQL database");
    let mut config = parsed.ok_or_else(not_one)?;
    if config.get_password().is_some() {
        let what = "others can see a password in an address; see --password-file";
        return Err(Stop::usage("--db", what));
    }
    let is_near = |host: &Host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        }
    };
    let addresses_are_near = config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback);
    if !config.get_hosts().iter().all(is_near) || !addresses_are_near {
        let what = "neither a socket nor a loopback address; nothing is encrypted, use a tunnel";
        return Err(Stop::usage("--db", what));
    }
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        config.host_path(SOCKET_FOLDER);
    }
    config.application_name("traffic-load").connect_timeout(CONNECT_TIMEOUT);
    Ok(config)
}

/// The first line of a file that nobody else can read.
fn password(path: &Path) -> Result<Vec<u8>, Stop> {
    let file = open_regular(path).map_err(Stop::io(path))?;
    let data = file.metadata().map_err(Stop::io(path))?;
    if data.permissions().mode() & 0o077 != 0 {
        return Err(Stop::usage(name_of(path.as_os_str()), "others can read it; chmod it to 600"));
    }
    let mut text = Vec::new();
    file.take(LONGEST_PASSWORD).read_to_end(&mut text).map_err(Stop::io(path))?;
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(line.strip_suffix(b"\r").unwrap_or(line).to_vec())
}
