//! What the importer found, in the exact JSON of interface.md 4. Nothing here is stored or mailed:
//! the report is the preview, and the input of the import itself.

use serde::{Serialize, Serializer};

use super::bytes::Encoding;
use crate::address::{Address, AddressKey};
use crate::name::{PersonName, SortKey};
use crate::text::{Line, Text};

/// Longest affiliation, in characters.
pub const AFFILIATION_MAX: usize = 200;
/// Longest topic title, in characters.
pub const TOPIC_MAX: usize = 1000;
/// Longest tag, in characters.
pub const TAG_MAX: usize = 60;
/// Longest private note of one row, in characters.
pub const NOTE_MAX: usize = 4000;

/// Everything a preview shows. A bad row never blocks the good ones.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImportReport {
    /// Version of this form: 1.
    pub format: u8,
    pub encoding: Encoding,
    pub shape: Shape,
    /// Set by the caller once the people are stored.
    pub imported: bool,
    pub people: Vec<ImportedPerson>,
    pub duplicates: Vec<Duplicate>,
    pub possible_duplicates: Vec<PossibleDuplicate>,
    pub rejected: Vec<Rejected>,
    pub warnings: Vec<Warning>,
    pub columns_not_used: Vec<String>,
}

/// How the text was taken apart (rule 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A heading line, then one record a person.
    Table,
    /// Records without a heading: the cell with the @, then name, then affiliation.
    TableWithoutHeading,
    /// `Name <address>`, several a line, as mail programs write them.
    AddressList,
    /// One address a line.
    Lines,
    /// `{"invitees":[...]}`.
    Json,
}

/// Somebody to invite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportedPerson {
    /// Physical line where the record begins, from 1.
    pub line: usize,
    /// Absent where the list gave none; never made up from the address. Serialised as `""`.
    #[serde(serialize_with = "name_or_nothing")]
    pub name: Option<PersonName>,
    pub email: Address,
    pub key: AddressKey,
    pub affiliation: Option<Line<AFFILIATION_MAX>>,
    /// Present only where the list has topics at all; then possibly empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topics: Option<Vec<Line<TOPIC_MAX>>>,
    pub topic_state: Option<TopicState>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Line<TAG_MAX>>,
    /// For the committee's private note.
    #[serde(skip_serializing_if = "Text::is_empty")]
    pub note: Text<NOTE_MAX>,
    /// The family name, where the list gave it apart.
    #[serde(skip)]
    pub family: Option<String>,
}

impl ImportedPerson {
    /// The proposed sort key: by the family name if given, else as the name says, else the address.
    #[must_use]
    pub fn sort_key(&self) -> SortKey {
        match (&self.name, &self.family) {
            (Some(name), Some(family)) => name.sort_key_by_family(family),
            (Some(name), None) => name.sort_key(),
            (None, _) => SortKey::of_address(self.email.as_str()),
        }
    }
}

/// What a person without topics said about that (rule 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TopicState {
    /// "N/A": they bring none.
    None,
    /// "TBD": to be decided.
    Undecided,
}

/// A later row with the address key of an earlier one; not imported again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duplicate {
    pub line: usize,
    pub first_line: usize,
}

/// Rows that may be one person; all imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PossibleDuplicate {
    pub lines: Vec<usize>,
    pub because: Because,
}

/// Why rows may be one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// Same name without regard to case and marks.
    SameName,
    /// Same address but for a `+tag`.
    PlusTag,
}

/// A row without a usable address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    pub line: usize,
    pub reason: Reason,
    /// The row as read, shortened.
    pub text: String,
    /// What to do about it.
    pub message: String,
    /// A repair to offer, never applied unasked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<Address>,
}

/// Why a row was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing stands where the address should be.
    NoAddress,
    /// What stands there is no address.
    BadAddress,
    /// The line names a mailing list.
    LooksLikeAList,
}

/// Something to look at before importing. Line 0 is the whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    pub line: usize,
    pub code: Code,
    pub message: String,
}

/// What a warning is about. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Not UTF-8 and no mark: read as Windows-1252.
    EncodingGuessed,
    /// Bytes that the byte-order mark's encoding does not have.
    EncodingDamaged,
    MojibakeSuspected,
    /// A hidden character or a dot at the end was taken off an address.
    AddressRepaired,
    /// Letters outside ASCII before the @.
    AddressNotAscii,
    /// An address that reaches many people, by its looks.
    AddressLooksLikeAList,
    ExtraAddresses,
    FormulaLikeText,
    /// `<script>` and the like: kept as text.
    MarkupLikeText,
    NameControlCharactersRemoved,
    NameTurnedRound,
    NoName,
    RaggedRow,
    UnclosedQuote,
    /// A text over our limit was cut.
    TextShortened,
    /// Words beside an address that are neither name nor affiliation.
    TextNotUsed,
}

fn name_or_nothing<S: Serializer>(name: &Option<PersonName>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(name.as_ref().map_or("", PersonName::as_str))
}
