//! The only place that locks. Order: event row, then invitation (architecture.md I2).

use conclave_core::event::Event;
use conclave_core::ids::{EventId, InvitationId};
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _, JoinType,
    QueryFilter as _, QuerySelect as _,
};

use crate::StoreError;
use crate::entities::{event, installation, invitation};
use crate::rows::event_from_row;

/// Locks the event's row (`FOR UPDATE` on PostgreSQL; SQLite holds its write lock already) and
/// reads it.
pub(crate) async fn lock_event(tx: &DatabaseTransaction, id: EventId) -> Result<Event, StoreError> {
    let row =
        event::Entity::find_by_id(id.0).lock_exclusive().all(tx).await?.pop().ok_or(StoreError::NotFound)?;
    event_from_row(row)
}

/// Locks the event of an invitation, which never moves to another, and reads both.
pub(crate) async fn lock_invitation(
    tx: &DatabaseTransaction,
    id: InvitationId,
) -> Result<(Event, invitation::Model), StoreError> {
    let found = if tx.get_database_backend() == DbBackend::Sqlite {
        // The write lock is held: both at once.
        let joined = invitation::Entity::belongs_to(event::Entity)
            .from(invitation::Column::EventId)
            .to(event::Column::Id)
            .into();
        let both = invitation::Entity::find_by_id(id.0)
            .select_also(event::Entity)
            .join(JoinType::InnerJoin, joined)
            .all(tx)
            .await?
            .pop();
        both.and_then(|(row, event)| Some((event?, row)))
    } else {
        // The invitation is read after the lock was waited for, so that it is what it is now.
        let of_invitation = Query::select()
            .column(invitation::Column::EventId)
            .from(invitation::Entity)
            .and_where(invitation::Column::Id.eq(id.0))
            .to_owned();
        let event = event::Entity::find().filter(event::Column::Id.in_subquery(of_invitation));
        let event = event.lock_exclusive().all(tx).await?.pop();
        event.zip(invitation::Entity::find_by_id(id.0).all(tx).await?.pop())
    };
    let (event, row) = found.ok_or(StoreError::NotFound)?;
    Ok((event_from_row(event)?, row))
}

/// Locks the installation's row, so that the first account is made once.
pub(crate) async fn lock_installation(tx: &DatabaseTransaction) -> Result<installation::Model, StoreError> {
    installation::Entity::find_by_id(1).lock_exclusive().one(tx).await?.ok_or(StoreError::NotFound)
}

/// Lets nobody else add addresses until the end, so that looking many up and adding the missing
/// ones is one step. Reading goes on.
pub(crate) async fn lock_addresses(tx: &DatabaseTransaction) -> Result<(), StoreError> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("LOCK TABLE addresses IN SHARE ROW EXCLUSIVE MODE").await?;
    }
    Ok(())
}
