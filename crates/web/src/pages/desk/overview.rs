//! The overview of an event: what to know in ten seconds, and what to do (ux.md 7, Overview).

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use chrono::TimeDelta;
use conclave_core::badge::Badge as Word;
use conclave_core::committee::Action;
use conclave_core::deadline;
use conclave_core::event::{Event, EventMove, EventState};
use conclave_persistence::{Overview, Store};

use super::forecast::ForecastView;
use super::record::{Line, without_own_case};
use super::topics::Budget;
use crate::access::{Desk, See};
use crate::components::{Badge, Bar, BarPart, Seat, SeatChart, SeatCount, SeatKind};
use crate::error::PageError;
use crate::forms;
use crate::layout::{DeskFrame, Section};
use crate::state::AppState;
use crate::views::{counted, people};

mod needs;
mod over_time;

use needs::Need;
use over_time::OverTime;

/// Route of the overview.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/c/{event}", get(show))
}

async fn show(State(store): State<Store>, desk: Desk<See>) -> Result<Response, PageError> {
    let event = &desk.event;
    let overview = store.overview(event, desk.now).await?;
    let topics = store.topics(event.id, &[]).await?;
    let here = desk.path("");
    let heading = heading(&desk, &overview);
    let invited = ever_invited(&overview);
    let candidates = store.candidates_waiting(event.id, desk.signed_in.account().id).await?;
    let needs = needs::of(&desk, &overview, candidates);
    let lately = without_own_case(&store, &desk, overview.lately.clone()).await?;
    Ok(forms::page(&OverviewPage {
        frame: desk.frame(heading.clone(), Section::Overview).await?,
        heading,
        today: format!(
            "{}, {}",
            desk.now.with_timezone(&event.zone).format("%A %-d %B %Y, %H:%M"),
            event.zone_name()
        ),
        notices: notices(event),
        missing: missing(&desk),
        may_open: event.state == EventState::Draft && missing(&desk).is_none() && desk.may(Action::Edit),
        may_edit: desk.may(Action::Edit),
        steps: (overview.total == 0 && overview.waves.is_empty()).then(|| steps(&overview)),
        capacity: Capacity::of(&overview),
        seats: SeatCount::of(event, &overview.seats),
        forecast: ForecastView::of(&store, &desk).await?,
        dates: dates(event, &overview),
        nothing: needs.is_empty().then(|| nothing(&desk, &overview)),
        needs,
        over_time: OverTime::of(event, &overview, desk.now),
        funnel: funnel(&overview, invited, &here),
        invited,
        budget: (!topics.is_empty()).then(|| Budget::of(event, &topics)).filter(|budget| budget.is_known),
        topics: counted(topics.iter().filter(|topic| topic.is_live()).count() as u64, "topic", "topics"),
        lately: lately.iter().map(|line| Line::of(event, &desk.path("/invitees"), line)).collect(),
        here,
    }))
}

/// How many people have this word.
fn count(overview: &Overview, words: &[Word]) -> u64 {
    overview.counts.iter().filter(|(word, _)| words.contains(word)).map(|(_, people)| people).sum()
}

/// Everybody an invitation went to, whatever became of it.
fn invited(overview: &Overview) -> u64 {
    count(
        overview,
        &[
            Word::Invited,
            Word::Bounced,
            Word::Accepted,
            Word::Tentative,
            Word::Waiting,
            Word::Declined,
            Word::Cancelled,
            Word::Lapsed,
        ],
    )
}

/// The same with those whose invitation was taken back: the number that the chart ends at.
fn ever_invited(overview: &Overview) -> u64 {
    overview.over_time.last().map_or(0, |(_, invited, ..)| *invited).max(invited(overview))
}

/// The state of the event in one sentence: the first rule that applies.
fn heading(desk: &Desk<See>, overview: &Overview) -> String {
    let event = &desk.event;
    let seats = &overview.seats.in_person;
    let taken = |limit: Option<u32>| match limit {
        Some(limit) => format!("{} of {limit} seats taken", seats.taken()),
        None => format!("{} accepted", people(seats.taken().into())),
    };
    match event.state {
        EventState::Cancelled => return format!("{} is cancelled", event.short_name()),
        EventState::Finished => return format!("{} is over: {}", event.short_name(), taken(seats.limit)),
        EventState::Draft | EventState::Open | EventState::Closed => {}
    }
    let lately = desk.now - TimeDelta::hours(48);
    let fresh = overview.waves.iter().any(|wave| wave.confirmed_at.is_some_and(|at| at > lately));
    let bounced = overview.bounced.len() as u64;
    if fresh && bounced > 0 {
        return if bounced == 1 {
            "1 address bounces".to_owned()
        } else {
            format!("{bounced} addresses bounce")
        };
    }
    let silent = overview.silent;
    let not_answered = format!(
        "{} not answered",
        if silent == 1 { "1 person has".to_owned() } else { format!("{silent} people have") }
    );
    match seats.free() {
        _ if event.answers_are_closed(desk.now) => format!("Answers closed. {}", taken(seats.limit)),
        _ if invited(overview) == 0 => "Nobody is invited yet".to_owned(),
        Some(..=0) if seats.held() == 0 => "All seats are taken".to_owned(),
        Some(..=0) => {
            let held = seats.held();
            format!("All seats are spoken for; {held} {} not settled", if held == 1 { "is" } else { "are" })
        }
        Some(free) => {
            format!("{}, {not_answered}", counted(free.unsigned_abs(), "seat free", "seats free"))
        }
        None => format!("{}, {not_answered}", taken(None)),
    }
}

/// What the state of the event means, where it is not the usual one.
fn notices(event: &Event) -> Option<String> {
    match event.state {
        EventState::Closed => {
            Some("The list is closed: every answer is a request that you decide.".to_owned())
        }
        EventState::Cancelled => Some(format!("Cancelled: \u{201c}{}\u{201d}", event.cancelled_reason)),
        EventState::Draft | EventState::Open | EventState::Finished => None,
    }
}

/// What a draft lacks before it can be opened.
fn missing(desk: &Desk<See>) -> Option<String> {
    if desk.event.state != EventState::Draft {
        return None;
    }
    desk.event.after(EventMove::Open, None, 1, desk.now).err().map(|refused| match refused {
        conclave_core::event::EventRefused::Missing("reply_to") => "an address that replies go to".to_owned(),
        conclave_core::event::EventRefused::Missing("seats") => "the number of seats".to_owned(),
        conclave_core::event::EventRefused::Missing("title") => "a name".to_owned(),
        other => other.to_string(),
    })
}

/// Which of the three first steps is done: list, letter, wave.
fn steps(overview: &Overview) -> [bool; 3] {
    [
        overview.total > 0,
        !overview.waves.is_empty(),
        overview.waves.iter().any(|wave| wave.confirmed_at.is_some()),
    ]
}

/// `Nothing needs you. Next: answers close on 24 May.`
fn nothing(desk: &Desk<See>, overview: &Overview) -> String {
    let event = &desk.event;
    let next = overview
        .reply_by
        .iter()
        .map(|day| (*day, "the reply-by date"))
        .chain([
            (event.answers_close, "answers close"),
            (event.topics_by, "topics close"),
            (event.first_day, "the first day"),
        ])
        .filter(|(day, _)| !deadline::has_passed(*day, event.zone, desk.now))
        .min_by_key(|(day, _)| *day);
    match next {
        Some((day, what)) => format!("Nothing needs you. Next: {what} on {}.", deadline::day_short(day)),
        None => "Nothing needs you.".to_owned(),
    }
}

fn dates(event: &Event, overview: &Overview) -> Vec<(&'static str, String)> {
    let mut dates = Vec::new();
    if let Some(day) = overview.reply_by.first() {
        dates.push(("Reply by", deadline::day_short(*day)));
        if let Some(days) = event.reminder_days {
            let reminder = *day - TimeDelta::days(days.into());
            dates.insert(0, ("Reminder", deadline::day_short(reminder)));
        }
    }
    dates.push(("Topics close", deadline::day_short(event.topics_by)));
    dates.push(("Answers close", deadline::day_short(event.answers_close)));
    dates.push(("Event", deadline::date_range_short(event.first_day, event.last_day)));
    dates
}

/// The seats: taken, held, free; one square for each.
struct Capacity {
    big: String,
    sentence: String,
    chart: SeatChart,
    key: Vec<Badge>,
}

impl Capacity {
    fn of(overview: &Overview) -> Self {
        let seats = &overview.seats.in_person;
        let accepted = seats.taken();
        let holders =
            |words: &[Word]| overview.holders.iter().filter(|(_, word)| words.contains(word)).count() as u64;
        let (unsure, open, bounced) =
            (holders(&[Word::Tentative]), holders(&[Word::Invited, Word::Queued]), holders(&[Word::Bounced]));
        let free = seats.free();
        let mut parts = Vec::new();
        for (held, one, many) in [
            (open, "seat is held by an open invitation", "seats are held by open invitations"),
            (unsure, "by somebody who cannot say yet", "by people who cannot say yet"),
            (bounced, "by an address that bounces", "by addresses that bounce"),
        ] {
            if held > 0 {
                parts.push(counted(held, one, many));
            }
        }
        let free_words = match free {
            Some(0) => "None is free.".to_owned(),
            Some(over @ ..0) => format!("{} more than there are seats.", over.unsigned_abs()),
            Some(free) => format!("{free} free."),
            None => "The number of seats is not set.".to_owned(),
        };
        let sentence =
            if parts.is_empty() { free_words } else { format!("{}. {free_words}", parts.join(", ")) };
        let mut squares: Vec<Seat> = overview
            .holders
            .iter()
            .map(|(name, word)| Seat {
                kind: match word {
                    Word::Accepted => SeatKind::Accepted,
                    Word::Tentative => SeatKind::Tentative,
                    Word::Bounced => SeatKind::Bounced,
                    _ => SeatKind::Held,
                },
                title: format!("{name}, {}", Badge::person(word.as_str()).word().to_lowercase()),
            })
            .collect();
        let limit = usize::try_from(seats.limit.unwrap_or(0)).unwrap_or_default().min(2000);
        while squares.len() < limit {
            squares.push(Seat { kind: SeatKind::Free, title: "free".to_owned() });
        }
        let waiting = count(overview, &[Word::Waiting]);
        let mut key = vec![Badge::person("accepted").saying(format!("{accepted} accepted"))];
        for (word, amount, words) in [
            ("invited", open, "held"),
            ("tentative", unsure, "not sure yet"),
            ("bounced", bounced, "bounced"),
            ("waiting", waiting, "on the waiting list"),
        ] {
            if amount > 0 {
                key.push(Badge::person(word).saying(format!("{amount} {words}")));
            }
        }
        let big = match seats.limit {
            Some(limit) => format!("{accepted} of {limit} accepted"),
            None => format!("{accepted} accepted"),
        };
        Self { chart: SeatChart::new(format!("{big}. {sentence}"), squares), big, sentence, key }
    }
}

/// One step on the way from mail to seat.
struct Step {
    name: &'static str,
    people: u64,
    share: u64,
    bar: Bar,
    /// Where the rest went: address and words.
    rest: Option<(String, String)>,
}

fn funnel(overview: &Overview, all: u64, here: &str) -> Vec<Step> {
    let withdrawn = all - invited(overview).min(all);
    let bounced = count(overview, &[Word::Bounced]);
    let silent = count(overview, &[Word::Invited, Word::Lapsed]);
    let accepted = count(overview, &[Word::Accepted]);
    let declined = count(overview, &[Word::Declined, Word::Cancelled]);
    let rest = |people: u64, states: &str, words: &str| {
        (people > 0).then(|| (format!("{here}/invitees?state={states}"), format!("{people} {words}")))
    };
    let delivered = all - bounced.min(all);
    let answered = delivered - (silent + withdrawn).min(delivered);
    let unanswered = match (silent, withdrawn) {
        (_, 0) => rest(silent, "invited,lapsed", "silent"),
        (0, _) => rest(withdrawn, "withdrawn", "withdrawn"),
        _ => rest(silent, "invited,lapsed,withdrawn", &format!("silent, {withdrawn} withdrawn")),
    };
    [
        ("Invited", all, BarPart::Invited, None),
        ("Delivered", delivered, BarPart::Invited, rest(bounced, "bounced", "bounced")),
        ("Answered", answered, BarPart::Other, unanswered),
        ("Accepted", accepted, BarPart::Accepted, rest(declined, "declined,cancelled", "declined")),
    ]
    .into_iter()
    .map(|(name, people, part, rest)| Step {
        name,
        people,
        share: (people * 100 + all / 2).checked_div(all).unwrap_or_default(),
        bar: Bar::new(all, &[(part, people)]),
        rest,
    })
    .collect()
}

#[derive(Template)]
#[template(path = "desk/overview.html")]
struct OverviewPage {
    frame: DeskFrame,
    heading: String,
    today: String,
    notices: Option<String>,
    missing: Option<String>,
    may_open: bool,
    may_edit: bool,
    /// Instead of charts while there is nothing to draw.
    steps: Option<[bool; 3]>,
    capacity: Capacity,
    seats: SeatCount,
    forecast: ForecastView,
    dates: Vec<(&'static str, String)>,
    needs: Vec<Need>,
    nothing: Option<String>,
    over_time: Option<OverTime>,
    funnel: Vec<Step>,
    invited: u64,
    budget: Option<Budget>,
    topics: String,
    lately: Vec<Line>,
    here: String,
}
