//! Adding people and changing what is written about them. An address is a door: changing it shuts
//! the links that were sent to the old one, in the same transaction (T8).

use chrono::{DateTime, Utc};
use conclave_core::address::Address;
use conclave_core::event::{Event, Remote};
use conclave_core::ids::{EventId, InvitationId, generate_public_id};
use conclave_core::invitation::{InvitationRefused, InvitationState, Mode};
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::name::{PersonName, SortKey, fold};
use conclave_core::seats::SeatsRefused;
use conclave_core::text::{Line, Text};
use conclave_core::topic::Intent;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use super::address::{
    add_person, change_address, person_of_address, readdress_letters, refuse_taken, unsend_refused_letter,
};
use super::extend::extended;
use super::list::{everybody_of, people_of};
use super::{complete, tags_from_column};
use crate::answers::move_waiting_list;
use crate::entities::{
    address, change_request, invitation, link, message, message_step, nomination, person, topic, vote,
    wave_person,
};
use crate::events::count_seats;
use crate::locks::{lock_event, lock_invitation};
use crate::log_entries::append;
use crate::reserve::close_ranks;
use crate::rows::{column, count};
use crate::{Invitation, InviteeRefused, NewInvitee, Store, StoreError, WriteError};

pub(super) type Refusable<T> = Result<T, WriteError<InviteeRefused>>;

impl Store {
    /// Adds one person to the list. Refuses an address that is on the list already, or a candidate's.
    pub async fn add_invitee(
        &self,
        event: EventId,
        new: &NewInvitee,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Invitation> {
        let tx = self.begin_write().await?;
        lock_event(&tx, event).await?;
        if new.name.is_none() && new.email.is_none() {
            return Err(wrong("name", "enter a name or an address"));
        }
        let person = match &new.email {
            Some(email) => {
                refuse_taken(&tx, event, None, email, by).await?;
                person_of_address(&tx, email, now).await?
            }
            None => add_person(&tx, now).await?,
        };
        let position = next_position(&tx, event).await?;
        let row = new_row(event, person, position, &checked(new)?, now);
        let row = row.insert(&tx).await?;
        append(
            &tx,
            LogEntry::new(by.clone(), "invitation.added", log_name(&row))
                .of(event)
                .about(InvitationId(row.id)),
            now,
        )
        .await?;
        let added = complete(&tx, vec![row]).await?.pop().ok_or(StoreError::NotFound)?;
        tx.commit().await?;
        Ok(added)
    }

    /// Changes fields by key (`name`, `sort_key`, `first_name`, `affiliation`, `email`, `tags`,
    /// `note`, `mode`, `listed`, `arrival`, `departure`, `reply_by`), all or none. A new address revokes the
    /// links sent to the old one (T8), and letters that have not left go to the new one. `version`
    /// given: refuses a stale form. Nothing changed is nothing written.
    pub async fn set_invitee(
        &self,
        invitation: InvitationId,
        version: Option<u32>,
        fields: &[(String, String)],
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<Invitation> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        if version.is_some_and(|version| version != count(row.version)) {
            return Err(StoreError::Stale.into());
        }
        let day = fields.iter().rev().find(|(key, _)| key == "reply_by").map(|(_, typed)| typed.as_str());
        let (row, was_extended) = extended(&tx, &event, row, day, by, now).await?;
        let mut next = row.clone();
        for (key, typed) in fields.iter().filter(|(key, _)| key != "reply_by") {
            set_field(&mut next, &row, key, typed)?;
        }
        if next.name.is_empty() && next.email.is_empty() {
            return Err(wrong("name", "enter a name or an address"));
        }
        if next == row {
            let same = complete(&tx, vec![row]).await?.pop().ok_or(StoreError::NotFound)?;
            if was_extended {
                tx.commit().await?;
            }
            return Ok(same);
        }
        if next.mode != row.mode {
            refuse_mode_without_seat(&tx, &event, &row, &next.mode).await?;
        }
        if next.email_key != row.email_key {
            next.person_id = change_address(&tx, &event, &row, &next.email, by, now).await?;
            unsend_refused_letter(&tx, &event, &row, by, now).await?;
        } else if next.email != row.email
            && let Ok(same) = Address::parse(&next.email)
        {
            readdress_letters(&tx, row.id, &same, now).await?;
        }
        next.search_key =
            search_key(&next.name, &next.email, &next.affiliation, &tags_from_column(&next.tags));
        next.version += 1;
        write_fields(&next).update(&tx).await?;
        let (before, after) = difference(&row, &next);
        append(
            &tx,
            LogEntry::new(by.clone(), "invitation.changed", log_name(&next))
                .of(event.id)
                .about(invitation)
                .change(before, after),
            now,
        )
        .await?;
        if next.mode != row.mode {
            // The seat they were offered before is free.
            move_waiting_list(&tx, self.site(), &event, now).await?;
        }
        let row = invitation::Entity::find_by_id(next.id).one(&tx).await?.ok_or(StoreError::NotFound)?;
        let changed = complete(&tx, vec![row]).await?.pop().ok_or(StoreError::NotFound)?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Takes somebody off the list who was never written to, with the topics and letters that
    /// were waiting. Refuses anybody else.
    pub async fn remove_listed(
        &self,
        invitation: InvitationId,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<()> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        let never_written_to = match InvitationState::parse(&row.state) {
            Some(InvitationState::Nominated | InvitationState::Listed | InvitationState::Reserve) => {
                row.invited_at.is_none() && row.answer_id.is_none()
            }
            _ => false,
        };
        if !never_written_to {
            return Err(WriteError::Refused(InviteeRefused::AlreadyInvited));
        }
        append(&tx, LogEntry::new(by.clone(), "invitation.removed", log_name(&row)).of(event.id), now)
            .await?;
        delete(&tx, &row).await?;
        if row.reserve_rank.is_some() {
            close_ranks(&tx, event.id).await?;
        }
        if row.wave_id.is_some() {
            // Whoever is in a wave that has not left held a seat.
            move_waiting_list(&tx, self.site(), &event, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Adds or takes away a tag from several people. Returns how many changed.
    pub async fn tag(
        &self,
        event: EventId,
        invitations: &[InvitationId],
        tag: &str,
        add: bool,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<u64> {
        let tag = one_tag(tag)?;
        let tx = self.begin_write().await?;
        lock_event(&tx, event).await?;
        let mut changed = 0;
        for row in rows_of(&tx, event, invitations).await? {
            let mut tags = tags_from_column(&row.tags);
            let before = tags.clone();
            tags.retain(|known| *known != tag);
            if add {
                tags.push(tag.clone());
            }
            if tags.len() == before.len() {
                continue;
            }
            changed += 1;
            let entry = LogEntry::new(by.clone(), "invitation.tagged", log_name(&row))
                .of(event)
                .about(InvitationId(row.id))
                .change(before.join(", "), tags.join(", "));
            append(&tx, entry, now).await?;
            invitation::Entity::update_many()
                .col_expr(invitation::Column::Tags, Expr::value(tags_column(&tags)))
                .col_expr(
                    invitation::Column::SearchKey,
                    Expr::value(search_key(&row.name, &row.email, &row.affiliation, &tags)),
                )
                .col_expr(invitation::Column::Version, Expr::value(row.version + 1))
                .filter(invitation::Column::Id.eq(row.id))
                .exec(&tx)
                .await?;
        }
        tx.commit().await?;
        Ok(changed)
    }
}

/// What people are found by: name, address, affiliation and tags, folded, and as typed in lower
/// case beside it where that differs. One per line, so that no match spans two of them.
pub(crate) fn search_key(name: &str, email: &str, affiliation: &str, tags: &[String]) -> String {
    let mut lines = vec![email.to_lowercase()];
    for text in [name, affiliation].into_iter().chain(tags.iter().map(String::as_str)) {
        let (folded, lower) = (fold(text), text.to_lowercase());
        if lower != folded {
            lines.push(lower);
        }
        lines.push(folded);
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// Tags as their column holds them; see [`tags_from_column`].
pub(crate) fn tags_column(tags: &[String]) -> String {
    if tags.is_empty() { String::new() } else { format!("\n{}\n", tags.join("\n")) }
}

/// How the record calls a person: never by the address.
pub(crate) fn log_name(row: &invitation::Model) -> String {
    if row.name.is_empty() { row.public_id.clone() } else { row.name.clone() }
}

/// The row of somebody new on a list. The values are checked by then.
pub(crate) fn new_row(
    event: EventId,
    person: Uuid,
    position: u32,
    new: &NewInvitee,
    now: DateTime<Utc>,
) -> invitation::ActiveModel {
    let name = new.name.as_ref().map_or("", PersonName::as_str);
    let email = new.email.as_ref().map_or("", Address::as_str);
    invitation::ActiveModel {
        id: Set(InvitationId::generate().0),
        public_id: Set(generate_public_id()),
        event_id: Set(event.0),
        person_id: Set(person),
        position: Set(column(position)),
        name: Set(name.to_owned()),
        sort_key: Set(proposed_sort_key(name, email)),
        search_key: Set(search_key(name, email, &new.affiliation, &new.tags)),
        first_name: Set(new.first_name.clone()),
        email: Set(email.to_owned()),
        email_key: Set(new.email.as_ref().map(|email| email.key().as_str().to_owned())),
        affiliation: Set(new.affiliation.clone()),
        tags: Set(tags_column(&new.tags)),
        note: Set(new.note.clone()),
        state: Set(InvitationState::Listed.as_str().to_owned()),
        mode: Set(Mode::InPerson.as_str().to_owned()),
        reserve_rank: Set(None),
        replaces_id: Set(None),
        wave_id: Set(None),
        reply_by: Set(None),
        invited_at: Set(None),
        invited_by_other_means: Set(false),
        withdrawn_reason: Set(String::new()),
        is_muted: Set(false),
        is_listed: Set(false),
        intent: Set(Intent::NothingSaid.as_str().to_owned()),
        arrival: Set(String::new()),
        departure: Set(String::new()),
        part: Set(String::new()),
        guests: Set(0),
        invitee_note: Set(String::new()),
        answer_id: Set(None),
        answer: Set(None),
        answer_mode: Set(None),
        answered_at: Set(None),
        held_until: Set(None),
        waiting_since: Set(None),
        is_late: Set(false),
        was_this_you: Set(false),
        last_message_id: Set(None),
        last_message_state: Set(String::new()),
        handed_over_at: Set(None),
        reminded_at: Set(None),
        reconfirm_since: Set(None),
        version: Set(1),
        replaced_by: Set(None),
        created_at: Set(now),
    }
}

/// The place behind everybody on the list.
pub(crate) async fn next_position(tx: &DatabaseTransaction, event: EventId) -> Result<u32, StoreError> {
    let last: Option<Option<i32>> = everybody_of(event)
        .select_only()
        .column_as(invitation::Column::Position.max(), "last")
        .into_tuple()
        .one(tx)
        .await?;
    Ok(last.flatten().map_or(1, |last| count(last) + 1))
}

/// The rows of an event by id, in list order; ids of other events are left out.
pub(crate) async fn rows_of(
    tx: &DatabaseTransaction,
    event: EventId,
    ids: &[InvitationId],
) -> Result<Vec<invitation::Model>, StoreError> {
    let mut rows = Vec::new();
    for some in ids.chunks(500) {
        let ids = some.iter().map(|id| id.0);
        rows.extend(people_of(event).filter(invitation::Column::Id.is_in(ids)).all(tx).await?);
    }
    rows.sort_by_key(|row| (row.position, row.id));
    rows.dedup_by_key(|row| row.id);
    Ok(rows)
}

fn proposed_sort_key(name: &str, email: &str) -> String {
    match PersonName::parse(name) {
        Ok(name) => name.sort_key().as_str().to_owned(),
        Err(_) => SortKey::of_address(email).as_str().to_owned(),
    }
}

fn wrong(key: &str, problem: impl std::fmt::Display) -> WriteError<InviteeRefused> {
    WriteError::Refused(InviteeRefused::Value { key: key.to_owned(), problem: problem.to_string() })
}

fn line<const N: usize>(key: &str, typed: &str) -> Refusable<String> {
    if typed.trim().is_empty() {
        return Ok(String::new());
    }
    Ok(Line::<N>::parse(typed).map_err(|error| wrong(key, error))?.as_str().to_owned())
}

fn text(key: &str, typed: &str) -> Refusable<String> {
    Ok(Text::<5_000>::parse(typed).map_err(|error| wrong(key, error))?.as_str().to_owned())
}

fn one_tag(typed: &str) -> Refusable<String> {
    match line::<40>("tags", typed)? {
        tag if tag.is_empty() || tag.contains([',', ';']) => {
            Err(wrong("tags", "write one word or a few, without a comma"))
        }
        tag => Ok(tag),
    }
}

/// Tags typed in one field: between commas, semicolons or line ends, each once.
fn several_tags(typed: &str) -> Refusable<Vec<String>> {
    let mut tags: Vec<String> = Vec::new();
    for typed in typed.split([',', ';', '\n', '\r']).filter(|typed| !typed.trim().is_empty()) {
        let tag = one_tag(typed)?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    Ok(tags)
}

fn checked(new: &NewInvitee) -> Refusable<NewInvitee> {
    Ok(NewInvitee {
        name: new.name.clone(),
        email: new.email.clone(),
        first_name: line::<100>("first_name", &new.first_name)?,
        affiliation: line::<200>("affiliation", &new.affiliation)?,
        tags: several_tags(&new.tags.join("\n"))?,
        note: text("note", &new.note)?,
    })
}

fn set_field(next: &mut invitation::Model, row: &invitation::Model, key: &str, typed: &str) -> Refusable<()> {
    match key {
        "name" => {
            next.name = if typed.trim().is_empty() {
                String::new()
            } else {
                PersonName::parse(typed).map_err(|error| wrong(key, error))?.as_str().to_owned()
            };
            if next.name != row.name && next.sort_key == row.sort_key {
                next.sort_key = proposed_sort_key(&next.name, &next.email);
            }
        }
        // A form sends the key back as it is; it then follows the name.
        "sort_key" if typed == row.sort_key => {}
        "sort_key" if typed.trim().is_empty() => next.sort_key = proposed_sort_key(&next.name, &next.email),
        "sort_key" => {
            let line = line::<200>(key, typed)?;
            next.sort_key = SortKey::parse(&line).map_err(|error| wrong(key, error))?.as_str().to_owned();
        }
        "first_name" => next.first_name = line::<100>(key, typed)?,
        "affiliation" => next.affiliation = line::<200>(key, typed)?,
        "email" if typed.trim().is_empty() => {
            let was_written_to = row.invited_at.is_some() || row.wave_id.is_some();
            if was_written_to && !row.email.is_empty() {
                return Err(wrong(key, "somebody who was written to keeps an address; type the new one"));
            }
            next.email = String::new();
            next.email_key = None;
        }
        "email" => {
            let email = Address::parse(typed).map_err(|error| wrong(key, error))?;
            next.email_key = Some(email.key().as_str().to_owned());
            next.email = email.as_str().to_owned();
        }
        "tags" => next.tags = tags_column(&several_tags(typed)?),
        "note" => next.note = text(key, typed)?,
        "mode" => {
            let word = typed.trim().replace([' ', '-'], "_");
            let mode = Mode::parse(&word).ok_or_else(|| wrong(key, "write in_person, remote or observer"))?;
            next.mode = mode.as_str().to_owned();
        }
        "listed" => {
            next.is_listed = match typed.trim() {
                "yes" | "true" | "on" | "1" => true,
                "no" | "false" | "off" | "0" | "" => false,
                _ => return Err(wrong(key, "write yes or no")),
            };
        }
        "arrival" => next.arrival = line::<100>(key, typed)?,
        "departure" => next.departure = line::<100>(key, typed)?,
        _ => return Err(WriteError::Refused(InviteeRefused::UnknownKey(key.to_owned()))),
    }
    Ok(())
}

/// Only the columns that this file may change, so that a message's mark made at the same time stays.
fn write_fields(next: &invitation::Model) -> invitation::ActiveModel {
    let next = next.clone();
    let mut row = invitation::ActiveModel { id: sea_orm::Unchanged(next.id), ..Default::default() };
    row.person_id = Set(next.person_id);
    row.name = Set(next.name);
    row.sort_key = Set(next.sort_key);
    row.search_key = Set(next.search_key);
    row.first_name = Set(next.first_name);
    row.email = Set(next.email);
    row.email_key = Set(next.email_key);
    row.affiliation = Set(next.affiliation);
    row.tags = Set(next.tags);
    row.note = Set(next.note);
    row.mode = Set(next.mode);
    row.is_listed = Set(next.is_listed);
    row.arrival = Set(next.arrival);
    row.departure = Set(next.departure);
    row.version = Set(next.version);
    row
}

/// Two texts for the record. Addresses and the private note are named, not shown.
fn difference(row: &invitation::Model, next: &invitation::Model) -> (String, String) {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let yes_no = |value| if value { "yes" } else { "no" }.to_owned();
    let tags = |row: &invitation::Model| tags_from_column(&row.tags).join(", ");
    for (key, was, is) in [
        ("name", row.name.clone(), next.name.clone()),
        ("sort_key", row.sort_key.clone(), next.sort_key.clone()),
        ("first_name", row.first_name.clone(), next.first_name.clone()),
        ("affiliation", row.affiliation.clone(), next.affiliation.clone()),
        ("tags", tags(row), tags(next)),
        ("mode", row.mode.clone(), next.mode.clone()),
        ("listed", yes_no(row.is_listed), yes_no(next.is_listed)),
        ("arrival", row.arrival.clone(), next.arrival.clone()),
        ("departure", row.departure.clone(), next.departure.clone()),
    ] {
        if was != is {
            before.push(format!("{key}: {was}"));
            after.push(format!("{key}: {is}"));
        }
    }
    if row.email != next.email {
        before.push("address: the old one".to_owned());
        after.push("address: a new one; links sent to the old one are closed".to_owned());
    }
    if row.note != next.note {
        after.push("note: changed".to_owned());
    }
    (before.join("\n"), after.join("\n"))
}

/// Refuses a mode that has no seat for somebody to whom one is offered already.
async fn refuse_mode_without_seat(
    tx: &DatabaseTransaction,
    event: &Event,
    row: &invitation::Model,
    wanted: &str,
) -> Refusable<()> {
    let wanted = Mode::parse(wanted).unwrap_or(Mode::InPerson);
    if wanted == Mode::Remote && event.remote == Remote::Off {
        return Err(WriteError::Refused(InviteeRefused::Seats(SeatsRefused::RemoteOff)));
    }
    let is_offered = row.answer.is_none()
        && (row.state == InvitationState::Invited.as_str()
            || (row.state == InvitationState::Listed.as_str() && row.wave_id.is_some()));
    if is_offered && let Some(seats) = count_seats(tx, event).await?.mode(wanted) {
        seats.may_offer(1).map_err(|refused| WriteError::Refused(InviteeRefused::Seats(refused)))?;
    }
    Ok(())
}

/// Deletes an invitation that nobody ever saw, and the person if no other list has them.
async fn delete(tx: &DatabaseTransaction, row: &invitation::Model) -> Result<(), StoreError> {
    let letters: Vec<Uuid> = message::Entity::find()
        .select_only()
        .column(message::Column::Id)
        .filter(message::Column::InvitationId.eq(row.id))
        .into_tuple()
        .all(tx)
        .await?;
    message_step::Entity::delete_many()
        .filter(message_step::Column::MessageId.is_in(letters))
        .exec(tx)
        .await?;
    message::Entity::delete_many().filter(message::Column::InvitationId.eq(row.id)).exec(tx).await?;
    link::Entity::delete_many().filter(link::Column::InvitationId.eq(row.id)).exec(tx).await?;
    wave_person::Entity::delete_many().filter(wave_person::Column::InvitationId.eq(row.id)).exec(tx).await?;
    topic::Entity::delete_many().filter(topic::Column::InvitationId.eq(row.id)).exec(tx).await?;
    nomination::Entity::delete_many().filter(nomination::Column::InvitationId.eq(row.id)).exec(tx).await?;
    vote::Entity::delete_many().filter(vote::Column::InvitationId.eq(row.id)).exec(tx).await?;
    change_request::Entity::delete_many()
        .filter(change_request::Column::InvitationId.eq(row.id))
        .exec(tx)
        .await?;
    invitation::Entity::delete_by_id(row.id).exec(tx).await?;
    let elsewhere =
        invitation::Entity::find().filter(invitation::Column::PersonId.eq(row.person_id)).count(tx).await?;
    // What somebody said about being asked again outlives the list.
    let said =
        person::Entity::find_by_id(row.person_id).filter(person::Column::NextTime.ne("")).count(tx).await?;
    if elsewhere == 0 && said == 0 {
        address::Entity::delete_many().filter(address::Column::PersonId.eq(row.person_id)).exec(tx).await?;
        person::Entity::delete_by_id(row.person_id).exec(tx).await?;
    }
    Ok(())
}

/// For moves of the offer.
pub(crate) fn refused(refused: InvitationRefused) -> WriteError<InviteeRefused> {
    WriteError::Refused(InviteeRefused::State(refused))
}
