//! The board, the table and one topic.

use conclave_core::answer::Given;
use conclave_core::committee::Role;
use conclave_core::topic::TopicState;
use conclave_persistence::TopicText;
use http::StatusCode;

use conclave_test_support::builders::change_quietly;
use conclave_test_support::{TestDb, both_databases};

use crate::desk::{Desk, location};

/// A topic of somebody who is coming; its number.
async fn topic(desk: &Desk, name: &str, title: &str, minutes: Option<u32>) -> u32 {
    let person = desk.answered(name, &Given::Accept { mode: None }).await;
    let text = TopicText { title: title.to_owned(), body: "Why <not>?".to_owned(), minutes };
    desk.store.propose_topic(person.id, &text, desk.clock.now()).await.unwrap().unwrap().number
}

async fn state(desk: &Desk, number: u32) -> TopicState {
    desk.store.topic(desk.event.id, number).await.unwrap().unwrap().state
}

both_databases! {
    async fn topics_move_over_the_board_with_buttons(db: TestDb) {
        let desk = Desk::on(db).await;
        assert!(desk.page("/topics").await.text(".empty").contains("People are asked after they accept."));
        let tls = topic(&desk, "Jakub Kicinski", "Outstanding <TLS> issues", Some(30)).await;
        let xdp = topic(&desk, "Jesper Brouer", "XDP feature detection", Some(45)).await;

        let board = desk.page("/topics").await;
        assert_eq!(
            board.texts(".board h2"),
            ["New2 · 75 min", "Discuss0 · 0 min", "Accepted0 · 0 min", "Parked0 · 0 min"]
        );
        assert_eq!(board.texts(".jump a"), ["New 2", "Discuss 0", "Accepted 0", "Parked 0"]);
        assert_eq!(board.text(".card h3"), "Outstanding <TLS> issues");
        assert_eq!(board.count(".card form button"), 6);
        assert!(board.text(".head").contains("2 topics from 2 people. 2 are new."));

        assert_eq!(location(&decide(&desk, tls, "accept").await), "/c/netconf-2019/topics");
        location(&decide(&desk, xdp, "decline").await);
        let board = desk.page("/topics").await;
        assert_eq!(board.texts(".board h2")[2], "Accepted1 · 30 min");
        assert_eq!(board.texts(".board h2")[3], "Parked1 · 45 min");
        assert!(board.text(".st-parked .card").contains("Declined"));
        let again = decide(&desk, tls, "accept").await;
        assert_eq!(again.status, StatusCode::SEE_OTHER, "twice is once");

        location(&decide(&desk, xdp, "withdraw").await);
        let refused = decide(&desk, xdp, "park").await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(desk.page("/topics").await.text("main").contains("1 topic was withdrawn or merged."));
        location(&decide(&desk, xdp, "reconsider").await);
        assert_eq!(state(&desk, xdp).await, TopicState::Proposed);
        assert_eq!(decide(&desk, xdp, "burn").await.status, StatusCode::CONFLICT);
    }
}

async fn decide(desk: &Desk, number: u32, word: &str) -> conclave_test_support::app::Reply {
    desk.post(&format!("/topics/{number}/decide"), &[("to", word)]).await
}

both_databases! {
    async fn the_table_filters_by_state_and_sorts(db: TestDb) {
        let desk = Desk::on(db).await;
        let tls = topic(&desk, "Jakub Kicinski", "TLS", Some(30)).await;
        topic(&desk, "Jesper Brouer", "Detection", Some(45)).await;
        location(&decide(&desk, tls, "accept").await);

        let table = desk.page("/topics?view=table&sort=title").await;
        assert_eq!(table.texts("tbody th a"), ["Detection", "TLS"]);
        assert_eq!(table.attributes("th[aria-sort]", "aria-sort"), ["ascending"]);
        let accepted = desk.page("/topics?view=table&state=accepted").await;
        assert_eq!(accepted.texts("tbody th a"), ["TLS"]);
        assert!(accepted.text(".states [aria-current]").starts_with("Accepted"));
    }
}

#[tokio::test]
async fn the_printed_title_is_edited_and_a_stale_form_keeps_both() {
    let desk = Desk::new().await;
    let number = topic(&desk, "Jakub Kicinski", "TLS", Some(30)).await;
    let path = format!("/topics/{number}");
    let page = desk.page(&path).await;
    assert!(page.text(".prose").contains("Why <not>?"));
    let version = page.attribute("input[name=version]", "value").unwrap();
    let fields = |title: &'static str, minutes: &'static str| {
        [("title", title), ("minutes", minutes), ("note", "Before lunch")]
    };
    let with = |version: &str, fields: [(&'static str, &'static str); 3]| {
        let mut all: Vec<(String, String)> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        all.push(("version".to_owned(), version.to_owned()));
        all
    };
    let send = async |fields: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        desk.post(&path, &fields).await
    };

    let wrong = send(with(&version, fields("", "a while"))).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.html().attribute("input[name=minutes]", "value").unwrap(), "a while");
    let nameless = send(with(&version, fields("", "30"))).await.html();
    assert!(nameless.text("#title-e").contains("Give the topic a title"));

    location(&send(with(&version, fields("Outstanding TLS issues", "45"))).await);
    let saved = desk.page(&path).await;
    assert!(saved.text("h1").starts_with("Outstanding TLS issues"));
    assert!(
        saved.text(".facts").contains("Proposed as TLS") || saved.text(".facts").contains("Proposed asTLS")
    );

    let late = send(with(&version, fields("Mine", "15"))).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let page = late.html();
    assert!(page.text(".diffbox ins").contains("Outstanding TLS issues"));
    assert_eq!(page.attribute("input[name=title]", "value").unwrap(), "Mine");
    let now = page.attribute("input[name=version]", "value").unwrap();
    location(&send(with(&now, fields("Mine", "15"))).await);
    assert_eq!(desk.store.topic(desk.event.id, number).await.unwrap().unwrap().title, "Mine");
}

#[tokio::test]
async fn the_committee_adds_a_topic_of_its_own_or_for_somebody() {
    let desk = Desk::new().await;
    let person = desk.invitee("Hana Sato").await;

    let refused = desk.post("/topics/new", &[("title", ""), ("body", "kept"), ("minutes", "")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.html().raw_text("textarea").trim(), "kept");
    let own = desk.post("/topics/new", &[("title", "Intro"), ("minutes", "15"), ("presenter", "")]).await;
    assert_eq!(location(&own), "/c/netconf-2019/topics/1");
    let hers =
        desk.post("/topics/new", &[("title", "DSA tags"), ("presenter", person.public_id.as_str())]).await;
    assert_eq!(location(&hers), "/c/netconf-2019/topics/2");

    assert!(desk.page("/topics/1").await.text(".head").contains("the committee"));
    assert!(desk.page("/topics/2").await.text("main aside").contains("Hana Sato"));
    assert_eq!(desk.get("/topics/9").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_reader_sees_topics_and_decides_nothing() {
    let desk = Desk::new().await;
    let number = topic(&desk, "Jakub Kicinski", "TLS", None).await;
    let hours = [("starts".to_owned(), "09:30".to_owned()), ("ends".to_owned(), "16:30".to_owned())];
    change_quietly(&desk.store, desk.event.id, &hours).await;
    let reader = desk.colleague("reader@example.org", Role::Reader).await;

    for path in ["/topics", "/topics?view=table", &format!("/topics/{number}")] {
        assert_eq!(reader.page(path).await.count("main form[method=post]"), 0, "{path}");
    }
    assert!(reader.page("/topics").await.text(".budget .big").contains("0 of 840 minutes accepted"));
    assert_eq!(reader.get("/topics/new").await.status, StatusCode::FORBIDDEN);
    assert_eq!(decide(&reader, number, "accept").await.status, StatusCode::FORBIDDEN);
}
