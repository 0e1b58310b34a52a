//! One person: the sentence, the history, and every small action.

use chrono::TimeDelta;
use conclave_core::answer::{Given, Via};
use conclave_core::badge::Badge;
use conclave_core::committee::Role;
use conclave_core::link_token::LinkKind;
use conclave_persistence::{AnswerExtras, Invitation, Sent, WaveKind};
use conclave_test_support::member::Member;

use conclave_test_support::{TestDb, both_databases};

use crate::netconf::{Netconf, assert_leads_to, here, of};

async fn says(netconf: &Netconf, person: &Invitation, given: Given) {
    let extras = AnswerExtras::default();
    netconf.store.record_answer(person.id, &given, &extras, Via::Page, netconf.now()).await.unwrap();
}

async fn sentence(member: &Member, person: &Invitation) -> (String, String, String) {
    let page = member.get(&of(person)).await.html();
    (page.text("h1 .st"), page.text(".head h1 + p"), page.text(".head .row a:first-child"))
}

fn three(a: &str, b: &str, c: &str) -> (String, String, String) {
    (a.to_owned(), b.to_owned(), c.to_owned())
}

#[tokio::test]
async fn the_sentence_says_what_happens_next_and_the_button_fits() {
    let netconf = Netconf::with(&[("seats", "2")]).await;
    let aiko = netconf.add("Aiko Mori").await;
    let toke = netconf.invite("Toke Jensen").await;
    let ren = netconf.invite("Ren Okafor").await;

    assert_eq!(
        sentence(&netconf.chair, &aiko).await,
        three("Listed", "Never written to. Nothing happens until you send a wave.", "Invite\u{2026}")
    );
    assert_eq!(
        sentence(&netconf.chair, &toke).await,
        three(
            "Invited",
            "Has until Fri 24 May 2019, end of day, Boston time. Then the invitation lapses and the seat goes on.",
            "Remind\u{2026}"
        )
    );
    says(&netconf, &toke, Given::Accept { mode: None }).await;
    says(&netconf, &ren, Given::Decline).await;
    assert_eq!(
        sentence(&netconf.chair, &toke).await,
        three(
            "Accepted",
            "Has a seat. Nothing else is needed; giving it back works until the event.",
            "Record an answer"
        )
    );
    let (badge, next, button) = sentence(&netconf.chair, &ren).await;
    assert_eq!((badge.as_str(), button.as_str()), ("Declined", "Give a seat"));
    assert!(next.starts_with("Said no. We do not write again; until "), "{next}");
}

#[tokio::test]
async fn the_history_shows_changes_as_differences_and_mail_with_the_servers_words() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite("Toke Jensen").await;
    let fields = [("version", toke.version.to_string())];
    let version = fields[0].1.as_str();
    let edit = [("name", "Toke <b>Jensen</b>"), ("email", toke.email.as_str()), ("version", version)];
    assert_eq!(netconf.chair.post(&format!("{}/edit", of(&toke)), &edit).await.status.as_u16(), 303);

    let reply = netconf.chair.get(&of(&toke)).await;
    let page = reply.html();

    assert!(
        page.texts(".diff del").contains(&"Name: Toke Jensen".to_owned()),
        "{:?}",
        page.texts(".diff del")
    );
    assert!(page.texts(".diff ins").contains(&"Name: Toke <b>Jensen</b>".to_owned()));
    assert!(!reply.text().contains("<b>Jensen"));
    let lines = page.texts(".tl li");
    assert!(
        lines.iter().any(|line| line.contains("Mail: invitation. Taken by the mail server.")),
        "{lines:?}"
    );
    assert!(lines.iter().any(|line| line.contains("250 2.0.0 taken")), "{lines:?}");
    assert!(lines.iter().any(|line| line.ends_with("The operator added this person.")), "{lines:?}");
    assert_eq!(page.text(".tl time"), "1 Apr 08:00:00");
    assert!(page.attribute(".tl a", "href").unwrap().starts_with(&here("/mail/messages/")));
    assert_eq!(page.attribute(".tl time", "datetime").unwrap(), "2019-04-01T12:00:00Z");
}

#[tokio::test]
async fn a_bounce_asks_for_the_address_first() {
    let netconf = Netconf::new().await;
    let hana = netconf.add("Hana Sato").await;
    let letter = netconf.send_wave(&[&hana]).await.remove(0);
    let dead = Sent::Failed {
        code: "550".to_owned(),
        words: "5.1.1 <hana@example.org> no such user here".to_owned(),
        address_dead: true,
    };
    netconf.store.mark_sent(letter.id, "test", &dead, netconf.now()).await.unwrap();

    let page = netconf.chair.get(&of(&hana)).await.html();
    assert_eq!(page.text("h1 .st"), "Bounced");
    assert_eq!(
        page.text(".head h1 + p"),
        "The mail server says there is no such user. A seat is held for nobody."
    );
    assert_eq!(page.text(".panel h2"), "Fix the address");
    assert_eq!(page.text("#email-h"), "Old: hana@example.org");
    let letter_page = page.attribute("#again a", "href").unwrap().replace("/c/netconf-2019", "");
    assert_eq!(netconf.chair.get(&letter_page).await.html().count("form[action$=again]"), 1);
    assert!(page.texts("p.diff").iter().any(|words| words.contains("no such user here")));

    let version = page.attribute("form[action$='/address'] input[name=version]", "value").unwrap();
    let path = format!("{}/address", of(&hana));
    let nothing = netconf.chair.post(&path, &[("email", ""), ("version", &version)]).await;
    assert_eq!(
        (nothing.status.as_u16(), nothing.html().text(".errsum a")),
        (422, "Enter the new address".to_owned())
    );
    let wrong = netconf.chair.post(&path, &[("email", "hana"), ("version", &version)]).await;
    assert_eq!(wrong.status.as_u16(), 422);
    assert_eq!(wrong.html().attribute("#email", "value").unwrap(), "hana");

    let fields = [("email", "hana.sato@example.com"), ("version", version.as_str()), ("then", "mail")];
    let saved = netconf.chair.post(&path, &fields).await;
    let letter = format!("/mail/new?kind=invitation&p={}", hana.public_id);
    assert_leads_to(&saved, &letter);
    let again = netconf.again(&hana).await;
    assert_eq!((again.email.as_str(), again.badge), ("hana.sato@example.com", Badge::Listed));
    let to =
        netconf.store.plan(netconf.event.id, WaveKind::Invitation, &[hana.id], netconf.now()).await.unwrap();
    assert_eq!(to.recipients.len(), 1, "the letter it leads to can go out");
}

both_databases! {
    async fn a_stale_form_shows_both_versions_and_loses_nothing(db: TestDb) {
        let netconf = Netconf::on(db).await;
        let aiko = netconf.add("Aiko Mori").await;
        let path = format!("{}/note", of(&aiko));
        let old = aiko.version.to_string();
        let first = netconf.chair.post(&path, &[("note", "Was right\nlast year"), ("version", &old)]).await;
        assert_leads_to(&first, &of(&aiko));

        let second = netconf.chair.post(&path, &[("note", "Ask <Ren>"), ("version", &old)]).await;
        assert_eq!(second.status.as_u16(), 409);
        let page = second.html();
        assert_eq!(page.text("h1"), "Someone was faster");
        assert_eq!(page.text(".diffbox ins"), "Was right last year");
        assert_eq!(page.text(".diffbox del"), "Ask <Ren>");
        assert_eq!(netconf.again(&aiko).await.note, "Was right\nlast year");

        let version = page.attribute("main input[name=version]", "value").unwrap();
        let note = page.attribute("main input[name=note]", "value").unwrap();
        let third = netconf.chair.post(&path, &[("note", &note), ("version", &version)]).await;
        assert_leads_to(&third, &of(&aiko));
        assert_eq!(netconf.again(&aiko).await.note, "Ask <Ren>");
        let without = netconf.chair.post(&path, &[("note", "blind")]).await;
        assert_eq!(without.status.as_u16(), 409);
    }
}

#[tokio::test]
async fn the_edit_form_shows_what_is_stored_and_refuses_what_cannot_be() {
    let netconf = Netconf::new().await;
    let aiko = netconf.add_at("Aiko Mori", "aiko@example.org", &["can", "new"]).await;
    netconf.add("Ben Achterberg").await;
    let path = format!("{}/edit", of(&aiko));

    let page = netconf.chair.get(&path).await.html();
    assert_eq!(page.attribute("#name", "value").unwrap(), "Aiko Mori");
    assert_eq!(page.attribute("#tags", "value").unwrap(), "can, new");
    assert_eq!(page.count("#listed[checked]"), 0);

    let version = aiko.version.to_string();
    let taken =
        [("name", "Aiko"), ("email", "ben@example.org"), ("note", "typed"), ("version", version.as_str())];
    let refused = netconf.chair.post(&path, &taken).await;
    assert_eq!(refused.status.as_u16(), 422);
    let page = refused.html();
    assert_eq!(page.text("#email-e"), "This address is on the list already, as Ben Achterberg");
    assert_eq!(page.text("#note"), "typed");

    let fields = [
        ("name", "Aiko Mori"),
        ("email", "aiko@example.org"),
        ("affiliation", "CAN <Works>"),
        ("mode", "observer"),
        ("listed", "yes"),
        ("arrival", "Wed evening"),
        ("tags", "can"),
        ("note", ""),
        ("version", version.as_str()),
    ];
    assert_leads_to(&netconf.chair.post(&path, &fields).await, &of(&aiko));
    let now = netconf.again(&aiko).await;
    assert_eq!((now.affiliation.as_str(), now.is_listed, now.tags.len()), ("CAN <Works>", true, 1));
    assert_eq!(now.mode.as_str(), "observer");
}

#[tokio::test]
async fn the_personal_link_is_shown_by_a_post_alone_and_the_record_says_so() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite("Toke Jensen").await;

    let before = netconf.chair.get(&of(&toke)).await;
    assert!(!before.text().contains("/i/"));
    assert_eq!(netconf.chair.get(&format!("{}/link", of(&toke))).await.status.as_u16(), 405);

    let shown = netconf.chair.post(&format!("{}/link", of(&toke)), &[]).await;
    assert_eq!(shown.status.as_u16(), 200);
    let link = shown.html().text("#link code");
    let token = link.strip_prefix("https://rsvp.example.org/i/").unwrap();
    let token = conclave_core::link_token::LinkToken::parse(token).unwrap();
    let found = netconf.store.invitation_by_link(LinkKind::Web, &token).await.unwrap();
    assert_eq!(found, Some(toke.id));
    assert_eq!(netconf.log().await[0], "link.revealed");
    assert!(!netconf.chair.get(&of(&toke)).await.text().contains("/i/"));

    let listed = netconf.add("Aiko Mori").await;
    assert_eq!(netconf.chair.post(&format!("{}/link", of(&listed)), &[]).await.status.as_u16(), 409);
    let reader = netconf.member("reader@example.org", Some(Role::Reader)).await;
    assert_eq!(reader.post(&format!("{}/link", of(&toke)), &[]).await.status.as_u16(), 403);
}

both_databases! {
    async fn a_replaced_link_shuts_the_older_ones(db: TestDb) {
        let netconf = Netconf::on(db).await;
        let toke = netconf.invite("Toke Jensen").await;
        let old = netconf
            .store
            .reveal_link(toke.id, &conclave_core::log_entry::Actor::Operator, netconf.now())
            .await
            .unwrap();
        let path = format!("{}/new-link", of(&toke));

        let without = netconf.chair.post(&path, &[("reason", " ")]).await;
        assert_eq!((without.status.as_u16(), without.html().count("#reason[aria-invalid]")), (422, 1));
        let replaced = netconf.chair.post(&path, &[("reason", "Forwarded to a list"), ("mail", "yes")]).await;

        assert_leads_to(&replaced, &of(&toke));
        assert_eq!(netconf.store.invitation_by_link(LinkKind::Web, &old).await.unwrap(), None);
        let page = netconf.chair.get(&of(&toke)).await.html();
        let lines = page.texts(".tl li");
        assert!(
            lines.iter().any(|line| line.contains("replaced the personal link. Reason: Forwarded to a list."))
        );
        assert!(lines.iter().any(|line| line.contains("Mail: the personal link.")), "{lines:?}");
    }
}

#[tokio::test]
async fn withdrawing_asks_why_and_asks_twice_for_a_taken_seat() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite("Toke Jensen").await;
    says(&netconf, &toke, Given::Accept { mode: None }).await;
    let path = format!("{}/withdraw", of(&toke));

    let page = netconf.chair.get(&path).await.html();
    assert!(page.text("main form").contains("Toke Jensen said yes and has a seat."), "{}", page.text("main"));
    let nothing = netconf.chair.post(&path, &[("confirm", "yes")]).await;
    assert_eq!((nothing.status.as_u16(), nothing.html().count("#reason[aria-invalid]")), (422, 1));
    let unconfirmed = netconf.chair.post(&path, &[("reason", "Moved away")]).await;
    assert_eq!(unconfirmed.status.as_u16(), 422);
    assert_eq!(unconfirmed.html().attribute("#reason", "value").unwrap(), "Moved away");
    assert_eq!(unconfirmed.html().attribute(".errsum a", "href").unwrap(), "#confirm");

    let done = netconf.chair.post(&path, &[("reason", "Moved away"), ("confirm", "yes")]).await;
    assert_leads_to(&done, &of(&toke));
    assert_eq!(
        sentence(&netconf.chair, &toke).await,
        three("Withdrawn", "The invitation was taken back: Moved away.", "Invite again\u{2026}")
    );
    assert_eq!(netconf.chair.post(&path, &[("reason", "Again")]).await.status.as_u16(), 409);

    let again = netconf.chair.post(&format!("{}/reinvite", of(&toke)), &[]).await;
    assert_leads_to(&again, &of(&toke));
    assert_eq!(netconf.again(&toke).await.badge.as_str(), "invited");
    assert_eq!(netconf.chair.post(&format!("{}/reinvite", of(&toke)), &[]).await.status.as_u16(), 409);
}

#[tokio::test]
async fn by_other_means_needs_a_seat_and_sends_nothing() {
    let netconf = Netconf::with(&[("seats", "1")]).await;
    let (aiko, ben) = (netconf.add("Aiko Mori").await, netconf.add("Ben Achterberg").await);

    let invited = netconf.chair.post(&format!("{}/other-means", of(&aiko)), &[]).await;
    assert_leads_to(&invited, &of(&aiko));
    assert!(netconf.again(&aiko).await.invited_by_other_means);
    let refused = netconf.chair.post(&format!("{}/other-means", of(&ben)), &[]).await;
    assert_eq!(refused.status.as_u16(), 409);
    assert_eq!(refused.html().attribute("main .btn", "href").unwrap(), here(&of(&ben)));
}

#[tokio::test]
async fn the_reserve_is_entered_and_left() {
    let netconf = Netconf::new().await;
    let aiko = netconf.add("Aiko Mori").await;
    let path = format!("{}/reserve", of(&aiko));

    assert_leads_to(&netconf.chair.post(&path, &[("reserve", "yes")]).await, &of(&aiko));
    let (badge, next, _) = sentence(&netconf.chair, &aiko).await;
    assert_eq!(badge, "Reserve");
    assert!(next.starts_with("1st on the reserve."), "{next}");
    assert_leads_to(&netconf.chair.post(&path, &[("reserve", "no")]).await, &of(&aiko));
    assert_eq!(netconf.again(&aiko).await.badge.as_str(), "listed");
}

#[tokio::test]
async fn only_who_was_never_written_to_is_removed() {
    let netconf = Netconf::new().await;
    let (aiko, toke) = (netconf.add("Aiko Mori").await, netconf.invite("Toke Jensen").await);

    let removed = netconf.chair.post(&format!("{}/remove", of(&aiko)), &[]).await;
    assert_leads_to(&removed, "/invitees?done=removed&n=1");
    assert_eq!(netconf.chair.get(&of(&aiko)).await.status.as_u16(), 404);
    let refused = netconf.chair.post(&format!("{}/remove", of(&toke)), &[]).await;
    assert_eq!(refused.status.as_u16(), 409);
    assert_eq!(netconf.chair.get(&of(&toke)).await.status.as_u16(), 200);
}

#[tokio::test]
async fn tags_come_and_go() {
    let netconf = Netconf::new().await;
    let aiko = netconf.add("Aiko Mori").await;
    let path = format!("{}/tag", of(&aiko));

    assert_leads_to(&netconf.chair.post(&path, &[("tag", "can bus")]).await, &of(&aiko));
    assert_eq!(netconf.again(&aiko).await.tags, ["can bus"]);
    let wrong = netconf.chair.post(&path, &[("tag", "a,b")]).await;
    assert_eq!(wrong.status.as_u16(), 422);
    assert_eq!(wrong.html().attribute("#tag", "value").unwrap(), "a,b");
    assert_leads_to(&netconf.chair.post(&path, &[("tag", "can bus"), ("do", "untag")]).await, &of(&aiko));
    assert!(netconf.again(&aiko).await.tags.is_empty());
}

#[tokio::test]
async fn silence_past_its_date_can_be_lapsed_by_hand() {
    let netconf = Netconf::with(&[("lapse", "off")]).await;
    let toke = netconf.invite("Toke Jensen").await;
    let path = format!("{}/lapse", of(&toke));

    assert_eq!(netconf.chair.post(&path, &[]).await.status.as_u16(), 409);
    netconf.be("2019-05-26T09:00:00Z");
    let page = netconf.chair.get(&of(&toke)).await.html();
    assert!(page.text(".head h1 + p").contains("it waits for you"), "{}", page.text(".head"));
    assert_leads_to(&netconf.chair.post(&path, &[]).await, &of(&toke));
    assert_eq!(netconf.again(&toke).await.badge.as_str(), "lapsed");
}

#[tokio::test]
async fn a_late_wish_is_granted_turned_down_or_granted_beyond_the_seats() {
    let netconf = Netconf::with(&[("seats", "1")]).await;
    let toke = netconf.invite("Toke Jensen").await;
    says(&netconf, &toke, Given::Decline).await;
    let ren = netconf.invite("Ren Okafor").await;
    says(&netconf, &ren, Given::Accept { mode: None }).await;
    netconf.be("2019-06-15T09:00:00Z");
    netconf.store.ask_late_seat(toke.id, "My <b>visa</b> came", netconf.now()).await.unwrap();

    let page = netconf.chair.get(&of(&toke)).await.html();
    assert_eq!(page.text(".panel h2"), "Asks for a seat");
    assert_eq!(page.text(".panel p.panelrow"), "My <b>visa</b> came");
    let request = page.attribute("input[name=request]", "value").unwrap();
    let path = format!("{}/request", of(&toke));

    let full = netconf.chair.post(&path, &[("request", &request), ("decide", "grant")]).await;
    assert_eq!(full.status.as_u16(), 409);
    assert_eq!(full.html().count("#override[aria-invalid]"), 1);
    let fields = [("request", request.as_str()), ("decide", "grant"), ("override", "A chair was found")];
    assert_leads_to(&netconf.chair.post(&path, &fields).await, &of(&toke));
    assert_eq!(netconf.again(&toke).await.badge.as_str(), "accepted");
    assert_eq!(netconf.chair.post(&path, &fields).await.status.as_u16(), 409);
}

#[tokio::test]
async fn the_waiting_list_names_the_place() {
    let netconf = Netconf::with(&[("seats", "2")]).await;
    let (a, b) = (netconf.invite("Ann One").await, netconf.invite("Bob Two").await);
    says(&netconf, &a, Given::Accept { mode: None }).await;
    says(&netconf, &b, Given::Decline).await;
    let c = netconf.invite("Cat Three").await;
    says(&netconf, &c, Given::Accept { mode: None }).await;
    netconf.clock.advance(TimeDelta::minutes(1));
    says(&netconf, &b, Given::Wait { mode: None }).await;

    assert_eq!(
        sentence(&netconf.chair, &b).await,
        three(
            "Waiting list, 1st",
            "No seat is free. The first one that comes free is theirs, without your help.",
            "Give a seat anyway"
        )
    );
    let page = netconf.chair.get("/invitees?state=waiting").await.html();
    assert_eq!(page.text("tbody .st"), "Waiting, 1st");
}
