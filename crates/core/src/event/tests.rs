#![expect(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::reserve::Backfill;

pub fn netconf() -> Event {
    Event {
        id: EventId::generate(),
        slug: Slug::parse("netconf-2019").unwrap(),
        state: EventState::Open,
        revision: 0,
        version: 0,
        title: "Linux Kernel Developers' Netconf 2019".into(),
        short_title: "Netconf 2019".into(),
        epigraph: String::new(),
        intro: String::new(),
        place: "Boston, MA".into(),
        zone: Tz::America__New_York,
        first_day: "2019-06-20".parse().unwrap(),
        last_day: "2019-06-21".parse().unwrap(),
        starts: None,
        ends: None,
        seats: Some(20),
        remote: Remote::Off,
        reply_to: "netconf@example.org".into(),
        answers_close: "2019-06-13".parse().unwrap(),
        topics_by: "2019-05-30".parse().unwrap(),
        policy: SeatPolicy::Hold,
        lapse: true,
        tentative: true,
        hold_minutes: 10,
        html_mail: false,
        calendar_rsvp: true,
        page: PageMode::Facts,
        page_order: PageOrder::List,
        sponsors: vec![],
        reminder_days: None,
        backfill: Backfill::default(),
        approval: false,
        cancelled_reason: String::new(),
        takes_nominations: false,
        changes: vec![],
        calendar_changes: 0,
        reconfirm_by: None,
        details_by: None,
        guests: false,
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn every_pair_of_state_and_move_is_in_the_table_or_refused() {
    use EventMove as M;
    use EventState as S;
    let allowed = [
        (S::Draft, M::Open, S::Open),
        (S::Open, M::Close, S::Closed),
        (S::Closed, M::Reopen, S::Open),
        (S::Draft, M::Cancel, S::Cancelled),
        (S::Open, M::Cancel, S::Cancelled),
        (S::Closed, M::Cancel, S::Cancelled),
        (S::Cancelled, M::Revive, S::Open),
        (S::Open, M::Finish, S::Finished),
        (S::Closed, M::Finish, S::Finished),
    ];
    let after_the_event = at("2019-06-23T00:00:00Z");

    for from in EVENT_STATES {
        for wanted in EVENT_MOVES {
            let event = Event { state: from, ..netconf() };

            let result = event.after(wanted, Some("a reason"), 2, after_the_event);

            let expected = allowed.iter().find(|(f, m, _)| (*f, *m) == (from, wanted)).map(|(_, _, to)| *to);
            assert_eq!(result.clone().ok(), expected, "{from:?} {wanted:?} gave {result:?}");
        }
    }
}

#[test]
fn opening_asks_for_what_is_missing() {
    let draft = Event { state: EventState::Draft, ..netconf() };
    let now = at("2019-04-01T00:00:00Z");
    let open = |event: &Event, members| event.after(EventMove::Open, None, members, now);

    assert_eq!(open(&draft, 1), Ok(EventState::Open));
    assert_eq!(
        open(&Event { title: String::new(), ..draft.clone() }, 1),
        Err(EventRefused::Missing("title"))
    );
    assert_eq!(open(&Event { seats: None, ..draft.clone() }, 1), Err(EventRefused::Missing("seats")));
    assert_eq!(
        open(&Event { reply_to: String::new(), ..draft.clone() }, 1),
        Err(EventRefused::Missing("reply_to"))
    );
    assert_eq!(open(&draft, 0), Err(EventRefused::Missing("at least one committee member")));
}

#[test]
fn reopening_and_reviving_need_a_reason() {
    let now = at("2019-04-01T00:00:00Z");
    for (state, wanted) in
        [(EventState::Closed, EventMove::Reopen), (EventState::Cancelled, EventMove::Revive)]
    {
        let event = Event { state, ..netconf() };

        assert_eq!(event.after(wanted, Some("  "), 1, now), Err(EventRefused::NoReason));
        assert_eq!(event.after(wanted, None, 1, now), Err(EventRefused::NoReason));
    }
}

#[test]
fn an_event_finishes_on_the_local_day_after_its_last() {
    let event = netconf();
    let last_minute = at("2019-06-22T03:59:59Z");

    assert_eq!(
        event.after(EventMove::Finish, None, 1, last_minute),
        Err(EventRefused::NotOver(event.last_day))
    );
    assert_eq!(event.after(EventMove::Finish, None, 1, at("2019-06-22T04:00:00Z")), Ok(EventState::Finished));
}

#[test]
fn every_key_reads_what_it_writes() {
    let event = netconf();
    let mut copy = event.clone();

    for (key, value) in event.settings() {
        copy.set(key, &value).unwrap();
    }

    assert_eq!(copy, event);
}

#[test]
fn keys_refuse_with_a_sentence_that_says_what_to_type() {
    for (key, value, part) in [
        ("zone", "Boston", "Europe/Prague"),
        ("from", "20.6.2019", "2019-06-20"),
        ("seats", "many", "whole number"),
        ("seats", "-1", "whole number"),
        ("starts", "9am", "09:30"),
        ("policy", "strict", "hold or over-invite"),
        ("page", "draft", "off, facts or full"),
        ("lapse", "perhaps", "yes or no"),
        ("reply_to", "nobody", "@"),
        ("title", "", ""),
        ("colour", "red", "settings are"),
    ] {
        let error = netconf().set(key, value).unwrap_err().to_string();

        assert!(error.contains(part), "{key}={value}: {error}");
    }
}

#[test]
fn days_in_the_wrong_order_are_refused() {
    let mut event = netconf();
    event.set("to", "2019-06-19").unwrap();

    assert!(event.check().unwrap_err().to_string().starts_with("to: "));
    event.set("to", "2019-06-21").unwrap();
    event.set("answers_close", "2019-07-01").unwrap();
    assert!(event.check().unwrap_err().to_string().starts_with("answers_close: "));
}

#[test]
fn a_wave_waits_a_day_at_most() {
    let mut event = netconf();
    event.set("hold", "1440").unwrap();
    assert_eq!(event.hold_minutes, 1440);
    let refused = event.set("hold", "1441").unwrap_err().to_string();
    assert!(refused.contains("from 0 to 1440"), "{refused}");
}
