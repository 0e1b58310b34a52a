//! Addresses of people: whose one is, giving somebody a new one, and what becomes of the letters that
//! were on their way to the old one.

use chrono::{DateTime, Utc};
use conclave_core::address::Address;
use conclave_core::event::Event;
use conclave_core::facts::Facts;
use conclave_core::ids::{EventId, PersonId};
use conclave_core::invitation::InvitationState;
use conclave_core::log_entry::Actor;
use conclave_core::message::MessageState;
use conclave_core::purpose::Purpose;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, Set,
};
use uuid::Uuid;

use super::change::Refusable;
use super::list::everybody_of;
use super::offer::unsend_offer;
use crate::candidates::is_own_case;
use crate::entities::{address, invitation, message, person};
use crate::links::revoke_links;
use crate::{InviteeRefused, StoreError, WriteError};

/// The person of an address, made if nobody has it yet.
pub(super) async fn person_of_address(
    tx: &DatabaseTransaction,
    email: &Address,
    now: DateTime<Utc>,
) -> Result<Uuid, StoreError> {
    if let Some(known) = address_row(tx, email).await? {
        return Ok(known.person_id);
    }
    let person = add_person(tx, now).await?;
    add_address(tx, person, email, now).await?;
    Ok(person)
}

/// A person without an address yet.
pub(super) async fn add_person(tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<Uuid, StoreError> {
    let person = PersonId::generate().0;
    new_person(person, now).insert(tx).await?;
    Ok(person)
}

/// The row of somebody new.
pub(crate) fn new_person(id: Uuid, now: DateTime<Utc>) -> person::ActiveModel {
    person::ActiveModel {
        id: Set(id),
        created_at: Set(now),
        next_time: Set(String::new()),
        next_time_at: Set(None),
        merged_into: Set(None),
    }
}

async fn address_row(
    tx: &DatabaseTransaction,
    email: &Address,
) -> Result<Option<address::Model>, StoreError> {
    Ok(address::Entity::find().filter(address::Column::AddressKey.eq(email.key().as_str())).one(tx).await?)
}

async fn add_address(
    tx: &DatabaseTransaction,
    person: Uuid,
    email: &Address,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    new_address(person, email, now).insert(tx).await?;
    Ok(())
}

/// The row of an address that nobody has, as its person's present one.
pub(crate) fn new_address(person: Uuid, email: &Address, now: DateTime<Utc>) -> address::ActiveModel {
    address::ActiveModel {
        id: Set(PersonId::generate().0),
        person_id: Set(person),
        address: Set(email.as_str().to_owned()),
        address_key: Set(email.key().as_str().to_owned()),
        state: Set("unproven".to_owned()),
        is_current: Set(true),
        created_at: Set(now),
    }
}

/// Refuses an address that somebody else on the list has, as their present one or an older one. A member
/// is not told that they are a candidate themselves, nor what became of that (T22).
pub(super) async fn refuse_taken(
    tx: &DatabaseTransaction,
    event: EventId,
    except: Option<Uuid>,
    email: &Address,
    by: &Actor,
) -> Refusable<()> {
    let taken = holders(tx, event, email).await?;
    let Some(other) = taken.into_iter().find(|row| Some(row.id) != except) else { return Ok(()) };
    if is_own_case(tx, &other, by).await? {
        return Err(WriteError::Refused(InviteeRefused::OwnCase));
    }
    Err(WriteError::Refused(InviteeRefused::AddressTaken(holder(&other))))
}

/// Whose row of an event an address is, as their present one or an older one.
pub(super) async fn on_the_list(
    tx: &DatabaseTransaction,
    event: EventId,
    email: &Address,
) -> Result<Option<invitation::Model>, StoreError> {
    Ok(holders(tx, event, email).await?.into_iter().next())
}

async fn holders(
    tx: &DatabaseTransaction,
    event: EventId,
    email: &Address,
) -> Result<Vec<invitation::Model>, StoreError> {
    let mut same = Condition::any().add(invitation::Column::EmailKey.eq(email.key().as_str()));
    if let Some(known) = address_row(tx, email).await? {
        same = same.add(invitation::Column::PersonId.eq(known.person_id));
    }
    Ok(everybody_of(event)
        .filter(same)
        .filter(invitation::Column::State.ne(InvitationState::Replaced.as_str()))
        .all(tx)
        .await?)
}

/// Who has an address, for the committee alone.
fn holder(row: &invitation::Model) -> String {
    let name = if row.name.is_empty() { &row.email } else { &row.name };
    match InvitationState::parse(&row.state) {
        Some(InvitationState::Nominated) => format!("{name}, who is a candidate"),
        Some(InvitationState::Refused) => format!("{name}, a candidate who was turned down"),
        _ => name.clone(),
    }
}

/// Gives the person a new address, shuts the links sent to the old one and turns letters that
/// have not left round to the new one. Returns the person, who may be another: the one who had
/// this address before.
pub(super) async fn change_address(
    tx: &DatabaseTransaction,
    event: &Event,
    row: &invitation::Model,
    email: &str,
    by: &Actor,
    now: DateTime<Utc>,
) -> Refusable<Uuid> {
    if !row.email.is_empty() {
        revoke_links(tx, row.id, "the address was changed", now).await?;
    }
    let Ok(email) = Address::parse(email) else {
        return Ok(row.person_id);
    };
    refuse_taken(tx, event.id, Some(row.id), &email, by).await?;
    let known = address_row(tx, &email).await?;
    let person = known.as_ref().map_or(row.person_id, |known| known.person_id);
    address::Entity::update_many()
        .col_expr(address::Column::IsCurrent, Expr::value(false))
        .filter(address::Column::PersonId.eq(person))
        .exec(tx)
        .await?;
    match known {
        Some(known) => {
            address::Entity::update_many()
                .col_expr(address::Column::IsCurrent, Expr::value(true))
                .filter(address::Column::Id.eq(known.id))
                .exec(tx)
                .await?;
        }
        None => add_address(tx, person, &email, now).await?,
    }
    readdress_letters(tx, row.id, &email, now).await?;
    Ok(person)
}

/// Whose only letter was refused at the old address was never asked: a new letter can go out.
pub(super) async fn unsend_refused_letter(
    tx: &DatabaseTransaction,
    event: &Event,
    row: &invitation::Model,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let letters = message::Entity::find()
        .filter(message::Column::InvitationId.eq(row.id))
        .filter(message::Column::Purpose.eq(Purpose::Invitation.as_str()))
        .order_by_desc(message::Column::CreatedAt)
        .all(tx)
        .await?;
    let Some(newest) = letters.first().filter(|letter| letter.state == MessageState::Failed.as_str()) else {
        return Ok(());
    };
    if unsend_offer(tx, event, newest, row, by, now).await? {
        invitation::Entity::update_many()
            .col_expr(invitation::Column::LastMessageId, Expr::value(None::<Uuid>))
            .col_expr(invitation::Column::LastMessageState, Expr::value(""))
            .filter(invitation::Column::Id.eq(row.id))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Letters of which nobody got a word yet are written anew for the new address when they leave.
pub(super) async fn readdress_letters(
    tx: &DatabaseTransaction,
    invitation: Uuid,
    email: &Address,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let unsent = [
        MessageState::Prepared,
        MessageState::Held,
        MessageState::Queued,
        MessageState::Waiting,
        MessageState::Failed,
        MessageState::Dropped,
    ];
    let letters = message::Entity::find()
        .filter(message::Column::InvitationId.eq(invitation))
        .filter(message::Column::State.is_in(unsent.map(MessageState::as_str)))
        .all(tx)
        .await?;
    for letter in letters {
        let Ok(mut facts) = serde_json::from_str::<Facts>(&letter.facts) else { continue };
        facts.to.address = email.as_str().to_owned();
        let mut letter = letter.into_active_model();
        letter.facts = Set(serde_json::to_string(&facts).unwrap_or_default());
        letter.to_address = Set(email.as_str().to_owned());
        letter.body_text = Set(String::new());
        letter.body_html = Set(None);
        letter.updated_at = Set(now);
        letter.update(tx).await?;
    }
    Ok(())
}
