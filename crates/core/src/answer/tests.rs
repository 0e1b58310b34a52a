#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::*;
use crate::event::tests::netconf;
use crate::event::{Remote, SeatPolicy};

const BEFORE: &str = "2019-05-14T09:00:00Z";
const LATE: &str = "2019-06-01T09:00:00Z";
const CLOSED: &str = "2019-06-15T09:00:00Z";
const ON_THE_DAY: &str = "2019-06-20T13:00:00Z";
const OVER: &str = "2019-06-23T09:00:00Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn current(value: AnswerValue) -> Option<Current> {
    let held_until = (value == AnswerValue::Tentative).then(|| day("2019-05-24"));
    let place = (value == AnswerValue::Waiting).then_some(2);
    Some(Current {
        value,
        mode: Mode::InPerson,
        at: at("2019-05-01T00:00:00Z"),
        held_until,
        reason: None,
        place,
        must_reconfirm: false,
    })
}

struct Case {
    event: Event,
    invitation: InvitationState,
    current: Option<Current>,
    free: i64,
    waiting: u32,
}

impl Case {
    fn of(current: Option<Current>) -> Self {
        Self { event: netconf(), invitation: InvitationState::Invited, current, free: 5, waiting: 0 }
    }

    fn full(current: Option<Current>) -> Self {
        Self { free: 0, ..Self::of(current) }
    }

    fn decide(&self, given: &Given, by: By<'_>, now: &str) -> Result<Outcome, AnswerRefused> {
        let mut seats = EventSeats::of(&self.event);
        let taken = i64::from(self.event.seats.unwrap()) - self.free;
        seats.in_person.accepted = u32::try_from(taken).unwrap();
        seats.in_person.waiting = self.waiting;
        decide(given, by, &self.standing(&seats), at(now))
    }

    fn standing(&self, seats: &EventSeats) -> Standing<'_> {
        Standing {
            event: &self.event,
            invitation: self.invitation,
            offered: Mode::InPerson,
            reply_by: Some(day("2019-05-24")),
            current: self.current,
            seats: *seats,
            handed_over_at: Some(at("2019-05-01T00:00:00Z")),
        }
    }

    fn says(&self, given: &Given, now: &str) -> String {
        match self.decide(given, By::Invitee, now) {
            Ok(Outcome::Unchanged) => "unchanged".into(),
            Ok(Outcome::Recorded(d)) => {
                format!("{}{}", d.value.as_str(), if d.late { " late" } else { "" })
            }
            Ok(Outcome::Requested { wanted, .. }) => format!("request {}", wanted.as_str()),
            Err(refused) => refused.code().into(),
        }
    }
}

const YES: Given = Given::Accept { mode: None };
const MAYBE: Given = Given::Tentative { reason: None, until: None };
const WAIT: Given = Given::Wait { mode: None };

/// From (none and the six answers), to each of the four answers an invitee can give.
fn table(now: &str, free: i64, waiting: u32) -> Vec<[String; 5]> {
    std::iter::once(None)
        .chain(ANSWER_VALUES.map(Some))
        .map(|value| {
            let case = Case { free, waiting, ..Case::of(value.and_then(current)) };
            [
                value.map_or("none", AnswerValue::as_str).to_owned(),
                case.says(&YES, now),
                case.says(&MAYBE, now),
                case.says(&Given::Decline, now),
                case.says(&WAIT, now),
            ]
        })
        .collect()
}

#[track_caller]
fn assert_table(actual: &[[String; 5]], expected: &[[&str; 5]]) {
    for (actual, expected) in actual.iter().zip(expected) {
        assert_eq!(actual, expected, "from, yes, cannot say, no, wait");
    }
    assert_eq!(actual.len(), expected.len());
}

#[test]
fn before_the_reply_by_date_with_seats_free() {
    assert_table(
        &table(BEFORE, 5, 0),
        &[
            ["none", "accepted", "tentative", "declined", "accepted"],
            ["accepted", "unchanged", "tentative", "cancelled", "unchanged"],
            ["tentative", "accepted", "unchanged", "declined", "accepted"],
            ["declined", "accepted", "tentative", "unchanged", "accepted"],
            ["waiting", "accepted", "tentative", "declined", "unchanged"],
            ["cancelled", "accepted", "tentative", "unchanged", "accepted"],
            ["lapsed", "accepted", "tentative", "declined", "accepted"],
        ],
    );
}

#[test]
fn with_no_seat_free_an_open_offer_and_a_tentative_keep_theirs() {
    assert_table(
        &table(BEFORE, 0, 1),
        &[
            ["none", "accepted", "tentative", "declined", "accepted"],
            ["accepted", "unchanged", "tentative", "cancelled", "unchanged"],
            ["tentative", "accepted", "unchanged", "declined", "accepted"],
            ["declined", "no-seat", "no-seat", "unchanged", "waiting"],
            ["waiting", "no-seat", "no-seat", "declined", "unchanged"],
            ["cancelled", "no-seat", "no-seat", "unchanged", "waiting"],
            ["lapsed", "no-seat", "no-seat", "declined", "waiting"],
        ],
    );
}

#[test]
fn after_the_reply_by_date_answers_count_and_are_marked_late() {
    assert_table(
        &table(LATE, 5, 0),
        &[
            ["none", "accepted late", "tentative late", "declined late", "accepted late"],
            ["accepted", "unchanged", "tentative late", "cancelled late", "unchanged"],
            ["tentative", "accepted late", "tentative late", "declined late", "accepted late"],
            ["declined", "accepted late", "tentative late", "unchanged", "accepted late"],
            ["waiting", "accepted late", "tentative late", "declined late", "unchanged"],
            ["cancelled", "accepted late", "tentative late", "unchanged", "accepted late"],
            ["lapsed", "accepted late", "tentative late", "declined late", "accepted late"],
        ],
    );
}

#[test]
fn after_answers_close_a_yes_is_a_request_and_a_no_still_counts() {
    assert_table(
        &table(CLOSED, 5, 0),
        &[
            ["none", "request accepted", "request tentative", "declined late", "request waiting"],
            ["accepted", "unchanged", "request tentative", "cancelled late", "unchanged"],
            ["tentative", "request accepted", "request tentative", "declined late", "request waiting"],
            ["declined", "request accepted", "request tentative", "unchanged", "request waiting"],
            ["waiting", "request accepted", "request tentative", "declined late", "unchanged"],
            ["cancelled", "request accepted", "request tentative", "unchanged", "request waiting"],
            ["lapsed", "request accepted", "request tentative", "declined late", "request waiting"],
        ],
    );
}

#[test]
fn the_chair_closing_early_is_the_same_as_the_date() {
    let mut case = Case::of(None);
    case.event.state = EventState::Closed;

    assert_eq!(case.says(&YES, BEFORE), "request accepted");
    assert_eq!(case.says(&Given::Decline, BEFORE), "declined");
}

#[test]
fn t7_on_the_days_themselves_a_change_is_a_note_to_the_committee() {
    assert_eq!(
        Case::of(current(AnswerValue::Accepted)).says(&Given::Decline, ON_THE_DAY),
        "request cancelled"
    );
    assert_eq!(Case::of(None).says(&YES, ON_THE_DAY), "request accepted");
    assert_eq!(Case::of(None).says(&YES, OVER), "event-over");
}

#[test]
fn only_an_invited_person_of_a_live_event_can_answer() {
    use InvitationState as I;
    for (invitation, code) in [
        (I::Nominated, "not-invited"),
        (I::Refused, "not-invited"),
        (I::Listed, "not-invited"),
        (I::Reserve, "not-invited"),
        (I::Withdrawn, "withdrawn"),
        (I::Replaced, "withdrawn"),
    ] {
        assert_eq!(Case { invitation, ..Case::of(None) }.says(&YES, BEFORE), code);
    }
    for (state, code) in [
        (EventState::Draft, "event-not-open"),
        (EventState::Cancelled, "event-cancelled"),
        (EventState::Finished, "event-over"),
    ] {
        let mut case = Case::of(None);
        case.event.state = state;
        assert_eq!(case.says(&YES, BEFORE), code);
    }
}

#[test]
fn over_inviting_gives_the_seats_to_the_first_answers() {
    let mut free = Case::of(None);
    free.event.policy = SeatPolicy::OverInvite(30);
    let mut full = Case::full(None);
    full.event.policy = SeatPolicy::OverInvite(30);

    assert_eq!(free.says(&YES, BEFORE), "accepted");
    assert_eq!(full.says(&YES, BEFORE), "no-seat");
    assert_eq!(full.says(&WAIT, BEFORE), "waiting");
    assert_eq!(full.says(&MAYBE, BEFORE), "no-seat");
    assert_eq!(full.says(&Given::Decline, BEFORE), "declined");
}

#[test]
fn a_free_seat_belongs_to_whoever_waits_first() {
    let declined = Case { free: 1, waiting: 2, ..Case::of(current(AnswerValue::Declined)) };
    let mut first = Case { free: 1, waiting: 2, ..Case::of(current(AnswerValue::Waiting)) };
    assert_eq!(declined.says(&YES, BEFORE), "no-seat");
    assert_eq!(first.says(&YES, BEFORE), "no-seat");

    first.current = first.current.map(|c| Current { place: Some(1), ..c });

    assert_eq!(first.says(&YES, BEFORE), "accepted");
}

#[test]
fn cannot_say_yet_holds_the_seat_until_the_later_of_both_dates_but_not_past_the_close() {
    let held = |until: Option<&str>| {
        let given = Given::Tentative { reason: None, until: until.map(day) };
        match Case::of(None).decide(&given, By::Invitee, BEFORE) {
            Ok(Outcome::Recorded(decision)) => decision.held_until.unwrap().to_string(),
            other => format!("{other:?}"),
        }
    };

    assert_eq!(held(None), "2019-05-24");
    assert_eq!(held(Some("2019-05-20")), "2019-05-24");
    assert_eq!(held(Some("2019-06-05")), "2019-06-05");
    assert_eq!(
        Case::of(None).says(&Given::Tentative { reason: None, until: Some(day("2019-06-14")) }, BEFORE),
        "until-out-of-range"
    );
    assert_eq!(
        Case::of(None).says(&Given::Tentative { reason: None, until: Some(day("2019-05-13")) }, BEFORE),
        "until-out-of-range"
    );
}

#[test]
fn another_reason_with_the_same_day_is_another_answer() {
    let visa = Given::Tentative { reason: Some(TentativeReason::Visa), until: None };
    let standing =
        Current { reason: Some(TentativeReason::Funding), ..current(AnswerValue::Tentative).unwrap() };
    let case = Case::of(Some(standing));

    assert_eq!(case.says(&visa, BEFORE), "tentative");
    assert_eq!(case.says(&MAYBE, BEFORE), "unchanged", "no reason takes none back");
    let same = Current { reason: Some(TentativeReason::Visa), ..standing };
    assert_eq!(Case::of(Some(same)).says(&visa, BEFORE), "unchanged");
}

#[test]
fn after_answers_close_a_member_holds_a_seat_until_the_event_and_never_until_a_past_day() {
    let by = By::Committee { override_reason: None };
    let until = |day| Given::Tentative { reason: None, until: day };
    let held = |given: &Given| match Case::of(None).decide(given, by, CLOSED) {
        Ok(Outcome::Recorded(decision)) => decision.held_until,
        other => panic!("{other:?}"),
    };

    assert_eq!(held(&until(None)), Some(day("2019-06-20")));
    assert_eq!(held(&until(Some(day("2019-06-18")))), Some(day("2019-06-18")));
    let too_far = Case::of(None).decide(&until(Some(day("2019-06-21"))), by, CLOSED);
    assert_eq!(too_far, Err(AnswerRefused::UntilOutOfRange { latest: day("2019-06-20") }));
}

#[test]
fn an_event_can_ask_for_yes_or_no_alone() {
    let mut case = Case::of(None);
    case.event.tentative = false;

    assert_eq!(case.says(&MAYBE, BEFORE), "tentative-off");
}

#[test]
fn remote_seats_are_counted_apart() {
    let remote = Given::Accept { mode: Some(Mode::Remote) };
    let mut case = Case::full(current(AnswerValue::Accepted));
    assert_eq!(case.says(&remote, BEFORE), "remote-off");

    case.event.remote = Remote::Limited(1);

    assert_eq!(case.says(&remote, BEFORE), "accepted");
    let Ok(Outcome::Recorded(decision)) = case.decide(&remote, By::Invitee, BEFORE) else { unreachable!() };
    assert!(decision.frees_seat, "the seat in the room is free now");
}

#[test]
fn an_offer_taken_up_by_video_frees_the_seat_in_the_room() {
    let mut case = Case::of(None);
    case.event.remote = Remote::Limited(1);
    let remote = Given::Accept { mode: Some(Mode::Remote) };

    let Ok(Outcome::Recorded(decision)) = case.decide(&remote, By::Invitee, BEFORE) else { unreachable!() };

    assert!(decision.frees_seat);
}

#[test]
fn a_member_records_within_the_limit_and_beyond_it_with_a_reason() {
    let case = Case::full(current(AnswerValue::Declined));
    let plain = By::Committee { override_reason: None };
    let empty = By::Committee { override_reason: Some("  ") };
    let reasoned = By::Committee { override_reason: Some("speaker") };

    assert_eq!(case.decide(&YES, plain, BEFORE), Err(AnswerRefused::NoSeat));
    assert_eq!(case.decide(&YES, empty, BEFORE), Err(AnswerRefused::NoSeat));
    let Ok(Outcome::Recorded(decision)) = case.decide(&YES, reasoned, BEFORE) else { unreachable!() };
    assert!(decision.over_limit);
    let Ok(Outcome::Recorded(late)) = Case::of(None).decide(&YES, plain, CLOSED) else { unreachable!() };
    assert!(late.late, "after the close a member records for the committee");
}

#[test]
fn where_seats_are_not_looked_at_every_decision_is_the_same_with_none_and_with_many() {
    let events = [SeatPolicy::Hold, SeatPolicy::OverInvite(3)].into_iter().flat_map(|policy| {
        [Remote::Off, Remote::Limited(1)].map(|remote| Event { policy, remote, ..netconf() })
    });
    let mut independent = 0;
    for event in events {
        for value in std::iter::once(None).chain(ANSWER_VALUES.map(Some)) {
            let case = |free, waiting| Case {
                event: event.clone(),
                free,
                waiting,
                ..Case::of(value.and_then(current))
            };
            if case(5, 0).standing(&EventSeats::of(&event)).depends_on_seats() {
                continue;
            }
            independent += 1;
            let remote = Given::Accept { mode: Some(Mode::Remote) };
            for given in [YES, remote, MAYBE, WAIT, Given::Decline, Given::Cancel] {
                for (free, waiting) in [(0, 0), (0, 3), (5, 2), (-2, 0)] {
                    let words = |case: &Case| format!("{:?}", case.decide(&given, By::Invitee, BEFORE));
                    assert_eq!(words(&case(5, 0)), words(&case(free, waiting)), "{value:?} {given:?}");
                }
            }
        }
    }
    // Under "hold" without remote seats: no answer, accepted, tentative. Over-inviting: the latter two.
    assert_eq!(independent, 5);
}

#[test]
fn only_an_accepted_seat_can_be_given_back() {
    let by = By::Committee { override_reason: None };

    assert_eq!(Case::of(None).decide(&Given::Cancel, by, BEFORE), Err(AnswerRefused::NothingToCancel));
    let Ok(Outcome::Recorded(decision)) =
        Case::of(current(AnswerValue::Accepted)).decide(&Given::Cancel, by, BEFORE)
    else {
        unreachable!()
    };
    assert_eq!(decision.value, AnswerValue::Cancelled);
    assert!(decision.frees_seat && decision.flags_topics);
}

#[test]
fn an_answer_within_seconds_of_the_mail_counts_and_is_asked_about() {
    let suspicious = |case: &Case, given: &Given, now: &str| match case.decide(given, By::Invitee, now) {
        Ok(Outcome::Recorded(decision)) => decision.was_this_you,
        other => unreachable!("{other:?}"),
    };

    assert!(suspicious(&Case::of(None), &YES, "2019-05-01T00:00:02Z"));
    assert!(!suspicious(&Case::of(None), &YES, "2019-05-01T00:00:31Z"));
    let accepted = Case::of(current(AnswerValue::Accepted));
    assert!(suspicious(&accepted, &Given::Decline, "2019-05-01T00:00:09Z"));
    assert!(!suspicious(&accepted, &Given::Decline, "2019-05-01T00:00:11Z"));
}

#[test]
fn what_a_member_records_is_never_asked_about() {
    let by = By::Committee { override_reason: None };
    let case = Case::of(None);
    let asked = |by| match case.decide(&YES, by, "2019-05-01T00:00:05Z") {
        Ok(Outcome::Recorded(decision)) => decision.was_this_you,
        other => panic!("{other:?}"),
    };

    assert!(asked(By::Invitee));
    assert!(!asked(by));
}

#[test]
fn silence_lapses_after_the_date_and_only_where_the_event_says_so() {
    let lapses_at = |current: Option<Current>, lapse: bool, by_committee: bool, now: DateTime<Utc>| {
        let event = Event { lapse, ..netconf() };
        let standing = Standing {
            event: &event,
            invitation: InvitationState::Invited,
            offered: Mode::InPerson,
            reply_by: Some(day("2019-05-24")),
            current,
            seats: EventSeats::of(&event),
            handed_over_at: None,
        };
        lapses(&standing, by_committee, now)
    };
    let end = at("2019-05-25T04:00:00Z");
    let second = TimeDelta::seconds(1);

    assert!(!lapses_at(None, true, false, end - second));
    assert!(lapses_at(None, true, false, end));
    assert!(!lapses_at(None, false, false, end));
    assert!(lapses_at(None, false, true, end));
    assert!(lapses_at(current(AnswerValue::Tentative), true, false, end));
    for value in [AnswerValue::Accepted, AnswerValue::Declined, AnswerValue::Waiting, AnswerValue::Cancelled]
    {
        assert!(!lapses_at(current(value), true, true, end), "{value:?}");
    }
}

#[test]
fn forms_are_read_with_their_accepted_spellings() {
    let read = |answer: &str| Given::parse(answer, "", "", "").map(|given| given.wanted());

    for (spelling, value) in [
        ("accepted", AnswerValue::Accepted),
        ("yes", AnswerValue::Accepted),
        ("declined", AnswerValue::Declined),
        ("no", AnswerValue::Declined),
        ("tentative", AnswerValue::Tentative),
        ("waiting", AnswerValue::Waiting),
        ("wait", AnswerValue::Waiting),
        (" YES ", AnswerValue::Accepted),
    ] {
        assert_eq!(read(spelling), Ok(value), "{spelling}");
    }
    assert_eq!(read("perhaps"), Err(GivenError::Value));
    assert_eq!(Given::parse("yes", "flying", "", ""), Err(GivenError::Mode));
    assert_eq!(Given::parse("tentative", "", "mood", ""), Err(GivenError::Reason));
    assert_eq!(Given::parse("tentative", "", "", "soon"), Err(GivenError::Until));
}

/// Somebody who is to say again what they said.
fn asked_again(value: AnswerValue) -> Option<Current> {
    current(value).map(|current| Current { must_reconfirm: true, ..current })
}

#[test]
fn whoever_is_asked_again_says_it_again_also_after_closing() {
    let recorded = |case: &Case, given: &Given, now| match case.decide(given, By::Invitee, now) {
        Ok(Outcome::Recorded(decision)) => Some(decision),
        _ => None,
    };
    let yes = Given::Accept { mode: None };
    let accepted = Case::full(asked_again(AnswerValue::Accepted));

    for now in [BEFORE, CLOSED] {
        let decision = recorded(&accepted, &yes, now).unwrap();
        assert_eq!((decision.value, decision.frees_seat), (AnswerValue::Accepted, false), "{now}");
    }
    let tentative = Case::full(asked_again(AnswerValue::Tentative));
    let later = Given::Tentative { reason: None, until: None };
    assert!(recorded(&tentative, &later, BEFORE).is_some());
    assert!(recorded(&accepted, &Given::Decline, CLOSED).unwrap().frees_seat);
    let on_the_day = accepted.decide(&yes, By::Invitee, ON_THE_DAY);
    assert!(matches!(on_the_day, Ok(Outcome::Requested { .. })), "{on_the_day:?}");
}

#[test]
fn an_answer_that_was_said_again_is_late_after_the_day_given_for_that() {
    let mut case = Case::of(asked_again(AnswerValue::Accepted));
    let late = |case: &Case| match case.decide(&Given::Accept { mode: None }, By::Invitee, LATE) {
        Ok(Outcome::Recorded(decision)) => decision.late,
        other => panic!("{other:?}"),
    };

    case.event.reconfirm_by = Some(day("2019-06-05"));
    assert!(!late(&case));
    case.event.reconfirm_by = Some(day("2019-05-30"));
    assert!(late(&case));
}

#[test]
fn on_the_days_of_the_event_every_answer_is_a_note_even_where_answers_close_later() {
    let mut case = Case::of(None);
    case.event.answers_close = case.event.last_day;

    let given = [Given::Accept { mode: None }, Given::Wait { mode: None }, Given::Decline];
    for given in given.into_iter().chain([Given::Tentative { reason: None, until: None }]) {
        let outcome = case.decide(&given, By::Invitee, ON_THE_DAY);
        assert!(matches!(outcome, Ok(Outcome::Requested { .. })), "{given:?}: {outcome:?}");
    }
}

#[test]
fn a_tentative_seat_is_kept_until_the_day_for_saying_it_again() {
    let mut case = Case::of(asked_again(AnswerValue::Tentative));
    let seats = EventSeats::of(&case.event);
    assert!(lapses(&case.standing(&seats), false, at(LATE)));

    case.event.reconfirm_by = Some(day("2019-06-05"));
    assert!(!lapses(&case.standing(&seats), false, at(LATE)));
}
