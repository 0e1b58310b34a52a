//! Answers that reached the committee another way.

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum AnswerCommand {
    /// Records an answer on behalf of an invitee, who gets a receipt.
    #[command(
        after_help = "Example:\n  conclave answer record netconf-2019 ada@example.org accepted --via mail --note \"Wrote on Monday\""
    )]
    Record(AnswerRecord),
}

#[derive(Args, Debug)]
pub struct AnswerRecord {
    /// Short name of the event, as in its addresses.
    pub slug: String,
    /// Address or public id.
    #[arg(value_name = "EMAIL")]
    pub who: String,
    /// What they answered.
    #[arg(value_enum)]
    pub answer: AnswerWord,
    /// How it reached the committee.
    #[arg(long, value_enum)]
    pub via: ViaWord,
    /// For the committee; the invitee does not see it.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Mails a receipt, which is the default.
    #[arg(long, overrides_with = "no_receipt")]
    pub receipt: bool,
    /// Mails none.
    #[arg(long)]
    pub no_receipt: bool,
    /// Takes part remotely.
    #[arg(long)]
    pub remote: bool,
    /// Their consent to be on the public list.
    #[arg(long, value_enum)]
    pub listed: Option<YesNo>,
    /// Tentative: funding, visa, employer or other.
    #[arg(long, value_name = "WORD")]
    pub reason: Option<String>,
    /// Tentative: when they will know.
    #[arg(long, value_name = "DATE")]
    pub until: Option<NaiveDate>,
    /// What they said about being asked again; it holds for them at every event.
    #[arg(long, value_enum, value_name = "WORD")]
    pub next_time: Option<NextTimeWord>,
    /// Goes beyond the limit of seats, for this logged reason.
    #[arg(long = "override", value_name = "REASON")]
    pub override_reason: Option<String>,
}

/// Answers in the calendar world's words (decision 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnswerWord {
    Accepted,
    Tentative,
    Declined,
    Waiting,
    Cancelled,
}

/// What somebody said about being asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum NextTimeWord {
    /// Ask me next time.
    Ask,
    /// Do not ask me again.
    Never,
    /// It does not matter; takes back what was said.
    Either,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ViaWord {
    Mail,
    Spoken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum YesNo {
    Yes,
    No,
}
