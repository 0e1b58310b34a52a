//! Bytes to text (rule 1): a byte-order mark decides, else valid UTF-8, else Windows-1252.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::Serialize;

/// How the bytes were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Encoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "utf-16le")]
    Utf16Le,
    #[serde(rename = "utf-16be")]
    Utf16Be,
    #[serde(rename = "windows-1252")]
    Windows1252,
}

pub(super) struct Decoded {
    /// Line ends are `\n`; the byte-order mark is gone.
    pub text: String,
    pub encoding: Encoding,
    /// Some bytes do not exist in the encoding that the mark promised; U+FFFD stands for them.
    pub damaged: bool,
}

/// Never fails: Windows-1252 gives every byte a meaning.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    let (encoding, codec, body) = if let Some(body) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        (Encoding::Utf8, UTF_8, body)
    } else if let Some(body) = bytes.strip_prefix(b"\xff\xfe") {
        (Encoding::Utf16Le, UTF_16LE, body)
    } else if let Some(body) = bytes.strip_prefix(b"\xfe\xff") {
        (Encoding::Utf16Be, UTF_16BE, body)
    } else if std::str::from_utf8(bytes).is_ok() {
        (Encoding::Utf8, UTF_8, bytes)
    } else {
        (Encoding::Windows1252, WINDOWS_1252, bytes)
    };
    let (text, damaged) = codec.decode_without_bom_handling(body);
    Decoded { text: text.replace("\r\n", "\n").replace('\r', "\n"), encoding, damaged }
}

/// True when the text shows UTF-8 that was once read as Windows-1252, as in "JÃ¼rgen", or signs
/// that stand for lost letters.
pub(super) fn is_mojibake(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let mut before = [' '; 2];
    for c in text.chars() {
        let [first, second] = before;
        let after_lead = match second {
            'Ã' | 'Â' => continuation(c),
            // These letters end words, where a quotation mark or a dash may follow.
            'Ä' | 'Å' | 'È' | 'Ð' | 'Ñ' | 'Î' | 'Ï' => continuation(c) && !ends_a_word(c),
            _ => first == 'â' && continuation(second) && continuation(c),
        };
        if after_lead || c == '\u{fffd}' {
            return true;
        }
        before = [second, c];
    }
    false
}

/// What the bytes 80 to BF look like in Windows-1252 or Latin-1.
fn continuation(c: char) -> bool {
    matches!(
        c,
        '\u{80}'
            ..='\u{bf}'
                | '€'
                | '‚'
                | 'ƒ'
                | '„'
                | '…'
                | '†'
                | '‡'
                | 'ˆ'
                | '‰'
                | 'Š'
                | '‹'
                | 'Œ'
                | 'Ž'
                | '‘'
                | '’'
                | '“'
                | '”'
                | '•'
                | '–'
                | '—'
                | '˜'
                | '™'
                | 'š'
                | '›'
                | 'œ'
                | 'ž'
                | 'Ÿ'
    )
}

fn ends_a_word(c: char) -> bool {
    matches!(c, '»' | '\u{a0}' | '…' | '’' | '”' | '“' | '–' | '—' | '›' | '®' | '™' | '·' | '‘')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> (String, Encoding) {
        let decoded = decode(bytes);
        (decoded.text, decoded.encoding)
    }

    #[test]
    fn a_byte_order_mark_decides() {
        assert_eq!(text(b"\xef\xbb\xbfJ\xc3\xbcrgen"), ("Jürgen".to_owned(), Encoding::Utf8));
        assert_eq!(text(b"\xff\xfeJ\0\xfc\0"), ("Jü".to_owned(), Encoding::Utf16Le));
        assert_eq!(text(b"\xfe\xff\0J\0\xfc"), ("Jü".to_owned(), Encoding::Utf16Be));
    }

    #[test]
    fn without_a_mark_valid_utf_8_is_utf_8_and_the_rest_is_windows_1252() {
        assert_eq!(text("Jürgen".as_bytes()), ("Jürgen".to_owned(), Encoding::Utf8));
        assert_eq!(text(b"J\xfcrgen \x80 \x93\x94"), ("Jürgen € “”".to_owned(), Encoding::Windows1252));
        assert_eq!(text(b""), (String::new(), Encoding::Utf8));
    }

    #[test]
    fn all_256_bytes_are_readable() {
        let bytes: Vec<u8> = (0..=255).collect();

        let decoded = decode(&bytes);

        assert_eq!(decoded.encoding, Encoding::Windows1252);
        assert!(!decoded.damaged);
    }

    #[test]
    fn bytes_that_break_the_promise_of_the_mark_are_reported() {
        let decoded = decode(b"\xef\xbb\xbfJ\xfcrgen");

        assert_eq!(decoded.text, "J\u{fffd}rgen");
        assert!(decoded.damaged);
        assert!(decode(b"\xff\xfeJ").damaged);
    }

    #[test]
    fn every_kind_of_line_end_becomes_one() {
        assert_eq!(text(b"a\r\nb\nc\rd\r\n\r\ne").0, "a\nb\nc\nd\n\ne");
    }

    #[test]
    fn utf_8_once_read_as_windows_1252_is_suspected() {
        for original in ["Jürgen", "Høiland", "Łódź", "Kubeček", "don’t", "Žižek", "Müller–Groß", "Ștefan"]
        {
            let (broken, _, _) = WINDOWS_1252.decode(original.as_bytes());
            assert!(is_mojibake(&broken), "{broken}");
        }
        assert!(is_mojibake("J\u{fffd}rgen"));
    }

    #[test]
    fn marked_letters_of_many_languages_are_not_suspected() {
        for name in [
            "Jürgen Müller",
            "JOÃO ÂNGELO",
            "José “Pepe” Ñ",
            "Ærøskøbing",
            "«CAFÉ»",
            "Łódź",
            "Ää–Öö",
            "Ñ…",
            "Ελένη",
            "Пётр",
        ] {
            assert!(!is_mojibake(name), "{name}");
        }
    }
}
