//! `export`: the same files as at the desk.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use conclave_core::committee::Action;
use conclave_core::event::Event;
use conclave_core::export::files::{Format, List, write};
use conclave_core::page;

use super::caller::Caller;
use crate::cli::{Export, ExportWhat, FormatWord};
use crate::error::Usage;
use crate::output::Output;

pub async fn run(options: &Export, caller: &Caller, output: Output) -> Result<()> {
    let (action, what) = match options.what {
        ExportWhat::Attendees => (Action::ExportAttendees, "attendees"),
        ExportWhat::Invitees => (Action::ExportAll, "invitees"),
        ExportWhat::Topics => (Action::ExportAll, "topics"),
        ExportWhat::Page => (Action::See, "page"),
    };
    let event = caller.event(&options.slug, action).await?;
    let store = caller.store();
    let (bytes, people) = match options.what {
        ExportWhat::Attendees => list(&event, "attendees", &store.attendee_rows(&event).await?, options)?,
        ExportWhat::Invitees => list(&event, "invitees", &store.invitee_rows(&event).await?, options)?,
        ExportWhat::Topics => list(&event, "topics", &store.topic_rows(&event).await?, options)?,
        ExportWhat::Page => public_page(&event, caller, options).await?,
    };
    let word = options.format.as_str();
    store.log_export(&event, what, word, people, &caller.actor(), caller.installation.now()).await?;
    match &options.output {
        None => output.bytes(&bytes),
        Some(path) => {
            replace(path, &bytes).with_context(|| path.display().to_string())?;
            output.note(&format!("Written: {}", path.display()))
        }
    }
}

fn list<L: List>(event: &Event, what: &str, rows: &[L], options: &Export) -> Result<(Vec<u8>, usize)> {
    let Some(format) = Format::parse(options.format.as_str()) else {
        bail!(Usage(format!("{what} are written as csv, xlsx, json, md or txt")));
    };
    let title = format!("{}: {what} ({})", event.short_name(), rows.len());
    Ok((write(&title, rows, format, options.bom)?, rows.len()))
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
