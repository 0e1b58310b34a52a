//! What a process has spent and holds, as Linux tells it below `/proc`.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Processor time since the processes began.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    pub program: Duration,
    /// Of the database's own processes, where they could be found.
    pub database: Option<Duration>,
}

impl Spent {
    pub fn since(self, before: Self) -> Self {
        Self {
            program: self.program.saturating_sub(before.program),
            database: match (self.database, before.database) {
                (Some(after), Some(before)) => Some(after.saturating_sub(before)),
                _ => None,
            },
        }
    }
}

/// Reads what the program, and the database server if it is one, have spent.
#[derive(Clone, Debug)]
pub struct Cost {
    program: u32,
    database: Option<u32>,
    tick: Duration,
}

impl Cost {
    /// Of the program with this id, and of the database server with that one and its children.
    pub fn of(program: u32, database: Option<u32>) -> Self {
        let asked = Command::new("getconf").arg("CLK_TCK").output();
        let ticks = asked.ok().and_then(|said| String::from_utf8_lossy(&said.stdout).trim().parse().ok());
        Self { program, database, tick: Duration::from_secs(1) / ticks.unwrap_or(100) }
    }

    pub fn read(&self) -> Result<Spent> {
        let program = Stat::of(self.program).context("the server is gone")?.own;
        let database = self.database.and_then(|server| {
            let all = Stat::of(server)?;
            let living: u32 = children(server).iter().filter_map(|id| Some(Stat::of(*id)?.own)).sum();
            Some(all.own + all.of_dead_children + living)
        });
        Ok(Spent { program: self.tick * program, database: database.map(|ticks| self.tick * ticks) })
    }
}

/// Processor time in ticks, user and system together.
struct Stat {
    own: u32,
    of_dead_children: u32,
    parent: u32,
}

impl Stat {
    fn of(process: u32) -> Option<Self> {
        let line = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The name in parentheses may hold anything; what follows it are numbers, beginning with field 3.
        let (_, rest) = line.rsplit_once(") ")?;
        let fields: Vec<&str> = rest.split(' ').collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u32>().ok();
        Some(Self {
            own: field(14)? + field(15)?,
            of_dead_children: field(16)? + field(17)?,
            parent: field(4)?,
        })
    }
}

fn children(parent: u32) -> Vec<u32> {
    let Ok(all) = fs::read_dir("/proc") else { return Vec::new() };
    all.flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|id| Stat::of(*id).is_some_and(|stat| stat.parent == parent))
        .collect()
}

/// The PostgreSQL server that listens in the folder a URL names, if that is on this machine and ours to see.
pub fn database_processes(url: &str) -> Option<u32> {
    let (_, folder) = url.split_once("host=")?;
    let folder = folder.split('&').next()?;
    let file = fs::read_to_string(Path::new(folder).join("data/postmaster.pid")).ok()?;
    file.lines().next()?.trim().parse().ok()
}

/// `VmRSS` (held now) or `VmHWM` (the most ever held), in bytes.
pub fn memory(process: u32, which: &str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).context("the server is gone")?;
    let line = status.lines().find_map(|line| line.strip_prefix(which)?.strip_prefix(':'));
    let kib: u64 =
        line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).context("no memory")?;
    Ok(kib * 1024)
}

#[expect(clippy::cast_precision_loss, reason = "to one place")]
pub fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}

pub fn file_mib(file: &Path) -> Result<f64> {
    Ok(megabytes(fs::metadata(file)?.len()))
}

/// Cores and model.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let known = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = known
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown model", |(_, model)| model.trim());
    format!("{cores} cores, {model}")
}

/// How busy the machine was in the last minute, ours included.
pub fn load_average() -> String {
    let told = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split(' ').next().unwrap_or_default().to_owned()
}
