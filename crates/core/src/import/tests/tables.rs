//! Tables with and without a heading, and the rules that hold for every shape.

use super::*;

fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
    let units = format!("\u{feff}{text}");
    units.encode_utf16().flat_map(|u| if big_endian { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
}

#[test]
fn every_encoding_gives_the_same_people() {
    let list = "Name\tEmail\nJürgen Müller\tjm@example.org\n";
    let windows_1252: Vec<u8> = list.chars().map(|c| c as u8).collect();
    for (bytes, encoding) in [
        (list.as_bytes().to_vec(), Encoding::Utf8),
        (format!("\u{feff}{list}").into_bytes(), Encoding::Utf8),
        (utf16(list, false), Encoding::Utf16Le),
        (utf16(list, true), Encoding::Utf16Be),
        (windows_1252, Encoding::Windows1252),
    ] {
        let report = report(bytes);

        assert_eq!(people(&report), [("Jürgen Müller", "jm@example.org")]);
        assert_eq!(report.encoding, encoding);
        let guessed = (encoding == Encoding::Windows1252).then_some((0, Code::EncodingGuessed));
        assert_eq!(codes(&report), guessed.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn every_line_end_gives_the_same_lines() {
    for end in ["\n", "\r\n", "\r"] {
        let report = report(
            ["Email,Name", "", "a@example.org,A", "\"b@example.org\",\"B", "b\"", "c@example.org,C"]
                .join(end),
        );

        assert_eq!(report.people.iter().map(|p| p.line).collect::<Vec<_>>(), [3, 4, 6]);
        assert_eq!(people(&report)[1], ("B b", "b@example.org"));
    }
}

#[test]
fn broken_letters_are_suspected_row_by_row() {
    let report = report("Name,Email\nJÃ¼rgen,j@example.org\nJane,k@example.org\n");

    assert_eq!(people(&report)[0].0, "JÃ¼rgen");
    assert_eq!(codes(&report), [(2, Code::MojibakeSuspected)]);
}

#[test]
fn damaged_bytes_are_told_for_the_whole_file() {
    let report = report(b"\xef\xbb\xbfName,Email\nJ\xfcrgen,j@example.org\n");

    assert_eq!(codes(&report), [(0, Code::EncodingDamaged), (2, Code::MojibakeSuspected)]);
}

#[test]
fn a_sep_line_is_no_record() {
    let report = report("sep=;\r\nName;Email\r\nDoe;jane@example.org\r\n");

    assert_eq!((report.people.len(), report.people[0].line), (1, 3));
}

#[test]
fn names_come_from_full_name_or_parts() {
    let report = report(
        "First Name,Middle Name,Last Name,Suffix,Full name,E-mail 1 - Value\n\
         Peter,P,Waskiewicz,Jr.,,p@example.org\nJ,,D,,Jane Doe,j@example.org\n",
    );

    assert_eq!(people(&report), [("Peter P Waskiewicz Jr.", "p@example.org"), ("Jane Doe", "j@example.org")]);
}

#[test]
fn a_google_form_is_read() {
    let report = report(
        "\"Timestamp\",\"Username\",\"Your name\",\"Topic(s) you want to discuss\"\n\
         \"2019/03/01\",\"jane@example.org\",\"Jane Doe\",\"- XDP\n- TLS\"\n",
    );

    assert_eq!(people(&report), [("Jane Doe", "jane@example.org")]);
    assert_eq!(report.people[0].topics.as_ref().unwrap().len(), 2);
    assert_eq!(report.columns_not_used, ["Timestamp"]);
}

#[test]
fn an_outlook_export_in_german_is_read() {
    let report = report(
        "\"Vorname\";\"Nachname\";\"Firma\";\"E-Mail-Adresse\"\n\"Jürgen\";\"Müller\";\"Söhne & Co\";\"jm@example.org\"\n",
    );

    assert_eq!(people(&report), [("Jürgen Müller", "jm@example.org")]);
    assert_eq!(report.people[0].affiliation.as_ref().unwrap().as_str(), "Söhne & Co");
}

#[test]
fn tags_and_note_are_read() {
    let report = report(
        "email,tags,note\nj@example.org,\"speaker; visa, speaker\",\"met in 2018\nasks for travel help\"\n",
    );

    let person = &report.people[0];
    assert_eq!(person.tags.iter().map(|t| t.as_str()).collect::<Vec<_>>(), ["speaker", "visa"]);
    assert_eq!(person.note.as_str(), "met in 2018\nasks for travel help");
}

#[test]
fn a_missing_name_is_told_and_not_made_up() {
    let report = report("Name,Email\n,jane.doe@example.org\n");

    assert_eq!(people(&report), [("", "jane.doe@example.org")]);
    assert_eq!(codes(&report), [(2, Code::NoName)]);
}

#[test]
fn last_first_is_turned_round_with_a_warning() {
    let report = report("Name,Email\n\"Doe, Jane\",j@example.org\n\"Linville, Jr.\",l@example.org\n");

    assert_eq!(people(&report), [("Jane Doe", "j@example.org"), ("Linville, Jr.", "l@example.org")]);
    assert_eq!(codes(&report), [(2, Code::NameTurnedRound)]);
}

#[test]
fn control_and_direction_characters_go_with_a_warning() {
    let report = report("Name,Email\nJa\u{202e}ne\u{7} Doe,j@example.org\nA\u{a0} \tB,b@example.org\n");

    assert_eq!(people(&report), [("Jane Doe", "j@example.org"), ("A B", "b@example.org")]);
    assert_eq!(codes(&report), [(2, Code::NameControlCharactersRemoved)]);
}

#[test]
fn repaired_and_foreign_addresses_are_imported_with_a_warning() {
    let report = report(
        "Name,Email\nA,a@example.org.\nB,b\u{200b}b@example.org\nC,jürgen@example.org\nD,d@bücher.example\n",
    );

    assert_eq!(
        people(&report).iter().map(|p| p.1).collect::<Vec<_>>(),
        ["a@example.org", "bb@example.org", "jürgen@example.org", "d@xn--bcher-kva.example"]
    );
    assert_eq!(
        codes(&report),
        [(2, Code::AddressRepaired), (3, Code::AddressRepaired), (4, Code::AddressNotAscii)]
    );
}

#[test]
fn several_addresses_in_a_row_use_the_first_good_one() {
    let report = report(
        "Name,Email,E-mail 2 - Value\n\
         A,a@example.org ::: a2@example.org,\n\
         B,\"bad@, b@example.org; b2@example.org\",b3@example.org\n\
         C,,c@example.org\n\
         D,d@example.org,D@example.org\n",
    );

    assert_eq!(
        people(&report).iter().map(|p| p.1).collect::<Vec<_>>(),
        ["a@example.org", "b@example.org", "c@example.org", "d@example.org"]
    );
    assert_eq!(codes(&report), [(2, Code::ExtraAddresses), (3, Code::ExtraAddresses)]);
    assert!(report.warnings[1].message.ends_with("left out: bad@, b2@example.org, b3@example.org"));
}

#[test]
fn a_mailbox_in_an_address_cell_gives_a_missing_name() {
    let report =
        report("Name,Email\n,\"Doe, Jane (Acme) <jane@example.org>\"\nBob,Robert <bob@example.org>\n");

    assert_eq!(people(&report), [("Jane Doe", "jane@example.org"), ("Bob", "bob@example.org")]);
    assert_eq!(report.people[0].affiliation.as_ref().unwrap().as_str(), "Acme");
}

#[test]
fn bad_rows_are_rejected_with_line_and_reason_and_block_nobody() {
    let report = report(
        "Name,Email\nA,\nB,n/a\nC,nobody\nD,d@localhost\nE,e e@example.org\nF,/O=ORG/CN=F\nG,g at example.org\nH,ｈ@example.org\nI,i@example.org\n",
    );

    assert_eq!(people(&report), [("I", "i@example.org")]);
    use Reason::{BadAddress, NoAddress};
    assert_eq!(
        reasons(&report),
        [
            (2, NoAddress),
            (3, NoAddress),
            (4, BadAddress),
            (5, BadAddress),
            (6, BadAddress),
            (7, BadAddress),
            (8, BadAddress),
            (9, BadAddress),
        ]
    );
    assert!(report.rejected.iter().all(|r| !r.message.is_empty()));
    assert_eq!(report.rejected[6].suggestion.as_ref().unwrap().as_str(), "g@example.org");
    assert_eq!(report.rejected[7].suggestion.as_ref().unwrap().as_str(), "h@example.org");
    assert_eq!(report.rejected[3].text, "D, d@localhost");
}

#[test]
fn duplicates_are_shown_with_both_lines_and_imported_once() {
    let report = report(
        "Name,Email\nA,Jane@Example.org\nB,b@bücher.example\nC,jane@EXAMPLE.org.\nD,B@xn--bcher-kva.example\nE,jane@example.org\n",
    );

    assert_eq!(report.people.len(), 2);
    let lines: Vec<_> = report.duplicates.iter().map(|d| (d.line, d.first_line)).collect();
    assert_eq!(lines, [(4, 2), (5, 3), (6, 2)]);
}

#[test]
fn look_alikes_are_imported_and_pointed_out() {
    let report = report(
        "Name,Email\nToke Høiland,t@example.org\nJane,jane@example.org\nTOKE HOILAND,toke@example.com\nJ.,jane+net@example.org\nToke Høiland,x@example.net\n",
    );

    assert_eq!(report.people.len(), 5);
    assert_eq!(
        report.possible_duplicates,
        [
            PossibleDuplicate { lines: vec![2, 4, 6], because: Because::SameName },
            PossibleDuplicate { lines: vec![3, 5], because: Because::PlusTag },
        ]
    );
}

#[test]
fn two_people_without_a_name_are_no_look_alikes() {
    assert_eq!(report("a@example.org\nb@example.org\n").possible_duplicates, []);
}

#[test]
fn topics_are_read_in_all_their_states() {
    let report = report(
        "Email,Topics\na@example.org,\"- One\n2. Two\"\nb@example.org,N/A\nc@example.org,TBD\nd@example.org,\ne@example.org,\"one, two; three\"\n",
    );

    let states: Vec<_> =
        report.people.iter().map(|p| (p.topics.as_ref().unwrap().len(), p.topic_state)).collect();
    assert_eq!(
        states,
        [(2, None), (0, Some(TopicState::None)), (0, Some(TopicState::Undecided)), (0, None), (1, None)]
    );
}

#[test]
fn text_that_looks_like_a_program_is_kept_and_warned_about() {
    let report = report("Name,Email,Firma,Topics\n=1+1,a@example.org,<script>,+1 guest\n");

    let person = &report.people[0];
    assert_eq!(person.name.as_ref().unwrap().as_str(), "=1+1");
    assert_eq!(person.affiliation.as_ref().unwrap().as_str(), "<script>");
    assert_eq!(person.topics.as_ref().unwrap()[0].as_str(), "+1 guest");
    assert_eq!(
        codes(&report),
        [(2, Code::FormulaLikeText), (2, Code::MarkupLikeText), (2, Code::FormulaLikeText)]
    );
}

#[test]
fn cells_of_our_own_export_come_back_unchanged() {
    let texts = ["=1+1", "+1 guest", "@home", "-5", "＝1", "'=1", "'t Hooft", "O'Brien", "plain"];
    let mut csv = String::from("name,email\n");
    for (n, text) in texts.iter().enumerate() {
        csv.push_str(&format!("{},p{n}@example.org\n", crate::spreadsheet::defuse(text)));
    }

    let report = report(csv);

    assert_eq!(people(&report).iter().map(|p| p.0).collect::<Vec<_>>(), texts);
}

#[test]
fn rows_of_another_width_are_told_and_read() {
    let report = report("Name,Email,Firma\nA,a@example.org\nB,b@example.org,x,y\nC,c@example.org,x\n,,,\n");

    assert_eq!(report.people.len(), 3);
    assert_eq!(codes(&report), [(2, Code::RaggedRow), (3, Code::RaggedRow)]);
}

#[test]
fn a_quote_never_closed_is_reported_where_it_began_and_blocks_nobody() {
    let report = report("Name,Email\nA,a@example.org\n\"B,b@example.org\nC,c@example.org\n");

    assert_eq!(people(&report), [("A", "a@example.org"), ("B", "b@example.org"), ("C", "c@example.org")]);
    assert_eq!(codes(&report), [(3, Code::UnclosedQuote)]);
}

#[test]
fn without_a_heading_the_cell_with_the_at_is_the_address() {
    let report = report(
        "Jane Doe,Acme,jane@example.org\nbob@example.org,Bob,Bcorp\n3,Zoe,zoe@example.org\nNobody,Acme,\n",
    );

    assert_eq!(report.shape, Shape::TableWithoutHeading);
    assert_eq!(
        people(&report),
        [("Jane Doe", "jane@example.org"), ("Bob", "bob@example.org"), ("Zoe", "zoe@example.org")]
    );
    assert_eq!(report.people[1].affiliation.as_ref().unwrap().as_str(), "Bcorp");
    assert_eq!(reasons(&report), [(4, Reason::NoAddress)]);
}

#[test]
fn texts_above_their_limits_are_cut_and_told() {
    let long = "x".repeat(2000);
    let report = report(format!("Name,Email,Firma,Topics\n{long},a@example.org,{long},{long}\n"));

    assert_eq!(codes(&report), [(2, Code::TextShortened); 3]);
    assert_eq!(report.people[0].affiliation.as_ref().unwrap().as_str().len(), AFFILIATION_MAX);
}

#[test]
fn an_address_that_looks_like_a_list_is_pointed_out() {
    let report = report(
        "Email\nnetdev@vger.kernel.org\nx@lists.example.org\nnet-devel@example.org\njane@example.org\n",
    );

    assert_eq!(report.people.len(), 4);
    let lists: Vec<_> = codes(&report)
        .into_iter()
        .filter(|(_, c)| *c == Code::AddressLooksLikeAList)
        .map(|(l, _)| l)
        .collect();
    assert_eq!(lists, [2, 3, 4]);
}

#[test]
fn lines_are_physical_and_possible_duplicates_name_them() {
    let report = report("Name,Email,Topics\nJane,a@example.org,\"x\ny\nz\"\n\nJane,b@example.org,\n");

    assert_eq!(report.possible_duplicates[0].lines, [2, 6]);
}
