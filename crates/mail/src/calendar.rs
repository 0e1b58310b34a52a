//! The calendar file of a receipt, written by hand (`mail.md` 3.3, 7.2).
//!
//! Published, not requested: a calendar's own Yes button must not look like an answer while no inbound
//! mail reads it (decision 13). Nobody but the recipient's event is in it: no attendee, no personal
//! link, because calendars are shared. Values are escaped as RFC 5545 TEXT; what stands in a parameter
//! loses quotes and control characters, so that no name can begin a property of its own.

use conclave_core::facts::CalendarFacts;

use crate::clean;

/// Longest line in octets, its line end not counted (RFC 5545 3.1).
const LINE_OCTETS: usize = 75;

/// Who a calendar names as the organiser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Organizer<'a> {
    pub name: &'a str,
    pub address: &'a str,
}

/// The calendar file, lines ended by CRLF. The same facts give the same bytes.
#[must_use]
pub fn write(facts: &CalendarFacts, organizer: Option<Organizer<'_>>) -> String {
    let mut file = File(String::new());
    file.line("BEGIN:VCALENDAR");
    file.line("PRODID:-//Conclave//conclave 1//EN");
    file.line("VERSION:2.0");
    file.line("CALSCALE:GREGORIAN");
    file.line(&format!("METHOD:{}", token(&facts.method)));
    file.line("BEGIN:VEVENT");
    file.line(&format!("UID:{}", token(&facts.uid)));
    file.line(&format!("DTSTAMP:{}", token(&facts.dtstamp)));
    file.line(&format!("SEQUENCE:{}", facts.sequence));
    file.line(&moment("DTSTART", &facts.start));
    file.line(&moment("DTEND", &facts.end));
    file.line(&format!("SUMMARY:{}", text(&facts.summary)));
    if !facts.location.is_empty() {
        file.line(&format!("LOCATION:{}", text(&facts.location)));
    }
    file.line(&format!("STATUS:{}", token(&facts.status)));
    file.line("TRANSP:OPAQUE");
    if let Some(url) = &facts.url {
        file.line(&format!("URL:{}", uri(url)));
    }
    if let Some(organizer) = organizer {
        file.line(&format!(
            "ORGANIZER;CN=\"{}\":mailto:{}",
            parameter(organizer.name),
            uri(organizer.address)
        ));
    }
    // Whole days are "free" in Outlook otherwise.
    file.line("X-MICROSOFT-CDO-BUSYSTATUS:BUSY");
    file.line("END:VEVENT");
    file.line("END:VCALENDAR");
    file.0
}

struct File(String);

impl File {
    /// Folds between characters; the blank that starts a continuation counts.
    fn line(&mut self, line: &str) {
        let mut octets = 0;
        for c in line.chars() {
            if octets + c.len_utf8() > LINE_OCTETS {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            self.0.push(c);
            octets += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

fn moment(name: &str, value: &str) -> String {
    let kind = if value.contains('T') { "" } else { ";VALUE=DATE" };
    format!("{name}{kind}:{}", token(value))
}

/// RFC 5545 3.3.11.
fn text(typed: &str) -> String {
    let mut out = String::with_capacity(typed.len());
    for c in clean::lines(typed).chars().filter(|c| *c != '\u{1}') {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out
}

/// A quoted parameter value cannot hold its own quote, whatever stands before it.
fn parameter(typed: &str) -> String {
    clean::line(typed).replace('"', "'")
}

fn token(value: &str) -> String {
    value.chars().filter(|c| c.is_ascii_alphanumeric() || "-._@+".contains(*c)).collect()
}

fn uri(value: &str) -> String {
    clean::line(value).chars().filter(|c| !c.is_whitespace() && !"<>\"".contains(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_published_entry_has_one_event_and_no_guest() {
        let organizer =
            Organizer { name: "Netconf 2019 committee", address: "committee@netconf.example.org" };
        let file = write(&samples::calendar("CONFIRMED", 0), Some(organizer));

        assert!(file.starts_with("BEGIN:VCALENDAR\r\n") && file.ends_with("END:VCALENDAR\r\n"));
        assert!(file.contains("\r\nDTSTART;VALUE=DATE:20190620\r\nDTEND;VALUE=DATE:20190622\r\n"));
        assert!(file.contains("\r\nLOCATION:Boston\\, MA\r\n"));
        assert!(file.contains("METHOD:PUBLISH") && !file.contains("ATTENDEE"));
        assert!(!file.replace("\r\n", "").contains(['\r', '\n']));
    }

    #[test]
    fn hours_are_written_in_utc() {
        let mut facts = samples::calendar("CONFIRMED", 0);
        facts.start = "20190620T133000Z".to_owned();

        assert!(write(&facts, None).contains("\r\nDTSTART:20190620T133000Z\r\n"));
    }

    #[test]
    fn no_title_or_name_begins_a_property() {
        let hostile = "x\"\r\nATTENDEE:mailto:spy@example.org;\\,\u{1b}é".repeat(8);
        let mut facts = samples::calendar("CONFIRMED", 0);
        facts.summary.clone_from(&hostile);
        facts.location.clone_from(&hostile);
        facts.uid.clone_from(&hostile);
        facts.status.clone_from(&hostile);
        facts.url = Some(hostile.clone());

        let file = write(&facts, Some(Organizer { name: &hostile, address: &hostile }));

        assert!(file.lines().all(|l| l.len() <= LINE_OCTETS), "{file}");
        let unfolded = file.replace("\r\n ", "");
        assert!(!unfolded.lines().any(|l| l.starts_with("ATTENDEE")), "{unfolded}");
        assert_eq!(unfolded.lines().count(), 20);
        let organizer = unfolded.lines().find(|l| l.starts_with("ORGANIZER")).unwrap_or_default();
        assert_eq!(organizer.matches('"').count(), 2);
    }
}
