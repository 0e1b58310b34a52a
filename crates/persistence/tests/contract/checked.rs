//! Answers in doubt: who settles it.

use conclave_core::answer::{Given, Via};
use conclave_core::ids::InvitationId;
use conclave_core::log_entry::Actor;
use conclave_persistence::{AnswerExtras, ListQuery, OnBehalf, Store};
use conclave_test_support::builders::{add_event, at, now};
use conclave_test_support::{TestDb, both_databases};

use crate::execute;
use crate::invitations::{accept, invite};

const DOUBT: &str = "UPDATE invitations SET was_this_you = true";

async fn is_in_doubt(store: &Store, who: InvitationId) -> bool {
    store.invitation_by_id(who).await.unwrap().unwrap().was_this_you
}

both_databases! {
    async fn a_member_settles_the_doubt_once(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let (al, bo) = (invite(&store, &event, "Al A").await, invite(&store, &event, "Bo B").await);
        accept(&store, &al).await;
        accept(&store, &bo).await;
        execute(&db, DOUBT, vec![]).await;
        let only = ListQuery { in_doubt: true, ..ListQuery::default() };
        assert_eq!(store.list(event.id, &only).await.unwrap().matching, 2);

        assert!(store.confirm_answer(al.id, &Actor::Operator, now()).await.unwrap());
        assert!(!store.confirm_answer(al.id, &Actor::Operator, now()).await.unwrap());

        let page = store.list(event.id, &only).await.unwrap();
        assert_eq!(page.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Bo B"]);
        let log = store.log(event.id, None, 0).await.unwrap();
        let confirmed: Vec<_> = log.iter().filter(|line| line.action == "answer.confirmed").collect();
        assert_eq!(confirmed.len(), 1);
        assert_eq!(confirmed[0].subject, "Al A");
    }

    async fn an_answer_on_behalf_or_a_newer_one_settles_it_too(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let (al, bo) = (invite(&store, &event, "Al A").await, invite(&store, &event, "Bo B").await);
        accept(&store, &al).await;
        accept(&store, &bo).await;
        execute(&db, DOUBT, vec![]).await;

        let same = OnBehalf {
            given: Given::Accept { mode: None },
            via: Via::Mail,
            note: String::new(),
            override_reason: None,
            send_receipt: false,
            listed: None,
        };
        store.record_answer_on_behalf(al.id, &same, &Actor::Operator, now()).await.unwrap();
        let later = at("2019-05-02T12:00:00Z");
        store.record_answer(bo.id, &Given::Decline, &AnswerExtras::default(), Via::Page, later).await.unwrap();

        assert!(!is_in_doubt(&store, al.id).await);
        assert!(!is_in_doubt(&store, bo.id).await);
        assert_eq!(store.answers(al.id).await.unwrap().len(), 1);
    }
}
