//! What somebody typed or pressed, parsed.

use chrono::NaiveDate;

use super::AnswerValue;
use crate::invitation::Mode;

/// An answer as given, before any rule looked at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// `mode` none is the mode they have, or the one offered.
    Accept {
        mode: Option<Mode>,
    },
    Tentative {
        reason: Option<TentativeReason>,
        until: Option<NaiveDate>,
    },
    Decline,
    /// Yes, on the waiting list.
    Wait {
        mode: Option<Mode>,
    },
    /// Gives a seat back; the same as a no to whoever has accepted.
    Cancel,
}

/// Why somebody cannot say yet (decision 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TentativeReason {
    Funding,
    Visa,
    Employer,
    Other,
}

impl TentativeReason {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Funding, Self::Visa, Self::Employer, Self::Other];

    /// The word in columns and forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Funding => "funding",
            Self::Visa => "visa",
            Self::Employer => "employer",
            Self::Other => "other",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// How an answer reached us (decisions.md, "Answers").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    Page,
    Mail,
    Calendar,
    Spoken,
    Import,
    Api,
}

/// Every way.
pub const VIAS: [Via; 6] = [Via::Page, Via::Mail, Via::Calendar, Via::Spoken, Via::Import, Via::Api];

impl Via {
    /// The word in columns and options.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Mail => "mail",
            Self::Calendar => "calendar",
            Self::Spoken => "spoken",
            Self::Import => "import",
            Self::Api => "api",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        VIAS.into_iter().find(|via| via.as_str() == word)
    }
}

/// Why a typed answer was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GivenError {
    #[error("Choose an answer: accepted, declined, tentative or waiting")]
    Value,
    #[error("Write the day as 2019-05-24 (year-month-day)")]
    Until,
    #[error("Choose in_person or remote")]
    Mode,
    #[error("Choose funding, visa, employer or other")]
    Reason,
}

impl Given {
    /// Reads the form `answer=..`, with its accepted spellings (interface.md 3). Empty strings
    /// are absent.
    pub fn parse(answer: &str, mode: &str, reason: &str, until: &str) -> Result<Self, GivenError> {
        let mode = match mode.trim() {
            "" => None,
            word => Some(Mode::parse(word).ok_or(GivenError::Mode)?),
        };
        match answer.trim().to_ascii_lowercase().as_str() {
            "accepted" | "accept" | "yes" => Ok(Self::Accept { mode }),
            "declined" | "decline" | "no" => Ok(Self::Decline),
            "waiting" | "wait" => Ok(Self::Wait { mode }),
            "cancelled" | "cancel" => Ok(Self::Cancel),
            "tentative" | "maybe" => {
                let reason = match reason.trim() {
                    "" => None,
                    word => Some(TentativeReason::parse(word).ok_or(GivenError::Reason)?),
                };
                let until = match until.trim() {
                    "" => None,
                    day => Some(day.parse().map_err(|_| GivenError::Until)?),
                };
                Ok(Self::Tentative { reason, until })
            }
            _ => Err(GivenError::Value),
        }
    }

    /// The answer it asks for.
    #[must_use]
    pub fn wanted(&self) -> AnswerValue {
        match self {
            Self::Accept { .. } => AnswerValue::Accepted,
            Self::Tentative { .. } => AnswerValue::Tentative,
            Self::Decline => AnswerValue::Declined,
            Self::Wait { .. } => AnswerValue::Waiting,
            Self::Cancel => AnswerValue::Cancelled,
        }
    }
}
