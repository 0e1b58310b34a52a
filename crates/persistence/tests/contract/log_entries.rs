use chrono::TimeDelta;
use conclave_core::log_entry::Actor;
use conclave_persistence::LogFilter;
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

    async fn a_member_is_not_taken_for_the_program_because_of_their_name(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        let event = add_event(&store, "netconf-2019", Some(omar.id)).await.id;
        for name in ["system", "operator", "invitee"] {
            let by = Actor::Committee { account: omar.id, name: name.to_owned() };
            store.set_event(event, None, &[("intro".to_owned(), name.to_owned())], &by, now()).await.unwrap();

            let line = store.log(event, None, 1).await.unwrap().remove(0);

            assert_eq!((line.actor, line.after.as_str()), (format!("{name} (member)"), name));
        }
    }

    async fn the_record_is_narrowed_by_who_what_whom_and_when(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        let event = add_event(&store, "netconf-2019", Some(omar.id)).await.id;
        let toke = add_listed(&store, event, "toke@example.org").await;
        add_listed(&store, event, "aiko@example.org").await;
        let later = now() + TimeDelta::hours(1);
        store.invite_by_other_means(toke.id, &member(&omar), later).await.unwrap();
        let last = later + TimeDelta::hours(1);
        store.withdraw(toke.id, "he asked us to", false, &member(&omar), last).await.unwrap();
        let found = async |filter: LogFilter| {
            let lines = store.log_lines(Some(event), &filter, 0, 0).await.unwrap();
            assert_eq!(store.log_count(Some(event), &filter).await.unwrap(), lines.len() as u64);
            lines.into_iter().map(|line| line.action).collect::<Vec<_>>()
        };
        let text = str::to_owned;
        let none = LogFilter::default;

        let of_omar = ["invitation.withdrawn", "invitation.invited"];
        assert_eq!(found(LogFilter { who: text("omar"), ..none() }).await, of_omar);
        assert_eq!(found(LogFilter { account: Some(omar.id), ..none() }).await, of_omar);
        assert_eq!(
            found(LogFilter { what: text("event"), ..none() }).await,
            ["event.opened", "committee.added", "event.added"]
        );
        let of_toke = ["invitation.withdrawn", "invitation.invited", "invitation.added"];
        for whom in ["tok", "Toke", toke.public_id.as_str(), "toke@example.org"] {
            assert_eq!(found(LogFilter { whom: text(whom), ..none() }).await, of_toke, "{whom}");
        }
        assert_eq!(found(LogFilter { whom: text("100%"), ..none() }).await, Vec::<String>::new());
        assert_eq!(found(LogFilter { since: Some(later), until: Some(last), ..none() }).await, [of_toke[1]]);
        assert_eq!(found(LogFilter { with_reason: true, ..none() }).await, [of_toke[0]]);
        let both = LogFilter { who: text("operator"), whom: text("aiko"), ..none() };
        assert_eq!(found(both).await, ["invitation.added"]);
        let second = store.log_lines(Some(event), &none(), 1, 1).await.unwrap();
        assert_eq!((second.len(), second[0].action.as_str()), (1, "invitation.invited"));
        assert_eq!(store.log_actors(event).await.unwrap(), ["omar", "operator"]);
    }

    async fn whoever_was_taken_off_the_list_is_still_found_in_the_record(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let toke = add_listed(&store, event, "toke@example.org").await;
        store.remove_listed(toke.id, &Actor::Operator, now()).await.unwrap();

        let filter = LogFilter { whom: "toke".to_owned(), ..LogFilter::default() };
        let lines = store.log_lines(Some(event), &filter, 0, 0).await.unwrap();

        assert_eq!(lines.len(), 2);
        assert_eq!(store.check_log(Some(event)).await.unwrap().broken, None);
    }
}
