//! Lists as people have them, whole: bytes in, report out.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::*;

mod hostile;
mod lists;
mod tables;

/// Reads a list that must be readable.
fn report(list: impl AsRef<[u8]>) -> ImportReport {
    read(list.as_ref()).unwrap()
}

/// Name and address of everybody.
fn people(report: &ImportReport) -> Vec<(&str, &str)> {
    report.people.iter().map(|p| (p.name.as_ref().map_or("", |n| n.as_str()), p.email.as_str())).collect()
}

fn codes(report: &ImportReport) -> Vec<(usize, Code)> {
    report.warnings.iter().map(|w| (w.line, w.code)).collect()
}

fn reasons(report: &ImportReport) -> Vec<(usize, Reason)> {
    report.rejected.iter().map(|r| (r.line, r.reason)).collect()
}

const FIXTURES: [(&[u8], Shape); 4] = [
    (include_bytes!("../../../../tests/fixtures/netconf-2019-invitees.csv"), Shape::Table),
    (include_bytes!("../../../../tests/fixtures/netconf-2019-invitees-minimal.csv"), Shape::Table),
    (include_bytes!("../../../../tests/fixtures/netconf-2019-to-field.txt"), Shape::AddressList),
    (include_bytes!("../../../../tests/fixtures/netconf-2019.json"), Shape::Json),
];

#[test]
fn every_form_of_the_netconf_list_gives_the_same_18_people() {
    let first = report(FIXTURES[0].0);
    for (bytes, shape) in FIXTURES {
        let report = report(bytes);

        assert_eq!(report.shape, shape);
        assert_eq!(people(&report), people(&first));
        assert_eq!(report.people.len(), 18);
        assert_eq!((report.rejected.len(), report.duplicates.len(), report.warnings.len()), (0, 0, 0));
        assert_eq!(report.possible_duplicates, []);
    }
}

#[test]
fn the_forms_with_topics_give_21_and_one_no_topic() {
    for bytes in [FIXTURES[0].0, FIXTURES[3].0] {
        let report = report(bytes);
        let topics: usize = report.people.iter().map(|p| p.topics.as_ref().unwrap().len()).sum();
        let none: Vec<&str> = report
            .people
            .iter()
            .filter(|p| p.topic_state == Some(TopicState::None))
            .map(|p| p.name.as_ref().unwrap().as_str())
            .collect();

        assert_eq!((topics, none), (21, vec!["Eric Dumazet"]));
    }
    for bytes in [FIXTURES[1].0, FIXTURES[2].0] {
        assert!(report(bytes).people.iter().all(|p| p.topics.is_none() && p.topic_state.is_none()));
    }
}

#[test]
fn both_forms_with_topics_give_the_same_titles() {
    let titles = |bytes: &[u8]| report(bytes).people.into_iter().map(|p| p.topics).collect::<Vec<_>>();

    assert_eq!(titles(FIXTURES[0].0), titles(FIXTURES[3].0));
}

#[test]
fn the_report_has_exactly_the_promised_json() {
    let list = "Name;E-Mail;Firma;Topics;Timestamp\n\
        J\u{fc}rgen M\u{fc}ller;Juergen.Mueller@Example.org;Stra\u{df}enbau;\"One\nTwo\";x\n\
        Jane;jane@example.org;;N/A;\n\
        Bob;nobody;;;\n\
        Again;JANE@example.org;;;\n";
    let bytes: Vec<u8> = list.chars().map(|c| c as u8).collect();

    let json = serde_json::to_value(report(bytes)).unwrap();

    assert_eq!(
        json,
        serde_json::json!({
            "format": 1, "encoding": "windows-1252", "shape": "table", "imported": false,
            "people": [
                { "line": 2, "name": "Jürgen Müller", "email": "Juergen.Mueller@example.org",
                  "key": "juergen.mueller@example.org", "affiliation": "Straßenbau",
                  "topics": ["One", "Two"], "topic_state": null },
                { "line": 4, "name": "Jane", "email": "jane@example.org", "key": "jane@example.org",
                  "affiliation": null, "topics": [], "topic_state": "none" }
            ],
            "duplicates": [{ "line": 6, "first_line": 4 }],
            "possible_duplicates": [],
            "rejected": [{ "line": 5, "reason": "bad_address", "text": "Bob, nobody",
                           "message": "Enter an address with an @" }],
            "warnings": [{ "line": 0, "code": "encoding_guessed", "message":
                "The file is not UTF-8; it was read as Windows-1252. Check letters outside A to Z in the names" }],
            "columns_not_used": ["Timestamp"]
        })
    );
}

#[test]
fn a_person_without_a_name_and_topics_keeps_the_form() {
    let json = serde_json::to_value(report("jane@example.org")).unwrap();

    assert_eq!(
        json["people"][0],
        serde_json::json!({ "line": 1, "name": "", "email": "jane@example.org", "key": "jane@example.org",
                            "affiliation": null, "topic_state": null })
    );
}

#[test]
fn importing_the_same_list_twice_over_adds_nobody() {
    let twice = [FIXTURES[1].0, &b"\n"[..], &FIXTURES[1].0[b"Name,Email\n".len()..]].concat();

    let report = report(twice);

    assert_eq!((report.people.len(), report.duplicates.len()), (18, 18));
}

#[test]
fn lists_above_the_limits_are_refused() {
    assert_eq!(read(&vec![b'a'; BYTES_MAX + 1]), Err(ImportRefused::TooLarge));

    let rows = |count: usize| (0..count).map(|n| format!("p{n}@example.org\n")).collect::<String>();
    assert_eq!(report(rows(ROWS_MAX)).people.len(), ROWS_MAX);
    assert_eq!(read(rows(ROWS_MAX + 1).as_bytes()), Err(ImportRefused::TooManyRows));
    let table = format!("Email\n{}", rows(ROWS_MAX + 1));
    assert_eq!(read(table.as_bytes()), Err(ImportRefused::TooManyRows));
    assert_eq!(report(format!("Email\n{}", rows(ROWS_MAX))).people.len(), ROWS_MAX);
    let line = rows(ROWS_MAX + 1).replace('\n', ",");
    assert_eq!(read(line.as_bytes()), Err(ImportRefused::TooManyRows));
    let broken = "{\n  \"invitees\": [\n    {\"name\": \"Ada\"\n";
    assert_eq!(read(broken.as_bytes()), Err(ImportRefused::BrokenJson { line: 4, column: 0 }));
    let json = format!("[{}{{}}]", "{},".repeat(ROWS_MAX));
    assert_eq!(read(json.as_bytes()), Err(ImportRefused::TooManyRows));
}

#[test]
fn nothing_readable_is_refused_with_what_to_do() {
    assert_eq!(read(b""), Err(ImportRefused::Empty));
    assert_eq!(read(b"\xef\xbb\xbf \r\n\t"), Err(ImportRefused::Empty));
    assert_eq!(read(b"Dear all,\nplease come.\n"), Err(ImportRefused::NothingReadable));
    assert_eq!(read(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Err(ImportRefused::NothingReadable));
    assert!(matches!(read(b"PK\x03\x04x"), Err(ImportRefused::NotText(_))));
    assert!(read(b"PK\x03\x04x").unwrap_err().to_string().contains("CSV"));
}

#[test]
fn rejected_rows_alone_are_still_a_report() {
    assert_eq!(reasons(&report("jane@example")), [(1, Reason::BadAddress)]);
    assert_eq!(reasons(&report("Name,Email\nJane,\n")), [(2, Reason::NoAddress)]);
    assert_eq!(report("Name,Email\n").people.len(), 0);
}

#[test]
fn the_sort_key_follows_the_family_name_if_the_list_gave_one() {
    let report = report("First,Last,Email\nAna,García Lorca,ana@example.org\n,,zoe@example.org\n");

    let keys: Vec<String> = report.people.iter().map(|p| p.sort_key().to_string()).collect();
    assert_eq!(keys, ["garcia lorca  ana", "zoe example org"]);
}
