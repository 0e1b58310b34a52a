//! `mail test`, `mail templates check` and `mail templates show`.

mod show;

use anyhow::{Context as _, Result, bail};
use conclave_core::address::Address;
use conclave_core::facts::{Facts, Recipient, Silence};
use conclave_core::ids::MessageId;
use conclave_core::purpose::Purpose;
use conclave_mail::compose::{Outgoing, Secrets, compose};
use conclave_mail::templates::Templates;
use conclave_mail::transport::{Envelope, Failure};
use serde_json::json;

use crate::cli::{MailCommand, TemplatesCommand};
use crate::config::{Settings, Transport as Way};
use crate::error::{OrRefused as _, Refused};
use crate::installation::{clock, make_private_dir, transport};
use crate::output::Output;

/// Checks of mail.
pub async fn run(command: &MailCommand, settings: &Settings, output: Output) -> Result<()> {
    match command {
        MailCommand::Test { address } => test(address, settings, output).await,
        MailCommand::Templates(TemplatesCommand::Check) => check_templates(settings, output),
        MailCommand::Templates(TemplatesCommand::Show { purposes }) => show::run(purposes, settings, output),
    }
}

/// Sends one message past the outbox and shows what the relay says.
async fn test(address: &str, settings: &Settings, output: Output) -> Result<()> {
    let address = Address::parse(address).or_refused()?;
    let bytes = test_message(&address, settings)?;
    make_private_dir(&settings.server.data_dir)?;
    let envelope = Envelope {
        from: settings.mail.sender.clone(),
        to: address.as_str().to_owned(),
        envid: MessageId::generate().0.simple().to_string(),
    };
    let transport = transport(settings);
    let mut connection = transport.connect().await.map_err(|failure| undelivered(&failure, settings))?;
    let begins = async {
        match settings.mail.transport {
            Way::Smtp => output.note("Sending, then waiting for the server's answer..."),
            Way::Capture => Ok(()),
        }
    };
    let outcome = connection.send(&envelope, &bytes, begins).await;
    connection.close().await;
    let handed_over = outcome.map_err(|failure| undelivered(&failure, settings))?;
    if output.json {
        return output.report(json!({ "code": handed_over.code, "words": handed_over.text }));
    }
    output.line(&format!("Handed over: {} {}", handed_over.code, handed_over.text))
}

fn test_message(to: &Address, settings: &Settings) -> Result<Vec<u8>> {
    let templates = Templates::load(settings.mail.templates_dir.as_deref())?;
    let public_url = &settings.server.public_url;
    let facts = Facts {
        site: public_url.host().to_owned(),
        privacy_url: format!("{public_url}/privacy"),
        to: Recipient {
            name: String::new(),
            greeting: to.as_str().to_owned(),
            address: to.as_str().to_owned(),
        },
        event: None,
        letter: None,
        subject: None,
        answer_by: None,
        silence: Silence::default(),
        answer: None,
        sign_in: None,
        calendar: None,
        record: None,
        digest: None,
        change: None,
        support: None,
        release: None,
        seat: None,
    };
    let rendered = templates.render(Purpose::Test, &facts)?;
    let id = MessageId::generate().0.simple().to_string();
    let message_id = format!("test.{id}@{}", settings.mail.from_domain);
    let outgoing = Outgoing {
        purpose: Purpose::Test,
        facts: &facts,
        rendered: &rendered,
        subject: &rendered.subject,
        message_id: &message_id,
        date: clock(settings).now(),
        boundary: &format!("part-{id}"),
        thread: &[],
        from_address: &settings.mail.sender,
        reply_to: None,
        secrets: &Secrets::default(),
    };
    compose(&outgoing).context("the test message")
}

/// What the relay said, and which setting to look at.
fn undelivered(failure: &Failure, settings: &Settings) -> anyhow::Error {
    let mail = &settings.mail;
    let look = match failure {
        Failure::RelayDown(_) => format!(
            "Is there a mail server at {}:{}? (mail.relay, mail.port, mail.tls)",
            mail.relay, mail.port
        ),
        Failure::RelayRefused(reply) if reply.code.is_none() => {
            "The relay cannot be used like this (mail.tls, mail.username)".to_owned()
        }
        Failure::RelayRefused(_) => {
            "The relay does not take mail from here (mail.username, mail.sender)".to_owned()
        }
        Failure::Policy(_) => {
            "The relay refuses by policy; look at SPF and the sender's domain (mail.sender)".to_owned()
        }
        Failure::Uncertain(_) => {
            "The message may have arrived: look for it before you send another (mail.lease bounds the wait)"
                .to_owned()
        }
        Failure::NeedsSmtputf8 | Failure::NotRecorded => "Nothing was sent".to_owned(),
        _ => "The relay refused this message".to_owned(),
    };
    Refused::new(&format!("mail-{}", failure.word().replace('_', "-")), format!("{}. {look}", failure.text()))
        .into()
}

/// Renders every template with samples. Fails when one has a problem, after telling all of them.
fn check_templates(settings: &Settings, output: Output) -> Result<()> {
    let templates = Templates::load(settings.mail.templates_dir.as_deref())?;
    let problems = templates.check();
    if output.json {
        output.report(json!({ "ok": problems.is_empty(), "problems": problems }))?;
    } else {
        for problem in &problems {
            let line = problem.line.map(|l| format!(":{l}")).unwrap_or_default();
            output.line(&format!("{}{line}: {}", problem.file, problem.reason))?;
        }
    }
    if !problems.is_empty() {
        bail!("{} in the mail templates", super::counted(problems.len(), "problem"));
    }
    output.note("Every template renders.")
}
