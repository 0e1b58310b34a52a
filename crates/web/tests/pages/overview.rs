//! The overview, the events and the record: what a member knows in ten seconds.

use conclave_core::address::Address;
use conclave_core::committee::Role;
use conclave_core::log_entry::Actor;
use conclave_test_support::builders::{add_account, now};
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
