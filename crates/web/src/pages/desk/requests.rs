//! Late requests: who asked for what after answers closed, in the order they asked. Their place in line
//! is shown here and nowhere else.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use conclave_core::answer::{AnswerRefused, AnswerValue};
use conclave_core::committee::Action;
use conclave_core::deadline;
use conclave_core::event::Event;
use conclave_core::invitation::Mode;
use conclave_persistence::{ChangeRequest, Store, StoreError, WriteError};
use http::StatusCode;

use crate::access::{Desk, Edit, Right, See};
use crate::components::{Badge, SeatCount, ordinal};
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Link, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;
use crate::views::counted;

/// `/c/{event}/requests`.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/c/{event}/requests", get(show).post(decide))
}

async fn show(State(store): State<Store>, desk: Desk<See>, query: Query) -> Result<Response, PageError> {
    let mut page = RequestsPage::of(&store, &desk, Form::default()).await?;
    page.done = match query.text("done") {
        "grant" => "Granted. A receipt goes to them.",
        "tell" => "Turned down. They are told by mail.",
        "decline" => "Turned down. They are not told.",
        _ => "",
    };
    Ok(forms::page(&page))
}

/// `decide=grant|decline|tell` of `request`; `tell` declines and says so by mail.
async fn decide(
    State(store): State<Store>,
    desk: Desk<Edit>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let open = store.open_requests(desk.event.id).await?;
    let request = open.into_iter().find(|request| request.id.to_string() == typed.text("request"));
    let request = request.ok_or_else(|| decided_already(&desk))?;
    let beyond = Some(typed.text("override")).filter(|reason| !reason.is_empty());
    let (event, by, now) = (desk.event.id, desk.actor(), desk.now);
    let decided = match typed.text("decide") {
        "grant" => store.decide_request(event, request.id, true, beyond, &by, now).await,
        "decline" => store.turn_down_request(event, request.id, false, &by, now).await,
        "tell" => store.turn_down_request(event, request.id, true, &by, now).await,
        _ => return Err(PageError::NotFound),
    };
    match decided {
        Ok(()) => {
            let next = desk.path(&format!("/requests?done={}", typed.text("decide")));
            Ok(done(wants, &next, "Decided."))
        }
        Err(WriteError::Refused(AnswerRefused::NoSeat | AnswerRefused::NoSeatNoList)) => {
            let mut form = Form::typed(typed);
            form.error(field(&request), "No seat is free. Say why you go beyond the number, or turn it down");
            let page = RequestsPage::of(&store, &desk, form).await?;
            Ok(forms::answer(StatusCode::CONFLICT, &page))
        }
        Err(WriteError::Refused(refused)) => Err(PageError::Refused {
            code: refused.code(),
            sentence: format!("{}: {refused}.", request.name),
            back: Some(Link::new(desk.path("/requests"), "Late requests")),
        }),
        Err(WriteError::Store(StoreError::NotFound)) => Err(decided_already(&desk)),
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

fn decided_already(desk: &Desk<Edit>) -> PageError {
    PageError::Refused {
        code: "decided",
        sentence: "Somebody decided this already, or the wish was taken back.".to_owned(),
        back: Some(Link::new(desk.path("/requests"), "Late requests")),
    }
}

/// The field of a request's reason to go beyond the seats.
fn field(request: &ChangeRequest) -> String {
    format!("override-{}", request.public_id)
}

#[derive(Template)]
#[template(path = "desk/requests.html")]
struct RequestsPage {
    frame: DeskFrame,
    form: Form,
    /// What was just decided; empty when nothing was.
    done: &'static str,
    here: String,
    lede: String,
    seats: SeatCount,
    rows: Vec<Row>,
    may_edit: bool,
}

struct Row {
    id: String,
    public_id: String,
    name: String,
    href: String,
    wants: String,
    place: String,
    at: String,
    note: String,
    said: Badge,
    /// What was typed as the reason, once it is asked for.
    reason: Option<String>,
    error: String,
}

impl RequestsPage {
    async fn of<R: Right>(store: &Store, desk: &Desk<R>, form: Form) -> Result<Self, PageError> {
        let event = &desk.event;
        let open = store.open_requests(event.id).await?;
        Ok(Self {
            frame: desk.frame("Late requests", Section::Invitees).await?.failed(form.has_errors()),
            done: "",
            here: desk.path(""),
            lede: counted(open.len() as u64, "wish that waits for you", "wishes that wait for you"),
            seats: SeatCount::of(event, &store.seats(event).await?),
            rows: open.iter().map(|request| Row::of(desk, event, &form, request)).collect(),
            may_edit: desk.may(Action::Edit),
            form,
        })
    }
}

impl Row {
    fn of<R: Right>(desk: &Desk<R>, event: &Event, form: &Form, request: &ChangeRequest) -> Self {
        let mode = match request.mode {
            Mode::InPerson => "",
            Mode::Remote => ", by video",
            Mode::Observer => ", without a seat at the table",
        };
        let wanted = match request.wanted {
            AnswerValue::Accepted => "A seat".to_owned(),
            other => Badge::person(other.as_str()).word().to_owned(),
        };
        let error = form.error_of(&field(request)).unwrap_or_default().to_owned();
        Self {
            id: request.id.to_string(),
            name: request.name.clone(),
            href: desk.path(&format!("/invitees/{}", request.public_id)),
            wants: format!("{wanted}{mode}"),
            place: request.place.map(ordinal).unwrap_or_default(),
            at: deadline::day_short(deadline::today(request.at, event.zone)),
            note: request.note.clone(),
            said: match request.answer {
                Some(answer) => Badge::person(answer.as_str()),
                None => Badge::person("invited").saying("No answer yet"),
            },
            reason: (!error.is_empty()).then(|| form.value("override").to_owned()),
            error,
            public_id: request.public_id.clone(),
        }
    }
}
