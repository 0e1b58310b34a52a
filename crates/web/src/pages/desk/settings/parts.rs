//! Which setting is on which page, and how it is asked for.

use crate::components::Field;
use crate::forms::Form;

/// A page of settings.
pub(super) struct Part {
    /// In the address.
    pub word: &'static str,
    pub name: &'static str,
    pub lede: &'static str,
    pub keys: &'static [Key],
}

/// One key of core's `Event::set`.
pub(super) struct Key {
    pub key: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub control: Control,
}

/// How it is typed.
pub(super) enum Control {
    Line,
    Address,
    Number,
    Day,
    Hour,
    Area(u8),
    Tick,
    Radios(&'static [(&'static str, &'static str)]),
}

impl Key {
    /// The field with its value.
    pub(super) fn field(&self, form: &Form) -> Field {
        let field = match self.control {
            Control::Line => form.text(self.key, self.label),
            Control::Address => form.email(self.key, self.label).autocomplete("off"),
            Control::Number => form.number(self.key, self.label),
            Control::Day => form.date(self.key, self.label),
            Control::Hour => form.time(self.key, self.label),
            Control::Area(rows) => form.area(self.key, self.label).rows(rows),
            Control::Tick => form.tick(self.key, self.label),
            Control::Radios(choices) => form.radios(self.key, self.label, choices),
        };
        if self.hint.is_empty() { field } else { field.hint(self.hint) }
    }
}

const fn key(key: &'static str, label: &'static str, hint: &'static str, control: Control) -> Key {
    Key { key, label, hint, control }
}

/// Every part, in the order of the summary.
pub(super) const PARTS: [Part; 7] = [
    Part {
        word: "name",
        name: "Name and words",
        lede: "Mails and pages call the event by these.",
        keys: &[
            key("title", "Name", "", Control::Line),
            key("short_title", "Name in passing", "For subjects and headings; optional.", Control::Line),
            key(
                "slug",
                "Short name",
                "In addresses and commands; fixed once a mail has left.",
                Control::Line,
            ),
            key("epigraph", "Motto", "Stands above everything on the page; optional.", Control::Area(2)),
            key("intro", "Description", "What it is and whom it is for; optional.", Control::Area(8)),
        ],
    },
    Part {
        word: "dates",
        name: "When and where",
        lede: "After a change, look at the deadlines too.",
        keys: &[
            key("from", "First day", "", Control::Day),
            key("to", "Last day", "", Control::Day),
            key("starts", "Starts", "Each day, where it is; optional.", Control::Hour),
            key("ends", "Ends", "Optional.", Control::Hour),
            key("place", "Place", "Town first: Boston, MA.", Control::Line),
            key("zone", "Time zone", "Of the place, such as America/New_York.", Control::Line),
        ],
    },
    Part {
        word: "seats",
        name: "Seats",
        lede: "With fewer seats than before nobody loses one; nobody gets one either until there is room.",
        keys: &[
            key("seats", "Seats in the room", "", Control::Number),
            key("remote_seats", "Seats by video", "A number, unlimited, or off.", Control::Line),
            key(
                "policy",
                "What an open invitation does",
                "",
                Control::Radios(&[
                    ("hold", "Holds a seat until it is answered or lapses"),
                    ("over-invite", "Holds none: more are invited than there are seats"),
                ]),
            ),
            key("over_invite", "How many more", "Only with the second choice.", Control::Number),
        ],
    },
    Part {
        word: "reserve",
        name: "Reserve",
        lede: "The waiting list comes first, always; so does whoever is on the list and not written to.",
        keys: &[
            key(
                "backfill",
                "When a seat comes free and nobody waits",
                "",
                Control::Radios(&[
                    ("propose", "The next of the reserve is proposed to you"),
                    ("automatic", "The next of the reserve is written to by itself"),
                ]),
            ),
            key(
                "backfill_until",
                "By itself until",
                "Only with the second choice; empty is the day answers close.",
                Control::Day,
            ),
            key(
                "backfill_subject",
                "Subject of that letter",
                "Empty takes the one of the last wave.",
                Control::Line,
            ),
            key(
                "backfill_text",
                "Text of that letter",
                "Empty takes the one of the last wave. It needs {link} alone on a line.",
                Control::Area(10),
            ),
        ],
    },
    Part {
        word: "answers",
        name: "Answers and topics",
        lede: "A deadline day ends at the next local midnight.",
        keys: &[
            key(
                "answers_close",
                "Answers close",
                "After this day an answer becomes a request to you.",
                Control::Day,
            ),
            key("topics_by", "Topics by", "Later ones are marked late.", Control::Day),
            key("details_by", "Details by", "Optional; what you ask after a yes.", Control::Day),
            key(
                "guests",
                "People may bring somebody",
                "Whom they bring takes a seat; without this it is a note to you.",
                Control::Tick,
            ),
            key(
                "lapse",
                "Silence lapses by itself",
                "Past the reply-by date the seat goes on; without this it waits for you.",
                Control::Tick,
            ),
            key(
                "tentative",
                "Invitees may say \u{201c}I can't say yet\u{201d}",
                "With a reason and a day; it keeps the seat until then.",
                Control::Tick,
            ),
        ],
    },
    Part {
        word: "mail",
        name: "Mail",
        lede: "What has left is not changed by this.",
        keys: &[
            key("reply_to", "Replies go to", "A person should read it.", Control::Address),
            key(
                "hold",
                "Minutes a wave waits before it leaves",
                "You can stop it until then.",
                Control::Number,
            ),
            key(
                "reminder",
                "Remind the silent by itself",
                "How many days before the reply-by date, such as 4; or off.",
                Control::Line,
            ),
            key(
                "approval",
                "Two members for every wave",
                "What one member wrote leaves when another one released it; a chair may say why not.",
                Control::Tick,
            ),
            key("html_mail", "Send HTML beside the text", "The text is always complete.", Control::Tick),
            key(
                "calendar_rsvp",
                "Take the calendar's own answer buttons",
                "Works only where mail comes in.",
                Control::Tick,
            ),
        ],
    },
    Part {
        word: "page",
        name: "Public page",
        lede: "Nobody is named who did not agree.",
        keys: &[
            key(
                "page",
                "What anybody may see",
                "",
                Control::Radios(&[
                    ("off", "Nothing"),
                    ("facts", "Name, dates, place and committee"),
                    ("full", "Also accepted topics and those who agreed to be named"),
                ]),
            ),
            key(
                "page_order",
                "Order of people",
                "",
                Control::Radios(&[("list", "As on the list"), ("name", "By name")]),
            ),
            key(
                "nominations",
                "May people ask to be invited?",
                "A form on the public page makes them candidates, never invitees.",
                Control::Radios(&[("off", "No"), ("open", "Yes, by a form on the page")]),
            ),
            key("sponsors", "Sponsors", "One on each line; optional.", Control::Area(4)),
        ],
    },
];
