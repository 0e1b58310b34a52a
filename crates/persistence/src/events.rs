//! Events: facts, states, printed committee lines, seats.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::change::{difference, gist};
use conclave_core::committee::Role;
use conclave_core::event::{
    Event, EventMove, EventRefused, EventState, KeyError, PageMode, PageOrder, Remote, SeatPolicy, Slug,
};
use conclave_core::ids::{AccountId, EventId, LogEntryId};
use conclave_core::invitation::{InvitationState, Mode};
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::reserve::Backfill;
use conclave_core::seats::EventSeats;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction,
    EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use crate::answers::move_waiting_list;
use crate::changes::{drop_cancellations, is_told, refuse_waiting_letters};
use crate::entities::{account, committee_line, committee_seat, event, invitation};
use crate::invitations::NOT_ON_THE_LIST;
use crate::locks::lock_event;
use crate::log_entries::append;
use crate::rows::{event_from_row, event_to_columns};
use crate::{Mailing, Site, Store, StoreError, WriteError, is_duplicate};
use committee::committee_size;
pub(crate) use committee::{add_seat, members, printed_committee, printed_lines, printed_query, role};
use record::{drop_messages, log_changes, log_move};

mod committee;
mod record;

/// An event to add; everything else has the defaults of `decisions.md`.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub slug: Slug,
    pub title: String,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    pub place: String,
    pub zone: chrono_tz::Tz,
    /// Further keys of `Event::set`, applied in order.
    pub settings: Vec<(String, String)>,
    /// Becomes chair.
    pub chair: Option<AccountId>,
}

/// A line of the printed committee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitteeLine {
    pub name: String,
    /// Such as `netdev maintainer`; printed without bracket when empty.
    pub remark: String,
}

impl CommitteeLine {
    /// As it is typed: `David Miller, netdev maintainer`.
    #[must_use]
    pub fn text(&self) -> String {
        if self.remark.is_empty() { self.name.clone() } else { format!("{}, {}", self.name, self.remark) }
    }
}

/// An event in a list.
#[derive(Clone, Debug)]
pub struct EventSummary {
    pub event: Event,
    /// The account's role; an operator without a seat has none.
    pub role: Option<Role>,
    pub invitees: u64,
    pub accepted: u64,
}

/// Why an event cannot be added or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventChangeRefused {
    #[error("There is an event with this short name already")]
    SlugTaken,
    #[error("{0}")]
    Key(KeyError),
    #[error("{0}")]
    Move(EventRefused),
    #[error("Type the event's short name, {0}, to cancel it")]
    NotConfirmed(String),
    #[error(
        "People were invited to what is there now. Say whether this moves the event ({0}), so that everybody with a seat says again that they come, or is a small change"
    )]
    MoveOrSmall(String),
    #[error("Nobody can be asked to say again that they come: the event takes no answers now")]
    NothingToConfirm,
    #[error("Something newer happened to the event; mail that instead")]
    ChangeIsOld,
    #[error(
        "{0} has not left yet, and its letter says what is there now. Stop it first; it leaves again when its words are right"
    )]
    LetterWaits(String),
}

impl EventChangeRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::SlugTaken => "slug-taken",
            Self::Key(_) => "setting",
            Self::Move(refused) => refused.code(),
            Self::NotConfirmed(_) => "not-confirmed",
            Self::MoveOrSmall(_) => "move-or-small",
            Self::NothingToConfirm => "nothing-to-confirm",
            Self::ChangeIsOld => "change-is-old",
            Self::LetterWaits(_) => "letter-waits",
        }
    }
}

impl Store {
    /// Adds an event as a draft; opens it when the required facts are there. Refuses a taken slug
    /// and settings that do not fit.
    pub async fn add_event(
        &self,
        new: &NewEvent,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Event, WriteError<EventChangeRefused>> {
        let tx = self.begin_write().await?;
        let event = insert_event(&tx, new, by, now).await?;
        tx.commit().await?;
        Ok(event)
    }

    /// Every event, newest first: for an operator at the command line, and for `/` (public ones).
    pub async fn events(&self) -> Result<Vec<EventSummary>, StoreError> {
        let rows = newest_first(event::Entity::find()).all(self.reader()).await?;
        self.summaries(rows, &HashMap::new()).await
    }

    /// The events in whose committee the account sits, newest first.
    pub async fn events_of(&self, account: AccountId) -> Result<Vec<EventSummary>, StoreError> {
        let seats = committee_seat::Entity::find()
            .filter(committee_seat::Column::AccountId.eq(account.0))
            .all(self.reader())
            .await?;
        let roles =
            seats.iter().map(|seat| Ok((seat.event_id, role(seat)?))).collect::<Result<_, StoreError>>()?;
        let ids = seats.iter().map(|seat| seat.event_id);
        let rows = newest_first(event::Entity::find().filter(event::Column::Id.is_in(ids)))
            .all(self.reader())
            .await?;
        self.summaries(rows, &roles).await
    }

    /// An event by slug, for the public page and the command line.
    pub async fn event(&self, slug: &str) -> Result<Option<Event>, StoreError> {
        let row = event::Entity::find().filter(event::Column::Slug.eq(slug)).all(self.reader()).await?.pop();
        row.map(event_from_row).transpose()
    }

    /// An event in the account's scope, with its role. Absent and forbidden are the same answer.
    pub async fn event_for(
        &self,
        account: AccountId,
        slug: &str,
    ) -> Result<Option<(Event, Role)>, StoreError> {
        let Some(event) = self.event(slug).await? else {
            return Ok(None);
        };
        let seat = committee_seat::Entity::find()
            .filter(committee_seat::Column::EventId.eq(event.id.0))
            .filter(committee_seat::Column::AccountId.eq(account.0))
            .all(self.reader())
            .await?
            .pop();
        seat.map(|seat| Ok((event, role(&seat)?))).transpose()
    }

    /// Changes settings by key, all or none; `slug` is a key too until a mail has left. `version`
    /// given: refuses a stale form. Lines of the record name each change. Deadlines that were not
    /// given stay, unless a new date makes them impossible; then they are proposed anew. Refuses a
    /// change of date, place or mode that people were invited to: [`Store::change_event`] says what it
    /// means for them. Refuses a change of what a letter says that waits to leave.
    pub async fn set_event(
        &self,
        event: EventId,
        version: Option<u32>,
        settings: &[(String, String)],
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Event, WriteError<EventChangeRefused>> {
        let tx = self.begin_write().await?;
        let before = lock_event(&tx, event).await?;
        if version.is_some_and(|version| version != before.version) {
            return Err(StoreError::Stale.into());
        }
        let after = with_settings(&tx, &before, settings).await?;
        let lines = difference(&before, &after);
        refuse_waiting_letters(&tx, &before, &lines).await?;
        if !lines.is_empty() && is_told(&tx, &before).await? {
            return Err(WriteError::Refused(EventChangeRefused::MoveOrSmall(gist(&lines))));
        }
        let after = save_settings(&tx, self.site(), &before, after, by, now).await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Opens, closes, reopens, cancels, revives, and writes to nobody. Cancelling drops waiting messages.
    pub async fn move_event(
        &self,
        event: EventId,
        wanted: EventMove,
        reason: Option<&str>,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Event, WriteError<EventChangeRefused>> {
        self.move_and_tell(event, wanted, reason, None, &Mailing::none(), by, now).await
    }

    /// Finishes events whose last day is over. Returns how many.
    pub async fn finish_events(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        // No zone is more than a day away from UTC.
        let latest = now.date_naive().checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
        let rows = event::Entity::find()
            .filter(event::Column::State.is_in([EventState::Open.as_str(), EventState::Closed.as_str()]))
            .filter(event::Column::LastDay.lt(latest))
            .all(self.reader())
            .await?;
        let mut finished = 0;
        for row in rows {
            let event = event_from_row(row)?;
            if !event.is_over(now) {
                continue;
            }
            match self.move_event(event.id, EventMove::Finish, None, &Actor::System, now).await {
                Ok(_) => finished += 1,
                // Somebody else was quicker.
                Err(WriteError::Refused(_)) => {}
                Err(WriteError::Store(error)) => return Err(error),
            }
        }
        Ok(finished)
    }

    /// The committee as printed, in order; falls back to the names of chairs and members.
    pub async fn committee_lines(&self, event: EventId) -> Result<Vec<CommitteeLine>, StoreError> {
        printed_committee(self.reader(), event).await
    }

    /// Replaces the printed committee. Lines without a name are left out.
    pub async fn set_committee_lines(
        &self,
        event: EventId,
        lines: &[CommitteeLine],
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.change_committee_lines(event, None, lines, by, now).await
    }

    /// The same for a form that showed the lines as in `seen`, each on a line of its own: refuses
    /// ([`StoreError::Stale`]) when they are others by now.
    pub async fn change_committee_lines(
        &self,
        event: EventId,
        seen: Option<&str>,
        lines: &[CommitteeLine],
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let locked = lock_event(&tx, event).await?;
        let before = printed_committee(&tx, event).await?;
        let shown: Vec<String> = before.iter().map(CommitteeLine::text).collect();
        if seen.is_some_and(|seen| seen != shown.join("\n")) && before != lines {
            return Err(StoreError::Stale);
        }
        committee_line::Entity::delete_many()
            .filter(committee_line::Column::EventId.eq(event.0))
            .exec(&tx)
            .await?;
        let lines: Vec<_> = lines
            .iter()
            .map(|line| (line.name.trim(), line.remark.trim()))
            .filter(|(name, _)| !name.is_empty())
            .collect();
        for (position, (name, remark)) in (1..).zip(&lines) {
            committee_line::ActiveModel {
                id: Set(LogEntryId::generate().0),
                event_id: Set(event.0),
                position: Set(position),
                name: Set((*name).to_owned()),
                remark: Set((*remark).to_owned()),
            }
            .insert(&tx)
            .await?;
        }
        let names = |names: Vec<&str>| names.join(", ");
        let entry = LogEntry::new(by.clone(), "committee.printed", locked.slug.as_str()).of(event).change(
            names(before.iter().map(|line| line.name.as_str()).collect()),
            names(lines.iter().map(|(name, _)| *name).collect()),
        );
        append(&tx, entry, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Both counters, counted now.
    pub async fn seats(&self, event: &Event) -> Result<EventSeats, StoreError> {
        count_seats(self.reader(), event).await
    }

    async fn summaries(
        &self,
        rows: Vec<event::Model>,
        roles: &HashMap<Uuid, Role>,
    ) -> Result<Vec<EventSummary>, StoreError> {
        let counts: Vec<(Uuid, String, Option<String>, i64)> = invitation::Entity::find()
            .select_only()
            .column(invitation::Column::EventId)
            .column(invitation::Column::State)
            .column(invitation::Column::Answer)
            .column_as(invitation::Column::Id.count(), "people")
            .filter(invitation::Column::EventId.is_in(rows.iter().map(|row| row.id)))
            .filter(invitation::Column::State.is_not_in(NOT_ON_THE_LIST))
            .group_by(invitation::Column::EventId)
            .group_by(invitation::Column::State)
            .group_by(invitation::Column::Answer)
            .into_tuple()
            .all(self.reader())
            .await?;
        let mut people: HashMap<Uuid, (u64, u64)> = HashMap::new();
        for (event, state, answer, n) in counts {
            let n = u64::try_from(n).unwrap_or_default();
            let (invitees, accepted) = people.entry(event).or_default();
            *invitees += n;
            if state == InvitationState::Invited.as_str()
                && answer.as_deref() == Some(AnswerValue::Accepted.as_str())
            {
                *accepted += n;
            }
        }
        rows.into_iter()
            .map(|row| {
                let (invitees, accepted) = people.get(&row.id).copied().unwrap_or_default();
                let role = roles.get(&row.id).copied();
                Ok(EventSummary { event: event_from_row(row)?, role, invitees, accepted })
            })
            .collect()
    }
}

/// Adds an event as a draft; opens it when the required facts are there.
pub(crate) async fn insert_event(
    tx: &DatabaseTransaction,
    new: &NewEvent,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<Event, WriteError<EventChangeRefused>> {
    let mut event = with_defaults(new);
    let mut settings = vec![("title".to_owned(), new.title.clone()), ("place".to_owned(), new.place.clone())];
    settings.extend(new.settings.iter().cloned());
    apply(&mut event, &settings).map_err(WriteError::Refused)?;
    let committee_size = usize::from(new.chair.is_some() || *by == Actor::Operator);
    let opened = event.after(EventMove::Open, None, committee_size, now);
    if let Ok(state) = opened {
        event.state = state;
    }
    if slug_is_taken(tx, new.slug.as_str()).await? {
        return Err(WriteError::Refused(EventChangeRefused::SlugTaken));
    }
    let mut row = event_to_columns(&event);
    row.created_at = Set(now);
    row.mail_left_at = Set(None);
    row.insert(tx).await.map_err(slug_taken)?;
    let entry = LogEntry::new(by.clone(), "event.added", event.slug.as_str()).of(event.id);
    append(tx, entry, now).await?;
    if let Some(chair) = new.chair {
        let chair = account::Entity::find_by_id(chair.0)
            .filter(account::Column::RemovedAt.is_null())
            .one(tx)
            .await?
            .ok_or(StoreError::NotFound)?;
        add_seat(tx, event.id, &chair, Role::Chair, by, now).await?;
    }
    if opened.is_ok() {
        log_move(tx, &event, EventState::Draft, EventMove::Open, "", by, now).await?;
    }
    Ok(event)
}

/// An event with the defaults of decisions.md, before its settings.
fn with_defaults(new: &NewEvent) -> Event {
    Event {
        id: EventId::generate(),
        slug: new.slug.clone(),
        state: EventState::Draft,
        revision: 0,
        version: 1,
        title: String::new(),
        short_title: String::new(),
        epigraph: String::new(),
        intro: String::new(),
        place: String::new(),
        zone: new.zone,
        first_day: new.first_day,
        last_day: new.last_day,
        starts: None,
        ends: None,
        seats: None,
        remote: Remote::Off,
        reply_to: String::new(),
        answers_close: Event::default_answers_close(new.first_day),
        topics_by: Event::default_topics_by(new.first_day),
        policy: SeatPolicy::Hold,
        lapse: true,
        tentative: true,
        hold_minutes: 10,
        html_mail: false,
        calendar_rsvp: true,
        page: PageMode::Facts,
        page_order: PageOrder::List,
        sponsors: Vec::new(),
        reminder_days: None,
        backfill: Backfill::default(),
        approval: false,
        cancelled_reason: String::new(),
        takes_nominations: false,
        changes: Vec::new(),
        calendar_changes: 0,
        reconfirm_by: None,
        details_by: None,
        guests: false,
    }
}

/// Applies settings in order, proposes deadlines anew that a new date made impossible, and checks
/// the whole.
fn apply(event: &mut Event, settings: &[(String, String)]) -> Result<(), EventChangeRefused> {
    for (key, value) in settings {
        event.set(key, value).map_err(EventChangeRefused::Key)?;
    }
    let given = |key: &str| settings.iter().any(|(k, _)| k == key);
    if !given("answers_close") && event.answers_close > event.last_day {
        event.answers_close = Event::default_answers_close(event.first_day);
    }
    if !given("topics_by") && event.topics_by > event.last_day {
        event.topics_by = Event::default_topics_by(event.first_day);
    }
    let is_too_late = |day: Option<NaiveDate>| day.is_some_and(|day| day > event.last_day);
    let (details, backfill) = (is_too_late(event.details_by), is_too_late(event.backfill.until));
    if !given("details_by") && details {
        // Three weeks before, like the topics (domain.md 3.5).
        event.details_by = Some(Event::default_topics_by(event.first_day));
    }
    if !given("backfill_until") && backfill {
        event.backfill.until = None;
    }
    event.check().map_err(EventChangeRefused::Key)
}

fn set_slug(event: &mut Event, typed: &str, mail_has_left: bool) -> Result<(), EventChangeRefused> {
    let wrong =
        |problem: String| EventChangeRefused::Key(KeyError::Value { key: "slug".to_owned(), problem });
    let slug = Slug::parse(typed.trim()).map_err(|error| wrong(error.to_string()))?;
    if slug != event.slug && mail_has_left {
        return Err(wrong("mails with this short name have left, so it stays".to_owned()));
    }
    event.slug = slug;
    Ok(())
}

/// The event with these settings, slug included; nothing is written.
pub(crate) async fn with_settings<C: ConnectionTrait>(
    db: &C,
    before: &Event,
    settings: &[(String, String)],
) -> Result<Event, WriteError<EventChangeRefused>> {
    let mut after = before.clone();
    let (slugs, settings): (Vec<_>, Vec<_>) = settings.iter().cloned().partition(|(key, _)| key == "slug");
    if let Some((_, slug)) = slugs.last() {
        let mail_has_left = mail_has_left(db, before.id).await?;
        set_slug(&mut after, slug, mail_has_left).map_err(WriteError::Refused)?;
        if after.slug != before.slug && slug_is_taken(db, after.slug.as_str()).await? {
            return Err(WriteError::Refused(EventChangeRefused::SlugTaken));
        }
    }
    apply(&mut after, &settings).map_err(WriteError::Refused)?;
    Ok(after)
}

/// Writes what differs, with a line of the record for each key; what is the same is not written.
pub(crate) async fn save_settings(
    tx: &DatabaseTransaction,
    site: &Site,
    before: &Event,
    mut after: Event,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<Event, WriteError<EventChangeRefused>> {
    if after == *before {
        return Ok(after);
    }
    after.check_new(before, now).map_err(|refused| WriteError::Refused(EventChangeRefused::Key(refused)))?;
    after.version = before.version + 1;
    event_to_columns(&after).update(tx).await.map_err(slug_taken)?;
    log_changes(tx, before, &after, by, now).await?;
    // There may be more seats now, or more time.
    move_waiting_list(tx, site, &after, now).await?;
    Ok(after)
}

/// The event after a move, with its line of the record and what it takes back; the event itself is
/// written by the caller.
pub(crate) async fn change_state(
    tx: &DatabaseTransaction,
    before: &Event,
    wanted: EventMove,
    reason: Option<&str>,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<Event, WriteError<EventChangeRefused>> {
    let mut event = before.clone();
    let committee_size = committee_size(tx, event.id).await? + usize::from(*by == Actor::Operator);
    event.state = before
        .after(wanted, reason, committee_size, now)
        .map_err(|refused| WriteError::Refused(EventChangeRefused::Move(refused)))?;
    event.version += 1;
    let reason = reason.map(str::trim).unwrap_or_default();
    match wanted {
        EventMove::Cancel => {
            if before.state == EventState::Draft {
                // Nobody outside ever saw it, and nobody shall read of its end.
                event.page = PageMode::Off;
            }
            reason.clone_into(&mut event.cancelled_reason);
            drop_messages(tx, event.id, now).await?;
        }
        EventMove::Revive => {
            event.cancelled_reason.clear();
            drop_cancellations(tx, event.id, now).await?;
        }
        EventMove::Open | EventMove::Close | EventMove::Reopen | EventMove::Finish => {}
    }
    log_move(tx, &event, before.state, wanted, reason, by, now).await?;
    Ok(event)
}

pub(crate) async fn mail_has_left<C: ConnectionTrait>(tx: &C, event: EventId) -> Result<bool, StoreError> {
    let left: Option<Option<DateTime<Utc>>> = event::Entity::find_by_id(event.0)
        .select_only()
        .column(event::Column::MailLeftAt)
        .into_tuple()
        .one(tx)
        .await?;
    Ok(left.flatten().is_some())
}

async fn slug_is_taken<C: ConnectionTrait>(tx: &C, slug: &str) -> Result<bool, StoreError> {
    Ok(event::Entity::find().filter(event::Column::Slug.eq(slug)).one(tx).await?.is_some())
}

/// Two processes added the same slug at once.
fn slug_taken(error: sea_orm::DbErr) -> WriteError<EventChangeRefused> {
    if is_duplicate(&error) { WriteError::Refused(EventChangeRefused::SlugTaken) } else { error.into() }
}

fn newest_first(query: sea_orm::Select<event::Entity>) -> sea_orm::Select<event::Entity> {
    query
        .order_by_desc(event::Column::FirstDay)
        .order_by_desc(event::Column::CreatedAt)
        .order_by_desc(event::Column::Id)
}

/// Counts both modes in one query: whoever is invited, and whoever is in a confirmed wave that has
/// not left (decisions.md, "When an offer begins").
pub(crate) async fn count_seats<C: ConnectionTrait>(db: &C, event: &Event) -> Result<EventSeats, StoreError> {
    use invitation::Column;
    // Whom people bring takes a seat each, where the event allows it (domain.md 3.3).
    let people = if event.guests {
        "COUNT(*) + CAST(COALESCE(SUM(CASE WHEN invitations.answer = 'accepted' THEN invitations.guests ELSE 0 END), 0) AS bigint)"
    } else {
        "COUNT(*)"
    };
    let groups: Vec<(String, Option<String>, Option<String>, i64)> = invitation::Entity::find()
        .select_only()
        .column(Column::Mode)
        .column(Column::Answer)
        .column(Column::AnswerMode)
        .column_as(Expr::cust(people), "people")
        .filter(Column::EventId.eq(event.id.0))
        .filter(
            Condition::any().add(Column::State.eq(InvitationState::Invited.as_str())).add(
                Condition::all()
                    .add(Column::State.eq(InvitationState::Listed.as_str()))
                    .add(Column::WaveId.is_not_null()),
            ),
        )
        // In the order of the index that has all of these columns, so that nothing else is read or sorted.
        .group_by(Column::State)
        .group_by(Column::Mode)
        .group_by(Column::Answer)
        .group_by(Column::AnswerMode)
        .into_tuple()
        .all(db)
        .await?;
    let mut seats = EventSeats::of(event);
    for (offered, answer, answered, people) in groups {
        let people = u32::try_from(people).unwrap_or(u32::MAX);
        add_to_seats(&mut seats, &offered, answer.as_deref(), answered.as_deref(), people);
    }
    Ok(seats)
}

/// Counts people who were offered a seat: by what they said and the mode they said it for.
pub(crate) fn add_to_seats(
    seats: &mut EventSeats,
    offered: &str,
    answer: Option<&str>,
    answered: Option<&str>,
    people: u32,
) {
    let value = answer.and_then(AnswerValue::parse);
    let mode = answered.filter(|_| value.is_some()).unwrap_or(offered);
    let Some(seats) = Mode::parse(mode).and_then(|mode| seats.mode_mut(mode)) else { return };
    match value {
        None => seats.open += people,
        Some(AnswerValue::Accepted) => seats.accepted += people,
        Some(AnswerValue::Tentative) => seats.tentative += people,
        Some(AnswerValue::Waiting) => seats.waiting += people,
        Some(AnswerValue::Declined | AnswerValue::Cancelled | AnswerValue::Lapsed) => {}
    }
}
