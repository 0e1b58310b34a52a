//! Proposing people: one by a form, or many counted out of evidence, by the same rules and written in
//! batches. Proposing the same person twice for the same reason is unchanged.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use conclave_core::address::Address;
use conclave_core::candidate::{CandidateRefused, NominatedVia, REASON_MAX, may_ask};
use conclave_core::event::Event;
use conclave_core::ids::{EventId, InvitationId, LogEntryId, PersonId};
use conclave_core::invitation::{InvitationMove, InvitationState};
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::look_alike::likenesses;
use conclave_core::name::PersonName;
use conclave_core::text::{Line, Text};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QuerySelect as _, Set,
};
use uuid::Uuid;

use super::{Refusable, own_people, state_of};
use crate::entities::{account, address, invitation, nomination, person};
use crate::invitations::{everybody_of, new_address, new_person, new_row, next_position};
use crate::locks::{lock_addresses, lock_event};
use crate::log_entries::append_all;
use crate::{NewInvitee, Store, StoreError, WriteError};

/// Somebody to propose.
#[derive(Clone, Debug, Default)]
pub struct NewNomination {
    pub name: Option<PersonName>,
    pub email: Option<Address>,
    pub affiliation: String,
    pub reason: String,
    /// Proposed although they were turned down before.
    pub again: bool,
    /// Known by more than an address: somebody of an earlier event.
    pub person: Option<PersonId>,
}

/// What became of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nominated {
    New(InvitationId),
    /// Somebody else proposed them already; the reason joins the others.
    Seconded(InvitationId),
    /// Turned down before, and to be decided on once more.
    Again(InvitationId),
    /// The same person, reason and proposer: nothing was written.
    Unchanged(InvitationId),
    /// Nothing was written, for this reason.
    LeftOut(CandidateRefused),
}

/// Requests of the public that one event takes in a day; a flood of them is not worth keeping.
const ASKED_A_DAY: u64 = 200;

/// Rows written with one statement.
const BATCH: usize = 500;

impl Store {
    /// Proposes one person, with a reason. Refuses whoever is on the list, was turned down (unless
    /// `again`), shares an address with somebody of another name (T15), or is the proposer.
    pub async fn nominate(
        &self,
        event: EventId,
        new: &NewNomination,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<InvitationId> {
        if new.name.is_none() && new.email.is_none() {
            return Err(WriteError::Refused(CandidateRefused::Nobody));
        }
        if new.reason.trim().is_empty() {
            return Err(WriteError::Refused(CandidateRefused::NoReason));
        }
        let mut done =
            self.nominate_many(event, std::slice::from_ref(new), NominatedVia::Committee, by, now).await?;
        match done.pop().ok_or(StoreError::NotFound)? {
            Nominated::New(id)
            | Nominated::Seconded(id)
            | Nominated::Again(id)
            | Nominated::Unchanged(id) => Ok(id),
            Nominated::LeftOut(refused) => Err(WriteError::Refused(refused)),
        }
    }

    /// Proposes many people at once, whole or not at all; says of each, in their order, what became of
    /// it. Nobody on the list changes, and nobody who was turned down comes back unnoticed.
    pub async fn nominate_many(
        &self,
        event: EventId,
        people: &[NewNomination],
        via: NominatedVia,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Vec<Nominated>> {
        let (tx, done) = self.nominate_unkept(event, people, via, by, now).await?;
        tx.commit().await?;
        Ok(done)
    }

    /// What [`Store::nominate_many`] would do, without writing.
    pub async fn plan_nominations(
        &self,
        event: EventId,
        people: &[NewNomination],
        via: NominatedVia,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Vec<Nominated>> {
        let (tx, done) = self.nominate_unkept(event, people, via, by, now).await?;
        tx.rollback().await?;
        Ok(done)
    }

    /// Somebody asks to be invited: a nomination, never an invitation (T42). Whoever is on the list, or
    /// was turned down, changes nothing that anybody outside could notice. Refuses while the event does
    /// not take requests.
    pub async fn ask_to_be_invited(
        &self,
        event: EventId,
        new: &NewNomination,
        now: DateTime<Utc>,
    ) -> Refusable<()> {
        let new = checked(new).map_err(WriteError::Refused)?;
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        if !may_ask(&event, now) {
            return Err(WriteError::Refused(CandidateRefused::NotOpen));
        }
        let lately = nomination::Entity::find()
            .filter(nomination::Column::EventId.eq(event.id.0))
            .filter(nomination::Column::Via.eq(NominatedVia::Asked.as_str()))
            .filter(nomination::Column::CreatedAt.gt(now - TimeDelta::days(1)))
            .count(&tx)
            .await?;
        if lately >= ASKED_A_DAY {
            tracing::warn!(event = %event.slug, "requests to be invited are left out until tomorrow");
            return Ok(());
        }
        nominate_on(&tx, &event, &[new], NominatedVia::Asked, &Actor::Invitee, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Written, and neither kept nor taken back: the caller ends the transaction.
    async fn nominate_unkept(
        &self,
        event: EventId,
        people: &[NewNomination],
        via: NominatedVia,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<(DatabaseTransaction, Vec<Nominated>)> {
        let people =
            people.iter().map(checked).collect::<Result<Vec<_>, _>>().map_err(WriteError::Refused)?;
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let done = nominate_on(&tx, &event, &people, via, by, now).await?;
        Ok((tx, done))
    }
}

/// Fields that are too long or hold what no line may hold.
fn checked(new: &NewNomination) -> Result<NewNomination, CandidateRefused> {
    let wrong = |field: &'static str, problem: String| CandidateRefused::Value { field, problem };
    let affiliation = if new.affiliation.trim().is_empty() {
        String::new()
    } else {
        Line::<200>::parse(&new.affiliation)
            .map_err(|error| wrong("affiliation", error.to_string()))?
            .as_str()
            .to_owned()
    };
    let reason =
        Text::<REASON_MAX>::parse(&new.reason).map_err(|error| wrong("reason", error.to_string()))?;
    Ok(NewNomination { affiliation, reason: reason.as_str().trim().to_owned(), ..new.clone() })
}

pub(crate) async fn nominate_on(
    tx: &DatabaseTransaction,
    event: &Event,
    people: &[NewNomination],
    via: NominatedVia,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<Vec<Nominated>, StoreError> {
    lock_addresses(tx).await?;
    let mut plan = Plan::read(tx, event, people, by).await?;
    let mut done = Vec::with_capacity(people.len());
    for new in people {
        done.push(plan.take(event, new, via, by, now)?);
    }
    plan.rows.insert(tx, now).await?;
    Ok(done)
}

/// Somebody who has a row in the event.
#[derive(Clone)]
struct There {
    id: Uuid,
    name: String,
    email: String,
    state: InvitationState,
}

struct Plan {
    by_key: HashMap<String, There>,
    by_person: HashMap<Uuid, There>,
    /// Those without an address.
    by_name: HashMap<String, There>,
    /// Persons of addresses, of this installation.
    persons: HashMap<String, Uuid>,
    own: HashSet<Uuid>,
    /// Address of the member who proposes, which may be nobody's yet.
    own_key: Option<String>,
    /// What was said before: row, who, how, why.
    said: HashSet<(Uuid, String, &'static str, String)>,
    next_position: u32,
    rows: Rows,
}

impl Plan {
    async fn read(
        tx: &DatabaseTransaction,
        event: &Event,
        people: &[NewNomination],
        by: &Actor,
    ) -> Result<Self, StoreError> {
        let mut plan = Self {
            by_key: HashMap::new(),
            by_person: HashMap::new(),
            by_name: HashMap::new(),
            persons: HashMap::new(),
            own: own_people(tx, by.account()).await?,
            own_key: match by.account() {
                Some(id) => account::Entity::find_by_id(id.0).one(tx).await?.map(|row| row.email_key),
                None => None,
            },
            said: HashSet::new(),
            next_position: next_position(tx, event.id).await?,
            rows: Rows::default(),
        };
        let everybody = everybody_of(event.id)
            .filter(invitation::Column::State.ne(InvitationState::Replaced.as_str()))
            .all(tx)
            .await?;
        for row in everybody {
            let state = state_of(&row)?;
            plan.note(
                row.email_key.as_deref(),
                row.person_id,
                There { id: row.id, name: row.name, email: row.email, state },
            );
        }
        let keys: Vec<String> = people
            .iter()
            .filter_map(|new| new.email.as_ref())
            .map(|email| email.key().as_str().to_owned())
            .collect();
        for keys in keys.chunks(BATCH) {
            let rows: Vec<(String, Uuid)> = address::Entity::find()
                .select_only()
                .columns([address::Column::AddressKey, address::Column::PersonId])
                .filter(address::Column::AddressKey.is_in(keys))
                .into_tuple()
                .all(tx)
                .await?;
            plan.persons.extend(rows);
        }
        let said =
            nomination::Entity::find().filter(nomination::Column::EventId.eq(event.id.0)).all(tx).await?;
        for row in said {
            let via = NominatedVia::parse(&row.via).map_or("", NominatedVia::as_str);
            plan.said.insert((row.invitation_id, row.by_name, via, row.reason));
        }
        Ok(plan)
    }

    fn note(&mut self, key: Option<&str>, person: Uuid, there: There) {
        match key {
            Some(key) => {
                self.by_key.insert(key.to_owned(), there.clone());
            }
            None => {
                self.by_name.insert(there.name.clone(), there.clone());
            }
        }
        self.by_person.insert(person, there);
    }

    fn find(&self, new: &NewNomination) -> Option<There> {
        let known = new.person.and_then(|person| self.by_person.get(&person.0));
        if known.is_some() {
            return known.cloned();
        }
        match &new.email {
            Some(email) => {
                let key = email.key();
                let person = self.persons.get(key.as_str());
                self.by_key.get(key.as_str()).or_else(|| self.by_person.get(person?)).cloned()
            }
            None => self.by_name.get(new.name.as_ref()?.as_str()).cloned(),
        }
    }

    fn take(
        &mut self,
        event: &Event,
        new: &NewNomination,
        via: NominatedVia,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Nominated, StoreError> {
        let by_address = new.email.as_ref().and_then(|email| self.persons.get(email.key().as_str()));
        let person = by_address.copied().or(new.person.map(|person| person.0));
        let is_own = person.is_some_and(|person| self.own.contains(&person))
            || new.email.as_ref().is_some_and(|email| self.own_key.as_deref() == Some(email.key().as_str()));
        if is_own && via != NominatedVia::Asked {
            return Ok(Nominated::LeftOut(CandidateRefused::OwnCase));
        }
        let Some(there) = self.find(new) else {
            return Ok(self.add(event, new, person, via, by, now));
        };
        let shown = if there.name.is_empty() { there.email.clone() } else { there.name.clone() };
        match there.state {
            InvitationState::Nominated | InvitationState::Refused => {}
            _ => return Ok(Nominated::LeftOut(CandidateRefused::OnTheList(shown))),
        }
        if via == NominatedVia::Committee && is_somebody_else(new, &there) {
            return Ok(Nominated::LeftOut(CandidateRefused::AddressTaken(shown)));
        }
        let is_refused = there.state == InvitationState::Refused;
        if is_refused && !new.again && via != NominatedVia::Asked {
            return Ok(Nominated::LeftOut(CandidateRefused::RefusedBefore(shown)));
        }
        let comes_back = is_refused && new.again;
        if comes_back {
            self.rows.reconsidered.push(there.id);
            self.by_key.values_mut().chain(self.by_person.values_mut()).for_each(|known| {
                if known.id == there.id {
                    known.state = InvitationState::Nominated;
                }
            });
        }
        let id = InvitationId(there.id);
        if !self.said.insert((there.id, said_by(via, by), via.as_str(), new.reason.clone())) && !comes_back {
            return Ok(Nominated::Unchanged(id));
        }
        let action = if comes_back { "candidate.reconsidered" } else { "candidate.nominated" };
        self.rows.say(event, there.id, &shown, new, via, by, action, now);
        Ok(if comes_back { Nominated::Again(id) } else { Nominated::Seconded(id) })
    }

    fn add(
        &mut self,
        event: &Event,
        new: &NewNomination,
        person: Option<Uuid>,
        via: NominatedVia,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Nominated {
        let person = person.unwrap_or_else(|| self.rows.add_person(new.email.as_ref(), now));
        let invitee = NewInvitee {
            name: new.name.clone(),
            email: new.email.clone(),
            affiliation: new.affiliation.clone(),
            ..NewInvitee::default()
        };
        let id = InvitationId::generate();
        let mut row = new_row(event.id, person, self.next_position, &invitee, now);
        self.next_position += 1;
        row.id = Set(id.0);
        row.state = Set(InvitationState::Nominated.as_str().to_owned());
        self.rows.invitations.push(row);
        let key = new.email.as_ref().map(|email| email.key().as_str().to_owned());
        let name = new.name.as_ref().map_or("", PersonName::as_str).to_owned();
        let email = new.email.as_ref().map_or("", Address::as_str).to_owned();
        let shown = if name.is_empty() { "somebody without a name" } else { &name }.to_owned();
        self.persons.extend(key.clone().map(|key| (key, person)));
        let there = There { id: id.0, name, email, state: InvitationState::Nominated };
        self.note(key.as_deref(), person, there);
        self.said.insert((id.0, said_by(via, by), via.as_str(), new.reason.clone()));
        self.rows.say(event, id.0, &shown, new, via, by, "candidate.nominated", now);
        Nominated::New(id)
    }
}

/// Another name at the same address, and neither is a spelling of the other.
fn is_somebody_else(new: &NewNomination, there: &There) -> bool {
    let Some(name) = new.name.as_ref().filter(|_| !there.name.is_empty()) else { return false };
    likenesses(name.as_str(), []) != likenesses(&there.name, [])
}

/// Who proposes, as printed; nobody for those who ask by themselves.
fn said_by(via: NominatedVia, by: &Actor) -> String {
    if via == NominatedVia::Asked { String::new() } else { by.name().to_owned() }
}

/// Everything a proposal adds, written in batches.
#[derive(Default)]
struct Rows {
    people: Vec<person::ActiveModel>,
    addresses: Vec<address::ActiveModel>,
    invitations: Vec<invitation::ActiveModel>,
    nominations: Vec<nomination::ActiveModel>,
    reconsidered: Vec<Uuid>,
    log: Vec<LogEntry>,
}

impl Rows {
    fn add_person(&mut self, email: Option<&Address>, now: DateTime<Utc>) -> Uuid {
        let id = PersonId::generate().0;
        self.people.push(new_person(id, now));
        self.addresses.extend(email.map(|email| new_address(id, email, now)));
        id
    }

    #[expect(clippy::too_many_arguments, reason = "what is said, by whom, of whom")]
    fn say(
        &mut self,
        event: &Event,
        row: Uuid,
        name: &str,
        new: &NewNomination,
        via: NominatedVia,
        by: &Actor,
        action: &'static str,
        now: DateTime<Utc>,
    ) {
        self.nominations.push(nomination::ActiveModel {
            id: Set(LogEntryId::generate().0),
            event_id: Set(event.id.0),
            invitation_id: Set(row),
            account_id: Set(by.account().map(|account| account.0)),
            by_name: Set(said_by(via, by)),
            via: Set(via.as_str().to_owned()),
            reason: Set(new.reason.clone()),
            created_at: Set(now),
        });
        let subject = if name.contains('@') { "somebody without a name" } else { name };
        self.log.push(
            LogEntry::new(by.clone(), action, subject)
                .of(event.id)
                .about(InvitationId(row))
                .because(new.reason.clone()),
        );
    }

    async fn insert(self, tx: &DatabaseTransaction, now: DateTime<Utc>) -> Result<(), StoreError> {
        for rows in self.people.chunks(BATCH) {
            person::Entity::insert_many(rows.to_vec()).exec_without_returning(tx).await?;
        }
        for rows in self.addresses.chunks(BATCH) {
            address::Entity::insert_many(rows.to_vec()).exec_without_returning(tx).await?;
        }
        for rows in self.invitations.chunks(BATCH) {
            invitation::Entity::insert_many(rows.to_vec()).exec_without_returning(tx).await?;
        }
        for rows in self.nominations.chunks(BATCH) {
            nomination::Entity::insert_many(rows.to_vec()).exec_without_returning(tx).await?;
        }
        if let Ok(back) = InvitationState::Refused.after(InvitationMove::Reconsider) {
            for ids in self.reconsidered.chunks(BATCH) {
                invitation::Entity::update_many()
                    .col_expr(invitation::Column::State, Expr::value(back.as_str()))
                    .filter(invitation::Column::Id.is_in(ids.iter().copied()))
                    .exec(tx)
                    .await?;
            }
        }
        append_all(tx, self.log, now).await
    }
}
