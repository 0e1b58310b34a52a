//! `mail templates show`: what an invitee gets, byte for byte, before there is anybody to write to.
//!
//! Rendered and composed by the functions that the worker uses, with the operator's own templates, sender and
//! public URL. Person, event and links are made up; the links open nothing.

use anyhow::{Context as _, Result};
use chrono::{DateTime, Utc};
use conclave_core::facts::Facts;
use conclave_core::purpose::Purpose;
use conclave_mail::compose::{Outgoing, Secrets, compose, reply_subject};
use conclave_mail::samples;
use conclave_mail::templates::Templates;
use secrecy::SecretString;
use serde_json::json;

use crate::config::Settings;
use crate::installation::clock;
use crate::output::Output;

/// As long as a real token.
const TOKEN: &str = "k7fqm2xw93hdvv5c0tbn4s8e1y";

/// Prints one message as it is, several as a mailbox.
pub fn run(purposes: &[Purpose], settings: &Settings, output: Output) -> Result<()> {
    let templates = Templates::load(settings.mail.templates_dir.as_deref())?;
    let now = clock(settings).now();
    let mut messages = Vec::new();
    for purpose in purposes {
        let bytes = message(*purpose, &templates, settings, now)?;
        // Lines end as they do in files here; on the wire they end with CRLF.
        messages.push(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"));
    }
    if output.json {
        let named = purposes.iter().zip(&messages);
        let list: Vec<_> = named.map(|(p, raw)| json!({ "purpose": p.as_str(), "raw": raw })).collect();
        return output.report(json!({ "messages": list }));
    }
    if let [only] = messages.as_slice() {
        return output.bytes(only.as_bytes());
    }
    let separator = format!("From MAILER-DAEMON {}", now.format("%a %b %e %H:%M:%S %Y"));
    for raw in &messages {
        output.bytes(format!("{separator}\n{raw}\n").as_bytes())?;
    }
    Ok(())
}

fn message(
    purpose: Purpose,
    templates: &Templates,
    settings: &Settings,
    date: DateTime<Utc>,
) -> Result<Vec<u8>> {
    let mut facts = facts(purpose, settings);
    let mut thread = Vec::new();
    if purpose.keeps_the_subject() {
        let first = self::facts(Purpose::Invitation, settings);
        facts.subject = Some(reply_subject(&templates.render(Purpose::Invitation, &first)?.subject));
        thread.push(message_id(Purpose::Invitation, settings));
    }
    let rendered = templates.render(purpose, &facts)?;
    let outgoing = Outgoing {
        purpose,
        facts: &facts,
        rendered: &rendered,
        subject: &rendered.subject,
        message_id: &message_id(purpose, settings),
        date,
        boundary: "part-sample",
        thread: &thread,
        from_address: &settings.mail.sender,
        reply_to: None,
        secrets: &secrets(purpose, settings),
    };
    compose(&outgoing).with_context(|| format!("the sample of {}", purpose.as_str()))
}

fn facts(purpose: Purpose, settings: &Settings) -> Facts {
    let mut facts = samples::plain(purpose);
    let public_url = &settings.server.public_url;
    facts.site = public_url.host().to_owned();
    facts.privacy_url = format!("{public_url}/privacy");
    facts
}

fn message_id(purpose: Purpose, settings: &Settings) -> String {
    format!("{}.sample.0@{}", purpose.as_str(), settings.mail.from_domain)
}

fn secrets(purpose: Purpose, settings: &Settings) -> Secrets {
    let public_url = &settings.server.public_url;
    let link = |path: &str| Some(SecretString::from(format!("{public_url}{path}{TOKEN}")));
    Secrets {
        link: link("/i/"),
        unsubscribe: link("/u/"),
        sign_in_link: link(if purpose == Purpose::SetUp { "/welcome/" } else { "/login/" }),
        sign_in_code: Some(SecretString::from("TQ4R-9MXC".to_owned())),
    }
}
