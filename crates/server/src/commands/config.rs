//! `config check` and `config show`.

use anyhow::Result;
use serde_json::json;

use crate::cli::ConfigCommand;
use crate::config::{ClockOffset, Settings, Transport, is_loopback};
use crate::output::Output;

/// Loading has refused a wrong configuration already; what is left is to say what is in force.
pub fn run(command: &ConfigCommand, settings: &Settings, output: Output) -> Result<()> {
    match command {
        ConfigCommand::Check => check(settings, output),
        ConfigCommand::Show => show(settings, output),
    }
}

fn check(settings: &Settings, output: Output) -> Result<()> {
    let advice = advice(settings);
    if output.json {
        return output.report(json!({ "ok": true, "advice": advice }));
    }
    for line in &advice {
        output.note(&format!("note: {line}"))?;
    }
    output.line("The configuration is in order.")
}

fn show(settings: &Settings, output: Output) -> Result<()> {
    let items: Vec<_> = settings
        .shown
        .iter()
        .map(|s| json!({ "key": s.key, "value": s.value, "from": s.origin.to_string() }))
        .collect();
    let rows: Vec<Vec<String>> =
        settings.shown.iter().map(|s| vec![s.key.clone(), s.value.clone(), s.origin.to_string()]).collect();
    output.list("settings", &items, &["Key", "Value", "From"], &rows)
}

/// What is allowed and may still not be meant.
fn advice(settings: &Settings) -> Vec<String> {
    let mut advice = Vec::new();
    let public_host = settings.server.public_url.host();
    if is_loopback(public_host) {
        advice.push(format!(
            "links in mails begin with {}, which works on this machine only",
            settings.server.public_url
        ));
    }
    if settings.mail.transport == Transport::Capture {
        advice.push("mail is captured, not sent (mail.transport)".to_owned());
    }
    if !settings.server.listen.ip().is_loopback() && settings.server.trusted_proxies.is_empty() {
        advice.push("no proxy is trusted, so every visitor behind one has the proxy's address (server.trusted_proxies)".to_owned());
    }
    if settings.time.clock_offset != ClockOffset::None {
        advice.push("the clock is shifted (time.clock_offset)".to_owned());
    }
    advice
}
