//! The outbox and checks of mail.

use clap::Subcommand;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use conclave_core::purpose::{PURPOSES, Purpose};

#[derive(Debug, Subcommand)]
pub enum OutboxCommand {
    /// Lists messages, newest first.
    #[command(after_help = "Example:\n  conclave outbox list --state uncertain,failed")]
    List {
        /// held, queued, sending, waiting, handed_over, uncertain, failed, dropped, stopped; several with commas.
        #[arg(long, value_name = "S,...", value_delimiter = ',')]
        state: Vec<String>,
        /// Only those of one event.
        #[arg(long, value_name = "SLUG")]
        event: Option<String>,
    },
    /// Prints one message: its state, its tries, and its text with the link masked.
    #[command(after_help = "Example:\n  conclave outbox show 0198c2d4-7a11-7000-8000-5c1b6f0e1a2b")]
    Show {
        /// Id of the message, as `outbox list` prints it.
        id: String,
    },
    /// Sends a failed or uncertain message again, with the same bytes.
    #[command(after_help = "Example:\n  conclave outbox retry 0198c2d4-7a11-7000-8000-5c1b6f0e1a2b")]
    Retry {
        /// Id of the message, as `outbox list` prints it.
        id: String,
    },
    /// Gives a message up.
    #[command(after_help = "Example:\n  conclave outbox drop 0198c2d4-7a11-7000-8000-5c1b6f0e1a2b")]
    Drop {
        /// Id of the message, as `outbox list` prints it.
        id: String,
    },
    /// Lets mail leave again after the relay's refusals stopped it.
    #[command(after_help = "Example:\n  conclave outbox resume")]
    Resume,
}

#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// Sends one test message to an address at once and shows what the relay says.
    #[command(after_help = "Example:\n  conclave mail test me@example.org")]
    Test {
        /// Address that the message goes to.
        address: String,
    },
    /// The texts of automatic mail.
    #[command(subcommand)]
    Templates(TemplatesCommand),
}

#[derive(Debug, Subcommand)]
pub enum TemplatesCommand {
    /// Renders every template with samples and says what is wrong.
    #[command(after_help = "Example:\n  conclave mail templates check")]
    Check,
    /// Prints whole messages as they are sent, headers included, to a made-up person.
    ///
    /// One is printed as it is, several as a mailbox (mbox), which mail programs open.
    #[command(after_help = "Example:\n  conclave mail templates show invitation reminder receipt")]
    Show {
        /// One or several purposes, such as `invitation`, `reminder` and `receipt`.
        #[arg(required = true, value_name = "PURPOSE", value_parser = purpose())]
        purposes: Vec<Purpose>,
    },
}

/// One of the purposes, by its word.
fn purpose() -> impl TypedValueParser<Value = Purpose> {
    PossibleValuesParser::new(PURPOSES.map(Purpose::as_str))
        .try_map(|word| Purpose::parse(&word).ok_or("not a purpose of a mail"))
}
