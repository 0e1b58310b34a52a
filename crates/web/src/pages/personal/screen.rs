//! Which of its states the invitee's page is in, and what it says there.
//!
//! Nothing here asks or writes anything: a [`Screen`] is made from what was read, and both the page
//! and its text are written from it. What a button would do is asked of core's `decide`, so the page
//! never offers what a press would refuse. No seat number and no count of anybody is ever shown.

use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::answer::{AnswerValue, By, Given, Outcome, Standing, decide};
use conclave_core::change::Difference;
use conclave_core::deadline;
use conclave_core::event::{Event, EventState, Remote};
use conclave_core::invitation::{InvitationState, Mode};
use conclave_persistence::PersonalPage;

mod words;

/// The state of the page, from offer, answer and event together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The event is still a draft.
    NotOpen,
    EventCancelled,
    Over,
    Withdrawn,
    /// No answer yet, and a seat to say yes to.
    Open,
    /// No answer yet, or lapsed, and no seat.
    Full,
    /// Lapsed, and a seat is free.
    Lapsed,
    /// Answers closed without one from them.
    Silent,
    Accepted,
    Tentative,
    Waiting,
    Declined,
    /// Gave the seat back.
    Cancelled,
}

impl Kind {
    /// The word that stands in the text of the page.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::NotOpen => "not open",
            Self::EventCancelled => "event cancelled",
            Self::Over => "event over",
            Self::Withdrawn => "withdrawn",
            Self::Open => "no answer yet",
            Self::Full => "no answer yet, full",
            Self::Lapsed => "lapsed",
            Self::Silent => "no answer, closed",
            Self::Accepted => "accepted",
            Self::Tentative => "tentative",
            Self::Waiting => "waiting",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What the page says.
#[derive(Clone, Debug)]
pub(super) struct Screen {
    pub kind: Kind,
    pub heading: String,
    pub trailer: Option<Trailer>,
    pub lede: Vec<String>,
    pub facts: Vec<Fact>,
    /// What is different since they answered or were invited.
    pub changed: Vec<Difference>,
    /// What the committee says about it.
    pub said: Option<(String, String)>,
    /// Buttons of equal size: the answer.
    pub choices: Vec<Button>,
    /// What stands under them.
    pub after: String,
    /// Quieter ways, under a heading of their own.
    pub changes: Vec<Button>,
    pub change_heading: &'static str,
    pub change_words: String,
    /// "I can't say yet" may be said.
    pub tentative: bool,
    /// A late seat may be asked for.
    pub late: bool,
    /// The box "print my name" stands beside the answer.
    pub asks_consent: bool,
    /// The list of what may be done after a yes.
    pub todo: bool,
    /// Two questions after a no.
    pub asks_reason: bool,
    /// What the event is about, for somebody who has not answered.
    pub introduces: bool,
}

/// The answer as a trailer, the way kernel people confirm things.
#[derive(Clone, Debug)]
pub(super) struct Trailer {
    /// Class that colours its edge.
    pub class: &'static str,
    pub lines: Vec<(&'static str, String)>,
}

impl Trailer {
    /// The lines with their values in one column.
    pub(super) fn aligned(&self) -> Vec<String> {
        let width = self.lines.iter().map(|(label, _)| label.len() + 1).max().unwrap_or_default();
        self.lines.iter().map(|(label, value)| format!("{:<width$} {value}", format!("{label}:"))).collect()
    }
}

/// A line of the stub: `When`, `Thu 20 - Fri 21 June 2019`, `09:30 - 16:45, Boston time`.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub term: &'static str,
    pub value: String,
    pub more: String,
}

/// A button that answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Button {
    /// Value of `answer`.
    pub answer: &'static str,
    /// Value of `mode`, where it differs from what was offered.
    pub mode: Option<&'static str>,
    /// `yes`, `no` or `wait`: its shape.
    pub class: &'static str,
    pub label: &'static str,
}

impl Button {
    fn new(answer: &'static str, class: &'static str, label: &'static str) -> Self {
        Self { answer, mode: None, class, label }
    }
}

/// The screen for what was read at `now`.
pub(super) fn screen(page: &PersonalPage, now: DateTime<Utc>) -> Screen {
    let presses = Presses::of(page, now);
    let kind = kind(page, &presses, now);
    let mut screen = Screen {
        kind,
        heading: String::new(),
        trailer: None,
        lede: Vec::new(),
        facts: facts(page, kind, now),
        changed: Vec::new(),
        said: None,
        choices: Vec::new(),
        after: String::new(),
        changes: Vec::new(),
        change_heading: "",
        change_words: String::new(),
        tentative: false,
        late: false,
        asks_consent: false,
        todo: false,
        asks_reason: false,
        introduces: false,
    };
    words::Words::new(page, now, presses).fill(&mut screen);
    screen
}

impl Screen {
    /// True while an answer is waited for or may be changed: it matters who presses.
    pub(super) fn takes_answers(&self) -> bool {
        !self.choices.is_empty() || !self.changes.is_empty() || self.late
    }

    /// Every button, for the commands in the text.
    pub(super) fn buttons(&self) -> impl Iterator<Item = &Button> {
        self.choices.iter().chain(&self.changes)
    }
}

/// What each press would do now.
struct Presses {
    yes: bool,
    /// A yes would go to the committee as a wish.
    yes_asks: bool,
    no: bool,
    wait: bool,
    tentative: bool,
    video: bool,
}

impl Presses {
    fn of(page: &PersonalPage, now: DateTime<Utc>) -> Self {
        let standing = Standing {
            event: &page.event,
            invitation: page.invitation.state,
            offered: page.invitation.mode,
            reply_by: page.invitation.reply_by,
            current: page.current,
            seats: page.seats,
            handed_over_at: page.invitation.handed_over_at,
        };
        let would = |given: Given| decide(&given, By::Invitee, &standing, now);
        let records = |given: Given| matches!(would(given), Ok(Outcome::Recorded(_)));
        let present = page.current.map_or(page.invitation.mode, |current| current.mode);
        let last_day = Some(page.event.answers_close);
        Self {
            yes: records(Given::Accept { mode: None }),
            yes_asks: matches!(would(Given::Accept { mode: None }), Ok(Outcome::Requested { .. })),
            no: matches!(would(Given::Decline), Ok(Outcome::Recorded(_) | Outcome::Requested { .. })),
            wait: records(Given::Wait { mode: None }),
            tentative: records(Given::Tentative { reason: None, until: last_day })
                || records(Given::Tentative { reason: None, until: None }),
            video: page.event.remote != Remote::Off
                && present == Mode::InPerson
                && records(Given::Accept { mode: Some(Mode::Remote) }),
        }
    }
}

fn kind(page: &PersonalPage, presses: &Presses, now: DateTime<Utc>) -> Kind {
    let event = &page.event;
    match page.invitation.state {
        InvitationState::Withdrawn | InvitationState::Replaced => return Kind::Withdrawn,
        InvitationState::Nominated
        | InvitationState::Refused
        | InvitationState::Listed
        | InvitationState::Reserve => return Kind::NotOpen,
        InvitationState::Invited => {}
    }
    match event.state {
        EventState::Draft => return Kind::NotOpen,
        EventState::Cancelled => return Kind::EventCancelled,
        EventState::Finished => return Kind::Over,
        EventState::Open | EventState::Closed if event.is_over(now) => return Kind::Over,
        EventState::Open | EventState::Closed => {}
    }
    match page.current.map(|current| current.value) {
        Some(AnswerValue::Accepted) => Kind::Accepted,
        Some(AnswerValue::Tentative) => Kind::Tentative,
        Some(AnswerValue::Waiting) => Kind::Waiting,
        Some(AnswerValue::Declined) => Kind::Declined,
        Some(AnswerValue::Cancelled) => Kind::Cancelled,
        Some(AnswerValue::Lapsed) | None if event.answers_are_closed(now) => Kind::Silent,
        Some(AnswerValue::Lapsed) | None if !presses.yes => Kind::Full,
        Some(AnswerValue::Lapsed) => Kind::Lapsed,
        None => Kind::Open,
    }
}

fn facts(page: &PersonalPage, kind: Kind, now: DateTime<Utc>) -> Vec<Fact> {
    let event = &page.event;
    let fact = |term, value, more| Fact { term, value, more };
    let mut facts = vec![fact("When", deadline::date_range(event.first_day, event.last_day), hours(event))];
    if !event.place.is_empty() {
        facts.push(fact("Where", event.place.clone(), String::new()));
    }
    let asked = matches!(kind, Kind::Open | Kind::Full);
    if let Some(day) = page.invitation.reply_by.filter(|_| asked) {
        let more = format!("end of day, {}{}", event.zone_name(), days_from_now(event, day, now));
        facts.push(fact("Answer by", deadline::day_words(day), more));
    }
    if kind == Kind::Full {
        let place = format!("You would be {}", place_words(page.next_place_in_line));
        facts.push(fact("Waiting list", place, String::new()));
    }
    if kind == Kind::Accepted {
        let more = format!("end of day, {}", event.zone_name());
        facts.push(fact("Topics until", deadline::day_words(event.topics_by), more));
    }
    if !page.committee.is_empty() && matches!(kind, Kind::Open | Kind::Full | Kind::Lapsed) {
        let names: Vec<&str> = page.committee.iter().map(|line| line.name.as_str()).collect();
        facts.push(fact("Committee", names.join(", "), String::new()));
    }
    facts
}

fn hours(event: &Event) -> String {
    match (event.starts, event.ends) {
        (Some(starts), Some(ends)) => {
            format!("{} - {}, {}", starts.format("%H:%M"), ends.format("%H:%M"), event.zone_name())
        }
        _ => String::new(),
    }
}

fn days_from_now(event: &Event, day: NaiveDate, now: DateTime<Utc>) -> String {
    match deadline::days_left(day, event.zone, now) {
        ..0 => "; this day has passed".to_owned(),
        0 => ", today".to_owned(),
        1 => ", tomorrow".to_owned(),
        days => format!(", {days} days from now"),
    }
}

/// `first`, `second`, `11th`.
pub(super) fn place_words(place: u32) -> String {
    const WORDS: [&str; 10] =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
    let index = usize::try_from(place).unwrap_or_default().wrapping_sub(1);
    WORDS.get(index).map_or_else(
        || {
            let ending = match (place % 10, place % 100) {
                (1, n) if n != 11 => "st",
                (2, n) if n != 12 => "nd",
                (3, n) if n != 13 => "rd",
                _ => "th",
            };
            format!("{place}{ending}")
        },
        |word| (*word).to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ten_places_are_words() {
        let shown: Vec<String> = [1, 2, 10, 11, 12, 21, 22, 23, 112].into_iter().map(place_words).collect();

        assert_eq!(shown, ["first", "second", "tenth", "11th", "12th", "21st", "22nd", "23rd", "112th"]);
    }

    #[test]
    fn the_values_of_a_trailer_stand_in_one_column() {
        let lines = vec![("Acked-by", "A <a@b.example>".to_owned()), ("Date", "today".to_owned())];

        assert_eq!(Trailer { class: "", lines }.aligned(), ["Acked-by: A <a@b.example>", "Date:     today"]);
    }
}
