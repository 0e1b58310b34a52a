use conclave_core::answer::{Given, Via};
use conclave_core::committee::Role;
use conclave_core::ids::{EventId, InvitationId};
use conclave_core::invitation::DetailsRefused;
use conclave_core::log_entry::Actor;
use conclave_core::question::{
    Audience, DetailRefused, QuestionKind, QuestionRefused, QuestionWords, starter_set,
};
use conclave_persistence::{AnswerExtras, Details, ListQuery, QuestionChangeRefused, Store, SupportWord};
use conclave_test_support::builders::{add_account, add_event, add_listed, at, now};
use conclave_test_support::{TestDb, both_databases};

use crate::{number, refused};

async fn comes(store: &Store, event: EventId, email: &str) -> InvitationId {
    let id = add_listed(store, event, email).await.id;
    store.invite_by_other_means(id, &Actor::Operator, now()).await.unwrap();
    let yes = Given::Accept { mode: None };
    store.record_answer(id, &yes, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
    id
}

fn said(answers: &[(u32, &str)]) -> Details {
    let answers = answers.iter().map(|(number, value)| (*number, (*value).to_owned())).collect();
    Details { answers, ..Details::default() }
}

both_databases! {
    async fn the_starter_set_is_added_once_and_answers_are_counted_without_names(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let by = Actor::Operator;
        assert_eq!(store.add_starter_questions(event, &by, now()).await.unwrap(), 4);
        assert_eq!(store.add_starter_questions(event, &by, now()).await.unwrap(), 0);
        let aiko = comes(&store, event, "aiko@example.org").await;
        let ben = comes(&store, event, "ben@example.org").await;
        let missing = ListQuery { details_missing: true, ..ListQuery::default() };
        assert_eq!(store.list(event, &missing).await.unwrap().matching, 2);

        store.set_details(aiko, &said(&[(1, "Vegan"), (2, "no nuts")]), now()).await.unwrap();
        let stones = store.set_details(ben, &said(&[(1, "Stones")]), now()).await;

        let why = DetailRefused::Choice;
        assert_eq!(refused(stones), DetailsRefused::Answer { number: 1, refused: why });
        let rows = store.list(event, &missing).await.unwrap().rows;
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [ben]);
        let counts = store.detail_counts(event).await.unwrap();
        assert_eq!((counts[0].values.clone(), counts[0].unanswered), (vec![("Vegan".to_owned(), 1)], 1));
        let asked = store.questions(event).await.unwrap();
        let sheet = store.detail_sheet(event, &asked[..2]).await.unwrap();
        assert_eq!(sheet.questions.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(sheet.people[0].answers, ["Vegan", "no nuts"]);
        assert_eq!(sheet.people[1].answers, ["", ""]);
        let told = "SELECT count(*) FROM log_entries WHERE after_text LIKE '%nuts%' OR after_text LIKE '%Vegan%'";
        assert_eq!(number(&db, told).await, 0, "answers stay out of the record");
        store.set_details(aiko, &said(&[(1, "")]), now()).await.unwrap();
        assert_eq!(store.details(aiko, event).await.unwrap().lines[0].value, "");
    }

    async fn a_question_is_retired_and_never_lost_and_keeps_its_kind_once_answered(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let by = Actor::Operator;
        let words = starter_set().remove(1);
        let question = store.add_question(event, words.clone(), &by, now()).await.unwrap();
        let aiko = comes(&store, event, "aiko@example.org").await;
        store.set_details(aiko, &said(&[(1, "no nuts")]), now()).await.unwrap();

        let as_number = QuestionWords { kind: QuestionKind::Number, ..words.clone() };
        let kind = store.set_question(event, 1, Some(question.version), as_number, &by, now()).await;
        assert_eq!(refused(kind), QuestionChangeRefused::Question(QuestionRefused::HasAnswers));
        let passport = QuestionWords { prompt: "Passport number".to_owned(), ..words };
        let asked = store.add_question(event, passport, &by, now()).await;
        assert_eq!(refused(asked).code(), "passport-data");
        assert!(store.retire_question(event, 1, true, &by, now()).await.unwrap().is_retired);
        store.set_details(aiko, &said(&[(1, "everything")]), now()).await.unwrap();
        let lines = store.details(aiko, event).await.unwrap().lines;
        assert_eq!((lines.len(), lines[0].value.as_str()), (1, "no nuts"), "kept, and not changed any more");
    }

    async fn answers_are_deleted_when_their_time_after_the_event_has_come(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        store.add_starter_questions(event, &Actor::Operator, now()).await.unwrap();
        let aiko = comes(&store, event, "aiko@example.org").await;
        store.set_details(aiko, &said(&[(1, "Vegan")]), now()).await.unwrap();

        assert_eq!(store.delete_old_details(at("2019-07-20T12:00:00Z")).await.unwrap(), 0);
        assert_eq!(store.delete_old_details(at("2019-07-23T12:00:00Z")).await.unwrap(), 1);
        assert_eq!(store.delete_old_details(at("2019-07-23T12:00:00Z")).await.unwrap(), 0);

        assert_eq!(store.details(aiko, event).await.unwrap().lines[0].value, "");
    }

    async fn travel_support_is_asked_by_them_and_decided_by_the_committee(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await.id;
        let aiko = comes(&store, event, "aiko@example.org").await;
        let by = Actor::Operator;
        let decide = async |amount| {
            let word = SupportWord { granted: Some(amount), reason: "", tell_them: true };
            store.decide_support(aiko, &word, &by, now()).await
        };
        assert_eq!(refused(decide("600 EUR").await), QuestionChangeRefused::NotAsked);
        let wants = |wanted, estimate: &str| Details {
            support: Some((wanted, estimate.to_owned())),
            ..Details::default()
        };

        store.set_details(aiko, &wants(true, "600 EUR from Lisbon"), now()).await.unwrap();
        assert_eq!(refused(decide(" ").await), QuestionChangeRefused::NoAmount);
        for _ in 0..2 {
            decide("up to 500 EUR").await.unwrap();
        }
        store.set_details(aiko, &wants(false, ""), now()).await.unwrap();

        let support = store.details(aiko, event).await.unwrap().support.unwrap();
        let decision = support.decision.unwrap();
        assert_eq!((support.estimate.as_str(), decision.amount.as_str()), ("600 EUR from Lisbon", "up to 500 EUR"));
        assert!(decision.is_granted, "what was decided stays");
        // Every reader sees the record; money is for those with the need.
        let told = "SELECT count(*) FROM log_entries WHERE action = 'support.decided' AND after_text = 'decided'";
        assert_eq!(number(&db, told).await, 1);
        let mails = "SELECT count(*) FROM messages WHERE purpose = 'support_decided' AND facts LIKE '%up to 500 EUR%'";
        assert_eq!(number(&db, mails).await, 1, "saying the same again mails nothing");
        let word = SupportWord { granted: None, reason: "No money left", tell_them: false };
        store.decide_support(aiko, &word, &by, now()).await.unwrap();
        assert_eq!(number(&db, "SELECT count(*) FROM messages WHERE purpose = 'support_decided'").await, 1);
        let money = "SELECT count(*) FROM log_entries WHERE before_text LIKE '%EUR%' OR after_text LIKE '%EUR%' \
                     OR after_text LIKE '%wanted%' OR reason LIKE '%money%'";
        assert_eq!(number(&db, money).await, 0);
    }

    async fn what_was_answered_for_some_is_not_opened_to_more(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        store.add_starter_questions(event.id, &Actor::Operator, now()).await.unwrap();
        let food = store.questions(event.id).await.unwrap().remove(0).words;
        let seen_by = async |audience: &str| {
            let words = QuestionWords { audience: Audience::parse(audience).unwrap(), ..food.clone() };
            store.set_question(event.id, 1, None, words, &Actor::Operator, now()).await
        };
        seen_by("member").await.unwrap();
        seen_by("kitchen").await.unwrap();
        let aiko = crate::people::invite(&store, &event, 1).await[0];
        let yes = Given::Accept { mode: None };
        store.record_answer(aiko, &yes, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
        let said = Details { answers: vec![(1, "Vegan".to_owned())], ..Details::default() };
        store.set_details(aiko, &said, now()).await.unwrap();

        for wider in ["member", "reader", "travel"] {
            assert_eq!(refused(seen_by(wider).await).code(), "question-wider-audience", "{wider}");
        }
        seen_by("chair").await.unwrap();
    }

    async fn a_need_is_given_to_a_member_and_nothing_else_changes(db: TestDb) {
        let store = db.store().await;
        let chair = add_account(&store, "chair@example.org").await;
        let event = add_event(&store, "netconf-2019", Some(chair.id)).await.id;
        let cook = add_account(&store, "cook@example.org").await;
        store.set_role(event, cook.id, Role::Reader, &Actor::Operator, now()).await.unwrap();

        let kitchen = ["kitchen".to_owned()];
        store.set_needs(event, cook.id, &kitchen, &Actor::Operator, now()).await.unwrap();
        let wrong = store.set_needs(event, cook.id, &["The Kitchen".to_owned()], &Actor::Operator, now()).await;

        assert_eq!(refused(wrong).code(), "question-audience");
        let needs = store.needs(event, cook.id).await.unwrap();
        assert!(Audience::parse("kitchen").unwrap().includes(Role::Reader, &needs));
        assert_eq!(store.event_for(cook.id, "netconf-2019").await.unwrap().unwrap().1, Role::Reader);
    }
}
