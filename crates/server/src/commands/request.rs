//! `request list|grant|decline`.

use anyhow::Result;
use conclave_core::committee::Action;
use conclave_persistence::ChangeRequest;
use serde_json::{Value, json};

use super::caller::Caller;
use super::instant;
use crate::cli::RequestCommand;
use crate::error::{OrRefused as _, Refused};
use crate::output::Output;

pub async fn run(command: RequestCommand, caller: &Caller, output: Output) -> Result<()> {
    let (actor, now, store) = (caller.actor(), caller.installation.now(), caller.store());
    match command {
        RequestCommand::List { slug } => list(&slug, caller, output).await,
        RequestCommand::Grant { slug, who, override_reason } => {
            let event = caller.event(&slug, Action::Edit).await?;
            let wish = of(&slug, &who, caller).await?;
            let why = override_reason.as_deref();
            store.decide_request(event.id, wish.id, true, why, &actor, now).await.or_refused()?;
            output.line(&format!("Granted to {}.", wish.name))
        }
        RequestCommand::Decline { slug, who, tell } => {
            let event = caller.event(&slug, Action::Edit).await?;
            let wish = of(&slug, &who, caller).await?;
            store.turn_down_request(event.id, wish.id, tell, &actor, now).await.or_refused()?;
            let told = if tell { " They are told by mail." } else { "" };
            output.line(&format!("Turned down: {}.{told}", wish.name))
        }
    }
}

/// The wish of somebody that waits.
async fn of(slug: &str, who: &str, caller: &Caller) -> Result<ChangeRequest> {
    let event = caller.event(slug, Action::See).await?;
    let person = caller.invitee(&event, who).await?;
    let open = caller.store().open_requests(event.id).await?;
    let wish = open.into_iter().find(|wish| wish.invitation == person.id);
    let none = || {
        Refused::new("no-request", format!("{} asks for nothing that is not decided", person.shown_name()))
    };
    Ok(wish.ok_or_else(none)?)
}

async fn list(slug: &str, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::See).await?;
    let open = caller.store().open_requests(event.id).await?;
    let rows: Vec<Vec<String>> = open
        .iter()
        .map(|wish| {
            vec![
                wish.place.map(|place| place.to_string()).unwrap_or_default(),
                wish.name.clone(),
                wish.wanted.as_str().to_owned(),
                wish.mode.as_str().to_owned(),
                instant(wish.at),
                wish.note.clone(),
            ]
        })
        .collect();
    let headings = ["Place", "Name", "Wants", "Mode", "Asked", "Note"];
    output.list("requests", &open.iter().map(view).collect::<Vec<_>>(), &headings, &rows)
}

fn view(wish: &ChangeRequest) -> Value {
    json!({
        "invitee": wish.public_id,
        "name": wish.name,
        "wanted": wish.wanted.as_str(),
        "mode": wish.mode.as_str(),
        "place": wish.place,
        "answer": wish.answer.map(|answer| answer.as_str()),
        "note": wish.note,
        "at": instant(wish.at),
    })
}
