use conclave_core::purpose::Purpose;
use conclave_persistence::{OutboxQuery, StoredText};
use conclave_test_support::builders::{add_account, add_event, now};
use conclave_test_support::{TestDb, both_databases};

both_databases! {
    async fn a_test_of_a_letter_leaves_word_for_word_and_belongs_to_no_event(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let omar = add_account(&store, "omar@example.org").await;
        let facts = store.event_facts(&event).await.unwrap();
        let letter = StoredText {
            subject: "Test: Netconf 2019".into(),
            text: "Hello Hana,\n".into(),
            html: Some("<p>Hello Hana,</p>".into()),
        };

        let id = store.queue_test_letter(&omar, facts.clone(), &letter, now()).await.unwrap();
        let again = store.queue_test_letter(&omar, facts.clone(), &letter, now()).await.unwrap();

        let minutes = chrono::TimeDelta::minutes(3);
        let claimed = store.claim("w", 10, minutes, minutes, now()).await.unwrap();
        assert_eq!(claimed.iter().map(|mail| mail.id).collect::<Vec<_>>(), [id, again]);
        let mail = &claimed[0];
        assert_eq!((mail.purpose, mail.to_address.as_str(), mail.event), (Purpose::Test, "omar@example.org", None));
        assert_eq!((mail.rendered.as_ref(), mail.facts.event.as_ref()), (Some(&letter), Some(&facts)));
        assert!(mail.link.is_none() && mail.unsubscribe.is_none());
        let of_event = OutboxQuery { event: Some(event.id), ..OutboxQuery::default() };
        assert_eq!(store.messages(&of_event).await.unwrap().total, 0);
    }
}
