//! Lists and the public page.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

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
    /// Numbers of questions that only some of the committee see, to be columns of `details` too; the
    /// record says which.
    #[arg(long, value_name = "N,...", value_delimiter = ',')]
    pub with: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportWhat {
    Attendees,
    Invitees,
    /// What those who come were asked and answered (`conclave question`).
    Details,
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
