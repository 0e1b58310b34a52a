//! A MAINTAINERS file: a section's name on a line of its own, then lines such as
//! `M:\tAda Lovelace <ada@example.org>`. Files of plain lines `Ada <ada@example.org>` are read too.

use super::{Counts, Noun};

/// Longest name of a section that a reason shows, in characters.
const SECTION_MAX: usize = 80;
/// Most sections that are remembered of one person.
const SECTIONS_MAX: usize = 200;

/// Where in the file we are.
#[derive(Default)]
pub(super) struct Sections {
    section: String,
    /// Old files write the name on a `P:` line before the address.
    name: String,
}

impl Sections {
    pub fn line(&mut self, line: &str, counts: &mut Counts) {
        let line = line.trim_end();
        let Some((tag, value)) = tagged(line) else {
            self.untagged(line, counts);
            return;
        };
        match tag {
            'P' => value.clone_into(&mut self.name),
            'M' | 'R' => {
                let item = if value.contains('<') || self.name.is_empty() {
                    value.to_owned()
                } else {
                    format!("{} <{}>", self.name, value.trim())
                };
                self.name.clear();
                self.count(&item, tag == 'M', counts);
            }
            // Lists, files, trees and what else there is.
            _ => {}
        }
    }

    fn untagged(&mut self, line: &str, counts: &mut Counts) {
        let text = line.trim().trim_start_matches(['-', '*', '#', ' ']);
        if text.is_empty() {
            return;
        }
        if text.contains('<') && text.contains('@') {
            self.count(text, true, counts);
        } else if !line.starts_with([' ', '\t']) {
            self.section = text.chars().filter(|c| !c.is_control()).take(SECTION_MAX).collect();
            self.name.clear();
        }
    }

    fn count(&self, item: &str, maintains: bool, counts: &mut Counts) {
        let Some(person) = counts.add(item, 1, Noun::Sections) else { return };
        let sections = if maintains { &mut person.maintains } else { &mut person.reviews };
        if !self.section.is_empty() && sections.len() < SECTIONS_MAX && !sections.contains(&self.section) {
            sections.push(self.section.clone());
        }
    }
}

/// `M:\tvalue` as its letter and value.
fn tagged(line: &str) -> Option<(char, &str)> {
    let mut letters = line.chars();
    let tag = letters.next().filter(char::is_ascii_uppercase)?;
    let rest = letters.as_str().strip_prefix(':')?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then_some((tag, rest.trim()))
}
