//! Settings, the committee, and the moves of an event.

use conclave_core::committee::Role;
use conclave_core::event::EventState;

use conclave_test_support::{TestDb, both_databases};

use super::desk::{Desk, location};

async fn version(member: &Desk, part: &str) -> String {
    member.page(&format!("/settings/{part}")).await.attribute("input[name=version]", "value").unwrap()
}

#[tokio::test]
async fn a_part_is_saved_and_shown() {
    let member = Desk::new().await;
    let version = version(&member, "seats").await;

    let fields = [
        ("version", version.as_str()),
        ("seats", "12"),
        ("remote_seats", "off"),
        ("policy", "over-invite"),
        ("over_invite", "3"),
    ];
    let saved = member.post("/settings/seats", &fields).await;

    assert_eq!(location(&saved), "/c/netconf-2019/settings");
    let facts = member.page("/settings").await.texts(".check-list dd");
    assert!(facts.contains(&"12. Up to 3 more are invited than there are seats.".to_owned()), "{facts:?}");
}

#[tokio::test]
async fn every_part_has_its_own_words_in_the_summary() {
    let member = Desk::new().await;
    let reserve = async || {
        let page = member.page("/settings").await;
        let (names, facts) = (page.texts(".check-list dt"), page.texts(".check-list dd:first-of-type"));
        let mut distinct = facts.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), facts.len(), "{facts:?}");
        names.into_iter().zip(facts).find(|(name, _)| name == "Reserve").unwrap().1
    };
    assert_eq!(reserve().await, "The next is proposed to you");

    let version = version(&member, "reserve").await;
    let fields = [("version", version.as_str()), ("backfill", "automatic"), ("backfill_until", "2019-06-01")];
    member.post("/settings/reserve", &fields).await;

    assert_eq!(
        reserve().await,
        "The next is written to by itself, until Sat 1 Jun 2019, end of day, Boston time"
    );
}

#[tokio::test]
async fn a_day_that_has_passed_is_no_end_for_writing_by_itself() {
    let desk = Desk::new().await;
    let seen = version(&desk, "reserve").await;

    let fields = [("version", seen.as_str()), ("backfill", "automatic"), ("backfill_until", "2019-01-20")];
    let refused = desk.post("/settings/reserve", &fields).await;

    assert_eq!(refused.status.as_u16(), 422);
    assert_eq!(refused.html().attributes(".errsum a", "href"), ["#backfill_until"]);
}

#[tokio::test]
async fn a_box_that_is_not_ticked_means_no() {
    let member = Desk::new().await;
    let version = version(&member, "answers").await;

    let fields = [
        ("version", version.as_str()),
        ("answers_close", "2019-06-13"),
        ("topics_by", "2019-05-30"),
        ("tentative", "yes"),
    ];
    member.post("/settings/answers", &fields).await;

    let event = member.store.event("netconf-2019").await.unwrap().unwrap();
    assert!(!event.lapse && event.tentative);
}

#[tokio::test]
async fn what_does_not_fit_is_said_at_its_field_and_stays_typed() {
    let member = Desk::new().await;
    let version = version(&member, "dates").await;

    let fields = [
        ("version", version.as_str()),
        ("from", "2019-06-20"),
        ("to", "2019-06-01"),
        ("place", "Prague <b>"),
        ("zone", "Europe/Prague"),
        ("starts", ""),
        ("ends", ""),
    ];
    let reply = member.post("/settings/dates", &fields).await;

    assert_eq!(reply.status.as_u16(), 422);
    let page = reply.html();
    assert!(page.text("#to-e").starts_with("The last day cannot be before the first"));
    assert_eq!(page.attribute("#place", "value").as_deref(), Some("Prague <b>"));
    assert!(page.text("title").starts_with("Error: "));
    assert_eq!(member.store.event("netconf-2019").await.unwrap().unwrap().place, "Boston, MA");
}

both_databases! {
    async fn whoever_saves_an_older_version_sees_both(db: TestDb) {
        let member = Desk::on(db).await;
        let version = version(&member, "name").await;
        let fields = |title: &'static str| [("version", version.clone()), ("title", title.to_owned())];
        let send = async |title: &'static str| {
            let fields = fields(title);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
            member.post("/settings/name", &fields).await
        };

        assert_eq!(send("Netconf, Boston").await.status.as_u16(), 303);
        let stale = send("Netconf in June").await;

        assert_eq!(stale.status.as_u16(), 409);
        assert_eq!(stale.html().text(".diffbox ins"), "Netconf, Boston");
        assert_eq!(stale.html().text(".diffbox del"), "Netconf in June");
        let page = stale.html();
        assert!(page.text("main .head").contains("saved it about 0 seconds ago"), "{}", page.text("main"));
        assert_eq!(page.texts("main .btn"), ["Keep theirs", "Use mine"]);
        assert_eq!(page.attribute("main input[name=title]", "value").as_deref(), Some("Netconf in June"));
        assert_eq!(member.store.event("netconf-2019").await.unwrap().unwrap().title, "Netconf, Boston");
    }
}

#[tokio::test]
async fn members_and_readers_are_refused_what_is_not_theirs() {
    let chair = Desk::new().await;
    let edits = ["/settings/name", "/settings/printed", "/open", "/change", "/reconfirm"];
    let chairs = [
        "/settings/committee",
        "/settings/committee/x/role",
        "/settings/committee/x/remove",
        "/close",
        "/reopen",
        "/revive",
        "/cancel",
    ];

    let member = chair.colleague("member@example.org", Role::Member).await;
    for path in chairs {
        assert_eq!(member.post(path, &[]).await.status.as_u16(), 403, "member {path}");
    }
    let reader = member.colleague("reader@example.org", Role::Reader).await;
    for path in ["/changes/1/stop", "/changes/1/send"] {
        assert_eq!(reader.post(path, &[]).await.status.as_u16(), 403, "reader {path}");
    }
    for path in edits.into_iter().chain(chairs) {
        assert_eq!(reader.post(path, &[]).await.status.as_u16(), 403, "reader {path}");
        if !matches!(path, "/open") && !path.ends_with("/role") && !path.ends_with("/remove") {
            assert_eq!(reader.get(path).await.status.as_u16(), 403, "reader {path}");
        }
    }
}

both_databases! {
    async fn a_chair_adds_members_changes_and_removes_them(db: TestDb) {
        let chair = Desk::on(db).await;

        let nameless =
            chair.post("/settings/committee", &[("email", "omar@example.org"), ("role", "reader")]).await;
        assert_eq!(nameless.status.as_u16(), 422);
        let fields = [("email", "omar@example.org"), ("name", "Omar B"), ("role", "reader")];
        chair.post("/settings/committee", &fields).await;
        let committee = chair.store.committee(chair.event.id).await.unwrap();
        let (omar, role) = committee.iter().find(|(account, _)| account.name == "Omar B").unwrap();
        assert_eq!(*role, Role::Reader);

        let path = format!("/settings/committee/{}", omar.id.0);
        chair.post(&format!("{path}/role"), &[("role", "member")]).await;
        assert_eq!(
            chair
                .store
                .committee(chair.event.id)
                .await
                .unwrap()
                .iter()
                .filter(|(_, role)| *role == Role::Member)
                .count(),
            1
        );
        // Another chair made a member of them while this page was open.
        let late = chair.post(&format!("{path}/role"), &[("role", "chair"), ("seen", "reader")]).await;
        assert_eq!(late.status.as_u16(), 409);
        let page = late.html();
        assert_eq!((page.text(".diffbox ins"), page.text(".diffbox del")), ("member".to_owned(), "chair".to_owned()));
        assert_eq!(page.attribute("main form input[name=seen]", "value").as_deref(), Some("member"));
        // A mail with a link is on its way; it can be sent again, and taken back.
        let page = chair.page("/settings/committee").await;
        assert!(page.text("tbody").contains("invited; the link works until"), "{}", page.text("tbody"));
        assert_eq!(chair.post(&format!("{path}/invite"), &[]).await.status.as_u16(), 303);
        chair.post(&format!("{path}/remove"), &[]).await;
        assert_eq!(chair.store.committee(chair.event.id).await.unwrap().len(), 1);

        let last =
            format!("/settings/committee/{}", chair.store.committee(chair.event.id).await.unwrap()[0].0.id.0);
        assert_eq!(chair.post(&format!("{last}/remove"), &[]).await.status.as_u16(), 409);
        assert_eq!(chair.post(&format!("{path}/role"), &[("role", "chair")]).await.status.as_u16(), 404);
    }
}

#[tokio::test]
async fn an_event_is_cancelled_by_typing_its_name_and_saying_why() {
    let chair = Desk::new().await;
    let state = async || chair.store.event("netconf-2019").await.unwrap().unwrap().state;

    let wrong = chair.post("/cancel", &[("slug", "netconf"), ("reason", "The roof")]).await;
    assert_eq!(wrong.status.as_u16(), 422);
    assert_eq!(wrong.html().raw_text("#reason").trim(), "The roof");
    assert_eq!(state().await, EventState::Open);

    chair.post("/cancel", &[("slug", "netconf-2019"), ("reason", "The roof")]).await;
    assert_eq!(state().await, EventState::Cancelled);
    assert_eq!(chair.page("").await.text("h1"), "Netconf 2019 is cancelled");
    assert_eq!(chair.get("/close").await.status.as_u16(), 409);
    assert_eq!(
        location(&chair.post("/revive", &[("reason", "A new roof")]).await),
        "/c/netconf-2019/changes/2"
    );
    assert_eq!(state().await, EventState::Open);
}

#[tokio::test]
async fn a_list_is_closed_and_reopened_with_a_reason() {
    let chair = Desk::new().await;

    chair.post("/close", &[]).await;
    assert_eq!(chair.store.event("netconf-2019").await.unwrap().unwrap().state, EventState::Closed);
    assert_eq!(chair.post("/reopen", &[]).await.status.as_u16(), 422);
    chair.post("/reopen", &[("reason", "More room")]).await;
    assert_eq!(chair.store.event("netconf-2019").await.unwrap().unwrap().state, EventState::Open);
}

#[tokio::test]
async fn the_printed_committee_is_typed_line_by_line() {
    let chair = Desk::new().await;

    chair.post("/settings/printed", &[("lines", "David Miller, netdev maintainer\n\nDaniel Borkmann")]).await;

    let lines = chair.store.committee_lines(chair.event.id).await.unwrap();
    assert_eq!(
        lines.iter().map(|line| (line.name.as_str(), line.remark.as_str())).collect::<Vec<_>>(),
        [("David Miller", "netdev maintainer"), ("Daniel Borkmann", "")]
    );

    let page = chair.page("/settings/printed").await;
    let seen = page.attribute("input[name=seen]", "value").unwrap();
    chair.post("/settings/printed", &[("lines", "Theirs"), ("seen", &seen)]).await;
    let late = chair.post("/settings/printed", &[("lines", "Mine, <too>"), ("seen", &seen)]).await;
    assert_eq!(late.status.as_u16(), 409);
    let page = late.html();
    assert_eq!(
        (page.text(".diffbox ins"), page.text(".diffbox del")),
        ("Theirs".to_owned(), "Mine, <too>".to_owned())
    );
    let seen = page.attribute("main input[name=seen]", "value").unwrap();
    chair.post("/settings/printed", &[("lines", "Mine, <too>"), ("seen", &seen)]).await;
    assert_eq!(chair.store.committee_lines(chair.event.id).await.unwrap()[0].name, "Mine");
}
