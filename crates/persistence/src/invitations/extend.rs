//! A new day to answer by, for one person or several. Nobody is written to: their page says the new
//! day at once, and a reminder can be sent. Whoever lapsed has an open offer again, if there is a seat.

use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::event::Event;
use conclave_core::ids::{EventId, InvitationId};
use conclave_core::invitation::{ExtensionRefused, InvitationState, may_extend};
use conclave_core::log_entry::{Actor, LogEntry};
use sea_orm::{ActiveModelTrait as _, DatabaseTransaction, Set, Unchanged};

use super::change::{log_name, rows_of};
use super::offer::{refuse_without_seat, state_of};
use crate::entities::invitation;
use crate::locks::lock_event;
use crate::log_entries::append;
use crate::rows::corrupt;
use crate::{InviteeRefused, Store, WriteError};

type Refusable<T> = Result<T, WriteError<InviteeRefused>>;

impl Store {
    /// Sets the day to answer by of several, all or none. Refuses a day that is over, after answers
    /// close or not before the event, whoever has answered or was not invited, and a lapsed person for
    /// whom no seat is free. Returns how many have another day now.
    pub async fn extend(
        &self,
        event: EventId,
        invitations: &[InvitationId],
        day: NaiveDate,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<u64> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let mut changed = 0;
        for row in rows_of(&tx, event.id, invitations).await? {
            if extend_row(&tx, &event, &row, day, by, now).await?.is_some() {
                changed += 1;
            }
        }
        tx.commit().await?;
        Ok(changed)
    }
}

/// The same for one row inside the caller's transaction; none when the day is theirs already.
pub(super) async fn extend_row(
    tx: &DatabaseTransaction,
    event: &Event,
    row: &invitation::Model,
    day: NaiveDate,
    by: &Actor,
    now: DateTime<Utc>,
) -> Refusable<Option<invitation::Model>> {
    let refused = |refused: ExtensionRefused| {
        let problem = match refused {
            ExtensionRefused::NotOpen => format!("{}: {refused}", log_name(row)),
            ExtensionRefused::Closed | ExtensionRefused::Day { .. } => refused.to_string(),
        };
        WriteError::Refused(InviteeRefused::Value { key: "reply_by".to_owned(), problem })
    };
    let answer = match row.answer.as_deref() {
        None => None,
        Some(word) => Some(AnswerValue::parse(word).ok_or_else(|| corrupt("invitations", "answer", row.id))?),
    };
    let state: InvitationState = state_of(row)?;
    may_extend(event, state, answer, day, now).map_err(refused)?;
    let has_lapsed = answer == Some(AnswerValue::Lapsed);
    if row.reply_by == Some(day) && !has_lapsed {
        return Ok(None);
    }
    let mut next =
        invitation::ActiveModel { id: Unchanged(row.id), reply_by: Set(Some(day)), ..Default::default() };
    next.version = Set(row.version + 1);
    if answer == Some(AnswerValue::Tentative) {
        next.held_until = Set(row.held_until.map(|held| held.max(day)));
    }
    if has_lapsed {
        refuse_without_seat(tx, event, row).await?;
        // The record of the lapse stays; it does not count any more.
        next.answer_id = Set(None);
        next.answer = Set(None);
        next.answer_mode = Set(None);
        next.answered_at = Set(None);
        next.is_late = Set(false);
    }
    let next = next.update(tx).await?;
    let words = |day: Option<NaiveDate>| day.map_or_else(|| "no day".to_owned(), |day| format!("by {day}"));
    let before = if has_lapsed { format!("lapsed, {}", words(row.reply_by)) } else { words(row.reply_by) };
    let entry = LogEntry::new(by.clone(), "invitation.extended", log_name(row))
        .of(event.id)
        .about(InvitationId(row.id))
        .change(before, words(Some(day)));
    append(tx, entry, now).await?;
    Ok(Some(next))
}

/// Reads a typed day.
pub(super) fn typed_day(typed: &str) -> Refusable<NaiveDate> {
    typed.trim().parse().map_err(|_| {
        let problem = "write the day as 2019-05-24 (year-month-day)".to_owned();
        WriteError::Refused(InviteeRefused::Value { key: "reply_by".to_owned(), problem })
    })
}

/// A row as it is after it was extended.
pub(super) async fn extended(
    tx: &DatabaseTransaction,
    event: &Event,
    row: invitation::Model,
    typed: Option<&str>,
    by: &Actor,
    now: DateTime<Utc>,
) -> Refusable<(invitation::Model, bool)> {
    let Some(typed) = typed else { return Ok((row, false)) };
    match extend_row(tx, event, &row, typed_day(typed)?, by, now).await? {
        Some(next) => Ok((next, true)),
        None => Ok((row, false)),
    }
}
