//! `export`: the same files as at the desk.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use conclave_core::committee::Action;
use conclave_core::event::Event;
use conclave_core::export::files::{Format, List, with_named, write, write_details};
use conclave_core::page;
use conclave_core::question::columns;

use super::caller::Caller;
use super::question::sight;
use crate::cli::{Export, ExportWhat, FormatWord};
use crate::error::{OrRefused as _, Usage};
use crate::output::Output;

pub async fn run(options: &Export, caller: &Caller, output: Output) -> Result<()> {
    let (action, what) = match options.what {
        ExportWhat::Attendees => (Action::ExportAttendees, "attendees"),
        ExportWhat::Invitees => (Action::ExportAll, "invitees"),
        ExportWhat::Details => (Action::ExportAll, "details"),
        ExportWhat::Topics => (Action::ExportAll, "topics"),
        ExportWhat::Page => (Action::See, "page"),
    };
    if !options.with.is_empty() && options.what != ExportWhat::Details {
        bail!(Usage("--with is for details".to_owned()));
    }
    let event = caller.event(&options.slug, action).await?;
    let store = caller.store();
    let (bytes, people) = match options.what {
        ExportWhat::Attendees => list(&event, "attendees", &store.attendee_rows(&event).await?, options)?,
        ExportWhat::Invitees => {
            let account = caller.account().map(|account| account.id);
            list(&event, "invitees", &store.invitee_rows(&event, account).await?, options)?
        }
        ExportWhat::Details => details(&event, caller, options).await?,
        ExportWhat::Topics => list(&event, "topics", &store.topic_rows(&event).await?, options)?,
        ExportWhat::Page => public_page(&event, caller, options).await?,
    };
    let word = options.format.as_str();
    let what = with_named(what, &options.with);
    store.log_export(&event, &what, word, people, &caller.actor(), caller.installation.now()).await?;
    match &options.output {
        None => output.bytes(&bytes),
        Some(path) => {
            replace(path, &bytes).with_context(|| path.display().to_string())?;
            output.note(&format!("Written: {}", path.display()))
        }
    }
}

fn list<L: List>(event: &Event, what: &str, rows: &[L], options: &Export) -> Result<(Vec<u8>, usize)> {
    let format = format_of(what, options)?;
    let title = format!("{}: {what} ({})", event.short_name(), rows.len());
    Ok((write(&title, rows, format, options.bom)?, rows.len()))
}

async fn details(event: &Event, caller: &Caller, options: &Export) -> Result<(Vec<u8>, usize)> {
    let format = format_of("details", options)?;
    let sees = sight(event, caller).await?;
    let store = caller.store();
    let asked = store.questions(event.id).await?;
    let columns = columns(asked, sees.role, &sees.needs, &options.with).or_refused()?;
    let sheet = store.detail_sheet(event.id, &columns).await?;
    let title = format!("{}: details ({})", event.short_name(), sheet.people.len());
    Ok((write_details(&title, &sheet, format, options.bom)?, sheet.people.len()))
}

fn format_of(what: &str, options: &Export) -> Result<Format> {
    match Format::parse(options.format.as_str()) {
        Some(format) => Ok(format),
        None => bail!(Usage(format!("{what} are written as csv, xlsx, json, md or txt"))),
    }
}

async fn public_page(event: &Event, caller: &Caller, options: &Export) -> Result<(Vec<u8>, usize)> {
    let page = caller.store().public_page(event, true).await?;
    let text = match options.format {
        FormatWord::Txt => page::text(&page),
        FormatWord::Md => page::markdown(&page),
        FormatWord::Json => page::json(&page),
        FormatWord::Html => conclave_web::public_page_html(&page),
        FormatWord::Csv | FormatWord::Xlsx => {
            bail!(Usage("the page is written as html, md, txt or json".to_owned()))
        }
    };
    Ok((text.into_bytes(), page.people.len()))
}

/// Writes a file whole or not at all, and for its owner alone: a list of people with addresses.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

impl FormatWord {
    fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
            Self::Md => "md",
            Self::Txt => "txt",
            Self::Html => "html",
        }
    }
}
