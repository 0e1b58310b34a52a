//! `log` and `log verify`: the record, and whether it is whole.

use anyhow::{Context as _, Result, bail};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use conclave_core::address::Address;
use conclave_core::committee::Action;
use conclave_core::deadline;
use conclave_core::event::Event;
use conclave_core::export::LogRow;
use conclave_core::export::files::{Format, write};
use conclave_persistence::{LogCheck, LogFilter, LogLine};
use serde_json::{Value, json};

use super::caller::Caller;
use super::export::replace;
use super::{counted, instant};
use crate::cli::{Log, LogCommand, LogFormat, LogShow};
use crate::error::{OrRefused as _, Refused};
use crate::output::Output;

pub async fn run(log: Log, caller: &Caller, output: Output) -> Result<()> {
    match log.command {
        Some(LogCommand::Verify { slug }) => verify(slug.as_deref(), caller, output).await,
        None => show(&log.show, caller, output).await,
    }
}

async fn show(wanted: &LogShow, caller: &Caller, output: Output) -> Result<()> {
    let action = if wanted.format.is_some() { Action::ExportAll } else { Action::See };
    let event = match &wanted.slug {
        Some(slug) => Some(caller.event(slug, action).await?),
        None => {
            caller.as_operator()?;
            None
        }
    };
    let zone = event.as_ref().map_or(Tz::UTC, |event| event.zone);
    let id = event.as_ref().map(|event| event.id);
    let mut filter = filter(wanted, zone, caller).await?;
    if let (Some(event), Some(account)) = (id, caller.account()) {
        filter.not_about = caller.store().own_case(event, account.id).await?;
    }
    let lines = caller.store().log_lines(id, &filter, 0, wanted.limit.unwrap_or(0)).await?;
    let rows: Vec<LogRow> = lines.iter().map(LogLine::to_row).collect();
    if let Some(format) = wanted.format {
        return file(wanted, format, event.as_ref(), &rows, caller, output).await;
    }
    let table: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                row.number.to_string(),
                row.at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S %Z").to_string(),
                row.who.clone(),
                row.action.clone(),
                row.subject.clone(),
                row.change(),
                row.reason.clone(),
            ]
        })
        .collect();
    let views = rows.iter().map(serde_json::to_value).collect::<Result<Vec<Value>, _>>()?;
    output.list("log", &views, &["No.", "Time", "Who", "What", "About", "Change", "Reason"], &table)
}

/// The same lines as a file, once the record says who took them.
async fn file(
    wanted: &LogShow,
    format: LogFormat,
    event: Option<&Event>,
    rows: &[LogRow],
    caller: &Caller,
    output: Output,
) -> Result<()> {
    let format = match format {
        LogFormat::Csv => Format::Csv,
        LogFormat::Json => Format::Json,
        LogFormat::Txt => Format::Txt,
    };
    let name = event.map_or("Installation", Event::short_name);
    let bytes = write(&format!("{name}: log ({})", rows.len()), rows, format, false)?;
    if let Some(event) = event {
        let now = caller.installation.now();
        caller.store().log_export(event, "log", format.as_str(), rows.len(), &caller.actor(), now).await?;
    }
    match &wanted.output {
        None => output.bytes(&bytes),
        Some(path) => {
            replace(path, &bytes).with_context(|| path.display().to_string())?;
            output.note(&format!("Written: {}", path.display()))
        }
    }
}

async fn filter(wanted: &LogShow, zone: Tz, caller: &Caller) -> Result<LogFilter> {
    let mut filter = LogFilter {
        what: wanted.what.map(|what| what.as_str().to_owned()).unwrap_or_default(),
        whom: wanted.whom.clone().unwrap_or_default(),
        since: wanted.since.map(|day| begins(day, zone)),
        until: wanted.until.map(|day| deadline::end_of_day(day, zone)),
        with_reason: wanted.reasons,
        ..LogFilter::default()
    };
    match wanted.who.as_deref() {
        Some(who) if who.contains('@') => {
            let address = Address::parse(who).or_refused()?;
            let known = caller.store().account_by_email(&address.key()).await?;
            let (account, _) = known
                .ok_or_else(|| Refused::new("no-such-member", format!("There is no account of {who}")))?;
            filter.account = Some(account.id);
        }
        Some(who) => who.clone_into(&mut filter.who),
        None => {}
    }
    Ok(filter)
}

fn begins(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    day.pred_opt().map_or(DateTime::UNIX_EPOCH, |before| deadline::end_of_day(before, zone))
}

/// A chain by the name that is printed.
struct Checked {
    /// `None` is what concerns no event.
    slug: Option<String>,
    check: LogCheck,
}

async fn verify(slug: Option<&str>, caller: &Caller, output: Output) -> Result<()> {
    let store = caller.store();
    let mut checked = Vec::new();
    if let Some(slug) = slug {
        let event = caller.event(slug, Action::See).await?;
        checked.push(Checked { slug: Some(slug.to_owned()), check: store.check_log(Some(event.id)).await? });
    } else {
        caller.as_operator()?;
        for summary in store.events().await? {
            let slug = Some(summary.event.slug.to_string());
            checked.push(Checked { slug, check: store.check_log(Some(summary.event.id)).await? });
        }
        checked.push(Checked { slug: None, check: store.check_log(None).await? });
    }
    if output.json {
        output.report(json!({ "chains": checked.iter().map(Checked::view).collect::<Vec<_>>() }))?;
    } else {
        for one in &checked {
            output.line(&one.words())?;
        }
    }
    let broken = checked.iter().filter(|one| one.check.broken.is_some()).count();
    if broken > 0 {
        bail!("{} broken", counted(broken, "record"));
    }
    Ok(())
}

impl Checked {
    fn words(&self) -> String {
        let name = self.slug.as_deref().unwrap_or("installation");
        let entries = if self.check.entries == 1 {
            "1 entry".to_owned()
        } else {
            format!("{} entries", self.check.entries)
        };
        if let Some(broken) = &self.check.broken {
            let at = broken.at.map(|at| format!(" of {}", instant(at))).unwrap_or_default();
            return format!(
                "{name}: broken at entry {}{at}: {}. Good up to there: {entries}.",
                broken.number, broken.why
            );
        }
        let erased = match self.check.erased {
            0 => String::new(),
            1 => ", 1 text erased".to_owned(),
            n => format!(", {n} texts erased"),
        };
        let head = self.check.head.hash_words();
        let hash = if head.is_empty() { String::new() } else { format!(", newest {head}") };
        format!("{name}: good, {entries}{erased}{hash}")
    }

    fn view(&self) -> Value {
        let broken = self.check.broken.as_ref().map(
            |broken| json!({ "number": broken.number, "at": broken.at.map(instant), "why": broken.why }),
        );
        json!({
            "event": self.slug,
            "good": self.check.broken.is_none(),
            "entries": self.check.entries,
            "erased": self.check.erased,
            "head": self.check.head.hash_words(),
            "broken": broken,
        })
    }
}
