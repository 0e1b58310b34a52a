//! What tests stand on: a migrated database per test, the real server as a process.
//!
//! For tests only, and only from `tests/` folders and the `tests` package: a unit test inside a crate would see
//! two copies of that crate's types.

#![expect(clippy::panic, reason = "in support of tests a failure is a failed test")]

pub mod app;
pub mod builders;
pub mod cluster;
mod db;
mod dump;
pub mod http;
pub mod member;
pub mod server;
pub mod sink;

pub use db::{PREPARED_AT, TestDb, migrations, site};
pub use server::{Conclave, Installation};

use std::future::Future;

/// Runs a future on a runtime of its own, as a test or a thread of one needs it.
///
/// # Panics
/// When the system gives no threads.
pub fn run<F: Future>(future: F) -> F::Output {
    match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime.block_on(future),
        Err(error) => panic!("no runtime for this test: {error}"),
    }
}
