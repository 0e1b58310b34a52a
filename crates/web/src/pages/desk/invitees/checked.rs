//! "It was them": an answer that came suspiciously fast is theirs after all.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use conclave_persistence::Store;

use super::{find, path_of};
use crate::access::{Desk, Edit};
use crate::error::PageError;
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;

/// `POST /c/{event}/invitees/{person}/checked`.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/c/{event}/invitees/{person}/checked", post(confirm))
}

async fn confirm(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Path<(String, String)>,
    wants: Wants,
    _: Signed,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    let had_doubt = store.confirm_answer(invitation.id, &desk.actor(), desk.now).await?;
    let sentence = if had_doubt { "Noted: it was them." } else { "There was no doubt; nothing was written." };
    Ok(done(wants, &path_of(&desk, &invitation), sentence))
}
