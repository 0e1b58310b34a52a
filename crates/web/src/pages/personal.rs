//! What an invitee sees and posts: `/i/{token}` and below, and `/i` for links that lost a piece.
//!
//! Opening a page writes nothing, not one row, and sets no cookie (decision 10).

use axum::Router;

use crate::state::AppState;

/// Routes under `/i` and `/u`.
pub fn routes() -> Router<AppState> {
    Router::new()
}
