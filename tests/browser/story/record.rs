//! The record of everything that happened: on the desk's page, at the command line, and proof against a
//! hand in the file.

use std::collections::BTreeMap;

use serde_json::Value;

use super::committee::CLOSED_BECAUSE;
use super::world::{EVENT, LAST_YEAR, Story};

/// What a line of the record has to say.
#[derive(Debug)]
pub struct Noted {
    action: &'static str,
    /// Part of whom or what it is about.
    about: String,
    /// Part of what it changed to.
    after: String,
}

impl Story {
    /// From now on the record has a line with this action, about this, that changes it to this.
    pub fn note(&mut self, action: &'static str, about: &str, after: &str) {
        self.noted.push(Noted { action, about: about.to_owned(), after: after.to_owned() });
    }

    /// Every step stands in the record, in the order of the story.
    pub fn every_step_is_recorded(&self) {
        let lines = self.log_lines();
        let mut rest = lines.iter();
        for step in &self.noted {
            let is_it = |line: &Value| {
                text(line, "action") == step.action
                    && text(line, "subject").contains(&step.about)
                    && text(line, "after").contains(&step.after)
            };
            assert!(rest.any(is_it), "not in the record, or not in order: {step:?}\n{lines:#?}");
        }
    }

    /// The desk shows every line of the record, in words.
    pub async fn every_line_is_on_the_page(&self) {
        let mut shown = BTreeMap::new();
        for page in 1.. {
            self.desk(&format!("/activity?page={page}")).await;
            let lines = self.browser.texts("main tbody tr").await;
            let numbers = self.browser.texts("main tbody td.n").await;
            let before = shown.len();
            shown.extend(numbers.iter().map(|number| number.parse::<i64>().unwrap()).zip(lines));
            if shown.len() == before {
                break;
            }
        }
        let lines = self.log_lines();
        assert_eq!(shown.len(), lines.len());
        for line in lines {
            let (number, action) =
                (line.get("number").and_then(Value::as_i64).unwrap(), text(&line, "action"));
            let words = shown.get(&number).unwrap_or_else(|| panic!("line {number} is on no page"));
            assert!(!words.contains(action), "“{action}” is no word for people: {words}");
            let subject = text(&line, "subject");
            let is_person = !text(&line, "invitee").is_empty();
            assert!(!is_person || words.contains(subject), "{subject} is not named: {words}");
        }
    }

    /// The desk and the command line find nothing wrong.
    pub async fn the_record_is_whole(&self) {
        self.desk("/activity").await;
        self.browser.press("Check that it is whole").await;
        self.reads("The record is whole").await;
        let verified = self.installation.run(["log", "verify"]).good();
        assert!(
            verified.contains(&format!("{EVENT}: good, {} entries", self.log_lines().len())),
            "{verified}"
        );
    }

    /// Somebody changes one letter in the file of the database, of why the list was closed: the desk and the
    /// command line name the line.
    pub async fn one_byte_is_found_out(&mut self) {
        let lines = self.log_lines();
        let closing = lines.iter().find(|line| text(line, "reason") == CLOSED_BECAUSE).unwrap();
        let number = closing.get("number").and_then(Value::as_i64).unwrap();
        let file = self.close_down().await;
        let mut bytes = std::fs::read(&file).unwrap();
        let wanted = CLOSED_BECAUSE.as_bytes();
        let at: Vec<usize> = bytes
            .windows(wanted.len())
            .enumerate()
            .filter(|(_, part)| *part == wanted)
            .map(|(at, _)| at)
            .collect();
        let [at] = at.as_slice() else { panic!("the reason stands {} times in the file", at.len()) };
        *bytes.get_mut(*at).unwrap() ^= 0x20;
        std::fs::write(&file, bytes).unwrap();

        let broken = self.installation.run(["log", "verify", EVENT]);
        assert_eq!(broken.code, Some(1));
        let place = format!("{EVENT}: broken at entry {number} of ");
        assert!(broken.stdout.starts_with(&place), "{}", broken.stdout);
        self.installation.run(["log", "verify", LAST_YEAR]).good();
        self.at("2020-05-12T14:00:00Z").await;
        self.desk("/activity/check").await;
        self.reads("The record is broken").await;
        self.reads(&format!("Entry {number}, written 11 May 2020")).await;
    }

    /// The record as the command line tells it, oldest first.
    fn log_lines(&self) -> Vec<Value> {
        let report = self.report(&["log", EVENT]);
        let mut lines = report.get("log").and_then(Value::as_array).unwrap().clone();
        lines.sort_by_key(|line| line.get("number").and_then(Value::as_i64));
        lines
    }
}

fn text<'a>(line: &'a Value, key: &str) -> &'a str {
    line.get(key).and_then(Value::as_str).unwrap_or_default()
}
