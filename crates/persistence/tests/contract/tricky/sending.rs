//! T10, T11 and T28: a crash in the middle of a wave, an answer that overtakes a reminder, and a topic
//! that is still to be decided.

use chrono::TimeDelta;
use conclave_core::answer::{Given, Via};
use conclave_core::ids::InvitationId;
use conclave_core::log_entry::Actor;
use conclave_core::message::MessageState;
use conclave_persistence::{AnswerExtras, OutboxQuery, Sent, Store, TopicText, WaveDraft, WaveKind};
use conclave_test_support::builders::{add_event, at, now};
use conclave_test_support::{TestDb, both_databases};

use crate::chasing::{accepted, letters, planning};
use crate::people::{claim, invite, wave};
use crate::{execute, number};

fn lease() -> TimeDelta {
    TimeDelta::seconds(180)
}

fn handed_over() -> Sent {
    Sent::HandedOver { code: "250".into(), words: "queued".into() }
}

/// What somebody types into the field of their topic.
async fn say(store: &Store, person: InvitationId, title: &str) {
    let text = TopicText { title: title.to_owned(), body: String::new(), minutes: None };
    store.propose_topic(person, &text, now()).await.unwrap();
}

/// State of the outbox, sorted.
async fn states(store: &Store) -> Vec<MessageState> {
    let rows = store.messages(&OutboxQuery::default()).await.unwrap().rows;
    let mut states: Vec<_> = rows.into_iter().map(|row| row.state).collect();
    states.sort_by_key(|state| state.as_str());
    states
}

both_databases! {
    async fn t10_a_crash_in_the_middle_of_a_wave_sends_the_rest_and_nobody_gets_two(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        wave(&store, &event, 4).await;
        let first = claim(&store, "crashed", 3).await;
        // One left, one was being sent, one was only leased when the program died; one was never touched.
        store.begin_data(first[0].id, "crashed", now()).await.unwrap();
        store.mark_sent(first[0].id, "crashed", &handed_over(), now()).await.unwrap();
        store.begin_data(first[1].id, "crashed", now()).await.unwrap();

        let later = now() + lease() + TimeDelta::seconds(1);
        let rest = store.claim("restarted", 10, lease(), TimeDelta::minutes(15), later).await.unwrap();

        let mut again: Vec<_> = rest.iter().map(|message| message.to_address.clone()).collect();
        again.sort();
        let mut expected: Vec<_> = [first[2].to_address.clone()].into();
        let everybody = ["person1@example.org", "person2@example.org", "person3@example.org", "person4@example.org"];
        expected.extend(everybody.iter().map(|a| (*a).to_owned()).filter(|a| first.iter().all(|m| m.to_address != *a)));
        expected.sort();
        assert_eq!(again, expected);
        for message in &rest {
            store.mark_sent(message.id, "restarted", &handed_over(), later).await.unwrap();
        }
        let done = MessageState::HandedOver;
        assert_eq!(states(&store).await, [done, done, done, MessageState::Uncertain]);

        // The one in doubt goes once more by itself, with the same name, so that a copy folds into the first;
        // lost again, it waits for a person.
        let mut at = later + TimeDelta::minutes(16);
        let second = store.claim("restarted", 10, lease(), TimeDelta::minutes(15), at).await.unwrap();
        assert_eq!(second.len(), 1);
        assert_eq!(second[0].message_id, first[1].message_id);
        store.begin_data(second[0].id, "restarted", at).await.unwrap();
        at += lease() + TimeDelta::seconds(1);
        assert!(store.claim("third", 10, lease(), TimeDelta::minutes(15), at).await.unwrap().is_empty());
        at += TimeDelta::days(2);
        assert!(store.claim("third", 10, lease(), TimeDelta::minutes(15), at).await.unwrap().is_empty());
        assert_eq!(states(&store).await, [done, done, done, MessageState::Uncertain]);
        let reached = store.list(event.id, &conclave_persistence::ListQuery::default()).await.unwrap().rows;
        assert_eq!(reached.iter().filter(|one| one.delivery == Some(MessageState::Uncertain)).count(), 1);
    }

    async fn t11_a_reminder_that_waits_to_leave_is_dropped_when_the_answer_comes_first(db: TestDb) {
        let store = db.store().await;
        let event = planning(&store, "4").await;
        let people = invite(&store, &event, 2).await;
        let day = at("2019-05-20T12:00:00Z");
        assert_eq!(store.send_planned_reminders(letters, day).await.unwrap(), 2);

        store.record_answer(people[0], &Given::Decline, &AnswerExtras::default(), Via::Page, day).await.unwrap();
        let left = store.claim("w", 10, lease(), TimeDelta::minutes(15), day).await.unwrap();

        let mut purposes: Vec<_> = left.iter().map(|m| (m.purpose.as_str(), m.to_address.as_str())).collect();
        purposes.sort_unstable();
        assert_eq!(purposes, [("receipt", "person1@example.org"), ("reminder", "person2@example.org")]);
        let dropped = "SELECT count(*) FROM messages WHERE purpose = 'reminder' AND state = 'dropped' \
            AND drop_reason = 'answered meanwhile' AND to_address = 'person1@example.org'";
        assert_eq!(number(&db, dropped).await, 1);
        // Nor is it planned again for either of them.
        assert_eq!(store.send_planned_reminders(letters, day + TimeDelta::days(1)).await.unwrap(), 0);
    }

    async fn t28_who_has_a_topic_to_be_decided_is_asked_before_topics_close_and_who_has_none_is_not(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let people = accepted(&store, &event, 4).await;
        say(&store, people[0], "TBD").await;
        say(&store, people[1], "N/A").await;
        say(&store, people[2], "XDP").await;

        let asked = store.candidates_for(event.id, WaveKind::TopicReminder).await.unwrap();
        let plan = store.plan(event.id, WaveKind::TopicReminder, &people, now()).await.unwrap();

        assert_eq!(asked, [people[0], people[3]]);
        let left_out: Vec<_> = plan.left_out.iter().map(|(one, why)| (one.name.as_str(), why.as_str())).collect();
        assert_eq!(left_out, [("Person 2", "brings no topic"), ("Person 3", "has a topic")]);
        let draft = WaveDraft {
            kind: WaveKind::TopicReminder,
            subject: String::new(),
            body: "Hello {first_name},\n\nby {answer_by}\n\n    {link}\n".into(),
            reply_by: None,
            invitations: asked,
            personal_lines: Vec::new(),
        };
        let saved = store.add_wave(event.id, &draft, &Actor::Operator, now()).await.unwrap();
        let sent = store.confirm_wave(saved.id, TimeDelta::zero(), &Actor::Operator, now()).await.unwrap();
        assert_eq!((sent.label().as_str(), sent.people), ("r1", 2));

        // Decided meanwhile: nothing is asked any more.
        say(&store, people[0], "none").await;
        let left = claim(&store, "w", 10).await;

        let asked: Vec<_> = left.iter().filter(|m| m.purpose.as_str() == "topic_reminder").collect();
        assert_eq!(asked.iter().map(|m| m.to_address.as_str()).collect::<Vec<_>>(), ["person4@example.org"]);
        let letter = asked[0].facts.letter.as_deref().unwrap();
        assert!(letter.contains("by Thu 30 May 2019, end of day, Boston time"), "{letter}");
        execute(&db, "UPDATE invitations SET is_muted = true", vec![]).await;
        let late = store.plan(event.id, WaveKind::TopicReminder, &[people[3]], now()).await.unwrap();
        assert!(late.recipients.is_empty(), "whoever asked us not to write is left alone");
    }
}
