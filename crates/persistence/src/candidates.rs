//! Candidates: people proposed for an event, in the same rows as everybody else of it, and kept out of
//! every list but their own (`invitations::people_of`).
//!
//! What a member may see depends on who asks: nothing of their own case (T22), and of others' votes
//! nothing before their own is cast. So every read here takes the account it is for; none is the
//! operator at the command line, who sees all. Nominating is in [`nominate`], deciding in [`decide`],
//! what to know before inviting in [`guards`].

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use conclave_core::candidate::{CandidateRefused, Guard, NominatedVia, Tally, Vote};
use conclave_core::ids::{AccountId, EventId, InvitationId, LogEntryId, PersonId};
use conclave_core::invitation::InvitationState;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::name::fold;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Set,
};
use uuid::Uuid;

use crate::entities::{account, address, invitation, nomination, vote};
use crate::invitations::{everybody_of, log_name, tags_from_column};
use crate::locks::lock_invitation;
use crate::log_entries::append;
use crate::rows::corrupt;
use crate::{Store, StoreError, WriteError};
use guards::Known;

mod decide;
mod earlier;
mod guards;
mod nominate;

pub use earlier::{CopiedEvent, Earlier};
pub use nominate::{NewNomination, Nominated};

pub(crate) type Refusable<T> = Result<T, WriteError<CandidateRefused>>;

/// A person proposed for an event, as one member may see them.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub id: InvitationId,
    /// Short name in addresses of pages and in commands.
    pub public_id: String,
    pub person: PersonId,
    pub name: String,
    /// Empty for a person without address.
    pub email: String,
    pub affiliation: String,
    pub tags: Vec<String>,
    /// Nominated, or refused.
    pub state: InvitationState,
    pub since: DateTime<Utc>,
    /// Oldest first.
    pub nominations: Vec<Nomination>,
    /// How the reader voted.
    pub own_vote: Option<Vote>,
    /// How all voted; hidden until the reader has voted.
    pub tally: Option<Tally>,
    /// How many have voted.
    pub voters: u32,
    /// What to know before going on.
    pub guards: Vec<Guard>,
}

impl Candidate {
    /// The name, else the address.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}

/// One proposal of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nomination {
    /// As printed; empty for those who asked by themselves.
    pub by: String,
    pub via: NominatedVia,
    pub reason: String,
    pub at: DateTime<Utc>,
}

/// Which candidates to show: every field is a part of the URL (`?state=&q=&sort=&page=`).
#[derive(Clone, Debug, Default)]
pub struct CandidateQuery {
    /// Those turned down instead of those to decide on.
    pub refused: bool,
    /// Only those on whom the reader has not voted.
    pub to_vote: bool,
    /// Part of name, address, affiliation or tag, without case and marks.
    pub q: String,
    /// `name`, `votes`, `since`, `affiliation`; a leading `-` turns it round.
    pub sort: String,
    /// From 1.
    pub page: u32,
    /// Rows a page; 0 is all.
    pub page_size: u32,
}

/// One page of candidates.
#[derive(Clone, Debug)]
pub struct CandidatePage {
    pub rows: Vec<Candidate>,
    /// To decide on, without the filter.
    pub nominated: u64,
    /// Of these, those on whom the reader has not voted.
    pub to_vote: u64,
    /// Turned down.
    pub refused: u64,
    /// Those that match.
    pub matching: u64,
}

/// What all candidates of an event are filtered and sorted by.
struct Entry {
    row: invitation::Model,
    own_vote: Option<Vote>,
    tally: Tally,
}

impl Entry {
    /// The score, where the reader may know it.
    fn score(&self, sees_all: bool) -> Option<i64> {
        (sees_all || self.own_vote.is_some()).then(|| self.tally.score())
    }
}

impl Store {
    /// One page of candidates, as this member may see them. A fixed number of queries.
    pub async fn candidates(
        &self,
        event: EventId,
        viewer: Option<AccountId>,
        query: &CandidateQuery,
    ) -> Result<CandidatePage, StoreError> {
        let db = self.reader();
        let (everybody, mut entries) = self.entries(event, viewer).await?;
        let state = |state: InvitationState| move |entry: &&Entry| entry.row.state == state.as_str();
        let count = |wanted: InvitationState| entries.iter().filter(state(wanted)).count() as u64;
        let (nominated, refused) = (count(InvitationState::Nominated), count(InvitationState::Refused));
        let to_vote = entries
            .iter()
            .filter(state(InvitationState::Nominated))
            .filter(|entry| entry.own_vote.is_none())
            .count() as u64;

        let wanted =
            if query.refused { InvitationState::Refused } else { InvitationState::Nominated }.as_str();
        let words = search_words(&query.q);
        entries.retain(|entry| {
            entry.row.state == wanted
                && (!query.to_vote || entry.own_vote.is_none())
                && words.iter().all(|word| entry.row.search_key.contains(word.as_str()))
        });
        sort(&mut entries, &query.sort, viewer.is_none());
        let matching = entries.len() as u64;
        let size = query.page_size as usize;
        if size > 0 {
            let skipped = (query.page as usize).saturating_sub(1).saturating_mul(size);
            entries = entries.into_iter().skip(skipped).take(size).collect();
        }
        let rows = finish(db, event, viewer, &everybody, entries).await?;
        Ok(CandidatePage { rows, nominated, to_vote, refused, matching })
    }

    /// How many candidates wait for a decision, and how many of them for the reader's vote; one's own
    /// case is in neither (T22). One query.
    pub async fn candidates_waiting(
        &self,
        event: EventId,
        viewer: AccountId,
    ) -> Result<(u64, u64), StoreError> {
        let voted = Query::select()
            .column(vote::Column::InvitationId)
            .from(vote::Entity)
            .and_where(Expr::col(vote::Column::AccountId).eq(viewer.0))
            .to_owned();
        let has_voted = Expr::expr(
            CaseStatement::new()
                .case(invitation::Column::Id.in_subquery(voted), Expr::val(1))
                .finally(Expr::val(0)),
        );
        let (open, voted): (i64, Option<i64>) = everybody_of(event)
            .select_only()
            .column_as(invitation::Column::Id.count(), "open")
            .expr_as(has_voted.sum(), "voted")
            .filter(invitation::Column::State.eq(InvitationState::Nominated.as_str()))
            .filter(invitation::Column::PersonId.not_in_subquery(people_of_account(viewer)))
            .into_tuple()
            .one(self.reader())
            .await?
            .unwrap_or_default();
        let open = u64::try_from(open).unwrap_or_default();
        Ok((open, open.saturating_sub(u64::try_from(voted.unwrap_or_default()).unwrap_or_default())))
    }

    /// One candidate by public id or address; one's own case is not there (T22).
    pub async fn candidate(
        &self,
        event: EventId,
        viewer: Option<AccountId>,
        who: &str,
    ) -> Result<Option<Candidate>, StoreError> {
        let (everybody, mut entries) = self.entries(event, viewer).await?;
        let who = who.trim();
        let key = conclave_core::address::Address::parse(who).ok().map(|address| address.key());
        let lower = who.to_ascii_lowercase();
        entries.retain(|entry| match &key {
            Some(key) => entry.row.email_key.as_deref() == Some(key.as_str()),
            None => entry.row.public_id == lower,
        });
        Ok(finish(self.reader(), event, viewer, &everybody, entries).await?.pop())
    }

    /// Casts a member's vote, or changes it. Saying the same again is unchanged. Refuses one's own case
    /// and whoever is decided on.
    pub async fn vote(
        &self,
        candidate: InvitationId,
        value: Vote,
        account: AccountId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<()> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, candidate).await?;
        if is_own(&tx, account, &row).await? {
            return Err(WriteError::Refused(CandidateRefused::OwnCase));
        }
        if row.state != InvitationState::Nominated.as_str() {
            return Err(WriteError::Refused(CandidateRefused::Decided(state_of(&row)?)));
        }
        let known = vote::Entity::find()
            .filter(vote::Column::InvitationId.eq(row.id))
            .filter(vote::Column::AccountId.eq(account.0))
            .one(&tx)
            .await?;
        match known {
            Some(known) if known.value == value.value() => return Ok(()),
            Some(known) => {
                vote::Entity::update_many()
                    .col_expr(vote::Column::Value, Expr::value(value.value()))
                    .col_expr(vote::Column::VotedAt, Expr::value(now))
                    .filter(vote::Column::Id.eq(known.id))
                    .exec(&tx)
                    .await?;
            }
            None => {
                let new = vote::ActiveModel {
                    id: Set(LogEntryId::generate().0),
                    event_id: Set(event.id.0),
                    invitation_id: Set(row.id),
                    account_id: Set(account.0),
                    value: Set(value.value()),
                    voted_at: Set(now),
                };
                vote::Entity::insert(new).exec_without_returning(&tx).await?;
            }
        }
        // That somebody voted, never how.
        let entry =
            LogEntry::new(by.clone(), "candidate.voted", log_name(&row)).of(event.id).about(candidate);
        append(&tx, entry, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Public id of the member's own row in an event, candidate or not: their committee note, votes and
    /// nominations are not for them (T22).
    pub async fn own_case(&self, event: EventId, account: AccountId) -> Result<Option<String>, StoreError> {
        Ok(everybody_of(event)
            .select_only()
            .column(invitation::Column::PublicId)
            .filter(invitation::Column::PersonId.in_subquery(people_of_account(account)))
            .filter(invitation::Column::ReplacedBy.is_null())
            .into_tuple()
            .all(self.reader())
            .await?
            .pop())
    }

    /// Everybody of the event, for likenesses, and its candidates but for the reader's own case.
    async fn entries(
        &self,
        event: EventId,
        viewer: Option<AccountId>,
    ) -> Result<(Vec<invitation::Model>, Vec<Entry>), StoreError> {
        let db = self.reader();
        let everybody = everybody_of(event)
            .filter(invitation::Column::State.ne(InvitationState::Replaced.as_str()))
            .all(db)
            .await?;
        let own = own_people(db, viewer).await?;
        let mut tallies: HashMap<Uuid, (Tally, Option<Vote>)> = HashMap::new();
        let votes: Vec<(Uuid, Uuid, i32)> = vote::Entity::find()
            .select_only()
            .columns([vote::Column::InvitationId, vote::Column::AccountId, vote::Column::Value])
            .filter(vote::Column::EventId.eq(event.0))
            .into_tuple()
            .all(db)
            .await?;
        for (candidate, account, value) in votes {
            let value = Vote::of_value(value).ok_or_else(|| corrupt("votes", "value", candidate))?;
            let (tally, own_vote) = tallies.entry(candidate).or_default();
            tally.add(value);
            if viewer.is_some_and(|viewer| viewer.0 == account) {
                *own_vote = Some(value);
            }
        }
        let is_candidate = |row: &&invitation::Model| {
            (row.state == InvitationState::Nominated.as_str()
                || row.state == InvitationState::Refused.as_str())
                && !own.contains(&row.person_id)
        };
        let entries = everybody
            .iter()
            .filter(is_candidate)
            .map(|row| {
                let (tally, own_vote) = tallies.get(&row.id).copied().unwrap_or_default();
                Entry { row: row.clone(), own_vote, tally }
            })
            .collect();
        let everybody = everybody.into_iter().filter(|row| !own.contains(&row.person_id)).collect();
        Ok((everybody, entries))
    }
}

/// Rows as candidates, with what other tables know.
async fn finish<C: ConnectionTrait>(
    db: &C,
    event: EventId,
    viewer: Option<AccountId>,
    everybody: &[invitation::Model],
    entries: Vec<Entry>,
) -> Result<Vec<Candidate>, StoreError> {
    let ids: HashSet<Uuid> = entries.iter().map(|entry| entry.row.id).collect();
    let mut nominations = nominations_of(db, event, &ids).await?;
    let known = Known::read(db, event, viewer, everybody, entries.iter().map(|entry| &entry.row)).await?;
    entries
        .into_iter()
        .map(|entry| {
            let is_visible = entry.score(viewer.is_none()).is_some();
            let guards = known.guards(&entry.row);
            Ok(Candidate {
                id: InvitationId(entry.row.id),
                person: PersonId(entry.row.person_id),
                state: state_of(&entry.row)?,
                nominations: nominations.remove(&entry.row.id).unwrap_or_default(),
                own_vote: entry.own_vote,
                tally: is_visible.then_some(entry.tally),
                voters: entry.tally.voters(),
                guards,
                tags: tags_from_column(&entry.row.tags),
                since: entry.row.created_at,
                public_id: entry.row.public_id,
                name: entry.row.name,
                email: entry.row.email,
                affiliation: entry.row.affiliation,
            })
        })
        .collect()
}

async fn nominations_of<C: ConnectionTrait>(
    db: &C,
    event: EventId,
    of: &HashSet<Uuid>,
) -> Result<HashMap<Uuid, Vec<Nomination>>, StoreError> {
    let mut query = nomination::Entity::find()
        .filter(nomination::Column::EventId.eq(event.0))
        .order_by_asc(nomination::Column::CreatedAt)
        .order_by_asc(nomination::Column::Id);
    if of.len() <= 500 {
        query = query.filter(nomination::Column::InvitationId.is_in(of.iter().copied()));
    }
    let mut found: HashMap<Uuid, Vec<Nomination>> = HashMap::new();
    for row in query.all(db).await? {
        let via = NominatedVia::parse(&row.via).ok_or_else(|| corrupt("nominations", "via", row.id))?;
        let one = Nomination { by: row.by_name, via, reason: row.reason, at: row.created_at };
        found.entry(row.invitation_id).or_default().push(one);
    }
    Ok(found)
}

fn sort(entries: &mut [Entry], by: &str, sees_all: bool) {
    let (column, descending) = match by.strip_prefix('-') {
        Some(column) => (column, true),
        None => (by, false),
    };
    entries.sort_by(|a, b| (&a.row.sort_key, a.row.id).cmp(&(&b.row.sort_key, b.row.id)));
    match column {
        // The best first; those whose score the reader may not know yet come last.
        "votes" if descending => entries.sort_by_key(|entry| {
            let score = entry.score(sees_all);
            (score.is_none(), score)
        }),
        "votes" => entries.sort_by_key(|entry| {
            let score = entry.score(sees_all);
            (score.is_none(), Reverse(score))
        }),
        "since" if descending => entries.sort_by_key(|entry| Reverse(entry.row.created_at)),
        "since" => entries.sort_by_key(|entry| entry.row.created_at),
        "affiliation" => {
            let key = |entry: &Entry| (entry.row.affiliation.is_empty(), fold(&entry.row.affiliation));
            if descending {
                entries.sort_by_key(|entry| {
                    let (none, name) = key(entry);
                    (none, Reverse(name))
                });
            } else {
                entries.sort_by_key(key);
            }
        }
        _ if descending => entries.reverse(),
        _ => {}
    }
}

fn search_words(typed: &str) -> Vec<String> {
    let typed = typed.trim().to_lowercase();
    if typed.is_empty() {
        Vec::new()
    } else if typed.contains(['@', '.', '_']) || fold(&typed).is_empty() {
        vec![typed]
    } else {
        fold(&typed).split(' ').map(str::to_owned).collect()
    }
}

pub(crate) fn state_of(row: &invitation::Model) -> Result<InvitationState, StoreError> {
    InvitationState::parse(&row.state).ok_or_else(|| corrupt("invitations", "state", row.id))
}

/// The people who have the account's address: account and person are one human.
pub(crate) fn people_of_account(account: AccountId) -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .column((address::Entity, address::Column::PersonId))
        .from(address::Entity)
        .inner_join(
            account::Entity,
            Expr::col((account::Entity, account::Column::EmailKey))
                .equals((address::Entity, address::Column::AddressKey)),
        )
        .and_where(Expr::col((account::Entity, account::Column::Id)).eq(account.0))
        .to_owned()
}

/// People who are the reader.
pub(crate) async fn own_people<C: ConnectionTrait>(
    db: &C,
    viewer: Option<AccountId>,
) -> Result<HashSet<Uuid>, StoreError> {
    let Some(viewer) = viewer else { return Ok(HashSet::new()) };
    let people: Vec<Uuid> = address::Entity::find()
        .select_only()
        .column(address::Column::PersonId)
        .filter(address::Column::PersonId.in_subquery(people_of_account(viewer)))
        .into_tuple()
        .all(db)
        .await?;
    Ok(people.into_iter().collect())
}

/// The row is a candidate who is the one that acts: what the others think of it is not theirs (T22).
pub(crate) async fn is_own_case<C: ConnectionTrait>(
    db: &C,
    row: &invitation::Model,
    by: &Actor,
) -> Result<bool, StoreError> {
    let Some(account) = by.account() else { return Ok(false) };
    let is_candidate = matches!(state_of(row)?, InvitationState::Nominated | InvitationState::Refused);
    Ok(is_candidate && is_own(db, account, row).await?)
}

async fn is_own<C: ConnectionTrait>(
    db: &C,
    account: AccountId,
    row: &invitation::Model,
) -> Result<bool, StoreError> {
    Ok(own_people(db, Some(account)).await?.contains(&row.person_id))
}
