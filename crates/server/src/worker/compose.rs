//! From a claimed message to bytes: words are rendered at the first claim and kept, so that every try
//! sends the same ones; secrets are put in here and nowhere else.

use std::panic::{AssertUnwindSafe, catch_unwind};

use conclave_core::purpose::Purpose;
use conclave_mail::compose::{Outgoing, Secrets, compose};
use conclave_mail::templates::Rendered;
use conclave_mail::transport::Envelope;
use conclave_persistence::{Claimed, StoreError, StoredText};
use secrecy::SecretString;

use crate::installation::Installation;

/// A message ready to be sent.
pub struct Prepared {
    pub envelope: Envelope,
    pub bytes: Vec<u8>,
}

/// Renders and composes. The inner error says in words why this message can never be sent; the outer
/// one is the store's.
pub async fn prepare(
    installation: &Installation,
    message: &Claimed,
) -> Result<Result<Prepared, String>, StoreError> {
    let rendered = match &message.rendered {
        Some(kept) => {
            Rendered { subject: kept.subject.clone(), text: kept.text.clone(), html: kept.html.clone() }
        }
        None => match contained(|| installation.templates.render(message.purpose, &message.facts)) {
            Ok(rendered) => {
                let text = StoredText {
                    subject: rendered.subject.clone(),
                    text: rendered.text.clone(),
                    html: rendered.html.clone(),
                };
                installation.store.keep_text(message.id, &text).await?;
                rendered
            }
            Err(words) => return Ok(Err(words)),
        },
    };
    let sender = &installation.settings.mail.sender;
    let secrets = secrets(installation, message);
    let before = [&message.parent_message_id, &message.latest_message_id];
    let thread: Vec<String> = before.into_iter().flatten().map(|id| bare(id).to_owned()).collect();
    let outgoing = Outgoing {
        purpose: message.purpose,
        facts: &message.facts,
        rendered: &rendered,
        subject: &rendered.subject,
        message_id: bare(&message.message_id),
        date: message.dated_at,
        boundary: &message.boundary,
        thread: &thread,
        from_address: sender,
        reply_to: None,
        secrets: &secrets,
    };
    Ok(contained(|| compose(&outgoing)).map(|bytes| Prepared {
        envelope: Envelope {
            from: sender.clone(),
            to: message.to_address.clone(),
            envid: message.id.0.simple().to_string(),
        },
        bytes,
    }))
}

/// The id inside its angle brackets; rows keep it as headers write it.
fn bare(message_id: &str) -> &str {
    message_id.trim_start_matches('<').trim_end_matches('>')
}

fn secrets(installation: &Installation, message: &Claimed) -> Secrets {
    let link = |path: &str, secret: &str| SecretString::from(installation.url(&format!("{path}{secret}")));
    let door = if message.purpose == Purpose::SetUp { "/welcome/" } else { "/login/" };
    Secrets {
        link: message.link.as_ref().map(|token| link("/i/", token.expose())),
        unsubscribe: message.unsubscribe.as_ref().map(|token| link("/u/", token.expose())),
        sign_in_link: message.sign_in_secret.as_ref().map(|secret| link(door, secret.expose())),
        sign_in_code: message.sign_in_code.as_ref().map(|code| SecretString::from(code.expose().to_owned())),
    }
}

/// One message's panic must not end the worker: a mail library may meet a name it did not expect.
fn contained<T, E: std::fmt::Display>(make: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(make)) {
        Ok(made) => made.map_err(|error| error.to_string()),
        Err(_) => Err("making the mail failed unexpectedly".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::panic, reason = "tests")]
    use super::*;

    #[test]
    fn a_panic_becomes_a_reason() {
        let made: Result<(), String> =
            contained(|| -> Result<(), String> { panic!("a name nobody expected") });

        assert_eq!(made, Err("making the mail failed unexpectedly".to_owned()));
    }
}
