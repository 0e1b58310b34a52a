//! Signed-in browsers, and the mailed ways in. Secrets are stored hashed.

use chrono::{DateTime, TimeDelta, Utc};
use conclave_core::address::AddressKey;
use conclave_core::ids::AccountId;
use conclave_core::link_token::Secret;

use crate::{Account, AccountRefused, Store, StoreError, WriteError};

/// A live session.
#[derive(Clone, Debug)]
pub struct Session {
    pub account: Account,
    /// Carried by every desk form.
    pub form_token: String,
    pub expires_at: DateTime<Utc>,
}

impl Store {
    /// Asks for a sign-in mail. Does the same visible work whether the address is known or not;
    /// only a known one is mailed. `browser` binds the code to the browser that asked.
    pub async fn request_sign_in(
        &self,
        key: &AddressKey,
        browser: &Secret,
        asked_from: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        todo!()
    }

    /// True while the link would sign in. Changes nothing: scanners open links.
    pub async fn sign_in_link_is_live(
        &self,
        secret: &Secret,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        todo!()
    }

    /// Uses up a sign-in link. Refuses unknown, used and expired ones.
    pub async fn sign_in_by_link(
        &self,
        secret: &Secret,
        now: DateTime<Utc>,
    ) -> Result<Account, WriteError<AccountRefused>> {
        todo!()
    }

    /// Uses up a code typed into the browser that asked. Refuses after five wrong tries.
    pub async fn sign_in_by_code(
        &self,
        browser: &Secret,
        code: &Secret,
        now: DateTime<Utc>,
    ) -> Result<Account, WriteError<AccountRefused>> {
        todo!()
    }

    /// Starts a session; the secret goes into the cookie.
    pub async fn start_session(
        &self,
        account: AccountId,
        user_agent: &str,
        life: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Secret, StoreError> {
        todo!()
    }

    /// The live session of a cookie. Reads only.
    pub async fn session(&self, cookie: &Secret, now: DateTime<Utc>) -> Result<Option<Session>, StoreError> {
        todo!()
    }

    /// Ends the session of a cookie; unknown ones are fine.
    pub async fn end_session(&self, cookie: &Secret) -> Result<(), StoreError> {
        todo!()
    }
}
