//! Mailed ways in: queued without a secret, which is made when the mail leaves; used up once.

use chrono::{DateTime, Utc};
use conclave_core::facts::Facts;
use conclave_core::ids::AccountId;
use conclave_core::link_token::Secret;
use conclave_core::message::{DropReason, MessageState};
use conclave_core::purpose::Purpose;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use crate::entities::{account, message, single_use_secret};
use crate::outbox::{NewMessage, queue};
use crate::{AccountRefused, Store, StoreError, WriteError};

/// `09:31 UTC`, as mails about accounts say it.
pub(crate) fn asked_at(now: DateTime<Utc>) -> String {
    now.format("%H:%M UTC").to_string()
}

/// Queues a mail whose secret is made when it is claimed.
pub(crate) async fn queue_account_mail(
    tx: &DatabaseTransaction,
    store: &Store,
    account: AccountId,
    purpose: Purpose,
    occasion: &str,
    facts: Facts,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let message = NewMessage {
        event: None,
        invitation: None,
        account: Some(account),
        wave: None,
        answer: None,
        purpose,
        occasion: occasion.to_owned(),
        once_only_key: format!(
            "{}/{}/{}/{occasion}",
            purpose.as_str(),
            account.0.simple(),
            now.timestamp_micros()
        ),
        facts,
        state: MessageState::Queued,
        not_before: None,
    };
    queue(tx, store.site(), message, now).await?;
    Ok(())
}

/// The account that a live secret belongs to.
pub(crate) async fn live_secret<C: ConnectionTrait>(
    db: &C,
    purpose: Purpose,
    secret: &Secret,
    now: DateTime<Utc>,
) -> Result<Option<account::Model>, StoreError> {
    let row = single_use_secret::Entity::find()
        .filter(single_use_secret::Column::SecretHash.eq(secret.hash(purpose.as_str()).to_vec()))
        .filter(single_use_secret::Column::Purpose.eq(purpose.as_str()))
        .filter(single_use_secret::Column::UsedAt.is_null())
        .filter(single_use_secret::Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    Ok(account::Entity::find_by_id(row.account_id)
        .filter(account::Column::RemovedAt.is_null())
        .one(db)
        .await?)
}

/// Uses up a secret and every other of its purpose that the account has. Of two at once, one wins.
pub(crate) async fn use_secret(
    tx: &DatabaseTransaction,
    purpose: Purpose,
    secret: &Secret,
    now: DateTime<Utc>,
) -> Result<account::Model, WriteError<AccountRefused>> {
    let invalid = || WriteError::Refused(AccountRefused::SecretInvalid);
    let account = live_secret(tx, purpose, secret, now).await?.ok_or_else(invalid)?;
    let used = single_use_secret::Entity::update_many()
        .col_expr(single_use_secret::Column::UsedAt, Expr::value(now))
        .filter(single_use_secret::Column::SecretHash.eq(secret.hash(purpose.as_str()).to_vec()))
        .filter(single_use_secret::Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    if used.rows_affected != 1 {
        return Err(invalid());
    }
    use_up_secrets(tx, account.id, purpose, now).await?;
    Ok(account)
}

/// Uses up every secret of an account for one purpose.
pub(crate) async fn use_up_secrets(
    tx: &DatabaseTransaction,
    account: Uuid,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    single_use_secret::Entity::update_many()
        .col_expr(single_use_secret::Column::UsedAt, Expr::value(now))
        .filter(single_use_secret::Column::AccountId.eq(account))
        .filter(single_use_secret::Column::Purpose.eq(purpose.as_str()))
        .filter(single_use_secret::Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Ways in that were asked for and have not left must not leave any more.
pub(super) async fn drop_account_mail(
    tx: &DatabaseTransaction,
    account: Uuid,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let waiting = [MessageState::Queued, MessageState::Waiting];
    let secret = [Purpose::SignIn, Purpose::SetUp];
    message::Entity::update_many()
        .col_expr(message::Column::State, Expr::value(MessageState::Dropped.as_str()))
        .col_expr(message::Column::DropReason, Expr::value(DropReason::Expired.to_string()))
        .col_expr(message::Column::UpdatedAt, Expr::value(now))
        .filter(message::Column::AccountId.eq(account))
        .filter(message::Column::Purpose.is_in(secret.map(Purpose::as_str)))
        .filter(message::Column::State.is_in(waiting.map(MessageState::as_str)))
        .exec(tx)
        .await?;
    Ok(())
}
