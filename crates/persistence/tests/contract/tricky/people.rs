//! People: names and addresses they share, candidates, members who are invitees, another year.

use chrono::TimeDelta;
use conclave_core::answer::{AnswerValue, Given, Via};
use conclave_core::candidate::{CandidateRefused, Guard, Vote};
use conclave_core::ids::{InvitationId, PersonId};
use conclave_core::link_token::{LinkKind, LinkToken};
use conclave_core::log_entry::Actor;
use conclave_core::look_alike::LookAlike;
use conclave_core::name::PersonName;
use conclave_persistence::{
    AddressChange, AnswerExtras, BookQuery, BookReader, CandidateQuery, CommitteeLine, Details,
    InviteeRefused, ListQuery, MergeRefused, NewInvitee, PersonRefused, Store, TimelineEntry, TopicText,
};
use conclave_test_support::builders::{add_account, add_event, add_listed, member, now};
use conclave_test_support::{TestDb, both_databases};

use crate::candidates::{new, nominate, seen};
use crate::people::invite;
use crate::refused;

const ALL: BookReader = BookReader::Operator;

async fn person_of(store: &Store, invitation: InvitationId) -> PersonId {
    store.invitation_by_id(invitation).await.unwrap().unwrap().person
}

async fn say(store: &Store, invitation: InvitationId, given: &Given, minutes: i64) {
    let at = now() + TimeDelta::minutes(minutes);
    store.record_answer(invitation, given, &AnswerExtras::default(), Via::Page, at).await.unwrap();
}

async fn link(store: &Store, invitation: InvitationId) -> LinkToken {
    store.reveal_link(invitation, &Actor::Operator, now()).await.unwrap()
}

async fn opens(store: &Store, token: &LinkToken) -> Option<InvitationId> {
    let by_link = store.invitation_by_link(LinkKind::Web, token).await.unwrap();
    let page = store.personal_page(token, now()).await.unwrap();
    assert_eq!(by_link, page.map(|page| page.invitation.id));
    by_link
}

both_databases! {
    async fn t13_one_person_twice_on_the_list_becomes_one_with_everything(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let twice = invite(&store, &event, 2).await;
        let (own, theirs) = (twice[0], twice[1]);
        let (a, b) = (person_of(&store, own).await, person_of(&store, theirs).await);
        let links = [link(&store, own).await, link(&store, theirs).await];
        let yes = Given::Accept { mode: None };
        say(&store, own, &yes, 1).await;
        say(&store, theirs, &yes, 2).await;
        let topic = TopicText { title: "XDP".to_owned(), body: String::new(), minutes: None };
        store.propose_topic(theirs, &topic, now()).await.unwrap();
        assert_eq!(store.seats(&event).await.unwrap().in_person.taken(), 2);

        let joined = store.merge_people(ALL, a, b, &[], &Actor::Operator, now()).await.unwrap();
        let again = store.merge_people(ALL, a, b, &[], &Actor::Operator, now()).await.unwrap();

        assert_eq!((joined, again), (1, 0));
        assert_eq!(store.seats(&event).await.unwrap().in_person.taken(), 1, "the seat is counted once");
        let stays = store.invitation_by_id(own).await.unwrap().unwrap();
        assert_eq!((stays.name.as_str(), stays.email.as_str()), ("Person 1", "person1@example.org"));
        assert_eq!((stays.answer, stays.answered_at), (Some(AnswerValue::Accepted), Some(now() + TimeDelta::minutes(2))));
        for link in &links {
            assert_eq!(opens(&store, link).await, Some(own), "both old links open the one that stays");
        }
        let page = store.person_page(event.id, &stays.public_id).await.unwrap().unwrap();
        assert_eq!(page.topics.len(), 1);
        let letters = page.timeline.iter().filter(|entry| matches!(entry, TimelineEntry::Message(_))).count();
        let said = page.timeline.iter().filter(|entry| {
            matches!(entry, TimelineEntry::Log(line) if line.action == "answer.recorded")
        }).count();
        assert!(letters >= 2 && said == 2, "messages and history join: {letters} {said}");
        assert_eq!(store.answers(own).await.unwrap().len(), 2);
        let gone = crate::text(&db, "SELECT public_id FROM invitations WHERE state = 'replaced'").await;
        assert_eq!(store.invitation(event.id, &gone).await.unwrap().unwrap().id, own);
        assert_eq!(store.list(event.id, &ListQuery::default()).await.unwrap().total, 1);
        assert_eq!(store.log(event.id, None, 0).await.unwrap().iter().filter(|line| line.action == "person.merged").count(), 1);

        // The link that stays is the same one, and goes on working when it is replaced.
        assert_eq!(link(&store, own).await.expose(), links[0].expose());
        store.rotate_link(own, "lost", false, &Actor::Operator, now()).await.unwrap();
        assert_eq!((opens(&store, &links[0]).await, opens(&store, &links[1]).await), (None, None));
        // An answer after it counts, and there is one receipt more, not two.
        say(&store, own, &Given::Decline, 30).await;
        assert_eq!(store.answers(own).await.unwrap()[0].value, AnswerValue::Cancelled);
    }

    async fn t13_what_either_said_about_food_and_travel_stays(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let twice = invite(&store, &event, 2).await;
        let (a, b) = (person_of(&store, twice[0]).await, person_of(&store, twice[1]).await);
        store.add_starter_questions(event.id, &Actor::Operator, now()).await.unwrap();
        let yes = Given::Accept { mode: None };
        let said = |answers: &[(u32, &str)]| Details {
            answers: answers.iter().map(|(number, value)| (*number, (*value).to_owned())).collect(),
            support: Some((true, "400 EUR".to_owned())),
            ..Details::default()
        };
        for who in &twice {
            say(&store, *who, &yes, 1).await;
        }
        store.set_details(twice[0], &said(&[(1, "Vegan")]), now()).await.unwrap();
        store.set_details(twice[1], &said(&[(1, "Vegetarian"), (2, "no nuts")]), now()).await.unwrap();

        store.merge_people(ALL, a, b, &[], &Actor::Operator, now()).await.unwrap();

        let kept = store.details(twice[0], event.id).await.unwrap().lines;
        let values: Vec<&str> = kept.iter().take(2).map(|line| line.value.as_str()).collect();
        assert_eq!(values, ["Vegan", "no nuts"]);
        assert_eq!(crate::number(&db, "SELECT count(*) FROM travel_supports").await, 1);
    }

    async fn t13_where_the_answers_disagree_somebody_picks(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let twice = invite(&store, &event, 2).await;
        let (a, b) = (person_of(&store, twice[0]).await, person_of(&store, twice[1]).await);
        say(&store, twice[0], &Given::Accept { mode: None }, 1).await;
        say(&store, twice[1], &Given::Decline, 2).await;
        let view = store.merge_view(ALL, a, b).await.unwrap().unwrap();
        assert!(view.both[0].disagrees);
        assert_eq!((view.both[0].survivor.answer, view.both[0].other.answer), (Some(AnswerValue::Accepted), Some(AnswerValue::Declined)));

        let why = refused(store.merge_people(ALL, a, b, &[], &Actor::Operator, now()).await);
        assert_eq!(why, MergeRefused::Disagree("Netconf 2019".to_owned()));
        let pick = [(event.id, a)];
        store.merge_people(ALL, a, b, &pick, &Actor::Operator, now()).await.unwrap();

        let stays = store.invitation_by_id(twice[0]).await.unwrap().unwrap();
        assert_eq!(stays.answer, Some(AnswerValue::Accepted));
        let answers: Vec<_> = store.answers(twice[0]).await.unwrap().into_iter().map(|answer| answer.value).collect();
        assert_eq!(answers, [AnswerValue::Accepted, AnswerValue::Declined], "the picked one counts, none is lost");
        assert_eq!(store.seats(&event).await.unwrap().in_person.taken(), 1);
    }

    async fn t13_the_offer_that_has_come_farther_stays_under_the_name_that_was_chosen(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let invited = invite(&store, &event, 1).await[0];
        let listed = add_listed(&store, event.id, "ada@example.org").await;
        let old_link = link(&store, invited).await;
        say(&store, invited, &Given::Accept { mode: None }, 1).await;
        let last = add_event(&store, "netconf-2018", None).await;
        let before = add_listed(&store, last.id, "person1@example.org").await;

        let (a, b) = (listed.person, person_of(&store, invited).await);
        store.merge_people(ALL, a, b, &[], &Actor::Operator, now()).await.unwrap();

        let list = store.list(event.id, &ListQuery::default()).await.unwrap();
        assert_eq!((list.total, list.rows[0].name.as_str(), list.rows[0].email.as_str()), (1, "ada", "ada@example.org"));
        assert_eq!((list.rows[0].id, list.rows[0].person, list.rows[0].answer), (invited, a, Some(AnswerValue::Accepted)));
        assert_eq!(opens(&store, &old_link).await, Some(invited));
        assert_eq!(person_of(&store, before.id).await, a, "other events follow");
        let ada = store.person(ALL, b).await.unwrap().unwrap();
        assert_eq!((ada.id, ada.history.len(), ada.addresses.len()), (a, 2, 2));
        let current: Vec<_> = ada.addresses.iter().filter(|address| address.is_current).map(|address| address.address.as_str()).collect();
        assert_eq!(current, ["ada@example.org"]);
        let taken = NewInvitee { email: "person1@example.org".parse().ok(), ..NewInvitee::default() };
        assert_eq!(refused(store.add_invitee(event.id, &taken, &Actor::Operator, now()).await), InviteeRefused::AddressTaken("ada".to_owned()));
    }

    async fn t13_whoever_may_not_see_both_lists_may_not_join_them(db: TestDb) {
        let store = db.store().await;
        let dave = add_account(&store, "davem@example.org").await;
        let (mine, other) = (add_event(&store, "mine", Some(dave.id)).await, add_event(&store, "other", None).await);
        let (a, b) = (add_listed(&store, mine.id, "ada@example.org").await, add_listed(&store, mine.id, "ada+x@example.org").await);
        add_listed(&store, other.id, "ada+x@example.org").await;
        let reader = BookReader::Account { id: dave.id, is_operator: false };

        let why = refused(store.merge_people(reader, a.person, b.person, &[], &member(&dave), now()).await);

        assert_eq!(why, MergeRefused::NotYours);
        let stranger = add_account(&store, "eric@example.org").await;
        let reader = BookReader::Account { id: stranger.id, is_operator: false };
        assert!(store.merge_view(reader, a.person, b.person).await.unwrap().is_none());
    }

    async fn t13_joining_cannot_be_undone_so_a_chair_does_it(db: TestDb) {
        let store = db.store().await;
        let (dave, eric) = (add_account(&store, "davem@example.org").await, add_account(&store, "eric@example.org").await);
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await;
        store.set_role(event.id, eric.id, conclave_core::committee::Role::Member, &Actor::Operator, now()).await.unwrap();
        let (a, b) = (add_listed(&store, event.id, "ada@example.org").await, add_listed(&store, event.id, "ada2@example.org").await);
        let reader = |id| BookReader::Account { id, is_operator: false };

        let why = refused(store.merge_people(reader(eric.id), a.person, b.person, &[], &member(&eric), now()).await);
        let joined = store.merge_people(reader(dave.id), a.person, b.person, &[], &member(&dave), now()).await.unwrap();

        assert_eq!((why, joined), (MergeRefused::NotYours, 1));
    }

    async fn t33_two_spellings_are_pointed_out_and_become_one_name(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        for (name, email) in [("David S. Miller", "davem@redhat.example.org"), ("David Miller", "dave@example.org")] {
            let new = NewInvitee { name: PersonName::parse(name).ok(), email: email.parse().ok(), ..NewInvitee::default() };
            store.add_invitee(event.id, &new, &Actor::Operator, now()).await.unwrap();
        }
        let alike = BookQuery { look_alikes: true, ..BookQuery::default() };
        let found = store.people(ALL, &alike).await.unwrap();
        assert_eq!((found.alike, found.rows.len()), (2, 2));
        assert_eq!(found.rows[0].look_alikes[0].2, LookAlike::SameName);

        let (keep, other) = (found.rows.iter().find(|row| row.name == "David S. Miller").unwrap().id, found.rows.iter().find(|row| row.name == "David Miller").unwrap().id);
        store.merge_people(ALL, keep, other, &[], &Actor::Operator, now()).await.unwrap();
        let printed = CommitteeLine { name: "David Miller".to_owned(), remark: "netdev maintainer".to_owned() };
        store.set_committee_lines(event.id, &[printed], &Actor::Operator, now()).await.unwrap();

        let list = store.list(event.id, &ListQuery::default()).await.unwrap();
        assert_eq!((list.total, list.rows[0].name.as_str()), (1, "David S. Miller"));
        assert_eq!(store.people(ALL, &alike).await.unwrap().rows.len(), 0);
        let by_old_spelling = ListQuery { q: "david miller".to_owned(), ..ListQuery::default() };
        assert_eq!(store.list(event.id, &by_old_spelling).await.unwrap().matching, 1);
        assert_eq!(store.committee_lines(event.id).await.unwrap()[0].name, "David Miller", "by explicit choice");
    }

    async fn t40_another_year_reuses_the_person_and_keeps_last_years_answers_private(db: TestDb) {
        let store = db.store().await;
        let (dave, eric) = (add_account(&store, "davem@example.org").await, add_account(&store, "eric@example.org").await);
        let last = add_event(&store, "netconf-2018", Some(dave.id)).await;
        let before = invite(&store, &last, 1).await[0];
        say(&store, before, &Given::Decline, 1).await;
        let event = add_event(&store, "netconf-2019", Some(eric.id)).await;
        store.set_role(event.id, dave.id, conclave_core::committee::Role::Member, &Actor::Operator, now()).await.unwrap();
        nominate(&store, &event, "Person 1", "person1@example.org").await;

        let (daves, erics) = (seen(&store, &event, Some(dave.id)).await, seen(&store, &event, Some(eric.id)).await);
        assert_eq!(daves[0].person, person_of(&store, before).await);
        assert_eq!(daves[0].guards, [Guard::DeclinedBefore { event: "Netconf 2019".to_owned(), gave_seat_back: false }]);
        assert_eq!(erics[0].guards, [], "who did not sit in that committee learns nothing of it");
        let reader = |id| BookReader::Account { id, is_operator: false };
        let book = async |id| store.person(reader(id), daves[0].person).await.unwrap().unwrap();
        assert_eq!((book(dave.id).await.history.len(), book(eric.id).await.history.len()), (2, 1));

        let (address, by) = ("person1@example.org", member(&dave));
        let change = async |id, what| {
            store.change_person_address(reader(id), daves[0].person, what, address, &by, now()).await
        };
        assert_eq!(refused(change(eric.id, AddressChange::MarkDead).await), PersonRefused::NotYours);
        change(dave.id, AddressChange::MarkDead).await.unwrap();
        let warned = seen(&store, &event, Some(eric.id)).await;
        assert_eq!(warned[0].guards, [Guard::DeadAddress { is_certain: true }]);
        assert_eq!(refused(change(dave.id, AddressChange::Remove).await), PersonRefused::AddressInUse);
    }

    async fn a_person_has_one_present_address_and_others(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let ada = add_listed(&store, event.id, "ada@example.org").await.person;
        add_listed(&store, event.id, "bob@example.org").await;
        let change = async |what, email: &str| {
            store.change_person_address(ALL, ada, what, email, &Actor::Operator, now()).await
        };

        change(AddressChange::Add, "ada@work.example.org").await.unwrap();
        change(AddressChange::Add, "ada@work.example.org").await.unwrap();
        change(AddressChange::MakeCurrent, "ada@work.example.org").await.unwrap();

        let addresses = async || {
            let ada = store.person(ALL, ada).await.unwrap().unwrap();
            ada.addresses.into_iter().map(|address| (address.address, address.is_current)).collect::<Vec<_>>()
        };
        assert_eq!(addresses().await, [("ada@work.example.org".to_owned(), true), ("ada@example.org".to_owned(), false)]);
        assert_eq!(refused(change(AddressChange::Add, "bob@example.org").await), PersonRefused::AddressTaken("bob".to_owned()));
        assert_eq!(refused(change(AddressChange::Remove, "ada@example.org").await), PersonRefused::AddressInUse);
        assert_eq!(refused(change(AddressChange::Remove, "eve@example.org").await), PersonRefused::NoSuchAddress);
        change(AddressChange::Remove, "ada@work.example.org").await.unwrap();
        assert_eq!(addresses().await.len(), 1);
        let log = store.log(event.id, None, 0).await.unwrap();
        assert!(log.iter().all(|line| !line.after.contains('@') && !line.before.contains('@')), "no address in the record");
    }

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
