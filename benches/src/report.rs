//! The figures, as a table for people and as JSON for comparing.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::load::Round;
use crate::options::Options;

/// What the figures were measured with.
const SETTINGS: &str = "Settings as they come: mail captured, 30 messages a minute. Links that work have no limit on attempts, \
                        so none was changed; the wave before the measurement left without a rate.";

/// What was measured of one kind of request.
pub struct Measured {
    name: &'static str,
    connections: usize,
    /// CPU ms a request.
    goal: Option<f64>,
    rounds: Vec<Round>,
}

impl Measured {
    pub fn new(name: &'static str, connections: usize, goal: Option<f64>, rounds: Vec<Round>) -> Self {
        Self { name, connections, goal, rounds }
    }

    fn best(&self, of: impl Fn(&Round) -> f64, better: impl Fn(f64, f64) -> f64) -> f64 {
        self.rounds.iter().map(of).reduce(better).unwrap_or_default()
    }

    fn median(&self, of: impl Fn(&Round) -> f64) -> f64 {
        median(self.rounds.iter().map(of).collect())
    }

    /// The program's and the database's.
    fn cpu(round: &Round) -> f64 {
        round.cpu_ms + round.database_cpu_ms.unwrap_or_default()
    }

    fn json(&self) -> Value {
        let figure = |of: fn(&Round) -> f64, better: fn(f64, f64) -> f64| {
            let each: Vec<f64> = self.rounds.iter().map(of).collect();
            json!({ "best": self.best(of, better), "median": self.median(of), "rounds": each })
        };
        json!({
            "name": self.name,
            "connections": self.connections,
            "requests_a_round": self.rounds.first().map(|round| round.requests),
            "requests_per_second": figure(|round| round.per_second, f64::max),
            "cpu_ms": figure(Self::cpu, f64::min),
            "cpu_ms_of_the_program": figure(|round| round.cpu_ms, f64::min),
            "p50_ms": figure(|round| round.p50_ms, f64::min),
            "p99_ms": figure(|round| round.p99_ms, f64::min),
            "goal_cpu_ms": self.goal,
        })
    }
}

/// Everything a run found out.
pub struct Figures {
    pub options: Options,
    pub version: String,
    pub machine: String,
    pub load_average: String,
    pub database: String,
    pub measured: Vec<Measured>,
    pub idle_mib: f64,
    pub peak_mib: f64,
    pub start_ms: Vec<f64>,
    pub binary_mib: f64,
}

impl Figures {
    /// The table.
    pub fn print(&self) -> Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}, release; {}; {}", self.version, self.machine, self.database)?;
        writeln!(
            out,
            "{} invitations, {} rounds; load average at the end {}",
            self.options.invitations, self.options.rounds, self.load_average
        )?;
        writeln!(out, "{SETTINGS}\n")?;
        writeln!(
            out,
            "{:<16}{:>8}{:>9}{:>10}{:>8}{:>9}{:>8}{:>9}{:>9}{:>13}{:>8}",
            "",
            "at once",
            "requests",
            "a second",
            "median",
            "CPU ms",
            "median",
            "p50 ms",
            "p99 ms",
            "x /healthz",
            "goal"
        )?;
        let base = self.measured.first().map_or(0.0, |first| first.median(Measured::cpu));
        for one in &self.measured {
            writeln!(
                out,
                "{:<16}{:>8}{:>9}{:>10.0}{:>8.0}{:>9.3}{:>8.3}{:>9.1}{:>9.1}{:>13.1}{:>8}",
                one.name,
                one.connections,
                one.rounds.first().map_or(0, |round| round.requests),
                one.best(|round| round.per_second, f64::max),
                one.median(|round| round.per_second),
                one.best(Measured::cpu, f64::min),
                one.median(Measured::cpu),
                one.median(|round| round.p50_ms),
                one.median(|round| round.p99_ms),
                one.median(Measured::cpu) / base,
                one.goal.map(|goal| format!("{goal:.1}")).unwrap_or_default()
            )?;
        }
        writeln!(out)?;
        writeln!(out, "{:<24}{:>8.1} MiB   goal 50", "Memory, idle", self.idle_mib)?;
        writeln!(out, "{:<24}{:>8.1} MiB", "Memory, peak", self.peak_mib)?;
        let start = median(self.start_ms.clone());
        let best = self.start_ms.iter().copied().fold(f64::INFINITY, f64::min);
        writeln!(
            out,
            "{:<24}{start:>8.1} ms    goal 300 (median of {}; best {best:.1})",
            "Start to first 200",
            self.start_ms.len()
        )?;
        writeln!(out, "{:<24}{:>8.1} MiB   goal 60", "Binary", self.binary_mib)?;
        Ok(())
    }

    /// The same and every round.
    pub fn write(&self, file: &Path) -> Result<()> {
        let figures = json!({
            "format": 1,
            "date": today(),
            "version": self.version,
            "machine": self.machine,
            "load_average": self.load_average,
            "database": self.database,
            "settings": SETTINGS,
            "invitations": self.options.invitations,
            "requests": self.measured.iter().map(Measured::json).collect::<Vec<_>>(),
            "idle_mib": self.idle_mib,
            "peak_mib": self.peak_mib,
            "start_ms": self.start_ms,
            "binary_mib": self.binary_mib,
        });
        fs::write(file, serde_json::to_string_pretty(&figures)? + "\n")
            .with_context(|| format!("writing {}", file.display()))?;
        progress(&format!("every round: {}", file.display()))
    }
}

/// A word on what is being done.
pub fn progress(what: &str) -> Result<()> {
    Ok(writeln!(std::io::stderr(), "{what}")?)
}

fn today() -> String {
    let asked = Command::new("date").args(["-u", "+%Y-%m-%d"]).output();
    asked.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned()).unwrap_or_default()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
