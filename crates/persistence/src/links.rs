//! Personal links: derived from the key, found by hash (decision 9). Looking one up reads only.

use chrono::{DateTime, Utc};
use conclave_core::address::AddressKey;
use conclave_core::ids::InvitationId;
use conclave_core::link_token::{LinkKind, LinkToken};
use conclave_core::log_entry::Actor;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, Set,
};
use uuid::Uuid;

use crate::entities::link;
use crate::rows::{column, count};
use crate::{InviteeRefused, Site, Store, StoreError, WriteError};

impl Store {
    /// The personal link's token, for a person of the committee to read out; logged as an access.
    /// Refuses somebody whose link would not open anything yet.
    pub async fn reveal_link(
        &self,
        invitation: InvitationId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<LinkToken, WriteError<InviteeRefused>> {
        todo!()
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
        todo!()
    }

    /// "Send me my link again": queues the same link to every open invitation of the address.
    /// Does the same visible work whether the address is known or not; at most three an hour.
    pub async fn send_link_again(&self, key: &AddressKey, now: DateTime<Utc>) -> Result<(), StoreError> {
        todo!()
    }

    /// The invitation that a token opens: its kind and hash match and it was not revoked.
    pub async fn invitation_by_link(
        &self,
        kind: LinkKind,
        token: &LinkToken,
    ) -> Result<Option<InvitationId>, StoreError> {
        todo!()
    }

    /// One-click unsubscribe (RFC 8058): mutes mail about the event. Not an answer. `false` undoes it.
    pub async fn set_muted(
        &self,
        invitation: InvitationId,
        muted: bool,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        todo!()
    }
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
