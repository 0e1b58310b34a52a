//! What a page and an answer ask of the database: a pinned number, however many people there are.
//! The beginning and end of transactions are not counted.

use conclave_test_support::{TestDb, both_databases};

use crate::netconf::{Netconf, here, of};

/// Pages of the desk and the statements each takes. Three of the pages of mail are for the reminders that
/// are planned.
const PAGES: &[(&str, usize)] = &[
    ("", 30),
    ("/invitees", 14),
    ("/invitees?q=person&sort=-name", 14),
    ("/topics", 8),
    ("/mail", 24),
    ("/mail/1/status", 18),
    ("/chase", 13),
    // Narrowed, counted and paged by the database; and whom there is to choose from.
    ("/activity", 12),
    // One of them: how many questions are asked after a yes.
    ("/settings", 13),
    ("/export", 9),
];

both_databases! {
    async fn a_page_of_the_desk_asks_as_often_for_three_people_as_for_one(db: TestDb) {
        let netconf = Netconf::on(db).await;
        let first = netconf.invite("Person One").await;
        let mut pages: Vec<(String, usize)> =
            PAGES.iter().map(|(path, count)| ((*path).to_owned(), *count)).collect();
        pages.push(("/candidates".to_owned(), 14));
        // One of them: whether the page is the member's own; two: the details after a yes and travel support.
        pages.push((of(&first), 27));

        let alone = counts(&netconf, &pages).await;
        for name in ["Anna Two", "Ben Three"] {
            netconf.invite(name).await;
        }
        let among_three = counts(&netconf, &pages).await;

        assert_eq!(alone, pages);
        assert_eq!(among_three, pages);
    }

    async fn an_invitees_page_takes_at_most_four_statements_and_an_answer_thirteen(db: TestDb) {
        let netconf = Netconf::on(db).await;
        let person = netconf.add("Person One").await;
        let link = netconf.send_wave(&[&person]).await.remove(0).link.unwrap();
        let page = format!("/i/{}", link.expose());
        let invitee = netconf.stranger();
        let mut took = Vec::new();

        for answer in ["accepted", "declined", "accepted", "tentative", "accepted"] {
            netconf.statements();
            invitee.get(&page).send().await;
            let looking = netconf.statements().len();
            let fields = [("answer", answer), ("until", "2019-05-20")];
            let reply = invitee.post(&format!("{page}/answer"), &fields).send().await;
            assert_eq!(reply.status.as_u16(), 303, "{}", reply.text());
            took.push((answer, looking, netconf.statements().len()));
        }

        // Seats are counted for whoever has none. The last statement notes the head of the record's chain.
        let pinned = [
            ("accepted", 3, 13),
            ("declined", 3, 12),
            ("accepted", 4, 13),
            ("tentative", 3, 12),
            ("accepted", 3, 12),
        ];
        assert_eq!(took, pinned, "answer, statements of the page before, statements of the answer");
    }
}

async fn counts(netconf: &Netconf, pages: &[(String, usize)]) -> Vec<(String, usize)> {
    let mut counted = Vec::new();
    for (path, _) in pages {
        netconf.statements();
        let reply = netconf.chair.get(path).await;
        assert_eq!(reply.status.as_u16(), 200, "{}{path}", here(""));
        counted.push((path.clone(), netconf.statements().len()));
    }
    counted
}
