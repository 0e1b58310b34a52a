//! Typed text on its way into a mail: nothing that could end a header, turn the reading direction or
//! reach a terminal as a command gets through, whatever the types before us let pass (`mail.md` 0.3).

use conclave_core::facts::placeholder;

/// Every stand-in for a secret. The only control characters that survive cleaning are theirs.
pub(crate) const PLACEHOLDERS: [&str; 4] =
    [placeholder::LINK, placeholder::UNSUBSCRIBE, placeholder::SIGN_IN_LINK, placeholder::SIGN_IN_CODE];

/// One line without control and direction characters; line ends and tabs become spaces.
pub(crate) fn line(typed: &str) -> String {
    typed.chars().filter_map(|c| if is_break(c) { Some(' ') } else { printable(c) }).collect()
}

/// Several lines, each clean, divided by `\n`. Placeholders stay whole.
pub(crate) fn lines(typed: &str) -> String {
    let typed = typed.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    keeping_placeholders(&typed, |c| match c {
        '\n' => Some('\n'),
        c if is_break(c) => Some(' '),
        c => printable(c),
    })
}

/// One line as for a header, with placeholders kept and runs of blanks made one.
pub(crate) fn header(rendered: &str) -> String {
    let flat = keeping_placeholders(rendered, |c| if is_break(c) { Some(' ') } else { printable(c) });
    flat.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn keeping_placeholders(text: &str, keep: impl Fn(char) -> Option<char>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(known) = PLACEHOLDERS.into_iter().find(|p| rest.starts_with(p)) {
            out.push_str(known);
            rest = rest.strip_prefix(known).unwrap_or_default();
        } else {
            out.extend(keep(c));
            rest = rest.strip_prefix(c).unwrap_or_default();
        }
    }
    out
}

fn is_break(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Joiners stay, emoji and several scripts need them.
fn printable(c: char) -> Option<char> {
    let hidden = c.is_control()
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}');
    (!hidden).then_some(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_letters_and_loses_what_breaks_a_header() {
        assert_eq!(line("Toke\r\nBcc: x\0\u{1b}[2J\u{202e}\u{1}link\u{1}"), "Toke  Bcc: x[2Jlink");
        assert_eq!(line("Zoë 👩\u{200d}🔬"), "Zoë 👩\u{200d}🔬");
    }

    #[test]
    fn a_letter_keeps_its_lines_and_the_whole_placeholder() {
        let letter = format!("a\r\nb\u{1}\n    {}\n\u{1}link", placeholder::LINK);

        assert_eq!(lines(&letter), format!("a\nb\n    {}\nlink", placeholder::LINK));
    }
}
