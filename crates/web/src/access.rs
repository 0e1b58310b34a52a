//! What a request may touch: an event at the desk, or the one invitation behind a personal link.
//!
//! A handler that does not name [`Desk`] or [`PersonalLink`] has no event and no invitation. An
//! event that is not there and one in whose committee the member does not sit are the same 404.

use std::marker::PhantomData;

use axum::extract::{FromRef, FromRequestParts, RawPathParams};
use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::clock::Clock;
use conclave_core::committee::{Action, Role};
use conclave_core::deadline;
use conclave_core::event::Event;
use conclave_core::ids::InvitationId;
use conclave_core::link_token::{LinkKind, LinkToken};
use conclave_core::log_entry::Actor;
use conclave_persistence::{PersonalPage, Store};
use http::request::Parts;

use crate::client_ip::ClientIp;
use crate::error::PageError;
use crate::layout::{DeskCounts, DeskEvent, DeskFrame, Section, Site};
use crate::rate_limit::{Attempt, RateLimits};
use crate::session::SignedIn;
use crate::state::AppState;

/// An action as a type, so that a handler's signature says what it needs: `desk: Desk<Edit>`.
pub trait Right {
    /// What core decides about.
    const ACTION: Action;
    /// Said to who may not.
    const REFUSAL: &'static str;
}

macro_rules! right {
    ($($(#[$doc:meta])* $name:ident = $action:ident: $refusal:literal)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Right for $name {
            const ACTION: Action = Action::$action;
            const REFUSAL: &'static str = $refusal;
        }
    )*};
}

right! {
    /// Look at any page of the desk.
    See = See: "The committee of this event can see it."
    /// Export the attendee list.
    ExportAttendees = ExportAttendees: "The committee of this event can export it."
    /// Export anything else with personal data; reveal a personal link.
    ExportAll = ExportAll: "A member of the committee can do that; you may look."
    /// Change people, answers, topics, mail, settings.
    Edit = Edit: "A member of the committee can do that; you may look."
    /// Send or stop mail.
    SendMail = Send: "A member of the committee can send mail; you may look."
    /// Cancel, close, reopen.
    Decide = Decide: "A chair of this event can do that."
    /// Add and remove members.
    ManageMembers = ManageMembers: "A chair of this event can do that."
}

/// The event named `{event}` in the path, and the right to do `R` to it. Refuses with
/// [`PageError::SignIn`], [`PageError::NotFound`] outside the member's committees, and
/// [`PageError::Forbidden`].
#[derive(Clone, Debug)]
pub struct Desk<R> {
    pub event: Event,
    pub role: Role,
    pub signed_in: SignedIn,
    /// The instant of this request, the same for everything it does.
    pub now: DateTime<Utc>,
    site: Site,
    store: Store,
    right: PhantomData<R>,
}

impl<R: Right> Desk<R> {
    /// The member as the record names them.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.signed_in.actor()
    }

    /// True when the member may do this too: for buttons.
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        self.role.allows(action)
    }

    /// A path of this event's desk: `desk.path("/invitees")`.
    #[must_use]
    pub fn path(&self, rest: &str) -> String {
        format!("/c/{}{rest}", self.event.slug)
    }

    /// Today's date where the event is.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        deadline::today(self.now, self.event.zone)
    }

    /// The frame of a page in `section`, with the navigation's counts.
    pub async fn frame(&self, title: impl Into<String>, section: Section) -> Result<DeskFrame, PageError> {
        let counts = self.store.desk_counts(&self.event).await?;
        let some = |count: u64| (count > 0).then_some(count);
        let event = DeskEvent {
            slug: self.event.slug.to_string(),
            short_title: self.event.short_name().to_owned(),
            meta: meta(&self.event, self.now),
            counts: DeskCounts {
                invitees: some(counts.invitees),
                mail: some(counts.mail),
                topics: some(counts.topics),
            },
        };
        Ok(self.signed_in.frame(self.site.clone(), title).event(event, section, &self.event.zone_name()))
    }
}

impl<S, R> FromRequestParts<S> for Desk<R>
where
    S: Send + Sync,
    R: Right,
    AppState: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let signed_in = SignedIn::from_request_parts(parts, state).await?;
        let slug = path_parameter(parts, state, "event").await?;
        let state = AppState::from_ref(state);
        let scope = state.store.event_for(signed_in.account().id, &slug).await?;
        let (event, role) = scope.ok_or(PageError::NotFound)?;
        if !role.allows(R::ACTION) {
            return Err(PageError::Forbidden(R::REFUSAL));
        }
        let site = Site::of(&state);
        Ok(Self {
            event,
            role,
            signed_in,
            now: state.clock.now(),
            site,
            store: state.store,
            right: PhantomData,
        })
    }
}

/// A token nobody has: it would have to come out of 130 bits of HMAC.
const OPENS_NOTHING: &str = "00000000000000000000000000";

/// The personal link `{token}` in the path. Nothing is looked up before a method asks; whatever
/// opens nothing is [`PageError::LinkNotFound`], and counts as a failed look-up.
#[derive(Clone, Debug)]
pub struct PersonalLink {
    token: Option<LinkToken>,
    store: Store,
    clock: Clock,
    limits: RateLimits,
    ip: ClientIp,
}

impl PersonalLink {
    /// Everything the invitee's page shows. Reads only (decision 10).
    pub async fn page(&self) -> Result<PersonalPage, PageError> {
        let found = match &self.token {
            Some(token) => self.store.personal_page(token, self.clock.now()).await?,
            None => None,
        };
        found.ok_or_else(|| self.not_found())
    }

    /// The invitation, for a change. `Web` for the invitee's page, `Unsubscribe` for `/u`.
    pub async fn invitation(&self, kind: LinkKind) -> Result<InvitationId, PageError> {
        let found = match &self.token {
            Some(token) => self.store.invitation_by_link(kind, token).await?,
            None => None,
        };
        found.ok_or_else(|| self.not_found())
    }

    /// The token, for addresses on the invitee's own pages. Never for a log.
    #[must_use]
    pub fn token(&self) -> &str {
        self.token.as_ref().map_or("", LinkToken::expose)
    }

    /// Path of the invitee's page; `rest` starts with a slash or a question mark, or is empty.
    #[must_use]
    pub fn path(&self, rest: &str) -> String {
        format!("/i/{}{rest}", self.token())
    }

    fn not_found(&self) -> PageError {
        match self.limits.count(Attempt::FailedLookup, self.ip) {
            Ok(()) => PageError::LinkNotFound,
            Err(too_many) => too_many,
        }
    }
}

impl<S> FromRequestParts<S> for PersonalLink
where
    S: Send + Sync,
    AppState: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        // A path that is not text is as unknown as any other link.
        let token = path_parameter(parts, state, "token").await.ok();
        let state = AppState::from_ref(state);
        let Ok(ip) = ClientIp::from_request_parts(parts, &state).await;
        Ok(Self {
            // What is no token at all is looked up as one that opens nothing, so that it takes as long.
            token: token.as_deref().and_then(LinkToken::parse).or_else(|| LinkToken::parse(OPENS_NOTHING)),
            store: state.store,
            clock: state.clock,
            limits: state.limits,
            ip,
        })
    }
}

async fn path_parameter<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
    name: &str,
) -> Result<String, PageError> {
    let parameters =
        RawPathParams::from_request_parts(parts, state).await.map_err(|_| PageError::NotFound)?;
    parameters
        .iter()
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
        .ok_or_else(|| PageError::internal(format!("the route has no {{{name}}}")))
}

/// `20-21 June 2019, Boston, MA; 37 days to go`.
fn meta(event: &Event, now: DateTime<Utc>) -> String {
    let mut words = deadline::date_range_short(event.first_day, event.last_day);
    if !event.place.is_empty() {
        words = format!("{words}, {}", event.place);
    }
    match deadline::days_left(event.first_day, event.zone, now) {
        left @ 2.. => format!("{words}; {left} days to go"),
        1 => format!("{words}; tomorrow"),
        0 => format!("{words}; today"),
        _ => words,
    }
}
