//! The public page, its twins, and who may not be named on it.

use conclave_core::event::EventMove;
use conclave_core::log_entry::Actor;
use conclave_core::topic::TopicMove;

use super::guests::{Netconf, TOKE};

async fn published() -> Netconf {
    let netconf = Netconf::with(&[
        ("page", "full"),
        ("epigraph", "The first rule of Netconf is: You do not talk about Netconf."),
        ("intro", "Netconf is by invitation.\n\nIt is <small>."),
    ])
    .await;
    let guests = netconf.invite_all(&[TOKE, "Ren Okafor", "Hana Sato"]).await;
    for (guest, listed) in guests.iter().zip(["yes", "no", "yes"]) {
        guest.post("/answer", &[("answer", "accepted"), ("listed", listed)]).await;
    }
    guests[2].says("declined").await;
    for title in ["XDP feature planning", "friendlier UAPI for XDP_REDIRECT", "Not decided"] {
        guests[0].post("/topics", &[("title", title)]).await;
    }
    for number in [1, 2] {
        let accept = TopicMove::Accept;
        netconf
            .store
            .decide_topic(netconf.event.id, number, accept, &Actor::Operator, netconf.now())
            .await
            .unwrap();
    }
    netconf
}

#[tokio::test]
async fn the_page_names_only_who_comes_and_agreed() {
    let netconf = published().await;

    let reply = netconf.app.get("/netconf-2019").send().await;
    let page = reply.html();

    assert_eq!(page.text("h1"), "Netconf 2019");
    assert_eq!(page.texts(".topics tbody th"), [TOKE]);
    assert_eq!(page.texts(".topics td li"), ["XDP feature planning", "friendlier UAPI for XDP_REDIRECT"]);
    assert_eq!(page.texts(".prose p")[1], "It is <small>.");
    assert_eq!(page.text("time"), "June 20 - June 21, 2019");
    assert!(
        !reply.text().contains("Ren")
            && !reply.text().contains("Hana")
            && !reply.text().contains("Not decided")
    );
    assert_eq!(page.count("script"), 0);
    assert_eq!(reply.header("cache-control"), "public, max-age=300");
    assert!(reply.header("x-robots-tag").contains("noindex"));
    assert_eq!(reply.header("set-cookie"), "");
}

#[tokio::test]
async fn a_browser_without_style_keeps_words_apart() {
    let netconf = published().await;

    let page = netconf.app.get("/netconf-2019").send().await.html();

    assert_eq!(page.text(".manline"), "NETCONF(2019) Workshops Manual NETCONF(2019)");
    assert!(page.text(".formats").starts_with("This page as text Markdown "));
}

#[tokio::test]
async fn every_twin_is_found_by_its_ending_and_by_accept() {
    let netconf = published().await;
    let cases = [
        (
            ".txt",
            "text/plain",
            "    Toke Høiland-Jørgensen XDP feature planning\n\n    friendlier UAPI for XDP_REDIRECT\n",
        ),
        (".md", "text/markdown", "| Toke Høiland-Jørgensen | XDP feature planning<br>"),
        (".json", "application/json", "\"slug\": \"netconf-2019\""),
        (".ics", "text/calendar", "UID:netconf-2019@example.org\r\n"),
    ];
    for (ending, kind, content) in cases {
        let by_ending = netconf.app.get(&format!("/netconf-2019{ending}")).send().await;
        let by_accept = netconf.app.get("/netconf-2019").header("accept", kind).send().await;
        for reply in [&by_ending, &by_accept] {
            assert!(reply.header("content-type").starts_with(kind), "{ending}");
            assert!(reply.text().contains(content), "{ending}: {}", reply.text());
            assert_eq!(reply.header("cache-control"), "public, max-age=300");
        }
    }
    for path in ["/netconf-2019.exe", "/netconf-2019.", "/other-2019", "/NETCONF-2019.txt.txt"] {
        assert_eq!(netconf.app.get(path).send().await.status.as_u16(), 404, "{path}");
    }
}

#[tokio::test]
async fn facts_alone_name_nobody() {
    let netconf = published().await;
    netconf.set("page", "facts").await;

    let page = netconf.app.get("/netconf-2019").send().await;
    assert!(page.html().text("main").contains("The list of invitees is not published."));
    for ending in ["", ".txt", ".md", ".json"] {
        let reply = netconf.app.get(&format!("/netconf-2019{ending}")).send().await;
        assert!(!reply.text().contains("Toke") && !reply.text().contains("XDP"), "{ending}");
    }
}

#[tokio::test]
async fn t36_a_page_that_is_off_is_not_there() {
    let netconf = Netconf::with(&[("page", "off")]).await;

    for path in ["/netconf-2019", "/netconf-2019.txt", "/netconf-2019.ics", "/netconf-2019.json"] {
        let off = netconf.app.get(path).send().await;
        assert_eq!(off.status.as_u16(), 404, "{path}");
        assert_eq!(off.text(), netconf.app.get("/never-was").send().await.text());
        assert_eq!(off.header("cache-control"), "no-store");
    }
    let home = netconf.app.get("/").send().await;
    assert_eq!(home.status.as_u16(), 200);
    assert!(!home.text().contains("Netconf"));
}

#[tokio::test]
async fn the_start_page_leads_to_the_only_event() {
    let netconf = published().await;

    let home = netconf.app.get("/").send().await;

    assert_eq!((home.status.as_u16(), home.header("location")), (307, "/netconf-2019"));
}

#[tokio::test]
async fn a_cancelled_event_says_so_on_every_twin() {
    let netconf = published().await;
    netconf.move_event(EventMove::Cancel, "The venue lost its roof.").await;

    let page = netconf.app.get("/netconf-2019").send().await.html();

    assert!(page.text(".note-bad").contains("Cancelled."));
    assert!(netconf.app.get("/netconf-2019.txt").send().await.text().contains("\nCancelled."));
    assert!(netconf.app.get("/netconf-2019.ics").send().await.text().contains("STATUS:CANCELLED\r\n"));
}

#[tokio::test]
async fn the_exported_page_stands_alone() {
    let netconf = published().await;
    let page = netconf.store.public_page(&netconf.event, true).await.unwrap();

    let html = conclave_web::public_page_html(&page);

    assert!(html.contains("<th scope=\"row\">Toke Høiland-Jørgensen</th>"), "{html}");
    assert!(!html.contains("href=") && !html.contains("<script"), "{html}");
}
