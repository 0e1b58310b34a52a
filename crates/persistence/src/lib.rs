//! [`Store`]: one method per intention, each one transaction, and all queries.
//!
//! A write is always: `begin_write`, lock the event, read, let core decide, write the state with
//! its log entry and its outbox rows, commit. Leaving early rolls back. Inside a transaction only
//! the transaction is used, never the pool. The two databases are kept equal by the contract
//! tests, each of which runs on both.
//!
//! A new method goes into the file of its noun, named after the intention; shared steps are
//! private functions that take the transaction and never open one.
//!
//! What a key finds is read with `.all(..).await?.pop()` wherever a guest waits for it: `one` binds a
//! limit, and SQLite prepares a statement anew each time a limit is bound, which takes longer than
//! reading the row.

mod accounts;
mod answers;
mod balance;
mod batch;
mod candidates;
mod changes;
mod chase;
mod digests;
mod entities;
mod error;
mod events;
mod exports;
mod facts;
mod forecast;
mod import;
mod invitations;
mod links;
mod locks;
mod log_entries;
mod outbox;
mod overview;
mod people;
mod questions;
mod reads;
mod requests;
mod reserve;
mod rows;
mod sessions;
mod store;
mod test_letters;
mod topics;
mod waves;

pub use accounts::*;
pub use answers::*;
pub use balance::{BalanceSheet, Quota};
pub use candidates::*;
pub use changes::*;
pub use chase::*;
pub use digests::DigestSetting;
pub use error::*;
pub use events::*;
pub use forecast::ForecastHistory;
pub use import::*;
pub use invitations::*;
pub use log_entries::*;
pub use outbox::*;
pub use overview::*;
pub use people::*;
pub use questions::*;
pub use requests::*;
pub use reserve::{Proposal, Proposed};
pub use sessions::*;
pub use store::{KeyStatus, Safeguard, Site, Store, StoreOptions};
pub use topics::*;
pub use waves::*;
