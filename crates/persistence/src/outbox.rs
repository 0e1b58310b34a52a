//! The outbox: claiming, what became of each message, and a person's hand on it
//! (decision 25, "Lost sends", "When an offer begins").

use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::facts::Facts;
use conclave_core::ids::{AccountId, EventId, InvitationId, MessageId, WaveId};
use conclave_core::link_token::{LinkToken, Secret};
use conclave_core::message::MessageState;
use conclave_core::purpose::Purpose;

use sea_orm::sea_query::{Expr, OnConflict, Order, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryResult, Set, Value,
};
use uuid::Uuid;

use crate::batch::Batch;
use crate::entities::{invitation, message, message_step};
use crate::{Site, StoreError};

mod claim;
pub(crate) mod desk;
mod outcome;

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
    /// The newest mail to them before this one, when that is not the parent.
    pub latest_message_id: Option<String>,
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
    HandedOver {
        code: String,
        words: String,
    },
    /// Try again at `next`; `None` gives up. `counts`: uses up an attempt (a relay that is down does not).
    Deferred {
        code: String,
        words: String,
        next: Option<DateTime<Utc>>,
        counts: bool,
    },
    /// This message will not be tried again. `address_dead`: nor any other to the address.
    Failed {
        code: String,
        words: String,
        address_dead: bool,
    },
    /// Lost after the text was sent; sent again once by itself at `retry_at`.
    Uncertain {
        words: String,
        retry_at: DateTime<Utc>,
    },
    /// Composing it failed: our own fault.
    Broken {
        words: String,
    },
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

/// A message to write beside the fact that causes it.
#[derive(Clone, Debug)]
pub(crate) struct NewMessage {
    pub event: Option<EventId>,
    pub invitation: Option<InvitationId>,
    pub account: Option<AccountId>,
    pub wave: Option<WaveId>,
    /// The answer that a receipt confirms.
    pub answer: Option<Uuid>,
    pub purpose: Purpose,
    pub occasion: String,
    pub once_only_key: String,
    pub facts: Facts,
    /// Held or queued.
    pub state: MessageState,
    pub not_before: Option<DateTime<Utc>>,
}

/// Writes a message into the outbox and notes it beside its invitation. `false`: its once-only key
/// exists, so it was written before and nothing happens.
pub(crate) async fn queue(
    tx: &DatabaseTransaction,
    site: &Site,
    message: NewMessage,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let id = MessageId::generate();
    let (invitation, state) = (message.invitation, message.state);
    let thread = match message.invitation.filter(|_| message.purpose != Purpose::Invitation) {
        Some(invitation) => thread(tx.query_all(&thread_query(invitation.0)).await?)?,
        None => None,
    };
    let row = to_row(site, id, message, thread, now);
    let written = message::Entity::insert(row)
        .on_conflict(OnConflict::column(message::Column::OnceOnlyKey).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    if written == 0 {
        return Ok(false);
    }
    step(tx, id.0, state, "", "", now).await?;
    if let Some(invitation) = invitation {
        show_delivery(tx, invitation.0, id.0, state).await?;
    }
    Ok(true)
}

/// Writes a message that cannot have been written before, as part of a batch and under a name that
/// the caller notes beside the invitation.
pub(crate) fn add(
    batch: &mut Batch,
    site: &Site,
    id: MessageId,
    message: NewMessage,
    thread: Option<Thread>,
    now: DateTime<Utc>,
) {
    let state = message.state;
    batch.add(&message::Entity::insert(to_row(site, id, message, thread, now)));
    batch.add(&message_step::Entity::insert(step_row(id.0, state, "", "", now)));
}

/// Message-ID, Date and boundary are made here and never change. Mails to an invitee thread under
/// their invitation and carry its subject (mail.md 1.2).
fn to_row(
    site: &Site,
    id: MessageId,
    message: NewMessage,
    thread: Option<Thread>,
    now: DateTime<Utc>,
) -> message::ActiveModel {
    let mut facts = message.facts;
    let (mut parent, mut latest) = (None, None);
    if let Some(thread) = thread {
        latest = thread.latest.filter(|latest| *latest != thread.first);
        parent = Some(thread.first);
        if facts.subject.is_none() && !thread.subject.is_empty() {
            facts.subject = Some(reply_subject(&thread.subject));
        }
    }
    message::ActiveModel {
        id: Set(id.0),
        event_id: Set(message.event.map(|id| id.0)),
        invitation_id: Set(message.invitation.map(|id| id.0)),
        account_id: Set(message.account.map(|id| id.0)),
        wave_id: Set(message.wave.map(|id| id.0)),
        answer_id: Set(message.answer),
        purpose: Set(message.purpose.as_str().to_owned()),
        occasion: Set(message.occasion),
        once_only_key: Set(message.once_only_key),
        to_name: Set(facts.to.name.clone()),
        to_address: Set(facts.to.address.clone()),
        facts: Set(serde_json::to_string(&facts).unwrap_or_default()),
        subject: Set(facts.subject.clone().unwrap_or_default()),
        body_text: Set(String::new()),
        body_html: Set(None),
        message_id: Set(format!("<{}.{}.0@{}>", message.purpose.as_str(), id.0.simple(), site.mail_domain)),
        parent_message_id: Set(parent),
        latest_message_id: Set(latest),
        dated_at: Set(message.not_before.unwrap_or(now)),
        boundary: Set(new_boundary()),
        state: Set(message.state.as_str().to_owned()),
        attempts: Set(0),
        losses: Set(0),
        not_before: Set(message.not_before),
        claimed_until: Set(None),
        claimed_by: Set(String::new()),
        data_begun_at: Set(None),
        link_generation: Set(0),
        first_tried_at: Set(None),
        handed_over_at: Set(None),
        last_code: Set(String::new()),
        last_text: Set(String::new()),
        drop_reason: Set(String::new()),
        created_at: Set(now),
        updated_at: Set(now),
    }
}

/// Letters, digits and dashes: what composing takes as the boundary of a message's parts.
pub(crate) fn new_boundary() -> String {
    format!("part-{}", MessageId::generate().0.simple())
}

/// What a mail to somebody threads under (mail.md 1.2).
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    /// Message-ID of the newest invitation.
    first: String,
    subject: String,
    /// Message-ID of the newest mail that left for them.
    latest: Option<String>,
}

/// The mails to somebody, as [`thread`] reads them.
pub(crate) fn thread_query(invitation: impl Into<Value>) -> SelectStatement {
    Query::select()
        .columns([
            message::Column::Purpose,
            message::Column::MessageId,
            message::Column::Subject,
            message::Column::HandedOverAt,
            message::Column::State,
        ])
        .from(message::Entity)
        .and_where(message::Column::InvitationId.eq(invitation))
        .order_by(message::Column::CreatedAt, Order::Asc)
        .order_by(message::Column::Id, Order::Asc)
        .to_owned()
}

/// What [`thread_query`] found; `None` for whoever was not invited by mail, or not yet.
pub(crate) fn thread(rows: Vec<QueryResult>) -> Result<Option<Thread>, StoreError> {
    let read = |row: QueryResult| {
        let left: Option<DateTime<Utc>> = row.try_get_by_index(3)?;
        let state: String = row.try_get_by_index(4)?;
        let message = (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?, left);
        Ok(MessageState::parse(&state).is_some_and(MessageState::may_be_known).then_some(message))
    };
    let before = rows.into_iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
    let before: Vec<(String, String, String, Option<DateTime<Utc>>)> = before.into_iter().flatten().collect();
    let latest = before.iter().filter(|(.., left)| left.is_some()).max_by_key(|(.., left)| *left);
    let latest = latest.map(|(_, id, ..)| id.clone());
    let invitation = before.into_iter().rfind(|(purpose, ..)| purpose == Purpose::Invitation.as_str());
    Ok(invitation.map(|(_, first, subject, _)| Thread { first, subject, latest }))
}

pub(crate) fn reply_subject(subject: &str) -> String {
    if subject.starts_with("Re: ") { subject.to_owned() } else { format!("Re: {subject}") }
}

/// One line of a message's history.
pub(crate) async fn step(
    tx: &DatabaseTransaction,
    id: Uuid,
    state: MessageState,
    code: &str,
    words: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    message_step::Entity::insert(step_row(id, state, code, words, now)).exec_without_returning(tx).await?;
    Ok(())
}

fn step_row(
    id: Uuid,
    state: MessageState,
    code: &str,
    words: &str,
    now: DateTime<Utc>,
) -> message_step::ActiveModel {
    message_step::ActiveModel {
        id: Set(MessageId::generate().0),
        message_id: Set(id),
        at: Set(now),
        state: Set(state.as_str().to_owned()),
        code: Set(code.to_owned()),
        words: Set(words.to_owned()),
    }
}

/// Keeps the newest message's state beside the invitation, for lists.
pub(crate) async fn show_delivery(
    tx: &DatabaseTransaction,
    invitation: Uuid,
    id: Uuid,
    state: MessageState,
) -> Result<(), StoreError> {
    invitation::Entity::update_many()
        .col_expr(invitation::Column::LastMessageId, Expr::value(id))
        .col_expr(invitation::Column::LastMessageState, Expr::value(state.as_str()))
        .filter(invitation::Column::Id.eq(invitation))
        .exec(tx)
        .await?;
    Ok(())
}
