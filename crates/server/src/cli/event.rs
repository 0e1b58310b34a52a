//! Events and their settings.

use chrono::NaiveDate;
use clap::{Args, Subcommand};

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
        after_help = "Keys: title, short_title, epigraph, intro, place, zone, from, to, starts, ends, seats, remote_seats,\nreply_to, answers_close, topics_by, policy, over_invite, lapse, tentative, hold, html_mail, calendar_rsvp,\npage, page_order, sponsors, reminder, nominations. KEY=@FILE reads the value from a file, KEY=@- from standard input;\nKEY= clears it.\n\nExample:\n  conclave event set netconf-2019 seats=25 page=full intro=@intro.txt"
    )]
    Set {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Settings; an empty value clears one.
        #[arg(required = true, value_name = "KEY=VALUE")]
        values: Vec<String>,
    },
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
    /// Lets answers in again after closing or cancelling.
    #[command(after_help = "Example:\n  conclave event reopen netconf-2019 --reason \"More room\"")]
    Reopen {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Why; it is kept in the log.
        #[arg(long)]
        reason: String,
    },
    /// Cancels an event; its links show the notice.
    #[command(after_help = "Example:\n  conclave event cancel netconf-2019 --reason \"No venue\" --yes")]
    Cancel {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Why; it is kept in the log.
        #[arg(long)]
        reason: String,
        /// Does not ask.
        #[arg(long)]
        yes: bool,
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
    /// Begins with the settings, texts and printed committee of this event.
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
