//! Every row of a database as text, so that a test can say "nothing was written".

use anyhow::{Context, Result};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use crate::TestDb;

impl TestDb {
    /// All rows of all tables, a line each, tables by name. Two dumps are equal when nothing was written.
    ///
    /// # Panics
    /// When the database cannot be read: the test has failed.
    pub async fn dump(&self) -> String {
        match self.read_all().await {
            Ok(rows) => rows,
            Err(error) => panic!("the database cannot be read: {error:#}"),
        }
    }

    async fn read_all(&self) -> Result<String> {
        let db = crate::db::connect(self.url()).await?;
        let tables = if self.is_sqlite() {
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        } else {
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name"
        };
        let mut dump = String::new();
        for table in strings(&db, tables).await? {
            let rows = if self.is_sqlite() {
                let columns = strings(
                    &db,
                    &format!("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('{table}')"),
                )
                .await?;
                strings(&db, &format!("SELECT {} FROM \"{table}\" ORDER BY 1", columns.join(" || ',' || ")))
                    .await?
            } else {
                strings(&db, &format!("SELECT t::text FROM \"{table}\" t ORDER BY 1")).await?
            };
            for row in rows {
                dump.push_str(&format!("{table}: {row}\n"));
            }
        }
        db.close().await?;
        Ok(dump)
    }
}

async fn strings(db: &DatabaseConnection, sql: &str) -> Result<Vec<String>> {
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .with_context(|| sql.to_owned())?;
    rows.iter().map(|row| row.try_get_by_index(0).with_context(|| sql.to_owned())).collect()
}
