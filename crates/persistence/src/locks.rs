//! The only place that locks. Order: event row, then invitation (architecture.md I2).

use conclave_core::event::Event;
use conclave_core::ids::{EventId, InvitationId};
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _,
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

/// The same for the event of an invitation, which never moves to another.
pub(crate) async fn lock_event_of(
    tx: &DatabaseTransaction,
    invitation: InvitationId,
) -> Result<Event, StoreError> {
    let of_invitation = Query::select()
        .column(invitation::Column::EventId)
        .from(invitation::Entity)
        .and_where(invitation::Column::Id.eq(invitation.0))
        .to_owned();
    let found = event::Entity::find().filter(event::Column::Id.in_subquery(of_invitation));
    event_from_row(found.lock_exclusive().all(tx).await?.pop().ok_or(StoreError::NotFound)?)
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
