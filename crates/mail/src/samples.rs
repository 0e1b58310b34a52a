//! Made-up facts that try a template: every answer, no name, names that are long and not ASCII.
//!
//! Used by `mail templates check`, by tests, and wherever an organiser wants to see a mail before
//! there is anybody to write to.

use conclave_core::change::Difference;
use conclave_core::facts::{
    AnswerFacts, CalendarFacts, ChangeFacts, DigestFacts, DigestNeed, EventFacts, Facts, PastAnswer,
    Recipient, ReleaseFacts, SeatFacts, SignInFacts, Silence, SupportFacts, placeholder,
};
use conclave_core::purpose::Purpose;

/// Words an answer may be, in the order of `AnswerFacts::value`.
pub const ANSWERS: [&str; 6] = ["accepted", "tentative", "declined", "waiting", "cancelled", "lapsed"];

/// An invitee's letter as it is after expansion.
const LETTER: &str = "Hello Toke,

You are invited to Linux Kernel Developers' Netconf 2019.

    When       Thu 20 - Fri 21 June 2019
    Where      Boston, MA
    Answer by  Fri 24 May 2019, end of day, Boston time

Your XDP feature series would be a fine topic.

Will you come? Please say yes or no on your own page, no account
needed:

    \u{1}link\u{1}

David Miller and Daniel Borkmann
";

/// An event with everything filled in.
#[must_use]
pub fn event() -> EventFacts {
    EventFacts {
        slug: "netconf-2019".to_owned(),
        title: "Linux Kernel Developers' Netconf 2019".to_owned(),
        short_title: "Netconf 2019".to_owned(),
        place: "Boston, MA".to_owned(),
        dates: "Thu 20 - Fri 21 June 2019".to_owned(),
        dates_short: "20-21 June 2019".to_owned(),
        hours: Some("09:30 - 16:45, Boston time".to_owned()),
        committee: vec!["David Miller".to_owned(), "Daniel Borkmann".to_owned()],
        reply_to: "committee@netconf.example.org".to_owned(),
        html_mail: false,
    }
}

/// Facts for a plain mail of this purpose; receipts confirm an acceptance.
#[must_use]
pub fn facts(purpose: Purpose) -> Facts {
    let committee = matches!(purpose, Purpose::SignIn | Purpose::SetUp | Purpose::Test);
    Facts {
        site: "rsvp.example.org".to_owned(),
        privacy_url: "https://rsvp.example.org/privacy".to_owned(),
        to: Recipient {
            name: "Toke Høiland-Jørgensen".to_owned(),
            greeting: "Toke".to_owned(),
            address: "toke@xdp.example.org".to_owned(),
        },
        event: (!committee).then(event),
        letter: purpose.is_a_letter().then(|| LETTER.to_owned()),
        subject: None,
        answer_by: Some("Fri 24 May 2019, end of day, Boston time".to_owned()),
        silence: Silence { holds_a_seat: true, lapses: true, reminds: true, reminds_twice: false },
        answer: (purpose == Purpose::Receipt).then(|| answer("accepted")),
        sign_in: matches!(purpose, Purpose::SignIn | Purpose::SetUp).then(|| SignInFacts {
            minutes: if purpose == Purpose::SetUp { 72 * 60 } else { 15 },
            asked_at: "09:31 UTC".to_owned(),
            asked_from: "Firefox on Linux".to_owned(),
            added_by: String::new(),
            role: String::new(),
        }),
        calendar: match purpose {
            Purpose::Receipt | Purpose::SeatFreed => Some(calendar("CONFIRMED", 0)),
            Purpose::Change => Some(calendar("CONFIRMED", 1)),
            Purpose::Cancellation => Some(calendar("CANCELLED", 1)),
            _ => None,
        },
        change: match purpose {
            Purpose::Change => Some(change("moved", "accepted")),
            Purpose::Cancellation => Some(change("cancelled", "accepted")),
            Purpose::Reconfirm => Some(change("reconfirm", "accepted")),
            _ => None,
        },
        record: (purpose == Purpose::Record).then(|| {
            "Name     Toke Høiland-Jørgensen\nAddress  toke@xdp.example.org\n\nAnswers\n    accepted  2019-05-14T09:12:44Z  page\n"
                .to_owned()
        }),
        digest: (purpose == Purpose::Digest).then(digest),
        support: (purpose == Purpose::SupportDecided)
            .then(|| SupportFacts { is_granted: true, amount: "up to 600 EUR".to_owned() }),
        seat: (purpose == Purpose::RoleGiven).then(|| SeatFacts {
            role: "member".to_owned(),
            added_by: "Daniel Borkmann".to_owned(),
            url: "https://rsvp.example.org/c/netconf-2019".to_owned(),
        }),
        release: (purpose == Purpose::ReleaseWanted).then(|| ReleaseFacts {
            wave: "Wave 2".to_owned(),
            what: "wave 2".to_owned(),
            subject: "Invitation: Netconf 2019".to_owned(),
            people: "12 people".to_owned(),
            by: "Daniel Borkmann".to_owned(),
            url: "https://rsvp.example.org/c/netconf-2019/mail/2/check".to_owned(),
        }),
    }
}

fn digest() -> DigestFacts {
    let desk = "https://rsvp.example.org/c/netconf-2019";
    DigestFacts {
        headline: "16 of 20, 1 thing needs you".to_owned(),
        today: "Tue 14 May 2019, 37 days to go".to_owned(),
        counts: "    Accepted   16  +1  of 20 seats\n    Held        4      3 silent, 1 bounced\n    \
                 Waiting     1  +1\n    Declined    2  -1"
            .to_owned(),
        needs: vec![DigestNeed {
            text: "Hana Sato's address bounces".to_owned(),
            url: format!("{desk}/invitees/k7fqm2xw93"),
        }],
        since: "Mon 13 May 2019, 07:00, Boston time".to_owned(),
        changes: "    Ren Okafor            accepted\n    Tomás Rey             declined, now waiting"
            .to_owned(),
        next: "    20 May  planned reminder to whoever is silent\n    24 May  answers close".to_owned(),
        rhythm: "Daily at 07:00, Boston time, only if something happened.".to_owned(),
        stop_url: format!("{desk}/digest"),
    }
}

/// The same to a person whose name is ASCII, so that the raw message reads as it was written.
#[must_use]
pub fn plain(purpose: Purpose) -> Facts {
    let mut facts = facts(purpose);
    facts.to.name = "Toke Hoiland-Jorgensen".to_owned();
    facts
}

/// A receipt for this answer.
#[must_use]
pub fn receipt(value: &str) -> Facts {
    let mut facts = facts(Purpose::Receipt);
    facts.answer = Some(answer(value));
    facts.calendar = match value {
        "accepted" => Some(calendar("CONFIRMED", 0)),
        "cancelled" => Some(calendar("CANCELLED", 1)),
        _ => None,
    };
    facts
}

/// An answer given on the page by the invitee.
#[must_use]
pub fn answer(value: &str) -> AnswerFacts {
    AnswerFacts {
        value: value.to_owned(),
        was: None,
        at: "Tue, 14 May 2019 09:12:44 +0000".to_owned(),
        by: "you".to_owned(),
        by_you: true,
        via: "page".to_owned(),
        remote: false,
        place_in_line: (value == "waiting").then_some(1),
        until: (value == "tentative").then(|| "Fri 31 May 2019, end of day, Boston time".to_owned()),
        change_until: Some("Thu 13 June 2019, end of day, Boston time".to_owned()),
        topics_until: (value == "accepted").then(|| "Fri 31 May 2019".to_owned()),
        topics: Vec::new(),
        late: false,
        was_this_you: false,
    }
}

/// A change, as somebody with this answer (or `none`) is told of it.
#[must_use]
pub fn change(kind: &str, answer: &str) -> ChangeFacts {
    let line = |what: &str, was: &str, is: &str| Difference {
        what: what.to_owned(),
        was: was.to_owned(),
        is: is.to_owned(),
    };
    let moved = matches!(kind, "moved" | "small");
    let asks_again =
        matches!(kind, "moved" | "revived" | "reconfirm") && matches!(answer, "accepted" | "tentative");
    ChangeFacts {
        kind: kind.to_owned(),
        lines: if moved {
            vec![
                line("When", "Thu 13 - Fri 14 June 2019", "Thu 20 - Fri 21 June 2019"),
                line("Where", "12 Sample Street, Toronto, 4th floor", "Boston, MA"),
            ]
        } else {
            Vec::new()
        },
        gist: if moved { "new date and place".to_owned() } else { String::new() },
        note: "The venue lost its roof.\nSorry.".to_owned(),
        by: "David Miller".to_owned(),
        answer: answer.to_owned(),
        asks_again,
        by_day: asks_again.then(|| "Fri 31 May 2019, end of day, Boston time".to_owned()),
    }
}

/// The entry of one invitee's calendar.
#[must_use]
pub fn calendar(status: &str, sequence: u32) -> CalendarFacts {
    CalendarFacts {
        method: "PUBLISH".to_owned(),
        uid: "inv-0190f3c2@rsvp.example.org".to_owned(),
        sequence,
        dtstamp: "20190514T091244Z".to_owned(),
        start: "20190620".to_owned(),
        end: "20190622".to_owned(),
        summary: "Netconf 2019".to_owned(),
        location: "Boston, MA".to_owned(),
        status: status.to_owned(),
        url: None,
    }
}

/// Every sample of a purpose, the plain one first.
#[must_use]
pub fn all(purpose: Purpose) -> Vec<Facts> {
    let mut all = vec![facts(purpose)];
    if purpose == Purpose::Receipt {
        for value in ANSWERS {
            all.push(receipt(value));
            let mut changed = receipt(value);
            if let Some(answer) = &mut changed.answer {
                answer.was = Some(PastAnswer {
                    value: "declined".to_owned(),
                    at: "Mon, 6 May 2019 07:30:00 +0000".to_owned(),
                });
                answer.by = "David Miller, from your mail".to_owned();
                answer.by_you = false;
                answer.via = "mail".to_owned();
                answer.late = true;
                answer.was_this_you = true;
                answer.place_in_line = Some(12);
                answer.topics =
                    vec!["XDP feature detection".to_owned(), "Bloating the skb again, ".repeat(6)];
            }
            all.push(changed);
        }
    }
    if purpose.announces() {
        let kinds: &[&str] = match purpose {
            Purpose::Change => &["moved", "small", "revived"],
            Purpose::Cancellation => &["cancelled"],
            _ => &["reconfirm"],
        };
        for kind in kinds {
            for answer in ANSWERS.into_iter().chain(["none"]) {
                let change = Some(change(kind, answer));
                all.push(Facts { change, calendar: None, ..facts(purpose) });
            }
        }
    }
    let plain = all.clone();
    for facts in plain {
        all.push(bare(facts.clone()));
        all.push(hard(facts));
    }
    all
}

/// No name, nothing promised, nothing optional.
fn bare(mut facts: Facts) -> Facts {
    facts.to.name = String::new();
    facts.to.greeting = facts.to.address.clone();
    facts.answer_by = None;
    facts.silence = Silence::default();
    facts.calendar = None;
    if let Some(event) = &mut facts.event {
        event.hours = None;
        event.committee = vec!["The committee".to_owned()];
    }
    if let Some(answer) = &mut facts.answer {
        answer.change_until = None;
        answer.topics_until = None;
        answer.until = None;
        answer.place_in_line = None;
        answer.topics = Vec::new();
    }
    if let Some(change) = &mut facts.change {
        change.lines.clear();
        change.gist.clear();
        change.note.clear();
        change.by_day = None;
    }
    if let Some(sign_in) = &mut facts.sign_in {
        sign_in.asked_from = String::new();
    }
    facts
}

/// Long names in other scripts, a letter without line ends, and HTML.
fn hard(mut facts: Facts) -> Facts {
    facts.to.name = "Анна-Мария ".repeat(9) + "Høiland-Jørgensen, the \"Third\"";
    facts.to.greeting = "Анна-Мария".to_owned();
    facts.to.address = format!("{}@xn--bcher-kva.example", "a".repeat(60));
    if let Some(event) = &mut facts.event {
        event.title = "Workshop on networking, 日本語 and other things ".repeat(3).trim().to_owned();
        event.short_title.clone_from(&event.title);
        event.place = "12 Sample Street, Boston, 4th floor, through the second door on the left".to_owned();
        event.committee = vec!["Tomás Rey".to_owned(), "Hana Sato".to_owned(), "佐藤 花".to_owned()];
        event.html_mail = true;
    }
    if let Some(letter) = &mut facts.letter {
        *letter = format!(
            "Hello,\n\n{}\n\n{}\n",
            "From here on this is one long line, as a browser's text field makes it. ".repeat(6),
            placeholder::LINK
        );
    }
    facts
}
