//! The committee's desk: `/c` and below. One resource per module; each lists its routes.

use axum::Router;

use crate::state::AppState;

/// Routes under `/c`.
pub fn routes() -> Router<AppState> {
    Router::new()
}
