//! The record. Written inside the transaction of what it records; never changed.
//!
//! Entries of one event are a chain (`core::log_chain`), whose head stands in the event's row; those of
//! no event are the installation's. The row is locked while an entry is appended, so that each follows
//! the one before it; see [`chain`].

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use conclave_core::export::LogRow;
use conclave_core::ids::{AccountId, EventId, LogEntryId};
use conclave_core::log_chain::Head;
use conclave_core::log_entry::{Actor, KINDS};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, Select,
};
use uuid::Uuid;

use crate::entities::{invitation, log_entry};
use crate::invitations::{containing, everybody_of, named};
use crate::{Store, StoreError};
pub(crate) use chain::{Chain, append, append_all};
pub use check::{BrokenEntry, LogCheck};

mod chain;
mod check;

const CANDIDATE: &str = "candidate.";
const MERGED: &str = "person.merged";

/// A line of the record.
#[derive(Clone, Debug)]
pub struct LogLine {
    pub id: LogEntryId,
    /// Place in the event's chain, from 1.
    pub number: i64,
    pub at: DateTime<Utc>,
    /// As printed: `David Miller`, `invitee`, `system`.
    pub actor: String,
    pub action: String,
    pub subject: String,
    pub before: String,
    pub after: String,
    pub reason: String,
    /// Public id and name of the invitee it is about.
    pub invitee: Option<(String, String)>,
    /// Of the chain, in hexadecimal digits.
    pub hash: String,
}

/// Which lines to show. Everything that is given has to fit.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// As recorded: a member's name, `invitee`, `operator` or `system`; empty is everybody.
    pub who: String,
    /// The member with this account, whatever their name was then.
    pub account: Option<AccountId>,
    /// A word of `core::log_entry::KINDS`; empty is everything.
    pub what: String,
    /// Somebody's name or public id, or words of what it is about.
    pub whom: String,
    pub since: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
    /// Only lines that give a reason.
    pub with_reason: bool,
    /// Leaves out what was said and decided about the nomination of this invitee, by public id, and of an
    /// entry that was joined with theirs (T22).
    pub not_about: Option<String>,
}

impl Store {
    /// The record of an event, newest first; `limit` 0 is all.
    pub async fn log(
        &self,
        event: EventId,
        since: Option<DateTime<Utc>>,
        limit: u64,
    ) -> Result<Vec<LogLine>, StoreError> {
        let filter = LogFilter { since, ..LogFilter::default() };
        self.log_lines(Some(event), &filter, 0, limit).await
    }

    /// How many lines of the record of an event, with `None` of the installation, fit.
    pub async fn log_count(&self, event: Option<EventId>, filter: &LogFilter) -> Result<u64, StoreError> {
        Ok(filtered(event, filter).count(self.reader()).await?)
    }

    /// Lines that fit, newest first; `limit` 0 is all. Two queries.
    pub async fn log_lines(
        &self,
        event: Option<EventId>,
        filter: &LogFilter,
        offset: u64,
        limit: u64,
    ) -> Result<Vec<LogLine>, StoreError> {
        let mut query = filtered(event, filter)
            .order_by_desc(log_entry::Column::At)
            .order_by_desc(log_entry::Column::Number);
        if limit > 0 {
            query = query.limit(limit).offset(offset);
        }
        lines(self.reader(), query.all(self.reader()).await?).await
    }

    /// Everybody who ever did something in an event, as recorded, by name.
    pub async fn log_actors(&self, event: EventId) -> Result<Vec<String>, StoreError> {
        Ok(filtered(Some(event), &LogFilter::default())
            .select_only()
            .column(log_entry::Column::ActorName)
            .distinct()
            .order_by_asc(log_entry::Column::ActorName)
            .into_tuple()
            .all(self.reader())
            .await?)
    }
}

impl LogLine {
    /// Says what was thought of somebody before they were on the list, which is not theirs to read (T22).
    /// Joining two entries says what became of each.
    #[must_use]
    pub fn is_of_a_case(&self) -> bool {
        self.action.starts_with(CANDIDATE) || self.action == MERGED
    }

    /// As a row of a file.
    #[must_use]
    pub fn to_row(&self) -> LogRow {
        LogRow {
            number: self.number,
            at: self.at,
            who: self.actor.clone(),
            action: self.action.clone(),
            subject: self.subject.clone(),
            invitee: self.invitee.as_ref().map(|(public_id, _)| public_id.clone()).unwrap_or_default(),
            before: self.before.clone(),
            after: self.after.clone(),
            reason: self.reason.clone(),
            hash: self.hash.clone(),
        }
    }
}

fn filtered(event: Option<EventId>, filter: &LogFilter) -> Select<log_entry::Entity> {
    let mut fits = match event {
        Some(event) => Condition::all().add(log_entry::Column::EventId.eq(event.0)),
        None => Condition::all().add(log_entry::Column::EventId.is_null()),
    };
    if !filter.who.is_empty() {
        fits = fits.add(log_entry::Column::ActorName.eq(filter.who.as_str()));
    }
    if let Some(account) = filter.account {
        fits = fits.add(log_entry::Column::AccountId.eq(account.0));
    }
    if let Some((_, _, parts)) = KINDS.iter().find(|(word, ..)| *word == filter.what) {
        let of_kind = parts.iter().map(|part| log_entry::Column::Action.starts_with(format!("{part}.")));
        fits = fits.add(of_kind.fold(Condition::any(), Condition::add));
    }
    let whom = filter.whom.trim();
    if !whom.is_empty() {
        let subject = Expr::expr(Func::lower(Expr::col((log_entry::Entity, log_entry::Column::Subject))));
        let mut about = Condition::any().add(subject.like(containing(&whom.to_lowercase())));
        if let Some(event) = event {
            let public_id = invitation::Column::PublicId.eq(whom.to_ascii_lowercase());
            let people = everybody_of(event)
                .select_only()
                .column(invitation::Column::Id)
                .filter(Condition::any().add(public_id).add(named(whom)));
            about = about.add(log_entry::Column::InvitationId.in_subquery(people.into_query()));
        }
        fits = fits.add(about);
    }
    if let Some(since) = filter.since {
        fits = fits.add(log_entry::Column::At.gte(since));
    }
    if let Some(until) = filter.until {
        fits = fits.add(log_entry::Column::At.lt(until));
    }
    if filter.with_reason {
        fits = fits.add(log_entry::Column::Reason.ne(""));
    }
    if let (Some(event), Some(own)) = (event, &filter.not_about) {
        let own = || {
            everybody_of(event)
                .select_only()
                .column(invitation::Column::Id)
                .filter(invitation::Column::PublicId.eq(own.as_str()))
        };
        let joined = everybody_of(event)
            .select_only()
            .column(invitation::Column::Id)
            .filter(invitation::Column::ReplacedBy.in_subquery(own().into_query()));
        // As [`LogLine::is_of_a_case`].
        let is_case = Condition::any()
            .add(log_entry::Column::Action.starts_with(CANDIDATE))
            .add(log_entry::Column::Action.eq(MERGED));
        let is_own = Condition::any()
            .add(log_entry::Column::InvitationId.in_subquery(own().into_query()))
            .add(log_entry::Column::InvitationId.in_subquery(joined.into_query()));
        fits = fits.add(
            Condition::any()
                .add(log_entry::Column::InvitationId.is_null())
                .add(Condition::all().add(is_case).add(is_own).not()),
        );
    }
    log_entry::Entity::find().filter(fits)
}

/// A member whose name is the word of another kind of actor is not taken for that.
fn printed(kind: &str, name: String) -> String {
    let others = [Actor::Invitee, Actor::Operator, Actor::System];
    if others.iter().any(|other| other.kind() != kind && other.name() == name) {
        format!("{name} (member)")
    } else {
        name
    }
}

/// Entries as lines, with the people they are about: one query for all.
pub(crate) async fn lines<C: ConnectionTrait>(
    db: &C,
    entries: Vec<log_entry::Model>,
) -> Result<Vec<LogLine>, StoreError> {
    let ids: HashSet<Uuid> = entries.iter().filter_map(|entry| entry.invitation_id).collect();
    let events: HashSet<Uuid> = entries.iter().filter_map(|entry| entry.event_id).collect();
    let mut query = invitation::Entity::find()
        .select_only()
        .column(invitation::Column::Id)
        .column(invitation::Column::PublicId)
        .column(invitation::Column::Name)
        .filter(invitation::Column::EventId.is_in(events));
    if ids.len() <= 500 {
        query = query.filter(invitation::Column::Id.is_in(ids));
    }
    let people: HashMap<Uuid, (String, String)> = query
        .into_tuple::<(Uuid, String, String)>()
        .all(db)
        .await?
        .into_iter()
        .map(|(id, public_id, name)| (id, (public_id, name)))
        .collect();
    Ok(entries
        .into_iter()
        .map(|entry| LogLine {
            id: LogEntryId(entry.id),
            number: entry.number,
            at: entry.at,
            invitee: entry.invitation_id.and_then(|id| people.get(&id).cloned()),
            actor: printed(&entry.actor_kind, entry.actor_name),
            action: entry.action,
            subject: entry.subject,
            before: entry.before_text,
            after: entry.after_text,
            reason: entry.reason,
            hash: Head { number: entry.number, hash: entry.hash }.hash_words(),
        })
        .collect())
}
