//! Logs on standard error, for people or as JSON lines.
//!
//! Libraries that would write requests, SQL or mail conversations are capped whatever is asked for:
//! at their debug level, personal links, addresses and passwords pass by. Our own code never logs
//! them (the span's path is the route's template, never the address).

use std::io::{self, IsTerminal as _};

use anyhow::{Context as _, Result};
use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

use crate::config::Telemetry;

/// Starts logging for the rest of the process.
pub fn start(settings: &Telemetry, level: Option<&str>) -> Result<()> {
    let filter = EnvFilter::try_new(level.unwrap_or(&settings.log)).context("telemetry.log")?;
    let filter = filter.and(filter_fn(within_cap));
    let layer = if settings.json {
        fmt::layer().json().with_writer(io::stderr).boxed()
    } else {
        let colours = io::stderr().is_terminal();
        fmt::layer().compact().with_ansi(colours).with_target(false).with_writer(io::stderr).boxed()
    };
    tracing_subscriber::registry().with(layer.with_filter(filter)).try_init().context("logging started twice")
}

/// Crates whose debug output holds what must not be kept.
const CAPPED: [(&str, LevelFilter); 7] = [
    ("lettre", LevelFilter::INFO),
    ("sqlx", LevelFilter::WARN),
    ("sea_orm", LevelFilter::WARN),
    ("sea_orm_migration", LevelFilter::WARN),
    ("hyper", LevelFilter::ERROR),
    ("hyper_util", LevelFilter::ERROR),
    ("rustls", LevelFilter::WARN),
];

fn within_cap(metadata: &Metadata<'_>) -> bool {
    let krate = metadata.target().split("::").next().unwrap_or_default();
    CAPPED.iter().find(|(name, _)| *name == krate).is_none_or(|(_, cap)| *metadata.level() <= *cap)
}
