//! One board of whom to chase and why; core gives the reasons (`core::chase`).

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::chase::{Known, NOT_REACHED, REASONS, Reason, reasons};
use conclave_core::event::Event;
use conclave_core::ids::InvitationId;
use conclave_core::invitation::InvitationState;
use conclave_core::message::MessageState;
use sea_orm::{ColumnTrait as _, Condition, QueryFilter as _};

use crate::entities::invitation;
use crate::invitations::{complete, people_of};
use crate::questions::people_missing_details;
use crate::{Invitation, Store, StoreError};

/// Somebody to chase.
#[derive(Clone, Debug)]
pub struct ChaseRow {
    pub invitation: Invitation,
    /// The most pressing first, each with the day it is about.
    pub reasons: Vec<(Reason, Option<NaiveDate>)>,
}

impl ChaseRow {
    /// Somebody whose silence is no answer: we do not know that any mail arrived.
    #[must_use]
    pub fn is_unreached(&self) -> bool {
        self.reasons.iter().any(|(reason, _)| NOT_REACHED.contains(reason))
    }
}

/// Everybody to chase, the most pressing first.
#[derive(Clone, Debug)]
pub struct ChaseBoard {
    pub rows: Vec<ChaseRow>,
}

impl ChaseBoard {
    /// People per reason, every reason named.
    #[must_use]
    pub fn counts(&self) -> Vec<(Reason, u64)> {
        REASONS
            .into_iter()
            .map(|reason| {
                let has = |row: &&ChaseRow| row.reasons.iter().any(|(of, _)| *of == reason);
                (reason, self.rows.iter().filter(has).count() as u64)
            })
            .collect()
    }
}

impl Store {
    /// Whom to chase now and why. At most seven queries, whatever the size of the list.
    pub async fn chase(&self, event: &Event, now: DateTime<Utc>) -> Result<ChaseBoard, StoreError> {
        let db = self.reader();
        let wishes = self.open_requests(event.id).await?;
        let wishes: HashSet<InvitationId> = wishes.iter().map(|wish| wish.invitation).collect();
        let failed = [MessageState::Bounced, MessageState::Failed, MessageState::Uncertain];
        // Invited, or on the way to it with a mail that failed.
        let worth = Condition::any()
            .add(invitation::Column::State.eq(InvitationState::Invited.as_str()))
            .add(invitation::Column::LastMessageState.is_in(failed.map(MessageState::as_str)))
            .add(invitation::Column::Id.is_in(wishes.iter().map(|id| id.0)));
        let missing = people_missing_details(db, event.id).await?;
        let people = complete(db, people_of(event.id).filter(worth).all(db).await?).await?;
        let mut rows: Vec<ChaseRow> = people
            .into_iter()
            .filter_map(|invitation| {
                let known = Known {
                    state: invitation.state,
                    answer: invitation.answer,
                    delivery: invitation.delivery,
                    was_reached: invitation.handed_over_at.is_some(),
                    by_other_means: invitation.invited_by_other_means,
                    reply_by: invitation.reply_by,
                    held_until: invitation.held_until,
                    intent: invitation.intent,
                    has_topic: invitation.topic_count > 0,
                    has_wish: wishes.contains(&invitation.id),
                    has_to_reconfirm: invitation.reconfirm_since.is_some(),
                    is_missing_details: missing.contains(&invitation.id),
                };
                let reasons = reasons(&known, event, now);
                (!reasons.is_empty()).then_some(ChaseRow { invitation, reasons })
            })
            .collect();
        rows.sort_by(|a, b| {
            let key = |row: &ChaseRow| row.reasons.first().copied();
            key(a).cmp(&key(b)).then_with(|| a.invitation.sort_key.cmp(&b.invitation.sort_key))
        });
        Ok(ChaseBoard { rows })
    }
}
