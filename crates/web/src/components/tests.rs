//! The frames and components on one page each, as a browser would read them.

#![expect(clippy::unwrap_used, reason = "tests")]

use askama::Template;
use conclave_test_support::app::Page;

use super::{Badge, Facts, Notice};
use crate::forms::{Form, Typed};
use crate::layout::{DeskCounts, DeskEvent, DeskFrame, LetterFrame, Section, SheetFrame, Site};

const HOSTILE: &str = "\"><script>alert(1)</script>&'";
const MINUTES: &[(&str, &str)] =
    &[("15", "15 minutes, to report"), ("30", "30 minutes, to discuss one problem")];

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% extends "layout/letter.html" %}
{% block main %}
{{ form.summary("before we can take this topic") }}
<h1>{{ frame.title }}</h1>
<form method="post">
{{ form.text("title", "Title").hint("As it should read on the agenda.").max(120) }}
{{ form.area("body", "What is the problem?").rows(5) }}
{{ form.radios("minutes", "Time you need", MINUTES) }}
{{ form.select("zone", "Zone", MINUTES) }}
{{ form.ticks("days", "Days", MINUTES) }}
{{ form.tick("listed", "Print my name").hint("On the public page.") }}
{{ form.email("email", "Address") }}
{{ form.password("password", "Password", "current-password") }}
</form>
{% endblock %}"#
)]
struct FormPage {
    frame: LetterFrame,
    form: Form,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% extends "layout/desk.html" %}
{% block main %}<h1>{{ frame.title }} {{ badge.framed() }}</h1>{{ badge }}{{ notice }}{{ facts }}<form method="post">{{ frame.token() }}</form>{% endblock %}"#
)]
struct DeskPage {
    frame: DeskFrame,
    badge: Badge,
    notice: Notice,
    facts: Facts,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% extends "layout/sheet.html" %}{% block main %}<h1>{{ frame.title }}</h1>{% endblock %}"#
)]
struct SheetPage {
    frame: SheetFrame,
}

fn site() -> Site {
    Site {
        host: "rsvp.example.org".to_owned(),
        contact: Some("help@example.org".to_owned()),
        banner: None,
        captured_mail: false,
        captured_mail_is_open: false,
    }
}

fn form_page(form: Form) -> Page {
    let frame = LetterFrame::new(site(), "Propose a topic")
        .event("netconf-2019", "Netconf 2019", "netconf@example.org")
        .invitee(HOSTILE)
        .failed(form.has_errors());
    Page::parse(&FormPage { frame, form }.render().unwrap())
}

#[test]
fn a_form_shows_what_was_typed_and_what_to_fix_and_never_a_password() {
    let mut form = Form::typed(Typed::from_pairs([
        ("title", HOSTILE),
        ("body", "\n  first line\n"),
        ("zone", "30"),
        ("days", "15"),
        ("days", "30"),
        ("listed", "yes"),
        ("password", "correct horse"),
    ]));
    form.error("title", "Give the topic a title");
    form.error("minutes", "Choose how long you need");
    let page = form_page(form);

    assert_eq!(page.text("title"), "Error: Propose a topic");
    assert_eq!(page.text(".errsum h2"), "Two things to fix before we can take this topic");
    assert_eq!(page.texts(".errsum a"), ["Give the topic a title", "Choose how long you need"]);
    for target in page.attributes(".errsum a", "href") {
        assert_eq!(page.count(&format!("input{target}")), 1, "{target} leads to no field");
    }
    assert!(page.attribute(".errsum", "autofocus").is_some());
    assert_eq!(page.attribute("#title", "value").unwrap(), HOSTILE);
    assert_eq!(page.attribute("#title", "aria-describedby").unwrap(), "title-e title-h");
    assert_eq!(page.attribute("#title", "aria-invalid").unwrap(), "true");
    assert_eq!(page.text("#title-e"), "Give the topic a title");
    assert_eq!(page.raw_text("#body"), "\n  first line\n");
    assert_eq!(page.attribute("#zone option[selected]", "value").unwrap(), "30");
    assert_eq!(page.attributes("input[name=days][checked]", "value"), ["15", "30"]);
    assert_eq!(page.count("#listed[checked]"), 1);
    assert_eq!(page.text("fieldset.field-bad legend"), "Time you need");
    assert_eq!(page.attribute("#password", "value"), None);
    assert_eq!(page.count("script"), 0);
    assert_eq!(page.text("header .for"), format!("Invitation for {HOSTILE}"));
    assert_eq!(page.attribute("header .mark", "href").unwrap(), "/netconf-2019");
}

#[test]
fn every_field_has_one_label_and_every_id_is_there_once() {
    let page = form_page(Form::default());

    assert_eq!(page.text("title"), "Propose a topic");
    assert_eq!(page.count(".errsum, .err, [aria-invalid]"), 0);
    let ids = page.attributes("input, textarea, select", "id");
    assert_eq!(ids.len(), 10);
    for id in ids {
        assert_eq!(page.count(&format!("label[for='{id}']")), 1, "label of {id}");
        assert_eq!(page.count(&format!("[id='{id}']")), 1, "id {id}");
    }
}

#[test]
fn the_desk_shows_where_one_is_and_carries_the_form_token() {
    let event = DeskEvent {
        slug: "netconf-2019".to_owned(),
        short_title: "Netconf 2019".to_owned(),
        meta: "20-21 June, Boston; 37 days to go".to_owned(),
        counts: DeskCounts { invitees: Some(28), mail: None, topics: Some(22) },
    };
    let frame = DeskFrame::new(site(), HOSTILE, "David Miller", "the-token".to_owned()).event(
        event,
        Section::Invitees,
        "Boston time",
    );
    let page = DeskPage {
        frame,
        badge: Badge::waiting(3),
        notice: Notice::done("Done.", "Saved at 09:31."),
        facts: Facts::default().with("Address", "a@example.org").with("Note", ""),
    };
    let page = Page::parse(&page.render().unwrap());

    assert_eq!(page.text("title"), format!("{HOSTILE} · Netconf 2019"));
    assert_eq!(
        page.texts("nav.tabs a"),
        ["Overview", "Invitees28", "Mail", "Topics22", "Export", "Settings"]
    );
    assert_eq!(page.texts("nav.tabs a[aria-current=page]"), ["Invitees28"]);
    assert_eq!(page.attribute("nav.tabs a", "href").unwrap(), "/c/netconf-2019");
    assert_eq!(page.attributes("form input[name=form_token]", "value"), ["the-token", "the-token"]);
    assert_eq!(page.text("h1 .st-waiting.pill"), "Waiting, 3rd");
    assert_eq!(page.text("[role=status]"), "Done. Saved at 09:31.");
    assert_eq!(page.texts(".facts dt"), ["Address"]);
    assert_eq!(page.count("script"), 1);
    assert!(page.text("footer").starts_with("All times Boston time"));
}

#[test]
fn a_sheet_is_a_manual_page_without_script() {
    let frame = SheetFrame {
        site: site(),
        title: "Linux Kernel Developers' Netconf 2019".to_owned(),
        home: "/netconf-2019".to_owned(),
        manual_name: "NETCONF(2019)".to_owned(),
        manual_left: "Netconf".to_owned(),
        changed: "3 June 2019".to_owned(),
        foot: "netconf-2019".to_owned(),
    };
    let page = Page::parse(&SheetPage { frame }.render().unwrap());

    assert_eq!(page.count(".manline"), 2);
    assert_eq!(page.count("script"), 0);
    assert_eq!(page.attribute("body", "class").unwrap(), "sheet");
}

#[test]
fn every_state_has_a_shape_of_the_stylesheet() {
    let style = include_str!("../../static/app.css");
    let badges = [
        ["listed", "queued", "invited", "bounced", "accepted", "tentative"].map(Badge::person).to_vec(),
        ["waiting", "declined", "cancelled", "lapsed", "withdrawn", "reserve"].map(Badge::person).to_vec(),
        ["proposed", "discuss", "accepted", "parked", "declined", "withdrawn"].map(Badge::topic).to_vec(),
        ["draft", "held", "queued", "sending", "sent", "stopped", "failed", "uncertain"]
            .map(Badge::message)
            .to_vec(),
        ["draft", "open", "closed", "finished", "cancelled"].map(Badge::event).to_vec(),
    ]
    .concat();
    for badge in badges {
        let page = Page::parse(&badge.to_string());
        let classes = page.attribute("span", "class").unwrap();
        let shape = classes.split(' ').nth(1).unwrap();

        assert!(style.contains(&format!(".{shape} {{")), "{shape} of {} has no style", badge.word());
        assert!(badge.word().starts_with(char::is_uppercase), "{}", badge.word());
    }
    assert_eq!(Page::parse(&Badge::person(HOSTILE).to_string()).count("script"), 0);
}
