//! The history behind a forecast.

use conclave_core::answer::{Given, Via};
use conclave_core::event::Event;
use conclave_core::forecast::Settled;
use conclave_core::log_entry::Actor;
use conclave_persistence::{AnswerExtras, NewEvent, Store};
use conclave_test_support::builders::{self, add_account, add_listed, now};
use conclave_test_support::{TestDb, both_databases};

use crate::people::invite;

async fn say(store: &Store, who: conclave_core::ids::InvitationId, given: &Given) {
    store.record_answer(who, given, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
}

async fn event(store: &Store, slug: &str, year: i32, chair: Option<conclave_core::ids::AccountId>) -> Event {
    let day = |day: u32| chrono::NaiveDate::from_ymd_opt(year, 6, day).unwrap();
    let new = NewEvent { first_day: day(20), last_day: day(21), chair, ..builders::event(slug) };
    store.add_event(&new, &Actor::Operator, now()).await.unwrap()
}

both_databases! {
    async fn waves_and_earlier_events_of_the_same_committee_are_the_history(db: TestDb) {
        let store = db.store().await;
        let chair = add_account(&store, "chair@example.org").await.id;
        let other = add_account(&store, "other@example.org").await.id;
        let earlier = event(&store, "netconf-2018", 2019, Some(chair)).await;
        let here = event(&store, "netconf-2020", 2020, Some(chair)).await;
        event(&store, "unrelated", 2019, Some(other)).await;
        let yes = Given::Accept { mode: None };
        let people = invite(&store, &here, 3).await;
        for email in ["a@example.org", "b@example.org"] {
            let who = add_listed(&store, earlier.id, email).await.id;
            store.invite_by_other_means(who, &Actor::Operator, now()).await.unwrap();
            say(&store, who, &yes).await;
        }
        say(&store, people[0], &yes).await;
        say(&store, people[1], &Given::Decline).await;
        let spoken = add_listed(&store, here.id, "spoken@example.org").await.id;
        store.invite_by_other_means(spoken, &Actor::Operator, now()).await.unwrap();
        say(&store, spoken, &yes).await;

        let history = store.forecast_history(&here, Some(chair)).await.unwrap();

        let settled = |accepted, others| Settled { accepted, others };
        assert_eq!(history.here, settled(2, 1));
        assert_eq!(history.waves, [(1, 3, settled(1, 1))]);
        assert_eq!(history.earlier, [("netconf-2018".to_owned(), settled(2, 0))]);
        assert_eq!((history.seats.in_person.accepted, history.seats.in_person.open), (2, 1));
        let stranger = store.forecast_history(&here, Some(other)).await.unwrap();
        assert_eq!(stranger.earlier, [], "nothing of one event shows in another without a seat in both");
    }
}
