//! The reserve, and the seats that every screen counts.

use conclave_core::answer::{Given, Via};
use conclave_core::committee::Role;
use conclave_core::log_entry::Actor;
use conclave_persistence::{AnswerExtras, Instead, Invitation};

use crate::netconf::{Netconf, assert_leads_to, here, of};

/// Three on the reserve, in this order, and nobody else.
async fn three(netconf: &Netconf) -> [Invitation; 3] {
    let people =
        [netconf.add("Aiko Mori").await, netconf.add("Ben Achterberg").await, netconf.add("Cy Twom").await];
    let ids: Vec<_> = people.iter().map(|person| person.id).collect();
    netconf.store.set_reserve(netconf.event.id, &ids, true, &Actor::Operator, netconf.now()).await.unwrap();
    people
}

async fn order(netconf: &Netconf) -> Vec<String> {
    netconf.chair.get("/reserve").await.html().texts("#reserve tbody th a")
}

#[tokio::test]
async fn an_empty_reserve_says_what_it_is_for() {
    let netconf = Netconf::new().await;

    let page = netconf.chair.get("/reserve").await.html();

    assert_eq!(page.text(".empty h2"), "Nobody is on the reserve");
    assert_eq!(page.count("main form"), 0);
    assert!(page.text(".arith").starts_with("In the room 0 of 20 taken, 0 held, 20 free"));
}

#[tokio::test]
async fn the_order_is_changed_by_buttons_and_by_a_rank() {
    let netconf = Netconf::new().await;
    let [aiko, ben, cy] = three(&netconf).await;
    let press = async |who: &Invitation, what: &str, rank: &str| {
        let fields = [("id", who.public_id.as_str()), ("do", what), ("rank", rank)];
        netconf.chair.post("/reserve", &fields).await
    };

    let up = press(&ben, "up", "").await;
    assert_leads_to(&up, &format!("/reserve?moved={0}#p-{0}", ben.public_id));
    assert_eq!(order(&netconf).await, ["Ben Achterberg", "Aiko Mori", "Cy Twom"]);
    press(&cy, "to", "1").await;
    press(&aiko, "down", "").await;
    assert_eq!(order(&netconf).await, ["Cy Twom", "Ben Achterberg", "Aiko Mori"]);
    assert_leads_to(&press(&ben, "list", "").await, "/reserve");
    assert_eq!(order(&netconf).await, ["Cy Twom", "Aiko Mori"]);
    let moved = netconf.chair.get(&format!("/reserve?moved={}", aiko.public_id)).await.html();
    assert_eq!(moved.text("tr.sel th a"), "Aiko Mori");
}

#[tokio::test]
async fn a_rank_that_is_none_stays_typed_with_what_to_write() {
    let netconf = Netconf::new().await;
    let [aiko, ..] = three(&netconf).await;

    let fields = [("id", aiko.public_id.as_str()), ("do", "to"), ("rank", "top")];
    let reply = netconf.chair.post("/reserve", &fields).await;

    assert_eq!(reply.status.as_u16(), 422);
    let page = reply.html();
    let field = format!("#rank-{}", aiko.public_id);
    assert_eq!(page.attribute(".errsum a", "href").unwrap(), field);
    assert_eq!(page.attribute(&field, "value").unwrap(), "top");
    assert_eq!(page.text(".err"), "Write up, down, first, last or a rank such as 3");
    let gone = [("id", aiko.public_id.as_str()), ("do", "list")];
    netconf.chair.post("/reserve", &gone).await;
    assert_eq!(
        netconf
            .chair
            .post("/reserve", &[("id", aiko.public_id.as_str()), ("do", "up")])
            .await
            .status
            .as_u16(),
        409
    );
}

#[tokio::test]
async fn a_freed_seat_proposes_a_wave_to_the_next_of_the_reserve() {
    let netconf = Netconf::with(&[("seats", "1")]).await;
    let toke = netconf.invite("Toke Jensen").await;
    let [aiko, ..] = three(&netconf).await;
    let before = netconf.chair.get("").await.html();
    assert!(!before.texts(".need h3").iter().any(|title| title.contains("reserve")));

    let no = Given::Decline;
    netconf
        .store
        .record_answer(toke.id, &no, &AnswerExtras::default(), Via::Page, netconf.now())
        .await
        .unwrap();

    let overview = netconf.chair.get("").await.html();
    let needs = overview.texts(".need h3");
    let place = needs.iter().position(|title| title == "Aiko Mori is next on the reserve").unwrap();
    let wave = overview.attributes(".need a.btn", "href");
    let path = format!("/mail/new?kind=invitation&p={}", aiko.public_id);
    assert_eq!(wave[place], here(&path));
    let letter = netconf.chair.get(&path).await.html();
    assert_eq!(letter.attributes("input[name=p][checked]", "value"), [aiko.public_id.as_str()]);
    assert_eq!(netconf.again(&aiko).await.badge.as_str(), "reserve", "looking changes nothing");
    let page = netconf.chair.get("/reserve").await.html();
    assert!(page.text(".note").starts_with("A seat is free and nobody waits for it: Aiko Mori is next."));
    assert_eq!(page.text(".note .btn"), "Write to Aiko Mori");
}

#[tokio::test]
async fn selecting_everybody_leaves_the_reserve_out_unless_it_is_asked_for() {
    let netconf = Netconf::new().await;
    three(&netconf).await;
    let dana = netconf.add("Dana Wu").await;

    let all = netconf.chair.get("/mail/new?kind=invitation&select=all").await.html();
    let reserve = netconf.chair.get("/mail/new?kind=invitation&select=all&state=reserve").await.html();

    assert_eq!(all.attributes("input[name=p][checked]", "value"), [dana.public_id.as_str()]);
    assert_eq!(reserve.count("input[name=p][checked]"), 3);
}

#[tokio::test]
async fn every_screen_that_counts_says_the_same() {
    let netconf = Netconf::with(&[("seats", "3"), ("remote_seats", "2")]).await;
    let toke = netconf.invite("Toke Jensen").await;
    let aiko = netconf.add("Aiko Mori").await;
    let draft = netconf.chair.get(&format!("/mail/new?kind=invitation&p={}", aiko.public_id)).await;
    let fields = [
        ("kind", "invitation"),
        ("p", aiko.public_id.as_str()),
        ("subject", "Invitation"),
        ("body", "Hello,\n\n{link}\n"),
        ("reply_by", "2019-05-24"),
        ("go", "check"),
    ];
    assert_leads_to(&netconf.chair.post("/mail/new", &fields).await, "/mail/2/check");

    let words = "In the room 0 of 3 taken, 1 held, 2 free, 2 may still be offered \
                 By video 0 of 2 taken, 0 held, 2 free, 2 may still be offered";
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(spaced(&draft.html().texts(".arith div")), words);
    for path in ["", "/invitees", "/reserve", "/mail/2/check", &of(&toke)] {
        let page = netconf.chair.get(path).await.html();
        assert_eq!(spaced(&page.texts(".arith div")), words, "{path}");
    }
}

fn spaced(lines: &[String]) -> String {
    lines.join(" ")
}

#[tokio::test]
async fn fewer_seats_than_are_taken_is_said_on_the_overview_with_those_who_hold_one() {
    let netconf = Netconf::new().await;
    for name in ["Ada One", "Ben Two", "Cy Three"] {
        netconf.invite(name).await;
    }
    let fewer = [("seats".to_owned(), "1".to_owned())];
    netconf.store.set_event(netconf.event.id, None, &fewer, &Actor::Operator, netconf.now()).await.unwrap();

    let page = netconf.chair.get("").await.html();

    let needs = page.texts(".need h3");
    let at = needs.iter().position(|title| title == "Over by 2 in the room").unwrap();
    let holders = page.attributes(".need a.btn", "href")[at].clone();
    assert_eq!(holders, here("/invitees?state=queued,invited,bounced,tentative"));
    assert_eq!(page.text(".arith .over"), "over by 2");
}

#[tokio::test]
async fn a_reader_sees_the_reserve_and_cannot_change_it() {
    let netconf = Netconf::new().await;
    let [aiko, ..] = three(&netconf).await;
    let reader = netconf.member("reader@example.org", Some(Role::Reader)).await;

    let page = reader.get("/reserve").await.html();
    assert_eq!(
        (page.count("#reserve tbody tr"), page.count("main form"), page.count("main .btn")),
        (3, 0, 0)
    );
    let fields = [("id", aiko.public_id.as_str()), ("do", "down")];
    assert_eq!(reader.post("/reserve", &fields).await.status.as_u16(), 403);
    assert_eq!(netconf.chair.post_bare("/reserve", &fields).await.status.as_u16(), 403);
    assert_eq!(order(&netconf).await[0], "Aiko Mori");
}

#[tokio::test]
async fn a_suggestion_is_decided_on_the_reserve() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite("Toke Jensen").await;
    let instead = Instead { name: "Mia Okafor".to_owned(), ..Instead::default() };
    netconf.store.add_reason(toke.id, "", &instead, netconf.now()).await.unwrap();

    let overview = netconf.chair.get("").await.html();
    assert!(overview.texts(".need h3").contains(&"Person is suggested in place of another".to_owned()));
    let page = netconf.chair.get("/reserve").await.html();
    assert_eq!(page.text("#suggested tbody th"), "Mia Okafor");
    let id = page.attribute("#suggested input[name=id]", "value").unwrap();
    let taken = netconf.chair.post("/suggestions", &[("id", &id), ("do", "reserve")]).await;
    assert_eq!(taken.status.as_u16(), 303);
    let again = netconf.chair.post("/suggestions", &[("id", &id), ("do", "reserve")]).await;
    assert_eq!(again.status.as_u16(), 409);
    assert_eq!(order(&netconf).await, ["Mia Okafor"]);
    let page = netconf.chair.get(&of(&toke)).await.html();
    assert!(page.texts(".facts dd a").contains(&"Mia Okafor".to_owned()));
}
