use chrono::TimeDelta;
use conclave_core::ids::EventId;
use conclave_core::log_entry::Actor;
use conclave_core::topic::{Intent, TopicState};
use conclave_persistence::{ImportPerson, ImportResult, ListQuery, NewInvitee, Store, TopicsMode};
use conclave_test_support::builders::{account, add_account, add_event, now};
use conclave_test_support::{TestDb, both_databases};

use crate::{execute, number};

pub fn person(line: usize, name: &str, email: &str) -> ImportPerson {
    ImportPerson {
        line,
        name: name.to_owned(),
        email: email.to_owned(),
        affiliation: String::new(),
        family: String::new(),
        first_name: String::new(),
        tags: vec![],
        note: String::new(),
        topics: vec![],
        intent: String::new(),
    }
}

fn with_topics(line: usize, email: &str, topics: &[&str]) -> ImportPerson {
    ImportPerson { topics: topics.iter().map(|t| (*t).to_owned()).collect(), ..person(line, "", email) }
}

async fn import(store: &Store, event: EventId, people: &[ImportPerson]) -> conclave_persistence::Imported {
    store.import(event, people, TopicsMode::Propose, &Actor::Operator, now(), &|_| ()).await.unwrap()
}

both_databases! {
    async fn a_list_is_stored_in_its_order_with_everything_it_says(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let toke = ImportPerson {
            affiliation: "Red Hat".to_owned(),
            first_name: "Toke".to_owned(),
            tags: vec!["xdp".to_owned(), "xdp".to_owned(), "speaker".to_owned()],
            note: "knows the hotel".to_owned(),
            ..person(2, "Toke Høiland-Jørgensen", "Toke@Example.org")
        };
        let anna = ImportPerson { family: "Anna".to_owned(), ..person(3, "Anna Zhou", "anna@example.org") };

        let made = import(&store, event, &[toke, anna, person(4, "", "x@example.org")]).await;

        assert_eq!(made.added, 3);
        assert_eq!(made.results, [(2, ImportResult::New), (3, ImportResult::New), (4, ImportResult::New)]);
        let list = store.list(event, &ListQuery { sort: "position".to_owned(), ..ListQuery::default() }).await.unwrap();
        let rows = &list.rows;
        assert_eq!(rows.iter().map(|row| row.position).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!((rows[0].name.as_str(), rows[0].sort_key.as_str()), ("Toke Høiland-Jørgensen", "hoiland jorgensen  toke"));
        assert_eq!((rows[0].email.as_str(), rows[0].affiliation.as_str()), ("Toke@example.org", "Red Hat"));
        assert_eq!((rows[0].tags.join(" "), rows[0].note.as_str()), ("xdp speaker".to_owned(), "knows the hotel"));
        assert_eq!(rows[0].first_name, "Toke");
        assert_eq!(rows[1].sort_key, "anna  zhou");
        assert_eq!((rows[2].name.as_str(), rows[2].shown_name()), ("", "x@example.org"));
        assert_eq!(number(&db, "SELECT count(*) FROM log_entries WHERE subject LIKE '%@%'").await, 0);
    }

    async fn importing_the_same_list_twice_adds_nobody(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let list = [with_topics(1, "a@example.org", &["XDP"]), person(2, "B", "b@example.org")];
        import(&store, event, &list).await;

        let plan = store.plan_import(event, &list, &Actor::Operator).await.unwrap();
        let again = import(&store, event, &list).await;

        for report in [plan, again] {
            assert_eq!(report.results, [(1, ImportResult::SamePerson), (2, ImportResult::SamePerson)]);
            assert_eq!((report.added, report.topics_added), (0, 0));
        }
        assert_eq!(store.list(event, &ListQuery::default()).await.unwrap().total, 2);
    }

    async fn a_plan_says_what_an_import_does_and_writes_nothing(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let none = ImportPerson { intent: "none".to_owned(), ..person(3, "", "c@example.org") };
        let list = [with_topics(1, "a@example.org", &["XDP", "xdp ", "BPF"]), person(2, "", "A@example.org"), none];

        let plan = store.plan_import(event, &list, &Actor::Operator).await.unwrap();
        assert_eq!(number(&db, "SELECT count(*) FROM people").await, 0);
        let made = import(&store, event, &list).await;

        assert_eq!(plan.results, made.results);
        assert_eq!((made.added, made.topics_added, made.no_topic), (2, 2, 1));
        assert_eq!(made.results[1], (2, ImportResult::SamePerson));
    }

    async fn who_declined_before_is_told_apart(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let list = [person(1, "", "a@example.org")];
        import(&store, event, &list).await;
        execute(&db, "UPDATE invitations SET state = 'invited', answer = 'declined'", vec![]).await;

        let again = import(&store, event, &list).await;

        assert_eq!(again.results, [(1, ImportResult::DeclinedBefore)]);
    }

    async fn an_address_belongs_to_one_person_across_events(db: TestDb) {
        let store = db.store().await;
        let first = add_event(&store, "netconf-2019", None).await.id;
        let second = add_event(&store, "netconf-2020", None).await.id;

        import(&store, first, &[person(1, "A", "a@example.org")]).await;
        import(&store, second, &[person(1, "B", "b@example.org"), person(2, "A. Other", "A@example.org")]).await;

        assert_eq!(number(&db, "SELECT count(*) FROM people").await, 2);
        assert_eq!(number(&db, "SELECT count(*) FROM addresses").await, 2);
        let rows = store.list(second, &ListQuery::default()).await.unwrap().rows;
        assert_eq!(rows.len(), 2);
    }

    async fn a_person_known_by_an_older_address_is_not_added_again(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let added = import(&store, event, &[person(1, "A", "old@example.org")]).await;
        let id = store.invitation(event, "old@example.org").await.unwrap().unwrap().id;
        let change = [("email".to_owned(), "new@example.org".to_owned())];
        store.set_invitee(id, None, &change, &Actor::Operator, now()).await.unwrap();

        let again = import(&store, event, &[person(1, "A", "old@example.org"), person(2, "A", "new@example.org")]).await;

        assert_eq!((added.added, again.added), (1, 0));
    }

    async fn people_continue_behind_those_on_the_list(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let new = NewInvitee { email: Some(account("first@example.org").email), ..NewInvitee::default() };
        store.add_invitee(event, &new, &Actor::Operator, now()).await.unwrap();
        import(&store, event, &[with_topics(1, "a@example.org", &["one"])]).await;

        import(&store, event, &[with_topics(1, "b@example.org", &["one", "two"])]).await;

        assert_eq!(store.invitation(event, "b@example.org").await.unwrap().unwrap().position, 3);
        let topics = store.topics(event, &[]).await.unwrap();
        assert_eq!(topics.iter().map(|topic| topic.number).collect::<Vec<_>>(), [1, 2, 3]);
    }

    async fn an_import_given_up_half_way_leaves_nobody_behind_and_says_how_far_it_is(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let list: Vec<_> = (1..=1_200).map(|n| person(n, "", &format!("p{n}@example.org"))).collect();
        let (half_way, reached) = (tokio::sync::Notify::new(), std::sync::Mutex::new(Vec::new()));
        let heard = |done| {
            reached.lock().unwrap().push(done);
            half_way.notify_one();
        };

        tokio::select! {
            biased;
            () = half_way.notified() => {}
            _ = store.import(event, &list, TopicsMode::Propose, &Actor::Operator, now(), &heard) => {}
        }

        assert_eq!(*reached.lock().unwrap(), [500], "given up after the first part");
        assert_eq!(number(&db, "SELECT count(*) FROM invitations").await, 0);
        assert_eq!(number(&db, "SELECT count(*) FROM people").await, 0);
        store.import(event, &list, TopicsMode::Propose, &Actor::Operator, now(), &heard).await.unwrap();
        assert_eq!(*reached.lock().unwrap(), [500, 500, 1_000, 1_200]);
        assert_eq!(number(&db, "SELECT count(*) FROM invitations").await, 1_200);
    }

    async fn topics_are_proposed_noted_or_ignored(db: TestDb) {
        let store = db.store().await;
        let long = "x".repeat(250);
        for mode in [TopicsMode::Propose, TopicsMode::Note, TopicsMode::Ignore] {
            let event = add_event(&store, &format!("netconf-{}", mode.as_str()), None).await.id;
            let undecided = ImportPerson { intent: "undecided".to_owned(), ..person(2, "", "b@example.org") };
            let list = [with_topics(1, "a@example.org", &["XDP", &long]), undecided];

            store.import(event, &list, mode, &Actor::Operator, now(), &|_| ()).await.unwrap();

            let topics = store.topics(event, &[]).await.unwrap();
            let [a, b] = ["a@example.org", "b@example.org"].map(|who| store.invitation(event, who));
            let (a, b) = (a.await.unwrap().unwrap(), b.await.unwrap().unwrap());
            match mode {
                TopicsMode::Propose => {
                    assert_eq!((topics[0].title.as_str(), topics[0].state), ("XDP", TopicState::Proposed));
                    assert_eq!((topics[0].via.as_str(), topics[0].invitation), ("import", Some(a.id)));
                    assert_eq!((topics[1].title.chars().count(), topics[1].body.len()), (200, 250));
                    assert_eq!((a.note.as_str(), b.intent), ("", Intent::Undecided));
                }
                TopicsMode::Note => {
                    assert!(topics.is_empty() && a.note.starts_with("Topics:\n- XDP\n- xxx"), "{}", a.note);
                    assert_eq!(b.intent, Intent::Undecided);
                }
                TopicsMode::Ignore => {
                    assert!(topics.is_empty());
                    assert_eq!((a.note.as_str(), b.intent), ("", Intent::NothingSaid));
                }
            }
        }
    }

    /// The limit of a list is 20,000 rows; half of it takes seconds, not minutes.
    async fn ten_thousand_people_are_imported_at_once(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let list: Vec<_> = (1..=10_000)
            .map(|n| ImportPerson {
                topics: vec![format!("Topic {n}")],
                ..person(n, &format!("Person Number{n}"), &format!("person{n}@example.org"))
            })
            .collect();

        let made = import(&store, event, &list).await;

        assert_eq!((made.added, made.topics_added), (10_000, 10_000));
        assert_eq!(number(&db, "SELECT count(*) FROM invitations").await, 10_000);
        assert_eq!(number(&db, "SELECT count(DISTINCT public_id) FROM invitations").await, 10_000);
    }

    async fn two_lists_imported_at_once_share_their_people(db: TestDb) {
        let store = db.store().await;
        let first = add_event(&store, "netconf-2019", None).await.id;
        let second = add_event(&store, "netconf-2020", None).await.id;
        let list = [person(1, "A", "a@example.org"), person(2, "B", "b@example.org")];

        tokio::join!(import(&store, first, &list), import(&store, second, &list));

        assert_eq!(number(&db, "SELECT count(*) FROM people").await, 2);
        assert_eq!(number(&db, "SELECT count(*) FROM invitations").await, 4);
    }

    async fn a_list_is_kept_until_it_was_checked(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        let event = add_event(&store, "netconf-2019", Some(omar.id)).await.id;
        let other = add_event(&store, "other", None).await.id;
        let keep = async |content: &[u8], at| {
            store.keep_import(event, Some(omar.id), content, "list.csv", TopicsMode::Note, at).await.unwrap()
        };
        let id = keep(b"a@example.org\xff", now()).await;

        let draft = store.import_draft(event, id).await.unwrap().unwrap();
        assert_eq!((draft.content.as_slice(), draft.file_name.as_str()), (&b"a@example.org\xff"[..], "list.csv"));
        assert_eq!(draft.topics, TopicsMode::Note);
        assert!(store.import_draft(other, id).await.unwrap().is_none());
        store.set_import(event, id, b"b@example.org").await.unwrap();
        assert_eq!(store.import_draft(event, id).await.unwrap().unwrap().content, b"b@example.org");

        let second = keep(b"", now() + TimeDelta::days(8)).await;
        assert!(store.import_draft(event, id).await.unwrap().is_none());
        store.remove_import(event, second).await.unwrap();
        store.remove_import(event, second).await.unwrap();
        assert!(store.import_draft(event, second).await.unwrap().is_none());
    }
}
