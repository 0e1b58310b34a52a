//! Writing to the next of the reserve by itself.

use chrono::{DateTime, TimeDelta, Utc};
use conclave_core::answer::{AnswerValue, Given, Via};
use conclave_core::badge::Badge;
use conclave_core::event::Event;
use conclave_core::ids::InvitationId;
use conclave_core::log_entry::Actor;
use conclave_persistence::{AnswerExtras, NewInvitee, Store, WaveState};
use conclave_test_support::builders::{add_event, add_listed, at, now};
use conclave_test_support::{TestDb, both_databases};

use crate::people::invite;
use crate::{execute, number};

const YES: Given = Given::Accept { mode: None };

/// Two seats, both offered, and two on the reserve; the event writes to them by itself.
async fn full(store: &Store, settings: &[(&str, &str)]) -> (Event, Vec<InvitationId>, [InvitationId; 2]) {
    let event = add_event(store, "netconf-2019", None).await;
    let settings: Vec<_> = [("seats", "2"), ("backfill", "automatic"), ("hold", "10")]
        .iter()
        .chain(settings)
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let event = store.set_event(event.id, None, &settings, &Actor::Operator, now()).await.unwrap();
    let invited = invite(store, &event, 2).await;
    let reserve = [
        add_listed(store, event.id, "al@example.org").await.id,
        add_listed(store, event.id, "bo@example.org").await.id,
    ];
    store.set_reserve(event.id, &reserve, true, &Actor::Operator, now()).await.unwrap();
    (event, invited, reserve)
}

async fn say(store: &Store, who: InvitationId, given: &Given) {
    store.record_answer(who, given, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
}

async fn badge(store: &Store, who: InvitationId) -> Badge {
    store.invitation_by_id(who).await.unwrap().unwrap().badge
}

async fn backfill(store: &Store, now: DateTime<Utc>) -> u64 {
    store.send_backfills(now).await.unwrap()
}

both_databases! {
    async fn the_next_of_the_reserve_is_written_to_when_a_seat_frees(db: TestDb) {
        let store = db.store().await;
        let (event, invited, [al, bo]) = full(&store, &[]).await;
        assert_eq!(backfill(&store, now()).await, 0, "no seat is free");

        say(&store, invited[0], &Given::Decline).await;
        assert_eq!(backfill(&store, now()).await, 1);
        assert_eq!(backfill(&store, now()).await, 0);

        assert_eq!((badge(&store, al).await, badge(&store, bo).await), (Badge::Queued, Badge::Reserve));
        let wave = store.waves(event.id).await.unwrap().remove(0);
        assert_eq!((wave.number, wave.people, wave.state), (2, 1, WaveState::Held));
        assert_eq!((wave.subject.as_str(), wave.created_by.as_str()), ("Invitation: Netconf 2019", "system"));
        assert_eq!(wave.hold_until, Some(now() + TimeDelta::minutes(10)));
        assert_eq!(wave.reply_by, Some("2019-04-22".parse().unwrap()), "three weeks, as long before the event");
        assert_eq!(store.reserve(event.id).await.unwrap()[0].reserve_rank, Some(1));
        let log = store.log(event.id, None, 0).await.unwrap();
        let by_system: Vec<&str> =
            log.iter().take_while(|line| line.actor == "system").map(|line| line.action.as_str()).collect();
        assert_eq!(by_system, ["wave.confirmed", "invitation.reserve"]);
    }

    async fn a_text_of_its_own_goes_before_the_last_wave(db: TestDb) {
        let store = db.store().await;
        let own = [("backfill_subject", "A seat is free"), ("backfill_text", "A seat came free.\n\n{link}\n")];
        let (event, invited, _) = full(&store, &own).await;
        say(&store, invited[0], &Given::Decline).await;

        backfill(&store, now()).await;

        let wave = store.waves(event.id).await.unwrap().remove(0);
        assert_eq!((wave.subject.as_str(), wave.body.as_str()), ("A seat is free", "A seat came free.\n\n{link}"));
    }

    async fn whoever_waits_gets_the_seat_before_the_reserve(db: TestDb) {
        let store = db.store().await;
        let (event, invited, [al, _]) = full(&store, &[("seats", "1"), ("over_invite", "1")]).await;
        say(&store, invited[0], &YES).await;
        say(&store, invited[1], &Given::Wait { mode: None }).await;

        say(&store, invited[0], &Given::Decline).await;
        assert_eq!(backfill(&store, now()).await, 0);

        let second = store.invitation_by_id(invited[1]).await.unwrap().unwrap();
        assert_eq!(second.answer, Some(AnswerValue::Accepted));
        assert_eq!(badge(&store, al).await, Badge::Reserve);
        say(&store, invited[1], &Given::Decline).await;
        assert_eq!(backfill(&store, now()).await, 1, "two may be invited for the one seat, and nobody is");
        assert_eq!(store.waves(event.id).await.unwrap()[0].people, 1, "one seat is free");
    }

    async fn it_ends_with_its_day_and_when_answers_close(db: TestDb) {
        let store = db.store().await;
        let (event, invited, _) = full(&store, &[("backfill_until", "2019-05-20"), ("lapse", "no")]).await;
        say(&store, invited[0], &Given::Decline).await;

        assert_eq!(backfill(&store, at("2019-05-21T04:00:00Z")).await, 0);
        let never = [("backfill_until".to_owned(), String::new())];
        store.set_event(event.id, None, &never, &Actor::Operator, now()).await.unwrap();
        assert_eq!(backfill(&store, at("2019-06-14T04:00:00Z")).await, 0, "answers closed on 13 June");
        assert_eq!(backfill(&store, at("2019-06-13T12:00:00Z")).await, 1);
        let wave = store.waves(event.id).await.unwrap().remove(0);
        assert_eq!(wave.reply_by, Some("2019-06-13".parse().unwrap()));
    }

    async fn who_cannot_be_written_to_is_passed_over_and_stays(db: TestDb) {
        let store = db.store().await;
        let (event, invited, [al, bo]) = full(&store, &[]).await;
        let name = conclave_core::name::PersonName::parse("Nemo").unwrap();
        let nameless = NewInvitee { name: Some(name), ..NewInvitee::default() };
        let nemo = store.add_invitee(event.id, &nameless, &Actor::Operator, now()).await.unwrap();
        store.set_reserve(event.id, &[nemo.id], true, &Actor::Operator, now()).await.unwrap();
        let first = conclave_core::reserve::RankMove::To(1);
        store.move_on_reserve(nemo.id, first, &Actor::Operator, now()).await.unwrap();
        execute(&db, "UPDATE addresses SET state = 'dead' WHERE address_key = 'al@example.org'", vec![]).await;
        say(&store, invited[0], &Given::Decline).await;

        assert_eq!(backfill(&store, now()).await, 1);

        assert_eq!(badge(&store, bo).await, Badge::Queued);
        assert_eq!((badge(&store, nemo.id).await, badge(&store, al).await), (Badge::Reserve, Badge::Reserve));
        let ranks: Vec<_> = store.reserve(event.id).await.unwrap().iter().map(|person| person.reserve_rank).collect();
        assert_eq!(ranks, [Some(1), Some(2)]);
    }

    async fn a_stopped_letter_is_not_written_again_by_itself(db: TestDb) {
        let store = db.store().await;
        let (event, invited, [al, bo]) = full(&store, &[]).await;
        say(&store, invited[0], &Given::Decline).await;
        backfill(&store, now()).await;
        let wave = store.waves(event.id).await.unwrap().remove(0);

        store.stop_wave(wave.id, &Actor::Operator, now()).await.unwrap();

        assert_eq!(backfill(&store, now()).await, 0, "al is on the list, and comes first");
        assert_eq!((badge(&store, al).await, badge(&store, bo).await), (Badge::Listed, Badge::Reserve));
    }

    async fn nothing_is_written_by_itself_before_a_first_wave_or_where_it_is_off(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let on = [("backfill".to_owned(), "automatic".to_owned())];
        store.set_event(event.id, None, &on, &Actor::Operator, now()).await.unwrap();
        let al = add_listed(&store, event.id, "al@example.org").await.id;
        store.set_reserve(event.id, &[al], true, &Actor::Operator, now()).await.unwrap();
        assert_eq!(backfill(&store, now()).await, 0);

        invite(&store, &event, 1).await;
        let off = [("backfill".to_owned(), "propose".to_owned())];
        store.set_event(event.id, None, &off, &Actor::Operator, now()).await.unwrap();
        assert_eq!(backfill(&store, now()).await, 0);
        assert_eq!(badge(&store, al).await, Badge::Reserve);
    }

    async fn two_workers_give_one_seat_to_one_person(db: TestDb) {
        let store = db.store().await;
        let (_, invited, _) = full(&store, &[]).await;
        say(&store, invited[0], &Given::Decline).await;

        let workers = [store.clone(), store.clone(), store.clone()]
            .map(|store| tokio::spawn(async move { store.send_backfills(now()).await.unwrap() }));
        let mut queued = 0;
        for worker in workers {
            queued += worker.await.unwrap();
        }

        assert_eq!(queued, 1);
        assert_eq!(number(&db, "SELECT count(*) FROM waves").await, 2);
    }
}
