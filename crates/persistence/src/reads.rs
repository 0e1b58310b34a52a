//! Queries that are asked all the time: their text is built once, and those that need nothing of
//! each other are asked together.

use std::sync::OnceLock;

use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value, Values};

use crate::StoreError;
use crate::batch::together;

/// Column that says which query a row answers.
const PART: &str = "part_of_answer";

/// Queries whose text never changes. Building it anew took more time than the database did.
pub(crate) struct Queries<const N: usize> {
    sqlite: OnceLock<Vec<Text>>,
    postgres: OnceLock<Vec<Text>>,
}

/// A statement, and what is bound to it: values that are always the same, and places.
struct Text {
    sql: String,
    values: Vec<Value>,
}

/// Stands in a query for the value of this number, from 0.
pub(crate) fn place(number: usize) -> Value {
    Value::from(format!("\u{0}{number}"))
}

impl<const N: usize> Queries<N> {
    pub const fn new() -> Self {
        Self { sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    /// The rows of each query, in the order of the queries, with `values` in the places. SQLite, whose
    /// connections live in threads of their own, is handed all queries at once, which saves a switch
    /// there and back for each; PostgreSQL takes one prepared statement at a time.
    pub async fn ask<C: ConnectionTrait>(
        &self,
        db: &C,
        values: &[Value],
        build: impl FnOnce() -> [SelectStatement; N],
    ) -> Result<[Vec<QueryResult>; N], StoreError> {
        let mut answers: [Vec<QueryResult>; N] = std::array::from_fn(|_| Vec::new());
        if db.get_database_backend() == DbBackend::Sqlite {
            for text in self.sqlite.get_or_init(|| vec![numbered(build())]) {
                for row in db.query_all_raw(text.with(values, DbBackend::Sqlite)).await? {
                    let number: i32 = row.try_get("", PART)?;
                    if let Some(answer) = usize::try_from(number).ok().and_then(|n| answers.get_mut(n)) {
                        answer.push(row);
                    }
                }
            }
        } else {
            let texts = self
                .postgres
                .get_or_init(|| build().map(|query| text(DbBackend::Postgres.build(&query))).into());
            for (text, answer) in texts.iter().zip(&mut answers) {
                *answer = db.query_all_raw(text.with(values, DbBackend::Postgres)).await?;
            }
        }
        Ok(answers)
    }
}

impl Text {
    fn with(&self, given: &[Value], db_backend: DbBackend) -> Statement {
        let value =
            |value: &Value| place_of(value).and_then(|number| given.get(number)).unwrap_or(value).clone();
        let values = Values(self.values.iter().map(value).collect());
        Statement { sql: self.sql.clone(), values: Some(values), db_backend }
    }
}

fn place_of(value: &Value) -> Option<usize> {
    let Value::String(Some(text)) = value else { return None };
    text.strip_prefix('\u{0}')?.parse().ok()
}

/// All queries as one string, each row of which says whose it is.
fn numbered<const N: usize>(queries: [SelectStatement; N]) -> Text {
    let numbered = (0_i32..).zip(queries).map(|(number, mut query)| {
        query.expr_as(Expr::val(number), PART);
        DbBackend::Sqlite.build(&query)
    });
    text(together(numbered))
}

fn text(statement: Statement) -> Text {
    let Statement { sql, values, .. } = statement;
    Text { sql, values: values.map(|Values(values)| values).unwrap_or_default() }
}
