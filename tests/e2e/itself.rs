//! The harness itself: the program is found, gets the settings, answers, and ends when it is told to.

use std::fs;
use std::path::PathBuf;

use conclave_test_support::{Installation, TestDb, both_databases};

#[test]
fn an_installation_passes_its_settings_to_the_program() {
    let mut installation = Installation::over("sqlite:story.db");
    installation.set("server.public_url", "https://rsvp.example.org");

    let shown = installation.run(["config", "show"]).good();

    assert!(shown.contains("https://rsvp.example.org"), "{shown}");
    assert!(shown.contains("story.db"), "{shown}");
}

#[test]
fn a_wrong_setting_is_refused_with_words() {
    let mut installation = Installation::over("sqlite:story.db");
    installation.set("mail.transprot", "smtp");

    let ran = installation.run(["config", "check"]);

    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.stderr.contains("transport"), "{ran:?}");
}

#[tokio::test]
async fn a_server_that_stops_leaves_a_database_of_one_file() {
    let db = TestDb::sqlite().await;
    let installation = Installation::over(db.url());
    let server = installation.serve().await;
    installation.run(["member", "add", "omar@example.org", "--name", "Omar"]).good();
    for path in ["/", "/login", "/readyz", "/i/aaaaaaaaaaaaaaaaaaaaaa"] {
        server.get(path).await;
    }
    assert!(server.stop().await);

    let file = PathBuf::from(db.url().trim_start_matches("sqlite:"));
    let beside: Vec<_> =
        fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path()).collect();

    assert_eq!(beside, [file]);
}

both_databases! {
    async fn a_new_installation_serves_and_stops_when_it_is_told_to(db: TestDb) {
        let installation = Installation::over(db.url());

        let server = installation.serve().await;
        let alive = server.get("/healthz").await;
        let said = server.said();
        let ended_well = server.stop().await;

        assert_eq!(alive.status, 200, "{alive:?}");
        assert!(said.contains("/setup/"), "no set-up link in: {said}");
        assert!(ended_well);
    }

    async fn what_a_command_did_is_there_when_the_server_was_killed(db: TestDb) {
        let installation = Installation::over(db.url());
        let server = installation.serve().await;
        installation.run(["member", "add", "omar@example.org", "--name", "Omar"]).good();

        server.kill().await;
        let server = installation.serve().await;
        let listed = installation.run(["member", "list", "--json"]).good();

        assert!(listed.contains("omar@example.org"), "{listed}");
        assert!(server.stop().await);
    }
}
