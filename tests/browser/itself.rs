//! The browser harness itself: it finds what is there, and does not overlook what is broken.

use std::fs;

use thirtyfour::prelude::Key;

use crate::browser::Browser;

fn page(body: &str) -> String {
    format!(
        "data:text/html;charset=utf-8,<!doctype html><html lang=en><title>A page</title>\
         <meta name=viewport content='width=device-width'><meta name=color-scheme content='light dark'>\
         <main><h1>A page</h1>{body}</main>"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_page_breaks_no_rule_in_any_look() {
    let browser = Browser::open().await;
    browser.goto(&page("<p>Good evening.")).await;

    browser.screenshot("itself").await;

    assert!(browser.text().await.contains("Good evening."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_without_a_label_is_a_broken_rule() {
    let browser = Browser::open().await;
    browser.goto(&page("<input>")).await;

    let broken = browser.broken_rules().await;

    assert!(broken.iter().any(|rule| rule.starts_with("label:")), "{broken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_found_by_label_and_buttons_by_their_words() {
    let browser = Browser::open().await;
    let form = "<form action='about:blank'><label>Dana's name <input id=n></label>\
                <label for=c>Coming</label><input type=checkbox id=c>\
                <button type=button onclick='document.title=n.value+c.checked'>Say so</button></form>";
    browser.goto(&page(form)).await;

    browser.fill("Dana's name", "Dana").await;
    browser.choose("Coming").await;
    browser.click("Say so").await;
    let said = browser.title().await;

    assert_eq!(said, "Danatrue");
}

#[tokio::test(flavor = "multi_thread")]
async fn pressing_waits_for_the_next_page_by_mouse_and_by_key() {
    let folder = tempfile::tempdir().unwrap();
    let there = |name: &str| format!("file://{}/{name}", folder.path().display());
    fs::write(folder.path().join("a.html"), "<title>A</title><a href=b.html>Go  on</a>").unwrap();
    fs::write(folder.path().join("b.html"), "<title>B</title><a href=a.html>Back</a>").unwrap();
    let browser = Browser::open().await;
    browser.goto(&there("a.html")).await;

    browser.press("Go on").await;
    let after_the_mouse = browser.title().await;
    browser.keys_to_next_page(Key::Tab + Key::Enter).await;
    let after_the_keys = browser.title().await;

    assert_eq!((after_the_mouse.as_str(), after_the_keys.as_str()), ("B", "A"));
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_of_a_page_can_be_switched_off() {
    let browser = Browser::open().await;
    browser.scripts(false).await;

    browser.goto(&page("<p id=p>plain</p><script>p.textContent='scripted'</script>")).await;

    assert!(browser.text().await.contains("plain"));
}
