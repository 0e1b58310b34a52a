//! The bytes of a message, read back by another library.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use chrono::{DateTime, Utc};
use conclave_core::facts::Facts;
use conclave_core::purpose::{PURPOSES, Purpose};
use conclave_mail::compose::{ComposeError, Outgoing, Secrets, compose, reply_subject};
use conclave_mail::samples;
use conclave_mail::templates::Templates;
use mail_parser::{Message, MessageParser, MimeHeaders as _};

const LINK: &str = "https://rsvp.example.org/i/k7fqm2xw93hdvv5c0tbn4s8e1y";
const UNSUBSCRIBE: &str = "https://rsvp.example.org/u/9q2b7v5c0tbn4s8e1yk7fqm2xw";

fn secrets() -> Secrets {
    Secrets {
        link: Some(LINK.to_owned().into()),
        unsubscribe: Some(UNSUBSCRIBE.to_owned().into()),
        sign_in_link: Some("https://rsvp.example.org/login/v2m8k1x49qtz7wny".to_owned().into()),
        sign_in_code: Some("TQ4R-9MXC".to_owned().into()),
    }
}

fn date() -> DateTime<Utc> {
    "2026-11-22T16:32:25Z".parse().unwrap()
}

fn try_made(purpose: Purpose, facts: &Facts, thread: &[String]) -> Result<Vec<u8>, ComposeError> {
    let rendered = Templates::load(None).unwrap().render(purpose, facts).unwrap();
    let secrets = secrets();
    compose(&Outgoing {
        purpose,
        facts,
        rendered: &rendered,
        subject: &rendered.subject,
        message_id: "invitation.0190f3c2.0@rsvp.example.org",
        date: date(),
        boundary: "0190f3c2b7",
        thread,
        from_address: "netconf@rsvp.example.org",
        reply_to: None,
        secrets: &secrets,
    })
}

fn made(purpose: Purpose, facts: &Facts) -> String {
    String::from_utf8(try_made(purpose, facts, &[]).unwrap()).unwrap()
}

fn parsed(raw: &str) -> Message<'_> {
    MessageParser::default().parse(raw.as_bytes()).unwrap()
}

fn header_lines<'a>(raw: &'a str, name: &str) -> Vec<&'a str> {
    let head = raw.split("\r\n\r\n").next().unwrap();
    head.split("\r\n")
        .filter(|l| l.to_lowercase().starts_with(&format!("{}:", name.to_lowercase())))
        .collect()
}

fn every_sample() -> Vec<(Purpose, Facts)> {
    PURPOSES.into_iter().flat_map(|p| samples::all(p).into_iter().map(move |f| (p, f))).collect()
}

#[test]
fn an_invitation_looks_like_this() {
    let mut facts = samples::facts(Purpose::Invitation);
    facts.to.name = "Joerg Mueller".to_owned();

    insta::assert_snapshot!("invitation_plain", made(Purpose::Invitation, &facts).replace("\r\n", "\n"));
}

#[test]
fn an_acceptance_in_text_and_html_with_a_calendar_file_looks_like_this() {
    let mut facts = samples::receipt("accepted");
    facts.event.as_mut().unwrap().html_mail = true;

    insta::assert_snapshot!("receipt_with_everything", made(Purpose::Receipt, &facts).replace("\r\n", "\n"));
}

#[test]
fn the_same_row_gives_the_same_bytes() {
    for (purpose, facts) in every_sample() {
        assert_eq!(made(purpose, &facts), made(purpose, &facts));
    }
}

#[test]
fn every_message_has_each_needed_header_once_and_none_that_is_not_wanted() {
    for (purpose, facts) in every_sample() {
        let raw = made(purpose, &facts);
        let once = [
            "From",
            "To",
            "Date",
            "Subject",
            "Message-ID",
            "MIME-Version",
            "Content-Type",
            "Auto-Submitted",
            "X-Auto-Response-Suppress",
        ];
        for name in once {
            assert_eq!(header_lines(&raw, name).len(), 1, "{name} in\n{raw}");
        }
        for name in
            ["Bcc", "Cc", "X-Priority", "Precedence", "X-Mailer", "User-Agent", "List-Id", "Return-Path"]
        {
            assert_eq!(header_lines(&raw, name), Vec::<&str>::new(), "{raw}");
        }
        assert_eq!(header_lines(&raw, "Auto-Submitted"), ["Auto-Submitted: auto-generated"]);
        assert_eq!(
            header_lines(&raw, "X-Auto-Response-Suppress"),
            ["X-Auto-Response-Suppress: OOF, AutoReply"]
        );

        let message = parsed(&raw);
        assert_eq!(message.message_id(), Some("invitation.0190f3c2.0@rsvp.example.org"));
        assert_eq!(message.date().unwrap().to_timestamp(), date().timestamp());
        assert_eq!(message.to().unwrap().first().unwrap().address(), Some(facts.to.address.as_str()));
        assert_eq!(message.to().unwrap().iter().count(), 1);
        let reply_to = message.reply_to().and_then(|a| a.first()).and_then(|a| a.address());
        assert_eq!(reply_to, facts.event.as_ref().map(|e| e.reply_to.as_str()));
    }
}

#[test]
fn only_mail_that_nobody_asked_for_can_be_muted() {
    for (purpose, facts) in every_sample() {
        let raw = made(purpose, &facts);
        let unfolded = raw.replace("\r\n ", " ");
        let unasked = [Purpose::Invitation, Purpose::Reminder, Purpose::TopicReminder, Purpose::TentativeDue];
        if unasked.contains(&purpose) {
            assert_eq!(
                header_lines(&unfolded, "List-Unsubscribe"),
                [format!("List-Unsubscribe: <{UNSUBSCRIBE}>")]
            );
            assert_eq!(
                header_lines(&raw, "List-Unsubscribe-Post"),
                ["List-Unsubscribe-Post: List-Unsubscribe=One-Click"]
            );
        } else {
            assert!(!raw.contains("List-Unsubscribe"));
        }
    }
}

#[test]
fn nothing_on_the_wire_is_too_long_or_not_ascii_or_a_bare_line_end() {
    for (purpose, facts) in every_sample() {
        let raw = made(purpose, &facts);
        assert!(raw.is_ascii());
        assert!(!raw.replace("\r\n", "").contains(['\r', '\n', '\0']));
        assert!(raw.split("\r\n").all(|l| l.len() <= 998 && !l.starts_with("From ")), "{raw}");
        assert!(!raw.contains('\u{1}'));
    }
}

#[test]
fn the_link_is_unbroken_in_the_raw_message_whatever_the_names() {
    let to_invitees = |(purpose, facts): &(Purpose, Facts)| {
        facts.event.is_some()
            && !matches!(
                purpose,
                Purpose::Digest | Purpose::ReleaseWanted | Purpose::RoleGiven | Purpose::Cancellation
            )
    };
    for (purpose, facts) in every_sample().into_iter().filter(to_invitees) {
        let raw = made(purpose, &facts);
        assert!(raw.contains(&format!("\r\n    {LINK}\r\n")), "{raw}");
    }
}

#[test]
fn ascii_text_is_seven_bit_other_text_is_quoted_printable_and_nothing_is_base64() {
    let mut ascii = samples::facts(Purpose::Invitation);
    ascii.to.name = "Joerg Mueller".to_owned();
    let raw = made(Purpose::Invitation, &ascii);
    assert_eq!(header_lines(&raw, "Content-Transfer-Encoding"), ["Content-Transfer-Encoding: 7bit"]);
    assert_eq!(header_lines(&raw, "Content-Type"), ["Content-Type: text/plain; charset=us-ascii"]);
    let body = raw.split_once("\r\n\r\n").unwrap().1;
    assert!(body.split("\r\n").all(|l| l.len() <= 72 || l.contains(LINK)));

    for (purpose, facts) in every_sample() {
        assert!(!made(purpose, &facts).contains("base64"));
    }
    let mut cyrillic = samples::facts(Purpose::Invitation);
    cyrillic.letter = Some(format!("{}\n\n{}\n", "Приглашаем вас. ".repeat(10), "\u{1}link\u{1}"));
    let raw = made(Purpose::Invitation, &cyrillic);
    assert!(raw.contains("quoted-printable"));
    assert!(parsed(&raw).body_text(0).unwrap().contains("Приглашаем вас."));
}

#[test]
fn what_was_rendered_is_what_is_read() {
    let templates = Templates::load(None).unwrap();
    for (purpose, facts) in every_sample() {
        let rendered = templates.render(purpose, &facts).unwrap();
        let raw = made(purpose, &facts);
        let message = parsed(&raw);
        let expected = rendered
            .text
            .replace("\u{1}link\u{1}", LINK)
            .replace("\u{1}sign-in-link\u{1}", "https://rsvp.example.org/login/v2m8k1x49qtz7wny")
            .replace("\u{1}sign-in-code\u{1}", "TQ4R-9MXC");
        assert_eq!(message.body_text(0).unwrap().replace("\r\n", "\n").trim_end(), expected.trim_end());
        assert_eq!(
            message.subject().unwrap(),
            rendered.subject.replace("\u{1}sign-in-code\u{1}", "TQ4R-9MXC")
        );
    }
}

#[test]
fn no_calendar_asks_for_an_answer_and_none_holds_the_personal_link() {
    for (purpose, facts) in every_sample() {
        let raw = made(purpose, &facts);
        assert!(!raw.contains("METHOD:REQUEST") && !raw.contains("ATTENDEE"));
        let message = parsed(&raw);
        let files: Vec<_> = message.attachments().collect();
        assert_eq!(files.len(), usize::from(facts.calendar.is_some()));
        for file in files {
            let ics = String::from_utf8(file.contents().to_vec()).unwrap();
            assert_eq!(file.content_type().unwrap().attribute("method"), Some("PUBLISH"));
            assert!(ics.contains("METHOD:PUBLISH\r\n"), "{ics:?}");
            assert_eq!(file.attachment_name(), Some("netconf-2019.ics"));
            assert!(!ics.contains("/i/") && !ics.contains("k7fqm2xw"));
            assert!(ics.split("\r\n").all(|l| l.len() <= 75));
        }
        if matches!(purpose, Purpose::Invitation | Purpose::Reminder) {
            assert!(!raw.contains("text/calendar"));
        }
    }
}

#[test]
fn a_seat_given_back_takes_the_entry_out_of_the_calendar() {
    let raw = made(Purpose::Receipt, &samples::receipt("cancelled"));

    let message = parsed(&raw);
    let ics = String::from_utf8(message.attachments().next().unwrap().contents().to_vec()).unwrap();
    assert!(ics.contains("STATUS:CANCELLED") && ics.contains("SEQUENCE:1"));
    assert!(ics.contains("UID:inv-0190f3c2@rsvp.example.org"));
}

#[test]
fn a_reminder_answers_the_invitation() {
    let thread = ["invitation.1@rsvp.example.org".to_owned(), "receipt.2@rsvp.example.org".to_owned()];
    let raw = try_made(Purpose::Reminder, &samples::facts(Purpose::Reminder), &thread).unwrap();
    let raw = String::from_utf8(raw).unwrap();

    let message = parsed(&raw);
    assert_eq!(message.in_reply_to().as_text(), Some("invitation.1@rsvp.example.org"));
    assert_eq!(message.references().as_text_list().unwrap().len(), 2);
    assert_eq!(reply_subject("Invitation: Netconf"), "Re: Invitation: Netconf");
    assert_eq!(reply_subject("RE: Invitation: Netconf"), "RE: Invitation: Netconf");
    assert_eq!(reply_subject("日本"), "Re: 日本");
}

#[test]
fn a_long_thread_keeps_its_first_and_latest_messages() {
    let thread: Vec<String> = (0..100).map(|n| format!("m{n}@rsvp.example.org")).collect();
    let raw = try_made(Purpose::Reminder, &samples::facts(Purpose::Reminder), &thread).unwrap();

    let message = MessageParser::default().parse(&raw).unwrap();
    let references = message.references().as_text_list().unwrap().to_vec();
    assert_eq!(references.len(), 21);
    assert_eq!(
        (references[0].as_ref(), references[20].as_ref()),
        ("m0@rsvp.example.org", "m99@rsvp.example.org")
    );
}

/// Names, titles and subjects that people type, or that somebody types on purpose.
fn hostile() -> Vec<String> {
    let mut all: Vec<String> = [
        "",
        " ",
        "\r\n",
        "A\r\nBcc: spy@example.org",
        "A\nX-Evil: 1",
        "A\rB",
        "A\0B",
        "\u{1b}[31mred\u{1b}[0m",
        "\u{202e}gnp.exe",
        "\u{2066}x\u{2069}",
        "O'Brien, \"Pat\" <pat@example.org>",
        "\"",
        "\\",
        "\\\"",
        "a,b;c:d",
        "(comment",
        "x' <spy@example.org>",
        "a',\r\nBcc: spy@example.org",
        "<>",
        "=?utf-8?q?=41?=",
        "=?",
        "Zoë",
        "日本語 花子",
        "👩\u{200d}🔬 Ada",
        "e\u{301}\u{301}\u{301}",
        "A\u{85}B",
        "A\u{2028}B",
        "\u{feff}A",
        "\u{7f}",
        "tab\there",
        "\u{1}link\u{1}",
        "{{ link }}",
        "-- ",
        "From ",
        ".",
        "..",
        "Re: Re:",
        "--0190f3c2b7",
    ]
    .map(str::to_owned)
    .to_vec();
    all.push("x".repeat(300));
    all.push("ж".repeat(300));
    all.push("word ".repeat(60));
    all.push("👩\u{200d}🔬".repeat(100));
    all
}

#[test]
fn no_name_title_subject_or_topic_breaks_a_message() {
    for typed in hostile() {
        for purpose in PURPOSES {
            let mut facts = samples::facts(purpose);
            facts.to.name.clone_from(&typed);
            facts.to.greeting.clone_from(&typed);
            facts.subject = (purpose.is_a_letter() || purpose.keeps_the_subject()).then(|| typed.clone());
            if let Some(event) = &mut facts.event {
                event.title.clone_from(&typed);
                event.short_title.clone_from(&typed);
                event.place.clone_from(&typed);
                event.slug.clone_from(&typed);
                event.committee = vec![typed.clone()];
                event.html_mail = true;
            }
            if let Some(answer) = &mut facts.answer {
                answer.topics = vec![typed.clone()];
                answer.by.clone_from(&typed);
                answer.by_you = false;
            }
            if let Some(calendar) = &mut facts.calendar {
                calendar.summary.clone_from(&typed);
                calendar.location.clone_from(&typed);
            }

            let raw = made(purpose, &facts);

            assert!(raw.is_ascii(), "{typed:?}");
            assert!(!raw.bytes().any(|b| b.is_ascii_control() && b != b'\r' && b != b'\n'), "{typed:?}");
            assert!(!raw.replace("\r\n", "").contains(['\r', '\n']), "{typed:?}");
            assert!(raw.split("\r\n").all(|l| l.len() <= 998), "{typed:?}");
            for name in ["Bcc", "X-Evil"] {
                assert_eq!(header_lines(&raw, name), Vec::<&str>::new(), "{typed:?}");
            }
            let message = parsed(&raw);
            assert_eq!(message.to().unwrap().iter().count(), 1, "{typed:?} in\n{raw}");
            assert_eq!(
                message.to().unwrap().first().unwrap().address(),
                Some("toke@xdp.example.org"),
                "{typed:?}"
            );
            assert_eq!(message.from().unwrap().first().unwrap().address(), Some("netconf@rsvp.example.org"));
            assert_eq!(message.attachments().count(), usize::from(facts.calendar.is_some()), "{typed:?}");
            let name = message.to().unwrap().first().unwrap().name().unwrap_or_default();
            assert!(!name.chars().any(char::is_control), "{name:?}");
        }
    }
}

#[test]
fn an_ordinary_name_arrives_as_it_was_typed() {
    for name in
        ["Toke Høiland-Jørgensen", "O'Brien, \"Pat\"", "日本語 花子", "Zoë 👩\u{200d}🔬", "J. R. (Bob) Dobbs"]
    {
        let mut facts = samples::facts(Purpose::Link);
        facts.to.name = name.to_owned();
        let raw = made(Purpose::Link, &facts);
        assert_eq!(parsed(&raw).to().unwrap().first().unwrap().name(), Some(name), "{raw}");
    }
}

#[test]
fn an_ascii_name_is_quoted_and_only_others_are_encoded() {
    let long = "word ".repeat(30).trim().to_owned();
    for (name, from) in [
        ("Developers' Netconf", "From: \"Developers' Netconf committee\" <netconf@rsvp.example.org>"),
        ("A \"B\" \\ C", "From: \"A \\\"B\\\" \\\\ C committee\" <netconf@rsvp.example.org>"),
        ("Développeurs", "From: =?utf-8?"),
        ("=?utf-8?q?x?=", "From: =?utf-8?"),
        (long.as_str(), "From: \"word word"),
    ] {
        let mut facts = samples::facts(Purpose::Link);
        facts.event.as_mut().unwrap().short_title = name.to_owned();
        let raw = made(Purpose::Link, &facts);
        assert!(header_lines(&raw, "From")[0].starts_with(from), "{raw}");
        let committee = format!("{name} committee");
        let message = parsed(&raw);
        for header in [message.from(), message.reply_to()] {
            assert_eq!(header.unwrap().first().unwrap().name(), Some(committee.as_str()), "{raw}");
        }
        if from.contains('"') {
            assert!(raw.split("\r\n").all(|line| line.len() <= 78), "{raw}");
        }
    }
}

#[test]
fn an_ascii_name_is_readable_in_the_raw_message_whatever_its_marks() {
    let title = "Developers' Netconf, 2019: XDP (and more)";
    for name in ["O'Brien, Pat", "Joerg Mueller", "X+Y / Z (Bob) & Co."] {
        let mut facts = samples::facts(Purpose::Link);
        facts.to.name = name.to_owned();
        facts.event.as_mut().unwrap().short_title = title.to_owned();

        let raw = made(Purpose::Link, &facts);

        let unfolded = raw.replace("\r\n ", " ");
        assert!(unfolded.contains(&format!("\r\nTo: \"{name}\" <")), "{raw}");
        assert!(unfolded.contains(&format!("\r\nFrom: \"{title} committee\" <")), "{raw}");
        assert_eq!(
            parsed(&raw).from().unwrap().first().unwrap().name().unwrap(),
            format!("{title} committee")
        );
    }

    let mut long = samples::facts(Purpose::Link);
    long.to.name = "d'Arc ".repeat(30).trim().to_owned();
    let raw = made(Purpose::Link, &long);
    assert!(raw.split("\r\n").all(|line| line.len() <= 78), "{raw}");
    assert_eq!(parsed(&raw).to().unwrap().first().unwrap().name(), Some(long.to.name.as_str()), "{raw}");
}

#[test]
fn an_address_beyond_ascii_is_composed_and_a_domain_is_sent_in_ascii_form() {
    let mut facts = samples::facts(Purpose::Link);
    facts.to.address = "jörg@example.net".to_owned();
    let raw = String::from_utf8(try_made(Purpose::Link, &facts, &[]).unwrap()).unwrap();
    assert!(raw.contains("jörg@example.net"));

    facts.to.address = "jorg@xn--bcher-kva.example".to_owned();
    assert!(made(Purpose::Link, &facts).contains("jorg@xn--bcher-kva.example"));
}

#[test]
fn what_cannot_be_a_message_is_refused_by_name() {
    let rendered =
        Templates::load(None).unwrap().render(Purpose::Link, &samples::facts(Purpose::Link)).unwrap();
    let facts = samples::facts(Purpose::Link);
    let (full, none) = (secrets(), Secrets::default());
    let broken = Secrets { link: Some("https://x/\r\nBcc: y".to_owned().into()), ..Secrets::default() };
    let good = Outgoing {
        purpose: Purpose::Link,
        facts: &facts,
        rendered: &rendered,
        subject: "Your link",
        message_id: "a@b",
        date: date(),
        boundary: "b",
        thread: &[],
        from_address: "a@example.org",
        reply_to: None,
        secrets: &full,
    };
    assert!(compose(&good).is_ok());

    let mut nobody = facts.clone();
    nobody.to.address = "nobody".to_owned();
    let ids = ["a b".to_owned()];
    let table = [
        (Outgoing { secrets: &none, ..good.clone() }, ComposeError::SecretMissing),
        (Outgoing { secrets: &broken, ..good.clone() }, ComposeError::SecretUnusable),
        (Outgoing { facts: &nobody, ..good.clone() }, ComposeError::BadRecipient),
        (Outgoing { from_address: "x", ..good.clone() }, ComposeError::BadSender),
        (Outgoing { reply_to: Some("x y@z"), ..good.clone() }, ComposeError::BadReplyTo),
        (Outgoing { message_id: "a@b>\r\nX: y", ..good.clone() }, ComposeError::BadMessageId),
        (Outgoing { thread: &ids, ..good.clone() }, ComposeError::BadMessageId),
        (Outgoing { boundary: "a\"b", ..good.clone() }, ComposeError::BadBoundary),
    ];
    for (outgoing, expected) in table {
        assert_eq!(compose(&outgoing), Err(expected));
    }
}

#[test]
fn secrets_are_not_printed() {
    let shown = format!("{:?}", secrets());

    assert!(!shown.contains("rsvp.example.org") && !shown.contains("TQ4R"), "{shown}");
}
