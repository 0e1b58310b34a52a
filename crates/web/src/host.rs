//! The one address of this installation, and the refusal of requests that name another.
//!
//! Links are made from the configured address, never from a request, so a forged Host header
//! changes nothing; it is refused all the same (421), before any handler sees it. Names of the
//! loopback interface are equal. Health checks come from machines that know no name.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::Uri;
use http::header;

use crate::error::PageError;
use crate::state::WebConfig;

/// `scheme://host[:port]`, as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    scheme: String,
    host: String,
    port: u16,
}

/// Why a public address was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PublicUrlRefused {
    #[error("it must start with http:// or https://")]
    Scheme,
    #[error("it must be a plain address such as https://rsvp.example.org")]
    Form,
    #[error("it must not have a path; Conclave lives at the root of its host")]
    Path,
}

impl FromStr for PublicUrl {
    type Err = PublicUrlRefused;

    fn from_str(text: &str) -> Result<Self, PublicUrlRefused> {
        let uri: Uri = text.trim().parse().map_err(|_| PublicUrlRefused::Form)?;
        let scheme = uri.scheme_str().ok_or(PublicUrlRefused::Scheme)?;
        let default_port = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return Err(PublicUrlRefused::Scheme),
        };
        let authority = uri.authority().ok_or(PublicUrlRefused::Form)?;
        if authority.as_str().contains('@') || authority.host().is_empty() || uri.query().is_some() {
            return Err(PublicUrlRefused::Form);
        }
        if uri.path() != "/" {
            return Err(PublicUrlRefused::Path);
        }
        Ok(Self {
            scheme: scheme.to_owned(),
            host: bare(authority.host()),
            port: authority.port_u16().unwrap_or(default_port),
        })
    }
}

impl std::fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match (self.scheme.as_str(), self.port) {
            ("http", 80) | ("https", 443) => Ok(()),
            (_, port) => write!(f, ":{port}"),
        }
    }
}

impl PublicUrl {
    /// True when only this machine can reach the address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    /// The host without the port, for headings and mails.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// True when browsers reach us encrypted, so cookies are `Secure` and HSTS is sent.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == "https"
    }

    /// The port, when browsers reach us unencrypted on the loopback interface.
    #[must_use]
    pub fn plain_loopback_port(&self) -> Option<u16> {
        (!self.is_https() && is_loopback(&self.host)).then_some(self.port)
    }

    /// True when `origin` (an `Origin` header) is ours; names of the loopback interface are equal.
    #[must_use]
    pub fn is_origin(&self, origin: &str) -> bool {
        origin.parse::<Self>().is_ok_and(|other| {
            other.scheme == self.scheme && other.port == self.port && same_host(&self.host, &other.host)
        })
    }

    /// True when `authority` (a `Host` header) names us. The port is not compared: proxies drop it,
    /// and no link is made from it.
    #[must_use]
    pub fn is_host(&self, authority: &str) -> bool {
        authority
            .parse::<http::uri::Authority>()
            .is_ok_and(|other| !other.as_str().contains('@') && same_host(&self.host, &bare(other.host())))
    }
}

/// Paths answered whatever the Host header says.
pub(crate) const HEALTH_PATHS: [&str; 2] = ["/healthz", "/readyz"];

/// Layer: refuses with [`PageError::WrongHost`] what is addressed to somebody else.
pub(crate) async fn check(State(config): State<Arc<WebConfig>>, request: Request, next: Next) -> Response {
    let mut named = request.headers().get_all(header::HOST).iter();
    let (first, second) = (named.next(), named.next());
    let authority = match (request.uri().authority(), first, second) {
        (_, _, Some(_)) => None,
        (Some(absolute), _, None) => Some(absolute.as_str()),
        (None, host, None) => host.and_then(|value| value.to_str().ok()),
    };
    let ours = authority.is_some_and(|authority| config.public_url.is_host(authority));
    if ours || HEALTH_PATHS.contains(&request.uri().path()) {
        next.run(request).await
    } else {
        PageError::WrongHost.into_response()
    }
}

fn same_host(one: &str, other: &str) -> bool {
    one == other || (is_loopback(one) && is_loopback(other))
}

/// True when links that begin with this address open on this machine alone, such as
/// `http://127.0.0.1:8080`.
#[must_use]
pub fn opens_here_alone(public_url: &str) -> bool {
    public_url.parse::<PublicUrl>().is_ok_and(|url| url.is_loopback())
}

fn is_loopback(host: &str) -> bool {
    let unbracketed = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || unbracketed.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

fn bare(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_public_address_is_a_scheme_and_a_host() {
        let shown = |text: &str| text.parse::<PublicUrl>().map(|url| url.to_string());

        assert_eq!(shown("https://rsvp.example.org").unwrap(), "https://rsvp.example.org");
        assert_eq!(shown("https://RSVP.example.org:443/").unwrap(), "https://rsvp.example.org");
        assert_eq!(shown("http://127.0.0.1:8080").unwrap(), "http://127.0.0.1:8080");
        assert_eq!(shown("http://[::1]:8080").unwrap(), "http://[::1]:8080");
        assert_eq!(shown("rsvp.example.org"), Err(PublicUrlRefused::Scheme));
        assert_eq!(shown("ftp://rsvp.example.org"), Err(PublicUrlRefused::Scheme));
        assert_eq!(shown("https://a@rsvp.example.org"), Err(PublicUrlRefused::Form));
        assert_eq!(shown("https://rsvp.example.org/x"), Err(PublicUrlRefused::Path));
        assert_eq!(shown("https://rsvp.example.org/?x"), Err(PublicUrlRefused::Form));
    }

    #[test]
    fn names_of_the_loopback_interface_are_equal_and_no_others() {
        let loopback: PublicUrl = "http://127.0.0.1:8080".parse().unwrap();
        for host in
            ["localhost:8080", "127.0.0.1", "[::1]:9000", "LOCALHOST", "netconf.localhost", "127.0.0.2"]
        {
            assert!(loopback.is_host(host), "{host}");
        }
        for host in ["example.org", "127.0.0.1.example.org", "localhost.example.org", "a@localhost", ""] {
            assert!(!loopback.is_host(host), "{host}");
        }
        assert!(loopback.is_origin("http://localhost:8080"));
        assert!(!loopback.is_origin("http://localhost:8081"));
        assert!(!loopback.is_origin("https://localhost:8080"));
        assert!(!loopback.is_origin("null"));

        let public: PublicUrl = "https://rsvp.example.org".parse().unwrap();
        assert!(public.is_host("rsvp.example.org"));
        assert!(public.is_host("rsvp.example.org:443"));
        assert!(public.is_host("rsvp.example.org."));
        assert!(!public.is_host("localhost"));
        assert!(!public.is_host("evil.example.org"));
        assert!(public.is_origin("https://rsvp.example.org"));
        assert!(!public.is_origin("https://evil.example.org"));
    }
}
