//! What surrounds a page: three kinds (ux.md 4), one frame struct for each.
//!
//! `letter` for invitees, doors and errors, `sheet` for the public page, `desk` for the committee.
//! A page struct has a field `frame` of one of these types and its template begins with
//! `{% extends "layout/letter.html" %}` (or `sheet`, `desk`).

use std::convert::Infallible;

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;

use crate::state::AppState;

/// The installation, as every page shows it. An extractor that never refuses.
#[derive(Clone, Debug)]
pub struct Site {
    /// Host name, standing in for a name where there is no event.
    pub host: String,
    /// Address at which a person helps.
    pub contact: Option<String>,
    /// Said on top of every page when the clock is not the real one.
    pub banner: Option<String>,
    /// Said at the desk when no mail leaves.
    pub captured_mail: bool,
    /// Captured mail is anybody's, not an operator's alone.
    pub captured_mail_is_open: bool,
}

impl Site {
    pub(crate) fn of(state: &AppState) -> Self {
        let banner = state.clock.is_shifted().then(|| {
            format!(
                "The clock of this installation is set: it is {} here.",
                crate::views::utc_minutes(state.clock.now())
            )
        });
        Self {
            host: state.config.public_url.host().to_owned(),
            contact: state.config.contact.clone(),
            banner,
            captured_mail: state.config.captured_mail,
            captured_mail_is_open: state.config.captured_mail_is_open(),
        }
    }
}

impl<S> FromRequestParts<S> for Site
where
    S: Sync,
    AppState: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&AppState::from_ref(state)))
    }
}

/// An address and what its link says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub href: String,
    pub text: String,
}

impl Link {
    /// `text`, leading to `href`.
    #[must_use]
    pub fn new(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self { href: href.into(), text: text.into() }
    }
}

/// Frame of pages for invitees, of the doors and of errors.
#[derive(Clone, Debug)]
pub struct LetterFrame {
    pub site: Site,
    pub title: String,
    /// Puts `Error: ` in front of the title (ux.md 10).
    pub failed: bool,
    /// What the skip link says.
    pub skip: &'static str,
    /// Where the plug leads and whose name it carries.
    pub mark: Link,
    /// "Invitation for ...": so that whoever was forwarded the link notices.
    pub invitee: Option<String>,
    /// Address in the footer, a person reads it.
    pub contact: Option<String>,
    /// More links in the footer.
    pub foot: Vec<Link>,
}

impl LetterFrame {
    /// A page of the installation, without an event.
    #[must_use]
    pub fn new(site: Site, title: impl Into<String>) -> Self {
        let mark = Link::new("/", site.host.clone());
        let contact = site.contact.clone();
        Self {
            site,
            title: title.into(),
            failed: false,
            skip: "Skip to content",
            mark,
            invitee: None,
            contact,
            foot: vec![Link::new("/privacy", "What we store")],
        }
    }

    /// A page of one event: its name on the plug, its reply address in the footer.
    #[must_use]
    pub fn event(mut self, slug: &str, short_title: &str, reply_to: &str) -> Self {
        self.mark = Link::new(format!("/{slug}"), short_title);
        self.contact = Some(reply_to.to_owned());
        self.foot.insert(0, Link::new(format!("/{slug}"), format!("About {short_title}")));
        self
    }

    /// Names the invitee beside the plug.
    #[must_use]
    pub fn invitee(mut self, name: impl Into<String>) -> Self {
        self.invitee = Some(name.into());
        self
    }

    /// Sets what the skip link says, such as `Skip to the answer`.
    #[must_use]
    pub fn skip(mut self, text: &'static str) -> Self {
        self.skip = text;
        self
    }

    /// Marks the page as one with errors to fix.
    #[must_use]
    pub fn failed(mut self, failed: bool) -> Self {
        self.failed = failed;
        self
    }
}

/// Frame of the public page and the agenda: a manual page.
#[derive(Clone, Debug)]
pub struct SheetFrame {
    pub site: Site,
    pub title: String,
    /// Home of the page, such as `/netconf-2019`.
    pub home: String,
    /// Name in the manual lines, such as `NETCONF(2019)`.
    pub manual_name: String,
    /// Left end of the last line, such as `Netconf`.
    pub manual_left: String,
    /// Middle of the last line: the date of the last change.
    pub changed: String,
    /// Sentence in the footer.
    pub foot: String,
}

/// Frame of the committee's pages.
#[derive(Clone, Debug)]
pub struct DeskFrame {
    pub site: Site,
    pub title: String,
    pub failed: bool,
    /// Absent on pages above events (`/c`, `/c/new`).
    pub event: Option<DeskEvent>,
    pub section: Section,
    /// Name of the member signed in.
    pub member: String,
    /// May create events and accounts, and read captured mail.
    pub is_operator: bool,
    /// From [`crate::csrf::form_token`]; put into every form with `{{ frame.token() }}`.
    pub form_token: String,
    /// Whose time the page shows, for the footer: `All times Boston time`.
    pub times: String,
}

/// The event a desk page works on.
#[derive(Clone, Debug)]
pub struct DeskEvent {
    pub slug: String,
    pub short_title: String,
    /// `20-21 June, Boston, MA; 37 days to go`.
    pub meta: String,
    pub counts: DeskCounts,
}

/// Numbers in the navigation; none is shown as nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeskCounts {
    pub invitees: Option<u64>,
    pub mail: Option<u64>,
    pub topics: Option<u64>,
}

/// Entry of the desk's navigation that is current.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Overview,
    Invitees,
    Mail,
    Topics,
    Export,
    Settings,
    /// A page above events.
    Events,
}

/// One entry of the navigation.
#[derive(Clone, Debug)]
pub struct Tab {
    pub href: String,
    pub text: &'static str,
    pub count: Option<u64>,
    pub current: bool,
}

impl DeskFrame {
    /// A page above events.
    #[must_use]
    pub fn new(site: Site, title: impl Into<String>, member: impl Into<String>, form_token: String) -> Self {
        Self {
            site,
            title: title.into(),
            failed: false,
            event: None,
            section: Section::Events,
            member: member.into(),
            is_operator: false,
            form_token,
            times: "All times UTC".to_owned(),
        }
    }

    /// The page of a member who is an operator.
    #[must_use]
    pub fn operator(mut self, is_operator: bool) -> Self {
        self.is_operator = is_operator;
        self
    }

    /// A page of one event, in `section`; `zone_name` as in `Boston time`.
    #[must_use]
    pub fn event(mut self, event: DeskEvent, section: Section, zone_name: &str) -> Self {
        self.event = Some(event);
        self.section = section;
        self.times = format!("All times {zone_name}");
        self
    }

    /// Marks the page as one with errors to fix.
    #[must_use]
    pub fn failed(mut self, failed: bool) -> Self {
        self.failed = failed;
        self
    }

    /// The hidden field every desk form carries.
    #[must_use]
    pub fn token(&self) -> crate::components::Hidden {
        crate::components::Hidden { name: crate::csrf::FORM_TOKEN, value: self.form_token.clone() }
    }

    /// The navigation of the event: every page there is.
    #[must_use]
    pub fn tabs(&self) -> Vec<Tab> {
        let Some(event) = &self.event else { return Vec::new() };
        let counts = event.counts;
        [
            (Section::Overview, "", "Overview", None),
            (Section::Invitees, "/invitees", "Invitees", counts.invitees),
            (Section::Mail, "/mail", "Mail", counts.mail),
            (Section::Topics, "/topics", "Topics", counts.topics),
            (Section::Export, "/export", "Export", None),
            (Section::Settings, "/settings", "Settings", None),
        ]
        .into_iter()
        .map(|(section, path, text, count)| Tab {
            href: format!("/c/{}{path}", event.slug),
            text,
            count,
            current: section == self.section,
        })
        .collect()
    }

    /// Home of the page: the event's overview, or the list of events.
    #[must_use]
    pub fn home(&self) -> Link {
        match &self.event {
            Some(event) => Link::new(format!("/c/{}", event.slug), event.short_title.clone()),
            None => Link::new("/c", self.site.host.clone()),
        }
    }
}
