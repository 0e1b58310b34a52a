//! Days, note, name and consent; and what is stored about the invitee.

use askama::Template;
use axum::response::Response;
use conclave_core::committee::Role;
use conclave_core::name::PersonName;
use conclave_core::question::{Audience, Question, QuestionKind};
use conclave_core::text::{Line, Text};
use conclave_core::topic::Intent;
use conclave_persistence::{Details, PersonDetails, WriteError};
use http::StatusCode;

use super::{Guest, consent};
use crate::components::{Field, Notice};
use crate::error::PageError;
use crate::forms::{self, Form, Typed};
use crate::layout::LetterFrame;
use crate::links::Query;
use crate::negotiate::{self, Wants};
use crate::views::counted;

/// GET: the form, filled with what is stored.
pub(super) async fn show(guest: Guest) -> Result<Response, PageError> {
    let details = guest.store.details(guest.id(), guest.page.event.id).await?;
    let invitation = &guest.page.invitation;
    let listed = if invitation.is_listed { "yes" } else { "no" };
    let support = details.support.as_ref();
    let mut fields = vec![
        ("name".to_owned(), invitation.name.clone()),
        ("affiliation".to_owned(), invitation.affiliation.clone()),
        ("arrival".to_owned(), invitation.arrival.clone()),
        ("departure".to_owned(), invitation.departure.clone()),
        ("part".to_owned(), invitation.part.clone()),
        (
            "guests".to_owned(),
            if invitation.guests == 0 { String::new() } else { invitation.guests.to_string() },
        ),
        ("estimate".to_owned(), support.map(|support| support.estimate.clone()).unwrap_or_default()),
        ("note".to_owned(), invitation.invitee_note.clone()),
        ("listed".to_owned(), listed.to_owned()),
    ];
    if support.is_some() {
        fields.push(("support".to_owned(), "yes".to_owned()));
    }
    fields.extend(details.lines.iter().map(|line| (field_of(line.question.number), line.value.clone())));
    Ok(page(&guest, StatusCode::OK, None, Form::filled(fields), details))
}

/// The name of a question's field.
fn field_of(number: u32) -> String {
    format!("q{number}")
}

/// POST: any of the fields; what is not sent stays as it is.
pub(super) async fn save(guest: Guest, wants: Wants, typed: Typed) -> Result<Response, PageError> {
    let mut form = Form::typed(typed);
    let name =
        sent(&mut form, "name", |form| form.parse("name", PersonName::parse).map(|name| name.to_string()));
    let affiliation = line(&mut form, "affiliation");
    let arrival = line(&mut form, "arrival");
    let departure = line(&mut form, "departure");
    let part = line(&mut form, "part");
    let guests = sent(&mut form, "guests", |form| {
        let guests = match form.value("guests") {
            "" => Some(0),
            typed => typed.parse::<u32>().ok().filter(|guests| *guests <= 3),
        };
        if guests.is_none() {
            form.error("guests", "Write a number from 0 to 3");
        }
        guests
    });
    let support = sent(&mut form, "estimate", |form| {
        let estimate = form.optional("estimate", Line::<200>::parse)?;
        let wanted = form.values().all("support").any(|value| matches!(value.trim(), "yes" | "on"));
        Some((wanted, estimate.map(String::from).unwrap_or_default()))
    });
    let asked = guest.store.details(guest.id(), guest.page.event.id).await?;
    let mut answers = Vec::new();
    for line in asked.lines.iter().filter(|line| !line.question.is_retired) {
        let field = field_of(line.question.number);
        if !form.values().has(&field) {
            continue;
        }
        let typed = form.values().raw(&field).to_owned();
        match line.question.words.answer(&typed) {
            Ok(_) => answers.push((line.question.number, typed)),
            Err(refused) => form.error(field, refused.to_string()),
        }
    }
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
            _ => page(&guest, StatusCode::UNPROCESSABLE_ENTITY, None, form, asked),
        });
    }
    let listed = consent(form.values());
    let from_topics = topic_intent.is_some();
    let details = Details {
        name,
        affiliation,
        arrival,
        departure,
        part,
        guests,
        support,
        answers,
        note,
        listed,
        topic_intent,
    };
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
            Ok(page(&guest, StatusCode::CONFLICT, Some(notice), form, asked))
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

fn page(
    guest: &Guest,
    status: StatusCode,
    notice: Option<Notice>,
    form: Form,
    details: PersonDetails,
) -> Response {
    let event = &guest.page.event;
    let frame = guest
        .frame(format!("Your details · {}", guest.page.event.short_name()))
        .skip("Skip to the form")
        .failed(form.has_errors());
    let page = DetailsPage {
        frame,
        base: guest.path(""),
        by: event.details_by.map(|day| event.deadline_words(day)),
        is_read_only: event.has_begun(guest.now),
        counts_guests: event.guests,
        notice,
        form,
        details,
    };
    forms::answer(status, &page)
}

/// A question as a field. A choice may be taken back.
fn field(form: &Form, question: &Question) -> Field {
    let words = &question.words;
    let name = field_of(question.number);
    let unsaid = || ("".to_owned(), "Not said".to_owned());
    let choices = |choices: &[(&str, &str)]| -> Vec<(String, String)> {
        std::iter::once(unsaid())
            .chain(choices.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())))
            .collect()
    };
    let optional = if words.is_needed { "" } else { " (optional)" };
    let label = format!("{}{optional}", words.prompt);
    let field = match words.kind {
        QuestionKind::Text => form.area(&name, label).rows(2).max(2000),
        QuestionKind::YesNo => form.select(&name, label, &choices(&[("yes", "Yes"), ("no", "No")])),
        QuestionKind::Choice => {
            let pairs: Vec<(&str, &str)> =
                words.choices.iter().map(|choice| (choice.as_str(), choice.as_str())).collect();
            form.select(&name, label, &choices(&pairs))
        }
        QuestionKind::Number => form.number(&name, label),
        QuestionKind::Date => form.date(&name, label),
    };
    let seen = match &words.audience {
        Audience::Role(Role::Reader) => "The committee sees it.".to_owned(),
        Audience::Role(Role::Member) => "The members of the committee see it.".to_owned(),
        Audience::Role(Role::Chair) => "Only the chairs see it.".to_owned(),
        Audience::Need(need) => format!("Only who does {need} sees it, and the chairs."),
    };
    let kept = match words.delete_after_days {
        Some(0) => " Deleted when the event is over.".to_owned(),
        Some(days) => format!(" Deleted {} after the event.", counted(u64::from(days), "day", "days")),
        None => String::new(),
    };
    let gap = if words.hint.is_empty() { "" } else { " " };
    field.hint(format!("{}{gap}{seen}{kept}", words.hint))
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
    /// Until when the committee wants them.
    by: Option<String>,
    is_read_only: bool,
    counts_guests: bool,
    notice: Option<Notice>,
    form: Form,
    details: PersonDetails,
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
    /// One field for each question, with who sees it.
    fn questions(&self) -> Vec<Field> {
        let asked = self.details.lines.iter().filter(|line| !line.question.is_retired);
        asked.map(|line| field(&self.form, &line.question)).collect()
    }

    /// What was decided about travel money.
    fn support(&self) -> Option<String> {
        let support = self.details.support.as_ref()?;
        Some(match &support.decision {
            None => "You asked for travel support; the committee has not decided yet.".to_owned(),
            Some(decision) if decision.is_granted => {
                format!("The committee grants you travel support: {}.", decision.amount)
            }
            Some(_) => "The committee could not grant you travel support.".to_owned(),
        })
    }

    fn may_ask_support(&self) -> bool {
        self.details.support.as_ref().is_none_or(|support| support.decision.is_none())
    }

    fn is_listed(&self) -> bool {
        consent(self.form.values()).unwrap_or_default()
    }
}
