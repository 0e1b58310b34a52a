//! What anybody sees: `/`, `/{event}` with its twins `.txt .md .json .ics`, the agenda, `/privacy`.

use axum::Router;

use crate::state::AppState;

/// Routes at the top.
pub fn routes() -> Router<AppState> {
    Router::new()
}
