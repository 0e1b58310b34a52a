//! What the server does wrong, as a few lines of text.
//!
//! ```text
//! offer dsn smtputf8                          # what EHLO lists (default: 8bitmime dsn)
//! rcpt hana@example.net 550 5.1.1 no such user
//! once rcpt * 451 4.7.1 greylisted
//! 3x dot @example.com 554 5.7.26 go away
//! data * silent                               # never answers again
//! dot toke@example.org cut                    # hangs up
//! ehlo * wait 200                             # milliseconds, then goes on
//! ```
//!
//! Rules are tried in order; the first that fits decides. `;` divides rules as a line end does. Before
//! RCPT the recipient is not known, so only `*` fits.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What a server offers and does wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Keywords of the EHLO answer, as written.
    pub offers: Vec<String>,
    pub rules: Vec<Rule>,
}

impl Default for Script {
    fn default() -> Self {
        Self { offers: vec!["8BITMIME".to_owned(), "DSN".to_owned()], rules: Vec::new() }
    }
}

/// One deviation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub stage: Stage,
    /// `*`, an address, or `@domain`.
    pub recipient: String,
    pub action: Action,
    /// How often it still applies; always when absent.
    pub times: Option<u32>,
}

/// A step of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Greeting,
    Ehlo,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// After the final dot.
    Dot,
    Rset,
    Quit,
}

/// What happens instead of the usual answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// This line, such as `550 5.1.1 no such user`.
    Reply(String),
    /// Nothing, ever again.
    Silent,
    /// The connection is closed.
    Cut,
    /// A pause, then the usual answer.
    Wait(Duration),
}

/// Which rule could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError(String);

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read the rule {:?}", self.0)
    }
}

impl std::error::Error for ScriptError {}

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Self, ScriptError> {
        let mut script = Self::default();
        for line in text.split(['\n', ';']) {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            if let Some(offers) = line.strip_prefix("offer") {
                script.offers = offers.split_whitespace().map(str::to_ascii_uppercase).collect();
                continue;
            }
            script.rules.push(rule(line).ok_or_else(|| ScriptError(line.to_owned()))?);
        }
        Ok(script)
    }
}

impl Script {
    /// The first rule that fits, counted down.
    pub(super) fn take(&mut self, stage: Stage, recipient: Option<&str>) -> Option<Action> {
        let rule = self
            .rules
            .iter_mut()
            .find(|rule| rule.stage == stage && rule.times != Some(0) && rule.fits(recipient))?;
        if let Some(times) = &mut rule.times {
            *times -= 1;
        }
        Some(rule.action.clone())
    }
}

impl Rule {
    fn fits(&self, recipient: Option<&str>) -> bool {
        let recipient = recipient.unwrap_or_default().to_lowercase();
        let wanted = self.recipient.to_lowercase();
        wanted == "*" || recipient == wanted || (wanted.starts_with('@') && recipient.ends_with(&wanted))
    }
}

fn rule(line: &str) -> Option<Rule> {
    let (first, rest) = line.split_once(char::is_whitespace)?;
    let (times, line) = match first {
        "once" => (Some(1), rest.trim_start()),
        first => match first.strip_suffix('x').and_then(|n| n.parse().ok()) {
            Some(n) => (Some(n), rest.trim_start()),
            None => (None, line),
        },
    };
    let mut words = line.splitn(3, char::is_whitespace);
    let stage = match words.next()? {
        "greeting" => Stage::Greeting,
        "ehlo" => Stage::Ehlo,
        "auth" => Stage::Auth,
        "mail" => Stage::Mail,
        "rcpt" => Stage::Rcpt,
        "data" => Stage::Data,
        "dot" => Stage::Dot,
        "rset" => Stage::Rset,
        "quit" => Stage::Quit,
        _ => return None,
    };
    let recipient = words.next()?.to_owned();
    let action = match words.next()?.trim() {
        "silent" => Action::Silent,
        "cut" => Action::Cut,
        other => match other.strip_prefix("wait ") {
            Some(milliseconds) => Action::Wait(Duration::from_millis(milliseconds.trim().parse().ok()?)),
            None if other.as_bytes().first().is_some_and(u8::is_ascii_digit) => {
                Action::Reply(other.to_owned())
            }
            None => return None,
        },
    };
    Some(Rule { stage, recipient, action, times })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn rules_are_read_and_counted_down() {
        let mut script: Script =
            "offer smtputf8; 2x rcpt @example.net 451 4.7.1 later # greylisting\ndot * cut".parse().unwrap();

        assert_eq!(script.offers, ["SMTPUTF8"]);
        let later = Some(Action::Reply("451 4.7.1 later".to_owned()));
        assert_eq!(script.take(Stage::Rcpt, Some("Hana@Example.net")), later);
        assert_eq!(script.take(Stage::Rcpt, Some("hana@example.org")), None);
        assert_eq!(script.take(Stage::Rcpt, Some("hana@example.net")), later);
        assert_eq!(script.take(Stage::Rcpt, Some("hana@example.net")), None);
        assert_eq!(script.take(Stage::Dot, None), Some(Action::Cut));
    }

    #[test]
    fn a_rule_that_makes_no_sense_is_named() {
        assert_eq!(
            "rcpt * explode".parse::<Script>().unwrap_err().to_string(),
            "cannot read the rule \"rcpt * explode\""
        );
    }
}
