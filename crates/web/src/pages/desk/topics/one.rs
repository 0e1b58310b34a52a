//! One topic: what was proposed, what is printed, the committee's note, the decision. And a new one.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use conclave_core::committee::Action;
use conclave_core::ids::InvitationId;
use conclave_core::topic::{TopicMove, TopicRefused};
use conclave_persistence::{
    ListQuery, LogFilter, Store, StoreError, TopicChangeRefused, TopicText, TopicView, WriteError,
};

use super::{MOVES, proposer, refusal, remarks};
use crate::access::{Desk, Edit, Right, See};
use crate::components::{Badge, Facts};
use crate::conflict::Conflict;
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Link, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::pages::desk::message::at_words;
use crate::session::Signed;
use crate::state::AppState;

/// Routes of one topic.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/topics/new", get(blank).post(add))
        .route("/c/{event}/topics/{number}", get(show).post(save))
}

async fn show(
    State(store): State<Store>,
    desk: Desk<See>,
    Path((_, number)): Path<(String, u32)>,
    query: Query,
) -> Result<Response, PageError> {
    let topic = find(&store, &desk, number).await?;
    let form = filled(&topic);
    let mut page = TopicPage::of(&desk, topic, form).await?;
    page.saved = query.text("saved") == "yes";
    Ok(forms::page(&page))
}

async fn save(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, number)): Path<(String, u32)>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let topic = find(&store, &desk, number).await?;
    let mut form = Form::typed(typed);
    let version = form.value("version").parse().unwrap_or(0);
    let minutes = form.optional("minutes", minutes);
    if let Some(minutes) = minutes.filter(|_| !form.has_errors()) {
        let (title, note) = (form.value("title").to_owned(), form.values().raw("note").trim_end().to_owned());
        let by = desk.actor();
        let (event, now) = (desk.event.id, desk.now);
        match store.set_topic(event, number, Some(version), &title, minutes, &note, &by, now).await {
            Ok(_) => return Ok(done(wants, &desk.path(&format!("/topics/{number}?saved=yes")), "Saved.")),
            Err(WriteError::Refused(TopicChangeRefused::Rule(TopicRefused::Stale)))
            | Err(WriteError::Store(StoreError::Stale)) => {
                return stale(&store, &desk, number, &form).await;
            }
            Err(error) => note_refusal(&desk, number, &mut form, error)?,
        }
    }
    let mut page = TopicPage::of(&desk, topic, form).await?;
    page.frame.failed = true;
    // As it was typed on: correcting a field does not make an older page a newer one.
    page.version = version;
    Ok(forms::invalid(&page))
}

/// Both versions, and the choice between them.
async fn stale(store: &Store, desk: &Desk<Edit>, number: u32, form: &Form) -> Result<Response, PageError> {
    let theirs = find(store, desk, number).await?;
    let here = desk.path(&format!("/topics/{number}"));
    let saved = filled(&theirs);
    let row = |(key, label): (&str, &str)| {
        let value = |form: &Form| form.values().raw(key).trim().to_owned();
        (label.to_owned(), value(&saved), value(form))
    };
    let conflict = Conflict {
        what: theirs.title.clone(),
        keep: here.clone(),
        action: here,
        rows: [("title", "Printed title"), ("minutes", "Minutes"), ("note", "Committee note")]
            .map(row)
            .into(),
        typed: form.values(),
        renewed: ("version", theirs.version.to_string()),
        newest: LogFilter { what: "topics".to_owned(), whom: theirs.title, ..LogFilter::default() },
    };
    conflict.answer(store, desk, Section::Topics).await
}

async fn blank(State(store): State<Store>, desk: Desk<Edit>) -> Result<Response, PageError> {
    Ok(forms::page(&NewPage::of(&store, &desk, Form::default()).await?))
}

async fn add(
    State(store): State<Store>,
    desk: Desk<Edit>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let mut form = Form::typed(typed);
    let minutes = form.optional("minutes", minutes);
    let presenter = presenter(&store, &desk, &mut form).await?;
    if let Some(minutes) = minutes.filter(|_| !form.has_errors()) {
        let text = TopicText {
            title: form.value("title").to_owned(),
            body: form.values().raw("body").trim_end().to_owned(),
            minutes,
        };
        match store.add_topic(desk.event.id, presenter, &text, &desk.actor(), desk.now).await {
            Ok(topic) => {
                let path = desk.path(&format!("/topics/{}", topic.number));
                return Ok(done(wants, &path, &format!("Added as topic {}.", topic.number)));
            }
            Err(error) => note_refusal(&desk, 0, &mut form, error)?,
        }
    }
    let mut page = NewPage::of(&store, &desk, form).await?;
    page.frame.failed = true;
    Ok(forms::invalid(&page))
}

async fn presenter(
    store: &Store,
    desk: &Desk<Edit>,
    form: &mut Form,
) -> Result<Option<InvitationId>, PageError> {
    if form.value("presenter").is_empty() {
        return Ok(None);
    }
    let found = store.invitation(desk.event.id, form.value("presenter")).await?;
    if found.is_none() {
        form.error("presenter", "Choose somebody of the list");
    }
    Ok(found.map(|person| person.id))
}

fn minutes(typed: &str) -> Result<u32, &'static str> {
    typed.parse().ok().filter(|minutes| (1..=600).contains(minutes)).ok_or("enter minutes from 1 to 600")
}

/// Puts a refusal at its field; what is about no field is a page of its own.
fn note_refusal<R: Right>(
    desk: &Desk<R>,
    number: u32,
    form: &mut Form,
    error: WriteError<TopicChangeRefused>,
) -> Result<(), PageError> {
    match error {
        WriteError::Refused(refused @ TopicChangeRefused::NoTitle) => {
            form.error("title", refused.to_string());
        }
        WriteError::Refused(TopicChangeRefused::Text { field, problem }) => {
            form.error(field, format!("Change it: {problem}"));
        }
        WriteError::Refused(TopicChangeRefused::Rule(refused @ TopicRefused::SameTitle)) => {
            form.error("title", refused.to_string());
        }
        other => return Err(refusal(desk, number, other)),
    }
    Ok(())
}

async fn find<R: Right>(store: &Store, desk: &Desk<R>, number: u32) -> Result<TopicView, PageError> {
    store.topic(desk.event.id, number).await?.ok_or(PageError::NotFound)
}

fn filled(topic: &TopicView) -> Form {
    Form::filled([
        ("title", topic.title.clone()),
        ("minutes", topic.minutes.map(|minutes| minutes.to_string()).unwrap_or_default()),
        ("note", topic.note.clone()),
    ])
}

#[derive(Template)]
#[template(path = "desk/topics/topic.html")]
struct TopicPage {
    frame: DeskFrame,
    form: Form,
    saved: bool,
    version: u32,
    title: String,
    badge: Badge,
    lede: String,
    remarks: Vec<&'static str>,
    body: String,
    facts: Facts,
    proposer: Option<Link>,
    moves: Vec<Decision>,
    may_edit: bool,
    back: String,
    here: String,
}

struct Decision {
    word: &'static str,
    label: &'static str,
    class: &'static str,
}

impl TopicPage {
    async fn of<R: Right>(desk: &Desk<R>, topic: TopicView, form: Form) -> Result<Self, PageError> {
        let may_edit = desk.may(Action::Edit);
        let minutes = topic.minutes.map(|minutes| format!(", {minutes} minutes")).unwrap_or_default();
        let proposed =
            if topic.proposed_title == topic.title { String::new() } else { topic.proposed_title.clone() };
        Ok(Self {
            frame: desk.frame(topic.title.clone(), Section::Topics).await?,
            saved: false,
            version: topic.version,
            badge: Badge::topic(topic.state.as_str()).framed(),
            lede: format!("#{}, {}{minutes}", topic.number, proposer(&topic)),
            remarks: remarks(&topic),
            facts: Facts::default()
                .with("Proposed as", proposed)
                .with("Proposed", at_words(topic.created_at, &desk.event))
                .with("By way of", topic.via.clone()),
            proposer: (!topic.proposer_id.is_empty()).then(|| {
                Link::new(desk.path(&format!("/invitees/{}", topic.proposer_id)), topic.proposer.clone())
            }),
            moves: MOVES
                .iter()
                .filter(|(_, _, wanted)| may_edit && topic.state.after(*wanted).is_ok())
                .map(|(word, label, wanted)| Decision {
                    word,
                    label,
                    class: if *wanted == TopicMove::Accept { "" } else { " btn2" },
                })
                .collect(),
            may_edit,
            back: desk.path("/topics"),
            here: desk.path(&format!("/topics/{}", topic.number)),
            title: topic.title,
            body: topic.body,
            form,
        })
    }
}

#[derive(Template)]
#[template(path = "desk/topics/new.html")]
struct NewPage {
    frame: DeskFrame,
    form: Form,
    presenters: Vec<(String, String)>,
    here: String,
}

impl NewPage {
    async fn of(store: &Store, desk: &Desk<Edit>, form: Form) -> Result<Self, PageError> {
        let by_name = ListQuery { sort: "name".to_owned(), ..ListQuery::default() };
        let people = store.list(desk.event.id, &by_name).await?.rows;
        let mut presenters = vec![(String::new(), "Nobody: it is the committee's own".to_owned())];
        presenters.extend(
            people.into_iter().map(|person| (person.public_id.clone(), person.shown_name().to_owned())),
        );
        Ok(Self {
            frame: desk.frame("New topic", Section::Topics).await?,
            form,
            presenters,
            here: desk.path("/topics"),
        })
    }
}
