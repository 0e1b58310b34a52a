//! From the invitation to the exported list, as one invitee and one committee member go it.

use thirtyfour::prelude::Key;

use crate::browser::Browser;
use crate::gallery::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_answered_by_keyboard_and_reaches_the_exported_list() {
    let stage = Stage::netconf().await;
    let browser = Browser::open().await;
    browser.goto(&stage.link("netconf-2019", "toke.hoiland-jorgensen@example.org")).await;

    browser.tab_to("Yes, I will come").await;
    browser.keys_to_next_page(Key::Enter + "").await;
    assert!(browser.text().await.contains("You are coming to Netconf 2019."));

    browser.tab_to("Your topics").await;
    browser.keys_to_next_page(Key::Enter + "").await;
    let topics = ["Queue management for Wi-Fi", "Bufferbloat, ten years on"];
    for topic in topics {
        browser.fill("Title", topic).await;
        browser.press("Send the topic").await;
        assert!(browser.text().await.contains(topic));
    }

    stage.sign_in(&browser).await;
    browser.goto(&stage.url("/c/netconf-2019")).await;
    assert!(browser.text().await.contains("11"), "{}", browser.text().await);
    browser.goto(&stage.url("/c/netconf-2019/invitees?state=accepted")).await;
    assert!(browser.text().await.contains("Toke Høiland-Jørgensen"));
    browser.goto(&stage.url("/c/netconf-2019/topics")).await;
    let board = browser.text().await;
    assert!(topics.iter().all(|topic| board.contains(topic)), "{board}");

    let csv = stage.installation.run(["export", "netconf-2019", "topics", "--format", "csv"]).good();
    assert!(topics.iter().all(|topic| csv.contains(topic)), "{csv}");
    let csv = stage.installation.run(["export", "netconf-2019", "attendees", "--format", "csv"]).good();
    assert!(csv.contains("Toke Høiland-Jørgensen,toke.hoiland-jorgensen@example.org"), "{csv}");
}
