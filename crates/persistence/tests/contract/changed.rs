//! Mail that waits while the event changes: no letter leaves that names the old day or place, and a
//! mail about a change says what is right when it leaves.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use conclave_core::answer::{Given, Via};
use conclave_core::event::{Event, EventMove};
use conclave_core::facts::Facts;
use conclave_core::ids::InvitationId;
use conclave_core::log_entry::Actor;
use conclave_core::message::MessageState;
use conclave_core::purpose::Purpose;
use conclave_persistence::{
    Announce, AnswerExtras, EventChangeRefused, Mailing, OutboxQuery, ReminderDraft, Sent, Store, WaveDraft,
    WaveKind, WaveState,
};
use conclave_test_support::builders::{add_event, add_listed, at, now};
use conclave_test_support::{TestDb, both_databases};

use crate::chasing::{letters, planning};
use crate::people::{invite, person};
use crate::refused;

const YES: Given = Given::Accept { mode: None };

fn settings(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Held for ten minutes, or told to nobody.
fn announce(is_move: bool, mail: bool) -> Announce {
    Announce {
        is_move,
        note: String::new(),
        reconfirm_by: is_move.then(|| day("2019-05-20")),
        mailing: Mailing { mail, with_declined: false, hold: TimeDelta::minutes(10) },
    }
}

async fn change(store: &Store, event: &Event, what: &[(&str, &str)], how: &Announce, when: &str) -> Event {
    store.change_event(event.id, None, &settings(what), how, &Actor::Operator, at(when)).await.unwrap()
}

async fn say(store: &Store, who: InvitationId, given: &Given, when: &str) {
    store.record_answer(who, given, &AnswerExtras::default(), Via::Page, at(when)).await.unwrap();
}

/// A wave to somebody, held for ten minutes; its letter names place and days as the desk offers them.
async fn held(store: &Store, event: &Event, who: InvitationId) -> conclave_persistence::Wave {
    let draft = WaveDraft {
        kind: WaveKind::Invitation,
        subject: "Invitation: Netconf 2019".into(),
        body: "When   Thu 20 - Fri 21 June 2019\nWhere  Boston, MA\n\n{link}\n".into(),
        reply_by: Some(day("2019-05-24")),
        invitations: vec![who],
        personal_lines: vec![],
    };
    let wave = store.add_wave(event.id, &draft, &Actor::Operator, now()).await.unwrap();
    store.confirm_wave(wave.id, TimeDelta::minutes(10), &Actor::Operator, now()).await.unwrap()
}

/// Hands over what is due of a purpose; returns what it says.
async fn leave(store: &Store, purpose: Purpose, when: DateTime<Utc>) -> Vec<Facts> {
    let mut left = Vec::new();
    for message in store.claim("w", 50, TimeDelta::minutes(3), TimeDelta::minutes(15), when).await.unwrap() {
        let sent = Sent::HandedOver { code: "250".into(), words: "ok".into() };
        store.mark_sent(message.id, "w", &sent, when).await.unwrap();
        if message.purpose == purpose {
            left.push(message.facts);
        }
    }
    left
}

async fn states(store: &Store, event: &Event, purpose: Purpose) -> Vec<MessageState> {
    let query = OutboxQuery { event: Some(event.id), purpose: Some(purpose), ..OutboxQuery::default() };
    store.messages(&query).await.unwrap().rows.into_iter().map(|row| row.state).collect()
}

both_databases! {
    async fn a_wave_that_has_not_left_is_stopped_before_the_event_moves(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let who = person(&store, &event, 7).await;
        let wave = held(&store, &event, who).await;
        let elsewhere = settings(&[("place", "Toronto")]);
        let waits = EventChangeRefused::LetterWaits("Wave 1".to_owned());

        let untold = store.set_event(event.id, None, &elsewhere, &Actor::Operator, now()).await;
        assert_eq!(refused(untold), waits, "nobody was invited yet, and somebody is about to be");
        let told = announce(true, true);
        let moved = store.change_event(event.id, None, &elsewhere, &told, &Actor::Operator, now()).await;
        assert_eq!(refused(moved), waits);
        let looked = store.preview_change(&event, &elsewhere, &told, &Actor::Operator, now()).await;
        assert_eq!(refused(looked), waits);
        let seats = settings(&[("seats", "30"), ("starts", "09:30"), ("ends", "17:00")]);
        store.set_event(event.id, None, &seats, &Actor::Operator, now()).await.unwrap();

        let stopped = store.stop_wave(wave.id, &Actor::Operator, now()).await.unwrap();
        assert_eq!(stopped.state, WaveState::Draft);
        store.set_event(event.id, None, &elsewhere, &Actor::Operator, now()).await.unwrap();
    }

    async fn a_wave_that_has_left_keeps_no_event_from_moving_and_the_next_is_warned_of_old_words(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let (first, second) = (person(&store, &event, 7).await, person(&store, &event, 8).await);
        held(&store, &event, first).await;
        leave(&store, Purpose::Invitation, now() + TimeDelta::minutes(11)).await;

        change(&store, &event, &[("place", "Toronto")], &announce(true, false), "2019-04-02T12:00:00Z").await;

        let draft = WaveDraft {
            kind: WaveKind::Invitation,
            subject: "Invitation".into(),
            body: "We meet in Boston, MA.\n\n{link}\n".into(),
            reply_by: Some(day("2019-05-24")),
            invitations: vec![second],
            personal_lines: vec![],
        };
        let wave = store.add_wave(event.id, &draft, &Actor::Operator, now()).await.unwrap();
        let warnings = store.plan_of(wave.id, now()).await.unwrap().warnings;
        assert!(warnings.iter().any(|warning| warning.starts_with("The letter names a day or place")), "{warnings:?}");
    }

    async fn a_mail_about_a_move_that_waits_tells_what_became_of_it_since(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let aiko = invite(&store, &event, 1).await[0];
        say(&store, aiko, &YES, "2019-04-02T12:00:00Z").await;
        leave(&store, Purpose::Receipt, at("2019-04-02T12:01:00Z")).await;

        change(&store, &event, &[("place", "Toronto")], &announce(true, true), "2019-04-03T12:00:00Z").await;
        let later = [("place", "Montreal"), ("from", "2019-06-19"), ("to", "2019-06-20")];
        change(&store, &event, &later, &announce(false, false), "2019-04-03T12:05:00Z").await;

        let mails = leave(&store, Purpose::Change, at("2019-04-03T12:11:00Z")).await;
        let mail = &mails[0];
        let told = mail.change.as_ref().unwrap();
        let lines: Vec<_> = told.lines.iter().map(|line| (line.was.as_str(), line.is.as_str())).collect();
        assert_eq!(lines, [("Boston, MA", "Montreal"), ("Thu 20 - Fri 21 June 2019", "Wed 19 - Thu 20 June 2019")]);
        assert_eq!(told.gist, "new place and date");
        assert_eq!(mail.event.as_ref().unwrap().place, "Montreal");
        let calendar = mail.calendar.as_ref().unwrap();
        assert_eq!((calendar.start.as_str(), calendar.location.as_str(), calendar.sequence), ("20190619", "Montreal", 2));
        assert_eq!(mails.len(), 1);
    }

    async fn a_mail_about_a_move_asks_nobody_who_has_said_it_again_meanwhile(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let people = invite(&store, &event, 2).await;
        for who in &people {
            say(&store, *who, &YES, "2019-04-02T12:00:00Z").await;
        }
        leave(&store, Purpose::Receipt, at("2019-04-02T12:01:00Z")).await;

        change(&store, &event, &[("place", "Toronto")], &announce(true, true), "2019-04-03T12:00:00Z").await;
        say(&store, people[0], &YES, "2019-04-03T12:05:00Z").await;
        say(&store, people[1], &Given::Decline, "2019-04-03T12:05:00Z").await;

        let mut mails = leave(&store, Purpose::Change, at("2019-04-03T12:11:00Z")).await;
        mails.sort_by(|a, b| a.to.address.cmp(&b.to.address));
        let told: Vec<_> = mails.iter().map(|mail| {
            let change = mail.change.as_ref().unwrap();
            (change.answer.as_str(), change.asks_again, change.by_day.is_some(), mail.calendar.is_some())
        }).collect();
        assert_eq!(told, [("accepted", false, false, true), ("cancelled", false, false, false)]);
    }

    async fn asking_again_leaves_the_mail_about_a_move_to_those_who_are_not_asked(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let people = invite(&store, &event, 2).await;
        say(&store, people[0], &YES, "2019-04-02T12:00:00Z").await;
        let mailing = announce(true, true).mailing;

        change(&store, &event, &[("place", "Toronto")], &announce(true, true), "2019-04-03T12:00:00Z").await;
        let ask = async |when: &str| {
            store.ask_to_reconfirm(event.id, day("2019-05-27"), "", &mailing, &Actor::Operator, at(when)).await.unwrap()
        };
        let asked = ask("2019-04-03T12:05:00Z").await;
        let twice = ask("2019-04-03T12:05:01Z").await;

        assert_eq!((asked.changes.len(), twice.changes.len()), (2, 2), "pressed twice is asked once");
        assert_eq!(states(&store, &event, Purpose::Reconfirm).await, [MessageState::Held]);
        assert_eq!(states(&store, &event, Purpose::Change).await, [MessageState::Held; 2]);
        let mails = leave(&store, Purpose::Change, at("2019-04-03T12:16:00Z")).await;
        let by: Vec<_> = mails.iter().filter_map(|mail| mail.change.as_ref().unwrap().by_day.clone()).collect();
        assert_eq!(by, ["Mon 27 May 2019, end of day, New York time"], "the newest day counts");
    }

    async fn the_reserve_is_not_written_to_by_itself_with_what_was(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let by_itself = settings(&[("seats", "1"), ("backfill", "automatic"), ("hold", "10")]);
        let event = store.set_event(event.id, None, &by_itself, &Actor::Operator, now()).await.unwrap();
        let first = person(&store, &event, 7).await;
        held(&store, &event, first).await;
        leave(&store, Purpose::Invitation, now() + TimeDelta::minutes(11)).await;
        let al = add_listed(&store, event.id, "al@example.org").await.id;
        store.set_reserve(event.id, &[al], true, &Actor::Operator, now()).await.unwrap();

        let event = change(&store, &event, &[("place", "Toronto")], &announce(true, false), "2019-04-02T12:00:00Z").await;
        say(&store, first, &Given::Decline, "2019-04-02T13:00:00Z").await;
        let then = at("2019-04-02T13:01:00Z");
        assert_eq!(store.send_backfills(then).await.unwrap(), 0);
        let proposal = store.reserve_proposal(&event, then).await.unwrap().1;
        assert_eq!((proposal.next.len(), proposal.letter_is_old), (1, true), "the desk says why");

        let own = settings(&[("backfill_text", "A seat came free in Toronto.\n\n{link}\n")]);
        let event = store.set_event(event.id, None, &own, &Actor::Operator, then).await.unwrap();
        assert!(!store.reserve_proposal(&event, then).await.unwrap().1.letter_is_old);
        assert_eq!(store.send_backfills(then).await.unwrap(), 1);
    }

    async fn a_wave_that_was_stopped_half_way_is_no_pattern_for_the_reserve(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let by_itself = settings(&[("seats", "3"), ("backfill", "automatic")]);
        let event = store.set_event(event.id, None, &by_itself, &Actor::Operator, now()).await.unwrap();
        let (wave, people) = crate::people::wave(&store, &event, 2).await;
        let sent = Sent::HandedOver { code: "250".into(), words: "ok".into() };
        let one = crate::people::claim(&store, "w", 1).await.remove(0);
        store.mark_sent(one.id, "w", &sent, now()).await.unwrap();
        store.stop_wave(wave.id, &Actor::Operator, now()).await.unwrap();
        for who in people {
            if store.remove_listed(who, &Actor::Operator, now()).await.is_err() {
                continue;
            }
        }
        let al = add_listed(&store, event.id, "al@example.org").await.id;
        store.set_reserve(event.id, &[al], true, &Actor::Operator, now()).await.unwrap();

        assert_eq!(store.send_backfills(now()).await.unwrap(), 0, "its text was stopped for a reason");
    }

    async fn nobody_of_the_reserve_is_next_once_the_event_has_begun(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let open = settings(&[("backfill", "automatic"), ("answers_close", "2019-06-21")]);
        let event = store.set_event(event.id, None, &open, &Actor::Operator, now()).await.unwrap();
        invite(&store, &event, 1).await;
        let al = add_listed(&store, event.id, "al@example.org").await.id;
        store.set_reserve(event.id, &[al], true, &Actor::Operator, now()).await.unwrap();
        let first_day = at("2019-06-20T13:00:00Z");

        assert_eq!(store.send_backfills(first_day).await.unwrap(), 0);
        assert!(store.reserve_proposal(&event, first_day).await.unwrap().1.next.is_empty());
    }

    async fn a_planned_reminder_whose_own_words_name_the_old_place_leaves_in_the_default_words(db: TestDb) {
        let store = db.store().await;
        let event = planning(&store, "4").await;
        invite(&store, &event, 1).await;
        let wave = store.wave(event.id, "1").await.unwrap().unwrap();
        let own = ReminderDraft { body: "Still time for Boston, MA.\n\n{link}\n".into(), ..ReminderDraft::default() };
        store.set_reminder(wave.id, Some(1), &own, &Actor::Operator, now()).await.unwrap();
        change(&store, &event, &[("place", "Toronto")], &announce(true, false), "2019-04-02T12:00:00Z").await;

        let then = at("2019-05-20T12:00:00Z");
        assert_eq!(store.send_planned_reminders(letters, then).await.unwrap(), 1);

        let mail = leave(&store, Purpose::Reminder, then).await.remove(0);
        assert!(!mail.letter.unwrap().contains("Boston, MA"));
    }

    async fn a_cancelled_event_takes_nobody_out_of_the_way_of_a_later_wave(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let who = person(&store, &event, 7).await;
        held(&store, &event, who).await;

        store.move_event(event.id, EventMove::Cancel, Some("no venue"), &Actor::Operator, now()).await.unwrap();
        let wave = store.wave(event.id, "1").await.unwrap().unwrap();
        assert_eq!(wave.state, WaveState::Stopped, "it never left");
        store.move_event(event.id, EventMove::Revive, Some("found one"), &Actor::Operator, now()).await.unwrap();

        let elsewhere = settings(&[("place", "Toronto")]);
        store.set_event(event.id, None, &elsewhere, &Actor::Operator, now()).await.unwrap();
        let listed = store.invitation_by_id(who).await.unwrap().unwrap();
        assert_eq!((listed.wave, listed.reply_by), (None, None));
        held(&store, &event, who).await;
    }
}
