//! One message: what became of it step by step, the mail server's words, the text as it was sent, and
//! a person's hand on it (send again, do not send).

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use conclave_core::committee::Action;
use conclave_core::event::Event;
use conclave_core::ids::MessageId;
use conclave_core::message::{MessageMove, MessageRefused, MessageState};
use conclave_core::purpose::Purpose;
use conclave_persistence::{MessageRow, Store, WriteError};
use uuid::Uuid;

use crate::access::{Desk, Right, See, SendMail};
use crate::components::{Badge, Facts};
use crate::error::PageError;
use crate::forms;
use crate::layout::{DeskFrame, Link, Section};
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;
use crate::views;

/// Routes of one message.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/mail/messages/{id}", get(show))
        .route("/c/{event}/mail/messages/{id}/again", post(again))
        .route("/c/{event}/mail/messages/{id}/drop", post(leave))
}

async fn show(
    State(store): State<Store>,
    desk: Desk<See>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let row = find(&store, &desk, &id).await?;
    let event = &desk.event;
    let name = if row.to_name.is_empty() { row.to_address.clone() } else { row.to_name.clone() };
    let title = format!("{} to {name}", purpose_words(row.purpose));
    let at = |at: Option<DateTime<Utc>>| at.map(|at| at_words(at, event)).unwrap_or_default();
    let may_send = desk.may(Action::Send);
    let page = MessagePage {
        frame: desk.frame(title.clone(), Section::Mail).await?,
        back: desk.path("/mail"),
        here: desk.path(&format!("/mail/messages/{}", row.id)),
        person: (!row.invitee_id.is_empty())
            .then(|| Link::new(desk.path(&format!("/invitees/{}", row.invitee_id)), name)),
        badge: Badge::message(row.state.as_str()).framed(),
        title,
        advice: advice(row.state),
        may_again: may_send && row.state.after(MessageMove::Retry).is_ok(),
        may_twice: row.state == MessageState::Uncertain,
        may_drop: may_send
            && row.state != MessageState::Sending
            && row.state.after(MessageMove::Drop).is_ok(),
        facts: Facts::default()
            .with("To", row.to_address.clone())
            .with("Written", at(Some(row.created_at)))
            .with("Leaves", if row.state.is_final() { String::new() } else { at(row.not_before) })
            .with("Handed over", at(row.handed_over_at))
            .with("Tries", row.attempts.to_string())
            .with("Not sent because", row.drop_reason.clone())
            .with("Message-ID", row.message_id.clone()),
        steps: row
            .steps
            .iter()
            .rev()
            .map(|step| Step {
                when: at_words(step.at, event),
                badge: Badge::message(step.state.as_str()),
                words: views::said(&step.code, &step.words),
            })
            .collect(),
        subject: row.subject,
        text: row.text,
    };
    Ok(forms::page(&page))
}

async fn again(
    State(store): State<Store>,
    desk: Desk<SendMail>,
    Path((_, id)): Path<(String, String)>,
    wants: Wants,
    _: Signed,
) -> Result<Response, PageError> {
    let row = find(&store, &desk, &id).await?;
    let written = store.retry_message(row.id, &desk.actor(), desk.now).await;
    settled(&desk, &row, written)?;
    Ok(done(wants, &path_of(&desk, &row), "It is sent again."))
}

async fn leave(
    State(store): State<Store>,
    desk: Desk<SendMail>,
    Path((_, id)): Path<(String, String)>,
    wants: Wants,
    _: Signed,
) -> Result<Response, PageError> {
    let row = find(&store, &desk, &id).await?;
    let written = store.drop_message(row.id, &desk.actor(), desk.now).await;
    settled(&desk, &row, written)?;
    Ok(done(wants, &path_of(&desk, &row), "It is not sent."))
}

async fn find<R: Right>(store: &Store, desk: &Desk<R>, id: &str) -> Result<MessageRow, PageError> {
    let id = MessageId(id.parse::<Uuid>().map_err(|_| PageError::NotFound)?);
    store.message(Some(desk.event.id), id).await?.ok_or(PageError::NotFound)
}

fn path_of<R: Right>(desk: &Desk<R>, row: &MessageRow) -> String {
    desk.path(&format!("/mail/messages/{}", row.id))
}

fn settled<R: Right>(
    desk: &Desk<R>,
    row: &MessageRow,
    written: Result<(), WriteError<MessageRefused>>,
) -> Result<(), PageError> {
    written.map_err(|error| match error {
        WriteError::Refused(refused) => PageError::Refused {
            code: refused.code(),
            sentence: format!("{refused}."),
            back: Some(Link::new(path_of(desk, row), "Back to the message")),
        },
        WriteError::Store(fault) => fault.into(),
    })
}

/// What a mail is called in lists.
pub(super) fn purpose_words(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Invitation => "Invitation",
        Purpose::Reminder => "Reminder",
        Purpose::TopicReminder => "Topic reminder",
        Purpose::Receipt => "Answer confirmed",
        Purpose::SeatFreed => "A seat is yours",
        Purpose::TentativeDue => "Can you say now?",
        Purpose::RequestDeclined => "Late request turned down",
        Purpose::SupportDecided => "Travel support decided",
        Purpose::Change => "The event changed",
        Purpose::Cancellation => "Cancelled",
        Purpose::Reconfirm => "Do you still come?",
        Purpose::Link => "Your link",
        Purpose::Record => "What we store",
        Purpose::Digest => "Committee digest",
        Purpose::ReleaseWanted => "Wave to release",
        Purpose::RoleGiven => "Added to the committee",
        Purpose::SignIn => "Log in",
        Purpose::SetUp => "Choose a password",
        Purpose::Test => "Test",
    }
}

/// What a person can do about a message in this state; empty when nothing has to be done.
pub(super) fn advice(state: MessageState) -> &'static str {
    match state {
        MessageState::Uncertain => {
            "The line broke after the text was sent, so nobody knows whether it arrived. It goes out once \
             more by itself; after that, ask them, then send it again or leave it."
        }
        MessageState::Failed => {
            "The mail server refused it, or it was tried for too long. Read its words, correct the address \
             if that is the reason, then send it again; or leave it."
        }
        MessageState::Bounced => {
            "It was taken and came back. Ask for another address and enter it on the person's page."
        }
        MessageState::Waiting => "The mail server asked to wait. It is tried again by itself.",
        MessageState::Complained => "They marked it as spam. Write to them yourself, if at all.",
        MessageState::Prepared
        | MessageState::Held
        | MessageState::Queued
        | MessageState::Sending
        | MessageState::HandedOver
        | MessageState::Dropped
        | MessageState::Stopped
        | MessageState::AnsweredAutomatically => "",
    }
}

/// `15 Apr 2019, 12:00`, in the event's zone, which the page's footer names.
pub(super) fn at_words(at: DateTime<Utc>, event: &Event) -> String {
    at.with_timezone(&event.zone).format("%-d %b %Y, %H:%M").to_string()
}

#[derive(Template)]
#[template(path = "desk/mail/message.html")]
struct MessagePage {
    frame: DeskFrame,
    back: String,
    here: String,
    person: Option<Link>,
    badge: Badge,
    title: String,
    advice: &'static str,
    may_again: bool,
    may_twice: bool,
    may_drop: bool,
    facts: Facts,
    steps: Vec<Step>,
    subject: String,
    text: String,
}

struct Step {
    when: String,
    badge: Badge,
    words: String,
}
