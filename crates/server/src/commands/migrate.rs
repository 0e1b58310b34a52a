//! `migrate`.

use anyhow::{Context as _, Result};
use serde_json::json;

use super::counted;
use crate::config::Settings;
use crate::installation::{check_reachable, database_url, explained, make_private_dir};
use crate::output::Output;

/// Brings the database to this version. Waits for another process that does the same.
pub async fn run(settings: &Settings, output: Output) -> Result<()> {
    make_private_dir(&settings.server.data_dir)?;
    check_reachable(settings).await?;
    let applied = conclave_migrations::migrate(&database_url(settings))
        .await
        .with_context(|| format!("migrating {}", settings.database.url))
        .map_err(|error| explained(error, settings))?;
    if output.json {
        return output.report(json!({ "applied": applied }));
    }
    for name in &applied {
        output.line(name)?;
    }
    if applied.is_empty() {
        return output.line("The database is of this version already.");
    }
    output.note(&format!("{} applied.", counted(applied.len(), "migration")))
}
