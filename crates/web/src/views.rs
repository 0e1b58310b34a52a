//! Words for values that templates show: instants, waits, addresses as links.
//!
//! Dates of an event come from `conclave_core::deadline`, in the event's zone with its name; UTC
//! appears only where there is no event (limits, sign-in, the banner of a set clock).

use chrono::{DateTime, TimeDelta, Utc};

/// `14 May 2019, 09:30 UTC`.
#[must_use]
pub fn utc_minutes(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// `09:31:40 UTC`, rounded up so that waiting until then is enough.
#[must_use]
pub fn utc_seconds(at: DateTime<Utc>) -> String {
    let up = if at.timestamp_subsec_micros() > 0 { at + TimeDelta::seconds(1) } else { at };
    up.format("%H:%M:%S UTC").to_string()
}

/// `about 60 seconds` or `about 5 minutes`.
#[must_use]
pub fn about_seconds(wait: TimeDelta) -> String {
    match wait.num_seconds().max(0) + i64::from(wait.subsec_nanos() > 0) {
        1 => "about 1 second".to_owned(),
        seconds @ ..=90 => format!("about {seconds} seconds"),
        seconds => format!("about {} minutes", (seconds + 59) / 60),
    }
}

/// `1 person`, `2 people`: the number is always shown.
#[must_use]
pub fn people(count: u64) -> String {
    counted(count, "person", "people")
}

/// A number and its noun.
#[must_use]
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A `mailto:` address; everything but letters, digits and `@.-_` is percent-encoded, so nothing in
/// the address can add a header.
#[must_use]
pub fn mailto(address: &str) -> String {
    let mut href = String::from("mailto:");
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"@.-_".contains(&byte) {
            href.push(char::from(byte));
        } else {
            href.push_str(&format!("%{byte:02X}"));
        }
    }
    href
}

/// A heading as a title: without the full stop at its end.
#[must_use]
pub fn without_stop(heading: &str) -> &str {
    heading.strip_suffix('.').unwrap_or(heading)
}

/// `text` in lines of at most `width` characters, broken between words; a longer word stays whole.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, line) in text.lines().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let mut used = 0;
        for word in line.split_whitespace() {
            let length = word.chars().count();
            if used > 0 && used + 1 + length > width {
                out.push('\n');
                used = 0;
            } else if used > 0 {
                out.push(' ');
                used += 1;
            }
            out.push_str(word);
            used += length;
        }
    }
    out
}

/// What the mail server said. A refusal quotes its own code, which is not said twice.
pub fn said(code: &str, words: &str) -> String {
    if words.contains(code) { words.to_owned() } else { format!("{code} {words}").trim().to_owned() }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn an_instant_to_wait_for_is_rounded_up() {
        let at: DateTime<Utc> = "2019-05-14T09:31:39.5Z".parse().unwrap();

        assert_eq!(utc_seconds(at), "09:31:40 UTC");
        assert_eq!(about_seconds(TimeDelta::milliseconds(59_500)), "about 60 seconds");
        assert_eq!(about_seconds(TimeDelta::seconds(200)), "about 4 minutes");
        assert_eq!(about_seconds(TimeDelta::seconds(-3)), "about 0 seconds");
    }

    #[test]
    fn an_address_cannot_add_to_its_link() {
        assert_eq!(mailto("netconf@example.org"), "mailto:netconf@example.org");
        assert_eq!(mailto("a?bcc=b&c@example.org"), "mailto:a%3Fbcc%3Db%26c@example.org");
    }

    #[test]
    fn text_is_broken_between_words_and_its_lines_stay() {
        assert_eq!(wrapped("one two three\nfour verylongword", 8), "one two\nthree\nfour\nverylongword");
        assert_eq!(without_stop("You are coming."), "You are coming");
    }
}
