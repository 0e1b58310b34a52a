//! How many more to invite: the forecast with its range, and the history behind it, on the pages where
//! it is decided.

use askama::Template;
use askama::filters::HtmlSafe;
use conclave_core::event::Remote;
use conclave_core::forecast::{Forecast, NoForecast, Settled, forecast};
use conclave_core::seats::Seats;
use conclave_persistence::{ForecastHistory, Store};

use crate::access::{Desk, Right};
use crate::error::PageError;
use crate::views::{counted, people};

/// Sentences, and the table that they come from.
#[derive(Debug, Template)]
#[template(path = "desk/forecast.html")]
pub(super) struct ForecastView {
    sentences: Vec<String>,
    history: Vec<Line>,
}
impl HtmlSafe for ForecastView {}

#[derive(Debug)]
struct Line {
    name: String,
    invited: String,
    accepted: u32,
    others: u32,
}

impl ForecastView {
    pub(super) async fn of<R: Right>(store: &Store, desk: &Desk<R>) -> Result<Self, PageError> {
        let event = &desk.event;
        let seen_by = desk.signed_in.account().id;
        let history = store.forecast_history(event, Some(seen_by)).await?;
        let earlier = history.earlier_together();
        let mut sentences = Vec::new();
        match forecast(&history.seats.in_person, history.here, earlier) {
            Ok(room) => {
                sentences.push(seen(&history, &room));
                sentences.push(advice("", &history.seats.in_person, &room));
                if event.remote != Remote::Off
                    && let Ok(video) = forecast(&history.seats.remote, history.here, earlier)
                {
                    sentences.push(advice("By video: ", &history.seats.remote, &video));
                }
            }
            Err(NoForecast::NoLimit) => {}
            Err(none @ NoForecast::TooLittle { .. }) => sentences.push(format!("{none}.")),
        }
        let line = |name: String, invited: Option<u32>, settled: Settled| Line {
            name,
            invited: invited.map(|n| n.to_string()).unwrap_or_default(),
            accepted: settled.accepted,
            others: settled.others,
        };
        let waves = history
            .waves
            .iter()
            .map(|(number, people, settled)| line(format!("Wave {number}"), Some(*people), *settled));
        let earlier = history.earlier.iter().map(|(slug, settled)| line(slug.clone(), None, *settled));
        Ok(Self { sentences, history: waves.chain(earlier).collect() })
    }
}

/// `Of 27 settled answers 14 were a yes: 52 % of people accept (40 to 64 %).`
fn seen(history: &ForecastHistory, forecast: &Forecast) -> String {
    let (here, earlier) = (history.here, history.earlier_together());
    let more = match earlier.people() {
        0 => String::new(),
        n => format!(", and {} of {n} at earlier events", earlier.accepted),
    };
    let rate = forecast.rate;
    format!(
        "{} of {} here{more} said yes, so about {} % accept (in eight of ten cases {} to {} %).",
        here.accepted,
        counted(here.people().into(), "settled answer", "settled answers"),
        rate.middle,
        rate.low,
        rate.high
    )
}

fn advice(lead: &str, seats: &Seats, forecast: &Forecast) -> String {
    let left = seats.limit.unwrap_or_default().saturating_sub(seats.accepted);
    let pending = seats.open + seats.tentative;
    let pending = match pending {
        0 => String::new(),
        n => {
            format!("{} not settled, of whom about {} will come. ", people(n.into()), forecast.still_to_come)
        }
    };
    if left == 0 {
        return format!("{lead}{pending}Every seat is taken.");
    }
    let range = match forecast.full {
        Some(full) => format!("{} are unlikely to be too many, {full} are likely enough", forecast.careful),
        None => format!("{} are unlikely to be too many", forecast.careful),
    };
    format!(
        "{lead}{pending}To fill {}, invite about {} more: {range}.",
        counted(left.into(), "seat that is left", "seats that are left"),
        forecast.likely
    )
}
