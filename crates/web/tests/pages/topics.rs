//! Topics through a personal link.

use conclave_core::log_entry::Actor;
use conclave_core::topic::TopicMove;

use super::guests::{Netconf, TOKE};

#[tokio::test]
async fn a_topic_is_proposed_edited_taken_back_and_proposed_again() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    toke.says("accepted").await;
    let empty = toke.get("/topics").await.html();
    assert_eq!(empty.text("h1"), "Propose a topic");
    assert_eq!(empty.attribute("input[name=minutes][checked]", "value").as_deref(), Some("30"));

    let sent = toke
        .post("/topics", &[("title", "XDP feature planning"), ("body", "a\r\nb"), ("minutes", "45")])
        .await;
    assert_eq!(sent.header("location"), toke.path("/topics?saved=topic"));
    assert_eq!(sent.text(), "Topic 1 sent: XDP feature planning\n");
    let list = toke.get("/topics?saved=topic").await.html();
    assert_eq!(list.text(".mine li"), "XDP feature planning45 minutes Proposed Edit XDP feature planning");
    assert!(list.text("[role=status]").starts_with("Topic sent."));

    let form = toke.get("/topics/1").await.html();
    let version = form.attribute("input[name=version]", "value").unwrap();
    assert_eq!(form.attribute("#title", "value").as_deref(), Some("XDP feature planning"));
    let fields = [("title", "XDP features"), ("minutes", "15"), ("version", version.as_str())];
    assert_eq!(toke.post("/topics/1", &fields).await.header("location"), toke.path("/topics?saved=edited"));

    assert_eq!(toke.post("/topics/1/withdraw", &[]).await.status.as_u16(), 303);
    assert!(toke.get("/topics").await.html().text(".mine").contains("Withdrawn"));
    assert_eq!(toke.post("/topics/1/again", &[]).await.status.as_u16(), 303);
    assert!(toke.get("/topics").await.html().text(".mine").contains("XDP features15 minutes Proposed"));
}

#[tokio::test]
async fn an_old_form_shows_both_versions_and_saves_nothing() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    toke.says("accepted").await;
    toke.post("/topics", &[("title", "First")]).await;
    let version = toke.get("/topics/1").await.html().attribute("input[name=version]", "value").unwrap();
    toke.post("/topics/1", &[("title", "Second"), ("version", &version)]).await;

    let stale = toke.post("/topics/1", &[("title", "Third"), ("version", &version)]).await;

    assert_eq!(stale.status.as_u16(), 409);
    assert!(stale.html().text(".diffbox ins").contains("Second"));
    assert!(stale.html().text(".diffbox del").contains("Third"));
    assert!(toke.get("/topics").await.text().contains("Second"));
}

#[tokio::test]
async fn what_is_missing_is_named_and_what_was_typed_stays() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    toke.says("accepted").await;

    let wrong =
        toke.post("/topics", &[("title", " "), ("body", "We keep two <lists>"), ("minutes", "17")]).await;

    let page = wrong.html();
    assert_eq!(wrong.status.as_u16(), 422);
    assert_eq!(page.text(".errsum h2"), "Two things to fix before we can take this topic");
    assert!(page.texts(".errsum li").contains(&"Give the topic a title".to_owned()));
    assert_eq!(page.raw_text("#body").trim_start(), "We keep two <lists>");
    toke.post("/topics", &[("title", "XDP")]).await;
    let same = toke.post("/topics", &[("title", "  xdp ")]).await;
    assert_eq!(
        (same.status.as_u16(), same.html().text(".err").as_str()),
        (422, "You already proposed a topic with this title")
    );
    let long = toke.post("/topics", &[("title", &"x".repeat(201))]).await;
    assert_eq!(long.status.as_u16(), 422);
}

#[tokio::test]
async fn a_decision_stays_silent_until_the_page_prints_it() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    toke.says("accepted").await;
    toke.post("/details", &[("listed", "yes")]).await;
    toke.post("/topics", &[("title", "XDP")]).await;
    let decide = async |wanted| {
        netconf
            .store
            .decide_topic(netconf.event.id, 1, wanted, &Actor::Operator, netconf.now())
            .await
            .unwrap();
    };

    decide(TopicMove::Decline).await;
    assert!(toke.get("/topics").await.html().text(".mine").contains("Proposed"));
    decide(TopicMove::Accept).await;
    assert!(toke.get("/topics").await.html().text(".mine").contains("Proposed"));
    netconf.set("page", "full").await;
    assert!(toke.get("/topics").await.html().text(".mine").contains("Accepted"));
}

#[tokio::test]
async fn who_is_not_coming_and_who_is_too_late_cannot_propose() {
    let netconf = Netconf::new().await;
    let guests = netconf.invite_all(&[TOKE, "Ren Okafor"]).await;
    let before = guests[0].post("/topics", &[("title", "XDP")]).await;
    assert_eq!(before.status.as_u16(), 409);
    assert!(before.text().contains("Say that you come"), "{}", before.text());
    assert_eq!(guests[0].get("/topics").await.html().count("main form"), 0);
    guests[0].says("accepted").await;
    netconf.be("2019-05-31T12:00:00Z");
    assert!(guests[0].get("/topics").await.text().contains("this one is marked late"));
    assert_eq!(guests[0].post("/topics", &[("title", "XDP")]).await.status.as_u16(), 303);
    netconf.be("2019-06-14T12:00:00Z");

    assert_eq!(guests[0].post("/topics", &[("title", "Another")]).await.status.as_u16(), 409);
    let page = guests[0].get("/topics").await.html();
    assert_eq!(page.count("main form"), 0);
    assert!(page.text(".mine").contains("XDP"));
}

#[tokio::test]
async fn topics_of_others_and_numbers_that_are_none_are_not_there() {
    let netconf = Netconf::new().await;
    let guests = netconf.invite_all(&[TOKE, "Ren Okafor"]).await;
    for guest in &guests {
        guest.says("accepted").await;
    }
    guests[0].post("/topics", &[("title", "XDP")]).await;

    for rest in ["/topics/1", "/topics/2", "/topics/x", "/topics/99999999999"] {
        assert_eq!(guests[1].get(rest).await.status.as_u16(), 404, "{rest}");
    }
    assert_eq!(guests[1].post("/topics/1", &[("title", "Mine")]).await.status.as_u16(), 404);
    assert_eq!(guests[1].post("/topics/1/withdraw", &[]).await.status.as_u16(), 404);
}

#[tokio::test]
async fn saying_that_one_brings_none_is_kept() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    toke.says("accepted").await;

    let said = toke.post("/details", &[("topic_intent", "none")]).await;
    assert_eq!(said.header("location"), toke.path("/topics?saved=intent"));
    assert!(toke.get("/topics").await.text().contains("You told us that you bring no topic"));
    let typed = toke.post("/topics", &[("title", "TBD")]).await;
    assert_eq!(typed.text(), "Noted: no topic from you for now.\n");
    assert!(toke.get("/topics").await.text().contains("You told us that you do not know yet"));
    assert_eq!(toke.post("/details", &[("topic_intent", "lots")]).await.status.as_u16(), 422);
}

#[tokio::test]
async fn topics_speak_text_too() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    toke.says("accepted").await;

    let sent =
        netconf.app.post(&toke.path("/topics"), &[("title", "XDP"), ("minutes", "15")]).text().send().await;

    assert_eq!(sent.status.as_u16(), 200);
    assert!(
        sent.text()
            .starts_with("Topic 1 sent: XDP\n\nYour topics\n\n    1  XDP\n       proposed, 15 minutes\n"),
        "{}",
        sent.text()
    );
    let wrong = netconf.app.post(&toke.path("/topics"), &[]).text().send().await;
    assert_eq!((wrong.status.as_u16(), wrong.text().as_str()), (422, "Give the topic a title.\n"));
}
