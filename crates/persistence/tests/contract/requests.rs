use conclave_core::answer::{AnswerRefused, AnswerValue, Given, Via};
use conclave_core::ids::{EventId, InvitationId};
use conclave_core::log_entry::Actor;
use conclave_persistence::{AnswerExtras, ChangeRequest, Store, StoreError, WriteError};
use conclave_test_support::builders::{add_event, add_listed, at, now};
use conclave_test_support::{TestDb, both_databases};

use crate::{number, refused, text};

/// Invited in time, asking for a seat after answers closed.
async fn late(store: &Store, event: EventId, email: &str) -> (InvitationId, ChangeRequest) {
    let id = add_listed(store, event, email).await.id;
    store.invite_by_other_means(id, &Actor::Operator, now()).await.unwrap();
    store.ask_late_seat(id, "my flight is booked", at("2019-06-15T12:00:00Z")).await.unwrap();
    let request = store.open_requests(event).await.unwrap().into_iter().find(|r| r.invitation == id).unwrap();
    (id, request)
}

both_databases! {
    async fn a_wish_that_is_granted_becomes_an_answer_with_a_receipt(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let (toke, request) = late(&store, event, "toke@example.org").await;
        assert_eq!((request.wanted, request.note.as_str()), (AnswerValue::Accepted, "my flight is booked"));
        let by = Actor::Operator;

        store.decide_request(event, request.id, true, None, &by, at("2019-06-16T12:00:00Z")).await.unwrap();

        let read = store.invitation(event, "toke@example.org").await.unwrap().unwrap();
        assert_eq!((read.id, read.answer), (toke, Some(AnswerValue::Accepted)));
        assert!(store.open_requests(event).await.unwrap().is_empty());
        assert_eq!(number(&db, "SELECT count(*) FROM messages WHERE purpose = 'receipt'").await, 1);
        let again = store.decide_request(event, request.id, false, None, &by, now()).await;
        assert!(matches!(again, Err(WriteError::Store(StoreError::NotFound))));
    }

    async fn a_wish_is_settled_by_what_they_say_since(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let (toke, request) = late(&store, event, "toke@example.org").await;

        store.record_answer(toke, &Given::Decline, &AnswerExtras::default(), Via::Page, at("2019-06-15T13:00:00Z")).await.unwrap();

        assert!(store.open_requests(event).await.unwrap().is_empty());
        let granted = store.decide_request(event, request.id, true, None, &Actor::Operator, now()).await;
        assert!(matches!(granted, Err(WriteError::Store(StoreError::NotFound))));
        let (mia, _) = late(&store, event, "mia@example.org").await;
        store.withdraw(mia, "no visa in time", false, &Actor::Operator, at("2019-06-15T13:00:00Z")).await.unwrap();
        assert!(store.open_requests(event).await.unwrap().is_empty());
    }

    async fn a_wish_that_is_turned_down_changes_no_answer(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let other = add_event(&store, "other", None).await.id;
        let (_, request) = late(&store, event, "toke@example.org").await;

        let elsewhere = store.decide_request(other, request.id, false, None, &Actor::Operator, now()).await;
        assert!(matches!(elsewhere, Err(WriteError::Store(StoreError::NotFound))));
        store.decide_request(event, request.id, false, None, &Actor::Operator, now()).await.unwrap();

        assert_eq!(store.invitation(event, "toke@example.org").await.unwrap().unwrap().answer, None);
        assert!(store.open_requests(event).await.unwrap().is_empty());
        let told = "SELECT count(*) FROM log_entries WHERE action = 'request.decided' AND after_text = 'turned down'";
        assert_eq!(number(&db, told).await, 1);
    }

    async fn whoever_is_turned_down_is_told_once_if_the_committee_wants_it(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let later = at("2019-06-16T12:00:00Z");
        let (_, silently) = late(&store, event, "toke@example.org").await;
        let (_, told) = late(&store, event, "mia@example.org").await;

        store.turn_down_request(event, silently.id, false, &Actor::Operator, later).await.unwrap();
        store.turn_down_request(event, told.id, true, &Actor::Operator, later).await.unwrap();
        let again = store.turn_down_request(event, told.id, true, &Actor::Operator, later).await;

        assert!(matches!(again, Err(WriteError::Store(StoreError::NotFound))));
        let to = "SELECT to_address FROM messages WHERE purpose = 'request_declined'";
        assert_eq!(text(&db, to).await, "mia@example.org");
        assert_eq!(number(&db, "SELECT count(*) FROM messages").await, 1);
        assert!(store.open_requests(event).await.unwrap().is_empty());
    }

    async fn beyond_the_seats_a_wish_is_granted_with_a_reason_alone(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let (_, request) = late(&store, event, "toke@example.org").await;
        let none = [("seats".to_owned(), "0".to_owned()), ("over_invite".to_owned(), "5".to_owned())];
        store.set_event(event, None, &none, &Actor::Operator, now()).await.unwrap();
        let decide = async |why| {
            let at = at("2019-06-16T12:00:00Z");
            store.decide_request(event, request.id, true, why, &Actor::Operator, at).await
        };

        let full = decide(None).await;
        assert_eq!(refused(full), AnswerRefused::NoSeatNoList);
        assert_eq!(store.open_requests(event).await.unwrap().len(), 1);
        decide(Some("there is a chair in the corner")).await.unwrap();

        let read = store.invitation(event, "toke@example.org").await.unwrap().unwrap();
        assert_eq!(read.answer, Some(AnswerValue::Accepted));
    }
}
