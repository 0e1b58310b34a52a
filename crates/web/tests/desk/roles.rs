//! Who may see and who may act.

use conclave_core::committee::Role;

use crate::netconf::{Netconf, here, of};

const POSTS: [&str; 13] = [
    "edit",
    "note",
    "address",
    "answer",
    "withdraw",
    "reinvite",
    "other-means",
    "remove",
    "new-link",
    "reserve",
    "lapse",
    "extend",
    "tag",
];

#[tokio::test]
async fn a_reader_sees_and_does_nothing() {
    let netconf = Netconf::new().await;
    let aiko = netconf.add("Aiko Mori").await;
    let toke = netconf.invite("Toke Jensen").await;
    let reader = netconf.member("reader@example.org", Some(Role::Reader)).await;

    let list = reader.get("/invitees").await.html();
    assert_eq!(
        (list.count("tbody tr"), list.count("td.chk"), list.count(".bulk"), list.count("main .btn")),
        (2, 0, 0, 1)
    );
    let page = reader.get(&of(&toke)).await.html();
    assert_eq!(page.count("main form"), 0);
    assert!(page.text("main").contains("Everything that happened"));

    let before = netconf.log().await;
    for action in POSTS.iter().chain(&["link", "request", "support"]) {
        let reply = reader.post(&format!("{}/{action}", of(&aiko)), &[("version", "1")]).await;
        assert_eq!(reply.status.as_u16(), 403, "{action}");
    }
    for path in [
        "/invitees/new",
        "/invitees/bulk",
        "/import",
        "/reserve",
        "/requests",
        "/suggestions",
        "/balance/cap",
        "/balance/quota",
    ] {
        assert_eq!(reader.post(path, &[("do", "tag")]).await.status.as_u16(), 403, "{path}");
    }
    for path in ["/invitees/new", "/import"] {
        assert_eq!(reader.get(path).await.status.as_u16(), 403, "{path}");
    }
    assert_eq!(netconf.log().await, before);
}

#[tokio::test]
async fn outside_the_committee_there_is_nothing_here() {
    let netconf = Netconf::new().await;
    let aiko = netconf.add("Aiko Mori").await;
    let outsider = netconf.member("outsider@example.org", None).await;

    for path in ["/invitees".to_owned(), of(&aiko), "/import".to_owned()] {
        assert_eq!(outsider.get(&path).await.status.as_u16(), 404, "{path}");
    }
    assert_eq!(outsider.post(&format!("{}/remove", of(&aiko)), &[]).await.status.as_u16(), 404);
    let signed_out = netconf.stranger().get(&here("/invitees?state=listed")).send().await;
    assert_eq!(signed_out.status.as_u16(), 303);
    assert_eq!(signed_out.header("location"), "/login?next=%2Fc%2Fnetconf-2019%2Finvitees%3Fstate%3Dlisted");
}

#[tokio::test]
async fn a_form_that_is_not_ours_changes_nothing() {
    let netconf = Netconf::new().await;
    let aiko = netconf.add("Aiko Mori").await;
    let before = netconf.log().await;

    for action in POSTS {
        let path = format!("{}/{action}", of(&aiko));
        assert_eq!(netconf.chair.post_bare(&path, &[]).await.status.as_u16(), 403, "{action}");
    }
    let bulk = [("do", "remove"), ("id", aiko.public_id.as_str()), ("confirmed", "yes")];
    assert_eq!(netconf.chair.post_bare("/invitees/bulk", &bulk).await.status.as_u16(), 403);

    assert_eq!(netconf.log().await, before);
}

#[tokio::test]
async fn people_of_another_event_are_not_found() {
    let netconf = Netconf::new().await;

    assert_eq!(netconf.chair.get("/invitees/0123456789").await.status.as_u16(), 404);
    assert_eq!(netconf.chair.get("/import/0123456789").await.status.as_u16(), 404);
    let note = [("note", "x"), ("version", "1")];
    assert_eq!(netconf.chair.post("/invitees/0123456789/note", &note).await.status.as_u16(), 404);
}

#[tokio::test]
async fn every_page_has_one_heading_and_its_landmarks() {
    let netconf = Netconf::new().await;
    let aiko = netconf.add("Aiko Mori").await;
    let toke = netconf.invite("Toke Jensen").await;
    let mut paths = vec!["/invitees".to_owned(), "/invitees/new".to_owned(), "/import".to_owned()];
    for rest in ["", "/edit", "/answer", "/withdraw", "/new-link", "/reinvite"] {
        paths.push(format!("{}{rest}", of(&toke)));
    }
    for rest in ["", "/other-means", "/remove"] {
        paths.push(format!("{}{rest}", of(&aiko)));
    }

    for path in paths {
        let reply = netconf.chair.get(&path).await;
        assert_eq!(reply.status.as_u16(), 200, "{path}");
        let page = reply.html();
        assert_eq!((page.count("h1"), page.count("main"), page.count("a.skip")), (1, 1, 1), "{path}");
        assert_eq!(page.count("[style], main script"), 0, "{path}");
        for id in page.attributes("main label", "for") {
            assert_eq!(page.count(&format!("[id='{id}']")), 1, "{path}: {id}");
        }
        assert_eq!(page.count("nav.tabs [aria-current=page]"), 1, "{path}");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
    }
}
