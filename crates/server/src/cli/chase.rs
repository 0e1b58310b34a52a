//! Whom to chase.

use clap::Args;
use clap::builder::PossibleValuesParser;
use conclave_core::chase::{REASONS, Reason};

#[derive(Args, Debug)]
pub struct Chase {
    /// Short name of the event, as in its addresses.
    pub slug: String,
    /// Only these reasons; repeat it or separate with commas.
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(REASONS.map(Reason::as_str)))]
    pub why: Vec<String>,
    /// Only those of whom we do not know that any mail arrived.
    #[arg(long)]
    pub not_reached: bool,
}
