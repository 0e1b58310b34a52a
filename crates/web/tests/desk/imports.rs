//! Importing a list: pasted or uploaded, checked, corrected, added.

use conclave_core::answer::{Given, Via};
use conclave_persistence::AnswerExtras;
use conclave_test_support::app::Page;
use conclave_test_support::member::Member;

use conclave_test_support::{TestDb, both_databases};

use crate::netconf::{Netconf, assert_leads_to};

const LIST: &str = "name,email,tags,topics,shoe size\n\
    Aiko Mori,aiko@can.example.net,can,CAN XL,38\n\
    Ola <b>Nordmann</b>,ola(at)example.net,,,44\n\
    Ben Achterberg,ben@vsock.example.org,virt,,41\n\
    Ben A.,BEN@vsock.example.org,virt,,41\n";

/// Pastes a list and opens its check page: where it is, below the desk, and what it shows.
async fn paste(member: &Member, text: &str) -> (String, Page) {
    let reply = member.post("/import", &[("text", text), ("topics", "propose")]).await;
    assert_eq!(reply.status.as_u16(), 303, "{}", reply.html().text("main"));
    let path = reply.header("location").replace("/c/netconf-2019", "");
    assert!(path.starts_with("/import/"), "{path}");
    let page = member.get(&path).await.html();
    (path, page)
}

#[tokio::test]
async fn a_pasted_list_is_shown_line_by_line_and_adds_nobody_yet() {
    let netconf = Netconf::new().await;

    let (_, page) = paste(&netconf.chair, LIST).await;

    assert_eq!(page.text("h1"), "Check the import");
    assert_eq!(
        page.text(".head h1 + p"),
        "4 lines read as a table with a heading: 2 new people; 1 line to fix; 1 already known. \
         Topics are proposed in their names. Columns not used: shoe size."
    );
    assert_eq!(page.texts("tbody .st"), ["New", "Fix", "New", "Same person"]);
    assert_eq!(page.texts("tbody td.f-hide.d"), ["2", "3", "4", "5"]);
    assert_eq!(page.text(".errsum h2"), "One line cannot be imported yet");
    assert_eq!(page.attribute(".errsum a", "href").unwrap(), "#a-r0");
    assert_eq!(page.attribute("#n-r0", "value").unwrap(), "Ola <b>Nordmann</b>");
    assert_eq!(page.attribute("#a-r0", "value").unwrap(), "ola(at)example.net");
    assert_eq!(page.text("#m-r0"), "Enter an address with an @, perhaps ola@example.net");
    assert_eq!(page.attribute("#a-r0", "aria-invalid").unwrap(), "true");
    assert_eq!(page.text(".bulk .btn"), "Import 2 people");
    assert_eq!(netconf.chair.get("/invitees").await.html().text(".empty h2"), "The list is empty");
}

both_databases! {
    async fn importing_adds_the_people_and_says_how_to_undo_it(db: TestDb) {
        let netconf = Netconf::on(db).await;
        let (path, page) = paste(&netconf.chair, LIST).await;
        let shown = page.attributes("input[name=shown]", "value");
        let mut fields = vec![("go", "1")];
        for key in &shown {
            fields.push(("shown", key));
            fields.push(("use", key));
        }

        let done = netconf.chair.post(&path, &fields).await;
        assert_leads_to(&done, "/invitees?state=listed&sort=-position&done=imported&n=2");

        let list = netconf.chair.get("/invitees?state=listed&sort=-position&done=imported&n=2").await.html();
        assert_eq!(list.count("tbody tr"), 2);
        assert!(list.text("[role=status]").contains("To undo it, tick them and choose Remove."));
        let aiko = netconf.store.invitation(netconf.event.id, "aiko@can.example.net").await.unwrap().unwrap();
        assert_eq!((aiko.tags, aiko.topic_count), (vec!["can".to_owned()], 1));
        assert_eq!(netconf.chair.get(&path).await.status.as_u16(), 404);
        // Pressed twice.
        assert_leads_to(&netconf.chair.post(&path, &fields).await, "/invitees?state=listed&sort=-position&done=imported&n=2");
        assert_eq!(netconf.chair.get("/invitees").await.html().count("tbody tr"), 2);

        let (path, page) = paste(&netconf.chair, LIST).await;
        assert_eq!(page.texts("tbody .st"), ["Same person", "Fix", "Same person", "Same person"]);
        let again = netconf.chair.post(&path, &[("go", "1")]).await;
        assert_eq!(again.status.as_u16(), 422);
        assert!(again.html().text(".errsum").contains("Nobody on this list is new"));
    }
}

#[tokio::test]
async fn a_corrected_line_is_kept_and_imported() {
    let netconf = Netconf::new().await;
    let (path, _) = paste(&netconf.chair, LIST).await;
    let typed = |email| {
        [
            ("fix", "r0"),
            ("n-r0", "Ola Nordmann"),
            ("a-r0", email),
            ("was-n-r0", "Ola"),
            ("was-a-r0", "ola(at)example.net"),
        ]
    };

    let wrong = netconf.chair.post(&path, &typed("ola at example.net")).await;
    assert_leads_to(&wrong, &path);
    let page = netconf.chair.get(&path).await.html();
    assert_eq!(page.attribute("#a-r0", "value").unwrap(), "ola at example.net");
    assert_eq!(page.attribute("#n-r0", "value").unwrap(), "Ola Nordmann");

    assert_leads_to(&netconf.chair.post(&path, &typed("ola@example.net")).await, &path);
    let page = netconf.chair.get(&path).await.html();
    assert_eq!(page.texts("tbody .st"), ["New", "New", "New", "Same person"]);
    assert_eq!(page.text(".bulk .btn"), "Import 3 people");
    assert_leads_to(
        &netconf.chair.post(&path, &[("go", "1")]).await,
        "/invitees?state=listed&sort=-position&done=imported&n=3",
    );
    let ola = netconf.store.invitation(netconf.event.id, "ola@example.net").await.unwrap().unwrap();
    assert_eq!(ola.name, "Ola Nordmann");
    assert!(ola.note.contains("ola(at)example.net"), "{}", ola.note);
}

#[tokio::test]
async fn a_line_that_is_not_ticked_is_left_out() {
    let netconf = Netconf::new().await;
    let (path, page) = paste(&netconf.chair, "Ann <ann@example.org>\nBob <bob@example.org>\n").await;
    let keys = page.attributes("input[name=shown]", "value");
    assert_eq!(page.count("input[name=use][checked]"), 2);

    let fields =
        [("shown", keys[0].as_str()), ("shown", keys[1].as_str()), ("use", keys[1].as_str()), ("go", "1")];
    assert_leads_to(
        &netconf.chair.post(&path, &fields).await,
        "/invitees?state=listed&sort=-position&done=imported&n=1",
    );

    assert!(netconf.store.invitation(netconf.event.id, "ann@example.org").await.unwrap().is_none());
}

both_databases! {
    async fn who_said_no_before_is_named_and_stays_so(db: TestDb) {
        let netconf = Netconf::on(db).await;
        let toke = netconf.invite("Toke Jensen").await;
        let no = Given::Decline;
        netconf
            .store
            .record_answer(toke.id, &no, &AnswerExtras::default(), Via::Page, netconf.now())
            .await
            .unwrap();

        let (_, page) = paste(&netconf.chair, "Toke Jensen <toke@example.org>\nAnn <ann@example.org>\n").await;

        assert_eq!(page.texts("tbody .st"), ["Declined before", "New"]);
        assert_eq!(page.text(".bulk .btn"), "Import 1 person");
    }
}

#[tokio::test]
async fn a_file_is_read_whatever_its_letters() {
    let netconf = Netconf::new().await;
    let latin = b"name;email\r\nJ\xfcrgen M\xfcller;juergen@example.org\r\n";

    let reply =
        netconf.chair.upload("/import", &[("text", ""), ("topics", "note")], ("list <1>.csv", latin)).await;
    assert_eq!(reply.status.as_u16(), 303);
    let path = reply.header("location").replace("/c/netconf-2019", "");
    let page = netconf.chair.get(&path).await.html();

    assert_eq!(page.text("tbody th"), "J\u{fc}rgen M\u{fc}llerjuergen@example.org");
    assert!(
        page.text(".head p.small + h1 + p")
            .starts_with("list <1>.csv: 1 line read as a table with a heading, in Windows-1252")
    );
    assert!(page.text(".note").contains("Windows-1252"));
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_with_what_to_do() {
    let netconf = Netconf::new().await;

    let empty = netconf.chair.post("/import", &[("text", "  "), ("topics", "propose")]).await;
    let words =
        netconf.chair.post("/import", &[("text", "no addresses at all"), ("topics", "propose")]).await;
    let sheet =
        netconf.chair.upload("/import", &[("topics", "propose")], ("a.xlsx", b"PK\x03\x04....")).await;
    let both = netconf
        .chair
        .upload("/import", &[("text", "a@example.org"), ("topics", "propose")], ("a.csv", b"b@example.org"))
        .await;
    let mode = netconf.chair.post("/import", &[("text", "a@example.org"), ("topics", "eat")]).await;

    for (reply, field) in
        [(&empty, "#text"), (&words, "#text"), (&sheet, "#file"), (&both, "#file"), (&mode, "#topics")]
    {
        assert_eq!(reply.status.as_u16(), 422, "{field}");
        assert_eq!(reply.html().attribute(".errsum a", "href").unwrap(), field);
    }
    assert!(empty.html().text(".errsum a").starts_with("The list is empty"));
    assert!(sheet.html().text(".errsum a").contains("save the list as CSV"));
    assert_eq!(words.html().text("#text"), "no addresses at all");
    assert_eq!(mode.html().text("#text"), "a@example.org");
}

#[tokio::test]
async fn a_long_list_is_paged_and_imports_whole() {
    let netconf = Netconf::new().await;
    let list: String = (0..450).map(|n| format!("guest{n}@example.org\n")).collect();

    let (path, page) = paste(&netconf.chair, &list).await;
    assert_eq!(page.count("tbody tr"), 200);
    assert!(page.text(".pager").contains("1\u{2013}200 of 450"));
    assert_eq!(netconf.chair.get(&format!("{path}?page=3")).await.html().count("tbody tr"), 50);
    assert_eq!(page.count(".fixline"), 50);
    assert!(page.text(".bulk .btn").contains("Import 450 people"));

    assert_leads_to(
        &netconf.chair.post(&path, &[("go", "1")]).await,
        "/invitees?state=listed&sort=-position&done=imported&n=450",
    );
}

#[tokio::test]
async fn a_draft_goes_back_to_the_text_or_away() {
    let netconf = Netconf::new().await;
    let (path, page) = paste(&netconf.chair, "Ann <ann@example.org>\n").await;

    let back = page.attribute(".head p.small a", "href").unwrap().replace("/c/netconf-2019", "");
    let form = netconf.chair.get(&back).await.html();
    assert_eq!(form.text("#text"), "Ann <ann@example.org>");
    assert_leads_to(&netconf.chair.post(&format!("{path}/remove"), &[]).await, "/import");
    assert_eq!(netconf.chair.get(&path).await.status.as_u16(), 404);
}

#[tokio::test]
async fn what_looks_like_a_mailing_list_is_not_ticked_until_its_address_changes() {
    let netconf = Netconf::new().await;
    let list = "name,email\nNet,netdev@vger.kernel.org\nAnn,ann@example.org\n";
    let (path, page) = paste(&netconf.chair, list).await;
    assert_eq!(page.attributes("input[name=use]", "value").len(), 2);
    assert_eq!(page.attributes("input[name=use][checked]", "value"), ["p1"]);
    assert_eq!(page.text(".bulk .btn"), "Import 1 person");

    let fields = [
        ("fix", "p0"),
        ("n-p0", "Net Dev"),
        ("a-p0", "net@example.org"),
        ("was-n-p0", "Net"),
        ("was-a-p0", "netdev@vger.kernel.org"),
        ("shown", "p0"),
        ("shown", "p1"),
        ("use", "p1"),
    ];
    assert_leads_to(&netconf.chair.post(&path, &fields).await, &path);
    let page = netconf.chair.get(&path).await.html();
    assert_eq!(page.texts("tbody .st"), ["New", "New"]);
    assert_eq!(page.count("input[name=use][checked]"), 2);
}

#[tokio::test]
async fn a_line_is_looked_at_again_once_a_name_was_typed() {
    let netconf = Netconf::new().await;
    let (path, page) = paste(&netconf.chair, "name,email\n,ann@example.org\nBob,bob@example.org\n").await;
    assert_eq!(page.texts("tbody .st"), ["Check", "New"]);
    assert!(page.text("#m-p0").starts_with("No name"), "{}", page.text("#m-p0"));

    let fields = [
        ("fix", "p0"),
        ("n-p0", "Ann \"A\" Lee"),
        ("a-p0", "ann@example.org"),
        ("was-n-p0", ""),
        ("was-a-p0", "ann@example.org"),
    ];
    assert_leads_to(&netconf.chair.post(&path, &fields).await, &path);
    let page = netconf.chair.get(&path).await.html();
    assert_eq!(page.texts("tbody .st"), ["New", "New"], "{}", page.text(".fixes"));
}
