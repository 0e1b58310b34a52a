//! The only place that locks. Order: event row, then invitation (architecture.md I2).

use conclave_core::event::Event;
use conclave_core::ids::EventId;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _, QuerySelect as _};

use crate::StoreError;
use crate::entities::{event, installation};
use crate::rows::event_from_row;

/// Locks the event's row (`FOR UPDATE` on PostgreSQL; SQLite holds its write lock already) and
/// reads it.
pub(crate) async fn lock_event(tx: &DatabaseTransaction, id: EventId) -> Result<Event, StoreError> {
    let row = event::Entity::find_by_id(id.0).lock_exclusive().one(tx).await?.ok_or(StoreError::NotFound)?;
    event_from_row(row)
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
