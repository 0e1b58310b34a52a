//! Waves and reminders: who gets it, the text, confirming, holding, stopping, progress.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::event::Event;
use conclave_core::facts::Facts;
use conclave_core::ids::{AccountId, EventId, InvitationId, WaveId};
use conclave_core::invitation::InvitationState;
use conclave_core::message::{MESSAGE_STATES, MessageState};
use conclave_core::placeholders::TextRefused;
use conclave_core::purpose::Purpose;
use conclave_core::seats::{EventSeats, SeatsRefused};
use conclave_core::topic::{Intent, TopicState};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, RelationDef, Select,
};
use uuid::Uuid;

use crate::entities::{event, invitation, message, topic, wave, wave_person};
use crate::events::printed_committee;
use crate::invitations::people_of;
use crate::rows::{count, event_from_row};
use crate::{Invitation, Store, StoreError, WriteError};

mod asking;
pub(crate) mod backfill;
mod letters;
mod moves;
mod plan;
mod reminders;
mod schedule;

pub use reminders::{PlannedReminder, ReminderDraft};

use letters::{check, threads};
use moves::{kind_of, letter_of};
use plan::{Chosen, chosen_rows, plan_on};
use reminders::planned_count;

/// What a wave is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaveKind {
    Invitation,
    /// To the silent: we have no answer.
    Reminder,
    /// To whoever comes and said nothing about a topic; numbered together with reminders.
    TopicReminder,
}

impl WaveKind {
    /// The word in columns and pages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reminder => "reminder",
            Self::TopicReminder => "topic_reminder",
        }
    }

    /// Reads the word back; every other is an invitation.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        [Self::Reminder, Self::TopicReminder]
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .unwrap_or(Self::Invitation)
    }

    /// Answers the invitation that each of its people got.
    #[must_use]
    pub fn is_reminder(self) -> bool {
        self != Self::Invitation
    }

    /// What its letters are for.
    #[must_use]
    pub fn purpose(self) -> Purpose {
        match self {
            Self::Invitation => Purpose::Invitation,
            Self::Reminder => Purpose::Reminder,
            Self::TopicReminder => Purpose::TopicReminder,
        }
    }

    /// The value of the column `kind`, within which numbers are counted.
    fn column(self) -> &'static str {
        if self.is_reminder() { "reminder" } else { "invitation" }
    }

    /// The value of the column `about`.
    fn about(self) -> &'static str {
        if self == Self::TopicReminder { "topic" } else { "answer" }
    }

    /// First part of the occasion in a once-only key.
    fn occasion(self) -> &'static str {
        if self.is_reminder() { "reminder" } else { "wave" }
    }
}

/// Where a wave stands; computed from its row and its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaveState {
    Draft,
    /// A draft that its writer wants to leave; another member has to release it.
    Pending,
    /// Confirmed; leaves at `hold_until`, can be stopped.
    Held,
    Sending,
    Sent,
    Stopped,
}

impl WaveState {
    /// The word in reports and badges.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Pending => "pending",
            Self::Held => "held",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Stopped => "stopped",
        }
    }
}

/// A wave with its counts.
#[derive(Clone, Debug)]
pub struct Wave {
    pub id: WaveId,
    /// Number within its kind, from 1; names it in URLs together with the kind: `1`, `r1`.
    pub number: u32,
    pub kind: WaveKind,
    pub state: WaveState,
    /// Empty where the people of a reminder got invitations with different subjects.
    pub subject: String,
    pub body: String,
    pub reply_by: Option<NaiveDate>,
    pub hold_until: Option<DateTime<Utc>>,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
    pub confirmed_at: Option<DateTime<Utc>>,
    /// People in it.
    pub people: u64,
    /// Messages per state.
    pub messages: Vec<(MessageState, u64)>,
    /// Of its people: how many answered, how many accepted.
    pub answered: u64,
    pub accepted: u64,
    pub version: u32,
    /// The instant somebody chose for it; none leaves when the hold is over.
    pub send_at: Option<DateTime<Utc>>,
    /// Who saved it last; none is the operator or the system.
    pub saved_by: Option<AccountId>,
    /// Who asked for another member to release it, and when. Empty when nobody did.
    pub asked_by: String,
    pub asked_at: Option<DateTime<Utc>>,
    /// Who released what somebody else wrote; empty when nobody had to.
    pub approved_by: String,
    /// A test of this very text was sent to somebody.
    pub is_tested: bool,
}

impl Wave {
    /// `1` or `r1`: how URLs and commands name it.
    #[must_use]
    pub fn label(&self) -> String {
        if self.kind.is_reminder() { format!("r{}", self.number) } else { self.number.to_string() }
    }

    /// Can be changed: nothing of it was confirmed.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        matches!(self.state, WaveState::Draft | WaveState::Pending)
    }

    /// Messages in a state.
    #[must_use]
    pub fn in_state(&self, state: MessageState) -> u64 {
        self.messages.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n)
    }
}

/// A wave to write or its new text.
#[derive(Clone, Debug)]
pub struct WaveDraft {
    pub kind: WaveKind,
    /// Of an invitation; a reminder answers the invitation that each of its people got.
    pub subject: String,
    /// Committee text (`core::placeholders`).
    pub body: String,
    /// Needed for invitations.
    pub reply_by: Option<NaiveDate>,
    /// In this order.
    pub invitations: Vec<InvitationId>,
    /// One true sentence for some of them.
    pub personal_lines: Vec<(InvitationId, String)>,
}

/// Who gets it and who does not, and what has to be looked at first.
#[derive(Clone, Debug)]
pub struct WavePlan {
    /// In sending order, with the personal line.
    pub recipients: Vec<(Invitation, String)>,
    /// With the reason in words.
    pub left_out: Vec<(Invitation, String)>,
    /// Seats: refused unless fewer people or over-inviting.
    pub seats: Result<(), SeatsRefused>,
    /// Seats as they are without this wave; none for a reminder, which needs none.
    pub counted: Option<EventSeats>,
    /// Sentences to look at before it goes; none stops it.
    pub warnings: Vec<String>,
    /// Recipients for whom this would be the third mail that they did not ask for.
    pub third: Vec<InvitationId>,
}

/// When a confirmed wave leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// When this hold is over; until then it can be stopped.
    After(TimeDelta),
    /// At an instant that is still to come.
    At(DateTime<Utc>),
}

/// How a draft is sent.
#[derive(Clone, Copy, Debug)]
pub struct Release<'a> {
    pub leaves: Leaves,
    /// The draft that was looked at; a newer one is not sent.
    pub version: Option<u32>,
    /// Somebody knows that it is a third mail for some.
    pub third: bool,
    /// Why it leaves without a second member, where the event wants one.
    pub alone_because: Option<&'a str>,
}

impl Release<'_> {
    /// After this hold, and nothing else said.
    #[must_use]
    pub fn after(hold: TimeDelta) -> Self {
        Self { leaves: Leaves::After(hold), version: None, third: false, alone_because: None }
    }
}

/// Why a wave cannot be saved or sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WaveRefused {
    #[error("{0}")]
    Text(TextRefused),
    #[error("Write a subject of at most 150 letters on one line")]
    Subject,
    #[error("Write the text; at most 20,000 letters")]
    Body,
    #[error("Choose the day by which you ask for an answer, from today to the last day before the event")]
    ReplyBy,
    #[error("Answers close on {0}: choose that day or an earlier one, or move it in the settings first")]
    AfterAnswersClose(NaiveDate),
    #[error("{0}")]
    Seats(SeatsRefused),
    #[error("Nobody on this selection can be written to")]
    Nobody,
    #[error("The event is not open; open it first")]
    EventNotOpen,
    #[error("This wave was confirmed already")]
    NotDraft,
    #[error("It has left; it cannot be stopped any more")]
    HasLeft,
    #[error("Write each personal line on one line, at most 300 letters")]
    PersonalLine,
    #[error("{}; tick that you know, or write yourself instead", third_words(*.0))]
    ThirdMail(usize),
    #[error("Choose a time that is still to come and before the day to answer by is over")]
    SendAt,
    #[error("Topics close on {0}; that day is over")]
    TopicsClosed(NaiveDate),
    #[error("Say why nobody else looks at it; the reason is kept in the record")]
    NoReason,
}

fn third_words(people: usize) -> String {
    match people {
        1 => "This would be the third mail to 1 person".to_owned(),
        people => format!("This would be the third mail to {people} people"),
    }
}

impl WaveRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Text(refused) => refused.code(),
            Self::Subject => "subject",
            Self::Body => "body",
            Self::ReplyBy | Self::AfterAnswersClose(_) => "reply-by",
            Self::Seats(refused) => refused.code(),
            Self::Nobody => "nobody",
            Self::EventNotOpen => "event-not-open",
            Self::NotDraft => "not-a-draft",
            Self::HasLeft => "has-left",
            Self::PersonalLine => "personal-line",
            Self::ThirdMail(_) => "third-mail",
            Self::SendAt => "send-at",
            Self::TopicsClosed(_) => "topics-closed",
            Self::NoReason => "reason-needed",
        }
    }
}

impl Store {
    /// Waves and reminders of an event, newest first. Three queries.
    pub async fn waves(&self, event: EventId) -> Result<Vec<Wave>, StoreError> {
        let rows = wave::Entity::find()
            .filter(wave::Column::EventId.eq(event.0))
            .order_by_desc(wave::Column::CreatedAt)
            .order_by_desc(wave::Column::Id)
            .all(self.reader())
            .await?;
        waves_on(self.reader(), rows).await
    }

    /// One wave by label (`1`, `r1`).
    pub async fn wave(&self, event: EventId, label: &str) -> Result<Option<Wave>, StoreError> {
        let label = label.trim();
        let (kind, number) = match label.strip_prefix(['r', 'R']) {
            Some(number) => (WaveKind::Reminder, number),
            None => (WaveKind::Invitation, label),
        };
        let Ok(number) = number.parse::<i32>() else {
            return Ok(None);
        };
        let row = wave::Entity::find()
            .filter(wave::Column::EventId.eq(event.0))
            .filter(wave::Column::Kind.eq(kind.column()))
            .filter(wave::Column::Number.eq(number))
            .one(self.reader())
            .await?;
        Ok(waves_on(self.reader(), row.into_iter().collect()).await?.pop())
    }

    /// Looks at a set of people as recipients of an invitation or a reminder, without writing.
    pub async fn plan(
        &self,
        event: EventId,
        kind: WaveKind,
        invitations: &[InvitationId],
        now: DateTime<Utc>,
    ) -> Result<WavePlan, StoreError> {
        let event = self.event_by_id(event).await?;
        let chosen: Vec<_> = invitations.iter().map(|id| (*id, String::new())).collect();
        Ok(plan_on(self.reader(), &event, kind, &chosen, now).await?.plan)
    }

    /// Plan of a saved draft, with what is to be said about its text.
    pub async fn plan_of(&self, wave: WaveId, now: DateTime<Utc>) -> Result<WavePlan, StoreError> {
        let row = wave::Entity::find_by_id(wave.0).one(self.reader()).await?.ok_or(StoreError::NotFound)?;
        let event = self.event_by_id(EventId(row.event_id)).await?;
        let chosen = people_in(self.reader(), row.id).await?;
        let mut plan = plan_on(self.reader(), &event, kind_of(&row), &chosen, now).await?.plan;
        match letter_of(&event, &row, now) {
            Ok(letter) => {
                let has_lines = chosen.iter().any(|(_, line)| !line.is_empty());
                plan.warnings.extend(letter.warnings(&event, has_lines));
            }
            Err(refused) => plan.warnings.push(format!("{refused}.")),
        }
        Ok(plan)
    }

    /// Everybody in a wave, in its order, with their personal line.
    pub async fn wave_people(&self, wave: WaveId) -> Result<Vec<(InvitationId, String)>, StoreError> {
        people_in(self.reader(), wave.0).await
    }

    /// Everybody an invitation could go to (all listed), a reminder (all silent), or a reminder of
    /// topics (all who accepted and said nothing about theirs).
    pub async fn candidates_for(
        &self,
        event: EventId,
        kind: WaveKind,
    ) -> Result<Vec<InvitationId>, StoreError> {
        let people = match kind {
            WaveKind::Invitation => people_of(event)
                .filter(invitation::Column::State.eq(InvitationState::Listed.as_str()))
                .filter(invitation::Column::WaveId.is_null()),
            WaveKind::Reminder => people_of(event)
                .filter(invitation::Column::State.eq(InvitationState::Invited.as_str()))
                .filter(invitation::Column::Answer.is_null()),
            WaveKind::TopicReminder => without_topic(event),
        };
        let ids: Vec<Uuid> = people
            .select_only()
            .column(invitation::Column::Id)
            .order_by_asc(invitation::Column::Position)
            .order_by_asc(invitation::Column::Id)
            .into_tuple()
            .all(self.reader())
            .await?;
        Ok(ids.into_iter().map(InvitationId).collect())
    }

    /// What the message to one recipient would say, for a preview with a masked link. `wave` is the
    /// draft as it is saved, whose planned reminders the letter speaks of. Refuses what saving the
    /// draft would refuse.
    pub async fn preview_facts(
        &self,
        event: EventId,
        draft: &WaveDraft,
        wave: Option<WaveId>,
        to: InvitationId,
        now: DateTime<Utc>,
    ) -> Result<Facts, WriteError<WaveRefused>> {
        let mut previews = self.previews(event, draft, wave, &[to], now).await?;
        Ok(previews.pop().ok_or(StoreError::NotFound)?)
    }

    /// The same for several recipients at once, in their order; at most five queries and one more for
    /// each 500 people.
    pub async fn previews(
        &self,
        event: EventId,
        draft: &WaveDraft,
        wave: Option<WaveId>,
        to: &[InvitationId],
        now: DateTime<Utc>,
    ) -> Result<Vec<Facts>, WriteError<WaveRefused>> {
        let db = self.reader();
        let event = self.event_by_id(event).await?;
        let mut letter = check(&event, draft, now).map_err(WriteError::Refused)?;
        if let Some(wave) = wave.filter(|_| !draft.kind.is_reminder()) {
            letter.reminders = planned_count(db, &event, wave.0, letter.reply_by, now).await?;
        }
        let committee = printed_committee(db, event.id).await?;
        let threads = if draft.kind.is_reminder() { threads(db, &event).await? } else { HashMap::new() };
        let lines: HashMap<InvitationId, &str> =
            draft.personal_lines.iter().map(|(of, line)| (*of, line.trim())).collect();
        let chosen: Vec<Chosen> = to.iter().map(|id| (*id, String::new())).collect();
        let rows = chosen_rows(db, &event, &chosen).await?;
        Ok(rows
            .iter()
            .map(|row| {
                let line = lines.get(&InvitationId(row.id)).copied().unwrap_or_default();
                letter.facts(self.site(), &event, &committee, row, line, threads.get(&row.id))
            })
            .collect())
    }

    /// An event that is known to be there.
    pub async fn event_by_id(&self, event: EventId) -> Result<Event, StoreError> {
        let row = event::Entity::find_by_id(event.0).one(self.reader()).await?.ok_or(StoreError::NotFound)?;
        event_from_row(row)
    }
}

/// Who accepted, and neither proposed a topic nor said that they bring none.
pub(crate) fn without_topic(event: EventId) -> Select<invitation::Entity> {
    let proposed = Query::select()
        .column(topic::Column::InvitationId)
        .from(topic::Entity)
        .and_where(topic::Column::EventId.eq(event.0))
        .and_where(topic::Column::InvitationId.is_not_null())
        .and_where(
            topic::Column::State.is_not_in([TopicState::Withdrawn.as_str(), TopicState::Merged.as_str()]),
        )
        .to_owned();
    people_of(event)
        .filter(invitation::Column::State.eq(InvitationState::Invited.as_str()))
        .filter(invitation::Column::Answer.eq(AnswerValue::Accepted.as_str()))
        .filter(invitation::Column::Intent.ne(Intent::NoTopic.as_str()))
        .filter(invitation::Column::Id.not_in_subquery(proposed))
}

/// The first wave or reminder of which a letter waits to leave, as pages call it.
pub(crate) async fn waiting_letters<C: ConnectionTrait>(
    db: &C,
    event: EventId,
) -> Result<Option<String>, StoreError> {
    let unsent = [MessageState::Prepared, MessageState::Held, MessageState::Queued, MessageState::Waiting];
    let waiting = Query::select()
        .column(message::Column::WaveId)
        .from(message::Entity)
        .and_where(message::Column::EventId.eq(event.0))
        .and_where(message::Column::WaveId.is_not_null())
        .and_where(message::Column::State.is_in(unsent.map(MessageState::as_str)))
        .to_owned();
    let first = wave::Entity::find()
        .filter(wave::Column::Id.in_subquery(waiting))
        .order_by_asc(wave::Column::CreatedAt)
        .order_by_asc(wave::Column::Id)
        .one(db)
        .await?;
    Ok(first.map(|row| {
        let name = moves::name(&row);
        let mut letters = name.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }))
}

/// Who is in a wave, in its order.
async fn people_in<C: ConnectionTrait>(
    db: &C,
    wave: Uuid,
) -> Result<Vec<(InvitationId, String)>, StoreError> {
    let people: Vec<(Uuid, String)> = wave_person::Entity::find()
        .select_only()
        .column(wave_person::Column::InvitationId)
        .column(wave_person::Column::PersonalLine)
        .filter(wave_person::Column::WaveId.eq(wave))
        .order_by_asc(wave_person::Column::Position)
        .order_by_asc(wave_person::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(people.into_iter().map(|(id, line)| (InvitationId(id), line)).collect())
}

async fn wave_from<C: ConnectionTrait>(db: &C, row: wave::Model) -> Result<Wave, StoreError> {
    waves_on(db, vec![row]).await?.pop().ok_or(StoreError::NotFound)
}

/// Rows become waves with their counts; two queries, whatever their number.
pub(crate) async fn waves_on<C: ConnectionTrait>(
    db: &C,
    rows: Vec<wave::Model>,
) -> Result<Vec<Wave>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let states: Vec<(Uuid, String, i64)> = message::Entity::find()
        .select_only()
        .column(message::Column::WaveId)
        .column(message::Column::State)
        .column_as(message::Column::Id.count(), "messages")
        .filter(message::Column::WaveId.is_in(ids.iter().copied()))
        .group_by(message::Column::WaveId)
        .group_by(message::Column::State)
        .into_tuple()
        .all(db)
        .await?;
    let to_invitation: RelationDef = wave_person::Entity::belongs_to(invitation::Entity)
        .from(wave_person::Column::InvitationId)
        .to(invitation::Column::Id)
        .into();
    let counts: Vec<(Uuid, i64, i64, i64)> = wave_person::Entity::find()
        .select_only()
        .column(wave_person::Column::WaveId)
        .column_as(wave_person::Column::Id.count(), "people")
        .column_as(Expr::cust("count(CASE WHEN invitations.answer <> 'lapsed' THEN 1 END)"), "answered")
        .column_as(Expr::cust("count(CASE WHEN invitations.answer = 'accepted' THEN 1 END)"), "accepted")
        .join(JoinType::InnerJoin, to_invitation)
        .filter(wave_person::Column::WaveId.is_in(ids))
        .group_by(wave_person::Column::WaveId)
        .into_tuple()
        .all(db)
        .await?;
    let number = |n: i64| u64::try_from(n).unwrap_or_default();
    Ok(rows
        .into_iter()
        .map(|row| {
            let messages: Vec<(MessageState, u64)> = MESSAGE_STATES
                .into_iter()
                .filter_map(|state| {
                    let found = states.iter().find(|(id, word, _)| *id == row.id && word == state.as_str());
                    found.map(|(_, _, n)| (state, number(*n)))
                })
                .collect();
            let (people, answered, accepted) = counts
                .iter()
                .find(|(id, ..)| *id == row.id)
                .map_or((0, 0, 0), |(_, p, an, ac)| (*p, *an, *ac));
            Wave {
                id: WaveId(row.id),
                number: count(row.number),
                kind: kind_of(&row),
                state: match row.asked_at {
                    Some(_) if row.state == "draft" => WaveState::Pending,
                    _ => state_of(kind_of(&row), &row.state, &messages),
                },
                people: number(people),
                answered: number(answered),
                accepted: number(accepted),
                messages,
                version: count(row.version),
                send_at: row.send_at,
                saved_by: row.saved_by.map(AccountId),
                asked_by: row.asked_by,
                asked_at: row.asked_at,
                approved_by: row.approved_by,
                is_tested: row.tested_version == row.version,
                subject: row.subject,
                body: row.body,
                reply_by: row.reply_by,
                hold_until: row.hold_until,
                created_by: row.created_by,
                created_at: row.created_at,
                confirmed_at: row.confirmed_at,
            }
        })
        .collect())
}

fn state_of(kind: WaveKind, stored: &str, messages: &[(MessageState, u64)]) -> WaveState {
    let has = |state| messages.iter().any(|(s, n)| *s == state && *n > 0);
    let is_unsent = |state| matches!(state, MessageState::Held | MessageState::Dropped);
    match stored {
        "draft" => WaveState::Draft,
        "stopped" => WaveState::Stopped,
        _ if has(MessageState::Queued)
            || has(MessageState::Sending)
            || has(MessageState::Waiting)
            || has(MessageState::Uncertain) =>
        {
            WaveState::Sending
        }
        // Of a wave that begins with a few letters the rest may still be held.
        _ if has(MessageState::Held) && messages.iter().all(|(state, _)| is_unsent(*state)) => {
            WaveState::Held
        }
        _ if has(MessageState::Held) => WaveState::Sending,
        // As after the event was cancelled: it was confirmed, and nobody was written to.
        _ if !kind.is_reminder() && messages.iter().all(|(state, _)| *state == MessageState::Dropped) => {
            WaveState::Stopped
        }
        _ => WaveState::Sent,
    }
}
