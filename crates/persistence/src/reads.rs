//! Queries that need nothing of each other, asked together.

use sea_orm::sea_query::{Expr, SelectStatement};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value, Values};

use crate::StoreError;
use crate::batch::BETWEEN;

/// Column that says which query a row answers.
const PART: &str = "part_of_answer";

/// The rows of each query, in the order of the queries. SQLite, whose connections live in threads of
/// their own, is handed all queries at once, which saves a switch there and back for each; PostgreSQL
/// takes one prepared statement at a time. No query may read a column of the name `part_of_answer`.
pub(crate) async fn ask<C: ConnectionTrait, const N: usize>(
    db: &C,
    queries: [SelectStatement; N],
) -> Result<[Vec<QueryResult>; N], StoreError> {
    let mut answers: [Vec<QueryResult>; N] = std::array::from_fn(|_| Vec::new());
    if db.get_database_backend() != DbBackend::Sqlite {
        for (query, answer) in queries.iter().zip(&mut answers) {
            *answer = db.query_all(query).await?;
        }
        return Ok(answers);
    }
    let (mut sql, mut values): (Vec<String>, Vec<Value>) = (Vec::new(), Vec::new());
    for (number, mut query) in (0_i32..).zip(queries) {
        query.expr_as(Expr::val(number), PART);
        let built = DbBackend::Sqlite.build(&query);
        sql.push(built.sql);
        values.extend(built.values.into_iter().flat_map(|Values(values)| values));
    }
    let all =
        Statement { sql: sql.join(BETWEEN), values: Some(Values(values)), db_backend: DbBackend::Sqlite };
    for row in db.query_all_raw(all).await? {
        let number: i32 = row.try_get("", PART)?;
        if let Some(answer) = usize::try_from(number).ok().and_then(|number| answers.get_mut(number)) {
            answer.push(row);
        }
    }
    Ok(answers)
}
