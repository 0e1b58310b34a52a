//! The list of people: reading, filtering, editing, the offer's moves, the timeline.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::address::Address;
use conclave_core::answer::AnswerValue;
use conclave_core::badge::Badge;
use conclave_core::ids::{EventId, InvitationId, PersonId, WaveId};
use conclave_core::invitation::{InvitationRefused, InvitationState, Mode};
use conclave_core::message::MessageState;
use conclave_core::name::PersonName;
use conclave_core::seats::SeatsRefused;
use conclave_core::topic::{Intent, TopicState};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::entities::{invitation, topic, wave};
use crate::rows::{corrupt, count};
use crate::{LogLine, MessageRow, StoreError, TopicView};

mod address;
mod change;
mod extend;
mod list;
mod offer;
mod person;
mod suggestions;

pub(crate) use address::{new_address, new_person};
pub(crate) use change::{log_name, new_row, next_position, refused, rows_of, search_key, tags_column};
pub use list::PeopleCounts;
pub(crate) use list::{
    BADGE, NOT_ON_THE_LIST, asked_again, containing, everybody_of, in_doubt, named, people_of,
};
pub(crate) use offer::{make_offer, state_of, unsend_offer};
pub use suggestions::{Instead, StandsIn, Suggestion};
pub(crate) use suggestions::{open as open_suggestions, suggest};

/// Everything about one invitation that lists and the person's page show.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub id: InvitationId,
    /// Short name in URLs and commands.
    pub public_id: String,
    pub event: EventId,
    pub person: PersonId,
    /// Place on the list, from 1.
    pub position: u32,
    /// As typed; empty where the list had none.
    pub name: String,
    pub sort_key: String,
    pub first_name: String,
    /// Empty for a person without address.
    pub email: String,
    pub affiliation: String,
    pub tags: Vec<String>,
    /// The committee's private note.
    pub note: String,
    pub state: InvitationState,
    pub badge: Badge,
    /// Mode that was offered.
    pub mode: Mode,
    pub reserve_rank: Option<u32>,
    /// Whoever they stand in for, by the committee's act (T3).
    pub replaces: Option<InvitationId>,
    pub wave: Option<WaveId>,
    pub wave_number: Option<u32>,
    pub reply_by: Option<NaiveDate>,
    pub invited_at: Option<DateTime<Utc>>,
    pub invited_by_other_means: bool,
    pub withdrawn_reason: String,
    pub is_muted: bool,
    /// Agreed to be named on the page.
    pub is_listed: bool,
    pub intent: Intent,
    pub arrival: String,
    pub departure: String,
    /// Which part they attend, if not the whole (T38); printed where they are listed.
    pub part: String,
    /// Whom they wish to bring (T39); takes seats only where the event allows guests.
    pub guests: u32,
    /// The invitee's note to the committee.
    pub invitee_note: String,
    pub answer: Option<AnswerValue>,
    pub answer_mode: Option<Mode>,
    pub answered_at: Option<DateTime<Utc>>,
    pub held_until: Option<NaiveDate>,
    /// Place on the waiting list, from 1.
    pub place_in_line: Option<u32>,
    pub is_late: bool,
    /// In doubt: the answer came within 30 seconds of our mail, or within 10 seconds of the opposite
    /// answer. A newer answer or a member's word settles it.
    pub was_this_you: bool,
    /// State of the newest message to them.
    pub delivery: Option<MessageState>,
    pub handed_over_at: Option<DateTime<Utc>>,
    pub reminded_at: Option<DateTime<Utc>>,
    /// Has a seat and is to say again that they come, since then.
    pub reconfirm_since: Option<DateTime<Utc>>,
    /// Topics not withdrawn or merged.
    pub topic_count: u32,
    pub version: u32,
    pub created_at: DateTime<Utc>,
}

impl Invitation {
    /// The name, else the address: what a list shows when there was no name.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }
}

/// What the list shows: every field is a part of the URL (`?state=&q=&wave=&tag=&sort=&page=`).
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// Any of these; empty is all.
    pub states: Vec<Badge>,
    /// Part of name, address, domain, affiliation or tag, without case and marks.
    pub q: String,
    pub wave: Option<u32>,
    pub tag: String,
    /// Only the silent whose day to answer by was before this one.
    pub overdue_on: Option<NaiveDate>,
    /// Only those whose answer is in doubt ([`Invitation::was_this_you`]).
    pub in_doubt: bool,
    /// Only those who are to say again that they come.
    pub asked_again: bool,
    /// Only those who come and have not answered a question that is needed.
    pub details_missing: bool,
    /// Only the invited whom no mail reached, or whose newest one was refused, lost or came back.
    pub unreached: bool,
    /// `name`, `state`, `affiliation`, `sent`, `answered`, `position`, `topics`; a leading `-` turns it round.
    pub sort: String,
    /// From 1.
    pub page: u32,
    /// Rows a page; 0 is all.
    pub page_size: u32,
}

/// One page of the list.
#[derive(Clone, Debug)]
pub struct ListPage {
    pub rows: Vec<Invitation>,
    /// People per badge over the whole list, without the filter.
    pub counts: Vec<(Badge, u64)>,
    /// Everybody on the list, for the seats they hold.
    pub counted: PeopleCounts,
    /// People on the list.
    pub total: u64,
    /// People that match.
    pub matching: u64,
    pub page: u32,
    pub pages: u32,
    /// Tags in use, by name.
    pub tags: Vec<String>,
    /// Numbers of waves.
    pub waves: Vec<u32>,
}

/// A person to add to the list.
#[derive(Clone, Debug, Default)]
pub struct NewInvitee {
    pub name: Option<PersonName>,
    /// None: may be listed and invited by other means (T16).
    pub email: Option<Address>,
    pub first_name: String,
    pub affiliation: String,
    pub tags: Vec<String>,
    pub note: String,
}

/// One line of a person's history, newest first.
#[derive(Clone, Debug)]
pub enum TimelineEntry {
    /// A change of state or data.
    Log(Box<LogLine>),
    /// A message and its steps.
    Message(Box<MessageRow>),
}

/// A person's page at the desk.
#[derive(Clone, Debug)]
pub struct PersonPage {
    pub invitation: Invitation,
    pub topics: Vec<TopicView>,
    pub timeline: Vec<TimelineEntry>,
    /// Undecided wishes after answers closed.
    pub requests: Vec<crate::ChangeRequest>,
    /// Words of the mail server, if the newest message was refused.
    pub delivery_words: String,
}

/// Why a person cannot be added or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InviteeRefused {
    #[error("This address is on the list already, as {0}")]
    AddressTaken(String),
    #[error("{0}")]
    State(InvitationRefused),
    #[error("{0}")]
    Seats(SeatsRefused),
    #[error(
        "There is no setting called {0}; use name, sort_key, first_name, affiliation, email, tags, note, mode, listed, arrival, departure, reply_by"
    )]
    UnknownKey(String),
    #[error("{key}: {problem}")]
    Value { key: String, problem: String },
    #[error("Somebody who was written to stays on the list; withdraw the invitation instead")]
    AlreadyInvited,
    #[error("There is no address to write to; enter one first")]
    NoAddress,
    #[error("This person is not on the reserve")]
    NotOnReserve,
    #[error("This is about yourself; another member can do it")]
    OwnCase,
}

impl InviteeRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AddressTaken(_) => "address-taken",
            Self::State(refused) => refused.code(),
            Self::Seats(refused) => refused.code(),
            Self::UnknownKey(_) => "unknown-key",
            Self::Value { .. } => "value",
            Self::AlreadyInvited => "already-invited",
            Self::NoAddress => "no-address",
            Self::NotOnReserve => "not-on-reserve",
            Self::OwnCase => "own-case",
        }
    }
}

/// Rows become invitations, with what other tables know: wave numbers, topics, places in line. At
/// most three queries, whatever the number of rows. All rows are of one event.
pub(crate) async fn complete<C: ConnectionTrait>(
    db: &C,
    rows: Vec<invitation::Model>,
) -> Result<Vec<Invitation>, StoreError> {
    let Some(event) = rows.first().map(|row| row.event_id) else {
        return Ok(Vec::new());
    };
    let numbers = if rows.iter().any(|row| row.wave_id.is_some()) {
        wave_numbers(db, event).await?
    } else {
        HashMap::new()
    };
    let topics = topic_counts(db, event, &rows).await?;
    let line = if rows.iter().any(|row| row.waiting_since.is_some()) {
        waiting_line(db, event).await?
    } else {
        HashMap::new()
    };
    rows.into_iter()
        .map(|row| {
            let wave_number = row.wave_id.and_then(|id| numbers.get(&id).copied());
            let topic_count = topics.get(&row.id).copied().unwrap_or_default();
            let place = line.get(&row.id).copied();
            from_row(row, wave_number, topic_count, place)
        })
        .collect()
}

async fn wave_numbers<C: ConnectionTrait>(db: &C, event: Uuid) -> Result<HashMap<Uuid, u32>, StoreError> {
    let numbers: Vec<(Uuid, i32)> = wave::Entity::find()
        .select_only()
        .column(wave::Column::Id)
        .column(wave::Column::Number)
        .filter(wave::Column::EventId.eq(event))
        .into_tuple()
        .all(db)
        .await?;
    Ok(numbers.into_iter().map(|(id, number)| (id, count(number))).collect())
}

async fn topic_counts<C: ConnectionTrait>(
    db: &C,
    event: Uuid,
    rows: &[invitation::Model],
) -> Result<HashMap<Uuid, u32>, StoreError> {
    let mut query = topic::Entity::find()
        .select_only()
        .column(topic::Column::InvitationId)
        .column_as(topic::Column::Id.count(), "topics")
        .filter(topic::Column::EventId.eq(event))
        .filter(topic::Column::InvitationId.is_not_null())
        .filter(
            topic::Column::State.is_not_in([TopicState::Withdrawn.as_str(), TopicState::Merged.as_str()]),
        );
    if rows.len() <= 500 {
        query = query.filter(topic::Column::InvitationId.is_in(rows.iter().map(|row| row.id)));
    }
    let counts: Vec<(Uuid, i64)> = query.group_by(topic::Column::InvitationId).into_tuple().all(db).await?;
    Ok(counts.into_iter().map(|(id, n)| (id, u32::try_from(n).unwrap_or(u32::MAX))).collect())
}

/// Places on the waiting list, from 1, each mode with a line of its own.
pub(crate) async fn waiting_line<C: ConnectionTrait>(
    db: &C,
    event: Uuid,
) -> Result<HashMap<Uuid, u32>, StoreError> {
    let waiting: Vec<(Uuid, Option<String>)> = invitation::Entity::find()
        .select_only()
        .column(invitation::Column::Id)
        .column(invitation::Column::AnswerMode)
        .filter(invitation::Column::EventId.eq(event))
        .filter(invitation::Column::WaitingSince.is_not_null())
        .filter(invitation::Column::State.eq(InvitationState::Invited.as_str()))
        .order_by_asc(invitation::Column::WaitingSince)
        .order_by_asc(invitation::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let mut last: HashMap<Option<String>, u32> = HashMap::new();
    Ok(waiting
        .into_iter()
        .map(|(id, mode)| {
            let place = last.entry(mode).or_default();
            *place += 1;
            (id, *place)
        })
        .collect())
}

/// One row as its domain value.
pub(crate) fn from_row(
    row: invitation::Model,
    wave_number: Option<u32>,
    topic_count: u32,
    place_in_line: Option<u32>,
) -> Result<Invitation, StoreError> {
    let bad = |column| corrupt("invitations", column, row.id);
    let state = InvitationState::parse(&row.state).ok_or_else(|| bad("state"))?;
    let answer = match &row.answer {
        Some(word) => Some(AnswerValue::parse(word).ok_or_else(|| bad("answer"))?),
        None => None,
    };
    let delivery = MessageState::parse(&row.last_message_state);
    let is_scheduled = state == InvitationState::Listed && row.wave_id.is_some();
    let has_bounced = matches!(delivery, Some(MessageState::Bounced | MessageState::Failed));
    Ok(Invitation {
        id: InvitationId(row.id),
        event: EventId(row.event_id),
        person: PersonId(row.person_id),
        position: count(row.position),
        state,
        badge: Badge::of(state, answer, is_scheduled, has_bounced),
        mode: Mode::parse(&row.mode).ok_or_else(|| bad("mode"))?,
        answer_mode: row.answer_mode.as_deref().and_then(Mode::parse),
        intent: Intent::parse(&row.intent).ok_or_else(|| bad("intent"))?,
        reserve_rank: row.reserve_rank.map(count),
        replaces: row.replaces_id.map(InvitationId),
        wave: row.wave_id.map(WaveId),
        wave_number,
        tags: tags_from_column(&row.tags),
        answer,
        delivery,
        topic_count,
        place_in_line,
        version: count(row.version),
        public_id: row.public_id,
        name: row.name,
        sort_key: row.sort_key,
        first_name: row.first_name,
        email: row.email,
        affiliation: row.affiliation,
        note: row.note,
        reply_by: row.reply_by,
        invited_at: row.invited_at,
        invited_by_other_means: row.invited_by_other_means,
        withdrawn_reason: row.withdrawn_reason,
        is_muted: row.is_muted,
        is_listed: row.is_listed,
        arrival: row.arrival,
        departure: row.departure,
        part: row.part,
        guests: count(row.guests),
        invitee_note: row.invitee_note,
        answered_at: row.answered_at,
        held_until: row.held_until,
        is_late: row.is_late,
        was_this_you: row.was_this_you,
        handed_over_at: row.handed_over_at,
        reminded_at: row.reminded_at,
        reconfirm_since: row.reconfirm_since,
        created_at: row.created_at,
    })
}

/// Tags are kept as lines with a line end before the first and after the last, so that one tag is
/// found by its own lines.
pub(crate) fn tags_from_column(column: &str) -> Vec<String> {
    column.lines().filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}
