//! Something an invitee or the committee wants discussed (domain.md 3.2 "Topic").
//!
//! "Scheduled" is not a state. Per person, [`Intent`] tells "nothing said" from "no topic" and
//! "to be decided": three different facts.

use chrono::{DateTime, Utc};

use crate::answer::AnswerValue;
use crate::deadline;
use crate::event::{Event, EventState};

/// Where a topic stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TopicState {
    Proposed,
    /// The committee asked the proposer something.
    NeedsInfo,
    /// The committee wants to talk about it first.
    Discuss,
    Accepted,
    Declined,
    /// Worthwhile, not scheduled.
    Parked,
    /// Lives on in another topic.
    Merged,
    Withdrawn,
    /// After the event.
    Held,
    NotReached,
}

/// Every state, in the order of the table.
pub const TOPIC_STATES: [TopicState; 10] = [
    TopicState::Proposed,
    TopicState::NeedsInfo,
    TopicState::Discuss,
    TopicState::Accepted,
    TopicState::Declined,
    TopicState::Parked,
    TopicState::Merged,
    TopicState::Withdrawn,
    TopicState::Held,
    TopicState::NotReached,
];

impl TopicState {
    /// The word in columns, reports and badges.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::NeedsInfo => "needs_info",
            Self::Discuss => "discuss",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Parked => "parked",
            Self::Merged => "merged",
            Self::Withdrawn => "withdrawn",
            Self::Held => "held",
            Self::NotReached => "not_reached",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        TOPIC_STATES.into_iter().find(|state| state.as_str() == word)
    }
}

/// A change of a topic's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicMove {
    /// The committee asks the proposer.
    Ask,
    /// The proposer edited or answered.
    Reply,
    Accept,
    Discuss,
    Park,
    Decline,
    Merge,
    Withdraw,
    /// Back to proposed.
    Reconsider,
    MarkHeld,
    MarkNotReached,
}

/// Every move.
pub const TOPIC_MOVES: [TopicMove; 11] = [
    TopicMove::Ask,
    TopicMove::Reply,
    TopicMove::Accept,
    TopicMove::Discuss,
    TopicMove::Park,
    TopicMove::Decline,
    TopicMove::Merge,
    TopicMove::Withdraw,
    TopicMove::Reconsider,
    TopicMove::MarkHeld,
    TopicMove::MarkNotReached,
];

/// Why a topic cannot be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicRefused {
    #[error("This topic is {}, so that is not possible", .0.as_str())]
    NotFrom(TopicState),
    #[error("Say that you come, or that you cannot say yet, before you propose a topic")]
    NotComing,
    #[error("Topics are closed since answers closed; write to the committee")]
    Closed,
    #[error("This topic belongs to somebody else")]
    NotYours,
    #[error("You have {0} topics; that is as many as one person can propose")]
    TooMany(usize),
    #[error("You already proposed a topic with this title")]
    SameTitle,
    #[error("Somebody changed this topic meanwhile")]
    Stale,
}

impl TopicRefused {
    /// Stable code for scripts and the API.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFrom(_) => "topic-state",
            Self::NotComing => "not-coming",
            Self::Closed => "topics-closed",
            Self::NotYours => "not-yours",
            Self::TooMany(_) => "too-many-topics",
            Self::SameTitle => "same-title",
            Self::Stale => "stale",
        }
    }
}

/// One person proposes at most this many.
pub const TOPICS_PER_PERSON: usize = 20;

impl TopicState {
    /// The state after `wanted`, or why not.
    pub fn after(self, wanted: TopicMove) -> Result<Self, TopicRefused> {
        use TopicMove as M;
        match (self, wanted) {
            (Self::Proposed | Self::Discuss, M::Ask) => Ok(Self::NeedsInfo),
            (Self::NeedsInfo, M::Reply) => Ok(Self::Proposed),
            (Self::Proposed | Self::NeedsInfo | Self::Discuss | Self::Parked | Self::Declined, M::Accept) => {
                Ok(Self::Accepted)
            }
            (
                Self::Proposed | Self::NeedsInfo | Self::Accepted | Self::Parked | Self::Declined,
                M::Discuss,
            ) => Ok(Self::Discuss),
            (Self::Proposed | Self::NeedsInfo | Self::Discuss | Self::Accepted | Self::Declined, M::Park) => {
                Ok(Self::Parked)
            }
            (
                Self::Proposed | Self::NeedsInfo | Self::Discuss | Self::Accepted | Self::Parked,
                M::Decline,
            ) => Ok(Self::Declined),
            (Self::Proposed | Self::NeedsInfo | Self::Discuss | Self::Accepted | Self::Parked, M::Merge) => {
                Ok(Self::Merged)
            }
            (
                Self::Proposed
                | Self::NeedsInfo
                | Self::Discuss
                | Self::Accepted
                | Self::Declined
                | Self::Parked,
                M::Withdraw,
            ) => Ok(Self::Withdrawn),
            (
                Self::Discuss | Self::Accepted | Self::Declined | Self::Parked | Self::Withdrawn,
                M::Reconsider,
            ) => Ok(Self::Proposed),
            (Self::Accepted, M::MarkHeld) => Ok(Self::Held),
            (Self::Accepted, M::MarkNotReached) => Ok(Self::NotReached),
            (from, _) => Err(TopicRefused::NotFrom(from)),
        }
    }

    /// Still to be decided by the committee: "New" at the desk.
    #[must_use]
    pub fn is_undecided(self) -> bool {
        matches!(self, Self::Proposed | Self::NeedsInfo | Self::Discuss)
    }

    /// The proposer may still change or withdraw it.
    #[must_use]
    pub fn is_open_to_proposer(self) -> bool {
        matches!(self, Self::Proposed | Self::NeedsInfo | Self::Discuss | Self::Accepted)
    }
}

/// What a person said about topics at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Intent {
    NothingSaid,
    /// "N/A": they bring none.
    NoTopic,
    /// "TBD".
    Undecided,
}

impl Intent {
    /// Every intent.
    pub const ALL: [Self; 3] = [Self::NothingSaid, Self::NoTopic, Self::Undecided];

    /// The word in columns and forms; empty for nothing said.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NothingSaid => "",
            Self::NoTopic => "none",
            Self::Undecided => "undecided",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|intent| intent.as_str() == word)
    }

    /// What somebody states who writes `N/A` or `TBD` where a title belongs (domain.md 4.3 rule 9,
    /// T27, T28); `None` for a title.
    #[must_use]
    pub fn stated(title: &str) -> Option<Self> {
        let bare = title.trim().trim_matches(['(', ')', '[', ']', '.']).trim().to_lowercase();
        let is_dash = !bare.is_empty() && bare.chars().all(|c| matches!(c, '-' | '\u{2010}'..='\u{2015}'));
        match bare.as_str() {
            "n/a" | "na" | "n.a" | "none" | "no" | "nil" | "no topic" => Some(Self::NoTopic),
            "tbd" | "tba" | "to be decided" | "to be announced" | "undecided" | "?" => Some(Self::Undecided),
            _ if is_dash => Some(Self::NoTopic),
            _ => None,
        }
    }
}

/// Whether an invitee may propose or change topics now; `Ok(late)` says whether it is marked late.
/// Refuses without a yes, "can't say yet" or waiting list, and after answers-close.
pub fn may_propose(
    event: &Event,
    answer: Option<AnswerValue>,
    now: DateTime<Utc>,
) -> Result<bool, TopicRefused> {
    if !answer.is_some_and(AnswerValue::may_propose) {
        return Err(TopicRefused::NotComing);
    }
    topics_are_open(event, now)?;
    Ok(deadline::has_passed(event.topics_by, event.zone, now))
}

/// Refuses every change by invitees after answers-close and while the event is not open. Somebody
/// who declined may take a topic back until then.
pub fn topics_are_open(event: &Event, now: DateTime<Utc>) -> Result<(), TopicRefused> {
    if event.state != EventState::Open || event.answers_are_closed(now) {
        return Err(TopicRefused::Closed);
    }
    Ok(())
}

/// Titles are the same when they differ in nothing but case and spaces.
#[must_use]
pub fn title_key(title: &str) -> String {
    title.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn every_pair_of_state_and_move_is_in_the_table_or_refused() {
        use TopicMove as M;
        use TopicState as S;
        let table: &[(&[S], M, S)] = &[
            (&[S::Proposed, S::Discuss], M::Ask, S::NeedsInfo),
            (&[S::NeedsInfo], M::Reply, S::Proposed),
            (&[S::Proposed, S::NeedsInfo, S::Discuss, S::Parked, S::Declined], M::Accept, S::Accepted),
            (&[S::Proposed, S::NeedsInfo, S::Accepted, S::Parked, S::Declined], M::Discuss, S::Discuss),
            (&[S::Proposed, S::NeedsInfo, S::Discuss, S::Accepted, S::Declined], M::Park, S::Parked),
            (&[S::Proposed, S::NeedsInfo, S::Discuss, S::Accepted, S::Parked], M::Decline, S::Declined),
            (&[S::Proposed, S::NeedsInfo, S::Discuss, S::Accepted, S::Parked], M::Merge, S::Merged),
            (
                &[S::Proposed, S::NeedsInfo, S::Discuss, S::Accepted, S::Declined, S::Parked],
                M::Withdraw,
                S::Withdrawn,
            ),
            (&[S::Discuss, S::Accepted, S::Declined, S::Parked, S::Withdrawn], M::Reconsider, S::Proposed),
            (&[S::Accepted], M::MarkHeld, S::Held),
            (&[S::Accepted], M::MarkNotReached, S::NotReached),
        ];

        for from in TOPIC_STATES {
            for wanted in TOPIC_MOVES {
                let (sources, _, to) = table.iter().find(|(_, m, _)| *m == wanted).unwrap();
                let expected =
                    if sources.contains(&from) { Ok(*to) } else { Err(TopicRefused::NotFrom(from)) };

                assert_eq!(from.after(wanted), expected, "{from:?} {wanted:?}");
            }
        }
    }

    #[test]
    fn t27_t28_words_for_no_topic_and_not_decided_are_no_titles() {
        for text in ["N/A", "na", "None", "no", "nil", "-", "\u{2014}", " n/a "] {
            assert_eq!(Intent::stated(text), Some(Intent::NoTopic), "{text}");
        }
        for text in ["TBD", "tba", "to be decided", "?", "(undecided)"] {
            assert_eq!(Intent::stated(text), Some(Intent::Undecided), "{text}");
        }
        for text in ["", "No more locks", "Nilfs", "What is TBD?"] {
            assert_eq!(Intent::stated(text), None, "{text}");
        }
    }

    #[test]
    fn titles_that_differ_in_case_and_spaces_are_the_same() {
        assert_eq!(title_key("  XDP  feature Detection"), title_key("xdp feature detection"));
        assert_ne!(title_key("XDP"), title_key("XDP 2"));
    }
}
