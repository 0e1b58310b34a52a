//! What every page gets without asking: headers, refusals, errors, assets.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use axum::Router;
use axum::routing::{get, post};
use chrono::{DateTime, TimeDelta, Utc};
use conclave_core::clock::Clock;
use conclave_core::link_token::LinkKey;
use conclave_persistence::{Site, Store, StoreOptions};
use conclave_test_support::app::{App, Reply};
use http::{Method, StatusCode};

use super::finish;
use crate::access::{Desk, Edit, See};
use crate::assets;
use crate::error::{DiffLine, PageError, Stale};
use crate::forms::Typed;
use crate::layout::Link;
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::{AppState, WebConfig};

const NOW: &str = "2019-05-14T09:30:40Z";

async fn state(public_url: &str) -> AppState {
    let now: DateTime<Utc> = NOW.parse().unwrap();
    let config = WebConfig {
        contact: Some("netconf@example.org".to_owned()),
        ..WebConfig::new(public_url.parse().unwrap())
    };
    // None of these pages asks the database for anything.
    let site = Site {
        public_url: public_url.to_owned(),
        host: "localhost".to_owned(),
        mail_domain: "localhost".to_owned(),
        key: LinkKey::from_bytes([7; 32]),
    };
    let options = StoreOptions { url: "sqlite::memory:".to_owned(), pool: 1, site };
    AppState::new(config, Clock::fixed(now), Store::connect(&options).await.unwrap())
}

/// The real routes and, beside them, one page for each way to fail.
async fn app() -> App {
    let state = state("http://localhost:8080").await;
    let until = state.clock.now() + TimeDelta::seconds(60);
    let failing = Router::new()
        .route("/t/refused", get(async || refused()))
        .route("/t/stale", get(async || stale()))
        .route("/t/link", get(async || PageError::LinkNotFound))
        .route("/t/forbidden", get(async || PageError::Forbidden("A chair of this event can.")))
        .route(
            "/t/sign-in",
            get(async || PageError::SignIn { next: "/c/netconf-2019?state=invited".to_owned() }),
        )
        .route("/t/too-many", get(async move || PageError::TooMany { until }))
        .route("/t/unavailable", get(async || PageError::unavailable("database locked by secret-cause")))
        .route(
            "/t/internal",
            get(async || PageError::internal("secret-cause")).post(async || PageError::internal("x")),
        )
        .route("/t/panic", get(panics))
        .route("/t/post", post(async |_: Typed| "posted"))
        .route("/i/{token}/pressed", post(async |wants: Wants| done(wants, "/i/abc", "Recorded: accepted.")))
        .route("/c/{event}/thing", post(async || "posted"))
        .route(
            "/c/{event}/desk",
            get(async |_: Desk<See>| "desk").post(async |_: Desk<Edit>, _: Signed| "saved"),
        )
        .route("/t/{number}", get(async |axum::extract::Path(_): axum::extract::Path<u8>| "a number"));
    App::new(finish(super::routes().merge(failing), state))
}

async fn panics() -> &'static str {
    panic!("secret-cause")
}

fn refused() -> PageError {
    PageError::Refused {
        code: "full",
        sentence: "All seats are taken.".to_owned(),
        back: Some(Link::new("/i/abc", "Your choices")),
    }
}

fn stale() -> PageError {
    PageError::Stale(Box::new(Stale {
        sentence: "Daniel Borkmann saved this page 40 seconds ago.".to_owned(),
        diff: vec![DiffLine::Theirs("45 <minutes>".to_owned()), DiffLine::Yours("30 minutes".to_owned())],
        theirs: Some(Link::new("/t", "Keep theirs")),
    }))
}

fn assert_headers(reply: &Reply, what: &str) {
    let policy = reply.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{what}: {policy}");
    assert!(
        policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"),
        "{what}: {policy}"
    );
    for (name, value) in [
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-robots-tag", "noindex, nofollow"),
        ("cross-origin-opener-policy", "same-origin"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(reply.header(name), value, "{what}: {name}");
    }
    assert_eq!(reply.header("x-request-id").len(), 11, "{what}");
    assert_eq!(reply.header("set-cookie"), "", "{what}");
}

#[tokio::test]
async fn every_answer_has_the_protective_headers() {
    let app = app().await;
    let paths = [
        "/healthz",
        "/nowhere/at/all",
        assets::stylesheet(),
        "/t/refused",
        "/t/link",
        "/t/too-many",
        "/t/panic",
        "/t/post",
    ];
    for path in paths {
        let reply = app.get(path).send().await;

        assert_headers(&reply, path);
        let cached =
            if path == assets::stylesheet() { "public, max-age=31536000, immutable" } else { "no-store" };
        assert_eq!(reply.header("cache-control"), cached, "{path}");
    }
    assert_eq!(app.get("/login/x").send().await.header("referrer-policy"), "same-origin");
    assert!(app.get("/c/x").send().await.header("content-security-policy").contains("connect-src 'self'"));
    assert_eq!(app.get("/").send().await.header("strict-transport-security"), "");

    let encrypted = App::new(super::router(state("https://localhost").await));
    assert_ne!(encrypted.get("/").send().await.header("strict-transport-security"), "");
}

#[tokio::test]
async fn assets_are_found_by_their_hash_only() {
    let app = app().await;

    let style = app.get(assets::stylesheet()).send().await;
    assert_eq!((style.status, style.header("content-type")), (StatusCode::OK, "text/css; charset=utf-8"));
    let packed = app.get(assets::stylesheet()).header("accept-encoding", "gzip").send().await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() < 12_000, "the stylesheet takes {} bytes", packed.body.len());
    let script = app.get(assets::desk_script()).send().await;
    assert!(script.status == StatusCode::OK && script.body.len() < 4096);
    assert_eq!(app.get(assets::favicon()).send().await.header("content-type"), "image/svg+xml");
    for name in ["app.css", "app.000000000000.css", "..%2Fapp.css", ""] {
        assert_eq!(app.get(&format!("/static/{name}")).send().await.status, StatusCode::NOT_FOUND, "{name}");
    }
}

#[tokio::test]
async fn every_failure_is_a_page_with_status_heading_and_contact() {
    let app = app().await;
    let cases = [
        ("/nowhere/at/all", 404, "No route to page"),
        ("/t/link", 404, "This invitation link does not work"),
        ("/t/forbidden", 403, "Not yours to do"),
        ("/t/refused", 409, "Not possible"),
        ("/t/stale", 409, "Someone was faster"),
        ("/t/too-many", 429, "Slow down, please"),
        ("/t/unavailable", 503, "Back in a moment"),
        ("/t/internal", 500, "That was us, not you"),
        ("/t/panic", 500, "That was us, not you"),
        ("/t/post", 405, "That could not be read"),
        ("/t/300", 400, "That could not be read"),
    ];
    for (path, status, heading) in cases {
        let reply = app.get(path).send().await;
        let page = reply.html();

        assert_eq!(reply.status.as_u16(), status, "{path}");
        assert_eq!(reply.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert_eq!(page.texts("h1"), [heading], "{path}");
        assert_eq!(page.text("title"), heading, "{path}");
        assert!(page.text("p.code").starts_with(&status.to_string()), "{path}");
        assert_eq!(page.attribute(".foot a", "href").unwrap(), "mailto:netconf@example.org", "{path}");
        assert_eq!(page.attribute("body", "class").unwrap(), "letter", "{path}");
        assert!(!reply.text().contains("secret-cause"), "{path} shows its cause");
        assert!(!reply.text().contains("style="), "{path} has inline style");
    }
}

#[tokio::test]
async fn failures_name_what_helps() {
    let app = app().await;

    let refused = app.get("/t/refused").send().await.html();
    assert_eq!(refused.text(".lede"), "All seats are taken.");
    assert_eq!(refused.attribute("main a.btn", "href").unwrap(), "/i/abc");

    let stale = app.get("/t/stale").send().await.html();
    assert_eq!(stale.texts("pre ins"), ["+ 45 <minutes>"]);
    assert_eq!(stale.texts("pre del"), ["- 30 minutes"]);

    let too_many = app.get("/t/too-many").send().await;
    assert!(
        too_many.html().text(".lede").contains("Wait until 09:31:40 UTC, about 60 seconds"),
        "{}",
        too_many.text()
    );
    assert_eq!(too_many.header("retry-after"), "61");

    assert_eq!(app.get("/t/unavailable").send().await.header("retry-after"), "5");

    let ours = app.get("/t/internal").send().await;
    assert!(ours.html().text("main").contains(&format!("Reference: {}", ours.header("x-request-id"))));
    assert!(app.post("/t/internal", &[]).send().await.text().contains("was not saved"));

    let link = app.get("/t/link").send().await.html();
    assert_eq!(link.attributes("main form", "action"), ["/i", "/i/lost"]);

    let wrong_method = app.get("/t/post").send().await;
    assert_eq!(wrong_method.header("allow"), "POST");
}

#[tokio::test]
async fn signed_out_goes_to_the_door_and_back() {
    let app = app().await;

    let page = app.get("/t/sign-in").send().await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert_eq!(page.header("location"), "/login?next=%2Fc%2Fnetconf-2019%3Fstate%3Dinvited");
    assert_eq!(app.get("/t/sign-in").text().send().await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn failures_speak_text_and_problem_details_too() {
    let app = app().await;

    let text = app.get("/t/refused").text().send().await;
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(text.text(), "409 Not possible\nAll seats are taken.\n");

    let json = app.get("/t/refused").header("accept", "application/json").send().await;
    assert_eq!(json.header("content-type"), "application/problem+json");
    let problem: serde_json::Value = serde_json::from_slice(&json.body).unwrap();
    assert_eq!(
        (problem["status"].as_u64(), problem["code"].as_str(), problem["detail"].as_str()),
        (Some(409), Some("full"), Some("All seats are taken."))
    );
    let curl = app.get("/t/refused").header("accept", "*/*").send().await;
    assert_eq!(curl.header("content-type"), "text/html; charset=utf-8");
}

#[tokio::test]
async fn a_change_is_answered_with_a_way_on_or_with_its_sentence() {
    let app = app().await;

    let browser = app.post("/i/abc/pressed", &[("answer", "accepted")]).send().await;
    assert_eq!((browser.status, browser.header("location")), (StatusCode::SEE_OTHER, "/i/abc"));
    assert_eq!(browser.text(), "Recorded: accepted.\n");
    let shell = app.post("/i/abc/pressed", &[]).without("sec-fetch-site").text().send().await;
    assert_eq!((shell.status, shell.text().as_str()), (StatusCode::OK, "Recorded: accepted.\n"));
    let curl = app.post("/i/abc/pressed", &[]).without("sec-fetch-site").header("accept", "*/*").send().await;
    assert_eq!(curl.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn posts_that_another_site_sends_are_refused() {
    let app = app().await;
    for (path, site, passes) in [
        ("/t/post", "same-origin", true),
        ("/t/post", "same-site", false),
        ("/t/post", "cross-site", false),
        ("/c/netconf-2019/thing", "cross-site", false),
        ("/c/netconf-2019/thing", "same-site", false),
        ("/c/netconf-2019/thing", "same-origin", true),
        ("/i/abc/pressed", "same-site", true),
        ("/i/abc/pressed", "cross-site", false),
    ] {
        let reply = app.post(path, &[]).header("sec-fetch-site", site).send().await;

        assert_eq!(reply.status != StatusCode::FORBIDDEN, passes, "{path} from {site}");
        assert_headers_of_refusal(&reply, passes);
    }
    let old_browser = app.post("/t/post", &[]).without("sec-fetch-site");
    assert_eq!(
        old_browser.header("origin", "https://evil.example").send().await.status,
        StatusCode::FORBIDDEN
    );
    let loopback =
        app.post("/t/post", &[]).without("sec-fetch-site").header("origin", "http://127.0.0.1:8080");
    assert_eq!(loopback.send().await.status, StatusCode::OK);
    assert_eq!(app.post("/t/post", &[]).without("sec-fetch-site").send().await.status, StatusCode::OK);
    assert_eq!(
        app.get("/healthz").header("sec-fetch-site", "cross-site").send().await.status,
        StatusCode::OK
    );
}

fn assert_headers_of_refusal(reply: &Reply, passes: bool) {
    if !passes {
        assert!(reply.html().text("main").contains("Nothing was changed"));
    }
}

#[tokio::test]
async fn requests_for_another_host_are_refused_and_health_checks_are_not() {
    let app = app().await;
    for (path, host, status) in [
        ("/t/refused", "evil.example", 421),
        ("/t/refused", "127.0.0.1:9999", 409),
        ("/healthz", "evil.example", 200),
        ("/readyz", "10.0.0.1", 200),
        ("/static/x", "evil.example", 421),
    ] {
        let reply = app.get(path).header("host", host).send().await;

        assert_eq!(reply.status.as_u16(), status, "{path} at {host}");
        assert!(!reply.text().contains("evil.example"));
    }
    assert_eq!(app.get("/t/refused").without("host").send().await.status.as_u16(), 421);
    let absolute = app.ask(Method::GET, "http://evil.example/t/refused").send().await;
    assert_eq!(absolute.status.as_u16(), 421);
}

#[tokio::test]
async fn a_form_that_cannot_be_read_is_refused_with_the_reason() {
    let app = app().await;

    let kind = app.post("/t/post", &[]).header("content-type", "application/json").body("{}").send().await;
    assert_eq!(kind.status.as_u16(), 415);
    assert!(kind.html().text("main").contains("Send this as a form"));
    let long = app.post("/t/post", &[("text", &"x".repeat(300_000))]).send().await;
    assert_eq!(long.status.as_u16(), 413);
    assert!(long.html().text("main").contains("up to 256 KiB"));
}

#[tokio::test]
async fn a_set_clock_is_said_on_every_page() {
    let page = app().await.get("/nowhere/at/all").send().await.html();

    assert_eq!(
        page.text(".banner"),
        "The clock of this installation is set: it is 14 May 2019, 09:30 UTC here."
    );
}

#[tokio::test]
async fn the_desk_without_a_session_leads_to_the_door_and_back_to_what_may_be_repeated() {
    let app = app().await;

    let page = app.get("/c/netconf-2019/desk?state=invited").send().await;
    assert_eq!(page.header("location"), "/login?next=%2Fc%2Fnetconf-2019%2Fdesk%3Fstate%3Dinvited");
    let post = app.post("/c/netconf-2019/desk", &[("do", "invite")]).send().await;
    assert_eq!((post.status, post.header("location")), (StatusCode::SEE_OTHER, "/login?next=%2Fc"));
    let other_cookie =
        app.get("/c/netconf-2019/desk").header("cookie", "session=abc; __Host-session=").send().await;
    assert_eq!(other_cookie.status, StatusCode::SEE_OTHER);
}
