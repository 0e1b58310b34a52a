use chrono::TimeDelta;
use conclave_core::answer::{Given, Via};
use conclave_core::badge::Badge;
use conclave_core::log_entry::Actor;
use conclave_core::topic::TopicState;
use conclave_persistence::{AnswerExtras, DeskCounts, TopicText};
use conclave_test_support::builders::{add_event, at, now};
use conclave_test_support::{TestDb, both_databases};

use crate::execute;
use crate::invitations::{accept, add, invite};

both_databases! {
    async fn the_overview_counts_people_seats_and_what_needs_work(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let (a, b) = (invite(&store, &event, "Al A").await, invite(&store, &event, "Bo B").await);
        accept(&store, &a).await;
        let day_two = now() + TimeDelta::days(1);
        store.record_answer(b.id, &Given::Decline, &AnswerExtras::default(), Via::Page, day_two).await.unwrap();
        invite(&store, &event, "Cy C").await;
        invite(&store, &event, "Di D").await;
        add(&store, &event, "Ed E").await;
        execute(&db, "UPDATE invitations SET reply_by = '2019-05-01' WHERE name = 'Cy C'", vec![]).await;
        execute(&db, "UPDATE invitations SET last_message_state = 'failed' WHERE name = 'Di D'", vec![]).await;
        execute(&db, "UPDATE invitations SET was_this_you = true WHERE name = 'Al A'", vec![]).await;
        let text = TopicText { title: "XDP".to_owned(), minutes: Some(45), ..TopicText::default() };
        store.add_topic(event.id, Some(a.id), &text, &Actor::Operator, now()).await.unwrap();

        let overview = store.overview(&event, at("2019-05-02T12:00:00Z")).await.unwrap();

        assert_eq!((overview.total, overview.silent, overview.overdue), (5, 2, 1));
        assert!(overview.counts.contains(&(Badge::Listed, 1)));
        let holders: Vec<_> = overview.holders.iter().map(|(name, badge)| (name.as_str(), *badge)).collect();
        assert_eq!(holders, [("Al A", Badge::Accepted), ("Cy C", Badge::Invited), ("Di D", Badge::Bounced)]);
        assert_eq!(overview.bounced[0].1, "Di D");
        assert_eq!(overview.flagged, [(a.public_id.clone(), "Al A".to_owned())]);
        assert_eq!((overview.topics, overview.topic_minutes), (vec![(TopicState::Proposed, 1)], 0));
        let days: Vec<_> = overview.over_time.iter().map(|(day, i, a, d)| (day.to_string(), *i, *a, *d)).collect();
        assert_eq!(days, [("2019-04-01".to_owned(), 4, 1, 0), ("2019-04-02".to_owned(), 4, 1, 1)]);
        assert!(overview.reply_by.is_empty());
        assert_eq!(overview.seats.in_person.accepted, 1);
        assert_eq!(overview.lately[0].action, "answer.recorded");
        assert_eq!(store.desk_counts(&event).await.unwrap(), DeskCounts { invitees: 5, mail: 0, topics: 1 });
    }
}
