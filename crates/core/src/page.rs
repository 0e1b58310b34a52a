//! The public page as text, Markdown and JSON: pure functions over [`PublicPage`].
//!
//! The text has the shape of the page that Netconf 2019 was announced with: title, epigraph,
//! paragraphs, bullets, then the table Name / Topic with further topics on lines of their own.
//! Parts without content are left out (T44), unlike there, where an empty line stood for sponsors.
//! The page in HTML is made by the web crate, where its template is.

use serde::Serialize;

use crate::export::{PageMember, PagePerson, PublicPage};

/// Printed for whoever said that they bring no topic.
pub const NO_TOPIC: &str = "N/A";

/// The page as plain text.
#[must_use]
pub fn text(page: &PublicPage) -> String {
    let mut out = format!("{}\n", page.title);
    if let Some(words) = cancelled(page) {
        out.push_str(&format!("\n{words}\n"));
    }
    if !page.epigraph.is_empty() {
        out.push_str(&format!("\n{}\n\n", page.epigraph.join("\n")));
    }
    for paragraph in &page.intro {
        out.push_str(&format!("\n{paragraph}\n"));
    }
    out.push('\n');
    if !page.place.is_empty() {
        out.push_str(&format!("  • Location: {}\n", page.place));
    }
    out.push_str(&format!("  • Date: {}\n", page.dates));
    if !page.sponsors.is_empty() {
        out.push_str(&format!("  • Sponsor(s) : {}\n", page.sponsors.join(", ")));
    }
    if !page.committee.is_empty() {
        out.push_str("\n  • Committee:\n");
        for member in &page.committee {
            out.push_str(&format!("    {}\n", member_line(member)));
        }
    }
    if let Some(words) = without_people(page) {
        out.push_str(&format!("\n  • Topics/Invitees : {words}\n"));
    } else {
        out.push_str("\n  • Topics/Invitees :\n\n    Name Topic\n");
        for person in &page.people {
            let topics = topics(person);
            let line = format!("    {} {}", person.printed(), topics.first().copied().unwrap_or_default());
            out.push_str(&format!("{}\n", line.trim_end()));
            for further in topics.iter().skip(1) {
                out.push_str(&format!("\n    {further}\n"));
            }
        }
    }
    out
}

/// The page as Markdown (CommonMark with tables). What people typed is escaped.
#[must_use]
pub fn markdown(page: &PublicPage) -> String {
    let mut out = format!("# {}\n", escaped(&page.title));
    if let Some(words) = cancelled(page) {
        out.push_str(&format!("\n**{}**\n", escaped(&words)));
    }
    if !page.epigraph.is_empty() {
        let lines: Vec<String> = page.epigraph.iter().map(|line| format!("> {}", escaped(line))).collect();
        out.push_str(&format!("\n{}\n", lines.join("  \n")));
    }
    for paragraph in &page.intro {
        out.push_str(&format!("\n{}\n", escaped_lines(paragraph)));
    }
    out.push('\n');
    if !page.place.is_empty() {
        out.push_str(&format!("- **Location:** {}\n", escaped(&page.place)));
    }
    out.push_str(&format!("- **Date:** {}\n", escaped(&page.dates)));
    if !page.sponsors.is_empty() {
        out.push_str(&format!("- **Sponsors:** {}\n", escaped(&page.sponsors.join(", "))));
    }
    if !page.committee.is_empty() {
        out.push_str("- **Committee:**\n");
        for member in &page.committee {
            out.push_str(&format!("  - {}\n", escaped(&member_line(member))));
        }
    }
    out.push_str("\n## Topics and invitees\n\n");
    if let Some(words) = without_people(page) {
        out.push_str(&format!("{}\n", sentence(words)));
    } else {
        out.push_str("| Name | Topic |\n| --- | --- |\n");
        for person in &page.people {
            let topics: Vec<String> = topics(person).into_iter().map(escaped).collect();
            out.push_str(&format!("| {} | {} |\n", escaped(&person.printed()), topics.join("<br>")));
        }
    }
    out
}

/// The page as one JSON object with `format`.
#[must_use]
pub fn json(page: &PublicPage) -> String {
    #[derive(Serialize)]
    struct Formatted<'a> {
        format: u8,
        #[serde(flatten)]
        page: &'a PublicPage,
    }
    // Strings, lists, days and truth values: none of them can fail.
    let mut out = serde_json::to_string_pretty(&Formatted { format: 1, page }).unwrap_or_default();
    out.push('\n');
    out
}

/// What stands under the title of a cancelled event; nothing while it takes place.
#[must_use]
pub fn cancelled(page: &PublicPage) -> Option<String> {
    let reason = page.cancelled.as_deref()?.trim();
    Some(if reason.is_empty() { "Cancelled.".to_owned() } else { format!("Cancelled. {reason}") })
}

/// What stands in place of the table while there is none.
#[must_use]
pub fn without_people(page: &PublicPage) -> Option<&'static str> {
    if page.facts_only {
        Some("not published")
    } else if page.people.is_empty() {
        Some("nobody yet")
    } else {
        None
    }
}

/// `David S. Miller (netdev maintainer)`, or the name alone.
#[must_use]
pub fn member_line(member: &PageMember) -> String {
    if member.remark.is_empty() {
        member.name.clone()
    } else {
        format!("{} ({})", member.name, member.remark)
    }
}

fn topics(person: &PagePerson) -> Vec<&str> {
    if person.topics.is_empty() && person.no_topic {
        vec![NO_TOPIC]
    } else {
        person.topics.iter().map(String::as_str).collect()
    }
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect::<String>() + ".")
        .unwrap_or_default()
}

fn escaped_lines(paragraph: &str) -> String {
    paragraph.lines().map(escaped).collect::<Vec<_>>().join("\n")
}

/// One line of typed text that no reader of Markdown takes for markup.
pub(crate) fn escaped(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let line = line.trim_start();
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    for (index, c) in line.chars().enumerate() {
        let opens_block = match c {
            '#' | '+' | '-' | '=' => index == 0,
            '.' | ')' => index == digits && digits > 0,
            _ => false,
        };
        if opens_block || matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    const SEED: &str = include_str!("../../../tests/fixtures/seed-page.txt");

    /// The page of Netconf 2019, from the same transcription that the importer is tried with.
    fn netconf() -> PublicPage {
        let file: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/fixtures/netconf-2019.json")).unwrap();
        let people = file["invitees"].as_array().unwrap().iter().map(|invitee| PagePerson {
            part: String::new(),
            name: invitee["name"].as_str().unwrap().to_owned(),
            topics: invitee["topics"]
                .as_array()
                .unwrap()
                .iter()
                .map(|topic| topic.as_str().or_else(|| topic["title"].as_str()).unwrap().to_owned())
                .collect(),
            no_topic: invitee["no_topic"].as_bool().unwrap_or_default(),
        });
        let mut paragraphs = SEED.lines().skip(6).step_by(2);
        PublicPage {
            slug: "netconf-2019".to_owned(),
            title: SEED.lines().next().unwrap().to_owned(),
            short_title: "Netconf 2019".to_owned(),
            epigraph: SEED.lines().skip(2).take(2).map(str::to_owned).collect(),
            intro: paragraphs.by_ref().take(3).map(str::to_owned).collect(),
            place: "Boston, MA".to_owned(),
            dates: "June 20 - June 21, 2019".to_owned(),
            first_day: "2019-06-20".parse().unwrap(),
            last_day: "2019-06-21".parse().unwrap(),
            zone: "America/New_York".to_owned(),
            sponsors: Vec::new(),
            committee: vec![
                PageMember { name: "David S. Miller".to_owned(), remark: "netdev maintainer".to_owned() },
                PageMember { name: "Daniel Borkmann".to_owned(), remark: String::new() },
            ],
            people: people.collect(),
            cancelled: None,
            facts_only: false,
        }
    }

    #[test]
    fn netconf_2019_reads_like_its_announcement() {
        // What is mended there: addresses that had been cut out left brackets, and there was a bullet
        // for sponsors without one.
        let mended = SEED
            .replace("  • Sponsor(s) :\n", "")
            .replace("David S. Miller (, netdev maintainer)", "David S. Miller (netdev maintainer)")
            .replace("    Daniel Borkmann (\n", "    Daniel Borkmann\n");

        assert_eq!(text(&netconf()).trim_end(), mended.trim_end());
    }

    #[test]
    fn parts_without_content_are_left_out() {
        let bare = PublicPage {
            epigraph: vec![],
            intro: vec![],
            place: String::new(),
            committee: vec![],
            people: vec![],
            facts_only: true,
            ..netconf()
        };

        assert_eq!(
            text(&bare),
            "Linux Kernel Developers' Netconf 2019\n\n  • Date: June 20 - June 21, 2019\n\n  • Topics/Invitees : not published\n"
        );
        assert!(markdown(&bare).ends_with("## Topics and invitees\n\nNot published.\n"));
    }

    #[test]
    fn sponsors_people_without_a_topic_and_a_cancelled_event_are_told() {
        let page = PublicPage {
            sponsors: vec!["A & B".to_owned(), "C".to_owned()],
            people: vec![PagePerson {
                name: "Ada".to_owned(),
                part: String::new(),
                topics: vec![],
                no_topic: false,
            }],
            cancelled: Some("The venue lost its roof.".to_owned()),
            ..netconf()
        };
        let text = text(&page);

        assert!(text.contains("\n  • Sponsor(s) : A & B, C\n"), "{text}");
        assert!(text.contains("\n    Ada\n"), "{text}");
        assert!(text.contains("2019\n\nCancelled. The venue lost its roof.\n\nThe first rule"), "{text}");
    }

    #[test]
    fn markdown_has_a_table_and_nothing_typed_becomes_markup() {
        let markdown = markdown(&PublicPage {
            title: "# <b>Netconf</b>".to_owned(),
            intro: vec!["1. *not* a list\n- [nor](javascript:alert(1))".to_owned()],
            ..netconf()
        });

        assert!(markdown.starts_with("# \\# \\<b\\>Netconf\\</b\\>\n"), "{markdown}");
        assert!(
            markdown.contains("1\\. \\*not\\* a list\n\\- \\[nor\\](javascript:alert(1))\n"),
            "{markdown}"
        );
        assert!(markdown.contains("| Eric Dumazet | N/A |\n"), "{markdown}");
        assert!(
            markdown.contains(
                "| Toke Høiland-Jørgensen | XDP feature planning<br>friendlier UAPI for XDP\\_REDIRECT |"
            ),
            "{markdown}"
        );
    }

    #[test]
    fn json_carries_every_fact() {
        let json: serde_json::Value = serde_json::from_str(&json(&netconf())).unwrap();

        assert_eq!(json["format"], 1);
        assert_eq!(json["first_day"], "2019-06-20");
        assert_eq!(json["people"].as_array().unwrap().len(), 18);
        assert_eq!(json["people"][0]["topics"][0], "Intro");
        assert_eq!(json["committee"][0]["remark"], "netdev maintainer");
    }
}
