//! Lists made to break the reader: it must come back, every time, in time that grows with the bytes.

use super::*;

/// Reads whatever it is; the result may be a refusal but never a panic, and is consistent.
fn survives(bytes: &[u8]) {
    let Ok(report) = read(bytes) else { return };
    let lines = bytes.len() + 1;
    let rows = report.people.len() + report.duplicates.len() + report.rejected.len();
    assert!(rows <= ROWS_MAX);
    assert!(report.people.iter().all(|p| (1..=lines).contains(&p.line)));
    assert!(report.duplicates.iter().all(|d| (1..=d.line).contains(&d.first_line)));
    assert!(report.rejected.iter().all(|r| r.line >= 1));
    let keys: std::collections::HashSet<_> = report.people.iter().map(|p| &p.key).collect();
    assert_eq!(keys.len(), report.people.len());
    serde_json::to_string(&report).unwrap();
}

const UNITS: &[&str] = &[
    ",",
    ";",
    "\t",
    "\"",
    "'",
    "<",
    ">",
    "(",
    ")",
    "[",
    "@",
    "=",
    "=?",
    "?=",
    "\\",
    ":",
    ".",
    "-",
    " ",
    "\0",
    "é",
    "\u{202e}",
    "\u{301}",
    "\n",
    "\r",
    "\n ",
    "\n\"",
    ",\"",
    "\",",
    "\"\"",
    "\"\"x\n",
    "\"\"\"\n",
    "\\\"",
    "<@>",
    "<@>,",
    "\"<@>",
    "\"<@>\",",
    "@,",
    "a@",
    "@a",
    "a@@ ",
    "(((,",
    "=?a?Q? ",
    "=?utf-8?Q?a?=",
    "1 ",
    "1. ",
    "- ",
    "> ",
    "To:",
    "M:",
    "L:\n",
    "To:\n ",
    "a@b.c,\n ",
    ":::",
    "a@b.c:::",
    "[{",
    "{\"",
    "[1,",
    " at ",
    "(at)",
    "mailto:",
    "/o=",
];

const STARTS: [&str; 8] = [
    "",
    "x@example.org\n",
    "x@example.org, <y@example.org> ",
    "Name,Email\n",
    "Email,Topics\nx@example.org,\"",
    "sep=,\n",
    "\"a\n",
    "[\"",
];

#[test]
fn a_hundred_thousand_signs_are_read() {
    for unit in [",", ";", "\t", "\"", "<", ">", "(", "@", "\\", "=", "\n"] {
        for start in ["x@example.org, <y@example.org> ", "Name,Email\n"] {
            survives(format!("{start}{}", unit.repeat(100_000)).as_bytes());
        }
    }
}

#[test]
fn anything_repeated_is_read_wherever_it_stands() {
    for unit in UNITS {
        let text = unit.repeat(2_000);
        for start in STARTS {
            survives(format!("{start}{text}").as_bytes());
        }
    }
}

#[test]
fn a_row_of_everything_in_one_cell_is_read() {
    let addresses = "a@example.org, ".repeat(50_000);
    survives(format!("Name,Email\nx,\"{addresses}\"\n").as_bytes());
    survives(format!("Name,Email,Topics\nx,x@example.org,\"{}\"\n", "- topic\n".repeat(100_000)).as_bytes());
    survives(format!("{}@example.org", "a".repeat(1_000_000)).as_bytes());
    survives(format!("a@{}org", "example.".repeat(100_000)).as_bytes());
    survives(format!("a@{}.org", "ü".repeat(300_000)).as_bytes());
    survives(format!("<{}@example.org>", "x at ".repeat(100_000)).as_bytes());
}

#[test]
fn json_made_to_break_the_reader_is_read() {
    survives("[".repeat(100_000).as_bytes());
    survives(format!("{{\"invitees\":[{}]}}", "[{}],".repeat(1000) + "1").as_bytes());
    survives(b"{\"invitees\":[{\"email\":{\"a\":1},\"topics\":{\"b\":[null,{}]}}, null, \"x\", -1e9]}");
    survives(
        format!("[{{\"email\":\"a@example.org\",\"name\":\"{}\"}}]", "\\u202e".repeat(100_000)).as_bytes(),
    );
    survives(br#"["\"]","\\",{"a":"]"}]"#);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn random_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        survives(&bytes);
    }

    #[test]
    fn random_text_is_survived(text in "\\PC{0,300}") {
        survives(text.as_bytes());
    }

    #[test]
    fn random_structure_is_survived(
        parts in proptest::collection::vec(
            proptest::sample::select(vec![
                "Name", "Email", "Topics", "sep=;", "sep=,", ",", ";", "\t", "\n", "\r\n", "\r", " ", "\"", "\"\"", "'", "<", ">", "(", ")",
                "[", "]", "@", "a@example.org", "b@example.org", "c+d@example.org", "Jane Doe", "Doe, Jane", "=?utf-8?Q?=C3=BC?=",
                "=?utf-8?B?", "?=", "\\", "To: ", "M:\t", "L: ", "12 ", "- ", ":::", "mailto:", "N/A", "TBD", "=1+1", "ü", "\u{202e}",
                "{", "}", "{\"invitees\":[", "\"email\":", "]}", " at ", "\u{feff}", "\0", "．", "＠", "\u{301}",
            ]),
            0..60,
        )
    ) {
        survives(parts.concat().as_bytes());
    }

    #[test]
    fn good_rows_survive_whatever_stands_in_another(junk in "[^\"\\n\\r,;\t]{0,40}") {
        let list = format!("Name,Email\nA,a@example.org\n{junk},{junk}\nB,b@example.org\n");
        let report = report(list);

        let found: Vec<&str> = report.people.iter().map(|p| p.email.as_str()).collect();
        prop_assert!(found.contains(&"a@example.org") && found.contains(&"b@example.org"));
    }

    #[test]
    fn any_name_without_control_characters_comes_back_from_our_export(name in "[\\p{L}\\p{M}\\p{N} '=+@.-]{1,30}") {
        let Ok(name) = crate::name::PersonName::parse(&name) else { return Ok(()) };
        let cell = crate::spreadsheet::defuse(name.as_str());
        let report = report(format!("name,email\n\"{cell}\",a@example.org\n"));

        prop_assert_eq!(report.people[0].name.as_ref(), Some(&name));
    }
}
