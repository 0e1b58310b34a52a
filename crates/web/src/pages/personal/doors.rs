//! `/i` for a link that lost a piece on its way, `/i/lost` for one that is gone.
//!
//! Neither says whether a link or an address is known: the first only reads what was pasted and
//! sends the browser there, the second answers everybody the same.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use conclave_core::address::Address;
use conclave_core::clock::Clock;
use conclave_core::link_token::{LinkToken, TOKEN_LENGTH};
use conclave_persistence::Store;

use crate::client_ip::ClientIp;
use crate::error::PageError;
use crate::forms::{self, Form, Typed};
use crate::layout::{LetterFrame, Site};
use crate::links::Query;
use crate::negotiate::{self, Wants};
use crate::rate_limit::{Attempt, RateLimits};

/// What asking for a lost link takes at least.
const LEAST_WAIT: Duration = Duration::from_millis(250);
/// The same for known and unknown addresses.
const SENT: &str = "If that address holds an invitation, its link is on its way there.";

pub(super) async fn paste(site: Site) -> Response {
    forms::page(&PastePage::new(site, Form::default()))
}

/// Reads the link out of whatever was pasted and goes there.
pub(super) async fn open(site: Site, wants: Wants, typed: Typed) -> Response {
    match token_in(typed.raw("link")) {
        Some(token) => {
            let path = format!("/i/{}", token.expose());
            negotiate::done(wants, &path, &path)
        }
        None => {
            let mut form = Form::typed(typed);
            form.error("link", "Paste the whole link; it ends in 26 letters and digits");
            forms::invalid(&PastePage::new(site, form))
        }
    }
}

pub(super) async fn lost(site: Site, query: Query) -> Response {
    if query.text("sent").is_empty() {
        forms::page(&PastePage::new(site, Form::default()))
    } else {
        forms::page(&SentPage { frame: LetterFrame::new(site, "Look into your mail"), sentence: SENT })
    }
}

/// Mails the link again, to the address that was invited and to no other.
pub(super) async fn send(
    State(store): State<Store>,
    State(clock): State<Clock>,
    State(limits): State<RateLimits>,
    ip: ClientIp,
    site: Site,
    wants: Wants,
    typed: Typed,
) -> Result<Response, PageError> {
    let mut form = Form::typed(typed);
    let Some(address) = form.parse("email", Address::parse) else {
        return Ok(forms::invalid(&PastePage::new(site, form)));
    };
    limits.count(Attempt::LostLink, ip)?;
    // Writing a message takes longer than finding nobody; the clock on the wall must not tell.
    let key = address.key();
    let (sent, ()) = tokio::join!(store.send_link_again(&key, clock.now()), tokio::time::sleep(LEAST_WAIT));
    sent?;
    Ok(negotiate::done(wants, "/i/lost?sent=yes", SENT))
}

/// The token in a pasted link: over several lines, with `> ` in front, wrapped by a mail gateway, or
/// alone. Whether it opens anything is not asked here.
fn token_in(pasted: &str) -> Option<LinkToken> {
    let plain = pasted.replace("%2F", "/").replace("%2f", "/");
    for (at, mark) in plain.match_indices("/i/") {
        let rest = plain.get(at + mark.len()..).unwrap_or_default();
        let mut letters = String::with_capacity(TOKEN_LENGTH);
        for c in rest.chars() {
            match c {
                c if c.is_ascii_alphanumeric() => letters.push(c),
                // `=` at the end of a line is what quoted-printable leaves behind.
                '-' | '>' | '=' => {}
                c if c.is_whitespace() => {}
                _ => break,
            }
            if letters.len() == TOKEN_LENGTH {
                break;
            }
        }
        if let Some(token) = LinkToken::parse(&letters) {
            return Some(token);
        }
    }
    LinkToken::parse(pasted)
}

#[derive(Template)]
#[template(path = "personal/paste.html")]
struct PastePage {
    frame: LetterFrame,
    form: Form,
}

impl PastePage {
    fn new(site: Site, form: Form) -> Self {
        let frame = LetterFrame::new(site, "A link that does not work").failed(form.has_errors());
        Self { frame, form }
    }
}

#[derive(Template)]
#[template(path = "personal/sent.html")]
struct SentPage {
    frame: LetterFrame,
    sentence: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_found_in_whatever_mail_made_of_it() {
        let token = "k7fqm2xw93hdvv5c0tbnk7fqm2";
        for pasted in [
            token.to_owned(),
            token.to_uppercase(),
            format!("https://rsvp.example.org/i/{token}"),
            format!("<https://rsvp.example.org/i/{token}>. Regards, David"),
            "> https://rsvp.example.org/i/k7fq-m2xw-\n> 93hd-vv5c-0tbn-k7fq-m2\n> \n> David".to_owned(),
            format!("https://rsvp.example.org/i/{}=\n{}", &token[..10], &token[10..]),
            format!("https://eur.example/?url=https%3A%2F%2Frsvp.example.org%2Fi%2F{token}&data=05"),
            format!("https://rsvp.example.org/i/short and https://rsvp.example.org/i/{token}/topics"),
        ] {
            let found = token_in(&pasted);
            assert_eq!(found.as_ref().map(LinkToken::expose), Some(token), "{pasted}");
        }
        for pasted in ["", "https://rsvp.example.org/i/", "hello", &format!("{token}{token}")] {
            assert!(token_in(pasted).is_none(), "{pasted}");
        }
    }
}
