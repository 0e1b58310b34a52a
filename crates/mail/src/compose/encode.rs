//! Transfer encodings for text, and names in headers.
//!
//! Written here because lettre chooses base64 for text that is mostly not ASCII, and turns ASCII text
//! into quoted-printable at 75 columns (`mail.md` 0.4); a reader of raw mail would lose the link.

/// Longest line that stays as it is.
const READABLE: usize = 75;
/// Longest line of quoted-printable (RFC 2045 6.7).
const QUOTED_PRINTABLE: usize = 76;
/// Longest line that may be sent at all (RFC 5322 2.1.1).
const SENDABLE: usize = 998;

/// ASCII, and no line that would have to be broken; a link that is alone on its line may be long.
pub(super) fn is_seven_bit(text: &str) -> bool {
    let fits = |line: &str| {
        line.len() <= READABLE
            || (line.len() <= SENDABLE && line.starts_with("    ") && !line.trim().contains(' '))
    };
    text.is_ascii() && text.split("\r\n").all(fits)
}

/// A name in quotes and its address, folded; the header's name takes `column` columns. Only for an ASCII name with a
/// mark that lettre would encode it for: nothing that is let through needs a backslash or looks like an encoded word.
pub(super) fn quoted_mailbox(name: &str, address: &str, column: usize) -> Option<String> {
    let is_mark = |c: char| "',:;+&/()!#".contains(c);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " -_.".contains(c) || is_mark(c);
    if !name.chars().all(is_plain) || !name.contains(is_mark) {
        return None;
    }
    let mut written = String::new();
    let mut column = column;
    for word in format!("\"{name}\" <{address}>").split(' ') {
        if written.is_empty() {
            // The header's name is on this line.
        } else if column + word.len() >= READABLE {
            written.push_str("\r\n ");
            column = 1;
        } else {
            written.push(' ');
            column += 1;
        }
        written.push_str(word);
        column += word.len();
    }
    Some(written)
}

/// RFC 2045 6.7 for text whose lines end with CRLF. A character is never split between two lines, and
/// no line of the result starts with `From `.
pub(super) fn quoted_printable(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 2);
    for (number, line) in text.split("\r\n").enumerate() {
        if number > 0 {
            out.extend_from_slice(b"\r\n");
        }
        encode_line(line, &mut out);
    }
    out
}

fn encode_line(line: &str, out: &mut Vec<u8>) {
    let mut column = 0;
    for (at, c) in line.char_indices() {
        let rest = line.get(at..).unwrap_or_default();
        let last = rest.len() == c.len_utf8();
        // Room for this character alone; the soft break needs a column unless the line ends here.
        let room = if last { QUOTED_PRINTABLE } else { QUOTED_PRINTABLE - 1 };
        let plain = is_plain(c, last);
        let width = if plain { 1 } else { 3 * c.len_utf8() };
        if column + width > room {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        if plain && !(column == 0 && rest.starts_with("From ")) {
            out.push(c as u8);
            column += 1;
        } else {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                out.extend_from_slice(format!("={byte:02X}").as_bytes());
                column += 3;
            }
        }
    }
}

/// A blank at the end of a line would be eaten on the way.
fn is_plain(c: char, last: bool) -> bool {
    match c {
        '=' => false,
        ' ' => !last,
        c => c.is_ascii_graphic(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_and_no_line_is_too_long() {
        let texts = [
            "Grüße aus München, and a trailing blank \r\n-- \r\nName".to_owned(),
            "日本語".repeat(60),
            "a=b ".repeat(50),
            format!("{}From here {}", "x".repeat(75), "From ".repeat(40)),
            "\u{1f469}\u{200d}\u{1f52c}".repeat(30),
        ];
        for text in texts {
            let encoded = quoted_printable(&text);

            assert!(encoded.is_ascii());
            let encoded = String::from_utf8_lossy(&encoded).into_owned();
            assert!(encoded.split("\r\n").all(|l| l.len() <= QUOTED_PRINTABLE), "{encoded}");
            assert!(!encoded.split("\r\n").any(|l| l.starts_with("From ") || l.ends_with(' ')), "{encoded}");
            assert_eq!(decode(&encoded), text);
        }
    }

    fn decode(encoded: &str) -> String {
        let joined = encoded.replace("=\r\n", "");
        let mut bytes = Vec::new();
        let mut rest = joined.bytes();
        while let Some(b) = rest.next() {
            if b == b'=' {
                let hex: String = rest.by_ref().take(2).map(char::from).collect();
                bytes.push(u8::from_str_radix(&hex, 16).unwrap_or_default());
            } else {
                bytes.push(b);
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn a_link_stays_in_one_piece() {
        let link =
            format!("    https://{}/i/{}", "registration.department.university.example.org", "0".repeat(26));

        assert!(is_seven_bit(&format!("Hello,\r\n\r\n{link}\r\n")));
        assert!(!is_seven_bit(&format!("Hello, {link}\r\n")));
        let german = format!("Grüße\r\n\r\n    https://rsvp.example.org/i/{}\r\n", "0".repeat(26));
        assert!(
            String::from_utf8_lossy(&quoted_printable(&german))
                .contains(&format!("/i/{}\r\n", "0".repeat(26)))
        );
    }
}
