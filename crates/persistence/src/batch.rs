//! Writes that nothing is read between, sent together.

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, QueryTrait, Statement, Value, Values};

use crate::StoreError;

/// Between the statements of one string.
const BETWEEN: &str = ";\n";

/// Statements that wait to be executed in their order. SQLite, whose connection lives in a thread of
/// its own, is handed all of them at once, which saves a switch there and back for each; PostgreSQL
/// takes one prepared statement at a time.
pub(crate) struct Batch {
    statements: Vec<Statement>,
    backend: DbBackend,
}

impl Batch {
    /// An empty one for this transaction's database.
    pub fn of(tx: &DatabaseTransaction) -> Self {
        Self { statements: Vec::new(), backend: tx.get_database_backend() }
    }

    /// Adds an insert, an update or a deletion; what it returns is not looked at.
    pub fn add(&mut self, statement: &impl QueryTrait) {
        self.statements.push(statement.build(self.backend));
    }

    /// Executes what was added so far. Has to be called before what was added is read, and at the end.
    pub async fn flush(&mut self, tx: &DatabaseTransaction) -> Result<(), StoreError> {
        let statements = std::mem::take(&mut self.statements);
        if self.backend == DbBackend::Sqlite {
            if !statements.is_empty() {
                tx.execute_raw(together(statements)).await?;
            }
        } else {
            for statement in statements {
                tx.execute_raw(statement).await?;
            }
        }
        Ok(())
    }
}

/// One string; SQLite's placeholders have no numbers, so the values follow one another.
pub(crate) fn together(statements: impl IntoIterator<Item = Statement>) -> Statement {
    let (mut sql, mut values): (Vec<String>, Vec<Value>) = (Vec::new(), Vec::new());
    for statement in statements {
        sql.push(statement.sql);
        values.extend(statement.values.into_iter().flat_map(|Values(values)| values));
    }
    Statement { sql: sql.join(BETWEEN), values: Some(Values(values)), db_backend: DbBackend::Sqlite }
}
