use chrono::TimeDelta;
use conclave_core::committee::Role;
use conclave_core::link_token::Secret;
use conclave_core::log_entry::Actor;
use conclave_persistence::{AccountRefused, NewAccount, StoreError, WriteError};
use conclave_test_support::builders::{account, add_account, add_event, now};
use conclave_test_support::{TestDb, both_databases};

use crate::{number, refused};

fn operator(email: &str) -> NewAccount {
    NewAccount { is_operator: true, password_hash: Some("hash".to_owned()), ..account(email) }
}

both_databases! {
    async fn an_address_has_one_account_however_it_is_written(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "Omar@Example.org").await;

        let again = store.add_account(&account("omar@example.org"), &Actor::Operator, now()).await;

        assert_eq!(refused(again), AccountRefused::EmailTaken);
        assert_eq!(store.accounts().await.unwrap(), [omar]);
    }

    async fn an_account_is_found_by_address_with_its_password(db: TestDb) {
        let store = db.store().await;
        let added = store.add_account(&operator("omar@example.org"), &Actor::Operator, now()).await.unwrap();

        let (found, hash) = store.account_by_email(&account("OMAR@example.org").email.key()).await.unwrap().unwrap();

        assert_eq!((found, hash.as_deref()), (added, Some("hash")));
        assert!(store.account_by_email(&account("no@example.org").email.key()).await.unwrap().is_none());
    }

    async fn roles_are_given_changed_and_taken_away(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        let mia = add_account(&store, "mia@example.org").await;
        let event = add_event(&store, "netconf-2019", Some(omar.id)).await;
        let by = Actor::Operator;

        store.set_role(event.id, mia.id, Role::Reader, &by, now()).await.unwrap();
        store.set_role(event.id, mia.id, Role::Member, &by, now()).await.unwrap();
        let committee = store.committee(event.id).await.unwrap();
        let names: Vec<_> = committee.iter().map(|(a, role)| (a.name.as_str(), *role)).collect();
        assert_eq!(names, [("omar", Role::Chair), ("mia", Role::Member)]);
        assert_eq!(committee[1].0.roles, [("netconf-2019".to_owned(), Role::Member)]);

        store.remove_role(event.id, mia.id, &by, now()).await.unwrap();
        assert!(store.event_for(mia.id, "netconf-2019").await.unwrap().is_none());
        let gone = store.remove_role(event.id, mia.id, &by, now()).await;
        assert!(matches!(gone, Err(WriteError::Store(StoreError::NotFound))));
        assert_eq!(number(&db, "SELECT count(*) FROM log_entries WHERE action LIKE 'committee.%'").await, 4);
    }

    async fn an_event_keeps_its_last_chair(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        let mia = add_account(&store, "mia@example.org").await;
        let event = add_event(&store, "netconf-2019", Some(omar.id)).await;
        let by = Actor::Operator;

        assert_eq!(refused(store.remove_role(event.id, omar.id, &by, now()).await), AccountRefused::LastChair);
        let lower = store.set_role(event.id, omar.id, Role::Member, &by, now()).await;
        assert_eq!(refused(lower), AccountRefused::LastChair);
        assert_eq!(refused(store.remove_account(omar.id, &by, now()).await), AccountRefused::LastChair);

        store.set_role(event.id, mia.id, Role::Chair, &by, now()).await.unwrap();
        store.remove_role(event.id, omar.id, &by, now()).await.unwrap();
    }

    async fn a_removed_account_loses_rights_and_sessions_and_may_come_back_without_them(db: TestDb) {
        let store = db.store().await;
        let omar = store.add_account(&operator("omar@example.org"), &Actor::Operator, now()).await.unwrap();
        let mia = store.add_account(&operator("mia@example.org"), &Actor::Operator, now()).await.unwrap();
        let event = add_event(&store, "netconf-2019", Some(omar.id)).await;
        store.set_role(event.id, mia.id, Role::Chair, &Actor::Operator, now()).await.unwrap();
        let cookie = store.start_session(mia.id, "", TimeDelta::days(1), now()).await.unwrap();

        store.remove_account(mia.id, &Actor::Operator, now()).await.unwrap();

        assert!(store.session(&cookie, TimeDelta::days(1), now()).await.unwrap().is_none());
        assert!(store.event_for(mia.id, "netconf-2019").await.unwrap().is_none());
        assert_eq!(store.accounts().await.unwrap().len(), 1);
        let last = store.remove_account(omar.id, &Actor::Operator, now()).await;
        assert_eq!(refused(last), AccountRefused::LastOperator);
        let back = store.add_account(&account("mia@example.org"), &Actor::Operator, now()).await.unwrap();
        assert_eq!((back.id, back.has_password, back.is_operator, back.roles), (mia.id, false, false, vec![]));
    }

    async fn a_new_password_ends_every_session_but_the_one_that_set_it(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        let own = store.start_session(omar.id, "", TimeDelta::days(1), now()).await.unwrap();
        let other = store.start_session(omar.id, "", TimeDelta::days(1), now()).await.unwrap();

        store.set_password(omar.id, "new", Some(&own), &Actor::Operator, now()).await.unwrap();

        assert!(store.session(&own, TimeDelta::days(1), now()).await.unwrap().is_some());
        assert!(store.session(&other, TimeDelta::days(1), now()).await.unwrap().is_none());
        let (_, hash) = store.account_by_email(&account("omar@example.org").email.key()).await.unwrap().unwrap();
        assert_eq!(hash.as_deref(), Some("new"));
    }

    async fn a_new_password_drops_the_sign_in_mails_that_have_not_left(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        store.invite_member(omar.id, &Actor::Operator, now()).await.unwrap();

        store.set_password(omar.id, "new", None, &Actor::Operator, now()).await.unwrap();

        assert_eq!(number(&db, "SELECT count(*) FROM messages WHERE state = 'dropped'").await, 1);
        let claimed = store.claim("w", 10, TimeDelta::seconds(180), TimeDelta::minutes(15), now()).await.unwrap();
        assert!(claimed.is_empty());
    }

    async fn setting_up_makes_the_first_operator_once(db: TestDb) {
        let store = db.store().await;
        let old = store.issue_setup_secret(now()).await.unwrap().unwrap();
        let secret = store.issue_setup_secret(now()).await.unwrap().unwrap();
        assert!(!store.setup_is_open(&old, now()).await.unwrap());
        assert!(store.setup_is_open(&secret, now()).await.unwrap());
        assert!(!store.setup_is_open(&secret, now() + TimeDelta::hours(72)).await.unwrap());

        let new = account("omar@example.org");
        assert_eq!(refused(store.finish_setup(&old, &new, now()).await), AccountRefused::SecretInvalid);
        let omar = store.finish_setup(&secret, &new, now()).await.unwrap();

        assert!(omar.is_operator);
        assert!(!store.setup_is_open(&secret, now()).await.unwrap());
        let again = store.finish_setup(&secret, &account("eve@example.org"), now()).await;
        assert_eq!(refused(again), AccountRefused::SetUpFinished);
        assert!(store.issue_setup_secret(now()).await.unwrap().is_none());
    }

    async fn of_two_who_finish_setting_up_one_wins(db: TestDb) {
        let store = db.store().await;
        let secret = store.issue_setup_secret(now()).await.unwrap().unwrap();
        let (first, second) = (account("omar@example.org"), account("eve@example.org"));

        let (one, two) = tokio::join!(
            store.finish_setup(&secret, &first, now()),
            store.finish_setup(&secret, &second, now()),
        );

        assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|ok| **ok).count(), 1);
        assert_eq!(store.accounts().await.unwrap().len(), 1);
    }

    async fn a_new_member_is_mailed_without_a_secret_at_rest(db: TestDb) {
        let store = db.store().await;
        let mia = add_account(&store, "mia@example.org").await;

        store.invite_member(mia.id, &Actor::Operator, now()).await.unwrap();

        let queued = "SELECT count(*) FROM messages WHERE purpose = 'set_up' AND state = 'queued'";
        assert_eq!(number(&db, queued).await, 1);
        assert_eq!(number(&db, "SELECT count(*) FROM single_use_secrets").await, 0);
        let unknown = store.choose_password(&Secret::generate(), "hash", now()).await;
        assert_eq!(refused(unknown), AccountRefused::SecretInvalid);
    }
}
