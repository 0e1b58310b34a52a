//! Planned reminders, the ceiling, a second member's release, and waves that leave at a chosen time.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use conclave_core::answer::{Given, Via};
use conclave_core::committee::Role;
use conclave_core::event::Event;
use conclave_core::facts::EventFacts;
use conclave_core::ids::InvitationId;
use conclave_core::log_entry::Actor;
use conclave_core::message::MessageState;
use conclave_core::reminder::ReminderRefused;
use conclave_persistence::{
    AnswerExtras, Leaves, Release, ReminderDraft, Sent, Store, StoreError, Wave, WaveDraft, WaveKind,
    WaveRefused, WaveState, WriteError,
};
use conclave_test_support::builders::{add_account, add_event, at, member, now};
use conclave_test_support::{TestDb, both_databases};

use crate::people::{claim, invite, person};
use crate::{number, refused, text};

const LETTER: &str = "Hello {first_name},\n\nby {answer_by}\n\n    {link}\n";

/// The default reminder.
pub fn letters(_: &EventFacts) -> Option<(String, String)> {
    Some(("Still time".into(), LETTER.into()))
}

/// An event that reminds this many days before the reply-by date, or `off`.
pub async fn planning(store: &Store, days: &str) -> Event {
    let event = add_event(store, "netconf", None).await;
    set(store, &event, "reminder", days).await
}

async fn set(store: &Store, event: &Event, key: &str, value: &str) -> Event {
    let settings = [(key.to_owned(), value.to_owned())];
    store.set_event(event.id, None, &settings, &Actor::Operator, now()).await.unwrap()
}

/// People who accepted; their invitations are answered by our own mails alone.
pub async fn accepted(store: &Store, event: &Event, people: usize) -> Vec<InvitationId> {
    let invited = invite(store, event, people).await;
    for one in &invited {
        let yes = Given::Accept { mode: None };
        store.record_answer(*one, &yes, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
    }
    invited
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn draft(kind: WaveKind, people: &[InvitationId]) -> WaveDraft {
    WaveDraft {
        kind,
        subject: "Invitation: Netconf 2019".into(),
        body: LETTER.into(),
        reply_by: Some(day("2019-05-24")),
        invitations: people.to_vec(),
        personal_lines: Vec::new(),
    }
}

async fn saved(store: &Store, event: &Event, by: &Actor) -> Wave {
    let people = [person(store, event, 1).await, person(store, event, 2).await];
    store.add_wave(event.id, &draft(WaveKind::Invitation, &people), by, now()).await.unwrap()
}

/// Hands over everything that is due at an instant; returns purpose and address.
async fn leave(store: &Store, at: DateTime<Utc>) -> Vec<(String, String)> {
    let mut left = Vec::new();
    for message in store.claim("w", 50, TimeDelta::minutes(3), TimeDelta::minutes(15), at).await.unwrap() {
        let sent = Sent::HandedOver { code: "250".into(), words: "ok".into() };
        store.mark_sent(message.id, "w", &sent, at).await.unwrap();
        left.push((message.purpose.as_str().to_owned(), message.to_address));
    }
    left.sort();
    left
}

async fn due(store: &Store, day: &str) -> u64 {
    store.send_planned_reminders(letters, at(&format!("{day}T12:00:00Z"))).await.unwrap()
}

both_databases! {
    async fn every_wave_plans_one_reminder_that_follows_the_setting_until_it_has_its_own_day(db: TestDb) {
        let store = db.store().await;
        let event = planning(&store, "4").await;
        let wave = saved(&store, &event, &Actor::Operator).await;

        let planned = store.planned_reminders(&event).await.unwrap();
        assert_eq!((planned.len(), planned[0].day, planned[0].people), (1, Some(day("2019-05-20")), 2));
        let event = set(&store, &event, "reminder", "off").await;
        assert!(!store.planned_reminders(&event).await.unwrap()[0].is_planned());
        let own = ReminderDraft { on: Some(day("2019-05-22")), ..ReminderDraft::default() };
        let changed = store.set_reminder(wave.id, Some(1), &own, &Actor::Operator, now()).await.unwrap();
        assert_eq!((changed.day, changed.days_before), (Some(day("2019-05-22")), Some(2)));

        store.confirm_wave(wave.id, TimeDelta::zero(), &Actor::Operator, now()).await.unwrap();
        leave(&store, now()).await;
        assert_eq!((due(&store, "2019-05-21").await, due(&store, "2019-05-22").await), (0, 2));
        assert_eq!(due(&store, "2019-05-23").await, 0, "once is enough");
        assert!(store.planned_reminders(&event).await.unwrap()[0].has_left);
        let again = store.set_reminder(wave.id, Some(1), &own, &Actor::Operator, now()).await;
        assert_eq!(refused(again), ReminderRefused::HasLeft);
        let keys = "SELECT count(*) FROM messages WHERE purpose = 'reminder' AND once_only_key LIKE '%/reminder/plan-%'";
        assert_eq!(number(&db, keys).await, 2);
    }

    async fn a_planned_reminder_can_be_cancelled_and_planned_again(db: TestDb) {
        let store = db.store().await;
        let event = planning(&store, "4").await;
        let wave = saved(&store, &event, &Actor::Operator).await;
        store.confirm_wave(wave.id, TimeDelta::zero(), &Actor::Operator, now()).await.unwrap();
        leave(&store, now()).await;

        store.cancel_reminder(wave.id, 1, &Actor::Operator, now()).await.unwrap();
        let twice = store.cancel_reminder(wave.id, 1, &Actor::Operator, now()).await.unwrap();
        assert!(twice.is_cancelled);
        assert_eq!(due(&store, "2019-05-20").await, 0);
        store.set_reminder(wave.id, Some(1), &ReminderDraft::default(), &Actor::Operator, now()).await.unwrap();
        assert_eq!(due(&store, "2019-05-20").await, 2);

        let log = store.log(event.id, None, 0).await.unwrap();
        let told: Vec<_> = log.iter().map(|line| line.action.as_str()).filter(|a| a.starts_with("reminder")).collect();
        assert_eq!(told, ["reminder.changed", "reminder.cancelled"]);
    }

    async fn a_letter_promises_the_reminders_that_its_wave_plans(db: TestDb) {
        let store = db.store().await;
        let event = planning(&store, "4").await;
        let wave = saved(&store, &event, &Actor::Operator).await;
        let promise = async || {
            let people = store.wave_people(wave.id).await.unwrap();
            let draft = draft(WaveKind::Invitation, &[people[0].0]);
            let facts = store.preview_facts(event.id, &draft, Some(wave.id), people[0].0, now()).await.unwrap();
            (facts.silence.reminds, facts.silence.reminds_twice)
        };

        assert_eq!(promise().await, (true, false));
        let more = ReminderDraft { on: Some(day("2019-05-22")), third: true, ..ReminderDraft::default() };
        store.set_reminder(wave.id, None, &more, &Actor::Operator, now()).await.unwrap();
        assert_eq!(promise().await, (true, true));
        for number in [1, 2] {
            store.cancel_reminder(wave.id, number, &Actor::Operator, now()).await.unwrap();
        }
        assert_eq!(promise().await, (false, false));
    }

    async fn the_third_mail_needs_somebody_who_knows(db: TestDb) {
        let store = db.store().await;
        let event = planning(&store, "10").await;
        let wave = saved(&store, &event, &Actor::Operator).await;
        let more = ReminderDraft { on: Some(day("2019-05-22")), ..ReminderDraft::default() };

        let unasked = store.set_reminder(wave.id, None, &more, &Actor::Operator, now()).await;
        assert_eq!(refused(unasked), ReminderRefused::ThirdMail);
        let ticked = ReminderDraft { third: true, ..more };
        store.set_reminder(wave.id, None, &ticked, &Actor::Operator, now()).await.unwrap();
        let another = store.set_reminder(wave.id, None, &ticked, &Actor::Operator, now()).await;
        assert_eq!(refused(another), ReminderRefused::TooMany);
        store.confirm_wave(wave.id, TimeDelta::zero(), &Actor::Operator, now()).await.unwrap();
        leave(&store, now()).await;

        assert_eq!((due(&store, "2019-05-14").await, due(&store, "2019-05-15").await), (2, 0));
        leave(&store, at("2019-05-15T12:00:00Z")).await;
        assert_eq!((due(&store, "2019-05-22").await, due(&store, "2019-05-23").await), (2, 0));

        leave(&store, at("2019-05-23T12:00:00Z")).await;
        let people: Vec<InvitationId> = store.wave_people(wave.id).await.unwrap().iter().map(|(id, _)| *id).collect();
        let by_hand = WaveDraft { reply_by: None, ..draft(WaveKind::Reminder, &people) };
        let by_hand = store.add_wave(event.id, &by_hand, &Actor::Operator, now()).await.unwrap();
        let unticked = store.confirm_wave(by_hand.id, TimeDelta::zero(), &Actor::Operator, now()).await;
        assert_eq!(refused(unticked), WaveRefused::ThirdMail(2));
        let release = Release { third: true, ..Release::after(TimeDelta::zero()) };
        store.release_wave(by_hand.id, &release, &Actor::Operator, now()).await.unwrap();
        let why = text(&db, "SELECT reason FROM log_entries WHERE action = 'wave.confirmed' AND reason <> '' AND actor_kind = 'operator'").await;
        assert_eq!(why, "2 people get a third mail, as ticked");
    }

    async fn a_reminder_by_hand_takes_the_place_of_the_planned_one(db: TestDb) {
        let store = db.store().await;
        let event = planning(&store, "4").await;
        let people = invite(&store, &event, 2).await;
        let by_hand = WaveDraft { reply_by: None, ..draft(WaveKind::Reminder, &people[..1]) };
        let by_hand = store.add_wave(event.id, &by_hand, &Actor::Operator, now()).await.unwrap();
        store.confirm_wave(by_hand.id, TimeDelta::zero(), &Actor::Operator, now()).await.unwrap();

        assert_eq!(due(&store, "2019-05-20").await, 1);
        let to = text(&db, "SELECT to_address FROM messages WHERE purpose = 'reminder' AND occasion LIKE 'plan-%'").await;
        assert_eq!(to, "person2@example.org");
    }

    async fn what_one_member_wrote_another_one_releases(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let event = set(&store, &event, "approval", "on").await;
        let (ada, ben) = (add_account(&store, "ada@example.org").await, add_account(&store, "ben@example.org").await);
        let cora = add_account(&store, "cora@example.org").await;
        for (account, role) in [(&ada, Role::Chair), (&ben, Role::Member), (&cora, Role::Reader)] {
            store.set_role(event.id, account.id, role, &Actor::Operator, now()).await.unwrap();
        }
        let (ada, ben) = (member(&ada), member(&ben));
        let wave = saved(&store, &event, &ada).await;

        let asked = store.confirm_wave(wave.id, TimeDelta::zero(), &ada, now()).await.unwrap();
        let twice = store.confirm_wave(wave.id, TimeDelta::zero(), &ada, now()).await.unwrap();
        assert_eq!((asked.state, asked.asked_by.as_str(), twice.state), (WaveState::Pending, "ada", WaveState::Pending));
        assert_eq!(store.seats(&event).await.unwrap().in_person.open, 0, "nobody is held before it is released");
        let told = text(&db, "SELECT to_address FROM messages").await;
        assert_eq!(told, "ben@example.org", "who may release it is told once, nobody else hears of it");

        // Editing takes it back.
        let people: Vec<InvitationId> = store.wave_people(wave.id).await.unwrap().iter().map(|(id, _)| *id).collect();
        let edited = store.set_wave(wave.id, None, &draft(WaveKind::Invitation, &people), &ada, now()).await.unwrap();
        assert_eq!(edited.state, WaveState::Draft);
        store.confirm_wave(wave.id, TimeDelta::zero(), &ada, now()).await.unwrap();
        let old = Release { version: Some(wave.version), ..Release::after(TimeDelta::zero()) };
        let stale = store.release_wave(wave.id, &old, &ben, now()).await;
        assert!(matches!(stale, Err(WriteError::Store(StoreError::Stale))));

        let released = store.confirm_wave(wave.id, TimeDelta::zero(), &ben, now()).await.unwrap();
        assert_eq!((released.state, released.approved_by.as_str()), (WaveState::Sending, "ben"));
        assert_eq!(number(&db, "SELECT count(*) FROM log_entries WHERE action = 'wave.asked'").await, 2);
    }

    async fn a_chair_says_why_nobody_else_looks(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let event = set(&store, &event, "approval", "on").await;
        let ada = member(&add_account(&store, "ada@example.org").await);
        let wave = saved(&store, &event, &ada).await;
        let alone = |why| Release { alone_because: Some(why), ..Release::after(TimeDelta::zero()) };

        let silent = store.release_wave(wave.id, &alone(" "), &ada, now()).await;
        assert_eq!(refused(silent), WaveRefused::NoReason);
        let sent = store.release_wave(wave.id, &alone("David is on a plane"), &ada, now()).await.unwrap();

        assert_eq!((sent.state, sent.approved_by.as_str()), (WaveState::Sending, ""));
        let why = text(&db, "SELECT reason FROM log_entries WHERE action = 'wave.confirmed'").await;
        assert_eq!(why, "released alone: David is on a plane");
    }

    async fn asking_can_be_taken_back(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let event = set(&store, &event, "approval", "on").await;
        let ada = member(&add_account(&store, "ada@example.org").await);
        let wave = saved(&store, &event, &ada).await;
        store.confirm_wave(wave.id, TimeDelta::zero(), &ada, now()).await.unwrap();

        let back = store.stop_wave(wave.id, &ada, now()).await.unwrap();

        assert_eq!((back.state, back.asked_at), (WaveState::Draft, None));
    }

    async fn a_planned_text_of_ones_own_waits_for_another_member_too(db: TestDb) {
        let store = db.store().await;
        let event = planning(&store, "4").await;
        let people = invite(&store, &event, 1).await;
        let event = set(&store, &event, "approval", "on").await;
        let ada = member(&add_account(&store, "ada@example.org").await);
        let wave = store.wave(event.id, "1").await.unwrap().unwrap();
        let own = ReminderDraft { body: format!("My own words.\n\n{LETTER}"), ..ReminderDraft::default() };
        store.set_reminder(wave.id, Some(1), &own, &ada, now()).await.unwrap();

        assert_eq!((due(&store, "2019-05-20").await, due(&store, "2019-05-20").await), (0, 0));

        let asked = store.wave(event.id, "r1").await.unwrap().unwrap();
        assert_eq!((asked.state, asked.asked_by.as_str(), asked.people), (WaveState::Pending, "ada", people.len() as u64));
        assert_eq!(store.waves(event.id).await.unwrap().len(), 2);
    }

    async fn a_wave_leaves_at_the_time_somebody_chose_and_can_be_moved_until_then(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let wave = saved(&store, &event, &Actor::Operator).await;
        let when = at("2019-04-10T13:00:00Z");
        let at_time = |at| Release { leaves: Leaves::At(at), ..Release::after(TimeDelta::zero()) };

        let past = store.release_wave(wave.id, &at_time(now()), &Actor::Operator, now()).await;
        assert_eq!(refused(past), WaveRefused::SendAt);
        let late = store.release_wave(wave.id, &at_time(at("2019-05-25T05:00:00Z")), &Actor::Operator, now()).await;
        assert_eq!(refused(late), WaveRefused::SendAt);
        let held = store.release_wave(wave.id, &at_time(when), &Actor::Operator, now()).await.unwrap();
        assert_eq!((held.state, held.hold_until, held.send_at), (WaveState::Held, Some(when), Some(when)));
        assert_eq!(store.seats(&event).await.unwrap().in_person.open, 2, "held at once");
        assert!(leave(&store, when - TimeDelta::seconds(1)).await.is_empty());

        let earlier = when - TimeDelta::days(1);
        let moved = store.reschedule_wave(wave.id, earlier, &Actor::Operator, now()).await.unwrap();
        assert_eq!((moved.state, moved.hold_until), (WaveState::Held, Some(earlier)));
        assert_eq!(leave(&store, earlier).await.len(), 2);
        let gone = store.reschedule_wave(wave.id, when, &Actor::Operator, earlier).await;
        assert_eq!(refused(gone), WaveRefused::HasLeft);
        let dated = "SELECT count(*) FROM messages WHERE state = 'handed_over' AND dated_at = not_before OR not_before IS NULL";
        assert_eq!(number(&db, dated).await, 2);
    }

    async fn a_scheduled_wave_that_is_stopped_is_a_draft_again(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let wave = saved(&store, &event, &Actor::Operator).await;
        let release = Release { leaves: Leaves::At(at("2019-04-10T13:00:00Z")), ..Release::after(TimeDelta::zero()) };
        store.release_wave(wave.id, &release, &Actor::Operator, now()).await.unwrap();

        let back = store.stop_wave(wave.id, &Actor::Operator, now()).await.unwrap();

        assert_eq!((back.state, back.in_state(MessageState::Held)), (WaveState::Draft, 0));
        assert_eq!(store.seats(&event).await.unwrap().in_person.open, 0);
        assert!(claim(&store, "w", 10).await.is_empty());
    }

    async fn a_test_counts_until_the_text_changes(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf", None).await;
        let wave = saved(&store, &event, &Actor::Operator).await;
        assert!(!wave.is_tested);

        store.note_test(wave.id, wave.version).await.unwrap();
        assert!(store.wave(event.id, "1").await.unwrap().unwrap().is_tested);
        let people: Vec<InvitationId> = store.wave_people(wave.id).await.unwrap().iter().map(|(id, _)| *id).collect();
        let edited = store.set_wave(wave.id, None, &draft(WaveKind::Invitation, &people), &Actor::Operator, now()).await.unwrap();
        assert!(!edited.is_tested);
    }

    async fn a_planned_reminder_that_was_thrown_away_does_not_come_back(db: TestDb) {
        let store = db.store().await;
        let event = planning(&store, "4").await;
        let people = invite(&store, &event, 2).await;
        let event = set(&store, &event, "approval", "on").await;
        let (ada, ben) = (add_account(&store, "ada@example.org").await, add_account(&store, "ben@example.org").await);
        let (ada, ben) = (member(&ada), member(&ben));
        let wave = store.wave(event.id, "1").await.unwrap().unwrap();
        let own = ReminderDraft { body: format!("My own words.\n\n{LETTER}"), ..ReminderDraft::default() };
        store.set_reminder(wave.id, Some(1), &own, &ada, now()).await.unwrap();
        due(&store, "2019-05-20").await;
        let asked = store.wave(event.id, "r1").await.unwrap().unwrap();

        // Somebody is taken out of it: they are not asked about while it waits.
        let one = WaveDraft { reply_by: None, ..draft(WaveKind::Reminder, &people[..1]) };
        store.set_wave(asked.id, None, &one, &ben, now()).await.unwrap();
        due(&store, "2019-05-20").await;
        assert_eq!(store.waves(event.id).await.unwrap().len(), 2);

        store.remove_wave(asked.id, &ben, now()).await.unwrap();
        due(&store, "2019-05-21").await;
        assert_eq!(store.waves(event.id).await.unwrap().len(), 1, "thrown away is thrown away");
        let planned = store.planned_reminders(&event).await.unwrap().remove(0);
        assert!(planned.is_cancelled && !planned.has_left);
        let why = text(&db, "SELECT reason FROM log_entries WHERE action = 'reminder.cancelled'").await;
        assert_eq!(why, "its letter was thrown away");
    }

    async fn nobody_is_asked_to_release_a_reminder_to_those_who_cannot_get_it(db: TestDb) {
        let store = db.store().await;
        let event = planning(&store, "4").await;
        let people = invite(&store, &event, 2).await;
        let event = set(&store, &event, "approval", "on").await;
        let (ada, ben) = (add_account(&store, "ada@example.org").await, add_account(&store, "ben@example.org").await);
        let wave = store.wave(event.id, "1").await.unwrap().unwrap();
        let own = ReminderDraft { body: format!("My own words.\n\n{LETTER}"), ..ReminderDraft::default() };
        store.set_reminder(wave.id, Some(1), &own, &member(&ada), now()).await.unwrap();
        store.set_muted(people[0], true, &Actor::Invitee, now()).await.unwrap();

        let then = at("2019-05-20T12:00:00Z");
        due(&store, "2019-05-20").await;
        let asked = store.wave(event.id, "r1").await.unwrap().unwrap();
        assert_eq!(asked.people, 1);
        store.confirm_wave(asked.id, TimeDelta::zero(), &member(&ben), then).await.unwrap();
        due(&store, "2019-05-20").await;

        assert_eq!(store.waves(event.id).await.unwrap().len(), 2);
    }

    async fn who_wrote_a_planned_text_does_not_release_it_alone(db: TestDb) {
        let store = db.store().await;
        let event = planning(&store, "4").await;
        invite(&store, &event, 1).await;
        let event = set(&store, &event, "approval", "on").await;
        let (ada, ben) = (add_account(&store, "ada@example.org").await, add_account(&store, "ben@example.org").await);
        let (ada, ben) = (member(&ada), member(&ben));
        let wave = store.wave(event.id, "1").await.unwrap().unwrap();
        let own = ReminderDraft { body: format!("My own words.\n\n{LETTER}"), ..ReminderDraft::default() };
        store.set_reminder(wave.id, Some(1), &own, &ada, now()).await.unwrap();
        due(&store, "2019-05-20").await;
        let then = at("2019-05-20T12:00:00Z");
        let asked = store.wave(event.id, "r1").await.unwrap().unwrap();

        let own = store.confirm_wave(asked.id, TimeDelta::zero(), &ada, then).await.unwrap();
        assert_eq!((own.state, own.asked_by.as_str()), (WaveState::Pending, "ada"));
        let other = store.confirm_wave(asked.id, TimeDelta::zero(), &ben, then).await.unwrap();
        assert_eq!((other.state, other.approved_by.as_str()), (WaveState::Sending, "ben"));
    }

    async fn a_letter_promises_no_reminder_whose_day_has_passed(db: TestDb) {
        let store = db.store().await;
        let event = planning(&store, "4").await;
        let who = person(&store, &event, 1).await;
        let soon = WaveDraft { reply_by: Some(day("2019-04-04")), ..draft(WaveKind::Invitation, &[who]) };

        let unsaved = store.preview_facts(event.id, &soon, None, who, now()).await.unwrap();
        let wave = store.add_wave(event.id, &soon, &Actor::Operator, now()).await.unwrap();
        let seen = store.preview_facts(event.id, &soon, Some(wave.id), who, now()).await.unwrap();
        assert_eq!((unsaved.silence.reminds, seen.silence.reminds), (false, false));
        let later = WaveDraft { reply_by: Some(day("2019-04-06")), ..soon };
        let seen = store.preview_facts(event.id, &later, Some(wave.id), who, now()).await.unwrap();
        assert!(seen.silence.reminds, "it leaves tomorrow");

        store.confirm_wave(wave.id, TimeDelta::zero(), &Actor::Operator, now()).await.unwrap();
        let facts = text(&db, "SELECT facts FROM messages").await;
        assert!(facts.contains("\"reminds\":false"), "{facts}");
        leave(&store, now()).await;
        assert_eq!(due(&store, "2019-04-04").await, 0);
    }
}
