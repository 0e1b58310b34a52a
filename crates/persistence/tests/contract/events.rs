use chrono::TimeDelta;
use conclave_core::answer::{AnswerValue, Given, Via};
use conclave_core::committee::Role;
use conclave_core::event::{EventMove, EventState, PageMode, Remote, SeatPolicy};
use conclave_core::ids::{EventId, InvitationId};
use conclave_core::log_entry::Actor;
use conclave_persistence::{
    AnswerExtras, CommitteeLine, EventChangeRefused, NewEvent, Store, StoreError, WriteError,
};
use conclave_test_support::builders::{account, add_account, add_event, add_listed, at, event, member, now};
use conclave_test_support::{TestDb, both_databases};

use crate::{execute, number, refused};

fn set(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

fn line(name: &str, remark: &str) -> CommitteeLine {
    CommitteeLine { name: name.to_owned(), remark: remark.to_owned() }
}

/// Somebody whose invitation is open.
async fn invited(store: &Store, event: EventId, email: &str) -> InvitationId {
    let id = add_listed(store, event, email).await.id;
    store.invite_by_other_means(id, &Actor::Operator, now()).await.unwrap().id
}

async fn answer(store: &Store, invitation: InvitationId, given: &Given) {
    store.record_answer(invitation, given, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
}

async fn said(store: &Store, event: EventId, email: &str) -> Option<AnswerValue> {
    store.invitation(event, email).await.unwrap().unwrap().answer
}

both_databases! {
    async fn an_event_with_the_required_facts_opens_with_the_defaults(db: TestDb) {
        let store = db.store().await;

        let added = store.add_event(&event("netconf-2019"), &Actor::Operator, now()).await.unwrap();

        let read = store.event("netconf-2019").await.unwrap().unwrap();
        assert_eq!(read, added);
        assert_eq!(read.state, EventState::Open);
        assert_eq!((read.policy, read.remote, read.page), (SeatPolicy::Hold, Remote::Off, PageMode::Facts));
        assert_eq!((read.lapse, read.tentative, read.hold_minutes, read.html_mail), (true, true, 10, false));
        assert_eq!(read.answers_close.to_string(), "2019-06-13");
        assert_eq!(read.topics_by.to_string(), "2019-05-30");
        assert_eq!(read.reminder_days, None);
    }

    async fn an_event_without_seats_stays_a_draft_until_it_has_them(db: TestDb) {
        let store = db.store().await;
        let new = NewEvent { settings: vec![set("reply_to", "a@example.org")], ..event("draft") };

        let draft = store.add_event(&new, &Actor::Operator, now()).await.unwrap();
        assert_eq!(draft.state, EventState::Draft);
        let early = store.move_event(draft.id, EventMove::Open, None, &Actor::Operator, now()).await;
        assert_eq!(refused(early).code(), "event-incomplete");

        store.set_event(draft.id, None, &[set("seats", "5")], &Actor::Operator, now()).await.unwrap();
        let open = store.move_event(draft.id, EventMove::Open, None, &Actor::Operator, now()).await.unwrap();
        assert_eq!(open.state, EventState::Open);
    }

    async fn a_slug_is_given_once(db: TestDb) {
        let store = db.store().await;
        add_event(&store, "netconf-2019", None).await;

        let again = store.add_event(&event("netconf-2019"), &Actor::Operator, now()).await;

        assert_eq!(refused(again), EventChangeRefused::SlugTaken);
        assert_eq!(store.events().await.unwrap().len(), 1);
    }

    async fn settings_are_changed_all_or_none(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;

        let half = store
            .set_event(event.id, None, &[set("seats", "30"), set("zone", "Nowhere")], &Actor::Operator, now())
            .await;
        assert_eq!(refused(half).code(), "setting");
        assert_eq!(store.event("netconf-2019").await.unwrap().unwrap(), event);

        let settings = [set("seats", "30"), set("remote_seats", "unlimited"), set("starts", "09:30"),
            set("ends", "17:00"), set("sponsors", "Red Hat\nGoogle"), set("over_invite", "3"), set("reminder", "4")];
        let changed = store.set_event(event.id, Some(event.version), &settings, &Actor::Operator, now()).await.unwrap();
        assert_eq!(store.event("netconf-2019").await.unwrap().unwrap(), changed);
        assert_eq!((changed.seats, changed.remote, changed.version), (Some(30), Remote::Unlimited, event.version + 1));
        assert_eq!(changed.sponsors, ["Red Hat", "Google"]);
    }

    async fn a_stale_form_is_refused_and_saving_nothing_new_changes_nothing(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let first = [set("seats", "30")];
        store.set_event(event.id, Some(event.version), &first, &Actor::Operator, now()).await.unwrap();

        let stale = store.set_event(event.id, Some(event.version), &[set("seats", "31")], &Actor::Operator, now()).await;
        let same = store.set_event(event.id, None, &first, &Actor::Operator, now()).await.unwrap();

        assert!(matches!(stale, Err(WriteError::Store(StoreError::Stale))));
        assert_eq!(same.version, event.version + 1);
    }

    async fn deadlines_stay_unless_new_dates_make_them_impossible(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;

        let later = [set("from", "2019-06-27"), set("to", "2019-06-28")];
        let later = store.set_event(event.id, None, &later, &Actor::Operator, now()).await.unwrap();
        assert_eq!((later.answers_close, later.topics_by), (event.answers_close, event.topics_by));

        let earlier = [set("from", "2019-05-20"), set("to", "2019-05-21")];
        let earlier = store.set_event(event.id, None, &earlier, &Actor::Operator, now()).await.unwrap();
        assert_eq!(earlier.answers_close.to_string(), "2019-05-13");
        assert_eq!(earlier.topics_by.to_string(), "2019-04-29");
    }

    async fn days_that_may_be_absent_make_no_new_date_impossible(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let days = [set("details_by", "2019-06-01"), set("backfill", "automatic"), set("backfill_until", "2019-06-10")];
        store.set_event(event.id, None, &days, &Actor::Operator, now()).await.unwrap();

        let earlier = [set("from", "2019-05-20"), set("to", "2019-05-21")];
        let earlier = store.set_event(event.id, None, &earlier, &Actor::Operator, now()).await.unwrap();

        assert_eq!(earlier.details_by.unwrap().to_string(), "2019-04-29");
        assert_eq!(earlier.backfill.until, None, "until answers close");
    }

    async fn once_a_mail_left_the_slug_is_fixed_and_a_moved_place_has_to_say_what_it_is(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let renamed = store.set_event(event.id, None, &[set("slug", "netconf")], &Actor::Operator, now()).await.unwrap();
        let before = store.set_event(event.id, None, &[set("place", "Lisbon")], &Actor::Operator, now()).await.unwrap();
        assert_eq!((renamed.slug.as_str(), before.revision), ("netconf", 0));
        execute(&db, "UPDATE events SET mail_left_at = $1", vec![now().into()]).await;

        let slug = store.set_event(event.id, None, &[set("slug", "netconf-2020")], &Actor::Operator, now()).await;
        let seats = store.set_event(event.id, None, &[set("seats", "9")], &Actor::Operator, now()).await.unwrap();
        let place = store.set_event(event.id, None, &[set("place", "Porto")], &Actor::Operator, now()).await;

        assert_eq!(refused(slug).code(), "setting");
        assert_eq!((seats.revision, refused(place).code()), (0, "move-or-small"));
    }

    async fn each_change_is_in_the_record_without_addresses(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let settings = [set("seats", "30"), set("reply_to", "secret@example.org")];

        store.set_event(event.id, None, &settings, &Actor::Operator, now()).await.unwrap();

        let told = "SELECT count(*) FROM log_entries WHERE action = 'event.changed' AND subject = 'seats'
            AND before_text = '20' AND after_text = '30'";
        assert_eq!(number(&db, told).await, 1);
        assert_eq!(number(&db, "SELECT count(*) FROM log_entries WHERE action = 'event.changed'").await, 2);
        assert_eq!(number(&db, "SELECT count(*) FROM log_entries WHERE after_text LIKE '%@%'").await, 0);
    }

    async fn closing_reopening_and_cancelling_follow_the_table(db: TestDb) {
        let store = db.store().await;
        let id = add_event(&store, "netconf-2019", None).await.id;
        let go = async |wanted, reason| store.move_event(id, wanted, reason, &Actor::Operator, now()).await;

        assert_eq!(go(EventMove::Close, None).await.unwrap().state, EventState::Closed);
        assert_eq!(refused(go(EventMove::Reopen, Some(" ")).await).code(), "reason-needed");
        assert_eq!(go(EventMove::Reopen, Some("too early")).await.unwrap().state, EventState::Open);
        let cancelled = go(EventMove::Cancel, Some("no room")).await.unwrap();
        assert_eq!((cancelled.state, cancelled.cancelled_reason.as_str()), (EventState::Cancelled, "no room"));
        let revived = go(EventMove::Revive, Some("found one")).await.unwrap();
        assert_eq!((revived.state, revived.revision), (EventState::Open, 1));
        assert_eq!(revived.cancelled_reason, "");
        assert_eq!(store.event("netconf-2019").await.unwrap().unwrap(), revived);
    }

    async fn events_finish_the_day_after_their_last(db: TestDb) {
        let store = db.store().await;
        add_event(&store, "netconf-2019", None).await;
        let midnight_in_boston = at("2019-06-22T04:00:00Z");

        assert_eq!(store.finish_events(midnight_in_boston - TimeDelta::seconds(1)).await.unwrap(), 0);
        assert_eq!(store.finish_events(midnight_in_boston).await.unwrap(), 1);
        assert_eq!(store.finish_events(midnight_in_boston).await.unwrap(), 0);
        assert_eq!(store.event("netconf-2019").await.unwrap().unwrap().state, EventState::Finished);
    }

    async fn an_event_is_seen_by_its_committee_alone(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        let mia = add_account(&store, "mia@example.org").await;
        let event = add_event(&store, "netconf-2019", Some(omar.id)).await;
        add_event(&store, "other", Some(mia.id)).await;

        assert_eq!(store.event_for(omar.id, "netconf-2019").await.unwrap(), Some((event, Role::Chair)));
        assert_eq!(store.event_for(omar.id, "other").await.unwrap(), None);
        assert_eq!(store.event_for(omar.id, "none").await.unwrap(), None);
        let seen = store.events_of(omar.id).await.unwrap();
        assert_eq!((seen.len(), seen[0].role, seen[0].invitees), (1, Some(Role::Chair), 0));
        assert_eq!(store.events().await.unwrap().len(), 2);
    }

    async fn the_printed_committee_falls_back_to_the_accounts(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        let reader = add_account(&store, "reader@example.org").await;
        let event = add_event(&store, "netconf-2019", Some(omar.id)).await;
        store.set_role(event.id, reader.id, Role::Reader, &member(&omar), now()).await.unwrap();
        assert_eq!(store.committee_lines(event.id).await.unwrap(), [line("omar", "")]);

        let lines = [line("David Miller", "netdev maintainer"), line(" ", ""), line("Omar", "")];
        store.set_committee_lines(event.id, &lines, &member(&omar), now()).await.unwrap();
        store.set_committee_lines(event.id, &lines, &member(&omar), now()).await.unwrap();

        let printed = store.committee_lines(event.id).await.unwrap();
        assert_eq!(printed, [line("David Miller", "netdev maintainer"), line("Omar", "")]);
    }

    async fn a_new_event_has_all_its_seats(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;

        let seats = store.seats(&event).await.unwrap();

        assert_eq!((seats.in_person.free(), seats.remote.free()), (Some(20), Some(0)));
    }

    async fn a_seat_more_goes_to_the_first_in_line(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        store.set_event(event, None, &[set("seats", "1"), set("over_invite", "5")], &Actor::Operator, now()).await.unwrap();
        let first = invited(&store, event, "first@example.org").await;
        let second = invited(&store, event, "second@example.org").await;
        answer(&store, first, &Given::Accept { mode: None }).await;
        answer(&store, second, &Given::Wait { mode: None }).await;
        assert_eq!(said(&store, event, "second@example.org").await, Some(AnswerValue::Waiting));

        store.set_event(event, None, &[set("seats", "2")], &Actor::Operator, now()).await.unwrap();

        assert_eq!(said(&store, event, "second@example.org").await, Some(AnswerValue::Accepted));
        let seats = store.seats(&store.event("netconf-2019").await.unwrap().unwrap()).await.unwrap();
        assert_eq!((seats.in_person.accepted, seats.in_person.waiting), (2, 0));
        assert_eq!((store.events().await.unwrap()[0].invitees, store.events().await.unwrap()[0].accepted), (2, 2));
    }

    async fn cancelling_drops_what_has_not_left_but_the_link_somebody_asked_for(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let toke = invited(&store, event, "toke@example.org").await;
        store.send_link_again(&account("toke@example.org").email.key(), now()).await.unwrap();
        answer(&store, toke, &Given::Accept { mode: None }).await;

        store.move_event(event, EventMove::Cancel, None, &Actor::Operator, now()).await.unwrap();

        let count = async |sql: &str| number(&db, &format!("SELECT count(*) FROM {sql}")).await;
        assert_eq!(count("messages WHERE state = 'dropped' AND purpose = 'receipt'").await, 1);
        assert_eq!(count("messages WHERE state = 'queued' AND purpose = 'link'").await, 1);
        assert_eq!(count("message_steps WHERE state = 'dropped' AND words = 'the event is cancelled'").await, 1);
        assert_eq!(count("invitations WHERE last_message_state = 'dropped'").await, 1);
    }
}
