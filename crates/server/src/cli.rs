//! The command line: what can be said, and nothing of what it does (`commands` does it).
//!
//! Names are those of the interface document; a change here is a breaking change and goes into the
//! changelog. Secrets are never arguments. Every command shows an example in its `--help`.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use conclave_core::purpose::{PURPOSES, Purpose};

/// Runs the invitations of invite-only technical workshops.
#[derive(Debug, Parser)]
#[command(
    name = "conclave",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Try it without setting anything up:\n  conclave demo\n\nExit status: 0 done, 1 failed, 2 wrong usage, 3 refused by a rule, 75 try again later."
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Configuration file; `config show` tells what it may hold.
    #[arg(long, global = true, value_name = "FILE", env = "CONCLAVE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Directory of the database, the key and captured mail [default: ./data].
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<String>,
    /// `sqlite:PATH` or `postgres://user@host/name`, without a password.
    #[arg(long, global = true, value_name = "URL")]
    pub database: Option<String>,
    /// Prints JSON where a command lists or reports.
    #[arg(long, global = true)]
    pub json: bool,
    /// Prints results and errors alone, without progress and advice.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Logs more; twice for everything.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Acts as this committee member, with their rights, instead of as the operator.
    #[arg(long = "as", global = true, value_name = "EMAIL")]
    pub acting_as: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves the pages and sends the mail.
    #[command(after_help = "Example:\n  conclave serve --config /etc/conclave.toml")]
    Serve(Serve),
    /// Sends the mail only, beside a `serve --no-worker` (PostgreSQL).
    #[command(after_help = "Example:\n  conclave worker --config /etc/conclave.toml")]
    Worker,
    /// Serves a throwaway installation with Netconf 2019 in it, to look around.
    #[command(after_help = "Example:\n  conclave demo --listen 127.0.0.1:9000")]
    Demo(Demo),
    /// Brings the database to the version of this program.
    #[command(after_help = "Example:\n  conclave migrate --database sqlite:conclave.db")]
    Migrate,
    /// Checks database, key, paths, clock, address and mail relay, and says what to do.
    #[command(after_help = "Example:\n  conclave doctor --config /etc/conclave.toml")]
    Doctor,
    /// Reads the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Prints a new link that makes the first account, as long as there is none.
    #[command(after_help = "Example:\n  conclave setup-link")]
    SetupLink,
    /// Committee accounts.
    #[command(subcommand)]
    Member(MemberCommand),
    /// Events and their settings.
    #[command(subcommand)]
    Event(EventCommand),
    /// The people of an event.
    #[command(subcommand)]
    Invitees(InviteesCommand),
    /// Invitations sent together.
    #[command(subcommand)]
    Wave(WaveCommand),
    /// Reminds the invited who have not answered.
    #[command(after_help = "Example:\n  conclave remind netconf-2019 --dry-run")]
    Remind(Remind),
    /// Answers that reached the committee another way.
    #[command(subcommand)]
    Answer(AnswerCommand),
    /// Proposed topics.
    #[command(subcommand)]
    Topics(TopicsCommand),
    /// Writes lists and the public page.
    #[command(
        after_help = "Formats:\n  attendees  csv xlsx json md txt\n  invitees   csv xlsx json md txt\n  topics     csv xlsx json md txt\n  page       html md txt json\n\nExample:\n  conclave export netconf-2019 attendees --format csv -o attendees.csv"
    )]
    Export(Export),
    /// Messages waiting, sent and failed.
    #[command(subcommand)]
    Outbox(OutboxCommand),
    /// Checks of mail.
    #[command(subcommand)]
    Mail(MailCommand),
    /// Prints a completion script for a shell.
    #[command(
        after_help = "Example:\n  conclave completions bash > ~/.local/share/bash-completion/completions/conclave"
    )]
    Completions {
        /// Shell that the script is for.
        shell: Shell,
    },
}

#[derive(Args, Debug)]
pub struct Serve {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Leaves the mail to a `worker` of its own.
    #[arg(long)]
    pub no_worker: bool,
}

#[derive(Args, Debug)]
pub struct Demo {
    /// Address and port to listen on [default: 127.0.0.1:8080, else a free port].
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
}

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Reads every layer and says what is wrong.
    #[command(after_help = "Example:\n  conclave config check --config /etc/conclave.toml")]
    Check,
    /// Prints every setting in force and where its value comes from; secrets are masked.
    #[command(after_help = "Example:\n  conclave config show --json")]
    Show,
}

#[derive(Debug, Subcommand)]
pub enum MemberCommand {
    /// Adds an account, or a role in an event to one that exists.
    ///
    /// Without --password-stdin a link to choose a password is mailed.
    #[command(
        after_help = "Example:\n  conclave member add david@example.org --name \"David Miller\" --event netconf-2019 --role chair"
    )]
    Add(MemberAdd),
    /// Lists accounts and their roles.
    #[command(after_help = "Example:\n  conclave member list --json")]
    List,
    /// Takes away a role in one event, or the whole account.
    #[command(after_help = "Example:\n  conclave member remove david@example.org --event netconf-2019")]
    Remove {
        /// Address of the account.
        email: String,
        /// Only the role in this event.
        #[arg(long, value_name = "SLUG")]
        event: Option<String>,
    },
}

#[derive(Args, Debug)]
pub struct MemberAdd {
    /// Address of the account.
    pub email: String,
    /// Full name.
    #[arg(long)]
    pub name: String,
    /// Event the role is for.
    #[arg(long, value_name = "SLUG", requires = "role")]
    pub event: Option<String>,
    /// What they may do in the event.
    #[arg(long, value_enum, requires = "event")]
    pub role: Option<RoleWord>,
    /// May create events and accounts.
    #[arg(long)]
    pub operator: bool,
    /// Reads the password from the first line of standard input.
    #[arg(long)]
    pub password_stdin: bool,
}

/// Roles in an event (decision 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoleWord {
    Chair,
    Member,
    Reader,
}

#[derive(Debug, Subcommand)]
pub enum EventCommand {
    /// Makes an event and opens it for invitations.
    #[command(
        after_help = "Other keys (see `event set --help`) go after --set.\n\nExample:\n  conclave event add netconf-2019 --title \"Netconf 2019\" --from 2019-06-20 --to 2019-06-21 \\\n    --place \"Boston, MA\" --zone America/New_York --seats 20"
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
        after_help = "Keys: title, short_title, epigraph, intro, place, zone, from, to, starts, ends, seats, remote_seats,\nreply_to, answers_close, topics_by, policy, over_invite, lapse, tentative, hold, html_mail, calendar_rsvp,\npage, page_order, sponsors, reminder. KEY=@FILE reads the value from a file, KEY=@- from standard input;\nKEY= clears it.\n\nExample:\n  conclave event set netconf-2019 seats=25 page=full intro=@intro.txt"
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
}

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
        after_help = "Keys: name, sort_key, first_name, affiliation, email, tags, note, mode, listed, arrival, departure.\n\nExample:\n  conclave invitees set netconf-2019 ada@example.org affiliation=\"Analytical Engines\" tags=speaker,driver"
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

#[derive(Debug, Subcommand)]
pub enum WaveCommand {
    /// Invites listed people, all at once or some.
    #[command(
        after_help = "Examples:\n  conclave wave send netconf-2019 --all-listed --dry-run\n  conclave wave send netconf-2019 --email ada@example.org --reply-by 2019-05-24 --yes"
    )]
    Send(WaveSend),
    /// Lists the waves of an event.
    #[command(after_help = "Example:\n  conclave wave list netconf-2019")]
    List {
        /// Short name of the event, as in its addresses.
        slug: String,
    },
    /// Stops what has not left yet.
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
    /// Subject line [default: made from the event].
    #[arg(long)]
    pub subject: Option<String>,
    /// Text of the invitation; knows {first_name} {name} {link} {answer_by} {personal_line}.
    #[arg(long, value_name = "FILE")]
    pub body: Option<PathBuf>,
    /// Minutes in which it can be stopped before the first mail leaves.
    #[arg(long, value_name = "MIN", default_value_t = 0)]
    pub hold: u32,
    /// Prints who gets it, who is left out and why, and one whole mail; sends nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Does not ask.
    #[arg(long)]
    pub yes: bool,
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
    /// Subject line [default: made from the event].
    #[arg(long)]
    pub subject: Option<String>,
    /// Text of the reminder.
    #[arg(long, value_name = "FILE")]
    pub body: Option<PathBuf>,
    /// Minutes in which it can be stopped before the first mail leaves.
    #[arg(long, value_name = "MIN", default_value_t = 0)]
    pub hold: u32,
    /// Prints who gets it, who is left out and why, and one whole mail; sends nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Does not ask.
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum AnswerCommand {
    /// Records an answer on behalf of an invitee, who gets a receipt.
    #[command(
        after_help = "Example:\n  conclave answer record netconf-2019 ada@example.org accepted --via mail --note \"Wrote on Monday\""
    )]
    Record(AnswerRecord),
}

#[derive(Args, Debug)]
pub struct AnswerRecord {
    /// Short name of the event, as in its addresses.
    pub slug: String,
    /// Address or public id.
    #[arg(value_name = "EMAIL")]
    pub who: String,
    /// What they answered.
    #[arg(value_enum)]
    pub answer: AnswerWord,
    /// How it reached the committee.
    #[arg(long, value_enum)]
    pub via: ViaWord,
    /// For the committee; the invitee does not see it.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Mails a receipt, which is the default.
    #[arg(long, overrides_with = "no_receipt")]
    pub receipt: bool,
    /// Mails none.
    #[arg(long)]
    pub no_receipt: bool,
    /// Takes part remotely.
    #[arg(long)]
    pub remote: bool,
    /// Their consent to be on the public list.
    #[arg(long, value_enum)]
    pub listed: Option<YesNo>,
    /// Tentative: funding, visa, employer or other.
    #[arg(long, value_name = "WORD")]
    pub reason: Option<String>,
    /// Tentative: when they will know.
    #[arg(long, value_name = "DATE")]
    pub until: Option<NaiveDate>,
    /// Goes beyond the limit of seats, for this logged reason.
    #[arg(long = "override", value_name = "REASON")]
    pub override_reason: Option<String>,
}

/// Answers in the calendar world's words (decision 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnswerWord {
    Accepted,
    Tentative,
    Declined,
    Waiting,
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ViaWord {
    Mail,
    Spoken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum YesNo {
    Yes,
    No,
}

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

#[derive(Args, Debug)]
pub struct Export {
    /// Short name of the event, as in its addresses.
    pub slug: String,
    /// What to write.
    #[arg(value_enum)]
    pub what: ExportWhat,
    /// How to write it.
    #[arg(long, value_enum)]
    pub format: FormatWord,
    /// File to write instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Begins CSV with a byte order mark, for Excel.
    #[arg(long)]
    pub bom: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportWhat {
    Attendees,
    Invitees,
    Topics,
    Page,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatWord {
    Csv,
    Xlsx,
    Json,
    Md,
    Txt,
    Html,
}

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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_agree_with_each_other() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_helps_with_an_example() {
        fn walk(command: &mut clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            let leaf = command.get_subcommands().next().is_none();
            if leaf {
                let help = command.render_long_help().to_string();
                assert!(help.contains("Example"), "{path}");
                assert!(command.get_about().is_some(), "{path}");
                for argument in command.get_arguments() {
                    assert!(argument.get_help().is_some(), "{path} {}", argument.get_id());
                }
            }
            for inner in command.get_subcommands_mut().filter(|c| c.get_name() != "help") {
                walk(inner, &path);
            }
        }
        walk(&mut Cli::command(), "");
    }

    #[test]
    fn global_options_stand_anywhere() {
        let cli =
            Cli::try_parse_from(["conclave", "event", "list", "--json", "--data-dir", "/d", "-vv"]).unwrap();

        assert!(cli.global.json);
        assert_eq!(cli.global.verbose, 2);
        assert_eq!(cli.global.data_dir.as_deref(), Some("/d"));
    }

    #[test]
    fn a_wave_goes_to_exactly_one_choice_of_people() {
        let parse = |tail: &[&str]| {
            Cli::try_parse_from(["conclave", "wave", "send", "e"].iter().chain(tail))
                .map(|_| ())
                .map_err(|e| e.kind())
        };

        assert!(parse(&["--all-listed"]).is_ok());
        assert!(parse(&["--email", "a@example.org", "--email", "b@example.org"]).is_ok());
        assert!(parse(&["--tag", "t", "--dry-run"]).is_ok());
        assert!(parse(&[]).is_err());
        assert!(parse(&["--all-listed", "--tag", "t"]).is_err());
    }

    #[test]
    fn secrets_are_not_arguments() {
        let parse = |argv: &[&str]| Cli::try_parse_from(argv).is_ok();

        assert!(!parse(&["conclave", "member", "add", "a@example.org", "--name", "A", "--password", "x"]));
        assert!(parse(&["conclave", "member", "add", "a@example.org", "--name", "A", "--password-stdin"]));
    }
}
