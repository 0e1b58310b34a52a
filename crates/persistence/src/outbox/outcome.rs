//! What became of a try, written down.

use chrono::{DateTime, Utc};
use conclave_core::address::Address;
use conclave_core::ids::MessageId;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::MessageState;
use conclave_core::purpose::Purpose;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QuerySelect as _, Set,
};

use super::{MailPause, Sent, StoredText, show_delivery, step};
use crate::entities::{address, event, installation, invitation, message};
use crate::locks::lock_installation;
use crate::{Store, StoreError, log_entries};

impl Store {
    /// Stores the words rendered at the first claim; a retry sends these again.
    pub async fn keep_text(&self, id: MessageId, text: &StoredText) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        message::Entity::update_many()
            .col_expr(message::Column::Subject, Expr::value(text.subject.clone()))
            .col_expr(message::Column::BodyText, Expr::value(text.text.clone()))
            .col_expr(message::Column::BodyHtml, Expr::value(text.html.clone()))
            .filter(message::Column::Id.eq(id.0))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Marks, durably, that DATA is about to be sent. Refuses ([`StoreError::Stale`]) when the
    /// lease is lost, so that nothing is sent twice by two workers.
    pub async fn begin_data(
        &self,
        id: MessageId,
        worker: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let marked = message::Entity::update_many()
            .col_expr(message::Column::DataBegunAt, Expr::value(now))
            .filter(message::Column::Id.eq(id.0))
            .filter(message::Column::State.eq(MessageState::Sending.as_str()))
            .filter(message::Column::ClaimedBy.eq(worker))
            .filter(message::Column::ClaimedUntil.gt(now))
            .exec(&tx)
            .await?
            .rows_affected;
        if marked == 0 {
            return Err(StoreError::Stale);
        }
        tx.commit().await?;
        Ok(())
    }

    /// Writes down what became of a try, with the server's words. Refuses when the lease was lost
    /// and somebody else took the message up.
    pub async fn mark_sent(
        &self,
        id: MessageId,
        worker: &str,
        sent: &Sent,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        if matches!(sent, Sent::HandedOver { .. }) {
            // Event first, then its messages: the order of every other write.
            show_mail_left(&tx, id, now).await?;
        }
        let row = message::Entity::find_by_id(id.0)
            .filter(message::Column::State.eq(MessageState::Sending.as_str()))
            .filter(message::Column::ClaimedBy.eq(worker))
            .lock_exclusive()
            .one(&tx)
            .await?
            .ok_or(StoreError::Stale)?;
        write(&tx, row, sent, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives back leased messages whose text was not begun (shutdown, pause). Returns how many.
    pub async fn release(&self, worker: &str, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let tx = self.begin_write().await?;
        let released = message::Entity::update_many()
            .col_expr(message::Column::State, Expr::value(MessageState::Queued.as_str()))
            .col_expr(message::Column::ClaimedBy, Expr::value(""))
            .col_expr(message::Column::ClaimedUntil, Expr::value(Option::<DateTime<Utc>>::None))
            .col_expr(message::Column::UpdatedAt, Expr::value(now))
            .filter(message::Column::State.eq(MessageState::Sending.as_str()))
            .filter(message::Column::ClaimedBy.eq(worker))
            .filter(message::Column::DataBegunAt.is_null())
            .exec(&tx)
            .await?
            .rows_affected;
        tx.commit().await?;
        Ok(released)
    }

    /// Pauses all sending; shown as a banner until it is lifted. One that waits for a person stays.
    pub async fn pause_mail(&self, pause: &MailPause, now: DateTime<Utc>) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let row = lock_installation(&tx).await?;
        // A pause that waits for a person is not shortened by another worker's small trouble.
        let waits_for_a_person = !row.mail_pause_kind.is_empty() && row.mail_paused_until.is_none();
        if waits_for_a_person && pause.until.is_some() {
            return Ok(());
        }
        let is_new = row.mail_pause_kind != pause.kind;
        let mut row = row.into_active_model();
        row.mail_pause_kind = Set(pause.kind.clone());
        row.mail_pause_reason = Set(pause.reason.clone());
        row.mail_paused_until = Set(pause.until);
        row.update(&tx).await?;
        if is_new {
            let entry = LogEntry::new(Actor::System, "mail.paused", pause.kind.clone());
            log_entries::append(&tx, entry, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Ends a pause; what waited for the relay is due at once.
    pub async fn resume_mail(&self, by: &Actor, now: DateTime<Utc>) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let row = installation::Entity::find_by_id(1).one(&tx).await?.ok_or(StoreError::NotFound)?;
        if row.mail_pause_kind.is_empty() {
            return Ok(());
        }
        let kind = row.mail_pause_kind.clone();
        let mut row = row.into_active_model();
        row.mail_pause_kind = Set(String::new());
        row.mail_pause_reason = Set(String::new());
        row.mail_paused_until = Set(None);
        row.update(&tx).await?;
        log_entries::append(&tx, LogEntry::new(by.clone(), "mail.resumed", kind), now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Why sending stands still, if it does.
    pub async fn mail_pause(&self) -> Result<Option<MailPause>, StoreError> {
        let row = installation::Entity::find_by_id(1).one(self.reader()).await?;
        Ok(row.filter(|row| !row.mail_pause_kind.is_empty()).map(|row| MailPause {
            kind: row.mail_pause_kind,
            reason: row.mail_pause_reason,
            until: row.mail_paused_until,
        }))
    }
}

/// The row after a try.
struct After {
    state: MessageState,
    code: String,
    words: String,
    not_before: Option<DateTime<Utc>>,
    attempts: i32,
    losses: i32,
}

impl After {
    fn of(row: &message::Model, sent: &Sent) -> Self {
        let (state, code, words) = match sent {
            Sent::HandedOver { code, words } => (MessageState::HandedOver, code.as_str(), words),
            Sent::Deferred { code, words, next: Some(_), .. } => {
                (MessageState::Waiting, code.as_str(), words)
            }
            Sent::Deferred { code, words, next: None, .. } | Sent::Failed { code, words, .. } => {
                (MessageState::Failed, code.as_str(), words)
            }
            Sent::Uncertain { words, .. } => (MessageState::Uncertain, "", words),
            Sent::Broken { words } => (MessageState::Failed, "", words),
        };
        let counts = !matches!(sent, Sent::Deferred { counts: false, .. });
        let is_lost = state == MessageState::Uncertain;
        Self {
            state,
            code: code.to_owned(),
            words: words.clone(),
            not_before: match sent {
                Sent::Deferred { next, .. } => *next,
                Sent::Uncertain { retry_at, .. } => (row.losses == 0).then_some(*retry_at),
                Sent::HandedOver { .. } | Sent::Failed { .. } | Sent::Broken { .. } => None,
            },
            attempts: row.attempts + i32::from(counts),
            losses: row.losses + i32::from(is_lost),
        }
    }
}

async fn write(
    tx: &DatabaseTransaction,
    row: message::Model,
    sent: &Sent,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let after = After::of(&row, sent);
    let before = row.clone();
    let mut row = row.into_active_model();
    row.state = Set(after.state.as_str().to_owned());
    row.last_code = Set(after.code.clone());
    row.last_text = Set(after.words.clone());
    row.not_before = Set(after.not_before);
    row.attempts = Set(after.attempts);
    row.losses = Set(after.losses);
    row.claimed_by = Set(String::new());
    row.claimed_until = Set(None);
    row.data_begun_at = Set(None);
    row.updated_at = Set(now);
    if after.state == MessageState::HandedOver {
        row.handed_over_at = Set(Some(now));
    }
    row.update(tx).await?;
    step(tx, before.id, after.state, &after.code, &after.words, now).await?;
    if let Some(invitation) = before.invitation_id {
        show_delivery(tx, invitation, before.id, after.state).await?;
        if after.state == MessageState::HandedOver {
            show_handed_over(tx, invitation, &before.purpose, now).await?;
        }
    }
    if let Sent::Failed { address_dead: true, .. } = sent {
        // By key: two events may write one address in different letters.
        if let Ok(address) = Address::parse(&before.to_address) {
            address::Entity::update_many()
                .col_expr(address::Column::State, Expr::value("dead"))
                .filter(address::Column::AddressKey.eq(address.key().as_str()))
                .exec(tx)
                .await?;
        }
    }
    Ok(())
}

/// The first mail to an invitee fixes the event's short name.
async fn show_mail_left(
    tx: &DatabaseTransaction,
    id: MessageId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let event: Option<Option<uuid::Uuid>> = message::Entity::find_by_id(id.0)
        .filter(message::Column::InvitationId.is_not_null())
        .select_only()
        .column(message::Column::EventId)
        .into_tuple()
        .one(tx)
        .await?;
    if let Some(event) = event.flatten() {
        event::Entity::update_many()
            .col_expr(event::Column::MailLeftAt, Expr::value(now))
            .filter(event::Column::Id.eq(event))
            .filter(event::Column::MailLeftAt.is_null())
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Hand-over of an unasked mail, for "was this you?" and for the columns Sent and Reminded.
async fn show_handed_over(
    tx: &DatabaseTransaction,
    id: uuid::Uuid,
    purpose: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut update = invitation::Entity::update_many().filter(invitation::Column::Id.eq(id));
    match Purpose::parse(purpose) {
        Some(Purpose::Invitation) => {
            update = update.col_expr(invitation::Column::HandedOverAt, Expr::value(now));
        }
        Some(Purpose::Reminder) => {
            update = update
                .col_expr(invitation::Column::HandedOverAt, Expr::value(now))
                .col_expr(invitation::Column::RemindedAt, Expr::value(now));
        }
        Some(Purpose::TopicReminder) => {
            update = update.col_expr(invitation::Column::RemindedAt, Expr::value(now));
        }
        _ => return Ok(()),
    }
    update.exec(tx).await?;
    Ok(())
}
