//! Two people edited the same thing: the second one sees both versions and chooses (ux.md 7,
//! error-stale; T24). One page for every form of the desk; nothing typed is lost, because the page
//! carries the whole form.

use askama::Template;
use axum::response::Response;
use conclave_persistence::{LogFilter, Store};
use http::StatusCode;

use crate::access::{Desk, Right};
use crate::csrf::FORM_TOKEN;
use crate::error::PageError;
use crate::forms::{self, Typed};
use crate::layout::{DeskFrame, Section};
use crate::views;

/// A form that is older than what it changes.
#[derive(Clone, Debug)]
pub struct Conflict<'a> {
    /// What is edited: a name, a part of the settings.
    pub what: String,
    /// Where what is saved can be seen.
    pub keep: String,
    /// Where the form goes.
    pub action: String,
    /// Label, as saved now, as typed. Equal ones are not shown.
    pub rows: Vec<(String, String, String)>,
    /// Everything that was typed.
    pub typed: &'a Typed,
    /// The field by which the form says what it was made from, with what is saved now.
    pub renewed: (&'static str, String),
    /// Finds the newest line of the record about it.
    pub newest: LogFilter,
}

impl Conflict<'_> {
    /// The page, 409.
    pub async fn answer<R: Right>(
        self,
        store: &Store,
        desk: &Desk<R>,
        section: Section,
    ) -> Result<Response, PageError> {
        let (renewed, value) = self.renewed;
        let mut fields: Vec<(String, String)> = self
            .typed
            .pairs()
            .filter(|(name, _)| *name != FORM_TOKEN && *name != renewed)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        fields.push((renewed.to_owned(), value));
        let newest = store.log_lines(Some(desk.event.id), &self.newest, 0, 1).await?.pop();
        let faster = newest.map_or_else(
            || "Somebody saved it".to_owned(),
            |line| {
                let who = match line.actor.as_str() {
                    "invitee" => line.invitee.map_or("The invitee".to_owned(), |(_, name)| name),
                    "system" => "Conclave".to_owned(),
                    "operator" => "The operator".to_owned(),
                    _ => line.actor,
                };
                format!("{who} saved it {} ago", views::about_seconds(desk.now - line.at))
            },
        );
        let page = ConflictPage {
            frame: desk.frame("Someone was faster", section).await?,
            what: self.what,
            sentence: format!("{faster}, while you were writing. Nothing you typed is saved yet."),
            rows: self.rows.into_iter().filter(|(_, theirs, yours)| theirs != yours).collect(),
            fields,
            action: self.action,
            keep: self.keep,
        };
        Ok(forms::answer(StatusCode::CONFLICT, &page))
    }
}

#[derive(Template)]
#[template(path = "desk/conflict.html")]
struct ConflictPage {
    frame: DeskFrame,
    what: String,
    sentence: String,
    rows: Vec<(String, String, String)>,
    fields: Vec<(String, String)>,
    action: String,
    keep: String,
}
