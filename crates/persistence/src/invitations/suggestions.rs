//! Replacements (T3): whoever does not come may name somebody else. That is a hint to the committee,
//! who may put them on the list or the reserve; the token never moves, and the one suggested learns
//! nothing before they are invited like anybody.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use conclave_core::address::Address;
use conclave_core::ids::{EventId, InvitationId, SuggestionId};
use conclave_core::invitation::{InvitationMove, InvitationState};
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::name::PersonName;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction,
    EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, Set, Unchanged,
};
use uuid::Uuid;

use super::address::{add_person, on_the_list, person_of_address};
use super::change::{log_name, new_row, next_position, refused};
use super::complete;
use super::list::people_of;
use super::offer::state_of;
use crate::candidates::is_own_case;
use crate::entities::{invitation, suggestion};
use crate::locks::lock_event;
use crate::log_entries::append;
use crate::reserve::{close_ranks, last_rank};
use crate::rows::column;
use crate::{Invitation, InviteeRefused, NewInvitee, Store, StoreError, WriteError};

type Refusable<T> = Result<T, WriteError<InviteeRefused>>;

/// Somebody else, as an invitee named them. All may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instead {
    pub name: String,
    pub address: String,
    pub why: String,
}

/// A suggestion that waits for the committee.
#[derive(Clone, Debug)]
pub struct Suggestion {
    pub id: SuggestionId,
    /// Who suggests: their invitation, its public id and their name.
    pub by: InvitationId,
    pub by_public_id: String,
    pub by_name: String,
    pub instead: Instead,
    pub at: DateTime<Utc>,
}

/// Who stands in for whom: public id and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StandsIn {
    pub replaces: Option<(String, String)>,
    pub replaced_by: Vec<(String, String)>,
}

impl Store {
    /// Suggestions that wait, oldest first. Two queries.
    pub async fn open_suggestions(&self, event: EventId) -> Result<Vec<Suggestion>, StoreError> {
        open(self.reader(), event).await
    }

    /// Puts the one suggested on the list, or last on the reserve, in place of whoever suggested them.
    /// Somebody with that address who is there already and was not written to is that person; refuses
    /// where they were. A suggestion that was decided is not found.
    pub async fn take_suggestion(
        &self,
        event: EventId,
        suggestion: SuggestionId,
        to_reserve: bool,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Invitation> {
        let tx = self.begin_write().await?;
        lock_event(&tx, event).await?;
        let row = waiting(&tx, event, suggestion).await?;
        let from = invitation::Entity::find_by_id(row.invitation_id).one(&tx).await?;
        let from = from.ok_or(StoreError::NotFound)?;
        let email = Address::parse(&row.address).ok();
        let known = match &email {
            Some(email) => on_the_list(&tx, event, email).await?,
            None => None,
        };
        let mut taken = match known {
            Some(known) if is_own_case(&tx, &known, by).await? => {
                return Err(WriteError::Refused(InviteeRefused::OwnCase));
            }
            Some(known) => {
                let state = state_of(&known)?;
                let is_free = known.wave_id.is_none()
                    && matches!(
                        state,
                        InvitationState::Nominated | InvitationState::Listed | InvitationState::Reserve
                    );
                if !is_free {
                    return Err(WriteError::Refused(InviteeRefused::AddressTaken(log_name(&known))));
                }
                known
            }
            None => {
                let person = match &email {
                    Some(email) => person_of_address(&tx, email, now).await?,
                    None => add_person(&tx, now).await?,
                };
                let new = NewInvitee {
                    name: PersonName::parse(&row.name).ok(),
                    email,
                    note: words(&row, &from),
                    ..NewInvitee::default()
                };
                let position = next_position(&tx, event).await?;
                new_row(event, person, position, &new, now).insert(&tx).await?
            }
        };
        let before = state_of(&taken)?;
        let wanted = match before {
            InvitationState::Nominated => before.after(InvitationMove::List).map_err(refused)?,
            state => state,
        };
        let after = match (wanted, to_reserve) {
            (InvitationState::Listed, true) => wanted.after(InvitationMove::Rank).map_err(refused)?,
            (InvitationState::Reserve, false) => wanted.after(InvitationMove::List).map_err(refused)?,
            (state, _) => state,
        };
        let rank = match after {
            InvitationState::Reserve if before == InvitationState::Reserve => taken.reserve_rank,
            InvitationState::Reserve => Some(column(last_rank(&tx, event).await? + 1)),
            _ => None,
        };
        taken = invitation::ActiveModel {
            id: Unchanged(taken.id),
            state: Set(after.as_str().to_owned()),
            reserve_rank: Set(rank),
            replaces_id: Set(Some(from.id)),
            version: Set(taken.version + 1),
            ..Default::default()
        }
        .update(&tx)
        .await?;
        close_ranks(&tx, event).await?;
        decide(&tx, row, after.as_str(), by, now).await?;
        let entry = LogEntry::new(by.clone(), "suggestion.taken", log_name(&taken))
            .of(event)
            .about(InvitationId(taken.id))
            .change(format!("suggested by {}", log_name(&from)), after.as_str());
        append(&tx, entry, now).await?;
        let taken = complete(&tx, vec![taken]).await?.pop().ok_or(StoreError::NotFound)?;
        tx.commit().await?;
        Ok(taken)
    }

    /// Leaves a suggestion aside. Nobody is told. One that was decided is not found.
    pub async fn set_suggestion_aside(
        &self,
        event: EventId,
        suggestion: SuggestionId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        lock_event(&tx, event).await?;
        let row = waiting(&tx, event, suggestion).await?;
        let entry = LogEntry::new(by.clone(), "suggestion.set_aside", named(&row))
            .of(event)
            .about(InvitationId(row.invitation_id));
        decide(&tx, row, "set aside", by, now).await?;
        append(&tx, entry, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Everybody whom an invitee suggested, oldest first, also where it was decided.
    pub(crate) async fn suggested_by(&self, invitation: InvitationId) -> Result<Vec<Instead>, StoreError> {
        let rows = suggestion::Entity::find()
            .filter(suggestion::Column::InvitationId.eq(invitation.0))
            .order_by_asc(suggestion::Column::CreatedAt)
            .order_by_asc(suggestion::Column::Id)
            .all(self.reader())
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| Instead { name: row.name, address: row.address, why: row.why })
            .collect())
    }

    /// Whom somebody stands in for, and who stands in for them. One query.
    pub async fn stands_in(&self, invitation: &Invitation) -> Result<StandsIn, StoreError> {
        let mut either = Condition::any().add(invitation::Column::ReplacesId.eq(invitation.id.0));
        if let Some(replaces) = invitation.replaces {
            either = either.add(invitation::Column::Id.eq(replaces.0));
        }
        let rows = people_of(invitation.event)
            .filter(either)
            .order_by_asc(invitation::Column::Position)
            .all(self.reader())
            .await?;
        let mut found = StandsIn::default();
        for row in rows {
            let name = if row.name.is_empty() { row.email } else { row.name };
            if Some(row.id) == invitation.replaces.map(|id| id.0) {
                found.replaces = Some((row.public_id, name));
            } else {
                found.replaced_by.push((row.public_id, name));
            }
        }
        Ok(found)
    }
}

/// Keeps what an invitee suggests; one that waits gets the new words, and the same again is nothing.
pub(crate) async fn suggest(
    tx: &DatabaseTransaction,
    row: &invitation::Model,
    instead: &Instead,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if instead.name.is_empty() && instead.address.is_empty() {
        return Ok(());
    }
    let known = suggestion::Entity::find()
        .filter(suggestion::Column::InvitationId.eq(row.id))
        .order_by_desc(suggestion::Column::CreatedAt)
        .order_by_desc(suggestion::Column::Id)
        .all(tx)
        .await?;
    let is_same = |known: &suggestion::Model| {
        (&known.name, &known.address, &known.why) == (&instead.name, &instead.address, &instead.why)
    };
    match known.into_iter().next() {
        Some(newest) if is_same(&newest) => return Ok(()),
        Some(newest) if newest.decided_at.is_none() => {
            let mut changed = newest.into_active_model();
            changed.name = Set(instead.name.clone());
            changed.address = Set(instead.address.clone());
            changed.why = Set(instead.why.clone());
            changed.update(tx).await?;
        }
        Some(_) | None => {
            suggestion::ActiveModel {
                id: Set(SuggestionId::generate().0),
                event_id: Set(row.event_id),
                invitation_id: Set(row.id),
                name: Set(instead.name.clone()),
                address: Set(instead.address.clone()),
                why: Set(instead.why.clone()),
                created_at: Set(now),
                decided_at: Set(None),
                decided_by: Set(String::new()),
                decision: Set(String::new()),
            }
            .insert(tx)
            .await?;
        }
    }
    let entry = LogEntry::new(Actor::Invitee, "suggestion.made", log_name(row))
        .of(EventId(row.event_id))
        .about(InvitationId(row.id));
    append(tx, entry, now).await
}

pub(crate) async fn open<C: ConnectionTrait>(db: &C, event: EventId) -> Result<Vec<Suggestion>, StoreError> {
    let rows = suggestion::Entity::find()
        .filter(suggestion::Column::EventId.eq(event.0))
        .filter(suggestion::Column::DecidedAt.is_null())
        .order_by_asc(suggestion::Column::CreatedAt)
        .order_by_asc(suggestion::Column::Id)
        .all(db)
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids = rows.iter().map(|row| row.invitation_id);
    let people: HashMap<Uuid, invitation::Model> = people_of(event)
        .filter(invitation::Column::Id.is_in(ids))
        .all(db)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    rows.into_iter()
        .map(|row| {
            let by = people.get(&row.invitation_id).ok_or(StoreError::NotFound)?;
            Ok(Suggestion {
                id: SuggestionId(row.id),
                by: InvitationId(by.id),
                by_public_id: by.public_id.clone(),
                by_name: if by.name.is_empty() { by.email.clone() } else { by.name.clone() },
                instead: Instead { name: row.name, address: row.address, why: row.why },
                at: row.created_at,
            })
        })
        .collect()
}

async fn waiting(
    tx: &DatabaseTransaction,
    event: EventId,
    id: SuggestionId,
) -> Result<suggestion::Model, StoreError> {
    suggestion::Entity::find_by_id(id.0)
        .filter(suggestion::Column::EventId.eq(event.0))
        .filter(suggestion::Column::DecidedAt.is_null())
        .one(tx)
        .await?
        .ok_or(StoreError::NotFound)
}

async fn decide(
    tx: &DatabaseTransaction,
    row: suggestion::Model,
    decision: &str,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut row = row.into_active_model();
    row.decided_at = Set(Some(now));
    row.decided_by = Set(by.name().to_owned());
    row.decision = Set(decision.to_owned());
    row.update(tx).await?;
    Ok(())
}

/// Without the address: the record never has one.
fn named(row: &suggestion::Model) -> String {
    if row.name.is_empty() { "somebody".to_owned() } else { row.name.clone() }
}

/// The committee's note about the one suggested.
fn words(row: &suggestion::Model, from: &invitation::Model) -> String {
    let lead = format!("Suggested by {}, who does not come.", log_name(from));
    if row.why.is_empty() { lead } else { format!("{lead} {}", row.why) }
}
