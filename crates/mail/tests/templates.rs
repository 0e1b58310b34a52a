//! What every mail says.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use conclave_core::facts::{EventFacts, Facts, placeholder};
use conclave_core::placeholders::{CommitteeText, Values};
use conclave_core::purpose::{PURPOSES, Purpose};
use conclave_mail::compose::sender_name;
use conclave_mail::samples;
use conclave_mail::templates::{Rendered, Templates};

fn templates() -> Templates {
    Templates::load(None).unwrap()
}

fn shown(rendered: &Rendered) -> String {
    format!("Subject: {}\n\n{}", rendered.subject, rendered.text).replace('\u{1}', "%")
}

/// Text as a reader of the HTML part sees it.
fn words_of_html(html: &str) -> Vec<String> {
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => {
                inside = true;
                text.push(' ');
            }
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    sorted_words(
        &text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"),
    )
}

fn sorted_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    words.sort();
    words
}

#[test]
fn what_answers_the_invitation_keeps_its_subject_and_what_was_asked_for_has_its_own() {
    let templates = templates();

    for purpose in PURPOSES.into_iter().filter(|p| !p.is_a_letter()) {
        let own = templates.render(purpose, &samples::facts(purpose)).unwrap().subject;
        let mut facts = samples::facts(purpose);
        facts.subject = Some("Re: Invitation: Netconf 2019".to_owned());

        let subject = templates.render(purpose, &facts).unwrap().subject;

        let answers = matches!(purpose, Purpose::Receipt | Purpose::SeatFreed | Purpose::TentativeDue);
        assert_eq!(subject, if answers { "Re: Invitation: Netconf 2019" } else { &own });
    }
}

#[test]
fn every_purpose_says_what_its_snapshot_says() {
    let templates = templates();

    for purpose in PURPOSES {
        let rendered = templates.render(purpose, &samples::facts(purpose)).unwrap();
        insta::assert_snapshot!(purpose.as_str(), shown(&rendered));
    }
}

#[test]
fn every_answer_has_its_own_receipt() {
    let templates = templates();

    for value in samples::ANSWERS {
        let rendered = templates.render(Purpose::Receipt, &samples::receipt(value)).unwrap();
        insta::assert_snapshot!(format!("receipt_{value}"), shown(&rendered));
    }
}

#[test]
fn a_changed_answer_names_both_and_who_changed_it() {
    let templates = templates();

    let changed = samples::all(Purpose::Receipt)
        .into_iter()
        .find(|f| f.answer.as_ref().unwrap().was.is_some())
        .unwrap();
    insta::assert_snapshot!("receipt_changed", shown(&templates.render(Purpose::Receipt, &changed).unwrap()));
}

#[test]
fn the_committee_is_offered_a_letter() {
    let templates = templates();
    let event = samples::event();

    insta::assert_snapshot!(
        "letter_invitation",
        templates.default_letter(Purpose::Invitation, &event).unwrap()
    );
    insta::assert_snapshot!(
        "letter_topic_reminder",
        templates.default_letter(Purpose::TopicReminder, &event).unwrap()
    );
    insta::assert_snapshot!("letter_reminder", templates.default_letter(Purpose::Reminder, &event).unwrap());
    assert_eq!(
        templates.default_subject(Purpose::Invitation, &event).unwrap(),
        "Invitation: Netconf 2019, 20-21 June 2019, Boston, MA"
    );
    assert_eq!(templates.default_letter(Purpose::Receipt, &event).unwrap(), "");
}

#[test]
fn no_mail_names_a_place_that_is_not_known_yet() {
    let templates = templates();
    let nowhere = EventFacts { place: String::new(), ..samples::event() };
    let (mut subjects, mut texts) = (Vec::new(), Vec::new());
    for purpose in PURPOSES {
        if purpose.is_a_letter() {
            subjects.push(templates.default_subject(purpose, &nowhere).unwrap());
            texts.push(templates.default_letter(purpose, &nowhere).unwrap());
        }
        for mut facts in samples::all(purpose).into_iter().filter(|facts| facts.event.is_some()) {
            facts.event = Some(nowhere.clone());
            let mail = templates.render(purpose, &facts).unwrap();
            subjects.push(mail.subject);
            texts.push(mail.text);
        }
    }

    assert!(subjects.iter().all(|subject| !subject.trim_end().ends_with(',')), "{subjects:?}");
    for text in texts {
        assert!(!text.contains(", )") && !text.lines().any(|line| line.trim() == "Where"), "{text}");
    }
}

#[test]
fn what_is_offered_for_a_long_title_with_braces_can_be_sent() {
    let templates = templates();
    let long = EventFacts { title: "A {strange} title. ".repeat(10), ..samples::event() };
    let short_title = "A {strange} title ".repeat(10);
    let long = EventFacts { short_title, ..long };

    for purpose in [Purpose::Invitation, Purpose::Reminder] {
        let subject = templates.default_subject(purpose, &long).unwrap();
        assert!(subject.chars().count() <= 150 && !subject.contains('{'), "{subject}");
        let letter = templates.default_letter(purpose, &long).unwrap();
        CommitteeText::parse_letter(&letter).unwrap();
    }
}

#[test]
fn the_short_title_stands_in_subjects_footers_and_the_senders_name() {
    let templates = templates();
    for purpose in PURPOSES {
        for facts in samples::all(purpose).into_iter().filter(|f| f.event.is_some()) {
            let facts = Facts {
                event: Some(EventFacts {
                    title: "FULL".into(),
                    short_title: "SHORT".into(),
                    ..samples::event()
                }),
                ..facts
            };
            let rendered = templates.render(purpose, &facts).unwrap();
            let footer = rendered.text.rsplit("-- \n").next().unwrap();
            assert!(!rendered.subject.contains("FULL") && !footer.contains("FULL"), "{rendered:?}");
        }
    }
    assert_eq!(sender_name(Some(&samples::event()), "rsvp.example.org"), "Netconf 2019 committee");
}

#[test]
fn an_offered_letter_is_wrapped_after_the_facts_are_filled_in() {
    let templates = templates();
    for title in [
        "Linux Kernel Developers' Netconf 2019",
        "Linux Kernel Networking Developers' Conference",
        &"long title ".repeat(12),
    ] {
        let title = title.trim().to_owned();
        let event = EventFacts { short_title: title.clone(), title, ..samples::event() };
        for purpose in [Purpose::Invitation, Purpose::Reminder] {
            let letter = templates.default_letter(purpose, &event).unwrap();

            assert!(letter.lines().all(|line| line.chars().count() <= 72), "{letter}");
            let facts = Facts { letter: Some(letter.clone()), ..samples::facts(purpose) };
            let text = templates.render(purpose, &facts).unwrap().text;
            assert!(text.starts_with(letter.split("{personal_line}").next().unwrap()), "{text}");
        }
    }
}

#[test]
fn the_offered_letter_can_be_sent_as_it_is() {
    let templates = templates();

    for purpose in [Purpose::Invitation, Purpose::Reminder] {
        let letter = templates.default_letter(purpose, &samples::event()).unwrap();
        let letter = CommitteeText::parse_letter(&letter).unwrap().expand(&Values {
            first_name: "Toke",
            name: "Toke Høiland-Jørgensen",
            link: placeholder::LINK,
            answer_by: "Fri 24 May 2019, end of day, Boston time",
            personal_line: "",
        });
        let facts = Facts { letter: Some(letter), ..samples::facts(purpose) };

        let text = templates.render(purpose, &facts).unwrap().text;

        assert!(text.starts_with("Hello Toke,\n\n"), "{text}");
        assert!(text.contains(&format!("\n\n    {}\n\n", placeholder::LINK)), "{text}");
        assert!(!text.contains(['{', '}']) && !text.contains("\n\n\n"), "{text}");
    }
}

#[test]
fn nothing_in_the_shipped_templates_needs_mending() {
    assert_eq!(templates().check(), []);
}

#[test]
fn text_and_html_say_the_same_words() {
    let templates = templates();

    for purpose in PURPOSES {
        for mut facts in samples::all(purpose) {
            if let Some(event) = &mut facts.event {
                event.html_mail = true;
            }
            let rendered = templates.render(purpose, &facts).unwrap();
            if let Some(html) = rendered.html {
                assert_eq!(sorted_words(&rendered.text), words_of_html(&html), "{purpose:?}");
            }
        }
    }
}

#[test]
fn lines_fit_and_none_starts_like_a_mailbox_separator() {
    let templates = templates();

    for purpose in PURPOSES {
        for facts in samples::all(purpose) {
            let text = templates.render(purpose, &facts).unwrap().text;
            assert!(!text.lines().any(|l| l.starts_with("From ")), "{text}");
            assert!(text.ends_with('\n') && !text.contains("\n\n\n"), "{text}");
        }
    }
}

#[test]
fn silence_is_spoken_of_only_when_the_settings_act_on_it() {
    let templates = templates();

    for purpose in PURPOSES {
        for mut facts in samples::all(purpose) {
            facts.silence = Default::default();
            let text = templates.render(purpose, &facts).unwrap().text;
            for word in
                ["hold a seat", "hold your seat", "lapses", "write once more", "stop writing", "or held"]
            {
                assert!(!text.contains(word), "{purpose:?} says {word:?}:\n{text}");
            }
        }
    }
}

#[test]
fn every_mail_to_an_invitee_has_the_link_once_on_its_own_line() {
    let templates = templates();

    for purpose in PURPOSES {
        for facts in samples::all(purpose).into_iter().filter(|f| f.event.is_some()) {
            let text = templates.render(purpose, &facts).unwrap().text;
            let lines: Vec<&str> = text.lines().filter(|l| l.contains('\u{1}')).collect();
            // The committee's own mail carries nobody's link, and a cancelled event has nothing to answer.
            let none = matches!(
                purpose,
                Purpose::Digest | Purpose::ReleaseWanted | Purpose::RoleGiven | Purpose::Cancellation
            );
            let expected: &[&str] = if none { &[] } else { &["    \u{1}link\u{1}"] };
            assert_eq!(lines, expected, "{purpose:?}");
        }
    }
}

#[test]
fn no_mail_promises_an_answer_by_mail_or_calendar_without_inbound_mail() {
    let templates = templates();

    for purpose in PURPOSES {
        for facts in samples::all(purpose) {
            let text = templates.render(purpose, &facts).unwrap().text.to_lowercase();
            assert!(!text.contains("first line") && !text.contains("reply with"), "{text}");
        }
    }
}

#[test]
fn typed_text_reaches_the_mail_without_control_characters() {
    let templates = templates();
    let hostile = "A\r\nBcc: x@example.org\0\u{1b}[31m\u{202e}\u{1}unsubscribe\u{1}{{ link }}<b>\u{85}";

    for purpose in PURPOSES {
        for mut facts in samples::all(purpose) {
            spoil(&mut facts, hostile);
            let rendered = templates.render(purpose, &facts).unwrap();
            let html = rendered.html.clone().unwrap_or_default();
            for part in [&rendered.subject, &rendered.text, &html] {
                let left = part.replace("\u{1}link\u{1}", "").replace("\u{1}sign-in-link\u{1}", "");
                let left = left.replace("\u{1}sign-in-code\u{1}", "");
                assert!(!left.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{part:?}");
            }
            assert!(!rendered.subject.contains('\n'));
            assert!(!html.contains("<b>"));
            assert!(!rendered.text.contains("\nBcc:"));
        }
    }
}

fn spoil(facts: &mut Facts, with: &str) {
    facts.to.name = with.to_owned();
    facts.to.greeting = with.to_owned();
    if let Some(event) = &mut facts.event {
        event.title = with.to_owned();
        event.short_title = with.to_owned();
        event.place = with.to_owned();
        event.committee = vec![with.to_owned()];
        event.html_mail = true;
    }
    if let Some(subject) = &mut facts.subject {
        *subject = with.to_owned();
    }
    if let Some(answer) = &mut facts.answer {
        answer.by = with.to_owned();
        answer.topics = vec![with.to_owned()];
    }
    if let Some(sign_in) = &mut facts.sign_in {
        sign_in.asked_from = with.to_owned();
    }
}

#[test]
fn an_operators_file_replaces_ours_and_a_stranger_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("link")).unwrap();
    std::fs::write(dir.path().join("link/subject.txt"), "Your page at {{ event.title }}").unwrap();
    std::fs::write(dir.path().join("link/bodi.txt"), "x").unwrap();

    let templates = Templates::load(Some(dir.path())).unwrap();

    let rendered = templates.render(Purpose::Link, &samples::facts(Purpose::Link)).unwrap();
    assert_eq!(rendered.subject, "Your page at Linux Kernel Developers' Netconf 2019");
    let problems = templates.check();
    assert_eq!(problems.len(), 1);
    assert_eq!(
        (problems[0].file.as_str(), problems[0].reason.as_str()),
        ("link/bodi.txt", "replaces no template")
    );
}

#[test]
fn a_mistake_is_named_with_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("link")).unwrap();
    std::fs::write(dir.path().join("link/body.txt"), "one\n{{ event.titel }}\n").unwrap();
    std::fs::create_dir(dir.path().join("test")).unwrap();
    std::fs::write(
        dir.path().join("test/body.txt"),
        "{% for x in range(10000) %}{% for y in range(10000) %}{% endfor %}{% endfor %}",
    )
    .unwrap();

    let problems = Templates::load(Some(dir.path())).unwrap().check();

    let files: Vec<(&str, Option<usize>)> = problems.iter().map(|p| (p.file.as_str(), p.line)).collect();
    assert_eq!(files, [("link/body.txt", Some(2)), ("test/body.txt", Some(1))]);
}

#[test]
fn a_directory_that_is_not_there_is_refused() {
    let error = Templates::load(Some(std::path::Path::new("nowhere/at/all"))).unwrap_err();

    assert_eq!(error.file, "nowhere/at/all");
}
