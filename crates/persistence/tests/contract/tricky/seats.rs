//! Seats: changes of mind, late answers, replacements, limits that move, the last seat.

use chrono::TimeDelta;
use conclave_core::answer::{AnswerValue, Given, Outcome, Via};
use conclave_core::event::Event;
use conclave_core::ids::InvitationId;
use conclave_core::log_entry::Actor;
use conclave_persistence::{AnswerExtras, Instead, Store, StoreError, WaveDraft, WaveKind, WriteError};
use conclave_test_support::builders::{add_event, add_listed, at, now};
use conclave_test_support::{TestDb, both_databases};

use crate::people::invite;
use crate::refused;

const YES: Given = Given::Accept { mode: None };
/// Two days after answers closed.
const CLOSED: &str = "2019-06-15T12:00:00Z";

async fn set(store: &Store, event: &Event, settings: &[(&str, &str)]) -> Event {
    let settings: Vec<_> =
        settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    store.set_event(event.id, None, &settings, &Actor::Operator, now()).await.unwrap()
}

async fn say(store: &Store, who: InvitationId, given: &Given) {
    store.record_answer(who, given, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
}

async fn answer_of(store: &Store, who: InvitationId) -> Option<AnswerValue> {
    store.invitation_by_id(who).await.unwrap().unwrap().answer
}

fn draft(people: &[InvitationId]) -> WaveDraft {
    WaveDraft {
        kind: WaveKind::Invitation,
        subject: "Invitation".into(),
        body: "Hello,\n\n{link}\n".into(),
        reply_by: Some("2019-05-24".parse().unwrap()),
        invitations: people.to_vec(),
        personal_lines: vec![],
    }
}

both_databases! {
    async fn t17_a_limit_below_what_is_taken_throws_nobody_out_and_blocks_waves(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let people = invite(&store, &event, 5).await;
        for who in &people[..3] {
            say(&store, *who, &YES).await;
        }
        say(&store, people[3], &Given::Tentative { reason: None, until: None }).await;

        let event = set(&store, &event, &[("seats", "2")]).await;

        for who in &people[..3] {
            assert_eq!(answer_of(&store, *who).await, Some(AnswerValue::Accepted));
        }
        let seats = store.overview(&event, now()).await.unwrap().seats.in_person;
        assert_eq!((seats.taken(), seats.held(), seats.free(), seats.over()), (3, 2, Some(-3), 3));
        let more = add_listed(&store, event.id, "more@example.org").await;
        let wave = store.add_wave(event.id, &draft(&[more.id]), &Actor::Operator, now()).await.unwrap();
        let blocked = store.confirm_wave(wave.id, TimeDelta::zero(), &Actor::Operator, now()).await;
        assert_eq!(refused(blocked).code(), "no-seats");
        // Their offer was a promise, also now.
        say(&store, people[4], &YES).await;
        assert_eq!(answer_of(&store, people[4]).await, Some(AnswerValue::Accepted));
    }

    async fn t18_raising_the_limit_proposes_the_reserve_after_whoever_waits(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let event = set(&store, &event, &[("seats", "1"), ("over_invite", "1")]).await;
        let people = invite(&store, &event, 2).await;
        let reserve = add_listed(&store, event.id, "next@example.org").await;
        store.set_reserve(event.id, &[reserve.id], true, &Actor::Operator, now()).await.unwrap();
        say(&store, people[0], &YES).await;
        say(&store, people[1], &Given::Wait { mode: None }).await;
        let next = async |event: &Event| store.overview(event, now()).await.unwrap().proposal.next.len();
        assert_eq!(next(&event).await, 0);

        let event = set(&store, &event, &[("seats", "2")]).await;
        assert_eq!(answer_of(&store, people[1]).await, Some(AnswerValue::Accepted), "the waiting list first");
        assert_eq!(next(&event).await, 0);

        let event = set(&store, &event, &[("seats", "3")]).await;
        assert_eq!(next(&event).await, 1);
        let found = store.invitation_by_id(reserve.id).await.unwrap().unwrap();
        assert_eq!((found.badge.as_str(), found.wave), ("reserve", None), "proposed, not written to");
    }

    async fn t25_two_who_take_the_last_seat_at_once_are_one_seated_and_one_offered_the_list(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let event = set(&store, &event, &[("seats", "1"), ("over_invite", "1")]).await;
        let people = invite(&store, &event, 2).await;

        let both = people.iter().map(|who| {
            let (store, who) = (store.clone(), *who);
            tokio::spawn(async move {
                store.record_answer(who, &YES, &AnswerExtras::default(), Via::Page, now()).await
            })
        });
        let mut said = Vec::new();
        for one in both.collect::<Vec<_>>() {
            said.push(one.await.unwrap());
        }

        let (seated, refused): (Vec<_>, Vec<_>) = said.into_iter().partition(Result::is_ok);
        assert_eq!((seated.len(), refused.len()), (1, 1));
        let codes: Vec<_> = refused.into_iter().map(crate::refused).map(|refused| refused.code()).collect();
        assert_eq!(codes, ["no-seat"]);
        let seats = store.seats(&event).await.unwrap().in_person;
        assert_eq!((seats.taken(), seats.over()), (1, 0));
    }

    async fn t25_two_wishes_for_the_last_seat_granted_at_once_seat_one(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let people = invite(&store, &event, 2).await;
        let event = set(&store, &event, &[("seats", "1")]).await;
        for who in &people {
            say(&store, *who, &Given::Decline).await;
            store.ask_late_seat(*who, "please", at(CLOSED)).await.unwrap();
        }
        let wishes = store.open_requests(event.id).await.unwrap();

        let both = wishes.into_iter().map(|wish| {
            let (store, event) = (store.clone(), event.id);
            tokio::spawn(async move {
                store.decide_request(event, wish.id, true, None, &Actor::Operator, at(CLOSED)).await
            })
        });
        let mut decided = Vec::new();
        for one in both.collect::<Vec<_>>() {
            decided.push(one.await.unwrap().is_ok());
        }

        decided.sort_unstable();
        assert_eq!(decided, [false, true]);
        assert_eq!(store.seats(&event).await.unwrap().in_person.taken(), 1);
        assert_eq!(store.open_requests(event.id).await.unwrap().len(), 1, "the other wish stays open");
    }

    async fn t1_a_change_of_mind_finds_a_seat_or_the_line_or_becomes_a_wish(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let people = invite(&store, &event, 3).await;
        let event = set(&store, &event, &[("seats", "2")]).await;
        say(&store, people[0], &Given::Decline).await;
        say(&store, people[1], &YES).await;

        // The third seat is gone, and the second is held for somebody who says nothing.
        let full = store.record_answer(people[0], &YES, &AnswerExtras::default(), Via::Page, now()).await;
        assert_eq!(refused(full).code(), "no-seat");
        say(&store, people[2], &Given::Decline).await;
        say(&store, people[0], &YES).await;
        assert_eq!(answer_of(&store, people[0]).await, Some(AnswerValue::Accepted));

        for who in [people[2], people[1]] {
            let given = if who == people[1] { Given::Decline } else { YES };
            let late = store.record_answer(who, &given, &AnswerExtras::default(), Via::Page, at(CLOSED)).await;
            assert!(late.is_ok(), "never an error after answers closed");
        }
        assert_eq!(answer_of(&store, people[2]).await, Some(AnswerValue::Declined), "asked for, not given");
        store.ask_late_seat(people[1], "", at(CLOSED)).await.unwrap();
        let wishes = store.open_requests(event.id).await.unwrap();
        let line: Vec<_> = wishes.iter().map(|wish| (wish.invitation, wish.place)).collect();
        assert_eq!(line, [(people[2], Some(1)), (people[1], Some(2))], "in the order in which they asked");
    }

    async fn t5_an_answer_after_its_day_is_taken_late_while_a_seat_is_free(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let people = invite(&store, &event, 3).await;
        let event = set(&store, &event, &[("seats", "2")]).await;
        let late = at("2019-05-30T12:00:00Z");
        store.lapse_silence(late).await.unwrap();
        assert_eq!(answer_of(&store, people[0]).await, Some(AnswerValue::Lapsed));
        let say_late = async |who, given: &Given, when| {
            store.record_answer(who, given, &AnswerExtras::default(), Via::Page, when).await
        };

        say_late(people[0], &YES, late).await.unwrap();
        say_late(people[1], &YES, late).await.unwrap();
        let first = store.invitation_by_id(people[0]).await.unwrap().unwrap();
        assert_eq!((first.answer, first.is_late), (Some(AnswerValue::Accepted), true));

        // No seat is free for the third: the line is offered, never joined unasked.
        assert_eq!(refused(say_late(people[2], &YES, late).await).code(), "no-seat");
        assert_eq!(answer_of(&store, people[2]).await, Some(AnswerValue::Lapsed));
        let asked = say_late(people[2], &YES, at(CLOSED)).await.unwrap();
        assert!(matches!(asked.outcome, Outcome::Requested { .. }));
        assert_eq!(store.open_requests(event.id).await.unwrap()[0].place, Some(1));
    }

    async fn t3_whoever_is_suggested_learns_nothing_until_invited_and_the_token_stays(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let who = invite(&store, &event, 1).await[0];
        let link = store.reveal_link(who, &Actor::Operator, now()).await.unwrap();
        say(&store, who, &Given::Decline).await;
        let colleague = Instead {
            name: "Mia Okafor".into(),
            address: "mia@example.org".into(),
            why: "She wrote the code.".into(),
        };
        let count = async |sql: &str| crate::number(&db, sql).await;
        let mails = count("SELECT count(*) FROM messages").await;

        store.add_reason(who, "the date", &colleague, now()).await.unwrap();
        store.add_reason(who, "the date", &colleague, now()).await.unwrap();

        let open = store.open_suggestions(event.id).await.unwrap();
        assert_eq!((open.len(), open[0].by, &open[0].instead), (1, who, &colleague));
        assert!(store.invitation(event.id, "mia@example.org").await.unwrap().is_none(), "a hint, no entry");
        let mia = store.take_suggestion(event.id, open[0].id, true, &Actor::Operator, now()).await.unwrap();
        assert_eq!((mia.reserve_rank, mia.replaces, mia.name.as_str()), (Some(1), Some(who), "Mia Okafor"));
        assert_eq!(mia.note, "Suggested by Person 1, who does not come. She wrote the code.");
        let again = store.take_suggestion(event.id, open[0].id, true, &Actor::Operator, now()).await;
        assert!(matches!(again, Err(WriteError::Store(StoreError::NotFound))));

        assert_eq!(count("SELECT count(*) FROM messages").await, mails, "nobody is written to");
        let links = "SELECT count(*) FROM links JOIN invitations ON invitations.id = links.invitation_id \
                     WHERE invitations.email_key = 'mia@example.org'";
        assert_eq!(count(links).await, 0);
        let page = store.personal_page(&link, now()).await.unwrap().unwrap();
        assert_eq!(page.invitation.id, who, "the token opens what it always opened");
        let old = store.invitation_by_id(who).await.unwrap().unwrap();
        let stands_in = store.stands_in(&old).await.unwrap();
        assert_eq!(stands_in.replaced_by, [(mia.public_id.clone(), "Mia Okafor".to_owned())]);
        assert_eq!(store.stands_in(&mia).await.unwrap().replaces, Some((old.public_id, "Person 1".to_owned())));
    }

    async fn t3_somebody_who_is_there_already_is_not_added_twice(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let people = invite(&store, &event, 2).await;
        let mia = add_listed(&store, event.id, "mia@example.org").await;
        say(&store, people[0], &Given::Decline).await;
        let suggest = async |address: &str| {
            let instead = Instead { address: address.into(), ..Instead::default() };
            store.add_reason(people[0], "", &instead, now()).await.unwrap();
            store.open_suggestions(event.id).await.unwrap().remove(0).id
        };

        let known = suggest("MIA@example.org").await;
        let taken = store.take_suggestion(event.id, known, false, &Actor::Operator, now()).await.unwrap();
        assert_eq!((taken.id, taken.replaces, taken.badge.as_str()), (mia.id, Some(people[0]), "listed"));

        let moved = [("email".to_owned(), "mia@example.net".to_owned())];
        store.set_invitee(mia.id, None, &moved, &Actor::Operator, now()).await.unwrap();
        let older = suggest("mia@example.org").await;
        let taken = store.take_suggestion(event.id, older, true, &Actor::Operator, now()).await.unwrap();
        assert_eq!((taken.id, taken.email.as_str()), (mia.id, "mia@example.net"), "an older address is theirs too");

        let invited = suggest("person2@example.org").await;
        let refusal = store.take_suggestion(event.id, invited, false, &Actor::Operator, now()).await;
        assert_eq!(refused(refusal).code(), "address-taken");
        store.set_suggestion_aside(event.id, invited, &Actor::Operator, now()).await.unwrap();
        assert!(store.open_suggestions(event.id).await.unwrap().is_empty());
        assert_eq!(store.list(event.id, &Default::default()).await.unwrap().total, 3);
    }
}
