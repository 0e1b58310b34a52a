//! One field: label, hint, error, control, tied together for screen readers (ux.md 10).
//!
//! Made by the methods of [`Form`], which bring the value and the error. A password is never shown
//! again. Ids are the field's name, so that the error summary finds it; the first radio has it too.

use std::fmt::Display;

use askama::Template;
use askama::filters::HtmlSafe;

use crate::forms::Form;

/// A field of a form.
#[derive(Clone, Debug, Template)]
#[template(path = "components/field.html")]
pub struct Field {
    id: String,
    name: String,
    label: String,
    hint: String,
    error: Option<String>,
    value: String,
    control: Control,
    choices: Vec<Choice>,
    autocomplete: &'static str,
    inputmode: &'static str,
    maxlength: Option<usize>,
    rows: u8,
    class: String,
    spellcheck: bool,
    hidden_label: bool,
    placeholder: &'static str,
}
impl HtmlSafe for Field {}

/// One of several: a value, its label, and a hint under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub hint: String,
    pub chosen: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Control {
    Input(&'static str),
    Area,
    Select,
    Radios,
    Tick,
    Ticks,
}

impl Form {
    /// One line of text.
    #[must_use]
    pub fn text(&self, name: &str, label: impl Display) -> Field {
        self.field(name, label, Control::Input("text"))
    }

    /// A mail address.
    #[must_use]
    pub fn email(&self, name: &str, label: impl Display) -> Field {
        Field { autocomplete: "email", spellcheck: false, ..self.field(name, label, Control::Input("email")) }
    }

    /// A password; `autocomplete` is `current-password` or `new-password`. Never filled in.
    #[must_use]
    pub fn password(&self, name: &str, label: impl Display, autocomplete: &'static str) -> Field {
        let field = self.field(name, label, Control::Input("password"));
        Field { autocomplete, value: String::new(), spellcheck: false, ..field }
    }

    /// A whole number.
    #[must_use]
    pub fn number(&self, name: &str, label: impl Display) -> Field {
        Field {
            inputmode: "numeric",
            class: "w-s".to_owned(),
            ..self.field(name, label, Control::Input("text"))
        }
    }

    /// A day, as `2019-05-24`.
    #[must_use]
    pub fn date(&self, name: &str, label: impl Display) -> Field {
        Field { class: "w-m".to_owned(), ..self.field(name, label, Control::Input("date")) }
    }

    /// A time of day, as `09:30`.
    #[must_use]
    pub fn time(&self, name: &str, label: impl Display) -> Field {
        Field { class: "w-s".to_owned(), ..self.field(name, label, Control::Input("time")) }
    }

    /// A file to choose. The form needs `enctype="multipart/form-data"`.
    #[must_use]
    pub fn file(&self, name: &str, label: impl Display) -> Field {
        Field { value: String::new(), ..self.field(name, label, Control::Input("file")) }
    }

    /// Several lines of text.
    #[must_use]
    pub fn area(&self, name: &str, label: impl Display) -> Field {
        // What was typed, spaces and all: `value` is trimmed for reading only.
        Field { value: self.values().raw(name).to_owned(), ..self.field(name, label, Control::Area) }
    }

    /// One of a list that drops down.
    #[must_use]
    pub fn select(&self, name: &str, label: impl Display, choices: &[(impl Display, impl Display)]) -> Field {
        self.field(name, label, Control::Select).choices(choices)
    }

    /// One of a few, all in sight. The label is the legend.
    #[must_use]
    pub fn radios(&self, name: &str, label: impl Display, choices: &[(impl Display, impl Display)]) -> Field {
        self.field(name, label, Control::Radios).choices(choices)
    }

    /// Any of a few. The label is the legend; every ticked one is sent under `name`.
    #[must_use]
    pub fn ticks(&self, name: &str, label: impl Display, choices: &[(impl Display, impl Display)]) -> Field {
        self.field(name, label, Control::Ticks).choices(choices)
    }

    /// One box; ticked it sends `yes`.
    #[must_use]
    pub fn tick(&self, name: &str, label: impl Display) -> Field {
        self.field(name, label, Control::Tick)
    }

    fn field(&self, name: &str, label: impl Display, control: Control) -> Field {
        let sent: Vec<&str> = self.values().all(name).collect();
        Field {
            id: name.to_owned(),
            name: name.to_owned(),
            label: label.to_string(),
            hint: String::new(),
            error: self.error_of(name).map(str::to_owned),
            value: self.value(name).to_owned(),
            control,
            choices: sent
                .iter()
                .map(|value| Choice {
                    value: (*value).to_owned(),
                    label: String::new(),
                    hint: String::new(),
                    chosen: true,
                })
                .collect(),
            autocomplete: "",
            inputmode: "",
            maxlength: None,
            rows: 4,
            class: String::new(),
            spellcheck: true,
            hidden_label: false,
            placeholder: "",
        }
    }
}

impl Field {
    /// A sentence between label and control.
    #[must_use]
    pub fn hint(self, hint: impl Display) -> Self {
        Self { hint: hint.to_string(), ..self }
    }

    /// Another id than the name, where two forms of one page share a name.
    #[must_use]
    pub fn id(self, id: impl Display) -> Self {
        Self { id: id.to_string(), ..self }
    }

    /// Most characters a browser lets in. The server checks too.
    #[must_use]
    pub fn max(self, letters: usize) -> Self {
        Self { maxlength: Some(letters), ..self }
    }

    /// Height of a text area.
    #[must_use]
    pub fn rows(self, rows: u8) -> Self {
        Self { rows, ..self }
    }

    /// Classes of the control, such as `mono` or `w-m`.
    #[must_use]
    pub fn class(self, class: &str) -> Self {
        Self { class: class.to_owned(), ..self }
    }

    /// What a browser may fill in: `name`, `email`, `one-time-code`, `off`.
    #[must_use]
    pub fn autocomplete(self, token: &'static str) -> Self {
        Self { autocomplete: token, ..self }
    }

    /// No red lines under addresses, codes and keys.
    #[must_use]
    pub fn unspelled(self) -> Self {
        Self { spellcheck: false, ..self }
    }

    /// The label for screen readers only, where the surroundings say it.
    #[must_use]
    pub fn quiet_label(self) -> Self {
        Self { hidden_label: true, ..self }
    }

    /// The shape of what to type, such as `ABCD-EFGH`; never the only information.
    #[must_use]
    pub fn shape(self, placeholder: &'static str) -> Self {
        Self { placeholder, ..self }
    }

    /// A hint under one of the choices.
    #[must_use]
    pub fn choice_hint(mut self, value: &str, hint: impl Display) -> Self {
        if let Some(choice) = self.choices.iter_mut().find(|choice| choice.value == value) {
            choice.hint = hint.to_string();
        }
        self
    }

    fn choices(self, choices: &[(impl Display, impl Display)]) -> Self {
        let choices = choices
            .iter()
            .map(|(value, label)| {
                let value = value.to_string();
                let chosen = self.choices.iter().any(|sent| sent.value == value);
                Choice { value, label: label.to_string(), hint: String::new(), chosen }
            })
            .collect();
        Self { choices, ..self }
    }

    fn input_type(&self) -> &'static str {
        match self.control {
            Control::Input(kind) => kind,
            _ => "text",
        }
    }

    fn is_ticked(&self) -> bool {
        !self.choices.is_empty() && !matches!(self.value.as_str(), "" | "no")
    }

    fn choice_type(&self) -> &'static str {
        if self.control == Control::Ticks { "checkbox" } else { "radio" }
    }

    /// The choices with their ids. The first has the field's own, where the error summary leads.
    fn numbered(&self) -> Vec<(String, &Choice)> {
        self.choices
            .iter()
            .enumerate()
            .map(|(index, choice)| {
                (if index == 0 { self.id.clone() } else { format!("{}-{index}", self.id) }, choice)
            })
            .collect()
    }

    /// Value of `aria-describedby`: the error before the hint.
    fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if self.error.is_some() {
            ids.push(format!("{}-e", self.id));
        }
        if !self.hint.is_empty() {
            ids.push(format!("{}-h", self.id));
        }
        ids.join(" ")
    }
}
