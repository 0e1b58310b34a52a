//! Links that open nothing, links that are lost, and the one that stops the mail.

use conclave_core::log_entry::Actor;

use super::guests::{Netconf, TOKE};

#[tokio::test]
async fn every_link_that_opens_nothing_is_the_same_page() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    let old = toke.path("");
    netconf.store.rotate_link(toke.id, "lost laptop", false, &Actor::Operator, netconf.now()).await.unwrap();

    let mut bodies = Vec::new();
    for path in [
        old.as_str(),
        "/i/k7fqm2xw93hdvv5c0tbnk7fqm2",
        "/i/short",
        "/i/%ff%fe",
        &format!("/i/{}", toke.unsubscribe.expose()),
        "/i/00000000000000000000000000",
    ] {
        let reply = netconf.app.get(path).send().await;
        assert_eq!(reply.status.as_u16(), 404, "{path}");
        bodies.push(reply.text());
    }

    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(bodies[0].contains("This invitation link does not work"));
    assert!(bodies[0].contains("name=\"email\"") && bodies[0].contains("name=\"link\""));
}

#[tokio::test]
async fn a_link_is_read_in_capitals_and_with_dashes() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    let token = toke.link.expose();

    let path = format!("/i/{}-{}", &token[..6].to_uppercase(), &token[6..]);

    assert_eq!(netconf.app.get(&path).send().await.status.as_u16(), 200);
}

#[tokio::test]
async fn guessing_is_slowed_down_and_valid_links_are_not() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    let mut statuses = Vec::new();
    for _ in 0..25 {
        statuses.push(netconf.app.get("/i/k7fqm2xw93hdvv5c0tbnk7fqm2").send().await.status.as_u16());
    }

    assert_eq!(statuses.iter().filter(|status| **status == 404).count(), 20);
    assert_eq!(statuses.last(), Some(&429));
    assert_eq!(toke.get("").await.status.as_u16(), 200);
}

#[tokio::test]
async fn a_pasted_link_leads_on_and_something_else_is_asked_for_again() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    let (one, two) = toke.link.expose().split_at(12);
    assert_eq!(netconf.app.get("/i").send().await.html().count("textarea[name=link]"), 1);

    let pasted = format!("> https://rsvp.example.org/i/{one}-\r\n> {two}");
    let reply = netconf.app.post("/i", &[("link", &pasted)]).send().await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, toke.path("").as_str()));

    let wrong = netconf.app.post("/i", &[("link", "hello <b>")]).send().await;
    assert_eq!(wrong.status.as_u16(), 422);
    assert_eq!(wrong.html().text("textarea"), "hello <b>");
}

#[tokio::test]
async fn asking_for_a_lost_link_says_the_same_to_everybody() {
    let netconf = Netconf::new().await;
    netconf.invite(TOKE).await;
    let ask = async |address: &str| {
        let reply = netconf.app.post("/i/lost", &[("email", address)]).send().await;
        (reply.status.as_u16(), reply.header("location").to_owned(), reply.text())
    };

    let known = ask("guest0@example.org").await;
    let mailed = netconf.db.dump().await;
    let unknown = ask("nobody@example.org").await;

    assert_eq!(known, unknown);
    assert_eq!(known.0, 303);
    assert!(mailed.contains("'link'"));
    assert_eq!(netconf.db.dump().await, mailed);
    assert_eq!(netconf.app.get(&known.1).send().await.html().text("h1"), "Look into your mail");
    let wrong = netconf.app.post("/i/lost", &[("email", "toke at home")]).send().await;
    assert_eq!(wrong.status.as_u16(), 422);
    assert_eq!(wrong.html().attribute("#email", "value").as_deref(), Some("toke at home"));
}

#[tokio::test]
async fn one_click_mutes_without_a_redirect_and_is_no_answer() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    let path = format!("/u/{}", toke.unsubscribe.expose());
    assert!(
        netconf
            .app
            .get(&path)
            .send()
            .await
            .html()
            .texts("button")
            .contains(&"Write no more about this event".to_owned())
    );
    assert_eq!(netconf.app.post(&path, &[("List-Unsubscribe", "yes")]).send().await.status.as_u16(), 422);
    assert!(!toke.get("").await.text().contains("You asked us not to write"));

    // As mail programs send it: no cookie, no origin, whatever Accept.
    let one_click = netconf
        .app
        .post(&path, &[("List-Unsubscribe", "One-Click")])
        .without("sec-fetch-site")
        .without("accept")
        .send()
        .await;

    assert_eq!((one_click.status.as_u16(), one_click.header("location")), (200, ""));
    let opened = netconf.app.get(&path).send().await.html();
    assert_eq!(opened.text("h1"), "We do not write to you about Netconf 2019 any more.");
    assert_eq!(opened.texts("main button"), ["Write to me again"]);
    let page = toke.get("").await.html();
    assert!(page.text(".note").contains("You asked us not to write about this event"));
    assert_eq!(page.text("h1"), "Will you come to Netconf 2019?");
    assert_eq!(netconf.app.post(&path, &[("undo", "yes")]).send().await.status.as_u16(), 200);
    assert!(!toke.get("").await.text().contains("You asked us not to write"));
    assert_eq!(toke.post("/mail", &[("muted", "yes")]).await.status.as_u16(), 303);
    assert_eq!(toke.post("/mail", &[("muted", "no")]).await.header("location"), toke.path("?saved=mail"));
    assert_eq!(netconf.app.get(&format!("/u/{}", toke.link.expose())).send().await.status.as_u16(), 404);
}
