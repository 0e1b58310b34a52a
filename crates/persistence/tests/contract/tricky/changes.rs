//! Closing, moving, cancelling, and what follows a yes (T6, T7, T19-T21).

use chrono::TimeDelta;
use conclave_core::answer::{AnswerRefused, AnswerValue, Given, Outcome, Via};
use conclave_core::event::{Event, EventMove, EventState};
use conclave_core::ids::{EventId, InvitationId};
use conclave_core::invitation::DetailsRefused;
use conclave_core::log_entry::Actor;
use conclave_core::message::{MessageState, Reach};
use conclave_core::purpose::Purpose;
use conclave_persistence::{
    Announce, Announcement, AnswerExtras, Answered, Details, EventChangeRefused, ListQuery, Mailing,
    OutboxQuery, Sent, Store,
};
use conclave_test_support::builders::{add_event, add_listed, at, now};
use conclave_test_support::{TestDb, both_databases};

use crate::{number, refused, text};

const YES: Given = Given::Accept { mode: None };
const LATER: Given = Given::Tentative { reason: None, until: None };

/// Invited by other means, with an address to write to.
async fn invited(store: &Store, event: EventId, email: &str) -> InvitationId {
    let id = add_listed(store, event, email).await.id;
    store.invite_by_other_means(id, &Actor::Operator, now()).await.unwrap();
    id
}

async fn says(store: &Store, who: InvitationId, given: &Given, when: &str) -> Answered {
    store.record_answer(who, given, &AnswerExtras::default(), Via::Page, at(when)).await.unwrap()
}

async fn answer_of(store: &Store, who: InvitationId) -> (Option<AnswerValue>, bool) {
    let read = store.invitation_by_id(who).await.unwrap().unwrap();
    (read.answer, read.reconfirm_since.is_some())
}

fn settings<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn moved(note: &str) -> Announce {
    Announce {
        is_move: true,
        note: note.to_owned(),
        reconfirm_by: Some(at("2019-05-20T00:00:00Z").date_naive()),
        mailing: mailed(),
    }
}

fn mailed() -> Mailing {
    Mailing { mail: true, with_declined: false, hold: TimeDelta::zero() }
}

async fn change(
    store: &Store,
    event: EventId,
    what: &[(String, String)],
    how: &Announce,
    when: &str,
) -> Event {
    store.change_event(event, None, what, how, &Actor::Operator, at(when)).await.unwrap()
}

/// Who was written to for this purpose, by name.
async fn written_to(store: &Store, event: EventId, purpose: Purpose) -> Vec<(String, MessageState)> {
    let query = OutboxQuery { event: Some(event), purpose: Some(purpose), ..OutboxQuery::default() };
    let rows = store.messages(&query).await.unwrap().rows;
    let mut names: Vec<_> = rows.into_iter().map(|row| (row.to_name, row.state)).collect();
    names.sort_by(|a, b| a.0.cmp(&b.0));
    names
}

fn names(written: &[(String, MessageState)]) -> Vec<&str> {
    written.iter().map(|(name, _)| name.as_str()).collect()
}

/// The stored facts of the newest mail of a purpose to somebody.
async fn facts(db: &TestDb, purpose: &str, email: &str) -> String {
    text(
        db,
        &format!(
            "SELECT facts FROM messages WHERE purpose = '{purpose}' AND to_address = '{email}' \
             ORDER BY created_at DESC, id DESC LIMIT 1"
        ),
    )
    .await
}

/// Sends everything that is due; `refused` bounces at the relay.
async fn send_all(store: &Store, refused: &str, when: &str) {
    let claimed = store.claim("worker", 50, TimeDelta::minutes(3), TimeDelta::minutes(15), at(when)).await;
    for message in claimed.unwrap() {
        let sent = if message.to_address == refused {
            Sent::Failed { code: "5.1.1".to_owned(), words: "no such user".to_owned(), address_dead: true }
        } else {
            Sent::HandedOver { code: "250".to_owned(), words: "ok".to_owned() }
        };
        store.mark_sent(message.id, "worker", &sent, at(when)).await.unwrap();
    }
}

async fn told(store: &Store, event: &Event, number: u32) -> Announcement {
    store.announcement(event, number).await.unwrap().unwrap()
}

both_databases! {
    async fn t19_a_changed_date_asks_everybody_with_a_seat_again_and_keeps_their_seats(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let aiko = invited(&store, event, "aiko@example.org").await;
        let ben = invited(&store, event, "ben@example.org").await;
        let cora = invited(&store, event, "cora@example.org").await;
        let _dana = invited(&store, event, "dana@example.org").await;
        says(&store, aiko, &YES, "2019-04-02T12:00:00Z").await;
        says(&store, ben, &LATER, "2019-04-02T12:00:00Z").await;
        says(&store, cora, &Given::Decline, "2019-04-02T12:00:00Z").await;
        let days = settings([("details_by", "2019-06-01"), ("backfill", "automatic"), ("backfill_until", "2019-06-05")]);
        store.set_event(event, None, &days, &Actor::Operator, now()).await.unwrap();
        let later = settings([("from", "2019-06-27"), ("to", "2019-06-28"), ("place", "Toronto")]);

        let unsaid = store.set_event(event, None, &later, &Actor::Operator, now()).await;
        assert_eq!(refused(unsaid), EventChangeRefused::MoveOrSmall("new date and place".to_owned()));
        let after = change(&store, event, &later, &moved("The venue lost its roof."), "2019-04-03T12:00:00Z").await;

        assert_eq!((after.revision, after.calendar_changes), (1, 1));
        assert_eq!(after.answers_close.to_string(), "2019-06-20", "the deadlines come along");
        let days = [after.details_by, after.backfill.until].map(|day| day.unwrap().to_string());
        assert_eq!(days, ["2019-06-08", "2019-06-12"], "and so do those that may be absent");
        assert_eq!(answer_of(&store, aiko).await, (Some(AnswerValue::Accepted), true));
        assert_eq!(answer_of(&store, ben).await, (Some(AnswerValue::Tentative), true));
        assert_eq!(answer_of(&store, cora).await, (Some(AnswerValue::Declined), false));
        let seats = store.seats(&after).await.unwrap().in_person;
        assert_eq!((seats.accepted, seats.tentative, seats.open), (1, 1, 1));
        let query = ListQuery { asked_again: true, ..ListQuery::default() };
        assert_eq!(store.list(event, &query).await.unwrap().matching, 2);
        assert_eq!(names(&written_to(&store, event, Purpose::Change).await), ["aiko", "ben", "dana"]);
        let mail = facts(&db, "change", "aiko@example.org").await;
        for part in ["Thu 20 - Fri 21 June 2019", "Thu 27 - Fri 28 June 2019", "\"is\":\"Toronto\"", "lost its roof"] {
            assert!(mail.contains(part), "{part}: {mail}");
        }

        says(&store, aiko, &YES, "2019-04-04T12:00:00Z").await;
        assert_eq!(answer_of(&store, aiko).await, (Some(AnswerValue::Accepted), false));
        let again = says(&store, aiko, &YES, "2019-04-04T12:01:00Z").await;
        assert_eq!(again.outcome, Outcome::Unchanged);
        assert_eq!(number(&db, "SELECT CAST(event_revision AS bigint) FROM answers WHERE number = 2").await, 1);
        says(&store, ben, &Given::Decline, "2019-04-04T12:00:00Z").await;
        assert_eq!(answer_of(&store, ben).await, (Some(AnswerValue::Declined), false));
    }

    async fn t19_the_calendar_entry_keeps_its_name_and_grows_by_one_with_each_file(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let aiko = invited(&store, event, "aiko@example.org").await;
        let entry = |facts: &str| {
            let calendar: serde_json::Value = serde_json::from_str(facts).unwrap();
            let calendar = &calendar["calendar"];
            let part = |key: &str| calendar[key].as_str().unwrap().to_owned();
            (part("uid"), calendar["sequence"].as_u64().unwrap(), part("start"), part("status"))
        };

        says(&store, aiko, &YES, "2019-04-02T12:00:00Z").await;
        let first = entry(&facts(&db, "receipt", "aiko@example.org").await);
        let later = settings([("from", "2019-06-27"), ("to", "2019-06-28")]);
        change(&store, event, &later, &moved(""), "2019-04-03T12:00:00Z").await;
        let update = entry(&facts(&db, "change", "aiko@example.org").await);
        says(&store, aiko, &YES, "2019-04-04T12:00:00Z").await;
        let confirmed = entry(&facts(&db, "receipt", "aiko@example.org").await);
        store.cancel_event(event, "no venue", &mailed(), &Actor::Operator, at("2019-04-05T12:00:00Z")).await.unwrap();
        let cancelled = entry(&facts(&db, "cancellation", "aiko@example.org").await);

        let all = [&first, &update, &confirmed, &cancelled];
        assert_eq!(all.map(|entry| entry.1), [0, 1, 2, 3]);
        assert!(all.iter().all(|entry| entry.0 == first.0));
        assert_eq!(all.map(|entry| entry.2.as_str()), ["20190620", "20190627", "20190627", "20190627"]);
        assert_eq!(all.map(|entry| entry.3.as_str()), ["CONFIRMED", "CONFIRMED", "CONFIRMED", "CANCELLED"]);
    }

    async fn t19_the_declined_are_asked_anew_by_choice_and_who_looked_at_the_old_dates_answers_again(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let cora = invited(&store, event, "cora@example.org").await;
        says(&store, cora, &Given::Decline, "2019-04-02T12:00:00Z").await;
        let how = Announce { mailing: Mailing { with_declined: true, ..mailed() }, ..moved("") };

        change(&store, event, &settings([("place", "Toronto")]), &how, "2019-04-03T12:00:00Z").await;

        assert_eq!(names(&written_to(&store, event, Purpose::Change).await), ["cora"]);
        let shown = |revision| AnswerExtras { revision: Some(revision), ..AnswerExtras::default() };
        let when = at("2019-04-03T12:01:00Z");
        let old = store.record_answer(cora, &YES, &shown(0), Via::Page, when).await;
        assert_eq!(refused(old), AnswerRefused::ChangedMeanwhile);
        store.record_answer(cora, &YES, &shown(1), Via::Page, when).await.unwrap();
        assert_eq!(answer_of(&store, cora).await, (Some(AnswerValue::Accepted), false));
    }

    async fn t19_a_second_move_before_the_mail_left_is_told_in_one_mail_from_the_first_place(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let aiko = invited(&store, event, "aiko@example.org").await;
        says(&store, aiko, &YES, "2019-04-02T12:00:00Z").await;
        send_all(&store, "", "2019-04-02T12:01:00Z").await;
        let held = Announce { mailing: Mailing { hold: TimeDelta::minutes(10), ..mailed() }, ..moved("") };
        let small = Announce { is_move: false, ..held.clone() };

        change(&store, event, &settings([("place", "Toronto")]), &held, "2019-04-03T12:00:00Z").await;
        let after = change(&store, event, &settings([("place", "Montreal")]), &small, "2019-04-03T12:05:00Z").await;

        let states: Vec<_> = written_to(&store, event, Purpose::Change).await.into_iter().map(|(_, state)| state).collect();
        assert!(states.contains(&MessageState::Dropped) && states.contains(&MessageState::Held), "{states:?}");
        let mail = facts(&db, "change", "aiko@example.org").await;
        assert!(mail.contains("\"was\":\"Boston, MA\",\"is\":\"Montreal\""), "{mail}");
        assert!(mail.contains("\"asks_again\":true"), "of the move that nobody has heard of yet: {mail}");
        let stopped = store.stop_change(event, 2, &Actor::Operator, at("2019-04-03T12:06:00Z")).await.unwrap();
        assert_eq!((stopped, told(&store, &after, 2).await.count(Reach::Unreached)), (1, 1));
        let sent = store.mail_change(event, 2, &mailed(), &Actor::Operator, at("2019-04-03T12:07:00Z")).await.unwrap();
        send_all(&store, "", "2019-04-03T12:08:00Z").await;
        assert_eq!((sent, told(&store, &after, 2).await.count(Reach::HandedOver)), (1, 1));
        let again = store.mail_change(event, 2, &mailed(), &Actor::Operator, at("2019-04-03T12:09:00Z")).await.unwrap();
        assert_eq!(again, 0, "nobody is written to twice");
    }

    async fn t19_moving_a_closed_list_opens_it(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        invited(&store, event, "aiko@example.org").await;
        store.move_event(event, EventMove::Close, None, &Actor::Operator, now()).await.unwrap();
        let later = settings([("from", "2019-06-27"), ("to", "2019-06-28")]);

        let after = change(&store, event, &later, &moved(""), "2019-04-03T12:00:00Z").await;

        assert_eq!(after.state, EventState::Open);
        let entry = "SELECT count(*) FROM log_entries WHERE action = 'event.reopened' AND reason = 'the event was moved'";
        assert_eq!(number(&db, entry).await, 1);
    }

    async fn t20_a_small_change_is_shown_and_mailed_and_asks_nobody_again(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let aiko = invited(&store, event, "aiko@example.org").await;
        says(&store, aiko, &YES, "2019-04-02T12:00:00Z").await;
        let quiet = Announce { is_move: false, note: String::new(), reconfirm_by: None, mailing: Mailing::none() };
        let hours = settings([("starts", "09:30"), ("ends", "17:00")]);

        let after = change(&store, event, &hours, &quiet, "2019-04-03T12:00:00Z").await;

        assert_eq!((after.revision, answer_of(&store, aiko).await.1), (0, false));
        assert!(written_to(&store, event, Purpose::Change).await.is_empty());
        let shown = after.changed_since(at("2019-04-02T12:00:00Z"));
        assert_eq!((shown.len(), shown[0].is.as_str()), (1, "09:30 - 17:00"));
        let loud = Announce { mailing: mailed(), ..quiet };
        change(&store, event, &settings([("place", "Boston, room 5")]), &loud, "2019-04-03T13:00:00Z").await;
        assert_eq!(names(&written_to(&store, event, Purpose::Change).await), ["aiko"]);
        assert!(facts(&db, "change", "aiko@example.org").await.contains("\"asks_again\":false"));
    }

    async fn t21_a_cancelled_event_drops_what_waits_and_lists_the_unreached_first(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        for name in ["aiko", "ben", "cora", "dana"] {
            invited(&store, event, &format!("{name}@example.org")).await;
        }
        let who = async |name: &str| store.invitation(event, &format!("{name}@example.org")).await.unwrap().unwrap().id;
        says(&store, who("aiko").await, &YES, "2019-04-02T12:00:00Z").await;
        says(&store, who("cora").await, &Given::Decline, "2019-04-02T12:00:00Z").await;

        let why = "The venue lost its roof.";
        let after = store.cancel_event(event, why, &mailed(), &Actor::Operator, at("2019-04-03T12:00:00Z")).await.unwrap();

        assert_eq!(after.state, EventState::Cancelled);
        assert!(written_to(&store, event, Purpose::Receipt).await.iter().all(|(_, state)| *state == MessageState::Dropped));
        assert_eq!(names(&written_to(&store, event, Purpose::Cancellation).await), ["aiko", "ben", "dana"]);
        assert!(facts(&db, "cancellation", "ben@example.org").await.contains(why));
        send_all(&store, "dana@example.org", "2019-04-03T12:01:00Z").await;
        let told = told(&store, &after, 1).await;
        let fates: Vec<_> = told.people.iter().map(|told| (told.name.as_str(), told.reach)).collect();
        assert_eq!(fates, [("dana", Reach::Unreached), ("aiko", Reach::HandedOver), ("ben", Reach::HandedOver)]);
        assert_eq!(told.people[0].words, "no such user");
        let list = ListQuery { unreached: true, ..ListQuery::default() };
        assert_eq!(store.list(event, &list).await.unwrap().rows[0].name, "dana");
    }

    async fn t21_the_declined_hear_of_a_cancellation_on_request_and_a_draft_tells_nobody(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let cora = invited(&store, event, "cora@example.org").await;
        says(&store, cora, &Given::Decline, "2019-04-02T12:00:00Z").await;
        let everybody = Mailing { with_declined: true, ..mailed() };

        store.cancel_event(event, "no venue", &everybody, &Actor::Operator, at("2019-04-03T12:00:00Z")).await.unwrap();

        assert_eq!(names(&written_to(&store, event, Purpose::Cancellation).await), ["cora"]);
    }

    async fn t21_an_event_that_takes_place_after_all_asks_everybody_again_and_forgets_the_notice(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let aiko = invited(&store, event, "aiko@example.org").await;
        says(&store, aiko, &YES, "2019-04-02T12:00:00Z").await;
        let held = Mailing { hold: TimeDelta::minutes(10), ..mailed() };
        store.cancel_event(event, "no venue", &held, &Actor::Operator, at("2019-04-03T12:00:00Z")).await.unwrap();

        let after = store
            .revive_event(event, "found one", None, &mailed(), &Actor::Operator, at("2019-04-03T12:05:00Z"))
            .await
            .unwrap();

        assert_eq!((after.state, after.revision), (EventState::Open, 1));
        assert_eq!(answer_of(&store, aiko).await, (Some(AnswerValue::Accepted), true));
        let fate = written_to(&store, event, Purpose::Cancellation).await;
        assert_eq!(fate, [("aiko".to_owned(), MessageState::Dropped)]);
        assert!(facts(&db, "change", "aiko@example.org").await.contains("\"kind\":\"revived\""));
    }

    async fn a_round_without_a_change_asks_whoever_has_a_seat_and_drops_the_mail_of_the_quick(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let aiko = invited(&store, event, "aiko@example.org").await;
        let ben = invited(&store, event, "ben@example.org").await;
        invited(&store, event, "cora@example.org").await;
        says(&store, aiko, &YES, "2019-04-02T12:00:00Z").await;
        says(&store, ben, &YES, "2019-04-02T12:00:00Z").await;
        send_all(&store, "", "2019-04-02T12:01:00Z").await;
        let by = at("2019-06-01T00:00:00Z").date_naive();
        let held = Mailing { hold: TimeDelta::minutes(10), ..mailed() };
        let past = at("2019-03-01T00:00:00Z").date_naive();

        let refusal = store.ask_to_reconfirm(event, past, "", &held, &Actor::Operator, at("2019-05-20T12:00:00Z")).await;
        assert!(matches!(refused(refusal), EventChangeRefused::Key(_)));
        let after = store.ask_to_reconfirm(event, by, "", &held, &Actor::Operator, at("2019-05-20T12:00:00Z")).await.unwrap();

        assert_eq!((after.revision, after.reconfirm_by), (0, Some(by)));
        says(&store, ben, &YES, "2019-05-20T12:05:00Z").await;
        send_all(&store, "", "2019-05-20T12:15:00Z").await;
        let fate = written_to(&store, event, Purpose::Reconfirm).await;
        assert_eq!(
            fate,
            [("aiko".to_owned(), MessageState::HandedOver), ("ben".to_owned(), MessageState::Dropped)]
        );
        let asked = ListQuery { asked_again: true, ..ListQuery::default() };
        let silent = store.list(event, &asked).await.unwrap().rows;
        assert_eq!(silent.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["aiko"]);
    }
}

both_databases! {
    async fn t6_after_closing_an_answer_waits_for_the_committee_and_touches_nobody_else(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let aiko = invited(&store, event, "aiko@example.org").await;
        let ben = invited(&store, event, "ben@example.org").await;
        let cora = invited(&store, event, "cora@example.org").await;
        says(&store, cora, &YES, "2019-04-02T12:00:00Z").await;
        store.move_event(event, EventMove::Close, None, &Actor::Operator, now()).await.unwrap();
        let others = async || (answer_of(&store, ben).await, answer_of(&store, cora).await);
        let before = others().await;

        let wish = says(&store, aiko, &YES, "2019-04-03T12:00:00Z").await;

        assert!(matches!(wish.outcome, Outcome::Requested { wanted: AnswerValue::Accepted, .. }));
        assert_eq!(answer_of(&store, aiko).await.0, None);
        let requests = store.open_requests(event).await.unwrap();
        assert_eq!((requests.len(), requests[0].invitation), (1, aiko));
        let by = Actor::Operator;
        store.decide_request(event, requests[0].id, true, None, &by, at("2019-04-03T13:00:00Z")).await.unwrap();
        assert_eq!(answer_of(&store, aiko).await.0, Some(AnswerValue::Accepted));
        assert_eq!(others().await, before);
        says(&store, ben, &YES, "2019-04-03T14:00:00Z").await;
        let request = store.open_requests(event).await.unwrap().remove(0);
        store.turn_down_request(event, request.id, true, &by, at("2019-04-03T15:00:00Z")).await.unwrap();
        assert_eq!(others().await, before);
        assert_eq!(names(&written_to(&store, event, Purpose::RequestDeclined).await), ["ben"]);
    }

    async fn t2_a_seat_is_given_back_after_closing_without_asking(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let aiko = invited(&store, event, "aiko@example.org").await;
        says(&store, aiko, &YES, "2019-04-02T12:00:00Z").await;
        store.move_event(event, EventMove::Close, None, &Actor::Operator, now()).await.unwrap();

        let gone = says(&store, aiko, &Given::Decline, "2019-04-03T12:00:00Z").await;

        assert!(matches!(gone.outcome, Outcome::Recorded(_)));
        assert_eq!(answer_of(&store, aiko).await.0, Some(AnswerValue::Cancelled));
        assert!(store.open_requests(event).await.unwrap().is_empty());
    }

    async fn t7_on_the_days_of_the_event_an_answer_is_a_note_to_the_committee(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let aiko = invited(&store, event, "aiko@example.org").await;
        let ben = invited(&store, event, "ben@example.org").await;
        says(&store, aiko, &YES, "2019-04-02T12:00:00Z").await;
        let until_the_end = settings([("answers_close", "2019-06-21")]);
        store.set_event(event, None, &until_the_end, &Actor::Operator, now()).await.unwrap();

        for (who, given) in [(aiko, Given::Decline), (ben, YES), (ben, LATER)] {
            let note = says(&store, who, &given, "2019-06-20T12:00:00Z").await;
            assert!(matches!(note.outcome, Outcome::Requested { .. }), "{given:?}: {:?}", note.outcome);
        }

        assert_eq!(answer_of(&store, aiko).await.0, Some(AnswerValue::Accepted));
        assert_eq!(answer_of(&store, ben).await.0, None);
        let wanted: Vec<_> = store.open_requests(event).await.unwrap().into_iter().map(|wish| wish.wanted).collect();
        assert_eq!(wanted, [AnswerValue::Cancelled, AnswerValue::Tentative]);
    }
}

both_databases! {
    async fn t38_attending_a_part_is_a_yes_with_a_few_words_that_are_printed_if_they_are_listed(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let aiko = invited(&store, event.id, "aiko@example.org").await;
        let ben = invited(&store, event.id, "ben@example.org").await;
        for (who, listed) in [(aiko, true), (ben, false)] {
            says(&store, who, &YES, "2019-04-02T12:00:00Z").await;
            let part = Some("Thursday only".to_owned());
            let details = Details { part, listed: Some(listed), ..Details::default() };
            store.set_details(who, &details, now()).await.unwrap();
        }

        let page = store.public_page(&event, true).await.unwrap();

        assert_eq!(answer_of(&store, aiko).await.0, Some(AnswerValue::Accepted));
        let printed: Vec<_> = page.people.iter().map(|person| person.printed()).collect();
        assert_eq!(printed, ["aiko (Thursday only)"]);
        assert_eq!(store.seats(&event).await.unwrap().in_person.accepted, 2);
    }

    async fn t39_somebody_to_bring_is_a_note_and_takes_a_seat_only_where_guests_are_allowed(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let three = settings([("seats", "3")]);
        let event = store.set_event(event.id, None, &three, &Actor::Operator, now()).await.unwrap();
        let aiko = invited(&store, event.id, "aiko@example.org").await;
        says(&store, aiko, &YES, "2019-04-02T12:00:00Z").await;
        let brings = |guests| Details { guests: Some(guests), ..Details::default() };

        store.set_details(aiko, &brings(1), now()).await.unwrap();
        let taken = async |event: &Event| {
            let one = store.seats(event).await.unwrap().in_person.accepted;
            let list = store.list(event.id, &ListQuery::default()).await.unwrap();
            assert_eq!(list.counted.seats(event).in_person.accepted, one, "alike on every screen");
            one
        };
        assert_eq!(taken(&event).await, 1);
        let allowed = settings([("guests", "yes")]);
        let event = store.set_event(event.id, None, &allowed, &Actor::Operator, now()).await.unwrap();
        assert_eq!(taken(&event).await, 2);

        let too_many = store.set_details(aiko, &brings(3), now()).await;
        assert_eq!(refused(too_many), DetailsRefused::NoSeatForGuests);
        store.set_details(aiko, &brings(2), now()).await.unwrap();
        assert_eq!(taken(&event).await, 3);
    }

    async fn t39_whoever_gets_a_seat_again_brings_no_more_than_there_is_room_for(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let allowed = settings([("seats", "3"), ("guests", "yes")]);
        let event = store.set_event(event.id, None, &allowed, &Actor::Operator, now()).await.unwrap();
        let aiko = invited(&store, event.id, "aiko@example.org").await;
        let brings = |guests| Details { guests: Some(guests), ..Details::default() };
        says(&store, aiko, &YES, "2019-04-02T12:00:00Z").await;
        store.set_details(aiko, &brings(2), now()).await.unwrap();
        says(&store, aiko, &Given::Decline, "2019-04-02T13:00:00Z").await;
        let ben = invited(&store, event.id, "ben@example.org").await;
        says(&store, ben, &YES, "2019-04-02T14:00:00Z").await;

        // Two seats are free: their own, and one for somebody they bring.
        says(&store, aiko, &YES, "2019-04-02T15:00:00Z").await;

        let seats = store.seats(&event).await.unwrap().in_person;
        assert_eq!((seats.accepted, seats.over()), (3, 0));
        assert_eq!(store.invitation_by_id(aiko).await.unwrap().unwrap().guests, 1);
        let log = store.log(event.id, None, 0).await.unwrap();
        assert_eq!(log[0].after, "accepted, brings 1 of 2, by page");

        // The same when the waiting list gives a seat.
        says(&store, aiko, &Given::Decline, "2019-04-02T16:00:00Z").await;
        let cora = invited(&store, event.id, "cora@example.org").await;
        says(&store, cora, &YES, "2019-04-02T17:00:00Z").await;
        let full = settings([("seats", "2")]);
        let event = store.set_event(event.id, None, &full, &Actor::Operator, now()).await.unwrap();
        says(&store, aiko, &Given::Wait { mode: None }, "2019-04-02T18:00:00Z").await;
        says(&store, ben, &Given::Decline, "2019-04-02T19:00:00Z").await;
        let seats = store.seats(&event).await.unwrap().in_person;
        assert_eq!((seats.accepted, seats.over()), (2, 0));
    }
}
