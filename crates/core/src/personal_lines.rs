//! Personal lines from a file: an address or public id, then the sentence, one person on each line.

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Line {0}: write an address, then the sentence for them")]
pub struct NotALine(pub usize);

/// Reads `ada@example.org Your XDP series would be a fine one.`; the address ends at the first blank,
/// comma or semicolon. Empty lines and those that begin with `#` are left out. Whoever is named
/// twice keeps the last sentence. Refuses a line without a sentence.
pub fn parse(text: &str) -> Result<Vec<(String, String)>, NotALine> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim().trim_start_matches('\u{feff}');
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let ends = |c: char| c.is_whitespace() || c == ',' || c == ';';
        let (who, sentence) = line.split_once(ends).ok_or(NotALine(number + 1))?;
        let sentence = sentence.trim_start_matches(ends).trim().trim_matches('"').trim();
        let who = who.trim_matches(['<', '>', ':', '"']);
        if who.is_empty() || sentence.is_empty() {
            return Err(NotALine(number + 1));
        }
        lines.retain(|(known, _)| known != who);
        lines.push((who.to_owned(), sentence.to_owned()));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn each_line_is_an_address_and_a_sentence() {
        let text = "# for wave 1\nada@example.org\tBring XDP, please.\n\n<toke@example.org>; \"Welcome back.\"\nada@example.org, Bring BPF.\n";

        assert_eq!(
            parse(text).unwrap(),
            [
                ("toke@example.org".to_owned(), "Welcome back.".to_owned()),
                ("ada@example.org".to_owned(), "Bring BPF.".to_owned()),
            ]
        );
    }

    #[test]
    fn a_line_without_a_sentence_is_named() {
        assert_eq!(parse("ada@example.org Bring XDP.\n\ntoke@example.org\n"), Err(NotALine(3)));
        assert_eq!(parse("toke@example.org,   "), Err(NotALine(1)));
    }
}
