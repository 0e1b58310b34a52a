//! What is written about a person: the whole form, the note alone, a new address after a bounce.
//!
//! Each form carries the version it was made from; a form that is older than the row gets both
//! versions to choose from (409).

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use conclave_core::event::Remote;
use conclave_persistence::{Invitation, InviteeRefused, LogFilter, Store, StoreError, WriteError};
use http::StatusCode;

use super::person::PersonView;
use super::{find, path_of};
use crate::access::{Desk, Edit};
use crate::conflict::Conflict;
use crate::error::PageError;
use crate::forms::{self, Form, Typed};
use crate::layout::{DeskFrame, Link, Section};
use crate::negotiate::{Wants, done};
use crate::pages::desk::candidates::is_own;
use crate::session::Signed;
use crate::state::AppState;

/// The form, and its small sisters on the person's page.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/invitees/{person}/edit", get(show).post(save))
        .route("/c/{event}/invitees/{person}/note", post(save_note))
        .route("/c/{event}/invitees/{person}/address", post(save_address))
}

/// Fields by the store's keys, with the words of forms and differences.
const FIELDS: [(&str, &str); 11] = [
    ("name", "Name"),
    ("email", "Address"),
    ("first_name", "First name in mails"),
    ("affiliation", "Affiliation"),
    ("sort_key", "Sorted as"),
    ("mode", "Takes part"),
    ("listed", "Named on the public page"),
    ("arrival", "Arrives"),
    ("departure", "Leaves"),
    ("tags", "Tags"),
    ("note", "Committee note"),
];

/// What a form calls a key of the store; other words stay as they are.
pub(super) fn label_of(key: &str) -> &str {
    FIELDS.iter().find(|(known, _)| *known == key).map_or(key, |(_, label)| *label)
}

async fn show(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let mut invitation = find(&store, &desk, &person).await?;
    if is_own(&store, &desk, &invitation.public_id).await? {
        invitation.note.clear();
    }
    let mut pairs: Vec<(&str, String)> =
        FIELDS.iter().map(|(key, _)| (*key, value_of(&invitation, key))).collect();
    pairs.push(("version", invitation.version.to_string()));
    Ok(forms::page(&EditPage::new(&desk, &invitation, Form::filled(pairs)).await?))
}

async fn save(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Path<(String, String)>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    let fields = fields_of(&typed, true);
    match change(&store, &desk, &invitation, &typed, &fields).await {
        Ok(()) => Ok(done(wants, &path_of(&desk, &invitation), "Saved.")),
        Err(Failed::Stale) => stale(&store, &desk, &invitation, "/edit", &typed, &fields).await,
        Err(Failed::Fault(fault)) => Err(fault),
        Err(Failed::Refused(refused)) => {
            let mut form = Form::typed(typed);
            note_refusal(&mut form, &refused)?;
            let page = EditPage::new(&desk, &invitation, form).await?;
            Ok(forms::invalid(&EditPage { frame: page.frame.clone().failed(true), ..page }))
        }
    }
}

async fn save_note(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Path<(String, String)>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    let fields = vec![("note".to_owned(), typed.raw("note").trim_end().to_owned())];
    let saved = change(&store, &desk, &invitation, &typed, &fields).await;
    answer_on_page(&store, &desk, &invitation, typed, saved, "/note", &fields, wants).await
}

async fn save_address(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Path<(String, String)>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    let fields = vec![("email".to_owned(), typed.text("email").to_owned())];
    if typed.text("email").is_empty() {
        let mut form = Form::typed(typed);
        form.error("email", "Enter the new address");
        return PersonView::of(&store, &desk, &invitation, form)
            .await?
            .answer(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let reviews_mail = typed.text("then") == "mail";
    let saved = change(&store, &desk, &invitation, &typed, &fields).await;
    if saved.is_ok() && reviews_mail {
        let invitation = find(&store, &desk, &person).await?;
        let next = desk.path(&format!("/mail/new?kind={}&p={}", again(&invitation), invitation.public_id));
        return Ok(done(wants, &next, "Saved."));
    }
    answer_on_page(&store, &desk, &invitation, typed, saved, "/address", &fields, wants).await
}

/// Whose letter was refused is listed again; to whoever was asked before, a reminder brings the link.
fn again(invitation: &Invitation) -> &'static str {
    if invitation.invited_at.is_some() { "reminder" } else { "invitation" }
}

#[expect(clippy::too_many_arguments, reason = "everything a form of the person's page answers with")]
async fn answer_on_page(
    store: &Store,
    desk: &Desk<Edit>,
    invitation: &Invitation,
    typed: Typed,
    saved: Result<(), Failed>,
    form_path: &str,
    fields: &[(String, String)],
    wants: Wants,
) -> Result<Response, PageError> {
    match saved {
        Ok(()) => Ok(done(wants, &path_of(desk, invitation), "Saved.")),
        Err(Failed::Stale) => stale(store, desk, invitation, form_path, &typed, fields).await,
        Err(Failed::Fault(fault)) => Err(fault),
        Err(Failed::Refused(refused)) => {
            let mut form = Form::typed(typed);
            note_refusal(&mut form, &refused)?;
            PersonView::of(store, desk, invitation, form).await?.answer(StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

enum Failed {
    Refused(InviteeRefused),
    Stale,
    Fault(PageError),
}

async fn change(
    store: &Store,
    desk: &Desk<Edit>,
    invitation: &Invitation,
    typed: &Typed,
    fields: &[(String, String)],
) -> Result<(), Failed> {
    // A form of ours always names its version; whatever else is older than everything.
    let version = typed.text("version").parse().unwrap_or(0);
    let mut fields = fields.to_vec();
    if is_own(store, desk, &invitation.public_id).await.map_err(Failed::Fault)? {
        // They were not shown the note, so what they send is not a change of it.
        fields.retain(|(key, _)| key != "note");
    }
    match store.set_invitee(invitation.id, Some(version), &fields, &desk.actor(), desk.now).await {
        Ok(_) => Ok(()),
        Err(WriteError::Refused(refused)) => Err(Failed::Refused(refused)),
        Err(WriteError::Store(StoreError::Stale)) => Err(Failed::Stale),
        Err(WriteError::Store(fault)) => Err(Failed::Fault(fault.into())),
    }
}

/// The fields that were sent. Boxes that are not ticked are not sent, so a whole form says no.
fn fields_of(typed: &Typed, whole_form: bool) -> Vec<(String, String)> {
    FIELDS
        .iter()
        .filter(|(key, _)| typed.has(key) || (whole_form && *key == "listed"))
        .map(|(key, _)| match *key {
            "listed" => ("listed".to_owned(), if typed.has("listed") { "yes" } else { "no" }.to_owned()),
            "note" => ("note".to_owned(), typed.raw("note").trim_end().to_owned()),
            key => (key.to_owned(), typed.text(key).to_owned()),
        })
        .collect()
}

/// A stored value as a form shows it.
fn value_of(invitation: &Invitation, key: &str) -> String {
    match key {
        "name" => invitation.name.clone(),
        "email" => invitation.email.clone(),
        "first_name" => invitation.first_name.clone(),
        "affiliation" => invitation.affiliation.clone(),
        "sort_key" => invitation.sort_key.clone(),
        "mode" => invitation.mode.as_str().to_owned(),
        "listed" => if invitation.is_listed { "yes" } else { "no" }.to_owned(),
        "arrival" => invitation.arrival.clone(),
        "departure" => invitation.departure.clone(),
        "tags" => invitation.tags.join(", "),
        "note" => invitation.note.clone(),
        _ => String::new(),
    }
}

/// Both versions, and the choice between them.
async fn stale(
    store: &Store,
    desk: &Desk<Edit>,
    older: &Invitation,
    form_path: &str,
    typed: &Typed,
    fields: &[(String, String)],
) -> Result<Response, PageError> {
    let mut now = find(store, desk, &older.public_id).await?;
    let mut fields = fields.to_vec();
    if is_own(store, desk, &now.public_id).await? {
        // The others' note is not theirs to read, also as the other version (T22).
        fields.retain(|(key, _)| key != "note");
        now.note.clear();
    }
    let row =
        |(key, yours): &(String, String)| (label_of(key).to_owned(), value_of(&now, key), yours.clone());
    let conflict = Conflict {
        what: now.shown_name().to_owned(),
        keep: path_of(desk, &now),
        action: format!("{}{form_path}", path_of(desk, &now)),
        rows: fields.iter().map(row).collect(),
        typed,
        renewed: ("version", now.version.to_string()),
        newest: LogFilter { whom: now.public_id.clone(), what: "people".to_owned(), ..LogFilter::default() },
    };
    conflict.answer(store, desk, Section::Invitees).await
}

/// Puts a refusal at the field it is about. What is about no field is a page of its own.
pub(super) fn note_refusal(form: &mut Form, refused: &InviteeRefused) -> Result<(), PageError> {
    let (field, words) = match refused {
        InviteeRefused::Value { key, problem } => (key.as_str(), problem.clone()),
        InviteeRefused::AddressTaken(_) | InviteeRefused::NoAddress | InviteeRefused::OwnCase => {
            ("email", refused.to_string())
        }
        InviteeRefused::Seats(_) => ("mode", refused.to_string()),
        InviteeRefused::State(_)
        | InviteeRefused::UnknownKey(_)
        | InviteeRefused::AlreadyInvited
        | InviteeRefused::NotOnReserve => {
            return Err(PageError::refused(refused.code(), refused.to_string()));
        }
    };
    let mut letters = words.chars();
    let sentence: String =
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    form.error(field.to_owned(), sentence);
    Ok(())
}

/// Tags typed in one field, between commas, semicolons or line ends.
pub(super) fn split_tags(typed: &str) -> Vec<String> {
    typed.split([',', ';', '\n']).map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

#[derive(Template)]
#[template(path = "desk/invitees/edit.html")]
struct EditPage {
    frame: DeskFrame,
    name: String,
    form: Form,
    back: Link,
    was_invited: bool,
    modes: Vec<(&'static str, &'static str)>,
}

impl EditPage {
    async fn new(desk: &Desk<Edit>, invitation: &Invitation, form: Form) -> Result<Self, PageError> {
        let mut modes =
            vec![("in_person", "In the room"), ("observer", "In the room, without a seat at the table")];
        if desk.event.remote != Remote::Off {
            modes.insert(1, ("remote", "By video"));
        }
        Ok(Self {
            frame: desk.frame(format!("Edit {}", invitation.shown_name()), Section::Invitees).await?,
            name: invitation.shown_name().to_owned(),
            form,
            back: Link::new(path_of(desk, invitation), invitation.shown_name()),
            was_invited: invitation.invited_at.is_some() && !invitation.email.is_empty(),
            modes,
        })
    }
}
