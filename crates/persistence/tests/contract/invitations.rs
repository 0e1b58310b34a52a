use std::collections::BTreeSet;

use chrono::TimeDelta;
use conclave_core::address::Address;
use conclave_core::answer::{AnswerValue, Given, Via};
use conclave_core::badge::{BADGES, Badge};
use conclave_core::event::Event;
use conclave_core::invitation::{InvitationRefused, InvitationState, Mode};
use conclave_core::log_entry::Actor;
use conclave_core::name::PersonName;
use conclave_core::seats::SeatsRefused;
use conclave_persistence::{
    AnswerExtras, Invitation, InviteeRefused, ListQuery, NewInvitee, Store, StoreError, TimelineEntry,
    TopicText, WriteError,
};
use conclave_test_support::builders::{add_event, change_quietly, now};
use conclave_test_support::{TestDb, both_databases};

use crate::{execute, number, refused};

/// Somebody to add; the address is made from the first word of the name.
pub(crate) fn invitee(name: &str) -> NewInvitee {
    let first = name.split(' ').next().unwrap().to_lowercase();
    NewInvitee {
        name: Some(PersonName::parse(name).unwrap()),
        email: Some(Address::parse(&format!("{first}@example.org")).unwrap()),
        first_name: name.split(' ').next().unwrap().to_owned(),
        ..NewInvitee::default()
    }
}

pub(crate) async fn add(store: &Store, event: &Event, name: &str) -> Invitation {
    store.add_invitee(event.id, &invitee(name), &Actor::Operator, now()).await.unwrap()
}

/// Adds somebody and makes them the offer without a mail.
pub(crate) async fn invite(store: &Store, event: &Event, name: &str) -> Invitation {
    let added = add(store, event, name).await;
    store.invite_by_other_means(added.id, &Actor::Operator, now()).await.unwrap()
}

pub(crate) async fn accept(store: &Store, invitation: &Invitation) {
    let given = Given::Accept { mode: None };
    store.record_answer(invitation.id, &given, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
}

pub(crate) async fn set_seats(store: &Store, event: &Event, seats: u32) {
    let settings = [("seats".to_owned(), seats.to_string())];
    store.set_event(event.id, None, &settings, &Actor::Operator, now()).await.unwrap();
}

fn field(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

fn names(rows: &[Invitation]) -> Vec<&str> {
    rows.iter().map(Invitation::shown_name).collect()
}

async fn listed(store: &Store, event: &Event, query: ListQuery) -> Vec<String> {
    let page = store.list(event.id, &query).await.unwrap();
    assert_eq!(page.matching, page.rows.len() as u64);
    page.rows.iter().map(|row| row.shown_name().to_owned()).collect()
}

async fn found(store: &Store, event: &Event, q: &str) -> Vec<String> {
    listed(store, event, ListQuery { q: q.to_owned(), ..ListQuery::default() }).await
}

both_databases! {
    async fn the_list_gives_the_badge_that_core_gives_for_every_combination(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        for i in 0..392 {
            let nobody = NewInvitee { name: Some(PersonName::parse(&format!("P{i}")).unwrap()), ..NewInvitee::default() };
            store.add_invitee(event.id, &nobody, &Actor::Operator, now()).await.unwrap();
        }
        execute(&db, "UPDATE invitations SET
            state = CASE position % 7 WHEN 0 THEN 'nominated' WHEN 1 THEN 'refused' WHEN 2 THEN 'listed'
                WHEN 3 THEN 'reserve' WHEN 4 THEN 'invited' WHEN 5 THEN 'withdrawn' ELSE 'replaced' END,
            answer = CASE position / 7 % 7 WHEN 0 THEN 'accepted' WHEN 1 THEN 'tentative' WHEN 2 THEN 'declined'
                WHEN 3 THEN 'waiting' WHEN 4 THEN 'cancelled' WHEN 5 THEN 'lapsed' END,
            last_message_state = CASE position / 49 % 4 WHEN 0 THEN 'bounced' WHEN 1 THEN 'failed'
                WHEN 2 THEN 'handed_over' ELSE '' END,
            wave_id = CASE position / 196 % 2 WHEN 0 THEN id END", vec![]).await;

        let all = store.list(event.id, &ListQuery::default()).await.unwrap();

        let seen: BTreeSet<_> = all.rows.iter()
            .map(|row| format!("{:?}{:?}{:?}{:?}", row.state, row.answer, row.delivery, row.wave.is_some()))
            .collect();
        // Candidates, the refused and the replaced are on no list.
        assert_eq!((all.rows.len(), seen.len(), all.total), (224, 224, 224));
        for badge in BADGES {
            let expected: BTreeSet<_> =
                all.rows.iter().filter(|row| row.badge == badge).map(|row| row.id).collect();
            let only = ListQuery { states: vec![badge], ..ListQuery::default() };
            let page = store.list(event.id, &only).await.unwrap();

            assert_eq!(page.rows.iter().map(|row| row.id).collect::<BTreeSet<_>>(), expected, "{badge:?}");
            assert!(all.counts.contains(&(badge, expected.len() as u64)), "{badge:?}");
        }
    }

    async fn people_are_found_by_name_address_domain_affiliation_and_tag(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let other = add_event(&store, "other", None).await;
        let toke = NewInvitee {
            email: Some(Address::parse("Toke@redhat.example").unwrap()),
            affiliation: "Red Hat, Inc.".to_owned(),
            tags: vec!["XDP".to_owned(), "100%_sure".to_owned()],
            ..invitee("Toke Høiland-Jørgensen")
        };
        store.add_invitee(event.id, &toke, &Actor::Operator, now()).await.unwrap();
        add(&store, &event, "Eric Dumazet").await;
        add(&store, &other, "Toke Elsewhere").await;

        for q in ["hoiland", "Høiland-J", "jorgensen toke", "TOKE", "redhat.example", "toke@redhat", "red hat",
            "Hat, Inc.", "xdp", "100%_", "%"] {
            assert_eq!(found(&store, &event, q).await, ["Toke Høiland-Jørgensen"], "{q}");
        }
        for q in ["xdq", "t_ke", "x.p", "toke eric"] {
            assert!(found(&store, &event, q).await.is_empty(), "{q}");
        }
        assert_eq!(found(&store, &event, " ").await.len(), 2);
        let tagged = |tag: &str| ListQuery { tag: tag.to_owned(), ..ListQuery::default() };
        assert_eq!(listed(&store, &event, tagged("XDP")).await.len(), 1);
        assert!(listed(&store, &event, tagged("XD")).await.is_empty());
        assert!(listed(&store, &event, tagged("xdp")).await.is_empty());
        assert!(listed(&store, &event, ListQuery { wave: Some(1), ..ListQuery::default() }).await.is_empty());
    }

    async fn the_list_is_sorted_by_folded_family_name_and_cut_into_pages(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        for name in ["Zoe Ångström", "Bob zander", "Cleo Ahlgren", "Dan de Bruijn"] {
            add(&store, &event, name).await;
        }
        let page = async |sort: &str, page, page_size| {
            let query = ListQuery { sort: sort.to_owned(), page, page_size, ..ListQuery::default() };
            store.list(event.id, &query).await.unwrap()
        };

        assert_eq!(names(&page("", 1, 0).await.rows), ["Cleo Ahlgren", "Zoe Ångström", "Dan de Bruijn", "Bob zander"]);
        assert_eq!(names(&page("-name", 1, 0).await.rows)[0], "Bob zander");
        assert_eq!(names(&page("position", 1, 0).await.rows)[0], "Zoe Ångström");
        for sort in ["state", "affiliation", "sent", "answered", "topics", "-topics", "nonsense"] {
            assert_eq!(names(&page(sort, 1, 0).await.rows)[0], "Cleo Ahlgren", "{sort}");
        }
        let second = page("name", 2, 3).await;
        assert_eq!((names(&second.rows), second.page, second.pages), (vec!["Bob zander"], 2, 2));
        assert_eq!((second.matching, second.total), (4, 4));
        assert_eq!(page("name", 99, 3).await.page, 2);
    }

    async fn who_has_no_affiliation_comes_last_in_either_direction(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        for (name, affiliation) in [("Al A", ""), ("Bo B", "google"), ("Cy C", "Amazon")] {
            let new = NewInvitee { affiliation: affiliation.to_owned(), ..invitee(name) };
            store.add_invitee(event.id, &new, &Actor::Operator, now()).await.unwrap();
        }
        let by = async |sort: &str| listed(&store, &event, ListQuery { sort: sort.to_owned(), ..ListQuery::default() }).await;

        assert_eq!(by("affiliation").await, ["Cy C", "Bo B", "Al A"]);
        assert_eq!(by("-affiliation").await, ["Bo B", "Cy C", "Al A"]);
    }

    async fn an_address_is_on_a_list_once_and_one_person_across_events(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let next = add_event(&store, "netconf-2020", None).await;
        let first = add(&store, &event, "Toke Jensen").await;

        let shouted = NewInvitee { email: Some(Address::parse("TOKE@Example.org").unwrap()), ..invitee("T J") };
        let again = store.add_invitee(event.id, &shouted, &Actor::Operator, now()).await;
        let elsewhere = store.add_invitee(next.id, &shouted, &Actor::Operator, now()).await.unwrap();

        assert_eq!(refused(again), InviteeRefused::AddressTaken("Toke Jensen".to_owned()));
        assert_eq!((elsewhere.person, elsewhere.position), (first.person, 1));
        assert_eq!((first.state, first.badge, first.mode), (InvitationState::Listed, Badge::Listed, Mode::InPerson));
        let read = store.invitation(event.id, "TOKE@example.org").await.unwrap().unwrap();
        assert_eq!(read.id, first.id);
        assert_eq!(store.invitation(event.id, &first.public_id.to_uppercase()).await.unwrap().unwrap().id, first.id);
        assert!(store.invitation(next.id, &first.public_id).await.unwrap().is_none());
        assert_eq!(number(&db, "SELECT count(*) FROM log_entries WHERE action = 'invitation.added' AND subject LIKE '%@%'").await, 0);
    }

    async fn nobody_is_added_without_name_and_address_or_with_a_broken_field(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;

        for new in [
            NewInvitee::default(),
            NewInvitee { affiliation: "a".repeat(201), ..invitee("A B") },
            NewInvitee { first_name: "a\nb".to_owned(), ..invitee("A B") },
        ] {
            assert_eq!(refused(store.add_invitee(event.id, &new, &Actor::Operator, now()).await).code(), "value");
        }
        assert_eq!(store.list(event.id, &ListQuery::default()).await.unwrap().total, 0);
    }

    async fn fields_are_changed_all_or_none_and_a_stale_form_is_refused(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let toke = add(&store, &event, "Toke Jensen").await;
        let set = async |version, fields: &[(String, String)]| {
            store.set_invitee(toke.id, version, fields, &Actor::Operator, now()).await
        };

        let half = set(None, &[field("name", "X Y"), field("mode", "by phone")]).await;
        assert_eq!(refused(half).code(), "value");
        assert_eq!(refused(set(None, &[field("shoe_size", "44")]).await), InviteeRefused::UnknownKey("shoe_size".into()));
        assert_eq!(refused(set(None, &[field("mode", "remote")]).await), InviteeRefused::Seats(SeatsRefused::RemoteOff));

        let changed = set(Some(1), &[
            field("name", "Toke Ahlgren"), field("sort_key", &toke.sort_key), field("tags", "XDP, mm\nXDP"),
            field("listed", "yes"), field("note", "private"), field("arrival", "Tue"),
        ]).await.unwrap();
        assert_eq!((changed.sort_key.as_str(), changed.version, changed.is_listed), ("ahlgren  toke", 2, true));
        assert_eq!(changed.tags, ["XDP", "mm"]);
        assert_eq!(found(&store, &event, "ahlgren").await, ["Toke Ahlgren"]);

        let same = set(Some(2), &[field("name", "Toke Ahlgren")]).await.unwrap();
        assert_eq!(same.version, 2);
        assert!(matches!(set(Some(1), &[field("name", "Z")]).await, Err(WriteError::Store(StoreError::Stale))));
        assert_eq!(number(&db, "SELECT count(*) FROM log_entries WHERE action = 'invitation.changed'").await, 1);
        assert_eq!(number(&db, "SELECT count(*) FROM log_entries WHERE after_text LIKE '%private%'").await, 0);
    }

    async fn a_new_address_shuts_the_links_sent_to_the_old_one(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let toke = invite(&store, &event, "Toke Jensen").await;
        add(&store, &event, "Eric Dumazet").await;
        let live = "SELECT count(*) FROM links WHERE revoked_at IS NULL";
        assert_eq!(number(&db, live).await, 1);
        let set = async |email: &str| {
            store.set_invitee(toke.id, None, &[field("email", email)], &Actor::Operator, now()).await
        };

        assert_eq!(refused(set("eric@example.org").await), InviteeRefused::AddressTaken("Eric Dumazet".into()));
        assert_eq!(refused(set("").await).code(), "value");
        set("TOKE@example.org").await.unwrap();
        assert_eq!(number(&db, live).await, 1);

        let changed = set("toke@new.example").await.unwrap();
        assert_eq!((changed.email.as_str(), changed.person), ("toke@new.example", toke.person));
        assert_eq!(number(&db, live).await, 0);
        assert_eq!(number(&db, "SELECT count(*) FROM addresses WHERE is_current AND address = 'toke@new.example'").await, 1);
        let addresses_in_record = "SELECT count(*) FROM log_entries WHERE before_text LIKE '%@%' OR after_text LIKE '%@%'";
        assert_eq!(number(&db, addresses_in_record).await, 0);
        assert_eq!(number(&db, "SELECT count(*) FROM log_entries WHERE after_text LIKE '%a new one%'").await, 2);
    }

    async fn only_somebody_never_written_to_is_taken_off_the_list(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let toke = add(&store, &event, "Toke Jensen").await;
        let eric = invite(&store, &event, "Eric Dumazet").await;

        store.remove_listed(toke.id, &Actor::Operator, now()).await.unwrap();
        let kept = store.remove_listed(eric.id, &Actor::Operator, now()).await;

        assert_eq!(refused(kept), InviteeRefused::AlreadyInvited);
        assert_eq!(found(&store, &event, "").await, ["Eric Dumazet"]);
        assert_eq!(number(&db, "SELECT count(*) FROM people").await, 1);
        assert_eq!(number(&db, "SELECT count(*) FROM log_entries WHERE action = 'invitation.removed'").await, 1);
        let gone = store.remove_listed(toke.id, &Actor::Operator, now()).await;
        assert!(matches!(gone, Err(WriteError::Store(StoreError::NotFound))));
    }

    async fn inviting_by_other_means_needs_a_seat_and_happens_once(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        set_seats(&store, &event, 1).await;
        let toke = invite(&store, &event, "Toke Jensen").await;
        let eric = add(&store, &event, "Eric Dumazet").await;

        assert_eq!((toke.badge, toke.invited_by_other_means, toke.invited_at), (Badge::Invited, true, Some(now())));
        let again = store.invite_by_other_means(toke.id, &Actor::Operator, now()).await;
        assert_eq!(refused(again), InviteeRefused::State(InvitationRefused::NotFrom(InvitationState::Invited)));
        let full = store.invite_by_other_means(eric.id, &Actor::Operator, now()).await;
        assert_eq!(refused(full), InviteeRefused::Seats(SeatsRefused::TooMany { wanted: 1, free: 0 }));
    }

    async fn withdrawing_needs_a_reason_and_frees_the_seat_for_whoever_waits(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let toke = invite(&store, &event, "Toke Jensen").await;
        let eric = invite(&store, &event, "Eric Dumazet").await;
        accept(&store, &toke).await;
        set_seats(&store, &event, 1).await;
        let decline = Given::Decline;
        store.record_answer(eric.id, &decline, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
        let wait = Given::Wait { mode: None };
        store.record_answer(eric.id, &wait, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
        let withdraw = async |reason: &str, confirmed| {
            store.withdraw(toke.id, reason, confirmed, &Actor::Operator, now()).await
        };

        assert_eq!(refused(withdraw(" ", true).await).code(), "reason-needed");
        assert_eq!(refused(withdraw("moved on", false).await).code(), "confirmation-needed");
        let withdrawn = withdraw("moved on", true).await.unwrap();

        assert_eq!((withdrawn.badge, withdrawn.withdrawn_reason.as_str()), (Badge::Withdrawn, "moved on"));
        let eric = store.invitation(event.id, &eric.public_id).await.unwrap().unwrap();
        assert_eq!(eric.answer, Some(AnswerValue::Accepted));
        assert_eq!(refused(withdraw("again", true).await).code(), "invitation-state");
    }

    async fn a_seat_in_the_room_left_for_one_by_video_goes_to_whoever_waits(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let (toke, eric) = (invite(&store, &event, "Toke Jensen").await, invite(&store, &event, "Eric Dumazet").await);
        let full = [("seats".to_owned(), "1".to_owned()), ("remote_seats".to_owned(), "5".to_owned())];
        change_quietly(&store, event.id, &full).await;
        for given in [Given::Decline, Given::Wait { mode: None }] {
            store.record_answer(eric.id, &given, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
        }

        store.set_invitee(toke.id, None, &[field("mode", "remote")], &Actor::Operator, now()).await.unwrap();

        let eric = store.invitation_by_id(eric.id).await.unwrap().unwrap();
        assert_eq!(eric.answer, Some(AnswerValue::Accepted));
    }

    async fn somebody_withdrawn_is_invited_again_with_a_new_link_and_no_answer(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let toke = invite(&store, &event, "Toke Jensen").await;
        accept(&store, &toke).await;
        store.withdraw(toke.id, "moved on", true, &Actor::Operator, now()).await.unwrap();
        set_seats(&store, &event, 0).await;
        let later = now() + TimeDelta::days(1);

        let full = store.reinvite(toke.id, &Actor::Operator, later).await;
        assert_eq!(refused(full).code(), "no-seats");
        set_seats(&store, &event, 5).await;
        let again = store.reinvite(toke.id, &Actor::Operator, later).await.unwrap();

        assert_eq!((again.badge, again.answer, again.invited_at), (Badge::Invited, None, Some(later)));
        assert_eq!(number(&db, "SELECT count(*) FROM links WHERE kind = 'web' AND revoked_at IS NULL").await, 1);
        assert_eq!(number(&db, "SELECT count(*) FROM links WHERE kind = 'web' AND revoked_at IS NOT NULL").await, 1);
        assert_eq!(number(&db, "SELECT count(*) FROM answers").await, 1);
    }

    async fn tags_are_put_on_and_taken_off_several_people(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let ids = [add(&store, &event, "Al A").await.id, add(&store, &event, "Bo B").await.id];
        let tag = async |ids: &[_], tag: &str, add| store.tag(event.id, ids, tag, add, &Actor::Operator, now()).await;

        assert_eq!(tag(&ids[..1], " XDP ", true).await.unwrap(), 1);
        assert_eq!(tag(&ids, "XDP", true).await.unwrap(), 1);
        assert_eq!(store.list(event.id, &ListQuery::default()).await.unwrap().tags, ["XDP"]);
        assert_eq!(tag(&ids, "XDP", false).await.unwrap(), 2);
        assert_eq!(refused(tag(&ids, "a, b", true).await).code(), "value");
        assert!(found(&store, &event, "xdp").await.is_empty());
    }

    async fn a_persons_page_shows_topics_and_history_with_the_newest_first(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let toke = invite(&store, &event, "Toke Jensen").await;
        let given = Given::Accept { mode: None };
        let later = now() + TimeDelta::hours(1);
        store.record_answer(toke.id, &given, &AnswerExtras::default(), Via::Page, later).await.unwrap();
        let text = TopicText { title: "XDP".to_owned(), ..TopicText::default() };
        store.propose_topic(toke.id, &text, later).await.unwrap();

        let page = store.person_page(event.id, &toke.public_id).await.unwrap().unwrap();

        assert_eq!((page.invitation.badge, page.invitation.topic_count), (Badge::Accepted, 1));
        assert_eq!((page.topics[0].title.as_str(), page.topics[0].proposer.as_str()), ("XDP", "Toke Jensen"));
        let actions: Vec<_> = page.timeline.iter().map(|entry| match entry {
            TimelineEntry::Log(line) => line.action.clone(),
            TimelineEntry::Message(message) => message.purpose.as_str().to_owned(),
        }).collect();
        assert!(actions.contains(&"receipt".to_owned()), "{actions:?}");
        assert_eq!(actions[actions.len() - 1], "invitation.added");
        assert!(page.timeline.windows(2).all(|pair| pair[0].at() >= pair[1].at()));
        assert!(store.person_page(event.id, "nobody").await.unwrap().is_none());
    }
}
