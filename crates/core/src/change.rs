//! What became different about an event after people were told (domain.md 3.2 "moved", T19, T20).
//!
//! Every change that invitees are shown is kept with the event, oldest first, so that a page can say
//! what is new since somebody answered, whatever lay in between. A *move* asks everybody who has a
//! seat to say again that they come; a *small* change is shown, and asks nobody.

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::answer::AnswerValue;
use crate::deadline;
use crate::event::{Event, Remote};

/// Stands for a place that is not set.
const UNKNOWN_PLACE: &str = "not known yet";

/// Something about the event that its invitees are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// From 1, in the order in which they happened.
    pub number: u32,
    pub kind: ChangeKind,
    pub at: DateTime<Utc>,
    pub lines: Vec<Difference>,
    /// The committee's own words, or the reason of a cancellation; may be empty.
    pub note: String,
    /// Who of the committee did it.
    pub by: String,
}

/// What kind of change it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Date, place or mode: everybody with a seat says again that they come.
    Moved,
    /// The room or the hour: shown, and nobody is asked again.
    Small,
    Cancelled,
    /// It takes place after all: everybody with a seat says again that they come.
    Revived,
    /// Nothing changed; the committee asks everybody with a seat to say again that they come.
    Reconfirm,
}

impl ChangeKind {
    /// The word in columns, reports and `--json`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Small => "small",
            Self::Cancelled => "cancelled",
            Self::Revived => "revived",
            Self::Reconfirm => "reconfirm",
        }
    }

    /// Whoever has a seat must say again that they come.
    #[must_use]
    pub fn asks_again(self) -> bool {
        match self {
            Self::Moved | Self::Revived | Self::Reconfirm => true,
            Self::Small | Self::Cancelled => false,
        }
    }

    /// Entries in calendars are no longer right.
    #[must_use]
    pub fn changes_calendars(self) -> bool {
        self != Self::Reconfirm
    }
}

/// One fact, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// `When`, `Hours`, `Where`, `Time zone` or `By video`.
    pub what: String,
    pub was: String,
    pub is: String,
}

/// What a mailed invitation said about time, place and mode, and what is right now.
#[must_use]
pub fn difference(before: &Event, after: &Event) -> Vec<Difference> {
    facts(before)
        .into_iter()
        .zip(facts(after))
        .filter(|((_, was), (_, is))| was != is)
        .map(|((what, was), (_, is))| Difference { what: what.to_owned(), was, is })
        .collect()
}

/// All of `changes` as one: the oldest "was" and the newest "is" of each fact, without those that are
/// as they were.
#[must_use]
pub fn together<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<Difference> {
    let mut lines: Vec<Difference> = Vec::new();
    for line in changes.into_iter().flat_map(|change| &change.lines) {
        match lines.iter_mut().find(|known| known.what == line.what) {
            Some(known) => known.is.clone_from(&line.is),
            None => lines.push(line.clone()),
        }
    }
    lines.retain(|line| line.was != line.is);
    lines
}

/// What changed, in a few words for a subject: `new date and place`. Empty for nothing.
#[must_use]
pub fn gist(lines: &[Difference]) -> String {
    let words: Vec<&str> = lines
        .iter()
        .map(|line| match line.what.as_str() {
            "When" => "date",
            "Hours" => "hours",
            "Where" => "place",
            "Time zone" => "time zone",
            _ => "way to take part",
        })
        .collect();
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => format!("new {only}"),
        Some((last, others)) => format!("new {} and {last}", others.join(", ")),
    }
}

/// Who is written to about a change. The declined are asked anew by choice alone, and whoever wants
/// no more mail hears only of a seat that is theirs.
#[must_use]
pub fn is_told(kind: ChangeKind, answer: Option<AnswerValue>, is_muted: bool, with_declined: bool) -> bool {
    match answer {
        Some(AnswerValue::Accepted | AnswerValue::Tentative) => true,
        Some(AnswerValue::Waiting) => kind != ChangeKind::Reconfirm,
        None => kind != ChangeKind::Reconfirm && !is_muted,
        Some(AnswerValue::Declined | AnswerValue::Cancelled | AnswerValue::Lapsed) => {
            with_declined && kind != ChangeKind::Reconfirm && !is_muted
        }
    }
}

impl Event {
    /// The changes of its facts after `told`, as one.
    #[must_use]
    pub fn changed_since(&self, told: DateTime<Utc>) -> Vec<Difference> {
        together(self.changes.iter().filter(|change| change.at > told))
    }

    /// The newest change of a kind that asks everybody with a seat again.
    #[must_use]
    pub fn asked_again(&self) -> Option<&Change> {
        self.changes.iter().rev().find(|change| change.kind.asks_again())
    }

    /// A change by its number.
    #[must_use]
    pub fn change(&self, number: u32) -> Option<&Change> {
        self.changes.iter().find(|change| change.number == number)
    }

    /// True when a text still names the days or the place that the event had before it changed, written
    /// as mails write them.
    #[must_use]
    pub fn names_what_was(&self, text: &str) -> bool {
        let (text, now) = (plain(text), facts(self));
        self.changes.iter().flat_map(|change| &change.lines).any(|line| {
            let was = plain(&line.was);
            let is_old = |(what, is): &(&str, String)| *what == line.what && !plain(is).contains(&was);
            matches!(line.what.as_str(), "When" | "Where")
                && line.was != UNKNOWN_PLACE
                && now.iter().any(is_old)
                && text.contains(&was)
        })
    }

    /// Moves deadlines by as many days as the first day moved from `before`; those that `keep` names
    /// stay. They never lie after the event.
    pub fn move_deadlines(&mut self, before: NaiveDate, keep: impl Fn(&str) -> bool) {
        let days = (self.first_day - before).num_days();
        let shifted = |day: NaiveDate| {
            let by = Days::new(days.unsigned_abs());
            let moved = if days < 0 { day.checked_sub_days(by) } else { day.checked_add_days(by) };
            moved.unwrap_or(day).min(self.last_day)
        };
        let (answers_close, topics_by) = (shifted(self.answers_close), shifted(self.topics_by));
        let (details_by, backfill_until) = (self.details_by.map(shifted), self.backfill.until.map(shifted));
        if !keep("answers_close") {
            self.answers_close = answers_close;
        }
        if !keep("topics_by") {
            self.topics_by = topics_by;
        }
        if !keep("details_by") {
            self.details_by = details_by;
        }
        if !keep("backfill_until") {
            self.backfill.until = backfill_until;
        }
    }
}

/// Without weekdays and in single blanks, so that `Thu 20 - Fri 21 June` and `20-21 June` are one.
fn plain(text: &str) -> String {
    const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let words: Vec<&str> = text.split_whitespace().filter(|word| !WEEKDAYS.contains(word)).collect();
    words.join(" ").replace(" - ", "-")
}

fn facts(event: &Event) -> [(&'static str, String); 5] {
    let hours = match (event.starts, event.ends) {
        (Some(starts), Some(ends)) => format!("{} - {}", starts.format("%H:%M"), ends.format("%H:%M")),
        _ => "whole days".to_owned(),
    };
    let place = if event.place.is_empty() { UNKNOWN_PLACE } else { event.place.as_str() };
    let video = if event.remote == Remote::Off { "no" } else { "possible" };
    [
        ("When", deadline::date_range(event.first_day, event.last_day)),
        ("Hours", hours),
        ("Where", place.to_owned()),
        ("Time zone", event.zone.name().to_owned()),
        ("By video", video.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::event::tests::netconf as event;

    fn line(what: &str, was: &str, is: &str) -> Difference {
        Difference { what: what.into(), was: was.into(), is: is.into() }
    }

    fn change(number: u32, at: &str, lines: Vec<Difference>) -> Change {
        let at = at.parse().unwrap();
        Change { number, kind: ChangeKind::Moved, at, lines, note: String::new(), by: String::new() }
    }

    #[test]
    fn the_difference_names_what_was_and_what_is_and_nothing_else() {
        let before = event();
        let mut after = before.clone();
        after.set("place", "Toronto").unwrap();
        after.set("seats", "3").unwrap();

        assert_eq!(difference(&before, &after), [line("Where", &before.place, "Toronto")]);
        assert_eq!(gist(&difference(&before, &after)), "new place");
        assert_eq!(difference(&before, &before), []);
    }

    #[test]
    fn several_changes_are_told_as_one_and_what_was_taken_back_is_not_told() {
        let mut event = event();
        event.changes = vec![
            change(
                1,
                "2019-04-01T00:00:00Z",
                vec![line("Where", "Boston", "Toronto"), line("When", "a", "b")],
            ),
            change(
                2,
                "2019-04-02T00:00:00Z",
                vec![line("Where", "Toronto", "Montreal"), line("When", "b", "a")],
            ),
        ];

        let since = |at: &str| event.changed_since(at.parse().unwrap());

        assert_eq!(since("2019-03-31T00:00:00Z"), [line("Where", "Boston", "Montreal")]);
        assert_eq!(since("2019-04-01T12:00:00Z").len(), 2);
        assert_eq!(since("2019-04-03T00:00:00Z"), []);
    }

    #[test]
    fn who_might_travel_is_told_and_who_declined_by_choice_alone() {
        use AnswerValue as A;
        let told = |kind, declined| -> Vec<Option<A>> {
            [
                None,
                Some(A::Accepted),
                Some(A::Tentative),
                Some(A::Waiting),
                Some(A::Declined),
                Some(A::Cancelled),
            ]
            .into_iter()
            .filter(|answer| is_told(kind, *answer, false, declined))
            .collect()
        };

        assert_eq!(
            told(ChangeKind::Moved, false),
            [None, Some(A::Accepted), Some(A::Tentative), Some(A::Waiting)]
        );
        assert_eq!(told(ChangeKind::Cancelled, true).len(), 6);
        assert_eq!(told(ChangeKind::Reconfirm, true), [Some(A::Accepted), Some(A::Tentative)]);
        assert!(!is_told(ChangeKind::Moved, None, true, true));
        assert!(is_told(ChangeKind::Moved, Some(A::Accepted), true, false));
    }

    #[test]
    fn a_text_that_names_the_old_day_or_place_is_found() {
        let mut event = event();
        let old = event.clone();
        event.set("place", "Toronto").unwrap();
        event.set("from", "2019-06-27").unwrap();
        event.set("to", "2019-06-28").unwrap();
        let mut moved = change(1, "2019-04-01T00:00:00Z", difference(&old, &event));
        event.changes = vec![moved.clone()];

        assert!(event.names_what_was("    When   Thu 20 - Fri 21 June 2019\n"));
        assert!(event.names_what_was("Netconf (20-21 June 2019, here)"));
        assert!(event.names_what_was(&format!("We meet in\n{}.", old.place)));
        assert!(!event.names_what_was("Toronto, Thu 27 - Fri 28 June 2019; not 20-21 June 2018"));
        assert!(!event.names_what_was("Bring a problem."));

        // Taken back, or only said more exactly: the text is right.
        event = Event { changes: event.changes, ..old.clone() };
        assert!(!event.names_what_was(&old.place));
        moved.lines =
            vec![line("Where", "Toronto", "Toronto, room 5"), line("Where", "not known yet", "Toronto")];
        event.set("place", "Toronto, room 5").unwrap();
        event.changes = vec![moved];
        assert!(!event.names_what_was("Toronto; the room is not known yet"));
    }

    #[test]
    fn deadlines_move_with_the_first_day_unless_they_were_named() {
        let mut event = event();
        let (first, close, topics) = (event.first_day, event.answers_close, event.topics_by);
        event.first_day = first + Days::new(10);
        event.last_day = event.last_day + Days::new(10);
        event.details_by = Some(topics);
        event.backfill.until = Some(close);

        event.move_deadlines(first, |key| key == "topics_by");

        assert_eq!((event.answers_close, event.topics_by), (close + Days::new(10), topics));
        assert_eq!(event.details_by, Some(topics + Days::new(10)));
        assert_eq!(event.backfill.until, Some(close + Days::new(10)));
    }
}
