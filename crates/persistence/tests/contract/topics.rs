//! Topics: proposed by invitees, decided by the committee.

use conclave_core::answer::{Given, Via};
use conclave_core::log_entry::Actor;
use conclave_core::topic::{Intent, TopicMove, TopicRefused, TopicState};
use conclave_persistence::{AnswerExtras, StoreError, TopicChangeRefused, TopicText, WriteError};
use conclave_test_support::builders::{add_event, at, now};
use conclave_test_support::{TestDb, both_databases};

use crate::people::invite;
use crate::refused;

fn titled(title: &str) -> TopicText {
    TopicText { title: title.into(), body: String::new(), minutes: Some(30) }
}

async fn coming(store: &conclave_persistence::Store, who: conclave_core::ids::InvitationId) {
    store
        .record_answer(who, &Given::Accept { mode: None }, &AnswerExtras::default(), Via::Page, now())
        .await
        .unwrap();
}

both_databases! {
    async fn whoever_comes_proposes_topics_and_nobody_else(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let people = invite(&store, &event, 2).await;
        coming(&store, people[0]).await;

        store.propose_topic(people[0], &titled("XDP"), now()).await.unwrap().unwrap();
        let silent = store.propose_topic(people[1], &titled("TLS"), now()).await;

        assert_eq!(refused(silent), TopicChangeRefused::Rule(TopicRefused::NotComing));
        let topics = store.topics(event.id, &[]).await.unwrap();
        assert_eq!(topics.len(), 1);
        assert_eq!((topics[0].proposer.as_str(), topics[0].number), ("Person 1", 1));
    }

    async fn t27_not_applicable_states_no_topic_and_makes_none(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        coming(&store, who).await;

        let made = store.propose_topic(who, &titled("N/A"), now()).await.unwrap();

        assert!(made.is_none());
        assert_eq!(store.invitation_by_id(who).await.unwrap().unwrap().intent, Intent::NoTopic);
        store.propose_topic(who, &titled("XDP after all"), now()).await.unwrap();
        assert_eq!(store.invitation_by_id(who).await.unwrap().unwrap().intent, Intent::NothingSaid);
    }

    async fn the_same_title_twice_is_refused(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        coming(&store, who).await;
        store.propose_topic(who, &titled("XDP feature detection"), now()).await.unwrap();

        let again = store.propose_topic(who, &titled(" xdp  Feature detection"), now()).await;

        assert_eq!(refused(again), TopicChangeRefused::Rule(TopicRefused::SameTitle));
    }

    async fn editing_an_accepted_topic_keeps_its_state_and_flags_it(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        coming(&store, who).await;
        store.propose_topic(who, &titled("XDP"), now()).await.unwrap();
        let accepted = store.decide_topic(event.id, 1, TopicMove::Accept, &Actor::Operator, now()).await.unwrap();

        let edited = store.edit_topic(who, 1, Some(accepted.version), &titled("XDP, twice"), now()).await.unwrap();

        assert_eq!((edited.state, edited.is_edited), (TopicState::Accepted, true));
        let stale = store.edit_topic(who, 1, Some(accepted.version), &titled("XDP, thrice"), now()).await;
        assert_eq!(refused(stale), TopicChangeRefused::Rule(TopicRefused::Stale));
    }

    async fn t31_the_committees_title_outlives_an_edit_of_the_text(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        coming(&store, who).await;
        store.propose_topic(who, &titled("tls stuff"), now()).await.unwrap();
        store.set_topic(event.id, 1, None, "Kernel TLS: status", Some(30), "", &Actor::Operator, now()).await.unwrap();

        let same = store.edit_topic(who, 1, None, &titled("tls stuff"), now()).await.unwrap();
        let text = TopicText { body: "What is done.".into(), ..titled("tls stuff") };
        let body = store.edit_topic(who, 1, None, &text, now()).await.unwrap();
        let other = store.edit_topic(who, 1, None, &titled("TLS, once more"), now()).await.unwrap();

        assert_eq!((same.title.as_str(), same.version), ("Kernel TLS: status", 1));
        assert_eq!((body.title.as_str(), body.proposed_title.as_str()), ("Kernel TLS: status", "tls stuff"));
        assert_eq!((other.title.as_str(), other.proposed_title.as_str()), ("TLS, once more", "TLS, once more"));
    }

    async fn a_topic_is_withdrawn_and_proposed_again(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let people = invite(&store, &event, 2).await;
        coming(&store, people[0]).await;
        store.propose_topic(people[0], &titled("XDP"), now()).await.unwrap();

        let withdrawn = store.withdraw_topic(people[0], 1, false, now()).await.unwrap();
        assert_eq!(withdrawn.state, TopicState::Withdrawn);
        let again = store.withdraw_topic(people[0], 1, true, now()).await.unwrap();
        assert_eq!(again.state, TopicState::Proposed);

        let foreign = store.withdraw_topic(people[1], 1, false, now()).await;
        assert!(matches!(foreign, Err(WriteError::Store(StoreError::NotFound))));
    }

    async fn topics_are_late_after_their_date_and_closed_after_answers_close(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        coming(&store, who).await;

        let late = store.propose_topic(who, &titled("Late"), at("2019-06-05T12:00:00Z")).await.unwrap().unwrap();
        let closed = store.propose_topic(who, &titled("Closed"), at("2019-06-15T12:00:00Z")).await;

        assert!(late.is_late);
        assert_eq!(refused(closed), TopicChangeRefused::Rule(TopicRefused::Closed));
    }

    async fn a_topic_is_not_taken_back_after_answers_close(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        coming(&store, who).await;
        store.propose_topic(who, &titled("XDP"), now()).await.unwrap();

        let closed = store.withdraw_topic(who, 1, false, at("2019-06-15T12:00:00Z")).await;

        assert_eq!(refused(closed), TopicChangeRefused::Rule(TopicRefused::Closed));
        assert_eq!(store.topic(event.id, 1).await.unwrap().unwrap().state, TopicState::Proposed);
    }

    async fn who_declined_can_still_take_a_topic_back(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        coming(&store, who).await;
        store.propose_topic(who, &titled("XDP"), now()).await.unwrap();
        store.record_answer(who, &Given::Decline, &AnswerExtras::default(), Via::Page, now()).await.unwrap();

        assert_eq!(store.withdraw_topic(who, 1, false, now()).await.unwrap().state, TopicState::Withdrawn);
    }

    async fn topics_of_whoever_gives_the_seat_back_are_flagged(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        coming(&store, who).await;
        store.propose_topic(who, &titled("XDP"), now()).await.unwrap();

        store.record_answer(who, &Given::Decline, &AnswerExtras::default(), Via::Page, now()).await.unwrap();

        assert!(store.topic(event.id, 1).await.unwrap().unwrap().presenter_left);
    }

    async fn deciding_the_same_again_is_no_error(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        store.add_topic(event.id, None, &titled("Wrap-up"), &Actor::Operator, now()).await.unwrap();

        for wanted in [TopicMove::Park, TopicMove::Park, TopicMove::Accept] {
            store.decide_topic(event.id, 1, wanted, &Actor::Operator, now()).await.unwrap();
        }

        assert_eq!(store.topic(event.id, 1).await.unwrap().unwrap().state, TopicState::Accepted);
        let log = store.log(event.id, None, 0).await.unwrap();
        assert_eq!(log.iter().filter(|line| line.action == "topic.decided").count(), 2);
    }

    async fn titles_are_asked_for(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;

        let empty = store.add_topic(event.id, None, &titled("  "), &Actor::Operator, now()).await;

        assert_eq!(refused(empty), TopicChangeRefused::NoTitle);
    }
}
