//! Whom to chase and why: one list instead of seven. Nothing here is stored; it is computed from the
//! three questions (offered, said, delivered) and the day.

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::answer::AnswerValue;
use crate::deadline;
use crate::event::{Event, EventState};
use crate::invitation::InvitationState;
use crate::message::MessageState;
use crate::topic::Intent;

/// Days before a reply-by date from which the silent are worth a look.
const SOON: i64 = 3;
/// Days before topics close from which whoever said nothing is worth a look.
const TOPICS_SOON: i64 = 14;
/// Days before details are due from which whoever left one out is worth a look.
const DETAILS_SOON: i64 = 7;
/// Days before the event by which details are due where no day was set (domain.md 3.5).
const DETAILS_DUE: Days = Days::new(21);

/// Why somebody is chased, the most pressing first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Their address refused our mail.
    Bounced,
    /// Nobody knows whether our mail arrived.
    Uncertain,
    /// Invited, and no mail server ever took a mail to them.
    Unreached,
    /// They asked for something that the committee decides.
    Wish,
    /// The date has come by which they wanted to know.
    TentativeDue,
    /// Silent past the reply-by date.
    Overdue,
    /// Silent, and the reply-by date is near.
    Soon,
    /// They have a seat, were asked to say again that they come, and did not.
    Reconfirm,
    /// They come, and a detail that is needed is missing.
    Details,
    /// They come and said nothing about a topic, or that it is to be decided.
    NoTopic,
}

/// Every reason, the most pressing first.
pub const REASONS: [Reason; 10] = [
    Reason::Bounced,
    Reason::Uncertain,
    Reason::Unreached,
    Reason::Wish,
    Reason::TentativeDue,
    Reason::Overdue,
    Reason::Soon,
    Reason::Reconfirm,
    Reason::Details,
    Reason::NoTopic,
];

/// Who was not reached: their silence is no answer.
pub const NOT_REACHED: [Reason; 3] = [Reason::Bounced, Reason::Uncertain, Reason::Unreached];

impl Reason {
    /// The word in addresses, options and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bounced => "bounced",
            Self::Uncertain => "uncertain",
            Self::Unreached => "unreached",
            Self::Wish => "wish",
            Self::TentativeDue => "tentative",
            Self::Overdue => "overdue",
            Self::Soon => "soon",
            Self::Reconfirm => "reconfirm",
            Self::Details => "details",
            Self::NoTopic => "no-topic",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        REASONS.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// What is known of somebody, as far as it decides whether to chase them.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub state: InvitationState,
    pub answer: Option<AnswerValue>,
    /// State of the newest mail to them.
    pub delivery: Option<MessageState>,
    /// A mail server took an invitation to them once.
    pub was_reached: bool,
    /// They were asked in another way, so that no mail has to arrive.
    pub by_other_means: bool,
    pub reply_by: Option<NaiveDate>,
    /// The day by which somebody tentative wanted to know.
    pub held_until: Option<NaiveDate>,
    pub intent: Intent,
    pub has_topic: bool,
    /// A wish of theirs waits for the committee.
    pub has_wish: bool,
    /// They have not said yes to the event as it is now.
    pub has_to_reconfirm: bool,
    /// A question that is needed has no answer of theirs.
    pub is_missing_details: bool,
}

/// Why to chase somebody now, the most pressing first, each with the day it is about. Nothing once the
/// event is over or cancelled.
#[must_use]
pub fn reasons(known: &Known, event: &Event, now: DateTime<Utc>) -> Vec<(Reason, Option<NaiveDate>)> {
    if !matches!(event.state, EventState::Draft | EventState::Open | EventState::Closed) {
        return Vec::new();
    }
    let left = |day: NaiveDate| deadline::days_left(day, event.zone, now);
    let is_invited = known.state == InvitationState::Invited;
    let is_silent = is_invited && known.answer.is_none();
    let has_left =
        matches!(known.answer, Some(AnswerValue::Declined | AnswerValue::Cancelled | AnswerValue::Lapsed));
    let counts = matches!(known.state, InvitationState::Invited | InvitationState::Listed) && !has_left;
    let comes = is_invited && known.answer == Some(AnswerValue::Accepted);
    let has_seat = comes || is_invited && known.answer == Some(AnswerValue::Tentative);
    let mut reasons = Vec::new();
    match known.delivery {
        Some(MessageState::Bounced | MessageState::Failed) if counts => reasons.push((Reason::Bounced, None)),
        Some(MessageState::Uncertain) if counts => reasons.push((Reason::Uncertain, None)),
        None | Some(MessageState::Dropped | MessageState::Stopped | MessageState::Waiting)
            if is_silent && !known.was_reached && !known.by_other_means =>
        {
            reasons.push((Reason::Unreached, None));
        }
        _ => {}
    }
    if known.has_wish {
        reasons.push((Reason::Wish, None));
    }
    if is_invited
        && known.answer == Some(AnswerValue::Tentative)
        && let Some(day) = known.held_until.filter(|day| left(*day) <= 0)
    {
        reasons.push((Reason::TentativeDue, Some(day)));
    }
    if let Some(day) = known.reply_by.filter(|_| is_silent) {
        if left(day) < 0 {
            reasons.push((Reason::Overdue, Some(day)));
        } else if left(day) <= SOON {
            reasons.push((Reason::Soon, Some(day)));
        }
    }
    if has_seat && known.has_to_reconfirm {
        reasons.push((Reason::Reconfirm, event.reconfirm_by));
    }
    if comes
        && known.is_missing_details
        && let Some(day) = details_due(event, now)
    {
        reasons.push((Reason::Details, Some(day)));
    }
    let topics_are_near = left(event.topics_by) <= TOPICS_SOON && !event.answers_are_closed(now);
    if comes && topics_are_near && known.intent != Intent::NoTopic && !known.has_topic {
        reasons.push((Reason::NoTopic, Some(event.topics_by)));
    }
    reasons
}

/// The day by which details are due, from a week before it.
#[must_use]
pub fn details_due(event: &Event, now: DateTime<Utc>) -> Option<NaiveDate> {
    event
        .details_by
        .or_else(|| event.first_day.checked_sub_days(DETAILS_DUE))
        .filter(|day| deadline::days_left(*day, event.zone, now) <= DETAILS_SOON)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::event::tests::netconf;

    fn silent() -> Known {
        Known {
            state: InvitationState::Invited,
            answer: None,
            delivery: Some(MessageState::HandedOver),
            was_reached: true,
            by_other_means: false,
            reply_by: Some(day("2019-05-24")),
            held_until: None,
            intent: Intent::NothingSaid,
            has_topic: false,
            has_wish: false,
            has_to_reconfirm: false,
            is_missing_details: false,
        }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn on(known: &Known, date: &str) -> Vec<Reason> {
        let event = Event { state: EventState::Open, topics_by: day("2019-05-30"), ..netconf() };
        let now = format!("{date}T16:00:00Z").parse().unwrap();
        reasons(known, &event, now).into_iter().map(|(reason, _)| reason).collect()
    }

    #[test]
    fn the_silent_are_chased_from_three_days_before_their_date() {
        assert_eq!(on(&silent(), "2019-05-20"), []);
        assert_eq!(on(&silent(), "2019-05-21"), [Reason::Soon]);
        assert_eq!(on(&silent(), "2019-05-24"), [Reason::Soon]);
        assert_eq!(on(&silent(), "2019-05-25"), [Reason::Overdue]);
        let no = Known { answer: Some(AnswerValue::Declined), ..silent() };
        assert_eq!(on(&no, "2019-05-25"), []);
    }

    #[test]
    fn mail_that_did_not_arrive_comes_before_everything_else() {
        let bounced = Known { delivery: Some(MessageState::Bounced), ..silent() };
        assert_eq!(on(&bounced, "2019-05-25"), [Reason::Bounced, Reason::Overdue]);
        let lost = Known { delivery: Some(MessageState::Uncertain), ..silent() };
        assert_eq!(on(&lost, "2019-05-01"), [Reason::Uncertain]);
        let dropped = Known { delivery: Some(MessageState::Dropped), was_reached: false, ..silent() };
        assert_eq!(on(&dropped, "2019-05-01"), [Reason::Unreached]);
        assert_eq!(on(&Known { by_other_means: true, delivery: None, ..dropped }, "2019-05-01"), []);
        let left = Known { answer: Some(AnswerValue::Cancelled), ..bounced };
        assert_eq!(on(&left, "2019-05-25"), []);
    }

    #[test]
    fn the_tentative_are_chased_when_the_date_they_named_has_come() {
        let unsure =
            Known { answer: Some(AnswerValue::Tentative), held_until: Some(day("2019-05-10")), ..silent() };
        assert_eq!(on(&unsure, "2019-05-09"), []);
        assert_eq!(on(&unsure, "2019-05-10"), [Reason::TentativeDue]);
    }

    #[test]
    fn whoever_comes_without_a_word_about_topics_is_chased_when_topics_close_soon() {
        let comes = Known { answer: Some(AnswerValue::Accepted), ..silent() };
        assert_eq!(on(&comes, "2019-05-15"), []);
        assert_eq!(on(&comes, "2019-05-16"), [Reason::NoTopic]);
        assert_eq!(on(&Known { intent: Intent::Undecided, ..comes }, "2019-05-16"), [Reason::NoTopic]);
        assert_eq!(on(&Known { intent: Intent::NoTopic, ..comes }, "2019-05-16"), []);
        assert_eq!(on(&Known { has_topic: true, ..comes }, "2019-05-16"), []);
    }

    #[test]
    fn a_missing_detail_is_chased_from_a_week_before_it_is_due() {
        let comes = Known {
            answer: Some(AnswerValue::Accepted),
            is_missing_details: true,
            intent: Intent::NoTopic,
            ..silent()
        };
        // Three weeks before 20 June, where no day is set.
        assert_eq!(on(&comes, "2019-05-22"), []);
        assert_eq!(on(&comes, "2019-05-23"), [Reason::Details]);
        assert_eq!(on(&Known { answer: Some(AnswerValue::Declined), ..comes }, "2019-05-23"), []);
    }

    #[test]
    fn an_old_yes_and_a_wish_are_chased_and_nothing_once_it_is_cancelled() {
        let old =
            Known { answer: Some(AnswerValue::Accepted), has_to_reconfirm: true, has_wish: true, ..silent() };
        assert_eq!(on(&old, "2019-05-01"), [Reason::Wish, Reason::Reconfirm]);
        let unsure = Known { answer: Some(AnswerValue::Tentative), has_wish: false, ..old };
        assert_eq!(on(&unsure, "2019-05-01"), [Reason::Reconfirm]);
        assert_eq!(on(&Known { answer: Some(AnswerValue::Cancelled), ..unsure }, "2019-05-01"), []);
        let event = Event { state: EventState::Cancelled, ..netconf() };
        assert_eq!(reasons(&old, &event, "2019-05-25T16:00:00Z".parse().unwrap()), []);
    }
}
