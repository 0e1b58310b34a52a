//! Reading changes nothing, and no secret is at rest.

use conclave_test_support::sink::Sink;
use conclave_test_support::{TestDb, both_databases};

use crate::town::{add_event, fixture, installation, link_of};

both_databases! {
    async fn a_hundred_gets_and_heads_of_every_address_in_every_mail_change_nothing(db: TestDb) {
        let sink = Sink::start("").await;
        let mut installation = installation(db.url(), &sink);
        installation.set("telemetry.log", "trace");
        let server = installation.serve().await;
        add_event(&installation, "20");
        installation.run(["invitees", "import", "netconf-2019", &fixture("netconf-2019-invitees.csv")]).good();
        installation.run(["wave", "send", "netconf-2019", "--all-listed", "--reply-by", "2019-05-24", "--yes"]).good();
        let mails = sink.wait_for(18).await;
        let answered = link_of(&mails[0]).1;
        let path = format!("{}/answer", &answered[answered.find("/i/").unwrap()..]);
        server.post(&path, &[("answer", "accepted")]).await;
        let mails = sink.wait_for(19).await;
        settle(&installation);
        let before = db.dump().await;

        let mut addresses: Vec<String> = mails.iter().flat_map(|mail| addresses(&mail.data)).collect();
        addresses.sort();
        addresses.dedup();
        assert!(addresses.len() >= 36, "an answer link and a mute link each: {addresses:?}");
        for address in &addresses {
            let path = &address[address.find("://").unwrap() + 3..];
            let path = &path[path.find('/').unwrap()..];
            for round in 0..100 {
                let headers: &[(&str, &str)] = if round % 2 == 0 { &[] } else { &[("accept", "text/plain")] };
                let read = server.get_with(path, headers).await;
                assert_eq!(read.status, 200, "{path}: {read:?}");
                let looked = server.head_with(path, headers).await;
                assert_eq!(looked.status, 200, "{path}: {looked:?}");
                assert_eq!(looked.header("content-type"), read.header("content-type"), "{path}");
                assert!(looked.body.is_empty(), "{path}: HEAD has no body");
            }
        }

        assert!(db.dump().await == before, "reading changed a row");
        let log = server.said();
        assert!(server.stop().await);
        let rows = before;
        for address in &addresses {
            let token = address.rsplit('/').next().unwrap();
            if token.len() == 26 {
                assert!(!log.contains(token), "a token in the log");
                assert!(!rows.contains(token), "a token in the database");
            }
        }
        for person in ["toke.hoiland-jorgensen@", "david.miller@"] {
            assert!(!log.contains(person), "an address in the log");
        }
    }
}

/// Waits until nothing is left to send, by asking the program.
fn settle(installation: &conclave_test_support::Installation) {
    for _ in 0..500 {
        let waiting = installation.run(["outbox", "list", "--state", "queued,sending", "--json"]).good();
        let waiting: serde_json::Value = serde_json::from_str(&waiting).unwrap();
        if waiting["messages"].as_array().unwrap().is_empty() {
            return;
        }
    }
    panic!("messages are still waiting");
}

/// Web addresses in a mail.
fn addresses(mail: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(mail).replace("\r\n ", "");
    text.split(|c: char| c.is_whitespace() || "<>\"".contains(c))
        .filter(|word| word.starts_with("http://"))
        .map(|word| word.trim_end_matches(['.', ',', ')']).to_owned())
        .collect()
}
