//! The first account of an installation (`/setup`), and the password of a new member (`/welcome`).
//!
//! The set-up link is printed where the program was started. Once an account exists it opens nothing
//! any more; the steps after it are in `steps`.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use conclave_core::address::Address;
use conclave_core::link_token::Secret;
use conclave_core::name::PersonName;
use conclave_persistence::{AccountRefused, NewAccount, WriteError};
use secrecy::SecretString;

use super::Door;
use crate::error::PageError;
use crate::forms::{self, Form, Typed};
use crate::layout::LetterFrame;
use crate::negotiate;
use crate::rate_limit::Attempt;

/// Asks for the code of the set-up link.
pub(super) async fn ask(door: Door) -> Result<Response, PageError> {
    require_no_account(&door).await?;
    Ok(forms::page(&AskPage::new(&door, Form::default())))
}

/// Goes where the pasted link or code leads.
pub(super) async fn open(door: Door, typed: Typed) -> Result<Response, PageError> {
    require_no_account(&door).await?;
    let mut form = Form::typed(typed);
    let pasted = form.value("code");
    let code = pasted.rsplit_once("/setup/").map_or(pasted, |(_, code)| code);
    if let Some(secret) = Secret::parse(code) {
        let path = format!("/setup/{}", secret.expose());
        return Ok(negotiate::done(door.wants, &path, &path));
    }
    form.error("code", "Paste the set-up link that was printed when the program started");
    Ok(forms::invalid(&AskPage::new(&door, form)))
}

pub(super) async fn show(door: Door, Path(secret): Path<String>) -> Result<Response, PageError> {
    let secret = open_secret(&door, &secret).await?;
    Ok(forms::page(&SetupPage::new(&door, &secret, Form::default())))
}

/// Makes the first account and lets it in, on to the next step.
pub(super) async fn finish(
    door: Door,
    Path(secret): Path<String>,
    typed: Typed,
) -> Result<Response, PageError> {
    let secret = open_secret(&door, &secret).await?;
    let mut form = Form::typed(typed);
    let name = form.parse("name", PersonName::parse);
    let email = form.parse("email", Address::parse);
    let password_hash = hash(&door, &mut form).await?;
    let (Some(name), Some(email), Some(password_hash)) = (name, email, password_hash) else {
        return Ok(forms::invalid(&SetupPage::new(&door, &secret, form)));
    };
    let new = NewAccount { email, name, password_hash: Some(password_hash), is_operator: true };
    match door.state.store.finish_setup(&secret, &new, door.now).await {
        Ok(account) => door.let_in(&account, "/setup/server").await,
        Err(WriteError::Refused(AccountRefused::SetUpFinished)) => Err(PageError::NotFound),
        Err(WriteError::Refused(refused)) => Err(PageError::refused(refused.code(), refused.to_string())),
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

/// What the mail to a new member opens: a form. Changes nothing.
pub(super) async fn welcome(door: Door, Path(secret): Path<String>) -> Result<Response, PageError> {
    let secret = live_secret(&door, &secret).await?;
    Ok(forms::page(&WelcomePage::new(&door, &secret, Form::default())))
}

/// Stores the password a new member chose, and lets them in.
pub(super) async fn choose(
    door: Door,
    Path(secret): Path<String>,
    typed: Typed,
) -> Result<Response, PageError> {
    let secret = live_secret(&door, &secret).await?;
    let mut form = Form::typed(typed);
    let Some(hash) = hash(&door, &mut form).await? else {
        return Ok(forms::invalid(&WelcomePage::new(&door, &secret, form)));
    };
    match door.state.store.choose_password(&secret, &hash, door.now).await {
        Ok(account) => door.let_in(&account, "/c").await,
        Err(WriteError::Refused(_)) => Err(expired(&door)),
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

/// Hashes the chosen password, or notes what is wrong with it.
async fn hash(door: &Door, form: &mut Form) -> Result<Option<String>, PageError> {
    door.count(Attempt::SignIn)?;
    let hashed = door.state.passwords.hash(SecretString::from(form.values().raw("password"))).await?;
    Ok(hashed.map_err(|refused| form.error("password", refused.to_string())).ok())
}

async fn require_no_account(door: &Door) -> Result<(), PageError> {
    if door.state.store.accounts().await?.is_empty() { Ok(()) } else { Err(PageError::NotFound) }
}

async fn open_secret(door: &Door, secret: &str) -> Result<Secret, PageError> {
    require_no_account(door).await?;
    let secret = Secret::parse(secret).ok_or(PageError::NotFound)?;
    if door.state.store.setup_is_open(&secret, door.now).await? {
        return Ok(secret);
    }
    door.count(Attempt::FailedLookup)?;
    Err(PageError::Gone {
        heading: "This set-up link has expired".to_owned(),
        sentence: "It lived for 72 hours, or a newer one replaced it. Run `conclave setup-link` on the \
                   server; it prints a new one."
            .to_owned(),
        actions: Vec::new(),
    })
}

async fn live_secret(door: &Door, secret: &str) -> Result<Secret, PageError> {
    let secret = Secret::parse(secret).ok_or_else(|| expired(door))?;
    if door.state.store.set_up_link_is_live(&secret, door.now).await? {
        Ok(secret)
    } else {
        Err(expired(door))
    }
}

fn expired(door: &Door) -> PageError {
    door.expired(
        "This link has expired",
        "It worked once, or was older than 72 hours. Have a login link mailed to you; you can choose a \
         password once you are in.",
    )
}

#[derive(Template)]
#[template(path = "doors/setup_code.html")]
struct AskPage {
    frame: LetterFrame,
    form: Form,
}

impl AskPage {
    fn new(door: &Door, form: Form) -> Self {
        Self { frame: door.frame(format!("Set up {}", door.site.host)).failed(form.has_errors()), form }
    }
}

#[derive(Template)]
#[template(path = "doors/setup.html")]
struct SetupPage {
    frame: LetterFrame,
    form: Form,
    secret: String,
}

impl SetupPage {
    fn new(door: &Door, secret: &Secret, form: Form) -> Self {
        let frame = door.frame(format!("Set up {}", door.site.host)).failed(form.has_errors());
        Self { frame, form, secret: secret.expose().to_owned() }
    }
}

#[derive(Template)]
#[template(path = "doors/welcome.html")]
struct WelcomePage {
    frame: LetterFrame,
    form: Form,
    secret: String,
}

impl WelcomePage {
    fn new(door: &Door, secret: &Secret, form: Form) -> Self {
        let frame = door.frame("Choose a password").failed(form.has_errors());
        Self { frame, form, secret: secret.expose().to_owned() }
    }
}
