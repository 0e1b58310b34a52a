//! The list: what is shown, found, sorted, chosen.

use conclave_core::answer::{Given, Via};
use conclave_core::committee::Role;
use conclave_persistence::AnswerExtras;

use conclave_test_support::{TestDb, both_databases};

use crate::netconf::{Netconf, assert_leads_to, here};

both_databases! {
    async fn the_list_shows_everybody_with_their_state(db: TestDb) {
        let netconf = Netconf::on(db).await;
        netconf.add_at("Aiko Mori", "aiko@can.example.net", &["can"]).await;
        let toke = netconf.invite("Toke Høiland-Jørgensen").await;

        let page = netconf.chair.get("/invitees").await.html();

        assert_eq!(page.texts("h1"), ["Invitees"]);
        assert_eq!(page.text(".head p"), "2 people. 0 accepted, 1 has not answered, 20 seats.");
        assert_eq!(page.texts("tbody th a"), ["Toke Høiland-Jørgensen", "Aiko Mori"]);
        assert_eq!(page.texts("tbody .st"), ["Invited", "Listed"]);
        assert_eq!(page.texts("tbody tr:first-child td.num"), ["1"]);
        assert_eq!(page.texts("tbody tr:first-child td.d")[0], "1 Apr");
        assert_eq!(page.texts("tbody .tag"), ["can"]);
        let links = page.attributes("tbody th a", "href");
        assert_eq!(links[0], here(&format!("/invitees/{}", toke.public_id)));
        assert_eq!(page.attribute("tbody input", "aria-label").unwrap(), "Select Toke Høiland-Jørgensen");
        assert_eq!(page.texts("nav.states a"), ["All 2", "Listed 1", "Invited 1"]);
        assert_eq!(page.text(".listbar"), "2 shown, by name. Select all 2");
    }
}

#[tokio::test]
async fn an_empty_list_has_three_ways_in_and_one_for_the_undecided() {
    let netconf = Netconf::new().await;

    let page = netconf.chair.get("/invitees").await.html();

    assert_eq!(page.text(".empty h2"), "The list is empty");
    assert_eq!(page.texts(".empty a"), ["Import a list", "Add one person", "Choose a file", "candidates"]);
    let reader = netconf.member("reader@example.org", Some(Role::Reader)).await;
    assert_eq!(reader.get("/invitees").await.html().count("main a"), 0);
}

both_databases! {
    async fn several_states_can_be_in_sight_at_once(db: TestDb) {
        let netconf = Netconf::on(db).await;
        netconf.add("Aiko Mori").await;
        netconf.invite("Toke Jensen").await;
        let accepted = netconf.invite("Ren Okafor").await;
        let yes = Given::Accept { mode: None };
        netconf
            .store
            .record_answer(accepted.id, &yes, &AnswerExtras::default(), Via::Page, netconf.now())
            .await
            .unwrap();

        let page = netconf.chair.get("/invitees?state=invited,accepted&sort=-name").await.html();

        assert_eq!(page.texts("tbody th a"), ["Ren Okafor", "Toke Jensen"]);
        assert_eq!(page.texts("nav.states a[aria-current]"), ["Invited 1", "Accepted 1"]);
        assert_eq!(
            page.text(".listbar"),
            "2 of 3 shown: invited or accepted, by name, backwards. Clear filter Select all 2"
        );
        let tabs = page.attributes("nav.states a", "href");
        assert!(tabs.contains(&"?sort=-name&state=accepted".to_owned()), "{tabs:?}");
        assert!(tabs.contains(&"?sort=-name&state=invited%2Caccepted%2Clisted".to_owned()), "{tabs:?}");
        assert_eq!(page.attribute(".filters input[name=state]", "value").unwrap(), "invited,accepted");
        assert_eq!(page.attribute(".filters input[name=sort]", "value").unwrap(), "-name");
    }
}

#[tokio::test]
async fn a_search_that_finds_nobody_says_what_it_looked_for() {
    let netconf = Netconf::new().await;
    netconf.add("Aiko Mori").await;

    let reply = netconf.chair.get("/invitees?q=%3Cscript%3Ealert(1)%3C/script%3E").await;
    let page = reply.html();

    assert_eq!(page.text(".empty h2"), "No one matches \u{201c}<script>alert(1)</script>\u{201d}");
    assert_eq!(page.text(".empty p"), "1 person is on the list. Show all of them, or add someone new.");
    assert!(!reply.text().contains("<script>alert"));
    assert_eq!(page.attribute("#q", "value").unwrap(), "<script>alert(1)</script>");
}

#[tokio::test]
async fn a_hostile_name_stays_text() {
    let netconf = Netconf::new().await;
    let hostile = netconf.add(r#"Robert "><img src=x onerror=alert(1)> Tables"#).await;

    for path in ["/invitees".to_owned(), format!("/invitees/{}", hostile.public_id)] {
        let reply = netconf.chair.get(&path).await;
        assert!(!reply.text().contains("<img"), "{path}");
        assert!(reply.html().text("main").contains("<img src=x onerror=alert(1)>"), "{path}");
    }
}

#[tokio::test]
async fn only_the_sorted_column_is_marked_and_its_link_turns_it_round() {
    let netconf = Netconf::new().await;
    netconf.add_at("Aiko Mori", "aiko@example.org", &["can"]).await;

    let page = netconf.chair.get("/invitees?sort=state&tag=can").await.html();

    assert_eq!(page.texts("th[aria-sort]"), ["State"]);
    assert_eq!(page.attribute("th[aria-sort]", "aria-sort").unwrap(), "ascending");
    assert_eq!(page.attribute("th[aria-sort] a", "href").unwrap(), "?tag=can&sort=-state");
    assert_eq!(page.text("select[name=tag] option[selected]"), "can");
}

#[tokio::test]
async fn the_fitting_action_comes_first() {
    let netconf = Netconf::new().await;
    netconf.add("Aiko Mori").await;
    netconf.invite("Toke Jensen").await;
    let first =
        async |query: &str| netconf.chair.get(&format!("/invitees{query}")).await.html().text(".bulk button");

    assert_eq!(first("").await, "Invite\u{2026}");
    assert_eq!(first("?state=listed").await, "Invite\u{2026}");
    assert_eq!(first("?state=invited").await, "Remind\u{2026}");
}

both_databases! {
    async fn all_can_be_selected_also_across_pages(db: TestDb) {
        let netconf = Netconf::on(db).await;
        for n in 0..203 {
            netconf.add_at(&format!("Guest N{n:03}"), &format!("guest{n}@example.org"), &[]).await;
        }

        let first = netconf.chair.get("/invitees").await.html();
        let second = netconf.chair.get("/invitees?page=2").await.html();
        let all = netconf.chair.get("/invitees?select=all").await.html();
        let one_page = netconf.chair.get("/invitees?rows=all&select=all").await.html();

        assert_eq!((first.count("tbody tr"), second.count("tbody tr")), (200, 3));
        assert_eq!(first.text(".pager"), "1\u{2013}200 of 203Next");
        assert!(all.text(".listbar").contains("All 203 are selected, also those on other pages."));
        assert_eq!(all.attribute("input[name=select]", "value").unwrap(), "all");
        assert_eq!(one_page.count("tbody input[checked]"), 203);
        assert_eq!(one_page.count("input[name=select]"), 0);
    }
}

#[tokio::test]
async fn what_was_done_is_said_once_and_only_in_known_words() {
    let netconf = Netconf::new().await;
    netconf.add("Aiko Mori").await;

    let page = netconf.chair.get("/invitees?done=imported&n=5").await.html();
    let other = netconf.chair.get("/invitees?done=%3Cb%3Ewon&n=5").await.html();

    assert!(page.text("[role=status]").starts_with("5 people added. Nobody was written to."));
    assert!(!page.attributes("th a", "href").iter().any(|href| href.contains("done=")));
    assert_eq!(other.count("[role=status]"), 0);
}

#[tokio::test]
async fn one_person_is_added_by_a_form() {
    let netconf = Netconf::new().await;
    let fields = [("name", "Aiko Mori"), ("email", "Aiko@CAN.example.net"), ("tags", "can, new people")];

    let reply = netconf.chair.post("/invitees/new", &fields).await;
    let added = netconf.store.invitation(netconf.event.id, "aiko@can.example.net").await.unwrap().unwrap();
    assert_leads_to(&reply, &format!("/invitees/{}", added.public_id));
    assert_eq!(added.tags, ["can", "new people"]);

    let another = netconf.chair.post("/invitees/new", &[("name", "Ben"), ("next", "1")]).await;
    let next = another.header("location").replace("/c/netconf-2019", "");
    assert_eq!(netconf.chair.get(&next).await.html().text("[role=status]"), "Ben is on the list.");
}

#[tokio::test]
async fn a_form_with_errors_keeps_what_was_typed() {
    let netconf = Netconf::new().await;
    netconf.add_at("Aiko Mori", "aiko@example.org", &[]).await;

    let nothing = netconf.chair.post("/invitees/new", &[("name", ""), ("email", "")]).await;
    let wrong =
        netconf.chair.post("/invitees/new", &[("name", "Ben"), ("email", "ben(at)example.org")]).await;
    let taken = netconf.chair.post("/invitees/new", &[("name", "A"), ("email", "AIKO@example.org")]).await;

    assert_eq!(nothing.status.as_u16(), 422);
    assert_eq!(nothing.html().text(".errsum a"), "Enter a name or an address");
    assert_eq!(wrong.status.as_u16(), 422);
    let page = wrong.html();
    assert!(page.text("title").starts_with("Error: "));
    assert_eq!(page.attribute("#name", "value").unwrap(), "Ben");
    assert_eq!(page.attribute("#email", "value").unwrap(), "ben(at)example.org");
    assert_eq!(page.attribute("#email", "aria-invalid").unwrap(), "true");
    assert_eq!(page.attribute(".errsum a", "href").unwrap(), "#email");
    assert_eq!(taken.status.as_u16(), 422);
    assert_eq!(taken.html().text(".errsum a"), "This address is on the list already, as Aiko Mori");
}
