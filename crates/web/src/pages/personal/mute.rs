//! No more mail about an event: the link of the mail header (RFC 8058), and back.
//!
//! Mail gateways fetch every link, so opening it changes nothing; only the exact body that mail
//! programs post does. It is no answer: a spam button must not cost somebody their seat.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use conclave_core::clock::Clock;
use conclave_core::event::Event;
use conclave_core::ids::InvitationId;
use conclave_core::link_token::LinkKind;
use conclave_core::log_entry::Actor;
use conclave_persistence::Store;
use http::StatusCode;

use super::Guest;
use crate::access::PersonalLink;
use crate::error::PageError;
use crate::forms::{self, Form, Typed};
use crate::layout::{LetterFrame, Site};
use crate::negotiate::{self, Wants};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Ask,
    Muted,
    Back,
}

/// Shows a page with a button: to mute, or back when that is done.
pub(super) async fn show(
    link: PersonalLink,
    State(store): State<Store>,
    site: Site,
    wants: Wants,
) -> Result<Response, PageError> {
    let invitation = link.invitation(LinkKind::Unsubscribe).await?;
    let is_muted = store.invitation_by_id(invitation).await?.is_some_and(|invitation| invitation.is_muted);
    let event = event_of(&store, invitation).await?;
    Ok(page(site, wants, StatusCode::OK, &event, if is_muted { Step::Muted } else { Step::Ask }))
}

/// `List-Unsubscribe=One-Click` mutes, `undo=yes` takes it back; both answer 200 without a redirect.
pub(super) async fn one_click(
    link: PersonalLink,
    State(store): State<Store>,
    State(clock): State<Clock>,
    site: Site,
    wants: Wants,
    typed: Typed,
) -> Result<Response, PageError> {
    let invitation = link.invitation(LinkKind::Unsubscribe).await?;
    let event = event_of(&store, invitation).await?;
    let muted = match (typed.raw("List-Unsubscribe"), typed.raw("undo")) {
        ("One-Click", "") => true,
        ("", "yes") => false,
        _ => return Ok(page(site, wants, StatusCode::UNPROCESSABLE_ENTITY, &event, Step::Ask)),
    };
    store.set_muted(invitation, muted, &Actor::Invitee, clock.now()).await?;
    Ok(page(site, wants, StatusCode::OK, &event, if muted { Step::Muted } else { Step::Back }))
}

async fn event_of(store: &Store, invitation: InvitationId) -> Result<Event, PageError> {
    Ok(store.event_by_id(store.event_of(invitation).await?).await?)
}

/// From the invitee's own page: `muted=yes|no`.
pub(super) async fn from_page(guest: Guest, wants: Wants, typed: Typed) -> Result<Response, PageError> {
    let (muted, sentence, query) = match typed.text("muted") {
        "yes" => (true, "We do not write to you about this event any more.", ""),
        "no" => (false, "We write to you about this event again.", "?saved=mail"),
        _ => return guest.refused("Send muted=yes or muted=no.", Form::default(), wants).await,
    };
    guest.store.set_muted(guest.id(), muted, &Actor::Invitee, guest.now).await?;
    guest.done(wants, sentence, query).await
}

fn page(site: Site, wants: Wants, status: StatusCode, event: &Event, step: Step) -> Response {
    let name = event.short_name();
    let (heading, sentence) = match step {
        Step::Ask => (
            format!("No more mail about {name}?"),
            "Your answer stays as it is. You get no invitation, reminder or news about this event any more; \
             a receipt comes only if you answer.",
        ),
        Step::Muted => (
            format!("We do not write to you about {name} any more."),
            "Your answer stays as it is, and the link in your mail keeps working.",
        ),
        Step::Back => (format!("We write to you about {name} again."), "Nothing else changed."),
    };
    if wants == Wants::Text {
        return negotiate::text(status, format!("{heading}\n\n{sentence}"));
    }
    let frame = LetterFrame::new(site, crate::views::without_stop(&heading));
    forms::answer(status, &MutePage { frame, heading, sentence, step })
}

#[derive(Template)]
#[template(path = "personal/mute.html")]
struct MutePage {
    frame: LetterFrame,
    heading: String,
    sentence: &'static str,
    step: Step,
}
