//! The reserve: who is on it, in which order, and who is next.

use chrono::TimeDelta;
use conclave_core::badge::Badge;
use conclave_core::event::Event;
use conclave_core::ids::InvitationId;
use conclave_core::log_entry::Actor;
use conclave_core::reserve::RankMove;
use conclave_persistence::{Invitation, Store, WaveDraft, WaveKind};
use conclave_test_support::builders::{add_event, add_listed, at, now};
use conclave_test_support::{TestDb, both_databases};

use crate::people::invite;
use crate::refused;

/// People on the list, in this order.
async fn listed<const N: usize>(store: &Store, event: &Event, names: [&str; N]) -> [Invitation; N] {
    let mut people = Vec::new();
    for name in names {
        people.push(add_listed(store, event.id, &format!("{name}@example.org")).await);
    }
    people.try_into().unwrap()
}

async fn put(store: &Store, event: &Event, people: &[&Invitation], reserve: bool) {
    let ids: Vec<InvitationId> = people.iter().map(|person| person.id).collect();
    store.set_reserve(event.id, &ids, reserve, &Actor::Operator, now()).await.unwrap();
}

/// Names on the reserve with their ranks.
async fn line(store: &Store, event: &Event) -> Vec<(String, u32)> {
    let reserve = store.reserve(event.id).await.unwrap();
    reserve.into_iter().map(|person| (person.name, person.reserve_rank.unwrap())).collect()
}

fn ranked(names: &[&str]) -> Vec<(String, u32)> {
    (1..).zip(names).map(|(rank, name)| ((*name).to_owned(), rank)).collect()
}

async fn next(store: &Store, event: &Event) -> Vec<String> {
    let (_, proposal) = store.reserve_proposal(event, now()).await.unwrap();
    proposal.next.into_iter().map(|person| person.name).collect()
}

async fn set(store: &Store, event: &Event, key: &str, value: &str) -> Event {
    let settings = [(key.to_owned(), value.to_owned())];
    store.set_event(event.id, None, &settings, &Actor::Operator, now()).await.unwrap()
}

fn draft(people: &[&Invitation]) -> WaveDraft {
    WaveDraft {
        kind: WaveKind::Invitation,
        subject: "Invitation".into(),
        body: "Hello,\n\n{link}\n".into(),
        reply_by: Some("2019-05-24".parse().unwrap()),
        invitations: people.iter().map(|person| person.id).collect(),
        personal_lines: vec![],
    }
}

both_databases! {
    async fn the_reserve_keeps_the_order_in_which_people_were_put_there(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let [a, b, c] = listed(&store, &event, ["al", "bo", "cy"]).await;

        put(&store, &event, &[&b, &a], true).await;
        put(&store, &event, &[&b, &c], true).await;
        assert_eq!(line(&store, &event).await, ranked(&["bo", "al", "cy"]));

        put(&store, &event, &[&b, &a], false).await;
        assert_eq!(line(&store, &event).await, ranked(&["cy"]));
        let back = store.invitation_by_id(a.id).await.unwrap().unwrap();
        assert_eq!((back.badge, back.reserve_rank), (Badge::Listed, None));
    }

    async fn who_was_invited_is_not_put_on_the_reserve(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let invited = invite(&store, &event, 1).await[0];
        let [a] = listed(&store, &event, ["al"]).await;

        let refusal = store.set_reserve(event.id, &[a.id, invited], true, &Actor::Operator, now()).await;

        assert_eq!(refused(refusal).code(), "invitation-state");
        assert_eq!(line(&store, &event).await, []);
        let refusal = store.move_on_reserve(a.id, RankMove::Up, &Actor::Operator, now()).await;
        assert_eq!(refused(refusal).code(), "not-on-reserve");
    }

    async fn a_move_changes_the_order_and_is_in_the_record_once(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let people = listed(&store, &event, ["al", "bo", "cy", "di"]).await;
        put(&store, &event, &people.iter().collect::<Vec<_>>(), true).await;
        let step = async |who: usize, wanted| {
            store.move_on_reserve(people[who].id, wanted, &Actor::Operator, now()).await.unwrap()
        };

        assert_eq!(step(2, RankMove::Up).await, 2);
        assert_eq!(line(&store, &event).await, ranked(&["al", "cy", "bo", "di"]));
        assert_eq!(step(0, RankMove::Down).await, 2);
        assert_eq!(step(3, RankMove::To(1)).await, 1);
        assert_eq!(line(&store, &event).await, ranked(&["di", "cy", "al", "bo"]));
        let entries = store.log(event.id, None, 0).await.unwrap().len();
        assert_eq!(step(3, RankMove::Up).await, 1);
        let log = store.log(event.id, None, 0).await.unwrap();
        assert_eq!(log.len(), entries);
        assert_eq!((log[0].action.as_str(), log[0].before.as_str(), log[0].after.as_str()), ("reserve.moved", "4 of 4", "1 of 4"));
    }

    async fn moves_at_the_same_time_leave_every_rank_once(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let people = listed(&store, &event, ["al", "bo", "cy", "di", "ed", "fi"]).await;
        put(&store, &event, &people.iter().collect::<Vec<_>>(), true).await;

        let moves = people.iter().enumerate().map(|(place, person)| {
            let (store, id) = (store.clone(), person.id);
            let wanted = if place % 2 == 0 { RankMove::Down } else { RankMove::To(1) };
            tokio::spawn(async move { store.move_on_reserve(id, wanted, &Actor::Operator, now()).await.unwrap() })
        });
        for step in moves.collect::<Vec<_>>() {
            step.await.unwrap();
        }

        let ranks: Vec<u32> = line(&store, &event).await.into_iter().map(|(_, rank)| rank).collect();
        assert_eq!(ranks, [1, 2, 3, 4, 5, 6]);
    }

    async fn whoever_is_taken_off_the_list_leaves_no_gap(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let [a, b, c] = listed(&store, &event, ["al", "bo", "cy"]).await;
        put(&store, &event, &[&a, &b, &c], true).await;

        store.remove_listed(b.id, &Actor::Operator, now()).await.unwrap();

        assert_eq!(line(&store, &event).await, ranked(&["al", "cy"]));
    }

    async fn the_next_of_the_reserve_is_proposed_for_a_seat_of_their_mode_alone(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let event = set(&store, &event, "remote_seats", "1").await;
        let event = set(&store, &event, "seats", "2").await;
        invite(&store, &event, 2).await;
        let [a, b, c] = listed(&store, &event, ["al", "bo", "cy"]).await;
        put(&store, &event, &[&a, &b, &c], true).await;
        let remote = [("mode".to_owned(), "remote".to_owned())];
        store.set_invitee(b.id, None, &remote, &Actor::Operator, now()).await.unwrap();

        assert_eq!(next(&store, &event).await, ["bo"]);
        let event = set(&store, &event, "seats", "4").await;
        assert_eq!(next(&store, &event).await, ["al", "bo", "cy"]);
        let closed = at("2019-06-15T12:00:00Z");
        let (_, proposal) = store.reserve_proposal(&event, closed).await.unwrap();
        assert_eq!((proposal.next.len(), proposal.reserve), (0, 3), "answers are closed");
    }

    async fn whoever_is_on_the_list_comes_before_the_reserve(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let event = set(&store, &event, "seats", "2").await;
        let [a, b, c] = listed(&store, &event, ["al", "bo", "cy"]).await;
        put(&store, &event, &[&a, &b], true).await;

        assert_eq!(next(&store, &event).await, ["al"]);
        let (_, proposal) = store.reserve_proposal(&event, now()).await.unwrap();
        assert_eq!(proposal.listed, 1);
        put(&store, &event, &[&c], true).await;
        assert_eq!(next(&store, &event).await, ["al", "bo"]);
    }

    async fn a_wave_to_somebody_of_the_reserve_takes_them_off_it(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let [a, b, c] = listed(&store, &event, ["al", "bo", "cy"]).await;
        put(&store, &event, &[&a, &b, &c], true).await;

        let wave = store.add_wave(event.id, &draft(&[&b]), &Actor::Operator, now()).await.unwrap();
        assert_eq!(line(&store, &event).await, ranked(&["al", "bo", "cy"]), "a draft changes nothing");
        let plan = store.plan_of(wave.id, now()).await.unwrap();
        assert!(plan.warnings.contains(&"From the reserve: bo (rank 2).".to_owned()), "{:?}", plan.warnings);
        store.confirm_wave(wave.id, TimeDelta::minutes(10), &Actor::Operator, now()).await.unwrap();

        assert_eq!(line(&store, &event).await, ranked(&["al", "cy"]));
        let held = store.invitation_by_id(b.id).await.unwrap().unwrap();
        assert_eq!((held.badge, held.reserve_rank), (Badge::Queued, None));
        let log = store.log(event.id, None, 0).await.unwrap();
        let left = log.iter().find(|line| line.action == "invitation.reserve").unwrap();
        assert_eq!((left.before.as_str(), left.after.as_str()), ("reserve, rank 2", "in a wave"));
        assert_eq!(store.candidates_for(event.id, WaveKind::Invitation).await.unwrap(), []);
    }

    async fn one_count_of_the_people_says_what_the_seats_say(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let people = invite(&store, &event, 4).await;
        let [held] = listed(&store, &event, ["al"]).await;
        let wave = store.add_wave(event.id, &draft(&[&held]), &Actor::Operator, now()).await.unwrap();
        store.confirm_wave(wave.id, TimeDelta::minutes(10), &Actor::Operator, now()).await.unwrap();
        for (who, word) in people.iter().zip(["accepted", "tentative", "declined"]) {
            let given = conclave_core::answer::Given::parse(word, "", "", "").unwrap();
            let extras = conclave_persistence::AnswerExtras::default();
            store.record_answer(*who, &given, &extras, conclave_core::answer::Via::Page, now()).await.unwrap();
        }

        let counted = store.list(event.id, &Default::default()).await.unwrap().counted;

        let seats = store.seats(&event).await.unwrap();
        assert_eq!(counted.seats(&event), seats);
        assert_eq!((seats.in_person.accepted, seats.in_person.tentative, seats.in_person.open), (1, 1, 2));
    }
}
