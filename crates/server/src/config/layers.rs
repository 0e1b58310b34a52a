//! Puts the layers of the configuration over each other and remembers where each value came from.
//!
//! The known keys and their types are those of `config/default.toml`, so a key cannot exist without
//! a default and a description. Values stay plain here; `super` turns them into types.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

const DEFAULTS: &str = include_str!("../../../../config/default.toml");
const NAME: &str = "CONCLAVE_";
const PREFIX: &str = "CONCLAVE__";

/// Where a value came from, in the order in which later ones win.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The compiled-in `config/default.toml`.
    Default,
    /// The file named by `--config`.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// A command line option.
    Option(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Option(name) => f.write_str(name),
        }
    }
}

/// A value before it is parsed into a type of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raw {
    Text(String),
    Number(i64),
    List(Vec<String>),
}

/// One thing wrong with the configuration: where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub origin: Origin,
    pub key: String,
    pub problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Default => write!(f, "{}: {}", self.key, self.problem),
            Origin::File(path) if self.key.is_empty() => write!(f, "{}: {}", path.display(), self.problem),
            Origin::File(path) => write!(f, "{}: {}: {}", path.display(), self.key, self.problem),
            Origin::Variable(name) => write!(f, "{name}: {}", self.problem),
            Origin::Option(name) => write!(f, "{name}: {}", self.problem),
        }
    }
}

/// A file layer: its name for messages, and its text.
#[derive(Clone, Debug)]
pub struct FileLayer {
    pub path: PathBuf,
    pub text: String,
}

/// Every known key with the winning value and its origin.
#[derive(Clone, Debug)]
pub struct Values(BTreeMap<String, (Raw, Origin)>);

impl Values {
    /// Puts the layers together. `options` are keys set by command line options.
    ///
    /// Refuses unknown keys and values of the wrong kind, all of them at once.
    pub fn merge(
        file: Option<&FileLayer>,
        environment: &[(String, String)],
        options: &[(&'static str, &'static str, String)],
    ) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut values = Self(BTreeMap::new());
        for (key, value) in flatten_file(DEFAULTS, &Origin::Default, &mut faults) {
            if let Some(raw) = as_raw(&value) {
                values.0.insert(key, (raw, Origin::Default));
            }
        }
        if let Some(file) = file {
            let origin = Origin::File(file.path.clone());
            for (key, value) in flatten_file(&file.text, &origin, &mut faults) {
                values.set_from_file(key, &value, &origin, &mut faults);
            }
        }
        for (name, text) in environment {
            let Some(rest) = name.strip_prefix(PREFIX) else {
                faults.extend(values.slip(name));
                continue;
            };
            let key = rest.to_ascii_lowercase().replace("__", ".");
            values.set_from_text(key, text, Origin::Variable(name.clone()), &mut faults);
        }
        for (key, option, text) in options {
            values.set_from_text((*key).to_owned(), text, Origin::Option(option), &mut faults);
        }
        if faults.is_empty() { Ok(values) } else { Err(faults) }
    }

    /// The value of a key and where it came from.
    pub fn get(&self, key: &str) -> Option<(&Raw, &Origin)> {
        self.0.get(key).map(|(raw, origin)| (raw, origin))
    }

    /// Every key in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Raw, &Origin)> {
        self.0.iter().map(|(key, (raw, origin))| (key.as_str(), raw, origin))
    }

    fn set_from_file(&mut self, key: String, value: &toml::Value, origin: &Origin, faults: &mut Vec<Fault>) {
        let problem = match (self.0.get(&key).map(|(old, _)| old), as_raw(value)) {
            (None, _) => self.unknown(&key),
            (Some(Raw::Text(_)), Some(raw @ Raw::Text(_)))
            | (Some(Raw::Number(_)), Some(raw @ Raw::Number(_)))
            | (Some(Raw::List(_)), Some(raw @ Raw::List(_))) => {
                self.0.insert(key, (raw, origin.clone()));
                return;
            }
            (Some(Raw::Text(_)), _) => "wants a text in quotation marks".to_owned(),
            (Some(Raw::Number(_)), _) => "wants a whole number, without quotation marks".to_owned(),
            (Some(Raw::List(_)), _) => "wants a list of texts, such as [\"a\", \"b\"]".to_owned(),
        };
        faults.push(Fault { origin: origin.clone(), key, problem });
    }

    fn set_from_text(&mut self, key: String, text: &str, origin: Origin, faults: &mut Vec<Fault>) {
        let raw = match self.0.get(&key).map(|(old, _)| old) {
            None => Err(self.unknown(&key)),
            Some(Raw::Text(_)) => Ok(Raw::Text(text.to_owned())),
            Some(Raw::Number(_)) => {
                text.trim().parse().map(Raw::Number).map_err(|_| "wants a whole number".to_owned())
            }
            Some(Raw::List(_)) => Ok(Raw::List(
                text.split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect(),
            )),
        };
        match raw {
            Ok(raw) => {
                self.0.insert(key, (raw, origin));
            }
            Err(problem) => faults.push(Fault { origin, key, problem }),
        }
    }

    fn unknown(&self, key: &str) -> String {
        let last = key.rsplit('.').next().unwrap_or(key);
        let distance = |known: &str| {
            let known_last = known.rsplit('.').next().unwrap_or(known);
            edits(known, key).min(edits(known_last, last) + 1)
        };
        let near = self.0.keys().map(|known| (distance(known), known)).min();
        match near.filter(|(distance, _)| *distance <= (key.len() / 3).max(1)) {
            Some((_, nearest)) => format!("there is no such setting; the nearest is {nearest}"),
            None => "there is no such setting; `conclave config show` lists them".to_owned(),
        }
    }

    /// A variable that would be a setting if its underscores were doubled. Others are not ours.
    fn slip(&self, name: &str) -> Option<Fault> {
        let rest = name.strip_prefix(NAME)?.to_ascii_lowercase().replace("__", "_");
        let near = self.0.keys().map(|known| (edits(&known.replace('.', "_"), &rest), known)).min();
        let (_, known) = near.filter(|(distance, known)| *distance <= 2 && known.len() > distance * 4)?;
        let variable = format!("{PREFIX}{}", known.to_ascii_uppercase().replace('.', "__"));
        Some(Fault {
            origin: Origin::Variable(name.to_owned()),
            key: known.clone(),
            problem: format!("is not read; the nearest setting is {variable}, with two underscores each"),
        })
    }
}

fn flatten_file(text: &str, origin: &Origin, faults: &mut Vec<Fault>) -> Vec<(String, toml::Value)> {
    match text.parse::<toml::Table>() {
        Ok(table) => {
            let mut flat = Vec::new();
            flatten("", table, &mut flat);
            flat
        }
        Err(error) => {
            // The full message quotes the line, and a line may hold a secret.
            let line =
                error.span().map_or(0, |s| text.get(..s.start).unwrap_or("").matches('\n').count() + 1);
            let problem = format!("line {line}: not readable as TOML: {}", error.message());
            faults.push(Fault { origin: origin.clone(), key: String::new(), problem });
            Vec::new()
        }
    }
}

fn flatten(prefix: &str, table: toml::Table, flat: &mut Vec<(String, toml::Value)>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) if !inner.is_empty() => flatten(&key, inner, flat),
            // An empty section of a known name is harmless; of any other name it is a slip.
            toml::Value::Table(_) if DEFAULTS.contains(&format!("\n[{key}]\n")) => {}
            value => flat.push((key, value)),
        }
    }
}

fn as_raw(value: &toml::Value) -> Option<Raw> {
    match value {
        toml::Value::String(text) => Some(Raw::Text(text.clone())),
        toml::Value::Integer(number) => Some(Raw::Number(*number)),
        toml::Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .map(Raw::List),
        _ => None,
    }
}

/// Levenshtein distance; keys are short ASCII.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (up, y) in row.iter().skip(1).zip(b.bytes()) {
            left = (diagonal + usize::from(x != y)).min(left + 1).min(up + 1);
            diagonal = *up;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn distance_counts_single_edits() {
        assert_eq!(edits("listen", "listen"), 0);
        assert_eq!(edits("listen", "lissten"), 1);
        assert_eq!(edits("relay", "rely"), 1);
        assert_eq!(edits("abc", ""), 3);
        assert_eq!(edits("", "abc"), 3);
    }

    #[test]
    fn every_default_is_a_known_kind() {
        let values = Values::merge(None, &[], &[]).unwrap();

        let written = DEFAULTS.lines().filter(|l| l.contains(" = ") && !l.starts_with('#')).count();
        assert_eq!(values.iter().count(), written);
    }
}
