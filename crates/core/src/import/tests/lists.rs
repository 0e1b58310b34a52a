//! Address lists and one address a line.

use super::*;

#[test]
fn a_to_field_over_folded_lines_is_one_list() {
    let report = report(
        "To: Jane Doe <jane@example.org>,\n\t\"Roe, Rick\" <rick@example.org>,\n Zoe\n  Zed <zoe@example.org>\nCc: bob@example.org\n",
    );

    assert_eq!(
        people(&report),
        [
            ("Jane Doe", "jane@example.org"),
            ("Rick Roe", "rick@example.org"),
            ("Zoe Zed", "zoe@example.org"),
            ("", "bob@example.org")
        ]
    );
    assert_eq!(report.people.iter().map(|p| p.line).collect::<Vec<_>>(), [1, 2, 3, 5]);
    assert_eq!(codes(&report), [(2, Code::NameTurnedRound), (5, Code::NoName)]);
}

#[test]
fn indented_lines_of_a_list_are_not_folded() {
    let report = report("  Jane <jane@example.org>\n  Bob <bob@example.org>\n    - Zoe <zoe@example.org>\n");

    assert_eq!(report.people.len(), 3);
}

#[test]
fn semicolons_separate_if_there_are_any() {
    let report = report("Doe, Jane <jane@example.org>; Roe, Rick <rick@example.org>; ");

    assert_eq!(people(&report), [("Jane Doe", "jane@example.org"), ("Rick Roe", "rick@example.org")]);
}

#[test]
fn maintainers_lines_give_people_and_reject_lists() {
    let report = report(
        "NETWORKING\nM:\tDavid S. Miller <davem@example.org>\nR:\tJane Doe <jane@example.org>\nL:\tnetdev@vger.kernel.org\nS:\tMaintained\n",
    );

    assert_eq!(people(&report), [("David S. Miller", "davem@example.org"), ("Jane Doe", "jane@example.org")]);
    assert_eq!(
        reasons(&report),
        [(1, Reason::NoAddress), (4, Reason::LooksLikeAList), (5, Reason::NoAddress)]
    );
    assert_eq!(report.rejected[1].text, "netdev@vger.kernel.org");
}

#[test]
fn get_maintainer_output_gives_people_and_rejects_lists() {
    let report = report(
        "\"David S. Miller\" <davem@example.org> (maintainer:NETWORKING [GENERAL])\nbob@example.org (reviewer:X)\nnetdev@vger.kernel.org (open list:NETWORKING)\n",
    );

    assert_eq!(people(&report), [("David S. Miller", "davem@example.org"), ("", "bob@example.org")]);
    assert_eq!(reasons(&report), [(3, Reason::LooksLikeAList)]);
}

#[test]
fn shortlog_counts_bullets_and_numbers_are_taken_off() {
    let report = report(
        "   123\tJane Doe <jane@example.org>\n     7  Bob <bob@example.org>\n- A <a@example.org>\n* B <b@example.org>\n• C <c@example.org>\n1. D <d@example.org>\n2) E <e@example.org>\n> F <f@example.org>\nReviewed-by: G <g@example.org>\n-- \n",
    );

    assert_eq!(
        people(&report).iter().map(|p| p.0).collect::<Vec<_>>(),
        ["Jane Doe", "Bob", "A", "B", "C", "D", "E", "F", "G"]
    );
    assert_eq!(reasons(&report), []);
}

#[test]
fn encoded_words_are_decoded() {
    let report = report(
        "=?UTF-8?Q?Toke_H=C3=B8iland-J=C3=B8rgensen?= <toke@example.org>,\n =?UTF-8?B?SsO8cmdlbiBNw7xsbGVy?= <jm@example.org>, =?utf-8?Q?Doe=2C_J?=\n =?utf-8?Q?ane?= <jane@example.org>\n",
    );

    assert_eq!(
        people(&report),
        [
            ("Toke Høiland-Jørgensen", "toke@example.org"),
            ("Jürgen Müller", "jm@example.org"),
            ("Jane Doe", "jane@example.org")
        ]
    );
}

#[test]
fn a_name_behind_the_address_and_an_affiliation_in_brackets_are_read() {
    let report = report(
        "jane@example.org (Jane Doe), Rick Roe (Acme) <rick@example.org>, Zoe [Bcorp] <zoe@example.org>",
    );

    assert_eq!(
        people(&report),
        [("Jane Doe", "jane@example.org"), ("Rick Roe", "rick@example.org"), ("Zoe", "zoe@example.org")]
    );
    let affiliations: Vec<_> =
        report.people.iter().map(|p| p.affiliation.as_ref().map_or("", |a| a.as_str())).collect();
    assert_eq!(affiliations, ["", "Acme", "Bcorp"]);
}

#[test]
fn an_item_without_an_address_is_rejected_and_blocks_nobody() {
    let report = report("Alice, Bob <bob@example.org>, carl at example dot org, Dan <dan@>, e@example.org");

    assert_eq!(people(&report), [("Bob", "bob@example.org"), ("", "e@example.org")]);
    assert_eq!(reasons(&report), [(1, Reason::NoAddress), (1, Reason::BadAddress), (1, Reason::BadAddress)]);
    assert_eq!(report.rejected[1].suggestion.as_ref().unwrap().as_str(), "carl@example.org");
}

#[test]
fn one_person_a_line_may_be_last_first() {
    let report = report("Doe, Jane <jane@example.org>\nde Bruijn, Willem <w@example.org>\n");

    assert_eq!(people(&report), [("Jane Doe", "jane@example.org"), ("Willem de Bruijn", "w@example.org")]);
}

#[test]
fn a_quote_never_closed_is_reported_where_it_began() {
    let report = report("A <a@example.org>,\n\"B <b@example.org>, C <c@example.org>\n");

    assert_eq!(people(&report), [("A", "a@example.org"), ("B", "b@example.org"), ("C", "c@example.org")]);
    assert_eq!(codes(&report), [(2, Code::UnclosedQuote)]);
}

#[test]
fn one_address_a_line_is_read_with_or_without_a_name() {
    let report = report(
        "jane@example.org\n\nBob Roe bob@example.org\nmailto:zoe@example.org\nM: mia@example.org\nL: list@example.org\nhello\n",
    );

    assert_eq!(report.shape, Shape::Lines);
    assert_eq!(
        people(&report),
        [
            ("", "jane@example.org"),
            ("Bob Roe", "bob@example.org"),
            ("", "zoe@example.org"),
            ("", "mia@example.org")
        ]
    );
    assert_eq!(reasons(&report), [(6, Reason::LooksLikeAList), (7, Reason::NoAddress)]);
}

#[test]
fn several_addresses_parted_by_spaces_are_several_people() {
    assert_eq!(report("a@example.org b@example.org\tc@example.org").people.len(), 3);
}

#[test]
fn the_same_person_twice_in_one_field_is_a_duplicate() {
    let report = report("Jane <jane@example.org>, JANE@example.org, Jane <jane+x@example.org>");

    assert_eq!(report.people.len(), 2);
    assert_eq!(report.duplicates, [Duplicate { line: 1, first_line: 1 }]);
    let because: Vec<_> = report.possible_duplicates.iter().map(|p| (p.lines.clone(), p.because)).collect();
    assert_eq!(because, [(vec![1, 1], Because::SameName), (vec![1, 1], Because::PlusTag)]);
}

#[test]
fn words_beside_an_address_are_not_lost_in_silence() {
    let report = report("Jane <jane@example.org> asks for a visa letter\n");

    assert_eq!(codes(&report), [(1, Code::TextNotUsed)]);
}
