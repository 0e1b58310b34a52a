//! `invitees suggestions SLUG list|take|aside`.

use anyhow::Result;
use conclave_core::committee::Action;
use conclave_core::event::Event;
use conclave_persistence::Suggestion;
use serde_json::json;

use super::caller::Caller;
use super::{instant, invitees};
use crate::cli::SuggestionsCommand;
use crate::error::{OrRefused as _, Refused};
use crate::output::Output;

pub async fn run(slug: &str, command: &SuggestionsCommand, caller: &Caller, output: Output) -> Result<()> {
    let (actor, now) = (caller.actor(), caller.installation.now());
    match command {
        SuggestionsCommand::List => list(slug, caller, output).await,
        SuggestionsCommand::Take { number, reserve } => {
            let event = caller.event(slug, Action::Edit).await?;
            let found = numbered(&event, *number, caller).await?;
            let taken = caller.store().take_suggestion(event.id, found.id, *reserve, &actor, now).await;
            let taken = taken.or_refused()?;
            if output.json {
                return output.report(json!({ "invitee": invitees::view(&taken) }));
            }
            let place = if *reserve { "the reserve" } else { "the list" };
            output.line(&format!("{} is on {place}, in place of {}.", taken.shown_name(), found.by_name))
        }
        SuggestionsCommand::Aside { number } => {
            let event = caller.event(slug, Action::Edit).await?;
            let found = numbered(&event, *number, caller).await?;
            caller.store().set_suggestion_aside(event.id, found.id, &actor, now).await?;
            output.line(&format!("Set aside what {} suggested.", found.by_name))
        }
    }
}

async fn numbered(event: &Event, number: usize, caller: &Caller) -> Result<Suggestion> {
    let open = caller.store().open_suggestions(event.id).await?;
    let found = number.checked_sub(1).and_then(|place| open.into_iter().nth(place));
    let none =
        || Refused::new("no-such-suggestion", format!("No suggestion {number} waits in {}", event.slug));
    Ok(found.ok_or_else(none)?)
}

async fn list(slug: &str, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::See).await?;
    let open = caller.store().open_suggestions(event.id).await?;
    let rows: Vec<Vec<String>> = (1..)
        .zip(&open)
        .map(|(number, one)| {
            let instead = &one.instead;
            let (name, address, why) = (instead.name.clone(), instead.address.clone(), instead.why.clone());
            vec![number.to_string(), name, address, why, one.by_name.clone()]
        })
        .collect();
    let items: Vec<_> = (1..)
        .zip(&open)
        .map(|(number, one)| {
            json!({
                "number": number,
                "name": one.instead.name,
                "email": one.instead.address,
                "why": one.instead.why,
                "by": one.by_public_id,
                "at": instant(one.at),
            })
        })
        .collect();
    output.list("suggestions", &items, &["Number", "Name", "Address", "Why", "Suggested by"], &rows)
}
