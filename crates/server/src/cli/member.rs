//! Committee accounts.

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum MemberCommand {
    /// Adds an account, or a role in an event to one that exists.
    ///
    /// Without --password-stdin a link to choose a password is mailed.
    #[command(
        after_help = "Example:\n  conclave member add david@example.org --name \"David Miller\" --event netconf-2019 --role chair"
    )]
    Add(MemberAdd),
    /// Lists accounts and their roles, or the committee of one event.
    #[command(
        after_help = "Examples:\n  conclave member list --json\n  conclave member list --event netconf-2019"
    )]
    List {
        /// Only who sits in the committee of this event, and how far the invited are.
        #[arg(long, value_name = "SLUG")]
        event: Option<String>,
    },
    /// Changes what a member may do in an event.
    #[command(after_help = "Example:\n  conclave member role david@example.org member --event netconf-2019")]
    Role {
        /// Address of the account.
        email: String,
        /// What they may do from now on.
        #[arg(value_enum)]
        role: RoleWord,
        /// Event the role is for.
        #[arg(long, value_name = "SLUG")]
        event: String,
    },
    /// Mails a member who has no password a new link to choose one.
    #[command(after_help = "Example:\n  conclave member invite david@example.org --event netconf-2019")]
    Invite {
        /// Address of the account.
        email: String,
        /// Event in whose committee they sit.
        #[arg(long, value_name = "SLUG")]
        event: String,
    },
    /// Chooses how often a member is told what happened in an event.
    ///
    /// `daily` comes at an hour where the event is, and only if something happened; `every` a few minutes
    /// after each answer.
    #[command(
        after_help = "Examples:\n  conclave member digest david@example.org --event netconf-2019 never\n  conclave member digest david@example.org --event netconf-2019 daily --hour 7"
    )]
    Digest {
        /// Address of the account.
        email: String,
        /// Short name of the event, as in its addresses.
        #[arg(long, value_name = "SLUG")]
        event: String,
        /// How often; without it the choice is shown.
        #[arg(value_enum)]
        choice: Option<DigestWord>,
        /// Hour of the day for `daily`, 0 to 23, in the event's zone.
        #[arg(long, value_parser = clap::value_parser!(u32).range(0..24))]
        hour: Option<u32>,
    },
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

/// How often a member is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DigestWord {
    Every,
    Daily,
    Never,
}
