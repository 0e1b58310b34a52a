//! Captured mail in the browser: who may read it, and that it harms nobody who does.

use conclave_mail::transport::CaptureDir;
use conclave_web::state::WebConfig;
use http::StatusCode;

use crate::desk::Desk;

const MAIL: &str = "From: Netconf <netconf@example.org>\r\nTo: Hana <hana@example.net>\r\n\
                    Subject: <b>Invitation</b>\r\nDate: Mon, 1 Apr 2019 12:00:00 +0000\r\n\
                    Content-Type: text/plain; charset=utf-8\r\n\r\n\
                    Hello <script>\r\n\r\n    https://rsvp.example.org/i/abc\r\n";

fn config(public_url: &str, dir: &CaptureDir, is_loopback: bool) -> WebConfig {
    WebConfig {
        captured_mail: true,
        capture_dir: Some(dir.clone()),
        is_loopback,
        ..WebConfig::new(public_url.parse().unwrap())
    }
}

#[tokio::test]
async fn captured_mail_is_read_and_its_links_followed() {
    let folder = tempfile::tempdir().unwrap();
    let dir = CaptureDir::new(folder.path().join("captured-mail"));
    let desk = Desk::with(config("http://localhost", &dir, true)).await;
    let visitor = desk.app.other_browser();
    assert!(visitor.get("/captured-mail").send().await.text().contains("Nothing would have been sent yet."));
    let name = dir.store(MAIL.as_bytes()).await.unwrap();

    let list = visitor.get("/captured-mail").send().await.html();
    assert_eq!(list.text("tbody th a"), "<b>Invitation</b>");
    let mail = visitor.get(&format!("/captured-mail/{name}")).send().await.html();
    assert!(mail.raw_text(".mail pre").contains("Hello <script>"));
    assert_eq!(mail.attribute(".mail pre a", "href").unwrap(), "https://rsvp.example.org/i/abc");
    let raw = visitor.get(&format!("/captured-mail/{name}/raw")).send().await;
    assert_eq!(raw.body, MAIL.as_bytes());
    assert!(raw.header("content-disposition").starts_with("attachment; "));
    for unknown in ["nothing.eml", "..%2Fkey.eml", ".hidden.eml"] {
        let reply = visitor.get(&format!("/captured-mail/{unknown}")).send().await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{unknown}");
    }
}

#[tokio::test]
async fn elsewhere_it_is_for_operators_and_gone_when_mail_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let dir = CaptureDir::new(folder.path());
    let name = dir.store(MAIL.as_bytes()).await.unwrap();
    let desk = Desk::with(config("http://localhost", &dir, false)).await;
    let visitor = desk.app.other_browser();

    let door = visitor.get("/captured-mail").send().await;
    assert_eq!(door.status, StatusCode::SEE_OTHER);
    assert!(door.header("location").starts_with("/login"));
    // The chair of one event is not to read what goes to the people of another.
    for path in ["", &format!("/{name}"), &format!("/{name}/raw"), &format!("/{name}/html")] {
        let refused = desk.get(&format!("/captured-mail{path}")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        assert!(!refused.text().contains("/i/abc"), "{path}");
    }
    assert_eq!(desk.page("/mail").await.count(".banner a"), 0);

    let desk = desk.operator().await;
    assert!(desk.page(&format!("/captured-mail/{name}")).await.text("main").contains("/i/abc"));
    assert_eq!(desk.page("/c").await.attribute(".banner a", "href").unwrap(), "/captured-mail");

    let sending = Desk::new().await.operator().await;
    assert_eq!(sending.get("/captured-mail").await.status, StatusCode::NOT_FOUND);
}
