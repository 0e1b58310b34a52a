//! The mail worker: claim, render at the first claim, compose, send, write down what came of it.
//!
//! Database and relay are never waited for at once: a message is leased in one short transaction, the
//! beginning of DATA is marked in a second, the outcome in a third. Whatever happens in between, the
//! lease runs out and the store knows which of the three it was (decisions.md, "Lost sends"). The relay
//! is connected before anything is claimed, so that a relay that is down uses up nobody's attempt. No
//! address, link or line of the conversation reaches a log.

mod compose;
mod pace;

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use conclave_core::deadline;
use conclave_core::facts::EventFacts;
use conclave_core::purpose::Purpose;
use conclave_mail::transport::{Connection, Envelope, Failure, HandedOver, Schedule, Transport};
use conclave_persistence::{Claimed, MailPause, Sent, StoreError, WriteError};
use tokio::sync::watch;

use crate::installation::{Installation, delta, transport};
use pace::{Pace, PolicyCount};

/// Messages claimed at once; the leases of all of them run while the first is sent.
const BATCH: u32 = 20;
/// An idle connection is closed after this long, before relays do it.
const IDLE: Duration = Duration::from_secs(10);
/// How often and how long writing down an outcome is tried again while the database is away.
const MARK_PAUSES: [u64; 6] = [50, 200, 1_000, 3_000, 10_000, 15_000];

/// Sends the outbox until told to stop.
pub struct Worker {
    installation: Installation,
    transport: Transport,
    schedule: Schedule,
    name: String,
    pace: Pace,
    policy: PolicyCount,
    connection: Option<Connection>,
    connected_at: Instant,
    stop: watch::Receiver<bool>,
}

/// What a round of work found.
enum Round {
    /// Go on at once.
    Worked,
    /// The rate allows the next one after this long.
    Paced(Duration),
    /// Nothing to do for this long.
    Idle(Duration),
}

impl Worker {
    /// A worker with a name of its own; `stop` turning true ends it after the message in hand.
    pub fn new(installation: Installation, stop: watch::Receiver<bool>) -> Self {
        let mail = &installation.settings.mail;
        let schedule = Schedule { waits: mail.retry_after.clone(), give_up_after: mail.give_up_after };
        Self {
            transport: transport(&installation.settings),
            schedule,
            name: format!("{}-{}", std::process::id(), conclave_core::ids::MessageId::generate()),
            pace: Pace::new(mail.rate_per_minute),
            policy: PolicyCount::new(mail.policy_stop),
            connection: None,
            connected_at: Instant::now(),
            stop,
            installation,
        }
    }

    /// Works until told to stop. A database that is away is waited for.
    pub async fn run(mut self) {
        let mut complained = false;
        while !self.is_stopping() {
            let wait = match self.round().await {
                Ok(Round::Worked) => {
                    complained = false;
                    continue;
                }
                Ok(Round::Paced(wait) | Round::Idle(wait)) => {
                    complained = false;
                    wait
                }
                Err(error) => {
                    if !complained {
                        tracing::warn!(error = %error, "the mail worker cannot reach the database, trying again");
                    }
                    complained = true;
                    Duration::from_secs(2)
                }
            };
            self.close_idle_connection().await;
            self.sleep(wait).await;
        }
        self.release().await;
        if let Some(connection) = self.connection.take() {
            connection.close().await;
        }
    }

    /// Works until nothing is due, and ends.
    pub async fn drain(mut self) -> Result<(), StoreError> {
        loop {
            match self.round().await? {
                Round::Worked => {}
                Round::Paced(wait) => self.sleep(wait).await,
                Round::Idle(_) => break,
            }
        }
        if let Some(connection) = self.connection.take() {
            connection.close().await;
        }
        Ok(())
    }

    async fn round(&mut self) -> Result<Round, StoreError> {
        let now = self.installation.now();
        let poll = self.installation.settings.mail.poll_interval;
        if let Some(wait) = self.paused(now).await? {
            return Ok(Round::Idle(wait.min(poll)));
        }
        let wait = self.pace.wait(Instant::now());
        if !wait.is_zero() {
            return Ok(Round::Paced(wait));
        }
        let is_due = self.installation.store.next_due(now).await?.is_some_and(|due| due <= now);
        if is_due && !self.connect().await? {
            return Ok(Round::Idle(poll));
        }
        let settings = self.installation.settings.clone();
        let claimed_at = Instant::now();
        let claimed = self
            .installation
            .store
            .claim(
                &self.name,
                self.pace.batch(BATCH),
                delta(settings.mail.lease),
                delta(settings.mail.uncertain_retry),
                now,
            )
            .await?;
        if claimed.is_empty() {
            return Ok(Round::Idle(poll));
        }
        // A message is only begun while its lease covers the longest conversation.
        let spare = settings.mail.lease.saturating_sub(self.transport.longest());
        for (n, message) in claimed.into_iter().enumerate() {
            let lease_is_short = n > 0 && claimed_at.elapsed() > spare;
            if lease_is_short || self.is_stopping() || !self.wait_for_pace().await || !self.connect().await? {
                self.release().await;
                break;
            }
            if !self.deliver(message).await? {
                self.release().await;
                break;
            }
        }
        Ok(Round::Worked)
    }

    /// How long sending stands still. A pause whose time has come is over; claiming lifts it.
    async fn paused(&self, now: DateTime<Utc>) -> Result<Option<Duration>, StoreError> {
        Ok(match self.installation.store.mail_pause().await? {
            Some(MailPause { until: None, .. }) => Some(Duration::MAX),
            Some(MailPause { until: Some(until), .. }) => {
                (until - now).to_std().ok().filter(|wait| !wait.is_zero())
            }
            None => None,
        })
    }

    /// Opens the way out if it is not open. False when the relay cannot be used now; sending is paused
    /// then, and no message loses an attempt.
    async fn connect(&mut self) -> Result<bool, StoreError> {
        if self.connection.as_ref().is_some_and(Connection::is_open) {
            return Ok(true);
        }
        self.connection = None;
        match self.transport.connect().await {
            Ok(connection) => {
                self.connection = Some(connection);
                self.connected_at = Instant::now();
                Ok(true)
            }
            Err(failure) => {
                self.pause(&failure).await?;
                Ok(false)
            }
        }
    }

    /// Sends one message and writes down what came of it. False when the rest of the batch has to wait.
    async fn deliver(&mut self, message: Claimed) -> Result<bool, StoreError> {
        let now = self.installation.now();
        let prepared = match compose::prepare(&self.installation, &message).await? {
            Ok(prepared) => prepared,
            Err(words) => {
                tracing::error!(message.id = %message.id, purpose = message.purpose.as_str(), reason = %words, "a mail could not be made");
                self.mark(&message, &Sent::Broken { words }).await?;
                return Ok(true);
            }
        };
        let first = self.send(&message, &prepared.envelope, &prepared.bytes).await;
        // A connection that had been used may have gone stale; that is nobody's fault.
        let outcome = match first {
            (Err(Failure::RelayDown(_)), true) => {
                if !self.connect().await? {
                    return Ok(false);
                }
                self.send(&message, &prepared.envelope, &prepared.bytes).await.0
            }
            (outcome, _) => outcome,
        };
        self.pace.sent(Instant::now());
        match outcome {
            Ok(HandedOver { code, text }) => {
                self.policy.accepted(message.wave);
                self.mark(&message, &Sent::HandedOver { code: code.to_string(), words: text }).await?;
                Ok(true)
            }
            Err(failure) => self.failed(&message, &failure, now).await,
        }
    }

    /// The outcome, and whether the connection had carried something before.
    async fn send(
        &mut self,
        message: &Claimed,
        envelope: &Envelope,
        bytes: &[u8],
    ) -> (Result<HandedOver, Failure>, bool) {
        let Some(connection) = self.connection.as_mut() else {
            return (Err(Failure::RelayDown("no connection".to_owned())), false);
        };
        let was_used = self.pace.has_sent_since(self.connected_at);
        let (store, now) = (&self.installation.store, self.installation.now());
        let outcome = connection.send(envelope, bytes, store.begin_data(message.id, &self.name, now)).await;
        (outcome, was_used)
    }

    async fn failed(
        &mut self,
        message: &Claimed,
        failure: &Failure,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let code = failure
            .reply()
            .and_then(|r| r.enhanced.clone().or(r.code.map(|c| c.to_string())))
            .unwrap_or_default();
        let words = failure.text();
        tracing::info!(message.id = %message.id, purpose = message.purpose.as_str(), outcome = failure.word(), code, "a mail did not leave");
        match failure {
            Failure::Deferred(reply) => {
                let is_closing = reply.code == Some(421);
                self.defer(message, code, words, now).await?;
                if is_closing {
                    self.pause_for("relay", pause_words(failure), Duration::from_secs(60)).await?;
                }
                Ok(!is_closing)
            }
            Failure::Soft(_) | Failure::RelayDown(_) => {
                // The relay answered when it was connected, so this is about the message: it uses up
                // an attempt, or one recipient could keep everybody else waiting.
                self.defer(message, code, words, now).await?;
                Ok(true)
            }
            Failure::Hard(_) => {
                self.mark(message, &Sent::Failed { code, words, address_dead: true }).await?;
                Ok(true)
            }
            Failure::Policy(_) => {
                self.mark(message, &Sent::Failed { code, words: words.clone(), address_dead: false }).await?;
                if !self.policy.refused(message.wave) {
                    return Ok(true);
                }
                let reason = pause_words(failure);
                let pause = MailPause { kind: "policy".to_owned(), reason, until: None };
                self.installation.store.pause_mail(&pause, self.installation.now()).await?;
                Ok(false)
            }
            Failure::OurFault(_) => {
                tracing::error!(message.id = %message.id, code = failure.word(), "the relay says that our mail is wrong");
                self.mark(message, &Sent::Failed { code, words, address_dead: false }).await?;
                Ok(true)
            }
            Failure::NeedsSmtputf8 => {
                self.mark(message, &Sent::Failed { code, words, address_dead: false }).await?;
                Ok(true)
            }
            Failure::RelayRefused(_) => {
                let next = Some(now + delta(self.installation.settings.mail.relay_retry));
                self.mark(message, &Sent::Deferred { code, words, next, counts: false }).await?;
                self.pause(failure).await?;
                Ok(false)
            }
            Failure::Uncertain(_) => {
                let retry_at =
                    self.installation.now() + delta(self.installation.settings.mail.uncertain_retry);
                self.mark(message, &Sent::Uncertain { words, retry_at }).await?;
                Ok(true)
            }
            // The lease was lost or the database is away: nothing was sent, and nothing is known better.
            Failure::NotRecorded => Ok(false),
        }
    }

    async fn defer(
        &self,
        message: &Claimed,
        code: String,
        words: String,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let last = message.give_up_after.map(|(day, zone)| deadline::end_of_day(day, zone));
        let next = self.schedule.next_attempt(
            message.attempts + 1,
            &message.message_id,
            message.first_tried_at,
            now,
            last,
        );
        self.mark(message, &Sent::Deferred { code, words, next, counts: true }).await
    }

    /// Writes an outcome down. While the database is away it is tried again for half a minute, because
    /// forgetting that a message left means sending it twice.
    async fn mark(&self, message: &Claimed, sent: &Sent) -> Result<(), StoreError> {
        let store = &self.installation.store;
        for pause in MARK_PAUSES {
            match store.mark_sent(message.id, &self.name, sent, self.installation.now()).await {
                Err(StoreError::Unavailable(_) | StoreError::Database(_)) => {
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                // Another worker took the message over when the lease ran out; its word counts.
                Err(StoreError::Stale) => return Ok(()),
                other => return other,
            }
        }
        store.mark_sent(message.id, &self.name, sent, self.installation.now()).await
    }

    async fn pause(&self, failure: &Failure) -> Result<(), StoreError> {
        let retry = self.installation.settings.mail.relay_retry;
        match failure {
            // A refusal rarely mends itself in seconds, and asking too often makes it worse.
            Failure::RelayRefused(_) => self.pause_for("relay", failure.text(), retry * 10).await,
            _ => self.pause_for("down", failure.text(), retry).await,
        }
    }

    async fn pause_for(&self, kind: &str, reason: String, wait: Duration) -> Result<(), StoreError> {
        let now = self.installation.now();
        tracing::warn!(kind, seconds = wait.as_secs(), "mail stands still for a while");
        let pause = MailPause { kind: kind.to_owned(), reason, until: Some(now + delta(wait)) };
        self.installation.store.pause_mail(&pause, now).await
    }

    /// Gives back what was claimed and not tried; at worst the leases run out.
    async fn release(&self) {
        if let Err(error) = self.installation.store.release(&self.name, self.installation.now()).await {
            tracing::warn!(error = %error, "claimed messages could not be given back");
        }
    }

    async fn close_idle_connection(&mut self) {
        let idle_since = Instant::now().checked_sub(IDLE).unwrap_or(self.connected_at);
        if self.connected_at < idle_since
            && !self.pace.has_sent_since(idle_since)
            && let Some(connection) = self.connection.take()
        {
            connection.close().await;
        }
    }

    /// Waits until the rate allows one more. False when it is time to stop.
    async fn wait_for_pace(&mut self) -> bool {
        let wait = self.pace.wait(Instant::now());
        if !wait.is_zero() {
            self.sleep(wait).await;
        }
        !self.is_stopping()
    }

    async fn sleep(&mut self, wait: Duration) {
        let stopping = self.stop.wait_for(|stop| *stop);
        // Either way the caller looks at `is_stopping`.
        let _ = tokio::time::timeout(wait, stopping).await.map(|_| ());
    }

    fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }
}

/// Why sending stands still, for every committee to read: the server's code, and never its words,
/// which may name a recipient of another event. The words stand beside the message.
fn pause_words(failure: &Failure) -> String {
    let Some(reply) = failure.reply() else { return failure.text() };
    let codes: Vec<String> =
        reply.code.map(|code| code.to_string()).into_iter().chain(reply.enhanced.clone()).collect();
    match codes.join(" ") {
        codes if codes.is_empty() => "the mail server refused our mail".to_owned(),
        codes => format!("the mail server answered {codes}"),
    }
}

/// Looks at deadlines now and then: lapses, planned reminders, seats for the reserve, events that are
/// over, the committee's digests.
pub async fn watch_deadlines(installation: Installation, mut stop: watch::Receiver<bool>) {
    let tick = installation.settings.time.tick;
    while !*stop.borrow() {
        if let Err(error) = look_at_deadlines(&installation).await {
            tracing::warn!(error = %error, "deadlines could not be looked at, trying again");
        }
        let _ = tokio::time::timeout(tick, stop.wait_for(|stop| *stop)).await.map(|_| ());
    }
}

async fn look_at_deadlines(installation: &Installation) -> Result<(), StoreError> {
    let (store, templates) = (&installation.store, &installation.templates);
    let lapsed = store.lapse_silence(installation.now()).await?;
    let reminder = |event: &EventFacts| {
        let subject = templates.default_subject(Purpose::Reminder, event).ok()?;
        Some((subject, templates.default_letter(Purpose::Reminder, event).ok()?))
    };
    let reminded = match store.send_planned_reminders(reminder, installation.now()).await {
        Ok(reminded) => reminded,
        Err(WriteError::Store(error)) => return Err(error),
        Err(WriteError::Refused(refused)) => {
            tracing::error!(code = refused.code(), "the planned reminder cannot be sent");
            0
        }
    };
    let backfilled = match store.send_backfills(installation.now()).await {
        Ok(backfilled) => backfilled,
        Err(WriteError::Store(error)) => return Err(error),
        Err(WriteError::Refused(refused)) => {
            tracing::error!(code = refused.code(), "the reserve cannot be written to by itself");
            0
        }
    };
    let finished = store.finish_events(installation.now()).await?;
    let told = store.send_digests(installation.now()).await?;
    let deleted = store.delete_old_details(installation.now()).await?;
    if deleted > 0 {
        tracing::info!(deleted, "answers deleted, as their questions say");
    }
    if lapsed + reminded + backfilled + finished + told > 0 {
        tracing::info!(lapsed, reminded, backfilled, finished, told, "deadlines passed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use conclave_core::address::Address;

    use super::*;
    use crate::config::{Settings, Sources};
    use crate::installation::{Migrations, capture_dir};

    #[tokio::test]
    async fn draining_ends_when_nothing_is_due_and_not_at_the_rate() {
        let folder = tempfile::tempdir().unwrap();
        let options =
            [("server.data_dir", folder.path().to_str().unwrap()), ("mail.rate_per_minute", "6000")];
        let options = options.map(|(key, value)| (key, "test", value.to_owned())).to_vec();
        let settings = Settings::load(&Sources { options, ..Sources::default() }).unwrap();
        let captured = capture_dir(&settings);
        let installation = Installation::open(settings, Migrations::Apply).await.unwrap();
        let to = Address::parse("somebody@example.org").unwrap();
        let more_than_a_batch = usize::try_from(BATCH).unwrap() + 3;
        for _ in 0..more_than_a_batch {
            installation.store.queue_test_mail(&to, installation.now()).await.unwrap();
        }

        let (_stop, stopped) = watch::channel(false);
        Worker::new(installation, stopped).drain().await.unwrap();

        assert_eq!(std::fs::read_dir(captured).unwrap().count(), more_than_a_batch);
    }
}
