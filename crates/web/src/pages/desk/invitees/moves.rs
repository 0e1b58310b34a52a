//! What a member does to one person: take the offer back, make it again or in another way, move to
//! the reserve, remove, lapse, tag, decide a wish. The link has a file of its own.
//!
//! Whatever cannot be undone by another press is a page of its own that names the consequence.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use conclave_core::answer::AnswerRefused;
use conclave_core::badge::Badge as PersonState;
use conclave_core::invitation::{InvitationRefused, Mode};
use conclave_persistence::{Invitation, InviteeRefused, Store, StoreError, WriteError};
use http::StatusCode;

use super::edit::note_refusal;
use super::person::PersonView;
use super::{find, path_of};
use crate::access::{Desk, Edit, Right};
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Link, Section};
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;
use crate::views::people;

/// Everything that a button of the person's page leads to.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/invitees/{person}/withdraw", get(ask_withdraw).post(withdraw))
        .route("/c/{event}/invitees/{person}/reinvite", get(ask_reinvite).post(reinvite))
        .route("/c/{event}/invitees/{person}/other-means", get(ask_other_means).post(other_means))
        .route("/c/{event}/invitees/{person}/remove", get(ask_remove).post(remove))
        .route("/c/{event}/invitees/{person}/reserve", post(reserve))
        .route("/c/{event}/invitees/{person}/lapse", post(lapse))
        .route("/c/{event}/invitees/{person}/extend", post(extend))
        .route("/c/{event}/invitees/{person}/tag", post(tag))
        .route("/c/{event}/invitees/{person}/request", post(decide))
}

pub(super) type Person = Path<(String, String)>;

/// A page that names the consequence and asks.
#[derive(Template)]
#[template(path = "desk/invitees/ask.html")]
pub(super) struct AskPage {
    pub(super) frame: DeskFrame,
    pub(super) form: Form,
    pub(super) heading: String,
    pub(super) sentences: Vec<String>,
    pub(super) action: String,
    pub(super) button: String,
    pub(super) is_bad: bool,
    pub(super) back: Link,
    /// Label of the reason; none asks for none.
    pub(super) reason: Option<&'static str>,
    /// Label of a box to tick first.
    pub(super) confirm: Option<&'static str>,
    /// Label of the box that also sends a mail; ticked unless said otherwise.
    pub(super) mail: Option<&'static str>,
}

impl AskPage {
    pub(super) async fn new(
        desk: &Desk<Edit>,
        invitation: &Invitation,
        heading: String,
        page: &str,
        form: Form,
    ) -> Result<Self, PageError> {
        let here = path_of(desk, invitation);
        Ok(Self {
            frame: desk.frame(heading.clone(), Section::Invitees).await?.failed(form.has_errors()),
            form,
            heading,
            sentences: Vec::new(),
            action: format!("{here}/{page}"),
            button: String::new(),
            is_bad: false,
            back: Link::new(here, invitation.shown_name()),
            reason: None,
            confirm: None,
            mail: None,
        })
    }

    pub(super) fn answer(&self) -> Response {
        if self.form.has_errors() { forms::invalid(self) } else { forms::page(self) }
    }
}

async fn ask_withdraw(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Person,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    Ok(withdraw_page(&store, &desk, &invitation, Form::default()).await?.answer())
}

async fn withdraw_page(
    store: &Store,
    desk: &Desk<Edit>,
    invitation: &Invitation,
    form: Form,
) -> Result<AskPage, PageError> {
    let name = invitation.shown_name();
    let heading = format!("Withdraw the invitation of {name}");
    let has_seat = invitation.badge == PersonState::Accepted;
    let waiting = store.seats(&desk.event).await?.mode(offered(invitation)).map_or(0, |seats| seats.waiting);
    let seat = match (has_seat, waiting) {
        (true, 0) => format!("{name} said yes and has a seat. It becomes free."),
        (true, n) => {
            format!("{name} said yes and has a seat. It goes to the waiting list ({}).", people(n.into()))
        }
        (false, _) => "A seat that is held for them becomes free.".to_owned(),
    };
    Ok(AskPage {
        sentences: vec![
            seat,
            "Their link then says that the invitation was taken back. No mail is sent: tell them yourself."
                .to_owned(),
            "You can invite them again later.".to_owned(),
        ],
        button: "Withdraw the invitation".to_owned(),
        is_bad: true,
        reason: Some("Why?"),
        confirm: has_seat.then_some("Take the seat back from somebody who said yes"),
        ..AskPage::new(desk, invitation, heading, "withdraw", form).await?
    })
}

async fn withdraw(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Person,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    let mut form = Form::typed(typed);
    let confirmed = form.values().has("confirm");
    let reason = form.value("reason").to_owned();
    let withdrawn = store.withdraw(invitation.id, &reason, confirmed, &desk.actor(), desk.now).await;
    match withdrawn {
        Ok(_) => return Ok(done(wants, &path_of(&desk, &invitation), "The invitation is withdrawn.")),
        Err(WriteError::Refused(InviteeRefused::State(InvitationRefused::NoReason))) => {
            form.error("reason", "Say why, in one line of up to 500 letters; the record keeps it");
        }
        Err(WriteError::Refused(InviteeRefused::State(InvitationRefused::ConfirmTakingSeat))) => {
            form.error("confirm", "Tick that you take the seat back");
        }
        Err(refused) => return Err(refusal(&desk, &invitation, refused)),
    }
    Ok(withdraw_page(&store, &desk, &invitation, form).await?.answer())
}

async fn ask_reinvite(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Person,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    let heading = format!("Invite {} again", invitation.shown_name());
    let page = AskPage {
        sentences: vec![
            "The invitation opens again, without an answer, and a seat is held for it.".to_owned(),
            "Older links stay closed. No mail is sent by this: send the new link from their page afterwards."
                .to_owned(),
        ],
        button: "Invite again".to_owned(),
        ..AskPage::new(&desk, &invitation, heading, "reinvite", Form::default()).await?
    };
    Ok(page.answer())
}

async fn reinvite(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Person,
    wants: Wants,
    Signed(_): Signed,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    match store.reinvite(invitation.id, &desk.actor(), desk.now).await {
        Ok(_) => Ok(done(wants, &path_of(&desk, &invitation), "The invitation is open again.")),
        Err(refused) => Err(refusal(&desk, &invitation, refused)),
    }
}

async fn ask_other_means(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Person,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    let heading = format!("Invite {} by other means", invitation.shown_name());
    let mut sentences = vec![
        "For somebody you asked in person or on paper. A seat is held, and the record says so.".to_owned(),
        "No mail is sent. Their personal link is on their page, for you to hand over.".to_owned(),
    ];
    if invitation.badge == PersonState::Queued {
        sentences.push("Their letter of the wave that has not left is taken out.".to_owned());
    }
    let page = AskPage {
        sentences,
        button: "Record the invitation".to_owned(),
        ..AskPage::new(&desk, &invitation, heading, "other-means", Form::default()).await?
    };
    Ok(page.answer())
}

async fn other_means(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Person,
    wants: Wants,
    Signed(_): Signed,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    match store.invite_by_other_means(invitation.id, &desk.actor(), desk.now).await {
        Ok(_) => Ok(done(wants, &path_of(&desk, &invitation), "Invited by other means.")),
        Err(refused) => Err(refusal(&desk, &invitation, refused)),
    }
}

async fn ask_remove(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Person,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    let heading = format!("Remove {} from the list", invitation.shown_name());
    let page = AskPage {
        sentences: vec![
            "They were never written to. Everything about them at this event is deleted: name, address, tags, note, topics.".to_owned(),
            "The record keeps that somebody was removed. This cannot be undone; you can add them again.".to_owned(),
        ],
        button: "Remove from the list".to_owned(),
        is_bad: true,
        ..AskPage::new(&desk, &invitation, heading, "remove", Form::default()).await?
    };
    Ok(page.answer())
}

async fn remove(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Person,
    wants: Wants,
    Signed(_): Signed,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    match store.remove_listed(invitation.id, &desk.actor(), desk.now).await {
        Ok(()) => Ok(done(wants, &desk.path("/invitees?done=removed&n=1"), "Removed from the list.")),
        Err(refused) => Err(refusal(&desk, &invitation, refused)),
    }
}

async fn reserve(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Person,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    let to_reserve = typed.text("reserve") == "yes";
    match store.set_reserve(desk.event.id, &[invitation.id], to_reserve, &desk.actor(), desk.now).await {
        Ok(()) => Ok(done(wants, &path_of(&desk, &invitation), "Moved.")),
        Err(refused) => Err(refusal(&desk, &invitation, refused)),
    }
}

async fn lapse(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Person,
    wants: Wants,
    Signed(_): Signed,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    if store.lapse(invitation.id, &desk.actor(), desk.now).await? {
        return Ok(done(wants, &path_of(&desk, &invitation), "The invitation has lapsed."));
    }
    Err(with_back(
        &desk,
        &invitation,
        PageError::refused("not-due", "They have answered, or their date has not passed"),
    ))
}

async fn extend(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Person,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    let mut form = Form::typed(typed);
    match form.value("reply_by").parse() {
        Err(_) => form.error("reply_by", "Choose the day by which they answer"),
        Ok(day) => match store.extend(desk.event.id, &[invitation.id], day, &desk.actor(), desk.now).await {
            Ok(_) => return Ok(done(wants, &path_of(&desk, &invitation), "Saved.")),
            Err(WriteError::Refused(InviteeRefused::Value { problem, .. })) => {
                form.error("reply_by", forms::sentence(&problem));
            }
            Err(refused) => return Err(refusal(&desk, &invitation, refused)),
        },
    }
    PersonView::of(&store, &desk, &invitation, form).await?.answer(StatusCode::UNPROCESSABLE_ENTITY)
}

async fn tag(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Person,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    let adds = typed.text("do") != "untag";
    let tagged =
        store.tag(desk.event.id, &[invitation.id], typed.text("tag"), adds, &desk.actor(), desk.now).await;
    match tagged {
        Ok(_) => Ok(done(wants, &path_of(&desk, &invitation), "Saved.")),
        Err(WriteError::Refused(InviteeRefused::Value { key: _, problem })) => {
            let mut form = Form::typed(typed);
            note_refusal(&mut form, &InviteeRefused::Value { key: "tag".to_owned(), problem })?;
            PersonView::of(&store, &desk, &invitation, form).await?.answer(StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(refused) => Err(refusal(&desk, &invitation, refused)),
    }
}

/// Grants or turns down a wish. Without a seat, the page asks for the reason to go beyond.
async fn decide(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Person,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    let open = store.open_requests(desk.event.id).await?;
    let request = open
        .into_iter()
        .find(|request| {
            request.invitation == invitation.id && request.id.to_string() == typed.text("request")
        })
        .ok_or_else(|| {
            with_back(
                &desk,
                &invitation,
                PageError::refused("decided", "Somebody decided this already, or the wish was taken back"),
            )
        })?;
    let grant = match typed.text("decide") {
        "grant" => true,
        "decline" => false,
        _ => return Err(PageError::NotFound),
    };
    let beyond = Some(typed.text("override")).filter(|reason| !reason.is_empty());
    let decided = if !grant && typed.has("tell") {
        store.turn_down_request(desk.event.id, request.id, true, &desk.actor(), desk.now).await
    } else {
        store.decide_request(desk.event.id, request.id, grant, beyond, &desk.actor(), desk.now).await
    };
    match decided {
        Ok(()) => Ok(done(wants, &path_of(&desk, &invitation), "Decided.")),
        Err(WriteError::Refused(AnswerRefused::NoSeat | AnswerRefused::NoSeatNoList)) => {
            let mut form = Form::typed(typed);
            form.error("override", "No seat is free. Say why you go beyond the number, or turn it down");
            PersonView::of(&store, &desk, &invitation, form).await?.answer(StatusCode::CONFLICT)
        }
        Err(WriteError::Refused(refused)) => {
            Err(with_back(&desk, &invitation, PageError::refused(refused.code(), refused.to_string())))
        }
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

/// Mode in which a seat is held for them.
fn offered(invitation: &Invitation) -> Mode {
    invitation.answer_mode.unwrap_or(invitation.mode)
}

/// A refusal as a page that leads back to the person.
pub(super) fn refusal<R: Right>(
    desk: &Desk<R>,
    invitation: &Invitation,
    refused: WriteError<InviteeRefused>,
) -> PageError {
    match refused {
        WriteError::Refused(refused) => {
            with_back(desk, invitation, PageError::refused(refused.code(), refused.to_string()))
        }
        WriteError::Store(StoreError::NotFound) => PageError::NotFound,
        WriteError::Store(fault) => fault.into(),
    }
}

fn with_back<R: Right>(desk: &Desk<R>, invitation: &Invitation, error: PageError) -> PageError {
    match error {
        PageError::Refused { code, sentence, back: None } => {
            let back = Some(Link::new(path_of(desk, invitation), invitation.shown_name()));
            PageError::Refused { code, sentence, back }
        }
        other => other,
    }
}
