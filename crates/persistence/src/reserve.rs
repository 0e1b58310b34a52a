//! The reserve: ranked people never written to. Ranks are kept dense, 1 to the number of people, by
//! every write that changes who is there; all of them hold the event's lock, so that two moves at
//! once follow one another. What is proposed from it when a seat frees is `core::reserve`'s to say;
//! writing to them by itself is in `waves/backfill.rs`.

use chrono::{DateTime, Utc};
use conclave_core::event::Event;
use conclave_core::ids::{EventId, InvitationId};
use conclave_core::invitation::{InvitationMove, InvitationState, Mode};
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::reserve::{RankMove, moved, next_of_reserve};
use conclave_core::seats::EventSeats;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select, Set, Unchanged,
};
use uuid::Uuid;

use crate::entities::invitation;
use crate::invitations::{PeopleCounts, complete, log_name, people_of, refused, rows_of, state_of};
use crate::locks::{lock_event, lock_invitation};
use crate::log_entries::append;
use crate::rows::{column, corrupt, count};
use crate::waves::backfill;
use crate::{Invitation, InviteeRefused, Store, StoreError, WriteError};

type Refusable<T> = Result<T, WriteError<InviteeRefused>>;

/// Who of the reserve is next, now that there is a seat for them.
#[derive(Clone, Debug, Default)]
pub struct Proposal {
    /// In rank order; as many as there are seats for.
    pub next: Vec<Proposed>,
    /// On the list, not written to and in no wave: they come before the reserve.
    pub listed: u32,
    /// Everybody on the reserve.
    pub reserve: u32,
    /// The letter that would be written by itself names what was before the event changed.
    pub letter_is_old: bool,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Proposed {
    pub id: InvitationId,
    pub public_id: String,
    /// The name, else the address.
    pub name: String,
    pub rank: u32,
    pub mode: Mode,
}

impl Store {
    /// Everybody on the reserve, in rank order. At most four queries.
    pub async fn reserve(&self, event: EventId) -> Result<Vec<Invitation>, StoreError> {
        let rows = line(event).all(self.reader()).await?;
        complete(self.reader(), rows).await
    }

    /// Who of the reserve could be invited now, and the seats it was counted from. Two queries.
    pub async fn reserve_proposal(
        &self,
        event: &Event,
        now: DateTime<Utc>,
    ) -> Result<(EventSeats, Proposal), StoreError> {
        let counts = PeopleCounts::read(self.reader(), event.id).await?;
        let proposal = propose(self.reader(), event, &counts, now).await?;
        Ok((counts.seats(event), proposal))
    }

    /// Moves listed people to the reserve, in this order behind those there, or back. Who is there
    /// already stays; refuses, for all of them, anybody who was invited or is in a wave.
    pub async fn set_reserve(
        &self,
        event: EventId,
        invitations: &[InvitationId],
        reserve: bool,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<()> {
        let tx = self.begin_write().await?;
        lock_event(&tx, event).await?;
        let mut rank = last_rank(&tx, event).await?;
        let mut rows = rows_of(&tx, event, invitations).await?;
        rows.sort_by_key(|row| invitations.iter().position(|id| id.0 == row.id));
        let wanted = if reserve { InvitationMove::Rank } else { InvitationMove::List };
        for row in rows {
            let from = state_of(&row)?;
            if from == (if reserve { InvitationState::Reserve } else { InvitationState::Listed }) {
                continue;
            }
            if row.wave_id.is_some() {
                return Err(refused(conclave_core::invitation::InvitationRefused::NotFrom(from)));
            }
            let to = from.after(wanted).map_err(refused)?;
            rank += 1;
            invitation::ActiveModel {
                id: Unchanged(row.id),
                state: Set(to.as_str().to_owned()),
                reserve_rank: Set(reserve.then(|| column(rank))),
                version: Set(row.version + 1),
                ..Default::default()
            }
            .update(&tx)
            .await?;
            let after = if reserve { in_words(Some(column(rank))) } else { to.as_str().to_owned() };
            let before = if reserve { from.as_str().to_owned() } else { in_words(row.reserve_rank) };
            let entry = LogEntry::new(by.clone(), "invitation.reserve", log_name(&row))
                .of(event)
                .about(InvitationId(row.id))
                .change(before, after);
            append(&tx, entry, now).await?;
        }
        close_ranks(&tx, event).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Moves somebody within the reserve and returns their rank, from 1. Everybody else keeps their
    /// order. Where they are already is nothing written. Refuses whoever is not on the reserve.
    pub async fn move_on_reserve(
        &self,
        invitation: InvitationId,
        wanted: RankMove,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<u32> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        let before = ranks(&tx, event.id).await?;
        let place = before.iter().position(|(id, _)| *id == row.id);
        let Some(from) = place else {
            return Err(WriteError::Refused(InviteeRefused::NotOnReserve));
        };
        let after = moved(before.clone(), from, wanted);
        let to = after.iter().position(|(id, _)| *id == row.id).unwrap_or(from);
        write_ranks(&tx, &after).await?;
        let rank = |place: usize| u32::try_from(place + 1).unwrap_or(u32::MAX);
        if to != from {
            let words = |place: usize| format!("{} of {}", rank(place), before.len());
            let entry = LogEntry::new(by.clone(), "reserve.moved", log_name(&row))
                .of(event.id)
                .about(invitation)
                .change(words(from), words(to));
            append(&tx, entry, now).await?;
        }
        tx.commit().await?;
        Ok(rank(to))
    }
}

/// Who of the reserve is next under these counts. One query, and none while nobody can be; one more where
/// the event changed and writes to them by itself.
pub(crate) async fn propose<C: ConnectionTrait>(
    db: &C,
    event: &Event,
    counts: &PeopleCounts,
    now: DateTime<Utc>,
) -> Result<Proposal, StoreError> {
    let reserve = counts.reserve();
    let listed = [Mode::InPerson, Mode::Remote].into_iter().map(|mode| counts.listed(mode)).sum();
    if reserve == 0 || !event.takes_from_reserve(now) {
        return Ok(Proposal { next: Vec::new(), listed, reserve, letter_is_old: false });
    }
    type Line = (Uuid, String, String, String, String, Option<i32>);
    let people: Vec<Line> = line(event.id)
        .select_only()
        .column(invitation::Column::Id)
        .column(invitation::Column::PublicId)
        .column(invitation::Column::Name)
        .column(invitation::Column::Email)
        .column(invitation::Column::Mode)
        .column(invitation::Column::ReserveRank)
        .into_tuple()
        .all(db)
        .await?;
    let mut all = Vec::with_capacity(people.len());
    // Whoever has no address is invited by other means, not by a wave.
    for (id, public_id, name, email, mode, rank) in people.into_iter().filter(|line| !line.3.is_empty()) {
        let mode = Mode::parse(&mode).ok_or_else(|| corrupt("invitations", "mode", id))?;
        let name = if name.is_empty() { email } else { name };
        let rank = rank.map(count).unwrap_or_default();
        all.push(Proposed { id: InvitationId(id), public_id, name, rank, mode });
    }
    let places = all.iter().enumerate().map(|(place, person)| (place, person.mode));
    let chosen = next_of_reserve(&counts.seats(event), |mode| counts.listed(mode), places);
    let next = all.into_iter().enumerate().filter(|(place, _)| chosen.contains(place));
    let next: Vec<Proposed> = next.map(|(_, person)| person).collect();
    let letter_is_old = !next.is_empty()
        && !event.changes.is_empty()
        && event.backfills_by_itself(now)
        && backfill::letter(db, event).await?.is_some_and(|letter| letter.is_old(event));
    Ok(Proposal { next, listed, reserve, letter_is_old })
}

/// Takes those of the reserve who are in `rows` off it, because a wave to them was confirmed: they
/// are listed from now on, and the record keeps their rank.
pub(crate) async fn leave_reserve(
    tx: &DatabaseTransaction,
    event: &Event,
    rows: impl Iterator<Item = &invitation::Model>,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut left = false;
    for row in rows.filter(|row| row.state == InvitationState::Reserve.as_str()) {
        left = true;
        invitation::ActiveModel {
            id: Unchanged(row.id),
            state: Set(InvitationState::Listed.as_str().to_owned()),
            reserve_rank: Set(None),
            version: Set(row.version + 1),
            ..Default::default()
        }
        .update(tx)
        .await?;
        let entry = LogEntry::new(by.clone(), "invitation.reserve", log_name(row))
            .of(event.id)
            .about(InvitationId(row.id))
            .change(in_words(row.reserve_rank), "in a wave");
        append(tx, entry, now).await?;
    }
    if left { close_ranks(tx, event.id).await } else { Ok(()) }
}

/// Numbers the reserve anew after somebody left it.
pub(crate) async fn close_ranks(tx: &DatabaseTransaction, event: EventId) -> Result<(), StoreError> {
    write_ranks(tx, &ranks(tx, event).await?).await
}

/// The place behind everybody on the reserve.
pub(crate) async fn last_rank(tx: &DatabaseTransaction, event: EventId) -> Result<u32, StoreError> {
    let last: Option<Option<i32>> = people_of(event)
        .select_only()
        .column_as(invitation::Column::ReserveRank.max(), "last")
        .into_tuple()
        .one(tx)
        .await?;
    Ok(last.flatten().map_or(0, count))
}

/// Everybody on the reserve and the rank they have, in order.
async fn ranks(tx: &DatabaseTransaction, event: EventId) -> Result<Vec<(Uuid, Option<i32>)>, StoreError> {
    Ok(line(event)
        .select_only()
        .column(invitation::Column::Id)
        .column(invitation::Column::ReserveRank)
        .into_tuple()
        .all(tx)
        .await?)
}

/// Writes the ranks that are not what their place in the line says.
async fn write_ranks(tx: &DatabaseTransaction, line: &[(Uuid, Option<i32>)]) -> Result<(), StoreError> {
    for (rank, (id, known)) in (1..).zip(line) {
        if *known != Some(rank) {
            invitation::ActiveModel {
                id: Unchanged(*id),
                reserve_rank: Set(Some(rank)),
                ..Default::default()
            }
            .update_without_returning(tx)
            .await?;
        }
    }
    Ok(())
}

fn line(event: EventId) -> Select<invitation::Entity> {
    people_of(event)
        .filter(invitation::Column::State.eq(InvitationState::Reserve.as_str()))
        .order_by_asc(invitation::Column::ReserveRank)
        .order_by_asc(invitation::Column::Position)
        .order_by_asc(invitation::Column::Id)
}

fn in_words(rank: Option<i32>) -> String {
    rank.map_or_else(|| "reserve".to_owned(), |rank| format!("reserve, rank {rank}"))
}
