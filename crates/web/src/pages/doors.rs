//! Ways in and out for the committee: `/login`, `/logout`, `/setup`.

use axum::Router;

use crate::state::AppState;

/// Routes of the doors.
pub fn routes() -> Router<AppState> {
    Router::new()
}
