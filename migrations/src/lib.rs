//! Schema history, one module per migration, for SQLite and PostgreSQL alike.

use sea_orm_migration::{MigrationTrait, MigratorTrait};

mod apply;
mod m20261122_000001_first_schema;
mod m20261123_000002_threads_and_counts;
mod m20261124_000003_log_chain;
mod m20261124_000004_changes;
mod m20261124_000005_candidates;
mod m20261124_000006_reserve;
mod m20261124_000007_chasing;
mod m20261124_000008_questions;

pub use apply::{MigrateError, count, migrate, names, pending};

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_first_schema::Migration),
            Box::new(m20261123_000002_threads_and_counts::Migration),
            Box::new(m20261124_000003_log_chain::Migration),
            Box::new(m20261124_000004_changes::Migration),
            Box::new(m20261124_000005_candidates::Migration),
            Box::new(m20261124_000006_reserve::Migration),
            Box::new(m20261124_000007_chasing::Migration),
            Box::new(m20261124_000008_questions::Migration),
        ]
    }
}
