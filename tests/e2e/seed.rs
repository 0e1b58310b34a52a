//! Netconf 2019 from the list to the final page, by command line and plain requests.

use std::collections::BTreeMap;

use conclave_test_support::sink::Sink;
use conclave_test_support::{Installation, TestDb};
use serde_json::Value;

use crate::town::{add_event, fixture, installation, link_of, path_of};

const FORMS: [&str; 4] = [
    "netconf-2019-invitees.csv",
    "netconf-2019-invitees-minimal.csv",
    "netconf-2019-to-field.txt",
    "netconf-2019.json",
];

#[test]
fn each_form_of_the_list_reads_as_the_same_people() {
    let installation = Installation::over("sqlite:forms.db");
    installation.run(["migrate"]).good();
    add_event(&installation, "20");

    for form in FORMS {
        let report = installation
            .run(["invitees", "import", "netconf-2019", &fixture(form), "--dry-run", "--json"])
            .good();

        let report: Value = serde_json::from_str(&report).unwrap();
        let people = report["people"].as_array().unwrap();
        assert_eq!(people.len(), 18, "{form}");
        let topics: usize = people.iter().filter_map(|p| p["topics"].as_array()).map(Vec::len).sum();
        let without = people.iter().filter(|p| p["topic_state"] == "none").count();
        let has_topics = !form.contains("minimal") && !form.contains("to-field");
        assert_eq!((topics, without), if has_topics { (21, 1) } else { (0, 0) }, "{form}");
        assert_eq!(report["imported"], false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seed_comes_out_the_same_on_both_databases() {
    let sqlite = TestDb::sqlite().await;
    let postgres = TestDb::postgres().await;

    let one = story(sqlite.url()).await;
    let other = story(postgres.url()).await;

    for (name, file) in &one {
        assert_eq!(Some(file), other.get(name), "{name}");
    }
}

/// Everything the story exports, instants taken out.
async fn story(database_url: &str) -> BTreeMap<&'static str, String> {
    let sink = Sink::start("").await;
    let installation = installation(database_url, &sink);
    let server = installation.serve().await;
    write_event(&installation);
    installation.run(["invitees", "import", "netconf-2019", &fixture(FORMS[0])]).good();
    // Importing the same list twice adds nobody.
    installation.run(["invitees", "import", "netconf-2019", &fixture(FORMS[0])]).good();

    installation
        .run(["wave", "send", "netconf-2019", "--all-listed", "--reply-by", "2019-05-24", "--yes"])
        .good();
    let mails = sink.wait_for(18).await;

    let mut links: Vec<(String, String)> = mails.iter().map(link_of).collect();
    links.sort();
    links.dedup_by(|a, b| a.0 == b.0);
    assert_eq!(links.len(), 18, "one mail a person");
    for (n, (address, link)) in links.iter().enumerate() {
        let path = format!("{}/answer", path_of(link));
        let answer: &[(&str, &str)] = match n {
            0..=13 => &[("answer", "accepted"), ("listed", "yes")],
            14 => continue,
            15 | 16 => &[("answer", "declined")],
            _ => &[("answer", "tentative"), ("until", "2019-05-20")],
        };
        let reply = server.post(&path, answer).await;
        assert_eq!(reply.status, 303, "{address}: {reply:?}");
    }
    // A change of mind, twice, and an answer by mail.
    for answer in ["declined", "accepted"] {
        let path = format!("{}/answer", path_of(&links[0].1));
        let reply = server
            .post_with(&path, &[("accept", "text/plain")], &[("answer", answer), ("listed", "yes")])
            .await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    installation
        .run([
            "answer",
            "record",
            "netconf-2019",
            &links[14].0,
            "accepted",
            "--via",
            "mail",
            "--listed",
            "yes",
        ])
        .good();
    accept_topics(&installation);

    let invited = installation.run(["invitees", "list", "netconf-2019", "--json"]).good();
    let invited: Value = serde_json::from_str(&invited).unwrap();
    let states =
        |word: &str| invited["invitees"].as_array().unwrap().iter().filter(|i| i["state"] == word).count();
    assert_eq!((states("accepted"), states("declined"), states("tentative")), (15, 2, 1));
    let exports = exports(&installation);
    assert!(server.stop().await);
    exports
}

fn write_event(installation: &Installation) {
    let seed: Value =
        serde_json::from_str(&std::fs::read_to_string(fixture("netconf-2019.json")).unwrap()).unwrap();
    let lines = |key: &str, between: &str| {
        let lines: Vec<&str> =
            seed["event"][key].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        lines.join(between)
    };
    add_event(installation, "20");
    let epigraph = format!("epigraph={}", lines("epigraph", "\n"));
    let intro = format!("intro={}", lines("intro", "\n\n"));
    installation.run(["event", "set", "netconf-2019", &epigraph, &intro]).good();
    installation
        .run(["event", "committee", "netconf-2019", "David S. Miller=netdev maintainer", "Daniel Borkmann"])
        .good();
}

fn accept_topics(installation: &Installation) {
    let topics = installation.run(["topics", "list", "netconf-2019", "--json"]).good();
    let topics: Value = serde_json::from_str(&topics).unwrap();
    let topics = topics["topics"].as_array().unwrap();
    assert_eq!(topics.len(), 21);
    for topic in topics {
        let number = topic["id"].to_string();
        installation.run(["topics", "decide", "netconf-2019", &number, "accept"]).good();
    }
}

fn exports(installation: &Installation) -> BTreeMap<&'static str, String> {
    let mut files = BTreeMap::new();
    for (name, what, format) in [
        ("attendees.csv", "attendees", "csv"),
        ("attendees.json", "attendees", "json"),
        ("attendees.md", "attendees", "md"),
        ("attendees.txt", "attendees", "txt"),
        ("topics.csv", "topics", "csv"),
        ("page.txt", "page", "txt"),
        ("page.md", "page", "md"),
        ("page.json", "page", "json"),
        ("page.html", "page", "html"),
    ] {
        let text = installation.run(["export", "netconf-2019", what, "--format", format]).good();
        files.insert(name, without_instants(&text));
    }
    let sheet = installation.data_dir().join("attendees.xlsx");
    let path = sheet.to_string_lossy().into_owned();
    installation.run(["export", "netconf-2019", "attendees", "--format", "xlsx", "-o", &path]).good();
    assert!(std::fs::read(sheet).unwrap().starts_with(b"PK"), "a workbook is a zip file");
    let csv = &files["attendees.csv"];
    assert!(
        csv.starts_with(
            "name,email,affiliation,answer,mode,answered_at,listed,arrival,departure,topics,tags,note"
        ),
        "{csv}"
    );
    // Topics hold no line ends when they are joined, so each line is a person.
    assert_eq!(csv.trim_end().lines().count(), 16, "{csv}");
    let page = &files["page.txt"];
    let seed = std::fs::read_to_string(fixture("seed-page.txt")).unwrap();
    let head = seed.split("  • Location").next().unwrap();
    assert!(page.starts_with(head.trim_end()), "the page begins like the seed's:\n{page}");
    assert!(page.contains("  • Date: June 20 - June 21, 2019"), "{page}");
    assert!(!page.contains("Sponsor"), "no label for an empty field:\n{page}");
    files
}

/// Instants differ between runs: `2019-04-01T12:00:05.123456Z` and the like become `T`.
fn without_instants(text: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("2019-04-") {
        let (before, tail) = rest.split_at(at);
        clean.push_str(before);
        clean.push('T');
        let end = tail.find(|c: char| !(c.is_ascii_digit() || "-:.TZ+".contains(c))).unwrap_or(tail.len());
        rest = &tail[end..];
    }
    clean.push_str(rest);
    clean
}
