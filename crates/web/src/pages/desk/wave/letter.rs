//! What the writing page shows: the form, who is left out, and the mail as one person gets it.

use askama::Template;
use conclave_core::event::{Event, SeatPolicy};
use conclave_core::facts::Facts;
use conclave_core::ids::{InvitationId, MessageId, WaveId};
use conclave_mail::preview::{preview, test_letter};
use conclave_mail::templates::{Rendered, Templates};
use conclave_persistence::{
    Invitation, Store, StoredText, Wave, WaveDraft, WaveKind, WaveRefused, WriteError,
};

use super::{Writing, draft_of};
use crate::access::{Desk, Right};
use crate::components::{Notice, SeatCount};
use crate::error::PageError;
use crate::forms::Form;
use crate::layout::{DeskFrame, Section};
use crate::pages::desk::forecast::ForecastView;
use crate::views::people;

/// Names shown in one sentence before "and n more".
const NAMES_SHOWN: usize = 8;

#[derive(Template)]
#[template(path = "desk/mail/write.html")]
pub(super) struct LetterPage {
    pub(super) frame: DeskFrame,
    form: Form,
    heading: String,
    lede: String,
    action: String,
    back: String,
    saved: Option<String>,
    pub(super) version: u32,
    is_reminder: bool,
    /// Everybody's invitation had the same subject, as far as was saved.
    shares_subject: bool,
    reply_by_hint: &'static str,
    pub(super) may_send: bool,
    seats: Option<SeatCount>,
    forecast: Option<ForecastView>,
    to: String,
    left_out: Vec<(String, String)>,
    choices: Vec<(String, String)>,
    placeholders: Vec<(&'static str, String)>,
    shown: Option<Shown>,
    pub(super) test: Option<Notice>,
    pub(super) stopped: Option<Notice>,
}

/// The mail to one of the recipients.
struct Shown {
    id: String,
    name: String,
    first_name: String,
    address: String,
    place: usize,
    of: usize,
    line: String,
    reply_to: String,
    /// Or why there is none yet.
    mail: Result<Rendered, String>,
    html: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/mail/remove.html")]
pub(super) struct RemovePage {
    pub(super) frame: DeskFrame,
    pub(super) back: String,
    pub(super) name: String,
    pub(super) people: String,
}

impl LetterPage {
    /// The page of what is being written, with the preview for the person named `showing`, else for the first.
    pub(super) async fn of<R: Right>(
        store: &Store,
        templates: &Templates,
        desk: &Desk<R>,
        writing: &Writing,
        mut form: Form,
        showing: &str,
    ) -> Result<Self, PageError> {
        let event = &desk.event;
        let plan = store.plan(event.id, writing.kind, &writing.chosen, desk.now).await?;
        let recipients: Vec<&Invitation> = plan.recipients.iter().map(|(person, _)| person).collect();
        let at = recipients.iter().position(|person| person.public_id == showing).unwrap_or(0);
        let path = |rest: &str| desk.path(&format!("/mail/{rest}"));
        let saved = writing.wave.as_ref().map(|wave| path(&wave.label()));
        let shown = match recipients.get(at) {
            None => None,
            Some(person) => {
                let of = recipients.len();
                let line = form_line(&form, writing, person);
                Some(Shown::of(store, templates, desk, writing, &form, (person, at + 1, of), line).await?)
            }
        };
        if let Some(shown) = &shown {
            form = with_line(&form, &shown.line);
        }
        let mut choices: Vec<(String, String)> = Vec::new();
        let more = store.candidates_for(event.id, writing.kind).await?;
        let more: Vec<InvitationId> = more.into_iter().filter(|id| !writing.chosen.contains(id)).collect();
        let more = store.plan(event.id, writing.kind, &more, desk.now).await?.recipients;
        for (person, _) in plan.recipients.iter().chain(&plan.left_out).chain(&more) {
            choices.push((person.public_id.clone(), choice(person)));
        }
        let heading = writing.heading();
        Ok(Self {
            frame: desk.frame(heading.clone(), Section::Mail).await?,
            lede: lede(writing.kind, event),
            action: saved.clone().unwrap_or_else(|| path("new")),
            back: desk.path("/mail"),
            version: form.value("version").parse().unwrap_or(0),
            is_reminder: writing.kind.is_reminder(),
            shares_subject: writing.wave.as_ref().is_none_or(|wave| !wave.subject.is_empty()),
            reply_by_hint: match event.policy {
                SeatPolicy::Hold => "Proposed from the time left until the event. A seat is held until then.",
                SeatPolicy::OverInvite(_) => "Proposed from the time left until the event.",
            },
            may_send: true,
            seats: plan.counted.as_ref().map(|seats| SeatCount::of(event, seats)),
            forecast: match writing.kind {
                WaveKind::Invitation => Some(ForecastView::of(store, desk).await?),
                WaveKind::Reminder | WaveKind::TopicReminder => None,
            },
            to: named(&recipients),
            left_out: plan
                .left_out
                .iter()
                .map(|(person, why)| (person.shown_name().to_owned(), why.clone()))
                .collect(),
            choices,
            placeholders: placeholders(event, &form, recipients.get(at).copied()),
            shown,
            test: None,
            stopped: None,
            saved,
            heading,
            form,
        })
    }
}

impl LetterPage {
    /// Subject of a reminder to the person shown; others may have got another invitation.
    fn subject(&self) -> &str {
        match self.shown.as_ref().map(|shown| (&shown.mail, shown.of)) {
            Some((Ok(mail), 1)) => &mail.subject,
            Some((Ok(mail), _)) if self.shares_subject => &mail.subject,
            _ => "Re: \u{2026}, each under their invitation",
        }
    }
}

impl Shown {
    async fn of<R: Right>(
        store: &Store,
        templates: &Templates,
        desk: &Desk<R>,
        writing: &Writing,
        form: &Form,
        (person, place, of): (&Invitation, usize, usize),
        line: String,
    ) -> Result<Self, PageError> {
        // A copy: what is wrong was noted when it was saved, and is said at the fields.
        let mut draft = draft_of(writing, std::slice::from_ref(person), &mut form.clone());
        draft.personal_lines.retain(|(id, _)| *id != person.id);
        draft.personal_lines.push((person.id, line.clone()));
        let saved = writing.wave.as_ref().map(|wave| wave.id);
        let mail = rendered(store, templates, desk, saved, &draft, person.id).await?;
        let has_html = mail.as_ref().is_ok_and(|mail| mail.html.is_some());
        Ok(Self {
            html: writing
                .wave
                .as_ref()
                .filter(|_| has_html)
                .map(|wave| desk.path(&format!("/mail/{}/html?as={}", wave.label(), person.public_id))),
            id: person.public_id.clone(),
            name: person.shown_name().to_owned(),
            first_name: first_name(person),
            address: person.email.clone(),
            reply_to: desk.event.reply_to.clone(),
            place,
            of,
            line,
            mail,
        })
    }
}

/// The mail with masked links, or what has to be fixed first.
pub(super) async fn rendered<R: Right>(
    store: &Store,
    templates: &Templates,
    desk: &Desk<R>,
    wave: Option<WaveId>,
    draft: &WaveDraft,
    to: InvitationId,
) -> Result<Result<Rendered, String>, PageError> {
    let facts = match facts(store, desk, wave, draft, to).await? {
        Ok(facts) => facts,
        Err(refused) => return Ok(Err(sentence(&refused))),
    };
    let shown = preview(templates, draft.kind.purpose(), &facts, &store.site().public_url);
    Ok(Ok(shown.map_err(PageError::internal)?))
}

/// The mails of several people with masked links, as [`rendered`] makes one.
pub(super) async fn rendered_for<R: Right>(
    store: &Store,
    templates: &Templates,
    desk: &Desk<R>,
    wave: WaveId,
    draft: &WaveDraft,
    to: &[InvitationId],
) -> Result<Result<Vec<Rendered>, String>, PageError> {
    let facts = match store.previews(desk.event.id, draft, Some(wave), to, desk.now).await {
        Ok(facts) => facts,
        Err(WriteError::Refused(refused)) => return Ok(Err(sentence(&refused))),
        Err(WriteError::Store(fault)) => return Err(fault.into()),
    };
    let public_url = &store.site().public_url;
    let shown: Result<Vec<Rendered>, _> =
        facts.iter().map(|facts| preview(templates, draft.kind.purpose(), facts, public_url)).collect();
    Ok(Ok(shown.map_err(PageError::internal)?))
}

/// Queues the letter as `to` would get it as a test to whoever presses. `None` where it cannot be
/// written yet; the page that comes next says why.
pub(super) async fn queue_test<R: Right>(
    store: &Store,
    templates: &Templates,
    desk: &Desk<R>,
    wave: &Wave,
    draft: &WaveDraft,
    to: InvitationId,
) -> Result<Option<MessageId>, PageError> {
    let Ok(facts) = facts(store, desk, Some(wave.id), draft, to).await? else { return Ok(None) };
    let letter = test_letter(templates, draft.kind.purpose(), &facts, &store.site().public_url);
    let letter = letter.map_err(PageError::internal)?;
    let text = StoredText { subject: letter.subject, text: letter.text, html: letter.html };
    let event = store.event_facts(&desk.event).await?;
    let queued = store.queue_test_letter(desk.signed_in.account(), event, &text, desk.now).await?;
    store.note_test(wave.id, wave.version).await?;
    Ok(Some(queued))
}

async fn facts<R: Right>(
    store: &Store,
    desk: &Desk<R>,
    wave: Option<WaveId>,
    draft: &WaveDraft,
    to: InvitationId,
) -> Result<Result<Facts, WaveRefused>, PageError> {
    match store.preview_facts(desk.event.id, draft, wave, to, desk.now).await {
        Ok(facts) => Ok(Ok(facts)),
        Err(WriteError::Refused(refused)) => Ok(Err(refused)),
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

/// A refusal as a sentence.
pub(super) fn sentence(refused: &WaveRefused) -> String {
    format!("{refused}.")
}

/// `5 people: Aiko Mori, Ben Achterberg and 3 more`.
pub(super) fn named(recipients: &[&Invitation]) -> String {
    let names: Vec<&str> = recipients.iter().take(NAMES_SHOWN).map(|person| person.shown_name()).collect();
    let count = people(recipients.len() as u64);
    match recipients.len().saturating_sub(NAMES_SHOWN) {
        _ if names.is_empty() => "Nobody yet".to_owned(),
        0 => format!("{count}: {}", names.join(", ")),
        more => format!("{count}: {} and {more} more", names.join(", ")),
    }
}

fn lede(kind: WaveKind, event: &Event) -> String {
    match kind {
        WaveKind::Invitation => "Nothing is sent before you have seen the check.".to_owned(),
        WaveKind::Reminder => match event.reminder_days {
            Some(days) => {
                let before = crate::views::counted(u64::from(days), "day", "days");
                format!(
                    "One reminder per person goes by itself, {before} before the date to answer by. Sending now replaces it."
                )
            }
            None => "To those who were invited and have not answered.".to_owned(),
        },
        WaveKind::TopicReminder => {
            "To those who come and said nothing about a topic; never to those who bring none.".to_owned()
        }
    }
}

fn choice(person: &Invitation) -> String {
    match (person.name.is_empty(), person.affiliation.is_empty()) {
        (true, _) => person.email.clone(),
        (false, true) => person.name.clone(),
        (false, false) => format!("{}, {}", person.name, person.affiliation),
    }
}

fn first_name(person: &Invitation) -> String {
    [&person.first_name, &person.name, &person.email]
        .into_iter()
        .find(|text| !text.is_empty())
        .cloned()
        .unwrap_or_default()
}

/// The personal line of the person shown: as typed if the form was about them, else as saved.
fn form_line(form: &Form, writing: &Writing, person: &Invitation) -> String {
    if form.values().has("line") && form.value("as") == person.public_id {
        return form.value("line").to_owned();
    }
    writing.lines.iter().find(|(id, _)| *id == person.id).map(|(_, line)| line.clone()).unwrap_or_default()
}

/// The form with this personal line in its field.
fn with_line(form: &Form, line: &str) -> Form {
    let mut pairs: Vec<(String, String)> = ["kind", "version", "subject", "body", "reply_by"]
        .into_iter()
        .map(|name| (name.to_owned(), form.values().raw(name).to_owned()))
        .collect();
    pairs.extend(form.values().all("p").map(|id| ("p".to_owned(), id.to_owned())));
    pairs.push(("line".to_owned(), line.to_owned()));
    let mut with = Form::filled(pairs);
    for error in form.errors() {
        with.error(error.field.clone(), error.message.clone());
    }
    with
}

/// What the words in braces stand for.
fn placeholders(event: &Event, form: &Form, person: Option<&Invitation>) -> Vec<(&'static str, String)> {
    let answer_by = match (form.value("reply_by").parse(), person.and_then(|person| person.reply_by)) {
        _ if form.value("kind") == WaveKind::TopicReminder.as_str() => {
            event.deadline_words(event.topics_by.min(event.answers_close))
        }
        (Ok(day), _) => event.deadline_words(day),
        (Err(_), Some(day)) => event.deadline_words(day),
        (Err(_), None) => event.deadline_words(event.answers_close),
    };
    vec![
        ("{first_name}", person.map(first_name).unwrap_or_default()),
        ("{name}", person.map(|person| person.shown_name().to_owned()).unwrap_or_default()),
        ("{link}", "their personal link, alone on its line; required".to_owned()),
        ("{answer_by}", answer_by),
        ("{personal_line}", "one sentence for one person, written below the preview".to_owned()),
    ]
}
