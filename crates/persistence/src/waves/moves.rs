//! Writing, confirming and stopping waves. Confirming plans again under the event's lock, so that
//! what is sent is what is true then, and counts the people as held at once.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use conclave_core::deadline;
use conclave_core::event::{Event, EventState};
use conclave_core::ids::{EventId, InvitationId, WaveId};
use conclave_core::invitation::InvitationState;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::{MessageState, once_only_key};
use conclave_core::text::Line;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Set, Unchanged,
};
use uuid::Uuid;

use super::asking::ask_others;
use super::letters::{Letter, check, reminder_subject, threads};
use super::plan::{Chosen, people, plan_on};
use super::reminders::{cancel_thrown_away, plan_default, planned_count};
use super::{people_in, wave_from};
use crate::answers::move_waiting_list;
use crate::entities::{address, invitation, message, message_step, reminder, wave, wave_person};
use crate::events::printed_committee;
use crate::invitations::{people_of, unsend_offer};
use crate::locks::lock_event;
use crate::log_entries::append;
use crate::outbox::{NewMessage, queue, show_delivery, step};
use crate::reserve::leave_reserve;
use crate::rows::count;
use crate::{Leaves, Release, Store, StoreError, Wave, WaveDraft, WaveKind, WaveRefused, WriteError};

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
        // What somebody else was asked to release is no longer what they would release.
        let row = wave::ActiveModel {
            id: Unchanged(row.id),
            subject: Set(subject),
            body: Set(letter.body_text),
            reply_by: Set(letter.reply_by),
            saved_by: Set(by.account().map(|account| account.0)),
            asked_at: Set(None),
            asked_by: Set(String::new()),
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

    /// Throws a draft away, and the planned reminder whose letter it is. Refuses one that was confirmed.
    pub async fn remove_wave(&self, wave: WaveId, by: &Actor, now: DateTime<Utc>) -> Refusable<()> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_wave(&tx, wave).await?;
        if row.state != "draft" {
            return Err(WriteError::Refused(WaveRefused::NotDraft));
        }
        if let Some(planned) = row.reminder_id {
            cancel_thrown_away(&tx, &event, planned, by, now).await?;
        }
        wave_person::Entity::delete_many().filter(wave_person::Column::WaveId.eq(row.id)).exec(&tx).await?;
        reminder::Entity::delete_many().filter(reminder::Column::WaveId.eq(row.id)).exec(&tx).await?;
        wave::Entity::delete_by_id(row.id).exec(&tx).await?;
        append(&tx, LogEntry::new(by.clone(), "wave.removed", name(&row)).of(event.id), now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Confirms a draft that leaves after `hold`; as [`Store::release_wave`] with nothing else said.
    pub async fn confirm_wave(
        &self,
        wave: WaveId,
        hold: TimeDelta,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Wave> {
        self.release_wave(wave, &Release::after(hold), by, now).await
    }

    /// Confirms a draft: messages are held until it leaves, people count as held at once. Where the
    /// event wants a second member, the one who saved it last only asks, and somebody else releases
    /// it, unless a reason is given. Everything is checked again under the lock. Refuses a wave that
    /// was confirmed, and third mails that nobody ticked.
    pub async fn release_wave(
        &self,
        wave: WaveId,
        release: &Release<'_>,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Wave> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_wave(&tx, wave).await?;
        if row.state != "draft" {
            return Err(WriteError::Refused(WaveRefused::NotDraft));
        }
        if release.version.is_some_and(|version| version != count(row.version)) {
            return Err(StoreError::Stale.into());
        }
        let confirmed = self.confirm(&tx, &event, row, release, by, now).await?;
        tx.commit().await?;
        Ok(confirmed)
    }

    /// Stops what has not left: a held wave goes back to a draft; of one that is leaving, the
    /// rest stays behind. Listed people return to listed. Whoever was asked to release a draft is
    /// no longer asked. Refuses when nothing is left to stop; a draft and a stopped wave are left as
    /// they are.
    pub async fn stop_wave(&self, wave: WaveId, by: &Actor, now: DateTime<Utc>) -> Refusable<Wave> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_wave(&tx, wave).await?;
        if row.state == "draft" && row.asked_at.is_some() {
            let row = set_asked(&tx, row.id, None, row.send_at).await?;
            append(&tx, LogEntry::new(by.clone(), "wave.unasked", name(&row)).of(event.id), now).await?;
            let wave = wave_from(&tx, row).await?;
            tx.commit().await?;
            return Ok(wave);
        }
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
            approved_by: Set(if is_unsent { String::new() } else { row.approved_by }),
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

    /// The same inside a transaction that holds the event's lock and has a draft's row.
    pub(super) async fn confirm(
        &self,
        tx: &DatabaseTransaction,
        event: &Event,
        row: wave::Model,
        release: &Release<'_>,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Wave> {
        let refused = |refused| Err(WriteError::Refused(refused));
        if event.state != EventState::Open {
            return refused(WaveRefused::EventNotOpen);
        }
        let chosen = people_in(tx, row.id).await?;
        let mut letter = check(event, &draft_of(&row, &chosen), now).map_err(WriteError::Refused)?;
        let planned = plan_on(tx, event, letter.kind, &chosen, now).await?;
        if planned.plan.recipients.is_empty() {
            return refused(WaveRefused::Nobody);
        }
        planned.plan.seats.map_err(|refused| WriteError::Refused(WaveRefused::Seats(refused)))?;
        let third = planned.plan.third.len();
        if third > 0 && !release.third {
            return refused(WaveRefused::ThirdMail(third));
        }
        let leaves_at = leaves_at(event, &row, release.leaves, now)?;
        if !letter.kind.is_reminder() {
            let leaves = leaves_at.unwrap_or(now);
            letter.reminders = planned_count(tx, event, row.id, letter.reply_by, leaves).await?;
        }
        let alone = release.alone_because.map(str::trim);
        if alone == Some("") {
            return refused(WaveRefused::NoReason);
        }
        let needs_another = event.approval && *by != Actor::System && is_own(tx, &row, by).await?;
        if needs_another && alone.is_none() {
            return self.ask(tx, event, row, release, by, now).await;
        }
        let send_at = match release.leaves {
            Leaves::At(at) => Some(at),
            Leaves::After(_) => None,
        };
        let hold_until = leaves_at;
        let committee = printed_committee(tx, event.id).await?;
        let threads = if letter.kind.is_reminder() { threads(tx, event).await? } else { HashMap::new() };
        // A planned reminder is the same one whenever it leaves: nobody gets it twice.
        let occasion = match row.reminder_id {
            Some(id) => format!("plan-{}", id.simple()),
            None => format!("{}-{}", letter.kind.occasion(), row.number),
        };
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
        let recipients: Vec<Uuid> = planned.plan.recipients.iter().map(|(person, _)| person.id.0).collect();
        let written_to = || recipients.iter().filter_map(|id| planned.rows.get(id));
        revive_addresses(tx, written_to()).await?;
        if letter.kind == WaveKind::Invitation {
            leave_reserve(tx, event, written_to(), by, now).await?;
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
            send_at: Set(send_at),
            approved_by: Set(if event.approval && !needs_another && *by != Actor::System {
                by.name().to_owned()
            } else {
                String::new()
            }),
            confirmed_at: Set(Some(now)),
            // What was tested is what leaves.
            tested_version: Set(if row.tested_version == row.version {
                row.version + 1
            } else {
                row.tested_version
            }),
            version: Set(row.version + 1),
            ..Default::default()
        }
        .update(tx)
        .await?;
        let mut reasons = Vec::new();
        reasons.extend(alone.filter(|_| needs_another).map(|why| format!("released alone: {why}")));
        if third > 0 && *by != Actor::System {
            reasons.push(people(third, "gets a third mail, as ticked", "get a third mail, as ticked"));
        }
        let entry = LogEntry::new(by.clone(), "wave.confirmed", name(&row))
            .of(event.id)
            .change("", people(recipients.len(), "gets it", "get it"))
            .because(reasons.join("; "));
        append(tx, entry, now).await?;
        Ok(wave_from(tx, row).await?)
    }

    /// The writer wants it to leave; somebody else has to look first. Asking twice is once.
    async fn ask(
        &self,
        tx: &DatabaseTransaction,
        event: &Event,
        row: wave::Model,
        release: &Release<'_>,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Wave> {
        let send_at = match release.leaves {
            Leaves::At(at) => Some(at),
            Leaves::After(_) => None,
        };
        if row.asked_at.is_some() && row.send_at == send_at {
            return Ok(wave_from(tx, row).await?);
        }
        let row = set_asked(tx, row.id, Some((by.name(), now)), send_at).await?;
        ask_others(tx, self.site(), event, &row, by, now).await?;
        Ok(wave_from(tx, row).await?)
    }

    /// The first few of a wave leave when the hold is over, the rest after a pause, so that refusals
    /// on grounds of policy stop it in time (mail.md 7.3).
    pub(super) fn not_before(
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

/// True when `by` is the hand that saved it last, or that wrote the planned reminder of which it is the
/// letter. The operator at the command line is one hand.
async fn is_own(tx: &DatabaseTransaction, row: &wave::Model, by: &Actor) -> Result<bool, StoreError> {
    match row.reminder_id.filter(|_| row.saved_by.is_none()) {
        Some(planned) => {
            let planned = reminder::Entity::find_by_id(planned).one(tx).await?;
            Ok(planned.is_some_and(|planned| planned.written_by == by.name()))
        }
        None => Ok(row.saved_by == by.account().map(|account| account.0)),
    }
}

/// Until when it can be stopped; `None` leaves at once. Refuses an instant that is over, or not before
/// the end of the day to answer by.
pub(super) fn leaves_at(
    event: &Event,
    row: &wave::Model,
    leaves: Leaves,
    now: DateTime<Utc>,
) -> Refusable<Option<DateTime<Utc>>> {
    match leaves {
        Leaves::After(hold) => Ok((hold > TimeDelta::zero()).then(|| now + hold)),
        Leaves::At(at) => {
            let last = row.reply_by.unwrap_or(event.answers_close);
            if at <= now || at >= deadline::end_of_day(last, event.zone) {
                return Err(WriteError::Refused(WaveRefused::SendAt));
            }
            Ok(Some(at))
        }
    }
}

/// Notes who asked for somebody else to release a draft, or that nobody does any more.
async fn set_asked(
    tx: &DatabaseTransaction,
    wave: Uuid,
    asked: Option<(&str, DateTime<Utc>)>,
    send_at: Option<DateTime<Utc>>,
) -> Result<wave::Model, StoreError> {
    Ok(wave::ActiveModel {
        id: Unchanged(wave),
        asked_by: Set(asked.map(|(name, _)| name.to_owned()).unwrap_or_default()),
        asked_at: Set(asked.map(|(_, at)| at)),
        send_at: Set(send_at),
        ..Default::default()
    }
    .update(tx)
    .await?)
}

/// Locks the event of a wave and reads the wave.
pub(super) async fn lock_wave(
    tx: &DatabaseTransaction,
    wave: WaveId,
) -> Result<(Event, wave::Model), StoreError> {
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
        .filter(wave::Column::Kind.eq(draft.kind.column()))
        .into_tuple()
        .one(tx)
        .await?;
    let row = wave::ActiveModel {
        id: Set(WaveId::generate().0),
        event_id: Set(event.id.0),
        number: Set(last.flatten().unwrap_or_default() + 1),
        kind: Set(draft.kind.column().to_owned()),
        about: Set(draft.kind.about().to_owned()),
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
        reminder_id: Set(None),
        send_at: Set(None),
        saved_by: Set(by.account().map(|account| account.0)),
        asked_at: Set(None),
        asked_by: Set(String::new()),
        approved_by: Set(String::new()),
        tested_version: Set(0),
    }
    .insert(tx)
    .await?;
    write_people(tx, event, row.id, draft).await?;
    if !draft.kind.is_reminder() {
        plan_default(tx, event.id, row.id, now).await?;
    }
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
        WaveKind::Reminder | WaveKind::TopicReminder => reminder_subject(tx, event, draft).await,
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
    match (row.kind.as_str(), row.about.as_str()) {
        ("reminder", "topic") => WaveKind::TopicReminder,
        ("reminder", _) => WaveKind::Reminder,
        _ => WaveKind::Invitation,
    }
}

/// How the record calls a wave.
pub(super) fn name(row: &wave::Model) -> String {
    match kind_of(row) {
        WaveKind::Invitation => format!("wave {}", row.number),
        WaveKind::Reminder => format!("reminder {}", row.number),
        WaveKind::TopicReminder => format!("topic reminder {}", row.number),
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

/// Who was held and not written to is listed again; an unsent wave leaves no trace at anybody.
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
