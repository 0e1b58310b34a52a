//! Writing to the next of the reserve by itself (decision 7), in events that say so. The waiting list
//! moves first, under the same lock; then the wave is an ordinary one, held like those confirmed in a
//! browser, and stopping it leaves its people on the list, where nothing happens by itself.

use chrono::{DateTime, TimeDelta, Utc};
use conclave_core::deadline;
use conclave_core::event::{Event, EventState};
use conclave_core::ids::{EventId, InvitationId};
use conclave_core::invitation::{InvitationState, Mode};
use conclave_core::log_entry::Actor;
use conclave_core::reserve::next_of_reserve;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use std::collections::HashSet;
use uuid::Uuid;

use super::moves::{Refusable, insert};
use super::plan::{Chosen, plan_on};
use crate::answers::move_waiting_list;
use crate::entities::{address, event, invitation, wave};
use crate::invitations::{PeopleCounts, people_of};
use crate::locks::lock_event;
use crate::reserve::propose;
use crate::rows::event_from_row;
use crate::{Release, Store, StoreError, WaveDraft, WaveKind, WaveRefused, WriteError};

impl Store {
    /// Writes to the next of the reserve wherever a seat is free for them and the event does that by
    /// itself: with its own text or the last wave's, and a reply-by date proposed from the time left.
    /// Nothing before a first wave was confirmed, and nothing that names the old day or place of an event
    /// that changed. Returns how many letters were queued. An event that
    /// refuses does not keep the others from theirs; the first refusal is returned at the end.
    pub async fn send_backfills(&self, now: DateTime<Utc>) -> Refusable<u64> {
        let events = event::Entity::find()
            .filter(event::Column::State.eq(EventState::Open.as_str()))
            .filter(event::Column::Backfill.eq("automatic"))
            .all(self.reader())
            .await?;
        let (mut queued, mut first_refusal) = (0, None);
        for row in events {
            let event = event_from_row(row)?;
            if !event.backfills_by_itself(now) {
                continue;
            }
            let counts = PeopleCounts::read(self.reader(), event.id).await?;
            if propose(self.reader(), &event, &counts, now).await?.next.is_empty() {
                continue;
            }
            match self.send_backfill(event.id, now).await {
                Ok(people) => queued += people,
                Err(WriteError::Refused(WaveRefused::Nobody | WaveRefused::EventNotOpen)) => {}
                Err(WriteError::Refused(refused)) => first_refusal = first_refusal.or(Some(refused)),
                Err(error @ WriteError::Store(_)) => return Err(error),
            }
        }
        first_refusal.map_or(Ok(queued), |refused| Err(WriteError::Refused(refused)))
    }

    async fn send_backfill(&self, event: EventId, now: DateTime<Utc>) -> Refusable<u64> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        if !event.backfills_by_itself(now) {
            return Ok(0);
        }
        // Whoever waits is first; what they leave is counted under the same lock.
        move_waiting_list(&tx, self.site(), &event, now).await?;
        let invitations = next(&tx, &event, now).await?;
        let letter = letter(&tx, &event).await?.filter(|letter| !letter.is_old(&event));
        let Some(letter) = letter.filter(|_| !invitations.is_empty()) else {
            tx.commit().await?;
            return Ok(0);
        };
        let today = deadline::today(now, event.zone);
        let draft = WaveDraft {
            kind: WaveKind::Invitation,
            subject: letter.subject,
            body: letter.body,
            reply_by: Some(deadline::propose_reply_by(today, event.first_day).min(event.answers_close)),
            invitations,
            personal_lines: Vec::new(),
        };
        let hold = TimeDelta::minutes(i64::from(event.hold_minutes));
        let wave = insert(&tx, &event, &draft, &Actor::System, now).await?;
        let release = Release::after(hold);
        let wave = self.confirm(&tx, &event, wave, &release, &Actor::System, now).await?;
        tx.commit().await?;
        Ok(wave.people)
    }
}

/// The next of the reserve who can be written to, for as many seats as there are for them.
async fn next(
    tx: &DatabaseTransaction,
    event: &Event,
    now: DateTime<Utc>,
) -> Result<Vec<InvitationId>, StoreError> {
    let ids: Vec<Uuid> = people_of(event.id)
        .select_only()
        .column(invitation::Column::Id)
        .filter(invitation::Column::State.eq(InvitationState::Reserve.as_str()))
        .order_by_asc(invitation::Column::ReserveRank)
        .order_by_asc(invitation::Column::Id)
        .into_tuple()
        .all(tx)
        .await?;
    let chosen: Vec<Chosen> = ids.into_iter().map(|id| (InvitationId(id), String::new())).collect();
    let planned = plan_on(tx, event, WaveKind::Invitation, &chosen, now).await?;
    let keys: Vec<String> = planned.rows.values().filter_map(|row| row.email_key.clone()).collect();
    let dead = dead(tx, &keys).await?;
    let writable: Vec<(InvitationId, Mode)> = planned
        .plan
        .recipients
        .iter()
        .filter(|(person, _)| {
            let key = planned.rows.get(&person.id.0).and_then(|row| row.email_key.as_ref());
            key.is_none_or(|key| !dead.contains(key))
        })
        .map(|(person, _)| (person.id, person.mode))
        .collect();
    let counts = PeopleCounts::read(tx, event.id).await?;
    Ok(next_of_reserve(&counts.seats(event), |mode| counts.listed(mode), writable))
}

/// A person may try an address again that refused mail; nothing does so by itself.
async fn dead<C: ConnectionTrait>(db: &C, keys: &[String]) -> Result<HashSet<String>, StoreError> {
    let mut dead = HashSet::new();
    for some in keys.chunks(500) {
        let found: Vec<String> = address::Entity::find()
            .select_only()
            .column(address::Column::AddressKey)
            .filter(address::Column::AddressKey.is_in(some.iter().cloned()))
            .filter(address::Column::State.eq("dead"))
            .into_tuple()
            .all(db)
            .await?;
        dead.extend(found);
    }
    Ok(dead)
}

/// What the next of the reserve read: the event's own words, else those of the last wave.
pub(crate) struct BackfillLetter {
    subject: String,
    body: String,
}

impl BackfillLetter {
    /// It names a day or place that the event does not have any more, so it does not leave by itself.
    pub(crate) fn is_old(&self, event: &Event) -> bool {
        event.names_what_was(&self.subject) || event.names_what_was(&self.body)
    }
}

/// The letter, once the committee let a wave of invitations go to its end.
pub(crate) async fn letter<C: ConnectionTrait>(
    db: &C,
    event: &Event,
) -> Result<Option<BackfillLetter>, StoreError> {
    let mut waves = wave::Entity::find()
        .filter(wave::Column::EventId.eq(event.id.0))
        .filter(wave::Column::Kind.eq(WaveKind::Invitation.as_str()))
        .filter(wave::Column::ConfirmedAt.is_not_null())
        .order_by_desc(wave::Column::Number);
    if event.backfill.subject.is_empty() || event.backfill.text.is_empty() {
        // Whoever stops one half way may not like its words.
        waves = waves.filter(wave::Column::StoppedAt.is_null());
    }
    let last = waves.one(db).await?;
    let own = |own: &str, last: String| if own.is_empty() { last } else { own.to_owned() };
    Ok(last.map(|last| BackfillLetter {
        subject: own(&event.backfill.subject, last.subject),
        body: own(&event.backfill.text, last.body),
    }))
}
