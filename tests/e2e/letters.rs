//! The three mails that an invitee gets, as they arrive: every header, every width, the thread.
//!
//! The raw messages are left in `tests/output/mail/DATABASE` for reading; nothing there is committed.

use std::fs;
use std::path::Path;

use conclave_test_support::sink::{Received, Sink};
use conclave_test_support::{TestDb, both_databases};

use crate::sending::until_handed_over;
use crate::town::{add_event, installation, link_of, path_of};

both_databases! {
    async fn invitation_reminder_and_receipt_are_plain_readable_mails_in_one_thread(db: TestDb) {
        let sink = Sink::start("").await;
        let installation = installation(db.url(), &sink);
        add_event(&installation, "20");
        installation.run(["event", "set", "netconf-2019", "reply_to=committee@example.org"]).good();
        installation.run_with_input(["invitees", "import", "netconf-2019", "-"], "Joerg Mueller <joerg@example.net>\n").good();
        installation.run(["wave", "send", "netconf-2019", "--all-listed", "--reply-by", "2019-05-24", "--yes"]).good();
        let server = installation.serve().await;
        sink.wait_for(1).await;
        installation.run(["remind", "netconf-2019", "--yes"]).good();
        let mails = sink.wait_for(2).await;
        until_handed_over(&installation, &server, 2).await;
        let page = path_of(&link_of(&mails[0]).1).to_owned();
        server.post(&format!("{page}/answer"), &[("answer", "accepted")]).await;
        let mails = sink.wait_for(3).await;
        assert!(server.stop().await);
        leave_for_reading(if db.url().starts_with("sqlite") { "sqlite" } else { "postgres" }, &mails);

        let [invitation, reminder, receipt] = [0, 1, 2].map(|n| Mail::read(&mails[n]));
        let first = invitation.header("Message-ID").to_owned();
        let subject = "Invitation: Netconf 2019, 20-21 June 2019, Boston, MA";
        for (mail, purpose) in [(&invitation, "invitation"), (&reminder, "reminder"), (&receipt, "receipt")] {
            assert_eq!(mail.header("From"), "\"Netconf 2019 committee\" <netconf@example.org>");
            assert_eq!(mail.header("Reply-To"), "\"Netconf 2019 committee\" <committee@example.org>");
            assert_eq!(mail.header("To"), "\"Joerg Mueller\" <joerg@example.net>");
            assert!(mail.header("Date").contains(" 2019 "), "{}", mail.raw);
            let id = mail.header("Message-ID");
            assert!(id.starts_with(&format!("<{purpose}.")) && id.ends_with(".0@example.org>"), "{id}");
            assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
            assert_eq!(mail.header("X-Auto-Response-Suppress"), "OOF, AutoReply");
            for unwanted in ["Precedence", "X-Priority", "X-Mailer", "Feedback-ID", "Importance", "List-Id", "Bcc", "Cc"] {
                assert_eq!(mail.headers(unwanted).len(), 0, "{unwanted} in\n{}", mail.raw);
            }
            mail.assert_readable(&page);
        }

        assert_eq!(invitation.header("Subject"), subject);
        assert_eq!(invitation.headers("In-Reply-To").len() + invitation.headers("References").len(), 0);
        for answer in [&reminder, &receipt] {
            assert_eq!(answer.header("Subject"), format!("Re: {subject}"));
            assert_eq!(answer.header("In-Reply-To"), first);
            assert!(answer.header("References").starts_with(&first), "{}", answer.raw);
            assert_ne!(answer.header("Message-ID"), first);
        }

        assert_eq!(reminder.header("References"), first);
        let both = format!("{first} {}", reminder.header("Message-ID"));
        assert_eq!(receipt.header("References"), both, "the invitation, then the latest mail");

        for mail in [&invitation, &reminder] {
            let mute = mail.header("List-Unsubscribe");
            assert!(mute.starts_with("<http") && mute.contains("/u/") && mute.ends_with('>'), "{mute}");
            assert_eq!(mail.header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
            assert_eq!(mail.header("Content-Type"), "text/plain; charset=us-ascii");
        }
        assert_eq!(receipt.headers("List-Unsubscribe").len() + receipt.headers("List-Unsubscribe-Post").len(), 0);
        assert!(receipt.header("Content-Type").starts_with("multipart/mixed; "), "the calendar file is attached");
        assert!(receipt.raw.contains("text/calendar; charset=utf-8; method=PUBLISH"), "{}", receipt.raw);
    }
}

/// A message as it came over the wire.
struct Mail {
    raw: String,
}

impl Mail {
    /// Every line ends as the protocol says, and every byte is ASCII.
    fn read(received: &Received) -> Self {
        let raw = String::from_utf8(received.data.clone()).unwrap();
        assert!(raw.is_ascii(), "{raw}");
        assert!(!raw.replace("\r\n", "").contains(['\r', '\n']), "a bare line end in\n{raw}");
        Self { raw }
    }

    /// The values of every header of this name, unfolded.
    fn headers(&self, name: &str) -> Vec<String> {
        let head = self.raw.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let values = head.split("\r\n").filter_map(|line| line.split_once(": "));
        values.filter(|(given, _)| *given == name).map(|(_, value)| value.to_owned()).collect()
    }

    /// The one header of this name.
    fn header(&self, name: &str) -> String {
        let values = self.headers(name);
        assert_eq!(values.len(), 1, "{name} in\n{}", self.raw);
        values[0].clone()
    }

    /// The text part, with its own headers in front when the message has several parts.
    fn text(&self) -> &str {
        let from = self.raw.find("Content-Type: text/plain").unwrap();
        self.raw[from..].split("\r\n--part-").next().unwrap().split("\r\n--mixed-").next().unwrap()
    }

    /// Prose fits 72 columns and the link, alone on its line, 74; nothing is encoded.
    fn assert_readable(&self, page: &str) {
        let text = self.text();
        assert!(text.starts_with("Content-Type: text/plain; charset=us-ascii\r\n"), "{text}");
        assert!(text.contains("Content-Transfer-Encoding: 7bit\r\n"), "{text}");
        let links: Vec<&str> = text.split("\r\n").filter(|line| line.contains(page)).collect();
        assert_eq!(links.len(), 1, "{text}");
        assert!(links[0].starts_with("    http") && links[0].len() <= 74, "{}", links[0]);
        for line in text.split("\r\n") {
            assert!(line.len() <= 72 || line == links[0], "{} columns: {line}", line.len());
            assert!(!line.starts_with("From "), "{line}");
        }
        assert!(text.contains("\r\n-- \r\n"), "a signature begins so: {text}");
    }
}

fn leave_for_reading(database: &str, mails: &[Received]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("output/mail").join(database);
    fs::create_dir_all(&folder).unwrap();
    for (name, mail) in ["invitation", "reminder", "receipt"].iter().zip(mails) {
        fs::write(folder.join(format!("{name}.eml")), &mail.data).unwrap();
    }
}
