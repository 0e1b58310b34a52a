//! A mail as it will look, without the secrets in it: pages, dry runs and screenshots show links
//! masked (decisions.md, "Set-up").

use conclave_core::facts::{Facts, placeholder};
use conclave_core::purpose::Purpose;

use crate::layout::escape;
use crate::templates::{Rendered, TemplateError, Templates};

/// Stands where the secret part of a link will be.
const MASK: &str = "\u{2026}";

/// Stands there in a letter that is sent as a test: ASCII, like a real one, and no token.
const SAMPLE: &str = "sample-link-of-a-test-mail";

/// Renders the real mail and masks its links: `https://host/i/…`.
///
/// Refuses like [`Templates::render`].
pub fn preview(
    templates: &Templates,
    purpose: Purpose,
    facts: &Facts,
    public_url: &str,
) -> Result<Rendered, TemplateError> {
    Ok(mask(&templates.render(purpose, facts)?, public_url))
}

/// Renders the real mail as a test of it, for whoever wrote it: the subject says so, and its links are
/// as long as real ones and open nothing.
///
/// Refuses like [`Templates::render`].
pub fn test_letter(
    templates: &Templates,
    purpose: Purpose,
    facts: &Facts,
    public_url: &str,
) -> Result<Rendered, TemplateError> {
    let letter = stand_in(&templates.render(purpose, facts)?, public_url, SAMPLE);
    Ok(Rendered { subject: format!("Test: {}", letter.subject), ..letter })
}

/// Replaces every placeholder of a rendered mail by a masked link.
#[must_use]
pub fn mask(rendered: &Rendered, public_url: &str) -> Rendered {
    stand_in(rendered, public_url, MASK)
}

/// The mail with `secret` in the place of every secret.
fn stand_in(rendered: &Rendered, public_url: &str, secret: &str) -> Rendered {
    let base = public_url.trim_end_matches('/');
    let put_in = |text: &str, base: &str| {
        text.replace(placeholder::LINK, &format!("{base}/i/{secret}"))
            .replace(placeholder::UNSUBSCRIBE, &format!("{base}/u/{secret}"))
            .replace(placeholder::SIGN_IN_LINK, &format!("{base}/login/{secret}"))
            .replace(placeholder::SIGN_IN_CODE, secret)
    };
    Rendered {
        subject: put_in(&rendered.subject, base),
        text: put_in(&rendered.text, base),
        html: rendered.html.as_ref().map(|html| put_in(html, &escape(base))),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::samples;

    #[test]
    fn a_preview_shows_where_the_link_will_be_but_not_the_link() {
        let templates = Templates::load(None).unwrap();
        let mut facts = samples::facts(Purpose::Invitation);
        facts.event.as_mut().unwrap().html_mail = true;

        let shown = preview(&templates, Purpose::Invitation, &facts, "https://rsvp.example.org/").unwrap();

        assert!(shown.text.contains("\n    https://rsvp.example.org/i/…\n"));
        assert!(shown.html.unwrap().contains("href=\"https://rsvp.example.org/i/…\""));
        assert!(!shown.text.contains('\u{1}'));
    }

    #[test]
    fn a_test_of_a_letter_says_so_and_carries_a_link_that_is_none() {
        let templates = Templates::load(None).unwrap();
        let facts = samples::facts(Purpose::Invitation);

        let mail = test_letter(&templates, Purpose::Invitation, &facts, "https://rsvp.example.org").unwrap();

        assert!(mail.subject.starts_with("Test: "), "{}", mail.subject);
        assert!(mail.text.contains("\n    https://rsvp.example.org/i/sample-link-of-a-test-mail\n"));
        assert!(!mail.text.contains('\u{1}'));
        assert!(conclave_core::link_token::LinkToken::parse(SAMPLE).is_none());
    }
}
