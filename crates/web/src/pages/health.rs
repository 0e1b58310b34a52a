//! `/healthz`: the process lives. `/readyz`: it can work, and its database is of this version. Answered
//! whatever the Host header says.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use conclave_persistence::Store;
use http::StatusCode;

use crate::error::PageError;
use crate::negotiate::text;
use crate::state::{AppState, WebConfig};
use crate::views::counted;

/// The two routes.
pub fn routes() -> Router<AppState> {
    Router::new().route("/healthz", get(lives)).route("/readyz", get(ready))
}

async fn lives() -> &'static str {
    "ok\n"
}

async fn ready(
    State(store): State<Store>,
    State(config): State<Arc<WebConfig>>,
) -> Result<Response, PageError> {
    let missing = store.missing_migrations(&config.migrations).await.map_err(PageError::unavailable)?;
    if missing.is_empty() {
        return Ok("ok\n".into_response());
    }
    let many = counted(missing.len() as u64, "migration is", "migrations are");
    let sentence = format!("not ready: {many} missing; run conclave migrate");
    Ok(text(StatusCode::SERVICE_UNAVAILABLE, sentence))
}
