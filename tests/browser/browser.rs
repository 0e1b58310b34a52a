//! A headless Chromium, driven as a person would drive it: by the words on buttons and beside fields.
//!
//! Nothing leaves the machine: every host but loopback is unknown to it.
//! Every method fails the test with a sentence when the page is not as expected; no test waits for a time, only
//! for a state of the page. Pictures go to `tests/output/screens`, which is not committed.

mod programs;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::TypingData;
use thirtyfour::error::WebDriverResult;
use thirtyfour::prelude::*;
use tokio::process::Child;

use programs::{axe_file, program, start_driver};

/// Long enough for a loaded machine; a healthy page takes a hundredth of it.
const PATIENCE: Duration = Duration::from_secs(20);

const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-quic",
    "--metrics-recording-only",
    "--password-store=basic",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/// How much wider the page is than its window.
const EXCESS: &str = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

/// Stops of the Tab key after which a page has no more.
const MOST_STOPS: u32 = 150;

/// What has the focus is called, and whether it can be seen.
const FOCUSED: &str = "const e = document.activeElement, box = e.getBoundingClientRect();
    const hit = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 10));
    const seen = hit && (e.contains(hit) || hit.contains(e) || [...(e.labels || [])].some(l => l.contains(hit)));
    const name = (e.labels && e.labels[0] && e.labels[0].innerText) || e.getAttribute('aria-label') || e.innerText;
    return [e === document.body ? '' : (name || '').trim().replace(/\\s+/g, ' '), e === document.body || !!seen];";

/// How a page is looked at: on a desktop or a phone, by day or by night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    width: u32,
    scheme: &'static str,
}

/// Every look that a page has to be good in.
pub const LOOKS: [Look; 4] = [
    Look { width: 1280, scheme: "light" },
    Look { width: 1280, scheme: "dark" },
    Look { width: 390, scheme: "light" },
    Look { width: 390, scheme: "dark" },
];

/// One browser with one window and an empty profile; closed when dropped.
// The order of the fields is the order of going: window, driver, profile.
#[derive(Debug)]
pub struct Browser {
    driver: WebDriver,
    _process: Child,
    _profile: TempDir,
}

impl Browser {
    /// Opens a browser with a desktop's window, by day.
    pub async fn open() -> Self {
        let profile = tempfile::Builder::new().prefix("conclave-browser-").tempdir().unwrap();
        let (process, port) = start_driver().await;
        let mut wanted = DesiredCapabilities::chrome();
        wanted.set_binary(&program("CHROMIUM", &["chromium", "chromium-browser", "google-chrome"])).unwrap();
        for flag in FLAGS {
            wanted.add_arg(flag).unwrap();
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
        let driver = WebDriver::new(&format!("http://127.0.0.1:{port}"), wanted).await.expect("a browser");
        let browser = Self { driver, _process: process, _profile: profile };
        browser.look(LOOKS[0]).await;
        browser
    }

    /// Goes to an address and waits for the page.
    pub async fn goto(&self, url: &str) {
        self.driver.goto(url).await.unwrap_or_else(|error| panic!("{url} does not open: {error}"));
    }

    /// Presses the button or link with these words and waits for the page it leads to.
    pub async fn press(&self, words: &str) {
        let before = self.driver.find(By::Tag("html")).await.unwrap();
        self.click(words).await;
        self.next_page(&before, &format!("pressing “{words}”")).await;
    }

    /// Presses a button, link or summary that opens no new page.
    pub async fn click(&self, words: &str) {
        let words_literal = xpath_literal(words);
        let path = format!(
            "//button[normalize-space()={words_literal}] | //a[normalize-space()={words_literal}] | \
             //summary[normalize-space()={words_literal}] | //input[@type='submit'][@value={words_literal}]"
        );
        let found = self.find_visible(&path, &format!("button or link “{words}”")).await;
        into_view(&found).await;
        found.click().await.unwrap_or_else(|error| panic!("cannot press “{words}”: {error}"));
    }

    /// Replaces what stands in the field that carries this label.
    pub async fn fill(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Chooses the radio button or checkbox that carries this label.
    pub async fn choose(&self, label: &str) {
        let field = self.field(label).await;
        into_view(&field).await;
        field.click().await.unwrap_or_else(|error| panic!("cannot choose “{label}”: {error}"));
    }

    /// Puts a day, such as `2020-03-30`, into the field that carries this label, as its calendar would.
    pub async fn set_day(&self, label: &str, day: &str) {
        let field = self.field(label).await.to_json().unwrap();
        self.driver.execute("arguments[0].value = arguments[1]", vec![field, json!(day)]).await.unwrap();
    }

    /// Chooses an entry of the list that carries this label.
    pub async fn pick(&self, label: &str, entry: &str) {
        let field = self.field(label).await;
        let path = format!(".//option[normalize-space()={}]", xpath_literal(entry));
        let found = field.find(By::XPath(path)).await;
        found.unwrap_or_else(|error| panic!("no “{entry}” in “{label}”: {error}")).click().await.unwrap();
    }

    /// Types into whatever has the focus, as with `Key::Tab + Key::Enter`.
    pub async fn keys(&self, keys: impl Into<TypingData>) {
        let focused = self.driver.active_element().await.unwrap();
        focused.send_keys(keys).await.unwrap();
    }

    /// Goes on with the Tab key until the button, link or field with these words has the focus; a number
    /// after them, as behind “Invitees”, is not looked at. Whatever has the focus on the way must be in
    /// sight, and not under a bar (WCAG 2.4.11).
    pub async fn tab_to(&self, words: &str) {
        for _ in 0..MOST_STOPS {
            // Not sent to an element: a field for files takes no keys.
            self.driver.action_chain().send_keys(Key::Tab + "").perform().await.unwrap();
            let focused = self.driver.execute(FOCUSED, Vec::new()).await.unwrap();
            let (name, in_sight): (String, bool) = focused.convert().unwrap();
            assert!(in_sight, "“{name}” has the focus out of sight on {}", self.path().await);
            if name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end() == words || name == words {
                return;
            }
        }
        panic!("the Tab key does not come to “{words}” on {}", self.path().await);
    }

    /// Types into whatever has the focus, the last key being one that leads to another page, and waits for that.
    pub async fn keys_to_next_page(&self, keys: impl Into<TypingData>) {
        let before = self.driver.find(By::Tag("html")).await.unwrap();
        self.keys(keys).await;
        self.next_page(&before, "the last key").await;
    }

    /// The words a person sees on the page.
    pub async fn text(&self) -> String {
        self.driver.find(By::Tag("body")).await.unwrap().text().await.unwrap()
    }

    /// The words of everything that a selector finds, such as `.arith dd`.
    pub async fn texts(&self, selector: &str) -> Vec<String> {
        let script =
            "return [...document.querySelectorAll(arguments[0])].map(found => found.innerText.trim())";
        let found = self.driver.execute(script, vec![json!(selector)]).await.unwrap();
        found.convert().unwrap()
    }

    /// The page's title.
    pub async fn title(&self) -> String {
        self.driver.title().await.unwrap()
    }

    /// The path of the page's address, such as `/c/netconf-2019/overview`.
    pub async fn path(&self) -> String {
        self.driver.current_url().await.unwrap().path().to_owned()
    }

    /// Switches the page's scripts off or on, from the next page on.
    pub async fn scripts(&self, on: bool) {
        self.cdp("Emulation.setScriptExecutionDisabled", json!({ "value": !on })).await;
    }

    /// Looks at pages in another window width and colour scheme from now on.
    pub async fn look(&self, look: Look) {
        self.resize(look.width, 900).await;
        let features = json!([
            { "name": "prefers-color-scheme", "value": look.scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.cdp("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Sends a form of these fields to an address of the page's site, as a form of its own would, and waits.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) {
        self.send(path, fields, "[]").await;
    }

    /// The same with the token that the forms of this page carry.
    pub async fn submit_signed(&self, path: &str, fields: &[(&str, &str)]) {
        self.send(path, fields, "document.querySelectorAll('main input[name=form_token]')").await;
    }

    /// Presses what a selector finds, such as `#send`, and waits for the page it leads to.
    pub async fn press_at(&self, selector: &str) {
        let before = self.driver.find(By::Tag("html")).await.unwrap();
        let found = self.driver.find(By::Css(selector)).await;
        let found = found.unwrap_or_else(|error| panic!("no “{selector}”: {error}"));
        found.click().await.unwrap_or_else(|error| panic!("cannot press “{selector}”: {error}"));
        self.next_page(&before, &format!("pressing “{selector}”")).await;
    }

    async fn send(&self, path: &str, fields: &[(&str, &str)], token: &str) {
        let before = self.driver.find(By::Tag("html")).await.unwrap();
        let script = format!(
            "const form = document.createElement('form'); form.method = 'post'; form.action = arguments[0];
             const hidden = (name, value) => {{ const field = document.createElement('input');
                 field.type = 'hidden'; field.name = name; field.value = value; form.append(field); }};
             for (const [name, value] of arguments[1]) hidden(name, value);
             const token = {token}[0]; if (token) hidden(token.name, token.value);
             document.body.append(form); form.submit();"
        );
        self.driver.execute(script, vec![json!(path), json!(fields)]).await.unwrap();
        self.next_page(&before, &format!("the form to {path}")).await;
    }

    /// The whole address of the page.
    pub async fn address(&self) -> String {
        self.driver.current_url().await.unwrap().to_string()
    }

    /// The rules of accessibility that the page breaks, each with the elements that break it.
    pub async fn broken_rules(&self) -> Vec<String> {
        const RUN: &str = "const done = arguments[arguments.length - 1];
            axe.run(document, { resultTypes: ['violations'] }).then(
                result => done(result.violations.map(
                    rule => rule.id + ': ' + rule.nodes.map(node => node.html).join(' | '))),
                error => done(['axe failed: ' + error]));";
        let source = fs::read_to_string(axe_file()).unwrap();
        self.driver.execute(source, Vec::new()).await.unwrap();
        let answer = self.driver.execute_async(RUN, Vec::new()).await.unwrap();
        answer.convert().unwrap()
    }

    /// Takes a picture of the whole page in each look and checks its accessibility there.
    pub async fn screenshot(&self, name: &str) {
        let problems = self.pictures(name).await;
        assert!(problems.is_empty(), "{problems:#?}");
    }

    /// Takes a picture of the whole page in each look; what is wrong there.
    pub async fn pictures(&self, name: &str) -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("output/screens");
        fs::create_dir_all(&folder).unwrap();
        let mut problems = Vec::new();
        for look in LOOKS {
            let picture = format!("{name}-{}-{}", look.width, look.scheme);
            self.look(look).await;
            let height = self.number("document.documentElement.scrollHeight").await;
            self.resize(look.width, u32::try_from(height).unwrap().max(600)).await;
            let image = self.driver.screenshot_as_png().await.unwrap();
            fs::write(folder.join(format!("{picture}.png")), image).unwrap();
            problems.extend(self.broken_rules().await.iter().map(|rule| format!("{picture}: {rule}")));
            let excess = self.number(EXCESS).await;
            if excess != 0 {
                problems.push(format!("{picture}: {excess} px wider than the window"));
            }
        }
        self.look(LOOKS[0]).await;
        problems
    }

    async fn number(&self, expression: &str) -> i64 {
        let answer = self.driver.execute(format!("return {expression}"), Vec::new()).await.unwrap();
        answer.convert().unwrap()
    }

    /// Waits until the root of the old page is stale, which also tells a page from its successor at the same
    /// address, and until the new one is complete.
    async fn next_page(&self, before: &WebElement, cause: &str) {
        self.wait(&format!("{cause} leads to no new page"), async || before.tag_name().await.is_err()).await;
        self.wait(&format!("the page after {cause} does not finish loading"), async || {
            let state = self.driver.execute("return document.readyState", Vec::new()).await;
            state.is_ok_and(|state| state.json() == &json!("complete"))
        })
        .await;
    }

    async fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.cdp("Emulation.setDeviceMetricsOverride", size).await;
    }

    async fn cdp(&self, method: &str, parameters: Value) {
        self.driver
            .cdp()
            .send_raw(method, parameters)
            .await
            .unwrap_or_else(|error| panic!("{method}: {error}"));
    }

    /// The field of a label: the one it names, or the one inside it.
    async fn field(&self, label: &str) -> WebElement {
        let words = xpath_literal(label);
        let path = format!(
            "//*[@id=//label[normalize-space()={words}]/@for] | \
             //label[normalize-space()={words}]//*[self::input or self::select or self::textarea] | \
             //*[self::input or self::select or self::textarea][@aria-label={words}]"
        );
        self.find_visible(&path, &format!("field “{label}”")).await
    }

    async fn find_visible(&self, path: &str, what: &str) -> WebElement {
        let began = Instant::now();
        loop {
            for element in self.driver.find_all(By::XPath(path)).await.unwrap_or_default() {
                if displayed(&element).await.unwrap_or(false) {
                    return element;
                }
            }
            if began.elapsed() > PATIENCE {
                panic!("no {what} on {}, which says:\n{}", self.path().await, self.text().await);
            }
            pause().await;
        }
    }

    async fn wait(&self, otherwise: &str, done: impl AsyncFn() -> bool) {
        let began = Instant::now();
        while !done().await {
            assert!(began.elapsed() < PATIENCE, "{otherwise}, still at {}", self.path().await);
            pause().await;
        }
    }
}

/// Radio buttons are often drawn by their label, with the button itself transparent; that counts as there.
async fn displayed(element: &WebElement) -> WebDriverResult<bool> {
    Ok(element.is_displayed().await?
        || element.attr("type").await?.is_some_and(|kind| kind == "radio" || kind == "checkbox"))
}

/// Into the middle of the window, as a person scrolls: what sticks to its edges may cover the rest.
async fn into_view(element: &WebElement) {
    element.scroll_into_view().await.unwrap_or_else(|error| panic!("cannot scroll: {error}"));
}

/// Between two looks at a state that is about to change.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

/// XPath has no escapes: a text with both kinds of quotes is put together from pieces.
fn xpath_literal(text: &str) -> String {
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    let pieces: Vec<_> = text.split('\'').map(|piece| format!("'{piece}'")).collect();
    format!("concat({})", pieces.join(", \"'\", "))
}
