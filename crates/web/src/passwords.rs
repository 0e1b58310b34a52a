//! Hashing and comparing passwords without stopping anything else.
//!
//! Argon2 takes tens of milliseconds and 19 MiB on purpose. It runs on a blocking thread, two at a
//! time, so that a flood of log-ins cannot take the memory or the processors from the answers.

use std::sync::Arc;
use std::time::Duration;

use conclave_core::password::{self, PasswordRefused};
use secrecy::SecretString;
use tokio::sync::Semaphore;

use crate::error::PageError;

/// Passwords in work at once.
const AT_ONCE: usize = 2;
/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// The place where passwords are worked on. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Passwords {
    /// Hashes a new password. The inner refusal is for the person who chose it; refuses with
    /// [`PageError::Unavailable`] when too many wait.
    pub async fn hash(&self, chosen: SecretString) -> Result<Result<String, PasswordRefused>, PageError> {
        self.run(move || password::hash(&chosen)).await
    }

    /// Compares a typed password with a stored hash; the same work when there is none. Refuses with
    /// [`PageError::Unavailable`] when too many wait.
    pub async fn verify(&self, typed: SecretString, stored: Option<String>) -> Result<bool, PageError> {
        self.run(move || password::verify(&typed, stored.as_deref())).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PageError> {
        let turn = tokio::time::timeout(PATIENCE, self.0.acquire())
            .await
            .map_err(|_| PageError::unavailable("too many log-ins at once"))?
            .map_err(PageError::internal)?;
        let done = tokio::task::spawn_blocking(work).await.map_err(PageError::internal)?;
        drop(turn);
        Ok(done)
    }
}
