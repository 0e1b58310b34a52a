//! Candidates: proposing, voting, deciding, and what is not shown.

use conclave_core::committee::Role;
use conclave_persistence::CandidateQuery;

use crate::netconf::{Netconf, assert_leads_to, here};

const ADA: [(&str, &str); 4] = [
    ("name", "Ada Lovelace"),
    ("email", "ada@example.org"),
    ("affiliation", "Analytical Engines"),
    ("reason", "Wrote the first one"),
];

async fn public_id(netconf: &Netconf, name: &str) -> String {
    let all = netconf.store.candidates(netconf.event.id, None, &CandidateQuery::default()).await.unwrap();
    all.rows.into_iter().find(|row| row.name == name).unwrap().public_id
}

#[tokio::test]
async fn a_candidate_is_proposed_voted_on_and_put_on_the_list() {
    let netconf = Netconf::new().await;
    let empty = netconf.chair.page("/candidates").await;
    assert_eq!(empty.text("main h2"), "Nobody is proposed yet");

    let reply = netconf.chair.post("/candidates/new", &ADA).await;
    assert_leads_to(&reply, "/candidates?done=proposed&n=1");
    let ada = public_id(&netconf, "Ada Lovelace").await;
    let list = netconf.chair.page("/candidates").await;
    assert_eq!(list.texts("tbody th a"), ["Ada Lovelace"]);
    assert!(list.text("tbody").contains("Wrote the first one"));
    assert!(list.text(".states").contains("Without your vote 1"));

    let reply = netconf
        .chair
        .post(&format!("/candidates/{ada}/vote"), &[("vote", "+1"), ("view", "sort=votes")])
        .await;
    assert_leads_to(&reply, &format!("/candidates?sort=votes#c-{ada}"));
    let one = netconf.chair.page(&format!("/candidates/{ada}")).await;
    assert!(one.text("main aside").contains("+1, 1 vote"), "{}", one.text("main aside"));
    assert_eq!(one.texts("[aria-pressed=true]"), ["+1"]);

    let asked = netconf.chair.post("/candidates/decide", &[("do", "accept"), ("id", &ada)]).await;
    assert_eq!(asked.html().text("h1"), "Put 1 person on the list?");
    assert_eq!(netconf.chair.page("/invitees").await.count("tbody tr"), 0);
    let sure = [("do", "accept"), ("ids", ada.as_str()), ("confirmed", "yes"), ("view", "")];
    assert_leads_to(&netconf.chair.post("/candidates/decide", &sure).await, "/candidates?done=accepted&n=1");

    let decided = netconf.chair.page("/candidates?done=accepted&n=1").await;
    assert!(decided.text("[role=status]").starts_with("1 person put on the list."));
    assert_eq!(decided.text("main h2"), "Nobody waits for a decision");

    let person = netconf.chair.page(&format!("/invitees/{ada}")).await;
    assert_eq!(person.text("#note"), "Proposed by davem: Wrote the first one");
    assert_leads_to(&netconf.chair.get(&format!("/candidates/{ada}")).await, &format!("/invitees/{ada}"));
    let record = netconf.chair.page("/activity").await.text("main");
    assert!(record.contains("accepted the candidate") && record.contains("proposed"), "{record}");
}

#[tokio::test]
async fn votes_of_others_are_hidden_until_one_votes() {
    let netconf = Netconf::new().await;
    netconf.chair.post("/candidates/new", &ADA).await;
    let ada = public_id(&netconf, "Ada Lovelace").await;
    let eric = netconf.member("eric@example.org", Some(Role::Member)).await;
    netconf.chair.post(&format!("/candidates/{ada}/vote"), &[("vote", "-1")]).await;

    let before = eric.page(&format!("/candidates/{ada}")).await.text("main aside");
    eric.post(&format!("/candidates/{ada}/vote"), &[("vote", "0")]).await;
    let after = eric.page(&format!("/candidates/{ada}")).await.text("main aside");

    assert!(before.contains("1 vote, hidden") && !before.contains("\u{2212}1, 1"), "{before}");
    assert!(after.contains("\u{2212}1, 2 votes"), "{after}");
}

#[tokio::test]
async fn what_is_wrong_is_said_and_everything_typed_stays() {
    let netconf = Netconf::new().await;
    netconf.add("Toke Jensen").await;

    let nothing = netconf.chair.post("/candidates/new", &[("affiliation", "Somewhere")]).await;
    assert_eq!(nothing.status.as_u16(), 422);
    let page = nothing.html();
    assert_eq!(page.attributes(".errsum a", "href"), ["#name", "#reason"]);
    assert_eq!(page.attribute("#affiliation", "value").unwrap(), "Somewhere");

    let there = [("name", "Toke"), ("email", "toke@example.org"), ("reason", "Why not")];
    let reply = netconf.chair.post("/candidates/new", &there).await;
    assert_eq!(reply.status.as_u16(), 422);
    assert!(reply.html().text(".errsum").contains("Toke Jensen is on the list already"));
    let nobody = netconf.chair.post("/candidates/decide", &[("do", "accept")]).await;
    assert_eq!(nobody.status.as_u16(), 409);
}

#[tokio::test]
async fn t41_who_was_turned_down_is_proposed_again_only_knowingly() {
    let netconf = Netconf::new().await;
    netconf.chair.post("/candidates/new", &ADA).await;
    let ada = public_id(&netconf, "Ada Lovelace").await;
    let no = [("do", "refuse"), ("ids", ada.as_str()), ("confirmed", "yes"), ("reason", "No room")];
    assert_leads_to(&netconf.chair.post("/candidates/decide", &no).await, "/candidates?done=refused&n=1");
    let refused = netconf.chair.page("/candidates?state=refused").await;
    assert_eq!(refused.texts("tbody th a"), ["Ada Lovelace"]);

    let again = netconf.chair.post("/candidates/new", &ADA).await;
    assert_eq!(again.status.as_u16(), 422);
    assert_eq!(again.html().count("input[name=again]"), 1);
    let mut knowing = ADA.to_vec();
    knowing.push(("again", "yes"));
    assert_leads_to(&netconf.chair.post("/candidates/new", &knowing).await, "/candidates?done=proposed&n=1");
    assert_eq!(netconf.chair.page("/candidates").await.count("tbody tr"), 1);
    for path in ["", "/activity"] {
        assert!(!netconf.stranger().get(&format!("/netconf-2019{path}")).send().await.text().contains("Ada"));
    }
}

#[tokio::test]
async fn t22_nobody_sees_what_is_said_about_themselves() {
    let netconf = Netconf::new().await;
    let eric = netconf.member("eric@example.org", Some(Role::Member)).await;
    let about = [("name", "Eric"), ("email", "eric@example.org"), ("reason", "Talks too long")];
    netconf.chair.post("/candidates/new", &about).await;
    let id = public_id(&netconf, "Eric").await;

    for path in ["/candidates", "/activity", ""] {
        let text = eric.page(path).await.text("main");
        assert!(!text.contains("Talks too long") && !text.contains("davem proposed"), "{path}: {text}");
    }
    assert_eq!(eric.get(&format!("/candidates/{id}")).await.status.as_u16(), 404);
    assert_eq!(eric.post(&format!("/candidates/{id}/vote"), &[("vote", "+1")]).await.status.as_u16(), 404);
    let sure = [("do", "accept"), ("ids", id.as_str()), ("confirmed", "yes")];
    assert_eq!(eric.post("/candidates/decide", &sure).await.status.as_u16(), 409);

    netconf.chair.post("/candidates/decide", &sure).await;
    let own = format!("/invitees/{id}");
    for path in [own.clone(), format!("{own}/edit")] {
        let text = eric.page(&path).await.text("main");
        assert!(!text.contains("Talks too long"), "{path}: {text}");
    }
    let page = eric.page(&format!("{own}/edit")).await;
    let version = page.attribute("[name=version]", "value").unwrap();
    let form = [("name", "Eric D."), ("email", "eric@example.org"), ("note", ""), ("version", &version)];
    assert_leads_to(&eric.post(&format!("{own}/edit"), &form).await, &own);
    let note = netconf.chair.page(&own).await.text("#note");
    assert_eq!(note, "Proposed by davem: Talks too long", "what was hidden is not lost by saving");
}

#[tokio::test]
async fn t22_the_note_about_oneself_is_in_no_other_version_and_in_no_file() {
    let netconf = Netconf::new().await;
    let eric = netconf.member("eric@example.org", Some(Role::Member)).await;
    let about = [("name", "Eric"), ("email", "eric@example.org"), ("reason", "Talks too long")];
    netconf.chair.post("/candidates/new", &about).await;
    let id = public_id(&netconf, "Eric").await;
    let sure = [("do", "accept"), ("ids", id.as_str()), ("confirmed", "yes")];
    netconf.chair.post("/candidates/decide", &sure).await;
    let path = format!("/invitees/{id}");

    for (form, fields) in
        [("/edit", vec![("name", "Eric D."), ("note", "Mine")]), ("/note", vec![("note", "Mine")])]
    {
        let mut fields = fields;
        fields.push(("version", "0"));
        let stale = eric.post(&format!("{path}{form}"), &fields).await;
        assert_eq!(stale.status.as_u16(), 409);
        let page = stale.html();
        assert_eq!(page.text("h1"), "Someone was faster");
        assert!(!page.text("main").contains("Talks too long"), "{form}: {}", page.text("main"));
    }
    let mine = eric.post("/export/invitees.csv", &[]).await.text();
    let theirs = netconf.chair.post("/export/invitees.csv", &[]).await.text();
    assert!(mine.contains("Eric") && !mine.contains("Talks too long"), "{mine}");
    assert!(theirs.contains("Talks too long"), "{theirs}");
    assert!(!eric.page("/export?what=invitees&format=csv").await.text("main").contains("Talks too long"));
}

#[tokio::test]
async fn a_candidate_on_a_list_to_import_is_named_as_one() {
    let netconf = Netconf::new().await;
    netconf.chair.post("/candidates/new", &ADA).await;

    let kept = netconf.chair.post("/import", &[("text", "ada@example.org"), ("topics", "propose")]).await;
    let path = kept.header("location").replace("/c/netconf-2019", "");
    let page = netconf.chair.page(&path).await;

    assert_eq!(page.texts("tbody .st"), ["Left out"]);
    assert!(page.text("tbody").contains("A candidate, not on the list"), "{}", page.text("tbody"));
}

#[tokio::test]
async fn a_reader_sees_candidates_and_does_nothing() {
    let netconf = Netconf::new().await;
    netconf.chair.post("/candidates/new", &ADA).await;
    let ada = public_id(&netconf, "Ada Lovelace").await;
    let reader = netconf.member("reader@example.org", Some(Role::Reader)).await;
    let before = netconf.log().await;

    let list = reader.page("/candidates").await;
    assert_eq!(
        (list.count("tbody tr"), list.count("td.chk"), list.count("main form[method=post]")),
        (1, 0, 0)
    );
    assert_eq!(reader.page(&format!("/candidates/{ada}")).await.count("main form"), 0);
    for path in [
        "/candidates/new".to_owned(),
        "/candidates/decide".to_owned(),
        format!("/candidates/{ada}/vote"),
        format!("/candidates/{ada}/again"),
    ] {
        let reply = reader
            .post(&path, &[("do", "accept"), ("vote", "+1"), ("ids", &ada), ("confirmed", "yes")])
            .await;
        assert_eq!(reply.status.as_u16(), 403, "{path}");
        let bare = netconf.chair.post_bare(&path, &[]).await;
        assert_eq!(bare.status.as_u16(), 403, "{path}");
    }
    assert_eq!(netconf.log().await, before);
    let outsider = netconf.member("outsider@example.org", None).await;
    assert_eq!(outsider.get("/candidates").await.status.as_u16(), 404);
    assert_eq!(netconf.stranger().get(&here("/candidates")).send().await.status.as_u16(), 303);
}

const SHORTLOG: &str = "  214\tAda Lovelace <ada@example.org>\n   37\tToke Jensen <toke@example.org>\n    3\tJane Doe\n     \
    2\tCharles Babbage <charles@example.org>\n";

#[tokio::test]
async fn evidence_is_shown_before_anybody_is_proposed() {
    let netconf = Netconf::new().await;
    netconf.add("Toke Jensen").await;
    let form = netconf.chair.page("/candidates/seed").await;
    assert_eq!(form.text("h1"), "Candidates from evidence");

    let fields = [("source", "shortlog"), ("top", "50"), ("min", "1"), ("text", SHORTLOG)];
    let check = netconf.chair.post("/candidates/seed", &fields).await;
    assert_eq!(check.status.as_u16(), 200, "{}", check.html().text("main"));
    let page = check.html();
    assert_eq!(page.texts("tbody tr td:nth-child(4)"), ["214 commits", "37 commits", "2 commits"]);
    assert!(page.text("tbody").contains("Toke Jensen is on the list already"));
    assert!(page.text("main .note").contains("Jane Doe"));
    assert_eq!(page.texts("main form button"), ["Propose whom I ticked"]);
    assert_eq!(page.count("main textarea"), 0);
    assert_eq!(netconf.chair.page("/candidates").await.text("main h2"), "Nobody is proposed yet");

    // Whom the list has cannot be ticked; whom the member unticks is left out.
    let people = page.attributes("input[name=people]", "value");
    assert_eq!(people.len(), 2, "{people:?}");
    let (ada, charles) = (&people[0], &people[1]);
    let none = [("confirmed", "yes"), ("via", "evidence")];
    assert_eq!(netconf.chair.post("/candidates/seed", &none).await.status.as_u16(), 409);
    let one = [("confirmed", "yes"), ("via", "evidence"), ("people", ada)];
    assert_leads_to(&netconf.chair.post("/candidates/seed", &one).await, "/candidates?done=proposed&n=1");
    let sure = [("confirmed", "yes"), ("via", "evidence"), ("people", ada), ("people", charles)];
    assert_leads_to(&netconf.chair.post("/candidates/seed", &sure).await, "/candidates?done=proposed&n=1");
    assert_leads_to(&netconf.chair.post("/candidates/seed", &sure).await, "/candidates?done=proposed&n=0");
    assert_eq!(
        netconf.chair.page("/candidates").await.texts("tbody th a"),
        ["Charles Babbage", "Ada Lovelace"]
    );

    let file = (("M.txt"), "NETWORKING\nM:\tEve <eve@example.org>\n".as_bytes());
    let fields = [("source", "maintainers"), ("top", "5"), ("min", "1")];
    let read = netconf.chair.upload("/candidates/seed", &fields, file).await;
    assert!(read.html().text("tbody").contains("maintains NETWORKING"));
    for (fields, at) in [
        ([("source", "mbox"), ("top", "5"), ("min", "1"), ("text", "no mail")], "#text"),
        ([("source", "shortlog"), ("top", "many"), ("min", "1"), ("text", SHORTLOG)], "#top"),
        ([("source", "shortlog"), ("top", "5"), ("min", "999"), ("text", SHORTLOG)], "#min"),
    ] {
        let wrong = netconf.chair.post("/candidates/seed", &fields).await;
        assert_eq!(wrong.status.as_u16(), 422, "{at}");
        assert_eq!(wrong.html().attributes(".errsum a", "href"), [at]);
    }
    let reader = netconf.member("reader@example.org", Some(Role::Reader)).await;
    assert_eq!(reader.post("/candidates/seed", &sure).await.status.as_u16(), 403);
}

#[tokio::test]
async fn the_overview_says_that_candidates_wait_and_for_whose_vote_but_never_to_the_candidate() {
    let netconf = Netconf::new().await;
    netconf.add("Aiko Mori").await;
    netconf.chair.post("/candidates/new", &ADA).await;
    let ada = public_id(&netconf, "Ada Lovelace").await;
    let herself = netconf.member("ada@example.org", Some(Role::Member)).await;

    let asked = netconf.chair.page("").await;
    assert!(
        asked.text("ul.need").contains("Candidate waits for a decision1 without your vote."),
        "{}",
        asked.text("ul.need")
    );
    assert!(asked.attributes(".need a", "href").contains(&here("/candidates?votes=missing")));
    assert!(!herself.page("").await.text("ul.need").contains("Candidate"));

    netconf.chair.post(&format!("/candidates/{ada}/vote"), &[("vote", "+1"), ("view", "")]).await;
    let voted = netconf.chair.page("").await;
    assert!(voted.text("ul.need").contains("You have voted on all of them."), "{}", voted.text("ul.need"));
    assert!(voted.attributes(".need a", "href").contains(&here("/candidates")));
}
