//! The record of an event: who did what, never edited (ux.md 7, Activity).

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use conclave_persistence::{LogLine, Store};

use super::record::{KINDS, Line, without_own_case};
use crate::access::{Desk, See};
use crate::components::Pager;
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Section};
use crate::links::Query;
use crate::state::AppState;
use crate::views::counted;

/// Route of the record.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/c/{event}/activity", get(show))
}

async fn show(State(store): State<Store>, desk: Desk<See>, query: Query) -> Result<Response, PageError> {
    let all = without_own_case(&store, &desk, store.log(desk.event.id, None, 0).await?).await?;
    let mut names: Vec<String> = all.iter().map(|line| actor(line).to_owned()).collect();
    names.sort_unstable();
    names.dedup();
    let (who, what) = (query.text("who"), query.text("what"));
    let shown: Vec<&LogLine> = all.iter().filter(|line| fits(line, who, what)).collect();
    let pager = Pager::of(&query, shown.len() as u64);
    let people = desk.path("/invitees");
    let offset = usize::try_from(pager.offset()).unwrap_or_default();
    let rows = usize::try_from(Pager::ROWS).unwrap_or_default();
    let mut who_choices = vec![(String::new(), "Everybody".to_owned())];
    who_choices.extend(names.into_iter().map(|name| (name.clone(), name)));
    let mut what_choices = vec![("", "Everything")];
    what_choices.extend(KINDS.iter().map(|(word, label, _)| (*word, *label)));
    Ok(forms::page(&ActivityPage {
        frame: desk.frame("Activity", Section::Overview).await?,
        lines: shown
            .iter()
            .skip(offset)
            .take(rows)
            .map(|line| Line::of(&desk.event, &people, line))
            .collect(),
        shown: format!("{} shown, newest first.", counted(shown.len() as u64, "line", "lines")),
        is_filtered: !who.is_empty() || !what.is_empty(),
        form: Form::filled([("who", who), ("what", what)]),
        here: desk.path("/activity"),
        who_choices,
        what_choices,
        pager,
    }))
}

/// Invitees are one choice: whoever looks for one of them looks at their page.
fn actor(line: &LogLine) -> &str {
    match line.actor.as_str() {
        "invitee" => "Invitees",
        "system" => "Conclave",
        "operator" => "The operator",
        name => name,
    }
}

fn fits(line: &LogLine, who: &str, what: &str) -> bool {
    let kind = line.action.split('.').next().unwrap_or_default();
    let of_kind =
        KINDS.iter().find(|(word, ..)| *word == what).is_none_or(|(_, _, parts)| parts.contains(&kind));
    of_kind && (who.is_empty() || actor(line) == who)
}

#[derive(Template)]
#[template(path = "desk/activity.html")]
struct ActivityPage {
    frame: DeskFrame,
    lines: Vec<Line>,
    shown: String,
    is_filtered: bool,
    form: Form,
    here: String,
    who_choices: Vec<(String, String)>,
    what_choices: Vec<(&'static str, &'static str)>,
    pager: Pager,
}
