//! Moving an event, small changes, cancelling, and asking everybody again: at the desk and on the
//! pages of those who were invited.

use conclave_core::answer::Given;
use conclave_core::event::EventState;
use conclave_core::message::MessageState;
use conclave_core::purpose::Purpose;
use conclave_persistence::OutboxQuery;

use super::desk::{Desk, location};
use super::guests::{Netconf, TOKE};

const YES: Given = Given::Accept { mode: None };

async fn mails(desk: &Desk, purpose: Purpose) -> Vec<(String, MessageState)> {
    let query = OutboxQuery { event: Some(desk.event.id), purpose: Some(purpose), ..OutboxQuery::default() };
    let rows = desk.store.messages(&query).await.unwrap().rows;
    rows.into_iter().map(|row| (row.to_name, row.state)).collect()
}

/// The dates page with another place; the answer leads to the question what it means.
async fn another_place(desk: &Desk) -> String {
    let version = desk.page("/settings/dates").await.attribute("input[name=version]", "value").unwrap();
    let fields = [
        ("version", version.as_str()),
        ("from", "2019-06-20"),
        ("to", "2019-06-21"),
        ("starts", ""),
        ("ends", ""),
        ("place", "Toronto, ON"),
        ("zone", "America/New_York"),
    ];
    location(&desk.post("/settings/dates", &fields).await)
}

#[tokio::test]
async fn a_new_place_leads_to_the_question_whether_the_event_moves_with_numbers_and_the_mail() {
    let desk = Desk::new().await;
    desk.answered("Aiko Mori", &YES).await;
    desk.answered("Ben Ode", &Given::Decline).await;

    let to = another_place(&desk).await;
    assert!(to.starts_with("/c/netconf-2019/change?"), "{to}");
    let here = to.strip_prefix("/c/netconf-2019").unwrap();
    let page = desk.page(here).await;

    assert_eq!(page.text("h1"), "Does the event move?");
    assert_eq!(
        (page.texts(".diff ins"), page.count("[name=kind][checked]")),
        (vec!["Where: Toronto, ON".to_owned()], 0)
    );
    assert!(page.text("main").contains("1 person accepted"), "{}", page.text("main"));
    assert!(page.raw_text(".mail pre").contains("Toronto, ON"));
    assert!(page.raw_text(".mail pre").contains("/i/\u{2026}"), "the link is masked");
    assert_eq!(desk.store.event("netconf-2019").await.unwrap().unwrap().place, "Boston, MA");

    let undecided =
        desk.post("/change", &[("place", "Toronto, ON"), ("note", "Sorry."), ("mail", "yes")]).await;
    assert_eq!(undecided.status.as_u16(), 422);
    assert_eq!(undecided.html().raw_text("#note").trim(), "Sorry.");
    let looked = desk
        .post(
            "/change",
            &[("place", "Toronto, ON"), ("kind", "small"), ("do", "preview"), ("note", "Same door.")],
        )
        .await;
    assert_eq!(looked.status.as_u16(), 200);
    assert!(looked.html().raw_text(".mail pre").contains("Same door."));
    assert_eq!(desk.store.event("netconf-2019").await.unwrap().unwrap().revision, 0);
}

#[tokio::test]
async fn a_move_is_mailed_after_a_hold_in_which_it_can_be_stopped_and_sent_after_all() {
    let desk = Desk::new().await;
    desk.answered("Aiko Mori", &YES).await;
    desk.deliver().await;
    let fields = [("place", "Toronto, ON"), ("kind", "move"), ("by", "2019-05-20"), ("mail", "yes")];

    let moved = desk.post("/change", &fields).await;

    assert_eq!(location(&moved), "/c/netconf-2019/changes/1");
    assert_eq!(mails(&desk, Purpose::Change).await, [("Aiko Mori".to_owned(), MessageState::Held)]);
    let page = desk.page("/changes/1").await;
    assert_eq!(page.text("h1"), "Moved: new place");
    assert!(
        page.text("main").contains("1 person is still to say it again until Mon 20 May 2019"),
        "{}",
        page.text("main")
    );
    assert_eq!(desk.page("/invitees?check=reconfirm").await.count("tbody tr"), 1);
    assert_eq!(location(&desk.post("/changes/1/stop", &[]).await), "/c/netconf-2019/changes/1");
    assert_eq!(mails(&desk, Purpose::Change).await, [("Aiko Mori".to_owned(), MessageState::Stopped)]);
    assert_eq!(desk.page("/changes/1").await.text("tbody .st"), "Accepted");
    desk.post("/changes/1/send", &[]).await;
    assert_eq!(mails(&desk, Purpose::Change).await, [("Aiko Mori".to_owned(), MessageState::Held)]);
    let wrong_day =
        desk.post("/change", &[("place", "Montreal"), ("kind", "move"), ("by", "2019-01-01")]).await;
    assert_eq!((wrong_day.status.as_u16(), wrong_day.html().count("#by-e")), (422, 1));
}

#[tokio::test]
async fn whoever_was_slower_looks_again_and_keeps_what_they_typed() {
    let desk = Desk::new().await;
    desk.answered("Aiko Mori", &YES).await;
    let old = desk.event.version.to_string();
    let title = [("title".to_owned(), "Netconf in summer".to_owned())];
    let by = conclave_core::log_entry::Actor::Operator;
    let newer = desk.store.set_event(desk.event.id, None, &title, &by, desk.clock.now()).await.unwrap();
    let fields = |version: &str| {
        [
            ("version", version.to_owned()),
            ("place", "Toronto, ON".into()),
            ("kind", "move".into()),
            ("note", "Sorry.".into()),
        ]
    };
    let send = async |version: &str| {
        let fields = fields(version);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
        desk.post("/change", &fields).await
    };

    let stale = send(&old).await;

    assert_eq!(stale.status.as_u16(), 409);
    let page = stale.html();
    assert!(page.text("main").contains("Somebody changed the settings while you were writing"));
    assert_eq!(page.raw_text("#note").trim(), "Sorry.");
    assert_eq!(page.attribute("input[name=version]", "value"), Some(newer.version.to_string()));
    assert_eq!(desk.store.event("netconf-2019").await.unwrap().unwrap().place, "Boston, MA");
    assert_eq!(location(&send(&newer.version.to_string()).await), "/c/netconf-2019/changes/1");
}

#[tokio::test]
async fn asking_again_twice_leads_to_the_one_round() {
    let desk = Desk::new().await;
    desk.answered("Aiko Mori", &YES).await;
    desk.deliver().await;

    for _ in 0..2 {
        let asked = desk.post("/reconfirm", &[("by", "2019-05-20"), ("mail", "yes")]).await;
        assert_eq!(location(&asked), "/c/netconf-2019/changes/1");
    }

    assert_eq!(mails(&desk, Purpose::Reconfirm).await, [("Aiko Mori".to_owned(), MessageState::Held)]);
}

#[tokio::test]
async fn cancelling_tells_everybody_and_ends_on_the_list_of_the_unreached() {
    let desk = Desk::new().await;
    desk.answered("Aiko Mori", &YES).await;

    let page = desk.page("/cancel").await;
    assert_eq!(page.text("form .btn-bad"), "Cancel the event and tell 1 person");
    let fields = [("reason", "The venue lost its roof."), ("slug", "netconf-2019"), ("mail", "yes")];
    let cancelled = desk.post("/cancel", &fields).await;

    assert_eq!(location(&cancelled), "/c/netconf-2019/changes/1");
    assert_eq!(mails(&desk, Purpose::Cancellation).await, [("Aiko Mori".to_owned(), MessageState::Held)]);
    assert_eq!(desk.page("/changes").await.text("tbody th"), "Cancelled");
    assert_eq!(desk.get("/reconfirm").await.status.as_u16(), 409);
}

#[tokio::test]
async fn whoever_has_a_seat_sees_what_changed_and_says_it_again() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    toke.says("accepted").await;
    netconf.be("2019-04-02T12:00:00Z");
    let settings = [("place".to_owned(), "Toronto, ON".to_owned())];
    let announce = conclave_persistence::Announce {
        is_move: true,
        note: "The venue lost its roof.".to_owned(),
        reconfirm_by: Some(super::guests::day("2019-05-20")),
        mailing: conclave_persistence::Mailing::none(),
    };
    let by = conclave_core::log_entry::Actor::Operator;
    netconf
        .store
        .change_event(netconf.event.id, None, &settings, &announce, &by, netconf.now())
        .await
        .unwrap();

    let page = toke.get("").await.html();

    assert_eq!(page.text("h1"), "Netconf 2019 has changed. Do you still come?");
    assert_eq!(page.texts(".diff del"), ["Where until now: Boston, MA"]);
    assert_eq!(page.texts(".diff ins"), ["Where from now on: Toronto, ON"]);
    assert!(page.text("main").contains("lost its roof"));
    assert_eq!(page.texts(".choice"), ["Yes, I still come", "No, I can\u{2019}t come"]);
    let text = toke.text().await;
    assert!(text.contains("was Boston, MA") && text.contains("is  Toronto, ON"), "{text}");
    let stale = toke.post("/answer", &[("answer", "accepted"), ("revision", "0")]).await;
    assert_eq!(stale.status.as_u16(), 409);
    assert!(stale.html().text("main").contains("The event changed while you had the page open"));
    let again = toke.post("/answer", &[("answer", "accepted"), ("revision", "1")]).await;
    assert_eq!(again.status.as_u16(), 303);
    assert_eq!(toke.heading().await, "You are coming to Netconf 2019.");
    assert_eq!(toke.get("").await.html().count(".diff"), 0);
}

#[tokio::test]
async fn an_event_that_nobody_was_invited_to_changes_without_a_question() {
    let desk = Desk::new().await;
    desk.invitee("Aiko Mori").await;

    assert_eq!(another_place(&desk).await, "/c/netconf-2019/settings");

    assert_eq!(desk.store.event("netconf-2019").await.unwrap().unwrap().state, EventState::Open);
    assert!(desk.page("/changes").await.text("main").contains("Nothing changed since the first invitation"));
}
