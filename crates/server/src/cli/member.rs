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
