//! The three files a page may load: stylesheet, desk script, favicon.
//!
//! They are compiled in, and their address carries a hash of their content, so they are cached for
//! a year and never stale. Templates write `{{ crate::assets::stylesheet() }}`.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header;
use sha2::{Digest as _, Sha256};

use crate::error::PageError;

/// Address of the one stylesheet.
#[must_use]
pub fn stylesheet() -> &'static str {
    &STYLESHEET.url
}

/// Address of the desk's comfort script (ux.md 14). Guest and public pages do not load it.
#[must_use]
pub fn desk_script() -> &'static str {
    &DESK_SCRIPT.url
}

/// Address of the favicon.
#[must_use]
pub fn favicon() -> &'static str {
    &FAVICON.url
}

/// `GET /static/{name}`. Unknown names, and names with another hash, are not found.
pub async fn serve(Path(name): Path<String>) -> Result<Response, PageError> {
    let asset = [&*STYLESHEET, &*DESK_SCRIPT, &*FAVICON]
        .into_iter()
        .find(|asset| asset.url.strip_prefix("/static/") == Some(name.as_str()))
        .ok_or(PageError::NotFound)?;
    Ok((
        [
            (header::CONTENT_TYPE, asset.content_type),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ],
        asset.content,
    )
        .into_response())
}

struct Asset {
    url: String,
    content_type: &'static str,
    content: &'static str,
}

static STYLESHEET: LazyLock<Asset> =
    LazyLock::new(|| asset("app", "css", "text/css; charset=utf-8", include_str!("../static/app.css")));
static DESK_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    asset("desk", "js", "text/javascript; charset=utf-8", include_str!("../static/desk.js"))
});
static FAVICON: LazyLock<Asset> =
    LazyLock::new(|| asset("favicon", "svg", "image/svg+xml", include_str!("../static/favicon.svg")));

fn asset(stem: &str, ending: &str, content_type: &'static str, content: &'static str) -> Asset {
    let digest = Sha256::digest(content.as_bytes());
    let hash: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    Asset { url: format!("/static/{stem}.{hash}.{ending}"), content_type, content }
}
