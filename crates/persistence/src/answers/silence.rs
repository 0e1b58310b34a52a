//! What silence does when a date has passed (decisions 4 and 6).

use chrono::{DateTime, Days, Utc};
use conclave_core::answer::{AnswerValue, Decision, lapses};
use conclave_core::deadline;
use conclave_core::event::{Event, EventState};
use conclave_core::ids::{EventId, InvitationId};
use conclave_core::invitation::{InvitationState, Mode};
use conclave_core::log_entry::Actor;
use conclave_core::message::{MessageState, once_only_key};
use conclave_core::purpose::Purpose;
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use uuid::Uuid;

use super::recording::{Recording, move_waiting_list};
use super::standing::{standing, standing_counted};
use crate::entities::{event, invitation, message};
use crate::events::{count_seats, printed_committee};
use crate::facts::invitee_facts;
use crate::locks::{lock_event, lock_invitation};
use crate::outbox::{NewMessage, queue};
use crate::rows::event_from_row;
use crate::{Store, StoreError};

/// People looked at under one lock; the others follow at the next tick.
const PART: u64 = 500;

impl Store {
    /// Lapses everybody whose date has passed, in events that say so; asks the tentative once on
    /// the day they named. Seats that come free move the waiting list. Returns how many lapsed.
    pub async fn lapse_silence(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let mut lapsed = 0;
        for id in self.events_with_due_dates(now).await? {
            // Looked at before the lock is taken: most of the time it is not anybody's day yet.
            let row = event::Entity::find_by_id(id.0).one(self.reader()).await?;
            let seen = event_from_row(row.ok_or(StoreError::NotFound)?)?;
            if due(&seen, now).one(self.reader()).await?.is_none() {
                continue;
            }
            let tx = self.begin_write().await?;
            let event = lock_event(&tx, id).await?;
            let rows = due(&event, now).all(&tx).await?;
            let seats = count_seats(&tx, &event).await?;
            for row in rows {
                let own = standing_counted(&tx, &event, &row, seats).await?;
                let view = own.view(&event);
                let is_tentative = row.answer.as_deref() == Some(AnswerValue::Tentative.as_str());
                if is_tentative && !was_asked(&tx, &event, &row, now).await? {
                    self.ask_tentative(&tx, &event, &row, now).await?;
                } else if lapses(&view, false, now) {
                    let mode = view.current.map_or(view.offered, |current| current.mode);
                    Recording::by_system(None)
                        .record(&tx, self.site(), &event, row, &own, &lapse(mode), now)
                        .await?;
                    lapsed += 1;
                }
            }
            move_waiting_list(&tx, self.site(), &event, now).await?;
            tx.commit().await?;
        }
        Ok(lapsed)
    }

    /// The committee lapses one silent person after the reply-by date, in events where silence
    /// waits for it. `false`: it is not the time, or they answered.
    pub async fn lapse(
        &self,
        invitation: InvitationId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        let own = standing(&tx, &event, &row).await?;
        let view = own.view(&event);
        if !lapses(&view, true, now) {
            return Ok(false);
        }
        let mode = view.current.map_or(view.offered, |current| current.mode);
        let mut recording = Recording::by_system(None);
        recording.set_actor(by.clone());
        recording.record(&tx, self.site(), &event, row, &own, &lapse(mode), now).await?;
        move_waiting_list(&tx, self.site(), &event, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn events_with_due_dates(&self, now: DateTime<Utc>) -> Result<Vec<EventId>, StoreError> {
        let ids: Vec<Uuid> = invitation::Entity::find()
            .select_only()
            .column(invitation::Column::EventId)
            .filter(invitation::Column::State.eq(InvitationState::Invited.as_str()))
            .filter(is_due(now))
            .filter(
                invitation::Column::EventId.in_subquery(
                    Query::select()
                        .column(event::Column::Id)
                        .from(event::Entity)
                        .and_where(
                            event::Column::State
                                .is_in([EventState::Open.as_str(), EventState::Closed.as_str()]),
                        )
                        .to_owned(),
                ),
            )
            .distinct()
            .into_tuple()
            .all(self.reader())
            .await?;
        Ok(ids.into_iter().map(EventId).collect())
    }

    async fn ask_tentative(
        &self,
        tx: &DatabaseTransaction,
        event: &Event,
        row: &invitation::Model,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let is_the_day = row.held_until.is_some_and(|day| deadline::today(now, event.zone) >= day);
        if !is_the_day || row.email.is_empty() || row.is_muted {
            return Ok(());
        }
        let committee = printed_committee(tx, event.id).await?;
        let mut facts = invitee_facts(self.site(), event, &committee, row);
        facts.answer_by = row.held_until.map(|day| event.deadline_words(day));
        let occasion = row.answer_id.unwrap_or_default().simple().to_string();
        let id = InvitationId(row.id);
        let message = NewMessage {
            event: Some(event.id),
            invitation: Some(id),
            account: None,
            wave: None,
            answer: row.answer_id,
            purpose: Purpose::TentativeDue,
            once_only_key: once_only_key(event.id, id, Purpose::TentativeDue, &occasion),
            occasion,
            facts,
            state: MessageState::Queued,
            not_before: None,
        };
        queue(tx, self.site(), message, now).await?;
        Ok(())
    }
}

/// Whoever cannot say yet is asked once, and has until the end of that day; when the program stood
/// still on their day, they are asked on a later one. Who cannot be written to is not waited for.
async fn was_asked(
    tx: &DatabaseTransaction,
    event: &Event,
    row: &invitation::Model,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    if row.email.is_empty() || row.is_muted {
        return Ok(true);
    }
    let asked = message::Entity::find()
        .filter(message::Column::EventId.eq(event.id.0))
        .filter(message::Column::AnswerId.eq(row.answer_id))
        .filter(message::Column::Purpose.eq(Purpose::TentativeDue.as_str()))
        .one(tx)
        .await?;
    let today = deadline::today(now, event.zone);
    Ok(asked.is_some_and(|asked| deadline::today(asked.created_at, event.zone) < today))
}

/// Nobody's date passes more than a day before it does in UTC, whatever the zone; the exact
/// instant is core's to decide.
fn is_due(now: DateTime<Utc>) -> Condition {
    let day = now.date_naive().checked_add_days(Days::new(1)).unwrap_or_else(|| now.date_naive());
    Condition::any()
        .add(
            Condition::all()
                .add(invitation::Column::Answer.is_null())
                .add(invitation::Column::ReplyBy.lt(day)),
        )
        .add(
            Condition::all()
                .add(invitation::Column::Answer.eq(AnswerValue::Tentative.as_str()))
                .add(invitation::Column::HeldUntil.lte(day)),
        )
}

/// Whose day it is in the event's zone, a part at a time so that the event is not locked for long.
fn due(event: &Event, now: DateTime<Utc>) -> sea_orm::Select<invitation::Entity> {
    let today = deadline::today(now, event.zone);
    let tentative = Condition::all().add(invitation::Column::Answer.eq(AnswerValue::Tentative.as_str()));
    let asked = Query::select()
        .column(message::Column::AnswerId)
        .from(message::Entity)
        .and_where(message::Column::EventId.eq(event.id.0))
        .and_where(message::Column::Purpose.eq(Purpose::TentativeDue.as_str()))
        .and_where(message::Column::AnswerId.is_not_null())
        .to_owned();
    let to_ask = tentative
        .clone()
        .add(invitation::Column::HeldUntil.lte(today))
        .add(invitation::Column::IsMuted.eq(false))
        .add(invitation::Column::Email.ne(""))
        .add(invitation::Column::AnswerId.not_in_subquery(asked));
    let mut due = Condition::any().add(to_ask);
    if event.lapse {
        due = due.add(tentative.add(invitation::Column::HeldUntil.lt(today))).add(
            Condition::all()
                .add(invitation::Column::Answer.is_null())
                .add(invitation::Column::ReplyBy.lt(today)),
        );
    }
    invitation::Entity::find()
        .filter(invitation::Column::EventId.eq(event.id.0))
        .filter(invitation::Column::State.eq(InvitationState::Invited.as_str()))
        .filter(due)
        .order_by_asc(invitation::Column::Id)
        .limit(PART)
}

fn lapse(mode: Mode) -> Decision {
    Decision {
        value: AnswerValue::Lapsed,
        mode,
        late: false,
        held_until: None,
        frees_seat: true,
        flags_topics: false,
        was_this_you: false,
        over_limit: false,
    }
}
