//! Bytes reach a mail server, or a directory while trying things out, and what came of it is said in
//! one of a few words (`mail.md` 1.6, 1.7).
//!
//! The queue decides what to do next; this module only keeps it honest about three things: whether the
//! message may have arrived, whether the fault is the recipient's or the relay's, and what the server
//! said. No line of the conversation, address or body is ever logged here. The server's words can name
//! the recipient: they belong into the database, not into a log.

mod capture;
mod relay;
mod reply;
mod schedule;

use std::future::Future;
use std::time::Duration;

pub use capture::{Attachment, CaptureDir, Captured, CapturedMail};
pub use relay::{Deadlines, Login, Relay, Security};
pub use reply::Reply;
pub use schedule::Schedule;

use relay::SmtpConnection;

/// Where mail goes.
#[derive(Clone, Debug)]
pub enum Transport {
    /// A mail server that relays for us.
    Smtp(Relay),
    /// A directory, read on the page of captured mail.
    Capture(CaptureDir),
}

impl Transport {
    /// Opens a connection that carries many messages, one after another.
    ///
    /// Refuses with [`Failure::RelayDown`] or [`Failure::RelayRefused`], before any message is touched.
    pub async fn connect(&self) -> Result<Connection, Failure> {
        match self {
            Self::Smtp(relay) => Ok(Connection::Smtp(Box::new(relay.connect().await?))),
            Self::Capture(dir) => Ok(Connection::Capture(dir.clone())),
        }
    }

    /// Longest time from [`Transport::connect`] to the end of one [`Connection::send`]; a lease must be
    /// longer.
    #[must_use]
    pub fn longest(&self) -> Duration {
        match self {
            Self::Smtp(relay) => relay.deadlines.longest(),
            Self::Capture(_) => Duration::from_secs(10),
        }
    }
}

/// An open way out.
#[derive(Debug)]
pub enum Connection {
    Smtp(Box<SmtpConnection>),
    Capture(CaptureDir),
}

impl Connection {
    /// Sends one message to one recipient. `before_data` is awaited after the recipient was taken and
    /// right before `DATA`: it records durably that from now on the message may have arrived. When it
    /// fails nothing is sent.
    ///
    /// After a failure the next message may be sent on the same connection if it
    /// [is open](Connection::is_open).
    pub async fn send<E>(
        &mut self,
        envelope: &Envelope,
        message: &[u8],
        before_data: impl Future<Output = Result<(), E>>,
    ) -> SendOutcome {
        match self {
            Self::Smtp(connection) => connection.send(envelope, message, before_data).await,
            Self::Capture(dir) => {
                before_data.await.map_err(|_| Failure::NotRecorded)?;
                match dir.store(message).await {
                    Ok(name) => Ok(HandedOver { code: 250, text: format!("captured as {name}") }),
                    Err(e) => Err(Failure::RelayDown(format!("the capture directory: {e}"))),
                }
            }
        }
    }

    /// False once the server hung up or stopped making sense: connect again.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match self {
            Self::Smtp(connection) => connection.is_open(),
            Self::Capture(_) => true,
        }
    }

    /// Says goodbye, within a few seconds.
    pub async fn close(self) {
        if let Self::Smtp(connection) = self {
            connection.quit().await;
        }
    }
}

/// Who the server is told about.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Where bounces go; one per message.
    pub from: String,
    pub to: String,
    /// Names the message in delivery reports (RFC 3461), if the server offers them.
    pub envid: String,
}

impl std::fmt::Debug for Envelope {
    /// Addresses stay out of logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Envelope").field("envid", &self.envid).finish_non_exhaustive()
    }
}

/// What came of a message.
pub type SendOutcome = Result<HandedOver, Failure>;

/// The server took the message over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedOver {
    pub code: u16,
    /// Its words, often with its queue's id.
    pub text: String,
}

/// Why a message did not leave, by what has to happen next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Try again by the schedule. On 421 the whole queue waits a minute.
    #[error("deferred")]
    Deferred(Reply),
    /// There is no such recipient: failed, the address is bad.
    #[error("refused for good")]
    Hard(Reply),
    /// The mailbox is full: try again, the address is good.
    #[error("mailbox full")]
    Soft(Reply),
    /// Our reputation or DNS: failed, the address is good, several in a row stop the batch.
    #[error("refused by policy")]
    Policy(Reply),
    /// Our message or our SMTP is wrong: failed, an error in the log.
    #[error("our fault")]
    OurFault(Reply),
    /// The recipient's local part is not ASCII and the relay cannot carry that: failed.
    #[error("the relay cannot carry this address (no SMTPUTF8)")]
    NeedsSmtputf8,
    /// The greeting, MAIL or login was refused: the queue pauses until somebody looks.
    #[error("the relay refuses us")]
    RelayRefused(Reply),
    /// No connection, no TLS, silence or a hang-up before the message was begun: uses up no attempt.
    #[error("the relay is down: {0}")]
    RelayDown(String),
    /// Lost after the message was begun: it may have arrived.
    #[error("lost after DATA: {0}")]
    Uncertain(String),
    /// `before_data` failed; nothing was sent.
    #[error("the beginning of DATA could not be recorded")]
    NotRecorded,
}

impl Failure {
    /// One word for logs and figures.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Deferred(_) => "deferred",
            Self::Hard(_) => "hard",
            Self::Soft(_) => "soft",
            Self::Policy(_) => "policy",
            Self::OurFault(_) => "our_fault",
            Self::NeedsSmtputf8 => "needs_smtputf8",
            Self::RelayRefused(_) => "relay_refused",
            Self::RelayDown(_) => "relay_down",
            Self::Uncertain(_) => "uncertain",
            Self::NotRecorded => "not_recorded",
        }
    }

    /// What the server said, if it did.
    #[must_use]
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Deferred(reply)
            | Self::Hard(reply)
            | Self::Soft(reply)
            | Self::Policy(reply)
            | Self::OurFault(reply)
            | Self::RelayRefused(reply) => Some(reply),
            Self::NeedsSmtputf8 | Self::RelayDown(_) | Self::Uncertain(_) | Self::NotRecorded => None,
        }
    }

    /// Words for the committee: the server's own where there are any.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::RelayDown(text) | Self::Uncertain(text) => text.clone(),
            Self::NeedsSmtputf8 => {
                "The part before the @ has letters that our mail server cannot carry (no SMTPUTF8)."
                    .to_owned()
            }
            Self::NotRecorded => self.to_string(),
            _ => self.reply().map(Reply::to_string).unwrap_or_default(),
        }
    }

    /// The message has had one of its attempts.
    #[must_use]
    pub fn uses_an_attempt(&self) -> bool {
        !matches!(self, Self::RelayDown(_) | Self::RelayRefused(_) | Self::NotRecorded)
    }
}
