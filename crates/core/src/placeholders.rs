//! Text that a committee writes is never a template program (decision 24): it knows a fixed list
//! of placeholders, is parsed when saved, refused with the unknown name, and expanded once.
//! Values are text; a `{` in a value stays a `{`.

/// What a committee's text may name.
pub const NAMES: [&str; 5] = ["first_name", "name", "link", "answer_by", "personal_line"];

/// A parsed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitteeText {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Placeholder(&'static str),
}

/// Values for one recipient.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values<'a> {
    pub first_name: &'a str,
    pub name: &'a str,
    /// [`crate::facts::placeholder::LINK`] or a masked link; never the secret itself.
    pub link: &'a str,
    pub answer_by: &'a str,
    pub personal_line: &'a str,
}

/// Why a text is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextRefused {
    #[error("Line {line}: {{{name}}} is not a placeholder; use {list}", list = listed())]
    Unknown { line: usize, name: String },
    #[error("Put {{link}} on a line of its own: without it nobody can answer")]
    NoLink,
    #[error("Write {{link}} once, alone on its line")]
    LinkNotAlone,
}

impl TextRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown-placeholder",
            Self::NoLink => "no-link",
            Self::LinkNotAlone => "link-not-alone",
        }
    }
}

fn listed() -> String {
    NAMES.map(|name| format!("{{{name}}}")).join(", ")
}

impl CommitteeText {
    /// Parses a wave's text. Refuses unknown placeholders and a text without the link.
    pub fn parse_letter(text: &str) -> Result<Self, TextRefused> {
        let parsed = Self::parse(text)?;
        let links = text.matches("{link}").count();
        if links == 0 {
            return Err(TextRefused::NoLink);
        }
        let alone = text.lines().filter(|line| line.trim() == "{link}").count();
        if links > 1 || alone != 1 {
            return Err(TextRefused::LinkNotAlone);
        }
        Ok(parsed)
    }

    /// Parses a subject or another text that needs no link.
    pub fn parse(text: &str) -> Result<Self, TextRefused> {
        let mut parts = Vec::new();
        let mut rest = text;
        let mut before = String::new();
        while let Some(open) = rest.find('{') {
            let (head, tail) = rest.split_at(open);
            before.push_str(head);
            let inner = tail.strip_prefix('{').unwrap_or_default();
            let word = inner.split('}').next().unwrap_or_default();
            let is_placeholder = inner.len() > word.len() && is_name(word);
            if !is_placeholder {
                before.push('{');
                rest = inner;
                continue;
            }
            let Some(name) = NAMES.into_iter().find(|name| *name == word) else {
                let consumed = text.len() - rest.len() + open;
                let line = text.get(..consumed).unwrap_or_default().matches('\n').count() + 1;
                return Err(TextRefused::Unknown { line, name: word.to_owned() });
            };
            parts.push(Part::Text(std::mem::take(&mut before)));
            parts.push(Part::Placeholder(name));
            rest = inner.get(word.len() + 1..).unwrap_or_default();
        }
        before.push_str(rest);
        parts.push(Part::Text(before));
        Ok(Self { parts })
    }

    /// Expands once. A line that held nothing but an empty `{personal_line}` disappears with the
    /// blank line after it.
    #[must_use]
    pub fn expand(&self, values: &Values<'_>) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Placeholder("first_name") => text.push_str(values.first_name),
                Part::Placeholder("name") => text.push_str(values.name),
                Part::Placeholder("link") => text.push_str(values.link),
                Part::Placeholder("answer_by") => text.push_str(values.answer_by),
                Part::Placeholder(_) if values.personal_line.is_empty() => text.push('\u{2}'),
                Part::Placeholder(_) => text.push_str(values.personal_line),
            }
        }
        text.replace("\u{2}\n\n", "").replace("\u{2}\n", "").replace('\u{2}', "")
    }
}

fn is_name(word: &str) -> bool {
    !word.is_empty()
        && word.len() <= 40
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn values_are_text_and_expanded_once() {
        let text = CommitteeText::parse("Hello {first_name}, {name}").unwrap();

        let expanded = text.expand(&Values { first_name: "{link}", name: "{{x}}", ..Values::default() });

        assert_eq!(expanded, "Hello {link}, {{x}}");
    }

    #[test]
    fn an_unknown_placeholder_is_refused_with_its_line_and_name() {
        let refused = CommitteeText::parse("Hello\n{nmae}").unwrap_err();

        assert_eq!(refused, TextRefused::Unknown { line: 2, name: "nmae".into() });
        assert!(refused.to_string().contains("{first_name}"), "{refused}");
        assert!(CommitteeText::parse("{event.__init__}").is_err());
    }

    #[test]
    fn other_braces_stay_as_typed() {
        for text in ["if (x) { y }", "{", "{}", "a {b c} d", "{{", "}{"] {
            assert_eq!(CommitteeText::parse(text).unwrap().expand(&Values::default()), text);
        }
    }

    #[test]
    fn a_letter_needs_its_link_alone_on_a_line_once() {
        assert!(CommitteeText::parse_letter("Come:\n\n    {link}\n").is_ok());
        assert_eq!(CommitteeText::parse_letter("Come."), Err(TextRefused::NoLink));
        assert_eq!(CommitteeText::parse_letter("Come: {link}"), Err(TextRefused::LinkNotAlone));
        assert_eq!(CommitteeText::parse_letter("{link}\n{link}"), Err(TextRefused::LinkNotAlone));
    }

    #[test]
    fn an_empty_personal_line_leaves_no_gap() {
        let text = CommitteeText::parse("One.\n\n{personal_line}\n\nTwo.").unwrap();

        assert_eq!(text.expand(&Values::default()), "One.\n\nTwo.");
        assert_eq!(
            text.expand(&Values { personal_line: "Bring XDP.", ..Values::default() }),
            "One.\n\nBring XDP.\n\nTwo."
        );
    }
}
