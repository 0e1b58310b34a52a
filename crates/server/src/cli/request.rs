//! What invitees asked for after answers closed.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum RequestCommand {
    /// Lists the wishes that wait, in the order they were made.
    #[command(after_help = "Example:\n  conclave request list netconf-2019")]
    List {
        /// Short name of the event, as in its addresses.
        slug: String,
    },
    /// Grants a wish: the answer is recorded, with a receipt.
    #[command(
        after_help = "Example:\n  conclave request grant netconf-2019 ada@example.org --override \"A chair was found\""
    )]
    Grant {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Address or public id.
        #[arg(value_name = "EMAIL")]
        who: String,
        /// Goes beyond the number of seats, with this reason.
        #[arg(long = "override", value_name = "REASON")]
        override_reason: Option<String>,
    },
    /// Turns a wish down; the answer stays as it was.
    #[command(after_help = "Example:\n  conclave request decline netconf-2019 ada@example.org --tell")]
    Decline {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Address or public id.
        #[arg(value_name = "EMAIL")]
        who: String,
        /// Says so by mail; else in silence.
        #[arg(long)]
        tell: bool,
    },
}
