//! The invitee's page, and recording what they said.

use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::answer::{AnswerRefused, AnswerValue, Current, Given, Outcome, Via};
use conclave_core::event::Event;
use conclave_core::ids::InvitationId;
use conclave_core::link_token::LinkToken;
use conclave_core::log_entry::Actor;
use conclave_core::seats::EventSeats;

use crate::{CommitteeLine, Invitation, Store, StoreError, TopicView, WriteError};

/// Everything the invitee's page needs, for whatever state it is in. At most three queries.
#[derive(Clone, Debug)]
pub struct PersonalPage {
    pub event: Event,
    pub committee: Vec<CommitteeLine>,
    pub invitation: Invitation,
    pub current: Option<Current>,
    /// For "is a seat theirs to take"; never shown as counts.
    pub seats: EventSeats,
    /// Their place if they joined the waiting list now, from 1.
    pub next_place_in_line: u32,
    /// Their own topics, withdrawn ones last.
    pub topics: Vec<TopicView>,
    /// They asked the committee for something that is not decided.
    pub has_open_request: bool,
}

/// What may come with an answer. Absent fields stay as they are.
#[derive(Clone, Debug, Default)]
pub struct AnswerExtras {
    /// `listed=yes|no`.
    pub listed: Option<bool>,
    /// To the committee; at most 2,000 letters.
    pub note: Option<String>,
    /// Why not, in a word.
    pub reason: Option<String>,
}

/// An answer that was recorded, found unchanged, or handed to the committee.
#[derive(Clone, Debug)]
pub struct Answered {
    pub outcome: Outcome,
    /// The answer that counts now.
    pub value: Option<AnswerValue>,
    pub place_in_line: Option<u32>,
}

/// An answer recorded for an invitee by the committee.
#[derive(Clone, Debug)]
pub struct OnBehalf {
    pub given: Given,
    pub via: Via,
    /// Who said so and how; a message-id is perfect.
    pub note: String,
    /// Beyond the limit, with this reason.
    pub override_reason: Option<String>,
    pub send_receipt: bool,
    /// A listed person becomes invited by other means first.
    pub listed: Option<bool>,
}

/// One answer of the history.
#[derive(Clone, Debug)]
pub struct PastAnswer {
    pub value: AnswerValue,
    pub at: DateTime<Utc>,
    pub by: String,
    pub via: String,
    pub note: String,
    pub reason: String,
    pub held_until: Option<NaiveDate>,
    pub is_late: bool,
}

/// Details after a yes, all optional. Absent fields stay as they are.
#[derive(Clone, Debug, Default)]
pub struct Details {
    pub name: Option<String>,
    pub affiliation: Option<String>,
    pub arrival: Option<String>,
    pub departure: Option<String>,
    pub note: Option<String>,
    pub listed: Option<bool>,
    /// `none`, `undecided` or empty.
    pub topic_intent: Option<String>,
}

impl Store {
    /// The page behind a personal link; `None` for unknown, revoked and malformed ones alike.
    /// Reads only: no row is written (decision 10).
    pub async fn personal_page(&self, token: &LinkToken, now: DateTime<Utc>) -> Result<Option<PersonalPage>, StoreError> {
        todo!()
    }

    /// Records what the invitee said through their link. One transaction: answer, consent, log
    /// entry, receipt, and the waiting list if a seat came free. Saying the same again is unchanged.
    pub async fn record_answer(
        &self,
        invitation: InvitationId,
        given: &Given,
        extras: &AnswerExtras,
        via: Via,
        now: DateTime<Utc>,
    ) -> Result<Answered, WriteError<AnswerRefused>> {
        todo!()
    }

    /// Records what a member heard. A listed person becomes invited by other means first, under
    /// the seat rule. Refuses like an answer; an override reason goes beyond the limit.
    pub async fn record_answer_on_behalf(
        &self,
        invitation: InvitationId,
        answer: &OnBehalf,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Answered, WriteError<AnswerRefused>> {
        todo!()
    }

    /// Asks the committee for a late seat, with a line of text.
    pub async fn ask_late_seat(&self, invitation: InvitationId, note: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        todo!()
    }

    /// Why not, and whom instead: added to the newest answer as a note.
    pub async fn add_reason(
        &self,
        invitation: InvitationId,
        reason: &str,
        instead: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        todo!()
    }

    /// Stores details and consent. The name is an explicit edit and is logged.
    pub async fn set_details(&self, invitation: InvitationId, details: &Details, now: DateTime<Utc>) -> Result<(), StoreError> {
        todo!()
    }

    /// Everything stored about an invitee, as indented text for "what we store" and its mail.
    pub async fn record_of(&self, invitation: InvitationId) -> Result<String, StoreError> {
        todo!()
    }

    /// Mails that record to the invitee.
    pub async fn mail_record(&self, invitation: InvitationId, now: DateTime<Utc>) -> Result<(), StoreError> {
        todo!()
    }

    /// An invitation's answers, newest first.
    pub async fn answers(&self, invitation: InvitationId) -> Result<Vec<PastAnswer>, StoreError> {
        todo!()
    }

    /// Lapses everybody whose date has passed, in events that say so; mails the tentative once.
    /// Seats that come free move the waiting list. Returns how many lapsed.
    pub async fn lapse_silence(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        todo!()
    }
}
