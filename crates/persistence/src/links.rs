//! Personal links: derived from the key, found by hash (decision 9). Looking one up reads only.

use chrono::{DateTime, Utc};
use conclave_core::address::AddressKey;
use conclave_core::ids::InvitationId;
use conclave_core::link_token::{LinkKind, LinkToken};
use conclave_core::log_entry::Actor;

use crate::{InviteeRefused, Store, StoreError, WriteError};

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
