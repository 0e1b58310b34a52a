//! What a server's answer means (`mail.md` 1.7): the enhanced code first, then the basic code, never
//! the words.

use std::error::Error as _;
use std::fmt;

use lettre::transport::smtp::response::Response;

use super::Failure;

/// Longest text of a server that is kept, in characters.
const KEPT: usize = 500;

/// A server's answer, or our own words in the same place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Absent where the words are ours.
    pub code: Option<u16>,
    /// RFC 3463, such as `5.1.1`.
    pub enhanced: Option<String>,
    /// The server's words without control characters. They can name the recipient.
    pub text: String,
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{code} {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

impl Reply {
    pub(super) fn ours(text: impl Into<String>) -> Self {
        Self { code: None, enhanced: None, text: text.into() }
    }

    fn new(code: u16, text: &str) -> Self {
        let text = kept(text);
        let enhanced =
            text.split_whitespace().next().filter(|word| is_enhanced(word, code)).map(str::to_owned);
        Self { code: Some(code), enhanced, text }
    }
}

/// Where in the conversation a refusal came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Greeting, EHLO, STARTTLS, login.
    Opening,
    Mail,
    Recipient,
    /// DATA itself, or after the dot.
    Data,
}

/// The answer inside lettre's error, if the server gave one.
pub(super) fn refusal(error: &lettre::transport::smtp::Error) -> Option<Reply> {
    let code = u16::from(error.status()?);
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    Some(Reply::new(code, &text))
}

/// What was taken over, in the server's words.
pub(super) fn accepted(response: &Response) -> (u16, String) {
    let words: Vec<&str> = response.message().collect();
    (u16::from(response.code()), kept(&words.join(" ")))
}

/// Bounded, one line, nothing that a terminal would obey.
pub(super) fn kept(text: &str) -> String {
    crate::clean::header(text).chars().filter(|c| *c != '\u{1}').take(KEPT).collect()
}

/// Sorts a refusal.
pub(super) fn classify(stage: Stage, reply: Reply) -> Failure {
    let code = reply.code.unwrap_or_default();
    if stage == Stage::Opening {
        return if code >= 500 {
            Failure::RelayRefused(reply)
        } else {
            Failure::RelayDown(reply.to_string())
        };
    }
    // Asks for a login we did not give, or takes back the one we gave: nothing about this message.
    if matches!(code, 530 | 534 | 535 | 538) || (stage == Stage::Mail && code >= 500) {
        return Failure::RelayRefused(reply);
    }
    if let Some(known) = by_enhanced(reply.enhanced.as_deref()) {
        return known(reply);
    }
    match (code, stage) {
        (..500, _) => Failure::Deferred(reply),
        (500..=504 | 555, _) => Failure::OurFault(reply),
        (552, _) => Failure::Soft(reply),
        (550 | 551 | 553 | 556 | 521, Stage::Recipient) => Failure::Hard(reply),
        _ => Failure::Policy(reply),
    }
}

fn by_enhanced(code: Option<&str>) -> Option<fn(Reply) -> Failure> {
    match code? {
        "5.1.1" | "5.1.2" | "5.1.3" | "5.1.6" | "5.1.10" | "5.2.1" => Some(Failure::Hard),
        "5.2.2" | "4.2.2" | "5.2.3" => Some(Failure::Soft),
        code if code.starts_with("5.7.") => Some(Failure::Policy),
        code if code.starts_with("5.5.") || code.starts_with("5.6.") => Some(Failure::OurFault),
        _ => None,
    }
}

fn is_enhanced(word: &str, code: u16) -> bool {
    let mut parts = word.split('.');
    let class = parts.next().and_then(|p| p.parse::<u16>().ok());
    let numbers =
        parts.clone().filter(|p| (1..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit()));
    class == Some(code / 100) && parts.clone().count() == 2 && numbers.count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(stage: Stage, code: u16, text: &str) -> &'static str {
        classify(stage, Reply::new(code, text)).word()
    }

    #[test]
    fn the_enhanced_code_decides_before_the_basic_one() {
        use Stage::{Data, Mail, Opening, Recipient};
        let table = [
            (Recipient, 550, "5.1.1 unknown", "hard"),
            (Recipient, 550, "unknown", "hard"),
            (Recipient, 553, "what", "hard"),
            (Recipient, 550, "5.2.1 disabled", "hard"),
            (Recipient, 550, "5.2.2 full", "soft"),
            (Recipient, 452, "4.2.2 full", "soft"),
            (Recipient, 552, "full", "soft"),
            (Recipient, 550, "5.7.1 relaying denied", "policy"),
            (Recipient, 554, "no", "policy"),
            (Recipient, 451, "4.7.1 greylisted", "deferred"),
            (Recipient, 421, "later", "deferred"),
            (Recipient, 501, "syntax", "our_fault"),
            (Recipient, 550, "5.5.2 syntax", "our_fault"),
            (Recipient, 530, "5.7.0 log in first", "relay_refused"),
            (Data, 554, "5.7.26 unauthenticated", "policy"),
            (Data, 554, "spam", "policy"),
            (Data, 550, "spam", "policy"),
            (Data, 550, "5.7.515 unauthenticated", "policy"),
            (Data, 554, "5.6.0 broken message", "our_fault"),
            (Data, 451, "4.3.0 later", "deferred"),
            (Data, 552, "5.3.4 too big", "soft"),
            (Mail, 550, "5.1.8 bad sender", "relay_refused"),
            (Mail, 451, "later", "deferred"),
            (Opening, 554, "no service", "relay_refused"),
            (Opening, 421, "busy", "relay_down"),
            // An enhanced code of another class than the basic one is not believed.
            (Recipient, 451, "5.1.1 confused", "deferred"),
        ];
        for (stage, code, text, expected) in table {
            assert_eq!(word(stage, code, text), expected, "{stage:?} {code} {text}");
        }
    }

    #[test]
    fn a_servers_words_are_bounded_and_clean() {
        let reply = Reply::new(550, &format!("5.1.1 \u{1b}[2Jno\tsuch\u{202e} user {}", "x".repeat(5000)));

        assert!(reply.text.starts_with("5.1.1 [2Jno such user xxx"));
        assert_eq!(reply.text.chars().count(), KEPT);
        assert_eq!(reply.enhanced.as_deref(), Some("5.1.1"));
    }
}
