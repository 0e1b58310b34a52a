//! People proposed for an event.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum CandidatesCommand {
    /// Proposes somebody, with a reason. Nobody is written to.
    #[command(
        after_help = "Example:\n  conclave candidates add netconf-2019 ada@example.org --name \"Ada Lovelace\" --reason \"Wrote the first one\""
    )]
    Add(CandidateAdd),
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
        #[arg(long, value_name = "COLUMN", default_value = "name", allow_hyphen_values = true)]
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
