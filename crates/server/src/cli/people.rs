//! The people book, across events.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum PeopleCommand {
    /// Lists people known to the installation. With --as, those known to that member's events.
    #[command(after_help = "Example:\n  conclave people list --look-alikes")]
    List {
        /// Part of a name, an address or an affiliation.
        #[arg(long, value_name = "Q")]
        query: Option<String>,
        /// Only people who may be there twice.
        #[arg(long)]
        look_alikes: bool,
    },
    /// Prints one person: addresses, invitations and answers, who looks the same.
    #[command(after_help = "Example:\n  conclave people show ada@example.org")]
    Show {
        /// Address, id or name.
        #[arg(value_name = "WHO")]
        who: String,
    },
    /// Adds, removes or marks an address of a person.
    #[command(after_help = "Example:\n  conclave people address ada@example.org add ada@work.example.org")]
    Address {
        /// Address, id or name.
        #[arg(value_name = "WHO")]
        who: String,
        /// What happens to the address.
        #[arg(value_enum)]
        change: AddressWord,
        /// The address it happens to.
        #[arg(value_name = "EMAIL")]
        email: String,
    },
    /// Joins two entries that are one person. It cannot be taken back.
    #[command(
        after_help = "The first one stays, with name and present address. Where both answered and disagree, name the\naddress whose answer counts: --answer netconf-2019=ada@example.org\n\nExample:\n  conclave people merge ada@example.org ada@old.example.org --yes"
    )]
    Merge {
        /// Who stays: address, id or name.
        #[arg(value_name = "STAYS")]
        stays: String,
        /// Who goes into it: address, id or name.
        #[arg(value_name = "GOES")]
        goes: String,
        /// Whose answer to an event counts.
        #[arg(long, value_name = "SLUG=WHO")]
        answer: Vec<String>,
        /// Shows both and changes nothing.
        #[arg(long)]
        dry_run: bool,
        /// Does not ask.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum AddressWord {
    Add,
    Remove,
    /// The one that later events begin with.
    Current,
    /// Mail to it comes back.
    Dead,
    /// It works after all.
    Alive,
}
