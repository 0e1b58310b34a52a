//! Proposing somebody, with a reason.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use conclave_core::address::Address;
use conclave_core::candidate::CandidateRefused;
use conclave_core::name::PersonName;
use conclave_persistence::{NewNomination, Store, WriteError};

use crate::access::{Desk, Edit};
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;

/// `/c/{event}/candidates/new`.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/c/{event}/candidates/new", get(show).post(save))
}

async fn show(desk: Desk<Edit>, query: Query) -> Result<Response, PageError> {
    let form = Form::filled([("name", query.text("name")), ("email", query.text("email"))]);
    Ok(forms::page(&NewPage::of(&desk, form).await?))
}

async fn save(
    State(store): State<Store>,
    desk: Desk<Edit>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let mut form = Form::typed(typed);
    let name = form.optional("name", PersonName::parse);
    let email = form.optional("email", Address::parse);
    if name == Some(None) && email == Some(None) {
        form.error("name", "Enter a name or an address");
    }
    if form.value("reason").is_empty() {
        form.error("reason", "Say why, in a sentence; the committee decides on it");
    }
    let (Some(name), Some(email), false) = (name, email, form.has_errors()) else {
        return Ok(forms::invalid(&NewPage::of(&desk, form).await?));
    };
    let new = NewNomination {
        name,
        email,
        affiliation: form.value("affiliation").to_owned(),
        reason: form.values().raw("reason").to_owned(),
        again: form.value("again") == "yes",
        person: None,
    };
    let refused = match store.nominate(desk.event.id, &new, &desk.actor(), desk.now).await {
        Ok(_) => {
            let next = desk.path("/candidates?done=proposed&n=1");
            return Ok(done(wants, &next, "Proposed. Nobody was written to."));
        }
        Err(WriteError::Refused(refused)) => refused,
        Err(WriteError::Store(fault)) => return Err(fault.into()),
    };
    let field = match &refused {
        CandidateRefused::Nobody | CandidateRefused::OnTheList(_) | CandidateRefused::OwnCase => "name",
        CandidateRefused::AddressTaken(_) => "email",
        CandidateRefused::RefusedBefore(_) => "again",
        CandidateRefused::Value { field, problem } => {
            form.error(*field, problem.clone());
            ""
        }
        _ => "reason",
    };
    if !field.is_empty() {
        form.error(field, refused.to_string());
    }
    Ok(forms::invalid(&NewPage::of(&desk, form).await?))
}

#[derive(Template)]
#[template(path = "desk/candidates/new.html")]
struct NewPage {
    frame: DeskFrame,
    form: Form,
    /// They were turned down before: the box that says so is there.
    asks_again: bool,
    list: String,
}

impl NewPage {
    async fn of(desk: &Desk<Edit>, form: Form) -> Result<Self, PageError> {
        let frame = desk.frame("Propose somebody", Section::Invitees).await?.failed(form.has_errors());
        let asks_again = form.error_of("again").is_some() || form.values().has("again");
        Ok(Self { frame, asks_again, form, list: desk.path("/candidates") })
    }
}
