//! Details after a yes: the practical questions of one event (domain.md 1.3, 3.7).
//!
//! Each question says what kind of answer it takes, whether it is needed, who of the committee sees the
//! answers and when they are deleted. A needed one never blocks the yes. Passport data is not asked:
//! the program refuses to (domain.md 1.3).

use chrono::NaiveDate;

use crate::committee::Role;
use crate::text::{Line, Text};

/// What kind of answer a question takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuestionKind {
    Text,
    YesNo,
    Choice,
    Number,
    Date,
}

/// Every kind.
pub const QUESTION_KINDS: [QuestionKind; 5] =
    [QuestionKind::Text, QuestionKind::YesNo, QuestionKind::Choice, QuestionKind::Number, QuestionKind::Date];

impl QuestionKind {
    /// The word in columns, forms and options.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::YesNo => "yes_no",
            Self::Choice => "choice",
            Self::Number => "number",
            Self::Date => "date",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        QUESTION_KINDS.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Who of the committee sees the answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody with this role, and above.
    Role(Role),
    /// Members who were given this need, such as `kitchen`, and chairs.
    Need(String),
}

impl Audience {
    /// The word in columns, forms and options.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Role(role) => role.as_str(),
            Self::Need(need) => need,
        }
    }

    /// `reader`, `member`, `chair`, else a need: lower-case letters, digits and dashes.
    pub fn parse(word: &str) -> Result<Self, QuestionRefused> {
        let word = word.trim();
        if let Some(role) = Role::parse(word) {
            return Ok(Self::Role(role));
        }
        parse_need(word).map(Self::Need)
    }

    /// Only some of the committee see it, so exports leave it out unless asked.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        *self != Self::Role(Role::Reader)
    }

    /// Nobody sees answers for `other` who does not see them for this one: what people were told when they
    /// answered stays true.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (one, other) if one == other => true,
            (Self::Role(Role::Reader), _) | (_, Self::Role(Role::Chair)) => true,
            (Self::Role(least), Self::Role(other)) => other >= least,
            _ => false,
        }
    }

    /// True for a member with this role and these needs.
    #[must_use]
    pub fn includes(&self, role: Role, needs: &[String]) -> bool {
        match self {
            Self::Role(least) => role >= *least,
            Self::Need(need) => role == Role::Chair || needs.contains(need),
        }
    }
}

/// One word for what a member needs details for.
pub fn parse_need(word: &str) -> Result<String, QuestionRefused> {
    let fits = (2..=30).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fits { Ok(word.to_owned()) } else { Err(QuestionRefused::Audience) }
}

/// A question of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Names it in addresses and commands; from 1, and never given twice.
    pub number: u32,
    pub version: u32,
    pub words: QuestionWords,
    /// Not asked any more; its answers stay until they are deleted.
    pub is_retired: bool,
}

/// Everything the committee says about a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionWords {
    pub prompt: String,
    /// Under the question; may be empty.
    pub hint: String,
    pub kind: QuestionKind,
    /// Of a choice, in order.
    pub choices: Vec<String>,
    pub is_needed: bool,
    pub audience: Audience,
    /// Days after the last day when the answers are deleted; none keeps them.
    pub delete_after_days: Option<u32>,
    /// Order on the page, then by number.
    pub position: u32,
}

/// Why a question is no column of a file of answers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnRefused {
    #[error("There is no question {0}")]
    NoQuestion(u32),
    #[error("Question {number} is for {audience} alone")]
    NotForYou { number: u32, audience: String },
}

impl ColumnRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoQuestion(_) => "no-question",
            Self::NotForYou { .. } => "not-yours",
        }
    }
}

/// The questions that are columns of a file of answers, for a member with this role and these needs:
/// those that the whole committee sees, and of the others those that were named (domain.md 2.2,
/// sensitive ones are never exported by default). Refuses a number that is not there or not theirs.
pub fn columns(
    questions: Vec<Question>,
    role: Role,
    needs: &[String],
    named: &[u32],
) -> Result<Vec<Question>, ColumnRefused> {
    for number in named {
        let Some(question) = questions.iter().find(|question| question.number == *number) else {
            return Err(ColumnRefused::NoQuestion(*number));
        };
        let audience = &question.words.audience;
        if !audience.includes(role, needs) {
            let audience = audience.as_str().to_owned();
            return Err(ColumnRefused::NotForYou { number: *number, audience });
        }
    }
    let is_meant = |question: &Question| {
        named.contains(&question.number) || !question.words.audience.is_sensitive() && !question.is_retired
    };
    Ok(questions.into_iter().filter(is_meant).collect())
}

/// Why a question cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuestionRefused {
    #[error("Write the question in one line of up to 200 letters")]
    Prompt,
    #[error("Write the hint in up to 500 letters, or leave it empty")]
    Hint,
    #[error("Name two to twenty choices, one on each line, each different")]
    Choices,
    #[error(
        "Choose reader, member or chair, or write a need: lower-case letters, digits and dashes, such as kitchen"
    )]
    Audience,
    #[error("Write a number of days from 0 to 3650, or leave it empty to keep the answers")]
    DeleteAfter,
    #[error(
        "Passport data is not collected here. Ask whether a visa letter is wanted and by when, and name a person to write to"
    )]
    Passport,
    #[error("People have answered this question, so its kind stays; retire it and add another")]
    HasAnswers,
    #[error(
        "People have answered this question for those who see it now; more cannot see it later. Retire it and add another"
    )]
    WiderAudience,
    #[error("An event asks up to 40 questions; retire one first")]
    TooMany,
}

impl QuestionRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Prompt => "question-prompt",
            Self::Hint => "question-hint",
            Self::Choices => "question-choices",
            Self::Audience => "question-audience",
            Self::DeleteAfter => "question-delete-after",
            Self::Passport => "passport-data",
            Self::HasAnswers => "question-has-answers",
            Self::WiderAudience => "question-wider-audience",
            Self::TooMany => "too-many-questions",
        }
    }

    /// Where it was typed.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Prompt | Self::Passport | Self::TooMany => "prompt",
            Self::Hint => "hint",
            Self::Choices => "choices",
            Self::Audience | Self::WiderAudience => "audience",
            Self::DeleteAfter => "delete_after",
            Self::HasAnswers => "kind",
        }
    }
}

/// Why an answer does not fit its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DetailRefused {
    #[error("Write up to 2000 letters of plain text")]
    Text,
    #[error("Choose yes or no")]
    YesNo,
    #[error("Choose one of the answers")]
    Choice,
    #[error("Write a whole number")]
    Number,
    #[error("Write the day as 2019-05-24 (year-month-day)")]
    Date,
}

impl QuestionWords {
    /// Cleans what was typed. Refuses what cannot be asked.
    pub fn check(mut self) -> Result<Self, QuestionRefused> {
        self.prompt = Line::<200>::parse(&self.prompt).map_err(|_| QuestionRefused::Prompt)?.into();
        self.hint = match self.hint.trim() {
            "" => String::new(),
            hint => Line::<500>::parse(hint).map_err(|_| QuestionRefused::Hint)?.into(),
        };
        if asks_for_a_passport(&self.prompt) {
            return Err(QuestionRefused::Passport);
        }
        self.choices.retain(|choice| !choice.trim().is_empty());
        if self.kind == QuestionKind::Choice {
            let cleaned = self
                .choices
                .iter()
                .map(|choice| Line::<100>::parse(choice).map(String::from))
                .collect::<Result<Vec<_>, _>>()
                .map_err(|_| QuestionRefused::Choices)?;
            let mut different = cleaned.clone();
            different.sort();
            different.dedup();
            if different.len() != cleaned.len() || !(2..=20).contains(&cleaned.len()) {
                return Err(QuestionRefused::Choices);
            }
            self.choices = cleaned;
        } else {
            self.choices.clear();
        }
        if self.delete_after_days.is_some_and(|days| days > 3650) {
            return Err(QuestionRefused::DeleteAfter);
        }
        Ok(self)
    }

    /// An answer as it is stored; empty for nothing said.
    pub fn answer(&self, typed: &str) -> Result<String, DetailRefused> {
        let value = typed.trim();
        if value.is_empty() {
            return Ok(String::new());
        }
        match self.kind {
            QuestionKind::Text => {
                Ok(Text::<2_000>::parse(value).map_err(|_| DetailRefused::Text)?.as_str().trim().to_owned())
            }
            QuestionKind::YesNo => match value {
                "yes" | "no" => Ok(value.to_owned()),
                _ => Err(DetailRefused::YesNo),
            },
            QuestionKind::Choice if self.choices.iter().any(|choice| choice == value) => Ok(value.to_owned()),
            QuestionKind::Choice => Err(DetailRefused::Choice),
            QuestionKind::Number => {
                value.parse::<i32>().map(|number| number.to_string()).map_err(|_| DetailRefused::Number)
            }
            QuestionKind::Date => {
                value.parse::<NaiveDate>().map(|day| day.to_string()).map_err(|_| DetailRefused::Date)
            }
        }
    }
}

/// Words that only an identity document has (domain.md 1.3). A visa letter may be asked about.
fn asks_for_a_passport(prompt: &str) -> bool {
    let prompt = prompt.to_lowercase();
    ["passport", "identity card", "id card", "id number", "social security", "date of birth", "birth date"]
        .iter()
        .any(|word| prompt.contains(word))
}

/// The questions offered to begin with; days of travel have fields of their own.
#[must_use]
pub fn starter_set() -> Vec<QuestionWords> {
    let question = |prompt: &str, hint: &str, kind, audience: &str, delete_after_days| QuestionWords {
        prompt: prompt.to_owned(),
        hint: hint.to_owned(),
        kind,
        choices: Vec::new(),
        is_needed: false,
        audience: Audience::parse(audience).unwrap_or(Audience::Role(Role::Chair)),
        delete_after_days,
        position: 0,
    };
    let food = QuestionWords {
        choices: ["Everything", "Vegetarian", "Vegan", "Something else, see below"]
            .map(str::to_owned)
            .to_vec(),
        is_needed: true,
        ..question(
            "What do you eat?",
            "The kitchen gets counts, no names.",
            QuestionKind::Choice,
            "kitchen",
            Some(30),
        )
    };
    let mut set = vec![
        food,
        question(
            "Anything the kitchen should know?",
            "Allergies, or what you do not eat.",
            QuestionKind::Text,
            "kitchen",
            Some(30),
        ),
        question(
            "If you need a visa letter: by when?",
            "Leave it empty if you need none. Never send document numbers here; a person of the committee writes to you.",
            QuestionKind::Date,
            "visa",
            Some(30),
        ),
        question(
            "What would make it easier for you to take part?",
            "Access, a quiet room, anything.",
            QuestionKind::Text,
            "member",
            Some(30),
        ),
    ];
    for (place, question) in (1..).zip(&mut set) {
        question.position = place;
    }
    set
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn words(prompt: &str, kind: QuestionKind) -> QuestionWords {
        QuestionWords { prompt: prompt.to_owned(), kind, ..starter_set().remove(1) }
    }

    #[test]
    fn the_starter_set_can_be_asked() {
        for question in starter_set() {
            assert_eq!(question.clone().check().unwrap(), question);
        }
    }

    #[test]
    fn passport_data_is_not_asked_and_a_visa_letter_may_be() {
        for prompt in ["Your passport number", "Date of birth?", "ID card (both sides)"] {
            assert_eq!(words(prompt, QuestionKind::Text).check(), Err(QuestionRefused::Passport), "{prompt}");
        }
        assert!(words("Do you need a visa letter?", QuestionKind::YesNo).check().is_ok());
    }

    #[test]
    fn an_answer_fits_its_kind_or_says_what_would() {
        let said = |kind, typed: &str| words("Q?", kind).answer(typed);

        assert_eq!(said(QuestionKind::YesNo, " yes ").as_deref(), Ok("yes"));
        assert_eq!(said(QuestionKind::YesNo, "perhaps"), Err(DetailRefused::YesNo));
        assert_eq!(said(QuestionKind::Number, "03").as_deref(), Ok("3"));
        assert_eq!(said(QuestionKind::Number, "three"), Err(DetailRefused::Number));
        assert_eq!(said(QuestionKind::Date, "2019-05-24").as_deref(), Ok("2019-05-24"));
        assert_eq!(said(QuestionKind::Date, "24.5."), Err(DetailRefused::Date));
        let food = starter_set().remove(0);
        assert_eq!(food.answer("Vegan").as_deref(), Ok("Vegan"));
        assert_eq!(food.answer("Stones"), Err(DetailRefused::Choice));
        assert_eq!(food.answer("  ").as_deref(), Ok(""));
    }

    #[test]
    fn whoever_has_the_need_sees_it_and_chairs_do() {
        let kitchen = Audience::parse("kitchen").unwrap();
        let needs = ["kitchen".to_owned()];

        assert!(kitchen.includes(Role::Reader, &needs) && kitchen.includes(Role::Chair, &[]));
        assert!(!kitchen.includes(Role::Member, &[]));
        assert!(Audience::Role(Role::Member).includes(Role::Chair, &[]));
        assert!(!Audience::Role(Role::Member).includes(Role::Reader, &needs));
        assert!(kitchen.is_sensitive() && !Audience::Role(Role::Reader).is_sensitive());
        assert_eq!(Audience::parse("The Kitchen"), Err(QuestionRefused::Audience));
        for (one, other, covers) in [
            ("reader", "kitchen", true),
            ("reader", "member", true),
            ("member", "chair", true),
            ("kitchen", "chair", true),
            ("kitchen", "kitchen", true),
            ("chair", "member", false),
            ("member", "kitchen", false),
            ("kitchen", "visa", false),
            ("kitchen", "reader", false),
        ] {
            let of = |word| Audience::parse(word).unwrap();
            assert_eq!(of(one).covers(&of(other)), covers, "{one} {other}");
        }
    }

    #[test]
    fn a_choice_has_two_choices_at_least_and_each_once() {
        let choice = |choices: &[&str]| {
            let choices = choices.iter().map(|c| (*c).to_owned()).collect();
            QuestionWords { choices, ..words("Q?", QuestionKind::Choice) }.check()
        };

        assert!(choice(&["a", " b ", ""]).is_ok_and(|q| q.choices == ["a", "b"]));
        assert_eq!(choice(&["a"]), Err(QuestionRefused::Choices));
        assert_eq!(choice(&["a", "a"]), Err(QuestionRefused::Choices));
    }
}
