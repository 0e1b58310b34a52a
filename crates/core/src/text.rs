//! Typed text of bounded length without characters that could break a header, a log line or a page.
//!
//! [`Line`] is one line and never empty, [`Text`] is several lines and may be empty (decision 26).
//! Lengths are counted in characters. Whether markup in it is dangerous depends on where it goes,
//! so escaping is left to each way out.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a text was refused, as an instruction to the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    #[error("Enter some text")]
    Empty,
    #[error("Shorten this to {max} characters")]
    TooLong { max: usize },
    #[error("Remove line breaks and hidden control characters, or type the text again")]
    ControlCharacter,
}

/// One line of text: trimmed, not empty, at most `N` characters, no control, direction or hidden
/// characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Line<const N: usize>(String);

impl<const N: usize> Line<N> {
    /// Refuses when nothing but space is left, when it is longer than `N` characters, and when it
    /// holds a line break or a hidden character. A tab counts as a space.
    pub fn parse(typed: &str) -> Result<Self, TextError> {
        let line = typed.trim().replace('\t', " ");
        if line.is_empty() {
            return Err(TextError::Empty);
        }
        if line.chars().any(is_hidden) {
            return Err(TextError::ControlCharacter);
        }
        if line.chars().count() > N {
            return Err(TextError::TooLong { max: N });
        }
        Ok(Self(line))
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Several lines of text, at most `N` characters, possibly none. Line ends are `\n`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text<const N: usize>(String);

impl<const N: usize> Text<N> {
    /// Makes every line end `\n` and drops other control and hidden characters, because pasted
    /// text often carries some. Refuses only when it is longer than `N` characters.
    pub fn parse(typed: &str) -> Result<Self, TextError> {
        let kept: String = unify_line_ends(typed)
            .chars()
            .map(|c| if c == '\t' { ' ' } else { c })
            .filter(|c| *c == '\n' || !is_hidden(*c))
            .collect();
        let text = kept.trim_end().trim_start_matches('\n');
        if text.chars().count() > N {
            return Err(TextError::TooLong { max: N });
        }
        Ok(Self(text.to_owned()))
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True when there is no text at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Line ends of every kind as `\n`: CR LF, CR, NEL and Unicode's line and paragraph separators.
#[must_use]
pub fn unify_line_ends(text: &str) -> String {
    text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n")
}

/// Characters that no typed text may keep: they are invisible, or turn the text around them
/// round, so what a person reads would differ from what is stored. The joiners U+200C and U+200D
/// are not among them: Persian and Indic names and many emoji need them.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}'                      // soft hyphen
            | '\u{61c}' | '\u{180e}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}'     // separators, embeddings, overrides
            | '\u{2060}'..='\u{206f}'     // word joiner, isolates, deprecated format characters
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'     // interlinear annotation
            | '\u{e0000}'..='\u{e007f}') // tags
}

macro_rules! text_conversions {
    ($($type:ident),*) => {$(
        impl<const N: usize> TryFrom<String> for $type<N> {
            type Error = TextError;

            fn try_from(typed: String) -> Result<Self, TextError> {
                Self::parse(&typed)
            }
        }

        impl<const N: usize> std::str::FromStr for $type<N> {
            type Err = TextError;

            fn from_str(typed: &str) -> Result<Self, TextError> {
                Self::parse(typed)
            }
        }

        impl<const N: usize> From<$type<N>> for String {
            fn from(text: $type<N>) -> Self {
                text.0
            }
        }

        impl<const N: usize> std::fmt::Display for $type<N> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<const N: usize> AsRef<str> for $type<N> {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )*};
}

text_conversions!(Line, Text);

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_line_is_trimmed_and_otherwise_kept() {
        let line = Line::<40>::parse("  XDP feature  detection\t(v2) ").unwrap();

        assert_eq!(line.as_str(), "XDP feature  detection (v2)");
    }

    #[test]
    fn a_line_of_spaces_is_empty() {
        assert_eq!(Line::<10>::parse(" \t\u{a0}\r\n"), Err(TextError::Empty));
    }

    #[test]
    fn a_line_break_or_hidden_character_inside_a_line_is_refused() {
        for typed in
            ["a\nb", "a\r\nBcc: x", "a\0b", "a\u{7f}b", "a\u{85}b", "a\u{2028}b", "a\u{202e}b", "a\u{feff}b"]
        {
            assert_eq!(Line::<40>::parse(typed), Err(TextError::ControlCharacter), "{typed:?}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_not_bytes() {
        assert!(Line::<3>::parse("øøø").is_ok());
        assert_eq!(Line::<3>::parse("øøøø"), Err(TextError::TooLong { max: 3 }));
        assert_eq!(Text::<3>::parse("øø\nø"), Err(TextError::TooLong { max: 3 }));
    }

    #[test]
    fn text_keeps_its_lines_with_one_kind_of_line_end() {
        let text = Text::<99>::parse("\r\nfirst\r\n\r\n  second\rthird\u{2028}fourth\r\n ").unwrap();

        assert_eq!(text.as_str(), "first\n\n  second\nthird\nfourth");
    }

    #[test]
    fn text_loses_control_and_direction_characters() {
        let text = Text::<99>::parse("a\0b\u{1b}[31mc\u{202e}d\te").unwrap();

        assert_eq!(text.as_str(), "ab[31mcd e");
    }

    #[test]
    fn text_may_be_empty() {
        assert!(Text::<9>::parse("").unwrap().is_empty());
        assert!(Text::<9>::parse(" \r\n\t").unwrap().is_empty());
    }

    #[test]
    fn persian_joiners_and_family_emoji_stay() {
        let line = Line::<40>::parse("می\u{200c}خواهم 👩\u{200d}💻").unwrap();

        assert_eq!(line.as_str(), "می\u{200c}خواهم 👩\u{200d}💻");
    }

    #[test]
    fn what_was_stored_is_parsed_again_when_read() {
        let line: Line<5> = serde_json::from_str("\" abc \"").unwrap();
        assert_eq!(line.as_str(), "abc");
        assert_eq!(serde_json::to_string(&line).unwrap(), "\"abc\"");

        assert!(serde_json::from_str::<Line<5>>("\"abcdef\"").is_err());
        assert!(serde_json::from_str::<Line<5>>("\"\"").is_err());
    }
}
