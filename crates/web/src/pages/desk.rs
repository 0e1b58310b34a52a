//! The committee's desk: `/c` and below. One resource per module; each lists its routes.

mod export;
mod import;
mod invitees;
mod mail;
mod message;
mod topics;
mod wave;

use axum::Router;

use crate::state::AppState;

/// Routes under `/c`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .merge(export::routes())
        .merge(import::routes())
        .merge(invitees::routes())
        .merge(mail::routes())
        .merge(message::routes())
        .merge(topics::routes())
        .merge(wave::routes())
}
