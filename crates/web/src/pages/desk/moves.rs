//! Opening, closing, reopening, cancelling and reviving an event: each on a page that says what
//! follows from it. Opening is a member's, all else a chair's.

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
        .route("/c/{event}/revive", get(ask_revive).post(revive))
        .route("/c/{event}/cancel", get(ask_cancel).post(cancel))
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

async fn ask_revive(State(store): State<Store>, desk: Desk<Decide>) -> Result<Response, PageError> {
    ask(&store, &desk, EventMove::Revive, Form::default(), forms::page).await
}

async fn revive(
    State(store): State<Store>,
    desk: Desk<Decide>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    act(&store, &desk, EventMove::Revive, wants, typed).await
}

async fn ask_cancel(State(store): State<Store>, desk: Desk<Decide>) -> Result<Response, PageError> {
    ask(&store, &desk, EventMove::Cancel, Form::default(), forms::page).await
}

async fn cancel(
    State(store): State<Store>,
    desk: Desk<Decide>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    act(&store, &desk, EventMove::Cancel, wants, typed).await
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
    if wanted == EventMove::Cancel && form.value("slug") != desk.event.slug.as_str() {
        let slug = desk.event.slug.to_string();
        form.error("slug", EventChangeRefused::NotConfirmed(slug).to_string());
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
        EventMove::Reopen => (format!("Reopen the list of {name}?"), "Reopen the list"),
        EventMove::Revive => (format!("{name} takes place after all?"), "Take the cancellation back"),
        _ => (format!("Cancel {name}?"), "Cancel the event"),
    };
    let page = MovePage {
        frame: desk.frame(heading.clone(), Section::Settings).await?.failed(form.has_errors()),
        heading,
        consequence: consequence(store, desk, wanted).await?,
        reason_label: if wanted == EventMove::Cancel { "What should the pages say?" } else { "Why?" },
        reason_hint: match wanted {
            EventMove::Cancel => "Everybody who opens their link reads it.",
            EventMove::Close => "Optional; kept in the record.",
            _ => "Kept in the record.",
        },
        confirm: (wanted == EventMove::Cancel).then(|| format!("Type {} to confirm", desk.event.slug)),
        button,
        is_bad: wanted == EventMove::Cancel,
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
    let coming = count(&[Badge::Accepted]);
    let open = count(&[Badge::Invited, Badge::Bounced, Badge::Tentative]);
    let waiting = count(&[Badge::Waiting]);
    Ok(match wanted {
        EventMove::Close => format!(
            "From now on an answer is a request that you decide. {} without a settled answer, {} on the waiting \
             list; seats that come free are not given away by themselves.",
            people(open),
            waiting
        ),
        EventMove::Reopen => "Answers count at once again until the day answers close.".to_owned(),
        EventMove::Revive => {
            "Links take answers again. Nobody is written to by this; send a wave or write yourself."
                .to_owned()
        }
        _ => format!(
            "{} accepted, {open} invited without a settled answer, {waiting} on the waiting list. Links stop \
             taking answers and say that it is cancelled, so does the public page. Mail that has not left is \
             dropped. Nobody is written to by this: write to them yourself. The data stays.",
            people(coming)
        ),
    })
}

fn refused<R: Right>(desk: &Desk<R>, error: WriteError<EventChangeRefused>) -> PageError {
    match error {
        WriteError::Refused(EventChangeRefused::Move(refused)) => not_possible(desk, &refused),
        WriteError::Refused(refused) => PageError::refused(refused.code(), refused.to_string()),
        WriteError::Store(fault) => fault.into(),
    }
}

fn not_possible<R: Right>(desk: &Desk<R>, refused: &EventRefused) -> PageError {
    let back = Some(Link::new(desk.path("/settings"), "Settings"));
    PageError::Refused { code: refused.code(), sentence: format!("{refused}."), back }
}

#[derive(Template)]
#[template(path = "desk/move.html")]
struct MovePage {
    frame: DeskFrame,
    heading: String,
    consequence: String,
    reason_label: &'static str,
    reason_hint: &'static str,
    confirm: Option<String>,
    button: &'static str,
    is_bad: bool,
    back: String,
    form: Form,
}
