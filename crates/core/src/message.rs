//! One mail to one person for one purpose, and what became of it (domain.md 3.2 "Message",
//! decision 25 and the ruling "Lost sends").
//!
//! ```text
//! held -> queued -> sending -> handed_over -> bounced ...
//!   |       |  ^       |-> waiting (next try at)
//!   v       v  |       |-> failed
//! stopped dropped      +-> uncertain -> queued once by itself, then a person
//! ```

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::answer::AnswerValue;
use crate::deadline;
use crate::event::{Event, EventState};
use crate::ids::{EventId, InvitationId};
use crate::invitation::InvitationState;
use crate::purpose::Purpose;

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageState {
    /// Written, not yet confirmed by anybody.
    Prepared,
    /// Confirmed; leaves when the hold is over, can be stopped until then.
    Held,
    Queued,
    /// Leased by one worker; written before a byte is sent.
    Sending,
    /// The relay said yes. Not the same as delivered.
    HandedOver,
    /// The relay said later, or could not be reached; has a next try.
    Waiting,
    Failed,
    /// The line was lost after the text was sent: nobody knows.
    Uncertain,
    /// No longer true at sending time.
    Dropped,
    /// Stopped by a person during the hold.
    Stopped,
    Bounced,
    Complained,
    /// Out of office and the like.
    AnsweredAutomatically,
}

/// Every state, in the order of the table.
pub const MESSAGE_STATES: [MessageState; 13] = [
    MessageState::Prepared,
    MessageState::Held,
    MessageState::Queued,
    MessageState::Sending,
    MessageState::HandedOver,
    MessageState::Waiting,
    MessageState::Failed,
    MessageState::Uncertain,
    MessageState::Dropped,
    MessageState::Stopped,
    MessageState::Bounced,
    MessageState::Complained,
    MessageState::AnsweredAutomatically,
];

impl MessageState {
    /// The word in columns, options and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prepared => "prepared",
            Self::Held => "held",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::HandedOver => "handed_over",
            Self::Waiting => "waiting",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
            Self::Dropped => "dropped",
            Self::Stopped => "stopped",
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::AnsweredAutomatically => "answered_automatically",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        MESSAGE_STATES.into_iter().find(|state| state.as_str() == word)
    }

    /// The mail server may have seen it, or will: other mails may refer to it.
    #[must_use]
    pub fn may_be_known(self) -> bool {
        match self {
            Self::Sending
            | Self::HandedOver
            | Self::Waiting
            | Self::Uncertain
            | Self::Bounced
            | Self::Complained
            | Self::AnsweredAutomatically => true,
            Self::Prepared | Self::Held | Self::Queued | Self::Failed | Self::Dropped | Self::Stopped => {
                false
            }
        }
    }

    /// Nothing more happens by itself.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::HandedOver
            | Self::Failed
            | Self::Dropped
            | Self::Stopped
            | Self::Bounced
            | Self::Complained
            | Self::AnsweredAutomatically => true,
            Self::Prepared | Self::Held | Self::Queued | Self::Sending | Self::Waiting | Self::Uncertain => {
                false
            }
        }
    }
}

/// Whether a mail reached somebody, as far as we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Refused, came back, was dropped or stopped, nobody knows, or nothing was written.
    Unreached,
    /// Has not left yet.
    OnItsWay,
    /// The relay took it. Not the same as read.
    HandedOver,
}

impl Reach {
    /// Of the newest mail's state; none is "nothing was written".
    #[must_use]
    pub fn of(state: Option<MessageState>) -> Self {
        match state {
            Some(
                MessageState::HandedOver | MessageState::Complained | MessageState::AnsweredAutomatically,
            ) => Self::HandedOver,
            Some(
                MessageState::Prepared
                | MessageState::Held
                | MessageState::Queued
                | MessageState::Sending
                | MessageState::Waiting,
            ) => Self::OnItsWay,
            Some(
                MessageState::Failed
                | MessageState::Uncertain
                | MessageState::Dropped
                | MessageState::Stopped
                | MessageState::Bounced,
            )
            | None => Self::Unreached,
        }
    }

    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreached => "unreached",
            Self::OnItsWay => "on its way",
            Self::HandedOver => "handed over",
        }
    }
}

/// What happens to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageMove {
    /// Confirmed with a hold.
    Hold,
    /// Confirmed, the hold is over, or its next try has come.
    Queue,
    Claim,
    HandOver,
    /// Later: 4xx, or no connection before the text was sent.
    Defer,
    Fail,
    /// Lost after DATA.
    Lose,
    Drop,
    Stop,
    /// A person sends a failed, dropped or uncertain one again; or the single retry of a lost one.
    Retry,
    /// A notice came back.
    Bounce,
    Complain,
    AnswerAutomatically,
}

/// Every move.
pub const MESSAGE_MOVES: [MessageMove; 13] = [
    MessageMove::Hold,
    MessageMove::Queue,
    MessageMove::Claim,
    MessageMove::HandOver,
    MessageMove::Defer,
    MessageMove::Fail,
    MessageMove::Lose,
    MessageMove::Drop,
    MessageMove::Stop,
    MessageMove::Retry,
    MessageMove::Bounce,
    MessageMove::Complain,
    MessageMove::AnswerAutomatically,
];

/// Why a message cannot do that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageRefused {
    #[error("This message is {}, so that is not possible", .0.as_str())]
    NotFrom(MessageState),
    #[error("No seat can be offered to this person now")]
    NoSeat,
    #[error("This person is in another wave that has not left")]
    InAnotherWave,
}

impl MessageRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFrom(_) => "message-state",
            Self::NoSeat => "no-seats",
            Self::InAnotherWave => "another-wave",
        }
    }
}

impl MessageState {
    /// The state after `happened`, or why not.
    pub fn after(self, happened: MessageMove) -> Result<Self, MessageRefused> {
        use MessageMove as M;
        match (self, happened) {
            (Self::Prepared, M::Hold) => Ok(Self::Held),
            (Self::Prepared | Self::Held | Self::Waiting, M::Queue) => Ok(Self::Queued),
            (Self::Queued | Self::Waiting, M::Claim) => Ok(Self::Sending),
            (Self::Sending | Self::Uncertain, M::HandOver) => Ok(Self::HandedOver),
            (Self::Sending, M::Defer) => Ok(Self::Waiting),
            (Self::Sending | Self::Waiting, M::Fail) => Ok(Self::Failed),
            (Self::Sending, M::Lose) => Ok(Self::Uncertain),
            (
                Self::Prepared
                | Self::Held
                | Self::Queued
                | Self::Sending
                | Self::Waiting
                | Self::Failed
                | Self::Uncertain,
                M::Drop,
            ) => Ok(Self::Dropped),
            (Self::Prepared | Self::Held | Self::Queued | Self::Waiting, M::Stop) => Ok(Self::Stopped),
            (Self::Failed | Self::Uncertain | Self::Dropped, M::Retry) => Ok(Self::Queued),
            (Self::HandedOver | Self::Uncertain, M::Bounce) => Ok(Self::Bounced),
            (Self::HandedOver, M::Complain) => Ok(Self::Complained),
            (Self::HandedOver, M::AnswerAutomatically) => Ok(Self::AnsweredAutomatically),
            (from, _) => Err(MessageRefused::NotFrom(from)),
        }
    }
}

/// Once-only key: event, person, purpose, occasion (invariant 9). Two messages never share one.
#[must_use]
pub fn once_only_key(event: EventId, invitation: InvitationId, purpose: Purpose, occasion: &str) -> String {
    format!("{}/{}/{}/{occasion}", event.0.simple(), invitation.0.simple(), purpose.as_str())
}

/// Everything that decides whether a message is still true when it is about to leave.
#[derive(Clone, Copy, Debug)]
pub struct Truth<'a> {
    pub purpose: Purpose,
    pub event: &'a Event,
    pub invitation: InvitationState,
    pub answer: Option<AnswerValue>,
    /// The invitee muted mail about this event.
    pub muted: bool,
    pub address_dead: bool,
    /// The address the message was written for is still the person's current one.
    pub address_is_current: bool,
    /// A receipt: the answer it confirms is still the newest.
    pub answer_is_newest: bool,
    /// The day until which it asks for something is over in the event's zone.
    pub reply_by_has_passed: bool,
    /// They have proposed no topic and did not say that they bring none.
    pub topic_is_open: bool,
    /// A digest: its reader still sits in the committee and wants it.
    pub is_wanted: bool,
    /// They have a seat and have not yet said again that they come.
    pub must_reconfirm: bool,
}

/// Why a message is dropped at sending time (invariant 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DropReason {
    #[error("answered meanwhile")]
    Answered,
    #[error("the invitation was withdrawn")]
    Withdrawn,
    #[error("the event is {}", .0.as_str())]
    EventNotOpen(EventState),
    #[error("the address is dead")]
    AddressDead,
    #[error("the address was changed")]
    AddressChanged,
    #[error("muted by the invitee")]
    Muted,
    #[error("a newer answer has its own receipt")]
    Superseded,
    #[error("the secret in it has expired")]
    Expired,
    #[error("the day to answer by has passed")]
    TooLate,
    #[error("spoke about their topic meanwhile")]
    TopicStated,
    #[error("not wanted any more")]
    Unwanted,
    #[error("the event takes place after all")]
    TakesPlace,
}

/// Says whether a message is still true, else why it is dropped.
pub fn still_true(truth: &Truth<'_>) -> Result<(), DropReason> {
    if truth.address_dead {
        return Err(DropReason::AddressDead);
    }
    if !truth.address_is_current {
        return Err(DropReason::AddressChanged);
    }
    match truth.purpose {
        Purpose::Invitation | Purpose::Reminder | Purpose::TopicReminder | Purpose::TentativeDue => {
            if truth.event.state != EventState::Open {
                return Err(DropReason::EventNotOpen(truth.event.state));
            }
            if truth.muted {
                return Err(DropReason::Muted);
            }
            if truth.reply_by_has_passed && truth.purpose != Purpose::TentativeDue {
                return Err(DropReason::TooLate);
            }
            match truth.invitation {
                // Listed becomes invited when the message is claimed, see below.
                InvitationState::Listed if truth.purpose == Purpose::Invitation => {}
                InvitationState::Invited => {}
                InvitationState::Listed
                | InvitationState::Nominated
                | InvitationState::Refused
                | InvitationState::Reserve
                | InvitationState::Withdrawn
                | InvitationState::Replaced => return Err(DropReason::Withdrawn),
            }
            let expected = match truth.purpose {
                Purpose::TentativeDue => {
                    matches!(truth.answer, Some(AnswerValue::Tentative | AnswerValue::Lapsed))
                }
                Purpose::TopicReminder => truth.answer == Some(AnswerValue::Accepted),
                _ => truth.answer.is_none(),
            };
            if !expected {
                return Err(DropReason::Answered);
            }
            if truth.purpose == Purpose::TopicReminder && !truth.topic_is_open {
                return Err(DropReason::TopicStated);
            }
            Ok(())
        }
        Purpose::Receipt | Purpose::SeatFreed => {
            if truth.event.state == EventState::Cancelled {
                return Err(DropReason::EventNotOpen(truth.event.state));
            }
            if truth.answer_is_newest { Ok(()) } else { Err(DropReason::Superseded) }
        }
        Purpose::Change | Purpose::Reconfirm => match truth.event.state {
            EventState::Cancelled | EventState::Finished | EventState::Draft => {
                Err(DropReason::EventNotOpen(truth.event.state))
            }
            EventState::Open | EventState::Closed if truth.invitation != InvitationState::Invited => {
                Err(DropReason::Withdrawn)
            }
            EventState::Open | EventState::Closed
                if truth.purpose == Purpose::Reconfirm && !truth.must_reconfirm =>
            {
                Err(DropReason::Answered)
            }
            EventState::Open | EventState::Closed => Ok(()),
        },
        Purpose::Cancellation => match truth.event.state {
            EventState::Cancelled => Ok(()),
            EventState::Draft | EventState::Open | EventState::Closed | EventState::Finished => {
                Err(DropReason::TakesPlace)
            }
        },
        Purpose::Link | Purpose::RequestDeclined | Purpose::SupportDecided => match truth.invitation {
            InvitationState::Invited => Ok(()),
            InvitationState::Nominated
            | InvitationState::Refused
            | InvitationState::Listed
            | InvitationState::Reserve
            | InvitationState::Withdrawn
            | InvitationState::Replaced => Err(DropReason::Withdrawn),
        },
        Purpose::Digest if !truth.is_wanted => Err(DropReason::Unwanted),
        Purpose::Record
        | Purpose::Digest
        | Purpose::ReleaseWanted
        | Purpose::RoleGiven
        | Purpose::SignIn
        | Purpose::SetUp
        | Purpose::Test => Ok(()),
    }
}

/// When a deferred message is tried again (mail.md 1.7): 6 min, 20 min, 1 h, then every 3 h, within
/// ten per cent chosen by `spread` (any number tied to the message, so that a test can know it).
/// `None` once the next try would pass five days after `first`, or the reply-by date.
#[must_use]
pub fn next_try(
    attempt: u32,
    first: DateTime<Utc>,
    now: DateTime<Utc>,
    give_up_after: Option<(NaiveDate, chrono_tz::Tz)>,
    spread: u64,
) -> Option<DateTime<Utc>> {
    let base = match attempt {
        0 | 1 => TimeDelta::minutes(6),
        2 => TimeDelta::minutes(20),
        3 => TimeDelta::hours(1),
        _ => TimeDelta::hours(3),
    };
    let per_mille = i64::try_from(spread % 201).unwrap_or_default() - 100;
    let next = now + base + TimeDelta::milliseconds(base.num_milliseconds() * per_mille / 1000);
    let mut last = first + TimeDelta::days(5);
    if let Some((day, zone)) = give_up_after {
        last = last.min(deadline::end_of_day(day, zone));
    }
    (next <= last).then_some(next)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn every_pair_of_state_and_move_is_in_the_table_or_refused() {
        use MessageMove as M;
        use MessageState as S;
        let table: &[(&[S], M, S)] = &[
            (&[S::Prepared], M::Hold, S::Held),
            (&[S::Prepared, S::Held, S::Waiting], M::Queue, S::Queued),
            (&[S::Queued, S::Waiting], M::Claim, S::Sending),
            (&[S::Sending, S::Uncertain], M::HandOver, S::HandedOver),
            (&[S::Sending], M::Defer, S::Waiting),
            (&[S::Sending, S::Waiting], M::Fail, S::Failed),
            (&[S::Sending], M::Lose, S::Uncertain),
            (
                &[S::Prepared, S::Held, S::Queued, S::Sending, S::Waiting, S::Failed, S::Uncertain],
                M::Drop,
                S::Dropped,
            ),
            (&[S::Prepared, S::Held, S::Queued, S::Waiting], M::Stop, S::Stopped),
            (&[S::Failed, S::Uncertain, S::Dropped], M::Retry, S::Queued),
            (&[S::HandedOver, S::Uncertain], M::Bounce, S::Bounced),
            (&[S::HandedOver], M::Complain, S::Complained),
            (&[S::HandedOver], M::AnswerAutomatically, S::AnsweredAutomatically),
        ];

        for from in MESSAGE_STATES {
            for happened in MESSAGE_MOVES {
                let (sources, _, to) = table.iter().find(|(_, m, _)| *m == happened).unwrap();
                let expected =
                    if sources.contains(&from) { Ok(*to) } else { Err(MessageRefused::NotFrom(from)) };

                assert_eq!(from.after(happened), expected, "{from:?} {happened:?}");
            }
        }
    }

    #[test]
    fn a_letter_that_waited_past_its_day_is_not_sent() {
        let event = crate::event::tests::netconf();
        let truth = |purpose, reply_by_has_passed| Truth {
            purpose,
            event: &event,
            invitation: InvitationState::Listed,
            answer: None,
            muted: false,
            address_dead: false,
            address_is_current: true,
            answer_is_newest: true,
            reply_by_has_passed,
            topic_is_open: true,
            is_wanted: true,
            must_reconfirm: false,
        };

        assert_eq!(still_true(&truth(Purpose::Invitation, false)), Ok(()));
        assert_eq!(still_true(&truth(Purpose::Invitation, true)), Err(DropReason::TooLate));
        assert_eq!(still_true(&truth(Purpose::Reminder, true)), Err(DropReason::TooLate));
        assert_eq!(still_true(&truth(Purpose::Receipt, true)), Ok(()));
    }

    #[test]
    fn whoever_spoke_about_their_topic_is_not_asked_for_one() {
        let event = crate::event::tests::netconf();
        let truth = |answer, topic_is_open| Truth {
            purpose: Purpose::TopicReminder,
            event: &event,
            invitation: InvitationState::Invited,
            answer,
            muted: false,
            address_dead: false,
            address_is_current: true,
            answer_is_newest: true,
            reply_by_has_passed: false,
            must_reconfirm: false,
            topic_is_open,
            is_wanted: true,
        };

        assert_eq!(still_true(&truth(Some(AnswerValue::Accepted), true)), Ok(()));
        assert_eq!(still_true(&truth(Some(AnswerValue::Accepted), false)), Err(DropReason::TopicStated));
        assert_eq!(still_true(&truth(Some(AnswerValue::Cancelled), true)), Err(DropReason::Answered));
    }

    #[test]
    fn tries_are_spaced_by_the_table_and_end_after_five_days() {
        let first: DateTime<Utc> = "2019-05-01T00:00:00Z".parse().unwrap();
        let minutes = |attempt| (next_try(attempt, first, first, None, 100).unwrap() - first).num_minutes();

        assert_eq!([1, 2, 3, 4, 9].map(minutes), [6, 20, 60, 180, 180]);
        assert_eq!(next_try(9, first, first + TimeDelta::days(5), None, 100), None);
        let early = next_try(1, first, first, None, 0).unwrap();
        let late = next_try(1, first, first, None, 200).unwrap();
        assert_eq!(((early - first).num_seconds(), (late - first).num_seconds()), (324, 396));
    }

    #[test]
    fn tries_end_with_the_reply_by_date() {
        let first: DateTime<Utc> = "2019-05-24T23:00:00Z".parse().unwrap();
        let by = ("2019-05-24".parse().unwrap(), chrono_tz::Tz::UTC);

        assert!(next_try(1, first, first, Some(by), 100).is_some());
        assert_eq!(next_try(4, first, first, Some(by), 100), None);
    }
}
