//! Lists as JSON: `{"invitees":[{"name","email","topics","no_topic"}]}`, our own exports among them.
//!
//! The document is checked as a whole and then cut into elements, so that one odd element costs one
//! row, and each knows its line.

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::ImportRefused;
use super::clean::excerpt;
use super::names::NameParts;
use super::rows::{ADDRESSES_MAX, Row};

/// Names of the top-level list.
const LISTS: [&str; 3] = ["invitees", "people", "attendees"];

/// `None` when the text is no JSON document with such a list. Gives `limit` rows at most.
pub(super) fn read(text: &str, limit: usize) -> Option<Vec<Row>> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let elements = elements(text)?;
    let mut rows: Vec<(Row, bool)> = elements.take(limit).map(|(line, element)| row(line, element)).collect();
    let has_topics = rows.iter().any(|(_, has_topics)| *has_topics);
    let entries = rows.drain(..).map(|(mut row, _)| {
        row.topics = has_topics.then(|| row.topics.take().unwrap_or_default());
        row
    });
    Some(entries.collect())
}

/// Where a text that begins like JSON is none.
pub(super) fn broken(text: &str) -> Option<ImportRefused> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let error = serde_json::from_str::<IgnoredAny>(text).err()?;
    Some(ImportRefused::BrokenJson { line: error.line(), column: error.column() })
}

fn row(line: usize, element: &str) -> (Row, bool) {
    let text = excerpt(element);
    let Ok(object) = serde_json::from_str::<Map<String, Value>>(element) else {
        return (Row { line, text, ..Row::default() }, false);
    };
    let get = |keys: &[&str]| keys.iter().find_map(|key| object.get(*key)).map(text_of).unwrap_or_default();
    let topics = topics(&object);
    let row = Row {
        line,
        text,
        name: NameParts {
            full: get(&["name"]),
            given: get(&["given_name", "given"]),
            middle: String::new(),
            family: get(&["family_name", "family"]),
            suffix: get(&["suffix"]),
        },
        addresses: Some(get(&["email", "address", "mail"]))
            .filter(|address| !address.trim().is_empty())
            .into_iter()
            .take(ADDRESSES_MAX)
            .collect(),
        affiliation: get(&["affiliation"]),
        tags: get(&["tags"]),
        note: get(&["note"]),
        ..Row::default()
    };
    let has_topics = topics.is_some();
    (Row { topics, ..row }, has_topics)
}

/// The topics as one cell, in the words of rule 9.
fn topics(object: &Map<String, Value>) -> Option<String> {
    let titles = object.get("topics");
    let none = object.get("no_topic");
    let state = object.get("topic_state").and_then(Value::as_str);
    if titles.is_none() && none.is_none() && state.is_none() {
        return None;
    }
    let cell = titles.map(text_of).unwrap_or_default();
    Some(match (cell.trim().is_empty(), none, state) {
        (true, Some(Value::Bool(true)), _) | (true, _, Some("none")) => "N/A".to_owned(),
        (true, _, Some("undecided")) => "TBD".to_owned(),
        _ => cell,
    })
}

/// Strings as they are, lists one a line, objects by their title.
fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(value) => value.clone(),
        Value::Array(values) => values.iter().map(text_of).collect::<Vec<_>>().join("\n"),
        Value::Object(object) => {
            object.get("title").or_else(|| object.get("name")).map(text_of).unwrap_or_default()
        }
    }
}

/// The elements of the list in a document that is known to be well formed, with their lines.
fn elements(text: &str) -> Option<impl Iterator<Item = (usize, &str)>> {
    let mut walk = Walk { text, at: 0, line: 1, depth: 0, in_string: None, last_string: "" };
    walk.enter_list()?;
    Some(std::iter::from_fn(move || walk.element()))
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    depth: usize,
    in_string: Option<usize>,
    last_string: &'a str,
}

impl<'a> Walk<'a> {
    /// The next sign outside strings that is not space, with its position.
    fn sign(&mut self) -> Option<(usize, u8)> {
        let bytes = self.text.as_bytes();
        loop {
            let at = self.at;
            let byte = *bytes.get(at)?;
            self.at += 1;
            match (byte, self.in_string) {
                (b'\n', _) => self.line += 1,
                (b'\\', Some(_)) => self.at += 1,
                (b'"', Some(start)) => {
                    self.last_string = self.text.get(start..at).unwrap_or_default();
                    self.in_string = None;
                }
                (_, Some(_)) => {}
                (b'"', None) => {
                    self.in_string = Some(at + 1);
                    return Some((at, byte));
                }
                (b' ' | b'\t' | b'\r', None) => {}
                (b'{' | b'[', None) => {
                    self.depth += 1;
                    return Some((at, byte));
                }
                (b'}' | b']', None) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Some((at, byte));
                }
                (_, None) => return Some((at, byte)),
            }
        }
    }

    /// Goes behind the `[` of the list.
    fn enter_list(&mut self) -> Option<()> {
        if self.sign()?.1 == b'[' {
            return Some(());
        }
        loop {
            let (_, byte) = self.sign()?;
            if byte == b'[' && self.depth == 2 && LISTS.contains(&self.last_string) {
                return Some(());
            }
        }
    }

    fn element(&mut self) -> Option<(usize, &'a str)> {
        let list_depth = self.depth;
        let (mut start, mut byte) = self.sign()?;
        if byte == b',' {
            (start, byte) = self.sign()?;
        }
        if byte == b']' && self.depth < list_depth {
            self.at = self.text.len();
            return None;
        }
        let line = self.line;
        // To the comma or bracket behind the element.
        loop {
            let (at, byte) = self.sign()?;
            let closes_list = byte == b']' && self.depth < list_depth;
            if closes_list || (byte == b',' && self.depth == list_depth) {
                if closes_list {
                    self.at = at;
                    self.depth = list_depth;
                }
                return Some((line, self.text.get(start..at)?));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn rows(text: &str) -> Vec<Row> {
        read(text, 100).unwrap()
    }

    #[test]
    fn elements_are_read_with_their_lines() {
        let rows = rows(
            "{\n \"x\": [1, {\"invitees\": [2]}],\n \"invitees\": [\n  {\"name\": \"A, [b]\", \"email\": \"a@x.org\"},\n  {\"email\":\n\"b@x.org\", \"topics\": [\"one\", \"t]wo\"]}, 7,\n\"s\" ]\n}",
        );

        let lines: Vec<usize> = rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [4, 5, 6, 7]);
        assert_eq!(rows.iter().map(|row| row.addresses.len()).sum::<usize>(), 2);
        assert_eq!(
            rows.iter().filter_map(|row| row.topics.as_deref()).collect::<Vec<_>>(),
            ["", "one\nt]wo", "", ""]
        );
    }

    #[test]
    fn a_bare_list_will_do() {
        assert_eq!(rows("[{\"email\":\"a@x.org\"},{\"email\":\"b@x.org\"}]").len(), 2);
        assert_eq!(rows("[]").len(), 0);
        assert_eq!(rows("{\"people\":[]}").len(), 0);
    }

    #[test]
    fn no_topic_and_undecided_are_told_apart() {
        let rows = rows(
            "[{\"topics\":[],\"no_topic\":true},{\"topics\":[],\"no_topic\":false},{\"topic_state\":\"undecided\"},{\"topics\":[{\"title\":\"T\"}]}]",
        );

        assert_eq!(
            rows.iter().filter_map(|row| row.topics.as_deref()).collect::<Vec<_>>(),
            ["N/A", "", "TBD", "T"]
        );
    }

    #[test]
    fn other_documents_are_no_lists() {
        for text in ["", "x", "{", "{}", "{\"invitees\": 3}", "{\"other\": []}", "[1", "{foo} a@x.org"] {
            assert!(read(text, 9).is_none(), "{text}");
        }
    }

    #[test]
    fn deep_nesting_does_not_end_the_stack() {
        let deep = "[".repeat(200_000);
        assert!(read(&deep, 9).is_none());

        let closed = format!("[{}{}]", "[".repeat(100_000), "]".repeat(100_000));
        let _ = read(&closed, 9);
    }
}
