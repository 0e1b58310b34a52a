//! Writing a wave, checking it, sending, stopping, following it; the outbox and one message.

use chrono::TimeDelta;
use conclave_core::answer::Given;
use conclave_core::committee::Role;
use conclave_core::ids::MessageId;
use conclave_core::log_entry::Actor;
use conclave_core::message::MessageState;
use conclave_core::purpose::Purpose;
use conclave_persistence::{MailPause, OutboxQuery, Sent, WaveKind, WaveState};
use http::StatusCode;

use conclave_test_support::{TestDb, both_databases};

use crate::desk::{Desk, location};

const LETTER: &str =
    "Hello {first_name},\n\nYou are invited.\n\n{personal_line}\n\n    {link}\n\nThe committee";

/// A form of the writing page, for these people.
fn letter<'a>(people: &'a [String], go: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("kind", "invitation"),
        ("version", "0"),
        ("subject", "Netconf 2019"),
        ("reply_by", "2019-04-29"),
        ("body", LETTER),
        ("go", go),
    ];
    fields.extend(people.iter().map(|id| ("p", id.as_str())));
    fields
}

async fn two_listed(desk: &Desk) -> Vec<String> {
    let aiko = desk.invitee("Aiko Mori").await;
    let ben = desk.invitee("Ben Achterberg").await;
    vec![aiko.public_id, ben.public_id]
}

/// Saved as wave 1 for two people, on the page that checks it.
async fn checked(desk: &Desk) -> Vec<String> {
    let people = two_listed(desk).await;
    let saved = desk.post("/mail/new", &letter(&people, "check")).await;
    assert_eq!(location(&saved), "/c/netconf-2019/mail/1/check");
    people
}

/// Presses the button of the check page.
async fn press_send(desk: &Desk, label: &str, more: &[(&str, &str)]) -> conclave_test_support::app::Reply {
    let page = desk.page(&format!("/mail/{label}/check")).await;
    let value = |name: &str| page.attribute(&format!("input[name={name}]"), "value").unwrap();
    let (people, version) = (value("people"), value("version"));
    let mut fields = vec![("people", people.as_str()), ("version", version.as_str())];
    fields.extend(more);
    desk.post(&format!("/mail/{label}/send"), &fields).await
}

both_databases! {
    async fn a_wave_goes_from_the_list_to_the_last_word_of_the_mail_server(db: TestDb) {
        let desk = Desk::on(db).await;
        let people = two_listed(&desk).await;

        let page = desk.page(&format!("/mail/new?kind=invitation&p={}", people.join(","))).await;
        assert_eq!(page.text("h1"), "New wave");
        assert_eq!(page.count("input[name=p][checked]"), 2);
        // Four weeks, less near the event: core's proposal for 1 April and 20 June.
        assert_eq!(page.attribute("input[name=reply_by]", "value").unwrap(), "2019-04-22");
        assert!(page.text("#preview h2").contains("As Aiko Mori gets it"));
        let shown = page.raw_text("#preview pre");
        assert!(shown.contains("Hello Aiko Mori,"), "{shown}");
        assert!(shown.contains("    https://rsvp.example.org/i/…\n"), "{shown}");

        let mut form = letter(&people, "next");
        form.extend([("as", people[0].as_str()), ("line", "Your isotp series would be a fine one.")]);
        let saved = location(&desk.post("/mail/new", &form).await);
        assert_eq!(saved, format!("/c/netconf-2019/mail/1?as={}#preview", people[1]));
        let page = desk.page(&format!("/mail/1?as={}", people[0])).await;
        assert_eq!(page.text("h1"), "Wave 1");
        assert_eq!(
            page.attribute("input[name=line]", "value").unwrap(),
            "Your isotp series would be a fine one."
        );
        assert!(page.raw_text("#preview pre").contains("Your isotp series would be a fine one."));

        let check = desk.page("/mail/1/check").await;
        assert_eq!(check.text("button#send"), "Send to 2 people");
        assert_eq!(check.count(".checks .stop"), 0, "{:?}", check.texts(".checks .stop"));
        assert!(check.text(".check-list").contains("2 of 20 seats are taken or held, 18 free"));
        assert!(check.text(".check-list").contains("10 minutes after you press send"));

        assert_eq!(location(&press_send(&desk, "1", &[]).await), "/c/netconf-2019/mail/1/status");
        let status = desk.page("/mail/1/status").await;
        assert_eq!(status.text("h1"), "Wave 1 leaves at 08:10, Boston time");
        assert!(status.text(".head").contains("In 10 minutes."));
        assert!(status.text("p[role=status]").starts_with("0 of 2 handed over."));
        assert_eq!(status.attribute("[data-live]", "data-live").unwrap(), "on");
        assert_eq!(desk.claim().await.len(), 0, "nothing leaves during the hold");

        let stopped = desk.post("/mail/1/stop", &[]).await;
        assert_eq!(location(&stopped), "/c/netconf-2019/mail/1?stopped=yes");
        let draft = desk.page("/mail/1?stopped=yes").await;
        assert_eq!(draft.text("h1"), "Wave 1");
        assert_eq!(draft.text(".note-ok"), "Stopped. Nothing has left; this is a draft again.");

        press_send(&desk, "1", &[]).await;
        desk.clock.advance(TimeDelta::minutes(11));
        assert_eq!(desk.deliver().await.len(), 2);
        let status = desk.page("/mail/1/status").await;
        assert_eq!(status.text("h1"), "Wave 1 has left");
        assert!(status.text("p[role=status]").starts_with("2 of 2 handed over."));
        assert_eq!(status.count("form[action$=stop]"), 0);
        assert!(status.text("table").contains("2.0.0 Ok: queued as 4F1A"));
        assert_eq!(status.attribute("[data-live]", "data-live").unwrap(), "off");

        let mail = desk.page("/mail").await;
        let row = mail.text("section:first-of-type tbody tr");
        assert!(row.starts_with("Wave 1 Netconf 2019"), "{row}");
        assert!(row.contains("Sent"), "{row}");
    }
}

#[tokio::test]
async fn what_cannot_be_saved_comes_back_as_it_was_typed() {
    let desk = Desk::new().await;
    let people = two_listed(&desk).await;
    let mut form = letter(&people, "check");
    form.retain(|(name, _)| !matches!(*name, "body" | "subject" | "reply_by"));
    form.extend([
        ("subject", "<b>Hostile</b> {nick}"),
        ("body", "No way back, {first_name} </textarea><script>"),
        ("reply_by", "2020-01-01"),
    ]);

    let refused = desk.post("/mail/new", &form).await;

    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = refused.html();
    assert!(page.text(".errsum").contains("{nick} is not a placeholder"), "{}", page.text(".errsum"));
    assert_eq!(page.attribute("input[name=subject]", "value").unwrap(), "<b>Hostile</b> {nick}");
    assert!(page.raw_text("textarea").contains("No way back, {first_name} </textarea><script>"));
    assert_eq!(page.attribute("input[name=reply_by]", "value").unwrap(), "2020-01-01");
    assert_eq!(page.count("input[name=p][checked]"), 2);
    assert!(page.text("title").starts_with("Error: "));

    // All at once, each at its field.
    let mut links = page.attributes(".errsum a", "href");
    links.sort();
    assert_eq!(links, ["#body", "#reply_by", "#subject"]);

    let mut form = letter(&people, "check");
    form.retain(|(name, _)| *name != "body");
    form.push(("body", "Hello, no link here"));
    let page = desk.post("/mail/new", &form).await.html();
    assert!(page.text("#body-e").contains("Put {link} on a line of its own"));
    let page = desk.post("/mail/new", &letter(&[], "check")).await.html();
    assert!(page.text(".errsum").contains("Tick at least one person"));
    assert!(desk.store.waves(desk.event.id).await.unwrap().is_empty());
}

both_databases! {
    async fn a_draft_saved_by_two_keeps_what_both_wrote(db: TestDb) {
        let desk = Desk::on(db).await;
        let people = checked(&desk).await;
        let mut first = letter(&people, "preview");
        first.retain(|(name, _)| *name != "version");
        first.push(("version", "1"));
        let mut second = first.clone();
        first.retain(|(name, _)| *name != "subject");
        first.push(("subject", "Theirs"));
        second.retain(|(name, _)| *name != "subject");
        second.push(("subject", "Mine"));

        location(&desk.post("/mail/1", &first).await);
        let late = desk.post("/mail/1", &second).await;

        assert_eq!(late.status, StatusCode::CONFLICT);
        let page = late.html();
        assert_eq!((page.text(".diffbox ins"), page.text(".diffbox del")), ("Theirs".to_owned(), "Mine".to_owned()));
        assert_eq!(page.attribute("input[name=subject]", "value").unwrap(), "Mine");
        let version = page.attribute("input[name=version]", "value").unwrap();
        second.retain(|(name, _)| *name != "version");
        second.push(("version", &version));
        location(&desk.post("/mail/1", &second).await);
        assert_eq!(desk.store.wave(desk.event.id, "1").await.unwrap().unwrap().subject, "Mine");
    }
}

#[tokio::test]
async fn the_button_sends_only_what_was_seen() {
    let desk = Desk::new().await;
    checked(&desk).await;

    let other = desk.post("/mail/1/send", &[("people", "3"), ("version", "1")]).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(other.html().text(".errsum").contains("Look again"));

    let closed = desk.post_bare("/mail/1/send", &[("people", "2"), ("version", "1")]).await;
    assert_eq!(closed.status, StatusCode::FORBIDDEN);
    assert_eq!(desk.store.wave(desk.event.id, "1").await.unwrap().unwrap().state, WaveState::Draft);

    location(&press_send(&desk, "1", &[]).await);
    let twice = desk.post("/mail/1/send", &[("people", "2"), ("version", "1")]).await;
    assert_eq!(location(&twice), "/c/netconf-2019/mail/1/status");
    let all = OutboxQuery { event: Some(desk.event.id), ..OutboxQuery::default() };
    assert_eq!(desk.store.messages(&all).await.unwrap().total, 2);
}

#[tokio::test]
async fn a_wave_without_seats_says_so_and_stays() {
    let desk = Desk::new().await;
    checked(&desk).await;
    let one_seat = [("seats".to_owned(), "1".to_owned())];
    desk.store.set_event(desk.event.id, None, &one_seat, &Actor::Operator, desk.clock.now()).await.unwrap();

    let check = desk.page("/mail/1/check").await;
    assert!(check.text(".checks .stop").contains("2 people need a seat and 1 can be offered"));
    let refused = press_send(&desk, "1", &[]).await;

    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.html().text(".errsum a[href='#send']").contains("2 people need a seat"));
}

#[tokio::test]
async fn what_has_begun_to_leave_can_be_stopped_for_the_rest() {
    let desk = Desk::new().await;
    checked(&desk).await;
    press_send(&desk, "1", &[]).await;
    desk.clock.advance(TimeDelta::minutes(11));
    let minutes = TimeDelta::minutes(3);
    let one = desk.store.claim("w", 1, minutes, minutes, desk.clock.now()).await.unwrap();
    let taken = Sent::HandedOver { code: "250".to_owned(), words: "Ok".to_owned() };
    desk.store.begin_data(one[0].id, "w", desk.clock.now()).await.unwrap();
    desk.store.mark_sent(one[0].id, "w", &taken, desk.clock.now()).await.unwrap();

    let status = desk.page("/mail/1/status").await;
    assert!(status.text("form[action$=stop]").contains("1 of 2 left already"));
    assert_eq!(status.text("form[action$=stop] button"), "Stop the rest");
    assert_eq!(location(&desk.post("/mail/1/stop", &[]).await), "/c/netconf-2019/mail/1/status");
    let status = desk.page("/mail/1/status").await;
    assert_eq!(status.text("h1"), "Wave 1 was stopped");
    assert!(status.text("p[role=status]").contains("1 of 2 handed over, 1 not sent."));

    let again = desk.post("/mail/1", &letter(&[], "check")).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_second_reminder_has_to_be_meant() {
    let desk = Desk::new().await;
    let people = checked(&desk).await;
    press_send(&desk, "1", &[]).await;
    desk.clock.advance(TimeDelta::minutes(11));
    desk.deliver().await;
    let mut form = letter(&people, "check");
    form.retain(|(name, _)| *name != "kind");
    form.push(("kind", "reminder"));

    assert_eq!(location(&desk.post("/mail/new", &form).await), "/c/netconf-2019/mail/r1/check");
    let first = desk.page("/mail/r1/check").await;
    assert_eq!(first.count("input[name=third]"), 0);
    assert_eq!(first.text("button#send"), "Remind 2 people");
    press_send(&desk, "r1", &[]).await;
    desk.clock.advance(TimeDelta::minutes(11));
    desk.deliver().await;

    assert_eq!(location(&desk.post("/mail/new", &form).await), "/c/netconf-2019/mail/r2/check");
    let second = desk.page("/mail/r2/check").await;
    assert!(second.text("main form").contains("This is the third mail. Write yourself instead?"));
    assert_eq!(second.attributes("form a[href^='mailto:']", "href").len(), 2);
    let refused = press_send(&desk, "r2", &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.html().text("#third-e").contains("third mail"));
    location(&press_send(&desk, "r2", &[("third", "yes")]).await);
    assert_eq!(desk.store.wave(desk.event.id, "r2").await.unwrap().unwrap().state, WaveState::Held);
}

#[tokio::test]
async fn who_cannot_be_written_to_is_left_out_with_the_reason() {
    let desk = Desk::new().await;
    let people = two_listed(&desk).await;
    let no = desk.answered("Hana Sato", &Given::Decline).await;
    let all = [people[0].clone(), no.public_id.clone()].join("&p=");

    let page = desk.page(&format!("/mail/new?p={all}")).await;

    assert!(page.text(".field").contains("Left out: Hana Sato (declined before)."));
    assert_eq!(page.count("input[name=p][checked]"), 2);
    assert_eq!(page.count("input[name=p]"), 3, "whoever else could get it can be ticked");
    let silent = desk.store.candidates_for(desk.event.id, WaveKind::Reminder).await.unwrap();
    assert!(silent.is_empty());
    let page = desk.page("/mail/new?kind=reminder").await;
    assert!(page.text("#preview").contains("Nobody is chosen"));
    let filtered = desk.page("/mail/new?select=all&state=listed&q=mori").await;
    assert_eq!(filtered.count("input[name=p][checked]"), 1);
}

#[tokio::test]
async fn a_message_shows_the_servers_words_and_takes_a_persons_hand() {
    let desk = Desk::new().await;
    checked(&desk).await;
    press_send(&desk, "1", &[]).await;
    desk.clock.advance(TimeDelta::minutes(11));
    let claimed = desk.claim().await;
    let refused = Sent::Failed {
        code: "550".to_owned(),
        words: "5.1.1 <b>No</b> such user".to_owned(),
        address_dead: false,
    };
    desk.store.mark_sent(claimed[0].id, "w", &refused, desk.clock.now()).await.unwrap();
    let path = format!("/mail/messages/{}", claimed[0].id);

    let mail = desk.page("/mail").await;
    assert_eq!(mail.text("#trouble h2"), "1 message needs a person");
    assert!(mail.text("#trouble td.mono").contains("5.1.1 <b>No</b> such user"));
    let filtered = desk.page("/mail?state=failed&purpose=invitation").await;
    assert_eq!(filtered.count("#outbox tbody tr"), 1);
    let message = desk.page(&path).await;
    assert!(message.text("h1").starts_with("Invitation to Aiko Mori"));
    assert!(message.text(".tl").contains("550 5.1.1 <b>No</b> such user"));
    assert!(message.raw_text(".mail pre").contains("    (personal link)\n"));

    assert!(location(&desk.post(&format!("{path}/again"), &[]).await).ends_with(&path));
    let state = async |id: MessageId| desk.store.message(None, id).await.unwrap().unwrap().state;
    assert_eq!(state(claimed[0].id).await, MessageState::Queued);
    location(&desk.post(&format!("{path}/drop"), &[]).await);
    assert_eq!(state(claimed[0].id).await, MessageState::Dropped);
    let gone = desk.post(&format!("/mail/messages/{}/again", claimed[1].id), &[]).await;
    assert_eq!(gone.status, StatusCode::CONFLICT, "it is being sent");
    assert_eq!(desk.get("/mail/messages/not-an-id").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_pause_is_on_top_with_the_servers_words_until_it_is_lifted() {
    let desk = Desk::new().await;
    let pause =
        MailPause { kind: "relay".to_owned(), reason: "535 5.7.8 <i>bad</i> login".to_owned(), until: None };
    desk.store.pause_mail(&pause, desk.clock.now()).await.unwrap();

    let paused = desk.page("/mail").await;
    assert!(paused.text(".note-bad").contains("535 5.7.8 <i>bad</i> login"));
    location(&desk.post("/mail/resume", &[]).await);
    let resumed = desk.page("/mail?resumed=yes").await;

    assert_eq!(resumed.count(".note-bad"), 0);
    assert!(resumed.text(".note-ok").contains("Sending goes on."));
}

both_databases! {
    async fn the_test_is_the_letter_as_it_was_written_and_opens_nothing(db: TestDb) {
        let desk = Desk::on(db).await;
        let people = two_listed(&desk).await;
        let mut form = letter(&people, "test");
        form.retain(|(name, _)| *name != "body");
        form.extend([
            ("as", people[1].as_str()),
            ("line", "Bring the vsock slides."),
            ("body", "Hello {first_name},\n\nCome to Boston.\n\n{personal_line}\n\n    {link}"),
        ]);

        let sent = location(&desk.post("/mail/new", &form).await);
        assert!(sent.starts_with(&format!("/c/netconf-2019/mail/1?as={}&test=", people[1])), "{sent}");

        let queued = desk.claim().await.remove(0);
        assert_eq!((queued.purpose, queued.to_address.as_str()), (Purpose::Test, "chair@example.org"));
        assert!(queued.link.is_none() && queued.unsubscribe.is_none());
        assert_eq!(queued.facts.event.unwrap().reply_to, "netconf@example.org");
        let text = queued.rendered.unwrap();
        assert_eq!(text.subject, "Test: Netconf 2019");
        for words in ["Hello Ben Achterberg,", "Come to Boston.", "Bring the vsock slides."] {
            assert!(text.text.contains(words), "{}", text.text);
        }
        let link = text.text.lines().find(|line| line.contains("/i/")).unwrap().trim();
        assert_eq!(link, "https://rsvp.example.org/i/sample-link-of-a-test-mail");
        let opened = desk.app.get("/i/sample-link-of-a-test-mail").send().await;
        assert_eq!(opened.status, StatusCode::NOT_FOUND);
        // Nobody was invited by it.
        assert!(desk.store.candidates_for(desk.event.id, WaveKind::Invitation).await.unwrap().len() == 2);
    }
}

#[tokio::test]
async fn a_test_mail_goes_to_whoever_pressed_and_says_what_became_of_it() {
    let desk = Desk::new().await;
    checked(&desk).await;

    let sent = location(&desk.post("/mail/1/test", &[]).await);
    assert!(desk.page(&sent).await.text(".note").contains("on its way to chair@example.org"));
    assert_eq!(desk.deliver().await.len(), 1);
    // Nothing of it stands in the event's outbox.
    let all = OutboxQuery { event: Some(desk.event.id), ..OutboxQuery::default() };
    assert_eq!(desk.store.messages(&all).await.unwrap().total, 0);
    assert!(desk.page(&sent).await.text(".note").contains("queued as 4F1A"));
    // Somebody else's message is not told about.
    let other = desk.colleague("ben@example.org", Role::Member).await;
    assert_eq!(other.page(&sent).await.count(".note"), 0);
}

#[tokio::test]
async fn a_reader_sees_the_mail_and_has_no_buttons() {
    let desk = Desk::new().await;
    checked(&desk).await;
    let reader = desk.colleague("reader@example.org", Role::Reader).await;

    for path in ["/mail", "/mail/1", "/mail/1/check"] {
        let page = reader.page(path).await;
        assert_eq!(page.count("main form[method=post]"), 0, "{path}");
    }
    assert_eq!(reader.get("/mail/new").await.status, StatusCode::FORBIDDEN);
    let refused = reader.post("/mail/1/send", &[("people", "2"), ("version", "1")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_draft_is_thrown_away_after_a_question() {
    let desk = Desk::new().await;
    checked(&desk).await;

    let ask = desk.page("/mail/1/remove").await;
    assert_eq!(ask.text("h1"), "Throw Wave 1 away?");
    assert_eq!(location(&desk.post("/mail/1/remove", &[]).await), "/c/netconf-2019/mail");
    assert_eq!(desk.get("/mail/1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_answer_is_asked_for_before_answers_close() {
    let desk = Desk::new().await;
    let people = two_listed(&desk).await;
    let mut form = letter(&people, "check");
    form.retain(|(name, _)| *name != "reply_by");
    form.push(("reply_by", "2019-06-14"));

    let refused = desk.post("/mail/new", &form).await;

    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let words = refused.html().text("#reply_by-e");
    assert!(words.contains("Answers close on 2019-06-13: choose that day or an earlier one"), "{words}");
}

#[tokio::test]
async fn a_reminder_answers_the_invitation_and_has_no_subject_of_its_own() {
    let desk = Desk::new().await;
    let people = checked(&desk).await;
    press_send(&desk, "1", &[]).await;
    desk.clock.advance(TimeDelta::minutes(11));
    desk.deliver().await;

    let page = desk.page(&format!("/mail/new?kind=reminder&p={}", people.join(","))).await;
    assert_eq!(page.count("input[name=subject]"), 0);
    assert_eq!(page.text("#subject"), "Re: Netconf 2019");
    let mut form = letter(&people, "check");
    form.retain(|(name, _)| *name != "kind" && *name != "subject");
    form.extend([("kind", "reminder"), ("subject", "Typed anyway")]);
    assert_eq!(location(&desk.post("/mail/new", &form).await), "/c/netconf-2019/mail/r1/check");

    let check = desk.page("/mail/r1/check").await;
    assert!(check.text(".check-list").contains("SubjectRe: Netconf 2019"), "{}", check.text(".check-list"));
    assert!(!check.text(".check-list").contains("the subject"));
    assert_eq!(check.attributes(".check-list a", "href").last().unwrap(), "/c/netconf-2019/settings/mail");
    assert!(
        desk.page("/mail").await.text("section:first-of-type tbody").contains("Reminder 1 Re: Netconf 2019")
    );
}

#[tokio::test]
async fn a_wave_that_pauses_after_the_first_letters_says_when_the_rest_leaves() {
    let desk = Desk::new().await;
    checked(&desk).await;
    let store = desk.store.clone().pausing_after(1, TimeDelta::minutes(15));
    let wave = store.wave(desk.event.id, "1").await.unwrap().unwrap();
    store.confirm_wave(wave.id, TimeDelta::zero(), &Actor::Operator, desk.clock.now()).await.unwrap();
    assert_eq!(desk.deliver().await.len(), 1);

    let status = desk.page("/mail/1/status").await;

    assert_eq!(status.text("h1"), "Wave 1 is on its way");
    assert_eq!(
        status.text(".head h1 + p"),
        "The rest leaves at 08:15, so that you can stop it if the first are refused."
    );
}

#[tokio::test]
async fn only_a_chair_lifts_a_pause() {
    let member = Desk::new().await.colleague("member@example.org", Role::Member).await;
    let pause = MailPause { kind: "relay".to_owned(), reason: "535 bad login".to_owned(), until: None };
    member.store.pause_mail(&pause, member.clock.now()).await.unwrap();

    let page = member.page("/mail").await;

    assert_eq!(page.count("form[action$=resume]"), 0);
    assert!(page.text(".note-bad").contains("A chair of an event can let it go on."));
    assert_eq!(member.post("/mail/resume", &[]).await.status, StatusCode::FORBIDDEN);
    assert!(member.store.mail_pause().await.unwrap().is_some());
}

both_databases! {
    async fn the_place_does_not_change_under_a_letter_that_waits(db: TestDb) {
        let desk = Desk::on(db).await;
        checked(&desk).await;
        press_send(&desk, "1", &[]).await;
        let overview = desk.page("").await;
        assert!(overview.text("main").contains("Wave 1 leaves at 08:10"), "today needs no day");
        let version = desk.page("/settings/dates").await.attribute("input[name=version]", "value").unwrap();
        let fields = [
            ("version", version.as_str()),
            ("from", "2019-06-20"),
            ("to", "2019-06-21"),
            ("place", "Toronto, ON"),
            ("zone", "America/New_York"),
        ];

        let refused = desk.post("/settings/dates", &fields).await;

        assert_eq!(refused.status, StatusCode::CONFLICT);
        let page = refused.html();
        assert!(page.text("#from-e").starts_with("Wave 1 has not left yet"), "{}", page.text("#from-e"));
        assert_eq!(page.attribute("#place", "value").as_deref(), Some("Toronto, ON"), "nothing typed is lost");
        desk.post("/mail/1/stop", &[]).await;
        assert_eq!(location(&desk.post("/settings/dates", &fields).await), "/c/netconf-2019/settings");
    }
}

#[tokio::test]
async fn a_wave_for_another_day_says_which_and_a_time_that_is_over_is_not_offered_again() {
    let desk = Desk::new().await;
    checked(&desk).await;
    press_send(&desk, "1", &[("at_day", "2019-04-02"), ("at_time", "09:00")]).await;
    let overview = desk.page("").await;
    assert!(
        overview.text("main").contains("Wave 1 leaves on Tue 2 Apr 2019 at 09:00"),
        "{}",
        overview.text("main")
    );

    desk.post("/mail/1/stop", &[]).await;
    let check = desk.page("/mail/1/check").await;
    assert_eq!(check.attribute("input[name=at_day]", "value").as_deref(), Some("2019-04-02"));
    desk.clock.advance(TimeDelta::days(2));
    let check = desk.page("/mail/1/check").await;
    assert_eq!(check.attribute("input[name=at_day]", "value").unwrap_or_default(), "");
}
