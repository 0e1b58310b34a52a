//! A database of an older version, with data in it, becomes one of this version.

#![expect(clippy::unwrap_used, reason = "tests")]

use chrono::DateTime;
use conclave_migrations::Migrator;
use conclave_persistence::{Store, StoreOptions};
use conclave_test_support::{TestDb, both_databases, site};
use sea_orm::{ConnectionTrait as _, Database};
use sea_orm_migration::MigratorTrait as _;

/// Where the older version lives: beside the migrated database of the test.
async fn older(db: &TestDb) -> String {
    if db.is_sqlite() {
        return format!("{}?mode=rwc", db.url().replace("test.db", "older.db"));
    }
    let connection = Database::connect(db.url()).await.unwrap();
    connection.execute_unprepared("CREATE SCHEMA older").await.unwrap();
    let sign = if db.url().contains('?') { '&' } else { '?' };
    format!("{}{sign}options[search_path]=older", db.url())
}

both_databases! {
    async fn a_record_of_before_the_chain_is_kept_numbered_and_sealed(db: TestDb) {
        let url = older(&db).await;
        let connection = Database::connect(&url).await.unwrap();
        Migrator::up(&connection, Some(2)).await.unwrap();
        let id = |n: u8| {
            let digits = format!("{n:032}");
            if db.is_sqlite() { format!("x'{digits}'") } else { format!("'{digits}'") }
        };
        let event = format!(
            "INSERT INTO events (id, slug, state, revision, version, title, short_title, epigraph, intro, place, zone,
                 first_day, last_day, starts, ends, seats, remote_seats, reply_to, answers_close, topics_by,
                 over_invite, is_over_invite, lapse, tentative, hold_minutes, html_mail, calendar_rsvp, page,
                 page_order, sponsors, cancelled_reason, created_at)
             VALUES ({}, 'netconf-2019', 'open', 0, 0, 'Netconf', '', '', '', '', 'UTC', '2019-06-20', '2019-06-21', '',
                 '', 20, 'off', '', '2019-06-13', '2019-05-30', 0, false, true, true, 10, false, true, 'off', 'list',
                 '', '', '2019-04-01 12:00:00+00:00')",
            id(1)
        );
        connection.execute_unprepared(&event).await.unwrap();
        for (n, of, second) in [(2, id(1), 0), (3, id(1), 2), (4, id(1), 1), (5, "NULL".to_owned(), 0)] {
            let entry = format!(
                "INSERT INTO log_entries (id, event_id, at, actor_kind, actor_name, action, subject, before_text,
                     after_text, reason)
                 VALUES ({}, {of}, '2019-04-01 12:00:0{second}+00:00', 'operator', 'operator', 'event.changed',
                     'entry {n}', '', '', '')",
                id(n)
            );
            connection.execute_unprepared(&entry).await.unwrap();
        }

        Migrator::up(&connection, None).await.unwrap();
        connection.close().await.unwrap();
        let store = Store::connect(&StoreOptions { url, pool: 2, site: site() }).await.unwrap();
        store.prepare_installation(DateTime::UNIX_EPOCH).await.unwrap();

        let event = store.event("netconf-2019").await.unwrap().unwrap().id;
        let lines = store.log(event, None, 0).await.unwrap();
        let lines: Vec<(i64, &str)> = lines.iter().map(|line| (line.number, line.subject.as_str())).collect();
        assert_eq!(lines, [(3, "entry 3"), (2, "entry 4"), (1, "entry 2")]);
        let (of_event, of_none) = (store.check_log(Some(event)).await.unwrap(), store.check_log(None).await.unwrap());
        assert_eq!((of_event.entries, of_event.broken), (3, None));
        assert_eq!((of_none.entries, of_none.broken), (1, None));
    }
}
