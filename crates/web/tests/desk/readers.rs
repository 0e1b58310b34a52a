//! A reader looks and changes nothing. The posts are found in the sources of the desk, so that a new one
//! cannot be forgotten.

use std::fs;
use std::path::{Path, PathBuf};

use conclave_core::committee::Role;
use conclave_test_support::{TestDb, both_databases};

use crate::netconf::Netconf;

/// What a reader may do all the same, and why.
const ALLOWED: &[(&str, &str)] = &[("/c/{event}/digest", "how often they are told is their own to choose")];

both_databases! {
    async fn a_reader_is_refused_on_every_post_of_the_desk(db: TestDb) {
        let netconf = Netconf::on(db).await;
        let toke = netconf.invite("Toke Jensen").await;
        let reader = netconf.member("reader@example.org", Some(Role::Reader)).await;
        let account = netconf.store.committee(netconf.event.id).await.unwrap()[0].0.id.0.to_string();
        let posts = posts();
        assert!(posts.len() > 40, "the sources are read wrongly: {posts:?}");
        let before = netconf.db.dump().await;

        let mut let_through = Vec::new();
        for post in posts {
            let path = post
                .replace("/c/{event}", "")
                .replace("{person}", &toke.public_id)
                .replace("{account}", &account)
                .replace("{wave}", "1")
                .replace("{part}", "name")
                // Of the files the one list that is a reader's is left out.
                .replace("{file}", "invitees.csv");
            let path = filled(&path);
            let status = reader.post(&path, &[("version", "1"), ("confirmed", "yes")]).await.status.as_u16();
            if status != 403 && !ALLOWED.iter().any(|(allowed, _)| *allowed == post) {
                let_through.push(format!("{post} as {path}: {status}"));
            }
        }

        assert_eq!(let_through, Vec::<String>::new());
        assert_eq!(netconf.db.dump().await, before, "nothing was written");
    }
}

/// What is left of placeholders is a number or a word that names nothing.
fn filled(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect::<Vec<_>>().join("/")
}

/// Paths below `/c/{event}` that take a post, as the sources name them.
fn posts() -> Vec<String> {
    let mut found = Vec::new();
    for file in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages")) {
        let text = fs::read_to_string(file).unwrap();
        for route in text.split(".route(").skip(1) {
            let Some(path) = route.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next())
            else {
                continue;
            };
            if path.starts_with("/c/{event}") && call(route).contains("post(") {
                found.push(path.to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Up to the bracket that ends the call.
fn call(text: &str) -> &str {
    let mut open = 1;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return &text[..at];
        }
    }
    text
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files
}
