//! Who sits in the committee of an event, and what each may do: chairs alone change it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use conclave_core::address::Address;
use conclave_core::committee::Role;
use conclave_core::deadline;
use conclave_core::name::PersonName;
use conclave_persistence::{Account, AccountRefused, LogFilter, MemberState, Store, StoreError, WriteError};

use crate::access::{Desk, ManageMembers};
use crate::conflict::Conflict;
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Section};
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;

/// Routes of the committee.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/settings/committee", get(show).post(add))
        .route("/c/{event}/settings/committee/{account}/role", post(set_role))
        .route("/c/{event}/settings/committee/{account}/invite", post(invite_again))
        .route("/c/{event}/settings/committee/{account}/remove", post(remove))
}

/// Words of the forms, with what each role may do.
const ROLES: [(&str, &str); 3] = [
    ("member", "Member: everything but what cannot be taken back"),
    ("chair", "Chair: also cancels, closes, and manages members"),
    ("reader", "Reader: looks, and exports the list of attendees"),
];

async fn show(State(store): State<Store>, desk: Desk<ManageMembers>) -> Result<Response, PageError> {
    let form = Form::filled([("role", "member")]);
    Ok(forms::page(&CommitteePage::new(&store, &desk, form).await?))
}

/// Adds somebody by address. Without an account they get one, and a mail to choose a password.
async fn add(
    State(store): State<Store>,
    desk: Desk<ManageMembers>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let mut form = Form::typed(typed);
    let email = form.parse("email", Address::parse);
    let role = read_role(&mut form);
    let (Some(email), Some(role)) = (email, role) else {
        return Ok(forms::invalid(&CommitteePage::new(&store, &desk, form).await?));
    };
    let name = match form.value("name") {
        "" => None,
        _ => form.parse("name", PersonName::parse),
    };
    if form.has_errors() {
        return Ok(forms::invalid(&CommitteePage::new(&store, &desk, form).await?));
    }
    let by = desk.actor();
    match store.invite_to_committee(desk.event.id, &email, name.as_ref(), role, &by, desk.now).await {
        Ok(added) => {
            let words =
                if added.is_invited { "Added. A mail to choose a password is on its way." } else { "Added." };
            Ok(done(wants, &desk.path("/settings/committee"), words))
        }
        Err(WriteError::Refused(missing @ AccountRefused::NameMissing)) => {
            form.error("name", missing.to_string());
            Ok(forms::invalid(&CommitteePage::new(&store, &desk, form).await?))
        }
        Err(error) => Err(refused(error)),
    }
}

/// Mails a new link to choose a password.
async fn invite_again(
    State(store): State<Store>,
    desk: Desk<ManageMembers>,
    Path((_, account)): Path<(String, String)>,
    wants: Wants,
    _: Signed,
) -> Result<Response, PageError> {
    let (account, _) = member(&store, &desk, &account).await?;
    store.invite_member_again(desk.event.id, account.id, &desk.actor(), desk.now).await.map_err(refused)?;
    Ok(done(wants, &desk.path("/settings/committee"), "Sent again."))
}

async fn set_role(
    State(store): State<Store>,
    desk: Desk<ManageMembers>,
    Path((_, account)): Path<(String, String)>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let (account, current) = member(&store, &desk, &account).await?;
    let mut form = Form::typed(typed);
    let role = read_role(&mut form).ok_or_else(|| PageError::refused("role", "Choose a role"))?;
    // A form of ours says what it showed.
    let seen = Role::parse(form.value("seen")).unwrap_or(current);
    match store.change_role(desk.event.id, account.id, seen, role, &desk.actor(), desk.now).await {
        Ok(()) => Ok(done(wants, &desk.path("/settings/committee"), "Saved.")),
        Err(WriteError::Store(StoreError::Stale)) => {
            let here = desk.path("/settings/committee");
            let conflict = Conflict {
                what: "Committee".to_owned(),
                keep: here.clone(),
                action: format!("{here}/{}/role", account.id.0),
                rows: vec![(
                    format!("Role of {}", account.name),
                    current.as_str().to_owned(),
                    role.as_str().to_owned(),
                )],
                typed: form.values(),
                renewed: ("seen", current.as_str().to_owned()),
                newest: LogFilter { what: "event".to_owned(), whom: account.name, ..LogFilter::default() },
            };
            conflict.answer(&store, &desk, Section::Settings).await
        }
        Err(error) => Err(refused(error)),
    }
}

/// Ends somebody's rights in this event. Whoever removes themselves lands on the list of events.
async fn remove(
    State(store): State<Store>,
    desk: Desk<ManageMembers>,
    Path((_, account)): Path<(String, String)>,
    wants: Wants,
    _: Signed,
) -> Result<Response, PageError> {
    let (account, _) = member(&store, &desk, &account).await?;
    let account = account.id;
    store.remove_role(desk.event.id, account, &desk.actor(), desk.now).await.map_err(refused)?;
    let next = if account == desk.signed_in.account().id {
        "/c".to_owned()
    } else {
        desk.path("/settings/committee")
    };
    Ok(done(wants, &next, "Removed."))
}

/// The account, if it sits in this committee: nothing is said about any other.
async fn member(store: &Store, desk: &Desk<ManageMembers>, id: &str) -> Result<(Account, Role), PageError> {
    let committee = store.committee(desk.event.id).await?;
    committee.into_iter().find(|(account, _)| account.id.0.to_string() == id).ok_or(PageError::NotFound)
}

fn read_role(form: &mut Form) -> Option<Role> {
    let role = Role::parse(form.value("role"));
    if role.is_none() {
        form.error("role", "Choose what they may do");
    }
    role
}

fn refused(error: WriteError<AccountRefused>) -> PageError {
    match error {
        WriteError::Refused(refused) => PageError::refused(refused.code(), refused.to_string()),
        WriteError::Store(fault) => fault.into(),
    }
}

struct Member {
    name: String,
    email: String,
    is_you: bool,
    /// How far they are; empty for whoever has a password.
    state: String,
    /// Were mailed a link, and have not followed it.
    is_pending: bool,
    seen: &'static str,
    /// Chosen role, as a form of its own.
    role: Form,
    /// Of the field in that form.
    id: String,
    label: String,
    here: String,
}

#[derive(Template)]
#[template(path = "desk/settings/committee.html")]
struct CommitteePage {
    frame: DeskFrame,
    members: Vec<Member>,
    form: Form,
    roles: &'static [(&'static str, &'static str)],
    words: [(&'static str, &'static str); 3],
    here: String,
    back: String,
}

impl CommitteePage {
    async fn new(store: &Store, desk: &Desk<ManageMembers>, form: Form) -> Result<Self, PageError> {
        let here = desk.path("/settings/committee");
        let you = desk.signed_in.account().id;
        let states = store.member_states(desk.event.id, desk.now).await?;
        let state = |account: &Account| states.get(&account.id).copied().unwrap_or(MemberState::Ready);
        let members = store
            .committee(desk.event.id)
            .await?
            .into_iter()
            .map(|(account, role)| Member {
                is_you: account.id == you,
                is_pending: matches!(state(&account), MemberState::Invited(_) | MemberState::Expired),
                state: match state(&account) {
                    MemberState::Ready => String::new(),
                    MemberState::ByMail => "logs in by mailed link".to_owned(),
                    MemberState::Invited(until) => format!(
                        "invited; the link works until {}",
                        deadline::instant_words(until, desk.event.zone, &desk.event.zone_name())
                    ),
                    MemberState::Expired => "invited; the link has expired".to_owned(),
                },
                id: format!("role-{}", account.id.0.simple()),
                label: format!("Role of {}", account.name),
                here: format!("{here}/{}", account.id.0),
                name: account.name,
                email: account.email,
                seen: role.as_str(),
                role: Form::filled([("role", role.as_str())]),
            })
            .collect();
        Ok(Self {
            frame: desk.frame("Committee", Section::Settings).await?.failed(form.has_errors()),
            members,
            form,
            roles: &ROLES,
            words: [("member", "member"), ("chair", "chair"), ("reader", "reader")],
            back: desk.path("/settings"),
            here,
        })
    }
}
