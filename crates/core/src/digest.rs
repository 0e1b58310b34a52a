//! What the committee is told: how often each member wants it, when it is due, and its tables.
//!
//! Nothing happened is no mail. A member's own doings are not news to them.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::deadline;

/// How long answers are gathered before they are told, so that five in a minute are one mail.
const GATHER: TimeDelta = TimeDelta::minutes(5);
/// Characters of a name in the list of what happened.
const NAME_WIDTH: usize = 22;
/// Lines in the list of what happened; the rest is counted.
const MOST_CHANGES: usize = 30;
/// Columns of a line, the indent included.
const COLUMNS: usize = 72;

/// How often a member is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestChoice {
    /// A few minutes after every answer.
    Every,
    /// Once a day, at an hour of their choice in the event's zone.
    Daily,
    Never,
}

/// Every choice, in the order in which they are offered.
pub const DIGEST_CHOICES: [DigestChoice; 3] = [DigestChoice::Every, DigestChoice::Daily, DigestChoice::Never];

impl DigestChoice {
    /// The word in columns, options and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Every => "every",
            Self::Daily => "daily",
            Self::Never => "never",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        DIGEST_CHOICES.into_iter().find(|choice| choice.as_str() == word)
    }
}

/// The last instant, up to now, at which it was `hour` o'clock in `zone`.
#[must_use]
pub fn last_hour(hour: u32, zone: Tz, now: DateTime<Utc>) -> DateTime<Utc> {
    let time = NaiveTime::from_hms_opt(hour.min(23), 0, 0).unwrap_or(NaiveTime::MIN);
    let today = deadline::today(now, zone);
    let at = deadline::instant(today, time, zone);
    if at <= now { at } else { deadline::instant(today.pred_opt().unwrap_or(today), time, zone) }
}

/// True when it is time to look at what happened since `until`. For every answer, `oldest` is the first
/// one that was not told yet.
#[must_use]
pub fn is_due(
    choice: DigestChoice,
    hour: u32,
    zone: Tz,
    until: DateTime<Utc>,
    oldest: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> bool {
    match choice {
        DigestChoice::Never => false,
        DigestChoice::Daily => until < last_hour(hour, zone, now),
        DigestChoice::Every => oldest.is_some_and(|at| at + GATHER <= now),
    }
}

/// What a line of the record says in a digest; `None` for what is not news.
#[must_use]
pub fn news(action: &str, subject: &str, before: &str, after: &str) -> Option<String> {
    Some(match action {
        "answer.recorded" => match answer_word(before) {
            "no answer" | "" => answer(answer_word(after)).to_owned(),
            before => format!("{} -> {}", answer(before), answer(answer_word(after))),
        },
        "answer.lapsed" => "did not answer in time".to_owned(),
        "request.made" => "asks the committee".to_owned(),
        "request.decided" => "the committee decided their request".to_owned(),
        "topic.proposed" => "proposed a topic".to_owned(),
        "topic.edited" => "edited a topic".to_owned(),
        "topic.withdrawn" => "withdrew a topic".to_owned(),
        "topic.intent" => "said something about topics".to_owned(),
        "invitation.muted" => "does not want our mail".to_owned(),
        "invitation.withdrawn" => "invitation withdrawn".to_owned(),
        "wave.confirmed" => format!("sent {subject}"),
        "wave.asked" => format!("asks for another member: {subject}"),
        "wave.stopped" => format!("stopped {subject}"),
        "event.opened" => "opened the event".to_owned(),
        "event.closed" => "closed the list".to_owned(),
        "event.reopened" => "reopened the list".to_owned(),
        "event.cancelled" => "cancelled the event".to_owned(),
        "committee.added" => format!("added {subject} to the committee"),
        "committee.removed" => format!("removed {subject} from the committee"),
        _ => return None,
    })
}

/// True for what is told to whoever wants to hear of every answer.
#[must_use]
pub fn is_answer(action: &str) -> bool {
    matches!(action, "answer.recorded" | "answer.lapsed" | "request.made")
}

/// The answer itself, of the record's words about it: `tentative, will know by 24 May, by mail`.
#[must_use]
pub fn answer_word(text: &str) -> &str {
    text.split(',').next().unwrap_or_default().trim()
}

fn answer(word: &str) -> &str {
    match word {
        "tentative" => "not sure yet",
        "waiting" => "waiting list",
        "cancelled" => "gave the seat back",
        "lapsed" => "no answer",
        other => other,
    }
}

/// A row of the table of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    pub word: &'static str,
    pub count: u64,
    /// How many more or fewer than when the reader was told last.
    pub change: i64,
    pub note: String,
}

/// The table of numbers, a line each; rows with nothing to say are left out.
#[must_use]
pub fn counts(rows: &[Count]) -> String {
    let lines: Vec<String> = rows
        .iter()
        .filter(|row| row.count > 0 || row.change != 0 || !row.note.is_empty())
        .map(|row| {
            let change = if row.change == 0 { String::new() } else { format!("{:+}", row.change) };
            format!("    {:<10}{:>4}  {:>3}  {}", row.word, row.count, change, row.note).trim_end().to_owned()
        })
        .collect();
    lines.join("\n")
}

/// Who did what, a line each; what does not fit is counted.
#[must_use]
pub fn changes(lines: &[(String, String)]) -> String {
    let mut shown: Vec<String> = lines
        .iter()
        .take(MOST_CHANGES)
        .map(|(who, what)| {
            let name = cut(who, NAME_WIDTH);
            let pad = " ".repeat(NAME_WIDTH.saturating_sub(name.chars().count()));
            cut(&format!("    {name}{pad}  {what}"), COLUMNS).trim_end().to_owned()
        })
        .collect();
    if lines.len() > shown.len() {
        shown.push(format!("    and {} more, on the activity page", lines.len() - shown.len()));
    }
    shown.join("\n")
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}\u{2026}", kept.trim_end())
}

/// `16 of 20, 1 thing needs you`.
#[must_use]
pub fn headline(taken: u32, limit: Option<u32>, needs: usize) -> String {
    let seats = match limit {
        Some(limit) => format!("{taken} of {limit}"),
        None => format!("{taken} accepted"),
    };
    match needs {
        0 => format!("{seats}, nothing needs you"),
        1 => format!("{seats}, 1 thing needs you"),
        more => format!("{seats}, {more} things need you"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_daily_digest_is_due_once_after_its_hour_where_the_event_is() {
        let zone = Tz::America__New_York;
        let due = |until: &str, now: &str| is_due(DigestChoice::Daily, 7, zone, at(until), None, at(now));

        assert!(!due("2019-05-13T11:00:00Z", "2019-05-14T10:59:59Z"));
        assert!(due("2019-05-13T11:00:00Z", "2019-05-14T11:00:00Z"));
        assert!(!due("2019-05-14T11:00:05Z", "2019-05-14T23:00:00Z"));
        assert!(!is_due(
            DigestChoice::Never,
            7,
            zone,
            at("2019-01-01T00:00:00Z"),
            None,
            at("2019-05-14T11:00:00Z")
        ));
    }

    #[test]
    fn an_hour_that_a_clock_change_swallows_is_the_first_that_exists() {
        // Clocks in Berlin went from 02:00 to 03:00 on 31 March 2019.
        assert_eq!(last_hour(2, Tz::Europe__Berlin, at("2019-03-31T01:00:00Z")), at("2019-03-31T01:00:00Z"));
        assert_eq!(last_hour(2, Tz::Europe__Berlin, at("2019-03-31T00:59:00Z")), at("2019-03-30T01:00:00Z"));
    }

    #[test]
    fn answers_are_gathered_for_a_few_minutes() {
        let due = |oldest| {
            is_due(
                DigestChoice::Every,
                7,
                Tz::UTC,
                at("2019-05-14T00:00:00Z"),
                oldest,
                at("2019-05-14T09:05:00Z"),
            )
        };

        assert!(due(Some(at("2019-05-14T09:00:00Z"))));
        assert!(!due(Some(at("2019-05-14T09:00:01Z"))));
        assert!(!due(None));
    }

    #[test]
    fn tables_line_up_within_the_columns_of_a_mail() {
        let rows = [
            Count { word: "Accepted", count: 16, change: 1, note: "of 20 seats".into() },
            Count { word: "Held", count: 4, change: 0, note: "3 silent, 1 bounced".into() },
            Count { word: "Waiting", count: 0, change: -1, note: String::new() },
            Count { word: "Declined", count: 0, change: 0, note: String::new() },
        ];
        assert_eq!(
            counts(&rows),
            "    Accepted    16   +1  of 20 seats\n    Held         4       3 silent, 1 bounced\n    Waiting      0   -1"
        );
        let long = [
            ("A".repeat(40), "b".repeat(60)),
            ("Tomás Rey".to_owned(), news("answer.recorded", "", "declined", "waiting, by mail").unwrap()),
        ];
        let text = changes(&long);
        assert!(text.lines().all(|line| line.chars().count() <= 72), "{text}");
        assert!(text.ends_with("    Tomás Rey               declined -> waiting list"), "{text}");
        let many = vec![("Ren".to_owned(), "accepted".to_owned()); 33];
        assert!(changes(&many).ends_with("and 3 more, on the activity page"));
        assert_eq!(headline(16, Some(20), 1), "16 of 20, 1 thing needs you");
    }
}
