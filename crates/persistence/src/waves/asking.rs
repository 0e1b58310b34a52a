//! A wave that waits for another member, and the mail that tells those who may release it.

use chrono::{DateTime, Utc};
use conclave_core::committee::Role;
use conclave_core::event::Event;
use conclave_core::facts::{Facts, ReleaseFacts};
use conclave_core::ids::AccountId;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::MessageState;
use conclave_core::purpose::Purpose;
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
};
use uuid::Uuid;

use super::moves::{kind_of, name};
use crate::entities::{account, committee_seat, wave, wave_person};
use crate::events::printed_committee;
use crate::facts::{account_facts, event_facts};
use crate::log_entries::append;
use crate::outbox::{NewMessage, queue};
use crate::{Site, StoreError};

/// Writes that a wave waits, and mails whoever may release it: members and chairs, but for who wrote it
/// and who asks.
pub(super) async fn ask_others(
    tx: &DatabaseTransaction,
    site: &Site,
    event: &Event,
    row: &wave::Model,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    append(tx, LogEntry::new(by.clone(), "wave.asked", name(row)).of(event.id), now).await?;
    let people = wave_person::Entity::find().filter(wave_person::Column::WaveId.eq(row.id)).count(tx).await?;
    let asks = match by {
        Actor::Committee { account, .. } => Some(account.0),
        Actor::Invitee | Actor::Operator | Actor::System => None,
    };
    let who_may: Vec<Uuid> = committee_seat::Entity::find()
        .filter(committee_seat::Column::EventId.eq(event.id.0))
        .filter(committee_seat::Column::Role.is_in([Role::Member.as_str(), Role::Chair.as_str()]))
        .all(tx)
        .await?
        .into_iter()
        .map(|seat| seat.account_id)
        .filter(|account| Some(*account) != asks && Some(*account) != row.saved_by)
        .collect();
    let members = account::Entity::find()
        .filter(account::Column::Id.is_in(who_may))
        .filter(account::Column::RemovedAt.is_null())
        .all(tx)
        .await?;
    let committee = printed_committee(tx, event.id).await?;
    let what = name(row);
    let label = if kind_of(row).is_reminder() { format!("r{}", row.number) } else { row.number.to_string() };
    let release = ReleaseFacts {
        wave: capitalised(&what),
        what,
        subject: row.subject.clone(),
        people: if people == 1 { "1 person".to_owned() } else { format!("{people} people") },
        by: row.asked_by.clone(),
        url: format!("{}/c/{}/mail/{label}/check", site.public_url, event.slug),
    };
    let occasion = format!("{}-{}", row.id.simple(), now.timestamp_micros());
    for member in members {
        let message = NewMessage {
            event: Some(event.id),
            invitation: None,
            account: Some(AccountId(member.id)),
            wave: None,
            answer: None,
            purpose: Purpose::ReleaseWanted,
            once_only_key: format!(
                "{}/{}/{}/{occasion}",
                event.id.0.simple(),
                member.id.simple(),
                Purpose::ReleaseWanted.as_str()
            ),
            occasion: occasion.clone(),
            facts: Facts {
                event: Some(event_facts(event, &committee)),
                release: Some(release.clone()),
                ..account_facts(site, &member.name, &member.email)
            },
            state: MessageState::Queued,
            not_before: None,
        };
        queue(tx, site, message, now).await?;
    }
    Ok(())
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
