//! Proposed topics.

use clap::{Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum TopicsCommand {
    /// Lists topics with their ids.
    #[command(after_help = "Example:\n  conclave topics list netconf-2019")]
    List {
        /// Short name of the event, as in its addresses.
        slug: String,
    },
    /// Decides about one topic.
    #[command(after_help = "Example:\n  conclave topics decide netconf-2019 7 accept")]
    Decide {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Its number in the event.
        id: u32,
        /// What becomes of it.
        #[arg(value_enum)]
        decision: DecisionWord,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DecisionWord {
    Accept,
    Discuss,
    Park,
    Decline,
}
