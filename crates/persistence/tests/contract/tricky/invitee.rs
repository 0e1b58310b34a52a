//! What happens around one invitee: changes of mind, wrong readers, bad addresses, names, consent.

use chrono::TimeDelta;
use conclave_core::answer::{AnswerValue, Given, Via};
use conclave_core::badge::Badge;
use conclave_core::event::{Event, EventMove};
use conclave_core::ids::InvitationId;
use conclave_core::invitation::InvitationState;
use conclave_core::link_token::LinkKind;
use conclave_core::log_entry::Actor;
use conclave_core::message::MessageState;
use conclave_core::name::PersonName;
use conclave_core::page;
use conclave_core::purpose::Purpose;
use conclave_core::topic::TopicMove;
use conclave_persistence::{
    AnswerExtras, Details, ListQuery, NewInvitee, OnBehalf, OutboxQuery, Sent, Store, TopicText,
};
use conclave_test_support::builders::{add_event, at, now};
use conclave_test_support::{TestDb, both_databases};

use crate::execute;
use crate::people::{claim, invite, wave};

const YES: Given = Given::Accept { mode: None };

async fn say(store: &Store, who: InvitationId, given: &Given, when: &str) -> Option<AnswerValue> {
    store.record_answer(who, given, &AnswerExtras::default(), Via::Page, at(when)).await.unwrap();
    store.invitation_by_id(who).await.unwrap().unwrap().answer
}

async fn set(store: &Store, who: InvitationId, key: &str, value: &str) {
    let fields = [(key.to_owned(), value.to_owned())];
    store.set_invitee(who, None, &fields, &Actor::Operator, now()).await.unwrap();
}

async fn opens(store: &Store, who: InvitationId, generation: u32) -> bool {
    let token = store.site().key.token(LinkKind::Web, who.0, generation);
    store.personal_page(&token, now()).await.unwrap().is_some()
}

async fn event_with(store: &Store, settings: &[(&str, &str)]) -> Event {
    let event = add_event(store, "netconf", None).await;
    let settings: Vec<_> =
        settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    store.set_event(event.id, None, &settings, &Actor::Operator, now()).await.unwrap()
}

/// Somebody of this name, coming, with an accepted topic.
async fn speaker(store: &Store, event: &Event, name: &str, listed: bool) -> InvitationId {
    let new = NewInvitee { name: Some(PersonName::parse(name).unwrap()), ..NewInvitee::default() };
    let who = store.add_invitee(event.id, &new, &Actor::Operator, now()).await.unwrap().id;
    store.invite_by_other_means(who, &Actor::Operator, now()).await.unwrap();
    let extras = AnswerExtras { listed: Some(listed), ..AnswerExtras::default() };
    store.record_answer(who, &YES, &extras, Via::Page, now()).await.unwrap();
    let text = TopicText { title: "XDP offloads".to_owned(), ..TopicText::default() };
    let topic = store.propose_topic(who, &text, now()).await.unwrap();
    store
        .decide_topic(event.id, topic.unwrap().number, TopicMove::Accept, &Actor::Operator, now())
        .await
        .unwrap();
    who
}

/// The page in every form it is published in.
async fn printed(store: &Store, event: &Event) -> String {
    let public = store.public_page(event, true).await.unwrap();
    format!("{}\n{}\n{}", page::text(&public), page::markdown(&public), page::json(&public))
}

both_databases! {
    async fn t02_a_yes_given_back_is_a_cancellation_with_a_receipt_and_frees_the_seat_also_after_closing(db: TestDb) {
        let store = db.store().await;
        let event = event_with(&store, &[("seats", "1"), ("over_invite", "1"), ("policy", "over-invite")]).await;
        let people = invite(&store, &event, 2).await;
        say(&store, people[0], &YES, "2019-04-02T12:00:00Z").await;
        let text = TopicText { title: "XDP".to_owned(), ..TopicText::default() };
        store.propose_topic(people[0], &text, now()).await.unwrap();
        store.move_event(event.id, EventMove::Close, None, &Actor::Operator, now()).await.unwrap();

        let given_back = say(&store, people[0], &Given::Decline, "2019-06-18T12:00:00Z").await;

        assert_eq!(given_back, Some(AnswerValue::Cancelled));
        assert_eq!(store.seats(&event).await.unwrap().in_person.accepted, 0);
        assert!(store.topic(event.id, 1).await.unwrap().unwrap().presenter_left);
        let query = OutboxQuery { purpose: Some(Purpose::Receipt), ..OutboxQuery::default() };
        assert_eq!(store.messages(&query).await.unwrap().rows.len(), 2);
    }

    async fn t04_a_forwarded_link_names_its_owner_and_can_be_replaced_by_a_new_one(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        let token = store.site().key.token(LinkKind::Web, who.0, 1);
        let shown = store.personal_page(&token, now()).await.unwrap().unwrap();
        assert_eq!(shown.invitation.name, "Person 1");

        store.rotate_link(who, "forwarded", true, &Actor::Operator, now()).await.unwrap();

        assert_eq!((opens(&store, who, 1).await, opens(&store, who, 2).await), (false, true));
        let query = OutboxQuery { purpose: Some(Purpose::Link), ..OutboxQuery::default() };
        let mailed: Vec<_> = store.messages(&query).await.unwrap().rows.into_iter().map(|row| row.to_address).collect();
        assert_eq!(mailed, ["person1@example.org"], "to the listed address alone");
    }

    async fn t08_a_corrected_address_keeps_the_invitation_and_shuts_the_links_sent_to_the_dead_one(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let (_, people) = wave(&store, &event, 1).await;
        let message = claim(&store, "w", 10).await.remove(0);
        let dead = Sent::Failed { code: "5.1.1".into(), words: "550 no such user".into(), address_dead: true };
        store.mark_sent(message.id, "w", &dead, now()).await.unwrap();
        assert_eq!(store.invitation_by_id(people[0]).await.unwrap().unwrap().badge, Badge::Bounced);

        set(&store, people[0], "email", "new@example.net").await;

        let found = store.invitation_by_id(people[0]).await.unwrap().unwrap();
        assert_eq!((found.id, found.email.as_str()), (people[0], "new@example.net"));
        assert!(!opens(&store, people[0], 1).await);
        let log = store.log(event.id, None, 0).await.unwrap();
        assert!(log.iter().any(|line| line.action == "invitation.changed" && line.after.contains("a new one")), "{log:?}");
        store.retry_message(message.id, &Actor::Operator, now()).await.unwrap();
        assert_eq!(claim(&store, "w", 10).await[0].to_address, "new@example.net");
        let found = store.invitation_by_id(people[0]).await.unwrap().unwrap();
        assert_eq!(found.state, InvitationState::Invited);
        assert!(opens(&store, people[0], 2).await);
    }

    async fn t09_a_full_mailbox_is_tried_again_and_is_no_dead_address(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let (_, people) = wave(&store, &event, 1).await;
        let message = claim(&store, "w", 10).await.remove(0);
        let next = now() + TimeDelta::minutes(6);
        let full = Sent::Deferred { code: "4.2.2".into(), words: "mailbox full".into(), next: Some(next), counts: true };

        store.mark_sent(message.id, "w", &full, now()).await.unwrap();

        let found = store.invitation_by_id(people[0]).await.unwrap().unwrap();
        assert_eq!((found.badge, found.delivery), (Badge::Invited, Some(MessageState::Waiting)));
        let again = store.claim("w", 10, TimeDelta::seconds(180), TimeDelta::minutes(15), next).await.unwrap();
        assert_eq!(again.len(), 1);
    }

    async fn t12_an_automatic_reply_is_neither_an_answer_nor_a_bounce(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let who = invite(&store, &event, 1).await[0];
        // As the reader of mail that arrives will write it.
        for table in ["UPDATE messages SET state", "UPDATE invitations SET last_message_state"] {
            execute(&db, &format!("{table} = 'answered_automatically'"), vec![]).await;
        }

        let found = store.invitation_by_id(who).await.unwrap().unwrap();

        assert_eq!((found.answer, found.badge), (None, Badge::Invited));
        assert_eq!(found.delivery, Some(MessageState::AnsweredAutomatically));
        assert_eq!(say(&store, who, &YES, "2019-04-02T12:00:00Z").await, Some(AnswerValue::Accepted));
    }

    async fn t16_somebody_without_an_address_is_invited_by_other_means_and_answered_for(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let new = NewInvitee { name: Some(PersonName::parse("Florian Westphal").unwrap()), ..NewInvitee::default() };
        let who = store.add_invitee(event.id, &new, &Actor::Operator, now()).await.unwrap().id;
        store.invite_by_other_means(who, &Actor::Operator, now()).await.unwrap();

        let heard = OnBehalf {
            given: YES,
            via: Via::Spoken,
            note: "at lunch".to_owned(),
            override_reason: None,
            send_receipt: true,
            listed: None,
        };
        store.record_answer_on_behalf(who, &heard, &Actor::Operator, now()).await.unwrap();

        let found = store.invitation_by_id(who).await.unwrap().unwrap();
        assert_eq!((found.answer, found.email.as_str()), (Some(AnswerValue::Accepted), ""));
        assert!(store.messages(&OutboxQuery::default()).await.unwrap().rows.is_empty(), "nowhere to mail to");
        assert_eq!(store.attendee_rows(&event).await.unwrap().len(), 1);
    }

    async fn t32_names_are_kept_sorted_searched_and_printed_as_they_are_written(db: TestDb) {
        let store = db.store().await;
        let event = event_with(&store, &[("page", "full")]).await;
        let names = ["Toke Høiland-Jørgensen", "Willem de Bruijn", "PJ Waskiewicz Jr.", "Aditi", "吉藤英明", "יוסי כהן"];
        for name in names {
            speaker(&store, &event, name, true).await;
        }
        let found = async |q: &str| {
            let query = ListQuery { q: q.to_owned(), ..ListQuery::default() };
            let rows = store.list(event.id, &query).await.unwrap().rows;
            rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
        };

        assert_eq!(found("hoiland").await, ["Toke Høiland-Jørgensen"]);
        assert_eq!(found("HØILAND").await, ["Toke Høiland-Jørgensen"]);
        assert_eq!(found("吉藤").await, ["吉藤英明"]);
        let latin = |name: &String| name.starts_with(|c: char| c.is_ascii_alphabetic());
        let by_name: Vec<_> = found("").await.into_iter().filter(latin).collect();
        assert_eq!(by_name, ["Aditi", "Willem de Bruijn", "Toke Høiland-Jørgensen", "PJ Waskiewicz Jr."]);
        let page = printed(&store, &event).await;
        let exported: Vec<_> = store.attendee_rows(&event).await.unwrap().into_iter().map(|row| row.name).collect();
        for name in names {
            assert!(page.contains(name), "{name} is not printed as written: {page}");
            assert!(exported.iter().any(|written| written == name), "{exported:?}");
        }
    }

    async fn t34_whoever_does_not_want_to_be_listed_is_in_nothing_that_is_published(db: TestDb) {
        let store = db.store().await;
        let event = event_with(&store, &[("page", "full")]).await;
        speaker(&store, &event, "Ada Hidden", false).await;
        speaker(&store, &event, "Eric Dumazet", true).await;

        let page = printed(&store, &event).await;

        assert!(page.contains("Eric Dumazet") && !page.contains("Hidden") && !page.contains("Ada"), "{page}");
        assert_eq!(store.attendee_rows(&event).await.unwrap().len(), 2, "the committee's own list has both");
    }

    async fn t35_consent_taken_back_takes_the_name_off_the_next_page(db: TestDb) {
        let store = db.store().await;
        let event = event_with(&store, &[("page", "full")]).await;
        let who = speaker(&store, &event, "Ada Hidden", true).await;
        assert!(printed(&store, &event).await.contains("Ada Hidden"));

        let details = Details { listed: Some(false), ..Details::default() };
        store.set_details(who, &details, now()).await.unwrap();

        assert!(!printed(&store, &event).await.contains("Hidden"));
        let log = store.log(event.id, None, 0).await.unwrap();
        assert!(log.iter().any(|line| line.actor == "invitee" && line.after.contains("listed")), "{log:?}");
    }

    async fn t37_an_answer_within_seconds_of_the_mail_counts_and_is_flagged(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let (_, people) = wave(&store, &event, 2).await;
        for message in claim(&store, "w", 10).await {
            let sent = Sent::HandedOver { code: "250".into(), words: "ok".into() };
            store.mark_sent(message.id, "w", &sent, now()).await.unwrap();
        }
        let after = |seconds| now() + TimeDelta::seconds(seconds);

        store.record_answer(people[0], &YES, &AnswerExtras::default(), Via::Page, after(5)).await.unwrap();
        store.record_answer(people[1], &YES, &AnswerExtras::default(), Via::Page, after(31)).await.unwrap();

        let [quick, slow] = [people[0], people[1]].map(|who| store.invitation_by_id(who));
        let (quick, slow) = (quick.await.unwrap().unwrap(), slow.await.unwrap().unwrap());
        assert_eq!((quick.answer, quick.was_this_you), (Some(AnswerValue::Accepted), true));
        assert_eq!((slow.answer, slow.was_this_you), (Some(AnswerValue::Accepted), false));
    }

    async fn t43_a_deadline_on_the_day_the_clocks_change_ends_at_that_places_midnight(db: TestDb) {
        let store = db.store().await;
        // Clocks in Berlin go back on 27 October 2019, so that day has 25 hours.
        let event = event_with(&store, &[
            ("zone", "Europe/Berlin"), ("to", "2019-11-21"), ("from", "2019-11-20"), ("answers_close", "2019-11-10"),
        ]).await;
        let who = invite(&store, &event, 1).await[0];
        set(&store, who, "email", "late@example.org").await;
        let tentative = Given::Tentative { reason: None, until: Some("2019-10-27".parse().unwrap()) };
        say(&store, who, &tentative, "2019-04-02T12:00:00Z").await;

        store.lapse_silence(at("2019-10-27T22:59:59Z")).await.unwrap();
        let before = store.invitation_by_id(who).await.unwrap().unwrap().answer;
        store.lapse_silence(at("2019-10-27T23:00:00Z")).await.unwrap();
        let after = store.invitation_by_id(who).await.unwrap().unwrap().answer;

        assert_eq!((before, after), (Some(AnswerValue::Tentative), Some(AnswerValue::Lapsed)));
    }
}
