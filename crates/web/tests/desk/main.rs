//! The committee's desk through the router, over a real store and with real sessions.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod activity;
mod answers;
mod balance;
mod bulk;
mod candidates;
mod chasing;
mod checked;
mod imports;
mod invitees;
mod netconf;
mod people;
mod person;
mod readers;
mod requests;
mod reserve;
mod roles;
mod statements;
