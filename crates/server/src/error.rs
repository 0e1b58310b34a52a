//! How a command ends badly, and the exit status that tells scripts (interface: 0, 1, 2, 3, 75).

use std::fmt;
use std::process::ExitCode;

/// Refused by a rule: a code for scripts and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub code: String,
    pub sentence: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.sentence)
    }
}

impl std::error::Error for Refused {}

/// The command was not said right, in a way that only shows after parsing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage(pub String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// The exit status for an error.
pub fn exit_code(error: &anyhow::Error) -> ExitCode {
    let number = if error.downcast_ref::<Refused>().is_some() {
        3
    } else if error.downcast_ref::<Usage>().is_some() {
        2
    } else {
        1
    };
    ExitCode::from(number)
}
