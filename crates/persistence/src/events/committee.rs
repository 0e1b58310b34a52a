//! Who sits in an event's committee, and whom its mails and page name.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use conclave_core::committee::Role;
use conclave_core::ids::{EventId, LogEntryId};
use conclave_core::log_entry::{Actor, LogEntry};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    JoinType, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use crate::entities::{account, committee_line, committee_seat};
use crate::log_entries::append;
use crate::rows::corrupt;
use crate::{CommitteeLine, StoreError};

/// The committee as printed: its own lines, else the names of chairs and members.
pub(crate) async fn printed_committee<C: ConnectionTrait>(
    db: &C,
    event: EventId,
) -> Result<Vec<CommitteeLine>, StoreError> {
    let lines = committee_line::Entity::find()
        .filter(committee_line::Column::EventId.eq(event.0))
        .order_by_asc(committee_line::Column::Position)
        .all(db)
        .await?;
    if !lines.is_empty() {
        return Ok(lines.into_iter().map(|l| CommitteeLine { name: l.name, remark: l.remark }).collect());
    }
    let names: Vec<String> = account::Entity::find()
        .select_only()
        .column(account::Column::Name)
        .join(
            JoinType::InnerJoin,
            account::Entity::belongs_to(committee_seat::Entity)
                .from(account::Column::Id)
                .to(committee_seat::Column::AccountId)
                .into(),
        )
        .filter(committee_seat::Column::EventId.eq(event.0))
        .filter(committee_seat::Column::Role.ne(Role::Reader.as_str()))
        .filter(account::Column::RemovedAt.is_null())
        .order_by_asc(committee_seat::Column::CreatedAt)
        .into_tuple()
        .all(db)
        .await?;
    Ok(names.into_iter().map(|name| CommitteeLine { name, remark: String::new() }).collect())
}

/// Accounts with a role in an event: chairs first, then members, then readers, each by name.
pub(crate) async fn members<C: ConnectionTrait>(
    db: &C,
    event: EventId,
) -> Result<Vec<(account::Model, Role)>, StoreError> {
    let seats =
        committee_seat::Entity::find().filter(committee_seat::Column::EventId.eq(event.0)).all(db).await?;
    let roles = seats
        .iter()
        .map(|seat| Ok((seat.account_id, role(seat)?)))
        .collect::<Result<HashMap<Uuid, Role>, StoreError>>()?;
    let accounts = account::Entity::find()
        .filter(account::Column::Id.is_in(roles.keys().copied()))
        .filter(account::Column::RemovedAt.is_null())
        .all(db)
        .await?;
    let mut members: Vec<_> = accounts
        .into_iter()
        .filter_map(|account| roles.get(&account.id).map(|role| (account.clone(), *role)))
        .collect();
    members.sort_by(|(a, a_role), (b, b_role)| {
        b_role.cmp(a_role).then_with(|| a.name.cmp(&b.name)).then(a.id.cmp(&b.id))
    });
    Ok(members)
}

/// Reads a seat's role.
pub(crate) fn role(seat: &committee_seat::Model) -> Result<Role, StoreError> {
    Role::parse(&seat.role).ok_or_else(|| corrupt("committee_seats", "role", seat.id))
}

/// Gives an account its first role in an event.
pub(crate) async fn add_seat(
    tx: &DatabaseTransaction,
    event: EventId,
    account: &account::Model,
    role: Role,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    committee_seat::ActiveModel {
        id: Set(LogEntryId::generate().0),
        event_id: Set(event.0),
        account_id: Set(account.id),
        role: Set(role.as_str().to_owned()),
        created_at: Set(now),
    }
    .insert(tx)
    .await?;
    let entry = LogEntry::new(by.clone(), "committee.added", account.name.as_str())
        .of(event)
        .change("", role.as_str());
    append(tx, entry, now).await
}

pub(super) async fn committee_size(tx: &DatabaseTransaction, event: EventId) -> Result<usize, StoreError> {
    Ok(committee_seat::Entity::find()
        .filter(committee_seat::Column::EventId.eq(event.0))
        .all(tx)
        .await?
        .len())
}
