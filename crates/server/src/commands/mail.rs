//! `mail templates check`.

use anyhow::{Result, bail};
use conclave_mail::templates::Templates;
use serde_json::json;

use crate::cli::{MailCommand, TemplatesCommand};
use crate::config::Settings;
use crate::output::Output;

/// Checks of mail.
pub fn run(command: &MailCommand, settings: &Settings, output: Output) -> Result<()> {
    match command {
        MailCommand::Test { .. } => bail!("not available yet"),
        MailCommand::Templates(TemplatesCommand::Check) => check_templates(settings, output),
    }
}

/// Renders every template with samples. Fails when one has a problem, after telling all of them.
fn check_templates(settings: &Settings, output: Output) -> Result<()> {
    let templates = Templates::load(settings.mail.templates_dir.as_deref())?;
    let problems = templates.check();
    if output.json {
        output.report(json!({ "ok": problems.is_empty(), "problems": problems }))?;
    } else {
        for problem in &problems {
            let line = problem.line.map(|l| format!(":{l}")).unwrap_or_default();
            output.line(&format!("{}{line}: {}", problem.file, problem.reason))?;
        }
    }
    if !problems.is_empty() {
        bail!("{} in the mail templates", super::counted(problems.len(), "problem"));
    }
    output.note("Every template renders.")
}
