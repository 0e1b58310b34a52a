//! Record an answer that came by mail, on the list, or in a corridor (ux.md 7).

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use conclave_core::answer::{AnswerRefused, AnswerValue, Given, GivenError, Outcome, TentativeReason, Via};
use conclave_core::candidate::NextTime;
use conclave_core::event::Remote;
use conclave_core::invitation::InvitationState;
use conclave_persistence::{Invitation, OnBehalf, Store, WriteError};
use http::StatusCode;

use super::{find, path_of};
use crate::access::{Desk, Edit};
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Link, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;

/// `/c/{event}/invitees/{person}/answer`.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/c/{event}/invitees/{person}/answer", get(show).post(record))
}

async fn show(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Path<(String, String)>,
    query: Query,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    let mut pairs = vec![
        ("answer", query.text("answer")),
        ("via", "mail"),
        ("receipt", "yes"),
        ("listed", ""),
        ("next", ""),
    ];
    if query.text("beyond") == "yes" {
        pairs.push(("override", ""));
    }
    Ok(forms::page(&AnswerPage::new(&desk, &invitation, Form::filled(pairs)).await?))
}

async fn record(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Path<(String, String)>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    let mut form = Form::typed(typed);
    let Some(answer) = read(&mut form) else {
        return AnswerPage::again(&desk, &invitation, form, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let here = path_of(&desk, &invitation);
    let recorded = store.record_answer_on_behalf(invitation.id, &answer, &desk.actor(), desk.now).await;
    if let (Ok(_), Some(wish)) = (&recorded, NextTime::parse(form.value("next"))) {
        // Nothing chosen leaves what was said before.
        if wish != NextTime::NothingSaid {
            store.set_next_time(invitation.id, wish, &desk.actor(), desk.now).await?;
        }
    }
    match recorded {
        Ok(answered) => Ok(done(
            wants,
            &here,
            match answered.outcome {
                Outcome::Unchanged => "That was their answer already; nothing was written.",
                Outcome::Recorded(_) | Outcome::Requested { .. } => "The answer is recorded.",
            },
        )),
        Err(WriteError::Refused(refused)) => {
            let (field, sentence) = match refused {
                AnswerRefused::NoSeat | AnswerRefused::NoSeatNoList => (
                    "override",
                    "All seats are taken or held. Say why you go beyond the number, or record the waiting list"
                        .to_owned(),
                ),
                AnswerRefused::UntilOutOfRange { .. } => ("until", refused.to_string()),
                AnswerRefused::RemoteOff => ("mode", refused.to_string()),
                AnswerRefused::TentativeOff | AnswerRefused::NothingToCancel => ("answer", refused.to_string()),
                AnswerRefused::Withdrawn
                | AnswerRefused::NotInvited
                | AnswerRefused::EventCancelled
                | AnswerRefused::EventOver
                | AnswerRefused::EventNotOpen
                | AnswerRefused::AnswersOpen
                | AnswerRefused::ChangedMeanwhile => {
                    return Err(PageError::Refused {
                        code: refused.code(),
                        sentence: format!("{refused}."),
                        back: Some(Link::new(here, invitation.shown_name())),
                    });
                }
            };
            form.error(field, sentence);
            AnswerPage::again(&desk, &invitation, form, StatusCode::CONFLICT).await
        }
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

/// What was typed, or what to fix.
fn read(form: &mut Form) -> Option<OnBehalf> {
    let is_tentative = form.value("answer") == AnswerValue::Tentative.as_str();
    let until = if is_tentative { form.value("until") } else { "" };
    let reason = if is_tentative { form.value("reason") } else { "" };
    let given = Given::parse(form.value("answer"), form.value("mode"), reason, until);
    let given = match given {
        Ok(given) => Some(given),
        Err(wrong) => {
            let (field, message) = match wrong {
                GivenError::Value => ("answer", "Choose the answer".to_owned()),
                GivenError::Until => ("until", wrong.to_string()),
                GivenError::Mode => ("mode", "Choose how they take part".to_owned()),
                GivenError::Reason => ("reason", wrong.to_string()),
            };
            form.error(field, message);
            None
        }
    };
    let via = form.choice(
        "via",
        &[("mail", Via::Mail), ("spoken", Via::Spoken)],
        "Choose how the answer reached you",
    );
    if form.value("note").chars().count() > NOTE_MAX {
        form.error("note", "Shorten it to 2,000 letters");
    }
    if form.value("override").chars().count() > OVERRIDE_MAX {
        form.error("override", "Shorten it to 500 letters");
    }
    let (Some(given), Some(via), false) = (given, via, form.has_errors()) else {
        return None;
    };
    Some(OnBehalf {
        given,
        via,
        note: form.value("note").to_owned(),
        override_reason: Some(form.value("override").to_owned()).filter(|reason| !reason.is_empty()),
        send_receipt: form.values().has("receipt"),
        listed: match form.value("listed") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
    })
}

const NOTE_MAX: usize = 2_000;
const OVERRIDE_MAX: usize = 500;

#[derive(Template)]
#[template(path = "desk/invitees/answer.html")]
struct AnswerPage {
    frame: DeskFrame,
    form: Form,
    name: String,
    back: Link,
    sentence: String,
    answers: Vec<(&'static str, &'static str)>,
    reasons: Vec<(&'static str, &'static str)>,
    modes: Vec<(&'static str, &'static str)>,
    asks_until: bool,
    asks_mode: bool,
    asks_override: bool,
    has_address: bool,
}

impl AnswerPage {
    async fn new(desk: &Desk<Edit>, invitation: &Invitation, form: Form) -> Result<Self, PageError> {
        let name = invitation.shown_name().to_owned();
        let heading = format!("Record an answer for {name}");
        let mut answers = vec![("accepted", "Will come")];
        if desk.event.tentative {
            answers.push(("tentative", "Cannot say yet"));
        }
        answers.push(("declined", "Will not come"));
        answers.push(("waiting", "Wants to be on the waiting list"));
        let sentence = if invitation.state == InvitationState::Listed {
            "They are not invited yet: recording an answer invites them by other means.".to_owned()
        } else {
            "For answers that arrive by mail, on the list, or in a corridor.".to_owned()
        };
        let mut modes = vec![("", "As offered, or as they said before"), ("in_person", "In the room")];
        modes.push(("remote", "By video"));
        Ok(Self {
            frame: desk.frame(heading, Section::Invitees).await?.failed(form.has_errors()),
            back: Link::new(path_of(desk, invitation), name.clone()),
            name,
            sentence,
            answers,
            reasons: TentativeReason::ALL
                .iter()
                .map(|reason| (reason.as_str(), reason_words(*reason)))
                .collect(),
            modes,
            asks_until: desk.event.tentative,
            asks_mode: desk.event.remote != Remote::Off,
            asks_override: form.values().has("override") || form.error_of("override").is_some(),
            has_address: !invitation.email.is_empty(),
            form,
        })
    }

    async fn again(
        desk: &Desk<Edit>,
        invitation: &Invitation,
        form: Form,
        status: StatusCode,
    ) -> Result<Response, PageError> {
        Ok(forms::answer(status, &Self::new(desk, invitation, form).await?))
    }
}

fn reason_words(reason: TentativeReason) -> &'static str {
    match reason {
        TentativeReason::Funding => "Funding",
        TentativeReason::Visa => "Visa",
        TentativeReason::Employer => "Employer",
        TentativeReason::Other => "Something else",
    }
}
