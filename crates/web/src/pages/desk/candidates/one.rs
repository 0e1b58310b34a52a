//! One candidate: why they were proposed, what to know, how members voted.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use conclave_core::candidate::Vote;
use conclave_core::committee::Action;
use conclave_core::invitation::InvitationState;
use conclave_persistence::{Candidate, NewNomination, Store, WriteError};

use super::{Ballot, ballots, proposer, refusal, viewer, votes_words};
use crate::access::{Desk, Edit, Right, See};
use crate::components::Badge;
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::pages::desk::message::at_words;
use crate::session::Signed;
use crate::state::AppState;

/// Routes of one candidate.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/candidates/{candidate}", get(show))
        .route("/c/{event}/candidates/{candidate}/vote", post(vote))
        .route("/c/{event}/candidates/{candidate}/again", post(again))
}

pub(super) async fn find<R: Right>(store: &Store, desk: &Desk<R>, who: &str) -> Result<Candidate, PageError> {
    store.candidate(desk.event.id, Some(viewer(desk)), who).await?.ok_or(PageError::NotFound)
}

async fn show(
    State(store): State<Store>,
    desk: Desk<See>,
    Path((_, who)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let Some(candidate) = store.candidate(desk.event.id, Some(viewer(&desk)), &who).await? else {
        // Accepted meanwhile: the record's older lines lead here.
        let listed = store.invitation(desk.event.id, &who).await?.ok_or(PageError::NotFound)?;
        return Ok(Redirect::to(&desk.path(&format!("/invitees/{}", listed.public_id))).into_response());
    };
    Ok(forms::page(&OnePage::of(&desk, &candidate, Form::default()).await?))
}

async fn vote(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, who)): Path<(String, String)>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let candidate = find(&store, &desk, &who).await?;
    let here = desk.path(&format!("/candidates/{}", candidate.public_id));
    let Some(value) = Vote::parse(typed.text("vote")) else {
        return Err(PageError::refused("vote", "A vote is +1, 0 or \u{2212}1."));
    };
    let (account, by) = (viewer(&desk), desk.actor());
    match store.vote(candidate.id, value, account, &by, desk.now).await {
        Ok(()) => {
            // From the list, back to the same view of it.
            let next = if typed.has("view") {
                let view = Query::parse(typed.text("view"));
                format!("{}{view}#c-{}", desk.path("/candidates"), candidate.public_id)
            } else {
                here
            };
            Ok(done(wants, &next, "Your vote is cast."))
        }
        Err(WriteError::Refused(refused)) => Err(refusal(&refused, here)),
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

/// Turned down, and proposed once more with a reason.
async fn again(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, who)): Path<(String, String)>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let candidate = find(&store, &desk, &who).await?;
    let here = desk.path(&format!("/candidates/{}", candidate.public_id));
    let mut form = Form::typed(typed);
    if form.value("reason").is_empty() {
        form.error("reason", "Say what has changed; the committee decides on it");
        return Ok(forms::invalid(&OnePage::of(&desk, &candidate, form).await?));
    }
    if candidate.state != InvitationState::Refused {
        return Ok(done(wants, &here, "They are a candidate already."));
    }
    let new = NewNomination {
        name: conclave_core::name::PersonName::parse(&candidate.name).ok(),
        email: conclave_core::address::Address::parse(&candidate.email).ok(),
        reason: form.values().raw("reason").to_owned(),
        again: true,
        ..NewNomination::default()
    };
    match store.nominate(desk.event.id, &new, &desk.actor(), desk.now).await {
        Ok(_) => Ok(done(wants, &here, "Proposed once more.")),
        Err(WriteError::Refused(refused)) => Err(refusal(&refused, here)),
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

#[derive(Template)]
#[template(path = "desk/candidates/one.html")]
struct OnePage {
    frame: DeskFrame,
    form: Form,
    name: String,
    badge: Badge,
    email: String,
    affiliation: String,
    guards: Vec<Told>,
    nominations: Vec<Said>,
    ballots: Vec<Ballot>,
    has_voted: bool,
    votes: String,
    is_refused: bool,
    may_edit: bool,
    list: String,
    here: String,
    id: String,
}

struct Told {
    text: String,
    is_welcome: bool,
}

struct Said {
    who: String,
    when: String,
    reason: String,
}

impl OnePage {
    async fn of<R: Right>(desk: &Desk<R>, candidate: &Candidate, form: Form) -> Result<Self, PageError> {
        let name = candidate.shown_name().to_owned();
        let is_refused = candidate.state == InvitationState::Refused;
        let may_edit = desk.may(Action::Edit);
        Ok(Self {
            frame: desk.frame(name.clone(), Section::Invitees).await?.failed(form.has_errors()),
            form,
            badge: if is_refused {
                Badge::person("declined").saying("Turned down").framed()
            } else {
                Badge::person("listed").saying("Candidate").framed()
            },
            name,
            email: candidate.email.clone(),
            affiliation: candidate.affiliation.clone(),
            guards: candidate
                .guards
                .iter()
                .map(|guard| Told { text: guard.sentence(), is_welcome: guard.is_welcome() })
                .collect(),
            nominations: candidate
                .nominations
                .iter()
                .rev()
                .map(|one| Said {
                    who: proposer(one),
                    when: at_words(one.at, &desk.event),
                    reason: one.reason.clone(),
                })
                .collect(),
            ballots: if may_edit && !is_refused { ballots(candidate.own_vote) } else { Vec::new() },
            has_voted: candidate.own_vote.is_some(),
            votes: votes_words(candidate),
            is_refused,
            may_edit,
            list: desk.path("/candidates"),
            here: desk.path(&format!("/candidates/{}", candidate.public_id)),
            id: candidate.public_id.clone(),
        })
    }
}
