//! Committee passwords: argon2id (decision 11). Slow on purpose; call on a blocking thread.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret as _, SecretString};

/// Memory in KiB, passes, lanes: OWASP's least for argon2id.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefused {
    #[error("Choose a password of at least 10 letters")]
    TooShort,
    #[error("Choose a password of at most 500 letters")]
    TooLong,
    #[error("This password is among those that are tried first; choose another")]
    Common,
    #[error("The password could not be stored; try again")]
    Unavailable,
}

/// Words that attackers try first, and forms of them.
const COMMON: [&str; 14] = [
    "password",
    "passw0rd",
    "qwertyuiop",
    "1234567890",
    "123456789",
    "12345678",
    "letmein",
    "iloveyou",
    "administrator",
    "welcome",
    "changeme",
    "conclave",
    "netconf",
    "abcdefghij",
];

/// Hashes a new password as a PHC string. Refuses short, overlong and well-known ones.
pub fn hash(password: &SecretString) -> Result<String, PasswordRefused> {
    let text = password.expose_secret();
    let length = text.chars().count();
    if length < 10 {
        return Err(PasswordRefused::TooShort);
    }
    if length > 500 {
        return Err(PasswordRefused::TooLong);
    }
    if is_common(text) {
        return Err(PasswordRefused::Common);
    }
    hasher()
        .and_then(|argon2| argon2.hash_password(text.as_bytes()).ok())
        .map(|hash| hash.to_string())
        .ok_or(PasswordRefused::Unavailable)
}

/// Compares a typed password with a stored hash. Without a stored hash it does the same work and
/// says no, so that an unknown address takes as long as a wrong password.
#[must_use]
pub fn verify(password: &SecretString, stored: Option<&str>) -> bool {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$\
                          xFIT1YIw4w3cnFBVuqmI8mW1VSTCVSCK6IPa6X1IJEQ";
    let text = password.expose_secret();
    if text.chars().count() > 500 {
        return false;
    }
    let Some(argon2) = hasher() else { return false };
    let Ok(parsed) = PasswordHash::new(stored.unwrap_or(NOBODY)) else { return false };
    let matches = argon2.verify_password(text.as_bytes(), &parsed).is_ok();
    matches && stored.is_some()
}

/// True when a stored hash was made with weaker parameters than today's: rehash at sign-in.
#[must_use]
pub fn is_outdated(stored: &str) -> bool {
    !stored.starts_with(&format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$"))
}

fn hasher() -> Option<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn is_common(text: &str) -> bool {
    let lower = text.to_lowercase();
    let stem = lower.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
    let mut letters = lower.chars();
    let first = letters.next();
    letters.all(|c| Some(c) == first) || COMMON.iter().any(|word| lower == *word || stem == *word)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    #[test]
    fn a_password_verifies_against_its_hash_alone() {
        let stored = hash(&secret("eight wires in order")).unwrap();

        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify(&secret("eight wires in order"), Some(&stored)));
        assert!(!verify(&secret("eight wires in disorder"), Some(&stored)));
        assert!(!verify(&secret("eight wires in order"), None));
        assert!(!is_outdated(&stored));
        assert!(is_outdated("$argon2id$v=19$m=7168,t=5,p=1$x$y"));
    }

    #[test]
    fn short_long_and_common_passwords_are_refused() {
        for (text, reason) in [
            ("short", PasswordRefused::TooShort),
            ("password123", PasswordRefused::Common),
            ("aaaaaaaaaaaa", PasswordRefused::Common),
            ("1234567890", PasswordRefused::Common),
            (&"x y".repeat(200), PasswordRefused::TooLong),
        ] {
            assert_eq!(hash(&secret(text)), Err(reason), "{text}");
        }
    }
}
