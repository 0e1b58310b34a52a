//! The mail about a change: who gets it, what they read, and what becomes of what waits.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::calendar_entry::{CalendarEntry, EntryStatus, calendar_entry};
use conclave_core::change::{Change, ChangeKind, Difference, gist, is_told, together};
use conclave_core::event::Event;
use conclave_core::facts::{CalendarFacts, ChangeFacts, EventFacts, Facts};
use conclave_core::ids::{EventId, InvitationId};
use conclave_core::message::{MessageState, once_only_key};
use conclave_core::purpose::Purpose;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
};
use uuid::Uuid;

use super::{Mailing, invited};
use crate::entities::{answer, invitation, message};
use crate::events::printed_committee;
use crate::facts::{calendar_facts, event_facts, invitee_facts};
use crate::outbox::{NewMessage, queue, show_delivery, step};
use crate::rows::corrupt;
use crate::{Site, StoreError};

/// States in which a mail has not left.
const UNSENT: [MessageState; 4] =
    [MessageState::Prepared, MessageState::Held, MessageState::Queued, MessageState::Waiting];

/// Letters about a change, in the order of the list, and how many people gave which answer.
pub(super) struct Written {
    pub letters: Vec<(InvitationId, Facts)>,
    pub people: Vec<(Option<AnswerValue>, u64)>,
}

/// The purpose of the mail about a change of this kind.
pub(super) fn purpose(kind: ChangeKind) -> Purpose {
    match kind {
        ChangeKind::Moved | ChangeKind::Small | ChangeKind::Revived => Purpose::Change,
        ChangeKind::Cancelled => Purpose::Cancellation,
        ChangeKind::Reconfirm => Purpose::Reconfirm,
    }
}

/// Writes the letters without storing them. Reads only.
pub(super) async fn written<C: ConnectionTrait>(
    db: &C,
    site: &Site,
    event: &Event,
    change: &Change,
    mailing: &Mailing,
    now: DateTime<Utc>,
) -> Result<Written, StoreError> {
    let rows = invited(event.id)
        .order_by_asc(invitation::Column::Position)
        .order_by_asc(invitation::Column::Id)
        .all(db)
        .await?;
    let committee = printed_committee(db, event.id).await?;
    let answers = answers_of(db, event.id).await?;
    let lines = untold(db, event, change).await?;
    let mut people: Vec<(Option<AnswerValue>, u64)> = Vec::new();
    let mut letters = Vec::new();
    for row in rows {
        let answer = match row.answer.as_deref() {
            Some(word) => {
                Some(AnswerValue::parse(word).ok_or_else(|| corrupt("invitations", "answer", row.id))?)
            }
            None => None,
        };
        match people.iter_mut().find(|(known, _)| *known == answer) {
            Some((_, count)) => *count += 1,
            None => people.push((answer, 1)),
        }
        if row.email.is_empty() || !is_told(change.kind, answer, row.is_muted, mailing.with_declined) {
            continue;
        }
        let mut facts = invitee_facts(site, event, &committee, &row);
        let has_seat = answer.is_some_and(AnswerValue::keeps_seat);
        // Of an earlier move too, which nobody has heard of yet.
        let asks_again = has_seat
            && change.kind != ChangeKind::Cancelled
            && (change.kind.asks_again() || row.reconfirm_since.is_some());
        facts.change = Some(ChangeFacts {
            kind: change.kind.as_str().to_owned(),
            gist: gist(&lines),
            lines: lines.clone(),
            note: change.note.clone(),
            by: change.by.clone(),
            answer: answer.map_or("none", AnswerValue::as_str).to_owned(),
            asks_again,
            by_day: event.reconfirm_by.filter(|_| asks_again).map(|day| event.deadline_words(day)),
        });
        if change.kind.changes_calendars() {
            let said = answers.get(&row.id).into_iter().flatten().copied();
            facts.calendar = calendar_entry(said)
                .filter(|entry| entry.status == EntryStatus::Confirmed)
                .map(|entry| CalendarEntry {
                    status: if change.kind == ChangeKind::Cancelled {
                        EntryStatus::Cancelled
                    } else {
                        entry.status
                    },
                    ..entry
                })
                .map(|entry| calendar_facts(site, event, &row, entry, now));
        }
        letters.push((InvitationId(row.id), facts));
    }
    Ok(Written { letters, people })
}

/// Writes and queues the letters about a change, once for each person. What waits for them of an older
/// change is dropped where this one tells both. Returns how many wait now that did not before.
pub(super) async fn mail_out(
    tx: &DatabaseTransaction,
    site: &Site,
    event: &Event,
    change: &Change,
    mailing: &Mailing,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    if !mailing.mail {
        return Ok(0);
    }
    let written = written(tx, site, event, change, mailing, now).await?;
    let to = written.letters.iter().map(|(invitation, _)| invitation.0).collect();
    drop_older(tx, event, change, &to, now).await?;
    let hold_until = (mailing.hold > chrono::TimeDelta::zero()).then(|| now + mailing.hold);
    let state = if hold_until.is_some() { MessageState::Held } else { MessageState::Queued };
    let purpose = purpose(change.kind);
    let occasion = change.number.to_string();
    let stopped: HashMap<Uuid, Uuid> = of_change(event.id, change.number)
        .filter(message::Column::State.eq(MessageState::Stopped.as_str()))
        .all(tx)
        .await?
        .into_iter()
        .filter_map(|row| Some((row.invitation_id?, row.id)))
        .collect();
    let mut mails = 0;
    for (invitation, facts) in written.letters {
        if let Some(id) = stopped.get(&invitation.0) {
            message::Entity::update_many()
                .col_expr(message::Column::State, Expr::value(state.as_str()))
                .col_expr(message::Column::NotBefore, Expr::value(hold_until))
                .col_expr(message::Column::DatedAt, Expr::value(hold_until.unwrap_or(now)))
                .col_expr(message::Column::UpdatedAt, Expr::value(now))
                .filter(message::Column::Id.eq(*id))
                .exec(tx)
                .await?;
            step(tx, *id, state, "", "", now).await?;
            show_delivery(tx, invitation.0, *id, state).await?;
            mails += 1;
            continue;
        }
        let message = NewMessage {
            event: Some(event.id),
            invitation: Some(invitation),
            account: None,
            wave: None,
            answer: None,
            purpose,
            once_only_key: once_only_key(event.id, invitation, purpose, &occasion),
            occasion: occasion.clone(),
            facts,
            state,
            not_before: hold_until,
        };
        mails += u64::from(queue(tx, site, message, now).await?);
    }
    Ok(mails)
}

/// What a mail about a change says when it leaves: what happened to the event and to the person since it
/// was written counts, so that nobody reads of a place that was given up meanwhile or is asked what they
/// have said.
pub(crate) fn as_it_is_now(
    site: &Site,
    event: &Event,
    row: &invitation::Model,
    mail: &message::Model,
    facts: &mut Facts,
    now: DateTime<Utc>,
) {
    let Some(told) = facts.change.as_mut() else { return };
    let number = mail.occasion.parse().unwrap_or(u32::MAX);
    let since: Vec<&Change> = event.changes.iter().filter(|change| change.number > number).collect();
    let answer = row.answer.as_deref().and_then(AnswerValue::parse);
    answer.map_or("none", AnswerValue::as_str).clone_into(&mut told.answer);
    let has_seat = answer.is_some_and(AnswerValue::keeps_seat);
    told.asks_again =
        has_seat && row.reconfirm_since.is_some() && told.kind != ChangeKind::Cancelled.as_str();
    told.by_day = event.reconfirm_by.filter(|_| told.asks_again).map(|day| event.deadline_words(day));
    facts.calendar = facts.calendar.take().filter(|_| has_seat);
    if since.is_empty() {
        return;
    }
    if !told.lines.is_empty() {
        told.lines = told_together(&told.lines, &since);
        told.gist = gist(&told.lines);
    }
    if let Some(known) = &mut facts.event {
        let committee = std::mem::take(&mut known.committee);
        *known = EventFacts { committee, ..event_facts(event, &[]) };
    }
    let later = since.iter().filter(|change| change.kind.changes_calendars()).count();
    facts.calendar = facts.calendar.take().map(|entry| {
        let sequence = entry.sequence + u32::try_from(later).unwrap_or_default();
        let url = &site.public_url;
        CalendarFacts::published(event, entry.uid, sequence, &entry.status, url, now)
    });
}

/// Lines that a mail tells, and what changed after them, as one.
fn told_together(lines: &[Difference], since: &[&Change]) -> Vec<Difference> {
    let Some(newest) = since.last() else { return lines.to_vec() };
    let first = Change { lines: lines.to_vec(), ..(*newest).clone() };
    together(std::iter::once(&first).chain(since.iter().copied()))
}

/// Stops what has not left of the mail about a change.
pub(super) async fn stop_mails(
    tx: &DatabaseTransaction,
    event: &Event,
    number: u32,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let unsent = of_change(event.id, number)
        .filter(message::Column::State.is_in(UNSENT.map(MessageState::as_str)))
        .lock_exclusive()
        .all(tx)
        .await?;
    let mut stopped = 0;
    for row in unsent {
        end(tx, &row, MessageState::Stopped, "", now).await?;
        stopped += 1;
    }
    Ok(stopped)
}

/// The event takes place after all: nobody hears any more that it does not.
pub(crate) async fn drop_cancellations(
    tx: &DatabaseTransaction,
    event: EventId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let unsent = message::Entity::find()
        .filter(message::Column::EventId.eq(event.0))
        .filter(message::Column::Purpose.eq(Purpose::Cancellation.as_str()))
        .filter(message::Column::State.is_in(UNSENT.map(MessageState::as_str)))
        .all(tx)
        .await?;
    for row in unsent {
        end(tx, &row, MessageState::Dropped, "the event takes place after all", now).await?;
    }
    Ok(())
}

/// The mails about a change of an event.
pub(super) fn of_change(event: EventId, number: u32) -> sea_orm::Select<message::Entity> {
    announcing(event).filter(message::Column::Occasion.eq(number.to_string()))
}

fn announcing(event: EventId) -> sea_orm::Select<message::Entity> {
    let purposes = [Purpose::Change, Purpose::Cancellation, Purpose::Reconfirm];
    message::Entity::find()
        .filter(message::Column::EventId.eq(event.0))
        .filter(message::Column::Purpose.is_in(purposes.map(Purpose::as_str)))
}

/// What is new for people: this change, and what earlier mails that have not left would have told.
async fn untold<C: ConnectionTrait>(
    db: &C,
    event: &Event,
    change: &Change,
) -> Result<Vec<Difference>, StoreError> {
    if !matches!(change.kind, ChangeKind::Moved | ChangeKind::Small) {
        return Ok(change.lines.clone());
    }
    let waiting: Vec<String> = announcing(event.id)
        .select_only()
        .column(message::Column::Occasion)
        .filter(message::Column::Purpose.eq(Purpose::Change.as_str()))
        .filter(message::Column::State.is_in(UNSENT.map(MessageState::as_str)))
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    let first = waiting.iter().filter_map(|occasion| occasion.parse().ok()).min().unwrap_or(change.number);
    let earlier = event.changes.iter().filter(|other| (first..change.number).contains(&other.number));
    Ok(together(earlier.chain([change])))
}

/// Mails about older changes that have not left: the newest says it all to whoever gets it. Asking again
/// says nothing of what moved, so it takes the place of older questions alone.
async fn drop_older(
    tx: &DatabaseTransaction,
    event: &Event,
    change: &Change,
    to: &HashSet<Uuid>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut older = announcing(event.id).filter(message::Column::Occasion.ne(change.number.to_string()));
    if change.kind == ChangeKind::Reconfirm {
        older = older.filter(message::Column::Purpose.eq(Purpose::Reconfirm.as_str()));
    }
    let unsent = older
        .filter(message::Column::State.is_in(UNSENT.map(MessageState::as_str)))
        .lock_exclusive()
        .all(tx)
        .await?;
    for row in unsent.into_iter().filter(|row| row.invitation_id.is_some_and(|who| to.contains(&who))) {
        end(tx, &row, MessageState::Dropped, "a newer mail tells this too", now).await?;
    }
    Ok(())
}

async fn end(
    tx: &DatabaseTransaction,
    row: &message::Model,
    state: MessageState,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    message::Entity::update_many()
        .col_expr(message::Column::State, Expr::value(state.as_str()))
        .col_expr(message::Column::DropReason, Expr::value(reason))
        .col_expr(message::Column::NotBefore, Expr::value(None::<DateTime<Utc>>))
        .col_expr(message::Column::UpdatedAt, Expr::value(now))
        .filter(message::Column::Id.eq(row.id))
        .exec(tx)
        .await?;
    step(tx, row.id, state, "", reason, now).await?;
    match row.invitation_id {
        Some(invitation) => show_delivery(tx, invitation, row.id, state).await,
        None => Ok(()),
    }
}

/// What everybody said, oldest first: one query for all.
async fn answers_of<C: ConnectionTrait>(
    db: &C,
    event: EventId,
) -> Result<HashMap<Uuid, Vec<AnswerValue>>, StoreError> {
    let of_event = invited(event).select_only().column(invitation::Column::Id).into_query();
    let rows: Vec<(Uuid, String)> = answer::Entity::find()
        .select_only()
        .column(answer::Column::InvitationId)
        .column(answer::Column::Value)
        .filter(answer::Column::InvitationId.in_subquery(of_event))
        .order_by_asc(answer::Column::Number)
        .into_tuple()
        .all(db)
        .await?;
    let mut answers: HashMap<Uuid, Vec<AnswerValue>> = HashMap::new();
    for (invitation, word) in rows {
        let value = AnswerValue::parse(&word).ok_or_else(|| corrupt("answers", "value", invitation))?;
        answers.entry(invitation).or_default().push(value);
    }
    Ok(answers)
}
