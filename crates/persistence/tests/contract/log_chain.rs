use chrono::TimeDelta;
use conclave_core::answer::{Given, Via};
use conclave_core::committee::Role;
use conclave_core::ids::EventId;
use conclave_core::log_chain::{ERASED, Seals};
use conclave_core::log_entry::Actor;
use conclave_persistence::{AnswerExtras, LogCheck, Store};
use conclave_test_support::builders::{add_account, add_event, add_listed, member, now};
use conclave_test_support::{TestDb, both_databases};
use sea_orm::{ConnectionTrait, Database, Statement};

use crate::{execute, number};

const GUARDS: [&str; 2] = ["log_entries_are_not_changed", "log_entries_are_not_deleted"];

/// Whoever can write to the database can take its guards away too.
async fn take_guards_away(db: &TestDb) {
    for guard in GUARDS {
        let on = if db.is_sqlite() { "" } else { " ON log_entries" };
        execute(db, &format!("DROP TRIGGER {guard}{on}"), Vec::new()).await;
    }
}

/// An event with a record: somebody is added, invited, answers, changes their mind.
async fn lived(store: &Store) -> EventId {
    let omar = add_account(store, "omar@example.org").await;
    let event = add_event(store, "netconf-2019", Some(omar.id)).await.id;
    let toke = add_listed(store, event, "toke@example.org").await;
    store.invite_by_other_means(toke.id, &member(&omar), now()).await.unwrap();
    for (hours, given) in [(1, Given::Accept { mode: None }), (2, Given::Decline)] {
        // Two lines in one write: the answer, and the consent that came with it.
        let extras = AnswerExtras { listed: Some(hours == 1), ..AnswerExtras::default() };
        let then = now() + TimeDelta::hours(hours);
        store.record_answer(toke.id, &given, &extras, Via::Page, then).await.unwrap();
    }
    event
}

#[track_caller]
fn broken(check: &LogCheck) -> (i64, String) {
    match &check.broken {
        Some(broken) => (broken.number, broken.why.clone()),
        None => panic!("the chain is whole"),
    }
}

both_databases! {
    async fn every_write_continues_the_chain_of_its_event(db: TestDb) {
        let store = db.store().await;
        let event = lived(&store).await;
        let other = add_event(&store, "other", None).await.id;

        let check = store.check_log(Some(event)).await.unwrap();

        let lines = store.log(event, None, 0).await.unwrap();
        assert_eq!((check.broken, check.erased), (None, 0));
        assert_eq!(check.entries, 9);
        let numbers: Vec<i64> = lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [9, 8, 7, 6, 5, 4, 3, 2, 1]);
        assert_eq!((check.head.number, check.head.hash_words().len()), (9, 64));
        // Neither another event's nor the installation's chain is touched.
        assert_eq!(store.check_log(Some(other)).await.unwrap().entries, 2);
        let installation = store.check_log(None).await.unwrap();
        assert_eq!((installation.entries, installation.broken), (1, None));
        // The head moves with each entry.
        store.tag(event, &[], "x", true, &Actor::Operator, now()).await.unwrap();
        assert_eq!(store.check_log(Some(event)).await.unwrap().head, check.head);
        add_listed(&store, event, "aiko@example.org").await;
        assert_ne!(store.check_log(Some(event)).await.unwrap().head, check.head);
    }

    async fn one_changed_letter_breaks_the_chain_where_it_stands(db: TestDb) {
        let store = db.store().await;
        let event = lived(&store).await;
        take_guards_away(&db).await;

        for (column, value, why) in [
            ("subject", "'Tokq'", "its words were changed"),
            ("after_text", "'declined'", "its words were changed"),
            ("action", "'answer.lapsed'", "it was changed, or does not follow the entry before it"),
        ] {
            let before = format!("SELECT {column} FROM log_entries WHERE number = 6 AND event_id IS NOT NULL");
            let old = crate::text(&db, &before).await;
            let set = |value: &str| {
                format!("UPDATE log_entries SET {column} = {value} WHERE number = 6 AND event_id IS NOT NULL")
            };
            execute(&db, &set(value), Vec::new()).await;

            let check = store.check_log(Some(event)).await.unwrap();

            assert_eq!(broken(&check), (6, why.to_owned()), "{column}");
            assert_eq!(check.entries, 5);
            execute(&db, &set(&format!("'{old}'")), Vec::new()).await;
        }
        assert_eq!(store.check_log(Some(event)).await.unwrap().broken, None, "put back as it was");
    }

    async fn entries_that_are_gone_are_missed_also_the_last_one(db: TestDb) {
        let store = db.store().await;
        let event = lived(&store).await;
        take_guards_away(&db).await;
        let delete =
            |number: i64| format!("DELETE FROM log_entries WHERE number = {number} AND event_id IS NOT NULL");

        execute(&db, &delete(9), Vec::new()).await;
        let without_the_last = store.check_log(Some(event)).await.unwrap();
        execute(&db, &delete(4), Vec::new()).await;
        let without_one = store.check_log(Some(event)).await.unwrap();

        assert_eq!(broken(&without_the_last), (9, "it is gone; there were 9 entries".to_owned()));
        assert_eq!(broken(&without_one), (5, "an entry is missing before it".to_owned()));
        assert_eq!(without_one.entries, 3);
    }

    async fn the_database_itself_refuses_to_change_or_delete_an_entry(db: TestDb) {
        let store = db.store().await;
        let event = lived(&store).await;
        let connection = Database::connect(db.url()).await.unwrap();

        for sql in [
            "UPDATE log_entries SET after_text = 'declined' WHERE number = 6",
            "UPDATE log_entries SET number = 60 WHERE number = 6",
            "UPDATE log_entries SET at = '2019-01-01 00:00:00+00:00'",
            "UPDATE log_entries SET invitation_id = NULL",
            "DELETE FROM log_entries",
        ] {
            let error = connection.execute_unprepared(sql).await.unwrap_err();
            assert!(error.to_string().contains("never changed or deleted"), "{sql}: {error}");
        }

        assert_eq!(store.check_log(Some(event)).await.unwrap().broken, None);
    }

    async fn a_name_can_be_erased_and_the_chain_stays_whole(db: TestDb) {
        let store = db.store().await;
        let event = lived(&store).await;
        let connection = Database::connect(db.url()).await.unwrap();
        let backend = connection.get_database_backend();
        let ask = "SELECT id, seals FROM log_entries WHERE number = 6 AND event_id IS NOT NULL";
        let row = connection.query_one_raw(Statement::from_string(backend, ask)).await.unwrap().unwrap();
        let (id, seals): (uuid::Uuid, Vec<u8>) =
            (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
        let mut seals = Seals::from_bytes(seals);

        seals.erase(1);
        let erase = "UPDATE log_entries SET subject = $1, seals = $2 WHERE id = $3";
        let values = vec![ERASED.into(), seals.as_bytes().to_vec().into(), id.into()];
        assert_eq!(execute(&db, erase, values).await, 1);

        let check = store.check_log(Some(event)).await.unwrap();
        assert_eq!((check.entries, check.erased, check.broken), (9, 1, None));
    }

    async fn entries_of_before_the_chain_are_sealed_when_the_program_starts(db: TestDb) {
        let store = db.store().await;
        let event = lived(&store).await;
        let before = actions(&store, event).await;
        take_guards_away(&db).await;
        // As the migration leaves them.
        let nothing = if db.is_sqlite() { "x''" } else { "''" };
        let unseal = format!("UPDATE log_entries SET number = -number, seals = {nothing}, hash = {nothing}");
        execute(&db, &unseal, Vec::new()).await;
        for table in ["events", "installation"] {
            let forget = format!("UPDATE {table} SET log_number = 0, log_hash = {nothing}");
            execute(&db, &forget, Vec::new()).await;
        }
        assert!(store.check_log(Some(event)).await.unwrap().broken.is_some());

        let store = db.store().await;

        let check = store.check_log(Some(event)).await.unwrap();
        assert_eq!((check.entries, check.broken), (9, None));
        assert_eq!(store.check_log(None).await.unwrap().broken, None);
        assert_eq!(number(&db, "SELECT count(*) FROM log_entries WHERE number < 0").await, 0);
        assert_eq!(actions(&store, event).await, before, "in the order in which they were written");
    }

    async fn writes_at_once_leave_one_chain(db: TestDb) {
        let store = db.store().await;
        let event = lived(&store).await;
        let omar = add_account(&store, "ada@example.org").await;
        let mut people = Vec::new();
        for n in 0..6 {
            people.push(add_listed(&store, event, &format!("p{n}@example.org")).await);
        }

        let mut tasks = tokio::task::JoinSet::new();
        for person in people {
            let (store, by) = (store.clone(), member(&omar));
            tasks.spawn(async move {
                store.invite_by_other_means(person.id, &by, now()).await.unwrap();
                let yes = Given::Accept { mode: None };
                store.record_answer(person.id, &yes, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
            });
        }
        let (other, id) = (store.clone(), omar.id);
        tasks.spawn(async move {
            other.set_role(event, id, Role::Reader, &Actor::Operator, now()).await.unwrap();
        });
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }

        let check = store.check_log(Some(event)).await.unwrap();
        assert_eq!((check.entries, check.broken), (9 + 6 * 3 + 1, None));
    }
}

async fn actions(store: &Store, event: EventId) -> Vec<String> {
    store.log(event, None, 0).await.unwrap().into_iter().map(|line| line.action).collect()
}
