//! One board of whom to chase and why, the most pressing first, with one thing to do for each.
//!
//! The view is in the query (`?why=overdue,soon&q=`). Ticked people go on to the page that writes a
//! reminder, which is asked for with a GET: nothing is saved before it is saved there.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use conclave_core::chase::{NOT_REACHED, Reason};
use conclave_core::committee::Action;
use conclave_core::deadline;
use conclave_core::name::fold;
use conclave_persistence::{ChaseBoard, ChaseRow, Invitation, Store};

use crate::access::{Desk, See};
use crate::components::{Badge, Pager};
use crate::error::PageError;
use crate::forms;
use crate::layout::{DeskFrame, Section};
use crate::links::Query;
use crate::state::AppState;
use crate::views::{mailto, people};

/// Route of the board.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/c/{event}/chase", get(show))
}

async fn show(State(store): State<Store>, desk: Desk<See>, query: Query) -> Result<Response, PageError> {
    let board = store.chase(&desk.event, desk.now).await?;
    let why: Vec<Reason> = query.list("why").filter_map(Reason::parse).collect();
    let here = desk.path("/chase");
    let view = query.without("page");
    let q = query.text("q");
    let shown: Vec<&ChaseRow> =
        board.rows.iter().filter(|row| is_meant(row, &why) && matches(&row.invitation, q)).collect();
    let pager = Pager::of(&query, shown.len() as u64);
    let offset = usize::try_from(pager.offset()).unwrap_or_default();
    let page_size = usize::try_from(Pager::ROWS).unwrap_or(usize::MAX);
    let page = ChasePage {
        frame: desk.frame("Whom to chase", Section::Invitees).await?,
        may_send: desk.may(Action::Send),
        tabs: tabs(&board, &why, &view, &here),
        is_filtered: !why.is_empty() || !q.is_empty(),
        shown: match (shown.len() as u64, board.rows.len() as u64) {
            (shown, all) if shown == all => format!("{}, the most pressing first.", people(all)),
            (shown, all) => format!("{shown} of {}, the most pressing first.", people(all)),
        },
        rows: shown.into_iter().skip(offset).take(page_size).map(|row| Row::of(&desk, row)).collect(),
        nobody: board.rows.is_empty(),
        q: q.to_owned(),
        why: why.iter().map(|reason| reason.as_str()).collect::<Vec<_>>().join(","),
        invitees: desk.path("/invitees"),
        letter: desk.path("/mail/new"),
        pager,
        here,
    };
    Ok(forms::page(&page))
}

fn is_meant(row: &ChaseRow, why: &[Reason]) -> bool {
    why.is_empty() || row.reasons.iter().any(|(reason, _)| why.contains(reason))
}

/// Every word typed is part of the name, the address or the affiliation, without case and marks.
fn matches(person: &Invitation, typed: &str) -> bool {
    let text = fold(&format!("{} {} {}", person.name, person.email, person.affiliation));
    fold(typed).split_whitespace().all(|word| text.contains(word))
}

/// All, who was not reached, then each reason that somebody has.
fn tabs(board: &ChaseBoard, why: &[Reason], view: &Query, here: &str) -> Vec<Tab> {
    let tab = |label: &str, value: &str, count: u64, current: bool| Tab {
        href: format!("{here}{}", view.with("why", value)),
        label: label.to_owned(),
        count,
        current,
    };
    let mut tabs = vec![tab("All", "", board.rows.len() as u64, why.is_empty())];
    let unreached = board.rows.iter().filter(|row| row.is_unreached()).count() as u64;
    let of_unreached = NOT_REACHED.map(Reason::as_str).join(",");
    if unreached > 0 || why == NOT_REACHED {
        tabs.push(tab("Not reached", &of_unreached, unreached, why == NOT_REACHED));
    }
    for (reason, count) in board.counts() {
        if count > 0 || why == [reason] {
            tabs.push(tab(label(reason), reason.as_str(), count, why == [reason]));
        }
    }
    tabs
}

/// A reason as a filter's name.
pub(super) fn label(reason: Reason) -> &'static str {
    match reason {
        Reason::Bounced => "Bounced",
        Reason::Uncertain => "Uncertain mail",
        Reason::Unreached => "Never reached",
        Reason::Wish => "Asks you",
        Reason::TentativeDue => "Day they named",
        Reason::Overdue => "Overdue",
        Reason::Soon => "Due soon",
        Reason::Reconfirm => "Not confirmed again",
        Reason::Details => "Details missing",
        Reason::NoTopic => "No topic yet",
    }
}

/// A reason as a sentence about somebody.
fn sentence(reason: Reason, day: &str) -> String {
    match reason {
        Reason::Bounced => "Mail to this address is refused".to_owned(),
        Reason::Uncertain => "Nobody knows whether our mail arrived".to_owned(),
        Reason::Unreached => "No mail to them has left".to_owned(),
        Reason::Wish => "Asks for something that you decide".to_owned(),
        Reason::TentativeDue => format!("Wanted to know by {day}"),
        Reason::Overdue => format!("Silent, and {day} is over"),
        Reason::Soon => format!("Silent, and answers by {day}"),
        Reason::Reconfirm if day.is_empty() => "Asked to say again whether they come".to_owned(),
        Reason::Reconfirm => format!("Asked to say again by {day} whether they come"),
        Reason::Details => format!("Comes; a detail that you need by {day} is missing"),
        Reason::NoTopic => format!("Comes; topics close on {day}"),
    }
}

fn shape(reason: Reason) -> Badge {
    let badge = match reason {
        Reason::Bounced | Reason::Unreached => Badge::person("bounced"),
        Reason::Uncertain => Badge::message("uncertain"),
        Reason::Wish => Badge::person("waiting"),
        Reason::TentativeDue => Badge::person("tentative"),
        Reason::Overdue => Badge::person("lapsed"),
        Reason::Soon => Badge::person("invited"),
        Reason::Reconfirm | Reason::Details | Reason::NoTopic => Badge::person("accepted"),
    };
    badge.saying(label(reason))
}

#[derive(Template)]
#[template(path = "desk/chase.html")]
struct ChasePage {
    frame: DeskFrame,
    may_send: bool,
    tabs: Vec<Tab>,
    is_filtered: bool,
    shown: String,
    rows: Vec<Row>,
    nobody: bool,
    q: String,
    why: String,
    invitees: String,
    letter: String,
    pager: Pager,
    here: String,
}

struct Tab {
    href: String,
    label: String,
    count: u64,
    current: bool,
}

struct Row {
    id: String,
    href: String,
    name: String,
    affiliation: String,
    badge: Badge,
    sentence: String,
    /// Other reasons, less pressing.
    also: Vec<String>,
    reminded: String,
    /// The one thing to do.
    action: String,
    action_href: String,
}

impl Row {
    fn of(desk: &Desk<See>, row: &ChaseRow) -> Self {
        let person = &row.invitation;
        let href = desk.path(&format!("/invitees/{}", person.public_id));
        let mut words = row
            .reasons
            .iter()
            .map(|(reason, day)| sentence(*reason, &day.map(deadline::day_short).unwrap_or_default()));
        let first = words.next().unwrap_or_default();
        let reason = row.reasons.first().map_or(Reason::Soon, |(reason, _)| *reason);
        let (action, action_href) = action(desk, person, reason, &href);
        let mut also: Vec<String> = words.collect();
        if person.is_muted {
            also.push("Asked us not to write".to_owned());
        }
        Self {
            id: person.public_id.clone(),
            name: person.shown_name().to_owned(),
            affiliation: person.affiliation.clone(),
            badge: shape(reason),
            sentence: first,
            also,
            reminded: person
                .reminded_at
                .map(|at| deadline::day_short(deadline::today(at, desk.event.zone)))
                .unwrap_or_default(),
            action: action.to_owned(),
            action_href,
            href,
        }
    }
}

/// One thing to do. Whoever was reminded, or does not want our mail, is written to by a person.
fn action(desk: &Desk<See>, person: &Invitation, reason: Reason, href: &str) -> (&'static str, String) {
    let may_send = desk.may(Action::Send);
    let has_had_both = person.reminded_at.is_some() || person.is_muted;
    let letter = |kind: &str| desk.path(&format!("/mail/new?kind={kind}&p={}", person.public_id));
    match reason {
        _ if !may_send => ("Look", href.to_owned()),
        Reason::Bounced => ("Fix the address", href.to_owned()),
        Reason::Uncertain => ("Decide", desk.path("/mail?state=uncertain#outbox")),
        Reason::Unreached => ("Look", href.to_owned()),
        Reason::Details if !person.email.is_empty() => ("Write yourself", mailto(&person.email)),
        Reason::Details => ("Look", href.to_owned()),
        Reason::Wish => ("Decide", href.to_owned()),
        Reason::TentativeDue | Reason::Overdue | Reason::Reconfirm => {
            ("Record an answer", format!("{href}/answer"))
        }
        Reason::Soon | Reason::NoTopic if has_had_both && !person.email.is_empty() => {
            ("Write yourself", mailto(&person.email))
        }
        Reason::Soon | Reason::NoTopic if has_had_both => ("Look", href.to_owned()),
        Reason::Soon => ("Remind", letter("reminder")),
        Reason::NoTopic => ("Ask for a topic", letter("topic_reminder")),
    }
}
