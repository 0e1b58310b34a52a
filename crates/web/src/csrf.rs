//! Refusal of requests that another site makes a browser send (decision 10).
//!
//! One layer over all routes, so no page can forget it; the path decides how strict it is:
//!
//! | Paths | Passes |
//! | --- | --- |
//! | `/i`, `/u` | all but what says cross-site: the token in the address is the right |
//! | `/api` | all: the right is a bearer token, which no browser adds by itself |
//! | `/c`, `/logout` | same origin, typed by hand, no header at all; `Origin: null` too, because the form token decides |
//! | others | same origin, typed by hand, no header at all |
//!
//! Desk forms also carry a form token bound to the session: [`form_token`] in the page,
//! [`is_form_token`] in the handler. It differs on every page, so compression cannot leak it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use conclave_core::ids::generate_public_id;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, Method, header};
use sha2::Sha256;

use crate::error::PageError;
use crate::headers::is_under;
use crate::host::PublicUrl;
use crate::state::WebConfig;

/// Name of the hidden field.
pub const FORM_TOKEN: &str = "form_token";

/// A token for the forms of one page: a nonce and its MAC under the session's secret.
#[must_use]
pub fn form_token(session_secret: &[u8]) -> String {
    let nonce = generate_public_id();
    let mac = mac(session_secret, &nonce).finalize().into_bytes();
    format!("{nonce}-{}", HEXLOWER.encode(mac.get(..16).unwrap_or_default()))
}

/// True when [`form_token`] made `token` for the same session. Compares in constant time.
#[must_use]
pub fn is_form_token(session_secret: &[u8], token: &str) -> bool {
    let Some((nonce, tag)) = token.split_once('-') else { return false };
    match HEXLOWER.decode(tag.as_bytes()) {
        Ok(tag) if tag.len() == 16 => mac(session_secret, nonce).verify_truncated_left(&tag).is_ok(),
        _ => false,
    }
}

/// Layer: refuses with [`PageError::CrossSite`].
pub(crate) async fn check(State(config): State<Arc<WebConfig>>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || is_allowed(request.uri().path(), request.headers(), &config.public_url) {
        next.run(request).await
    } else {
        PageError::CrossSite.into_response()
    }
}

fn is_allowed(path: &str, headers: &HeaderMap, ours: &PublicUrl) -> bool {
    let says = origin_of_request(headers, ours);
    if is_under(path, "/api") {
        true
    } else if is_under(path, "/i") || is_under(path, "/u") {
        says != Says::CrossSite
    } else if is_under(path, "/c") || path == "/logout" {
        matches!(says, Says::SameOrigin | Says::Nothing | Says::Null)
    } else {
        matches!(says, Says::SameOrigin | Says::Nothing)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// Our own page, or a person at the address bar.
    SameOrigin,
    /// A page of a sibling host.
    SameSite,
    CrossSite,
    /// `Origin: null` and nothing better.
    Null,
    /// Not a browser, or one that tells nothing.
    Nothing,
}

fn origin_of_request(headers: &HeaderMap, ours: &PublicUrl) -> Says {
    if let Some(site) = headers.get("sec-fetch-site") {
        return match site.as_bytes() {
            b"same-origin" | b"none" => Says::SameOrigin,
            b"same-site" => Says::SameSite,
            _ => Says::CrossSite,
        };
    }
    match headers.get(header::ORIGIN).map(http::HeaderValue::to_str) {
        None => Says::Nothing,
        Some(Ok("null")) => Says::Null,
        Some(Ok(origin)) if ours.is_origin(origin) => Says::SameOrigin,
        Some(_) => Says::CrossSite,
    }
}

fn mac(session_secret: &[u8], nonce: &str) -> Hmac<Sha256> {
    // HMAC takes keys of any length; the error type exists for other constructions.
    let mut mac = <Hmac<Sha256>>::new_from_slice(session_secret)
        .unwrap_or_else(|_| <Hmac<Sha256>>::new(&Default::default()));
    mac.update(b"conclave form\0");
    mac.update(nonce.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use http::HeaderValue;

    use super::*;

    #[test]
    fn who_sends_the_form_decides_together_with_the_path() {
        const ALL: [&str; 4] = ["/i/token/answer", "/c/netconf-2019/invitees", "/login", "/api/v1/events"];
        const GUEST: &[&str] = &["/i/token/answer", "/api/v1/events"];
        const NONE: &[&str] = &["/api/v1/events"];
        let cases: [(Option<&'static str>, Option<&'static str>, &[&str]); 13] = [
            (Some("same-origin"), None, &ALL),
            (Some("same-origin"), Some("null"), &ALL),
            (Some("none"), None, &ALL),
            (Some("same-site"), None, GUEST),
            (Some("same-site"), Some("https://www.example.org"), GUEST),
            (Some("cross-site"), None, NONE),
            (Some("cross-site"), Some("null"), NONE),
            (Some("cross-site"), Some("https://rsvp.example.org"), NONE),
            (Some("nonsense"), None, NONE),
            (None, None, &ALL),
            (None, Some("https://rsvp.example.org"), &ALL),
            (None, Some("https://evil.example"), NONE),
            (None, Some("null"), &["/i/token/answer", "/c/netconf-2019/invitees", "/api/v1/events"]),
        ];
        let ours: PublicUrl = "https://rsvp.example.org".parse().unwrap();
        for (site, origin, passes) in cases {
            let mut headers = HeaderMap::new();
            if let Some(site) = site {
                headers.insert("sec-fetch-site", HeaderValue::from_static(site));
            }
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            for path in ALL {
                assert_eq!(
                    is_allowed(path, &headers, &ours),
                    passes.contains(&path),
                    "Sec-Fetch-Site {site:?}, Origin {origin:?}, {path}"
                );
            }
        }
    }

    #[test]
    fn a_form_token_belongs_to_one_session_and_differs_on_every_page() {
        let token = form_token(b"first session");

        assert!(is_form_token(b"first session", &token));
        assert!(!is_form_token(b"second session", &token));
        assert_ne!(form_token(b"first session"), token);
        for forged in ["", "-", "00", "zz-zz", &format!("x{token}"), &format!("{token}00")] {
            assert!(!is_form_token(b"first session", forged), "{forged}");
        }
        let mut flipped = token.clone();
        flipped.replace_range(..1, if token.starts_with('0') { "1" } else { "0" });
        assert!(!is_form_token(b"first session", &flipped));
    }
}
