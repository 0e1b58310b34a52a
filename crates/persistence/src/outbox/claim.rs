//! Leasing due messages to a worker. A lease is committed before a byte is sent; a message that is
//! no longer true is dropped here; an invitation that is claimed becomes an offer.

use chrono::{DateTime, TimeDelta, Utc};
use conclave_core::address::Address;
use conclave_core::answer::AnswerValue;
use conclave_core::deadline;
use conclave_core::event::Event;
use conclave_core::facts::Facts;
use conclave_core::ids::{EventId, InvitationId, LogEntryId, MessageId, WaveId};
use conclave_core::invitation::{InvitationMove, InvitationState};
use conclave_core::link_token::{LinkKind, LinkToken, Secret};
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::{DropReason, MessageState, Truth, still_true};
use conclave_core::purpose::Purpose;
use conclave_core::topic::{Intent, TopicState};
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _,
    ExprTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::{Claimed, StoredText, show_delivery, step};
use crate::answers::move_waiting_list;
use crate::changes::as_it_is_now;
use crate::digests::is_digest_wanted;
use crate::entities::{address, installation, invitation, message, single_use_secret, topic};
use crate::invitations::unsend_offer;
use crate::locks::lock_event;
use crate::rows::{column, corrupt, count};
use crate::{Site, Store, StoreError, links, log_entries};

/// Minutes that a sign-in secret lives.
const SIGN_IN_MINUTES: i64 = 15;
/// Hours that a new member has to choose a password.
const SET_UP_HOURS: i64 = 72;

impl Store {
    /// Leases up to `limit` due messages of one event (or of accounts) to this worker, with
    /// `FOR UPDATE SKIP LOCKED` on PostgreSQL. Messages that are no longer true are dropped on the
    /// way and not returned. Leases that ran out are taken up first: without the mark "data begun"
    /// queued again, with it uncertain. Claiming an invitation makes the offer: listed becomes
    /// invited. Nothing while sending is paused.
    pub async fn claim(
        &self,
        worker: &str,
        limit: u32,
        lease: TimeDelta,
        uncertain_retry: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Vec<Claimed>, StoreError> {
        let Some(next) = self.first_due(now).await? else {
            return Ok(Vec::new());
        };
        let tx = self.begin_write().await?;
        if is_paused(&tx, now).await? {
            return Ok(Vec::new());
        }
        // Event first, then its messages: the order of every other write.
        let event = match next {
            Some(id) => Some(lock_event(&tx, id).await?),
            None => None,
        };
        take_up_lost_leases(&tx, uncertain_retry, now).await?;
        let mut due = message::Entity::find().filter(is_due(now));
        due = match next {
            Some(id) => due.filter(message::Column::EventId.eq(id.0)),
            None => due.filter(message::Column::EventId.is_null()),
        };
        let rows = due
            .order_by_asc(waits_behind_answers())
            .order_by_asc(message::Column::CreatedAt)
            .order_by_asc(message::Column::Id)
            .limit(u64::from(limit))
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .all(&tx)
            .await?;
        let due = rows.len();
        let mut claimed = Vec::with_capacity(due);
        for row in rows {
            claimed.extend(claim_one(&tx, self.site(), event.as_ref(), row, worker, lease, now).await?);
        }
        if let Some(event) = event.filter(|_| claimed.len() < due) {
            // A dropped invitation held a seat.
            move_waiting_list(&tx, self.site(), &event, now).await?;
        }
        tx.commit().await?;
        Ok(claimed)
    }

    /// When the next message is due, for sleeping until then.
    pub async fn next_due(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        if self.first_due(now).await?.is_some() {
            return Ok(Some(now));
        }
        let next: Option<Option<DateTime<Utc>>> = message::Entity::find()
            .select_only()
            .column_as(message::Column::NotBefore.min(), "next")
            .filter(waiting_states())
            .into_tuple()
            .one(self.reader())
            .await?;
        Ok(next.flatten())
    }

    /// The event of the first due message: `Some(None)` for account mails, `None` for nothing due.
    async fn first_due(&self, now: DateTime<Utc>) -> Result<Option<Option<EventId>>, StoreError> {
        let first: Option<Option<Uuid>> = message::Entity::find()
            .select_only()
            .column(message::Column::EventId)
            .filter(Condition::any().add(is_due(now)).add(has_lost_lease(now)))
            .order_by_asc(waits_behind_answers())
            .order_by_asc(message::Column::CreatedAt)
            .into_tuple()
            .one(self.reader())
            .await?;
        Ok(first.map(|event| event.map(EventId)))
    }
}

/// Receipts and sign-in mails go before waves: somebody is waiting for them.
fn waits_behind_answers() -> sea_orm::sea_query::SimpleExpr {
    Expr::case(Expr::col(message::Column::WaveId).is_null(), 0).finally(1).into()
}

fn waiting_states() -> Condition {
    Condition::any()
        .add(message::Column::State.is_in([
            MessageState::Held.as_str(),
            MessageState::Queued.as_str(),
            MessageState::Waiting.as_str(),
        ]))
        .add(
            Condition::all()
                .add(message::Column::State.eq(MessageState::Uncertain.as_str()))
                .add(message::Column::NotBefore.is_not_null()),
        )
}

fn is_due(now: DateTime<Utc>) -> Condition {
    Condition::all().add(waiting_states()).add(
        Condition::any().add(message::Column::NotBefore.is_null()).add(message::Column::NotBefore.lte(now)),
    )
}

fn has_lost_lease(now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(message::Column::State.eq(MessageState::Sending.as_str()))
        .add(message::Column::ClaimedUntil.lt(now))
}

/// True while sending stands still. A pause whose time has come is lifted on the way.
async fn is_paused(tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let Some(row) = installation::Entity::find_by_id(1).one(tx).await? else {
        return Ok(false);
    };
    if row.mail_pause_kind.is_empty() {
        return Ok(false);
    }
    if row.mail_paused_until.is_none_or(|until| until > now) {
        return Ok(true);
    }
    // Only the pause that was read: another worker may have made a new one meanwhile.
    let lifted = installation::Entity::update_many()
        .col_expr(installation::Column::MailPauseKind, Expr::value(""))
        .col_expr(installation::Column::MailPauseReason, Expr::value(""))
        .col_expr(installation::Column::MailPausedUntil, Expr::value(None::<DateTime<Utc>>))
        .filter(installation::Column::Id.eq(1))
        .filter(installation::Column::MailPausedUntil.lte(now))
        .exec(tx)
        .await?;
    Ok(lifted.rows_affected == 0)
}

/// A worker died or lost its line: what it had not begun to send is queued again, what it had is
/// uncertain, sent again once by itself and then left to a person ("Lost sends").
async fn take_up_lost_leases(
    tx: &DatabaseTransaction,
    uncertain_retry: TimeDelta,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let lost = message::Entity::find()
        .filter(has_lost_lease(now))
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx)
        .await?;
    for row in lost {
        let (id, invitation, losses) = (row.id, row.invitation_id, row.losses);
        let has_begun = row.data_begun_at.is_some();
        let state = if has_begun { MessageState::Uncertain } else { MessageState::Queued };
        let words = if has_begun {
            "the program stopped while the mail was being sent; nobody knows whether it arrived"
        } else {
            "the program stopped before the mail was sent"
        };
        let mut row = row.into_active_model();
        row.state = Set(state.as_str().to_owned());
        row.claimed_until = Set(None);
        row.claimed_by = Set(String::new());
        row.data_begun_at = Set(None);
        row.updated_at = Set(now);
        row.last_text = Set(words.to_owned());
        if has_begun {
            row.losses = Set(losses + 1);
            row.not_before = Set((losses == 0).then(|| now + uncertain_retry));
        }
        row.update(tx).await?;
        step(tx, id, state, "", words, now).await?;
        if let Some(invitation) = invitation {
            show_delivery(tx, invitation, id, state).await?;
        }
    }
    Ok(())
}

async fn claim_one(
    tx: &DatabaseTransaction,
    site: &Site,
    event: Option<&Event>,
    row: message::Model,
    worker: &str,
    lease: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Option<Claimed>, StoreError> {
    let invitation = match row.invitation_id {
        Some(id) => invitation::Entity::find_by_id(id).one(tx).await?,
        None => None,
    };
    let read = (Purpose::parse(&row.purpose), serde_json::from_str::<Facts>(&row.facts));
    let (Some(purpose), Ok(mut facts)) = read else {
        set_unreadable(tx, row, now).await?;
        return Ok(None);
    };
    if let Err(reason) = is_still_true(tx, purpose, event, invitation.as_ref(), &row, now).await? {
        drop_untrue(tx, event, row, invitation, reason, now).await?;
        return Ok(None);
    }

    if let (Some(event), Some(invitation)) = (event, &invitation)
        && purpose.announces()
        && row.body_text.is_empty()
    {
        as_it_is_now(site, event, invitation, &row, &mut facts, now);
    }

    let mut link = None;
    let mut unsubscribe = None;
    let mut generation = count(row.link_generation);
    let mut give_up_after = None;
    if let (Some(invitation), Some(event)) = (invitation, event) {
        give_up_after = invitation
            .reply_by
            .filter(|_| matches!(purpose, Purpose::Invitation | Purpose::Reminder))
            .map(|day| (day, event.zone));
        let subject = invitation.id;
        if purpose == Purpose::Invitation && invitation.state == InvitationState::Listed.as_str() {
            offer(tx, event, invitation, now).await?;
        }
        // The same link as at the first try, so that a retry is the same bytes, unless that one was
        // revoked or its key lost meanwhile: a mail never carries a link that opens nothing.
        generation = links::ensure_link(tx, site, subject, LinkKind::Web, now).await?;
        link = Some(site.key.token(LinkKind::Web, subject, generation));
        if purpose.may_be_muted() {
            unsubscribe = Some(unsubscribe_link(tx, site, subject, now).await?);
        }
    }
    let (sign_in_secret, sign_in_code) = single_use(tx, purpose, &row, now).await?;

    let rendered = (!row.body_text.is_empty()).then(|| StoredText {
        subject: row.subject.clone(),
        text: row.body_text.clone(),
        html: row.body_html.clone(),
    });
    let first_tried_at = row.first_tried_at.unwrap_or(now);
    let claimed = Claimed {
        id: MessageId(row.id),
        purpose,
        wave: row.wave_id.map(WaveId),
        event: row.event_id.map(EventId),
        facts,
        rendered,
        to_address: row.to_address.clone(),
        to_name: row.to_name.clone(),
        message_id: row.message_id.clone(),
        parent_message_id: row.parent_message_id.clone(),
        latest_message_id: row.latest_message_id.clone(),
        dated_at: row.dated_at,
        boundary: row.boundary.clone(),
        attempts: count(row.attempts),
        first_tried_at,
        give_up_after,
        link,
        unsubscribe,
        sign_in_secret,
        sign_in_code,
    };
    let mut row = row.into_active_model();
    row.state = Set(MessageState::Sending.as_str().to_owned());
    row.claimed_by = Set(worker.to_owned());
    row.claimed_until = Set(Some(now + lease));
    row.data_begun_at = Set(None);
    row.first_tried_at = Set(Some(first_tried_at));
    row.link_generation = Set(column(generation));
    row.updated_at = Set(now);
    row.update(tx).await?;
    Ok(Some(claimed))
}

async fn is_still_true(
    tx: &DatabaseTransaction,
    purpose: Purpose,
    event: Option<&Event>,
    invitation: Option<&invitation::Model>,
    row: &message::Model,
    now: DateTime<Utc>,
) -> Result<Result<(), DropReason>, StoreError> {
    let life = match purpose {
        Purpose::SignIn => Some(TimeDelta::minutes(SIGN_IN_MINUTES)),
        Purpose::SetUp => Some(TimeDelta::hours(SET_UP_HOURS)),
        _ => None,
    };
    if life.is_some_and(|life| row.created_at + life <= now) {
        return Ok(Err(DropReason::Expired));
    }
    if let (Purpose::Digest, Some(event), Some(account)) = (purpose, event, row.account_id) {
        return Ok(if is_digest_wanted(tx, event, account).await? {
            Ok(())
        } else {
            Err(DropReason::Unwanted)
        });
    }
    let (Some(event), Some(invitation)) = (event, invitation) else {
        return Ok(Ok(()));
    };
    let state = InvitationState::parse(&invitation.state)
        .ok_or_else(|| corrupt("invitations", "state", invitation.id))?;
    let address_dead = match &invitation.email_key {
        Some(key) => address::Entity::find()
            .filter(address::Column::AddressKey.eq(key.as_str()))
            .filter(address::Column::State.eq("dead"))
            .one(tx)
            .await?
            .is_some(),
        None => true,
    };
    Ok(still_true(&Truth {
        purpose,
        event,
        invitation: state,
        answer: invitation.answer.as_deref().and_then(AnswerValue::parse),
        muted: invitation.is_muted,
        address_dead,
        address_is_current: Address::parse(&row.to_address)
            .is_ok_and(|address| invitation.email_key.as_deref() == Some(address.key().as_str())),
        answer_is_newest: row.answer_id.is_none() || row.answer_id == invitation.answer_id,
        reply_by_has_passed: match purpose {
            Purpose::TopicReminder => event.answers_are_closed(now),
            _ => invitation.reply_by.is_some_and(|day| deadline::has_passed(day, event.zone, now)),
        },
        topic_is_open: purpose != Purpose::TopicReminder || topic_is_open(tx, invitation).await?,
        is_wanted: true,
        must_reconfirm: invitation.reconfirm_since.is_some(),
    }))
}

/// They have proposed no topic and did not say that they bring none.
async fn topic_is_open(tx: &DatabaseTransaction, invitation: &invitation::Model) -> Result<bool, StoreError> {
    if invitation.intent == Intent::NoTopic.as_str() {
        return Ok(false);
    }
    let live = topic::Entity::find()
        .filter(topic::Column::InvitationId.eq(invitation.id))
        .filter(topic::Column::State.is_not_in([TopicState::Withdrawn.as_str(), TopicState::Merged.as_str()]))
        .one(tx)
        .await?;
    Ok(live.is_none())
}

/// Fails alone, so that the rest of its event leaves.
async fn set_unreadable(
    tx: &DatabaseTransaction,
    row: message::Model,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    const WORDS: &str = "the text of this mail cannot be read; write the mail anew";
    let (id, invitation) = (row.id, row.invitation_id);
    let mut row = row.into_active_model();
    row.state = Set(MessageState::Failed.as_str().to_owned());
    row.last_text = Set(WORDS.to_owned());
    row.not_before = Set(None);
    row.updated_at = Set(now);
    row.update(tx).await?;
    step(tx, id, MessageState::Failed, "", WORDS, now).await?;
    if let Some(invitation) = invitation {
        show_delivery(tx, invitation, id, MessageState::Failed).await?;
    }
    Ok(())
}

/// Dropped with its reason; somebody who has nothing of us is listed again, and holds no seat.
async fn drop_untrue(
    tx: &DatabaseTransaction,
    event: Option<&Event>,
    row: message::Model,
    invitation: Option<invitation::Model>,
    reason: DropReason,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (id, letter) = (row.id, row.clone());
    let mut row = row.into_active_model();
    row.state = Set(MessageState::Dropped.as_str().to_owned());
    row.drop_reason = Set(reason.to_string());
    row.not_before = Set(None);
    row.updated_at = Set(now);
    row.update(tx).await?;
    step(tx, id, MessageState::Dropped, "", &reason.to_string(), now).await?;
    if let Some(invitation) = invitation {
        show_delivery(tx, invitation.id, id, MessageState::Dropped).await?;
        if let Some(event) = event {
            unsend_offer(tx, event, &letter, &invitation, &Actor::System, now).await?;
        }
    }
    Ok(())
}

/// Listed becomes invited in the transaction that claims the message ("When an offer begins").
async fn offer(
    tx: &DatabaseTransaction,
    event: &Event,
    row: invitation::Model,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Ok(state) = InvitationState::Listed.after(InvitationMove::Invite) else {
        return Ok(());
    };
    let entry = LogEntry::new(Actor::System, "invitation.invited", row.name.clone())
        .of(event.id)
        .about(InvitationId(row.id))
        .change("listed", "invited by mail");
    let mut row = row.into_active_model();
    row.state = Set(state.as_str().to_owned());
    row.invited_at = Set(Some(now));
    row.invited_by_other_means = Set(false);
    row.update(tx).await?;
    log_entries::append(tx, entry, now).await
}

async fn unsubscribe_link(
    tx: &DatabaseTransaction,
    site: &Site,
    invitation: Uuid,
    now: DateTime<Utc>,
) -> Result<LinkToken, StoreError> {
    let generation = links::ensure_link(tx, site, invitation, LinkKind::Unsubscribe, now).await?;
    Ok(site.key.token(LinkKind::Unsubscribe, invitation, generation))
}

/// Sign-in and set-up secrets are made now, fresh for each try; only hashes are stored.
async fn single_use(
    tx: &DatabaseTransaction,
    purpose: Purpose,
    row: &message::Model,
    now: DateTime<Utc>,
) -> Result<(Option<Secret>, Option<Secret>), StoreError> {
    let (Some(account), true) = (row.account_id, purpose.carries_single_use_secret()) else {
        return Ok((None, None));
    };
    let secret = Secret::generate();
    let code = (purpose == Purpose::SignIn).then(Secret::generate_code);
    let life = if purpose == Purpose::SignIn {
        TimeDelta::minutes(SIGN_IN_MINUTES)
    } else {
        TimeDelta::hours(SET_UP_HOURS)
    };
    single_use_secret::ActiveModel {
        id: Set(LogEntryId::generate().0),
        purpose: Set(purpose.as_str().to_owned()),
        account_id: Set(account),
        secret_hash: Set(secret.hash(purpose.as_str()).to_vec()),
        code_hash: Set(code.as_ref().map(|code| code.hash("sign_in_code").to_vec())),
        browser_hash: Set(code.as_ref().and_then(|_| from_hex(&row.occasion))),
        tries: Set(0),
        created_at: Set(now),
        expires_at: Set(row.created_at + life),
        used_at: Set(None),
    }
    .insert(tx)
    .await?;
    Ok((Some(secret), code))
}

/// The browser's hash, as the occasion carries it before the first slash.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.split('/').next()?.as_bytes();
    digits
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect()
}
