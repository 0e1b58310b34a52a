//! Files: the page that names them, the download, who may have which.

use conclave_core::answer::Given;
use conclave_core::committee::Role;
use conclave_core::log_entry::Actor;
use conclave_persistence::{Details, LogLine};
use http::StatusCode;

use conclave_test_support::{TestDb, both_databases};

use crate::desk::Desk;

async fn exports(desk: &Desk) -> Vec<LogLine> {
    let lines = desk.store.overview(&desk.event, desk.clock.now()).await.unwrap().lately;
    lines.into_iter().filter(|line| line.action == "export.made").collect()
}

#[tokio::test]
async fn the_button_names_the_file_and_the_record_keeps_it() {
    let desk = Desk::new().await;
    desk.answered("=cmd Evil", &Given::Accept { mode: None }).await;
    desk.answered("Hana Sato", &Given::Decline).await;

    let page = desk.page("/export").await;
    assert_eq!(page.text("form[method=post][action*='/export/'] button"), "Download CSV, 1 person");
    assert!(page.text(".diffbox").starts_with("name,email,affiliation,answer,mode"));
    assert!(page.text(".diffbox").contains("'=cmd Evil"));
    assert!(exports(&desk).await.is_empty(), "looking is not exporting");

    let file = desk.post("/export/attendees.csv", &[]).await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"netconf-2019-attendees.csv\"");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.text().contains("'=cmd Evil,cmdevil@example.net"));
    assert_eq!(exports(&desk).await.len(), 1);
    let marked = desk.post("/export.csv", &[("bom", "1")]).await;
    assert!(marked.body.starts_with(b"\xef\xbb\xbfname,"));
}

#[tokio::test]
async fn a_get_shows_the_page_with_the_button() {
    let desk = Desk::new().await;

    for (path, button) in [
        ("/export/invitees.xlsx", "Download XLSX, 0 people"),
        ("/export/topics.md", "Download Markdown, 0 topics"),
        ("/export/page.html", "Download HTML, 0 people"),
        ("/export.json", "Download JSON, 0 people"),
        ("/export?what=page&format=csv", "Download HTML, 0 people"),
    ] {
        let page = desk.page(path).await;
        assert_eq!(page.text("form[method=post][action*='/export/'] button"), button, "{path}");
    }
    for path in ["/export/page.csv", "/export/everything.csv", "/export/attendees"] {
        assert_eq!(desk.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(exports(&desk).await.is_empty());
}

both_databases! {
    async fn every_file_can_be_made(db: TestDb) {
        let desk = Desk::on(db).await;
        desk.answered("Hana Sato", &Given::Accept { mode: None }).await;

        for name in ["attendees", "invitees", "details", "topics"] {
            for format in ["csv", "xlsx", "json", "md", "txt"] {
                let file = desk.post(&format!("/export/{name}.{format}"), &[]).await;
                assert_eq!(file.status, StatusCode::OK, "{name}.{format}");
                assert!(!file.body.is_empty());
            }
        }
        for format in ["html", "md", "txt", "json"] {
            let file = desk.post(&format!("/export/page.{format}"), &[]).await;
            assert_eq!(file.status, StatusCode::OK, "page.{format}");
            assert!(file.text().contains("Netconf 2019"), "page.{format}");
        }
    }
}

#[tokio::test]
async fn a_reader_takes_the_attendee_list_and_nothing_more() {
    let desk = Desk::new().await;
    desk.answered("Hana Sato", &Given::Accept { mode: None }).await;
    let reader = desk.colleague("reader@example.org", Role::Reader).await;

    assert_eq!(reader.page("/export").await.count("input[name=what]"), 2);
    assert_eq!(reader.post("/export/attendees.csv", &[]).await.status, StatusCode::OK);
    for path in ["/export/invitees.csv", "/export/details.csv", "/export/topics.json"] {
        assert_eq!(reader.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(reader.post(path, &[]).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(reader.post_bare("/export/attendees.csv", &[]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn answers_that_only_some_see_are_in_a_file_when_asked_for_and_the_record_says_so() {
    let desk = Desk::new().await;
    let hana = desk.answered("Hana Sato", &Given::Accept { mode: None }).await;
    desk.store.add_starter_questions(desk.event.id, &Actor::Operator, desk.clock.now()).await.unwrap();
    let said = Details { answers: vec![(1, "Vegan".into()), (2, "no nuts".into())], ..Details::default() };
    desk.store.set_details(hana.id, &said, desk.clock.now()).await.unwrap();

    let plain = desk.post("/export/details.csv", &[]).await.text();
    assert!(plain.starts_with("name,email,affiliation") && plain.contains("Hana Sato"), "{plain}");
    assert!(!plain.contains("Vegan") && !plain.contains("nuts"), "{plain}");
    let page = desk.page("/export?what=details&with=2").await;
    assert_eq!(page.attributes("input[name=with][checked]", "value"), ["2"]);
    assert!(page.text(".diffbox").contains("(in the file)"), "{}", page.text(".diffbox"));
    assert!(!page.text("main").contains("no nuts"), "looking is not exporting");
    let hidden = page.attribute("input[type=hidden][name=with]", "value").unwrap();
    let file = desk.post("/export/details.csv", &[("with", &hidden)]).await.text();
    assert!(file.contains("no nuts") && !file.contains("Vegan"), "{file}");
    assert_eq!(exports(&desk).await[0].subject, "details with 2 as csv");

    let member = desk.colleague("member@example.org", Role::Member).await;
    assert_eq!(member.page("/export?what=details").await.count("input[name=with][value='2']"), 0);
    let refused = member.post("/export/details.csv", &[("with", "2")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains("Question 2 is for kitchen alone"), "{}", refused.text());
}
