//! Answers that came suspiciously fast: found, looked at, settled.

use conclave_core::answer::{Given, Via};
use conclave_core::committee::Role;
use conclave_persistence::{AnswerExtras, Invitation};
use conclave_test_support::{TestDb, both_databases};

use crate::netconf::{Netconf, assert_leads_to, of};

/// Invited, and answered in the second in which the mail left.
async fn too_fast(netconf: &Netconf, name: &str) -> Invitation {
    let person = netconf.invite(name).await;
    let (yes, extras) = (Given::Accept { mode: None }, AnswerExtras::default());
    netconf.store.record_answer(person.id, &yes, &extras, Via::Page, netconf.now()).await.unwrap();
    netconf.again(&person).await
}

both_databases! {
    async fn the_overview_leads_to_the_one_person_or_to_all_of_them(db: TestDb) {
        let netconf = Netconf::on(db).await;
        let toke = too_fast(&netconf, "Toke Jensen").await;
        netconf.add("Aiko Mori").await;

        let one = netconf.chair.get("").await.html();
        assert!(one.texts(".need h3").contains(&"Was it Toke Jensen who answered?".to_owned()));
        too_fast(&netconf, "Ren Okafor").await;
        let two = netconf.chair.get("").await.html();
        assert!(two.texts(".need h3").contains(&"Answers that may not be theirs".to_owned()));
        assert!(two.attributes(".need a", "href").contains(&"/c/netconf-2019/invitees?check=answer".to_owned()));

        let list = netconf.chair.get("/invitees?check=answer").await.html();
        assert_eq!(list.text("h1"), "Invitees: was it they who answered?");
        assert_eq!(list.count("tbody tr"), 2);
        assert_eq!(list.attribute("form.filters input[name=check]", "value").unwrap(), "answer");

        assert_leads_to(&netconf.chair.post(&format!("{}/checked", of(&toke)), &[]).await, &of(&toke));
        assert_eq!(netconf.chair.get("/invitees?check=answer").await.html().count("tbody tr"), 1);
    }
}

#[tokio::test]
async fn it_was_them_is_said_once_and_kept_in_the_record() {
    let netconf = Netconf::new().await;
    let toke = too_fast(&netconf, "Toke Jensen").await;
    assert!(toke.was_this_you);
    let reader = netconf.member("reader@example.org", Some(Role::Reader)).await;

    assert_eq!(reader.get(&of(&toke)).await.html().count("#check"), 0);
    let page = netconf.chair.get(&of(&toke)).await.html();
    assert_eq!(page.text("#check h2"), "Was it Toke Jensen who answered?");
    assert_eq!(page.text("#check button"), "It was them");
    let path = format!("{}/checked", of(&toke));
    assert_leads_to(&netconf.chair.post(&path, &[]).await, &of(&toke));

    let after = netconf.chair.get(&of(&toke)).await.html();
    assert_eq!(after.count("#check"), 0);
    assert!(after.text(".tl li").ends_with("noted that the answer was theirs."), "{}", after.text(".tl li"));
    assert_eq!(netconf.log().await[0], "answer.confirmed");
    netconf.chair.post(&path, &[]).await;
    assert_eq!(netconf.log().await.iter().filter(|action| *action == "answer.confirmed").count(), 1);
}

#[tokio::test]
async fn a_member_who_records_the_same_answer_settles_it() {
    let netconf = Netconf::new().await;
    let toke = too_fast(&netconf, "Toke Jensen").await;

    let fields = [("answer", "accepted"), ("via", "mail"), ("note", "")];
    assert_leads_to(&netconf.chair.post(&format!("{}/answer", of(&toke)), &fields).await, &of(&toke));

    assert!(!netconf.again(&toke).await.was_this_you);
    assert_eq!(netconf.log().await[0], "answer.confirmed");
}
