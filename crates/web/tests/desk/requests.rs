//! Late requests, other days to answer by, and silence that waits for the committee.

use conclave_core::event::EventMove;
use conclave_core::log_entry::Actor;
use conclave_persistence::OutboxQuery;

use crate::netconf::{Netconf, assert_leads_to, day, of};

async fn close(netconf: &Netconf) {
    let by = Actor::Operator;
    netconf.store.move_event(netconf.event.id, EventMove::Close, None, &by, netconf.now()).await.unwrap();
}

#[tokio::test]
async fn late_requests_are_decided_in_the_order_they_were_made() {
    let netconf = Netconf::with(&[("seats", "2")]).await;
    let (toke, ren) = (netconf.invite("Toke Jensen").await, netconf.invite("Ren Okafor").await);
    assert_eq!(netconf.chair.get("/requests").await.html().text(".empty h2"), "Nobody asks for anything");
    close(&netconf).await;
    for person in [&toke, &ren] {
        netconf.store.ask_late_seat(person.id, "Please", netconf.now()).await.unwrap();
    }

    let page = netconf.chair.get("/requests").await.html();
    assert_eq!(page.texts("tbody th a"), ["Toke Jensen", "Ren Okafor"]);
    assert_eq!(page.texts("tbody td:nth-child(3)"), ["1st", "2nd"]);
    let ids = page.attributes("input[name=request]", "value");
    let grant = netconf.chair.post("/requests", &[("request", &ids[0]), ("decide", "grant")]).await;
    assert_leads_to(&grant, "/requests?done=grant");
    assert_eq!(netconf.again(&toke).await.badge.as_str(), "accepted");
    let tell = [("request", ids[1].as_str()), ("decide", "tell")];
    assert_leads_to(&netconf.chair.post("/requests", &tell).await, "/requests?done=tell");
    let told = netconf.chair.page("/requests?done=tell").await;
    assert_eq!(told.text("[role=status]"), "Turned down. They are told by mail.");
    let mails = netconf.store.messages(&OutboxQuery::default()).await.unwrap().rows;
    let told: Vec<_> = mails.iter().filter(|mail| mail.purpose.as_str() == "request_declined").collect();
    assert_eq!(told.iter().map(|mail| mail.to_name.as_str()).collect::<Vec<_>>(), ["Ren Okafor"]);
    assert_eq!(netconf.chair.post("/requests", &tell).await.status.as_u16(), 409);
}

#[tokio::test]
async fn another_day_is_given_to_one_and_to_many() {
    let netconf = Netconf::new().await;
    let (toke, ren) = (netconf.invite("Toke Jensen").await, netconf.invite("Ren Okafor").await);
    let extend = format!("{}/extend", of(&toke));

    let wrong = netconf.chair.post(&extend, &[("reply_by", "2030-01-01")]).await;
    assert_eq!(wrong.status.as_u16(), 422);
    assert_eq!(wrong.html().text(".errsum a"), "Choose a day from today to 2019-06-13");
    assert_leads_to(&netconf.chair.post(&extend, &[("reply_by", "2019-06-01")]).await, &of(&toke));
    assert_eq!(netconf.again(&toke).await.reply_by, Some(day("2019-06-01")));
    let ids = format!("{} {}", toke.public_id, ren.public_id);
    let asked = netconf.chair.post("/invitees/bulk", &[("do", "extend"), ("ids", &ids)]).await.html();
    assert_eq!(asked.text("h1"), "Another day to answer by for 2 people");
    let both = [("do", "extend"), ("confirmed", "yes"), ("ids", ids.as_str()), ("reply_by", "2019-06-02")];
    assert_leads_to(&netconf.chair.post("/invitees/bulk", &both).await, "/invitees?done=extended&n=2");
    assert_eq!(netconf.again(&ren).await.reply_by, Some(day("2019-06-02")));
}

#[tokio::test]
async fn silence_that_waits_for_the_committee_is_closed_together() {
    let netconf = Netconf::with(&[("lapse", "no")]).await;
    let toke = netconf.invite("Toke Jensen").await;
    netconf.be("2019-05-26T12:00:00Z");

    let list = netconf.chair.get("/invitees?check=overdue").await.html();
    assert_eq!(list.text("h1"), "Invitees past their reply-by date");
    assert_eq!(list.texts("tbody th a"), ["Toke Jensen"]);
    assert_eq!(list.texts(".bulk button")[1], "Let lapse\u{2026}");
    let lapse = [("do", "lapse"), ("confirmed", "yes"), ("ids", toke.public_id.as_str())];
    assert_leads_to(&netconf.chair.post("/invitees/bulk", &lapse).await, "/invitees?done=lapsed&n=1");
    assert_eq!(netconf.again(&toke).await.badge.as_str(), "lapsed");
}
