//! The public asks to be invited; whoever declines says what about the next time.

use conclave_core::candidate::NextTime;
use conclave_persistence::CandidateQuery;

use super::guests::{Netconf, TOKE};

const ADA: [(&str, &str); 3] =
    [("name", "Ada Lovelace"), ("email", "ada@example.org"), ("reason", "I wrote the first one")];

#[tokio::test]
async fn t42_asking_makes_a_candidate_and_tells_everybody_the_same() {
    let netconf = Netconf::with(&[("nominations", "open")]).await;
    let toke = netconf.invite(TOKE).await;
    let address = netconf.store.invitation_by_id(toke.id).await.unwrap().unwrap().email;
    let page = netconf.app.get("/netconf-2019").send().await.html();
    assert_eq!(page.attributes("main .man a", "href")[0], "/netconf-2019/ask");
    let form = netconf.app.get("/netconf-2019/ask").send().await.html();
    assert_eq!(form.text("h1"), "Ask to be invited");

    let ask = async |fields: &[(&str, &str)]| netconf.app.post("/netconf-2019/ask", fields).send().await;
    let first = ask(&ADA).await;
    let again = ask(&ADA).await;
    let listed = [("name", TOKE), ("email", address.as_str()), ("reason", "Me too")];
    let known = ask(&listed).await;

    for reply in [&first, &again, &known] {
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/netconf-2019/ask?sent=yes"));
        assert_eq!((reply.text(), reply.header("set-cookie")), (first.text(), ""));
    }
    let candidates =
        netconf.store.candidates(netconf.event.id, None, &CandidateQuery::default()).await.unwrap();
    assert_eq!(candidates.rows.len(), 1);
    assert_eq!((candidates.rows[0].name.as_str(), candidates.rows[0].nominations.len()), ("Ada Lovelace", 1));
    assert_eq!(candidates.rows[0].nominations[0].by, "");
    let thanks = netconf.app.get("/netconf-2019/ask?sent=yes").send().await.html();
    assert_eq!(thanks.text("h1"), "Thank you");
}

#[tokio::test]
async fn what_is_wrong_with_asking_is_said_and_asking_has_a_limit() {
    let netconf = Netconf::with(&[("nominations", "open")]).await;

    let wrong = netconf.app.post("/netconf-2019/ask", &[("name", "Ada"), ("email", "ada")]).send().await;
    assert_eq!(wrong.status.as_u16(), 422);
    let page = wrong.html();
    assert_eq!(page.attributes(".errsum a", "href"), ["#email", "#reason"]);
    assert_eq!(page.attribute("#name", "value").unwrap(), "Ada");

    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(netconf.app.post("/netconf-2019/ask", &ADA).send().await.status.as_u16());
    }
    assert_eq!(statuses, [303, 303, 303, 303, 303, 429]);
}

#[tokio::test]
async fn an_event_that_takes_no_requests_has_no_form() {
    let netconf = Netconf::new().await;

    assert_eq!(netconf.app.get("/netconf-2019/ask").send().await.status.as_u16(), 404);
    assert_eq!(netconf.app.post("/netconf-2019/ask", &ADA).send().await.status.as_u16(), 404);
    assert!(!netconf.app.get("/netconf-2019").send().await.text().contains("/ask"));
}

#[tokio::test]
async fn whoever_declines_says_what_about_the_next_time() {
    let netconf = Netconf::new().await;
    let toke = netconf.invite(TOKE).await;
    toke.says("declined").await;
    let page = toke.get("").await.html();
    assert_eq!(page.attributes("input[name=next]", "value"), ["ask", "never", "either"]);

    let reply = toke.post("/reason", &[("reason", "date"), ("next", "never")]).await;
    assert_eq!(reply.status.as_u16(), 303);
    assert_eq!(netconf.store.next_time(toke.id).await.unwrap(), NextTime::Never);
    toke.post("/reason", &[("reason", "travel")]).await;
    assert_eq!(
        netconf.store.next_time(toke.id).await.unwrap(),
        NextTime::Never,
        "nothing chosen takes nothing back"
    );
    toke.post("/reason", &[("next", "either")]).await;
    assert_eq!(netconf.store.next_time(toke.id).await.unwrap(), NextTime::NothingSaid);

    let wrong = toke.post("/reason", &[("next", "sometimes")]).await;
    assert_eq!(wrong.status.as_u16(), 422);
}
