//! How the committee comes in, and who stays outside.

use chrono::TimeDelta;
use conclave_core::clock::Clock;
use conclave_core::log_entry::Actor;
use conclave_core::password;
use conclave_persistence::{Claimed, MailPause, NewAccount, Sent, Store};
use conclave_test_support::TestDb;
use conclave_test_support::app::App;
use conclave_test_support::builders::{self, now};
use conclave_test_support::member::Member;
use conclave_web::state::{About, AppState, WebConfig};

use super::guests::Netconf;

const PASSWORD: &str = "eight wires in order";

/// An account with [`PASSWORD`], beside the chair.
async fn member(netconf: &Netconf, email: &str) {
    let hash = password::hash(&PASSWORD.to_owned().into()).unwrap();
    let new = NewAccount { password_hash: Some(hash), ..builders::account(email) };
    netconf.store.add_account(&new, &Actor::Operator, now()).await.unwrap();
}

/// The one mail that waits.
async fn mailed(store: &Store) -> Claimed {
    let lease = TimeDelta::minutes(3);
    let mut claimed = store.claim("test", 10, lease, TimeDelta::minutes(15), now()).await.unwrap();
    assert_eq!(claimed.len(), 1);
    claimed.remove(0)
}

async fn is_in(app: &App) -> bool {
    let page = app.get("/login").send().await;
    assert!(matches!(page.status.as_u16(), 200 | 303));
    page.status.as_u16() == 303
}

#[tokio::test]
async fn a_password_lets_in_and_leads_back() {
    let netconf = Netconf::new().await;
    member(&netconf, "omar@example.org").await;

    let fields =
        [("email", "OMAR@example.org"), ("password", PASSWORD), ("next", "/c/netconf-2019?state=invited")];
    let reply = netconf.app.post("/login", &fields).send().await;

    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/c/netconf-2019?state=invited"));
    assert!(reply.header("set-cookie").starts_with("session-8080="), "plain http on loopback");
    assert!(reply.header("set-cookie").ends_with("HttpOnly; SameSite=Lax"));
    assert!(is_in(&netconf.app).await);
    assert!(!is_in(&netconf.app.other_browser()).await);
}

#[tokio::test]
async fn whoever_logs_in_is_sent_to_our_own_pages_alone() {
    let netconf = Netconf::new().await;
    member(&netconf, "omar@example.org").await;

    for next in ["https://evil.example/", "//evil.example", "/\\evil.example", ""] {
        let fields = [("email", "omar@example.org"), ("password", PASSWORD), ("next", next)];
        let reply = netconf.app.post("/login", &fields).send().await;
        assert_eq!(reply.header("location"), "/c", "{next}");
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_the_same_page() {
    let netconf = Netconf::new().await;
    member(&netconf, "omar@example.org").await;
    let mut pages = Vec::new();

    // The chair has no password; hana is not known at all.
    for email in ["omar@example.org", "davem@example.org", "hana@example.org"] {
        let fields = [("email", email), ("password", "eight wires in disorder")];
        let reply = netconf.app.post("/login", &fields).send().await;
        assert_eq!((reply.status.as_u16(), reply.header("set-cookie")), (422, ""), "{email}");
        assert_eq!(reply.html().attribute("#email", "value").as_deref(), Some(email));
        assert_eq!(reply.html().attribute("#password", "value"), None);
        assert!(reply.html().text("title").starts_with("Error: "));
        pages.push(reply.text().replace(email, ""));
    }

    assert!(pages.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(!pages[0].contains("disorder"));
    assert!(!is_in(&netconf.app).await);
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    let netconf = Netconf::new().await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        let fields = [("email", "omar@example.org"), ("password", "x")];
        statuses.push(netconf.app.post("/login", &fields).send().await.status.as_u16());
    }

    assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 10);
    assert_eq!(statuses.last(), Some(&429));
}

#[tokio::test]
async fn opening_a_mailed_link_uses_nothing_up_and_its_button_works_once() {
    let netconf = Netconf::new().await;
    let asked = netconf.app.post("/login/link", &[("email", "davem@example.org")]).send().await;
    assert_eq!((asked.status.as_u16(), asked.header("location")), (303, "/login/sent"));
    let mail = mailed(&netconf.store).await;
    let path = format!("/login/{}", mail.sign_in_secret.unwrap().expose());

    for _ in 0..3 {
        let page = netconf.app.get(&path).send().await;
        assert_eq!((page.status.as_u16(), page.header("set-cookie")), (200, ""));
        assert_eq!(page.html().attribute("main form", "action"), Some(path.clone()));
    }
    assert!(!is_in(&netconf.app).await);
    assert_eq!(netconf.app.post(&path, &[]).send().await.header("location"), "/c");
    assert!(is_in(&netconf.app).await);

    let again = netconf.app.post(&path, &[]).send().await;
    assert_eq!(again.status.as_u16(), 410);
    assert_eq!(again.html().text("h1"), "This login link has expired");
    assert_eq!(netconf.app.get(&path).send().await.status.as_u16(), 410);
    assert_eq!(netconf.app.get("/login/k7fqm2xw93hdvv5c0tbnk7fqm2").send().await.status.as_u16(), 410);
}

#[tokio::test]
async fn a_link_is_asked_for_the_same_way_whether_the_address_is_known_or_not() {
    let netconf = Netconf::new().await;

    let fields = |email| [("email", email), ("password", ""), ("way", "link"), ("next", "/c/netconf-2019")];
    let known = netconf.app.post("/login", &fields("davem@example.org")).send().await;
    let unknown = netconf.app.post("/login", &fields("hana@example.org")).send().await;

    assert_eq!((known.status, known.text()), (unknown.status, unknown.text()));
    assert_eq!(known.header("location"), "/login/sent?next=%2Fc%2Fnetconf-2019");
    assert_eq!(known.header("location"), unknown.header("location"));
    assert_eq!(known.header("set-cookie"), unknown.header("set-cookie"));
    assert_eq!(mailed(&netconf.store).await.to_address, "davem@example.org");
}

#[tokio::test]
async fn a_code_works_in_the_browser_that_asked_and_in_no_other() {
    let netconf = Netconf::new().await;
    netconf.app.post("/login/link", &[("email", "davem@example.org")]).send().await;
    let code = mailed(&netconf.store).await.sign_in_code.unwrap();
    let fields = [("code", code.expose()), ("next", "/c/netconf-2019")];

    let elsewhere = netconf.app.other_browser();
    let refused = elsewhere.post("/login/code", &fields).send().await;
    assert_eq!(refused.status.as_u16(), 422);
    assert!(!is_in(&elsewhere).await);
    let wrong = netconf.app.post("/login/code", &[("code", "ABCD-EFGH")]).send().await;
    assert_eq!(wrong.status.as_u16(), 422);

    let reply = netconf.app.post("/login/code", &fields).send().await;

    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/c/netconf-2019"));
    assert!(is_in(&netconf.app).await);
}

#[tokio::test]
async fn a_mailed_way_in_is_dead_after_fifteen_minutes() {
    let netconf = Netconf::new().await;
    netconf.app.post("/login/link", &[("email", "davem@example.org")]).send().await;
    let mail = mailed(&netconf.store).await;
    netconf.clock.advance(TimeDelta::minutes(16));

    let path = format!("/login/{}", mail.sign_in_secret.unwrap().expose());
    let code = mail.sign_in_code.unwrap();

    assert_eq!(netconf.app.post(&path, &[]).send().await.status.as_u16(), 410);
    assert_eq!(netconf.app.post("/login/code", &[("code", code.expose())]).send().await.status.as_u16(), 422);
}

#[tokio::test]
async fn a_session_ends_by_itself_and_its_forms_need_their_token() {
    let netconf = Netconf::new().await;
    member(&netconf, "omar@example.org").await;
    netconf.app.post("/login", &[("email", "omar@example.org"), ("password", PASSWORD)]).send().await;

    let forged = netconf.app.post("/logout", &[]).send().await;
    assert_eq!(forged.status.as_u16(), 403);
    assert!(is_in(&netconf.app).await);

    for _ in 0..24 {
        netconf.clock.advance(TimeDelta::hours(7));
        is_in(&netconf.app).await;
    }
    assert!(!is_in(&netconf.app).await, "in use, and seven days old");
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends_after_eight_hours() {
    let netconf = Netconf::new().await;
    member(&netconf, "omar@example.org").await;
    netconf.app.post("/login", &[("email", "omar@example.org"), ("password", PASSWORD)]).send().await;

    for _ in 0..3 {
        netconf.clock.advance(TimeDelta::hours(7));
        assert!(is_in(&netconf.app).await, "in use, if only to look");
    }
    netconf.clock.advance(TimeDelta::hours(8));

    assert!(!is_in(&netconf.app).await);
    let door = netconf.app.get("/c/netconf-2019?state=invited").send().await;
    assert_eq!(door.header("location"), "/login?next=%2Fc%2Fnetconf-2019%3Fstate%3Dinvited");
}

#[tokio::test]
async fn set_up_makes_the_first_account_and_is_gone() {
    let db = TestDb::sqlite().await;
    let store = db.store().await;
    let clock = Clock::fixed(now());
    let config = WebConfig::new("https://rsvp.example.org".parse().unwrap());
    let state = AppState::new(config, clock, store.clone());
    let app = App::new(conclave_web::router::router(state));
    let secret = store.issue_setup_secret(now()).await.unwrap().unwrap();
    let path = format!("/setup/{}", secret.expose());
    let ask = |path: &str| app.get(path).header("host", "rsvp.example.org");
    let post =
        |path: &str, fields: &[(&str, &str)]| app.post(path, fields).header("host", "rsvp.example.org");

    assert_eq!(ask("/setup").send().await.status.as_u16(), 200);
    for door in ["/", "/login"] {
        let page = ask(door).send().await;
        assert_eq!(page.html().text("h1"), "This installation is not set up yet.", "{door}");
        assert!(page.html().text("main").contains("conclave setup-link"), "{door}");
        assert!(!page.text().contains(secret.expose()), "{door}");
    }
    let pasted = format!("https://rsvp.example.org{path}");
    assert_eq!(post("/setup", &[("code", &pasted)]).send().await.header("location"), path);
    assert_eq!(ask("/setup/k7fqm2xw93hdvv5c0tbnk7fqm2").send().await.status.as_u16(), 410);
    assert_eq!(ask(&path).send().await.status.as_u16(), 200);

    let short = [("name", "David Miller"), ("email", "davem@example.org"), ("password", "short")];
    let refused = post(&path, &short).send().await;
    assert_eq!(refused.status.as_u16(), 422);
    assert_eq!(refused.html().attribute("#name", "value").as_deref(), Some("David Miller"));
    assert_eq!(refused.html().attribute("#password", "value"), None);

    let fields = [("name", "David Miller"), ("email", "davem@example.org"), ("password", PASSWORD)];
    let made = post(&path, &fields).send().await;
    assert_eq!((made.status.as_u16(), made.header("location")), (303, "/setup/server"));
    assert!(made.header("set-cookie").starts_with("__Host-session="));
    assert!(made.header("set-cookie").contains("Secure; HttpOnly"));
    assert!(store.accounts().await.unwrap()[0].is_operator);

    for gone in ["/setup", &path] {
        assert_eq!(ask(gone).send().await.status.as_u16(), 404, "{gone}");
        assert_eq!(post(gone, &fields).send().await.status.as_u16(), 404, "{gone}");
    }
}

/// A member of an installation that has no event yet.
async fn before_the_first_event(config: WebConfig, is_operator: bool) -> (Member, Store, TestDb) {
    let db = TestDb::sqlite().await;
    let store = db.store().await;
    let public_url = config.public_url.clone();
    let state = AppState::new(config, Clock::fixed(now()), store.clone());
    let app = App::new(conclave_web::router::router(state));
    let new = NewAccount { is_operator, ..builders::account("davem@example.org") };
    let account = store.add_account(&new, &Actor::Operator, now()).await.unwrap();
    (Member::sign_in(&app, &store, &account, &public_url, now()).await, store, db)
}

#[tokio::test]
async fn set_up_shows_the_server_and_its_mail_until_there_is_an_event() {
    let about = About {
        database: "PostgreSQL".to_owned(),
        relay: "mail.example.org, port 587, STARTTLS, with a login".to_owned(),
        sender: "rsvp@example.org".to_owned(),
    };
    let config = WebConfig { about, ..WebConfig::new("http://localhost".parse().unwrap()) };
    let (operator, store, _db) = before_the_first_event(config.clone(), true).await;

    let server = operator.page("/setup/server").await;
    assert_eq!(server.texts(".steps li"), ["You", "This server", "Mail", "First event"]);
    assert_eq!(server.text(".steps [aria-current]"), "This server");
    let facts = server.texts(".facts dd");
    assert_eq!(facts[..2], ["http://localhost", "PostgreSQL"]);
    assert!(server.text(".note").starts_with("This machine only."));
    assert_eq!(server.attribute("a.btn-l", "href").unwrap(), "/setup/mail");
    let mail = operator.page("/setup/mail").await;
    assert_eq!(
        mail.texts(".facts dd")[..2],
        ["mail.example.org, port 587, STARTTLS, with a login", "rsvp@example.org"]
    );
    assert_eq!(mail.text("form button"), "Send a test to davem@example.org");
    assert_eq!(mail.attribute("a.btn-l", "href").unwrap(), "/c/new?first=yes");
    assert_eq!(operator.page("/c").await.attribute("main p a", "href").unwrap(), "/setup/server");

    let (member, _, _other) = before_the_first_event(config, false).await;
    for path in ["/setup/server", "/setup/mail"] {
        assert_eq!(member.get(path).await.status.as_u16(), 403, "{path}");
        builders::add_event(&store, &format!("workshop-{}", path.len()), None).await;
        assert_eq!(operator.get(path).await.status.as_u16(), 404, "{path}");
    }
    assert_eq!(operator.post("/setup/mail", &[]).await.status.as_u16(), 404);
}

#[tokio::test]
async fn the_test_mail_of_set_up_is_told_about_plainly() {
    let config = WebConfig::new("http://localhost".parse().unwrap());
    let (operator, store, _db) = before_the_first_event(config, true).await;
    assert_eq!(operator.post_bare("/setup/mail", &[]).await.status.as_u16(), 403);
    let minutes = TimeDelta::minutes(3);

    let sent = operator.post("/setup/mail", &[]).await;
    let path = sent.header("location").to_owned();
    let told = async || operator.page(&path).await;
    let waiting = told().await;
    assert!(waiting.text(".note").contains("on its way to davem@example.org"));
    assert_eq!(waiting.attribute("[data-live] a", "href").unwrap(), path);

    let until = Some(now() + minutes);
    let reason = "connection refused".to_owned();
    store.pause_mail(&MailPause { kind: "down".to_owned(), reason, until }, now()).await.unwrap();
    let down = told().await.text(".note");
    assert!(down.contains("the mail server cannot be reached: connection refused."), "{down}");
    assert!(down.contains("mail.port") && down.ends_with("It is tried again by itself."), "{down}");
    store.resume_mail(&Actor::Operator, now()).await.unwrap();

    let claimed = store.claim("w", 10, minutes, minutes, now()).await.unwrap();
    let refused =
        Sent::Failed { code: "550".to_owned(), words: "no <such> user".to_owned(), address_dead: false };
    store.mark_sent(claimed[0].id, "w", &refused, now()).await.unwrap();
    let failed = told().await;
    assert!(failed.text(".note-bad").contains("did not get through to davem@example.org"));
    assert!(failed.text(".note-bad").contains("The mail server said: no <such> user"));
    assert_eq!((failed.count("[data-live] a"), failed.count("script")), (0, 0));
    assert!(!failed.text("main").contains("Handed over"));

    let path = operator.post("/setup/mail", &[]).await.header("location").to_owned();
    let claimed = store.claim("w", 10, minutes, minutes, now()).await.unwrap();
    let taken = Sent::HandedOver { code: "250".to_owned(), words: "2.0.0 queued".to_owned() };
    store.mark_sent(claimed[0].id, "w", &taken, now()).await.unwrap();
    assert!(operator.page(&path).await.text(".note-ok").contains("The mail server said: 2.0.0 queued"));
}

#[tokio::test]
async fn a_new_member_chooses_a_password_once() {
    let netconf = Netconf::new().await;
    let omar = builders::add_account(&netconf.store, "omar@example.org").await;
    netconf.store.invite_member(omar.id, &Actor::Operator, now()).await.unwrap();
    let mail = mailed(&netconf.store).await;
    let path = format!("/welcome/{}", mail.sign_in_secret.unwrap().expose());

    assert_eq!(netconf.app.get(&path).send().await.status.as_u16(), 200);
    assert_eq!(netconf.app.post(&path, &[("password", "password123")]).send().await.status.as_u16(), 422);
    assert_eq!(netconf.app.post(&path, &[("password", PASSWORD)]).send().await.header("location"), "/c");
    assert!(is_in(&netconf.app).await);
    assert_eq!(netconf.app.get(&path).send().await.status.as_u16(), 410);

    let elsewhere = netconf.app.other_browser();
    elsewhere.post("/login", &[("email", "omar@example.org"), ("password", PASSWORD)]).send().await;
    assert!(is_in(&elsewhere).await);
}

#[tokio::test]
async fn another_site_cannot_log_anybody_in() {
    let netconf = Netconf::new().await;
    member(&netconf, "omar@example.org").await;

    let fields = [("email", "omar@example.org"), ("password", PASSWORD)];
    let reply = netconf.app.post("/login", &fields).header("sec-fetch-site", "cross-site").send().await;

    assert_eq!((reply.status.as_u16(), reply.header("set-cookie")), (403, ""));
}
