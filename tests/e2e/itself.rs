//! The harness itself: the program is found, gets the settings, and answers.

use conclave_test_support::Installation;

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
