//! Balance and quotas: counts by tag, affiliation and first-timer against soft caps, and who outside
//! the committee may name how many.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use conclave_core::balance::{BalanceRefused, CapKind, Line};
use conclave_core::committee::Action;
use conclave_persistence::{Quota, Store, WriteError};

use crate::access::{Desk, Edit, Right, See};
use crate::components::Hidden;
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Section};
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;

/// `/c/{event}/balance` and its forms.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/balance", get(show))
        .route("/c/{event}/balance/cap", post(cap))
        .route("/c/{event}/balance/quota", post(quota))
}

const KINDS: &[(&str, &str)] = &[
    ("tag", "People with a tag"),
    ("affiliation", "People of an affiliation; without a name, of any one"),
    ("first_timers", "First-timers"),
];

async fn show(State(store): State<Store>, desk: Desk<See>) -> Result<Response, PageError> {
    Ok(forms::page(&BalancePage::of(&store, &desk, Form::filled([("kind", "tag")])).await?))
}

/// `kind`, `word`, `most`; `do=remove` takes the cap away.
async fn cap(
    State(store): State<Store>,
    desk: Desk<Edit>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let mut form = Form::typed(typed);
    let kind = CapKind::parse(form.value("kind"));
    let takes_away = form.value("do") == "remove";
    let most = match form.value("most").parse() {
        _ if takes_away => Some(None),
        Ok(most) => Some(Some(most)),
        Err(_) => None,
    };
    if kind.is_none() {
        form.error("kind", "Choose what is counted");
    }
    if most.is_none() {
        form.error("most", BalanceRefused::Number.to_string());
    }
    if let (Some(kind), Some(most)) = (kind, most) {
        match store.set_cap(desk.event.id, kind, form.value("word"), most, &desk.actor(), desk.now).await {
            Ok(()) => return Ok(done(wants, &desk.path("/balance"), "Saved.")),
            Err(WriteError::Refused(refused)) => {
                let field = if refused == BalanceRefused::Number { "most" } else { "word" };
                form.error(field, refused.to_string());
            }
            Err(WriteError::Store(fault)) => return Err(fault.into()),
        }
    }
    Ok(forms::invalid(&BalancePage::of(&store, &desk, form).await?))
}

/// `name`, `holder`, `tag`, `people`; `do=remove` takes the quota called `name` away.
async fn quota(
    State(store): State<Store>,
    desk: Desk<Edit>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let mut form = Form::typed(typed);
    let (by, now) = (desk.actor(), desk.now);
    if form.value("do") == "remove" {
        store.remove_quota(desk.event.id, form.value("name"), &by, now).await?;
        return Ok(done(wants, &desk.path("/balance"), "Taken away."));
    }
    match form.value("people").parse() {
        Err(_) => form.error("people", BalanceRefused::Number.to_string()),
        Ok(people) => {
            let quota = Quota {
                name: form.value("name").to_owned(),
                holder: form.value("holder").to_owned(),
                tag: form.value("tag").to_owned(),
                people,
                used: 0,
            };
            match store.add_quota(desk.event.id, &quota, &by, now).await {
                Ok(()) => return Ok(done(wants, &desk.path("/balance"), "Saved.")),
                Err(WriteError::Refused(refused)) => {
                    let field = match &refused {
                        BalanceRefused::NoTag => "tag",
                        BalanceRefused::Number => "people",
                        BalanceRefused::Line("who holds it") => "holder",
                        BalanceRefused::Line("the tag") => "tag",
                        BalanceRefused::Line(_) | BalanceRefused::NameTaken(_) => "name",
                    };
                    form.error(field, refused.to_string());
                }
                Err(WriteError::Store(fault)) => return Err(fault.into()),
            }
        }
    }
    Ok(forms::invalid(&BalancePage::of(&store, &desk, form).await?))
}

#[derive(Template)]
#[template(path = "desk/balance.html")]
struct BalancePage {
    frame: DeskFrame,
    form: Form,
    here: String,
    all: Line,
    /// First-timers on the list.
    new: u32,
    first_timers: Table,
    tags: Table,
    affiliations: Table,
    warnings: Vec<String>,
    /// The cap that holds for each affiliation.
    any: Option<u32>,
    quotas: Vec<QuotaRow>,
    may_edit: bool,
    kinds: &'static [(&'static str, &'static str)],
}

/// Lines of one kind, each with a button for the cap of its own.
#[derive(Template)]
#[template(path = "desk/balance_table.html")]
struct Table {
    heading: &'static str,
    kind: &'static str,
    rows: Vec<Row>,
    here: String,
    token: Hidden,
    may_edit: bool,
}
impl HtmlSafe for Table {}

struct Row {
    word: String,
    /// What the form that takes the cap away names; none without a cap of its own.
    cap_word: Option<String>,
    href: String,
    list: u32,
    invited: u32,
    accepted: u32,
    cap: String,
    over: u32,
}

struct QuotaRow {
    name: String,
    holder: String,
    tag: String,
    href: String,
    used: String,
    over: u32,
}

impl BalancePage {
    async fn of<R: Right>(store: &Store, desk: &Desk<R>, form: Form) -> Result<Self, PageError> {
        let sheet = store.balance(&desk.event, Some(desk.signed_in.account().id)).await?;
        let list = desk.path("/invitees");
        let own = |kind: CapKind, word: &str| {
            let mut caps = sheet.caps.iter();
            caps.find(|cap| cap.kind == kind && cap.word.to_lowercase() == word.to_lowercase())
                .map(|cap| cap.word.clone())
        };
        let query = |name: &str, word: &str| {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair(name, word).finish();
            format!("{list}?{query}")
        };
        let row = |line: &Line, word: &str, href: String, cap_word: Option<String>| Row {
            word: word.to_owned(),
            cap_word,
            href,
            list: line.list,
            invited: line.invited,
            accepted: line.accepted,
            cap: line.cap.map(|cap| cap.to_string()).unwrap_or_default(),
            over: line.over(),
        };
        let balance = &sheet.balance;
        let frame = desk.frame("Balance", Section::Invitees).await?.failed(form.has_errors());
        let table = |heading: &'static str, kind: CapKind, rows: Vec<Row>| Table {
            heading,
            kind: kind.as_str(),
            rows,
            here: desk.path(""),
            token: frame.token(),
            may_edit: desk.may(Action::Edit),
        };
        let first_timers =
            row(&balance.first_timers, "First-timers", String::new(), own(CapKind::FirstTimers, ""));
        let tags = balance.tags.iter();
        let tags =
            tags.map(|line| row(line, &line.word, query("tag", &line.word), own(CapKind::Tag, &line.word)));
        let affiliations = balance
            .affiliations
            .iter()
            .map(|line| row(line, &line.word, query("q", &line.word), own(CapKind::Affiliation, &line.word)));
        Ok(Self {
            here: desk.path(""),
            all: balance.all.clone(),
            new: balance.first_timers.list,
            first_timers: table("Who", CapKind::FirstTimers, vec![first_timers]),
            tags: table("Tag", CapKind::Tag, tags.collect()),
            affiliations: table("Affiliation", CapKind::Affiliation, affiliations.collect()),
            warnings: balance.warnings(),
            any: sheet
                .caps
                .iter()
                .find(|cap| cap.kind == CapKind::Affiliation && cap.word.is_empty())
                .map(|cap| cap.most),
            quotas: sheet
                .quotas
                .iter()
                .map(|quota| QuotaRow {
                    name: quota.name.clone(),
                    holder: quota.holder.clone(),
                    tag: quota.tag.clone(),
                    href: query("tag", &quota.tag),
                    used: format!("{} of {}", quota.used, quota.people),
                    over: quota.used.saturating_sub(quota.people),
                })
                .collect(),
            may_edit: desk.may(Action::Edit),
            kinds: KINDS,
            form,
            frame,
        })
    }
}
