//! The invitee's page: every state, every refusal, both languages (page and text).

use conclave_core::event::EventMove;
use conclave_core::log_entry::Actor;
use http::Method;

use super::guests::{Netconf, TOKE};

const HOSTILE: &str = "\"><script>alert(1)</script>&'";

#[tokio::test]
async fn an_open_invitation_asks_with_two_equal_buttons_first() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;

    let reply = toke.get("").await;
    let page = reply.html();

    assert_eq!(reply.status.as_u16(), 200);
    assert_eq!(page.text("h1"), "Will you come to Netconf 2019?");
    assert_eq!(page.text(".for"), format!("Invitation for {TOKE}"));
    assert_eq!(page.texts(".choices button"), ["Yes, I will come", "No, I can’t come"]);
    assert_eq!(page.attributes(".choices button", "value"), ["accepted", "declined"]);
    assert_eq!(
        page.text(".stub"),
        "When Thu 20 - Fri 21 June 2019 Where Boston, MA Answer by Fri 24 May 2019 end of day, Boston time, 53 days from now Committee davem"
    );
    assert!(page.text("summary").contains("I can’t say yet"));
    assert!(page.texts("summary").contains(&format!("I am not {TOKE}")));
    // Skip link, name of the event, then Yes, then No.
    let stops = page.texts("a[href], button, input:not([type=hidden]), summary, textarea");
    assert_eq!(stops[..4], ["Skip to the answer", "Netconf 2019", "Yes, I will come", "No, I can’t come"]);
    assert_eq!(page.count("script"), 0);
    assert_eq!(page.attribute("input[name=listed]", "checked"), None);
    assert_eq!(reply.header("set-cookie"), "");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("referrer-policy"), "no-referrer");
}

#[tokio::test]
async fn looking_writes_nothing() {
    let netconf = Netconf::new().await;
    let guests = netconf.invite_all(&[TOKE, "Ren Okafor"]).await;
    guests[0].says("accepted").await;
    guests[0].post("/topics", &[("title", "XDP feature planning")]).await;
    let before = netconf.db.dump().await;

    for guest in &guests {
        for rest in ["", "/topics", "/topics/1", "/details", "/privacy", "/event.ics", "/answer", "/late"] {
            for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
                netconf.app.ask(method, &guest.path(rest)).send().await;
            }
        }
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            netconf.app.ask(method, &format!("/u/{}", guest.unsubscribe.expose())).send().await;
        }
    }
    for path in ["/", "/netconf-2019", "/netconf-2019.txt", "/i", "/i/lost", "/i/nothing", "/privacy"] {
        netconf.app.get(path).send().await;
    }

    assert_eq!(netconf.db.dump().await, before);
}

#[tokio::test]
async fn one_press_is_the_whole_answer() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    netconf.be("2019-05-14T09:12:44Z");

    let reply = toke.says("accepted").await;
    assert_eq!(reply.text(), "Recorded: accepted.\n");

    let page = toke.get("").await.html();
    assert_eq!(page.text("h1"), "You are coming to Netconf 2019.");
    assert_eq!(
        page.raw_text(".trailer"),
        format!("Acked-by: {TOKE} <guest0@example.org>\nDate:     Tue, 14 May 2019 09:12:44 +0000\n")
    );
    assert!(page.text(".two").contains("Your seat is certain."));
    assert_eq!(page.texts(".todo h3").len(), 4);
    assert_eq!(page.attribute(".todo a", "href"), Some(toke.path("/event.ics")));
    assert!(page.texts("button").contains(&"I can’t come after all".to_owned()));
    // Nothing of counts or others.
    assert!(!page.text("main").contains("20 seats") && !page.text("main").contains(" of 20"));
}

#[tokio::test]
async fn pressing_twice_is_recorded_once() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    toke.says("yes").await;
    let before = netconf.db.dump().await;

    let again = toke.says("accepted").await;

    assert_eq!(again.text(), "Recorded before: accepted.\n");
    assert_eq!(netconf.db.dump().await, before);
}

#[tokio::test]
async fn a_shell_answers_and_reads_the_new_state() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    let link = format!("http://localhost:8080{}", toke.path(""));

    let open = toke.text().await;
    assert!(open.starts_with("Will you come to Netconf 2019?\n"), "{open}");
    assert!(open.contains(&format!("    curl -d answer=accepted {link}/answer\n")), "{open}");
    assert!(open.contains("    Answer       no answer yet\n"), "{open}");
    assert!(open.lines().count() <= 24 && open.lines().all(|line| line.chars().count() <= 110), "{open}");

    let told = netconf
        .app
        .ask(Method::POST, &toke.path("/answer"))
        .header("accept", "text/plain")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("answer=accepted")
        .send()
        .await;
    assert_eq!(told.status.as_u16(), 200);
    assert!(told.header("content-type").starts_with("text/plain"));
    assert!(
        told.text().starts_with("Recorded: accepted.\n\nYou are coming to Netconf 2019.\n"),
        "{}",
        told.text()
    );

    // curl without options.
    let bare = netconf
        .app
        .ask(Method::POST, &toke.path("/answer"))
        .header("accept", "*/*")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("answer=declined")
        .send()
        .await;
    assert_eq!((bare.status.as_u16(), bare.text().as_str()), (303, "Recorded: cancelled.\n"));
    assert!(toke.text().await.contains("    Answer       cancelled\n"));
}

#[tokio::test]
async fn opposite_answers_within_seconds_are_asked_about_in_the_right_words() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    netconf.clock.advance(chrono::TimeDelta::hours(1));
    toke.says("accepted").await;
    assert!(!toke.text().await.contains("within seconds"));

    netconf.clock.advance(chrono::TimeDelta::seconds(5));
    toke.says("declined").await;

    let lede = toke.get("").await.html().texts(".lede").join(" ");
    assert!(lede.contains("within seconds of another that said the opposite. If it was not you"), "{lede}");
    netconf.clock.advance(chrono::TimeDelta::seconds(5));
    toke.says("accepted").await;
    let lede = toke.get("").await.html().texts(".lede").join(" ");
    assert!(lede.contains("within seconds of another that said the opposite."), "{lede}");
}

#[tokio::test]
async fn who_declines_is_thanked_and_may_say_why_and_come_after_all() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    toke.says("no").await;

    let page = toke.get("").await.html();
    assert_eq!(page.text("h1"), "Thank you. You are not coming to Netconf 2019.");
    assert!(page.raw_text(".trailer.nak").starts_with("Nacked-by: "));
    assert_eq!(page.texts("form[action$='/reason'] legend"), ["What got in the way?", "And the next time?"]);

    let why = toke.post("/reason", &[("reason", "date"), ("instead", "Ren Okafor")]).await;
    assert_eq!(why.header("location"), toke.path("?saved=reason"));
    assert!(toke.get("?saved=reason").await.html().text("[role=status]").contains("The committee reads it"));
    assert!(netconf.db.dump().await.contains("Instead: Ren Okafor"));

    toke.says("accepted").await;
    assert_eq!(toke.heading().await, "You are coming to Netconf 2019.");
    toke.says("declined").await;
    assert_eq!(toke.heading().await, "Thank you. You gave back your seat at Netconf 2019.");
}

#[tokio::test]
async fn who_cannot_say_yet_holds_a_seat_until_a_day() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;

    let fields = [("answer", "tentative"), ("reason", "visa"), ("until", "2019-06-01")];
    assert_eq!(toke.post("/answer", &fields).await.status.as_u16(), 303);

    let page = toke.get("").await.html();
    assert_eq!(page.text("h1"), "You cannot say yet.");
    assert!(page.text(".lede").contains("until Sat 1 Jun 2019, end of day, Boston time"));
    assert!(page.raw_text(".trailer.wait").contains("Until:    Sat 1 Jun 2019"));
    assert_eq!(page.texts(".choices button"), ["Yes, I will come", "No, I can’t come"]);
}

#[tokio::test]
async fn a_day_that_cannot_be_is_asked_for_again_with_everything_typed() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    let before = netconf.db.dump().await;

    for until in ["2019-12-24", "next week"] {
        let reply =
            toke.post("/answer", &[("answer", "tentative"), ("reason", "visa"), ("until", until)]).await;
        let page = reply.html();
        assert_eq!(reply.status.as_u16(), 422, "{until}");
        assert!(page.text("title").starts_with("Error: "));
        assert_eq!(page.attribute(".errsum a", "href").as_deref(), Some("#until"));
        assert_eq!(page.attribute("#until", "value").as_deref(), Some(until));
        assert_eq!(page.attribute("#until", "aria-invalid").as_deref(), Some("true"));
        assert_eq!(page.attribute("input[name=reason][checked]", "value").as_deref(), Some("visa"));
        assert_eq!(page.count("details[open]"), 1);
    }
    let nothing = toke.post("/answer", &[("answer", "perhaps"), ("note", "I <think>")]).await;
    assert_eq!(nothing.status.as_u16(), 422);
    assert_eq!(nothing.html().attribute(".errsum a", "href").as_deref(), Some("#answer"));
    assert_eq!(nothing.html().text("textarea[name=note]"), "I <think>");
    let text = netconf.app.post(&toke.path("/answer"), &[]).text().send().await;
    assert_eq!(text.status.as_u16(), 422);
    assert!(text.text().starts_with("Choose an answer: "), "{}", text.text());
    assert_eq!(netconf.db.dump().await, before);
}

#[tokio::test]
async fn an_event_that_wants_yes_or_no_says_so() {
    let netconf = Netconf::with(&[("tentative", "no")]).await;
    let toke = netconf.invite(TOKE).await;

    assert!(!toke.get("").await.text().contains("I can’t say yet"));
    let reply = toke.post("/answer", &[("answer", "tentative")]).await;

    assert_eq!(reply.status.as_u16(), 409);
    assert!(reply.html().text("[role=status]").contains("This event asks for yes or no"));
    assert_eq!(reply.html().count(".choices button"), 2);
}

#[tokio::test]
async fn when_the_last_seat_went_the_waiting_list_is_offered_and_never_joined_unasked() {
    let netconf = Netconf::with(&[("seats", "1"), ("policy", "over-invite"), ("over_invite", "2")]).await;
    let guests = netconf.invite_all(&[TOKE, "Ren Okafor", "Tomás Rey"]).await;
    assert_eq!(guests[1].heading().await, "Will you come to Netconf 2019?");
    guests[0].says("accepted").await;
    let before = netconf.db.dump().await;

    // The page was open while the seat went.
    let late = guests[1].post("/answer", &[("answer", "accepted")]).await;
    assert_eq!(late.status.as_u16(), 409);
    assert_eq!(late.html().text("h1"), "Netconf 2019 is full.");
    assert_eq!(late.html().texts(".choices button"), ["Join the waiting list", "No, I can’t come"]);
    assert!(late.html().text(".stub").contains("Waiting list You would be first"));
    assert_eq!(netconf.db.dump().await, before);
    let text = netconf.app.post(&guests[1].path("/answer"), &[("answer", "yes")]).text().send().await;
    assert_eq!(text.status.as_u16(), 409);
    assert!(text.text().contains("curl -d answer=waiting "), "{}", text.text());

    assert_eq!(guests[2].heading().await, "Netconf 2019 is full.");
    assert_eq!(guests[1].says("wait").await.text(), "Recorded: waiting, place 1 in line.\n");
    guests[2].says("waiting").await;

    let page = guests[2].get("").await.html();
    assert_eq!(page.text("h1"), "You are second on the waiting list.");
    assert!(page.raw_text(".trailer.wait").contains("Position:  2"));
    assert!(page.text(".lede").contains("Do not book travel yet."));
    assert!(page.texts("button").contains(&"Take me off the list".to_owned()));

    // A seat comes back: the first in line has it.
    guests[0].says("declined").await;
    assert_eq!(guests[1].heading().await, "You are coming to Netconf 2019.");
    assert_eq!(guests[2].heading().await, "You are first on the waiting list.");
    guests[2].says("declined").await;
    assert_eq!(guests[2].heading().await, "Thank you. You are not coming to Netconf 2019.");
    let buttons = guests[2].get("").await.html().texts("button");
    assert!(buttons.contains(&"Join the waiting list".to_owned()), "{buttons:?}");
}

#[tokio::test]
async fn a_lapsed_invitation_is_accepted_while_a_seat_is_free() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    netconf.be("2019-05-26T12:00:00Z");
    netconf.store.lapse_silence(netconf.now()).await.unwrap();

    let page = toke.get("").await.html();
    assert_eq!(page.text("h1"), "Will you come to Netconf 2019 after all?");
    assert!(page.text(".lede").contains("Fri 24 May 2019, passed without an answer"));
    toke.says("accepted").await;
    assert_eq!(toke.heading().await, "You are coming to Netconf 2019.");
}

#[tokio::test]
async fn a_lapsed_invitation_to_a_full_event_is_offered_the_list() {
    let netconf = Netconf::with(&[("seats", "1"), ("policy", "over-invite"), ("over_invite", "1")]).await;
    let guests = netconf.invite_all(&[TOKE, "Ren Okafor"]).await;
    guests[0].says("accepted").await;
    netconf.be("2019-05-26T12:00:00Z");
    netconf.store.lapse_silence(netconf.now()).await.unwrap();

    let page = guests[1].get("").await.html();

    assert_eq!(page.text("h1"), "Netconf 2019 is full.");
    assert!(page.texts(".lede").iter().any(|line| line.contains("had lapsed")));
    assert_eq!(page.texts(".choices button")[0], "Join the waiting list");
}

#[tokio::test]
async fn after_answers_closed_the_silent_may_ask_for_a_late_seat() {
    let netconf = Netconf::new().await;
    let guests = netconf.invite_all(&[TOKE, "Ren Okafor"]).await;
    netconf.be("2019-06-14T12:00:00Z");

    let page = guests[0].get("").await.html();
    assert_eq!(page.text("h1"), "Answers closed on Thu 13 Jun 2019.");
    assert_eq!(page.texts("main button"), ["Ask for a late seat", "I could not have come"]);

    let asked = guests[0].post("/late", &[("note", "I would bring cake")]).await;
    assert_eq!(asked.status.as_u16(), 303);
    assert!(asked.text().starts_with("Handed to the committee"));
    let page = guests[0].get("").await.html();
    assert!(page.text("main").contains("handed to the committee"), "{}", page.text("main"));
    assert!(!page.texts("main button").contains(&"Ask for a late seat".to_owned()));
    assert_eq!(guests[0].post("/late", &[]).await.status.as_u16(), 303);
    assert!(netconf.db.dump().await.contains("I would bring cake"));

    // A yes from an old page is the same wish.
    let yes = guests[1].says("accepted").await;
    assert!(yes.text().starts_with("Handed to the committee"), "{}", yes.text());
    guests[1].says("declined").await;
    assert_eq!(guests[1].heading().await, "Thank you. You are not coming to Netconf 2019.");
}

#[tokio::test]
async fn a_late_seat_cannot_be_asked_for_while_answers_are_open() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;

    let reply = toke.post("/late", &[("note", "please")]).await;

    assert_eq!(reply.status.as_u16(), 409);
    assert_eq!(reply.html().count(".choices button"), 2);
}

#[tokio::test]
async fn a_seat_can_be_given_back_until_the_event_and_then_with_a_note() {
    let netconf = Netconf::new().await;
    let guests = netconf.invite_all(&[TOKE, "Ren Okafor"]).await;
    guests[0].says("accepted").await;
    guests[1].says("accepted").await;
    netconf.move_event(EventMove::Close, "").await;

    guests[0].says("declined").await;
    let page = guests[0].get("").await.html();
    assert_eq!(page.text("h1"), "Thank you. You gave back your seat at Netconf 2019.");
    assert!(page.texts("button").contains(&"Ask for a late seat".to_owned()));

    netconf.be("2019-06-20T15:00:00Z");
    let page = guests[1].get("").await.html();
    assert_eq!(page.text("h1"), "You are coming to Netconf 2019.");
    assert!(page.text("main").contains("The event has begun, so this goes to the committee as a note."));
    let reply = guests[1].says("declined").await;
    assert!(reply.text().starts_with("Handed to the committee"), "{}", reply.text());
    assert_eq!(guests[1].heading().await, "You are coming to Netconf 2019.");
}

#[tokio::test]
async fn withdrawn_cancelled_and_finished_are_friendly_pages_without_buttons() {
    let netconf = Netconf::new().await;
    let guests = netconf.invite_all(&[TOKE, "Ren Okafor"]).await;
    guests[0].says("accepted").await;
    netconf
        .store
        .withdraw(guests[1].id, "a private reason", false, &Actor::Operator, netconf.now())
        .await
        .unwrap();

    let page = guests[1].get("").await;
    assert_eq!(page.status.as_u16(), 200);
    assert_eq!(page.html().text("h1"), "This invitation is no longer open.");
    assert!(!page.text().contains("a private reason"));
    assert_eq!(page.html().count("main button"), 0);
    let refused = guests[1].post("/answer", &[("answer", "accepted")]).await;
    assert_eq!(
        (refused.status.as_u16(), refused.html().text("h1").as_str()),
        (409, "This invitation is no longer open.")
    );

    netconf.move_event(EventMove::Cancel, "The venue lost its roof.").await;
    let page = guests[0].get("").await;
    assert_eq!(page.html().text("h1"), "Netconf 2019 is cancelled.");
    assert_eq!(page.html().count("main button"), 0);
    assert_eq!(guests[0].post("/answer", &[("answer", "declined")]).await.status.as_u16(), 409);

    netconf.move_event(EventMove::Revive, "The roof is back").await;
    netconf.be("2019-06-22T04:00:01Z");
    assert_eq!(guests[0].heading().await, "Netconf 2019 is over.");
    assert_eq!(guests[0].post("/answer", &[("answer", "declined")]).await.status.as_u16(), 409);
}

#[tokio::test]
async fn consent_is_asked_beside_the_answer_and_can_be_taken_back() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;

    assert_eq!(toke.post("/answer", &[("answer", "accepted"), ("listed", "yes")]).await.status.as_u16(), 303);
    let page = toke.get("").await.html();
    assert!(page.attribute("input[type=checkbox][name=listed]", "checked").is_some());

    // The box unticked: only the hidden no is sent.
    assert_eq!(
        toke.post("/details", &[("listed", "no")]).await.header("location"),
        toke.path("?saved=details")
    );
    assert!(toke.get("").await.html().attribute("input[type=checkbox][name=listed]", "checked").is_none());
    toke.post("/details", &[("listed", "no"), ("listed", "yes")]).await;
    assert!(toke.get("").await.html().attribute("input[type=checkbox][name=listed]", "checked").is_some());
}

#[tokio::test]
async fn details_are_optional_and_what_is_wrong_is_kept() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    toke.says("accepted").await;

    let saved = toke
        .post(
            "/details",
            &[
                ("arrival", "Wed evening"),
                ("departure", ""),
                ("note", "No nuts.\r\nThanks"),
                ("name", "Toke H-J"),
            ],
        )
        .await;
    assert_eq!(saved.status.as_u16(), 303);
    let page = toke.get("/details").await.html();
    assert_eq!(page.attribute("#arrival", "value").as_deref(), Some("Wed evening"));
    assert_eq!(page.attribute("#name", "value").as_deref(), Some("Toke H-J"));
    assert_eq!(page.raw_text("#note").trim_start(), "No nuts.\nThanks");

    let wrong =
        toke.post("/details", &[("name", " "), ("arrival", "a\u{202e}b"), ("departure", "Fri")]).await;
    assert_eq!(wrong.status.as_u16(), 422);
    assert_eq!(wrong.html().attributes(".errsum a", "href"), ["#name", "#arrival"]);
    assert_eq!(wrong.html().attribute("#departure", "value").as_deref(), Some("Fri"));
    let long = toke.post("/details", &[("note", &"x".repeat(2_001))]).await;
    assert_eq!(long.status.as_u16(), 422);
}

#[tokio::test]
async fn the_record_is_shown_and_mailed_to_the_invitee() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    toke.says("accepted").await;

    let page = toke.get("/privacy").await.html();
    assert!(page.raw_text("pre").contains("guest0@example.org"), "{}", page.raw_text("pre"));
    let sent = toke.post("/record", &[]).await;
    assert_eq!(sent.header("location"), toke.path("/privacy?saved=record"));
    assert!(toke.get("/privacy?saved=record").await.html().text("[role=status]").contains("On its way"));
    assert!(netconf.db.dump().await.contains("'record'"));
}

#[tokio::test]
async fn the_calendar_file_is_published_and_holds_no_link() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    assert!(toke.get("/event.ics").await.text().contains("STATUS:TENTATIVE\r\n"));
    toke.says("accepted").await;

    let file = toke.get("/event.ics").await;

    assert_eq!(file.header("content-type"), "text/calendar; charset=utf-8");
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"netconf-2019.ics\"");
    let text = file.text();
    assert!(text.contains("METHOD:PUBLISH\r\n") && text.contains("STATUS:CONFIRMED\r\n"), "{text}");
    assert!(text.contains("DTSTART;VALUE=DATE:20190620\r\n") && text.contains("SEQUENCE:0\r\n"), "{text}");
    assert!(!text.contains(toke.link.expose()) && !text.contains("ATTENDEE"), "{text}");
    toke.says("declined").await;
    let text = toke.get("/event.ics").await.text();
    assert!(text.contains("STATUS:CANCELLED\r\n") && text.contains("SEQUENCE:1\r\n"), "{text}");
}

#[tokio::test]
async fn nothing_typed_by_anybody_becomes_markup() {
    let netconf = Netconf::with(&[("short_title", HOSTILE), ("place", HOSTILE), ("intro", HOSTILE)]).await;
    let toke = netconf.invite(HOSTILE).await;

    let mut pages = vec![toke.get("").await];
    toke.post("/answer", &[("answer", "tentative"), ("note", HOSTILE)]).await;
    pages.push(toke.get("").await);
    toke.says("accepted").await;
    toke.post("/topics", &[("title", HOSTILE), ("body", HOSTILE)]).await;
    toke.post("/details", &[("note", HOSTILE), ("affiliation", HOSTILE)]).await;
    for rest in ["", "/topics", "/topics/1", "/details", "/privacy"] {
        pages.push(toke.get(rest).await);
    }
    pages.push(toke.post("/answer", &[("answer", HOSTILE), ("note", HOSTILE), ("until", HOSTILE)]).await);

    for page in pages {
        assert!(page.text().contains("alert(1)"), "{}", page.text());
        assert_eq!(page.html().count("script"), 0, "{}", page.text());
        assert!(!page.text().contains("<script"), "{}", page.text());
    }
}

#[tokio::test]
async fn another_site_cannot_answer_and_our_own_page_without_origin_can() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    let press = || netconf.app.post(&toke.path("/answer"), &[("answer", "declined")]);

    assert_eq!(press().header("sec-fetch-site", "cross-site").send().await.status.as_u16(), 403);
    assert_eq!(toke.heading().await, "Will you come to Netconf 2019?");
    let null = press().without("sec-fetch-site").header("origin", "null").send().await;
    assert_eq!(null.status.as_u16(), 303);
}

#[tokio::test]
async fn without_a_public_page_nothing_leads_to_one() {
    let netconf = Netconf::with(&[("page", "off")]).await;
    let toke = netconf.invite(TOKE).await;

    let page = toke.get("").await.html();

    assert!(!page.attributes("a", "href").contains(&"/netconf-2019".to_owned()));
    assert_eq!(page.attribute("a.mark", "href"), Some(toke.path("")));
}

#[tokio::test]
async fn taking_part_by_video_is_offered_where_there_is_room() {
    let netconf = Netconf::with(&[("remote_seats", "unlimited")]).await;
    let toke = netconf.invite(TOKE).await;
    assert!(toke.get("").await.html().texts("button").contains(&"I will take part by video".to_owned()));

    toke.post("/answer", &[("answer", "accepted"), ("mode", "remote")]).await;
    assert_eq!(toke.heading().await, "You take part in Netconf 2019 by video.");

    let other = Netconf::new().await;
    let ren = other.invite("Ren Okafor").await;
    assert!(!ren.get("").await.text().contains("by video"));
    let refused = ren.post("/answer", &[("answer", "accepted"), ("mode", "remote")]).await;
    assert_eq!(refused.status.as_u16(), 409);
}

#[tokio::test]
async fn a_refusal_keeps_what_was_typed() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    toke.says("accepted").await;
    let note = "I come by train. ".repeat(20);
    let note = note.trim();
    netconf.be("2019-06-25T12:00:00Z");

    let details = toke.post("/details", &[("note", note), ("arrival", "Wed evening")]).await;
    assert_eq!(details.status.as_u16(), 409);
    let page = details.html();
    assert_eq!(page.text("h1"), "Days, a note, and your name");
    assert_eq!(
        (page.text("#note"), page.attribute("#arrival", "value").unwrap()),
        (note.to_owned(), "Wed evening".to_owned())
    );
    assert!(page.text(".note").starts_with("Not saved."), "{}", page.text(".note"));

    for (path, field) in [("/answer", "note"), ("/late", "note"), ("/reason", "instead")] {
        let reply = toke.post(path, &[("answer", "declined"), (field, "Ask <Ren>")]).await;
        assert_eq!(reply.status.as_u16(), 409, "{path}");
        assert!(reply.html().text("main").contains("Ask <Ren>"), "{path}: {}", reply.html().text("main"));
    }
}

#[tokio::test]
async fn reloading_the_address_of_a_form_leads_back_to_the_page() {
    let netconf = Netconf::new().await;
    let guest = netconf.invite(TOKE).await;

    for rest in ["/answer", "/reason", "/late", "/mail"] {
        let reply = guest.get(rest).await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, &*guest.path("")), "{rest}");
    }
    assert_eq!(netconf.app.get("/i/nothing/answer").send().await.status.as_u16(), 303);
}
