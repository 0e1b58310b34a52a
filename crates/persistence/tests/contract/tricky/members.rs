//! Who runs an event: leaving the committee, and two who edit the same thing.

use chrono::TimeDelta;
use conclave_core::candidate::Vote;
use conclave_core::committee::Role;
use conclave_core::event::Slug;
use conclave_core::log_entry::Actor;
use conclave_persistence::{
    AccountRefused, CandidateQuery, CommitteeLine, LogFilter, MemberState, StoreError, TopicText, WaveDraft,
    WaveKind, WriteError,
};
use conclave_test_support::builders::{account, add_account, add_event, add_listed, member, now};
use conclave_test_support::member::FOR_EVER;
use conclave_test_support::{TestDb, both_databases};

use crate::candidates::nominate;
use crate::{number, refused};

both_databases! {
    async fn t23_who_leaves_the_committee_loses_every_right_at_once_and_keeps_their_name(db: TestDb) {
        let store = db.store().await;
        let (dave, eric) = (add_account(&store, "davem@example.org").await, add_account(&store, "eric@example.org").await);
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await;
        store.set_role(event.id, eric.id, Role::Chair, &member(&dave), now()).await.unwrap();
        let ada = nominate(&store, &event, "Ada Lovelace", "ada@example.org").await;
        store.vote(ada, Vote::For, eric.id, &member(&eric), now()).await.unwrap();
        store.set_event(event.id, None, &[("place".to_owned(), "Prague".to_owned())], &member(&eric), now()).await.unwrap();
        let cookie = store.start_session(eric.id, "", FOR_EVER, now()).await.unwrap();

        store.remove_role(event.id, eric.id, &member(&dave), now()).await.unwrap();

        // Nothing of the event is there any more, and nobody is left to sign in for it.
        assert!(store.event_for(eric.id, "netconf-2019").await.unwrap().is_none());
        assert!(store.events_of(eric.id).await.unwrap().is_empty());
        assert!(store.session(&cookie, FOR_EVER, now()).await.unwrap().is_none());
        // What they said and did stays theirs.
        let seen = store.candidates(event.id, Some(dave.id), &CandidateQuery::default()).await.unwrap();
        assert_eq!(seen.rows[0].voters, 1);
        let of_eric = LogFilter { who: "eric".to_owned(), ..LogFilter::default() };
        let lines = store.log_lines(Some(event.id), &of_eric, 0, 0).await.unwrap();
        assert!(lines.iter().any(|line| line.action == "event.changed" && line.after == "Prague"));
        let gone = store.log(event.id, None, 1).await.unwrap().remove(0);
        assert_eq!((gone.action.as_str(), gone.actor.as_str(), gone.subject.as_str()), ("committee.removed", "davem", "eric"));
        // Also when the whole account goes.
        store.remove_account(eric.id, &Actor::Operator, now()).await.unwrap();
        assert_eq!(store.log_lines(Some(event.id), &of_eric, 0, 0).await.unwrap().len(), lines.len());
        assert_eq!(number(&db, "SELECT count(*) FROM votes").await, 1);
        assert_eq!(store.check_log(Some(event.id)).await.unwrap().broken, None);
    }

    async fn t23_the_last_chair_stays_until_there_is_another(db: TestDb) {
        let store = db.store().await;
        let dave = add_account(&store, "davem@example.org").await;
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await;
        let by = member(&dave);

        assert_eq!(refused(store.remove_role(event.id, dave.id, &by, now()).await), AccountRefused::LastChair);
        let demoted = store.change_role(event.id, dave.id, Role::Chair, Role::Reader, &by, now()).await;
        assert_eq!(refused(demoted), AccountRefused::LastChair);
        assert_eq!(refused(store.remove_account(dave.id, &by, now()).await), AccountRefused::LastChair);
    }

    async fn t23_who_is_still_in_another_committee_stays_signed_in_for_that(db: TestDb) {
        let store = db.store().await;
        let (dave, eric) = (add_account(&store, "davem@example.org").await, add_account(&store, "eric@example.org").await);
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await;
        let other = add_event(&store, "netdev", Some(eric.id)).await;
        store.set_role(event.id, eric.id, Role::Member, &member(&dave), now()).await.unwrap();
        let cookie = store.start_session(eric.id, "", FOR_EVER, now()).await.unwrap();

        store.remove_role(event.id, eric.id, &member(&dave), now()).await.unwrap();

        assert!(store.session(&cookie, FOR_EVER, now()).await.unwrap().is_some());
        assert!(store.event_for(eric.id, event.slug.as_str()).await.unwrap().is_none());
        assert!(store.event_for(eric.id, other.slug.as_str()).await.unwrap().is_some());
    }

    async fn somebody_new_is_invited_reminded_and_taken_back(db: TestDb) {
        let store = db.store().await;
        let dave = add_account(&store, "davem@example.org").await;
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await.id;
        let by = member(&dave);
        let new = account("omar@example.org");
        let invite = |name, at| store.invite_to_committee(event, &new.email, name, Role::Member, &by, at);

        assert_eq!(refused(invite(None, now()).await), AccountRefused::NameMissing);
        let omar = invite(Some(&new.name), now()).await.unwrap();
        assert!(omar.is_invited);
        let id = omar.account.id;
        // Asked for twice is asked for once.
        assert!(!invite(None, now()).await.unwrap().is_invited);
        store.invite_member_again(event, id, &by, now()).await.unwrap();
        let mails = "SELECT count(*) FROM messages WHERE purpose = 'set_up'";
        assert_eq!(number(&db, mails).await, 1);
        let later = now() + TimeDelta::hours(72);
        let state = async |at| store.member_states(event, at).await.unwrap()[&id];
        assert_eq!(state(now()).await, MemberState::Invited(later));
        assert_eq!(state(later).await, MemberState::Expired);

        // That mail has left; another one may.
        crate::execute(&db, "UPDATE messages SET state = 'handed_over'", vec![]).await;
        store.invite_member_again(event, id, &by, later).await.unwrap();
        assert_eq!(number(&db, mails).await, 2);
        assert_eq!(state(later).await, MemberState::Invited(later + TimeDelta::hours(72)));

        // Withdrawn: the mail that waits does not leave.
        store.remove_role(event, id, &by, later).await.unwrap();
        assert_eq!(number(&db, "SELECT count(*) FROM messages WHERE state = 'queued'").await, 0);
        // Its link is dead, so whoever is invited once more is mailed another.
        let again = later + TimeDelta::minutes(1);
        assert!(invite(None, again).await.unwrap().is_invited);
        assert_eq!(number(&db, "SELECT count(*) FROM messages WHERE state = 'queued'").await, 1);
        assert!(!invite(None, again).await.unwrap().is_invited);
        let hash = Some("$argon2id$".to_owned());
        let ready = store.add_account(&conclave_persistence::NewAccount { password_hash: hash, ..account("ren@example.org") }, &by, now()).await.unwrap();
        store.set_role(event, ready.id, Role::Member, &by, now()).await.unwrap();
        assert_eq!(refused(store.invite_member_again(event, ready.id, &by, now()).await), AccountRefused::HasPassword);
        assert_eq!(store.member_states(event, now()).await.unwrap()[&ready.id], MemberState::Ready);
    }

    async fn whoever_has_an_account_is_told_once_of_another_committee_that_they_sit_in(db: TestDb) {
        let store = db.store().await;
        let (dave, eric) = (add_account(&store, "davem@example.org").await, account("eric@example.org"));
        let hash = Some("$argon2id$".to_owned());
        let known = conclave_persistence::NewAccount { password_hash: hash, ..account("eric@example.org") };
        store.add_account(&known, &Actor::Operator, now()).await.unwrap();
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await.id;
        let invite = |role, by| store.invite_to_committee(event, &eric.email, None, role, by, now());
        let daves = member(&dave);

        assert!(!invite(Role::Member, &daves).await.unwrap().is_invited);
        invite(Role::Member, &daves).await.unwrap();

        let mails = "SELECT count(*) FROM messages WHERE purpose = 'role_given' AND to_address = 'eric@example.org' \
                     AND facts LIKE '%/c/netconf-2019%' AND facts LIKE '%davem%'";
        assert_eq!(number(&db, mails).await, 1);
        assert_eq!(number(&db, "SELECT count(*) FROM messages").await, 1);
    }

    async fn the_mail_to_a_new_member_says_who_asks_them_where_and_as_what(db: TestDb) {
        let store = db.store().await;
        let dave = add_account(&store, "davem@example.org").await;
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await.id;
        let new = account("omar@example.org");
        store.invite_to_committee(event, &new.email, Some(&new.name), Role::Reader, &member(&dave), now()).await.unwrap();

        let (lease, retry) = (TimeDelta::seconds(180), TimeDelta::minutes(15));
        let mail = store.claim("worker", 1, lease, retry, now()).await.unwrap().remove(0);

        assert_eq!(mail.facts.event.unwrap().title, "Netconf 2019");
        let sign_in = mail.facts.sign_in.unwrap();
        assert_eq!((sign_in.added_by.as_str(), sign_in.role.as_str()), ("davem", "reader"));
    }

    async fn t24_the_second_of_two_who_edit_the_same_thing_is_told(db: TestDb) {
        let store = db.store().await;
        let (dave, eric) = (add_account(&store, "davem@example.org").await, add_account(&store, "eric@example.org").await);
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await;
        let slug = Slug::parse("netconf-2019").unwrap();
        let (first, second) = (member(&dave), member(&eric));
        store.set_role(event.id, eric.id, Role::Member, &first, now()).await.unwrap();
        let text = |text: &str| text.to_owned();

        // A person.
        let toke = add_listed(&store, event.id, "toke@example.org").await;
        let note = |words: &str| vec![(text("note"), text(words))];
        store.set_invitee(toke.id, Some(toke.version), &note("theirs"), &first, now()).await.unwrap();
        let late = store.set_invitee(toke.id, Some(toke.version), &note("mine"), &second, now()).await;
        assert!(matches!(late, Err(WriteError::Store(StoreError::Stale))));
        // A part of the settings.
        let place = |place: &str| vec![(text("place"), text(place))];
        store.set_event(event.id, Some(event.version), &place("Prague"), &first, now()).await.unwrap();
        let late = store.set_event(event.id, Some(event.version), &place("Oslo"), &second, now()).await;
        assert!(matches!(late, Err(WriteError::Store(StoreError::Stale))));
        // A draft.
        let draft = |subject: &str| WaveDraft {
            kind: WaveKind::Invitation,
            subject: text(subject),
            body: text("Hello {first_name},\n\n{link}\n"),
            reply_by: Some("2019-05-24".parse().unwrap()),
            invitations: vec![toke.id],
            personal_lines: Vec::new(),
        };
        let wave = store.add_wave(event.id, &draft("Invitation"), &first, now()).await.unwrap();
        store.set_wave(wave.id, Some(wave.version), &draft("Theirs"), &first, now()).await.unwrap();
        let late = store.set_wave(wave.id, Some(wave.version), &draft("Mine"), &second, now()).await;
        assert!(matches!(late, Err(WriteError::Store(StoreError::Stale))));
        // A topic.
        let words = TopicText { title: text("XDP"), ..TopicText::default() };
        let topic = store.add_topic(event.id, None, &words, &first, now()).await.unwrap();
        let (n, version) = (topic.number, Some(topic.version));
        store.set_topic(event.id, n, version, "Theirs", None, "", &first, now()).await.unwrap();
        assert!(store.set_topic(event.id, n, version, "Mine", None, "", &second, now()).await.is_err());
        // The printed committee.
        let line = |name: &str| vec![CommitteeLine { name: text(name), remark: String::new() }];
        let seen: Vec<String> = store.committee_lines(event.id).await.unwrap().iter().map(CommitteeLine::text).collect();
        let seen = seen.join("\n");
        store.change_committee_lines(event.id, Some(&seen), &line("Theirs"), &first, now()).await.unwrap();
        let late = store.change_committee_lines(event.id, Some(&seen), &line("Mine"), &second, now()).await;
        assert!(matches!(late, Err(StoreError::Stale)));
        // A member's role; and to have said the same is no conflict.
        let role = |role, by| store.change_role(event.id, eric.id, Role::Member, role, by, now());
        role(Role::Chair, &first).await.unwrap();
        assert!(matches!(role(Role::Reader, &second).await, Err(WriteError::Store(StoreError::Stale))));
        role(Role::Chair, &second).await.unwrap();

        // Nothing of the first one's is lost.
        let now_saved = store.invitation(event.id, &toke.public_id).await.unwrap().unwrap();
        assert_eq!(now_saved.note, "theirs");
        assert_eq!(store.event(slug.as_str()).await.unwrap().unwrap().place, "Prague");
        assert_eq!(store.wave(event.id, "1").await.unwrap().unwrap().subject, "Theirs");
        assert_eq!(store.topic(event.id, n).await.unwrap().unwrap().title, "Theirs");
        assert_eq!(store.committee_lines(event.id).await.unwrap(), line("Theirs"));
        assert_eq!(store.event_for(eric.id, "netconf-2019").await.unwrap().unwrap().1, Role::Chair);
    }
}
