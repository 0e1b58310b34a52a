//! A browser in which a member of the committee is signed in.

use chrono::{DateTime, TimeDelta, Utc};
use conclave_persistence::{Account, Store};
use conclave_web::csrf::{FORM_TOKEN, form_token};
use conclave_web::host::PublicUrl;
use conclave_web::session::Cookie;
use http::{Method, StatusCode};

use crate::app::{App, Ask, Page, Reply};

/// A session that outlives any test, also one that moves the clock.
pub const FOR_EVER: TimeDelta = TimeDelta::days(1000);

/// One member's browser. Its paths are those below the desk of an event, such as `/mail`; one that
/// begins with `/c`, `/setup` or `/captured-mail` is any page.
#[derive(Clone)]
pub struct Member {
    app: App,
    desk: String,
    cookie: String,
    token: String,
}

impl Member {
    /// Signs `account` in, in a browser of its own, at the desk of `netconf-2019`.
    ///
    /// # Panics
    /// When the store fails: the test has failed.
    pub async fn sign_in(
        app: &App,
        store: &Store,
        account: &Account,
        public_url: &PublicUrl,
        now: DateTime<Utc>,
    ) -> Self {
        let started = store.start_session(account.id, "a test", FOR_EVER, now).await;
        let Ok(secret) = started else { panic!("no session for this test") };
        let Ok(Some(session)) = store.session(&secret, FOR_EVER, now).await else {
            panic!("the session is gone at once")
        };
        Self {
            app: app.other_browser(),
            desk: "/c/netconf-2019".to_owned(),
            cookie: Cookie::session(public_url).pair(&secret),
            token: form_token(session.form_token.as_bytes()),
        }
    }

    /// Asks for a page.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.app.get(&self.full(path))).await
    }

    /// Asks for a page that has to be there.
    ///
    /// # Panics
    /// When it is not.
    pub async fn page(&self, path: &str) -> Page {
        let reply = self.get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        reply.html()
    }

    /// Sends a form from our own page: with its token.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut all = vec![(FORM_TOKEN, self.token.as_str())];
        all.extend_from_slice(fields);
        self.post_bare(path, &all).await
    }

    /// Sends the same form without its token.
    pub async fn post_bare(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.send(self.app.post(&self.full(path), fields)).await
    }

    /// Sends a form with a file.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], file: (&str, &[u8])) -> Reply {
        let mut all = vec![(FORM_TOKEN, self.token.as_str())];
        all.extend_from_slice(fields);
        let mut body = Vec::new();
        for (name, value) in all {
            body.extend(
                format!("--xx\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        let (name, content) = file;
        body.extend(
            format!("--xx\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n")
                .bytes(),
        );
        body.extend(content);
        body.extend(b"\r\n--xx--\r\n");
        let ask = self
            .app
            .ask(Method::POST, &self.full(path))
            .header("content-type", "multipart/form-data; boundary=xx")
            .header("sec-fetch-site", "same-origin")
            .body(body);
        self.send(ask).await
    }

    /// Sends any request as this member.
    pub async fn send(&self, ask: Ask) -> Reply {
        ask.header("cookie", &self.cookie).send().await
    }

    fn full(&self, path: &str) -> String {
        let elsewhere =
            path == "/c" || ["/c/", "/setup", "/captured-mail"].iter().any(|start| path.starts_with(start));
        if elsewhere { path.to_owned() } else { format!("{}{path}", self.desk) }
    }
}
