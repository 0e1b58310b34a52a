//! `/healthz`: the process lives. `/readyz`: it can work. Answered whatever the Host header says.

use axum::Router;
use axum::routing::get;

use crate::state::AppState;

/// The two routes.
pub fn routes() -> Router<AppState> {
    Router::new().route("/healthz", get(lives)).route("/readyz", get(lives))
}

async fn lives() -> &'static str {
    "ok\n"
}
