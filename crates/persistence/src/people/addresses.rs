//! Addresses of a person across events. What an invitation is written to stays that event's business;
//! the present address is what later events begin with.

use chrono::{DateTime, Utc};
use conclave_core::address::{Address, AddressError};
use conclave_core::ids::{EventId, InvitationId, PersonId};
use conclave_core::log_entry::{Actor, LogEntry};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _,
};

use super::BookReader;
use crate::entities::{address, invitation, message};
use crate::invitations::{log_name, new_address};
use crate::locks::{lock_addresses, lock_event};
use crate::log_entries::append;
use crate::{Store, StoreError, WriteError};

/// What to do with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressChange {
    Add,
    Remove,
    /// Makes it the one that later events begin with.
    MakeCurrent,
    /// Mail to it comes back.
    MarkDead,
    /// It works after all.
    MarkAlive,
}

impl AddressChange {
    /// Reads the word of forms and commands; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "add" => Some(Self::Add),
            "remove" => Some(Self::Remove),
            "current" => Some(Self::MakeCurrent),
            "dead" => Some(Self::MarkDead),
            "alive" => Some(Self::MarkAlive),
            _ => None,
        }
    }
}

/// Why a person cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersonRefused {
    #[error("{0}")]
    Address(AddressError),
    #[error("This address is that of {0}; join the two people if they are one")]
    AddressTaken(String),
    #[error("This person does not have that address")]
    NoSuchAddress,
    #[error("Mail was written to this address, or an event has it; it stays in the book")]
    AddressInUse,
    #[error("This person is known to events that are not yours; an operator can change it")]
    NotYours,
}

impl PersonRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Address(_) => "address",
            Self::AddressTaken(_) => "address-taken",
            Self::NoSuchAddress => "no-such-address",
            Self::AddressInUse => "address-in-use",
            Self::NotYours => "forbidden",
        }
    }
}

type Refusable<T> = Result<T, WriteError<PersonRefused>>;

impl Store {
    /// Adds, removes or marks an address of a person. The same again is unchanged. Refuses an address of
    /// somebody else, and removing one that an event or a message refers to.
    pub async fn change_person_address(
        &self,
        reader: BookReader,
        person: PersonId,
        change: AddressChange,
        typed: &str,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<()> {
        let email =
            Address::parse(typed).map_err(|error| WriteError::Refused(PersonRefused::Address(error)))?;
        let known = self.person(reader, person).await?.ok_or(StoreError::NotFound)?;
        if !known.may_change {
            return Err(WriteError::Refused(PersonRefused::NotYours));
        }
        let person = known.id;
        let tx = self.begin_write().await?;
        let entry = about_person(&tx, person, "person.changed", by).await?;
        if let Some(event) = entry.event {
            // Event first, then addresses: the order of every other write.
            lock_event(&tx, event).await?;
        }
        lock_addresses(&tx).await?;
        let row = address::Entity::find()
            .filter(address::Column::AddressKey.eq(email.key().as_str()))
            .one(&tx)
            .await?;
        let own = row.as_ref().filter(|row| row.person_id == person.0);
        let words = match (change, own) {
            (AddressChange::Add, Some(_)) => return Ok(()),
            (AddressChange::Add, None) => {
                if row.is_some() {
                    let holder = self.people_named(reader, email.as_str()).await?.pop();
                    let name = holder
                        .map_or_else(|| "somebody else".to_owned(), |other| other.shown_name().to_owned());
                    return Err(WriteError::Refused(PersonRefused::AddressTaken(name)));
                }
                let has_some = address::Entity::find()
                    .filter(address::Column::PersonId.eq(person.0))
                    .filter(address::Column::IsCurrent.eq(true))
                    .count(&tx)
                    .await?;
                let mut new = new_address(person.0, &email, now);
                new.is_current = sea_orm::Set(has_some == 0);
                new.insert(&tx).await?;
                "an address was added"
            }
            (_, None) => return Err(WriteError::Refused(PersonRefused::NoSuchAddress)),
            (AddressChange::Remove, Some(own)) => {
                refuse_in_use(&tx, own).await?;
                address::Entity::delete_by_id(own.id).exec(&tx).await?;
                "an address was removed"
            }
            (AddressChange::MakeCurrent, Some(own)) if own.is_current => return Ok(()),
            (AddressChange::MakeCurrent, Some(own)) => {
                address::Entity::update_many()
                    .col_expr(address::Column::IsCurrent, Expr::value(false))
                    .filter(address::Column::PersonId.eq(person.0))
                    .exec(&tx)
                    .await?;
                address::Entity::update_many()
                    .col_expr(address::Column::IsCurrent, Expr::value(true))
                    .filter(address::Column::Id.eq(own.id))
                    .exec(&tx)
                    .await?;
                "another address is the present one"
            }
            (AddressChange::MarkDead | AddressChange::MarkAlive, Some(own)) => {
                let state = if change == AddressChange::MarkDead { "dead" } else { "unproven" };
                let is_dead = own.state == "dead" || own.state == "failing";
                if own.state == state || (change == AddressChange::MarkAlive && !is_dead) {
                    return Ok(());
                }
                address::Entity::update_many()
                    .col_expr(address::Column::State, Expr::value(state))
                    .filter(address::Column::Id.eq(own.id))
                    .exec(&tx)
                    .await?;
                if change == AddressChange::MarkDead {
                    "an address is dead"
                } else {
                    "an address works again"
                }
            }
        };
        append(&tx, entry.change("", words), now).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// An address that an event has, or that a message went to, is never forgotten (domain.md 3.1).
async fn refuse_in_use(tx: &DatabaseTransaction, row: &address::Model) -> Refusable<()> {
    let lists = invitation::Entity::find()
        .filter(invitation::Column::EmailKey.eq(row.address_key.as_str()))
        .count(tx)
        .await?;
    let messages =
        message::Entity::find().filter(message::Column::ToAddress.eq(row.address.as_str())).count(tx).await?;
    if lists + messages > 0 {
        return Err(WriteError::Refused(PersonRefused::AddressInUse));
    }
    Ok(())
}

/// A line of the record about a person, in the event that has them last, or in the installation's.
async fn about_person(
    tx: &DatabaseTransaction,
    person: PersonId,
    action: &'static str,
    by: &Actor,
) -> Result<LogEntry, StoreError> {
    let newest = invitation::Entity::find()
        .filter(invitation::Column::PersonId.eq(person.0))
        .order_by_desc(invitation::Column::CreatedAt)
        .one(tx)
        .await?;
    Ok(match newest {
        Some(row) => LogEntry::new(by.clone(), action, log_name(&row))
            .of(EventId(row.event_id))
            .about(InvitationId(row.id)),
        None => LogEntry::new(by.clone(), action, "somebody on no list"),
    })
}
