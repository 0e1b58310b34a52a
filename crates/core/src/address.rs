//! An e-mail address as typed, with its domain in ASCII form and the key it is compared by.
//!
//! Stricter than the mail library, which takes `a@b` and `a@exa_mple.org` (mail.md 1.8). Nothing is
//! repaired here: reading untidy lists is the importer's work. `Debug` hides the address, because
//! `Debug` ends up in logs.

use std::fmt;
use std::str::FromStr;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest part before the @, in octets (RFC 5321 4.5.3.1.1).
pub const LOCAL_MAX: usize = 64;
/// Longest whole address in octets (RFC 5321 4.5.3.1.3, less the angle brackets).
pub const ADDRESS_MAX: usize = 254;

/// Why an address was refused, as an instruction to the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    #[error("Enter an e-mail address")]
    Empty,
    #[error("Enter an address with an @")]
    NoAt,
    #[error("Enter one address: this has more than one @")]
    SeveralAts,
    #[error("Enter what comes before the @")]
    NoLocalPart,
    #[error("Shorten the part before the @ to {LOCAL_MAX} octets")]
    LocalPartTooLong,
    #[error("Remove spaces, quotes, brackets and doubled or outer dots before the @")]
    BadLocalPart,
    #[error("Type full-width letters as plain ones")]
    FullWidth,
    #[error("Enter a whole domain after the @, such as example.org")]
    IncompleteDomain,
    #[error("Check the domain after the @: only letters, digits, hyphens and single dots can be in it")]
    BadDomain,
    #[error("Shorten the address to {ADDRESS_MAX} octets")]
    TooLong,
}

/// An address that a message can be sent to.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    text: String,
    at: usize,
}

impl Address {
    /// Refuses whatever is not exactly `local@domain` with one @, a dot-atom before it (letters
    /// outside ASCII allowed) and a domain of at least two labels after it; outer spaces are
    /// trimmed, the domain is stored in lower-case ASCII form, the local part as typed.
    pub fn parse(typed: &str) -> Result<Self, AddressError> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Err(AddressError::Empty);
        }
        let (local, domain) = typed.split_once('@').ok_or(AddressError::NoAt)?;
        if domain.contains('@') {
            return Err(AddressError::SeveralAts);
        }
        check_local(local)?;
        let domain = ascii_domain(domain)?;
        if local.len() + 1 + domain.len() > ADDRESS_MAX {
            return Err(AddressError::TooLong);
        }
        Ok(Self { text: format!("{local}@{domain}"), at: local.len() })
    }

    /// The address as it goes into a mail: local part as typed, domain in ASCII.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What comes before the @, as typed.
    #[must_use]
    pub fn local(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    /// The domain in lower-case ASCII (`xn--`) form.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.text.get(self.at + 1..).unwrap_or_default()
    }

    /// Two addresses with one key are one mailbox to us.
    #[must_use]
    pub fn key(&self) -> AddressKey {
        let local: String = self.local().to_lowercase().nfc().collect();
        AddressKey(format!("{local}@{}", self.domain()))
    }

    /// Needs a relay with SMTPUTF8: letters outside ASCII before the @ (mail.md 1.8).
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        !self.local().is_ascii()
    }
}

/// The local part in lower case and the domain in ASCII form: what addresses are compared by.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AddressKey(String);

impl AddressKey {
    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key without a `+tag`: equal for addresses that probably reach the same person.
    #[must_use]
    pub fn without_tag(&self) -> Self {
        let Some((local, domain)) = self.0.split_once('@') else { return self.clone() };
        match local.split_once('+') {
            Some((base, _)) if !base.is_empty() => Self(format!("{base}@{domain}")),
            _ => self.clone(),
        }
    }
}

fn check_local(local: &str) -> Result<(), AddressError> {
    if local.is_empty() {
        return Err(AddressError::NoLocalPart);
    }
    if local.chars().any(is_full_width) {
        return Err(AddressError::FullWidth);
    }
    if local.len() > LOCAL_MAX {
        return Err(AddressError::LocalPartTooLong);
    }
    let dots_are_fine = local.split('.').all(|atom| !atom.is_empty());
    if !dots_are_fine || !local.chars().all(|c| c == '.' || is_atom_character(c)) {
        return Err(AddressError::BadLocalPart);
    }
    Ok(())
}

/// RFC 5322 atext, and letters, digits and marks of other scripts (RFC 6531). Quoted local parts are
/// left out on purpose: nobody's real address needs them and every header field is safer without.
fn is_atom_character(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
    } else {
        c.is_alphanumeric() || is_combining_mark(c)
    }
}

fn ascii_domain(domain: &str) -> Result<String, AddressError> {
    if domain.is_empty() {
        return Err(AddressError::IncompleteDomain);
    }
    // The conversion takes quadratic time; no domain of this length has a short ASCII form.
    if domain.len() > ADDRESS_MAX * 4 {
        return Err(AddressError::TooLong);
    }
    // The mapping step would turn these into plain letters and dots unasked.
    if domain.chars().any(is_full_width) {
        return Err(AddressError::FullWidth);
    }
    let composed: String = domain.nfc().collect();
    if composed.nfkc().ne(composed.chars()) || composed.chars().any(crate::text::is_hidden) {
        return Err(AddressError::BadDomain);
    }
    let ascii = Uts46::new()
        .to_ascii(composed.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify)
        .map_err(|_| AddressError::BadDomain)?;
    let Some((_, last)) = ascii.rsplit_once('.') else { return Err(AddressError::IncompleteDomain) };
    // A last label of digits is an IP address, which mail would not go to without brackets.
    if last.bytes().all(|b| b.is_ascii_digit()) {
        return Err(AddressError::BadDomain);
    }
    Ok(ascii.into_owned())
}

/// Full-width and small forms, and the ideographic full stops that IDNA reads as dots.
pub(crate) fn is_full_width(c: char) -> bool {
    matches!(c, '\u{ff00}'..='\u{ffef}' | '\u{fe50}'..='\u{fe6f}' | '\u{3002}')
}

impl TryFrom<String> for Address {
    type Error = AddressError;

    fn try_from(typed: String) -> Result<Self, AddressError> {
        Self::parse(&typed)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(typed: &str) -> Result<Self, AddressError> {
        Self::parse(typed)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.text
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

impl fmt::Display for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AddressKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressKey(…)")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn address(typed: &str) -> Address {
        Address::parse(typed).unwrap()
    }

    #[test]
    fn ordinary_addresses_are_taken_as_typed() {
        for typed in [
            "david.miller@example.org",
            "a@b.cd",
            "Jane+netconf@example.org",
            "o'brien@example.org",
            "x_y-z@sub.exam-ple.co.uk",
            "-a@example.org",
            "1@2.example",
            "a!#$%&'*+-/=?^_`{|}~b@example.org",
        ] {
            assert_eq!(address(typed).as_str(), typed);
        }
    }

    #[test]
    fn the_local_part_keeps_its_case_and_the_domain_loses_it() {
        let address = address(" Jane.Doe@Example.ORG ");

        assert_eq!(address.as_str(), "Jane.Doe@example.org");
        assert_eq!(address.local(), "Jane.Doe");
        assert_eq!(address.domain(), "example.org");
        assert_eq!(address.key().as_str(), "jane.doe@example.org");
    }

    #[test]
    fn international_domains_are_stored_in_ascii_form() {
        assert_eq!(address("user@bücher.example").as_str(), "user@xn--bcher-kva.example");
        assert_eq!(address("user@bu\u{308}cher.example").as_str(), "user@xn--bcher-kva.example");
        assert_eq!(address("user@xn--bcher-kva.example").key(), address("USER@BÜCHER.example").key());
    }

    #[test]
    fn letters_outside_ascii_before_the_at_are_kept() {
        assert_eq!(address("jürgen@example.org").as_str(), "jürgen@example.org");
        assert!(address("jürgen@example.org").needs_smtputf8());
        assert_eq!(address("JÜRGEN@example.org").key(), address("ju\u{308}rgen@example.org").key());
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        use AddressError::*;
        for (typed, reason) in [
            ("", Empty),
            ("  ", Empty),
            ("nobody", NoAt),
            ("a@b@example.org", SeveralAts),
            ("@example.org", NoLocalPart),
            ("a@", IncompleteDomain),
            ("a@localhost", IncompleteDomain),
            ("a@b", IncompleteDomain),
            ("a b@example.org", BadLocalPart),
            (".a@example.org", BadLocalPart),
            ("a.@example.org", BadLocalPart),
            ("a..b@example.org", BadLocalPart),
            ("\"a b\"@example.org", BadLocalPart),
            ("a(x)@example.org", BadLocalPart),
            ("<a@example.org>", BadLocalPart),
            ("a\u{200b}b@example.org", BadLocalPart),
            ("a\u{0}b@example.org", BadLocalPart),
            ("a@exa_mple.org", BadDomain),
            ("a@-example.org", BadDomain),
            ("a@example-.org", BadDomain),
            ("a@example..org", BadDomain),
            ("a@.example.org", BadDomain),
            ("a@example.org.", BadDomain),
            ("a@exam ple.org", BadDomain),
            ("a@example.org\r\nBcc: b", BadDomain),
            ("a@[192.0.2.1]", BadDomain),
            ("a@192.0.2.1", BadDomain),
            ("a@exam\u{ad}ple.org", BadDomain),
            ("a@xn--zzzzzzz9999.org", BadDomain),
            ("ａ@example.org", FullWidth),
            ("a@ｅxample.org", FullWidth),
            ("a@example。org", FullWidth),
        ] {
            assert_eq!(Address::parse(typed).unwrap_err(), reason, "{typed:?}");
        }
    }

    #[test]
    fn lengths_are_octets() {
        assert!(Address::parse(&format!("{}@example.org", "a".repeat(64))).is_ok());
        let long = format!("{}@example.org", "a".repeat(65));
        assert_eq!(Address::parse(&long), Err(AddressError::LocalPartTooLong));
        let long = format!("{}@example.org", "ü".repeat(33));
        assert_eq!(Address::parse(&long), Err(AddressError::LocalPartTooLong));

        let domain = format!("{}.{}.{}.org", "b".repeat(63), "c".repeat(63), "d".repeat(57));
        assert_eq!(domain.len(), 189);
        assert!(Address::parse(&format!("{}@{domain}", "a".repeat(64))).is_ok());
        assert_eq!(
            Address::parse(&format!("{}@e{domain}", "a".repeat(64))).unwrap_err(),
            AddressError::BadDomain
        );
        let domain = format!("{}.{}.{}.org", "b".repeat(63), "c".repeat(63), "d".repeat(58));
        assert_eq!(Address::parse(&format!("{}@{domain}", "a".repeat(64))), Err(AddressError::TooLong));
    }

    #[test]
    fn a_tag_is_left_out_of_the_looser_key() {
        assert_eq!(address("Jane+x+y@example.org").key().without_tag(), address("jane@example.org").key());
        assert_eq!(address("+x@example.org").key().without_tag(), address("+x@example.org").key());
    }

    #[test]
    fn debug_does_not_show_the_address() {
        let address = address("jane@example.org");

        assert_eq!(format!("{address:?} {:?}", address.key()), "Address(…) AddressKey(…)");
        assert_eq!(format!("{address} {}", address.key()), "jane@example.org jane@example.org");
    }

    #[test]
    fn what_was_stored_is_parsed_again_when_read() {
        let read: Address = serde_json::from_str("\"Jane@Example.org\"").unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), "\"Jane@example.org\"");

        assert!(serde_json::from_str::<Address>("\"jane\"").is_err());
    }
}
