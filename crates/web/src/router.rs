//! All routes and all layers, in one file.
//!
//! A request passes the layers from top to bottom, and its answer back up. What is above
//! `error::render` must not fail; what is below may answer with a [`PageError`] and is dressed.
//! Deadlines and the limit on requests at once belong to the accept loop, around all of this.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::error::PageError;
use crate::state::AppState;
use crate::{assets, csrf, error, headers, host, pages, request};

/// Everything this installation answers.
pub fn router(state: AppState) -> Router {
    finish(routes(), state)
}

fn routes() -> Router<AppState> {
    Router::new()
        .merge(pages::health::routes())
        .route("/static/{name}", get(assets::serve))
        .merge(pages::public::routes())
        .merge(pages::ask::routes())
        .merge(pages::personal::routes())
        .merge(pages::doors::routes())
        .merge(pages::captured::routes())
        .merge(pages::desk::routes())
}

/// Puts the layers around `routes`.
pub(crate) fn finish(routes: Router<AppState>, state: AppState) -> Router {
    routes
        .fallback(async || PageError::NotFound)
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(request::trace))
                .layer(from_fn_with_state(state.clone(), headers::add))
                .layer(CompressionLayer::new())
                .layer(from_fn_with_state(state.clone(), error::render))
                .layer(CatchPanicLayer::custom(error::panicked))
                .layer(from_fn_with_state(state.clone(), host::check))
                .layer(from_fn_with_state(state.clone(), csrf::check)),
        )
        .with_state(state)
}

#[cfg(test)]
mod tests;
