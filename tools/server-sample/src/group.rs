//! The group of processes that is sampled: by program, by user, or a control group.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use common::bytes::digits::number;
use common::bytes::tsv;
use common::filter::Stop;
use common::filter::cli::Args;
use common::filter::files::read_regular;

/// The programs that serve mail, as the manual page lists them.
const PROGRAMS: &str = "qmail-send,qmail-todo,qmail-lspawn,qmail-rspawn,qmail-clean,qmail-local,\
    qmail-remote,qmail-queue,qmail-smtpd,qmail-qmtpd,qmail-qmqpd,qmail-popup,qmail-pop3d,\
    tcpserver,sslserver,rblsmtpd,spamdyke,simscan,vchkpw,vdelivermail,\
    qpsmtpd,qpsmtpd-forkserver,qpsmtpd-prefork,qpsmtpd-async,spamd,spamd child,clamd,\
    dovecot,anvil,auth,imap,imap-login,pop3,pop3-login,managesieve,managesieve-login,\
    couriertcpd,authdaemond,imapd,pop3d";
/// The longest list of users, or of the processes of a control group, that is read.
const LONGEST_BYTES: u64 = 64 << 20;
/// The kernel keeps this much of the name of a program.
const NAME_BYTES: usize = 15;

/// How the group was named.
#[derive(Debug)]
pub enum Choice {
    /// The names of programs.
    Programs(Vec<Vec<u8>>),
    /// Names or numbers of users.
    Users(Vec<Vec<u8>>),
    /// The folder of a control group.
    Cgroup(PathBuf),
}

impl Choice {
    /// Reads the flags that name a group, of which one at most may be given.
    pub fn new(args: &Args) -> Result<Self, Stop> {
        let list = |flag| args.parsed(flag, "a list of names", names);
        let (programs, users) = (list("name")?, list("user")?);
        match (args.value("cgroup"), programs, users) {
            (Some(_), Some(_), _) => Err(Stop::usage("--cgroup", "not with --name")),
            (Some(_), _, Some(_)) => Err(Stop::usage("--cgroup", "not with --user")),
            (_, Some(_), Some(_)) => Err(Stop::usage("--name", "not with --user")),
            (Some(folder), None, None) => Ok(Choice::Cgroup(folder.into())),
            (None, None, Some(users)) => Ok(Choice::Users(users)),
            (None, programs, None) => Ok(Choice::Programs(
                programs.or_else(|| names(PROGRAMS.as_bytes())).unwrap_or_default(),
            )),
        }
    }
}

/// The names of a list such as `imap,pop3`, none of them empty.
fn names(list: &[u8]) -> Option<Vec<Vec<u8>>> {
    let names: Vec<_> = list.split(|byte| *byte == b',').map(<[u8]>::to_vec).collect();
    names.iter().all(|name| !name.is_empty()).then_some(names)
}

/// The group.
#[derive(Debug)]
pub enum Group {
    /// Processes of these programs, the names cut as the kernel cuts them.
    Programs(Vec<Vec<u8>>),
    /// Processes with these effective users.
    Users(Vec<u32>),
    /// Processes of a control group and of those below it.
    Cgroup(PathBuf),
}

impl Group {
    /// The group of that choice; the names of users are looked up. An error if there is no such
    /// control group.
    pub fn new(choice: &Choice) -> Result<Self, Stop> {
        Ok(match choice {
            Choice::Programs(names) => {
                let cut = |name: &Vec<u8>| name[..name.len().min(NAME_BYTES)].to_vec();
                Group::Programs(names.iter().map(cut).collect())
            }
            Choice::Users(users) => {
                Group::Users(users.iter().map(|user| uid(user)).collect::<Result<_, _>>()?)
            }
            Choice::Cgroup(folder) => {
                // one that goes later may come again
                fs::metadata(folder).map_err(Stop::io(folder))?;
                Group::Cgroup(folder.clone())
            }
        })
    }

    /// The numbers of its processes, where they are listed somewhere.
    pub fn listed(&self) -> io::Result<HashSet<i32>> {
        match self {
            Group::Programs(_) | Group::Users(_) => Ok(HashSet::new()),
            Group::Cgroup(folder) => pids(folder),
        }
    }

    /// What it has used so far, if something counts that.
    pub fn usage(&self) -> Option<Usage> {
        match self {
            Group::Programs(_) | Group::Users(_) => None,
            Group::Cgroup(folder) => {
                let text = read(&folder.join("cpu.stat")).ok()?;
                let usage = text.lines().find_map(|line| line.strip_prefix("usage_usec "))?;
                let inode = fs::metadata(folder).ok()?.ino();
                Some(Usage { inode, micros: number(usage.as_bytes())? })
            }
        }
    }
}

/// The processor time that a control group has used.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Of the folder; one that was made anew, as when a service is restarted, has another.
    inode: u64,
    micros: u64,
}

impl Usage {
    /// The microseconds that were used since `before`; all of them if it did not exist then.
    pub fn since(self, before: Option<Self>) -> u64 {
        let before = before.filter(|before| before.inode == self.inode);
        self.micros.saturating_sub(before.map_or(0, |before| before.micros))
    }
}

/// The number of a user of whom the name or the number is given.
fn uid(user: &[u8]) -> Result<u32, Stop> {
    let parse = |digits: &[u8]| number(digits).and_then(|number| u32::try_from(number).ok());
    if let Some(uid) = parse(user) {
        return Ok(uid);
    }
    let path = Path::new("/etc/passwd");
    let text = read_regular(path, LONGEST_BYTES).map_err(Stop::io(path))?;
    let uid = text.split(|byte| *byte == b'\n').find_map(|line| {
        let mut fields = line.split(|byte| *byte == b':');
        (fields.next() == Some(user)).then(|| fields.nth(1).and_then(parse)).flatten()
    });
    uid.ok_or_else(|| {
        let what = format!("{} has no user {}", path.display(), tsv::visible(user));
        Stop::usage("--user", what)
    })
}

/// The processes of a control group and of all below it.
fn pids(top: &Path) -> io::Result<HashSet<i32>> {
    let (mut pids, mut folders) = (HashSet::new(), vec![top.to_owned()]);
    while let Some(folder) = folders.pop() {
        match list(&folder, &mut pids) {
            Ok(inside) => folders.extend(inside),
            // removed meanwhile; its processes had ended
            Err(_) if folder != top && !folder.exists() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(pids)
}

/// Adds the processes of one control group; gives the folders of those below it.
fn list(folder: &Path, pids: &mut HashSet<i32>) -> io::Result<Vec<PathBuf>> {
    for line in read(&folder.join("cgroup.procs"))?.lines() {
        // 0 stands for a process that cannot be seen from here
        let pid = line.parse().ok().filter(|pid| *pid > 0);
        pids.insert(pid.ok_or_else(|| io::Error::other("a process that cannot be seen"))?);
    }
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    Ok(folders)
}

fn read(path: &Path) -> io::Result<String> {
    let text = read_regular(path, LONGEST_BYTES)?;
    String::from_utf8(text).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_group_that_is_made_anew_begins_at_zero() {
        let usage = |inode, micros| Usage { inode, micros };
        assert_eq!(usage(1, 50).since(Some(usage(1, 20))), 30);
        assert_eq!(usage(2, 50).since(Some(usage(1, 20))), 50);
        assert_eq!(usage(2, 50).since(None), 50);
    }

    #[test]
    fn the_manual_lists_the_programs() {
        let page = include_str!("../../../man/server-sample.1");
        let (_, list) = page.split_once("-offset indent\nqmail-send").unwrap();
        let (list, _) = list.split_once("\n.Ed").unwrap();
        assert_eq!(format!("qmail-send{list}").replace(", ", ",").replace(",\n", ","), PROGRAMS);
    }
}
