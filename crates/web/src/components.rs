//! Pieces of pages that have rules of their own: fields, badges, tables' heads, charts.
//!
//! Each is a small struct with a template in `templates/components/`. It escapes what it shows and
//! is itself safe to print, so a page writes `{{ badge }}` or
//! `{{ form.text("title", "Title").hint("As it should read on the agenda.") }}`.
//! What needs no rule is plain HTML with the classes of `static/app.css` (buttons, panels, notes).

mod badge;
mod chart;
mod field;
mod list;
mod seats;

use askama::Template;
use askama::filters::HtmlSafe;

pub use badge::{Badge, ordinal};
pub use chart::{Bar, BarPart, Seat, SeatChart, SeatKind};
pub use field::{Choice, Field};
pub use list::{Facts, Pager, Sort, SortHeader};
pub use seats::SeatCount;

use crate::forms::{FieldError, Form};

/// A hidden field.
#[derive(Clone, Debug, Template)]
#[template(ext = "html", source = r#"<input type="hidden" name="{{ name }}" value="{{ value }}">"#)]
pub struct Hidden {
    pub name: &'static str,
    pub value: String,
}
impl HtmlSafe for Hidden {}

/// What has to be fixed, first in `main` and focused (ux.md 10). Nothing when nothing has to be.
#[derive(Clone, Debug, Template)]
#[template(path = "components/error_summary.html")]
pub struct ErrorSummary<'a> {
    heading: String,
    errors: &'a [FieldError],
}
impl HtmlSafe for ErrorSummary<'_> {}

impl Form {
    /// The summary: `{{ form.summary("before we can take this topic") }}` reads
    /// `Two things to fix before we can take this topic`.
    #[must_use]
    pub fn summary(&self, purpose: &str) -> ErrorSummary<'_> {
        let count = match self.errors().len() {
            1 => "One thing".to_owned(),
            2 => "Two things".to_owned(),
            3 => "Three things".to_owned(),
            more => format!("{more} things"),
        };
        ErrorSummary {
            heading: format!("{count} to fix {purpose}").trim_end().to_owned(),
            errors: self.errors(),
        }
    }
}

/// A note in a colour with a word: what happened, or what to know.
#[derive(Clone, Debug, Template)]
#[template(
    ext = "html",
    source = r#"<p class="note{{ kind }}"{% if status %} role="status"{% endif %}>{% if !lead.is_empty() %}<b>{{ lead }}</b> {% endif %}{{ text }}</p>"#
)]
pub struct Notice {
    kind: &'static str,
    status: bool,
    lead: String,
    text: String,
}
impl HtmlSafe for Notice {}

impl Notice {
    /// Something was done: green, announced.
    #[must_use]
    pub fn done(lead: impl Into<String>, text: impl Into<String>) -> Self {
        Self { kind: " note-ok", status: true, lead: lead.into(), text: text.into() }
    }

    /// Something is on its way: orange.
    #[must_use]
    pub fn waiting(lead: impl Into<String>, text: impl Into<String>) -> Self {
        Self { kind: " note-wait", status: false, lead: lead.into(), text: text.into() }
    }

    /// Something to know: blue.
    #[must_use]
    pub fn info(lead: impl Into<String>, text: impl Into<String>) -> Self {
        Self { kind: " note-info", status: false, lead: lead.into(), text: text.into() }
    }

    /// Something is broken: red, announced.
    #[must_use]
    pub fn broken(lead: impl Into<String>, text: impl Into<String>) -> Self {
        Self { kind: " note-bad", status: true, lead: lead.into(), text: text.into() }
    }
}

#[cfg(test)]
mod tests;
