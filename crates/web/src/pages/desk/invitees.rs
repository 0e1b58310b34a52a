//! The list of people: find a set of them and do one thing with it (ux.md 7, 8).
//!
//! The whole view is in the query (`?state=&q=&wave=&tag=&sort=&page=&select=&rows=`), so every list
//! can be kept as a bookmark. One person is in [`person`], what happens to several in [`bulk`].

mod add;
mod answer;
mod bulk;
mod checked;
mod edit;
mod link;
mod moves;
mod person;
mod words;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::badge::Badge as PersonState;
use conclave_core::committee::Action;
use conclave_core::deadline;
use conclave_core::event::Event;
use conclave_persistence::{Invitation, ListPage, ListQuery, Store};
use http::StatusCode;

use crate::access::{Desk, Right, See};
use crate::components::{Badge, Pager, SeatCount, Sort};
use crate::error::PageError;
use crate::forms;
use crate::layout::{DeskFrame, Section};
use crate::links::Query;
use crate::state::AppState;
use crate::views::{counted, people};

/// Routes of the list and everything below it.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/invitees", get(list))
        .merge(add::routes())
        .merge(bulk::routes())
        .merge(checked::routes())
        .merge(person::routes())
        .merge(edit::routes())
        .merge(answer::routes())
        .merge(link::routes())
        .merge(moves::routes())
}

const IN_DOUBT: &str = "Their answers came within seconds of the mail, or of the opposite answer: perhaps a machine pressed \
    the button. Open each of them, and say that it was them or record what they tell you.";

const ASKED_AGAIN: &str = "They have a seat, and it is kept. They were asked to say again that they come, and have not yet. Open \
    each of them, record what they tell you, or withdraw the invitation.";

const DETAILS_MISSING: &str =
    "They come, and have not answered a question that is needed. Their seat is theirs all the same.";

const UNREACHED: &str = "They are invited, and no mail of ours is known to have reached them: it was refused, came back, was \
    lost on the way, or none was written. Correct the address, write again, or reach them another way.";

const COLUMNS: [&str; 7] = ["name", "state", "affiliation", "sent", "answered", "topics", "position"];

async fn list(State(store): State<Store>, desk: Desk<See>, query: Query) -> Result<Response, PageError> {
    answer(&store, &desk, &query, "").await
}

/// The list as `query` names it. With something `to_fix`, as the answer to a post: 422.
async fn answer<R: Right>(
    store: &Store,
    desk: &Desk<R>,
    query: &Query,
    to_fix: &'static str,
) -> Result<Response, PageError> {
    let found = store.list(desk.event.id, &list_query(query, desk.today())).await?;
    let frame = desk.frame("Invitees", Section::Invitees).await?.failed(!to_fix.is_empty());
    let status = if to_fix.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    if found.total == 0 {
        let page = EmptyPage { frame, may_edit: desk.may(Action::Edit), here: desk.path("") };
        return Ok(forms::answer(status, &page));
    }
    Ok(forms::answer(status, &view(desk, frame, query, &found, to_fix)))
}

/// What the store is asked for.
pub(super) fn list_query(query: &Query, today: NaiveDate) -> ListQuery {
    let sort = Sort::of(query, &COLUMNS);
    ListQuery {
        states: query.list("state").filter_map(PersonState::parse).collect(),
        q: query.text("q").to_owned(),
        wave: query.text("wave").parse().ok(),
        tag: query.text("tag").to_owned(),
        in_doubt: query.text("check") == "answer",
        overdue_on: (query.text("check") == "overdue").then_some(today),
        asked_again: query.text("check") == "reconfirm",
        unreached: query.text("check") == "unreached",
        details_missing: query.text("check") == "details",
        sort: if sort.descending { format!("-{}", sort.column) } else { sort.column },
        page: query.text("page").parse().unwrap_or(1),
        page_size: if query.text("rows") == "all" { 0 } else { Pager::ROWS as u32 },
    }
}

fn view<R: Right>(
    desk: &Desk<R>,
    frame: DeskFrame,
    query: &Query,
    found: &ListPage,
    to_fix: &'static str,
) -> InviteesPage {
    let asked = list_query(query, desk.today());
    let view = query.without("done").without("n").without("select");
    let may_edit = desk.may(Action::Edit);
    let fits_one_page = found.pages == 1;
    let all_selected = may_edit && query.text("select") == "all" && found.matching > 0;
    let pager = if asked.page_size == 0 { Pager::of(&view, 0) } else { Pager::of(&view, found.matching) };
    InviteesPage {
        done: Done::of(query),
        to_fix,
        seats: SeatCount::of(&desk.event, &found.counted.seats(&desk.event)),
        reserve: match found.counted.reserve() {
            0 => "Reserve".to_owned(),
            n => format!("Reserve ({n})"),
        },
        heading: checked(&asked).map_or("Invitees", |(heading, _)| heading),
        lede: checked(&asked).map_or_else(|| lede(&desk.event, found), |(_, lede)| lede.to_owned()),
        tabs: tabs(&view, &asked.states, &found.counts),
        all: Tab {
            href: format!("{}{}", desk.path("/invitees"), view.without("state").without("page")),
            current: asked.states.is_empty(),
            badge: Badge::person("listed").saying("All"),
            people: found.total,
        },
        is_filtered: is_filtered(&asked),
        shown: shown(&asked, found),
        clear: format!("{}{}", desk.path("/invitees"), Query::default().with("sort", query.text("sort"))),
        select_all: format!("{}", view.with("select", "all")),
        select_none: format!("{view}"),
        everything: (found.pages > 1).then(|| view.without("page").with("rows", "all").to_string()),
        selects_hidden: all_selected && !fits_one_page,
        sort: Sort::of(&view, &COLUMNS),
        deeds: if may_edit { deeds(&asked) } else { Vec::new() },
        rows: found
            .rows
            .iter()
            .map(|row| Row::of(row, &desk.path("/invitees"), &desk.event, all_selected))
            .collect(),
        waves: found.waves.iter().map(|n| choice(&n.to_string(), query.text("wave"))).collect(),
        tags: found.tags.iter().map(|tag| choice(tag, query.text("tag"))).collect(),
        q: asked.q,
        kept: view
            .pairs()
            .filter(|(name, _)| matches!(*name, "state" | "check" | "sort" | "rows"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        view: view.to_string().trim_start_matches('?').to_owned(),
        matching: found.matching,
        on_the_list: match found.total {
            1 => "1 person is on the list.".to_owned(),
            total => format!("{} are on the list.", people(total)),
        },
        here: desk.path(""),
        pager,
        may_edit,
        frame,
    }
}

/// `28 people. 16 accepted, 3 have not answered, 20 seats.`
fn lede(event: &Event, found: &ListPage) -> String {
    let of = |badge| found.counts.iter().find(|(known, _)| *known == badge).map_or(0, |(_, n)| *n);
    let mut parts = vec![format!("{} accepted", of(PersonState::Accepted))];
    match of(PersonState::Invited) {
        0 => {}
        1 => parts.push("1 has not answered".to_owned()),
        silent => parts.push(format!("{silent} have not answered")),
    }
    if let Some(seats) = event.seats {
        parts.push(counted(u64::from(seats), "seat", "seats"));
    }
    format!("{}. {}.", people(found.total), parts.join(", "))
}

/// A tab adds its state to those in sight, or takes it away. States of nobody are left out.
fn tabs(view: &Query, chosen: &[PersonState], counts: &[(PersonState, u64)]) -> Vec<Tab> {
    counts
        .iter()
        .filter(|(badge, count)| *count > 0 || chosen.contains(badge))
        .map(|(badge, count)| {
            let current = chosen.contains(badge);
            let mut states: Vec<&str> =
                chosen.iter().filter(|other| *other != badge).map(|other| other.as_str()).collect();
            if !current {
                states.push(badge.as_str());
            }
            let target = view.without("page").with("state", &states.join(","));
            Tab {
                href: if target == Query::default() { "?".to_owned() } else { target.to_string() },
                current,
                badge: Badge::person(badge.as_str()),
                people: *count,
            }
        })
        .collect()
}

fn is_filtered(asked: &ListQuery) -> bool {
    !asked.states.is_empty()
        || !asked.q.is_empty()
        || asked.wave.is_some()
        || !asked.tag.is_empty()
        || checked(asked).is_some()
}

/// Heading and sentence of a list that is looked through for one reason.
fn checked(asked: &ListQuery) -> Option<(&'static str, &'static str)> {
    if asked.in_doubt {
        Some(("Invitees: was it they who answered?", IN_DOUBT))
    } else if asked.overdue_on.is_some() {
        Some((
            "Invitees past their reply-by date",
            "They have not answered, and the day to answer by has passed.",
        ))
    } else if asked.asked_again {
        Some(("Invitees: still to say again that they come", ASKED_AGAIN))
    } else if asked.details_missing {
        Some(("Invitees: details missing", DETAILS_MISSING))
    } else if asked.unreached {
        Some(("Invitees: not reached", UNREACHED))
    } else {
        None
    }
}

/// `4 of 28 shown: invited or bounced, by name.`
fn shown(asked: &ListQuery, found: &ListPage) -> String {
    let mut what = Vec::new();
    if !asked.states.is_empty() {
        let words: Vec<String> =
            asked.states.iter().map(|state| Badge::person(state.as_str()).word().to_lowercase()).collect();
        what.push(words.join(" or "));
    }
    if asked.in_doubt {
        what.push("answer in doubt".to_owned());
    }
    if asked.overdue_on.is_some() {
        what.push("past their reply-by date".to_owned());
    }
    if asked.asked_again {
        what.push("asked again, nothing said since".to_owned());
    }
    if asked.details_missing {
        what.push("a needed detail is missing".to_owned());
    }
    if asked.unreached {
        what.push("not reached by mail".to_owned());
    }
    if let Some(wave) = asked.wave {
        what.push(format!("wave {wave}"));
    }
    if !asked.tag.is_empty() {
        what.push(format!("tagged {}", asked.tag));
    }
    if !asked.q.is_empty() {
        what.push(format!("\u{201c}{}\u{201d}", asked.q));
    }
    let (column, descending) = match asked.sort.strip_prefix('-') {
        Some(column) => (column, true),
        None => (asked.sort.as_str(), false),
    };
    let order = match column {
        "state" => "by state",
        "affiliation" => "by affiliation",
        "sent" => "by the day we wrote",
        "answered" => "by the day they answered",
        "topics" => "by number of topics",
        "position" => "in the order of the list",
        _ => "by name",
    };
    what.push(if descending { format!("{order}, backwards") } else { order.to_owned() });
    if is_filtered(asked) {
        format!("{} of {} shown: {}.", found.matching, found.total, what.join(", "))
    } else {
        format!("{} shown, {}.", found.total, what.join(", "))
    }
}

/// What can be done with a set of people in these states; the fitting one first.
fn deeds(asked: &ListQuery) -> Vec<Deed> {
    use PersonState as S;
    const INVITE: Deed = Deed { value: "invite", text: "Invite\u{2026}", class: "btn2" };
    const REMIND: Deed = Deed { value: "remind", text: "Remind\u{2026}", class: "btn2" };
    const TAG: Deed = Deed { value: "tag", text: "Tag\u{2026}", class: "btn2" };
    const RESERVE: Deed = Deed { value: "reserve", text: "To the reserve\u{2026}", class: "btn2" };
    const LIST: Deed = Deed { value: "list", text: "Back to the list\u{2026}", class: "btn2" };
    const REMOVE: Deed = Deed { value: "remove", text: "Remove\u{2026}", class: "btn-bad" };
    const WITHDRAW: Deed = Deed { value: "withdraw", text: "Withdraw\u{2026}", class: "btn-bad" };
    const EXTEND: Deed = Deed { value: "extend", text: "Answer by\u{2026}", class: "btn2" };
    const LAPSE: Deed = Deed { value: "lapse", text: "Let lapse\u{2026}", class: "btn2" };
    let states = &asked.states;
    let only = |some: &[S]| !states.is_empty() && states.iter().all(|state| some.contains(state));
    let mut deeds = if asked.overdue_on.is_some() {
        vec![EXTEND, LAPSE, WITHDRAW]
    } else if only(&[S::Listed]) {
        vec![INVITE, TAG, RESERVE, REMOVE]
    } else if only(&[S::Reserve]) {
        vec![INVITE, LIST, TAG, REMOVE]
    } else if only(&[S::Invited, S::Bounced, S::Tentative]) {
        vec![REMIND, EXTEND, LAPSE, TAG, WITHDRAW]
    } else if only(&[S::Lapsed]) {
        vec![EXTEND, TAG, WITHDRAW]
    } else if only(&[S::Accepted, S::Waiting, S::Declined, S::Cancelled, S::Lapsed, S::Withdrawn]) {
        vec![TAG, WITHDRAW]
    } else {
        vec![INVITE, REMIND, TAG, WITHDRAW]
    };
    if let Some(first) = deeds.first_mut() {
        first.class = "";
    }
    deeds
}

fn choice(value: &str, chosen: &str) -> Choice {
    Choice { value: value.to_owned(), chosen: value == chosen }
}

/// `15 Apr`, in the event's zone.
fn day(at: Option<DateTime<Utc>>, event: &Event) -> String {
    at.map(|at| deadline::day_short(at.with_timezone(&event.zone).date_naive())).unwrap_or_default()
}

/// The badge of a person, with their place in line.
fn badge(invitation: &Invitation) -> Badge {
    match invitation.place_in_line {
        Some(place) if invitation.badge == PersonState::Waiting => Badge::waiting(place),
        _ => Badge::person(invitation.badge.as_str()),
    }
}

/// The invitee of this event behind a path's public id.
pub(super) async fn find<R: Right>(
    store: &Store,
    desk: &Desk<R>,
    person: &str,
) -> Result<Invitation, PageError> {
    store.invitation(desk.event.id, person).await?.ok_or(PageError::NotFound)
}

/// Path of a person's page.
pub(super) fn path_of<R: Right>(desk: &Desk<R>, invitation: &Invitation) -> String {
    desk.path(&format!("/invitees/{}", invitation.public_id))
}

#[derive(Template)]
#[template(path = "desk/invitees/list.html")]
struct InviteesPage {
    frame: DeskFrame,
    done: Option<Done>,
    to_fix: &'static str,
    heading: &'static str,
    lede: String,
    seats: SeatCount,
    reserve: String,
    all: Tab,
    tabs: Vec<Tab>,
    is_filtered: bool,
    shown: String,
    clear: String,
    select_all: String,
    select_none: String,
    everything: Option<String>,
    /// All are selected, also those on other pages.
    selects_hidden: bool,
    sort: Sort,
    deeds: Vec<Deed>,
    rows: Vec<Row>,
    waves: Vec<Choice>,
    tags: Vec<Choice>,
    q: String,
    kept: Vec<(String, String)>,
    view: String,
    matching: u64,
    on_the_list: String,
    here: String,
    pager: Pager,
    may_edit: bool,
}

#[derive(Template)]
#[template(path = "desk/invitees/empty.html")]
struct EmptyPage {
    frame: DeskFrame,
    may_edit: bool,
    here: String,
}

struct Tab {
    href: String,
    current: bool,
    badge: Badge,
    people: u64,
}

#[derive(Clone, Copy)]
struct Deed {
    value: &'static str,
    text: &'static str,
    class: &'static str,
}

struct Choice {
    value: String,
    chosen: bool,
}

struct Row {
    id: String,
    name: String,
    href: String,
    email: String,
    badge: Badge,
    /// The newest day, for the phone.
    gist: String,
    affiliation: String,
    wave: String,
    sent: String,
    reminded: String,
    answered: String,
    topics: String,
    tags: Vec<String>,
    ticked: bool,
}

impl Row {
    fn of(row: &Invitation, list: &str, event: &Event, ticked: bool) -> Self {
        let (sent, answered) = (day(row.invited_at, event), day(row.answered_at, event));
        let number = |n: u32| if n == 0 { String::new() } else { n.to_string() };
        Self {
            href: format!("{list}/{}", row.public_id),
            id: row.public_id.clone(),
            name: row.shown_name().to_owned(),
            email: row.email.clone(),
            badge: badge(row),
            gist: if answered.is_empty() { sent.clone() } else { answered.clone() },
            affiliation: row.affiliation.clone(),
            wave: row.wave_number.map(number).unwrap_or_default(),
            sent,
            reminded: day(row.reminded_at, event),
            answered,
            topics: number(row.topic_count),
            tags: row.tags.clone(),
            ticked,
        }
    }
}

/// What was just done, said once above the list. The address holds only a word and a number.
struct Done {
    lead: String,
    text: &'static str,
}

impl Done {
    fn of(query: &Query) -> Option<Self> {
        let n: u64 = query.text("n").parse().ok()?;
        let (lead, text) = match query.text("done") {
            "imported" => (
                format!("{} added.", people(n)),
                "Nobody was written to. To undo it, tick them and choose Remove.",
            ),
            "tagged" => (format!("Tag added to {}.", people(n)), ""),
            "untagged" => (format!("Tag taken from {}.", people(n)), ""),
            "reserved" => (format!("{} moved to the reserve.", people(n)), ""),
            "extended" => (
                counted(n, "person has another day to answer by.", "people have another day to answer by."),
                "Nobody was written to.",
            ),
            "lapsed" => (counted(n, "invitation lapsed.", "invitations lapsed."), "Nobody was written to."),
            "listed" => (format!("{} moved back to the list.", people(n)), ""),
            "removed" => (format!("{} removed.", people(n)), ""),
            "withdrawn" => {
                (counted(n, "invitation withdrawn.", "invitations withdrawn."), "No mail was sent.")
            }
            _ => return None,
        };
        Some(Self { lead, text })
    }
}
