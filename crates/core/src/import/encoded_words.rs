//! Encoded words of mail headers (RFC 2047), `=?charset?B?...?=`, as people paste them with a list.

use data_encoding::BASE64_NOPAD;
use encoding_rs::Encoding;

/// The text with its encoded words decoded; what is malformed, or in an unknown charset, stays.
pub(super) fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    // Octets of neighbouring words in one charset are joined, since one letter may span two words.
    let mut octets: Option<(&'static Encoding, Vec<u8>)> = None;
    let mut rest = text;
    while let Some(start) = rest.find("=?") {
        let (before, from) = rest.split_at(start);
        let word = word_length(from)
            .and_then(|length| from.get(..length))
            .and_then(|word| Some((word, content(word)?)));
        let Some((word, (charset, mut content))) = word else {
            flush(&mut octets, &mut decoded);
            decoded.push_str(before);
            decoded.push_str("=?");
            rest = from.get(2..).unwrap_or_default();
            continue;
        };
        // Space between two encoded words is not part of the text.
        if octets.is_none() || !before.trim().is_empty() {
            flush(&mut octets, &mut decoded);
            decoded.push_str(before);
        }
        match &mut octets {
            Some((same, collected)) if *same == charset => collected.append(&mut content),
            _ => {
                flush(&mut octets, &mut decoded);
                octets = Some((charset, content));
            }
        }
        rest = from.get(word.len()..).unwrap_or_default();
    }
    flush(&mut octets, &mut decoded);
    decoded.push_str(rest);
    decoded
}

/// Octets of the encoded word that the text begins with. Commas and semicolons inside do not part
/// list items, so the splitter asks too.
pub(super) fn word_length(text: &str) -> Option<usize> {
    // RFC 2047 allows 75; some programs write longer ones. The bound keeps the whole linear.
    let window_end = text.floor_char_boundary(1000);
    let window = text.get(..window_end)?.strip_prefix("=?")?;
    let (charset, tail) = window.split_once('?')?;
    let (kind, tail) = tail.split_once('?')?;
    let end = tail.find('?')?;
    let well_formed = !charset.is_empty()
        && !charset.contains(|c: char| c.is_whitespace() || "<>@\"".contains(c))
        && matches!(kind, "b" | "B" | "q" | "Q")
        && tail.get(end..)?.starts_with("?=");
    well_formed.then_some(2 + charset.len() + 1 + kind.len() + 1 + end + 2)
}

fn content(word: &str) -> Option<(&'static Encoding, Vec<u8>)> {
    let mut parts = word.strip_prefix("=?")?.strip_suffix("?=")?.splitn(3, '?');
    let (charset, kind, text) = (parts.next()?, parts.next()?, parts.next()?);
    // A language may follow the charset (RFC 2231).
    let label = charset.split('*').next().unwrap_or(charset);
    let encoding = Encoding::for_label(label.as_bytes())?;
    let octets = match kind {
        "b" | "B" => {
            let letters: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=').collect();
            BASE64_NOPAD.decode(&letters).ok()?
        }
        _ => quoted(text)?,
    };
    Some((encoding, octets))
}

fn quoted(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        octets.push(match byte {
            b'_' => b' ',
            b'=' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    Some(octets)
}

fn flush(octets: &mut Option<(&'static Encoding, Vec<u8>)>, decoded: &mut String) {
    if let Some((encoding, octets)) = octets.take() {
        decoded.push_str(&encoding.decode_without_bom_handling(&octets).0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_and_quoted_words_are_decoded() {
        assert_eq!(decode("=?UTF-8?B?SsO8cmdlbiBNw7xsbGVy?="), "Jürgen Müller");
        assert_eq!(decode("=?utf-8?q?Toke_H=C3=B8iland-J=C3=B8rgensen?="), "Toke Høiland-Jørgensen");
        assert_eq!(decode("=?ISO-8859-1?Q?J=FCrgen?= Doe"), "Jürgen Doe");
        assert_eq!(decode("=?iso-8859-2?Q?Micha=B3?="), "Michał");
        assert_eq!(decode("=?utf-8*en?Q?Jane?="), "Jane");
    }

    #[test]
    fn neighbouring_words_are_joined_also_inside_a_letter() {
        assert_eq!(decode("=?utf-8?Q?J=C3=BCr?= =?utf-8?Q?gen?="), "Jürgen");
        assert_eq!(decode("=?utf-8?Q?J=C3?=\n =?utf-8?Q?=BCrgen?="), "Jürgen");
        assert_eq!(decode("=?utf-8?Q?J=C3=BC?= =?latin1?Q?=FC?="), "Jüü");
        assert_eq!(decode("=?utf-8?Q?Jane?= Mid =?utf-8?Q?Doe?="), "Jane Mid Doe");
    }

    #[test]
    fn malformed_words_stay_as_they_are() {
        for text in [
            "=?utf-8?B?***?=",
            "=?x-unknown?Q?a?=",
            "=?utf-8?Q?a",
            "=?=?=?",
            "=?utf-8?X?a?=",
            "=?utf-8?Q?=zz?=",
            "a =? b",
        ] {
            assert_eq!(decode(text), text);
        }
    }

    #[test]
    fn many_openings_do_not_take_long() {
        let text = "=?".repeat(200_000);

        assert_eq!(decode(&text), text);
    }
}
