//! Invitations and reminders sent together.

use std::path::PathBuf;

use chrono::{NaiveDate, NaiveDateTime};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum WaveCommand {
    /// Invites listed people, all at once or some.
    #[command(
        after_help = "Examples:\n  conclave wave send netconf-2019 --all-listed --dry-run\n  conclave wave send netconf-2019 --email ada@example.org --reply-by 2019-05-24 --yes\n  conclave wave send netconf-2019 --tag xdp --at \"2019-05-01 09:00\" --lines lines.txt"
    )]
    Send(WaveSend),
    /// Lists the waves of an event.
    #[command(after_help = "Example:\n  conclave wave list netconf-2019")]
    List {
        /// Short name of the event, as in its addresses.
        slug: String,
    },
    /// Releases a wave that another member wrote and asks for.
    #[command(
        after_help = "Examples:\n  conclave --as david@example.org wave approve netconf-2019 2\n  conclave wave approve netconf-2019 2 --alone \"David is on a plane\""
    )]
    Approve(WaveApprove),
    /// Lets a wave that has not left leave at another time.
    #[command(after_help = "Example:\n  conclave wave move netconf-2019 2 --at \"2019-05-02 09:00\"")]
    Move {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Such as `2`, or `r1` for the first reminder.
        number: String,
        /// Day and time where the event is.
        #[arg(long, value_name = "WHEN", value_parser = wall_clock)]
        at: NaiveDateTime,
    },
    /// Shows and changes the reminders planned for a wave.
    ///
    /// Without an option they are listed. A second reminder is the third mail somebody gets and needs --third.
    #[command(
        after_help = "Examples:\n  conclave wave reminder netconf-2019 1\n  conclave wave reminder netconf-2019 1 --number 1 --on 2019-05-20\n  conclave wave reminder netconf-2019 1 --add --on 2019-05-22 --third\n  conclave wave reminder netconf-2019 1 --number 1 --cancel"
    )]
    Reminder(WaveReminder),
    /// Stops what has not left yet, or takes back asking for another member.
    #[command(after_help = "Example:\n  conclave wave stop netconf-2019 2")]
    Stop {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Such as `2`, or `r1` for the first reminder.
        number: String,
    },
}

#[derive(Args, Debug)]
pub struct WaveSend {
    /// Short name of the event, as in its addresses.
    pub slug: String,
    #[command(flatten)]
    pub whom: Whom,
    /// Last day to answer [default: proposed from the time left].
    #[arg(long, value_name = "DATE")]
    pub reply_by: Option<NaiveDate>,
    #[command(flatten)]
    pub letter: Letter,
}

#[derive(Args, Debug)]
pub struct WaveApprove {
    /// Short name of the event, as in its addresses.
    pub slug: String,
    /// Such as `2`, or `r1` for the first reminder.
    pub number: String,
    #[command(flatten)]
    pub leaves: LeavesArgs,
    /// They get a third mail, and that is known.
    #[arg(long)]
    pub third: bool,
    /// Why nobody else looks at what you wrote yourself; needs a chair.
    #[arg(long, value_name = "REASON")]
    pub alone: Option<String>,
}

#[derive(Args, Debug)]
pub struct WaveReminder {
    /// Short name of the event, as in its addresses.
    pub slug: String,
    /// Number of the wave, such as `2`.
    pub wave: String,
    /// Which of its reminders.
    #[arg(long, value_name = "N", conflicts_with = "add")]
    pub number: Option<u32>,
    /// Plans one more.
    #[arg(long, conflicts_with = "cancel")]
    pub add: bool,
    /// Day on which it leaves; `setting` follows the event.
    #[arg(long, value_name = "DATE", value_parser = reminder_day)]
    pub on: Option<ReminderDay>,
    /// Text of the letter; knows {first_name} {name} {link} {answer_by}.
    #[arg(long, value_name = "FILE")]
    pub body: Option<PathBuf>,
    /// It may be the third mail, and that is known.
    #[arg(long)]
    pub third: bool,
    /// Takes it back.
    #[arg(long, requires = "number", conflicts_with_all = ["on", "body"])]
    pub cancel: bool,
}

/// A day, or the event's setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReminderDay {
    Setting,
    Day(NaiveDate),
}

fn reminder_day(text: &str) -> Result<ReminderDay, String> {
    if text == "setting" {
        return Ok(ReminderDay::Setting);
    }
    text.parse().map(ReminderDay::Day).map_err(|_| "write a day as 2019-05-20, or setting".to_owned())
}

/// `2019-05-01 09:00`, also with a T between.
fn wall_clock(text: &str) -> Result<NaiveDateTime, String> {
    ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text.trim(), form).ok())
        .ok_or_else(|| "write day and time as \"2019-05-01 09:00\"".to_owned())
}

/// When it leaves.
#[derive(Args, Debug)]
pub struct LeavesArgs {
    /// Minutes in which it can be stopped before the first mail leaves.
    #[arg(long, value_name = "MIN", default_value_t = 0)]
    pub hold: u32,
    /// Day and time where the event is at which it leaves, such as "2019-05-01 09:00".
    #[arg(long, value_name = "WHEN", value_parser = wall_clock, conflicts_with = "hold")]
    pub at: Option<NaiveDateTime>,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub struct Whom {
    /// Everybody who is listed.
    #[arg(long)]
    pub all_listed: bool,
    /// These people; repeat it or separate with commas.
    #[arg(long, value_name = "E", value_delimiter = ',', num_args = 1..)]
    pub email: Vec<String>,
    /// Listed people with this tag.
    #[arg(long, value_name = "T")]
    pub tag: Option<String>,
}

#[derive(Args, Debug)]
pub struct Remind {
    /// Short name of the event, as in its addresses.
    pub slug: String,
    /// Asks those who come and said nothing about a topic, instead of the silent.
    #[arg(long)]
    pub topics: bool,
    #[command(flatten)]
    pub letter: Letter,
}

/// What is written, and how it is sent.
#[derive(Args, Debug)]
pub struct Letter {
    /// Subject line [default: made from the event].
    #[arg(long)]
    pub subject: Option<String>,
    /// Text of the letter; knows {first_name} {name} {link} {answer_by} {personal_line}.
    #[arg(long, value_name = "FILE")]
    pub body: Option<PathBuf>,
    /// One sentence for some: an address, then the sentence, one person on each line.
    #[arg(long, value_name = "FILE")]
    pub lines: Option<PathBuf>,
    #[command(flatten)]
    pub leaves: LeavesArgs,
    /// For some it is the third mail, and that is known.
    #[arg(long)]
    pub third: bool,
    /// Why nobody else looks at it, where the event wants two members; needs a chair.
    #[arg(long, value_name = "REASON")]
    pub alone: Option<String>,
    /// Prints who gets it, who is left out and why, and one whole mail; sends nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Does not ask.
    #[arg(long)]
    pub yes: bool,
}
