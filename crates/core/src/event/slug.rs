//! The word that stands for an event in addresses and commands.

/// `[a-z][a-z0-9-]{1,39}` and not a word that our own addresses use.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

/// Why a slug is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    #[error(
        "Write the short name as 2 to 40 small letters, digits and hyphens, a letter first, such as netconf-2019"
    )]
    Form,
    #[error("This short name is used by the program's own addresses; choose another")]
    Reserved,
}

/// First parts of our own addresses, and words that might become one.
const RESERVED: [&str; 31] = [
    "admin",
    "agenda",
    "api",
    "assets",
    "c",
    "captured-mail",
    "conclave",
    "docs",
    "events",
    "favicon",
    "favicon.ico",
    "health",
    "healthz",
    "help",
    "i",
    "login",
    "logout",
    "mail",
    "metrics",
    "new",
    "people",
    "privacy",
    "readyz",
    "robots",
    "robots.txt",
    "security",
    "setup",
    "static",
    "u",
    "well-known",
    "www",
];

impl Slug {
    /// Reads a slug. Refuses other forms and reserved words.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        let mut chars = text.chars();
        let first_is_letter = chars.next().is_some_and(|c| c.is_ascii_lowercase());
        let rest = chars.as_str();
        let rest_fits = (1..=39).contains(&rest.len())
            && rest.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !first_is_letter || !rest_fits {
            return Err(SlugError::Form);
        }
        if RESERVED.contains(&text) {
            return Err(SlugError::Reserved);
        }
        Ok(Self(text.to_owned()))
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Slug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_small_letters_digits_and_hyphens() {
        for good in ["netconf-2019", "ab", "a1", &format!("a{}", "b".repeat(39))] {
            assert!(Slug::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "2019", "Netconf", "a_b", "a/b", "-a", "ä1", &format!("a{}", "b".repeat(40))] {
            assert_eq!(Slug::parse(bad), Err(SlugError::Form), "{bad}");
        }
    }

    #[test]
    fn our_own_words_are_not_slugs() {
        for word in RESERVED.iter().filter(|w| w.len() > 1 && !w.contains('.')) {
            assert_eq!(Slug::parse(word), Err(SlugError::Reserved), "{word}");
        }
    }
}
