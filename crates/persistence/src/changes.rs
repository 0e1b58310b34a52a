//! Changes that people are told of: moving an event, a small change, cancelling, taking that back, and
//! asking everybody to say again that they come (domain.md 3.2 "Event", T19-T21).
//!
//! The change is kept with the event and shown on every personal page. The mail about it is written in
//! the same transaction, waits for its hold and can be stopped; whoever did not get it is listed in
//! [`Store::announcement`].

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::change::{Change, ChangeKind, Difference, difference};
use conclave_core::deadline;
use conclave_core::event::{Event, EventMove, EventState, KeyError};
use conclave_core::facts::Facts;
use conclave_core::ids::EventId;
use conclave_core::invitation::InvitationState;
use conclave_core::log_entry::{Actor, LogEntry};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _,
};

use crate::entities::invitation;
use crate::events::{change_state, mail_has_left, save_settings, with_settings};
use crate::locks::lock_event;
use crate::log_entries::append;
use crate::rows::event_to_columns;
use crate::{EventChangeRefused, Store, StoreError, WriteError};
pub(crate) use mails::{as_it_is_now, drop_cancellations};
use mails::{mail_out, stop_mails, written};
pub use view::{Announcement, Told};

mod mails;
mod view;

/// Whether and how a change is mailed.
#[derive(Clone, Debug)]
pub struct Mailing {
    /// Without it the change stands on the personal pages alone.
    pub mail: bool,
    /// Also to those who declined, gave their seat back or lapsed.
    pub with_declined: bool,
    /// How long the mail can be stopped.
    pub hold: TimeDelta,
}

impl Mailing {
    /// Nobody is written to.
    #[must_use]
    pub fn none() -> Self {
        Self { mail: false, with_declined: false, hold: TimeDelta::zero() }
    }
}

/// How a change of date, place or mode is told.
#[derive(Clone, Debug)]
pub struct Announce {
    /// Everybody with a seat says again that they come; else it is a small change.
    pub is_move: bool,
    /// The committee's words in the mail; may be empty.
    pub note: String,
    /// Of a move: until when they say it again.
    pub reconfirm_by: Option<NaiveDate>,
    pub mailing: Mailing,
}

/// What would happen, for the page that asks and for a dry run.
#[derive(Clone, Debug)]
pub struct ChangePreview {
    pub lines: Vec<Difference>,
    /// People by answer (`None` has not answered), for sentences with numbers.
    pub people: Vec<(Option<AnswerValue>, u64)>,
    /// How many of them would be written to.
    pub mails: u64,
    /// The event as it would be.
    pub after: Event,
    /// What the first of them would read.
    pub sample: Option<Facts>,
}

impl ChangePreview {
    /// People with one of these answers.
    #[must_use]
    pub fn count(&self, answers: &[Option<AnswerValue>]) -> u64 {
        self.people.iter().filter(|(answer, _)| answers.contains(answer)).map(|(_, people)| people).sum()
    }
}

type Refusable<T> = Result<T, WriteError<EventChangeRefused>>;

impl Store {
    /// Changes settings like [`Store::set_event`], and says whether a change of date, place or mode
    /// moves the event or is small. A move asks everybody with a seat again, opens a closed list, and
    /// takes the deadlines that were not given along with the first day. Refuses a change of what a letter
    /// says that waits to leave.
    pub async fn change_event(
        &self,
        event: EventId,
        version: Option<u32>,
        settings: &[(String, String)],
        announce: &Announce,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Event> {
        let tx = self.begin_write().await?;
        let before = lock_event(&tx, event).await?;
        if version.is_some_and(|version| version != before.version) {
            return Err(StoreError::Stale.into());
        }
        let mut after = with_settings(&tx, &before, settings).await?;
        let lines = difference(&before, &after);
        refuse_waiting_letters(&tx, &before, &lines).await?;
        if lines.is_empty() || !is_told(&tx, &before).await? {
            let after = save_settings(&tx, self.site(), &before, after, by, now).await?;
            tx.commit().await?;
            return Ok(after);
        }
        check_note(&announce.note).map_err(WriteError::Refused)?;
        let kind = if announce.is_move { ChangeKind::Moved } else { ChangeKind::Small };
        if announce.is_move {
            move_along(&before, &mut after, settings).map_err(WriteError::Refused)?;
            after.reconfirm_by = announce.reconfirm_by;
            check_reconfirm_by(&after, now).map_err(WriteError::Refused)?;
        }
        let change = note_change(&tx, &mut after, kind, lines, &announce.note, by, now).await?;
        let after = save_settings(&tx, self.site(), &before, after, by, now).await?;
        log_change(&tx, &after, &change, by, now).await?;
        if after.state != before.state {
            let entry = LogEntry::new(by.clone(), "event.reopened", after.slug.as_str())
                .of(after.id)
                .change(before.state.as_str(), after.state.as_str())
                .because("the event was moved");
            append(&tx, entry, now).await?;
        }
        mail_out(&tx, self.site(), &after, &change, &announce.mailing, now).await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Cancels the event and tells people why. Mail that waits is dropped first. The reason stands in
    /// the mail and on every page.
    pub async fn cancel_event(
        &self,
        event: EventId,
        reason: &str,
        mailing: &Mailing,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Event> {
        self.move_and_tell(event, EventMove::Cancel, Some(reason), None, mailing, by, now).await
    }

    /// A cancelled event takes place after all: everybody with a seat says again that they come.
    pub async fn revive_event(
        &self,
        event: EventId,
        reason: &str,
        reconfirm_by: Option<NaiveDate>,
        mailing: &Mailing,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Event> {
        self.move_and_tell(event, EventMove::Revive, Some(reason), reconfirm_by, mailing, by, now).await
    }

    #[expect(clippy::too_many_arguments, reason = "a move, how it is told, by whom and when")]
    pub(crate) async fn move_and_tell(
        &self,
        event: EventId,
        wanted: EventMove,
        reason: Option<&str>,
        reconfirm_by: Option<NaiveDate>,
        mailing: &Mailing,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Event> {
        let tx = self.begin_write().await?;
        let before = lock_event(&tx, event).await?;
        let was_told = before.state != EventState::Draft;
        let kind = match wanted {
            EventMove::Cancel if was_told => Some(ChangeKind::Cancelled),
            EventMove::Revive => Some(ChangeKind::Revived),
            _ => None,
        };
        let words = reason.map(str::trim).unwrap_or_default();
        if kind.is_some() {
            check_note(words).map_err(WriteError::Refused)?;
        }
        let mut after = change_state(&tx, &before, wanted, reason, by, now).await?;
        let mut change = None;
        if let Some(kind) = kind {
            if kind.asks_again() {
                after.reconfirm_by = reconfirm_by;
                check_reconfirm_by(&after, now).map_err(WriteError::Refused)?;
            }
            change = Some(note_change(&tx, &mut after, kind, Vec::new(), words, by, now).await?);
        }
        event_to_columns(&after).update(&tx).await?;
        crate::answers::move_waiting_list(&tx, self.site(), &after, now).await?;
        if let Some(change) = change {
            mail_out(&tx, self.site(), &after, &change, mailing, now).await?;
        }
        tx.commit().await?;
        Ok(after)
    }

    /// Asks everybody with a seat to say again that they come, without a change. Refuses an event that
    /// takes no answers, and a day that has passed. The newest round once more is unchanged.
    pub async fn ask_to_reconfirm(
        &self,
        event: EventId,
        reconfirm_by: NaiveDate,
        note: &str,
        mailing: &Mailing,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Event> {
        let tx = self.begin_write().await?;
        let mut event = lock_event(&tx, event).await?;
        if !matches!(event.state, EventState::Open | EventState::Closed) || event.has_begun(now) {
            return Err(WriteError::Refused(EventChangeRefused::NothingToConfirm));
        }
        check_note(note).map_err(WriteError::Refused)?;
        let is_same = |newest: &Change| {
            newest.kind == ChangeKind::Reconfirm && newest.note == note.trim() && newest.by == signed(by)
        };
        if event.reconfirm_by == Some(reconfirm_by) && event.changes.last().is_some_and(is_same) {
            return Ok(event);
        }
        event.reconfirm_by = Some(reconfirm_by);
        check_reconfirm_by(&event, now).map_err(WriteError::Refused)?;
        event.version += 1;
        let change = note_change(&tx, &mut event, ChangeKind::Reconfirm, Vec::new(), note, by, now).await?;
        event_to_columns(&event).update(&tx).await?;
        log_change(&tx, &event, &change, by, now).await?;
        mail_out(&tx, self.site(), &event, &change, mailing, now).await?;
        tx.commit().await?;
        Ok(event)
    }

    /// Mails a change to whoever was not written to about it, or whose mail was stopped. Returns how
    /// many mails wait now.
    pub async fn mail_change(
        &self,
        event: EventId,
        number: u32,
        mailing: &Mailing,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<u64> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let change = event.change(number).cloned().ok_or(StoreError::NotFound)?;
        if !is_true_now(&event, &change) {
            return Err(WriteError::Refused(EventChangeRefused::ChangeIsOld));
        }
        let mailing = Mailing { mail: true, ..mailing.clone() };
        let mails = mail_out(&tx, self.site(), &event, &change, &mailing, now).await?;
        if mails > 0 {
            let entry = LogEntry::new(by.clone(), "change.mailed", format!("change {number}"))
                .of(event.id)
                .change("", format!("{mails} written to"));
            append(&tx, entry, now).await?;
        }
        tx.commit().await?;
        Ok(mails)
    }

    /// Stops what has not left of a change's mail. The change itself stands. Returns how many mails
    /// stay; none is no error.
    pub async fn stop_change(
        &self,
        event: EventId,
        number: u32,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let stopped = stop_mails(&tx, &event, number, now).await?;
        if stopped > 0 {
            let entry = LogEntry::new(by.clone(), "change.stopped", format!("change {number}"))
                .of(event.id)
                .change("", format!("{stopped} held back"));
            append(&tx, entry, now).await?;
        }
        tx.commit().await?;
        Ok(stopped)
    }

    /// What settings would change for the invited, and what they would read; writes nothing. Refuses
    /// what [`Store::change_event`] refuses.
    pub async fn preview_change(
        &self,
        event: &Event,
        settings: &[(String, String)],
        announce: &Announce,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<ChangePreview> {
        let db = self.reader();
        let mut after = with_settings(db, event, settings).await?;
        let lines = difference(event, &after);
        refuse_waiting_letters(db, event, &lines).await?;
        let kind = if announce.is_move { ChangeKind::Moved } else { ChangeKind::Small };
        if announce.is_move {
            move_along(event, &mut after, settings).map_err(WriteError::Refused)?;
            after.reconfirm_by = announce.reconfirm_by;
            check_reconfirm_by(&after, now).map_err(WriteError::Refused)?;
        }
        check_note(&announce.note).map_err(WriteError::Refused)?;
        self.preview(after, kind, lines, &announce.note, &announce.mailing, by, now).await
    }

    /// The same for cancelling, taking that back, and asking again.
    #[expect(clippy::too_many_arguments, reason = "a move, how it is told, by whom and when")]
    pub async fn preview_move(
        &self,
        event: &Event,
        kind: ChangeKind,
        reconfirm_by: Option<NaiveDate>,
        note: &str,
        mailing: &Mailing,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<ChangePreview> {
        let mut after = event.clone();
        if kind.asks_again() {
            after.reconfirm_by = reconfirm_by;
            check_reconfirm_by(&after, now).map_err(WriteError::Refused)?;
        }
        check_note(note).map_err(WriteError::Refused)?;
        self.preview(after, kind, Vec::new(), note, mailing, by, now).await
    }

    #[expect(clippy::too_many_arguments, reason = "a change, how it is told, by whom and when")]
    async fn preview(
        &self,
        after: Event,
        kind: ChangeKind,
        lines: Vec<Difference>,
        note: &str,
        mailing: &Mailing,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<ChangePreview> {
        let number = next_number(&after);
        let change = Change { number, kind, at: now, lines, note: note.to_owned(), by: signed(by) };
        let written = written(self.reader(), self.site(), &after, &change, mailing, now).await?;
        Ok(ChangePreview {
            lines: change.lines,
            people: written.people,
            mails: u64::try_from(written.letters.len()).unwrap_or_default(),
            sample: written.letters.into_iter().next().map(|(_, facts)| facts),
            after,
        })
    }

    /// True when a change of date, place or mode has to say whether it is a move: people were invited
    /// to what is there now.
    pub async fn tells_changes(&self, event: &Event) -> Result<bool, StoreError> {
        is_told(self.reader(), event).await
    }
}

/// A letter says day, place and zone in words that the committee has seen, and whoever gets it is told of
/// no change before. So nothing of that changes while one waits.
pub(crate) async fn refuse_waiting_letters<C: ConnectionTrait>(
    db: &C,
    event: &Event,
    lines: &[Difference],
) -> Refusable<()> {
    let is_in_letters = |line: &Difference| matches!(line.what.as_str(), "When" | "Where" | "Time zone");
    if !lines.iter().any(is_in_letters) {
        return Ok(());
    }
    match crate::waves::waiting_letters(db, event.id).await? {
        Some(name) => Err(WriteError::Refused(EventChangeRefused::LetterWaits(name))),
        None => Ok(()),
    }
}

/// Somebody was invited, by mail or by other means, and the event takes answers.
pub(crate) async fn is_told<C: ConnectionTrait>(db: &C, event: &Event) -> Result<bool, StoreError> {
    if !matches!(event.state, EventState::Open | EventState::Closed) {
        return Ok(false);
    }
    if mail_has_left(db, event.id).await? {
        return Ok(true);
    }
    Ok(invited(event.id).count(db).await? > 0)
}

fn invited(event: EventId) -> sea_orm::Select<invitation::Entity> {
    invitation::Entity::find()
        .filter(invitation::Column::EventId.eq(event.0))
        .filter(invitation::Column::State.eq(InvitationState::Invited.as_str()))
}

/// The deadlines follow the first day, and a closed list opens (domain.md 3.2).
fn move_along(
    before: &Event,
    after: &mut Event,
    settings: &[(String, String)],
) -> Result<(), EventChangeRefused> {
    let given = |key: &str| settings.iter().any(|(known, _)| known == key);
    if !given("answers_close") {
        after.answers_close = before.answers_close;
    }
    if !given("topics_by") {
        after.topics_by = before.topics_by;
    }
    if !given("details_by") {
        after.details_by = before.details_by;
    }
    if !given("backfill_until") {
        after.backfill.until = before.backfill.until;
    }
    after.move_deadlines(before.first_day, given);
    if after.state == EventState::Closed {
        after.state = EventState::Open;
    }
    after.check().map_err(EventChangeRefused::Key)
}

fn check_reconfirm_by(event: &Event, now: DateTime<Utc>) -> Result<(), EventChangeRefused> {
    let Some(day) = event.reconfirm_by else { return Ok(()) };
    if deadline::has_passed(day, event.zone, now) || day > event.last_day {
        return Err(EventChangeRefused::Key(KeyError::Value {
            key: "reconfirm_by".to_owned(),
            problem: format!("choose a day from today up to {}", event.last_day),
        }));
    }
    Ok(())
}

fn check_note(note: &str) -> Result<(), EventChangeRefused> {
    conclave_core::text::Text::<2_000>::parse(note).map(|_| ()).map_err(|problem| {
        EventChangeRefused::Key(KeyError::Value { key: "note".to_owned(), problem: problem.to_string() })
    })
}

/// Writes the change beside the event's other facts, and asks everybody with a seat again where it is
/// of that kind. The event itself is written by the caller.
async fn note_change(
    tx: &DatabaseTransaction,
    event: &mut Event,
    kind: ChangeKind,
    lines: Vec<Difference>,
    note: &str,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<Change, StoreError> {
    let number = next_number(event);
    let change = Change { number, kind, at: now, lines, note: note.trim().to_owned(), by: signed(by) };
    event.changes.push(change.clone());
    if kind.changes_calendars() {
        event.calendar_changes += 1;
    }
    if matches!(kind, ChangeKind::Moved | ChangeKind::Revived) {
        event.revision += 1;
    }
    if kind.asks_again() {
        let seated = [AnswerValue::Accepted.as_str(), AnswerValue::Tentative.as_str()];
        invitation::Entity::update_many()
            .col_expr(invitation::Column::ReconfirmSince, Expr::value(now))
            .filter(invitation::Column::EventId.eq(event.id.0))
            .filter(invitation::Column::State.eq(InvitationState::Invited.as_str()))
            .filter(invitation::Column::Answer.is_in(seated))
            .exec(tx)
            .await?;
    }
    Ok(change)
}

async fn log_change(
    tx: &DatabaseTransaction,
    event: &Event,
    change: &Change,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let action = match change.kind {
        ChangeKind::Moved => "event.moved",
        ChangeKind::Reconfirm => "event.asked_again",
        ChangeKind::Small | ChangeKind::Cancelled | ChangeKind::Revived => "event.changed_a_little",
    };
    let side = |value: fn(&Difference) -> &str| change.lines.iter().map(value).collect::<Vec<_>>().join("; ");
    let mut after = side(|line| &line.is);
    if let Some(day) = event.reconfirm_by.filter(|_| change.kind.asks_again()) {
        let gap = if after.is_empty() { "" } else { "; " };
        after.push_str(&format!("{gap}to be confirmed by {day}"));
    }
    let entry = LogEntry::new(by.clone(), action, event.slug.as_str())
        .of(event.id)
        .change(side(|line| &line.was), after)
        .because(change.note.clone());
    append(tx, entry, now).await
}

/// A newer change of its kind, or a move of the event, has made it old.
fn is_true_now(event: &Event, change: &Change) -> bool {
    match change.kind {
        ChangeKind::Cancelled => event.state == EventState::Cancelled,
        ChangeKind::Moved | ChangeKind::Small | ChangeKind::Revived | ChangeKind::Reconfirm => {
            matches!(event.state, EventState::Open | EventState::Closed)
                && event.changes.iter().all(|other| other.number <= change.number)
        }
    }
}

fn next_number(event: &Event) -> u32 {
    event.changes.last().map_or(1, |change| change.number + 1)
}

/// As a mail names whoever writes it.
fn signed(by: &Actor) -> String {
    match by {
        Actor::Committee { name, .. } => name.clone(),
        Actor::Operator | Actor::System | Actor::Invitee => "The committee".to_owned(),
    }
}
