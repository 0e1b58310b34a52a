//! Cells that a spreadsheet would run: the guard every CSV and text export puts on, and its inverse.
//!
//! The guard looks past everything a spreadsheet ignores at the start of a cell (reliability.md 1,
//! rule 12), because tab, CR, LF, invisible characters and full-width signs defeat simpler guards.
//! [`defuse`] and [`undefuse`] are exact inverses: an apostrophe somebody typed before a sign gets a
//! guard of its own.

use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;

use crate::text::is_hidden;

/// The cell with a leading apostrophe if a spreadsheet would read it as a formula, else unchanged.
/// Also guards what only looks like a number with a sign: in a text column it is text.
#[must_use]
pub fn defuse(cell: &str) -> Cow<'_, str> {
    if needs_guard(cell) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// Takes off the one apostrophe that [`defuse`] put on, and no other.
#[must_use]
pub fn undefuse(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(guarded) if needs_guard(guarded) => guarded,
        _ => cell,
    }
}

/// True when the first character that a spreadsheet does not ignore is a formula sign, or the cell
/// begins with a tab or a line end.
#[must_use]
pub fn is_formula_like(cell: &str) -> bool {
    if cell.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    cell.chars().find(|c| !is_ignored(*c)).is_some_and(is_formula_sign)
}

/// Looks past apostrophes too, so that putting one on never changes the verdict: that makes the two
/// functions inverses.
fn needs_guard(cell: &str) -> bool {
    is_formula_like(cell.trim_start_matches('\''))
        || is_formula_like(cell.trim_start_matches(|c| c == '\'' || is_ignored(c)))
}

/// The signs that begin a formula, in every width, and the true minus sign.
fn is_formula_sign(c: char) -> bool {
    matches!(
        c,
        '=' | '+'
            | '-'
            | '@'
            | '\u{ff1d}'
            | '\u{ff0b}'
            | '\u{ff0d}'
            | '\u{ff20}'
            | '\u{fe66}'
            | '\u{fe62}'
            | '\u{fe63}'
            | '\u{fe6b}'
            | '\u{2212}'
            | '\u{207a}'
            | '\u{207b}'
            | '\u{207c}'
            | '\u{208a}'
            | '\u{208b}'
            | '\u{208c}'
    )
}

fn is_ignored(c: char) -> bool {
    c.is_whitespace()
        || is_hidden(c)
        || is_combining_mark(c)
        || matches!(c,
            '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200c}' | '\u{200d}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}'
            | '\u{fffc}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOSTILE: [&str; 47] = [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(1,1)",
        "=cmd|' /C calc'!A0",
        "=HYPERLINK(\"http://example.org\",\"click\")",
        "=IMPORTXML(\"http://example.org\",\"//a\")",
        "=DDE(\"cmd\";\"/C calc\";\"x\")",
        "-2+3+cmd|' /C calc'!A0",
        "@@x",
        "+1 guest",
        "-5",
        "+49 30 123456",
        "-",
        "=",
        " =1+1",
        "   +1",
        "\t=1+1",
        "\tplain after a tab",
        "\r=1+1",
        "\rplain after a return",
        "\n=1+1",
        "\nplain after a line end",
        "\r\n@x",
        " \t \n =1+1",
        "\0=1+1",
        "\u{b}=1+1",
        "\u{c}=1+1",
        "\u{1b}=1+1",
        "\u{7f}=1+1",
        "\u{a0}=1+1",
        "\u{2003}=1+1",
        "\u{3000}=1+1",
        "\u{200b}=1+1",
        "\u{200d}=1+1",
        "\u{feff}=1+1",
        "\u{2060}=1+1",
        "\u{ad}=1+1",
        "\u{202e}=1+1",
        "\u{3164}=1+1",
        "＝1+1",
        "＋1+1",
        "－1+1",
        "＠SUM(1)",
        "\u{200b}＝1+1",
        "−5",
        "﹦1+1",
    ];

    #[test]
    fn every_hostile_cell_gets_a_leading_apostrophe() {
        for cell in HOSTILE {
            assert_eq!(defuse(cell), format!("'{cell}"), "{cell:?}");
        }
    }

    #[test]
    fn every_hostile_cell_comes_back_unchanged() {
        for cell in HOSTILE {
            assert_eq!(undefuse(&defuse(cell)), cell, "{cell:?}");
        }
    }

    #[test]
    fn plain_text_is_untouched() {
        for cell in [
            "",
            "David Miller",
            "O'Brien",
            "'t Hooft",
            "'quoted'",
            "1+1",
            "a=b",
            "5",
            "x@example.org",
            "<script>",
            "N/A",
            "Høiland-Jørgensen",
            " leading space",
            "山田",
            "!",
            "''",
        ] {
            assert_eq!(defuse(cell), cell);
            assert_eq!(undefuse(cell), cell);
        }
    }

    #[test]
    fn an_apostrophe_somebody_typed_survives() {
        for cell in ["'=1+1", "''=1", "'\t=1", "'+1 guest", "\u{200b}'=1", "' '-5"] {
            assert_ne!(defuse(cell), cell, "{cell:?}");
            assert_eq!(undefuse(&defuse(cell)), cell, "{cell:?}");
        }
    }

    proptest! {
        #[test]
        fn any_cell_comes_back_unchanged(cell in "\\PC*|['=+@\t\r\n\u{200b} -]{0,6}\\PC{0,3}") {
            let defused = defuse(&cell);
            prop_assert_eq!(undefuse(&defused), cell.as_str());
        }

        #[test]
        fn no_exported_cell_begins_a_formula(cell in "['=+@\t\r\n\u{200b}\u{ff1d} -]{0,6}\\PC{0,3}") {
            prop_assert!(!is_formula_like(&defuse(&cell)));
        }
    }
}
