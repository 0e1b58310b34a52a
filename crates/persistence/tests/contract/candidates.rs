//! Proposing people, voting on them, deciding.

use conclave_core::address::Address;
use conclave_core::answer::{Given, Via};
use conclave_core::candidate::{CandidateRefused, Guard, NextTime, NominatedVia, Vote};
use conclave_core::event::{Event, Remote, SeatPolicy, Slug};
use conclave_core::ids::{AccountId, InvitationId};
use conclave_core::invitation::InvitationState;
use conclave_core::log_entry::Actor;
use conclave_core::name::PersonName;
use conclave_persistence::{
    AnswerExtras, Candidate, CandidateQuery, CommitteeLine, Earlier, EventChangeRefused, ListQuery, NewEvent,
    NewNomination, Nominated, Store,
};
use conclave_test_support::builders::{add_account, add_event, add_listed, member, now};
use conclave_test_support::{TestDb, both_databases};

use crate::people::invite;
use crate::refused;

/// Somebody to propose: `Ada Lovelace <ada@example.org>`, because.
pub fn new(name: &str, email: &str, reason: &str) -> NewNomination {
    NewNomination {
        name: PersonName::parse(name).ok(),
        email: Address::parse(email).ok(),
        reason: reason.to_owned(),
        ..NewNomination::default()
    }
}

/// Proposed by the operator.
pub async fn nominate(store: &Store, event: &Event, name: &str, email: &str) -> InvitationId {
    store.nominate(event.id, &new(name, email, "Knows it all"), &Actor::Operator, now()).await.unwrap()
}

/// Those to decide on, as somebody sees them.
pub async fn seen(store: &Store, event: &Event, by: Option<AccountId>) -> Vec<Candidate> {
    store.candidates(event.id, by, &CandidateQuery::default()).await.unwrap().rows
}

both_databases! {
    async fn a_candidate_is_on_no_list_until_accepted_and_keeps_the_reason(db: TestDb) {
        let store = db.store().await;
        let dave = add_account(&store, "davem@example.org").await;
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await;
        let ada =
            store.nominate(event.id, &new("Ada Lovelace", "ada@example.org", "Wrote the first one"), &member(&dave), now()).await.unwrap();

        let listed = store.list(event.id, &ListQuery::default()).await.unwrap();
        assert_eq!((listed.total, listed.rows.len(), store.desk_counts(&event).await.unwrap().invitees), (0, 0, 0));
        assert!(store.invitation(event.id, "ada@example.org").await.unwrap().is_none());
        assert_eq!(store.seats(&event).await.unwrap().in_person.held(), 0);

        assert_eq!(store.accept_candidates(event.id, &[ada], "", &member(&dave), now()).await.unwrap(), 1);
        assert_eq!(store.accept_candidates(event.id, &[ada], "", &member(&dave), now()).await.unwrap(), 0);

        let listed = store.invitation(event.id, "ada@example.org").await.unwrap().unwrap();
        assert_eq!((listed.state, listed.note.as_str()), (InvitationState::Listed, "Proposed by davem: Wrote the first one"));
        assert!(seen(&store, &event, Some(dave.id)).await.is_empty());
        let log = store.log(event.id, None, 2).await.unwrap();
        let actions: Vec<_> = log.iter().map(|line| (line.action.as_str(), line.actor.as_str())).collect();
        assert_eq!(actions, [("candidate.accepted", "davem"), ("candidate.nominated", "davem")]);
    }

    async fn a_second_voice_joins_the_first_and_the_same_voice_twice_is_unchanged(db: TestDb) {
        let store = db.store().await;
        let (dave, eric) = (add_account(&store, "davem@example.org").await, add_account(&store, "eric@example.org").await);
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await;
        let ada = new("Ada Lovelace", "ada@example.org", "Wrote the first one");

        for (by, reason) in [(&dave, "Wrote the first one"), (&dave, "Wrote the first one"), (&eric, "Seconded")] {
            let again = NewNomination { reason: reason.to_owned(), ..ada.clone() };
            store.nominate(event.id, &again, &member(by), now()).await.unwrap();
        }

        let candidates = seen(&store, &event, Some(dave.id)).await;
        let said: Vec<_> = candidates[0].nominations.iter().map(|one| (one.by.as_str(), one.reason.as_str())).collect();
        assert_eq!((candidates.len(), said), (1, vec![("davem", "Wrote the first one"), ("eric", "Seconded")]));
        let nothing = refused(store.nominate(event.id, &new("Bo", "", " "), &member(&dave), now()).await);
        assert_eq!(nothing, CandidateRefused::NoReason);
        let nobody = refused(store.nominate(event.id, &new("", "", "Why"), &member(&dave), now()).await);
        assert_eq!(nobody, CandidateRefused::Nobody);
    }

    async fn whoever_is_on_the_list_is_not_proposed(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        add_listed(&store, event.id, "ada@example.org").await;

        let why = refused(store.nominate(event.id, &new("Ada", "ADA@example.org", "Why"), &Actor::Operator, now()).await);

        assert_eq!(why, CandidateRefused::OnTheList("ada".to_owned()));
    }

    async fn votes_of_others_are_hidden_until_ones_own_is_cast(db: TestDb) {
        let store = db.store().await;
        let (dave, eric) = (add_account(&store, "davem@example.org").await, add_account(&store, "eric@example.org").await);
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await;
        let ada = nominate(&store, &event, "Ada Lovelace", "ada@example.org").await;
        let vote = async |by: &conclave_persistence::Account, value| {
            store.vote(ada, value, by.id, &member(by), now()).await.unwrap();
        };

        vote(&dave, Vote::For).await;
        let (daves, erics) = (seen(&store, &event, Some(dave.id)).await, seen(&store, &event, Some(eric.id)).await);
        assert_eq!((daves[0].own_vote, daves[0].tally.map(|tally| tally.score())), (Some(Vote::For), Some(1)));
        assert_eq!((erics[0].own_vote, erics[0].tally, erics[0].voters), (None, None, 1));

        vote(&eric, Vote::Neutral).await;
        vote(&eric, Vote::Against).await;
        vote(&eric, Vote::Against).await;
        let erics = seen(&store, &event, Some(eric.id)).await;
        assert_eq!((erics[0].own_vote, erics[0].tally.map(|tally| tally.score()), erics[0].voters), (Some(Vote::Against), Some(0), 2));
        let votes = store.log(event.id, None, 0).await.unwrap();
        let votes: Vec<_> = votes.iter().filter(|line| line.action == "candidate.voted").collect();
        assert_eq!(votes.len(), 3, "the same vote again is unchanged");
        assert!(votes.iter().all(|line| line.after.is_empty() && line.before.is_empty()), "the record says no vote");
    }

    async fn candidates_are_ranked_by_what_the_reader_may_know(db: TestDb) {
        let store = db.store().await;
        let (dave, eric) = (add_account(&store, "davem@example.org").await, add_account(&store, "eric@example.org").await);
        let event = add_event(&store, "netconf-2019", Some(dave.id)).await;
        for (name, daves, erics) in [("Ann", Vote::Against, Some(Vote::For)), ("Bob", Vote::For, Some(Vote::Neutral)), ("Cid", Vote::For, None)] {
            let id = nominate(&store, &event, name, &format!("{name}@example.org")).await;
            store.vote(id, daves, dave.id, &member(&dave), now()).await.unwrap();
            if let Some(erics) = erics {
                store.vote(id, erics, eric.id, &member(&eric), now()).await.unwrap();
            }
        }
        let names = async |by: Option<AccountId>, sort: &str, q: &str, to_vote: bool| {
            let query = CandidateQuery { sort: sort.to_owned(), q: q.to_owned(), to_vote, ..CandidateQuery::default() };
            let page = store.candidates(event.id, by, &query).await.unwrap();
            page.rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
        };

        assert_eq!(names(Some(dave.id), "votes", "", false).await, ["Bob", "Cid", "Ann"]);
        assert_eq!(names(Some(eric.id), "votes", "", false).await, ["Bob", "Ann", "Cid"], "unknown last");
        assert_eq!(names(None, "votes", "", false).await, ["Bob", "Cid", "Ann"]);
        assert_eq!(names(Some(eric.id), "", "", true).await, ["Cid"]);
        assert_eq!(names(None, "-name", "", false).await, ["Cid", "Bob", "Ann"]);
        assert_eq!(names(None, "", "bob@", false).await, ["Bob"]);
    }

    async fn whoever_was_turned_down_does_not_come_back_unnoticed(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let operator = Actor::Operator;
        let ada = nominate(&store, &event, "Ada Lovelace", "ada@example.org").await;
        store.refuse_candidates(event.id, &[ada], "No room", &operator, now()).await.unwrap();
        let again = new("Ada Lovelace", "ada@example.org", "But she wrote it");

        let why = refused(store.nominate(event.id, &again, &operator, now()).await);
        assert_eq!(why, CandidateRefused::RefusedBefore("Ada Lovelace".to_owned()));
        let seeded = store.nominate_many(event.id, std::slice::from_ref(&again), NominatedVia::Evidence, &operator, now()).await.unwrap();
        assert!(matches!(&seeded[0], Nominated::LeftOut(CandidateRefused::RefusedBefore(_))));
        let why = refused(store.accept_candidates(event.id, &[ada], "", &operator, now()).await);
        assert_eq!(why, CandidateRefused::RefusedBefore("Ada Lovelace".to_owned()));
        assert!(seen(&store, &event, None).await.is_empty());

        store.nominate(event.id, &NewNomination { again: true, ..again }, &operator, now()).await.unwrap();
        let candidates = seen(&store, &event, None).await;
        assert_eq!((candidates.len(), candidates[0].nominations.len()), (1, 2));
    }

    async fn the_wish_not_to_be_asked_takes_a_reason_and_outlives_the_list(db: TestDb) {
        let store = db.store().await;
        let last = add_event(&store, "netconf-2018", None).await;
        let ada = add_listed(&store, last.id, "ada@example.org").await;
        store.set_next_time(ada.id, NextTime::Never, &Actor::Invitee, now()).await.unwrap();
        store.set_next_time(ada.id, NextTime::Never, &Actor::Invitee, now()).await.unwrap();
        assert_eq!(store.log(last.id, None, 0).await.unwrap().iter().filter(|line| line.action == "person.next_time").count(), 1);
        store.remove_listed(ada.id, &Actor::Operator, now()).await.unwrap();

        let event = add_event(&store, "netconf-2019", None).await;
        let ada = nominate(&store, &event, "Ada", "ada@example.org").await;
        assert_eq!(seen(&store, &event, None).await[0].guards, [Guard::NeverAsk]);
        let why = refused(store.accept_candidates(event.id, &[ada], " ", &Actor::Operator, now()).await);
        assert_eq!(why, CandidateRefused::NeverAsk);

        store.accept_candidates(event.id, &[ada], "She wrote to me", &Actor::Operator, now()).await.unwrap();
        let log = store.log(event.id, None, 1).await.unwrap();
        assert_eq!((log[0].action.as_str(), log[0].reason.as_str()), ("candidate.accepted", "She wrote to me"));
        let known = store.guards(event.id, None, &[ada]).await.unwrap();
        assert_eq!(known[&ada], [Guard::NeverAsk]);
    }

    async fn many_are_proposed_at_once_and_nobody_twice(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        add_listed(&store, event.id, "listed@example.org").await;
        let many: Vec<NewNomination> = (0..1200)
            .map(|n| new(&format!("Author {n}"), &format!("author{n}@example.org"), &format!("{n} commits")))
            .chain([new("Listed", "listed@example.org", "3 commits"), new("Author 7", "AUTHOR7@example.org", "7 commits")])
            .collect();
        let evidence = NominatedVia::Evidence;

        let planned = store.plan_nominations(event.id, &many, evidence, &Actor::Operator, now()).await.unwrap();
        assert!(seen(&store, &event, None).await.is_empty(), "a plan writes nothing");
        let done = store.nominate_many(event.id, &many, evidence, &Actor::Operator, now()).await.unwrap();
        let again = store.nominate_many(event.id, &many, evidence, &Actor::Operator, now()).await.unwrap();

        let new = |done: &[Nominated]| done.iter().filter(|one| matches!(one, Nominated::New(_))).count();
        assert_eq!((new(&planned), new(&done), new(&again)), (1200, 1200, 0));
        assert_eq!(done[1200], Nominated::LeftOut(CandidateRefused::OnTheList("listed".to_owned())));
        assert!(matches!(done[1201], Nominated::Unchanged(_)), "{:?}", done[1201]);
        let query = CandidateQuery { page: 7, page_size: 200, ..CandidateQuery::default() };
        let page = store.candidates(event.id, None, &query).await.unwrap();
        assert_eq!((page.rows.len(), page.matching, page.nominated), (0, 1200, 1200));
    }

    async fn a_copy_of_an_event_keeps_its_settings_shifts_its_dates_and_proposes_its_people(db: TestDb) {
        let store = db.store().await;
        let dave = add_account(&store, "davem@example.org").await;
        let old = add_event(&store, "netconf-2018", Some(dave.id)).await;
        let set = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let settings = [
            set("short_title", "Netconf 2018"), set("intro", "By invitation."), set("policy", "over-invite"), set("over_invite", "3"),
            set("answers_close", "2019-06-10"), set("topics_by", "2019-06-01"), set("remote_seats", "5"), set("tentative", "no"),
            set("details_by", "2019-05-28"),
        ];
        let old = store.set_event(old.id, None, &settings, &Actor::Operator, now()).await.unwrap();
        store.add_starter_questions(old.id, &Actor::Operator, now()).await.unwrap();
        let line = CommitteeLine { name: "David S. Miller".to_owned(), remark: "netdev".to_owned() };
        store.set_committee_lines(old.id, std::slice::from_ref(&line), &Actor::Operator, now()).await.unwrap();
        let invited = invite(&store, &old, 3).await;
        for (id, given) in [(invited[0], Given::Accept { mode: None }), (invited[1], Given::Decline)] {
            store.record_answer(id, &given, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
        }
        add_listed(&store, old.id, "listed@example.org").await;
        let new = |slug: &str| NewEvent {
            slug: Slug::parse(slug).unwrap(),
            title: "Netconf 2020".to_owned(),
            first_day: "2020-06-18".parse().unwrap(),
            last_day: "2020-06-19".parse().unwrap(),
            place: "Prague".to_owned(),
            zone: chrono_tz::Tz::Europe__Prague,
            settings: vec![set("seats", "25")],
            chair: Some(dave.id),
        };

        let copied = store.copy_event(&new("netconf-2020"), old.id, Some(Earlier::Attendees), &member(&dave), now()).await.unwrap();

        let event = &copied.event;
        assert_eq!((event.title.as_str(), event.short_title.as_str(), event.place.as_str(), event.intro.as_str()), ("Netconf 2020", "", "Prague", "By invitation."));
        assert_eq!((event.seats, event.policy, event.remote, event.tentative), (Some(25), SeatPolicy::OverInvite(3), Remote::Limited(5), false));
        assert_eq!((event.answers_close.to_string(), event.topics_by.to_string()), ("2020-06-08".to_owned(), "2020-05-30".to_owned()));
        assert_eq!(event.details_by.unwrap().to_string(), "2020-05-26");
        assert_eq!((event.reply_to.as_str(), event.state), ("netconf@example.org", conclave_core::event::EventState::Open));
        assert_eq!(store.committee_lines(event.id).await.unwrap(), [line]);
        let prompts = async |event| -> Vec<String> {
            store.questions(event).await.unwrap().into_iter().map(|question| question.words.prompt).collect()
        };
        assert_eq!(prompts(event.id).await, prompts(old.id).await);
        let candidates = seen(&store, event, Some(dave.id)).await;
        let told: Vec<_> = candidates.iter().map(|one| (one.name.as_str(), one.nominations[0].reason.as_str())).collect();
        assert_eq!((copied.candidates, told), (1, vec![("Person 1", "attended Netconf 2018")]));
        assert_eq!(candidates[0].person, store.invitation_by_id(invited[0]).await.unwrap().unwrap().person, "the person is reused");

        let all = store.copy_event(&new("netconf-2021"), old.id, Some(Earlier::All), &member(&dave), now()).await.unwrap();
        assert_eq!(all.candidates, 4);
        let declined = seen(&store, &all.event, Some(dave.id)).await.into_iter().find(|one| one.name == "Person 2").unwrap();
        assert_eq!(declined.nominations[0].reason, "was invited to Netconf 2018");
        assert_eq!(declined.guards, [Guard::DeclinedBefore { event: "Netconf 2018".to_owned(), gave_seat_back: false }]);
        let taken = refused(store.copy_event(&new("netconf-2020"), old.id, None, &member(&dave), now()).await);
        assert_eq!(taken, EventChangeRefused::SlugTaken);
    }
}
