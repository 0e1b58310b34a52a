//! Planned reminders, a second member's release, a time of one's choice, the board of whom to chase, and
//! what a member is told.

use conclave_core::committee::Role;
use conclave_core::log_entry::Actor;
use conclave_core::message::MessageState;
use conclave_persistence::{Announce, Invitation, Mailing, WaveState};
use conclave_test_support::member::Member;
use http::StatusCode;

use crate::netconf::{Netconf, assert_leads_to, here};

const LETTER: &str = "Hello {first_name},\n\nby {answer_by}\n\n    {link}\n";

/// A draft of these people, saved at the desk by this member.
async fn written(member: &Member, people: &[&Invitation]) {
    let mut form = vec![
        ("kind", "invitation"),
        ("version", "0"),
        ("subject", "Netconf 2019"),
        ("reply_by", "2019-05-24"),
        ("body", LETTER),
        ("go", "check"),
    ];
    form.extend(people.iter().map(|person| ("p", person.public_id.as_str())));
    assert_leads_to(&member.post("/mail/new", &form).await, "/mail/1/check");
}

/// Presses the button of the check page, with these fields more.
async fn press(member: &Member, more: &[(&str, &str)]) -> conclave_test_support::app::Reply {
    let page = member.page("/mail/1/check").await;
    let value = |name: &str| page.attribute(&format!("input[name={name}]"), "value").unwrap();
    let (people, version) = (value("people"), value("version"));
    let mut fields = vec![("people", people.as_str()), ("version", version.as_str())];
    fields.extend(more);
    member.post("/mail/1/send", &fields).await
}

#[tokio::test]
async fn the_reminder_of_a_wave_is_a_row_like_any_other_and_can_be_changed_and_cancelled() {
    let netconf = Netconf::with(&[("reminder", "4")]).await;
    let aiko = netconf.add("Aiko Mori").await;
    written(&netconf.chair, &[&aiko]).await;

    let check = netconf.chair.page("/mail/1/check").await;
    assert!(
        check.text(".check-list").contains("Reminder on Mon 20 May 2019"),
        "{}",
        check.text(".check-list")
    );
    let row = netconf.chair.page("/mail").await.text("section:first-of-type tbody tr");
    assert!(row.starts_with("Reminder to wave 1"), "{row}");
    assert!(row.contains("leaves 20 May if unanswered"), "{row}");

    let page = netconf.chair.page("/mail/1/reminders/1").await;
    assert!(page.raw_text("textarea[name=body]").contains("We have no answer from you yet"));
    let wrong = [("when", "day"), ("on", "2019-05-25"), ("body", LETTER)];
    let refused = netconf.chair.post("/mail/1/reminders/1", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.html().attribute("input[name=on]", "value").unwrap(), "2019-05-25");
    let no_link = [("when", "day"), ("on", "2019-05-22"), ("body", "Come.")];
    let refused = netconf.chair.post("/mail/1/reminders/1", &no_link).await.html();
    assert!(refused.text(".errsum").contains("{link}"), "{}", refused.text(".errsum"));

    let right = [("when", "day"), ("on", "2019-05-22"), ("body", LETTER)];
    assert_leads_to(&netconf.chair.post("/mail/1/reminders/1", &right).await, "/mail/1/check");
    let row = netconf.chair.page("/mail").await.text("section:first-of-type tbody tr");
    assert!(row.contains("leaves 22 May if unanswered"), "{row}");

    let more = [("when", "day"), ("on", "2019-05-23"), ("body", LETTER)];
    let unticked = netconf.chair.post("/mail/1/reminders/new", &more).await;
    assert_eq!(unticked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unticked.html().text("main").contains("This is the third mail. Write yourself instead?"));
    let ticked = [more.as_slice(), &[("third", "yes")]].concat();
    assert_leads_to(&netconf.chair.post("/mail/1/reminders/new", &ticked).await, "/mail/1/check");

    assert_leads_to(&netconf.chair.post("/mail/1/reminders/1/cancel", &[]).await, "/mail/1/check");
    let check = netconf.chair.page("/mail/1/check").await.text(".check-list");
    assert!(check.contains("Cancelled"), "{check}");
}

#[tokio::test]
async fn what_one_member_wrote_waits_for_another_one() {
    let netconf = Netconf::with(&[("approval", "on")]).await;
    let ben = netconf.member("ben@example.org", Some(Role::Member)).await;
    let aiko = netconf.add("Aiko Mori").await;
    written(&ben, &[&aiko]).await;

    assert_eq!(ben.page("/mail/1/check").await.text("button#send"), "Ask another member to release it");
    assert_leads_to(&press(&ben, &[]).await, "/mail/1/check");
    let page = ben.page("/mail/1/check").await;
    assert!(page.text(".note-wait").contains("ben asked for another member"), "{}", page.text(".note-wait"));
    assert_eq!(page.count("button[value=alone]"), 0, "a member cannot go on alone");
    let alone = press(&ben, &[("go", "alone"), ("alone", "in a hurry")]).await;
    assert_eq!(alone.status, StatusCode::FORBIDDEN);
    assert!(netconf.chair.page("").await.text("main").contains("Wave 1 waits for another member"));
    assert!(netconf.chair.page("/mail").await.text("main").contains("ben asks another member"));

    let page = netconf.chair.page("/mail/1/check").await;
    assert_eq!(page.text("button#send"), "Send to 1 person");
    assert_leads_to(&press(&netconf.chair, &[]).await, "/mail/1/status");
    let status = netconf.chair.page("/mail/1/status").await.text(".head");
    assert!(status.contains("Released by davem"), "{status}");
}

#[tokio::test]
async fn a_chair_alone_says_why() {
    let netconf = Netconf::with(&[("approval", "on")]).await;
    let aiko = netconf.add("Aiko Mori").await;
    written(&netconf.chair, &[&aiko]).await;

    let silent = press(&netconf.chair, &[("go", "alone"), ("alone", " ")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_leads_to(
        &press(&netconf.chair, &[("go", "alone"), ("alone", "Ben is away")]).await,
        "/mail/1/status",
    );

    let activity = netconf.chair.page("/activity").await.text("main");
    assert!(activity.contains("released alone: Ben is away"), "{activity}");
}

#[tokio::test]
async fn a_wave_leaves_at_the_time_that_was_chosen_and_can_be_moved() {
    let netconf = Netconf::new().await;
    let aiko = netconf.add("Aiko Mori").await;
    written(&netconf.chair, &[&aiko]).await;

    let past = press(&netconf.chair, &[("at_day", "2019-03-01"), ("at_time", "09:00")]).await;
    assert_eq!(past.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(past.html().attribute("input[name=at_day]", "value").unwrap(), "2019-03-01");
    let half = press(&netconf.chair, &[("at_day", "2019-04-10"), ("at_time", "")]).await;
    assert_eq!(half.status, StatusCode::UNPROCESSABLE_ENTITY);
    let sent = press(&netconf.chair, &[("at_day", "2019-04-10"), ("at_time", "09:00")]).await;
    assert_leads_to(&sent, "/mail/1/status");

    let status = netconf.chair.page("/mail/1/status").await;
    assert_eq!(status.text("h1"), "Wave 1 leaves on Wed 10 Apr 2019 at 09:00, Boston time");
    assert!(status.text(".head").contains("In 9 days."), "{}", status.text(".head"));
    let moved = netconf.chair.post("/mail/1/move", &[("at_day", "2019-04-09"), ("at_time", "08:30")]).await;
    assert_leads_to(&moved, "/mail/1/status");
    let status = netconf.chair.page("/mail/1/status").await;
    assert_eq!(status.text("h1"), "Wave 1 leaves on Tue 9 Apr 2019 at 08:30, Boston time");

    assert_leads_to(&netconf.chair.post("/mail/1/stop", &[]).await, "/mail/1?stopped=yes");
    let wave = netconf.store.wave(netconf.event.id, "1").await.unwrap().unwrap();
    assert_eq!((wave.state, wave.in_state(MessageState::Held)), (WaveState::Draft, 0));
}

#[tokio::test]
async fn the_board_names_whom_to_chase_and_why_with_one_thing_to_do() {
    let netconf = Netconf::new().await;
    let empty = netconf.chair.page("/chase").await;
    assert_eq!(empty.text(".empty h2"), "Nobody needs chasing");
    netconf.invite("Aiko Mori").await;
    let ben = netconf.invite("Ben Achterberg").await;
    let yes = conclave_core::answer::Given::Accept { mode: None };
    let extras = conclave_persistence::AnswerExtras::default();
    netconf
        .store
        .record_answer(ben.id, &yes, &extras, conclave_core::answer::Via::Page, netconf.now())
        .await
        .unwrap();

    netconf.be("2019-05-22T12:00:00Z");
    let board = netconf.chair.page("/chase").await;
    assert_eq!(board.texts("tbody th a"), ["Aiko Mori", "Ben Achterberg"]);
    let words = board.text("tbody");
    assert!(words.contains("Silent, and answers by 24 May"), "{words}");
    assert!(words.contains("Comes; topics close on 30 May"), "{words}");
    let asks = board.attributes("tbody td:last-child a", "href");
    assert!(asks[0].contains("kind=reminder") && asks[1].contains("kind=topic_reminder"), "{asks:?}");
    assert_eq!(netconf.chair.get(asks[1].trim_start_matches("/c/netconf-2019")).await.status, StatusCode::OK);

    let some = netconf.chair.page("/chase?why=no-topic").await;
    assert_eq!(some.texts("tbody th a"), ["Ben Achterberg"]);
    assert_eq!(netconf.chair.page("/chase?q=aiko").await.texts("tbody th a"), ["Aiko Mori"]);
    assert_eq!(netconf.chair.page("/chase?q=nobody").await.text(".empty h2"), "No one matches");
    let reader = netconf.member("reader@example.org", Some(Role::Reader)).await;
    assert_eq!(reader.page("/chase").await.count("main form[data-bulk], main td.chk"), 0);
}

#[tokio::test]
async fn who_says_it_again_and_whose_details_are_missing_is_on_the_overview_and_on_the_board() {
    let netconf = Netconf::new().await;
    let ben = netconf.invite("Ben Achterberg").await;
    let yes = conclave_core::answer::Given::Accept { mode: None };
    let extras = conclave_persistence::AnswerExtras::default();
    let via = conclave_core::answer::Via::Page;
    netconf.store.record_answer(ben.id, &yes, &extras, via, netconf.now()).await.unwrap();
    netconf.store.add_starter_questions(netconf.event.id, &Actor::Operator, netconf.now()).await.unwrap();
    let quiet = netconf.chair.page("").await.text("main");
    assert!(!quiet.contains("left out a detail") && !quiet.contains("said again"), "{quiet}");

    netconf.be("2019-05-28T12:00:00Z");
    let needs = netconf.chair.page("").await;
    assert!(needs.texts(".need h3").contains(&"Person comes and left out a detail".to_owned()));
    assert!(needs.attributes(".need a", "href").contains(&here("/chase?why=details")));
    let board = netconf.chair.page("/chase?why=details").await;
    assert!(
        board.text("tbody").contains("Comes; a detail that you need by 30 May is missing"),
        "{}",
        board.text("tbody")
    );

    let later = [("from".to_owned(), "2019-06-27".to_owned()), ("to".to_owned(), "2019-06-28".to_owned())];
    let how = Announce {
        is_move: true,
        note: String::new(),
        reconfirm_by: Some("2019-06-03".parse().unwrap()),
        mailing: Mailing::none(),
    };
    let by = Actor::Operator;
    netconf.store.change_event(netconf.event.id, None, &later, &how, &by, netconf.now()).await.unwrap();
    let needs = netconf.chair.page("").await;
    assert!(
        needs
            .text("ul.need")
            .contains("Person has not said again that they comeAsked after the change, by 3 Jun"),
        "{}",
        needs.text("ul.need")
    );
    let board = netconf.chair.page("/chase?why=reconfirm").await;
    assert!(board.text("tbody").contains("Asked to say again by 3 Jun"), "{}", board.text("tbody"));
    assert_eq!(
        board.attributes("tbody td:last-child a", "href"),
        [here(&format!("/invitees/{}/answer", ben.public_id))]
    );
}

#[tokio::test]
async fn a_member_chooses_how_often_to_be_told() {
    let netconf = Netconf::new().await;
    let reader = netconf.member("reader@example.org", Some(Role::Reader)).await;

    let account = reader.page("/c/account").await.text("main");
    assert!(account.contains("daily at 07:00, Boston time, if something happened"), "{account}");
    let wrong = reader.post("/digest", &[("choice", "daily"), ("hour", "25")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.html().attribute("input[name=hour]", "value").unwrap(), "25");
    assert_leads_to(&reader.post("/digest", &[("choice", "never")]).await, "/digest?saved=yes");

    assert!(reader.page("/c/account").await.text("main").contains("never"));
    let outsider = netconf.member("outsider@example.org", None).await;
    assert_eq!(outsider.get("/digest").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_reader_plans_and_moves_nothing() {
    let netconf = Netconf::with(&[("reminder", "4")]).await;
    let aiko = netconf.add("Aiko Mori").await;
    written(&netconf.chair, &[&aiko]).await;
    let reader = netconf.member("reader@example.org", Some(Role::Reader)).await;
    let before = netconf.log().await;

    for path in ["/mail/1/reminders/1", "/mail/1/reminders/new", "/mail/1/reminders/1/cancel", "/mail/1/move"]
    {
        assert_eq!(reader.post(path, &[("when", "setting")]).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(netconf.log().await, before);
    assert_eq!(reader.get("/mail/1/check").await.status, StatusCode::OK);
}
