use chrono::{NaiveDate, TimeDelta};
use conclave_core::answer::{Given, Via};
use conclave_core::badge::Badge;
use conclave_core::event::{Event, EventMove};
use conclave_core::facts::{Facts, placeholder};
use conclave_core::ids::InvitationId;
use conclave_core::log_entry::Actor;
use conclave_core::message::MessageState;
use conclave_core::seats::SeatsRefused;
use conclave_persistence::{
    AnswerExtras, ListQuery, NewInvitee, Sent, Store, StoreError, WaveDraft, WaveKind, WaveRefused,
    WaveState, WriteError,
};
use conclave_test_support::builders::{add_account, add_event, now};
use conclave_test_support::{TestDb, both_databases};

use crate::invitations::{add, invite, invitee, set_seats};
use crate::{execute, number, refused, text};

const LETTER: &str = "Dear {first_name},\n\n{personal_line}\n\nplease answer until {answer_by}:\n\n{link}\n";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn draft(kind: WaveKind, invitations: &[InvitationId]) -> WaveDraft {
    WaveDraft {
        kind,
        subject: "Invitation: Netconf 2019".to_owned(),
        body: LETTER.to_owned(),
        reply_by: Some(day("2019-05-01")),
        invitations: invitations.to_vec(),
        personal_lines: Vec::new(),
    }
}

async fn confirmed(
    store: &Store,
    event: &Event,
    draft: &WaveDraft,
    hold: TimeDelta,
) -> conclave_persistence::Wave {
    let wave = store.add_wave(event.id, draft, &Actor::Operator, now()).await.unwrap();
    store.confirm_wave(wave.id, hold, &Actor::Operator, now()).await.unwrap()
}

/// As the worker would: the letters of everybody invited have reached the relay.
async fn hand_over(db: &TestDb) {
    execute(
        db,
        "UPDATE messages SET state = 'handed_over', first_tried_at = created_at, attempts = 1",
        vec![],
    )
    .await;
    execute(db, "UPDATE invitations SET state = 'invited', invited_at = created_at, last_message_state = 'handed_over'
        WHERE wave_id IS NOT NULL", vec![]).await;
}

async fn badges(store: &Store, event: &Event) -> Vec<Badge> {
    let rows = store
        .list(event.id, &ListQuery { sort: "position".into(), ..ListQuery::default() })
        .await
        .unwrap()
        .rows;
    rows.iter().map(|row| row.badge).collect()
}

async fn only_facts(db: &TestDb, purpose: &str) -> Facts {
    let json = text(db, &format!("SELECT facts FROM messages WHERE purpose = '{purpose}'")).await;
    serde_json::from_str(&json).unwrap()
}

both_databases! {
    async fn a_confirmed_wave_is_held_and_its_people_count_at_once(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let (a, b) = (add(&store, &event, "Al A").await, add(&store, &event, "Bo B").await);
        let mut letter = draft(WaveKind::Invitation, &[b.id, a.id]);
        letter.personal_lines = vec![(a.id, "Bring XDP.".to_owned())];
        let saved = store.add_wave(event.id, &letter, &Actor::Operator, now()).await.unwrap();
        assert_eq!((saved.label().as_str(), saved.state, saved.people), ("1", WaveState::Draft, 2));
        assert_eq!(number(&db, "SELECT count(*) FROM messages").await, 0);

        let wave = store.confirm_wave(saved.id, TimeDelta::minutes(10), &Actor::Operator, now()).await.unwrap();

        assert_eq!((wave.state, wave.in_state(MessageState::Held)), (WaveState::Held, 2));
        assert_eq!(wave.hold_until, Some(now() + TimeDelta::minutes(10)));
        assert_eq!(badges(&store, &event).await, [Badge::Queued, Badge::Queued]);
        let seats = store.seats(&event).await.unwrap();
        assert_eq!((seats.in_person.open, seats.in_person.free()), (2, Some(18)));
        let a = store.invitation(event.id, &a.public_id).await.unwrap().unwrap();
        assert_eq!((a.wave_number, a.reply_by, a.delivery), (Some(1), Some(day("2019-05-01")), Some(MessageState::Held)));
        assert_eq!(store.wave(event.id, "1").await.unwrap().unwrap().id, wave.id);
        assert!(store.wave(event.id, "r1").await.unwrap().is_none());
    }

    async fn the_preview_says_what_the_letter_says(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let new = NewInvitee { first_name: String::new(), ..invitee("Toke Jensen") };
        let toke = store.add_invitee(event.id, &new, &Actor::Operator, now()).await.unwrap();
        let mut letter = draft(WaveKind::Invitation, &[toke.id]);
        letter.personal_lines = vec![(toke.id, "Bring {link}.".to_owned())];

        let preview = store.preview_facts(event.id, &letter, None, toke.id, now()).await.unwrap();
        confirmed(&store, &event, &letter, TimeDelta::zero()).await;

        assert_eq!(only_facts(&db, "invitation").await, preview);
        let expected = format!("Dear Toke Jensen,\n\nBring {{link}}.\n\nplease answer until \
            Wed 1 May 2019, end of day, Boston time:\n\n{}", placeholder::LINK);
        assert_eq!(preview.letter.as_deref(), Some(expected.as_str()));
        assert_eq!(preview.subject.as_deref(), Some("Invitation: Netconf 2019"));
        assert_eq!(preview.answer_by.as_deref(), Some("Wed 1 May 2019, end of day, Boston time"));
    }

    async fn confirming_twice_is_refused_and_sends_nothing_more(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let toke = add(&store, &event, "Toke Jensen").await;
        let wave = confirmed(&store, &event, &draft(WaveKind::Invitation, &[toke.id]), TimeDelta::zero()).await;

        let again = store.confirm_wave(wave.id, TimeDelta::zero(), &Actor::Operator, now()).await;
        assert_eq!(refused(again), WaveRefused::NotDraft);
        let second = store.add_wave(event.id, &draft(WaveKind::Invitation, &[toke.id]), &Actor::Operator, now()).await.unwrap();
        let nobody = store.confirm_wave(second.id, TimeDelta::zero(), &Actor::Operator, now()).await;
        assert_eq!(refused(nobody), WaveRefused::Nobody);

        assert_eq!(wave.state, WaveState::Sending);
        assert_eq!(number(&db, "SELECT count(*) FROM messages").await, 1);
        store.remove_wave(second.id, &Actor::Operator, now()).await.unwrap();
        assert_eq!(store.waves(event.id).await.unwrap().len(), 1);
    }

    async fn a_wave_cannot_offer_more_seats_than_there_are(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        set_seats(&store, &event, 1).await;
        let (a, b) = (add(&store, &event, "Al A").await, add(&store, &event, "Bo B").await);
        let wave = store.add_wave(event.id, &draft(WaveKind::Invitation, &[a.id, b.id]), &Actor::Operator, now()).await.unwrap();

        let plan = store.plan_of(wave.id, now()).await.unwrap();
        let refusal = store.confirm_wave(wave.id, TimeDelta::zero(), &Actor::Operator, now()).await;

        let too_many = SeatsRefused::TooMany { wanted: 2, free: 1 };
        assert_eq!(plan.seats, Err(too_many));
        assert_eq!(refused(refusal), WaveRefused::Seats(too_many));
        assert_eq!(badges(&store, &event).await, [Badge::Listed, Badge::Listed]);
    }

    async fn a_plan_says_in_words_why_somebody_is_left_out(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let fine = add(&store, &event, "Al A").await;
        let invited = invite(&store, &event, "Bo B").await;
        let declined = invite(&store, &event, "Cy C").await;
        store.record_answer(declined.id, &Given::Decline, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
        let nowhere = NewInvitee { email: None, ..invitee("Di D") };
        let nowhere = store.add_invitee(event.id, &nowhere, &Actor::Operator, now()).await.unwrap();
        let muted = add(&store, &event, "Ed E").await;
        let dead = add(&store, &event, "Flo F").await;
        let withdrawn = invite(&store, &event, "Gus G").await;
        store.withdraw(withdrawn.id, "why not", false, &Actor::Operator, now()).await.unwrap();
        let planned = add(&store, &event, "Hal H").await;
        confirmed(&store, &event, &draft(WaveKind::Invitation, &[planned.id]), TimeDelta::minutes(10)).await;
        execute(&db, "UPDATE invitations SET is_muted = true WHERE name = 'Ed E'", vec![]).await;
        execute(&db, "UPDATE addresses SET state = 'dead' WHERE address = 'flo@example.org'", vec![]).await;
        execute(&db, "UPDATE invitations SET last_message_state = 'failed' WHERE name = 'Flo F'", vec![]).await;
        let everybody = [&fine, &invited, &declined, &nowhere, &muted, &dead, &withdrawn, &planned].map(|one| one.id);

        let words = async |kind| {
            let plan = store.plan(event.id, kind, &everybody, now()).await.unwrap();
            let gets: Vec<_> = plan.recipients.iter().map(|(one, _)| one.name.clone()).collect();
            let reasons: Vec<_> = plan.left_out.into_iter().map(|(one, reason)| format!("{}: {reason}", one.name)).collect();
            (gets, reasons)
        };

        let (gets, reasons) = words(WaveKind::Invitation).await;
        assert_eq!(gets, ["Al A"]);
        assert_eq!(reasons, ["Bo B: already invited", "Cy C: declined before", "Di D: no address",
            "Ed E: asked not to be written to", "Flo F: address bounced", "Gus G: withdrawn",
            "Hal H: in another wave that has not left"]);
        let (gets, reasons) = words(WaveKind::Reminder).await;
        assert_eq!(gets, ["Bo B"]);
        assert!(reasons.contains(&"Cy C: has answered".to_owned()), "{reasons:?}");
        assert!(reasons.contains(&"Al A: not invited yet".to_owned()), "{reasons:?}");
        assert_eq!(store.candidates_for(event.id, WaveKind::Reminder).await.unwrap(), [invited.id]);
        let listed = store.candidates_for(event.id, WaveKind::Invitation).await.unwrap();
        assert_eq!(listed, [fine.id, nowhere.id, muted.id, dead.id]);
    }

    async fn a_letter_signed_by_nobody_and_replies_that_reach_nobody_are_warned_of(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let settings = [("reply_to".to_owned(), "conclave@localhost.localdomain".to_owned())];
        store.set_event(event.id, None, &settings, &Actor::Operator, now()).await.unwrap();
        let flo = add(&store, &event, "Flo F").await;

        let plan = store.plan(event.id, WaveKind::Invitation, &[flo.id], now()).await.unwrap();

        assert_eq!(plan.warnings, [
            "The committee has no names; the letter is signed by nobody.",
            "Replies go to conclave@localhost.localdomain, which no mail reaches; set the event's address for replies.",
        ]);
    }

    async fn t40_an_address_that_refused_mail_at_an_earlier_event_is_warned_of_and_tried_again(db: TestDb) {
        let store = db.store().await;
        let chair = add_account(&store, "davem@example.org").await;
        let event = add_event(&store, "netconf-2019", Some(chair.id)).await;
        let flo = add(&store, &event, "Flo F").await;
        execute(&db, "UPDATE addresses SET state = 'dead'", vec![]).await;

        let plan = store.plan(event.id, WaveKind::Invitation, &[flo.id], now()).await.unwrap();
        confirmed(&store, &event, &draft(WaveKind::Invitation, &[flo.id]), TimeDelta::zero()).await;

        assert_eq!(plan.recipients.len(), 1);
        assert_eq!(plan.warnings, ["Refused mail at an earlier event, and tried again now: Flo F. Ask for a newer address."]);
        assert_eq!(crate::people::claim(&store, "w", 10).await.len(), 1);
    }

    async fn an_address_that_is_left_out_stays_dead(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let people = crate::people::invite(&store, &event, 2).await;
        execute(&db, "UPDATE addresses SET state = 'dead' WHERE address = 'person1@example.org'", vec![]).await;
        execute(&db, "UPDATE invitations SET last_message_state = 'bounced' WHERE name = 'Person 1'", vec![]).await;

        confirmed(&store, &event, &draft(WaveKind::Reminder, &people), TimeDelta::zero()).await;

        assert_eq!(number(&db, "SELECT count(*) FROM messages WHERE purpose = 'reminder'").await, 1);
        assert_eq!(number(&db, "SELECT count(*) FROM addresses WHERE state = 'dead'").await, 1);
    }

    async fn a_held_wave_that_is_stopped_is_a_draft_again_and_can_leave_later(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let (a, b) = (add(&store, &event, "Al A").await, add(&store, &event, "Bo B").await);
        let wave = confirmed(&store, &event, &draft(WaveKind::Invitation, &[a.id, b.id]), TimeDelta::minutes(10)).await;

        let stopped = store.stop_wave(wave.id, &Actor::Operator, now()).await.unwrap();

        assert_eq!((stopped.state, stopped.people, stopped.confirmed_at), (WaveState::Draft, 2, None));
        assert_eq!(badges(&store, &event).await, [Badge::Listed, Badge::Listed]);
        assert_eq!(number(&db, "SELECT count(*) FROM messages").await, 0);
        assert_eq!(number(&db, "SELECT count(*) FROM invitations WHERE last_message_state <> '' OR reply_by IS NOT NULL").await, 0);
        let again = store.stop_wave(wave.id, &Actor::Operator, now()).await.unwrap();
        assert_eq!(again.version, stopped.version);
        let left = store.confirm_wave(wave.id, TimeDelta::zero(), &Actor::Operator, now()).await.unwrap();
        assert_eq!(left.in_state(MessageState::Queued), 2);
    }

    async fn of_a_wave_that_is_leaving_the_rest_stays_behind(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let (a, b) = (add(&store, &event, "Al A").await, add(&store, &event, "Bo B").await);
        let wave = confirmed(&store, &event, &draft(WaveKind::Invitation, &[a.id, b.id]), TimeDelta::zero()).await;
        execute(&db, "UPDATE messages SET state = 'handed_over', first_tried_at = created_at WHERE to_name = 'Al A'", vec![]).await;
        execute(&db, "UPDATE invitations SET state = 'invited', invited_at = created_at WHERE name = 'Al A'", vec![]).await;

        let stopped = store.stop_wave(wave.id, &Actor::Operator, now()).await.unwrap();

        assert_eq!((stopped.state, stopped.in_state(MessageState::Stopped)), (WaveState::Stopped, 1));
        assert_eq!(badges(&store, &event).await, [Badge::Invited, Badge::Listed]);
        let set = store.set_wave(wave.id, None, &draft(WaveKind::Invitation, &[b.id]), &Actor::Operator, now()).await;
        assert_eq!(refused(set), WaveRefused::NotDraft);
        let next = confirmed(&store, &event, &draft(WaveKind::Invitation, &[b.id]), TimeDelta::zero()).await;
        assert_eq!((next.number, next.in_state(MessageState::Queued)), (2, 1));
    }

    async fn whose_letter_was_put_off_when_the_wave_was_stopped_is_listed_again(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let (a, b) = (add(&store, &event, "Al A").await, add(&store, &event, "Bo B").await);
        let wave = confirmed(&store, &event, &draft(WaveKind::Invitation, &[a.id, b.id]), TimeDelta::zero()).await;
        let claimed = crate::people::claim(&store, "w", 10).await;
        let later = Sent::Deferred { code: "451".into(), words: "later".into(), next: Some(now() + TimeDelta::minutes(6)), counts: true };
        let lost = Sent::Uncertain { words: "lost".into(), retry_at: now() + TimeDelta::minutes(15) };
        for message in &claimed {
            let sent = if message.to_address.starts_with("al@") { &later } else { &lost };
            store.mark_sent(message.id, "w", sent, now()).await.unwrap();
        }

        store.stop_wave(wave.id, &Actor::Operator, now()).await.unwrap();

        assert_eq!(badges(&store, &event).await, [Badge::Listed, Badge::Invited], "who may have it keeps it");
        assert_eq!(store.seats(&event).await.unwrap().in_person.open, 1);
        let again = store.plan(event.id, WaveKind::Invitation, &[a.id], now()).await.unwrap();
        assert_eq!(again.recipients.len(), 1);
        assert_eq!(number(&db, "SELECT count(*) FROM log_entries WHERE action = 'invitation.unsent'").await, 1);
    }

    async fn a_wave_that_has_left_cannot_be_stopped(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let toke = add(&store, &event, "Toke Jensen").await;
        let wave = confirmed(&store, &event, &draft(WaveKind::Invitation, &[toke.id]), TimeDelta::zero()).await;
        hand_over(&db).await;

        let late = store.stop_wave(wave.id, &Actor::Operator, now()).await;

        assert_eq!(refused(late), WaveRefused::HasLeft);
        assert_eq!(store.wave(event.id, "1").await.unwrap().unwrap().state, WaveState::Sent);
    }

    async fn a_letter_that_cannot_work_is_not_saved(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let good = draft(WaveKind::Invitation, &[]);
        let save = async |draft: WaveDraft| {
            refused(store.add_wave(event.id, &draft, &Actor::Operator, now()).await).code().to_owned()
        };

        assert_eq!(save(WaveDraft { body: "Come.".into(), ..good.clone() }).await, "no-link");
        assert_eq!(save(WaveDraft { body: "{nmae}\n{link}".into(), ..good.clone() }).await, "unknown-placeholder");
        assert_eq!(save(WaveDraft { subject: " ".into(), ..good.clone() }).await, "subject");
        assert_eq!(save(WaveDraft { subject: "a\r\nBcc: x@example.org".into(), ..good.clone() }).await, "subject");
        assert_eq!(save(WaveDraft { subject: "{link}".into(), ..good.clone() }).await, "subject");
        for reply_by in [None, Some(day("2019-03-31")), Some(day("2019-06-20"))] {
            assert_eq!(save(WaveDraft { reply_by, ..good.clone() }).await, "reply-by");
        }
        assert_eq!(save(WaveDraft { reply_by: Some(day("2019-06-14")), ..good.clone() }).await, "reply-by");
        let toke = add(&store, &event, "Toke Jensen").await;
        let lines = vec![(toke.id, "one\ntwo".to_owned())];
        assert_eq!(save(WaveDraft { invitations: vec![toke.id], personal_lines: lines, ..good }).await, "personal-line");
    }

    async fn a_draft_is_changed_until_it_is_confirmed_and_a_stale_form_is_refused(db: TestDb) {
        let store = db.store().await;
        let chair = add_account(&store, "davem@example.org").await;
        let event = add_event(&store, "netconf-2019", Some(chair.id)).await;
        let (a, b) = (add(&store, &event, "Al A").await, add(&store, &event, "Bo B").await);
        let wave = store.add_wave(event.id, &draft(WaveKind::Invitation, &[a.id]), &Actor::Operator, now()).await.unwrap();
        let mut text = draft(WaveKind::Invitation, &[b.id, a.id, b.id]);
        text.body = format!("{LETTER}\n{}", "long ".repeat(20));
        text.personal_lines = vec![(b.id, "Welcome back.".into())];

        let changed = store.set_wave(wave.id, Some(1), &text, &Actor::Operator, now()).await.unwrap();

        assert_eq!((changed.version, changed.people), (2, 2));
        let stale = store.set_wave(wave.id, Some(1), &text, &Actor::Operator, now()).await;
        assert!(matches!(stale, Err(WriteError::Store(StoreError::Stale))));
        let plan = store.plan_of(wave.id, now()).await.unwrap();
        let order: Vec<_> = plan.recipients.iter().map(|(one, line)| (one.name.as_str(), line.as_str())).collect();
        assert_eq!(order, [("Bo B", "Welcome back."), ("Al A", "")]);
        assert!(plan.warnings[0].contains("72"), "{:?}", plan.warnings);
        assert_eq!(store.wave_people(wave.id).await.unwrap().len(), 2);
    }

    async fn nothing_leaves_while_the_event_is_not_open(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let toke = add(&store, &event, "Toke Jensen").await;
        let wave = store.add_wave(event.id, &draft(WaveKind::Invitation, &[toke.id]), &Actor::Operator, now()).await.unwrap();
        store.move_event(event.id, EventMove::Close, None, &Actor::Operator, now()).await.unwrap();

        let refusal = store.confirm_wave(wave.id, TimeDelta::zero(), &Actor::Operator, now()).await;

        assert_eq!(refused(refusal), WaveRefused::EventNotOpen);
        assert!(!store.plan_of(wave.id, now()).await.unwrap().warnings.is_empty());
    }

    async fn a_reminder_threads_under_the_invitation_and_goes_to_the_silent_alone(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let (a, b) = (add(&store, &event, "Al A").await, add(&store, &event, "Bo B").await);
        confirmed(&store, &event, &draft(WaveKind::Invitation, &[a.id, b.id]), TimeDelta::zero()).await;
        hand_over(&db).await;
        store.record_answer(b.id, &Given::Decline, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
        let letter = WaveDraft { reply_by: None, ..draft(WaveKind::Reminder, &[a.id, b.id]) };

        let preview = store.preview_facts(event.id, &letter, None, a.id, now()).await.unwrap();
        let wave = confirmed(&store, &event, &letter, TimeDelta::zero()).await;

        assert_eq!((wave.label().as_str(), wave.people), ("r1", 1));
        let facts = only_facts(&db, "reminder").await;
        assert_eq!(facts, preview);
        assert_eq!(facts.subject.as_deref(), Some("Re: Invitation: Netconf 2019"));
        assert_eq!(facts.answer_by.as_deref(), Some("Wed 1 May 2019, end of day, Boston time"));
        let threaded = "SELECT count(*) FROM messages r JOIN messages i ON r.parent_message_id = i.message_id
            WHERE r.purpose = 'reminder' AND i.purpose = 'invitation' AND i.to_name = 'Al A'";
        assert_eq!(number(&db, threaded).await, 1);
        hand_over(&db).await;
        let third = store.plan(event.id, WaveKind::Reminder, &[a.id], now()).await.unwrap();
        assert!(third.warnings[0].contains("third mail"), "{:?}", third.warnings);
    }

    async fn the_planned_reminder_goes_once_when_its_day_has_come(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let settings = [("reminder".to_owned(), "4".to_owned())];
        store.set_event(event.id, None, &settings, &Actor::Operator, now()).await.unwrap();
        let (a, b) = (add(&store, &event, "Al A").await, add(&store, &event, "Bo B").await);
        confirmed(&store, &event, &draft(WaveKind::Invitation, &[a.id, b.id]), TimeDelta::zero()).await;
        hand_over(&db).await;
        store.record_answer(b.id, &Given::Decline, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
        let send = async |day: &str| {
            let at = conclave_test_support::builders::at(&format!("{day}T12:00:00Z"));
            store.send_planned_reminders(|_| Some(("Still time".into(), LETTER.into())), at).await.unwrap()
        };

        assert_eq!(send("2019-04-26").await, 0);
        assert_eq!(send("2019-04-27").await, 1);
        assert_eq!(send("2019-04-28").await, 0);

        assert_eq!(store.wave(event.id, "r1").await.unwrap().unwrap().created_by, "system");
        assert_eq!(store.waves(event.id).await.unwrap().len(), 2);
    }

    async fn an_event_whose_reminder_is_refused_does_not_keep_the_others_from_theirs(db: TestDb) {
        let store = db.store().await;
        let settings = [("reminder".to_owned(), "4".to_owned())];
        for slug in ["first", "second"] {
            let event = add_event(&store, slug, None).await;
            store.set_event(event.id, None, &settings, &Actor::Operator, now()).await.unwrap();
            let who = add(&store, &event, &format!("Al {slug}")).await;
            confirmed(&store, &event, &draft(WaveKind::Invitation, &[who.id]), TimeDelta::zero()).await;
        }
        hand_over(&db).await;
        let at = conclave_test_support::builders::at("2019-04-27T12:00:00Z");
        let seen = std::sync::atomic::AtomicUsize::new(0);
        let first_is_empty = |_: &conclave_core::facts::EventFacts| {
            let nth = seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Some(("Still time".into(), if nth == 0 { String::new() } else { LETTER.into() }))
        };

        let refusal = store.send_planned_reminders(first_is_empty, at).await;

        assert!(matches!(refusal, Err(WriteError::Refused(_))), "the refusal is told");
        assert_eq!(number(&db, "SELECT count(*) FROM messages WHERE purpose = 'reminder'").await, 1);
    }

    async fn whose_receipt_failed_is_still_reminded_and_whose_invitation_failed_is_not(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let (a, b) = (add(&store, &event, "Al A").await, add(&store, &event, "Bo B").await);
        confirmed(&store, &event, &draft(WaveKind::Invitation, &[a.id, b.id]), TimeDelta::zero()).await;
        hand_over(&db).await;
        execute(&db, "UPDATE invitations SET last_message_state = 'failed'", vec![]).await;
        execute(&db, "UPDATE invitations SET handed_over_at = created_at WHERE name = 'Al A'", vec![]).await;

        let plan = store.plan(event.id, WaveKind::Reminder, &[a.id, b.id], now()).await.unwrap();

        assert_eq!(plan.recipients.iter().map(|(one, _)| one.name.as_str()).collect::<Vec<_>>(), ["Al A"]);
        assert_eq!(plan.left_out[0].1, "the invitation did not leave");
    }

    async fn a_held_letter_goes_to_the_new_address(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let toke = add(&store, &event, "Toke Jensen").await;
        let draft = draft(WaveKind::Invitation, &[toke.id]);
        confirmed(&store, &event, &draft, TimeDelta::minutes(10)).await;

        let fields = [("email".to_owned(), "toke@new.example".to_owned())];
        store.set_invitee(toke.id, None, &fields, &Actor::Operator, now()).await.unwrap();

        assert_eq!(text(&db, "SELECT to_address FROM messages").await, "toke@new.example");
        assert_eq!(only_facts(&db, "invitation").await.to.address, "toke@new.example");
    }

    async fn a_wave_of_which_some_letters_left_is_sending_while_the_rest_is_held(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let (a, b) = (add(&store, &event, "Al A").await, add(&store, &event, "Bo B").await);
        let draft = draft(WaveKind::Invitation, &[a.id, b.id]);
        confirmed(&store, &event, &draft, TimeDelta::minutes(10)).await;

        execute(&db, "UPDATE messages SET state = 'handed_over' WHERE to_name = 'Al A'", vec![]).await;

        assert_eq!(store.wave(event.id, "1").await.unwrap().unwrap().state, WaveState::Sending);
    }
}
