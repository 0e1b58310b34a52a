//! Names each request and writes its one line in the log.
//!
//! The line and the span carry the route's template (`/i/{token}/answer`), never the address that
//! was asked for: it may hold a secret. The reference is ours; one sent along is not believed.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use conclave_core::ids::generate_public_id;
use http::{HeaderName, HeaderValue};
use tracing::Instrument as _;

/// Name of a request, such as `4k2m9-3hdvv`: short enough to be read out on the telephone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestId(pub(crate) Arc<str>);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl RequestId {
    fn generate() -> Self {
        let mut words = generate_public_id();
        words.insert(5, '-');
        Self(words.into())
    }
}

/// Layer: gives the request its reference and span, and logs how it ended.
pub(crate) async fn trace(mut request: Request, next: Next) -> Response {
    let id = RequestId::generate();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", %id, method = %request.method(), route);
    request.extensions_mut().insert(id.clone());
    let started = Instant::now();
    async move {
        let mut response = next.run(request).await;
        let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
        tracing::info!(status = response.status().as_u16(), milliseconds, "answered");
        if let Ok(value) = HeaderValue::from_str(&id.0) {
            response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
        }
        response
    }
    .instrument(span)
    .await
}
