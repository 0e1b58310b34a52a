//! The people book, and joining two entries of it.

use conclave_core::committee::Role;
use conclave_persistence::{BookReader, Invitation};

use crate::netconf::Netconf;

async fn twice(netconf: &Netconf) -> (Invitation, Invitation) {
    let a = netconf.add_at("David S. Miller", "davem@redhat.example.org", &[]).await;
    let b = netconf.add_at("David Miller", "dave@example.org", &[]).await;
    (a, b)
}

#[tokio::test]
async fn the_book_points_out_who_may_be_there_twice() {
    let netconf = Netconf::new().await;
    assert_eq!(netconf.chair.page("/c/people").await.text("main h2"), "The book is empty");
    let (a, b) = twice(&netconf).await;
    netconf.add("Toke Jensen").await;

    let all = netconf.chair.page("/c/people").await;
    assert_eq!(all.count("tbody tr"), 3);
    let alike = netconf.chair.page("/c/people?alike=yes").await;
    assert_eq!(alike.count("tbody tr"), 2);
    let person = netconf.chair.page(&format!("/c/people/{}", a.person)).await;
    assert!(person.text("main").contains("Perhaps the same person as David Miller: the same name"));
    let both = format!("/c/people/merge?a={}&b={}", a.person, b.person);
    assert!(person.attributes("main a", "href").contains(&both));
    assert_eq!(netconf.chair.page("/c/people?q=toke").await.count("tbody tr"), 1);
    let found = netconf.chair.page(&format!("/c/people/merge?a={}&q=dave@example.org", a.person)).await;
    assert!(found.attributes("main a", "href").contains(&both));
}

#[tokio::test]
async fn t13_two_entries_are_joined_after_both_were_shown() {
    let netconf = Netconf::new().await;
    let (a, b) = (netconf.invite("Toke Jensen").await, netconf.invite("Tooke Jensen").await);
    let yes = [("answer", "accepted"), ("via", "mail")];
    let no = [("answer", "declined"), ("via", "mail")];
    netconf.chair.post(&format!("/invitees/{}/answer", a.public_id), &yes).await;
    netconf.chair.post(&format!("/invitees/{}/answer", b.public_id), &no).await;
    let (survivor, other) = (a.person.to_string(), b.person.to_string());

    let page = netconf.chair.page(&format!("/c/people/merge?a={survivor}&b={other}")).await;
    assert_eq!(page.text("h1"), "Are these one person?");
    assert_eq!(page.texts("thead th")[1..], ["Stays: Toke Jensen", "Goes into it: Tooke Jensen"]);
    assert_eq!(page.attributes("input[type=radio]", "value"), ["a", "b"]);

    let form = [("a", survivor.as_str()), ("b", other.as_str())];
    let unsure = netconf.chair.post("/c/people/merge", &form).await;
    assert_eq!(unsure.status.as_u16(), 422);
    assert_eq!(unsure.html().attributes(".errsum a", "href"), ["#pick-netconf-2019"]);
    let sure = [("a", survivor.as_str()), ("b", other.as_str()), ("pick-netconf-2019", "a")];
    for _ in 0..2 {
        let reply = netconf.chair.post("/c/people/merge", &sure).await;
        assert_eq!(reply.status.as_u16(), 303, "{}", reply.text());
        assert_eq!(reply.header("location"), format!("/c/people/{survivor}"));
    }

    assert_eq!(netconf.chair.page("/invitees").await.texts("tbody th a"), ["Toke Jensen"]);
    let old = netconf.chair.get(&format!("/c/people/{other}")).await;
    assert_eq!(
        (old.status.as_u16(), old.header("location")),
        (303, format!("/c/people/{survivor}").as_str())
    );
    let gone = netconf.chair.page(&format!("/invitees/{}", b.public_id)).await;
    assert!(gone.text("h1").starts_with("Toke Jensen"), "the old page is that of who stays");
}

#[tokio::test]
async fn addresses_are_added_and_the_present_one_chosen() {
    let netconf = Netconf::new().await;
    let toke = netconf.add("Toke Jensen").await;
    netconf.add("Ren Okafor").await;
    let here = format!("/c/people/{}", toke.person);
    let address = format!("{here}/address");

    let reply = netconf.chair.post(&address, &[("do", "add"), ("address", "toke@work.example.org")]).await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, here.as_str()));
    netconf.chair.post(&address, &[("do", "current"), ("address", "toke@work.example.org")]).await;
    let page = netconf.chair.page(&here).await;
    assert_eq!(page.texts("main aside .addr"), ["toke@work.example.org", "toke@example.org"]);
    assert!(page.text("main aside").contains("Present address, not proven yet"));

    let taken = netconf.chair.post(&address, &[("do", "add"), ("address", "ren@example.org")]).await;
    assert_eq!(taken.status.as_u16(), 422);
    assert!(taken.html().text(".errsum").contains("Ren Okafor"));
    assert_eq!(taken.html().attribute("#address", "value").unwrap(), "ren@example.org");
    let in_use = netconf.chair.post(&address, &[("do", "remove"), ("address", "toke@example.org")]).await;
    assert_eq!(in_use.status.as_u16(), 409);
}

#[tokio::test]
async fn a_reader_looks_into_the_book_and_changes_nothing() {
    let netconf = Netconf::new().await;
    let (a, b) = twice(&netconf).await;
    let reader = netconf.member("reader@example.org", Some(Role::Reader)).await;
    let here = format!("/c/people/{}", a.person);
    let (survivor, other) = (a.person.to_string(), b.person.to_string());

    assert_eq!(reader.page(&here).await.count("main form"), 0);
    let fields =
        [("do", "add"), ("address", "x@example.org"), ("a", survivor.as_str()), ("b", other.as_str())];
    for path in [format!("{here}/address"), "/c/people/merge".to_owned()] {
        assert_eq!(reader.post(&path, &fields).await.status.as_u16(), 403, "{path}");
        assert_eq!(netconf.chair.post_bare(&path, &fields).await.status.as_u16(), 403, "{path}");
    }
    let outsider = netconf.member("outsider@example.org", None).await;
    assert_eq!(outsider.get(&here).await.status.as_u16(), 404);
    assert_eq!(outsider.post(&format!("{here}/address"), &fields).await.status.as_u16(), 404);
    assert_eq!(outsider.page("/c/people").await.count("tbody tr"), 0);
    let same = netconf.store.person(BookReader::Operator, b.person).await.unwrap().unwrap();
    assert_eq!(same.id, b.person);
}
