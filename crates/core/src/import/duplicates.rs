//! Rows that are, or may be, one person (rule 8).

use std::collections::HashMap;

use deunicode::deunicode_char;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::report::{Because, PossibleDuplicate};
use crate::address::AddressKey;
use crate::name::PersonName;

/// What was seen so far, by the keys that rows are compared by.
#[derive(Default)]
pub(super) struct Seen {
    keys: HashMap<AddressKey, usize>,
    names: HashMap<String, Vec<usize>>,
    untagged: HashMap<AddressKey, Vec<usize>>,
}

impl Seen {
    /// The line that has this address already.
    pub fn first_line(&self, key: &AddressKey) -> Option<usize> {
        self.keys.get(key).copied()
    }

    pub fn add(&mut self, key: &AddressKey, name: Option<&PersonName>, line: usize) {
        self.keys.insert(key.clone(), line);
        self.untagged.entry(key.without_tag()).or_default().push(line);
        if let Some(name) = name {
            self.names.entry(without_case_and_marks(name.as_str())).or_default().push(line);
        }
    }

    /// Groups of two and more, by their first line.
    pub fn possible(self) -> Vec<PossibleDuplicate> {
        let by_name =
            self.names.into_values().map(|lines| PossibleDuplicate { lines, because: Because::SameName });
        let by_tag =
            self.untagged.into_values().map(|lines| PossibleDuplicate { lines, because: Because::PlusTag });
        let mut groups: Vec<_> = by_name.chain(by_tag).filter(|group| group.lines.len() > 1).collect();
        groups.sort_by(|a, b| (&a.lines, a.because as u8).cmp(&(&b.lines, b.because as u8)));
        groups
    }
}

/// Latin letters lose what decomposition does not take off ("ø"); other scripts are not
/// transcribed, because different names would become one.
fn without_case_and_marks(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for c in name.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => {
                key.push_str(deunicode_char(c).unwrap_or_default());
            }
            c => key.push(c),
        }
    }
    key.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_and_marks() {
        assert_eq!(
            without_case_and_marks("Toke HØILAND-Jørgensen"),
            without_case_and_marks("toke hoiland-jorgensen")
        );
        assert_eq!(without_case_and_marks("Michal Kubeček"), without_case_and_marks("michal kubecek"));
        assert_ne!(without_case_and_marks("王伟"), without_case_and_marks("汪伟"));
        assert_ne!(without_case_and_marks("David S. Miller"), without_case_and_marks("David Miller"));
    }
}
