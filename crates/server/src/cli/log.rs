//! The record.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Log {
    #[command(subcommand)]
    pub command: Option<LogCommand>,
    #[command(flatten)]
    pub show: LogShow,
}

#[derive(Debug, Subcommand)]
pub enum LogCommand {
    /// Reads the chain of the record from its first entry and says whether it is whole.
    ///
    /// Every entry carries a hash of itself and the entry before it. Note down the number and hash that are
    /// printed: whoever has them can tell later that nothing before was rewritten. Exits with 1 when an
    /// entry was changed or is gone, and names the first.
    #[command(after_help = "Example:\n  conclave log verify netconf-2019")]
    Verify {
        /// Short name of an event; without it every event, and what concerns none.
        slug: Option<String>,
    },
}

#[derive(Args, Debug)]
pub struct LogShow {
    /// Short name of the event, as in its addresses; without it what concerns no event, such as accounts.
    pub slug: Option<String>,
    /// Only of this member, by name or address; or `invitee`, `operator`, `system`.
    #[arg(long, value_name = "WHO")]
    pub who: Option<String>,
    /// Only of this kind.
    #[arg(long, value_enum)]
    pub what: Option<KindWord>,
    /// Only about somebody or something: part of a name, or a public id.
    #[arg(long, value_name = "TEXT")]
    pub whom: Option<String>,
    /// From this day on, in the event's zone.
    #[arg(long, value_name = "DATE")]
    pub since: Option<NaiveDate>,
    /// Up to this day, in the event's zone.
    #[arg(long, value_name = "DATE")]
    pub until: Option<NaiveDate>,
    /// Only lines that give a reason: overrides, withdrawing, reopening.
    #[arg(long)]
    pub reasons: bool,
    /// At most so many lines, the newest.
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Writes a file's format instead of a table.
    #[arg(long, value_enum)]
    pub format: Option<LogFormat>,
    /// File to write instead of standard output.
    #[arg(long, short, value_name = "FILE", requires = "format")]
    pub output: Option<PathBuf>,
}

/// Kinds of lines, as core names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindWord {
    Answers,
    People,
    Mail,
    Topics,
    Event,
    Exports,
}

impl KindWord {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answers => "answers",
            Self::People => "people",
            Self::Mail => "mail",
            Self::Topics => "topics",
            Self::Event => "event",
            Self::Exports => "exports",
        }
    }
}

/// Formats of the record as a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Csv,
    Json,
    Txt,
}
