//! Writing, confirming and stopping waves. Confirming plans again under the event's lock, so that
//! what is sent is what is true then, and counts the people as held at once.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use conclave_core::deadline;
use conclave_core::event::{Event, EventState};
use conclave_core::facts::EventFacts;
use conclave_core::ids::{EventId, InvitationId, WaveId};
use conclave_core::invitation::InvitationState;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::{MessageState, once_only_key};
use conclave_core::purpose::Purpose;
use conclave_core::text::Line;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Set, Unchanged,
};
use uuid::Uuid;

use super::letters::{Letter, check, reminder_subject, threads};
use super::plan::{Chosen, people, plan_on};
use super::{people_in, wave_from};
use crate::answers::move_waiting_list;
use crate::entities::{address, event, invitation, message, message_step, wave, wave_person};
use crate::events::printed_committee;
use crate::facts::event_facts;
use crate::invitations::{people_of, unsend_offer};
use crate::locks::lock_event;
use crate::log_entries::append;
use crate::outbox::{NewMessage, queue, show_delivery, step};
use crate::reserve::leave_reserve;
use crate::rows::{count, event_from_row};
use crate::{Store, StoreError, Wave, WaveDraft, WaveKind, WaveRefused, WriteError};

pub(super) type Refusable<T> = Result<T, WriteError<WaveRefused>>;

impl Store {
    /// Saves a new draft. Refuses texts without the link and unknown placeholders.
    pub async fn add_wave(
        &self,
        event: EventId,
        draft: &WaveDraft,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Wave> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let row = insert(&tx, &event, draft, by, now).await?;
        append(&tx, LogEntry::new(by.clone(), "wave.saved", name(&row)).of(event.id), now).await?;
        let saved = wave_from(&tx, row).await?;
        tx.commit().await?;
        Ok(saved)
    }

    /// Changes a draft; refuses one that was confirmed, and a stale version.
    pub async fn set_wave(
        &self,
        wave: WaveId,
        version: Option<u32>,
        draft: &WaveDraft,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Wave> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_wave(&tx, wave).await?;
        if row.state != "draft" {
            return Err(WriteError::Refused(WaveRefused::NotDraft));
        }
        if version.is_some_and(|version| version != count(row.version)) {
            return Err(StoreError::Stale.into());
        }
        let draft = WaveDraft { kind: kind_of(&row), ..draft.clone() };
        let letter = check(&event, &draft, now).map_err(WriteError::Refused)?;
        write_people(&tx, &event, row.id, &draft).await?;
        let subject = stored_subject(&tx, &event, &draft, letter.subject_text).await?;
        let row = wave::ActiveModel {
            id: Unchanged(row.id),
            subject: Set(subject),
            body: Set(letter.body_text),
            reply_by: Set(letter.reply_by),
            version: Set(row.version + 1),
            ..Default::default()
        }
        .update(&tx)
        .await?;
        append(&tx, LogEntry::new(by.clone(), "wave.saved", name(&row)).of(event.id), now).await?;
        let saved = wave_from(&tx, row).await?;
        tx.commit().await?;
        Ok(saved)
    }

    /// Throws a draft away. Refuses one that was confirmed.
    pub async fn remove_wave(&self, wave: WaveId, by: &Actor, now: DateTime<Utc>) -> Refusable<()> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_wave(&tx, wave).await?;
        if row.state != "draft" {
            return Err(WriteError::Refused(WaveRefused::NotDraft));
        }
        wave_person::Entity::delete_many().filter(wave_person::Column::WaveId.eq(row.id)).exec(&tx).await?;
        wave::Entity::delete_by_id(row.id).exec(&tx).await?;
        append(&tx, LogEntry::new(by.clone(), "wave.removed", name(&row)).of(event.id), now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Confirms a draft: messages are held for `hold`, then leave; people count as held at once.
    /// Everything is checked again under the lock. Confirming twice is refused and sends nothing.
    pub async fn confirm_wave(
        &self,
        wave: WaveId,
        hold: TimeDelta,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Wave> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_wave(&tx, wave).await?;
        let confirmed = self.confirm(&tx, &event, row, hold, by, now).await?;
        tx.commit().await?;
        Ok(confirmed)
    }

    /// Stops what has not left: a held wave goes back to a draft; of one that is leaving, the
    /// rest stays behind. Listed people return to listed. Refuses when nothing is left to stop;
    /// a draft and a stopped wave are left as they are.
    pub async fn stop_wave(&self, wave: WaveId, by: &Actor, now: DateTime<Utc>) -> Refusable<Wave> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_wave(&tx, wave).await?;
        if row.state != "confirmed" {
            return Ok(wave_from(&tx, row).await?);
        }
        let letters = message::Entity::find()
            .filter(message::Column::WaveId.eq(row.id))
            .lock_exclusive()
            .all(&tx)
            .await?;
        let stoppable =
            [MessageState::Prepared, MessageState::Held, MessageState::Queued, MessageState::Waiting];
        let is_stoppable = |state: &str| stoppable.iter().any(|s| s.as_str() == state);
        let stopped: Vec<&message::Model> =
            letters.iter().filter(|letter| is_stoppable(&letter.state)).collect();
        if stopped.is_empty() {
            return Err(WriteError::Refused(WaveRefused::HasLeft));
        }
        let is_unsent = letters.iter().all(|letter| {
            letter.first_tried_at.is_none()
                && (is_stoppable(&letter.state) || letter.state == MessageState::Dropped.as_str())
        });
        if is_unsent {
            unsend(&tx, &letters.iter().map(|letter| letter.id).collect::<Vec<_>>()).await?;
        } else {
            for letter in &stopped {
                set_stopped(&tx, letter.id, now).await?;
                step(&tx, letter.id, MessageState::Stopped, "", "", now).await?;
                let Some(invitation) = letter.invitation_id else { continue };
                show_delivery(&tx, invitation, letter.id, MessageState::Stopped).await?;
                if letter.first_tried_at.is_some()
                    && let Some(invitee) = invitation::Entity::find_by_id(invitation).one(&tx).await?
                {
                    unsend_offer(&tx, &event, letter, &invitee, by, now).await?;
                }
            }
        }
        let everybody: Vec<Uuid> = letters.iter().filter_map(|letter| letter.invitation_id).collect();
        release(&tx, row.id, &everybody, is_unsent).await?;
        let row = wave::ActiveModel {
            id: Unchanged(row.id),
            state: Set(if is_unsent { "draft" } else { "stopped" }.to_owned()),
            hold_until: Set(None),
            confirmed_at: Set(row.confirmed_at.filter(|_| !is_unsent)),
            stopped_at: Set(Some(now).filter(|_| !is_unsent)),
            version: Set(row.version + 1),
            ..Default::default()
        }
        .update(&tx)
        .await?;
        let entry = LogEntry::new(by.clone(), "wave.stopped", name(&row))
            .of(event.id)
            .change("", format!("{} back", people(stopped.len(), "is held", "are held")));
        append(&tx, entry, now).await?;
        move_waiting_list(&tx, self.site(), &event, now).await?;
        let stopped = wave_from(&tx, row).await?;
        tx.commit().await?;
        Ok(stopped)
    }

    /// Queues the one planned reminder of events that have one, when its day has come: to the
    /// invited who have not answered, were never reminded, and whose invitation left before that
    /// day. `letter` gives the default reminder of an event, subject and text; without one the event
    /// is left out. Returns how many letters were queued. An event that refuses does not keep the
    /// others from theirs; the first refusal is returned when all were seen.
    pub async fn send_planned_reminders(
        &self,
        letter: impl Fn(&EventFacts) -> Option<(String, String)> + Send + Sync,
        now: DateTime<Utc>,
    ) -> Refusable<u64> {
        let events = event::Entity::find()
            .filter(event::Column::State.eq(EventState::Open.as_str()))
            .filter(event::Column::ReminderDays.is_not_null())
            .all(self.reader())
            .await?;
        let (mut queued, mut first_refusal) = (0, None);
        for row in events {
            let event = event_from_row(row)?;
            if due_for_reminder(self.reader(), &event, now).await?.is_empty() {
                continue;
            }
            match self.send_planned_reminder(event.id, &letter, now).await {
                Ok(people) => queued += people,
                // Answered, muted or bounced meanwhile: nobody is left, and nothing was written.
                Err(WriteError::Refused(WaveRefused::Nobody | WaveRefused::EventNotOpen)) => {}
                Err(WriteError::Refused(refused)) => first_refusal = first_refusal.or(Some(refused)),
                Err(error @ WriteError::Store(_)) => return Err(error),
            }
        }
        first_refusal.map_or(Ok(queued), |refused| Err(WriteError::Refused(refused)))
    }

    async fn send_planned_reminder(
        &self,
        event: EventId,
        letter: impl Fn(&EventFacts) -> Option<(String, String)>,
        now: DateTime<Utc>,
    ) -> Refusable<u64> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let committee = printed_committee(&tx, event.id).await?;
        let Some((subject, body)) = letter(&event_facts(&event, &committee)) else { return Ok(0) };
        let draft = WaveDraft {
            kind: WaveKind::Reminder,
            subject,
            body,
            reply_by: None,
            invitations: due_for_reminder(&tx, &event, now).await?,
            personal_lines: Vec::new(),
        };
        let wave = insert(&tx, &event, &draft, &Actor::System, now).await?;
        let wave = self.confirm(&tx, &event, wave, TimeDelta::zero(), &Actor::System, now).await?;
        tx.commit().await?;
        Ok(wave.people)
    }

    pub(super) async fn confirm(
        &self,
        tx: &DatabaseTransaction,
        event: &Event,
        row: wave::Model,
        hold: TimeDelta,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Wave> {
        if row.state != "draft" {
            return Err(WriteError::Refused(WaveRefused::NotDraft));
        }
        if event.state != EventState::Open {
            return Err(WriteError::Refused(WaveRefused::EventNotOpen));
        }
        let chosen = people_in(tx, row.id).await?;
        let letter = check(event, &draft_of(&row, &chosen), now).map_err(WriteError::Refused)?;
        let planned = plan_on(tx, event, letter.kind, &chosen, now).await?;
        if planned.plan.recipients.is_empty() {
            return Err(WriteError::Refused(WaveRefused::Nobody));
        }
        planned.plan.seats.map_err(|refused| WriteError::Refused(WaveRefused::Seats(refused)))?;

        let committee = printed_committee(tx, event.id).await?;
        let threads = match letter.kind {
            WaveKind::Invitation => Default::default(),
            WaveKind::Reminder => threads(tx, event).await?,
        };
        let hold_until = (hold > TimeDelta::zero()).then(|| now + hold);
        let occasion = format!("{}-{}", letter.kind.occasion(), row.number);
        for (place, (person, line)) in planned.plan.recipients.iter().enumerate() {
            let not_before = self.not_before(place, hold_until, now);
            let Some(invitation) = planned.rows.get(&person.id.0) else { continue };
            let purpose = letter.kind.purpose();
            let message = NewMessage {
                event: Some(event.id),
                invitation: Some(person.id),
                account: None,
                wave: Some(WaveId(row.id)),
                answer: None,
                purpose,
                occasion: occasion.clone(),
                once_only_key: once_only_key(event.id, person.id, purpose, &occasion),
                facts: letter.facts(
                    self.site(),
                    event,
                    &committee,
                    invitation,
                    line,
                    threads.get(&person.id.0),
                ),
                state: if hold_until.is_some() { MessageState::Held } else { MessageState::Queued },
                not_before,
            };
            queue(tx, self.site(), message, now).await?;
        }
        revive_addresses(tx, planned.rows.values()).await?;
        let recipients: Vec<Uuid> = planned.plan.recipients.iter().map(|(person, _)| person.id.0).collect();
        if letter.kind == WaveKind::Invitation {
            let chosen =
                planned.plan.recipients.iter().filter_map(|(person, _)| planned.rows.get(&person.id.0));
            leave_reserve(tx, event, chosen, by, now).await?;
            schedule(tx, row.id, letter.reply_by, &recipients).await?;
        }
        let left_out = planned.plan.left_out.iter().map(|(person, _)| person.id.0);
        wave_person::Entity::delete_many()
            .filter(wave_person::Column::WaveId.eq(row.id))
            .filter(wave_person::Column::InvitationId.is_in(left_out))
            .exec(tx)
            .await?;
        let row = wave::ActiveModel {
            id: Unchanged(row.id),
            state: Set("confirmed".to_owned()),
            hold_until: Set(hold_until),
            confirmed_at: Set(Some(now)),
            version: Set(row.version + 1),
            ..Default::default()
        }
        .update(tx)
        .await?;
        let entry = LogEntry::new(by.clone(), "wave.confirmed", name(&row))
            .of(event.id)
            .change("", people(recipients.len(), "gets it", "get it"));
        append(tx, entry, now).await?;
        Ok(wave_from(tx, row).await?)
    }

    /// The first few of a wave leave when the hold is over, the rest after a pause, so that refusals
    /// on grounds of policy stop it in time (mail.md 7.3).
    fn not_before(
        &self,
        place: usize,
        hold_until: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let (first, pause) = self.first_batch();
        if first == 0 || place < first || pause <= TimeDelta::zero() {
            return hold_until;
        }
        Some(hold_until.unwrap_or(now) + pause)
    }
}

/// Locks the event of a wave and reads the wave.
async fn lock_wave(tx: &DatabaseTransaction, wave: WaveId) -> Result<(Event, wave::Model), StoreError> {
    let row = wave::Entity::find_by_id(wave.0).one(tx).await?.ok_or(StoreError::NotFound)?;
    let event = lock_event(tx, EventId(row.event_id)).await?;
    let row = wave::Entity::find_by_id(wave.0).one(tx).await?.ok_or(StoreError::NotFound)?;
    Ok((event, row))
}

pub(super) async fn insert(
    tx: &DatabaseTransaction,
    event: &Event,
    draft: &WaveDraft,
    by: &Actor,
    now: DateTime<Utc>,
) -> Refusable<wave::Model> {
    let letter = check(event, draft, now).map_err(WriteError::Refused)?;
    let subject = stored_subject(tx, event, draft, letter.subject_text).await?;
    let last: Option<Option<i32>> = wave::Entity::find()
        .select_only()
        .column_as(wave::Column::Number.max(), "last")
        .filter(wave::Column::EventId.eq(event.id.0))
        .filter(wave::Column::Kind.eq(draft.kind.as_str()))
        .into_tuple()
        .one(tx)
        .await?;
    let row = wave::ActiveModel {
        id: Set(WaveId::generate().0),
        event_id: Set(event.id.0),
        number: Set(last.flatten().unwrap_or_default() + 1),
        kind: Set(draft.kind.as_str().to_owned()),
        state: Set("draft".to_owned()),
        subject: Set(subject),
        body: Set(letter.body_text),
        reply_by: Set(letter.reply_by),
        hold_until: Set(None),
        created_by: Set(by.name().to_owned()),
        created_at: Set(now),
        confirmed_at: Set(None),
        stopped_at: Set(None),
        version: Set(1),
    }
    .insert(tx)
    .await?;
    write_people(tx, event, row.id, draft).await?;
    Ok(row)
}

/// What lists show as the subject: a reminder's is not written by anybody.
async fn stored_subject(
    tx: &DatabaseTransaction,
    event: &Event,
    draft: &WaveDraft,
    written: String,
) -> Result<String, StoreError> {
    match draft.kind {
        WaveKind::Invitation => Ok(written),
        WaveKind::Reminder => reminder_subject(tx, event, draft).await,
    }
}

/// Replaces who is in a draft. People of other events are left out.
async fn write_people(
    tx: &DatabaseTransaction,
    event: &Event,
    wave: Uuid,
    draft: &WaveDraft,
) -> Refusable<()> {
    wave_person::Entity::delete_many().filter(wave_person::Column::WaveId.eq(wave)).exec(tx).await?;
    let own: HashSet<Uuid> = people_of(event.id)
        .select_only()
        .column(invitation::Column::Id)
        .into_tuple()
        .all(tx)
        .await?
        .into_iter()
        .collect();
    let lines: HashMap<InvitationId, &str> =
        draft.personal_lines.iter().map(|(id, line)| (*id, line.trim())).collect();
    let mut seen = HashSet::new();
    let mut rows = Vec::new();
    for (place, id) in draft.invitations.iter().enumerate() {
        if !own.contains(&id.0) || !seen.insert(id.0) {
            continue;
        }
        let line = lines.get(id).copied().unwrap_or_default();
        let line = if line.is_empty() {
            String::new()
        } else {
            Line::<300>::parse(line)
                .map_err(|_| WriteError::Refused(WaveRefused::PersonalLine))?
                .as_str()
                .to_owned()
        };
        rows.push(wave_person::ActiveModel {
            id: Set(WaveId::generate().0),
            wave_id: Set(wave),
            invitation_id: Set(id.0),
            position: Set(i32::try_from(place).unwrap_or(i32::MAX)),
            personal_line: Set(line),
        });
    }
    for some in rows.chunks(500) {
        wave_person::Entity::insert_many(some.to_vec()).exec_without_returning(tx).await?;
    }
    Ok(())
}

fn draft_of(row: &wave::Model, chosen: &[Chosen]) -> WaveDraft {
    WaveDraft {
        kind: kind_of(row),
        subject: row.subject.clone(),
        body: row.body.clone(),
        reply_by: row.reply_by,
        invitations: chosen.iter().map(|(id, _)| *id).collect(),
        personal_lines: chosen.to_vec(),
    }
}

pub(super) fn letter_of(event: &Event, row: &wave::Model, now: DateTime<Utc>) -> Result<Letter, WaveRefused> {
    check(event, &draft_of(row, &[]), now)
}

pub(super) fn kind_of(row: &wave::Model) -> WaveKind {
    if row.kind == WaveKind::Reminder.as_str() { WaveKind::Reminder } else { WaveKind::Invitation }
}

/// How the record calls a wave.
fn name(row: &wave::Model) -> String {
    match kind_of(row) {
        WaveKind::Invitation => format!("wave {}", row.number),
        WaveKind::Reminder => format!("reminder {}", row.number),
    }
}

/// Counts people as held from now on.
async fn schedule(
    tx: &DatabaseTransaction,
    wave: Uuid,
    reply_by: Option<NaiveDate>,
    people: &[Uuid],
) -> Result<(), StoreError> {
    for some in people.chunks(500) {
        invitation::Entity::update_many()
            .col_expr(invitation::Column::WaveId, Expr::value(wave))
            .col_expr(invitation::Column::ReplyBy, Expr::value(reply_by))
            .filter(invitation::Column::Id.is_in(some.iter().copied()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Who was held and not written to is listed again; an unsent wave leaves no trace at anybody.
/// The committee was told which addresses refused mail before, and writes to them all the same.
async fn revive_addresses(
    tx: &DatabaseTransaction,
    recipients: impl Iterator<Item = &invitation::Model>,
) -> Result<(), StoreError> {
    let keys: Vec<String> = recipients.filter_map(|row| row.email_key.clone()).collect();
    for some in keys.chunks(500) {
        address::Entity::update_many()
            .col_expr(address::Column::State, Expr::value("unproven"))
            .filter(address::Column::AddressKey.is_in(some.iter().cloned()))
            .filter(address::Column::State.eq("dead"))
            .exec(tx)
            .await?;
    }
    Ok(())
}

async fn release(
    tx: &DatabaseTransaction,
    wave: Uuid,
    people: &[Uuid],
    is_unsent: bool,
) -> Result<(), StoreError> {
    invitation::Entity::update_many()
        .col_expr(invitation::Column::WaveId, Expr::value(None::<Uuid>))
        .col_expr(invitation::Column::ReplyBy, Expr::value(None::<NaiveDate>))
        .filter(invitation::Column::WaveId.eq(wave))
        .filter(invitation::Column::State.eq(InvitationState::Listed.as_str()))
        .exec(tx)
        .await?;
    if is_unsent {
        for some in people.chunks(500) {
            show_newest_delivery(tx, some).await?;
        }
    }
    Ok(())
}

/// After messages were deleted: the newest of those that remain counts.
async fn show_newest_delivery(tx: &DatabaseTransaction, people: &[Uuid]) -> Result<(), StoreError> {
    invitation::Entity::update_many()
        .col_expr(invitation::Column::LastMessageId, Expr::value(None::<Uuid>))
        .col_expr(invitation::Column::LastMessageState, Expr::value(""))
        .filter(invitation::Column::Id.is_in(people.iter().copied()))
        .exec(tx)
        .await?;
    let remaining: Vec<(Uuid, Uuid, String)> = message::Entity::find()
        .select_only()
        .column(message::Column::InvitationId)
        .column(message::Column::Id)
        .column(message::Column::State)
        .filter(message::Column::InvitationId.is_in(people.iter().copied()))
        .order_by_asc(message::Column::CreatedAt)
        .order_by_asc(message::Column::Id)
        .into_tuple()
        .all(tx)
        .await?;
    let newest: HashMap<Uuid, (Uuid, String)> =
        remaining.into_iter().map(|(invitation, id, state)| (invitation, (id, state))).collect();
    for (invitation, (id, state)) in newest {
        if let Some(state) = MessageState::parse(&state) {
            show_delivery(tx, invitation, id, state).await?;
        }
    }
    Ok(())
}

/// Deletes letters of which no byte left, so that their once-only keys are free again.
async fn unsend(tx: &DatabaseTransaction, letters: &[Uuid]) -> Result<(), StoreError> {
    for some in letters.chunks(500) {
        let ids = || some.iter().copied();
        message_step::Entity::delete_many()
            .filter(message_step::Column::MessageId.is_in(ids()))
            .exec(tx)
            .await?;
        message::Entity::delete_many().filter(message::Column::Id.is_in(ids())).exec(tx).await?;
    }
    Ok(())
}

async fn set_stopped(tx: &DatabaseTransaction, id: Uuid, now: DateTime<Utc>) -> Result<(), StoreError> {
    message::ActiveModel {
        id: Unchanged(id),
        state: Set(MessageState::Stopped.as_str().to_owned()),
        not_before: Set(None),
        updated_at: Set(now),
        ..Default::default()
    }
    .update_without_returning(tx)
    .await?;
    Ok(())
}

/// The silent whose planned reminder is due, in list order.
async fn due_for_reminder<C: ConnectionTrait>(
    db: &C,
    event: &Event,
    now: DateTime<Utc>,
) -> Result<Vec<InvitationId>, StoreError> {
    let Some(days) = event.reminder_days else {
        return Ok(Vec::new());
    };
    let today = deadline::today(now, event.zone);
    let latest = today.checked_add_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MAX);
    let silent = people_of(event.id)
        .filter(invitation::Column::State.eq(InvitationState::Invited.as_str()))
        .filter(invitation::Column::Answer.is_null())
        .filter(invitation::Column::ReplyBy.is_not_null())
        .filter(invitation::Column::RemindedAt.is_null())
        .filter(invitation::Column::ReplyBy.gte(today))
        .filter(invitation::Column::ReplyBy.lte(latest))
        .order_by_asc(invitation::Column::Position)
        .order_by_asc(invitation::Column::Id)
        .all(db)
        .await?;
    let is_due = |row: &invitation::Model| {
        let Some(reply_by) = row.reply_by else { return false };
        let day = reply_by.checked_sub_days(Days::new(u64::from(days))).unwrap_or(reply_by);
        let left_before = row.invited_at.is_some_and(|at| deadline::today(at, event.zone) < day);
        (day..=reply_by).contains(&today) && left_before
    };
    let due: Vec<Uuid> = silent.iter().filter(|row| is_due(row)).map(|row| row.id).collect();
    if due.is_empty() {
        return Ok(Vec::new());
    }
    // Stopped or dropped by somebody: also once is enough.
    let reminded: Vec<Uuid> = message::Entity::find()
        .select_only()
        .column(message::Column::InvitationId)
        .filter(message::Column::EventId.eq(event.id.0))
        .filter(message::Column::InvitationId.is_not_null())
        .filter(message::Column::Purpose.eq(Purpose::Reminder.as_str()))
        .into_tuple()
        .all(db)
        .await?;
    let reminded: HashSet<Uuid> = reminded.into_iter().collect();
    Ok(due.into_iter().filter(|id| !reminded.contains(id)).map(InvitationId).collect())
}
