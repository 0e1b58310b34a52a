//! Headers of every answer, set in one place; a handler may set its own value instead.
//!
//! `Referrer-Policy: no-referrer` makes browsers send `Origin: null` with our own forms, which is
//! why [`crate::csrf`] asks `Sec-Fetch-Site` first. The doors alone say `same-origin`, because old
//! browsers have nothing but `Origin` there (reliability.md 1.7).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

use crate::state::WebConfig;

/// No inline style, no inline script, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The desk's script fetches the progress of a wave from the page it is on.
const DESK_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                           connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Layer: adds what is missing.
pub(crate) async fn add(State(config): State<Arc<WebConfig>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let policy = if is_under(path, "/c") { DESK_POLICY } else { POLICY };
    let door = ["/login", "/setup", "/welcome"].into_iter().any(|prefix| is_under(path, prefix));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, policy);
    set(header::REFERRER_POLICY, if door { "same-origin" } else { "no-referrer" });
    set(header::CACHE_CONTROL, "no-store");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(HeaderName::from_static("x-robots-tag"), "noindex, nofollow");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    if config.public_url.is_https() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

/// True for `prefix` itself and everything below it.
pub(crate) fn is_under(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
