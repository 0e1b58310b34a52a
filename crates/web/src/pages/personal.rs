//! What an invitee sees and posts: `/i/{token}` and below, `/i` for links that lost a piece, and
//! `/u/{token}` for whoever wants no more mail.
//!
//! Opening a page writes nothing, not one row, and sets no cookie (decision 10). The token in the
//! path is the right, also for a POST; the forms carry no token of their own, and refuse only what
//! says that it comes from another site. Every change answers 303 to the page that shows it, with a
//! line of text for a shell, or with the new state when text was asked for.

use axum::Router;
use axum::extract::{FromRef, FromRequestParts};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use conclave_core::clock::Clock;
use conclave_core::event::PageMode;
use conclave_core::ids::InvitationId;
use conclave_core::link_token::LinkKind;
use conclave_persistence::{PersonalPage, Store};
use http::request::Parts;

use crate::access::PersonalLink;
use crate::error::PageError;
use crate::layout::{LetterFrame, Link, Site};
use crate::state::AppState;

mod calendar;
mod details;
mod doors;
mod mute;
mod screen;
mod state;
mod topics;

/// Routes under `/i` and `/u`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/i", get(doors::paste).post(doors::open))
        .route("/i/lost", get(doors::lost).post(doors::send))
        .route("/i/{token}", get(state::show))
        .route("/i/{token}/answer", get(state::back).post(state::answer))
        .route("/i/{token}/reason", get(state::back).post(state::reason))
        .route("/i/{token}/late", get(state::back).post(state::late))
        .route("/i/{token}/mail", get(state::back).post(mute::from_page))
        .route("/i/{token}/topics", get(topics::list).post(topics::propose))
        .route("/i/{token}/topics/{number}", get(topics::show).post(topics::save))
        .route("/i/{token}/topics/{number}/withdraw", post(topics::withdraw))
        .route("/i/{token}/topics/{number}/again", post(topics::again))
        .route("/i/{token}/details", get(details::show).post(details::save))
        .route("/i/{token}/privacy", get(details::privacy))
        .route("/i/{token}/record", post(details::mail_record))
        .route("/i/{token}/event.ics", get(calendar::file))
        .route("/u/{token}", get(mute::show).post(mute::one_click))
}

/// Whoever follows a link, before anything was read.
struct Visitor {
    link: PersonalLink,
    site: Site,
    store: Store,
    public_url: String,
    now: DateTime<Utc>,
}

impl Visitor {
    /// The invitation alone, for a change that shows no page when it goes well.
    async fn invitation(&self) -> Result<InvitationId, PageError> {
        self.link.invitation(LinkKind::Web).await
    }

    /// With everything their page shows. Refuses with [`PageError::LinkNotFound`] whatever opens nothing.
    async fn guest(self) -> Result<Guest, PageError> {
        let page = self.link.page().await?;
        let Self { link, site, store, public_url, now } = self;
        Ok(Guest { page, link, site, store, public_url, now })
    }
}

impl<S> FromRequestParts<S> for Visitor
where
    S: Send + Sync,
    AppState: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let link = PersonalLink::from_request_parts(parts, state).await?;
        let state = AppState::from_ref(state);
        Ok(Self {
            link,
            site: Site::of(&state),
            public_url: state.config.public_url.to_string(),
            now: Clock::now(&state.clock),
            store: state.store,
        })
    }
}

/// The invitee behind the link of a request, with everything their page shows.
struct Guest {
    page: PersonalPage,
    link: PersonalLink,
    site: Site,
    store: Store,
    /// `https://rsvp.example.org`, for the commands in texts.
    public_url: String,
    now: DateTime<Utc>,
}

impl<S> FromRequestParts<S> for Guest
where
    S: Send + Sync,
    AppState: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        Visitor::from_request_parts(parts, state).await?.guest().await
    }
}

impl Guest {
    fn id(&self) -> InvitationId {
        self.page.invitation.id
    }

    /// Path of the invitee's page; `rest` starts with a slash or is empty.
    fn path(&self, rest: &str) -> String {
        self.link.path(rest)
    }

    /// The same guest after a write.
    async fn again(self) -> Result<Self, PageError> {
        let page = self.link.page().await?;
        Ok(Self { page, ..self })
    }

    fn frame(&self, title: impl Into<String>) -> LetterFrame {
        let event = &self.page.event;
        let mut frame = LetterFrame::new(self.site.clone(), title)
            .event(event.slug.as_str(), event.short_name(), &event.reply_to)
            .invitee(self.page.invitation.shown_name());
        if event.page == PageMode::Off {
            // There is nothing at the event's address.
            frame.mark.href = self.path("");
            frame.foot.clear();
        }
        let own = Link::new(self.path("/privacy"), "What we store");
        frame.foot.retain(|link| link.href != "/privacy");
        frame.foot.push(own);
        frame
    }
}

/// The box "print my name": ticked, sent unticked beside a hidden `no`, or not sent at all.
fn consent(typed: &crate::forms::Typed) -> Option<bool> {
    typed
        .has("listed")
        .then(|| typed.all("listed").any(|value| matches!(value.trim(), "yes" | "on" | "true")))
}
