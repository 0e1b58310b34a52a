//! The board of whom to chase, as the store reads it; which reason holds when is core's.

use conclave_core::answer::{Given, Via};
use conclave_core::chase::Reason;
use conclave_core::event::Event;
use conclave_core::ids::{EventId, InvitationId};
use conclave_core::log_entry::Actor;
use conclave_persistence::{Announce, AnswerExtras, Details, Mailing, Store};
use conclave_test_support::builders::{add_event, add_listed, at, now};
use conclave_test_support::{TestDb, both_databases};

async fn says(store: &Store, event: EventId, email: &str, given: &Given) -> InvitationId {
    let id = add_listed(store, event, email).await.id;
    store.invite_by_other_means(id, &Actor::Operator, now()).await.unwrap();
    store.record_answer(id, given, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
    id
}

/// Everybody on the board for one reason, in its order.
async fn chased(store: &Store, event: &Event, reason: Reason, when: &str) -> Vec<InvitationId> {
    let board = store.chase(event, at(when)).await.unwrap();
    let is_chased = |of: &[(Reason, _)]| of.iter().any(|(of, _)| *of == reason);
    board.rows.iter().filter(|row| is_chased(&row.reasons)).map(|row| row.invitation.id).collect()
}

both_databases! {
    async fn whoever_has_to_say_again_that_they_come_is_on_the_board_until_they_do(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let yes = Given::Accept { mode: None };
        let aiko = says(&store, event, "aiko@example.org", &yes).await;
        let ben = says(&store, event, "ben@example.org", &Given::Tentative { reason: None, until: None }).await;
        says(&store, event, "cora@example.org", &Given::Decline).await;
        let later = [("from", "2019-06-27"), ("to", "2019-06-28")].map(|(key, value)| (key.into(), value.into()));
        let how = Announce {
            is_move: true,
            note: String::new(),
            reconfirm_by: Some("2019-05-20".parse().unwrap()),
            mailing: Mailing::none(),
        };

        let moved = store.change_event(event, None, &later, &how, &Actor::Operator, now()).await.unwrap();

        assert_eq!(chased(&store, &moved, Reason::Reconfirm, "2019-04-03T12:00:00Z").await, [aiko, ben]);
        store.record_answer(aiko, &yes, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
        assert_eq!(chased(&store, &moved, Reason::Reconfirm, "2019-04-03T12:00:00Z").await, [ben]);
    }

    async fn whoever_comes_without_a_detail_that_is_needed_is_on_the_board_until_they_give_it(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        store.add_starter_questions(event.id, &Actor::Operator, now()).await.unwrap();
        let yes = Given::Accept { mode: None };
        let aiko = says(&store, event.id, "aiko@example.org", &yes).await;
        says(&store, event.id, "ben@example.org", &Given::Decline).await;
        let near = "2019-05-28T12:00:00Z";

        assert_eq!(chased(&store, &event, Reason::Details, near).await, [aiko]);
        let food = Details { answers: vec![(1, "Vegan".into())], ..Details::default() };
        store.set_details(aiko, &food, now()).await.unwrap();
        assert_eq!(chased(&store, &event, Reason::Details, near).await, []);
    }
}
