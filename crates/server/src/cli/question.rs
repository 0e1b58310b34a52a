//! Questions after a yes.

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum QuestionCommand {
    /// Lists an event's questions in their order, retired ones last.
    #[command(after_help = "Example:\n  conclave question list netconf-2019")]
    List {
        /// Short name of the event, as in its addresses.
        slug: String,
    },
    /// Adds a question.
    #[command(
        after_help = "Examples:\n  conclave question add netconf-2019 \"What do you eat?\" --kind choice --choice Everything --choice Vegan \\\n    --needed --for kitchen --delete-after 30\n  conclave question add netconf-2019 \"Visa letter wanted by\" --kind date --for visa"
    )]
    Add {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// The question, in one line.
        prompt: String,
        #[command(flatten)]
        words: QuestionOptions,
    },
    /// Changes a question; what is not given stays.
    #[command(after_help = "Example:\n  conclave question set netconf-2019 2 --for member --delete-after 10")]
    Set {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Number of the question, as `question list` shows it.
        number: u32,
        /// The question, in one line.
        #[arg(long)]
        prompt: Option<String>,
        #[command(flatten)]
        words: QuestionOptions,
    },
    /// Stops asking a question; its answers stay until they are deleted.
    #[command(after_help = "Example:\n  conclave question retire netconf-2019 2")]
    Retire {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Number of the question, as `question list` shows it.
        number: u32,
        /// Asks it again.
        #[arg(long)]
        undo: bool,
    },
    /// Adds the usual questions: food, visa letter, what would help.
    #[command(after_help = "Example:\n  conclave question starter netconf-2019")]
    Starter {
        /// Short name of the event, as in its addresses.
        slug: String,
    },
    /// Counts how those who come answered; names are left out.
    #[command(after_help = "Example:\n  conclave question counts netconf-2019")]
    Counts {
        /// Short name of the event, as in its addresses.
        slug: String,
    },
    /// Sets what a member sees answers for, beside their role; none takes all away.
    #[command(after_help = "Example:\n  conclave question needs netconf-2019 ada@example.org kitchen visa")]
    Needs {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Address of the member.
        email: String,
        /// Such as kitchen, visa or travel.
        needs: Vec<String>,
    },
    /// Grants travel support that was asked for, or refuses it.
    #[command(
        after_help = "Example:\n  conclave question support netconf-2019 ada@example.org --grant \"up to 600 EUR\""
    )]
    Support {
        /// Short name of the event, as in its addresses.
        slug: String,
        /// Address or public id.
        #[arg(value_name = "EMAIL")]
        who: String,
        /// How much is granted.
        #[arg(long, value_name = "AMOUNT", required_unless_present = "refuse", conflicts_with = "refuse")]
        grant: Option<String>,
        /// Does not grant it.
        #[arg(long)]
        refuse: bool,
        /// Why; it is kept in the log.
        #[arg(long, default_value = "")]
        reason: String,
        /// Does not mail the decision.
        #[arg(long)]
        no_mail: bool,
    },
}

#[derive(Args, Debug)]
pub struct QuestionOptions {
    /// Kind of answer [default: text].
    #[arg(long, value_enum)]
    pub kind: Option<KindWord>,
    /// A line under the question.
    #[arg(long)]
    pub hint: Option<String>,
    /// A choice; repeat it.
    #[arg(long = "choice", value_name = "TEXT")]
    pub choices: Vec<String>,
    /// Who has not answered is listed; it never stands in the way of a yes.
    #[arg(long, conflicts_with = "optional")]
    pub needed: bool,
    /// The opposite of --needed.
    #[arg(long)]
    pub optional: bool,
    /// Who sees the answers: reader, member, chair, or a need such as kitchen [default: member].
    #[arg(long = "for", value_name = "WHO")]
    pub audience: Option<String>,
    /// Days after the event when answers are deleted; `never` keeps them [default: 30].
    #[arg(long, value_name = "DAYS")]
    pub delete_after: Option<String>,
    /// Place on the page [default: the end].
    #[arg(long, value_name = "N")]
    pub position: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindWord {
    Text,
    YesNo,
    Choice,
    Number,
    Date,
}
