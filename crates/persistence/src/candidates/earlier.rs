//! The people of an earlier event as candidates of another, and a new event as a copy of an old one.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use conclave_core::address::Address;
use conclave_core::answer::AnswerValue;
use conclave_core::candidate::NominatedVia;
use conclave_core::event::Event;
use conclave_core::ids::{EventId, LogEntryId, PersonId};
use conclave_core::invitation::InvitationState;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::name::PersonName;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, Set,
};
use uuid::Uuid;

use super::nominate::nominate_on;
use super::{NewNomination, Nominated};
use crate::entities::{address, committee_line};
use crate::events::insert_event;
use crate::invitations::people_of;
use crate::log_entries::append;
use crate::questions::copy_questions;
use crate::{EventChangeRefused, NewEvent, Store, StoreError, WriteError};

/// Who of an earlier event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// Those who said yes and kept the seat.
    Attendees,
    /// Whoever was invited.
    Invited,
    /// The whole list.
    All,
}

impl Earlier {
    /// Reads the word of forms and commands; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "attendees" => Some(Self::Attendees),
            "invited" => Some(Self::Invited),
            "all" => Some(Self::All),
            _ => None,
        }
    }
}

/// A new event, and whom it takes over.
#[derive(Clone, Debug)]
pub struct CopiedEvent {
    pub event: Event,
    /// New candidates.
    pub candidates: u64,
}

impl Store {
    /// People of an earlier event as nominations, with what they were to it as the reason. Under their
    /// present address; one that is dead is left as it was.
    pub async fn people_of_earlier(
        &self,
        earlier: &Event,
        who: Earlier,
    ) -> Result<Vec<NewNomination>, StoreError> {
        people_of_earlier(self.reader(), earlier, who).await
    }

    /// Adds an event with the settings, texts, questions and printed committee of an old one, and with the old
    /// one's people as candidates, whole or not at all. What `new` names wins; deadlines that it does
    /// not name keep their distance from the first day. Refuses like [`Store::add_event`].
    pub async fn copy_event(
        &self,
        new: &NewEvent,
        old: EventId,
        who: Option<Earlier>,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<CopiedEvent, WriteError<EventChangeRefused>> {
        let tx = self.begin_write().await?;
        let old = crate::locks::lock_event(&tx, old).await?;
        let event = insert_event(&tx, &as_copy(new, &old), by, now).await?;
        copy_committee_lines(&tx, old.id, event.id).await?;
        copy_questions(&tx, old.id, &event, by, now).await?;
        let entry = LogEntry::new(by.clone(), "event.copied", event.slug.as_str())
            .of(event.id)
            .change(old.slug.as_str(), "");
        append(&tx, entry, now).await?;
        let people = match who {
            Some(who) => people_of_earlier(&tx, &old, who).await?,
            None => Vec::new(),
        };
        let done = nominate_on(&tx, &event, &people, NominatedVia::Event, by, now).await?;
        tx.commit().await?;
        let candidates = done.iter().filter(|one| matches!(one, Nominated::New(_))).count() as u64;
        Ok(CopiedEvent { event, candidates })
    }
}

/// Settings of the old event, with deadlines shifted, below those that are given.
fn as_copy(new: &NewEvent, old: &Event) -> NewEvent {
    // The letter to the reserve says when and where.
    const OWN: [&str; 8] =
        ["title", "short_title", "place", "zone", "from", "to", "backfill_subject", "backfill_text"];
    let shift = new.first_day - old.first_day;
    let shifted = |day: chrono::NaiveDate| {
        let moved = day.checked_add_signed(shift).unwrap_or(day);
        // Never after the event, whatever the old one allowed.
        moved.min(new.last_day).to_string()
    };
    let mut settings: Vec<(String, String)> = old
        .settings()
        .into_iter()
        .filter(|(key, _)| !OWN.contains(key))
        .map(|(key, value)| match key {
            "answers_close" => (key.to_owned(), shifted(old.answers_close)),
            "topics_by" => (key.to_owned(), shifted(old.topics_by)),
            "details_by" => (key.to_owned(), old.details_by.map(shifted).unwrap_or_default()),
            "backfill_until" => (key.to_owned(), old.backfill.until.map(shifted).unwrap_or_default()),
            key => (key.to_owned(), value),
        })
        // Empty facts of the old event are no values to set.
        .filter(|(key, value)| !(value.is_empty() && matches!(key.as_str(), "seats" | "reply_to")))
        .filter(|(key, _)| !new.settings.iter().any(|(given, _)| given == key))
        .collect();
    settings.extend(new.settings.iter().cloned());
    let place = if new.place.trim().is_empty() { old.place.clone() } else { new.place.clone() };
    NewEvent { settings, place, ..new.clone() }
}

async fn copy_committee_lines(
    tx: &DatabaseTransaction,
    from: EventId,
    to: EventId,
) -> Result<(), StoreError> {
    let lines = committee_line::Entity::find()
        .filter(committee_line::Column::EventId.eq(from.0))
        .order_by_asc(committee_line::Column::Position)
        .all(tx)
        .await?;
    for line in lines {
        committee_line::ActiveModel {
            id: Set(LogEntryId::generate().0),
            event_id: Set(to.0),
            position: Set(line.position),
            name: Set(line.name),
            remark: Set(line.remark),
        }
        .insert(tx)
        .await?;
    }
    Ok(())
}

async fn people_of_earlier<C: ConnectionTrait>(
    db: &C,
    earlier: &Event,
    who: Earlier,
) -> Result<Vec<NewNomination>, StoreError> {
    let rows = people_of(earlier.id)
        .order_by_asc(crate::entities::invitation::Column::SortKey)
        .order_by_asc(crate::entities::invitation::Column::Id)
        .all(db)
        .await?;
    let mut current: HashMap<Uuid, address::Model> = HashMap::new();
    let of_people = address::Entity::find()
        .filter(address::Column::IsCurrent.eq(true))
        .filter(address::Column::State.ne("dead"));
    for row in of_people.all(db).await? {
        current.insert(row.person_id, row);
    }
    let event = earlier.short_name();
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let was_invited = row.state == InvitationState::Invited.as_str()
                || row.state == InvitationState::Withdrawn.as_str();
            let answer = row.answer.as_deref().and_then(AnswerValue::parse).filter(|_| was_invited);
            let came =
                answer == Some(AnswerValue::Accepted) && row.state == InvitationState::Invited.as_str();
            let fits = match who {
                Earlier::Attendees => came,
                Earlier::Invited => was_invited,
                Earlier::All => true,
            };
            // A no is for its own committee, whose members are reminded of it by a guard (T40).
            let was = match (came, was_invited) {
                (true, _) => "attended",
                (false, true) => "was invited to",
                (false, false) => "was on the list of",
            };
            let reason = format!("{was} {event}");
            let email = current.get(&row.person_id).map_or(row.email.as_str(), |now| now.address.as_str());
            fits.then(|| NewNomination {
                name: PersonName::parse(&row.name).ok(),
                email: Address::parse(email).ok(),
                affiliation: row.affiliation.clone(),
                reason,
                again: false,
                person: Some(PersonId(row.person_id)),
            })
        })
        .collect())
}
