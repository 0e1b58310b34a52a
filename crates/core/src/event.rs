//! The meeting: its facts, its policies and its states (domain.md 3.2 "Event").
//!
//! Facts are changed through [`Event::set`] by key, the same keys for the command line and the
//! settings page, so that both refuse the same things with the same sentences.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::change::Change;
use crate::deadline;
use crate::ids::EventId;
use crate::reserve::Backfill;

mod keys;
mod slug;

pub use keys::{KEYS, KeyError};
pub use slug::{Slug, SlugError};

/// A meeting with a place, dates, a zone and a committee.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: EventId,
    pub slug: Slug,
    pub state: EventState,
    /// Grows with each change of place or date.
    pub revision: u32,
    /// Grows with every change at all; a form that carries an older one is stale.
    pub version: u32,
    pub title: String,
    /// Falls back to the title.
    pub short_title: String,
    pub epigraph: String,
    pub intro: String,
    pub place: String,
    pub zone: Tz,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    /// Wall-clock hours in the event's zone; the calendar then names hours instead of days.
    pub starts: Option<NaiveTime>,
    pub ends: Option<NaiveTime>,
    /// In-person seats; none is "no limit".
    pub seats: Option<u32>,
    pub remote: Remote,
    pub reply_to: String,
    /// Last day on which answers are taken without asking the committee.
    pub answers_close: NaiveDate,
    /// Last day for topics that are not marked late.
    pub topics_by: NaiveDate,
    pub policy: SeatPolicy,
    /// Silence past the reply-by date lapses by itself.
    pub lapse: bool,
    /// Invitees may say "I can't say yet".
    pub tentative: bool,
    /// Minutes that a wave confirmed in the browser waits before it leaves.
    pub hold_minutes: u32,
    pub html_mail: bool,
    pub calendar_rsvp: bool,
    pub page: PageMode,
    pub page_order: PageOrder,
    /// One per line.
    pub sponsors: Vec<String>,
    /// Days before the reply-by date on which the silent are reminded once; none is never.
    pub reminder_days: Option<u32>,
    /// What happens to the reserve when a seat comes free.
    pub backfill: Backfill,
    /// A wave leaves only when another member than its writer released it.
    pub approval: bool,
    /// Shown where a cancelled event is shown.
    pub cancelled_reason: String,
    /// Anybody may ask to be invited, which makes a nomination and never an invitation.
    pub takes_nominations: bool,
    /// What invitees are shown to have changed, oldest first.
    pub changes: Vec<Change>,
    /// How often calendars were told anew since the first invitation; part of every SEQUENCE.
    pub calendar_changes: u32,
    /// Until when everybody who was asked again says that they come.
    pub reconfirm_by: Option<NaiveDate>,
    /// Until when details are asked for; none asks without a day.
    pub details_by: Option<NaiveDate>,
    /// Whoever comes may bring somebody, who takes a seat.
    pub guests: bool,
}

/// Where an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventState {
    Draft,
    Open,
    Closed,
    Finished,
    Cancelled,
}

/// Every state, in the order of the table.
pub const EVENT_STATES: [EventState; 5] =
    [EventState::Draft, EventState::Open, EventState::Closed, EventState::Finished, EventState::Cancelled];

impl EventState {
    /// The word in columns and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        EVENT_STATES.into_iter().find(|state| state.as_str() == word)
    }
}

/// Taking part by video (decision 5: counted apart).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remote {
    Off,
    Limited(u32),
    Unlimited,
}

/// What an open offer does to a seat (decision 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatPolicy {
    /// An open offer holds a seat; a wave cannot offer more than there are.
    Hold,
    /// Up to this many more offers than seats; the first answers win.
    OverInvite(u32),
}

/// How much of the public page is live (decisions.md, "Consent and page").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageMode {
    Off,
    Facts,
    Full,
}

/// Order of people on the public page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageOrder {
    List,
    Name,
}

/// A change of state somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventMove {
    Open,
    /// Chair. The list is closed: changes become requests.
    Close,
    /// Chair, with a reason.
    Reopen,
    /// Chair, confirmed by typing the slug.
    Cancel,
    /// Chair, with a reason: a cancelled event takes place after all; revision + 1.
    Revive,
    /// The system, the day after the last day.
    Finish,
}

/// Every move.
pub const EVENT_MOVES: [EventMove; 6] = [
    EventMove::Open,
    EventMove::Close,
    EventMove::Reopen,
    EventMove::Cancel,
    EventMove::Revive,
    EventMove::Finish,
];

/// Why a move is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventRefused {
    #[error("A {} event cannot be {wanted}", .from.as_str())]
    NotFrom { from: EventState, wanted: &'static str },
    #[error("Set {0} first")]
    Missing(&'static str),
    #[error("Say why; the reason is kept in the record")]
    NoReason,
    #[error("The event lasts until {0}")]
    NotOver(NaiveDate),
}

impl EventRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFrom { .. } => "event-state",
            Self::Missing(_) => "event-incomplete",
            Self::NoReason => "reason-needed",
            Self::NotOver(_) => "event-not-over",
        }
    }
}

impl Event {
    /// The state after `wanted`, or why not. `reason` matters where the table asks for one.
    pub fn after(
        &self,
        wanted: EventMove,
        reason: Option<&str>,
        committee_size: usize,
        now: DateTime<Utc>,
    ) -> Result<EventState, EventRefused> {
        use EventMove as M;
        use EventState as S;
        let has_reason = reason.is_some_and(|r| !r.trim().is_empty());
        match (self.state, wanted) {
            (S::Draft, M::Open) => {
                self.may_open(committee_size)?;
                Ok(S::Open)
            }
            (S::Open, M::Close) => Ok(S::Closed),
            (S::Closed, M::Reopen) | (S::Cancelled, M::Revive) if !has_reason => Err(EventRefused::NoReason),
            (S::Closed, M::Reopen) => Ok(S::Open),
            (S::Cancelled, M::Revive) => {
                self.may_open(committee_size)?;
                Ok(S::Open)
            }
            (S::Draft | S::Open | S::Closed, M::Cancel) => Ok(S::Cancelled),
            (S::Open | S::Closed, M::Finish) if !self.is_over(now) => {
                Err(EventRefused::NotOver(self.last_day))
            }
            (S::Open | S::Closed, M::Finish) => Ok(S::Finished),
            (from, M::Open) => Err(EventRefused::NotFrom { from, wanted: "opened" }),
            (from, M::Close) => Err(EventRefused::NotFrom { from, wanted: "closed" }),
            (from, M::Reopen) => Err(EventRefused::NotFrom { from, wanted: "reopened" }),
            (from, M::Cancel) => Err(EventRefused::NotFrom { from, wanted: "cancelled" }),
            (from, M::Revive) => Err(EventRefused::NotFrom { from, wanted: "revived" }),
            (from, M::Finish) => Err(EventRefused::NotFrom { from, wanted: "finished" }),
        }
    }

    fn may_open(&self, committee_size: usize) -> Result<(), EventRefused> {
        if self.title.is_empty() {
            return Err(EventRefused::Missing("title"));
        }
        if self.reply_to.is_empty() {
            return Err(EventRefused::Missing("reply_to"));
        }
        if self.seats.is_none() {
            return Err(EventRefused::Missing("seats"));
        }
        if committee_size == 0 {
            return Err(EventRefused::Missing("at least one committee member"));
        }
        Ok(())
    }

    /// What mails and pages call the event in passing.
    #[must_use]
    pub fn short_name(&self) -> &str {
        if self.short_title.is_empty() { &self.title } else { &self.short_title }
    }

    /// The zone as sentences name it.
    #[must_use]
    pub fn zone_name(&self) -> String {
        deadline::zone_name(self.zone, &self.place)
    }

    /// `Fri 24 May 2019, end of day, Boston time`.
    #[must_use]
    pub fn deadline_words(&self, day: NaiveDate) -> String {
        deadline::deadline_words(day, &self.zone_name())
    }

    /// True once answers need the committee: the chair closed the list, or answers-close passed.
    #[must_use]
    pub fn answers_are_closed(&self, now: DateTime<Utc>) -> bool {
        self.state == EventState::Closed || deadline::has_passed(self.answers_close, self.zone, now)
    }

    /// True from the local midnight before the first day.
    #[must_use]
    pub fn has_begun(&self, now: DateTime<Utc>) -> bool {
        now >= deadline::instant(self.first_day, NaiveTime::MIN, self.zone)
    }

    /// True from the local midnight after the last day.
    #[must_use]
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        deadline::has_passed(self.last_day, self.zone, now)
    }

    /// Seven days before the first day (decisions.md, "Late, full, closed").
    #[must_use]
    pub fn default_answers_close(first_day: NaiveDate) -> NaiveDate {
        first_day.checked_sub_days(Days::new(7)).unwrap_or(first_day)
    }

    /// Three weeks before the first day (domain.md 3.5).
    #[must_use]
    pub fn default_topics_by(first_day: NaiveDate) -> NaiveDate {
        first_day.checked_sub_days(Days::new(21)).unwrap_or(first_day)
    }
}

#[cfg(test)]
pub(crate) mod tests;
