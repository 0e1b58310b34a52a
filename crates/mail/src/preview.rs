//! A mail as it will look, without the secrets in it: pages, dry runs and screenshots show links
//! masked (decisions.md, "Set-up").

use conclave_core::facts::{Facts, placeholder};
use conclave_core::purpose::Purpose;

use crate::layout::escape;
use crate::templates::{Rendered, TemplateError, Templates};

/// Stands where the secret part of a link will be.
const MASK: char = '\u{2026}';

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

/// Replaces every placeholder of a rendered mail by a masked link.
#[must_use]
pub fn mask(rendered: &Rendered, public_url: &str) -> Rendered {
    let base = public_url.trim_end_matches('/');
    let masked = |text: &str, base: &str| {
        text.replace(placeholder::LINK, &format!("{base}/i/{MASK}"))
            .replace(placeholder::UNSUBSCRIBE, &format!("{base}/u/{MASK}"))
            .replace(placeholder::SIGN_IN_LINK, &format!("{base}/login/{MASK}"))
            .replace(placeholder::SIGN_IN_CODE, &MASK.to_string())
    };
    Rendered {
        subject: masked(&rendered.subject, base),
        text: masked(&rendered.text, base),
        html: rendered.html.as_ref().map(|html| masked(html, &escape(base))),
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
}
