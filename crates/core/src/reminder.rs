//! Reminders that were planned beforehand: on which day one leaves, and who is due.
//!
//! The ceiling is two mails that nobody asked for: the invitation and one reminder (ux.md 16). A second
//! reminder, the third mail, is planned or sent only when somebody said that they know.

use chrono::{Days, NaiveDate};

/// Reminders that one wave can plan: the one everybody expects, and the third mail.
pub const MOST_PLANNED: usize = 2;

/// Why a reminder cannot be planned or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReminderRefused {
    #[error("Choose a day from {0} to {1}: after today, and not after the day to answer by")]
    Day(NaiveDate, NaiveDate),
    #[error("The day to answer by is over, so no reminder can be planned")]
    TooLate,
    #[error("This would be the third mail; tick that you know, or write yourself instead")]
    ThirdMail,
    #[error("Two reminders are planned already; change one of them")]
    TooMany,
    #[error("It has left; it cannot be changed any more")]
    HasLeft,
    #[error("Only a wave of invitations has planned reminders")]
    NotAnInvitation,
    #[error("{0}")]
    Text(String),
}

impl ReminderRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Day(..) => "reminder-day",
            Self::TooLate => "reply-by-passed",
            Self::ThirdMail => "third-mail",
            Self::TooMany => "two-reminders",
            Self::HasLeft => "has-left",
            Self::NotAnInvitation => "not-an-invitation",
            Self::Text(_) => "text",
        }
    }
}

/// The day on which a planned reminder leaves: its own number of days before the reply-by date, else the
/// event's. `None` where neither names one.
#[must_use]
pub fn leaves_on(
    days_before: Option<u32>,
    event_days: Option<u32>,
    reply_by: NaiveDate,
) -> Option<NaiveDate> {
    reply_by.checked_sub_days(Days::new(u64::from(days_before.or(event_days)?)))
}

/// How many days before the reply-by date `day` is. Refuses a day that is not after today or not before
/// the end of the reply-by date.
pub fn days_before(day: NaiveDate, reply_by: NaiveDate, today: NaiveDate) -> Result<u32, ReminderRefused> {
    let first = today.succ_opt().unwrap_or(today);
    if first > reply_by {
        return Err(ReminderRefused::TooLate);
    }
    if day < first || day > reply_by {
        return Err(ReminderRefused::Day(first, reply_by));
    }
    u32::try_from((reply_by - day).num_days()).map_err(|_| ReminderRefused::Day(first, reply_by))
}

/// What decides whether a silent person gets a planned reminder today.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    pub today: NaiveDate,
    /// The day it leaves for this person, whose reply-by date may have been extended.
    pub day: NaiveDate,
    pub reply_by: NaiveDate,
    /// The day their invitation left.
    pub invited_on: Option<NaiveDate>,
    /// Reminders written to them so far, also those that were stopped.
    pub reminders: u32,
    /// The day of the newest of those.
    pub last_reminded_on: Option<NaiveDate>,
    /// This very reminder was written to them before.
    pub had_this: bool,
    /// Somebody said that the third mail may go.
    pub allows_third: bool,
}

/// True when it leaves now: its day has come, the reply-by date is not over, the invitation left before
/// that day, and the ceiling allows it. A reminder sent by hand takes the place of a planned one.
#[must_use]
pub fn is_due(due: &Due) -> bool {
    let ceiling = if due.allows_third { 2 } else { 1 };
    (due.day..=due.reply_by).contains(&due.today)
        && due.invited_on.is_some_and(|day| day < due.day)
        && !due.had_this
        && due.reminders < ceiling
        && due.last_reminded_on.is_none_or(|day| day < due.today)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn due() -> Due {
        Due {
            today: day("2019-05-20"),
            day: day("2019-05-20"),
            reply_by: day("2019-05-24"),
            invited_on: Some(day("2019-05-01")),
            reminders: 0,
            last_reminded_on: None,
            had_this: false,
            allows_third: false,
        }
    }

    #[test]
    fn a_reminder_follows_the_event_until_it_has_a_day_of_its_own() {
        let by = day("2019-05-24");

        assert_eq!(leaves_on(None, Some(4), by), Some(day("2019-05-20")));
        assert_eq!(leaves_on(Some(1), Some(4), by), Some(day("2019-05-23")));
        assert_eq!(leaves_on(None, None, by), None);
    }

    #[test]
    fn its_day_lies_between_today_and_the_day_to_answer_by() {
        let (by, today) = (day("2019-05-24"), day("2019-05-10"));

        assert_eq!(days_before(day("2019-05-20"), by, today), Ok(4));
        assert_eq!(days_before(by, by, today), Ok(0));
        let refused = ReminderRefused::Day(day("2019-05-11"), by);
        assert_eq!(days_before(today, by, today), Err(refused.clone()));
        assert_eq!(days_before(day("2019-05-25"), by, today), Err(refused));
        assert_eq!(days_before(by, by, by), Err(ReminderRefused::TooLate));
    }

    #[test]
    fn it_goes_on_its_day_or_late_but_never_past_the_day_to_answer_by() {
        assert!(is_due(&due()));
        assert!(is_due(&Due { today: day("2019-05-24"), ..due() }));
        assert!(!is_due(&Due { today: day("2019-05-19"), ..due() }));
        assert!(!is_due(&Due { today: day("2019-05-25"), ..due() }));
    }

    #[test]
    fn whoever_was_invited_on_that_day_or_later_is_left_alone() {
        assert!(!is_due(&Due { invited_on: Some(day("2019-05-20")), ..due() }));
        assert!(!is_due(&Due { invited_on: None, ..due() }));
    }

    #[test]
    fn one_reminder_is_the_ceiling_unless_a_third_mail_was_allowed() {
        let reminded = Due { reminders: 1, last_reminded_on: Some(day("2019-05-13")), ..due() };

        assert!(!is_due(&reminded));
        assert!(is_due(&Due { allows_third: true, ..reminded }));
        assert!(!is_due(&Due { allows_third: true, reminders: 2, ..reminded }));
        assert!(!is_due(&Due { allows_third: true, had_this: true, ..reminded }));
        assert!(!is_due(&Due { allows_third: true, last_reminded_on: Some(due().today), ..reminded }));
    }
}
