//! Deciding on one candidate or several: the page shows the set with what to know of each, and asks.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use conclave_core::candidate::{CandidateRefused, Guard};
use conclave_core::invitation::InvitationState;
use conclave_persistence::{Candidate, CandidateQuery, Store, WriteError};

use super::{refusal, viewer, votes_words, why};
use crate::access::{Desk, Edit};
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;
use crate::views::people;

/// `POST /c/{event}/candidates/decide`.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/c/{event}/candidates/decide", post(decide))
}

async fn decide(
    State(store): State<Store>,
    desk: Desk<Edit>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let list = desk.path("/candidates");
    let accepts = match typed.text("do") {
        "accept" => true,
        "refuse" => false,
        _ => return Err(PageError::refused("choose", "Choose whether to accept or to turn down.")),
    };
    let ids: Vec<String> =
        typed.all("id").chain(typed.text("ids").split_whitespace()).map(str::to_owned).collect();
    let all = CandidateQuery::default();
    let mut chosen = store.candidates(desk.event.id, Some(viewer(&desk)), &all).await?.rows;
    chosen.retain(|candidate| {
        candidate.state == InvitationState::Nominated && ids.contains(&candidate.public_id)
    });
    if chosen.is_empty() {
        return Err(PageError::Refused {
            code: "nobody-chosen",
            sentence: "Tick at least one candidate who is not decided on.".to_owned(),
            back: Some(crate::layout::Link::new(list, "Candidates")),
        });
    }
    let mut form = Form::typed(typed);
    if form.values().has("confirmed") {
        let chosen: Vec<_> = chosen.iter().map(|candidate| candidate.id).collect();
        let (event, by, reason) = (desk.event.id, desk.actor(), form.value("reason").to_owned());
        let done_by = if accepts {
            store.accept_candidates(event, &chosen, &reason, &by, desk.now).await
        } else {
            store.refuse_candidates(event, &chosen, &reason, &by, desk.now).await
        };
        match done_by {
            Ok(count) => {
                let word = if accepts { "accepted" } else { "refused" };
                let view = Query::parse(form.value("view")).with("done", word).with("n", &count.to_string());
                return Ok(done(wants, &format!("{list}{view}"), "Done."));
            }
            Err(WriteError::Refused(refused @ CandidateRefused::NeverAsk)) => {
                form.error("reason", refused.to_string());
            }
            Err(WriteError::Refused(refused)) => return Err(refusal(&refused, list)),
            Err(WriteError::Store(fault)) => return Err(fault.into()),
        }
    }
    let frame = desk.frame("Decide", Section::Invitees).await?.failed(form.has_errors());
    let page = DecidePage::of(frame, accepts, &chosen, &list, form);
    Ok(if page.form.has_errors() { forms::invalid(&page) } else { forms::page(&page) })
}

#[derive(Template)]
#[template(path = "desk/candidates/decide.html")]
struct DecidePage {
    frame: DeskFrame,
    form: Form,
    accepts: bool,
    heading: String,
    button: String,
    ids: String,
    view: String,
    rows: Vec<Row>,
    needs_reason: bool,
    list: String,
}

struct Row {
    name: String,
    href: String,
    affiliation: String,
    why: String,
    votes: String,
    guards: Vec<String>,
}

impl DecidePage {
    fn of(frame: DeskFrame, accepts: bool, chosen: &[Candidate], list: &str, form: Form) -> Self {
        let count = people(chosen.len() as u64);
        let ids: Vec<&str> = chosen.iter().map(|candidate| candidate.public_id.as_str()).collect();
        Self {
            heading: if accepts {
                format!("Put {count} on the list?")
            } else {
                format!("Turn {count} down?")
            },
            button: if accepts { format!("Put {count} on the list") } else { format!("Turn {count} down") },
            ids: ids.join(" "),
            view: form.value("view").to_owned(),
            needs_reason: accepts && chosen.iter().any(|one| one.guards.iter().any(Guard::stops)),
            rows: chosen
                .iter()
                .map(|candidate| Row {
                    name: candidate.shown_name().to_owned(),
                    href: format!("{list}/{}", candidate.public_id),
                    affiliation: candidate.affiliation.clone(),
                    why: why(&candidate.nominations),
                    votes: votes_words(candidate),
                    guards: candidate.guards.iter().map(Guard::sentence).collect(),
                })
                .collect(),
            accepts,
            list: list.to_owned(),
            frame,
            form,
        }
    }
}
