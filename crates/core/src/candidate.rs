//! Candidates: people proposed for an event and not yet decided on (domain.md 2.1), what members
//! think of them, and what to know before inviting one.
//!
//! Nobody outside the committee ever learns of a nomination (T41), and a member learns nothing of
//! their own (T22). What others voted stays hidden until one's own vote is cast, so that the first
//! vote does not make the rest.

use crate::event::Event;
use crate::invitation::InvitationState;

/// Longest reason of a nomination, in characters.
pub const REASON_MAX: usize = 1_000;

/// What one member thinks of one candidate. Each member has one, and may change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Vote {
    Against,
    Neutral,
    For,
}

/// Every vote, the best first.
pub const VOTES: [Vote; 3] = [Vote::For, Vote::Neutral, Vote::Against];

impl Vote {
    /// As forms, commands and pages write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::For => "+1",
            Self::Neutral => "0",
            Self::Against => "-1",
        }
    }

    /// What it adds to the score.
    #[must_use]
    pub fn value(self) -> i32 {
        match self {
            Self::For => 1,
            Self::Neutral => 0,
            Self::Against => -1,
        }
    }

    /// Reads a vote as it is typed; `None` for any other.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        match typed.trim() {
            "+1" | "1" => Some(Self::For),
            "0" | "+0" | "-0" => Some(Self::Neutral),
            "-1" | "\u{2212}1" => Some(Self::Against),
            _ => None,
        }
    }

    /// The vote of this value; `None` for a number nobody can vote.
    #[must_use]
    pub fn of_value(value: i32) -> Option<Self> {
        VOTES.into_iter().find(|vote| vote.value() == value)
    }
}

/// Votes counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub for_it: u32,
    pub neutral: u32,
    pub against: u32,
}

impl Tally {
    /// Counts one more.
    pub fn add(&mut self, vote: Vote) {
        match vote {
            Vote::For => self.for_it += 1,
            Vote::Neutral => self.neutral += 1,
            Vote::Against => self.against += 1,
        }
    }

    /// Those for, less those against: what candidates are ranked by.
    #[must_use]
    pub fn score(self) -> i64 {
        i64::from(self.for_it) - i64::from(self.against)
    }

    /// How many voted.
    #[must_use]
    pub fn voters(self) -> u32 {
        self.for_it + self.neutral + self.against
    }
}

/// Where a nomination came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NominatedVia {
    /// A member of the committee, or the operator for it.
    Committee,
    /// They asked by the public form.
    Asked,
    /// Counted out of a log, a file or an archive.
    Evidence,
    /// The list of an earlier event.
    Event,
}

/// Every way.
pub const NOMINATED_VIA: [NominatedVia; 4] =
    [NominatedVia::Committee, NominatedVia::Asked, NominatedVia::Evidence, NominatedVia::Event];

impl NominatedVia {
    /// The word in columns and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Committee => "committee",
            Self::Asked => "asked",
            Self::Evidence => "evidence",
            Self::Event => "event",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        NOMINATED_VIA.into_iter().find(|via| via.as_str() == word)
    }
}

/// What somebody said about being asked again. It holds for every event of the installation, and the
/// page that asks says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NextTime {
    #[default]
    NothingSaid,
    /// "Ask me next time."
    Ask,
    /// "Do not ask me again."
    Never,
}

/// Every wish.
pub const NEXT_TIMES: [NextTime; 3] = [NextTime::NothingSaid, NextTime::Ask, NextTime::Never];

impl NextTime {
    /// The word in columns, forms and commands; nothing said is nothing.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NothingSaid => "",
            Self::Ask => "ask",
            Self::Never => "never",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        NEXT_TIMES.into_iter().find(|wish| wish.as_str() == word)
    }
}

/// Something to know before a person is put on the list or invited. Shown; only [`Guard::stops`]
/// asks for a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// They said no to an event in whose committee the reader of this sits too.
    DeclinedBefore { event: String, gave_seat_back: bool },
    /// They asked not to be asked again.
    NeverAsk,
    /// They asked to be asked again.
    AskNextTime,
    /// Mail to the address comes back.
    DeadAddress { is_certain: bool },
    /// Probably on the list already, under another name or address; `because` is
    /// [`crate::look_alike::LookAlike::words`].
    OnTheList { name: String, because: &'static str },
    /// Nobody can write to them.
    NoAddress,
}

impl Guard {
    /// One sentence for the committee.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::DeclinedBefore { event, gave_seat_back: false } => format!("Declined {event}."),
            Self::DeclinedBefore { event, gave_seat_back: true } => {
                format!("Said yes to {event} and gave the seat back.")
            }
            Self::NeverAsk => "Asked not to be asked again.".to_owned(),
            Self::AskNextTime => "Could not come before and asked to be asked again.".to_owned(),
            Self::DeadAddress { is_certain: true } => "The address is dead: mail comes back.".to_owned(),
            Self::DeadAddress { is_certain: false } => "The last mail to this address came back.".to_owned(),
            Self::OnTheList { name, because } => format!("Perhaps the same person as {name}: {because}."),
            Self::NoAddress => "There is no address to write to.".to_owned(),
        }
    }

    /// Stable word for reports.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::DeclinedBefore { .. } => "declined_before",
            Self::NeverAsk => "never_ask",
            Self::AskNextTime => "ask_next_time",
            Self::DeadAddress { .. } => "dead_address",
            Self::OnTheList { .. } => "perhaps_on_the_list",
            Self::NoAddress => "no_address",
        }
    }

    /// Going on takes a reason, which is kept in the record.
    #[must_use]
    pub fn stops(&self) -> bool {
        matches!(self, Self::NeverAsk)
    }

    /// Something good: not a warning.
    #[must_use]
    pub fn is_welcome(&self) -> bool {
        matches!(self, Self::AskNextTime)
    }
}

/// Why nothing can be done about a candidate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CandidateRefused {
    #[error("{0} is on the list already")]
    OnTheList(String),
    #[error("This address is that of {0}; another person needs another address")]
    AddressTaken(String),
    #[error("{0} was turned down before; say that you propose them again, and why")]
    RefusedBefore(String),
    #[error("This is about yourself; others decide it")]
    OwnCase,
    #[error("This person is {} already", .0.as_str())]
    Decided(InvitationState),
    #[error("Say why, in a sentence; the committee decides on it")]
    NoReason,
    #[error("Enter a name or an address")]
    Nobody,
    #[error("They asked not to be asked again; say why you go on all the same")]
    NeverAsk,
    #[error("{field}: {problem}")]
    Value { field: &'static str, problem: String },
    #[error("This event does not take requests to be invited")]
    NotOpen,
}

impl CandidateRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OnTheList(_) => "on-the-list",
            Self::AddressTaken(_) => "address-taken",
            Self::RefusedBefore(_) => "refused-before",
            Self::OwnCase => "own-case",
            Self::Decided(_) => "decided",
            Self::NoReason => "reason-needed",
            Self::Nobody => "nobody",
            Self::NeverAsk => "asked-not-to-be-asked",
            Self::Value { .. } => "value",
            Self::NotOpen => "no-requests",
        }
    }
}

/// Whether the public may ask to be invited now: the event says so, its page is public, and
/// there is still somebody to be invited.
#[must_use]
pub fn may_ask(event: &Event, now: chrono::DateTime<chrono::Utc>) -> bool {
    use crate::event::{EventState, PageMode};
    event.takes_nominations
        && event.page != PageMode::Off
        && event.state == EventState::Open
        && !event.answers_are_closed(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_and_words_read_back() {
        for vote in VOTES {
            assert_eq!(Vote::parse(vote.as_str()), Some(vote));
            assert_eq!(Vote::of_value(vote.value()), Some(vote));
        }
        for via in NOMINATED_VIA {
            assert_eq!(NominatedVia::parse(via.as_str()), Some(via));
        }
        for wish in NEXT_TIMES {
            assert_eq!(NextTime::parse(wish.as_str()), Some(wish));
        }
        assert_eq!((Vote::parse("2"), Vote::parse(""), Vote::of_value(7)), (None, None, None));
    }

    #[test]
    fn a_score_is_those_for_less_those_against() {
        let mut tally = Tally::default();
        for vote in [Vote::For, Vote::For, Vote::Neutral, Vote::Against] {
            tally.add(vote);
        }

        assert_eq!((tally.score(), tally.voters()), (1, 4));
    }

    #[test]
    fn only_the_wish_not_to_be_asked_stops() {
        let guards = [
            Guard::DeclinedBefore { event: "Netconf 2018".to_owned(), gave_seat_back: false },
            Guard::AskNextTime,
            Guard::DeadAddress { is_certain: true },
            Guard::OnTheList { name: "David Miller".to_owned(), because: "the same name" },
            Guard::NoAddress,
        ];

        assert!(Guard::NeverAsk.stops() && guards.iter().all(|guard| !guard.stops()));
        assert!(guards.iter().all(|guard| guard.sentence().ends_with('.')));
    }

    #[test]
    fn the_public_asks_only_while_the_event_takes_requests_and_shows_itself() {
        use crate::event::tests::netconf;
        use crate::event::{EventState, PageMode};
        let now = "2019-04-01T12:00:00Z".parse().unwrap_or_default();
        let open = Event { takes_nominations: true, ..netconf() };

        assert!(may_ask(&open, now));
        assert!(!may_ask(&netconf(), now));
        assert!(!may_ask(&Event { page: PageMode::Off, ..open.clone() }, now));
        assert!(!may_ask(&Event { state: EventState::Cancelled, ..open.clone() }, now));
        assert!(!may_ask(&open, "2019-06-20T12:00:00Z".parse().unwrap_or_default()));
    }
}
