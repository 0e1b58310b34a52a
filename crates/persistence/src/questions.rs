//! Questions after a yes and what people answered, travel support, and who of the committee needs it
//! (domain.md 1.3, 3.7, T38, T39). Answers never reach the record: it names the questions alone.

use std::collections::HashMap;

use chrono::{DateTime, Days, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::deadline;
use conclave_core::event::Event;
use conclave_core::ids::{AccountId, EventId, InvitationId, LogEntryId};
use conclave_core::invitation::InvitationState;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::question::{
    Audience, DetailRefused, Question, QuestionKind, QuestionRefused, QuestionWords, parse_need, starter_set,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, JoinType, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    RelationDef, Set,
};
use uuid::Uuid;

use crate::entities::{committee_seat, detail_answer, event, invitation, question, travel_support};
use crate::invitations::log_name;
use crate::locks::{lock_event, lock_invitation};
use crate::log_entries::append;
use crate::rows::{column, corrupt, count, event_from_row};
use crate::{Store, StoreError, WriteError};

/// Most questions an event asks at once.
const MOST: u64 = 40;

/// What one person answered; a question without an answer has an empty value.
#[derive(Clone, Debug)]
pub struct DetailLine {
    pub question: Question,
    pub value: String,
}

/// Everything one person was asked after the yes.
#[derive(Clone, Debug, Default)]
pub struct PersonDetails {
    /// In the order of the page; retired ones only where they were answered.
    pub lines: Vec<DetailLine>,
    pub support: Option<TravelSupport>,
}

/// A wish for travel money, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TravelSupport {
    /// What they think it costs, as typed.
    pub estimate: String,
    pub asked_at: DateTime<Utc>,
    pub decision: Option<SupportDecision>,
}

/// The committee's word on travel money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportDecision {
    pub is_granted: bool,
    /// As typed, such as `up to 600 EUR`; empty when refused.
    pub amount: String,
    pub reason: String,
    pub by: String,
    pub at: DateTime<Utc>,
}

/// How a question was answered by those who come.
#[derive(Clone, Debug)]
pub struct DetailCount {
    pub question: Question,
    /// Answers and how many gave each, the most frequent first; choices in their own order.
    pub values: Vec<(String, u64)>,
    pub unanswered: u64,
}

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

    /// Changes a question. Refuses another kind once it was answered, and a stale version.
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

    /// What one person was asked and answered, for their own page and, reduced to who may see what,
    /// for the desk. Two queries.
    pub async fn details(
        &self,
        invitation: InvitationId,
        event: EventId,
    ) -> Result<PersonDetails, StoreError> {
        details_of(self.reader(), invitation, event).await
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

    /// How those who come answered each question, and how many did not. Three queries.
    pub async fn detail_counts(&self, event: EventId) -> Result<Vec<DetailCount>, StoreError> {
        let db = self.reader();
        let questions = read_questions(db, event).await?;
        let coming = coming(event).count(db).await?;
        let groups: Vec<(i32, String, i64)> = answers_of_the_coming(event)
            .select_only()
            .column(question::Column::Number)
            .column(detail_answer::Column::Value)
            .column_as(detail_answer::Column::Id.count(), "people")
            .group_by(question::Column::Number)
            .group_by(detail_answer::Column::Value)
            .into_tuple()
            .all(db)
            .await?;
        Ok(questions
            .into_iter()
            .map(|question| {
                let mut values: Vec<(String, u64)> = groups
                    .iter()
                    .filter(|(number, value, _)| count(*number) == question.number && !value.is_empty())
                    .map(|(_, value, people)| (value.clone(), u64::try_from(*people).unwrap_or_default()))
                    .collect();
                let said: u64 = values.iter().map(|(_, people)| people).sum();
                let place = |value: &str| question.words.choices.iter().position(|choice| choice == value);
                values.sort_by(|(a, a_people), (b, b_people)| {
                    place(a).cmp(&place(b)).then(b_people.cmp(a_people)).then(a.cmp(b))
                });
                DetailCount { unanswered: coming.saturating_sub(said), question, values }
            })
            .filter(|counted| !counted.question.is_retired || !counted.values.is_empty())
            .collect())
    }

    /// Answers to one question by invitation, for exports that ask for it.
    pub async fn detail_values(
        &self,
        event: EventId,
        number: u32,
    ) -> Result<HashMap<InvitationId, String>, StoreError> {
        let rows: Vec<(Uuid, String)> = answers_of_the_coming(event)
            .select_only()
            .column(detail_answer::Column::InvitationId)
            .column(detail_answer::Column::Value)
            .filter(question::Column::Number.eq(column(number)))
            .into_tuple()
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().map(|(id, value)| (InvitationId(id), value)).collect())
    }

    /// Grants travel money, with the amount, or refuses it. Refuses where it was not asked for.
    pub async fn decide_support(
        &self,
        invitation: InvitationId,
        grant: bool,
        amount: &str,
        reason: &str,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<()> {
        if grant && amount.trim().is_empty() {
            return Err(WriteError::Refused(QuestionChangeRefused::NoAmount));
        }
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        let asked = travel_support::Entity::find_by_id(row.id)
            .one(&tx)
            .await?
            .ok_or(WriteError::Refused(QuestionChangeRefused::NotAsked))?;
        let decision = if grant { GRANTED } else { REFUSED };
        let amount = if grant { amount.trim() } else { "" };
        if (asked.decision.as_str(), asked.amount.as_str(), asked.reason.as_str())
            == (decision, amount, reason.trim())
        {
            return Ok(());
        }
        let before = words_of_decision(&asked.decision, &asked.amount);
        let mut asked = asked.into_active_model();
        asked.decision = Set(decision.to_owned());
        asked.amount = Set(amount.to_owned());
        asked.reason = Set(reason.trim().to_owned());
        asked.decided_by = Set(by.name().to_owned());
        asked.decided_at = Set(Some(now));
        asked.update(&tx).await?;
        let entry = LogEntry::new(by.clone(), "support.decided", log_name(&row))
            .of(event.id)
            .about(invitation)
            .change(before, words_of_decision(decision, amount))
            .because(reason.trim());
        append(&tx, entry, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Deletes answers whose time has come: so many days after the event. Returns how many.
    pub async fn delete_old_details(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let rows = question::Entity::find()
            .filter(question::Column::DeleteAfterDays.is_not_null())
            .all(self.reader())
            .await?;
        let events: HashMap<Uuid, Event> = event::Entity::find()
            .filter(event::Column::Id.is_in(rows.iter().map(|row| row.event_id)))
            .all(self.reader())
            .await?
            .into_iter()
            .map(|row| Ok((row.id, event_from_row(row)?)))
            .collect::<Result<_, StoreError>>()?;
        let mut deleted = 0;
        for row in rows {
            let Some(event) = events.get(&row.event_id) else { continue };
            let days = Days::new(u64::from(count(row.delete_after_days.unwrap_or_default())));
            let last = event.last_day.checked_add_days(days).unwrap_or(event.last_day);
            if !deadline::has_passed(last, event.zone, now) {
                continue;
            }
            let tx = self.begin_write().await?;
            lock_event(&tx, event.id).await?;
            let gone = detail_answer::Entity::delete_many()
                .filter(detail_answer::Column::QuestionId.eq(row.id))
                .exec(&tx)
                .await?
                .rows_affected;
            if gone > 0 {
                let entry =
                    LogEntry::new(Actor::System, "details.deleted", format!("question {}", row.number))
                        .of(event.id)
                        .change(format!("{gone} answers"), "none");
                append(&tx, entry, now).await?;
                tx.commit().await?;
            }
            deleted += gone;
        }
        Ok(deleted)
    }
}

/// Writes an invitee's answers inside the caller's transaction; says which questions changed.
/// Questions that are not asked (any more) are left alone.
pub(crate) async fn save_answers(
    tx: &DatabaseTransaction,
    event: EventId,
    invitation: Uuid,
    answers: &[(u32, String)],
    now: DateTime<Utc>,
) -> Result<Result<Vec<String>, (u32, DetailRefused)>, StoreError> {
    let mut changed = Vec::new();
    if answers.is_empty() {
        return Ok(Ok(changed));
    }
    let rows = question::Entity::find().filter(question::Column::EventId.eq(event.0)).all(tx).await?;
    let known = details_of(tx, InvitationId(invitation), event).await?.lines;
    for (number, typed) in answers {
        let Some(row) = rows.iter().find(|row| count(row.number) == *number && row.retired_at.is_none())
        else {
            continue;
        };
        let words = question_from(row.clone())?.words;
        let value = match words.answer(typed) {
            Ok(value) => value,
            Err(refused) => return Ok(Err((*number, refused))),
        };
        let before = known.iter().find(|line| line.question.number == *number);
        if before.map_or("", |line| line.value.as_str()) == value {
            continue;
        }
        detail_answer::Entity::delete_many()
            .filter(detail_answer::Column::QuestionId.eq(row.id))
            .filter(detail_answer::Column::InvitationId.eq(invitation))
            .exec(tx)
            .await?;
        if !value.is_empty() {
            detail_answer::ActiveModel {
                id: Set(LogEntryId::generate().0),
                question_id: Set(row.id),
                invitation_id: Set(invitation),
                value: Set(value),
                answered_at: Set(now),
            }
            .insert(tx)
            .await?;
        }
        changed.push(words.prompt);
    }
    Ok(Ok(changed))
}

/// Gives the one that stays what the one that goes was asked and said: what both said stays as the
/// one that stays said it.
pub(crate) async fn join_details(
    tx: &DatabaseTransaction,
    stays: Uuid,
    goes: Uuid,
) -> Result<(), StoreError> {
    let known: Vec<Uuid> = detail_answer::Entity::find()
        .filter(detail_answer::Column::InvitationId.eq(stays))
        .all(tx)
        .await?
        .into_iter()
        .map(|answer| answer.question_id)
        .collect();
    detail_answer::Entity::delete_many()
        .filter(detail_answer::Column::InvitationId.eq(goes))
        .filter(detail_answer::Column::QuestionId.is_in(known))
        .exec(tx)
        .await?;
    detail_answer::Entity::update_many()
        .col_expr(detail_answer::Column::InvitationId, Expr::value(stays))
        .filter(detail_answer::Column::InvitationId.eq(goes))
        .exec(tx)
        .await?;
    if travel_support::Entity::find_by_id(stays).one(tx).await?.is_some() {
        travel_support::Entity::delete_by_id(goes).exec(tx).await?;
    } else {
        travel_support::Entity::update_many()
            .col_expr(travel_support::Column::InvitationId, Expr::value(stays))
            .filter(travel_support::Column::InvitationId.eq(goes))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Writes an invitee's wish for travel money; true when it changed. What was decided stays.
pub(crate) async fn save_support(
    tx: &DatabaseTransaction,
    invitation: Uuid,
    wanted: bool,
    estimate: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let known = travel_support::Entity::find_by_id(invitation).one(tx).await?;
    match known {
        Some(row) if !row.decision.is_empty() => Ok(false),
        Some(_) if !wanted => {
            travel_support::Entity::delete_by_id(invitation).exec(tx).await?;
            Ok(true)
        }
        Some(row) if row.estimate == estimate => Ok(false),
        Some(row) => {
            let mut row = row.into_active_model();
            row.estimate = Set(estimate.to_owned());
            row.update(tx).await?;
            Ok(true)
        }
        None if wanted => {
            travel_support::ActiveModel {
                invitation_id: Set(invitation),
                estimate: Set(estimate.to_owned()),
                asked_at: Set(now),
                decision: Set(String::new()),
                amount: Set(String::new()),
                reason: Set(String::new()),
                decided_by: Set(String::new()),
                decided_at: Set(None),
            }
            .insert(tx)
            .await?;
            Ok(true)
        }
        None => Ok(false),
    }
}

const GRANTED: &str = "granted";
const REFUSED: &str = "refused";

/// Somebody who comes and has not answered a question that is needed: for the list's filter.
pub(crate) const DETAILS_MISSING: &str = "(invitations.state = 'invited' AND invitations.answer = 'accepted' AND EXISTS \
     (SELECT 1 FROM questions WHERE questions.event_id = invitations.event_id AND questions.is_needed \
     AND questions.retired_at IS NULL AND NOT EXISTS (SELECT 1 FROM detail_answers \
     WHERE detail_answers.question_id = questions.id AND detail_answers.invitation_id = invitations.id)))";

fn refused(why: QuestionRefused) -> WriteError<QuestionChangeRefused> {
    WriteError::Refused(QuestionChangeRefused::Question(why))
}

fn words_of_decision(decision: &str, amount: &str) -> String {
    match decision {
        "" => "not decided".to_owned(),
        GRANTED => format!("granted: {amount}"),
        other => other.to_owned(),
    }
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

async fn details_of<C: ConnectionTrait>(
    db: &C,
    invitation: InvitationId,
    event: EventId,
) -> Result<PersonDetails, StoreError> {
    let questions = read_questions(db, event).await?;
    // Most events ask little: nothing was answered where nothing is asked.
    let values: HashMap<i32, String> = if questions.is_empty() {
        HashMap::new()
    } else {
        detail_answer::Entity::find()
            .select_only()
            .column(question::Column::Number)
            .column(detail_answer::Column::Value)
            .join(JoinType::InnerJoin, of_question())
            .filter(detail_answer::Column::InvitationId.eq(invitation.0))
            .into_tuple::<(i32, String)>()
            .all(db)
            .await?
            .into_iter()
            .collect()
    };
    let support = travel_support::Entity::find_by_id(invitation.0).one(db).await?;
    Ok(PersonDetails {
        lines: questions
            .into_iter()
            .map(|question| DetailLine {
                value: values.get(&column(question.number)).cloned().unwrap_or_default(),
                question,
            })
            .filter(|line| !line.question.is_retired || !line.value.is_empty())
            .collect(),
        support: support.map(|row| TravelSupport {
            decision: row.decided_at.filter(|_| !row.decision.is_empty()).map(|at| SupportDecision {
                is_granted: row.decision == GRANTED,
                amount: row.amount,
                reason: row.reason,
                by: row.decided_by,
                at,
            }),
            estimate: row.estimate,
            asked_at: row.asked_at,
        }),
    })
}

fn of_question() -> RelationDef {
    detail_answer::Entity::belongs_to(question::Entity)
        .from(detail_answer::Column::QuestionId)
        .to(question::Column::Id)
        .into()
}

fn coming(event: EventId) -> sea_orm::Select<invitation::Entity> {
    invitation::Entity::find()
        .filter(invitation::Column::EventId.eq(event.0))
        .filter(invitation::Column::State.eq(InvitationState::Invited.as_str()))
        .filter(invitation::Column::Answer.eq(AnswerValue::Accepted.as_str()))
}

fn answers_of_the_coming(event: EventId) -> sea_orm::Select<detail_answer::Entity> {
    detail_answer::Entity::find()
        .join(JoinType::InnerJoin, of_question())
        .join(
            JoinType::InnerJoin,
            detail_answer::Entity::belongs_to(invitation::Entity)
                .from(detail_answer::Column::InvitationId)
                .to(invitation::Column::Id)
                .into(),
        )
        .filter(question::Column::EventId.eq(event.0))
        .filter(invitation::Column::State.eq(InvitationState::Invited.as_str()))
        .filter(invitation::Column::Answer.eq(AnswerValue::Accepted.as_str()))
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
