//! Writing a wave or a reminder: who gets it, the text, and the mail as one of them gets it (ux.md 7).
//!
//! A first save makes a draft, named `1` or `r1` in addresses. Every button of the form saves first, so
//! nothing typed is lost on the way to the preview, to the next person or to the check.

mod check;
mod letter;
mod reminders;
mod status;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use chrono::NaiveDate;
use conclave_core::badge::Badge as PersonState;
use conclave_core::committee::Action;
use conclave_core::deadline;
use conclave_core::ids::InvitationId;
use conclave_core::invitation::InvitationState;
use conclave_mail::templates::Templates;
use conclave_persistence::{
    Invitation, ListQuery, LogFilter, Store, StoreError, Wave, WaveDraft, WaveKind, WaveRefused, WriteError,
};

use self::letter::{LetterPage, RemovePage, queue_test, rendered};
use super::invitees::list_query;
use super::mail::{wave_name, wave_subject};
use crate::access::{Desk, Right, See, SendMail};
use crate::components::Notice;
use crate::conflict::Conflict;
use crate::error::PageError;
use crate::forms::{self, Form, Typed};
use crate::layout::{Link, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::pages::test_mail::TestMail;
use crate::session::Signed;
use crate::state::AppState;

/// Routes of one wave, from writing it to its progress.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/mail/new", get(blank).post(add))
        .route("/c/{event}/mail/{wave}", get(show).post(save))
        .route("/c/{event}/mail/{wave}/html", get(html))
        .route("/c/{event}/mail/{wave}/remove", get(ask_remove).post(remove))
        .merge(check::routes())
        .merge(reminders::routes())
        .merge(status::routes())
}

/// What is being written, saved or not.
struct Writing {
    kind: WaveKind,
    /// Saved as.
    wave: Option<Wave>,
    /// Chosen, in list order.
    chosen: Vec<InvitationId>,
    /// Personal lines that are saved.
    lines: Vec<(InvitationId, String)>,
}

impl Writing {
    fn heading(&self) -> String {
        match (&self.wave, self.kind) {
            (Some(wave), _) => wave_name(wave),
            (None, WaveKind::Invitation) => "New wave".to_owned(),
            (None, WaveKind::Reminder) => "New reminder".to_owned(),
            (None, WaveKind::TopicReminder) => "New topic reminder".to_owned(),
        }
    }

    /// The draft as it is saved.
    fn draft(self, wave: &Wave) -> WaveDraft {
        WaveDraft {
            kind: wave.kind,
            subject: wave.subject.clone(),
            body: wave.body.clone(),
            reply_by: wave.reply_by,
            invitations: self.chosen,
            personal_lines: self.lines,
        }
    }
}

async fn blank(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<SendMail>,
    query: Query,
) -> Result<Response, PageError> {
    let kind = WaveKind::parse(query.text("kind"));
    let chosen = chosen(&store, &desk, kind, &query).await?;
    let facts = store.event_facts(&desk.event).await?;
    let subject = if kind.is_reminder() {
        String::new()
    } else {
        templates.default_subject(kind.purpose(), &facts).map_err(PageError::internal)?
    };
    let body = templates.default_letter(kind.purpose(), &facts).map_err(PageError::internal)?;
    let today = deadline::today(desk.now, desk.event.zone);
    let reply_by = if kind.is_reminder() {
        String::new()
    } else {
        let day = deadline::propose_reply_by(today, desk.event.first_day);
        day.min(desk.event.answers_close).to_string()
    };
    let writing = Writing { kind, wave: None, chosen, lines: Vec::new() };
    let mut pairs = vec![
        ("kind".to_owned(), kind.as_str().to_owned()),
        ("subject".to_owned(), subject),
        ("body".to_owned(), body),
        ("reply_by".to_owned(), reply_by),
    ];
    add_people(&store, &desk, &writing, &mut pairs).await?;
    let form = Form::filled(pairs);
    let page = LetterPage::of(&store, &templates, &desk, &writing, form, "").await?;
    Ok(forms::page(&page))
}

async fn add(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<SendMail>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let kind = WaveKind::parse(typed.text("kind"));
    let writing = Writing { kind, wave: None, chosen: Vec::new(), lines: Vec::new() };
    write(&store, &templates, &desk, wants, writing, typed).await
}

async fn show(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<See>,
    Path((_, label)): Path<(String, String)>,
    query: Query,
) -> Result<Response, PageError> {
    let wave = find(&store, &desk, &label).await?;
    if !wave.is_draft() {
        return Ok(Redirect::to(&path_of(&desk, &wave, "/status")).into_response());
    }
    let writing = saved(&store, wave.clone()).await?;
    let mut pairs = vec![
        ("kind".to_owned(), wave.kind.as_str().to_owned()),
        ("version".to_owned(), wave.version.to_string()),
        ("subject".to_owned(), wave.subject.clone()),
        ("body".to_owned(), wave.body.clone()),
        ("reply_by".to_owned(), wave.reply_by.map(|day| day.to_string()).unwrap_or_default()),
    ];
    add_people(&store, &desk, &writing, &mut pairs).await?;
    let form = Form::filled(pairs);
    let mut page = LetterPage::of(&store, &templates, &desk, &writing, form, query.text("as")).await?;
    page.may_send = desk.may(Action::Send);
    page.test =
        TestMail::of(&store, desk.signed_in.account(), &query, desk.now).await?.map(|test| test.notice);
    page.stopped = (query.text("stopped") == "yes")
        .then(|| Notice::done("Stopped.", "Nothing has left; this is a draft again."));
    Ok(forms::page(&page))
}

async fn save(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<SendMail>,
    Path((_, label)): Path<(String, String)>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let wave = find(&store, &desk, &label).await?;
    if !wave.is_draft() {
        return Err(not_a_draft(&desk, &wave));
    }
    let writing = saved(&store, wave).await?;
    write(&store, &templates, &desk, wants, writing, typed).await
}

/// Saves what was typed and goes where the button leads, or shows it again with what to fix.
async fn write(
    store: &Store,
    templates: &Templates,
    desk: &Desk<SendMail>,
    wants: Wants,
    mut writing: Writing,
    typed: Typed,
) -> Result<Response, PageError> {
    let ids: Vec<String> = typed.all("p").map(str::to_owned).collect();
    let people = if ids.is_empty() { Vec::new() } else { store.invitations(desk.event.id, &ids).await? };
    let showing = typed.text("as").to_owned();
    let go = typed.text("go").to_owned();
    let version = typed.text("version").parse().unwrap_or(0);
    let mut form = Form::typed(typed);
    let draft = draft_of(&writing, &people, &mut form);
    writing.chosen.clone_from(&draft.invitations);
    for (field, refused) in draft.problems(&desk.event, desk.now) {
        form.error(field, refused.to_string());
    }
    if !form.has_errors() {
        let by = desk.actor();
        let written = match &writing.wave {
            None => store.add_wave(desk.event.id, &draft, &by, desk.now).await,
            Some(wave) => store.set_wave(wave.id, Some(version), &draft, &by, desk.now).await,
        };
        match written {
            Ok(wave) => {
                let press = Press { go: &go, showing: &showing };
                return go_on(store, templates, desk, wants, &wave, &people, press).await;
            }
            Err(WriteError::Refused(WaveRefused::NotDraft)) => {
                let wave = writing.wave.as_ref().ok_or(PageError::NotFound)?;
                return Err(not_a_draft(desk, wave));
            }
            Err(WriteError::Refused(refused)) => note_refusal(&mut form, &refused),
            Err(WriteError::Store(StoreError::Stale)) => {
                return stale(store, desk, &writing, &people, &form).await;
            }
            Err(WriteError::Store(fault)) => return Err(fault.into()),
        }
    }
    let mut page = LetterPage::of(store, templates, desk, &writing, form, &showing).await?;
    page.frame.failed = true;
    Ok(forms::invalid(&page))
}

/// The draft as it was typed; what cannot be one is noted in the form.
fn draft_of(writing: &Writing, people: &[Invitation], form: &mut Form) -> WaveDraft {
    if people.is_empty() {
        form.error("p", "Tick at least one person");
    }
    let reply_by =
        if writing.kind.is_reminder() { None } else { form.value("reply_by").parse::<NaiveDate>().ok() };
    let mut lines: HashMap<InvitationId, String> = writing.lines.iter().cloned().collect();
    if let Some(person) = people.iter().find(|person| person.public_id == form.value("as")) {
        lines.insert(person.id, form.value("line").to_owned());
    }
    WaveDraft {
        kind: writing.kind,
        subject: if writing.kind.is_reminder() { String::new() } else { form.value("subject").to_owned() },
        body: form.values().raw("body").trim_end().to_owned(),
        reply_by,
        invitations: people.iter().map(|person| person.id).collect(),
        personal_lines: lines.into_iter().collect(),
    }
}

fn note_refusal(form: &mut Form, refused: &WaveRefused) {
    let field = match refused {
        WaveRefused::Subject => "subject",
        WaveRefused::ReplyBy | WaveRefused::AfterAnswersClose(_) => "reply_by",
        WaveRefused::PersonalLine => "line",
        WaveRefused::Nobody | WaveRefused::Seats(_) => "p",
        WaveRefused::Text(_)
        | WaveRefused::Body
        | WaveRefused::EventNotOpen
        | WaveRefused::NotDraft
        | WaveRefused::HasLeft
        | WaveRefused::ThirdMail(_)
        | WaveRefused::SendAt
        | WaveRefused::TopicsClosed(_)
        | WaveRefused::NoReason => "body",
    };
    form.error(field, refused.to_string());
}

/// The button that saved, and the person whose mail was shown.
#[derive(Clone, Copy)]
struct Press<'a> {
    go: &'a str,
    showing: &'a str,
}

/// The draft is saved; the button says where to.
async fn go_on(
    store: &Store,
    templates: &Templates,
    desk: &Desk<SendMail>,
    wants: Wants,
    wave: &Wave,
    people: &[Invitation],
    press: Press<'_>,
) -> Result<Response, PageError> {
    let at = people.iter().position(|person| person.public_id == press.showing).unwrap_or(0);
    let next = if press.go == "next" { (at + 1) % people.len().max(1) } else { at };
    let shown = people.get(next);
    let here =
        format!("{}?as={}", path_of(desk, wave, ""), shown.map_or("", |person| person.public_id.as_str()));
    let target = match (press.go, shown) {
        ("check", _) => path_of(desk, wave, "/check"),
        ("test", Some(person)) => {
            let draft = saved(store, wave.clone()).await?.draft(wave);
            match queue_test(store, templates, desk, wave, &draft, person.id).await? {
                Some(test) => format!("{here}&test={test}"),
                None => format!("{here}#preview"),
            }
        }
        _ => format!("{here}#preview"),
    };
    Ok(done(wants, &target, &format!("Saved as {}.", wave_name(wave))))
}

/// Both versions, and the choice between them.
async fn stale(
    store: &Store,
    desk: &Desk<SendMail>,
    writing: &Writing,
    people: &[Invitation],
    form: &Form,
) -> Result<Response, PageError> {
    let label = writing.wave.as_ref().map(Wave::label).unwrap_or_default();
    let theirs = find(store, desk, &label).await?;
    let draft = saved(store, theirs.clone()).await?.draft(&theirs);
    let everybody = store.list(desk.event.id, &ListQuery::default()).await?.rows;
    let chosen: HashSet<InvitationId> = draft.invitations.iter().copied().collect();
    let names = |people: &mut dyn Iterator<Item = &Invitation>| {
        let mut names: Vec<&str> = people.map(Invitation::shown_name).collect();
        names.sort_unstable();
        names.join("\n")
    };
    let typed = |key: &str| form.values().raw(key).trim_end().to_owned();
    let mut rows = vec![("Text".to_owned(), theirs.body.clone(), typed("body"))];
    if writing.kind == WaveKind::Invitation {
        let day = theirs.reply_by.map(|day| day.to_string()).unwrap_or_default();
        rows.insert(0, ("Subject".to_owned(), wave_subject(&theirs).to_owned(), typed("subject")));
        rows.push(("Answer by".to_owned(), day, typed("reply_by")));
    }
    let to = names(&mut everybody.iter().filter(|person| chosen.contains(&person.id)));
    rows.push(("To".to_owned(), to, names(&mut people.iter())));
    if let Some(person) = people.iter().find(|person| person.public_id == form.value("as")) {
        let line = draft.personal_lines.iter().find(|(id, _)| *id == person.id);
        let label = format!("Line to {}", person.shown_name());
        rows.push((label, line.map(|(_, line)| line.clone()).unwrap_or_default(), typed("line")));
    }
    let here = path_of(desk, &theirs, "");
    let conflict = Conflict {
        what: wave_name(&theirs),
        keep: here.clone(),
        action: here,
        rows,
        typed: form.values(),
        renewed: ("version", theirs.version.to_string()),
        newest: LogFilter { what: "mail".to_owned(), ..LogFilter::default() },
    };
    conflict.answer(store, desk, Section::Mail).await
}

/// The HTML part as one recipient gets it, alone in a page that may do nothing.
async fn html(
    State(store): State<Store>,
    State(templates): State<Arc<Templates>>,
    desk: Desk<See>,
    Path((_, label)): Path<(String, String)>,
    query: Query,
) -> Result<Response, PageError> {
    let wave = find(&store, &desk, &label).await?;
    let to = store.invitation(desk.event.id, query.text("as")).await?.ok_or(PageError::NotFound)?;
    let draft = saved(&store, wave.clone()).await?.draft(&wave);
    let shown = rendered(&store, &templates, &desk, Some(wave.id), &draft, to.id).await?;
    let html = shown.ok().and_then(|mail| mail.html).ok_or(PageError::NotFound)?;
    Ok(crate::pages::captured::alone(html))
}

async fn ask_remove(
    State(store): State<Store>,
    desk: Desk<SendMail>,
    Path((_, label)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let wave = find(&store, &desk, &label).await?;
    if !wave.is_draft() {
        return Err(not_a_draft(&desk, &wave));
    }
    let name = wave_name(&wave);
    let page = RemovePage {
        frame: desk.frame(format!("Throw away {name}?"), Section::Mail).await?,
        back: path_of(&desk, &wave, ""),
        people: crate::views::people(wave.people),
        name,
    };
    Ok(forms::page(&page))
}

async fn remove(
    State(store): State<Store>,
    desk: Desk<SendMail>,
    Path((_, label)): Path<(String, String)>,
    wants: Wants,
    _: Signed,
) -> Result<Response, PageError> {
    let wave = find(&store, &desk, &label).await?;
    match store.remove_wave(wave.id, &desk.actor(), desk.now).await {
        Ok(()) => Ok(done(wants, &desk.path("/mail"), "Thrown away.")),
        Err(WriteError::Refused(_)) => Err(not_a_draft(&desk, &wave)),
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

/// The people a new letter begins with: named, filtered, or everybody it could go to.
async fn chosen(
    store: &Store,
    desk: &Desk<SendMail>,
    kind: WaveKind,
    query: &Query,
) -> Result<Vec<InvitationId>, PageError> {
    let named: Vec<String> = query.list("p").map(str::to_owned).collect();
    let people = if !named.is_empty() {
        store.invitations(desk.event.id, &named).await?
    } else if query.text("select") == "all" {
        let filter = ListQuery {
            sort: "position".to_owned(),
            page: 1,
            page_size: 0,
            ..list_query(query, desk.today())
        };
        let mut people = store.list(desk.event.id, &filter).await?.rows;
        let left_out: HashSet<&str> = query.list("x").collect();
        people.retain(|person| !left_out.contains(person.public_id.as_str()));
        // The reserve waits for a seat; whoever wants them asks for them.
        if !filter.states.contains(&PersonState::Reserve) {
            people.retain(|person| person.state != InvitationState::Reserve);
        }
        people
    } else {
        return Ok(store.candidates_for(desk.event.id, kind).await?);
    };
    Ok(people.into_iter().map(|person| person.id).collect())
}

/// Adds the public ids of everybody chosen to a form's values.
async fn add_people<R: Right>(
    store: &Store,
    desk: &Desk<R>,
    writing: &Writing,
    pairs: &mut Vec<(String, String)>,
) -> Result<(), PageError> {
    let plan = store.plan(desk.event.id, writing.kind, &writing.chosen, desk.now).await?;
    let everybody = plan.recipients.into_iter().chain(plan.left_out);
    pairs.extend(everybody.map(|(person, _)| ("p".to_owned(), person.public_id)));
    Ok(())
}

async fn saved(store: &Store, wave: Wave) -> Result<Writing, PageError> {
    let lines = store.wave_people(wave.id).await?;
    let chosen = lines.iter().map(|(id, _)| *id).collect();
    Ok(Writing { kind: wave.kind, wave: Some(wave), chosen, lines })
}

async fn find<R: Right>(store: &Store, desk: &Desk<R>, label: &str) -> Result<Wave, PageError> {
    store.wave(desk.event.id, label).await?.ok_or(PageError::NotFound)
}

fn path_of<R: Right>(desk: &Desk<R>, wave: &Wave, rest: &str) -> String {
    desk.path(&format!("/mail/{}{rest}", wave.label()))
}

fn not_a_draft<R: Right>(desk: &Desk<R>, wave: &Wave) -> PageError {
    let refused = WaveRefused::NotDraft;
    PageError::Refused {
        code: refused.code(),
        sentence: format!("{refused}."),
        back: Some(Link::new(path_of(desk, wave, "/status"), "See what became of it")),
    }
}
