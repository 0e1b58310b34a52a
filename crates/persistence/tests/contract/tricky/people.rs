//! People: names and addresses they share, candidates, members who are invitees, another year.

use conclave_core::candidate::{CandidateRefused, Guard, Vote};
use conclave_core::log_entry::Actor;
use conclave_core::name::PersonName;
use conclave_persistence::{CandidateQuery, InviteeRefused, ListQuery, NewInvitee};
use conclave_test_support::builders::{add_account, add_event, add_listed, member, now};
use conclave_test_support::{TestDb, both_databases};

use crate::candidates::{new, nominate, seen};
use crate::refused;

both_databases! {
    async fn t14_two_people_of_one_name_are_two_and_pointed_out(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        nominate(&store, &event, "Wei Wang", "wei@one.example.org").await;
        nominate(&store, &event, "Wei Wang", "wang@two.example.org").await;

        let candidates = seen(&store, &event, None).await;

        assert_eq!(candidates.len(), 2);
        assert_ne!(candidates[0].person, candidates[1].person);
        for candidate in candidates {
            assert_eq!(candidate.guards, [Guard::OnTheList { name: "Wei Wang".to_owned(), because: "the same name" }]);
        }
    }

    async fn t15_an_address_belongs_to_one_and_the_error_says_to_whom(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        add_listed(&store, event.id, "office@example.org").await;
        nominate(&store, &event, "Ada Lovelace", "house@example.org").await;
        let add = async |email: &str| {
            let new = NewInvitee { name: PersonName::parse("Charles Babbage").ok(), email: email.parse().ok(), ..NewInvitee::default() };
            refused(store.add_invitee(event.id, &new, &Actor::Operator, now()).await)
        };

        assert_eq!(add("office@example.org").await, InviteeRefused::AddressTaken("office".to_owned()));
        assert_eq!(add("HOUSE@example.org").await, InviteeRefused::AddressTaken("Ada Lovelace, who is a candidate".to_owned()));
        let why = refused(store.nominate(event.id, &new("Charles Babbage", "house@example.org", "Built it"), &Actor::Operator, now()).await);
        assert_eq!(why, CandidateRefused::AddressTaken("Ada Lovelace".to_owned()));
        let without = store.nominate(event.id, &new("Charles Babbage", "", "Built it; write to Ada"), &Actor::Operator, now()).await;
        assert!(without.is_ok(), "somebody without an address can be a candidate");
    }

    async fn t22_a_member_sees_nothing_of_their_own_case(db: TestDb) {
        let store = db.store().await;
        let (dave, eric) = (add_account(&store, "davem@example.org").await, add_account(&store, "eric@example.org").await);
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await;
        let erics = store.nominate(event.id, &new("Eric", "eric@example.org", "Fast paths"), &member(&dave), now()).await.unwrap();
        nominate(&store, &event, "Ada Lovelace", "ada@example.org").await;
        store.vote(erics, Vote::Against, dave.id, &member(&dave), now()).await.unwrap();

        let seen = store.candidates(event.id, Some(eric.id), &CandidateQuery::default()).await.unwrap();
        let names: Vec<_> = seen.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!((names, seen.nominated, seen.matching), (vec!["Ada Lovelace"], 1, 1));
        assert!(store.candidate(event.id, Some(eric.id), "eric@example.org").await.unwrap().is_none());
        assert!(store.candidate(event.id, Some(dave.id), "eric@example.org").await.unwrap().is_some());

        let by = member(&eric);
        assert_eq!(refused(store.vote(erics, Vote::For, eric.id, &by, now()).await), CandidateRefused::OwnCase);
        assert_eq!(refused(store.accept_candidates(event.id, &[erics], "", &by, now()).await), CandidateRefused::OwnCase);
        assert_eq!(refused(store.refuse_candidates(event.id, &[erics], "", &by, now()).await), CandidateRefused::OwnCase);
        let own = store.nominate(event.id, &new("Eric", "eric@example.org", "Me"), &by, now()).await;
        assert_eq!(refused(own), CandidateRefused::OwnCase);
        let row = store.candidate(event.id, None, "eric@example.org").await.unwrap().unwrap();
        assert_eq!(store.own_case(event.id, eric.id).await.unwrap(), Some(row.public_id));
        assert_eq!(store.own_case(event.id, dave.id).await.unwrap(), None);
    }

    async fn t41_a_refused_nominee_is_found_nowhere_but_among_the_refused(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let ada = nominate(&store, &event, "Ada Lovelace", "ada@example.org").await;
        store.refuse_candidates(event.id, &[ada], "No room", &Actor::Operator, now()).await.unwrap();
        store.refuse_candidates(event.id, &[ada], "No room", &Actor::Operator, now()).await.unwrap();

        let list = store.list(event.id, &ListQuery::default()).await.unwrap();
        assert_eq!((list.total, list.matching), (0, 0));
        assert!(list.counts.iter().all(|(_, people)| *people == 0));
        assert!(store.invitation(event.id, "ada@example.org").await.unwrap().is_none());
        let public_id = crate::text(&db, "SELECT public_id FROM invitations").await;
        assert!(store.person_page(event.id, &public_id).await.unwrap().is_none());
        assert_eq!(store.events().await.unwrap()[0].invitees, 0);
        let key = "ada@example.org".parse::<conclave_core::address::Address>().unwrap().key();
        store.send_link_again(&key, now()).await.unwrap();
        assert_eq!(crate::number(&db, "SELECT count(*) FROM messages").await, 0);
        let refused = CandidateQuery { refused: true, ..CandidateQuery::default() };
        assert_eq!(store.candidates(event.id, None, &refused).await.unwrap().rows.len(), 1);
        let record = store.log(event.id, None, 0).await.unwrap();
        assert_eq!(record.iter().filter(|line| line.action == "candidate.refused").count(), 1);
    }

    async fn t42_a_request_to_be_invited_is_a_nomination_and_never_an_invitation(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let ada = new("Ada Lovelace", "ada@example.org", "I wrote the first one");
        assert_eq!(refused(store.ask_to_be_invited(event.id, &ada, now()).await), CandidateRefused::NotOpen);
        let open = [("nominations".to_owned(), "open".to_owned())];
        store.set_event(event.id, None, &open, &Actor::Operator, now()).await.unwrap();

        for _ in 0..2 {
            store.ask_to_be_invited(event.id, &ada, now()).await.unwrap();
        }

        let candidates = seen(&store, &event, None).await;
        assert_eq!((candidates.len(), candidates[0].nominations.len()), (1, 1));
        assert_eq!(store.list(event.id, &ListQuery::default()).await.unwrap().total, 0);
        assert_eq!(crate::number(&db, "SELECT count(*) FROM messages").await, 0);

        store.refuse_candidates(event.id, &[candidates[0].id], "", &Actor::Operator, now()).await.unwrap();
        store.ask_to_be_invited(event.id, &new("Ada", "ada@example.org", "Please"), now()).await.unwrap();
        assert!(seen(&store, &event, None).await.is_empty(), "asking again does not undo a decision");
        let refused = CandidateQuery { refused: true, ..CandidateQuery::default() };
        let again = store.candidates(event.id, None, &refused).await.unwrap().rows.remove(0);
        assert_eq!(again.nominations.len(), 2, "but the committee can see that they did");
    }
}
