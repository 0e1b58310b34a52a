//! Invitations and reminders sent together.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum WaveCommand {
    /// Invites listed people, all at once or some.
    #[command(
        after_help = "Examples:\n  conclave wave send netconf-2019 --all-listed --dry-run\n  conclave wave send netconf-2019 --email ada@example.org --reply-by 2019-05-24 --yes"
    )]
    Send(WaveSend),
    /// Lists the waves of an event.
    #[command(after_help = "Example:\n  conclave wave list netconf-2019")]
    List {
        /// Short name of the event, as in its addresses.
        slug: String,
    },
    /// Stops what has not left yet.
    #[command(after_help = "Example:\n  conclave wave stop netconf-2019 2")]
    Stop {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Such as `2`, or `r1` for the first reminder.
        number: String,
    },
}

#[derive(Args, Debug)]
pub struct WaveSend {
    /// Short name of the event, as in its addresses.
    pub slug: String,
    #[command(flatten)]
    pub whom: Whom,
    /// Last day to answer [default: proposed from the time left].
    #[arg(long, value_name = "DATE")]
    pub reply_by: Option<NaiveDate>,
    #[command(flatten)]
    pub letter: Letter,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub struct Whom {
    /// Everybody who is listed.
    #[arg(long)]
    pub all_listed: bool,
    /// These people; repeat it or separate with commas.
    #[arg(long, value_name = "E", value_delimiter = ',', num_args = 1..)]
    pub email: Vec<String>,
    /// Listed people with this tag.
    #[arg(long, value_name = "T")]
    pub tag: Option<String>,
}

#[derive(Args, Debug)]
pub struct Remind {
    /// Short name of the event, as in its addresses.
    pub slug: String,
    #[command(flatten)]
    pub letter: Letter,
}

/// What is written, and how it is sent.
#[derive(Args, Debug)]
pub struct Letter {
    /// Subject line [default: made from the event].
    #[arg(long)]
    pub subject: Option<String>,
    /// Text of the letter; knows {first_name} {name} {link} {answer_by} {personal_line}.
    #[arg(long, value_name = "FILE")]
    pub body: Option<PathBuf>,
    /// Minutes in which it can be stopped before the first mail leaves.
    #[arg(long, value_name = "MIN", default_value_t = 0)]
    pub hold: u32,
    /// Prints who gets it, who is left out and why, and one whole mail; sends nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Does not ask.
    #[arg(long)]
    pub yes: bool,
}
