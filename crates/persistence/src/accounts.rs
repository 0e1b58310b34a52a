//! Committee accounts, and who may do what in which event (decisions 11, 12).

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use conclave_core::address::{Address, AddressKey};
use conclave_core::committee::Role;
use conclave_core::event::EventState;
use conclave_core::facts::{EventFacts, Facts, SignInFacts};
use conclave_core::ids::{AccountId, EventId};
use conclave_core::link_token::Secret;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::name::PersonName;
use conclave_core::purpose::Purpose;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use crate::entities::{account, committee_seat, event, installation, session, single_use_secret};
use crate::events::{members, role};
use crate::facts::account_facts;
use crate::locks::{lock_event, lock_installation};
use crate::log_entries::append;
use crate::{Store, StoreError, WriteError, is_duplicate};
pub use members::{MemberState, NewMember};
use secrets::drop_account_mail;
pub(crate) use secrets::{asked_at, live_secret, queue_account_mail, use_secret, use_up_secrets};

mod members;
mod secrets;

/// Life of a set-up secret, for the first account and for new members.
const SET_UP_LIFE: TimeDelta = TimeDelta::hours(72);

/// A committee member's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub email: String,
    pub name: String,
    /// May create events and accounts.
    pub is_operator: bool,
    pub has_password: bool,
    /// Event slug and role, by slug.
    pub roles: Vec<(String, Role)>,
    pub created_at: DateTime<Utc>,
}

/// An account to add.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub email: Address,
    pub name: PersonName,
    /// PHC string of `core::password::hash`; without one the member signs in by mail.
    pub password_hash: Option<String>,
    pub is_operator: bool,
}

/// Why an account cannot be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountRefused {
    #[error("There is an account with this address already")]
    EmailTaken,
    #[error("An event needs a chair; make somebody else chair first")]
    LastChair,
    #[error("The last operator cannot be removed")]
    LastOperator,
    #[error("Set-up is finished; sign in instead")]
    SetUpFinished,
    #[error("This link has expired or was used; ask for a new one")]
    SecretInvalid,
    #[error("Nobody has an account with this address; give their name, and they are mailed a link")]
    NameMissing,
    #[error("They have chosen a password already")]
    HasPassword,
}

impl AccountRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::EmailTaken => "email-taken",
            Self::LastChair => "last-chair",
            Self::LastOperator => "last-operator",
            Self::SetUpFinished => "set-up-finished",
            Self::SecretInvalid => "secret-invalid",
            Self::NameMissing => "name-missing",
            Self::HasPassword => "has-password",
        }
    }
}

impl Store {
    /// Adds an account. A removed account with the same address comes back, without its old rights.
    /// Refuses a taken address.
    pub async fn add_account(
        &self,
        new: &NewAccount,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Account, WriteError<AccountRefused>> {
        let tx = self.begin_write().await?;
        let row = insert_account(&tx, new, new.is_operator, now).await?;
        append(&tx, LogEntry::new(by.clone(), "account.added", row.name.as_str()), now).await?;
        let account = complete_one(&tx, row).await?;
        tx.commit().await?;
        Ok(account)
    }

    /// Every account that was not removed, by name.
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let rows = account::Entity::find()
            .filter(account::Column::RemovedAt.is_null())
            .order_by_asc(account::Column::Name)
            .order_by_asc(account::Column::Id)
            .all(self.reader())
            .await?;
        complete(self.reader(), rows).await
    }

    /// The account of an address, with its password hash, for sign-in.
    pub async fn account_by_email(
        &self,
        key: &AddressKey,
    ) -> Result<Option<(Account, Option<String>)>, StoreError> {
        let Some(row) = find_by_key(self.reader(), key).await? else {
            return Ok(None);
        };
        let password_hash = row.password_hash.clone();
        Ok(Some((complete_one(self.reader(), row).await?, password_hash)))
    }

    /// Members of one event with their roles, chairs first.
    pub async fn committee(&self, event: EventId) -> Result<Vec<(Account, Role)>, StoreError> {
        let (rows, roles): (Vec<_>, Vec<_>) = members(self.reader(), event).await?.into_iter().unzip();
        Ok(complete(self.reader(), rows).await?.into_iter().zip(roles).collect())
    }

    /// Stores a new password hash; every session but the one of `keep` ends, and mailed ways in die.
    pub async fn set_password(
        &self,
        account: AccountId,
        password_hash: &str,
        keep: Option<&Secret>,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let row = find(&tx, account).await?;
        let name = row.name.clone();
        store_password(&tx, row, password_hash, keep, now).await?;
        append(&tx, LogEntry::new(by.clone(), "account.password_set", name), now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Changes the name by which the record and mails know a member from now on.
    pub async fn rename_account(
        &self,
        account: AccountId,
        name: &PersonName,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let row = find(&tx, account).await?;
        if row.name != name.as_str() {
            let entry = LogEntry::new(by.clone(), "account.renamed", name.as_str())
                .change(row.name.as_str(), name.as_str());
            append(&tx, entry, now).await?;
            let mut row = row.into_active_model();
            row.name = Set(name.as_str().to_owned());
            row.update(&tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Stores the same password hashed anew, with today's parameters; nothing else changes.
    pub async fn refresh_password_hash(
        &self,
        account: AccountId,
        password_hash: &str,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let mut row = find(&tx, account).await?.into_active_model();
        row.password_hash = Set(Some(password_hash.to_owned()));
        row.update(&tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives an account a role in an event, or changes it. Refuses to take away the last chair.
    pub async fn set_role(
        &self,
        event: EventId,
        account: AccountId,
        role: Role,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<AccountRefused>> {
        let tx = self.begin_write().await?;
        lock_event(&tx, event).await?;
        let account = find(&tx, account).await?;
        members::seat(&tx, event, &account, None, role, by, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends an account's rights in one event at once; whoever has none left anywhere is signed out, and a
    /// link to choose a password dies. Refuses the last chair.
    pub async fn remove_role(
        &self,
        event: EventId,
        account: AccountId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<AccountRefused>> {
        let tx = self.begin_write().await?;
        lock_event(&tx, event).await?;
        let account = find(&tx, account).await?;
        let seat = find_seat(&tx, event, account.id).await?.ok_or(StoreError::NotFound)?;
        refuse_last_chair(&tx, &seat).await?;
        log_lost_seat(&tx, &seat, &account.name, by, now).await?;
        committee_seat::Entity::delete_by_id(seat.id).exec(&tx).await?;
        members::lock_out_without_rights(&tx, &account, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes an account: rights and sessions end, log entries stay. Refuses the last operator
    /// and the last chair of an event that is not over.
    pub async fn remove_account(
        &self,
        account: AccountId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<AccountRefused>> {
        let tx = self.begin_write().await?;
        lock_installation(&tx).await?;
        let row = find(&tx, account).await?;
        if row.is_operator && operators(&tx).await? <= 1 {
            return Err(WriteError::Refused(AccountRefused::LastOperator));
        }
        let seats = committee_seat::Entity::find()
            .filter(committee_seat::Column::AccountId.eq(account.0))
            .order_by_asc(committee_seat::Column::EventId)
            .all(&tx)
            .await?;
        for seat in seats {
            let event = lock_event(&tx, EventId(seat.event_id)).await?;
            if !matches!(event.state, EventState::Finished | EventState::Cancelled) {
                refuse_last_chair(&tx, &seat).await?;
            }
            log_lost_seat(&tx, &seat, &row.name, by, now).await?;
            committee_seat::Entity::delete_by_id(seat.id).exec(&tx).await?;
        }
        end_sessions(&tx, account.0, None).await?;
        single_use_secret::Entity::delete_many()
            .filter(single_use_secret::Column::AccountId.eq(account.0))
            .exec(&tx)
            .await?;
        drop_account_mail(&tx, account.0, now).await?;
        append(&tx, LogEntry::new(by.clone(), "account.removed", row.name.as_str()), now).await?;
        let mut row = row.into_active_model();
        row.removed_at = Set(Some(now));
        row.password_hash = Set(None);
        row.is_operator = Set(false);
        row.update(&tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A new one-time set-up secret, alive 72 hours, replacing the one before; `None` once an
    /// account exists.
    pub async fn issue_setup_secret(&self, now: DateTime<Utc>) -> Result<Option<Secret>, StoreError> {
        let tx = self.begin_write().await?;
        let row = lock_installation(&tx).await?;
        if an_account_exists(&tx).await? {
            return Ok(None);
        }
        let secret = Secret::generate();
        let mut row = row.into_active_model();
        row.setup_hash = Set(Some(secret.hash("setup").to_vec()));
        row.setup_expires_at = Set(Some(now + SET_UP_LIFE));
        row.update(&tx).await?;
        tx.commit().await?;
        Ok(Some(secret))
    }

    /// True while this set-up secret opens the set-up page.
    pub async fn setup_is_open(&self, secret: &Secret, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let Some(row) = installation::Entity::find_by_id(1).one(self.reader()).await? else {
            return Ok(false);
        };
        Ok(opens_setup(&row, secret, now) && !an_account_exists(self.reader()).await?)
    }

    /// Uses the set-up secret: makes the first account, an operator. Refuses once one exists, and
    /// unknown and expired secrets.
    pub async fn finish_setup(
        &self,
        secret: &Secret,
        new: &NewAccount,
        now: DateTime<Utc>,
    ) -> Result<Account, WriteError<AccountRefused>> {
        let tx = self.begin_write().await?;
        let row = lock_installation(&tx).await?;
        if an_account_exists(&tx).await? {
            return Err(WriteError::Refused(AccountRefused::SetUpFinished));
        }
        if !opens_setup(&row, secret, now) {
            return Err(WriteError::Refused(AccountRefused::SecretInvalid));
        }
        let account = insert_account(&tx, new, true, now).await?;
        let by = Actor::Committee { account: AccountId(account.id), name: account.name.clone() };
        append(&tx, LogEntry::new(by, "account.added", account.name.as_str()), now).await?;
        let mut row = row.into_active_model();
        row.setup_hash = Set(None);
        row.setup_expires_at = Set(None);
        row.update(&tx).await?;
        let account = complete_one(&tx, account).await?;
        tx.commit().await?;
        Ok(account)
    }

    /// Queues the mail with which a new member chooses a password.
    pub async fn invite_member(
        &self,
        account: AccountId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let row = find(&tx, account).await?;
        queue_set_up(&tx, self, &row, None, now).await?;
        append(&tx, LogEntry::new(by.clone(), "account.invited", row.name), now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// True while the secret of that mail lets choose a password. Changes nothing.
    pub async fn set_up_link_is_live(&self, secret: &Secret, now: DateTime<Utc>) -> Result<bool, StoreError> {
        Ok(live_secret(self.reader(), Purpose::SetUp, secret, now).await?.is_some())
    }

    /// Uses the secret of that mail: stores the password. Refuses unknown, used and expired ones.
    pub async fn choose_password(
        &self,
        secret: &Secret,
        password_hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Account, WriteError<AccountRefused>> {
        let tx = self.begin_write().await?;
        let row = use_secret(&tx, Purpose::SetUp, secret, now).await?;
        let row = store_password(&tx, row, password_hash, None, now).await?;
        let by = Actor::Committee { account: AccountId(row.id), name: row.name.clone() };
        append(&tx, LogEntry::new(by, "account.password_set", row.name.as_str()), now).await?;
        let account = complete_one(&tx, row).await?;
        tx.commit().await?;
        Ok(account)
    }
}

/// Whose committee a new member is asked into, by whom, and as what.
struct Welcome {
    event: EventFacts,
    added_by: String,
    role: Role,
}

/// Queues the mail with which somebody chooses a password.
async fn queue_set_up(
    tx: &DatabaseTransaction,
    store: &Store,
    account: &account::Model,
    welcome: Option<Welcome>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (event, added_by, role) = match welcome {
        Some(Welcome { event, added_by, role }) => (Some(event), added_by, role.as_str()),
        None => (None, String::new(), ""),
    };
    let facts = Facts {
        event,
        sign_in: Some(SignInFacts {
            minutes: u32::try_from(SET_UP_LIFE.num_minutes()).unwrap_or_default(),
            asked_at: asked_at(now),
            asked_from: String::new(),
            added_by,
            role: role.to_owned(),
        }),
        ..account_facts(store.site(), &account.name, &account.email)
    };
    queue_account_mail(tx, store, AccountId(account.id), Purpose::SetUp, "", facts, now).await
}

/// Accounts with their roles, in the order of the rows; one query for all.
pub(crate) async fn complete<C: ConnectionTrait>(
    db: &C,
    rows: Vec<account::Model>,
) -> Result<Vec<Account>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let seats =
        committee_seat::Entity::find().filter(committee_seat::Column::AccountId.is_in(ids)).all(db).await?;
    let slugs: HashMap<Uuid, String> = event::Entity::find()
        .select_only()
        .column(event::Column::Id)
        .column(event::Column::Slug)
        .filter(event::Column::Id.is_in(seats.iter().map(|seat| seat.event_id)))
        .into_tuple::<(Uuid, String)>()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let mut roles: HashMap<Uuid, Vec<(String, Role)>> = HashMap::new();
    for seat in &seats {
        if let Some(slug) = slugs.get(&seat.event_id) {
            roles.entry(seat.account_id).or_default().push((slug.clone(), role(seat)?));
        }
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let mut roles = roles.remove(&row.id).unwrap_or_default();
            roles.sort();
            Account {
                id: AccountId(row.id),
                email: row.email,
                name: row.name,
                is_operator: row.is_operator,
                has_password: row.password_hash.is_some(),
                roles,
                created_at: row.created_at,
            }
        })
        .collect())
}

/// One account with its roles.
pub(crate) async fn complete_one<C: ConnectionTrait>(
    db: &C,
    row: account::Model,
) -> Result<Account, StoreError> {
    complete(db, vec![row]).await?.pop().ok_or(StoreError::NotFound)
}

/// The account of an address, unless it was removed.
pub(crate) async fn find_by_key<C: ConnectionTrait>(
    db: &C,
    key: &AddressKey,
) -> Result<Option<account::Model>, StoreError> {
    Ok(account::Entity::find()
        .filter(account::Column::EmailKey.eq(key.as_str()))
        .filter(account::Column::RemovedAt.is_null())
        .one(db)
        .await?)
}

async fn find(tx: &DatabaseTransaction, account: AccountId) -> Result<account::Model, StoreError> {
    account::Entity::find_by_id(account.0)
        .filter(account::Column::RemovedAt.is_null())
        .one(tx)
        .await?
        .ok_or(StoreError::NotFound)
}

async fn insert_account(
    tx: &DatabaseTransaction,
    new: &NewAccount,
    is_operator: bool,
    now: DateTime<Utc>,
) -> Result<account::Model, WriteError<AccountRefused>> {
    let key = new.email.key();
    let known = account::Entity::find().filter(account::Column::EmailKey.eq(key.as_str())).one(tx).await?;
    let mut row = account::ActiveModel {
        id: Set(AccountId::generate().0),
        email: Set(new.email.as_str().to_owned()),
        email_key: Set(key.as_str().to_owned()),
        name: Set(new.name.as_str().to_owned()),
        password_hash: Set(new.password_hash.clone()),
        is_operator: Set(is_operator),
        created_at: Set(now),
        removed_at: Set(None),
    };
    match known {
        Some(known) if known.removed_at.is_none() => Err(WriteError::Refused(AccountRefused::EmailTaken)),
        Some(known) => {
            row.id = Set(known.id);
            Ok(row.update(tx).await?)
        }
        None => row.insert(tx).await.map_err(|error| {
            // Two processes added the same address at once.
            if is_duplicate(&error) { WriteError::Refused(AccountRefused::EmailTaken) } else { error.into() }
        }),
    }
}

async fn store_password(
    tx: &DatabaseTransaction,
    row: account::Model,
    password_hash: &str,
    keep: Option<&Secret>,
    now: DateTime<Utc>,
) -> Result<account::Model, StoreError> {
    end_sessions(tx, row.id, keep).await?;
    single_use_secret::Entity::delete_many()
        .filter(single_use_secret::Column::AccountId.eq(row.id))
        .exec(tx)
        .await?;
    drop_account_mail(tx, row.id, now).await?;
    let mut row = row.into_active_model();
    row.password_hash = Set(Some(password_hash.to_owned()));
    Ok(row.update(tx).await?)
}

async fn end_sessions(
    tx: &DatabaseTransaction,
    account: Uuid,
    keep: Option<&Secret>,
) -> Result<(), StoreError> {
    let mut sessions = session::Entity::delete_many().filter(session::Column::AccountId.eq(account));
    if let Some(keep) = keep {
        sessions = sessions.filter(session::Column::TokenHash.ne(keep.hash("session").to_vec()));
    }
    sessions.exec(tx).await?;
    Ok(())
}

async fn find_seat(
    tx: &DatabaseTransaction,
    event: EventId,
    account: Uuid,
) -> Result<Option<committee_seat::Model>, StoreError> {
    Ok(committee_seat::Entity::find()
        .filter(committee_seat::Column::EventId.eq(event.0))
        .filter(committee_seat::Column::AccountId.eq(account))
        .one(tx)
        .await?)
}

/// Refuses when the seat is the only chair's. The event is locked.
async fn refuse_last_chair(
    tx: &DatabaseTransaction,
    seat: &committee_seat::Model,
) -> Result<(), WriteError<AccountRefused>> {
    if seat.role != Role::Chair.as_str() {
        return Ok(());
    }
    let chairs = committee_seat::Entity::find()
        .filter(committee_seat::Column::EventId.eq(seat.event_id))
        .filter(committee_seat::Column::Role.eq(Role::Chair.as_str()))
        .count(tx)
        .await?;
    if chairs <= 1 { Err(WriteError::Refused(AccountRefused::LastChair)) } else { Ok(()) }
}

async fn log_lost_seat(
    tx: &DatabaseTransaction,
    seat: &committee_seat::Model,
    name: &str,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let entry = LogEntry::new(by.clone(), "committee.removed", name)
        .of(EventId(seat.event_id))
        .change(seat.role.as_str(), "");
    append(tx, entry, now).await
}

async fn operators(tx: &DatabaseTransaction) -> Result<u64, StoreError> {
    Ok(account::Entity::find()
        .filter(account::Column::IsOperator.eq(true))
        .filter(account::Column::RemovedAt.is_null())
        .count(tx)
        .await?)
}

async fn an_account_exists<C: ConnectionTrait>(db: &C) -> Result<bool, StoreError> {
    Ok(account::Entity::find().filter(account::Column::RemovedAt.is_null()).count(db).await? > 0)
}

fn opens_setup(row: &installation::Model, secret: &Secret, now: DateTime<Utc>) -> bool {
    row.setup_hash.as_deref() == Some(secret.hash("setup").as_slice())
        && row.setup_expires_at.is_some_and(|expires| now < expires)
}
