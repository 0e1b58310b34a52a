//! What became of a test mail, told to whoever asked for it: at set-up, and while a letter is written.

use chrono::{DateTime, Utc};
use conclave_core::ids::MessageId;
use conclave_core::message::MessageState;
use conclave_core::purpose::Purpose;
use conclave_persistence::{Account, MailPause, MessageRow, Store};

use crate::components::Notice;
use crate::error::PageError;
use crate::links::Query;

/// A test mail and its fate.
pub(super) struct TestMail {
    pub(super) notice: Notice,
    pub(super) fate: Fate,
}

/// Whether there is more to learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It may still change: look again.
    Waiting,
    /// A mail server took it.
    Left,
    /// It went nowhere.
    Ended,
}

impl TestMail {
    /// The one named `test` in the query; only ever one's own.
    pub(super) async fn of(
        store: &Store,
        own: &Account,
        query: &Query,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, PageError> {
        let Ok(id) = query.text("test").parse() else { return Ok(None) };
        let Some(mail) = store.message(None, MessageId(id)).await? else { return Ok(None) };
        if mail.purpose != Purpose::Test || mail.to_address != own.email {
            return Ok(None);
        }
        let pause = store.mail_pause().await?.filter(|pause| pause.until.is_none_or(|until| until > now));
        Ok(Some(Self::told(&mail, pause)))
    }

    fn told(mail: &MessageRow, pause: Option<MailPause>) -> Self {
        let (to, words) = (&mail.to_address, &mail.last_words);
        let told = |fate, notice| Self { notice, fate };
        match (mail.state, pause) {
            // The words of the directory that stands in for a mail server.
            (MessageState::HandedOver, _) if words.starts_with("captured as ") => {
                told(Fate::Ended, Notice::done("Test mail:", "captured, not sent."))
            }
            (MessageState::HandedOver, _) => told(
                Fate::Left,
                Notice::done("Test mail:", format!("handed over for {to}. The mail server said: {words}")),
            ),
            (MessageState::Failed | MessageState::Bounced | MessageState::Uncertain, _) => told(
                Fate::Ended,
                Notice::broken(
                    "Test mail:",
                    format!("it did not get through to {to}. The mail server said: {words}"),
                ),
            ),
            (MessageState::Dropped, _) => told(
                Fate::Ended,
                Notice::broken("Test mail:", format!("it was dropped. {}", mail.drop_reason)),
            ),
            (_, Some(pause)) => told(Fate::Waiting, Notice::broken("Test mail:", stands_still(&pause))),
            (_, None) if !words.is_empty() => told(
                Fate::Waiting,
                Notice::waiting(
                    "Test mail:",
                    format!("not taken yet, and tried again by itself. The mail server said: {words}"),
                ),
            ),
            (_, None) => told(
                Fate::Waiting,
                Notice::info(
                    "Test mail:",
                    format!("on its way to {to}. Load this page again to see what became of it."),
                ),
            ),
        }
    }
}

/// Why nothing leaves, in words, and which setting to look at.
fn stands_still(pause: &MailPause) -> String {
    let (what, look) = match pause.kind.as_str() {
        "down" => (
            "the mail server cannot be reached",
            " Is it the right one, and does it listen there (mail.relay, mail.port, mail.tls)?",
        ),
        "relay" => (
            "the mail server does not take our mail",
            " Does it know us (mail.username, mail.password, mail.sender)?",
        ),
        _ => ("sending was stopped", ""),
    };
    let again = if pause.until.is_some() { " It is tried again by itself." } else { "" };
    format!("it waits, because {what}: {}.{look}{again}", pause.reason.trim_end_matches('.'))
}
