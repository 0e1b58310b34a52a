//! Signed-in browsers, and the mailed ways in. Secrets are stored hashed.

use chrono::{DateTime, TimeDelta, Utc};
use conclave_core::address::AddressKey;
use conclave_core::facts::{Facts, SignInFacts};
use conclave_core::ids::{AccountId, LogEntryId};
use conclave_core::link_token::Secret;
use conclave_core::purpose::Purpose;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, Set,
};

use crate::accounts::{
    asked_at, complete_one, find_by_key, live_secret, queue_account_mail, use_secret, use_up_secrets,
};
use crate::entities::{account, message, session, single_use_secret};
use crate::facts::account_facts;
use crate::{Account, AccountRefused, Store, StoreError, WriteError};

/// Minutes that a mailed way in lives.
const SIGN_IN_MINUTES: u32 = 15;

/// Sign-in mails to one account in as many minutes as one lives; more are not sent.
const SIGN_IN_MAILS: u64 = 5;

/// Codes tried per sign-in mail; the next one is refused even if it is right.
const CODE_TRIES: i32 = 5;

/// Of the time after which an unused session ends, the part that a use may go unnoted.
const UNNOTED: i32 = 16;

/// A live session.
#[derive(Clone, Debug)]
pub struct Session {
    pub account: Account,
    /// Carried by every desk form.
    pub form_token: String,
    pub expires_at: DateTime<Utc>,
    /// A use that was noted; there may have been later ones.
    pub last_seen_at: DateTime<Utc>,
}

impl Session {
    /// True when [`Store::note_use`] is due: a session that ends unused after `idle` need not have
    /// every page written down.
    #[must_use]
    pub fn is_use_to_be_noted(&self, idle: TimeDelta, now: DateTime<Utc>) -> bool {
        now - self.last_seen_at >= idle / UNNOTED
    }
}

impl Store {
    /// Asks for a sign-in mail. Does the same visible work whether the address is known or not;
    /// only a known one is mailed, at most five times in fifteen minutes. `browser` binds the code
    /// to the browser that asked.
    pub async fn request_sign_in(
        &self,
        key: &AddressKey,
        browser: &Secret,
        asked_from: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let known = find_by_key(&tx, key).await?;
        let account = AccountId(known.as_ref().map_or_else(|| AccountId::generate().0, |row| row.id));
        let lately = message::Entity::find()
            .filter(message::Column::AccountId.eq(account.0))
            .filter(message::Column::Purpose.eq(Purpose::SignIn.as_str()))
            .filter(message::Column::CreatedAt.gt(now - TimeDelta::minutes(i64::from(SIGN_IN_MINUTES))))
            .count(&tx)
            .await?;
        let (name, address) =
            known.as_ref().map_or_else(|| ("", key.as_str()), |row| (row.name.as_str(), row.email.as_str()));
        let facts = Facts {
            sign_in: Some(SignInFacts {
                minutes: SIGN_IN_MINUTES,
                asked_at: asked_at(now),
                asked_from: asked_from.to_owned(),
                added_by: String::new(),
                role: String::new(),
            }),
            ..account_facts(self.site(), name, address)
        };
        if known.is_some() && lately < SIGN_IN_MAILS {
            let occasion = hex(&browser.hash("browser"));
            queue_account_mail(&tx, self, account, Purpose::SignIn, &occasion, facts, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// True while the link would sign in. Changes nothing: scanners open links.
    pub async fn sign_in_link_is_live(
        &self,
        secret: &Secret,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        Ok(live_secret(self.reader(), Purpose::SignIn, secret, now).await?.is_some())
    }

    /// Uses up a sign-in link. Refuses unknown, used and expired ones.
    pub async fn sign_in_by_link(
        &self,
        secret: &Secret,
        now: DateTime<Utc>,
    ) -> Result<Account, WriteError<AccountRefused>> {
        let tx = self.begin_write().await?;
        let row = use_secret(&tx, Purpose::SignIn, secret, now).await?;
        let account = complete_one(&tx, row).await?;
        tx.commit().await?;
        Ok(account)
    }

    /// Uses up a code typed into the browser that asked. Refuses after five wrong tries.
    pub async fn sign_in_by_code(
        &self,
        browser: &Secret,
        code: &Secret,
        now: DateTime<Utc>,
    ) -> Result<Account, WriteError<AccountRefused>> {
        use single_use_secret::Column;
        let tx = self.begin_write().await?;
        // Counted first, so that tries made at the same time are counted too.
        single_use_secret::Entity::update_many()
            .col_expr(Column::Tries, Expr::col(Column::Tries).add(1))
            .filter(Column::Purpose.eq(Purpose::SignIn.as_str()))
            .filter(Column::BrowserHash.eq(browser.hash("browser").to_vec()))
            .filter(Column::UsedAt.is_null())
            .exec(&tx)
            .await?;
        let row = single_use_secret::Entity::find()
            .filter(Column::Purpose.eq(Purpose::SignIn.as_str()))
            .filter(Column::BrowserHash.eq(browser.hash("browser").to_vec()))
            .filter(Column::CodeHash.eq(code.hash("sign_in_code").to_vec()))
            .filter(Column::UsedAt.is_null())
            .filter(Column::ExpiresAt.gt(now))
            .filter(Column::Tries.lte(CODE_TRIES))
            .one(&tx)
            .await?;
        let account = match row {
            Some(row) => {
                account::Entity::find_by_id(row.account_id)
                    .filter(account::Column::RemovedAt.is_null())
                    .one(&tx)
                    .await?
            }
            None => None,
        };
        let Some(account) = account else {
            tx.commit().await?;
            return Err(WriteError::Refused(AccountRefused::SecretInvalid));
        };
        use_up_secrets(&tx, account.id, Purpose::SignIn, now).await?;
        let account = complete_one(&tx, account).await?;
        tx.commit().await?;
        Ok(account)
    }

    /// Starts a session; the secret goes into the cookie. Sessions and secrets that ended are
    /// thrown away on the way.
    pub async fn start_session(
        &self,
        account: AccountId,
        user_agent: &str,
        life: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Secret, StoreError> {
        let secret = Secret::generate();
        let tx = self.begin_write().await?;
        session::Entity::delete_many().filter(session::Column::ExpiresAt.lte(now)).exec(&tx).await?;
        single_use_secret::Entity::delete_many()
            .filter(single_use_secret::Column::ExpiresAt.lte(now))
            .exec(&tx)
            .await?;
        session::ActiveModel {
            id: Set(LogEntryId::generate().0),
            token_hash: Set(secret.hash("session").to_vec()),
            account_id: Set(account.0),
            form_token: Set(Secret::generate().expose().to_owned()),
            user_agent: Set(user_agent.chars().filter(|c| !c.is_control()).take(300).collect()),
            created_at: Set(now),
            last_seen_at: Set(now),
            expires_at: Set(now + life),
        }
        .insert(&tx)
        .await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// The live session of a cookie: one that has not come to its end, nor was unused for `idle`.
    /// Reads only.
    pub async fn session(
        &self,
        cookie: &Secret,
        idle: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Option<Session>, StoreError> {
        let used_since = now.checked_sub_signed(idle).unwrap_or(DateTime::UNIX_EPOCH);
        let session = session::Entity::find()
            .filter(session::Column::TokenHash.eq(cookie.hash("session").to_vec()))
            .filter(session::Column::ExpiresAt.gt(now))
            .filter(session::Column::LastSeenAt.gt(used_since))
            .one(self.reader())
            .await?;
        let Some(session) = session else {
            return Ok(None);
        };
        let account = account::Entity::find_by_id(session.account_id)
            .filter(account::Column::RemovedAt.is_null())
            .one(self.reader())
            .await?;
        let Some(account) = account else {
            return Ok(None);
        };
        Ok(Some(Session {
            account: complete_one(self.reader(), account).await?,
            form_token: session.form_token,
            expires_at: session.expires_at,
            last_seen_at: session.last_seen_at,
        }))
    }

    /// Notes that a session is in use, so that it does not end as an unused one.
    pub async fn note_use(&self, cookie: &Secret, now: DateTime<Utc>) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        session::Entity::update_many()
            .col_expr(session::Column::LastSeenAt, Expr::value(now))
            .filter(session::Column::TokenHash.eq(cookie.hash("session").to_vec()))
            .filter(session::Column::LastSeenAt.lt(now))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends the session of a cookie; unknown ones are fine.
    pub async fn end_session(&self, cookie: &Secret) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        session::Entity::delete_many()
            .filter(session::Column::TokenHash.eq(cookie.hash("session").to_vec()))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
