//! Every page and state that the gallery takes pictures of.
//!
//! The list people read, `tests/browser/pages.md`, is written from this one; a test holds them together.

/// A page in one of its states.
pub struct Page {
    /// What the picture is called.
    pub name: &'static str,
    /// How to come to it.
    pub reached: &'static str,
    /// The file of the prototype that it follows; empty where there is none.
    pub follows: &'static str,
    /// What is different from the prototype, and why.
    pub differs: &'static str,
}

const fn page(
    name: &'static str,
    reached: &'static str,
    follows: &'static str,
    differs: &'static str,
) -> Page {
    Page { name, reached, follows, differs }
}

/// The tests of the gallery, each with its pages.
pub const GROUPS: &[(&str, &[Page])] = &[
    ("invitee", INVITEE),
    ("public", PUBLIC),
    ("doors", DOORS),
    ("first run", FIRST_RUN),
    ("wrong", WRONG),
    ("people", PEOPLE),
    ("candidates", CANDIDATES),
    ("mail", MAIL),
    ("topics", TOPICS),
    ("event", EVENT),
];

/// The list as it stands in `pages.md`.
pub fn as_markdown() -> String {
    let mut out = String::from(
        "# Pages and states\n\n\
         Written from `tests/browser/gallery/pages.rs`; `CONCLAVE_WRITE_PAGES=1` writes it anew. `tests/run browser` \
         takes four pictures of\neach, at 1280 and 390 px, light and dark, into `tests/output/screens`, and runs axe on \
         every one. The prototype is the one in\nthe design documents.\n",
    );
    for (group, pages) in GROUPS {
        out.push_str(&format!("\n## {group}\n\n| Picture | How to reach it | Prototype | What differs, and why |\n|---|---|---|---|\n"));
        for page in *pages {
            let follows = if page.follows.is_empty() { "none" } else { page.follows };
            let differs = if page.differs.is_empty() { "nothing" } else { page.differs };
            out.push_str(&format!("| {} | {} | {follows} | {differs} |\n", page.name, page.reached));
        }
    }
    let count: usize = GROUPS.iter().map(|(_, pages)| pages.len()).sum();
    out.push_str(&format!("\n{count} pages and states.\n"));
    out
}

const NO_COUNTS: &str = "no count of seats or people, which are the committee's";

const NOT_DRAWN: &str = "not in the prototype; built like the list";

const INVITEE: &[Page] = &[
    page("invitee-open", "a personal link, unanswered", "rsvp-open.html", NO_COUNTS),
    page(
        "invitee-tentative-wrong",
        "“I can’t say yet” with a day after answers close",
        "rsvp-open.html",
        "the form for tentative answers was added later (decision 4)",
    ),
    page(
        "invitee-accepted",
        "a personal link, accepted",
        "rsvp-accepted.html",
        "consent to be named is asked here, too",
    ),
    page("invitee-declined", "a personal link, declined", "rsvp-declined.html", ""),
    page("invitee-reason-given", "after sending the two questions", "rsvp-declined.html", ""),
    page(
        "invitee-cancelled",
        "a personal link, accepted and then declined",
        "rsvp-declined.html",
        "says that the seat went back",
    ),
    page(
        "invitee-tentative",
        "a personal link, tentative",
        "",
        "added by decision 4; built like the accepted state",
    ),
    page(
        "invitee-waiting",
        "a personal link, on the waiting list",
        "rsvp-waiting.html",
        "the place in line is all that is said of others",
    ),
    page("invitee-full", "a personal link, unanswered, no seat free", "rsvp-full.html", NO_COUNTS),
    page(
        "invitee-no-seat",
        "the answer to a yes when the last seat has gone (409)",
        "rsvp-full.html",
        "the sentence why stands above",
    ),
    page(
        "invitee-closed",
        "a personal link, accepted, answers closed",
        "rsvp-closed.html",
        "the answer given stays in front",
    ),
    page("invitee-silent", "a personal link, unanswered, answers closed", "rsvp-closed.html", ""),
    page("invitee-late-asked", "after asking for a late seat", "rsvp-closed.html", ""),
    page(
        "invitee-lapsed",
        "a personal link, the day to answer by has passed",
        "rsvp-closed.html",
        "offers the answer again while a seat is free",
    ),
    page(
        "invitee-withdrawn",
        "a personal link, the invitation withdrawn",
        "error-link.html",
        "knows the person, so says what happened",
    ),
    page("invitee-event-cancelled", "a personal link, the event cancelled", "rsvp-closed.html", ""),
    page("invitee-event-over", "a personal link, the event over", "rsvp-closed.html", ""),
    page("invitee-topics", "Propose a topic", "rsvp-topics.html", "one topic at a time; the list grows"),
    page("invitee-topics-error", "a topic without a title (422)", "rsvp-error.html", ""),
    page(
        "invitee-topics-list",
        "after two topics",
        "rsvp-topics-sent.html",
        "the form for another one stays open below",
    ),
    page("invitee-topic", "Edit, beside a topic", "rsvp-topics.html", ""),
    page("invitee-details", "Change details", "rsvp-details.html", ""),
    page(
        "invitee-privacy",
        "What we store about you",
        "rsvp-privacy.html",
        "the record is a text, as it is mailed",
    ),
    page("invitee-link-unknown", "a link that was never made (404)", "error-link.html", ""),
    page("invitee-link-paste", "/i", "error-link.html", ""),
    page(
        "invitee-link-sent",
        "after asking for a lost link",
        "error-link-sent.html",
        "the same words for every address",
    ),
    page(
        "invitee-mute",
        "the link that stops mail",
        "",
        "one button, as RFC 8058 wants it; not in the prototype",
    ),
    page("invitee-muted", "after pressing it", "", "not in the prototype"),
];

const PUBLIC: &[Page] = &[
    page("public-home", "/", "", "not in the prototype; lists the events that have a page"),
    page("public-full", "/{event} with `page=full`", "public-event.html", "names only of people who agreed"),
    page("public-facts", "/{event} with `page=facts`", "public-event.html", "facts without names"),
    page("public-cancelled", "/{event}, cancelled", "public-event.html", "the notice stands first"),
    page("public-privacy", "/privacy", "rsvp-privacy.html", "for everybody, without a record"),
    page("error-404", "an address that leads nowhere", "error-404.html", ""),
];

const DOORS: &[Page] = &[
    page("door-home", "/, nobody has set it up, or no event has a page", "", "not in the prototype"),
    page("door-setup", "/setup, nobody has an account", "setup.html", "asks for the printed link"),
    page("door-setup-first", "the printed set-up link", "setup.html", "a password was added (decision 11)"),
    page("door-login", "/login", "login.html", "password or mailed link on one page"),
    page("door-login-wrong", "a wrong password (422)", "error-login.html", ""),
    page("door-login-sent", "Mail me a link", "login-sent.html", "also takes the code of the mail"),
    page("door-login-link", "the link of the mail", "", "a button, so that a scanner uses nothing up"),
    page(
        "door-welcome",
        "the link in the mail to a new member",
        "",
        "not in the prototype; passwords were added (decision 11)",
    ),
    page("door-link-expired", "a mailed link that is used or never was (410)", "error-expired.html", ""),
    page("error-429", "too many failed attempts", "error-rate.html", ""),
    page("captured-list", "/captured-mail", "", "not in the prototype; only while mail is captured"),
    page("captured-mail", "a mail in it", "email-text.html", "headers and raw source beside the text"),
];

const NO_VERDICT: &str = "the mail server's words; SPF and DKIM are seen in the mail that arrives";

const FIRST_RUN: &[Page] = &[
    page("first-server", "set-up, second step", "setup.html", "drawn like the step that the prototype shows"),
    page("first-mail", "set-up, third step", "setup.html", "shows the configuration, and never writes it"),
    page("first-mail-sent", "Send a test", "setup.html", NO_VERDICT),
    page("first-mail-refused", "Send a test, the address is refused", "setup.html", NO_VERDICT),
    page("first-mail-unknown", "Send a test, the mail server wants a login", "setup.html", NO_VERDICT),
    page("first-event", "set-up, last step", "setup.html", "the form of any new event"),
];

const WRONG: &[Page] = &[
    page("error-403", "a reader opens Add a person", "error-404.html", "not in the prototype"),
    page("error-500", "a row that the store cannot read", "error-500.html", ""),
    page("error-503", "PostgreSQL is away", "error-500.html", "says that it passes by itself"),
];

const CANDIDATES: &[Page] = &[
    page(
        "candidates-empty",
        "Candidates, before anybody is proposed",
        "",
        "not in the prototype; built like the empty list of invitees",
    ),
    page("candidates-new", "Propose somebody", "", "not in the prototype; built like the new invitee"),
    page("candidates-new-wrong", "a proposal without name and reason (422)", "", "not in the prototype"),
    page(
        "candidates-list",
        "Candidates",
        "",
        "not in the prototype; built like the list of invitees, with votes in the row",
    ),
    page(
        "candidate",
        "one candidate who looks like somebody on the list",
        "",
        "not in the prototype; built like a topic",
    ),
    page(
        "candidates-decide",
        "Put on the list…",
        "",
        "not in the prototype; built like what is done to several invitees",
    ),
    page("candidates-seed", "From evidence", "", "not in the prototype; built like the import"),
    page(
        "candidates-seed-check",
        "a shortlog, read",
        "",
        "not in the prototype; built like the check of an import",
    ),
    page(
        "ask",
        "/netconf-2019/ask, where the event takes requests",
        "",
        "not in the prototype; built like the page for lost links",
    ),
    page("ask-sent", "after asking", "", "the same words for everybody"),
    page("book", "People", "", "not in the prototype; built like the list of invitees"),
    page("book-person", "one person across events", "", "not in the prototype"),
    page("book-choose", "The same as whom?", "", "not in the prototype"),
    page("book-merge", "two entries side by side", "", "not in the prototype"),
];

const PEOPLE: &[Page] = &[
    page("people-list", "Invitees", "invitees.html", ""),
    page("people-filter", "Invitees, one state and a search", "invitees.html", ""),
    page("people-waiting", "Invitees, waiting", "invitees-waiting.html", ""),
    page("people-none", "Invitees, a search that finds nobody", "invitees-none.html", ""),
    page("people-empty", "Invitees of a new event", "invitees-empty.html", ""),
    page("reserve", "Reserve, beside the heading of Invitees", "", NOT_DRAWN),
    page("reserve-wrong", "a rank that is none (422)", "", NOT_DRAWN),
    page("reserve-empty", "Reserve of a new event", "", NOT_DRAWN),
    page("requests", "late requests after answers closed", "", NOT_DRAWN),
    page("requests-empty", "late requests, none", "", NOT_DRAWN),
    page("balance", "Balance, beside the heading of Invitees", "", NOT_DRAWN),
    page("balance-wrong", "a cap without a number (422)", "", NOT_DRAWN),
    page("people-bulk-extend", "Answer by, for several", "", NOT_DRAWN),
    page("person-accepted", "a person who comes", "invitee.html", ""),
    page("person-invited", "a person who has not answered", "invitee.html", ""),
    page("person-bounced", "a person whose mail came back", "invitee-bounced.html", ""),
    page("person-edit", "Edit", "", "not in the prototype; built like the new invitee"),
    page(
        "person-stale",
        "two people edit at once (409)",
        "error-stale.html",
        "both versions, and the choice",
    ),
    page("person-new", "Add a person", "invitee-new.html", ""),
    page(
        "person-answer",
        "Record an answer",
        "record-answer.html",
        "tentative and consent were added (decision 4)",
    ),
    page("person-withdraw", "Withdraw the invitation", "", "a page that asks, in place of a dialog"),
    page("people-bulk-tag", "tick two people, Tag", "", "a page that asks, in place of a dialog"),
    page("error-404-desk", "a person who is not on the list", "error-404.html", "with the desk's navigation"),
    page("import", "Import", "import.html", ""),
    page("import-unread", "Import, a text without people (422)", "import.html", ""),
    page("import-check", "Import, everything readable", "import-preview.html", ""),
    page(
        "import-check-errors",
        "Import, lines to fix",
        "import-preview.html",
        "lines to fix are fields in place",
    ),
];

const MAIL: &[Page] = &[
    page("mail-list", "Mail", "waves.html", ""),
    page("mail-empty", "Mail of a new event", "waves.html", ""),
    page("mail-write", "Write an invitation", "wave-compose.html", "the preview is drawn by the server"),
    page("mail-check", "Check and send", "wave-review.html", ""),
    page("mail-held", "Send, within the minutes it is held", "wave-sent.html", ""),
    page("mail-stopped", "Stop it", "wave-sent.html", ""),
    page("mail-sent", "a wave that has left", "wave-sent.html", "one address was refused"),
    page("mail-remind", "Remind", "reminder-review.html", "written first, checked on a page of its own"),
    page("mail-message", "one message", "email-text.html", "its way through the relay stands beside it"),
    page("mail-message-failed", "a message that was refused", "email-text.html", ""),
    page("mail-nobody", "a wave without people (422)", "wave-compose.html", ""),
    page("mail-reminder", "Check, Plan a reminder", "", "not in the prototype; a page of its own"),
    page("mail-reminder-wrong", "a reminder without a day (422)", "", "not in the prototype"),
    page("chase", "Whom to chase", "", "not in the prototype; built like the list of invitees"),
    page("chase-none", "Whom to chase, in a new event", "", "not in the prototype"),
    page("digest", "Account, What you are told", "", "not in the prototype; ux.md 16"),
];

const TOPICS: &[Page] = &[
    page("topics-board", "Topics", "topics.html", "buttons in place of dragging: works without script"),
    page("topics-table", "Topics, as a table", "topics.html", ""),
    page("topics-empty", "Topics of a new event", "topics.html", ""),
    page("topics-one", "one topic", "topic.html", ""),
    page("topics-new", "Add a topic", "", "not in the prototype; built like one topic"),
    page("topics-wrong", "a topic without a title (422)", "rsvp-error.html", ""),
    page("export", "Export", "export.html", ""),
    page("export-attendees", "Export, one list", "export.html", ""),
];

const EVENT: &[Page] = &[
    page("events", "/c", "events.html", ""),
    page("event-new", "a new event", "setup.html", "no wizard: one form"),
    page("event-new-wrong", "a new event without dates (422)", "setup.html", ""),
    page("overview", "an event in the middle of inviting", "dashboard.html", ""),
    page("overview-empty", "a new event", "dashboard.html", "three steps stand in place of empty figures"),
    page("settings", "Settings", "settings.html", "a summary; each part is changed on a page of its own"),
    page("settings-part", "Settings, dates", "settings.html", ""),
    page("settings-printed", "Settings, the printed committee", "settings.html", ""),
    page("settings-committee", "Settings, members and their roles", "settings.html", ""),
    page(
        "settings-members",
        "Settings, a member who is invited, and what Add says without an address (422)",
        "settings.html",
        "",
    ),
    page(
        "settings-stale",
        "two members change the same part of the settings (409)",
        "error-stale.html",
        "both versions, and the choice",
    ),
    page("questions-empty", "Settings, questions after a yes, none yet", "", NOT_DRAWN),
    page("questions", "Settings, questions after a yes", "", NOT_DRAWN),
    page("questions-wrong", "a question of one among several, without choices (422)", "", NOT_DRAWN),
    page("question", "one question", "", NOT_DRAWN),
    page("details", "What was answered", "", "counts alone: names stand on each person's page"),
    page("activity", "Activity", "activity.html", "narrowed by the address, with the number of each line"),
    page("activity-none", "Activity, narrowed to nothing", "activity.html", ""),
    page("activity-check", "Activity, Check that it is whole", "", "not in the prototype"),
    page("event-close", "Close the list", "cancel.html", ""),
    page(
        "event-cancel",
        "Cancel the event",
        "cancel.html",
        "shows the mail too; asks for the event's short name to be typed",
    ),
    page("event-cancel-wrong", "Cancel it without a reason (422)", "cancel.html", ""),
    page(
        "event-change",
        "Settings, another place: does it move?",
        "",
        "not in the prototype; built like cancelling",
    ),
    page("event-change-wrong", "the same without a choice (422)", "", "not in the prototype"),
    page("event-reconfirm", "Ask everybody again", "", "not in the prototype; built like cancelling"),
    page("changes-none", "What people were told, nothing yet", "", "not in the prototype"),
    page("changes-told", "One change, the unreached first", "wave-sent.html", "lists people, not letters"),
    page("changes", "What people were told", "waves.html", ""),
    page("account", "Account", "", "not in the prototype"),
    page("keys", "Keyboard", "keys.html", ""),
];
