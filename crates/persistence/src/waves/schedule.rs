//! A wave that waits for its instant can be moved to another one; what was tested is remembered.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use conclave_core::ids::WaveId;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::MessageState;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _, Set,
    Unchanged,
};
use uuid::Uuid;

use super::moves::{Refusable, leaves_at, lock_wave, name};
use super::{people_in, wave_from};
use crate::entities::{message, wave};
use crate::log_entries::append;
use crate::outbox::step;
use crate::{Leaves, Store, StoreError, Wave, WaveRefused, WriteError};

impl Store {
    /// Moves a wave of which nothing has left to another instant. Refuses one that is leaving, and an
    /// instant that is over or not before the end of the day to answer by. The same instant is unchanged.
    pub async fn reschedule_wave(
        &self,
        wave: WaveId,
        at: DateTime<Utc>,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Wave> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_wave(&tx, wave).await?;
        let letters = message::Entity::find()
            .filter(message::Column::WaveId.eq(row.id))
            .lock_exclusive()
            .all(&tx)
            .await?;
        let is_held = letters.iter().any(|letter| letter.state == MessageState::Held.as_str());
        let has_begun = letters.iter().any(|letter| {
            letter.first_tried_at.is_some()
                || ![MessageState::Held, MessageState::Dropped].iter().any(|s| s.as_str() == letter.state)
        });
        if row.state != "confirmed" || !is_held || has_begun {
            return Err(WriteError::Refused(WaveRefused::HasLeft));
        }
        let Some(at) = leaves_at(&event, &row, Leaves::At(at), now)? else {
            return Err(WriteError::Refused(WaveRefused::SendAt));
        };
        if row.hold_until == Some(at) {
            return Ok(wave_from(&tx, row).await?);
        }
        let order: HashMap<Uuid, usize> = people_in(&tx, row.id)
            .await?
            .into_iter()
            .enumerate()
            .map(|(place, (invitation, _))| (invitation.0, place))
            .collect();
        for letter in letters.iter().filter(|letter| letter.state == MessageState::Held.as_str()) {
            let place = letter.invitation_id.and_then(|id| order.get(&id).copied()).unwrap_or_default();
            let not_before = self.not_before(place, Some(at), now).unwrap_or(at);
            message::ActiveModel {
                id: Unchanged(letter.id),
                not_before: Set(Some(not_before)),
                dated_at: Set(not_before),
                updated_at: Set(now),
                ..Default::default()
            }
            .update_without_returning(&tx)
            .await?;
            step(&tx, letter.id, MessageState::Held, "", "leaves at another time", now).await?;
        }
        let before = row.hold_until;
        let row = wave::ActiveModel {
            id: Unchanged(row.id),
            hold_until: Set(Some(at)),
            send_at: Set(Some(at)),
            version: Set(row.version + 1),
            ..Default::default()
        }
        .update(&tx)
        .await?;
        let words =
            |at: DateTime<Utc>| conclave_core::deadline::instant_words(at, event.zone, &event.zone_name());
        let entry = LogEntry::new(by.clone(), "wave.rescheduled", name(&row))
            .of(event.id)
            .change(before.map(words).unwrap_or_default(), words(at));
        append(&tx, entry, now).await?;
        let moved = wave_from(&tx, row).await?;
        tx.commit().await?;
        Ok(moved)
    }

    /// Remembers that a test of a draft was sent in the words it has now.
    pub async fn note_test(&self, wave: WaveId, version: u32) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        wave::Entity::update_many()
            .col_expr(
                wave::Column::TestedVersion,
                sea_orm::sea_query::Expr::value(crate::rows::column(version)),
            )
            .filter(wave::Column::Id.eq(wave.0))
            .filter(wave::Column::Version.eq(crate::rows::column(version)))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}
