//! Requests against a router in this process, and their answers.
//!
//! Everything a browser adds by itself is added here too (`Host`, `Sec-Fetch-Site` on posts), so a
//! test names only what is special about its request. Nothing is followed: a redirect is an answer.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use scraper::{Html, Selector};
use tower::ServiceExt as _;

/// A router under test. Cookies are kept between requests as a browser keeps them.
#[derive(Clone)]
pub struct App {
    router: Router,
    host: String,
    cookies: std::sync::Arc<std::sync::Mutex<std::collections::BTreeMap<String, String>>>,
}

impl App {
    /// `router`, addressed as `localhost`.
    #[must_use]
    pub fn new(router: Router) -> Self {
        Self { router, host: "localhost".to_owned(), cookies: std::sync::Arc::default() }
    }

    /// The same router for another browser: without cookies.
    #[must_use]
    pub fn other_browser(&self) -> Self {
        Self { cookies: std::sync::Arc::default(), ..self.clone() }
    }

    /// A GET, with the `Accept` of a browser.
    #[must_use]
    pub fn get(&self, path: &str) -> Ask {
        self.ask(Method::GET, path)
    }

    /// A POST of form fields, as a browser sends them from our own page.
    #[must_use]
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Ask {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(body)
    }

    /// Any other request.
    #[must_use]
    pub fn ask(&self, method: Method, path: &str) -> Ask {
        Ask {
            app: self.clone(),
            method,
            path: path.to_owned(),
            headers: vec![
                ("host".to_owned(), self.host.clone()),
                ("accept".to_owned(), "text/html,application/xhtml+xml,*/*;q=0.8".to_owned()),
            ],
            body: Body::empty(),
        }
    }

    fn cookie_header(&self) -> Option<String> {
        let cookies = self.cookies.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for set in headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let Some((name, rest)) = set.split_once('=') else { continue };
            let value = rest.split(';').next().unwrap_or_default();
            if value.is_empty() || rest.to_ascii_lowercase().contains("max-age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// A request that is being put together.
pub struct Ask {
    app: App,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Body,
}

impl Ask {
    /// Sets a header in place of the one a browser would send.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(present, _)| !present.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes a header out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(present, _)| !present.eq_ignore_ascii_case(name));
        self
    }

    /// Asks for text, as at a shell.
    #[must_use]
    pub fn text(self) -> Self {
        self.header("accept", "text/plain")
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends it.
    ///
    /// # Panics
    /// When the request cannot be put together, or its body breaks off.
    pub async fn send(self) -> Reply {
        let mut request = Request::builder().method(self.method).uri(self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        if let Some(cookies) = self.app.cookie_header() {
            request = request.header(header::COOKIE, cookies);
        }
        let request = match request.body(self.body) {
            Ok(request) => request,
            Err(error) => panic!("no request: {error}"),
        };
        let response = match self.app.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        self.app.keep_cookies(response.headers());
        let (parts, body) = response.into_parts();
        let body = match body.collect().await {
            Ok(body) => body.to_bytes().to_vec(),
            Err(error) => panic!("the answer broke off: {error}"),
        };
        Reply { status: parts.status, headers: parts.headers, body }
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value; empty when it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as a page.
    #[must_use]
    pub fn html(&self) -> Page {
        Page::parse(&self.text())
    }
}

/// A page that was answered. Selectors are CSS.
pub struct Page(Html);

impl Page {
    /// Reads a page, or a piece of one.
    #[must_use]
    pub fn parse(html: &str) -> Self {
        Self(Html::parse_document(html))
    }

    /// Text of the first match as it stands, spaces and all.
    #[must_use]
    pub fn raw_text(&self, selector: &str) -> String {
        self.0.select(&css(selector)).next().map(|found| found.text().collect()).unwrap_or_default()
    }

    /// Text of the first match with its spaces collapsed; empty when nothing matches.
    #[must_use]
    pub fn text(&self, selector: &str) -> String {
        self.texts(selector).into_iter().next().unwrap_or_default()
    }

    /// Texts of all matches.
    #[must_use]
    pub fn texts(&self, selector: &str) -> Vec<String> {
        self.0.select(&css(selector)).map(|found| collapse(&found.text().collect::<String>())).collect()
    }

    /// An attribute of the first match.
    #[must_use]
    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        self.0.select(&css(selector)).next()?.attr(name).map(str::to_owned)
    }

    /// An attribute of every match that has it.
    #[must_use]
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        self.0.select(&css(selector)).filter_map(|found| found.attr(name)).map(str::to_owned).collect()
    }

    /// How many match.
    #[must_use]
    pub fn count(&self, selector: &str) -> usize {
        self.0.select(&css(selector)).count()
    }
}

fn css(selector: &str) -> Selector {
    match Selector::parse(selector) {
        Ok(selector) => selector,
        Err(error) => panic!("no selector {selector}: {error}"),
    }
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
