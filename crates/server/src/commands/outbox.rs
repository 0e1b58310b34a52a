//! `outbox list|show|retry|drop|resume`: a person's hand on the mail.

use anyhow::Result;
use conclave_core::committee::Action;
use conclave_core::ids::MessageId;
use conclave_core::message::{MESSAGE_STATES, MessageState};
use conclave_persistence::{MessageRow, OutboxQuery};
use serde_json::{Map, Value, json};

use super::caller::Caller;
use super::{instant, optional_instant};
use crate::cli::OutboxCommand;
use crate::error::{OrRefused as _, Refused, Usage};
use crate::output::Output;

pub async fn run(command: OutboxCommand, caller: &Caller, output: Output) -> Result<()> {
    let (actor, now) = (caller.actor(), caller.installation.now());
    match command {
        OutboxCommand::List { state, event } => list(&state, event.as_deref(), caller, output).await,
        OutboxCommand::Show { id } => show(&message(&id, caller).await?, output),
        OutboxCommand::Retry { id } => {
            let found = message(&id, caller).await?;
            caller.store().retry_message(found.id, &actor, now).await.or_refused()?;
            show(&message(&id, caller).await?, output)
        }
        OutboxCommand::Drop { id } => {
            let found = message(&id, caller).await?;
            caller.store().drop_message(found.id, &actor, now).await.or_refused()?;
            show(&message(&id, caller).await?, output)
        }
        OutboxCommand::Resume => {
            caller.as_operator()?;
            caller.store().resume_mail(&actor, now).await?;
            output.line("Mail leaves again.")
        }
    }
}

async fn list(states: &[String], slug: Option<&str>, caller: &Caller, output: Output) -> Result<()> {
    let states = states.iter().map(|word| state(word)).collect::<Result<Vec<_>>>()?;
    let event = match slug {
        Some(slug) => Some(caller.event(slug, Action::See).await?.id),
        None => {
            caller.as_operator()?;
            None
        }
    };
    let mut query = OutboxQuery { event, states, page: 1, ..OutboxQuery::default() };
    let mut messages = Vec::new();
    let counts = loop {
        let page = caller.store().messages(&query).await?;
        messages.extend(page.rows);
        if query.page >= page.pages {
            break page.counts;
        }
        query.page += 1;
    };
    let pause = caller.store().mail_pause().await?;
    if output.json {
        let counts: Map<String, Value> =
            counts.iter().map(|(state, n)| (state.as_str().to_owned(), json!(n))).collect();
        let pause =
            pause.map(|p| json!({ "kind": p.kind, "reason": p.reason, "until": optional_instant(p.until) }));
        let messages: Vec<Value> = messages.iter().map(view).collect();
        return output.report(json!({ "messages": messages, "counts": counts, "pause": pause }));
    }
    if let Some(pause) = pause {
        let until = pause.until.map_or_else(
            || "until `conclave outbox resume`".to_owned(),
            |at| format!("tried again at {}", at.format("%H:%M:%S UTC")),
        );
        output.note(&format!("Mail stands still ({}): {}; {until}.", pause.kind, pause.reason))?;
    }
    let rows: Vec<Vec<String>> = messages
        .iter()
        .map(|m| {
            let words = if m.drop_reason.is_empty() { &m.last_words } else { &m.drop_reason };
            vec![
                m.id.to_string(),
                m.state.as_str().to_owned(),
                m.purpose.as_str().to_owned(),
                m.event_slug.clone(),
                m.to_address.clone(),
                m.attempts.to_string(),
                words.chars().take(60).collect(),
            ]
        })
        .collect();
    let headings = ["Id", "State", "Purpose", "Event", "To", "Tries", "Last word"];
    output.list("messages", &[], &headings, &rows)
}

fn state(word: &str) -> Result<MessageState> {
    Ok(MessageState::parse(word).ok_or_else(|| {
        let known: Vec<&str> = MESSAGE_STATES.iter().map(|s| s.as_str()).collect();
        Usage(format!("There is no state called {word}; use {}", known.join(", ")))
    })?)
}

/// One message the caller may see: a member only those of their events.
async fn message(id: &str, caller: &Caller) -> Result<MessageRow> {
    let none = || Refused::new("no-such-message", format!("There is no message {id}"));
    let id = MessageId(id.parse().map_err(|_| none())?);
    let found = caller.store().message(None, id).await?.ok_or_else(none)?;
    if caller.account().is_some() && caller.event(&found.event_slug, Action::Send).await.is_err() {
        return Err(none().into());
    }
    Ok(found)
}

fn show(message: &MessageRow, output: Output) -> Result<()> {
    if output.json {
        let mut shown = view(message);
        if let Value::Object(members) = &mut shown {
            let steps: Vec<Value> = message
                .steps
                .iter()
                .map(|s| json!({ "at": instant(s.at), "state": s.state.as_str(), "code": s.code, "words": s.words }))
                .collect();
            members.insert("text".to_owned(), json!(message.text));
            members.insert("steps".to_owned(), json!(steps));
        }
        return output.report(json!({ "message": shown }));
    }
    output.line(&format!(
        "{} {} to {} <{}>",
        message.purpose.as_str(),
        message.state.as_str(),
        message.to_name,
        message.to_address
    ))?;
    for step in &message.steps {
        let words = format!("{} {}", step.code, step.words);
        output.line(
            format!("  {}  {:<12} {}", instant(step.at), step.state.as_str(), words.trim()).trim_end(),
        )?;
    }
    if !message.drop_reason.is_empty() {
        output.line(&format!("  dropped: {}", message.drop_reason))?;
    }
    if !message.text.is_empty() {
        output.line(&format!(
            "\nMessage-ID: {}\nSubject: {}\n\n{}",
            message.message_id, message.subject, message.text
        ))?;
    }
    Ok(())
}

fn view(message: &MessageRow) -> Value {
    json!({
        "id": message.id.to_string(),
        "event": message.event_slug,
        "invitee": message.invitee_id,
        "to": message.to_address,
        "name": message.to_name,
        "purpose": message.purpose.as_str(),
        "state": message.state.as_str(),
        "subject": message.subject,
        "attempts": message.attempts,
        "not_before": optional_instant(message.not_before),
        "handed_over_at": optional_instant(message.handed_over_at),
        "last_code": message.last_code,
        "last_words": message.last_words,
        "drop_reason": message.drop_reason,
        "message_id": message.message_id,
        "created_at": instant(message.created_at),
    })
}
