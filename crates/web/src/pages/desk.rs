//! The committee's desk: `/c` and below. One resource per module; each lists its routes.

mod account;
mod activity;
mod balance;
mod candidates;
mod changes;
mod chase;
mod committee;
mod digest;
mod events;
mod export;
mod forecast;
mod import;
mod invitees;
mod mail;
mod message;
mod moves;
mod overview;
mod people;
mod questions;
mod record;
mod requests;
mod reserve;
mod settings;
mod topics;
mod wave;

use axum::Router;

use crate::state::AppState;

/// Routes under `/c`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .merge(account::routes())
        .merge(activity::routes())
        .merge(balance::routes())
        .merge(candidates::routes())
        .merge(chase::routes())
        .merge(changes::routes())
        .merge(committee::routes())
        .merge(digest::routes())
        .merge(events::routes())
        .merge(export::routes())
        .merge(import::routes())
        .merge(invitees::routes())
        .merge(mail::routes())
        .merge(message::routes())
        .merge(moves::routes())
        .merge(overview::routes())
        .merge(people::routes())
        .merge(requests::routes())
        .merge(reserve::routes())
        .merge(questions::routes())
        .merge(settings::routes())
        .merge(topics::routes())
        .merge(wave::routes())
}
