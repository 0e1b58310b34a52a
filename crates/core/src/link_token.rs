//! Personal links and other capabilities: derived, never stored (decision 9).
//!
//! A token is 130 bits of HMAC-SHA-256 over kind, invitation and generation, under an
//! installation key that lives outside the database. The database keeps the SHA-256 of kind and
//! token, for look-up by a unique index. So the same link can be sent again, a stolen database
//! opens nothing, and raising the generation revokes.

use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::RngExt as _;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// What a token may do; each kind has tokens of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkKind {
    /// See the page, answer, propose, edit own data.
    Web,
    /// Answer and propose by mail.
    Reply,
    /// Record what became of a message.
    Bounce,
    /// Mute mail about the event.
    Unsubscribe,
}

/// Every kind.
pub const LINK_KINDS: [LinkKind; 4] =
    [LinkKind::Web, LinkKind::Reply, LinkKind::Bounce, LinkKind::Unsubscribe];

impl LinkKind {
    /// The word in columns and in the derivation.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Reply => "reply",
            Self::Bounce => "bounce",
            Self::Unsubscribe => "unsubscribe",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        LINK_KINDS.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Lower-case Crockford base32: no i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Letters in a token: 26 times 5 bits.
pub const TOKEN_LENGTH: usize = 26;

/// The installation's key. `Debug` shows nothing.
#[derive(Clone)]
pub struct LinkKey([u8; 32]);

impl LinkKey {
    /// A key made by the system's generator.
    #[must_use]
    pub fn generate() -> Self {
        Self(random_bytes())
    }

    /// A key read from its file.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For writing the key file.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Sixteen hexadecimal digits that name the key without telling it. Stored beside each link.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::new_with_prefix(b"conclave key fingerprint\0").chain_update(self.0).finalize();
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The token of a capability. The same input gives the same token for as long as the key lives.
    #[must_use]
    pub fn token(&self, kind: LinkKind, subject: Uuid, generation: u32) -> LinkToken {
        let mut bytes = [0_u8; 32];
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) {
            mac.update(kind.as_str().as_bytes());
            mac.update(&[0]);
            mac.update(subject.as_bytes());
            mac.update(&generation.to_be_bytes());
            bytes.copy_from_slice(&mac.finalize().into_bytes());
        }
        LinkToken(letters(&bytes))
    }
}

impl std::fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkKey(…)")
    }
}

/// The secret part of a link, 26 letters. `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkToken(String);

impl LinkToken {
    /// Reads a token as people paste it: any case, with dashes, spaces or `> ` in it, and with the
    /// letters that Crockford's alphabet leaves out. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 200 {
            return None;
        }
        let mut token = String::with_capacity(TOKEN_LENGTH);
        for c in text.chars() {
            match c.to_ascii_lowercase() {
                '-' | '>' | '.' | '<' => {}
                c if c.is_whitespace() => {}
                'o' => token.push('0'),
                'i' | 'l' => token.push('1'),
                c if c.is_ascii() && ALPHABET.contains(&(c as u8)) => token.push(c),
                _ => return None,
            }
        }
        (token.len() == TOKEN_LENGTH).then_some(Self(token))
    }

    /// For putting it into a mail. Never into a log or the database.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the database keeps: SHA-256 over kind and token, so that a row of one kind never
    /// matches a token of another.
    #[must_use]
    pub fn hash(&self, kind: LinkKind) -> [u8; 32] {
        hash(kind.as_str(), &self.0)
    }
}

impl std::fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

/// A single-use secret of the committee's doors: sign-in, set-up, session. Random, stored hashed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one from the system's generator, 130 bits.
    #[must_use]
    pub fn generate() -> Self {
        Self(letters(&random_bytes()))
    }

    /// A short code for typing on another machine, such as `TQ4R-9MXC` (40 bits; limited in tries
    /// and minutes).
    #[must_use]
    pub fn generate_code() -> Self {
        let mut code = letters(&random_bytes());
        code.truncate(8);
        code.make_ascii_uppercase();
        code.insert(4, '-');
        Self(code)
    }

    /// Reads one as pasted: any case, spaces and dashes ignored. `None` when no letters are left
    /// or it is too long.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let clean: String =
            text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        (!clean.is_empty() && clean.len() <= 64).then_some(Self(clean))
    }

    /// For a mail or a cookie. Never into a log or the database.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the database keeps: SHA-256 over the purpose's word and the secret's letters without
    /// case and dashes.
    #[must_use]
    pub fn hash(&self, purpose: &str) -> [u8; 32] {
        let clean: String =
            self.0.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        hash(purpose, &clean)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

fn hash(purpose: &str, token: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(purpose.as_bytes())
        .chain_update([0])
        .chain_update(token.as_bytes())
        .finalize()
        .into()
}

#[expect(clippy::disallowed_methods, reason = "the place that makes secrets")]
fn random_bytes() -> [u8; 32] {
    let mut bytes = [0_u8; 32];
    rand::rng().fill(&mut bytes);
    bytes
}

/// The first 130 bits as 26 letters.
fn letters(bytes: &[u8; 32]) -> String {
    let mut token = String::with_capacity(TOKEN_LENGTH);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        buffer = ((buffer & 0xfff) << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 && token.len() < TOKEN_LENGTH {
            bits -= 5;
            let index = (buffer >> bits) & 31;
            token.push(char::from(ALPHABET.get(index as usize).copied().unwrap_or(b'0')));
        }
    }
    token
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn key() -> LinkKey {
        LinkKey::from_bytes([7; 32])
    }

    #[test]
    fn the_same_invitation_has_the_same_link_until_its_generation_is_raised() {
        let id = Uuid::from_u128(1);

        let first = key().token(LinkKind::Web, id, 1);

        assert_eq!(first, key().token(LinkKind::Web, id, 1));
        assert_ne!(first, key().token(LinkKind::Web, id, 2));
        assert_ne!(first, key().token(LinkKind::Reply, id, 1));
        assert_ne!(first, key().token(LinkKind::Web, Uuid::from_u128(2), 1));
        assert_ne!(first, LinkKey::from_bytes([8; 32]).token(LinkKind::Web, id, 1));
        assert_eq!(first.expose().len(), TOKEN_LENGTH);
        assert!(first.expose().bytes().all(|b| ALPHABET.contains(&b)));
    }

    #[test]
    fn a_token_is_read_with_any_case_dashes_spaces_and_quote_marks() {
        let token = key().token(LinkKind::Web, Uuid::from_u128(1), 1);
        let text = token.expose();
        let (a, b) = text.split_at(13);

        for pasted in [
            text.to_uppercase(),
            format!("> {text}"),
            format!("{a}-{b}"),
            format!(" {a}\n> {b} "),
            text.replace('0', "O").replace('1', "l"),
        ] {
            assert_eq!(LinkToken::parse(&pasted), Some(token.clone()), "{pasted}");
        }
    }

    #[test]
    fn what_is_not_a_token_is_not_read() {
        let long = "a".repeat(1000);
        for bad in ["", "abc", "k7fq-m2xw", &"u".repeat(26), &"a".repeat(27), &long, "é".repeat(26).as_str()]
        {
            assert_eq!(LinkToken::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_hash_of_one_kind_never_matches_another() {
        let token = key().token(LinkKind::Web, Uuid::from_u128(1), 1);

        assert_ne!(token.hash(LinkKind::Web), token.hash(LinkKind::Reply));
    }

    #[test]
    fn debug_shows_no_secret() {
        let token = key().token(LinkKind::Web, Uuid::from_u128(1), 1);

        assert_eq!(
            format!("{token:?} {:?} {:?}", key(), Secret::generate()),
            "LinkToken(…) LinkKey(…) Secret(…)"
        );
    }

    #[test]
    fn a_code_is_the_same_secret_however_it_is_typed() {
        let code = Secret::generate_code();
        let typed = Secret::parse(&code.expose().to_lowercase().replace('-', " ")).unwrap();

        assert_eq!(code.expose().len(), 9);
        assert_eq!(typed.hash("sign_in"), code.hash("sign_in"));
    }
}
