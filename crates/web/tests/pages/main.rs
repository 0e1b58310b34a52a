//! Pages through the router, over a real store: what is shown, what is refused, what is written.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod account;
mod ask;
mod board;
mod captured;
mod changes;
mod desk;
mod doors;
mod export;
mod guests;
mod health;
mod links;
mod mail;
mod overview;
mod personal;
mod public;
mod questions;
mod settings;
mod topics;
