//! The outbox: nothing lost, nothing twice, nothing untrue.

use chrono::TimeDelta;
use conclave_core::answer::{Given, Via};
use conclave_core::event::EventMove;
use conclave_core::invitation::InvitationState;
use conclave_core::link_token::LinkKind;
use conclave_core::log_entry::Actor;
use conclave_core::message::{MessageRefused, MessageState};
use conclave_persistence::{
    AnswerExtras, MailPause, MessageRow, OutboxQuery, Sent, Store, StoreError, StoredText,
};
use conclave_test_support::builders::{add_event, at, now};
use conclave_test_support::{TestDb, both_databases};

use crate::people::{claim, invite, wave};
use crate::{execute, refused};

fn handed_over() -> Sent {
    Sent::HandedOver { code: "250".into(), words: "queued".into() }
}

fn lease() -> TimeDelta {
    TimeDelta::seconds(180)
}

fn retry() -> TimeDelta {
    TimeDelta::minutes(15)
}

async fn all(store: &Store) -> Vec<MessageRow> {
    store.messages(&OutboxQuery::default()).await.unwrap().rows
}

both_databases! {
    async fn claiming_an_invitation_makes_the_offer_before_a_byte_is_sent(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let (_, people) = wave(&store, &event, 2).await;
        let before = store.invitation_by_id(people[0]).await.unwrap().unwrap();
        assert_eq!(before.state, InvitationState::Listed);
        assert_eq!(store.seats(&event).await.unwrap().in_person.open, 2, "held at once");

        let claimed = claim(&store, "w", 10).await;

        assert_eq!(claimed.len(), 2);
        let after = store.invitation_by_id(people[0]).await.unwrap().unwrap();
        assert_eq!((after.state, after.delivery), (InvitationState::Invited, Some(MessageState::Queued)));
        assert!(claim(&store, "other", 10).await.is_empty());
    }

    async fn eight_workers_send_each_message_once(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        wave(&store, &event, 20).await;
        let workers: Vec<_> = (0..8)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(async move {
                    let name = format!("w{n}");
                    let mut sent = Vec::new();
                    loop {
                        let claimed = claim(&store, &name, 3).await;
                        if claimed.is_empty() {
                            return sent;
                        }
                        for message in claimed {
                            store.begin_data(message.id, &name, now()).await.unwrap();
                            store.mark_sent(message.id, &name, &handed_over(), now()).await.unwrap();
                            sent.push(message.id);
                        }
                    }
                })
            })
            .collect();

        let mut sent = Vec::new();
        for worker in workers {
            sent.extend(worker.await.unwrap());
        }

        sent.sort();
        sent.dedup();
        assert_eq!(sent.len(), 20);
        assert!(all(&store).await.iter().all(|row| row.state == MessageState::HandedOver));
    }

    async fn a_lease_that_ran_out_before_the_text_is_queued_again(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        wave(&store, &event, 1).await;
        let first = claim(&store, "dead", 10).await.remove(0);
        let later = now() + lease() + TimeDelta::seconds(1);

        let again = store.claim("alive", 10, lease(), retry(), later).await.unwrap();

        assert_eq!(again.len(), 1);
        assert_eq!(again[0].message_id, first.message_id);
        assert_eq!(again[0].link.as_ref().unwrap().expose(), first.link.as_ref().unwrap().expose());
        assert_eq!(again[0].boundary, first.boundary);
        assert_eq!(again[0].dated_at, first.dated_at);
        let lost = store.mark_sent(first.id, "dead", &handed_over(), later).await;
        assert!(matches!(lost, Err(StoreError::Stale)));
    }

    async fn a_lease_that_ran_out_after_the_text_is_sent_once_more_and_then_left_to_a_person(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        wave(&store, &event, 1).await;
        let mut at = now();
        let first = claim(&store, "dead", 10).await.remove(0);
        store.begin_data(first.id, "dead", at).await.unwrap();

        at += lease() + TimeDelta::seconds(1);
        assert!(store.claim("alive", 10, lease(), retry(), at).await.unwrap().is_empty());
        assert_eq!(all(&store).await[0].state, MessageState::Uncertain);
        at += retry();
        let again = store.claim("alive", 10, lease(), retry(), at).await.unwrap().remove(0);
        assert_eq!((again.message_id.as_str(), again.boundary.as_str()), (first.message_id.as_str(), first.boundary.as_str()));
        store.begin_data(again.id, "alive", at).await.unwrap();
        at += lease() + TimeDelta::seconds(1);
        store.claim("alive", 10, lease(), retry(), at).await.unwrap();
        at += TimeDelta::days(3);

        assert!(store.claim("alive", 10, lease(), retry(), at).await.unwrap().is_empty());
        assert_eq!(all(&store).await[0].state, MessageState::Uncertain);
        store.retry_message(first.id, &Actor::Operator, at).await.unwrap();
        let third = store.claim("alive", 10, lease(), retry(), at).await.unwrap().remove(0);
        assert_eq!(third.message_id, first.message_id, "a second copy folds into the first");
    }

    async fn the_mark_before_the_text_needs_the_lease(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        wave(&store, &event, 1).await;
        let message = claim(&store, "w", 10).await.remove(0);

        let other = store.begin_data(message.id, "other", now()).await;
        let late = store.begin_data(message.id, "w", now() + lease()).await;

        assert!(matches!(other, Err(StoreError::Stale)));
        assert!(matches!(late, Err(StoreError::Stale)));
        store.begin_data(message.id, "w", now()).await.unwrap();
    }

    async fn what_is_no_longer_true_is_dropped_when_it_is_about_to_leave(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let (_, people) = wave(&store, &event, 2).await;
        store.set_muted(people[0], true, &Actor::Invitee, now()).await.unwrap();

        let claimed = claim(&store, "w", 10).await;

        assert_eq!(claimed.len(), 1);
        let rows = all(&store).await;
        let dropped = rows.iter().find(|row| row.state == MessageState::Dropped).unwrap();
        assert_eq!(dropped.drop_reason, "muted by the invitee");
        assert_eq!(store.seats(&event).await.unwrap().in_person.open, 1, "holds no seat any more");
    }

    async fn cancelling_the_event_leaves_nothing_to_send(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        wave(&store, &event, 3).await;

        store.move_event(event.id, EventMove::Cancel, Some("flood"), &Actor::Operator, now()).await.unwrap();

        assert!(claim(&store, "w", 10).await.is_empty());
        assert!(all(&store).await.iter().all(|row| row.state == MessageState::Dropped));
    }

    async fn a_message_that_cannot_be_read_fails_alone(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        wave(&store, &event, 3).await;
        execute(&db, "UPDATE messages SET facts = '{}' WHERE to_name = 'Person 2'", vec![]).await;

        let claimed = claim(&store, "w", 10).await;

        assert_eq!(claimed.len(), 2);
        let broken = all(&store).await.into_iter().find(|row| row.to_name == "Person 2").unwrap();
        assert_eq!((broken.state, broken.last_words.as_str()), (MessageState::Failed, "the text of this mail cannot be read; write the mail anew"));
    }

    async fn an_address_written_in_other_letters_is_the_same_address(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let (_, people) = wave(&store, &event, 1).await;
        let email = [("email".to_owned(), "Person1@Example.ORG".to_owned())];
        store.set_invitee(people[0], None, &email, &Actor::Operator, now()).await.unwrap();

        let claimed = claim(&store, "w", 10).await;

        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].to_address, store.invitation_by_id(people[0]).await.unwrap().unwrap().email);
    }

    async fn a_letter_that_waited_past_its_day_to_answer_is_not_sent_and_its_person_is_listed_again(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let (_, people) = wave(&store, &event, 1).await;
        let first = claim(&store, "w", 10).await.remove(0);
        let next = Some(now() + TimeDelta::minutes(6));
        let later = Sent::Deferred { code: "451".into(), words: "later".into(), next, counts: false };
        store.mark_sent(first.id, "w", &later, now()).await.unwrap();

        let too_late = at("2019-05-25T12:00:00Z");
        let claimed = store.claim("w", 10, lease(), retry(), too_late).await.unwrap();

        assert!(claimed.is_empty());
        assert_eq!(all(&store).await[0].drop_reason, "the day to answer by has passed");
        let person = store.invitation_by_id(people[0]).await.unwrap().unwrap();
        assert_eq!((person.state, person.reply_by), (InvitationState::Listed, None));
    }

    async fn receipts_go_before_a_wave(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        let later = now() + TimeDelta::minutes(1);
        let (wave, _) = {
            let person = crate::people::person(&store, &event, 50).await;
            let draft = conclave_persistence::WaveDraft {
                kind: conclave_persistence::WaveKind::Invitation,
                subject: "Invitation".into(),
                body: "{link}".into(),
                reply_by: Some("2019-05-24".parse().unwrap()),
                invitations: vec![person],
                personal_lines: vec![],
            };
            let wave = store.add_wave(event.id, &draft, &Actor::Operator, now()).await.unwrap();
            (store.confirm_wave(wave.id, TimeDelta::zero(), &Actor::Operator, now()).await.unwrap(), person)
        };
        store
            .record_answer(who, &Given::Accept { mode: None }, &AnswerExtras::default(), Via::Page, later)
            .await
            .unwrap();

        let claimed = store.claim("w", 1, lease(), retry(), later).await.unwrap();

        assert_eq!(claimed[0].purpose.as_str(), "receipt");
        assert_eq!(wave.people, 1);
    }

    async fn a_deferred_message_waits_for_its_next_try(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        wave(&store, &event, 1).await;
        let message = claim(&store, "w", 10).await.remove(0);
        let next = now() + TimeDelta::minutes(6);
        let later = Sent::Deferred { code: "451".into(), words: "greylisted".into(), next: Some(next), counts: true };

        store.mark_sent(message.id, "w", &later, now()).await.unwrap();

        assert!(claim(&store, "w", 10).await.is_empty());
        assert_eq!(store.next_due(now()).await.unwrap(), Some(next));
        let again = store.claim("w", 10, lease(), retry(), next).await.unwrap().remove(0);
        assert_eq!(again.attempts, 1);
        let row = store.message(None, message.id).await.unwrap().unwrap();
        assert_eq!(row.last_words, "greylisted");
        assert_eq!(row.steps.len(), 2);
    }

    async fn a_relay_that_is_down_uses_up_no_attempt(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        wave(&store, &event, 1).await;
        let message = claim(&store, "w", 10).await.remove(0);
        let down = Sent::Deferred { code: String::new(), words: "refused".into(), next: Some(now()), counts: false };

        store.mark_sent(message.id, "w", &down, now()).await.unwrap();

        assert_eq!(claim(&store, "w", 10).await[0].attempts, 0);
    }

    async fn a_pause_stops_sending_until_it_is_lifted(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        wave(&store, &event, 1).await;
        let pause = MailPause { kind: "relay".into(), reason: "535 no".into(), until: None };

        store.pause_mail(&pause, now()).await.unwrap();

        assert!(claim(&store, "w", 10).await.is_empty());
        assert_eq!(store.mail_pause().await.unwrap(), Some(pause));
        store.resume_mail(&Actor::Operator, now()).await.unwrap();
        assert_eq!(store.mail_pause().await.unwrap(), None);
        assert_eq!(claim(&store, "w", 10).await.len(), 1);
    }

    async fn a_pause_with_a_time_lifts_itself(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        wave(&store, &event, 1).await;
        let until = now() + TimeDelta::minutes(1);
        store.pause_mail(&MailPause { kind: "down".into(), reason: String::new(), until: Some(until) }, now()).await.unwrap();

        assert!(claim(&store, "w", 10).await.is_empty());
        assert_eq!(store.claim("w", 10, lease(), retry(), until).await.unwrap().len(), 1);
    }

    async fn a_dead_address_shows_beside_the_name_with_the_servers_words(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let (_, people) = wave(&store, &event, 1).await;
        let message = claim(&store, "w", 10).await.remove(0);
        let failed = Sent::Failed { code: "5.1.1".into(), words: "550 no such user".into(), address_dead: true };

        store.mark_sent(message.id, "w", &failed, now()).await.unwrap();

        let found = store.invitation_by_id(people[0]).await.unwrap().unwrap();
        assert_eq!(found.badge.as_str(), "bounced");
        let page = store.person_page(event.id, &found.public_id).await.unwrap().unwrap();
        assert_eq!(page.delivery_words, "550 no such user");
    }

    async fn a_failed_message_is_sent_again_as_a_new_message_that_names_the_old(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        wave(&store, &event, 1).await;
        let first = claim(&store, "w", 10).await.remove(0);
        assert_eq!(
            refused(store.retry_message(first.id, &Actor::Operator, now()).await),
            MessageRefused::NotFrom(MessageState::Sending)
        );
        let failed = Sent::Failed { code: "5.7.1".into(), words: "554 spam".into(), address_dead: false };
        store.mark_sent(first.id, "w", &failed, now()).await.unwrap();

        store.retry_message(first.id, &Actor::Operator, now()).await.unwrap();

        let second = claim(&store, "w", 10).await.remove(0);
        assert_ne!(second.message_id, first.message_id);
        assert_eq!(second.parent_message_id.as_deref(), Some(first.message_id.as_str()));
    }

    async fn a_message_sent_again_has_a_boundary_that_composing_takes(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        wave(&store, &event, 1).await;
        let first = claim(&store, "w", 10).await.remove(0);
        let failed = Sent::Failed { code: "5.7.1".into(), words: "554 spam".into(), address_dead: false };
        store.mark_sent(first.id, "w", &failed, now()).await.unwrap();

        store.retry_message(first.id, &Actor::Operator, now()).await.unwrap();

        let second = claim(&store, "w", 10).await.remove(0);
        assert!(second.boundary.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{}", second.boundary);
    }

    async fn a_try_after_the_link_was_replaced_carries_the_link_that_lives(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let (_, people) = wave(&store, &event, 1).await;
        let first = claim(&store, "w", 10).await.remove(0);
        let later = Sent::Deferred { code: "451".into(), words: "later".into(), next: Some(now()), counts: true };
        store.mark_sent(first.id, "w", &later, now()).await.unwrap();
        store.rotate_link(people[0], "leaked", false, &Actor::Operator, now()).await.unwrap();

        let second = claim(&store, "w", 10).await.remove(0);

        let found = store.invitation_by_link(LinkKind::Web, &second.link.unwrap()).await.unwrap();
        assert_eq!(found, Some(people[0]));
    }

    async fn an_invitation_dropped_by_hand_gives_its_seat_back_and_takes_one_to_leave_after_all(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let (_, people) = wave(&store, &event, 1).await;
        let id = all(&store).await[0].id;

        store.drop_message(id, &Actor::Operator, now()).await.unwrap();

        assert_eq!(store.seats(&event).await.unwrap().in_person.open, 0);
        let listed = store.invitation_by_id(people[0]).await.unwrap().unwrap();
        assert_eq!((listed.state, listed.wave), (InvitationState::Listed, None));
        let none = [("seats".to_owned(), "0".to_owned())];
        store.set_event(event.id, None, &none, &Actor::Operator, now()).await.unwrap();
        let again = store.retry_message(id, &Actor::Operator, now()).await;
        assert_eq!(refused(again), MessageRefused::NoSeat);
        let one = [("seats".to_owned(), "1".to_owned())];
        store.set_event(event.id, None, &one, &Actor::Operator, now()).await.unwrap();
        store.retry_message(id, &Actor::Operator, now()).await.unwrap();
        let held = store.invitation_by_id(people[0]).await.unwrap().unwrap();
        assert_eq!(held.reply_by, Some("2019-05-24".parse().unwrap()));
        assert_eq!(claim(&store, "w", 10).await.len(), 1);
    }

    async fn an_address_that_a_person_tries_again_is_alive_again(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        wave(&store, &event, 1).await;
        let message = claim(&store, "w", 10).await.remove(0);
        let failed = Sent::Failed { code: "5.1.1".into(), words: "550 no".into(), address_dead: true };
        store.mark_sent(message.id, "w", &failed, now()).await.unwrap();

        store.retry_message(message.id, &Actor::Operator, now()).await.unwrap();

        assert_eq!(claim(&store, "w", 10).await.len(), 1);
    }

    async fn a_pause_that_waits_for_a_person_is_not_shortened(db: TestDb) {
        let store = db.store().await;
        add_event(&store, "netconf", None).await;
        let policy = MailPause { kind: "policy".into(), reason: "554 spam".into(), until: None };
        let down = MailPause { kind: "down".into(), reason: String::new(), until: Some(now()) };
        store.pause_mail(&policy, now()).await.unwrap();

        store.pause_mail(&down, now()).await.unwrap();

        assert_eq!(store.mail_pause().await.unwrap(), Some(policy));
    }

    async fn words_rendered_once_are_sent_again_word_for_word(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        wave(&store, &event, 1).await;
        let first = claim(&store, "w", 10).await.remove(0);
        assert_eq!(first.rendered, None);
        let text = StoredText { subject: "S".into(), text: "T \u{1}link\u{1}".into(), html: None };
        store.keep_text(first.id, &text).await.unwrap();
        store.release("w", now()).await.unwrap();

        let second = claim(&store, "w", 10).await.remove(0);

        assert_eq!(second.rendered, Some(text));
        let row = store.message(Some(event.id), first.id).await.unwrap().unwrap();
        assert_eq!(row.text, "T (personal link)");
    }

    async fn no_token_is_at_rest(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        invite(&store, &event, 1).await;
        let row = all(&store).await.remove(0);

        let facts = crate::text(&db, "SELECT facts FROM messages").await;

        let token = store.site().key.token(
            conclave_core::link_token::LinkKind::Web,
            store.invitation(event.id, &row.invitee_id).await.unwrap().unwrap().id.0,
            1,
        );
        assert!(!facts.contains(token.expose()));
    }
}
