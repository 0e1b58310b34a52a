//! `wave reminder`: what a wave plans for whoever stays silent.

use anyhow::{Context as _, Result, bail};
use conclave_core::committee::Action;
use conclave_core::event::Event;
use conclave_persistence::{PlannedReminder, ReminderDraft, Wave};
use serde_json::{Value, json};

use super::find;
use crate::cli::{ReminderDay, WaveReminder};
use crate::commands::caller::Caller;
use crate::error::{OrRefused as _, Refused, Usage};
use crate::output::Output;

pub(super) async fn run(options: &WaveReminder, caller: &Caller, output: Output) -> Result<()> {
    let changes = options.add || options.number.is_some();
    let event = caller.event(&options.slug, if changes { Action::Send } else { Action::See }).await?;
    let wave = find(&event, &options.wave, caller).await?;
    if !changes {
        if options.on.is_some() || options.body.is_some() {
            bail!(Usage("Say which: --number N for one that is planned, --add for one more".to_owned()));
        }
        return list(&event, &wave, caller, output).await;
    }
    let (actor, now) = (caller.actor(), caller.installation.now());
    let planned = match options.number {
        Some(number) if options.cancel => {
            caller.store().cancel_reminder(wave.id, number, &actor, now).await.or_refused()?
        }
        number => {
            let known = match number {
                Some(number) => Some(one(&event, &wave, number, caller).await?),
                None => None,
            };
            let draft = draft(options, known.as_ref())?;
            caller.store().set_reminder(wave.id, number, &draft, &actor, now).await.or_refused()?
        }
    };
    if output.json {
        return output.report(json!({ "reminder": view(&planned) }));
    }
    output.line(&format!("Reminder {} to wave {}: {}.", planned.number, planned.wave_number, words(&planned)))
}

async fn one(event: &Event, wave: &Wave, number: u32, caller: &Caller) -> Result<PlannedReminder> {
    let planned = caller.store().planned_reminders(event).await?;
    let found = planned.into_iter().find(|one| one.wave == wave.id && one.number == number);
    let sentence = format!("Wave {} plans no reminder {number}", wave.number);
    Ok(found.ok_or_else(|| Refused::new("no-such-reminder", sentence))?)
}

/// What was said, on top of what is planned.
fn draft(options: &WaveReminder, known: Option<&PlannedReminder>) -> Result<ReminderDraft> {
    let on = match (options.on, known) {
        (Some(ReminderDay::Setting), _) => None,
        (Some(ReminderDay::Day(day)), _) => Some(day),
        (None, Some(known)) => known.day.filter(|_| known.days_before.is_some()),
        (None, None) => bail!(Usage("Say when it leaves: --on DATE".to_owned())),
    };
    let body = match &options.body {
        Some(path) => std::fs::read_to_string(path).with_context(|| path.display().to_string())?,
        None => known.map(|known| known.body.clone()).unwrap_or_default(),
    };
    Ok(ReminderDraft { on, body, third: options.third })
}

async fn list(event: &Event, wave: &Wave, caller: &Caller, output: Output) -> Result<()> {
    let mut planned = caller.store().planned_reminders(event).await?;
    planned.retain(|one| one.wave == wave.id);
    let rows: Vec<Vec<String>> =
        planned.iter().map(|one| vec![one.number.to_string(), words(one), one.people.to_string()]).collect();
    let items: Vec<Value> = planned.iter().map(view).collect();
    output.list("reminders", &items, &["Number", "Leaves", "Silent"], &rows)
}

fn words(one: &PlannedReminder) -> String {
    match (one.has_left, one.is_cancelled, one.day) {
        (true, _, _) => "has left".to_owned(),
        (_, true, _) => "cancelled".to_owned(),
        (_, _, Some(day)) if one.days_before.is_none() => format!("{day}, as the event's setting says"),
        (_, _, Some(day)) => day.to_string(),
        (_, _, None) => "not planned: the event's setting is off".to_owned(),
    }
}

fn view(one: &PlannedReminder) -> Value {
    json!({
        "wave": one.wave_number,
        "number": one.number,
        "on": one.day,
        "days_before": one.days_before,
        "own_text": !one.body.is_empty(),
        "cancelled": one.is_cancelled,
        "has_left": one.has_left,
        "third_mail": one.allows_third,
        "people": one.people,
    })
}
