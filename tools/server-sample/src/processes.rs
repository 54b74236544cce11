//! The processes of the machine, and what those of the group hold.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use procfs::FromRead;
use procfs::process::{SmapsRollup, Stat};

use crate::cpu::Times;
use crate::group::Group;

const PROC: &str = "/proc";

/// All processes at one moment, as near as they can be seen together.
#[derive(Debug)]
pub struct Table {
    /// The processor time of each, by its number.
    pub times: HashMap<i32, Times>,
    /// The numbers of those of the group that have not ended.
    pub members: Vec<i32>,
    /// How many threads these have.
    pub threads: u64,
}

impl Table {
    /// Looks at all processes. An error if one cannot be looked at, since it may be of the group.
    pub fn read(group: &Group) -> io::Result<Self> {
        let listed = group.listed()?;
        let mut table = Table { times: HashMap::new(), members: Vec::new(), threads: 0 };
        for entry in fs::read_dir(PROC)? {
            let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            let Some(stat) = stat(pid)? else { continue };
            let in_group = match group {
                Group::Programs(names) => names.iter().any(|name| name == stat.comm.as_bytes()),
                Group::Users(users) => {
                    fs::metadata(folder(pid)).is_ok_and(|found| users.contains(&found.uid()))
                }
                Group::Cgroup(_) => listed.contains(&pid),
            };
            table.add(&stat, in_group);
        }
        Ok(table)
    }

    fn add(&mut self, stat: &Stat, in_group: bool) {
        let times = Times {
            started: stat.starttime,
            parent: stat.ppid,
            own: stat.utime.saturating_add(stat.stime),
            waited: u64::try_from(stat.cutime.saturating_add(stat.cstime)).unwrap_or(0),
            in_group,
        };
        self.times.insert(stat.pid, times);
        // what has ended stays until its parent waits for it
        if in_group && !matches!(stat.state, 'Z' | 'X') {
            self.members.push(stat.pid);
            self.threads += u64::try_from(stat.num_threads).unwrap_or(0);
        }
    }

    /// The sum of the members' proportional set sizes, in KiB; `None` if one cannot be read.
    pub fn memory_kib(&self) -> Option<u64> {
        self.sum(|pid| {
            let rollup = SmapsRollup::from_file(folder(pid).join("smaps_rollup")).ok()?;
            let bytes = rollup.memory_map_rollup.0.first()?.extension.map.get("Pss")?;
            Some(bytes / 1024)
        })
    }

    /// How many descriptors the members have open; `None` if those of one cannot be read.
    pub fn open_files(&self) -> Option<u64> {
        self.sum(|pid| descriptors(pid).ok())
    }

    fn sum(&self, read: impl Fn(i32) -> Option<u64>) -> Option<u64> {
        self.members.iter().try_fold(0_u64, |sum, pid| match read(*pid) {
            Some(found) => sum.checked_add(found),
            None if holds_nothing(*pid) => Some(sum),
            None => None,
        })
    }
}

/// Has a process ended by now, or is it one of the kernel? Then it has no memory and no descriptors,
/// and cannot always be asked for them.
fn holds_nothing(pid: i32) -> bool {
    stat(pid).is_ok_and(|stat| stat.is_none_or(|stat| stat.vsize == 0))
}

/// What the kernel says of a process; nothing if it has ended since it was listed.
fn stat(pid: i32) -> io::Result<Option<Stat>> {
    match Stat::from_file(folder(pid).join("stat")) {
        Ok(stat) => Ok(Some(stat)),
        Err(_) if !folder(pid).exists() => Ok(None),
        Err(error) => Err(io::Error::other(error)),
    }
}

/// How many descriptors a process has open.
fn descriptors(pid: i32) -> io::Result<u64> {
    let folder = folder(pid).join("fd");
    match fs::metadata(&folder)?.len() {
        // none, or a kernel before 6.2, which does not count them
        0 => Ok(fs::read_dir(folder)?.count() as u64),
        count => Ok(count),
    }
}

fn folder(pid: i32) -> PathBuf {
    Path::new(PROC).join(pid.to_string())
}
