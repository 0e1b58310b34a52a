//! Answers: what is written with one, and who gets the last seat.

use std::future::Future as _;
use std::task::{Context, Waker};

use chrono::TimeDelta;
use conclave_core::answer::{AnswerRefused, AnswerValue, Given, Outcome, TentativeReason, Via};
use conclave_core::event::Event;
use conclave_core::ids::InvitationId;
use conclave_core::invitation::DetailsRefused;
use conclave_core::link_token::LinkKind;
use conclave_core::log_entry::Actor;
use conclave_core::message::MessageState;
use conclave_core::purpose::Purpose;
use conclave_persistence::{AnswerExtras, Details, OnBehalf, OutboxQuery, Store, StoreError, WriteError};
use conclave_test_support::builders::{add_event, at, now};
use conclave_test_support::{TestDb, both_databases};

use sea_orm::{ConnectionTrait as _, Database};

use crate::people::{invite, person, wave};
use crate::{number, refused};

const YES: Given = Given::Accept { mode: None };
const WAIT: Given = Given::Wait { mode: None };

async fn seats(store: &Store, event: &Event, seats: &str, over_invite: &str) -> Event {
    let settings =
        [("seats".to_owned(), seats.to_owned()), ("over_invite".to_owned(), over_invite.to_owned())];
    store.set_event(event.id, None, &settings, &Actor::Operator, now()).await.unwrap()
}

async fn say(store: &Store, who: InvitationId, given: &Given) -> Result<Outcome, AnswerRefused> {
    match store.record_answer(who, given, &AnswerExtras::default(), Via::Page, now()).await {
        Ok(answered) => Ok(answered.outcome),
        Err(conclave_persistence::WriteError::Refused(refused)) => Err(refused),
        Err(conclave_persistence::WriteError::Store(error)) => panic!("{error:?}"),
    }
}

async fn receipts(store: &Store, event: &Event) -> Vec<String> {
    let query =
        OutboxQuery { event: Some(event.id), purpose: Some(Purpose::Receipt), ..OutboxQuery::default() };
    store.messages(&query).await.unwrap().rows.into_iter().map(|row| row.to_name).collect()
}

both_databases! {
    async fn an_answer_is_written_with_its_log_entry_and_its_receipt(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];

        let outcome = say(&store, who, &YES).await.unwrap();

        assert!(matches!(outcome, Outcome::Recorded(_)));
        let found = store.invitation_by_id(who).await.unwrap().unwrap();
        assert_eq!(found.answer, Some(AnswerValue::Accepted));
        assert_eq!(store.seats(&event).await.unwrap().in_person.accepted, 1);
        assert_eq!(receipts(&store, &event).await, ["Person 1"]);
        let log = store.log(event.id, None, 0).await.unwrap();
        assert!(log.iter().any(|line| line.action == "answer.recorded" && line.actor == "invitee"));
    }

    async fn saying_the_same_twice_changes_nothing_and_mails_nothing(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        say(&store, who, &YES).await.unwrap();
        let entries = store.log(event.id, None, 0).await.unwrap().len();

        let outcome = say(&store, who, &YES).await.unwrap();

        assert_eq!(outcome, Outcome::Unchanged);
        assert_eq!(receipts(&store, &event).await.len(), 1);
        assert_eq!(store.answers(who).await.unwrap().len(), 1);
        assert_eq!(store.log(event.id, None, 0).await.unwrap().len(), entries);
    }

    async fn a_change_of_mind_keeps_the_history(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];

        for given in [YES, Given::Decline, YES] {
            say(&store, who, &given).await.unwrap();
        }

        let values: Vec<_> = store.answers(who).await.unwrap().into_iter().map(|answer| answer.value).collect();
        assert_eq!(values, [AnswerValue::Accepted, AnswerValue::Cancelled, AnswerValue::Accepted]);
        assert_eq!(receipts(&store, &event).await.len(), 3);
    }

    async fn the_waiting_list_moves_when_a_seat_is_given_back(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let event = seats(&store, &event, "1", "2").await;
        let people = invite(&store, &event, 3).await;
        say(&store, people[0], &YES).await.unwrap();
        assert_eq!(say(&store, people[1], &YES).await, Err(AnswerRefused::NoSeat));
        say(&store, people[1], &WAIT).await.unwrap();
        say(&store, people[2], &WAIT).await.unwrap();
        assert_eq!(store.invitation_by_id(people[2]).await.unwrap().unwrap().place_in_line, Some(2));

        say(&store, people[0], &Given::Decline).await.unwrap();

        let first = store.invitation_by_id(people[1]).await.unwrap().unwrap();
        let second = store.invitation_by_id(people[2]).await.unwrap().unwrap();
        assert_eq!(first.answer, Some(AnswerValue::Accepted));
        assert_eq!((second.answer, second.place_in_line), (Some(AnswerValue::Waiting), Some(1)));
        let query = OutboxQuery { purpose: Some(Purpose::SeatFreed), ..OutboxQuery::default() };
        let mails = store.messages(&query).await.unwrap().rows;
        assert_eq!(mails.iter().map(|mail| mail.to_name.as_str()).collect::<Vec<_>>(), ["Person 2"]);
    }

    async fn raising_the_seats_moves_the_waiting_list(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let event = seats(&store, &event, "1", "2").await;
        let people = invite(&store, &event, 2).await;
        say(&store, people[0], &YES).await.unwrap();
        say(&store, people[1], &WAIT).await.unwrap();

        seats(&store, &event, "2", "2").await;

        let second = store.invitation_by_id(people[1]).await.unwrap().unwrap();
        assert_eq!(second.answer, Some(AnswerValue::Accepted));
    }

    async fn eighty_posts_for_ten_seats_seat_exactly_ten(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let event = seats(&store, &event, "10", "30").await;
        let people = invite(&store, &event, 40).await;
        let posts = people.iter().chain(&people).map(|who| {
            let (store, who) = (store.clone(), *who);
            tokio::spawn(async move { say(&store, who, &YES).await })
        });

        let mut outcomes = Vec::new();
        for post in posts.collect::<Vec<_>>() {
            outcomes.push(post.await.unwrap());
        }

        let recorded = outcomes.iter().filter(|o| matches!(o, Ok(Outcome::Recorded(_)))).count();
        let unchanged = outcomes.iter().filter(|o| matches!(o, Ok(Outcome::Unchanged))).count();
        let full = outcomes.iter().filter(|o| matches!(o, Err(AnswerRefused::NoSeat))).count();
        assert_eq!((recorded, unchanged, full), (10, 10, 60));
        assert_eq!(store.seats(&event).await.unwrap().in_person.accepted, 10);
        assert_eq!(receipts(&store, &event).await.len(), 10);
    }

    async fn whoever_joins_the_waiting_list_first_stands_first_whatever_their_clock_said(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let event = seats(&store, &event, "1", "2").await;
        let people = invite(&store, &event, 3).await;
        say(&store, people[0], &YES).await.unwrap();
        let wait = |who, at| {
            let store = store.clone();
            async move { store.record_answer(who, &WAIT, &AnswerExtras::default(), Via::Page, at).await.unwrap() }
        };

        let first = wait(people[1], now()).await;
        let second = wait(people[2], now() - TimeDelta::seconds(1)).await;

        assert_eq!((first.place_in_line, second.place_in_line), (Some(1), Some(2)));
        let still = store.invitation_by_id(people[1]).await.unwrap().unwrap();
        assert_eq!(still.place_in_line, Some(1));
    }

    async fn a_receipt_before_the_invitation_left_refers_to_no_mail(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let (_, people) = wave(&store, &event, 1).await;
        let heard = OnBehalf {
            given: YES,
            via: Via::Mail,
            note: String::new(),
            override_reason: None,
            send_receipt: true,
            listed: None,
        };

        store.record_answer_on_behalf(people[0], &heard, &Actor::Operator, now()).await.unwrap();

        let parents = "SELECT COUNT(*) FROM messages WHERE purpose = 'receipt' AND parent_message_id IS NULL";
        assert_eq!(number(&db, parents).await, 1);
        assert_eq!(number(&db, "SELECT COUNT(*) FROM messages WHERE subject LIKE 'Re:%'").await, 0);
    }

    async fn among_answers_written_together_a_damaged_invitation_spoils_its_own_alone(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let people = invite(&store, &event, 20).await;
        db.damage(&format!(
            "UPDATE invitations SET intent = 'nowhere' WHERE public_id = '{}'",
            store.invitation_by_id(people[7]).await.unwrap().unwrap().public_id
        ))
        .await;

        let mut posts = tokio::task::JoinSet::new();
        for (index, who) in people.into_iter().enumerate() {
            let store = store.clone();
            posts.spawn(async move {
                let said = store.record_answer(who, &YES, &AnswerExtras::default(), Via::Page, now()).await;
                (index, said.is_ok())
            });
        }
        let mut failed = Vec::new();
        while let Some(done) = posts.join_next().await {
            let (index, recorded) = done.unwrap();
            if !recorded {
                failed.push(index);
            }
        }

        assert_eq!(failed, [7]);
        assert_eq!(receipts(&store, &event).await.len(), 19);
        assert_eq!(number(&db, "SELECT COUNT(*) FROM answers").await, 19);
    }

    async fn silence_lapses_after_the_reply_by_date_by_the_system(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let people = invite(&store, &event, 2).await;
        say(&store, people[0], &YES).await.unwrap();
        // The reply-by date is 24 May in Boston.
        assert_eq!(store.lapse_silence(at("2019-05-25T03:59:59Z")).await.unwrap(), 0);

        let lapsed = store.lapse_silence(at("2019-05-25T04:00:00Z")).await.unwrap();

        assert_eq!(lapsed, 1);
        let silent = store.invitation_by_id(people[1]).await.unwrap().unwrap();
        assert_eq!(silent.answer, Some(AnswerValue::Lapsed));
        let log = store.log(event.id, None, 0).await.unwrap();
        let line = log.iter().find(|line| line.action == "answer.lapsed").unwrap();
        assert_eq!(line.actor, "system");
        assert_eq!(store.lapse_silence(at("2019-05-26T00:00:00Z")).await.unwrap(), 0);
    }

    async fn a_late_yes_after_lapsing_takes_a_free_seat(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        store.lapse_silence(at("2019-05-26T00:00:00Z")).await.unwrap();
        let late = at("2019-05-27T00:00:00Z");

        store.record_answer(who, &YES, &AnswerExtras::default(), Via::Page, late).await.unwrap();

        let found = store.invitation_by_id(who).await.unwrap().unwrap();
        assert_eq!((found.answer, found.is_late), (Some(AnswerValue::Accepted), true));
    }

    async fn cannot_say_yet_is_asked_once_on_its_day_and_then_lapses(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        let until = "2019-05-30".parse().unwrap();
        let maybe = Given::Tentative { reason: None, until: Some(until) };
        say(&store, who, &maybe).await.unwrap();
        let asked = async || {
            let query = OutboxQuery { purpose: Some(Purpose::TentativeDue), ..OutboxQuery::default() };
            store.messages(&query).await.unwrap().total
        };

        store.lapse_silence(at("2019-05-29T12:00:00Z")).await.unwrap();
        assert_eq!(asked().await, 0);
        store.lapse_silence(at("2019-05-30T12:00:00Z")).await.unwrap();
        store.lapse_silence(at("2019-05-30T13:00:00Z")).await.unwrap();
        assert_eq!(asked().await, 1);
        assert_eq!(store.lapse_silence(at("2019-05-31T04:00:00Z")).await.unwrap(), 1);

        let found = store.invitation_by_id(who).await.unwrap().unwrap();
        assert_eq!(found.answer, Some(AnswerValue::Lapsed));
        assert_eq!(store.seats(&event).await.unwrap().in_person.free(), Some(20));
    }

    async fn whoever_could_not_be_asked_on_their_day_is_asked_before_they_lapse(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        say(&store, who, &Given::Tentative { reason: None, until: Some("2019-05-30".parse().unwrap()) }).await.unwrap();

        assert_eq!(store.lapse_silence(at("2019-06-02T12:00:00Z")).await.unwrap(), 0, "the program stood still");
        assert_eq!(store.lapse_silence(at("2019-06-02T20:00:00Z")).await.unwrap(), 0);
        let query = OutboxQuery { purpose: Some(Purpose::TentativeDue), ..OutboxQuery::default() };
        assert_eq!(store.messages(&query).await.unwrap().total, 1);
        assert_eq!(store.lapse_silence(at("2019-06-03T12:00:00Z")).await.unwrap(), 1);
    }

    async fn a_wish_to_say_later_keeps_its_reason_and_its_day(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        let maybe = Given::Tentative { reason: Some(TentativeReason::Visa), until: Some("2019-06-18".parse().unwrap()) };

        store.record_answer(who, &maybe, &AnswerExtras::default(), Via::Page, at("2019-06-15T12:00:00Z")).await.unwrap();

        let wish = store.open_requests(event.id).await.unwrap().remove(0);
        assert_eq!((wish.wanted, wish.note.as_str()), (AnswerValue::Tentative, "Depends on: visa\nWill know by: 2019-06-18"));
    }

    async fn after_answers_close_a_yes_becomes_a_request_that_the_committee_grants(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        let closed = at("2019-06-15T12:00:00Z");
        store.lapse_silence(closed).await.unwrap();

        let answered = store.record_answer(who, &YES, &AnswerExtras::default(), Via::Page, closed).await.unwrap();

        assert!(matches!(answered.outcome, Outcome::Requested { .. }));
        let requests = store.open_requests(event.id).await.unwrap();
        assert_eq!(requests.len(), 1);
        assert_eq!(store.invitation_by_id(who).await.unwrap().unwrap().answer, Some(AnswerValue::Lapsed));
        store.decide_request(event.id, requests[0].id, true, None, &Actor::Operator, closed).await.unwrap();
        assert_eq!(store.invitation_by_id(who).await.unwrap().unwrap().answer, Some(AnswerValue::Accepted));
        assert!(store.open_requests(event.id).await.unwrap().is_empty());
    }

    async fn a_listed_person_who_said_yes_in_the_corridor_is_invited_first(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let event = seats(&store, &event, "1", "0").await;
        let (first, second) = (person(&store, &event, 1).await, person(&store, &event, 2).await);
        let heard = |override_reason: Option<&str>| OnBehalf {
            given: YES,
            via: Via::Spoken,
            note: "at lunch".into(),
            override_reason: override_reason.map(str::to_owned),
            send_receipt: false,
            listed: None,
        };

        store.record_answer_on_behalf(first, &heard(None), &Actor::Operator, now()).await.unwrap();
        let full = store.record_answer_on_behalf(second, &heard(None), &Actor::Operator, now()).await;
        assert_eq!(refused(full), AnswerRefused::NoSeat);
        store.record_answer_on_behalf(second, &heard(Some("speaker")), &Actor::Operator, now()).await.unwrap();

        let found = store.invitation_by_id(first).await.unwrap().unwrap();
        assert!(found.invited_by_other_means);
        assert_eq!(store.seats(&event).await.unwrap().in_person.free(), Some(-1));
        assert!(receipts(&store, &event).await.is_empty());
        let log = store.log(event.id, None, 0).await.unwrap();
        assert!(log.iter().any(|line| line.reason == "speaker"));
    }

    async fn a_receipt_that_a_newer_answer_overtook_is_not_sent(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        say(&store, who, &YES).await.unwrap();
        say(&store, who, &Given::Decline).await.unwrap();

        let claimed =
            store.claim("w", 10, TimeDelta::seconds(180), TimeDelta::minutes(15), now()).await.unwrap();

        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].facts.answer.as_ref().unwrap().value, "cancelled");
        let query = OutboxQuery { states: vec![MessageState::Dropped], ..OutboxQuery::default() };
        assert_eq!(store.messages(&query).await.unwrap().rows[0].drop_reason, "a newer answer has its own receipt");
    }

    async fn details_are_read_only_once_the_event_is_over_and_consent_can_still_be_taken_back(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        let details = |arrival: Option<&str>, listed| Details {
            arrival: arrival.map(str::to_owned), listed, ..Details::default()
        };
        store.set_details(who, &details(Some("Wed"), Some(true)), now()).await.unwrap();
        let over = at("2019-06-23T12:00:00Z");

        let late = store.set_details(who, &details(Some("Thu"), None), over).await;
        assert_eq!(refused(late), DetailsRefused::EventOver);
        assert_eq!(refused(store.set_details(who, &details(Some("Thu"), Some(false)), over).await), DetailsRefused::EventOver);
        store.set_details(who, &details(Some("Wed"), Some(false)), over).await.unwrap();
        assert_eq!(refused(store.set_details(who, &details(None, Some(true)), over).await), DetailsRefused::EventOver);

        let found = store.invitation_by_id(who).await.unwrap().unwrap();
        assert_eq!((found.arrival.as_str(), found.is_listed), ("Wed", false));
    }

    async fn details_of_somebody_withdrawn_are_read_only(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        store.withdraw(who, "no longer on the list", false, &Actor::Operator, now()).await.unwrap();

        let details = Details { arrival: Some("Wed".to_owned()), ..Details::default() };

        assert_eq!(refused(store.set_details(who, &details, now()).await), DetailsRefused::NotOpen);
    }

    async fn another_reason_for_not_knowing_yet_is_kept(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        let depends = |reason| Given::Tentative { reason: Some(reason), until: None };
        say(&store, who, &depends(TentativeReason::Funding)).await.unwrap();

        let other = say(&store, who, &depends(TentativeReason::Visa)).await.unwrap();
        let same = say(&store, who, &depends(TentativeReason::Visa)).await.unwrap();

        assert!(matches!(other, Outcome::Recorded(_)));
        assert_eq!(same, Outcome::Unchanged);
        assert_eq!(store.answers(who).await.unwrap().len(), 2);
    }

    async fn a_late_seat_is_asked_for_only_after_answers_closed(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];

        assert_eq!(refused(store.ask_late_seat(who, "please", now()).await), AnswerRefused::AnswersOpen);

        say(&store, who, &YES).await.unwrap();
        let has_a_seat = store.ask_late_seat(who, "please", at("2019-06-15T12:00:00Z")).await;
        assert_eq!(refused(has_a_seat), AnswerRefused::AnswersOpen);
        assert!(store.open_requests(event.id).await.unwrap().is_empty());
    }

    async fn the_page_of_a_link_is_found_by_hash_and_writes_nothing(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        let token = store.site().key.token(LinkKind::Web, who.0, 1);

        let page = store.personal_page(&token, now()).await.unwrap().unwrap();

        assert_eq!(page.invitation.id, who);
        let other_kind = store.site().key.token(LinkKind::Reply, who.0, 1);
        assert!(store.personal_page(&other_kind, now()).await.unwrap().is_none());
        store.rotate_link(who, "lost", false, &Actor::Operator, now()).await.unwrap();
        assert!(store.personal_page(&token, now()).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn whoever_hangs_up_after_answering_has_answered() {
    let db = TestDb::sqlite().await;
    let store = db.store().await;
    let event = add_event(&store, "netconf", None).await;
    let people = invite(&store, &event, 2).await;
    let extras = AnswerExtras::default();

    let mut hung_up = Box::pin(store.record_answer(people[0], &YES, &extras, Via::Page, now()));
    let waits = hung_up.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(waits.is_pending());
    drop(hung_up);
    say(&store, people[1], &YES).await.unwrap();

    assert_eq!(store.seats(&event).await.unwrap().in_person.accepted, 2);
}

#[tokio::test]
async fn while_somebody_else_holds_the_database_an_answer_is_not_recorded_and_says_so() {
    let db = TestDb::sqlite().await;
    let store = db.store().await;
    let event = add_event(&store, "netconf", None).await;
    let people = invite(&store, &event, 3).await;
    let other = Database::connect(db.url()).await.unwrap();
    other.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();

    let extras = AnswerExtras::default();
    let said = |who| store.record_answer(who, &YES, &extras, Via::Page, now());
    let (first, second, third) = tokio::join!(said(people[0]), said(people[1]), said(people[2]));
    other.execute_unprepared("ROLLBACK").await.unwrap();

    for said in [first, second, third] {
        assert!(matches!(said, Err(WriteError::Store(StoreError::Unavailable(_)))), "{said:?}");
    }
    assert_eq!(number(&db, "SELECT COUNT(*) FROM answers").await, 0);
    say(&store, people[0], &YES).await.unwrap();
}

#[tokio::test]
async fn after_sqlite_took_a_transaction_back_by_itself_answers_are_kept_again() {
    let db = TestDb::sqlite().await;
    let store = db.store().await;
    let event = add_event(&store, "netconf", None).await;
    let people = invite(&store, &event, 2).await;
    // As it does when the disk is full.
    let full = "CREATE TRIGGER full BEFORE INSERT ON answers BEGIN SELECT RAISE(ROLLBACK, 'disk full'); END";
    db.damage(full).await;
    let extras = AnswerExtras::default();
    let refused = store.record_answer(people[0], &YES, &extras, Via::Page, now()).await;
    assert!(matches!(refused, Err(WriteError::Store(StoreError::Database(_)))), "{refused:?}");
    db.damage("DROP TRIGGER full").await;

    assert!(!store.lapse(people[0], &Actor::Operator, now()).await.unwrap());
    say(&store, people[1], &YES).await.unwrap();

    assert_eq!(number(&db, "SELECT COUNT(*) FROM answers").await, 1);
}
