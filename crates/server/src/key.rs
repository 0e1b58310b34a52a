//! The installation key: 32 random bytes in a file outside the database, from which personal links
//! are derived. A stolen database without it opens nothing.
//!
//! The file is one line: a word, the key in base64, and its fingerprint, which also shows a damaged file.
//! It is made once, complete and readable by its owner only, also when two processes start together.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use conclave_core::link_token::LinkKey;
use data_encoding::BASE64;

const WORD: &str = "conclave-key-1";

/// Reads the key, or makes it when there is no such file yet. The second value tells which.
///
/// Refuses a file that is damaged, rather than making links nobody can open.
pub fn load_or_create(path: &Path) -> Result<(LinkKey, bool)> {
    match load(path)? {
        Some(key) => Ok((key, false)),
        None => create(path).with_context(|| format!("making the key file {}", path.display())),
    }
}

/// Reads the key, or nothing when there is no such file.
pub fn load(path: &Path) -> Result<Option<LinkKey>> {
    match fs::read_to_string(path) {
        Ok(text) => read(&text).with_context(|| format!("key file {}", path.display())).map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading the key file {}", path.display())),
    }
}

fn read(text: &str) -> Result<LinkKey> {
    let damaged = "is damaged; put back a copy of it (a new key would give new links to everybody)";
    let mut words = text.split_whitespace();
    let (Some(WORD), Some(base64), Some(fingerprint), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        bail!(damaged);
    };
    let bytes = BASE64.decode(base64.as_bytes()).ok().and_then(|b| <[u8; 32]>::try_from(b).ok());
    match bytes.map(LinkKey::from_bytes) {
        Some(key) if key.fingerprint() == fingerprint => Ok(key),
        _ => bail!(damaged),
    }
}

/// Whether others than its owner may read the file.
pub fn is_readable_by_others(path: &Path) -> Result<bool> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

fn create(path: &Path) -> Result<(LinkKey, bool)> {
    let key = LinkKey::generate();
    let directory = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().context("is not the name of a file")?.to_string_lossy();
    let draft = directory.join(format!(".{name}.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let written = writeln!(file, "{WORD} {} {}", BASE64.encode(key.expose()), key.fingerprint())
        .and_then(|()| file.sync_all());
    // A link appears complete or not at all, and never replaces what another process put there first.
    let linked = written.and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    match linked {
        Ok(()) => {
            fs::File::open(directory)?.sync_all()?;
            Ok((key, true))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Ok((read(&fs::read_to_string(path)?)?, false))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_key_is_made_once_and_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");

        let (first, made) = load_or_create(&path).unwrap();
        let (second, made_again) = load_or_create(&path).unwrap();

        assert!(made && !made_again);
        assert_eq!(first.expose(), second.expose());
        assert_eq!(first.fingerprint(), second.fingerprint());
        assert!(!is_readable_by_others(&path).unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn processes_that_start_together_agree_on_one_key() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        // The other process won the race between our look and our link.
        let (theirs, _) = create(&path).unwrap();

        let (ours, made) = create(&path).unwrap();

        assert!(!made);
        assert_eq!(ours.expose(), theirs.expose());
    }

    #[test]
    fn a_damaged_file_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        load_or_create(&path).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        for damaged in [
            String::new(),
            good.replacen(' ', " A", 1),
            good.get(..40).unwrap().to_owned(),
            good.to_uppercase(),
        ] {
            fs::write(&path, &damaged).unwrap();

            assert!(load_or_create(&path).is_err(), "{damaged}");
            assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
        }
    }
}
