//! Topics: proposing, editing, deciding.

use chrono::{DateTime, Utc};
use conclave_core::ids::{EventId, InvitationId, TopicId};
use conclave_core::log_entry::Actor;
use conclave_core::topic::{TopicMove, TopicRefused, TopicState};

use conclave_core::answer::AnswerValue;
use conclave_core::event::Event;
use conclave_core::log_entry::LogEntry;
use conclave_core::text::{Line, Text};
use conclave_core::topic::{Intent, TOPICS_PER_PERSON, may_propose, title_key, topics_are_open};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    FromQueryResult as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QueryResult,
    QueryTrait as _, Set,
};

use crate::entities::{invitation, topic};
use crate::locks::{lock_event, lock_invitation};
use crate::rows::{column, count};
use crate::{Store, StoreError, WriteError, log_entries};

mod rows;

pub(crate) use rows::{NewTopic, next_number};
use rows::{state_of, view, views};

/// A topic as lists and pages show it.
#[derive(Clone, Debug)]
pub struct TopicView {
    pub id: TopicId,
    /// Number within the event, from 1; names it in URLs and commands.
    pub number: u32,
    pub invitation: Option<InvitationId>,
    /// Public id of the proposer; empty for the committee's own.
    pub proposer_id: String,
    pub proposer: String,
    /// As printed.
    pub title: String,
    /// As proposed.
    pub proposed_title: String,
    pub body: String,
    pub minutes: Option<u32>,
    pub state: TopicState,
    pub via: String,
    pub is_late: bool,
    /// Changed by the proposer after it was accepted.
    pub is_edited: bool,
    /// The proposer gave the seat back or declined.
    pub presenter_left: bool,
    pub note: String,
    pub version: u32,
    pub created_at: DateTime<Utc>,
}

impl TopicView {
    /// Neither withdrawn nor merged.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(self.state, TopicState::Withdrawn | TopicState::Merged)
    }
}

/// A topic to propose or the new text of one.
#[derive(Clone, Debug, Default)]
pub struct TopicText {
    /// 1 to 200 letters.
    pub title: String,
    /// At most 5,000 letters.
    pub body: String,
    pub minutes: Option<u32>,
}

/// Why a topic cannot be saved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicChangeRefused {
    #[error("{0}")]
    Rule(TopicRefused),
    #[error("Give the topic a title")]
    NoTitle,
    #[error("{field}: {problem}")]
    Text { field: &'static str, problem: String },
}

impl TopicChangeRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rule(refused) => refused.code(),
            Self::NoTitle => "no-title",
            Self::Text { .. } => "text",
        }
    }
}

impl Store {
    /// Proposes a topic through a personal link. `N/A` and the like state "no topic", `TBD` "to be
    /// decided", and make none. Refuses somebody who is not coming, and after answers closed.
    pub async fn propose_topic(
        &self,
        invitation: InvitationId,
        text: &TopicText,
        now: DateTime<Utc>,
    ) -> Result<Option<TopicView>, WriteError<TopicChangeRefused>> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        let is_late = may(&event, &row, now)?;
        if let Some(intent) = Intent::stated(&text.title) {
            set_intent(&tx, &event, row, intent, now).await?;
            tx.commit().await?;
            return Ok(None);
        }
        let text = Checked::read(text)?;
        let own = of_invitation(&tx, invitation).await?;
        let live = own.iter().filter(|topic| topic.is_live()).count();
        if live >= TOPICS_PER_PERSON {
            return refuse(TopicRefused::TooMany(live));
        }
        if own.iter().any(|topic| topic.is_live() && title_key(&topic.title) == text.key) {
            return refuse(TopicRefused::SameTitle);
        }
        let new = NewTopic { invitation: Some(row.id), is_late, ..text.new_topic("page") };
        let number = insert(&tx, &event, &new, now).await?;
        if !row.intent.is_empty() {
            let mut changed = row.clone().into_active_model();
            changed.intent = Set(Intent::NothingSaid.as_str().to_owned());
            changed.update(&tx).await?;
        }
        let entry = LogEntry::new(Actor::Invitee, "topic.proposed", row.name.clone())
            .of(event.id)
            .about(invitation)
            .change("", text.title.clone());
        log_entries::append(&tx, entry, now).await?;
        let topic = read(&tx, event.id, number).await?;
        tx.commit().await?;
        Ok(Some(topic))
    }

    /// The proposer changes their topic. An accepted one keeps its state and is flagged; the title
    /// that the committee wrote for print stays unless they write another one (T31).
    pub async fn edit_topic(
        &self,
        invitation: InvitationId,
        number: u32,
        version: Option<u32>,
        text: &TopicText,
        now: DateTime<Utc>,
    ) -> Result<TopicView, WriteError<TopicChangeRefused>> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        may(&event, &row, now)?;
        let text = Checked::read(text)?;
        let topic = own_topic(&tx, &event, &row, number).await?;
        let state = state_of(&topic)?;
        if version.is_some_and(|version| version != count(topic.version)) {
            return refuse(TopicRefused::Stale);
        }
        if !state.is_open_to_proposer() {
            return refuse(TopicRefused::NotFrom(state));
        }
        let own = of_invitation(&tx, invitation).await?;
        if own
            .iter()
            .any(|other| other.number != number && other.is_live() && title_key(&other.title) == text.key)
        {
            return refuse(TopicRefused::SameTitle);
        }
        let is_new_title = topic.proposed_title != text.title;
        if !is_new_title && topic.body == text.body && topic.minutes == text.minutes.map(column) {
            return Ok(read(&tx, event.id, number).await?);
        }
        let entry = LogEntry::new(Actor::Invitee, "topic.edited", row.name.clone())
            .of(event.id)
            .about(invitation)
            .change(topic.proposed_title.clone(), text.title.clone());
        let next = if state == TopicState::NeedsInfo { TopicState::Proposed } else { state };
        let version = topic.version + 1;
        let mut changed = topic.into_active_model();
        if is_new_title {
            changed.proposed_title = Set(text.title.clone());
            changed.title = Set(text.title);
            changed.title_key = Set(text.key);
        }
        changed.body = Set(text.body);
        changed.minutes = Set(text.minutes.map(column));
        changed.state = Set(next.as_str().to_owned());
        changed.is_edited = Set(state == TopicState::Accepted);
        changed.version = Set(version);
        changed.updated_at = Set(now);
        changed.update(&tx).await?;
        log_entries::append(&tx, entry, now).await?;
        let topic = read(&tx, event.id, number).await?;
        tx.commit().await?;
        Ok(topic)
    }

    /// The proposer takes their topic back, or (with `again`) proposes it again. Doing it twice
    /// changes nothing. Refuses after answers closed.
    pub async fn withdraw_topic(
        &self,
        invitation: InvitationId,
        number: u32,
        again: bool,
        now: DateTime<Utc>,
    ) -> Result<TopicView, WriteError<TopicChangeRefused>> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        let topic = own_topic(&tx, &event, &row, number).await?;
        let state = state_of(&topic)?;
        let done = if again { TopicState::Proposed } else { TopicState::Withdrawn };
        if state == done {
            return Ok(read(&tx, event.id, number).await?);
        }
        if again {
            may(&event, &row, now)?;
            if state != TopicState::Withdrawn {
                return refuse(TopicRefused::NotFrom(state));
            }
        } else if let Err(closed) = topics_are_open(&event, now) {
            return refuse(closed);
        }
        let wanted = if again { TopicMove::Reconsider } else { TopicMove::Withdraw };
        change_state(&tx, &event, topic, wanted, &Actor::Invitee, "topic.withdrawn", now).await?;
        let topic = read(&tx, event.id, number).await?;
        tx.commit().await?;
        Ok(topic)
    }

    /// Adds a topic of the committee's own, or for an invitee.
    pub async fn add_topic(
        &self,
        event: EventId,
        presenter: Option<InvitationId>,
        text: &TopicText,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<TopicView, WriteError<TopicChangeRefused>> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let text = Checked::read(text)?;
        if let Some(presenter) = presenter {
            let own = of_invitation(&tx, presenter).await?;
            if own.iter().any(|topic| topic.is_live() && title_key(&topic.title) == text.key) {
                return refuse(TopicRefused::SameTitle);
            }
        }
        let new = NewTopic { invitation: presenter.map(|id| id.0), ..text.new_topic("committee") };
        let number = insert(&tx, &event, &new, now).await?;
        let mut entry = LogEntry::new(by.clone(), "topic.proposed", text.title.clone()).of(event.id);
        entry.invitation = presenter;
        log_entries::append(&tx, entry, now).await?;
        let topic = read(&tx, event.id, number).await?;
        tx.commit().await?;
        Ok(topic)
    }

    /// The committee decides. Silent: nobody is told by this. Deciding the same again changes
    /// nothing.
    pub async fn decide_topic(
        &self,
        event: EventId,
        number: u32,
        wanted: TopicMove,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<TopicView, WriteError<TopicChangeRefused>> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let topic = find(&tx, event.id, number).await?;
        if reached(wanted) == Some(state_of(&topic)?) {
            return Ok(read(&tx, event.id, number).await?);
        }
        change_state(&tx, &event, topic, wanted, by, "topic.decided", now).await?;
        let topic = read(&tx, event.id, number).await?;
        tx.commit().await?;
        Ok(topic)
    }

    /// The committee edits the printed title, the minutes and its note; the proposed title stays.
    #[expect(clippy::too_many_arguments, reason = "one form, one call")]
    pub async fn set_topic(
        &self,
        event: EventId,
        number: u32,
        version: Option<u32>,
        title: &str,
        minutes: Option<u32>,
        note: &str,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<TopicView, WriteError<TopicChangeRefused>> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let topic = find(&tx, event.id, number).await?;
        if version.is_some_and(|version| version != count(topic.version)) {
            return refuse(TopicRefused::Stale);
        }
        let text = Checked::read(&TopicText { title: title.to_owned(), body: topic.body.clone(), minutes })?;
        let note =
            Text::<5_000>::parse(note).map_err(|problem| text_problem("note", problem))?.as_str().to_owned();
        let mut entry = LogEntry::new(by.clone(), "topic.edited", text.title.clone())
            .of(event.id)
            .change(topic.title.clone(), text.title.clone());
        entry.invitation = topic.invitation_id.map(InvitationId);
        let version = topic.version + 1;
        let mut changed = topic.into_active_model();
        changed.title = Set(text.title);
        changed.title_key = Set(text.key);
        changed.minutes = Set(text.minutes.map(column));
        changed.committee_note = Set(note);
        changed.is_edited = Set(false);
        changed.version = Set(version);
        changed.updated_at = Set(now);
        changed.update(&tx).await?;
        log_entries::append(&tx, entry, now).await?;
        let topic = read(&tx, event.id, number).await?;
        tx.commit().await?;
        Ok(topic)
    }

    /// Topics of an event by number; `states` empty is all.
    pub async fn topics(&self, event: EventId, states: &[TopicState]) -> Result<Vec<TopicView>, StoreError> {
        let mut query = topic::Entity::find().filter(topic::Column::EventId.eq(event.0));
        if !states.is_empty() {
            query = query.filter(topic::Column::State.is_in(states.iter().map(|state| state.as_str())));
        }
        let rows = query.order_by_asc(topic::Column::Number).all(self.reader()).await?;
        views(self.reader(), rows).await
    }

    /// One topic.
    pub async fn topic(&self, event: EventId, number: u32) -> Result<Option<TopicView>, StoreError> {
        match read(self.reader(), event, number).await {
            Ok(topic) => Ok(Some(topic)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The topics of the invitation that a query finds, as [`own_views`] reads them.
pub(crate) fn own(invitation: SelectStatement) -> SelectStatement {
    topic::Entity::find()
        .filter(topic::Column::InvitationId.in_subquery(invitation))
        .order_by_asc(topic::Column::Number)
        .into_query()
}

/// The topics of an invitation, withdrawn ones last.
pub(crate) async fn of_invitation<C: ConnectionTrait>(
    db: &C,
    invitation: InvitationId,
) -> Result<Vec<TopicView>, StoreError> {
    let rows = topic::Entity::find()
        .filter(topic::Column::InvitationId.eq(invitation.0))
        .order_by_asc(topic::Column::Number)
        .into_query();
    own_views(db.query_all(&rows).await?)
}

/// What [`own`] found, withdrawn ones last.
pub(crate) fn own_views(rows: Vec<QueryResult>) -> Result<Vec<TopicView>, StoreError> {
    let read =
        |row: QueryResult| view(topic::Model::from_query_result(&row, "")?, String::new(), String::new());
    let mut topics = rows.into_iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
    topics.sort_by_key(|topic| !topic.is_live());
    Ok(topics)
}

/// A topic's typed text, checked.
struct Checked {
    title: String,
    key: String,
    body: String,
    minutes: Option<u32>,
}

impl Checked {
    fn read(text: &TopicText) -> Result<Self, WriteError<TopicChangeRefused>> {
        if text.title.trim().is_empty() {
            return Err(WriteError::Refused(TopicChangeRefused::NoTitle));
        }
        let title = Line::<200>::parse(&text.title).map_err(|problem| text_problem("title", problem))?;
        let body = Text::<5_000>::parse(&text.body).map_err(|problem| text_problem("body", problem))?;
        if text.minutes.is_some_and(|minutes| !(1..=600).contains(&minutes)) {
            return Err(text_problem("minutes", "choose from 1 to 600"));
        }
        Ok(Self {
            key: title_key(title.as_str()),
            title: title.as_str().to_owned(),
            body: body.as_str().to_owned(),
            minutes: text.minutes,
        })
    }

    /// In time and shown to others.
    fn new_topic(&self, via: &'static str) -> NewTopic<'_> {
        NewTopic {
            invitation: None,
            title: &self.title,
            body: &self.body,
            minutes: self.minutes,
            via,
            is_late: false,
            is_hidden_from_others: false,
        }
    }
}

fn text_problem(field: &'static str, problem: impl std::fmt::Display) -> WriteError<TopicChangeRefused> {
    WriteError::Refused(TopicChangeRefused::Text { field, problem: problem.to_string() })
}

fn refuse<T>(reason: TopicRefused) -> Result<T, WriteError<TopicChangeRefused>> {
    Err(WriteError::Refused(TopicChangeRefused::Rule(reason)))
}

fn may(
    event: &Event,
    row: &invitation::Model,
    now: DateTime<Utc>,
) -> Result<bool, WriteError<TopicChangeRefused>> {
    let answer = row.answer.as_deref().and_then(AnswerValue::parse);
    let open =
        conclave_core::invitation::InvitationState::parse(&row.state).is_some_and(|s| s.link_is_open());
    let answer = answer.filter(|_| open);
    may_propose(event, answer, now).map_err(|reason| WriteError::Refused(TopicChangeRefused::Rule(reason)))
}

/// The state that a decision leads to, so that saying it twice is no error.
fn reached(wanted: TopicMove) -> Option<TopicState> {
    match wanted {
        TopicMove::Ask => Some(TopicState::NeedsInfo),
        TopicMove::Accept => Some(TopicState::Accepted),
        TopicMove::Discuss => Some(TopicState::Discuss),
        TopicMove::Park => Some(TopicState::Parked),
        TopicMove::Decline => Some(TopicState::Declined),
        TopicMove::Withdraw => Some(TopicState::Withdrawn),
        TopicMove::MarkHeld => Some(TopicState::Held),
        TopicMove::MarkNotReached => Some(TopicState::NotReached),
        TopicMove::Reconsider | TopicMove::Reply => Some(TopicState::Proposed),
        TopicMove::Merge => None,
    }
}

/// Writes a topic with the next number of the event, whose lock the caller holds.
async fn insert(
    tx: &DatabaseTransaction,
    event: &Event,
    new: &NewTopic<'_>,
    now: DateTime<Utc>,
) -> Result<u32, StoreError> {
    let number = next_number(tx, event.id).await?;
    new.row(event.id, number, now).insert(tx).await?;
    Ok(count(number))
}

async fn set_intent(
    tx: &DatabaseTransaction,
    event: &Event,
    row: invitation::Model,
    intent: Intent,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if row.intent == intent.as_str() {
        return Ok(());
    }
    let entry = LogEntry::new(Actor::Invitee, "topic.intent", row.name.clone())
        .of(event.id)
        .about(InvitationId(row.id))
        .change(row.intent.clone(), intent.as_str());
    let mut changed = row.into_active_model();
    changed.intent = Set(intent.as_str().to_owned());
    changed.update(tx).await?;
    log_entries::append(tx, entry, now).await
}

async fn change_state(
    tx: &DatabaseTransaction,
    event: &Event,
    topic: topic::Model,
    wanted: TopicMove,
    by: &Actor,
    action: &'static str,
    now: DateTime<Utc>,
) -> Result<(), WriteError<TopicChangeRefused>> {
    let from = state_of(&topic)?;
    let to = from.after(wanted).map_err(|reason| WriteError::Refused(TopicChangeRefused::Rule(reason)))?;
    let mut entry = LogEntry::new(by.clone(), action, topic.title.clone())
        .of(event.id)
        .change(from.as_str(), to.as_str());
    entry.invitation = topic.invitation_id.map(InvitationId);
    let version = topic.version + 1;
    let mut changed = topic.into_active_model();
    changed.state = Set(to.as_str().to_owned());
    changed.is_edited = Set(false);
    changed.version = Set(version);
    changed.updated_at = Set(now);
    changed.update(tx).await?;
    log_entries::append(tx, entry, now).await?;
    Ok(())
}

async fn find<C: ConnectionTrait>(db: &C, event: EventId, number: u32) -> Result<topic::Model, StoreError> {
    topic::Entity::find()
        .filter(topic::Column::EventId.eq(event.0))
        .filter(topic::Column::Number.eq(column(number)))
        .one(db)
        .await?
        .ok_or(StoreError::NotFound)
}

async fn own_topic(
    tx: &DatabaseTransaction,
    event: &Event,
    row: &invitation::Model,
    number: u32,
) -> Result<topic::Model, WriteError<TopicChangeRefused>> {
    let topic = find(tx, event.id, number).await?;
    if topic.invitation_id != Some(row.id) {
        return Err(WriteError::Store(StoreError::NotFound));
    }
    Ok(topic)
}

async fn read<C: ConnectionTrait>(db: &C, event: EventId, number: u32) -> Result<TopicView, StoreError> {
    let row = find(db, event, number).await?;
    views(db, vec![row]).await?.pop().ok_or(StoreError::NotFound)
}
