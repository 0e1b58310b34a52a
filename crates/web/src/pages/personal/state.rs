//! The page itself, the answer, and what may be said around it.

use askama::Template;
use axum::response::{Redirect, Response};
use conclave_core::address::Address;
use conclave_core::answer::{AnswerRefused, AnswerValue, Given, GivenError, Outcome, Via};
use conclave_core::candidate::NextTime;
use conclave_core::log_entry::Actor;
use conclave_core::text::{Line, Text};
use conclave_persistence::{AnswerExtras, Answered, Instead, WriteError};
use http::StatusCode;

use super::screen::{Button, Kind, Screen, screen};
use super::{Guest, Visitor, consent};
use crate::access::PersonalLink;
use crate::components::Notice;
use crate::error::PageError;
use crate::forms::{self, Form, Typed};
use crate::layout::LetterFrame;
use crate::links::Query;
use crate::negotiate::{self, Wants};
use crate::views;

/// Why not; the words of prototype `rsvp-declined.html`.
const REASONS: &[(&str, &str)] = &[
    ("travel", "Travel or visa"),
    ("date", "The date"),
    ("budget", "Budget or employer"),
    ("other", "Something else, or none of your business"),
];

/// What they say about being asked again; not choosing leaves what was said before.
const NEXT_TIMES: &[(&str, &str)] =
    &[("ask", "Ask me next time"), ("never", "Do not ask me again"), ("either", "It does not matter")];

/// Why somebody cannot say yet (decision 4).
const TENTATIVE_REASONS: &[(&str, &str)] = &[
    ("funding", "Funding is not settled"),
    ("visa", "A visa is not granted yet"),
    ("employer", "My employer has to agree"),
    ("other", "Something else"),
];

/// GET: the state, as page or text.
pub(super) async fn show(guest: Guest, query: Query, wants: Wants) -> Response {
    let notice = match query.text("saved") {
        "details" => Some(Notice::done("Saved.", "")),
        "reason" => Some(Notice::done("Thank you.", "The committee reads it.")),
        "mail" => Some(Notice::done("Saved.", "We write to you about this event again.")),
        _ => None,
    };
    guest.answer_with(StatusCode::OK, notice, Form::default(), wants)
}

/// GET of an address that only takes posts, as after a reload of a refused form: their page.
pub(super) async fn back(link: PersonalLink) -> Redirect {
    Redirect::to(&link.path(""))
}

/// POST `answer=accepted|declined|tentative|waiting`, with `mode`, `reason`, `until`, `listed`, `note`.
pub(super) async fn answer(visitor: Visitor, wants: Wants, typed: Typed) -> Result<Response, PageError> {
    let invitation = visitor.invitation().await?;
    let mut form = Form::typed(typed);
    let read = |name: &str| form.value(name).to_owned();
    let given = Given::parse(&read("answer"), &read("mode"), &read("reason"), &read("until"));
    let tentative = matches!(given, Ok(Given::Tentative { .. }));
    let given = given.map_err(|error| form.error(field(error), error.to_string())).ok();
    let note = form.optional("note", Text::<2_000>::parse);
    let reason = if tentative { Some(None) } else { form.optional("reason", Line::<200>::parse) };
    let (Some(given), Some(note), Some(reason)) = (given, note, reason) else {
        let guest = visitor.guest().await?;
        return Ok(guest.answer_with(StatusCode::UNPROCESSABLE_ENTITY, None, form, wants));
    };
    let extras = AnswerExtras {
        listed: consent(form.values()),
        note: note.map(String::from),
        reason: reason.map(String::from),
        revision: form.value("revision").parse().ok(),
    };
    match visitor.store.record_answer(invitation, &given, &extras, Via::Page, visitor.now).await {
        Ok(answered) if wants != Wants::Text => {
            Ok(negotiate::done(wants, &visitor.link.path(""), &sentence(&answered)))
        }
        Ok(answered) => Ok(visitor.guest().await?.state_after(&sentence(&answered))),
        Err(WriteError::Refused(refused @ AnswerRefused::UntilOutOfRange { .. })) => {
            form.error("until", refused.to_string());
            let guest = visitor.guest().await?;
            Ok(guest.answer_with(StatusCode::UNPROCESSABLE_ENTITY, None, form, wants))
        }
        Err(WriteError::Refused(refused)) => {
            Ok(visitor.guest().await?.not_recorded(&format!("{refused}."), form, wants))
        }
        Err(WriteError::Store(error)) => Err(error.into()),
    }
}

/// POST: why not, whom instead, and what about the next time; each may be left out.
pub(super) async fn reason(guest: Guest, wants: Wants, typed: Typed) -> Result<Response, PageError> {
    if !screen(&guest.page, guest.now).asks_reason {
        return guest.refused("That is asked of whoever said no.", Form::typed(typed), wants).await;
    }
    let mut form = Form::typed(typed);
    let reason = form.optional("reason", Line::<200>::parse);
    let instead = form.optional("instead", Line::<200>::parse);
    let next = form.optional("next", |word| match word {
        "either" => Ok(NextTime::NothingSaid),
        word => NextTime::parse(word).ok_or("Choose one of the three"),
    });
    let address = form.optional("instead_address", Address::parse);
    let why = form.optional("instead_why", Line::<200>::parse);
    let (Some(reason), Some(instead), Some(next), Some(address), Some(why)) =
        (reason, instead, next, address, why)
    else {
        return Ok(guest.answer_with(StatusCode::UNPROCESSABLE_ENTITY, None, form, wants));
    };
    if let Some(wish) = next {
        guest.store.set_next_time(guest.id(), wish, &Actor::Invitee, guest.now).await?;
    }
    let words = |line: Option<Line<200>>| line.map(String::from).unwrap_or_default();
    let instead = Instead {
        name: words(instead),
        address: address.map(|address| address.as_str().to_owned()).unwrap_or_default(),
        why: words(why),
    };
    guest.store.add_reason(guest.id(), &words(reason), &instead, guest.now).await?;
    guest.done(wants, "Noted for the committee.", "?saved=reason").await
}

/// POST: asks the committee for a seat after answers closed, with a line of text.
pub(super) async fn late(guest: Guest, wants: Wants, typed: Typed) -> Result<Response, PageError> {
    const HANDED: &str = "Handed to the committee: you ask for a late seat.";
    if guest.page.has_open_request {
        return guest.done(wants, HANDED, "").await;
    }
    if !screen(&guest.page, guest.now).late {
        const CLOSED: &str = "A late seat cannot be asked for now; see what is open to you.";
        return guest.refused(CLOSED, Form::typed(typed), wants).await;
    }
    let mut form = Form::typed(typed);
    let Some(note) = form.optional("note", Text::<2_000>::parse) else {
        return Ok(guest.answer_with(StatusCode::UNPROCESSABLE_ENTITY, None, form, wants));
    };
    let note = note.map(String::from).unwrap_or_default();
    match guest.store.ask_late_seat(guest.id(), &note, guest.now).await {
        Ok(()) => guest.done(wants, HANDED, "").await,
        Err(WriteError::Refused(refused)) => guest.refused(&format!("{refused}."), form, wants).await,
        Err(WriteError::Store(error)) => Err(error.into()),
    }
}

impl Guest {
    /// The page, or its text, in the state it is in.
    pub(super) fn answer_with(
        &self,
        status: StatusCode,
        notice: Option<Notice>,
        form: Form,
        wants: Wants,
    ) -> Response {
        let screen = screen(&self.page, self.now);
        if wants == Wants::Text {
            let errors =
                form.errors().iter().map(|error| format!("{}.\n", error.message)).collect::<String>();
            let gap = if errors.is_empty() { "" } else { "\n" };
            return negotiate::text(status, format!("{errors}{gap}{}", self.text(&screen)));
        }
        let event = &self.page.event;
        let frame = self
            .frame(views::without_stop(&screen.heading))
            .skip(if screen.choices.is_empty() { "Skip to your answer" } else { "Skip to the answer" })
            .failed(form.has_errors());
        forms::answer(
            status,
            &StatePage {
                frame,
                base: self.path(""),
                short: event.short_name(),
                name: self.page.invitation.shown_name(),
                intro: if screen.introduces { paragraphs(&event.intro) } else { Vec::new() },
                last_day: event.deadline_words(event.answers_close),
                topics: self.page.invitation.topic_count,
                may_propose: conclave_core::topic::may_propose(
                    event,
                    self.page.current.map(|current| current.value),
                    self.now,
                )
                .is_ok(),
                listed: self.page.invitation.is_listed,
                muted: self.page.invitation.is_muted,
                contact: event.reply_to.as_str(),
                homeless: homeless(&screen, &form),
                revision: event.revision,
                notice,
                screen,
                form,
            },
        )
    }

    /// After a write, or one that was not needed: 303, or the new state for a shell.
    pub(super) async fn done(self, wants: Wants, sentence: &str, query: &str) -> Result<Response, PageError> {
        if wants != Wants::Text {
            return Ok(negotiate::done(wants, &self.path(query), sentence));
        }
        Ok(self.again().await?.state_after(sentence))
    }

    /// The new state for a shell.
    fn state_after(&self, sentence: &str) -> Response {
        let state = self.text(&screen(&self.page, self.now));
        negotiate::text(StatusCode::OK, format!("{sentence}\n\n{state}"))
    }

    /// A rule says no: the page as it is now offers the choices that are left, with what was typed.
    pub(super) async fn refused(
        self,
        sentence: &str,
        form: Form,
        wants: Wants,
    ) -> Result<Response, PageError> {
        Ok(self.again().await?.not_recorded(sentence, form, wants))
    }

    fn not_recorded(&self, sentence: &str, form: Form, wants: Wants) -> Response {
        if wants == Wants::Text {
            let state = self.text(&screen(&self.page, self.now));
            return negotiate::text(StatusCode::CONFLICT, format!("{sentence}\n\n{state}"));
        }
        let notice = Notice::broken("Not recorded.", sentence);
        self.answer_with(StatusCode::CONFLICT, Some(notice), form, wants)
    }

    /// The state on one screen of a terminal, with the commands that answer.
    fn text(&self, screen: &Screen) -> String {
        let mut out = format!("{}\n\n", screen.heading);
        for sentence in &screen.lede {
            out.push_str(&format!("{}\n", views::wrapped(sentence, 72)));
        }
        out.push('\n');
        out.push_str(&format!("    For          {}\n", self.page.invitation.shown_name()));
        out.push_str(&format!("    Answer       {}\n", screen.kind.word()));
        for fact in &screen.facts {
            let more = if fact.more.is_empty() { String::new() } else { format!(", {}", fact.more) };
            out.push_str(&format!("    {:<12} {}{more}\n", fact.term, fact.value));
        }
        for line in &screen.changed {
            out.push_str(&format!(
                "    {:<12} was {}\n                 is  {}\n",
                line.what, line.was, line.is
            ));
        }
        if let Some(trailer) = &screen.trailer {
            out.push('\n');
            for line in trailer.aligned() {
                out.push_str(&format!("    {line}\n"));
            }
        }
        let link = format!("{}{}", self.public_url, self.path(""));
        let mut commands: Vec<String> = screen.buttons().map(|button| command(&link, button)).collect();
        if screen.tentative {
            commands.push(format!("curl -d answer=tentative -d until=YYYY-MM-DD {link}/answer"));
        }
        if screen.late {
            commands.push(format!("curl -d note='one line' {link}/late"));
        }
        if screen.todo {
            commands.push(format!("curl -d title='your topic' {link}/topics"));
        }
        if !commands.is_empty() {
            out.push_str(&format!("\n    {}\n", commands.join("\n    ")));
        }
        out.push_str(&format!("\nQuestions: {} (a person reads it)\n", self.page.event.reply_to));
        out
    }
}

fn command(link: &str, button: &Button) -> String {
    let mode = button.mode.map_or_else(String::new, |mode| format!(" -d mode={mode}"));
    format!("curl -d answer={}{mode} {link}/answer", button.answer)
}

/// The line of text that follows a press.
fn sentence(answered: &Answered) -> String {
    let value = answered.value.map_or("no answer", AnswerValue::as_str);
    let place = answered.place_in_line.map_or_else(String::new, |place| format!(", place {place} in line"));
    match &answered.outcome {
        Outcome::Recorded(_) => format!("Recorded: {value}{place}."),
        Outcome::Unchanged => format!("Recorded before: {value}{place}."),
        Outcome::Requested { wanted, .. } => {
            format!(
                "Handed to the committee: {} is what you ask for; your answer stays {value}.",
                wanted.as_str()
            )
        }
    }
}

/// Where the error summary leads.
fn field(error: GivenError) -> &'static str {
    match error {
        GivenError::Value | GivenError::Mode => "answer",
        GivenError::Until => "until",
        GivenError::Reason => "reason",
    }
}

fn homeless(screen: &Screen, form: &Form) -> String {
    let note = form.value("note");
    if !note.is_empty() && screen.choices.is_empty() && !screen.late {
        return note.to_owned();
    }
    if screen.asks_reason { String::new() } else { form.value("instead").to_owned() }
}

fn paragraphs(text: &str) -> Vec<String> {
    text.split("\n\n").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[derive(Template)]
#[template(path = "personal/state.html")]
struct StatePage<'a> {
    frame: LetterFrame,
    screen: Screen,
    form: Form,
    notice: Option<Notice>,
    /// What was typed into a form that this state no longer has.
    homeless: String,
    base: String,
    short: &'a str,
    name: &'a str,
    contact: &'a str,
    intro: Vec<String>,
    /// Last day of answers, for "I can't say yet".
    last_day: String,
    /// Of the event; an answer to an older one is refused.
    revision: u32,
    topics: u32,
    may_propose: bool,
    listed: bool,
    muted: bool,
}

impl StatePage<'_> {
    /// The quiet way is open when something in it has to be fixed.
    fn opens_tentative(&self) -> bool {
        self.form.value("answer") == "tentative"
    }

    fn is_accepted(&self) -> bool {
        self.screen.kind == Kind::Accepted
    }

    fn topics_words(&self) -> String {
        match (self.topics, self.may_propose) {
            (0, true) => "None from you yet. Most people bring one; nobody has to.".to_owned(),
            (0, false) => "None from you, and topics are closed.".to_owned(),
            (count, _) => format!("{} from you.", views::counted(u64::from(count), "topic", "topics")),
        }
    }
}
