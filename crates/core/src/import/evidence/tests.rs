#![expect(clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::*;

fn all(source: Source, file: &str) -> Vec<(String, String, u32, String)> {
    read(source, file.as_bytes()).people.into_iter().map(|found| told(&found)).collect()
}

fn told(found: &Found) -> (String, String, u32, String) {
    let name = found.name.as_ref().map(|name| name.as_str().to_owned()).unwrap_or_default();
    (name, found.email.as_str().to_owned(), found.count, found.reason.clone())
}

fn row(name: &str, email: &str, count: u32, reason: &str) -> (String, String, u32, String) {
    (name.to_owned(), email.to_owned(), count, reason.to_owned())
}

#[test]
fn a_shortlog_counts_commits_and_joins_what_differs_in_case() {
    let file = "   214\tDavid S. Miller <davem@example.org>\n     1\tToke Høiland-Jørgensen <toke@example.org>\n\
                    37\tD. Miller <DaveM@example.org>\n\n";

    assert_eq!(
        all(Source::Shortlog, file),
        [
            row("David S. Miller", "davem@example.org", 251, "251 commits"),
            row("Toke Høiland-Jørgensen", "toke@example.org", 1, "1 commit"),
        ]
    );
}

#[test]
fn a_shortlog_without_addresses_says_what_it_could_not_read() {
    let evidence = read(Source::Shortlog, b"  3\tJane Doe\n  9\tmachine[bot] <1+machine[bot]@example.org>\n");

    assert_eq!((evidence.people.len(), evidence.not_read), (0, 1));
    assert_eq!(evidence.examples, ["Jane Doe"]);
}

#[test]
fn the_best_come_first_and_the_rest_can_be_left_out() {
    let file = "1\tAnn <ann@example.org>\n9\tBob <bob@example.org>\n3\tCid <cid@example.org>\n";
    let chosen = |top, min| {
        let chosen = read(Source::Shortlog, file.as_bytes()).chosen(top, min);
        chosen.iter().map(|found| found.count).collect::<Vec<_>>()
    };

    assert_eq!(chosen(None, 0), [9, 3, 1]);
    assert_eq!(chosen(Some(2), 0), [9, 3]);
    assert_eq!(chosen(None, 3), [9, 3]);
}

#[test]
fn a_maintainers_file_says_what_somebody_maintains_and_reviews() {
    let file = "List of maintainers\n===================\n\n\
        \tM: *Mail* patches to: FullName <address@domain>\n\n\
        NETWORKING [GENERAL]\nM:\t\"David S. Miller\" <davem@example.org>\nM:\tJakub Kicinski <kuba@example.org>\n\
        R:\tSimon Horman <horms@example.org>\nL:\tnetdev@example.org\nS:\tMaintained\nF:\tnet/\n\n\
        NETWORKING DRIVERS\nM:\tJakub Kicinski <kuba@example.org>\nR:\tDavid S. Miller <davem@example.org>\n\n\
        OLD STYLE\nP:\tAlan Cox\nM:\talan@example.org\n";

    assert_eq!(
        all(Source::Maintainers, file),
        [
            row(
                "David S. Miller",
                "davem@example.org",
                2,
                "maintains NETWORKING [GENERAL]; reviews NETWORKING DRIVERS"
            ),
            row(
                "Jakub Kicinski",
                "kuba@example.org",
                2,
                "maintains NETWORKING [GENERAL], NETWORKING DRIVERS"
            ),
            row("Alan Cox", "alan@example.org", 1, "maintains OLD STYLE"),
            row("Simon Horman", "horms@example.org", 1, "reviews NETWORKING [GENERAL]"),
        ]
    );
}

#[test]
fn a_plain_list_of_maintainers_is_one_too() {
    assert_eq!(
        all(Source::Maintainers, "- Ada Lovelace <ada@example.org> (@ada)\n* Bob <bob@example.org>\n"),
        [
            row("Ada Lovelace", "ada@example.org", 1, "named among the maintainers"),
            row("Bob", "bob@example.org", 1, "named among the maintainers"),
        ]
    );
}

const ARCHIVE: &str = "From ada@example.org Mon Nov 23 05:04:40 2026\n\
    Received: from x\nFrom: =?utf-8?Q?Toke_H=C3=B8iland-J=C3=B8rgensen?=\n <toke@example.org>\nSubject: From here\n\n\
    From the beginning it was clear.\nFrom: Nobody <nobody@example.org>\n\n\
    From now on nothing is a separator, whatever a sentence says.\n>From me\n\n\
    From toke at example.org  Tue Nov 24 05:04 2026\nFrom: toke at example.org (Toke)\n\nbody\n\n\
    From x Wed Nov 25 05:04:40 2026 +0100\r\nSubject: y\r\nfrom : \"Miller, David\" <davem@example.org>\r\n\r\nbody\r\n\r\n\
    From x Wed Nov 25 05:04:41 2026\nFrom: Jane via netdev <netdev@example.org>\n\nbody\n\n\
    From x Wed Nov 25 05:04:42 2026\nFrom: noreply@example.org\n\n\
    From x Wed Nov 25 05:04:43 2026\nFrom: hidden\n";

#[test]
fn an_archive_counts_the_author_of_each_mail() {
    let evidence = read(Source::Mbox, ARCHIVE.as_bytes());

    assert_eq!(
        evidence.people.iter().map(told).collect::<Vec<_>>(),
        [
            row("Toke Høiland-Jørgensen", "toke@example.org", 2, "2 mails"),
            row("David Miller", "davem@example.org", 1, "1 mail"),
        ]
    );
    assert_eq!((evidence.not_read, evidence.examples), (1, vec!["hidden".to_owned()]));
}

#[test]
fn one_message_without_a_separator_is_an_archive() {
    let file = "Subject: x\nFrom: Ada <ada@example.org>\n\nFrom: Bob <bob@example.org>\n";

    assert_eq!(all(Source::Mbox, file), [row("Ada", "ada@example.org", 1, "1 mail")]);
}

#[test]
fn letters_of_another_encoding_are_read() {
    let mut file = b"   3\tJ\xfcrgen M\xfcller <jm@example.org>\n".to_vec();
    file.extend("  2\tToke Høiland <toke@example.org>\n".bytes());

    let names: Vec<_> =
        read(Source::Shortlog, &file).people.into_iter().map(|found| told(&found).0).collect();
    assert_eq!(names, ["Jürgen Müller", "Toke Høiland"]);
}

#[test]
fn hostile_files_end() {
    let long = "x".repeat(5_000_000);
    for source in SOURCES {
        let evidence = read(source, format!("From: {long} <a@example.org>\n{long}\n\n").as_bytes());
        assert!(evidence.people.len() <= 1);
        assert!(evidence.examples.iter().all(|example| example.chars().count() <= 120));
    }
    let folded = format!("From x 1 05:04\nFrom: a\n{}", " b\n".repeat(200_000));
    assert_eq!(read(Source::Mbox, folded.as_bytes()).people.len(), 0);
    let many: String = (0..30_000).map(|n| format!("1\tA <a{n}@example.org>\n")).collect();
    assert_eq!(read(Source::Shortlog, many.as_bytes()).people.len(), ROWS_MAX);
    let counted = read(Source::Shortlog, b"99999999999999999999\tA <a@example.org>\n 5\tA <a@example.org>");
    assert_eq!(counted.people[0].count, u32::MAX);
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_give_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..600), cut in 0_usize..600) {
        for source in SOURCES {
            let whole = read(source, &bytes);
            let mut reader = Reader::of(source);
            let cut = cut.min(bytes.len());
            reader.push(&bytes[..cut]);
            reader.push(&bytes[cut..]);
            prop_assert_eq!(reader.finish(), whole);
        }
    }

    #[test]
    fn an_archive_in_pieces_gives_the_same(cut in 0_usize..1000) {
        let bytes = ARCHIVE.as_bytes();
        let cut = cut.min(bytes.len());
        let mut reader = Reader::of(Source::Mbox);
        reader.push(&bytes[..cut]);
        reader.push(&bytes[cut..]);
        prop_assert_eq!(reader.finish(), read(Source::Mbox, bytes));
    }
}
