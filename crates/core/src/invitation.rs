//! The offer: the committee's offer of a seat at one event to one person (domain.md 3.2
//! "Invitation"). What the invitee says is in [`crate::answer`], what became of the mail in
//! [`crate::message`]; the three are never folded into one.

use chrono::{DateTime, NaiveDate, Utc};

use crate::answer::AnswerValue;
use crate::deadline;
use crate::event::{Event, EventState};

/// Where the offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InvitationState {
    /// Proposed, not decided on.
    Nominated,
    /// A nomination turned down; stays private for ever.
    Refused,
    /// On the list, never written to. In a wave that has not left it shows as "queued".
    Listed,
    /// Ranked, waits for a seat to come free.
    Reserve,
    /// The offer is open; the link is alive.
    Invited,
    /// Taken back by the committee.
    Withdrawn,
    /// Another invitation stands in its place.
    Replaced,
}

/// Every state, in the order of the table.
pub const INVITATION_STATES: [InvitationState; 7] = [
    InvitationState::Nominated,
    InvitationState::Refused,
    InvitationState::Listed,
    InvitationState::Reserve,
    InvitationState::Invited,
    InvitationState::Withdrawn,
    InvitationState::Replaced,
];

impl InvitationState {
    /// The word in columns and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nominated => "nominated",
            Self::Refused => "refused",
            Self::Listed => "listed",
            Self::Reserve => "reserve",
            Self::Invited => "invited",
            Self::Withdrawn => "withdrawn",
            Self::Replaced => "replaced",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        INVITATION_STATES.into_iter().find(|state| state.as_str() == word)
    }
}

/// What is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    InPerson,
    Remote,
    /// Present without a seat at the table; takes none.
    Observer,
}

/// Every mode.
pub const MODES: [Mode; 3] = [Mode::InPerson, Mode::Remote, Mode::Observer];

impl Mode {
    /// The word in columns, forms and exports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InPerson => "in_person",
            Self::Remote => "remote",
            Self::Observer => "observer",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        MODES.into_iter().find(|mode| mode.as_str() == word)
    }
}

/// A change of the offer somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationMove {
    List,
    Refuse,
    /// Proposed once more after a refusal, knowingly.
    Reconsider,
    /// Put on the reserve with a rank.
    Rank,
    /// A wave's message is claimed, or the committee invited by other means.
    Invite,
    /// With a reason; with a confirmation if the answer is accepted.
    Withdraw,
    /// A withdrawn person is invited after all: same invitation, new link.
    Reinvite,
    /// The only letter never left: as if the offer had not been made.
    Unsend,
    /// Merge or replacement.
    Replace,
}

/// Every move.
pub const INVITATION_MOVES: [InvitationMove; 9] = [
    InvitationMove::List,
    InvitationMove::Refuse,
    InvitationMove::Reconsider,
    InvitationMove::Rank,
    InvitationMove::Invite,
    InvitationMove::Withdraw,
    InvitationMove::Reinvite,
    InvitationMove::Unsend,
    InvitationMove::Replace,
];

fn remedy(state: &InvitationState) -> &'static str {
    if *state == InvitationState::Listed { "; invite them first" } else { "" }
}

/// Why a move is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvitationRefused {
    #[error("This person is {}, so that is not possible{}", .0.as_str(), remedy(.0))]
    NotFrom(InvitationState),
    #[error("Say why; the reason is kept in the record")]
    NoReason,
    #[error("This person said yes and has a seat; confirm that you take it back")]
    ConfirmTakingSeat,
    #[error("The event is not open; open it first")]
    EventNotOpen,
    #[error("This person has no address that works; record the invitation as given by other means")]
    NoUsableAddress,
}

impl InvitationRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFrom(_) => "invitation-state",
            Self::NoReason => "reason-needed",
            Self::ConfirmTakingSeat => "confirmation-needed",
            Self::EventNotOpen => "event-not-open",
            Self::NoUsableAddress => "no-usable-address",
        }
    }
}

impl InvitationState {
    /// The state after `wanted`, or why not.
    pub fn after(self, wanted: InvitationMove) -> Result<Self, InvitationRefused> {
        use InvitationMove as M;
        match (self, wanted) {
            (Self::Nominated | Self::Reserve, M::List) => Ok(Self::Listed),
            (Self::Nominated, M::Refuse) => Ok(Self::Refused),
            (Self::Refused, M::Reconsider) => Ok(Self::Nominated),
            (Self::Listed, M::Rank) => Ok(Self::Reserve),
            (Self::Listed, M::Invite) | (Self::Withdrawn, M::Reinvite) => Ok(Self::Invited),
            (Self::Invited, M::Withdraw) => Ok(Self::Withdrawn),
            (Self::Replaced, M::Replace) => Err(InvitationRefused::NotFrom(self)),
            (_, M::Replace) => Ok(Self::Replaced),
            (Self::Invited, M::Unsend) => Ok(Self::Listed),
            (
                from,
                M::List
                | M::Refuse
                | M::Reconsider
                | M::Rank
                | M::Invite
                | M::Withdraw
                | M::Reinvite
                | M::Unsend,
            ) => Err(InvitationRefused::NotFrom(from)),
        }
    }

    /// True while the personal link leads to the answer page.
    #[must_use]
    pub fn link_is_open(self) -> bool {
        self == Self::Invited
    }
}

/// Why somebody gets no other day to answer by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionRefused {
    #[error("answers are closed, or the event is not open")]
    Closed,
    #[error("they have answered, or were not invited")]
    NotOpen,
    #[error("choose a day from today to {latest}")]
    Day { latest: NaiveDate },
}

/// Whether an invitation may get this day to answer by: one that is open and has no answer, says "I
/// can't say yet", or lapsed; until answers close, and before the event.
pub fn may_extend(
    event: &Event,
    invitation: InvitationState,
    answer: Option<AnswerValue>,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Result<(), ExtensionRefused> {
    if event.state != EventState::Open || event.answers_are_closed(now) {
        return Err(ExtensionRefused::Closed);
    }
    let is_open = matches!(answer, None | Some(AnswerValue::Tentative | AnswerValue::Lapsed));
    if invitation != InvitationState::Invited || !is_open {
        return Err(ExtensionRefused::NotOpen);
    }
    let latest = event.answers_close.min(event.first_day.pred_opt().unwrap_or(event.first_day));
    if day < deadline::today(now, event.zone) || day > latest {
        return Err(ExtensionRefused::Day { latest });
    }
    Ok(())
}

/// Why details cannot be changed. Consent to be listed can be taken back all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DetailsRefused {
    #[error("This invitation is no longer open; write to the committee")]
    NotOpen,
    #[error("The event is cancelled; nothing needs to be changed")]
    EventCancelled,
    #[error("The event is over; write to the committee if something is wrong")]
    EventOver,
    #[error("Topics are closed since answers closed; write to the committee")]
    TopicsClosed,
    #[error("The event has begun, so this page is read-only; tell the committee in person")]
    EventBegan,
    #[error("There is no seat for somebody you bring")]
    NoSeatForGuests,
    #[error("{refused}")]
    Answer { number: u32, refused: crate::question::DetailRefused },
}

impl DetailsRefused {
    /// Stable code for scripts and the API.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOpen => "invitation-not-open",
            Self::EventCancelled => "event-cancelled",
            Self::EventOver => "event-over",
            Self::TopicsClosed => "topics-closed",
            Self::EventBegan => "event-began",
            Self::NoSeatForGuests => "no-seat-for-guests",
            Self::Answer { .. } => "detail-answer",
        }
    }
}

/// Whether an invitee may change name, days, notes and answers now: while their link is open, until the
/// event begins (T7). Days of travel change after answers closed, so that date does not matter here.
pub fn may_change_details(
    event: &Event,
    invitation: InvitationState,
    now: DateTime<Utc>,
) -> Result<(), DetailsRefused> {
    match event.state {
        EventState::Cancelled => Err(DetailsRefused::EventCancelled),
        EventState::Finished => Err(DetailsRefused::EventOver),
        EventState::Draft | EventState::Open | EventState::Closed if event.is_over(now) => {
            Err(DetailsRefused::EventOver)
        }
        EventState::Draft | EventState::Open | EventState::Closed if !invitation.link_is_open() => {
            Err(DetailsRefused::NotOpen)
        }
        EventState::Draft | EventState::Open | EventState::Closed if event.has_begun(now) => {
            Err(DetailsRefused::EventBegan)
        }
        EventState::Draft | EventState::Open | EventState::Closed => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_state_and_move_is_in_the_table_or_refused() {
        use InvitationMove as M;
        use InvitationState as S;
        let allowed = [
            (S::Nominated, M::List, S::Listed),
            (S::Nominated, M::Refuse, S::Refused),
            (S::Refused, M::Reconsider, S::Nominated),
            (S::Listed, M::Rank, S::Reserve),
            (S::Reserve, M::List, S::Listed),
            (S::Listed, M::Invite, S::Invited),
            (S::Invited, M::Withdraw, S::Withdrawn),
            (S::Withdrawn, M::Reinvite, S::Invited),
            (S::Invited, M::Unsend, S::Listed),
        ];

        for from in INVITATION_STATES {
            for wanted in INVITATION_MOVES {
                let expected = match wanted {
                    M::Replace if from != S::Replaced => Some(S::Replaced),
                    _ => allowed.iter().find(|(f, m, _)| (*f, *m) == (from, wanted)).map(|(.., to)| *to),
                };

                assert_eq!(from.after(wanted).ok(), expected, "{from:?} {wanted:?}");
            }
        }
    }

    #[test]
    fn another_day_is_for_open_invitations_until_answers_close() {
        use AnswerValue as A;
        use InvitationState as S;
        let mut event = crate::event::tests::netconf();
        event.state = EventState::Open;
        let now: DateTime<Utc> = "2019-05-01T12:00:00Z".parse().unwrap_or_default();
        let day = |days: u64| deadline::today(now, event.zone) + chrono::Days::new(days);
        let may = |state, answer| may_extend(&event, state, answer, day(3), now);
        let latest = event.answers_close;

        for answer in [None, Some(A::Tentative), Some(A::Lapsed)] {
            assert_eq!(may(S::Invited, answer), Ok(()));
        }
        for answer in [A::Accepted, A::Declined, A::Waiting, A::Cancelled] {
            assert_eq!(may(S::Invited, Some(answer)), Err(ExtensionRefused::NotOpen));
        }
        assert_eq!(may(S::Listed, None), Err(ExtensionRefused::NotOpen));
        for wrong in [day(0).pred_opt().unwrap_or_default(), latest.succ_opt().unwrap_or_default()] {
            let refused = may_extend(&event, S::Invited, None, wrong, now);
            assert_eq!(refused, Err(ExtensionRefused::Day { latest }));
        }
        let late = deadline::end_of_day(latest, event.zone);
        assert_eq!(may_extend(&event, S::Invited, None, day(3), late), Err(ExtensionRefused::Closed));
    }

    #[test]
    fn words_read_back() {
        for state in INVITATION_STATES {
            assert_eq!(InvitationState::parse(state.as_str()), Some(state));
        }
        for mode in MODES {
            assert_eq!(Mode::parse(mode.as_str()), Some(mode));
        }
    }
}
