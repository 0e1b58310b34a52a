//! The command line: what can be said, and nothing of what it does (`commands` does it).
//!
//! Names are those of the interface document; a change here is a breaking change and goes into the
//! changelog. Secrets are never arguments. Every command shows an example in its `--help`.

mod answer;
mod balance;
mod candidates;
mod chase;
mod event;
mod export;
mod invitees;
mod log;
mod mail;
mod member;
mod people;
mod question;
mod request;
#[cfg(test)]
mod tests;
mod topics;
mod wave;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;

pub use answer::{AnswerCommand, AnswerRecord, AnswerWord, NextTimeWord, ViaWord, YesNo};
pub use balance::{BalanceOptions, QuotaCommand};
pub use candidates::{CandidateAdd, CandidateDecision, CandidateSeed, CandidatesCommand, EvidenceWord};
pub use chase::Chase;
pub use event::{EarlierWord, EventAdd, EventCommand, EventSet, Telling};
pub use export::{Export, ExportWhat, FormatWord};
pub use invitees::{InviteesCommand, InviteesImport, ReserveCommand, SuggestionsCommand, TopicsHandling};
pub use log::{Log, LogCommand, LogFormat, LogShow};
pub use mail::{MailCommand, OutboxCommand, TemplatesCommand};
pub use member::{DigestWord, MemberAdd, MemberCommand, RoleWord};
pub use people::{AddressWord, PeopleCommand};
pub use question::{KindWord, QuestionCommand, QuestionOptions};
pub use request::RequestCommand;
pub use topics::{DecisionWord, TopicsCommand};
pub use wave::{
    LeavesArgs, Letter, Remind, ReminderDay, WaveApprove, WaveCommand, WaveReminder, WaveSend, Whom,
};

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
    /// People proposed for an event and not decided on.
    #[command(subcommand)]
    Candidates(CandidatesCommand),
    /// The people of an event.
    #[command(subcommand)]
    Invitees(InviteesCommand),
    /// The people book: everybody known, across events.
    #[command(subcommand)]
    People(PeopleCommand),
    /// Invitations sent together.
    #[command(subcommand)]
    Wave(WaveCommand),
    /// Reminds the invited who have not answered.
    #[command(
        after_help = "Examples:\n  conclave remind netconf-2019 --dry-run\n  conclave remind netconf-2019 --topics"
    )]
    Remind(Remind),
    /// Lists whom to chase and why, the most pressing first.
    #[command(
        after_help = "Examples:\n  conclave chase netconf-2019\n  conclave chase netconf-2019 --not-reached --json"
    )]
    Chase(Chase),
    /// Answers that reached the committee another way.
    #[command(subcommand)]
    Answer(AnswerCommand),
    /// What invitees asked for after answers closed.
    #[command(subcommand)]
    Request(RequestCommand),
    /// How many more to invite, from how many accepted so far.
    #[command(after_help = "Example:\n  conclave forecast netconf-2019 --json")]
    Forecast {
        /// Short name of the event, as in its addresses.
        slug: String,
    },
    /// Counts the list by tag, affiliation and first-timer, against soft caps.
    #[command(
        after_help = "Examples:\n  conclave balance netconf-2019 --json\n  conclave balance netconf-2019 --cap tag:vendor=5 --cap affiliation=3"
    )]
    Balance(BalanceOptions),
    /// Who outside the committee may name how many people.
    #[command(subcommand)]
    Quota(QuotaCommand),
    /// What people are asked after a yes, and what they answered.
    #[command(subcommand)]
    Question(QuestionCommand),
    /// Proposed topics.
    #[command(subcommand)]
    Topics(TopicsCommand),
    /// Writes lists and the public page.
    #[command(
        after_help = "Formats:\n  attendees  csv xlsx json md txt\n  invitees   csv xlsx json md txt\n  topics     csv xlsx json md txt\n  page       html md txt json\n\nExample:\n  conclave export netconf-2019 attendees --format csv -o attendees.csv"
    )]
    Export(Export),
    /// Shows the record: who did what, newest first.
    #[command(
        after_help = "Examples:\n  conclave log netconf-2019 --since 2019-05-01 --who \"David Miller\"\n  conclave log netconf-2019 --format csv -o log.csv\n  conclave log verify"
    )]
    Log(Log),
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
