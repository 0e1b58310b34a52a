//! A committee member without a mouse: import, wave, remind. After the address of the event only keys are
//! pressed, and the focus is in sight at every stop.

use thirtyfour::prelude::Key;

use crate::browser::Browser;
use crate::gallery::stage::{CHAIR, PASSWORD, Stage};

/// Comes to the button or link with these words and presses it.
async fn go(browser: &Browser, words: &str) {
    browser.tab_to(words).await;
    browser.keys_to_next_page(Key::Enter + "").await;
}

/// Comes to the field of this label and types.
async fn type_into(browser: &Browser, label: &str, text: &str) {
    browser.tab_to(label).await;
    browser.keys(text).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_imported_a_wave_sent_and_the_silent_reminded_by_keyboard_alone() {
    let stage = Stage::netconf().await;
    let browser = Browser::open().await;
    browser.goto(&stage.url("/login")).await;
    type_into(&browser, "Your address", CHAIR).await;
    type_into(&browser, "Password", PASSWORD).await;
    browser.keys_to_next_page(Key::Enter + "").await;
    go(&browser, "Netconf 2019").await;

    go(&browser, "Invitees").await;
    go(&browser, "Import").await;
    type_into(&browser, "Paste anything with one person per line", "Hana Sato <hana@example.org>").await;
    go(&browser, "Show me what you understood").await;
    go(&browser, "Import 1 person").await;
    assert!(browser.text().await.contains("1 person added."), "{}", browser.text().await);

    browser.tab_to("Select Hana Sato").await;
    browser.keys(Key::Space + "").await;
    go(&browser, "Invite…").await;
    go(&browser, "Check and send…").await;
    go(&browser, "Send to 1 person").await;
    let left = browser.title().await;
    assert!(left.starts_with("Wave 2 leaves at"), "{left}");

    go(&browser, "Mail").await;
    go(&browser, "New reminder").await;
    browser.tab_to("Text").await;
    go(&browser, "Check and send…").await;
    let silent = browser.text().await;
    assert!(silent.contains("Toke Høiland-Jørgensen"), "{silent}");
    go(&browser, "Remind 2 people").await;
    let left = browser.title().await;
    assert!(left.starts_with("Reminder 1 leaves at"), "{left}");
}
