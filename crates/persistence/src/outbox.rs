//! The outbox: claiming, what became of each message, and a person's hand on it
//! (decision 25, "Lost sends", "When an offer begins").

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use conclave_core::facts::Facts;
use conclave_core::ids::{EventId, MessageId, WaveId};
use conclave_core::link_token::{LinkToken, Secret};
use conclave_core::log_entry::Actor;
use conclave_core::message::{MessageRefused, MessageState};
use conclave_core::purpose::Purpose;

use crate::{Store, StoreError, WriteError};

/// A message leased to this worker. Its state is `sending` and was committed before this value
/// existed; an invitation's offer has become "invited".
#[derive(Clone, Debug)]
pub struct Claimed {
    pub id: MessageId,
    pub purpose: Purpose,
    pub wave: Option<WaveId>,
    /// Event mails count towards the event's batch.
    pub event: Option<EventId>,
    pub facts: Facts,
    /// Rendered at the first claim and stored; a retry sends these words again.
    pub rendered: Option<StoredText>,
    pub to_address: String,
    pub to_name: String,
    pub message_id: String,
    pub parent_message_id: Option<String>,
    pub dated_at: DateTime<Utc>,
    pub boundary: String,
    /// Tries before this one.
    pub attempts: u32,
    pub first_tried_at: DateTime<Utc>,
    /// Reply-by date and zone, for giving up.
    pub give_up_after: Option<(NaiveDate, chrono_tz::Tz)>,
    /// Derived now, at rest nowhere.
    pub link: Option<LinkToken>,
    pub unsubscribe: Option<LinkToken>,
    /// Made now; only their hashes were stored.
    pub sign_in_secret: Option<Secret>,
    pub sign_in_code: Option<Secret>,
}

/// Rendered words, with placeholders where secrets go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredText {
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
}

/// What became of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    HandedOver { code: String, words: String },
    /// Try again at `next`; `None` gives up. `counts`: uses up an attempt (a relay that is down does not).
    Deferred { code: String, words: String, next: Option<DateTime<Utc>>, counts: bool },
    /// This message will not be tried again. `address_dead`: nor any other to the address.
    Failed { code: String, words: String, address_dead: bool },
    /// Lost after the text was sent.
    Uncertain { words: String },
    /// Composing it failed: our own fault.
    Broken { words: String },
}

/// A message in lists.
#[derive(Clone, Debug)]
pub struct MessageRow {
    pub id: MessageId,
    pub event_slug: String,
    /// Public id of the invitee; empty for account mails.
    pub invitee_id: String,
    pub to_name: String,
    pub to_address: String,
    pub purpose: Purpose,
    pub state: MessageState,
    pub subject: String,
    /// Rendered words with `(personal link)` in place of secrets; empty until first claimed.
    pub text: String,
    pub attempts: u32,
    pub not_before: Option<DateTime<Utc>>,
    pub handed_over_at: Option<DateTime<Utc>>,
    pub last_code: String,
    /// The mail server's own words.
    pub last_words: String,
    pub drop_reason: String,
    pub message_id: String,
    pub created_at: DateTime<Utc>,
    /// Oldest first; filled by `message` and timelines, empty in lists.
    pub steps: Vec<MessageStep>,
}

/// Something that happened to a message.
#[derive(Clone, Debug)]
pub struct MessageStep {
    pub at: DateTime<Utc>,
    pub state: MessageState,
    pub code: String,
    pub words: String,
}

/// Which messages to list.
#[derive(Clone, Debug, Default)]
pub struct OutboxQuery {
    pub event: Option<EventId>,
    pub states: Vec<MessageState>,
    pub purpose: Option<Purpose>,
    pub wave: Option<WaveId>,
    /// From 1.
    pub page: u32,
    /// Rows a page; 0 is 200.
    pub page_size: u32,
}

/// A page of messages.
#[derive(Clone, Debug)]
pub struct OutboxPage {
    pub rows: Vec<MessageRow>,
    pub total: u64,
    pub counts: Vec<(MessageState, u64)>,
    pub page: u32,
    pub pages: u32,
}

/// Why sending stands still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailPause {
    /// `relay` (refused MAIL, AUTH or the greeting), `policy` (three refusals in a row), `down`.
    pub kind: String,
    /// In words, the server's own included.
    pub reason: String,
    /// Tried again by itself then; `None` waits for a person.
    pub until: Option<DateTime<Utc>>,
}

impl Store {
    /// Leases up to `limit` due messages to this worker (`FOR UPDATE SKIP LOCKED` on PostgreSQL).
    /// Messages that are no longer true are dropped on the way and not returned. Leases that ran
    /// out are taken up first: without the mark "data begun" queued again, with it uncertain.
    /// Claiming an invitation makes the offer: listed becomes invited. Nothing while paused.
    pub async fn claim(
        &self,
        worker: &str,
        limit: u32,
        lease: TimeDelta,
        uncertain_retry: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Vec<Claimed>, StoreError> {
        todo!()
    }

    /// Stores the words rendered at the first claim.
    pub async fn keep_text(&self, id: MessageId, text: &StoredText) -> Result<(), StoreError> {
        todo!()
    }

    /// Marks, durably, that DATA is about to be sent. Refuses (`Stale`) when the lease is lost.
    pub async fn begin_data(&self, id: MessageId, worker: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        todo!()
    }

    /// Writes down what became of a try, with the server's words.
    pub async fn mark_sent(&self, id: MessageId, worker: &str, sent: &Sent, now: DateTime<Utc>) -> Result<(), StoreError> {
        todo!()
    }

    /// Gives back leased messages that were not tried (shutdown, pause).
    pub async fn release(&self, worker: &str, now: DateTime<Utc>) -> Result<u64, StoreError> {
        todo!()
    }

    /// When the next message is due, for sleeping until then.
    pub async fn next_due(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        todo!()
    }

    /// Pauses all sending; shown as a banner.
    pub async fn pause_mail(&self, pause: &MailPause, now: DateTime<Utc>) -> Result<(), StoreError> {
        todo!()
    }

    /// Ends a pause.
    pub async fn resume_mail(&self, by: &Actor, now: DateTime<Utc>) -> Result<(), StoreError> {
        todo!()
    }

    /// Why sending stands still, if it does.
    pub async fn mail_pause(&self) -> Result<Option<MailPause>, StoreError> {
        todo!()
    }

    /// A page of messages, newest first.
    pub async fn messages(&self, query: &OutboxQuery) -> Result<OutboxPage, StoreError> {
        todo!()
    }

    /// One message with its steps, in the scope of an event if given.
    pub async fn message(&self, event: Option<EventId>, id: MessageId) -> Result<Option<MessageRow>, StoreError> {
        todo!()
    }

    /// A person sends a failed, dropped or uncertain message again: same Message-ID for uncertain.
    pub async fn retry_message(&self, id: MessageId, by: &Actor, now: DateTime<Utc>) -> Result<(), WriteError<MessageRefused>> {
        todo!()
    }

    /// A person drops a message that has not left, or settles an uncertain one as not sent again.
    pub async fn drop_message(&self, id: MessageId, by: &Actor, now: DateTime<Utc>) -> Result<(), WriteError<MessageRefused>> {
        todo!()
    }

    /// Queues a test mail.
    pub async fn queue_test_mail(&self, to: &conclave_core::address::Address, now: DateTime<Utc>) -> Result<MessageId, StoreError> {
        todo!()
    }
}
