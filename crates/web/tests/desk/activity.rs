//! The record at the desk: narrowed by the address, taken out, checked.

use conclave_core::answer::{Given, Via};
use conclave_core::committee::Role;
use conclave_core::log_entry::Actor;
use conclave_persistence::{AnswerExtras, Invitation};
use conclave_test_support::{TestDb, both_databases};

use crate::netconf::Netconf;

both_databases! {
    async fn the_record_is_narrowed_by_the_address_and_says_so(db: TestDb) {
        let netconf = Netconf::on(db).await;
        let toke = netconf.invite("Toke Jensen").await;
        netconf.add("Aiko Mori").await;
        netconf.store.withdraw(toke.id, "he asked us to", false, &Actor::Operator, netconf.now()).await.unwrap();
        let rows = async |query: &str| {
            let page = netconf.chair.page(&format!("/activity{query}")).await;
            (page.count("tbody tr"), page.text("main"))
        };

        let (all, text) = rows("").await;
        assert!(text.contains("\u{201c}he asked us to\u{201d}"), "{text}");
        assert_eq!(rows("?whom=aiko").await.0, 1);
        assert_eq!(rows("?reasons=1").await.0, 1);
        assert_eq!(rows("?from=2019-04-01&to=2019-04-01").await.0, all);
        let (none, text) = rows("?from=2019-04-02").await;
        assert_eq!(none, 0);
        assert!(text.contains("No line fits. Show everything"), "{text}");
        let kept = netconf.chair.page("/activity?who=operator&what=people&whom=aiko").await;
        assert_eq!(kept.attribute("select[name=who] option[selected]", "value").as_deref(), Some("operator"));
        assert_eq!(kept.attribute("input[name=whom]", "value").as_deref(), Some("aiko"));
        assert_eq!(kept.attribute("form[method=post] input[name=what]", "value").as_deref(), Some("people"));

        let wrong = netconf.chair.get("/activity?from=yesterday").await;
        assert_eq!(wrong.status.as_u16(), 422);
        assert!(wrong.html().text(".errsum").contains("Write the day as 2019-05-24"));
        let far = netconf.chair.page("/activity?page=999999999999").await;
        assert_eq!(far.count("tbody tr"), all, "the nearest page that exists");
    }

    async fn the_lines_of_a_filter_are_downloaded_and_the_download_is_a_line(db: TestDb) {
        let netconf = Netconf::on(db).await;
        netconf.add("Aiko Mori").await;
        netconf.add("=Toke Jensen").await;
        let take = [("whom", "mori"), ("format", "csv")];

        let file = netconf.chair.post("/activity/export", &take).await;

        assert_eq!(file.status.as_u16(), 200);
        assert_eq!(file.header("content-disposition"), "attachment; filename=\"netconf-2019-log.csv\"");
        let csv = file.text();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines[0], "number,at,who,action,subject,invitee,before,after,reason,hash");
        assert!(lines[1].contains(",operator,invitation.added,Aiko Mori,"), "{csv}");
        assert_eq!(lines.len(), 2);
        assert_eq!(netconf.log().await[0], "export.made");
        let json = netconf.chair.post("/activity/export", &[("format", "json")]).await.text();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["log"].as_array().unwrap().len(), netconf.log().await.len() - 1);
        assert_eq!(json["log"][0]["hash"].as_str().unwrap().len(), 64);
        // A reader looks; taking out is a member's.
        let reader = netconf.member("reader@example.org", Some(Role::Reader)).await;
        assert_eq!(reader.page("/activity").await.count("main form[method=post]"), 0);
        assert_eq!(reader.post("/activity/export", &take).await.status.as_u16(), 403);
        assert_eq!(netconf.chair.post("/activity/export", &[("format", "exe")]).await.status.as_u16(), 404);
    }
}

#[tokio::test]
async fn answers_and_copies_are_told_in_words() {
    let netconf = Netconf::with(&[("seats", "2")]).await;
    let (ada, ben, cora) =
        (netconf.invite("Ada Abel").await, netconf.invite("Ben Bode").await, netconf.add("Cora Carr").await);
    let says = async |person: &Invitation, given: Given| {
        let extras = AnswerExtras::default();
        netconf.store.record_answer(person.id, &given, &extras, Via::Page, netconf.now()).await.unwrap();
    };
    says(&ada, Given::Decline).await;
    netconf.be("2019-04-02T12:00:00Z");
    netconf.store.invite_by_other_means(cora.id, &Actor::Operator, netconf.now()).await.unwrap();
    says(&cora, Given::Accept { mode: None }).await;
    says(&ada, Given::Wait { mode: None }).await;
    netconf.be("2019-04-03T12:00:00Z");
    says(&ben, Given::Decline).await;

    let lines = netconf.chair.page("/activity").await.texts("tbody tr td:nth-of-type(2)");

    for told in [
        "answered: No answer \u{2192} Declined, by page",
        "answered: Declined \u{2192} Waiting list, by page",
        "gave the free seat to Ada Abel: Waiting list \u{2192} Accepted",
    ] {
        assert!(lines.contains(&told.to_owned()), "{told}: {lines:#?}");
    }
}

#[tokio::test]
async fn the_desk_says_whether_the_record_is_whole() {
    let netconf = Netconf::new().await;
    netconf.add("Aiko Mori").await;

    let whole = netconf.chair.page("/activity/check").await;
    netconf.db.damage("DROP TRIGGER log_entries_are_not_changed").await;
    netconf.db.damage("UPDATE log_entries SET subject = 'Aiko Mory' WHERE subject = 'Aiko Mori'").await;
    let broken = netconf.chair.page("/activity/check").await;

    assert_eq!(whole.text("h1"), "The record is whole");
    assert_eq!(whole.texts("dl.facts dd")[1].len(), 64);
    assert_eq!(broken.text("h1"), "The record is broken");
    assert!(broken.text(".note-bad").starts_with("Entry 4, written"), "{}", broken.text(".note-bad"));
    assert!(broken.text(".note-bad").contains("its words were changed."));
}
