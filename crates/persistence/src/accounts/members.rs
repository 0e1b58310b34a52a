//! Inviting somebody to an event's committee, and what became of that.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use conclave_core::address::Address;
use conclave_core::committee::Role;
use conclave_core::event::Event;
use conclave_core::facts::{Facts, SeatFacts};
use conclave_core::ids::{AccountId, EventId};
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::MessageState;
use conclave_core::name::PersonName;
use conclave_core::purpose::Purpose;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::secrets::{drop_account_mail, queue_account_mail};
use super::{
    SET_UP_LIFE, Welcome, complete_one, end_sessions, find, find_by_key, find_seat, insert_account,
    queue_set_up, refuse_last_chair,
};
use crate::entities::{account, committee_seat, message, session, single_use_secret};
use crate::events::{add_seat, printed_committee, role};
use crate::facts::{account_facts, event_facts};
use crate::locks::{lock_event, lock_installation};
use crate::log_entries::append;
use crate::{Account, AccountRefused, NewAccount, Store, StoreError, WriteError};

/// How far somebody is who was invited to a committee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// Has a password.
    Ready,
    /// Signs in by mailed links.
    ByMail,
    /// Has not followed the mail; its link works until then.
    Invited(DateTime<Utc>),
    /// The link of that mail has expired unused.
    Expired,
}

/// Somebody who now sits in the committee.
#[derive(Clone, Debug)]
pub struct NewMember {
    pub account: Account,
    /// A mail to choose a password is on its way.
    pub is_invited: bool,
}

impl Store {
    /// Gives somebody a role in an event by address; whoever has no account gets one under this name, and a
    /// mail to choose a password, and so does whoever was taken out of every committee before they chose
    /// one. The same again is unchanged. Refuses to take the last chair's role, and somebody new without a
    /// name.
    pub async fn invite_to_committee(
        &self,
        event: EventId,
        email: &Address,
        name: Option<&PersonName>,
        role: Role,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<NewMember, WriteError<AccountRefused>> {
        let tx = self.begin_write().await?;
        // In this order everywhere.
        lock_installation(&tx).await?;
        let event = lock_event(&tx, event).await?;
        let (account, has_no_way_in) = match find_by_key(&tx, &email.key()).await? {
            // Whoever was taken out before they chose a password has a link that is dead.
            Some(account) if account.password_hash.is_none() && !has_rights(&tx, &account).await? => {
                let waits = set_up_waits(&tx, account.id).await?;
                (account, !waits)
            }
            Some(account) => (account, false),
            None => {
                let name = name.ok_or(WriteError::Refused(AccountRefused::NameMissing))?;
                let (email, name) = (email.clone(), name.clone());
                let new = NewAccount { email, name, password_hash: None, is_operator: false };
                let account = insert_account(&tx, &new, false, now).await?;
                append(&tx, LogEntry::new(by.clone(), "account.added", account.name.as_str()), now).await?;
                (account, true)
            }
        };
        let is_new_here = find_seat(&tx, event.id, account.id).await?.is_none();
        seat(&tx, event.id, &account, None, role, by, now).await?;
        let is_oneself = matches!(by, Actor::Committee { account: own, .. } if own.0 == account.id);
        if has_no_way_in {
            self.mail_set_up(&tx, &event, &account, role, by, now).await?;
        } else if is_new_here && !is_oneself {
            self.mail_role(&tx, &event, &account, role, by, now).await?;
        }
        let account = complete_one(&tx, account).await?;
        tx.commit().await?;
        Ok(NewMember { account, is_invited: has_no_way_in })
    }

    /// Mails somebody of the committee who has no password a new link to choose one. While such a mail
    /// waits to leave, nothing is added to it.
    pub async fn invite_member_again(
        &self,
        event: EventId,
        account: AccountId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<AccountRefused>> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let account = find(&tx, account).await?;
        let seat = find_seat(&tx, event.id, account.id).await?.ok_or(StoreError::NotFound)?;
        if account.password_hash.is_some() {
            return Err(WriteError::Refused(AccountRefused::HasPassword));
        }
        if !set_up_waits(&tx, account.id).await? {
            self.mail_set_up(&tx, &event, &account, role(&seat)?, by, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Changes a member's role that was `seen` before. Refuses ([`StoreError::Stale`]) when it is another
    /// by now, and the last chair's.
    pub async fn change_role(
        &self,
        event: EventId,
        account: AccountId,
        seen: Role,
        role: Role,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<AccountRefused>> {
        let tx = self.begin_write().await?;
        lock_event(&tx, event).await?;
        let account = find(&tx, account).await?;
        seat(&tx, event, &account, Some(seen), role, by, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// How far each member of an event's committee is.
    pub async fn member_states(
        &self,
        event: EventId,
        now: DateTime<Utc>,
    ) -> Result<HashMap<AccountId, MemberState>, StoreError> {
        let db = self.reader();
        let members: Vec<Uuid> = committee_seat::Entity::find()
            .select_only()
            .column(committee_seat::Column::AccountId)
            .filter(committee_seat::Column::EventId.eq(event.0))
            .into_tuple()
            .all(db)
            .await?;
        let mails: Vec<(Uuid, DateTime<Utc>)> = message::Entity::find()
            .select_only()
            .column(message::Column::AccountId)
            .column(message::Column::CreatedAt)
            .filter(message::Column::AccountId.is_in(members.iter().copied()))
            .filter(message::Column::Purpose.eq(Purpose::SetUp.as_str()))
            .into_tuple()
            .all(db)
            .await?;
        let signed_in: HashSet<Uuid> = session::Entity::find()
            .select_only()
            .column(session::Column::AccountId)
            .filter(session::Column::AccountId.is_in(members.iter().copied()))
            .into_tuple::<Uuid>()
            .all(db)
            .await?
            .into_iter()
            .collect();
        let accounts = account::Entity::find().filter(account::Column::Id.is_in(members)).all(db).await?;
        let state = |account: &account::Model| {
            let mailed = mails.iter().filter(|(id, _)| *id == account.id).map(|(_, at)| *at).max();
            match mailed {
                _ if account.password_hash.is_some() => MemberState::Ready,
                Some(at) if !signed_in.contains(&account.id) => {
                    if now < at + SET_UP_LIFE {
                        MemberState::Invited(at + SET_UP_LIFE)
                    } else {
                        MemberState::Expired
                    }
                }
                _ => MemberState::ByMail,
            }
        };
        Ok(accounts.iter().map(|account| (AccountId(account.id), state(account))).collect())
    }

    /// Tells somebody who has an account that they sit in one more committee.
    async fn mail_role(
        &self,
        tx: &DatabaseTransaction,
        event: &Event,
        account: &account::Model,
        role: Role,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let committee = printed_committee(tx, event.id).await?;
        let seat = SeatFacts {
            role: role.as_str().to_owned(),
            added_by: added_by(by),
            url: format!("{}/c/{}", self.site().public_url, event.slug),
        };
        let facts = Facts {
            event: Some(event_facts(event, &committee)),
            seat: Some(seat),
            ..account_facts(self.site(), &account.name, &account.email)
        };
        let occasion = event.id.0.simple().to_string();
        queue_account_mail(tx, self, AccountId(account.id), Purpose::RoleGiven, &occasion, facts, now).await
    }

    async fn mail_set_up(
        &self,
        tx: &DatabaseTransaction,
        event: &Event,
        account: &account::Model,
        role: Role,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let committee = printed_committee(tx, event.id).await?;
        let welcome = Welcome { event: event_facts(event, &committee), added_by: added_by(by), role };
        queue_set_up(tx, self, account, Some(welcome), now).await?;
        let entry = LogEntry::new(by.clone(), "committee.invited", account.name.as_str()).of(event.id);
        append(tx, entry, now).await
    }
}

/// As a mail names who did it; empty for the operator.
fn added_by(by: &Actor) -> String {
    match by {
        Actor::Committee { name, .. } => name.clone(),
        _ => String::new(),
    }
}

/// Writes a role down; the event is locked. The same is unchanged.
pub(super) async fn seat(
    tx: &DatabaseTransaction,
    event: EventId,
    account: &account::Model,
    seen: Option<Role>,
    wanted: Role,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), WriteError<AccountRefused>> {
    let found = find_seat(tx, event, account.id).await?;
    let current = found.as_ref().map(role).transpose()?;
    if current == Some(wanted) {
        return Ok(());
    }
    if seen.is_some() && seen != current {
        return Err(StoreError::Stale.into());
    }
    let Some(found) = found else {
        return Ok(add_seat(tx, event, account, wanted, by, now).await?);
    };
    refuse_last_chair(tx, &found).await?;
    let before = found.role.clone();
    let mut changed = found.into_active_model();
    changed.role = Set(wanted.as_str().to_owned());
    changed.update(tx).await?;
    let entry = LogEntry::new(by.clone(), "committee.changed", account.name.as_str())
        .of(event)
        .change(before, wanted.as_str());
    append(tx, entry, now).await?;
    Ok(())
}

/// Sits in a committee, or creates events.
async fn has_rights(tx: &DatabaseTransaction, account: &account::Model) -> Result<bool, StoreError> {
    let seats = committee_seat::Entity::find()
        .filter(committee_seat::Column::AccountId.eq(account.id))
        .limit(1)
        .all(tx)
        .await?;
    Ok(account.is_operator || !seats.is_empty())
}

/// A mail to choose a password has not left.
async fn set_up_waits(tx: &DatabaseTransaction, account: Uuid) -> Result<bool, StoreError> {
    let waiting = [MessageState::Queued, MessageState::Waiting, MessageState::Sending];
    let mails = message::Entity::find()
        .filter(message::Column::AccountId.eq(account))
        .filter(message::Column::Purpose.eq(Purpose::SetUp.as_str()))
        .filter(message::Column::State.is_in(waiting.map(MessageState::as_str)))
        .limit(1)
        .all(tx)
        .await?;
    Ok(!mails.is_empty())
}

/// Whoever has no rights left anywhere is signed out everywhere, and mailed ways in die.
pub(super) async fn lock_out_without_rights(
    tx: &DatabaseTransaction,
    account: &account::Model,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if has_rights(tx, account).await? {
        return Ok(());
    }
    end_sessions(tx, account.id, None).await?;
    single_use_secret::Entity::delete_many()
        .filter(single_use_secret::Column::AccountId.eq(account.id))
        .exec(tx)
        .await?;
    drop_account_mail(tx, account.id, now).await
}
