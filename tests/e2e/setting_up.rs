//! From the printed link to the first event, with a real mail server that takes, refuses and is gone.

use std::time::{Duration, Instant};

use conclave_test_support::http::Reply;
use conclave_test_support::sink::Sink;
use conclave_test_support::{Conclave, Installation, TestDb, both_databases};

const PATIENCE: Duration = Duration::from_secs(60);

/// Sends a test mail and looks at the page until it says `words`.
async fn tested(server: &Conclave, cookie: &str, words: &str) -> String {
    let page = server.get_with("/setup/mail", &[("cookie", cookie)]).await.body;
    let token = page.split("name=\"form_token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let sent = server.post_with("/setup/mail", &[("cookie", cookie)], &[("form_token", token)]).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let path = sent.header("location").unwrap().to_owned();
    let began = Instant::now();
    loop {
        let page = server.get_with(&path, &[("cookie", cookie)]).await.body;
        if page.contains(words) {
            return page;
        }
        assert!(began.elapsed() < PATIENCE, "{words} is not said on: {page}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn cookie(reply: &Reply) -> String {
    reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

both_databases! {
    async fn an_operator_sets_up_and_learns_what_mail_does(db: TestDb) {
        let sink = Sink::start("").await;
        let mut installation = Installation::over(db.url());
        installation
            .set("mail.transport", "smtp")
            .set("mail.relay", "127.0.0.1")
            .set("mail.port", &sink.address().port().to_string())
            .set("mail.sender", "netconf@example.org")
            .set("mail.rate_per_minute", "0")
            .set("mail.poll_interval", "50ms")
            .set("mail.relay_retry", "100ms");
        let server = installation.serve().await;
        let printed = server.said().split_whitespace().find_map(|word| word.split_once("/setup/")).unwrap().1.to_owned();
        let account = [("name", "Mia"), ("email", "mia@example.org"), ("password", "tap shoes under the table")];

        let made = server.post(&format!("/setup/{printed}"), &account).await;
        assert_eq!((made.status, made.header("location")), (303, Some("/setup/server")));
        let cookie = cookie(&made);
        let about = server.get_with("/setup/server", &[("cookie", &cookie)]).await.body;
        assert!(about.contains(&installation.url("")), "{about}");
        assert!(about.contains(if db.is_sqlite() { "SQLite, a file on this machine" } else { "PostgreSQL" }));
        assert!(!about.contains("postgres://"));

        let taken = tested(&server, &cookie, "note-ok").await;
        assert!(taken.contains("127.0.0.1, port") && taken.contains("netconf@example.org"), "{taken}");
        assert!(taken.contains("The mail server said: 2.0.0 taken over"), "{taken}");
        assert_eq!(sink.received()[0].to, ["mia@example.org"]);

        sink.set_script("rcpt * 550 5.7.1 we do not relay");
        let refused = tested(&server, &cookie, "note-bad").await;
        assert!(refused.contains("5.7.1 we do not relay"), "{refused}");
        sink.set_script("mail * 530 5.7.0 authentication required");
        let unknown = tested(&server, &cookie, "the mail server does not take our mail").await;
        assert!(unknown.contains("authentication required") && unknown.contains("mail.username"), "{unknown}");
        sink.stop().await;
        let gone = tested(&server, &cookie, "the mail server cannot be reached").await;
        assert!(gone.contains("mail.port"), "{gone}");
    }
}
