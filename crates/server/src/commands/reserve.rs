//! `invitees reserve SLUG add|remove|move|list`.

use anyhow::Result;
use conclave_core::committee::Action;
use conclave_core::event::{Event, Remote};
use conclave_core::ids::InvitationId;
use conclave_core::reserve::RankMove;
use conclave_core::seats::{EventSeats, Seats};
use serde_json::{Value, json};

use super::caller::Caller;
use super::invitees::view;
use crate::cli::ReserveCommand;
use crate::error::{OrRefused as _, Usage};
use crate::output::Output;

pub async fn run(slug: &str, command: &ReserveCommand, caller: &Caller, output: Output) -> Result<()> {
    match command {
        ReserveCommand::Add { who } => put(slug, who, true, caller, output).await,
        ReserveCommand::Remove { who } => put(slug, who, false, caller, output).await,
        ReserveCommand::Move { who, to } => {
            let wanted = RankMove::parse(to).map_err(|error| Usage(error.to_string()))?;
            let event = caller.event(slug, Action::Edit).await?;
            let person = caller.invitee(&event, who).await?;
            let (actor, now) = (caller.actor(), caller.installation.now());
            let rank = caller.store().move_on_reserve(person.id, wanted, &actor, now).await.or_refused()?;
            if output.json {
                return output.report(json!({ "reserve_rank": rank }));
            }
            output.line(&format!("{} has rank {rank} now.", person.shown_name()))
        }
        ReserveCommand::List => list(slug, caller, output).await,
    }
}

async fn put(slug: &str, who: &[String], reserve: bool, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::Edit).await?;
    let mut ids: Vec<InvitationId> = Vec::new();
    for who in who {
        ids.push(caller.invitee(&event, who).await?.id);
    }
    let (actor, now) = (caller.actor(), caller.installation.now());
    caller.store().set_reserve(event.id, &ids, reserve, &actor, now).await.or_refused()?;
    list(slug, caller, output).await
}

async fn list(slug: &str, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::See).await?;
    let mut people = caller.store().reserve(event.id).await?;
    caller.hide_own_note(&event, &mut people).await?;
    let (seats, proposal) = caller.store().reserve_proposal(&event, caller.installation.now()).await?;
    if output.json {
        let next: Vec<&str> = proposal.next.iter().map(|person| person.public_id.as_str()).collect();
        return output.report(json!({
            "reserve": people.iter().map(view).collect::<Vec<_>>(),
            "next": next,
            "listed_before_them": proposal.listed,
            "seats": seats_view(&event, &seats),
        }));
    }
    let rows: Vec<Vec<String>> = people
        .iter()
        .map(|person| {
            vec![
                person.reserve_rank.map(|rank| rank.to_string()).unwrap_or_default(),
                person.shown_name().to_owned(),
                person.email.clone(),
                person.mode.as_str().to_owned(),
                person.affiliation.clone(),
                person.tags.join(", "),
            ]
        })
        .collect();
    let headings = ["Rank", "Name", "Address", "Mode", "Affiliation", "Tags"];
    output.list("reserve", &[], &headings, &rows)?;
    for person in &proposal.next {
        output.note(&format!("A seat is free for {}, who is next.", person.name))?;
    }
    Ok(())
}

/// Both counters, as reports say them.
pub(super) fn seats_view(event: &Event, seats: &EventSeats) -> Value {
    let one = |seats: &Seats| {
        json!({
            "limit": seats.limit,
            "taken": seats.taken(),
            "held": seats.held(),
            "free": seats.free(),
            "may_still_be_offered": seats.may_still_be_offered(),
            "waiting": seats.waiting,
            "over_by": seats.over(),
        })
    };
    json!({
        "in_person": one(&seats.in_person),
        "remote": (event.remote != Remote::Off).then(|| one(&seats.remote)),
    })
}
