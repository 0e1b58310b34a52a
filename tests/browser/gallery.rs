//! A picture of every page and state, and none that breaks a rule of accessibility.
//!
//! What there is to see stands in `pages`; a test fails that leaves one of its pages out. All problems of a
//! test are told together at its end, so that one run shows what there is to mend.

use std::collections::BTreeSet;
use std::path::Path;

use conclave_test_support::sink::Sink;
use conclave_test_support::{Installation, TestDb};

use crate::browser::Browser;

mod pages;
pub mod stage;

use pages::GROUPS;
use stage::{BOUNCES, CHAIR, READER, Stage, report};

/// Takes pictures and keeps what is wrong on them.
struct Gallery {
    browser: Browser,
    wanted: BTreeSet<&'static str>,
    problems: Vec<String>,
}

impl Gallery {
    async fn of(group: &str) -> Self {
        let pages = GROUPS.iter().find(|(name, _)| *name == group).unwrap().1;
        let wanted = pages.iter().map(|page| page.name).collect();
        Self { browser: Browser::open().await, wanted, problems: Vec::new() }
    }

    /// The page as it stands.
    async fn take(&mut self, name: &str) {
        if !self.wanted.remove(name) {
            self.problems.push(format!("{name} is not in the list, or was taken before"));
        }
        self.problems.extend(self.browser.pictures(name).await);
    }

    async fn visit(&mut self, name: &str, url: &str) {
        self.browser.goto(url).await;
        self.take(name).await;
    }

    fn close(self) {
        assert!(self.wanted.is_empty(), "no picture of {:?}", self.wanted);
        assert!(self.problems.is_empty(), "{:#?}", self.problems);
    }
}

#[test]
fn the_gallery_and_its_list_agree() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/pages.md");
    let list = pages::as_markdown();
    if std::env::var_os("CONCLAVE_WRITE_PAGES").is_some() {
        std::fs::write(&file, &list).unwrap();
    }

    let names: Vec<&str> = GROUPS.iter().flat_map(|(_, pages)| pages.iter().map(|page| page.name)).collect();
    let unique: BTreeSet<&str> = names.iter().copied().collect();

    assert_eq!(names.len(), unique.len());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), list, "CONCLAVE_WRITE_PAGES=1 writes it anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn gallery_of_the_invitee_of_an_open_event() {
    let stage = Stage::netconf().await;
    let mut gallery = Gallery::of("invitee").await;
    let silent = stage.link("netconf-2019", "toke.hoiland-jorgensen@example.org");
    gallery.visit("invitee-open", &silent).await;
    let wrong = [("answer", "tentative"), ("until", "2019-06-30")];
    gallery.browser.submit(&format!("{silent}/answer"), &wrong).await;
    gallery.take("invitee-tentative-wrong").await;
    gallery.visit("invitee-privacy", &format!("{silent}/privacy")).await;

    let coming = stage.link("netconf-2019", "eric.dumazet@example.org");
    gallery.visit("invitee-accepted", &coming).await;
    gallery.visit("invitee-details", &format!("{coming}/details")).await;
    let bare = stage.link("netconf-2019", "toke.hoiland-jorgensen@example.org");
    gallery.browser.submit(&format!("{bare}/answer"), &[("answer", "accepted")]).await;
    gallery.browser.goto(&format!("{bare}/topics")).await;
    gallery.browser.submit(&format!("{bare}/topics"), &[("title", ""), ("body", "XDP in guests")]).await;
    gallery.take("invitee-topics-error").await;
    gallery
        .visit(
            "invitee-topics",
            &format!("{}/topics", stage.link("netconf-2019", "magnus.karlsson@example.org")),
        )
        .await;
    for title in ["Queue management for Wi-Fi", "XDP feature detection"] {
        gallery.browser.submit(&format!("{bare}/topics"), &[("title", title), ("minutes", "30")]).await;
    }
    gallery.visit("invitee-topics-list", &format!("{bare}/topics")).await;
    gallery.browser.press_at(".mine a").await;
    gallery.take("invitee-topic").await;
    gallery.browser.submit(&format!("{bare}/answer"), &[("answer", "declined")]).await;
    gallery.visit("invitee-cancelled", &bare).await;

    let declined = stage.link("netconf-2019", "jakub.kicinski@example.org");
    gallery.visit("invitee-declined", &declined).await;
    gallery
        .browser
        .submit(&format!("{declined}/reason"), &[("reason", "date"), ("instead", "Jiri Pirko")])
        .await;
    gallery.take("invitee-reason-given").await;
    gallery.visit("invitee-tentative", &stage.link("netconf-2019", "zorik.machulsky@example.org")).await;

    gallery.visit("invitee-link-unknown", &stage.url("/i/aaaaaaaaaaaaaaaaaaaaaa")).await;
    gallery.visit("invitee-link-paste", &stage.url("/i")).await;
    gallery.browser.submit("/i/lost", &[("email", "eric.dumazet@example.org")]).await;
    gallery.take("invitee-link-sent").await;
    gallery.visit("invitee-mute", &stage.stop_link("eric.dumazet@example.org")).await;
    gallery.browser.press("Write no more about this event").await;
    gallery.take("invitee-muted").await;

    let browser = &gallery.browser;
    let withdrawn = stage.link("netconf-2019", "marek.majkowski@example.org");
    stage.sign_in(browser).await;
    let ask = stage.url("/c/netconf-2019/invitees/marek.majkowski@example.org/withdraw");
    browser.goto(&ask).await;
    browser.submit_signed(&ask, &[("confirm", "yes"), ("reason", "Asked by mistake")]).await;
    gallery.visit("invitee-withdrawn", &withdrawn).await;

    let stage = Stage::friends().await;
    let link = |event: &str, email: &str| stage.link(event, email);
    let unlucky = link("full", "cleo@example.org");
    gallery.visit("invitee-full", &unlucky).await;
    gallery.browser.submit(&format!("{unlucky}/answer"), &[("answer", "accepted")]).await;
    gallery.take("invitee-no-seat").await;
    gallery.visit("invitee-waiting", &link("full", "ben@example.org")).await;
    gallery.visit("invitee-closed", &link("closed", "ada@example.org")).await;
    let silent = link("closed", "ben@example.org");
    gallery.visit("invitee-silent", &silent).await;
    gallery.browser.submit(&format!("{silent}/late"), &[("note", "My visa came today.")]).await;
    gallery.take("invitee-late-asked").await;
    gallery.visit("invitee-lapsed", &link("late", "ada@example.org")).await;
    gallery.visit("invitee-event-cancelled", &link("off", "ada@example.org")).await;
    gallery.visit("invitee-event-over", &link("over", "ada@example.org")).await;
    gallery.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn gallery_of_the_public_pages() {
    let stage = Stage::netconf().await;
    let mut gallery = Gallery::of("public").await;
    gallery.visit("public-home", &stage.url("/")).await;
    gallery.visit("public-full", &stage.url("/netconf-2019")).await;
    gallery.visit("public-privacy", &stage.url("/privacy")).await;
    gallery.visit("error-404", &stage.url("/nowhere/at/all")).await;
    stage.installation.run(["event", "set", "netconf-2019", "page=facts"]).good();
    gallery.visit("public-facts", &stage.url("/netconf-2019")).await;
    let stage = Stage::friends().await;
    gallery.visit("public-cancelled", &stage.url("/off")).await;
    gallery.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn gallery_of_the_doors_and_of_captured_mail() {
    let mut gallery = Gallery::of("doors").await;
    let db = TestDb::sqlite().await;
    let installation = Installation::over(db.url());
    let server = installation.serve().await;
    gallery.visit("door-home", &installation.url("/")).await;
    gallery.visit("door-setup", &installation.url("/setup")).await;
    let first = installation.run(["setup-link"]).good();
    let first = first.split_whitespace().find(|word| word.contains("/setup/")).unwrap().to_owned();
    gallery.visit("door-setup-first", &first).await;
    let add = ["member", "add", CHAIR, "--name", "David S. Miller", "--operator", "--password-stdin"];
    installation.run_with_input(add, stage::PASSWORD).good();
    gallery.visit("door-login", &installation.url("/login")).await;
    gallery.browser.submit("/login", &[("email", CHAIR), ("password", "not the password")]).await;
    gallery.take("door-login-wrong").await;
    gallery.browser.submit("/login", &[("email", CHAIR), ("way", "link")]).await;
    gallery.take("door-login-sent").await;
    installation.run(["member", "add", "mia@example.org", "--name", "Mia Okafor"]).good();
    let captured = installation.data_dir().join("captured-mail");
    stage::until(|| std::fs::read_dir(&captured).is_ok_and(|mails| mails.count() == 2)).await;
    for (picture, door) in [("door-login-link", "/login/"), ("door-welcome", "/welcome/")] {
        let mails = std::fs::read_dir(&captured).unwrap();
        let texts = mails.map(|mail| std::fs::read_to_string(mail.unwrap().path()).unwrap());
        let start = installation.url(door);
        let link = texts.flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        gallery.visit(picture, &link.into_iter().find(|word| word.starts_with(&start)).unwrap()).await;
    }
    gallery.visit("door-link-expired", &installation.url("/login/aaaaaaaaaaaaaaaaaaaaaa")).await;
    gallery.visit("captured-list", &installation.url("/captured-mail")).await;
    gallery.browser.press_at("main a[href^='/captured-mail/']").await;
    gallery.take("captured-mail").await;
    for _ in 0..25 {
        server.get("/i/bbbbbbbbbbbbbbbbbbbbbb").await;
    }
    gallery.visit("error-429", &installation.url("/i/bbbbbbbbbbbbbbbbbbbbbb")).await;
    gallery.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn gallery_of_the_first_run() {
    let mut gallery = Gallery::of("first run").await;
    let (db, sink) = (TestDb::sqlite().await, Sink::start("").await);
    let mut installation = Installation::over(db.url());
    installation
        .set("mail.transport", "smtp")
        .set("mail.relay", "127.0.0.1")
        .set("mail.port", &sink.address().port().to_string())
        .set("mail.sender", "netconf@example.org")
        .set("mail.poll_interval", "50ms");
    let _server = installation.serve().await;
    let link = installation.run(["setup-link"]).good();
    let link = link.split_whitespace().find(|word| word.contains("/setup/")).unwrap().to_owned();
    gallery.browser.goto(&link).await;
    for (label, text) in [("Name", "David S. Miller"), ("Address", CHAIR), ("Password", stage::PASSWORD)] {
        gallery.browser.fill(label, text).await;
    }
    gallery.browser.press("Continue").await;
    gallery.take("first-server").await;
    gallery.browser.press("Continue").await;
    gallery.take("first-mail").await;
    let tests = [
        ("first-mail-sent", "", "handed over"),
        ("first-mail-refused", "rcpt * 550 5.7.1 we do not relay", "did not get through"),
        ("first-mail-unknown", "mail * 530 5.7.0 authentication required", "does not take our mail"),
    ];
    for (picture, script, words) in tests {
        sink.set_script(script);
        gallery.browser.press(&format!("Send a test to {CHAIR}")).await;
        let here = gallery.browser.address().await;
        while !gallery.browser.text().await.contains(words) {
            gallery.browser.goto(&here).await;
        }
        gallery.take(picture).await;
    }
    gallery.browser.press("Continue").await;
    gallery.take("first-event").await;
    gallery.close();
}

/// Pages that say what went wrong with us, and with the right to do something.
#[tokio::test(flavor = "multi_thread")]
async fn gallery_of_what_goes_wrong() {
    let stage = Stage::netconf().await;
    let mut gallery = Gallery::of("wrong").await;
    let reader =
        ["member", "add", READER, "--name", "Rea Reader", "--event", "netconf-2019", "--role", "reader"];
    stage.installation.run_with_input(reader.iter().chain(&["--password-stdin"]), stage::PASSWORD).good();
    stage.sign_in_as(READER, &gallery.browser).await;
    gallery.visit("error-403", &stage.url("/c/netconf-2019/invitees/new")).await;
    stage.db.damage("UPDATE events SET zone = 'Nowhere/Land'").await;
    gallery.visit("error-500", &stage.url("/netconf-2019")).await;

    let db = TestDb::postgres().await;
    let installation = Installation::over(db.url());
    let _server = installation.serve().await;
    db.take_away().await;
    gallery.visit("error-503", &installation.url("/")).await;
    gallery.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn gallery_of_the_people() {
    let stage = Stage::netconf().await;
    let mut gallery = Gallery::of("people").await;
    stage.sign_in(&gallery.browser).await;
    let at = |path: &str| stage.url(&format!("/c/netconf-2019{path}"));
    gallery.visit("people-list", &at("/invitees")).await;
    gallery.visit("people-filter", &at("/invitees?state=accepted&q=a")).await;
    gallery.visit("people-waiting", &at("/invitees?state=waiting")).await;
    gallery.visit("people-none", &at("/invitees?q=zebra")).await;
    gallery.visit("person-accepted", &at("/invitees/eric.dumazet@example.org")).await;
    gallery.visit("person-invited", &at("/invitees/toke.hoiland-jorgensen@example.org")).await;
    gallery.visit("person-bounced", &at(&format!("/invitees/{BOUNCES}"))).await;
    gallery.visit("person-new", &at("/invitees/new")).await;
    gallery.visit("person-answer", &at("/invitees/toke.hoiland-jorgensen@example.org/answer")).await;
    gallery.visit("person-withdraw", &at("/invitees/toke.hoiland-jorgensen@example.org/withdraw")).await;
    gallery.visit("person-edit", &at("/invitees/eric.dumazet@example.org/edit")).await;
    stage
        .installation
        .run(["invitees", "set", "netconf-2019", "eric.dumazet@example.org", "affiliation=Google"])
        .good();
    gallery.browser.fill("Affiliation, optional", "Google LLC").await;
    gallery.browser.press("Save").await;
    gallery.take("person-stale").await;
    gallery.visit("error-404-desk", &at("/invitees/nobody@example.org")).await;

    gallery.browser.goto(&at("/invitees")).await;
    gallery
        .browser
        .submit_signed(&at("/invitees/bulk"), &[("do", "tag"), ("select", "all"), ("view", "state=accepted")])
        .await;
    gallery.take("people-bulk-tag").await;

    gallery.visit("import", &at("/import")).await;
    gallery.browser.fill("Paste anything with one person per line", "\u{2014}").await;
    gallery.browser.press("Show me what you understood").await;
    gallery.take("import-unread").await;
    let list = "name,email,tags,topics\nAiko Mori,aiko@can.example.net,can,CAN XL\n\
                Ben Achterberg,ben@vsock.example.org,virt,\nEric Dumazet,eric.dumazet@example.org,,\n";
    gallery.browser.goto(&at("/import")).await;
    gallery.browser.fill("Paste anything with one person per line", list).await;
    gallery.browser.press("Show me what you understood").await;
    gallery.take("import-check").await;
    let list = format!(
        "{list}Ola Nordmann,ola(at)example.net,,\n,nameless@example.org,,\nBen A.,BEN@vsock.example.org,,\n"
    );
    gallery.browser.goto(&at("/import")).await;
    gallery.browser.fill("Paste anything with one person per line", &list).await;
    gallery.browser.press("Show me what you understood").await;
    gallery.take("import-check-errors").await;

    gallery.browser.goto(&at("/invitees")).await;
    let silent = [("do", "extend"), ("select", "all"), ("view", "state=invited")];
    gallery.browser.submit_signed(&at("/invitees/bulk"), &silent).await;
    gallery.take("people-bulk-extend").await;
    for (name, tags) in [("Rosa Vidal", "can"), ("Sven Holm", "virt"), ("Tala Reyes", "can")] {
        let who = format!("{}@example.net", name.split(' ').next().unwrap().to_lowercase());
        let list = format!("name,email,affiliation,tags,note\n{name},{who},ACME,{tags},Wrote the driver\n");
        stage.installation.run_with_input(["invitees", "import", "netconf-2019", "-"], &list).good();
        stage.installation.run(["invitees", "reserve", "netconf-2019", "add", &who]).good();
    }
    gallery.visit("reserve", &at("/reserve")).await;
    let top = [("id", "rosa@example.net"), ("do", "to"), ("rank", "top")];
    gallery.browser.submit_signed(&at("/reserve"), &top).await;
    gallery.take("reserve-wrong").await;
    stage
        .installation
        .run(["balance", "netconf-2019", "--cap", "affiliation=2", "--cap", "tag:can=3"])
        .good();
    let quota = ["quota", "add", "netconf-2019", "Sponsor A", "--people", "2", "--tag", "can"];
    stage.installation.run(quota).good();
    gallery.visit("balance", &at("/balance")).await;
    gallery.browser.submit_signed(&at("/balance/cap"), &[("kind", "tag"), ("word", "can")]).await;
    gallery.take("balance-wrong").await;
    gallery.visit("requests-empty", &at("/requests")).await;
    stage.add_event("fresh", "The Fresh Workshop");
    gallery.visit("people-empty", &stage.url("/c/fresh/invitees")).await;
    gallery.visit("reserve-empty", &stage.url("/c/fresh/reserve")).await;
    stage.installation.run(["event", "close", "netconf-2019"]).good();
    let silent = stage.link("netconf-2019", "toke.hoiland-jorgensen@example.org");
    gallery.browser.submit(&format!("{silent}/late"), &[("note", "My visa came today.")]).await;
    gallery.visit("requests", &at("/requests")).await;
    gallery.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn gallery_of_candidates_and_the_book() {
    let stage = Stage::netconf().await;
    let mut gallery = Gallery::of("candidates").await;
    stage.sign_in(&gallery.browser).await;
    let at = |path: &str| stage.url(&format!("/c/netconf-2019{path}"));
    gallery.visit("candidates-empty", &at("/candidates")).await;
    gallery.visit("candidates-new", &at("/candidates/new")).await;
    gallery.browser.fill("Affiliation, optional", "Analytical Engines").await;
    gallery.browser.press("Propose").await;
    gallery.take("candidates-new-wrong").await;
    for (email, name) in [("ada@example.org", "Ada Lovelace"), ("dumazet@example.com", "Eric Dumazet")] {
        let add =
            ["candidates", "add", "netconf-2019", email, "--name", name, "--reason", "Wrote the first one"];
        stage.installation.run(add).good();
    }
    gallery.visit("candidates-list", &at("/candidates")).await;
    gallery.visit("candidate", &at("/candidates/dumazet@example.com")).await;
    gallery.browser.press("Put on the list…").await;
    gallery.take("candidates-decide").await;
    gallery.visit("candidates-seed", &at("/candidates/seed")).await;
    let log =
        "  214 Ada Lovelace <ada@example.org>\n   37 Charles Babbage <charles@example.org>\n    3 Jane Doe\n";
    gallery.browser.fill("Paste it", log).await;
    gallery.browser.press("Show me whom it names").await;
    gallery.take("candidates-seed-check").await;
    stage.installation.run(["event", "set", "netconf-2019", "nominations=open"]).good();
    gallery.visit("ask", &stage.url("/netconf-2019/ask")).await;
    gallery.visit("ask-sent", &stage.url("/netconf-2019/ask?sent=yes")).await;
    gallery.visit("book", &stage.url("/c/people")).await;
    let id = |email: &str| {
        let found = report(&stage.installation, &["people", "show", email]);
        found.pointer("/person/id").and_then(serde_json::Value::as_str).unwrap().to_owned()
    };
    let (own, other) = (id("eric.dumazet@example.org"), id("dumazet@example.com"));
    gallery.visit("book-person", &stage.url(&format!("/c/people/{own}"))).await;
    gallery.visit("book-choose", &stage.url(&format!("/c/people/merge?a={own}&q=dumazet"))).await;
    gallery.visit("book-merge", &stage.url(&format!("/c/people/merge?a={own}&b={other}"))).await;
    gallery.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn gallery_of_the_mail() {
    let stage = Stage::netconf().await;
    let mut gallery = Gallery::of("mail").await;
    stage.sign_in(&gallery.browser).await;
    let at = |path: &str| stage.url(&format!("/c/netconf-2019{path}"));
    gallery.visit("mail-list", &at("/mail")).await;
    gallery.visit("mail-sent", &at("/mail/1/status")).await;
    gallery.visit("mail-message", &at(&format!("/mail/messages/{}", stage.message("handed_over")))).await;
    gallery.visit("mail-message-failed", &at(&format!("/mail/messages/{}", stage.message("failed")))).await;
    gallery.visit("mail-remind", &at("/mail/new?kind=reminder")).await;
    gallery.visit("mail-write", &at("/mail/new?kind=invitation")).await;
    gallery.browser.press("Check and send…").await;
    gallery.take("mail-check").await;
    let plan = format!("{}/reminders/new", gallery.browser.address().await.trim_end_matches("/check"));
    gallery.visit("mail-reminder", &plan).await;
    gallery.browser.submit_signed(&plan, &[("when", "day"), ("body", "Come.")]).await;
    gallery.take("mail-reminder-wrong").await;
    gallery.browser.goto(&plan.replace("/reminders/new", "/check")).await;
    gallery.browser.press_at("#send").await;
    gallery.take("mail-held").await;
    gallery.browser.press_at("form[action$='/stop'] button").await;
    gallery.take("mail-stopped").await;
    gallery.browser.goto(&at("/mail/new?kind=invitation")).await;
    gallery.browser.submit_signed(&at("/mail/new"), &[("kind", "invitation"), ("go", "check")]).await;
    gallery.take("mail-nobody").await;
    gallery.visit("chase", &at("/chase")).await;
    gallery.visit("digest", &at("/digest")).await;
    stage.add_event("fresh", "The Fresh Workshop");
    gallery.visit("mail-empty", &stage.url("/c/fresh/mail")).await;
    gallery.visit("chase-none", &stage.url("/c/fresh/chase")).await;
    gallery.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn gallery_of_topics_and_exports() {
    let stage = Stage::netconf().await;
    let mut gallery = Gallery::of("topics").await;
    stage.sign_in(&gallery.browser).await;
    let at = |path: &str| stage.url(&format!("/c/netconf-2019{path}"));
    gallery.visit("topics-board", &at("/topics")).await;
    gallery.visit("topics-table", &at("/topics?view=table")).await;
    gallery.visit("topics-one", &at("/topics/1")).await;
    gallery.visit("topics-new", &at("/topics/new")).await;
    gallery.browser.submit_signed(&at("/topics/new"), &[("title", ""), ("minutes", "a while")]).await;
    gallery.take("topics-wrong").await;
    gallery.visit("export", &at("/export")).await;
    gallery.visit("export-attendees", &at("/export/attendees")).await;
    stage.add_event("fresh", "The Fresh Workshop");
    gallery.visit("topics-empty", &stage.url("/c/fresh/topics")).await;
    gallery.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn gallery_of_the_event() {
    let stage = Stage::netconf().await;
    let mut gallery = Gallery::of("event").await;
    stage.add_event("fresh", "The Fresh Workshop");
    stage.sign_in(&gallery.browser).await;
    let at = |path: &str| stage.url(&format!("/c/netconf-2019{path}"));
    gallery.visit("events", &stage.url("/c")).await;
    gallery.visit("event-new", &stage.url("/c/new")).await;
    gallery.browser.submit_signed(&stage.url("/c/new"), &[("title", "A workshop")]).await;
    gallery.take("event-new-wrong").await;
    gallery.visit("overview", &at("")).await;
    gallery.visit("overview-empty", &stage.url("/c/fresh")).await;
    gallery.visit("settings-printed", &at("/settings/printed")).await;
    gallery.visit("settings-committee", &at("/settings/committee")).await;
    gallery.browser.fill("Address", "grace@example.org").await;
    gallery.browser.fill("Name", "Grace Hopper").await;
    gallery.browser.press("Add to the committee").await;
    gallery.browser.submit_signed(&at("/settings/committee"), &[("email", ""), ("role", "member")]).await;
    gallery.take("settings-members").await;
    gallery.visit("settings", &at("/settings")).await;
    gallery.browser.press_at(".check-list a").await;
    gallery.take("settings-part").await;
    stage.installation.run(["event", "set", "netconf-2019", "short_title=Netconf"]).good();
    gallery.browser.fill("Name in passing", "Netconf 19").await;
    gallery.browser.press("Save").await;
    gallery.take("settings-stale").await;
    stage.installation.run(["event", "set", "netconf-2019", "short_title=Netconf 2019"]).good();
    gallery.visit("questions-empty", &at("/settings/questions")).await;
    gallery.browser.press_at("form[action$='/starter'] button").await;
    gallery.take("questions").await;
    gallery
        .browser
        .submit_signed(
            &at("/settings/questions"),
            &[("prompt", "Which shirt?"), ("kind", "choice"), ("audience", "member")],
        )
        .await;
    gallery.take("questions-wrong").await;
    gallery.visit("question", &at("/settings/questions/1")).await;
    for (name, meal) in [("eric.dumazet", "Vegan"), ("paolo.abeni", "Everything")] {
        let link = stage.link("netconf-2019", &format!("{name}@example.org"));
        gallery.browser.goto(&format!("{link}/details")).await;
        gallery.browser.submit(&format!("{link}/details"), &[("q1", meal), ("q2", "No nuts")]).await;
    }
    gallery.visit("details", &at("/details")).await;
    gallery.visit("activity", &at("/activity")).await;
    gallery.visit("activity-none", &at("/activity?whom=nobody+of+that+name")).await;
    gallery.visit("activity-check", &at("/activity/check")).await;
    gallery.visit("event-close", &at("/close")).await;
    gallery.visit("event-cancel", &at("/cancel")).await;
    gallery.browser.submit_signed(&at("/cancel"), &[("reason", ""), ("slug", "")]).await;
    gallery.take("event-cancel-wrong").await;
    let moved = at("/change?place=Toronto,+ON&from=2019-06-27&to=2019-06-28");
    gallery.visit("event-change", &moved).await;
    gallery.browser.submit_signed(&moved, &[("place", "Toronto, ON"), ("by", "tomorrow")]).await;
    gallery.take("event-change-wrong").await;
    gallery.visit("event-reconfirm", &at("/reconfirm")).await;
    gallery.visit("changes-none", &at("/changes")).await;
    gallery.browser.submit_signed(&at("/reconfirm"), &[("by", "2019-06-06"), ("mail", "yes")]).await;
    gallery.take("changes-told").await;
    gallery.visit("changes", &at("/changes")).await;
    gallery.visit("account", &stage.url("/c/account")).await;
    gallery.visit("keys", &stage.url("/c/keys")).await;
    gallery.close();
}
