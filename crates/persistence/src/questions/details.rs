//! What people answered after a yes: theirs to give, counted for the committee, deleted when their
//! time is over (domain.md 1.3, 3.7, T38).

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Days, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::deadline;
use conclave_core::event::Event;
use conclave_core::export::{DetailRow, DetailSheet};
use conclave_core::ids::{EventId, InvitationId, LogEntryId};
use conclave_core::invitation::InvitationState;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::question::{DetailRefused, Question};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    JoinType, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, RelationDef, Set,
};
use uuid::Uuid;

use super::support::{TravelSupport, join_support, support_from};
use super::{question_from, read_questions};
use crate::entities::{detail_answer, event, invitation, question, travel_support};
use crate::locks::lock_event;
use crate::log_entries::append;
use crate::rows::{column, count, event_from_row};
use crate::{Store, StoreError};

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

/// How a question was answered by those who come.
#[derive(Clone, Debug)]
pub struct DetailCount {
    pub question: Question,
    /// Answers and how many gave each, the most frequent first; choices in their own order.
    pub values: Vec<(String, u64)>,
    pub unanswered: u64,
}

impl Store {
    /// What one person was asked and answered, for their own page and, reduced to who may see what,
    /// for the desk. Two queries.
    pub async fn details(
        &self,
        invitation: InvitationId,
        event: EventId,
    ) -> Result<PersonDetails, StoreError> {
        details_of(self.reader(), invitation, event).await
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

    /// What everybody who comes answered to these questions, for a file. Two queries.
    pub async fn detail_sheet(
        &self,
        event: EventId,
        questions: &[Question],
    ) -> Result<DetailSheet, StoreError> {
        let db = self.reader();
        let numbers = questions.iter().map(|question| column(question.number));
        let said: Vec<(Uuid, i32, String)> = answers_of_the_coming(event)
            .select_only()
            .column(detail_answer::Column::InvitationId)
            .column(question::Column::Number)
            .column(detail_answer::Column::Value)
            .filter(question::Column::Number.is_in(numbers))
            .into_tuple()
            .all(db)
            .await?;
        let mut said: HashMap<(Uuid, u32), String> =
            said.into_iter().map(|(who, number, value)| ((who, count(number)), value)).collect();
        let people: Vec<(Uuid, String, String, String, String)> = coming(event)
            .select_only()
            .column(invitation::Column::Id)
            .column(invitation::Column::PublicId)
            .column(invitation::Column::Name)
            .column(invitation::Column::Email)
            .column(invitation::Column::Affiliation)
            .order_by_asc(invitation::Column::SortKey)
            .order_by_asc(invitation::Column::Id)
            .into_tuple()
            .all(db)
            .await?;
        let people = people
            .into_iter()
            .map(|(id, public_id, name, email, affiliation)| DetailRow {
                answers: questions
                    .iter()
                    .map(|question| said.remove(&(id, question.number)).unwrap_or_default())
                    .collect(),
                public_id,
                name,
                email,
                affiliation,
            })
            .collect();
        let questions =
            questions.iter().map(|question| (question.number, question.words.prompt.clone())).collect();
        Ok(DetailSheet { questions, people })
    }

    /// Deletes answers whose time has come: so many days after the event. Returns how many.
    pub async fn delete_old_details(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let rows = question::Entity::find()
            .filter(question::Column::DeleteAfterDays.is_not_null())
            // Most have none left: the worker asks at every turn, and the writer is others' too.
            .filter(
                question::Column::Id.in_subquery(
                    Query::select()
                        .column(detail_answer::Column::QuestionId)
                        .from(detail_answer::Entity)
                        .to_owned(),
                ),
            )
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
    join_support(tx, stays, goes).await
}

/// Somebody who comes and has not answered a question that is needed: for the list's filter.
pub(crate) const DETAILS_MISSING: &str = "(invitations.state = 'invited' AND invitations.answer = 'accepted' AND EXISTS \
     (SELECT 1 FROM questions WHERE questions.event_id = invitations.event_id AND questions.is_needed \
     AND questions.retired_at IS NULL AND NOT EXISTS (SELECT 1 FROM detail_answers \
     WHERE detail_answers.question_id = questions.id AND detail_answers.invitation_id = invitations.id)))";

/// Who of an event [`DETAILS_MISSING`] holds for.
pub(crate) async fn people_missing_details<C: ConnectionTrait>(
    db: &C,
    event: EventId,
) -> Result<HashSet<InvitationId>, StoreError> {
    let ids: Vec<Uuid> = invitation::Entity::find()
        .select_only()
        .column(invitation::Column::Id)
        .filter(invitation::Column::EventId.eq(event.0))
        .filter(Expr::cust(DETAILS_MISSING))
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(InvitationId).collect())
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
        support: support.map(support_from),
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
