//! Questions asked after a yes, and who of the committee needs their answers (domain.md 1.3, 3.7).
//! Answers never reach the record: it names the questions alone.

use chrono::{DateTime, Utc};
use conclave_core::event::Event;
use conclave_core::ids::{AccountId, EventId, LogEntryId};
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::question::{
    Audience, Question, QuestionKind, QuestionRefused, QuestionWords, parse_need, starter_set,
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};

use crate::entities::{committee_seat, detail_answer, question};
use crate::locks::lock_event;
use crate::log_entries::append;
use crate::rows::{column, corrupt, count};
use crate::{Store, StoreError, WriteError};

mod details;
mod support;

pub(crate) use details::{DETAILS_MISSING, join_details, people_missing_details, save_answers};
pub use details::{DetailCount, DetailLine, PersonDetails};
pub(crate) use support::save_support;
pub use support::{SupportDecision, SupportWord, TravelSupport};

/// Most questions an event asks at once.
const MOST: u64 = 40;

/// Why a question cannot be added or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuestionChangeRefused {
    #[error("{0}")]
    Question(QuestionRefused),
    #[error("Travel support was not asked for")]
    NotAsked,
    #[error("Say how much is granted")]
    NoAmount,
}

impl QuestionChangeRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Question(refused) => refused.code(),
            Self::NotAsked => "support-not-asked",
            Self::NoAmount => "support-no-amount",
        }
    }
}

type Refusable<T> = Result<T, WriteError<QuestionChangeRefused>>;

impl Store {
    /// An event's questions in the order of the page, retired ones last.
    pub async fn questions(&self, event: EventId) -> Result<Vec<Question>, StoreError> {
        read_questions(self.reader(), event).await
    }

    /// Adds a question. Refuses what cannot be asked, and more than forty.
    pub async fn add_question(
        &self,
        event: EventId,
        words: QuestionWords,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Question> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let added = insert(&tx, &event, words, by, now).await?;
        tx.commit().await?;
        Ok(added)
    }

    /// Adds the starter set, without questions that are asked already. Returns how many.
    pub async fn add_starter_questions(
        &self,
        event: EventId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<u64> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let known = read_questions(&tx, event.id).await?;
        let mut added = 0;
        for words in starter_set() {
            if known.iter().all(|question| question.words.prompt != words.prompt) {
                insert(&tx, &event, words, by, now).await?;
                added += 1;
            }
        }
        tx.commit().await?;
        Ok(added)
    }

    /// Changes a question. Refuses another kind and more people who see the answers once it was answered,
    /// and a stale version.
    pub async fn set_question(
        &self,
        event: EventId,
        number: u32,
        version: Option<u32>,
        words: QuestionWords,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Question> {
        let words = words.check().map_err(refused)?;
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let row = find(&tx, event.id, number).await?;
        let before = question_from(row.clone())?;
        if version.is_some_and(|version| version != before.version) {
            return Err(StoreError::Stale.into());
        }
        if before.words == words {
            return Ok(before);
        }
        let answered = detail_answer::Entity::find()
            .filter(detail_answer::Column::QuestionId.eq(row.id))
            .count(&tx)
            .await?;
        if answered > 0 && before.words.kind != words.kind {
            return Err(refused(QuestionRefused::HasAnswers));
        }
        if answered > 0 && !before.words.audience.covers(&words.audience) {
            return Err(refused(QuestionRefused::WiderAudience));
        }
        let mut changed = row.into_active_model();
        put(&mut changed, &words);
        changed.version = Set(column(before.version + 1));
        let after = question_from(changed.update(&tx).await?)?;
        let entry = LogEntry::new(by.clone(), "question.changed", format!("question {number}"))
            .of(event.id)
            .change(summary(&before.words), summary(&after.words));
        append(&tx, entry, now).await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Stops asking a question, or asks it again; its answers stay. Doing it twice changes nothing.
    pub async fn retire_question(
        &self,
        event: EventId,
        number: u32,
        retire: bool,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Question, StoreError> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let row = find(&tx, event.id, number).await?;
        let before = question_from(row.clone())?;
        if before.is_retired == retire {
            return Ok(before);
        }
        let mut changed = row.into_active_model();
        changed.retired_at = Set(retire.then_some(now));
        changed.version = Set(column(before.version + 1));
        let after = question_from(changed.update(&tx).await?)?;
        let action = if retire { "question.retired" } else { "question.asked_again" };
        let entry = LogEntry::new(by.clone(), action, format!("question {number}"))
            .of(event.id)
            .change("", after.words.prompt.clone());
        append(&tx, entry, now).await?;
        tx.commit().await?;
        Ok(after)
    }

    /// What a member needs details for.
    pub async fn needs(&self, event: EventId, account: AccountId) -> Result<Vec<String>, StoreError> {
        let seat = committee_seat::Entity::find()
            .filter(committee_seat::Column::EventId.eq(event.0))
            .filter(committee_seat::Column::AccountId.eq(account.0))
            .all(self.reader())
            .await?
            .pop();
        Ok(seat.map(|seat| words_of(&seat.needs)).unwrap_or_default())
    }

    /// Sets what a member needs details for; nobody's rights change otherwise.
    pub async fn set_needs(
        &self,
        event: EventId,
        account: AccountId,
        needs: &[String],
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<()> {
        let needs =
            needs.iter().map(|need| parse_need(need)).collect::<Result<Vec<_>, _>>().map_err(refused)?;
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let seat = committee_seat::Entity::find()
            .filter(committee_seat::Column::EventId.eq(event.id.0))
            .filter(committee_seat::Column::AccountId.eq(account.0))
            .one(&tx)
            .await?
            .ok_or(StoreError::NotFound)?;
        let (before, after) = (seat.needs.clone(), needs.join(" "));
        if before == after {
            return Ok(());
        }
        let name = crate::entities::account::Entity::find_by_id(account.0)
            .one(&tx)
            .await?
            .map(|row| row.name)
            .unwrap_or_default();
        let mut seat = seat.into_active_model();
        seat.needs = Set(after.clone());
        seat.update(&tx).await?;
        let entry = LogEntry::new(by.clone(), "committee.needs", name).of(event.id).change(before, after);
        append(&tx, entry, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn refused(why: QuestionRefused) -> WriteError<QuestionChangeRefused> {
    WriteError::Refused(QuestionChangeRefused::Question(why))
}

async fn insert(
    tx: &DatabaseTransaction,
    event: &Event,
    words: QuestionWords,
    by: &Actor,
    now: DateTime<Utc>,
) -> Refusable<Question> {
    let words = words.check().map_err(refused)?;
    let asked = question::Entity::find()
        .filter(question::Column::EventId.eq(event.id.0))
        .filter(question::Column::RetiredAt.is_null())
        .count(tx)
        .await?;
    if asked >= MOST {
        return Err(refused(QuestionRefused::TooMany));
    }
    let last: Option<Option<i32>> = question::Entity::find()
        .select_only()
        .column_as(question::Column::Number.max(), "last")
        .filter(question::Column::EventId.eq(event.id.0))
        .into_tuple()
        .one(tx)
        .await?;
    let number = last.flatten().unwrap_or_default() + 1;
    let mut row = question::ActiveModel {
        id: Set(LogEntryId::generate().0),
        event_id: Set(event.id.0),
        number: Set(number),
        retired_at: Set(None),
        version: Set(1),
        created_at: Set(now),
        ..Default::default()
    };
    put(&mut row, &words);
    if words.position == 0 {
        row.position = Set(number);
    }
    let added = question_from(row.insert(tx).await?)?;
    let entry = LogEntry::new(by.clone(), "question.added", format!("question {number}"))
        .of(event.id)
        .change("", summary(&added.words));
    append(tx, entry, now).await?;
    Ok(added)
}

fn put(row: &mut question::ActiveModel, words: &QuestionWords) {
    row.position = Set(column(words.position));
    row.prompt = Set(words.prompt.clone());
    row.hint = Set(words.hint.clone());
    row.kind = Set(words.kind.as_str().to_owned());
    row.choices = Set(words.choices.join("\n"));
    row.is_needed = Set(words.is_needed);
    row.audience = Set(words.audience.as_str().to_owned());
    row.delete_after_days = Set(words.delete_after_days.map(column));
}

fn question_from(row: question::Model) -> Result<Question, StoreError> {
    let bad = |column| corrupt("questions", column, row.id);
    Ok(Question {
        number: count(row.number),
        version: count(row.version),
        is_retired: row.retired_at.is_some(),
        words: QuestionWords {
            kind: QuestionKind::parse(&row.kind).ok_or_else(|| bad("kind"))?,
            audience: Audience::parse(&row.audience).map_err(|_| bad("audience"))?,
            choices: row.choices.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect(),
            is_needed: row.is_needed,
            delete_after_days: row.delete_after_days.map(count),
            position: count(row.position),
            prompt: row.prompt,
            hint: row.hint,
        },
    })
}

async fn find(tx: &DatabaseTransaction, event: EventId, number: u32) -> Result<question::Model, StoreError> {
    question::Entity::find()
        .filter(question::Column::EventId.eq(event.0))
        .filter(question::Column::Number.eq(column(number)))
        .one(tx)
        .await?
        .ok_or(StoreError::NotFound)
}

/// What an event still asks, asked by another too, in the same order. Nobody's answers go along.
pub(crate) async fn copy_questions(
    tx: &DatabaseTransaction,
    from: EventId,
    to: &Event,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for question in read_questions(tx, from).await?.into_iter().filter(|question| !question.is_retired) {
        match insert(tx, to, question.words, by, now).await {
            // What is asked once can be asked again.
            Ok(_) | Err(WriteError::Refused(_)) => {}
            Err(WriteError::Store(error)) => return Err(error),
        }
    }
    Ok(())
}

async fn read_questions<C: ConnectionTrait>(db: &C, event: EventId) -> Result<Vec<Question>, StoreError> {
    let rows = question::Entity::find()
        .filter(question::Column::EventId.eq(event.0))
        .order_by_asc(question::Column::Position)
        .order_by_asc(question::Column::Number)
        .all(db)
        .await?;
    let mut questions = rows.into_iter().map(question_from).collect::<Result<Vec<_>, _>>()?;
    questions.sort_by_key(|question| question.is_retired);
    Ok(questions)
}

/// As the record shows a question.
fn summary(words: &QuestionWords) -> String {
    let needed = if words.is_needed { ", needed" } else { "" };
    let kept = match words.delete_after_days {
        Some(days) => format!(", deleted {days} days after"),
        None => String::new(),
    };
    format!("{} ({}{needed}, for {}{kept})", words.prompt, words.kind.as_str(), words.audience.as_str())
}

fn words_of(column: &str) -> Vec<String> {
    column.split_whitespace().map(str::to_owned).collect()
}
