//! Recording what somebody said elsewhere.

use conclave_core::answer::{Given, Via};
use conclave_core::log_entry::Actor;
use conclave_persistence::AnswerExtras;

use conclave_test_support::{TestDb, both_databases};

use crate::netconf::{Netconf, assert_leads_to, of};

both_databases! {
    async fn an_answer_is_recorded_with_how_it_came(db: TestDb) {
        let netconf = Netconf::on(db).await;
        let toke = netconf.invite("Toke Jensen").await;
        let path = format!("{}/answer", of(&toke));

        let page = netconf.chair.get(&format!("{path}?answer=accepted")).await.html();
        assert_eq!(page.attribute("input[name=answer][checked]", "value").unwrap(), "accepted");
        assert_eq!(page.count("#receipt[checked]"), 1);
        assert_eq!(page.count("#override"), 0);

        let fields = [
            ("answer", "accepted"),
            ("via", "mail"),
            ("note", "<42@example.org>"),
            ("listed", "yes"),
            ("receipt", "yes"),
        ];
        assert_leads_to(&netconf.chair.post(&path, &fields).await, &of(&toke));

        let now = netconf.again(&toke).await;
        assert_eq!((now.badge.as_str(), now.is_listed), ("accepted", true));
        let answers = netconf.store.answers(toke.id).await.unwrap();
        assert_eq!((answers[0].via.as_str(), answers[0].note.as_str()), ("mail", "<42@example.org>"));
        let page = netconf.chair.get(&of(&toke)).await.html();
        let lines = page.texts(".tl li");
        assert!(lines.iter().any(|line| line.contains("Accepted. Recorded by davem.")), "{lines:?}");
        assert!(lines.iter().any(|line| line.contains("Mail: receipt of the answer.")), "{lines:?}");
    }
}

#[tokio::test]
async fn without_the_tick_no_receipt_leaves() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite("Toke Jensen").await;

    let fields = [("answer", "declined"), ("via", "spoken")];
    assert_leads_to(&netconf.chair.post(&format!("{}/answer", of(&toke)), &fields).await, &of(&toke));

    let page = netconf.chair.get(&of(&toke)).await.html();
    assert_eq!(page.text("h1 .st"), "Declined");
    assert!(!page.text(".tl").contains("receipt"));
}

#[tokio::test]
async fn what_is_missing_is_asked_for_and_the_rest_is_kept() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite("Toke Jensen").await;
    let path = format!("{}/answer", of(&toke));

    let reply = netconf.chair.post(&path, &[("note", "a corridor"), ("via", "pigeon")]).await;
    assert_eq!(reply.status.as_u16(), 422);
    let page = reply.html();
    assert_eq!(page.texts(".errsum a"), ["Choose the answer", "Choose how the answer reached you"]);
    assert_eq!(page.attribute("#note", "value").unwrap(), "a corridor");

    let until = [("answer", "tentative"), ("until", "soon"), ("via", "mail")];
    let reply = netconf.chair.post(&path, &until).await;
    assert_eq!(
        (reply.status.as_u16(), reply.html().attribute(".errsum a", "href").unwrap()),
        (422, "#until".into())
    );
    assert_eq!(reply.html().count("details[open]"), 1);
    let late = [("answer", "tentative"), ("until", "2019-12-24"), ("via", "mail")];
    assert_eq!(netconf.chair.post(&path, &late).await.status.as_u16(), 409);
    let fine = [("answer", "tentative"), ("until", "2019-05-28"), ("reason", "visa"), ("via", "mail")];
    assert_leads_to(&netconf.chair.post(&path, &fine).await, &of(&toke));
    assert_eq!(netconf.again(&toke).await.badge.as_str(), "tentative");
}

#[tokio::test]
async fn beyond_the_seats_a_reason_is_asked_for_and_listed() {
    let netconf = Netconf::with(&[("seats", "1")]).await;
    let toke = netconf.invite("Toke Jensen").await;
    let no = Given::Decline;
    netconf
        .store
        .record_answer(toke.id, &no, &AnswerExtras::default(), Via::Page, netconf.now())
        .await
        .unwrap();
    netconf.invite("Ren Okafor").await;
    let path = format!("{}/answer", of(&toke));

    let full =
        netconf.chair.post(&path, &[("answer", "accepted"), ("via", "spoken"), ("note", "at lunch")]).await;
    assert_eq!(full.status.as_u16(), 409);
    let page = full.html();
    assert_eq!(page.attribute(".errsum a", "href").unwrap(), "#override");
    assert_eq!(page.attribute("#note", "value").unwrap(), "at lunch");
    assert_eq!(netconf.again(&toke).await.badge.as_str(), "declined");

    let fields = [("answer", "accepted"), ("via", "spoken"), ("override", "Brings the projector")];
    assert_leads_to(&netconf.chair.post(&path, &fields).await, &of(&toke));
    let page = netconf.chair.get(&of(&toke)).await.html();
    assert_eq!(page.text("h1 .st"), "Accepted");
    assert!(page.text(".tl").contains("Reason: Brings the projector."));
}

#[tokio::test]
async fn a_listed_person_who_answers_is_invited_by_other_means() {
    let netconf = Netconf::new().await;
    let aiko = netconf.add("Aiko Mori").await;
    let path = format!("{}/answer", of(&aiko));

    let page = netconf.chair.get(&path).await.html();
    assert!(page.text(".head").contains("invites them by other means"));
    let fields = [("answer", "accepted"), ("via", "spoken")];
    assert_leads_to(&netconf.chair.post(&path, &fields).await, &of(&aiko));

    let now = netconf.again(&aiko).await;
    assert_eq!((now.badge.as_str(), now.invited_by_other_means), ("accepted", true));
}

#[tokio::test]
async fn a_withdrawn_invitation_takes_no_answer() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite("Toke Jensen").await;
    netconf.store.withdraw(toke.id, "Moved", false, &Actor::Operator, netconf.now()).await.unwrap();

    let fields = [("answer", "accepted"), ("via", "spoken")];
    let reply = netconf.chair.post(&format!("{}/answer", of(&toke)), &fields).await;

    assert_eq!(reply.status.as_u16(), 409);
    assert_eq!(netconf.again(&toke).await.badge.as_str(), "withdrawn");
}
