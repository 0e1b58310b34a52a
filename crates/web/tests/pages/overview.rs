//! The overview, the events and the record: what a member knows in ten seconds.

use chrono::TimeDelta;
use conclave_core::address::Address;
use conclave_core::committee::Role;
use conclave_core::log_entry::Actor;
use conclave_persistence::{WaveDraft, WaveKind};
use conclave_test_support::builders::{add_account, add_listed, now};
use conclave_test_support::member::Member;

use conclave_test_support::{TestDb, both_databases};

use super::desk::Desk;
use super::guests::Netconf;

/// The chair, at the desk of an event whose people were invited.
async fn chair_of(netconf: &Netconf) -> Member {
    let key = Address::parse("davem@example.org").unwrap().key();
    let (chair, _) = netconf.store.account_by_email(&key).await.unwrap().unwrap();
    let public_url = "http://localhost:8080".parse().unwrap();
    Member::sign_in(&netconf.app, &netconf.store, &chair, &public_url, netconf.now()).await
}

#[tokio::test]
async fn an_empty_event_says_how_to_begin() {
    let member = Desk::new().await;

    let page = member.page("").await;

    assert_eq!(page.text("h1"), "Nobody is invited yet");
    assert_eq!(
        page.texts("ol.need h3"),
        ["Put people on the list", "Write the letter", "Send the first wave"]
    );
    assert_eq!(page.count("svg.seats"), 0);
}

#[tokio::test]
async fn the_sentence_the_seats_and_what_to_do_follow_the_answers() {
    let netconf = Netconf::with(&[("seats", "3")]).await;
    let guests = netconf.invite_all(&["Toke H", "Hana Sato", "Omar B"]).await;
    guests[0].says("accepted").await;
    let desk = chair_of(&netconf).await;

    let held = desk.page("").await;
    assert_eq!(held.text("h1"), "All seats are spoken for; 2 are not settled");
    assert_eq!(held.text(".cap .big"), "1 of 3 accepted");
    assert_eq!((held.count("svg.seats rect.a"), held.count("svg.seats rect.h")), (1, 2));
    assert_eq!(
        held.attribute("svg.seats", "aria-label").unwrap(),
        "1 of 3 accepted. 2 seats are held by open invitations. None is free."
    );
    assert_eq!(held.texts(".funnel tbody th"), ["Invited", "Delivered", "Answered", "Accepted"]);
    assert_eq!(held.texts(".funnel td.n")[0], "3");
    assert!(held.texts(".need h3").contains(&"Invitations without an answer".to_owned()));
    assert_eq!(held.count(".chart svg"), 1);

    guests[1].says("declined").await;
    let free = desk.page("").await;
    assert_eq!(free.text("h1"), "1 seat free, 1 person has not answered");
    assert!(
        free.texts("ol.log li").iter().any(|line| line.contains("Hana Sato answered")),
        "{:?}",
        free.texts("ol.log li")
    );

    netconf.be("2019-06-15T12:00:00Z");
    let desk = chair_of(&netconf).await;
    assert_eq!(desk.page("").await.text("h1"), "Answers closed. 1 of 3 seats taken");
}

#[tokio::test]
async fn a_reader_sees_the_overview_and_no_way_to_change_anything() {
    let reader = Desk::new().await.colleague("reader@example.org", Role::Reader).await;

    let page = reader.page("").await;

    assert_eq!(page.count("main form"), 0);
    assert_eq!(page.count("main a.btn"), 0);
    assert_eq!(reader.page("/settings").await.count("main form, main .btn, .check-list a"), 0);
    assert!(reader.page("/activity").await.count("tbody tr") > 0);
}

both_databases! {
    async fn the_record_is_filtered_by_who_and_what(db: TestDb) {
        let member = Desk::on(db).await;
        member.invitee("Hana Sato").await;
        member
            .store
            .set_role(
                member.event.id,
                add_account(&member.store, "omar@example.org").await.id,
                Role::Member,
                &Actor::Operator,
                now(),
            )
            .await
            .unwrap();

        let all = member.page("/activity").await;
        let people = member.page("/activity?what=people").await;
        let nobody = member.page("/activity?who=Nobody").await;

        assert!(all.count("tbody tr") > people.count("tbody tr"));
        assert_eq!(people.texts("tbody td")[1], "put on the list Hana Sato");
        assert_eq!(nobody.count("tbody tr"), 0);
    }
}

#[tokio::test]
async fn only_an_operator_adds_events_and_everything_typed_stays() {
    let member = Desk::new().await;
    assert_eq!(member.get("/c/new").await.status.as_u16(), 403);
    assert_eq!(member.post("/c/new", &[("title", "Netconf 2020")]).await.status.as_u16(), 403);
}

#[tokio::test]
async fn everything_wrong_with_a_new_event_is_said_at_once() {
    let operator = Desk::new().await.operator().await;
    let fields = [
        ("title", ""),
        ("slug", "netconf-2019"),
        ("from", "2018-06-20"),
        ("to", "2018-06-21"),
        ("zone", "Europe/Prague"),
        ("seats", "many"),
        ("reply_to", "nobody"),
    ];

    let refused = operator.post("/c/new", &fields).await;

    assert_eq!(refused.status.as_u16(), 422);
    let mut links = refused.html().attributes(".errsum a", "href");
    links.sort();
    assert_eq!(links, ["#reply_to", "#seats", "#slug", "#title", "#to"]);
    assert!(refused.html().text("#to-e").starts_with("This day has passed"));
}

#[tokio::test]
async fn a_copy_is_in_the_zone_of_the_event_it_is_a_copy_of() {
    let operator = Desk::new().await.operator().await;
    let chair = operator.store.accounts().await.unwrap();
    let chair = chair.iter().find(|account| account.is_operator).unwrap();
    operator.store.set_role(operator.event.id, chair.id, Role::Chair, &Actor::Operator, now()).await.unwrap();
    let form = operator.get("/c/new").await.html();
    assert_eq!(form.attribute("#zone", "value").unwrap_or_default(), "");

    let fields = [
        ("title", "Netconf 2020"),
        ("slug", "netconf-2020"),
        ("from", "2020-06-20"),
        ("to", "2020-06-21"),
        ("zone", ""),
    ];
    let alone = operator.post("/c/new", &fields).await;
    assert_eq!(alone.html().attributes(".errsum a", "href"), ["#zone"]);
    let copy: Vec<_> = fields.into_iter().chain([("copy", "netconf-2019"), ("who", "none")]).collect();
    assert_eq!(operator.post("/c/new", &copy).await.status.as_u16(), 303);

    let made = operator.store.event("netconf-2020").await.unwrap().unwrap();
    assert_eq!(made.zone.name(), "America/New_York");
}

#[tokio::test]
async fn the_record_says_the_title_of_a_topic_once() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite("Toke H").await;
    toke.says("accepted").await;
    toke.post("/topics", &[("title", "XDP feature planning")]).await;
    toke.post("/topics", &[("title", "Fair queueing")]).await;
    toke.post("/topics/1", &[("title", "XDP plans")]).await;
    toke.post("/topics/2/withdraw", &[]).await;
    let desk = chair_of(&netconf).await;

    let lines = desk.page("").await.texts("ol.log li span");

    assert!(lines.contains(&"Toke H proposed \u{201c}XDP feature planning\u{201d}".to_owned()), "{lines:?}");
    let edited = "Toke H edited \u{201c}XDP plans\u{201d}: was XDP feature planning".to_owned();
    assert!(lines.contains(&edited), "{lines:?}");
}

#[tokio::test]
async fn withdrawn_invitations_are_counted_alike_in_chart_and_funnel() {
    let netconf = Netconf::new().await;
    let guests = netconf.invite_all(&["Toke H", "Hana Sato", "Omar B"]).await;
    guests[0].says("accepted").await;
    netconf.store.withdraw(guests[2].id, "Smaller room", false, &Actor::Operator, now()).await.unwrap();
    let desk = chair_of(&netconf).await;

    let page = desk.page("").await;

    assert!(page.text(".chart + .key").contains("3 invited"), "{}", page.text(".chart + .key"));
    assert_eq!(page.texts(".funnel thead th")[3], "Of 3 invited");
    assert_eq!(page.texts(".funnel td.n:nth-of-type(1)"), ["3", "3", "1", "1"]);
    assert!(page.text(".funnel").contains("1 silent, 1 withdrawn"));
}

#[tokio::test]
async fn a_wave_in_its_hold_is_among_what_waits_for_a_person() {
    let netconf = Netconf::new().await;
    let desk = chair_of(&netconf).await;
    let aiko = add_listed(&netconf.store, netconf.event.id, "aiko@example.org").await;
    let draft = WaveDraft {
        kind: WaveKind::Invitation,
        subject: "Invitation".to_owned(),
        body: "Hello {first_name},\n\n{link}\n".to_owned(),
        reply_by: Some("2019-05-24".parse().unwrap()),
        invitations: vec![aiko.id],
        personal_lines: Vec::new(),
    };
    let (store, now) = (&netconf.store, netconf.now());
    let wave = store.add_wave(netconf.event.id, &draft, &Actor::Operator, now).await.unwrap();
    store.confirm_wave(wave.id, TimeDelta::minutes(10), &Actor::Operator, now).await.unwrap();

    let page = desk.page("").await;

    // Noon in UTC is eight in Boston.
    assert_eq!(page.texts("ul.need h3"), ["Wave 1 leaves at 08:10"]);
    assert_eq!(page.attribute("ul.need a", "href").unwrap(), "/c/netconf-2019/mail/1/status");
}
