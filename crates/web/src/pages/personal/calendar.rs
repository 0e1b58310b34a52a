//! `/i/{token}/event.ics`: the same entry that the receipts carry, so that each replaces the other.

use axum::response::{IntoResponse, Response};
use conclave_core::calendar_entry::calendar_entry;
use conclave_core::facts::CalendarFacts;
use conclave_mail::calendar::{Organizer, write};
use http::header;

use super::Guest;
use super::screen::{Kind, screen};
use crate::error::PageError;

/// The entry: confirmed with a seat, cancelled without the wish or the event for it, else tentative.
/// Published, and without the personal link, because calendars are shared.
pub(super) async fn file(guest: Guest) -> Result<Response, PageError> {
    let status = match screen(&guest.page, guest.now).kind {
        Kind::Accepted => "CONFIRMED",
        Kind::Cancelled | Kind::Declined | Kind::Withdrawn | Kind::EventCancelled => "CANCELLED",
        Kind::Over if guest.page.current.is_some_and(|current| current.value.takes_seat()) => "CONFIRMED",
        Kind::Over
        | Kind::NotOpen
        | Kind::Open
        | Kind::Full
        | Kind::Lapsed
        | Kind::Silent
        | Kind::Tentative
        | Kind::Waiting => "TENTATIVE",
    };
    // The newest answer comes first.
    let answers = guest.store.answers(guest.id()).await?;
    let entry = calendar_entry(answers.iter().rev().map(|answer| answer.value));
    let sequence = entry.map_or(0, |entry| entry.sequence) + guest.page.event.calendar_changes;
    let stamp = guest.page.current.map_or(guest.page.invitation.created_at, |current| current.at);
    let (event, site) = (&guest.page.event, guest.store.site());
    let uid = format!("inv-{}@{}", guest.page.invitation.public_id, site.mail_domain);
    let facts = CalendarFacts::published(event, uid, sequence, status, &site.public_url, stamp);
    let name = format!("{} committee", event.short_name());
    let body = write(&facts, Some(Organizer { name: &name, address: &event.reply_to }));
    let disposition = format!("attachment; filename=\"{}.ics\"", event.slug);
    Ok((
        [(header::CONTENT_TYPE, "text/calendar; charset=utf-8"), (header::CONTENT_DISPOSITION, &disposition)],
        body,
    )
        .into_response())
}
