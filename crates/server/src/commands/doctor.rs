//! `doctor`: everything an installation stands on, in an operator's words. Changes nothing.

use std::path::Path;

use anyhow::{Result, bail};
use conclave_core::link_token::LinkKey;
use conclave_mail::templates::Templates;
use conclave_persistence::{KeyStatus, Safeguard, Site, Store, StoreOptions};
use serde_json::json;

use super::counted;
use crate::config::{ClockOffset, Settings, Transport, is_loopback};
use crate::error::told;
use crate::installation::{check_reachable, check_writable, clock, database_url, explained, transport};
use crate::key;
use crate::output::Output;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    /// Works, and may not be meant.
    Note,
    Bad,
}

impl Verdict {
    fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Note => "note",
            Self::Bad => "bad",
        }
    }
}

struct Check {
    what: &'static str,
    verdict: Verdict,
    text: String,
}

/// Runs every check, also after one failed. Fails when one is bad.
pub async fn run(settings: &Settings, output: Output) -> Result<()> {
    let mut checks = vec![data_directory(&settings.server.data_dir)];
    let (key, key_check) = key_file(&settings.security.key_file);
    checks.push(key_check);
    checks.extend(database(settings, key).await);
    checks.push(clock_check(settings));
    checks.push(public_url(settings));
    checks.push(relay(settings).await);
    checks.push(templates(settings));
    let bad = checks.iter().filter(|c| c.verdict == Verdict::Bad).count();
    if output.json {
        let items: Vec<_> = checks
            .iter()
            .map(|c| json!({ "check": c.what, "verdict": c.verdict.as_str(), "text": c.text }))
            .collect();
        output.report(json!({ "ok": bad == 0, "checks": items }))?;
    } else {
        for check in &checks {
            output.line(&format!("{:<5} {:<15} {}", check.verdict.as_str(), check.what, check.text))?;
        }
    }
    if bad > 0 {
        bail!("{} found", counted(bad, "problem"));
    }
    Ok(())
}

fn data_directory(path: &Path) -> Check {
    let what = "data directory";
    let shown = path.display();
    if !path.exists() {
        return note(what, format!("{shown} is not there yet; `conclave serve` makes it"));
    }
    match tempfile::NamedTempFile::new_in(path) {
        Ok(_) => good(what, format!("{shown} can be written")),
        Err(error) => {
            bad(what, format!("{shown} cannot be written: {error}; run as its owner, or change it"))
        }
    }
}

fn key_file(path: &Path) -> (Option<LinkKey>, Check) {
    let what = "key file";
    let shown = path.display();
    match key::load(path) {
        Err(error) => (None, bad(what, format!("{error:#}"))),
        Ok(None) => (None, note(what, format!("{shown} is not there yet; `conclave serve` makes it"))),
        Ok(Some(key)) => {
            let check = match key::is_readable_by_others(path) {
                Ok(false) => {
                    good(what, format!("{shown}, fingerprint {}; keep a copy elsewhere", key.fingerprint()))
                }
                Ok(true) => bad(what, format!("{shown} can be read by others; run: chmod 600 {shown}")),
                Err(error) => bad(what, format!("{shown}: {error}")),
            };
            (Some(key), check)
        }
    }
}

async fn database(settings: &Settings, key: Option<LinkKey>) -> Vec<Check> {
    let what = "database";
    let shown = &settings.database.url;
    if settings.database.url.sqlite_path().is_some_and(|path| !path.exists()) {
        return vec![note(what, format!("{shown} is not there yet; `conclave serve` makes it"))];
    }
    if let Err(error) = check_reachable(settings).await {
        return vec![bad(what, error.to_string())];
    }
    let url = database_url(settings);
    let pending = match conclave_migrations::pending(&url).await {
        Ok(pending) => pending,
        Err(error) => {
            return vec![bad(what, format!("{shown}: {}", told(&explained(error.into(), settings))))];
        }
    };
    let mut checks = vec![good(what, format!("{shown} answers"))];
    if !pending.is_empty() {
        let many = counted(pending.len(), "migration");
        checks.push(bad("migrations", format!("{many} missing; run `conclave migrate`")));
        return checks;
    }
    checks.push(good("migrations", "none missing".to_owned()));
    let Some(key) = key else { return checks };
    match inside(settings, url, key).await {
        Ok(more) => checks.extend(more),
        Err(error) => checks.push(bad(what, told(&error))),
    }
    checks
}

/// What only shows once the database is open.
async fn inside(settings: &Settings, url: String, key: LinkKey) -> Result<Vec<Check>> {
    let site = Site {
        public_url: settings.server.public_url.as_str().to_owned(),
        host: settings.server.public_url.host().to_owned(),
        mail_domain: settings.mail.from_domain.clone(),
        key,
    };
    let store = Store::connect(&StoreOptions { url, pool: 2, site }).await?;
    check_writable(&store, settings).await?;
    let links = match store.prepare_installation(clock(settings).now()).await? {
        KeyStatus::Same => good("links", "the key is the one that issued the links".to_owned()),
        KeyStatus::Other => bad(
            "links",
            "another key issued the links: they keep working, new mails carry new ones; put the old key file \
             back, or leave it so"
                .to_owned(),
        ),
    };
    let safeguards = store.safeguards().await?;
    let shown = |s: &Safeguard| format!("{} = {}", s.name, s.value);
    let lacking: Vec<String> = safeguards.iter().filter(|s| !s.is_in_force).map(shown).collect();
    let safety = if lacking.is_empty() {
        good("durability", safeguards.iter().map(shown).collect::<Vec<_>>().join(", "))
    } else {
        bad("durability", format!("a power cut may lose answers or data: {}", lacking.join(", ")))
    };
    Ok(vec![links, safety])
}

fn clock_check(settings: &Settings) -> Check {
    let now = clock(settings).now();
    let shown = now.format("%Y-%m-%d %H:%M:%S UTC");
    if settings.time.clock_offset != ClockOffset::None {
        return note("clock", format!("{shown}, shifted by time.clock_offset"));
    }
    // Deadlines and mail dates would all be wrong; mail from 1970 is refused as spam.
    if now.format("%Y").to_string().as_str() < "2026" {
        return bad("clock", format!("{shown} cannot be right; set this machine's clock"));
    }
    good("clock", shown.to_string())
}

/// Columns before the link in a letter, of its token, and of a line that no mail program breaks
/// (mail.md 1.2).
const LINK_INDENT: usize = 4;
const LINK_TOKEN: usize = 26;
const LINK_LINE: usize = 74;

fn public_url(settings: &Settings) -> Check {
    let url = &settings.server.public_url;
    if is_loopback(url.host()) {
        return note("public address", format!("{url} works on this machine only; set server.public_url"));
    }
    let link = LINK_INDENT + url.as_str().len() + "/i/".len() + LINK_TOKEN;
    if link > LINK_LINE {
        let text = format!(
            "{url} makes the line of a personal link {link} columns; mail programs may break it after {LINK_LINE}"
        );
        return note("public address", text);
    }
    if settings.server.trusted_proxies.is_empty() {
        let text = format!(
            "{url}; behind a proxy, name it in server.trusted_proxies, or limits count all visitors as one"
        );
        return note("public address", text);
    }
    good("public address", url.to_string())
}

async fn relay(settings: &Settings) -> Check {
    let what = "mail relay";
    if settings.mail.transport == Transport::Capture {
        return note(what, "mail is captured, not sent (mail.transport)".to_owned());
    }
    let shown = format!("{}:{}", settings.mail.relay, settings.mail.port);
    match transport(settings).connect().await {
        Ok(connection) => {
            connection.close().await;
            good(what, format!("{shown} lets us in; `conclave mail test ADDRESS` sends a message"))
        }
        Err(failure) => bad(what, format!("{shown}: {}", failure.text())),
    }
}

fn templates(settings: &Settings) -> Check {
    let what = "mail templates";
    match Templates::load(settings.mail.templates_dir.as_deref()) {
        Err(error) => bad(what, error.to_string()),
        Ok(templates) => match templates.check().len() {
            0 => good(what, "every template renders".to_owned()),
            n => bad(what, format!("{}; `conclave mail templates check` lists them", counted(n, "problem"))),
        },
    }
}

fn good(what: &'static str, text: String) -> Check {
    Check { what, verdict: Verdict::Good, text }
}

fn note(what: &'static str, text: String) -> Check {
    Check { what, verdict: Verdict::Note, text }
}

fn bad(what: &'static str, text: String) -> Check {
    Check { what, verdict: Verdict::Bad, text }
}
