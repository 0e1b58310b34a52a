//! Add one person by a form. Nothing is sent by it.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use conclave_core::address::Address;
use conclave_core::name::PersonName;
use conclave_persistence::{NewInvitee, Store, WriteError};

use super::edit::{note_refusal, split_tags};
use super::path_of;
use crate::access::{Desk, Edit};
use crate::components::Notice;
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;

/// `/c/{event}/invitees/new`.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/c/{event}/invitees/new", get(show).post(save))
}

async fn show(State(store): State<Store>, desk: Desk<Edit>, query: Query) -> Result<Response, PageError> {
    let added = match query.text("added") {
        "" => None,
        id => store.invitation(desk.event.id, id).await?,
    };
    let page = AddPage {
        added: added.map(|added| Notice::done(format!("{} is on the list.", added.shown_name()), "")),
        form: Form::default(),
        ..AddPage::new(&desk).await?
    };
    Ok(forms::page(&page))
}

async fn save(
    State(store): State<Store>,
    desk: Desk<Edit>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let goes_on = typed.text("next") == "1";
    let mut form = Form::typed(typed);
    let name = form.optional("name", PersonName::parse);
    let email = form.optional("email", Address::parse);
    if name == Some(None) && email == Some(None) {
        form.error("name", "Enter a name or an address");
    }
    let (Some(name), Some(email), false) = (name, email, form.has_errors()) else {
        return AddPage::invalid(&desk, form).await;
    };
    let new = NewInvitee {
        name,
        email,
        first_name: form.value("first_name").to_owned(),
        affiliation: form.value("affiliation").to_owned(),
        tags: split_tags(form.value("tags")),
        note: form.values().raw("note").trim_end().to_owned(),
    };
    let added = match store.add_invitee(desk.event.id, &new, &desk.actor(), desk.now).await {
        Ok(added) => added,
        Err(WriteError::Refused(refused)) => {
            note_refusal(&mut form, &refused)?;
            return AddPage::invalid(&desk, form).await;
        }
        Err(WriteError::Store(fault)) => return Err(fault.into()),
    };
    let next = if goes_on {
        desk.path(&format!("/invitees/new?added={}", added.public_id))
    } else {
        path_of(&desk, &added)
    };
    Ok(done(wants, &next, "Added to the list."))
}

#[derive(Template)]
#[template(path = "desk/invitees/new.html")]
struct AddPage {
    frame: DeskFrame,
    added: Option<Notice>,
    form: Form,
    list: String,
}

impl AddPage {
    async fn new(desk: &Desk<Edit>) -> Result<Self, PageError> {
        Ok(Self {
            frame: desk.frame("Add one person", Section::Invitees).await?,
            added: None,
            form: Form::default(),
            list: desk.path("/invitees"),
        })
    }

    async fn invalid(desk: &Desk<Edit>, form: Form) -> Result<Response, PageError> {
        let page = Self::new(desk).await?;
        Ok(forms::invalid(&Self { frame: page.frame.clone().failed(true), form, ..page }))
    }
}
