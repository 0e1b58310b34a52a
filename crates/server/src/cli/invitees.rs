//! The people of an event.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum InviteesCommand {
    /// Reads a list of people: a table (CSV), JSON, or addresses as in a To: line.
    #[command(
        after_help = "Examples:\n  conclave invitees import netconf-2019 people.csv --dry-run\n  conclave invitees import netconf-2019 - < people.csv"
    )]
    Import(InviteesImport),
    /// Lists people with their state.
    #[command(after_help = "Example:\n  conclave invitees list netconf-2019 --state invited,bounced")]
    List {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// listed, queued, invited, bounced, accepted, tentative, waiting, declined, cancelled, lapsed,
        /// withdrawn, reserve; several with commas.
        #[arg(long, value_name = "S,...", value_delimiter = ',')]
        state: Vec<String>,
        /// Part of a name, an address, an affiliation or a tag.
        #[arg(long, value_name = "Q")]
        query: Option<String>,
        /// Only those who are to say again that they come.
        #[arg(long)]
        asked_again: bool,
        /// Only those who come and have not answered a question that is needed.
        #[arg(long)]
        details_missing: bool,
        /// Only the invited whom no mail reached.
        #[arg(long)]
        unreached: bool,
    },
    /// Prints everything about one person in an event.
    #[command(after_help = "Example:\n  conclave invitees show netconf-2019 ada@example.org")]
    Show {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Address or public id.
        #[arg(value_name = "EMAIL")]
        who: String,
    },
    /// Changes what is stored about one person in an event.
    #[command(
        after_help = "Keys: name, sort_key, first_name, affiliation, email, tags, note, mode, listed, arrival, departure, reply_by.\n\nExample:\n  conclave invitees set netconf-2019 ada@example.org affiliation=\"Analytical Engines\" tags=speaker,driver"
    )]
    Set {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Address or public id.
        #[arg(value_name = "EMAIL")]
        who: String,
        /// Settings; an empty value clears one.
        #[arg(required = true, value_name = "KEY=VALUE")]
        values: Vec<String>,
    },
    /// Closes invitations whose day to answer by has passed, where the event does not do so by itself.
    #[command(
        after_help = "Examples:\n  conclave invitees lapse netconf-2019 --overdue\n  conclave invitees lapse netconf-2019 ada@example.org"
    )]
    Lapse {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Addresses or public ids.
        #[arg(value_name = "EMAIL", required_unless_present = "overdue", conflicts_with = "overdue")]
        who: Vec<String>,
        /// Everybody whose day has passed.
        #[arg(long)]
        overdue: bool,
    },
    /// Whom those who do not come suggest in their place.
    #[command(
        after_help = "Examples:\n  conclave invitees suggestions netconf-2019 list\n  conclave invitees suggestions netconf-2019 take 1 --reserve"
    )]
    Suggestions {
        /// Short name of the event, as in its addresses.
        slug: String,
        #[command(subcommand)]
        what: SuggestionsCommand,
    },
    /// Ranked people who are invited when a seat comes free.
    #[command(
        after_help = "Examples:\n  conclave invitees reserve netconf-2019 add ada@example.org ben@example.org\n  conclave invitees reserve netconf-2019 move ben@example.org 1\n  conclave invitees reserve netconf-2019 list"
    )]
    Reserve {
        /// Short name of the event, as in its addresses.
        slug: String,
        #[command(subcommand)]
        what: ReserveCommand,
    },
    /// Prints the personal link of one person. The access is logged.
    #[command(after_help = "Example:\n  conclave invitees link netconf-2019 ada@example.org")]
    Link {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Address or public id.
        #[arg(value_name = "EMAIL")]
        who: String,
        /// Makes a new link; the old ones stop working.
        #[arg(long)]
        rotate: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum SuggestionsCommand {
    /// Lists suggestions that wait, oldest first.
    #[command(after_help = "Example:\n  conclave invitees suggestions netconf-2019 list --json")]
    List,
    /// Puts the one suggested on the list, in place of whoever suggested them.
    #[command(after_help = "Example:\n  conclave invitees suggestions netconf-2019 take 1 --reserve")]
    Take {
        /// Number in the list.
        number: usize,
        /// Puts them on the reserve instead.
        #[arg(long)]
        reserve: bool,
    },
    /// Leaves a suggestion aside; nobody is told.
    #[command(after_help = "Example:\n  conclave invitees suggestions netconf-2019 aside 1")]
    Aside {
        /// Number in the list.
        number: usize,
    },
}

#[derive(Debug, Subcommand)]
pub enum ReserveCommand {
    /// Puts listed people on the reserve, in this order behind those there.
    #[command(
        after_help = "Example:\n  conclave invitees reserve netconf-2019 add ada@example.org ben@example.org"
    )]
    Add {
        /// Addresses or public ids.
        #[arg(required = true, value_name = "EMAIL")]
        who: Vec<String>,
    },
    /// Takes people back to the list.
    #[command(after_help = "Example:\n  conclave invitees reserve netconf-2019 remove ada@example.org")]
    Remove {
        /// Addresses or public ids.
        #[arg(required = true, value_name = "EMAIL")]
        who: Vec<String>,
    },
    /// Moves somebody within the reserve; everybody else keeps their order.
    #[command(after_help = "Example:\n  conclave invitees reserve netconf-2019 move ada@example.org first")]
    Move {
        /// Address or public id.
        #[arg(value_name = "EMAIL")]
        who: String,
        /// up, down, first, last, or a rank from 1.
        #[arg(value_name = "WHERE")]
        to: String,
    },
    /// Lists the reserve in rank order, and who is next.
    #[command(after_help = "Example:\n  conclave invitees reserve netconf-2019 list --json")]
    List,
}

#[derive(Args, Debug)]
pub struct InviteesImport {
    /// Short name of the event, as in its addresses.
    pub slug: String,
    /// `-` is standard input.
    pub file: PathBuf,
    /// Says what would happen and changes nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// What to do with a column of topics: proposals, a private note, or nothing.
    #[arg(long, value_enum, default_value = "propose")]
    pub topics: TopicsHandling,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TopicsHandling {
    Propose,
    Note,
    Ignore,
}
