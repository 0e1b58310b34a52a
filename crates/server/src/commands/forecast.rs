//! `forecast`: how many more to invite, and the history behind it.

use anyhow::Result;
use conclave_core::committee::Action;
use conclave_core::event::Remote;
use conclave_core::forecast::{Forecast, NoForecast, Settled, forecast};
use conclave_core::seats::Seats;
use serde_json::{Value, json};

use super::caller::Caller;
use super::reserve::seats_view;
use crate::output::Output;

pub async fn run(slug: &str, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::See).await?;
    let seen_by = caller.account().map(|account| account.id);
    let history = caller.store().forecast_history(&event, seen_by).await?;
    let earlier = history.earlier_together();
    let mut modes = vec![("in_person", "In the room", &history.seats.in_person)];
    if event.remote != Remote::Off {
        modes.push(("remote", "By video", &history.seats.remote));
    }
    if output.json {
        let forecasts: serde_json::Map<String, Value> = modes
            .iter()
            .map(|(word, _, seats)| ((*word).to_owned(), view(forecast(seats, history.here, earlier))))
            .collect();
        return output.report(json!({
            "forecast": forecasts,
            "seats": seats_view(&event, &history.seats),
            "here": settled(history.here),
            "waves": history.waves.iter().map(|(number, people, became)| json!({
                "number": number, "people": people, "became": settled(*became),
            })).collect::<Vec<_>>(),
            "earlier": history.earlier.iter().map(|(slug, became)| json!({
                "event": slug, "became": settled(*became),
            })).collect::<Vec<_>>(),
        }));
    }
    for (_, name, seats) in modes {
        output.line(&format!("{name}: {}", words(seats, forecast(seats, history.here, earlier))))?;
    }
    output.line(&format!(
        "Here {} of {} settled answers were a yes.",
        history.here.accepted,
        history.here.people()
    ))?;
    for (number, people, became) in &history.waves {
        output.line(&format!(
            "  wave {number}: {people} invited, {} yes, {} no or silent",
            became.accepted, became.others
        ))?;
    }
    for (slug, became) in &history.earlier {
        output.line(&format!("  {slug}: {} yes, {} no or silent", became.accepted, became.others))?;
    }
    Ok(())
}

fn words(seats: &Seats, forecast: Result<Forecast, NoForecast>) -> String {
    let found = match forecast {
        Ok(found) => found,
        Err(none) => return format!("{none}."),
    };
    let left = seats.limit.unwrap_or_default().saturating_sub(seats.accepted);
    let rate = found.rate;
    let full = found.full.map(|n| format!(", {n} are likely enough")).unwrap_or_default();
    format!(
        "about {} % accept ({} to {} %); invite about {} more for {left} seats left: {} are unlikely to be \
         too many{full}.",
        rate.middle, rate.low, rate.high, found.likely, found.careful
    )
}

fn view(forecast: Result<Forecast, NoForecast>) -> Value {
    match forecast {
        Ok(found) => json!({
            "rate": { "middle": found.rate.middle, "low": found.rate.low, "high": found.rate.high },
            "still_to_come": found.still_to_come,
            "invite": { "careful": found.careful, "likely": found.likely, "full": found.full },
        }),
        Err(none) => json!({ "none": { "code": none.code(), "message": none.to_string() } }),
    }
}

fn settled(became: Settled) -> Value {
    json!({ "accepted": became.accepted, "others": became.others })
}
