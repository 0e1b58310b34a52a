//! Committee accounts, and who may do what in which event (decisions 11, 12).

use chrono::{DateTime, Utc};
use conclave_core::address::{Address, AddressKey};
use conclave_core::committee::Role;
use conclave_core::ids::{AccountId, EventId};
use conclave_core::link_token::Secret;
use conclave_core::log_entry::Actor;
use conclave_core::name::PersonName;

use crate::{Store, StoreError, WriteError};

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
        }
    }
}

impl Store {
    /// Adds an account. A removed account with the same address comes back. Refuses a taken address.
    pub async fn add_account(
        &self,
        new: &NewAccount,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Account, WriteError<AccountRefused>> {
        todo!()
    }

    /// Every account that was not removed, by name.
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        todo!()
    }

    /// The account of an address, with its password hash, for sign-in.
    pub async fn account_by_email(
        &self,
        key: &AddressKey,
    ) -> Result<Option<(Account, Option<String>)>, StoreError> {
        todo!()
    }

    /// Members of one event with their roles, chairs first.
    pub async fn committee(&self, event: EventId) -> Result<Vec<(Account, Role)>, StoreError> {
        todo!()
    }

    /// Stores a new password hash; every session but `keep` ends.
    pub async fn set_password(
        &self,
        account: AccountId,
        password_hash: &str,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        todo!()
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
        todo!()
    }

    /// Ends an account's rights in one event at once. Refuses the last chair.
    pub async fn remove_role(
        &self,
        event: EventId,
        account: AccountId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<AccountRefused>> {
        todo!()
    }

    /// Removes an account: rights and sessions end, log entries stay. Refuses the last operator
    /// and last chairs.
    pub async fn remove_account(
        &self,
        account: AccountId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<AccountRefused>> {
        todo!()
    }

    /// A new one-time set-up secret, alive 72 hours, replacing the one before; `None` once an
    /// account exists.
    pub async fn issue_setup_secret(&self, now: DateTime<Utc>) -> Result<Option<Secret>, StoreError> {
        todo!()
    }

    /// True while this set-up secret opens the set-up page.
    pub async fn setup_is_open(&self, secret: &Secret, now: DateTime<Utc>) -> Result<bool, StoreError> {
        todo!()
    }

    /// Uses the set-up secret: makes the first account, an operator. Refuses once one exists.
    pub async fn finish_setup(
        &self,
        secret: &Secret,
        new: &NewAccount,
        now: DateTime<Utc>,
    ) -> Result<Account, WriteError<AccountRefused>> {
        todo!()
    }

    /// Queues the mail with which a new member chooses a password.
    pub async fn invite_member(
        &self,
        account: AccountId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        todo!()
    }

    /// Uses the secret of that mail: stores the password. Refuses unknown, used and expired ones.
    pub async fn choose_password(
        &self,
        secret: &Secret,
        password_hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Account, WriteError<AccountRefused>> {
        todo!()
    }
}
