//! Who sits in an event's committee, and whom its mails and page name.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use conclave_core::committee::Role;
use conclave_core::ids::{EventId, LogEntryId};
use conclave_core::log_entry::{Actor, LogEntry};
use sea_orm::sea_query::{
    DynIden, Expr, ExprTrait as _, IntoIden as _, Order, Query, SelectStatement, UnionType,
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QueryResult, Set,
};
use uuid::Uuid;

use crate::entities::{account, committee_line, committee_seat};
use crate::log_entries::append;
use crate::rows::corrupt;
use crate::{CommitteeLine, StoreError};

/// The committee as printed: its own lines, else the names of chairs and members. One query.
pub(crate) async fn printed_committee<C: ConnectionTrait>(
    db: &C,
    event: EventId,
) -> Result<Vec<CommitteeLine>, StoreError> {
    printed_lines(db.query_all(&printed_query(event.0)).await?)
}

/// The query of [`printed_committee`], of an event named by its id or by a query that finds it.
pub(crate) fn printed_query(event: impl Into<Expr>) -> SelectStatement {
    let event = event.into();
    let of_event = |column: (DynIden, DynIden)| Expr::col(column).eq(event.clone());
    let accounts = Query::select()
        .expr(Expr::val(1))
        .expr(Expr::cust("ROW_NUMBER() OVER (ORDER BY committee_seats.created_at)"))
        .column((account::Entity, account::Column::Name))
        .expr(Expr::val(""))
        .from(committee_seat::Entity)
        .inner_join(
            account::Entity,
            Expr::col((account::Entity, account::Column::Id))
                .equals((committee_seat::Entity, committee_seat::Column::AccountId)),
        )
        .and_where(of_event((
            committee_seat::Entity.into_iden(),
            committee_seat::Column::EventId.into_iden(),
        )))
        .and_where(committee_seat::Column::Role.ne(Role::Reader.as_str()))
        .and_where(account::Column::RemovedAt.is_null())
        .to_owned();
    let both = Query::select()
        .expr_as(Expr::val(0), "source")
        .expr_as(Expr::col(committee_line::Column::Position), "place")
        .column(committee_line::Column::Name)
        .column(committee_line::Column::Remark)
        .from(committee_line::Entity)
        .and_where(of_event((
            committee_line::Entity.into_iden(),
            committee_line::Column::EventId.into_iden(),
        )))
        .union(UnionType::All, accounts)
        .to_owned();
    Query::select()
        .columns(["source", "name", "remark"])
        .from_subquery(both, "printed")
        .order_by("source", Order::Asc)
        .order_by("place", Order::Asc)
        .to_owned()
}

/// What [`printed_query`] found.
pub(crate) fn printed_lines(rows: Vec<QueryResult>) -> Result<Vec<CommitteeLine>, StoreError> {
    let read = |row: QueryResult| {
        let source: i32 = row.try_get_by_index(0)?;
        Ok((source, CommitteeLine { name: row.try_get_by_index(1)?, remark: row.try_get_by_index(2)? }))
    };
    let lines = rows.into_iter().map(read).collect::<Result<Vec<(i32, CommitteeLine)>, StoreError>>()?;
    let first = lines.first().map(|(source, _)| *source);
    Ok(lines.into_iter().filter(|(source, _)| Some(*source) == first).map(|(_, line)| line).collect())
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
        digest: Set("daily".to_owned()),
        digest_hour: Set(7),
        digest_until: Set(Some(now)),
        needs: Set(String::new()),
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
