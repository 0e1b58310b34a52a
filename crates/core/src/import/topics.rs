//! Topics out of one cell (rule 9): one a line, and what people write who have none.

use super::clean::{one_line, shortened};
use super::report::{TOPIC_MAX, TopicState};
use crate::text::{Line, unify_line_ends};

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ReadTopics {
    pub topics: Vec<Line<TOPIC_MAX>>,
    /// Only for a person without topics.
    pub state: Option<TopicState>,
    pub shortened: bool,
}

/// Splits at line ends only: a line that is really three topics is for a person to split (T29).
pub(super) fn read(cell: &str) -> ReadTopics {
    let mut read = ReadTopics::default();
    let mut seen = std::collections::HashSet::new();
    for line in unify_line_ends(cell).split(['\n', '\u{b}', '\u{c}']) {
        let line = one_line(line);
        if let Some(state) = statement(&line) {
            read.state = Some(state);
            continue;
        }
        let title = without_bullet(&line);
        if let Some(state) = statement(title) {
            read.state = Some(state);
            continue;
        }
        let (title, cut) = shortened(title, TOPIC_MAX);
        if let Ok(topic) = Line::parse(title)
            && seen.insert(title.to_lowercase())
        {
            read.topics.push(topic);
            read.shortened |= cut;
        }
    }
    if !read.topics.is_empty() {
        read.state = None;
    }
    read
}

/// "N/A" and "TBD" in the forms people write them.
fn statement(line: &str) -> Option<TopicState> {
    if line.is_empty() {
        return None;
    }
    if line.chars().all(|c| c == '?') {
        return Some(TopicState::Undecided);
    }
    if line.chars().all(|c| "-\u{2010}\u{2011}\u{2012}–—\u{2015}−".contains(c)) {
        return Some(TopicState::None);
    }
    let bare = line.trim_matches(|c: char| c.is_whitespace() || "().[]!\"'".contains(c)).to_lowercase();
    match bare.as_str() {
        "n/a" | "na" | "n.a" | "none" | "no" | "nil" | "no topic" | "no topics" | "not applicable" => {
            Some(TopicState::None)
        }
        "tbd"
        | "tba"
        | "t.b.d"
        | "t.b.a"
        | "to be decided"
        | "to be determined"
        | "to be announced"
        | "undecided"
        | "not decided"
        | "not decided yet"
        | "topic undecided"
        | "undecided yet"
        | "undecided as of yet"
        | "topic undecided as of yet" => Some(TopicState::Undecided),
        _ => None,
    }
}

/// Takes off `- `, `* `, `• `, `1. `, `2) ` and the like.
fn without_bullet(line: &str) -> &str {
    let unmarked = line.trim_start_matches(['-', '*', '+', '•', '·', '–', '—', '‣', '▪', '◦', '●', '■', '>']);
    if unmarked.len() < line.len() {
        // A sign that touches the word belongs to it: "+1 guest", "-EINVAL". A round bullet does not.
        let touching_is_fine = line.starts_with(['•', '·', '‣', '▪', '◦', '●', '■']);
        return if touching_is_fine || unmarked.starts_with(' ') { unmarked.trim_start() } else { line };
    }
    let after_digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = line.len() - after_digits.len();
    match after_digits.strip_prefix(['.', ')']).and_then(|rest| rest.strip_prefix(' ')) {
        Some(rest) if (1..=3).contains(&digits) => rest.trim_start(),
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(cell: &str) -> Vec<String> {
        read(cell).topics.into_iter().map(String::from).collect()
    }

    #[test]
    fn topics_are_split_at_line_ends_only() {
        assert_eq!(
            titles("Intro\r\nDelegation, device driver review team, GitHub\n\n a; b / c "),
            ["Intro", "Delegation, device driver review team, GitHub", "a; b / c"]
        );
    }

    #[test]
    fn bullets_go_and_signs_that_belong_to_the_text_stay() {
        assert_eq!(
            titles("- one\n* two\n• three\n•four\n– five\n1. six\n12) seven\n+ eight\n-- nine\n> ten"),
            ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
        );
        for title in [
            "+1 guest",
            "-EINVAL everywhere",
            "=1+1",
            "2019 in review",
            "1.5 years of XDP",
            "<script>",
            "2038.",
        ] {
            assert_eq!(titles(title), [title]);
        }
    }

    #[test]
    fn every_word_for_no_topic_is_a_statement() {
        for cell in [
            "N/A", "n/a", "NA", "none", "None.", "No", "nil", "-", "--", "–", "—", "- none", " N/A \n",
            "(none)",
        ] {
            let read = read(cell);
            assert_eq!((read.topics.len(), read.state), (0, Some(TopicState::None)), "{cell}");
        }
    }

    #[test]
    fn every_word_for_to_be_decided_is_a_statement() {
        for cell in
            ["TBD", "tba", "To be decided", "undecided", "?", "??", "(topic undecided as of yet)", "- TBD"]
        {
            let read = read(cell);
            assert_eq!((read.topics.len(), read.state), (0, Some(TopicState::Undecided)), "{cell}");
        }
    }

    #[test]
    fn empty_says_nothing() {
        for cell in ["", "  ", "\n\n", "\u{200b}"] {
            assert_eq!(read(cell), ReadTopics::default());
        }
    }

    #[test]
    fn topics_beside_a_statement_win() {
        let read = read("N/A\nXDP\nTBD");

        assert_eq!((read.topics.len(), read.state), (1, None));
    }

    #[test]
    fn the_same_title_of_one_person_counts_once() {
        assert_eq!(titles("XDP\n- xdp\nXDP 2"), ["XDP", "XDP 2"]);
    }

    #[test]
    fn endless_titles_are_cut_and_told() {
        let read = read(&"x".repeat(TOPIC_MAX + 1));

        assert!(read.shortened);
        assert_eq!(read.topics.len(), 1);
    }
}
