//! Reminders planned per wave: what is planned, changing it, and sending what is due.
//!
//! Every wave of invitations plans one reminder from the beginning, which follows the event's setting
//! until it is given a day of its own. A planned reminder that comes due becomes a reminder like any
//! other; the row stays and names those waves, so that nobody gets it twice (I6).

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Days, NaiveDate, Utc};
use conclave_core::deadline;
use conclave_core::event::{Event, EventState};
use conclave_core::facts::EventFacts;
use conclave_core::ids::{EventId, InvitationId, ReminderId, WaveId};
use conclave_core::invitation::InvitationState;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::purpose::Purpose;
use conclave_core::reminder::{Due, MOST_PLANNED, ReminderRefused, days_before, is_due, leaves_on};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    JoinType, QueryFilter as _, QueryOrder as _, QuerySelect as _, RelationDef, Set, Unchanged,
};
use uuid::Uuid;

use super::asking::ask_others;
use super::letters::parse_body;
use super::moves::{Refusable, insert, lock_wave, name};
use super::plan::{Chosen, plan_on};
use crate::entities::{event, invitation, message, reminder, wave, wave_person};
use crate::events::printed_committee;
use crate::facts::event_facts;
use crate::invitations::people_of;
use crate::locks::lock_event;
use crate::log_entries::append;
use crate::rows::{column, count, event_from_row};
use crate::{Release, Store, StoreError, WaveDraft, WaveKind, WaveRefused, WriteError};

/// A reminder planned for whoever of a wave stays silent.
#[derive(Clone, Debug)]
pub struct PlannedReminder {
    pub id: ReminderId,
    pub wave: WaveId,
    pub wave_number: u32,
    /// The wave it belongs to was not confirmed yet.
    pub is_draft: bool,
    /// Within its wave, from 1.
    pub number: u32,
    /// Days before the reply-by date; none follows the event's setting.
    pub days_before: Option<u32>,
    /// The day it leaves for those whose date was not extended; none while the setting is off.
    pub day: Option<NaiveDate>,
    /// The wave's.
    pub reply_by: Option<NaiveDate>,
    /// Committee text; empty is the default reminder.
    pub body: String,
    pub is_cancelled: bool,
    /// It went to somebody already.
    pub has_left: bool,
    /// Somebody ticked that this may be the third mail.
    pub allows_third: bool,
    /// People of the wave who have not answered; everybody chosen while it is a draft.
    pub people: u64,
    pub version: u32,
}

impl PlannedReminder {
    /// It will go by itself.
    #[must_use]
    pub fn is_planned(&self) -> bool {
        !self.is_cancelled && self.day.is_some()
    }
}

/// A reminder to plan, or its new day and text.
#[derive(Clone, Debug, Default)]
pub struct ReminderDraft {
    /// None follows the event's setting.
    pub on: Option<NaiveDate>,
    /// Committee text (`core::placeholders`); empty is the default reminder.
    pub body: String,
    /// Somebody knows that this may be the third mail.
    pub third: bool,
}

impl Store {
    /// Reminders planned for the waves of an event, by wave and number. Four queries
    /// at most.
    pub async fn planned_reminders(&self, event: &Event) -> Result<Vec<PlannedReminder>, StoreError> {
        planned_on(self.reader(), event).await
    }

    /// Plans a reminder for a wave, or changes the one with this number. Refuses a day outside today
    /// and the reply-by date, a text without the link, a third reminder, one that has left, and a
    /// second one that nobody ticked (the ceiling). The same again is unchanged.
    pub async fn set_reminder(
        &self,
        wave: WaveId,
        number: Option<u32>,
        draft: &ReminderDraft,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<PlannedReminder, WriteError<ReminderRefused>> {
        let refused = |refused| Err(WriteError::Refused(refused));
        let tx = self.begin_write().await?;
        let (event, row) = lock_wave(&tx, wave).await?;
        let Some(reply_by) = row.reply_by else { return refused(ReminderRefused::NotAnInvitation) };
        let body = if draft.body.trim().is_empty() {
            String::new()
        } else {
            let parsed = parse_body(&draft.body);
            parsed.map_err(|error| WriteError::Refused(ReminderRefused::Text(error.to_string())))?.0
        };
        let days = match draft.on {
            None => None,
            Some(day) => {
                let today = deadline::today(now, event.zone);
                Some(days_before(day, reply_by, today).map_err(WriteError::Refused)?)
            }
        };
        let known = of_wave(&tx, row.id).await?;
        let current = match number {
            None => None,
            Some(number) => {
                let found = known.iter().find(|one| count(one.number) == number);
                Some(found.cloned().ok_or(StoreError::NotFound)?)
            }
        };
        let others = known
            .iter()
            .filter(|one| is_active(one) && Some(one.id) != current.as_ref().map(|c| c.id))
            .count();
        if others >= MOST_PLANNED {
            return refused(ReminderRefused::TooMany);
        }
        let allows_third = others > 0;
        if allows_third && !draft.third {
            return refused(ReminderRefused::ThirdMail);
        }
        let reason = if allows_third { "a third mail, as ticked" } else { "" };
        let words = day_words(days, &event, reply_by);
        let (saved, action, before) = match current {
            None => {
                let last = known.iter().map(|one| one.number).max().unwrap_or_default();
                let saved = new_row(&event, row.id, last + 1, now);
                let saved = reminder::ActiveModel {
                    days_before: Set(days.map(column)),
                    body: Set(body),
                    allows_third: Set(allows_third),
                    written_by: Set(by.name().to_owned()),
                    ..saved
                };
                (saved.insert(&tx).await?, "reminder.planned", String::new())
            }
            Some(current) => {
                if has_left(&tx, current.id).await? {
                    return refused(ReminderRefused::HasLeft);
                }
                let is_same =
                    is_active(&current) && current.days_before == days.map(column) && current.body == body;
                let before = if is_active(&current) {
                    day_words(current.days_before.map(count), &event, reply_by)
                } else {
                    "cancelled".to_owned()
                };
                if is_same {
                    return one(&tx, &event, current.id).await.map_err(Into::into);
                }
                let saved = reminder::ActiveModel {
                    id: Unchanged(current.id),
                    days_before: Set(days.map(column)),
                    body: Set(body),
                    state: Set("planned".to_owned()),
                    allows_third: Set(allows_third),
                    written_by: Set(by.name().to_owned()),
                    version: Set(current.version + 1),
                    ..Default::default()
                };
                (saved.update(&tx).await?, "reminder.changed", before)
            }
        };
        let entry = LogEntry::new(by.clone(), action, format!("reminder to {}", name(&row)))
            .of(event.id)
            .change(before, words)
            .because(reason);
        append(&tx, entry, now).await?;
        let planned = one(&tx, &event, saved.id).await?;
        tx.commit().await?;
        Ok(planned)
    }

    /// Takes a planned reminder back. Refuses one that has left; a cancelled one is left as it is.
    pub async fn cancel_reminder(
        &self,
        wave: WaveId,
        number: u32,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<PlannedReminder, WriteError<ReminderRefused>> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_wave(&tx, wave).await?;
        let known = of_wave(&tx, row.id).await?;
        let found = known.iter().find(|one| count(one.number) == number).ok_or(StoreError::NotFound)?;
        if is_active(found) {
            if has_left(&tx, found.id).await? {
                return Err(WriteError::Refused(ReminderRefused::HasLeft));
            }
            let before = match row.reply_by {
                Some(day) => day_words(found.days_before.map(count), &event, day),
                None => String::new(),
            };
            reminder::ActiveModel {
                id: Unchanged(found.id),
                state: Set("cancelled".to_owned()),
                allows_third: Set(false),
                version: Set(found.version + 1),
                ..Default::default()
            }
            .update(&tx)
            .await?;
            let entry =
                LogEntry::new(by.clone(), "reminder.cancelled", format!("reminder to {}", name(&row)))
                    .of(event.id)
                    .change(before, "cancelled");
            append(&tx, entry, now).await?;
        }
        let planned = one(&tx, &event, found.id).await?;
        tx.commit().await?;
        Ok(planned)
    }

    /// Queues the planned reminders whose day has come: to the invited who have not answered, whose
    /// invitation left before that day, up to the ceiling. `letter` gives the default reminder of an
    /// event, subject and text; without one the event is left out. A text that a member wrote waits for
    /// another member where the event wants one. Returns how many letters were queued. An event that
    /// refuses does not keep the others from theirs; the first refusal is returned when all were seen.
    pub async fn send_planned_reminders(
        &self,
        letter: impl Fn(&EventFacts) -> Option<(String, String)> + Send + Sync,
        now: DateTime<Utc>,
    ) -> Refusable<u64> {
        let events = event::Entity::find()
            .filter(event::Column::State.eq(EventState::Open.as_str()))
            .all(self.reader())
            .await?;
        let (mut queued, mut first_refusal) = (0, None);
        for row in events {
            let event = event_from_row(row)?;
            for group in due(self.reader(), &event, now).await? {
                match self.send_planned(event.id, group.reminder, &letter, now).await {
                    Ok(people) => queued += people,
                    // Answered, muted or bounced meanwhile: nobody is left, and nothing was written.
                    Err(WriteError::Refused(WaveRefused::Nobody | WaveRefused::EventNotOpen)) => {}
                    Err(WriteError::Refused(refused)) => first_refusal = first_refusal.or(Some(refused)),
                    Err(error @ WriteError::Store(_)) => return Err(error),
                }
            }
        }
        first_refusal.map_or(Ok(queued), |refused| Err(WriteError::Refused(refused)))
    }

    async fn send_planned(
        &self,
        event: EventId,
        planned: Option<Uuid>,
        letter: impl Fn(&EventFacts) -> Option<(String, String)>,
        now: DateTime<Utc>,
    ) -> Refusable<u64> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let groups = due(&tx, &event, now).await?;
        let Some(group) = groups.into_iter().find(|group| group.reminder == planned) else { return Ok(0) };
        let committee = printed_committee(&tx, event.id).await?;
        let Some((subject, body)) = letter(&event_facts(&event, &committee)) else { return Ok(0) };
        // Own words about a day or place that are no longer right do not leave.
        let is_written = !group.body.is_empty() && !event.names_what_was(&group.body);
        let chosen: Vec<Chosen> = group.people.into_iter().map(|id| (id, String::new())).collect();
        let can_get_it = plan_on(&tx, &event, WaveKind::Reminder, &chosen, now).await?.plan.recipients;
        if can_get_it.is_empty() {
            return Err(WriteError::Refused(WaveRefused::Nobody));
        }
        let draft = WaveDraft {
            kind: WaveKind::Reminder,
            subject,
            body: if is_written { group.body } else { body },
            reply_by: None,
            invitations: can_get_it.into_iter().map(|(person, _)| person.id).collect(),
            personal_lines: Vec::new(),
        };
        let row = insert(&tx, &event, &draft, &Actor::System, now).await?;
        let waits = is_written && event.approval;
        let row = wave::ActiveModel {
            id: Unchanged(row.id),
            reminder_id: Set(planned),
            asked_at: Set(waits.then_some(now)),
            asked_by: Set(if waits { group.written_by } else { String::new() }),
            ..Default::default()
        }
        .update(&tx)
        .await?;
        let mut people = 0;
        if waits {
            ask_others(&tx, self.site(), &event, &row, &Actor::System, now).await?;
        } else {
            let release = Release { third: true, ..Release::after(chrono::TimeDelta::zero()) };
            people = self.confirm(&tx, &event, row, &release, &Actor::System, now).await?.people;
        }
        tx.commit().await?;
        Ok(people)
    }
}

/// The one reminder that every new wave plans.
pub(super) async fn plan_default(
    tx: &DatabaseTransaction,
    event: EventId,
    wave: Uuid,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = reminder::ActiveModel { event_id: Set(event.0), ..blank(wave, 1, now) };
    reminder::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// How many reminders a wave's letter may promise that leaves at `leaves`: only those whose day comes
/// after it.
pub(super) async fn planned_count<C: ConnectionTrait>(
    db: &C,
    event: &Event,
    wave: Uuid,
    reply_by: Option<NaiveDate>,
    leaves: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let known = of_wave(db, wave).await?;
    let today = deadline::today(leaves, event.zone);
    let day = |one: &reminder::Model| leaves_on(one.days_before.map(count), event.reminder_days, reply_by?);
    let goes = |one: &&reminder::Model| is_active(one) && day(one).is_some_and(|day| day > today);
    Ok(known.iter().filter(goes).count())
}

/// The letter of a planned reminder was thrown away before it left: nobody gets it, and it does not come
/// back by itself.
pub(super) async fn cancel_thrown_away(
    tx: &DatabaseTransaction,
    event: &Event,
    planned: Uuid,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(planned) = reminder::Entity::find_by_id(planned).one(tx).await?.filter(is_active) else {
        return Ok(());
    };
    let of = wave::Entity::find_by_id(planned.wave_id).one(tx).await?.ok_or(StoreError::NotFound)?;
    reminder::ActiveModel {
        id: Unchanged(planned.id),
        state: Set("cancelled".to_owned()),
        allows_third: Set(false),
        version: Set(planned.version + 1),
        ..Default::default()
    }
    .update(tx)
    .await?;
    let entry = LogEntry::new(by.clone(), "reminder.cancelled", format!("reminder to {}", name(&of)))
        .of(event.id)
        .change("", "cancelled")
        .because("its letter was thrown away");
    append(tx, entry, now).await
}

fn new_row(event: &Event, wave: Uuid, number: i32, now: DateTime<Utc>) -> reminder::ActiveModel {
    reminder::ActiveModel { event_id: Set(event.id.0), ..blank(wave, number, now) }
}

fn blank(wave: Uuid, number: i32, now: DateTime<Utc>) -> reminder::ActiveModel {
    reminder::ActiveModel {
        id: Set(ReminderId::generate().0),
        wave_id: Set(wave),
        number: Set(number),
        days_before: Set(None),
        body: Set(String::new()),
        state: Set("planned".to_owned()),
        allows_third: Set(false),
        written_by: Set(String::new()),
        version: Set(1),
        created_at: Set(now),
        ..Default::default()
    }
}

fn is_active(row: &reminder::Model) -> bool {
    row.state == "planned"
}

/// How the record says when: `20 May`, or that it follows the event.
fn day_words(days: Option<u32>, event: &Event, reply_by: NaiveDate) -> String {
    match leaves_on(days, event.reminder_days, reply_by) {
        Some(day) if days.is_some() => deadline::day_words(day),
        Some(day) => format!("{}, as the event's setting says", deadline::day_words(day)),
        None => "when the event's setting says".to_owned(),
    }
}

async fn of_wave<C: ConnectionTrait>(db: &C, wave: Uuid) -> Result<Vec<reminder::Model>, StoreError> {
    Ok(reminder::Entity::find()
        .filter(reminder::Column::WaveId.eq(wave))
        .order_by_asc(reminder::Column::Number)
        .all(db)
        .await?)
}

async fn has_left<C: ConnectionTrait>(db: &C, reminder: Uuid) -> Result<bool, StoreError> {
    Ok(wave::Entity::find().filter(wave::Column::ReminderId.eq(reminder)).one(db).await?.is_some())
}

async fn one(tx: &DatabaseTransaction, event: &Event, id: Uuid) -> Result<PlannedReminder, StoreError> {
    let all = planned_on(tx, event).await?;
    all.into_iter().find(|one| one.id.0 == id).ok_or(StoreError::NotFound)
}

async fn planned_on<C: ConnectionTrait>(db: &C, event: &Event) -> Result<Vec<PlannedReminder>, StoreError> {
    let rows = reminder::Entity::find()
        .filter(reminder::Column::EventId.eq(event.id.0))
        .order_by_asc(reminder::Column::Number)
        .all(db)
        .await?;
    type WaveFacts = (Uuid, i32, String, Option<NaiveDate>, Option<Uuid>);
    let waves: Vec<WaveFacts> = wave::Entity::find()
        .select_only()
        .column(wave::Column::Id)
        .column(wave::Column::Number)
        .column(wave::Column::State)
        .column(wave::Column::ReplyBy)
        .column(wave::Column::ReminderId)
        .filter(wave::Column::EventId.eq(event.id.0))
        .into_tuple()
        .all(db)
        .await?;
    let left: HashSet<Uuid> = waves.iter().filter_map(|(.., reminder)| *reminder).collect();
    let waves: HashMap<Uuid, WaveFacts> = waves.into_iter().map(|wave| (wave.0, wave)).collect();
    let drafts: Vec<Uuid> =
        waves.values().filter(|(_, _, state, ..)| state == "draft").map(|wave| wave.0).collect();
    let chosen = if drafts.is_empty() {
        HashMap::new()
    } else {
        counted(
            wave_person::Entity::find()
                .select_only()
                .column(wave_person::Column::WaveId)
                .column_as(wave_person::Column::Id.count(), "people")
                .filter(wave_person::Column::WaveId.is_in(drafts))
                .group_by(wave_person::Column::WaveId)
                .into_tuple()
                .all(db)
                .await?,
        )
    };
    let silent = counted(
        people_of(event.id)
            .select_only()
            .column(invitation::Column::WaveId)
            .column_as(invitation::Column::Id.count(), "people")
            .filter(invitation::Column::WaveId.is_not_null())
            .filter(
                invitation::Column::State
                    .is_in([InvitationState::Invited.as_str(), InvitationState::Listed.as_str()]),
            )
            .filter(invitation::Column::Answer.is_null())
            .group_by(invitation::Column::WaveId)
            .into_tuple()
            .all(db)
            .await?,
    );
    let mut planned: Vec<PlannedReminder> = rows
        .into_iter()
        .filter_map(|row| {
            let (_, number, state, reply_by, _) = waves.get(&row.wave_id)?;
            let is_draft = state == "draft";
            let people = if is_draft { &chosen } else { &silent };
            let days = row.days_before.map(count);
            Some(PlannedReminder {
                id: ReminderId(row.id),
                wave: WaveId(row.wave_id),
                wave_number: count(*number),
                is_draft,
                number: count(row.number),
                days_before: days,
                day: reply_by.and_then(|day| leaves_on(days, event.reminder_days, day)),
                reply_by: *reply_by,
                is_cancelled: !is_active(&row),
                has_left: left.contains(&row.id),
                allows_third: row.allows_third,
                people: people.get(&row.wave_id).copied().unwrap_or_default(),
                version: count(row.version),
                body: row.body,
            })
        })
        .collect();
    planned.sort_by_key(|one| (one.wave_number, one.number));
    Ok(planned)
}

fn counted(groups: Vec<(Uuid, i64)>) -> HashMap<Uuid, u64> {
    groups.into_iter().map(|(id, n)| (id, u64::try_from(n).unwrap_or_default())).collect()
}

/// People who are due for one planned reminder.
struct DueGroup {
    /// None: invited outside of a wave, so that the event's own setting counts.
    reminder: Option<Uuid>,
    body: String,
    written_by: String,
    people: Vec<InvitationId>,
}

/// Who is due now, by reminder, in list order. One query while nothing can be due; else four.
async fn due<C: ConnectionTrait>(
    db: &C,
    event: &Event,
    now: DateTime<Utc>,
) -> Result<Vec<DueGroup>, StoreError> {
    let planned = reminder::Entity::find()
        .filter(reminder::Column::EventId.eq(event.id.0))
        .order_by_asc(reminder::Column::Number)
        .all(db)
        .await?;
    let own = planned.iter().filter(|row| is_active(row)).filter_map(|row| row.days_before.map(count));
    let Some(most) = own.chain(event.reminder_days).max() else { return Ok(Vec::new()) };
    let today = deadline::today(now, event.zone);
    let latest = today.checked_add_days(Days::new(u64::from(most))).unwrap_or(NaiveDate::MAX);
    let silent = people_of(event.id)
        .filter(invitation::Column::State.eq(InvitationState::Invited.as_str()))
        .filter(invitation::Column::Answer.is_null())
        .filter(invitation::Column::ReplyBy.gte(today))
        .filter(invitation::Column::ReplyBy.lte(latest))
        .order_by_asc(invitation::Column::Position)
        .order_by_asc(invitation::Column::Id)
        .all(db)
        .await?;
    if silent.is_empty() {
        return Ok(Vec::new());
    }
    let had = Had::read(db, event).await?;
    let mut groups: Vec<DueGroup> = Vec::new();
    for row in &silent {
        let of_wave: Vec<&reminder::Model> =
            planned.iter().filter(|one| Some(one.wave_id) == row.wave_id && is_active(one)).collect();
        let allows_third = of_wave.len() > 1 && of_wave.iter().any(|one| one.allows_third);
        let plans: Vec<(Option<&reminder::Model>, Option<u32>)> = match row.wave_id {
            Some(_) => of_wave.iter().map(|one| (Some(*one), one.days_before.map(count))).collect(),
            None => vec![(None, None)],
        };
        for (plan, days) in plans {
            let Some(reply_by) = row.reply_by else { continue };
            let Some(day) = leaves_on(days, event.reminder_days, reply_by) else { continue };
            let id = plan.map(|plan| plan.id);
            let reminders = had.reminders.get(&row.id);
            let is_due = is_due(&Due {
                today,
                day,
                reply_by,
                invited_on: row.invited_at.map(|at| deadline::today(at, event.zone)),
                reminders: reminders.map_or(0, |(count, _)| *count),
                last_reminded_on: reminders.map(|(_, at)| deadline::today(*at, event.zone)),
                had_this: id.is_some_and(|id| had.planned.contains(&(id, row.id)) || had.waits.contains(&id)),
                allows_third,
            });
            if !is_due {
                continue;
            }
            match groups.iter_mut().find(|group| group.reminder == id) {
                Some(group) => group.people.push(InvitationId(row.id)),
                None => groups.push(DueGroup {
                    reminder: id,
                    body: plan.map(|plan| plan.body.clone()).unwrap_or_default(),
                    written_by: plan.map(|plan| plan.written_by.clone()).unwrap_or_default(),
                    people: vec![InvitationId(row.id)],
                }),
            }
        }
    }
    Ok(groups)
}

/// Which reminders were written to whom, also those that somebody stopped: once is enough.
struct Had {
    /// How many, and when the newest was written.
    reminders: HashMap<Uuid, (u32, DateTime<Utc>)>,
    /// Planned reminder and person.
    planned: HashSet<(Uuid, Uuid)>,
    /// Planned reminders with a letter that waits for a member: whom they take out of it stays out of it.
    waits: HashSet<Uuid>,
}

impl Had {
    async fn read<C: ConnectionTrait>(db: &C, event: &Event) -> Result<Self, StoreError> {
        let written: Vec<(Uuid, DateTime<Utc>)> = message::Entity::find()
            .select_only()
            .column(message::Column::InvitationId)
            .column(message::Column::CreatedAt)
            .filter(message::Column::EventId.eq(event.id.0))
            .filter(message::Column::InvitationId.is_not_null())
            .filter(message::Column::Purpose.eq(Purpose::Reminder.as_str()))
            .into_tuple()
            .all(db)
            .await?;
        let mut reminders: HashMap<Uuid, (u32, DateTime<Utc>)> = HashMap::new();
        for (person, at) in written {
            let seen = reminders.entry(person).or_insert((0, at));
            *seen = (seen.0 + 1, seen.1.max(at));
        }
        let to_wave: RelationDef = wave_person::Entity::belongs_to(wave::Entity)
            .from(wave_person::Column::WaveId)
            .to(wave::Column::Id)
            .into();
        let planned: Vec<(Uuid, Uuid)> = wave_person::Entity::find()
            .select_only()
            .column(wave::Column::ReminderId)
            .column(wave_person::Column::InvitationId)
            .join(JoinType::InnerJoin, to_wave)
            .filter(wave::Column::EventId.eq(event.id.0))
            .filter(wave::Column::ReminderId.is_not_null())
            .into_tuple()
            .all(db)
            .await?;
        let waits: Vec<Uuid> = wave::Entity::find()
            .select_only()
            .column(wave::Column::ReminderId)
            .filter(wave::Column::EventId.eq(event.id.0))
            .filter(wave::Column::ReminderId.is_not_null())
            .filter(wave::Column::State.eq("draft"))
            .into_tuple()
            .all(db)
            .await?;
        Ok(Self { reminders, planned: planned.into_iter().collect(), waits: waits.into_iter().collect() })
    }
}
