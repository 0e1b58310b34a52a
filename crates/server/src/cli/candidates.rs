//! People proposed for an event.

use clap::{Args, Subcommand};

use super::event::EarlierWord;

#[derive(Debug, Subcommand)]
pub enum CandidatesCommand {
    /// Proposes somebody, with a reason. Nobody is written to.
    #[command(
        after_help = "Example:\n  conclave candidates add netconf-2019 ada@example.org --name \"Ada Lovelace\" --reason \"Wrote the first one\""
    )]
    Add(CandidateAdd),
    /// Proposes whom a log, a file, an archive or an earlier event names, with the count as the reason.
    #[command(
        after_help = "FILE `-` is standard input; with --from event it is the short name of the earlier event.\n\nExamples:\n  git shortlog -sne --since=1.year | conclave candidates seed netconf-2019 --from shortlog - --top 50\n  conclave candidates seed netconf-2019 --from maintainers MAINTAINERS --dry-run\n  conclave candidates seed netconf-2019 --from mbox netdev.mbox --min 20\n  conclave candidates seed netconf-2019 --from event netconf-2018 --who attendees"
    )]
    Seed(CandidateSeed),
    /// Lists candidates. With --as, the votes of others are there once that member voted.
    #[command(after_help = "Example:\n  conclave candidates list netconf-2019 --sort votes")]
    List {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Those who were turned down.
        #[arg(long)]
        refused: bool,
        /// Part of a name, an address, an affiliation or a tag.
        #[arg(long, value_name = "Q")]
        query: Option<String>,
        /// name, votes, since or affiliation; a leading - turns it round.
        #[arg(long, value_name = "COLUMN", default_value = "name", allow_hyphen_values = true, value_parser = column)]
        sort: String,
    },
    /// Prints why somebody was proposed and what to know about them.
    #[command(after_help = "Example:\n  conclave candidates show netconf-2019 ada@example.org")]
    Show {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Address or public id.
        #[arg(value_name = "EMAIL")]
        who: String,
    },
    /// Casts or changes a member's vote.
    #[command(
        after_help = "Example:\n  conclave candidates vote netconf-2019 ada@example.org +1 --as davem@example.org"
    )]
    Vote {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Address or public id.
        #[arg(value_name = "EMAIL")]
        who: String,
        /// +1, 0 or -1.
        #[arg(allow_hyphen_values = true)]
        vote: String,
    },
    /// Puts candidates on the list; the reasons become a private note. Nobody is written to.
    #[command(after_help = "Example:\n  conclave candidates accept netconf-2019 ada@example.org")]
    Accept(CandidateDecision),
    /// Turns candidates down. They are never told.
    #[command(
        after_help = "Example:\n  conclave candidates refuse netconf-2019 ada@example.org --reason \"No room\""
    )]
    Refuse(CandidateDecision),
}

#[derive(Args, Debug)]
pub struct CandidateAdd {
    /// Short name of the event, as in its addresses.
    pub slug: String,
    /// Their address; may be left out when there is a name.
    #[arg(value_name = "EMAIL")]
    pub email: Option<String>,
    /// Their name.
    #[arg(long)]
    pub name: Option<String>,
    /// Whom they work for.
    #[arg(long, default_value = "")]
    pub affiliation: String,
    /// Why them.
    #[arg(long)]
    pub reason: String,
    /// Proposes them although they were turned down before.
    #[arg(long)]
    pub again: bool,
}

#[derive(Args, Debug)]
pub struct CandidateSeed {
    /// Short name of the event, as in its addresses.
    pub slug: String,
    /// What FILE is.
    #[arg(long, value_enum)]
    pub from: EvidenceWord,
    /// The file, `-`, or the earlier event.
    #[arg(value_name = "FILE")]
    pub file: String,
    /// Takes this many from the top [default: all].
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Leaves out who has less.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub min: u32,
    /// Whom of an earlier event.
    #[arg(long, value_enum, default_value = "attendees")]
    pub who: EarlierWord,
    /// Says what would happen and changes nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// Where candidates are counted out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum EvidenceWord {
    /// Output of `git shortlog -sne`.
    Shortlog,
    /// A MAINTAINERS file.
    Maintainers,
    /// A mail archive.
    Mbox,
    /// Another event.
    Event,
}

#[derive(Args, Debug)]
pub struct CandidateDecision {
    /// Short name of the event, as in its addresses.
    pub slug: String,
    /// Addresses or public ids.
    #[arg(required = true, value_name = "EMAIL")]
    pub who: Vec<String>,
    /// Why; it is kept in the log, and needed for whoever asked not to be asked again.
    #[arg(long, default_value = "")]
    pub reason: String,
}

/// A column to sort by, with a `-` before it to turn it round.
fn column(typed: &str) -> Result<String, String> {
    const COLUMNS: [&str; 4] = ["name", "votes", "since", "affiliation"];
    if COLUMNS.contains(&typed.strip_prefix('-').unwrap_or(typed)) {
        Ok(typed.to_owned())
    } else {
        Err(format!("the columns are {}", COLUMNS.join(", ")))
    }
}
