//! The reserve: who is next when a seat comes free. Everything here is a form with buttons, so that
//! the order is changed by keyboard and without script.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use conclave_core::committee::Action;
use conclave_core::event::{Event, EventState};
use conclave_core::invitation::Mode;
use conclave_core::reserve::RankMove;
use conclave_persistence::{Invitation, InviteeRefused, Proposal, Store, WriteError};
use http::StatusCode;

use crate::access::{Desk, Edit, Right, See};
use crate::components::SeatCount;
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Link, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;
use crate::views::{counted, people};

/// `/c/{event}/reserve`.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/reserve", get(show).post(change))
        .route("/c/{event}/suggestions", post(decide))
}

async fn show(State(store): State<Store>, desk: Desk<See>, query: Query) -> Result<Response, PageError> {
    let page = ReservePage::of(&store, &desk, query.text("moved"), Form::default()).await?;
    Ok(forms::page(&page))
}

/// `do=up|down|to|list` to the person `id`; `to` reads `rank`.
async fn change(
    State(store): State<Store>,
    desk: Desk<Edit>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let who = typed.text("id").to_owned();
    let person = store.invitation(desk.event.id, &who).await?.ok_or(PageError::NotFound)?;
    let back = |anchor: &str| desk.path(&format!("/reserve{anchor}"));
    let (by, now) = (desk.actor(), desk.now);
    let word = match typed.text("do") {
        "to" => typed.text("rank").to_owned(),
        "list" => {
            return match store.set_reserve(desk.event.id, &[person.id], false, &by, now).await {
                Ok(()) => Ok(done(wants, &back(""), "Moved back to the list.")),
                Err(refused) => Err(refusal(&desk, refused)),
            };
        }
        word => word.to_owned(),
    };
    let mut form = Form::typed(typed);
    match RankMove::parse(&word) {
        Err(error) => form.error(format!("rank-{}", person.public_id), error.to_string()),
        Ok(wanted) => match store.move_on_reserve(person.id, wanted, &by, now).await {
            Ok(rank) => {
                let anchor = format!("?moved={0}#p-{0}", person.public_id);
                let sentence = format!("{} has rank {rank} now.", person.shown_name());
                return Ok(done(wants, &back(&anchor), &sentence));
            }
            Err(refused) => return Err(refusal(&desk, refused)),
        },
    }
    let page = ReservePage::of(&store, &desk, "", form).await?;
    Ok(forms::answer(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// `do=reserve|list|aside` with the suggestion `id`.
async fn decide(
    State(store): State<Store>,
    desk: Desk<Edit>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let open = store.open_suggestions(desk.event.id).await?;
    let decided = || PageError::Refused {
        code: "decided",
        sentence: "Somebody decided this already.".to_owned(),
        back: Some(Link::new(desk.path("/reserve"), "Reserve")),
    };
    let found = open.into_iter().find(|one| one.id.to_string() == typed.text("id")).ok_or_else(decided)?;
    let (event, by, now) = (desk.event.id, desk.actor(), desk.now);
    let to_reserve = match typed.text("do") {
        "reserve" => true,
        "list" => false,
        "aside" => {
            store.set_suggestion_aside(event, found.id, &by, now).await?;
            return Ok(done(wants, &desk.path("/reserve"), "Set aside."));
        }
        _ => return Err(PageError::NotFound),
    };
    match store.take_suggestion(event, found.id, to_reserve, &by, now).await {
        Ok(person) => {
            let path = desk.path(&format!("/invitees/{}", person.public_id));
            Ok(done(wants, &path, "Taken up."))
        }
        Err(refused) => Err(refusal(&desk, refused)),
    }
}

fn refusal<R: Right>(desk: &Desk<R>, refused: WriteError<InviteeRefused>) -> PageError {
    match refused {
        WriteError::Refused(refused) => PageError::Refused {
            code: refused.code(),
            sentence: format!("{refused}."),
            back: Some(Link::new(desk.path("/reserve"), "Reserve")),
        },
        WriteError::Store(fault) => fault.into(),
    }
}

/// What follows for the reserve from the seats, in a sentence; and who is next, with the wave to them.
pub(super) struct NextOfReserve {
    pub(super) sentence: String,
    /// Where a wave to them is written, and what the button says.
    pub(super) wave: Option<Link>,
}

impl NextOfReserve {
    pub(super) fn of<R: Right>(desk: &Desk<R>, proposal: &Proposal) -> Self {
        let event = &desk.event;
        let names: Vec<&str> = proposal.next.iter().map(|person| person.name.as_str()).collect();
        let wave = (desk.may(Action::Send) && !names.is_empty()).then(|| {
            let ids: String = proposal.next.iter().map(|person| format!("&p={}", person.public_id)).collect();
            Link::new(
                desk.path(&format!("/mail/new?kind=invitation{ids}")),
                format!(
                    "Write to {}",
                    if names.len() == 1 { names.concat() } else { people(names.len() as u64) }
                ),
            )
        });
        let mut sentence = match names.as_slice() {
            [] => why_nobody(event, proposal, desk),
            [one] => format!("A seat is free and nobody waits for it: {one} is next."),
            several => format!(
                "{} seats are free and nobody waits for them: {} are next.",
                several.len(),
                several.join(", ")
            ),
        };
        sentence.push(' ');
        sentence.push_str(&how(event, proposal, desk));
        Self { sentence, wave }
    }
}

fn why_nobody<R: Right>(event: &Event, proposal: &Proposal, desk: &Desk<R>) -> String {
    if event.state != EventState::Open {
        return "The event is not open, so nobody is invited.".to_owned();
    }
    if event.answers_are_closed(desk.now) {
        return "Answers are closed, so nobody is invited any more.".to_owned();
    }
    match proposal.listed {
        0 => "No seat is free for them now.".to_owned(),
        1 => "1 person on the list was not written to, and comes before them.".to_owned(),
        n => format!("{n} people on the list were not written to, and come before them."),
    }
}

/// What happens when a seat comes free.
fn how<R: Right>(event: &Event, proposal: &Proposal, desk: &Desk<R>) -> String {
    if proposal.letter_is_old {
        "Nobody is written to by itself now: the letter names a day or place that the event does not have any \
         more. Send a wave yourself, or write another text for the reserve in the settings."
            .to_owned()
    } else if event.backfills_by_itself(desk.now) {
        let until = event.backfill.until.unwrap_or(event.answers_close).min(event.answers_close);
        format!(
            "When a seat comes free, the next is written to by itself, until {}.",
            event.deadline_words(until)
        )
    } else {
        "When a seat comes free, the next is proposed to you on the overview.".to_owned()
    }
}

#[derive(Template)]
#[template(path = "desk/reserve.html")]
struct ReservePage {
    frame: DeskFrame,
    form: Form,
    here: String,
    lede: String,
    seats: SeatCount,
    next: NextOfReserve,
    rows: Vec<Row>,
    suggestions: Vec<Suggested>,
    may_edit: bool,
}

struct Suggested {
    id: String,
    /// Name, and address if there is one.
    who: String,
    why: String,
    by: Link,
}

struct Row {
    id: String,
    rank: u32,
    name: String,
    href: String,
    mode: &'static str,
    affiliation: String,
    tags: Vec<String>,
    why: String,
    is_first: bool,
    is_last: bool,
    was_moved: bool,
    /// What was typed as their rank, and why it was not taken.
    typed: String,
    error: String,
}

impl ReservePage {
    async fn of<R: Right>(store: &Store, desk: &Desk<R>, moved: &str, form: Form) -> Result<Self, PageError> {
        let reserve = store.reserve(desk.event.id).await?;
        let (seats, proposal) = store.reserve_proposal(&desk.event, desk.now).await?;
        let last = reserve.len();
        // Nobody reads what the committee wrote about them (T22).
        let own = store.own_case(desk.event.id, desk.signed_in.account().id).await?;
        Ok(Self {
            frame: desk.frame("Reserve", Section::Invitees).await?.failed(form.has_errors()),
            here: desk.path(""),
            lede: counted(last as u64, "person, never written to", "people, never written to"),
            seats: SeatCount::of(&desk.event, &seats),
            next: NextOfReserve::of(desk, &proposal),
            rows: reserve
                .iter()
                .enumerate()
                .map(|(place, person)| {
                    let mut row = Row::of(desk, &form, person, place, last, moved);
                    if own.as_deref() == Some(person.public_id.as_str()) {
                        row.why.clear();
                    }
                    row
                })
                .collect(),
            suggestions: store
                .open_suggestions(desk.event.id)
                .await?
                .into_iter()
                .map(|one| Suggested {
                    id: one.id.to_string(),
                    who: match (one.instead.name.as_str(), one.instead.address.as_str()) {
                        ("", address) => address.to_owned(),
                        (name, "") => name.to_owned(),
                        (name, address) => format!("{name}, {address}"),
                    },
                    why: one.instead.why,
                    by: Link::new(desk.path(&format!("/invitees/{}", one.by_public_id)), one.by_name),
                })
                .collect(),
            may_edit: desk.may(Action::Edit),
            form,
        })
    }
}

impl Row {
    fn of<R: Right>(
        desk: &Desk<R>,
        form: &Form,
        person: &Invitation,
        place: usize,
        last: usize,
        moved: &str,
    ) -> Self {
        let rank = person.reserve_rank.unwrap_or_else(|| u32::try_from(place + 1).unwrap_or(u32::MAX));
        let error = form.error_of(&format!("rank-{}", person.public_id)).unwrap_or_default().to_owned();
        Self {
            href: desk.path(&format!("/invitees/{}", person.public_id)),
            name: person.shown_name().to_owned(),
            mode: match person.mode {
                Mode::InPerson => "",
                Mode::Remote => "by video",
                Mode::Observer => "without a seat at the table",
            },
            affiliation: person.affiliation.clone(),
            tags: person.tags.clone(),
            why: person.note.lines().next().unwrap_or_default().to_owned(),
            is_first: place == 0,
            is_last: place + 1 == last,
            was_moved: person.public_id == moved,
            typed: if error.is_empty() { rank.to_string() } else { form.value("rank").to_owned() },
            error,
            rank,
            id: person.public_id.clone(),
        }
    }
}
