//! Balance of the list, and who outside the committee may name people.

use clap::{Args, Subcommand};

#[derive(Args, Debug)]
pub struct BalanceOptions {
    /// Short name of the event, as in its addresses.
    pub slug: String,
    /// Sets a soft cap first: `tag:WORD=N`, `affiliation=N` for any one, `affiliation:NAME=N`,
    /// `first-timers=N`; `off` takes one away.
    #[arg(long, value_name = "WHAT=N")]
    pub cap: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum QuotaCommand {
    /// Lets somebody name a number of people, who carry the quota's tag.
    #[command(
        after_help = "Example:\n  conclave quota add netconf-2019 \"Sponsor A\" --people 3 --tag sponsor-a --holder \"Ada Lovelace\""
    )]
    Add {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// What the quota is called.
        name: String,
        /// How many they may name.
        #[arg(long, value_name = "N")]
        people: u32,
        /// Tag of the people they named.
        #[arg(long, value_name = "TAG")]
        tag: String,
        /// Who names them.
        #[arg(long, value_name = "WHO")]
        holder: Option<String>,
    },
    /// Lists quotas and how many were named.
    #[command(after_help = "Example:\n  conclave quota list netconf-2019")]
    List {
        /// Short name of the event, as in its addresses.
        slug: String,
    },
    /// Takes a quota away; people keep their tags.
    #[command(after_help = "Example:\n  conclave quota remove netconf-2019 \"Sponsor A\"")]
    Remove {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// What the quota is called.
        name: String,
    },
}
