//! Balance, quotas, and the forecast beside the seats.

use conclave_core::answer::{Given, Via};
use conclave_persistence::AnswerExtras;

use crate::netconf::{Netconf, assert_leads_to, of};

#[tokio::test]
async fn a_cap_is_set_shown_and_taken_away() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite("Toke Jensen").await;
    netconf.chair.post(&format!("{}/tag", of(&toke)), &[("tag", "vendor"), ("do", "tag")]).await;

    let wrong = netconf.chair.post("/balance/cap", &[("kind", "tag"), ("word", ""), ("most", "two")]).await;
    assert_eq!(wrong.status.as_u16(), 422);
    assert_eq!(wrong.html().attribute("#most", "value").unwrap(), "two");
    let set = [("kind", "tag"), ("word", "vendor"), ("most", "0")];
    assert_leads_to(&netconf.chair.post("/balance/cap", &set).await, "/balance");
    let page = netconf.chair.get("/balance").await.html();
    assert_eq!(page.text(".note-wait"), "1 person tagged vendor would be invited; at most 0 are wished for.");
    assert_eq!(page.text(".data .over"), "over by 1");
    let away = [("kind", "tag"), ("word", "vendor"), ("do", "remove")];
    assert_leads_to(&netconf.chair.post("/balance/cap", &away).await, "/balance");
    assert_eq!(netconf.chair.get("/balance").await.html().count(".note-wait"), 0);
}

#[tokio::test]
async fn a_quota_is_added_shown_and_taken_away() {
    let netconf = Netconf::new().await;
    let aiko = netconf.add_at("Aiko Mori", "aiko@example.org", &["sponsor-a"]).await;
    assert_eq!(aiko.tags, ["sponsor-a"]);
    let add = [("name", "Sponsor A"), ("holder", "Ada"), ("tag", "sponsor-a"), ("people", "2")];

    assert_leads_to(&netconf.chair.post("/balance/quota", &add).await, "/balance");
    let twice = netconf.chair.post("/balance/quota", &add).await;
    assert_eq!(
        (twice.status.as_u16(), twice.html().attribute(".errsum a", "href").unwrap()),
        (422, "#name".into())
    );
    let page = netconf.chair.get("/balance").await.html();
    assert!(page.text("main").contains("Sponsor A"));
    assert!(page.text("main").contains("1 of 2"));
    let away = [("name", "Sponsor A"), ("do", "remove")];
    assert_leads_to(&netconf.chair.post("/balance/quota", &away).await, "/balance");
    assert!(netconf.chair.get("/balance").await.html().text("main").contains("Nobody outside the committee"));
}

#[tokio::test]
async fn the_forecast_says_that_there_is_too_little_history_until_there_is_enough() {
    let netconf = Netconf::new().await;
    let first = netconf.invite("Person 0").await;
    let early = netconf.chair.get("").await.html();
    assert!(early.text(".forecast").starts_with("Too little history: 0 of the 8 settled answers"));

    let mut people = vec![first];
    for n in 1..8 {
        let email = format!("guest{n}@example.org");
        let guest = netconf.add_at(&format!("Guest {n}"), &email, &[]).await;
        netconf.send_wave(&[&guest]).await;
        people.push(guest);
    }
    for (n, person) in people.iter().enumerate() {
        let given = if n % 2 == 0 { Given::Accept { mode: None } } else { Given::Decline };
        let (extras, now) = (AnswerExtras::default(), netconf.now());
        netconf.store.record_answer(person.id, &given, &extras, Via::Page, now).await.unwrap();
    }

    let page = netconf.chair.get("").await.html();
    let words = page.text(".forecast");
    assert!(words.starts_with("4 of 8 settled answers here said yes, so about 50 % accept"), "{words}");
    assert!(words.contains("To fill 16 seats that are left, invite about 32 more"), "{words}");
    assert_eq!(page.count(".forecast tbody tr"), 8);
    let aiko = netconf.add("Aiko Mori").await;
    let letter = netconf.chair.get(&format!("/mail/new?kind=invitation&p={}", aiko.public_id)).await.html();
    assert_eq!(letter.text(".forecast"), words);
}
