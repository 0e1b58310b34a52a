use chrono::TimeDelta;
use conclave_core::log_entry::Actor;
use conclave_test_support::builders::{add_account, add_event, add_listed, member, now};
use conclave_test_support::{TestDb, both_databases};

both_databases! {
    async fn the_record_is_read_newest_first_with_who_it_is_about(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        let event = add_event(&store, "netconf-2019", Some(omar.id)).await.id;
        add_event(&store, "other", None).await;
        let toke = add_listed(&store, event, "toke@example.org").await;
        let later = now() + TimeDelta::hours(1);
        store.invite_by_other_means(toke.id, &member(&omar), later).await.unwrap();

        let all = store.log(event, None, 0).await.unwrap();
        let newest = store.log(event, None, 1).await.unwrap();
        let since = store.log(event, Some(later), 0).await.unwrap();

        let actions: Vec<_> = all.iter().map(|line| line.action.as_str()).collect();
        assert_eq!(
            actions,
            ["invitation.invited", "invitation.added", "event.opened", "committee.added", "event.added"]
        );
        assert_eq!((newest.len(), since.len()), (1, 1));
        assert_eq!(newest[0].actor, "omar");
        assert_eq!(newest[0].invitee, Some((toke.public_id, toke.name)));
        assert_eq!((all[4].actor.as_str(), &all[4].invitee), (Actor::Operator.name(), &None));
    }
}
