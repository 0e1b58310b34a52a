use conclave_core::event::Event;
use conclave_core::log_entry::Actor;
use conclave_core::topic::TopicMove;
use conclave_persistence::{NewInvitee, Store, TopicText};
use conclave_test_support::builders::{add_event, now};
use conclave_test_support::{TestDb, both_databases};

use crate::invitations::{accept, add, invite, invitee};
use crate::{execute, number};

async fn set(store: &Store, event: &Event, settings: &[(&str, &str)]) -> Event {
    let settings: Vec<_> =
        settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    store.set_event(event.id, None, &settings, &Actor::Operator, now()).await.unwrap()
}

/// Adds an accepted person who may be named or not, with topics of which the committee took some.
async fn coming(store: &Store, event: &Event, name: &str, listed: bool, topics: &[(&str, bool)]) {
    let person = invite(store, event, name).await;
    accept(store, &person).await;
    if listed {
        let fields = [("listed".to_owned(), "yes".to_owned())];
        store.set_invitee(person.id, None, &fields, &Actor::Operator, now()).await.unwrap();
    }
    for (title, taken) in topics {
        let text = TopicText { title: (*title).to_owned(), minutes: Some(30), ..TopicText::default() };
        let topic = store.add_topic(event.id, Some(person.id), &text, &Actor::Operator, now()).await.unwrap();
        if *taken {
            store
                .decide_topic(event.id, topic.number, TopicMove::Accept, &Actor::Operator, now())
                .await
                .unwrap();
        }
    }
}

both_databases! {
    async fn the_public_page_names_only_who_comes_and_agreed_with_what_was_accepted(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let event = set(&store, &event, &[("page", "full"), ("sponsors", "A\n\nB"), ("epigraph", "One\n\n Two "),
            ("intro", "First line\nsecond line\n\n\nNext")]).await;
        coming(&store, &event, "Zoe Zander", true, &[("Second", true), ("Third", true), ("Not taken", false)]).await;
        coming(&store, &event, "Al Ahlgren", true, &[("Declined one", false)]).await;
        coming(&store, &event, "Shy Person", false, &[("Secret", true)]).await;
        invite(&store, &event, "Silent One").await;
        add(&store, &event, "Listed Only").await;
        execute(&db, "UPDATE invitations SET is_listed = true, intent = 'none' WHERE name <> 'Shy Person'", vec![]).await;

        let page = store.public_page(&event, false).await.unwrap();

        let people: Vec<_> = page.people.iter().map(|p| (p.name.as_str(), p.topics.join("/"), p.no_topic)).collect();
        assert_eq!(people, [("Zoe Zander", "Second/Third".to_owned(), false), ("Al Ahlgren", String::new(), true)]);
        assert!(!page.facts_only);
        assert_eq!(page.epigraph, ["One", "Two"]);
        assert_eq!(page.intro, ["First line\nsecond line", "Next"]);
        assert_eq!((page.dates.as_str(), page.sponsors.len()), ("June 20 - June 21, 2019", 2));

        let by_name = set(&store, &event, &[("page_order", "name")]).await;
        assert_eq!(store.public_page(&by_name, false).await.unwrap().people[0].name, "Al Ahlgren");
    }

    async fn while_the_page_shows_facts_alone_nobody_is_named_but_in_the_export(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        coming(&store, &event, "Al Ahlgren", true, &[]).await;
        let nameless = NewInvitee { name: None, ..invitee("Hidden Address") };
        let nameless = store.add_invitee(event.id, &nameless, &Actor::Operator, now()).await.unwrap();
        let nameless = store.invite_by_other_means(nameless.id, &Actor::Operator, now()).await.unwrap();
        accept(&store, &nameless).await;
        execute(&db, "UPDATE invitations SET is_listed = true", vec![]).await;

        let facts = store.public_page(&event, false).await.unwrap();
        let full = store.public_page(&event, true).await.unwrap();

        assert!(facts.facts_only && facts.people.is_empty());
        assert_eq!(full.people.len(), 1);
        assert!(!format!("{full:?}").contains('@'));
    }

    async fn the_final_list_is_who_accepted_by_family_name_with_accepted_topics(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        coming(&store, &event, "Zoe Zander", true, &[("Taken", true), ("Open", false)]).await;
        coming(&store, &event, "Al Ahlgren", false, &[]).await;
        let gone = invite(&store, &event, "Gus Gone").await;
        accept(&store, &gone).await;
        store.withdraw(gone.id, "moved on", true, &Actor::Operator, now()).await.unwrap();
        invite(&store, &event, "Silent One").await;

        let rows = store.attendee_rows(&event).await.unwrap();

        let seen: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.email.as_str(), row.listed)).collect();
        assert_eq!(seen, [("Al Ahlgren", "al@example.org", false), ("Zoe Zander", "zoe@example.org", true)]);
        assert_eq!((rows[1].topics.as_slice(), rows[1].answer.as_str()), (["Taken".to_owned()].as_slice(), "accepted"));
        assert_eq!((rows[1].mode.as_str(), rows[1].answered_at), ("in_person", Some(now())));

        let everybody = store.invitee_rows(&event, None).await.unwrap();
        let states: Vec<_> = everybody.iter().map(|row| (row.name.as_str(), row.state.as_str())).collect();
        assert_eq!(states, [("Al Ahlgren", "accepted"), ("Gus Gone", "withdrawn"), ("Silent One", "invited"), ("Zoe Zander", "accepted")]);
        assert_eq!(everybody[3].topics, ["Taken", "Open"]);
        assert_eq!(everybody[2].sent_at, None);
    }

    async fn topics_are_exported_by_number_with_their_presenter(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        coming(&store, &event, "Zoe Zander", true, &[("First", true), ("Second", false)]).await;
        let text = TopicText { title: "Committee's own".to_owned(), ..TopicText::default() };
        store.add_topic(event.id, None, &text, &Actor::Operator, now()).await.unwrap();
        store.decide_topic(event.id, 2, TopicMove::Withdraw, &Actor::Operator, now()).await.unwrap();

        let rows = store.topic_rows(&event).await.unwrap();

        let seen: Vec<_> = rows.iter().map(|row| (row.number, row.state.as_str(), row.presenters.join(","))).collect();
        assert_eq!(seen, [(1, "accepted", "Zoe Zander".to_owned()), (3, "proposed", String::new())]);
        assert_eq!(rows[0].minutes, Some(30));
    }

    async fn an_export_leaves_a_line_in_the_record(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;

        store.log_export(&event, "attendees", "csv", 15, &Actor::Operator, now()).await.unwrap();

        let lines = "SELECT count(*) FROM log_entries WHERE action = 'export.made' AND subject = 'attendees as csv'
            AND after_text = '15 rows'";
        assert_eq!(number(&db, lines).await, 1);
    }
}
