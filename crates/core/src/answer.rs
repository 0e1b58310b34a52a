//! What they said, and what may be said now (domain.md 3.2 "Answer", decisions 2, 4, 5, 6 and the
//! rulings "Late, full, closed" and "Answers").
//!
//! Answers are append-only; the newest counts. [`decide`] is the one place that knows the rules:
//! it takes the standing of one invitation and says what is recorded, requested or refused. It is
//! long on purpose, so that "what may they say now" is seen in one place.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::deadline;
use crate::event::{Event, EventState};
use crate::invitation::{InvitationState, Mode};
use crate::seats::EventSeats;

mod given;

pub use given::{Given, GivenError, TentativeReason, VIAS, Via};

/// An answer as recorded. "No answer yet" is the absence of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AnswerValue {
    /// Yes, and the seat is theirs.
    Accepted,
    /// Cannot say yet; holds the seat until a date.
    Tentative,
    /// No.
    Declined,
    /// Yes, but no seat is free and they chose the waiting list.
    Waiting,
    /// Gave an accepted seat back.
    Cancelled,
    /// Silent past the date; recorded by the system or the committee.
    Lapsed,
}

/// Every answer.
pub const ANSWER_VALUES: [AnswerValue; 6] = [
    AnswerValue::Accepted,
    AnswerValue::Tentative,
    AnswerValue::Declined,
    AnswerValue::Waiting,
    AnswerValue::Cancelled,
    AnswerValue::Lapsed,
];

impl AnswerValue {
    /// The word in columns, forms, exports and badges.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Tentative => "tentative",
            Self::Declined => "declined",
            Self::Waiting => "waiting",
            Self::Cancelled => "cancelled",
            Self::Lapsed => "lapsed",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        ANSWER_VALUES.into_iter().find(|value| value.as_str() == word)
    }

    /// Counts as taken.
    #[must_use]
    pub fn takes_seat(self) -> bool {
        self == Self::Accepted
    }

    /// Taken or held.
    #[must_use]
    pub fn keeps_seat(self) -> bool {
        matches!(self, Self::Accepted | Self::Tentative)
    }

    /// May propose topics (decisions.md, "Topics").
    #[must_use]
    pub fn may_propose(self) -> bool {
        matches!(self, Self::Accepted | Self::Tentative | Self::Waiting)
    }
}

/// The newest answer of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Current {
    pub value: AnswerValue,
    pub mode: Mode,
    pub at: DateTime<Utc>,
    /// Tentative: the day until which the seat is held.
    pub held_until: Option<NaiveDate>,
    /// Tentative: what it depends on, if they said.
    pub reason: Option<TentativeReason>,
    /// Waiting: their place in line, from 1.
    pub place: Option<u32>,
    /// The event changed, or the committee asked: they are to say it again. The seat is kept meanwhile.
    pub must_reconfirm: bool,
}

/// Everything a decision looks at, read under the event's lock.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    pub event: &'a Event,
    pub invitation: InvitationState,
    /// Mode that was offered.
    pub offered: Mode,
    /// Reply-by of the wave; none when invited by other means.
    pub reply_by: Option<NaiveDate>,
    pub current: Option<Current>,
    /// Counted with this invitation included.
    pub seats: EventSeats,
    /// When the relay took the newest invitation or reminder to them.
    pub handed_over_at: Option<DateTime<Utc>>,
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By<'a> {
    Invitee,
    /// A member records what they heard. `override_reason` goes beyond the limit and is logged.
    Committee {
        override_reason: Option<&'a str>,
    },
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Said before; nothing is written and nothing is sent.
    Unchanged,
    /// A new record is appended.
    Recorded(Decision),
    /// The list is closed: the wish goes to the committee, the answer stays as it is.
    Requested { wanted: AnswerValue, mode: Mode },
}

/// The record to append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub value: AnswerValue,
    pub mode: Mode,
    /// Given after the reply-by date.
    pub late: bool,
    /// Tentative: the day until which the seat is held.
    pub held_until: Option<NaiveDate>,
    /// A seat that was taken or held is free now; the waiting list may move.
    pub frees_seat: bool,
    /// An accepted seat was given back: its topics are flagged.
    pub flags_topics: bool,
    /// Followed hand-over within 30 seconds, or an opposite answer within 10: counts fully, and
    /// the receipt asks "was this you?" (decisions.md, "Answers"; mail.md 2 rule 5).
    pub was_this_you: bool,
    /// Beyond a limit, by the committee's override.
    pub over_limit: bool,
}

/// Why an answer is refused. Each is a reason the person can read and act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerRefused {
    #[error("All seats are taken or held. You can join the waiting list")]
    NoSeat,
    #[error("All seats are taken or held, and the waiting list is closed")]
    NoSeatNoList,
    #[error("The event does not take part by video")]
    RemoteOff,
    #[error("This event asks for yes or no")]
    TentativeOff,
    #[error("Choose a day between today and {latest}")]
    UntilOutOfRange { latest: NaiveDate },
    #[error("This invitation is no longer open")]
    Withdrawn,
    #[error("This person has not been invited yet")]
    NotInvited,
    #[error("The event is cancelled")]
    EventCancelled,
    #[error("The event is over")]
    EventOver,
    #[error("The event is not open yet")]
    EventNotOpen,
    #[error("Only an accepted seat can be given back; record declined instead")]
    NothingToCancel,
    #[error("A late seat is asked for after answers closed; say yes with the button instead")]
    AnswersOpen,
    #[error("The event changed while you had the page open. Look at what is new, then answer again")]
    ChangedMeanwhile,
}

impl AnswerRefused {
    /// Stable code for scripts and the API.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSeat => "no-seat",
            Self::NoSeatNoList => "no-seat-list-closed",
            Self::RemoteOff => "remote-off",
            Self::TentativeOff => "tentative-off",
            Self::UntilOutOfRange { .. } => "until-out-of-range",
            Self::Withdrawn => "withdrawn",
            Self::NotInvited => "not-invited",
            Self::EventCancelled => "event-cancelled",
            Self::EventOver => "event-over",
            Self::EventNotOpen => "event-not-open",
            Self::NothingToCancel => "nothing-to-cancel",
            Self::AnswersOpen => "answers-open",
            Self::ChangedMeanwhile => "event-changed",
        }
    }
}

/// Decides an answer. Refuses, with a reason, what cannot be said now; see the variants.
pub fn decide(
    given: &Given,
    by: By<'_>,
    standing: &Standing<'_>,
    now: DateTime<Utc>,
) -> Result<Outcome, AnswerRefused> {
    standing.refuse_unless_open(now)?;
    let outcome = match *given {
        Given::Accept { mode } => standing.accept(mode, by, now)?,
        Given::Wait { mode } => standing.wait(mode, by, now)?,
        Given::Tentative { reason, until } => standing.tentative(reason, until, by, now)?,
        Given::Decline => standing.decline(by, now),
        Given::Cancel => match standing.current.map(|c| c.value) {
            Some(AnswerValue::Accepted | AnswerValue::Cancelled) => standing.decline(by, now),
            _ => return Err(AnswerRefused::NothingToCancel),
        },
    };
    Ok(match outcome {
        // A machine presses buttons; a member who records an answer knows who said it.
        Outcome::Recorded(decision) if by != By::Invitee => {
            Outcome::Recorded(Decision { was_this_you: false, ..decision })
        }
        other => other,
    })
}

/// Decides whether silence lapses now: only for the unanswered past their reply-by date, and for
/// the tentative past theirs, while the event is open (decision 6).
#[must_use]
pub fn lapses(standing: &Standing<'_>, by_committee: bool, now: DateTime<Utc>) -> bool {
    let event = standing.event;
    if standing.invitation != InvitationState::Invited
        || !matches!(event.state, EventState::Open | EventState::Closed)
        || !(event.lapse || by_committee)
    {
        return false;
    }
    let due = match standing.current {
        None => standing.reply_by,
        // Whoever is to say it again keeps the seat until the day they were given for that.
        Some(Current { value: AnswerValue::Tentative, held_until, must_reconfirm: true, .. }) => {
            held_until.max(event.reconfirm_by)
        }
        Some(Current { value: AnswerValue::Tentative, held_until, .. }) => held_until,
        Some(_) => return false,
    };
    due.is_some_and(|day| deadline::has_passed(day, event.zone, now))
}

impl Standing<'_> {
    fn refuse_unless_open(&self, now: DateTime<Utc>) -> Result<(), AnswerRefused> {
        match self.event.state {
            EventState::Cancelled => return Err(AnswerRefused::EventCancelled),
            EventState::Finished => return Err(AnswerRefused::EventOver),
            EventState::Draft => return Err(AnswerRefused::EventNotOpen),
            EventState::Open | EventState::Closed if self.event.is_over(now) => {
                return Err(AnswerRefused::EventOver);
            }
            EventState::Open | EventState::Closed => {}
        }
        match self.invitation {
            InvitationState::Invited => Ok(()),
            InvitationState::Withdrawn | InvitationState::Replaced => Err(AnswerRefused::Withdrawn),
            InvitationState::Nominated
            | InvitationState::Refused
            | InvitationState::Listed
            | InvitationState::Reserve => Err(AnswerRefused::NotInvited),
        }
    }

    fn accept(&self, mode: Option<Mode>, by: By<'_>, now: DateTime<Utc>) -> Result<Outcome, AnswerRefused> {
        let mode = mode.or_else(|| self.kept_mode()).unwrap_or(self.offered);
        let is_theirs = self.has(AnswerValue::Accepted) && self.kept_mode() == Some(mode);
        if is_theirs && !self.must_reconfirm() {
            return Ok(Outcome::Unchanged);
        }
        self.refuse_remote_where_off(mode)?;
        // Saying again what they said takes nothing from anybody, so it works after closing too.
        let says_again = is_theirs && !self.event.has_begun(now);
        if self.is_closed_to(by, now) && !says_again {
            return Ok(Outcome::Requested { wanted: AnswerValue::Accepted, mode });
        }
        let over_limit = !self.may_take_seat(mode);
        if over_limit && !has_override(by) {
            return Err(if self.event.answers_are_closed(now) {
                AnswerRefused::NoSeatNoList
            } else {
                AnswerRefused::NoSeat
            });
        }
        Ok(self.record(AnswerValue::Accepted, mode, None, over_limit, now))
    }

    fn wait(&self, mode: Option<Mode>, by: By<'_>, now: DateTime<Utc>) -> Result<Outcome, AnswerRefused> {
        let mode = mode.or_else(|| self.kept_mode()).unwrap_or(self.offered);
        if self.has(AnswerValue::Waiting) && self.kept_mode() == Some(mode) {
            return Ok(Outcome::Unchanged);
        }
        self.refuse_remote_where_off(mode)?;
        if self.has(AnswerValue::Accepted) {
            return Ok(Outcome::Unchanged);
        }
        if self.is_closed_to(by, now) {
            return Ok(Outcome::Requested { wanted: AnswerValue::Waiting, mode });
        }
        // Whoever asks to wait while a seat is theirs to take gets the seat.
        if by == By::Invitee && self.may_take_seat(mode) {
            return Ok(self.record(AnswerValue::Accepted, mode, None, false, now));
        }
        Ok(self.record(AnswerValue::Waiting, mode, None, false, now))
    }

    fn tentative(
        &self,
        reason: Option<TentativeReason>,
        until: Option<NaiveDate>,
        by: By<'_>,
        now: DateTime<Utc>,
    ) -> Result<Outcome, AnswerRefused> {
        if !self.event.tentative {
            return Err(AnswerRefused::TentativeOff);
        }
        let today = deadline::today(now, self.event.zone);
        // Past answers-close a member alone records, and the seat is held until the event begins.
        let latest = if self.event.answers_are_closed(now) {
            self.event.answers_close.max(self.event.first_day).max(today)
        } else {
            self.event.answers_close
        };
        if until.is_some_and(|day| day < today || day > latest) {
            return Err(AnswerRefused::UntilOutOfRange { latest });
        }
        let mode = self.kept_mode().unwrap_or(self.offered);
        let says_again = self.has(AnswerValue::Tentative) && self.must_reconfirm();
        if self.is_closed_to(by, now) && (!says_again || self.event.has_begun(now)) {
            return Ok(Outcome::Requested { wanted: AnswerValue::Tentative, mode });
        }
        // Held until their date or the reply-by date, whichever is later.
        let named = until.or(self.reply_by.filter(|day| *day >= today)).unwrap_or(latest);
        let held_until = named.max(self.reply_by.unwrap_or(named)).min(latest);
        let is_same = |current: Current| {
            current.value == AnswerValue::Tentative
                && current.held_until == Some(held_until)
                && (reason.is_none() || reason == current.reason)
        };
        if self.current.is_some_and(is_same) && !says_again {
            return Ok(Outcome::Unchanged);
        }
        let over_limit = !self.may_take_seat(mode);
        if over_limit && !has_override(by) {
            return Err(AnswerRefused::NoSeat);
        }
        Ok(self.record(AnswerValue::Tentative, mode, Some(held_until), over_limit, now))
    }

    fn decline(&self, by: By<'_>, now: DateTime<Utc>) -> Outcome {
        let mode = self.kept_mode().unwrap_or(self.offered);
        let value = match self.current.map(|c| c.value) {
            Some(AnswerValue::Declined | AnswerValue::Cancelled) => return Outcome::Unchanged,
            Some(AnswerValue::Accepted) => AnswerValue::Cancelled,
            Some(AnswerValue::Tentative | AnswerValue::Waiting | AnswerValue::Lapsed) | None => {
                AnswerValue::Declined
            }
        };
        // On the days themselves a change is a note to the committee (T7).
        if by == By::Invitee && self.event.has_begun(now) {
            return Outcome::Requested { wanted: value, mode };
        }
        self.record(value, mode, None, false, now)
    }

    fn record(
        &self,
        value: AnswerValue,
        mode: Mode,
        held_until: Option<NaiveDate>,
        over_limit: bool,
        now: DateTime<Utc>,
    ) -> Outcome {
        let kept = self.current.is_some_and(|c| c.value.keeps_seat());
        let held_by_offer = self.current.is_none();
        let changes_mode = self.kept_mode().unwrap_or(self.offered) != mode;
        let frees_seat = (kept || held_by_offer) && (!value.keeps_seat() || changes_mode);
        let due = if self.must_reconfirm() { self.event.reconfirm_by } else { self.reply_by };
        Outcome::Recorded(Decision {
            value,
            mode,
            late: due.is_some_and(|day| deadline::has_passed(day, self.event.zone, now)),
            held_until,
            frees_seat,
            flags_topics: value == AnswerValue::Cancelled,
            was_this_you: self.is_suspicious(value, now),
            over_limit,
        })
    }

    /// True when a yes in this mode finds a seat: their own, or a free one nobody waits for.
    #[must_use]
    pub fn may_take_seat(&self, mode: Mode) -> bool {
        let Some(seats) = self.seats.mode(mode) else {
            return true;
        };
        if self.keeps_seat_in(mode) {
            return true;
        }
        let first_in_line = self.has(AnswerValue::Waiting) && self.current.and_then(|c| c.place) == Some(1);
        seats.has_room() && (seats.waiting == 0 || first_in_line)
    }

    /// False when every decision is the same however many seats are taken: whoever has a seat, or
    /// is offered one that is held, is seldom in need of a count.
    #[must_use]
    pub fn depends_on_seats(&self) -> bool {
        let needs = |mode| !self.keeps_seat_in(mode);
        needs(Mode::InPerson) || (self.event.remote != crate::event::Remote::Off && needs(Mode::Remote))
    }

    /// A seat of this mode is already counted for them.
    #[must_use]
    pub fn keeps_seat_in(&self, mode: Mode) -> bool {
        match self.current {
            Some(current) => current.value.keeps_seat() && current.mode == mode,
            None => mode == self.offered && matches!(self.event.policy, crate::event::SeatPolicy::Hold),
        }
    }

    fn has(&self, value: AnswerValue) -> bool {
        self.current.is_some_and(|c| c.value == value)
    }

    fn must_reconfirm(&self) -> bool {
        self.current.is_some_and(|c| c.must_reconfirm)
    }

    fn kept_mode(&self) -> Option<Mode> {
        self.current.map(|c| c.mode)
    }

    /// Past answers-close, and on the days of the event whatever that date is (T7), an invitee's wish
    /// is a request; a member records for the committee.
    fn is_closed_to(&self, by: By<'_>, now: DateTime<Utc>) -> bool {
        by == By::Invitee && (self.event.answers_are_closed(now) || self.event.has_begun(now))
    }

    fn refuse_remote_where_off(&self, mode: Mode) -> Result<(), AnswerRefused> {
        let off = mode == Mode::Remote && self.event.remote == crate::event::Remote::Off;
        if off { Err(AnswerRefused::RemoteOff) } else { Ok(()) }
    }

    fn is_suspicious(&self, value: AnswerValue, now: DateTime<Utc>) -> bool {
        let soon_after_mail = self
            .handed_over_at
            .is_some_and(|at| now >= at && now - at < TimeDelta::seconds(30) && self.current.is_none());
        let opposite = self.current.is_some_and(|current| {
            current.value.keeps_seat() != value.keeps_seat() && now - current.at < TimeDelta::seconds(10)
        });
        soon_after_mail || opposite
    }
}

fn has_override(by: By<'_>) -> bool {
    matches!(by, By::Committee { override_reason: Some(reason) } if !reason.trim().is_empty())
}

#[cfg(test)]
mod tests;
