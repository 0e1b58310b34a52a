//! The configuration as an operator meets it.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

const SMTP: &str = "[mail]\ntransport = \"smtp\"\nsender = \"a@example.org\"\n";

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("conclave.toml");
    std::fs::write(&path, file).unwrap();
    Settings::load(&Sources {
        file: Some(path),
        environment: environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        options: Vec::new(),
    })
}

fn problem(file: &str, environment: &[(&str, &str)]) -> String {
    load(file, environment).unwrap_err().to_string()
}

#[test]
fn nothing_configured_listens_on_loopback_and_captures_mail() {
    let settings = Settings::load(&Sources::default()).unwrap();

    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.server.public_url.as_str(), "http://127.0.0.1:8080");
    assert_eq!(settings.database.url.to_string(), "sqlite:data/conclave.db");
    assert_eq!(settings.mail.transport, Transport::Capture);
    assert_eq!(settings.security.key_file, PathBuf::from("data/key"));
    assert_eq!(settings.time.clock_offset, ClockOffset::None);
}

#[test]
fn later_layers_win_and_say_where_a_value_came_from() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.toml");
    std::fs::write(&path, "[server]\nlisten = \"127.0.0.1:1\"\n[mail]\nport = 2525\nrate_per_minute = 7\n")
        .unwrap();

    let settings = Settings::load(&Sources {
        file: Some(path.clone()),
        environment: vec![
            ("CONCLAVE__SERVER__LISTEN".into(), "127.0.0.1:2".into()),
            ("CONCLAVE__MAIL__PORT".into(), "2526".into()),
            ("CONCLAVE__SERVER__TRUSTED_PROXIES".into(), "10.0.0.1, 10.0.0.2".into()),
        ],
        options: vec![("server.listen", "--listen", "127.0.0.1:3".into())],
    })
    .unwrap();

    assert_eq!(settings.server.listen.port(), 3);
    assert_eq!(settings.mail.port, 2526);
    assert_eq!(settings.mail.rate_per_minute, 7);
    assert_eq!(settings.server.trusted_proxies.len(), 2);
    let origin = |key: &str| settings.shown.iter().find(|s| s.key == key).unwrap().origin.to_string();
    assert_eq!(origin("server.listen"), "--listen");
    assert_eq!(origin("mail.port"), "CONCLAVE__MAIL__PORT");
    assert_eq!(origin("mail.rate_per_minute"), path.display().to_string());
    assert_eq!(origin("database.pool"), "default");
}

#[test]
fn an_unknown_key_names_its_place_and_the_nearest_known_one() {
    for (file, environment, place, nearest) in [
        ("[server]\nlissten = \"x\"", vec![], "conclave.toml: server.lissten", "server.listen"),
        ("listen = \"x\"", vec![], "conclave.toml: listen", "server.listen"),
        ("[servr]\nlisten = \"x\"", vec![], "conclave.toml: servr.listen", "server.listen"),
        ("[mail]\nhost = \"x\"", vec![], "conclave.toml: mail.host", "mail."),
        ("[smpt]", vec![], "conclave.toml: smpt", "config show"),
        ("[foo]\na = 1", vec![], "conclave.toml: foo.a", "config show"),
        ("", vec![("CONCLAVE_SERVER_LISTEN", "x")], "CONCLAVE_SERVER_LISTEN", "CONCLAVE__SERVER__LISTEN"),
        ("", vec![("CONCLAVE_MAIL__RELAY", "x")], "CONCLAVE_MAIL__RELAY", "CONCLAVE__MAIL__RELAY"),
        ("", vec![("CONCLAVE_MAIL_RELAI", "x")], "CONCLAVE_MAIL_RELAI", "CONCLAVE__MAIL__RELAY"),
        ("", vec![("CONCLAVE__MAIL__RELAI", "x")], "CONCLAVE__MAIL__RELAI", "mail.relay"),
        ("", vec![("CONCLAVE__PUBLIC_URL", "x")], "CONCLAVE__PUBLIC_URL", "server.public_url"),
    ] {
        let text = problem(file, &environment);
        assert!(text.contains(place) && text.contains(nearest), "{text}");
    }
}

#[test]
fn a_setting_far_from_every_other_names_none_and_foreign_variables_are_left_alone() {
    assert!(!problem("[foo]\na = 1", &[]).contains("nearest"));
    assert!(load("", &[("CONCLAVE_CONFIG", "x"), ("CONCLAVE_AXE", "x"), ("CONCLAVE_HOME", "x")]).is_ok());
}

#[test]
fn every_fault_is_told_at_once() {
    let text = problem("[server]\nlissten = \"x\"\nmax_requests = \"many\"\n[telemetry]\nlog = 5\n", &[]);

    assert_eq!(text.lines().count(), 3, "{text}");
}

#[test]
fn values_of_the_wrong_kind_say_what_is_wanted() {
    for (file, wanted) in [
        ("[server]\nlisten = \"8080\"", "an address and a port"),
        ("[server]\nlisten = 8080", "quotation marks"),
        ("[server]\nlisten = \"0.0.0.0:80\"", "is needed when listening on 0.0.0.0:80"),
        ("[server]\npublic_url = \"http://rsvp.example.org\"", "https"),
        ("[server]\nmax_requests = 0", "from 1 to"),
        ("[server]\nheader_timeout = \"10\"", "a duration such as"),
        ("[server]\nheader_timeout = \"0s\"", "longer than nothing"),
        ("[server]\ntrusted_proxies = [\"proxy\"]", "addresses such as"),
        ("[server]\ntrusted_proxies = \"127.0.0.1\"", "a list"),
        ("[database]\nurl = \"mysql://x\"", "sqlite:PATH or postgres://"),
        ("[mail]\ntransport = \"sendmail\"", "capture or smtp"),
        ("[mail]\ntransport = \"smtp\"", "mail.sender: is needed"),
        ("[mail]\nrelay = \"mail.example.org:25\"", "mail.port"),
        ("[mail]\nport = 0", "from 1 to 65535"),
        ("[mail]\nsender = \"Conclave\"", "an address only"),
        ("[mail]\nsender = \"Netconf <a@example.org>\"", "the name is the event's"),
        ("[mail]\nusername = \"me\"", "mail.password: is needed"),
        ("[mail]\nlease = \"10s\"", "mail.lease: must be longer than 10 s"),
        (&format!("{SMTP}lease = \"110s\""), "mail.lease: must be longer than 110 s"),
        (&format!("{SMTP}lease = \"20s\"\nconversation_timeout = \"18s\""), "longer than 33 s"),
        ("[mail]\nretry_after = []", "at least one"),
        ("[telemetry]\nlog = \"loud=very\"", "error, warn"),
        ("[telemetry]\nformat = \"xml\"", "human or json"),
        ("[server\n", "not readable as TOML"),
    ] {
        let text = load(file, &[]).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(text.contains(wanted), "{file}: {text}");
    }
}

#[test]
fn a_login_in_clear_only_goes_to_this_machine() {
    let smtp =
        "[mail]\ntransport = \"smtp\"\nsender = \"a@example.org\"\nusername = \"u\"\npassword = \"p\"\n";

    assert!(load(smtp, &[]).is_ok());
    assert!(problem(smtp, &[("CONCLAVE__MAIL__RELAY", "mail.example.org")]).contains("in clear"));
    let tls = [("CONCLAVE__MAIL__RELAY", "mail.example.org"), ("CONCLAVE__MAIL__TLS", "starttls")];
    assert!(load(smtp, &tls).is_ok());
}

#[test]
fn the_clock_is_only_shifted_where_no_mail_leaves_the_machine() {
    let offset = ("CONCLAVE__TIME__CLOCK_OFFSET", "-2743d");
    let smtp = "[mail]\ntransport = \"smtp\"\nsender = \"a@example.org\"\n";

    assert!(load("", &[offset]).is_ok());
    assert!(load(smtp, &[offset]).is_ok());
    let away = [offset, ("CONCLAVE__MAIL__RELAY", "mail.example.org")];
    assert!(problem(smtp, &away).contains("CONCLAVE__TIME__CLOCK_OFFSET: is for trying things out"));
}

#[test]
fn secrets_come_from_files_and_never_print() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("password");
    std::fs::write(&path, "hunter2\nsecond line\n").unwrap();
    let path = path.display().to_string();
    let mail = "[mail]\nusername = \"u\"\npassword = \"from-config\"\n";

    let settings = load(
        mail,
        &[
            ("CONCLAVE__MAIL__PASSWORD_FILE", &path),
            ("CONCLAVE__DATABASE__URL", "postgres://me:hunter3@db/conclave"),
        ],
    )
    .unwrap();

    assert_eq!(settings.mail.login.as_ref().unwrap().1.expose_secret(), "hunter2");
    let shown = format!("{settings:?}");
    assert!(!shown.contains("hunter") && !shown.contains("from-config"), "{shown}");
    assert!(shown.contains("postgres://me:***@db/conclave"));
}

#[test]
fn a_secret_and_its_file_in_one_layer_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing").display().to_string();

    let both = format!("[mail]\nusername = \"u\"\npassword = \"p\"\npassword_file = {missing:?}\n");
    assert!(problem(&both, &[]).contains("both set"));
    let text = problem("[mail]\nusername = \"u\"\n", &[("CONCLAVE__MAIL__PASSWORD_FILE", &missing)]);
    assert!(text.contains("cannot be read"), "{text}");
}

#[test]
fn broken_files_do_not_quote_their_lines() {
    let text = problem("[mail]\npassword = \"hunter2\nport = 1\n", &[]);

    assert!(!text.contains("hunter2") && text.contains("line 2"), "{text}");
}

#[test]
fn a_password_on_the_command_line_is_refused() {
    let load = |url: &str| {
        Settings::load(&Sources {
            options: vec![("database.url", "--database", url.into())],
            ..Sources::default()
        })
    };

    assert!(load("postgres://me@db/conclave").is_ok());
    let text = load("postgres://me:hunter2@db/conclave").unwrap_err().to_string();
    assert!(text.starts_with("--database: ") && !text.contains("hunter2"), "{text}");
}

#[test]
fn numbers_in_text_keys_stay_as_typed() {
    let settings = load("[mail]\nusername = \"u\"\n", &[("CONCLAVE__MAIL__PASSWORD", "007")]).unwrap();

    assert_eq!(settings.mail.login.unwrap().1.expose_secret(), "007");
}

#[test]
fn the_example_for_production_loads_where_its_secret_files_exist() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let url = file("url", "postgres://conclave:secret@db.example.org/conclave\n");
    let password = file("password", "secret\n");

    let settings = load(
        include_str!("../../../../config/example.production.toml"),
        &[("CONCLAVE__DATABASE__URL_FILE", &url), ("CONCLAVE__MAIL__PASSWORD_FILE", &password)],
    )
    .unwrap();

    assert_eq!(settings.mail.transport, Transport::Smtp);
    assert_eq!(settings.mail.from_domain, "rsvp.example.org");
}

#[test]
fn a_lease_outlasts_everything_that_sending_one_message_may_take() {
    assert!(load(&format!("{SMTP}lease = \"111s\""), &[]).is_ok());
    assert!(load(&format!("{SMTP}lease = \"2s\"\nconversation_timeout = \"1s\""), &[]).is_ok());
}
