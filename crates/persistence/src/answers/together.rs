//! Answers that wait for SQLite's one writer are committed together: sixty at once cost one durable
//! commit, not sixty. Nobody waits for others to come, and nobody hears "recorded" before the
//! commit. PostgreSQL has many writers, and does this by itself.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use conclave_core::answer::{AnswerRefused, By, Given, Via, decide};
use conclave_core::ids::InvitationId;
use sea_orm::{DatabaseTransaction, DbErr};
use tokio::sync::oneshot;

use super::recording::Recording;
use super::standing::standing;
use super::{AnswerExtras, Answered};
use crate::locks::lock_invitation;
use crate::{Store, StoreError, WriteError};

/// At most in one transaction, so that other writes get their turn.
const MOST: usize = 32;

/// What an invitee said.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub invitation: InvitationId,
    pub given: Given,
    pub extras: AnswerExtras,
    pub via: Via,
    pub now: DateTime<Utc>,
}

type Heard = Result<Answered, WriteError<AnswerRefused>>;

/// The line of answers that wait for the writer. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnswerLine(Arc<Mutex<Line>>);

#[derive(Debug, Default)]
struct Line {
    waiting: VecDeque<(Said, oneshot::Sender<Heard>)>,
    /// A task takes from the line until nobody is in it.
    is_served: bool,
}

impl Store {
    /// Records an answer, together with those that wait beside it.
    pub(super) async fn record_in_turn(&self, said: Said) -> Heard {
        if !self.has_one_writer() {
            return self.record_alone(&said).await;
        }
        let (heard, hears) = oneshot::channel();
        if self.answer_line().join(said, heard) {
            tokio::spawn(serve(self.clone()));
        }
        let gone = || StoreError::Unavailable(DbErr::Custom("the writer of answers is gone".to_owned()));
        hears.await.unwrap_or_else(|_| Err(gone().into()))
    }

    async fn record_alone(&self, said: &Said) -> Heard {
        let tx = self.begin_write().await?;
        let answered = self.record_in(&tx, said).await?;
        tx.commit().await?;
        Ok(answered)
    }

    /// One transaction for all. A refusal is decided before anything is written, so it spoils nothing; a
    /// fault takes everything back.
    async fn record_together(
        &self,
        all: &[(Said, oneshot::Sender<Heard>)],
    ) -> Result<Vec<Heard>, StoreError> {
        let tx = self.begin_write().await?;
        let mut heard = Vec::with_capacity(all.len());
        for (said, _) in all {
            match self.record_in(&tx, said).await {
                Err(WriteError::Store(fault)) => return Err(fault),
                answered => heard.push(answered),
            }
        }
        tx.commit().await?;
        Ok(heard)
    }

    async fn record_in(&self, tx: &DatabaseTransaction, said: &Said) -> Heard {
        let (event, row) = lock_invitation(tx, said.invitation).await?;
        let standing = standing(tx, &event, &row).await?;
        let outcome = decide(&said.given, By::Invitee, &standing.view(&event), said.now)
            .map_err(WriteError::Refused)?;
        let recording = Recording::by_invitee(&said.given, &said.extras, said.via);
        Ok(recording.write(tx, self.site(), &event, row, &standing, outcome, said.now).await?)
    }
}

/// Takes from the line until it is empty. After a fault each is recorded alone, so that one person's
/// damaged row is nobody else's trouble.
async fn serve(store: Store) {
    let line = store.answer_line().clone();
    let mut left = Left(Some(line.clone()));
    while let Some(all) = line.next() {
        match store.record_together(&all).await {
            Ok(heard) => {
                for ((_, tell), heard) in all.into_iter().zip(heard) {
                    // Whoever went away meanwhile has answered all the same.
                    let _ = tell.send(heard);
                }
            }
            Err(_) => {
                for (said, tell) in all {
                    let _ = tell.send(store.record_alone(&said).await);
                }
            }
        }
    }
    left.0 = None;
}

impl AnswerLine {
    /// True when somebody has to begin serving.
    fn join(&self, said: Said, heard: oneshot::Sender<Heard>) -> bool {
        let mut line = self.lock();
        line.waiting.push_back((said, heard));
        !std::mem::replace(&mut line.is_served, true)
    }

    /// Those whose turn it is; `None` when nobody waits and serving ends.
    fn next(&self) -> Option<Vec<(Said, oneshot::Sender<Heard>)>> {
        let mut line = self.lock();
        let many = line.waiting.len().min(MOST);
        line.is_served = many > 0;
        (many > 0).then(|| line.waiting.drain(..many).collect())
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task that ends before the line is empty leaves nobody waiting: those in line hear that the
/// writer is gone, and the next one begins anew.
struct Left(Option<AnswerLine>);

impl Drop for Left {
    fn drop(&mut self) {
        if let Some(line) = &self.0 {
            let mut line = line.lock();
            line.waiting.clear();
            line.is_served = false;
        }
    }
}
