//! What a member sets for themselves: name and password; and the page on the keyboard.

use conclave_core::clock::Clock;
use conclave_core::log_entry::Actor;
use conclave_core::password;
use conclave_persistence::{Account, NewAccount, Store};
use conclave_test_support::app::App;
use conclave_test_support::builders::{self, now};
use conclave_test_support::member::Member;
use conclave_test_support::{TestDb, both_databases};
use conclave_web::router::router;
use conclave_web::state::{AppState, WebConfig};

const OLD: &str = "eight wires in order";
const NEW: &str = "eight wires in disorder";

/// Mia in two browsers. She has a password, or comes by mailed links.
async fn mia(db: &TestDb, has_password: bool) -> (Store, Account, Member, Member) {
    let store = db.store().await;
    let public_url = "http://localhost".parse().unwrap();
    let app = App::new(router(AppState::new(WebConfig::new(public_url), Clock::fixed(now()), store.clone())));
    let hash = has_password.then(|| password::hash(&OLD.to_owned().into()).unwrap());
    let new = NewAccount { password_hash: hash, ..builders::account("mia@example.org") };
    let account = store.add_account(&new, &Actor::Operator, now()).await.unwrap();
    let browser =
        async || Member::sign_in(&app, &store, &account, &"http://localhost".parse().unwrap(), now()).await;
    let (one, other) = (browser().await, browser().await);
    (store, account, one, other)
}

async fn opens(store: &Store, account: &Account, password: &str) -> bool {
    let key = builders::account(&account.email).email.key();
    let (_, hash) = store.account_by_email(&key).await.unwrap().unwrap();
    hash.is_some_and(|hash| password::verify(&password.to_owned().into(), Some(&hash)))
}

both_databases! {
    async fn a_member_renames_themselves(db: TestDb) {
        let (store, _, mia, _) = mia(&db, true).await;

        let page = mia.page("/c/account").await;
        assert_eq!((page.text("h1"), page.text(".head p")), ("Your account".to_owned(), "mia@example.org".to_owned()));
        assert_eq!(page.attribute("#name", "value").unwrap(), "mia");
        let hostile = "Mia <b>Okafor</b>";
        assert_eq!(mia.post_bare("/c/account/name", &[("name", hostile)]).await.status.as_u16(), 403);
        assert_eq!(mia.post("/c/account/name", &[("name", hostile)]).await.header("location"), "/c/account");

        assert_eq!(mia.page("/c/account").await.text(".me a[href='/c/account']"), hostile);
        assert_eq!(store.accounts().await.unwrap()[0].name, hostile);
        let empty = mia.post("/c/account/name", &[("name", " ")]).await;
        assert_eq!(empty.status.as_u16(), 422);
        assert_eq!(empty.html().count(".errsum a[href='#name']"), 1);
        assert_eq!(store.accounts().await.unwrap()[0].name, hostile);
    }

    async fn a_new_password_needs_the_old_one_and_logs_other_browsers_out(db: TestDb) {
        let (store, account, mia, elsewhere) = mia(&db, true).await;
        let save = async |current, new| {
            mia.post("/c/account/password", &[("current", current), ("password", new)]).await
        };

        let wrong = save("not the one", NEW).await;
        assert_eq!(wrong.status.as_u16(), 422);
        assert_eq!(wrong.html().text("#current-e"), "Type the password you have now");
        assert!(!wrong.text().contains("not the one") && !wrong.text().contains(NEW));
        assert_eq!(save(OLD, "short").await.status.as_u16(), 422);
        assert!(opens(&store, &account, OLD).await);
        assert_eq!(elsewhere.get("/c/account").await.status.as_u16(), 200);

        let saved = save(OLD, NEW).await;
        assert_eq!(saved.header("location"), "/c/account?saved=password");
        let page = mia.page("/c/account?saved=password").await;
        assert_eq!(page.text("p[role=status]"), "Your password is saved. Other browsers are logged out.");
        assert_eq!(elsewhere.get("/c/account").await.status.as_u16(), 303);
        assert!(opens(&store, &account, NEW).await && !opens(&store, &account, OLD).await);
    }
}

#[tokio::test]
async fn who_came_by_a_mailed_link_chooses_a_first_password() {
    let db = TestDb::sqlite().await;
    let (store, account, mia, _) = mia(&db, false).await;

    assert_eq!(mia.page("/c/account").await.count("#current"), 0);
    let saved = mia.post("/c/account/password", &[("password", NEW)]).await;

    assert_eq!(saved.status.as_u16(), 303);
    assert!(opens(&store, &account, NEW).await);
    assert_eq!(mia.page("/c/account").await.count("#current"), 1);
}

#[tokio::test]
async fn the_page_on_the_keyboard_is_reached_from_every_page_of_the_desk() {
    let db = TestDb::sqlite().await;
    let (_, _, mia, _) = mia(&db, false).await;

    assert!(mia.page("/c").await.attributes(".foot a", "href").contains(&"/c/keys".to_owned()));
    let page = mia.page("/c/keys").await;

    assert_eq!(page.text("h1"), "Keyboard");
    assert_eq!(page.texts("dt"), ["Tab, Enter", "Space", "Arrow keys"]);
}
