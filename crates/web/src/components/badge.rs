//! A state as shape and word; colour comes last (ux.md 6).
//!
//! Made from the state's word, the same that stands in columns, exports and `?state=`. The words a
//! reader sees are here and nowhere else.

use askama::Template;
use askama::filters::HtmlSafe;

/// A badge. `{{ badge }}` prints it; in a heading, `{{ badge.framed() }}`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"<span class="st st-{{ shape }}{% if framed %} pill{% endif %}">{{ word }}</span>"#
)]
pub struct Badge {
    shape: &'static str,
    word: String,
    framed: bool,
}
impl HtmlSafe for Badge {}

impl Badge {
    /// State of an invitee: the words of decisions.md, "State words".
    #[must_use]
    pub fn person(state: &str) -> Self {
        let (shape, word) = match state {
            "listed" => ("listed", "Listed"),
            "queued" => ("queued", "Scheduled"),
            "invited" => ("invited", "Invited"),
            "bounced" => ("bounced", "Bounced"),
            "accepted" => ("accepted", "Accepted"),
            "tentative" => ("tentative", "Not sure yet"),
            "waiting" => ("waiting", "Waiting list"),
            "declined" => ("declined", "Declined"),
            "cancelled" => ("cancelled", "Gave seat back"),
            "lapsed" => ("lapsed", "No answer"),
            "withdrawn" => ("withdrawn", "Withdrawn"),
            "reserve" => ("reserve", "Reserve"),
            other => ("listed", other),
        };
        Self::new(shape, word)
    }

    /// A place in the waiting list: `Waiting, 1st`.
    #[must_use]
    pub fn waiting(place: u32) -> Self {
        Self::new("waiting", &format!("Waiting, {}", ordinal(place)))
    }

    /// State of a topic at the desk.
    #[must_use]
    pub fn topic(state: &str) -> Self {
        let (shape, word) = match state {
            "proposed" => ("proposed", "New"),
            "needs_info" => ("proposed", "Asked back"),
            "held" => ("accepted", "Held"),
            "not_reached" => ("parked", "Not reached"),
            "discuss" => ("discuss", "Discuss"),
            "accepted" => ("accepted", "Accepted"),
            "parked" => ("parked", "Parked"),
            "declined" => ("parked", "Declined"),
            "withdrawn" => ("listed", "Withdrawn"),
            "merged" => ("listed", "Merged"),
            other => ("listed", other),
        };
        Self::new(shape, word)
    }

    /// A topic as its proposer sees it until they are told what was decided.
    #[must_use]
    pub fn proposed() -> Self {
        Self::new("proposed", "Proposed")
    }

    /// State of a message or wave.
    #[must_use]
    pub fn message(state: &str) -> Self {
        let (shape, word) = match state {
            "draft" => ("draft", "Draft"),
            "pending" => ("waiting", "Waits for release"),
            "held" => ("queued", "Scheduled"),
            "queued" => ("queued", "Queued"),
            "sending" => ("sending", "Sending"),
            "sent" => ("accepted", "Sent"),
            "prepared" => ("draft", "Prepared"),
            "waiting" => ("waiting", "Tried again"),
            "handed_over" => ("accepted", "Handed over"),
            "complained" => ("bounced", "Called spam"),
            "answered_automatically" => ("accepted", "Answered automatically"),
            "delivered" => ("accepted", "Delivered"),
            "stopped" => ("stopped", "Stopped"),
            "dropped" => ("stopped", "Dropped"),
            "failed" => ("bounced", "Failed"),
            "bounced" => ("bounced", "Bounced"),
            "uncertain" => ("uncertain", "Uncertain"),
            other => ("listed", other),
        };
        Self::new(shape, word)
    }

    /// State of an event.
    #[must_use]
    pub fn event(state: &str) -> Self {
        let (shape, word) = match state {
            "draft" => ("draft", "Draft"),
            "open" => ("invited", "Inviting"),
            "closed" => ("waiting", "Closed"),
            "finished" => ("lapsed", "Over"),
            "cancelled" => ("bounced", "Cancelled"),
            other => ("listed", other),
        };
        Self::new(shape, word)
    }

    /// The same in a frame, for headings.
    #[must_use]
    pub fn framed(&self) -> Self {
        Self { framed: true, ..self.clone() }
    }

    /// The same shape with other words, such as `16 accepted`.
    #[must_use]
    pub fn saying(&self, word: impl std::fmt::Display) -> Self {
        Self { word: word.to_string(), ..self.clone() }
    }

    /// The word alone, for text answers.
    #[must_use]
    pub fn word(&self) -> &str {
        &self.word
    }

    fn new(shape: &'static str, word: &str) -> Self {
        Self { shape, word: word.to_owned(), framed: false }
    }
}

/// `1st`, `2nd`, `11th`.
#[must_use]
pub fn ordinal(place: u32) -> String {
    let ending = match (place % 10, place % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{place}{ending}")
}
