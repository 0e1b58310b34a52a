//! Two entries of the book are one person (T13). Where both were on the list of an event, one
//! invitation stands in for the other: answers, topics, messages and details join, both old links open
//! the one that stays, and its seat is counted once.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::event::Event;
use conclave_core::ids::{EventId, InvitationId, PersonId};
use conclave_core::invitation::{InvitationMove, InvitationState};
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::MessageState;
use sea_orm::sea_query::{Alias, Expr, Query, UpdateStatement};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, Set,
};
use uuid::Uuid;

use super::{BookReader, Person, events_of};
use crate::answers::move_waiting_list;
use crate::candidates::{own_people, state_of};
use crate::entities::{
    address, answer, change_request, invitation, link, message, nomination, person, topic, travel_support,
    vote, wave_person,
};
use crate::invitations::{log_name, new_person, search_key, tags_column, tags_from_column};
use crate::locks::{lock_addresses, lock_event};
use crate::log_entries::append;
use crate::questions::join_details;
use crate::reserve::close_ranks;
use crate::{Store, StoreError, WriteError};

/// Two people side by side, before they are joined.
#[derive(Clone, Debug)]
pub struct MergeView {
    /// Who stays: their name and present address do.
    pub survivor: Person,
    pub other: Person,
    /// Events that had both on their list.
    pub both: Vec<MergeEvent>,
}

/// An event that had both.
#[derive(Clone, Debug)]
pub struct MergeEvent {
    pub event: EventId,
    pub slug: String,
    pub name: String,
    pub survivor: MergeSide,
    pub other: MergeSide,
    /// Both answered, and not the same: somebody has to choose.
    pub disagrees: bool,
}

/// What one of the two is to an event.
#[derive(Clone, Debug)]
pub struct MergeSide {
    pub name: String,
    pub email: String,
    pub state: InvitationState,
    pub answer: Option<AnswerValue>,
    pub answered_at: Option<DateTime<Utc>>,
}

/// Why two people are not joined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeRefused {
    #[error("These are the same person already")]
    SamePerson,
    #[error(
        "Joining cannot be undone: a chair of every event that knows them can do it, or an operator of this installation"
    )]
    NotYours,
    #[error("They gave different answers to {0}; choose which one counts")]
    Disagree(String),
    #[error("One of them is yourself; another member joins them")]
    OwnCase,
}

impl MergeRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::SamePerson => "same-person",
            Self::NotYours => "forbidden",
            Self::Disagree(_) => "answers-disagree",
            Self::OwnCase => "own-case",
        }
    }
}

type Refusable<T> = Result<T, WriteError<MergeRefused>>;

impl Store {
    /// Both sides and what would become of them. Nobody whom the reader may not know is there.
    pub async fn merge_view(
        &self,
        reader: BookReader,
        survivor: PersonId,
        other: PersonId,
    ) -> Result<Option<MergeView>, StoreError> {
        let (Some(survivor), Some(other)) =
            (self.person(reader, survivor).await?, self.person(reader, other).await?)
        else {
            return Ok(None);
        };
        let events = events_of(self.reader(), reader).await?;
        let rows = rows_of_both(self.reader(), survivor.id, other.id).await?;
        let mut both = Vec::new();
        let own = own_people(self.reader(), reader.account()).await?;
        for (event, a, b) in pairs(&rows, survivor.id.0) {
            let Some((event, _)) = events.get(&event) else { continue };
            if is_case_of(&own, a) || is_case_of(&own, b) {
                // What became of their own nomination is not for them (T22).
                continue;
            }
            both.push(MergeEvent {
                event: event.id,
                slug: event.slug.to_string(),
                name: event.short_name().to_owned(),
                disagrees: disagree(a, b),
                survivor: side(a)?,
                other: side(b)?,
            });
        }
        Ok(Some(MergeView { survivor, other, both }))
    }

    /// Joins `other` into `survivor`, whole or not at all. `picks` names, per event, the one of the two
    /// whose answer counts; needed where they disagree, otherwise the newest counts. Joining what is
    /// joined already is unchanged. Returns how many invitations stand for two now.
    pub async fn merge_people(
        &self,
        reader: BookReader,
        survivor: PersonId,
        other: PersonId,
        picks: &[(EventId, PersonId)],
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<u64> {
        let (Some(a), Some(b)) = (self.person(reader, survivor).await?, self.person(reader, other).await?)
        else {
            return Err(StoreError::NotFound.into());
        };
        if survivor == other {
            return Err(WriteError::Refused(MergeRefused::SamePerson));
        }
        if a.id == b.id {
            return Ok(0);
        }
        if !a.may_join || !b.may_join {
            return Err(WriteError::Refused(MergeRefused::NotYours));
        }
        let (survivor, other) = (a.id, b.id);
        let seen = events_of(self.reader(), reader).await?;

        let tx = self.begin_write().await?;
        let found: BTreeSet<Uuid> =
            rows_of_both(&tx, survivor, other).await?.iter().map(|row| row.event_id).collect();
        let mut events: HashMap<Uuid, Event> = HashMap::new();
        for id in found {
            events.insert(id, lock_event(&tx, EventId(id)).await?);
        }
        lock_addresses(&tx).await?;
        // Read again: the locks were waited for.
        if is_joined(&tx, survivor, other).await? {
            return Ok(0);
        }
        let rows = rows_of_both(&tx, survivor, other).await?;
        let own = own_people(&tx, reader.account()).await?;
        let is_case = |(_, a, b): &(Uuid, &invitation::Model, &invitation::Model)| {
            is_case_of(&own, a) || is_case_of(&own, b)
        };
        if pairs(&rows, survivor.0).iter().any(is_case) {
            return Err(WriteError::Refused(MergeRefused::OwnCase));
        }
        let mut joined = 0;
        for (event, own, theirs) in pairs(&rows, survivor.0) {
            let event = events.get(&event).ok_or(StoreError::NotFound)?;
            if !seen.contains_key(&event.id.0) {
                // Answers that the reader may not see are not theirs to choose between.
                return Err(WriteError::Refused(MergeRefused::NotYours));
            }
            let pick = picks.iter().find(|(of, _)| *of == event.id).map(|(_, person)| *person);
            if disagree(own, theirs) && pick.is_none() {
                let name = event.short_name().to_owned();
                return Err(WriteError::Refused(MergeRefused::Disagree(name)));
            }
            let takes_other = pick.map(|person| person == other);
            join(&tx, event, own, theirs, takes_other, by, now).await?;
            joined += 1;
        }
        let shared: BTreeSet<Uuid> = pairs(&rows, survivor.0).iter().map(|(event, ..)| *event).collect();
        for row in rows.iter().filter(|row| row.person_id == other.0 && !shared.contains(&row.event_id)) {
            set_person(&tx, row.id, survivor.0).await?;
            let entry = LogEntry::new(by.clone(), "person.merged", log_name(row))
                .of(EventId(row.event_id))
                .about(InvitationId(row.id));
            append(&tx, entry, now).await?;
        }
        join_people(&tx, survivor.0, other.0).await?;
        for event in events.values() {
            move_waiting_list(&tx, self.site(), event, now).await?;
        }
        tx.commit().await?;
        Ok(joined)
    }
}

/// True when somebody else joined the two meanwhile. Refuses ([`StoreError::Stale`]) when either was joined
/// with a third.
async fn is_joined(
    tx: &DatabaseTransaction,
    survivor: PersonId,
    other: PersonId,
) -> Result<bool, StoreError> {
    let read =
        async |id: PersonId| person::Entity::find_by_id(id.0).one(tx).await?.ok_or(StoreError::NotFound);
    let (a, b) = (read(survivor).await?.merged_into, read(other).await?.merged_into);
    if a == Some(other.0) || b == Some(survivor.0) {
        return Ok(true);
    }
    if a.is_some() || b.is_some() { Err(StoreError::Stale) } else { Ok(false) }
}

/// A candidate who is one of these people.
fn is_case_of(own: &HashSet<Uuid>, row: &invitation::Model) -> bool {
    let is_candidate =
        row.state == InvitationState::Nominated.as_str() || row.state == InvitationState::Refused.as_str();
    is_candidate && own.contains(&row.person_id)
}

async fn rows_of_both<C: sea_orm::ConnectionTrait>(
    db: &C,
    a: PersonId,
    b: PersonId,
) -> Result<Vec<invitation::Model>, StoreError> {
    Ok(invitation::Entity::find()
        .filter(invitation::Column::PersonId.is_in([a.0, b.0]))
        .filter(invitation::Column::State.ne(InvitationState::Replaced.as_str()))
        .order_by_asc(invitation::Column::EventId)
        .all(db)
        .await?)
}

/// Events that have both, with the row of who stays and of the other.
fn pairs(rows: &[invitation::Model], survivor: Uuid) -> Vec<(Uuid, &invitation::Model, &invitation::Model)> {
    rows.iter()
        .filter(|row| row.person_id == survivor)
        .filter_map(|own| {
            let theirs = rows.iter().find(|row| row.event_id == own.event_id && row.person_id != survivor)?;
            Some((own.event_id, own, theirs))
        })
        .collect()
}

/// An answer counts while the offer stands.
fn counted(row: &invitation::Model) -> Option<&str> {
    row.answer.as_deref().filter(|_| row.state == InvitationState::Invited.as_str())
}

fn disagree(a: &invitation::Model, b: &invitation::Model) -> bool {
    matches!((counted(a), counted(b)), (Some(a), Some(b)) if a != b)
}

fn side(row: &invitation::Model) -> Result<MergeSide, StoreError> {
    Ok(MergeSide {
        name: row.name.clone(),
        email: row.email.clone(),
        state: state_of(row)?,
        answer: row.answer.as_deref().and_then(AnswerValue::parse),
        answered_at: row.answered_at,
    })
}

/// How far an offer has come: the farther of two stays.
fn reach(row: &invitation::Model) -> u8 {
    match InvitationState::parse(&row.state) {
        Some(InvitationState::Invited) => 6,
        Some(InvitationState::Withdrawn) => 5,
        Some(InvitationState::Listed) if row.wave_id.is_some() => 4,
        Some(InvitationState::Listed) => 3,
        Some(InvitationState::Reserve) => 2,
        Some(InvitationState::Nominated) => 1,
        Some(InvitationState::Refused | InvitationState::Replaced) | None => 0,
    }
}

async fn join(
    tx: &DatabaseTransaction,
    event: &Event,
    own: &invitation::Model,
    theirs: &invitation::Model,
    takes_other: Option<bool>,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (stays, goes) = if reach(theirs) > reach(own) { (theirs, own) } else { (own, theirs) };
    let answer_of = match (counted(own), counted(theirs), takes_other) {
        (Some(_), Some(_), Some(true)) => theirs,
        (Some(_), Some(_), Some(false)) => own,
        (Some(_), Some(_), None) if theirs.answered_at > own.answered_at => theirs,
        (Some(_), _, _) => own,
        (None, Some(_), _) => theirs,
        (None, None, _) => stays,
    };

    // First the one that goes, so that no two have one address or one person.
    let replaced = state_of(goes)?.after(InvitationMove::Replace).unwrap_or(InvitationState::Replaced);
    let mut gone = goes.clone().into_active_model();
    gone.state = Set(replaced.as_str().to_owned());
    gone.replaced_by = Set(Some(stays.id));
    gone.email_key = Set(None);
    gone.wave_id = Set(None);
    gone.reserve_rank = Set(None);
    gone.waiting_since = Set(None);
    gone.version = Set(goes.version + 1);
    if goes.id == own.id {
        // Who stays keeps one row of the event: the other's. This one is nobody's any more.
        let nobody = PersonId::generate().0;
        let mut row = new_person(nobody, now);
        row.merged_into = Set(Some(own.person_id));
        row.insert(tx).await?;
        gone.person_id = Set(nobody);
    }
    gone.update(tx).await?;
    invitation::Entity::update_many()
        .col_expr(invitation::Column::ReplacedBy, Expr::value(stays.id))
        .filter(invitation::Column::ReplacedBy.eq(goes.id))
        .exec(tx)
        .await?;

    join_answers(tx, stays.id, goes.id, answer_of.id == stays.id).await?;
    join_links(tx, stays.id, goes.id).await?;
    join_rest(tx, stays.id, goes.id, now).await?;

    let first = |own: &str, theirs: &str| if own.is_empty() { theirs } else { own }.to_owned();
    let both = |a: &str, b: &str| {
        let mut lines: Vec<&str> = a.lines().collect();
        lines.extend(b.lines().filter(|line| !a.lines().any(|known| known == *line)));
        lines.join("\n")
    };
    let mut tags = tags_from_column(&own.tags);
    for tag in tags_from_column(&theirs.tags) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let with_email = if own.email_key.is_some() { own } else { theirs };
    let newest = message::Entity::find()
        .filter(message::Column::InvitationId.eq(stays.id))
        .order_by_desc(message::Column::CreatedAt)
        .order_by_desc(message::Column::Id)
        .one(tx)
        .await?;
    let name = first(&own.name, &theirs.name);
    let affiliation = first(&own.affiliation, &theirs.affiliation);
    let mut row = stays.clone().into_active_model();
    row.person_id = Set(own.person_id);
    row.search_key = Set(search_key(&name, &with_email.email, &affiliation, &tags));
    row.sort_key = Set(if own.name.is_empty() { &theirs.sort_key } else { &own.sort_key }.clone());
    row.first_name = Set(first(&own.first_name, &theirs.first_name));
    row.name = Set(name.clone());
    row.affiliation = Set(affiliation);
    row.email = Set(with_email.email.clone());
    row.email_key = Set(with_email.email_key.clone());
    row.tags = Set(tags_column(&tags));
    row.note = Set(both(&own.note, &theirs.note));
    row.invitee_note = Set(both(&own.invitee_note, &theirs.invitee_note));
    row.arrival = Set(first(&answer_of.arrival, &first(&own.arrival, &theirs.arrival)));
    row.departure = Set(first(&answer_of.departure, &first(&own.departure, &theirs.departure)));
    row.part = Set(first(&answer_of.part, &first(&own.part, &theirs.part)));
    row.guests = Set(if answer_of.guests > 0 { answer_of.guests } else { own.guests.max(theirs.guests) });
    row.reconfirm_since = Set(answer_of.reconfirm_since);
    let stands_in = own.replaces_id.or(theirs.replaces_id);
    row.replaces_id = Set(stands_in.filter(|of| *of != own.id && *of != theirs.id));
    if stays.state == InvitationState::Reserve.as_str() {
        let ranks = [own.reserve_rank, theirs.reserve_rank];
        row.reserve_rank = Set(ranks.into_iter().flatten().min());
    }
    row.intent = Set(answer_of.intent.clone());
    row.is_listed = Set(answer_of.is_listed);
    row.is_muted = Set(own.is_muted || theirs.is_muted);
    row.reply_by = Set(own.reply_by.max(theirs.reply_by).or(stays.reply_by));
    row.answer_id = Set(answer_of.answer_id);
    row.answer = Set(answer_of.answer.clone());
    row.answer_mode = Set(answer_of.answer_mode.clone());
    row.answered_at = Set(answer_of.answered_at);
    row.held_until = Set(answer_of.held_until);
    row.waiting_since = Set(answer_of.waiting_since);
    row.is_late = Set(answer_of.is_late);
    row.was_this_you = Set(answer_of.was_this_you);
    row.last_message_id = Set(newest.as_ref().map(|message| message.id));
    row.last_message_state = Set(newest.map(|message| message.state).unwrap_or_default());
    row.handed_over_at = Set(own.handed_over_at.max(theirs.handed_over_at));
    row.reminded_at = Set(own.reminded_at.max(theirs.reminded_at));
    row.version = Set(stays.version + 1);
    row.update(tx).await?;
    if own.reserve_rank.is_some() || theirs.reserve_rank.is_some() {
        close_ranks(tx, event.id).await?;
    }

    let said = |row: &invitation::Model| row.answer.clone().unwrap_or_else(|| row.state.clone());
    let entry =
        LogEntry::new(by.clone(), "person.merged", name).of(event.id).about(InvitationId(stays.id)).change(
            format!("{}: {}\n{}: {}", log_name(own), said(own), log_name(theirs), said(theirs)),
            said(if counted(answer_of).is_some() { answer_of } else { stays }),
        );
    append(tx, entry, now).await
}

/// All answers belong to the one that stays; the one that counts has the highest number.
async fn join_answers(
    tx: &DatabaseTransaction,
    stays: Uuid,
    goes: Uuid,
    own_count: bool,
) -> Result<(), StoreError> {
    let read = async |of: Uuid| {
        answer::Entity::find()
            .filter(answer::Column::InvitationId.eq(of))
            .order_by_asc(answer::Column::Number)
            .all(tx)
            .await
    };
    let (own, theirs) = (read(stays).await?, read(goes).await?);
    if theirs.is_empty() {
        return Ok(());
    }
    let count = i32::try_from(own.len() + theirs.len()).unwrap_or(i32::MAX);
    let (older, newer) = if own_count { (theirs, own) } else { (own, theirs) };
    let order: Vec<Uuid> = older.into_iter().chain(newer).map(|answer| answer.id).collect();
    // Numbers are unique at every moment: first out of the way, then into place.
    for shift in [count, 0] {
        for (number, id) in (1_i32..).zip(&order) {
            answer::Entity::update_many()
                .col_expr(answer::Column::InvitationId, Expr::value(stays))
                .col_expr(answer::Column::Number, Expr::value(number.saturating_add(shift)))
                .filter(answer::Column::Id.eq(*id))
                .exec(tx)
                .await?;
        }
    }
    Ok(())
}

/// Links that were mailed open the one that stays. They keep their hashes; generations below zero and
/// no fingerprint of a key say that no mail carries them anew.
async fn join_links(tx: &DatabaseTransaction, stays: Uuid, goes: Uuid) -> Result<(), StoreError> {
    let lowest = link::Entity::find()
        .filter(link::Column::InvitationId.eq(stays))
        .order_by_asc(link::Column::Generation)
        .one(tx)
        .await?
        .map_or(0, |link| link.generation.min(0));
    let moved = link::Entity::find().filter(link::Column::InvitationId.eq(goes)).all(tx).await?;
    for (below, link) in (1_i32..).zip(moved) {
        let mut link = link.into_active_model();
        link.invitation_id = Set(stays);
        link.generation = Set(lowest - below);
        link.key_fingerprint = Set(String::new());
        link.update(tx).await?;
    }
    Ok(())
}

/// Topics, messages, wishes, nominations, votes and places in waves.
async fn join_rest(
    tx: &DatabaseTransaction,
    stays: Uuid,
    goes: Uuid,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    topic::Entity::update_many()
        .col_expr(topic::Column::InvitationId, Expr::value(stays))
        .filter(topic::Column::InvitationId.eq(goes))
        .exec(tx)
        .await?;
    // What has not left was written to the one that goes.
    let waiting = [MessageState::Prepared, MessageState::Held, MessageState::Queued, MessageState::Waiting];
    message::Entity::update_many()
        .col_expr(message::Column::State, Expr::value(MessageState::Dropped.as_str()))
        .col_expr(message::Column::DropReason, Expr::value("this person was on the list twice"))
        .col_expr(message::Column::UpdatedAt, Expr::value(now))
        .filter(message::Column::InvitationId.eq(goes))
        .filter(message::Column::State.is_in(waiting.map(MessageState::as_str)))
        .exec(tx)
        .await?;
    message::Entity::update_many()
        .col_expr(message::Column::InvitationId, Expr::value(stays))
        .filter(message::Column::InvitationId.eq(goes))
        .exec(tx)
        .await?;
    change_request::Entity::update_many()
        .col_expr(change_request::Column::InvitationId, Expr::value(stays))
        .filter(change_request::Column::InvitationId.eq(goes))
        .exec(tx)
        .await?;
    nomination::Entity::update_many()
        .col_expr(nomination::Column::InvitationId, Expr::value(stays))
        .filter(nomination::Column::InvitationId.eq(goes))
        .exec(tx)
        .await?;
    let own: Vec<Uuid> = vote::Entity::find()
        .filter(vote::Column::InvitationId.eq(stays))
        .all(tx)
        .await?
        .into_iter()
        .map(|vote| vote.account_id)
        .collect();
    vote::Entity::delete_many()
        .filter(vote::Column::InvitationId.eq(goes))
        .filter(vote::Column::AccountId.is_in(own))
        .exec(tx)
        .await?;
    vote::Entity::update_many()
        .col_expr(vote::Column::InvitationId, Expr::value(stays))
        .filter(vote::Column::InvitationId.eq(goes))
        .exec(tx)
        .await?;
    let waves: Vec<Uuid> = wave_person::Entity::find()
        .filter(wave_person::Column::InvitationId.eq(stays))
        .all(tx)
        .await?
        .into_iter()
        .map(|place| place.wave_id)
        .collect();
    wave_person::Entity::delete_many()
        .filter(wave_person::Column::InvitationId.eq(goes))
        .filter(wave_person::Column::WaveId.is_in(waves))
        .exec(tx)
        .await?;
    let support = async |of: Uuid| travel_support::Entity::find_by_id(of).one(tx).await;
    if let (Some(own), Some(theirs)) = (support(stays).await?, support(goes).await?)
        && own.decision.is_empty()
        && !theirs.decision.is_empty()
    {
        // The committee's word on travel money counts, whichever of the two it was given to.
        travel_support::Entity::delete_by_id(stays).exec(tx).await?;
    }
    join_details(tx, stays, goes).await?;
    // Whom a decliner suggested, and whoever was asked in the place of the one that goes.
    tx.execute(&moved_suggestions(stays, goes)).await?;
    invitation::Entity::update_many()
        .col_expr(invitation::Column::ReplacesId, Expr::value(stays))
        .filter(invitation::Column::ReplacesId.eq(goes))
        .exec(tx)
        .await?;
    wave_person::Entity::update_many()
        .col_expr(wave_person::Column::InvitationId, Expr::value(stays))
        .filter(wave_person::Column::InvitationId.eq(goes))
        .exec(tx)
        .await?;
    Ok(())
}

fn moved_suggestions(stays: Uuid, goes: Uuid) -> UpdateStatement {
    use sea_orm::sea_query::ExprTrait as _;
    let of = Alias::new("invitation_id");
    Query::update()
        .table(Alias::new("suggestions"))
        .value(of.clone(), stays)
        .and_where(Expr::col(of).eq(goes))
        .to_owned()
}

async fn set_person(tx: &DatabaseTransaction, row: Uuid, person: Uuid) -> Result<(), StoreError> {
    invitation::Entity::update_many()
        .col_expr(invitation::Column::PersonId, Expr::value(person))
        .filter(invitation::Column::Id.eq(row))
        .exec(tx)
        .await?;
    Ok(())
}

/// Addresses and what was said about being asked again go to who stays; the other only points there.
async fn join_people(tx: &DatabaseTransaction, survivor: Uuid, other: Uuid) -> Result<(), StoreError> {
    let has_current = address::Entity::find()
        .filter(address::Column::PersonId.eq(survivor))
        .filter(address::Column::IsCurrent.eq(true))
        .one(tx)
        .await?
        .is_some();
    let mut moved = address::Entity::update_many()
        .col_expr(address::Column::PersonId, Expr::value(survivor))
        .filter(address::Column::PersonId.eq(other));
    if has_current {
        moved = moved.col_expr(address::Column::IsCurrent, Expr::value(false));
    }
    moved.exec(tx).await?;
    let read = async |id: Uuid| person::Entity::find_by_id(id).one(tx).await?.ok_or(StoreError::NotFound);
    let (own, theirs) = (read(survivor).await?, read(other).await?);
    // "Never" of either holds; else the newer word.
    let theirs_counts = theirs.next_time == "never"
        || (own.next_time != "never"
            && theirs.next_time_at > own.next_time_at
            && !theirs.next_time.is_empty());
    if theirs_counts {
        person::Entity::update_many()
            .col_expr(person::Column::NextTime, Expr::value(theirs.next_time))
            .col_expr(person::Column::NextTimeAt, Expr::value(theirs.next_time_at))
            .filter(person::Column::Id.eq(survivor))
            .exec(tx)
            .await?;
    }
    person::Entity::update_many()
        .col_expr(person::Column::MergedInto, Expr::value(survivor))
        .filter(
            sea_orm::Condition::any()
                .add(person::Column::Id.eq(other))
                .add(person::Column::MergedInto.eq(other)),
        )
        .exec(tx)
        .await?;
    Ok(())
}
