//! Balance and delegated quotas: what is counted from the list, and the wishes of the committee.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::balance::{Balance, BalanceRefused, Cap, CapKind, Counted};
use conclave_core::event::Event;
use conclave_core::ids::{AccountId, EventId, InvitationId, LogEntryId};
use conclave_core::invitation::InvitationState;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::text::Line;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use crate::entities::{balance_cap, committee_seat, event, invitation, quota};
use crate::invitations::{everybody_of, people_of, tags_from_column};
use crate::locks::lock_event;
use crate::log_entries::append;
use crate::rows::{column, corrupt, count};
use crate::{Store, StoreError, WriteError, is_duplicate};

type Refusable<T> = Result<T, WriteError<BalanceRefused>>;

/// Somebody outside the selection who may name a number of people: a sponsor, a session lead. Whoever
/// carries the quota's tag counts against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Names it; `Sponsor A`.
    pub name: String,
    /// Who may name people; free text, may be empty.
    pub holder: String,
    pub tag: String,
    /// How many they may name.
    pub people: u32,
    /// How many with the tag are candidates or on the list, without those who said no.
    pub used: u32,
}

/// Everything the balance page shows.
#[derive(Clone, Debug)]
pub struct BalanceSheet {
    pub balance: Balance,
    pub caps: Vec<Cap>,
    pub quotas: Vec<Quota>,
}

impl Store {
    /// Counts the list against caps and quotas. Whoever accepted an earlier event is no first-timer;
    /// `seen_by` has to sit in that event's committee for it to count, none is the operator, who sees
    /// all. Four queries.
    pub async fn balance(
        &self,
        event: &Event,
        seen_by: Option<AccountId>,
    ) -> Result<BalanceSheet, StoreError> {
        let db = self.reader();
        let caps = caps(db, event.id).await?;
        let known = came_before(db, event, seen_by).await?;
        let people = counted(db, event.id, &known, &HashSet::new()).await?;
        let balance = Balance::of(&people, &caps);
        let rows = quota::Entity::find()
            .filter(quota::Column::EventId.eq(event.id.0))
            .order_by_asc(quota::Column::Name)
            .all(db)
            .await?;
        let candidates = if rows.is_empty() { Vec::new() } else { tags_of_candidates(db, event.id).await? };
        let used = |tag: &str| {
            let is_it = |word: &str| word.to_lowercase() == tag.to_lowercase();
            let listed = balance.tags.iter().find(|line| is_it(&line.word)).map_or(0, |line| line.list);
            let named = candidates.iter().filter(|tags| tags.iter().any(|tag| is_it(tag))).count();
            listed.saturating_add(u32::try_from(named).unwrap_or(u32::MAX))
        };
        let quotas = rows
            .into_iter()
            .map(|row| Quota {
                used: used(&row.tag),
                people: count(row.people),
                name: row.name,
                holder: row.holder,
                tag: row.tag,
            })
            .collect();
        Ok(BalanceSheet { balance, caps, quotas })
    }

    /// Sets a soft cap, or changes its number; none takes it away. The same again is nothing.
    pub async fn set_cap(
        &self,
        event: EventId,
        kind: CapKind,
        word: &str,
        most: Option<u32>,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<()> {
        let word = match kind {
            CapKind::FirstTimers => String::new(),
            CapKind::Tag | CapKind::Affiliation => one_line(word, "the word that is counted")?,
        };
        if kind == CapKind::Tag && word.is_empty() {
            return Err(WriteError::Refused(BalanceRefused::NoTag));
        }
        if most.is_some_and(|most| most > 10_000) {
            return Err(WriteError::Refused(BalanceRefused::Number));
        }
        let tx = self.begin_write().await?;
        lock_event(&tx, event).await?;
        let known = balance_cap::Entity::find()
            .filter(balance_cap::Column::EventId.eq(event.0))
            .filter(balance_cap::Column::Kind.eq(kind.as_str()))
            .filter(balance_cap::Column::Word.eq(word.as_str()))
            .one(&tx)
            .await?;
        let before = known.as_ref().map(|row| count(row.most));
        if before == most {
            return Ok(());
        }
        match (known, most) {
            (Some(row), Some(most)) => {
                let mut row = row.into_active_model();
                row.most = Set(column(most));
                row.update(&tx).await?;
            }
            (Some(row), None) => {
                balance_cap::Entity::delete_by_id(row.id).exec(&tx).await?;
            }
            (None, Some(most)) => {
                let row = balance_cap::ActiveModel {
                    id: Set(LogEntryId::generate().0),
                    event_id: Set(event.0),
                    kind: Set(kind.as_str().to_owned()),
                    word: Set(word.clone()),
                    most: Set(column(most)),
                    created_at: Set(now),
                };
                row.insert(&tx).await?;
            }
            (None, None) => {}
        }
        let words =
            |most: Option<u32>| most.map_or_else(|| "no cap".to_owned(), |most| format!("at most {most}"));
        let subject = if word.is_empty() { kind.as_str().replace('_', "-") } else { word };
        let entry =
            LogEntry::new(by.clone(), "balance.cap", subject).of(event).change(words(before), words(most));
        append(&tx, entry, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Lets somebody name a number of people, counted by a tag. Refuses a name that is taken.
    pub async fn add_quota(
        &self,
        event: EventId,
        quota: &Quota,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<()> {
        let name = one_line(&quota.name, "the name of the quota")?;
        if name.is_empty() {
            return Err(WriteError::Refused(BalanceRefused::Line("the name of the quota")));
        }
        let tag = one_line(&quota.tag, "the tag")?;
        if tag.is_empty() || tag.chars().count() > 40 || tag.contains([',', ';']) {
            return Err(WriteError::Refused(BalanceRefused::NoTag));
        }
        if quota.people > 10_000 {
            return Err(WriteError::Refused(BalanceRefused::Number));
        }
        let holder = one_line(&quota.holder, "who holds it")?;
        let tx = self.begin_write().await?;
        lock_event(&tx, event).await?;
        let taken = quota::Entity::find()
            .filter(quota::Column::EventId.eq(event.0))
            .filter(quota::Column::Name.eq(name.as_str()))
            .one(&tx)
            .await?;
        if taken.is_some() {
            return Err(WriteError::Refused(BalanceRefused::NameTaken(name)));
        }
        let row = quota::ActiveModel {
            id: Set(LogEntryId::generate().0),
            event_id: Set(event.0),
            name: Set(name.clone()),
            holder: Set(holder),
            tag: Set(tag.clone()),
            people: Set(column(quota.people)),
            created_at: Set(now),
        };
        row.insert(&tx).await.map_err(|error| {
            if is_duplicate(&error) {
                WriteError::Refused(BalanceRefused::NameTaken(name.clone()))
            } else {
                error.into()
            }
        })?;
        let entry = LogEntry::new(by.clone(), "quota.added", name)
            .of(event)
            .change("", format!("{} tagged {tag}", quota.people));
        append(&tx, entry, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes a quota away; people keep their tags. False when there is none of that name.
    pub async fn remove_quota(
        &self,
        event: EventId,
        name: &str,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let tx = self.begin_write().await?;
        lock_event(&tx, event).await?;
        let row = quota::Entity::find()
            .filter(quota::Column::EventId.eq(event.0))
            .filter(quota::Column::Name.eq(name.trim()))
            .one(&tx)
            .await?;
        let Some(row) = row else { return Ok(false) };
        let entry = LogEntry::new(by.clone(), "quota.removed", row.name.as_str())
            .of(event)
            .change(format!("{} tagged {}", row.people, row.tag), "");
        quota::Entity::delete_by_id(row.id).exec(&tx).await?;
        append(&tx, entry, now).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Tags of those who are proposed and not decided on.
async fn tags_of_candidates<C: ConnectionTrait>(
    db: &C,
    event: EventId,
) -> Result<Vec<Vec<String>>, StoreError> {
    let tags: Vec<String> = everybody_of(event)
        .select_only()
        .column(invitation::Column::Tags)
        .filter(invitation::Column::State.eq(InvitationState::Nominated.as_str()))
        .filter(invitation::Column::Tags.ne(""))
        .into_tuple()
        .all(db)
        .await?;
    Ok(tags.iter().map(|tags| tags_from_column(tags)).collect())
}

/// Sentences about caps that would be passed if these were invited too. One query without caps, else three.
/// Earlier events are not looked at: first-timers are on the balance page.
pub(crate) async fn cap_warnings<C: ConnectionTrait>(
    db: &C,
    event: &Event,
    recipients: impl Iterator<Item = InvitationId>,
) -> Result<Vec<String>, StoreError> {
    let mut caps = caps(db, event.id).await?;
    caps.retain(|cap| cap.kind != CapKind::FirstTimers);
    if caps.is_empty() {
        return Ok(Vec::new());
    }
    let recipients: HashSet<Uuid> = recipients.map(|id| id.0).collect();
    let known = HashSet::new();
    let before = Balance::of(&counted(db, event.id, &known, &HashSet::new()).await?, &caps).warnings();
    let after = Balance::of(&counted(db, event.id, &known, &recipients).await?, &caps).warnings();
    // What is so already is not this wave's doing.
    Ok(after.into_iter().filter(|warning| !before.contains(warning)).collect())
}

async fn caps<C: ConnectionTrait>(db: &C, event: EventId) -> Result<Vec<Cap>, StoreError> {
    let rows = balance_cap::Entity::find()
        .filter(balance_cap::Column::EventId.eq(event.0))
        .order_by_asc(balance_cap::Column::Kind)
        .order_by_asc(balance_cap::Column::Word)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let kind = CapKind::parse(&row.kind).ok_or_else(|| corrupt("balance_caps", "kind", row.id))?;
            Ok(Cap { kind, word: row.word, most: count(row.most) })
        })
        .collect()
}

/// Everybody on the list but those who said no or were taken back. `known` came before; `also` count as
/// invited.
async fn counted<C: ConnectionTrait>(
    db: &C,
    event: EventId,
    known: &HashSet<Uuid>,
    also: &HashSet<Uuid>,
) -> Result<Vec<Counted>, StoreError> {
    type Columns = (Uuid, Uuid, String, String, String, Option<String>, Option<Uuid>);
    let rows: Vec<Columns> = people_of(event)
        .select_only()
        .column(invitation::Column::Id)
        .column(invitation::Column::PersonId)
        .column(invitation::Column::Tags)
        .column(invitation::Column::Affiliation)
        .column(invitation::Column::State)
        .column(invitation::Column::Answer)
        .column(invitation::Column::WaveId)
        .filter(invitation::Column::State.ne(InvitationState::Withdrawn.as_str()))
        .order_by_asc(invitation::Column::Position)
        .order_by_asc(invitation::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let said_no = |answer: Option<&str>| {
        let answer = answer.and_then(AnswerValue::parse);
        matches!(answer, Some(AnswerValue::Declined | AnswerValue::Cancelled | AnswerValue::Lapsed))
    };
    Ok(rows
        .into_iter()
        .filter(|(_, _, _, _, _, answer, _)| !said_no(answer.as_deref()))
        .map(|(id, person, tags, affiliation, state, answer, wave)| Counted {
            tags: tags_from_column(&tags),
            affiliation,
            is_first_timer: !known.contains(&person),
            is_invited: state == InvitationState::Invited.as_str()
                || (state == InvitationState::Listed.as_str() && wave.is_some())
                || also.contains(&id),
            has_accepted: answer.as_deref() == Some(AnswerValue::Accepted.as_str()),
        })
        .collect())
}

/// People who accepted an event that began before this one.
async fn came_before<C: ConnectionTrait>(
    db: &C,
    event: &Event,
    seen_by: Option<AccountId>,
) -> Result<HashSet<Uuid>, StoreError> {
    let mut earlier: SelectStatement = Query::select()
        .column(event::Column::Id)
        .from(event::Entity)
        .and_where(event::Column::FirstDay.lt(event.first_day))
        .to_owned();
    if let Some(account) = seen_by {
        let seats = Query::select()
            .column(committee_seat::Column::EventId)
            .from(committee_seat::Entity)
            .and_where(committee_seat::Column::AccountId.eq(account.0))
            .to_owned();
        earlier.and_where(event::Column::Id.in_subquery(seats));
    }
    let people: Vec<Uuid> = invitation::Entity::find()
        .select_only()
        .column(invitation::Column::PersonId)
        .filter(invitation::Column::EventId.in_subquery(earlier))
        .filter(invitation::Column::State.eq(InvitationState::Invited.as_str()))
        .filter(invitation::Column::Answer.eq(AnswerValue::Accepted.as_str()))
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    Ok(people.into_iter().collect())
}

fn one_line(typed: &str, what: &'static str) -> Refusable<String> {
    if typed.trim().is_empty() {
        return Ok(String::new());
    }
    let line = Line::<100>::parse(typed).map_err(|_| WriteError::Refused(BalanceRefused::Line(what)))?;
    Ok(line.as_str().to_owned())
}
