//! What kind of answer the client wants: a page, plain text or JSON.
//!
//! Browsers and `curl` without options (`Accept: */*`) get the page. Text is for people at a
//! shell: `curl -H 'Accept: text/plain'`. Equal preference goes to the page, then to text.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};

/// The answer a client prefers. An extractor that never refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// A page.
    Html,
    /// Lines of text.
    Text,
    /// JSON, or problem details for a failure.
    Json,
}

impl Wants {
    /// Reads `Accept` (RFC 9110 12.5.1). No header, or one that names none of the three, is a page.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let ranges: Vec<Range> = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(Range::parse)
            .collect();
        let html = quality(&ranges, "text", &["html"]);
        let text = quality(&ranges, "text", &["plain"]);
        let json = quality(&ranges, "application", &["json", "problem+json"]);
        if json > html && json > text {
            Self::Json
        } else if text > html {
            Self::Text
        } else {
            Self::Html
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Wants {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

/// A text answer. Marked, so that the error layer leaves it alone whatever its status.
#[must_use]
pub fn text(status: StatusCode, body: String) -> Response {
    let mut response =
        (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], with_newline(body)).into_response();
    response.extensions_mut().insert(OwnText);
    response
}

/// What follows a change that was made, or was so already: 303 to the page that shows it, with
/// `sentence` as body for whoever does not follow; 200 and `sentence` for `Accept: text/plain`.
#[must_use]
pub fn done(wants: Wants, location: &str, sentence: &str) -> Response {
    let mut response = match wants {
        Wants::Text => return text(StatusCode::OK, sentence.to_owned()),
        Wants::Html | Wants::Json => text(StatusCode::SEE_OTHER, sentence.to_owned()),
    };
    match http::HeaderValue::from_str(location) {
        Ok(value) => {
            response.headers_mut().insert(header::LOCATION, value);
            response
        }
        Err(_) => crate::error::PageError::internal("a redirect with a character no header can carry")
            .into_response(),
    }
}

/// Marks a text body as written by a handler.
#[derive(Clone, Copy)]
pub(crate) struct OwnText;

fn with_newline(mut body: String) -> String {
    if !body.ends_with('\n') {
        body.push('\n');
    }
    body
}

struct Range {
    kind: String,
    subtype: String,
    thousandths: u16,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let quality = parts
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
            .and_then(|(_, value)| value.trim().parse::<f32>().ok())
            .unwrap_or(1.0);
        Some(Self {
            kind: kind.to_ascii_lowercase(),
            subtype: subtype.to_ascii_lowercase(),
            thousandths: (quality.clamp(0.0, 1.0) * 1000.0) as u16,
        })
    }

    fn closeness(&self, kind: &str, subtypes: &[&str]) -> Option<u8> {
        if self.kind == kind && subtypes.contains(&self.subtype.as_str()) {
            Some(3)
        } else if self.kind == kind && self.subtype == "*" {
            Some(2)
        } else if self.kind == "*" && self.subtype == "*" {
            Some(1)
        } else {
            None
        }
    }
}

/// Quality of the most specific range that matches; zero when none does.
fn quality(ranges: &[Range], kind: &str, subtypes: &[&str]) -> u16 {
    ranges
        .iter()
        .filter_map(|range| Some((range.closeness(kind, subtypes)?, range.thousandths)))
        .max()
        .map_or(0, |(_, thousandths)| thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_the_default_and_text_has_to_be_asked_for() {
        let cases = [
            (None, Wants::Html),
            (Some("*/*"), Wants::Html),
            (Some(""), Wants::Html),
            (Some("image/png"), Wants::Html),
            (Some("text/plain"), Wants::Text),
            (Some("text/*"), Wants::Html),
            (Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), Wants::Html),
            (Some("text/plain;q=0.5, text/html;q=0.4"), Wants::Text),
            (Some("text/plain;q=0.4, text/html;q=0.5"), Wants::Html),
            (Some("text/plain, */*;q=0.1"), Wants::Text),
            (Some("TEXT/PLAIN; charset=utf-8"), Wants::Text),
            (Some("text/html;q=0, text/plain"), Wants::Text),
            (Some("application/json"), Wants::Json),
            (Some("application/problem+json, */*;q=0.2"), Wants::Json),
            (Some("text/plain;q=banana"), Wants::Text),
        ];
        for (accept, wanted) in cases {
            let mut headers = HeaderMap::new();
            if let Some(value) = accept {
                headers.insert(header::ACCEPT, http::HeaderValue::from_static(value));
            }
            assert_eq!(Wants::of(&headers), wanted, "{accept:?}");
        }
    }
}
