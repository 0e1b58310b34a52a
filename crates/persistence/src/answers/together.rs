//! Answers that wait for SQLite's one writer are committed together: thirty at once cost one durable
//! commit, not thirty. Nobody waits for others to come, and nobody hears "recorded" before the
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

/// An answer in line, and where its outcome is waited for.
type Turn = (Said, oneshot::Sender<Heard>);

/// Why none of those written together was recorded.
enum Fault {
    /// The database let nobody begin.
    NotBegun(StoreError),
    /// Somebody's answer could not be written, or the commit failed.
    TakenBack(StoreError),
}

/// The line of answers that wait for the writer. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnswerLine(Arc<Mutex<Line>>);

#[derive(Debug, Default)]
struct Line {
    waiting: VecDeque<Turn>,
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
            tokio::spawn(serve(self.clone(), Left(Some(self.answer_line().clone()))));
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
    async fn record_together(&self, all: &[Turn]) -> Result<Vec<Heard>, Fault> {
        let tx = self.begin_write().await.map_err(Fault::NotBegun)?;
        let mut heard = Vec::with_capacity(all.len());
        for (said, _) in all {
            match self.record_in(&tx, said).await {
                Err(WriteError::Store(fault)) => return Err(Fault::TakenBack(fault)),
                answered => heard.push(answered),
            }
        }
        tx.commit().await.map_err(|error| Fault::TakenBack(error.into()))?;
        Ok(heard)
    }

    async fn record_in(&self, tx: &DatabaseTransaction, said: &Said) -> Heard {
        let (event, row) = lock_invitation(tx, said.invitation).await?;
        let standing = standing(tx, &event, &row).await?;
        let is_old = said.extras.revision.is_some_and(|shown| shown < event.revision);
        if is_old && said.given != Given::Decline {
            // They said yes to what was on their screen, and that is no longer what it is.
            return Err(WriteError::Refused(AnswerRefused::ChangedMeanwhile));
        }
        let outcome = decide(&said.given, By::Invitee, &standing.view(&event), said.now)
            .map_err(WriteError::Refused)?;
        let recording = Recording::by_invitee(&said.given, &said.extras, said.via);
        Ok(recording.write(tx, self.site(), &event, row, &standing, outcome, said.now).await?)
    }
}

/// Takes from the line until it is empty. After a fault each is recorded alone, so that one person's
/// damaged row is nobody else's trouble.
async fn serve(store: Store, mut left: Left) {
    let line = store.answer_line().clone();
    while let Some(all) = line.next() {
        match store.record_together(&all).await {
            Ok(heard) => {
                for ((_, tell), heard) in all.into_iter().zip(heard) {
                    // Whoever went away meanwhile has answered all the same.
                    let _ = tell.send(heard);
                }
            }
            Err(Fault::TakenBack(fault)) => {
                tracing::warn!(fault = told(&fault), answers = all.len(), "answers are recorded one by one");
                for (said, tell) in all {
                    let _ = tell.send(store.record_alone(&said).await);
                }
            }
            // Whoever holds the database holds it for everybody in line: they are told at once.
            Err(Fault::NotBegun(fault)) => {
                for (_, tell) in all.into_iter().chain(line.rest()) {
                    let _ = tell.send(Err(StoreError::Unavailable(DbErr::Custom(told(&fault))).into()));
                }
            }
        }
    }
    left.0 = None;
}

/// The fault and what caused it, in words.
fn told(fault: &StoreError) -> String {
    let cause = std::error::Error::source(fault).map(ToString::to_string);
    cause.map_or_else(|| fault.to_string(), |cause| format!("{fault}: {cause}"))
}

impl AnswerLine {
    /// True when somebody has to begin serving.
    fn join(&self, said: Said, heard: oneshot::Sender<Heard>) -> bool {
        let mut line = self.lock();
        line.waiting.push_back((said, heard));
        !std::mem::replace(&mut line.is_served, true)
    }

    /// Those whose turn it is; `None` when nobody waits and serving ends.
    fn next(&self) -> Option<Vec<Turn>> {
        let mut line = self.lock();
        let many = line.waiting.len().min(MOST);
        line.is_served = many > 0;
        (many > 0).then(|| line.waiting.drain(..many).collect())
    }

    /// Everybody else who waits now.
    fn rest(&self) -> VecDeque<Turn> {
        std::mem::take(&mut self.lock().waiting)
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
