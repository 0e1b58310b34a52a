//! Another day to answer by.

use conclave_core::answer::{AnswerValue, Given, Via};
use conclave_core::badge::Badge;
use conclave_core::log_entry::Actor;
use conclave_persistence::{AnswerExtras, InviteeRefused, ListQuery};
use conclave_test_support::builders::{add_event, at, now};
use conclave_test_support::{TestDb, both_databases};

use crate::people::invite;
use crate::refused;

both_databases! {
    async fn another_day_is_for_those_who_have_not_settled(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let people = invite(&store, &event, 3).await;
        let maybe = Given::Tentative { reason: None, until: Some("2019-05-28".parse().unwrap()) };
        store.record_answer(people[1], &maybe, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
        store.record_answer(people[2], &Given::Decline, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
        let extend = async |ids: &[_], day: &str| {
            store.extend(event.id, ids, day.parse().unwrap(), &Actor::Operator, now()).await
        };

        assert_eq!(extend(&people[..2], "2019-06-01").await.unwrap(), 2);
        assert_eq!(extend(&people[..2], "2019-06-01").await.unwrap(), 0, "the same again");
        let read = async |who: usize| store.invitation_by_id(people[who]).await.unwrap().unwrap();
        assert_eq!(read(0).await.reply_by, Some("2019-06-01".parse().unwrap()));
        assert_eq!(read(1).await.held_until, Some("2019-06-01".parse().unwrap()));
        assert_eq!(store.lapse_silence(at("2019-05-29T12:00:00Z")).await.unwrap(), 0);

        let all = extend(&people, "2019-06-02").await;
        let InviteeRefused::Value { problem, .. } = refused(all) else { panic!("not about the day") };
        assert_eq!(problem, "Person 3: they have answered, or were not invited");
        assert_eq!(read(0).await.reply_by, Some("2019-06-01".parse().unwrap()), "all or none");
        for day in ["2019-03-31", "2019-06-14"] {
            let InviteeRefused::Value { problem, .. } = refused(extend(&people[..1], day).await) else { panic!("{day}") };
            assert_eq!(problem, "choose a day from today to 2019-06-13");
        }
        let log = store.log(event.id, None, 0).await.unwrap();
        assert_eq!(log.iter().filter(|line| line.action == "invitation.extended").count(), 2);
    }

    async fn whoever_lapsed_has_an_open_offer_again_if_there_is_a_seat(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let who = invite(&store, &event, 1).await[0];
        let later = at("2019-05-25T12:00:00Z");
        store.lapse_silence(later).await.unwrap();
        let extend = async || store.extend(event.id, &[who], "2019-05-30".parse().unwrap(), &Actor::Operator, later).await;
        let seats = async |seats: &str| {
            let settings = [("seats".to_owned(), seats.to_owned())];
            store.set_event(event.id, None, &settings, &Actor::Operator, later).await.unwrap()
        };

        seats("0").await;
        assert_eq!(refused(extend().await).code(), "no-seats");
        seats("1").await;
        assert_eq!(extend().await.unwrap(), 1);

        let read = store.invitation_by_id(who).await.unwrap().unwrap();
        assert_eq!((read.answer, read.badge), (None, Badge::Invited));
        assert_eq!(store.answers(who).await.unwrap()[0].value, AnswerValue::Lapsed, "the record stays");
        let yes = Given::Accept { mode: None };
        store.record_answer(who, &yes, &AnswerExtras::default(), Via::Page, later).await.unwrap();
        assert_eq!(store.answers(who).await.unwrap().len(), 2);
    }

    async fn a_day_is_a_field_of_the_person_too(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let who = invite(&store, &event, 1).await[0];
        let set = async |fields: &[(&str, &str)]| {
            let fields: Vec<_> = fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            store.set_invitee(who, None, &fields, &Actor::Operator, now()).await
        };

        let both = set(&[("reply_by", "2019-06-01"), ("affiliation", "ACME")]).await.unwrap();
        assert_eq!((both.reply_by, both.affiliation.as_str()), (Some("2019-06-01".parse().unwrap()), "ACME"));
        let alone = set(&[("reply_by", "2019-06-02")]).await.unwrap();
        assert_eq!(alone.reply_by, Some("2019-06-02".parse().unwrap()));
        let read = store.invitation_by_id(who).await.unwrap().unwrap();
        assert_eq!((read.reply_by, read.version), (alone.reply_by, alone.version));
        assert_eq!(refused(set(&[("reply_by", "soon")]).await).code(), "value");
    }

    async fn the_overdue_are_found_by_their_day_where_nothing_lapses_by_itself(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let people = invite(&store, &event, 2).await;
        store.extend(event.id, &people[..1], "2019-06-01".parse().unwrap(), &Actor::Operator, now()).await.unwrap();

        let query = ListQuery { overdue_on: Some("2019-05-25".parse().unwrap()), ..ListQuery::default() };
        let overdue = store.list(event.id, &query).await.unwrap().rows;

        assert_eq!(overdue.iter().map(|person| person.id).collect::<Vec<_>>(), [people[1]]);
    }

    async fn whoever_is_invited_again_has_no_day_after_answers_close(db: TestDb) {
        let store = db.store().await;
        let event = add_event(&store, "netconf-2019", None).await;
        let who = invite(&store, &event, 1).await[0];
        let close = [("answers_close".to_owned(), "2019-05-26".to_owned())];
        store.set_event(event.id, None, &close, &Actor::Operator, now()).await.unwrap();
        let later = at("2019-05-25T16:00:00Z");
        store.withdraw(who, "a mistake", false, &Actor::Operator, later).await.unwrap();

        let again = store.reinvite(who, &Actor::Operator, later).await.unwrap();

        assert_eq!(again.reply_by, Some("2019-05-26".parse().unwrap()));
    }
}
