//! What machines ask: may work be sent here?

use conclave_core::clock::Clock;
use conclave_test_support::app::App;
use conclave_test_support::builders::now;
use conclave_test_support::{TestDb, both_databases};
use conclave_web::router::router;
use conclave_web::state::{AppState, WebConfig};

both_databases! {
    async fn an_old_database_is_not_ready(db: TestDb) {
        let clock = Clock::fixed(now());
        let mut config = WebConfig::new("http://localhost".parse().unwrap());
        config.migrations = conclave_test_support::migrations();
        let store = db.store().await;
        let ask = async |config: &WebConfig| {
            let state = AppState::new(config.clone(), clock.clone(), store.clone());
            let reply = App::new(router(state)).get("/readyz").send().await;
            (reply.status.as_u16(), reply.text())
        };

        assert_eq!(ask(&config).await, (200, "ok\n".to_owned()));
        config.migrations.push("m20991231_000001_of_tomorrow".to_owned());
        let late = "not ready: 1 migration is missing; run conclave migrate\n";
        assert_eq!(ask(&config).await, (503, late.to_owned()));
    }
}
