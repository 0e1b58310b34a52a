//! The only place that locks. Order: event row, then invitation (architecture.md I2).

use conclave_core::event::Event;
use conclave_core::ids::{EventId, InvitationId};
use sea_orm::sea_query::{LockType, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _,
    FromQueryResult as _, QueryFilter as _, QuerySelect as _, QueryTrait as _, Value,
};

use crate::StoreError;
use crate::entities::{event, installation, invitation};
use crate::reads::{Queries, place};
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
    let id = [Value::from(id.0)];
    let (event, invitation) = if tx.get_database_backend() == DbBackend::Sqlite {
        static BOTH: Queries<2> = Queries::new();
        // The write lock is held: both at once.
        let [event, invitation] = BOTH.ask(tx, &id, || [event_of_place(), invitation_of_place()]).await?;
        (event, invitation)
    } else {
        static EVENT: Queries<1> = Queries::new();
        static INVITATION: Queries<1> = Queries::new();
        // The invitation is read after the lock was waited for, so that it is what it is now.
        let [event] = EVENT.ask(tx, &id, || [event_of_place().lock(LockType::Update).to_owned()]).await?;
        let [invitation] = INVITATION.ask(tx, &id, || [invitation_of_place()]).await?;
        (event, invitation)
    };
    let (Some(event), Some(invitation)) = (event.first(), invitation.first()) else {
        return Err(StoreError::NotFound);
    };
    let event = event_from_row(event::Model::from_query_result(event, "")?)?;
    Ok((event, invitation::Model::from_query_result(invitation, "")?))
}

fn event_of_place() -> SelectStatement {
    let of_invitation = Query::select()
        .column(invitation::Column::EventId)
        .from(invitation::Entity)
        .and_where(invitation::Column::Id.eq(place(0)))
        .to_owned();
    event::Entity::find().filter(event::Column::Id.in_subquery(of_invitation)).into_query()
}

fn invitation_of_place() -> SelectStatement {
    invitation::Entity::find().filter(invitation::Column::Id.eq(place(0))).into_query()
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
