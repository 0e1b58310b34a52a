//! Travel support: a wish with an estimate, and the committee's word on it (T39).

use chrono::{DateTime, Utc};
use conclave_core::event::Event;
use conclave_core::facts::{Facts, SupportFacts};
use conclave_core::ids::InvitationId;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::{MessageState, once_only_key};
use conclave_core::purpose::Purpose;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, Set,
};
use uuid::Uuid;

use super::{QuestionChangeRefused, Refusable};
use crate::entities::{invitation, travel_support};
use crate::events::printed_committee;
use crate::facts::invitee_facts;
use crate::invitations::log_name;
use crate::locks::lock_invitation;
use crate::log_entries::append;
use crate::outbox::{NewMessage, queue};
use crate::{Site, Store, StoreError, WriteError};

/// A wish for travel money, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TravelSupport {
    /// What they think it costs, as typed.
    pub estimate: String,
    pub asked_at: DateTime<Utc>,
    pub decision: Option<SupportDecision>,
}

/// The committee's word on travel money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportDecision {
    pub is_granted: bool,
    /// As typed, such as `up to 600 EUR`; empty when refused.
    pub amount: String,
    pub reason: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// What the committee decides on somebody's wish.
#[derive(Clone, Copy, Debug)]
pub struct SupportWord<'a> {
    /// How much; none does not grant it.
    pub granted: Option<&'a str>,
    /// For the record, not for the person.
    pub reason: &'a str,
    /// Mails the decision, where they have an address.
    pub tell_them: bool,
}

impl Store {
    /// Grants travel money, with the amount, or refuses it; saying the same again mails nothing. Refuses
    /// where it was not asked for.
    pub async fn decide_support(
        &self,
        invitation: InvitationId,
        word: &SupportWord<'_>,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<()> {
        let (grant, amount) = (word.granted.is_some(), word.granted.unwrap_or_default().trim());
        if grant && amount.is_empty() {
            return Err(WriteError::Refused(QuestionChangeRefused::NoAmount));
        }
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        let asked = travel_support::Entity::find_by_id(row.id)
            .one(&tx)
            .await?
            .ok_or(WriteError::Refused(QuestionChangeRefused::NotAsked))?;
        let decision = if grant { GRANTED } else { REFUSED };
        let reason = word.reason.trim();
        if (asked.decision.as_str(), asked.amount.as_str(), asked.reason.as_str())
            == (decision, amount, reason)
        {
            return Ok(());
        }
        let after = if asked.decision.is_empty() { "decided" } else { "decided anew" };
        let mut asked = asked.into_active_model();
        asked.decision = Set(decision.to_owned());
        asked.amount = Set(amount.to_owned());
        asked.reason = Set(reason.to_owned());
        asked.decided_by = Set(by.name().to_owned());
        asked.decided_at = Set(Some(now));
        asked.update(&tx).await?;
        // Every reader sees the record: how much, and why, is for those with the need (domain.md 3.7).
        let entry = LogEntry::new(by.clone(), "support.decided", log_name(&row))
            .of(event.id)
            .about(invitation)
            .change("", after);
        append(&tx, entry, now).await?;
        if word.tell_them && !row.email.is_empty() {
            let facts = SupportFacts { is_granted: grant, amount: amount.to_owned() };
            let message = told(&tx, self.site(), &event, &row, facts, now).await?;
            queue(&tx, self.site(), message, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// The mail with the decision.
async fn told(
    tx: &DatabaseTransaction,
    site: &Site,
    event: &Event,
    row: &invitation::Model,
    support: SupportFacts,
    now: DateTime<Utc>,
) -> Result<NewMessage, StoreError> {
    let committee = printed_committee(tx, event.id).await?;
    let (id, purpose) = (InvitationId(row.id), Purpose::SupportDecided);
    // Decided again is another mail.
    let occasion = now.timestamp_micros().to_string();
    Ok(NewMessage {
        event: Some(event.id),
        invitation: Some(id),
        account: None,
        wave: None,
        answer: None,
        purpose,
        once_only_key: once_only_key(event.id, id, purpose, &occasion),
        occasion,
        facts: Facts { support: Some(support), ..invitee_facts(site, event, &committee, row) },
        state: MessageState::Queued,
        not_before: None,
    })
}

/// Writes an invitee's wish for travel money; true when it changed. What was decided stays.
pub(crate) async fn save_support(
    tx: &DatabaseTransaction,
    invitation: Uuid,
    wanted: bool,
    estimate: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let known = travel_support::Entity::find_by_id(invitation).one(tx).await?;
    match known {
        Some(row) if !row.decision.is_empty() => Ok(false),
        Some(_) if !wanted => {
            travel_support::Entity::delete_by_id(invitation).exec(tx).await?;
            Ok(true)
        }
        Some(row) if row.estimate == estimate => Ok(false),
        Some(row) => {
            let mut row = row.into_active_model();
            row.estimate = Set(estimate.to_owned());
            row.update(tx).await?;
            Ok(true)
        }
        None if wanted => {
            travel_support::ActiveModel {
                invitation_id: Set(invitation),
                estimate: Set(estimate.to_owned()),
                asked_at: Set(now),
                decision: Set(String::new()),
                amount: Set(String::new()),
                reason: Set(String::new()),
                decided_by: Set(String::new()),
                decided_at: Set(None),
            }
            .insert(tx)
            .await?;
            Ok(true)
        }
        None => Ok(false),
    }
}

/// Gives the one that stays the wish of the one that goes, unless it has its own.
pub(super) async fn join_support(
    tx: &DatabaseTransaction,
    stays: Uuid,
    goes: Uuid,
) -> Result<(), StoreError> {
    if travel_support::Entity::find_by_id(stays).one(tx).await?.is_some() {
        travel_support::Entity::delete_by_id(goes).exec(tx).await?;
    } else {
        travel_support::Entity::update_many()
            .col_expr(travel_support::Column::InvitationId, Expr::value(stays))
            .filter(travel_support::Column::InvitationId.eq(goes))
            .exec(tx)
            .await?;
    }
    Ok(())
}

pub(super) fn support_from(row: travel_support::Model) -> TravelSupport {
    TravelSupport {
        decision: row.decided_at.filter(|_| !row.decision.is_empty()).map(|at| SupportDecision {
            is_granted: row.decision == GRANTED,
            amount: row.amount,
            reason: row.reason,
            by: row.decided_by,
            at,
        }),
        estimate: row.estimate,
        asked_at: row.asked_at,
    }
}

const GRANTED: &str = "granted";
const REFUSED: &str = "refused";
