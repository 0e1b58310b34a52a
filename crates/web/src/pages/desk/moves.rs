//! Opening, closing and reopening an event: each on a page that says what follows from it. Opening is
//! a member's, all else a chair's. Cancelling is in [`super::changes`].

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use conclave_core::badge::Badge;
use conclave_core::event::{EventMove, EventRefused};
use conclave_persistence::{EventChangeRefused, Store, WriteError};

use crate::access::{Decide, Desk, Edit, Right};
use crate::error::PageError;
use crate::forms::{self, Form, Typed};
use crate::layout::{DeskFrame, Link, Section};
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;
use crate::views::people;

/// Routes of the moves.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/open", post(open))
        .route("/c/{event}/close", get(ask_close).post(close))
        .route("/c/{event}/reopen", get(ask_reopen).post(reopen))
}

async fn open(
    State(store): State<Store>,
    desk: Desk<Edit>,
    wants: Wants,
    _: Signed,
) -> Result<Response, PageError> {
    match store.move_event(desk.event.id, EventMove::Open, None, &desk.actor(), desk.now).await {
        Ok(_) => Ok(done(wants, &desk.path(""), "The event is open.")),
        Err(error) => Err(refused(&desk, error)),
    }
}

async fn ask_close(State(store): State<Store>, desk: Desk<Decide>) -> Result<Response, PageError> {
    ask(&store, &desk, EventMove::Close, Form::default(), forms::page).await
}

async fn close(
    State(store): State<Store>,
    desk: Desk<Decide>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    act(&store, &desk, EventMove::Close, wants, typed).await
}

async fn ask_reopen(State(store): State<Store>, desk: Desk<Decide>) -> Result<Response, PageError> {
    ask(&store, &desk, EventMove::Reopen, Form::default(), forms::page).await
}

async fn reopen(
    State(store): State<Store>,
    desk: Desk<Decide>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    act(&store, &desk, EventMove::Reopen, wants, typed).await
}

async fn act(
    store: &Store,
    desk: &Desk<Decide>,
    wanted: EventMove,
    wants: Wants,
    typed: Typed,
) -> Result<Response, PageError> {
    let mut form = Form::typed(typed);
    let reason = form.value("reason").to_owned();
    if reason.is_empty() && wanted != EventMove::Close {
        form.error("reason", "Say why");
    }
    if reason.chars().count() > 1000 || reason.chars().any(|c| c.is_control() && c != '\n') {
        form.error("reason", "Write up to 1000 characters of plain text");
    }
    if form.has_errors() {
        return ask(store, desk, wanted, form, forms::invalid).await;
    }
    let reason = Some(reason.as_str()).filter(|reason| !reason.is_empty());
    match store.move_event(desk.event.id, wanted, reason, &desk.actor(), desk.now).await {
        Ok(_) => Ok(done(wants, &desk.path(""), "Done.")),
        Err(error) => Err(refused(desk, error)),
    }
}

async fn ask(
    store: &Store,
    desk: &Desk<Decide>,
    wanted: EventMove,
    form: Form,
    answer: fn(&MovePage) -> Response,
) -> Result<Response, PageError> {
    // What cannot be done is not asked about.
    let possible = desk.event.after(wanted, Some("asked"), 1, desk.now);
    if let Err(impossible) = possible {
        return Err(not_possible(desk, &impossible));
    }
    let name = desk.event.short_name();
    let (heading, button) = match wanted {
        EventMove::Close => (format!("Close the list of {name}?"), "Close the list"),
        _ => (format!("Reopen the list of {name}?"), "Reopen the list"),
    };
    let page = MovePage {
        frame: desk.frame(heading.clone(), Section::Settings).await?.failed(form.has_errors()),
        heading,
        consequence: consequence(store, desk, wanted).await?,
        reason_hint: match wanted {
            EventMove::Close => "Optional; kept in the record.",
            _ => "Kept in the record.",
        },
        look: if wanted == EventMove::Close { unsettled(desk) } else { Vec::new() },
        button,
        back: desk.path("/settings"),
        form,
    };
    Ok(answer(&page))
}

/// What follows, in numbers.
async fn consequence(store: &Store, desk: &Desk<Decide>, wanted: EventMove) -> Result<String, PageError> {
    let overview = store.overview(&desk.event, desk.now).await?;
    let count = |badges: &[Badge]| -> u64 {
        overview.counts.iter().filter(|(badge, _)| badges.contains(badge)).map(|(_, people)| people).sum()
    };
    let open = count(&[Badge::Invited, Badge::Bounced, Badge::Tentative]);
    let waiting = count(&[Badge::Waiting]);
    Ok(match wanted {
        EventMove::Close => format!(
            "From now on an answer is a request that you decide. {} without a settled answer, {} on the waiting \
             list; seats that come free are not given away by themselves.",
            people(open),
            waiting
        ),
        _ => "Answers count at once again until the day answers close.".to_owned(),
    })
}

/// Lists to decide on before or after closing: held seats, and whom no mail reached.
fn unsettled<R: Right>(desk: &Desk<R>) -> Vec<Link> {
    vec![
        Link::new(desk.path("/invitees?state=invited,bounced,tentative"), "Held seats, to decide on each"),
        Link::new(desk.path("/invitees?state=waiting"), "The waiting list"),
        Link::new(desk.path("/invitees?check=unreached"), "Who was not reached"),
    ]
}

fn refused<R: Right>(desk: &Desk<R>, error: WriteError<EventChangeRefused>) -> PageError {
    match error {
        WriteError::Refused(EventChangeRefused::Move(refused)) => not_possible(desk, &refused),
        WriteError::Refused(refused) => PageError::refused(refused.code(), refused.to_string()),
        WriteError::Store(fault) => fault.into(),
    }
}

pub(super) fn not_possible<R: Right>(desk: &Desk<R>, refused: &EventRefused) -> PageError {
    let back = Some(Link::new(desk.path("/settings"), "Settings"));
    PageError::Refused { code: refused.code(), sentence: format!("{refused}."), back }
}

#[derive(Template)]
#[template(path = "desk/move.html")]
struct MovePage {
    frame: DeskFrame,
    heading: String,
    consequence: String,
    reason_hint: &'static str,
    /// Lists to look at.
    look: Vec<Link>,
    button: &'static str,
    back: String,
    form: Form,
}
