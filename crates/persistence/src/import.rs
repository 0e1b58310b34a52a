//! Lists of people: waiting to be checked, and imported whole or not at all.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use conclave_core::address::Address;
use conclave_core::answer::{AnswerValue, Via};
use conclave_core::ids::{AccountId, EventId, ImportId, InvitationId, PersonId};
use conclave_core::invitation::InvitationState;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::name::PersonName;
use conclave_core::text::is_hidden;
use conclave_core::topic::{Intent, title_key};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use crate::candidates::own_people;
use crate::entities::{address, import, invitation, person, topic};
use crate::invitations::{everybody_of, new_address, new_person, new_row, next_position};
use crate::locks::{lock_addresses, lock_event};
use crate::log_entries::{append, append_all};
use crate::rows::corrupt;
use crate::topics::{NewTopic, next_number};
use crate::{NewInvitee, Store, StoreError};

/// What to do with the topics of a list (decisions.md, "Import").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicsMode {
    /// Proposed by the invitee, by import.
    Propose,
    /// Appended to the committee's private note.
    Note,
    Ignore,
}

impl TopicsMode {
    /// The word in options and forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Propose => "propose",
            Self::Note => "note",
            Self::Ignore => "ignore",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Propose, Self::Note, Self::Ignore].into_iter().find(|mode| mode.as_str() == word)
    }
}

/// A person of a list, read and ready to store.
#[derive(Clone, Debug)]
pub struct ImportPerson {
    /// Line in the file.
    pub line: usize,
    pub name: String,
    pub email: String,
    pub affiliation: String,
    /// For the sort key, where the file had it.
    pub family: String,
    pub first_name: String,
    pub tags: Vec<String>,
    pub note: String,
    pub topics: Vec<String>,
    /// `none`, `undecided` or empty.
    pub intent: String,
}

/// What an import would do with one person, or did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportResult {
    New,
    /// On the list already; nothing changes.
    SamePerson,
    /// On the list, and declined before.
    DeclinedBefore,
    /// A candidate, whom the committee decides on; an import does not.
    Candidate,
    /// A candidate who was turned down, and stays so.
    TurnedDown,
    /// Whoever imports, as a candidate: others decide that (T22).
    OwnCase,
}

/// What an import did or would do.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Per line of the file.
    pub results: Vec<(usize, ImportResult)>,
    pub added: u64,
    pub topics_added: u64,
    pub no_topic: u64,
}

/// Hears how many people are written so far, within a transaction that may still come to nothing.
pub type Heard<'a> = &'a (dyn Fn(u64) + Send + Sync);

/// A list waiting to be checked.
#[derive(Clone, Debug)]
pub struct ImportDraft {
    pub id: ImportId,
    pub content: Vec<u8>,
    pub file_name: String,
    pub topics: TopicsMode,
    pub created_at: DateTime<Utc>,
}

impl Store {
    /// What an import by somebody would do, without writing. Topics are counted as if they were proposed.
    pub async fn plan_import(
        &self,
        event: EventId,
        people: &[ImportPerson],
        by: &Actor,
    ) -> Result<Imported, StoreError> {
        let plan = Plan::read(self.reader(), event, people, by).await?;
        Ok(plan.report(TopicsMode::Propose))
    }

    /// Imports people in one transaction. Importing the same list twice adds nobody. Rows without
    /// an address that can be written to are left out; the reader of the list names them. Candidates stay
    /// candidates. `heard` follows the writing of a long list.
    pub async fn import(
        &self,
        event: EventId,
        people: &[ImportPerson],
        topics: TopicsMode,
        by: &Actor,
        now: DateTime<Utc>,
        heard: Heard<'_>,
    ) -> Result<Imported, StoreError> {
        let tx = self.begin_write().await?;
        let report = import_on(&tx, event, people, topics, (by, now), heard).await?;
        tx.commit().await?;
        Ok(report)
    }

    /// Imports people of a kept list, and keeps `done` of how many were added in its place, both or
    /// neither: whoever presses twice finds out that the first press did it. Keeps the list as it is
    /// when nobody is new.
    pub async fn import_kept(
        &self,
        event: EventId,
        kept: &ImportDraft,
        people: &[ImportPerson],
        done: impl FnOnce(u64) -> Vec<u8> + Send,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Imported, StoreError> {
        let tx = self.begin_write().await?;
        let report = import_on(&tx, event, people, kept.topics, (by, now), &|_| ()).await?;
        if report.added > 0 {
            import::Entity::update_many()
                .col_expr(import::Column::Content, Expr::value(done(report.added)))
                .filter(import::Column::EventId.eq(event.0))
                .filter(import::Column::Id.eq(kept.id.0))
                .exec(&tx)
                .await?;
        }
        tx.commit().await?;
        Ok(report)
    }

    /// Keeps a pasted or uploaded list for its check page; older drafts of the event than a week go.
    pub async fn keep_import(
        &self,
        event: EventId,
        account: Option<AccountId>,
        content: &[u8],
        file_name: &str,
        topics: TopicsMode,
        now: DateTime<Utc>,
    ) -> Result<ImportId, StoreError> {
        let tx = self.begin_write().await?;
        lock_event(&tx, event).await?;
        import::Entity::delete_many()
            .filter(import::Column::EventId.eq(event.0))
            .filter(import::Column::CreatedAt.lt(now - TimeDelta::weeks(1)))
            .exec(&tx)
            .await?;
        let id = ImportId::generate();
        let draft = import::ActiveModel {
            id: Set(id.0),
            event_id: Set(event.0),
            account_id: Set(account.map(|account| account.0)),
            content: Set(content.to_vec()),
            file_name: Set(file_name.chars().filter(|c| !c.is_control()).take(200).collect()),
            topics_mode: Set(topics.as_str().to_owned()),
            created_at: Set(now),
        };
        import::Entity::insert(draft).exec_without_returning(&tx).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// A kept list.
    pub async fn import_draft(
        &self,
        event: EventId,
        id: ImportId,
    ) -> Result<Option<ImportDraft>, StoreError> {
        let Some(row) = draft(event, id).one(self.reader()).await? else {
            return Ok(None);
        };
        Ok(Some(ImportDraft {
            id: ImportId(row.id),
            topics: TopicsMode::parse(&row.topics_mode)
                .ok_or_else(|| corrupt("imports", "topics_mode", row.id))?,
            content: row.content,
            file_name: row.file_name,
            created_at: row.created_at,
        }))
    }

    /// Replaces a kept list's content (fixed lines).
    pub async fn set_import(&self, event: EventId, id: ImportId, content: &[u8]) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let mut row = draft(event, id).one(&tx).await?.ok_or(StoreError::NotFound)?.into_active_model();
        row.content = Set(content.to_vec());
        row.update(&tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Throws a kept list away; unknown ones are fine.
    pub async fn remove_import(&self, event: EventId, id: ImportId) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        import::Entity::delete_many()
            .filter(import::Column::EventId.eq(event.0))
            .filter(import::Column::Id.eq(id.0))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn import_on(
    tx: &DatabaseTransaction,
    event: EventId,
    people: &[ImportPerson],
    topics: TopicsMode,
    (by, now): (&Actor, DateTime<Utc>),
    heard: Heard<'_>,
) -> Result<Imported, StoreError> {
    let locked = lock_event(tx, event).await?;
    lock_addresses(tx).await?;
    let plan = Plan::read(tx, event, people, by).await?;
    let report = plan.report(topics);
    if report.added > 0 {
        plan.write(tx, event, topics, (by, now), heard).await?;
        let summary = format!("{} people, {} topics", report.added, report.topics_added);
        let entry =
            LogEntry::new(by.clone(), "import.made", locked.slug.as_str()).of(event).change("", summary);
        append(tx, entry, now).await?;
    }
    Ok(report)
}

fn draft(event: EventId, id: ImportId) -> sea_orm::Select<import::Entity> {
    import::Entity::find_by_id(id.0).filter(import::Column::EventId.eq(event.0))
}

/// Rows written with one statement; SQLite takes 32,766 values, and an invitation has 45.
const BATCH: usize = 500;

/// A list held against the event: what happens to each person, before anything is written.
struct Plan<'a> {
    people: Vec<(&'a ImportPerson, Address, ImportResult)>,
    /// Persons of addresses that the installation knows from other events.
    known: HashMap<String, Uuid>,
}

impl<'a> Plan<'a> {
    async fn read<C: ConnectionTrait>(
        db: &C,
        event: EventId,
        people: &'a [ImportPerson],
        by: &Actor,
    ) -> Result<Self, StoreError> {
        let people: Vec<(&ImportPerson, Address)> =
            people.iter().filter_map(|person| Some((person, Address::parse(&person.email).ok()?))).collect();
        let listed: Vec<(Uuid, Option<String>, String, Option<String>)> = everybody_of(event)
            .select_only()
            .column(invitation::Column::PersonId)
            .column(invitation::Column::EmailKey)
            .column(invitation::Column::State)
            .column(invitation::Column::Answer)
            .into_tuple()
            .all(db)
            .await?;
        let mut known: HashMap<String, Uuid> = HashMap::new();
        for people in people.chunks(BATCH) {
            let keys = people.iter().map(|(_, address)| address.key().as_str().to_owned());
            let rows: Vec<(String, Uuid)> = address::Entity::find()
                .select_only()
                .column(address::Column::AddressKey)
                .column(address::Column::PersonId)
                .filter(address::Column::AddressKey.is_in(keys))
                .into_tuple()
                .all(db)
                .await?;
            known.extend(rows);
        }

        let own = own_people(db, by.account()).await?;
        let result = |person: Uuid, state: &str, answer: Option<&str>| {
            let candidate = match InvitationState::parse(state) {
                Some(InvitationState::Nominated) => Some(ImportResult::Candidate),
                Some(InvitationState::Refused) => Some(ImportResult::TurnedDown),
                _ => None,
            };
            match (candidate, answer.and_then(AnswerValue::parse)) {
                (Some(_), _) if own.contains(&person) => ImportResult::OwnCase,
                (Some(candidate), _) => candidate,
                (None, Some(AnswerValue::Declined | AnswerValue::Cancelled)) => ImportResult::DeclinedBefore,
                (None, _) => ImportResult::SamePerson,
            }
        };
        let mut by_person: HashMap<Uuid, ImportResult> = HashMap::new();
        let mut by_key: HashMap<String, ImportResult> = HashMap::new();
        for (person, key, state, answer) in listed {
            let result = result(person, &state, answer.as_deref());
            by_person.insert(person, result);
            by_key.extend(key.map(|key| (key, result)));
        }
        let people = people
            .into_iter()
            .map(|(person, address)| {
                let key = address.key().as_str().to_owned();
                let own = known.get(&key).copied();
                let listed = by_key.get(&key).or_else(|| by_person.get(&own?)).copied();
                if listed.is_none() {
                    by_person.extend(own.map(|own| (own, ImportResult::SamePerson)));
                    by_key.insert(key, ImportResult::SamePerson);
                }
                (person, address, listed.unwrap_or(ImportResult::New))
            })
            .collect();
        Ok(Self { people, known })
    }

    fn added(&self) -> impl Iterator<Item = (&'a ImportPerson, &Address)> {
        self.people
            .iter()
            .filter(|(.., result)| *result == ImportResult::New)
            .map(|(person, address, _)| (*person, address))
    }

    fn report(&self, topics: TopicsMode) -> Imported {
        let proposed = |(person, _): (&ImportPerson, _)| match topics {
            TopicsMode::Propose => titles(person).len(),
            TopicsMode::Note | TopicsMode::Ignore => 0,
        };
        let says_none = |(person, _): &(&ImportPerson, &Address)| intent(person, topics) == Intent::NoTopic;
        Imported {
            results: self.people.iter().map(|(person, _, result)| (person.line, *result)).collect(),
            added: self.added().count() as u64,
            topics_added: self.added().map(proposed).sum::<usize>() as u64,
            no_topic: self.added().filter(says_none).count() as u64,
        }
    }

    async fn write(
        &self,
        tx: &DatabaseTransaction,
        event: EventId,
        topics: TopicsMode,
        (by, now): (&Actor, DateTime<Utc>),
        heard: Heard<'_>,
    ) -> Result<(), StoreError> {
        let first = next_position(tx, event).await?;
        let mut rows = Rows { next_topic: next_number(tx, event).await?, ..Rows::default() };
        for (position, (person, address)) in (first..).zip(self.added()) {
            let known = self.known.get(address.key().as_str()).copied();
            let id = known.unwrap_or_else(|| rows.add_person(address, now));
            let row = new_row(event, id, position, &to_invitee(person, address, topics), now);
            rows.add_invitation(row, event, person, topics, by, now);
        }
        rows.insert(tx, now, heard).await
    }
}

/// Everything an import adds, written in batches.
#[derive(Default)]
struct Rows {
    people: Vec<person::ActiveModel>,
    addresses: Vec<address::ActiveModel>,
    invitations: Vec<invitation::ActiveModel>,
    topics: Vec<topic::ActiveModel>,
    log: Vec<LogEntry>,
    next_topic: i32,
}

impl Rows {
    fn add_person(&mut self, address: &Address, now: DateTime<Utc>) -> Uuid {
        let id = PersonId::generate().0;
        self.people.push(new_person(id, now));
        self.addresses.push(new_address(id, address, now));
        id
    }

    fn add_invitation(
        &mut self,
        mut row: invitation::ActiveModel,
        event: EventId,
        person: &ImportPerson,
        topics: TopicsMode,
        by: &Actor,
        now: DateTime<Utc>,
    ) {
        let id = InvitationId::generate();
        row.id = Set(id.0);
        row.intent = Set(intent(person, topics).as_str().to_owned());
        let name = PersonName::parse(&person.name).ok();
        if let Some(name) = &name
            && !person.family.trim().is_empty()
        {
            row.sort_key = Set(name.sort_key_by_family(&person.family).as_str().to_owned());
        }
        if topics == TopicsMode::Propose {
            for (title, body) in titles(person) {
                let new = NewTopic {
                    invitation: Some(id.0),
                    title: &title,
                    body: &body,
                    minutes: None,
                    via: Via::Import.as_str(),
                    is_late: false,
                    is_hidden_from_others: true,
                };
                self.topics.push(new.row(event, self.next_topic, now));
                self.next_topic += 1;
            }
        }
        // A person without a name is called by their public id: no address in the record.
        let called =
            name.map(String::from).or_else(|| row.public_id.try_as_ref().cloned()).unwrap_or_default();
        self.log.push(LogEntry::new(by.clone(), "invitation.added", called).of(event).about(id));
        self.invitations.push(row);
    }

    async fn insert(
        self,
        tx: &DatabaseTransaction,
        now: DateTime<Utc>,
        heard: Heard<'_>,
    ) -> Result<(), StoreError> {
        insert_all(tx, self.people, &|_| ()).await?;
        insert_all(tx, self.addresses, &|_| ()).await?;
        insert_all(tx, self.invitations, heard).await?;
        insert_all(tx, self.topics, &|_| ()).await?;
        append_all(tx, self.log, now).await
    }
}

/// Hears how many rows are written so far.
async fn insert_all<A: ActiveModelTrait>(
    tx: &DatabaseTransaction,
    rows: Vec<A>,
    heard: Heard<'_>,
) -> Result<(), StoreError> {
    let mut written = 0;
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        written += A::Entity::insert_many(rows.by_ref().take(BATCH)).exec_without_returning(tx).await?;
        heard(written);
    }
    Ok(())
}

/// What a list said about somebody, in the limits of the columns; what does not fit is cut, because
/// one long cell does not hold up the others.
fn to_invitee(person: &ImportPerson, address: &Address, topics: TopicsMode) -> NewInvitee {
    let mut tags: Vec<String> = Vec::new();
    for tag in person.tags.iter().flat_map(|tag| tag.split([',', ';', '\n'])).map(|tag| line(tag, 40)) {
        if !tag.is_empty() && !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let mut note = person.note.trim().to_owned();
    if topics == TopicsMode::Note && !person.topics.is_empty() {
        let list: String = person.topics.iter().map(|topic| format!("\n- {}", topic.trim())).collect();
        note = format!("{note}\n\nTopics:{list}").trim_start().to_owned();
    }
    let kept: String = note.chars().filter(|c| *c == '\n' || !is_hidden(*c)).take(5_000).collect();
    NewInvitee {
        name: PersonName::parse(&person.name).ok(),
        email: Some(address.clone()),
        first_name: line(&person.first_name, 100),
        affiliation: line(&person.affiliation, 200),
        tags,
        note: kept,
    }
}

fn line(text: &str, longest: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let kept: String = words.join(" ").chars().filter(|c| !is_hidden(*c)).take(longest).collect();
    kept.trim().to_owned()
}

/// Titles of a person's topics with their texts, each title once. The whole of a title that is too
/// long is the text.
fn titles(person: &ImportPerson) -> Vec<(String, String)> {
    const LONGEST: usize = 200;
    let mut titles: Vec<(String, String)> = Vec::new();
    for topic in &person.topics {
        let whole = line(topic, 5_000);
        if whole.is_empty() || titles.iter().any(|(known, _)| title_key(known) == title_key(&whole)) {
            continue;
        }
        if whole.chars().count() <= LONGEST {
            titles.push((whole, String::new()));
        } else {
            let start: String = whole.chars().take(LONGEST - 1).collect();
            titles.push((format!("{}…", start.trim_end()), whole));
        }
    }
    titles
}

fn intent(person: &ImportPerson, topics: TopicsMode) -> Intent {
    let has_topics = !titles(person).is_empty();
    match Intent::parse(&person.intent) {
        Some(intent) if topics != TopicsMode::Ignore && !has_topics => intent,
        _ => Intent::NothingSaid,
    }
}
