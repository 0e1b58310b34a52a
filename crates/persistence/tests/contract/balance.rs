//! Balance, soft caps and quotas.

use conclave_core::answer::{Given, Via};
use conclave_core::balance::{BalanceRefused, CapKind};
use conclave_core::event::Event;
use conclave_core::ids::InvitationId;
use conclave_core::log_entry::Actor;
use conclave_persistence::{AnswerExtras, NewEvent, Quota, Store, WaveKind};
use conclave_test_support::builders::{self, add_event, add_listed, now};
use conclave_test_support::{TestDb, both_databases};

use crate::people::invite;
use crate::refused;

async fn describe(store: &Store, who: InvitationId, tags: &str, affiliation: &str) {
    let fields = [("tags".to_owned(), tags.to_owned()), ("affiliation".to_owned(), affiliation.to_owned())];
    store.set_invitee(who, None, &fields, &Actor::Operator, now()).await.unwrap();
}

async fn cap(store: &Store, event: &Event, kind: CapKind, word: &str, most: Option<u32>) {
    store.set_cap(event.id, kind, word, most, &Actor::Operator, now()).await.unwrap();
}

fn quota(name: &str, people: u32) -> Quota {
    Quota { name: name.to_owned(), holder: "Ada".to_owned(), tag: "sponsor".to_owned(), people, used: 0 }
}

both_databases! {
    async fn the_list_is_counted_by_tag_affiliation_and_first_timer(db: TestDb) {
        let store = db.store().await;
        let earlier = NewEvent {
            first_day: "2019-05-01".parse().unwrap(),
            last_day: "2019-05-02".parse().unwrap(),
            ..builders::event("netconf-2018")
        };
        let event = add_event(&store, "netconf-2019", None).await;
        let people = invite(&store, &event, 3).await;
        let earlier = store.add_event(&earlier, &Actor::Operator, now()).await.unwrap();
        let before = add_listed(&store, earlier.id, "person1@example.org").await.id;
        store.invite_by_other_means(before, &Actor::Operator, now()).await.unwrap();
        let yes = Given::Accept { mode: None };
        store.record_answer(before, &yes, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
        let listed = add_listed(&store, event.id, "listed@example.org").await.id;
        describe(&store, people[0], "vendor", "ACME").await;
        describe(&store, people[1], "vendor", "acme").await;
        describe(&store, people[2], "vendor", "ACME").await;
        describe(&store, listed, "student", "").await;
        store.record_answer(people[0], &yes, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
        store.record_answer(people[2], &Given::Decline, &AnswerExtras::default(), Via::Page, now()).await.unwrap();

        let balance = store.balance(&event, None).await.unwrap().balance;

        let line = |line: &conclave_core::balance::Line| (line.word.clone(), line.list, line.invited, line.accepted);
        assert_eq!(balance.tags.iter().map(line).collect::<Vec<_>>(), [("vendor".into(), 2, 2, 1), ("student".into(), 1, 0, 0)]);
        assert_eq!(balance.affiliations.iter().map(line).collect::<Vec<_>>(), [("ACME".into(), 2, 2, 1)]);
        assert_eq!((balance.all.list, balance.first_timers.list, balance.first_timers.accepted), (3, 2, 0));
    }

    async fn a_cap_that_a_wave_would_pass_is_warned_of_and_stops_nothing(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let invited = invite(&store, &event, 1).await[0];
        let [a, b] = [add_listed(&store, event.id, "a@example.org").await.id, add_listed(&store, event.id, "b@example.org").await.id];
        for who in [invited, a, b] {
            describe(&store, who, "", "ACME").await;
        }
        let warned = async |ids: &[InvitationId]| {
            let plan = store.plan(event.id, WaveKind::Invitation, ids, now()).await.unwrap();
            (plan.recipients.len(), plan.warnings.iter().any(|warning| warning.contains("of ACME would be invited")))
        };

        assert_eq!(warned(&[a, b]).await, (2, false));
        cap(&store, &event, CapKind::Affiliation, "", Some(2)).await;
        assert_eq!(warned(&[a]).await, (1, false));
        assert_eq!(warned(&[a, b]).await, (2, true));
        cap(&store, &event, CapKind::Affiliation, "acme", Some(3)).await;
        assert_eq!(warned(&[a, b]).await, (2, false), "its own number goes before that of any");
    }

    async fn a_cap_is_set_changed_and_taken_away_with_a_line_each(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        for most in [Some(5), Some(5), Some(4), None, None] {
            cap(&store, &event, CapKind::Tag, " vendor ", most).await;
        }

        assert_eq!(store.balance(&event, None).await.unwrap().caps, []);
        let log = store.log(event.id, None, 0).await.unwrap();
        let steps: Vec<_> = log.iter().filter(|line| line.action == "balance.cap").map(|line| line.after.as_str()).collect();
        assert_eq!(steps, ["no cap", "at most 4", "at most 5"]);
        let nameless = store.set_cap(event.id, CapKind::Tag, "", Some(1), &Actor::Operator, now()).await;
        assert_eq!(refused(nameless), BalanceRefused::NoTag);
    }

    async fn a_quota_counts_whoever_carries_its_tag(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        store.add_quota(event.id, &quota("Sponsor A", 2), &Actor::Operator, now()).await.unwrap();
        let a = add_listed(&store, event.id, "a@example.org").await.id;
        describe(&store, a, "Sponsor", "").await;

        let twice = store.add_quota(event.id, &quota("Sponsor A", 3), &Actor::Operator, now()).await;
        assert_eq!(refused(twice).code(), "name-taken");
        let nameless = store.add_quota(event.id, &quota(" ", 3), &Actor::Operator, now()).await;
        assert_eq!(refused(nameless).code(), "line");
        let found = store.balance(&event, None).await.unwrap().quotas;
        assert_eq!(found, [Quota { used: 1, ..quota("Sponsor A", 2) }]);

        assert!(store.remove_quota(event.id, "Sponsor A", &Actor::Operator, now()).await.unwrap());
        assert!(!store.remove_quota(event.id, "Sponsor A", &Actor::Operator, now()).await.unwrap());
        assert_eq!(store.balance(&event, None).await.unwrap().quotas, []);
        assert_eq!(store.invitation_by_id(a).await.unwrap().unwrap().tags, ["Sponsor"]);
    }
}
