//! Questions after a yes, on the desk and on the invitee's page.

use conclave_core::answer::Given;
use conclave_core::committee::Role;
use conclave_core::log_entry::Actor;

use super::desk::{Desk, location};
use super::guests::{Netconf, TOKE};

#[tokio::test]
async fn a_question_is_added_changed_and_retired_and_a_mistake_stays_typed() {
    let desk = Desk::new().await;
    assert!(desk.page("/settings/questions").await.text("main").contains("Nothing is asked yet"));
    let wrong =
        [("prompt", "Passport number"), ("kind", "text"), ("audience", "member"), ("delete_after", "")];
    let refused = desk.post("/settings/questions", &wrong).await;
    assert_eq!(refused.status.as_u16(), 422);
    assert!(refused.html().text("#prompt-e").contains("visa letter"));
    assert_eq!(refused.html().attribute("#prompt", "value").as_deref(), Some("Passport number"));

    assert_eq!(
        location(&desk.post("/settings/questions/starter", &[]).await),
        "/c/netconf-2019/settings/questions"
    );
    let one = desk.page("/settings/questions/1").await;
    assert_eq!(one.attribute("#prompt", "value").as_deref(), Some("What do you eat?"));
    let version = one.attribute("input[name=version]", "value").unwrap();
    let changed = [
        ("version", version.as_str()),
        ("prompt", "Food?"),
        ("kind", "choice"),
        ("choices", "All\nVegan"),
        ("audience", "kitchen"),
        ("delete_after", "5"),
    ];
    desk.post("/settings/questions/1", &changed).await;
    desk.post("/settings/questions/2/retire", &[("retire", "yes")]).await;

    let rows = desk.page("/settings/questions").await.texts("tbody th");
    assert!(rows.contains(&"Food?".to_owned()), "{rows:?}");
    assert!(rows.last().unwrap().ends_with("not asked any more"), "{rows:?}");
    let mine = changed.map(|(name, value)| if name == "prompt" { (name, "Lunch?") } else { (name, value) });
    let stale = desk.post("/settings/questions/1", &mine).await;
    assert_eq!(stale.status.as_u16(), 409);
    let page = stale.html();
    assert_eq!(page.text("h1"), "Someone was faster");
    assert_eq!((page.text(".diffbox ins"), page.text(".diffbox del")), ("Food?".into(), "Lunch?".into()));
    // Both versions are there, and what was typed can be taken all the same.
    let version = page.attribute("main input[name=version]", "value").unwrap();
    let again =
        mine.map(|(name, value)| if name == "version" { (name, version.as_str()) } else { (name, value) });
    assert_eq!(desk.post("/settings/questions/1", &again).await.status.as_u16(), 303);
    assert!(desk.page("/settings/questions").await.texts("tbody th").contains(&"Lunch?".to_owned()));
}

#[tokio::test]
async fn a_member_does_not_show_themselves_what_was_told_to_others() {
    let desk = Desk::new().await;
    desk.store.add_starter_questions(desk.event.id, &Actor::Operator, desk.clock.now()).await.unwrap();
    let opened = |version: &'static str, audience: &'static str| {
        [
            ("version", version),
            ("prompt", "What do you eat?"),
            ("kind", "choice"),
            ("choices", "All\nVegan"),
            ("audience", audience),
            ("delete_after", "30"),
        ]
    };
    assert_eq!(desk.post("/settings/questions/1", &opened("1", "chair")).await.status.as_u16(), 303);
    let member = desk.colleague("member@example.org", Role::Member).await;

    let refused = member.post("/settings/questions/1", &opened("2", "member")).await;

    assert_eq!(refused.status.as_u16(), 422);
    assert!(
        refused.html().text("#audience-e").contains("Only who sees the answers"),
        "{}",
        refused.html().text("main")
    );
    assert_eq!(refused.html().attribute("#audience", "value").as_deref(), Some("member"));
    assert_eq!(
        member.post("/settings/questions/1", &opened("2", "chair")).await.status.as_u16(),
        303,
        "the rest is theirs to change"
    );
}

#[tokio::test]
async fn the_committee_sees_by_need_and_counts_have_no_names() {
    let desk = Desk::new().await;
    let aiko = desk.answered("Aiko Mori", &Given::Accept { mode: None }).await;
    desk.store.add_starter_questions(desk.event.id, &Actor::Operator, desk.clock.now()).await.unwrap();
    let details = conclave_persistence::Details {
        answers: vec![(1, "Vegan".to_owned())],
        support: Some((true, "600 EUR".to_owned())),
        ..conclave_persistence::Details::default()
    };
    desk.store.set_details(aiko.id, &details, desk.clock.now()).await.unwrap();
    let person = format!("/invitees/{}", aiko.public_id);

    assert!(desk.page(&person).await.text("main").contains("Vegan"));
    let counts = desk.page("/details").await;
    assert_eq!(counts.texts("tbody td.n").first().map(String::as_str), Some("1"));
    assert!(!counts.text("main").contains("Aiko"));
    let support = format!("{person}/support");
    assert_eq!(desk.post(&support, &[("decide", "grant")]).await.status.as_u16(), 409);
    desk.post(&support, &[("decide", "grant"), ("amount", "500 EUR")]).await;
    assert!(desk.page(&person).await.text("#support").contains("Granted: 500 EUR"));
    let chair = desk.store.committee(desk.event.id).await.unwrap().remove(0).0.id;
    let field = format!("needs-{chair}");
    assert_eq!(
        desk.post("/settings/questions/needs", &[(field.as_str(), "The Kitchen")]).await.status.as_u16(),
        422
    );
    assert_eq!(
        desk.post("/settings/questions/needs", &[(field.as_str(), "kitchen visa")]).await.status.as_u16(),
        303
    );

    let member = desk.colleague("member@example.org", Role::Member).await;
    assert!(!member.page(&person).await.text("main").contains("Vegan"));
    assert!(member.page("/details").await.text("main").contains("more for members with another need"));
    assert_eq!(member.post("/settings/questions/needs", &[]).await.status.as_u16(), 403);
    let reader = member.colleague("reader@example.org", Role::Reader).await;
    for path in [
        "/settings/questions",
        "/settings/questions/starter",
        "/settings/questions/1",
        "/settings/questions/1/retire",
        &support,
    ] {
        assert_eq!(reader.post(path, &[]).await.status.as_u16(), 403, "{path}");
    }
    assert!(!reader.page(&person).await.text("main").contains("600 EUR"));
}

#[tokio::test]
async fn an_invitee_answers_what_is_asked_and_what_does_not_fit_stays_typed() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    toke.says("accepted").await;
    netconf.store.add_starter_questions(netconf.event.id, &Actor::Operator, netconf.now()).await.unwrap();

    let page = toke.get("/details").await.html();
    assert_eq!(page.texts("#q1 option").first().map(String::as_str), Some("Not said"));
    assert!(page.text("main").contains("Only who does kitchen sees it"), "{}", page.text("main"));
    let fields = [("q1", "Vegan"), ("q2", "no nuts"), ("q3", "soon"), ("part", "Thursday"), ("guests", "1")];
    let wrong = toke.post("/details", &fields).await;
    assert_eq!(wrong.status.as_u16(), 422);
    assert_eq!(wrong.html().raw_text("#q2").trim(), "no nuts");
    assert!(wrong.html().text("#q3-e").contains("2019-05-24"));
    let fields = [("q1", "Vegan"), ("q3", "2019-05-02"), ("support", "yes"), ("estimate", "600 EUR")];
    let saved = netconf.app.post(&toke.path("/details"), &fields).text().send().await;
    assert_eq!(saved.status.as_u16(), 200);
    assert!(saved.text().starts_with("Saved."), "{}", saved.text());

    let page = toke.get("/details").await.html();
    assert_eq!(page.attribute("#q1 option[selected]", "value").as_deref(), Some("Vegan"));
    assert!(page.text("main").contains("the committee has not decided yet"));
    netconf.be("2019-06-20T12:00:00Z");
    assert_eq!(toke.post("/details", &[("q1", "Everything")]).await.status.as_u16(), 409);
}
