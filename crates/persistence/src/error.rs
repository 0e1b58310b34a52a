//! What can go wrong, and the one place that reads database errors.

use sea_orm::{DbErr, SqlErr};

/// A fault of the store. Refusals by a rule are not faults; see [`WriteError`].
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such row in the caller's scope.
    #[error("not found")]
    NotFound,
    /// Somebody changed it meanwhile; the caller's version is older.
    #[error("changed meanwhile")]
    Stale,
    /// A row breaks a rule of core.
    #[error("the row {id} of {table} is corrupt in {column}")]
    Corrupt { table: &'static str, column: &'static str, id: String },
    /// The database cannot be reached or is too busy.
    #[error("the database is away")]
    Unavailable(#[source] DbErr),
    #[error("the database refused a statement")]
    Database(#[source] DbErr),
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unavailable(error),
            DbErr::RecordNotFound(_) => Self::NotFound,
            _ => Self::Database(error),
        }
    }
}

/// A write that a rule refused, or a fault.
#[derive(Debug, thiserror::Error)]
pub enum WriteError<R: std::error::Error + 'static> {
    #[error("{0}")]
    Refused(R),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<R: std::error::Error + 'static> From<DbErr> for WriteError<R> {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}

/// True when a unique index refused the row.
pub(crate) fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}
