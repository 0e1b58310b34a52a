//! Words become the bytes of one message to one person.
//!
//! The same input gives the same bytes, so that a retry is the same message (decision 25): Message-ID,
//! Date and boundary come from the outbox row. Headers are those of `mail.md` 1.2 and no others. Secrets
//! are put in here and nowhere earlier. Whatever a name or a title contains, it cannot panic lettre, add
//! a header or reach the wire as a control character.

mod encode;

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use conclave_core::facts::{EventFacts, Facts, placeholder};
use conclave_core::purpose::Purpose;
use lettre::Address;
use lettre::message::header::{
    ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue,
};
use lettre::message::{Body, Mailbox, Message, MessageBuilder, MultiPart, SinglePart};
use secrecy::{ExposeSecret, SecretString};

use crate::calendar::{self, Organizer};
use crate::clean;
use crate::layout::escape;
use crate::templates::Rendered;

/// Longest display name in characters; names are shorter, titles with "committee" too.
const NAME_CHARACTERS: usize = 200;
/// A header's line is folded here.
const HEADER_COLUMNS: usize = 76;
/// A thread keeps its first message and this many of the latest.
const LATEST_REFERENCES: usize = 20;

/// One message, as the outbox row and its facts describe it.
#[derive(Clone, Debug)]
pub struct Outgoing<'a> {
    pub purpose: Purpose,
    /// Recipient, event, calendar.
    pub facts: &'a Facts,
    /// Text and HTML; the subject in it is not used.
    pub rendered: &'a Rendered,
    pub subject: &'a str,
    /// Made with the row, without angle brackets: `invitation.0190f3c2@rsvp.example.org`.
    pub message_id: &'a str,
    pub date: DateTime<Utc>,
    /// Made with the row: letters, digits and dashes, at most 60.
    pub boundary: &'a str,
    /// Message-IDs of the thread, oldest first; the first is answered (`In-Reply-To`).
    pub thread: &'a [String],
    /// The installation's own address; its name is the event's.
    pub from_address: &'a str,
    /// Where replies go, if not to the event's committee.
    pub reply_to: Option<&'a str>,
    pub secrets: &'a Secrets,
}

/// What stands in for the placeholders. Shows nothing when printed.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// `{public_url}/i/{token}`
    pub link: Option<SecretString>,
    /// `{public_url}/u/{token}`
    pub unsubscribe: Option<SecretString>,
    /// `{public_url}/login/{secret}`
    pub sign_in_link: Option<SecretString>,
    pub sign_in_code: Option<SecretString>,
}

/// Why a message could not be made. None of these passes by itself: the message fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    #[error("the text asks for a secret that was not given")]
    SecretMissing,
    #[error("a secret holds characters that no link has")]
    SecretUnusable,
    #[error("the recipient's address is not one that can be written to")]
    BadRecipient,
    #[error("the sender's address is not an address")]
    BadSender,
    #[error("the reply address is not an address")]
    BadReplyTo,
    #[error("the Message-ID or one of the thread is not one")]
    BadMessageId,
    #[error("the boundary is not one")]
    BadBoundary,
    #[error("the parts do not make a message")]
    Unbuildable,
}

/// Makes the message. The same input gives the same bytes, lines ended by CRLF.
///
/// Refuses addresses, Message-IDs and boundaries that are none, and a text with a placeholder for
/// which there is no secret. An address with a non-ASCII local part is composed; the transport says
/// whether the relay can carry it.
pub fn compose(outgoing: &Outgoing<'_>) -> Result<Vec<u8>, ComposeError> {
    let message = headers(outgoing)?;
    let content = content(outgoing)?;
    let message = match content {
        Content::Single(part) => message.singlepart(part),
        Content::Multi(parts) => message.multipart(parts),
    };
    Ok(message.map_err(|_| ComposeError::Unbuildable)?.formatted())
}

/// Keeps a thread together: `Re: ` and the subject of its first message.
#[must_use]
pub fn reply_subject(original: &str) -> String {
    let bare = original.trim_start();
    if bare.get(..3).is_some_and(|re| re.eq_ignore_ascii_case("re:")) {
        original.to_owned()
    } else {
        format!("Re: {bare}")
    }
}

/// Name in From and Reply-To: the event's, or the site's where there is no event.
#[must_use]
pub fn sender_name(event: Option<&EventFacts>, site: &str) -> String {
    match event {
        Some(event) => format!("{} committee", event.short_title),
        None => site.to_owned(),
    }
}

fn headers(outgoing: &Outgoing<'_>) -> Result<MessageBuilder, ComposeError> {
    let facts = outgoing.facts;
    let name = sender_name(facts.event.as_ref(), &facts.site);
    let from = mailbox(&name, outgoing.from_address).ok_or(ComposeError::BadSender)?;
    let to = mailbox(&facts.to.name, &facts.to.address).ok_or(ComposeError::BadRecipient)?;
    let reply_to = outgoing.reply_to.or(facts.event.as_ref().map(|e| e.reply_to.as_str()));

    let mut message = Message::builder()
        .date(SystemTime::from(outgoing.date))
        .from(from.clone())
        .to(to.clone())
        .message_id(Some(id(outgoing.message_id)?));
    message = quoted(quoted(message, "From", &from), "To", &to);
    if let Some(address) = reply_to {
        let reply_to = mailbox(&name, address).ok_or(ComposeError::BadReplyTo)?;
        message = quoted(message.reply_to(reply_to.clone()), "Reply-To", &reply_to);
    }
    message = message.subject(clean::header(&put_in(outgoing.subject, outgoing.secrets, str::to_owned)?));
    if let Some((first, later)) = outgoing.thread.split_first() {
        let latest = later.get(later.len().saturating_sub(LATEST_REFERENCES)..).unwrap_or_default();
        let mut references = vec![id(first)?];
        for reference in latest {
            references.push(id(reference)?);
        }
        message = message.in_reply_to(id(first)?).references(references.join(" "));
    }
    // RFC 3834: vacation programs stay quiet. Never `All`, which would hold back bounces too.
    message = message
        .raw_header(plain("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(plain("X-Auto-Response-Suppress", "OOF, AutoReply".to_owned()));
    if outgoing.purpose.may_be_muted()
        && let Some(url) = &outgoing.secrets.unsubscribe
    {
        // RFC 8058: one https address, and the pair or nothing.
        message = message
            .raw_header(plain("List-Unsubscribe", format!("<{}>", usable(url)?)))
            .raw_header(plain("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    Ok(message)
}

enum Content {
    Single(SinglePart),
    Multi(MultiPart),
}

/// Text alone; text and HTML; either of them with the calendar file attached.
fn content(outgoing: &Outgoing<'_>) -> Result<Content, ComposeError> {
    let boundary = outgoing.boundary;
    let usable_boundary = (1..=60).contains(&boundary.len())
        && boundary.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !usable_boundary {
        return Err(ComposeError::BadBoundary);
    }
    let text = put_in(&outgoing.rendered.text, outgoing.secrets, str::to_owned)?;
    let text = part("text/plain", &text)?;
    let words = match &outgoing.rendered.html {
        None => Content::Single(text),
        Some(html) => {
            let html = put_in(html, outgoing.secrets, escape)?;
            // Neither boundary starts with the other: some readers compare only beginnings.
            Content::Multi(
                MultiPart::alternative()
                    .boundary(format!("words-{boundary}"))
                    .singlepart(text)
                    .singlepart(part("text/html", &html)?),
            )
        }
    };
    let Some(calendar) = &outgoing.facts.calendar else {
        return Ok(words);
    };
    let mixed = MultiPart::mixed().boundary(format!("mixed-{boundary}"));
    let mixed = match words {
        Content::Single(text) => mixed.singlepart(text),
        Content::Multi(both) => mixed.multipart(both),
    };
    Ok(Content::Multi(mixed.singlepart(attachment(outgoing, calendar)?)))
}

fn part(kind: &str, text: &str) -> Result<SinglePart, ComposeError> {
    let charset = if text.is_ascii() { "us-ascii" } else { "utf-8" };
    let kind =
        ContentType::parse(&format!("{kind}; charset={charset}")).map_err(|_| ComposeError::Unbuildable)?;
    Ok(SinglePart::builder().header(kind).body(body(text)))
}

fn attachment(
    outgoing: &Outgoing<'_>,
    calendar: &conclave_core::facts::CalendarFacts,
) -> Result<SinglePart, ComposeError> {
    let event = outgoing.facts.event.as_ref();
    let name = sender_name(event, &outgoing.facts.site);
    let address = event.map_or(outgoing.from_address, |e| e.reply_to.as_str());
    let file = calendar::write(calendar, Some(Organizer { name: &name, address }));
    let method: String = calendar.method.chars().filter(char::is_ascii_alphabetic).collect();
    let kind = ContentType::parse(&format!("text/calendar; charset=utf-8; method={method}"))
        .map_err(|_| ComposeError::Unbuildable)?;
    let slug: String = event
        .map_or("event", |e| e.slug.as_str())
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    Ok(SinglePart::builder()
        .header(kind)
        .header(ContentDisposition::attachment(&format!("{slug}.ics")))
        .body(body(&file)))
}

/// 7bit where that is readable, else quoted-printable; never base64, so that raw mail can be searched.
fn body(text: &str) -> Body {
    let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    if encode::is_seven_bit(&text) {
        Body::dangerous_pre_encoded(text.into_bytes(), ContentTransferEncoding::SevenBit)
    } else {
        Body::dangerous_pre_encoded(encode::quoted_printable(&text), ContentTransferEncoding::QuotedPrintable)
    }
}

fn put_in(text: &str, secrets: &Secrets, write: impl Fn(&str) -> String) -> Result<String, ComposeError> {
    let known = [
        (placeholder::LINK, &secrets.link),
        (placeholder::UNSUBSCRIBE, &secrets.unsubscribe),
        (placeholder::SIGN_IN_LINK, &secrets.sign_in_link),
        (placeholder::SIGN_IN_CODE, &secrets.sign_in_code),
    ];
    let mut text = text.to_owned();
    for (stand_in, secret) in known {
        if text.contains(stand_in) {
            let secret = secret.as_ref().ok_or(ComposeError::SecretMissing)?;
            text = text.replace(stand_in, &write(usable(secret)?));
        }
    }
    Ok(text)
}

fn usable(secret: &SecretString) -> Result<&str, ComposeError> {
    let secret = secret.expose_secret();
    if !secret.is_empty() && secret.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"'))
    {
        Ok(secret)
    } else {
        Err(ComposeError::SecretUnusable)
    }
}

/// lettre panics on CR, LF or NUL in a display name; ours has none left.
fn mailbox(name: &str, address: &str) -> Option<Mailbox> {
    let name = clean::line(name).split_whitespace().collect::<Vec<_>>().join(" ");
    let name: String = name.chars().take(NAME_CHARACTERS).collect();
    let (local, domain) = address.rsplit_once('@')?;
    let address = Address::new(local, domain).ok()?;
    Some(Mailbox::new((!name.is_empty()).then_some(name), address))
}

/// An ASCII name stands in quotation marks, where lettre would encode some (an apostrophe is enough).
/// What looks like an encoded word stays with lettre, since readers decode it inside quotes as well.
fn quoted(message: MessageBuilder, header: &'static str, mailbox: &Mailbox) -> MessageBuilder {
    let Some(name) = mailbox.name.as_deref().filter(|name| name.is_ascii() && !name.contains("=?")) else {
        return message;
    };
    let mut value = String::from("\"");
    let mut column = header.len() + 3;
    for (number, word) in name.split(' ').enumerate() {
        let word = word.replace('\\', "\\\\").replace('"', "\\\"");
        if number > 0 {
            let folds = column + 1 + word.len() > HEADER_COLUMNS;
            value.push_str(if folds { "\r\n " } else { " " });
            column = if folds { 1 } else { column + 1 };
        }
        column += word.len();
        value.push_str(&word);
    }
    let address = format!("<{}>", mailbox.email);
    let folds = column + 2 + address.len() > HEADER_COLUMNS;
    value.push_str(if folds { "\"\r\n " } else { "\" " });
    value.push_str(&address);
    let name = HeaderName::new_from_ascii_str(header);
    message.raw_header(HeaderValue::dangerous_new_pre_encoded(name, mailbox.to_string(), value))
}

fn id(bare: &str) -> Result<String, ComposeError> {
    let usable = bare.len() <= 250
        && bare.contains('@')
        && bare
            .bytes()
            .all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'(' | b')' | b'"' | b','));
    if usable { Ok(format!("<{bare}>")) } else { Err(ComposeError::BadMessageId) }
}

fn plain(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}
