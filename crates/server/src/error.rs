//! How a command ends badly, and the exit status that tells scripts (interface: 0, 1, 2, 3, 75).
//!
//! A refusal of core or the store keeps its code up to here; faults become `anyhow` errors.

use std::fmt;
use std::process::ExitCode;

use conclave_core::event::{EventRefused, KeyError, SlugError};
use conclave_core::message::MessageRefused;
use conclave_core::{answer, balance, import, password, placeholders};
use conclave_persistence as persistence;
use conclave_persistence::{StoreError, WriteError};

/// Refused by a rule: a code for scripts and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub code: String,
    pub sentence: String,
}

impl Refused {
    /// A refusal of the command line's own.
    pub fn new(code: &str, sentence: impl Into<String>) -> Self {
        Self { code: code.to_owned(), sentence: sentence.into() }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.sentence.ends_with(['.', '?', '!']) { "" } else { "." };
        write!(f, "{}: {}{end}", self.code, self.sentence)
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

/// A reason of core or the store, with its code.
pub trait Reason: std::error::Error {
    fn code(&self) -> String;
}

macro_rules! reasons {
    ($($reason:ty)*) => {$(
        impl Reason for $reason {
            fn code(&self) -> String {
                <$reason>::code(self).to_owned()
            }
        }
    )*};
}

reasons! {
    balance::BalanceRefused
    EventRefused
    MessageRefused
    answer::AnswerRefused
    conclave_core::candidate::CandidateRefused
    placeholders::TextRefused
    conclave_core::reminder::ReminderRefused
    persistence::AccountRefused
    persistence::EventChangeRefused
    persistence::InviteeRefused
    persistence::MergeRefused
    persistence::PersonRefused
    persistence::QuestionChangeRefused
    conclave_core::question::ColumnRefused
    conclave_core::question::QuestionRefused
    persistence::TopicChangeRefused
    persistence::WaveRefused
}

/// Parsers whose errors have no code of their own.
macro_rules! parse_errors {
    ($($reason:ty => $code:literal)*) => {$(
        impl Reason for $reason {
            fn code(&self) -> String {
                $code.to_owned()
            }
        }
    )*};
}

parse_errors! {
    KeyError => "setting"
    SlugError => "slug"
    password::PasswordRefused => "password"
    conclave_core::personal_lines::NotALine => "personal-lines"
    conclave_core::address::AddressError => "address"
    conclave_core::name::NameError => "name"
    conclave_core::answer::GivenError => "answer"
}

impl Reason for import::ImportRefused {
    fn code(&self) -> String {
        // Codes on the command line are written with dashes.
        (*self).code().replace('_', "-")
    }
}

/// Turns results of core and the store into those of commands.
pub trait OrRefused<T> {
    /// Keeps the code of a refusal.
    fn or_refused(self) -> anyhow::Result<T>;
}

impl<T, R: Reason + 'static> OrRefused<T> for Result<T, WriteError<R>> {
    fn or_refused(self) -> anyhow::Result<T> {
        self.map_err(|error| match error {
            WriteError::Refused(reason) => refused(&reason),
            WriteError::Store(error) => fault(error),
        })
    }
}

impl<T, R: Reason> OrRefused<T> for Result<T, R> {
    fn or_refused(self) -> anyhow::Result<T> {
        self.map_err(|reason| refused(&reason))
    }
}

fn refused(reason: &impl Reason) -> anyhow::Error {
    Refused { code: reason.code(), sentence: reason.to_string() }.into()
}

fn fault(error: StoreError) -> anyhow::Error {
    match error {
        StoreError::NotFound => Refused::new("not-found", "There is no such thing").into(),
        StoreError::Stale => Refused::new("stale", "Somebody changed it meanwhile; look again").into(),
        error => error.into(),
    }
}

/// An error with its causes, each once: libraries like to repeat the words of their own cause.
pub fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text.push_str(&format!(": {cause}"));
        }
    }
    text
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let error = anyhow::anyhow!("no space left").context("writing: no space left").context("saving");

        assert_eq!(told(&error), "saving: writing: no space left");
    }
}
