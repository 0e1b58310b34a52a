//! Two entries become one (T13): what must not be lost on the way.

use chrono::TimeDelta;
use conclave_core::answer::{Given, Via};
use conclave_core::ids::{InvitationId, PersonId};
use conclave_core::log_entry::Actor;
use conclave_persistence::{AddressChange, AnswerExtras, BookReader, Details, Store, SupportWord};
use conclave_test_support::builders::{add_event, add_listed, now};
use conclave_test_support::{TestDb, both_databases};
use sea_orm::{ConnectionTrait as _, Database, TransactionTrait as _};

use crate::people::invite;

const ALL: BookReader = BookReader::Operator;

async fn person_of(store: &Store, invitation: InvitationId) -> PersonId {
    store.invitation_by_id(invitation).await.unwrap().unwrap().person
}

async fn accept(store: &Store, invitation: InvitationId, minutes: i64) {
    let (given, at) = (Given::Accept { mode: None }, now() + TimeDelta::minutes(minutes));
    store.record_answer(invitation, &given, &AnswerExtras::default(), Via::Page, at).await.unwrap();
}

both_databases! {
    async fn t13_whom_they_bring_and_which_part_they_attend_join_and_seats_are_counted_with_them(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let guests = [("guests".to_owned(), "yes".to_owned())];
        let event = store.set_event(event.id, None, &guests, &Actor::Operator, now()).await.unwrap();
        let twice = invite(&store, &event, 2).await;
        let (a, b) = (person_of(&store, twice[0]).await, person_of(&store, twice[1]).await);
        accept(&store, twice[0], 1).await;
        accept(&store, twice[1], 2).await;
        let theirs = Details { part: Some("Thursday only".to_owned()), guests: Some(2), ..Details::default() };
        store.set_details(twice[1], &theirs, now()).await.unwrap();
        assert_eq!(store.seats(&event).await.unwrap().in_person.taken(), 4);

        store.merge_people(ALL, a, b, &[], &Actor::Operator, now()).await.unwrap();

        let stays = store.invitation_by_id(twice[0]).await.unwrap().unwrap();
        assert_eq!((stays.part.as_str(), stays.guests), ("Thursday only", 2));
        assert_eq!(store.seats(&event).await.unwrap().in_person.taken(), 3, "one person and two guests");
    }

    async fn t13_who_was_asked_to_say_again_that_they_come_still_is(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let twice = invite(&store, &event, 2).await;
        let (a, b) = (person_of(&store, twice[0]).await, person_of(&store, twice[1]).await);
        accept(&store, twice[0], 1).await;
        accept(&store, twice[1], 2).await;
        let asked = "UPDATE invitations SET reconfirm_since = created_at WHERE email = 'person2@example.org'";
        crate::execute(&db, asked, vec![]).await;

        store.merge_people(ALL, a, b, &[], &Actor::Operator, now()).await.unwrap();

        assert!(store.invitation_by_id(twice[0]).await.unwrap().unwrap().reconfirm_since.is_some());
    }

    async fn t13_travel_money_that_was_granted_to_either_stays_granted(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let twice = invite(&store, &event, 2).await;
        let (a, b) = (person_of(&store, twice[0]).await, person_of(&store, twice[1]).await);
        let wish = Details { support: Some((true, "400 EUR".to_owned())), ..Details::default() };
        for (minutes, who) in (1..).zip(&twice) {
            accept(&store, *who, minutes).await;
            store.set_details(*who, &wish, now()).await.unwrap();
        }
        let word = SupportWord { granted: Some("300 EUR"), reason: "", tell_them: false };
        store.decide_support(twice[1], &word, &Actor::Operator, now()).await.unwrap();

        store.merge_people(ALL, a, b, &[], &Actor::Operator, now()).await.unwrap();

        let support = store.details(twice[0], event.id).await.unwrap().support.unwrap();
        assert_eq!(support.decision.map(|decision| decision.amount), Some("300 EUR".to_owned()));
        assert_eq!(crate::number(&db, "SELECT count(*) FROM travel_supports").await, 1);
    }

    async fn t13_the_better_rank_of_two_on_the_reserve_stays_and_leaves_no_gap(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let mut people = Vec::new();
        for email in ["ann@example.org", "ada@example.org", "bob@example.org", "ada2@example.org"] {
            people.push(add_listed(&store, event.id, email).await);
        }
        let ids: Vec<_> = people.iter().map(|person| person.id).collect();
        store.set_reserve(event.id, &ids, true, &Actor::Operator, now()).await.unwrap();

        store.merge_people(ALL, people[3].person, people[1].person, &[], &Actor::Operator, now()).await.unwrap();

        let reserve = store.reserve(event.id).await.unwrap();
        let ranks: Vec<_> = reserve.iter().map(|one| (one.name.as_str(), one.reserve_rank)).collect();
        assert_eq!(ranks, [("ann", Some(1)), ("ada2", Some(2)), ("bob", Some(3))]);
    }

    async fn t13_whom_the_other_one_stood_in_for_is_not_forgotten(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let from = invite(&store, &event, 1).await[0];
        let (a, b) = (add_listed(&store, event.id, "ada@example.org").await, add_listed(&store, event.id, "ada2@example.org").await);
        let stands_in = "UPDATE invitations SET replaces_id = (SELECT id FROM invitations WHERE email = 'person1@example.org') WHERE email = 'ada2@example.org'";
        crate::execute(&db, stands_in, vec![]).await;

        store.merge_people(ALL, a.person, b.person, &[], &Actor::Operator, now()).await.unwrap();

        assert_eq!(store.invitation_by_id(a.id).await.unwrap().unwrap().replaces, Some(from));
    }

    async fn t13_two_who_join_the_same_two_at_once_the_other_way_round_join_them_once(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let (a, b) = (add_listed(&store, event.id, "ada@example.org").await, add_listed(&store, event.id, "ada2@example.org").await);

        let one = store.merge_people(ALL, a.person, b.person, &[], &Actor::Operator, now());
        let other = store.merge_people(ALL, b.person, a.person, &[], &Actor::Operator, now());
        let (one, other) = tokio::join!(one, other);

        assert_eq!(one.unwrap() + other.unwrap(), 1);
        assert_eq!(crate::number(&db, "SELECT count(*) FROM people WHERE merged_into = id").await, 0);
        let merged = "SELECT count(*) FROM log_entries WHERE action = 'person.merged'";
        assert_eq!(crate::number(&db, merged).await, 1);
        let people = store.people(ALL, &conclave_persistence::BookQuery::default()).await.unwrap();
        assert_eq!(people.rows.len(), 1);
    }

    async fn an_address_is_changed_in_the_order_of_every_other_write(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let ada = add_listed(&store, event.id, "ada@example.org").await.person;
        if !db.is_sqlite() {
            // An import has the event and is about to take the addresses.
            let connection = Database::connect(db.url()).await.unwrap();
            #[expect(clippy::disallowed_methods, reason = "PostgreSQL alone")]
            let import = connection.begin().await.unwrap();
            import.execute_unprepared("SELECT id FROM events FOR UPDATE").await.unwrap();
            let change = store.change_person_address(ALL, ada, AddressChange::Add, "ada@work.example.org", &Actor::Operator, now());
            let rest = async {
                waits_for_a_lock(&db).await;
                import.execute_unprepared("LOCK TABLE addresses IN SHARE ROW EXCLUSIVE MODE").await?;
                import.commit().await
            };
            let (changed, imported) = tokio::join!(change, rest);
            changed.unwrap();
            imported.unwrap();
            return;
        }
        store.change_person_address(ALL, ada, AddressChange::Add, "ada@work.example.org", &Actor::Operator, now()).await.unwrap();
    }
}

/// Until somebody stands in line for a lock of this database.
async fn waits_for_a_lock(db: &TestDb) {
    let waiting = "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) \
                   WHERE NOT granted AND datname = current_database()";
    while crate::number(db, waiting).await == 0 {
        tokio::task::yield_now().await;
    }
}
