//! The personal link: shown by a press that the record keeps, or replaced by a new one.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use conclave_persistence::{Invitation, Store};
use http::StatusCode;

use super::moves::{AskPage, Person, refusal};
use super::person::PersonView;
use super::{find, path_of};
use crate::access::{Desk, Edit, ExportAll};
use crate::error::PageError;
use crate::forms::Form;
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;

/// Look at the link, or replace it.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/invitees/{person}/link", post(reveal))
        .route("/c/{event}/invitees/{person}/new-link", get(ask_new_link).post(new_link))
}

async fn ask_new_link(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Person,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    let form = Form::filled([("mail", "yes")]);
    Ok(new_link_page(&desk, &invitation, form).await?.answer())
}

async fn new_link_page(desk: &Desk<Edit>, invitation: &Invitation, form: Form) -> Result<AskPage, PageError> {
    let heading = format!("Replace the link of {}", invitation.shown_name());
    Ok(AskPage {
        sentences: vec![
            "Every link they have stops working at once. Answers and topics stay.".to_owned(),
            "For a link that reached somebody else.".to_owned(),
        ],
        button: "Replace the link".to_owned(),
        is_bad: true,
        reason: Some("Why?"),
        mail: (!invitation.email.is_empty()).then_some("Mail them the new link"),
        ..AskPage::new(desk, invitation, heading, "new-link", form).await?
    })
}

async fn new_link(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Person,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    let mut form = Form::typed(typed);
    let reason = form.value("reason").to_owned();
    if reason.is_empty() || reason.chars().count() > 500 {
        form.error("reason", "Say why, in one line of up to 500 letters; the record keeps it");
        return Ok(new_link_page(&desk, &invitation, form).await?.answer());
    }
    let mail = form.values().has("mail") && !invitation.email.is_empty();
    match store.rotate_link(invitation.id, &reason, mail, &desk.actor(), desk.now).await {
        Ok(_) => Ok(done(wants, &path_of(&desk, &invitation), "The link is replaced.")),
        Err(refused) => Err(refusal(&desk, &invitation, refused)),
    }
}

/// Shows the link on the page that answers this post, and nowhere else: no address has it.
async fn reveal(
    State(state): State<AppState>,
    desk: Desk<ExportAll>,
    Path((_, person)): Person,
    Signed(_): Signed,
) -> Result<Response, PageError> {
    let store = &state.store;
    let invitation = find(store, &desk, &person).await?;
    let token = match store.reveal_link(invitation.id, &desk.actor(), desk.now).await {
        Ok(token) => token,
        Err(refused) => return Err(refusal(&desk, &invitation, refused)),
    };
    let link = format!("{}/i/{}", store.site().public_url, token.expose());
    PersonView::of(store, &desk, &invitation, Form::default()).await?.revealing(link).answer(StatusCode::OK)
}
