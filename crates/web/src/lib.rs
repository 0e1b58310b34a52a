//! Pages and sessions: a request becomes one call of the store.
//!
//! # How to add a page
//!
//! 1. A handler in `pages/<who>.rs` (or a module below it), its route in that file's `routes()`.
//!    It returns `Result<Response, PageError>`; every failure is `?`, every answer one of
//!    [`forms::page`] (200), [`forms::invalid`] (422), [`forms::answer`] (other status),
//!    [`negotiate::text`], [`negotiate::done`] (303 after a change, 200 text for shells).
//! 2. A page struct with `#[derive(askama::Template)] #[template(path = "<who>/<page>.html")]` and a
//!    field `frame`: [`layout::LetterFrame`] (invitees, doors), [`layout::SheetFrame`] (public) or
//!    [`layout::DeskFrame`]. Frames start from the extractor [`layout::Site`]:
//!    `LetterFrame::new(site, "Your topics").event(slug, short_title, reply_to).invitee(name)`,
//!    `DeskFrame::new(site, title, member, token).event(event, Section::Invitees, "Boston time")`.
//! 3. A template in `templates/<who>/<page>.html`: `{% extends "layout/letter.html" %}`, then
//!    `{% block main %}`. Classes are those of `static/app.css`; no inline style or script.
//!    What the handler may touch comes from its arguments: `desk: Desk<Edit>` ([`access`]) is the event
//!    `{event}` of the path, the member and the right (also `See`, `SendMail`, `Decide`, `ManageMembers`,
//!    `ExportAttendees`, `ExportAll`), and makes the frame: `desk.frame(title, Section::Mail).await?`;
//!    `link: PersonalLink` is the `{token}` of the path: `link.page().await?`,
//!    `link.invitation(LinkKind::Web).await?`; `SignedIn` is a member outside any event.
//! 4. A test that asks for it through the router: `conclave_test_support::app` (`App::new(router)`,
//!    `app.get(path).send().await`, `reply.html().text("h1")`).
//!
//! # Pieces
//!
//! - **Forms** ([`forms`]): `typed: Typed` (last argument) reads any form, `Upload` one with a file;
//!   `Form::typed(typed)` keeps what was typed, `form.parse("title", Title::parse)` reads a field or
//!   notes what to fix, `form.error(field, "Give the topic a title")` adds more. In the template:
//!   `{{ form.summary("before we can take this topic") }}` first in `main`, then
//!   `{{ form.text("title", "Title").hint("...").max(120) }}`, `area`, `email`, `password`, `number`,
//!   `date`, `time`, `file`, `select`, `radios`, `ticks`, `tick`. Choices are `&[(value, label)]`, a
//!   `const` slice or a field of the page. Invalid: `frame.failed(true)`, 422.
//! - **Desk forms** carry `{{ frame.token() }}` and are read with [`session::Signed`] (or
//!   `SignedUpload`), never with `Typed`: it checks the token. Guest and door forms carry none and are
//!   read with `Typed`.
//! - **Components** ([`components`]): `Badge::person("invited")` (also `topic`, `message`, `event`;
//!   `.framed()` in headings), `Notice::done(lead, text)`, `Sort::of(&query, &columns)` with
//!   `{{ sort.header("name", "Name", "") }}`, `Pager::of(&query, total)`, `SeatChart`, `Bar`, `Facts`.
//!   Buttons are plain HTML: `<div class="row"><button class="btn">..</button><a class="btn btn3">`.
//! - **Lists** ([`links`]): the extractor `Query` holds the view; `query.with("state", "invited")`
//!   prints a link to another one.
//! - **Errors** ([`error`]): return a [`error::PageError`]; page, text or problem details are made by
//!   one layer. `PageError::internal(cause)` logs the cause with a reference and shows only that.
//!   Faults of the store come through `?`; a refusal is matched: `WriteError::Refused(why)` becomes a
//!   page of its own, or `PageError::refused(why.code(), why.to_string())`.
//! - **Who wants what** ([`negotiate`]): the extractor `Wants` is page, text or JSON.
//! - **Security** is in layers (`headers`, [`host`], [`csrf`], `request`), so a page cannot forget
//!   it. Pages are `no-store` unless they set `Cache-Control` themselves.
//! - **Own conventions of askama**: a field of the page is a bare name (`{{ frame.title }}`), a method
//!   of the page struct is `self.method()`, `{% if let Some(x) = field %}` borrows.
//! - **Time**: `State(clock): State<Clock>`, dates through `conclave_core::deadline`, never bare.
//! - **Mails**: `State(templates): State<Arc<Templates>>` has the operator's words;
//!   `conclave_mail::preview` masks links.
//! - **Plain words for values** are in [`views`]; `mailto` links through [`views::mailto`].

pub mod access;
pub mod assets;
pub mod client_ip;
pub mod components;
pub mod conflict;
pub mod csrf;
pub mod error;
pub mod forms;
mod headers;
pub mod host;
pub mod layout;
pub mod links;
pub mod negotiate;
pub mod pages;
pub mod passwords;
pub mod rate_limit;
mod request;
pub mod router;
pub mod session;
pub mod state;
pub mod views;

pub use pages::public::public_page_html;
