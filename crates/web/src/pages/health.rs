//! `/healthz`: the process lives. `/readyz`: it can work. Answered whatever the Host header says.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use conclave_persistence::Store;

use crate::error::PageError;
use crate::state::AppState;

/// The two routes.
pub fn routes() -> Router<AppState> {
    Router::new().route("/healthz", get(lives)).route("/readyz", get(ready))
}

async fn lives() -> &'static str {
    "ok\n"
}

async fn ready(State(store): State<Store>) -> Result<&'static str, PageError> {
    store.ping().await?;
    Ok("ok\n")
}
