//! The invitee's own topics: proposing, editing, taking back, proposing again.
//!
//! Decisions are silent until the committee tells (ux.md 6), so a topic reads "Proposed" until then,
//! or until the public page prints it as accepted.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use conclave_core::answer::AnswerValue;
use conclave_core::event::PageMode;
use conclave_core::topic::{Intent, TopicRefused, TopicState, may_propose};
use conclave_persistence::{StoreError, TopicChangeRefused, TopicText, TopicView, WriteError};
use http::StatusCode;

use super::Guest;
use crate::components::{Badge, Notice};
use crate::error::{DiffLine, PageError, Stale};
use crate::forms::{self, Form, Typed};
use crate::layout::{LetterFrame, Link};
use crate::links::Query;
use crate::negotiate::{self, Wants};

/// What a length means.
const MINUTES: &[(&str, &str)] = &[
    ("15", "15 minutes, to report"),
    ("30", "30 minutes, to discuss one problem"),
    ("45", "45 minutes, to decide something"),
    ("60", "60 minutes, and I know that is a lot"),
];
/// The usual length, chosen until another is.
const USUAL: &str = "30";

/// GET: their topics, and the form for one more.
pub(super) async fn list(guest: Guest, query: Query, wants: Wants) -> Response {
    if wants == Wants::Text {
        return negotiate::text(StatusCode::OK, guest.topics_text());
    }
    let notice = match query.text("saved") {
        "topic" => Some(Notice::done("Topic sent.", "You can edit or withdraw it here.")),
        "edited" => Some(Notice::done("Topic saved.", "")),
        "withdrawn" => Some(Notice::done("Topic withdrawn.", "You can propose it again.")),
        "again" => Some(Notice::done("Topic proposed again.", "")),
        "intent" => Some(Notice::done("Noted.", "")),
        _ => None,
    };
    guest.topics_page(StatusCode::OK, notice, Form::filled([("minutes", USUAL)]))
}

/// POST `title`, `body`, `minutes`. A title such as `N/A` states that they bring none.
pub(super) async fn propose(guest: Guest, wants: Wants, typed: Typed) -> Result<Response, PageError> {
    let mut form = Form::typed(typed);
    let Some(text) = read(&mut form, MINUTES) else {
        return Ok(guest.topics_invalid(form, wants));
    };
    match guest.store.propose_topic(guest.id(), &text, guest.now).await {
        Ok(Some(topic)) => {
            let sentence = format!("Topic {} sent: {}", topic.number, topic.title);
            guest.topics_done(wants, "topic", &sentence).await
        }
        Ok(None) => guest.topics_done(wants, "intent", "Noted: no topic from you for now.").await,
        Err(WriteError::Store(error)) => Err(error.into()),
        Err(WriteError::Refused(refused)) => match note(&mut form, &refused) {
            Noted::AtField => Ok(guest.topics_invalid(form, wants)),
            Noted::Rule(sentence) => Ok(guest.topics_refused(&sentence, form, wants)),
        },
    }
}

/// GET: one topic, to edit while that is possible.
pub(super) async fn show(guest: Guest, Path(path): Path<(String, String)>) -> Result<Response, PageError> {
    let topic = guest.own(&path.1)?;
    let form = Form::filled([
        ("title", topic.proposed_title.clone()),
        ("body", topic.body.clone()),
        ("minutes", topic.minutes.map_or_else(String::new, |minutes| minutes.to_string())),
        ("version", topic.version.to_string()),
    ]);
    Ok(guest.topic_page(StatusCode::OK, topic, None, form))
}

/// POST: the new text of a topic. `version` refuses a form that is older than what is stored.
pub(super) async fn save(
    guest: Guest,
    Path(path): Path<(String, String)>,
    wants: Wants,
    typed: Typed,
) -> Result<Response, PageError> {
    let topic = guest.own(&path.1)?;
    let mut form = Form::typed(typed);
    let Some(text) = read(&mut form, &minutes(topic)) else {
        return Ok(guest.topic_invalid(topic, form, wants));
    };
    let version = form.value("version").parse().ok();
    match guest.store.edit_topic(guest.id(), topic.number, version, &text, guest.now).await {
        Ok(topic) => {
            let sentence = format!("Topic {} saved: {}", topic.number, topic.proposed_title);
            guest.topics_done(wants, "edited", &sentence).await
        }
        Err(
            WriteError::Store(StoreError::Stale)
            | WriteError::Refused(TopicChangeRefused::Rule(TopicRefused::Stale)),
        ) => Err(stale(topic, &text, guest.path(&format!("/topics/{}", topic.number)))),
        Err(WriteError::Store(error)) => Err(error.into()),
        Err(WriteError::Refused(refused)) => match note(&mut form, &refused) {
            Noted::AtField => Ok(guest.topic_invalid(topic, form, wants)),
            Noted::Rule(sentence) => {
                let notice = Notice::broken("Not saved.", sentence.clone());
                Ok(match wants {
                    Wants::Text => negotiate::text(StatusCode::CONFLICT, sentence),
                    _ => guest.topic_page(StatusCode::CONFLICT, topic, Some(notice), form),
                })
            }
        },
    }
}

/// POST: takes a topic back.
pub(super) async fn withdraw(
    guest: Guest,
    Path(path): Path<(String, String)>,
    wants: Wants,
) -> Result<Response, PageError> {
    move_topic(guest, &path.1, false, wants).await
}

/// POST: proposes a topic again that was taken back.
pub(super) async fn again(
    guest: Guest,
    Path(path): Path<(String, String)>,
    wants: Wants,
) -> Result<Response, PageError> {
    move_topic(guest, &path.1, true, wants).await
}

async fn move_topic(guest: Guest, number: &str, again: bool, wants: Wants) -> Result<Response, PageError> {
    let number = guest.own(number)?.number;
    match guest.store.withdraw_topic(guest.id(), number, again, guest.now).await {
        Ok(_) if again => {
            guest.topics_done(wants, "again", &format!("Topic {number} is proposed again.")).await
        }
        Ok(_) => guest.topics_done(wants, "withdrawn", &format!("Topic {number} is withdrawn.")).await,
        Err(WriteError::Store(error)) => Err(error.into()),
        Err(WriteError::Refused(refused)) => {
            Ok(guest.topics_refused(&format!("{refused}."), Form::filled([("minutes", USUAL)]), wants))
        }
    }
}

impl Guest {
    /// One of their own topics by its number; anything else is not there.
    fn own(&self, number: &str) -> Result<&TopicView, PageError> {
        let number: u32 = number.parse().map_err(|_| PageError::NotFound)?;
        self.page.topics.iter().find(|topic| topic.number == number).ok_or(PageError::NotFound)
    }

    /// Why nothing can be proposed now; nothing while it can.
    fn topics_closed(&self) -> Option<TopicRefused> {
        let answer: Option<AnswerValue> = self.page.current.map(|current| current.value);
        may_propose(&self.page.event, answer, self.now).err()
    }

    async fn topics_done(self, wants: Wants, saved: &str, sentence: &str) -> Result<Response, PageError> {
        if wants != Wants::Text {
            let path = self.path(&format!("/topics?saved={saved}"));
            return Ok(negotiate::done(wants, &path, sentence));
        }
        let guest = self.again().await?;
        Ok(negotiate::text(StatusCode::OK, format!("{sentence}\n\n{}", guest.topics_text())))
    }

    fn topics_invalid(&self, form: Form, wants: Wants) -> Response {
        match wants {
            Wants::Text => errors_text(&form),
            _ => self.topics_page(StatusCode::UNPROCESSABLE_ENTITY, None, form),
        }
    }

    fn topics_refused(&self, sentence: &str, form: Form, wants: Wants) -> Response {
        match wants {
            Wants::Text => {
                negotiate::text(StatusCode::CONFLICT, format!("{sentence}\n\n{}", self.topics_text()))
            }
            _ => self.topics_page(StatusCode::CONFLICT, Some(Notice::broken("Not saved.", sentence)), form),
        }
    }

    fn topics_page(&self, status: StatusCode, notice: Option<Notice>, form: Form) -> Response {
        let event = &self.page.event;
        let closed = self.topics_closed();
        let mine: Vec<Mine> = self.page.topics.iter().map(|topic| self.mine(topic)).collect();
        let title = if mine.is_empty() { "Propose a topic" } else { "Your topics" };
        let frame = self
            .frame(format!("{title} · {}", event.short_name()))
            .skip("Skip to the form")
            .failed(form.has_errors());
        forms::answer(
            status,
            &TopicsPage {
                frame,
                base: self.path(""),
                closed: closed.map(|refused| format!("{refused}.")),
                until: event.deadline_words(event.topics_by),
                is_late: matches!(
                    may_propose(event, self.page.current.map(|current| current.value), self.now),
                    Ok(true)
                ),
                intent: self.page.invitation.intent,
                notice,
                mine,
                form,
            },
        )
    }

    fn topic_invalid(&self, topic: &TopicView, form: Form, wants: Wants) -> Response {
        match wants {
            Wants::Text => errors_text(&form),
            _ => self.topic_page(StatusCode::UNPROCESSABLE_ENTITY, topic, None, form),
        }
    }

    fn topic_page(
        &self,
        status: StatusCode,
        topic: &TopicView,
        notice: Option<Notice>,
        form: Form,
    ) -> Response {
        let frame = self
            .frame(format!("Your topic · {}", self.page.event.short_name()))
            .skip("Skip to the form")
            .failed(form.has_errors());
        forms::answer(
            status,
            &TopicPage {
                frame,
                base: self.path(""),
                mine: self.mine(topic),
                body: topic.body.as_str(),
                minutes: minutes(topic),
                accepted: topic.state == TopicState::Accepted && self.page_prints_topics(),
                notice,
                form,
            },
        )
    }

    fn mine(&self, topic: &TopicView) -> Mine {
        let open = self.topics_closed().is_none();
        Mine {
            number: topic.number,
            title: topic.proposed_title.clone(),
            length: topic.minutes.map_or_else(String::new, |minutes| format!("{minutes} minutes")),
            badge: self.badge(topic.state),
            may_edit: open && topic.state.is_open_to_proposer(),
            may_withdraw: topic.state.is_open_to_proposer(),
            may_again: open && topic.state == TopicState::Withdrawn,
        }
    }

    /// The proposer's words for a state; see the head of this module.
    fn badge(&self, state: TopicState) -> Badge {
        match state {
            TopicState::Withdrawn => Badge::topic("withdrawn"),
            TopicState::Accepted if self.page_prints_topics() => Badge::topic("accepted"),
            TopicState::Held | TopicState::NotReached => Badge::topic("accepted"),
            TopicState::Accepted
            | TopicState::Proposed
            | TopicState::NeedsInfo
            | TopicState::Discuss
            | TopicState::Declined
            | TopicState::Parked
            | TopicState::Merged => Badge::proposed(),
        }
    }

    fn page_prints_topics(&self) -> bool {
        self.page.event.page == PageMode::Full && self.page.invitation.is_listed
    }

    fn topics_text(&self) -> String {
        let mut out = String::from("Your topics\n\n");
        for topic in &self.page.topics {
            let mine = self.mine(topic);
            let length = if mine.length.is_empty() { String::new() } else { format!(", {}", mine.length) };
            let state = mine.badge.word().to_lowercase();
            out.push_str(&format!("  {:>3}  {}\n       {state}{length}\n", mine.number, mine.title));
        }
        if self.page.topics.is_empty() {
            out.push_str("  None from you.\n");
        }
        let link = format!("{}{}", self.public_url, self.path("/topics"));
        match self.topics_closed() {
            Some(refused) => out.push_str(&format!("\n{refused}.\n")),
            None => out.push_str(&format!(
                "\n    curl -d title='your topic' -d minutes=30 {link}\n    curl -X POST {link}/NUMBER/withdraw\n"
            )),
        }
        out
    }
}

/// What was typed, or `None` with the errors noted.
fn read(form: &mut Form, lengths: &[(impl AsRef<str>, impl AsRef<str>)]) -> Option<TopicText> {
    let minutes = match form.value("minutes") {
        "" => None,
        word if lengths.iter().any(|(known, _)| known.as_ref() == word) => word.parse().ok(),
        _ => {
            form.error("minutes", "Choose how long you need");
            None
        }
    };
    if form.value("title").is_empty() {
        form.error("title", "Give the topic a title");
    }
    let body = form.values().raw("body").to_owned();
    let title = form.value("title").to_owned();
    (!form.has_errors()).then_some(TopicText { title, body, minutes })
}

/// The usual lengths, and the topic's own where it is another (imported, or set by the committee).
fn minutes(topic: &TopicView) -> Vec<(String, String)> {
    let mut lengths: Vec<(String, String)> =
        MINUTES.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect();
    if let Some(own) = topic.minutes.map(|minutes| minutes.to_string())
        && !lengths.iter().any(|(value, _)| *value == own)
    {
        lengths.push((own.clone(), format!("{own} minutes, as it is now")));
    }
    lengths
}

enum Noted {
    AtField,
    Rule(String),
}

/// Puts a refusal where it can be mended, or says it on top.
fn note(form: &mut Form, refused: &TopicChangeRefused) -> Noted {
    match refused {
        TopicChangeRefused::NoTitle => form.error("title", "Give the topic a title"),
        TopicChangeRefused::Text { field, problem } => form.error(*field, problem.clone()),
        TopicChangeRefused::Rule(rule @ TopicRefused::SameTitle) => form.error("title", rule.to_string()),
        TopicChangeRefused::Rule(rule) => return Noted::Rule(format!("{rule}.")),
    }
    Noted::AtField
}

fn errors_text(form: &Form) -> Response {
    let lines: Vec<String> = form.errors().iter().map(|error| format!("{}.", error.message)).collect();
    negotiate::text(StatusCode::UNPROCESSABLE_ENTITY, lines.join("\n"))
}

fn stale(topic: &TopicView, typed: &TopicText, path: String) -> PageError {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let theirs = std::iter::once(topic.proposed_title.clone()).chain(lines(&topic.body));
    let yours = std::iter::once(typed.title.clone()).chain(lines(&typed.body));
    PageError::Stale(Box::new(Stale {
        sentence: "This topic was saved in another window, or by the committee, meanwhile.".to_owned(),
        diff: theirs.map(DiffLine::Theirs).chain(yours.map(DiffLine::Yours)).collect(),
        theirs: Some(Link::new(path, "The topic as it is now")),
    }))
}

/// A topic in their list.
struct Mine {
    number: u32,
    title: String,
    length: String,
    badge: Badge,
    may_edit: bool,
    may_withdraw: bool,
    may_again: bool,
}

#[derive(Template)]
#[template(path = "personal/topics.html")]
struct TopicsPage {
    frame: LetterFrame,
    base: String,
    mine: Vec<Mine>,
    form: Form,
    notice: Option<Notice>,
    /// Why nothing can be proposed.
    closed: Option<String>,
    /// Last day for topics that are not late.
    until: String,
    is_late: bool,
    intent: Intent,
}

#[derive(Template)]
#[template(path = "personal/topic.html")]
struct TopicPage<'a> {
    frame: LetterFrame,
    base: String,
    mine: Mine,
    body: &'a str,
    minutes: Vec<(String, String)>,
    accepted: bool,
    form: Form,
    notice: Option<Notice>,
}
