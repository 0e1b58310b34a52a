//! Personal links: derived from the key, found by hash (decision 9). Looking one up reads only.

use chrono::{DateTime, TimeDelta, Utc};
use conclave_core::address::AddressKey;
use conclave_core::event::{Event, EventState};
use conclave_core::ids::InvitationId;
use conclave_core::invitation::{InvitationRefused, InvitationState};
use conclave_core::link_token::{LinkKind, LinkToken};
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::{MessageState, once_only_key};
use conclave_core::purpose::Purpose;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use crate::entities::{invitation, link, message};
use crate::events::printed_committee;
use crate::facts::invitee_facts;
use crate::invitations::log_name;
use crate::locks::lock_invitation;
use crate::log_entries::append;
use crate::outbox::{NewMessage, queue};
use crate::rows::{column, corrupt, count};
use crate::{InviteeRefused, Site, Store, StoreError, WriteError};

/// Mails of the same link that one person can have sent in an hour.
const LINK_MAILS: u64 = 3;

impl Store {
    /// The personal link's token, for a person of the committee to read out; logged as an access.
    /// Refuses somebody whose link would not open anything yet.
    pub async fn reveal_link(
        &self,
        invitation: InvitationId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<LinkToken, WriteError<InviteeRefused>> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        refuse_closed(&row)?;
        let generation = ensure_link(&tx, self.site(), row.id, LinkKind::Web, now).await?;
        let entry = LogEntry::new(by.clone(), "link.revealed", log_name(&row)).of(event.id).about(invitation);
        append(&tx, entry, now).await?;
        tx.commit().await?;
        Ok(self.site().key.token(LinkKind::Web, row.id, generation))
    }

    /// Revokes every link of an invitation and makes a new generation. With `mail`, the new link
    /// is mailed.
    pub async fn rotate_link(
        &self,
        invitation: InvitationId,
        reason: &str,
        mail: bool,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<LinkToken, WriteError<InviteeRefused>> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        refuse_closed(&row)?;
        if mail && row.email.is_empty() {
            return Err(WriteError::Refused(InviteeRefused::NoAddress));
        }
        revoke_links(&tx, row.id, reason, now).await?;
        let generation = ensure_link(&tx, self.site(), row.id, LinkKind::Web, now).await?;
        if mail {
            queue_link(&tx, self.site(), &event, &row, now).await?;
        }
        let entry = LogEntry::new(by.clone(), "link.rotated", log_name(&row))
            .of(event.id)
            .about(invitation)
            .because(reason);
        append(&tx, entry, now).await?;
        tx.commit().await?;
        Ok(self.site().key.token(LinkKind::Web, row.id, generation))
    }

    /// "Send me my link again": queues the same link to every open invitation of the address.
    /// Does the same visible work whether the address is known or not; at most three an hour.
    pub async fn send_link_again(&self, key: &AddressKey, now: DateTime<Utc>) -> Result<(), StoreError> {
        let ids: Vec<Uuid> = invitation::Entity::find()
            .select_only()
            .column(invitation::Column::Id)
            .filter(invitation::Column::EmailKey.eq(key.as_str()))
            .filter(invitation::Column::State.eq(InvitationState::Invited.as_str()))
            .into_tuple()
            .all(self.reader())
            .await?;
        // A transaction each, because each locks its event.
        for id in ids {
            let tx = self.begin_write().await?;
            let (event, row) = lock_invitation(&tx, InvitationId(id)).await?;
            let is_open = matches!(event.state, EventState::Open | EventState::Closed) && !event.is_over(now);
            let lately = message::Entity::find()
                .filter(message::Column::InvitationId.eq(id))
                .filter(message::Column::Purpose.eq(Purpose::Link.as_str()))
                .filter(message::Column::CreatedAt.gt(now - TimeDelta::hours(1)))
                .count(&tx)
                .await?;
            let is_theirs = row.email_key.as_deref() == Some(key.as_str()) && refuse_closed(&row).is_ok();
            if is_open && is_theirs && lately < LINK_MAILS {
                queue_link(&tx, self.site(), &event, &row, now).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// The invitation that a token opens: its kind and hash match and it was not revoked.
    pub async fn invitation_by_link(
        &self,
        kind: LinkKind,
        token: &LinkToken,
    ) -> Result<Option<InvitationId>, StoreError> {
        let link = link::Entity::find()
            .filter(link::Column::TokenHash.eq(token.hash(kind).to_vec()))
            .filter(link::Column::Kind.eq(kind.as_str()))
            .filter(link::Column::RevokedAt.is_null())
            .all(self.reader())
            .await?
            .pop();
        Ok(link.map(|link| InvitationId(link.invitation_id)))
    }

    /// One-click unsubscribe (RFC 8058): mutes mail about the event. Not an answer. `false` undoes
    /// it. Nothing changed is nothing written.
    pub async fn set_muted(
        &self,
        invitation: InvitationId,
        muted: bool,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        if row.is_muted == muted {
            return Ok(());
        }
        let action = if muted { "invitation.muted" } else { "invitation.unmuted" };
        let entry = LogEntry::new(by.clone(), action, log_name(&row)).of(event.id).about(invitation);
        append(&tx, entry, now).await?;
        invitation::Entity::update_many()
            .col_expr(invitation::Column::IsMuted, Expr::value(muted))
            .col_expr(invitation::Column::Version, Expr::value(row.version + 1))
            .filter(invitation::Column::Id.eq(row.id))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// A link opens the answer page only while the offer stands.
fn refuse_closed(row: &invitation::Model) -> Result<(), WriteError<InviteeRefused>> {
    let state = InvitationState::parse(&row.state).ok_or_else(|| corrupt("invitations", "state", row.id))?;
    if state.link_is_open() {
        Ok(())
    } else {
        Err(WriteError::Refused(InviteeRefused::State(InvitationRefused::NotFrom(state))))
    }
}

/// Mails the link that is alive when the message leaves.
async fn queue_link(
    tx: &DatabaseTransaction,
    site: &Site,
    event: &Event,
    row: &invitation::Model,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let id = InvitationId(row.id);
    let occasion = now.timestamp_micros().to_string();
    let message = NewMessage {
        event: Some(event.id),
        invitation: Some(id),
        account: None,
        wave: None,
        answer: None,
        purpose: Purpose::Link,
        once_only_key: once_only_key(event.id, id, Purpose::Link, &occasion),
        occasion,
        facts: invitee_facts(site, event, &printed_committee(tx, event.id).await?, row),
        state: MessageState::Queued,
        not_before: None,
    };
    queue(tx, site, message, now).await?;
    Ok(())
}

/// Makes sure that a link of this kind exists under the present key and returns its generation.
/// A key that was lost gets a new generation and revokes nothing (decisions.md, "Keys and links").
pub(crate) async fn ensure_link(
    tx: &DatabaseTransaction,
    site: &Site,
    invitation: Uuid,
    kind: LinkKind,
    now: DateTime<Utc>,
) -> Result<u32, StoreError> {
    let newest = link::Entity::find()
        .filter(link::Column::InvitationId.eq(invitation))
        .filter(link::Column::Kind.eq(kind.as_str()))
        .order_by_desc(link::Column::Generation)
        .one(tx)
        .await?;
    let fingerprint = site.key.fingerprint();
    if let Some(newest) = &newest
        && newest.revoked_at.is_none()
        && newest.key_fingerprint == fingerprint
    {
        return Ok(count(newest.generation));
    }
    let generation = newest.map_or(1, |newest| count(newest.generation) + 1);
    let token = site.key.token(kind, invitation, generation);
    link::ActiveModel {
        id: Set(conclave_core::ids::LogEntryId::generate().0),
        invitation_id: Set(invitation),
        kind: Set(kind.as_str().to_owned()),
        generation: Set(column(generation)),
        key_fingerprint: Set(fingerprint),
        token_hash: Set(token.hash(kind).to_vec()),
        created_at: Set(now),
        revoked_at: Set(None),
        revoked_reason: Set(String::new()),
    }
    .insert(tx)
    .await?;
    Ok(generation)
}

/// Revokes every live link of an invitation, of every kind.
pub(crate) async fn revoke_links(
    tx: &DatabaseTransaction,
    invitation: Uuid,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    link::Entity::update_many()
        .col_expr(link::Column::RevokedAt, Expr::value(now))
        .col_expr(link::Column::RevokedReason, Expr::value(reason))
        .filter(link::Column::InvitationId.eq(invitation))
        .filter(link::Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}
