//! What the committee is told: once, only news, and only to who wants it.

use chrono::TimeDelta;
use conclave_core::answer::{Given, Via};
use conclave_core::committee::Role;
use conclave_core::digest::DigestChoice;
use conclave_core::event::Event;
use conclave_core::facts::{DigestFacts, Facts};
use conclave_core::ids::{AccountId, InvitationId};
use conclave_core::log_entry::Actor;
use conclave_persistence::{AnswerExtras, DigestSetting, Store, StoreError};
use conclave_test_support::builders::{add_account, add_event, at, member, now};
use conclave_test_support::{TestDb, both_databases};

use crate::people::invite;
use crate::{number, text};

async fn choose(store: &Store, event: &Event, account: AccountId, choice: DigestChoice) {
    let wanted = DigestSetting { choice, hour: 7 };
    store.set_digest(event.id, account, wanted, &Actor::Operator, now()).await.unwrap();
}

async fn answers(store: &Store, person: InvitationId, given: Given, at: chrono::DateTime<chrono::Utc>) {
    store.record_answer(person, &given, &AnswerExtras::default(), Via::Page, at).await.unwrap();
}

async fn digest(db: &TestDb) -> DigestFacts {
    let json =
        text(db, "SELECT facts FROM messages WHERE purpose = 'digest' ORDER BY created_at DESC LIMIT 1")
            .await;
    serde_json::from_str::<Facts>(&json).unwrap().digest.unwrap()
}

const DIGESTS: &str = "SELECT count(*) FROM messages WHERE purpose = 'digest'";

both_databases! {
    async fn a_daily_digest_tells_once_what_happened_and_nothing_when_nothing_did(db: TestDb) {
        let store = db.store().await;
        let chair = add_account(&store, "davem@example.org").await;
        let event = add_event(&store, "netconf", Some(chair.id)).await;
        let people = invite(&store, &event, 3).await;
        answers(&store, people[0], Given::Accept { mode: None }, now() + TimeDelta::hours(1)).await;
        answers(&store, people[1], Given::Decline, now() + TimeDelta::hours(2)).await;

        // 07:00 in Boston is 11:00 UTC; the tests begin at noon.
        assert_eq!(store.send_digests(now() + TimeDelta::hours(3)).await.unwrap(), 0);
        assert_eq!(store.send_digests(at("2019-04-02T11:00:00Z")).await.unwrap(), 1);
        assert_eq!(store.send_digests(at("2019-04-02T11:00:15Z")).await.unwrap(), 0);

        let told = digest(&db).await;
        assert_eq!(told.headline, "1 of 20, nothing needs you");
        assert_eq!(told.today, "Tue 2 Apr 2019, 79 days to go");
        assert!(told.counts.starts_with("    Accepted     1   +1  of 20 seats\n    Held         1       1 silent\n"), "{}", told.counts);
        assert!(told.counts.contains("Declined     1   +1"), "{}", told.counts);
        assert!(told.changes.contains("Person 1                accepted"), "{}", told.changes);
        assert!(told.changes.contains("Person 2                declined"), "{}", told.changes);
        assert!(told.next.starts_with("    30 May  topics close"), "{}", told.next);
        assert_eq!(told.stop_url.split("/c/").nth(1), Some("netconf/digest"));
        let json = text(&db, "SELECT facts FROM messages WHERE purpose = 'digest'").await;
        assert!(!json.contains("/i/"), "no personal link: {json}");

        assert_eq!(store.send_digests(at("2019-04-03T11:00:00Z")).await.unwrap(), 0, "nothing happened");
        assert_eq!(number(&db, DIGESTS).await, 1);
    }

    async fn every_answer_is_told_after_a_few_minutes_and_several_at_once(db: TestDb) {
        let store = db.store().await;
        let chair = add_account(&store, "davem@example.org").await;
        let event = add_event(&store, "netconf", Some(chair.id)).await;
        choose(&store, &event, chair.id, DigestChoice::Every).await;
        let people = invite(&store, &event, 2).await;
        let first = at("2019-04-02T15:00:00Z");
        answers(&store, people[0], Given::Accept { mode: None }, first).await;
        answers(&store, people[1], Given::Decline, first + TimeDelta::minutes(2)).await;

        assert_eq!(store.send_digests(first + TimeDelta::minutes(4)).await.unwrap(), 0);
        assert_eq!(store.send_digests(first + TimeDelta::minutes(5)).await.unwrap(), 1);
        assert_eq!(store.send_digests(first + TimeDelta::minutes(30)).await.unwrap(), 0);

        let told = digest(&db).await;
        assert!(told.changes.contains("Person 1") && told.changes.contains("Person 2"), "{}", told.changes);
    }

    async fn whoever_never_wants_it_or_did_it_themselves_is_told_nothing(db: TestDb) {
        let store = db.store().await;
        let chair = add_account(&store, "davem@example.org").await;
        let other = add_account(&store, "borkmann@example.org").await;
        let event = add_event(&store, "netconf", Some(chair.id)).await;
        store.set_role(event.id, other.id, Role::Reader, &member(&chair), now()).await.unwrap();
        choose(&store, &event, other.id, DigestChoice::Never).await;
        let later = at("2019-04-02T11:00:00Z");
        store.send_digests(later).await.unwrap();
        let before = number(&db, DIGESTS).await;
        let closing = conclave_core::event::EventMove::Close;
        store.move_event(event.id, closing, None, &member(&chair), later + TimeDelta::hours(1)).await.unwrap();

        assert_eq!(store.send_digests(at("2019-04-03T11:00:00Z")).await.unwrap(), 0);
        assert_eq!(number(&db, DIGESTS).await, before);
    }

    async fn a_digest_is_dropped_when_its_reader_left_the_committee_meanwhile(db: TestDb) {
        let store = db.store().await;
        let chair = add_account(&store, "davem@example.org").await;
        let other = add_account(&store, "borkmann@example.org").await;
        let event = add_event(&store, "netconf", Some(chair.id)).await;
        store.set_role(event.id, other.id, Role::Member, &Actor::Operator, now()).await.unwrap();
        choose(&store, &event, chair.id, DigestChoice::Never).await;
        let people = invite(&store, &event, 1).await;
        answers(&store, people[0], Given::Decline, now() + TimeDelta::hours(1)).await;
        let then = at("2019-04-02T11:00:00Z");
        assert_eq!(store.send_digests(then).await.unwrap(), 1);

        store.remove_role(event.id, other.id, &Actor::Operator, then).await.unwrap();
        let left = store.claim("w", 10, TimeDelta::minutes(3), TimeDelta::minutes(15), then).await.unwrap();

        assert!(left.iter().all(|message| message.purpose.as_str() != "digest"));
        let why = text(&db, "SELECT drop_reason FROM messages WHERE purpose = 'digest'").await;
        assert_eq!(why, "not wanted any more");
    }

    async fn a_choice_is_kept_per_event_and_needs_a_seat_there(db: TestDb) {
        let store = db.store().await;
        let chair = add_account(&store, "davem@example.org").await;
        let other = add_account(&store, "borkmann@example.org").await;
        let event = add_event(&store, "netconf", Some(chair.id)).await;
        add_event(&store, "second", Some(chair.id)).await;

        choose(&store, &event, chair.id, DigestChoice::Never).await;
        choose(&store, &event, chair.id, DigestChoice::Never).await;

        let chosen = store.digest_settings(chair.id).await.unwrap();
        let words: Vec<_> = chosen.iter().map(|(event, setting)| (event.slug.as_str(), setting.choice.as_str(), setting.hour)).collect();
        assert_eq!(words, [("netconf", "never", 7), ("second", "daily", 7)]);
        let wanted = DigestSetting { choice: DigestChoice::Daily, hour: 7 };
        let nowhere = store.set_digest(event.id, other.id, wanted, &Actor::Operator, now()).await;
        assert!(matches!(nowhere, Err(StoreError::NotFound)));
        assert_eq!(number(&db, "SELECT count(*) FROM log_entries WHERE action = 'digest.chosen'").await, 1);
    }
}
