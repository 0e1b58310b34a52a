use chrono::TimeDelta;
use conclave_core::ids::AccountId;
use conclave_core::link_token::Secret;
use conclave_core::log_entry::Actor;
use conclave_persistence::AccountRefused;
use conclave_test_support::builders::{account, add_account, now};
use conclave_test_support::{TestDb, both_databases};

use crate::{execute, number, refused};

/// A mailed way in, as claiming the mail makes it.
struct Mailed {
    secret: Secret,
    code: Secret,
    browser: Secret,
}

impl Mailed {
    async fn to(db: &TestDb, account: AccountId, purpose: &str) -> Self {
        let mailed =
            Self { secret: Secret::generate(), code: Secret::generate_code(), browser: Secret::generate() };
        execute(
            db,
            "INSERT INTO single_use_secrets
                (id, purpose, account_id, secret_hash, code_hash, browser_hash, tries, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)",
            vec![
                AccountId::generate().0.into(),
                purpose.into(),
                account.0.into(),
                mailed.secret.hash(purpose).to_vec().into(),
                mailed.code.hash("sign_in_code").to_vec().into(),
                mailed.browser.hash("browser").to_vec().into(),
                now().into(),
                (now() + TimeDelta::minutes(15)).into(),
            ],
        )
        .await;
        mailed
    }
}

/// Longer than any session of these tests.
const UNUSED: TimeDelta = TimeDelta::days(30);

const SIGN_IN_MAILS: &str = "SELECT count(*) FROM messages WHERE purpose = 'sign_in'";

both_databases! {
    async fn a_session_lives_until_it_ends(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        let life = TimeDelta::days(1);

        let cookie = store.start_session(omar.id, "Firefox\non Linux", life, now()).await.unwrap();

        let session = store.session(&cookie, UNUSED, now()).await.unwrap().unwrap();
        assert_eq!((session.account, session.expires_at), (omar, now() + life));
        assert_eq!(session.form_token.len(), 26);
        assert!(store.session(&Secret::generate(), UNUSED, now()).await.unwrap().is_none());
        assert!(store.session(&cookie, UNUSED, now() + life).await.unwrap().is_none());
        store.end_session(&cookie).await.unwrap();
        assert!(store.session(&cookie, UNUSED, now()).await.unwrap().is_none());
        store.end_session(&cookie).await.unwrap();
    }

    async fn a_session_that_is_not_used_ends_before_its_time(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        let idle = TimeDelta::hours(8);
        let at = |minutes| now() + TimeDelta::minutes(minutes);
        let cookie = store.start_session(omar.id, "", TimeDelta::days(1), now()).await.unwrap();
        let other = store.start_session(omar.id, "", TimeDelta::days(1), now()).await.unwrap();

        let session = store.session(&cookie, idle, at(479)).await.unwrap().unwrap();
        assert_eq!(session.last_seen_at, now(), "looking notes nothing");
        assert!(!session.is_use_to_be_noted(idle, at(29)) && session.is_use_to_be_noted(idle, at(30)));
        assert!(store.session(&cookie, idle, at(480)).await.unwrap().is_none());
        store.note_use(&cookie, at(400)).await.unwrap();
        store.note_use(&cookie, at(300)).await.unwrap();

        assert_eq!(store.session(&cookie, idle, at(879)).await.unwrap().unwrap().last_seen_at, at(400));
        assert!(store.session(&cookie, idle, at(880)).await.unwrap().is_none());
        assert!(store.session(&other, idle, at(480)).await.unwrap().is_none(), "each for itself");
        for minutes in (400..1440).step_by(100) {
            store.note_use(&cookie, at(minutes)).await.unwrap();
        }
        assert!(store.session(&cookie, idle, at(1440)).await.unwrap().is_none(), "use does not prolong it");
        assert!(store.session(&cookie, TimeDelta::MAX, at(900)).await.unwrap().is_some());
    }

    async fn only_a_known_address_is_mailed_and_not_without_end(db: TestDb) {
        let store = db.store().await;
        add_account(&store, "omar@example.org").await;
        let known = account("Omar@example.org").email.key();
        let unknown = account("eve@example.org").email.key();

        store.request_sign_in(&unknown, &Secret::generate(), "Firefox", now()).await.unwrap();
        assert_eq!(number(&db, SIGN_IN_MAILS).await, 0);
        for minute in 0..7 {
            let asked = now() + TimeDelta::minutes(minute);
            store.request_sign_in(&known, &Secret::generate(), "Firefox", asked).await.unwrap();
        }
        assert_eq!(number(&db, SIGN_IN_MAILS).await, 5);
        let later = now() + TimeDelta::minutes(16);
        store.request_sign_in(&known, &Secret::generate(), "Firefox", later).await.unwrap();
        assert_eq!(number(&db, SIGN_IN_MAILS).await, 6);
    }

    async fn a_sign_in_link_works_once_and_looking_at_it_changes_nothing(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        let mailed = Mailed::to(&db, omar.id, "sign_in").await;
        let later = now() + TimeDelta::minutes(15);

        for _ in 0..3 {
            assert!(store.sign_in_link_is_live(&mailed.secret, now()).await.unwrap());
        }
        assert!(!store.sign_in_link_is_live(&mailed.secret, later).await.unwrap());
        assert_eq!(refused(store.sign_in_by_link(&mailed.secret, later).await), AccountRefused::SecretInvalid);
        assert_eq!(store.sign_in_by_link(&mailed.secret, now()).await.unwrap(), omar);

        assert!(!store.sign_in_link_is_live(&mailed.secret, now()).await.unwrap());
        assert_eq!(refused(store.sign_in_by_link(&mailed.secret, now()).await), AccountRefused::SecretInvalid);
        let code = store.sign_in_by_code(&mailed.browser, &mailed.code, now()).await;
        assert_eq!(refused(code), AccountRefused::SecretInvalid);
    }

    async fn of_two_who_open_a_link_at_once_one_is_signed_in(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        let mailed = Mailed::to(&db, omar.id, "sign_in").await;

        let (one, two) =
            tokio::join!(store.sign_in_by_link(&mailed.secret, now()), store.sign_in_by_link(&mailed.secret, now()));

        assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|ok| **ok).count(), 1);
    }

    async fn a_code_works_in_the_browser_that_asked(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        let mailed = Mailed::to(&db, omar.id, "sign_in").await;

        let elsewhere = store.sign_in_by_code(&Secret::generate(), &mailed.code, now()).await;
        assert_eq!(refused(elsewhere), AccountRefused::SecretInvalid);
        for _ in 0..4 {
            let wrong = store.sign_in_by_code(&mailed.browser, &Secret::generate_code(), now()).await;
            assert_eq!(refused(wrong), AccountRefused::SecretInvalid);
        }
        assert_eq!(store.sign_in_by_code(&mailed.browser, &mailed.code, now()).await.unwrap(), omar);
    }

    async fn after_five_wrong_codes_the_right_one_is_refused(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        let mailed = Mailed::to(&db, omar.id, "sign_in").await;

        for _ in 0..5 {
            refused(store.sign_in_by_code(&mailed.browser, &Secret::generate_code(), now()).await);
        }

        let right = store.sign_in_by_code(&mailed.browser, &mailed.code, now()).await;
        assert_eq!(refused(right), AccountRefused::SecretInvalid);
    }

    async fn a_new_member_chooses_a_password_once(db: TestDb) {
        let store = db.store().await;
        let mia = add_account(&store, "mia@example.org").await;
        let mailed = Mailed::to(&db, mia.id, "set_up").await;

        assert!(store.set_up_link_is_live(&mailed.secret, now()).await.unwrap());
        assert!(!store.sign_in_link_is_live(&mailed.secret, now()).await.unwrap());
        assert!(store.choose_password(&mailed.secret, "hash", now()).await.unwrap().has_password);

        assert!(!store.set_up_link_is_live(&mailed.secret, now()).await.unwrap());
        let again = store.choose_password(&mailed.secret, "other", now()).await;
        assert_eq!(refused(again), AccountRefused::SecretInvalid);
    }

    async fn the_ways_in_of_a_removed_account_are_closed(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        let mailed = Mailed::to(&db, omar.id, "sign_in").await;
        store.request_sign_in(&account("omar@example.org").email.key(), &mailed.browser, "", now()).await.unwrap();

        store.remove_account(omar.id, &Actor::Operator, now()).await.unwrap();

        assert!(!store.sign_in_link_is_live(&mailed.secret, now()).await.unwrap());
        assert_eq!(number(&db, "SELECT count(*) FROM messages WHERE state = 'dropped'").await, 1);
    }

    async fn the_mail_that_was_asked_for_signs_in_by_code_and_the_set_up_mail_sets_a_password(db: TestDb) {
        let store = db.store().await;
        let omar = add_account(&store, "omar@example.org").await;
        let browser = Secret::generate();
        let (lease, retry) = (TimeDelta::seconds(180), TimeDelta::minutes(15));
        store.request_sign_in(&account("omar@example.org").email.key(), &browser, "Firefox", now()).await.unwrap();
        store.invite_member(omar.id, &Actor::Operator, now()).await.unwrap();

        let mut claimed = store.claim("worker", 10, lease, retry, now()).await.unwrap();
        claimed.sort_by_key(|message| message.purpose.as_str());
        let [set_up, sign_in] = claimed.as_slice() else { panic!("two mails") };
        let code = Secret::parse(sign_in.sign_in_code.as_ref().unwrap().expose()).unwrap();
        let link = sign_in.sign_in_secret.as_ref().unwrap();

        assert!(store.sign_in_link_is_live(link, now()).await.unwrap());
        assert_eq!(store.sign_in_by_code(&browser, &code, now()).await.unwrap(), omar);
        assert!(!store.sign_in_link_is_live(link, now()).await.unwrap());
        let two_days_later = now() + TimeDelta::days(2);
        let secret = set_up.sign_in_secret.as_ref().unwrap();
        assert!(store.choose_password(secret, "hash", two_days_later).await.unwrap().has_password);
    }
}
