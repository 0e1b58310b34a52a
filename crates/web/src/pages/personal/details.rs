//! Days, note, name and consent; and what is stored about the invitee.

use askama::Template;
use axum::response::Response;
use conclave_core::name::PersonName;
use conclave_core::text::{Line, Text};
use conclave_core::topic::Intent;
use conclave_persistence::{Details, WriteError};
use http::StatusCode;

use super::{Guest, consent};
use crate::components::Notice;
use crate::error::PageError;
use crate::forms::{self, Form, Typed};
use crate::layout::LetterFrame;
use crate::links::Query;
use crate::negotiate::{self, Wants};

/// GET: the form, filled with what is stored.
pub(super) async fn show(guest: Guest) -> Response {
    let invitation = &guest.page.invitation;
    let listed = if invitation.is_listed { "yes" } else { "no" };
    let form = Form::filled([
        ("name", invitation.name.as_str()),
        ("affiliation", invitation.affiliation.as_str()),
        ("arrival", invitation.arrival.as_str()),
        ("departure", invitation.departure.as_str()),
        ("note", invitation.invitee_note.as_str()),
        ("listed", listed),
    ]);
    page(&guest, StatusCode::OK, None, form)
}

/// POST: any of the fields; what is not sent stays as it is.
pub(super) async fn save(guest: Guest, wants: Wants, typed: Typed) -> Result<Response, PageError> {
    let mut form = Form::typed(typed);
    let name =
        sent(&mut form, "name", |form| form.parse("name", PersonName::parse).map(|name| name.to_string()));
    let affiliation = line(&mut form, "affiliation");
    let arrival = line(&mut form, "arrival");
    let departure = line(&mut form, "departure");
    let note = sent(&mut form, "note", |form| form.parse("note", Text::<2_000>::parse).map(String::from));
    let topic_intent = sent(&mut form, "topic_intent", |form| {
        let known = Intent::parse(form.value("topic_intent")).map(|intent| intent.as_str().to_owned());
        if known.is_none() {
            form.error("topic_intent", "Choose none or undecided");
        }
        known
    });
    if form.has_errors() {
        return Ok(match wants {
            Wants::Text => {
                let lines: Vec<String> = form.errors().iter().map(|e| format!("{}.", e.message)).collect();
                negotiate::text(StatusCode::UNPROCESSABLE_ENTITY, lines.join("\n"))
            }
            _ => page(&guest, StatusCode::UNPROCESSABLE_ENTITY, None, form),
        });
    }
    let listed = consent(form.values());
    let from_topics = topic_intent.is_some();
    let details = Details { name, affiliation, arrival, departure, note, listed, topic_intent };
    match guest.store.set_details(guest.id(), &details, guest.now).await {
        Ok(()) => {
            let path = if from_topics { "/topics?saved=intent" } else { "?saved=details" };
            guest.done(wants, "Saved.", path).await
        }
        Err(WriteError::Refused(refused)) => {
            let sentence = format!("{refused}.");
            if wants == Wants::Text {
                return Ok(negotiate::text(StatusCode::CONFLICT, sentence));
            }
            let notice = Notice::broken("Not saved.", &sentence);
            Ok(page(&guest, StatusCode::CONFLICT, Some(notice), form))
        }
        Err(WriteError::Store(error)) => Err(error.into()),
    }
}

/// GET: what is stored about them, word for word.
pub(super) async fn privacy(guest: Guest, query: Query, wants: Wants) -> Result<Response, PageError> {
    let record = guest.store.record_of(guest.id()).await?;
    if wants == Wants::Text {
        return Ok(negotiate::text(StatusCode::OK, record));
    }
    let notice = (query.text("saved") == "record")
        .then(|| Notice::done("On its way.", "The copy goes to the address below."));
    Ok(forms::page(&PrivacyPage {
        frame: guest.frame(format!("What we store · {}", guest.page.event.short_name())),
        base: guest.path(""),
        contact: &guest.page.event.reply_to,
        has_address: !guest.page.invitation.email.is_empty(),
        notice,
        record,
    }))
}

/// POST: mails that record to the address that was invited.
pub(super) async fn mail_record(guest: Guest, wants: Wants) -> Result<Response, PageError> {
    if guest.page.invitation.email.is_empty() {
        return Err(PageError::refused(
            "no-address",
            "We have no address to send it to; read it on this page.",
        ));
    }
    guest.store.mail_record(guest.id(), guest.now).await?;
    let path = guest.path("/privacy?saved=record");
    Ok(negotiate::done(wants, &path, "A copy of your record is on its way to you."))
}

fn page(guest: &Guest, status: StatusCode, notice: Option<Notice>, form: Form) -> Response {
    let frame = guest
        .frame(format!("Your details · {}", guest.page.event.short_name()))
        .skip("Skip to the form")
        .failed(form.has_errors());
    forms::answer(status, &DetailsPage { frame, base: guest.path(""), notice, form })
}

/// The field's value, when it was sent and can be read.
fn sent<T>(form: &mut Form, field: &str, read: impl FnOnce(&mut Form) -> Option<T>) -> Option<T> {
    if form.values().has(field) { read(form) } else { None }
}

/// One line that may be emptied.
fn line(form: &mut Form, field: &str) -> Option<String> {
    sent(form, field, |form| {
        form.optional(field, Line::<200>::parse).map(|line| line.map(String::from).unwrap_or_default())
    })
}

#[derive(Template)]
#[template(path = "personal/details.html")]
struct DetailsPage {
    frame: LetterFrame,
    base: String,
    notice: Option<Notice>,
    form: Form,
}

#[derive(Template)]
#[template(path = "personal/privacy.html")]
struct PrivacyPage<'a> {
    frame: LetterFrame,
    base: String,
    contact: &'a str,
    has_address: bool,
    record: String,
    notice: Option<Notice>,
}

impl DetailsPage {
    fn is_listed(&self) -> bool {
        consent(self.form.values()).unwrap_or_default()
    }
}
