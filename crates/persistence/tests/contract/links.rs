use chrono::TimeDelta;
use conclave_core::event::EventMove;
use conclave_core::ids::{EventId, InvitationId};
use conclave_core::link_token::LinkKind;
use conclave_core::log_entry::Actor;
use conclave_persistence::{InviteeRefused, Store};
use conclave_test_support::builders::{account, add_event, add_listed, now};
use conclave_test_support::{TestDb, both_databases};

use crate::{number, refused};

const LINK_MAILS: &str = "SELECT count(*) FROM messages WHERE purpose = 'link'";

/// Somebody whose invitation is open.
async fn invited(store: &Store, event: EventId, email: &str) -> InvitationId {
    let id = add_listed(store, event, email).await.id;
    store.invite_by_other_means(id, &Actor::Operator, now()).await.unwrap().id
}

both_databases! {
    async fn a_revealed_link_opens_the_invitation_and_is_in_the_record(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let toke = invited(&store, event, "toke@example.org").await;

        let token = store.reveal_link(toke, &Actor::Operator, now()).await.unwrap();

        assert_eq!(store.reveal_link(toke, &Actor::Operator, now()).await.unwrap(), token);
        assert_eq!(store.invitation_by_link(LinkKind::Web, &token).await.unwrap(), Some(toke));
        assert_eq!(store.invitation_by_link(LinkKind::Unsubscribe, &token).await.unwrap(), None);
        let record = store.log(event, None, 0).await.unwrap();
        assert_eq!(record.iter().filter(|line| line.action == "link.revealed").count(), 2);
    }

    async fn the_link_of_somebody_not_invited_is_not_revealed(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let listed = add_listed(&store, event, "toke@example.org").await.id;

        let early = store.reveal_link(listed, &Actor::Operator, now()).await;

        assert!(matches!(refused(early), InviteeRefused::State(_)));
    }

    async fn a_rotated_link_is_another_and_the_old_one_opens_nothing(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let toke = invited(&store, event, "toke@example.org").await;
        let old = store.reveal_link(toke, &Actor::Operator, now()).await.unwrap();

        let new = store.rotate_link(toke, "it was forwarded", true, &Actor::Operator, now()).await.unwrap();

        assert_eq!(store.invitation_by_link(LinkKind::Web, &old).await.unwrap(), None);
        assert_eq!(store.invitation_by_link(LinkKind::Web, &new).await.unwrap(), Some(toke));
        assert_eq!(store.reveal_link(toke, &Actor::Operator, now()).await.unwrap(), new);
        assert_eq!(number(&db, LINK_MAILS).await, 1);
        let told = "SELECT count(*) FROM log_entries WHERE action = 'link.rotated' AND reason = 'it was forwarded'";
        assert_eq!(number(&db, told).await, 1);
    }

    async fn a_lost_link_is_mailed_again_at_most_three_times_an_hour(db: TestDb) {
        let store = db.store().await;
        let first = add_event(&store, "netconf-2019", None).await.id;
        let second = add_event(&store, "netconf-2020", None).await.id;
        invited(&store, first, "toke@example.org").await;
        invited(&store, second, "toke@example.org").await;
        add_listed(&store, first, "listed@example.org").await;
        let key = |email: &str| account(email).email.key();

        for unknown in ["nobody@example.org", "listed@example.org"] {
            store.send_link_again(&key(unknown), now()).await.unwrap();
        }
        assert_eq!(number(&db, LINK_MAILS).await, 0);
        store.send_link_again(&key("Toke@example.org"), now()).await.unwrap();
        assert_eq!(number(&db, LINK_MAILS).await, 2);
        for second in 1..=4 {
            store.send_link_again(&key("toke@example.org"), now() + TimeDelta::seconds(second)).await.unwrap();
        }
        assert_eq!(number(&db, LINK_MAILS).await, 6);
        store.send_link_again(&key("toke@example.org"), now() + TimeDelta::hours(2)).await.unwrap();
        assert_eq!(number(&db, LINK_MAILS).await, 8);
    }

    async fn no_link_is_mailed_for_an_event_that_was_cancelled(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        invited(&store, event, "toke@example.org").await;
        store.move_event(event, EventMove::Cancel, Some("no room"), &Actor::Operator, now()).await.unwrap();

        store.send_link_again(&account("toke@example.org").email.key(), now()).await.unwrap();

        assert_eq!(number(&db, LINK_MAILS).await, 0);
    }

    async fn muting_is_no_answer_and_can_be_undone(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let toke = invited(&store, event, "toke@example.org").await;
        let read = async || store.invitation(event, "toke@example.org").await.unwrap().unwrap();

        for _ in 0..2 {
            store.set_muted(toke, true, &Actor::Invitee, now()).await.unwrap();
        }
        assert_eq!((read().await.is_muted, read().await.answer), (true, None));
        store.set_muted(toke, false, &Actor::Invitee, now()).await.unwrap();

        assert!(!read().await.is_muted);
        assert_eq!(number(&db, "SELECT count(*) FROM log_entries WHERE action LIKE 'invitation.%muted'").await, 2);
    }
}
