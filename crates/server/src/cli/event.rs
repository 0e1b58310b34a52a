//! Events and their settings.

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use conclave_core::event::KEYS;

#[derive(Debug, Subcommand)]
pub enum EventCommand {
    /// Makes an event and opens it for invitations.
    #[command(
        after_help = "Other keys (see `event set --help`) go after --set.\n\nExample:\n  conclave event add netconf-2019 --title \"Netconf 2019\" --from 2019-06-20 --to 2019-06-21 \\\n    --place \"Boston, MA\" --zone America/New_York --seats 20\n  conclave event add netconf-2020 --title \"Netconf 2020\" --from 2020-06-18 --to 2020-06-19 \\\n    --place Prague --zone Europe/Prague --copy-from netconf-2019 --candidates attendees"
    )]
    Add(EventAdd),
    /// Lists events.
    #[command(after_help = "Example:\n  conclave event list --json")]
    List,
    /// Prints the facts and settings of an event.
    #[command(after_help = "Example:\n  conclave event show netconf-2019")]
    Show {
        /// Short name of the event, as in its addresses.
        slug: String,
    },
    /// Changes facts and settings.
    #[command(
        after_help = set_help()
    )]
    Set(EventSet),
    /// Opens an event for invitations, once its required facts are there.
    #[command(after_help = "Example:\n  conclave event open netconf-2019")]
    Open {
        /// Short name of the event, as in its addresses.
        slug: String,
    },
    /// Ends answering before its date; changes become requests.
    #[command(after_help = "Example:\n  conclave event close netconf-2019")]
    Close {
        /// Short name of the event, as in its addresses.
        slug: String,
    },
    /// Lets answers in again after closing or cancelling. After cancelling, everybody with a seat says
    /// again that they come, and is mailed unless told otherwise.
    #[command(after_help = "Example:\n  conclave event reopen netconf-2019 --reason \"More room\"")]
    Reopen {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Why; it is kept in the log.
        #[arg(long)]
        reason: String,
        /// Until when they say it again, after cancelling [default: proposed from the time left].
        #[arg(long, value_name = "DATE")]
        reconfirm_by: Option<NaiveDate>,
        #[command(flatten)]
        telling: Telling,
    },
    /// Cancels an event and tells everybody concerned; its links show the notice.
    #[command(
        after_help = "Example:\n  conclave event cancel netconf-2019 --reason \"No venue\" --yes\n  conclave event changes netconf-2019 1"
    )]
    Cancel {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Why; it stands in the mail, on the pages and in the log.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        telling: Telling,
        /// Does not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Asks everybody with a seat to say again that they come.
    #[command(
        after_help = "Seats are kept. Those who have not said it again: `conclave invitees list EVENT --asked-again`.\n\nExample:\n  conclave event reconfirm netconf-2019 --by 2019-06-06 --yes"
    )]
    Reconfirm {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Until when they say it again.
        #[arg(long, value_name = "DATE")]
        by: NaiveDate,
        /// A line of yours in the mail.
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        telling: Telling,
        /// Does not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Lists what people were told, and for one change who was reached, the unreached first.
    #[command(
        after_help = "Examples:\n  conclave event changes netconf-2019\n  conclave event changes netconf-2019 2\n  conclave event changes netconf-2019 2 --send"
    )]
    Changes {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Number of the change [default: lists them all].
        number: Option<u32>,
        /// Mails it to whoever was not written to about it.
        #[arg(long, requires = "number", conflicts_with = "stop")]
        send: bool,
        /// Stops the mail that has not left; the change stands.
        #[arg(long, requires = "number")]
        stop: bool,
    },
    /// Sets the committee as the page prints it, in this order; accounts are `member`.
    #[command(
        after_help = "Example:\n  conclave event committee netconf-2019 \"David S. Miller=netdev maintainer\" \"Daniel Borkmann\""
    )]
    Committee {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Names in order, each with a remark if wanted.
        #[arg(required = true, value_name = "NAME[=REMARK]")]
        lines: Vec<String>,
    },
}

#[derive(Args, Debug)]
pub struct EventAdd {
    /// Short name in addresses: lower-case letters, digits and dashes.
    pub slug: String,
    /// Full title.
    #[arg(long)]
    pub title: String,
    /// First day.
    #[arg(long, value_name = "DATE")]
    pub from: NaiveDate,
    /// Last day.
    #[arg(long, value_name = "DATE")]
    pub to: NaiveDate,
    /// Where it takes place.
    #[arg(long)]
    pub place: String,
    /// Time zone of the place, such as Europe/Prague.
    #[arg(long)]
    pub zone: String,
    /// Seats in the room [default: set later].
    #[arg(long)]
    pub seats: Option<u32>,
    /// Remote places.
    #[arg(long)]
    pub remote_seats: Option<u32>,
    /// Last day for answers [default: 7 days before the first day].
    #[arg(long, value_name = "DATE")]
    pub answers_close: Option<NaiveDate>,
    /// Address that replies go to [default: the configured sender].
    #[arg(long, value_name = "EMAIL")]
    pub reply_to: Option<String>,
    /// Any other key of `event set`.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Begins with the settings, texts, questions and printed committee of this event.
    #[arg(long, value_name = "SLUG")]
    pub copy_from: Option<String>,
    /// Whose people of that event become candidates [default: nobody's].
    #[arg(long, value_enum, requires = "copy_from")]
    pub candidates: Option<EarlierWord>,
}

/// Who of an earlier event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum EarlierWord {
    /// Those who said yes and kept the seat.
    Attendees,
    /// Whoever was invited.
    Invited,
    /// The whole list.
    All,
}

#[derive(Args, Debug)]
pub struct EventSet {
    /// Short name of the event, as in its addresses.
    pub slug: String,
    /// Settings; an empty value clears one.
    #[arg(required = true, value_name = "KEY=VALUE")]
    pub values: Vec<String>,
    /// The event moves: everybody with a seat says again that they come. They are mailed.
    #[arg(long = "move", conflicts_with = "small")]
    pub moves: bool,
    /// A small change: shown on the pages, mailed only with --mail, and nobody is asked again.
    #[arg(long)]
    pub small: bool,
    /// Mails a small change too.
    #[arg(long, requires = "small")]
    pub mail: bool,
    /// A line of yours in the mail and on the pages.
    #[arg(long, default_value = "")]
    pub note: String,
    /// Until when they say it again [default: proposed from the time left].
    #[arg(long, value_name = "DATE", requires = "moves")]
    pub reconfirm_by: Option<NaiveDate>,
    #[command(flatten)]
    pub telling: Telling,
    /// Prints what would change, how many people are concerned and one whole mail; changes nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// How a change is told.
#[derive(Args, Debug)]
pub struct Telling {
    /// Writes to nobody.
    #[arg(long, conflicts_with_all = ["declined", "hold"])]
    pub no_mail: bool,
    /// Writes also to those who declined, gave a seat back or lapsed.
    #[arg(long)]
    pub declined: bool,
    /// Minutes in which the mail can be stopped.
    #[arg(long, value_name = "MIN", default_value_t = 0)]
    pub hold: u32,
}

/// What `event set --help` ends with: every key that there is.
fn set_help() -> String {
    let mut keys = String::from("Keys:");
    let mut width = keys.len();
    for key in KEYS {
        let line_is_full = width + key.len() > WIDTH;
        keys.push_str(if line_is_full { "\n  " } else { " " });
        width = if line_is_full { 2 } else { width + 1 } + key.len();
        keys.push_str(key);
    }
    format!(
        "Once people are invited, a change of date, hours, place, zone or video needs --move (everybody with \
         a\nseat says again that they come) or --small (nobody is asked again).\n\n{keys}\n\n\
         KEY=@FILE reads the value from a file, KEY=@- from standard input; KEY= clears it.\n\nExamples:\n  \
         conclave event set netconf-2019 seats=25 page=full intro=@intro.txt\n  \
         conclave event set netconf-2019 from=2019-06-27 to=2019-06-28 --move --note \"The venue lost its \
         roof.\" --dry-run"
    )
}

/// Columns of a list in a help text.
const WIDTH: usize = 96;
