//! How often a member is told what happened in an event: their own choice, whatever their role.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use conclave_core::digest::DigestChoice;
use conclave_persistence::{DigestSetting, Store};

use crate::access::{Desk, See};
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;

/// Routes of the choice.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/c/{event}/digest", get(show).post(save))
}

const CHOICES: [(&str, DigestChoice); 3] =
    [("daily", DigestChoice::Daily), ("every", DigestChoice::Every), ("never", DigestChoice::Never)];

async fn show(State(store): State<Store>, desk: Desk<See>, query: Query) -> Result<Response, PageError> {
    let account = desk.signed_in.account().id;
    let setting = store.digest_setting(desk.event.id, account).await?.ok_or(PageError::NotFound)?;
    let form =
        Form::filled([("choice", setting.choice.as_str().to_owned()), ("hour", setting.hour.to_string())]);
    let mut page = DigestPage::new(&desk, form).await?;
    page.saved = query.text("saved") == "yes";
    Ok(forms::page(&page))
}

async fn save(
    State(store): State<Store>,
    desk: Desk<See>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let mut form = Form::typed(typed);
    let choice = form.choice("choice", &CHOICES, "Choose how often you want to be told");
    let hour = match choice {
        Some(DigestChoice::Daily) => form.parse("hour", |text| {
            text.parse::<u32>().ok().filter(|hour| *hour < 24).ok_or("Write an hour from 0 to 23")
        }),
        _ => Some(form.value("hour").parse().ok().filter(|hour: &u32| *hour < 24).unwrap_or(7)),
    };
    let (Some(choice), Some(hour)) = (choice, hour) else {
        return Ok(forms::invalid(&DigestPage::new(&desk, form).await?));
    };
    let account = desk.signed_in.account().id;
    let wanted = DigestSetting { choice, hour };
    store.set_digest(desk.event.id, account, wanted, &desk.actor(), desk.now).await?;
    Ok(done(wants, &desk.path("/digest?saved=yes"), "Saved."))
}

#[derive(Template)]
#[template(path = "desk/digest.html")]
struct DigestPage {
    frame: DeskFrame,
    form: Form,
    saved: bool,
    email: String,
    hour_hint: String,
    choices: [(&'static str, String); 3],
    here: String,
}

impl DigestPage {
    async fn new(desk: &Desk<See>, form: Form) -> Result<Self, PageError> {
        let zone = desk.event.zone_name();
        Ok(Self {
            frame: desk.frame("What you are told", Section::Settings).await?.failed(form.has_errors()),
            saved: false,
            email: desk.signed_in.account().email.clone(),
            choices: [
                ("daily", "Daily, if something happened".to_owned()),
                ("every", "A few minutes after every answer".to_owned()),
                ("never", "Never".to_owned()),
            ],
            here: desk.path("/digest"),
            hour_hint: format!("0 to 23, {zone}."),
            form,
        })
    }
}
