//! Which column means what (rule 3). A heading is known exactly, or by the word "name" or "topic".

/// The columns of a table with a heading, by index.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// In order; the first good address of a row is used.
    pub addresses: Vec<usize>,
    pub full_name: Option<usize>,
    pub given: Option<usize>,
    pub middle: Option<usize>,
    pub family: Option<usize>,
    pub suffix: Option<usize>,
    pub affiliation: Option<usize>,
    pub topics: Vec<usize>,
    pub tags: Option<usize>,
    pub note: Option<usize>,
    /// Headings of columns that are not imported, as typed.
    pub not_used: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Address,
    UserName,
    FullName,
    Given,
    Middle,
    Family,
    Suffix,
    Affiliation,
    Topics,
    Tags,
    Note,
}

impl Columns {
    /// `None` when no cell is a heading for the address: then the record is no heading.
    pub fn read(cells: &[String]) -> Option<Self> {
        let normal: Vec<String> = cells.iter().map(|cell| normal(cell)).collect();
        let mut roles: Vec<Option<Role>> = normal.iter().map(|heading| exact_role(heading)).collect();
        let has = |roles: &[Option<Role>], role| roles.contains(&Some(role));

        if !has(&roles, Role::Address) && !has(&roles, Role::UserName) {
            let position = fuzzy_address(&normal, &roles)?;
            set(&mut roles, position, Role::Address);
        }
        let named = [Role::FullName, Role::Given, Role::Family].iter().any(|role| has(&roles, *role));
        if !named && let Some(position) = unclaimed(&normal, &roles, &["name"]) {
            set(&mut roles, position, Role::FullName);
        }
        if !has(&roles, Role::Topics)
            && let Some(position) = unclaimed(&normal, &roles, &["topic", "topics"])
        {
            set(&mut roles, position, Role::Topics);
        }
        Some(Self::from_roles(cells, &roles))
    }

    fn from_roles(cells: &[String], roles: &[Option<Role>]) -> Self {
        let mut columns = Self::default();
        let user_name_is_the_address = !roles.contains(&Some(Role::Address));
        for (index, (cell, role)) in cells.iter().zip(roles).enumerate() {
            let slot = match role {
                Some(Role::Address) => {
                    columns.addresses.push(index);
                    continue;
                }
                Some(Role::UserName) if user_name_is_the_address => {
                    columns.addresses.push(index);
                    continue;
                }
                Some(Role::Topics) => {
                    columns.topics.push(index);
                    continue;
                }
                Some(Role::FullName) => Some(&mut columns.full_name),
                Some(Role::Given) => Some(&mut columns.given),
                Some(Role::Middle) => Some(&mut columns.middle),
                Some(Role::Family) => Some(&mut columns.family),
                Some(Role::Suffix) => Some(&mut columns.suffix),
                Some(Role::Affiliation) => Some(&mut columns.affiliation),
                Some(Role::Tags) => Some(&mut columns.tags),
                Some(Role::Note) => Some(&mut columns.note),
                Some(Role::UserName) | None => None,
            };
            match slot {
                Some(slot) if slot.is_none() => *slot = Some(index),
                _ if cell.trim().is_empty() => {}
                _ => columns.not_used.push(as_typed(cell)),
            }
        }
        columns
    }
}

fn set(roles: &mut [Option<Role>], position: usize, role: Role) {
    if let Some(slot) = roles.get_mut(position) {
        *slot = Some(role);
    }
}

/// The first column without a role whose heading has one of the words.
fn unclaimed(normal: &[String], roles: &[Option<Role>], words: &[&str]) -> Option<usize> {
    let mut headings = normal.iter().zip(roles);
    headings.position(|(heading, role)| role.is_none() && has_word(heading, words))
}

/// A heading such as "Your e-mail" counts when the record is a heading beyond doubt: another cell
/// is a known heading, and no cell holds an @.
fn fuzzy_address(normal: &[String], roles: &[Option<Role>]) -> Option<usize> {
    let beyond_doubt =
        roles.iter().any(Option::is_some) && !normal.iter().any(|heading| heading.contains('@'));
    if !beyond_doubt {
        return None;
    }
    let words = ["email", "e-mail", "mail"];
    normal.iter().zip(roles).position(|(heading, role)| {
        role.is_none()
            && heading.split(' ').any(|w| words.contains(&w.trim_matches(['(', ')', ':', '?', ','])))
    })
}

fn has_word(heading: &str, words: &[&str]) -> bool {
    // "Topic(s)" is the word "topic" and a bracket.
    heading.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word))
}

fn exact_role(heading: &str) -> Option<Role> {
    let role = match heading {
        "email"
        | "e-mail"
        | "mail"
        | "emails"
        | "e-mails"
        | "email address"
        | "e-mail address"
        | "mail address"
        | "email addresses"
        | "e-mail addresses"
        | "emailaddress"
        | "e-mail-address"
        | "email-address"
        | "email adresse"
        | "e-mail adresse"
        | "e-mail-adresse"
        | "email-adresse"
        | "emailadresse"
        | "mail-adresse"
        | "mailadresse"
        | "e-mail value"
        | "email value"
        | "courriel"
        | "adresse e-mail"
        | "adresse email"
        | "correo"
        | "correo electrónico"
        | "e-post"
        | "e-postadress"
        | "e-mailadres"
        | "emailadres"
        | "indirizzo e-mail"
        | "indirizzo email" => Role::Address,
        "username" => Role::UserName,
        "name" | "full name" | "fullname" | "display name" | "displayname" => Role::FullName,
        "first" | "first name" | "firstname" | "given" | "given name" | "givenname" | "vorname"
        | "forename" | "prénom" => Role::Given,
        "middle" | "middle name" | "middlename" | "middle names" | "middle initial" | "additional"
        | "additional name" | "additional names" => Role::Middle,
        "last" | "last name" | "lastname" | "family" | "family name" | "familyname" | "surname"
        | "nachname" | "familienname" => Role::Family,
        "suffix" | "name suffix" => Role::Suffix,
        "affiliation" | "company" | "company name" | "organisation" | "organization"
        | "organisation name" | "organization name" | "firma" | "employer" => Role::Affiliation,
        "topic" | "topics" => Role::Topics,
        "tag" | "tags" => Role::Tags,
        "note" | "notes" => Role::Note,
        _ => return None,
    };
    Some(role)
}

/// Lower case, without outer spaces and quotes, one kind of space and hyphen, and without the
/// numbers of repeated columns: "E-mail 1 - Value" is "e-mail value".
fn normal(heading: &str) -> String {
    let trimmed = heading.trim_matches(|c: char| c.is_whitespace() || "\"'`“”„‘’«»*:\u{feff}".contains(c));
    let lower: String = trimmed
        .to_lowercase()
        .chars()
        .map(|c| match c {
            '\u{2010}' | '\u{2011}' => '-',
            '_' => ' ',
            c => c,
        })
        .collect();
    let words: Vec<&str> = lower
        .split_whitespace()
        .filter(|word| *word != "-" && !word.bytes().all(|b| b.is_ascii_digit()))
        .collect();
    words.join(" ")
}

fn as_typed(heading: &str) -> String {
    super::clean::one_line(heading.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn columns(headings: &[&str]) -> Option<Columns> {
        Columns::read(&headings.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn every_heading_for_the_address_is_known() {
        for heading in [
            "email",
            "e-mail",
            "mail",
            "mail address",
            "e-mail address",
            "E-Mail-Adresse",
            "E-mail 1 - Value",
            "username",
            "EMAIL",
            " Email ",
            "\"email\"",
            "'Email'",
            "Email Address",
            "E\u{2011}Mail",
            "E-Mail:",
            "Email*",
            "email_address",
            "E-mail Address",
        ] {
            let columns = columns(&["x", heading]).unwrap_or_else(|| unreachable!("{heading}"));
            assert_eq!(columns.addresses, [1], "{heading}");
        }
    }

    #[test]
    fn every_heading_for_a_name_or_its_part_is_known() {
        type Slot = fn(&Columns) -> Option<usize>;
        let cases: [(&[&str], Slot); 5] = [
            (&["name", "Full Name", "DISPLAY NAME", "full_name"], |c| c.full_name),
            (&["first", "First Name", "given", "Given Name", "Vorname"], |c| c.given),
            (&["middle", "Middle Name", "additional", "Additional Name"], |c| c.middle),
            (&["last", "Last Name", "family", "Family Name", "surname", "Nachname"], |c| c.family),
            (&["suffix", "Name Suffix"], |c| c.suffix),
        ];
        for (headings, slot) in cases {
            for heading in headings {
                assert_eq!(slot(&columns(&["email", heading]).unwrap()), Some(1), "{heading}");
            }
        }
    }

    #[test]
    fn every_heading_for_the_affiliation_is_known() {
        for heading in [
            "affiliation",
            "company",
            "organization",
            "organisation",
            "Firma",
            "employer",
            "Organization Name",
            "Organization 1 - Name",
        ] {
            let columns = columns(&["email", heading]).unwrap();
            assert_eq!((columns.affiliation, columns.full_name), (Some(1), None), "{heading}");
        }
    }

    #[test]
    fn topics_tags_and_note_are_known() {
        let columns = columns(&["email", "Topics", "tags", "Note"]).unwrap();

        assert_eq!((columns.topics, columns.tags, columns.note), (vec![1], Some(2), Some(3)));
    }

    #[test]
    fn a_heading_with_the_word_name_or_topic_will_do() {
        let columns = columns(&["Email", "Your name", "Topic(s) you want to discuss", "Nickname"]).unwrap();

        assert_eq!(columns.full_name, Some(1));
        assert_eq!(columns.topics, [2]);
        assert_eq!(columns.not_used, ["Nickname"]);
    }

    #[test]
    fn an_exact_heading_wins_over_one_with_the_word() {
        let columns =
            columns(&["Project name", "Hot topic of last year", "Email", "Name", "Topics"]).unwrap();

        assert_eq!((columns.full_name, columns.topics), (Some(3), vec![4]));
        assert_eq!(columns.not_used, ["Project name", "Hot topic of last year"]);
    }

    #[test]
    fn several_address_columns_are_kept_in_order() {
        let columns = columns(&["E-mail 1 - Value", "Name", "E-mail 2 - Value", "Username"]).unwrap();

        assert_eq!(columns.addresses, [0, 2]);
        assert_eq!(columns.not_used, ["Username"]);
    }

    #[test]
    fn unknown_and_repeated_columns_are_named_as_typed() {
        let columns = columns(&[" Timestamp ", "Email", "Name", "Name", "", "T-shirt"]).unwrap();

        assert_eq!(columns.not_used, ["Timestamp", "Name", "T-shirt"]);
    }

    #[test]
    fn a_record_without_an_address_heading_is_no_heading() {
        assert_eq!(columns(&["Name", "Affiliation"]), None);
        assert_eq!(columns(&["David Miller", "david@example.org"]), None);
        assert_eq!(columns(&["Please mail me", "Jane"]), None);
        assert_eq!(columns(&["company mail", "company", "x@example.org"]), None);
    }

    #[test]
    fn a_longer_heading_for_the_address_counts_beside_a_known_one() {
        assert_eq!(columns(&["Name", "Your e-mail (work)"]).unwrap().addresses, [1]);
    }
}
