//! What is thought of a member as a candidate is for the others (T22), by every way there is.

use conclave_core::answer::{Given, Via};
use conclave_core::candidate::{CandidateRefused, NextTime, NominatedVia};
use conclave_core::committee::Role;
use conclave_core::ids::PersonId;
use conclave_core::log_entry::Actor;
use conclave_persistence::{
    AddressChange, AnswerExtras, BookReader, Earlier, Instead, LogFilter, NewInvitee, Nominated,
    PersonRefused, TopicsMode,
};
use conclave_test_support::builders::{add_account, add_event, add_listed, member, now};
use conclave_test_support::{TestDb, both_databases};

use crate::candidates::{new, nominate, seen};
use crate::people::invite;
use crate::refused;

both_databases! {
    async fn t22_a_member_who_adds_themselves_does_not_learn_that_they_were_turned_down(db: TestDb) {
        let store = db.store().await;
        let (dave, eric) = (add_account(&store, "davem@example.org").await, add_account(&store, "eric@example.org").await);
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await;
        let erics = nominate(&store, &event, "Eric", "eric@example.org").await;
        store.refuse_candidates(event.id, &[erics], "Talks too long", &member(&dave), now()).await.unwrap();
        let ada = add_listed(&store, event.id, "ada@example.org").await;
        let new = NewInvitee { email: "eric@example.org".parse().ok(), ..NewInvitee::default() };
        let email = [("email".to_owned(), "eric@example.org".to_owned())];

        let added = refused(store.add_invitee(event.id, &new, &member(&eric), now()).await);
        let changed = refused(store.set_invitee(ada.id, None, &email, &member(&eric), now()).await);
        let daves = refused(store.add_invitee(event.id, &new, &member(&dave), now()).await);

        assert_eq!((added.code(), changed.code()), ("own-case", "own-case"));
        assert!(!added.to_string().contains("turned down"), "{added}");
        assert!(daves.to_string().contains("a candidate who was turned down"), "{daves}");
    }

    async fn t22_a_member_who_counts_evidence_learns_nothing_of_their_own_case(db: TestDb) {
        let store = db.store().await;
        let (dave, eric) = (add_account(&store, "davem@example.org").await, add_account(&store, "eric@example.org").await);
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await;
        let own = [new("Eric", "eric@example.org", "7 commits")];
        let plan = async |via| store.plan_nominations(event.id, &own, via, &member(&eric), now()).await.unwrap().remove(0);
        let before = (plan(NominatedVia::Evidence).await, plan(NominatedVia::Event).await);
        let erics = nominate(&store, &event, "Eric", "eric@example.org").await;
        store.refuse_candidates(event.id, &[erics], "Talks too long", &member(&dave), now()).await.unwrap();

        let after = (plan(NominatedVia::Evidence).await, plan(NominatedVia::Event).await);

        assert_eq!(before, after);
        assert_eq!(after.0, Nominated::LeftOut(CandidateRefused::OwnCase));
    }

    async fn t22_a_suggestion_does_not_put_the_member_who_takes_it_on_the_list(db: TestDb) {
        let store = db.store().await;
        let (dave, eric) = (add_account(&store, "davem@example.org").await, add_account(&store, "eric@example.org").await);
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await;
        nominate(&store, &event, "Eric", "eric@example.org").await;
        let from = invite(&store, &event, 1).await[0];
        store.record_answer(from, &Given::Decline, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
        let instead = Instead { name: "Eric".to_owned(), address: "eric@example.org".to_owned(), why: String::new() };
        store.add_reason(from, "", &instead, now()).await.unwrap();
        let suggestion = store.open_suggestions(event.id).await.unwrap().remove(0).id;

        let erics = refused(store.take_suggestion(event.id, suggestion, false, &member(&eric), now()).await);
        assert_eq!(erics.code(), "own-case");
        store.take_suggestion(event.id, suggestion, false, &member(&dave), now()).await.unwrap();
    }

    async fn t22_a_member_does_not_join_their_own_nomination_with_somebody_else(db: TestDb) {
        let store = db.store().await;
        let (dave, eric) = (add_account(&store, "davem@example.org").await, add_account(&store, "eric@example.org").await);
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await;
        let last = add_event(&store, "netconf-2018", Some(dave.id)).await;
        for event in [event.id, last.id] {
            store.set_role(event, eric.id, Role::Chair, &Actor::Operator, now()).await.unwrap();
        }
        // Known from last year, so that the book shows them.
        let own = add_listed(&store, last.id, "eric@example.org").await.person;
        let erics = nominate(&store, &event, "Eric", "eric@example.org").await;
        store.refuse_candidates(event.id, &[erics], "Talks too long", &member(&dave), now()).await.unwrap();
        let other = add_listed(&store, event.id, "eric.d@example.org").await.person;
        let reader = |id| BookReader::Account { id, is_operator: false };

        let (erics, daves) = (reader(eric.id), reader(dave.id));
        let view = store.merge_view(erics, own, other).await.unwrap().unwrap();
        assert!(view.both.is_empty(), "{:?}", view.both);
        let why = refused(store.merge_people(erics, own, other, &[], &member(&eric), now()).await);
        assert_eq!(why.code(), "own-case");
        assert_eq!(store.merge_view(daves, own, other).await.unwrap().unwrap().both.len(), 1);

        // Once another member did, the record does not tell them either.
        store.merge_people(daves, own, other, &[], &member(&dave), now()).await.unwrap();
        let not_about = store.own_case(event.id, eric.id).await.unwrap();
        assert!(not_about.is_some());
        let lines = async |not_about| {
            let filter = LogFilter { not_about, ..LogFilter::default() };
            let lines = store.log_lines(Some(event.id), &filter, 0, 0).await.unwrap();
            assert_eq!(store.log_count(Some(event.id), &filter).await.unwrap(), lines.len() as u64);
            lines.into_iter().map(|line| line.action).filter(|action| action.starts_with("candidate.") || action == "person.merged").collect::<Vec<_>>()
        };
        assert_eq!(lines(not_about).await, Vec::<String>::new());
        assert_eq!(lines(None).await, ["person.merged", "candidate.refused", "candidate.nominated"]);
    }

    async fn t22_what_is_noted_about_a_member_is_not_in_the_file_they_take(db: TestDb) {
        let store = db.store().await;
        let (dave, eric) = (add_account(&store, "davem@example.org").await, add_account(&store, "eric@example.org").await);
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await;
        let erics = nominate(&store, &event, "Eric", "eric@example.org").await;
        store.accept_candidates(event.id, &[erics], "", &member(&dave), now()).await.unwrap();
        let notes = async |by| {
            let rows = store.invitee_rows(&event, by).await.unwrap();
            rows.into_iter().map(|row| row.note).collect::<Vec<_>>()
        };

        assert_eq!(notes(Some(eric.id)).await, [""]);
        assert_eq!(notes(Some(dave.id)).await, ["Proposed by operator: Knows it all"]);
        assert_eq!(notes(None).await, ["Proposed by operator: Knows it all"]);
    }

    async fn t40_what_somebody_said_last_year_is_no_reason_that_this_years_committee_reads(db: TestDb) {
        let store = db.store().await;
        let last = add_event(&store, "netconf-2018", None).await;
        let invited = invite(&store, &last, 2).await;
        for (id, given) in [(invited[0], Given::Accept { mode: None }), (invited[1], Given::Decline)] {
            store.record_answer(id, &given, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
        }

        let people = store.people_of_earlier(&last, Earlier::Invited).await.unwrap();

        let reasons: Vec<_> = people.iter().map(|one| one.reason.as_str()).collect();
        assert_eq!(reasons, ["attended Netconf 2019", "was invited to Netconf 2019"]);
    }

    async fn t41_a_candidate_on_an_imported_list_is_left_out_and_said_to_be_one(db: TestDb) {
        use conclave_persistence::ImportResult::{Candidate, New, OwnCase, TurnedDown};
        let store = db.store().await;
        let (dave, eric) = (add_account(&store, "davem@example.org").await, add_account(&store, "eric@example.org").await);
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await;
        nominate(&store, &event, "Ada", "ada@example.org").await;
        for (name, email) in [("Bob", "bob@example.org"), ("Eric", "eric@example.org")] {
            let id = nominate(&store, &event, name, email).await;
            store.refuse_candidates(event.id, &[id], "", &member(&dave), now()).await.unwrap();
        }
        let emails = ["ada@example.org", "bob@example.org", "eric@example.org", "new@example.org"];
        let list: Vec<_> = (1..).zip(emails).map(|(line, email)| crate::import::person(line, "", email)).collect();

        let plan = store.plan_import(event.id, &list, &member(&eric)).await.unwrap();
        let made = store.import(event.id, &list, TopicsMode::Propose, &member(&dave), now(), &|_| ()).await.unwrap();

        let erics: Vec<_> = plan.results.iter().map(|(_, result)| *result).collect();
        let daves: Vec<_> = made.results.iter().map(|(_, result)| *result).collect();
        assert_eq!(erics, [Candidate, TurnedDown, OwnCase, New]);
        assert_eq!((daves, made.added), (vec![Candidate, TurnedDown, TurnedDown, New], 1));
        assert_eq!(seen(&store, &event, None).await.len(), 1, "and stays a candidate");
    }

    async fn whose_an_address_of_another_events_list_is_is_not_told(db: TestDb) {
        let store = db.store().await;
        let dave = add_account(&store, "davem@example.org").await;
        let (mine, other) = (add_event(&store, "mine", Some(dave.id)).await, add_event(&store, "other", None).await);
        let ada = add_listed(&store, mine.id, "ada@example.org").await.person;
        let bob = add_listed(&store, mine.id, "bob@example.org").await.person;
        let there = add_listed(&store, other.id, "ada@secret.example.org").await.person;
        store.merge_people(BookReader::Operator, ada, there, &[], &Actor::Operator, now()).await.unwrap();
        let reader = BookReader::Account { id: dave.id, is_operator: false };

        let found = async |who: &str| {
            let found = store.people_named(reader, who).await.unwrap();
            found.into_iter().map(|person| person.id).collect::<Vec<PersonId>>()
        };
        assert_eq!(found("ada@example.org").await, [ada]);
        assert_eq!(found("ada@secret.example.org").await, []);
        let taken = store.change_person_address(reader, bob, AddressChange::Add, "ada@secret.example.org", &member(&dave), now()).await;
        assert_eq!(refused(taken), PersonRefused::AddressTaken("somebody else".to_owned()));
        assert_eq!(store.people_named(BookReader::Operator, "ada@secret.example.org").await.unwrap().len(), 1);
    }

    async fn what_they_wished_for_next_time_and_whom_they_named_is_in_their_own_record(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let who = invite(&store, &event, 1).await[0];
        store.record_answer(who, &Given::Decline, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
        let instead = Instead { name: "Bo Lee".to_owned(), address: "bo@example.org".to_owned(), why: "Knows XDP".to_owned() };
        store.add_reason(who, "", &instead, now()).await.unwrap();
        store.set_next_time(who, NextTime::Never, &Actor::Invitee, now()).await.unwrap();

        let record = store.record_of(who).await.unwrap();

        assert!(record.contains("Next time    do not ask me again"), "{record}");
        assert!(record.contains("You suggest  Bo Lee, bo@example.org: Knows XDP"), "{record}");
    }
}
