//! What is done to a set of people.

use conclave_core::answer::{Given, Via};
use conclave_persistence::AnswerExtras;

use conclave_test_support::{TestDb, both_databases};

use crate::netconf::{Netconf, assert_leads_to, of};

#[tokio::test]
async fn nobody_or_nothing_chosen_is_said_on_the_list() {
    let netconf = Netconf::new().await;
    let aiko = netconf.add("Aiko Mori").await;

    let nobody = netconf.chair.post("/invitees/bulk", &[("do", "tag"), ("view", "state=listed")]).await;
    let nothing = netconf.chair.post("/invitees/bulk", &[("do", "bite"), ("id", &aiko.public_id)]).await;

    assert_eq!(nobody.status.as_u16(), 422);
    assert_eq!(nobody.html().text(".errsum a"), "Tick at least one person");
    assert_eq!(nobody.html().text("nav.states [aria-current]"), "Listed 1");
    assert_eq!(
        (nothing.status.as_u16(), nothing.html().text(".errsum a")),
        (422, "Choose what happens".to_owned())
    );
}

#[tokio::test]
async fn inviting_and_reminding_go_on_to_the_letter() {
    let netconf = Netconf::new().await;
    let (aiko, ben) = (netconf.add("Aiko Mori").await, netconf.add("Ben Achterberg").await);

    let ids = [("do", "invite"), ("id", aiko.public_id.as_str()), ("id", ben.public_id.as_str())];
    let invite = netconf.chair.post("/invitees/bulk", &ids).await;
    assert_leads_to(&invite, &format!("/mail/new?kind=invitation&p={}&p={}", aiko.public_id, ben.public_id));
    let all = [("do", "remind"), ("select", "all"), ("view", "state=listed&q=nobody&sort=-name&page=2")];
    assert_eq!(netconf.chair.post("/invitees/bulk", &all).await.status.as_u16(), 422);
    let all = [("do", "remind"), ("select", "all"), ("view", "state=listed&sort=-name&page=2")];
    let remind = netconf.chair.post("/invitees/bulk", &all).await;
    assert_leads_to(&remind, "/mail/new?kind=reminder&select=all&state=listed");
}

both_databases! {
    async fn a_tag_is_given_to_a_set_and_taken_back(db: TestDb) {
        let netconf = Netconf::on(db).await;
        let (aiko, ben) = (netconf.add("Aiko Mori").await, netconf.add("Ben Achterberg").await);
        let ids = format!("{} {}", aiko.public_id, ben.public_id);

        let asks = netconf
            .chair
            .post("/invitees/bulk", &[("do", "tag"), ("select", "all"), ("view", "sort=-name")])
            .await;
        assert_eq!(asks.status.as_u16(), 200);
        let page = asks.html();
        assert_eq!(page.text("h1"), "Tag 2 people");
        assert_eq!(page.texts("tbody th a").len(), 2);
        let shown = page.attribute("input[name=ids]", "value").unwrap();
        assert_eq!(shown.split(' ').count(), 2);

        let confirmed = |change, tag| {
            [
                ("do", "tag"),
                ("confirmed", "yes"),
                ("ids", ids.as_str()),
                ("change", change),
                ("tag", tag),
                ("view", "sort=-name"),
            ]
        };
        let empty = netconf.chair.post("/invitees/bulk", &confirmed("add", "")).await;
        assert_eq!((empty.status.as_u16(), empty.html().text(".errsum a")), (422, "Enter a tag".to_owned()));
        let comma = netconf.chair.post("/invitees/bulk", &confirmed("add", "a,b")).await;
        assert_eq!(comma.html().attribute("#tag", "value").unwrap(), "a,b");
        let added = netconf.chair.post("/invitees/bulk", &confirmed("add", "can")).await;
        assert_leads_to(&added, "/invitees?sort=-name&done=tagged&n=2");
        assert_eq!(netconf.again(&ben).await.tags, ["can"]);
        let taken = netconf.chair.post("/invitees/bulk", &confirmed("take", "can")).await;
        assert_leads_to(&taken, "/invitees?sort=-name&done=untagged&n=2");
    }
}

#[tokio::test]
async fn who_does_not_fit_is_left_out_with_the_reason() {
    let netconf = Netconf::new().await;
    let (aiko, toke) = (netconf.add("Aiko Mori").await, netconf.invite("Toke Jensen").await);
    let both = [("do", "remove"), ("id", aiko.public_id.as_str()), ("id", toke.public_id.as_str())];

    let page = netconf.chair.post("/invitees/bulk", &both).await.html();
    assert_eq!(page.text("h1"), "Remove 1 person from the list");
    assert_eq!(page.texts("main li"), ["Toke Jensen was written to; withdraw the invitation instead"]);
    assert_eq!(page.text("main form button"), "Remove 1 person");

    let ids = format!("{} {}", aiko.public_id, toke.public_id);
    let done = [("do", "remove"), ("confirmed", "yes"), ("ids", ids.as_str())];
    assert_leads_to(&netconf.chair.post("/invitees/bulk", &done).await, "/invitees?done=removed&n=1");
    assert_eq!(netconf.chair.get(&of(&aiko)).await.status.as_u16(), 404);
    assert_eq!(netconf.again(&toke).await.badge.as_str(), "invited");
}

#[tokio::test]
async fn nobody_who_fits_is_said_without_a_button() {
    let netconf = Netconf::new().await;
    let aiko = netconf.add("Aiko Mori").await;

    let page =
        netconf.chair.post("/invitees/bulk", &[("do", "withdraw"), ("id", &aiko.public_id)]).await.html();

    assert!(page.text("main").contains("Nobody of those you chose fits."));
    assert_eq!(page.count("main button"), 0);
    assert_eq!(page.texts("main li"), ["Aiko Mori was not invited; remove them instead"]);
}

#[tokio::test]
async fn the_reserve_takes_a_set_in_order() {
    let netconf = Netconf::new().await;
    let (aiko, ben) = (netconf.add("Aiko Mori").await, netconf.add("Ben Achterberg").await);
    let ids = format!("{} {}", aiko.public_id, ben.public_id);

    let done = [("do", "reserve"), ("confirmed", "yes"), ("ids", ids.as_str())];
    assert_leads_to(&netconf.chair.post("/invitees/bulk", &done).await, "/invitees?done=reserved&n=2");
    assert_eq!(
        (netconf.again(&aiko).await.reserve_rank, netconf.again(&ben).await.reserve_rank),
        (Some(1), Some(2))
    );
    let back = [("do", "list"), ("confirmed", "yes"), ("ids", ids.as_str())];
    assert_leads_to(&netconf.chair.post("/invitees/bulk", &back).await, "/invitees?done=listed&n=2");
}

both_databases! {
    async fn withdrawing_a_set_asks_why_and_for_seats_that_are_taken(db: TestDb) {
        let netconf = Netconf::on(db).await;
        let (toke, ren) = (netconf.invite("Toke Jensen").await, netconf.invite("Ren Okafor").await);
        let yes = Given::Accept { mode: None };
        netconf
            .store
            .record_answer(ren.id, &yes, &AnswerExtras::default(), Via::Page, netconf.now())
            .await
            .unwrap();
        let ids = format!("{} {}", toke.public_id, ren.public_id);

        let page = netconf.chair.post("/invitees/bulk", &[("do", "withdraw"), ("ids", &ids)]).await.html();
        assert_eq!(page.text("h1"), "Withdraw 2 invitations");
        assert!(page.text("label[for=confirm]").contains("from 1 person who said yes"));

        let without =
            [("do", "withdraw"), ("confirmed", "yes"), ("ids", ids.as_str()), ("reason", "Smaller room")];
        let reply = netconf.chair.post("/invitees/bulk", &without).await;
        assert_eq!(
            (reply.status.as_u16(), reply.html().attribute(".errsum a", "href").unwrap()),
            (422, "#confirm".into())
        );
        assert_eq!(reply.html().attribute("#reason", "value").unwrap(), "Smaller room");
        assert_eq!(netconf.again(&toke).await.badge.as_str(), "invited");

        let mut with = without.to_vec();
        with.push(("confirm", "yes"));
        assert_leads_to(&netconf.chair.post("/invitees/bulk", &with).await, "/invitees?done=withdrawn&n=2");
        assert_eq!(netconf.again(&ren).await.badge.as_str(), "withdrawn");
    }
}

#[tokio::test]
async fn a_letter_never_goes_to_people_who_were_not_ticked() {
    let netconf = Netconf::new().await;
    let mut ids = Vec::new();
    for n in 0..300 {
        let address = format!("guest{n}@example.org");
        ids.push(netconf.add_at(&format!("Guest {n:03}"), &address, &[]).await.public_id);
    }
    let press = |ticked: &[String]| {
        let mut fields = vec![("do", "invite"), ("view", "state=listed&rows=all")];
        fields.extend(ticked.iter().map(|id| ("id", id.as_str())));
        fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>()
    };
    let post = async |ticked: &[String]| {
        let fields = press(ticked);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        netconf.chair.post("/invitees/bulk", &fields).await
    };

    let most = post(&ids[5..]).await;
    let path = most.header("location").replace("/c/netconf-2019", "");
    assert!(path.starts_with("/mail/new?kind=invitation&select=all&state=listed&x="), "{path}");
    let letter = netconf.chair.get(&path).await.html();
    let chosen = letter.attributes("input[name=p][checked]", "value");
    assert_eq!(chosen.len(), 295);
    assert!(ids[..5].iter().all(|id| !chosen.contains(id)));

    let all = post(&ids).await;
    assert_leads_to(&all, "/mail/new?kind=invitation&select=all&state=listed");

    for n in 0..120 {
        let address = format!("more{n}@example.org");
        ids.push(netconf.add_at(&format!("More {n:03}"), &address, &[]).await.public_id);
    }
    let neither = post(&ids[205..]).await;
    assert_eq!(neither.status.as_u16(), 422);
    assert!(neither.html().text(".errsum a").starts_with("Tag these people first"));
}
