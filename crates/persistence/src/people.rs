//! The people book: who is known to this installation, under which addresses, and what became of their
//! invitations.
//!
//! Nothing of one event shows to whoever does not sit in its committee too (decisions.md, "People
//! across events"): a person is made of the invitations that the reader may see. An operator also sees
//! addresses of whom there is no such invitation. Joining two people is in [`merge`], changing
//! addresses in [`addresses`].

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::badge::Badge;
use conclave_core::candidate::NextTime;
use conclave_core::committee::{Action, Role};
use conclave_core::event::Event;
use conclave_core::ids::{AccountId, InvitationId, PersonId};
use conclave_core::invitation::InvitationState;
use conclave_core::look_alike::{LookAlike, likenesses, look_alikes};
use conclave_core::message::MessageState;
use conclave_core::name::fold;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use crate::candidates::{own_people, state_of};
use crate::entities::{address, committee_seat, event, invitation, person};
use crate::rows::{corrupt, event_from_row};
use crate::{Store, StoreError};

mod addresses;
mod merge;

pub use addresses::{AddressChange, PersonRefused};
pub use merge::{MergeEvent, MergeRefused, MergeSide, MergeView};

/// Whose eyes look at the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookReader {
    /// The operator at the command line, who sees all.
    Operator,
    /// An account: what its committees know, and with `is_operator` also bare addresses.
    Account { id: AccountId, is_operator: bool },
}

impl BookReader {
    /// Whose own nominations are hidden; nobody's from the operator.
    fn account(self) -> Option<AccountId> {
        match self {
            Self::Operator => None,
            Self::Account { id, .. } => Some(id),
        }
    }
}

/// Somebody known to the installation, as one reader may see them.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: PersonId,
    /// Of the newest invitation in sight; empty where there is none.
    pub name: String,
    pub affiliation: String,
    pub addresses: Vec<PersonAddress>,
    pub next_time: NextTime,
    /// Newest event first.
    pub history: Vec<PastInvitation>,
    /// Others who may be the same person.
    pub look_alikes: Vec<(PersonId, String, LookAlike)>,
    /// The reader may change addresses: a member of every committee that knows the person.
    pub may_change: bool,
    /// The reader may join them with another, which cannot be undone: a chair of each of those.
    pub may_join: bool,
}

impl Person {
    /// The name, else an address.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        if self.name.is_empty() {
            self.addresses.first().map_or("somebody without a name", |address| address.address.as_str())
        } else {
            &self.name
        }
    }
}

/// An address of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonAddress {
    pub address: String,
    /// `unproven`, `proven`, `failing`, `dead`.
    pub state: &'static str,
    /// The one that later events begin with.
    pub is_current: bool,
}

/// What became of somebody at one event.
#[derive(Clone, Debug)]
pub struct PastInvitation {
    pub event: String,
    pub event_name: String,
    pub first_day: NaiveDate,
    pub invitation: InvitationId,
    pub public_id: String,
    pub name: String,
    pub state: InvitationState,
    pub badge: Badge,
    pub answer: Option<AnswerValue>,
    pub answered_at: Option<DateTime<Utc>>,
}

/// Part of the book.
#[derive(Clone, Debug, Default)]
pub struct BookQuery {
    /// Part of name, address or affiliation, without case and marks.
    pub q: String,
    /// Only people who look like somebody else.
    pub look_alikes: bool,
    /// From 1.
    pub page: u32,
    /// Rows a page; 0 is all.
    pub page_size: u32,
}

/// One page of the book.
#[derive(Clone, Debug)]
pub struct BookPage {
    pub rows: Vec<Person>,
    pub total: u64,
    pub matching: u64,
    /// How many look like somebody else.
    pub alike: u64,
}

/// Somebody before addresses are read.
struct Entry {
    id: Uuid,
    rows: Vec<invitation::Model>,
    /// Bare addresses, of whom no invitation is in sight.
    bare: Vec<String>,
    sort_key: String,
    search: String,
}

/// Everything in sight of one reader.
struct Book {
    events: HashMap<Uuid, (Event, Option<Role>)>,
    entries: Vec<Entry>,
    alike: HashMap<Uuid, Vec<(Uuid, LookAlike)>>,
}

impl Store {
    /// One page of the book, by name. A fixed number of queries.
    pub async fn people(&self, reader: BookReader, query: &BookQuery) -> Result<BookPage, StoreError> {
        let db = self.reader();
        let book = Book::read(db, reader).await?;
        let words: Vec<String> = match query.q.trim().to_lowercase() {
            typed if typed.is_empty() => Vec::new(),
            typed if typed.contains(['@', '.', '_']) || fold(&typed).is_empty() => vec![typed],
            typed => fold(&typed).split(' ').map(str::to_owned).collect(),
        };
        let fits = |entry: &&Entry| {
            words.iter().all(|word| entry.search.contains(word.as_str()))
                && (!query.look_alikes || book.alike.contains_key(&entry.id))
        };
        let matching: Vec<&Entry> = book.entries.iter().filter(fits).collect();
        let count = matching.len() as u64;
        let size = query.page_size as usize;
        let shown: Vec<&Entry> = if size == 0 {
            matching
        } else {
            let skipped = (query.page as usize).saturating_sub(1).saturating_mul(size);
            matching.into_iter().skip(skipped).take(size).collect()
        };
        Ok(BookPage {
            rows: book.finish(db, reader, &shown).await?,
            total: book.entries.len() as u64,
            matching: count,
            alike: book.alike.len() as u64,
        })
    }

    /// One person; whoever the reader may not know of is not there. Somebody who was joined with
    /// another is that other.
    pub async fn person(&self, reader: BookReader, id: PersonId) -> Result<Option<Person>, StoreError> {
        let db = self.reader();
        // The book first: whoever is joined in between is still in it, as the one that stays.
        let book = Book::read(db, reader).await?;
        let known = person::Entity::find_by_id(id.0).one(db).await?;
        let id = known.and_then(|row| row.merged_into).unwrap_or(id.0);
        let found: Vec<&Entry> = book.entries.iter().filter(|entry| entry.id == id).collect();
        Ok(book.finish(db, reader, &found).await?.pop())
    }

    /// People whom `who` names: an id, an address in sight, or a part of a name.
    pub async fn people_named(&self, reader: BookReader, who: &str) -> Result<Vec<Person>, StoreError> {
        if let Ok(id) = who.trim().parse::<Uuid>() {
            return Ok(self.person(reader, PersonId(id)).await?.into_iter().collect());
        }
        if let Ok(typed) = conclave_core::address::Address::parse(who) {
            let row = address::Entity::find()
                .filter(address::Column::AddressKey.eq(typed.key().as_str()))
                .one(self.reader())
                .await?;
            let Some(row) = row else { return Ok(Vec::new()) };
            let mut found: Vec<Person> =
                self.person(reader, PersonId(row.person_id)).await?.into_iter().collect();
            // Whose an address of another event's list is, is that event's business.
            found.retain(|person| person.addresses.iter().any(|known| known.address == row.address));
            return Ok(found);
        }
        let query = BookQuery { q: who.to_owned(), ..BookQuery::default() };
        Ok(self.people(reader, &query).await?.rows)
    }
}

impl Book {
    async fn read<C: ConnectionTrait>(db: &C, reader: BookReader) -> Result<Self, StoreError> {
        let events = events_of(db, reader).await?;
        let own = own_people(db, reader.account()).await?;
        let rows = invitation::Entity::find()
            .filter(invitation::Column::EventId.is_in(events.keys().copied()))
            .filter(invitation::Column::State.ne(InvitationState::Replaced.as_str()))
            .all(db)
            .await?;
        let mut by_person: HashMap<Uuid, Vec<invitation::Model>> = HashMap::new();
        for row in rows {
            // Their own nominations are not for them (T22).
            let is_candidate = row.state == InvitationState::Nominated.as_str()
                || row.state == InvitationState::Refused.as_str();
            if !(is_candidate && own.contains(&row.person_id)) {
                by_person.entry(row.person_id).or_default().push(row);
            }
        }
        let day = |row: &invitation::Model| events.get(&row.event_id).map(|(event, _)| event.first_day);
        let mut entries: Vec<Entry> = by_person
            .into_iter()
            .map(|(id, mut rows)| {
                rows.sort_by_key(|row| std::cmp::Reverse((day(row), row.created_at, row.id)));
                let sort_key = rows.first().map(|row| row.sort_key.clone()).unwrap_or_default();
                let search: Vec<&str> = rows.iter().map(|row| row.search_key.as_str()).collect();
                Entry { id, search: search.join("\n"), sort_key, rows, bare: Vec::new() }
            })
            .collect();
        let sees_bare = !matches!(reader, BookReader::Account { is_operator: false, .. });
        if sees_bare {
            entries.extend(bare(db, &entries).await?);
        }
        entries.sort_by(|a, b| (&a.sort_key, a.id).cmp(&(&b.sort_key, b.id)));
        let keys: Vec<_> = entries
            .iter()
            .map(|entry| {
                let mut keys: Vec<_> = entry
                    .rows
                    .iter()
                    .flat_map(|row| likenesses(&row.name, [row.email.as_str()]))
                    .chain(entry.bare.iter().flat_map(|email| likenesses("", [email.as_str()])))
                    .collect();
                keys.sort();
                keys.dedup();
                (entry.id, keys)
            })
            .collect();
        Ok(Self { alike: look_alikes(&keys), events, entries })
    }

    /// Entries as people, with what other tables know.
    async fn finish<C: ConnectionTrait>(
        &self,
        db: &C,
        reader: BookReader,
        entries: &[&Entry],
    ) -> Result<Vec<Person>, StoreError> {
        let ids: HashSet<Uuid> = entries.iter().map(|entry| entry.id).collect();
        let mut addresses = addresses_of(db, &ids).await?;
        let wishes = wishes(db, &ids).await?;
        let everywhere = invitations_of(db, &ids).await?;
        let names: HashMap<Uuid, String> =
            self.entries.iter().map(|entry| (entry.id, shown(entry))).collect();
        entries
            .iter()
            .map(|entry| {
                let sees_all = match reader {
                    BookReader::Operator | BookReader::Account { is_operator: true, .. } => true,
                    BookReader::Account { .. } => everywhere
                        .get(&entry.id)
                        .is_none_or(|events| events.iter().all(|event| self.events.contains_key(event))),
                };
                let everywhere_may = |action: Action| {
                    let may = |event| {
                        let known = self.events.get(event);
                        known.is_some_and(|(_, role)| role.is_none_or(|role| role.allows(action)))
                    };
                    everywhere.get(&entry.id).is_none_or(|events| events.iter().all(may))
                };
                let is_operator = !matches!(reader, BookReader::Account { is_operator: false, .. });
                let in_sight: HashSet<&str> =
                    entry.rows.iter().filter_map(|row| row.email_key.as_deref()).collect();
                let failing: HashSet<&str> = entry
                    .rows
                    .iter()
                    .filter(|row| {
                        row.last_message_state == MessageState::Failed.as_str()
                            || row.last_message_state == MessageState::Bounced.as_str()
                    })
                    .filter_map(|row| row.email_key.as_deref())
                    .collect();
                let own = addresses.remove(&entry.id).unwrap_or_default();
                let addresses = own
                    .into_iter()
                    .filter(|row| sees_all || in_sight.contains(row.address_key.as_str()))
                    .map(|row| PersonAddress {
                        state: match row.state.as_str() {
                            "dead" => "dead",
                            "failing" => "failing",
                            _ if failing.contains(row.address_key.as_str()) => "failing",
                            "proven" => "proven",
                            _ => "unproven",
                        },
                        is_current: row.is_current,
                        address: row.address,
                    })
                    .collect();
                let newest = entry.rows.first();
                Ok(Person {
                    id: PersonId(entry.id),
                    name: newest.map(|row| row.name.clone()).unwrap_or_default(),
                    affiliation: newest.map(|row| row.affiliation.clone()).unwrap_or_default(),
                    addresses,
                    next_time: wishes.get(&entry.id).copied().unwrap_or_default(),
                    history: entry
                        .rows
                        .iter()
                        .map(|row| self.past(row))
                        .collect::<Result<Vec<_>, StoreError>>()?,
                    look_alikes: self
                        .alike
                        .get(&entry.id)
                        .into_iter()
                        .flatten()
                        .map(|(other, why)| {
                            (PersonId(*other), names.get(other).cloned().unwrap_or_default(), *why)
                        })
                        .collect(),
                    may_change: is_operator || everywhere_may(Action::Edit),
                    may_join: is_operator || everywhere_may(Action::Decide),
                })
            })
            .collect()
    }

    fn past(&self, row: &invitation::Model) -> Result<PastInvitation, StoreError> {
        let (event, _) = self.events.get(&row.event_id).ok_or(StoreError::NotFound)?;
        let state = state_of(row)?;
        let answer = row.answer.as_deref().and_then(AnswerValue::parse);
        let delivery = MessageState::parse(&row.last_message_state);
        let has_bounced = matches!(delivery, Some(MessageState::Bounced | MessageState::Failed));
        let is_scheduled = state == InvitationState::Listed && row.wave_id.is_some();
        Ok(PastInvitation {
            event: event.slug.to_string(),
            event_name: event.short_name().to_owned(),
            first_day: event.first_day,
            invitation: InvitationId(row.id),
            public_id: row.public_id.clone(),
            name: row.name.clone(),
            badge: Badge::of(state, answer, is_scheduled, has_bounced),
            state,
            answer,
            answered_at: row.answered_at,
        })
    }
}

fn shown(entry: &Entry) -> String {
    let newest = entry.rows.first();
    let name = newest.map(|row| if row.name.is_empty() { &row.email } else { &row.name });
    name.or(entry.bare.first()).cloned().unwrap_or_default()
}

/// Events in sight, with the reader's role; the operator at the command line has none and may all.
pub(crate) async fn events_of<C: ConnectionTrait>(
    db: &C,
    reader: BookReader,
) -> Result<HashMap<Uuid, (Event, Option<Role>)>, StoreError> {
    let mut roles: HashMap<Uuid, Role> = HashMap::new();
    let mut query = event::Entity::find();
    if let BookReader::Account { id, .. } = reader {
        let seats =
            committee_seat::Entity::find().filter(committee_seat::Column::AccountId.eq(id.0)).all(db).await?;
        for seat in seats {
            roles.insert(seat.event_id, crate::events::role(&seat)?);
        }
        query = query.filter(event::Column::Id.is_in(roles.keys().copied()));
    }
    query
        .all(db)
        .await?
        .into_iter()
        .map(|row| {
            let id = row.id;
            Ok((id, (event_from_row(row)?, roles.get(&id).copied())))
        })
        .collect()
}

/// People of whom the reader sees no invitation, by their addresses.
async fn bare<C: ConnectionTrait>(db: &C, seen: &[Entry]) -> Result<Vec<Entry>, StoreError> {
    let seen: HashSet<Uuid> = seen.iter().map(|entry| entry.id).collect();
    let mut found: HashMap<Uuid, Vec<String>> = HashMap::new();
    for row in address::Entity::find().order_by_desc(address::Column::IsCurrent).all(db).await? {
        if !seen.contains(&row.person_id) {
            found.entry(row.person_id).or_default().push(row.address);
        }
    }
    Ok(found
        .into_iter()
        .map(|(id, bare)| {
            let search = bare.join("\n").to_lowercase();
            Entry { id, rows: Vec::new(), sort_key: search.clone(), search, bare }
        })
        .collect())
}

fn among<C: sea_orm::ColumnTrait>(column: C, ids: &HashSet<Uuid>) -> Condition {
    if ids.len() <= 500 { Condition::all().add(column.is_in(ids.iter().copied())) } else { Condition::all() }
}

async fn addresses_of<C: ConnectionTrait>(
    db: &C,
    ids: &HashSet<Uuid>,
) -> Result<HashMap<Uuid, Vec<address::Model>>, StoreError> {
    let rows = address::Entity::find()
        .filter(among(address::Column::PersonId, ids))
        .order_by_desc(address::Column::IsCurrent)
        .order_by_desc(address::Column::CreatedAt)
        .order_by_asc(address::Column::AddressKey)
        .all(db)
        .await?;
    let mut found: HashMap<Uuid, Vec<address::Model>> = HashMap::new();
    for row in rows {
        found.entry(row.person_id).or_default().push(row);
    }
    Ok(found)
}

async fn wishes<C: ConnectionTrait>(
    db: &C,
    ids: &HashSet<Uuid>,
) -> Result<HashMap<Uuid, NextTime>, StoreError> {
    person::Entity::find()
        .filter(among(person::Column::Id, ids))
        .filter(person::Column::NextTime.ne(""))
        .all(db)
        .await?
        .into_iter()
        .map(|row| {
            let wish =
                NextTime::parse(&row.next_time).ok_or_else(|| corrupt("people", "next_time", row.id))?;
            Ok((row.id, wish))
        })
        .collect()
}

/// Events in which these people have a row, in sight or not.
async fn invitations_of<C: ConnectionTrait>(
    db: &C,
    ids: &HashSet<Uuid>,
) -> Result<HashMap<Uuid, Vec<Uuid>>, StoreError> {
    let rows: Vec<(Uuid, Uuid)> = invitation::Entity::find()
        .select_only()
        .columns([invitation::Column::PersonId, invitation::Column::EventId])
        .filter(among(invitation::Column::PersonId, ids))
        .filter(invitation::Column::State.ne(InvitationState::Replaced.as_str()))
        .into_tuple()
        .all(db)
        .await?;
    let mut found: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for (person, event) in rows {
        found.entry(person).or_default().push(event);
    }
    Ok(found)
}
